//! Healthy scopes of every shape are left in peace; and the same check finds what is wrong with them.

use super::Recall;
use super::memory::{Accepted, Sound, TagsSeen};
use super::sight::{Sight, Station};
use super::sworn::Sworn;
use crate::git::{FileMode, Identities, Identity, Kind, Oid, PackWriter, RawObject, RefValue, Repo, oid};
use crate::model::{
    CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, Dependency, DependencyKind, FORMAT, Lineage,
    Manifest, Mark, PackageFields, Packages, ScopeInfo, ScopeName, Version, VersionId, VersionRange,
};
use crate::ops::Quiet;
use crate::ops::audit::{Finding, KnownFacts, Tags};
use crate::ops::trust::{Recollection, Trust};
use crate::package::{EntryPoints, ModuleSystem, PackageJson};
use crate::scope::{CatalogDraft, Draft, SourceFile, TrackedCatalog};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The same numbers for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A component as its author goes on with it.
struct Line {
    name: ComponentName,
    /// By the order of their making: number, content, lineage.
    versions: Vec<(Version, CommitId, Lineage)>,
}

impl Line {
    fn head(&self) -> Option<&(Version, CommitId, Lineage)> {
        self.versions.iter().rev().find(|(.., lineage)| *lineage == Lineage::Main)
    }
}

/// A scope in the making.
struct Maker {
    random: Random,
    scope: ScopeName,
    lines: Vec<Line>,
    entries: BTreeMap<ComponentName, CatalogEntry>,
    tags: BTreeMap<VersionId, RefValue>,
    objects: Vec<RawObject>,
    identities: Identities,
}

impl Maker {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(2);
        let names = ["ui/button", "card", "a/b/c", "x1", "forms/in-put"];
        let count = 1 + random.below(names.len());
        let line = |name: &&str| Line { name: name.parse().unwrap(), versions: Vec::new() };
        let identity = || Identity { line: "Ada <ada@example.com> 981173106 +0100".into() };
        Self {
            scope: ["my-org.ui", "solo"][random.below(2)].parse().unwrap(),
            lines: names.iter().take(count).map(line).collect(),
            random,
            entries: BTreeMap::new(),
            tags: BTreeMap::new(),
            objects: Vec::new(),
            identities: Identities { author: identity(), committer: identity() },
        }
    }

    fn blob(&mut self, bytes: &[u8]) -> Oid {
        let blob = RawObject::new(Kind::Blob, bytes.to_vec());
        let oid = blob.oid;
        self.objects.push(blob);
        oid
    }

    /// Files of every kind, with the main one.
    fn files(&mut self) -> Vec<SourceFile> {
        let mut files = Vec::new();
        let number = self.random.below(1000);
        let all: [(&str, FileMode, Vec<u8>); 6] = [
            ("index.js", FileMode::Regular, format!("module.exports = {number};\n").into_bytes()),
            ("lib/a b.css", FileMode::Regular, b".a {}\n".to_vec()),
            ("bin/run", FileMode::Executable, b"#!/bin/sh\n".to_vec()),
            ("logo.png", FileMode::Regular, b"\x89PNG\r\n\x1a\n\0\0".to_vec()),
            ("empty", FileMode::Regular, Vec::new()),
            ("lib/package.json", FileMode::Regular, b"{\"type\": \"module\"}".to_vec()),
        ];
        for (at, (path, mode, bytes)) in all.into_iter().enumerate() {
            if at == 0 || self.random.one_in(2) {
                files.push(SourceFile { path: path.into(), mode, blob: self.blob(&bytes) });
            }
        }
        files
    }

    fn dependencies(&mut self, of: usize) -> Vec<Dependency> {
        let kinds = [DependencyKind::Runtime, DependencyKind::Dev, DependencyKind::Peer];
        let mut needs = Vec::new();
        for other in 0..of {
            if self.lines[other].versions.is_empty() || !self.random.one_in(2) {
                continue;
            }
            let at = self.random.below(self.lines[other].versions.len());
            let (version, commit, _) = self.lines[other].versions[at].clone();
            let id = ComponentId::new(self.scope.clone(), self.lines[other].name.clone()).at(version);
            // Nobody gets one that is removed and has lost its tag.
            if !self.tags.contains_key(&id) {
                continue;
            }
            needs.push(Dependency { id, commit: Some(commit), kind: kinds[self.random.below(3)] });
        }
        needs.sort();
        needs
    }

    fn commit(&mut self, of: usize, version: &Version, parents: &[CommitId], lineage: Lineage) -> (CommitId, Manifest) {
        let dependencies = self.dependencies(of);
        let packages = Packages { dependencies: [("lodash".into(), "^4.0.0".into())].into(), ..Packages::default() };
        let id = ComponentId::new(self.scope.clone(), self.lines[of].name.clone()).at(version.clone());
        let manifest = Manifest {
            scopes: if dependencies.is_empty() { Vec::new() } else { vec![self.scope.clone()] },
            dependencies,
            packages: if self.random.one_in(3) { packages } else { Packages::default() },
            ..Manifest::of(id, "index.js", "node")
        };
        let module = if self.random.one_in(2) { ModuleSystem::Esm } else { ModuleSystem::CommonJs };
        let messages = [None, Some("new"), Some("two\n\nlines: of words\n"), Some("Bit-Line: maintenance")];
        let files = self.files();
        let draft = Draft {
            manifest: &manifest,
            package_json: PackageJson::new(
                &manifest,
                module,
                &EntryPoints::of_sources(&manifest.main),
                &PackageFields::default(),
            )
            .to_json(),
            files: &files,
            built: &[],
            parents,
            message: messages[self.random.below(messages.len())],
            lineage,
            identities: &self.identities,
        };
        (draft.write(&mut self.objects).unwrap(), manifest)
    }

    /// The next version: of the main line, a merge with what lost its number, or one for an older line.
    fn version(&mut self, of: usize) {
        let made = self.lines[of].versions.len();
        let head = self.lines[of].head().cloned();
        let (version, parents, lineage) = match head {
            None => (Version::new("0.0.1").unwrap(), Vec::new(), Lineage::Main),
            Some(_) if made > 2 && self.random.one_in(5) => {
                let older = self.random.below(made - 1);
                let (base, commit, _) = self.lines[of].versions[older].clone();
                let base = base.to_string().split('-').next().unwrap().to_owned();
                (Version::new(&format!("{base}-backport.{made}")).unwrap(), vec![commit], Lineage::Maintenance)
            }
            Some((_, commit, _)) => {
                let word = if self.random.one_in(5) { "-beta.1" } else { "" };
                let version = Version::new(&format!("0.{made}.0{word}")).unwrap();
                let mut parents = vec![commit];
                if self.random.one_in(5) {
                    // Tagged by somebody else under a number that went to another one.
                    let lost = Version::new(&format!("0.{made}.7")).unwrap();
                    parents.push(self.commit(of, &lost, &[self.lines[of].versions[0].1], Lineage::Main).0);
                }
                (version, parents, Lineage::Main)
            }
        };
        let (commit, manifest) = self.commit(of, &version, &parents, lineage);
        let needs = manifest.dependencies.iter().map(|needed| needed.id.clone()).collect();
        let listed = CatalogVersion::new(version.clone(), commit, needs);
        let name = self.lines[of].name.clone();
        match self.entries.get_mut(&name) {
            Some(entry) => {
                let head = if lineage == Lineage::Main { version.clone() } else { entry.head.clone() };
                entry.extend([listed], head);
            }
            None => drop(self.entries.insert(name, CatalogEntry::new(self.lines[of].name.clone(), listed))),
        }
        let tag = self.tag(&manifest.id(), commit);
        self.tags.insert(manifest.id(), tag);
        self.lines[of].versions.push((version, commit, lineage));
    }

    /// Now and then an annotated one.
    fn tag(&mut self, id: &VersionId, commit: CommitId) -> RefValue {
        if !self.random.one_in(4) {
            return RefValue { target: oid(commit), peeled: None };
        }
        let name = format!("{}@{}", id.id.name, id.version);
        let text = format!("object {commit}\ntype commit\ntag {name}\ntagger Ada <a@b> 1 +0000\n\n{id}\n");
        let tag = RawObject::new(Kind::Tag, text.into_bytes());
        let target = tag.oid;
        self.objects.push(tag);
        RefValue { target, peeled: Some(oid(commit)) }
    }

    fn mark(&mut self) {
        let names: Vec<ComponentName> = self.entries.keys().cloned().collect();
        let name = names[self.random.below(names.len())].clone();
        let entry = self.entries.get_mut(&name).unwrap();
        let first = entry.versions[0].version.clone();
        match self.random.below(4) {
            0 => drop(Mark::Deprecate(crate::model::Deprecation::default()).apply(entry)),
            1 => drop(Mark::Remove(None).apply(entry)),
            2 => {
                Mark::Remove(Some(VersionRange::parse(&first.to_string()).unwrap())).apply(entry);
                // Its tag may go, unless somebody needs it.
                let id = ComponentId::new(self.scope.clone(), name).at(first);
                let all = self.entries.values().flat_map(|entry| &entry.versions);
                if !all.flat_map(|listed| &listed.dependencies).any(|needed| *needed == id) {
                    self.tags.remove(&id);
                }
            }
            _ => {
                Mark::Recover.apply(entry);
                let id = ComponentId::new(self.scope.clone(), name);
                for listed in &entry.versions {
                    let value = RefValue { target: oid(listed.commit), peeled: None };
                    self.tags.entry(id.at(listed.version.clone())).or_insert(value);
                }
            }
        }
    }

    /// Several exports, one on top of the other.
    fn make(mut self, folder: &Path) -> (TrackedCatalog, Tags) {
        let repo = Repo::init_bare(folder, folder).unwrap();
        let info = ScopeInfo {
            format: FORMAT,
            name: self.scope.clone(),
            description: "x".into(),
            remotes: [].into(),
            others: [].into(),
        };
        let mut catalog: Option<TrackedCatalog> = None;
        for _ in 0..=self.random.below(4) {
            for of in 0..self.lines.len() {
                for _ in 0..self.random.below(3) {
                    self.version(of);
                }
            }
            if !self.entries.is_empty() && self.random.one_in(3) {
                self.mark();
            }
            let draft = CatalogDraft {
                base: catalog.as_ref(),
                info: catalog.is_none().then_some(&info),
                entries: &self.entries,
                message: "export",
                identities: &self.identities,
            };
            let commit = draft.write(&repo, &mut self.objects).unwrap();
            let mut pack = PackWriter::new(&repo).unwrap();
            pack.add(std::mem::take(&mut self.objects)).unwrap();
            pack.finish().unwrap();
            catalog = Some(TrackedCatalog { scope: self.scope.clone(), commit });
        }
        (catalog.unwrap(), Tags { versions: self.tags, ..Tags::default() })
    }
}

fn findings(folder: &Path, catalog: TrackedCatalog, tags: Tags) -> Vec<Finding> {
    let open = || Repo::open(folder);
    let known = KnownFacts::new();
    let sight = Sight {
        folder: None,
        open: &open,
        catalog,
        tags,
        workspace: None,
        station: Station::Home,
        sworn: &Sworn { trust: Trust::nobody(folder), fingerprint: [0; 20], recollection: Recollection::Believed },
        known: &known,
        seen: &known,
        tags_seen: &TagsSeen::new(),
        accepted: &Accepted::new(),
        recall: Recall::Believed,
        read_until: Sound::default().catalog,
        progress: &Quiet,
    };
    sight.examine().unwrap().findings
}

fn temporary_folder() -> tempfile::TempDir {
    // In memory, where there is such a place: nobody waits for a disk a thousand times.
    let memory = Path::new("/dev/shm");
    if memory.is_dir() { tempfile::tempdir_in(memory).unwrap() } else { tempfile::tempdir().unwrap() }
}

#[test]
fn a_thousand_healthy_scopes_are_left_in_peace() {
    let alarms: Vec<String> = (0..1000u64)
        .into_par_iter()
        .filter_map(|seed| {
            let folder = temporary_folder();
            let (catalog, tags) = Maker::new(seed).make(folder.path());
            let found = findings(folder.path(), catalog, tags);
            (!found.is_empty()).then(|| format!("{seed}: {found:?}"))
        })
        .collect();
    assert_eq!(alarms, [""; 0]);
}

#[test]
fn the_same_scopes_with_a_moved_tag_are_not() {
    let mut kinds = BTreeSet::new();
    for seed in 0..40 {
        let folder = temporary_folder();
        let (catalog, mut tags) = Maker::new(seed).make(folder.path());
        let ids: Vec<VersionId> = tags.versions.keys().cloned().collect();
        let [first, .., last] = ids.as_slice() else { continue };
        let value = tags.versions[last];
        tags.versions.insert(first.clone(), value);
        let found = findings(folder.path(), catalog, tags);
        assert!(found.iter().any(|finding| finding.place == first.to_string()), "{seed}: {found:?}");
        kinds.extend(found.into_iter().map(|finding| finding.kind));
    }
    assert!(kinds.contains("version-moved"), "{kinds:?}");
}
