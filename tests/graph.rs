//! `bit graph`: who depends on whom.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Folder, TestEnvironment};

/// card → button → theme, card → theme; icon stands alone.
fn four(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "require('@my-org/ui.base');\n")]),
        ("base", &[("index.js", "")]),
        ("button", &[("index.js", "require('@my-org/ui.theme');\n")]),
        (
            "card",
            &[
                ("index.js", "require('@my-org/ui.button'); require('@my-org/ui.theme');\n"),
                ("card.test.js", "require('@my-org/ui.icon');\n"),
            ],
        ),
        ("icon", &[("index.js", "")]),
    ]);
    workspace
}

#[test]
fn the_tree_shows_shared_parts_once() {
    let env = TestEnvironment::new();
    let workspace = four(&env);
    workspace.bit(["tag", "icon"]).success();
    assert_snapshot!(workspace.bit(["graph"]), @r"
    my-org.ui/card
    ├─ my-org.ui/button
    │  └─ my-org.ui/theme
    │     └─ my-org.ui/base
    ├─ my-org.ui/icon@0.0.1 (dev)
    └─ my-org.ui/theme (*)
    ");
    assert_snapshot!(workspace.bit(["graph", "theme"]), @r"
    my-org.ui/theme
    └─ my-org.ui/base
    ");
    assert_snapshot!(workspace.bit(["graph", "theme", "--reverse"]), @r"
    my-org.ui/theme
    ├─ my-org.ui/button
    │  └─ my-org.ui/card
    └─ my-org.ui/card
    ");
    assert_snapshot!(workspace.bit(["graph", "thme"]), @r#"
    --- stderr
    error: unable to find any component matching "thme" in this workspace or its local scope
    hint: did you mean "theme"? "bit list" and "bit search" show what there is
    --- exit 1
    "#);
}

#[test]
fn graphviz_and_json_have_nodes_and_edges() {
    let env = TestEnvironment::new();
    let workspace = four(&env);
    workspace.bit(["tag"]).success();
    assert_snapshot!(workspace.bit(["graph", "card", "--dot"]), @r#"
    digraph components {
      "my-org.ui/card@0.0.1";
      "my-org.ui/base@0.0.1";
      "my-org.ui/button@0.0.1";
      "my-org.ui/icon@0.0.1";
      "my-org.ui/theme@0.0.1";
      "my-org.ui/button@0.0.1" -> "my-org.ui/theme@0.0.1";
      "my-org.ui/card@0.0.1" -> "my-org.ui/button@0.0.1";
      "my-org.ui/card@0.0.1" -> "my-org.ui/icon@0.0.1" [label=dev];
      "my-org.ui/card@0.0.1" -> "my-org.ui/theme@0.0.1";
      "my-org.ui/theme@0.0.1" -> "my-org.ui/base@0.0.1";
    }
    "#);
    let graph = workspace.bit(["graph", "button", "--json"]).success().json();
    let ids: Vec<&str> = graph["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["my-org.ui/button@0.0.1", "my-org.ui/base@0.0.1", "my-org.ui/theme@0.0.1"]);
    let edge = json!({
        "sourceId": "my-org.ui/button@0.0.1",
        "targetId": "my-org.ui/theme@0.0.1",
        "dependencyLifecycleType": "runtime",
    });
    assert!(graph["edges"].as_array().unwrap().contains(&edge), "{graph:#}");
}

#[test]
fn an_old_version_needs_what_it_needed() {
    let env = TestEnvironment::new();
    let workspace = four(&env);
    workspace.bit(["tag"]).success();
    workspace.write("theme/index.js", "").bit(["tag"]).success();
    assert_snapshot!(workspace.bit(["graph", "button"]), @r"
    my-org.ui/button@0.0.2
    └─ my-org.ui/theme@0.0.2
    ");
    assert_snapshot!(workspace.bit(["graph", "button@0.0.1"]), @r"
    my-org.ui/button@0.0.1
    └─ my-org.ui/theme@0.0.1
       └─ my-org.ui/base@0.0.1
    ");
    workspace.scope_git(["update-ref", "-d", "refs/tags/my-org.ui/theme@0.0.1"]).success();
    assert_snapshot!(workspace.bit(["graph", "button@0.0.1"]), @r"
    my-org.ui/button@0.0.1
    └─ my-org.ui/theme@0.0.1 (not in the local scope)
    ");
}

#[test]
fn cycles_are_marked() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("one", &[("index.js", "require('@my-org/ui.two');\n")]),
        ("two", &[("index.js", "require('@my-org/ui.one');\n")]),
    ]);
    assert_snapshot!(workspace.bit(["graph"]), @r"
    my-org.ui/one
    └─ my-org.ui/two
       └─ my-org.ui/one (cycle)
    ");
}

#[test]
fn a_chain_of_hundreds_is_drawn() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    const LENGTH: usize = 400;
    for number in 0..LENGTH {
        let next = number + 1;
        let text = if next < LENGTH { format!("require('@my-org/ui.c{next}');\n") } else { String::new() };
        workspace.write(&format!("src/c{number}/index.js"), text);
    }
    workspace.bit(["add", "src/*"]).success();
    let run = workspace.bit(["graph"]);
    assert_eq!(run.success().stdout.lines().count(), LENGTH);
    run.says("\n[399] └─ my-org.ui/c399\n");
    assert!(run.stdout.len() < LENGTH * 160, "it grows with the depth: {}", run.stdout.len());
}

#[test]
fn an_empty_workspace_has_no_graph() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.workspace().bit(["graph"]), @"no components yet: bit add <folder>");
}
