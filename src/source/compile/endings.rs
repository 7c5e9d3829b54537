//! Declarations that somebody else wrote, an author or TypeScript: their specifiers get the same endings as those that are
//! written here, or TypeScript finds nothing behind them where it resolves as Node does.

use super::names::{DIST, is_declaration, map_of};
use super::rewrite::Rewriter;
use super::specifiers::{Purpose, Resolver};
use crate::model::ModuleSystem;
use crate::source::imports::with_room;
use crate::source::rewrite::{
    replace_spans,
    source_map::{Columns, follow_built},
};
use oxc_allocator::Allocator;
use oxc_ast_visit::VisitMut;
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::ops::Range;

/// Puts endings into the declarations among the files of a `dist`, made of a component with these files. Returned are
/// those that change, by their places; the maps of such declarations are among them.
pub fn with_endings<'s>(
    author_files: impl Iterator<Item = &'s str>,
    module: ModuleSystem,
    dist: &[(&str, &[u8])],
) -> Vec<(usize, Vec<u8>)> {
    let resolver = Resolver::new(author_files);
    let mut changed = Vec::new();
    for (at, (path, bytes)) in dist.iter().enumerate() {
        let below = path.strip_prefix(DIST).and_then(|path| path.strip_prefix('/')).filter(|path| is_declaration(path));
        let text = below.zip(std::str::from_utf8(bytes).ok());
        let Some(edits) = text.map(|(path, text)| edits(&resolver, module, path, text)) else { continue };
        let Some(edited) = replace_spans(bytes, &edits).ok().filter(|_| !edits.is_empty()) else { continue };
        let map = map_of(path);
        if let Some(at) = dist.iter().position(|(path, _)| *path == map) {
            changed.extend(follow_built(dist[at].1, &Columns::of_edits(bytes, &edits)).map(|map| (at, map)));
        }
        changed.push((at, edited));
    }
    changed
}

/// What to exchange, in its order, in a file of declarations. One that can't be read stays as it is.
pub(super) fn edits(
    resolver: &Resolver<'_>,
    module: ModuleSystem,
    path: &str,
    source: &str,
) -> Vec<(Range<usize>, String)> {
    let read = || {
        let arena = Allocator::new();
        let mut parsed = Parser::new(&arena, source, SourceType::d_ts()).parse();
        if parsed.diagnostics.has_errors() {
            return Vec::new();
        }
        let module = match path {
            _ if path.ends_with(".d.mts") => ModuleSystem::Esm,
            _ if path.ends_with(".d.cts") => ModuleSystem::CommonJs,
            _ => module,
        };
        let mode = (Purpose::Types, module);
        let mut rewriter = Rewriter::new(&arena, source, path, resolver, mode);
        rewriter.visit_program(&mut parsed.program);
        rewriter.edits.sort_by_key(|(span, _)| span.start);
        rewriter.edits
    };
    with_room(source, read).unwrap_or_default()
}
