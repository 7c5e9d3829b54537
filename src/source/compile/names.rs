//! What becomes of a file, told by its name.

use super::Problem;
use crate::model::ModuleSystem;
use std::collections::BTreeMap;

/// The folder, below the component's own, into which everything is built.
pub const DIST: &str = "dist";

/// A language that Node doesn't run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Language {
    /// What its files end in.
    ending: &'static str,
    /// What the JavaScript made of them ends in.
    script: &'static str,
    /// What their declarations end in; JavaScript has no types to declare.
    declarations: Option<&'static str>,
    /// Whether markup may stand in it.
    pub jsx: bool,
    /// The module system that the name demands, whatever the component's is.
    pub module: Option<ModuleSystem>,
}

const ESM: Option<ModuleSystem> = Some(ModuleSystem::Esm);
const COMMON_JS: Option<ModuleSystem> = Some(ModuleSystem::CommonJs);
const D_TS: Option<&str> = Some(".d.ts");

const LANGUAGES: [Language; 5] = [
    Language { ending: ".ts", script: ".js", declarations: D_TS, jsx: false, module: None },
    Language { ending: ".tsx", script: ".js", declarations: D_TS, jsx: true, module: None },
    Language { ending: ".mts", script: ".mjs", declarations: Some(".d.mts"), jsx: false, module: ESM },
    Language { ending: ".cts", script: ".cjs", declarations: Some(".d.cts"), jsx: false, module: COMMON_JS },
    Language { ending: ".jsx", script: ".js", declarations: None, jsx: true, module: None },
];

/// Declarations that an author wrote, and the script they speak of.
const DECLARATIONS: [(&str, &str); 3] = [(".d.ts", ".js"), (".d.mts", ".mjs"), (".d.cts", ".cjs")];

impl Language {
    /// The language of a file that has to be compiled; `None` for every other file.
    pub(super) fn of(path: &str) -> Option<Self> {
        if is_declaration(path) {
            return None;
        }
        // A file named `.ts` has a name and no ending.
        let is_named = |language: &&Self| {
            path.strip_suffix(language.ending).is_some_and(|stem| !stem.is_empty() && !stem.ends_with('/'))
        };
        LANGUAGES.iter().find(is_named).copied()
    }

    /// Whether it has types.
    pub(super) fn is_typescript(self) -> bool {
        self.declarations.is_some()
    }

    fn stem(self, path: &str) -> &str {
        path.strip_suffix(self.ending).unwrap_or(path)
    }

    /// The JavaScript that is made of a file.
    pub(super) fn script(self, path: &str) -> String {
        format!("{}{}", self.stem(path), self.script)
    }

    /// The declarations that are made of a file.
    pub(super) fn declarations(self, path: &str) -> Option<String> {
        self.declarations.map(|ending| format!("{}{ending}", self.stem(path)))
    }
}

/// Whether a file of this name has to be compiled before Node can run it.
pub fn is_compiled(path: &str) -> bool {
    Language::of(path).is_some()
}

/// Whether a file only declares types.
pub(super) fn is_declaration(path: &str) -> bool {
    DECLARATIONS.iter().any(|(ending, _)| path.ends_with(ending))
}

/// The declarations that an author may have written beside a script.
pub(super) fn declarations_of(script: &str) -> Option<String> {
    let pairs = DECLARATIONS.iter().copied().chain([(".d.ts", ".jsx")]);
    pairs.into_iter().find_map(|(ending, name)| Some(format!("{}{ending}", script.strip_suffix(name)?)))
}

/// What a file is called at run time.
pub(super) fn at_run_time(path: &str) -> String {
    let declared = DECLARATIONS.iter().find_map(|(ending, script)| Some((path.strip_suffix(ending)?, script)));
    match (declared, Language::of(path)) {
        (Some((stem, script)), _) => format!("{stem}{script}"),
        (None, Some(language)) => language.script(path),
        (None, None) => path.to_owned(),
    }
}

/// What Node loads first of what is compiled, and its types, told by the main file; `is_there` says which files the
/// author wrote.
pub(super) fn entry_points(main: &str, is_there: impl Fn(&str) -> bool) -> (String, Option<String>) {
    let script = at_run_time(main);
    let written = || declarations_of(&script).filter(|path| is_there(path));
    let types = Language::of(main).and_then(|language| language.declarations(main)).or_else(written);
    let in_dist = |path: String| format!("{DIST}/{path}");
    (in_dist(script), types.map(in_dist))
}

/// Files that can't be built beside each other: two that become one, and what stands where the build puts its own.
pub(super) fn collisions<'s>(paths: impl Iterator<Item = &'s str>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut made: BTreeMap<String, &str> = BTreeMap::new();
    for path in paths {
        if path.split('/').next() == Some(DIST) {
            let message = "the folder dist is where the build puts what it makes: rename it, or list it in .gitignore";
            problems.push(Problem::of_file(path, message));
        }
        // macOS and Windows take names that differ in case only for the same one.
        let outputs = || outputs(path).into_iter().map(|output| (output.to_lowercase(), output));
        if let Some((output, other)) = outputs().find_map(|(key, output)| Some((output, *made.get(&key)?))) {
            let message = format!("{DIST}/{output} would be made of this file and of {other}: rename one of them");
            problems.push(Problem::of_file(path, message));
        }
        made.extend(outputs().map(|(key, _)| (key, path)));
    }
    problems
}

/// The files that a component with these is compiled to, named as they are below its folder.
pub fn dist_files<'p>(paths: impl Iterator<Item = &'p str>) -> Vec<String> {
    paths.flat_map(outputs).map(|path| format!("{DIST}/{path}")).collect()
}

/// What says which files beside it are no sources. Beside what is made of those it would keep that from the package: npm
/// and pnpm ask such files of what they install by git.
pub(super) fn is_ignore_file(path: &str) -> bool {
    const NAMES: [&str; 3] = [".gitignore", ".npmignore", ".bitignore"];
    NAMES.contains(&path.rsplit('/').next().unwrap_or_default())
}

fn outputs(path: &str) -> Vec<String> {
    if is_ignore_file(path) {
        return Vec::new();
    }
    let Some(language) = Language::of(path) else { return vec![path.to_owned()] };
    let script = language.script(path);
    let map = map_of(&script);
    [Some(script), Some(map), language.declarations(path)].into_iter().flatten().collect()
}

/// The source map of a script.
pub(super) fn map_of(script: &str) -> String {
    format!("{script}.map")
}

/// The way from the folder of one file to another file: `./b.js`, `../c.js`. Both from the same root.
pub(super) fn way(from: &str, to: &str) -> String {
    let folders = |path: &str| path.split('/').count() - 1;
    let common = from.split('/').zip(to.split('/')).take(folders(from).min(folders(to))).take_while(|(a, b)| a == b);
    let common = common.count();
    let up = folders(from) - common;
    let rest: Vec<&str> = to.split('/').skip(common).collect();
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    start + &rest.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_made() {
        let made = |path: &str| outputs(path).join(" ");
        assert_eq!(made("a/b.ts"), "a/b.js a/b.js.map a/b.d.ts");
        assert_eq!(made("a.test.tsx"), "a.test.js a.test.js.map a.test.d.ts");
        assert_eq!(made("a.mts"), "a.mjs a.mjs.map a.d.mts");
        assert_eq!(made("a.cts"), "a.cjs a.cjs.map a.d.cts");
        assert_eq!(made("a.jsx"), "a.js a.js.map");
        for copied in ["a.d.ts", "a.d.mts", "a.js", "a.json", "a.TS", "a/.ts", "ts", "a.d.css.ts.txt"] {
            assert_eq!(made(copied), copied);
        }
        assert_eq!(made("a.d.css.ts"), "a.d.css.js a.d.css.js.map a.d.css.d.ts");
    }

    #[test]
    fn what_is_made_twice_is_named() {
        let named = |paths: &[&str]| {
            let problems = collisions(paths.iter().copied());
            problems.iter().map(|problem| format!("{}: {}", problem.file, problem.message)).collect::<Vec<_>>()
        };
        assert_eq!(named(&["a.ts", "a.mts", "b.js", "b/a.ts"]), Vec::<String>::new());
        for (one, other) in [("a.js", "a.ts"), ("a.ts", "a.tsx"), ("a.d.ts", "a.ts"), ("a.jsx", "A.ts")] {
            let found = named(&[one, other]);
            assert!(found.len() == 1 && found[0].contains(one) && found[0].contains(other), "{found:?}");
        }
        assert_eq!(named(&["dist/a.js", "distance/a.js"]).len(), 1);
    }

    #[test]
    fn ways_between_files() {
        for (from, to, expected) in [
            ("a.js", "b.js", "./b.js"),
            ("a/b.js", "c.js", "../c.js"),
            ("a/b.js", "a/c/d.js", "./c/d.js"),
            ("a/b/c.js", "a/d/e.js", "../d/e.js"),
            ("a/a.js", "b/a.js", "../b/a.js"),
            ("a.js", "a/a.js", "./a/a.js"),
        ] {
            assert_eq!(way(from, to), expected, "{from} {to}");
        }
    }
}
