//! A signed version of which one byte is another: whoever asks for signatures refuses it, whichever byte it is. Each
//! altered version has a good signature of its own, and one bit that is not as it was signed; whoever altered it has put
//! all other objects, refs and the catalog right again with plain git.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;

use sha1::Digest;

use crate::common::servers::{Host, Hosted};
use crate::common::{Catalog, Folder, Run, TestEnvironment, has_program, skip};
use crate::openpgp_text;
use crate::signing::{Agent, allowed, careful, create, machine, openpgp_key, refuses, trusting};

const SCOPE: &str = "my-org.ui";
/// What the version that all others are made of is called; their names are as long.
const NAME: &str = "c0000";

/// What a version is made of, from the inside out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Main,
    Manifest,
    Package,
    Folder,
    Root,
    Commit,
    Tag,
    /// The text of an OpenPGP signature, in one of the ways of `otherwise`.
    Armour,
}

/// How somebody goes on who has altered the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Forgery {
    /// The version's tag is on the new commit itself.
    Bare,
    /// It stays as it was signed; only the catalog lists the new commit.
    Listed,
    /// The signed tag names the new commit.
    Named,
}

/// One bit of one byte is another.
type Cut = (Part, usize);

/// An object: what it is part of, its kind, its bytes.
type Object = (Part, &'static str, Vec<u8>);

/// A version that bit made, as text.
struct Template {
    main: String,
    manifest: String,
    package: String,
    /// The name of the one file in its folder.
    inner: String,
    root: String,
    id: String,
    commit: String,
    /// The tag without its signature.
    tag: String,
}

impl Template {
    /// Made by bit, signed and exported.
    fn made(env: &TestEnvironment, scope: &Hosted<'_>) -> Self {
        create(env, &scope.url, SCOPE);
        let workspace = env.git_workspace_at("author", SCOPE);
        workspace.component(NAME, &[("index.js", "module.exports = 1;\n"), ("lib/x.js", "'x';\n")]);
        workspace.bit(["tag", "-m", "one", "--sign"]).success();
        workspace.bit(["export"]).success();
        let show = |kind: &str, name: &str| {
            scope.folder.git(["--git-dir=.", "cat-file", kind, &format!("{NAME}@0.0.1{name}")]).success().stdout.clone()
        };
        let id = |name: &str| {
            scope.folder.git(["--git-dir=.", "rev-parse", &format!("{NAME}@0.0.1{name}")]).line().to_owned()
        };
        let tag = show("tag", "");
        let template = Self {
            main: show("blob", ":index.js"),
            manifest: show("blob", ":component.json"),
            package: show("blob", ":package.json"),
            inner: id(":lib/x.js"),
            root: id("^{tree}"),
            id: id("^{}"),
            commit: show("commit", "^{}"),
            tag: tag[..tag.find("-----BEGIN").expect("a signature")].to_owned(),
        };
        let (_, _, commit) = template.content(NAME, None).pop().expect("a commit");
        assert_eq!(id_of("commit", &commit), template.id, "it can be made again");
        template
    }

    /// The objects of a version, the last of them its commit, put together as git would.
    fn content(&self, name: &str, cut: Option<Cut>) -> Vec<Object> {
        let mut objects = Vec::new();
        let mut put = |part: Part, kind: &'static str, mut bytes: Vec<u8>| {
            if let Some((_, at)) = cut.filter(|(which, _)| *which == part) {
                bytes[at] ^= 1;
            }
            let id = id_of(kind, &bytes);
            objects.push((part, kind, bytes));
            id
        };
        let main = put(Part::Main, "blob", self.main.clone().into_bytes());
        let manifest = put(Part::Manifest, "blob", self.manifest.replace(NAME, name).into_bytes());
        let package = put(Part::Package, "blob", self.package.replace(NAME, name).into_bytes());
        let folder = put(Part::Folder, "tree", entry("100644 x.js", &self.inner));
        let entries = [
            entry("100644 component.json", &manifest),
            entry("100644 index.js", &main),
            entry("40000 lib", &folder),
            entry("100644 package.json", &package),
        ];
        let root = put(Part::Root, "tree", entries.concat());
        put(Part::Commit, "commit", self.commit.replace(&self.root, &root).replace(NAME, name).into_bytes());
        objects
    }

    /// What is signed.
    fn words(&self, name: &str, commit: &str) -> String {
        self.tag.replace(&self.id, commit).replace(NAME, name)
    }
}

/// A line of a tree.
fn entry(words: &str, id: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&id[at..at + 2], 16).expect("an id");
    [words.as_bytes(), b"\0"].concat().into_iter().chain((0..id.len()).step_by(2).map(digits)).collect()
}

fn whole(kind: &str, bytes: &[u8]) -> Vec<u8> {
    [format!("{kind} {}\0", bytes.len()).as_bytes(), bytes].concat()
}

fn id_of(kind: &str, bytes: &[u8]) -> String {
    sha1::Sha1::digest(whole(kind, bytes)).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As `git hash-object -w --literally`, which would be started a thousand times.
fn store(scope: &Hosted<'_>, kind: &str, bytes: &[u8]) -> String {
    let id = id_of(kind, bytes);
    let path = format!("objects/{}/{}", &id[..2], &id[2..]);
    if !scope.folder.exists(&path) {
        let mut packed = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        packed.write_all(&whole(kind, bytes)).expect("an object");
        scope.folder.write(&path, packed.finish().expect("an object"));
    }
    id
}

/// A version of its own, and what is wrong with it; nothing, where it is as it was signed.
struct Altered {
    name: String,
    wrong: Option<(Cut, Forgery)>,
}

impl Altered {
    fn id(&self) -> String {
        format!("{SCOPE}/{}@0.0.1", self.name)
    }

    /// Writes it to the scope, given what was signed of it and the signature. Returns the commit that the catalog is to
    /// list, and what the tag's ref is to name.
    fn write(&self, template: &Template, scope: &Hosted<'_>, signature: &str) -> (String, String) {
        let put = |cut: Option<Cut>| {
            let stored: Vec<String> =
                template.content(&self.name, cut).iter().map(|(_, kind, bytes)| store(scope, kind, bytes)).collect();
            stored.last().expect("a commit").clone()
        };
        let commit = put(None);
        let signed = |commit: &str| (template.words(&self.name, commit) + signature).into_bytes();
        let Some((cut, forgery)) = self.wrong else {
            return (commit.clone(), store(scope, "tag", &signed(&commit)));
        };
        if cut.0 == Part::Tag {
            let mut tag = signed(&commit);
            tag[cut.1] ^= 1;
            return (commit, store(scope, "tag", &tag));
        }
        if cut.0 == Part::Armour {
            let altered = openpgp_text::otherwise(signature).swap_remove(cut.1);
            return (commit.clone(), store(scope, "tag", (template.words(&self.name, &commit) + &altered).as_bytes()));
        }
        let other = put(Some(cut));
        let target = match forgery {
            Forgery::Bare => other.clone(),
            Forgery::Listed => store(scope, "tag", &signed(&commit)),
            Forgery::Named => store(scope, "tag", &signed(&other)),
        };
        (other, target)
    }
}

/// All of them in one scope, beside the one that they are made of. `sign` signs files, each to one beside it.
fn planted(
    env: &TestEnvironment,
    scope: &Hosted<'_>,
    sign: impl Fn(&Folder<'_>, &[String]),
    wrongs: impl Fn(&Template, usize) -> Vec<(Cut, Forgery)>,
) -> Vec<Altered> {
    let template = Template::made(env, scope);
    let signature = |name: &str| env.folder("words").read(&format!("{name}.signed"));
    let prepare = |names: &[String]| {
        for name in names {
            let commit = template.content(name, None).pop().expect("a commit").2;
            env.folder("words").write(name, template.words(name, &id_of("commit", &commit)));
        }
        sign(&env.folder("words"), names);
    };
    prepare(&[NAME.to_owned()]);
    let length = template.tag.len() + signature(NAME).len();
    // A few that are as they were signed show that it is no other reason for which all are refused.
    let wrongs = wrongs(&template, length).into_iter().map(Some).chain([None; 3]);
    let all: Vec<Altered> =
        wrongs.enumerate().map(|(at, wrong)| Altered { name: format!("c{:04}", at + 1), wrong }).collect();
    prepare(&all.iter().map(|one| one.name.clone()).collect::<Vec<_>>());
    let mut catalog = Catalog::of(SCOPE).component(NAME, &[("0.0.1", &template.id)]);
    for one in &all {
        let (commit, target) = one.write(&template, scope, &signature(&one.name));
        catalog = catalog.component(&one.name, &[("0.0.1", &commit)]);
        // git itself would look at what a ref is to name.
        scope.folder.write(&format!("refs/tags/{}@0.0.1", one.name), format!("{target}\n"));
    }
    catalog.replaces(&scope.folder);
    all
}

/// Every byte of the tag, and every byte of the content; the ways to go on take turns.
fn every_byte(template: &Template, tag: usize) -> Vec<(Cut, Forgery)> {
    const WAYS: [Forgery; 3] = [Forgery::Bare, Forgery::Listed, Forgery::Named];
    let mut all: Vec<_> = (0..tag).map(|at| ((Part::Tag, at), Forgery::Named)).collect();
    for (part, _, bytes) in template.content(NAME, None) {
        all.extend((0..bytes.len()).map(|at| ((part, at), WAYS[at % WAYS.len()])));
    }
    all
}

/// The ids of those that are wrong, and of those that are not.
fn ids(all: &[Altered]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (wrong, right): (Vec<_>, Vec<_>) = all.iter().partition(|one| one.wrong.is_some());
    let ids = |some: Vec<&Altered>| some.into_iter().map(Altered::id).collect();
    (ids(wrong), ids(right))
}

/// Those of which a run says that something is wrong.
fn told(run: &Run, list: &serde_json::Value, place: &str) -> BTreeSet<String> {
    let list = list.as_array().unwrap_or_else(|| panic!("a list\n{run}"));
    list.iter().map(|one| one[place].as_str().expect("an id").to_owned()).collect()
}

#[track_caller]
fn all_are_found_by_verify(env: &TestEnvironment, scope: &Hosted<'_>, signers: &str, all: &[Altered]) {
    let ci = env.folder("ci");
    ci.write("signers", signers);
    let run = ci.bit(["verify", &scope.url, "--signers", "signers", "--json"]);
    run.fails_quietly(3);
    let mut findings = run.json()["findings"].clone();
    let list = findings.as_array_mut().expect("findings");
    list.retain(|finding| finding["severity"] == "error");
    let (found, (wrong, right)) = (told(&run, &findings, "place"), ids(all));
    let missed = |one: &&Altered| wrong.contains(&one.id()) && !found.contains(&one.id());
    let missed: Vec<_> = all.iter().filter(missed).map(|one| &one.wrong).collect();
    assert!(missed.is_empty(), "{} are not found: {missed:?}", missed.len());
    let false_alarms =
        |finding: &&serde_json::Value| finding["place"].as_str().is_some_and(|place| right.contains(place));
    let alarms: Vec<_> = findings.as_array().into_iter().flatten().filter(false_alarms).collect();
    assert!(alarms.is_empty(), "{alarms:?}");
}

#[track_caller]
fn none_is_mirrored(env: &TestEnvironment, scope: &Hosted<'_>, all: &[Altered]) {
    let ci = env.folder("ci");
    let run = ci.bit(["mirror", &scope.url, "./to", "--create", "--signers", "signers", "--json", "--retries", "0"]);
    let told_of = told(run.fails(4), &run.json()["scopes"][0]["destinations"][0]["refused"], "id");
    let (wrong, right) = ids(all);
    assert_eq!(told_of, wrong);
    let came: BTreeSet<String> =
        ci.inside("to").refs().keys().map(|name| name.replace("refs/tags/", "my-org.ui/")).collect();
    let good = right.into_iter().chain([format!("{SCOPE}/{NAME}@0.0.1")]).collect();
    assert_eq!(came, good, "no other came, nor the catalog");
    ci.inside("to").git(["--git-dir=.", "fsck", "--full", "--strict", "--no-dangling"]).success();
}

/// Import asks the same judge about each; so some of them do.
#[track_caller]
fn some_are_refused_by_import(shop: &Folder<'_>, all: &[Altered], step: usize) {
    for one in all.iter().filter(|one| one.wrong.is_some()).step_by(step) {
        let mut run = None;
        refuses(shop, &["import", "--objects", &one.id()], &mut run);
    }
    let good = all.iter().find(|one| one.wrong.is_none()).expect("one");
    shop.bit(["import", "--objects", &good.id()]).success();
}

#[test]
fn a_version_signed_by_ssh_is_refused_for_every_byte() {
    let env = machine();
    env.is_left_damaged("its commits have bytes that git does not write");
    let scope = Host::path(&env).repository("ui");
    let key = env.home().join("ada");
    let sign = |words: &Folder<'_>, names: &[String]| {
        words.program("ssh-keygen").args(["-Y", "sign", "-n", "git", "-f"]).arg(&key).args(names).run().success();
        for name in names {
            fs::rename(words.path().join(format!("{name}.sig")), words.path().join(format!("{name}.signed"))).unwrap();
        }
    };
    let all = planted(&env, &scope, sign, every_byte);
    all_are_found_by_verify(&env, &scope, &allowed(&env, "ada"), &all);
    none_is_mirrored(&env, &scope, &all);
    some_are_refused_by_import(&trusting(&env, "shop"), &all, 101);
}

/// Every sixth byte of the tag: gpg takes its time. The content is not its business. Of the signature's packet every one,
/// under a checksum that is right, and what gpg itself would take.
#[test]
fn a_version_signed_by_openpgp_is_refused_for_its_bytes() {
    if !has_program("gpg") || !has_program("gpg-agent") {
        skip!("gpg is not installed");
    }
    let env = TestEnvironment::new();
    env.is_left_damaged("its commits have bytes that git does not write");
    let _agent = Agent(&env);
    let fingerprint = openpgp_key(&env);
    let scope = Host::path(&env).repository("ui");
    let sign = |words: &Folder<'_>, names: &[String]| {
        let each = "for name; do gpg --batch --quiet --detach-sign --armor --output \"$name.signed\" \"$name\" || exit 1; done";
        words.program("sh").args(["-c", each, "sign"]).args(names).run().success();
    };
    let bytes = |_: &Template, tag: usize| {
        let ways = openpgp_text::otherwise(&env.folder("words").read(&format!("{NAME}.signed"))).len();
        let tag = (0..tag).step_by(6).map(|at| (Part::Tag, at));
        tag.chain((0..ways).map(|at| (Part::Armour, at))).map(|cut| (cut, Forgery::Named)).collect()
    };
    let all = planted(&env, &scope, sign, bytes);
    let signers = format!("ada@example.com openpgp {fingerprint}\n");
    all_are_found_by_verify(&env, &scope, &signers, &all);
    none_is_mirrored(&env, &scope, &all);
    some_are_refused_by_import(&careful(&env, "shop", &signers), &all, 15);
}
