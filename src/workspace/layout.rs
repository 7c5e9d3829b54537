//! Where things are: the workspace's root, its files, its local scope, and a person's paths relative to it.

use crate::errors;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// Where a workspace is, and where its local scope is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder that holds workspace.jsonc and .bitmap.
    pub root: PathBuf,
    /// The bare repository that holds the components' versions.
    pub local_scope: PathBuf,
}

/// Where a local scope that doesn't exist yet goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScopePlace {
    /// `.git/bit` where the root has a `.git` folder, else `.bit`.
    #[default]
    BesideGit,
    /// `.bit`, whatever else is there.
    Standalone,
}

impl Layout {
    /// The workspace that a folder is in: the folder itself or the nearest one above it.
    pub fn find(start: &Path) -> Result<Self> {
        Self::search(start)?.ok_or_else(|| errors::no_workspace(start))
    }

    /// The workspace that a folder is in, if it is in one.
    pub fn search(start: &Path) -> Result<Option<Self>> {
        let start = std::path::absolute(start).with_context(|| format!("could not resolve {}", start.display()))?;
        // "below/../beside" does not lie in "below".
        Ok(normalise(&start).ancestors().find(|folder| Self::is_root(folder)).map(Self::at))
    }

    /// The nearest workspace that a folder lies in, not counting the folder itself.
    pub fn around(folder: &Path) -> Option<PathBuf> {
        normalise(folder).ancestors().skip(1).find(|folder| Self::is_root(folder)).map(Path::to_owned)
    }

    /// Whether a folder is a workspace's own.
    pub fn is_root(folder: &Path) -> bool {
        folder.join("workspace.jsonc").is_file() || folder.join(".bitmap").is_file()
    }

    /// The workspace whose root this is, or is to become.
    pub fn at(root: &Path) -> Self {
        Self { root: root.to_owned(), local_scope: local_scope_for(root, ScopePlace::BesideGit) }
    }

    /// Whether the workspace lies in a git repository, whose people share its .bitmap.
    pub fn is_in_git(&self) -> bool {
        self.root.ancestors().any(|folder| folder.join(".git").exists())
    }

    /// workspace.jsonc.
    pub fn config_file(&self) -> PathBuf {
        self.root.join("workspace.jsonc")
    }

    /// .bitmap.
    pub fn bitmap_file(&self) -> PathBuf {
        self.root.join(".bitmap")
    }

    /// A person's path, relative to the root, with `/` between its parts; `""` is the root itself.
    ///
    /// `..` is taken away as text, before any symbolic link is looked at; then the folder that holds the path
    /// must really be in the workspace.
    pub fn relative(&self, path: &Path, cwd: &Path) -> Result<String> {
        let outside = || errors::outside_workspace(path, &self.root);
        let whole = normalise(&cwd.join(path));
        let real_root =
            fs::canonicalize(&self.root).with_context(|| format!("could not resolve {}", self.root.display()))?;
        let inside = match whole.strip_prefix(&self.root) {
            Ok(inside) => inside.to_owned(),
            // The root may have another name here: one of the folders above it is a symbolic link.
            Err(_) => inside_by_another_name(&whole, &real_root).ok_or_else(outside)?,
        };
        if !inside.as_os_str().is_empty() && !is_really_inside(&self.root.join(&inside), &real_root) {
            return Err(outside());
        }
        inside
            .into_os_string()
            .into_string()
            .map_err(|name| errors::bad_path(&name.to_string_lossy(), "it is not UTF-8 text"))
    }
}

/// Where the local scope of a workspace is, or goes. One that exists keeps being used.
pub fn local_scope_for(root: &Path, place: ScopePlace) -> PathBuf {
    let (own, beside_git) = (root.join(".bit"), root.join(".git/bit"));
    let git_folder = fs::symlink_metadata(root.join(".git")).is_ok_and(|found| found.is_dir());
    if own.join("objects").is_dir() || place == ScopePlace::Standalone || !git_folder { own } else { beside_git }
}

/// Keeps a local scope beside workspace.jsonc out of the team's git, also one that is made later.
/// (One in `.git` is out of it already.)
pub fn hide_from_git(local_scope: &Path) -> Result<()> {
    if local_scope.file_name() != Some(".bit".as_ref()) {
        return Ok(());
    }
    fs::create_dir_all(local_scope).with_context(|| format!("could not make {}", local_scope.display()))?;
    let ignore = local_scope.join(".gitignore");
    if ignore.is_file() {
        return Ok(());
    }
    crate::disk::write_atomically(&ignore, b"*\n", local_scope)
}

/// Takes `.`, `..` and trailing slashes away, as text.
fn normalise(path: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                whole.pop();
            }
            part => whole.push(part),
        }
    }
    whole
}

/// Whether the nearest folder above a path that exists lies in the root, wherever symbolic links lead.
fn is_really_inside(path: &Path, real_root: &Path) -> bool {
    path.ancestors()
        .skip(1)
        .find(|folder| fs::symlink_metadata(folder).is_ok())
        .and_then(|folder| fs::canonicalize(folder).ok())
        .is_some_and(|real| real.starts_with(real_root))
}

fn inside_by_another_name(path: &Path, real_root: &Path) -> Option<PathBuf> {
    let (folder, real) = path
        .ancestors()
        .find_map(|folder| Some((folder, fs::canonicalize(folder).ok()?)))
        .filter(|_| path.is_absolute())?;
    let whole = match path.strip_prefix(folder).ok()? {
        rest if rest.as_os_str().is_empty() => real,
        rest => real.join(rest),
    };
    whole.strip_prefix(real_root).ok().map(Path::to_owned)
}

/// Whether a text is a plain path below some folder, as .bitmap holds them: no way out, no folder that is git's,
/// bit's or a package manager's, nothing that another system reads differently. The error is the reason.
pub fn check_relative_path(path: &str) -> Result<(), &'static str> {
    if path.is_empty() {
        return Err("it is empty");
    }
    if path.len() > 1000 {
        return Err("it is longer than 1000 bytes");
    }
    if path.contains(['\\', ':']) || path.chars().any(char::is_control) {
        return Err("backslashes, colons and control characters are not allowed");
    }
    path.split('/').try_for_each(check_part)
}

fn check_part(part: &str) -> Result<(), &'static str> {
    match part {
        "" => Err("it must be relative, without empty parts"),
        "." | ".." => Err("it must not contain \".\" or \"..\""),
        // Some systems take .GIT for .git, and so does git.
        _ if [".git", ".bit", "node_modules"].iter().any(|name| part.eq_ignore_ascii_case(name)) => {
            Err("it must not lead into .git, .bit or node_modules")
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn workspace() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("w");
        fs::create_dir_all(root.join("src/c1")).unwrap();
        fs::write(root.join("workspace.jsonc"), "{}").unwrap();
        (dir, root)
    }

    #[test]
    fn the_nearest_folder_above_is_found() {
        let (_dir, root) = workspace();
        assert_eq!(Layout::find(&root.join("src/c1")).unwrap().root, root);
        fs::write(root.join("src/.bitmap"), "{}").unwrap();
        assert_eq!(Layout::find(&root.join("src/c1")).unwrap().root, root.join("src"));
        let outside = Layout::find(root.parent().unwrap()).unwrap_err();
        assert!(outside.to_string().contains("no workspace here"), "{outside}");
    }

    #[test]
    fn the_local_scope_is_beside_git_or_stands_alone() {
        let (_dir, root) = workspace();
        let place = |place| local_scope_for(&root, place).strip_prefix(&root).unwrap().display().to_string();
        assert_eq!(place(ScopePlace::BesideGit), ".bit");
        fs::write(root.join(".git"), "gitdir: elsewhere").unwrap();
        assert_eq!(place(ScopePlace::BesideGit), ".bit");
        fs::remove_file(root.join(".git")).unwrap();
        fs::create_dir_all(root.join(".git")).unwrap();
        assert_eq!(place(ScopePlace::BesideGit), ".git/bit");
        assert_eq!(place(ScopePlace::Standalone), ".bit");
        fs::create_dir_all(root.join(".bit")).unwrap();
        assert_eq!(place(ScopePlace::BesideGit), ".git/bit", "an empty .bit is no scope");
        fs::create_dir_all(root.join(".bit/objects")).unwrap();
        fs::write(root.join(".bit/HEAD"), "ref: refs/heads/main\n").unwrap();
        assert_eq!(place(ScopePlace::BesideGit), ".bit");
    }

    #[test]
    fn a_scope_of_its_own_is_hidden_from_git() {
        let (_dir, root) = workspace();
        hide_from_git(&root.join(".bit")).unwrap();
        assert_eq!(fs::read_to_string(root.join(".bit/.gitignore")).unwrap(), "*\n");
        fs::write(root.join(".bit/.gitignore"), "mine").unwrap();
        hide_from_git(&root.join(".bit")).unwrap();
        assert_eq!(fs::read_to_string(root.join(".bit/.gitignore")).unwrap(), "mine");
        hide_from_git(&root.join(".git/bit")).unwrap();
        assert!(!root.join(".git").exists());
    }

    #[test]
    fn a_persons_path_becomes_relative_to_the_root() {
        let (_dir, root) = workspace();
        let layout = Layout::at(&root);
        let relative = |path: &str, cwd: &str| layout.relative(Path::new(path), &root.join(cwd)).unwrap();
        assert_eq!(relative("src/c1/", ""), "src/c1");
        assert_eq!(relative("./c1/../c2//x", "src"), "src/c2/x");
        assert_eq!(relative("..", "src/c1"), "src");
        assert_eq!(relative("../..", "src/c1"), "");
        assert_eq!(relative(".", ""), "");
        assert_eq!(relative(root.join("new/deep/file").to_str().unwrap(), "src"), "new/deep/file");
    }

    #[test]
    fn ways_out_are_refused() {
        let (_dir, root) = workspace();
        let layout = Layout::at(&root);
        symlink("/usr", root.join("src/out")).unwrap();
        symlink(root.join("src"), root.join("alias")).unwrap();
        let refused = |path: &str| layout.relative(Path::new(path), &root).is_err();
        symlink("/nowhere/at/all", root.join("src/dangling")).unwrap();
        for path in ["..", "../w2", "/etc", "src/../../x", "src/out/bin", "src/out/new/deep", "/", "src/dangling/x"] {
            assert!(refused(path), "{path}");
        }
        assert!(!refused("src/out"), "the link itself is in the workspace");
        assert!(!refused("alias/c1"));
    }

    #[test]
    fn a_root_under_another_name_is_the_same_root() {
        let (_dir, root) = workspace();
        let other = root.parent().unwrap().join("other");
        symlink(&root, &other).unwrap();
        let layout = Layout::at(&other);
        assert_eq!(layout.relative(Path::new("c1"), &root.join("src")).unwrap(), "src/c1");
        assert_eq!(layout.relative(Path::new("c1/new/x"), &other.join("src")).unwrap(), "src/c1/new/x");
        assert_eq!(layout.relative(Path::new("."), &root).unwrap(), "");
        assert_eq!(layout.relative(Path::new("."), &other).unwrap(), "");
    }

    #[test]
    fn hostile_relative_paths_are_refused() {
        for good in ["a", "src/ui/button", "a b/ä", ".hidden/x", "..a/b"] {
            assert!(check_relative_path(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/",
            "/a",
            "a/",
            "a//b",
            ".",
            "..",
            "a/../b",
            "./a",
            "a\\b",
            "C:/x",
            "a\nb",
            "a\0",
            ".git",
            ".git/hooks",
            "x/.GIT",
            ".bit/refs",
            "node_modules/x",
        ] {
            assert!(check_relative_path(bad).is_err(), "{bad}");
        }
    }
}
