//! What the files of one component import, and where that leads.

use super::super::WorkFile;
use super::{Index, Needed};
use crate::model::{DependencyKind, PackageName, Packages};
use crate::ops::state::{Issue, IssueKind};
use crate::source::compile::{DIST, is_compiled};
use crate::source::imports::{Import, package_of};
use crate::source::resolve::{Resolution, Target, target};
use crate::workspace::BitmapEntry;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// What is found out about one component.
pub(super) struct Finder<'i, 'a> {
    pub(super) index: &'i Index<'a>,
    pub(super) at: usize,
    pub(super) entry: &'i BitmapEntry,
    pub(super) policy: Packages,
    pub(super) components: BTreeMap<Needed, (DependencyKind, (String, u32))>,
    pub(super) packages: BTreeMap<String, (DependencyKind, String)>,
    /// Those of the packages of which only the current version says a range.
    pub(super) lacking: BTreeMap<String, String>,
    /// What the current version needs: read when nothing else says.
    pub(super) current: OnceCell<Option<Packages>>,
    pub(super) issues: Vec<Issue>,
}

impl<'i, 'a> Finder<'i, 'a> {
    /// Of the component at this place.
    pub(super) fn new(index: &'i Index<'a>, at: usize) -> Self {
        let entry = index.entries[at];
        let problems = index.found[at].problems.iter();
        Self {
            index,
            at,
            entry,
            policy: index.config.for_component(&entry.root_dir).policy(),
            components: BTreeMap::new(),
            packages: BTreeMap::new(),
            lacking: BTreeMap::new(),
            current: OnceCell::new(),
            issues: problems.map(|problem| Issue::of_problem(&entry.root_dir, problem)).collect(),
        }
    }

    pub(super) fn look_at(&mut self, file: &WorkFile) {
        let path = format!("{}/{}", self.entry.root_dir, file.source.path);
        if let Some(line) = file.conflict_line {
            let fix = "decide what stays, and remove the markers";
            let message = "git's merge conflict markers are in this file";
            self.issues.push(Issue::in_file(IssueKind::MergeConflictMarkers, &path, Some(line), message, fix));
        }
        if self.is_other_side(&file.source.path) {
            let fix = "keep one of the two under the name without .theirs, and delete the other";
            let message = "this is the other side of a file that a merge could not join";
            self.issues.push(Issue::in_file(IssueKind::MergeConflictMarkers, &path, None, message, fix));
        }
        let Some(scan) = &file.scan else { return };
        if let (Some(problem), None) = (&scan.problem, file.conflict_line) {
            let message = format!("can't be parsed: {} (column {})", problem.message, problem.column);
            let fix = "mend it, or list the file in .bitignore if it is no source";
            self.issues.push(Issue::in_file(IssueKind::ParseError, &path, Some(problem.line), message, fix));
        }
        let is_test = is_test_file(&file.source.path);
        for import in &scan.imports {
            self.follow(&path, import, is_test);
        }
        if let Some(markup) = &scan.markup
            && is_compiled(&file.source.path)
            && self.compiles()
        {
            self.follow(&path, markup, is_test);
        }
        for mention in &scan.mentions {
            self.note(&path, mention, is_test);
        }
    }

    /// A component that is named is needed: its types, its icons. Any other name may be that of nothing.
    fn note(&mut self, from: &str, mention: &Import, is_test: bool) {
        let Some(name) = package_of(&mention.specifier).map(|package| package.name) else { return };
        if self.index.by_package.contains_key(name) || self.index.known_component(self.at, name).is_some() {
            self.package(from, mention, name, is_test);
        }
    }

    fn follow(&mut self, from: &str, import: &Import, is_test: bool) {
        let exists = |path: &str| self.index.exists(self.at, path);
        match target(from, import, &exists) {
            Target::File(resolution) => self.relative(from, import, resolution),
            Target::Package(package) => {
                let name = package.name.to_owned();
                self.package(from, import, &name, is_test);
            }
            Target::Elsewhere => {}
        }
    }

    /// Whether bit compiles what has to be compiled here.
    pub(super) fn compiles(&self) -> bool {
        self.index.config.environment(&self.entry.root_dir).compiles()
    }

    fn relative(&mut self, from: &str, import: &Import, resolution: Resolution) {
        let specifier = &import.specifier;
        let (kind, message, fix) = match resolution {
            Resolution::Found(path) if self.is_own(&path) => return,
            Resolution::Found(path) if self.index.inside(self.at, &path).is_some() => {
                let is_compiled = path.starts_with(&format!("{}/{DIST}/", self.entry.root_dir)) && self.compiles();
                let (why, fix) = match is_compiled {
                    true => (
                        "and no file in dist is a source here: that is where the component is compiled to",
                        "give the folder another name, or import what the file was made from",
                    ),
                    false => (
                        "which is left out: by an ignore rule, or as an output of the component's environment",
                        "change .gitignore, .bitignore or the \"outputs\" in workspace.jsonc, or import another file",
                    ),
                };
                (IssueKind::UntrackedFile, format!("'{specifier}' is the file {path}, {why}"), fix.to_owned())
            }
            Resolution::Found(path) => match self.index.bitmap.containing(&path) {
                Some(other) if other.root_dir != self.entry.root_dir => (
                    IssueKind::RelativeComponent,
                    format!("'{specifier}' reaches into the component {}", other.id()),
                    format!("import its package, \"{}\"; \"bit link --rewire\" does it", PackageName::of(&other.id())),
                ),
                _ => (
                    IssueKind::UntrackedFile,
                    format!("'{specifier}' is the file {path}, which is part of no component"),
                    "add its folder as a component, or move the file into this one".to_owned(),
                ),
            },
            Resolution::Missing { looked_for } => (
                IssueKind::MissingFile,
                match looked_for.as_str() {
                    "" => format!("non-existing dependency files: '{specifier}' (the workspace's own folder)"),
                    path => format!("non-existing dependency files: '{specifier}' ({path})"),
                },
                "put the file there, or mend the import".to_owned(),
            ),
            Resolution::OutsideWorkspace => (
                IssueKind::UntrackedFile,
                format!("'{specifier}' lies outside of the workspace"),
                "move the file into a component".to_owned(),
            ),
        };
        self.issues.push(Issue::in_file(kind, from, Some(import.line), message, fix));
    }

    fn is_own(&self, path: &str) -> bool {
        let files = &self.index.found[self.at].files;
        let own = self.index.inside(self.at, path);
        own.is_some_and(|own| files.binary_search_by(|file| file.source.path.as_str().cmp(own)).is_ok())
    }
}

/// Files that are there to test the others.
fn is_test_file(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let marked = |name: &str| name.contains(".spec.") || name.contains(".test.");
    marked(name) || folders.split('/').any(|folder| folder == "__tests__")
}
