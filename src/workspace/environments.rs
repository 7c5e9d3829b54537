//! Environments: what builds a component, as workspace.jsonc says it.
//!
//! Only this file of this workspace says which commands run. What the manifest of a version calls its environment is a
//! name: it is looked up nowhere.

use super::layout::check_relative_path;
use super::settings::{Fault, section_in, text_in};
use crate::model::{nearest, reserved_at_root};
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
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

fn environment(name: &str, value: &Value) -> Result<Environment, Fault> {
    check_name(name, "an environment").map_err(|what| Fault::new(&[], what))?;
    if [DEFAULT_ENV, NO_ENV].contains(&name) {
        let what = format!("\"{name}\" is built in: give this one another name");
        return Err(Fault::new(&[], what));
    }
    let section = object(value, "an environment", &["tasks", "declarations"])?;
    let declarations = match text_in(section, "declarations")? {
        None => Declarations::BuiltIn,
        Some("tsc") => Declarations::Tsc,
        Some(other) => {
            let what = format!("\"declarations\" can be \"tsc\", and not \"{other}\"; leave it out for bit's own");
            return Err(Fault::new(&["declarations"], what));
        }
    };
    let tasks = match section.get("tasks") {
        None => vec![Task::compile()],
        Some(Value::Array(tasks)) => tasks.iter().map(task).collect::<Result<Vec<_>, _>>()?,
        Some(_) => return Err(Fault::new(&["tasks"], "\"tasks\" must be a list")),
    };
    for (at, task) in tasks.iter().enumerate() {
        if tasks[..at].iter().any(|earlier| earlier.name == task.name) {
            return Err(Fault::new(&["tasks"], format!("two tasks are called \"{}\"", task.name)));
        }
    }
    Ok(Environment::new(name, tasks, declarations))
}

/// Faults of tasks are found at their list: positions inside a list are not known.
fn task(value: &Value) -> Result<Task, Fault> {
    read_task(value).map_err(|Fault { what, .. }| Fault::new(&["tasks"], what))
}

fn read_task(value: &Value) -> Result<Task, Fault> {
    let section = object(value, "a task", &["name", "run", "task", "inputs", "outputs"])?;
    if let Some(word) = text_in(section, "task")? {
        return match (word, section.len()) {
            ("compile", 1) => Ok(Task::compile()),
            ("compile", _) => Err(Fault::new(&[], "{\"task\": \"compile\"} takes no other keys")),
            _ => Err(Fault::new(&[], format!("there is no built-in task \"{word}\", only \"compile\""))),
        };
    }
    let name = text_in(section, "name")?.ok_or_else(|| Fault::new(&[], "a task needs a \"name\""))?;
    check_name(name, "a task").map_err(|what| Fault::new(&[], what))?;
    let about = |fault: Fault| Fault { what: format!("task \"{name}\": {}", fault.what), ..fault };
    let run = text_in(section, "run").map_err(about)?.filter(|run| !run.trim().is_empty() && !run.contains('\0'));
    let run = run.ok_or_else(|| about(Fault::new(&[], "it needs \"run\", a command line")))?;
    let inputs = texts_in(section, "inputs").map_err(about)?;
    let outputs = texts_in(section, "outputs").map_err(about)?.unwrap_or_default();
    Ok(Task {
        name: name.to_owned(),
        work: TaskWork::Command(run.to_owned()),
        inputs: inputs.map(globs).transpose().map_err(about)?,
        outputs: outputs.iter().map(|path| output(path)).collect::<Result<_, _>>().map_err(about)?,
    })
}

fn object<'v>(value: &'v Value, what: &str, keys: &[&str]) -> Result<&'v Map<String, Value>, Fault> {
    let Value::Object(section) = value else { return Err(Fault::new(&[], format!("{what} must be an object"))) };
    match section.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(Fault::new(&[], format!("{what} has no \"{key}\", only {}", keys.join(", ")))),
        None => Ok(section),
    }
}

fn texts_in(section: &Map<String, Value>, key: &str) -> Result<Option<Vec<String>>, Fault> {
    let wrong = || Fault::new(&[], format!("\"{key}\" must be a list of strings"));
    match section.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Array(values)) => {
            let texts = values.iter().map(|value| value.as_str().map(str::to_owned).ok_or_else(wrong));
            texts.collect::<Result<_, _>>().map(Some)
        }
        Some(_) => Err(wrong()),
    }
}

/// Names stand in manifests, messages and paths.
fn check_name(name: &str, what: &str) -> Result<(), String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    if name.len() <= 100 && name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(is_plain) {
        return Ok(());
    }
    Err(format!("{what} can't be called \"{}\": letters, digits, and - _ . : after the first", name.escape_debug()))
}

fn globs(patterns: Vec<String>) -> Result<Globs, Fault> {
    let mut set = GlobSetBuilder::new();
    for pattern in &patterns {
        let glob = GlobBuilder::new(pattern).literal_separator(true).build();
        set.add(glob.map_err(|error| Fault::new(&[], format!("\"inputs\": {error}")))?);
    }
    let set = set.build().map_err(|error| Fault::new(&[], format!("\"inputs\": {error}")))?;
    Ok(Globs { patterns, set })
}

/// A place in the capsule, and then in the version: it must lead nowhere else, and take no place that has a meaning.
fn output(path: &str) -> Result<String, Fault> {
    let path = path.strip_prefix("./").unwrap_or(path).trim_end_matches('/');
    let refused = |why: &str| Fault::new(&[], format!("\"outputs\" can't hold \"{}\": {why}", path.escape_debug()));
    check_relative_path(path).map_err(refused)?;
    if reserved_at_root(path.split('/').next().unwrap_or(path)) {
        return Err(refused("a package has a file of that name already, or must not have one"));
    }
    Ok(path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(value: Value) -> Result<Environments, String> {
        let Value::Object(root) = value else { panic!("an object") };
        Environments::read(&root).map_err(|fault| format!("{}: {}", fault.keys.join("/"), fault.what))
    }

    fn with_task(task: Value) -> Result<Environments, String> {
        read(json!({ENVS: {"own": {"tasks": [task]}}}))
    }

    #[test]
    fn tasks_run_in_their_order_and_compile_is_built_in() {
        let environments = read(json!({ENVS: {
            "react": {"tasks": [
                {"task": "compile"},
                {"name": "test", "run": "npx vitest run", "inputs": ["**/*.ts"], "outputs": ["coverage/"]},
            ]},
            "typed": {"declarations": "tsc"},
        }, ENV: "react"}))
        .unwrap();
        let react = environments.common().unwrap();
        assert_eq!(react.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(), ["compile", "test"]);
        assert!(react.compiles() && react.tasks[1].is_test() && !react.tasks[0].is_test());
        assert_eq!(react.outputs(), ["coverage"]);
        assert!(react.tasks[1].inputs.as_ref().is_some_and(|globs| globs.matches("a/b.ts") && !globs.matches("a.css")));
        let typed = environments.get("typed").unwrap();
        assert!(typed.compiles() && typed.declarations == Declarations::Tsc && typed.outputs().is_empty());
        assert_eq!(typed.tasks[1].work, TaskWork::Declarations);
        assert!(environments.get("none").unwrap().tasks.is_empty() && environments.get("other").is_none());
    }

    #[test]
    fn what_is_wrong_is_named_with_a_way_out() {
        let cases = [
            (read(json!({ENVS: []})), "must be an object"),
            (read(json!({ENVS: {"node": {}}})), "built in: give this one another name"),
            (read(json!({ENVS: {"a/b": {}}})), "can't be called \"a/b\""),
            (read(json!({ENVS: {"own": {"task": []}}})), "no \"task\", only tasks, declarations"),
            (read(json!({ENVS: {"own": {"tasks": {}}}})), "must be a list"),
            (read(json!({ENVS: {"own": {"declarations": "swc"}}})), "can be \"tsc\""),
            (read(json!({ENV: "raect", ENVS: {"react": {}}})), "did you mean \"react\"?"),
            (read(json!({ENV: "vue"})), "\"bit.build/envs\": {\"vue\""),
            (read(json!({ENV: 1})), "must be a string"),
            (read(json!({ENVS: {"own": {"tasks": [{"task": "compile"}, {"task": "compile"}]}}})), "two tasks are"),
            (with_task(json!("test")), "must be an object"),
            (with_task(json!({"run": "x"})), "needs a \"name\""),
            (with_task(json!({"name": "x"})), "needs \"run\""),
            (with_task(json!({"name": "x", "run": " "})), "needs \"run\""),
            (with_task(json!({"name": "../x", "run": "x"})), "can't be called"),
            (with_task(json!({"name": "x", "run": "x", "shell": "y"})), "no \"shell\""),
            (with_task(json!({"name": "x", "run": "x", "inputs": "a"})), "must be a list of strings"),
            (with_task(json!({"name": "x", "run": "x", "inputs": ["{a"]})), "\"inputs\""),
            (with_task(json!({"task": "bundle"})), "no built-in task \"bundle\""),
        ];
        for (read, expected) in cases {
            let error = read.expect_err(expected);
            assert!(error.contains(expected), "{error}");
        }
    }

    #[test]
    fn outputs_lead_nowhere_else() {
        for path in ["dist", "./dist/", "a/b", "lib.d.ts"] {
            assert!(with_task(json!({"name": "x", "run": "x", "outputs": [path]})).is_ok(), "{path}");
        }
        for path in [
            "",
            ".",
            "..",
            "../x",
            "/etc",
            "a/../b",
            "a//b",
            "a\\b",
            ".git",
            ".GIT/hooks",
            "x/.git",
            "node_modules",
            "x/node_modules",
            "package.json",
            "PACKAGE.json",
            "component.json",
            ".npmrc",
            ".gitattributes",
            "yarn.lock",
            ".bit",
        ] {
            let error = with_task(json!({"name": "x", "run": "x", "outputs": [path]})).expect_err(path);
            assert!(
                error.contains("\"outputs\" can't hold") && error.starts_with("bit.build/envs/own/tasks"),
                "{error}"
            );
        }
    }
}
