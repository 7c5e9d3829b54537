//! What bun's lockfile says of packages that come from archives and by git. With an older lockfile bun passes over an override that is new and asks a registry
//! for the package (bun 1; a bug of its own). Without these entries it works them out anew, and keeps all others.

/// The file.
pub const FILE: &str = "bun.lock";

/// The lockfile without the entries that come from these places; `None` where there is none. bun writes each on a line:
/// `"@o/a": ["@o/a@./vendor/….tgz", …],`.
pub fn without(text: &str, is_ours: &dyn Fn(&str) -> bool) -> Option<String> {
    let is_ours = |place: &str| match place.starts_with("git+") {
        true => is_ours(place),
        false => is_ours(&format!("file:{place}")),
    };
    let goes = |line: &&str| place(line).is_some_and(is_ours);
    let after: String = text.split_inclusive('\n').filter(|line| !goes(line)).collect();
    (after.len() < text.len()).then_some(after)
}

/// Where the entry on a line comes from.
fn place(line: &str) -> Option<&str> {
    let (_, entry) = line.strip_prefix("    \"")?.split_once("\": [\"")?;
    let (resolved, _) = entry.split_once('"')?;
    // The owner's name begins with the same sign.
    resolved.get(1..)?.split_once('@').map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_by_git_are_told_by_their_place() {
        let text = "    \"@o/a\": [\"@o/a@git+ssh://git@host/o.git#34f7e418\", {}, \"34f7e418\"],\n";
        assert_eq!(without(text, &|place| place == "git+ssh://git@host/o.git#34f7e418").as_deref(), Some(""));
        assert_eq!(without(text, &|place| place == "file:git+ssh://git@host/o.git#34f7e418"), None);
    }

    #[test]
    fn only_entries_of_ours_go() {
        let text = "{\n  \"workspaces\": {\n    \"\": {\"dependencies\": {\"@o/a\": \"file:./vendor/bit/a.tgz\"}},\n  },\n  \"packages\": {\n    \"@o/a\": [\"@o/a@./vendor/bit/a.tgz\", {}, \"sha512-x\"],\n\n    \"@o/b/@o/a\": [\"@o/a@./vendor/bit/a.tgz\", {}],\n\n    \"left\": [\"left@outside/left.tgz\", {}, \"sha512-y\"],\n    \"ms\": [\"ms@2.1.3\", \"\", {}, \"sha512-z\"],\n  }\n}\n";
        let after = without(text, &|place| place == "file:./vendor/bit/a.tgz").unwrap();
        assert!(
            after.contains("\"left\": [") && after.contains("\"ms\": [") && after.contains("\"\": {\"dependencies\"")
        );
        assert!(!after.contains("\"@o/a\": [") && !after.contains("\"@o/b/@o/a\""), "{after}");
        assert_eq!(without(&after, &|place| place == "file:./vendor/bit/a.tgz"), None);
    }
}
