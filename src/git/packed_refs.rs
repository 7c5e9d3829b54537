//! Refs in bulk: reading all of them, and changing any number of them in one rename.
//!
//! git keeps refs in files of their own (loose) or together in `packed-refs`. A change of many loose refs is not
//! atomic, whoever makes it; one rewrite of `packed-refs` is. So loose refs are folded in first, which changes
//! nothing, and then one rename makes the whole change.

use super::Oid;
use super::object::Kind;
use super::refs::TAGS;
use super::repo::Repo;
use crate::errors;
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::ffi::{OsStr, OsString};
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// A ref's value: the object it names and, where that is an annotated tag, what the tag is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefValue {
    /// What the ref names.
    pub target: Oid,
    /// The commit behind an annotated tag.
    pub peeled: Option<Oid>,
}

impl RefValue {
    /// The commit, whether there is an annotated tag before it or not.
    pub fn commit(&self) -> Oid {
        self.peeled.unwrap_or(self.target)
    }
}

/// A change of one ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefEdit {
    /// The full name.
    pub name: String,
    /// What it must be now (`None`: it must not exist).
    pub old: Option<Oid>,
    /// What it is to be (`None`: deleted).
    pub new: Option<Oid>,
}

/// Finds the commit behind an annotated tag.
type Peel<'p> = dyn Fn(Oid) -> Result<Option<Oid>> + 'p;

/// What becomes of a ref that can't be read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Broken {
    /// Nothing is read.
    Refused,
    /// All others are read.
    PassedOver,
}

/// All refs of a repository at one moment.
#[derive(Debug, Default)]
pub struct RefTable {
    refs: BTreeMap<String, RefValue>,
    loose: Vec<String>,
    symbolic: Vec<String>,
}

impl RefTable {
    /// Reads packed and loose refs. Symbolic refs are passed over: none of ours is one.
    pub fn read(repo: &Repo) -> Result<Self> {
        Self::read_with(repo, &|target| repo.peel(target), Broken::Refused)
    }

    /// The same for whoever looks for what is wrong: a ref of an object that is missing or damaged is among them, one that
    /// can't be read is not.
    pub fn read_as_it_is(repo: &Repo) -> Result<Self> {
        Self::read_with(repo, &|target| Ok(repo.peel(target).unwrap_or_default()), Broken::PassedOver)
    }

    /// The same, without looking at what loose refs name: of no use to whoever asks for the commits behind them.
    pub(super) fn read_unpeeled(repo: &Repo) -> Result<Self> {
        Self::read_with(repo, &|_| Ok(None), Broken::Refused)
    }

    /// Only the refs of these names, as far as there are any.
    pub(super) fn read_some(repo: &Repo, names: &[String]) -> Result<Self> {
        let packed = Self::packed(repo)?;
        let loose = LooseNames::look(repo, names);
        let mut table = Self::default();
        for name in names {
            let value = match loose.has(name) {
                true => repo.reference(name)?.map(|target| RefValue { target, peeled: None }),
                false => packed.get(name),
            };
            table.refs.extend(value.map(|value| (name.clone(), value)));
        }
        Ok(table)
    }

    /// Those of packed-refs.
    pub(super) fn packed(repo: &Repo) -> Result<Self> {
        Self::packed_with(repo, Broken::Refused)
    }

    fn packed_with(repo: &Repo, broken: Broken) -> Result<Self> {
        let mut table = Self::default();
        let packed = repo.path().join("packed-refs");
        if let Some(text) = crate::disk::read_optional(&packed)? {
            table.read_packed(&text, broken).ok_or_else(|| errors::damaged_refs(&packed))?;
        }
        Ok(table)
    }

    fn read_with(repo: &Repo, peel: &Peel, broken: Broken) -> Result<Self> {
        let mut table = Self::packed_with(repo, broken)?;
        table.read_loose(repo, peel, broken)?;
        Ok(table)
    }

    /// All refs, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, RefValue)> {
        self.refs.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// One ref.
    pub fn get(&self, name: &str) -> Option<RefValue> {
        self.refs.get(name).copied()
    }

    /// The refs that only lead to others, and where to, be there anything or not.
    pub fn symbolic(&self, repo: &Repo) -> Result<BTreeMap<String, String>> {
        let led = self.symbolic.iter().map(|name| Ok((name.clone(), repo.leads_to(name)?)));
        let led = led.collect::<Result<Vec<_>>>()?;
        Ok(led.into_iter().filter_map(|(name, to)| Some((name, to?))).collect())
    }

    /// The first ref in a folder.
    pub(super) fn first_below(&self, folder: &str) -> Option<String> {
        let begin = format!("{folder}/");
        let (found, _) = self.refs.range(begin.clone()..).next()?;
        found.starts_with(&begin).then(|| found.clone())
    }

    fn read_packed(&mut self, text: &[u8], broken: Broken) -> Option<()> {
        let text = match broken {
            Broken::Refused => Cow::Borrowed(std::str::from_utf8(text).ok()?),
            Broken::PassedOver => String::from_utf8_lossy(text),
        };
        let mut sorted = Vec::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            if add_packed(&mut sorted, line).is_none() && broken == Broken::Refused {
                return None;
            }
        }
        // Built from a sorted list a map costs no more than the list.
        self.refs = sorted.into_iter().collect();
        Some(())
    }

    fn read_loose(&mut self, repo: &Repo, peel: &Peel, broken: Broken) -> Result<()> {
        let mut found = Vec::new();
        list_loose(&repo.path().join("refs"), "refs", &mut found)?;
        // A host writes each ref into a file of its own: there may be thousands.
        let read = |(name, path): (String, PathBuf)| match read_loose_value(&path) {
            Err(_) if broken == Broken::PassedOver => Ok(None),
            value => Ok(Some((name, value?))),
        };
        let read = found.into_par_iter().with_min_len(256).map(read);
        for (name, target) in read.collect::<Result<Vec<_>>>()?.into_iter().flatten() {
            let Some(target) = target else {
                self.symbolic.push(name);
                continue;
            };
            self.refs.insert(name.clone(), RefValue { target, peeled: peel(target)? });
            self.loose.push(name);
        }
        Ok(())
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = b"# pack-refs with: peeled fully-peeled sorted \n".to_vec();
        for (name, value) in &self.refs {
            out.extend_from_slice(format!("{} {name}\n", value.target).as_bytes());
            if let Some(peeled) = value.peeled {
                out.extend_from_slice(format!("^{peeled}\n").as_bytes());
            }
        }
        out
    }

    /// Makes all the changes or none. Fails, changing nothing, if a ref is not what an edit says it is.
    pub fn apply(repo: &Repo, edits: &[RefEdit]) -> Result<()> {
        let lock = PackedRefsLock::take(repo)?;
        let mut table = Self::read(repo)?;
        for edit in edits {
            let now = table.get(&edit.name).map(|value| value.target);
            if now != edit.old {
                return Err(errors::ref_moved(&edit.name, edit.old.map(|o| o.to_string()), now.map(|o| o.to_string())));
            }
        }
        let lock = if table.loose.is_empty() { lock } else { table.fold_loose(repo, lock)? };
        for edit in edits {
            match edit.new {
                Some(target) => {
                    table.refs.insert(edit.name.clone(), RefValue { target, peeled: repo.peel(target)? });
                }
                None => {
                    table.refs.remove(&edit.name);
                }
            }
        }
        lock.commit(&table.to_bytes())
    }

    /// Moves loose refs into packed-refs, which changes no ref's value.
    fn fold_loose(&mut self, repo: &Repo, lock: PackedRefsLock) -> Result<PackedRefsLock> {
        lock.commit(&self.to_bytes())?;
        for name in self.loose.drain(..) {
            let path = repo.path().join(&name);
            fs::remove_file(&path).with_context(|| format!("could not remove {}", path.display()))?;
        }
        PackedRefsLock::take(repo)
    }

    /// Removes the lock file that a killed command left. The caller holds the scope's own lock and has found
    /// that command's journal, so nobody else can be using it.
    pub fn remove_stale_lock(repo: &Repo) -> Result<()> {
        let path = PackedRefsLock::path(repo);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(error).with_context(|| format!("could not remove {}", path.display()))
            }
            _ => Ok(()),
        }
    }
}

/// Which refs stand in files of their own.
struct LooseNames<'r> {
    repo: &'r Repo,
    tags: Option<HashSet<OsString>>,
}

impl<'r> LooseNames<'r> {
    /// Most of many names are new and stand nowhere. A list of the tags says so of all at once, where it is no longer
    /// than the names are; of a few, and where it is, one look each does.
    fn look(repo: &'r Repo, names: &[String]) -> Self {
        const FEW: usize = 16;
        let is_worth_it = names.len() > FEW;
        Self { repo, tags: is_worth_it.then(|| entries(&repo.path().join(TAGS), names.len())).flatten() }
    }

    fn has(&self, name: &str) -> bool {
        let file = name.strip_prefix(TAGS).filter(|file| !file.contains('/'));
        match (&self.tags, file) {
            (Some(tags), Some(file)) => tags.contains(OsStr::new(file)),
            _ => fs::symlink_metadata(self.repo.path().join(name)).is_ok(),
        }
    }
}

/// What a folder holds, where that is not more than so many.
fn entries(folder: &Path, most: usize) -> Option<HashSet<OsString>> {
    let names = fs::read_dir(folder).ok()?.map(|entry| Some(entry.ok()?.file_name()));
    let names: HashSet<OsString> = names.take(most + 1).collect::<Option<_>>()?;
    (names.len() <= most).then_some(names)
}

/// The files below a folder that hold refs, with the refs' names.
fn list_loose(folder: &Path, prefix: &str, found: &mut Vec<(String, PathBuf)>) -> Result<()> {
    let entries = fs::read_dir(folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries {
        let entry = entry?;
        let Some(name) = entry.file_name().to_str().map(|name| format!("{prefix}/{name}")) else { continue };
        if entry.file_type()?.is_dir() {
            list_loose(&entry.path(), &name, found)?;
        } else if !name.ends_with(".lock") {
            found.push((name, entry.path()));
        }
    }
    Ok(())
}

/// Adds what a line of packed-refs says.
fn add_packed(refs: &mut Vec<(String, RefValue)>, line: &str) -> Option<()> {
    if let Some(peeled) = line.strip_prefix('^') {
        refs.last_mut()?.1.peeled = Some(Oid::from_str(peeled).ok()?);
        return Some(());
    }
    let (oid, name) = line.split_once(' ')?;
    refs.push((name.to_owned(), RefValue { target: Oid::from_str(oid).ok()?, peeled: None }));
    Some(())
}

/// The loose refs that can't be read or name one that is not there, each with why.
pub(super) fn broken_loose_refs(repo: &Repo) -> Result<Vec<String>> {
    let mut files = Vec::new();
    list_loose(&repo.path().join("refs"), "refs", &mut files)?;
    let fault = |(name, path): (String, PathBuf)| match read_loose_value(&path) {
        Ok(Some(_)) => None,
        Ok(None) if repo.reference(&name).is_ok_and(|target| target.is_some()) => None,
        Ok(None) => Some(format!("{name} names another ref, which is not there")),
        Err(_) => Some(format!("{name} holds no id of an object")),
    };
    Ok(files.into_iter().filter_map(fault).collect())
}

pub(super) fn read_loose_value(path: &Path) -> Result<Option<Oid>> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read {}", path.display()))?;
    let text = text.trim_end();
    if text.starts_with("ref:") {
        return Ok(None);
    }
    Oid::from_str(text).map(Some).map_err(|_| errors::damaged_refs(path))
}

/// git's own lock on packed-refs: whoever made the file `packed-refs.lock` may replace packed-refs with it.
struct PackedRefsLock {
    path: PathBuf,
    file: Option<fs::File>,
}

impl PackedRefsLock {
    fn path(repo: &Repo) -> PathBuf {
        repo.path().join("packed-refs.lock")
    }

    fn take(repo: &Repo) -> Result<Self> {
        let path = Self::path(repo);
        let begin = Instant::now();
        loop {
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(file) => return Ok(Self { path, file: Some(file) }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    if begin.elapsed() > Duration::from_secs(2) {
                        return Err(errors::refs_locked(&path));
                    }
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) => return Err(error).with_context(|| format!("could not write {}", path.display())),
            }
        }
    }

    fn commit(mut self, content: &[u8]) -> Result<()> {
        let target = self.path.with_extension("");
        let mut put = || -> std::io::Result<()> {
            // Taken only here, and a lock is committed once.
            let mut file = self.file.take().expect("a lock holds its file until it is committed");
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&self.path, &target)
        };
        let done = put().with_context(|| format!("could not write {}", target.display()));
        if done.is_err() {
            let _ = fs::remove_file(&self.path);
        }
        done?;
        let folder = target.parent().unwrap_or(Path::new("."));
        crate::disk::sync_folder(folder).with_context(|| format!("could not write {}", folder.display()))
    }
}

impl Drop for PackedRefsLock {
    fn drop(&mut self) {
        if self.file.is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether an object is an annotated tag is asked only of new targets.
impl Repo {
    fn peel(&self, target: Oid) -> Result<Option<Oid>> {
        match self.kind_of(target)? {
            Kind::Tag => self.peel_tag(target).map(Some),
            _ => Ok(None),
        }
    }
}
