//! Compiling the workspace's components into node_modules, so that they run before they are tagged.

mod typed;
mod watch;

use super::links::{self, LinkCheck, LinkReport};
use super::state::{Component, State};
use super::{Progress, Quiet, Workspace, select};
use crate::git::FileMode;
use crate::model::{ComponentId, Fingerprint, ModuleSystem, fingerprint};
use crate::source::compile::{AuthorFile, COMPILER, Compiled, Problem, Source, compile as compile_files};
use crate::source::imports::with_readers;
use crate::workspace::{self, DistFile, Written, real_folder};
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

pub use watch::{Round, watch};

/// What to compile.
#[derive(Debug, Clone, Default)]
pub struct CompileOptions {
    /// Ids and patterns; all components where there is none.
    pub ids: Vec<String>,
}

/// What was done.
#[derive(Debug, Default)]
pub struct CompileReport {
    /// Compiled, because they were not yet, or had changed since.
    pub compiled: Vec<CompiledComponent>,
    /// As they were when they were last compiled.
    pub unchanged: Vec<ComponentId>,
    /// Node runs them as they are.
    pub nothing: Vec<ComponentId>,
    /// Could not be compiled.
    pub failed: Vec<FailedComponent>,
    /// What was done to the links on the way.
    pub links: LinkReport,
    /// How long it took.
    pub took: Duration,
}

impl CompileReport {
    /// Whether nothing was changed.
    pub fn is_idle(&self) -> bool {
        self.compiled.is_empty() && self.failed.is_empty()
    }

    fn add(&mut self, component: &Component, outcome: Outcome) {
        let id = component.id.clone();
        match outcome {
            Outcome::Compiled { files, written, warnings } => {
                let changed = written.changed + written.removed;
                self.compiled.push(CompiledComponent { id, files, changed, warnings });
            }
            Outcome::Unchanged => self.unchanged.push(id),
            Outcome::Nothing { .. } => self.nothing.push(id),
            Outcome::Failed(obstacle) => {
                self.failed.push(FailedComponent { id, obstacle, made_from: fingerprint_of(component) });
            }
        }
    }

    /// Tells it with the links. What is in the way of one is told there already.
    pub(super) fn tell(self, links: &mut LinkReport) {
        let failed = self.failed.into_iter().filter(|failed| !matches!(failed.obstacle, Obstacle::Foreign));
        links.compiled.extend(self.compiled.into_iter().map(|component| component.id));
        links.uncompiled.extend(failed.map(|failed| failed.id));
    }
}

/// A component that was compiled.
#[derive(Debug)]
pub struct CompiledComponent {
    /// Which one.
    pub id: ComponentId,
    /// How many files `dist` has.
    pub files: usize,
    /// How many of them are other than they were, or gone.
    pub changed: usize,
    /// What could be better. The files are named from the workspace on.
    pub warnings: Vec<Problem>,
}

/// A component that could not be compiled.
#[derive(Debug)]
pub struct FailedComponent {
    /// Which one.
    pub id: ComponentId,
    /// Why.
    pub obstacle: Obstacle,
    /// What its files are: with the same ones it fails again.
    made_from: Fingerprint,
}

/// Why a component has no new `dist`.
#[derive(Debug)]
pub enum Obstacle {
    /// Its files can't be compiled. They are named from the workspace on.
    Problems(Vec<Problem>),
    /// Something else is where its link would be.
    Foreign,
    /// It could not be read, or `dist` could not be written.
    Failed(String),
}

/// Compiles components that are not compiled, or that changed since. Each for itself: those that can't be compiled are
/// no reason to leave out the others.
pub fn compile(cwd: &Path, options: &CompileOptions, progress: &dyn Progress) -> Result<(Workspace, CompileReport)> {
    let begun = Instant::now();
    let (workspace, _lock) = Workspace::open_for_writing(cwd, progress)?;
    links::check_possible(&workspace)?;
    let chosen: BTreeSet<ComponentId> =
        select(&workspace.bitmap, &options.ids)?.into_iter().map(|selection| selection.id).collect();
    let mut state = State::load(&workspace, progress)?;
    let is_chosen = |component: &Component| options.ids.is_empty() || chosen.contains(&component.id);
    let mut report =
        CompileReport { links: links::mend(&workspace, &mut state, LinkCheck::Quick)?, ..Default::default() };
    compile_some(&workspace, &mut state, &is_chosen, &mut report, progress)?;
    state.remember(&workspace);
    report.took = begun.elapsed();
    Ok((workspace, report))
}

/// Compiles again what a package manager has taken out of node_modules.
pub(super) fn restore(workspace: &Workspace, state: &mut State) -> Result<CompileReport> {
    let mut report = CompileReport::default();
    let (root, remembered) = (&workspace.layout.root, state.compiled());
    if !remembered.is_empty() {
        let is_gone = |component: &Component| {
            remembered.contains(component.package.as_str()) && !workspace::is_built(root, &component.package)
        };
        compile_some(workspace, state, &is_gone, &mut report, &Quiet)?;
    }
    Ok(report)
}

/// Which components a command compiles that changes their files or node_modules.
pub(super) enum Following<'a> {
    /// Those that were compiled before.
    Compiled,
    /// These too.
    And(&'a BTreeSet<ComponentId>),
    /// All of them.
    All,
}

/// Compiles what is not as it was when it was compiled: so what runs is what stands in the folders. What can't be
/// compiled is told with the links, and fails nothing.
pub(super) fn follow(
    workspace: &Workspace,
    state: &mut State,
    which: &Following,
    links: &mut LinkReport,
) -> Result<()> {
    if workspace::pnp_in_force(&workspace.layout.root) {
        return Ok(());
    }
    let remembered = state.compiled();
    let is_meant = |component: &Component| {
        component.is_compiled()
            && match which {
                Following::All => true,
                Following::And(ids) if ids.contains(&component.id) => true,
                _ => remembered.contains(component.package.as_str()),
            }
    };
    if !state.components.iter().any(is_meant) {
        return Ok(());
    }
    let mut report = CompileReport::default();
    compile_some(workspace, state, &is_meant, &mut report, &Quiet)?;
    report.tell(links);
    Ok(())
}

/// Compiles components whose links are there, and makes the links prefer what was compiled.
fn compile_some(
    workspace: &Workspace,
    state: &mut State,
    is_chosen: &(dyn Fn(&Component) -> bool + Sync),
    report: &mut CompileReport,
    progress: &dyn Progress,
) -> Result<()> {
    let root = &workspace.layout.root;
    let chosen: Vec<&Component> = state.components.iter().filter(|component| is_chosen(component)).collect();
    progress.stage("compiling", chosen.len());
    // Their declarations are written by TypeScript, which needs those of what they import.
    let (typed, own): (Vec<&Component>, Vec<&Component>) =
        chosen.into_iter().partition(|component| typed::is_typed(workspace, component));
    let mut done: Vec<Outcome> = with_readers(|| {
        let one = |component: &&Component| {
            let outcome = compile_one(root, component);
            progress.advance(1);
            outcome
        };
        own.par_iter().map(one).collect()
    });
    done.extend(typed::compile(workspace, state, &typed, progress));
    let chosen = own.into_iter().chain(typed);
    let mut compiled = state.compiled();
    let mut links_change = false;
    for (component, outcome) in chosen.zip(done) {
        let package = component.package.to_string();
        match &outcome {
            Outcome::Compiled { .. } | Outcome::Unchanged => drop(compiled.insert(package)),
            Outcome::Nothing { .. } => drop(compiled.remove(&package)),
            Outcome::Failed(_) => {}
        }
        links_change |= matches!(outcome, Outcome::Compiled { .. } | Outcome::Nothing { was_built: true });
        report.add(component, outcome);
    }
    state.put_compiled(&compiled);
    if links_change {
        links::mend(workspace, state, LinkCheck::Quick)?;
    }
    Ok(())
}

/// What became of one component.
enum Outcome {
    Compiled { files: usize, written: Written, warnings: Vec<Problem> },
    Unchanged,
    Nothing { was_built: bool },
    Failed(Obstacle),
}

fn compile_one(root: &Path, component: &Component) -> Outcome {
    if !component.is_compiled() {
        return match workspace::remove_built(root, &component.package) {
            Ok(was_built) => Outcome::Nothing { was_built },
            Err(error) => Outcome::Failed(Obstacle::Failed(format!("{error:#}"))),
        };
    }
    let made_from = fingerprint_of(component);
    if workspace::is_built_from(root, &component.package, made_from) {
        return Outcome::Unchanged;
    }
    if !workspace::link_of_component(root, component.package.as_str()) {
        return Outcome::Failed(Obstacle::Foreign);
    }
    let named_from_workspace = |problems| named_from_workspace(component, problems);
    match read_and_compile(root, component) {
        Err(error) => Outcome::Failed(Obstacle::Failed(format!("{error:#}"))),
        Ok(Err(problems)) => Outcome::Failed(Obstacle::Problems(named_from_workspace(problems))),
        Ok(Ok(None)) => Outcome::Nothing { was_built: false },
        Ok(Ok(Some(compiled))) => match write(root, component, made_from, &compiled) {
            Ok(written) => Outcome::Compiled {
                files: compiled.files.len(),
                written,
                warnings: named_from_workspace(compiled.warnings),
            },
            Err(error) => Outcome::Failed(Obstacle::Failed(format!("{error:#}"))),
        },
    }
}

fn named_from_workspace(component: &Component, problems: Vec<Problem>) -> Vec<Problem> {
    let named =
        |problem: Problem| Problem { file: format!("{}/{}", component.entry.root_dir, problem.file), ..problem };
    problems.into_iter().map(named).collect()
}

fn read_and_compile(root: &Path, component: &Component) -> Result<Result<Option<Compiled>, Vec<Problem>>> {
    let folder = real_folder(root, &component.entry.root_dir)?;
    let read = |path: &str| {
        let file = folder.join(path);
        std::fs::read(&file).with_context(|| format!("could not read {}", file.display()))
    };
    let contents = component.files.iter().map(|file| read(&file.source.path)).collect::<Result<Vec<_>>>()?;
    let files: Vec<AuthorFile<'_>> = component
        .files
        .iter()
        .zip(&contents)
        .map(|(file, bytes)| AuthorFile {
            path: &file.source.path,
            bytes,
            executable: file.source.mode == FileMode::Executable,
        })
        .collect();
    Ok(compile_files(&Source { files: &files, main: &component.entry.main_file, module: component.module }))
}

fn write(root: &Path, component: &Component, made_from: Fingerprint, compiled: &Compiled) -> Result<Written> {
    let files: Vec<DistFile<'_>> = compiled
        .files
        .iter()
        .map(|file| DistFile { path: &file.path, bytes: &file.bytes, executable: file.executable })
        .collect();
    workspace::write_built(root, &component.package, made_from, &files)
}

/// Two that are equal here compile to the same.
fn fingerprint_of(component: &Component) -> Fingerprint {
    let module = if component.module == ModuleSystem::Esm { "esm" } else { "cjs" };
    let mut text = format!("{COMPILER}\0{module}\0{}\n", component.entry.main_file);
    for file in &component.files {
        let mode = if file.source.mode == FileMode::Executable { "x" } else { "-" };
        text.push_str(&format!("{mode}\0{}\0{}\n", file.source.blob, file.source.path));
    }
    fingerprint(text.as_bytes())
}
