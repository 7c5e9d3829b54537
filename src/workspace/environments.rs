//! Environments: what builds a component, as workspace.jsonc says it.
//!
//! Only this file of this workspace says which commands run. What the manifest of a version calls its environment is a
//! name: it is looked up nowhere.

mod reading;

use super::settings::{Fault, section_in, text_in};
use crate::model::nearest;
use globset::GlobSet;
use reading::environment;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The key under which a workspace describes environments.
const ENVS: &str = "bit.build/envs";
/// The key by which a workspace or a variant chooses one.
pub(super) const ENV: &str = "bit.build/env";
/// The environment of components for which nobody chose one.
pub const DEFAULT_ENV: &str = "node";
/// The environment that builds nothing.
const NO_ENV: &str = "none";
/// Where the built-in task writes.
const COMPILED: &str = "dist";

/// What builds a component.
#[derive(Debug, Clone)]
pub struct Environment {
    /// What it is called.
    pub name: String,
    /// In the order in which they run.
    pub tasks: Vec<Task>,
    /// Who makes the declarations (`.d.ts`) of what is compiled.
    pub declarations: Declarations,
    outputs: Vec<String>,
}

/// Who makes the declarations of what is compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Declarations {
    /// The built-in compiler, file by file.
    #[default]
    BuiltIn,
    /// The workspace's own TypeScript.
    Tsc,
}

/// A step of a build.
#[derive(Debug, Clone)]
pub struct Task {
    /// What it is called; once in its environment.
    pub name: String,
    /// What it does.
    pub work: TaskWork,
    /// Which files of the component its result depends on; all where there are none.
    pub inputs: Option<Globs>,
    /// Files and folders of the capsule that become part of the version.
    pub outputs: Vec<String>,
}

/// What a task does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskWork {
    /// bit compiles what has to be compiled.
    Compile,
    /// The workspace's own TypeScript writes the declarations of it.
    Declarations,
    /// A line for the shell.
    Command(String),
}

/// Patterns of paths.
#[derive(Debug, Clone)]
pub struct Globs {
    /// As they were written.
    pub patterns: Vec<String>,
    set: GlobSet,
}

impl Globs {
    /// Whether one of them matches.
    pub fn matches(&self, path: &str) -> bool {
        self.set.is_match(path)
    }
}

/// Whether a task tests, by its name: `test` or `test:<word>`.
pub fn is_test(task: &str) -> bool {
    task == "test" || task.starts_with("test:")
}

impl Task {
    /// Whether it tests.
    pub fn is_test(&self) -> bool {
        is_test(&self.name)
    }

    fn declarations() -> Self {
        Self { name: "declarations".into(), work: TaskWork::Declarations, ..Self::compile() }
    }

    fn compile() -> Self {
        Self { name: "compile".into(), work: TaskWork::Compile, inputs: None, outputs: vec![COMPILED.into()] }
    }
}

impl Environment {
    fn new(name: &str, mut tasks: Vec<Task>, declarations: Declarations) -> Self {
        let compiled = tasks.iter().position(|task| task.work == TaskWork::Compile);
        if let (Some(at), Declarations::Tsc) = (compiled, declarations) {
            tasks.insert(at + 1, Task::declarations());
        }
        let own = tasks.iter().filter(|task| matches!(task.work, TaskWork::Command(_)));
        let outputs = own.flat_map(|task| task.outputs.iter().cloned()).collect();
        Self { name: name.to_owned(), tasks, declarations, outputs }
    }

    /// What its commands write, and so is no source of a component: relative to the component's folder.
    pub fn outputs(&self) -> &[String] {
        &self.outputs
    }

    /// Whether bit compiles what has to be compiled.
    pub fn compiles(&self) -> bool {
        self.tasks.iter().any(|task| task.work == TaskWork::Compile)
    }
}

static BUILT_IN: LazyLock<Environment> =
    LazyLock::new(|| Environment::new(DEFAULT_ENV, vec![Task::compile()], Declarations::default()));
static NOTHING: LazyLock<Environment> = LazyLock::new(|| Environment::new(NO_ENV, Vec::new(), Declarations::default()));

/// The environments of a workspace.
#[derive(Debug, Clone, Default)]
pub struct Environments {
    own: BTreeMap<String, Environment>,
    /// The one for components of which no variant says anything.
    common: Option<String>,
}

impl Environments {
    /// Reads those that the workspace describes, and which one is for all.
    pub(super) fn read(root: &Map<String, Value>) -> Result<Self, Fault> {
        let mut environments = Self::default();
        for (name, value) in section_in(root, ENVS)?.into_iter().flatten() {
            let environment = environment(name, value).map_err(|fault| fault.under(&[ENVS, name]))?;
            environments.own.insert(name.clone(), environment);
        }
        environments.common = environments.chosen_in(root)?;
        Ok(environments)
    }

    /// The choice that a section makes, if it makes one and there is such an environment.
    pub(super) fn chosen_in(&self, section: &Map<String, Value>) -> Result<Option<String>, Fault> {
        let Some(name) = text_in(section, ENV)? else { return Ok(None) };
        if self.get(name).is_some() {
            return Ok(Some(name.to_owned()));
        }
        let known = self.own.keys().map(String::as_str).chain([DEFAULT_ENV, NO_ENV]);
        let way_out = match nearest(name, known) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None => format!("describe it: \"{ENVS}\": {{\"{name}\": {{\"tasks\": [{{\"name\": …, \"run\": …}}]}}}}"),
        };
        Err(Fault::new(&[ENV], format!("there is no environment \"{name}\"; {way_out}")))
    }

    /// The environment of this name.
    pub fn get(&self, name: &str) -> Option<&Environment> {
        match name {
            DEFAULT_ENV => Some(&BUILT_IN),
            NO_ENV => Some(&NOTHING),
            _ => self.own.get(name),
        }
    }

    /// The one that the workspace chose for all components, if it did.
    pub(super) fn common(&self) -> Option<&Environment> {
        self.get(self.common.as_deref()?)
    }

    /// The one that builds where nobody chose.
    pub fn built_in() -> &'static Environment {
        &BUILT_IN
    }
}

#[cfg(test)]
mod tests;
