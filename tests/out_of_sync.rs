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

/// `ann` publishes 0.0.1 and 0.0.2 of a component and stages 0.0.3; `bob` publishes another 0.0.3. Ann's git has it all,
/// and her clone of it has no local scope.
fn lost(env: &TestEnvironment) -> Folder<'_> {
    let ann = published(env);
    publish(&ann, "theme", "// two\n");
    let bob = workspace(env, "bob", &["my-org.ui"]);
    bob.bit(["import", "my-org.ui/theme"]).success();
    ann.append("theme/index.js", "\n\n\n// of ann\n")
        .bit(["tag", "theme", "-m", "of ann", "--skip-auto-tag"])
        .success();
    bob.write("ui/theme/index.js", "// of bob\n\n\n\n".to_owned() + &bob.read("ui/theme/index.js"));
    bob.bit(["tag", "-m", "of bob"]).success();
    bob.bit(["export"]).success();
    clone(env, &ann, "clone")
}

/// What the team's git has, in another clone that knows where the scope is.
fn clone<'e>(env: &'e TestEnvironment, of: &Folder, name: &str) -> Folder<'e> {
    of.write(".gitignore", "node_modules\n");
    of.git(["add", "--all"]).success();
    of.git(["commit", "--quiet", "--allow-empty", "-m", name]).success();
    env.folder(".").git(["clone", "--quiet", of.path().to_str().unwrap(), name]).success();
    let clone = env.folder(name);
    clone.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    clone
}

#[test]
fn a_lost_version_whose_number_somebody_else_took_undoes_nothing_of_theirs() {
    let env = TestEnvironment::new();
    let clone = lost(&env);
    let mine = clone.read("theme/index.js");
    let told = clone.bit(["import"]);
    told.fails(1).complains("my-org.ui/theme@0.0.3").complains("made from 0.0.2").silent_about("--accept-moved");
    told.complains("bit reset my-org.ui/theme");
    // All else is here.
    assert!(clone.versions().contains(&"my-org.ui/button@0.0.1".to_owned()));
    // Nothing says of the files that they are what somebody else made.
    let bitmap = clone.read(".bitmap");
    clone.bit(["import", "theme", "--track-only"]).fails(1).complains("bit reset my-org.ui/theme");
    clone.bit(["checkout", "head", "theme"]).fails(1).complains("bit reset my-org.ui/theme");
    clone.bit(["diff", "theme"]).fails(1).complains("bit reset my-org.ui/theme");
    clone.bit(["doctor"]).says("bit reset my-org.ui/theme");
    assert_eq!((clone.read(".bitmap"), clone.read("theme/index.js")), (bitmap, mine.clone()));
    clone.bit(["reset", "my-org.ui/theme"]).success().says("theme: 0.0.3 (now at 0.0.2)");
    assert_eq!(clone.read("theme/index.js"), mine);
    clone.bit(["tag", "-m", "x"]).fails(1).complains("bit checkout head theme");
    clone.bit(["checkout", "head", "theme"]).success();
    let both = clone.read("theme/index.js");
    assert!(both.starts_with("// of bob\n") && both.ends_with("// of ann\n"), "{both}");
    clone.bit(["tag", "-m", "both"]).success().says("theme@0.0.4 (from 0.0.3)");
    clone.bit(["export"]).success();
    clone.bit(["import"]).success();
    is_clean(&clone);
}

#[test]
fn local_changes_of_a_lost_version_are_joined_from_what_it_was_made_from() {
    let env = TestEnvironment::new();
    let clone = lost(&env);
    clone.bit(["import"]).fails(1);
    clone.bit(["import", "theme"]).fails(1).complains("--merge");
    clone.bit(["import", "theme", "--merge"]).success().says("joined with local changes");
    let both = clone.read("theme/index.js");
    assert!(both.starts_with("// of bob\n") && both.ends_with("// of ann\n"), "{both}");
    clone.bit(["tag", "-m", "both"]).success().says("theme@0.0.4 (from 0.0.3)");
    clone.bit(["export"]).success();
    is_clean(&clone);
}

#[test]
fn a_component_that_was_never_exported_is_new_again_where_its_version_is_lost() {
    let env = TestEnvironment::new();
    let (ann, _) = tracked(&env, "ann");
    ann.bit(["tag", "-m", "one"]).success();
    let clone = clone(&env, &ann, "clone");
    clone.bit(["tag", "-m", "x"]).fails(1).complains("bit reset");
    clone.bit(["reset", "theme"]).success().says("theme: 0.0.1 (new again)");
    clone.bit(["tag", "-m", "x"]).success().says("theme@0.0.1");
    // Where the record does not say what the files were made from, nobody guesses.
    clone.bit(["export"]).success();
    let record = clone.read(".bitmap").replace("\"version\": \"0.0.1\"", "\"version\": \"0.0.9\"");
    clone.write(".bitmap", record);
    clone.bit(["reset", "theme"]).fails(1).complains("bit import my-org.ui/theme@<version> --track-only");
    clone.bit(["import", "my-org.ui/theme@0.0.1", "--track-only"]).success();
    is_clean(&clone);
}

#[test]
fn a_merge_is_finished_in_another_clone_or_forgotten_there() {
    let env = TestEnvironment::new();
    let ann = published(&env);
    let bob = workspace(&env, "bob", &["my-org.ui"]);
    bob.bit(["import", "my-org.ui/theme"]).success();
    bob.write("ui/theme/index.js", "// of bob\n\n\n\n".to_owned() + &bob.read("ui/theme/index.js"));
    bob.bit(["tag", "-m", "of bob", "--minor"]).success();
    bob.bit(["export"]).success();
    ann.append("theme/index.js", "\n\n\n// of ann\n").bit(["tag", "theme", "-m", "x", "--skip-auto-tag"]).success();
    ann.bit(["fetch"]).success();
    ann.bit(["merge"]).success();
    let merged = ann.read("theme/index.js");
    let here = clone(&env, &ann, "here");
    // What was staged by whoever merged is not in this clone; its files are, and the merge is.
    here.bit(["import"]).fails(1).complains("theme@0.0.2").complains("bit reset my-org.ui/theme");
    here.bit(["tag", "-m", "both"]).fails(1).complains("bit reset my-org.ui/theme");
    here.bit(["checkout", "head"]).fails(1).complains("bit merge --abort");
    here.bit(["merge", "--abort"]).fails(1).complains("bit merge --abort --force");
    let forgetful = clone(&env, &ann, "forgetful");
    forgetful.bit(["import"]).fails(1);
    forgetful.bit(["merge", "--abort", "--force"]).success().says("the merge is forgotten, the files stay");
    assert_eq!(forgetful.read("theme/index.js"), merged);
    forgetful.bit(["reset", "my-org.ui/theme"]).success().says("now at 0.0.1");
    forgetful.bit(["checkout", "head", "theme"]).success();
    assert_eq!(forgetful.read("theme/index.js"), merged);

    here.bit(["reset", "my-org.ui/theme"]).success().says("now at 0.0.1, in the middle of the merge");
    assert_eq!(here.read("theme/index.js"), merged);
    here.bit(["tag", "-m", "both"]).success().says("theme@0.1.1");
    here.bit(["export"]).success();
    is_clean(&here);
    // Whoever had merged goes on from there.
    ann.bit(["fetch"]).success();
    ann.bit(["tag", "theme", "-m", "mine", "--minor", "--skip-auto-tag"]).success();
    ann.bit(["export"]).fails(1).complains("bit merge");
    ann.bit(["merge"]).success();
    assert_eq!(ann.read("theme/index.js"), merged);
}

/// The record was committed before anybody exported the versions. Once somebody has, the clone gets them, and says of them
/// what theirs does.
#[test]
fn what_was_never_exported_when_the_record_was_written_comes_once_it_is() {
    let env = TestEnvironment::new();
    env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
    let ann = env.git_workspace_at("ann", "my-org.ui");
    ann.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    ann.components(&[
        ("theme", &[("index.js", "module.exports = 1;\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    ann.bit(["tag", "-m", "one"]).success();
    let clone = clone(&env, &ann, "clone");
    let untold = env.folder("untold");
    env.folder(".").git(["clone", "--quiet", "ann", "untold"]).success();
    let told = untold.bit(["import"]);
    told.fails(1).complains("my-org.ui/theme@0.0.1").complains("nobody has said where my-org.ui is");
    // As long as nobody has: all of it is named, and nothing is said that is not so.
    for _ in 0..2 {
        let told = clone.bit(["import"]);
        told.fails(1).complains("my-org.ui/theme@0.0.1").complains("my-org.ui/button@0.0.1");
        told.complains("nobody exported it yet").silent_about("nothing to import");
        let missing = clone.bit(["import", "--json"]).fails(1).json()["missing"].clone();
        assert_eq!(missing.as_array().map(Vec::len), Some(2), "{missing}");
        clone.bit(["fetch"]).success().says("my-org.ui nothing new");
        clone.bit(["doctor"]).says("once somebody has exported it, bit import brings it");
    }
    ann.bit(["export"]).success();
    clone.bit(["fetch"]).success().says("2 new versions");
    clone.bit(["doctor"]).says("→ bit import\n").silent_about("not exported");
    let brought = clone.bit(["import"]);
    brought.success().says("successfully imported 2 components").says("exported by somebody since: my-org.ui/button");
    assert_eq!(clone.read(".bitmap"), ann.read(".bitmap"));
    is_clean(&clone);
    clone.bit(["import"]).success().says("nothing new").silent_about("exported by somebody");
    // Beside components that were exported before, one that goes on and one that is new.
    ann.append("theme/index.js", "// two\n").component("menu", &[("index.js", "module.exports = 3;\n")]);
    ann.bit(["tag", "-m", "two"]).success();
    let later = self::clone(&env, &ann, "later");
    let told = later.bit(["import"]);
    told.fails(1)
        .complains("my-org.ui/menu@0.0.1")
        .complains("my-org.ui/theme@0.0.2: tagged elsewhere or lost, made from 0.0.1");
    // What else there is, comes.
    assert!(later.versions().contains(&"my-org.ui/theme@0.0.1".to_owned()));
    ann.bit(["export"]).success();
    later.bit(["import"]).success().says("exported by somebody since: my-org.ui/menu");
    assert_eq!(later.read(".bitmap"), ann.read(".bitmap"));
    is_clean(&later);
}

/// The scope has another version of that number: nothing says of these files that they are what it has.
#[test]
fn what_was_never_exported_is_not_taken_for_somebody_elses() {
    let env = TestEnvironment::new();
    let (ann, _) = tracked(&env, "ann");
    ann.bit(["tag", "-m", "one"]).success();
    let clone = clone(&env, &ann, "clone");
    let bob = env.git_workspace_at("bob", "my-org.ui");
    bob.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    bob.component("theme", &[("index.js", "// of bob\n")]);
    bob.bit(["tag", "-m", "of bob"]).success();
    bob.bit(["export"]).success();
    let before = clone.read(".bitmap");
    // The other one is none of these files.
    for _ in 0..2 {
        let told = clone.bit(["import"]);
        told.fails(1).complains("theme@0.0.1").complains("its scope has another one of that number");
        assert_eq!(clone.read(".bitmap"), before);
        clone.bit(["status"]).success().says("import pending");
    }
    // One that does not answer says nothing of it.
    fs::rename(env.root().join("my-org.ui"), env.root().join("elsewhere")).unwrap();
    clone.bit(["import"]).fails(1).complains("nothing came from these scopes").silent_about("nobody exported");
    fs::rename(env.root().join("elsewhere"), env.root().join("my-org.ui")).unwrap();
    clone.bit(["reset", "theme"]).fails(1).complains("--track-only");
    clone.bit(["import", "my-org.ui/theme@0.0.1", "--track-only", "--accept-moved", "my-org.ui/theme"]).success();
    assert_eq!(status(&clone, "modifiedComponents"), json!(["my-org.ui/theme"]));
    assert_eq!(clone.read("theme/index.js"), "module.exports = 1;\n");
}
