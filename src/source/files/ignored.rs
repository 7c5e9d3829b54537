//! What the author asked git to overlook.
//!
//! `.gitignore` and `.bitignore` count, in every folder from the enclosing repository's top down, with or without git.
//! A person's global excludes and `.git/info/exclude` do not: a component must be the same on every machine.

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::{
    collections::HashMap,
    ffi::OsStr,
    fs, io,
    os::unix::ffi::OsStrExt,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
};

/// The ignore files, the later one wins over the earlier.
pub(super) const IGNORE_FILES: [&str; 2] = [".gitignore", ".bitignore"];

/// The ignore rules of one workspace, shared by all its components (and by the threads that walk them).
#[derive(Debug)]
pub struct IgnoreRules {
    workspace: PathBuf,
    /// The folder the outermost rules are in: the repository's top, or the workspace itself.
    top: PathBuf,
    /// The way from there to the workspace, `/`-separated, with a slash at its end unless it is empty.
    prefix: String,
    /// Folders above components are asked for again and again. Keyed by the path from `top`.
    folders: RwLock<HashMap<String, Arc<Folder>>>,
}

/// What holds inside one folder.
#[derive(Debug, Clone, Default)]
pub(super) struct Folder {
    /// The innermost rules; `None` where no ignore file is above.
    pub(super) rules: Option<Arc<Rules>>,
    /// Whether the folder itself is overlooked, and with it all that is in it.
    pub(super) ignored: bool,
}

/// The rules of one folder's ignore files, and those above.
#[derive(Debug)]
pub(super) struct Rules {
    matcher: Gitignore,
    /// How much of a path from the top leads to this folder.
    base: usize,
    above: Option<Arc<Rules>>,
}

impl IgnoreRules {
    /// The rules for the workspace at this root. Nothing but the way up to the repository's top is read yet.
    pub fn new(workspace: &Path) -> Self {
        let top =
            workspace.ancestors().find(|folder| fs::symlink_metadata(folder.join(".git")).is_ok()).unwrap_or(workspace);
        // A name on this way that is not UTF-8 matches no pattern a person could have written.
        let way = workspace.strip_prefix(top).unwrap_or(Path::new("")).to_string_lossy();
        let prefix = if way.is_empty() { String::new() } else { format!("{way}/") };
        Self { workspace: workspace.to_owned(), top: top.to_owned(), prefix, folders: RwLock::default() }
    }

    /// The workspace's root.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }

    /// Whether a folder or file of the workspace is overlooked, by a rule for it or for a folder above it.
    pub fn is_ignored(&self, path: &str, is_folder: bool) -> io::Result<bool> {
        let path = self.way_to(path);
        let (parent, _name) = path.rsplit_once('/').unwrap_or(("", &path));
        let parent = self.folder(parent)?;
        Ok(parent.ignored || Rules::ignore(parent.rules.as_deref(), path.as_bytes(), is_folder))
    }

    /// A path of the workspace as a path from the top.
    pub(super) fn way_to(&self, path: &str) -> String {
        let whole = [&self.prefix, path].concat();
        whole.trim_end_matches('/').to_owned()
    }

    /// What holds inside the folder that holds this one (a path from the top), and whether this one is overlooked.
    /// Its own ignore files are left to the caller, who lists the folder anyway.
    pub(super) fn around(&self, folder: &str) -> io::Result<Folder> {
        if folder.is_empty() {
            return Ok(Folder::default());
        }
        let (parent, _name) = folder.rsplit_once('/').unwrap_or(("", folder));
        let parent = self.folder(parent)?;
        let ignored = parent.ignored || Rules::ignore(parent.rules.as_deref(), folder.as_bytes(), true);
        Ok(Folder { rules: parent.rules.clone(), ignored })
    }

    /// What holds inside a folder (a path from the top), its own ignore files included.
    fn folder(&self, path: &str) -> io::Result<Arc<Folder>> {
        // A thread that panicked while it held the lock left at worst an entry out.
        let known = self.folders.read().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(folder) = known {
            return Ok(folder);
        }
        let mut folder = self.around(path)?;
        if !folder.ignored {
            let place = self.top.join(path);
            folder.rules = Rules::read(&place, inside(path.as_bytes()), &IGNORE_FILES, folder.rules)?;
        }
        let folder = Arc::new(folder);
        let mut folders = self.folders.write().unwrap_or_else(PoisonError::into_inner);
        Ok(folders.entry(path.to_owned()).or_insert(folder).clone())
    }
}

impl Rules {
    /// Adds the ignore files of a folder to the rules above it. `base` is where paths inside it begin.
    pub(super) fn read(
        place: &Path,
        base: usize,
        files: &[&str],
        above: Option<Arc<Self>>,
    ) -> io::Result<Option<Arc<Self>>> {
        // Paths are handed to the matcher relative to this folder, so it needs no root of its own.
        let mut builder = GitignoreBuilder::new("");
        for file in files {
            for line in patterns(&place.join(file))?.lines() {
                // A pattern that is none matches nothing, for git too.
                let _ = builder.add_line(None, line);
            }
        }
        let matcher = builder.build().map_err(io::Error::other)?;
        if matcher.is_empty() {
            return Ok(above);
        }
        Ok(Some(Arc::new(Self { matcher, base, above })))
    }

    /// Whether the innermost rule that speaks of a path (from the top) overlooks it.
    pub(super) fn ignore(innermost: Option<&Self>, path: &[u8], is_folder: bool) -> bool {
        let mut level = innermost;
        while let Some(rules) = level {
            let relative = as_path(&path[rules.base..]);
            let verdict = rules.matcher.matched(relative, is_folder);
            if !verdict.is_none() {
                return verdict.is_ignore();
            }
            level = rules.above.as_deref();
        }
        false
    }
}

/// Where the paths inside a folder begin, that of the folder being cut off.
pub(super) fn inside(folder: &[u8]) -> usize {
    if folder.is_empty() { 0 } else { folder.len() + 1 }
}

fn as_path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// The text of an ignore file; empty where there is none. Like git, a symbolic link is not followed.
fn patterns(path: &Path) -> io::Result<String> {
    let bytes = match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => fs::read(path).map_err(|error| named(path, &error))?,
        Ok(_) => Vec::new(),
        Err(error) if is_absent(&error) => Vec::new(),
        Err(error) => return Err(named(path, &error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// The system's error with the path it is about.
pub(super) fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}
