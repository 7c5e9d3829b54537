use super::*;
use crate::model::ComponentId;
use proptest::prelude::*;

fn package(id: &str) -> PackageName {
    PackageName::of(&id.parse::<ComponentId>().unwrap())
}

/// Of `my-org.ui`, button and theme go to `their.kit`.
fn there() -> NewNames {
    NewNames::new(
        ["button", "theme"].map(|name| (package(&format!("my-org.ui/{name}")), package(&format!("their.kit/{name}")))),
    )
}

fn back() -> NewNames {
    NewNames::new(
        ["button", "theme"].map(|name| (package(&format!("their.kit/{name}")), package(&format!("my-org.ui/{name}")))),
    )
}

fn rewritten(path: &str, source: &str) -> String {
    let bytes = there().rewrite(path, source.as_bytes()).expect("it parses");
    String::from_utf8(bytes.unwrap_or_else(|| source.into())).unwrap()
}

/// Asserts that a file changes exactly in the places where `▸…◂` holds an old name.
#[track_caller]
fn assert_marked(path: &str, marked: &str) {
    let source = marked.replace(['▸', '◂'], "");
    let expected: String = marked
        .split('▸')
        .enumerate()
        .map(|(at, part)| match part.split_once('◂') {
            Some((name, rest)) if at > 0 => name.replace("@my-org/ui.", "@their/kit.") + rest,
            _ => part.to_owned(),
        })
        .collect();
    assert_eq!(rewritten(path, &source), expected, "in {path}");
    let returned = back().rewrite(path, expected.as_bytes()).unwrap();
    assert_eq!(returned.unwrap_or_else(|| source.clone().into()), source.as_bytes(), "back in {path}");
}

#[test]
fn every_kind_of_specifier() {
    assert_marked(
        "a.tsx",
        r#"#!/usr/bin/env node
/// <reference types="▸@my-org/ui.button◂" />
///<reference path="./x.d.ts"  /> "@my-org/ui.button"
/** @jsxImportSource ▸@my-org/ui.theme◂ */
import a from '▸@my-org/ui.button◂';
import type { B } from "▸@my-org/ui.button◂/types";
import '▸@my-org/ui.theme◂/x.css?inline';
export * from '▸@my-org/ui.button◂';
export { c } from '▸@my-org/ui.theme◂';
export type { D } from '▸@my-org/ui.theme◂';
import e = require('▸@my-org/ui.button◂');
type F = import('▸@my-org/ui.button◂').F<typeof import("▸@my-org/ui.theme◂")>;
const g = require('▸@my-org/ui.button◂'), h = require.resolve(`▸@my-org/ui.button◂/package.json`);
const i = () => import(/* webpackChunkName: "@my-org/ui.button" */ '▸@my-org/ui.button◂');
import(`▸@my-org/ui.theme◂`);
jest.mock('▸@my-org/ui.button◂', () => ({ ...jest.requireActual('▸@my-org/ui.button◂') })).unmock("▸@my-org/ui.theme◂");
jest.mock('▸@my-org/ui.button◂', () => ({}), { virtual: true });
jest.doMock('▸@my-org/ui.button◂'); jest.requireMock(`▸@my-org/ui.button◂`); vi.mock('▸@my-org/ui.button◂');
await vi.importActual('▸@my-org/ui.button◂'); t.mock.module('▸@my-org/ui.theme◂', {}); mock.module('▸@my-org/ui.theme◂');
createRequire(import.meta.url)('▸@my-org/ui.button◂'); import.meta.resolve('▸@my-org/ui.button◂');
require.context('▸@my-org/ui.theme◂/icons'); require('!!raw-loader!▸@my-org/ui.theme◂/icon.svg');
define('x', ['exports', '▸@my-org/ui.button◂'], f); System.register(["▸@my-org/ui.theme◂"], f); require.ensure(['▸@my-org/ui.theme◂'], f);
declare module '▸@my-org/ui.button◂' { interface Props { theme: import('▸@my-org/ui.theme◂').Theme } }
@decorate(require('▸@my-org/ui.button◂'))
class J extends K { @prop() l = <M n={require('▸@my-org/ui.theme◂')}>import '@my-org/ui.button'</M>; }
"#,
    );
    assert_marked(
        "a.scss",
        r#"@use '▸@my-org/ui.theme◂/vars' as *; @forward "~▸@my-org/ui.theme◂"; @use "pkg:▸@my-org/ui.theme◂";
@import url(▸@my-org/ui.button◂/x.css), 'other'; // @import '@my-org/ui.button';
.a { background: url( "~▸@my-org/ui.button◂/x.svg" ); composes: b from '▸@my-org/ui.theme◂/b.css'; content: '@my-org/ui.button'; }
@include meta.load-css("▸@my-org/ui.theme◂/dark"); /* url(@my-org/ui.button) */
"#,
    );
    assert_marked(
        "a.less",
        "@import (reference) '~▸@my-org/ui.theme◂/a'; @plugin \"▸@my-org/ui.button◂\"; .b { c: data-uri('▸@my-org/ui.button◂/x.png') }",
    );
    assert_marked(
        "a.css",
        "@import '▸@my-org/ui.theme◂';\n@value a, b from \"▸@my-org/ui.theme◂/v.css\";\na { b: URL(~▸@my-org/ui.button◂/c.svg) }",
    );
}

#[test]
fn what_only_looks_like_it_stays() {
    for source in [
        "import '@my-org/ui.button-group'; require('@my-org/ui.buttons/x'); import('@my-org/ui.button.x'); export * from '@my-org/ui';",
        "const a = '@my-org/ui.button', b = `@my-org/ui.button`; log('@my-org/ui.button/theme'); // '@my-org/ui.button'",
        "require('./@my-org/ui.button'); require('x/@my-org/ui.button'); require(`@my-org/ui.${b}`); require('@my-org/ui.button' + c);",
        "/* import '@my-org/ui.button' */ const a = /require('@my-org.ui.button')/; other.mock('@my-org/ui.button');",
        "const a = <p title='@my-org/ui.button'>require('@my-org/ui.button')</p>;",
        "const a = 1; /// <reference types='@my-org/ui.button' />\n/** @jsxImportSource @my-org/ui.button */",
    ] {
        assert_eq!(rewritten("a.tsx", source), source);
    }
    for path in ["a.json", "a.mdx", "a.vue", "a.svelte", "a.md", "a.txt"] {
        assert_eq!(rewritten(path, "import '@my-org/ui.button'"), "import '@my-org/ui.button'");
    }
}

#[test]
fn a_byte_order_mark_and_carriage_returns_stay() {
    assert_marked(
        "a.ts",
        "\u{feff}import '▸@my-org/ui.button◂';\r\n\r\nrequire(\"▸@my-org/ui.theme◂\")\r\n// ö '@my-org/ui.theme'\r\nimport('▸@my-org/ui.theme◂')",
    );
    assert_marked("a.cjs", "#!/bin/node\r\nreturn require('▸@my-org/ui.button◂')");
}

#[test]
fn escapes_are_read_and_those_behind_the_name_stay() {
    let renamed = |source: &str| rewritten("a.js", source);
    assert_eq!(renamed(r"require('@my-org\u002fui.button')"), "require('@their/kit.button')");
    assert_eq!(renamed(r"require('@my-org/ui.button\u002dgroup')"), r"require('@my-org/ui.button\u002dgroup')");
    assert_eq!(renamed(r"import '@my-org/ui.button/\u{61}\'b'"), r"import '@their/kit.button/\u{61}\'b'");
    assert_eq!(renamed(r#"import "\x40my-org/ui.button/it's""#), r#"import "@their/kit.button/it's""#);
    assert_eq!(renamed("require('@my-org/ui.but\\\nton')"), "require('@their/kit.button')");
    assert_eq!(rewritten("a.css", r"@import '\40 my-org/ui.theme/a\'b';"), r"@import '@their/kit.theme/a\'b';");
}

#[test]
fn packages_may_swap_their_names() {
    let (button, theme) = (package("my-org.ui/button"), package("my-org.ui/theme"));
    let swap = NewNames::new([(button.clone(), theme.clone()), (theme, button)]);
    let source = "import '@my-org/ui.button'; import '@my-org/ui.theme/x';";
    let swapped = swap.rewrite("a.js", source.as_bytes()).unwrap().unwrap();
    assert_eq!(swapped, b"import '@my-org/ui.theme'; import '@my-org/ui.button/x';");
    assert_eq!(swap.rewrite("a.js", &swapped).unwrap().unwrap(), source.as_bytes());
    assert!(NewNames::new([(package("a/b"), package("a/b"))]).is_empty());
}

#[test]
fn changes_are_told_with_their_lines() {
    let changes =
        there().changes("a.ts", b"declare module '@my-org/ui.button' {}\nimport '@my-org/ui.theme/x';").unwrap();
    let told: Vec<_> = changes.iter().map(|change| (change.line, &*change.before, &*change.after)).collect();
    assert_eq!(told, [(1, "@my-org/ui.button", "@their/kit.button"), (2, "@my-org/ui.theme/x", "@their/kit.theme/x")]);
}

#[test]
fn what_cannot_be_parsed_is_refused_and_looked_through_for_words() {
    let broken = b"import '@my-org/ui.theme'; const = ;";
    assert_eq!(there().changes("a.ts", broken).unwrap_err().line, 1);
    assert!(there().changes("a.ts", b"const = ;").is_err(), "whatever is in it");
    assert!(there().changes("a.js", b"require('@my-org/ui.theme') // \xff").is_err());
    assert_eq!(there().words_in(broken), ["@my-org/ui.theme"]);
    assert_eq!(
        there().words_in(b"@my-org/ui.themes x@my-org/ui.theme @my-org/ui.theme-x '@my-org/ui.button/x'"),
        ["@my-org/ui.button"]
    );
    assert_eq!(there().words_in(b"Needs @my-org/ui.theme. Not @my-org/ui.button.x"), ["@my-org/ui.theme"]);
    let utf_16 =
        |unit: fn(u16) -> [u8; 2]| "\u{feff}'@my-org/ui.theme'".encode_utf16().flat_map(unit).collect::<Vec<u8>>();
    for text in [utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes)] {
        assert_eq!(there().words_in(&text), ["@my-org/ui.theme"]);
    }
}

#[test]
fn a_program_without_an_ending_is_read() {
    assert_marked("cli", "#!/usr/bin/env node\nrequire('▸@my-org/ui.button◂'); // '@my-org/ui.button'\n");
    let shell = "#!/bin/sh\nnode -p \"require('@my-org/ui.button')\"\n";
    assert_eq!(rewritten("cli", shell), shell);
}

const SCRIPT_FORMS: [&str; 18] = [
    "import a from '§';",
    "import * as b from \"§\";",
    "import type { C } from '§';",
    "import '§';",
    "export * from '§';",
    "export { d } from \"§\";",
    "type E = import('§').F;",
    "const g = require('§');",
    "require.resolve(`§`);",
    "const h = () => import(\"§\");",
    "jest.mock('§', () => 1);",
    "vi.mock(\"§\");",
    "jest.mock('§', () => 1, { virtual: true });",
    "jest.requireActual(`§`);",
    "import i = require('§');",
    "declare module '§' { }",
    "@k(require('§')) class J {}",
    "const l = <m n={require('§')}/>;",
];
const STYLE_FORMS: [&str; 7] = [
    "@import '§';",
    "@import url(§);",
    "@use \"§\" as x;",
    "@forward '~§';",
    "a { b: url('~§') }",
    "a { b: url( ~§ ) }",
    "a { composes: c from \"§\"; }",
];

fn name() -> impl Strategy<Value = (String, bool)> {
    let old = ["@my-org/ui.button", "@my-org/ui.theme"].map(|name| (name.to_owned(), true));
    let other =
        ["@my-org/ui.button-group", "@my-org/ui.themes", "@my-org/ui.button.x", "./ui.button", "@my-org/ui", "react"];
    let other = other.map(|name| (name.to_owned(), false));
    let path = prop::sample::select(vec!["", "/theme", "/a/b.css", "/x?inline"]);
    let base = prop::sample::select([old.to_vec(), other.to_vec()].concat());
    (base, path).prop_map(|((name, is_old), path)| (name + path, is_old))
}

/// A file with old names in it, and what it is to become.
fn file(forms: &'static [&'static str], noise: &'static [&'static str]) -> impl Strategy<Value = (String, String)> {
    let statement = (prop::sample::select(forms), name(), prop::sample::select(noise));
    let end = prop::sample::select(vec!["\n", "\r\n", " "]);
    (prop::collection::vec((statement, end), 0..12), any::<bool>()).prop_map(|(statements, mark)| {
        let mut file = (String::new(), String::new());
        if mark {
            file = ("\u{feff}".into(), "\u{feff}".into());
        }
        for ((form, (name, is_old), noise), end) in statements {
            let new = if is_old { name.replace("@my-org/ui.", "@their/kit.") } else { name.clone() };
            file.0 += &[&form.replace('§', &name), noise, end].concat();
            file.1 += &[&form.replace('§', &new), noise, end].concat();
        }
        file
    })
}

/// Every string of a file, found by nothing but quotes; comments are passed over.
fn strings(source: &str) -> Vec<&str> {
    let (mut found, mut rest) = (Vec::new(), source);
    while let Some(at) = rest.find(['\'', '"', '`', '/', '(']) {
        let (opening, inside) = (rest.as_bytes()[at], &rest[at + 1..]);
        rest = match (opening, inside.as_bytes().first()) {
            (b'/', Some(b'*')) => inside.split_once("*/").map_or("", |(_, after)| after),
            (b'/', Some(b'/')) => inside.split_once('\n').map_or("", |(_, after)| after),
            (b'/', _) => inside,
            (b'(', _) => {
                found.push(inside.split(')').next().unwrap_or_default().trim());
                inside
            }
            (quote, _) => match inside.split_once(char::from(quote)) {
                Some((string, after)) => {
                    found.push(string);
                    after
                }
                None => "",
            },
        };
    }
    found
}

fn names_old(string: &str) -> bool {
    let string = string.trim_start_matches('~');
    ["@my-org/ui.button", "@my-org/ui.theme"]
        .iter()
        .any(|old| string.strip_prefix(old).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?'])))
}

const COMMENTS: [&str; 3] = ["", " /* import '@my-org/ui.button' */", " /* @my-org/ui.theme's */"];
const SCRIPT_NOISE: [&str; 5] = [
    "",
    " /* import '@my-org/ui.button' */",
    " const s = '@my-org/ui.button';",
    " f(`@my-org/ui.theme ${x}`, \"@my-org/ui.theme/x\");",
    " const r = /'@my-org.ui.button'/;",
];
const STYLE_NOISE: [&str; 3] = ["", " /* @import '@my-org/ui.button' */", " a { content: '@my-org/ui.theme' }"];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_outside_of_specifiers_changes(
        (script, new_script) in file(&SCRIPT_FORMS, &SCRIPT_NOISE),
        (style, new_style) in file(&STYLE_FORMS, &STYLE_NOISE),
    ) {
        for (path, before, after) in [("a.tsx", script, new_script), ("a.scss", style, new_style)] {
            prop_assert_eq!(rewritten(path, &before), after.clone());
            let returned = back().rewrite(path, after.as_bytes()).expect("it parses");
            prop_assert_eq!(returned.unwrap_or(after.into_bytes()), before.into_bytes());
        }
    }

    #[test]
    fn an_independent_look_finds_no_old_name(
        (script, _) in file(&SCRIPT_FORMS, &COMMENTS),
        (style, _) in file(&STYLE_FORMS, &COMMENTS),
    ) {
        for (path, before) in [("a.tsx", script), ("a.scss", style)] {
            let after = rewritten(path, &before);
            let left: Vec<&str> = strings(&after).into_iter().filter(|string| names_old(string)).collect();
            prop_assert!(left.is_empty(), "{left:?} in {after}");
        }
    }
}
