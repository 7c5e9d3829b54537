//! `bit export <scope>` of components that were never exported: that scope becomes theirs, their staged versions are
//! rewritten, and all is as if they had been made there. Whatever goes wrong, nothing has changed here.

use crate::common::faults::{self, Preserved};
use crate::common::servers::Host;
use crate::common::{Flavour, Folder, Refs, TestEnvironment, needs, needs_faults, with_each_flavour};
use crate::export::{is_whole, scope, tags};
use serde_json::json;

/// A workspace without a scope of its own, which knows the remote my-org.ui: `theme` in two versions, and `icon`.
fn homeless<'e>(env: &'e TestEnvironment, folder: &str, scope: &str) -> Folder<'e> {
    homeless_of(env, folder, scope, Flavour::JavaScript)
}

fn homeless_of<'e>(env: &'e TestEnvironment, folder: &str, scope: &str, flavour: Flavour) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, scope);
    flavour.choose_in(&workspace, scope);
    workspace.write(".gitignore", "node_modules\n");
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.component("theme", &[(flavour.file(), &flavour.says("blue", None)), ("run.sh", "#!/bin/sh\n")]);
    workspace.git(["update-index", "--refresh"]);
    workspace.component("icon", &[("index.js", "module.exports = 'i';\n")]);
    workspace.bit(["tag", "-m", "first\n\nin more words"]).success();
    workspace.append(&flavour.main("theme"), "// two\n");
    workspace.bit(["compile"]).success();
    workspace.bit(["tag", "-m", "two"]).success();
    workspace
}

/// All that must be as it was where an export failed. What was seen of a scope may be remembered.
fn state(workspace: &Folder) -> (Refs, String, Vec<String>) {
    let mut refs = workspace.refs();
    refs.retain(|name, _| !name.ends_with("/catalog"));
    (refs, workspace.read(".bitmap"), workspace.listing(&[".git"]))
}

fn the_scope_becomes_theirs_as_if_they_had_been_made_there(flavour: Flavour) {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = homeless_of(&env, "one", "my-scope", flavour);
    let made_there = homeless_of(&env, "two", "my-org.ui", flavour);
    env.later(1000);
    let before = state(&workspace);
    let plan = workspace.bit(["export", "my-org.ui", "--dry-run", "--json"]).success().json();
    assert_eq!(plan["renamed"][0], json!({"from": "my-scope/icon", "id": "my-org.ui/icon"}));
    assert_eq!((state(&workspace), tags(&scope).len()), (before, 0));

    let run = workspace.bit(["export", "my-org.ui"]);
    run.success()
        .says("exported components (2)")
        .says("my-scope/theme → my-org.ui/theme")
        .says("my-org.ui/theme@0.0.2");
    run.says(".bitmap says where each component lives: commit it");
    is_whole(&scope);
    workspace.fsck();
    // The same commits that a tag in that scope made: who, when, with which words, from which version.
    let version_tags = |refs: Refs| -> Vec<(String, String)> {
        refs.into_iter().filter(|(name, _)| name.starts_with("refs/tags/")).collect()
    };
    assert_eq!(version_tags(workspace.refs()), version_tags(made_there.refs()));
    let bitmap = workspace.read(".bitmap");
    assert!(bitmap.contains("\"scope\": \"my-org.ui\"") && !bitmap.contains("my-scope"), "{bitmap}");
    assert!(bitmap.contains(&workspace.commit_of("my-org.ui/theme@0.0.2")), "{bitmap}");

    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["list"]).success().says("my-org.ui/theme").silent_about("my-scope");
    workspace.bit(["log", "theme"]).success().says("tag 0.0.2 (current)").says("tag 0.0.1").says("in more words");
    workspace.bit(["show", "theme"]).success().says("my-org.ui/theme@0.0.2").silent_about("my-scope");
    workspace.bit(["diff", "theme", "0.0.1", "0.0.2"]).success().says("+// two");
    workspace.bit(["diff"]).success().silent_about("my-scope");
    workspace.bit(["reset", "theme"]).fails(1).complains("unable to reset");
    assert!(workspace.exists("node_modules/@my-org/ui.theme") && !workspace.exists("node_modules/@my-scope"));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.theme')"]).line(), "blue");
    workspace.bit(["link"]).success().says("2 components linked").silent_about("removed");

    // Whoever made them there exports the same, and finds nothing to do.
    made_there.bit(["export"]).success().says("nothing to export");
    made_there.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["export", "my-org.ui"]).success().says("nothing to export").silent_about("commit it");
    workspace.append(&flavour.main("theme"), "// three\n");
    workspace.bit(["tag", "-m", "three"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/theme@0.0.3").silent_about("→");
    is_whole(&scope);
}

with_each_flavour! {
    the_scope_becomes_theirs_as_if_they_had_been_made_there,
}

/// Takes the import out of a version and out of the workspace, and leaves the dependency in the manifest: with plain
/// git, as a build or a policy will make such versions.
fn without_import(workspace: &Folder, id: &str, file: &str) {
    let git = |arguments: &[&str], input: String| {
        let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope()).args(arguments);
        git.stdin(input).run().line().to_owned()
    };
    workspace.write(file, "module.exports = 1;\n");
    let blob = git(&["hash-object", "-w", "--stdin"], "module.exports = 1;\n".into());
    let old = workspace.commit_of(id);
    let tree = workspace.scope_git(["ls-tree", &old]).success().stdout.clone();
    let lines = tree.lines().map(|line| match line.ends_with("\tindex.js") {
        true => format!("100644 blob {blob}\tindex.js\n"),
        false => format!("{line}\n"),
    });
    let tree = git(&["mktree"], lines.collect());
    let commit = workspace.scope_git(["cat-file", "commit", &old]).success().stdout.clone();
    let (_, rest) = commit.split_once('\n').unwrap();
    let new = git(&["hash-object", "-t", "commit", "-w", "--stdin"], format!("tree {tree}\n{rest}"));
    workspace.scope_git(["update-ref", &format!("refs/tags/{id}"), &new]).success();
    workspace.write(".bitmap", workspace.read(".bitmap").replace(&old, &new));
}

#[test]
fn staged_dependents_that_stay_behind_follow() {
    let env = TestEnvironment::new();
    let (ui, forms) = (scope(&env, "my-org.ui"), scope(&env, "my-org.forms"));
    let workspace = env.git_workspace_at("one", "my-scope");
    for name in ["my-org.ui", "my-org.forms"] {
        workspace.bit(["remote", "add", name, &format!("../{name}")]).success();
    }
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.write("form/index.js", "module.exports = require('@my-scope/theme');\n");
    workspace.bit(["add", "form", "--scope", "my-org.forms"]).success();
    workspace.write("page/index.js", "module.exports = require('@my-org/forms.form');\n");
    workspace.bit(["add", "page", "--scope", "my-org.forms"]).success();
    workspace.bit(["tag", "-m", "first"]).success();
    let page = workspace.commit_of("my-org.forms/page@0.0.1");
    // A dependency that no source names.
    without_import(&workspace, "my-org.forms/form@0.0.1", "form/index.js");
    workspace.bit(["reset", "page"]).success();
    workspace.bit(["tag", "page", "--ignore-issues", "*", "-m", "first", "--skip-auto-tag"]).success();
    assert_ne!(workspace.commit_of("my-org.forms/page@0.0.1"), page);

    let run = workspace.bit(["export", "my-org.ui", "theme"]);
    run.success().says("exported components (1)").says("my-org.forms/form@0.0.1").says("my-org.forms/page@0.0.1");
    let theme = workspace.commit_of("my-org.ui/theme@0.0.1");
    let shown = |file: &str| workspace.scope_git(["show", &format!("my-org.forms/{file}")]).success().json();
    let manifest = shown("form@0.0.1:component.json");
    assert_eq!(manifest["dependencies"], json!([{"id": "my-org.ui/theme@0.0.1", "commit": theme, "kind": "runtime"}]));
    assert_eq!(manifest["scopes"], json!(["my-org.ui"]));
    assert_eq!(shown("form@0.0.1:package.json")["dependencies"], json!({"@my-org/ui.theme": "0.0.1"}));
    let form = workspace.commit_of("my-org.forms/form@0.0.1");
    assert_eq!(shown("page@0.0.1:component.json")["dependencies"][0]["commit"], json!(form));
    assert_eq!(shown("page@0.0.1:component.json")["scopes"], json!(["my-org.forms", "my-org.ui"]));
    workspace.fsck();
    workspace.bit(["status"]).success().silent_about("OtherContent").silent_about("but .bitmap means");
    workspace.bit(["export"]).success().says("exported components (2)");
    is_whole(&ui);
    is_whole(&forms);
}

#[test]
fn dependents_that_are_in_the_scope_already_go_along_as_they_are_now() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = env.git_workspace_at("one", "my-scope");
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.write("form/index.js", "module.exports = require('@my-scope/theme');\n");
    workspace.bit(["add", "form", "--scope", "my-org.ui"]).success();
    workspace.bit(["tag", "-m", "first"]).success();
    without_import(&workspace, "my-org.ui/form@0.0.1", "form/index.js");
    workspace.bit(["export"]).fails(1).complains("my-org.ui/form@0.0.1 needs my-scope/theme@0.0.1");
    workspace.bit(["export", "my-org.ui"]).success().says("exported components (2)");
    is_whole(&scope);
    let catalog = scope.git(["show", "HEAD:catalog/form.json"]).success().json();
    assert_eq!(catalog["versions"][0]["dependencies"], json!(["my-org.ui/theme@0.0.1"]));
    assert_eq!(catalog["versions"][0]["commit"], json!(workspace.commit_of("my-org.ui/form@0.0.1")));
    assert!(workspace.read(".bitmap").contains(&workspace.commit_of("my-org.ui/form@0.0.1")));
    workspace.bit(["export"]).success().says("nothing to export");
    workspace.fsck();
}

#[test]
fn sources_that_name_the_old_package_are_refused_before_anything_moves() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = homeless(&env, "one", "my-scope");
    workspace.component(
        "button",
        &[
            ("index.ts", "// '@my-scope/icon'\nexport { x } from '@my-scope/theme/run.sh';\n"),
            ("a.scss", "@use '~@my-scope/theme';\n"),
            ("words.js", "module.exports = ['@my-scope/theme', require('@my-scope/theme-dark')];\n"),
        ],
    );
    workspace.bit(["tag", "button", "-m", "b", "--ignore-issues", "*"]).success();
    workspace.write("button/index.ts", "export const x = import('@my-scope/theme');\n");
    workspace.component("new", &[("broken.js", "require('@my-scope/theme') +;\n"), ("index.js", "1;\n")]);
    let (before, there) = (state(&workspace), scope.refs());
    for words in [&["export", "my-org.ui"][..], &["export", "my-org.ui", "theme"]] {
        let run = workspace.bit(words);
        run.fails(1).complains("import/require statements").complains("--rewire").complains("bit reset ");
        for place in [
            "button/index.ts:1: @my-scope/theme, which becomes @my-org/ui.theme",
            "button/a.scss:1",
            "my-scope/button@0.0.1: index.ts:2",
            "new/broken.js",
        ] {
            run.complains(place);
        }
        run.silent_about("words.js").silent_about("my-scope/icon");
    }
    assert_eq!((state(&workspace), scope.refs()), (before, there));
    // Nobody imports the icon.
    workspace.bit(["export", "my-org.ui", "icon"]).success().says("my-scope/icon → my-org.ui/icon");
    assert_eq!(tags(&scope), ["icon@0.0.1"]);
    workspace.bit(["status"]).success().says("my-scope/theme").says("staged components");
    // By hand, typed as the hint says it.
    let run = workspace.bit(["export", "my-org.ui"]);
    let hint = run.fails(1).stderr.split("as it is written here: ").nth(1).unwrap().to_owned();
    let typed: Vec<&str> = hint.split("; ").take_while(|part| part.starts_with("bit ")).collect();
    assert_eq!(typed, ["bit reset button theme", "bit scope set my-org.ui button theme"]);
    workspace.remove("new/broken.js");
    for command in typed {
        workspace.bit(command.split(' ').skip(1)).success();
    }
    workspace.write("button/index.ts", "export const x = import('@my-org/ui.theme');\n");
    workspace.write("button/a.scss", "@use '~@my-org/ui.theme';\n");
    workspace.write("button/words.js", "module.exports = '@my-scope/theme';\n");
    workspace.bit(["tag", "-m", "by hand"]).success();
    workspace.bit(["export", "my-org.ui"]).success().says("exported components (3)");
    is_whole(&scope);
}

#[test]
fn a_name_that_is_taken_is_refused_with_the_way_out() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let theirs = env.git_workspace_at("theirs", "my-org.ui");
    theirs.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    theirs.component("theme", &[("index.js", "module.exports = 'theirs';\n")]);
    theirs.bit(["tag", "-m", "theirs"]).success();
    theirs.bit(["export"]).success();
    let workspace = homeless(&env, "one", "my-scope");
    let before = state(&workspace);
    let run = workspace.bit(["export", "my-org.ui"]);
    run.fails(1).complains("my-scope/theme → my-org.ui/theme").complains("another component of this name");
    run.complains("bit rename theme <another name>").silent_about("my-scope/icon");
    assert_eq!(state(&workspace), before);
    assert_eq!(tags(&scope), ["theme@0.0.1"]);
    // In this workspace itself.
    workspace.write("mine/index.js", "1;\n");
    workspace.bit(["add", "mine", "--id", "icon", "--scope", "my-org.ui"]).success();
    workspace.bit(["export", "my-org.ui", "my-scope/icon"]).fails(1).complains("this workspace has another component");
    is_whole(&scope);
}

#[test]
fn what_was_exported_stays_in_its_scope() {
    let env = TestEnvironment::new();
    let (_ui, base) = (scope(&env, "my-org.ui"), scope(&env, "my-org.base"));
    let workspace = homeless(&env, "one", "my-org.ui");
    workspace.bit(["remote", "add", "my-org.base", "../my-org.base"]).success();
    // Somebody else's workspace that has not seen the scope since.
    std::process::Command::new("cp").args(["-a", "one", "two"]).current_dir(env.root()).status().unwrap();
    workspace.bit(["export"]).success();
    let words = "only what was never exported can get another scope";
    let two = env.folder("two");
    two.bit(["export", "my-org.base", "theme"]).fails(1).complains(words).complains("my-org.ui/theme");
    assert!(tags(&base).is_empty());
    // Once it is known here, it is copied.
    two.bit(["export"]).success().says("nothing to export");
    two.bit(["export", "my-org.base", "theme"]).success().says("my-org.ui/theme@0.0.2 → my-org.base/theme@0.0.2");
    assert_eq!(tags(&base), ["theme@0.0.1", "theme@0.0.2"]);
    is_whole(&base);
    two.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn over_the_network_it_is_what_it_is_in_a_folder() {
    let env = TestEnvironment::new();
    let near = scope(&env, "my-org.ui");
    let host = Host::daemon(&env);
    let far = host.repository("ui");
    env.folder(".").bit(["scope", "create", &far.url, "--name", "my-org.ui"]).success();
    let here = homeless(&env, "one", "my-scope");
    here.bit(["export", "my-org.ui"]).success();
    let there = homeless(&env, "two", "my-scope");
    there.bit(["remote", "add", "my-org.ui", &far.url]).success();
    there.bit(["export", "my-org.ui"]).success().says("my-scope/theme → my-org.ui/theme");
    assert_eq!(far.listed(), tags(&near));
    assert_eq!(state(&there), state(&here));
    there.bit(["status"]).success().says("the workspace is clean");
    far.fsck();
}

#[test]
fn many_people_at_once_lose_nothing() {
    const PEOPLE: usize = 6;
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspaces: Vec<Folder> = (0..PEOPLE)
        .map(|person| {
            let workspace = env.git_workspace_at(&format!("w{person}"), "my-scope");
            workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
            for number in 0..5 {
                workspace.write(&format!("src/p{person}-c{number}/index.js"), format!("module.exports = {number};\n"));
            }
            workspace.bit(["add", "src/*"]).success();
            workspace.bit(["tag", "-m", "x"]).success();
            workspace
        })
        .collect();
    let export = |workspace: &Folder| workspace.invocation().args(["export", "my-org.ui"]).start();
    let running: Vec<_> = workspaces.iter().map(export).collect();
    for (running, workspace) in running.into_iter().zip(&workspaces) {
        running.finish().success();
        workspace.bit(["status"]).success().says("the workspace is clean");
    }
    assert_eq!(tags(&scope).len(), PEOPLE * 5);
    is_whole(&scope);
}

/// A workspace whose components were meant for a scope, and another one that they could go to.
fn meant_for_another<'e>(env: &'e TestEnvironment) -> (Folder<'e>, Folder<'e>) {
    let base = scope(env, "my-org.base");
    let workspace = env.git_workspace_at("one", "my-org.forms");
    workspace.bit(["remote", "add", "my-org.base", "../my-org.base"]).success();
    workspace.component("form", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    (workspace, base)
}

#[test]
fn another_scope_than_the_chosen_one_needs_a_word() {
    let env = TestEnvironment::new();
    let (workspace, base) = meant_for_another(&env);
    let before = state(&workspace);
    let run = workspace.bit(["export", "my-org.base"]);
    run.fails(1).complains("my-org.forms/form → my-org.base/form").complains("--force").complains("name the ids");
    assert_eq!((state(&workspace), tags(&base).len()), (before, 0));
    workspace.bit(["export", "my-org.base", "--dry-run"]).success().says("would export components (1)");
    for words in [
        &["export", "my-org.base", "form"][..],
        &["export", "my-org.base", "-f"],
        &["export", "--to", "my-org.base", "form"],
    ] {
        let env = TestEnvironment::new();
        let (workspace, base) = meant_for_another(&env);
        // Nobody knows whether the scope it was meant for has it: it can't be asked.
        workspace.scope_git(["config", "remote.my-org.forms.url", "/does/not/exist"]).success();
        workspace
            .bit(words)
            .success()
            .complains("my-org.forms could not be asked")
            .says("my-org.forms/form → my-org.base/form");
        is_whole(&base);
        workspace.bit(["status"]).success().says("the workspace is clean");
    }
}

#[test]
fn a_person_at_the_terminal_is_asked() {
    needs!("script");
    let env = TestEnvironment::new();
    let (workspace, base) = meant_for_another(&env);
    let before = state(&workspace);
    let answered = |answer: &str| workspace.at_a_terminal("export my-org.base", answer);
    for no in ["n\n", "\n", "", "yesterday\n"] {
        let run = answered(no);
        assert_eq!(run.code, Some(1), "{run}");
        run.says("export to my-org.base instead? [y/N]").says("the operation has been canceled");
        assert_eq!((state(&workspace), tags(&base).len()), (before.clone(), 0));
    }
    answered("y\n").success().says("exported components (1)");
    is_whole(&base);
}

#[test]
fn an_export_that_fails_leaves_everything_as_it_was() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = homeless(&env, "one", "my-scope");
    let before = state(&workspace);
    let there = scope.refs();
    workspace.bit(["export", "--to", "my-scope"]).fails(1).complains("only a placeholder");
    workspace.bit(["export", "my-scope"]).fails(1).complains("only a placeholder");
    workspace.bit(["export", "their.scope"]).fails(1).complains("nobody has said where the scope their.scope is");
    assert_eq!(state(&workspace), before);
    for atomic in ["true", "false"] {
        scope.git(["config", "receive.advertiseAtomic", atomic]).success();
        scope.write_program("hooks/update", "case $1 in refs/heads/*) echo no; exit 1;; esac");
        workspace.bit(["export", "my-org.ui"]).fails(1).complains("refused");
        assert_eq!(state(&workspace), before);
        assert_eq!(scope.refs(), there);
        workspace.bit(["status"]).success().says("my-scope/theme. versions: 0.0.1, 0.0.2");
        workspace.bit(["export"]).fails(1).complains("were not exported: my-scope/theme");
        workspace.fsck();
    }
    scope.remove("hooks/update");
    std::fs::rename(scope.path(), env.root().join("away")).unwrap();
    workspace.bit(["export", "my-org.ui"]).fails(1);
    std::fs::rename(env.root().join("away"), scope.path()).unwrap();
    workspace.bit(["export", "my-org.ui"]).success();
    is_whole(&scope);
    workspace.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn killed_anywhere_it_is_as_before_or_done_and_the_same_command_finishes() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = faults::workspace_with_scope(&env);
    workspace.component("icon", &[("index.js", "module.exports = 'i';\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    let (before, bitmap) = (workspace.versions(), workspace.read(".bitmap"));
    let after = ["my-org.ui/icon@0.0.1", "my-org.ui/theme@0.0.1"];
    let prepared = Preserved::new(&workspace);
    let (mut killed, mut published_only) = (0, 0);
    for calls in ["rename,renameat,renameat2", "fsync", "unlink,unlinkat,symlink,symlinkat", "clone,clone3,vfork"] {
        for number in 1.. {
            prepared.restore();
            if !faults::killed_at(&workspace, &["export", "my-org.ui"], calls, number) {
                break;
            }
            killed += 1;
            let scope = workspace.inside("scope");
            scope.git(["fsck", "--full", "--strict"]).success();
            workspace.bit(["status"]).success().silent_about("OtherContent");
            workspace.fsck();
            let versions = workspace.versions();
            assert!(versions == before || versions == after, "{calls} number {number}: {versions:?}");
            assert_eq!(versions == before, workspace.read(".bitmap") == bitmap, "{calls} number {number}");
            let is_published = !scope.git(["ls-tree", "-r", "--name-only", "HEAD", "catalog/"]).stdout.is_empty();
            if versions == before {
                published_only += usize::from(is_published);
                workspace.bit(["export"]).fails(1).complains("were not exported");
            }
            let run = workspace.bit(["export", "my-org.ui"]);
            run.success();
            if versions == before && is_published {
                run.says("the scope has these versions already").says("my-scope/icon → my-org.ui/icon");
            }
            assert_eq!(workspace.versions(), after, "{calls} number {number}");
            assert_eq!(tags(&scope), ["icon@0.0.1", "theme@0.0.1"], "{calls} number {number}");
            is_whole(&scope);
            workspace.bit(["status"]).success().says("the workspace is clean");
            workspace.bit(["link"]).success();
            assert!(!workspace.exists("node_modules/@my-scope") && workspace.exists("node_modules/@my-org/ui.icon"));
        }
    }
    assert!(killed > 20, "only {killed} moments were tried");
    assert!(published_only > 0, "no kill came between the push and what is written down of it");
}

#[test]
fn on_a_full_disk_it_is_refused_or_finished_by_the_same_command() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = faults::workspace_with_scope(&env);
    workspace.bit(["tag", "-m", "first"]).success();
    let before = (workspace.versions(), workspace.read(".bitmap"));
    let prepared = Preserved::new(&workspace);
    let mut failed = 0;
    for call in ["rename", "fsync"] {
        for number in 1.. {
            prepared.restore();
            let inject = format!("inject={call}:error=ENOSPC:when={number}");
            let strace = workspace.program("strace").args(["-qq", "-o", "../log", "-e", &inject]);
            let run = strace.env("RAYON_NUM_THREADS", "1").arg(TestEnvironment::binary()).args(["export", "my-org.ui"]);
            let run = run.run();
            if !env.folder(".").read("log").contains("(INJECTED)") {
                break;
            }
            failed += 1;
            assert!(matches!(run.code, Some(0 | 1)), "neither done nor refused\n{run}");
            run.silent_about("panicked");
            workspace.inside("scope").git(["fsck", "--full", "--strict"]).success();
            workspace.bit(["status"]).success().silent_about("OtherContent");
            // One command after it, all is either as before or done.
            let versions = workspace.versions();
            assert_eq!(versions == before.0, workspace.read(".bitmap") == before.1, "{call} number {number}\n{run}");
            workspace.bit(["export", "my-org.ui"]).success();
            assert_eq!(workspace.versions(), ["my-org.ui/theme@0.0.1"]);
            is_whole(&workspace.inside("scope"));
            workspace.bit(["status"]).success().says("the workspace is clean");
        }
    }
    assert!(failed > 10, "only {failed} failures were tried");
}
