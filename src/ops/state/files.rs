//! Reading the files of every component, side by side; those that didn't change are not read.

use super::WorkFile;
use super::cache::{Cache, CachedFile, CachedFiles, now};
use crate::git::{FileMode, Oid, hash_blob};
use crate::ops::sources::sources;
use crate::ops::{Progress, Workspace};
use crate::package::ModuleSystem;
use crate::scope;
use crate::source::compile::is_compiled;
use crate::source::files::{FileProblem, IgnoreRules, SourceFile, Walk};
use crate::source::imports::{ModuleKind, scan_file, with_readers};
use crate::source::text;
use crate::workspace::{BitmapEntry, WorkspaceConfig};
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::DirEntry;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// What was found in a component's folder.
#[derive(Default)]
pub struct Found {
    /// Its files, sorted by path.
    pub files: Vec<WorkFile>,
    /// Files that no component can hold.
    pub problems: Vec<FileProblem>,
    /// The folder is gone.
    pub is_gone: bool,
    /// The ignore rules overlook the folder.
    pub is_ignored: bool,
    /// The folder, or one above it, is a symbolic link: this one. Nothing is read through it.
    pub link: Option<String>,
    /// How Node reads its files.
    pub module: ModuleSystem,
}

/// The files that one component's look has found, as the cache wants them; `None` where nothing is new.
type Fresh = Option<Vec<(String, CachedFile)>>;

/// Reads the files of every component.
pub fn read_all(
    workspace: &Workspace,
    entries: &[&BitmapEntry],
    cache: &mut Cache,
    progress: &dyn Progress,
) -> Result<Vec<Found>> {
    let (root, config) = (&workspace.layout.root, &workspace.config);
    let rules = IgnoreRules::new(root);
    let links = linked_folders(root, entries);
    let look = |entry: &&BitmapEntry| -> Result<(Found, Fresh)> {
        if let Some(link) = folders_up(&entry.root_dir).find(|folder| links.contains(folder)) {
            progress.advance(1);
            return Ok((Found { link: Some(link.to_owned()), ..Found::default() }, None));
        }
        let found = look_at(root, config, &rules, entry, cache.files_of(&entry.root_dir));
        progress.advance(1);
        found
    };
    let looks: Vec<(Found, Fresh)> = with_readers(|| entries.par_iter().map(look).collect::<Result<_>>())?;
    let mut all = Vec::with_capacity(entries.len());
    for (entry, (found, fresh)) in entries.iter().zip(looks) {
        if let Some(fresh) = fresh {
            cache.put_files(&entry.root_dir, fresh);
        }
        all.push(found);
    }
    cache.keep_components(|root_dir| workspace.bitmap.at(root_dir).is_some());
    Ok(all)
}

/// The symbolic links among the folders that hold components: what lies behind one may be anybody's.
fn linked_folders<'e>(root: &Path, entries: &[&'e BitmapEntry]) -> HashSet<&'e str> {
    let mut siblings: HashMap<&str, HashSet<&str>> = HashMap::new();
    for folder in entries.iter().flat_map(|entry| folders_up(&entry.root_dir)) {
        siblings.entry(folder.rsplit_once('/').map_or("", |(parent, _)| parent)).or_default().insert(folder);
    }
    let links = |(parent, folders): (&str, HashSet<&'e str>)| match folders.len() {
        ..MANY => folders.into_iter().filter(|folder| is_link(&root.join(folder))).collect(),
        _ => links_in(&root.join(parent), folders),
    };
    siblings.into_par_iter().flat_map_iter(links).collect()
}

/// From so many on it is faster to list the folder that holds them than to ask for each by itself.
const MANY: usize = 16;

/// Those of a folder's own folders that are symbolic links.
fn links_in<'e>(parent: &Path, folders: HashSet<&'e str>) -> Vec<&'e str> {
    let kind = |entry: DirEntry| Some((entry.file_name(), entry.file_type().ok()?.is_symlink()));
    let listing = std::fs::read_dir(parent).into_iter().flatten();
    let listed: HashMap<OsString, bool> = listing.flatten().filter_map(kind).collect();
    let is_link = |folder: &&str| {
        let name = last_of(folder);
        // A file system that takes another spelling for the same lists it as it was made.
        listed.get(OsStr::new(name)).copied().unwrap_or_else(|| is_link(&parent.join(name)))
    };
    folders.into_iter().filter(is_link).collect()
}

fn is_link(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|found| found.is_symlink())
}

fn last_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}

/// A folder and every one above it: `a/b`, `a`.
fn folders_up(path: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(path), |path| path.rsplit_once('/').map(|(folder, _)| folder))
}

fn look_at(
    root: &Path,
    config: &WorkspaceConfig,
    rules: &IgnoreRules,
    entry: &BitmapEntry,
    cached: CachedFiles,
) -> Result<(Found, Fresh)> {
    let looked_at = now();
    let walk = match sources(config, rules, &entry.root_dir) {
        Ok(walk) => walk,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok((Found { is_gone: true, ..Found::default() }, None));
        }
        Err(error) => return Err(error).with_context(|| format!("could not read the folder {}", entry.root_dir)),
    };
    let Walk { files, problems, ignored } = walk;
    let folder = root.join(&entry.root_dir);
    let mut read = Vec::new();
    let mut work_files = Vec::with_capacity(files.len());
    for file in &files {
        let known = match cached.get(&file.path, file.stat) {
            Some(known) => known.clone(),
            None => {
                let fresh = read_file(&folder, file, looked_at)?;
                read.push((file.path.clone(), fresh.clone()));
                fresh
            }
        };
        work_files.push(work_file(file, known)?);
    }
    let module = module_system(&entry.main_file, &work_files);
    let is_same = read.is_empty() && files.len() == cached.len();
    let fresh = (!is_same).then(|| remembered(&files, cached, read));
    Ok((Found { files: work_files, problems, is_ignored: ignored, module, ..Found::default() }, fresh))
}

fn read_file(folder: &Path, file: &SourceFile, looked_at: i64) -> Result<CachedFile> {
    let path = folder.join(&file.path);
    let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
    let content = text::normalized(&bytes);
    let mut blob = [0; 20];
    blob.copy_from_slice(hash_blob(&content).as_bytes());
    let (scan, conflict) = (scan_file(&file.path, &bytes).map(Arc::new), text::conflict_marker_line(&bytes));
    Ok(CachedFile::new(file.stat, looked_at, blob, scan, conflict))
}

fn work_file(file: &SourceFile, known: CachedFile) -> Result<WorkFile> {
    let mode = if file.stat.executable { FileMode::Executable } else { FileMode::Regular };
    let source = scope::SourceFile { path: file.path.clone(), mode, blob: Oid::from_bytes(&known.blob)? };
    Ok(WorkFile { source, scan: known.scan, conflict_line: known.conflict_line })
}

/// All files as the cache is to know them: those that were read now, and those that were known.
fn remembered(files: &[SourceFile], cached: CachedFiles, read: Vec<(String, CachedFile)>) -> Vec<(String, CachedFile)> {
    let mut read = read.into_iter().peekable();
    let mut all = Vec::with_capacity(files.len());
    for file in files {
        match read.next_if(|(path, _)| *path == file.path) {
            Some(fresh) => all.push(fresh),
            None => all.extend(cached.get(&file.path, file.stat).map(|known| (file.path.clone(), known.clone()))),
        }
    }
    all
}

/// Node reads `.js` files as the main file is written; where that can't tell, as any other is. TypeScript's `import` and
/// `export` can become either system; where one file can only be CommonJS, all are.
fn module_system(main: &str, files: &[WorkFile]) -> ModuleSystem {
    let plain = |path: &str| [".js", ".jsx", ".ts", ".tsx"].iter().any(|ending| path.ends_with(ending));
    let kind = |file: &WorkFile| match &file.scan {
        Some(scan) if plain(&file.source.path) => scan.module,
        _ => ModuleKind::Neither,
    };
    let settles = |file: &WorkFile| {
        let path = file.source.path.as_str();
        kind(file) == ModuleKind::OnlyCommonJs && is_compiled(path) && !has_package_json_above(path, files)
    };
    if files.iter().any(settles) {
        return ModuleSystem::CommonJs;
    }
    let of_main = files.iter().find(|file| file.source.path == main).map_or(ModuleKind::Neither, kind);
    let first_clear = || files.iter().map(kind).find(|kind| *kind != ModuleKind::Neither);
    match of_main {
        ModuleKind::Neither => first_clear().unwrap_or_default(),
        clear => clear,
    }
    .into()
}

/// Whether a folder of the component has a word of its own.
fn has_package_json_above(path: &str, files: &[WorkFile]) -> bool {
    let mut above = path.match_indices('/').map(|(at, _)| format!("{}/package.json", &path[..at]));
    above.any(|package_json| files.iter().any(|file| file.source.path == package_json))
}

impl From<ModuleKind> for ModuleSystem {
    fn from(kind: ModuleKind) -> Self {
        match kind {
            ModuleKind::Esm => Self::Esm,
            ModuleKind::CommonJs | ModuleKind::OnlyCommonJs | ModuleKind::Neither => Self::CommonJs,
        }
    }
}
