//! `bit checkout`: a folder goes to another version, and nobody's work is lost on the way.

use crate::common::faults::{self, Fault, Preserved};
use crate::common::{Folder, TestEnvironment, needs_faults};
use crate::import::{published, workspace};
use insta::assert_snapshot;
use serde_json::json;
use std::os::unix::fs::{PermissionsExt, symlink};

const FIRST: &str = "line one\nline two\nline three\n";
const SECOND: &str = "line one\nline two, changed\nline three\n";

/// theme at 0.0.2, made from 0.0.1: index.js changed, old.js removed, new/file.js added.
fn two_versions(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n"), ("text.md", FIRST), ("old.js", "1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/text.md", SECOND).remove("theme/old.js").write("theme/new/file.js", "2;\n");
    env.later(10);
    workspace.bit(["tag", "-m", "second"]).success();
    workspace
}

/// The version of a component in .bitmap.
fn at(workspace: &Folder, name: &str) -> String {
    let bitmap: serde_json::Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    bitmap[name]["version"].as_str().unwrap().to_owned()
}

fn is_modified(workspace: &Folder) -> bool {
    !workspace.bit(["status", "--json"]).success().json()["modifiedComponents"].as_array().unwrap().is_empty()
}

#[test]
fn a_folder_goes_to_another_version_and_back() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.component("other", &[("index.js", "1;\n")]);
    let refs = workspace.refs();
    workspace.write(".gitignore", "*.log\nnode_modules\n").write("theme/mine.log", "mine");
    let run = workspace.bit(["checkout", "0.0.1", "theme"]);
    assert_snapshot!(run.success(), @"
    successfully switched 1 component
      > my-org.ui/theme 0.0.2 → 0.0.1
          removed new/file.js
          updated old.js
          updated text.md
    ");
    assert_eq!(workspace.inside("theme").listing(&[]), ["index.js", "mine.log", "old.js", "text.md"]);
    assert_eq!((workspace.read("theme/text.md"), at(&workspace, "theme")), (FIRST.into(), "0.0.1".into()));
    assert_eq!(workspace.refs(), refs);
    assert!(!is_modified(&workspace));
    workspace.bit(["tag", "theme", "-m", "x"]).success().silent_about("theme@");
    for (target, version) in [("head", "0.0.2"), ("0.0.1", "0.0.1"), ("latest", "0.0.2")] {
        workspace.bit(["checkout", target, "theme"]).success();
        assert_eq!(at(&workspace, "theme"), version, "{target}");
    }
    workspace.bit(["checkout", "theme@0.0.1"]).success().says("0.0.2 → 0.0.1");
    let json = workspace.bit(["checkout", "head", "--json"]).success().json();
    assert_eq!(json["switched"][0]["version"], "0.0.2");
    assert_eq!(json["switched"][0]["files"][1], json!({"path": "old.js", "status": "removed", "conflict": null}));
    assert_eq!(json["skipped"][0]["reason"], "is new, no version to checkout");
    assert_eq!(workspace.read("theme/mine.log"), "mine");
    workspace.fsck();
}

#[test]
fn what_can_not_be_checked_out_is_said_and_nothing_changes() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.component("fresh", &[("index.js", "1;\n")]);
    let before = workspace.read(".bitmap");
    workspace.bit(["checkout", "0.0.1", "none"]).fails(1).complains("unable to find any component matching \"none\"");
    workspace.bit(["checkout", "0.0.1", "fresh"]).fails(1).complains("doesn't have any version yet");
    workspace.bit(["checkout", "1.0.0", "theme"]).fails(1).complains("theme doesn't have version 1.0.0");
    workspace.bit(["checkout", "0.0.2", "theme"]).success().says("my-org.ui/theme is already at version 0.0.2");
    workspace.bit(["checkout", "1.0.0", "--all"]).fails(1).complains("doesn't have version 1.0.0");
    workspace.bit(["checkout", "1.0.0"]).fails(2).complains("--all");
    workspace.bit(["checkout", "reset"]).fails(2).complains("--all");
    workspace.bit(["checkout", "theme"]).fails(2).complains("is no version");
    workspace.bit(["checkout"]).fails(2);
    workspace.bit(["checkout", "head", "--force-ours", "--force-theirs"]).fails(2);
    workspace.bit(["checkout", "head", "--manual", "--ours"]).fails(2);
    workspace
        .bit(["checkout", "latest", "--include-new-from-scope"])
        .fails(2)
        .complains("--include-new-from-scope is only relevant when running \"bit checkout head\"");
    assert_eq!(workspace.read(".bitmap"), before);
    // One that its scope lists, and that is not here.
    workspace.saw_catalog("my-org.ui", &[workspace.listed("my-org.ui/theme", &["0.0.1", "0.0.2", "0.0.3"])]);
    workspace.bit(["checkout", "head", "theme"]).fails(1).complains("bit import");
    workspace.bit(["checkout", "0.0.3", "theme"]).fails(1).complains("bit import");
}

#[test]
fn local_changes_come_along() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace
        .write("theme/text.md", "line one\nline two, changed\nline three\nmine\n".replace("three\nm", "three\n\nm"));
    workspace.write("theme/added.js", "mine\n").append("theme/index.js", "// mine\n");
    workspace.bit(["checkout", "0.0.1", "theme"]).success().says("merged text.md");
    assert_eq!(workspace.read("theme/text.md"), format!("{FIRST}\nmine\n"));
    assert_eq!(workspace.read("theme/added.js"), "mine\n");
    assert_eq!(workspace.read("theme/index.js"), "module.exports = 1;\n// mine\n");
    assert!(is_modified(&workspace));
    // The same change on both sides is none.
    workspace.write("theme/text.md", SECOND);
    workspace.bit(["checkout", "0.0.2", "theme"]).success().silent_about("text.md");
    assert_eq!(workspace.read("theme/text.md"), SECOND);
}

#[test]
fn a_conflict_changes_nothing_unless_somebody_says_how() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    let mine = "line one\nline two, mine\nline three\n";
    workspace.write("theme/text.md", mine).write("theme/new/file.js", "mine;\n");
    let before = workspace.listing(&["node_modules", ".git"]);
    let run = workspace.bit(["checkout", "0.0.1", "theme"]);
    assert_snapshot!(run.fails(1), @"
    --- stderr
    error: automatic merge has failed, nothing was changed:
      my-org.ui/theme: new/file.js (changed here, removed there)
      my-org.ui/theme: text.md (both sides changed the same lines)
    hint: say what to do with these files: --manual puts both sides into them with conflict markers, --auto-merge-resolve ours keeps yours, --auto-merge-resolve theirs takes the others
    --- exit 1
    ");
    assert_eq!((workspace.read("theme/text.md"), at(&workspace, "theme")), (mine.into(), "0.0.2".into()));
    assert_eq!(workspace.listing(&["node_modules", ".git"]), before);

    let run = workspace.bit(["checkout", "0.0.1", "theme", "--manual"]);
    run.success().says("conflict text.md").says("conflict new/file.js").complains("2 files with conflicts");
    assert_snapshot!(workspace.read("theme/text.md"), @"
    line one
    <<<<<<< 0.0.1
    line two
    =======
    line two, mine
    >>>>>>> 0.0.2 modified
    line three
    ");
    assert_eq!((workspace.read("theme/new/file.js"), at(&workspace, "theme")), ("mine;\n".into(), "0.0.1".into()));
    workspace.bit(["status", "--json"]).success().says("MergeConflictMarkers");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("MergeConflictMarkers");
}

#[test]
fn a_conflict_is_settled_by_ours_theirs_and_by_force() {
    let mine = "line one\nline two, mine\nline three\n";
    for (flags, text, file) in [
        (&["--auto-merge-resolve", "ours"][..], mine, Some("mine;\n")),
        (&["--ours"], mine, Some("mine;\n")),
        (&["--auto-merge-resolve=theirs"], FIRST, None),
        (&["--theirs"], FIRST, None),
        (&["--force-ours"], mine, Some("mine;\n")),
        (&["--force-theirs"], FIRST, None),
    ] {
        let env = TestEnvironment::new();
        let workspace = two_versions(&env);
        workspace.write("theme/text.md", mine).write("theme/new/file.js", "mine;\n").write("theme/added.js", "1;\n");
        workspace.bit(["checkout", "0.0.1", "theme"].iter().chain(flags)).success();
        assert_eq!((workspace.read("theme/text.md").as_str(), at(&workspace, "theme").as_str()), (text, "0.0.1"));
        let kept = workspace.exists("theme/new/file.js").then(|| workspace.read("theme/new/file.js"));
        assert_eq!(kept.as_deref(), file, "{flags:?}");
        assert_eq!(workspace.exists("theme/added.js"), flags != ["--force-theirs"], "{flags:?}");
        assert_eq!(workspace.exists("theme/old.js"), flags != ["--force-ours"], "{flags:?}");
    }
}

#[test]
fn reset_throws_away_what_changed_in_the_components_named_and_brings_files_back() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.component("other", &[("index.js", "1;\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.append("theme/text.md", "mine\n").remove("theme/index.js").write("theme/added.js", "1;\n");
    workspace.append("other/index.js", "// mine\n");
    workspace.bit(["deprecate", "theme"]).success();
    let run = workspace.bit(["checkout", "reset", "theme"]);
    run.success().says("successfully reset 1 component").says("removed added.js").says("updated index.js");
    assert_eq!(workspace.inside("theme").listing(&[]), ["index.js", "new/file.js", "text.md"]);
    assert_eq!(workspace.read("theme/text.md"), SECOND);
    assert!(!workspace.read(".bitmap").contains("deprecat"));
    assert_eq!(workspace.read("other/index.js"), "1;\n// mine\n");
    // A folder that is gone altogether.
    workspace.remove("theme");
    workspace.bit(["status", "--json"]).success().says("component files were deleted");
    workspace.bit(["checkout", "reset", "--all"]).success().says("successfully reset 2 components");
    assert_eq!(workspace.read("theme/text.md"), SECOND);
    assert!(!is_modified(&workspace));
    workspace.bit(["checkout", "reset", "--all"]).success().says("already at version");
    workspace.remove("theme");
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    assert_eq!(workspace.read("theme/text.md"), FIRST);
}

#[test]
fn what_is_no_file_of_the_component_is_never_written_over() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.write(".gitignore", "old.js\nnode_modules\n").write("theme/old.js", "ignored\n");
    let refused = |workspace: &Folder| {
        workspace.bit(["checkout", "0.0.1", "theme"]).fails(1).complains("theme/old.js is in the way");
        assert_eq!((at(workspace, "theme"), workspace.read("theme/text.md")), ("0.0.2".into(), SECOND.into()));
    };
    refused(&workspace);
    assert_eq!(workspace.read("theme/old.js"), "ignored\n");
    workspace.remove("theme/old.js").write("theme/old.js/inside", "mine\n");
    refused(&workspace);
    workspace.remove("theme/old.js").write("elsewhere.js", "mine\n");
    symlink("../elsewhere.js", workspace.path().join("theme/old.js")).unwrap();
    refused(&workspace);
    assert_eq!(workspace.read("elsewhere.js"), "mine\n");
    // What stands there already as it should be is in nobody's way.
    workspace.remove("theme/old.js").write("theme/old.js", "1;\n");
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
}

#[test]
fn a_file_becomes_a_folder_and_back() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "1;\n"), ("part", "file\n")]);
    workspace.bit(["tag", "-m", "file"]).success();
    workspace.remove("theme/part").write("theme/part/deep/er.txt", "folder\n");
    workspace.bit(["tag", "-m", "folder"]).success();
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    assert_eq!(workspace.read("theme/part"), "file\n");
    workspace.bit(["checkout", "0.0.2", "theme"]).success();
    assert_eq!(workspace.read("theme/part/deep/er.txt"), "folder\n");
    // Somebody's own file in that folder stays, and so does everything else.
    workspace.write(".gitignore", "*.log\nnode_modules\n").write("theme/part/my.log", "mine\n");
    workspace.bit(["checkout", "0.0.1", "theme"]).fails(1).complains("theme/part is in the way");
    assert_eq!((workspace.read("theme/part/my.log"), at(&workspace, "theme")), ("mine\n".into(), "0.0.2".into()));
}

#[test]
fn line_endings_modes_and_bytes_stay_what_they_are() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let executable = |path: &str, bits: u32| {
        let path = workspace.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(bits)).unwrap();
    };
    let mode = |path: &str| workspace.path().join(path).metadata().unwrap().permissions().mode() & 0o111;
    workspace.component("theme", &[("index.js", "1;\n"), ("dos.txt", "a\r\nb\r\nc\r\nd\r\n"), ("run.sh", "one")]);
    workspace.write("theme/picture.png", b"\x89PNG\0one").write("theme/a name 'ö.txt", "one");
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/dos.txt", "A\r\nb\r\nc\r\nd\r\n").write("theme/picture.png", b"\x89PNG\0two\r\n");
    workspace.write("theme/a name 'ö.txt", "two");
    executable("theme/run.sh", 0o755);
    workspace.bit(["tag", "-m", "second"]).success();

    workspace.append("theme/dos.txt", "mine\r\n").append("theme/run.sh", "\nmore");
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    assert_eq!(workspace.read("theme/dos.txt"), "a\r\nb\r\nc\r\nd\r\nmine\r\n");
    assert_eq!((workspace.read("theme/run.sh"), mode("theme/run.sh")), ("one\nmore".into(), 0));
    assert_eq!(workspace.read_bytes("theme/picture.png"), b"\x89PNG\0one");
    assert_eq!(workspace.read("theme/a name 'ö.txt"), "one");
    workspace.bit(["checkout", "reset", "theme"]).success();
    assert_eq!(workspace.read("theme/dos.txt"), "a\r\nb\r\nc\r\nd\r\n");
    workspace.bit(["checkout", "head", "theme"]).success();
    assert_eq!(mode("theme/run.sh"), 0o111);
    assert_eq!(workspace.read_bytes("theme/picture.png"), b"\x89PNG\0two\r\n");

    // Of a picture both stay, and no tag goes over that.
    workspace.write("theme/picture.png", b"\x89PNG\0mine");
    workspace.bit(["checkout", "0.0.1", "theme"]).fails(1).complains("picture.png (both sides changed it");
    workspace.bit(["checkout", "0.0.1", "theme", "--manual"]).success().says("conflict picture.png");
    assert_eq!(workspace.read_bytes("theme/picture.png"), b"\x89PNG\0mine");
    assert_eq!(workspace.read_bytes("theme/picture.png.theirs"), b"\x89PNG\0one");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("MergeConflictMarkers").complains("picture.png.theirs");
    workspace.remove("theme/picture.png.theirs");
    workspace.bit(["tag", "-m", "x", "--ignore-newest-version", "--ver", "0.0.2-mine.0"]).success();
    workspace.fsck();
}

#[test]
fn the_main_file_and_the_links_follow() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "module.exports = 'old';\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.remove("theme/index.js").write("theme/index.ts", "export default 'new';\n");
    workspace.bit(["add", "theme", "--main", "index.ts"]).success();
    workspace.bit(["tag", "-m", "second"]).success();
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    assert!(workspace.read(".bitmap").contains("\"mainFile\": \"index.js\""));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.theme')"]).line(), "old");
    assert!(!is_modified(&workspace));
}

#[test]
fn a_folder_that_is_a_symbolic_link_is_not_gone_through() {
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.program("mv").args(["theme", "real"]).run().success();
    symlink("real", workspace.path().join("theme")).unwrap();
    let before = workspace.inside("real").listing(&[]);
    for words in [&["checkout", "0.0.1", "theme"][..], &["checkout", "reset", "theme"]] {
        workspace.bit(words).fails(1).complains("theme");
        assert_eq!(workspace.inside("real").listing(&[]), before);
        assert_eq!(workspace.read("real/text.md"), SECOND);
    }
}

/// All of the checkout, or nothing of it; and the same command again ends where an undisturbed one does.
fn is_all_or_nothing(workspace: &Folder) {
    let (old, new) = (["index.js", "new/file.js", "text.md"], ["index.js", "old.js", "text.md"]);
    let run = workspace.bit(["status"]);
    run.success();
    let is_old = at(workspace, "theme") == "0.0.2";
    assert_eq!(workspace.inside("theme").listing(&[]), if is_old { old } else { new }, "{run}");
    assert_eq!(workspace.read("theme/text.md"), if is_old { SECOND } else { FIRST }, "{run}");
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    assert_eq!(
        (workspace.inside("theme").listing(&[]), at(workspace, "theme")),
        (new.map(String::from).to_vec(), "0.0.1".into())
    );
    assert_eq!(workspace.read("theme/text.md"), FIRST);
    assert_eq!(workspace.read("theme/index.js"), "module.exports = 1;\n// mine\n");
    workspace.fsck();
}

#[test]
fn a_checkout_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.append("theme/index.js", "// mine\n");
    faults::kill_everywhere(&workspace, &["checkout", "0.0.1", "theme"], |workspace, _| is_all_or_nothing(workspace));
}

#[test]
fn a_checkout_survives_a_disk_that_fails() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.append("theme/index.js", "// mine\n");
    let command = ["checkout", "0.0.1", "theme"];
    let calls = ["rename", "renameat", "renameat2", "mkdir", "fsync", "unlink", "unlinkat"];
    for fault in [Fault::Error("ENOSPC"), Fault::ErrorFromHere("EIO")] {
        faults::fail_everywhere(fault, &calls, &workspace, &command, |workspace, _| is_all_or_nothing(workspace));
    }
}

/// Up to a kill that comes after the plan was written, and before the last file.
fn kill_in_the_middle(workspace: &Folder) {
    let journal = |workspace: &Folder| workspace.local_scope().join("bit/journal.json").exists();
    for number in 1.. {
        let preserved = Preserved::new(workspace);
        faults::killed_at(workspace, &["checkout", "0.0.1", "theme"], "rename,renameat,renameat2", number);
        if journal(workspace) && workspace.exists("theme/old.js") {
            return;
        }
        preserved.restore();
        assert!(number < 50, "no such moment");
    }
}

#[test]
fn an_edit_after_a_kill_is_joined_with_the_change_it_would_have_missed() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    let preserved = Preserved::new(&workspace);
    for (edited, joined) in [
        // Made in the file as it was before, and in the file as it was to become.
        (format!("{SECOND}\nmine\n"), format!("{FIRST}\nmine\n")),
        (format!("{FIRST}\nmine\n"), format!("{FIRST}\nmine\n")),
    ] {
        kill_in_the_middle(&workspace);
        workspace.write("theme/text.md", edited);
        workspace.bit(["status"]).success().complains("theme/text.md was changed since; your change and what");
        assert_eq!((workspace.read("theme/text.md"), at(&workspace, "theme")), (joined, "0.0.1".into()));
        workspace.bit(["status"]).success().silent_about("changed since");
        preserved.restore();
    }
    // On another git branch the component is another one: what was stopped is not put into its files.
    kill_in_the_middle(&workspace);
    let bitmap = workspace.read(".bitmap").replace("\"rootDir\": \"theme\"", "\"rootDir\": \"theme\", \"x\": 1");
    workspace.write(".bitmap", bitmap).write("theme/text.md", format!("{SECOND}\nmine\n"));
    workspace
        .bit(["status"])
        .success()
        .complains("record of")
        .complains("theme/text.md was changed since; it was left");
    assert_eq!(workspace.read("theme/text.md"), format!("{SECOND}\nmine\n"));
}

#[test]
fn a_checkout_that_was_finished_by_the_same_command_links_too() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    workspace.bit(["link"]).success();
    let linked = "node_modules/@my-org/ui.theme/package.json";
    assert!(workspace.read(linked).contains("0.0.2"));
    kill_in_the_middle(&workspace);
    workspace.bit(["checkout", "0.0.1", "theme"]).complains("it is finished now");
    assert!(workspace.read(linked).contains("0.0.1"), "{}", workspace.read(linked));
}

#[test]
fn a_file_that_was_edited_after_a_kill_is_left_alone_and_named() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = two_versions(&env);
    kill_in_the_middle(&workspace);
    assert_eq!(workspace.read("theme/text.md"), SECOND);
    workspace.write("theme/text.md", "mine, in between\n");
    workspace
        .bit(["status"])
        .success()
        .complains("a \"bit checkout\" had been stopped half-way")
        .complains("theme/text.md was changed since; it was left as it is, and may lack");
    assert_eq!(
        (workspace.read("theme/text.md"), at(&workspace, "theme")),
        ("mine, in between\n".into(), "0.0.1".into())
    );
}

#[test]
fn what_an_older_version_needs_and_nobody_has_here_is_named() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.write("button/index.js", "module.exports = 'button';\n");
    author.bit(["tag", "-m", "alone"]).success();
    author.bit(["export"]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/button"]).success();
    let run = shop.bit(["checkout", "0.0.1", "button"]);
    run.success().complains("my-org.ui/theme@0.0.1 is not here, and my-org.ui/button@0.0.1 needs it");
    shop.bit(["link"]).complains("bit import --objects my-org.ui/theme@0.0.1");
    shop.bit(["doctor"]).says("error my-org.ui/theme@0.0.1");
    shop.bit(["import", "--objects", "my-org.ui/theme@0.0.1"]).success();
    assert_eq!(shop.node(["-p", "require('@my-org/ui.button')"]).line(), "blue button");
    shop.bit(["status"]).success().silent_about("MissingPackage");
}
