use super::{ImportKind::*, *};

fn module(path: &str, source: &str) -> ModuleKind {
    let scan = scan(path, source);
    assert_eq!(scan.problem, None, "in {path}: {source}");
    scan.module
}

#[test]
fn imports_and_exports() {
    assert_found(
        "a.js",
        r#"
import a from 'default';
import * as ns from "namespace"
import { b, c as d } from 'named';
import 'effect'; import {} from 'empty';
import e, { f } from 'both';
import data from './data.json' with { type: 'json' };
export * from 'all';
export * as g from 'all-as';
export { h, default as i } from 'some';
export { a }; export default 1; export const j = 'not-this';
"#,
        &[
            (Import, "default"),
            (Import, "namespace"),
            (Import, "named"),
            (Import, "effect"),
            (Import, "empty"),
            (Import, "both"),
            (Import, "./data.json"),
            (ExportFrom, "all"),
            (ExportFrom, "all-as"),
            (ExportFrom, "some"),
        ],
    );
}

#[test]
fn type_only_imports() {
    assert_found(
        "a.ts",
        r#"
import type A from 'whole';
import type { B } from 'braces';
import { type C, type D } from 'each';
import { type E, f } from 'mixed';
import G, { type H } from 'default-beside';
export type { I } from 'export';
export type * from 'export-all';
export type * as J from 'export-all-as';
export { type K } from 'export-each';
export { type L, m } from 'export-mixed';
let n: import('type-query').N<import("inner").O>;
let o: typeof import('typeof-query');
function p(this: import('in-signature').Q): asserts this is import('in-predicate').R {}
import type S = require('equals-type');
"#,
        &[
            (TypeImport, "whole"),
            (TypeImport, "braces"),
            (TypeImport, "each"),
            (Import, "mixed"),
            (Import, "default-beside"),
            (TypeImport, "export"),
            (TypeImport, "export-all"),
            (TypeImport, "export-all-as"),
            (TypeImport, "export-each"),
            (ExportFrom, "export-mixed"),
            (TypeImport, "type-query"),
            (TypeImport, "inner"),
            (TypeImport, "typeof-query"),
            (TypeImport, "in-signature"),
            (TypeImport, "in-predicate"),
            (TypeImport, "equals-type"),
        ],
    );
}

#[test]
fn import_equals() {
    assert_found(
        "a.cts",
        "import x = require('y');\nexport import z = require(\"w\");\nimport q = x.inner;\nexport = x;",
        &[(ImportEquals, "y"), (ImportEquals, "w")],
    );
}

#[test]
fn dynamic_imports_with_a_literal() {
    assert_found(
        "a.ts",
        r#"
const a = await import('one');
const b = () => import(/* webpackChunkName: "not-this" */ "two");
import(`three`); import(`${a}/four`); import('fi' + 've'); import(six);
import(wrapped ? import('seven') : x);
import(('eight') as string);
"#,
        &[(Dynamic, "one"), (Dynamic, "two"), (Dynamic, "three"), (Dynamic, "seven"), (Dynamic, "eight")],
    );
}

#[test]
fn requires_with_a_literal() {
    assert_found(
        "a.js",
        r#"
const a = require('one'), { b } = require("two").c;
require(`three`); require(`${x}`); require('a' + b); require(); require(...rest);
if (x) { function y() { return require?.('four'); } }
a?.b(require('five')?.six);
require.resolve('seven'); require.resolve('eight', { paths: [] }); require.cache['not-this'];
module.require('nine');
other.require('not-this'); requires('not-this'); new Require('not-this');
"#,
        &[
            (Require, "one"),
            (Require, "two"),
            (Require, "three"),
            (Require, "four"),
            (Require, "five"),
            (RequireResolve, "seven"),
            (RequireResolve, "eight"),
            (Require, "nine"),
        ],
    );
    assert_found("a.mjs", "import.meta.resolve('x')", &[(RequireResolve, "x")]);
}

#[test]
fn mocks() {
    assert_found(
        "a.test.ts",
        r#"
jest.mock('one', () => ({ ...jest.requireActual('two') }));
jest.mock<typeof import('./three')>('./three').unmock('four');
vi.mock(import('five')); await vi.importActual<T>("six"); vitest.doMock('seven');
jest.mock('not-there', () => ({}), { virtual: true });
jest.mock('there', () => ({}), { virtual: false });
jest.fn('not-this'); other.mock('not-this'); describe('not-this', () => {});
"#,
        &[
            (Mock, "one"),
            (Mock, "two"),
            (TypeImport, "./three"),
            (Mock, "./three"),
            (Mock, "four"),
            (Dynamic, "five"),
            (Mock, "six"),
            (Mock, "seven"),
            (Mock, "there"),
        ],
    );
}

#[test]
fn what_merely_looks_like_an_import() {
    assert_found(
        "a.js",
        r#"
// import 'comment'; require('comment')
/* import 'block' */
const a = "import 'string'", b = `require('template')`, c = /require('regexp')/;
const d = { import: 1, require: 2 }; d.import('not-this');
const e = <p>import 'text' require('text') {require('real')}</p>;
`${require('inside')} require('outside')`;
"#,
        &[(Require, "real"), (Require, "inside")],
    );
}

#[test]
fn jsx_decorators_and_the_newest_syntax() {
    assert_found(
        "a.tsx",
        r#"
import React from 'react';
@decorate(require('one'))
export class A<T,> extends B { @prop() declare x: T; accessor y = import('two'); static { require('three'); } }
const C = <T,>(props: P) => <><D {...props} on={() => import('four')} /></>;
using e = f satisfies G; enum H { I = 1 } declare module 'not-this' {} namespace J { export const k = 1 }
"#,
        &[(Import, "react"), (Require, "one"), (Dynamic, "two"), (Require, "three"), (Dynamic, "four")],
    );
    assert_found("a.ts", "const a = <any>require('x'); let b = <T>(c: T) => c;", &[(Require, "x")]);
    assert_found("a.jsx", "import 'x'; @a class B {}; <a:b />; <a.b />", &[(Import, "x")]);
}

#[test]
fn a_script_that_is_no_module() {
    let script =
        "#!/usr/bin/env node\nwith (a) { b }\nvar let = 010; delete c;\n<!-- old\nif (d) return;\nrequire('x')";
    assert_found("a.js", script, &[(Require, "x")]);
    assert_found("a.cjs", "'use strict'; return require('x')", &[(Require, "x")]);
    assert_found("a.js", "var await = 1; await\nrequire('x')", &[(Require, "x")]);
    assert_found("a.js", "const x = await import('x');", &[(Dynamic, "x")]);
    assert_found("a.ts", "const x = await import('x');", &[(Dynamic, "x")]);
}

#[test]
fn offsets_are_those_of_the_file_as_given() {
    let source = "\u{feff}import 'a';\r\nimport \"ö\";\r\n// →\r\nrequire(`c`)";
    let scan = scan("a.js", source);
    assert_eq!(scan.problem, None);
    let at = |import: &super::Import| (import.line, &source[import.span.0 as usize..import.span.1 as usize]);
    assert_eq!(scan.imports.iter().map(at).collect::<Vec<_>>(), [(1, "a"), (2, "ö"), (4, "c")]);
}

#[test]
fn an_escaped_specifier_is_read_and_its_raw_span_kept() {
    let source = r#"import '\x61\u{62}c'; require("it\'s"); import(`\``);"#;
    let scan = scan("a.js", source);
    let read = |import: &super::Import| {
        (import.specifier.clone(), source[import.span.0 as usize..import.span.1 as usize].to_owned())
    };
    let read: Vec<_> = scan.imports.iter().map(read).collect();
    let expected = [("abc", r"\x61\u{62}c"), ("it's", r"it\'s"), ("`", r"\`")];
    assert_eq!(read, expected.map(|(value, raw)| (value.to_owned(), raw.to_owned())));
}

#[test]
fn the_module_system() {
    assert_eq!(module("a.js", "import 'x'"), ModuleKind::Esm);
    assert_eq!(module("a.js", "export {}"), ModuleKind::Esm);
    assert_eq!(module("a.js", "import.meta.url"), ModuleKind::Esm);
    assert_eq!(module("a.ts", "import x from 'x'; require('y')"), ModuleKind::Esm);
    assert_eq!(module("a.js", "require('x')"), ModuleKind::CommonJs);
    assert_eq!(module("a.js", "module.exports = 1"), ModuleKind::CommonJs);
    assert_eq!(module("a.js", "exports.a = 1"), ModuleKind::CommonJs);
    assert_eq!(module("a.js", "console.log(1)"), ModuleKind::Neither);
    assert_eq!(module("a.js", "import('x')"), ModuleKind::Neither);
    assert_eq!(module("a.mjs", "1"), ModuleKind::Esm);
    assert_eq!(module("a.ts", "import x = require('x')"), ModuleKind::CommonJs);
    assert_eq!(module("a.ts", "import fs from 'fs'; export = fs"), ModuleKind::OnlyCommonJs);
    // What only speaks of types makes no module of a file that is run as CommonJS.
    assert_eq!(module("a.ts", "import type x from 'x'; export type y = x; module.exports = 1"), ModuleKind::CommonJs);
    assert_eq!(module("a.ts", "import type x from 'x'; export {}; module.exports = 1"), ModuleKind::Esm);
    assert_eq!(module("a.ts", "import type x from 'x'; export type y = x"), ModuleKind::Esm);
    assert_eq!(module("a.cts", "import x from 'x'; export {}"), ModuleKind::CommonJs);
    assert_eq!(module("a.css", "a {}"), ModuleKind::Neither);
}

#[test]
fn a_declaration_file() {
    assert_found(
        "a.d.ts",
        "import { A } from 'x'; declare const a: import('y').B; export default a; export function f(): void;",
        &[(Import, "x"), (TypeImport, "y")],
    );
}

#[test]
fn a_broken_file_is_a_problem_with_its_place() {
    let scan = scan("a.ts", "import 'x';\nconst a = ;\n");
    let problem = scan.problem.map(|problem| (problem.line, problem.column, problem.message));
    assert_eq!(problem, Some((2, 11, "Unexpected token".to_owned())));
    for broken in ["import {", "const a = 'open", "`", "/*", "<a>", "a b", "<<<<<<< HEAD"] {
        assert!(super::scan("a.js", broken).problem.is_some(), "{broken}");
    }
    assert_eq!(super::scan("a.js", "").problem, None);
    for (path, broken) in [("a.js", false), ("a.mjs", true), ("a.ts", false), ("a.mts", true)] {
        assert_eq!(super::scan(path, "var await = 1").problem.is_some(), broken, "{path}");
    }
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    let nested = [("[", "]"), ("(", ")"), ("!", ""), ("a=>", ""), ("a+", ""), ("{", "}")];
    for (open, close) in nested {
        for depth in [200, 2_000, 20_000] {
            scan("a.ts", &[&open.repeat(depth), "a", &close.repeat(depth)].concat());
        }
    }
    scan("a.tsx", &"<a>".repeat(20_000));
    let large = ["[".repeat(10_000), "]".repeat(10_000)].concat();
    assert_eq!(with_readers(|| scan("a.ts", &large)).problem, None);
}

#[test]
fn nesting_beyond_all_reason_is_a_problem() {
    let problem = scan("a.js", &"[".repeat(1_000_000)).problem;
    assert_eq!(problem.map(|found| found.message), Some("this is nested too deeply to be read".to_owned()));
}

#[test]
fn a_large_flat_file_is_read() {
    let source = "call({ a: [`b`] });\n".repeat(60_000) + "import 'x';";
    assert_found("a.js", &source, &[(Import, "x")]);
}

#[test]
fn what_is_only_mentioned() {
    let source = r#"/// <reference lib="dom" /> <reference types="no-attribute" />
/// <reference types = 'one' resolution-mode="import" />
/// <reference path="no-package.ts" types="two"/>
// <reference types="no-directive" />
/** @jsxImportSource three */
'use strict';
/// <reference types="too-late" />
declare module 'four' {} declare module '*.svg' {} namespace five {} declare global {}
jest.mock('six', f, { virtual: true }); jest.mock('./seven', f, { virtual: true });
define(['exports', 'eight', `nine`, x], f); define.amd(['not-this']); other.define(['not-this']); System.register('n', ['ten'], f);
"#;
    let scan = scan("a.ts", source);
    assert_eq!((scan.problem, scan.imports), (None, vec![]));
    let mentions = scan.mentions.iter().map(|mention| (mention.kind, mention.line, mention.specifier.as_str()));
    let expected = [
        (2, "one"),
        (3, "two"),
        (5, "three"),
        (8, "four"),
        (9, "six"),
        (10, "exports"),
        (10, "eight"),
        (10, "nine"),
        (10, "ten"),
    ];
    let kind = |name: &str| if name == "six" { VirtualMock } else { Reference };
    assert_eq!(mentions.collect::<Vec<_>>(), expected.map(|(line, name)| (kind(name), line, name)));
    for mention in &scan.mentions {
        assert_eq!(&source[mention.span.0 as usize..mention.span.1 as usize], mention.specifier);
    }
}
