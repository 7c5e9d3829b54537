//! Building components: the pipeline that `bit build`, `bit test` and `bit tag` run.

mod author_files;
mod capsule;
mod compile;
mod digest;
mod made;
mod packages;
mod pipeline;
mod request;
mod task;
mod told;

use super::package_fields::check_programs;
use super::state::Component;
use super::{Progress, State, Workspace, select};
use crate::model::ComponentId;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::Path;

pub use crate::build::KeepCapsules;
pub use made::{Built, MadeFile, TaskFailure, TaskRun, Why};
pub use pipeline::build_all;
pub use request::{Failures, Request, Tasks};
pub(super) use task::is_within;
pub use told::{NO_TYPESCRIPT, did_not_make, told, why_it_failed};

/// What to build.
#[derive(Debug, Clone, Default)]
pub struct BuildOptions {
    /// Ids and patterns; all components where there is none.
    pub ids: Vec<String>,
    /// Which tasks.
    pub tasks: Tasks,
    /// What becomes of capsules.
    pub capsules: KeepCapsules,
}

/// What was built.
#[derive(Debug, Default)]
pub struct BuildReport {
    /// What was asked for, and what failed of all that those need.
    pub components: Vec<(ComponentId, Built)>,
}

impl BuildReport {
    /// Whether everything passed.
    pub fn is_fine(&self) -> bool {
        self.components.iter().all(|(_, built)| !built.is_broken())
    }
}

/// Builds components as they are in their folders, and all that they need of the workspace.
pub fn build(cwd: &Path, options: &BuildOptions, progress: &dyn Progress) -> Result<(Workspace, BuildReport)> {
    let workspace = Workspace::open(cwd, progress)?;
    let state = State::load(&workspace, progress)?;
    let chosen: BTreeSet<usize> = match options.ids.is_empty() {
        true => (0..state.components.len()).collect(),
        false => select(&workspace.bitmap, &options.ids)?.iter().filter_map(|one| state.index_of(&one.id)).collect(),
    };
    let needed = state.graph.reachable(chosen.iter().copied());
    let tasks = |at: usize| if chosen.contains(&at) { options.tasks } else { Tasks::WithoutTests };
    let components: Vec<(usize, Tasks)> =
        (0..state.components.len()).filter(|&at| needed[at]).map(|at| (at, tasks(at))).collect();
    let request = Request { components, capsules: options.capsules, failures: Failures::Stop };
    let built = build_all(&workspace, &state, &request, progress)?;
    if options.tasks != Tasks::UpToTests {
        let fine =
            request.components.iter().zip(&built).filter(|((at, _), built)| chosen.contains(at) && !built.is_broken());
        fine.map(|((at, _), built)| (&state.components[*at], built))
            .try_for_each(|(one, built)| has_programs(one, built))?;
    }
    let named = request.components.iter().map(|(at, _)| *at).zip(built);
    let told = named.filter(|(at, built)| chosen.contains(at) || built.is_broken());
    let components = told.map(|(at, built)| (state.components[at].id.clone(), built)).collect();
    state.remember(&workspace);
    Ok((workspace, BuildReport { components }))
}

/// Refuses what a tag would: programs of the package that no file of it stands for.
pub fn has_programs(component: &Component, built: &Built) -> Result<()> {
    let own = || component.files.iter().map(|file| file.source.path.as_str());
    let paths = || own().chain(built.files.iter().map(|file| file.path.as_str()));
    check_programs(&component.id, &component.package_fields, paths)
}
