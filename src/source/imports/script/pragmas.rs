//! What the comments before the first statement say to TypeScript and to compilers of JSX.

use super::super::{Import, ImportKind, Lines, count};
use super::Found;
use oxc_ast::ast::{Comment, Program};
use oxc_span::{GetSpan, Span};

/// The packages that they name.
pub(super) fn pragmas(source: &str, program: &Program<'_>) -> Vec<Found> {
    let named = first_comments(program).filter_map(|comment| {
        let content = comment.content_span();
        let text = content.source_text(source);
        let (at, specifier) = if comment.is_line() { referenced_types(text) } else { jsx_source(text) }?;
        let start = content.start + count(at);
        let span = Span::new(start, start + count(specifier.len()));
        Some(Found { specifier: specifier.to_owned(), span, kind: ImportKind::Reference })
    });
    named.collect()
}

/// Those before the first statement.
fn first_comments<'p>(program: &'p Program<'_>) -> impl Iterator<Item = &'p Comment> {
    let statement = program.body.first().map(|first| first.span().start);
    let directive = program.directives.first().map(|first| first.span.start);
    let code = statement.into_iter().chain(directive).min().unwrap_or(u32::MAX);
    program.comments.iter().take_while(move |comment| comment.span.start < code)
}

/// What markup becomes calls of: React's, or what a comment names. The classic way calls what the author imports.
pub(super) fn runtime_of_markup(source: &str, program: &Program<'_>, at: u32) -> Option<Import> {
    let comments = || first_comments(program).map(|comment| comment.content_span().source_text(source));
    let last = |pragma: &str| comments().filter_map(|text| pragma_in(text, pragma)).last().map(|(_, value)| value);
    if last("@jsxRuntime") == Some("classic") {
        return None;
    }
    let line = Lines::new(source).of(at as usize);
    let specifier = format!("{}/jsx-runtime", last(JSX_SOURCE).unwrap_or("react"));
    Some(Import { specifier, span: (at, at), line, kind: ImportKind::Markup })
}

/// Where a comment names a function that markup is to call, though the classic way was not chosen.
pub(in crate::source) fn ignored_factory(source: &str, program: &Program<'_>) -> Option<u32> {
    let texts =
        || first_comments(program).map(|comment| (comment.content_span(), comment.content_span().source_text(source)));
    if texts().any(|(_, text)| pragma_in(text, "@jsxRuntime").is_some_and(|(_, value)| value == "classic")) {
        return None;
    }
    texts().find_map(|(span, text)| pragma_in(text, "@jsx").map(|(at, _)| span.start + count(at)))
}

/// The types that a `/// <reference types="x" />` names, without its first two slashes, and where they stand.
fn referenced_types(comment: &str) -> Option<(usize, &str)> {
    let element = comment.strip_prefix('/')?.trim_start().strip_prefix("<reference")?;
    let (before, _) = element.split_once("types")?;
    let before = Some(before).filter(|before| !before.contains('>'))?;
    let value = element[before.len() + "types".len()..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (types, _) = value[1..].split_once(quote)?;
    let is_attribute = before.ends_with(|last: char| last.is_ascii_whitespace());
    is_attribute.then_some((comment.len() - value.len() + 1, types))
}

/// The package that `@jsxImportSource x` names, and where it stands.
fn jsx_source(comment: &str) -> Option<(usize, &str)> {
    pragma_in(comment, JSX_SOURCE)
}

/// Where a comment names the package of JSX.
const JSX_SOURCE: &str = "@jsxImportSource";

/// The word after a pragma, and where it stands.
fn pragma_in<'c>(comment: &'c str, pragma: &str) -> Option<(usize, &'c str)> {
    let value_at = |(at, _): (usize, &str)| {
        let after = &comment[at + pragma.len()..];
        let value = after.trim_start();
        let end = value.find(|end: char| end.is_whitespace()).unwrap_or(value.len());
        (value.len() < after.len() && end > 0).then_some((comment.len() - value.len(), &value[..end]))
    };
    comment.match_indices(pragma).find_map(value_at)
}
