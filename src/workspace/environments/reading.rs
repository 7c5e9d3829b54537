//! Environments as workspace.jsonc describes them, strictly: what is not understood is a fault.

use super::{DEFAULT_ENV, Declarations, Environment, Globs, NO_ENV, Task, TaskWork};
use crate::model::reserved_at_root;
use crate::workspace::layout::check_relative_path;
use crate::workspace::settings::{Fault, text_in};
use globset::{GlobBuilder, GlobSetBuilder};
use serde_json::{Map, Value};

/// Reads an environment that the workspace describes.
pub(super) fn environment(name: &str, value: &Value) -> Result<Environment, Fault> {
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
    if path.contains(['*', '?']) {
        return Err(refused("it is no pattern; name a file, or a folder for all that is in it"));
    }
    check_relative_path(path).map_err(refused)?;
    if reserved_at_root(path.split('/').next().unwrap_or(path)) {
        return Err(refused("a package has a file of that name already, or must not have one"));
    }
    Ok(path.to_owned())
}
