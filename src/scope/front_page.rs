//! README.md of a scope: its front page on any host. A person's words stay; a table between two markers is ours.

use crate::model::{CatalogEntry, ScopeInfo};
use std::fmt::Write;

const BEGIN: &str = "<!-- bit: components, rewritten at every export -->";
const END: &str = "<!-- bit: end of components -->";
/// More rows than this are counted.
pub const ROWS: usize = 300;

/// The page with a new table: in the place of the old one, or at the end of a page that has none.
/// `entries` are sorted by name; `total` is how many there are, should not all of them be given.
pub fn front_page(old: Option<&str>, info: &ScopeInfo, entries: &[CatalogEntry], total: usize) -> String {
    let table = table(entries, total);
    match old {
        None => format!("{}\n{table}", introduction(info)),
        Some(old) => match split(old) {
            Some((before, after)) => format!("{before}{table}{}", after.strip_prefix('\n').unwrap_or(after)),
            None => format!("{}\n\n{table}", old.trim_end()),
        },
    }
}

/// What stands before and after the old table.
fn split(page: &str) -> Option<(&str, &str)> {
    let begin = page.find(BEGIN)?;
    let end = begin + page[begin..].find(END)? + END.len();
    Some((&page[..begin], &page[end..]))
}

fn introduction(info: &ScopeInfo) -> String {
    let mut text = format!("# {}\n", info.name);
    if !info.description.is_empty() {
        let _ = write!(text, "\n{}\n", info.description);
    }
    let _ = write!(
        text,
        "\nA scope of components. Each version is a commit with a tag, `<component>@<version>`.\n\n\
         ```sh\nbit remote add <the URL of this repository>\nbit import {}/<component>\n```\n",
        info.name
    );
    text
}

fn table(entries: &[CatalogEntry], total: usize) -> String {
    let mut text = format!("{BEGIN}\n");
    let alive: Vec<&CatalogEntry> = entries.iter().filter(|entry| entry.removed.is_none()).take(ROWS).collect();
    if alive.is_empty() {
        text.push_str("No components yet.\n");
    } else {
        text.push_str("| component | latest | versions |\n|---|---|---|\n");
    }
    for entry in &alive {
        let mark = if entry.deprecated.is_some() { " (deprecated)" } else { "" };
        let _ = writeln!(text, "| {}{mark} | {} | {} |", entry.name, entry.latest, entry.versions.len());
    }
    if total > alive.len() {
        let _ = writeln!(text, "\n… {total} components in all.");
    }
    text.push_str(END);
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CatalogVersion, CommitId, FORMAT};

    fn info() -> ScopeInfo {
        let name = "my-org.ui".parse().unwrap();
        ScopeInfo { format: FORMAT, name, description: "Buttons.".into(), remotes: [].into() }
    }

    fn entry(name: &str, version: &str) -> CatalogEntry {
        let first = CatalogVersion {
            version: version.parse().unwrap(),
            commit: CommitId::from_bytes([0; 20]),
            dependencies: vec![],
            origin: None,
            rewired: false,
            removed: None,
        };
        CatalogEntry::new(name.parse().unwrap(), first)
    }

    #[test]
    fn a_persons_words_stay_and_the_table_is_new() {
        let first = front_page(None, &info(), &[], 0);
        assert!(first.starts_with("# my-org.ui\n\nButtons.\n") && first.contains("No components yet."));
        let edited = format!("{}\nOur own words.\n", first.replace("Buttons.", "Nice buttons."));
        let second = front_page(Some(&edited), &info(), &[entry("ui/button", "1.0.0")], 1);
        assert!(second.contains("| ui/button | 1.0.0 | 1 |") && !second.contains("No components yet."));
        assert!(second.contains("Nice buttons.") && second.ends_with("\nOur own words.\n"), "{second}");
        assert_eq!(front_page(Some(&second), &info(), &[entry("ui/button", "1.0.0")], 1), second);
        let without = front_page(Some("Mine.\n"), &info(), &[], 0);
        assert!(without.starts_with("Mine.\n\n<!--"), "{without}");
    }

    #[test]
    fn many_components_are_counted() {
        let entries: Vec<_> = (0..ROWS).map(|number| entry(&format!("c{number}"), "1.0.0")).collect();
        let page = front_page(None, &info(), &entries, 5000);
        assert!(page.contains("… 5000 components in all."));
        assert_eq!(page.matches("| c").count(), ROWS + 1);
    }
}
