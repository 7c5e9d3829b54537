//! Archives that git leaves out, so that nobody else gets them.

use super::closure::Closure;
use super::roots::{Way, archive_path};
use crate::git::{is_ignored, rule_that_ignores};
use anyhow::Result;
use std::path::Path;

/// An archive that git ignores, and what helps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ignored {
    /// The archive, from the workspace's root. One stands for all: they are ignored by their folder, or by their ending.
    pub path: String,
    /// The rule: its file and line.
    pub rule: String,
    /// The lines that help at the end of the workspace's .gitignore; none where a rule further down would go before them.
    pub lines: &'static [&'static str],
}

/// Looks.
pub fn ignored(root: &Path, closure: &Closure) -> Result<Option<Ignored>> {
    let first = closure.nodes.values().find(|node| node.way == Way::Vendor);
    let Some(path) = first.map(|node| archive_path(&node.id)) else { return Ok(None) };
    let Some(rule) = rule_that_ignores(root, &path)? else { return Ok(None) };
    let lines = lines(is_inside(&rule), is_ignored(root, "vendor")?, is_ignored(root, "vendor/bit")?);
    Ok(Some(Ignored { path, rule, lines }))
}

/// Whether a rule stands in a .gitignore of `vendor` or below.
fn is_inside(rule: &str) -> bool {
    let file = rule.rsplit_once(':').map_or(rule, |(file, _)| file);
    file.ends_with("vendor/.gitignore") || (file.ends_with("/.gitignore") && file.contains("vendor/bit/"))
}

/// Below a folder that is ignored git looks at no rule: each folder on the way has to be taken in again.
fn lines(inside: bool, vendor: bool, bit: bool) -> &'static [&'static str] {
    match (inside, vendor, bit) {
        (true, ..) => &[],
        (_, true, _) => &["!/vendor/", "/vendor/*", "!/vendor/bit/", "!/vendor/bit/**"],
        (_, _, true) => &["!/vendor/bit/", "!/vendor/bit/**"],
        _ => &["!/vendor/bit/**"],
    }
}
