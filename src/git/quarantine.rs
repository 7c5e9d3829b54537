//! What comes from elsewhere, before it is looked at.
//!
//! A throw-away bare repository that borrows the objects of the local scope. What is fetched into it is nobody's: no
//! ref of the local scope names it and no command finds it, until it is admitted. Then its packs are renamed into the
//! local scope, the index of each last, for that makes a pack visible.

use super::envelope::fill;
use super::refs::{self, HAVE};
use super::repo::Repo;
use super::{Oid, RefTable, RefValue, shallow};
use crate::disk;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A repository for what was not looked at yet; what is not admitted goes when it is dropped.
pub struct Quarantine {
    folder: TempDir,
    /// The folder for temporary files that it is in.
    around: PathBuf,
    repo: Repo,
    /// The commits at which histories that came are cut off.
    ends: BTreeSet<Oid>,
}

impl Quarantine {
    /// Makes one. `have` are commits of the local scope from which git works out what is missing. The folder is one
    /// for temporary files inside the local scope, so that a rename admits what came.
    pub fn new(local: &Repo, have: &[Oid], temporary_folder: &Path) -> Result<Self> {
        let cannot = || format!("could not write into {}", temporary_folder.display());
        let folder = disk::temporary_folder(temporary_folder).with_context(cannot)?;
        let names: Vec<(String, Oid)> = have.iter().map(|oid| (format!("{HAVE}{oid}"), *oid)).collect();
        let refs: BTreeMap<&str, Oid> = names.iter().map(|(name, oid)| (name.as_str(), *oid)).collect();
        fill(folder.path(), local, &refs).with_context(cannot)?;
        // The refs above say what is here. Those of the local scope may be tens of thousands.
        let config = folder.path().join("config");
        let text = fs::read_to_string(&config).with_context(cannot)?;
        fs::write(&config, format!("{text}\talternateRefsCommand = true\n")).with_context(cannot)?;
        let repo = Repo::open(folder.path())?;
        Ok(Self { folder, around: temporary_folder.to_owned(), repo, ends: BTreeSet::new() })
    }

    /// Says what else is here.
    pub fn have(&self, have: &[Oid]) -> Result<()> {
        let missing: BTreeSet<&Oid> = have.iter().collect();
        let lines: String = missing.iter().map(|oid| format!("{oid} {HAVE}{oid}\n")).collect();
        let path = self.path().join("packed-refs");
        let text = format!("# pack-refs with: sorted \n{lines}");
        fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
    }

    /// The repository: what came, and all that the local scope has.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// Its folder, for those who open it by themselves.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// The refs that came.
    pub fn received(&self) -> Result<BTreeMap<String, RefValue>> {
        let table = RefTable::read(&self.repo)?;
        let refs = table.iter().filter(|(name, _)| !name.starts_with(HAVE));
        Ok(refs.map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// What came was looked at, and does not concern what comes next: git neither walks it nor tells the host where it
    /// is cut off.
    pub fn set_aside(&mut self) -> Result<()> {
        self.ends.extend(shallow::ends(self.path())?);
        disk::remove_if_there(&self.path().join(refs::SHALLOW))?;
        for name in self.received()?.into_keys() {
            disk::remove_if_there(&self.path().join(name))?;
        }
        self.have(&[])
    }

    /// Takes all that came into the local scope. Its refs stay as they are.
    pub fn admit(&self, local: &Repo) -> Result<()> {
        let ends = self.ends.union(&shallow::ends(self.path())?).copied().collect();
        shallow::add(local, &ends, &self.around)?;
        self.move_packs(local)?;
        shallow::forget_whole(local, &self.around)
    }

    fn move_packs(&self, local: &Repo) -> Result<()> {
        let (from, to) = (self.path().join("objects/pack"), local.path().join("objects/pack"));
        let moved = || -> std::io::Result<()> {
            fs::create_dir_all(&to)?;
            for file in in_order(&from)? {
                if let Some(name) = file.file_name() {
                    fs::rename(&file, to.join(name))?;
                }
            }
            disk::sync_folder(&to)
        };
        moved().with_context(|| format!("could not put what came into {}", to.display()))?;
        local.refresh()
    }
}

/// The files of packs, those that make them visible last.
fn in_order(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<PathBuf>>>()?;
    files.retain(|file| file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("pack-")));
    files.sort_by_key(|file| file.extension().is_some_and(|extension| extension == "idx"));
    Ok(files)
}
