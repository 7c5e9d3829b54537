//! Building what is to be tagged. Nothing is written before all of it is built.

use super::plan::Plan;
use super::{Build, TagOptions};
use crate::errors;
use crate::model::ComponentId;
use crate::ops::build::{Built, Failures, Request, Tasks, build_all, told};
use crate::ops::{Progress, State, Workspace};
use crate::source::files::escape;
use anyhow::Result;

/// Builds every component of the plan; what became of each. What else they need is as its version has it.
pub fn build(
    workspace: &Workspace,
    state: &State,
    plan: &Plan,
    options: &TagOptions,
    progress: &dyn Progress,
) -> Result<Vec<Built>> {
    let tasks = match options.build {
        Build::All => Tasks::All,
        Build::WithoutTests => Tasks::WithoutTests,
        Build::Nothing => Tasks::None,
    };
    let components = plan.tags.iter().map(|tag| (tag.at, tasks)).collect();
    let request = Request { components, capsules: options.capsules, failures: options.failures };
    let built = build_all(workspace, state, &request, progress)?;
    let broken: Vec<(&ComponentId, &Built)> = plan
        .tags
        .iter()
        .map(|tag| &state.components[tag.at].id)
        .zip(&built)
        .filter(|(_, built)| built.is_broken())
        .collect();
    if broken.is_empty() || options.failures == Failures::Record {
        return Ok(built);
    }
    let lines: Vec<String> = broken.iter().flat_map(|(id, built)| told(id, built)).collect();
    Err(errors::build_failed(broken.len(), &lines.join("\n")))
}

/// What a person should know of builds that are taken as they are.
pub fn warnings(state: &State, plan: &Plan) -> Vec<String> {
    let mut warnings = Vec::new();
    for (tag, built) in plan.tags.iter().zip(&plan.built) {
        let component = &state.components[tag.at];
        let id = &component.id;
        if component.env != built.env {
            warnings.push(format!(
                "{id} was built by the environment \"{}\" so far, which this workspace did not choose for it: it is built by \"{}\" now (\"bit.build/env\" in a variant chooses one)",
                escape(component.env.as_bytes()),
                built.env
            ));
        }
        for warning in &built.warnings {
            let file = escape(warning.file.as_bytes());
            warnings.push(format!("{id}: {file}:{}:{}: {}", warning.line, warning.column, warning.message));
        }
        if built.is_broken() {
            warnings.push(format!("the build of {id} failed; its version says so\n{}", told(id, built).join("\n")));
        }
    }
    warnings
}
