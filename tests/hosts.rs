//! Publishing to any git server: what works on a folder works on every host, and what goes wrong is told.

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, TestEnvironment};

fn workspace<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.component("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

/// A scope is made there, versions are published, twice, and nothing is left to do.
fn publishes(env: &TestEnvironment, scope: &Hosted<'_>) {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = workspace(env, scope);
    workspace.bit(["export"]).success().says("exported components (2)");
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "second"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/button@0.0.2");
    workspace.bit(["export"]).success().says("nothing to export");
    let tags: Vec<String> = scope.refs().into_keys().filter(|name| name.starts_with("refs/tags/")).collect();
    let names = ["button@0.0.1", "button@0.0.2", "theme@0.0.1", "theme@0.0.2"];
    assert_eq!(tags, names.map(|name| format!("refs/tags/{name}")));
    scope.fsck();
}

#[test]
fn a_folder() {
    let env = TestEnvironment::new();
    publishes(&env, &Host::path(&env).repository("s"));
}

#[test]
fn a_daemon_and_one_that_is_down() {
    let env = TestEnvironment::new();
    let mut host = Host::daemon(&env);
    let scope = host.repository("s");
    publishes(&env, &scope);
    host.stop();
    let workspace = env.folder("ws");
    workspace.append("theme/index.js", "// three\n");
    workspace.bit(["tag", "-m", "third"]).success();
    let before = workspace.refs();
    workspace.bit(["export"]).fails(1).complains("Connection refused").complains("hint");
    assert_eq!(workspace.refs(), before);
}

#[test]
fn a_daemon_without_atomic_push_and_with_hidden_refs() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    publishes(&env, &host.repository("s").without_atomic().hiding("refs/pull"));
}

#[test]
fn http_with_the_persons_own_credentials() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("s");
    host.log_in(host.user(), "wrong-password");
    let run = env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]);
    run.fails(1).complains("hint").silent_about("wrong-password");
    assert!(scope.refs().is_empty());
    host.log_in(host.user(), host.password());
    publishes(&env, &scope);
    let everything = format!("{}{}", env.folder("ws").read(".bitmap"), env.folder("ws").read(".git/bit/config"));
    assert!(!everything.contains(host.password()));
}

#[test]
fn ssh_by_an_alias() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    publishes(&env, &host.repository("s"));
}

#[test]
fn git_shell() {
    let env = TestEnvironment::new();
    let host = served!(Host::git_shell(&env));
    publishes(&env, &host.repository("s"));
}

#[test]
fn a_hook_that_says_no_is_heard() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let scope = scope.rejecting("refs/tags/theme@0.0.1");
    let workspace = workspace(&env, &scope);
    let before = scope.refs();
    workspace.bit(["export"]).fails(1).complains("refused refs/tags/theme@0.0.1").complains("hint");
    assert_eq!(scope.refs(), before);
    workspace.bit(["status"]).success().says("staged components");
}
