//! Two people work on the same components, with the real commands from beginning to end.

use crate::common::{Folder, TestEnvironment};
use crate::import::{edit_catalog, published, scope, workspace};
use serde_json::{Value, json};

const TEXT: &str = "one\n\ntwo\n\nthree\n";

fn status(workspace: &Folder) -> Value {
    workspace.bit(["status", "--json"]).success().json()
}

fn tag(workspace: &Folder, text: &str, how: &str) {
    workspace.write("ui/note/text.md", text);
    workspace.bit(["tag", "note", "-m", "changed", how]).success();
}

/// `ann` and `bob`, each with what the other one published.
fn pair(env: &TestEnvironment) -> (Folder<'_>, Folder<'_>) {
    scope(env, "my-org.ui");
    let ann = workspace(env, "ann", &["my-org.ui"]);
    ann.write("ui/note/index.js", "module.exports = require('fs').readFileSync(`${__dirname}/text.md`, 'utf8');\n");
    ann.write("ui/note/text.md", TEXT);
    ann.bit(["add", "ui/note"]).success();
    ann.bit(["tag", "-m", "first"]).success();
    ann.bit(["export"]).success();
    let bob = workspace(env, "bob", &["my-org.ui"]);
    bob.bit(["import", "my-org.ui/note"]).success();
    assert_eq!(bob.read("ui/note/text.md"), TEXT);
    env.later(10);
    (ann, bob)
}

/// Both tag, one is first, the other one merges; then the first one gets what both made.
fn both_went_on(ann_tags: &str, bob_tags: &str, theirs: &str, mine: &str, joined: &str) {
    let env = TestEnvironment::new();
    let (ann, bob) = pair(&env);
    tag(&ann, "one, ann\n\ntwo\n\nthree\n", ann_tags);
    ann.bit(["export"]).success();
    env.later(10);
    tag(&bob, "one\n\ntwo\n\nthree, bob\n", bob_tags);
    let (of_ann, of_bob) =
        (ann.commit_of(&format!("my-org.ui/note@{theirs}")), bob.commit_of(&format!("my-org.ui/note@{mine}")));

    bob.bit(["export"]).fails(1).complains("bit merge");
    bob.bit(["fetch"]).success();
    assert_eq!(status(&bob)["mergePendingComponents"][0]["latest"], theirs);
    bob.bit(["import", "note"]).fails(1).complains("both sides went on");
    assert_eq!(bob.read("ui/note/text.md"), "one\n\ntwo\n\nthree, bob\n");
    bob.bit(["merge"]).success().says("merged text.md");
    bob.bit(["tag", "-m", "both"]).success().says(&format!("note@{joined}"));
    bob.bit(["export"]).success();
    bob.bit(["status"]).success().says("the workspace is clean");

    ann.bit(["fetch"]).success();
    assert_eq!(status(&ann)["outdatedComponents"][0]["latest"], joined);
    ann.append("ui/note/index.js", "// not tagged yet\n");
    ann.bit(["import", "note", "--merge"]).success().says("joined with local changes");
    assert_eq!(ann.read("ui/note/text.md"), "one, ann\n\ntwo\n\nthree, bob\n");
    assert!(ann.read("ui/note/index.js").ends_with("// not tagged yet\n"));
    ann.bit(["checkout", "reset", "note"]).success();
    ann.bit(["status"]).success().says("the workspace is clean");
    ann.node(["-p", "require('@my-org/ui.note')"]).success().says("three, bob");

    let scope = env.folder("my-org.ui");
    scope.git(["fsck", "--full", "--strict"]).success();
    for commit in [of_ann, of_bob] {
        let tip = format!("refs/tags/note@{joined}");
        scope.git(["merge-base", "--is-ancestor", &commit, &tip]).success();
    }
    ann.fsck();
    bob.fsck();
}

#[test]
fn with_different_numbers() {
    both_went_on("--minor", "--patch", "0.1.0", "0.0.2", "0.1.1");
}

#[test]
fn with_the_same_number() {
    both_went_on("--patch", "--patch", "0.0.2", "0.0.2", "0.0.3");
}

#[test]
fn what_is_new_in_the_scopes_comes_with_a_checkout() {
    let env = TestEnvironment::new();
    let (ann, bob) = pair(&env);
    scope(&env, "my-org.forms");
    for workspace in [&ann, &bob] {
        workspace.bit(["remote", "add", "my-org.forms", "../my-org.forms"]).success();
    }
    tag(&ann, "changed\n", "--patch");
    for (name, of) in [("list", "my-org.ui"), ("gone", "my-org.ui"), ("input", "my-org.forms")] {
        ann.write(&format!("{name}/index.js"), format!("module.exports = '{name}';\n"));
        ann.bit(["add", name, "--scope", of]).success();
    }
    ann.bit(["tag", "-m", "new"]).success();
    ann.bit(["export"]).success();
    let host = env.folder("my-org.ui");
    let mut entry = host.git(["show", "main:catalog/gone.json"]).success().json();
    entry["deprecated"] = json!({"message": "no more"});
    edit_catalog(&host, "catalog/gone.json", Some(&entry.to_string()));
    let command = ["checkout", "head", "--include-new-from-scope"];
    let run = bob.bit(command);
    run.success()
        .says("successfully switched 1 component")
        .says("New from scope (imported)")
        .says("my-org.ui/list@0.0.1");
    assert!(bob.exists("ui/list/index.js") && bob.read("ui/note/text.md") == "changed\n");
    // Neither what is advised against nor what is in a scope that the workspace has nothing of.
    run.silent_about("my-org.ui/gone").silent_about("input");
    bob.bit(["status"]).success().says("the workspace is clean");
    bob.bit(command).success().silent_about("New from scope");
    bob.bit(["import", "my-org.forms/input"]).success();
    ann.write("more/index.js", "module.exports = 1;\n");
    ann.bit(["add", "more", "--scope", "my-org.forms"]).success();
    ann.bit(["tag", "-m", "more"]).success();
    ann.bit(["export"]).success();
    let told = bob.bit(["checkout", "head", "--include-new-from-scope", "--json"]).success().json();
    assert_eq!(
        (&told["newFromScope"][0]["id"], &told["newFromScope"][0]["status"]),
        (&json!("my-org.forms/more"), &json!("added"))
    );
    // A scope that is down is told; the others' components come.
    std::fs::rename(env.root().join("my-org.forms"), env.root().join("down")).unwrap();
    ann.write("last/index.js", "module.exports = 1;\n");
    ann.bit(["add", "last"]).success();
    ann.bit(["tag", "last", "-m", "last"]).success();
    ann.bit(["export"]).success();
    bob.bit(command).fails(1).says("my-org.ui/last@0.0.1").complains("my-org.forms");
    assert!(bob.exists("ui/last/index.js"));
}

#[test]
fn nothing_is_checked_out_or_imported_where_files_conflict() {
    let env = TestEnvironment::new();
    let (ann, bob) = pair(&env);
    tag(&ann, "theirs\n", "--patch");
    ann.component("list", &[("index.js", "module.exports = 1;\n")]);
    ann.bit(["tag", "-m", "new"]).success();
    ann.bit(["export"]).success();
    bob.write("ui/note/text.md", "mine\n");
    bob.bit(["checkout", "head", "--include-new-from-scope"]).fails(1).complains("nothing was changed");
    assert!(bob.read("ui/note/text.md") == "mine\n" && !bob.exists("ui/list"));
}

#[test]
fn a_package_that_a_known_scope_lists_is_said_to_be_there_for_the_import() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let sources = "require('@my-org/ui.theme');\nrequire('@my-org/ui.nothing');\n";
    shop.component("page", &[("index.js", sources)]);
    shop.bit(["status"]).success().silent_about("bit import my-org.ui/theme");
    // A scope is asked for something else, and its catalog is known from then on.
    shop.component("known", &[("index.js", "module.exports = 1;\n")]);
    shop.bit(["tag", "known", "-m", "x"]).success();
    shop.bit(["export"]).success();
    let run = shop.bit(["status"]);
    run.success().says("bit import my-org.ui/theme").silent_about("bit import my-org.ui/nothing");
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.bit(["status"]).success().silent_about("ui.theme\" is neither");
}

/// `app` (my-org.ui) needs `button` and `card`, of two other scopes; both need `theme`, of a third.
#[test]
fn node_runs_what_was_imported_into_an_empty_workspace() {
    let env = TestEnvironment::new();
    let scopes = ["my-org.ui", "my-org.forms", "other.cards", "my-org.base"];
    scopes.iter().for_each(|name| drop(scope(&env, name)));
    let author = workspace(&env, "author", &scopes);
    for (name, of, source) in [
        ("theme", "my-org.base", "exports.colour = 'blue';\n"),
        ("input", "my-org.forms", "module.exports = 'input in ' + require('@my-org/base.theme').colour;\n"),
        ("card", "other.cards", "module.exports = 'card in ' + require('@my-org/base.theme').colour;\n"),
        (
            "app",
            "my-org.ui",
            "module.exports = [require('@my-org/forms.input'), require('@other/cards.card')].join();\n",
        ),
    ] {
        author.write(&format!("{name}/index.js"), source);
        author.bit(["add", name, "--scope", of]).success();
    }
    author.bit(["tag", "-m", "first"]).success();
    author.bit(["export"]).success();
    let empty = workspace(&env, "empty", &scopes);
    empty.bit(["import", "my-org.ui/app"]).success();
    empty.node(["-p", "require('@my-org/ui.app')"]).success().says("input in blue,card in blue");
    empty.remove("node_modules");
    empty.bit(["link"]).success();
    empty.node(["ui/app/index.js"]).success();
    empty.node(["-p", "require('@my-org/ui.app')"]).success().says("input in blue,card in blue");
    assert!(!empty.exists("input") && !empty.exists("ui/theme"));
    empty.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn an_import_is_at_peace_with_a_number_that_two_took_and_staged_dependents_need() {
    let env = TestEnvironment::new();
    let ann = published(&env);
    let bob = workspace(&env, "bob", &["my-org.ui"]);
    bob.bit(["import", "my-org.ui/theme"]).success();
    bob.append("ui/theme/index.js", "// of bob\n").bit(["tag", "-m", "of bob"]).success();
    bob.bit(["export"]).success();
    ann.write("theme/index.js", "// of ann\n\n\n\n".to_owned() + &ann.read("theme/index.js"));
    ann.bit(["tag", "-m", "of ann"]).success().says("theme@0.0.2").says("button@0.0.2");
    let mine = ann.commit_of("my-org.ui/theme@0.0.2");
    ann.bit(["fetch"]).success();
    // The way that status names: bit import, then bit merge.
    ann.bit(["import"]).success();
    assert_eq!(ann.commit_of("my-org.ui/theme@0.0.2"), mine);
    ann.bit(["import"]).success();
    ann.bit(["import", "button"]).success();
    assert_eq!(status(&ann)["mergePendingComponents"][0]["id"], "my-org.ui/theme");
    ann.bit(["doctor"]).success().says("bit merge my-org.ui/theme");
    ann.bit(["merge"]).success();
    ann.bit(["doctor"]).success().says("\"bit tag\" finishes the merge");
    ann.bit(["tag", "-m", "both"]).success().says("theme@0.0.3").says("button@0.0.3");
    ann.bit(["export"]).success();
    ann.bit(["import"]).success();
    ann.bit(["status"]).success().says("the workspace is clean");
    ann.fsck();
}
