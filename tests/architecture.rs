//! The rules of the house that the compiler does not know, checked over the sources. Each is shown able to fail.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The layers, from the bottom up. What stands on one line imports nothing of its own line.
const LAYERS: &[&[&str]] = &[
    &["model"],
    &["disk", "errors", "person"],
    &["git"],
    &["scope", "workspace", "source", "build", "package"],
    &["ops"],
    &["cli"],
];

fn height(layer: &str) -> Option<usize> {
    LAYERS.iter().position(|line| line.contains(&layer))
}

#[derive(PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    what: String,
}

impl fmt::Debug for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// A source file: its path from the root of the repository, and its text with the comments blanked.
struct Source {
    path: String,
    code: String,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), code: without_comments(text) }
    }

    fn finding(&self, at: usize, what: String) -> Finding {
        let line = self.code[..at].matches('\n').count() + 1;
        Finding { path: self.path.clone(), line, what }
    }

    /// Every place where `word` stands by itself, not as the end of a longer name.
    fn find<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        let is_name = |c: char| c.is_alphanumeric() || c == '_';
        self.code.match_indices(word).map(|(at, _)| at).filter(move |at| {
            let before = self.code[..*at].chars().next_back();
            !(word.starts_with(is_name) && before.is_some_and(is_name))
        })
    }

    /// The program alone. Its unit tests may spell what they judge by.
    fn without_unit_tests(&self) -> Self {
        let is_test = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let end = if is_test { 0 } else { self.code.find("#[cfg(test)]\nmod ").unwrap_or(self.code.len()) };
        Self { path: self.path.clone(), code: self.code[..end].to_owned() }
    }

    /// The folder or file right below `src` in which this one is.
    fn layer(&self) -> &str {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let name = below.split('/').next().unwrap_or(below);
        name.strip_suffix(".rs").unwrap_or(name)
    }
}

type Check = fn(&Source) -> Vec<Finding>;

/// Every rule: a name that says it, and how to find what breaks it in one file.
const RULES: &[(&str, Check)] = &[
    ("imports point downward", upward_imports),
    ("libgit2 is named in src/git only", |source| forbidden(source, &["git2::"], |path| path.starts_with("src/git/"))),
    ("the git program is spawned in src/git/command.rs only", git_spawns),
    ("only src/cli/ui prints", |source| {
        let words = ["println!", "eprintln!", "print!", "eprint!", "dbg!", "io::stdout", "io::stderr"];
        forbidden(source, &words, |path| path.starts_with("src/cli/ui"))
    }),
    ("the parser is named in src/source only", |source| {
        forbidden(source, &["oxc_", "oxc::"], |path| path.starts_with("src/source/"))
    }),
    ("refs are spelled in src/git/refs.rs only", |source| {
        forbidden(&source.without_unit_tests(), &["\"refs/"], |path| path == "src/git/refs.rs")
    }),
    ("nothing is left to do", |source| forbidden(source, &["todo!", "unimplemented!"], |_| false)),
    ("no test is ignored", |source| forbidden(source, &["#[ignore"], |_| false)),
];

fn forbidden(source: &Source, words: &[&str], is_allowed: impl Fn(&str) -> bool) -> Vec<Finding> {
    if is_allowed(&source.path) {
        return Vec::new();
    }
    let found = words.iter().flat_map(|word| source.find(word).map(move |at| (at, word)));
    found.map(|(at, word)| source.finding(at, format!("{word} has no place here"))).collect()
}

fn git_spawns(source: &Source) -> Vec<Finding> {
    if source.path == "src/git/command.rs" {
        return Vec::new();
    }
    let after_new = |at: &usize| source.code[at + "Command::new(".len()..].trim_start().starts_with("\"git");
    source
        .find("Command::new(")
        .filter(after_new)
        .map(|at| source.finding(at, "a process named git is spawned here".to_owned()))
        .collect()
}

fn upward_imports(source: &Source) -> Vec<Finding> {
    let layer = source.layer();
    if ["lib", "main"].contains(&layer) {
        return Vec::new();
    }
    let Some(own) = height(layer) else {
        return vec![source.finding(0, format!("{layer} has no place among the layers"))];
    };
    imports(source)
        .into_iter()
        .filter(|(_, target)| target != layer && height(target).is_none_or(|target| target >= own))
        .map(|(at, target)| source.finding(at, format!("{layer} imports {target}")))
        .collect()
}

/// The layers that a file names, by `crate::` or by climbing to the root with `super::`.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for at in source.find("crate::") {
        let rest = &source.code[at + "crate::".len()..];
        found.extend(heads(rest).into_iter().map(|name| (at, name)));
    }
    let depth = source.path.split('/').filter(|part| !["src", "mod.rs"].contains(part)).count();
    let climb = "super::".repeat(depth);
    for at in source.find(&climb) {
        let rest = source.code[at..].trim_start_matches("super::");
        let known = heads(rest).into_iter().filter(|name| height(name).is_some());
        found.extend(known.map(|name| (at, name)));
    }
    found
}

/// The first names of a path, or of each path in a group.
fn heads(path: &str) -> Vec<String> {
    let name = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else {
        return vec![name(path)];
    };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            c if depth == 0 && !c.is_whitespace() => parts.last_mut().expect("one part").push(c),
            _ => {}
        }
    }
    parts.iter().map(|part| name(part)).filter(|name| !name.is_empty()).collect()
}

/// The text with every comment blanked; lines and what stands in quotes stay.
fn without_comments(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            let end = rest.find('\n').unwrap_or(rest.len());
            rest = &rest[end..];
            continue;
        } else if rest.starts_with("/*") {
            let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
            code.extend(rest[..end].chars().filter(|c| *c == '\n'));
            rest = &rest[end..];
            continue;
        } else if let Some(hashes) = raw_string(rest) {
            let close = format!("\"{}", "#".repeat(hashes));
            let start = hashes + 2;
            rest[start..].find(&close).map_or(rest.len(), |end| start + end + close.len())
        } else if c == '"' {
            quoted(rest)
        } else if rest.starts_with("'\"'") {
            3
        } else if let Some(escape) = rest.strip_prefix("'\\") {
            // A character in an escape; a lifetime has no backslash.
            2 + escape.chars().next().map_or(0, char::len_utf8)
        } else {
            c.len_utf8()
        };
        code.push_str(&rest[..taken]);
        rest = &rest[taken..];
    }
    code
}

/// The number of hashes, if a raw string begins here.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    after[hashes..].starts_with('"').then_some(hashes)
}

fn quoted(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_sources_keep_every_rule() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    sources(&root.join("src"), &mut paths);
    sources(&root.join("tests"), &mut paths);
    assert!(paths.len() > 5, "the sources are not where they were");
    let mut findings = Vec::new();
    for path in paths {
        let name = path.strip_prefix(root).expect("below the root").to_string_lossy().replace('\\', "/");
        let source = Source::new(&name, &fs::read_to_string(&path).expect("a source"));
        let is_test = name.starts_with("tests/");
        for (rule, check) in RULES {
            // Tests are no layer and may call git and print; this file has to spell what it looks for.
            let applies = !is_test || (*rule == "no test is ignored" && name != "tests/architecture.rs");
            if applies {
                findings.extend(check(&source));
            }
        }
    }
    assert!(findings.is_empty(), "{findings:#?}");
}

/// What the rule of this name finds in a file.
fn found(rule: &str, path: &str, text: &str) -> Vec<String> {
    let (_, check) = RULES.iter().find(|(name, _)| *name == rule).expect("a rule of this name");
    check(&Source::new(path, text)).into_iter().map(|finding| format!("{}: {}", finding.line, finding.what)).collect()
}

#[test]
fn an_upward_import_is_found() {
    let rule = "imports point downward";
    let nothing: [&str; 0] = [];
    assert_eq!(found(rule, "src/model/id.rs", "use std::fmt;\nuse crate::git::refs;\n"), ["2: model imports git"]);
    assert_eq!(
        found(rule, "src/git/repo.rs", "use crate::{\n    model::{Id, ops},\n    scope::Local,\n    git::refs,\n};\n"),
        ["1: git imports scope"]
    );
    assert_eq!(found(rule, "src/scope/local.rs", "fn f() { crate::ops::tag() }"), ["1: scope imports ops"]);
    assert_eq!(found(rule, "src/scope/local.rs", "use crate::workspace;"), ["1: scope imports workspace"]);
    assert_eq!(found(rule, "src/scope/mod.rs", "use super::cli::ui;"), ["1: scope imports cli"]);
    assert_eq!(found(rule, "src/scope/local.rs", "use super::super::cli::ui;"), ["1: scope imports cli"]);
    assert_eq!(found(rule, "src/extras/a.rs", ""), ["1: extras has no place among the layers"]);
    assert_eq!(found(rule, "src/cli/tag.rs", "use crate::ops::tag; // not crate::main\n"), nothing);
    assert_eq!(found(rule, "src/ops/tag.rs", "use super::status;\nuse crate::model::Id;\n"), nothing);
}

#[test]
fn a_word_out_of_its_place_is_found() {
    for (rule, allowed, sample) in [
        ("libgit2 is named in src/git only", "src/git/repo.rs", "let r = git2::Repository::open(p)?;"),
        ("only src/cli/ui prints", "src/cli/ui/mod.rs", "println!(\"tagged\");"),
        ("only src/cli/ui prints", "src/cli/ui/mod.rs", "eprint!(\"tagged\");"),
        ("the parser is named in src/source only", "src/source/imports.rs", "use oxc_parser::Parser;"),
        ("refs are spelled in src/git/refs.rs only", "src/git/refs.rs", "let name = format!(\"refs/tags/{id}\");"),
        ("the git program is spawned in src/git/command.rs only", "src/git/command.rs", "Command::new(\n    \"git\")"),
    ] {
        assert_eq!(found(rule, "src/ops/tag.rs", sample).len(), 1, "{rule} does not see {sample}");
        assert_eq!(found(rule, allowed, sample), Vec::<String>::new(), "{rule} in {allowed}");
        assert_eq!(found(rule, "src/ops/tag.rs", &format!("// {sample}").replace('\n', " ")), Vec::<String>::new());
    }
    let refs = "refs are spelled in src/git/refs.rs only";
    let unit_test = "fn f() {}\n#[cfg(test)]\nmod tests {\n    const TAG: &str = \"refs/tags/a\";\n}\n";
    assert_eq!(found(refs, "src/git/repo.rs", unit_test), Vec::<String>::new());
    assert_eq!(found("nothing is left to do", "src/git/repo.rs", "fn f() { todo!() }").len(), 1);
    assert_eq!(found("nothing is left to do", "src/git/repo.rs", "fn f() { unimplemented!() }").len(), 1);
    assert_eq!(found("no test is ignored", "tests/tag.rs", "#[test]\n#[ignore = \"slow\"]\nfn f() {}").len(), 1);
}

/// What a command leaves behind is soon committed with all else. Without a repository around nothing can be.
#[test]
fn at_the_top_is_only_what_belongs_there() {
    let root = env!("CARGO_MANIFEST_DIR");
    let git = Command::new("git").args(["-C", root, "ls-files"]).output().expect("git runs");
    let tracked = String::from_utf8(git.stdout).expect("names are text");
    let tops: BTreeSet<&str> = tracked.lines().filter_map(|path| path.split('/').next()).collect();
    let files = [".gitignore", "ARCHITECTURE.md", "Cargo.lock", "Cargo.toml", "LICENSE", "README.md", "rustfmt.toml"];
    let folders = [".ci", "scripts", "src", "tests"];
    let others: Vec<&str> = tops.into_iter().filter(|top| !files.contains(top) && !folders.contains(top)).collect();
    assert_eq!(others, [""; 0]);
}

#[test]
fn comments_are_no_code_and_strings_are_no_comments() {
    assert_eq!(without_comments("a // b\nc /* d\n */ e"), "a \nc \n e");
    assert_eq!(without_comments(r#"let u = "https://x"; // y"#), r#"let u = "https://x"; "#);
    assert_eq!(without_comments("let c = '\"'; // d"), "let c = '\"'; ");
    assert_eq!(without_comments("r#\"a // \" b\"# // c"), "r#\"a // \" b\"# ");
}
