//! A failed build in words.

use super::made::{Built, TaskFailure, Why};
use crate::model::ComponentId;
use crate::source::compile::Problem;
use crate::source::files::escape;

/// What is told where TypeScript is to write the declarations.
pub const NO_TYPESCRIPT: &str = "its environment has \"declarations\": \"tsc\", and there is no TypeScript in this workspace (node_modules/.bin/tsc): install it, for example with \"npm install --save-dev typescript\", or leave the key out";

/// What is told of a build that failed.
pub fn told(id: &ComponentId, built: &Built) -> Vec<String> {
    let mut lines: Vec<String> = built.failures.iter().flat_map(|failure| of_task(id, failure)).collect();
    if let Some(needed) = &built.waits_for {
        lines.push(format!("  {id} was not built: it needs {needed}"));
    }
    lines.extend(built.capsules.iter().map(|capsule| format!("    capsule: {}", capsule.display())));
    lines
}

/// Why a component could not be built, in one text.
pub fn why_it_failed(id: &ComponentId, built: &Built) -> String {
    let prefix = format!("{id}: ");
    let lines = told(id, built);
    lines
        .iter()
        .map(|line| line.trim_start())
        .map(|line| line.strip_prefix(&prefix).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}

/// What is told of outputs that are not there.
pub fn did_not_make(outputs: &[String]) -> String {
    let named: Vec<String> = outputs.iter().map(|output| format!("\"{output}\"")).collect();
    format!(
        "passed and did not make {}: have its command make what \"outputs\" name (an empty folder where there is nothing), or take it out there",
        named.join(", ")
    )
}

fn of_task(id: &ComponentId, TaskFailure { task, why }: &TaskFailure) -> Vec<String> {
    match why {
        Why::Output(what) => vec![format!("  {id}: what the task \"{task}\" made can't be part of a version: {what}")],
        Why::Missing(outputs) => vec![format!("  {id}: the task \"{task}\" {}", did_not_make(outputs))],
        Why::NoTypeScript => vec![format!("  {id}: {NO_TYPESCRIPT}")],
        Why::Compile(problems) => {
            let line = |problem: &Problem| {
                let file = escape(problem.file.as_bytes());
                format!("  {id}: {file}:{}:{}: {}", problem.line, problem.column, problem.message)
            };
            problems.iter().map(line).collect()
        }
        Why::Command { code, tail, log } => {
            let ended = code.map_or("was ended by a signal".to_owned(), |code| format!("ended with {code}"));
            let mut lines = vec![format!("  {id}: the task \"{task}\" {ended}")];
            if tail.is_cut {
                lines.push("    | …".to_owned());
            }
            lines.extend(tail.text.lines().map(|line| format!("    | {line}")));
            lines.extend(log.iter().filter(|_| tail.is_cut).map(|log| format!("    all of it: {}", log.display())));
            lines
        }
    }
}
