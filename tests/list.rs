//! `bit list`: what has a version, and what its scope is known to have.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Catalog, Folder, TestEnvironment};

const NOBODY: &str = "1111111111111111111111111111111111111111";

/// `ui/button` and `base/theme` are tagged, `icon` is new.
fn two_tagged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    for (folder, namespace) in [("button", "ui"), ("theme", "base")] {
        workspace.write(&format!("{folder}/index.js"), "module.exports = 1;\n");
        workspace.bit(["add", folder, "-n", namespace]).success();
    }
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.component("icon", &[("index.js", "module.exports = 2;\n")]);
    workspace
}

/// The scope has a newer button, an old component, and one that was removed.
fn catalog_seen(workspace: &Folder<'_>) {
    let button = workspace.commit_of("my-org.ui/ui/button@0.0.1");
    Catalog::of("my-org.ui")
        .component("ui/button", &[("0.0.1", &button), ("0.0.2", NOBODY)])
        .component_with("ui/knob", &[("1.0.0", NOBODY)], json!({"deprecated": {"message": "use button"}}))
        .component_with("gone", &[("1.0.0", NOBODY)], json!({"removed": {}}))
        .seen_by(workspace);
}

#[test]
fn only_what_has_a_version_is_listed() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    assert_snapshot!(workspace.bit(["list"]), @r#"
    found 2 components
    component             current  latest
    my-org.ui/base/theme  0.0.1    -
    my-org.ui/ui/button   0.0.1    -
    --- stderr
    1 new component not listed: no version yet ("bit status" shows them, "bit tag" makes one)
    "#);
    assert_snapshot!(env.workspace_at("empty", "a.b").bit(["ls"]), @"found 0 components");
    workspace.bit(["list"]).says("found 2 components");
}

#[test]
fn json_has_what_scripts_read() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    catalog_seen(&workspace);
    let run = workspace.bit(["list", "--json"]);
    let list = run.success().json();
    let facts = |at: usize| {
        let keys = ["id", "localVersion", "currentVersion", "remoteVersion", "deprecated"];
        keys.map(|key| list[at][key].clone())
    };
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    assert_eq!(facts(0), [json!("my-org.ui/base/theme"), json!("0.0.1"), json!("0.0.1"), json!("N/A"), json!(false)]);
    assert_eq!(facts(1), [json!("my-org.ui/ui/button"), json!("0.0.1"), json!("0.0.1"), json!("0.0.2"), json!(false)]);
    assert_eq!(run.stderr, "");
}

#[test]
fn what_is_outdated_or_deprecated_is_marked() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    catalog_seen(&workspace);
    workspace.bit(["deprecate", "base/theme", "use colours"]).success();
    assert_snapshot!(workspace.bit(["list", "--outdated"]), @r#"
    found 2 components
    component             current  latest
    my-org.ui/base/theme  0.0.1    -       [Deprecated]: use colours
    my-org.ui/ui/button   0.0.1    0.0.2   [Outdated]
    --- stderr
    1 new component not listed: no version yet ("bit status" shows them, "bit tag" makes one)
    "#);
}

#[test]
fn a_scope_is_listed_as_it_was_last_seen() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    catalog_seen(&workspace);
    assert_snapshot!(workspace.bit(["list", "my-org.ui", "--cached"]), @r"
    found 2 components
    component            current  latest
    my-org.ui/ui/button  0.0.1    0.0.2
    my-org.ui/ui/knob    1.0.0    1.0.0   [Deprecated]: use button
    --- stderr
    (as the scope was last seen)
    ");
    assert_snapshot!(workspace.bit(["list", "my-org.ui", "--cached", "--namespace", "ui/k*", "--ids"]), @r"
    my-org.ui/ui/knob
    --- stderr
    (as the scope was last seen)
    ");
    assert_snapshot!(workspace.bit(["list", "my-org.iu", "--cached"]), @r#"
    --- stderr
    error: the scope "my-org.iu" is not known here: its catalog was never fetched
    hint: did you mean "my-org.ui"? without --cached the scope is asked, once "bit remote add" has said where it is
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["list", "other", "--cached"]), @r#"
    --- stderr
    error: the scope "other" is not known here: its catalog was never fetched
    hint: known here: my-org.ui; without --cached the scope is asked, once "bit remote add" has said where it is
    --- exit 1
    "#);
}

#[test]
fn the_local_scope_is_listed_whole() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let theme = workspace.commit_of("my-org.ui/base/theme@0.0.1");
    workspace.scope_git(["update-ref", "refs/tags/other.scope/theme@3.0.0", &theme]).success();
    assert_eq!(workspace.bit(["list", "--ids"]).success().stdout, "my-org.ui/base/theme\nmy-org.ui/ui/button\n");
    let all = "my-org.ui/base/theme\nmy-org.ui/ui/button\nother.scope/theme\n";
    assert_eq!(workspace.bit(["list", "--ids", "--local-scope"]).success().stdout, all);
    assert_eq!(workspace.bit(["list", "--ids", "--scope"]).success().stdout, all);
    let found = workspace.bit(["list", "--scope", "--json"]).json();
    assert_eq!(found[2]["currentVersion"], "N/A");
    assert_eq!(found[2]["localVersion"], "3.0.0");
}

#[test]
fn a_namespace_narrows_the_list() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.bit(["list", "-n", "ui"]).success().says("found 1 components").silent_about("theme");
    workspace.bit(["list", "--namespace", "*/th*"]).success().says("base/theme").silent_about("button");
    workspace.bit(["list", "-n", "none"]).success().says("found 0 components");
}

#[test]
fn no_file_of_a_component_is_read() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.remove("button").remove("theme").write("icon/index.js", "this can't be parsed (");
    workspace.bit(["list"]).success().says("found 2 components");
}
