//! `bit recover`: what was removed from a scope is there again.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::TestEnvironment;
use crate::common::servers::Host;
use crate::delete::{entry, exported, exported_from, log};

#[test]
fn before_the_export_nothing_was_said() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let (bitmap, before) = (workspace.read(".bitmap"), scope.refs());
    workspace.bit(["delete", "icon", "button", "--silent"]).success();
    assert_snapshot!(workspace.bit(["recover", "*"]), @"successfully recovered: my-org.ui/button, my-org.ui/icon");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    workspace.bit(["export"]).success().says("nothing to export");
    assert_eq!(scope.refs(), before);
    workspace.bit(["list"]).says("found 3 components");
    assert_snapshot!(workspace.bit(["recover", "*"]), @"no soft-deleted components found");
    // So does bringing its files back.
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["checkout", "reset", "icon"]).success();
    assert_eq!(workspace.read(".bitmap"), bitmap);
}

#[test]
fn after_the_export_the_next_one_brings_it_back() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let whole = entry(&scope, "icon");
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["export"]).success();
    let run = workspace.bit(["recover", "icon", "--json"]);
    assert_eq!(run.success().json(), json!({"recovered": ["my-org.ui/icon"]}));
    workspace.bit(["recover", "icon"]).success().says("no soft-deleted components found");
    assert_eq!(workspace.bit(["status", "--json"]).json()["remotelySoftRemoved"], json!([]));
    workspace.bit(["list"]).says("found 3 components");
    assert!(entry(&scope, "icon")["removed"].is_object(), "not before the export");
    workspace.bit(["export"]).success().says("my-org.ui/icon (recovered)");
    assert_eq!(entry(&scope, "icon"), whole);
    assert_eq!(log(&scope)[0], "recover icon");
    // A change of mind before the export leaves nothing to publish.
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["recover", "icon"]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    scope.fsck();
}

#[test]
fn at_once_from_anywhere_and_by_a_pattern() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let whole = [entry(&scope, "icon"), entry(&scope, "button")];
    let tags = scope.refs();
    workspace.bit(["delete", "icon", "button", "--remote", "--silent"]).success();
    let outside = env.folder("outside");
    let at = format!("--remote={}", scope.url);
    let run = outside.bit(["recover", "*", &at]);
    run.success().says("successfully recovered: my-org.ui/button, my-org.ui/icon");
    assert_eq!([entry(&scope, "icon"), entry(&scope, "button")], whole);
    assert_eq!(log(&scope)[0], "recover 2 components");
    assert_eq!(scope.refs().len(), tags.len());
    outside.bit(["recover", "*", &at]).success().says("no soft-deleted components found");
    outside.bit(["recover", "icon", &at]).success().says("no soft-deleted components found");
    outside.bit(["recover", "nobody", &at]).fails(1).complains("missing components: nobody");
    outside.bit(["recover", "icon@0.0.1", &at]).fails(1).complains("all versions of my-org.ui/icon");
    outside.bit(["recover", "icon"]).fails(1).complains("bit init");
    let other = env.workspace_at("other", "my-org.base");
    other.bit(["remote", "add", &scope.url]).success();
    other.bit(["recover", "my-org.ui/icon"]).fails(1).complains("--remote changes a scope's component");
    workspace.bit(["delete", "icon", "--remote", "--silent"]).success();
    other.bit(["recover", "my-org.ui/ic*", "--remote"]).success().says("successfully recovered: my-org.ui/icon");
    scope.fsck();
}

#[test]
fn versions_that_were_removed_one_by_one_come_back_too() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let whole = entry(&scope, "icon");
    workspace.bit(["delete", "icon", "--range", "0.0.1", "--remote", "--silent"]).success();
    assert_ne!(entry(&scope, "icon")["versions"][0]["removed"], Value::Null);
    workspace.bit(["recover", "icon", "--remote"]).success().says("successfully recovered");
    assert_eq!(entry(&scope, "icon"), whole);
}

/// A pruned mirror, or a scope whose tags somebody took back: nothing is listed that is not there.
#[test]
fn what_is_gone_does_not_come_back() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.bit(["delete", "icon", "--remote", "--silent"]).success();
    let tag = scope.refs()["refs/tags/icon@0.0.1"].clone();
    scope.folder.git(["--git-dir=.", "tag", "-d", "icon@0.0.1"]).success();
    let before = scope.refs();
    let recover = || workspace.bit(["recover", "icon", "--remote"]);
    recover().fails(1).complains("no tag any more of my-org.ui/icon@0.0.1").complains("hint");
    assert_eq!(scope.refs(), before);
    scope.folder.git(["--git-dir=.", "tag", "icon@0.0.1", &tag]).success();
    recover().success();
}

/// Who has the versions brings their tags along, in the same push; who does not is told which are lost.
#[test]
fn an_export_brings_lost_tags_back_with_their_versions() {
    let env = TestEnvironment::new();
    let path = Host::path(&env);
    for name in ["atomic", "steps"] {
        let scope = path.repository(name);
        let scope = if name == "steps" { scope.without_atomic() } else { scope };
        let workspace = exported_from(&env, &scope, name);
        workspace.append("icon/index.js", "// more\n");
        workspace.bit(["tag", "icon", "-m", "two"]).success();
        workspace.bit(["export"]).success();
        if name == "atomic" {
            scope.folder.bit(["scope", "hooks", "install"]).success();
        }
        let tags = scope.refs();
        workspace.bit(["delete", "icon", "--range", "0.0.1", "--silent"]).success();
        workspace.bit(["export"]).success();
        let push = ["push", "--quiet", "--", &scope.url, ":refs/tags/icon@0.0.1"];
        workspace.scope_git(push).success();
        // What waits beside it goes in the same push.
        workspace.append("theme/index.js", "// more\n");
        workspace.bit(["tag", "theme", "--skip-auto-tag", "-m", "two"]).success();
        workspace.bit(["recover", "icon"]).success();
        let (tag, local) = (tags["refs/tags/icon@0.0.1"].clone(), "refs/tags/my-org.ui/icon@0.0.1");
        let before = scope.refs();
        workspace.scope_git(["update-ref", "-d", local]).success();
        let run = workspace.bit(["export"]);
        run.fails(1).complains("no tag any more of my-org.ui/icon@0.0.1").complains("hint");
        assert_eq!(scope.refs(), before);
        workspace.scope_git(["update-ref", local, &tag]).success();
        workspace.bit(["export"]).success().says("my-org.ui/icon (recovered)");
        assert_eq!(scope.refs()["refs/tags/icon@0.0.1"], tag);
        workspace.bit(["verify", &scope.url]).success();
        scope.fsck();
    }
}
