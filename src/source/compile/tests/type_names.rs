//! Names that are handed on: what is a value stays, what is nothing but a type goes, as with TypeScript itself.

use super::*;

/// What a file may declare under the name `X`; `¤` is where `export` may stand. The first are handed on in every way, each
/// other one in a fourth of them.
const KINDS: &[(&str, &str)] = &[
    ("const", "¤const X: number = 1;"),
    ("let", "¤let X: number = 1;"),
    ("var", "¤var X: number = 1;"),
    ("an object taken apart", "¤const { X, ...rest }: any = { X: 1 };"),
    (
        "an array taken apart",
        "¤const [, [X = 3]]: any = [1, []
];",
    ),
    ("function", "¤function X(): void {}"),
    ("async generator", "¤async function* X(): any {}"),
    ("overloads", "¤function X(a: string): void; ¤function X(a: any): void {}"),
    ("class", "¤class X {}"),
    ("abstract class", "¤abstract class X { abstract a: 1 }"),
    ("enum", "¤enum X { A }"),
    ("const enum", "¤const enum X { A }"),
    ("namespace", "¤namespace X { export const a: number = 1; }"),
    ("dotted namespace", "¤namespace X.Y { export const a: number = 1; }"),
    ("namespace of types", "¤namespace X { export interface I { a: 1 } }"),
    ("dotted namespace of types", "¤namespace X.Y { export type I = 1; namespace Z { type J = 1 } }"),
    ("interface", "¤interface X { a: 1 }"),
    ("type", "¤type X = 1;"),
    ("type with much room", "¤type  X = 1;"),
    ("const and type", "¤const X: number = 1; ¤type X = number;"),
    ("type and const", "¤type X = number; ¤const X: number = 1;"),
    ("let and interface", "¤interface X { a: 1 } ¤let X: X = { a: 1 };"),
    ("var and type", "¤var X: number = 1; ¤type X = 1;"),
    ("taken apart and type", "¤type X = 1; ¤const { X }: any = { X: 1 };"),
    ("function and interface", "¤interface X { a: 1 } ¤function X(): void {}"),
    ("function and namespace of types", "¤function X(): void {} ¤namespace X { export type T = 1; }"),
    ("class and interface", "¤class X {} ¤interface X { a: 1 }"),
    ("class and namespace of types", "¤class X {} ¤namespace X { export type T = 1; }"),
    ("enum and namespace", "¤enum X { A } ¤namespace X { export const b: number = 1; }"),
    ("interface and namespace", "¤interface X { a: 1 } ¤namespace X { export const b: number = 1; }"),
    ("interface and namespace of types", "¤interface X { a: 1 } ¤namespace X { export type T = 1; }"),
    ("two interfaces", "¤interface X { a: 1 } ¤interface X { b: 1 }"),
    ("alias of a value", "namespace N { export const b: number = 1; } ¤import X = N.b;"),
    ("alias of a type", "namespace N { export const b: number = 1; export type T = 1; } ¤import X = N.T;"),
    ("alias of a deep type", "namespace N.M { export interface T { a: 1 } } ¤import X = N.M.T;"),
];

const IN_EVERY_WAY: usize = 7;

/// How another file hands it on.
const NAMED: &[(&str, &str)] = &[
    ("export { X } from './x.js';", ""),
    ("import { X } from './x.js'; export { X };", ""),
    ("import { X as L, other } from './x.js'; export { L as Y, other };", ""),
    ("export { X as Y, other } from './x.js';", ""),
    ("export { X as default } from './x.js';", ""),
    ("import { X } from './x.js'; export default X;", ""),
    ("import * as all from './x.js'; export import Z = all.X;", ""),
    ("import type { X } from './x.js'; export { X };", ""),
    ("import { type X, other } from './x.js'; export { X, other };", ""),
    ("export { X } from './mid.js';", "export { X } from './x.js';"),
    ("export { X } from './mid.js';", "export * from './x.js';"),
    ("import { Y } from './mid.js'; export { Y as X };", "import { X } from './x.js'; export { X as Y };"),
    ("export { default as X } from './mid.js';", "export { X as default } from './x.js';"),
    ("export { X } from './mid.js';", "export type { X } from './x.js';"),
    ("export { X } from './mid.js';", "export type * from './x.js';"),
    ("export { X } from './mid.js';", "export * from './index.js'; export * from './x.js';"),
    ("export { space } from './mid.js';", "export * as space from './x.js';"),
    ("export { space } from './mid.js';", "export type * as space from './x.js';"),
    ("export * from './mid.js'; export * from './x.js'", "export { X } from './x.js';"),
];

/// The same where it is the default export.
const DEFAULT: &[(&str, &str)] = &[
    ("export { default } from './x.js';", ""),
    ("export { default as X, other } from './x.js';", ""),
    ("import X from './x.js'; export { X };", ""),
    ("import X, { other } from './x.js'; export { X, other };", ""),
    ("import X from './x.js'; export default X;", ""),
    ("import { default as X } from './x.js'; export { X as Y };", ""),
    ("export { Y } from './mid.js';", "import X from './x.js'; export { X as Y };"),
];

/// Whole packages, whose main file is `index.ts`.
const MORE: &[&[(&str, &str)]] = &[
    &[
        ("index.ts", "export { default as X } from './x.js'; export const a = 1;"),
        ("x.ts", "export default interface X { a: 1 }"),
    ],
    &[("index.ts", "import X from './x.js'; export { X };"), ("x.ts", "export default interface X { a: 1 }")],
    &[("index.ts", "export { default as X } from './x.js';"), ("x.ts", "export default class X {}")],
    &[("index.ts", "export { default as X } from './x.js';"), ("x.ts", "export default (a: number) => a;")],
    &[
        ("index.ts", "export { X, a } from './x.js';"),
        ("x.ts", "const X = 1; type a = 1; export { X, a }; export default X;"),
    ],
    // Where all of several files are exported.
    &[
        ("index.ts", "export { A, B, C } from './mid.js';"),
        ("mid.ts", "export * from './x.js'; export * from './y.js'; export type C = 1; import 'node:fs';"),
        ("x.ts", "export type A = 1; export const C = 1;"),
        ("y.ts", "export const B = 1;"),
    ],
    // A file of values alone, and one of types.
    &[
        ("index.ts", "export { A, B } from './mid.js';"),
        ("mid.ts", "export * from './x.js'; export * from './y.js';"),
        ("x.ts", "export const A = 1; // no B"),
        ("y.ts", "export type A = 1; export type B = 1;"),
    ],
    &[
        ("index.ts", "export {} from './x.js'; import {} from './x.js'; export const a = (globalThis as any).ran;"),
        ("x.ts", "(globalThis as any).ran = 1;"),
    ],
    &[("index.ts", "export * from './types.js'; export const a = 1;"), ("types.ts", "export type T = 1;")],
    // Declarations that an author wrote beside a script say what it has.
    &[
        ("index.ts", "export { T, v, f as default } from './lib.js'; export { U } from './lib.js';"),
        ("lib.js", "export const v = 1; export function f() {}"),
        (
            "lib.d.ts",
            "export interface T { a: 1 } declare const v: number; type U = 1; declare function f(): void; export { v, f, U };",
        ),
    ],
];

/// And in CommonJS alone.
const COMMON_JS: &[&[(&str, &str)]] = &[
    &[("index.ts", "import X = require('./x.js'); export { X };"), ("x.ts", "interface X { a: 1 } export = X;")],
    &[("index.ts", "import X = require('./x.js'); export { X };"), ("x.ts", "class X {} export = X;")],
    &[("index.ts", "import X = require('./x.js'); export { X };"), ("x.ts", "export const a = 1; export type T = 1;")],
    &[("index.ts", "import X from './x.js'; export { X };"), ("x.ts", "type X = 1; export = X;")],
    &[("index.ts", "import X from './x.js'; export { X };"), ("x.ts", "const X = 1; export = X;")],
    &[
        ("index.ts", "export { Options, run } from './x.js';"),
        ("x.ts", "function x() {} namespace x { export interface Options { a: 1 } export const run = 1; } export = x;"),
    ],
    &[("index.ts", "import X = require('./x.js'); export = X;"), ("x.ts", "interface X { a: 1 } export = X;")],
    &[("index.ts", "export import X = require('./x.js');"), ("x.ts", "class X {} export = X;")],
];

/// All packages, each with what it shows.
fn packages(module: ModuleSystem) -> Vec<(String, Vec<(String, String)>)> {
    let mut all = Vec::new();
    let mut add = |what: &str, x: &str, (index, mid): &(&str, &str)| {
        let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
        let other = "export const other: number = 1;";
        let files = [file("index.ts", index), file("x.ts", &format!("{x}\n{other}")), file("mid.ts", mid)];
        let files: Vec<_> = files.into_iter().filter(|(_, text)| !text.is_empty()).collect();
        all.push((format!("{what}: {index} {mid} {x}"), files));
    };
    for (kind, (what, declared)) in KINDS.iter().enumerate() {
        let (plain, exported) = (declared.replace('¤', ""), declared.replace('¤', "export "));
        let (listed, as_default) = (format!("{plain} export {{ X }};"), format!("{plain} export {{ X as default }};"));
        let default = format!("{plain} export default X;");
        let all = [(&exported, NAMED), (&listed, &NAMED[..4]), (&as_default, DEFAULT), (&default, DEFAULT)];
        let all = all.into_iter().flat_map(|(x, ways)| ways.iter().map(move |way| (x, way))).enumerate();
        let wanted = all.filter(|(at, _)| kind < IN_EVERY_WAY || (at + kind) % 4 == 0);
        wanted.for_each(|(_, (x, way))| add(what, x, way));
    }
    let more = if module == ModuleSystem::Esm { MORE.iter().chain(&[]) } else { MORE[..9].iter().chain(COMMON_JS) };
    for files in more {
        let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        all.push((format!("{files:?}"), files));
    }
    all
}

/// What Node says of each package: the names that are there, or what is wrong.
fn run_all(folder: &Path, count: usize, module: ModuleSystem) -> Vec<String> {
    let (kind, load) = match module {
        ModuleSystem::Esm => ("module", "await import(`./${at}/index.js`)"),
        ModuleSystem::CommonJs => ("commonjs", "createRequire(import.meta.url)(`./${at}/index.js`)"),
    };
    std::fs::write(folder.join("package.json"), format!(r#"{{"type": "{kind}"}}"#)).unwrap();
    let script = format!(
        "import {{ createRequire }} from 'node:module'; for (let at = 0; at < {count}; at++) {{ let said; try {{ const it = {load}; said = Object.keys(it).filter((name) => it[name] !== undefined).sort().join() + (it.a ?? '') }} catch (error) {{ said = error.constructor.name + ' ' + error.message }} console.log(said.split('\\n')[0]) }}"
    );
    std::fs::write(folder.join("run.mjs"), script).unwrap();
    let ran = Command::new("node").arg("run.mjs").current_dir(folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    String::from_utf8(ran.stdout).unwrap().lines().map(str::to_owned).collect()
}

fn compare(module: ModuleSystem) {
    let Some(tsc) = tsc() else { return };
    let folder = tempfile::tempdir().unwrap();
    let (sources, theirs, ours) = (folder.path().join("src"), folder.path().join("tsc"), folder.path().join("bit"));
    let packages = packages(module);
    let mut mains = Vec::new();
    for (at, (what, files)) in packages.iter().enumerate() {
        for (name, text) in files {
            let place = sources.join(at.to_string()).join(name);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            std::fs::write(place, text).unwrap();
        }
        mains.push(format!("src/{at}/index.ts"));
        let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        match attempt(&files, module) {
            Ok(compiled) => {
                for file in &compiled.unwrap().files {
                    let place = ours.join(at.to_string()).join(file.path.strip_prefix("dist/").unwrap());
                    std::fs::create_dir_all(place.parent().unwrap()).unwrap();
                    std::fs::write(place, &file.bytes).unwrap();
                }
            }
            Err(problems) => panic!("{what}: {}", problems[0]),
        }
    }
    std::fs::write(folder.path().join("files"), mains.join("\n")).unwrap();
    let how: &[&str] = match module {
        ModuleSystem::Esm => &["--module", "esnext", "--moduleResolution", "bundler"],
        ModuleSystem::CommonJs => &["--module", "commonjs", "--moduleResolution", "node10", "--esModuleInterop"],
    };
    let ran = Command::new(tsc)
        .args(how)
        .args(["--target", "es2022", "--skipLibCheck", "--preserveConstEnums", "--rootDir", "src"])
        .args(["--outDir", "tsc", "@files"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    for (at, (_, files)) in packages.iter().enumerate() {
        for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".js")) {
            std::fs::write(theirs.join(at.to_string()).join(name), text).unwrap();
        }
    }
    let (expected, found) = (run_all(&theirs, packages.len(), module), run_all(&ours, packages.len(), module));
    assert_eq!(expected.len(), packages.len(), "{}", String::from_utf8_lossy(&ran.stdout));
    let mut other = String::new();
    for (at, (what, _)) in packages.iter().enumerate() {
        // What TypeScript breaks may be better here.
        if expected[at] != found[at] && !expected[at].contains("Error") {
            other.push_str(&format!("{at} {what}\n  {:?} instead of {:?}\n", found[at], expected[at]));
        }
    }
    assert!(other.is_empty(), "{other}");
}

#[test]
fn names_in_modules() {
    compare(ModuleSystem::Esm);
}

#[test]
fn names_in_common_js() {
    compare(ModuleSystem::CommonJs);
}
