//! What a build made of a component, and what went wrong.

use crate::build::{Made, Tail};
use crate::git::{Oid, hash_blob};
use crate::model::{BuildRecord, ComponentId};
use crate::source::compile::Problem;
use crate::source::text;
use std::path::PathBuf;

/// A file that a build made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeFile {
    /// Below the component's folder.
    pub path: String,
    /// Whether it is a program.
    pub executable: bool,
    /// Its content, with LF where it is text.
    pub content: Vec<u8>,
    /// The content's id.
    pub blob: Oid,
}

impl From<Made> for MadeFile {
    fn from(Made { path, executable, content }: Made) -> Self {
        let content = text::normalize(content);
        Self { path, executable, blob: hash_blob(&content), content }
    }
}

impl From<MadeFile> for Made {
    fn from(MadeFile { path, executable, content, .. }: MadeFile) -> Self {
        Self { path, executable, content }
    }
}

/// What became of a component's build.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// The name of its environment.
    pub env: String,
    /// The tasks that ran or were remembered, in their order.
    pub tasks: Vec<TaskRun>,
    /// Outputs that are there: files and folders.
    pub artifacts: Vec<String>,
    /// Their files, sorted by path.
    pub files: Vec<MadeFile>,
    /// What could be better.
    pub warnings: Vec<Problem>,
    /// What failed.
    pub failures: Vec<TaskFailure>,
    /// It was not built, because a component that it needs could not be.
    pub waits_for: Option<ComponentId>,
    /// The capsules of its tasks, where they were kept.
    pub capsules: Vec<PathBuf>,
}

impl Built {
    /// What the manifest says of it.
    pub fn records(&self) -> Vec<BuildRecord> {
        self.tasks.iter().map(|run| BuildRecord { task: run.task.clone(), ok: run.ok }).collect()
    }

    /// Whether anything failed, or could not begin.
    pub fn is_broken(&self) -> bool {
        !self.failures.is_empty() || self.waits_for.is_some()
    }
}

/// A task that ran, or did not have to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRun {
    /// Its name.
    pub task: String,
    /// Whether it passed.
    pub ok: bool,
    /// Whether its result was remembered.
    pub remembered: bool,
}

/// A task that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFailure {
    /// Its name.
    pub task: String,
    /// Why.
    pub why: Why,
}

/// Why a task failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// Its command did.
    Command {
        /// The number with which it ended; none where a signal ended it.
        code: Option<i32>,
        /// The end of what it said.
        tail: Tail,
        /// Where all of it is.
        log: Option<PathBuf>,
    },
    /// Declarations are to come from the workspace's own TypeScript, and it has none.
    NoTypeScript,
    /// It passed, and did not make these of its outputs.
    Missing(Vec<String>),
    /// What it made can't be part of a version.
    Output(String),
    /// Files can't be compiled.
    Compile(Vec<Problem>),
}
