//! A repository: its objects, read one at a time.

use super::loose::LooseObjects;
use super::pack::RawObject;
use super::{FileMode, Oid, refs};
use crate::errors;
use anyhow::{Context, Result};
use git2::{ErrorClass, ErrorCode, ObjectType, OdbLookupFlags};
use sha1::{Digest, Sha1};
use std::path::{Path, PathBuf};
use std::sync::Once;

/// What an object is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file's content.
    Blob,
    /// A folder.
    Tree,
    /// A commit.
    Commit,
    /// An annotated tag.
    Tag,
}

impl Kind {
    pub(super) fn to_git2(self) -> ObjectType {
        match self {
            Self::Blob => ObjectType::Blob,
            Self::Tree => ObjectType::Tree,
            Self::Commit => ObjectType::Commit,
            Self::Tag => ObjectType::Tag,
        }
    }

    /// The id of an object of this kind.
    ///
    /// libgit2's way looks for attacks on SHA-1 as it goes, at several times the cost. Whoever receives objects has to
    /// look for them, and does: every pack from or to a host goes through git.
    pub(super) fn hash(self, bytes: &[u8]) -> Oid {
        let mut sha1 = Sha1::new();
        sha1.update(format!("{} {}\0", self.to_git2().str(), bytes.len()));
        sha1.update(bytes);
        // Twenty bytes are always an id.
        Oid::from_bytes(&sha1.finalize()).expect("twenty bytes are a sha1 id")
    }

    pub(super) fn pack_type(self) -> u8 {
        match self {
            Self::Commit => 1,
            Self::Tree => 2,
            Self::Blob => 3,
            Self::Tag => 4,
        }
    }
}

/// A file in a tree, with its path from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeFile {
    /// '/'-separated.
    pub path: String,
    /// Plain or executable.
    pub mode: FileMode,
    /// Its content.
    pub blob: Oid,
}

/// An entry of one tree, as it stands there: it may come from a stranger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Any bytes.
    pub name: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// What it names.
    pub oid: Oid,
}

/// What an entry of a tree is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A plain or an executable file.
    File(FileMode),
    /// A folder.
    Folder,
    /// A symbolic link.
    SymbolicLink,
    /// A commit of another repository.
    Submodule,
    /// Something that no git writes.
    Unknown,
}

impl EntryKind {
    fn of(mode: i32) -> Self {
        match mode {
            0o40000 => Self::Folder,
            0o120000 => Self::SymbolicLink,
            0o160000 => Self::Submodule,
            mode => FileMode::from_raw(mode).map_or(Self::Unknown, Self::File),
        }
    }
}

/// What a commit says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitInfo {
    /// Its root folder.
    pub tree: Oid,
    /// What it was made from.
    pub parents: Vec<Oid>,
    /// The whole message.
    pub message: String,
    /// Who made it.
    pub author_name: String,
    /// Their address.
    pub author_email: String,
    /// When, in seconds since 1970.
    pub time: i64,
    /// Their clock's offset from UTC, in minutes.
    pub offset_minutes: i32,
}

/// What an annotated tag says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagInfo {
    /// The name that its maker gave it.
    pub name: String,
    /// What it is on.
    pub target: Oid,
}

/// What `git init --bare` writes.
pub(super) const CONFIG: &str = "[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";

fn is_forbidden(path: &Path) -> bool {
    std::fs::File::open(path).is_err_and(|error| error.kind() == std::io::ErrorKind::PermissionDenied)
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
        Ok(entries.map(|(name, mode, oid)| TreeEntry { name, kind: EntryKind::of(mode), oid }).collect())
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

    /// The commit of the branch that HEAD names; `None` where that branch has none yet.
    pub fn head(&self) -> Result<Option<Oid>> {
        match self.inner.head().and_then(|head| head.peel_to_commit()) {
            Ok(commit) => Ok(Some(commit.id())),
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

    /// Whether a setting is made for it, by whomever.
    pub(super) fn has_setting(&self, key: &str) -> bool {
        self.inner.config().is_ok_and(|config| config.get_entry(key).is_ok())
    }

    /// An object as it is stored. Its id is worked out anew: content that is not what it says is no object.
    pub(super) fn raw(&self, oid: Oid, kind: Kind) -> Result<RawObject> {
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

    /// A value of the repository's own configuration.
    pub fn config_get(&self, key: &str) -> Result<Option<String>> {
        let config = self.inner.config()?.open_level(git2::ConfigLevel::Local)?;
        match config.get_string(key) {
            Ok(value) => Ok(Some(value)),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Sets a value of the repository's own configuration.
    pub fn config_set(&self, key: &str, value: &str, temporary_folder: &Path) -> Result<()> {
        self.edit_config(temporary_folder, |config| config.set_str(key, value))
    }

    /// Removes a value; says whether it was there.
    pub fn config_remove(&self, key: &str, temporary_folder: &Path) -> Result<bool> {
        self.edit_config(temporary_folder, |config| match config.remove(key) {
            Ok(()) => Ok(true),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
            Err(error) => Err(error),
        })
    }

    /// Changes a copy of the configuration and puts it in place whole: killed while it changes the file itself,
    /// libgit2 would leave a lock on which every later change fails.
    fn edit_config<T>(
        &self,
        temporary_folder: &Path,
        change: impl FnOnce(&mut git2::Config) -> Result<T, git2::Error>,
    ) -> Result<T> {
        let path = self.path.join("config");
        let edit = || -> Result<T> {
            let copy = crate::disk::temporary_file(temporary_folder)?;
            std::fs::write(copy.path(), std::fs::read(&path)?)?;
            let outcome = change(&mut git2::Config::open(copy.path())?)?;
            crate::disk::write_if_changed(&path, &std::fs::read(copy.path())?, temporary_folder)?;
            Ok(outcome)
        };
        edit().with_context(|| format!("could not change {}", path.display()))
    }

    /// All `remote.<name>.url` of the repository's own configuration, sorted by name.
    pub fn config_remotes(&self) -> Result<Vec<(String, String)>> {
        let config = self.inner.config()?.open_level(git2::ConfigLevel::Local)?;
        let mut remotes = Vec::new();
        let entries = config.entries(Some("^remote\\..*\\.url$"))?;
        entries.for_each(|entry| {
            if let (Ok(name), Ok(value)) = (entry.name(), entry.value())
                && let Some(name) = name.strip_prefix("remote.").and_then(|name| name.strip_suffix(".url"))
            {
                remotes.push((name.to_owned(), value.to_owned()));
            }
        })?;
        remotes.sort();
        Ok(remotes)
    }
}
