//! Many people export to one scope at the same time: nothing is lost, and nobody fails whose versions are no conflict.

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, TestEnvironment};

/// A workspace a person, with components of its own, tagged.
fn people<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, people: usize, each: usize) -> Vec<Folder<'e>> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let person = |person: usize| {
        let workspace = env.git_workspace_at(&format!("w{person}"), "my-org.ui");
        workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
        for number in 0..each {
            workspace.write(&format!("src/p{person}-c{number}/index.js"), format!("module.exports = {number};\n"));
        }
        workspace.bit(["add", "src/*"]).success();
        workspace.bit(["tag", "-m", "x"]).success();
        workspace
    };
    (0..people).map(person).collect()
}

fn all_export_at_once(env: &TestEnvironment, scope: &Hosted<'_>, number: usize, each: usize) {
    let workspaces = people(env, scope, number, each);
    let running: Vec<_> = workspaces.iter().map(|workspace| workspace.invocation().arg("export").start()).collect();
    for running in running {
        running.finish().success().says(&format!("exported components ({each})"));
    }
    let listed = scope.listed();
    assert_eq!(listed.len(), number * each);
    let tags: Vec<String> =
        scope.refs().keys().filter_map(|name| name.strip_prefix("refs/tags/")).map(str::to_owned).collect();
    assert_eq!(tags, listed, "the catalog lists every tag");
    scope.fsck();
    for workspace in &workspaces {
        workspace.bit(["status"]).success().says("the workspace is clean");
    }
}

#[test]
fn over_a_path() {
    let env = TestEnvironment::new();
    all_export_at_once(&env, &Host::path(&env).repository("s"), 8, 50);
}

#[test]
fn over_smart_http() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    all_export_at_once(&env, &host.repository("s"), 8, 50);
}

#[test]
fn without_atomic_push() {
    let env = TestEnvironment::new();
    all_export_at_once(&env, &Host::path(&env).repository("s").without_atomic(), 4, 5);
}

/// It says yes to two that move the catalog in the same moment, and keeps one.
#[test]
fn on_a_server_that_does_not_tell_the_truth() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    all_export_at_once(&env, &host.repository("s"), 4, 5);
}

// Two who can't both be right.

/// Of two pushes of the same kind the first waits for the second, so that both have seen the same catalog.
const WAITS_FOR_ANOTHER: &str = "mkdir -p met; read -r _ _ name; kind=${name%/*}; : > met/${kind##*/}.$$
i=0; while [ \"$(ls met/${kind##*/}.* | wc -l)\" -lt 2 ] && [ $i -lt 40 ]; do sleep 0.05; i=$((i+1)); done; exit 0";

/// One has 1.0.1, the other 1.0.1 with other content or 1.1.0, of the same parent.
fn only_one_wins(env: &TestEnvironment, scope: &Hosted<'_>, other: &str, words: &str) {
    let here = env.folder(".");
    here.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let one = scope.workspace(env, "one");
    one.bit(["export"]).success();
    let copy = |from: &str, to: &str| here.program("cp").args(["-a", from, to]).run().success().clone();
    copy("one", "two");
    let people = [(one, "1.0.1"), (env.folder("two"), other)];
    let mut alone = Vec::new();
    for (at, (workspace, number)) in people.iter().enumerate() {
        workspace.append("theme/index.js", &format!("// {at}\n"));
        workspace.bit(["tag", "theme", "--ver", number, "-m", "x", "--skip-auto-tag"]).success();
        // What the scope is to be if nobody else were there.
        let (place, person) = (format!("scope-{at}"), format!("person-{at}"));
        copy(&scope.folder.path().display().to_string(), &place);
        copy(workspace.path().to_str().expect("UTF-8"), &person);
        let person = env.folder(&person);
        person.bit(["remote", "add", "my-org.ui", &format!("../{place}")]).success();
        person.bit(["export"]).success();
        alone.push(env.folder(&place).refs());
    }
    assert_ne!(alone[0], alone[1]);
    scope.folder.inside("hooks").write_program("pre-receive", WAITS_FOR_ANOTHER);
    let before = people.each_ref().map(|(workspace, _)| own(workspace));
    let running = people.each_ref().map(|(workspace, _)| workspace.invocation().arg("export").start());
    let runs = running.map(|running| running.finish());
    let met = scope.folder.listing(&["objects"]).iter().filter(|path| path.starts_with("met/")).count();
    assert!(met >= 2, "they did not meet\n{}\n{}", runs[0], runs[1]);
    let winner = runs.iter().position(|run| run.code == Some(0)).expect("a winner");
    let loser = 1 - winner;
    let [won, lost] = [winner, loser].map(|at| people[at].1);
    let run = runs[loser].fails(1).complains("hint: ").silent_about("panicked");
    run.complains(&format!("my-org.ui/theme@{lost}: {}", words.replace("{}", won))).complains("bit merge");
    if won == lost {
        let id = |at: usize| people[at].0.commit_of("my-org.ui/theme@1.0.1")[..9].to_owned();
        run.complains(&format!("({}; yours is {})", id(winner), id(loser)));
    }
    assert_eq!(scope.refs(), alone[winner], "the winner's, to the byte");
    assert_eq!(own(&people[loser].0), before[loser]);
    people[loser].0.bit(["status"]).success().says("staged components");
    people[loser].0.fsck();
    scope.fsck();
}

/// All that must be as it was where an export failed; what was seen of a scope is remembered.
fn own(workspace: &Folder) -> (crate::common::Refs, String, Vec<String>) {
    let mut refs = workspace.refs();
    refs.retain(|name, _| !name.ends_with("/catalog"));
    (refs, workspace.read(".bitmap"), workspace.listing(&[".git"]))
}

const SAME: &str = "the scope has another 1.0.1 already";
const FURTHER: &str = "the scope went on to {}, which this version was not made from";

#[test]
fn of_two_in_conflict_one_wins_without_atomic_push() {
    for (other, words) in [("1.0.1", SAME), ("1.1.0", FURTHER)] {
        let env = TestEnvironment::new();
        only_one_wins(&env, &Host::path(&env).repository("s").without_atomic(), other, words);
    }
}

#[test]
fn of_two_in_conflict_one_wins() {
    for (other, words) in [("1.0.1", SAME), ("1.1.0", FURTHER)] {
        let env = TestEnvironment::new();
        only_one_wins(&env, &Host::path(&env).repository("s"), other, words);
        let env = TestEnvironment::new();
        let host = served!(Host::http_logged_in(&env));
        only_one_wins(&env, &host.repository("s"), other, words);
    }
}
