//! The first time a workspace sees a scope its catalog comes without its history. Nothing may depend on that history
//! afterwards, and whatever needs it brings it.

use crate::common::faults::{self, Preserved};
use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, TestEnvironment, needs_faults};
use crate::import::workspace_at;

/// A scope with `theme` and a history of four exports.
fn published<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let author = workspace_at(env, "author", &[("my-org.ui", &scope.url)]);
    author.component("theme", &[("index.js", "module.exports = 1;\n")]);
    for number in 0..3 {
        publish(&author, number);
    }
    author
}

fn publish(author: &Folder, number: usize) {
    author.append("theme/index.js", &format!("// {number}\n"));
    author.bit(["tag", "-m", &format!("number {number}")]).success();
    author.bit(["export"]).success();
}

/// How many commits of the catalog are here.
fn commits(workspace: &Folder) -> usize {
    let log = workspace.scope_git(["rev-list", "refs/remotes/my-org.ui/catalog"]);
    log.success().stdout.lines().count()
}

fn is_cut_off(workspace: &Folder) -> bool {
    workspace.local_scope().join("shallow").exists()
}

fn is_sound(workspace: &Folder) {
    workspace.fsck();
    workspace.bit(["doctor"]).success();
    workspace.bit(["status"]).success();
}

/// Seen first, looked at again, gone on from, published on top.
fn a_day(env: &TestEnvironment, scope: &Hosted<'_>, when_seen_again: usize) {
    let author = published(env, scope);
    let shop = workspace_at(env, "shop", &[("my-org.ui", &scope.url)]);
    shop.bit(["import", "my-org.ui/theme"]).success().says("my-org.ui/theme@0.0.3 added");
    assert_eq!((commits(&shop), is_cut_off(&shop)), (1, true));
    // Versions are not cut off.
    shop.bit(["log", "theme", "--oneline"]).success().says("0.0.1").says("0.0.3");
    is_sound(&shop);
    shop.bit(["import"]).success().says("nothing new");
    shop.bit(["export"]).success().says("nothing to export");
    assert_eq!(commits(&shop), 1);

    publish(&author, 3);
    shop.bit(["fetch"]).success().says("1 new version");
    assert_eq!(commits(&shop), when_seen_again);
    is_sound(&shop);
    shop.scope_git(["gc", "--quiet", "--prune=now"]).success();
    shop.bit(["import", "theme"]).success().says("updated from 0.0.3");
    is_sound(&shop);

    // Somebody else is faster, and then it is joined and published.
    shop.write("ui/theme/more.js", "exports.more = 1;\n").bit(["tag", "-m", "more"]).success();
    author.write("theme/other.js", "exports.other = 1;\n");
    publish(&author, 4);
    shop.bit(["export"]).fails(1).complains("bit merge");
    shop.fsck();
    shop.bit(["merge"]).success();
    shop.bit(["tag", "-m", "both"]).success();
    shop.bit(["export"]).success().says("my-org.ui/theme@0.0.6");
    assert!(!is_cut_off(&shop) && commits(&shop) > 5, "{} commits", commits(&shop));
    is_sound(&shop);
    scope.fsck();
    author.bit(["import", "theme"]).success().says("updated from 0.0.5");
    is_sound(&author);
}

#[test]
fn from_a_folder() {
    let env = TestEnvironment::new();
    a_day(&env, &Host::path(&env).repository("s"), 2);
}

#[test]
fn from_a_daemon() {
    let env = TestEnvironment::new();
    a_day(&env, &Host::daemon(&env).repository("s"), 2);
}

#[test]
fn over_http() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    a_day(&env, &host.repository("s"), 2);
}

/// It breaks off when it is told where a history is cut off: then all of it comes.
#[test]
fn from_a_server_that_understands_no_cut_off_history() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    a_day(&env, &host.repository("s"), 5);
}

/// What is cut off of one scope is nothing that another scope's host would hear of.
#[test]
fn other_hosts_are_told_nothing_of_it() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    let (here, there) = (Host::path(&env).repository("s"), host.repository("t"));
    published(&env, &here);
    env.folder(".").bit(["scope", "create", &there.url, "--name", "my-org.app"]).success();
    let shop = workspace_at(&env, "shop", &[("my-org.app", &there.url), ("my-org.ui", &here.url)]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.component("app", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]);
    for text in ["// one\n", "// two\n"] {
        shop.append("app/index.js", text).bit(["tag", "app", "-m", "x"]).success();
        shop.bit(["export"]).success().says("my-org.app/app");
        assert!(is_cut_off(&shop));
        is_sound(&shop);
    }
    there.fsck();
    shop.bit(["fetch"]).success();
    let other = workspace_at(&env, "other", &[("my-org.ui", &here.url), ("my-org.app", &there.url)]);
    other.bit(["import", "my-org.app/app"]).success();
    is_sound(&other);
    // A version of theirs is brought for a merge.
    shop.append("app/index.js", "// three\n").bit(["tag", "app", "-m", "three"]).success();
    shop.bit(["export"]).success();
    other.append("app/app/index.js", "// mine\n").bit(["tag", "app", "-m", "mine"]).success();
    other.bit(["fetch"]).success();
    other.bit(["merge", "app", "--ours"]).success();
    other.bit(["tag", "app", "-m", "both"]).success();
    is_sound(&other);
}

/// A scope that was put back to what it was before is not taken silently, though nothing is known of its history.
#[test]
fn a_scope_that_went_back_is_noticed() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    published(&env, &scope);
    let shop = workspace_at(&env, "shop", &[("my-org.ui", &scope.url)]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    scope.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", "main~1"]).success();
    shop.bit(["import"]).fails(1).complains("is not the one it was").complains("my-org.ui/theme@0.0.3");
    shop.bit(["export"]).success().complains("my-org.ui/theme@0.0.3");
    shop.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    is_sound(&shop);
    shop.bit(["export"]).success().says("my-org.ui/theme@0.0.3");
    is_sound(&shop);
    scope.fsck();
}

#[test]
fn killed_at_any_moment_the_same_command_finishes() {
    needs_faults!();
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    published(&env, &scope);
    let url = Host::path(&env).url("s");
    let shop = workspace_at(&env, "shop", &[("my-org.ui", &url)]);
    let preserved = Preserved::new(&shop);
    let import: &[&str] = &["import", "my-org.ui/theme"];
    faults::killed_at_each(&preserved, import, 10, |shop, moment| {
        shop.fsck();
        shop.bit(import).success();
        assert_eq!((commits(shop), is_cut_off(shop)), (1, true), "{moment}");
        shop.fsck();
    });
    preserved.restore();
    shop.bit(import).success();
    shop.append("ui/theme/index.js", "// more\n").bit(["tag", "-m", "more"]).success();
    let (preserved, host) = (Preserved::new(&shop), Preserved::new(&env.folder("hosts/path/s")));
    let export: &[&str] = &["export"];
    faults::killed_at_each(&preserved, export, 10, |shop, moment| {
        shop.fsck();
        shop.bit(export).success();
        assert!(!is_cut_off(shop), "{moment}");
        shop.fsck();
        assert_eq!(scope.listed(), ["theme@0.0.1", "theme@0.0.2", "theme@0.0.3", "theme@0.0.4"], "{moment}");
        scope.fsck();
        host.restore();
    });
}
