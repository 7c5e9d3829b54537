//! Merging .bitmap where git merges branches: `bit bitmap merge-driver`, and telling git of it.

use super::history;
use crate::disk;
use crate::errors;
use crate::git::{MergedText, Repo, TextSide, driver_of, merge_texts, oid, register_driver};
use crate::model::CommitId;
use crate::scope::LocalScope;
use crate::workspace::{Bitmap, BitmapConflict, Head, Layout, MergedBitmap, merge_bitmaps};
use anyhow::{Context, Result};
use std::cmp::Ordering;
use std::path::{Path, PathBuf};

/// What git calls the way in which .bitmap is merged.
const KIND: &str = "bit-bitmap";
const NAME: &str = "merges .bitmap by component";
const COMMAND: &str = "bit bitmap merge-driver %O %A %B %P";
/// The line of .gitattributes.
const ATTRIBUTE: &str = ".bitmap merge=bit-bitmap";

/// The three files that git hands over.
#[derive(Debug, Clone)]
pub struct DriverOptions {
    /// What both sides began from (%O).
    pub base: PathBuf,
    /// Our side (%A); the result is written there.
    pub ours: PathBuf,
    /// Their side (%B).
    pub theirs: PathBuf,
    /// Where the file is in the repository (%P).
    pub path: Option<PathBuf>,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Driven {
    /// Merged.
    Clean,
    /// The file has markers around what these are about.
    Conflicts(Vec<BitmapConflict>),
    /// One side can't be read, and why: git's own merge of lines was made instead.
    ByLines {
        /// Why.
        reason: String,
        /// Whether that left no markers.
        is_clean: bool,
    },
}

/// Merges. Where a person has to decide, the result has git's markers: a file that only looked merged would be
/// committed as it is, and one side's version would be lost.
pub fn merge_driver(cwd: &Path, options: &DriverOptions) -> Result<Driven> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("could not read {}", path.display()));
    let (base, ours, theirs) = (read(&options.base)?, read(&options.ours)?, read(&options.theirs)?);
    let write = |bytes: &[u8]| disk::write_atomically(&options.ours, bytes, &std::env::temp_dir());
    let name = options.path.as_deref().unwrap_or(Path::new(".bitmap"));
    let sides = [&base, &ours, &theirs].map(|bytes| parse(name, bytes));
    let [base_map, our_map, their_map] = match sides {
        [Ok(base), Ok(ours), Ok(theirs)] => [base, ours, theirs],
        sides => {
            let MergedText { bytes, is_clean } = by_lines(&base, &ours, &theirs)?;
            write(&bytes)?;
            let reason = sides.into_iter().find_map(Result::err).map(|error| error.to_string()).unwrap_or_default();
            return Ok(Driven::ByLines { reason, is_clean });
        }
    };
    let scope = local_scope(cwd, name);
    let repo = scope.as_ref().map(LocalScope::repo);
    let merged = merge_bitmaps(&base_map, &our_map, &their_map, &|ours, theirs| newest(repo, ours, theirs));
    if merged.conflicts.is_empty() {
        write(merged.ours.to_text().as_bytes())?;
        return Ok(Driven::Clean);
    }
    let MergedBitmap { base, ours, theirs, conflicts } = merged;
    let marked = by_lines(base.to_text().as_bytes(), ours.to_text().as_bytes(), theirs.to_text().as_bytes())?;
    write(&marked.bytes)?;
    Ok(Driven::Conflicts(conflicts))
}

fn by_lines(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<MergedText> {
    merge_texts(base, TextSide { label: "ours", bytes: ours }, TextSide { label: "theirs", bytes: theirs })
}

/// Where the file is new on both sides, git hands over an empty one as the beginning.
fn parse(name: &Path, bytes: &[u8]) -> Result<Bitmap> {
    if bytes.trim_ascii().is_empty() { Ok(Bitmap::default()) } else { Bitmap::of_bytes(name, bytes.to_vec()) }
}

/// The local scope beside the file. The workspace itself can't be opened: its .bitmap is being merged.
fn local_scope(cwd: &Path, name: &Path) -> Option<LocalScope> {
    let root = cwd.join(name);
    let path = Layout::at(root.parent().unwrap_or(cwd)).local_scope;
    LocalScope::exists(&path).then(|| LocalScope::open(&path).ok()).flatten()
}

/// Which of two versions was made from the other. What is not known here is not guessed by its number: two people
/// who tagged apart from one another have two versions, and neither holds the other's work.
fn newest(repo: Option<&Repo>, ours: &Head, theirs: &Head) -> Option<Ordering> {
    let (repo, ours, theirs) = (repo?, ours.1?, theirs.1?);
    let is_here = |commit: CommitId| repo.has(oid(commit)).unwrap_or(false);
    if ours == theirs || !is_here(ours) || !is_here(theirs) {
        return None;
    }
    let holds = |from, wanted| history::holds(repo, from, wanted).unwrap_or(false);
    match (holds(ours, theirs), holds(theirs, ours)) {
        (true, false) => Some(Ordering::Greater),
        (false, true) => Some(Ordering::Less),
        _ => None,
    }
}

/// Whether git merges .bitmap by component here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Registration {
    /// The workspace is in no git repository.
    #[default]
    NoGit,
    /// It does not.
    Missing,
    /// It does.
    Registered,
}

/// Looks whether it does: an attribute for everybody, and a command for this clone.
pub fn registration(layout: &Layout) -> Result<Registration> {
    if !layout.is_in_git() {
        return Ok(Registration::NoGit);
    }
    let attributes = disk::read_optional(&attributes_file(layout))?.unwrap_or_default();
    let is_registered = has_attribute(&attributes) && driver_of(&layout.root, KIND)?.is_some();
    Ok(if is_registered { Registration::Registered } else { Registration::Missing })
}

/// Tells git what it was not told yet.
pub fn register(layout: &Layout, temporary_folder: &Path) -> Result<()> {
    if !layout.is_in_git() {
        return Err(errors::no_team_repository(&layout.root));
    }
    let path = attributes_file(layout);
    let mut attributes = disk::read_optional(&path)?.unwrap_or_default();
    if !has_attribute(&attributes) {
        let newline = if attributes.is_empty() || attributes.ends_with(b"\n") { "" } else { "\n" };
        attributes.extend_from_slice(format!("{newline}{ATTRIBUTE}\n").as_bytes());
        disk::write_atomically(&path, &attributes, temporary_folder)?;
    }
    if driver_of(&layout.root, KIND)?.is_none() {
        register_driver(&layout.root, KIND, NAME, COMMAND)?;
    }
    Ok(())
}

fn attributes_file(layout: &Layout) -> PathBuf {
    layout.root.join(".gitattributes")
}

/// The file is a person's, and its paths may be in any encoding: it is looked at and goes on as bytes.
fn has_attribute(attributes: &[u8]) -> bool {
    attributes.split(|byte| *byte == b'\n').any(|line| line.trim_ascii() == ATTRIBUTE.as_bytes())
}
