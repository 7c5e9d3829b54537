//! Declarations come from what exports say of themselves.

use super::*;

#[test]
fn declarations_say_what_the_source_says() {
    let files = [
        (
            "index.ts",
            "import { type Shape, area } from './shape';\nimport type { Only } from './only';\nimport { unused } from './dir';\nexport * from './dir';\n/** Counts. */\nexport function f(a: Shape, b: import('./only').Only): Only { return area(a) as any; }\nexport const x = 1;\nconst no = false;\nexport const yes = true, maybe: boolean = true;\nexport { no };\nexport let later = true;\nexport default class<T> { private a = 1; constructor(public b: T) {} get c(): string { return '' } }\nunused;\n",
        ),
        ("shape.ts", "export interface Shape { w: number }\nexport const area = (a: Shape): number => a.w;\n"),
        ("only.d.ts", "export type Only = number;\n"),
        ("dir/index.ts", "export const unused: 1 = 1;\n"),
    ];
    let compiled = esm(&files);
    let declared = text(&compiled, "dist/index.d.ts");
    for line in [
        "from \"./shape.js\"",
        "from \"./only.js\"",
        "export * from \"./dir/index.js\"",
        "/** Counts. */",
        "export declare function f(a: Shape, b: import(\"./only.js\").Only): Only;",
        "export declare const x = 1;",
        "declare const no = false;",
        "export declare const yes = true, maybe: boolean;",
        "export declare let later: boolean;",
        "get c(): string;",
    ] {
        assert!(declared.contains(line), "{line}\n{declared}");
    }
    assert_eq!(compiled.warnings, []);
    assert_eq!(text(&compiled, "dist/only.d.ts"), files[2].1);
}

#[test]
fn what_lacks_a_type_is_named_and_the_rest_is_there() {
    let source = "export const good: number = 1;\nexport function f(a: number) { return g(a) }\nconst g = (a: number) => a;\n  export const bad = g(1);\n";
    let compiled = esm(&[("index.ts", source)]);
    let warned: Vec<String> = compiled.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(
        warned[0].starts_with("index.ts:2:17: Function must have an explicit return type annotation: write"),
        "{warned:?}"
    );
    assert!(warned[1].starts_with("index.ts:4:16: Variable must have"), "{warned:?}");
    let declared = text(&compiled, "dist/index.d.ts");
    assert!(declared.contains("good: number") && declared.contains("f(a: number)"), "{declared}");
}

#[test]
fn what_is_taken_apart_is_any_rather_than_missing() {
    let source = "const o = { a: 1, b: { c: 2 } };\nexport const { a, b: { c } } = o;\nexport const [d = 1] = [], e: number = 1;\nconst { a: f } = o;\nexport { f };\n";
    let compiled = esm(&[("index.ts", source)]);
    assert!(!compiled.warnings.is_empty());
    let declared = text(&compiled, "dist/index.d.ts");
    for line in
        ["export declare const a: any, c: any;", "export declare const d: any;", "e: number", "\ndeclare const f: any;"]
    {
        assert!(declared.contains(line), "{line}\n{declared}");
    }
    assert_parses_again(&compiled, ModuleSystem::Esm);
}

/// `tsc` takes what is declared.
#[track_caller]
fn assert_is_typescript(compiled: &Compiled) {
    assert_is_typescript_of(compiled, ModuleSystem::Esm, "node16");
}

#[track_caller]
fn assert_is_typescript_of(compiled: &Compiled, system: ModuleSystem, module: &str) {
    let Some(tsc) = tsc() else { return };
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), compiled, system);
    let options = ["--noEmit", "--strict", "--target", "es2022", "--resolveJsonModule", "--module", module];
    let run = Command::new(tsc).args(options).arg("dist/index.d.ts").current_dir(folder.path()).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stdout));
}

/// Where Node wants to be told of JSON, TypeScript wants it too, but of types alone.
#[test]
fn declarations_say_of_json_what_node_wants_to_hear() {
    let source = "import data from './data.json';\nimport type other from './data.json';\nexport const k: typeof data.k = data.k;\nexport type K = typeof other.k;\nexport { default as again } from './data.json';\n";
    let files = [("index.ts", source), ("data.json", "{\"k\": [1]}\n")];
    let declared = |module| {
        let compiled = compiled(&files, module);
        assert_is_typescript_of(&compiled, module, "nodenext");
        text(&compiled, "dist/index.d.ts").to_owned()
    };
    let of_a_module = declared(ModuleSystem::Esm);
    assert_eq!(of_a_module.matches("with { type: \"json\" };").count(), 2, "{of_a_module}");
    assert!(of_a_module.contains("import type other from \"./data.json\";"), "{of_a_module}");
    assert!(!declared(ModuleSystem::CommonJs).contains("with {"));
    // By TypeScript's own declarations too.
    let dist =
        [("dist/index.d.ts", "import data from './data.json';\nexport declare const k: typeof data.k;\n".as_bytes())];
    let changed = |module| with_endings(files.iter().map(|(path, _)| *path), module, &dist);
    let said = String::from_utf8(changed(ModuleSystem::Esm)[0].1.clone()).unwrap();
    assert!(said.starts_with("import data from './data.json' with { type: \"json\" };"), "{said}");
    assert!(changed(ModuleSystem::CommonJs).is_empty());
}

#[test]
fn what_only_code_may_say_is_not_declared() {
    let source = "export let store!: string;\nlet later!: number;\nexport { later };\nexport class C { name!: string }\nexport namespace N { export let inner!: boolean; export const { a } = { a: 1 }; export const b: 2 = 2 }\n";
    let compiled = esm(&[("index.ts", source)]);
    let declared = text(&compiled, "dist/index.d.ts");
    assert!(!declared.contains('!') && !declared.contains("const;"), "{declared}");
    for line in ["export declare let store: string;", "declare let later: number;", "let inner: boolean;", "const b: 2"]
    {
        assert!(declared.contains(line), "{line}\n{declared}");
    }
    // What has no type here is named.
    let warned: Vec<u32> = compiled.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(warned, [5]);
    assert_is_typescript(&compiled);
}

#[test]
fn a_variable_of_a_block_is_any_and_named() {
    let source = "if (1 + 1 === 2) { var hoisted: number = 1; var own = 2 }\nfor (var i = 0; i < 2; i++) {}\nvar top: number = 1;\n{ var top: number = 2 }\nexport function f(): void { var own = 1 }\nexport { hoisted, i as count, hoisted as again, top };\n";
    let compiled = esm(&[("index.ts", source)]);
    let declared = text(&compiled, "dist/index.d.ts");
    assert!(declared.ends_with("declare var hoisted: any;\ndeclare var i: any;\n"), "{declared}");
    let warned: Vec<String> = compiled.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warned.len(), 2, "{warned:?}");
    assert!(warned[0].starts_with("index.ts:6:10: \"hoisted\" is declared in a block"), "{warned:?}");
    assert_is_typescript(&compiled);
}

#[test]
fn declarations_that_an_author_wrote_get_endings_too() {
    let types = "// why\nexport * from './more';\nexport type T = import('./deep').D | import(\"x\").X;\n";
    let files = [("index.ts", ""), ("types.d.ts", types), ("more.d.ts", ""), ("deep/index.ts", "")];
    let expected = types.replace("./more", "./more.js").replace("./deep", "./deep/index.js");
    assert_eq!(text(&esm(&files), "dist/types.d.ts"), expected);
    // Again, among others of a dist, with a map.
    let dist = [
        ("dist/index.js", "export * from './more'".as_bytes()),
        ("dist/a/b.d.ts", b"export { c } from '../deep'; type c = 1;"),
        ("dist/a/b.d.ts.map", br#"{"sources":["../../a/b.ts"],"mappings":"AAAA,6BAAA"}"#),
        ("dist/types.d.ts", expected.as_bytes()),
    ];
    let changed = with_endings(files.iter().map(|(path, _)| *path), ModuleSystem::Esm, &dist);
    let changed: Vec<_> = changed.into_iter().map(|(at, bytes)| (at, String::from_utf8(bytes).unwrap())).collect();
    assert_eq!(
        changed,
        [
            (2, r#"{"sources":["../../a/b.ts"],"mappings":"AAAA,sCAAA"}"#.to_owned()),
            (1, "export { c } from '../deep/index.js'; type c = 1;".to_owned())
        ]
    );
}
