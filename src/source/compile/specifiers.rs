//! Relative specifiers as Node wants them: with the extension of the file that was made.

use super::names::{at_run_time, is_declaration, way};
use crate::source::resolve::{Resolution, is_relative, join, resolve_relative};
use std::collections::HashSet;

/// What a specifier is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    /// By Node: files that only declare types are not there.
    Run,
    /// By TypeScript, in declarations.
    Types,
}

/// Finds files of one component.
pub(super) struct Resolver<'s> {
    files: HashSet<&'s str>,
}

impl<'s> Resolver<'s> {
    pub(super) fn new(files: impl Iterator<Item = &'s str>) -> Self {
        Self { files: files.collect() }
    }

    /// Whether the component has this file.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains(path)
    }

    /// The author's file that a relative specifier means.
    pub(super) fn find(&self, from: &str, specifier: &str, purpose: Purpose) -> Option<String> {
        if !is_relative(specifier) {
            return None;
        }
        let is_script = |path: &str| self.files.contains(path) && !is_declaration(path);
        let is_there = |path: &str| self.files.contains(path);
        let found = match resolve_relative(from, specifier, &is_script) {
            Resolution::Missing { .. } if purpose == Purpose::Types => resolve_relative(from, specifier, &is_there),
            found => found,
        };
        match found {
            Resolution::Found(path) => Some(path),
            _ => None,
        }
    }

    /// What stands in the place of a specifier in what is made of the file `from`; `None` to leave it.
    pub(super) fn exchange(&self, from: &str, specifier: &str, purpose: Purpose) -> Option<String> {
        let found = self.find(from, specifier, purpose)?;
        let (plain, query) = specifier.split_at(specifier.find('?').unwrap_or(specifier.len()));
        let output = at_run_time(&found);
        let is_right = |specifier: &str| !specifier.ends_with('/') && join(from, specifier).as_ref() == Some(&output);
        if is_right(specifier) || is_right(plain) {
            return None;
        }
        Some(way(from, &output) + query)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_get_the_extension_of_what_is_made() {
        let files =
            ["util.ts", "x.tsx", "x.d.ts", "dir/index.ts", "m.mts", "c.cts", "data.json", "style.css", "old.js"];
        let more = ["only.d.ts", "lib/deep/f.ts", "dir.css", "plain", "esm.d.mts", "a/index.js"];
        let resolver = Resolver::new(files.into_iter().chain(more));
        for (from, specifier, expected) in [
            ("index.ts", "./util", Some("./util.js")),
            ("index.ts", "./util.ts", Some("./util.js")),
            ("index.ts", "./util.js", None),
            ("index.ts", "./x", Some("./x.js")),
            ("index.ts", "./x.tsx", Some("./x.js")),
            ("index.ts", "./dir", Some("./dir/index.js")),
            ("index.ts", "./dir/", Some("./dir/index.js")),
            ("index.ts", "./m.mts", Some("./m.mjs")),
            ("index.ts", "./m", Some("./m.mjs")),
            ("index.ts", "./m.mjs", None),
            ("index.ts", "./c", Some("./c.cjs")),
            ("index.ts", "./data.json", None),
            ("index.ts", "./data", Some("./data.json")),
            ("index.ts", "./style.css", None),
            ("index.ts", "./old", Some("./old.js")),
            ("index.ts", "./plain", None),
            ("index.ts", "./gone", None),
            ("index.ts", "../other/x", None),
            ("index.ts", "react", None),
            ("index.ts", "./util?worker", Some("./util.js?worker")),
            ("index.ts", "./style.css?raw", None),
            ("lib/deep/g.ts", "../../util", Some("../../util.js")),
            ("lib/deep/g.ts", "./f", Some("./f.js")),
            ("lib/deep/g.ts", "../..", None),
            ("dir/a.ts", ".", Some("./index.js")),
            ("dir/a.ts", "./", Some("./index.js")),
            ("a/b/c.js", "..", Some("../index.js")),
            ("index.ts", "./only", None),
        ] {
            let found = resolver.exchange(from, specifier, Purpose::Run);
            assert_eq!(found.as_deref(), expected, "{specifier} from {from}");
        }
        let types = |specifier: &str| resolver.exchange("index.ts", specifier, Purpose::Types);
        assert_eq!(types("./only").as_deref(), Some("./only.js"));
        assert_eq!(types("./only.d.ts").as_deref(), Some("./only.js"));
        assert_eq!(types("./esm.mjs"), None);
        assert_eq!(types("./util").as_deref(), Some("./util.js"));
    }
}
