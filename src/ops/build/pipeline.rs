//! The pipeline: components in dependency order, side by side where they don't need each other.
//!
//! What is compiled needs nothing of other components and is done first, all at once. Capsules and commands are only
//! for those whose environments have any; a workspace without such, and without anything to compile, costs a look at
//! its environments.

use super::digest::{Digests, Package};
use super::made::{Built, MadeFile};
use super::request::{Failures, Request, wanted};
use super::task::is_within;
use crate::build::{Capsules, KeepCapsules, Results, Secret, in_order, tools_of};
use crate::model::{CommitId, Fingerprint};
use crate::ops::state::{Component, Needed};
use crate::ops::{Progress, State, Workspace};
use crate::scope::{LocalScope, StoredVersion};
use crate::source::imports::with_readers;
use crate::workspace::{
    Declarations, Declared, Environment, InstalledPackages, Task, TaskWork, WorkspaceConfig, is_test,
};
use crate::{disk, errors};
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

/// A component of this build.
pub struct Member<'a> {
    /// Its place in the workspace.
    pub at: usize,
    /// What builds it.
    pub environment: &'a Environment,
    /// Those of its tasks that are wanted.
    pub tasks: Vec<&'a Task>,
    /// The members of one cycle share this; all others have one of their own.
    pub group: usize,
}

impl Member<'_> {
    fn has_commands(&self) -> bool {
        self.tasks.iter().any(|task| task.work != TaskWork::Compile)
    }
}

/// A build at work.
pub struct Pipeline<'a> {
    pub(super) root: &'a Path,
    pub(super) config: &'a WorkspaceConfig,
    pub(super) state: &'a State,
    pub(super) members: Vec<Member<'a>>,
    /// Where among the members a component is.
    pub(super) places: HashMap<usize, usize>,
    pub(super) declared: Declared,
    groups: Vec<Vec<usize>>,
    keep: KeepCapsules,
    failures: Failures,
    folder: PathBuf,
    scope: Mutex<LocalScope>,
    results: Results,
    pub(super) installed: InstalledPackages,
    programs: OnceLock<Fingerprint>,
    /// Of the machine's own programs, by the lines that name them.
    tools: Mutex<HashMap<String, Fingerprint>>,
    capsules: OnceLock<Result<Capsules, String>>,
    digests: Mutex<Digests>,
    stored: Mutex<HashMap<CommitId, StoredVersion>>,
    compiled: Vec<Built>,
    built: Vec<OnceLock<Result<Built>>>,
}

/// Builds what is asked for; what became of each, in that order.
pub fn build_all(
    workspace: &Workspace,
    state: &State,
    request: &Request,
    progress: &dyn Progress,
) -> Result<Vec<Built>> {
    let config = &workspace.config;
    let members: Vec<Member> = request
        .components
        .iter()
        .map(|&(at, tasks)| {
            let component = &state.components[at];
            let environment = config.environment(&component.entry.root_dir);
            Member { at, environment, tasks: wanted(component, environment, tasks), group: 0 }
        })
        .collect();
    let env = |member: &Member| Built { env: member.environment.name.clone(), ..Built::default() };
    let busy = members.iter().filter(|member| !member.tasks.is_empty()).count();
    if busy == 0 {
        return Ok(members.iter().map(env).collect());
    }
    progress.stage("building", busy);
    let mut pipeline = Pipeline::new(workspace, state, members, request)?;
    pipeline.compile_all(progress)?;
    if pipeline.members.iter().any(Member::has_commands) {
        pipeline.run_commands(progress);
    }
    pipeline.finish()
}

impl<'a> Pipeline<'a> {
    fn new(
        workspace: &'a Workspace,
        state: &'a State,
        mut members: Vec<Member<'a>>,
        request: &Request,
    ) -> Result<Self> {
        let places: HashMap<usize, usize> =
            members.iter().enumerate().map(|(place, member)| (member.at, place)).collect();
        let groups = state.graph.order().into_iter();
        let groups = groups.map(|group| group.iter().filter_map(|at| places.get(at).copied()).collect::<Vec<usize>>());
        let groups: Vec<Vec<usize>> = groups.filter(|group| !group.is_empty()).collect();
        for (number, group) in groups.iter().enumerate() {
            group.iter().for_each(|&member| members[member].group = number);
        }
        let folder = workspace.scope.builds_folder();
        Ok(Self {
            root: &workspace.layout.root,
            config: &workspace.config,
            state,
            places,
            declared: Declared::read(&workspace.layout.root)?,
            groups,
            keep: request.capsules,
            failures: request.failures,
            scope: Mutex::new(LocalScope::open_again(workspace.scope.repo().path())?),
            results: Results::open(&folder, Secret::of_user(&workspace.layout.root)),
            folder,
            installed: InstalledPackages::new(&workspace.layout.root),
            programs: OnceLock::new(),
            tools: Mutex::default(),
            capsules: OnceLock::new(),
            digests: Mutex::default(),
            stored: Mutex::default(),
            compiled: Vec::new(),
            built: members.iter().map(|_| OnceLock::new()).collect(),
            members,
        })
    }

    fn compile_all(&mut self, progress: &dyn Progress) -> Result<()> {
        let one = |member: usize| {
            let Member { environment, tasks, .. } = &self.members[member];
            let compiles = tasks.iter().any(|task| task.work == TaskWork::Compile);
            let mut built = if compiles { self.compile(member)? } else { Built::default() };
            if environment.declarations == Declarations::Tsc {
                // What the compiler could not tell of types, TypeScript can, be it another time.
                built.warnings.clear();
            }
            built.env.clone_from(&environment.name);
            progress.advance(usize::from(compiles && !self.members[member].has_commands()));
            Ok(built)
        };
        self.compiled = with_readers(|| (0..self.members.len()).into_par_iter().map(one).collect::<Result<_>>())?;
        Ok(())
    }

    /// Groups go side by side as soon as all that they need is done.
    fn run_commands(&self, progress: &dyn Progress) {
        let _ = disk::remove_folder(&self.logs());
        Capsules::sweep(self.root);
        let needs: Vec<Vec<usize>> = (0..self.groups.len()).map(|group| self.groups_needed(group)).collect();
        // As many as the machine has processors, or as it was told to use.
        in_order(&needs, rayon::current_num_threads(), |group| {
            for &member in &self.groups[group] {
                let built = self.run_tasks(member);
                progress.advance(usize::from(self.members[member].has_commands()));
                // Each is done once.
                let _ = self.built[member].set(built);
            }
        });
    }

    fn groups_needed(&self, group: usize) -> Vec<usize> {
        let needs = self.groups[group].iter().flat_map(|&member| &self.component(member).needs);
        let groups = needs.filter_map(|need| match need.target {
            Needed::Here(at) => Some(self.members[*self.places.get(&at)?].group),
            Needed::Known(..) => None,
        });
        let mut groups: Vec<usize> = groups.filter(|&other| other != group).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    fn run_tasks(&self, member: usize) -> Result<Built> {
        let mut built = self.compiled[member].clone();
        if self.failures == Failures::Stop {
            built.waits_for = self.cannot_be_used(member);
        }
        for task in &self.members[member].tasks {
            if self.failures == Failures::Stop && (built.waits_for.is_some() || breaks(&built)) {
                break;
            }
            match &task.work {
                TaskWork::Compile => {}
                TaskWork::Command(line) => self.command(member, task, line, &mut built)?,
                TaskWork::Declarations => self.declarations(member, task, &mut built)?,
            }
        }
        Ok(built)
    }

    /// A component that a member needs and that could not be built.
    fn cannot_be_used(&self, member: usize) -> Option<crate::model::ComponentId> {
        let group = self.members[member].group;
        let needed = self.component(member).needs.iter().filter_map(|need| match need.target {
            Needed::Here(at) => self.places.get(&at).copied(),
            Needed::Known(..) => None,
        });
        let mut others = needed.filter(|&other| self.members[other].group != group);
        let is_broken = |other: &usize| match self.built[*other].get() {
            Some(Ok(built)) => built.waits_for.is_some() || breaks(built),
            Some(Err(_)) => true,
            None => false,
        };
        others.find(is_broken).map(|other| self.component(other).id.clone())
    }

    fn finish(mut self) -> Result<Vec<Built>> {
        self.results.save();
        let built = std::mem::take(&mut self.built).into_iter();
        let compiled = std::mem::take(&mut self.compiled).into_iter();
        let all = built.zip(compiled).map(|(built, compiled)| built.into_inner().unwrap_or(Ok(compiled)));
        let mut all: Vec<Built> = all.collect::<Result<_>>()?;
        for (built, member) in all.iter_mut().zip(&self.members) {
            built.artifacts = artifacts(&member.tasks, &built.files);
        }
        Ok(all)
    }

    pub(super) fn component(&self, member: usize) -> &'a Component {
        &self.state.components[self.members[member].at]
    }

    pub(super) fn group_of(&self, member: usize) -> &[usize] {
        &self.groups[self.members[member].group]
    }

    pub(super) fn results(&self) -> &Results {
        &self.results
    }

    pub(super) fn keeps_capsules(&self) -> bool {
        self.keep == KeepCapsules::Yes
    }

    /// The folder of the capsules; made when the first one is needed.
    pub(super) fn capsules(&self) -> Result<&Capsules> {
        let made = self
            .capsules
            .get_or_init(|| Capsules::new(self.root, self.keep).map_err(|error| errors::in_one_line(&error)));
        made.as_ref().map_err(|error| errors::capsules_failed(error))
    }

    pub(super) fn scope(&self) -> MutexGuard<'_, LocalScope> {
        // It is only read.
        self.scope.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn digests(&self) -> MutexGuard<'_, Digests> {
        // Each is put in whole.
        self.digests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stored(&self, commit: CommitId) -> Result<StoredVersion> {
        let mut known = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(stored) = known.get(&commit) {
            return Ok(stored.clone());
        }
        let stored = StoredVersion::read(self.scope().repo(), commit)?;
        known.insert(commit, stored.clone());
        Ok(stored)
    }

    /// What every command finds of installed packages.
    pub(super) fn programs(&self) -> Fingerprint {
        *self.programs.get_or_init(|| self.installed.programs(&self.declared))
    }

    /// What a line finds of the machine's own programs.
    pub(super) fn tools(&self, line: &str) -> Fingerprint {
        let mut tools = self.tools.lock().unwrap_or_else(PoisonError::into_inner);
        *tools.entry(line.to_owned()).or_insert_with(|| tools_of(line))
    }

    /// What was made of a package's files.
    pub(super) fn made_of(&self, package: &Package) -> &[MadeFile] {
        self.built_of(package).map_or(&[], |built| &built.files)
    }

    fn built_of(&self, package: &Package) -> Option<&Built> {
        match package {
            Package::Built(member) => self.built[*member].get()?.as_ref().ok(),
            Package::Sources(member) => self.compiled.get(*member),
            Package::Version(..) => None,
        }
    }

    fn logs(&self) -> PathBuf {
        self.folder.join("logs")
    }

    /// Keeps all that a failed command said; where that can't be written, its end has to do.
    pub(super) fn keep_log(&self, member: usize, task: &Task, log: &Path) -> Option<PathBuf> {
        let id = &self.component(member).id;
        let name = format!("{}.{}.{}.log", id.scope, id.name.as_str().replace('/', "+"), task.name);
        let place = self.logs().join(name);
        std::fs::create_dir_all(self.logs()).ok()?;
        std::fs::copy(log, &place).ok()?;
        Some(place)
    }
}

/// Whether something failed without which nobody can use the component. A test that fails is none.
fn breaks(built: &Built) -> bool {
    built.failures.iter().any(|failure| !is_test(&failure.task))
}

/// The outputs that are there.
pub(super) fn artifacts(tasks: &[&Task], files: &[MadeFile]) -> Vec<String> {
    let is_there = |output: &&String| files.iter().any(|file| is_within(&file.path, output));
    let mut there: Vec<String> = tasks.iter().flat_map(|task| &task.outputs).filter(is_there).cloned().collect();
    there.sort();
    there.dedup();
    there
}
