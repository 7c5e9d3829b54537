//! What a workspace needs and does not have itself stands in node_modules, from the local scope: `node` runs it.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};

use insta::assert_snapshot;
use serde_json::json;

use crate::common::faults::kill_everywhere;
use crate::common::{Folder, TestEnvironment, has_program, needs_faults, skip};

const TELL: &str = "require('@my-org/ui.app')";

/// `app` needs `input` and `card`, of two other scopes, and those need different versions of `theme`, of a third.
/// The folders of all but `app` are deleted: their versions are in the local scope alone.
fn app_alone(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    let theme = |colour: &str| format!("exports.colour = '{colour}';\n");
    workspace
        .write("theme/index.js", theme("blue"))
        .write("theme/lib/deep.js", "module.exports = require.resolve('../index');\n")
        .write("input/index.js", "module.exports = 'input in ' + require('@my-org/base.theme').colour;\n")
        .write("card/index.js", "module.exports = 'card in ' + require('@my-org/base.theme').colour;\n")
        .write(
            "app/index.js",
            "module.exports = [require('@my-org/forms.input'), require('@other/cards.card')].join();\n",
        );
    for (folder, scope) in
        [("theme", "my-org.base"), ("input", "my-org.forms"), ("card", "other.cards"), ("app", "my-org.ui")]
    {
        workspace.bit(["add", folder, "--scope", scope]).success();
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/index.js", theme("green"));
    workspace.bit(["tag", "theme", "-m", "green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "card", "-m", "in green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "app", "-m", "the new card", "--skip-auto-tag"]).success();
    workspace.bit(["remove", "theme", "input", "card", "--delete-files", "--force"]).success();
    assert!(!workspace.exists("theme") && !workspace.exists("card"));
    workspace.clone()
}

#[test]
fn node_runs_what_is_only_in_the_local_scope_in_several_versions() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.node(["-p", TELL]).says("input in blue,card in green");
    workspace.remove("node_modules");
    assert_snapshot!(workspace.bit(["link"]), @r#"
    1 component linked (1 created)
    4 versions put into node_modules, from the local scope
      > my-org.base/theme@0.0.1
      > my-org.base/theme@0.0.2
      > my-org.forms/input@0.0.1
      > other.cards/card@0.0.2
    "#);
    workspace.node(["-p", TELL]).says("input in blue,card in green");
    workspace.bit(["status"]).success().silent_about("issues").silent_about("MissingPackage");
    // What only a dependency needs is not the workspace's to import.
    assert!(!workspace.exists("node_modules/@my-org/base.theme"));
}

#[test]
fn nothing_is_written_where_nothing_changed() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.bit(["link"]).success();
    let modules = workspace.inside("node_modules");
    let stamps = || {
        let stamp = |path: String| {
            let found = modules.path().join(&path).symlink_metadata().unwrap();
            (path, found.ino(), found.ctime(), found.ctime_nsec())
        };
        modules.listing(&[]).into_iter().chain([".bit".into(), "@my-org".into()]).map(stamp).collect::<Vec<_>>()
    };
    let before = stamps();
    let again = workspace.bit(["link", "--json"]).success().json();
    assert_eq!((&again["materialized"], &again["missing"], &again["removed"]), (&json!([]), &json!([]), &json!([])));
    workspace.bit(["status"]).success();
    assert_eq!(stamps(), before);
}

#[test]
fn what_a_package_manager_took_away_comes_back() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.remove("node_modules/@my-org/forms.input");
    workspace.bit(["status"]).success();
    workspace.node(["-p", TELL]).says("input in blue,card in green");
    workspace.remove("node_modules/.bit");
    assert_eq!(workspace.bit(["link", "--json"]).json()["materialized"].as_array().unwrap().len(), 4);
    workspace.node(["-p", TELL]).says("input in blue,card in green");
}

#[test]
fn npm_may_clean_up_and_rebuild_and_runs_nothing() {
    if !has_program("npm") {
        skip!("npm is not here");
    }
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    let package_json = json!({
        "name": "@evil/corp.x", "version": "1.0.0", "main": "index.js", "bin": {"owned": "index.js"},
        "scripts": {"preinstall": "touch $HOME/owned", "install": "touch $HOME/owned", "postinstall": "touch $HOME/owned", "prepare": "touch $HOME/owned"},
    });
    let files = [("package.json", &*package_json.to_string()), ("index.js", "module.exports = 'tame';\n")];
    plant(&workspace, "evil.corp/x@1.0.0", &files);
    workspace.write("app/evil.js", "module.exports = require('@evil/corp.x');\n");
    workspace.bit(["link"]).success().says("evil.corp/x@1.0.0");
    workspace.node(["-p", "require('@my-org/ui.app/evil.js')"]).says("tame");
    workspace.write("package.json", "{\"name\": \"w\", \"version\": \"1.0.0\"}\n");
    let npm = |arguments: &[&str]| {
        let run = workspace.program("npm").args(arguments).args(["--offline", "--no-audit", "--no-fund"]).run();
        run.success().clone()
    };
    npm(&["rebuild", "--foreground-scripts"]);
    npm(&["install"]);
    assert!(!env.home().join("owned").exists(), "a stranger's script ran");
    assert!(!workspace.exists("node_modules/.bin/owned"));
    workspace.bit(["link"]).success();
    workspace.node(["-p", TELL]).says("input in blue,card in green");
    workspace.node(["-p", "require('@my-org/ui.app/evil.js')"]).says("tame");
}

#[test]
fn an_installed_package_is_left_alone() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.remove("node_modules/@my-org/forms.input");
    workspace.write("node_modules/@my-org/forms.input/package.json", "{\"version\": \"0.0.1\", \"main\": \"x.js\"}");
    workspace.write("node_modules/@my-org/forms.input/x.js", "module.exports = 'installed';\n");
    let run = workspace.bit(["link", "--json"]);
    assert_eq!(run.success().json()["foreign"], json!(["@my-org/forms.input"]));
    run.complains("node_modules/@my-org/forms.input is not a link of bit's and was left alone");
    workspace.node(["-p", TELL]).says("installed,card in green");
}

#[test]
fn what_is_not_here_is_named_and_the_rest_is_linked() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.remove("node_modules");
    let theme = workspace.commit_of("my-org.base/theme@0.0.1");
    workspace.scope_git(["tag", "-d", "my-org.base/theme@0.0.1"]).success();
    let run = workspace.bit(["link"]);
    run.success().complains(
        "my-org.base/theme@0.0.1 is not here, and my-org.forms/input@0.0.1 needs it: bit import --objects my-org.base/theme@0.0.1",
    );
    workspace.bit(["status"]).success().complains("bit import --objects my-org.base/theme@0.0.1");
    workspace.node(["-p", "require('@other/cards.card')"]).success();
    workspace.scope_git(["tag", "my-org.base/theme@0.0.1", &theme]).success();
    workspace.bit(["link"]).success().silent_about("bit import");
    workspace.node(["-p", TELL]).says("input in blue,card in green");
}

#[test]
fn other_content_under_a_pinned_number_is_not_taken() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.remove("node_modules");
    plant(&workspace, "my-org.base/theme@0.0.1", &[("index.js", "exports.colour = 'red';\n")]);
    workspace.bit(["link"]).success().complains("my-org.base/theme@0.0.1 is ").complains("was made with");
    let run = workspace.node(["-p", TELL]);
    run.fails(1).complains("Cannot find module '@my-org/base.theme'");
}

#[test]
fn components_of_one_workspace_may_need_different_versions() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let user = "module.exports = require('@my-org/ui.theme');\n";
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'blue';\n")]),
        ("sub/one", &[("index.js", user)]),
        ("two", &[("index.js", user)]),
        ("three", &[("index.js", user)]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/index.js", "module.exports = 'green';\n");
    workspace.bit(["tag", "theme", "-m", "green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "two", "three", "-m", "green", "--skip-auto-tag"]).success();
    workspace.bit(["remove", "theme", "--delete-files", "--force"]).success();
    let tell = |name: &str| workspace.node(["-p", &format!("require('@my-org/ui.{name}')")]).line().to_owned();
    let all = || [tell("one"), tell("two"), tell("three"), tell("theme")];
    assert_eq!(all(), ["blue", "green", "green", "green"]);
    // Status is clean: each has what it was tagged with.
    workspace.bit(["status"]).success().silent_about("modified").silent_about("pending auto-tag");
    // A folder deeper or higher, the link is made anew.
    workspace.bit(["move", "sub/one", "one"]).success();
    assert_eq!(all(), ["blue", "green", "green", "green"]);
    workspace.bit(["remove", "one", "--delete-files"]).success();
    assert!(!workspace.exists("one"), "{:?}", workspace.inside("one").listing(&[]));
    workspace.bit(["link"]).success();
    assert_eq!(entries(&workspace).len(), 1);
}

#[test]
fn a_component_that_comes_back_takes_its_place_again() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    assert!(workspace.path().join("node_modules/@my-org/forms.input").is_symlink());
    workspace.write("input/index.js", "module.exports = 'my own input';\n");
    workspace.bit(["add", "input", "--scope", "my-org.forms"]).success();
    workspace.node(["-p", TELL]).says("my own input,card in green");
    workspace.bit(["remove", "input", "--force"]).success();
    workspace.node(["-p", TELL]).says("input in blue,card in green");
}

#[test]
fn what_is_not_needed_any_more_goes_and_what_is_not_ours_stays() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.write("node_modules/.bit/notes.txt", "mine\n").write("node_modules/.bit/my-org.base/mine/x", "mine\n");
    workspace.write("app/index.js", "module.exports = require('@other/cards.card');\n");
    let linked = workspace.bit(["link", "--json"]).success().json();
    assert_eq!(linked["removed"], json!(["@my-org/forms.input"]));
    assert_eq!(entries(&workspace).len(), 2);
    workspace.write("app/index.js", "module.exports = 1;\n");
    workspace.bit(["link"]).success().says("removed node_modules/@other/cards.card");
    assert_eq!(workspace.inside("node_modules/.bit").listing(&[]), ["my-org.base/mine/x", "notes.txt"]);
    assert!(!workspace.exists("node_modules/@other"));
}

#[test]
fn a_version_that_is_tagged_anew_is_written_anew() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'blue';\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "theme", "-m", "first"]).success();
    workspace.bit(["remove", "theme", "--force"]).success();
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("blue");
    workspace.bit(["add", "theme"]).success();
    workspace.bit(["reset", "theme", "--all"]).success();
    workspace.write("theme/index.js", "module.exports = 'green';\n");
    workspace.bit(["tag", "theme", "-m", "again"]).success();
    workspace.bit(["remove", "theme", "--force"]).success();
    assert_eq!(workspace.versions(), ["my-org.ui/theme@0.0.1"]);
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("green");
}

#[test]
fn peers_are_the_workspaces_own() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let config = workspace
        .read("workspace.jsonc")
        .replace("\"peerDependencies\": {}", "\"peerDependencies\": {\"@my-org/ui.context\": \"*\"}");
    workspace.write("workspace.jsonc", config);
    workspace.components(&[
        ("context", &[("index.js", "module.exports = {};\n")]),
        ("widget", &[("index.js", "exports.context = require('@my-org/ui.context');\n")]),
        (
            "app",
            &[(
                "index.js",
                "module.exports = require('@my-org/ui.widget').context === require('@my-org/ui.context');\n",
            )],
        ),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["remove", "widget", "--delete-files", "--force"]).success();
    workspace.node(["-p", "require('@my-org/ui.app')"]).says("true");
    workspace.bit(["remove", "context", "--delete-files", "--force"]).success();
    workspace.node(["-p", "require('@my-org/ui.app')"]).says("true");
}

#[test]
fn hostile_versions_are_refused_before_a_byte_is_written() {
    for (hostile, word) in [
        ("040000 tree {tree}\t..", "`.` or `..`"),
        ("040000 tree {tree}\t.git", ".git"),
        ("040000 tree {tree}\t.GIT", ".git"),
        ("040000 tree {tree}\tgit~1", ".git"),
        ("040000 tree {tree}\t.bit", "a workspace of its own"),
        ("100644 blob {blob}\t.bitmap", "a workspace of its own"),
        ("100644 blob {blob}\ta\\b", "backslash"),
        ("100644 blob {blob}\tC:x", "colon"),
        ("100644 blob {blob}\tnul.js", "device"),
        ("100644 blob {blob}\tINDEX.js", "beside"),
        ("100644 blob {blob}\tPackage.json", "change what the package is"),
        ("040000 tree {tree}\tnode_modules", "packages are installed"),
        ("120000 blob {blob}\tlink", "neither file nor folder"),
        ("160000 commit {commit}\tmodule", "neither file nor folder"),
    ] {
        let env = TestEnvironment::new();
        env.is_left_damaged("the local scope holds trees that no git writes");
        let workspace = app_alone(&env);
        plant_with(&workspace, "evil.corp/x@1.0.0", &[("index.js", "module.exports = 1;\n")], &[hostile]);
        workspace.write("app/evil.js", "require('@evil/corp.x');\n").remove("node_modules");
        let run = workspace.bit(["link"]);
        run.fails(1).complains("node_modules/@evil/corp.x could not be linked").complains(word).complains("refused");
        assert!(!workspace.exists("node_modules/.bit/evil.corp/x@1.0.0"), "{hostile}");
        assert_eq!(entries(&workspace).len(), 4, "{hostile}");
        assert!(!workspace.exists("node_modules/@evil"), "{hostile}");
        workspace.node(["-p", TELL]).says("input in blue,card in green");
        assert_eq!(workspace.inside("node_modules").listing(&[".bit", "@my-org", "@other"]), Vec::<String>::new());
    }
}

#[test]
fn a_version_that_says_it_is_another_is_refused() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    plant(&workspace, "evil.corp/x@1.0.0", &[("index.js", "")]);
    let commit = workspace.commit_of("evil.corp/x@1.0.0");
    workspace.scope_git(["tag", "evil.corp/y@1.0.0", &commit]).success();
    workspace.write("app/evil.js", "require('@evil/corp.y');\n");
    workspace.bit(["link"]).fails(1).complains("evil.corp/y@1.0.0").complains("evil.corp/x@1.0.0");
    assert!(!workspace.exists("node_modules/@evil"));
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    let outside = env.folder("outside");
    workspace.remove("node_modules/.bit");
    symlink(outside.path(), workspace.path().join("node_modules/.bit")).unwrap();
    workspace.bit(["link"]).fails(1).complains("node_modules/.bit is not a real folder");
    workspace.bit(["status"]).success().complains("node_modules/.bit is not a real folder");
    // A doctor finds, and does not fail: what it found is its answer.
    let doctor = workspace.bit(["doctor"]);
    doctor.says("node_modules/.bit is not a real folder");
    assert_eq!(doctor.code, Some(1));
    assert_eq!(outside.listing(&[]), Vec::<String>::new());
}

#[test]
fn programs_are_programs_and_built_files_come_along() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    plant_with(
        &workspace,
        "my-org.base/tool@1.0.0",
        &[("index.ts", "export const a: number = 1;\n"), ("package.json", "{\"main\": \"dist/index.js\"}")],
        &["040000 tree {tree}\tdist", "100755 blob {blob}\trun.sh"],
    );
    workspace.write("app/tool.js", "module.exports = require('@my-org/base.tool');\n");
    workspace.bit(["link"]).success();
    let tool = workspace.inside("node_modules/@my-org/base.tool");
    assert_eq!(tool.listing(&[]), ["component.json", "dist/index.js", "index.ts", "package.json", "run.sh"]);
    let mode = |file: &str| tool.path().join(file).metadata().unwrap().mode() & 0o111;
    assert!(mode("run.sh") != 0 && mode("index.ts") == 0);
    assert!(!tool.path().join("index.ts").is_symlink());
    workspace.node(["-p", "require('@my-org/ui.app/tool')"]).says("planted");
}

#[test]
fn killed_at_any_moment_the_next_link_does_the_rest() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'blue';\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["remove", "theme", "--delete-files", "--force"]).success();
    workspace.remove("node_modules");
    kill_everywhere(&workspace, &["link"], |workspace, _| {
        // What is there is whole: an entry has all its files, and a link leads to one.
        for entry in entries(workspace) {
            let package = workspace.inside(&format!("node_modules/.bit/{entry}/node_modules/@my-org/ui.theme"));
            assert_eq!(package.listing(&[]), ["component.json", "index.js", "package.json"]);
        }
        workspace.bit(["link"]).success();
        workspace.node(["-p", "require('@my-org/ui.card')"]).says("blue");
        let left = workspace.inside("node_modules/.bit").listing(&[]);
        assert!(!left.iter().any(|path| path.contains("tmp")), "{left:?}");
    });
}

#[test]
fn litter_of_killed_runs_goes_when_it_is_old() {
    let env = TestEnvironment::new();
    let workspace = app_alone(&env);
    workspace.write("node_modules/.bit-tmp-1-0", "{}").write("node_modules/.bit-tmp-2-0", "{}");
    let old = std::time::SystemTime::now() - std::time::Duration::from_secs(3600);
    fs::File::open(workspace.path().join("node_modules/.bit-tmp-1-0")).unwrap().set_modified(old).unwrap();
    workspace.bit(["link"]).success();
    assert!(!workspace.exists("node_modules/.bit-tmp-1-0"));
    assert!(workspace.exists("node_modules/.bit-tmp-2-0"), "somebody may be writing it");
}

/// The versions in the store: `scope/name@version+content`.
fn entries(workspace: &Folder<'_>) -> Vec<String> {
    let store = workspace.path().join("node_modules/.bit");
    let names = |folder: &std::path::Path| {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect::<Vec<_>>()
    };
    let entry = |scope: &String| {
        let inside = names(&store.join(scope)).into_iter().filter(|name| name.contains('+'));
        inside.map(|name| format!("{scope}/{name}")).collect::<Vec<_>>()
    };
    names(&store).iter().flat_map(entry).collect()
}

/// A version that plain git wrote into the local scope.
fn plant(workspace: &Folder<'_>, id: &str, files: &[(&str, &str)]) {
    plant_with(workspace, id, files, &[]);
}

/// The same, with lines of `git mktree` besides: `{blob}`, `{tree}` (with an index.js) and `{commit}` are some objects.
fn plant_with(workspace: &Folder<'_>, id: &str, files: &[(&str, &str)], more: &[&str]) {
    let (component, version) = id.rsplit_once('@').unwrap();
    let (scope, name) = component.split_once('/').unwrap();
    let git = |arguments: &[&str], input: &str| {
        let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
        git.args(arguments).stdin(input).run().line().to_owned()
    };
    let blob = |text: &str| git(&["hash-object", "-w", "--stdin"], text);
    let manifest = json!({
        "format": 1, "scope": scope, "name": name, "version": version, "main": "index.js", "env": "node",
        "artifacts": [], "dependencies": [], "scopes": [], "build": [],
        "packages": {"dependencies": {}, "devDependencies": {}, "peerDependencies": {}},
    });
    let mut lines = format!("100644 blob {}\tcomponent.json\n", blob(&manifest.to_string()));
    for (path, text) in files {
        lines.push_str(&format!("100644 blob {}\t{path}\n", blob(text)));
    }
    let planted = blob("module.exports = 'planted';\n");
    let tree = git(&["mktree"], &format!("100644 blob {planted}\tindex.js\n"));
    let commit = git(&["commit-tree", "-m", "x", &tree], "");
    for line in more {
        let line = line.replace("{blob}", &planted).replace("{tree}", &tree).replace("{commit}", &commit);
        lines.push_str(&format!("{line}\n"));
    }
    let whole = git(&["mktree"], &lines);
    let commit = git(&["commit-tree", "-m", "x", "-m", &format!("Bit-Id: {id}"), &whole], "");
    workspace.scope_git(["tag", "-f", id, &commit]).success();
}
