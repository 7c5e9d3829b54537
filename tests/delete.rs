//! `bit delete`: components are removed from where everybody finds them, and nothing is erased.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Run, TestEnvironment, needs};

/// A scope with button → theme and icon in it, and the workspace that exported them.
pub fn exported<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    exported_from(env, scope, "ws")
}

/// The same, from a workspace of this name.
pub fn exported_from<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, name: &str) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace_at(name, "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 1;\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("icon", &[("index.js", "module.exports = 2;\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    workspace
}

/// What the scope's catalog says of a component.
pub fn entry(scope: &Hosted<'_>, name: &str) -> Value {
    let file = format!("main:catalog/{name}.json");
    let text = scope.folder.git(["--git-dir=.", "show", &file]).success().stdout.clone();
    serde_json::from_str(&text).unwrap()
}

/// The catalog's commits, the newest first.
pub fn log(scope: &Hosted<'_>) -> Vec<String> {
    let run = scope.folder.git(["--git-dir=.", "log", "--format=%s", "main"]);
    run.success().stdout.lines().map(str::to_owned).collect()
}

/// Every ref but the catalog.
fn tags(scope: &Hosted<'_>) -> Vec<(String, String)> {
    scope.refs().into_iter().filter(|(name, _)| name.starts_with("refs/tags/")).collect()
}

fn page(scope: &Hosted<'_>) -> String {
    scope.folder.git(["--git-dir=.", "show", "main:README.md"]).success().stdout.clone()
}

/// The command is refused and the scope is as it was.
#[track_caller]
fn refused(folder: &Folder<'_>, scope: &Hosted<'_>, words: &[&str]) -> Run {
    let before = scope.refs();
    let run = folder.bit(words);
    run.fails(1).complains("hint: ").silent_about("panicked");
    assert_eq!(scope.refs(), before, "the scope changed\n{run}");
    run
}

/// Whoever is at it goes on from the one before: what was changed comes along, and nothing of what was removed.
#[test]
fn who_is_at_a_removed_version_is_told_and_makes_none_of_it() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let author = exported(&env, &scope);
    author.write("icon/bad.js", "// bad\n");
    author.bit(["tag", "icon", "-m", "bad"]).success();
    author.bit(["export"]).success();
    author.bit(["delete", "icon", "--range", "0.0.2", "--silent"]).success();
    for word in ["waits", "is said"] {
        let status = author.bit(["status"]);
        status.success().says("at a removed version");
        status.says("my-org.ui/icon 0.0.2 (bit checkout 0.0.1 icon, then bit merge icon)");
        let status = author.bit(["status", "--json"]).json();
        let at = json!([{"id": "my-org.ui/icon", "current": "0.0.2", "newest": "0.0.1"}]);
        assert_eq!(status["atRemovedVersions"], at, "{word}");
        author.bit(["export"]).success();
    }
    let merge = author.bit(["merge", "icon"]);
    merge.fails(1).complains("is at 0.0.2, which is removed").complains("bit checkout 0.0.1 icon, then bit merge icon");
    author.append("icon/index.js", "// good\n");
    let (bitmap, refs) = (author.read(".bitmap"), author.refs());
    let tag = author.bit(["tag", "-m", "on"]);
    tag.fails(1).complains("would hold all of it").complains("bit checkout 0.0.1 icon, then bit merge icon");
    tag.complains("bit recover icon");
    author.bit(["tag", "icon", "--ver", "0.1.0", "-m", "on"]).fails(1).complains("would hold all of it");
    author.bit(["tag", "icon", "--ignore-newest-version", "-m", "on"]).fails(1).complains("would hold all of it");
    assert_eq!((author.read(".bitmap"), author.refs()), (bitmap, refs));
    author.bit(["checkout", "latest", "icon"]).success();
    assert!(!author.exists("icon/bad.js") && author.read("icon/index.js").ends_with("// good\n"));
    author.bit(["status"]).success().silent_about("at a removed version").silent_about("pending updates");
    author.bit(["tag", "-m", "on"]).fails(1).complains("which is removed").complains("bit merge icon");
    assert_snapshot!(author.bit(["merge", "icon"]), @r#"
    successfully merged 1 component
      > my-org.ui/icon 0.0.2 is removed and passed over: nothing of it is in the files
    "bit tag" makes the version that comes after it, with the files as they are, "bit merge --abort" goes back
    "#);
    author.bit(["merge", "--abort"]).success();
    let merged = author.bit(["merge", "icon", "--json"]).success().json();
    assert_eq!(merged["merged"][0]["passedOver"], json!(true));
    author.bit(["tag", "-m", "on"]).success().says("my-org.ui/icon@0.0.3");
    author.bit(["export"]).success();
    author.bit(["status"]).success().says("the workspace is clean");
    author.bit(["verify", "my-org.ui"]).success();
    let fresh = env.git_workspace_at("fresh", "my-org.shop");
    fresh.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    fresh.bit(["import", "my-org.ui/icon", "-p", "icon"]).success();
    assert!(!fresh.exists("icon/bad.js") && fresh.read("icon/index.js").ends_with("// good\n"));
    scope.fsck();
}

/// One whose own version is removed would publish it again by being tagged along; all that is named by no id passes it.
#[test]
fn a_dependent_at_a_removed_version_is_not_tagged_along() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let author = exported(&env, &scope);
    author.append("button/index.js", "// bad\n");
    author.bit(["tag", "button", "-m", "bad"]).success();
    author.bit(["export"]).success();
    author.bit(["delete", "button", "--range", "0.0.2", "--silent", "--remote"]).success();
    author.append("theme/index.js", "// more\n");
    author.bit(["tag", "-m", "more"]).fails(1).complains("my-org.ui/button is at 0.0.2, which is removed");
    author.bit(["checkout", "0.0.1", "button"]).success();
    author.bit(["merge", "button"]).success();
    author.bit(["tag", "-m", "more"]).success().says("my-org.ui/button@0.0.3");
    author.bit(["export"]).success();
    author.bit(["delete", "icon", "--range", "0.0.1", "--silent", "--remote"]).success();
    author.bit(["tag", "--unmodified", "-m", "again"]).success().silent_about("icon");
}

/// Somebody else's workspace, which has `icon`.
fn with_icon<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    let other = env.git_workspace_at("other", "my-org.shop");
    other.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    other.bit(["import", "my-org.ui/icon", "-p", "icon"]).success();
    other
}

/// Neither what is removed as a whole nor a newest version that is.
#[test]
fn nobody_is_brought_a_removed_version_who_did_not_ask() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let author = exported(&env, &scope);
    let other = with_icon(&env, &scope);
    for line in ["// two\n", "// three\n"] {
        author.append("icon/index.js", line).append("button/index.js", line);
        author.bit(["tag", "-m", "more"]).success();
    }
    author.bit(["export"]).success();
    author.bit(["delete", "my-org.ui/icon", "--range", "0.0.3", "--remote", "--silent"]).success();
    other.bit(["import"]).success().says("latest 0.0.2");
    other.bit(["checkout", "head"]).success().says("0.0.2");
    assert!(!other.read("icon/index.js").contains("three"));
    // Who is ahead of that goes back to it.
    author.bit(["checkout", "head", "icon"]).success();
    assert!(!author.read("icon/index.js").contains("three"));
    author.bit(["delete", "my-org.ui/icon", "--remote", "--silent"]).success();
    other.bit(["checkout", "0.0.1", "icon"]).success();
    let silent = |words: &[&str]| {
        let run = other.bit(words);
        run.success().silent_about("0.0.2").silent_about("0.0.3").silent_about("available");
        run
    };
    silent(&["import"]);
    silent(&["fetch"]);
    silent(&["status"]).says("removed in their scope");
    silent(&["checkout", "head"]).says("is removed, and stays as it is");
    for word in ["head", "latest"] {
        let run = other.bit(["checkout", word, "icon"]);
        run.fails(1).complains("my-org.ui/icon is removed").complains("\"bit recover icon\"").complains("<version>");
    }
    other.append("icon/index.js", "// mine\n");
    other.bit(["tag", "-m", "mine"]).fails(1).complains("the component is removed").complains("bit recover icon");
    other.bit(["checkout", "reset", "icon"]).success();
    // Whoever names it has asked, and whoever brings it back too.
    other.bit(["checkout", "0.0.2", "icon"]).success();
    other.bit(["checkout", "0.0.1", "icon"]).success();
    other.bit(["recover", "icon"]).success();
    other.bit(["export"]).success();
    other.bit(["import"]).success().says("latest 0.0.3");
    other.bit(["checkout", "latest", "icon"]).success().says("0.0.3");
    author.bit(["delete", "my-org.ui/icon", "--remote", "--silent"]).success();
    let fresh = env.git_workspace_at("fresh", "my-org.shop");
    fresh.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    let named = fresh.bit(["import", "my-org.ui/icon@0.0.1", "-p", "icon"]);
    named.success().silent_about("available");
}

/// Nothing is taken of it, and nothing is lost of what it was made from.
#[test]
fn who_works_on_goes_on_from_a_removed_version() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let author = exported(&env, &scope);
    let other = with_icon(&env, &scope);
    for line in ["// good\n", "// bad\n"] {
        author.append("icon/index.js", line);
        author.bit(["tag", "icon", "-m", "more"]).success();
    }
    author.bit(["export"]).success();
    author.bit(["delete", "my-org.ui/icon", "--range", "0.0.3", "--remote", "--silent"]).success();
    other.bit(["import"]).success().says("latest 0.0.2").silent_about("0.0.3");
    other.bit(["status"]).says("0.0.2").silent_about("0.0.3");
    other.write("icon/mine.js", "// mine\n");
    other.bit(["tag", "-m", "mine"]).fails(1).complains("the newest one is 0.0.3, which is removed");
    let refused = other.bit(["merge", "icon"]);
    refused
        .fails(1)
        .complains("it was made from 0.0.2, which is not removed")
        .complains("bit checkout 0.0.2 my-org.ui/icon");
    other.bit(["checkout", "0.0.2", "my-org.ui/icon"]).success();
    other.bit(["fetch"]).success().silent_about("0.0.3");
    other.bit(["merge", "icon"]).success();
    other.bit(["tag", "-m", "mine"]).success().says("my-org.ui/icon@0.0.4");
    other.bit(["export"]).success();
    assert!(!other.read("icon/index.js").contains("bad"));
    assert_eq!(entry(&scope, "icon")["head"], "0.0.4");
    other.bit(["verify", "my-org.ui"]).success();
    scope.fsck();
}

/// Whoever tags all that did not change does not mean what is to go.
#[test]
fn what_is_removed_and_did_not_change_is_tagged_by_its_id_alone() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let workspace = exported(&env, &host.repository("ui"));
    let tagged = |arguments: &[&str]| {
        let run = workspace.bit([&["tag", "--unmodified", "--json"], arguments].concat()).success().json();
        let mut names: Vec<String> =
            run["tagged"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    workspace.bit(["delete", "icon", "--silent"]).success();
    let others = ["my-org.ui/button", "my-org.ui/theme"];
    assert_eq!(tagged(&[]), others);
    workspace.bit(["export"]).success();
    assert_eq!(tagged(&[]), others, "its scope says it too");
    assert_eq!(tagged(&["*"]), others);
    assert_eq!(tagged(&["icon"]), ["my-org.ui/icon"]);
}

#[test]
fn a_scope_says_at_once_that_a_component_is_removed() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let (before, catalog, all_tags) = (entry(&scope, "icon"), scope.refs()["refs/heads/main"].clone(), tags(&scope));
    assert_snapshot!(workspace.bit(["delete", "icon", "--remote", "--silent"]), @r#"
    removed components from the remote scope: my-org.ui/icon
    1 component successfully removed ("bit recover --remote" brings them back)
    "#);
    let mut expected = before;
    expected["removed"] = json!({});
    assert_eq!(entry(&scope, "icon"), expected, "no more than that is said, and no version goes");
    assert_eq!(tags(&scope), all_tags, "no tag moves");
    assert_eq!(log(&scope)[0], "remove icon");
    let parent = scope.folder.git(["--git-dir=.", "rev-parse", "main^"]).line().to_owned();
    assert_eq!(parent, catalog, "one commit on top of the catalog");
    assert!(!page(&scope).contains("icon") && page(&scope).contains("button"), "{}", page(&scope));
    scope.fsck();

    workspace.bit(["list", "my-org.ui"]).says("found 2 components").silent_about("icon");
    let anew = env.folder("outside");
    anew.bit(["list", &scope.url]).says("found 2 components").silent_about("icon");
    let shown = anew.bit(["show", "icon", &format!("--remote={}", scope.url)]);
    assert!(shown.success().stdout.lines().any(|line| line.starts_with("removed") && line.ends_with("yes")), "{shown}");
    let logged = anew.bit(["log", "icon", &format!("--remote={}", scope.url), "--json"]).success().json();
    assert_eq!(logged[0]["deleted"], json!(true));
    // The workspace that did it knows of it, and keeps its files.
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["remotelySoftRemoved"], json!(["my-org.ui/icon"]));
    assert_eq!(status["locallySoftRemoved"], json!([]));
    assert!(workspace.exists("icon/index.js"));
    workspace.bit(["list"]).says("found 2 components").complains("1 removed component not listed");
    workspace.bit(["delete", "icon", "--remote", "--silent"]).success().says("removed already");
    assert_eq!(log(&scope).len(), 3, "nothing new, no commit");
}

#[test]
fn it_works_outside_of_a_workspace() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    exported(&env, &scope);
    let outside = env.folder("outside");
    refused(&outside, &scope, &["delete", "my-org.ui/icon", "--remote", "--silent"]).complains("nobody has said where");
    let at = format!("--remote={}", scope.url);
    let run = outside.bit(["delete", "icon", &at, "--silent", "--json"]);
    assert_eq!(run.success().json(), json!({"removed": ["my-org.ui/icon"], "remote": true, "waiting": []}));
    outside.bit(["remote", "add", "my-org.ui", &scope.url, "--global"]).success();
    let run = outside.bit(["delete", "my-org.ui/{b,t}*", "-r", "-y"]);
    run.success().says("my-org.ui/button, my-org.ui/theme");
    assert!(entry(&scope, "button")["removed"].is_object() && entry(&scope, "theme")["removed"].is_object());
    outside.bit(["list", "my-org.ui"]).says("found 0 components");
    // A pattern names what is there.
    refused(&outside, &scope, &["delete", "my-org.ui/*", "--remote", "--silent"]).complains("unable to find any");
    assert_eq!(outside.listing(&[]), Vec::<String>::new(), "nothing was made");
}

#[test]
fn components_that_left_the_workspace_are_still_matched() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.bit(["remove", "icon"]).success();
    let run = workspace.bit(["delete", "my-org.ui/ic*", "--remote", "--silent"]);
    run.success().says("removed components from the remote scope: my-org.ui/icon");
}

#[test]
fn what_others_depend_on_is_protected() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let words = "unable to delete my-org.ui/theme, because the following components depend on it: my-org.ui/button";
    let delete: &[&str] = &["delete", "my-org.ui/theme", "--remote", "--silent"];
    refused(&workspace, &scope, delete).complains(words).complains("--force");
    refused(&workspace, &scope, &["delete", "theme", "--silent"]).complains(words);
    // By the scope alone: nobody is asked who is not there.
    let outside = env.folder("outside");
    let at = format!("--remote={}", scope.url);
    refused(&outside, &scope, &["delete", "theme", &at, "--silent"]).complains(words);
    refused(&outside, &scope, &["delete", "theme", &at, "--silent", "--range", "<1.0.0"]).complains(words);
    let none = refused(&outside, &scope, &["delete", "theme", &at, "--silent", "--range", ">1.0.0"]);
    none.complains("no version is in the range").silent_about("depend on it");
    // Only the workspace knows of a dependent that was never exported.
    workspace.component("menu", &[("index.js", "module.exports = require('@my-org/ui.icon');\n")]);
    refused(&workspace, &scope, &["delete", "icon", "--remote", "--silent"]).complains("my-org.ui/menu");
    workspace.bit(["delete", "icon", "--remote", "--silent", "--force"]).success();
    // What goes with it protects nothing.
    workspace.bit(["delete", "theme", "button", "--remote", "--silent"]).success();
    scope.fsck();
}

#[test]
fn some_versions_can_be_removed() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.append("icon/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["delete", "icon", "--range", "0.0.2", "--remote", "--silent"]).success();
    let icon = entry(&scope, "icon");
    assert_eq!((&icon["latest"], &icon["head"], &icon["removed"]), (&json!("0.0.1"), &json!("0.0.2"), &Value::Null));
    assert_eq!((&icon["versions"][0]["removed"], &icon["versions"][1]["removed"]), (&Value::Null, &json!({})));
    workspace.bit(["list", "my-org.ui"]).says("found 3 components").says("0.0.1");
    let logged = workspace.bit(["log", "icon", "--remote", "--json"]).success().json();
    assert_eq!((&logged[0]["deleted"], &logged[1]["deleted"]), (&json!(true), &json!(false)));
    // The next one continues what was removed, and holds nothing of it.
    workspace.bit(["checkout", "latest", "icon"]).success();
    workspace.bit(["merge", "icon"]).success();
    workspace.append("icon/index.js", "// three\n");
    workspace.bit(["tag", "-m", "three"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/icon@0.0.3");
    assert_eq!(entry(&scope, "icon")["latest"], "0.0.3");
    let reader = env.git_workspace_at("reader", "my-org.other");
    reader.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    reader.bit(["import", "my-org.ui/icon@0.0.1"]).success().says("1 new version(s) available, latest 0.0.3");
    workspace.bit(["delete", "icon", "--range", "*", "--remote", "--silent"]).success();
    assert_eq!(entry(&scope, "icon")["removed"], json!({}), "no version is left");
    scope.fsck();
}

#[test]
fn what_is_not_wholly_a_range_is_refused() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let before = (workspace.read(".bitmap"), scope.refs());
    for range in ["", " ", "x y", "0.x garbage", "0.x ||", "none such"] {
        for words in [&["delete", "icon", "--silent"][..], &["delete", "icon", "--silent", "--remote"]] {
            let run = workspace.bit(words.iter().copied().chain(["--range", range]));
            run.fails(2).complains("is no range of versions").complains("hint: write it as in package.json");
        }
        for words in [&["deprecate", "icon", "old"][..], &["deprecate", "icon", "old", "--remote"]] {
            let run = workspace.bit(words.iter().copied().chain(["--range", range]));
            run.fails(2).complains("is no range of versions").complains("hint: write it as in package.json");
        }
        assert_eq!((workspace.read(".bitmap"), scope.refs()), before, "{range:?}");
    }
}

#[test]
fn a_range_without_any_version_is_no_removal() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    exported_elsewhere(&env, &scope);
    let bitmap = workspace.read(".bitmap");
    let newest = "no version is in the range \"0.0.2\", of: my-org.ui/icon (the newest one known is 0.0.1)";
    let words = ["delete", "icon", "--range", "0.0.2", "--silent"];
    refused(&workspace, &scope, &words).complains(newest).complains("bit fetch");
    refused(&workspace, &scope, &["deprecate", "icon", "old", "--range", "0.0.2"]).complains(newest);
    refused(&workspace, &scope, &["delete", "*", "--range", ">9", "--silent"]).complains("my-org.ui/theme");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    for command in [&["delete", "my-org.ui/icon", "--silent"][..], &["deprecate", "my-org.ui/icon", "old"]] {
        let words: Vec<&str> = command.iter().copied().chain(["--range", ">9", "--remote"]).collect();
        let run = refused(&workspace, &scope, &words);
        run.complains("of: my-org.ui/icon (the newest one is 0.0.2)").complains("bit log my-org.ui/icon --remote");
    }
    // What a look shows is known; a pattern may name components without such a version, too.
    workspace.bit(["fetch"]).success();
    workspace
        .bit(["delete", "*", "--range", "0.0.2", "--silent"])
        .success()
        .says("removed the versions 0.0.2, of: my-org.ui/icon");
    workspace.bit(["export"]).success();
    workspace.bit(words).success().says("no changes have been made: removed already");
    workspace.bit(["delete", "icon", "--range", "0.0.2", "--silent", "--remote"]).success().says("removed already");
}

/// Another workspace, which has exported a second version of icon.
fn exported_elsewhere(env: &TestEnvironment, scope: &Hosted<'_>) {
    let workspace = env.git_workspace_at("elsewhere", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.bit(["import", "my-org.ui/icon", "--path", "icon"]).success();
    workspace.append("icon/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
}

#[test]
fn what_makes_no_sense_is_refused() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.component("fresh", &[("index.js", "")]);
    let bitmap = workspace.read(".bitmap");
    let refuse = |words: &[&str]| refused(&workspace, &scope, words);
    let unknown = refuse(&["delete", "my-org.ui/icno", "my-org.ui/nobody-here", "icon", "--remote", "--silent"]);
    unknown.complains("missing components: my-org.ui/icno, my-org.ui/nobody-here").complains("my-org.ui/icon");
    refuse(&["delete", "my-org.ui/icon@0.0.1", "--remote", "--silent"]).complains("--range 0.0.1");
    refuse(&["delete", "icon@0.0.1", "--silent"]).complains("bit delete my-org.ui/icon --range 0.0.1");
    refuse(&["delete", "fresh", "--silent"]).complains("never exported").complains("bit remove");
    refuse(&["delete", "icon", "--hard", "--silent"]).complains("nothing is ever erased");
    refuse(&["delete", "icno", "--silent"]).complains("did you mean \"icon\"?");
    workspace.bit(["delete", "*", "--remote", "--silent"]).fails(2).complains("must include the scope name");
    workspace.bit(["delete"]).fails(2);
    assert_eq!(workspace.read(".bitmap"), bitmap);
}

#[test]
fn a_person_is_asked_and_without_one_nothing_goes() {
    needs!("script");
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let bitmap = workspace.read(".bitmap");
    assert_snapshot!(refused(&workspace, &scope, &["delete", "my-org.ui/ic*", "--remote"]), @r"
    --- stderr
    error: nothing was removed: nobody is there to say that these are to go: my-org.ui/icon
    hint: if they are, re-run with --silent
    --- exit 1
    ");
    refused(&workspace, &scope, &["delete", "icon"]).complains("re-run with --silent");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    let answer = |words: &str, answer: &str| workspace.at_a_terminal(&format!("delete {words}"), answer);
    let before = scope.refs();
    let refuses = |run: Run| {
        assert_eq!(run.code, Some(1), "{run}");
        run.says("my-org.ui/icon").says("canceled");
    };
    refuses(answer("icon --remote", "n\n"));
    refuses(answer("icon", "\n"));
    assert_eq!((scope.refs(), workspace.read(".bitmap")), (before, bitmap));
    answer("icon --remote", "y\n").success().says("removed components from the remote scope");
    assert!(entry(&scope, "icon")["removed"].is_object());
}

#[test]
fn it_waits_in_the_bitmap_for_the_next_export() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let before = scope.refs();
    assert_snapshot!(workspace.bit(["delete", "icon", "--silent"]), @r#"
    removed components: my-org.ui/icon
    1 component successfully removed (the next "bit export" removes them from their scopes, "bit recover" takes it back)
    "#);
    assert_eq!(scope.refs(), before, "the scope is as it was");
    let status = workspace.bit(["status"]);
    status.success().says("removed here").says("my-org.ui/icon");
    assert_eq!(workspace.bit(["status", "--json"]).json()["locallySoftRemoved"], json!(["my-org.ui/icon"]));
    workspace.bit(["list"]).says("found 2 components").silent_about("icon");
    workspace.bit(["show", "icon"]).success().says("removed");
    workspace.bit(["delete", "icon", "--silent"]).success().says("removed already");
    let plan = workspace.bit(["export", "--dry-run"]);
    plan.success().says("would export components (1)");
    assert_eq!(scope.refs(), before);
    assert_snapshot!(workspace.bit(["export"]), @r"
    exported components (1)
    my-org.ui [ROOT]/hosts/path/s
      > my-org.ui/icon (removed)
    .bitmap says where each component lives: commit it
    ");
    assert_eq!((entry(&scope, "icon")["removed"].clone(), log(&scope)[0].as_str()), (json!({}), "remove icon"));
    let mut tags = before;
    tags.insert("refs/heads/main".into(), scope.refs()["refs/heads/main"].clone());
    assert_eq!(scope.refs(), tags, "no tag came or went");
    assert!(!workspace.read(".bitmap").contains("teambit.component/remove"));
    let status = workspace.bit(["status", "--json"]).json();
    assert_eq!(status["remotelySoftRemoved"], json!(["my-org.ui/icon"]));
    assert_eq!(status["locallySoftRemoved"], json!([]));
    workspace.bit(["export"]).success().says("nothing to export");
    scope.fsck();
}

#[test]
fn staged_versions_go_with_it_and_a_range_stays_one() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.append("icon/index.js", "// two\n").append("button/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["delete", "icon", "--silent", "--range", "0.0.1"]).success();
    workspace.bit(["list"]).says("found 3 components");
    let exported = workspace.bit(["export", "--json"]).success().json();
    assert_eq!(
        exported["scopes"][0]["marked"],
        json!([{"id": "my-org.ui/icon", "change": "removed", "range": "0.0.1"}])
    );
    let icon = entry(&scope, "icon");
    assert_eq!((&icon["latest"], &icon["removed"]), (&json!("0.0.2"), &Value::Null));
    assert_eq!((&icon["versions"][0]["removed"], &icon["versions"][1]["removed"]), (&json!({}), &Value::Null));
    scope.fsck();
}

/// Whoever names more takes nothing back.
#[test]
fn removals_that_wait_add_up() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    for number in ["1.0.0", "2.0.0", "3.0.0"] {
        workspace.append("icon/index.js", "// more\n").append("theme/index.js", "// more\n");
        workspace.bit(["tag", "icon", "theme", "--ver", number, "-m", number, "--skip-auto-tag"]).success();
    }
    workspace.bit(["export"]).success();
    let delete = |id: &str, range: &str| workspace.bit(["delete", id, "--range", range, "--silent", "--force"]);
    delete("icon", "<1").success().silent_about("waited");
    let second = delete("icon", "2.0.0");
    second.success().says("removed the versions 2.0.0, of: my-org.ui/icon");
    second.says("removes of my-org.ui/icon: the versions <1 || 2.0.0");
    delete("icon", "2.0.0").success().says("removed already").says("the versions <1 || 2.0.0");
    let waiting = json!([{"id": "my-org.ui/icon", "range": "<1 || 2.0.0 || 1.0.0"}]);
    let third = workspace.bit(["delete", "icon", "--range", "1.0.0", "--silent", "--json"]).success().json();
    assert_eq!(third, json!({"removed": ["my-org.ui/icon"], "remote": false, "waiting": waiting}));
    let removed = |id: &str| {
        let versions = entry(&scope, id)["versions"].as_array().unwrap().clone();
        let removed = versions.iter().filter(|listed| listed["removed"].is_object());
        removed.map(|listed| listed["version"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    // All of it stays all of it, and some of it becomes all of it.
    workspace.bit(["delete", "theme", "--silent", "--force"]).success();
    delete("theme", "1.0.0").success().says("removed already").says("removes of my-org.ui/theme: all of it");
    workspace.bit(["status"]).says("my-org.ui/icon (removed: versions <1 || 2.0.0 || 1.0.0)").says("removed here");
    workspace.bit(["export"]).success();
    assert_eq!(removed("icon"), ["0.0.1", "1.0.0", "2.0.0"]);
    assert_eq!(
        (entry(&scope, "icon")["removed"].clone(), entry(&scope, "theme")["removed"].clone()),
        (Value::Null, json!({}))
    );
    workspace.bit(["recover", "icon", "theme"]).success();
    workspace.bit(["export"]).success();
    assert!(removed("icon").is_empty() && removed("theme").is_empty());
    delete("icon", "1.0.0").success();
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["status"]).says("removed here").silent_about("1.0.0");
    let bitmap = workspace.read(".bitmap");
    workspace.bit(["recover", "icon"]).success();
    assert_ne!(workspace.read(".bitmap"), bitmap);
    workspace.bit(["export"]).success().says("nothing to export");
    scope.fsck();
}

/// An export says of a component that it is back, or that something goes.
#[test]
fn a_removal_beside_a_recovery_is_no_silent_change_of_mind() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    for _ in 0..2 {
        workspace.append("icon/index.js", "// more\n");
        workspace.bit(["tag", "icon", "-m", "more"]).success();
    }
    workspace.bit(["export"]).success();
    workspace.bit(["delete", "icon", "--range", "0.0.2", "--silent"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["recover", "icon"]).success();
    let waiting = workspace.read(".bitmap");
    refused(&workspace, &scope, &["delete", "icon", "--range", "0.0.1", "--silent"]).complains("waits to be recovered");
    assert_eq!(workspace.read(".bitmap"), waiting);
    workspace.bit(["delete", "icon", "--range", "0.0.2", "--silent"]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["recover", "icon"]).success();
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    assert!(entry(&scope, "icon")["removed"].is_object());
}

#[test]
fn a_new_version_of_what_is_removed_is_refused_with_the_way_out() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let outside = env.folder("outside");
    outside.bit(["delete", "icon", &format!("--remote={}", scope.url), "-y"]).success();
    workspace.append("icon/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    let run = refused(&workspace, &scope, &["export"]);
    run.complains("were marked as deleted on the remote scope").complains("bit recover icon");
    workspace.bit(["recover", "icon"]).success().says("successfully recovered: my-org.ui/icon");
    workspace.bit(["export"]).success().says("my-org.ui/icon@0.0.2");
    let icon = entry(&scope, "icon");
    assert_eq!((&icon["removed"], &icon["latest"]), (&Value::Null, &json!("0.0.2")));
    workspace.bit(["status"]).success().says("the workspace is clean");
    scope.fsck();
}

/// Between the look and the push somebody else exports: the host's hook is the moment.
#[test]
fn whoever_is_overtaken_puts_the_change_on_top() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.append("button/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    // The first push that comes waits until the other one is through.
    let export = format!("cd {} && {} export", workspace.path().display(), TestEnvironment::binary().display());
    let hook = format!(
        "test -e once && exit 0; touch once; unset GIT_QUARANTINE_PATH $(git rev-parse --local-env-vars); ({export}) >other 2>&1 || cat other; exit 0"
    );
    scope.folder.inside("hooks").write_program("pre-receive", &hook);
    let outside = env.folder("outside");
    let at = format!("--remote={}", scope.url);
    outside.bit(["delete", "icon", &at, "--silent"]).success().says("removed components from the remote scope");
    scope.folder.remove("hooks/pre-receive");
    assert_eq!(log(&scope)[..2], ["remove icon", "export 1 version(s)"]);
    assert_eq!(entry(&scope, "button")["latest"], "0.0.2", "theirs is kept");
    assert!(entry(&scope, "icon")["removed"].is_object());
    scope.fsck();
    // And the other way round: who exports finds the removal, and keeps it.
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "three"]).success();
    workspace.bit(["export"]).success();
    assert!(entry(&scope, "icon")["removed"].is_object());
}

/// The catalog has arrived, and the host breaks off before it can say so.
#[test]
fn a_change_that_arrived_in_silence_is_told() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let hook = "test $1 = committed && mkdir died 2>/dev/null && kill -9 $PPID; exit 0";
    scope.folder.inside("hooks").write_program("reference-transaction", hook);
    workspace.bit(["delete", "icon", "--remote", "--silent"]).success().says("remote scope: my-org.ui/icon");
    assert!(scope.folder.exists("died"));
    assert_eq!(log(&scope)[..2], ["remove icon", "export 3 version(s)"]);
}

#[test]
fn a_refused_push_changes_nothing_and_says_why() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    scope.folder.inside("hooks").write_program("update", "echo a review is needed >&2; exit 1");
    let run = refused(&workspace, &scope, &["delete", "icon", "--remote", "--silent"]);
    run.complains("refused refs/heads/main").complains("a review is needed");
    workspace.bit(["delete", "icon", "--silent"]).success();
    refused(&workspace, &scope, &["export"]).complains("a review is needed");
    scope.folder.remove("hooks/update");
    workspace.bit(["export"]).success().says("(removed)");
}

/// An export that published it and was killed before it wrote .bitmap.
#[test]
fn a_killed_export_is_finished() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    workspace.bit(["delete", "icon", "--silent"]).success();
    let outside = env.folder("outside");
    outside.bit(["delete", "icon", &format!("--remote={}", scope.url), "-y"]).success();
    let before = scope.refs();
    workspace.bit(["export"]).success();
    assert_eq!(scope.refs(), before, "it is said already");
    assert!(!workspace.read(".bitmap").contains("teambit.component/remove"));
    assert_eq!(workspace.bit(["status", "--json"]).json()["remotelySoftRemoved"], json!(["my-org.ui/icon"]));
}

fn works_on(env: &TestEnvironment, scope: &Hosted<'_>) {
    let workspace = exported(env, scope);
    workspace.bit(["delete", "icon", "--remote", "--silent"]).success();
    assert!(entry(scope, "icon")["removed"].is_object());
    workspace.bit(["recover", "icon"]).success();
    workspace.bit(["deprecate", "button", "use icon"]).success();
    workspace.bit(["export"]).success().says("(recovered)").says("(deprecated)");
    assert_eq!(entry(scope, "icon")["removed"], Value::Null);
    assert_eq!(entry(scope, "button")["deprecated"], json!({"message": "use icon"}));
    scope.fsck();
}

#[test]
fn over_a_daemon_without_atomic_push() {
    let env = TestEnvironment::new();
    works_on(&env, &Host::daemon(&env).repository("s").without_atomic());
}

#[test]
fn over_smart_http_with_a_password() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    works_on(&env, &host.repository("s"));
}

#[test]
fn over_ssh_where_nothing_but_git_runs() {
    let env = TestEnvironment::new();
    let host = served!(Host::git_shell(&env));
    works_on(&env, &host.repository("s"));
}

#[test]
fn on_a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    works_on(&env, &host.repository("s"));
}

#[test]
fn who_needs_what_is_removed_has_an_issue() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let issues = |folder: &Folder| folder.bit(["status", "--json"]).success().json()["componentsWithIssues"].clone();
    workspace.bit(["delete", "theme", "--silent", "--force"]).success();
    let found = issues(&workspace);
    assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!("my-org.ui/button")));
    let issue = &found[0]["issues"][0];
    assert_eq!((&issue["type"], &issue["file"]), (&json!("RemovedDependency"), &json!("button/index.js")));
    workspace.bit(["status"]).success().says("my-org.ui/theme is removed").says("bit recover theme");
    // It keeps a tag back, and may be ignored.
    workspace.append("button/index.js", "// more\n");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("[RemovedDependency]");
    workspace.bit(["tag", "-m", "x", "--ignore-issues", "RemovedDependency"]).success();
    workspace.bit(["recover", "theme"]).success();
    assert_eq!(issues(&workspace), json!([]));

    // What the scope says counts too, also of what is not in the workspace.
    let other = env.git_workspace_at("other", "my-org.ui");
    other.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    other.bit(["import", "my-org.ui/button"]).success();
    workspace.bit(["delete", "theme", "--remote", "--silent", "--force"]).success();
    assert_eq!(issues(&other), json!([]));
    other.bit(["fetch"]).success();
    assert_eq!(issues(&other)[0]["issues"][0]["type"], "RemovedDependency");
    other.bit(["status"]).success().says("bit recover my-org.ui/theme --remote");
    assert_eq!(issues(&workspace)[0]["id"], "my-org.ui/button");
    // What goes itself need not be mended.
    workspace.bit(["delete", "button", "--silent"]).success();
    assert_eq!(issues(&workspace), json!([]));
}
