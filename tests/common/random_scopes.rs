//! Healthy scopes of every shape, made at random: the same for the same seed.
//!
//! ```ignore
//! let scope = RandomScope::new(17, folder);
//! workspace.bit(["remote", "add", &scope.name.to_string(), &scope.place(&scope.name)]).success();
//! workspace.bit(["verify", &scope.name.to_string()]).success();
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bit::git::{FileMode, Identities, Identity, Kind, Oid, PackWriter, RawObject, RefValue, Repo, TreeFile, oid};
use bit::model::{
    BuildRecord, CatalogEntry, CatalogVersion, CommitId, ComponentId, ComponentName, Dependency, DependencyKind,
    Deprecation, FORMAT, Lineage, Manifest, Mark, ModuleSystem, Origin, PackageFields, Packages, ScopeInfo, ScopeName,
    Version, VersionId, VersionRange,
};
use bit::package::{EntryPoints, PackageJson};
use bit::scope::{CatalogDraft, Draft, Rewritten, SourceFile, StoredVersion, TrackedCatalog};

/// What a scope may need something of, and copy from.
const BASE: &str = "my-org.base";

/// The same numbers for the same seed.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        random.below(2);
        random
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }
}

/// A scope in a folder, and in the folder beside it one that it needs something of.
pub struct RandomScope {
    pub name: ScopeName,
    folder: PathBuf,
    /// Every version that has a tag.
    pub tags: BTreeMap<VersionId, RefValue>,
    /// All scopes that there are.
    pub scopes: Vec<ScopeName>,
}

impl RandomScope {
    pub fn new(seed: u64, folder: &Path) -> Self {
        let mut random = Random::new(seed);
        let name: ScopeName = ["my-org.ui", "solo"][random.below(2)].parse().unwrap();
        let base = random.one_in(2).then(|| {
            let (name, random) = (BASE.parse().unwrap(), Random::new(seed ^ 0xba5e));
            let mut base =
                Maker::new(&folder.join(BASE), name, &["theme", "icons/all", "z"], random, Versions::default());
            base.make();
            base
        });
        let place = folder.join(name.to_string());
        let scopes = std::iter::once(name.clone()).chain(base.as_ref().map(|base| base.scope.clone())).collect();
        let versions = base.map(Maker::into_versions).unwrap_or_default();
        let names = ["ui/button", "card", "a/b/c", "x1", "forms/in-put"];
        let mut maker = Maker::new(&place, name.clone(), &names, random, versions);
        maker.make();
        Self { name, folder: folder.to_owned(), tags: maker.tags, scopes }
    }

    /// Where one of the scopes is.
    pub fn place(&self, scope: &ScopeName) -> PathBuf {
        self.folder.join(scope.to_string())
    }

    /// The tag of a version is on something else now.
    pub fn move_tag(&self, id: &VersionId, target: Oid) {
        write_ref(&self.place(&self.name), &tag_name(id), target);
    }
}

fn tag_name(id: &VersionId) -> String {
    format!("refs/tags/{}@{}", id.id.name, id.version)
}

fn write_ref(folder: &Path, name: &str, target: Oid) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, format!("{target}\n")).unwrap();
}

/// A version that was made.
#[derive(Clone)]
struct Made {
    id: VersionId,
    commit: CommitId,
    parents: Vec<CommitId>,
    lineage: Lineage,
    module: ModuleSystem,
    manifest: Manifest,
    /// The paths of its files.
    paths: Vec<String>,
    /// Its tag is there when all is done.
    has_tag: bool,
}

impl Made {
    fn package_json(&self, manifest: &Manifest) -> String {
        let entry = EntryPoints::of(manifest, self.paths.iter().map(String::as_str));
        PackageJson::new(manifest, self.module, &entry, &PackageFields::default()).to_json()
    }

    fn tree_paths(files: &[SourceFile], built: &[SourceFile]) -> Vec<String> {
        files.iter().chain(built).map(|file| file.path.clone()).collect()
    }
}

/// What another scope has, for one that needs or copies it.
#[derive(Default)]
struct Versions {
    made: Vec<Made>,
    objects: Vec<RawObject>,
}

/// A component as its author goes on with it.
struct Line {
    name: ComponentName,
    /// By the order of their making.
    versions: Vec<Made>,
}

impl Line {
    fn head(&self) -> Option<&Made> {
        self.versions.iter().rev().find(|made| made.lineage == Lineage::Main)
    }
}

/// A scope in the making.
struct Maker {
    random: Random,
    folder: PathBuf,
    repo: Repo,
    scope: ScopeName,
    lines: Vec<Line>,
    entries: BTreeMap<ComponentName, CatalogEntry>,
    tags: BTreeMap<VersionId, RefValue>,
    /// What is not written yet, and all that was.
    objects: Vec<RawObject>,
    written: Vec<RawObject>,
    identities: Identities,
    others: Vec<Made>,
}

impl Maker {
    fn new(folder: &Path, scope: ScopeName, names: &[&str], mut random: Random, others: Versions) -> Self {
        let count = 1 + random.below(names.len());
        let line = |name: &&str| Line { name: name.parse().unwrap(), versions: Vec::new() };
        let identity = || Identity { line: "Ada <ada@example.com> 981173106 +0100".into() };
        let Versions { made: others, objects } = others;
        Self {
            random,
            folder: folder.to_owned(),
            repo: Repo::init_bare(folder, folder).unwrap(),
            scope,
            lines: names.iter().take(count).map(line).collect(),
            entries: BTreeMap::new(),
            tags: BTreeMap::new(),
            objects,
            written: Vec::new(),
            identities: Identities { author: identity(), committer: identity() },
            others,
        }
    }

    fn into_versions(mut self) -> Versions {
        let tags = self.tags;
        let mut made: Vec<Made> = self.lines.drain(..).flat_map(|line| line.versions).collect();
        made.iter_mut().for_each(|made| made.has_tag = tags.contains_key(&made.id));
        Versions { made, objects: self.written }
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

    /// What a build made of them, now and then.
    fn built(&mut self) -> Vec<SourceFile> {
        if !self.random.one_in(3) {
            return Vec::new();
        }
        let mut built = vec![("dist/index.js", "module.exports = 1;\n"), ("dist/lib/more.js", "1;\n")];
        if self.random.one_in(2) {
            built.push(("dist/index.d.ts", "export {};\n"));
        }
        let file = |(path, text): (&str, &str)| SourceFile {
            path: path.into(),
            mode: FileMode::Regular,
            blob: self.blob(text.as_bytes()),
        };
        built.into_iter().map(file).collect()
    }

    /// Of components before it, and of another scope.
    fn dependencies(&mut self, of: usize) -> (Vec<Dependency>, BTreeSet<ScopeName>) {
        let kinds = [DependencyKind::Runtime, DependencyKind::Dev, DependencyKind::Peer];
        let (mut needs, mut scopes) = (Vec::new(), BTreeSet::new());
        let mut sources: Vec<Vec<Made>> = self.lines[..of].iter().map(|line| line.versions.clone()).collect();
        let mut elsewhere: BTreeMap<ComponentName, Vec<Made>> = BTreeMap::new();
        for made in &self.others {
            elsewhere.entry(made.id.id.name.clone()).or_default().push(made.clone());
        }
        sources.extend(elsewhere.into_values());
        for versions in sources {
            if versions.is_empty() || !self.random.one_in(2) {
                continue;
            }
            let made = &versions[self.random.below(versions.len())];
            // Nobody gets one that is removed and has lost its tag.
            let has_tag = if made.id.id.scope == self.scope { self.tags.contains_key(&made.id) } else { made.has_tag };
            if !has_tag {
                continue;
            }
            scopes.insert(made.id.id.scope.clone());
            scopes.extend(made.manifest.scopes.iter().cloned());
            let kind = kinds[self.random.below(3)];
            needs.push(Dependency { id: made.id.clone(), commit: Some(made.commit), kind });
        }
        needs.sort();
        (needs, scopes)
    }

    fn commit(&mut self, of: usize, version: &Version, parents: Vec<CommitId>, lineage: Lineage) -> Made {
        let (dependencies, scopes) = self.dependencies(of);
        let packages = Packages { dependencies: [("lodash".into(), "^4.0.0".into())].into(), ..Packages::default() };
        let id = ComponentId::new(self.scope.clone(), self.lines[of].name.clone()).at(version.clone());
        let (files, built) = (self.files(), self.built());
        let records = [("compile", true), ("test", self.random.one_in(2))];
        let record = |(task, ok): (&str, bool)| BuildRecord { task: task.into(), ok };
        let manifest = Manifest {
            scopes: scopes.into_iter().collect(),
            dependencies,
            packages: if self.random.one_in(3) { packages } else { Packages::default() },
            artifacts: if built.is_empty() { Vec::new() } else { vec!["dist".into()] },
            build: if built.is_empty() { Vec::new() } else { records.map(record).into() },
            ..Manifest::of(id.clone(), "index.js", "node")
        };
        let module = if self.random.one_in(2) { ModuleSystem::Esm } else { ModuleSystem::CommonJs };
        let messages = [None, Some("new"), Some("two\n\nlines: of words\n"), Some("Bit-Line: maintenance")];
        let paths = Made::tree_paths(&files, &built);
        let mut made = Made {
            id,
            commit: CommitId::from_bytes([0; 20]),
            parents,
            lineage,
            module,
            manifest,
            paths,
            has_tag: true,
        };
        let draft = Draft {
            manifest: &made.manifest,
            package_json: made.package_json(&made.manifest),
            files: &files,
            built: &built,
            parents: &made.parents,
            message: messages[self.random.below(messages.len())],
            lineage,
            identities: &self.identities,
        };
        made.commit = draft.write(&mut self.objects).unwrap();
        made
    }

    /// The next version: of the main line, a merge with what lost its number, or one for an older line.
    fn version(&mut self, of: usize) {
        let count = self.lines[of].versions.len();
        let head = self.lines[of].head().map(|made| made.commit);
        let (version, parents, lineage) = match head {
            None => (Version::new("0.0.1").unwrap(), Vec::new(), Lineage::Main),
            Some(_) if count > 2 && self.random.one_in(5) => {
                let older = self.random.below(count - 1);
                let base = &self.lines[of].versions[older];
                let number = base.id.version.to_string().split('-').next().unwrap().to_owned();
                let version = Version::new(&format!("{number}-backport.{count}")).unwrap();
                (version, vec![base.commit], Lineage::Maintenance)
            }
            Some(commit) => {
                let word = if self.random.one_in(5) { "-beta.1" } else { "" };
                let version = Version::new(&format!("0.{count}.0{word}")).unwrap();
                let mut parents = vec![commit];
                if self.random.one_in(5) {
                    // Tagged by somebody else under a number that went to another one.
                    let lost = Version::new(&format!("0.{count}.7")).unwrap();
                    let first = self.lines[of].versions[0].commit;
                    parents.push(self.commit(of, &lost, vec![first], Lineage::Main).commit);
                }
                (version, parents, Lineage::Main)
            }
        };
        let made = self.commit(of, &version, parents, lineage);
        self.list(&made, None);
        self.lines[of].versions.push(made);
    }

    /// Its place in the catalog, and its tag.
    fn list(&mut self, made: &Made, origin: Option<Origin>) {
        let needs = made.manifest.dependencies.iter().map(|needed| needed.id.clone()).collect();
        let (version, name) = (made.id.version.clone(), made.id.id.name.clone());
        let listed = CatalogVersion { origin, ..CatalogVersion::new(version.clone(), made.commit, needs) };
        match self.entries.get_mut(&name) {
            Some(entry) => {
                let head = if made.lineage == Lineage::Main { version } else { entry.head.clone() };
                entry.extend([listed], head);
            }
            None => drop(self.entries.insert(name.clone(), CatalogEntry::new(name, listed))),
        }
        let tag = self.tag(&made.id, made.commit);
        self.tags.insert(made.id.clone(), tag);
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

    /// All versions of a component of another scope, under their numbers, one made from the other as there.
    fn copy(&mut self) {
        let is_merge = |made: &Made| made.parents.len() > 1;
        let merged: BTreeSet<&ComponentName> =
            self.others.iter().filter(|made| is_merge(made)).map(|made| &made.id.id.name).collect();
        let Some(first) = self.others.iter().find(|made| !merged.contains(&made.id.id.name)) else { return };
        let name = first.id.id.name.clone();
        let originals: Vec<Made> = self.others.iter().filter(|made| made.id.id.name == name).cloned().collect();
        let mut copied: BTreeMap<CommitId, CommitId> = BTreeMap::new();
        for original in originals {
            let manifest = Manifest { scope: self.scope.clone(), ..original.manifest.clone() };
            let parents: Vec<CommitId> = original.parents.iter().map(|parent| copied[parent]).collect();
            let origin = Origin { id: original.id.clone(), commit: original.commit };
            let rewritten = Rewritten {
                original: &StoredVersion::read(&self.repo, original.commit).unwrap(),
                manifest: &manifest,
                package_json: Some(original.package_json(&manifest)),
                files: &[] as &[TreeFile],
                parents: &parents,
                origin: Some(&origin),
            };
            let commit = rewritten.write(&self.repo, &mut self.objects).unwrap().commit;
            copied.insert(original.commit, commit);
            let made = Made { id: manifest.id(), commit, parents, manifest, ..original };
            self.list(&made, Some(origin));
        }
    }

    fn mark(&mut self) {
        let names: Vec<ComponentName> = self.entries.keys().cloned().collect();
        let name = names[self.random.below(names.len())].clone();
        let id = ComponentId::new(self.scope.clone(), name.clone());
        let deprecation = match self.random.below(3) {
            0 => Deprecation::default(),
            1 => Deprecation { message: "use \"card\"".into(), range: Some("<0.3.0".into()), new_id: None },
            _ => Deprecation { new_id: Some("my-org.next/card".parse().unwrap()), ..Deprecation::default() },
        };
        let entry = self.entries.get_mut(&name).unwrap();
        let first = entry.versions[0].version.clone();
        match self.random.below(5) {
            0 => drop(Mark::Deprecate(deprecation).apply(entry)),
            1 => drop(Mark::Undeprecate.apply(entry)),
            2 => drop(Mark::Remove(None).apply(entry)),
            3 => {
                Mark::Remove(Some(VersionRange::parse(&first.to_string()).unwrap())).apply(entry);
                // Its tag may go, unless somebody needs it.
                let id = id.at(first);
                let all = self.entries.values().flat_map(|entry| &entry.versions);
                if !all.flat_map(|listed| &listed.dependencies).any(|needed| *needed == id) {
                    self.tags.remove(&id);
                }
            }
            _ => {
                Mark::Recover.apply(entry);
                for listed in &entry.versions {
                    let value = RefValue { target: oid(listed.commit), peeled: None };
                    self.tags.entry(id.at(listed.version.clone())).or_insert(value);
                }
            }
        }
    }

    /// Several exports, one on top of the other.
    fn make(&mut self) {
        let name = self.scope.clone();
        let info = ScopeInfo { format: FORMAT, name, description: "x".into(), remotes: [].into(), others: [].into() };
        self.write();
        let copies_at = self.random.below(6);
        let mut catalog: Option<TrackedCatalog> = None;
        for round in 0..=self.random.below(4) {
            for of in 0..self.lines.len() {
                for _ in 0..self.random.below(3) {
                    self.version(of);
                }
            }
            if round == copies_at {
                self.copy();
            }
            if !self.entries.is_empty() && self.random.one_in(3) {
                self.mark();
            }
            let draft = CatalogDraft {
                base: catalog.as_ref(),
                info: catalog.is_none().then_some(&info),
                entries: &self.entries,
                url: None,
                message: "export",
                identities: &self.identities,
            };
            let commit = draft.write(&self.repo, &mut self.objects).unwrap();
            self.write();
            catalog = Some(TrackedCatalog { scope: self.scope.clone(), commit });
        }
        write_ref(&self.folder, "refs/heads/main", oid(catalog.unwrap().commit));
        fs::write(self.folder.join("HEAD"), "ref: refs/heads/main\n").unwrap();
        self.tags.iter().for_each(|(id, value)| write_ref(&self.folder, &tag_name(id), value.target));
    }

    /// The objects are there from now on.
    fn write(&mut self) {
        let copy = |object: &RawObject| RawObject { oid: object.oid, kind: object.kind, bytes: object.bytes.clone() };
        self.written.extend(self.objects.iter().map(copy));
        let mut pack = PackWriter::new(&self.repo).unwrap();
        pack.add(std::mem::take(&mut self.objects)).unwrap();
        pack.finish().unwrap();
        self.repo.refresh().unwrap();
    }
}
