//! Links in node_modules for every component, and imports that go through them instead of through folders.

use super::links::{self, LinkCheck, LinkReport};
use super::state::Component;
use super::{Progress, State, Workspace, select};
use crate::disk;
use crate::errors;
use crate::model::ComponentId;
use crate::source::imports::{Import, ImportKind, ParseProblem};
use crate::source::resolve::{Resolution, Target, below, target};
use crate::source::rewrite::rewrite_specifiers;
use crate::workspace::real_folder;
use anyhow::{Context, Result};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// What to link.
#[derive(Debug, Clone, Default)]
pub struct LinkOptions {
    /// Ids and patterns of the components whose imports are rewired; all where there is none.
    pub ids: Vec<String>,
    /// What to do with relative imports across components.
    pub imports: RelativeImports,
    /// Where links are wanted, if somebody said so.
    pub target: Option<PathBuf>,
}

/// What to do with relative imports across components.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RelativeImports {
    /// Leave them.
    #[default]
    Keep,
    /// Turn them into imports of the other component's package.
    Rewire,
}

/// What was done.
#[derive(Debug, Default)]
pub struct Linked {
    /// To the links.
    pub links: LinkReport,
    /// Components with the files that were rewired, relative to the workspace.
    pub rewired: Vec<(ComponentId, Vec<String>)>,
    /// Files that can't be parsed, so that an import might be missed; they were left alone.
    pub unparsed: Vec<(String, ParseProblem)>,
}

/// Links every component, and rewires imports where that is asked for.
pub fn link(cwd: &Path, options: &LinkOptions, progress: &dyn Progress) -> Result<(Workspace, Linked)> {
    let (workspace, _lock) = Workspace::open_for_writing(cwd, progress)?;
    links::check_possible(&workspace)?;
    check_target(&workspace, options.target.as_deref())?;
    let chosen = select(&workspace.bitmap, &options.ids)?;
    let mut state = State::load(&workspace, progress)?;
    let mut outcome = Linked::default();
    if options.imports == RelativeImports::Rewire {
        let is_chosen = |id: &ComponentId| options.ids.is_empty() || chosen.iter().any(|selection| selection.id == *id);
        let rewirer = Rewirer::new(&workspace, &state);
        for component in state.components.iter().filter(|component| is_chosen(&component.id)) {
            rewirer.rewire(component, &mut outcome)?;
        }
    }
    outcome.links = links::mend(&workspace, &mut state, LinkCheck::Full)?;
    state.remember(&workspace);
    Ok((workspace, outcome))
}

fn check_target(workspace: &Workspace, target: Option<&Path>) -> Result<()> {
    match target {
        Some(folder) if !workspace.layout.relative(folder, &workspace.cwd)?.is_empty() => {
            Err(errors::links_elsewhere(folder))
        }
        _ => Ok(()),
    }
}

/// Turns relative imports across components into imports of packages.
struct Rewirer<'a> {
    workspace: &'a Workspace,
    /// The components by the folders they are in.
    by_root_dir: HashMap<&'a str, &'a Component>,
}

impl<'a> Rewirer<'a> {
    fn new(workspace: &'a Workspace, state: &'a State) -> Self {
        let by_root_dir =
            state.components.iter().map(|component| (component.entry.root_dir.as_str(), component)).collect();
        Self { workspace, by_root_dir }
    }

    fn rewire(&self, component: &Component, outcome: &mut Linked) -> Result<()> {
        let mut files = Vec::new();
        for file in &component.files {
            let path = format!("{}/{}", component.entry.root_dir, file.source.path);
            let Some(scan) = &file.scan else { continue };
            if let Some(problem) = &scan.problem {
                outcome.unparsed.push((path, problem.clone()));
                continue;
            }
            if scan.imports.iter().any(|import| self.package_for(component, &path, import).is_some()) {
                match self.rewrite(component, &path)? {
                    Ok(true) => files.push(path),
                    Ok(false) => {}
                    Err(problem) => outcome.unparsed.push((path, problem)),
                }
            }
        }
        if !files.is_empty() {
            outcome.rewired.push((component.id.clone(), files));
        }
        Ok(())
    }

    /// Reads the file once more: it is what stands there now that is changed. Says whether it was.
    fn rewrite(&self, component: &Component, path: &str) -> Result<Result<bool, ParseProblem>> {
        let root = &self.workspace.layout.root;
        real_folder(root, &component.entry.root_dir)?;
        let file = root.join(path);
        let bytes = std::fs::read(&file).with_context(|| format!("could not read {}", file.display()))?;
        match rewrite_specifiers(path, &bytes, &|import| self.package_for(component, path, import)) {
            Ok(Some(changed)) => {
                disk::write_atomically(&file, &changed, &self.workspace.scope.state_folder())?;
                Ok(Ok(true))
            }
            Ok(None) => Ok(Ok(false)),
            Err(problem) => Ok(Err(problem)),
        }
    }

    /// What an import of another component's file becomes; `None` for every other import.
    fn package_for(&self, component: &Component, from: &str, import: &Import) -> Option<String> {
        let Target::File(Resolution::Found(path)) = target(from, import, &|path| self.exists(path)) else {
            return None;
        };
        let (other, inside) = self.owner(&path)?;
        // What the ignore rules leave out is not in the package.
        if other.id == component.id || other.file(inside).is_none() {
            return None;
        }
        let tilde = if import.kind == ImportKind::Style { "~" } else { "" };
        let (subpath, query) = below(&other.entry.root_dir, from, &import.specifier, &path);
        let subpath = if inside == other.entry.main_file { String::new() } else { format!("/{subpath}") };
        Some(format!("{tilde}{}{subpath}{query}", other.package))
    }

    fn exists(&self, path: &str) -> bool {
        let is_tracked = self.owner(path).is_some_and(|(owner, inside)| owner.file(inside).is_some());
        is_tracked || self.workspace.layout.root.join(path).is_file()
    }

    /// The component in whose folder a path lies, and the path from there.
    fn owner<'p>(&self, path: &'p str) -> Option<(&'a Component, &'p str)> {
        let slashes = path.match_indices('/').map(|(at, _)| at);
        slashes.rev().find_map(|at| Some((*self.by_root_dir.get(&path[..at])?, &path[at + 1..])))
    }
}
