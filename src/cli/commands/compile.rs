use super::{count, current_folder, joined, warn_of_links};
use crate::cli::interrupt;
use crate::cli::ui::{Ui, bad, dim, good, visible};
use crate::errors::report as explain;
use crate::ops::compile::{
    CompileOptions, CompileReport, CompiledComponent, FailedComponent, Obstacle, Round, compile, watch,
};
use crate::source::compile::Problem;
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Compile TypeScript and JSX components, so that they run before they are tagged
///
/// What Node can't run (.ts .tsx .mts .cts .jsx) is compiled into the dist folder of each component's package in
/// node_modules, with source maps and declarations (.d.ts); imports of the package find that from then on. Only what
/// changed since is compiled again.
#[derive(Args)]
pub struct Compile {
    /// The components (ids and patterns); all where none is named
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Compile again after every save, until Ctrl-C
    #[arg(long, short)]
    watch: bool,
}

impl Compile {
    /// Compiles and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = CompileOptions { ids: self.ids };
        if self.watch {
            return run_watch(ui, &options);
        }
        let progress = ui.progress();
        let (workspace, report) = compile(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        warn(ui, &report);
        ui.json(&to_json(&report))?;
        print(ui, &report);
        Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn run_watch(ui: &Ui, options: &CompileOptions) -> Result<ExitCode> {
    interrupt::ask_first();
    let mut is_first = true;
    let mut tell = |round: Round| {
        match round {
            Ok((workspace, report)) => {
                ui.notices(&workspace);
                if is_first || !report.is_idle() {
                    warn(ui, &report);
                    show_round(ui, &report);
                }
            }
            Err(error) => ui.failure(&explain(&error)),
        }
        if is_first {
            ui.note("watching for changes; Ctrl-C ends it");
        }
        is_first = false;
        ui.flush();
    };
    watch(&current_folder()?, options, &crate::ops::Quiet, &interrupt::is_asked, &mut tell)?;
    Ok(ExitCode::SUCCESS)
}

/// One line a round, for people and for scripts.
fn show_round(ui: &Ui, report: &CompileReport) {
    if ui.is_json() {
        return ui.verbatim(&format!("{}\n", to_json(report)));
    }
    let took = dim(format!("({} ms)", report.took.as_millis()));
    match report.compiled.as_slice() {
        [] if !report.failed.is_empty() => {}
        [] => ui.line(format!("nothing compiled {took}")),
        [one] => ui.line(format!("{} {}, {} changed {took}", good("compiled"), one.id, count(one.changed, "file"))),
        several => ui.line(format!("{} {took}", good(format!("compiled {}", count(several.len(), "component"))))),
    }
}

fn warn(ui: &Ui, report: &CompileReport) {
    warn_of_links(ui, &report.links);
    for component in &report.compiled {
        component.warnings.iter().for_each(|problem| ui.warning(in_words(problem)));
    }
    for FailedComponent { id, obstacle, .. } in &report.failed {
        match obstacle {
            Obstacle::Problems(problems) => {
                problems.iter().for_each(|problem| ui.problem(in_words(problem)));
            }
            Obstacle::Foreign => ui.problem(format!(
                "{id} was not compiled: what stands in node_modules is not a link of bit's (\"bit link\" says more)"
            )),
            Obstacle::Failed(why) => {
                let lines: Vec<String> = why.lines().map(visible).collect();
                ui.problem(format!("{id} was not compiled: {}", lines.join("\n    ")));
            }
        }
    }
}

pub(super) fn in_words(Problem { file, line, column, message }: &Problem) -> String {
    format!("{}:{line}:{column}: {}", visible(file), visible(message))
}

fn print(ui: &Ui, report: &CompileReport) {
    for CompiledComponent { id, files, changed, .. } in &report.compiled {
        ui.line(format!("  > {id} {}", dim(format!("({} in dist, {changed} changed)", count(*files, "file")))));
    }
    let mut rest = Vec::new();
    for (number, what) in [(report.unchanged.len(), "unchanged"), (report.nothing.len(), "with nothing to compile")] {
        if number > 0 {
            rest.push(format!("{number} {what}"));
        }
    }
    let rest = if rest.is_empty() { String::new() } else { format!(" {}", dim(format!("({})", rest.join(", ")))) };
    ui.line(format!("{}{rest}", good(format!("{} compiled", count(report.compiled.len(), "component")))));
    if !report.failed.is_empty() {
        let ids: Vec<_> = report.failed.iter().map(|failed| failed.id.clone()).collect();
        ui.line(format!("{} {}", bad("not compiled:"), joined(&ids)));
    }
}

fn to_json(report: &CompileReport) -> Value {
    let named = |problem: &Problem| {
        let Problem { file, line, column, message } = problem;
        json!({"file": file, "line": line, "column": column, "message": message})
    };
    let failed = |obstacle: &Obstacle| match obstacle {
        Obstacle::Problems(problems) => problems.iter().map(named).collect::<Vec<_>>(),
        Obstacle::Foreign => vec![json!({"message": "what stands in node_modules is not a link"})],
        Obstacle::Failed(why) => vec![json!({"message": why})],
    };
    json!({
        "compiled": report.compiled.iter().map(|component| json!({
            "id": component.id, "files": component.files, "changed": component.changed,
            "warnings": component.warnings.iter().map(named).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "unchanged": report.unchanged,
        "nothing": report.nothing,
        "failed": report.failed.iter().map(|one| json!({"id": one.id, "errors": failed(&one.obstacle)})).collect::<Vec<_>>(),
    })
}
