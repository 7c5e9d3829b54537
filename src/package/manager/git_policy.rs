//! Settings without which package managers install nothing by git, and the lines that say so.

use super::{Kind, Manager};
use semver::Version;
use std::collections::BTreeSet;

/// A setting that a package manager wants to see before it installs by git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitPolicy {
    /// The file it stands in.
    pub file: &'static str,
    /// The key, with what separates it from its value.
    key: &'static str,
    /// What it has to say.
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Value {
    /// Only this.
    Word(&'static str),
    /// A list of YAML that holds all of these.
    List(BTreeSet<String>),
}

impl GitPolicy {
    /// What this manager wants for these URLs, if it wants anything. pnpm looks at what packages need, not at packages.
    pub fn of(manager: &Manager, urls: BTreeSet<String>) -> Option<Self> {
        let since = |major, minor| manager.version >= Version::new(major, minor, 0);
        let word = |file, key, value| Some(Self { file, key, value: Value::Word(value) });
        match manager.kind {
            Kind::Npm if since(12, 0) => word(".npmrc", "allow-git=", "all"),
            Kind::Pnpm if since(11, 0) => word("pnpm-workspace.yaml", "blockExoticSubdeps: ", "false"),
            Kind::YarnBerry if since(4, 14) => {
                Some(Self { file: ".yarnrc.yml", key: "approvedGitRepositories:", value: Value::List(urls) })
            }
            _ => None,
        }
    }

    /// The lines to add to the file; `None` where it says so already. The error says what a person has to decide.
    pub fn missing(&self, text: &str) -> Result<Option<String>, String> {
        let name = self.key.trim_end_matches(['=', ':', ' ']);
        let names = |line: &&str| line.trim_start().trim_start_matches(['"', '\'']).starts_with(name);
        let found = text.lines().find(names);
        match (&self.value, found) {
            (Value::Word(value), Some(line)) if line.trim_end().ends_with(value) => Ok(None),
            (Value::List(urls), Some(_)) if urls.iter().all(|url| text.contains(url.as_str())) => Ok(None),
            (_, Some(line)) => Err(format!("{} says \"{}\" already", self.file, line.trim())),
            (Value::Word(value), None) => Ok(Some(format!("{}{value}\n", self.key))),
            (Value::List(urls), None) => {
                let items: String = urls.iter().map(|url| format!("  - \"{url}\"\n")).collect();
                Ok(Some(format!("{}\n{items}", self.key)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(kind: Kind, version: &str) -> Option<GitPolicy> {
        let urls = BTreeSet::from(["https://h.org/ui.git".to_owned()]);
        GitPolicy::of(&Manager { kind, version: version.parse().unwrap() }, urls)
    }

    #[test]
    fn only_those_that_refuse_by_themselves_want_a_setting() {
        for (kind, version) in
            [(Kind::Npm, "11.19.1"), (Kind::Pnpm, "10.34.9"), (Kind::YarnBerry, "4.13.0"), (Kind::Bun, "1.4.5")]
        {
            assert_eq!(policy(kind, version), None);
        }
        assert_eq!(policy(Kind::Npm, "12.2.0").unwrap().missing("a=b"), Ok(Some("allow-git=all\n".into())));
        let pnpm = policy(Kind::Pnpm, "12.21.0").unwrap();
        assert_eq!(pnpm.missing("# c\nblockExoticSubdeps: false\n"), Ok(None));
        assert!(pnpm.missing("blockExoticSubdeps: true\n").unwrap_err().contains("blockExoticSubdeps: true"));
        let yarn = policy(Kind::YarnBerry, "4.18.1").unwrap();
        let added = yarn.missing("").unwrap().unwrap();
        assert_eq!(added, "approvedGitRepositories:\n  - \"https://h.org/ui.git\"\n");
        assert_eq!(yarn.missing(&added), Ok(None));
        assert!(yarn.missing("approvedGitRepositories: []\n").is_err());
    }
}
