//! `bit remove`: the workspace forgets components; nothing that belongs to a person is lost.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::common::faults::kill_everywhere;
use crate::common::{Folder, TestEnvironment, needs_faults};

/// `card` → `button`, both tagged.
fn two_tagged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("button", &[("index.js", "module.exports = 1;\n"), ("lib/x.js", "module.exports = 2;\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.clone()
}

#[test]
fn the_record_and_the_link_go_files_and_versions_stay() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let versions = workspace.versions();
    assert_snapshot!(workspace.bit(["remove", "card", "--silent"]), @r#"
    successfully removed components
      > my-org.ui/card (its files stay)
    staged versions stay in the local scope: my-org.ui/card@0.0.1
    "#);
    assert!(!workspace.read(".bitmap").contains("card"));
    assert!(workspace.exists("card/index.js") && !workspace.exists("node_modules/@my-org/ui.card"));
    assert!(workspace.exists("node_modules/@my-org/ui.button"));
    assert_eq!(workspace.versions(), versions);
    workspace.bit(["status"]).success().says("not in the workspace").says("my-org.ui/card@0.0.1");
    workspace.bit(["add", "card"]).success();
    workspace.bit(["status"]).success().silent_about("new components").silent_about("modified");
}

#[test]
fn deleting_takes_the_components_own_files_only() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let outside = env.folder("outside");
    outside.write("mine.js", "mine\n");
    workspace.write(".gitignore", "*.log\nnode_modules\n");
    workspace.write("button/debug.log", "log\n").write("button/lib/node_modules/p/index.js", "p\n");
    symlink(outside.path(), workspace.path().join("button/lib/out.log")).unwrap();
    let run = workspace.bit(["remove", "*", "--delete-files"]);
    assert_snapshot!(run, @r#"
    successfully removed components
      > my-org.ui/button (2 files deleted; what else is in the folder stays)
      > my-org.ui/card (1 file deleted)
    staged versions stay in the local scope: my-org.ui/button@0.0.1, my-org.ui/card@0.0.1
    "#);
    assert_eq!(
        workspace.inside("button").listing(&[]),
        ["debug.log", "lib/node_modules/p/index.js", "lib/out.log"],
        "what is ignored or unknown stays"
    );
    assert!(!workspace.exists("card"), "an empty folder goes");
    assert_eq!(outside.read("mine.js"), "mine\n");
    workspace.bit(["status"]).success().says("not in the workspace");
}

#[test]
fn modified_components_and_those_that_are_needed_are_refused() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    assert_snapshot!(workspace.bit(["remove", "button"]), @r#"
    --- stderr
    error: unable to delete my-org.ui/button, because the following components depend on it: my-org.ui/card
    hint: remove those too, or insist with --force
    --- exit 1
    "#);
    workspace.append("card/index.js", "// more\n");
    let bitmap = workspace.read(".bitmap");
    for more in [&[][..], &["--delete-files"]] {
        let arguments = ["remove", "card"].iter().chain(more);
        workspace.bit(arguments).fails(1).complains("unable to remove modified components: my-org.ui/card");
    }
    assert_eq!(workspace.read(".bitmap"), bitmap);
    assert!(workspace.exists("card/index.js"));
    workspace.bit(["remove", "card", "button", "--force"]).success().says("removed components");
    assert!(!workspace.read(".bitmap").contains("button"));
}

#[test]
fn unknown_components_and_versions_are_refused() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.bit(["remove", "buton"]).fails(1).complains("unable to find any component matching").complains("button");
    workspace.bit(["remove", "none/*"]).fails(1).complains("unable to find any component matching");
    workspace.bit(["remove", "button@0.0.1"]).fails(1).complains("bit reset");
    workspace.bit(["remove"]).fails(2);
    env.folder("outside").bit(["remove", "button"]).fails(1).complains("no workspace here");
}

#[test]
fn a_component_that_is_tracked_on_is_new_again() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let run = workspace.bit(["remove", "button", "--track", "--json"]);
    assert_eq!(run.success().json()["stagedVersions"], serde_json::json!(["my-org.ui/button@0.0.1"]));
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["newComponents"], serde_json::json!(["my-org.ui/button"]));
    assert!(workspace.exists("node_modules/@my-org/ui.button"));
    // Its versions are still in the local scope: it goes on from them.
    workspace.bit(["tag", "-m", "again"]).success().says("my-org.ui/button@0.0.2");
}

#[test]
fn a_component_whose_main_file_is_gone_can_still_be_removed() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.remove("card/index.js").write("card/other.js", "");
    workspace.bit(["remove", "card", "--delete-files"]).fails(1).complains("modified components");
    workspace.bit(["remove", "card"]).success();
    workspace.remove("button");
    workspace.bit(["remove", "button", "--delete-files"]).success();
    workspace.bit(["status"]).success().says("not in the workspace");
}

#[test]
fn nothing_is_deleted_through_a_symbolic_link() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let outside = env.folder("outside");
    outside.write("index.js", "module.exports = require('@my-org/ui.button');\n");
    workspace.remove("card");
    symlink(outside.path(), workspace.path().join("card")).unwrap();
    let bitmap = workspace.read(".bitmap");
    workspace.bit(["remove", "*", "--delete-files", "--force"]).fails(1).complains("card is a symbolic link");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    assert!(outside.exists("index.js") && workspace.exists("button/index.js"));
}

#[test]
fn killed_at_any_moment_no_tracked_component_has_lost_files() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let versions = workspace.versions();
    kill_everywhere(&workspace, &["remove", "*", "--delete-files"], |workspace, _| {
        let is_tracked = workspace.read(".bitmap").contains("button");
        let files = ["button/index.js", "button/lib/x.js", "card/index.js"].map(|file| workspace.exists(file));
        assert!(!is_tracked || files == [true; 3], "tracked, and files are gone: {files:?}");
        workspace.bit(["status"]).success().silent_about("deleted");
        assert_eq!(workspace.versions(), versions);
    });
}
