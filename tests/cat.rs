//! `bit cat`: the manifest as it is stored.

use insta::assert_snapshot;

use crate::common::TestEnvironment;

#[test]
fn the_manifest_is_printed_byte_for_byte() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "1\n")]);
    workspace.bit(["tag"]).success();
    workspace.write("button/index.js", "2\n").bit(["tag"]).success();
    for version in ["0.0.1", "0.0.2"] {
        let stored = workspace.scope_git(["show", &format!("my-org.ui/button@{version}:component.json")]);
        let run = workspace.bit(["cat", &format!("button@{version}")]);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (stored.stdout.as_str(), ""));
    }
    let run = workspace.bit(["cat", "button"]);
    assert_eq!(run.json()["version"], "0.0.2");
    assert_snapshot!(run.stderr, @r#"(this is 0.0.2; what changed since is shown by "bit diff" and "bit show")"#);
}

#[test]
fn a_new_component_has_no_manifest() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "1\n")]);
    assert_snapshot!(workspace.bit(["cat", "button"]), @r#"
    --- stderr
    error: my-org.ui/button is new: it doesn't have any version yet
    hint: "bit show button" shows it as it is; "bit tag button" makes its first version
    --- exit 1
    "#);
    workspace.bit(["tag"]).success();
    assert_snapshot!(workspace.bit(["cat", "button@0.0.2"]), @r"
    --- stderr
    error: my-org.ui/button doesn't have version 0.0.2
    hint: known here: 0.0.1
    --- exit 1
    ");
}
