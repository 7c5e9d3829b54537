//! `bit scope sweep`: stray tags are shown, and removed only as they were shown.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, TestEnvironment, needs};
use serde_json::json;

/// A scope with theme@0.0.1 in it, and the workspace that exported it.
fn exported<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    workspace
}

/// What an export leaves that is killed between tags and catalog: a version of the workspace, tagged there.
fn dies_half_way(workspace: &Folder<'_>, scope: &Hosted<'_>, tag: &str) {
    let refs = format!("refs/tags/my-org.ui/{tag}:refs/tags/{tag}");
    workspace.scope_git(["push", "--quiet", "--", &scope.url, &refs]).success();
}

fn edited(workspace: &Folder<'_>, text: &str) {
    workspace.append("theme/index.js", &format!("// {text}\n"));
    workspace.bit(["tag", "-m", text]).success();
}

#[test]
fn old_stray_tags_go_and_nothing_else() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let before = scope.refs();
    edited(&workspace, "two");
    dies_half_way(&workspace, &scope, "theme@0.0.2");
    workspace.bit(["reset", "--all"]).success();
    // Of no version, and of one whose export may be under way.
    scope.folder.git(["--git-dir=.", "tag", "v1", "main"]).success();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    workspace.component("young", &[("index.js", "module.exports = 1;\n")]);
    let tag = workspace.invocation().args(["tag", "-m", "young"]);
    tag.env("GIT_AUTHOR_DATE", format!("{now} +0000")).run().success();
    dies_half_way(&workspace, &scope, "young@0.0.1");
    let all = scope.refs();

    let shown = workspace.bit(["scope", "sweep", "my-org.ui", "--dry-run"]);
    shown.success().says("theme@0.0.2").says("Ada Tester <ada@example.com>").says("2001-02-03");
    shown.says("young@0.0.1").says("an export may be under way").silent_about("v1").silent_about("theme@0.0.1");
    let commit = all["refs/tags/theme@0.0.2"].clone();
    shown.says(&commit[..7]);
    // Nobody is there to say yes.
    let unsaid = workspace.bit(["scope", "sweep", "my-org.ui"]);
    unsaid.fails(1).complains("remove 1 tag from").complains("--yes");
    assert_eq!(scope.refs(), all);
    let there = workspace.refs();
    let swept = workspace.bit(["scope", "sweep", "my-org.ui", "--yes", "--json"]).success().json();
    assert_eq!(swept["removed"], json!(["my-org.ui/theme@0.0.2"]));
    assert_eq!(swept["stray"][0]["commit"], json!(commit));
    assert_eq!((swept["stray"][0]["goes"].clone(), swept["stray"][1]["goes"].clone()), (json!(true), json!(false)));
    assert_eq!(workspace.refs(), there, "nothing changes here");
    // By its name it goes at any age; here outside of a workspace, and by the URL.
    let outside = env.folder("outside");
    let named = outside.bit(["scope", "sweep", &scope.url, "my-org.ui/young@0.0.1", "-y"]);
    named.success().says("removed 1 tag");
    let mut expected = before;
    expected.insert("refs/tags/v1".into(), all["refs/tags/v1"].clone());
    assert_eq!(scope.refs(), expected);
    outside.bit(["scope", "sweep", &scope.url]).success().says("no stray tags in my-org.ui");
    // Nobody here knows it by its name.
    let listed = outside.bit(["scope", "sweep", &scope.url, "theme@0.0.1", "--yes"]);
    let unknown = outside.bit(["scope", "sweep", &scope.url, "theme@7.0.0", "--yes"]);
    let hint = "\"bit scope sweep [ROOT]/hosts/path/s --dry-run\" shows";
    listed.fails(1).complains("no stray tag").complains(hint);
    unknown.fails(1).complains("has no version tag").complains(hint);
    for words in [&["scope", "sweep"][..], &["list"]] {
        let by_name = scope.folder.inside("..").bit(words.iter().chain(&["s"]));
        by_name.fails(1).complains("the folder of that name is ./s;");
    }
    scope.fsck();
    edited(&workspace, "another two");
    workspace.bit(["export"]).success().says("my-org.ui/theme@0.0.2");
}

#[test]
fn what_is_listed_is_never_removed() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let before = scope.refs();
    let sweep = |tag: &str| workspace.bit(["scope", "sweep", "my-org.ui", tag, "--yes"]);
    sweep("theme@0.0.1").fails(1).complains("the scope lists it").complains("hint");
    sweep("my-org.ui/theme@0.0.1").fails(1).complains("the scope lists it");
    sweep("theme@0.0.9").fails(1).complains("has no version tag \"theme@0.0.9\"");
    sweep("main").fails(1).complains("has no version tag \"main\"");
    assert_eq!(scope.refs(), before);
}

/// Asks a person: `script` makes the terminal.
#[test]
fn a_person_is_asked() {
    needs!("script");
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    edited(&workspace, "two");
    dies_half_way(&workspace, &scope, "theme@0.0.2");
    let answer = |answer: &str| workspace.at_a_terminal("scope sweep my-org.ui", answer);
    let before = scope.refs();
    answer("n\n").says("remove 1 tag from").says("nothing was removed");
    answer("\n").says("nothing was removed");
    assert_eq!(scope.refs(), before);
    answer("y\n").success().says("removed 1 tag");
    assert!(!scope.refs().contains_key("refs/tags/theme@0.0.2"));
}

/// While somebody reads the list, an export finishes: the host's hook is the moment between.
#[test]
fn a_tag_that_is_listed_meanwhile_stays() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    edited(&workspace, "two");
    dies_half_way(&workspace, &scope, "theme@0.0.2");
    // When its objects are asked for, the list was made already; the removal comes after.
    let git = env.folder("home/real").path().join("git");
    let real = crate::common::find_program("git").unwrap();
    std::os::unix::fs::symlink(&real, &git).unwrap();
    let once = env.root().join("once");
    let export = format!(
        "cd '{}' && PATH=\"${{PATH#*:}}\" '{}' export",
        workspace.path().display(),
        TestEnvironment::binary().display()
    );
    env.program_of_user(
        "git",
        &format!(
            "case \" $* \" in *' --depth=1 '*) \"{real}\" \"$@\" || exit; if mkdir '{once}' 2>/dev/null; then ({export}) >&2 || exit; fi; exit 0;; esac\nexec \"{real}\" \"$@\"",
            real = real.display(),
            once = once.display(),
        ),
    );
    let run = env.folder(".").bit(["scope", "sweep", &scope.url, "--yes"]);
    run.fails(1).complains("my-org.ui/theme@0.0.2 was not removed").complains("listed by now");
    assert!(once.exists() && scope.refs().contains_key("refs/tags/theme@0.0.2"));
    assert_eq!(scope.listed(), ["theme@0.0.1", "theme@0.0.2"]);
}

/// The same one moment later: the tag is gone when the catalog that lists it arrives.
#[test]
fn a_tag_that_is_listed_too_late_comes_back() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    edited(&workspace, "two");
    // The catalog that an export is about to push.
    let copy = env.folder("hosts/path/copy");
    copy.program("cp").args(["-a", "../s/.", "."]).run().success();
    workspace.bit(["export"]).success();
    let catalog = scope.refs()["refs/heads/main"].clone();
    let old = scope.folder.git(["--git-dir=.", "rev-parse", "main~1"]).line().to_owned();
    scope.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", &old]).success();
    let update = format!(
        "case \"$1 $3\" in 'refs/tags/theme@0.0.2 0000000000000000000000000000000000000000') git update-ref refs/heads/main {catalog};; esac"
    );
    let scope = scope.hook("update", &update);
    let run = env.folder(".").bit(["scope", "sweep", &scope.url, "--yes"]);
    run.fails(1).complains("an export listed it at this moment");
    assert!(scope.refs().contains_key("refs/tags/theme@0.0.2"));
    scope.fsck();
}

#[test]
fn a_host_that_keeps_its_tags_is_heard() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    edited(&workspace, "two");
    dies_half_way(&workspace, &scope, "theme@0.0.2");
    let _scope = scope.hook("update", "case $3 in 0000*) echo nothing goes >&2; exit 1;; esac");
    let run = workspace.bit(["scope", "sweep", "my-org.ui", "--yes"]);
    run.fails(1).complains("refused refs/tags/theme@0.0.2").complains("hint");
}

#[test]
fn many_strays_and_a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    let scope = host.repository("s");
    let workspace = exported(&env, &scope);
    let names: Vec<String> = (0..30).map(|number| format!("c{number}")).collect();
    for name in &names {
        workspace.write(&format!("src/{name}/index.js"), format!("module.exports = '{name}';\n"));
    }
    workspace.bit(["add", "src/*"]).success();
    workspace.bit(["tag", "-m", "x"]).success();
    let before = scope.refs();
    let refs: Vec<String> =
        names.iter().map(|name| format!("refs/tags/my-org.ui/{name}@0.0.1:refs/tags/{name}@0.0.1")).collect();
    workspace
        .scope_git(["push", "--quiet", "--", &scope.url].into_iter().chain(refs.iter().map(String::as_str)))
        .success();
    // An annotated tag, and one on no commit.
    let object = scope.folder.git(["--git-dir=.", "rev-parse", "main:scope.json"]).line().to_owned();
    scope.folder.git(["--git-dir=.", "tag", "blob@1.0.0", &object]).success();
    scope.folder.git(["--git-dir=.", "tag", "-a", "-m", "x", "signed@1.0.0", "main"]).success();
    let signed = scope.refs()["refs/tags/signed@1.0.0"].clone();
    let swept = env.folder(".").bit(["scope", "sweep", &scope.url, "--yes"]);
    swept.success().silent_about("blob@1.0.0").silent_about("signed@1.0.0").says("removed 30 tags");
    let mut expected = before;
    expected.insert("refs/tags/blob@1.0.0".into(), object);
    expected.insert("refs/tags/signed@1.0.0".into(), signed);
    assert_eq!(scope.refs(), expected);
}

/// People tag their own commits with whatever name they like.
#[test]
fn a_tag_that_only_looks_like_a_version_stays() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = exported(&env, &scope);
    let git = |arguments: &[&str]| scope.folder.git([&["--git-dir=."], arguments].concat()).success().line().to_owned();
    git(&["tag", "app@2.0.0", "main"]);
    git(&["tag", "-a", "-m", "release", "lib@3.0.0", "main"]);
    git(&["tag", "blob@1.0.0", "main:scope.json"]);
    git(&["tag", "tree@1.0.0", "main^{tree}"]);
    // A version of another component, and another version of this one.
    git(&["tag", "other@0.0.1", "theme@0.0.1"]);
    git(&["tag", "theme@9.0.0", "theme@0.0.1"]);
    let before = scope.refs();
    let shown = workspace.bit(["scope", "sweep", "my-org.ui", "--yes"]);
    shown.success().says("no stray tags in my-org.ui");
    assert_eq!(scope.refs(), before);
    for tag in ["app@2.0.0", "lib@3.0.0", "blob@1.0.0", "tree@1.0.0", "other@0.0.1", "theme@9.0.0"] {
        let named = workspace.bit(["scope", "sweep", "my-org.ui", tag, "--yes"]);
        named.fails(1).complains(&format!("{tag} is not a version that bit made")).complains("hint");
    }
    assert_eq!(scope.refs(), before);
    // One that is a version goes, also where it is annotated.
    edited(&workspace, "two");
    dies_half_way(&workspace, &scope, "theme@0.0.2");
    workspace.bit(["scope", "sweep", "my-org.ui", "--yes"]).success().says("removed 1 tag").silent_about("app");
    assert_eq!(scope.refs(), before);
    // An export is in the way of such a tag, and does not send one to sweep it.
    git(&["tag", "theme@0.0.2", "main"]);
    workspace.bit(["export"]).fails(1).complains("the tag is somebody's own").silent_about("bit scope sweep");
}
