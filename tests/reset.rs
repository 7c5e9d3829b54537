//! `bit reset`: staged versions are taken back; what is exported or needed stays, and so does every file.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Folder, TestEnvironment};

/// `theme` ← `button`, and `icon` alone; each of `theme` and `button` tagged twice.
fn tagged_twice(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("icon", &[("index.js", "module.exports = 'i';\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "two"]).success();
    assert_eq!(versions(&workspace), ["button@0.0.1", "button@0.0.2", "icon@0.0.1", "theme@0.0.1", "theme@0.0.2"]);
    workspace
}

/// Every version that is known here, without the scope.
fn versions(workspace: &Folder<'_>) -> Vec<String> {
    workspace.versions().iter().map(|id| id.trim_start_matches("my-org.ui/").to_owned()).collect()
}

fn version_in_bitmap(workspace: &Folder<'_>, name: &str) -> Value {
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    bitmap[name]["version"].clone()
}

/// All files of components, with what they hold.
fn files(workspace: &Folder<'_>) -> Vec<(String, Vec<u8>)> {
    let names = workspace.listing(&[".bit", "node_modules", ".bitmap"]).into_iter();
    names.map(|name| (name.clone(), workspace.read_bytes(&name))).collect()
}

/// The reset is refused, and nothing of it remains.
#[track_caller]
fn refused<const N: usize>(workspace: &Folder<'_>, arguments: [&str; N], why: &str) {
    let before = (workspace.refs(), workspace.read(".bitmap"));
    let run = workspace.bit(["reset"].iter().chain(&arguments));
    assert!(matches!(run.code, Some(1 | 2)), "{arguments:?} was not refused\n{run}");
    run.complains(why);
    assert_eq!(run.stdout, "");
    assert_eq!((workspace.refs(), workspace.read(".bitmap")), before, "{arguments:?}");
}

#[test]
fn everything_that_is_staged_goes_and_no_file_is_touched() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.append("icon/index.js", "// not tagged yet\n");
    let before = files(&workspace);
    assert_snapshot!(workspace.bit(["reset", "--all"]), @r#"
    3 component(s) reset successfully
      > my-org.ui/button: 0.0.1, 0.0.2 (new again)
      > my-org.ui/icon: 0.0.1 (new again)
      > my-org.ui/theme: 0.0.1, 0.0.2 (new again)
    "#);
    assert_eq!(versions(&workspace), Vec::<String>::new());
    assert_eq!(files(&workspace), before);
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["newComponents"], json!(["my-org.ui/button", "my-org.ui/icon", "my-org.ui/theme"]));
    assert_eq!(status["stagedComponents"], json!([]));
    assert!(!workspace.read(".bitmap").contains("commit"), "new again, as before the first tag");
    assert_snapshot!(workspace.bit(["reset", "--all"]), @"nothing to reset: no version is staged");
    workspace.fsck();
    workspace.bit(["tag", "-m", "again"]).success().says("my-org.ui/theme@0.0.1");
}

#[test]
fn scripts_get_what_was_taken_back_as_json() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    assert_eq!(
        workspace.bit(["reset", "--head", "--json"]).success().json(),
        json!({"reset": [
            {"id": "my-org.ui/button", "versions": ["0.0.2"], "current": "0.0.1", "merging": null},
            {"id": "my-org.ui/icon", "versions": ["0.0.1"], "current": null, "merging": null},
            {"id": "my-org.ui/theme", "versions": ["0.0.2"], "current": "0.0.1", "merging": null},
        ]})
    );
}

#[test]
fn the_only_version_goes_and_the_component_is_new() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    assert_snapshot!(workspace.bit(["untag", "icon"]), @r#"
    1 component(s) reset successfully
      > my-org.ui/icon: 0.0.1 (new again)
    "#);
    assert_eq!(version_in_bitmap(&workspace, "icon"), "");
    assert_eq!(workspace.bit(["status", "--json"]).json()["newComponents"], json!(["my-org.ui/icon"]));
    assert!(!versions(&workspace).iter().any(|id| id.starts_with("icon")));
    workspace.bit(["tag", "-m", "again"]).success().says("my-org.ui/icon@0.0.1");
}

#[test]
fn one_version_goes_and_the_one_before_comes_back() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    let before = files(&workspace);
    workspace
        .bit(["reset", "button", "0.0.2"])
        .success()
        .says("1 component(s) reset successfully")
        .says("now at 0.0.1");
    workspace.bit(["reset", "my-org.ui/theme@0.0.2"]).success();
    assert_eq!(versions(&workspace), ["button@0.0.1", "icon@0.0.1", "theme@0.0.1"]);
    assert_eq!(version_in_bitmap(&workspace, "theme"), "0.0.1");
    assert_eq!(files(&workspace), before);
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!(["my-org.ui/theme"]), "the change is there again");
    assert!(workspace.read("node_modules/@my-org/ui.theme/package.json").contains("0.0.1"), "links say it too");
    workspace.bit(["tag", "-m", "two"]).success().says("2 component(s) tagged");
    workspace.fsck();
}

#[test]
fn heads_only() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.append("theme/index.js", "// and more\n");
    workspace.bit(["tag", "theme", "-m", "three", "--skip-auto-tag"]).success();
    workspace.bit(["reset", "theme", "--head"]).success().says("my-org.ui/theme: 0.0.3 (now at 0.0.2)");
    workspace.bit(["reset", "--head"]).success().says("3 component(s) reset successfully");
    assert_eq!(versions(&workspace), ["button@0.0.1", "theme@0.0.1"]);
}

#[test]
fn a_version_that_others_need_stays() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    assert_snapshot!(workspace.bit(["reset", "theme"]), @r#"
    --- stderr
    error: unable to reset my-org.ui/theme, the version 0.0.1 has the following dependent(s) my-org.ui/button@0.0.1
    hint: take those back too (bit reset --all takes back all that is staged), or insist with --force
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["reset", "theme", "0.0.2"]), @r#"
    --- stderr
    error: unable to reset my-org.ui/theme, the version 0.0.2 has the following dependent(s) my-org.ui/button@0.0.2
    hint: take those back too (bit reset --all takes back all that is staged), or insist with --force
    --- exit 1
    "#);
    refused(&workspace, ["theme", "0.0.1"], "unable to reset my-org.ui/theme, the version 0.0.1");
    refused(&workspace, ["button@0.0.1"], "has the following dependent(s) my-org.ui/button@0.0.2");
    // Together with those that need it, it goes.
    workspace.bit(["reset", "theme", "button"]).success().says("2 component(s) reset successfully");
    assert_eq!(versions(&workspace), ["icon@0.0.1"]);
}

#[test]
fn who_insists_gets_it() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.bit(["reset", "theme", "--force"]).success();
    assert_eq!(versions(&workspace), ["button@0.0.1", "button@0.0.2", "icon@0.0.1"]);
    assert_eq!(workspace.bit(["status", "--json"]).success().json()["newComponents"], json!(["my-org.ui/theme"]));
    workspace.fsck();
}

#[test]
fn what_was_exported_stays() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    let listed = ["theme", "button", "icon"].map(|name| workspace.listed(&format!("my-org.ui/{name}"), &["0.0.1"]));
    workspace.saw_catalog("my-org.ui", &listed);
    assert_snapshot!(workspace.bit(["reset", "theme@0.0.1"]), @r#"
    --- stderr
    error: unable to reset my-org.ui/theme, the version 0.0.1 was exported already
    hint: others may use it: tag a new version, or deprecate this one
    --- exit 1
    "#);
    refused(&workspace, ["icon"], "unable to reset my-org.ui/icon, it has no staged versions");
    refused(&workspace, ["icon", "0.0.1", "--force"], "the version 0.0.1 was exported already");
    workspace.bit(["reset", "--all"]).success().says("2 component(s) reset successfully");
    assert_eq!(versions(&workspace), ["button@0.0.1", "icon@0.0.1", "theme@0.0.1"]);
    assert_eq!(version_in_bitmap(&workspace, "theme"), "0.0.1");
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!(["my-org.ui/theme"]));
    assert_eq!(status["newComponents"], json!([]));
}

#[test]
fn one_version_wherever_it_is_staged() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.bit(["reset", "--all", "0.0.2"]).success().says("2 component(s) reset successfully");
    assert_eq!(versions(&workspace), ["button@0.0.1", "icon@0.0.1", "theme@0.0.1"]);
    workspace.bit(["reset", "--all", "0.0.7"]).success().says("nothing to reset");
}

#[test]
fn patterns_choose() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.bit(["reset", "*,!icon"]).success().says("2 component(s) reset successfully");
    assert_eq!(versions(&workspace), ["icon@0.0.1"]);
    refused(&workspace, ["none/*"], "unable to find any component matching the \"none/*\" pattern");
}

#[test]
fn what_is_not_there_is_refused() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    assert_snapshot!(workspace.bit(["reset", "thme"]), @r#"
    --- stderr
    error: unable to find any component matching "thme" in this workspace
    hint: did you mean "theme"? "bit list" and "bit status" show what there is
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["reset", "icon@0.0.9"]), @r#"
    --- stderr
    error: my-org.ui/icon doesn't have version 0.0.9
    hint: known here: 0.0.1
    --- exit 1
    "#);
    refused(&workspace, ["icon@latest"], "\"latest\" is no version number");
    refused(&workspace, [], "<ID OR PATTERN>");
    refused(&workspace, ["icon", "--no-such-flag"], "--no-such-flag");
    workspace.component("fresh", &[("index.js", "")]);
    refused(&workspace, ["fresh"], "it has no staged versions");
    refused(&workspace, ["fresh@0.0.1"], "doesn't have version 0.0.1");
    env.folder("outside").bit(["reset", "--all"]).fails(1).complains("no workspace here");
}

#[test]
fn a_folder_at_an_older_version_stays_there() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("icon", &[("index.js", "1\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    let bitmap = workspace.read(".bitmap");
    workspace.append("icon/index.js", "2\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.write(".bitmap", &bitmap).write("icon/index.js", "1\n");
    workspace.bit(["reset", "icon", "0.0.2"]).success();
    assert_eq!(workspace.read(".bitmap"), bitmap);
    assert_eq!(versions(&workspace), ["icon@0.0.1"]);
}

#[test]
fn the_flags_of_existing_scripts_are_taken() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.bit(["reset", "-a", "-f", "--silent"]).success().says("3 component(s) reset successfully");
}

/// `theme` ← `button` ← `page`, tagged once.
fn row(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("page", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace
}

#[test]
fn heads_that_a_version_that_stays_needs_are_left_alone() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.append("button/index.js", "// more\n");
    workspace.bit(["tag", "button", "-m", "two", "--skip-auto-tag"]).success();
    workspace.append("page/index.js", "// more\n");
    workspace.bit(["tag", "page", "-m", "three"]).success();
    // page@0.0.1 stays: it needs button@0.0.1; button@0.0.1 stays: it needs theme@0.0.1.
    assert_snapshot!(workspace.bit(["reset", "--head"]), @r"
    2 component(s) reset successfully
      > my-org.ui/button: 0.0.2 (now at 0.0.1)
      > my-org.ui/page: 0.0.2 (now at 0.0.1)
    ");
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "four", "--skip-auto-tag"]).success();
    refused(&workspace, ["theme", "page", "--head"], "unable to reset my-org.ui/theme, the version 0.0.2 has the");
    workspace.bit(["tag", "page", "--unmodified", "-m", "five"]).success();
    workspace.bit(["reset", "--head"]).success().says("page: 0.0.3 (now at 0.0.2)");
}

#[test]
fn the_hint_of_a_tag_takes_back_that_tag_alone() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.append("button/index.js", "// more\n");
    let run = workspace.bit(["tag", "-m", "two"]);
    run.success().says("\"bit export\" publishes 5 versions, \"bit reset button@0.0.2 page@0.0.2\" takes it back");
    workspace.bit(["reset", "button@0.0.2", "page@0.0.2"]).success();
    assert_eq!(versions(&workspace), ["button@0.0.1", "page@0.0.1", "theme@0.0.1"]);
    workspace.components(&[("a", &[("index.js", "")]), ("b", &[("index.js", "")])]);
    let run = workspace.bit(["tag", "-m", "three"]);
    run.success().says("4 component(s) tagged").says("\"bit export\" publishes 7 versions\n").silent_about("bit reset");
}

#[test]
fn the_newest_is_so_by_history_not_by_the_folder() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    let bitmap = workspace.read(".bitmap");
    workspace.append("page/index.js", "// more\n");
    workspace.bit(["tag", "page@0.0.9", "-m", "two"]).success();
    workspace.append("page/index.js", "// more\n");
    workspace.bit(["tag", "page@0.0.5", "-m", "three"]).success();
    workspace.write(".bitmap", &bitmap);
    workspace.bit(["reset", "page", "--head"]).success().says("my-org.ui/page: 0.0.5 (now at 0.0.1)");
    assert_eq!(versions(&workspace), ["button@0.0.1", "page@0.0.1", "page@0.0.9", "theme@0.0.1"]);
}

#[test]
fn what_left_the_workspace_can_be_taken_back() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.bit(["remove", "page"]).success();
    workspace.bit(["reset", "pag"]).fails(1).complains("did you mean \"page\"?");
    assert_snapshot!(workspace.bit(["reset", "page"]), @r"
    1 component(s) reset successfully
      > my-org.ui/page: 0.0.1 (not in the workspace)
    ");
    workspace.bit(["remove", "button"]).success();
    workspace.bit(["reset", "--all"]).success().says("2 component(s) reset successfully");
    assert_eq!(versions(&workspace), Vec::<String>::new());
    workspace.fsck();
}

#[test]
fn a_version_alone_is_whose() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_snapshot!(workspace.bit(["reset", "0.0.3"]), @r#"
    --- stderr
    error: 0.0.3 is a version, but of which component?
    hint: "bit reset --all 0.0.3" takes it back wherever it is staged, "bit reset <id> 0.0.3" for one
    --- exit 2
    "#);
}
