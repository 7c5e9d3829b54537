//! `bit import --merge`: what comes is joined with what was changed here.

use crate::common::faults::{self, Preserved};
use crate::common::{Folder, TestEnvironment, needs_faults};
use crate::import::{publish, published, workspace};
use insta::assert_snapshot;
use serde_json::{Value, json};

/// `theme` at 0.0.1 in `shop`, and 0.0.2 in its scope: another second line, and a file that is new.
fn changed_on_both_sides<'e>(env: &'e TestEnvironment, mine: &str, theirs: &str) -> Folder<'e> {
    let author = published(env);
    author.write("theme/text.md", "one\ntwo\nthree\n");
    publish(&author, "theme", "// first text\n");
    let shop = workspace(env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    author.write("theme/text.md", theirs).write("theme/new.js", "exports.n = 1;\n");
    publish(&author, "theme", "// second\n");
    shop.write("ui/theme/text.md", mine);
    shop
}

fn record(workspace: &Folder) -> Value {
    serde_json::from_str::<Value>(&workspace.read(".bitmap")).unwrap()["theme"].clone()
}

const MINE: &str = "one\ntwo, mine\nthree\n";
const THEIRS: &str = "one\ntwo, theirs\nthree\n";

#[test]
fn a_conflict_is_marked_and_the_record_is_at_the_version_that_came() {
    let env = TestEnvironment::new();
    let shop = changed_on_both_sides(&env, MINE, THEIRS);
    let before = (shop.read(".bitmap"), shop.listing(&[".git", "node_modules"]));
    shop.bit(["import", "theme"]).fails(1).complains("unable to import").complains("--merge").complains("--override");
    assert_eq!((shop.read(".bitmap"), shop.listing(&[".git", "node_modules"])), before);
    assert_snapshot!(shop.bit(["import", "theme", "--merge"]).success(), @"
    successfully imported one component
      > my-org.ui/theme@0.0.3 updated from 0.0.2, joined with local changes (ui/theme)
          updated index.js
          updated new.js
          conflict text.md (both sides changed the same lines; it has conflict markers now)
    --- stderr
    warning: 1 file with conflicts: decide what stays, then tag
    ");
    assert_snapshot!(shop.read("ui/theme/text.md"), @"
    one
    <<<<<<< 0.0.3
    two, theirs
    =======
    two, mine
    >>>>>>> 0.0.2 modified
    three
    ");
    assert!(shop.exists("ui/theme/new.js") && shop.read("ui/theme/index.js").contains("second"));
    let commit = shop.commit_of("my-org.ui/theme@0.0.3");
    assert_eq!((&record(&shop)["version"], &record(&shop)["commit"]), (&json!("0.0.3"), &json!(commit)));
    assert_eq!(record(&shop).get("merging"), None);
    shop.bit(["tag", "-m", "x"]).fails(1).complains("MergeConflictMarkers");
    // What is decided is tagged, and the next import has nothing against it.
    shop.write("ui/theme/text.md", MINE);
    shop.bit(["tag", "-m", "x"]).success().says("theme@0.0.4");
    shop.bit(["import", "theme"]).success();
    shop.bit(["export"]).success();
    shop.bit(["import", "theme"]).success().says("up to date");
    shop.bit(["status"]).success().says("the workspace is clean");
    shop.fsck();
}

#[test]
fn ours_theirs_and_what_is_no_conflict() {
    let both = "one, mine\ntwo\nthree\n";
    for (mine, theirs, how, text, status, modified) in [
        (MINE, THEIRS, "--merge=ours", MINE, "kept", true),
        (MINE, THEIRS, "--merge=theirs", THEIRS, "overridden", false),
        (both, "one\ntwo\nthree\nfour\n", "--merge=manual", "one, mine\ntwo\nthree\nfour\n", "", true),
        // The same change on both sides is none.
        (THEIRS, THEIRS, "--merge", THEIRS, "", false),
    ] {
        let env = TestEnvironment::new();
        let shop = changed_on_both_sides(&env, mine, theirs);
        shop.write("ui/theme/own.js", "own;\n");
        let told = shop.bit(["import", "theme", how, "--json"]).success().json();
        let component = &told["importedComponents"][0];
        assert_eq!((&component["status"], &component["from"]), (&json!("merged"), &json!("0.0.2")), "{how}");
        let files = component["files"].as_array().unwrap();
        let file = files.iter().find(|file| file["path"] == "text.md" && !status.is_empty());
        assert_eq!(file.map_or("", |file| file["status"].as_str().unwrap()), status, "{how}");
        assert_eq!((shop.read("ui/theme/text.md").as_str(), shop.read("ui/theme/own.js").as_str()), (text, "own;\n"));
        assert_eq!(record(&shop)["version"], "0.0.3");
        shop.remove("ui/theme/own.js");
        let status = shop.bit(["status", "--json"]).success().json();
        assert_eq!(!status["modifiedComponents"].as_array().unwrap().is_empty(), modified, "{how}");
        shop.fsck();
    }
}

#[test]
fn what_was_not_changed_is_updated_beside_it_and_what_stays_stays() {
    let env = TestEnvironment::new();
    let shop = changed_on_both_sides(&env, MINE, THEIRS);
    // The same version once more: there is nothing to join.
    shop.bit(["import", "my-org.ui/theme@0.0.2", "--merge"]).success().says("up to date");
    assert_eq!(shop.read("ui/theme/text.md"), MINE);
    let run = shop.bit(["import", "--merge=manual", "my-org.ui/*"]);
    run.success().says("button@0.0.3 added").says("theme@0.0.3 updated from 0.0.2, joined with local changes");
    assert!(shop.read("ui/theme/text.md").contains("<<<<<<<") && shop.exists("ui/button/index.js"));
    // A folder that is no component's is not joined with anything.
    shop.bit(["remove", "button", "--delete-files"]).success();
    shop.write("ui/button/mine.txt", "mine");
    shop.bit(["import", "my-org.ui/button", "--merge"]).fails(1).complains("the directory is not empty");
    // What is no file of the component stands where one comes.
    shop.bit(["checkout", "reset", "theme"]).success();
    shop.bit(["import", "my-org.ui/theme@0.0.2"]).success();
    shop.write(".gitignore", "new.js\nnode_modules\n")
        .write("ui/theme/new.js", "a secret")
        .write("ui/theme/text.md", MINE);
    let before = shop.read(".bitmap");
    shop.bit(["import", "theme", "--merge"]).fails(1).complains("ui/theme/new.js is in the way");
    assert_eq!((shop.read("ui/theme/new.js"), shop.read(".bitmap")), ("a secret".into(), before));
}

#[test]
fn words_that_do_not_go_together() {
    let env = TestEnvironment::new();
    let shop = env.git_workspace_at("shop", "my-org.ui");
    for flag in ["--merge", "--merge=ours", "--override"] {
        shop.bit(["import", flag]).fails(2).complains("bit checkout reset --all");
    }
    shop.bit(["import", "x.y/z", "--merge=bad"]).fails(2).complains("merge must be one of the following");
    for other in [&["--override"][..], &["--path", "x"], &["--objects"], &["--write-to-empty-dir"]] {
        let run = shop.bit(["import", "x.y/z", "--merge"].iter().chain(other));
        run.fails(2).complains("and --merge cannot be used together");
    }
}

#[test]
fn a_component_in_a_merge_is_left_alone() {
    let env = TestEnvironment::new();
    let shop = changed_on_both_sides(&env, MINE, THEIRS);
    shop.bit(["tag", "-m", "mine"]).success();
    shop.bit(["import", "theme"]).fails(1).complains("both sides went on");
    shop.bit(["merge", "--manual"]).success();
    let before = (shop.read(".bitmap"), shop.read("ui/theme/text.md"));
    for flag in ["--override", "--merge"] {
        let run = shop.bit(["import", "my-org.ui/theme@0.0.1", flag]);
        run.fails(1).complains("in the middle of a merge");
        assert_eq!((shop.read(".bitmap"), shop.read("ui/theme/text.md")), before);
    }
}

#[test]
fn it_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let shop = changed_on_both_sides(&env, MINE, THEIRS);
    let command: &[&str] = &["import", "my-org.ui/theme", "--merge"];
    let state = |shop: &Folder| {
        (shop.refs(), shop.read(".bitmap"), shop.listing(&[".git", "node_modules"]), shop.read("ui/theme/text.md"))
    };
    let preserved = Preserved::new(&shop);
    shop.bit(command).success();
    let new = state(&shop);
    faults::killed_at_each(&preserved, command, 10, |shop, moment| {
        shop.fsck();
        shop.bit(["status"]).success();
        shop.bit(command).success();
        assert_eq!(state(shop), new, "{moment}");
    });
}
