//! Where a package is entered: its main file, its types and, once something was built, every path that leads into it.

use crate::model::Manifest;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

/// The folder into which a component is built.
const DIST: &str = "dist";

/// What Node or TypeScript read, in the order in which Node looks for a name without an ending: what a file ends in,
/// what is made of it, and what the types of that end in.
const SCRIPTS: [(&str, &str, &str); 8] = [
    (".ts", ".js", ".d.ts"),
    (".tsx", ".js", ".d.ts"),
    (".jsx", ".js", ".d.ts"),
    (".js", ".js", ".d.ts"),
    (".mts", ".mjs", ".d.mts"),
    (".mjs", ".mjs", ".d.mts"),
    (".cts", ".cjs", ".d.cts"),
    (".cjs", ".cjs", ".d.cts"),
];

/// Where a package is entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryPoints {
    /// What Node loads for the package's name.
    pub(super) main: String,
    /// Where its types are.
    pub(super) types: Option<String>,
    /// Every way in; nothing where nothing was built: then every file is reached by its own path.
    pub(super) exports: Option<Exports>,
}

impl EntryPoints {
    /// Those of sources that nothing was made of: the main file as the author wrote it.
    pub fn of_sources(main: &str) -> Self {
        Self { main: main.to_owned(), types: is_typescript(main).then(|| main.to_owned()), exports: None }
    }

    /// Where types are found without the exports; nothing where nothing was built.
    pub(super) fn types_versions(&self) -> Option<TypesVersions> {
        self.exports.as_ref().map(|_| TypesVersions { every: EveryPath { places: ["dist/*", "*"] } })
    }

    /// Those of a version with these files, the author's and those that the build made.
    pub fn of<'f>(manifest: &Manifest, files: impl IntoIterator<Item = &'f str>) -> Self {
        match manifest.artifacts.iter().any(|artifact| artifact == DIST) {
            true => Self::of_built(&manifest.main, files),
            false => Self::of_sources(&manifest.main),
        }
    }

    /// Those that bit once said of it: declarations of no script were the author's own.
    pub fn of_earlier<'f>(manifest: &Manifest, files: impl IntoIterator<Item = &'f str>) -> Self {
        match manifest.artifacts.iter().any(|artifact| artifact == DIST) {
            true => Self::entered(&manifest.main, Files { declared: Declared::Author, ..Files::new(files) }),
            false => Self::of_sources(&manifest.main),
        }
    }

    /// Those of sources and of what was made of them in `dist`. Where nothing stands for the main file there, the
    /// package is entered as if nothing had been built.
    pub fn of_built<'f>(main: &str, files: impl IntoIterator<Item = &'f str>) -> Self {
        Self::entered(main, Files::new(files))
    }

    fn entered(main: &str, files: Files<'_>) -> Self {
        let Some(built) = files.main_in_dist(main) else { return Self::of_sources(main) };
        let types = files.types_of(&built).or_else(|| is_typescript(main).then(|| main.to_owned()));
        let whole = Way { types: types.as_deref().map(below), default: Some(below(&built)) };
        Self { main: built, types, exports: Some(Exports { whole, ways: files.ways() }) }
    }
}

/// Where TypeScript looks for a path of a package whose `exports` it does not read (`moduleResolution` node10): among
/// what was built, then where the path says. Else it would read the sources, by the rules of whoever uses them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TypesVersions {
    #[serde(rename = "*")]
    every: EveryPath,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct EveryPath {
    #[serde(rename = "*")]
    places: [&'static str; 2],
}

/// The files of a version.
struct Files<'f> {
    sources: BTreeSet<&'f str>,
    /// What the build made, below `dist`.
    built: BTreeSet<&'f str>,
    declared: Declared,
}

/// Whose copy of an author's declarations is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declared {
    Built,
    Author,
}

impl<'f> Files<'f> {
    fn new(files: impl IntoIterator<Item = &'f str>) -> Self {
        let (mut sources, mut built) = (BTreeSet::new(), BTreeSet::new());
        for path in files {
            match path.strip_prefix(DIST).and_then(|rest| rest.strip_prefix('/')) {
                Some(rest) => built.insert(rest),
                None => sources.insert(path),
            };
        }
        Self { sources, built, declared: Declared::Built }
    }

    /// What stands for the main file in `dist`: of the same path, else, as bundlers have it, of the same name.
    fn main_in_dist(&self, main: &str) -> Option<String> {
        let stem = Script::of(main).map_or(main, |script| script.stem);
        let name = stem.rsplit('/').next().unwrap_or(stem);
        let others =
            [stem, name].into_iter().flat_map(|stem| [".js", ".mjs", ".cjs"].map(|end| format!("{stem}{end}")));
        let mut candidates = std::iter::once(made_of(main)).chain(others);
        candidates.find(|path| self.built.contains(path.as_str())).map(|path| format!("{DIST}/{path}"))
    }

    /// The types of a file of `dist`.
    fn types_of(&self, path: &str) -> Option<String> {
        let inside = path.strip_prefix(DIST)?.strip_prefix('/')?;
        if declared_by(inside).is_some() {
            return (self.declared == Declared::Built).then(|| path.to_owned());
        }
        let script = Script::of(inside)?;
        let types = format!("{}{}", script.stem, script.types);
        self.built.contains(types.as_str()).then(|| format!("{DIST}/{types}"))
    }

    /// Every way to a source that has something in `dist`: by its path, by that of what was made of it, without the
    /// ending, and by the folder of an index file. What is named exactly comes first.
    fn ways(&self) -> BTreeMap<String, Way> {
        let mut ways = BTreeMap::new();
        let mut short: Vec<(usize, &str, Way)> = Vec::new();
        for &path in &self.sources {
            let (Some(script), Some(way)) = (Script::of(path), self.way_to(path)) else { continue };
            for exact in [path.to_owned(), made_of(path)] {
                ways.entry(exact).or_insert_with(|| way.clone());
            }
            short.push((script.rank, script.stem, way.clone()));
            if let Some(folder) = script.stem.strip_suffix("/index") {
                short.push((SCRIPTS.len() + script.rank, folder, way));
            }
        }
        short.sort_by_key(|(rank, ..)| *rank);
        for (_, name, way) in short {
            if !self.sources.contains(name) {
                ways.entry(name.to_owned()).or_insert(way);
            }
        }
        self.add_declared(&mut ways);
        ways
    }

    fn way_to(&self, source: &str) -> Option<Way> {
        let made = made_of(source);
        self.built.contains(made.as_str()).then(|| {
            let made = format!("{DIST}/{made}");
            let types = self.types_of(&made).or_else(|| is_typescript(source).then(|| source.to_owned()));
            Way { types: types.as_deref().map(below), default: Some(below(&made)) }
        })
    }

    /// Ways to declarations that an author wrote of what no script here is. Those of the build are read: their imports
    /// lead to what was built, those of the author's file to sources, by the rules of whoever uses them.
    fn add_declared(&self, ways: &mut BTreeMap<String, Way>) {
        for &path in &self.sources {
            let Some((stem, made)) = declared_by(path) else { continue };
            if self.declared == Declared::Author {
                ways.entry(stem.to_owned()).or_insert_with(|| Way { types: Some(below(path)), default: None });
                continue;
            }
            let types = if self.built.contains(path) { format!("./{DIST}/{path}") } else { below(path) };
            let folder = stem.strip_suffix("/index").map(str::to_owned);
            for name in [path.to_owned(), stem.to_owned(), format!("{stem}{made}")].into_iter().chain(folder) {
                let default = self.sources.contains(name.as_str()).then(|| below(&name));
                ways.entry(name).or_insert_with(|| Way { types: Some(types.clone()), default });
            }
        }
    }
}

/// What a file of declarations speaks of, without its ending, and what that ends in when it runs.
fn declared_by(path: &str) -> Option<(&str, &'static str)> {
    let endings = [(".d.ts", ".js"), (".d.mts", ".mjs"), (".d.cts", ".cjs")];
    endings.into_iter().find_map(|(types, made)| Some((path.strip_suffix(types)?, made)))
}

/// A file that Node or TypeScript read.
struct Script<'p> {
    stem: &'p str,
    rank: usize,
    made: &'static str,
    types: &'static str,
}

impl<'p> Script<'p> {
    fn of(path: &'p str) -> Option<Self> {
        if declared_by(path).is_some() {
            return None;
        }
        let mut known = SCRIPTS.iter().enumerate();
        known.find_map(|(rank, (ending, made, types))| {
            let stem = path.strip_suffix(ending).filter(|stem| !stem.is_empty() && !stem.ends_with('/'))?;
            Some(Self { stem, rank, made, types })
        })
    }
}

/// What a source is called in `dist`.
fn made_of(path: &str) -> String {
    Script::of(path).map_or_else(|| path.to_owned(), |script| format!("{}{}", script.stem, script.made))
}

fn below(path: &str) -> String {
    format!("./{path}")
}

fn is_typescript(path: &str) -> bool {
    [".ts", ".tsx", ".mts", ".cts"].iter().any(|ending| path.ends_with(ending))
}

/// Where one path leads: what TypeScript reads, and what runs. The order means something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Way {
    #[serde(skip_serializing_if = "Option::is_none")]
    types: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
}

/// package.json's `exports`: what is listed leads into `dist`, and every file is reached by its own path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Exports {
    whole: Way,
    ways: BTreeMap<String, Way>,
}

impl Serialize for Exports {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Target<'w> {
            Way(&'w Way),
            Itself(&'static str),
        }
        let ways = self.ways.iter().map(|(path, way)| (below(path), Target::Way(way)));
        let itself = ["./package.json", "./*"].map(|path| (path.to_owned(), Target::Itself(path)));
        serializer.collect_map([(".".to_owned(), Target::Way(&self.whole))].into_iter().chain(ways).chain(itself))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exports(main: &str, files: &[&str]) -> Vec<String> {
        let points = EntryPoints::of_built(main, files.iter().copied());
        let exports = points.exports.expect("something was built");
        let target = |path: &Option<String>| path.as_deref().unwrap_or("-").to_owned();
        let line = |(path, way): (&String, &Way)| format!("{path}: {} {}", target(&way.types), target(&way.default));
        exports.ways.iter().map(line).collect()
    }

    #[test]
    fn without_dist_the_main_file_is_the_authors() {
        let points = EntryPoints::of_sources("index.ts");
        assert_eq!((points.main.as_str(), points.types.as_deref()), ("index.ts", Some("index.ts")));
        assert_eq!(EntryPoints::of_sources("index.js").types, None);
        // What was built does not stand for the main file.
        assert_eq!(EntryPoints::of_built("index.ts", ["index.ts", "dist/report.txt"]), points);
    }

    #[test]
    fn with_dist_every_source_leads_there() {
        let files = [
            "index.ts",
            "sub/path.tsx",
            "sub/index.mts",
            "plain.js",
            "style.css",
            "dist/index.js",
            "dist/index.d.ts",
            "dist/sub/path.js",
            "dist/sub/path.d.ts",
            "dist/sub/index.mjs",
            "dist/sub/index.d.mts",
            "dist/plain.js",
            "dist/style.css",
        ];
        let points = EntryPoints::of_built("index.ts", files);
        assert_eq!((points.main.as_str(), points.types.as_deref()), ("dist/index.js", Some("dist/index.d.ts")));
        assert_eq!(
            exports("index.ts", &files),
            [
                "index: ./dist/index.d.ts ./dist/index.js",
                "index.js: ./dist/index.d.ts ./dist/index.js",
                "index.ts: ./dist/index.d.ts ./dist/index.js",
                "plain: - ./dist/plain.js",
                "plain.js: - ./dist/plain.js",
                "sub: ./dist/sub/index.d.mts ./dist/sub/index.mjs",
                "sub/index: ./dist/sub/index.d.mts ./dist/sub/index.mjs",
                "sub/index.mjs: ./dist/sub/index.d.mts ./dist/sub/index.mjs",
                "sub/index.mts: ./dist/sub/index.d.mts ./dist/sub/index.mjs",
                "sub/path: ./dist/sub/path.d.ts ./dist/sub/path.js",
                "sub/path.js: ./dist/sub/path.d.ts ./dist/sub/path.js",
                "sub/path.tsx: ./dist/sub/path.d.ts ./dist/sub/path.js",
            ]
        );
    }

    #[test]
    fn what_is_named_exactly_comes_first() {
        let files = ["a.ts", "a/index.ts", "b", "b.ts", "c.mts", "c.ts"];
        let made = ["dist/a.js", "dist/a/index.js", "dist/b", "dist/b.js", "dist/c.mjs", "dist/c.js"];
        let ways = exports("a.ts", &[&files[..], &made[..]].concat());
        let way = |path: &str| ways.iter().find_map(|line| line.strip_prefix(&format!("{path}: ")));
        assert_eq!(way("a"), Some("./a.ts ./dist/a.js"), "a file before a folder");
        assert_eq!(way("b"), None, "a file of this very name");
        assert_eq!(way("c"), Some("./c.ts ./dist/c.js"), "in Node's order");
    }

    #[test]
    fn declarations_of_no_script_lead_to_those_that_were_built() {
        let files = ["a.ts", "only.d.ts", "style.css", "style.css.d.ts", "sub/index.d.mts", "unbuilt.d.cts"];
        let made = ["dist/a.js", "dist/only.d.ts", "dist/style.css", "dist/style.css.d.ts", "dist/sub/index.d.mts"];
        let ways = exports("a.ts", &[&files[..], &made[..]].concat());
        let way = |path: &str| ways.iter().find_map(|line| line.strip_prefix(&format!("{path}: ")));
        for path in ["only", "only.js"] {
            assert_eq!(way(path), Some("./dist/only.d.ts -"), "{path}");
        }
        assert_eq!(way("only.d.ts"), Some("./dist/only.d.ts ./only.d.ts"), "any file is read by its path");
        assert_eq!(way("style.css"), Some("./dist/style.css.d.ts ./style.css"));
        for path in ["sub", "sub/index", "sub/index.mjs"] {
            assert_eq!(way(path), Some("./dist/sub/index.d.mts -"), "{path}");
        }
        assert_eq!(way("unbuilt"), Some("./unbuilt.d.cts -"));
        let files: Vec<&str> = [&files[..], &made[..]].concat();
        let earlier = EntryPoints::entered("a.ts", Files { declared: Declared::Author, ..Files::new(files.clone()) });
        let earlier = earlier.exports.expect("something was built").ways;
        let author = Way { types: Some("./only.d.ts".into()), default: None };
        assert_eq!((earlier.get("only"), earlier.get("only.js")), (Some(&author), None));
        let points = EntryPoints::of_built("only.d.ts", files);
        assert_eq!(points.types.as_deref(), Some("dist/only.d.ts"));
    }

    #[test]
    fn a_bundlers_output_stands_for_the_main_file() {
        let main = |files: &[&str]| EntryPoints::of_built("src/index.ts", files.iter().copied()).main;
        assert_eq!(main(&["src/index.ts", "dist/src/index.js", "dist/index.mjs"]), "dist/src/index.js");
        assert_eq!(main(&["src/index.ts", "dist/index.mjs"]), "dist/index.mjs");
        assert_eq!(main(&["src/index.ts", "dist/bundle.js"]), "src/index.ts");
    }
}
