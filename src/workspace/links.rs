//! Links in node_modules, by which Node, TypeScript and bundlers find the workspace's own components.
//!
//! A link is a real folder, `node_modules/@owner/name.x`, with a generated package.json and a relative symbolic link
//! to each entry of the component's folder. The package.json bears a mark, and is written last and removed last:
//! whatever a killed run leaves behind is recognised as ours and mended by the next one.

use super::layout::check_relative_path;
use crate::errors;
use crate::model::PackageName;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::fs::{self, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, symlink};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The key in a link's package.json that no installed package has.
const MARK: &str = "_bitWorkspaceLink";
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
        Claim::Dangling => remove_file(&plan.folder)?,
        Claim::Free => {}
    }
    fs::create_dir_all(&plan.folder).with_context(|| format!("could not make {}", plan.folder.display()))?;
    plan.entries.iter().try_for_each(|entry| plan.link(entry))?;
    plan.write_package_json()?;
    Ok(LinkOutcome::Created)
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
    let described = package_json.is_some_and(|text| text.trim_ascii_end() == plan.package_json.trim_end().as_bytes());
    if wrong.is_empty() && missing.is_empty() && described {
        return Ok(LinkOutcome::Unchanged);
    }
    wrong.iter().try_for_each(|path| remove_file(path))?;
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

/// What may be done at a link's place.
enum Claim {
    /// Nothing is there.
    Free,
    /// Our link, with its package.json if it got that far.
    Ours(Option<Vec<u8>>),
    /// A symbolic link to a folder that the workspace had.
    Dangling,
    /// Anything else.
    Foreign,
}

fn claim(root: &Path, folder: &Path) -> Result<Claim> {
    let Some(found) = lstat(folder)? else { return Ok(Claim::Free) };
    if found.is_symlink() {
        let ours = !folder.exists() && leads_into(root, folder);
        return Ok(if ours { Claim::Dangling } else { Claim::Foreign });
    }
    if !found.is_dir() {
        return Ok(Claim::Foreign);
    }
    if let Some(package_json) = marked_package_json(folder) {
        return Ok(Claim::Ours(Some(package_json)));
    }
    if is_unfinished(root, folder)? {
        return Ok(Claim::Ours(None));
    }
    // Another run may have finished it between the two looks.
    Ok(marked_package_json(folder).map_or(Claim::Foreign, |package_json| Claim::Ours(Some(package_json))))
}

fn marked_package_json(folder: &Path) -> Option<Vec<u8>> {
    fs::read(folder.join(PACKAGE_JSON)).ok().filter(|bytes| is_marked(bytes))
}

/// A folder that holds nothing but links into the workspace is one that a killed run left.
fn is_unfinished(root: &Path, folder: &Path) -> Result<bool> {
    Ok(children(folder)?.iter().all(|path| leads_into(root, path)))
}

/// Whether a symbolic link leads to a place in the workspace that is not a package manager's. As text: it may dangle.
fn leads_into(root: &Path, link: &Path) -> bool {
    let Ok(leads_to) = fs::read_link(link) else { return false };
    let mut place = link.parent().unwrap_or(root).to_owned();
    for part in leads_to.components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::CurDir => {}
            part => place.push(part),
        }
    }
    place.strip_prefix(root).is_ok_and(|inside| !inside.starts_with("node_modules"))
}

/// Takes a link away if it is ours, and its owner's folder if that is empty then. Says whether it was ours.
/// Files that somebody put into it stay.
pub fn remove(root: &Path, package: &str) -> Result<bool> {
    let folder = folder_of(root, package)?;
    match claim(root, &folder)? {
        Claim::Free | Claim::Foreign => return Ok(false),
        Claim::Dangling => remove_file(&folder)?,
        Claim::Ours(_) => {
            children(&folder)?.iter().filter(|path| path.is_symlink()).try_for_each(|path| remove_file(path))?;
            remove_file(&folder.join(PACKAGE_JSON))?;
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

/// Whether yarn's Plug'n'Play resolves imports here, which never looks into node_modules.
pub fn pnp_in_force(root: &Path) -> bool {
    let configured =
        || fs::read_to_string(root.join(".yarnrc.yml")).is_ok_and(|text| node_linker(&text) == Some("pnp"));
    root.join(".pnp.cjs").exists() || root.join(".pnp.js").exists() || configured()
}

/// The value of nodeLinker in yarn's settings.
fn node_linker(yaml: &str) -> Option<&str> {
    yaml.lines().rev().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        let value = value.split_once(" #").map_or(value, |(value, _)| value).trim();
        (unquoted(key.trim_end()) == "nodeLinker").then(|| unquoted(value))
    })
}

fn unquoted(text: &str) -> &str {
    let inside = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inside('"').or_else(|| inside('\'')).unwrap_or(text)
}

// ---- the mark ----

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Mark {
    root_dir: String,
}

fn mark_in(package_json: &[u8]) -> Option<Mark> {
    #[derive(Deserialize)]
    struct Marked {
        #[serde(rename = "_bitWorkspaceLink")]
        mark: Mark,
    }
    serde_json::from_slice::<Marked>(package_json).ok().map(|marked| marked.mark)
}

/// Whether a package.json is that of a link rather than of an installed package.
pub(super) fn is_marked(package_json: &[u8]) -> bool {
    mark_in(package_json).is_some()
}

/// Adds the mark as the last key; as text, so that the order of the others stays.
fn with_mark(package_json: &str, root_dir: &str) -> Result<String> {
    let inside = package_json.trim().strip_suffix('}').context("a package.json must be an object")?.trim_end();
    let comma = if inside.ends_with('{') { "" } else { "," };
    Ok(format!("{inside}{comma}\n  \"{MARK}\": {{\"rootDir\": {}}}\n}}\n", serde_json::to_string(root_dir)?))
}

// ---- files ----

/// Where a package's link is. The folders above it must be real ones: through a symbolic link we would write elsewhere.
fn folder_of(root: &Path, package: &str) -> Result<PathBuf> {
    let plain = |part: &str| check_relative_path(part).is_ok() && !part.contains('/');
    let (owner, _) = package
        .split_once('/')
        .filter(|(owner, name)| owner.strip_prefix('@').is_some_and(plain) && plain(name))
        .ok_or_else(|| errors::bad_path(package, "it is not the package name of a component"))?;
    let modules = root.join("node_modules");
    for folder in [modules.join(owner), modules.clone()] {
        if lstat(&folder)?.is_some_and(|found| !found.is_dir()) {
            return Err(errors::not_a_real_folder(&folder));
        }
    }
    Ok(modules.join(package))
}

fn lstat(path: &Path) -> Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not look at {}", path.display())),
    }
}

fn children(folder: &Path) -> Result<Vec<PathBuf>> {
    let list = || -> io::Result<Vec<PathBuf>> { fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect() };
    list().with_context(|| format!("could not read {}", folder.display()))
}

fn remove_file(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("could not remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

fn remove_if_empty(folder: &Path) -> Result<()> {
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
            Err(error).with_context(|| format!("could not remove {}", folder.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ComponentId;

    struct Workspace {
        _dir: tempfile::TempDir,
        root: PathBuf,
    }

    fn workspace() -> Workspace {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap().join("w");
        fs::create_dir_all(root.join("src/c1/lib")).unwrap();
        for file in ["index.ts", "a b.ts", "lib/x.ts"] {
            fs::write(root.join("src/c1").join(file), file).unwrap();
        }
        Workspace { _dir: dir, root }
    }

    fn target(id: &str, root_dir: &str, entries: &[&str]) -> LinkTarget {
        let package = PackageName::of(&id.parse::<ComponentId>().unwrap());
        LinkTarget {
            package_json: format!("{{\n  \"name\": \"{package}\",\n  \"main\": \"index.ts\"\n}}\n"),
            package,
            root_dir: root_dir.into(),
            entries: entries.iter().map(|&entry| entry.into()).collect(),
        }
    }

    fn c1() -> LinkTarget {
        target("my-org.ui/c1", "src/c1", &["index.ts", "a b.ts", "lib"])
    }

    impl Workspace {
        fn ensure(&self, target: &LinkTarget) -> LinkOutcome {
            ensure(&self.root, target).unwrap()
        }

        fn link(&self) -> PathBuf {
            self.root.join("node_modules/@my-org/ui.c1")
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    #[test]
    fn a_link_leads_to_the_components_entries() {
        let w = workspace();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Created);
        let stamp_before = stamp(&w.root, &c1().package).unwrap();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged);
        assert_eq!(stamp(&w.root, &c1().package), Some(stamp_before));
        assert_eq!(fs::read_link(w.link().join("a b.ts")).unwrap(), Path::new("../../../src/c1/a b.ts"));
        assert_eq!(fs::read_to_string(w.link().join("lib/x.ts")).unwrap(), "lib/x.ts");
        let package_json = fs::read_to_string(w.link().join("package.json")).unwrap();
        let expected = "{\n  \"name\": \"@my-org/ui.c1\",\n  \"main\": \"index.ts\",\n  \"_bitWorkspaceLink\": {\"rootDir\": \"src/c1\"}\n}\n";
        assert_eq!(package_json, expected);
        assert_eq!(children(&w.link()).unwrap().len(), 4);
        let link = Link { package: "@my-org/ui.c1".into(), root_dir: Some("src/c1".into()) };
        assert_eq!(links(&w.root).unwrap(), [link]);
    }

    #[test]
    fn whatever_is_wrong_with_ours_is_mended() {
        let w = workspace();
        w.ensure(&c1());
        let breakages: [(&str, &dyn Fn()); 5] = [
            ("a link is gone", &|| fs::remove_file(w.link().join("lib")).unwrap()),
            ("a link leads elsewhere", &|| {
                fs::remove_file(w.link().join("lib")).unwrap();
                symlink("../../../src/c2/lib", w.link().join("lib")).unwrap();
            }),
            ("a link too many", &|| symlink("../../../src/c1/old.ts", w.link().join("old.ts")).unwrap()),
            ("killed before package.json", &|| fs::remove_file(w.link().join("package.json")).unwrap()),
            ("another package.json", &|| {
                fs::write(w.link().join("package.json"), with_mark("{}", "old").unwrap()).unwrap()
            }),
        ];
        for (what, break_it) in breakages {
            break_it();
            assert_eq!(w.ensure(&c1()), LinkOutcome::Mended, "{what}");
            assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged, "{what}");
            assert_eq!(children(&w.link()).unwrap().len(), 4, "{what}");
        }
        assert_eq!(w.ensure(&target("my-org.ui/c1", "src/moved", &["index.ts"])), LinkOutcome::Mended);
        assert_eq!(fs::read_link(w.link().join("index.ts")).unwrap(), Path::new("../../../src/moved/index.ts"));
        assert!(fs::symlink_metadata(w.link().join("lib")).is_err());
    }

    #[test]
    fn a_settled_stamp_notices_every_change() {
        let w = workspace();
        w.ensure(&c1());
        let fresh = stamp(&w.root, &c1().package).unwrap();
        assert!(!fresh.is_settled(UNIX_EPOCH + Duration::from_nanos(fresh.ctime_ns as u64)));
        assert!(!LinkStamp { ctime_ns: 5_000_000_000, ..fresh }.is_settled(UNIX_EPOCH + Duration::from_secs(6)));
        let changes: [&dyn Fn(); 3] = [
            &|| fs::remove_file(w.link().join("lib")).unwrap(),
            &|| assert_eq!(w.ensure(&c1()), LinkOutcome::Mended),
            &|| assert!(fs::rename(w.link(), w.root.join("old")).is_ok() && w.ensure(&c1()) == LinkOutcome::Created),
        ];
        for change in changes {
            let settled = loop {
                let (now, found) = (SystemTime::now(), stamp(&w.root, &c1().package).unwrap());
                if found.is_settled(now) {
                    break found;
                }
                std::thread::sleep(Duration::from_millis(10));
            };
            change();
            assert_ne!(stamp(&w.root, &c1().package), Some(settled));
        }
    }

    #[test]
    fn what_is_not_ours_is_left_alone() {
        let w = workspace();
        let installed = "{\"name\": \"@my-org/ui.c1\", \"version\": \"1.0.0\"}";
        w.write("node_modules/@my-org/ui.c1/package.json", installed);
        assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign);
        assert!(!remove(&w.root, "@my-org/ui.c1").unwrap());
        assert_eq!(fs::read_to_string(w.link().join("package.json")).unwrap(), installed);
        assert_eq!(children(&w.link()).unwrap().len(), 1);

        fs::remove_file(w.link().join("package.json")).unwrap();
        fs::write(w.link().join("mine.txt"), "").unwrap();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "a folder with somebody's file");
        fs::remove_dir_all(w.link()).unwrap();
        fs::write(w.link(), "").unwrap();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "a file");
        assert_eq!(links(&w.root).unwrap(), []);
    }

    #[test]
    fn a_symbolic_link_is_replaced_only_where_it_leads_nowhere_in_the_workspace() {
        let w = workspace();
        fs::create_dir_all(w.link().parent().unwrap()).unwrap();
        let elsewhere = w.root.parent().unwrap().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        for foreign in
            ["../../src/c1", elsewhere.to_str().unwrap(), "../.pnpm/gone", "/nowhere/at/all", "../../../gone"]
        {
            symlink(foreign, w.link()).unwrap();
            assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "{foreign}");
            fs::remove_file(w.link()).unwrap();
        }
        symlink("../../src/gone", w.link()).unwrap();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Created);
        assert_eq!(children(&elsewhere).unwrap().len(), 0);
    }

    #[test]
    fn nothing_is_written_through_a_symbolic_link() {
        let w = workspace();
        let elsewhere = w.root.parent().unwrap().join("elsewhere");
        fs::create_dir(&elsewhere).unwrap();
        for place in ["node_modules/@my-org", "node_modules"] {
            let _ = fs::remove_dir_all(w.root.join("node_modules"));
            fs::create_dir_all(w.root.join(place).parent().unwrap()).unwrap();
            symlink(&elsewhere, w.root.join(place)).unwrap();
            let error = ensure(&w.root, &c1()).unwrap_err().to_string();
            assert!(error.contains(&format!("{place} is not a real folder")), "{error}");
            assert!(remove(&w.root, "@my-org/ui.c1").is_err());
            assert_eq!(links(&w.root).unwrap(), []);
            assert_eq!(children(&elsewhere).unwrap().len(), 0);
            fs::remove_file(w.root.join(place)).unwrap();
        }
    }

    #[test]
    fn hostile_targets_are_refused() {
        let w = workspace();
        for root_dir in ["../outside", "/etc", "", ".git/hooks"] {
            assert!(ensure(&w.root, &target("my-org.ui/c1", root_dir, &["x"])).is_err(), "{root_dir}");
        }
        for entry in ["..", "a/b", "", "../x"] {
            assert!(ensure(&w.root, &target("my-org.ui/c1", "src/c1", &[entry])).is_err(), "{entry}");
        }
        for package in ["../x", "@a/..", "@a/b/c", "lodash", "@/x", "@../x", "@a/.git"] {
            assert!(remove(&w.root, package).is_err(), "{package}");
        }
        assert!(!w.root.join("node_modules").exists());
    }

    #[test]
    fn somebodys_files_in_a_link_are_kept() {
        let w = workspace();
        w.ensure(&c1());
        w.write("node_modules/@my-org/ui.c1/notes.md", "mine");
        w.write("node_modules/@my-org/ui.c1/node_modules/x/index.js", "installed");
        assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged);
        fs::remove_file(w.link().join("index.ts")).unwrap();
        fs::write(w.link().join("index.ts"), "mine").unwrap();
        let error = ensure(&w.root, &c1()).unwrap_err().to_string();
        assert!(error.contains("ui.c1/index.ts is not a link of bit's"), "{error}");
        assert!(remove(&w.root, "@my-org/ui.c1").unwrap());
        let mut left: Vec<_> =
            children(&w.link()).unwrap().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        left.sort();
        assert_eq!(left, ["index.ts", "node_modules", "notes.md"]);
        assert!(w.root.join("src/c1/index.ts").exists());
    }

    #[test]
    fn links_go_with_their_component_and_the_owners_folder_with_the_last() {
        let w = workspace();
        let c2 = target("my-org.ui/c2", "src/c2", &["index.ts"]);
        w.ensure(&c1());
        w.ensure(&c2);
        w.write("node_modules/lodash/package.json", "{}");
        w.write("node_modules/@other/x/package.json", "{}");
        let gone = stale(&w.root, |link| link.package == c2.package.as_str()).unwrap();
        assert_eq!(gone.iter().map(|link| link.package.as_str()).collect::<Vec<_>>(), ["@my-org/ui.c1"]);
        assert!(remove(&w.root, &gone[0].package).unwrap() && !remove(&w.root, &gone[0].package).unwrap());
        assert!(w.root.join("node_modules/@my-org").exists());
        assert!(remove(&w.root, c2.package.as_str()).unwrap());
        assert!(!w.root.join("node_modules/@my-org").exists() && w.root.join("node_modules/lodash").exists());
        assert_eq!(stamp(&w.root, &c2.package), None);
        fs::create_dir_all(w.link()).unwrap();
        let unfinished = Link { package: "@my-org/ui.c1".into(), root_dir: None };
        assert_eq!(stale(&w.root, |_| false).unwrap(), [unfinished]);
    }

    #[test]
    fn what_a_killed_run_leaves_is_mended() {
        let w = workspace();
        for made in 0..=3 {
            fs::create_dir_all(w.link()).unwrap();
            for entry in &c1().entries[..made] {
                symlink(format!("../../../src/c1/{entry}"), w.link().join(entry)).unwrap();
            }
            assert_eq!(links(&w.root).unwrap().len(), 1, "killed after {made} links");
            assert_eq!(w.ensure(&c1()), LinkOutcome::Mended, "killed after {made} links");
            for entry in &c1().entries[..made] {
                fs::remove_file(w.link().join(entry)).unwrap();
            }
            assert_eq!(w.ensure(&c1()), if made == 0 { LinkOutcome::Unchanged } else { LinkOutcome::Mended });
            assert!(remove(&w.root, "@my-org/ui.c1").unwrap());
        }
    }

    #[test]
    fn two_runs_may_make_the_same_links() {
        let w = workspace();
        let targets: Vec<_> =
            (0..100).map(|at| target(&format!("s.x/c{at}"), "src/c1", &["index.ts", "lib"])).collect();
        std::thread::scope(|scope| {
            let make_all = || targets.iter().filter(|target| w.ensure(target) != LinkOutcome::Foreign).count();
            let runs = [(); 3].map(|()| scope.spawn(make_all));
            runs.into_iter().for_each(|run| assert_eq!(run.join().unwrap(), 100));
        });
        assert!(targets.iter().all(|target| w.ensure(target) == LinkOutcome::Unchanged));
        assert_eq!(children(&w.root.join("node_modules")).unwrap().len(), 1, "nothing but the owner's folder");
    }

    #[test]
    fn a_scope_without_an_owner_has_links_too() {
        let w = workspace();
        assert_eq!(w.ensure(&target("scope/bar/foo", "src/c1", &["index.ts"])), LinkOutcome::Created);
        assert_eq!(fs::read_to_string(w.root.join("node_modules/@scope/bar.foo/index.ts")).unwrap(), "index.ts");
    }

    #[test]
    fn plug_n_play_is_noticed() {
        let w = workspace();
        assert!(!pnp_in_force(&w.root));
        for (text, expected) in [
            ("nodeLinker: pnp\n", true),
            ("a: 1\n\"nodeLinker\" : 'pnp'   # why\n", true),
            ("nodeLinker: node-modules\n", false),
            ("# nodeLinker: pnp\n", false),
            ("  nodeLinker: pnp\n", false),
            ("nodeLinker: \"pnpm\"\n", false),
            ("nodeLinker: node-modules # not pnp\n", false),
            ("nodeLinker: pnp\r\n", true),
        ] {
            w.write(".yarnrc.yml", text);
            assert_eq!(pnp_in_force(&w.root), expected, "{text:?}");
        }
        w.write(".pnp.cjs", "");
        assert!(pnp_in_force(&w.root));
    }

    #[test]
    fn a_new_version_is_written_over_the_old_one() {
        let w = workspace();
        w.ensure(&c1());
        let versions = |version: &str| LinkTarget {
            package_json: format!("{{\n  \"name\": \"x\",\n  \"version\": \"{version}\"\n}}\n"),
            ..c1()
        };
        for version in ["0.0.1", "10.200.3000-beta.1", "0.0.2"] {
            describe_again(&w.root, &versions(version)).unwrap();
            let text = fs::read_to_string(w.link().join("package.json")).unwrap();
            assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["version"], version);
            assert_eq!(w.ensure(&versions(version)), LinkOutcome::Unchanged);
        }
        let elsewhere = w.root.join("mine.json");
        fs::write(&elsewhere, "mine").unwrap();
        fs::remove_file(w.link().join("package.json")).unwrap();
        symlink(&elsewhere, w.link().join("package.json")).unwrap();
        describe_again(&w.root, &versions("0.0.3")).unwrap();
        assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
    }
}
