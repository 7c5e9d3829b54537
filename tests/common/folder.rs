use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Invocation, Run, TestEnvironment};

/// Object names by ref name.
pub type Refs = BTreeMap<String, String>;

/// What [`Folder::components`] writes: names, each with its files.
type Components<'a> = &'a [(&'a str, &'a [(&'a str, &'a str)])];

/// A folder on a machine, where commands run and files are written. Paths are relative to it.
#[derive(Clone)]
pub struct Folder<'e> {
    env: &'e TestEnvironment,
    path: PathBuf,
}

impl<'e> Folder<'e> {
    pub(super) fn new(env: &'e TestEnvironment, path: PathBuf) -> Self {
        Self { env, path }
    }

    pub fn machine(&self) -> &'e TestEnvironment {
        self.env
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A folder inside, to run a command there.
    pub fn inside(&self, path: &str) -> Folder<'e> {
        Folder::new(self.env, self.path.join(path))
    }

    // Commands.

    pub fn bit<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.invocation().args(arguments).run()
    }

    /// A `bit` to which a test adds environment or input before it runs.
    pub fn invocation(&self) -> Invocation {
        self.env.invocation(TestEnvironment::binary(), &self.path)
    }

    /// What a person sees who types a command at a terminal, and then these keys. All of it is on stdout.
    pub fn at_a_terminal(&self, arguments: &str, keys: &str) -> Run {
        let line = format!("{} {arguments}", TestEnvironment::binary().display());
        let script = self.program("script").args(["--quiet", "--return", "--command", &line, "/dev/null"]);
        script.stdin(keys).run()
    }

    pub fn git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.program("git").args(arguments).run()
    }

    /// Git on the local scope of this workspace.
    pub fn scope_git<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.program("git").arg("--git-dir").arg(self.local_scope()).args(arguments).run()
    }

    pub fn node<A: AsRef<OsStr>>(&self, arguments: impl IntoIterator<Item = A>) -> Run {
        self.program("node").args(arguments).run()
    }

    pub fn program(&self, name: &str) -> Invocation {
        self.env.invocation(name, &self.path)
    }

    // Files.

    /// Write a file, and the folders above it.
    #[track_caller]
    pub fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().expect("a parent")).expect("the folders above");
        fs::write(&path, content).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Write a program.
    ///
    /// By another process: what this one has open for writing can't be run, and a fork of another test keeps it open.
    #[track_caller]
    pub fn write_program(&self, path: &str, script: &str) -> &Self {
        let source = format!("{path}.source");
        self.write(&source, format!("#!/bin/sh\n{script}\n"));
        self.program("install").args(["-m", "755", "--", &source, path]).run().success();
        self.remove(&source)
    }

    #[track_caller]
    pub fn append(&self, path: &str, content: &str) -> &Self {
        let before = self.read(path);
        self.write(path, before + content)
    }

    #[track_caller]
    pub fn read(&self, path: &str) -> String {
        String::from_utf8(self.read_bytes(path)).expect("text")
    }

    #[track_caller]
    pub fn read_bytes(&self, path: &str) -> Vec<u8> {
        let path = self.path.join(path);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub fn exists(&self, path: &str) -> bool {
        self.path.join(path).symlink_metadata().is_ok()
    }

    /// Remove a file or a folder with all in it.
    #[track_caller]
    pub fn remove(&self, path: &str) -> &Self {
        let path = self.path.join(path);
        let removed =
            if path.is_dir() && !path.is_symlink() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        self
    }

    /// Every file and link below (folders that are empty too), sorted, except what is below the named folders.
    pub fn listing(&self, except: &[&str]) -> Vec<String> {
        let mut found = Vec::new();
        list(&self.path, Path::new(""), except, &mut found);
        found.sort();
        found
    }

    // A workspace's ideas.

    /// A component's folder with its files, tracked.
    #[track_caller]
    pub fn component(&self, name: &str, files: &[(&str, &str)]) -> &Self {
        self.components(&[(name, files)])
    }

    #[track_caller]
    pub fn components(&self, components: Components<'_>) -> &Self {
        for (name, files) in components {
            for (path, content) in *files {
                self.write(&format!("{name}/{path}"), content);
            }
        }
        self.bit(std::iter::once("add").chain(components.iter().map(|(name, _)| *name))).success();
        self
    }

    /// The local scope of a workspace; a bare repository itself, so that its refs can be asked for too.
    pub fn local_scope(&self) -> PathBuf {
        if self.path.join("HEAD").is_file() && self.path.join("objects").is_dir() {
            return self.path.clone();
        }
        let in_git = self.path.join(".git");
        if in_git.is_dir() { in_git.join("bit") } else { self.path.join(".bit") }
    }

    /// Plain git finds nothing wrong with the local scope. Objects that no ref needs are no fault.
    #[track_caller]
    pub fn fsck(&self) -> &Self {
        let run = self.scope_git(["fsck", "--full", "--strict", "--no-dangling"]);
        let complaints = run.stderr.lines().filter(|line| !line.starts_with("notice: "));
        assert_eq!(complaints.count(), 0, "git fsck complains:\n{run}");
        assert_eq!((run.code, run.stdout.as_str()), (Some(0), ""), "git fsck complains:\n{run}");
        self
    }

    /// All refs of the local scope; none where there is no scope.
    #[track_caller]
    pub fn refs(&self) -> Refs {
        if !self.local_scope().join("HEAD").exists() {
            return Refs::new();
        }
        let run = self.scope_git(["for-each-ref", "--format=%(refname) %(objectname)"]);
        let lines = run.success().stdout.lines();
        lines
            .filter_map(|line| line.split_once(' '))
            .map(|(name, object)| (name.to_owned(), object.to_owned()))
            .collect()
    }

    /// The commit of a version in the local scope.
    #[track_caller]
    pub fn commit_of(&self, id: &str) -> String {
        self.scope_git(["rev-parse", "--verify", &format!("refs/tags/{id}^{{commit}}")]).line().to_owned()
    }

    /// The ids of every version tag in the local scope.
    #[track_caller]
    pub fn versions(&self) -> Vec<String> {
        self.refs().keys().filter_map(|name| name.strip_prefix("refs/tags/")).map(str::to_owned).collect()
    }
}

fn list(root: &Path, below: &Path, except: &[&str], found: &mut Vec<String>) {
    let mut is_empty = true;
    for entry in fs::read_dir(root.join(below)).expect("a folder") {
        let entry = entry.expect("an entry");
        let path = below.join(entry.file_name());
        is_empty = false;
        if except.iter().any(|skipped| path == Path::new(skipped)) {
            continue;
        }
        if entry.file_type().expect("its kind").is_dir() {
            list(root, &path, except, found);
        } else {
            found.push(path.to_string_lossy().into_owned());
        }
    }
    if is_empty && below != Path::new("") {
        found.push(format!("{}/", below.display()));
    }
}
