//! `bit import`: components come from their scopes, checked, and nobody's work is lost.

use crate::common::faults::{self, Preserved};
use crate::common::servers::{Host, Hosted};
use crate::common::{Folder, Run, TestEnvironment, needs_faults};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

/// A scope in a folder, made by bit.
pub fn scope<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", name, "--name", name]).success();
    env.folder(name)
}

/// A workspace that knows these scopes, of the first of which its components are.
pub fn workspace<'e>(env: &'e TestEnvironment, folder: &str, scopes: &[&str]) -> Folder<'e> {
    let places: Vec<String> = scopes.iter().map(|scope| format!("../{scope}")).collect();
    let scopes: Vec<(&str, &str)> = scopes.iter().copied().zip(places.iter().map(String::as_str)).collect();
    workspace_at(env, folder, &scopes)
}

/// The same, with scopes that are elsewhere.
pub fn workspace_at<'e>(env: &'e TestEnvironment, folder: &str, scopes: &[(&str, &str)]) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, scopes[0].0);
    for (scope, url) in scopes {
        workspace.bit(["remote", "add", scope, url]).success();
    }
    workspace
}

/// `button` ← needs `theme`, both in my-org.ui at 0.0.1, published from the workspace `author`.
pub fn published(env: &TestEnvironment) -> Folder<'_> {
    scope(env, "my-org.ui");
    let author = workspace(env, "author", &["my-org.ui"]);
    author.component("theme", &[("index.js", "module.exports = 'blue';\n")]);
    author.component(
        "button",
        &[
            ("index.js", "module.exports = require('@my-org/ui.theme') + ' button';\n"),
            ("lib/a.js", "exports.a = 1;\n"),
        ],
    );
    author.bit(["tag", "-m", "first"]).success();
    author.bit(["export"]).success();
    author
}

/// A new version of a component, published.
pub fn publish(author: &Folder, component: &str, text: &str) {
    author.append(&format!("{component}/index.js"), text);
    author.bit(["tag", component, "-m", text.trim()]).success();
    author.bit(["export"]).success();
}

fn json(workspace: &Folder, arguments: &[&str]) -> Value {
    workspace.bit(arguments.iter().chain(&["--json"])).success().json()
}

/// Nothing of the workspace is new, modified, wrong or missing.
#[track_caller]
fn is_clean(workspace: &Folder) {
    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.fsck();
}

#[test]
fn a_component_comes_with_its_files_and_all_that_it_needs() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/button"])
        .success()
        .says("successfully imported one component")
        .says("my-org.ui/button@0.0.1 added")
        .says("ui/button");
    assert_eq!(
        shop.listing(&[".git", "node_modules"]),
        [".bitmap", "ui/button/index.js", "ui/button/lib/a.js", "workspace.jsonc"]
    );
    assert_eq!(shop.read("ui/button/lib/a.js"), "exports.a = 1;\n");
    let record = &serde_json::from_str::<Value>(&shop.read(".bitmap")).unwrap()["button"];
    assert_eq!(record["scope"], "my-org.ui");
    assert_eq!(record["version"], "0.0.1");
    assert_eq!(record["commit"], author.commit_of("my-org.ui/button@0.0.1"));
    // The dependency is a version in the local scope, and no component.
    assert_eq!(shop.versions(), ["my-org.ui/button@0.0.1", "my-org.ui/theme@0.0.1"]);
    is_clean(&shop);
    shop.bit(["import", "my-org.ui/button"]).success().says("up to date");
    // From a folder inside it goes to the workspace's root all the same.
    fs::create_dir_all(shop.path().join("deep/er")).unwrap();
    shop.inside("deep/er").bit(["import", "my-org.ui/theme"]).success();
    assert!(shop.exists("ui/theme/index.js"));
    is_clean(&shop);
}

#[test]
fn where_files_go_is_the_teams_or_the_persons_choice() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let config = shop.read("workspace.jsonc");
    let structure = |pattern: &str| {
        assert!(config.contains("\"{scope}/{name}\""), "{config}");
        shop.write("workspace.jsonc", config.replace("{scope}/{name}", pattern));
    };
    structure("{non-exist-param}/{name}");
    shop.bit(["import", "my-org.ui/theme"])
        .fails(1)
        .complains("the \"non-exist-param\" part of the component structure \"{non-exist-param}/{name}\" is invalid");
    structure("parts/{owner}-{scopeId}/-{name}-");
    shop.bit(["import", "my-org.ui/theme"]).success();
    assert!(shop.exists("parts/my-org-my-org.ui/-theme-/index.js"), "{:?}", shop.listing(&[".git"]));
    // Somewhere else, and then moved.
    shop.bit(["import", "my-org.ui/button", "-p", "here/it/is"]).success();
    assert!(shop.exists("here/it/is/lib/a.js"));
    shop.bit(["import", "my-org.ui/button", "--path", "there"]).success().says("moved from here/it/is");
    assert!(shop.exists("there/lib/a.js") && !shop.exists("here/it/is"));
    is_clean(&shop);
    for path in ["..", "/tmp/x", ".git/x", "node_modules/x", "."] {
        shop.bit(["import", "my-org.ui/button", "-p", path]).fails(1);
    }
    shop.bit(["import", "my-org.ui/theme", "-p", "there/inside"]).fails(1).complains("there");
    is_clean(&shop);
}

#[test]
fn what_stands_at_the_place_is_never_lost() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let import = |more: &[&str]| shop.bit(["import", "my-org.ui/theme"].iter().chain(more));
    for (place, path) in [("ui/theme", &[][..]), ("dir", &["-p", "dir"])] {
        fs::create_dir_all(shop.path().join(place)).unwrap();
        shop.write(&format!("{place}/mine.txt"), "mine").write(&format!("{place}/index.js"), "mine");
        let before = (shop.refs(), shop.read(".bitmap"));
        import(path).fails(1).complains("unable to import").complains("the directory is not empty");
        assert_eq!((shop.refs(), shop.read(".bitmap")), before);
        assert_eq!(
            (shop.read(&format!("{place}/mine.txt")), shop.read(&format!("{place}/index.js"))),
            ("mine".into(), "mine".into())
        );
        // A file, whatever is said.
        shop.remove(place).write(place, "a file");
        import(path).fails(1).complains("is a file");
        import(&[path, &["--override"]].concat()).fails(1).complains("is a file");
        assert_eq!(shop.read(place), "a file");
        shop.remove(place);
    }
    // Another folder, or over it.
    shop.write("ui/theme/mine.txt", "mine");
    import(&["--write-to-empty-dir"]).success().says("ui/theme_1");
    assert!(shop.exists("ui/theme_1/index.js") && !shop.exists("ui/theme/index.js"));
    shop.bit(["remove", "theme", "--delete-files"]).success();
    import(&["--override"]).success();
    assert_eq!((shop.read("ui/theme/mine.txt").as_str(), shop.exists("ui/theme/index.js")), ("mine", true));
    for (flags, words) in [
        (&["--override", "--write-to-empty-dir"][..], "--override and --write-to-empty-dir cannot be used together"),
        (&["--path", "x", "--write-to-empty-dir"], "--path and --write-to-empty-dir cannot be used together"),
        (&["--merge=bad"], "merge must be one of the following"),
        (&["--dependencies-depth", "0"], "positive integer"),
    ] {
        import(flags).fails(2).complains(words);
    }
    shop.bit(["import", "--override"]).fails(2).complains("checkout reset");
}

#[test]
fn an_empty_folder_and_one_with_just_these_files_are_no_obstacle() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    fs::create_dir_all(shop.path().join("ui/theme")).unwrap();
    shop.write("ui/button/index.js", "module.exports = require('@my-org/ui.theme') + ' button';\n");
    shop.write("ui/button/lib/a.js", "exports.a = 1;\n");
    shop.bit(["import", "my-org.ui/*"]).success().says("successfully imported 2 components");
    is_clean(&shop);
}

#[test]
fn local_changes_are_not_overwritten() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/button"]).success();
    publish(&author, "button", "// two\n");
    shop.append("ui/button/lib/a.js", "// mine\n");
    let run = shop.bit(["import", "my-org.ui/button"]);
    run.fails(1).complains("unable to import").complains("lib/a.js").complains("--override");
    assert_eq!(shop.read("ui/button/lib/a.js"), "exports.a = 1;\n// mine\n");
    assert!(!shop.read("ui/button/index.js").contains("two") && shop.read(".bitmap").contains("0.0.1"));
    // A file of one's own is in the way too, and stays with --override.
    shop.write("ui/button/own.js", "own");
    shop.bit(["import", "button", "--override"]).success().says("my-org.ui/button@0.0.2 updated from 0.0.1");
    assert_eq!(shop.read("ui/button/lib/a.js"), "exports.a = 1;\n");
    assert_eq!(shop.read("ui/button/own.js"), "own");
    shop.remove("ui/button/own.js");
    is_clean(&shop);
    // Deleting is a change as well; a folder that is gone altogether is put back.
    shop.remove("ui/button/lib/a.js");
    shop.bit(["import", "my-org.ui/button"]).fails(1).complains("lib/a.js");
    shop.remove("ui/button");
    shop.bit(["import", "my-org.ui/button"]).success().says("files put back");
    is_clean(&shop);
}

#[test]
fn an_update_changes_what_changed_and_deletes_what_went() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.write(".gitignore", "*.log\nnode_modules\n");
    shop.bit(["import", "my-org.ui/button"]).success();
    shop.write("ui/button/lib/debug.log", "kept");
    author.remove("button/lib/a.js").write("button/bin/run", "#!/bin/sh\n");
    fs::set_permissions(author.path().join("button/bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
    publish(&author, "button", "// two\r\n");
    let two = json(&shop, &["import", "my-org.ui/button"]);
    assert_eq!(two["importedComponents"][0]["status"], "updated");
    assert_eq!(two["newVersions"], json!(["my-org.ui/button@0.0.2"]));
    assert!(!shop.exists("ui/button/lib/a.js") && shop.exists("ui/button/lib/debug.log"));
    assert!(shop.read("ui/button/index.js").ends_with("// two\n"));
    let mode = |path: &str| fs::metadata(shop.path().join(path)).unwrap().permissions().mode() & 0o111;
    assert_eq!((mode("ui/button/bin/run"), mode("ui/button/index.js")), (0o111, 0));
    is_clean(&shop);
    // Back to an older one, by its number.
    shop.bit(["import", "my-org.ui/button@0.0.1"])
        .success()
        .says("updated from 0.0.2")
        .says("1 new version(s) available, latest 0.0.2");
    assert!(shop.exists("ui/button/lib/a.js") && !shop.exists("ui/button/bin"));
    let status = json(&shop, &["status"]);
    assert_eq!(
        status["outdatedComponents"],
        json!([{"id": "my-org.ui/button", "current": "0.0.1", "latest": "0.0.2"}])
    );
    shop.bit(["import", "my-org.ui/button@9.9.9"]).fails(1).complains("doesn't have version 9.9.9").complains("0.0.2");
    shop.bit(["import", "my-org.ui/buton"]).fails(1).complains("did you mean \"button\"");
}

#[test]
fn the_author_gets_what_somebody_else_exported_where_the_component_is() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    shop.append("ui/theme/index.js", "// by the shop\n");
    shop.bit(["tag", "theme", "-m", "two"]).success();
    shop.bit(["export"]).success();
    author.bit(["import", "theme"]).success().says("my-org.ui/theme@0.0.2 updated from 0.0.1 (theme)");
    assert!(author.read("theme/index.js").contains("by the shop") && !author.exists("ui"));
    assert_eq!(author.commit_of("my-org.ui/theme@0.0.2"), shop.commit_of("my-org.ui/theme@0.0.2"));
}

#[test]
fn staged_versions_are_kept_and_divergence_is_told() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/*"]).success();
    shop.append("ui/theme/index.js", "// mine\n");
    shop.bit(["tag", "theme", "-m", "mine", "--skip-auto-tag"]).success();
    let staged = shop.commit_of("my-org.ui/theme@0.0.2");
    shop.bit(["import", "my-org.ui/theme"]).success().says("kept");
    shop.bit(["import"]).success();
    // The same number over there, with other content, and one more.
    publish(&author, "theme", "// theirs\n");
    publish(&author, "theme", "// theirs too\n");
    shop.bit(["import", "my-org.ui/theme"]).fails(1).complains("both sides went on").complains("bit merge");
    shop.bit(["import", "my-org.ui/theme", "--objects"]).success().says("both sides went on");
    assert_eq!(shop.commit_of("my-org.ui/theme@0.0.2"), staged);
    assert_eq!(shop.commit_of("my-org.ui/theme@0.0.3"), author.commit_of("my-org.ui/theme@0.0.3"));
    assert!(shop.read("ui/theme/index.js").ends_with("// mine\n") && shop.read(".bitmap").contains(&staged));
    let status = json(&shop, &["status"]);
    assert_eq!(
        status["mergePendingComponents"],
        json!([{"id": "my-org.ui/theme", "current": "0.0.2", "latest": "0.0.3"}])
    );
    assert_eq!(status["stagedComponents"], json!([{"id": "my-org.ui/theme", "versions": ["0.0.2"]}]));
    shop.bit(["export"]).fails(1);
    shop.bit(["import"]).success().says("both sides went on");
    shop.fsck();
}

#[test]
fn patterns_leave_out_what_is_advised_against() {
    let env = TestEnvironment::new();
    let author = published(&env);
    for name in ["forms/input", "forms/old"] {
        author.write(&format!("{name}/index.js"), "module.exports = 1;\n");
        author.bit(["add", name, "--id", name]).success();
    }
    author.bit(["tag", "-m", "forms"]).success();
    author.bit(["export"]).success();
    let entry = |name: &str, more: Value| {
        let host = env.folder("my-org.ui");
        let mut entry = host.git(["show", &format!("main:catalog/{name}.json")]).success().json();
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        edit_catalog(&host, &format!("catalog/{name}.json"), Some(&entry.to_string()));
    };
    entry("forms/old", json!({"deprecated": {"message": "use input"}}));
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/forms/*"]).success().says("successfully imported one component");
    assert!(shop.exists("ui/forms/input") && !shop.exists("ui/forms/old"));
    shop.bit(["import", "my-org.ui/forms/old"]).success().says("deprecated: use input");
    shop.bit(["import", "my-org.ui/*,!button"]).success();
    assert!(shop.exists("ui/theme") && !shop.exists("ui/button"));
    entry("button", json!({"removed": {}}));
    shop.bit(["import", "my-org.ui/butt*"]).fails(1).complains("unable to find any component matching");
    shop.bit(["import", "my-org.ui/button"]).success().says("removed from its scope");
    shop.bit(["import", "*/button"]).fails(2).complains("must begin with the name of a scope");
    let other = workspace(&env, "other", &["my-org.ui"]);
    other.bit(["import", "my-org.ui/forms/*", "--include-deprecated"]).success().says("2 components");
}

/// Changes one file of a scope's catalog, with plain git, as one more commit.
pub fn edit_catalog(host: &Folder, path: &str, text: Option<&str>) {
    let change = match text {
        Some(text) => format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()),
        None => format!("D {path}\n"),
    };
    let stream = format!(
        "commit refs/heads/main\ncommitter Host <host@example.com> 981173106 +0000\ndata 4\nedit\nfrom refs/heads/main^0\n{change}"
    );
    host.program("git").args(["fast-import", "--quiet", "--force"]).stdin(stream).run().success();
}

/// Whatever reads a catalog passes over what no component can be called, and verify tells of it.
#[test]
fn files_that_are_no_entries_are_in_nobodys_way() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let host = env.folder("my-org.ui");
    edit_catalog(&host, "catalog/.github/broken.json", Some("{"));
    edit_catalog(&host, "catalog/.broken.json", Some("{"));
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    for words in [
        &["list", "my-org.ui"][..],
        &["list", "../my-org.ui"],
        &["fetch"],
        &["import", "my-org.ui/button"],
        &["scope", "sweep", "my-org.ui"],
        &["mirror", "my-org.ui", "../mirrored", "--create"],
        &["deprecate", "my-org.ui/theme", "old", "--remote"],
    ] {
        shop.bit(words).success();
    }
    publish(&author, "theme", "// two\n");
    let found = shop.bit(["verify", "my-org.ui"]);
    found
        .success()
        .says("notice my-org.ui: catalog/.github/broken.json")
        .says("notice my-org.ui: catalog/.broken.json");
}

#[test]
fn dependencies_become_components_where_that_is_wanted() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/button", "--dependencies"]).success().says("2 components");
    assert!(shop.exists("ui/theme/index.js") && shop.read(".bitmap").contains("\"theme\""));
    is_clean(&shop);
    shop.bit(["import", "my-org.ui/button", "--objects"]).success().says("brought into the local scope");
}

#[test]
fn components_never_lie_in_one_another() {
    let env = TestEnvironment::new();
    scope(&env, "my-org.ui");
    let author = workspace(&env, "author", &["my-org.ui"]);
    for (id, folder) in [("foo", "one"), ("foo/bar", "two")] {
        author.write(&format!("{folder}/index.js"), "module.exports = 1;\n");
        author.bit(["add", folder, "--id", id]).success();
    }
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    for (folder, order) in [("ab", ["foo", "foo/bar"]), ("ba", ["foo/bar", "foo"])] {
        let shop = workspace(&env, folder, &["my-org.ui"]);
        for name in order {
            shop.bit(["import", &format!("my-org.ui/{name}")]).success();
        }
        let expected = if folder == "ab" { ["ui/foo", "ui/foo_1/bar"] } else { ["ui/foo/bar", "ui/foo_1"] };
        assert!(
            expected.iter().all(|place| shop.exists(&format!("{place}/index.js"))),
            "{:?}",
            shop.listing(&[".git"])
        );
        is_clean(&shop);
    }
    let both = workspace(&env, "both", &["my-org.ui"]);
    both.bit(["import", "my-org.ui/*"]).success();
    is_clean(&both);
}

#[test]
fn a_fresh_clone_becomes_complete_with_one_command() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.write(".gitignore", "node_modules\n");
    author.git(["add", "--all"]).success();
    author.git(["commit", "--quiet", "-m", "all"]).success();
    publish(&author, "theme", "// two\n");
    env.folder(".").git(["clone", "--quiet", "author", "clone"]).success();
    let clone = env.folder("clone");
    clone.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    clone.bit(["status"]).success().says("import pending");
    clone
        .bit(["import"])
        .success()
        .says("successfully imported 2 components")
        .says("1 new version(s) available, latest 0.0.2");
    assert_eq!(clone.git(["status", "--short"]).success().stdout, "");
    let status = json(&clone, &["status"]);
    assert_eq!(status["importPendingComponents"], json!([]));
    assert_eq!(status["modifiedComponents"], json!([]));
    clone.bit(["import"]).success().says("nothing new");
    // So does another worktree.
    author.git(["worktree", "add", "--quiet", "../tree", "-b", "b"]).success();
    let tree = env.folder("tree");
    tree.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    tree.bit(["import"]).success();
    assert_eq!(json(&tree, &["status"])["importPendingComponents"], json!([]));
    let fresh = workspace(&env, "fresh", &["my-org.ui"]);
    fresh.component("own", &[("index.js", "module.exports = 1;\n")]);
    fresh.bit(["import"]).success().says("nothing to import");
}

#[test]
fn packages_from_outside_stay_as_the_author_declared_them() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author
        .write("package.json", r#"{"dependencies": {"lodash": "^4.17.21"}, "devDependencies": {"vitest": "^3.0.0"}}"#);
    author.component("list", &[("index.js", "require('lodash');\n"), ("list.test.js", "require('vitest');\n")]);
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/list"]).success();
    is_clean(&shop);
    shop.append("ui/list/index.js", "// two\n");
    shop.bit(["tag", "-m", "two"]).success();
    let packages = shop.bit(["cat", "list"]).success().json()["packages"].clone();
    assert_eq!(packages["dependencies"], json!({"lodash": "^4.17.21"}));
    assert_eq!(packages["devDependencies"], json!({"vitest": "^3.0.0"}));
}

/// `app` (my-org.app) needs `button` (my-org.ui), which needs `theme` (my-org.base).
fn a_chain_over_three_scopes(author: &Folder) {
    for (name, scope, source) in [
        ("theme", "my-org.base", "module.exports = 'blue';\n"),
        ("button", "my-org.ui", "module.exports = require('@my-org/base.theme');\n"),
        ("app", "my-org.app", "module.exports = require('@my-org/ui.button');\n"),
    ] {
        author.write(&format!("{name}/index.js"), source);
        author.bit(["add", name, "--scope", scope]).success();
    }
}

/// The chain, published from folders of this machine.
fn three_scopes(env: &TestEnvironment) -> Folder<'_> {
    let names = ["my-org.app", "my-org.ui", "my-org.base"];
    for name in names {
        scope(env, name);
    }
    let author = workspace(env, "author", &names);
    a_chain_over_three_scopes(&author);
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    author
}

#[test]
fn a_closure_over_several_scopes_comes_whole_or_not_at_all() {
    let env = TestEnvironment::new();
    three_scopes(&env);
    let shop = workspace(&env, "shop", &["my-org.app", "my-org.ui", "my-org.base"]);
    shop.bit(["import", "my-org.app/app"]).success();
    assert_eq!(shop.versions(), ["my-org.app/app@0.0.1", "my-org.base/theme@0.0.1", "my-org.ui/button@0.0.1"]);
    is_clean(&shop);
    let bare = workspace(&env, "bare", &["my-org.app", "my-org.ui", "my-org.base"]);
    // What is here is used where a scope is down.
    let hidden = env.root().join("hidden");
    fs::rename(env.root().join("my-org.base"), &hidden).unwrap();
    shop.bit(["import", "my-org.app/app"]).success();
    shop.bit(["import"]).success();
    let before = bare.listing(&[".git"]);
    bare.bit(["import", "my-org.app/app"])
        .fails(1)
        .complains("my-org.base/theme@0.0.1 (needed by my-org.ui/button@0.0.1)");
    assert_eq!((bare.listing(&[".git"]), bare.versions()), (before, Vec::<String>::new()));
    fs::rename(hidden, env.root().join("my-org.base")).unwrap();
    bare.bit(["import", "my-org.app/app"]).success();
}

/// Whoever looks after them needs all of it at once: which ones, and what brings each back.
#[test]
fn all_lost_tags_are_told_and_what_brings_them_back() {
    let env = TestEnvironment::new();
    let author = three_scopes(&env);
    let names = ["my-org.app", "my-org.ui", "my-org.base"];
    let shop = workspace(&env, "shop", &names);
    for (scope, tag) in [("my-org.ui", "button@0.0.1"), ("my-org.base", "theme@0.0.1")] {
        env.folder(scope).git(["--git-dir=.", "tag", "-d", tag]).success();
    }
    let run = shop.bit(["import", "my-org.app/app"]);
    run.fails(1).complains("my-org.ui/button@0.0.1: ").complains("my-org.base/theme@0.0.1: ");
    run.complains("\"bit verify my-org.base --fix\"").complains("\"bit verify my-org.ui --fix\"");
    author.bit(["verify", "my-org.ui", "--fix"]).fails_quietly(3).says("repaired my-org.ui/button@0.0.1");
    // One that was removed comes back with its removal taken back.
    author.bit(["delete", "theme", "--range", "0.0.1", "--silent", "--force"]).success();
    author.bit(["export"]).success();
    let run = shop.bit(["import", "my-org.app/app"]);
    run.fails(1).complains("my-org.base/theme@0.0.1: ").complains("and the version is removed").silent_about("verify");
    run.complains("\"bit recover my-org.base/theme\" and \"bit export\"");
    assert_eq!(shop.versions(), Vec::<String>::new());
    author.bit(["recover", "my-org.base/theme"]).success();
    author.bit(["export"]).success();
    shop.bit(["import", "my-org.app/app"]).success();
    is_clean(&shop);
}

/// Of many, tags are listed first.
#[test]
fn of_many_versions_all_lost_tags_are_told() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let author = workspace(&env, "author", &["my-org.ui"]);
    let names: Vec<String> = (0..120).map(|number| format!("c{number}")).collect();
    let files = [("index.js", "module.exports = 1;\n")];
    author.components(&names.iter().map(|name| (name.as_str(), &files[..])).collect::<Vec<_>>());
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    for tag in ["c3@0.0.1", "c70@0.0.1"] {
        scope.git(["--git-dir=.", "tag", "-d", tag]).success();
    }
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let run = shop.bit(["import", "my-org.ui/*", "--objects"]);
    run.fails(1).complains("my-org.ui/c3@0.0.1: ").complains("my-org.ui/c70@0.0.1: ").silent_about("c4@");
}

#[test]
fn scopes_say_where_others_are_and_are_believed_only_if_somebody_says_so() {
    let env = TestEnvironment::new();
    three_scopes(&env);
    for (scope, needed) in [("my-org.app", "my-org.ui"), ("my-org.ui", "my-org.base")] {
        let url = format!("file://{}", env.root().join(needed).display());
        let card = json!({"format": 1, "name": scope, "remotes": {needed: url}}).to_string();
        edit_catalog(&env.folder(scope), "scope.json", Some(&card));
    }
    let shop = workspace(&env, "shop", &["my-org.app"]);
    shop.bit(["import", "my-org.app/app"])
        .fails(1)
        .complains("the scope my-org.app says that it is at file://")
        .complains("bit remote add my-org.ui")
        .complains("--yes");
    assert!(shop.versions().is_empty() && !shop.exists("app"));
    shop.bit(["import", "my-org.app/app", "--yes"]).success();
    shop.bit(["remote"]).success().says("my-org.base");
    is_clean(&shop);
    shop.bit(["import", "their.forms/input"]).fails(1).complains("nobody has said where the scope their.forms is");
    shop.bit(["import", "my-org.app"]).fails(1).complains("is the name of a scope").complains("'my-org.app/*'");
    shop.bit(["import", "nonsense"]).fails(1).complains("without its scope");
}

#[test]
fn many_components_come_at_once() {
    let env = TestEnvironment::new();
    scope(&env, "my-org.ui");
    let author = workspace(&env, "author", &["my-org.ui"]);
    for number in 0..120 {
        author.write(&format!("c{number}/index.js"), format!("module.exports = {number};\n"));
    }
    author.bit(["add", "c*"]).success();
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/*"]).success().says("successfully imported 120 components");
    assert_eq!(shop.versions().len(), 120);
    is_clean(&shop);
    // One of the tags is elsewhere: found in the list too, before anything is taken.
    let host = env.folder("my-org.ui");
    let moved = author.commit_of("my-org.ui/c7@0.0.1");
    host.git(["update-ref", "refs/tags/c8@0.0.1", &moved]).success();
    let other = workspace(&env, "other", &["my-org.ui"]);
    other.bit(["import", "my-org.ui/*"]).fails(1).complains("my-org.ui/c8@0.0.1").complains("was moved");
    assert!(other.versions().is_empty() && !other.exists("ui"));
    // The catalog's content, after a look.
    other.bit(["import", "my-org.ui/*", "--accept-moved", "my-org.ui/c8"]).success();
    assert_eq!(other.commit_of("my-org.ui/c8@0.0.1"), author.commit_of("my-org.ui/c8@0.0.1"));
}

#[test]
fn a_signed_version_keeps_its_annotated_tag() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let host = env.folder("my-org.ui");
    let commit = author.commit_of("my-org.ui/theme@0.0.1");
    host.git(["tag", "-f", "-a", "-m", "signed", "theme@0.0.1", &commit]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    assert_eq!(shop.refs()["refs/tags/my-org.ui/theme@0.0.1"], host.git(["rev-parse", "refs/tags/theme@0.0.1"]).line());
    assert_eq!(shop.commit_of("my-org.ui/theme@0.0.1"), commit);
    is_clean(&shop);
}

#[test]
fn versions_that_are_here_are_not_brought_again() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/*"]).success();
    let packs = || fs::read_dir(shop.local_scope().join("objects/pack")).unwrap().count();
    let before = packs();
    shop.bit(["import", "my-org.ui/*"]).success();
    shop.bit(["import"]).success();
    assert_eq!(packs(), before);
    publish(&author, "theme", "// two\n");
    let brought = json(&shop, &["import", "my-org.ui/theme"]);
    assert_eq!(brought["newVersions"], json!(["my-org.ui/theme@0.0.2"]));
    // The history came with it, and what was here before was not brought once more.
    shop.bit(["log", "theme", "--oneline"]).success().says("0.0.1").says("0.0.2");
}

#[test]
fn one_component_costs_what_it_is_and_not_what_its_scope_holds() {
    let env = TestEnvironment::new();
    scope(&env, "my-org.ui");
    let author = workspace(&env, "author", &["my-org.ui"]);
    // Each a hundred kilobytes that hardly get smaller by compression.
    for number in 0..40u32 {
        let noise = (0..12_500u32).map(|at| format!("{:08x}", (number * 12_500 + at).wrapping_mul(0x9e37_79b9)));
        author.write(&format!("c{number}/index.js"), format!("module.exports = '{}';\n", noise.collect::<String>()));
    }
    author.bit(["add", "c*"]).success();
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let size = || {
        let packs = fs::read_dir(shop.local_scope().join("objects/pack")).unwrap().flatten();
        packs.map(|file| file.metadata().unwrap().len()).sum::<u64>()
    };
    shop.bit(["fetch", "my-org.ui"]).success();
    let catalog = size();
    shop.bit(["import", "my-org.ui/c7"]).success();
    let one = size() - catalog;
    assert!(catalog < 50_000 && one > 20_000 && one < 150_000, "{catalog} and {one} bytes");
}

#[test]
fn a_scope_is_found_by_remotes_then_by_patterns_then_by_hints() {
    let env = TestEnvironment::new();
    three_scopes(&env);
    let nowhere = format!("file://{}", env.root().join("nowhere").display());
    let card = json!({"format": 1, "name": "my-org.app", "remotes": {"my-org.ui": nowhere, "my-org.base": nowhere}});
    edit_catalog(&env.folder("my-org.app"), "scope.json", Some(&card.to_string()));
    // A pattern is believed before a hint, and nobody is asked.
    let shop = workspace(&env, "shop", &["my-org.app"]);
    let config = shop.read("workspace.jsonc");
    let share = |place: &str| {
        let place = format!("file://{}/{place}", env.root().display());
        let shared = format!("\"bit.scope/remotes\": {{\"my-org.*\": \"{place}\"}},\n  \"$schema\"");
        shop.write("workspace.jsonc", config.replacen("\"$schema\"", &shared, 1));
    };
    share("elsewhere/{scope}");
    shop.bit(["import", "my-org.app/app"]).fails(1).complains("my-org.ui/button@0.0.1").silent_about("nowhere");
    share("{scope}");
    shop.bit(["import", "my-org.app/app"]).success();
    is_clean(&shop);
    // A remote of the workspace comes before both.
    let other = workspace(&env, "other", &["my-org.app", "my-org.ui", "my-org.base"]);
    other.bit(["import", "my-org.app/app", "--yes"]).success();
    is_clean(&other);
}

#[test]
fn a_record_that_means_another_content_is_told_and_can_be_accepted() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let commit = author.commit_of("my-org.ui/theme@0.0.1");
    let meant = "3".repeat(40);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.write("ui/theme/index.js", "module.exports = 'blue';\n");
    shop.write(
        ".bitmap",
        json!({"theme": {"name": "theme", "scope": "my-org.ui", "version": "0.0.1", "mainFile": "index.js",
            "rootDir": "ui/theme", "commit": meant}, "$schema-version": "17.0.0"})
        .to_string(),
    );
    for arguments in [&["import"][..], &["import", "theme"]] {
        shop.bit(arguments).fails(1).complains(&meant).complains(&commit);
        assert!(shop.versions().is_empty());
    }
    shop.bit(["import", "--accept-moved", "my-org.ui/theme"]).success();
    assert!(shop.read(".bitmap").contains(&commit));
    is_clean(&shop);
}

#[test]
fn a_scope_that_is_another_one_is_not_taken_silently() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    fs::remove_dir_all(env.root().join("my-org.ui")).unwrap();
    scope(&env, "my-org.ui");
    let before = shop.refs();
    shop.bit(["import"]).fails(1).complains("is not the one it was");
    shop.bit(["import", "my-org.ui/theme"]).fails(1).complains("my-org.ui/theme@0.0.1");
    assert_eq!(shop.refs(), before);
}

#[test]
fn a_file_on_the_way_to_a_folder_is_named() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.write("ui", "a file\n");
    for arguments in [&["my-org.ui/theme"][..], &["my-org.ui/*"], &["my-org.ui/theme", "--path", "ui/deep/theme"]] {
        let run = shop.bit(["import"].iter().chain(arguments));
        run.fails(1).complains("ui is a file, so there can be no folder ui/").complains("name another folder");
    }
    shop.bit(["import", "my-org.ui/theme", "--path", "theme"]).success();
    let moved = shop.bit(["import", "my-org.ui/theme", "--path", "ui/theme"]);
    moved.fails(1).complains("ui is a file, so there can be no folder ui/theme");
    assert_eq!(shop.read("ui"), "a file\n");
}

#[test]
fn what_was_meant_keeps_its_scope() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    for (typed, meant) in [
        ("my-org.ui/butTon", "did you mean \"my-org.ui/but-ton\"?"),
        ("my-org.ui.button", "did you mean \"my-org.ui/button\"?"),
        ("my-org.*/*", "write it before the slash: 'my-org.ui/*'"),
        ("*/forms/*", "write it before the slash: 'my-org.ui/forms/*'"),
    ] {
        let run = shop.bit(["import", typed]);
        assert!(run.stderr.contains(meant), "{typed}: {run}");
    }
}

#[test]
fn an_import_that_can_link_nothing_ends_as_link_does() {
    let env = TestEnvironment::new();
    published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    fs::create_dir_all(shop.path().join("node_modules/elsewhere")).unwrap();
    symlink("elsewhere", shop.path().join("node_modules/@my-org")).unwrap();
    let run = shop.bit(["import", "my-org.ui/theme"]);
    assert_eq!(run.code, Some(1), "{run}");
    run.says("successfully imported").complains("could not be linked");
    assert_eq!(shop.bit(["link"]).code, Some(1));
    shop.remove("node_modules/@my-org").bit(["import", "my-org.ui/theme"]).success();
}

#[test]
fn an_import_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let shop = about_to_import(&env);
    let command: &[&str] = &["import", "my-org.ui/*"];
    let state = |shop: &Folder| (shop.refs(), shop.read(".bitmap"), shop.listing(&[".git", "node_modules"]));
    let preserved = Preserved::new(&shop);
    let old = state(&shop);
    shop.bit(command).success();
    let new = state(&shop);
    faults::killed_at_each(&preserved, command, 15, |shop, moment| {
        shop.fsck();
        shop.bit(["status"]).success();
        assert!([&old.1, &new.1].contains(&&shop.read(".bitmap")), "{moment}");
        shop.bit(command).success();
        assert_eq!(state(shop), new, "{moment}");
        is_clean(shop);
        // Nothing of what was received apart is left behind.
        let left = shop.listing(&[".git/bit/objects", "node_modules"]);
        assert!(left.iter().all(|path| !path.contains(".bit-tmp-")), "{moment}: {left:?}");
    });
}

/// One component that is new, and one that is updated.
fn about_to_import(env: &TestEnvironment) -> Folder<'_> {
    let author = published(env);
    let shop = workspace(env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    author.write("theme/more.js", "exports.more = 1;\n");
    publish(&author, "theme", "// two\n");
    shop
}

#[test]
fn an_import_survives_a_disk_that_is_full() {
    needs_faults!();
    let env = TestEnvironment::new();
    let shop = about_to_import(&env);
    let command: &[&str] = &["import", "my-org.ui/*"];
    let preserved = Preserved::new(&shop);
    let before = Imported::of(&shop);
    shop.bit(command).success();
    let after = Imported::of(&shop);
    faults::full_at_some(&preserved, command, 15, |shop, moment| {
        Imported::of(shop).is_nothing_half(&before, &after, moment);
        shop.bit(["status"]).success();
        shop.bit(command).success();
        assert_eq!(Imported::of(shop), after, "{moment}");
        is_clean(shop);
    });
}

/// What an import changes.
#[derive(Debug, PartialEq)]
pub struct Imported {
    refs: crate::common::Refs,
    bitmap: String,
    files: std::collections::BTreeMap<String, String>,
}

impl Imported {
    pub fn of(shop: &Folder) -> Self {
        let files = shop.listing(&[".git", "node_modules", ".bitmap"]);
        let files = files.into_iter().map(|path| (path.clone(), shop.read(&path))).collect();
        Self { refs: shop.refs(), bitmap: shop.read(".bitmap"), files }
    }

    /// Each file is the old or the new one, a new folder has all its files, refs and .bitmap are both old or both new.
    #[track_caller]
    pub fn is_nothing_half(&self, before: &Self, after: &Self, moment: &str) {
        for (path, text) in &self.files {
            assert!(
                [before, after].iter().any(|state| state.files.get(path) == Some(text)),
                "{moment}: {path}: {text}"
            );
        }
        let of_button = |path: &&String| path.starts_with("ui/button/");
        let button = self.files.keys().filter(of_button).count();
        assert!([0, 2].contains(&button), "{moment}: {:?}", self.files.keys());
        assert!(self.refs == before.refs || self.refs == after.refs, "{moment}: {:#?}", self.refs);
        assert!(self.bitmap == before.bitmap || self.bitmap == after.bitmap, "{moment}: {}", self.bitmap);
    }
}

/// `site` ← needs `page`, which needs `card` and `list`, which both need `icon`.
fn a_site(env: &TestEnvironment) -> Folder<'_> {
    scope(env, "my-org.ui");
    let author = workspace(env, "author", &["my-org.ui"]);
    let require =
        |names: &[&str]| names.iter().map(|name| format!("require('@my-org/ui.{name}');\n")).collect::<String>();
    for (name, needs) in
        [("icon", &[][..]), ("card", &["icon"]), ("list", &["icon"]), ("page", &["card", "list"]), ("site", &["page"])]
    {
        author.component(name, &[("index.js", &require(needs))]);
    }
    author.bit(["tag", "-m", "first"]).success();
    author.bit(["export"]).success();
    author
}

#[test]
fn what_stands_between_becomes_components_where_that_is_wanted() {
    let env = TestEnvironment::new();
    a_site(&env);
    let with = |folder: &str, flags: &[&str]| {
        let shop = workspace(&env, folder, &["my-org.ui"]);
        shop.bit(["import", "my-org.ui/site"]).success();
        shop.bit(["import", "my-org.ui/icon"].iter().chain(flags)).success();
        is_clean(&shop);
        shop.bit(["list", "--ids"]).success().stdout.lines().map(|id| id.replace("my-org.ui/", "")).collect::<Vec<_>>()
    };
    assert_eq!(with("all", &["--dependents"]), ["card", "icon", "list", "page", "site"]);
    assert_eq!(with("via", &["--dependents-via", "card"]), ["card", "icon", "page", "site"]);
    assert_eq!(with("none", &[]), ["icon", "site"]);
    let none = env.folder("none");
    none.bit(["import", "my-org.ui/card", "--dependents-via", "list"]).fails(1).complains("by way of \"list\"");
    assert!(!none.exists("ui/card"));
    none.bit(["import", "--dependents"]).fails(2).complains("--dependents needs ids");
}

#[test]
fn dependencies_come_at_what_is_needed_or_at_their_newest() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.append("theme/index.js", "// two\n");
    author.bit(["tag", "theme", "-m", "two", "--skip-auto-tag"]).success();
    author.bit(["export"]).success();
    for (flag, version) in [("--dependencies", "0.0.1"), ("--dependencies-head", "0.0.2")] {
        let shop = workspace(&env, &format!("shop{flag}"), &["my-org.ui"]);
        shop.bit(["import", "my-org.ui/button", flag]).success().says(&format!("my-org.ui/theme@{version} added"));
        assert_eq!(shop.read("ui/theme/index.js").contains("two"), version == "0.0.2");
        shop.fsck();
    }
}

#[test]
fn a_record_alone_is_written_where_the_files_are_there() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let track = |more: &[&str]| shop.bit(["import", "my-org.ui/theme", "--track-only"].iter().chain(more));
    track(&[]).fails(1).complains("ui/theme is no folder").complains("--track-only");
    assert!(!shop.read(".bitmap").contains("theme") && shop.versions().is_empty());
    shop.write("lib/theme/index.js", "module.exports = 'mine';\n");
    track(&["-p", "lib/theme"]).success().says("my-org.ui/theme@0.0.1 added").says("lib/theme");
    assert_eq!(shop.read("lib/theme/index.js"), "module.exports = 'mine';\n");
    let modified = |shop: &Folder| json(shop, &["status"])["modifiedComponents"].clone();
    assert_eq!(modified(&shop), json!(["my-org.ui/theme"]));
    publish(&author, "theme", "// two\n");
    track(&[]).success().says("updated from 0.0.1");
    assert_eq!(shop.read("lib/theme/index.js"), "module.exports = 'mine';\n");
    shop.bit(["checkout", "reset", "theme"]).success();
    assert!(shop.read("lib/theme/index.js").ends_with("// two\n"));
    is_clean(&shop);
    track(&["--override"]).fails(2).complains("--track-only and --override cannot be used together");
}

#[test]
fn a_version_that_was_named_and_is_here_needs_no_scope() {
    let env = TestEnvironment::new();
    three_scopes(&env);
    let shop = workspace(&env, "shop", &["my-org.base", "my-org.ui"]);
    shop.bit(["import", "my-org.ui/button@0.0.1", "--objects"]).success();
    for scope in ["my-org.base", "my-org.ui"] {
        fs::rename(env.root().join(scope), env.root().join(format!("{scope}.away"))).unwrap();
    }
    let run = shop.bit(["import", "my-org.base/theme@0.0.1"]);
    run.success().says("my-org.base/theme@0.0.1 added").complains("my-org.base was not reached, and what is here");
    shop.bit(["import", "my-org.base/theme@0.0.1"]).success().says("up to date");
    shop.bit(["import", "my-org.ui/button@0.0.1", "--objects"]).success();
    shop.bit(["import", "my-org.ui/button@0.0.1"]).success().says("added");
    // What the newest one is nobody can say, nor what was never seen.
    shop.bit(["import", "my-org.base/theme"]).fails(1).complains("my-org.base");
    shop.bit(["import", "my-org.base/theme@0.0.2"]).fails(1);
    shop.bit(["import", "my-org.base/*"]).fails(1);
    shop.fsck();
}

#[test]
fn a_hint_that_leads_elsewhere_is_not_kept_and_one_that_is_refused_is_told() {
    let env = TestEnvironment::new();
    three_scopes(&env);
    let place = |scope: &str| format!("file://{}/{scope}", env.root().display());
    let say = |ui: &str| {
        let remotes = json!({"my-org.ui": ui, "my-org.base": place("my-org.base")});
        let card = json!({"format": 1, "name": "my-org.app", "remotes": remotes});
        edit_catalog(&env.folder("my-org.app"), "scope.json", Some(&card.to_string()));
    };
    let shop = workspace(&env, "shop", &["my-org.app"]);
    let remotes = || shop.bit(["remote", "list", "--json"]).success().stdout.clone();
    say("ext::sh -c touch% /tmp/x");
    let refused = shop.bit(["import", "my-org.app/app", "--yes"]);
    refused.fails(1).complains("what the scope my-org.app says of it is refused").complains("ext::");
    // Another scope is there.
    say(&place("my-org.base"));
    shop.bit(["import", "my-org.app/app", "--yes"]).fails(1).complains("my-org.base");
    assert!(!remotes().contains("my-org.ui"), "{}", remotes());
    // The same scope, corrected.
    say(&place("my-org.ui"));
    shop.bit(["import", "my-org.app/app", "--yes"]).success();
    assert!(remotes().contains("my-org.ui"));
    is_clean(&shop);
}

#[test]
fn an_export_says_where_the_scopes_are_that_its_versions_need() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scopes = ["my-org.base", "my-org.ui", "my-org.app"].map(|name| (name, host.repository(name)));
    let author = env.git_workspace_at("author", "my-org.app");
    for (name, scope) in &scopes {
        author.bit(["scope", "create", &scope.url, "--name", name]).success();
        author.bit(["remote", "add", name, &scope.url]).success();
    }
    a_chain_over_three_scopes(&author);
    let card = |scope: &Hosted| scope.folder.git(["--git-dir=.", "show", "main:scope.json"]).success().json();
    // What a person keeps there stays.
    let mut own = card(&scopes[2].1);
    own["remotes"] = json!({"my-org.base": "https://example.com/base.git"});
    own["homepage"] = json!("https://example.com");
    edit_catalog(&scopes[2].1.folder, "scope.json", Some(&own.to_string()));
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["export"]).success();
    assert_eq!(card(&scopes[0].1)["remotes"], json!({}));
    assert_eq!(card(&scopes[1].1)["remotes"], json!({"my-org.base": scopes[0].1.url}));
    own["remotes"]["my-org.ui"] = json!(scopes[1].1.url);
    own["description"] = json!("");
    assert_eq!(card(&scopes[2].1), own);
    // Nothing is known but the scope of what is wanted.
    let shop = workspace_at(&env, "shop", &[("my-org.ui", &scopes[1].1.url)]);
    shop.bit(["import", "my-org.ui/button"]).fails(1).complains(&scopes[0].1.url).complains("--yes");
    shop.bit(["import", "my-org.ui/button", "--yes"]).success();
    is_clean(&shop);
    for (_, scope) in &scopes {
        scope.fsck();
        env.folder(".").bit(["verify", &scope.url]).success();
    }
    // A folder is one of this machine: nobody hears of it.
    let local = env.folder(".");
    local.bit(["scope", "create", "my-org.local"]).success();
    author.bit(["remote", "add", "my-org.local", "../my-org.local"]).success();
    author.write("local/index.js", "1;\n").write("app/more.js", "require('@my-org/local.local');\n");
    author.bit(["add", "local", "--scope", "my-org.local"]).success();
    author.bit(["tag", "-m", "y"]).success();
    author.bit(["export"]).success();
    assert_eq!(card(&scopes[2].1)["remotes"], own["remotes"]);
    let catalog = local.inside("my-org.local").git(["show", "HEAD:scope.json"]).success().json();
    assert_eq!(catalog["remotes"], json!({}));
}

#[test]
fn what_is_told_of_an_import_is_what_was_done() {
    let env = TestEnvironment::new();
    let author = published(&env);
    author.bit(["deprecate", "theme", "too slow", "--new-id", "my-org.ui/button", "--remote"]).success();
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    let files = |run: &Run| run.json()["importedComponents"][0]["files"].clone();
    let file = |path: &str, status: &str| json!({"path": path, "status": status, "conflict": null});
    let run = shop.bit(["import", "my-org.ui/button", "--json"]);
    assert_eq!(files(run.success()), json!([file("index.js", "added"), file("lib/a.js", "added")]));
    shop.write("ui/button/index.js", "mine\n");
    let run = shop.bit(["import", "my-org.ui/button", "--override", "--json"]);
    assert_eq!(files(run.success()), json!([file("index.js", "updated")]));
    let advice = "[deprecated, use my-org.ui/button instead: too slow]";
    shop.bit(["import", "my-org.ui/theme"]).success().says(advice);
    shop.bit(["list"]).says("[Deprecated], use my-org.ui/button instead: too slow");
    // One component at two versions at once is neither.
    publish(&author, "theme", "// two\n");
    shop.bit(["import", "my-org.ui/theme@0.0.1", "my-org.ui/theme@0.0.2"]).fails(2).complains("both 0.0.1 and 0.0.2");
    // A new component has nothing to be joined with.
    let other = workspace(&env, "other", &["my-org.ui"]);
    other.write("ui/button/own.js", "mine\n");
    for words in [&["import", "my-org.ui/button"][..], &["import", "my-org.ui/button", "--merge"]] {
        other.bit(words).fails(1).complains("--write-to-empty-dir").silent_about("\"--merge\"");
    }
    // What was only heard of is to be brought.
    shop.bit(["fetch"]).success();
    shop.bit(["checkout", "head", "theme"]).fails(1).complains("bit import --objects my-org.ui/theme@0.0.2");
    shop.bit(["import", "--objects", "my-org.ui/theme@0.0.2"]).success();
    shop.bit(["checkout", "head", "theme"]).success();
}
