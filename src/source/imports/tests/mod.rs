mod script;
mod style;

use super::*;

/// Kind and specifier of each import; the spans are checked on the way, and that there is no problem.
fn found(path: &str, source: &str) -> Vec<(ImportKind, String)> {
    let scan = scan(path, source);
    assert_eq!(scan.problem, None, "in {path}: {source}");
    let lines: Vec<&str> = source.split('\n').collect();
    for import in &scan.imports {
        let raw = &source[import.span.0 as usize..import.span.1 as usize];
        assert!(raw == import.specifier || raw.contains('\\'), "{raw:?} is not {:?}", import.specifier);
        assert!(lines[import.line as usize - 1].contains(raw), "{import:?}");
    }
    scan.imports.into_iter().map(|import| (import.kind, import.specifier)).collect()
}

/// Asserts that a file has exactly these imports.
#[track_caller]
fn assert_found(path: &str, source: &str, expected: &[(ImportKind, &str)]) {
    let found = found(path, source);
    let found: Vec<_> = found.iter().map(|(kind, name)| (*kind, name.as_str())).collect();
    assert_eq!(found, expected, "in {path}: {source}");
}

#[test]
fn only_files_that_can_import_are_scanned() {
    for name in ["a.txt", "a", "a.json", ".js.map", "a.svg", "folder.js/readme"] {
        assert!(scan_file(name, b"import 'x'").is_none(), "{name}");
    }
    for name in ["a.js", "dir/a.JSX", "a.spec.ts", ".eslintrc.cjs", "a.d.mts", "a.css", "a.Less"] {
        assert!(scan_file(name, b"").is_some(), "{name}");
    }
    let program = scan_file("bin/cli", b"#!/usr/bin/env node\nrequire('x')").unwrap_or_default();
    assert_eq!((program.imports.len(), program.module), (1, ModuleKind::CommonJs));
    assert!(scan_file("bin/cli", b"#!/bin/sh\nrequire 'x'").is_none());
}

#[test]
fn a_file_that_is_not_utf8_is_a_problem_where_it_stops_being_so() {
    let scan = scan_file("a.js", b"import 'x'\n// \xc3\xa9 \xe9").unwrap_or_default();
    let problem = scan.problem.map(|problem| (problem.line, problem.column));
    assert_eq!((scan.imports, problem), (vec![], Some((2, 6))));
}

#[test]
fn columns_are_counted_in_characters_and_without_the_byte_order_mark() {
    let at = |source: &str| {
        let problem = ParseProblem::at(source, source.find('!').unwrap_or(0), "");
        (problem.line, problem.column)
    };
    assert_eq!(at("\u{feff}!"), (1, 1));
    assert_eq!(at("a\r\nö→ !"), (2, 4));
}

#[test]
fn a_scan_survives_being_cached() -> Result<(), Box<dyn std::error::Error>> {
    let scan = scan("a.ts", "import 'x';\nimport type { T } from \"y\"; let = ;");
    assert!(scan.problem.is_some());
    let stored = postcard::to_stdvec(&scan)?;
    assert_eq!(postcard::from_bytes::<Scan>(&stored)?, scan);
    Ok(())
}
