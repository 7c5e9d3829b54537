//! `bit pattern`: which components a pattern names.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Catalog, Folder, TestEnvironment};

fn three(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[("ui/button", &[("index.js", "")]), ("ui/menu", &[("index.js", "")])]);
    workspace.write("fs/index.js", "").bit(["add", "fs", "-n", "utils/fs"]).success();
    workspace
}

#[test]
fn new_components_are_named_too() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    assert_snapshot!(workspace.bit(["pattern", "*n*"]), @r"
    found 2 components
    my-org.ui/button
    my-org.ui/menu
    ");
    workspace.bit(["pattern", "*/fs/*"]).success().says("found 1 component\n");
    workspace.bit(["pattern", "none/*"]).success().says("found 0 components");
    let ids = json!(["my-org.ui/menu", "my-org.ui/utils/fs/fs"]);
    assert_eq!(workspace.bit(["pattern", "**, !button", "--json"]).success().json(), ids);
}

#[test]
fn a_remote_pattern_names_its_scope() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    let commit = "1111111111111111111111111111111111111111";
    Catalog::of("their.forms")
        .component("input", &[("1.0.0", commit)])
        .component("deep/label", &[("1.0.0", commit)])
        .seen_by(&workspace);
    assert_snapshot!(workspace.bit(["pattern", "their.forms/**", "--remote", "--cached"]), @r"
    found 2 components
    their.forms/deep/label
    their.forms/input
    --- stderr
    (as the scopes were last seen)
    ");
    assert_snapshot!(workspace.bit(["pattern", "**/input", "--remote"]), @r#"
    --- stderr
    error: when using --remote, the pattern must include the scope name
    hint: write it before the slash: "my-org.ui/**/input"; or name one: --remote=<scope or URL>
    --- exit 2
    "#);
    workspace.bit(["pattern", "other.scope/**", "--remote", "--cached"]).fails(1).complains("not known here");
}

#[test]
fn a_broken_pattern_is_named() {
    let env = TestEnvironment::new();
    assert_snapshot!(three(&env).bit(["pattern", "{ui/*"]), @r#"
    --- stderr
    error: the pattern "{ui/*" can't be read: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
    hint: quote patterns, so that the shell leaves them alone: 'ui/*'
    --- exit 1
    "#);
}

/// `theme` ← `button` ← `page`, not tagged yet.
fn row(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("page", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace
}

#[test]
fn what_is_excluded_anywhere_is_excluded_from_all() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.bit(["tag", "*", "!page", "-m", "x"]).success().says("2 component(s) tagged").silent_about("page");
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.append("theme/index.js", "// more\n").append("page/index.js", "// more\n");
    workspace.bit(["diff", "*", "!theme", "--name-only"]).success().says("page").silent_about("theme");
    workspace.bit(["diff", "!theme", "--name-only"]).success().says("page").silent_about("theme");
    workspace.bit(["tag", "!theme", "-m", "x"]).success().says("page@0.0.2").silent_about("theme@");
    workspace.bit(["reset", "*", "!theme,!button"]).success().says("1 component(s) reset").says("page");
    workspace.bit(["remove", "!theme", "*", "--force"]).success().says("button").silent_about("theme");
    assert!(workspace.read(".bitmap").contains("\"theme\""));
    workspace
        .bit(["remove", "theme", "!theme"])
        .fails(1)
        .complains("unable to find any component matching the \"theme !theme\" pattern");
}

#[test]
fn a_typo_in_a_list_is_answered_with_the_nearest() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    for typo in ["theme,buton", "buton,t*", "*,!buton"] {
        workspace.bit(["tag", typo]).fails(1).complains("\"buton\"").complains("did you mean \"button\"?");
    }
    workspace.bit(["tag", "*", "!buton"]).fails(1).complains("did you mean \"button\"?");
    assert!(workspace.versions().is_empty());
    workspace.bit(["tag", "theme@1.0.0, none/*,button", "-m", "x"]).success().says("theme@1.0.0").says("button@0.0.1");
    assert_snapshot!(workspace.bit(["pattern", "theem"]), @r#"
    found 0 components
    --- stderr
    did you mean "theme"?
    "#);
    workspace.bit(["pattern", "theem,page", "--json"]).success().complains("did you mean \"theme\"?");
}
