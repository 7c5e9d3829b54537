use super::*;
use crate::git::{FileMode, Identities, Identity, Kind};
use crate::model::{ComponentId, Lineage, PackageFields};
use crate::ops::specifiers::{Looked, Unparsable};
use crate::package::{EntryPoints, ModuleSystem, PackageJson};
use crate::scope::{Draft, SourceFile, VersionCommit};
use crate::source::compile::{AuthorFile, Source, compile};
use crate::source::rewrite::NewNames;
use proptest::prelude::*;
use std::collections::BTreeMap;
use tempfile::TempDir;

/// A repository, and the versions in it.
struct Store {
    _folder: TempDir,
    repo: Repo,
}

impl Store {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(folder.path(), folder.path()).unwrap();
        Self { _folder: folder, repo }
    }

    /// A version as a tag makes it: `needs` are ids, with a content or (in a cycle) without.
    fn version(
        &self,
        id: &str,
        needs: &[(&str, Option<CommitId>)],
        scopes: &[&str],
        parents: &[CommitId],
    ) -> StoredVersion {
        self.write(id, needs, scopes, parents, |manifest| {
            [("lib/index.js".to_owned(), source(manifest).into_bytes())].into()
        })
    }

    /// A version with these files.
    fn version_of(
        &self,
        id: &str,
        needs: &[(&str, Option<CommitId>)],
        files: &BTreeMap<String, Vec<u8>>,
    ) -> StoredVersion {
        self.write(id, needs, &["org.base"], &[], |_| files.clone())
    }

    fn write(
        &self,
        id: &str,
        needs: &[(&str, Option<CommitId>)],
        scopes: &[&str],
        parents: &[CommitId],
        files: impl Fn(&Manifest) -> BTreeMap<String, Vec<u8>>,
    ) -> StoredVersion {
        let id: VersionId = id.parse().unwrap();
        let dependency = |(id, commit): &(&str, Option<CommitId>)| Dependency {
            id: id.parse().unwrap(),
            commit: *commit,
            kind: DependencyKind::Runtime,
        };
        let mut dependencies: Vec<Dependency> = needs.iter().map(dependency).collect();
        dependencies.sort();
        let manifest = Manifest {
            dependencies,
            scopes: scopes.iter().map(|scope| scope.parse().unwrap()).collect(),
            ..Manifest::of(id.clone(), "index.js", "node")
        };
        let identity = Identity { line: "Ada <ada@example.com> 981173106 +0000".into() };
        let mut objects = Vec::new();
        let mut file = |(path, bytes)| {
            let blob = RawObject::new(Kind::Blob, bytes);
            let file = SourceFile { path, mode: FileMode::Executable, blob: blob.oid };
            objects.push(blob);
            file
        };
        let files: Vec<SourceFile> = files(&manifest).into_iter().map(&mut file).collect();
        let draft = Draft {
            package_json: PackageJson::new(
                &manifest,
                ModuleSystem::Esm,
                &EntryPoints::of_sources(&manifest.main),
                &PackageFields::default(),
            )
            .to_json(),
            manifest: &manifest,
            files: &files,
            built: &[],
            parents,
            message: Some("made"),
            lineage: Lineage::Maintenance,
            identities: &Identities { author: identity.clone(), committer: identity },
        };
        let mut pack = PackWriter::new(&self.repo).unwrap();
        let commit = draft.write(&mut objects).unwrap();
        pack.add(objects).unwrap();
        pack.finish().unwrap();
        self.read(commit)
    }

    fn read(&self, commit: CommitId) -> StoredVersion {
        StoredVersion::read(&self.repo, commit).unwrap()
    }

    fn rewrite(&self, ids: &BTreeMap<ComponentId, ComponentId>, versions: &[StoredVersion]) -> Rewrites {
        let mut pack = PackWriter::new(&self.repo).unwrap();
        let looked: Vec<Looked> = versions.iter().map(|version| (version, 0)).collect();
        let names = NewNames::new(ids.iter().map(|(old, new)| (PackageName::of(old), PackageName::of(new))));
        let found = VersionSpecifiers::find(&self.repo, &looked, &[names], Unparsable::Refuse).unwrap();
        let done = rewrite(&self.repo, &renamed(ids, versions, Some(0)), Some(&found), &mut pack).unwrap();
        pack.finish().unwrap();
        versions.iter().map(|version| version.commit).zip(done.iter().map(|version| version.commit)).collect()
    }
}

/// Imports of all that a version needs, in several ways, among words that only look like them.
fn source(manifest: &Manifest) -> String {
    let mut text = String::from("#!/usr/bin/env node\r\n// '@my-scope/c0'\r\nconst words = '@my-scope/c0';\r\n");
    for (at, needed) in manifest.dependencies.iter().enumerate() {
        let package = PackageName::of(&needed.id.id);
        text += &match at % 3 {
            0 => format!("require(\"{package}\"), require.resolve('{package}/package.json');\n"),
            1 => format!("import(`{package}`).then(require('{package}-group'));\n"),
            _ => format!("jest.mock('{package}/theme', () => '{package}x');\n"),
        };
    }
    text
}

/// What is quoted behind one of the words by which modules are named: found without a parser.
fn specifiers(text: &str) -> Vec<&str> {
    let words = ["require(", "require.resolve(", "import(", "jest.mock("];
    let after = words.iter().flat_map(|word| text.match_indices(word).map(|(at, word)| &text[at + word.len()..]));
    after.map(|rest| rest[1..].split(['"', '\'', '`']).next().unwrap()).collect()
}

fn ids_of(pairs: &[(&str, &str)]) -> BTreeMap<ComponentId, ComponentId> {
    pairs.iter().map(|(old, new)| (old.parse().unwrap(), new.parse().unwrap())).collect()
}

fn scopes(version: &StoredVersion) -> Vec<&str> {
    version.manifest.scopes.iter().map(ScopeName::as_str).collect()
}

#[test]
fn dependents_and_descendants_follow_and_nothing_else_does() {
    let store = Store::new();
    let base = store.version("org.base/base@1.0.0", &[], &[], &[]);
    let theme =
        store.version("my-scope/theme@0.0.1", &[("org.base/base@1.0.0", Some(base.commit))], &["org.base"], &[]);
    let theme2 = store.version("my-scope/theme@0.0.2", &[], &[], &[theme.commit]);
    let card = store.version(
        "org.forms/card@0.0.1",
        &[("my-scope/theme@0.0.1", Some(theme.commit))],
        &["my-scope", "org.base"],
        &[],
    );
    let card2 = store.version("org.forms/card@0.0.2", &[], &[], &[card.commit]);
    let apart =
        store.version("my-scope/apart@0.0.1", &[("org.base/base@1.0.0", Some(base.commit))], &["org.base"], &[]);
    let ids = ids_of(&[("my-scope/theme", "org.ui/theme")]);
    let all = [&card2, &apart, &theme, &base, &card, &theme2].map(Clone::clone);
    let affected = affected(&ids, all.to_vec());
    let names: Vec<String> = affected.iter().map(|version| version.id().to_string()).collect();
    assert_eq!(names, ["org.forms/card@0.0.2", "my-scope/theme@0.0.1", "org.forms/card@0.0.1", "my-scope/theme@0.0.2"]);

    let done = store.rewrite(&ids, &affected);
    let new = |old: &StoredVersion| store.read(done[&old.commit]);
    assert_eq!(new(&theme).id().to_string(), "org.ui/theme@0.0.1");
    assert_eq!(scopes(&new(&theme)), ["org.base"]);
    assert_eq!(new(&theme2).parents, [new(&theme).commit]);
    let dependency = &new(&card).manifest.dependencies[0];
    assert_eq!(
        (dependency.id.to_string().as_str(), dependency.commit),
        ("org.ui/theme@0.0.1", Some(new(&theme).commit))
    );
    assert_eq!(scopes(&new(&card)), ["org.base", "org.ui"], "a scope that nothing is needed of any more goes");
    assert_eq!(new(&card2).parents, [new(&card).commit]);
    let (was, is) =
        [card.commit, new(&card).commit].map(|commit| VersionCommit::read(&store.repo, commit).unwrap()).into();
    assert_eq!((is.message, is.lineage, is.author, is.moment), (was.message, was.lineage, was.author, was.moment));
    // What a tag would have made there.
    let made = store.version(
        "org.forms/card@0.0.1",
        &[("org.ui/theme@0.0.1", Some(new(&theme).commit))],
        &["org.base", "org.ui"],
        &[],
    );
    assert_eq!(made.commit, is.commit);
}

#[test]
fn a_cycle_reaches_one_list_of_scopes() {
    let store = Store::new();
    let base = store.version("org.base/base@1.0.0", &[], &[], &[]);
    let reach = ["my-scope", "org.base", "org.forms"];
    let a = store.version("my-scope/a@0.0.1", &[("org.forms/b@0.0.1", None)], &reach, &[]);
    let needs = [("my-scope/a@0.0.1", None), ("org.base/base@1.0.0", Some(base.commit))];
    let b = store.version("org.forms/b@0.0.1", &needs, &reach, &[]);
    let done = store.rewrite(&ids_of(&[("my-scope/a", "org.ui/a")]), &[a.clone(), b.clone()]);
    for old in [&a, &b] {
        let new = store.read(done[&old.commit]);
        assert_eq!(scopes(&new), ["org.base", "org.forms", "org.ui"]);
        assert!(
            new.manifest
                .dependencies
                .iter()
                .all(|one| one.commit.is_none() == (one.id.id.scope.as_str() != "org.base"))
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn there_and_back_again_is_the_same_commit(
        edges in proptest::collection::vec(proptest::collection::vec(any::<prop::sample::Index>(), 0..3), 1..8),
        moved in proptest::collection::vec(any::<bool>(), 8),
    ) {
        let store = Store::new();
        let scope = |at: usize| if moved[at] { "my-scope" } else { "org.forms" };
        let mut versions: Vec<StoredVersion> = Vec::new();
        for (at, needs) in edges.iter().enumerate() {
            let mut needed: Vec<usize> = needs.iter().filter(|_| at > 0).map(|need| need.index(at.max(1))).collect();
            needed.sort();
            needed.dedup();
            let ids: Vec<(String, CommitId)> =
                needed.iter().map(|&need| (versions[need].id().to_string(), versions[need].commit)).collect();
            let needs: Vec<(&str, Option<CommitId>)> = ids.iter().map(|(id, commit)| (id.as_str(), Some(*commit))).collect();
            let reached: Vec<(ScopeName, Vec<ScopeName>)> = needed.iter().map(|&need| {
                (versions[need].manifest.scope.clone(), versions[need].manifest.scopes.clone())
            }).collect();
            let reached = closure_scopes(reached.iter().map(|(scope, further)| (scope, further.as_slice())));
            let reached: Vec<&str> = reached.iter().map(ScopeName::as_str).collect();
            versions.push(store.version(&format!("{}/c{at}@0.0.1", scope(at)), &needs, &reached, &[]));
        }
        let forth: BTreeMap<ComponentId, ComponentId> = versions.iter()
            .filter(|version| version.manifest.scope.is_placeholder())
            .map(|version| (version.id().id, ComponentId::new("org.ui".parse().unwrap(), version.manifest.name.clone())))
            .collect();
        let back = forth.iter().map(|(old, new)| (new.clone(), old.clone())).collect();
        let there = store.rewrite(&forth, &versions);
        let moved: Vec<StoredVersion> = versions.iter().map(|version| store.read(there[&version.commit])).collect();
        prop_assert!(moved.iter().all(|version| !scopes(version).contains(&"my-scope")));
        for (old, new) in versions.iter().zip(&moved) {
            let text = |version: &StoredVersion| {
                let file = version.source_files(&store.repo).unwrap().remove(0);
                (file.mode, String::from_utf8(store.repo.blob(file.blob).unwrap()).unwrap())
            };
            let ((old_mode, old), (new_mode, new)) = (text(old), text(new));
            // A look of its own: all that is named now is the old name in the new scope, and nothing else is another.
            let expected: Vec<String> = specifiers(&old).into_iter().map(|named| match named.ends_with("-group") {
                true => named.to_owned(),
                false => named.replace("@my-scope/", "@org/ui."),
            }).collect();
            prop_assert_eq!(specifiers(&new), expected);
            prop_assert_eq!((new_mode, new.lines().take(3).collect::<Vec<_>>()), (old_mode, old.lines().take(3).collect::<Vec<_>>()));
        }
        let home = store.rewrite(&back, &moved);
        for version in &versions {
            prop_assert_eq!(home[&there[&version.commit]], version.commit);
        }
    }
}

/// What a compiler makes of these files is what becomes of what it made of the others.
#[test]
fn built_files_and_their_maps_are_those_of_the_renamed_sources() {
    let source = |package: &str| {
        let name = format!("import {{ base, type Shade }} from '{package}'; export const x: Shade = base(() => {{\n");
        format!(
            "{name}  throw new Error('here'); }}); export * from \"{package}/deep\"; export const later: number = 1;\n"
        )
    };
    let build = |package: &str| {
        let text = source(package);
        let files = [
            AuthorFile { path: "lib/x.ts", bytes: text.as_bytes(), executable: false },
            AuthorFile { path: "data.json", bytes: b"{}\n", executable: false },
        ];
        let built = compile(&Source { files: &files, main: "lib/x.ts", module: ModuleSystem::Esm }).unwrap().unwrap();
        let mut all: BTreeMap<String, Vec<u8>> = built.files.into_iter().map(|file| (file.path, file.bytes)).collect();
        all.insert("lib/x.ts".into(), text.into_bytes());
        all
    };
    let store = Store::new();
    let base = store.version("org.base/base@1.0.0", &[], &[], &[]);
    let files = build("@org/base.base");
    assert!(files.keys().any(|path| path.ends_with("x.js.map")), "{:?}", files.keys());
    let needs = [("org.base/base@1.0.0", Some(base.commit))];
    let card = store.version_of("my-scope/card@0.0.1", &needs, &files);
    let there = ids_of(&[("org.base/base", "longer-org.base/base"), ("my-scope/card", "org.forms/card")]);
    let done = store.rewrite(&there, &[base.clone(), card.clone()]);
    let [base2, card2] = [&base, &card].map(|version| store.read(done[&version.commit]));
    let content = |version: &StoredVersion| -> BTreeMap<String, Vec<u8>> {
        let all = version.all_files(&store.repo).unwrap().into_iter();
        let own = all.filter(|file| !matches!(file.path.as_str(), "component.json" | "package.json"));
        own.map(|file| (file.path, store.repo.blob(file.blob).unwrap())).collect()
    };
    assert_eq!(content(&card2), build("@longer-org/base.base"));
    let back = ids_of(&[("longer-org.base/base", "org.base/base"), ("org.forms/card", "my-scope/card")]);
    let done = store.rewrite(&back, &[base2, card2.clone()]);
    assert_eq!(done[&card2.commit], card.commit);
}
