//! `bit fork` and `bit scope fork`: new components that begin as others.

use crate::common::faults::{self, Preserved};
use crate::common::{Folder, TestEnvironment, needs_faults};
use crate::export::{is_whole, scope};
use serde_json::json;

/// `theme` ← `button` ← `page`, in the scope my-org.ui, tagged and exported there.
fn exported<'e>(env: &'e TestEnvironment, folder: &str) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, "my-org.ui");
    workspace.write(".gitignore", "node_modules\n");
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'blue';\n")]);
    let button =
        "const own = () => require('@my-org/ui.button/lib');\nmodule.exports = 'b ' + require('@my-org/ui.theme');\n";
    workspace.component(
        "button",
        &[("index.js", button), ("lib.js", "// '@my-org/ui.button'\r\n"), ("run.sh", "#!/bin/sh\n")],
    );
    workspace.program("chmod").args(["+x", "button/run.sh"]).run().success();
    workspace.component("page", &[("index.js", "module.exports = 'p ' + require('@my-org/ui.button');\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace
}

fn title(run: &crate::common::Run, title: &str) -> serde_json::Value {
    let fields = run.success().json();
    fields.as_array().unwrap().iter().find(|field| field["title"] == title).expect(title)["json"].clone()
}

#[test]
fn a_component_of_the_workspace_as_its_folder_is_now() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = exported(&env, "one");
    workspace.append("button/lib.js", "// not tagged\n");
    let before = (workspace.listing(&[".git", "node_modules"]), workspace.read(".bitmap"));
    let plan = workspace.bit(["fork", "button", "knob", "--dry-run"]);
    plan.success().says("would have forked 1 component").says("my-org.ui/button@0.0.1 → my-org.ui/knob (ui/knob)");
    plan.says("  > ui/knob/index.js:1 @my-org/ui.button/lib → @my-org/ui.knob/lib");
    assert_eq!((workspace.listing(&[".git", "node_modules"]), workspace.read(".bitmap")), before);

    workspace
        .bit(["fork", "button", "knob"])
        .success()
        .says("forked 1 component")
        .says("rewired 1 specifier in 1 file");
    // It names itself by its own name; all else is as it was, byte for byte.
    let index = workspace.read("button/index.js").replace("ui.button/lib", "ui.knob/lib");
    assert_eq!(workspace.read("ui/knob/index.js"), index);
    assert_eq!(workspace.read_bytes("ui/knob/lib.js"), b"// '@my-org/ui.button'\r\n// not tagged\n");
    workspace.program("test").args(["-x", "ui/knob/run.sh"]).run().success();
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(
        (&status["newComponents"], &status["modifiedComponents"]),
        (&json!(["my-org.ui/knob"]), &json!(["my-org.ui/button"]))
    );
    assert!(workspace.read("page/index.js").contains("@my-org/ui.button"));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.knob')"]).line(), "b blue");

    let bitmap = serde_json::from_str::<serde_json::Value>(&workspace.read(".bitmap")).unwrap();
    let config = json!({"teambit.component/forking": {"forkedFrom": {"scope": "my-org.ui", "name": "button", "version": "0.0.1"}}});
    assert_eq!(bitmap["knob"]["config"], config);
    assert_eq!(title(&workspace.bit(["show", "knob", "--json"]), "forked from"), "my-org.ui/button@0.0.1");
    workspace.bit(["show", "knob"]).success().says("forked from").says("my-org.ui/button@0.0.1");

    // Versions say it too: to whoever has nothing but the scope.
    workspace.bit(["tag", "knob", "-m", "a fork"]).success();
    let commit = workspace.commit_of("my-org.ui/knob@0.0.1");
    assert_eq!(workspace.scope_git(["rev-list", "--parents", &commit]).line(), commit, "a fork has no history");
    workspace.bit(["export"]).success();
    is_whole(&scope);
    let manifest = scope.git(["show", "knob@0.0.1:component.json"]).success().json();
    assert_eq!(manifest["forkedFrom"], json!("my-org.ui/button@0.0.1"));
    let other = env.git_workspace_at("two", "my-org.site");
    other.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    other.bit(["import", "my-org.ui/knob"]).success();
    assert_eq!(title(&other.bit(["show", "knob", "--json"]), "forked from"), "my-org.ui/button@0.0.1");
    other.append("ui/knob/lib.js", "// more\n").bit(["tag", "-m", "more"]).success();
    let again = other.scope_git(["show", "my-org.ui/knob@0.0.2:component.json"]).success().json();
    assert_eq!(again["forkedFrom"], json!("my-org.ui/button@0.0.1"), "later versions say it as well");
}

#[test]
fn options_of_a_fork() {
    let env = TestEnvironment::new();
    let _scope = scope(&env, "my-org.ui");
    let workspace = exported(&env, "one");
    workspace.bit(["fork", "button", "one", "--no-link", "--path", "src/one"]).success();
    assert!(workspace.exists("src/one/index.js") && !workspace.read(".bitmap").contains("forking"));
    workspace.bit(["fork", "button", "--scope", "my-org.kit", "--refactor"]).success();
    assert_eq!(workspace.read("page/index.js"), "module.exports = 'p ' + require('@my-org/kit.button');\n");
    assert!(workspace.read("button/index.js").contains("@my-org/ui.button/lib"), "the original stays as it is");
    assert!(workspace.read("src/one/index.js").contains("@my-org/ui.one/lib"));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.page')"]).line(), "p b blue");
    workspace
        .bit(["fork", "my-org.ui/button@0.0.1", "old", "--path", "old"])
        .success()
        .says("my-org.ui/button@0.0.1 → my-org.ui/old");

    let before = (workspace.listing(&[".git", "node_modules"]), workspace.read(".bitmap"));
    workspace.bit(["fork", "my-org.ui/button", "Knob"]).fails(1).complains("knob");
    workspace.bit(["fork", "my-org.ui/button", "my-org.kit/knob"]).fails(1).complains("--scope");
    workspace
        .bit(["fork", "my-org.ui/button", "theme"])
        .fails(1)
        .complains("there can be no new component my-org.ui/theme");
    workspace.bit(["fork", "my-org.ui/button"]).fails(1).complains("no new component my-org.ui/button");
    workspace
        .bit(["fork", "my-org.ui/button", "x", "--path", "theme"])
        .fails(1)
        .complains("unable to create component at \"theme\", this directory is not empty");
    workspace.bit(["fork", "my-org.ui/button", "x", "--path", "theme/x"]).fails(1).complains("my-org.ui/theme");
    workspace.bit(["fork", "my-org.ui/button", "x", "--path", "../x"]).fails(1).complains("workspace");
    workspace
        .bit(["fork", "*/button", "x"])
        .fails(2)
        .complains("target-component-name is not allowed when using patterns");
    workspace.bit(["fork", "their.kit/nothing", "--refactor"]).fails(2).complains("you can't use the --refactor flag");
    workspace.bit(["fork", "my-org.ui/button@3.0.0", "x"]).fails(1).complains("3.0.0");
    assert_eq!((workspace.listing(&[".git", "node_modules"]), workspace.read(".bitmap")), before);
}

#[test]
fn a_pattern_forks_many_that_go_on_naming_one_another() {
    let env = TestEnvironment::new();
    let _scope = scope(&env, "my-org.ui");
    let workspace = exported(&env, "one");
    let json = workspace.bit(["fork", "{button,theme}", "--scope", "my-org.kit", "--json"]).success().json();
    let expected = json!([
        {"from": "my-org.ui/button@0.0.1", "id": "my-org.kit/button", "path": "kit/button", "how": "forked"},
        {"from": "my-org.ui/theme@0.0.1", "id": "my-org.kit/theme", "path": "kit/theme", "how": "forked"},
    ]);
    assert_eq!(json["components"], expected);
    let change =
        json!({"file": "kit/button/index.js", "line": 2, "from": "@my-org/ui.theme", "to": "@my-org/kit.theme"});
    assert!(json["specifiers"].as_array().unwrap().contains(&change), "{json}");
    assert_eq!(workspace.bit(["status", "--json"]).json()["newComponents"].as_array().unwrap().len(), 2);
    assert_eq!(workspace.read(".bitmap").matches("\"forkedFrom\"").count(), 2);
    assert_eq!(workspace.node(["-p", "require('@my-org/kit.button')"]).line(), "b blue");
}

#[test]
fn what_is_not_here_is_forked_as_its_scope_has_it() {
    let env = TestEnvironment::new();
    let _scope = scope(&env, "my-org.ui");
    let _first = exported(&env, "one");
    let workspace = env.git_workspace_at("two", "my-org.site");
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace
        .bit(["fork", "my-org.ui/button"])
        .success()
        .says("my-org.ui/button@0.0.1 → my-org.site/button (site/button)");
    assert_eq!(
        workspace.bit(["list", "--json"]).success().json(),
        json!([]),
        "nothing but the fork, and that has no version"
    );
    assert_eq!(workspace.node(["-p", "require('@my-org/site.button')"]).line(), "b blue");
    workspace.bit(["tag", "-m", "a fork"]).success();
    let manifest = workspace.scope_git(["show", "my-org.site/button@0.0.1:component.json"]).success().json();
    assert_eq!(manifest["dependencies"][0]["id"], "my-org.ui/theme@0.0.1");
}

#[test]
fn a_whole_scope() {
    let env = TestEnvironment::new();
    let _scope = scope(&env, "my-org.ui");
    let first = exported(&env, "one");
    // Folders that would lie in one another.
    first.write("deep/index.js", "require('@my-org/ui.button');\n");
    first.bit(["add", "deep", "--id", "button/deep"]).success();
    first.bit(["tag", "-m", "deep"]).success();
    first.bit(["export"]).success();
    let workspace = env.git_workspace_at("two", "my-org.site");
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.bit(["import", "my-org.ui/theme"]).success();
    workspace.append("ui/theme/index.js", "module.exports = 'mine';\n");
    workspace.bit(["scope", "fork", "my-org.ui", "their.kit"]).success().says("forked 4 components");
    let new = json!(["their.kit/button", "their.kit/button/deep", "their.kit/page", "their.kit/theme"]);
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["newComponents"], new);
    assert_eq!(status["componentsWithIssues"], json!([]));
    assert_eq!(workspace.node(["-p", "require('@their/kit.page')"]).line(), "p b mine");
    assert_eq!(workspace.read(".bitmap").matches("\"forkedFrom\"").count(), 4);
    workspace.bit(["tag", "their.kit/*", "-m", "forks"]).success();
    let manifest = workspace.scope_git(["show", "their.kit/page@0.0.1:component.json"]).success().json();
    assert_eq!(manifest["scopes"], json!(["their.kit"]));
    workspace.bit(["scope", "fork", "no.where"]).fails(1);
}

#[test]
fn what_cannot_be_parsed_stays_and_is_told() {
    let env = TestEnvironment::new();
    let workspace = env.workspace_at("one", "my-org.ui");
    workspace.component(
        "theme",
        &[("index.js", "1;\n"), ("odd.js", "require('@my-org/ui.theme') +;\n"), ("fine.js", "const = 1;\n")],
    );
    workspace.component(
        "page",
        &[("index.js", "require('@my-org/ui.theme')\n"), ("bad.js", "import '@my-org/ui.theme' +\n")],
    );
    let run = workspace.bit(["fork", "theme", "look", "--refactor"]);
    run.success()
        .complains("ui/look/odd.js:1:")
        .complains("page/bad.js:1:")
        .complains("it stays as it is")
        .silent_about("fine.js");
    assert_eq!(workspace.read("ui/look/odd.js"), "require('@my-org/ui.theme') +;\n");
    assert_eq!(workspace.read("page/bad.js"), "import '@my-org/ui.theme' +\n");
    assert_eq!(workspace.read("page/index.js"), "require('@my-org/ui.look')\n");
}

#[test]
fn killed_anywhere_all_of_it_is_there_or_nothing() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = env.workspace_at("one", "my-org.ui");
    workspace.component("theme", &[("index.js", "1;\n"), ("a/b.js", "2;\n")]);
    workspace.component("page", &[("index.js", "require('@my-org/ui.theme')\n")]);
    let fork = ["fork", "theme", "look", "--refactor"];
    faults::killed_at_each(&Preserved::new(&workspace), &fork, 8, |workspace, moment| {
        workspace.bit(["status"]).success();
        let is_there = workspace.read(".bitmap").contains("look");
        for (file, text) in [("ui/look/index.js", "1;\n"), ("ui/look/a/b.js", "2;\n")] {
            assert_eq!(workspace.exists(file), is_there, "{moment}: {file}");
            assert!(!is_there || workspace.read(file) == text, "{moment}: {file}");
        }
        assert_eq!(workspace.read("page/index.js").contains("ui.look"), is_there, "{moment}");
        if !is_there {
            workspace.bit(fork).success();
        }
        workspace.bit(["status"]).success().says("my-org.ui/look");
    });
}
