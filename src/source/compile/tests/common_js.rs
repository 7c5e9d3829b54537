//! Components of CommonJS stay CommonJS.

use super::*;

#[test]
fn typescript_with_require_and_export_assignment() {
    let files = [
        (
            "index.ts",
            "import path = require('node:path');\nimport type { Shape } from './shape';\nimport util = require('./util');\nconst data = require('./data');\nfunction main(shape: Shape): unknown { return [util(shape.w), path.sep, data.a] }\nnamespace main { export interface Options {} }\nexport = main;\n",
        ),
        ("shape.ts", "export interface Shape { w: number }\n"),
        ("util.ts", "module.exports = (a: number): number => a * 2;\n"),
        ("data.json", "{\"a\": 1}"),
    ];
    let compiled = common(&files);
    let required = "console.log(JSON.stringify(require('it')({ w: 4 })))";
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "a.cjs", required), r#"[8,"/",1]"#);
    let imported = "import main from 'it'; console.log(JSON.stringify(main({ w: 4 })))";
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "a.mjs", imported), r#"[8,"/",1]"#);
    assert!(!text(&compiled, "dist/index.js").contains("__esModule"), "{}", text(&compiled, "dist/index.js"));
    assert!(text(&compiled, "dist/index.js").contains("require(\"./util.js\")"));
    assert!(text(&compiled, "dist/index.d.ts").contains("export = main"));
}

#[test]
fn modules_become_common_js() {
    let files = [
        (
            "index.ts",
            r#"
import fs, { existsSync as there, readFileSync } from 'fs';
import * as path from 'node:path';
import fallback from './fallback';
import * as names from './names';
import { count, raise } from './counter';
import type { T } from './names';
export * from './names';
export { default as renamed, extra as "with-dash" } from './fallback';
export * as everything from './names';
export { count, there as exists, path };
const before = count; raise();
const object = { count, path, tag: tagged`x${count}` };
function tagged(parts: TemplateStringsArray, ...values: unknown[]): string { return parts.join('|') + values }
const nested = (count: number): number => count;
export const { sep, ...rest } = path, [first = () => { const inner = 1; return inner }] = [];
export let all: unknown[] = [before, object.count, object.tag, nested(7), fallback(1), names.a, there('/'), typeof fs.readFileSync, typeof readFileSync, object.path === path];
export class Class { static one: number = 1 }
export default class extends Class {}
"#,
        ),
        (
            "fallback.ts",
            "export default function (this: unknown, a: number): unknown { return [a, this === undefined] }\nexport const extra: string = 'e';\n",
        ),
        ("names.ts", "export const a: string = 'a'; export type T = 1; export const b: string = 'b';\n"),
        ("counter.ts", "export let count: number = 1;\nexport const raise = (): void => { count++ };\n"),
    ];
    let shown = "[it.all, it.a, it.b, it.sep, it.count, it.exists('/'), it['with-dash'], it.everything.b, it.renamed(2), it.first(), typeof it.rest.join]";
    let expected = r#"[[1,2,"x|2",7,[1,true],"a",true,"function","function",true],"a","b","/",2,true,"e","b",[2,false],1,"function"]"#;
    let compiled = common(&files);
    let required = format!("const it = require('it'); console.log(JSON.stringify({shown}))");
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "run.cjs", &required), expected);
    // By their names, as ES modules import them.
    let imported = "import { all, a, b, sep, count, exists, everything, renamed, first, Class, path } from 'it'; import it from 'it'; console.log(a, b, sep, count, all.length, everything.b, typeof it.default, Class.one)";
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "run.mjs", imported), "a b / 2 10 b function 1");
    assert_parses_again(&compiled, ModuleSystem::CommonJs);
}

#[test]
fn the_same_by_the_names_of_files() {
    let files = [
        (
            "index.mts",
            "import c, { named } from './c.cjs';\nimport { name } from './c.cjs';\nexport const all: unknown[] = [named, c.named, name];\n",
        ),
        (
            "c.cts",
            "import { basename } from 'node:path';\nexport const named: string = basename('a/b');\nexport const name: string = basename(__filename);\n",
        ),
    ];
    for module in [ModuleSystem::Esm, ModuleSystem::CommonJs] {
        let compiled = assert_runs(&files, module, "it.all", r#"["b","b","c.cjs"]"#);
        assert_eq!((compiled.main.as_str(), compiled.types.as_deref()), ("dist/index.mjs", Some("dist/index.d.mts")));
        assert!(text(&compiled, "dist/c.d.cts").contains("named: string"));
    }
}

#[test]
fn a_cycle_sees_what_is_there_by_then() {
    let files = [
        (
            "index.ts",
            "import { b } from './b';\nexport function a(): string { return 'a' }\nexport const all: string = b();\n",
        ),
        ("b.ts", "import { a } from './index';\nexport function b(): string { return a() + 'b' }\n"),
    ];
    assert_runs(&files, ModuleSystem::CommonJs, "it.all", "\"ab\"");
    assert_runs(&files, ModuleSystem::Esm, "it.all", "\"ab\"");
}

#[test]
fn a_default_export_without_a_name_is_there_in_a_circle() {
    let files = [
        (
            "index.ts",
            "import { b } from './b';\nexport default async function (): Promise<string> { return 'a' }\nexport const all: string = b;\n",
        ),
        ("b.ts", "import a from './index';\nexport const b: string = typeof a + typeof a();\n"),
    ];
    for module in [ModuleSystem::CommonJs, ModuleSystem::Esm] {
        assert_runs(&files, module, "it.all", "\"functionobject\"");
    }
}

#[test]
fn a_module_of_nothing_but_types_is_one() {
    let files = [
        (
            "index.ts",
            "import * as types from './types';\nimport * as whole from './whole';\nexport const all: unknown[] = [Object.keys(types), Object.keys(whole)];\n",
        ),
        ("types.ts", "export interface Shape { a: 1 }\n"),
        ("whole.ts", "import { sep } from 'node:path';\nmodule.exports = { sep };\n"),
    ];
    let compiled = common(&files);
    let script = "console.log(JSON.stringify(require('it').all))";
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "run.cjs", script), r#"[[],["default","sep"]]"#);
}

#[test]
fn a_module_of_its_own_can_be_required() {
    let files = [
        (
            "index.ts",
            "import whole, { a } from './m.mjs';\nimport * as space from './no-default.mjs';\nexport const all: unknown[] = [whole, a, space.b];\n",
        ),
        ("m.mts", "export const a: number = 1;\nexport default 'whole';\n"),
        ("no-default.mts", "export const b: number = 2;\n"),
    ];
    assert_runs(&files, ModuleSystem::CommonJs, "it.all", r#"["whole",1,2]"#);
}

#[test]
fn what_only_modules_can_do_is_refused() {
    for (source, what) in [
        ("export const a = import.meta.url;\n", "import.meta"),
        ("export const a = await 1;\n", "await"),
        ("export {};\nfor await (const a of []) {}\n", "for await"),
    ] {
        let problems = attempt(&[("index.cts", source)], ModuleSystem::Esm).unwrap_err();
        assert!(problems[0].message.contains(what) && problems[0].message.contains(".mts"), "{problems:?}");
    }
    let inside = "export const a = async (): Promise<void> => { await 1; for await (const x of []) {} };\n";
    assert!(attempt(&[("index.cts", inside)], ModuleSystem::Esm).is_ok());
}

#[test]
fn what_is_imported_later_is_what_is_imported_now() {
    let files = [
        (
            "index.ts",
            r#"
import data from './data.json';
const name: string = 'de';
const said = async (loaded: Promise<any>): Promise<unknown> => { const it = await loaded; return it.default?.default ? 'wrapped' : (it.default?.() ?? it.a) };
export const all = async (): Promise<unknown[]> => [
    await said(import('./view')),
    await said(import(`./plain.js`)),
    await said(import('./whole')),
    await said(import('./m.mjs')),
    (await import('./data.json')).a + (await import('./data.json')).default.a + data.a,
    await said(import(`./words/${name}`)),
    await said(import('./words/' + name)),
    await said(import('compiled')),
    await said(import(['comp', 'iled'].join(''))),
    await said(import('true-module')),
    (await import('node:path')).default.sep,
];
export const missing = (): Promise<string> => import('./nothing' as string).then(() => 'loaded', (error: any) => error.code);
"#,
        ),
        ("view.tsx", "export default function View(): string { return 'view' }\n"),
        ("plain.js", "module.exports = () => 'plain';\n"),
        ("whole.ts", "function whole(): string { return 'whole' }\nexport = whole;\n"),
        ("m.mts", "export default (): string => 'module';\n"),
        ("data.json", "{\"a\": 1}"),
        ("words/de.ts", "export default (): string => 'ja';\n"),
    ];
    let compiled = common(&files);
    let script = r#"
const fs = require('fs');
const add = (name, type, text) => {
  fs.mkdirSync('node_modules/' + name);
  fs.writeFileSync(`node_modules/${name}/package.json`, JSON.stringify({ name, type, main: 'index.js' }));
  fs.writeFileSync(`node_modules/${name}/index.js`, text);
};
add('compiled', 'commonjs', 'Object.defineProperty(exports, "__esModule", { value: true }); exports.default = () => "compiled";');
add('true-module', 'module', 'export const __esModule = true; export default () => "true";');
require('it').all().then(async (all) => console.log(JSON.stringify(all), await require('it').missing()));
"#;
    let expected =
        r#"["view","plain","whole","module",3,"ja","ja","compiled","compiled","true","/"] ERR_MODULE_NOT_FOUND"#;
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "run.cjs", script), expected);
    assert_parses_again(&compiled, ModuleSystem::CommonJs);
    // A file that is no module by itself.
    let files = [
        (
            "index.ts",
            "function main(): Promise<string> { return import('./view').then((it) => it.default()) }\nexport = main;\n",
        ),
        ("view.ts", "export default (): string => 'view';\n"),
    ];
    let compiled = common(&files);
    let script = "require('it')().then(console.log)";
    assert_eq!(node(&compiled, ModuleSystem::CommonJs, "run.cjs", script), "view");
}

#[test]
fn enums_and_namespaces_are_there_in_a_circle() {
    let files = [
        (
            "index.ts",
            "import { kinds } from './b';\nexport enum Kind { A = 'a' }\nexport namespace Space { export const q: number = 1 }\nenum Late { B = 2 }\nnamespace Alone { export const c: number = 3 }\nexport { Late, Alone };\nexport const all: unknown[] = kinds();\n",
        ),
        (
            "b.ts",
            "import { Alone, Kind, Late, Space } from './index';\nconst seen: unknown[] = [Kind, Space, Late, Alone].map((it) => typeof it);\nexport const kinds = (): unknown[] => [...seen, Kind.A, Space.q, Late.B, Alone.c];\n",
        ),
    ];
    let expected = r#"["undefined","undefined","undefined","undefined","a",1,2,3]"#;
    for module in [ModuleSystem::Esm, ModuleSystem::CommonJs] {
        assert_runs(&files, module, "it.all", expected);
    }
}

#[test]
fn import_require_keeps_its_turn_among_imports() {
    let files = [
        (
            "index.ts",
            "import one = require('./one');\nimport { two } from './two';\nimport three = require('./three');\nexport { four } from './four';\nimport five = require('./five');\nexport const all: unknown[] = [globalThis.order, one(), two, three(), five()];\n",
        ),
        ("one.ts", "globalThis.order = ['one'];\nfunction one(): number { return 1 }\nexport = one;\n"),
        ("two.ts", "globalThis.order.push('two');\nexport const two: number = 2;\n"),
        ("three.ts", "globalThis.order.push('three');\nfunction three(): number { return 3 }\nexport = three;\n"),
        ("four.ts", "globalThis.order.push('four');\nexport const four: number = 4;\n"),
        ("five.ts", "globalThis.order.push('five');\nfunction five(): number { return 5 }\nexport = five;\n"),
    ];
    let expected = r#"[[["one","two","three","four","five"],1,2,3,5],4]"#;
    assert_runs(&files, ModuleSystem::CommonJs, "[it.all, it.four]", expected);
}
