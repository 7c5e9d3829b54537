//! Pushes to a folder that begin before all of it is known, beside those that `git push` makes.

use super::*;
use crate::git::{Parcel, SealedPack};

impl World {
    /// A host with a catalog, and the catalog.
    fn with_catalog() -> (Self, Oid) {
        let world = Self::new();
        let catalog = world.commit("catalog", None);
        world.push(&[(MAIN.into(), catalog)], PushMode::Atomic).unwrap();
        (world, catalog)
    }

    fn parcel(&self, tags: &[(String, Oid)]) -> Option<Parcel> {
        Parcel::prepare(&self.local, &self.url("host"), tags.iter().map(|(_, oid)| *oid).collect())
    }

    /// The catalog after another one, in a pack that nobody sees yet.
    fn next_catalog(&self, before: Oid) -> (Oid, SealedPack) {
        let tree = self.local.commit(before).unwrap().tree;
        let who = "A <a@b.c> 1700000000 +0000";
        let text = format!("tree {tree}\nparent {before}\nauthor {who}\ncommitter {who}\n\nnext\n");
        let commit = RawObject::new(Kind::Commit, text.into_bytes());
        let (oid, mut pack) = (commit.oid, PackWriter::new(&self.local).unwrap());
        pack.add(vec![commit]).unwrap();
        (oid, pack.seal().unwrap().unwrap())
    }

    /// What becomes of a parcel with the tags and the next catalog; `None`: `git push` is to do it.
    fn hand_over(&self, tags: &[(String, Oid)], catalog: Oid) -> Option<PushReport> {
        let (next, objects) = self.next_catalog(catalog);
        let refs = [tags, &[(MAIN.into(), next)]].concat();
        self.parcel(tags)?.complete(&refs, catalog, Some(&objects))?.hand_over(&mut |_| {})
    }
}

#[test]
fn a_parcel_takes_over_what_a_push_would() {
    let (world, catalog) = World::with_catalog();
    world.hook("post-receive", "cat >got; echo taken");
    let tags = world.tags();
    let report = world.hand_over(&tags, catalog).unwrap();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.created().len(), report.has_moved(MAIN), report.said.as_str()), (3, true, "taken"));
    let (next, _) = world.next_catalog(catalog);
    let mut there: BTreeMap<_, _> = tags.iter().map(|(name, oid)| (name.clone(), oid.to_string())).collect();
    there.insert(MAIN.into(), next.to_string());
    assert_eq!(world.refs("host"), there);
    world.git("host", &["fsck", "--full", "--strict"]);
    assert_eq!(std::fs::read_to_string(world.path("host/got")).unwrap().lines().count(), 4);
}

#[test]
fn what_the_host_refuses_is_said_as_a_push_says_it() {
    for (hook, script) in [
        ("pre-receive", "echo frozen >&2; exit 1"),
        ("update", "case $1 in *b@*) echo no b; exit 1;; esac"),
        // Somebody else comes first, while it looks.
        (
            "pre-receive",
            "env -u GIT_QUARANTINE_PATH git --git-dir=. update-ref refs/tags/b@1.0.0 $(git rev-parse main)",
        ),
    ] {
        let (world, catalog) = World::with_catalog();
        let tags = world.tags();
        let before = world.refs("host");
        world.hook(hook, script);
        let by_parcel = world.hand_over(&tags, catalog).unwrap();
        assert!(!by_parcel.is_complete() && by_parcel.created().is_empty() && !by_parcel.has_moved(MAIN));
        if !script.contains("update-ref") {
            assert_eq!(world.refs("host"), before);
            let (next, objects) = world.next_catalog(catalog);
            objects.finish().unwrap();
            world.local.refresh().unwrap();
            let refs = [&tags[..], &[(MAIN.into(), next)]].concat();
            let mut by_push = world.push(&refs, PushMode::Atomic).unwrap();
            by_push.refs.sort_by_key(|pushed| !pushed.name.starts_with("refs/tags"));
            assert_eq!(by_parcel, by_push, "{hook}: {script}");
        }
        world.git("host", &["fsck", "--full", "--strict"]);
    }
}

#[test]
fn what_is_not_plain_is_left_to_a_push() {
    let tags_and = |change: &dyn Fn(&World)| {
        let (world, catalog) = World::with_catalog();
        let tags = world.tags();
        change(&world);
        let before = world.refs("host");
        let report = world.hand_over(&tags, catalog);
        assert_eq!(world.refs("host").len(), before.len() + if report.is_some() { 3 } else { 0 });
        report.is_some()
    };
    let set = |repository: &str, key: &str, value: &str| {
        let arguments = ["config".to_owned(), key.to_owned(), value.to_owned()];
        let repository = repository.to_owned();
        move |world: &World| {
            world.git(&repository, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        }
    };
    assert!(tags_and(&|_| ()));
    assert!(!tags_and(&set("host", "receive.advertiseAtomic", "false")));
    assert!(!tags_and(&set("host", "transfer.hideRefs", "refs/tags/b")));
    assert!(!tags_and(&set("local", "protocol.file.allow", "never")));
    assert!(!tags_and(&set("local", "url./elsewhere/.pushInsteadOf", "/tmp/")));
    assert!(!tags_and(&|world| drop(world.push(&world.tags()[..1], PushMode::Separate).unwrap())));
    assert!(!tags_and(&|world| {
        let moved = world.commit("more", Some(world.commit("catalog", None)));
        world.push(&[(MAIN.into(), moved)], PushMode::Separate).unwrap();
    }));
    // It dies while it unpacks.
    assert!(!tags_and(&|world| world.hook("pre-receive", "kill -9 $PPID; sleep 1")));
    assert!(!tags_and(&set("host", "receive.maxInputSize", "10")));
}

#[test]
fn a_parcel_holds_what_it_was_made_for() {
    let (world, catalog) = World::with_catalog();
    let tags = world.tags();
    let (next, objects) = world.next_catalog(catalog);
    let main = || (MAIN.to_owned(), next);
    let complete =
        |refs: &[(String, Oid)]| world.parcel(&tags).unwrap().complete(refs, catalog, Some(&objects)).is_some();
    assert!(complete(&[&tags[..], &[main()]].concat()));
    assert!(!complete(&[&tags[1..], &[main()]].concat()));
    let other = ("refs/tags/a@1.0.0".to_owned(), world.commit("other", None));
    assert!(!complete(&[&[other], &tags[1..], &[main()]].concat()));
    assert!(world.parcel(&[]).is_none());
    // What is not here can't be packed.
    let nowhere = [("refs/tags/x@1.0.0".to_owned(), Oid::from_str(&"7".repeat(40)).unwrap())];
    let parcel = world.parcel(&nowhere).unwrap();
    assert!(parcel.complete(&[&nowhere[..], &[main()]].concat(), catalog, Some(&objects)).is_none());
    let elsewhere = RemoteUrl::parse("git://127.0.0.1:1/x", Path::new("/")).unwrap();
    assert!(Parcel::prepare(&world.local, &elsewhere, vec![catalog]).is_none());
}
