use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use super::{Folder, Invocation, find_program};

/// Where the fixed clock stands at first: 2001-02-03 04:05:06 UTC.
const START_OF_TIME: u64 = 981_173_106;

/// The scope of a workspace that a test asks for without more words.
pub const DEFAULT_SCOPE: &str = "my-org.ui";

/// One machine with one user: a root folder, a home, an identity and a clock. Several may exist side by side.
///
/// Nothing of the machine that runs the tests is seen: the environment is cleared, git has no configuration.
pub struct TestEnvironment {
    root: TempDir,
    clock: Cell<u64>,
    user: (String, String),
    /// Why its scopes are not looked at in the end.
    is_damaged: Cell<Option<&'static str>>,
}

impl TestEnvironment {
    pub fn new() -> Self {
        Self::of("Ada Tester", "ada@example.com")
    }

    /// A machine whose user has another identity.
    pub fn of(name: &str, email: &str) -> Self {
        Self::on(&std::env::temp_dir(), name, email)
    }

    /// A machine whose disk is memory, where this one has such a place: for thousands of files.
    pub fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        let place = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
        Self::on(&place, "Ada Tester", "ada@example.com")
    }

    fn on(place: &Path, name: &str, email: &str) -> Self {
        let root = tempfile::Builder::new().prefix("bit-test-").tempdir_in(place).expect("a temporary folder");
        for folder in ["home", "tmp", "home/config", "home/cache", "home/data", "home/state"] {
            std::fs::create_dir(root.path().join(folder)).expect("a folder of the machine");
        }
        Self {
            root,
            clock: Cell::new(START_OF_TIME),
            user: (name.to_owned(), email.to_owned()),
            is_damaged: Cell::default(),
        }
    }

    pub fn root(&self) -> PathBuf {
        // The temporary folder of macOS is behind a symbolic link, and programs report real paths.
        self.root.path().canonicalize().expect("the root of the machine")
    }

    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// A folder of this machine, made if it is not there.
    pub fn folder(&self, name: &str) -> Folder<'_> {
        let path = self.root().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Folder::new(self, path)
    }

    /// An empty git repository.
    pub fn git_folder(&self, name: &str) -> Folder<'_> {
        let folder = self.folder(name);
        folder.git(["init", "--quiet", "--initial-branch=main", "--template="]).success();
        folder
    }

    /// A workspace outside git: its local scope is `.bit`.
    pub fn workspace(&self) -> Folder<'_> {
        self.workspace_at("workspace", DEFAULT_SCOPE)
    }

    pub fn workspace_at(&self, name: &str, scope: &str) -> Folder<'_> {
        let folder = self.folder(name);
        folder.bit(["init", "--default-scope", scope]).success();
        folder
    }

    /// A workspace in the root of a git repository: its local scope is `.git/bit`.
    pub fn git_workspace(&self) -> Folder<'_> {
        self.git_workspace_at("workspace", DEFAULT_SCOPE)
    }

    pub fn git_workspace_at(&self, name: &str, scope: &str) -> Folder<'_> {
        let folder = self.git_folder(name);
        folder.bit(["init", "--default-scope", scope]).success();
        folder
    }

    /// Let time pass: what is committed from now on is later by this many seconds.
    pub fn later(&self, seconds: u64) {
        self.clock.set(self.clock.get() + seconds);
    }

    /// The test damages a scope on purpose and leaves it so: then nobody asks git about scopes in the end.
    pub fn is_left_damaged(&self, why: &'static str) -> &Self {
        self.is_damaged.set(Some(why));
        self
    }

    /// The `bit` under test.
    pub fn binary() -> &'static Path {
        Path::new(env!("CARGO_BIN_EXE_bit"))
    }

    /// Set something in the user's own git configuration; before that there is none.
    pub fn git_config(&self, key: &str, value: &str) -> &Self {
        let file = self.home().join("gitconfig");
        std::fs::OpenOptions::new().append(true).create(true).open(&file).expect("the user's git configuration");
        self.folder("home").git(["config", "--global", "--replace-all", key, value]).success();
        self
    }

    /// A program of the user's own, found before the machine's.
    pub fn program_of_user(&self, name: &str, script: &str) -> &Self {
        self.folder("home/bin").write_program(name, script);
        self
    }

    /// A program with this machine's environment and nothing else.
    pub fn invocation(&self, program: impl AsRef<OsStr>, folder: &Path) -> Invocation {
        Invocation::new(self.command(program, folder), self.root())
    }

    fn path(&self) -> OsString {
        let machine = std::env::var_os("PATH").unwrap_or_default();
        let own = Some(self.home().join("bin")).filter(|bin| bin.exists());
        std::env::join_paths(own.into_iter().chain(std::env::split_paths(&machine))).expect("a PATH")
    }

    pub(super) fn command(&self, program: impl AsRef<OsStr>, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder).env_clear().env("PATH", self.path());
        for kept in ["LD_LIBRARY_PATH", "LLVM_PROFILE_FILE"] {
            if let Some(value) = std::env::var_os(kept) {
                command.env(kept, value);
            }
        }
        let (root, home) = (self.root(), self.home());
        let git_config = Some(home.join("gitconfig")).filter(|file| file.exists());
        let now = format!("{} +0000", self.clock.get());
        command
            .env("HOME", &home)
            .env("TMPDIR", root.join("tmp"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", git_config.unwrap_or_else(|| "/dev/null".into()))
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_AUTHOR_NAME", &self.user.0)
            .env("GIT_AUTHOR_EMAIL", &self.user.1)
            .env("GIT_AUTHOR_DATE", &now)
            .env("GIT_COMMITTER_NAME", &self.user.0)
            .env("GIT_COMMITTER_EMAIL", &self.user.1)
            .env("GIT_COMMITTER_DATE", &now)
            .env("TZ", "UTC")
            .env("LC_ALL", "C");
        command
    }
}

/// After every test plain git finds nothing wrong with any scope of its machine.
impl Drop for TestEnvironment {
    fn drop(&mut self) {
        if std::thread::panicking() || self.is_damaged.get().is_some() {
            return;
        }
        let git = find_program("git").expect("git");
        for scope in scopes_below(self.root.path()) {
            let mut fsck = self.command(&git, &scope);
            // The machine's user may have settings, and the repository another owner.
            fsck.env("GIT_CONFIG_GLOBAL", "/dev/null").args(["-c", "safe.directory=*", "--git-dir=."]);
            let output = fsck.args(["fsck", "--full", "--strict", "--no-dangling"]).output().expect("git fsck");
            let said =
                [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
            assert!(output.status.success(), "after the test git fsck complains of {}:\n{said}", scope.display());
        }
    }
}

/// The bare repositories in a folder that have refs, a host's and a workspace's.
fn scopes_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        if folder.join("HEAD").is_file() && folder.join("objects").is_dir() && folder.join("refs").is_dir() {
            if has_refs(&folder) {
                found.push(folder.clone());
            }
            // A local scope is in the repository of its team.
            folders.extend(Some(folder.join("bit")).filter(|local| local.is_dir()));
            continue;
        }
        // What can't be read is nobody's scope.
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let is_folder = |entry: &std::fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
        let inside = entries.filter(is_folder).map(|entry| entry.path());
        folders.extend(inside.filter(|path| !path.ends_with("node_modules") && !path.ends_with("tmp")));
    }
    found
}

fn has_refs(scope: &Path) -> bool {
    let is_packed = std::fs::metadata(scope.join("packed-refs")).is_ok_and(|file| file.len() > 0);
    let mut folders = vec![scope.join("refs")];
    while !is_packed && let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                true => folders.push(entry.path()),
                false => return true,
            }
        }
    }
    is_packed
}
