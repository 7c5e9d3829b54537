//! A scope that was lost and made anew, or put back from a backup: what it had listed is settled, whoever brings it back,
//! and what nobody has brought back is not forgotten.

use crate::common::{Folder, TestEnvironment};
use crate::export::{is_whole, tags};
use crate::import::{publish, published, scope, workspace};
use serde_json::json;

/// The scope of this name is lost; an empty one is in its place.
fn made_anew<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    std::fs::remove_dir_all(env.folder(name).path()).unwrap();
    env.later(60);
    scope(env, name)
}

/// How commit ids are shown.
fn short(workspace: &Folder, id: &str) -> String {
    workspace.commit_of(id)[..9].to_owned()
}

/// A teammate of `author`, at the first versions of both components.
fn teammate<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    let mate = workspace(env, name, &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/theme", "my-org.ui/button"]).success();
    mate
}

struct TwoSides<'e> {
    author: Folder<'e>,
    mate: Folder<'e>,
    /// The scope, which has lost what the author published.
    anew: Folder<'e>,
}

/// Two people make versions of `button`; only one of them is published, and then the scope is lost.
fn two_sides<'e>(env: &'e TestEnvironment, number: &[&str]) -> TwoSides<'e> {
    let author = published(env);
    let mate = teammate(env, "mate");
    publish(&author, "button", "// theirs\n");
    mate.append("ui/button/index.js", "// mine\n");
    mate.bit(["tag", "button", "-m", "mine"].iter().chain(number)).success();
    mate.bit(["fetch"]).success().says("diverged");
    TwoSides { author, mate, anew: made_anew(env, "my-org.ui") }
}

#[track_caller]
fn is_clean(workspace: &Folder) {
    workspace.bit(["fetch"]).success();
    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    workspace.bit(["verify"]).success();
    workspace.fsck();
}

#[test]
fn a_number_that_was_given_before_the_scope_was_lost_is_not_given_again() {
    let env = TestEnvironment::new();
    let TwoSides { author, mate, anew } = two_sides(&env, &[]);
    let before = (anew.refs(), mate.refs());
    for dry_run in [&["--dry-run"][..], &[]] {
        let run = mate.bit(["export", "--all-versions"].iter().chain(dry_run));
        let both = [&author, &mate].map(|workspace| short(workspace, "my-org.ui/button@0.0.2"));
        run.fails(1).complains("my-org.ui/button@0.0.2: the scope had listed another 0.0.2 before it lost that");
        run.complains(&format!("({}; yours is {})", both[0], both[1]))
            .complains("bit fetch --accept-replaced my-org.ui");
        assert_eq!((anew.refs(), mate.refs()), before);
    }
    // What it says does it: the other one comes home, and both are joined.
    author.bit(["export", "--all-versions"]).success().says("my-org.ui/button@0.0.2");
    mate.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    mate.bit(["merge", "--ours"]).success();
    mate.bit(["tag", "-m", "both"]).success();
    mate.bit(["export"]).success().says("my-org.ui/button@0.0.3");
    is_clean(&mate);
    author.bit(["fetch"]).success();
    author.bit(["verify", "my-org.ui"]).success();
    is_whole(&anew);
}

#[test]
fn what_does_not_go_on_from_what_a_lost_scope_had_is_refused() {
    let env = TestEnvironment::new();
    let TwoSides { mate, anew, .. } = two_sides(&env, &["--ver", "0.1.0"]);
    let run = mate.bit(["export", "--all-versions"]);
    run.fails(1).complains("my-org.ui/button@0.1.0: the scope had gone on to 0.0.2 before it lost that");
    assert!(tags(&anew).is_empty());
}

#[test]
fn what_was_made_after_a_backup_and_by_others_instead_is_joined_as_the_refusal_says() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let scope = env.folder("my-org.ui");
    let mate = teammate(&env, "mate");
    let backup = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    publish(&author, "button", "// lost\n");
    scope.git(["update-ref", "HEAD", &backup]).success();
    scope.git(["tag", "-d", "button@0.0.2"]).success();
    mate.append("ui/button/index.js", "// instead\n");
    mate.bit(["tag", "button", "-m", "instead"]).success();
    mate.bit(["export"]).success();
    let before = (scope.refs(), author.refs());
    let run = author.bit(["export", "--all-versions"]);
    run.fails(1).complains("my-org.ui/button@0.0.2: the scope has another 0.0.2 already");
    let both = [&mate, &author].map(|workspace| short(workspace, "my-org.ui/button@0.0.2"));
    run.complains(&format!("({}; yours is {})", both[0], both[1]));
    run.complains("take it as it is now (bit fetch --accept-replaced my-org.ui); then join both sides (bit merge)");
    assert_eq!((scope.refs(), author.refs()), before);
    author.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    author.bit(["merge", "--ours"]).success();
    author.bit(["tag", "-m", "both"]).success();
    author.bit(["export"]).success().says("my-org.ui/button@0.0.3");
    is_clean(&author);
    is_whole(&scope);
}

#[test]
fn what_nobody_could_bring_back_is_named_and_stays_known() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/theme"]).success();
    let anew = made_anew(&env, "my-org.ui");
    mate.append("ui/theme/index.js", "// mine\n");
    mate.bit(["tag", "-m", "mine"]).success();
    let before = (anew.refs(), mate.refs());
    let run = mate.bit(["export", "--all-versions", "--dry-run"]);
    run.fails(1).complains("my-org.ui/button@0.0.1: the scope has lost it, and it is not here");
    assert_eq!((anew.refs(), mate.refs()), before);
    let run = mate.bit(["export", "--all-versions", "--json"]);
    run.fails(1).complains("whoever has them runs \"bit export --all-versions\" too");
    assert_eq!(run.json()["scopes"][0]["versions"], json!(["my-org.ui/theme@0.0.1", "my-org.ui/theme@0.0.2"]));
    assert_eq!(run.json()["notExported"][0]["id"], "my-org.ui/button@0.0.1");
    is_whole(&anew);
    // What was published is not staged, what is lost is known to everything that asks for it.
    mate.bit(["status"]).success().says("the workspace is clean");
    mate.bit(["reset", "--all"]).success().says("nothing to reset");
    mate.bit(["list", "my-org.ui", "--cached"]).success().says("button");
    mate.bit(["fetch"]).fails(1).complains("my-org.ui/button@0.0.1").complains("bit export --all-versions");
    mate.bit(["export"]).success().complains("my-org.ui/button@0.0.1");
    mate.bit(["verify", "my-org.ui"]).fails_quietly(3).says("my-org.ui/button@0.0.1").silent_about("does not go on");
    mate.append("ui/theme/index.js", "// more\n");
    mate.bit(["tag", "-m", "more"]).success();
    mate.bit(["export"]).fails(1).complains("my-org.ui/button@0.0.1");
    let run = mate.bit(["export", "--all-versions"]);
    run.fails(1).says("my-org.ui/theme@0.0.3").complains("my-org.ui/button@0.0.1");
    let noted = mate.refs();
    mate.bit(["export", "--all-versions"]).fails(1).says("nothing to export").complains("my-org.ui/button@0.0.1");
    assert_eq!(mate.refs(), noted);
    // Whoever has it brings it back: then nothing has to be accepted here.
    author.bit(["export", "--all-versions"]).success().says("my-org.ui/button@0.0.1").silent_about("theme@0.0.1");
    is_clean(&mate);
    author.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    is_whole(&anew);
}

#[test]
fn what_nobody_has_any_more_can_be_given_up() {
    let env = TestEnvironment::new();
    published(&env);
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/theme"]).success();
    let anew = made_anew(&env, "my-org.ui");
    mate.bit(["export", "--all-versions"]).fails(1).complains("bit fetch --accept-replaced my-org.ui");
    let run = mate.bit(["fetch", "--accept-replaced", "my-org.ui"]);
    run.success().says("my-org.ui/button@0.0.1 (not listed any more)");
    is_clean(&mate);
    mate.append("ui/theme/index.js", "// more\n");
    mate.bit(["tag", "-m", "more"]).success();
    mate.bit(["export"]).success().says("my-org.ui/theme@0.0.2");
    is_whole(&anew);
}

#[test]
fn an_own_version_in_the_way_is_taken_back_and_the_rest_comes_home() {
    let env = TestEnvironment::new();
    let TwoSides { author, mate, anew } = two_sides(&env, &[]);
    mate.bit(["export", "--all-versions"]).fails(1).complains("bit reset");
    mate.bit(["reset", "button"]).success();
    let run = mate.bit(["export", "--all-versions"]);
    run.fails(1).says("my-org.ui/button@0.0.1").complains("my-org.ui/button@0.0.2: the scope has lost it");
    author.bit(["export", "--all-versions"]).success().says("my-org.ui/button@0.0.2");
    mate.bit(["import"]).success();
    mate.bit(["checkout", "head", "--auto-merge-resolve", "ours"]).success();
    mate.bit(["tag", "-m", "mine"]).success().says("button@0.0.3");
    mate.bit(["export"]).success();
    is_clean(&mate);
    is_whole(&anew);
}

#[test]
fn where_some_components_are_named_the_others_stay_known() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let anew = made_anew(&env, "my-org.ui");
    let run = author.bit(["export", "theme", "--all-versions"]);
    run.success().says("my-org.ui/theme@0.0.1").complains("my-org.ui has lost more than that: my-org.ui/button@0.0.1");
    author.bit(["fetch"]).fails(1).complains("my-org.ui/button@0.0.1");
    author.bit(["export", "--all-versions"]).success().says("my-org.ui/button@0.0.1");
    is_clean(&author);
    is_whole(&anew);
}

#[test]
fn what_others_put_in_the_place_of_what_was_lost_is_named() {
    let env = TestEnvironment::new();
    published(&env);
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/theme"]).success();
    made_anew(&env, "my-org.ui");
    let other = workspace(&env, "other", &["my-org.ui"]);
    other.component("button", &[("index.js", "module.exports = 'another';\n")]);
    other.bit(["tag", "-m", "another"]).success();
    other.bit(["export"]).success();
    let run = mate.bit(["export", "--all-versions"]);
    run.fails(1).says("my-org.ui/theme@0.0.1").complains("my-org.ui/button@0.0.1: it was ");
    run.complains(&format!("and the scope lists {} now", short(&other, "my-org.ui/button@0.0.1")));
    mate.bit(["fetch"]).fails(1).complains("my-org.ui/button@0.0.1 was ");
}

#[test]
fn what_was_said_after_a_backup_is_said_again_of_what_nobody_has_touched() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let scope = env.folder("my-org.ui");
    for name in ["old", "dep", "other"] {
        author.component(name, &[("index.js", "exports.x = 1;\n")]);
    }
    author.bit(["tag", "-m", "more"]).success();
    author.bit(["export"]).success();
    let backup = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/other", "my-org.ui/theme"]).success();
    // One of them is not even in the workspace of who says it again.
    let watcher = workspace(&env, "watcher", &["my-org.ui"]);
    watcher.bit(["import", "my-org.ui/*"]).success();
    watcher.bit(["remove", "old", "--silent"]).success();
    author.bit(["delete", "old", "--silent"]).success();
    author.bit(["deprecate", "dep", "use other"]).success();
    author.bit(["deprecate", "theme", "too blue"]).success();
    author.bit(["export"]).success();
    watcher.bit(["fetch"]).success();
    let entry = |name: &str| scope.git(["show", &format!("HEAD:catalog/{name}.json")]).success().json();
    let before = ["old", "dep", "button"].map(entry);
    scope.git(["update-ref", "HEAD", &backup]).success();
    for name in ["other", "theme"] {
        mate.append(&format!("ui/{name}/index.js"), "// two\n");
    }
    mate.bit(["tag", "-m", "two"]).success();
    mate.bit(["export"]).success();

    let run = watcher.bit(["export", "--all-versions", "--dry-run", "--json"]);
    run.success()
        .complains("my-org.ui/theme was deprecated when the scope was last seen here")
        .silent_about("my-org.ui/dep was");
    assert_eq!(run.json()["notExported"][0]["id"], "my-org.ui/theme");
    assert_ne!(["old", "dep", "button"].map(entry), before);
    let run = watcher.bit(["export", "--all-versions"]);
    run.success().says("my-org.ui/old (removed)").says("my-org.ui/dep (deprecated)").silent_about("theme (");
    run.complains("\"bit deprecate my-org.ui/theme\" says it");
    assert_eq!(["old", "dep", "button"].map(entry), before);
    assert_eq!((&entry("theme")["deprecated"], &entry("theme")["head"]), (&json!(null), &json!("0.0.2")));
    watcher.bit(["export", "--all-versions"]).success().says("nothing to export");
    watcher.bit(["fetch"]).success();
    watcher.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    is_whole(&scope);
}

#[test]
fn what_was_recovered_after_a_backup_is_named() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let scope = env.folder("my-org.ui");
    author.bit(["delete", "button", "--silent"]).success();
    author.bit(["export"]).success();
    let backup = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    author.bit(["recover", "button"]).success();
    author.bit(["export"]).success();
    scope.git(["update-ref", "HEAD", &backup]).success();
    let run = author.bit(["export", "--all-versions"]);
    run.success().complains("my-org.ui/button was recovered when the scope was last seen here");
    author.bit(["recover", "button"]).success();
    author.bit(["export"]).success().says("my-org.ui/button (recovered)");
    is_clean(&author);
}

#[test]
fn what_only_came_along_comes_back_too() {
    let env = TestEnvironment::new();
    published(&env);
    let mate = workspace(&env, "mate", &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/button"]).success();
    assert!(!mate.read(".bitmap").contains("theme"));
    mate.bit(["export", "--all-versions"]).success().says("nothing to export");
    let anew = made_anew(&env, "my-org.ui");
    // Of what is named alone nothing else comes, and button needs theme.
    mate.bit(["export", "button", "--all-versions"]).fails(1).complains("my-org.ui/theme@0.0.1");
    let run = mate.bit(["export", "--all-versions"]);
    run.success().says("my-org.ui/button@0.0.1").says("my-org.ui/theme@0.0.1");
    is_clean(&mate);
    is_whole(&anew);
    assert!(!mate.read(".bitmap").contains("theme"));
}
