//! Every feature of the languages that Node doesn't have.

use super::*;

#[test]
fn types_vanish_and_values_stay() {
    let files = [
        (
            "index.ts",
            r#"
import type { Shape } from './shape';
import { type Other, area } from './shape';
import { Unused } from './unused-type';
import './effect';
export type { Shape };
export interface Local { a: number }
declare const gone: string;
abstract class Base<T> { abstract name: string; constructor(public readonly a: T, private b = 2) {} sum(this: Base<number>): number { return this.a + this.b } }
export class Real extends Base<number> implements Local { name = 'real'; declare later: string; override sum(): number { return super.sum() + 1 } }
function over(a: string): string;
function over(a: number): number;
function over(a: any): any { return a }
export const value = over(area({ w: 2, h: 3 } as Shape)!) satisfies number;
class Kept { accessor size: number = 5 }
export const sum: number = new Real(1).sum() + new Kept().size - 5;
export const effect: string = (globalThis as any).effect;
let x = <Unused>{};
export const generic = <T,>(a: T): T => a;
"#,
        ),
        (
            "shape.ts",
            "export interface Shape { w: number; h: number }\nexport type Other = 1;\nexport const area = ({ w, h }: Shape): number => w * h;\n",
        ),
        ("unused-type.ts", "throw new Error('a type was loaded');\nexport interface Unused {}\n"),
        ("effect.ts", "(globalThis as any).effect = 'there';\nexport {};\n"),
    ];
    assert_runs(&files, ModuleSystem::Esm, "[it.value, it.sum, it.effect]", r#"[6,4,"there"]"#);
    assert_runs(&files, ModuleSystem::CommonJs, "[it.value, it.sum, it.effect]", r#"[6,4,"there"]"#);
}

#[test]
fn enums_and_namespaces() {
    let source = r#"
export enum Colour { Red, Green = 'g', Blue = 1 << 2 }
export const enum Size { S = 1, L = S * 10 }
enum Colour2 { A = Colour.Blue }
export namespace Space { export const a: number = 1; export namespace Deep { export function f(): number { return a + 1 } } }
export const all: unknown[] = [Colour[0], Colour.Green, Size.L, Colour2.A, Space.Deep.f()];
"#;
    assert_runs(&[("index.ts", source)], ModuleSystem::Esm, "it.all", r#"["Red","g",10,4,2]"#);
    assert_runs(&[("index.cts", source)], ModuleSystem::CommonJs, "it.all", r#"["Red","g",10,4,2]"#);
}

#[test]
fn markup_with_the_automatic_runtime() {
    let files = [
        (
            "index.tsx",
            "import { Part } from './part';\nexport const shown: string = (<ul className=\"a\"><Part key=\"k\" {...{ label: 'x' }} /><>y</></ul>) as any;\n",
        ),
        ("part.jsx", "export const Part = ({ label }) => <li>{label}</li>;\n"),
    ];
    let compiled = assert_runs(&files, ModuleSystem::Esm, "it.shown", r#""<ulclassName><li>x</li>y</ul>""#);
    assert!(text(&compiled, "dist/index.js").contains("\"react/jsx-runtime\""));
    assert_runs(&files, ModuleSystem::CommonJs, "it.shown", r#""<ulclassName><li>x</li>y</ul>""#);
    let compiled = esm(&[("a.jsx", "/** @jsxImportSource preact */\nexport const a = <b />;\n")]);
    assert!(text(&compiled, "dist/a.js").contains("\"preact/jsx-runtime\""), "{}", text(&compiled, "dist/a.js"));
    let compiled = common(&[("a.jsx", "module.exports = <b />;\n")]);
    assert!(
        text(&compiled, "dist/a.js").contains("require(\"react/jsx-runtime\")"),
        "{}",
        text(&compiled, "dist/a.js")
    );
}

#[test]
fn decorators_run_without_a_package_of_helpers() {
    let source = r#"
const log: string[] = [];
const named = (name: string) => (target: any, key?: any, at?: any): any => { log.push(name + (typeof at === 'number' ? at : '')) };
const doubled = (_: any, __: string, descriptor: PropertyDescriptor) => ({ ...descriptor, value: () => 2 * descriptor.value() });
const replaced = (of: any): any => class extends of { extra = 'more' };
@replaced @named('class')
class Thing {
  @named('field') field = 1;
  @named('outer') @doubled @named('inner') method(@named('param') a?: number): number { return 21 }
  @named('static') static still(): void {}
}
export const all: unknown[] = [...log, new Thing().method(), (new Thing() as any).extra];
"#;
    let expected = r#"["field","param0","inner","outer","static","class",42,"more"]"#;
    // TypeScript runs a method's decorators before its parameters'.
    let compiled = esm(&[("index.ts", source)]);
    let script = "import { all } from 'it'; console.log(JSON.stringify(all))";
    let found = node(&compiled, ModuleSystem::Esm, "run.mjs", script);
    assert_eq!(found, expected);
    assert_runs(&[("index.ts", source)], ModuleSystem::CommonJs, "it.all", expected);
}

#[test]
fn using_disposes_in_reverse_and_keeps_errors() {
    let source = r#"
const log: string[] = [];
const dispose: symbol = (Symbol as any).dispose ?? Symbol.for('Symbol.dispose');
const asyncDispose: symbol = (Symbol as any).asyncDispose ?? Symbol.for('Symbol.asyncDispose');
const held = (name: string): any => ({ [dispose]() { log.push(name) } });
const later = (name: string): any => ({ async [asyncDispose]() { log.push(name) } });
const failing: any = { [dispose]() { throw new Error('dispose') } };
function sync(): void { using a = held('a'), none = null; using b = held('b'); log.push('body') }
async function both(): Promise<void> { await using c = later('c'); using d = held('d'); await using e = held('e'); }
function fails(): void { using f = failing; throw new Error('body') }
sync();
try { fails() } catch (error: any) { log.push(error.name, error.error.message, error.suppressed.message) }
export const all = (async (): Promise<string[]> => { await both(); return log })();
"#;
    let compiled = esm(&[("index.ts", source)]);
    let script = "import { all } from 'it'; console.log(JSON.stringify(await all))";
    let expected = r#"["body","b","a","SuppressedError","dispose","body","e","d","c"]"#;
    assert_eq!(node(&compiled, ModuleSystem::Esm, "run.mjs", script), expected);
}

#[test]
fn the_directive_of_a_client_component_stays_first() {
    let compiled = esm(&[(
        "a.tsx",
        "'use client';\n// why\nimport { createRequire } from 'node:module';\nexport const a = require('x');\n",
    )]);
    assert!(text(&compiled, "dist/a.js").starts_with("\"use client\";\n"), "{}", text(&compiled, "dist/a.js"));
}

#[test]
fn types_that_are_handed_on_vanish_too() {
    let files = [
        (
            "index.ts",
            "export { Shape, area, Kind } from './shape';\nimport { Other, area as again } from './barrel';\nexport { Other, again };\nexport { Deep as Renamed, Both } from './barrel';\nexport * from './barrel';\nexport const other: Other = 1;\n",
        ),
        (
            "shape.ts",
            "export interface Shape { w: number }\nexport const area = (a: Shape): number => a.w;\nexport enum Kind { A }\nexport interface Both { a: 1 }\nexport const Both: number = 5;\n",
        ),
        (
            "barrel.ts",
            "export * from './shape';\nexport * from './index';\nimport { Inner } from './deep';\ntype Other = number;\nexport { Other, Inner as Deep };\n",
        ),
        ("deep.ts", "export type Inner = string;\n"),
    ];
    let shown =
        "[it.area({ w: 3 }), it.again({ w: 4 }), it.Kind[0], it.Both, it.other, 'Shape' in it, 'Renamed' in it]";
    for module in [ModuleSystem::Esm, ModuleSystem::CommonJs] {
        let compiled = assert_runs(&files, module, shown, r#"[3,4,"A",5,1,false,false]"#);
        assert!(text(&compiled, "dist/index.d.ts").contains("Shape, area, Kind"));
    }
}
