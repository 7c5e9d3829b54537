//! Commands in messages can be copied into a shell.

use std::borrow::Cow;
use std::collections::BTreeSet;

/// A URL, a path or a word as it stands in a command: quoted where a shell would take it apart.
pub fn for_shell(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || "@%+=:,./_-".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")).into(),
    }
}

/// Ids for a command in a hint, each once. Nobody copies hundreds.
pub fn few_ids(ids: impl IntoIterator<Item = impl ToString>) -> String {
    const SHOWN: usize = 20;
    let ids: BTreeSet<String> = ids.into_iter().map(|id| id.to_string()).collect();
    ids.into_iter().take(SHOWN).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_takes_it_for_one_word() {
        for (word, quoted) in [
            ("https://ada@h.com:8443/my-org.ui.git", "https://ada@h.com:8443/my-org.ui.git"),
            ("/srv/ü/a%20b", "/srv/ü/a%20b"),
            ("ssh://h/a b", "'ssh://h/a b'"),
            ("ü'q.git", r"'ü'\''q.git'"),
            ("ssh://[::1]/~ada/$x", "'ssh://[::1]/~ada/$x'"),
            ("https://h/x?***", "'https://h/x?***'"),
            ("", "''"),
        ] {
            assert_eq!(for_shell(word), quoted);
        }
    }
}
