use super::{built_json, count, current_folder, print_capsules};
use crate::cli::ui::{Ui, bad, dim, good, visible};
use crate::model::ComponentId;
use crate::ops::build::{BuildOptions, BuildReport, Built, KeepCapsules, Tasks, build, told};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Build components as "bit tag" would, without making versions
///
/// Each is built by its environment: bit's own, or one that workspace.jsonc describes. Commands run in capsules,
/// folders outside of the workspace that hold the component and what it needs. What was built before of the same files
/// is not built again.
#[derive(Args)]
pub struct Build {
    #[command(flatten)]
    which: Which,
    /// Leave out the tests
    #[arg(long)]
    skip_tests: bool,
}

/// Run the tests of components: the tasks "test" and "test:<word>" of their environments
///
/// The tasks that come before a test run too, and so does the build of what the components need.
#[derive(Args)]
pub struct Test {
    #[command(flatten)]
    which: Which,
}

#[derive(Args)]
struct Which {
    /// Ids and patterns; all components where there is none
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Keep the folders in which commands ran, and say where they are
    #[arg(long)]
    keep_capsules: bool,
}

impl Build {
    /// Builds and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let tasks = if self.skip_tests { Tasks::WithoutTests } else { Tasks::All };
        self.which.run(ui, tasks, "nothing to build")
    }
}

impl Test {
    /// Tests and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        self.which.run(ui, Tasks::UpToTests, "nothing to test: no environment of these components has a task \"test\"")
    }
}

impl Which {
    fn run(self, ui: &Ui, tasks: Tasks, nothing: &str) -> Result<ExitCode> {
        let capsules = if self.keep_capsules { KeepCapsules::Yes } else { KeepCapsules::No };
        let options = BuildOptions { ids: self.ids, tasks, capsules };
        let progress = ui.progress();
        let (workspace, report) = build(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        ui.json(&json!({
            "components": report.components.iter().map(|(id, built)| built_json(id, built)).collect::<Vec<_>>(),
            "ok": report.is_fine(),
        }))?;
        print(ui, &report, nothing);
        Ok(if report.is_fine() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(ui: &Ui, report: &BuildReport, nothing: &str) {
    let busy: Vec<&(ComponentId, Built)> =
        report.components.iter().filter(|(_, built)| !built.tasks.is_empty() || built.is_broken()).collect();
    for (id, built) in &busy {
        for warning in &built.warnings {
            ui.warning(format!(
                "{id}: {}:{}:{}: {}",
                visible(&warning.file),
                warning.line,
                warning.column,
                warning.message
            ));
        }
    }
    let (broken, fine): (Vec<&(ComponentId, Built)>, _) = busy.into_iter().partition(|(_, built)| built.is_broken());
    for (id, built) in &fine {
        let task = |run: &crate::ops::build::TaskRun| match run.remembered {
            true => format!("{} (as before)", run.task),
            false => run.task.clone(),
        };
        let tasks: Vec<String> = built.tasks.iter().map(task).collect();
        ui.line(format!("  > {id} {}", dim(tasks.join(", "))));
    }
    for (id, built) in &broken {
        told(id, built).iter().for_each(|line| ui.line(visible(line)));
    }
    for (_, built) in &fine {
        print_capsules(ui, std::slice::from_ref(built));
    }
    match (broken.len(), fine.len()) {
        (0, 0) => ui.line(good(nothing)),
        (0, fine) => ui.line(good(format!("{} built", count(fine, "component")))),
        (broken, _) => ui.line(bad(format!("the build of {} failed", count(broken, "component")))),
    }
}
