//! `bit rename`, `bit scope rename` and `bit scope rename-owner`.

use crate::common::faults::{self, Preserved};
use crate::common::{Flavour, Folder, TestEnvironment, needs_faults};
use crate::export::{is_whole, scope, tags};
use serde_json::{Value, json};

/// `theme` ← `button`, not tagged.
fn workspace(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace_at("one", "my-org.ui");
    workspace.write(".gitignore", "node_modules\n");
    workspace.component("theme", &[("index.js", "module.exports = 'blue'; // '@my-org/ui.theme'\n")]);
    let button =
        "// '@my-org/ui.theme'\nrequire('@my-org/ui.theme-dark');\nmodule.exports = require('@my-org/ui.theme');\n";
    workspace.component("button", &[("index.js", button)]);
    workspace.component("theme-dark", &[("index.js", "")]);
    workspace
}

fn bitmap(workspace: &Folder) -> Value {
    serde_json::from_str(&workspace.read(".bitmap")).unwrap()
}

fn state(workspace: &Folder) -> (Vec<String>, String, String, Vec<String>) {
    let files = workspace.listing(&[".git", "node_modules"]);
    (files, workspace.read(".bitmap"), workspace.read("button/index.js"), workspace.versions())
}

#[test]
fn a_new_component_has_another_name() {
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    let before = state(&workspace);
    let plan = workspace.bit(["rename", "theme", "look", "--refactor", "--dry-run"]);
    plan.success().says("would have renamed 1 component").says("my-org.ui/theme → my-org.ui/look (theme)");
    plan.says("  > button/index.js:3 @my-org/ui.theme → @my-org/ui.look").silent_about("theme-dark");
    assert_eq!(state(&workspace), before);
    workspace.bit(["rename", "theme", "look"]).success().says("renamed 1 component");
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["newComponents"], json!(["my-org.ui/button", "my-org.ui/look", "my-org.ui/theme-dark"]));
    // Nobody followed.
    assert_eq!(status["componentsWithIssues"][0]["issues"][0]["type"], "MissingPackage");
    assert!(!workspace.exists("node_modules/@my-org/ui.theme") && workspace.exists("node_modules/@my-org/ui.look"));
    workspace.bit(["rename", "look", "theme"]).success();
    let run = workspace.bit(["rename", "theme", "look", "--scope", "my-org.kit", "--refactor", "--path", "src/look"]);
    run.success().says("my-org.ui/theme → my-org.kit/look (src/look)").says("rewired 1 specifier in 1 file");
    let expected =
        "// '@my-org/ui.theme'\nrequire('@my-org/ui.theme-dark');\nmodule.exports = require('@my-org/kit.look');\n";
    assert_eq!(workspace.read("button/index.js"), expected, "exactly that package");
    assert_eq!(bitmap(&workspace)["look"]["defaultScope"], "my-org.kit");
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.button')"]).line(), "blue");
    workspace.bit(["status"]).success().silent_about("issues");
}

#[test]
fn what_cannot_be_is_refused_and_leaves_nothing() {
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    workspace.write("src/notes.txt", "mine\n");
    let before = state(&workspace);
    workspace.bit(["rename", "theme", "Look"]).fails(1).complains("look");
    workspace.bit(["rename", "theme", "my-org.kit/look"]).fails(1).complains("--scope");
    workspace.bit(["rename", "theme", "theme"]).fails(1).complains("called so already");
    workspace.bit(["rename", "theme", "button"]).fails(1).complains("there can be no new component my-org.ui/button");
    workspace
        .bit(["rename", "theme", "look", "--path", "src"])
        .fails(1)
        .complains("unable to create component at \"src\", this directory is not empty");
    workspace.bit(["rename", "nobody", "look"]).fails(1).complains("nobody");
    workspace.bit(["rename", "*", "look"]).fails(1).complains("one component is expected");
    workspace.bit(["rename", "theme@0.0.1", "look"]).fails(1);
    workspace.bit(["rename", "theme", "look", "--deprecate", "--delete"]).fails(2);
    assert_eq!(state(&workspace), before);
}

#[test]
fn staged_versions_are_renamed_and_those_that_need_them_follow() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = workspace(&env);
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.append("theme/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    let before = state(&workspace);
    workspace.bit(["rename", "theme", "look"]).fails(1).complains("my-org.ui/button@0.0.1").complains("--refactor");
    workspace
        .bit(["rename", "theme", "look", "--refactor", "--dry-run"])
        .success()
        .says("my-org.ui/button@0.0.1: index.js:3");
    assert_eq!(state(&workspace), before);
    let run = workspace.bit(["rename", "theme", "look", "--refactor"]);
    run.success()
        .says("my-org.ui/theme → my-org.ui/look")
        .says("staged versions that need them, rewritten")
        .says("my-org.ui/button@0.0.2");
    workspace.fsck();
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!((&status["modifiedComponents"], &status["newComponents"]), (&json!([]), &json!([])), "{status}");
    assert!(!workspace.versions().iter().any(|version| version.contains("ui/theme@")));
    let package = workspace.scope_git(["show", "my-org.ui/button@0.0.2:package.json"]).success().json();
    assert_eq!(package["dependencies"]["@my-org/ui.look"], "0.0.2");
    assert!(
        workspace
            .scope_git(["show", "my-org.ui/button@0.0.1:index.js"])
            .success()
            .stdout
            .contains("require('@my-org/ui.look')")
    );
    workspace.bit(["export"]).success();
    is_whole(&scope);
    let other = env.git_workspace_at("two", "my-org.site");
    other.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    other.bit(["import", "my-org.ui/button"]).success();
    assert_eq!(other.node(["-p", "require('@my-org/ui.button')"]).line(), "blue");
}

/// The same, exported.
fn exported(env: &TestEnvironment) -> (Folder<'_>, Folder<'_>) {
    let scope = scope(env, "my-org.ui");
    let workspace = workspace(env);
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    (workspace, scope)
}

#[test]
fn an_exported_component_goes_on_as_a_new_one_and_points_to_it() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env);
    let run = workspace.bit(["rename", "theme", "look", "--deprecate", "--refactor"]);
    run.success().says(
        "my-org.ui/theme@0.0.1 → my-org.ui/look (ui/look; the old one is deprecated once the new one is exported)",
    );
    assert!(workspace.exists("theme/index.js") && workspace.exists("ui/look/index.js"));
    let records = bitmap(&workspace);
    let renamed = json!({"renamedFrom": {"scope": "my-org.ui", "name": "theme"}});
    assert_eq!(records["look"]["config"]["teambit.component/renaming"], renamed);
    assert_eq!(records["theme"]["config"]["teambit.component/deprecation"]["newId"], "my-org.ui/look");
    workspace.bit(["show", "look"]).success().says("renamed from").says("my-org.ui/theme");
    workspace.bit(["show", "theme"]).success().says("use my-org.ui/look instead");
    assert!(workspace.read("button/index.js").contains("require('@my-org/ui.look')"));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.button')"]).line(), "blue");
    workspace.bit(["tag", "-m", "renamed"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/look@0.0.1").says("my-org.ui/theme").says("deprecated");
    is_whole(&scope);
    let catalog = scope.git(["show", "HEAD:catalog/theme.json"]).success().json();
    assert_eq!(catalog["deprecated"]["newId"], "my-org.ui/look");
    let listed = workspace.bit(["list", "my-org.ui"]);
    listed.success().says("my-org.ui/look").says("my-org.ui/theme");
    let manifest = scope.git(["show", "look@0.0.1:component.json"]).success().json();
    assert_eq!(manifest["renamedFrom"], json!("my-org.ui/theme"));
}

#[test]
fn or_it_is_removed() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env);
    let before = state(&workspace);
    let refused = workspace.bit(["rename", "theme", "look", "--delete"]);
    refused.fails(1).complains("my-org.ui/button").complains("with --refactor");
    assert_eq!(state(&workspace), before);
    workspace
        .bit(["rename", "theme", "look", "--delete", "--refactor"])
        .success()
        .says("removed once the new one is exported");
    workspace.bit(["tag", "-m", "renamed"]).success();
    workspace.bit(["export"]).success();
    is_whole(&scope);
    workspace.bit(["list", "my-org.ui", "--ids"]).success().says("my-org.ui/look").silent_about("my-org.ui/theme\n");
    assert!(tags(&scope).contains(&"theme@0.0.1".to_owned()), "nothing is erased");
}

/// What the scope says of a component.
fn said(scope: &Folder, name: &str) -> (Value, Value) {
    let entry = scope.git(["show", &format!("HEAD:catalog/{name}.json")]).success().json();
    (entry["deprecated"].clone(), entry["removed"].clone())
}

#[test]
fn the_old_one_waits_for_the_new_one() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env);
    workspace.bit(["rename", "theme", "look"]).success();
    let run = workspace.bit(["export"]);
    run.success().complains("my-org.ui/theme is not deprecated yet").complains("until my-org.ui/look,");
    assert_eq!(said(&scope, "theme"), (Value::Null, Value::Null));
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["waitingToBePublished"][0]["id"], "my-org.ui/theme");
    let expected = json!([{"id": "my-org.ui/theme", "change": "deprecated", "newId": "my-org.ui/look"}]);
    assert_eq!(status["heldBack"], expected);
    workspace
        .bit(["status"])
        .success()
        .says("waiting to be published")
        .says("(waits until my-org.ui/look is exported)");
    // Whatever the new one is called before it is exported, the old one points to it.
    workspace.bit(["rename", "look", "view"]).success();
    workspace.bit(["tag", "-m", "renamed"]).success();
    assert_eq!(
        workspace.bit(["export", "my-org.ui", "theme", "--json"]).success().json()["heldBack"][0]["newId"],
        "my-org.ui/view"
    );
    workspace.bit(["status"]).success().says("waiting to be published").silent_about("waits until");
    workspace.bit(["export"]).success().says("deprecated");
    assert_eq!(said(&scope, "theme").0["newId"], "my-org.ui/view");
    is_whole(&scope);
}

#[test]
fn what_is_to_go_waits_for_the_new_one_and_for_those_that_need_it() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env);
    workspace.bit(["rename", "theme", "look", "--delete", "--refactor"]).success();
    workspace.bit(["export"]).success().complains("my-org.ui/theme is not removed yet");
    workspace.bit(["tag", "look", "--skip-auto-tag", "-m", "renamed"]).success();
    workspace
        .bit(["export"])
        .success()
        .says("look@0.0.1")
        .complains("is not removed yet")
        .complains("need it")
        .complains("my-org.ui/button");
    assert_eq!(said(&scope, "theme"), (Value::Null, Value::Null));
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["heldBack"][0]["neededBy"], json!(["my-org.ui/button"]));
    workspace.bit(["tag", "-m", "the new one"]).success();
    workspace.bit(["export"]).success().says("(removed)");
    assert_ne!(said(&scope, "theme").1, Value::Null);
    is_whole(&scope);
}

#[test]
fn in_another_scope_the_new_one_is_waited_for_too() {
    let env = TestEnvironment::new();
    let (workspace, ui) = exported(&env);
    workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit", "--refactor", "--delete"]).success();
    let again = workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit"]);
    again.fails(1).complains("choose another scope, or give").silent_about("--scope");
    workspace.bit(["tag", "-m", "go on"]).success();
    // Nobody knows that scope yet.
    workspace.bit(["export", "my-org.ui", "my-org.ui/theme"]).success().complains("my-org.ui/theme is not removed yet");
    assert_eq!(said(&ui, "theme"), (Value::Null, Value::Null));
    let kit = scope(&env, "my-org.kit");
    workspace.bit(["remote", "add", "my-org.kit", "../my-org.kit"]).success();
    workspace.bit(["export"]).success();
    assert_ne!(said(&ui, "theme").1, Value::Null);
    is_whole(&ui);
    is_whole(&kit);
}

#[test]
fn a_removal_that_waits_can_be_asked_for_at_once_or_taken_back() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env);
    workspace.bit(["rename", "theme", "look", "--delete", "--refactor"]).success();
    workspace.bit(["recover", "theme"]).success().says("my-org.ui/theme");
    assert_eq!(workspace.bit(["status", "--json"]).success().json()["heldBack"], json!([]));
    workspace.bit(["delete", "theme", "--silent"]).success();
    workspace.bit(["export"]).success().says("(removed)");
    assert_ne!(said(&scope, "theme").1, Value::Null);
}

#[test]
fn where_old_names_still_stand_is_told() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace_at("one", "my-org.ui");
    workspace.component("theme", &[("index.js", "module.exports = 1;\n"), ("_x.scss", "")]);
    let sass = "// @use '@my-org/ui.theme/no'\n   @import '@my-org/ui.theme/no'\n@use '@my-org/ui.theme/x'\n.a\n  @import ~@my-org/ui.theme/x, b.css\n";
    let files = [
        ("index.js", "require('@my-org/ui.theme');\n"),
        ("a.sass", sass),
        ("App.vue", "<script>import '@my-org/ui.theme'</script>\n"),
        ("Other.vue", "<script>import '@my-org/ui.theme-dark'</script>\n"),
        ("mock.js", "jest['mock']('@my-org/ui.theme');\n"),
        ("tsconfig.json", "{\"extends\": \"@my-org/ui.theme/base.json\"}\n"),
        ("notes.md", "It needs @my-org/ui.theme.\n"),
        ("a.yml", "theme: '@my-org/ui.theme'\n"),
        ("a.html", "<script src=\"@my-org/ui.theme\"></script>\n"),
        ("run", "#!/bin/sh\nnode -p \"require('@my-org/ui.theme')\"\n"),
    ];
    workspace.component("button", &files);
    let utf_16: Vec<u8> = "\u{feff}@my-org/ui.theme\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    workspace.write("button/strings.txt", utf_16);
    let run = workspace.bit(["rename", "theme", "look", "--refactor"]);
    run.success().says("rewired 3 specifiers in 2 files");
    let named = ["App.vue", "mock.js", "a.sass", "tsconfig.json", "notes.md", "a.yml", "a.html", "run", "strings.txt"];
    for file in named.map(|name| format!("button/{name}")) {
        assert!(run.stderr.contains(&format!("{file}: @my-org/ui.theme\n")), "{file}: {}", run.stderr);
    }
    assert!(!run.stderr.contains("button/Other.vue") && !run.stderr.contains("index.js"), "{}", run.stderr);
    let expected = sass
        .replace("@use '@my-org/ui.theme/x", "@use '@my-org/ui.look/x")
        .replace("~@my-org/ui.theme", "~@my-org/ui.look");
    assert_eq!(workspace.read("button/a.sass"), expected);
    let json = workspace.bit(["rename", "look", "theme", "--refactor", "--dry-run", "--json"]).success().json();
    assert_eq!(json["stillNamed"], json!([]));
}

#[test]
fn a_scope_gets_another_name_here() {
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    let variants = r#""teambit.workspace/variants": {
    // Theirs.
    "theme": { "defaultScope": "my-org.ui" }"#;
    let settings = workspace.read("workspace.jsonc").replace("\"teambit.workspace/variants\": {", variants);
    workspace.write("workspace.jsonc", &settings);
    let before = (state(&workspace), settings.clone());
    let plan = workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit", "--dry-run"]);
    plan.success().says("my-org.ui/theme → my-org.kit/theme (theme)").says("new components get the scope my-org.kit");
    assert_eq!((state(&workspace), workspace.read("workspace.jsonc")), before);
    workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit"]).success().says("renamed 3 components");
    let expected = settings.replace("\"defaultScope\": \"my-org.ui\"", "\"defaultScope\": \"my-org.kit\"");
    // What a comment says stays.
    let expected = expected.replace("{\"defaultScope\": \"my-org.kit\"}", "{\"defaultScope\": \"my-org.ui\"}");
    assert_eq!(workspace.read("workspace.jsonc"), expected);
    // Those of one scope go on naming one another.
    assert!(
        workspace
            .read("button/index.js")
            .contains("require('@my-org/kit.theme-dark');\nmodule.exports = require('@my-org/kit.theme')")
    );
    workspace.bit(["status"]).success().says("my-org.kit/theme").silent_about("issues");
    assert_eq!(workspace.node(["-p", "require('@my-org/kit.button')"]).line(), "blue");
    assert!(!workspace.exists("node_modules/@my-org/ui.theme"));
    workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit"]).fails(1).complains("no component of this workspace");
    workspace.bit(["scope", "rename", "my-org.kit", "my-org.kit"]).fails(1).complains("called my-org.kit already");
    workspace.bit(["scope", "rename", "my-org.kit", "My Org"]).fails(1);
}

#[test]
fn an_owner_gets_another_name_here() {
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    workspace.write("form/index.js", "require('@my-org/ui.theme');\n");
    workspace.bit(["add", "form", "--scope", "my-org.forms"]).success();
    workspace.write("other/index.js", "require('@my-org/ui.theme');\n");
    workspace.bit(["add", "other", "--scope", "others"]).success();
    let json = workspace.bit(["scope", "rename-owner", "my-org", "acme", "--refactor", "--json"]).success().json();
    assert_eq!((json["components"].as_array().unwrap().len(), &json["defaultScope"]), (4, &json!("acme.ui")));
    assert!(workspace.read("workspace.jsonc").contains("\"defaultScope\": \"acme.ui\""));
    let ids = workspace.bit(["status", "--json"]).success().json()["newComponents"].clone();
    assert_eq!(
        ids,
        json!(["acme.ui/button", "acme.forms/form", "others/other", "acme.ui/theme", "acme.ui/theme-dark"])
    );
    assert_eq!(workspace.read("other/index.js"), "require('@acme/ui.theme');\n");
    assert_eq!(workspace.node(["-p", "require('@acme/ui.button')"]).line(), "blue");
    assert!(!workspace.exists("node_modules/@my-org/ui.button") && workspace.exists("node_modules/@acme/forms.form"));
    workspace.bit(["scope", "rename-owner", "nobody", "acme"]).fails(1).complains("begins with \"nobody.\"");
    workspace.bit(["scope", "rename-owner", "acme", "A.b"]).fails(1);
}

#[test]
fn an_exported_scope_goes_on_as_another_one() {
    let env = TestEnvironment::new();
    let (workspace, ui) = exported(&env);
    let kit = scope(&env, "my-org.kit");
    workspace.bit(["remote", "add", "my-org.kit", "../my-org.kit"]).success();
    workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit", "--refactor"]).success().says("renamed 3 components");
    workspace.bit(["tag", "-m", "go on"]).success();
    workspace.bit(["export"]).success();
    is_whole(&ui);
    is_whole(&kit);
    assert_eq!(tags(&kit), ["button@0.0.1", "theme-dark@0.0.1", "theme@0.0.1"]);
    let catalog = ui.git(["show", "HEAD:catalog/button.json"]).success().json();
    assert_eq!(catalog["deprecated"]["newId"], "my-org.kit/button");
    let other = env.git_workspace_at("two", "my-org.site");
    other.bit(["remote", "add", "my-org.kit", "../my-org.kit"]).success();
    std::fs::rename(ui.path(), env.root().join("away")).unwrap();
    other.bit(["import", "my-org.kit/button"]).success();
    assert_eq!(other.node(["-p", "require('@my-org/kit.button')"]).line(), "blue");
}

#[test]
fn there_and_back_again_all_is_as_it_was() {
    // Six in its sources, seven in what was built of them; nothing is built of the other one.
    there_and_back_again(Flavour::TypeScript, (13, 1));
}

#[test]
fn there_and_back_again_what_commands_made_is_as_it_was() {
    there_and_back_again(Flavour::Commands, (6, 4));
}

fn there_and_back_again(flavour: Flavour, names: (usize, usize)) {
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    flavour.choose_in(&workspace, "my-org.ui");
    let card = "\u{feff}import '@my-org/ui.theme';\r\nexport * from \"@my-org/ui.button/lib\";\r\n// '@my-org/ui.theme'\r\n\
        declare module '@my-org/ui.theme' {}\r\njest.mock(`@my-org/ui.theme`);\r\ntype A = import('@my-org/ui.card').A;\r\n";
    workspace.component(
        "card",
        &[("index.ts", card), ("a.scss", "@use '~@my-org/ui.theme'; a { b: url(~@my-org/ui.theme/x) }\n")],
    );
    workspace.component("left", &[("index.js", "require('@my-org/ui.right'); require('@my-org/ui.theme');\n")]);
    workspace.component("right", &[("index.js", "#!/usr/bin/env node\nrequire('@my-org/ui.left');\n")]);
    workspace.write("form/index.js", "import('@my-org/ui.card');\n");
    workspace.bit(["add", "form", "--scope", "my-org.forms"]).success();
    let tag = ["tag", "--ignore-issues", "CircularDependency", "-m"];
    workspace.bit(tag.iter().chain(&["one"])).success();
    workspace.append("theme/index.js", "// two\n").bit(tag.iter().chain(&["two"])).success();
    let all = || {
        let files = workspace.listing(&[".git", "node_modules"]);
        let contents: Vec<Vec<u8>> =
            files.iter().map(|file| std::fs::read(workspace.path().join(file)).unwrap_or_default()).collect();
        (workspace.refs(), files, contents)
    };
    let before = all();
    workspace
        .bit(["scope", "rename", "my-org.ui", "their.kit", "--refactor"])
        .success()
        .says("my-org.forms/form@0.0.2");
    workspace.fsck();
    let between = all();
    assert!(
        before.0.values().all(|commit| !between.0.values().any(|other| other == commit)),
        "every version is another commit"
    );
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!((&status["modifiedComponents"], &status["newComponents"]), (&json!([]), &json!([])));
    // Nobody names the old packages any more, in no version: a look by plain git, for which only comments are no code.
    let old_names = |version: &str| {
        let found = workspace.scope_git(["grep", "-nF", "@my-org/ui.", version, "--", ":!*.json"]);
        found.stdout.lines().filter(|line| !line.contains("//")).count()
    };
    assert_eq!(workspace.versions().iter().map(|version| old_names(version)).sum::<usize>(), 0);
    workspace.bit(["scope", "rename", "their.kit", "my-org.ui", "--refactor"]).success();
    assert_eq!(all(), before);
    assert_eq!((old_names("my-org.ui/card@0.0.1"), old_names("my-org.ui/right@0.0.2")), names);
    workspace.fsck();
}

#[test]
fn killed_anywhere_all_of_it_has_the_new_name_or_the_old_one() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = workspace(&env);
    workspace.bit(["tag", "-m", "first"]).success();
    let rename = ["scope", "rename", "my-org.ui", "their.kit"];
    faults::killed_at_each(&Preserved::new(&workspace), &rename, 8, |workspace, moment| {
        let status = workspace.bit(["status", "--json"]).success().json();
        assert_eq!(status["modifiedComponents"], json!([]), "{moment}");
        let scope = if workspace.read(".bitmap").contains("my-org.ui") { "my-org.ui" } else { "their.kit" };
        let package = format!("= require('@{}.theme')", scope.replace('.', "/"));
        assert!(workspace.read("button/index.js").contains(&package), "{moment}");
        let setting = format!("\"defaultScope\": \"{scope}\"");
        assert!(workspace.read("workspace.jsonc").contains(&setting), "{moment}");
        assert!(workspace.versions().iter().all(|version| version.starts_with(scope)), "{moment}");
        if scope == "my-org.ui" {
            workspace.bit(rename).success();
        }
        workspace.fsck().bit(["link"]).success();
        assert_eq!(workspace.node(["-p", "require('@their/kit.button')"]).line(), "blue");
    });
}
