//! `.bitmap`, the local scope, the catalog as it was last seen and the scope itself may each be ahead of the others:
//! another branch was checked out, a folder was deleted, a teammate was faster. Nothing staged is dropped, and the
//! everyday commands find the way back.

use crate::common::{Folder, TestEnvironment};
use crate::import::{publish, published, scope, workspace};
use serde_json::{Value, json};
use std::fs;

fn status(workspace: &Folder, list: &str) -> Value {
    workspace.bit(["status", "--json"]).success().json()[list].clone()
}

fn staged(workspace: &Folder) -> Value {
    status(workspace, "stagedComponents")
}

#[track_caller]
fn is_clean(workspace: &Folder) {
    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["doctor"]).success();
    workspace.fsck();
}

/// One component, tracked and never tagged; its .bitmap.
fn tracked<'e>(env: &'e TestEnvironment, name: &str) -> (Folder<'e>, String) {
    scope(env, "my-org.ui");
    let workspace = workspace(env, name, &["my-org.ui"]);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    let bitmap = workspace.read(".bitmap");
    (workspace, bitmap)
}

#[test]
fn a_record_behind_staged_versions() {
    let env = TestEnvironment::new();
    let (workspace, untagged) = tracked(&env, "ws");
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.write(".bitmap", untagged);
    assert_eq!(staged(&workspace), json!([{"id": "my-org.ui/theme", "versions": ["0.0.1"]}]));
    workspace.bit(["tag", "-m", "two"]).success().says("theme@0.0.2 (from 0.0.1)");
    workspace.bit(["export"]).success().says("theme@0.0.1").says("theme@0.0.2");
    is_clean(&workspace);
}

#[test]
fn a_record_behind_what_was_exported() {
    let env = TestEnvironment::new();
    let (workspace, untagged) = tracked(&env, "ws");
    workspace.bit(["tag", "-m", "one"]).success();
    let first = workspace.read(".bitmap");
    workspace.append("theme/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
    // Of the branch before the first tag, and of the one between both.
    for (bitmap, next) in [(untagged, "theme@0.0.3 (from 0.0.2)"), (first, "theme@0.0.4 (from 0.0.3)")] {
        workspace.write(".bitmap", bitmap);
        workspace.bit(["import", "theme"]).success();
        workspace.append("theme/index.js", &format!("// {next}\n"));
        workspace.bit(["tag", "-m", "more"]).success().says(next);
        workspace.bit(["export"]).success();
        is_clean(&workspace);
    }
}

#[test]
fn a_record_ahead_of_the_local_scope() {
    let env = TestEnvironment::new();
    let author = published(&env);
    // A teammate's clone: .bitmap came by git, versions did not.
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    for folder in ["theme", "button"] {
        mate.program("cp").args(["-r", &format!("../author/{folder}"), folder]).run().success();
    }
    mate.write(".bitmap", author.read(".bitmap"));
    let pending = json!(["my-org.ui/button@0.0.1", "my-org.ui/theme@0.0.1"]);
    assert_eq!(status(&mate, "importPendingComponents"), pending);
    mate.bit(["tag", "-m", "x"]).fails(1).complains("bit import");
    mate.bit(["import"]).success();
    is_clean(&mate);

    // What was tagged and never exported can only come from where it is.
    author.append("theme/index.js", "// staged\n").bit(["tag", "theme", "-m", "x"]).success();
    mate.write(".bitmap", author.read(".bitmap"));
    mate.write("theme/index.js", author.read("theme/index.js"));
    assert_eq!(status(&mate, "importPendingComponents"), json!(["my-org.ui/button@0.0.2", "my-org.ui/theme@0.0.2"]));
    mate.bit(["import"]).fails(1).complains("my-org.ui/theme@0.0.2").complains("nobody exported it yet");
    mate.bit(["tag", "theme", "-m", "x"]).fails(1);
    author.bit(["export"]).success();
    mate.bit(["import"]).success();
    is_clean(&mate);
}

#[test]
fn another_branch_of_the_team_s_git() {
    let env = TestEnvironment::new();
    let (workspace, _) = tracked(&env, "ws");
    workspace.write(".gitignore", "node_modules\n");
    let commit = |message: &str| {
        workspace.git(["add", "--all"]).success();
        workspace.git(["commit", "--quiet", "-m", message]).success();
    };
    commit("start");
    let main = workspace.git(["symbolic-ref", "--short", "HEAD"]).line().to_owned();
    workspace.git(["checkout", "--quiet", "-b", "feature"]).success();
    workspace.component("icon", &[("index.js", "module.exports = 'i';\n")]);
    workspace.bit(["tag", "-m", "of the feature"]).success();
    commit("feature");
    workspace.git(["checkout", "--quiet", &main]).success();
    // The branch does not know the versions; they stay staged, and this one's are published beside them.
    assert!(!workspace.exists("icon"));
    assert_eq!(status(&workspace, "stagedNotInWorkspace"), json!(["my-org.ui/icon@0.0.1"]));
    workspace.bit(["doctor", "--fix"]);
    workspace.bit(["import"]).success();
    assert_eq!(workspace.versions(), ["my-org.ui/icon@0.0.1", "my-org.ui/theme@0.0.1"]);
    workspace.git(["checkout", "--quiet", "--force", "feature"]).success();
    workspace.bit(["export"]).success().says("icon@0.0.1").says("theme@0.0.1");
    commit("exported");
    is_clean(&workspace);
}

#[test]
fn a_local_scope_that_was_deleted() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.append("theme/index.js", "// staged\n").bit(["tag", "theme", "-m", "x"]).success();
    fs::remove_dir_all(author.local_scope()).unwrap();
    author.bit(["status"]).success().complains("warning").says("my-org.ui/theme@0.0.2");
    author.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    // What was exported comes back; what was only here is named, with who needs it, and its files are as they were.
    author.bit(["import"]).fails(1).complains("my-org.ui/theme@0.0.2");
    assert!(author.versions().contains(&"my-org.ui/button@0.0.1".to_owned()));
    assert!(author.read("theme/index.js").ends_with("// staged\n"));
    // The folder goes on from the version that the scope has.
    author.bit(["import", "my-org.ui/*", "--track-only"]).success();
    author.bit(["tag", "theme", "-m", "again"]).success().says("theme@0.0.2 (from 0.0.1)");
    author.bit(["export"]).success();
    is_clean(&author);
}

#[test]
fn a_scope_that_was_made_anew_and_is_empty() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.append("theme/index.js", "// staged\n").bit(["tag", "theme", "-m", "x"]).success();
    env.folder(".").remove("my-org.ui");
    scope(&env, "my-org.ui");
    let before = (author.refs(), author.read(".bitmap"));
    for command in [&["import"][..], &["fetch"], &["export"]] {
        author.bit(command).fails(1).complains("my-org.ui");
        assert_eq!((author.refs(), author.read(".bitmap")), before, "{command:?}");
    }
    author.bit(["export", "--all-versions"]).success().says("button@0.0.1").says("theme@0.0.1").says("theme@0.0.2");
    is_clean(&author);
}

#[test]
fn a_catalog_that_is_behind_the_scope() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    publish(&author, "theme", "// two\n");
    // Nobody looks at the scope before the tag: the export does, and nothing is lost.
    shop.append("ui/theme/index.js", "// mine\n").bit(["tag", "-m", "mine"]).success();
    let mine = shop.commit_of("my-org.ui/theme@0.0.2");
    shop.bit(["export"]).fails(1).complains("bit merge");
    assert_eq!(shop.commit_of("my-org.ui/theme@0.0.2"), mine);
    shop.bit(["merge", "--ours"]).success();
    shop.bit(["tag", "-m", "both"]).success();
    shop.bit(["export"]).success();
    is_clean(&shop);
}
