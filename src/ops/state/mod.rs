//! The workspace as it is now: every component's files, what they need, what is wrong, what changed.

mod cache;
mod compare;
mod files;
mod issues;
mod needs;
mod removed;
mod staged;

use self::cache::{Cache, VersionSummary};
pub use self::cache::{LinkMemory, LinkRecord, Stamp, StoreMemory};
use super::base::here;
use super::{Progress, Workspace};
use crate::git::Oid;
use crate::model::{
    CommitId, ComponentId, DependencyKind, Fingerprint, Graph, PackageFields, PackageName, Packages, ScopeName,
    Version, VersionId, fingerprint,
};
use crate::package::ModuleSystem;
use crate::scope::{Known, LocalScope, SourceFile, StoredVersion};
use crate::source::compile::is_compiled;
use crate::source::imports::Scan;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

pub use compare::{Changes, Standing};
pub use issues::{Issue, IssueKind};
pub use needs::{Need, Needed};
pub use staged::{CatalogView, Remote};

/// The workspace as it is now.
pub struct State {
    /// Every component, in the order of .bitmap.
    pub components: Vec<Component>,
    /// Who depends on whom in the workspace; indexes into `components`.
    pub graph: Graph,
    /// Every version and catalog known here.
    pub known: Known,
    by_id: HashMap<ComponentId, usize>,
    cache: Cache,
}

/// A component as it is now.
pub struct Component {
    /// Which one.
    pub id: ComponentId,
    /// Its record in .bitmap.
    pub entry: BitmapEntry,
    /// What it is called in an import.
    pub package: PackageName,
    /// Its files, sorted by path.
    pub files: Vec<WorkFile>,
    /// How Node reads its files.
    pub module: ModuleSystem,
    /// The name of its environment: of the one chosen here, else of the one that built its version.
    pub env: String,
    /// Whether bit's own compile is a task of that environment.
    compiles: bool,
    /// The components it needs, sorted by id.
    pub needs: Vec<Need>,
    /// The packages from outside that it needs.
    pub packages: Packages,
    /// Those of them that nobody declares here, and that are not installed: their ranges are the author's.
    pub lacking: BTreeMap<String, String>,
    /// What its next version says of the package.
    pub package_fields: PackageFields,
    /// What is wrong with it.
    pub issues: Vec<Issue>,
    /// How it stands to the version it was last tagged or checked out as.
    pub standing: Standing,
    /// What its scope's tracked catalog says of it.
    pub remote: Remote,
}

/// A file of a component in the workspace.
pub struct WorkFile {
    /// What a version would hold: path, mode, and the content's id with LF where it is text.
    pub source: SourceFile,
    /// What it imports; `None` for a file that can't import.
    pub scan: Option<Arc<Scan>>,
    /// Where git's conflict markers begin, if there are any.
    pub conflict_line: Option<u32>,
}

impl Component {
    /// The version its folder has, and that version's content, if it is known here.
    pub fn current(&self, known: &Known) -> Option<(VersionId, Option<CommitId>)> {
        let version = self.entry.version.clone()?;
        Some((self.id.at(version), here(known, &self.entry)))
    }

    /// Whether Node can't run it as it is, and it is bit's own compile that makes it run.
    pub fn is_compiled(&self) -> bool {
        self.compiles && self.files.iter().any(|file| is_compiled(&file.source.path))
    }

    /// The file of this path.
    pub fn file(&self, path: &str) -> Option<&WorkFile> {
        let at = self.files.binary_search_by(|file| file.source.path.as_str().cmp(path));
        at.ok().map(|at| &self.files[at])
    }
}

impl State {
    /// Looks at every component. Reads only what changed since the last look.
    pub fn load(workspace: &Workspace, progress: &dyn Progress) -> Result<Self> {
        let (known, mut cache) = known_and_cache(&workspace.scope)?;
        let entries: Vec<&BitmapEntry> = workspace.bitmap.entries().collect();
        progress.stage("looking at the components", entries.len());

        let found = files::read_all(workspace, &entries, &mut cache, progress)?;
        let index = needs::Index::new(workspace, &entries, &found, &known)?;
        let facts: Vec<needs::Facts> = (0..entries.len()).into_par_iter().map(|at| index.facts_of(at)).collect();
        let (graph, cycles) = dependency_graph(&facts);

        let mut components: Vec<Component> = Vec::with_capacity(entries.len());
        for ((entry, found), facts) in entries.into_iter().zip(found).zip(facts) {
            let id = entry.id();
            components.push(Component {
                package: PackageName::of(&id),
                id,
                env: workspace.config.environment(&entry.root_dir).name.clone(),
                compiles: workspace.config.environment(&entry.root_dir).compiles(),
                entry: entry.clone(),
                module: found.module,
                files: found.files,
                needs: facts.needs,
                packages: facts.packages,
                lacking: facts.lacking,
                package_fields: PackageFields::default(),
                issues: facts.issues,
                standing: Standing::New,
                remote: Remote::default(),
            });
        }
        issues::add_cycles(&mut components, &cycles);
        issues::add_shared_packages(&mut components);
        staged::fill(&mut components, &known, workspace, &mut cache)?;
        removed::add_issues(&mut components, &known, workspace, &mut cache)?;
        compare::fill(&mut components, &known, workspace, &mut cache)?;
        let by_id = components.iter().enumerate().map(|(at, component)| (component.id.clone(), at)).collect();
        Ok(Self { components, graph, known, by_id, cache })
    }

    /// Says that these components have these versions now.
    pub fn moved_to(&mut self, versions: impl Iterator<Item = (usize, Version)>) {
        for (at, version) in versions {
            self.components[at].entry.version = Some(version);
        }
    }

    /// What the version at this commit says of itself.
    pub fn summary(&self, workspace: &Workspace, commit: CommitId) -> Result<VersionSummary> {
        match self.cache.version(commit.as_bytes()) {
            Some(summary) => Ok(summary.clone()),
            None => compare::summary(&workspace.scope, commit),
        }
    }

    /// Whether a component would be as its version is, had this workspace the ranges of that version's packages.
    pub fn differs_in_ranges_alone(&self, workspace: &Workspace, at: usize) -> Result<bool> {
        let Some((_, Some(commit))) = self.components[at].current(&self.known) else { return Ok(false) };
        let summary = self.summary(workspace, commit)?;
        let packages = StoredVersion::read(workspace.scope.repo(), commit)?.manifest.packages;
        compare::differs_in_ranges_alone(&self.components, at, &summary, &packages)
    }

    /// The links in node_modules that were found right at the last look.
    pub fn links(&self) -> &LinkMemory {
        self.cache.links()
    }

    /// Remembers which links are right.
    pub fn put_links(&mut self, links: LinkMemory) {
        self.cache.put_links(links);
    }

    /// What of the local scope was found right in node_modules at the last look.
    pub fn store(&self) -> Option<&StoreMemory> {
        self.cache.store()
    }

    /// Remembers it.
    pub fn put_store(&mut self, store: Option<StoreMemory>) {
        self.cache.put_store(store);
    }

    /// The packages that were compiled into node_modules. A component whose package has another name since lies where
    /// it lay.
    pub fn compiled(&self) -> BTreeSet<String> {
        let known = self.cache.compiled();
        if known.is_empty() {
            return BTreeSet::new();
        }
        let names: HashSet<&str> = self.components.iter().map(|component| component.package.as_str()).collect();
        let renamed = known.iter().filter(|(package, _)| !names.contains(package.as_str()));
        let folders: HashSet<&str> = renamed.map(|(_, folder)| folder.as_str()).collect();
        let was_compiled = |component: &&Component| {
            known.contains_key(component.package.as_str()) || folders.contains(component.entry.root_dir.as_str())
        };
        self.components.iter().filter(was_compiled).map(|component| component.package.to_string()).collect()
    }

    /// Remembers them.
    pub fn put_compiled(&mut self, compiled: &BTreeSet<String>) {
        let is_meant = |component: &&Component| compiled.contains(component.package.as_str());
        let place = |component: &Component| (component.package.to_string(), component.entry.root_dir.clone());
        let places = self.components.iter().filter(is_meant).map(place).collect();
        self.cache.put_compiled(places);
    }

    /// Remembers what was seen, for the next command.
    pub fn remember(mut self, workspace: &Workspace) {
        self.cache.save(&workspace.scope);
        // To free thousands of small things takes a while, and nobody waits for it.
        rayon::spawn(move || drop(self));
    }

    /// The staged versions of components that the workspace does not have.
    pub fn staged_elsewhere(&self, workspace: &Workspace) -> Result<BTreeMap<ComponentId, Vec<Version>>> {
        staged::beside_workspace(&self.known, workspace, |id| self.by_id.contains_key(id))
    }

    /// The staged versions of every component of the local scope, those of the workspace and all others.
    pub fn staged(&self, workspace: &Workspace) -> Result<BTreeMap<ComponentId, Vec<Version>>> {
        let mut staged = self.staged_elsewhere(workspace)?;
        let here = self.components.iter();
        staged.extend(here.map(|component| (component.id.clone(), component.remote.staged.clone())));
        Ok(staged)
    }

    /// A component's place in `components`.
    pub fn index_of(&self, id: &ComponentId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// Where a needed component stands now: its version and content.
    pub fn resolve(&self, need: &Need) -> Option<(VersionId, Option<CommitId>)> {
        match &need.target {
            Needed::Here(at) => self.components[*at].current(&self.known),
            Needed::Known(id, commit) => Some((id.clone(), Some(*commit))),
        }
    }

    /// The components whose folders are modified or new: what a tag without ids is about.
    pub fn changed(&self) -> impl Iterator<Item = usize> + '_ {
        let is_changed = |component: &Component| matches!(component.standing, Standing::New | Standing::Modified(_));
        (0..self.components.len()).filter(move |&at| is_changed(&self.components[at]))
    }

    /// The components that a tag of the given ones would tag along, so that every pin stays true:
    /// their dependents, near and far, that have a version already.
    pub fn auto_tagged(&self, tagged: &[usize]) -> Vec<usize> {
        let dependents = self.graph.reversed().reachable(tagged.iter().copied());
        let mut is_tagged = vec![false; self.components.len()];
        tagged.iter().for_each(|&at| is_tagged[at] = true);
        let follows = |&at: &usize| dependents[at] && !is_tagged[at] && self.components[at].entry.version.is_some();
        (0..self.components.len()).filter(follows).collect()
    }
}

/// What the local scope has, and meanwhile what was remembered of the workspace.
fn known_and_cache(scope: &LocalScope) -> Result<(Known, Cache)> {
    let file = scope.cache_file();
    let mut cache = Cache::default();
    let known = rayon::in_place_scope(|aside| {
        aside.spawn(|_| cache = Cache::load(&file));
        scope.known()
    });
    Ok((known?, cache))
}

/// The graph of the workspace's components, and its cycles.
fn dependency_graph(facts: &[needs::Facts]) -> (Graph, Vec<Vec<usize>>) {
    let mut graph = Graph::new(facts.len());
    for (from, facts) in facts.iter().enumerate() {
        for need in &facts.needs {
            if let Needed::Here(to) = need.target {
                graph.add(from, to);
            }
        }
    }
    let cycles = graph.cycles();
    (graph, cycles)
}

/// What a component is made of, apart from version numbers: two that are equal here are the same content.
struct Content<'a> {
    files: Vec<(&'a str, crate::git::FileMode, Oid)>,
    main: &'a str,
    env: &'a str,
    packages: &'a Packages,
    needs: Vec<(String, DependencyKind)>,
}

impl Content<'_> {
    fn fingerprint(&self) -> Result<Fingerprint> {
        let Packages { dependencies, dev_dependencies, peer_dependencies } = self.packages;
        let files = self.files.iter().map(|(path, mode, blob)| (path, mode, blob.as_bytes())).collect::<Vec<_>>();
        let packages = (dependencies, dev_dependencies, peer_dependencies);
        let bytes = postcard::to_stdvec(&(files, self.main, self.env, packages, &self.needs))?;
        Ok(fingerprint(&bytes))
    }
}

/// Every scope that a component's closure reaches, from its direct dependencies and what theirs reach.
pub fn closure_scopes<'a>(dependencies: impl IntoIterator<Item = (&'a ScopeName, &'a [ScopeName])>) -> Vec<ScopeName> {
    let mut scopes: Vec<ScopeName> = Vec::new();
    for (scope, further) in dependencies {
        scopes.push(scope.clone());
        scopes.extend_from_slice(further);
    }
    scopes.sort();
    scopes.dedup();
    scopes
}
