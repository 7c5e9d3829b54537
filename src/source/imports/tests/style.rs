use super::{ImportKind::Style, *};

#[track_caller]
fn assert_styles(path: &str, source: &str, expected: &[&str]) {
    let expected: Vec<_> = expected.iter().map(|specifier| (Style, *specifier)).collect();
    assert_found(path, source, &expected);
}

#[test]
fn the_forms_of_import() {
    let source = r#"@charset "utf-8";
@import "a.css"; @import 'b.css' screen, "not-this";
@import url(c.css); @import url( "d.css" ) layer(x) supports(y); @IMPORT URL('e.css');
@import/* why */"f.css"; @import url(https://host/g.css?a=b);
a { background: url("not-this"); content: '@import "not-this"'; }
"#;
    let expected = ["a.css", "b.css", "c.css", "d.css", "e.css", "f.css", "https://host/g.css?a=b"];
    assert_styles("a.css", source, &expected);
}

#[test]
fn sass() {
    let source = r##"
// @import "comment"; it's
@use "sass:math"; @use 'theme' as t with ($a: "not-this", $b: 1); @forward "lib" show x;
@import "one", 'two' , "three"
;
@import "#{$dynamic}"; @include foo; $a: url(//host/x); @import 'after';
.a { @import "nested"; &:hover { color: red } }
"##;
    let expected = ["sass:math", "theme", "lib", "one", "two", "three", "after", "nested"];
    assert_styles("a.scss", source, &expected);
}

#[test]
fn less() {
    let source = r#"
// @import "comment";
@import (reference) "one"; @import (optional, less) url("two"); @import "@{dynamic}/x"; @import (css) url(three);
@use: 1; @important: "not-this"; @plugin "not-this"; .m() { @r: { @import "four"; } }
"#;
    assert_styles("a.less", source, &["one", "two", "three", "four"]);
}

#[test]
fn comments_and_strings_are_stepped_over() {
    assert_styles("a.css", "/* @import 'x'; */ a{b:'\\'@import \"y\"'} @import 'z'", &["z"]);
    // Plain CSS has no line comments.
    assert_styles("a.css", "// @import 'x';\n@import 'y';", &["x", "y"]);
    assert_styles("a.css", "a { content: 'open\n} @import 'x';", &["x"]);
    assert_styles("a.css", "a { b: \\", &[]);
    assert_styles("a.scss", "a { b: url(data:image/png;base64,//'x) } @import 'y'", &["y"]);
    assert_styles("a.css", "a { b: curl(x, ') @import \"y\"') } @import url( z );", &["z"]);
    assert_styles("a.scss", "a { b: curl(x) 'c' } @use \"~pkg/d\"", &["~pkg/d"]);
}

#[test]
fn use_is_sass_only() {
    assert_styles("a.css", "@use 'x'; @forward 'y';", &[]);
    assert_styles("a.less", "@use 'x'; @forward 'y';", &[]);
}

#[test]
fn escapes() {
    let scan = scan("a.css", r#"@import "\61 b\"c\000064"; @import url(a\)b)"#);
    let specifiers: Vec<_> = scan.imports.iter().map(|import| import.specifier.as_str()).collect();
    assert_eq!(specifiers, ["ab\"cd", "a)b"]);
    for broken in ["@import \"\\", "@import url(\\", "@import \"ö\\é", "@import url(", "@", "@import"] {
        super::scan("a.scss", broken);
    }
}

#[test]
fn a_comment_that_is_never_closed_is_a_problem() {
    let problem = scan("a.less", "a {}\n  /* open").problem.map(|found| (found.line, found.column));
    assert_eq!(problem, Some((2, 3)));
}

#[test]
fn what_is_only_mentioned() {
    let source = r##"a { b: url(~one/x.svg) no-repeat, url( 'two' ); c: url(./no.png) url(data:a/b,c) url(#no); composes: d from "three"; }
@keyframes e { from { f: url("four"); } } @include meta.load-css( 'five' ); $from: "no"; g { h: "no" from-x "no" }
.i { j: url("#{$k}/no") } @media { @import "real" }
"##;
    let scan = scan("a.scss", source);
    let names = |imports: &[super::Import]| imports.iter().map(|one| one.specifier.clone()).collect::<Vec<_>>();
    assert_eq!(names(&scan.mentions), ["~one/x.svg", "two", "three", "four", "five"]);
    assert_eq!(names(&scan.imports), ["real"]);
    let less =
        super::scan("a.less", "@plugin 'one'; @plugin (x) 'no'; a { b: data-uri(\"two\"); c: data-uri('no;x', 'no') }");
    assert_eq!(names(&less.mentions), ["one", "two"]);
}
