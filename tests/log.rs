//! `bit log`: a component's versions, by their history.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Catalog, Folder, TestEnvironment};

fn tagged_thrice(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "1\n")]);
    workspace.bit(["tag", "-m", "the first one"]).success();
    env.later(3600);
    workspace.write("button/index.js", "2\n").bit(["tag", "--minor", "-m", "wider\n\nand lower"]).success();
    env.later(86_400);
    workspace.write("button/index.js", "3\n").bit(["tag"]).success();
    workspace
}

/// Hashes are the same on every machine, but who reads a test has no use for them.
fn without_hashes(workspace: &Folder<'_>, text: &str) -> String {
    let mut text = text.to_owned();
    for id in workspace.versions() {
        let commit = workspace.commit_of(&id);
        text = text.replace(&commit, &format!("[{id}]")).replace(&commit[..9], "[HASH]");
    }
    text
}

#[test]
fn the_newest_comes_first() {
    let env = TestEnvironment::new();
    let workspace = tagged_thrice(&env);
    let shown = |arguments: &[&str]| without_hashes(&workspace, &workspace.bit(arguments).to_string());
    assert_snapshot!(shown(&["log", "button"]), @r"
    tag 0.1.1 (current, staged)
    commit [my-org.ui/button@0.1.1]
    author Ada Tester <ada@example.com>
    date   2001-02-04T05:05:06+00:00

        button@0.1.1

    tag 0.1.0 (staged)
    commit [my-org.ui/button@0.1.0]
    author Ada Tester <ada@example.com>
    date   2001-02-03T05:05:06+00:00

        wider

        and lower

    tag 0.0.1 (staged)
    commit [my-org.ui/button@0.0.1]
    author Ada Tester <ada@example.com>
    date   2001-02-03T04:05:06+00:00

        the first one
    ");
    assert_snapshot!(shown(&["log", "my-org.ui/button", "--oneline"]), @r"
    0.1.1 [HASH] 2001-02-04 Ada Tester: button@0.1.1 (current, staged)
    0.1.0 [HASH] 2001-02-03 Ada Tester: wider (staged)
    0.0.1 [HASH] 2001-02-03 Ada Tester: the first one (staged)
    ");
    assert_snapshot!(shown(&["log", "button@0.1.0", "--oneline"]), @r"
    0.1.0 [HASH] 2001-02-03 Ada Tester: wider (staged)
    0.0.1 [HASH] 2001-02-03 Ada Tester: the first one (staged)
    ");
    assert_snapshot!(shown(&["log", "button", "--oneline", "-n", "1"]), @"0.1.1 [HASH] 2001-02-04 Ada Tester: button@0.1.1 (current, staged)");
}

#[test]
fn json_has_what_scripts_read() {
    let env = TestEnvironment::new();
    let workspace = tagged_thrice(&env);
    let log = workspace.bit(["log", "button", "--json"]).success().json();
    let mut second = log[1].clone();
    for ours in ["current", "staged", "maintenance"] {
        assert!(second.as_object_mut().expect("an object").remove(ours).is_some_and(|value| value.is_boolean()));
    }
    assert!(second.as_object_mut().expect("an object").remove("origin").is_some_and(|value| value.is_null()));
    let expected = json!({
        "tag": "0.1.0",
        "hash": workspace.commit_of("my-org.ui/button@0.1.0"),
        "message": "wider\n\nand lower",
        "date": "2001-02-03T05:05:06+00:00",
        "username": "Ada Tester",
        "email": "ada@example.com",
        "deleted": false,
        "deprecated": false,
    });
    assert_eq!((second, log.as_array().map(Vec::len)), (expected, Some(3)));
}

#[test]
fn what_the_catalog_says_of_versions_is_told() {
    let env = TestEnvironment::new();
    let workspace = tagged_thrice(&env);
    let first = workspace.commit_of("my-org.ui/button@0.0.1");
    let elsewhere = "1111111111111111111111111111111111111111";
    Catalog::of("my-org.ui")
        .component_with(
            "button",
            &[("0.0.1", &first), ("0.0.2", elsewhere)],
            json!({"deprecated": {"range": "<0.1.0"}}),
        )
        .seen_by(&workspace);
    let run = workspace.bit(["log", "button", "--oneline"]);
    assert_snapshot!(without_hashes(&workspace, &run.to_string()), @r#"
    0.1.1 [HASH] 2001-02-04 Ada Tester: button@0.1.1 (current, staged)
    0.1.0 [HASH] 2001-02-03 Ada Tester: wider (staged)
    0.0.1 [HASH] 2001-02-03 Ada Tester: the first one (deprecated)
    --- stderr
    1 more version in the catalog of my-org.ui, not here: "bit import" brings them
    "#);
}

#[test]
fn a_maintenance_version_is_marked_and_is_no_head() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "1\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    let at_first = workspace.read(".bitmap");
    workspace.write("button/index.js", "2\n").bit(["tag", "--major", "-m", "two"]).success();
    env.later(60);
    workspace.write(".bitmap", at_first).write("button/index.js", "1, mended\n");
    workspace.bit(["tag", "--ignore-newest-version", "-m", "backport"]).success();
    let run = workspace.bit(["log", "button", "--oneline"]);
    assert_snapshot!(without_hashes(&workspace, &run.to_string()), @r"
    0.0.2 [HASH] 2001-02-03 Ada Tester: backport (current, staged, maintenance)
    1.0.0 [HASH] 2001-02-03 Ada Tester: two (staged)
    0.0.1 [HASH] 2001-02-03 Ada Tester: one (staged)
    ");
    for selector in ["head", "latest"] {
        let manifest = workspace.bit(["cat", &format!("button@{selector}")]);
        assert_eq!(manifest.json()["version"], "1.0.0", "{selector}");
    }
    assert_eq!(workspace.bit(["cat", "button"]).json()["version"], "0.0.2");
}

#[test]
fn the_clock_of_the_author_is_shown() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "1\n")]);
    let tag = workspace.invocation().args(["tag"]);
    let date = "981173106 +0530";
    tag.env("GIT_AUTHOR_DATE", date).env("GIT_COMMITTER_DATE", date).run().success();
    workspace.bit(["log", "button"]).says("date   2001-02-03T09:35:06+05:30");
}

#[test]
fn what_has_no_history_is_refused() {
    let env = TestEnvironment::new();
    let workspace = tagged_thrice(&env);
    workspace.component("icon", &[("index.js", "")]);
    assert_snapshot!(workspace.bit(["log", "icon"]), @r#"
    --- stderr
    error: my-org.ui/icon is new: it doesn't have any version yet
    hint: "bit show icon" shows it as it is; "bit tag icon" makes its first version
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["log", "buton"]), @r#"
    --- stderr
    error: unable to find any component matching "buton" in this workspace or its local scope
    hint: did you mean "button"? "bit list" and "bit search" show what there is
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["log", "button@7.0.0"]), @r"
    --- stderr
    error: my-org.ui/button doesn't have version 7.0.0
    hint: known here: 0.0.1, 0.1.0, 0.1.1
    --- exit 1
    ");
    Catalog::of("their.forms").component("input", &[("1.0.0", &"1".repeat(40))]).seen_by(&workspace);
    assert_snapshot!(workspace.bit(["log", "their.forms/input"]), @r#"
    --- stderr
    error: their.forms/input is in the catalog of their.forms, but none of its versions is in the local scope
    hint: "bit import their.forms/input" brings it; "bit show their.forms/input --remote" shows it as the scope has it
    --- exit 1
    "#);
}
