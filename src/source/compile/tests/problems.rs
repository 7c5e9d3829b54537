//! What can't be compiled is named with its place, all at once.

use super::*;

#[track_caller]
fn problems(files: &[(&str, &str)], module: ModuleSystem) -> Vec<String> {
    attempt(files, module).expect_err("it should not compile").iter().map(ToString::to_string).collect()
}

#[test]
fn errors_of_all_files_are_named_with_their_places() {
    let files = [("a.ts", "const ok = 1;\n  const = 2;\n"), ("b/c.tsx", "const x = <a>;\n"), ("fine.ts", "")];
    let found = problems(&files, ModuleSystem::Esm);
    assert!(found.iter().any(|problem| problem.starts_with("a.ts:2:9: ")), "{found:?}");
    assert!(found.iter().any(|problem| problem.starts_with("b/c.tsx:")), "{found:?}");
    assert!(!found.iter().any(|problem| problem.starts_with("fine")), "{found:?}");
}

#[test]
fn what_would_fail_in_node_is_refused_here() {
    for (module, files, start, message) in [
        (ModuleSystem::Esm, &[("a.ts", "let a = 1;\nlet a = 2;\n")][..], "a.ts:1:5", "declared"),
        (ModuleSystem::Esm, &[("a.ts", "const a = 1;\nexport = a;\n")], "a.ts:2:1", ".cts"),
        (
            ModuleSystem::Esm,
            &[("a.ts", "import { x } from './d.json';\nx;\n"), ("d.json", "{}")],
            "a.ts:1:10",
            "as a whole",
        ),
        (
            ModuleSystem::Esm,
            &[("a.ts", "export { x } from './d.json';\n"), ("d.json", "{}")],
            "a.ts:1:10",
            "as a whole",
        ),
        (ModuleSystem::Esm, &[("a.ts", ""), ("a.js", "")], "a.js:1:1", "a.ts"),
    ] {
        let found = problems(files, module);
        assert!(found[0].starts_with(start) && found[0].contains(message), "{found:?}");
    }
    let found = attempt(&[("a.ts", "module.exports = 1;\n")], ModuleSystem::Esm).unwrap().unwrap().warnings;
    assert!(found[0].to_string().starts_with("a.ts:1:1: Node reads this file as an ES module"), "{found:?}");
    assert_eq!(common(&[("a.ts", "module.exports = 1;\n")]).warnings, []);
}

#[test]
fn bytes_that_are_no_text_are_named() {
    let file = AuthorFile { path: "a.ts", bytes: b"const a = 1;\n// \xff", executable: false };
    let found = compile(&Source { files: &[file], main: "a.ts", module: ModuleSystem::Esm }).unwrap_err();
    assert_eq!(found[0].to_string(), "a.ts:2:4: this is not valid UTF-8");
}

#[test]
fn deep_nesting_is_no_crash() {
    for (open, close) in [("(", ")"), ("[", "]"), ("a(", ")"), ("{a:", "}"), ("()=>(", ")"), ("!", ""), ("<a>", "</a>")]
    {
        let source = format!("export const x: any = {}1{};\n", open.repeat(3000), close.repeat(3000));
        let done = attempt(&[("index.tsx", &source)], ModuleSystem::Esm);
        drop(done);
        let done = attempt(&[("index.cts", &source)], ModuleSystem::CommonJs);
        drop(done);
    }
}

#[test]
fn what_is_left_out_without_an_error_is_a_warning() {
    let warnings =
        |files: &[(&str, &str)]| -> Vec<String> { esm(files).warnings.iter().map(ToString::to_string).collect() };
    let types = ("globals.d.ts", "declare const g: number;\n");
    let found =
        warnings(&[("a.ts", "export const a: number = 1;\nimport './globals';\nimport './globals.d.ts';\n"), types]);
    assert!(
        found.len() == 2 && found[0].starts_with("a.ts:2:8: ") && found[0].contains("only declares types"),
        "{found:?}"
    );
    assert_eq!(
        warnings(&[("a.ts", "import type {} from './globals';\nimport './b';\n"), types, ("b.ts", "")]),
        [""; 0]
    );
    let handed_on = "export { T } from './globals';\nexport * from './globals';\nimport { T as U } from './globals';\nexport { U };\nexport * as all from './globals';\n";
    let only_types = ("globals.d.ts", "export interface T { a: 1 }\nexport * from './more';\n");
    let files = [("a.ts", handed_on), only_types, ("more.d.ts", "export type V = 1;\n")];
    assert_eq!(warnings(&files), [""; 0]);
    assert!(!text(&esm(&files), "dist/a.js").contains("globals"));
    assert!(text(&esm(&files), "dist/a.d.ts").contains("export { T } from \"./globals.js\""));
    // What it says that a script has, but there is no script.
    let found =
        warnings(&[("a.ts", "export { v } from './v';\nexport * from './v';\n"), ("v.d.ts", "export const v: 1;\n")]);
    assert!(found.len() == 2 && found.iter().all(|warning| warning.contains("export type")), "{found:?}");
    let found = warnings(&[("a.tsx", "/** @jsx h */\nexport const a: unknown = <b/>;\n")]);
    assert!(
        found.len() == 1 && found[0].starts_with("a.tsx:1:10: ") && found[0].contains("@jsxRuntime classic"),
        "{found:?}"
    );
    for fine in
        ["/** @jsx h\n * @jsxRuntime classic */", "/** @jsxRuntime classic @jsx h */", "/** @jsxImportSource preact */"]
    {
        assert_eq!(
            warnings(&[("a.tsx", &format!("{fine}\nconst h: any = 1;\nexport const a: unknown = <b/>;\n"))]),
            [""; 0]
        );
    }
}
