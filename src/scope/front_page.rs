//! README.md of a scope: its front page on any host. A person's words stay; a table between two markers is ours, and so is
//! what says how a scope is used, until a person changes it.

use crate::errors::for_shell;
use crate::model::{CatalogEntry, ScopeInfo};
use std::fmt::Write;

const BEGIN: &str = "<!-- bit: components, rewritten at every export -->";
const END: &str = "<!-- bit: end of components -->";
const HOW_TO: &str = "<!-- bit: how to use this scope, written once -->";
const END_OF_HOW_TO: &str = "<!-- bit: end of how to use this scope -->";
/// Who says this on a page has said where the scope is.
const SAYS_WHERE: &str = "bit remote add";
/// More rows than this are counted.
pub const ROWS: usize = 300;

/// What a scope is called on its page, and where others reach it, where that is known.
pub struct Named<'a> {
    /// The scope's card.
    pub info: &'a ScopeInfo,
    /// Its URL.
    pub url: Option<&'a str>,
}

/// The page with a new table: in the place of the old one, or at the end of a page that has none. How the scope is used
/// stands before it on a page that is new, or was made by a person who has not heard of that.
/// `entries` are sorted by name; `total` is how many there are, should not all of them be given.
pub fn front_page(old: Option<&str>, named: &Named<'_>, entries: &[CatalogEntry], total: usize) -> String {
    let table = table(entries, total);
    match old {
        None => format!("{}\n{}\n{table}", title(named.info), how_to(named)),
        Some(old) => match split(old) {
            Some((before, after)) => format!("{before}{table}{}", without_line_end(after)),
            None if is_a_persons(old) => format!("{}\n\n{}\n{table}", old.trim_end(), how_to(named)),
            None => format!("{}\n\n{table}", old.trim_end()),
        },
    }
}

/// Whether nothing of ours was ever on it, nor anything that would say the same.
fn is_a_persons(page: &str) -> bool {
    ![BEGIN, END, HOW_TO, SAYS_WHERE].iter().any(|ours| page.contains(ours))
}

fn without_line_end(text: &str) -> &str {
    text.strip_prefix("\r\n").or(text.strip_prefix('\n')).unwrap_or(text)
}

/// What stands before and after the old table: between an end mark and the nearest begin mark before it. A mark that
/// has lost its other half is a person's affair, as is one in the middle of a line.
fn split(page: &str) -> Option<(&str, &str)> {
    let begins = marks(page, BEGIN);
    let pair = |end: usize| Some((begins.iter().copied().rfind(|begin| *begin < end)?, end));
    let (begin, end) = marks(page, END).into_iter().find_map(pair)?;
    Some((&page[..begin], &page[end + END.len()..]))
}

/// Where a mark stands on a line of its own.
fn marks(page: &str, mark: &str) -> Vec<usize> {
    let is_alone = |at: &usize| {
        let before = page[..*at].rsplit('\n').next().unwrap_or_default();
        let after = page[*at + mark.len()..].split('\n').next().unwrap_or_default();
        before.trim().is_empty() && after.trim().is_empty()
    };
    page.match_indices(mark).map(|(at, _)| at).filter(is_alone).collect()
}

fn title(info: &ScopeInfo) -> String {
    let mut text = format!("# {}\n", info.name);
    if !info.description.is_empty() {
        // A comment in it could hide the page, or be taken for a mark.
        let _ = write!(text, "\n{}\n", info.description.replace("<!--", "&lt;!--"));
    }
    text
}

fn how_to(Named { info, url }: &Named<'_>) -> String {
    let (words, command) = match url {
        Some(url) => ("In a workspace:", format!("{SAYS_WHERE} {}\n", for_shell(url))),
        None => ("Say in a workspace where this repository is (`bit remote add` and its URL), then:", String::new()),
    };
    format!(
        "{HOW_TO}\nA scope of components: each version is a commit with a tag, such as `name@1.0.0`. {words}\n\n\
         ```sh\n{command}bit list {}\n```\n\n`bit import` with an id of that list brings its sources.\n{END_OF_HOW_TO}\n",
        info.name
    )
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
        ScopeInfo { format: FORMAT, name, description: "Buttons.".into(), remotes: [].into(), others: [].into() }
    }

    fn named(info: &ScopeInfo) -> Named<'_> {
        Named { info, url: None }
    }

    fn entry(name: &str, version: &str) -> CatalogEntry {
        let first = CatalogVersion::new(version.parse().unwrap(), CommitId::from_bytes([0; 20]), vec![]);
        CatalogEntry::new(name.parse().unwrap(), first)
    }

    #[test]
    fn a_persons_words_stay_and_the_table_is_new() {
        let first = front_page(None, &named(&info()), &[], 0);
        assert!(first.starts_with("# my-org.ui\n\nButtons.\n") && first.contains("No components yet."));
        let edited = format!("{}\nOur own words.\n", first.replace("Buttons.", "Nice buttons."));
        let second = front_page(Some(&edited), &named(&info()), &[entry("ui/button", "1.0.0")], 1);
        assert!(second.contains("| ui/button | 1.0.0 | 1 |") && !second.contains("No components yet."));
        assert!(second.contains("Nice buttons.") && second.ends_with("\nOur own words.\n"), "{second}");
        assert_eq!(front_page(Some(&second), &named(&info()), &[entry("ui/button", "1.0.0")], 1), second);
    }

    #[test]
    fn how_the_scope_is_used_is_said_once_and_with_its_url() {
        let info = info();
        let says = |url, old: Option<&str>| front_page(old, &Named { info: &info, url }, &[], 0);
        let fresh = says(Some("https://example.com/my ui.git"), None);
        assert!(
            fresh.contains("```sh\nbit remote add 'https://example.com/my ui.git'\nbit list my-org.ui\n```\n"),
            "{fresh}"
        );
        let unknown = says(None, None);
        assert!(
            unknown.contains("(`bit remote add` and its URL), then:\n\n```sh\nbit list my-org.ui\n```\n"),
            "{unknown}"
        );
        assert!(!unknown.replace("<!--", "").contains('<'), "nothing is left to be filled in: {unknown}");
        // A page of a person's: after their words, before the table.
        let adopted = says(Some("https://example.com/x"), Some("Mine.\n"));
        let (how_to, table) = (adopted.find(HOW_TO).unwrap(), adopted.find(BEGIN).unwrap());
        assert!(adopted.starts_with("Mine.\n\n<!--") && how_to < table, "{adopted}");
        // It is a person's from then on, and whoever says it in their own words is not told.
        let edited = adopted.replace("In a workspace:", "As we do it:");
        assert_eq!(says(None, Some(&edited)), edited);
        for own in [&edited.replace(BEGIN, "")[..], "Mine: `bit remote add https://example.com/x`\n"] {
            assert_eq!(says(None, Some(own)).matches(SAYS_WHERE).count(), 1, "{own}");
        }
    }

    #[test]
    fn nothing_outside_of_a_pair_of_marks_goes() {
        let page = |old: &str| front_page(Some(old), &named(&info()), &[entry("a", "1.0.0")], 1);
        let block = format!("{BEGIN}\n| component | latest | versions |\n|---|---|---|\n| a | 1.0.0 | 1 |\n{END}\n");
        // The end is lost: a new block comes at the end, and from then on that is the one.
        let first = page(&format!("# x\n{BEGIN}\n| old |\nOurs.\n"));
        assert_eq!(first, format!("# x\n{BEGIN}\n| old |\nOurs.\n\n{block}"));
        assert_eq!(page(&first), first);
        // The begin is lost, or both are the wrong way round.
        for alone in [format!("a\n{END}\nOurs.\n"), format!("{END}\nOurs.\n{BEGIN}\nOurs too.\n")] {
            assert_eq!(page(&alone), format!("{alone}\n{block}"));
            assert_eq!(page(&page(&alone)), page(&alone));
        }
        let between = format!("{END}\na\n{BEGIN}\nb\n{BEGIN}\nold\n{END}\nc\n{END}\n");
        assert_eq!(page(&between), format!("{END}\na\n{BEGIN}\nb\n{block}c\n{END}\n"));
        let quoted = format!("Look for `{BEGIN}` and `{END}`.\r\n");
        assert_eq!(page(&quoted), format!("{}\n\n{block}", quoted.trim_end()));
        assert_eq!(page(&format!("a\r\n{BEGIN}\r\nold\r\n{END}\r\nb\r\n")), format!("a\r\n{block}b\r\n"));
    }

    #[test]
    fn a_description_begins_no_block() {
        for description in [BEGIN.to_owned(), format!("{BEGIN}\n{END}"), "<!-- hidden".into()] {
            let info = ScopeInfo { description, ..info() };
            let page = front_page(None, &named(&info), &[], 0);
            assert_eq!((page.matches("<!--").count(), page.matches(BEGIN).count()), (4, 1), "{page}");
            assert_eq!(front_page(Some(&page), &named(&info), &[], 0), page);
        }
    }

    #[test]
    fn many_components_are_counted() {
        let entries: Vec<_> = (0..ROWS).map(|number| entry(&format!("c{number}"), "1.0.0")).collect();
        let page = front_page(None, &named(&info()), &entries, 5000);
        assert!(page.contains("… 5000 components in all."));
        assert_eq!(page.matches("| c").count(), ROWS + 1);
    }
}
