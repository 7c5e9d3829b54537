//! What changed: between a version and the folder, or between two versions.

mod fields;
mod pairs;

use super::view::View;
use super::{Knowledge, Progress, State, Workspace};
use crate::errors;
use crate::git::{FileMode, TextDiff, diff_texts, oid};
use crate::model::{ComponentId, Origin, Version, VersionId, VersionSelector};
use crate::scope::{SourceFile, StoredVersion};
use crate::source::text;
use anyhow::{Context, Result};
use fields::fields;
use pairs::{Pair, copies, modified, pairs_of};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What to compare.
#[derive(Debug, Clone, Default)]
pub struct DiffOptions {
    /// Ids and patterns; none: all that is modified.
    pub ids: Vec<String>,
    /// With what versions are compared.
    pub against: Against,
    /// The old side; without it, the version that the folder has.
    pub from: Option<VersionSelector>,
    /// The new side; without it, the folder.
    pub to: Option<VersionSelector>,
    /// Only this file.
    pub file: Option<String>,
    /// Which differences.
    pub part: Part,
}

/// With what a version is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Against {
    /// Another version, or the folder.
    #[default]
    OtherState,
    /// A copy with the version that it comes from.
    Origin,
}

/// Which differences are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Part {
    /// All.
    #[default]
    Everything,
    /// Those of files.
    Files,
    /// Those of fields: main file, environment, dependencies, packages.
    Fields,
}

/// What changed in one component.
#[derive(Debug)]
pub struct ComponentDiff {
    /// Which one.
    pub id: ComponentId,
    /// Its folder in the workspace.
    pub root_dir: Option<String>,
    /// Where the new version comes from, if it is compared with that.
    pub origin: Option<VersionId>,
    /// The old version.
    pub old: Version,
    /// The new one; `None` is the folder as it is now.
    pub new: Option<Version>,
    /// Files that differ, by path.
    pub files: Vec<FileDiff>,
    /// Fields that differ.
    pub fields: Vec<FieldChange>,
}

impl ComponentDiff {
    /// Whether anything differs.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty() && self.fields.is_empty()
    }
}

/// A file that differs.
#[derive(Debug)]
pub struct FileDiff {
    /// From the component's folder.
    pub path: String,
    /// What it was; `None` where it is new.
    pub old_mode: Option<FileMode>,
    /// What it is; `None` where it is gone.
    pub new_mode: Option<FileMode>,
    /// How its content differs.
    pub diff: TextDiff,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Which one, in words: "main file", "dependency", "dev package".
    pub field: &'static str,
    /// Of what: the dependency's or the package's name.
    pub of: Option<String>,
    /// What it was.
    pub old: Option<String>,
    /// What it is.
    pub new: Option<String>,
}

/// Compares.
pub fn diff(cwd: &Path, options: &DiffOptions, progress: &dyn Progress) -> Result<(Workspace, Vec<ComponentDiff>)> {
    let workspace = Workspace::open(cwd, progress)?;
    let known = workspace.scope.known()?;
    let knowledge = Knowledge::of(&workspace, &known);
    let mut pairs = if options.ids.is_empty() { None } else { Some(pairs_of(knowledge, options)?) };
    let state = match &pairs {
        Some(pairs) if pairs.iter().all(|pair| pair.new.is_some()) => None,
        None if options.against == Against::Origin => None,
        _ => Some(State::load(&workspace, progress)?),
    };
    if pairs.is_none() && options.against == Against::Origin {
        pairs = Some(copies(knowledge)?);
    }
    if let (None, Some(state)) = (&pairs, &state) {
        pairs = Some(modified(state));
    }
    let differ = Differ { workspace: &workspace, knowledge, options, state: state.as_ref() };
    let mut is_file_met = false;
    let mut diffs = Vec::new();
    for pair in pairs.into_iter().flatten() {
        diffs.push(differ.compare(pair, &mut is_file_met)?);
    }
    match &options.file {
        Some(file) if !is_file_met && !diffs.is_empty() => return Err(errors::file_on_neither_side(file)),
        _ => {}
    }
    if let Some(state) = state {
        state.remember(&workspace);
    }
    Ok((workspace, diffs))
}

struct Differ<'a> {
    workspace: &'a Workspace,
    knowledge: Knowledge<'a>,
    options: &'a DiffOptions,
    state: Option<&'a State>,
}

/// One side of a comparison, and the folder its files are in; without one they are in the local scope.
struct Side {
    view: View,
    folder: Option<PathBuf>,
}

impl Differ<'_> {
    fn compare(&self, pair: Pair, is_file_met: &mut bool) -> Result<ComponentDiff> {
        let root_dir = self.workspace.entry(&pair.id).map(|entry| entry.root_dir.clone());
        let old = match &pair.origin {
            Some(origin) => self.origin(origin)?,
            None => self.version(&pair.id, &pair.old)?,
        };
        let new = match &pair.new {
            Some(version) => self.version(&pair.id, version)?,
            None => self.folder(&pair.id)?,
        };
        let (wants_files, wants_fields) = match (self.options.part, &self.options.file) {
            (_, Some(_)) | (Part::Files, _) => (true, false),
            (Part::Fields, _) => (false, true),
            (Part::Everything, _) => (true, true),
        };
        let paths = old.view.files.iter().chain(&new.view.files).map(|file| file.path.as_str());
        let paths: BTreeSet<&str> = paths.filter(|path| self.is_wanted(root_dir.as_deref(), path)).collect();
        *is_file_met |= !paths.is_empty();
        let mut files = Vec::new();
        for path in paths.into_iter().filter(|_| wants_files) {
            files.extend(self.file(path, &old, &new)?);
        }
        let fields = if wants_fields { fields(&old.view, &new.view) } else { Vec::new() };
        let origin = pair.origin.map(|origin| origin.id);
        Ok(ComponentDiff { id: pair.id, root_dir, origin, old: pair.old, new: pair.new, files, fields })
    }

    fn is_wanted(&self, root_dir: Option<&str>, path: &str) -> bool {
        let Some(wanted) = self.options.file.as_deref().map(|wanted| wanted.trim_start_matches("./")) else {
            return true;
        };
        let from_root = root_dir.and_then(|root_dir| wanted.strip_prefix(root_dir)?.strip_prefix('/'));
        wanted == path || from_root == Some(path)
    }

    fn version(&self, id: &ComponentId, version: &Version) -> Result<Side> {
        let stored = self.knowledge.stored(&id.at(version.clone()))?;
        Ok(Side { view: View::of_version(self.knowledge.repo, &stored)?, folder: None })
    }

    /// By its content: under its number there may be another one here.
    fn origin(&self, origin: &Origin) -> Result<Side> {
        let repo = self.knowledge.repo;
        match repo.has(oid(origin.commit))? {
            true => {
                let stored = StoredVersion::read(repo, origin.commit)?;
                Ok(Side { view: View::of_version(repo, &stored)?, folder: None })
            }
            false => Err(errors::origin_not_here(&origin.id)),
        }
    }

    fn folder(&self, id: &ComponentId) -> Result<Side> {
        let component = self.state.and_then(|state| Some((state, &state.components[state.index_of(id)?])));
        let (state, component) = component.ok_or_else(|| errors::not_tracked(id))?;
        let folder = self.workspace.layout.root.join(&component.entry.root_dir);
        Ok(Side { view: View::of_folder(state, component), folder: Some(folder) })
    }

    /// `None`: the same on both sides.
    fn file(&self, path: &str, old: &Side, new: &Side) -> Result<Option<FileDiff>> {
        let (before, after) = (old.find(path), new.find(path));
        let facts = |file: Option<&SourceFile>| file.map(|file| (file.mode, file.blob));
        if facts(before) == facts(after) {
            return Ok(None);
        }
        let is_same_content = before.map(|file| file.blob) == after.map(|file| file.blob);
        let diff = if is_same_content {
            TextDiff::default()
        } else {
            let (before, after) = (self.content(old, before)?, self.content(new, after)?);
            diff_texts(before.as_deref(), after.as_deref(), path)?
        };
        let (old_mode, new_mode) = (before.map(|file| file.mode), after.map(|file| file.mode));
        Ok(Some(FileDiff { path: path.to_owned(), old_mode, new_mode, diff }))
    }

    fn content(&self, side: &Side, file: Option<&SourceFile>) -> Result<Option<Vec<u8>>> {
        let Some(file) = file else { return Ok(None) };
        let Some(folder) = &side.folder else {
            return self.knowledge.repo.blob(file.blob).map(Some);
        };
        let path = folder.join(&file.path);
        let bytes = std::fs::read(&path).with_context(|| format!("could not read {}", path.display()))?;
        Ok(Some(text::normalize(bytes)))
    }
}

impl Side {
    fn find(&self, path: &str) -> Option<&SourceFile> {
        self.view.files.iter().find(|file| file.path == path)
    }
}
