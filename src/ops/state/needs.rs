//! What a component needs, found in its sources: other components, and packages from outside.

use super::WorkFile;
use super::files::Found;
use super::issues::{Issue, IssueKind};
use crate::errors::for_shell;
use crate::model::{
    CommitId, ComponentId, ComponentName, DependencyKind, Manifest, PackageName, Packages, VersionId, nearest,
};
use crate::ops::Workspace;
use crate::ops::base::here;
use crate::ops::merge::BESIDE;
use crate::scope::{Known, StoredVersion};
use crate::source::compile::{DIST, is_compiled};
use crate::source::imports::{Import, ImportKind, package_of};
use crate::source::resolve::{Resolution, Target, target};
use crate::workspace::{Bitmap, BitmapEntry, Declared, InstalledPackages, WorkspaceConfig};
use anyhow::Result;
use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Mutex;

/// A component that another one needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Which one.
    pub target: Needed,
    /// When.
    pub kind: DependencyKind,
    /// The first import of it: the file, relative to the workspace, and the line.
    pub place: (String, u32),
}

/// Where a needed component is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Needed {
    /// In the workspace; an index into its components.
    Here(usize),
    /// Only in the local scope, at this version.
    Known(VersionId, CommitId),
}

/// What was found out about one component.
pub struct Facts {
    /// The components it needs.
    pub needs: Vec<Need>,
    /// The packages it needs.
    pub packages: Packages,
    /// What is wrong.
    pub issues: Vec<Issue>,
}

/// All that is needed to find out what a component needs.
pub struct Index<'a> {
    root: &'a Path,
    local_scope: &'a Path,
    config: &'a WorkspaceConfig,
    bitmap: &'a Bitmap,
    entries: &'a [&'a BitmapEntry],
    found: &'a [Found],
    known: &'a Known,
    by_package: HashMap<String, usize>,
    declared: Declared,
    installed: InstalledPackages,
    /// Packages of components that are only in the local scope: filled when the first one is met.
    known_packages: std::sync::OnceLock<HashMap<String, ComponentId>>,
    /// What files outside of components were found to exist.
    outside: Mutex<HashMap<String, bool>>,
}

impl<'a> Index<'a> {
    /// Reads what the workspace declares.
    pub fn new(
        workspace: &'a Workspace,
        entries: &'a [&'a BitmapEntry],
        found: &'a [Found],
        known: &'a Known,
    ) -> Result<Self> {
        let package = |(at, entry): (usize, &&BitmapEntry)| (PackageName::of(&entry.id()).to_string(), at);
        Ok(Self {
            root: &workspace.layout.root,
            local_scope: workspace.scope.repo().path(),
            config: &workspace.config,
            bitmap: &workspace.bitmap,
            entries,
            found,
            known,
            by_package: entries.iter().enumerate().map(package).collect(),
            declared: Declared::read(&workspace.layout.root)?,
            installed: InstalledPackages::new(&workspace.layout.root),
            known_packages: std::sync::OnceLock::new(),
            outside: Mutex::default(),
        })
    }

    /// What the component at this place needs, and what is wrong with it.
    pub fn facts_of(&self, at: usize) -> Facts {
        let found = &self.found[at];
        let mut finder = Finder {
            index: self,
            at,
            entry: self.entries[at],
            policy: self.config.for_component(&self.entries[at].root_dir).policy(),
            components: BTreeMap::new(),
            packages: BTreeMap::new(),
            current: std::cell::OnceCell::new(),
            issues: found
                .problems
                .iter()
                .map(|problem| Issue::of_problem(&self.entries[at].root_dir, problem))
                .collect(),
        };
        finder.check_folder(found);
        for file in &found.files {
            finder.look_at(file);
        }
        finder.into_facts()
    }

    fn exists(&self, at: usize, path: &str) -> bool {
        if let Some(inside) = self.inside(at, path) {
            let files = &self.found[at].files;
            if files.binary_search_by(|file| file.source.path.as_str().cmp(inside)).is_ok() {
                return true;
            }
        }
        let mut outside = self.outside.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *outside.entry(path.to_owned()).or_insert_with(|| self.root.join(path).is_file())
    }

    /// The path from a component's folder, if it lies in it.
    fn inside<'p>(&self, at: usize, path: &'p str) -> Option<&'p str> {
        path.strip_prefix(self.entries[at].root_dir.as_str())?.strip_prefix('/')
    }

    /// A component that is not in the workspace but known in the local scope, by its package's name.
    fn known_component(&self, at: usize, package: &str) -> Option<Needed> {
        let all = || self.known.components.keys().map(|id| (PackageName::of(id).to_string(), id.clone()));
        let id = self.known_packages.get_or_init(|| all().collect()).get(package)?;
        let installed = self.installed.version_of(&self.entries[at].root_dir, package);
        let installed = installed.and_then(|version| version.parse().ok());
        let version = installed
            .filter(|version| self.known.commit(id, version).is_some())
            .or_else(|| self.pinned(at, id))
            .or_else(|| self.known.versions(id).next_back().map(|(version, _)| version.clone()))?;
        let commit = self.known.commit(id, &version)?;
        Some(Needed::Known(id.at(version), commit))
    }

    /// The component that a package is, if a scope that was seen lists it.
    fn listed_component(&self, package: &str) -> Option<ComponentId> {
        let mut catalogs = self.known.catalogs.values();
        let (catalog, rest) = catalogs.find_map(|catalog| {
            package.strip_prefix(&PackageName::prefix(&catalog.scope)).map(|rest| (catalog, rest))
        })?;
        let name = ComponentName::new(&rest.replace('.', "/")).ok()?;
        // Worker threads have no repository of their own here; this is the rare way, and opening one is cheap.
        let scope = crate::scope::LocalScope::open_again(self.local_scope).ok()?;
        let entry = catalog.entry(scope.repo(), &name).ok()??;
        entry.removed.is_none().then(|| ComponentId::new(catalog.scope.clone(), name))
    }

    /// What to do about a package that nobody has. One of the workspace's own scopes is a component that is not here.
    fn fix_for_package(&self, name: &str) -> String {
        if let Some(id) = self.listed_component(name) {
            return format!("its scope lists it: bit import {id}; or, without its files: bit import --objects {id}");
        }
        let mut scopes = self.entries.iter().map(|entry| entry.scope_name()).chain([self.config.default_scope.clone()]);
        let Some(scope) = scopes.find(|scope| name.starts_with(&PackageName::prefix(scope))) else {
            return format!("install it, or declare it: \"{name}\": \"<range>\" in the policy of workspace.jsonc");
        };
        let track = format!("a component of {scope} is added by its folder: bit add <folder>");
        match nearest(name, self.by_package.keys().map(String::as_str)) {
            Some(near) => format!("did you mean \"{near}\"? {track}"),
            None => track,
        }
    }

    /// What the component's current version says of itself.
    fn current(&self, at: usize) -> Option<Manifest> {
        let entry = self.entries[at];
        let commit = here(self.known, entry)?;
        // Worker threads have no repository of their own here; this is the rare way, and opening one is cheap.
        let scope = crate::scope::LocalScope::open_again(self.local_scope).ok()?;
        Some(StoredVersion::read(scope.repo(), commit).ok()?.manifest)
    }

    /// The version of a dependency that the component's current version was made with.
    fn pinned(&self, at: usize, wanted: &ComponentId) -> Option<crate::model::Version> {
        let manifest = self.current(at)?;
        let pin = manifest.dependencies.into_iter().find(|dependency| dependency.id.id == *wanted)?;
        self.known.commit(wanted, &pin.id.version).map(|_| pin.id.version)
    }
}

struct Finder<'i, 'a> {
    index: &'i Index<'a>,
    at: usize,
    entry: &'i BitmapEntry,
    policy: Packages,
    components: BTreeMap<Needed, (DependencyKind, (String, u32))>,
    packages: BTreeMap<String, (DependencyKind, String)>,
    /// What the current version needs: read when nothing else says.
    current: std::cell::OnceCell<Option<Packages>>,
    issues: Vec<Issue>,
}

impl Finder<'_, '_> {
    /// The folder as a whole: is it there, has it files, and the main one among them?
    fn check_folder(&mut self, found: &Found) {
        let root_dir = &self.entry.root_dir;
        let name = &self.entry.name;
        let back = format!(
            "put it back; if it was renamed: bit move {name} <new folder>; to stop tracking it: bit remove {name}"
        );
        let has_main = found.files.iter().any(|file| file.source.path == self.entry.main_file);
        let issue = if let Some(link) = &found.link {
            let message = "this folder is a symbolic link; a component is a real folder";
            Issue::in_file(
                IssueKind::SymbolicLink,
                link,
                None,
                message,
                "put the folder itself here, or add the one it leads to",
            )
        } else if found.is_gone {
            Issue::of_component(IssueKind::MissingFiles, format!("component files were deleted: {root_dir}"), back)
        } else if found.is_ignored {
            let message = format!("the ignore rules leave out the whole folder {root_dir}");
            Issue::of_component(IssueKind::MissingFiles, message, "change .gitignore or .bitignore")
        } else if found.files.is_empty() && self.has_outputs_only() {
            let message = format!("all files of {root_dir} are \"outputs\" of its environment, and so are no sources");
            let fix = "name other \"outputs\" in \"bit.build/envs\" of workspace.jsonc";
            Issue::of_component(IssueKind::MissingFiles, message, fix)
        } else if found.files.is_empty() {
            let message = format!("component files were deleted: {root_dir} holds none");
            Issue::of_component(IssueKind::MissingFiles, message, back)
        } else if !has_main {
            let file = format!("{root_dir}/{}", self.entry.main_file);
            let fix = format!("put it back, or name another one: bit add {} --main <file>", for_shell(root_dir));
            Issue::in_file(IssueKind::MissingMain, &file, None, "main-file was removed", fix)
        } else {
            return;
        };
        self.issues.push(issue);
    }

    fn has_outputs_only(&self) -> bool {
        let folder = self.index.root.join(&self.entry.root_dir);
        let outputs = self.index.config.environment(&self.entry.root_dir).outputs();
        outputs.iter().any(|output| folder.join(output).exists())
    }

    /// Whether a merge put this file beside the one that it could not join it with.
    fn is_other_side(&self, path: &str) -> bool {
        let files = &self.index.found[self.at].files;
        let has = |path: &str| files.binary_search_by(|file| file.source.path.as_str().cmp(path)).is_ok();
        let in_folder = |(at, _): (usize, &str)| has(&path[..at]);
        path.strip_suffix(BESIDE).is_some_and(|path| has(path) || self.has_folder(path))
            || path.match_indices(&format!("{BESIDE}/")).any(in_folder)
    }

    fn has_folder(&self, path: &str) -> bool {
        let inside = format!("{path}/");
        let files = &self.index.found[self.at].files;
        let from = files.partition_point(|file| file.source.path < inside);
        files.get(from).is_some_and(|file| file.source.path.starts_with(&inside))
    }

    fn look_at(&mut self, file: &WorkFile) {
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
    fn compiles(&self) -> bool {
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

    fn package(&mut self, from: &str, import: &Import, name: &str, is_test: bool) {
        let kind = self.kind_of(name, is_test);
        if let Some(&other) = self.index.by_package.get(name) {
            if other != self.at {
                self.needs_component(Needed::Here(other), kind, (from, import.line));
            }
            return;
        }
        if let Some((known, _)) = self.packages.get_mut(name) {
            *known = (*known).min(kind);
            return;
        }
        // A component that only the local scope knows may also be declared as a package: it is still a component.
        if let Some(known) = self.index.known_component(self.at, name) {
            return self.needs_component(known, kind, (from, import.line));
        }
        match self.range_of(name) {
            Some(range) => {
                self.check_range(from, import, name, &range);
                self.packages.insert(name.to_owned(), (kind, range));
            }
            None if self.as_before(name).is_some() => {
                self.packages.extend(self.as_before(name).map(|before| (name.to_owned(), before)));
            }
            None => {
                let nowhere = "is neither in workspace.jsonc nor in package.json nor installed";
                let message = match import.kind {
                    ImportKind::Markup => {
                        format!("JSX needs \"{}\", and the package \"{name}\" {nowhere}", import.specifier)
                    }
                    _ => format!("the package \"{name}\" {nowhere}"),
                };
                let fix = self.index.fix_for_package(name);
                self.issues.push(Issue::in_file(IssueKind::MissingPackage, from, Some(import.line), message, fix));
            }
        }
    }

    /// A version is installed elsewhere, and can't be changed: its ranges must mean something there, and tell no secret.
    fn check_range(&mut self, from: &str, import: &Import, name: &str, range: &str) {
        const LOCAL: [&str; 7] = ["workspace:", "file:", "link:", "portal:", "catalog:", "patch:", "exec:"];
        let what = match () {
            () if range.trim().is_empty() => "is empty",
            () if LOCAL.iter().any(|protocol| range.trim_start().starts_with(protocol)) => {
                "means something only in this workspace"
            }
            () if holds_a_secret(range) => "holds a user name or a password",
            () => return,
        };
        let message = format!("the range of the package \"{name}\" {what}");
        let fix = match range.contains("vendor/bit/") {
            true => "it is a component that was ejected, and whose versions are not here: bit install".to_owned(),
            false => {
                format!("declare one that works everywhere: \"{name}\": \"<range>\" in the policy of workspace.jsonc")
            }
        };
        self.issues.push(Issue::in_file(IssueKind::UnusableRange, from, Some(import.line), message, fix));
    }

    fn needs_component(&mut self, needed: Needed, kind: DependencyKind, (file, line): (&str, u32)) {
        let (known, _) = self.components.entry(needed).or_insert_with(|| (kind, (file.to_owned(), line)));
        *known = (*known).min(kind);
    }

    /// What only tests import is for development; what the policy calls a peer is one.
    fn kind_of(&self, name: &str, is_test: bool) -> DependencyKind {
        match () {
            () if is_test => DependencyKind::Dev,
            () if self.policies().any(|policy| policy.peer_dependencies.contains_key(name)) => DependencyKind::Peer,
            () => DependencyKind::Runtime,
        }
    }

    /// What is prescribed: by the variants of this folder, then for the whole workspace.
    fn policies(&self) -> impl Iterator<Item = &Packages> {
        [&self.policy, &self.index.config.policy].into_iter()
    }

    fn range_of(&self, name: &str) -> Option<String> {
        let in_policy = |policy: &Packages| -> Option<String> {
            let sections = [&policy.dependencies, &policy.peer_dependencies, &policy.dev_dependencies];
            sections.into_iter().find_map(|section| section.get(name)).cloned()
        };
        let declared = self.policies().find_map(in_policy);
        let declared = declared.or_else(|| self.index.declared.range_of(name).map(str::to_owned));
        let installed =
            || self.index.installed.version_of(&self.entry.root_dir, name).map(|version| format!("^{version}"));
        declared.or_else(installed)
    }

    /// What the current version says of a package: an imported component knows its packages, though nobody here
    /// declares them.
    fn as_before(&self, name: &str) -> Option<(DependencyKind, String)> {
        let current = self.current.get_or_init(|| self.index.current(self.at).map(|manifest| manifest.packages));
        let packages = current.as_ref()?;
        let sections = [
            (DependencyKind::Runtime, &packages.dependencies),
            (DependencyKind::Peer, &packages.peer_dependencies),
            (DependencyKind::Dev, &packages.dev_dependencies),
        ];
        sections.into_iter().find_map(|(kind, section)| Some((kind, section.get(name)?.clone())))
    }

    fn into_facts(self) -> Facts {
        let mut packages = Packages::default();
        for (name, (kind, range)) in self.packages {
            let section = match kind {
                DependencyKind::Runtime => &mut packages.dependencies,
                DependencyKind::Peer => &mut packages.peer_dependencies,
                DependencyKind::Dev => &mut packages.dev_dependencies,
            };
            section.insert(name, range);
        }
        let need = |(target, (kind, place))| Need { target, kind, place };
        let needs = self.components.into_iter().map(need).collect();
        Facts { needs, packages, issues: self.issues }
    }
}

/// Whether a range is a URL that names a user with a password, or a token.
fn holds_a_secret(range: &str) -> bool {
    let authority = range.split_once("://").map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let user = authority.and_then(|authority| authority.rsplit_once('@')).map(|(user, _)| user);
    user.is_some_and(|user| user != "git")
}

/// Files that are there to test the others.
fn is_test_file(path: &str) -> bool {
    let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
    let marked = |name: &str| name.contains(".spec.") || name.contains(".test.");
    marked(name) || folders.split('/').any(|folder| folder == "__tests__")
}
