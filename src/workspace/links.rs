//! Links in node_modules, by which Node, TypeScript and bundlers find the workspace's own components.
//!
//! A link is a real folder, `node_modules/@owner/name.x`, with a generated package.json and a relative symbolic link
//! to each entry of the component's folder. The package.json bears a mark, and is written last and removed last:
//! whatever a killed run leaves behind is recognised as ours and mended by the next one.

mod claim;
mod files;
mod mark;

use super::built;
use super::layout::check_relative_path;
use crate::disk::remove_if_there;
use crate::errors;
use crate::model::PackageName;
use anyhow::{Context, Result};
use claim::{Claim, claim};
use mark::{mark_in, with_mark};
use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(super) use claim::leads_to;
pub use claim::{is_ours, link_of_component};
pub(super) use files::{children, folder_of, lstat, remove_if_empty};
pub(super) use mark::{MARK_OF_VERSION, is_marked, with_key};

const PACKAGE_JSON: &str = "package.json";

/// What a link is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkTarget {
    /// The package that the component is.
    pub package: PackageName,
    /// The component's folder, relative to the workspace.
    pub root_dir: String,
    /// The files and folders right in it that belong to the component.
    pub entries: Vec<String>,
    /// The package.json that the package shows: a JSON object.
    pub package_json: String,
}

/// What [`ensure`] found and did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkOutcome {
    /// It was right.
    Unchanged,
    /// There was none.
    Created,
    /// It was not right, and is now.
    Mended,
    /// Something else is there, such as an installed package; it was left alone.
    Foreign,
}

/// A link that is in node_modules.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The package's name.
    pub package: String,
    /// The component's folder, where the link says so (an unfinished one doesn't).
    pub root_dir: Option<String>,
}

/// What changes when somebody adds, removes or replaces anything in a link's folder. It says nothing of the target:
/// keep it beside what the link was made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LinkStamp {
    /// When the folder was changed.
    pub mtime_ns: i64,
    /// When the folder or its attributes were changed.
    pub ctime_ns: i64,
    /// Which folder it is.
    pub ino: u64,
}

impl LinkStamp {
    /// Whether it can be trusted, taken at this time: a change right after it would get another stamp.
    /// Clocks of file systems tick every few milliseconds, of some every second or two.
    pub fn is_settled(&self, taken: SystemTime) -> bool {
        let coarse = self.ctime_ns % 1_000_000_000 == 0;
        let tick = if coarse { Duration::from_secs(2) } else { Duration::from_millis(50) };
        let changed = UNIX_EPOCH + Duration::from_nanos(u64::try_from(self.ctime_ns).unwrap_or(0));
        taken.duration_since(changed).is_ok_and(|age| age > tick)
    }
}

/// Makes a link what it has to be. Never touches what is not ours, and never writes through a symbolic link.
pub fn ensure(root: &Path, target: &LinkTarget) -> Result<LinkOutcome> {
    let plan = Plan::new(root, target)?;
    match claim(root, &plan.folder)? {
        Claim::Foreign => return Ok(LinkOutcome::Foreign),
        Claim::Ours(package_json) => return mend(&plan, package_json.as_deref()),
        Claim::Replaceable => remove_if_there(&plan.folder)?,
        Claim::Free => {}
    }
    fs::create_dir_all(&plan.folder).with_context(|| format!("could not make {}", plan.folder.display()))?;
    plan.entries.iter().try_for_each(|entry| plan.link(entry))?;
    plan.write_package_json()?;
    Ok(LinkOutcome::Created)
}

/// What [`ensure`] would find and do.
pub fn inspect(root: &Path, target: &LinkTarget) -> Result<LinkOutcome> {
    let plan = Plan::new(root, target)?;
    let package_json = match claim(root, &plan.folder)? {
        Claim::Foreign => return Ok(LinkOutcome::Foreign),
        Claim::Ours(package_json) => package_json,
        Claim::Replaceable | Claim::Free => return Ok(LinkOutcome::Created),
    };
    let Found { right, wrong } = look(&plan)?;
    let whole = wrong.is_empty() && plan.entries.iter().all(|entry| right.contains(*entry));
    Ok(if whole && plan.is_described(package_json.as_deref()) { LinkOutcome::Unchanged } else { LinkOutcome::Mended })
}

/// Writes a link's package.json anew, for a caller who knows that all else of the link is right.
pub fn describe_again(root: &Path, target: &LinkTarget) -> Result<()> {
    Plan::new(root, target)?.write_over_package_json()
}

/// Fails on a symbolic link, which could lead anywhere.
const O_NOFOLLOW: i32 = rustix::fs::OFlags::NOFOLLOW.bits() as i32;

/// A target, checked and worked out.
struct Plan<'a> {
    modules: PathBuf,
    folder: PathBuf,
    entries: BTreeSet<&'a str>,
    /// What leads from the link's folder to the component's.
    way: String,
    package_json: String,
}

impl<'a> Plan<'a> {
    fn new(root: &Path, target: &'a LinkTarget) -> Result<Self> {
        check_relative_path(&target.root_dir).map_err(|reason| errors::bad_path(&target.root_dir, reason))?;
        let package = target.package.as_str();
        let up = "../".repeat(package.split('/').count() + 1);
        let ours = |entry: &&str| *entry != PACKAGE_JSON;
        let entries: BTreeSet<&str> = target.entries.iter().map(String::as_str).filter(ours).collect();
        if let Some(bad) = entries.iter().find(|entry| matches!(**entry, "" | "." | "..") || entry.contains('/')) {
            return Err(errors::bad_path(bad, "it is not an entry of a folder"));
        }
        Ok(Self {
            modules: root.join("node_modules"),
            folder: folder_of(root, package)?,
            entries,
            way: format!("{up}{}", target.root_dir),
            package_json: with_mark(&target.package_json, &target.root_dir)?,
        })
    }

    fn is_described(&self, package_json: Option<&[u8]>) -> bool {
        package_json.is_some_and(|text| text.trim_ascii_end() == self.package_json.trim_end().as_bytes())
    }

    fn destination(&self, entry: &str) -> PathBuf {
        PathBuf::from(format!("{}/{entry}", self.way))
    }

    // Two runs may make the same link at once: what the other has made already is as good.
    fn link(&self, entry: &str) -> Result<()> {
        let (at, destination) = (self.folder.join(entry), self.destination(entry));
        match symlink(&destination, &at) {
            Err(_) if fs::read_link(&at).is_ok_and(|leads_to| leads_to == destination) => Ok(()),
            done => done.with_context(|| format!("could not link {}", at.display())),
        }
    }

    /// In place, by one write, which a kill can't cut in two: a file and a rename for each of thousands of links would
    /// cost more than the tag that changed their versions. What the old text had more is filled with blanks.
    fn write_over_package_json(&self) -> Result<()> {
        let path = self.folder.join(PACKAGE_JSON);
        let opened = OpenOptions::new().write(true).custom_flags(O_NOFOLLOW).open(&path);
        match opened.and_then(|file| Ok((file.metadata()?, file))) {
            Ok((found, file)) if found.is_file() && found.nlink() == 1 => {
                let mut text = self.package_json.trim_end().to_owned();
                let filled = usize::try_from(found.len()).unwrap_or(0).saturating_sub(1);
                text.extend(std::iter::repeat_n(' ', filled.saturating_sub(text.len())));
                text.push('\n');
                file.write_all_at(text.as_bytes(), 0).with_context(|| format!("could not write {}", path.display()))
            }
            _ => self.write_package_json(),
        }
    }

    /// By a rename, so that whoever reads it sees all of it; and from outside of the link, so that a killed run
    /// leaves nothing in it.
    fn write_package_json(&self) -> Result<()> {
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary = self.modules.join(format!(".bit-tmp-{}-{number}", std::process::id()));
        let finished = self.folder.join(PACKAGE_JSON);
        fs::write(&temporary, &self.package_json)
            .and_then(|()| fs::rename(&temporary, &finished))
            .inspect_err(|_| drop(fs::remove_file(&temporary)))
            .with_context(|| format!("could not write {}", finished.display()))
    }
}

fn mend(plan: &Plan, package_json: Option<&[u8]>) -> Result<LinkOutcome> {
    let Found { right, wrong } = look(plan)?;
    let missing: Vec<&str> = plan.entries.iter().copied().filter(|entry| !right.contains(*entry)).collect();
    let described = plan.is_described(package_json);
    if wrong.is_empty() && missing.is_empty() && described {
        return Ok(LinkOutcome::Unchanged);
    }
    wrong.iter().try_for_each(|path| remove_if_there(path))?;
    missing.into_iter().try_for_each(|entry| plan.link(entry))?;
    if !described {
        plan.write_over_package_json()?;
    }
    Ok(LinkOutcome::Mended)
}

/// What a link's folder holds.
struct Found {
    right: BTreeSet<String>,
    wrong: Vec<PathBuf>,
}

/// Files and folders that somebody put into a link's folder are neither right nor wrong: they stay.
fn look(plan: &Plan) -> Result<Found> {
    let mut found = Found { right: BTreeSet::new(), wrong: Vec::new() };
    for path in children(&plan.folder)? {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let wanted = plan.entries.contains(name);
        match fs::read_link(&path) {
            Ok(leads_to) if wanted && leads_to == plan.destination(name) => drop(found.right.insert(name.to_owned())),
            Ok(_) => found.wrong.push(path),
            Err(_) if wanted => return Err(errors::link_obstructed(&path)),
            Err(_) => {}
        }
    }
    Ok(found)
}

/// Takes a link away if it is ours, and its owner's folder if that is empty then. Says whether it was ours.
/// Files that somebody put into it stay.
pub fn remove(root: &Path, package: &str) -> Result<bool> {
    let folder = folder_of(root, package)?;
    match claim(root, &folder)? {
        Claim::Free | Claim::Foreign => return Ok(false),
        Claim::Replaceable => remove_if_there(&folder)?,
        Claim::Ours(_) => {
            children(&folder)?.iter().filter(|path| path.is_symlink()).try_for_each(|path| remove_if_there(path))?;
            built::remove_from(&folder)?;
            remove_if_there(&folder.join(PACKAGE_JSON))?;
            remove_if_empty(&folder)?;
        }
    }
    // A package name has an owner, so the folder above is the owner's, not node_modules.
    folder.parent().map_or(Ok(()), remove_if_empty)?;
    Ok(true)
}

/// Every link of ours, sorted.
pub fn links(root: &Path) -> Result<Vec<Link>> {
    let mut links = Vec::new();
    let modules = root.join("node_modules");
    if lstat(&modules)?.is_none_or(|found| !found.is_dir()) {
        return Ok(links);
    }
    for owner in children(&modules)? {
        let Some(owner_name) = owner.file_name().and_then(|name| name.to_str()).filter(|name| name.starts_with('@'))
        else {
            continue;
        };
        if lstat(&owner)?.is_none_or(|found| !found.is_dir()) {
            continue;
        }
        for folder in children(&owner)? {
            let Some(name) = folder.file_name().and_then(|name| name.to_str()) else { continue };
            if let Claim::Ours(package_json) = claim(root, &folder)? {
                let root_dir = package_json.and_then(|bytes| mark_in(&bytes)).map(|mark| mark.root_dir);
                links.push(Link { package: format!("{owner_name}/{name}"), root_dir });
            }
        }
    }
    links.sort();
    Ok(links)
}

/// The links of ours that nobody wants any more, since their component is gone, renamed or moved.
pub fn stale(root: &Path, is_wanted: impl Fn(&Link) -> bool) -> Result<Vec<Link>> {
    Ok(links(root)?.into_iter().filter(|link| !is_wanted(link)).collect())
}

/// A cheap sign that a link is as it was: one lstat. `None` where there is no link's folder.
pub fn stamp(root: &Path, package: &PackageName) -> Option<LinkStamp> {
    let found = fs::symlink_metadata(root.join("node_modules").join(package.as_str())).ok()?;
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    found.is_dir().then(|| LinkStamp {
        mtime_ns: nanoseconds(found.mtime(), found.mtime_nsec()),
        ctime_ns: nanoseconds(found.ctime(), found.ctime_nsec()),
        ino: found.ino(),
    })
}

#[cfg(test)]
mod tests;
