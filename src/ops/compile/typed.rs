//! Components whose declarations are written by the workspace's own TypeScript: they go through the build pipeline, as
//! for a tag, so that what runs here is what will be tagged.

use super::{Obstacle, Outcome, named_from_workspace};
use crate::model::fingerprint;
use crate::ops::build::{Built, Failures, KeepCapsules, Request, Tasks, Why, build_all, why_it_failed};
use crate::ops::state::{Component, State};
use crate::ops::{Progress, Quiet, Workspace};
use crate::workspace::{self, Declarations, DistFile};
use std::path::Path;

/// Whether TypeScript writes a component's declarations.
pub fn is_typed(workspace: &Workspace, component: &Component) -> bool {
    let environment = workspace.config.environment(&component.entry.root_dir);
    component.is_compiled() && environment.declarations == Declarations::Tsc
}

/// Compiles them, and before them what they need; what became of each, in that order.
pub fn compile(
    workspace: &Workspace,
    state: &State,
    components: &[&Component],
    progress: &dyn Progress,
) -> Vec<Outcome> {
    if components.is_empty() {
        return Vec::new();
    }
    let places: Vec<usize> = components.iter().filter_map(|component| state.index_of(&component.id)).collect();
    let needed = state.graph.reachable(places.iter().copied());
    let all = (0..state.components.len()).filter(|&at| needed[at]).map(|at| (at, Tasks::Compiled)).collect();
    let request = Request { components: all, capsules: KeepCapsules::default(), failures: Failures::Stop };
    let outcomes = match build_all(workspace, state, &request, &Quiet) {
        Err(error) => {
            let why = format!("{error:#}");
            components.iter().map(|_| Outcome::Failed(Obstacle::Failed(why.clone()))).collect()
        }
        Ok(built) => {
            let outcome = |component: &&Component| {
                let at = request.components.iter().position(|(at, _)| state.components[*at].id == component.id);
                let built = at.map(|at| &built[at]);
                built.map_or(Outcome::Nothing { was_built: false }, |built| {
                    outcome_of(&workspace.layout.root, component, built)
                })
            };
            components.iter().map(outcome).collect()
        }
    };
    progress.advance(components.len());
    outcomes
}

fn outcome_of(root: &Path, component: &Component, built: &Built) -> Outcome {
    if !workspace::link_of_component(root, component.package.as_str()) {
        return Outcome::Failed(Obstacle::Foreign);
    }
    if let [only] = built.failures.as_slice()
        && let Why::Compile(problems) = &only.why
    {
        return Outcome::Failed(Obstacle::Problems(named_from_workspace(component, problems.clone())));
    }
    if built.is_broken() {
        return Outcome::Failed(Obstacle::Failed(why_it_failed(&component.id, built)));
    }
    let file = |file: &crate::ops::build::MadeFile| format!("{} {} {}\n", file.blob, file.executable, file.path);
    let made_from = fingerprint(built.files.iter().map(file).collect::<String>().as_bytes());
    if workspace::is_built_from(root, &component.package, made_from) {
        return Outcome::Unchanged;
    }
    let files: Vec<DistFile<'_>> = built
        .files
        .iter()
        .map(|file| DistFile { path: &file.path, bytes: &file.content, executable: file.executable })
        .collect();
    match workspace::write_built(root, &component.package, made_from, &files) {
        Ok(written) => Outcome::Compiled {
            files: files.len(),
            written,
            warnings: named_from_workspace(component, built.warnings.clone()),
        },
        Err(error) => Outcome::Failed(Obstacle::Failed(format!("{error:#}"))),
    }
}
