//! Against plain folders and `git daemon`, with plain git as the judge.

mod parcels;

use super::*;
use crate::git::{Envelope, FileMode, Kind, PackWriter, RawObject, RefEdit, RefOutcome, RefTable, TreeBuilder};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const TAGS: [&str; 3] = ["refs/tags/a@1.0.0", "refs/tags/b@1.0.0", "refs/tags/c@1.0.0"];
const MAIN: &str = "refs/heads/main";

/// A local scope, and a folder that plays the host.
struct World {
    folder: tempfile::TempDir,
    local: Repo,
}

impl World {
    fn new() -> Self {
        Self::with_scope_at("local")
    }

    fn with_scope_at(name: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::create_dir(&path).unwrap();
        let local = Repo::init_bare(&path, folder.path()).unwrap();
        let world = Self { folder, local };
        world.init("host");
        world
    }

    fn init(&self, name: &str) {
        let arguments = ["init", "--bare", "--quiet", "--initial-branch=main", "--template="];
        assert!(Git::new(arguments).args([self.path(name)]).output().unwrap().success);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn url(&self, name: &str) -> RemoteUrl {
        RemoteUrl::parse(self.path(name).to_str().unwrap(), Path::new("/")).unwrap()
    }

    fn git(&self, name: &str, arguments: &[&str]) -> String {
        let output = Git::new(arguments.iter().copied()).in_repository(&self.path(name)).output().unwrap();
        assert!(output.success, "git {arguments:?}: {}", output.stderr);
        output.stdout
    }

    fn commit(&self, content: &str, parent: Option<Oid>) -> Oid {
        let mut objects = vec![RawObject::new(Kind::Blob, content.into())];
        let mut tree = TreeBuilder::default();
        tree.add("a", FileMode::Regular, objects[0].oid);
        let tree = tree.write(&mut objects).unwrap();
        let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
        let who = "A <a@b.c> 1700000000 +0000";
        let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{content}\n");
        objects.push(RawObject::new(Kind::Commit, text.into_bytes()));
        let oid = objects.last().unwrap().oid;
        let mut pack = PackWriter::new(&self.local).unwrap();
        pack.add(objects).unwrap();
        pack.finish().unwrap();
        oid
    }

    fn tags(&self) -> Vec<(String, Oid)> {
        TAGS.iter().map(|name| ((*name).to_owned(), self.commit(name, None))).collect()
    }

    fn push(&self, refs: &[(String, Oid)], mode: PushMode) -> Result<PushReport> {
        self.push_to(&self.url("host"), refs, mode)
    }

    fn push_to(&self, url: &RemoteUrl, refs: &[(String, Oid)], mode: PushMode) -> Result<PushReport> {
        Envelope::new(&self.local, refs, self.folder.path())?.push(url, mode, &mut |_| {})
    }

    fn refs(&self, name: &str) -> BTreeMap<String, String> {
        let lines = self.git(name, &["for-each-ref", "--format=%(refname) %(objectname)"]);
        lines.lines().filter_map(|line| line.split_once(' ')).map(|(a, b)| (a.into(), b.into())).collect()
    }

    /// By another process: what this one has open for writing can't be run, and a fork of another test keeps it open.
    fn hook(&self, name: &str, script: &str) {
        let (source, hooks) = (self.path("hook"), self.path("host/hooks"));
        std::fs::create_dir_all(&hooks).unwrap();
        std::fs::write(&source, format!("#!/bin/sh\n{script}\n")).unwrap();
        let mut install = std::process::Command::new("install");
        assert!(install.args(["-m", "755"]).arg(&source).arg(hooks.join(name)).status().unwrap().success());
    }
}

fn failure(error: &anyhow::Error) -> RemoteFailure {
    RemoteFailure::of(error).unwrap_or_else(|| panic!("{error:#}"))
}

fn outcomes(report: &PushReport) -> Vec<&RefOutcome> {
    report.refs.iter().map(|pushed| &pushed.outcome).collect()
}

#[test]
fn a_push_makes_exactly_what_is_in_the_envelope() {
    let world = World::new();
    assert!(world.push(&[], PushMode::Atomic).unwrap().is_complete());
    let tags = world.tags();
    // What else the local scope has stays here.
    let edit = RefEdit { name: "refs/tags/s/c@1.0.0".into(), old: None, new: Some(tags[0].1) };
    RefTable::apply(&world.local, &[edit]).unwrap();
    let mut refs = tags.clone();
    refs.push((MAIN.into(), world.commit("catalog", None)));
    let report = world.push(&refs, PushMode::Atomic).unwrap();
    assert!(report.is_complete() && report.refused().is_empty());
    assert_eq!(report.created().len(), 4);
    let there: BTreeMap<_, _> = refs.iter().map(|(name, oid)| (name.clone(), oid.to_string())).collect();
    assert_eq!(world.refs("host"), there);
    world.git("host", &["fsck", "--full", "--strict"]);

    let again = world.push(&refs, PushMode::Atomic).unwrap();
    assert!(again.is_complete() && again.refs.iter().all(|pushed| pushed.outcome == RefOutcome::Same));
    refs[3].1 = world.commit("more", Some(refs[3].1));
    assert_eq!(outcomes(&world.push(&refs[3..], PushMode::Atomic).unwrap()), [&RefOutcome::Moved]);
    // The envelopes are gone.
    let left: Vec<_> =
        std::fs::read_dir(world.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn nothing_is_overwritten_and_one_refusal_holds_all_back() {
    let world = World::new();
    let mut refs = world.tags();
    refs.push((MAIN.into(), world.commit("catalog", None)));
    world.push(&refs[1..2], PushMode::Atomic).unwrap();
    world.push(&refs[3..], PushMode::Atomic).unwrap();
    let before = world.refs("host");
    refs[1].1 = world.commit("other content", None);
    refs[3].1 = world.commit("other history", None);
    let report = world.push(&refs, PushMode::Atomic).unwrap();
    assert!(!report.is_complete());
    let refused: BTreeMap<_, _> = report.refused().into_iter().collect();
    assert_eq!(refused, BTreeMap::from([(TAGS[1], "already exists"), (MAIN, "non-fast-forward")]));
    assert_eq!(report.refs.iter().filter(|pushed| pushed.outcome == RefOutcome::HeldBack).count(), 2);
    assert_eq!(world.refs("host"), before);
    let report = world.push(&refs, PushMode::Separate).unwrap();
    assert_eq!(report.created(), [TAGS[0], TAGS[2]]);
}

#[test]
fn a_hook_of_the_host_refuses_in_its_own_words() {
    let world = World::new();
    world.hook("update", "case $1 in *b@*) echo 'frozen until Monday, token=abc' >&2; exit 1;; esac");
    let report = world.push(&world.tags(), PushMode::Atomic).unwrap();
    assert_eq!(report.refused(), [(TAGS[1], "hook declined")]);
    assert!(report.said.starts_with("frozen until Monday, token=***\n"), "{}", report.said);
    assert!(world.refs("host").is_empty());
}

#[test]
fn a_host_without_atomic_push_is_recognised() {
    let world = World::new();
    world.git("host", &["config", "receive.advertiseAtomic", "false"]);
    let error = world.push(&world.tags(), PushMode::Atomic).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::AtomicUnsupported);
    assert!(world.refs("host").is_empty());
    assert!(world.push(&world.tags(), PushMode::Separate).unwrap().is_complete());
}

#[test]
fn a_person_s_settings_add_nothing_to_a_push() {
    let world = World::new();
    world.hook("pre-push", "exit 1");
    let hooks = world.path("host/hooks").display().to_string();
    for (key, value) in [
        ("core.hooksPath", hooks.as_str()),
        ("push.gpgSign", "true"),
        ("push.pushOption", "ci.skip"),
        ("push.followTags", "true"),
        ("push.default", "nothing"),
    ] {
        world.git("local", &["config", key, value]);
    }
    assert!(world.push(&world.tags(), PushMode::Atomic).unwrap().is_complete());
    // And what they say of hosts counts.
    let host = world.path("host");
    world.git("local", &["config", &format!("url.{}.insteadOf", host.display()), "https://example.com/x"]);
    let url = RemoteUrl::parse("https://example.com/x", Path::new("/")).unwrap();
    assert_eq!(outcomes(&world.push_to(&url, &world.tags(), PushMode::Atomic).unwrap()), [&RefOutcome::Same; 3]);
    assert_eq!(list(&url, Some(&world.local)).unwrap().refs.len(), 3);
}

#[test]
fn a_scope_with_an_odd_path_and_a_shallow_end_is_pushed() {
    for name in ["a b", "line\nbreak", "back\\slash\n\"quoted\"", "#hash", "\"quotes\""] {
        let world = World::with_scope_at(name);
        assert!(world.push(&world.tags(), PushMode::Atomic).unwrap().is_complete(), "{name:?}");
    }
    let world = World::new();
    let first = world.commit("first", None);
    let second = world.commit("second", Some(first));
    world.push(&[(MAIN.into(), second)], PushMode::Atomic).unwrap();
    let shallow = world.path("shallow");
    let from = format!("file://{}", world.path("host").display());
    let clone = Git::new(["clone", "--quiet", "--bare", "--depth=1", &from]).args([&shallow]);
    assert!(clone.output().unwrap().success);
    let local = Repo::open(&shallow).unwrap();
    assert!(!local.has(first).unwrap());
    let message = world.git(
        "shallow",
        &["-c", "user.name=a", "-c", "user.email=b", "commit-tree", "-p", "main", "-m", "third", "main^{tree}"],
    );
    let refs = [(MAIN.to_owned(), Oid::from_str(message.trim()).unwrap())];
    let envelope = Envelope::new(&local, &refs, world.folder.path()).unwrap();
    let report = envelope.push(&world.url("host"), PushMode::Atomic, &mut |_| {}).unwrap();
    assert_eq!(outcomes(&report), [&RefOutcome::Moved]);
    world.git("host", &["fsck", "--full", "--strict"]);
}

#[test]
fn a_listing_says_what_head_is_even_before_the_first_commit() {
    let world = World::new();
    let url = world.url("host");
    assert_eq!(list(&url, None).unwrap(), Advertised::default());
    world.git("host", &["symbolic-ref", "HEAD", "refs/heads/trunk"]);
    assert_eq!(unborn_head(&url).unwrap().as_deref(), Some("refs/heads/trunk"));
    let commit = world.commit("catalog", None);
    world.push(&[("refs/heads/trunk".into(), commit)], PushMode::Atomic).unwrap();
    let found = list(&url, Some(&world.local)).unwrap();
    assert_eq!((found.head.as_deref(), found.head_commit()), (Some("refs/heads/trunk"), Some(commit)));
}

#[test]
fn a_fetch_brings_objects_and_nothing_else() {
    let world = World::new();
    let tags = world.tags();
    world.push(&tags, PushMode::Atomic).unwrap();
    let path = world.path("other");
    std::fs::create_dir(&path).unwrap();
    let other = Repo::init_bare(&path, world.folder.path()).unwrap();
    let wants = [tags[0].1.to_string(), TAGS[1].to_owned()];
    let options = FetchOptions::default();
    fetch(&other, &world.url("host"), &wants, &options, &mut |_| {}).unwrap();
    let here: Vec<bool> = tags.iter().map(|(_, oid)| other.has(*oid).unwrap()).collect();
    assert_eq!(here, [true, true, false]);
    assert!(world.refs("other").is_empty() && !path.join("FETCH_HEAD").exists());
    assert_eq!(other.pack_count(), 1);

    let tips = FetchOptions { tips: vec![tags[0].1], ..FetchOptions::default() };
    fetch(&other, &world.url("host"), &[tags[2].1.to_string()], &tips, &mut |_| {}).unwrap();
    assert!(other.has(tags[2].1).unwrap());
    fetch(&other, &world.url("host"), &[], &options, &mut |_| {}).unwrap();

    for missing in ["refs/tags/none".to_owned(), "1".repeat(40)] {
        let error = fetch(&other, &world.url("host"), &[missing], &options, &mut |_| {}).unwrap_err();
        assert_eq!(failure(&error), RemoteFailure::Missing);
    }
}

#[test]
fn refs_are_copied_with_so_much_of_their_history_as_is_wanted() {
    let world = World::new();
    let first = world.commit("one", None);
    let second = world.commit("two", Some(first));
    let refs: Vec<(String, Oid)> =
        [("c@1", first), ("c@2", second), ("d@1", first)].map(|(name, oid)| (format!("refs/tags/{name}"), oid)).into();
    world.push(&refs, PushMode::Atomic).unwrap();
    let copy = |place: &str, from: &str, to: &str, extent| {
        let path = world.path(place);
        std::fs::create_dir(&path).unwrap();
        let repo = Repo::init_bare(&path, world.folder.path()).unwrap();
        let names = [(from.to_owned(), to.to_owned())];
        let options = FetchOptions { extent, ..FetchOptions::default() };
        copy_refs(&repo, &world.url("host"), &names, &options, &mut |_| {}).map(|()| repo)
    };
    let has = |repo: &Repo| [first, second].map(|oid| repo.has(oid).unwrap());

    let newest = copy("newest", "refs/tags/c@2", "refs/tags/s/c@2", Extent::Newest).unwrap();
    assert_eq!(
        (world.refs("newest").keys().cloned().collect::<Vec<_>>(), has(&newest)),
        (vec!["refs/tags/s/c@2".to_owned()], [false, true])
    );
    let whole = copy("whole", "refs/tags/c@*", "refs/tags/s/c@*", Extent::Whole).unwrap();
    assert!(whole.has(whole.commit(first).unwrap().tree).unwrap());
    let commits = copy("commits", "refs/tags/c@*", "refs/tags/s/c@*", Extent::Commits).unwrap();
    assert_eq!((world.refs("commits").len(), has(&commits)), (2, [true, true]));
    let error = copy("none", "refs/tags/x", "refs/tags/x", Extent::Newest).err().unwrap();
    assert_eq!(failure(&error), RemoteFailure::Missing);
}

#[test]
fn what_refs_lead_to_comes_without_the_refs() {
    let world = World::new();
    let first = world.commit("one", None);
    let second = world.commit("two", Some(first));
    let catalog = world.commit("catalog", None);
    world.push(&[(TAGS[0].into(), second), (MAIN.into(), catalog)], PushMode::Atomic).unwrap();
    let path = world.path("bare");
    std::fs::create_dir(&path).unwrap();
    let repo = Repo::init_bare(&path, world.folder.path()).unwrap();
    let names = [MAIN.to_owned(), refs::ALL_TAGS.to_owned()];
    bring_refs(&repo, &world.url("host"), &names, &FetchOptions::default(), &mut |_| {}).unwrap();
    assert_eq!([first, second, catalog].map(|oid| repo.has(oid).unwrap()), [true; 3]);
    assert_eq!((world.refs("bare").len(), repo.pack_count()), (0, 1));
    assert!(!path.join("FETCH_HEAD").exists());
}

#[test]
fn the_tip_of_a_branch_is_told_by_a_folder_and_by_a_host() {
    let world = World::new();
    let commit = world.commit("one", None);
    let tips = || [MAIN, "refs/heads/x/refs/heads/main", TAGS[0]].map(|name| tip(&world.url("host"), name).unwrap());
    assert_eq!(tips(), [None; 3]);
    world.push(&[(TAGS[0].into(), commit), (MAIN.into(), commit)], PushMode::Atomic).unwrap();
    assert_eq!(tips()[..2], [Some(commit), None]);
    // Of what hides something git has to speak, as of a host.
    world.git("host", &["config", "transfer.hideRefs", "refs/hidden"]);
    assert_eq!(tips(), [Some(commit), None, None]);
}

#[test]
fn a_look_brings_no_history_and_what_is_put_on_top_can_be_pushed() {
    let world = World::new();
    let first = world.commit("one", None);
    let second = world.commit("two", Some(first));
    world.push(&[(MAIN.into(), second)], PushMode::Atomic).unwrap();
    let visitor = World::with_scope_at("visitor");
    let options = FetchOptions { extent: Extent::Newest, ..FetchOptions::default() };
    fetch(&visitor.local, &world.url("host"), &[MAIN.to_owned()], &options, &mut |_| {}).unwrap();
    assert!(visitor.local.has(second).unwrap() && !visitor.local.has(first).unwrap());
    assert!(speaks_protocol_2(&visitor.local, &world.url("host"), second).unwrap());
    let third = visitor.commit("three", Some(second));
    let envelope = Envelope::new(&visitor.local, &[(MAIN.into(), third)], visitor.folder.path()).unwrap();
    assert!(envelope.rehearse(&world.url("host"), PushMode::Atomic).unwrap().is_complete());
    assert_eq!(world.refs("host")[MAIN], second.to_string(), "a rehearsal changes nothing");
    assert!(envelope.push(&world.url("host"), PushMode::Atomic, &mut |_| {}).unwrap().is_complete());
    assert_eq!(world.git("host", &["rev-list", "--count", MAIN]).trim(), "3");
    world.git("host", &["fsck", "--full", "--strict"]);
}

#[test]
fn many_names_are_fetched_by_their_ids() {
    let world = World::new();
    let refs: Vec<_> =
        (0..300).map(|i| (format!("refs/tags/c{i}@1.0.0"), world.commit(&i.to_string(), None))).collect();
    let mut stages = Vec::new();
    let envelope = Envelope::new(&world.local, &refs, world.folder.path()).unwrap();
    envelope.push(&world.url("host"), PushMode::Atomic, &mut |count| stages.push(count.stage.to_owned())).unwrap();
    assert!(stages.contains(&"Writing objects".to_owned()), "{stages:?}");
    let path = world.path("other");
    std::fs::create_dir(&path).unwrap();
    let other = Repo::init_bare(&path, world.folder.path()).unwrap();
    let mut names: Vec<String> = refs.iter().map(|(name, _)| name.clone()).collect();
    fetch(&other, &world.url("host"), &names, &FetchOptions::default(), &mut |_| {}).unwrap();
    assert!(refs.iter().all(|(_, oid)| other.has(*oid).unwrap()));
    names.push("refs/tags/none".into());
    let error = fetch(&other, &world.url("host"), &names, &FetchOptions::default(), &mut |_| {}).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::Missing);
}

#[test]
fn hostile_objects_are_not_taken() {
    let world = World::new();
    let blob = world.git("host", &["hash-object", "-w", "-t", "blob", "/dev/null"]);
    let entry = [b"100644 .git\0".as_slice(), Oid::from_str(blob.trim()).unwrap().as_bytes()].concat();
    std::fs::write(world.path("tree"), entry).unwrap();
    let file = world.path("tree").display().to_string();
    let tree = world.git("host", &["hash-object", "-w", "--literally", "-t", "tree", &file]);
    let arguments = ["-c", "user.name=a", "-c", "user.email=b", "commit-tree", "-m", "x", tree.trim()];
    let commit = world.git("host", &arguments);
    world.git("host", &["update-ref", TAGS[0], commit.trim()]);
    let wants = [commit.trim().to_owned()];
    let error = fetch(&world.local, &world.url("host"), &wants, &FetchOptions::default(), &mut |_| {}).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::Damaged, "{error:#}");
    assert!(!world.local.has(Oid::from_str(commit.trim()).unwrap()).unwrap());
}

#[test]
fn only_what_is_as_expected_is_taken_back() {
    let world = World::new();
    let mut tags = world.tags();
    world.push(&tags[..2], PushMode::Atomic).unwrap();
    tags[1].1 = world.commit("what we think it is", None);
    let report = delete(&world.local, &world.url("host"), &tags).unwrap();
    assert_eq!(outcomes(&report), [&RefOutcome::Deleted]);
    assert_eq!(world.refs("host").keys().collect::<Vec<_>>(), [TAGS[1]]);
    tags.truncate(1);
    world.push(&tags, PushMode::Atomic).unwrap();
    world.hook("update", "exit 1");
    let report = delete(&world.local, &world.url("host"), &tags).unwrap();
    assert_eq!(report.refused(), [(TAGS[0], "hook declined")]);
}

#[test]
fn what_is_no_repository_is_told_from_nothing() {
    let world = World::new();
    std::fs::create_dir(world.path("plain")).unwrap();
    assert_eq!(failure(&list(&world.url("nowhere"), None).unwrap_err()), RemoteFailure::NotFound);
    assert_eq!(failure(&list(&world.url("plain"), None).unwrap_err()), RemoteFailure::NotARepository);
    let error = world.push_to(&world.url("nowhere"), &world.tags(), PushMode::Atomic).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::NotFound);
    assert!(crate::errors::report(&error).message.contains("nowhere"));
}

/// `git daemon` on a free port; it stops with the test.
struct Daemon(std::process::Child, u16);

impl Daemon {
    fn start(root: &Path, more: &[&str]) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let base = format!("--base-path={}", root.display());
        let (listen, port_option) = ("--listen=127.0.0.1", format!("--port={port}"));
        let git =
            Git::new(["daemon", "--export-all", "--reuseaddr", listen, &port_option, &base]).args(more.iter().copied());
        let daemon = Self(git.serve(), port);
        let begin = std::time::Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begin.elapsed().as_secs() < 20, "git daemon does not answer");
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        daemon
    }

    fn url(&self, name: &str) -> RemoteUrl {
        RemoteUrl::parse(&format!("git://127.0.0.1:{}/{name}", self.1), Path::new("/")).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

#[test]
fn a_daemon_is_worked_with_as_a_folder_is() {
    let world = World::new();
    let daemon = Daemon::start(world.folder.path(), &["--enable=receive-pack"]);
    let (url, tags) = (daemon.url("host"), world.tags());
    assert_eq!(world.push_to(&url, &tags, PushMode::Atomic).unwrap().created().len(), 3);
    assert_eq!(list(&url, None).unwrap().refs.len(), 3);
    assert_eq!(delete(&world.local, &url, &tags[..1]).unwrap().refs.len(), 1);
    let path = world.path("other");
    std::fs::create_dir(&path).unwrap();
    let other = Repo::init_bare(&path, world.folder.path()).unwrap();
    fetch(&other, &url, &[TAGS[1].into(), tags[2].1.to_string()], &FetchOptions::default(), &mut |_| {}).unwrap();
    assert!(other.has(tags[1].1).unwrap() && other.has(tags[2].1).unwrap());

    world.git("host", &["config", "receive.advertiseAtomic", "false"]);
    let error = world.push_to(&url, &tags, PushMode::Atomic).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::AtomicUnsupported);
    assert_eq!(failure(&list(&daemon.url("nowhere"), None).unwrap_err()), RemoteFailure::NotFound);
    drop(daemon);
    assert_eq!(failure(&list(&url, None).unwrap_err()), RemoteFailure::Unreachable);
    let error = world.push_to(&url, &tags, PushMode::Atomic).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::Unreachable);
}

#[test]
fn a_host_that_breaks_off_has_not_refused() {
    let world = World::new();
    // The host's git dies when it has the objects: whether refs moved is not known.
    world.hook("pre-receive", "kill -9 $PPID");
    let error = world.push(&world.tags(), PushMode::Separate).unwrap_err();
    assert_eq!(failure(&error), RemoteFailure::Unreachable, "{error:#}");
}
