//! `bit scope create` and `bit export`: versions are published by a push, all of them or none.

use crate::common::{Folder, TestEnvironment, needs};
use serde_json::json;

/// A scope in a folder, made by bit.
pub fn scope<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", name, "--name", name, "--description", "Things."]).success();
    env.folder(name)
}

/// A workspace that knows a scope, with theme ← button in it, tagged.
fn staged<'e>(env: &'e TestEnvironment, folder: &str, scope: &str) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, scope);
    workspace.bit(["remote", "add", scope, &format!("../{scope}")]).success();
    let package = format!("@{}", scope.replacen('.', "/", 1));
    workspace.component("theme", &[("index.js", "module.exports = 'blue';\n")]);
    workspace.component("button", &[("index.js", &format!("module.exports = require('{package}.theme');\n"))]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

/// The scope my-org.ui, and a workspace that has exported what is tagged in it.
fn published(env: &TestEnvironment) -> (Folder<'_>, Folder<'_>) {
    let scope = scope(env, "my-org.ui");
    let workspace = staged(env, "one", "my-org.ui");
    workspace.bit(["export"]).success();
    (scope, workspace)
}

pub fn tags(scope: &Folder) -> Vec<String> {
    let run = scope.git(["tag", "-l"]);
    run.success().stdout.lines().map(str::to_owned).collect()
}

/// Plain git is the judge, and catalog and tags agree.
pub fn is_whole(scope: &Folder) {
    scope.git(["fsck", "--full", "--strict"]).success();
    let files = scope.git(["ls-tree", "-r", "--name-only", "HEAD", "catalog/"]);
    let mut listed = Vec::new();
    for file in files.success().stdout.lines() {
        let entry = scope.git(["show", &format!("HEAD:{file}")]).success().json();
        for version in entry["versions"].as_array().unwrap() {
            let tag = format!("{}@{}", entry["name"].as_str().unwrap(), version["version"].as_str().unwrap());
            let commit = scope.git(["rev-parse", &format!("refs/tags/{tag}^{{commit}}")]);
            assert_eq!(commit.success().line(), version["commit"].as_str().unwrap(), "{tag}");
            listed.push(tag);
        }
    }
    listed.sort();
    assert_eq!(listed, tags(scope), "the catalog lists every tag");
}

#[test]
fn a_scope_is_made_and_says_what_it_is() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    here.bit(["scope", "create", "my-org.ui.git", "--description", "Buttons."])
        .success()
        .says("created the scope my-org.ui");
    let scope = env.folder("my-org.ui.git");
    assert_eq!(scope.git(["show", "HEAD:scope.json"]).success().json()["name"], "my-org.ui");
    assert!(scope.git(["show", "HEAD:README.md"]).success().stdout.contains("Buttons."));
    scope.git(["fsck", "--full", "--strict"]).success();
    here.bit(["scope", "create", "my-org.ui.git"]).fails(1).complains("is already the scope my-org.ui");
    // An empty repository of somebody else's making, whose branch has another name.
    here.git(["init", "--quiet", "--bare", "--initial-branch=trunk", "theirs"]).success();
    here.bit(["scope", "create", "theirs", "--name", "their.forms"]).success();
    assert_eq!(env.folder("theirs").git(["symbolic-ref", "HEAD"]).line(), "refs/heads/trunk");
    env.folder("theirs").git(["rev-parse", "--verify", "HEAD"]).success();
    let files = env.folder("files");
    files.write("a.txt", "a");
    here.bit(["scope", "create", "files"]).fails(1).complains("holds files");
    assert_eq!(files.listing(&[]), ["a.txt"]);
    here.bit(["scope", "create", "ext::sh -c true"]).fails(1).complains("can't be used");
}

#[test]
fn staged_versions_are_published_and_then_nothing_is_left() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    workspace.bit(["export", "--dry-run"]).success().says("would export components (2)");
    assert!(tags(&scope).is_empty());
    let run = workspace.bit(["export"]);
    run.success().says("exported components (2)").says("my-org.ui/theme@0.0.1").says("commit it");
    assert_eq!(tags(&scope), ["button@0.0.1", "theme@0.0.1"]);
    is_whole(&scope);
    assert!(
        workspace.read(".bitmap").contains("\"scope\": \"my-org.ui\"")
            && !workspace.read(".bitmap").contains("defaultScope")
    );
    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["export"]).success().says("nothing to export");
    workspace.bit(["export", "theme"]).success().says("nothing to export");

    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    let exported = workspace.bit(["export", "my-org.ui", "--json"]).success().json();
    // Dependencies first.
    assert_eq!(exported["scopes"][0]["versions"], json!(["my-org.ui/theme@0.0.2", "my-org.ui/button@0.0.2"]));
    is_whole(&scope);
    workspace.bit(["reset", "theme"]).fails(1).complains("unable to reset");
    let page = scope.git(["show", "HEAD:README.md"]);
    page.success().says("| theme | 0.0.2 | 2 |").says("Things.");
}

/// As after two kills: the first one after the push, the second one after the catalog was looked at again.
#[test]
fn a_bitmap_that_has_not_heard_of_the_export_is_told() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    workspace.component("new", &[("index.js", "module.exports = 1;\n")]);
    let before = workspace.read(".bitmap");
    workspace.bit(["export"]).success();
    let (after, refs) = (workspace.read(".bitmap"), scope.refs());
    workspace.write(".bitmap", before);
    workspace.bit(["export"]).success().says("nothing to export");
    assert_eq!((workspace.read(".bitmap"), scope.refs()), (after.clone(), refs));
    assert_eq!(after.matches("defaultScope").count(), 1, "what has no version waits: {after}");
}

#[test]
fn a_persons_files_in_the_catalog_stay() {
    let env = TestEnvironment::new();
    let (scope, workspace) = published(&env);
    env.folder(".").git(["clone", "--quiet", "my-org.ui", "edit"]).success();
    let edit = env.folder("edit");
    edit.write("LICENSE", "free\n");
    std::os::unix::fs::symlink("LICENSE", edit.path().join("COPYING")).unwrap();
    edit.write("README.md", edit.read("README.md").replace("Things.", "Our own words."));
    edit.git(["add", "--all"]).success();
    edit.git(["commit", "--quiet", "-m", "words"]).success();
    edit.git(["push", "--quiet"]).success();
    workspace.append("button/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(scope.git(["show", "HEAD:LICENSE"]).line(), "free");
    scope.git(["ls-tree", "HEAD", "COPYING"]).success().says("120000");
    scope.git(["show", "HEAD:README.md"]).success().says("Our own words.").says("| button | 0.0.2 | 2 |");
    is_whole(&scope);
}

#[test]
fn without_a_way_there_nothing_is_exported_and_the_way_is_named() {
    let env = TestEnvironment::new();
    let placeholder = env.git_workspace_at("none", "my-scope");
    placeholder.component("theme", &[("index.js", "module.exports = 1;\n")]);
    placeholder.bit(["tag", "-m", "x"]).success();
    let run = placeholder.bit(["export"]);
    run.fails(1).complains("placeholder").complains("were not exported: my-scope/theme");
    run.silent_about("nothing to export");
    let workspace = env.git_workspace_at("one", "my-org.ui");
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["export"]).success().says("nothing to export");
    workspace.bit(["tag", "-m", "x"]).success();
    workspace
        .bit(["export"])
        .fails(1)
        .complains("nobody has said where the scope my-org.ui is")
        .complains("bit remote add my-org.ui");
    if crate::common::has_program("script") {
        // Nor is a person asked for anything.
        for line in ["export", "export their.forms"] {
            let run = workspace.at_a_terminal(line, "");
            assert_eq!(run.code, Some(1), "{run}");
            run.says("nobody has said where the scope ").says("bit remote add ");
        }
        assert!(!workspace.read(".bitmap").contains("\"scope\": \"my-org.ui\""));
        workspace.bit(["status"]).success().says("staged components");
    }
    workspace.bit(["export", "theem"]).fails(1).complains("did you mean \"theme\"");
    env.folder(".").git(["init", "--quiet", "--bare", "empty"]).success();
    workspace.bit(["remote", "add", "my-org.ui", "../empty"]).success();
    workspace.bit(["export"]).fails(1).complains("is no scope").complains("bit scope create");
    env.folder(".").bit(["scope", "create", "other", "--name", "their.forms"]).success();
    workspace.scope_git(["config", "remote.my-org.ui.url", env.folder("other").path().to_str().unwrap()]).success();
    workspace.bit(["export"]).fails(1).complains("is the scope their.forms, not my-org.ui");
    workspace.scope_git(["config", "remote.my-org.ui.url", "/does/not/exist"]).success();
    workspace.bit(["export"]).fails(1).complains("/does/not/exist").complains("hint");
    workspace.bit(["status"]).success().says("staged components");
}

#[test]
fn a_team_shares_where_its_scopes_are() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = env.git_workspace_at("one", "my-org.ui");
    let config = workspace.read("workspace.jsonc");
    let place = env.folder(".").path().display().to_string();
    let shared = format!("\"bit.scope/remotes\": {{\"my-org.*\": \"file://{place}/{{scope}}\"}},\n  \"$schema\"");
    workspace.write("workspace.jsonc", config.replacen("\"$schema\"", &shared, 1));
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(tags(&scope), ["theme@0.0.1"]);
}

#[test]
fn the_nearest_word_says_where_an_export_goes() {
    let env = TestEnvironment::new();
    let places = ["local", "exact", "longer", "pattern", "global"];
    for place in places {
        env.folder(".").bit(["scope", "create", place, "--name", "my-org.ui"]).success();
    }
    let url = |place: &str| format!("file://{}/{place}", env.root().display());
    env.folder(".").bit(["remote", "add", "my-org.ui", &url("global"), "--global"]).success();
    let counts = || places.map(|place| tags(&env.folder(place)).len());
    for said in 0..places.len() {
        let workspace = env.git_workspace_at(&format!("w{said}"), "my-org.ui");
        let shared = [("exact", "my-org.ui"), ("longer", "my-org.u*"), ("pattern", "my-org.*")];
        let shared = shared.iter().filter(|(place, _)| places[said..].contains(place));
        let shared: Vec<String> = shared.map(|(place, scopes)| format!("\"{scopes}\": \"{}\"", url(place))).collect();
        let remotes = format!("\"bit.scope/remotes\": {{{}}},\n  \"$schema\"", shared.join(", "));
        let config = workspace.read("workspace.jsonc");
        workspace.write("workspace.jsonc", config.replacen("\"$schema\"", &remotes, 1));
        if said == 0 {
            workspace.bit(["remote", "add", "my-org.ui", &url("local")]).success();
        }
        workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
        workspace.bit(["tag", "-m", "x"]).success();
        let mut expected = counts();
        expected[said] += 1;
        workspace.bit(["export"]).success().says("my-org.ui/theme@0.0.1");
        assert_eq!(counts(), expected, "all from {} on were said", places[said]);
    }
}

/// Only what is in the files is joined: the hint is followed word by word.
#[test]
fn who_comes_second_with_other_versions_in_the_files_is_told_the_whole_way() {
    let env = TestEnvironment::new();
    let (scope, first) = published(&env);
    env.folder(".").program("cp").args(["-a", "one", "two"]).run().success();
    let second = env.folder("two");
    for (workspace, file) in [(&first, "mine.js"), (&second, "theirs.js")] {
        workspace.write(&format!("theme/{file}"), "1;\n");
        workspace.bit(["tag", "-m", file, "--skip-auto-tag"]).success();
    }
    first.bit(["export"]).success();
    second.bit(["checkout", "my-org.ui/theme@0.0.1"]).success();
    let run = second.bit(["export"]);
    run.fails(1)
        .complains("bring your own versions into your files first (bit checkout my-org.ui/theme@0.0.2); then join");
    second.bit(["merge"]).success().says("nothing to merge");
    second.bit(["checkout", "my-org.ui/theme@0.0.2"]).success();
    second.bit(["export"]).fails(1).silent_about("bring your own versions");
    second.bit(["merge"]).success().says("merged 1 component");
    second.bit(["tag", "-m", "both", "--skip-auto-tag"]).success();
    second.bit(["export"]).success();
    assert_eq!(second.inside("theme").listing(&[]), ["index.js", "mine.js", "theirs.js"]);
    assert!(scope.refs().contains_key("refs/tags/theme@0.0.3"));
}

#[test]
fn who_comes_second_is_refused_with_every_conflict_and_nothing_moves() {
    let env = TestEnvironment::new();
    let (scope, first) = published(&env);
    for name in ["gone", "stray"] {
        first.component(name, &[("index.js", "module.exports = 3;\n")]);
    }
    first.bit(["tag", "-m", "more"]).success();
    first.bit(["export"]).success();
    // Two workspaces that know the same versions.
    std::process::Command::new("cp").args(["-a", "one", "two"]).current_dir(env.root()).status().unwrap();
    let second = env.folder("two");
    for (workspace, level, text) in [(&first, "--patch", "mine"), (&second, "--minor", "theirs")] {
        workspace.append("theme/index.js", &format!("// {text}\n"));
        workspace.bit(["tag", "-m", text, level, "--auto-tag-increment", "patch"]).success();
    }
    first.bit(["delete", "gone", "--silent"]).success();
    first.bit(["export"]).success();
    for name in ["gone", "stray"] {
        second.append(&format!("{name}/index.js"), "// theirs\n");
    }
    second.bit(["tag", "-m", "theirs"]).success();
    scope.git(["tag", "stray@0.0.2", "stray@0.0.1"]).success();
    let before = scope.refs();
    let id = |workspace: &Folder| workspace.commit_of("my-org.ui/button@0.0.2")[..9].to_owned();
    let stray = first.commit_of("my-org.ui/stray@0.0.1");
    // Another number for theme, the same number with other content for button, one that was removed, one that is taken:
    // all at once, in this order, and then the ways out.
    let expected = format!(
        "--- stderr\nerror: versions conflict occurred when exporting the component(s), nothing was exported:\n  \
         my-org.ui/button@0.0.2: the scope has another 0.0.2 already ({}; yours is {})\n  \
         my-org.ui/theme@0.1.0: the scope went on to 0.0.2, which this version was not made from\n  \
         my-org.ui/gone@0.0.2: all versions of gone were marked as deleted on the remote scope\n  \
         my-org.ui/stray@0.0.2: a tag of that name is on the commit {stray}, which no catalog lists \
         (by Ada Tester <ada@example.com> on 2001-02-03)\n\
         hint: join both sides (bit merge), tag, and export again; or take your version back (bit reset my-org.ui/button my-org.ui/theme), and bring theirs \
         into your files (bit import my-org.ui/button my-org.ui/theme --merge); to have it there again: bit recover gone, then bit export; the tag is somebody's own: take the next \
         number (bit reset stray 0.0.2, then bit tag stray --ver 0.0.3), or ask who made it to remove it\n--- exit 1\n",
        id(&first),
        id(&second)
    );
    assert_eq!(second.bit(["export"]).to_string(), expected);
    assert_eq!(scope.refs(), before);
    second.bit(["status"]).success().says("staged components");
    scope.git(["tag", "-d", "stray@0.0.2"]).success();
    is_whole(&scope);
    // The second way out, as it is written.
    second.bit(["reset", "--all"]).success();
    second.bit(["checkout", "reset", "theme", "button"]).success();
    second.bit(["import", "my-org.ui/button", "my-org.ui/theme", "--merge"]).success();
    assert_eq!(second.read("theme/index.js"), first.read("theme/index.js"));
    second.bit(["export"]).success().says("nothing to export");
}

#[test]
fn several_scopes_and_hosts_without_atomic_push() {
    for atomic in ["true", "false"] {
        let env = TestEnvironment::new();
        let (base, ui) = (scope(&env, "my-org.base"), scope(&env, "my-org.ui"));
        for scope in [&base, &ui] {
            scope.git(["config", "receive.advertiseAtomic", atomic]).success();
        }
        let workspace = env.git_workspace_at("one", "my-org.ui");
        for name in ["my-org.base", "my-org.ui"] {
            workspace.bit(["remote", "add", name, &format!("../{name}")]).success();
        }
        workspace.write("theme/index.js", "module.exports = 1;\n");
        workspace.bit(["add", "theme", "--scope", "my-org.base"]).success();
        workspace.component("button", &[("index.js", "module.exports = require('@my-org/base.theme');\n")]);
        workspace.bit(["tag", "-m", "x"]).success();
        workspace.bit(["export", "button"]).fails(1).complains("my-org.ui/button@0.0.1 needs my-org.base/theme@0.0.1");
        assert!(tags(&ui).is_empty());
        // The second scope refuses its tags: nobody sees anything in the first one, and its tags are taken back.
        ui.write_program("hooks/update", "case $1 in refs/tags/*) echo no; exit 1;; esac");
        let before = base.refs();
        workspace.bit(["export"]).fails(1).complains("refused").complains("my-org.ui");
        assert_eq!(base.refs(), before);
        // It refuses only its catalog: the message says which scope has everything.
        ui.write_program("hooks/update", "case $1 in refs/heads/*) echo no; exit 1;; esac");
        let run = workspace.bit(["export", "--json"]);
        run.complains("my-org.base has everything; my-org.ui has not").complains("run \"bit export\" again");
        // And so do those who read JSON.
        assert_eq!((run.code, run.json()["scopes"].as_array().unwrap().len()), (Some(1), 1), "{run}");
        assert_eq!(run.json()["scopes"][0]["versions"], json!(["my-org.base/theme@0.0.1"]));
        let left = &run.json()["notExported"];
        assert_eq!((left.as_array().unwrap().len(), &left[0]["id"]), (1, &json!("my-org.ui/button")), "{run}");
        assert!(left[0]["reason"].as_str().unwrap().contains("no"), "{run}");
        is_whole(&base);
        workspace.bit(["export"]).fails(1).complains("my-org.ui").silent_about("my-org.base has everything");
        ui.remove("hooks/update");
        workspace.bit(["export"]).success().says("my-org.ui/button@0.0.1");
        is_whole(&base);
        is_whole(&ui);
        workspace.bit(["status"]).success().says("the workspace is clean");
        // The second one is gone: its name is told, and what goes without it.
        let before = base.refs();
        workspace.append("theme/index.js", "// two\n");
        workspace.bit(["tag", "-m", "two"]).success();
        std::fs::rename(env.root().join("my-org.ui"), env.root().join("gone")).unwrap();
        let run = workspace.bit(["export"]);
        run.fails(1)
            .complains("my-org.ui can't be reached, so nothing was exported to any scope: there is no repository");
        run.complains("can go without: bit export my-org.base/theme\n");
        assert_eq!(base.refs(), before);
        workspace.bit(["export", "my-org.base/theme"]).success();
    }
}

#[test]
fn a_stray_tag_is_adopted_or_explained() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    // An export that died between the tags and the catalog.
    let place = scope.path().to_str().unwrap().to_owned();
    workspace.scope_git(["push", "--quiet", &place, "refs/tags/my-org.ui/theme@0.0.1:refs/tags/theme@0.0.1"]).success();
    workspace.bit(["export"]).success().says("exported components (2)");
    is_whole(&scope);
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    scope.git(["tag", "theme@0.0.2", "theme@0.0.1"]).success();
    let before = scope.refs();
    workspace.bit(["export"]).fails(1).complains("my-org.ui/theme@0.0.2").complains("which no catalog lists");
    assert_eq!(scope.refs(), before);
}

#[test]
fn a_scope_that_was_made_anew_is_never_merged_silently() {
    let env = TestEnvironment::new();
    let (first, workspace) = published(&env);
    std::fs::remove_dir_all(first.path()).unwrap();
    // With the clock at another moment, or the same commit would be made again.
    env.later(60);
    let scope = scope(&env, "my-org.ui");
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    let run = workspace.bit(["export"]);
    run.fails(1).complains("not the one it was").complains("my-org.ui/button@0.0.1").complains("--all-versions");
    assert!(tags(&scope).is_empty());
    workspace.bit(["export", "--all-versions"]).success();
    assert_eq!(tags(&scope), ["button@0.0.1", "button@0.0.2", "theme@0.0.1", "theme@0.0.2"]);
    is_whole(&scope);
}

#[test]
fn what_a_lost_scope_said_of_its_components_is_said_again() {
    let env = TestEnvironment::new();
    let first = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    workspace.component("icon", &[("index.js", "module.exports = 3;\n")]);
    workspace.component("plain", &[("index.js", "module.exports = 4;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["delete", "theme", "--range", "0.0.1", "--silent"]).success();
    workspace.bit(["deprecate", "button", "use theme", "--new-id", "theme", "--range", "<1"]).success();
    workspace.bit(["export"]).success();
    let entries = |scope: &Folder| {
        ["button", "icon", "plain", "theme"].map(|name| {
            let mut entry = scope.git(["show", &format!("HEAD:catalog/{name}.json")]).success().json();
            entry["versions"].as_array_mut().unwrap().sort_by_key(|listed| listed["version"].to_string());
            entry
        })
    };
    let before = entries(&first);
    std::fs::remove_dir_all(first.path()).unwrap();
    env.later(60);
    let anew = scope(&env, "my-org.ui");
    // What an export that is refused has seen is not what is known of the scope then.
    anew.git(["tag", "plain@0.0.1", "HEAD"]).success();
    workspace.bit(["export", "--all-versions"]).fails(1).complains("plain@0.0.1");
    anew.git(["tag", "-d", "plain@0.0.1"]).success();
    let words =
        ["my-org.ui/icon (removed)", "my-org.ui/theme (removed: versions 0.0.1)", "my-org.ui/button (deprecated)"];
    let plan = workspace.bit(["export", "--all-versions", "--dry-run"]);
    words.iter().fold(plan.success(), |run, word| run.says(word)).silent_about("my-org.ui/plain (");
    let run = workspace.bit(["export", "--all-versions"]);
    words.iter().fold(run.success(), |run, word| run.says(word));
    assert_eq!(entries(&anew), before);
    is_whole(&anew);
    workspace.bit(["status"]).success().silent_about("staged");
    workspace.bit(["export", "--all-versions"]).success().says("nothing to export");
    workspace.bit(["verify", "my-org.ui"]).success();
    // Whoever wants them to be there again says so as ever.
    workspace.bit(["recover", "icon", "theme"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/icon (recovered)");
    workspace.bit(["list", "my-org.ui"]).success().says("icon");
}

#[test]
fn a_backup_that_was_put_back_says_again_what_was_said_since() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    workspace.component("icon", &[("index.js", "module.exports = 3;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    let backup = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["delete", "icon", "--silent"]).success();
    workspace.bit(["delete", "theme", "--range", "0.0.1", "--silent"]).success();
    workspace.bit(["deprecate", "button", "old"]).success();
    workspace.bit(["export"]).success();
    let entry = |name: &str| scope.git(["show", &format!("HEAD:catalog/{name}.json")]).success().json();
    let before = ["button", "icon", "theme"].map(entry);
    scope.git(["update-ref", "HEAD", &backup]).success();
    scope.git(["tag", "-d", "theme@0.0.2", "button@0.0.2"]).success();
    let run = workspace.bit(["export", "--all-versions"]);
    run.success().says("my-org.ui/icon (removed)").says("my-org.ui/theme (removed: versions 0.0.1)");
    run.says("my-org.ui/button (deprecated)").says("my-org.ui/theme@0.0.2");
    assert_eq!(["button", "icon", "theme"].map(entry), before);
    is_whole(&scope);
    // Where nothing but that was lost, too; but for what a person says now.
    let published = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    workspace.bit(["undeprecate", "button"]).success();
    workspace.bit(["deprecate", "theme", "old"]).success();
    workspace.bit(["export"]).success();
    let then = entry("theme");
    scope.git(["update-ref", "HEAD", &published]).success();
    workspace.bit(["recover", "icon"]).success();
    workspace.bit(["export", "--all-versions"]).success().says("my-org.ui/theme (deprecated)").says("(recovered)");
    assert_eq!(entry("theme"), then);
    assert_eq!((&entry("button")["deprecated"], &entry("icon")["removed"]), (&json!(null), &json!(null)));
    workspace.bit(["export", "--all-versions"]).success().says("nothing to export");
    workspace.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn a_person_may_recover_what_a_lost_scope_had_removed_while_it_is_restored() {
    let env = TestEnvironment::new();
    let (first, workspace) = published(&env);
    workspace.bit(["delete", "button", "--silent"]).success();
    workspace.bit(["export"]).success();
    workspace.append("button/index.js", "// two\n");
    workspace.bit(["tag", "button", "-m", "two"]).success();
    std::fs::remove_dir_all(first.path()).unwrap();
    env.later(60);
    let anew = scope(&env, "my-org.ui");
    workspace.bit(["export", "--all-versions"]).fails(1).complains("button").complains("bit recover button");
    assert!(tags(&anew).is_empty());
    workspace.bit(["recover", "button"]).success();
    workspace.bit(["export", "--all-versions"]).success().silent_about("(removed");
    let entry = anew.git(["show", "HEAD:catalog/button.json"]).success().json();
    assert_eq!((&entry["removed"], &entry["latest"]), (&json!(null), &json!("0.0.2")));
    is_whole(&anew);
}

#[test]
fn with_nothing_to_export_a_scope_that_lost_versions_is_noticed() {
    let env = TestEnvironment::new();
    let (first, workspace) = published(&env);
    workspace.bit(["export"]).success().says("nothing to export").silent_about("not the one it was");
    let away = env.root().join("away");
    std::fs::rename(first.path(), &away).unwrap();
    workspace.bit(["export"]).success().says("nothing to export").complains("could not be asked");
    env.later(60);
    let anew = scope(&env, "my-org.ui");
    let before = workspace.versions();
    let run = workspace.bit(["export"]);
    run.success().says("nothing to export").complains("not the one it was").complains("my-org.ui/theme@0.0.1");
    assert_eq!(workspace.versions(), before);
    assert!(tags(&anew).is_empty());
}

/// Whoever reads it while the push is under way, or after a crash in it, is not told of what nobody has got.
#[test]
fn the_bitmap_is_written_when_the_push_is_over_and_last_of_all() {
    needs!("strace");
    let env = TestEnvironment::new();
    let _scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "one", "my-org.ui");
    // The first versions go in a parcel, later ones by "git push".
    for (bitmap_tells, receiver) in [("\"version\": \"0.0.1\"", "receive-pack"), ("\"version\": \"0.0.2\"", "push")] {
        let calls = "trace=execve,rename,renameat,renameat2";
        let strace = workspace.program("strace").args(["-f", "-s", "300", "-e", calls, "-o", "../calls"]);
        strace.arg(TestEnvironment::binary()).arg("export").run().success();
        assert!(workspace.read(".bitmap").contains(bitmap_tells));
        let calls = env.folder(".").read("calls");
        let lines: Vec<&str> = calls.lines().collect();
        let is_receiver = |line: &&str| line.contains(" execve(") && line.contains(&format!("{receiver}\""));
        let receivers = lines.iter().filter(|line| is_receiver(line)).filter_map(|line| line.split(' ').next());
        let over = receivers.map(|process| {
            let end = format!("{process} +++ exited with 0 +++");
            lines.iter().position(|line| line.split_whitespace().eq(end.split_whitespace())).expect("it ends")
        });
        let over = over.max().unwrap_or_else(|| panic!("no {receiver} in {calls}"));
        let renames: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].contains(" rename")).collect();
        let of_bitmap: Vec<usize> = renames.iter().copied().filter(|at| lines[*at].contains("/.bitmap\"")).collect();
        assert_eq!(of_bitmap.len(), 1, "{calls}");
        assert!(of_bitmap[0] > over, "{calls}");
        let refs = renames.iter().filter(|at| lines[**at].contains("bit/packed-refs\"")).max().expect("refs change");
        assert!(of_bitmap[0] > *refs, "{calls}");
        workspace.append("theme/index.js", "// more\n").bit(["tag", "-m", "more"]).success();
    }
}

/// The name is known, and a scope of another one would be in the way.
#[test]
fn the_way_to_a_scope_that_is_not_there_works_as_it_is_told() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace_at("ws", "my-org.b");
    workspace.write("workspace.jsonc", r#"{"teambit.workspace/workspace": {"defaultScope": "my-org.b"}, "bit.scope/remotes": {"my-org.*": "../hr/{name}.git"}}"#);
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    let run = workspace.bit(["export"]);
    let place = env.root().join("hr/b.git").display().to_string();
    run.fails(1).complains("\"bit scope create --name my-org.b [ROOT]/hr/b.git\"");
    workspace.bit(["scope", "create", "--name", "my-org.b", &place]).success();
    workspace.bit(["export"]).success();
}

#[test]
fn what_is_published_and_could_not_be_written_down_is_told() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = staged(&env, "ws", "my-org.ui");
    let place = workspace.path().join(".bitmap").display().to_string();
    scope.write("hooks/post-receive", format!("#!/bin/sh\nmv '{place}' '{place}.kept'; mkdir '{place}'\n"));
    scope.program("chmod").args(["+x", "hooks/post-receive"]).run().success();
    workspace.bit(["export"]).fails(1).complains("everything was published to my-org.ui").complains("bit export");
    assert_eq!(tags(&scope), ["button@0.0.1", "theme@0.0.1"]);
    scope.remove("hooks/post-receive");
    workspace.remove(".bitmap");
    std::fs::rename(workspace.path().join(".bitmap.kept"), workspace.path().join(".bitmap")).unwrap();
    workspace.bit(["export"]).success();
    workspace.bit(["status"]).success().says("the workspace is clean");
}
