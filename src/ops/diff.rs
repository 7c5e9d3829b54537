//! What changed: between a version and the folder, or between two versions.

use super::base::here;
use super::select::{Among, Excluded, only_excludes};
use super::view::View;
use super::{Found, Knowledge, Progress, Standing, State, Workspace, select};
use crate::errors;
use crate::git::{FileMode, TextDiff, diff_texts, oid};
use crate::model::{ComponentId, DependencyKind, Origin, PackageFields, Pattern, Version, VersionId, VersionSelector};
use crate::scope::{SourceFile, StoredVersion};
use crate::source::text;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
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

/// What is compared with what.
struct Pair {
    id: ComponentId,
    old: Version,
    new: Option<Version>,
    /// The old side, where it is the version that a copy comes from.
    origin: Option<Origin>,
}

impl Pair {
    /// A copy, and what it comes from.
    fn of_copy(knowledge: Knowledge, copy: &VersionId) -> Result<Option<Self>> {
        let pair = |origin: Origin| Self {
            id: copy.id.clone(),
            old: origin.id.version.clone(),
            new: Some(copy.version.clone()),
            origin: Some(origin),
        };
        Ok(knowledge.stored(copy)?.origin.map(pair))
    }
}

/// The components of the workspace whose versions are copies.
fn copies(knowledge: Knowledge) -> Result<Vec<Pair>> {
    let mut pairs = Vec::new();
    for entry in knowledge.bitmap.entries() {
        let version = entry.version.as_ref().filter(|_| here(knowledge.known, entry).is_some());
        if let Some(version) = version {
            pairs.extend(Pair::of_copy(knowledge, &entry.id().at(version.clone()))?);
        }
    }
    Ok(pairs)
}

fn modified(state: &State) -> Vec<Pair> {
    let modified = state.components.iter().filter(|component| matches!(component.standing, Standing::Modified(_)));
    let pair = |component: &super::Component| {
        Some(Pair { id: component.id.clone(), old: component.entry.version.clone()?, new: None, origin: None })
    };
    modified.filter_map(pair).collect()
}

fn pairs_of(knowledge: Knowledge, options: &DiffOptions) -> Result<Vec<Pair>> {
    let mut pairs: Vec<Pair> = Vec::new();
    let excluded = Excluded::read(Among::with(knowledge.bitmap, &[]), &options.ids)?;
    let only_exclusions = options.ids.iter().all(|text| only_excludes(text));
    for text in options.ids.iter().filter(|text| only_exclusions || !only_excludes(text)) {
        let found = if Pattern::looks_like(text) { tagged(knowledge, text)? } else { vec![knowledge.find(text)?] };
        for found in found.into_iter().filter(|found| !excluded.holds(&found.id)) {
            if !pairs.iter().any(|earlier| earlier.id == found.id) {
                pairs.push(match options.against {
                    Against::OtherState => pair(knowledge, found, options)?,
                    Against::Origin => {
                        let copy = knowledge.version_of(&found)?.ok_or_else(|| errors::no_version_yet(&found.id))?;
                        Pair::of_copy(knowledge, &copy)?.ok_or_else(|| errors::no_origin(&copy))?
                    }
                });
            }
        }
    }
    Ok(pairs)
}

/// The components that a pattern names and that have a version: new ones have nothing to be compared with.
fn tagged<'a>(knowledge: Knowledge<'a>, pattern: &str) -> Result<Vec<Found<'a>>> {
    let selections = select(knowledge.bitmap, &[pattern.to_owned()])?;
    let found = selections.into_iter().map(|selection| knowledge.about(&selection.id)).collect::<Result<Vec<_>>>()?;
    let has_version = |found: &Found| found.entry.is_some_and(|entry| entry.version.is_some());
    Ok(found.into_iter().filter(has_version).collect())
}

/// `id@1.0.0 1.0.1` and `id 1.0.0 1.0.1` say the same.
fn pair(knowledge: Knowledge, found: Found, options: &DiffOptions) -> Result<Pair> {
    let mut selectors = [&found.version, &options.from, &options.to].into_iter().flatten();
    let number =
        |selector: Option<&VersionSelector>| selector.map(|selector| knowledge.select(&found, selector)).transpose();
    let (old, new) = (number(selectors.next())?, number(selectors.next())?);
    if new.is_none() && found.entry.is_none() {
        return Err(errors::nothing_to_compare(&found.id));
    }
    let old = match old {
        Some(old) => old,
        None => current(knowledge, &found)?,
    };
    Ok(Pair { id: found.id, old, new, origin: None })
}

/// The version that the folder has. Another one of that number says nothing of the folder.
fn current(knowledge: Knowledge, found: &Found) -> Result<Version> {
    let entry = found.entry.filter(|entry| entry.version.is_some());
    let version = entry.and_then(|entry| entry.version.clone()).ok_or_else(|| errors::no_version_yet(&found.id))?;
    match entry.and_then(|entry| here(knowledge.known, entry)) {
        Some(_) => Ok(version),
        None => Err(errors::import_pending(&found.id.at(version).to_string())),
    }
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

/// The fields that differ.
fn fields(old: &View, new: &View) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    for (field, old, new) in [("main file", &old.main, &new.main), ("environment", &old.env, &new.env)] {
        if old != new {
            changes.push(FieldChange { field, of: None, old: Some(old.clone()), new: Some(new.clone()) });
        }
    }
    changes.extend(changed("dependency", &dependencies(old), &dependencies(new)));
    let package_fields = (texts(&old.package_fields), texts(&new.package_fields));
    let (old, new) = (&old.packages, &new.packages);
    changes.extend(changed("package", &old.dependencies, &new.dependencies));
    changes.extend(changed("dev package", &old.dev_dependencies, &new.dev_dependencies));
    changes.extend(changed("peer package", &old.peer_dependencies, &new.peer_dependencies));
    changes.extend(changed("package.json", &package_fields.0, &package_fields.1));
    changes
}

/// Each as JSON, in one line.
fn texts(fields: &PackageFields) -> BTreeMap<String, String> {
    fields.as_map().iter().map(|(name, value)| (name.clone(), value.to_string())).collect()
}

/// Each with its version, and its kind where that is a special one.
fn dependencies(view: &View) -> BTreeMap<String, String> {
    let text = |needed: &super::view::ViewedDependency| {
        let version = needed.version.as_ref().map_or_else(|| "new".to_owned(), Version::to_string);
        let kind = if needed.kind == DependencyKind::Runtime { String::new() } else { format!(" ({})", needed.kind) };
        (needed.id.to_string(), format!("{version}{kind}"))
    };
    view.dependencies.iter().map(text).collect()
}

fn changed(field: &'static str, old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<FieldChange> {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let differs = |name: &&String| old.get(*name) != new.get(*name);
    let change = |name: &String| FieldChange {
        field,
        of: Some(name.clone()),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    };
    names.into_iter().filter(differs).map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PackageFields, Packages};
    use crate::ops::view::ViewedDependency;

    fn view(main: &str, dependencies: &[(&str, Option<&str>, DependencyKind)], packages: &[(&str, &str)]) -> View {
        let dependency = |(id, version, kind): &(&str, Option<&str>, DependencyKind)| ViewedDependency {
            id: id.parse().unwrap(),
            version: version.map(|version| version.parse().unwrap()),
            kind: *kind,
        };
        let packages = packages.iter().map(|(name, range)| ((*name).to_owned(), (*range).to_owned())).collect();
        View {
            files: vec![],
            main: main.into(),
            env: "node".into(),
            dependencies: dependencies.iter().map(dependency).collect(),
            packages: Packages { dependencies: packages, ..Packages::default() },
            package_fields: PackageFields::default(),
        }
    }

    #[test]
    fn fields_that_differ_are_told_and_no_others() {
        use DependencyKind::{Dev, Runtime};
        let old =
            view("index.js", &[("s.c/a", Some("1.0.0"), Runtime), ("s.c/b", Some("1.0.0"), Runtime)], &[("x", "^1")]);
        let new = view(
            "main.js",
            &[("s.c/a", Some("1.0.1"), Dev), ("s.c/b", Some("1.0.0"), Runtime), ("s.c/c", None, Runtime)],
            &[],
        );
        let told: Vec<String> = fields(&old, &new)
            .into_iter()
            .map(|change| {
                let side = |side: Option<String>| side.unwrap_or_else(|| "-".into());
                format!("{} {} {} {}", change.field, change.of.unwrap_or_default(), side(change.old), side(change.new))
            })
            .collect();
        assert_eq!(
            told,
            [
                "main file  index.js main.js",
                "dependency s.c/a 1.0.0 1.0.1 (dev)",
                "dependency s.c/c - new",
                "package x ^1 -"
            ]
        );
        assert!(fields(&old, &old).is_empty());
    }
}
