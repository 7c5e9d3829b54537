//! `bit mirror`, killed, and a host that is killed under it: the same command finishes what was begun, and nothing is
//! forced.

use crate::common::faults::{
    Preserved, killed_around_each_git, killed_at_each, killed_at_some_in_any_thread, with_the_host_killed,
};
use crate::common::servers::{Host, Hosted};
use crate::common::{Folder, Refs, TestEnvironment, needs_faults};
use crate::mirror::{exported, goes_on, is_mirror, mirror, state};

/// An empty repository in a folder that is put back. No tag that is there moves or goes, but this one; no catalog goes back.
fn destination<'e>(work: &Folder<'e>, name: &str, but: &str) -> Hosted<'e> {
    work.git(["init", "--quiet", "--bare", "--initial-branch=main", "--template=", name]).success();
    let refuse = format!(
        "case $1:$2 in refs/tags/{but}:*) ;; refs/tags/*:*[!0]*) echo \"$1 would be forced\" >&2; exit 1;; esac"
    );
    inside(work, name).set("receive.denyNonFastForwards", "true").hook("update", &refuse)
}

fn inside<'e>(work: &Folder<'e>, name: &str) -> Hosted<'e> {
    let folder = work.inside(name);
    Hosted { url: folder.path().display().to_string(), folder }
}

/// What must be true of destinations after a kill: nobody sees a half, and the same command finishes.
fn are_finished_by(expected: &(Refs, String), folder: &Folder<'_>, names: &[&str], command: &[&str], moment: &str) {
    let to: Vec<Hosted<'_>> = names.iter().map(|name| inside(folder, name)).collect();
    for to in to.iter().filter(|to| to.refs().contains_key("refs/heads/main")) {
        to.listed();
    }
    let run = folder.bit(command);
    assert_eq!(run.code, Some(0), "{moment}\n{run}");
    for to in &to {
        assert_eq!(&state(to), expected, "{moment}: {}", to.url);
        to.fsck();
    }
    let again = folder.bit(command);
    assert_eq!(again.success().stdout.matches("in sync").count(), names.len(), "{moment}\n{again}");
}

#[test]
fn killed_while_it_fills_a_destination_and_a_cache() {
    needs_faults!();
    let env = TestEnvironment::new();
    let daemon = Host::daemon(&env);
    let source = daemon.repository("source");
    exported(&env, &source);
    let work = env.folder("work");
    destination(&work, "to", "-");
    let command = ["mirror", &source.url, "./to", "--cache", "cache"];
    let expected = state(&source);
    killed_at_each(&Preserved::new(&work), &command, 20, |folder, moment| {
        are_finished_by(&expected, folder, &["to"], &command, moment);
        folder.inside("cache").fsck();
    });
}

/// Two steps, as on a host without atomic push, and all of it at once.
#[test]
fn killed_while_it_brings_what_is_new() {
    needs_faults!();
    for atomic in [false, true] {
        let env = TestEnvironment::new();
        let source = Host::path(&env).repository("source");
        let workspace = exported(&env, &source);
        let work = env.folder("work");
        let to = destination(&work, "to", "-").set("receive.advertiseAtomic", &atomic.to_string());
        let command = ["mirror", &source.url, "./to"];
        work.bit(command).success();
        is_mirror(&source, &to);
        goes_on(&workspace);
        let (preserved, expected) = (Preserved::new(&work), state(&source));
        let judge = |folder: &Folder<'_>, moment: &str| {
            are_finished_by(&expected, folder, &["to"], &command, &format!("atomic: {atomic}, {moment}"));
        };
        // What bit does before and after is the same for both.
        if !atomic {
            killed_at_each(&preserved, &command, 4, judge);
        }
        killed_around_each_git(&preserved, &command, if atomic { 2 } else { 5 }, judge);
    }
}

/// One goes on, the other is filled; each has a thread of its own.
#[test]
fn killed_while_it_works_at_several_destinations() {
    needs_faults!();
    let env = TestEnvironment::new();
    let source = Host::path(&env).repository("source");
    let workspace = exported(&env, &source);
    let work = env.folder("work");
    destination(&work, "old", "-");
    destination(&work, "new", "-");
    work.bit(["mirror", &source.url, "./old"]).success();
    goes_on(&workspace);
    let command = ["mirror", &source.url, "./old", "./new"];
    let (preserved, expected) = (Preserved::new(&work), state(&source));
    let judge = |folder: &Folder<'_>, moment: &str| {
        are_finished_by(&expected, folder, &["old", "new"], &command, moment);
    };
    killed_at_some_in_any_thread(&preserved, &command, 12, judge);
    killed_around_each_git(&preserved, &command, 8, judge);
}

/// The catalog says first that a version is removed; then its tag goes, and no other one.
#[test]
fn killed_while_it_prunes() {
    const PRUNED: &str = "refs/tags/button@0.0.1";
    needs_faults!();
    let env = TestEnvironment::new();
    let source = Host::path(&env).repository("source");
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    let work = env.folder("work");
    destination(&work, "to", "button@0.0.1");
    let command = ["mirror", &source.url, "./to", "--prune"];
    work.bit(command).success();
    let before = state(&inside(&work, "to"));
    workspace.bit(["delete", "my-org.ui/button", "--range", "0.0.1", "--remote", "--silent", "--force"]).success();
    goes_on(&workspace);
    let mut expected = state(&source);
    expected.0.remove(PRUNED).expect("the source keeps it");
    let judge = |folder: &Folder<'_>, moment: &str| {
        let to = inside(folder, "to");
        let there = state(&to);
        let is_pruned = !there.0.contains_key(PRUNED);
        assert!(!is_pruned || there.1 == expected.1, "{moment}: a tag has gone before the catalog says so");
        assert!([&before.1, &expected.1].contains(&&there.1), "{moment}: {}", there.1);
        let run = folder.bit(command);
        assert_eq!(run.code, Some(0), "{moment}\n{run}");
        assert_eq!(state(&to), expected, "{moment}");
        to.fsck();
        folder.bit(command).success().says("in sync");
    };
    killed_around_each_git(&Preserved::new(&work), &command, 5, judge);
}

/// Its locks stay, and nobody but its admin can say that no git is at work. The other destination gets all of it.
#[test]
fn a_host_that_is_killed_in_the_middle_of_a_mirror() {
    needs_faults!();
    for (filled, atomic, name) in [
        (true, true, "refs/heads/main"),
        (true, true, "refs/tags/button@0.0.2"),
        (true, false, "refs/tags/theme@0.0.2"),
        (true, false, "refs/heads/main"),
        (false, true, "refs/tags/theme@0.0.2"),
        (false, true, "refs/heads/main"),
    ] {
        let env = TestEnvironment::new();
        let host = Host::path(&env);
        let source = host.repository("source");
        let workspace = exported(&env, &source);
        let to = [host.repository("dies"), host.repository("lives")];
        let to = to.map(|to| if atomic { to } else { to.without_atomic() });
        let places = [source.url.as_str(), &to[0].url, &to[1].url, "--retries", "1"];
        if filled {
            mirror(&env, &places).success();
        }
        goes_on(&workspace);
        let whole = [&["mirror"], &places[..]].concat();
        let run = with_the_host_killed(&env.folder("ci"), &to[0], name, &whole);
        let lock = format!("{name}.lock");
        run.fails(4).complains(&lock).complains("lock files stand in it").complains("make sure that no git is at work");
        run.complains("run \"bit mirror\" again");
        is_mirror(&source, &to[1]);
        to[0].fsck_objects();
        // git moves the catalog first where it moves all at once.
        let is_torn = atomic && filled && name.starts_with("refs/tags/");
        if !is_torn && to[0].refs().contains_key("refs/heads/main") {
            to[0].listed();
        }
        // However often it tries: what a host refuses is nothing that it lets fall.
        let often = if filled { "0" } else { "3" };
        let again = mirror(&env, &[&places[..4], &[often]].concat());
        again.fails(4).complains(&lock).complains("lock files stand in it").says("in sync");
        if !is_torn && to[0].refs().contains_key("refs/heads/main") {
            to[0].listed();
        }
        // The repair, as it is said.
        to[0].folder.program("find").args([".", "-name", "*.lock", "-delete"]).run().success();
        mirror(&env, &places).success();
        to.iter().for_each(|to| is_mirror(&source, to));
    }
}

/// A catalog never lists what could not be written, on any host; once the locks are gone the same command goes on.
#[test]
fn the_catalog_waits_for_tags_that_stay_locked() {
    let env = TestEnvironment::new();
    let source = Host::path(&env).repository("source");
    let workspace = exported(&env, &source);
    let hosts = [Host::path(&env).repository("to"), Host::path(&env).repository("steps").without_atomic()];
    let daemon = Host::daemon(&env);
    for to in hosts.into_iter().chain([daemon.repository("far"), daemon.repository("far-steps").without_atomic()]) {
        let command = [source.url.as_str(), &to.url, "--retries", "1"];
        for round in ["first", "later"] {
            let before = to.refs().get("refs/heads/main").cloned();
            let locks: Vec<String> = (1..9).map(|number| format!("refs/tags/theme@0.0.{number}.lock")).collect();
            for lock in &locks {
                to.folder.write(lock, "");
            }
            let run = mirror(&env, &command);
            run.fails(4).complains("lock").silent_about("the catalog moved");
            assert_eq!(to.refs().get("refs/heads/main").cloned(), before, "{round} {}\n{run}", to.url);
            for lock in &locks {
                to.folder.remove(lock);
            }
            mirror(&env, &command).success();
            is_mirror(&source, &to);
            if round == "first" {
                goes_on(&workspace);
            }
        }
    }
}
