//! Installing: a fresh clone runs after one command, and links come back after a package manager cleaned up.

use serde_json::json;

use crate::common::managers::give_fake_npm;
use crate::common::{Flavour, TestEnvironment, needs};
use crate::eject::files;

#[test]
fn a_fresh_clone_runs_after_one_command() {
    runs_after_one_command(Flavour::JavaScript);
}

#[test]
fn a_fresh_clone_of_what_is_compiled_runs_after_one_command() {
    runs_after_one_command(Flavour::TypeScript);
}

fn runs_after_one_command(flavour: Flavour) {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = env.git_workspace();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.write(".gitignore", "node_modules\n");
    let config =
        workspace.read("workspace.jsonc").replacen('{', "{\n  \"bit.scope/remotes\": {\"my-org.ui\": \"../ui\"},", 1);
    workspace.write("workspace.jsonc", config);
    for (name, text) in [
        ("theme", flavour.says("blue", None)),
        ("card", flavour.says("", Some("@my-org/ui.theme"))),
        ("app", flavour.says("app in ", Some("@my-org/ui.card"))),
    ] {
        workspace.component(name, &[(flavour.file(), &*text)]);
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "theme"]).success();
    workspace.git(["add", "--all"]).success();
    workspace.git(["commit", "--quiet", "-m", "all"]).success();

    env.folder(".").git(["clone", "--quiet", "workspace", "clone"]).success();
    let clone = env.folder("clone");
    // Without its versions nobody knows which one a dependent needs.
    clone.bit(["status"]).success().says("issues");
    let outcome = clone.bit(["install", "--json"]).success().json();
    assert_eq!(outcome["manager"], "npm 11.0.0");
    assert!(outcome["versions"].as_array().unwrap().contains(&json!("my-org.ui/theme@0.0.1")), "{outcome}");
    clone.node(["-p", "require('@my-org/ui.app')"]).success().says("app in blue");
    clone.bit(["status", "--strict"]).success().silent_about("modified").silent_about("issues");
    assert_eq!(clone.git(["status", "--porcelain"]).success().stdout, "");
}

#[test]
fn links_come_back_and_packages_are_added_by_the_package_manager() {
    let env = TestEnvironment::new();
    let log = env.root().join("log");
    let clean = format!("echo \"$@\" >> '{}'; rm -rf node_modules; mkdir -p node_modules; exit 0", log.display());
    give_fake_npm(&env, &clean);
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["install"]).success().says("nothing to install").says("1 component linked");
    assert!(!workspace.exists("package.json"));
    workspace.write("package.json", "{}\n");
    workspace.bit(["install"]).success().says("installed by npm 11.0.0");
    workspace.bit(["install", "lodash@4", "--dev"]).success();
    assert!(workspace.exists("node_modules/@my-org/ui.button/index.js"));
    let heard = std::fs::read_to_string(log).unwrap();
    assert_eq!(heard, "install --no-audit --no-fund\ninstall --no-audit --no-fund --save-dev lodash@4\n");
    give_fake_npm(&env, "echo 'npm error 404 lodahs'; exit 1");
    workspace.bit(["install", "lodahs"]).fails(1).complains("npm error 404 lodahs").silent_about("as components");
    // Whoever knows a component by its package is told that a scope has it.
    workspace.bit(["remote", "add", "my-org.ui", "https://example.com/ui"]).success();
    let run = workspace.bit(["install", "@my-org/ui.forms.input@1"]);
    run.fails(1).complains("404").complains("bit install my-org.ui/forms/input");
}

#[test]
fn packages_that_components_need_are_declared() {
    let env = TestEnvironment::new();
    give_fake_npm(&env, "exit 0");
    let workspace = env.git_workspace();
    let key = "\"policy\": {\n      \"dependencies\": {";
    let config = workspace.read("workspace.jsonc");
    assert!(config.contains(key), "{config}");
    workspace.write("workspace.jsonc", config.replace(key, &format!("{key}\"lodash\": \"^4.17.21\"")));
    workspace.component("button", &[("index.js", "require('lodash');\n")]);
    workspace.bit(["install"]).success().says("lodash ^4.17.21 (added to package.json)");
    assert!(workspace.read("package.json").contains("\"lodash\": \"^4.17.21\""));
    let secret = format!("echo \"[$BIT_TOKEN$BIT_TOKEN_HOST]\" > '{}'; exit 0", env.root().join("seen").display());
    give_fake_npm(&env, &secret);
    let run =
        workspace.invocation().env("BIT_TOKEN", "s3cret").env("BIT_TOKEN_HOST", "example.com").arg("install").run();
    run.success();
    assert_eq!(std::fs::read_to_string(env.root().join("seen")).unwrap(), "[]\n");
}

#[test]
fn an_install_that_fails_takes_back_what_components_need() {
    let env = TestEnvironment::new();
    give_fake_npm(&env, "exit 0");
    let workspace = env.git_workspace();
    let key = "\"policy\": {\n      \"dependencies\": {";
    let config = workspace.read("workspace.jsonc");
    workspace.write("workspace.jsonc", config.replace(key, &format!("{key}\"lodash\": \"^4.17.21\"")));
    workspace.component("button", &[("index.js", "require('lodash');\n")]);
    let fails = |words: &[&str]| {
        let before = files(&workspace);
        for broken in ["", "echo half > package-lock.json; "] {
            give_fake_npm(&env, &format!("{broken}echo 'npm error 404 lodahs'; exit 1"));
            let run = workspace.bit([&["install"][..], words].concat());
            run.fails(1).complains("npm error 404 lodahs").complains("package.json and the lockfile are as they were");
            assert_eq!(files(&workspace), before, "{words:?}");
        }
    };
    fails(&["lodahs"]);
    workspace.write("package.json", "{\"private\":true,   \"name\":\"x\"}").write("package-lock.json", "{ }");
    fails(&["lodahs"]);
    fails(&[]);
    // Not what a person wrote meanwhile, or npm itself.
    let more = "sed -i 's/\"private\"/\"license\": \"MIT\", \"private\"/' package.json; exit 1";
    give_fake_npm(&env, more);
    let run = workspace.bit(["install", "lodahs"]);
    run.fails(1).complains("package.json is not as it was: somebody has written into it").complains("git diff");
    assert!(workspace.read("package.json").contains("MIT") && workspace.read("package.json").contains("lodash"));
    give_fake_npm(&env, "exit 0");
    workspace.bit(["install"]).success();
}

#[test]
fn a_package_that_fails_beside_a_component_says_what_became_of_each() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    export_what_needs_ms(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    give_fake_npm(&env, "case \"$*\" in *lodahs*) echo 'npm error 404 lodahs'; exit 1;; esac");
    let run = other.bit(["install", "my-org.ui/theme", "lodahs"]);
    run.fails(1).complains("npm error 404 lodahs").complains("The components are installed: my-org.ui/theme@0.0.1");
    assert!(other.exists("node_modules/@my-org/ui.theme/component.json"));
    assert!(other.read("package.json").contains("vendor/bit/my-org.ui/theme/0.0.1.tgz"));
}

/// `theme` needs `ms`, a package from outside; `card` needs `theme`. Both are exported.
fn export_what_needs_ms(env: &TestEnvironment) {
    let origin = env.git_workspace();
    origin.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    origin.bit(["remote", "add", "../ui"]).success();
    let key = "\"policy\": {\n      \"dependencies\": {";
    let config = origin.read("workspace.jsonc");
    origin.write("workspace.jsonc", config.replace(key, &format!("{key}\"ms\": \"^2.1.3\"")));
    origin.component("theme", &[("index.js", "exports.colour = require('ms');\n")]);
    origin.component("card", &[("index.js", "module.exports = require('@my-org/ui.theme').colour;\n")]);
    origin.bit(["tag", "-m", "first"]).success();
    origin.bit(["export"]).success();
}

/// What the registry has.
const MS: &str = "mkdir -p node_modules && rm -rf node_modules/ms && if grep -q '\"ms\"' package.json; then \
    mkdir node_modules/ms; echo '{\"version\": \"2.1.3\"}' > node_modules/ms/package.json; \
    echo 'module.exports = \"two\"' > node_modules/ms/index.js; fi";

#[test]
fn what_components_of_the_local_scope_need_is_installed_too() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    export_what_needs_ms(&env);
    give_fake_npm(&env, MS);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["import", "my-org.ui/card", "--path", "card"]).success();
    let says = "ms (^2.1.3) is not installed, and my-org.ui/theme@0.0.1 needs it: bit install";
    other.bit(["status"]).success().complains(says);
    other.bit(["doctor"]).fails_quietly(1).says("ms: my-org.ui/theme@0.0.1 needs it (^2.1.3), and it is not installed");
    other.bit(["install"]).success().says("ms ^2.1.3 (added to package.json)").silent_about("is not installed");
    other.node(["-p", "require('@my-org/ui.card')"]).success().says("two");
    other.bit(["status"]).success().silent_about("is not installed");
    other.bit(["doctor"]).success();

    // Packages go, and take along what they had brought.
    let other = env.git_workspace_at("third", "my-org.third");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/card"]).success();
    give_fake_npm(&env, &format!("rm -rf node_modules; {MS}"));
    other.bit(["uneject", "my-org.ui/card"]).success().says("ms ^2.1.3 (components need it: added to package.json)");
    other.node(["-p", "require('@my-org/ui.card')"]).success().says("two");
}

#[test]
fn what_a_source_needs_is_declared_as_its_package_goes() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    export_what_needs_ms(&env);
    let log = env.root().join("log");
    give_fake_npm(&env, &format!("echo run >> '{}'; rm -rf node_modules; {MS}", log.display()));
    for (folder, option) in [("at-once", None), ("later", Some("-x"))] {
        let other = env.git_workspace_at(folder, &format!("my-org.{folder}"));
        other.bit(["remote", "add", "../ui"]).success();
        other.bit(["install", "my-org.ui/theme"]).success();
        std::fs::remove_file(&log).unwrap();
        let run = other.bit(["uneject", "theme"].into_iter().chain(option));
        run.success().says("ms ^2.1.3 (components need it: added to package.json)").silent_about("is not installed");
        assert!(other.read("package.json").contains("\"ms\": \"^2.1.3\""));
        if option.is_some() {
            other.bit(["install"]).success();
        }
        // By one run of npm.
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "run\n");
        other.node(["-p", "require('@my-org/ui.theme').colour"]).success().says("two");
        other.bit(["status", "--strict"]).success().silent_about("modified").silent_about("ms");
    }
    // Where it is not there, that is told.
    let other = env.folder("later");
    other.write("package.json", "{}\n").remove("node_modules/ms");
    let says = "ms (^2.1.3) is not installed, and my-org.ui/theme@0.0.1 needs it: bit install";
    other.bit(["status"]).success().complains(says);
    other.bit(["link"]).success().complains(says);
    other.bit(["doctor"]).fails_quietly(1).says("ms: my-org.ui/theme@0.0.1 needs it (^2.1.3), and it is not installed");
    other.bit(["install"]).success().says("ms ^2.1.3 (added to package.json)").silent_about("is not installed");
    other.bit(["status"]).success().silent_about("ms");
}

#[test]
fn what_nobody_says_a_version_of_is_named() {
    let env = TestEnvironment::new();
    give_fake_npm(&env, "exit 0");
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "require('is-odd');\nrequire('is-odd/again');\n")]);
    let says = "my-org.ui/button: button/index.js:1: the package \"is-odd\" is neither in workspace.jsonc nor in package.json nor installed: install it (bit install is-odd)";
    let run = workspace.bit(["install"]);
    run.success().silent_about("no component needs a package").complains(says).silent_about("index.js:2");
    workspace.write("package.json", "{}\n");
    workspace.bit(["install"]).success().complains(says);
    let unknown = &workspace.bit(["install", "--json"]).success().json()["unknown"];
    assert_eq!(unknown[0]["id"], "my-org.ui/button");
    workspace.write("package.json", "{\"dependencies\": {\"is-odd\": \"^3.0.0\"}}\n");
    workspace.bit(["install"]).success().silent_about("is-odd");
}

#[test]
fn words_that_are_no_packages_reach_no_package_manager() {
    let env = TestEnvironment::new();
    give_fake_npm(&env, "echo \"npm was asked for $*\"; exit 1");
    let workspace = env.git_workspace();
    for nothing in ["", " "] {
        workspace.bit(["install", "lodash", nothing]).fails(2).complains("is no package, and no component's id");
    }
    let elsewhere = ["other.ui/button", "other.ui/button@1.0.0"];
    for id in elsewhere {
        workspace.bit(["install", id]).fails(1).complains("nobody has said where the scope other.ui is");
    }
    workspace.bit(["install", "other.ui/button@^1.0.0"]).fails(1).complains("^1.0.0 is not a valid semantic version");
    assert!(!workspace.exists("package.json"));
    for repository in ["other/button", "other/button#main"] {
        workspace.bit(["install", repository]).fails(1).complains("npm was asked for install");
    }
}
