//! `bit move`: a component's folder goes elsewhere, and everything finds it there.

use std::fs;
use std::os::unix::fs::symlink;

use insta::assert_snapshot;

use crate::common::faults::{Fault, NEEDING_SPACE, fail_everywhere, kill_everywhere};
use crate::common::{Folder, TestEnvironment, needs_faults};

/// `src/card` → `src/button`, both tagged.
fn two_tagged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("src/button", &[("index.js", "module.exports = 'b';\n")]),
        ("src/card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.clone()
}

#[test]
fn the_folder_moves_and_the_component_stays_what_it_is() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("src/button/ignored/.gitignore", "*\n").write("src/button/ignored/x", "mine\n");
    assert_snapshot!(workspace.bit(["move", "src/button", "lib/deep/knob"]), @"moved component my-org.ui/button from src/button to lib/deep/knob");
    assert!(workspace.read(".bitmap").contains("\"rootDir\": \"lib/deep/knob\""));
    assert!(!workspace.exists("src/button") && workspace.exists("lib/deep/knob/ignored/x"));
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("b");
    workspace.bit(["status"]).success().silent_about("modified components").silent_about("issues");
    // By its id, into an empty folder, from inside the workspace.
    fs::create_dir(workspace.path().join("empty")).unwrap();
    workspace.inside("src").bit(["mv", "my-org.ui/button", "../empty"]).success();
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("b");
}

#[test]
fn a_folder_that_a_person_moved_is_found_again() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    fs::rename(workspace.path().join("src/button"), workspace.path().join("knob")).unwrap();
    let run = workspace.bit(["move", "src/button", "knob", "--json"]);
    assert_eq!(
        run.success().json(),
        serde_json::json!({"id": "my-org.ui/button", "from": "src/button", "to": "knob", "movedByHand": true})
    );
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("b");
    workspace.bit(["status"]).success().silent_about("deleted");
}

#[test]
fn places_where_it_cannot_go_are_refused_and_nothing_changes() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    env.folder("outside");
    workspace.write(".gitignore", "dist\n").write("full/x", "").write("file", "");
    symlink("../outside", workspace.path().join("link")).unwrap();
    let before = (workspace.read(".bitmap"), workspace.listing(&[".git"]));
    for (to, complaint) in [
        ("full", "this directory is not empty"),
        ("file", "this directory is not empty"),
        ("src/button", "already"),
        ("src/button/inner", "one of them lies in the other"),
        ("src", "one of them lies in the other"),
        ("src/card/inner", "already used by component: my-org.ui/card"),
        (".", "own folder"),
        ("../outside/x", "outside of the workspace"),
        ("link/x", "outside of the workspace"),
        ("node_modules/x", "node_modules"),
        (".git/x", ".git"),
        ("dist/button", "ignore rules"),
    ] {
        workspace.bit(["move", "src/button", to]).fails(1).complains(complaint);
    }
    workspace.bit(["move", "full", "elsewhere"]).fails(1).complains("not the folder of a component");
    workspace.bit(["move", "buton", "elsewhere"]).fails(1).complains("unable to find any component matching");
    workspace.bit(["move", "src/*", "elsewhere"]).fails(1);
    assert_eq!((workspace.read(".bitmap"), workspace.listing(&[".git"])), before);
    workspace.remove("src/button");
    workspace.bit(["move", "src/button", "elsewhere"]).fails(1).complains("src/button of my-org.ui/button is gone");
}

#[test]
fn a_file_where_the_folder_was_is_not_moved() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.remove("src/button").write("src/button", "a file");
    let bitmap = workspace.read(".bitmap");
    workspace.bit(["move", "button", "src/b2"]).fails(1).complains("a file stands where the folder was (src/button)");
    assert_eq!((workspace.read(".bitmap"), workspace.read("src/button")), (bitmap, "a file".to_owned()));
    assert!(!workspace.exists("src/b2"));
}

#[test]
fn a_move_that_is_killed_is_finished_by_the_same_command() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let command = ["move", "button", "lib/knob"];
    kill_everywhere(&workspace, &command, |workspace, _| {
        let is_at = |folder: &str| workspace.exists(&format!("{folder}/index.js"));
        assert!(is_at("src/button") != is_at("lib/knob"), "it is in one place");
        if !workspace.read(".bitmap").contains("lib/knob") {
            workspace.bit(command).success();
        }
        assert!(is_at("lib/knob") && workspace.read(".bitmap").contains("lib/knob"));
        workspace.bit(["status"]).success().silent_about("deleted");
        workspace.node(["-p", "require('@my-org/ui.card')"]).says("b");
    });
}

#[test]
fn after_a_move_that_fails_folder_and_record_agree() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    let command = ["move", "button", "lib/knob"];
    fail_everywhere(Fault::Error("ENOSPC"), NEEDING_SPACE, &workspace, &command, |workspace, outcome| {
        let is_new = workspace.read(".bitmap").contains("\"rootDir\": \"lib/knob\"");
        assert!(is_new || outcome.run.code != Some(0), "{}", outcome.run);
        let (here, gone) = if is_new { ("lib/knob", "src/button") } else { ("src/button", "lib/knob") };
        assert!(workspace.exists(&format!("{here}/index.js")) && !workspace.exists(gone), "{}", outcome.run);
    });
}
