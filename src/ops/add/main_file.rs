//! Which file stands for a component.

use crate::errors;
use crate::ops::Workspace;
use crate::source::files::Walk;
use anyhow::Result;
use std::path::Path;

/// In the order of preference.
const ENDINGS: [&str; 11] = ["ts", "tsx", "js", "jsx", "mts", "mjs", "cts", "cjs", "css", "scss", "less"];

/// The file that was asked for; else `index.*`, a file named as the folder, or the only one.
pub fn choose(workspace: &Workspace, root_dir: &str, walk: &Walk, asked: Option<&str>) -> Result<String> {
    let has = |path: &str| walk.files.binary_search_by(|file| file.path.as_str().cmp(path)).is_ok();
    if let Some(asked) = asked {
        return named(workspace, root_dir, asked, &has).ok_or_else(|| errors::main_not_found(root_dir, asked));
    }
    let folder = root_dir.rsplit('/').next().unwrap_or(root_dir);
    let candidates = ["index", folder].into_iter().flat_map(|stem| ENDINGS.map(|ending| format!("{stem}.{ending}")));
    match (candidates.into_iter().find(|path| has(path)), walk.files.as_slice()) {
        (Some(main), _) => Ok(main),
        (None, [only]) => Ok(only.path.clone()),
        (None, _) => Err(errors::no_main_file(root_dir)),
    }
}

/// A person may name the file from the component's folder, or from where they stand.
fn named(workspace: &Workspace, root_dir: &str, asked: &str, has: &dyn Fn(&str) -> bool) -> Option<String> {
    let plain = asked.strip_prefix("./").unwrap_or(asked);
    if has(plain) {
        return Some(plain.to_owned());
    }
    let from_root = workspace.layout.relative(Path::new(asked), &workspace.cwd).ok()?;
    let inside = from_root.strip_prefix(root_dir)?.strip_prefix('/')?;
    has(inside).then(|| inside.to_owned())
}
