//! `bit search`: words, among all that is known here.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Catalog, TestEnvironment};

const NOBODY: &str = "1111111111111111111111111111111111111111";

#[test]
fn words_are_looked_for_here_and_in_what_was_seen() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "")]).component("theme", &[("index.js", "")]);
    Catalog::of("their.forms")
        .component("button-group", &[("1.0.0", NOBODY)])
        .component_with("old/button", &[("1.0.0", NOBODY)], json!({"removed": {}}))
        .seen_by(&workspace);
    assert_snapshot!(workspace.bit(["search", "Button"]), @r#"
    in the workspace
      my-org.ui/button
    elsewhere ("bit import <id>" brings one)
      their.forms/button-group
    "#);
    assert_snapshot!(workspace.bit(["search", "button", "group"]), @r#"
    no matches in workspace
    elsewhere ("bit import <id>" brings one)
      their.forms/button-group
    "#);
    assert_snapshot!(workspace.bit(["search", "button", "--local-only"]), @r"
    in the workspace
      my-org.ui/button
    ");
    assert_eq!(
        workspace.bit(["search", "button", "--json"]).success().json(),
        json!({"workspace": ["my-org.ui/button"], "elsewhere": ["their.forms/button-group"]})
    );
    workspace.bit(["search", "nothing-like-it"]).success().says("no matches in workspace");
    workspace.bit(["search"]).fails(2);
}
