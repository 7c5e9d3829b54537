//! Many people export to one scope at the same time: nothing is lost, and nobody fails.

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
    let host = served!(Host::http(&env));
    host.log_in(host.user(), host.password());
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
