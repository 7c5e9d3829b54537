//! A repository: its objects, read one at a time.

mod config;
mod tags;

use super::loose::LooseObjects;
use super::object::{CommitInfo, EntryKind, Kind, TagInfo, TreeEntry, TreeFile};
use super::pack::RawObject;
use super::{FileMode, Oid, refs};
use crate::errors;
use anyhow::{Context, Result};
use git2::{ErrorClass, ErrorCode, ObjectType, OdbLookupFlags};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// What `git init --bare` writes.
pub(super) const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

fn is_forbidden(path: &Path) -> bool {
    std::fs::File::open(path).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
}

/// Whether libgit2 says that a repository is one that it does not read: other ids, or refs that are no files.
fn is_of_another_kind(reason: &str) -> bool {
    ["extensions.refstorage", "unknown object format"].iter().any(|sign| reason.contains(sign))
}

/// Objects are checked against their ids where they arrive, and by `git fsck`; git itself does not do it again at every
/// look, and neither do we: it is a quarter of the cost of reading. What rots is found by zlib's own checksums.
fn trust_the_disk() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| git2::opts::strict_hash_verification(false));
}

/// A bare repository on this machine.
pub struct Repo {
    inner: git2::Repository,
    path: PathBuf,
    loose: LooseObjects,
}

impl Repo {
    /// Opens the bare repository in this folder itself (it doesn't look further up).
    pub fn open(path: &Path) -> Result<Self> {
        trust_the_disk();
        let inner = git2::Repository::open_bare(path).map_err(|error| match error.class() {
            ErrorClass::Config => errors::bad_git_config(error.message()),
            _ if is_of_another_kind(error.message()) => errors::other_repository(path, error.message()),
            _ => errors::not_a_repository(path, error.message()),
        })?;
        Ok(Self { inner, path: path.to_owned(), loose: LooseObjects::default() })
    }

    /// Opens it together with folders of objects that it does not name: what a push has brought stands apart until it
    /// is taken.
    pub fn open_with(path: &Path, objects: &[PathBuf]) -> Result<Self> {
        let repo = Self::open(path)?;
        for folder in objects {
            let text = folder.to_str().with_context(|| format!("{} is not UTF-8 text", folder.display()))?;
            let added = repo.inner.odb().and_then(|odb| odb.add_disk_alternate(text));
            added.map_err(|error| errors::not_a_repository(folder, error.message()))?;
        }
        Ok(repo)
    }

    /// Whether there is a repository in this folder.
    pub fn exists(path: &Path) -> bool {
        path.join("HEAD").is_file() && path.join("objects").is_dir()
    }

    /// Whether a folder holds objects or refs that only lack the rest of a repository.
    pub fn has_remains(path: &Path) -> bool {
        let packs = || std::fs::read_dir(path.join("objects/pack")).is_ok_and(|mut packs| packs.next().is_some());
        path.join("objects").is_dir() && (path.join("packed-refs").is_file() || packs())
    }

    /// Whether a folder holds nothing but what [`Repo::init_bare`] makes before HEAD: it was stopped there.
    pub fn is_begun(path: &Path) -> bool {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let is_ours =
            |name: &String| ["objects", "refs", "config"].contains(&name.as_str()) || crate::disk::is_temporary(name);
        path.join("objects").is_dir() && names.iter().all(is_ours)
    }

    /// Makes a bare repository, or what is missing of one. Sha1 and files, whatever the user's git defaults are.
    ///
    /// Written by hand: `git init` and libgit2 leave locks behind when they are killed, and then refuse to go on.
    /// HEAD comes last, so that there is no repository until all of it is there.
    pub fn init_bare(path: &Path, temporary_folder: &Path) -> Result<Self> {
        for folder in ["objects/info", "objects/pack"].iter().chain(&refs::FOLDERS) {
            let folder = path.join(folder);
            std::fs::create_dir_all(&folder).with_context(|| format!("could not make {}", folder.display()))?;
        }
        for (name, content) in [("config", CONFIG), ("HEAD", refs::NEW_HEAD)] {
            let file = path.join(name);
            if !file.exists() {
                crate::disk::write_atomically(&file, content.as_bytes(), temporary_folder)?;
            }
        }
        Self::open(path)
    }

    /// Its folder.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether an object is here.
    pub fn has(&self, oid: Oid) -> Result<bool> {
        Ok(self.inner.odb()?.exists_ext(oid, OdbLookupFlags::NO_REFRESH))
    }

    /// Looks again at what objects there are: others may have written some since.
    pub fn refresh(&self) -> Result<()> {
        self.loose.forget();
        Ok(self.inner.odb()?.refresh()?)
    }

    /// What an object is.
    pub fn kind_of(&self, oid: Oid) -> Result<Kind> {
        self.check(oid)?;
        let (_, kind) = self.inner.odb()?.read_header(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(match kind {
            ObjectType::Blob => Kind::Blob,
            ObjectType::Tree => Kind::Tree,
            ObjectType::Commit => Kind::Commit,
            _ => Kind::Tag,
        })
    }

    /// The object that an annotated tag is on, through any number of tags.
    pub fn peel_tag(&self, oid: Oid) -> Result<Oid> {
        self.check(oid)?;
        let tag = self.inner.find_object(oid, None).map_err(|error| self.damaged(oid, &error))?;
        let target = tag.peel(ObjectType::Commit).map_err(|error| self.damaged(oid, &error))?;
        Ok(target.id())
    }

    /// What an annotated tag says.
    pub fn tag(&self, oid: Oid) -> Result<TagInfo> {
        self.check(oid)?;
        let tag = self.inner.find_tag(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(TagInfo { name: String::from_utf8_lossy(tag.name_bytes()).into_owned(), target: tag.target_id() })
    }

    /// A blob's bytes.
    pub fn blob(&self, oid: Oid) -> Result<Vec<u8>> {
        self.check(oid)?;
        let blob = self.inner.find_blob(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(blob.content().to_vec())
    }

    /// What a commit says.
    pub fn commit(&self, oid: Oid) -> Result<CommitInfo> {
        self.check(oid)?;
        let commit = self.inner.find_commit(oid).map_err(|error| self.damaged(oid, &error))?;
        let author = commit.author();
        Ok(CommitInfo {
            tree: commit.tree_id(),
            parents: commit.parent_ids().collect(),
            message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
            author_name: String::from_utf8_lossy(author.name_bytes()).into_owned(),
            author_email: String::from_utf8_lossy(author.email_bytes()).into_owned(),
            time: author.when().seconds(),
            offset_minutes: author.when().offset_minutes(),
        })
    }

    /// A commit byte for byte: header, empty line, message.
    pub fn commit_bytes(&self, oid: Oid) -> Result<Vec<u8>> {
        self.check(oid)?;
        let odb = self.inner.odb()?;
        let object = odb.read(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(object.data().to_vec())
    }

    /// The blob at a path of a tree.
    pub fn blob_at(&self, tree: Oid, path: &str) -> Result<Option<Vec<u8>>> {
        self.check(tree)?;
        let tree = self.inner.find_tree(tree).map_err(|error| self.damaged(tree, &error))?;
        match tree.get_path(Path::new(path)) {
            Ok(entry) if entry.kind() == Some(ObjectType::Blob) => self.blob(entry.id()).map(Some),
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(self.damaged(tree.id(), &error)),
        }
    }

    /// The folder of this name right in a tree.
    pub fn folder_at(&self, tree: Oid, name: &str) -> Result<Option<Oid>> {
        const FOLDER: i32 = 0o40000;
        let entries = self.tree_entries(tree)?;
        Ok(entries
            .into_iter()
            .find(|(found, mode, _)| found == name.as_bytes() && *mode == FOLDER)
            .map(|(.., oid)| oid))
    }

    /// Whether a file of this name right in a tree could be written without loss: there is none, or a plain one.
    pub fn is_plain_or_nothing(&self, tree: Oid, name: &str) -> Result<bool> {
        let entry = self.tree_entries(tree)?.into_iter().find(|(found, ..)| found == name.as_bytes());
        Ok(entry.is_none_or(|(_, mode, _)| FileMode::from_raw(mode).is_some()))
    }

    /// Whether there is anything of this name right in a tree.
    pub fn has_entry(&self, tree: Oid, name: &str) -> Result<bool> {
        Ok(self.tree_entries(tree)?.iter().any(|(found, ..)| found == name.as_bytes()))
    }

    /// The entries of one tree as git holds them: name, mode, id.
    pub(super) fn tree_entries(&self, oid: Oid) -> Result<Vec<(Vec<u8>, i32, Oid)>> {
        self.check(oid)?;
        let tree = self.inner.find_tree(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(tree.iter().map(|entry| (entry.name_bytes().to_vec(), entry.filemode_raw(), entry.id())).collect())
    }

    /// The entries of one tree.
    pub fn entries(&self, tree: Oid) -> Result<Vec<TreeEntry>> {
        let entries = self.tree_entries(tree)?.into_iter();
        Ok(entries.map(|(name, mode, oid)| TreeEntry { name, kind: EntryKind::of(mode), mode, oid }).collect())
    }

    /// How many bytes a blob has, without reading them.
    pub fn blob_size(&self, oid: Oid) -> Result<u64> {
        self.check(oid)?;
        let (size, _) = self.inner.odb()?.read_header(oid).map_err(|error| self.damaged(oid, &error))?;
        Ok(size as u64)
    }

    /// Every file of a tree, sorted by path.
    pub fn files(&self, tree: Oid) -> Result<Vec<TreeFile>> {
        let (mut files, mut folders) = (Vec::new(), 0);
        self.collect_files(tree, "", &mut files, &mut folders)?;
        files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// A few objects can name one another to a tree that has no end for any practical purpose. This only keeps whoever
    /// reads one from reading for ever; what may be written is judged in source/files/strangers.rs.
    fn refuse_endless(oid: Oid, prefix: &str, entries: usize) -> Result<()> {
        const DEEPEST: usize = 256;
        const MOST: usize = 1_000_000;
        let reason = match () {
            () if prefix.matches('/').count() > DEEPEST => format!("it has more than {DEEPEST} folders in one another"),
            () if entries > MOST => format!("it has more than {MOST} files and folders"),
            () => return Ok(()),
        };
        Err(errors::hostile_tree(&oid.to_string(), &reason))
    }

    fn collect_files(&self, oid: Oid, prefix: &str, files: &mut Vec<TreeFile>, folders: &mut usize) -> Result<()> {
        *folders += 1;
        Self::refuse_endless(oid, prefix, files.len() + *folders)?;
        self.check(oid)?;
        let tree = self.inner.find_tree(oid).map_err(|error| self.damaged(oid, &error))?;
        for entry in &tree {
            let name = entry.name().map_err(|_| errors::hostile_tree(&oid.to_string(), "a name is not UTF-8"))?;
            let path = format!("{prefix}{name}");
            match (entry.kind(), FileMode::from_raw(entry.filemode_raw())) {
                (Some(ObjectType::Tree), _) => self.collect_files(entry.id(), &format!("{path}/"), files, folders)?,
                (Some(ObjectType::Blob), Some(mode)) => files.push(TreeFile { path, mode, blob: entry.id() }),
                _ => {
                    return Err(errors::hostile_tree(
                        &oid.to_string(),
                        &format!("\"{path}\" is neither file nor folder"),
                    ));
                }
            }
        }
        Ok(())
    }

    fn check(&self, oid: Oid) -> Result<()> {
        let damaged = |error: std::io::Error| self.damaged_because(oid, &error.to_string());
        self.loose.check(&self.path, oid).map_err(damaged)
    }

    fn damaged(&self, oid: Oid, error: &git2::Error) -> anyhow::Error {
        self.damaged_because(oid, error.message())
    }

    /// libgit2 passes over what it may not read, and calls its objects missing.
    fn damaged_because(&self, oid: Oid, reason: &str) -> anyhow::Error {
        let hex = oid.to_string();
        let loose = self.path.join("objects").join(&hex[..2]).join(&hex[2..]);
        match self.packs().into_iter().chain([loose]).find(|path| is_forbidden(path)) {
            Some(path) => errors::unreadable_objects(&path),
            None => errors::damaged_object(&self.path, &hex, reason),
        }
    }

    /// The folder of packs, and the files in it.
    fn packs(&self) -> Vec<PathBuf> {
        let folder = self.path.join("objects/pack");
        let files = std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
        let files: Vec<PathBuf> = files.collect();
        [folder].into_iter().chain(files).collect()
    }

    /// The commit of the branch that HEAD names; `None` where that branch has none yet. A commit that is not there is
    /// damage.
    pub fn head(&self) -> Result<Option<Oid>> {
        match self.inner.head() {
            Ok(head) => match (head.peel_to_commit(), head.target()) {
                (Ok(commit), _) => Ok(Some(commit.id())),
                (Err(error), Some(target)) => Err(self.damaged(target, &error)),
                (Err(error), None) => Err(errors::not_a_repository(&self.path, error.message())),
            },
            Err(error) if matches!(error.code(), ErrorCode::UnbornBranch | ErrorCode::NotFound) => Ok(None),
            Err(error) => Err(errors::not_a_repository(&self.path, error.message())),
        }
    }

    /// The branch that HEAD names, whether it has a commit or not; `None` where it names none.
    pub fn head_name(&self) -> Result<Option<String>> {
        let head = self.inner.find_reference(refs::HEAD)?;
        Ok(head.symbolic_target()?.map(str::to_owned))
    }

    /// The branch that HEAD names, and its commit; `None` where that branch has none yet.
    pub fn head_branch(&self) -> Result<Option<(String, Oid)>> {
        let Some(commit) = self.head()? else { return Ok(None) };
        let head = self.inner.find_reference(refs::HEAD)?;
        Ok(head.symbolic_target()?.map(|branch| (branch.to_owned(), commit)))
    }

    /// The ref that another one only leads to, at the end; `None` where it stands for itself, or is not there.
    pub fn leads_to(&self, name: &str) -> Result<Option<String>> {
        // Git itself follows no longer way.
        const LONGEST: usize = 5;
        let mut end: Option<String> = None;
        for _ in 0..LONGEST {
            let Ok(found) = self.inner.find_reference(end.as_deref().unwrap_or(name)) else { break };
            let Some(target) = found.symbolic_target()? else { break };
            end = Some(target.to_owned());
        }
        Ok(end)
    }

    /// Lets HEAD name a branch. Only for a repository that was made this moment.
    pub fn begin_on(&self, branch: &str) -> Result<()> {
        crate::disk::write_atomically(&self.path.join(refs::HEAD), format!("ref: {branch}\n").as_bytes(), &self.path)
    }

    /// What one ref names.
    pub fn reference(&self, name: &str) -> Result<Option<Oid>> {
        match self.inner.find_reference(name) {
            Ok(found) => Ok(found.resolve()?.target()),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(errors::not_a_repository(&self.path, error.message())),
        }
    }

    /// An object as it is stored. Its id is worked out anew: content that is not what it says is no object.
    pub fn raw(&self, oid: Oid, kind: Kind) -> Result<RawObject> {
        self.check(oid)?;
        let odb = self.inner.odb()?;
        let object = odb.read(oid).map_err(|error| self.damaged(oid, &error))?;
        let raw = RawObject::new(kind, object.data().to_vec());
        match raw.oid == oid {
            true => Ok(raw),
            false => Err(self.damaged_because(oid, "its content is another one")),
        }
    }

    /// How many packs there are: a hint whether it is time to join them.
    pub fn pack_count(&self) -> usize {
        let packs = std::fs::read_dir(self.path.join("objects/pack")).into_iter().flatten().flatten();
        packs.filter(|entry| entry.path().extension().is_some_and(|extension| extension == "idx")).count()
    }
}
