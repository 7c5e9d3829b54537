//! What stands in node_modules before a package manager runs: where a run comes to nothing, that is there again.

use super::change::Change;
use super::folders::{remove, take_away};
use super::ready::make_ready;
use super::undo::{After, Between, KeptBeside, Undo};
use crate::disk;
use crate::errors;
use crate::package::manager::Lockfile;
use crate::scope::WriteLock;
use crate::workspace::is_ours;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What stands where package managers put things, by its place from the workspace's root: packages and stores. Bit's own
/// links are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing(BTreeMap<String, Mark>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Link(PathBuf),
    /// A folder or a file, by its inode.
    Place(u64),
    /// What a package manager has installed, in its own words.
    Note(Vec<u8>),
}

const MODULES: &str = "node_modules";
/// Where package managers keep what they have unpacked or fetched. What nobody needs stays there for days.
const STORES: [&str; 3] = ["node_modules/.pnpm", ".yarn", ".yarn/cache"];
/// Where they note what is installed, nested packages too.
const NOTES: [&str; 4] = [".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml"];
/// So bit's own begins.
const OURS: &str = ".bit";

/// What a run has left.
enum Left {
    All,
    InStores,
}

impl Standing {
    /// How it stands now.
    pub fn of(root: &Path) -> Result<Self> {
        let mut standing = Self::default();
        for name in names(&root.join(MODULES))?.iter().filter(|name| !name.starts_with(OURS)) {
            match name.starts_with('@') && root.join(MODULES).join(name).is_dir() {
                true => standing.put_all(root, &format!("{MODULES}/{name}"))?,
                false => standing.put(root, &format!("{MODULES}/{name}"))?,
            }
        }
        STORES.iter().try_for_each(|store| standing.put_all(root, store))?;
        Ok(standing)
    }

    fn put_all(&mut self, root: &Path, folder: &str) -> Result<()> {
        names(&root.join(folder))?.iter().try_for_each(|name| self.put(root, &format!("{folder}/{name}")))
    }

    fn put(&mut self, root: &Path, path: &str) -> Result<()> {
        let place = root.join(path);
        let cannot = || format!("could not read {}", place.display());
        if package_of(path).is_some_and(|package| is_ours(root, package).is_ok_and(|ours| ours)) {
            return Ok(());
        }
        let about = fs::symlink_metadata(&place).with_context(cannot)?;
        let mark = match () {
            () if about.is_symlink() => Mark::Link(fs::read_link(&place).with_context(cannot)?),
            () if is_note(path) => Mark::Note(fs::read(&place).with_context(cannot)?),
            () => Mark::Place(about.ino()),
        };
        self.0.insert(path.to_owned(), mark);
        Ok(())
    }

    /// Whether a package manager has been there.
    fn has_packages(&self) -> bool {
        self.0.keys().any(|path| is_note(path) || package_of(path).is_some())
    }

    /// Takes away what has come since.
    fn take_back(&self, root: &Path, left: &Left) -> Result<()> {
        let is_stored =
            |path: &str| STORES.iter().any(|store| path.rsplit_once('/').is_some_and(|(at, _)| at == *store));
        let now = Self::of(root)?;
        let come = now.0.keys().filter(|path| !self.0.contains_key(*path));
        for path in come.filter(|path| matches!(left, Left::All) || is_stored(path)) {
            let place = root.join(path);
            match package_of(path) {
                Some(_) => take_away(root, &place),
                None => remove(&place),
            }
            .with_context(|| format!("could not remove {}", place.display()))?;
        }
        // Folders that were made for it.
        for store in STORES.iter().rev() {
            let _ = fs::remove_dir(root.join(store));
        }
        Ok(())
    }
}

/// The package whose place this is.
fn package_of(path: &str) -> Option<&str> {
    path.strip_prefix(MODULES)?.strip_prefix('/').filter(|name| !name.starts_with('.'))
}

fn is_note(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| NOTES.contains(&name))
}

fn names(folder: &Path) -> Result<Vec<String>> {
    let cannot = || format!("could not read {}", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(cannot)?,
    };
    let name = |entry: std::io::Result<fs::DirEntry>| Ok(entry?.file_name().into_string().ok());
    entries.filter_map(|entry| name(entry).transpose()).collect::<std::io::Result<_>>().with_context(cannot)
}

impl Change<'_> {
    /// Once the files are as they were, node_modules becomes it too. What the package manager took away it brings again;
    /// what it brought for this command goes, and whatever it writes into files now. What a person does meanwhile is kept.
    pub(super) fn bring_back(&self, before: &Standing, lock: &WriteLock, kept: &mut KeptBeside) -> Result<()> {
        let (root, scope) = (&self.workspace.layout.root, &self.workspace.scope);
        if Standing::of(root)? == *before {
            return Ok(());
        }
        if !before.has_packages() {
            return before.take_back(root, &Left::All);
        }
        let package_json = After::Written(disk::read_optional(&root.join("package.json"))?);
        let others = self.manager.files().iter().map(|name| ((*name).to_owned(), After::Managers));
        let changes = others.chain([("package.json".to_owned(), package_json)]).collect();
        let undo = Undo::begin(root, scope, self.command, changes, Vec::new())?;
        make_ready(self.workspace, self.manager)?;
        self.forget_layout()?;
        let program = self.manager.install(root, Lockfile::Follows);
        self.progress.stage("putting node_modules back", 0);
        let lent = lock.lend()?;
        let ended = program.run()?;
        drop(lent);
        kept.extend(undo.restore(root, scope, Between::Managers)?);
        before.take_back(root, &Left::InStores)?;
        match ended {
            Some(ended) if ended.success => Ok(()),
            Some(ended) => Err(errors::manager_failed(&program.line(), &ended.words)),
            None => Err(errors::manager_failed(&program.line(), "it is not there any more")),
        }
    }
}
