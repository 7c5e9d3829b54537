//! `bit deprecate` and `bit undeprecate`: what waits in .bitmap to be published.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::servers::Host;
use crate::common::{Folder, TestEnvironment};
use crate::delete::{entry, exported, log};

fn three_components(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("bar/one", &[("index.js", "")]),
        ("bar/two", &[("index.js", "")]),
        ("bar/three", &[("index.js", "")]),
    ]);
    workspace.clone()
}

fn pending(workspace: &Folder<'_>, name: &str) -> Value {
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    bitmap[name]["config"]["teambit.component/deprecation"].clone()
}

#[test]
fn it_waits_in_the_bitmap_and_can_be_taken_back() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    let untouched = workspace.read(".bitmap");
    assert_snapshot!(workspace.bit(["deprecate", "one", "use two", "--new-id", "two", "--range", "<1.0.0"]), @r#"
    deprecated components: my-org.ui/one
    1 component(s) deprecated (the next "bit export" publishes it)
    "#);
    assert_eq!(
        pending(&workspace, "one"),
        json!({"deprecate": true, "message": "use two", "newId": "my-org.ui/two", "range": "<1.0.0"})
    );
    assert_snapshot!(workspace.bit(["deprecate", "one", "use two", "--new-id", "two", "--range", "<1.0.0"]), @"no changes have been made: deprecated so already");
    assert_snapshot!(workspace.bit(["undeprecate", "one"]), @r#"
      > my-org.ui/one
    1 component(s) undeprecated successfully
    "#);
    assert_snapshot!(workspace.bit(["undeprecate", "one"]), @"no changes have been made: not deprecated");
    assert_eq!(workspace.read(".bitmap"), untouched);
}

#[test]
fn a_pattern_names_many() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    workspace.bit(["deprecate", "*"]).success().says("3 component");
    assert_eq!(pending(&workspace, "three"), json!({"deprecate": true}));
    let run = workspace.bit(["undeprecate", "one,two", "--json"]);
    assert_eq!(run.success().json(), json!({"undeprecated": ["my-org.ui/one", "my-org.ui/two"]}));
    workspace.bit(["undeprecate", "*"]).success().says("1 component(s) undeprecated successfully");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    let untouched = workspace.read(".bitmap");
    workspace.bit(["deprecate", "*", "--new-id", "one"]).fails(1).complains("--new-id is for one component");
    workspace.bit(["deprecate", "one", "--new-id", "one"]).fails(1).complains("instead of itself");
    workspace.bit(["deprecate", "one", "--new-id", "nobody"]).fails(1).complains("unable to find any component");
    workspace.bit(["deprecate", "one", "--range", "not a range"]).fails(2).complains("no range of versions");
    workspace.bit(["deprecate", "one", "two"]).fails(2).complains("\"one,two\"");
    workspace.bit(["deprecate", "one@1.0.0"]).fails(1).complains("--range 1.0.0");
    workspace.bit(["deprecate", "none/*"]).fails(1).complains("unable to find any component matching");
    workspace.bit(["undeprecate", "onee"]).fails(1).complains("did you mean \"one\"?");
    workspace.bit(["undeprecate", "one@1.0.0"]).fails(1).complains("\"bit undeprecate\" is about all versions");
    for command in ["deprecate", "undeprecate"] {
        workspace.bit([command, "nobody"]).fails(1).complains("--remote changes a scope's component");
    }
    assert_eq!(workspace.read(".bitmap"), untouched);
    workspace.bit(["deprecate", "one", "--new-id", "other-org.base/knob"]).success();
    assert_eq!(pending(&workspace, "one"), json!({"deprecate": true, "newId": "other-org.base/knob"}));
}

#[test]
fn the_next_export_publishes_it_also_without_a_new_version() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let before = scope.refs();
    workspace.bit(["deprecate", "icon", "use button", "--new-id", "button", "--range", "<1.0.0"]).success();
    assert_eq!(scope.refs(), before);
    workspace.bit(["export", "button"]).success().says("nothing to export");
    assert_eq!(scope.refs(), before, "only what is named is published");
    workspace.bit(["export", "icon"]).success().says("exported components (1)").says("my-org.ui/icon (deprecated)");
    let said = json!({"message": "use button", "range": "<1.0.0", "newId": "my-org.ui/button"});
    assert_eq!(entry(&scope, "icon")["deprecated"], said);
    assert_eq!(log(&scope)[0], "deprecate icon");
    assert!(!workspace.read(".bitmap").contains("deprecation"), "it waits no more");
    workspace.bit(["show", "icon"]).success().says("use my-org.ui/button instead");
    let page = scope.folder.git(["--git-dir=.", "show", "main:README.md"]).success().stdout.clone();
    assert!(page.contains("icon (deprecated)"), "{page}");
    // With a new version both go in one commit.
    workspace.bit(["undeprecate", "icon"]).success();
    workspace.append("icon/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    let commits = log(&scope).len();
    workspace.bit(["export"]).success().says("exported components (1)").says("my-org.ui/icon@0.0.2");
    assert_eq!((entry(&scope, "icon")["deprecated"].clone(), log(&scope).len()), (Value::Null, commits + 1));
    workspace.bit(["status"]).success().says("the workspace is clean");
    scope.fsck();
}

#[test]
fn a_first_export_publishes_it_too_and_another_scope_does_not() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    let workspace = exported(&env, &scope);
    workspace.component("menu", &[("index.js", "module.exports = 3;\n")]);
    workspace.bit(["deprecate", "menu"]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    assert!(workspace.read(".bitmap").contains("deprecation"), "of what is in no scope nothing can be said yet");
    workspace.bit(["tag", "-m", "menu"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/menu (deprecated)");
    assert_eq!(entry(&scope, "menu")["deprecated"], json!({}));
    let other = host.repository("other");
    env.folder(".").bit(["scope", "create", &other.url, "--name", "my-org.base"]).success();
    workspace.bit(["remote", "add", &other.url]).success();
    workspace.bit(["deprecate", "icon"]).success();
    workspace.bit(["export", "my-org.base"]).success().says("nothing to export");
    assert!(workspace.read(".bitmap").contains("deprecation"));
}

#[test]
fn a_scope_says_it_at_once() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let outside = env.folder("outside");
    let at = format!("--remote={}", scope.url);
    // Others use it, and keep it.
    assert_snapshot!(outside.bit(["deprecate", "theme", "use colours", "--new-id", "my-org.base/colours", &at]), @r"
    deprecated components: my-org.ui/theme
    1 component(s) deprecated
    ");
    assert_eq!(entry(&scope, "theme")["deprecated"], json!({"message": "use colours", "newId": "my-org.base/colours"}));
    outside.bit(["list", &scope.url]).success().says("[Deprecated]");
    outside
        .bit(["deprecate", "theme", "use colours", "--new-id", "my-org.base/colours", &at])
        .says("deprecated so already");
    outside.bit(["deprecate", "nobody", &at]).fails(1).complains("missing components: nobody");
    outside.bit(["deprecate", "*", "--new-id", "my-org.ui/icon", &at]).fails(1).complains("--new-id is for one");
    outside.bit(["deprecate", "icon", "--new-id", "my-org.ui/icon", &at]).fails(1).complains("instead of itself");
    outside.bit(["deprecate", "icon", "--new-id", "knob", &at]).fails(1).complains("write it with its scope");
    outside.bit(["deprecate", "icon", "--range", "no range", &at]).fails(2).complains("no range of versions");
    outside.bit(["deprecate", "icon@0.0.1", &at]).fails(1).complains("--range 0.0.1");
    // In a workspace the scope's own remote is asked, and what it says then is known.
    workspace.bit(["deprecate", "my-org.ui/*", "-r"]).success().says("3 component(s) deprecated");
    workspace.bit(["show", "icon"]).success().says("deprecated");
    workspace
        .bit(["undeprecate", "my-org.ui/*", "--remote"])
        .success()
        .says("3 component(s) undeprecated successfully");
    workspace.bit(["undeprecate", "icon", "--remote"]).success().says("no changes have been made: not deprecated");
    assert_eq!(entry(&scope, "theme")["deprecated"], Value::Null);
    workspace.bit(["status"]).success().says("the workspace is clean");
    scope.fsck();
}

#[test]
fn what_waits_to_be_published_is_in_the_status() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let waiting = || workspace.bit(["status", "--json"]).success().json()["waitingToBePublished"].clone();
    assert_eq!(waiting(), json!([]));
    workspace.bit(["deprecate", "icon", "use button"]).success();
    workspace.bit(["status"]).success().says("waiting to be published").says("my-org.ui/icon (deprecated)");
    assert_eq!(waiting(), json!([{"id": "my-org.ui/icon", "change": "deprecated", "range": null}]));
    let run = workspace.bit(["export", "--json"]).success().json();
    assert_eq!(run["scopes"][0]["marked"], json!([{"id": "my-org.ui/icon", "change": "deprecated", "range": null}]));
    assert_eq!(waiting(), json!([]));
    workspace.bit(["undeprecate", "icon"]).success();
    workspace.bit(["status"]).says("my-org.ui/icon (undeprecated)");
    workspace.bit(["export"]).success();
    // A removal of some versions is none of the component.
    let removed = workspace.bit(["delete", "icon", "--range", "0.0.1", "--silent"]);
    removed.success().says("removed the versions 0.0.1, of: my-org.ui/icon").silent_about("removed components");
    workspace.bit(["status"]).says("my-org.ui/icon (removed: versions 0.0.1)").silent_about("removed here");
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["locallySoftRemoved"], json!([]));
    workspace.bit(["export"]).success().says("my-org.ui/icon (removed: versions 0.0.1)");
    workspace.bit(["recover", "icon"]).success();
    assert_eq!(waiting(), json!([{"id": "my-org.ui/icon", "change": "recovered", "range": null}]));
    workspace.bit(["status"]).says("my-org.ui/icon (recovered)");
}

/// There is one word of a component, and nobody's is exchanged in silence.
#[test]
fn what_was_said_before_is_told_when_something_else_is_said() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.bit(["deprecate", "icon", "all old"]).success().silent_about("instead");
    let instead = "> my-org.ui/icon instead of \"all old\", of all versions";
    workspace.bit(["deprecate", "icon", "leaks", "--range", "0.0.1"]).success().says(instead);
    workspace.bit(["export"]).success();
    let run = workspace.bit(["deprecate", "icon", "leaks", "--new-id", "button", "--json"]).success().json();
    let before = json!({"message": "leaks", "range": "0.0.1", "newId": null});
    let replaced = json!([{"id": "my-org.ui/icon", "deprecation": before}]);
    assert_eq!(run, json!({"deprecated": ["my-org.ui/icon"], "replaced": replaced}));
    assert_eq!(workspace.bit(["list", "my-org.ui", "--json"]).json()[1]["deprecation"], before);
    let there = workspace.bit(["deprecate", "icon", "burns", "--remote"]);
    there.success().says("instead of \"leaks\", of the versions 0.0.1");
    assert!(there.stdout.ends_with("1 component(s) deprecated\n"), "{there}");
}
