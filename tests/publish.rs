//! `bit publish`: versions to an npm registry, by the person's own npm. Which one of those that are about does it is
//! named in each test.

use serde_json::{Value, json};

use crate::common::managers::{NPM_11, NPM_12, needs_installed};
use crate::common::registry::{Registry, TOKEN};
use crate::common::servers::served;
use crate::common::{Folder, Run, TestEnvironment};

/// base ← theme ← button, exported.
fn exported(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("base", &[("index.js", "module.exports = 'base';\n")]),
        ("theme", &[("index.js", "module.exports = 'theme of ' + require('@my-org/ui.base');\n")]),
        ("button", &[("index.js", "module.exports = 'button in ' + require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export"]).success();
    workspace
}

fn publish(workspace: &Folder, registry: &Registry, arguments: &[&str]) -> Run {
    let run = workspace.bit([&["publish", "--registry", &registry.url], arguments].concat());
    assert!(!run.to_string().contains(TOKEN), "the token is seen");
    run
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|version| version["name"].as_str().unwrap()).collect()
}

#[test]
fn versions_go_in_order_and_what_is_there_is_passed_over() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    NPM_12.give_to(&env);
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = exported(&env);
    let dry = publish(&workspace, &registry, &["--dry-run", "--json"]).json();
    assert_eq!(names(&dry["published"]), ["@my-org/ui.base", "@my-org/ui.theme", "@my-org/ui.button"]);
    assert!(!registry.log().contains("PUT"), "a dry run sends nothing");
    // What a person's own configuration says of the owner does not lead elsewhere.
    workspace.write(".npmrc", "@my-org:registry=http://127.0.0.1:9/\n");
    publish(&workspace, &registry, &["--access", "public"]).success().says("3 versions published to");
    let log = registry.log();
    let puts: Vec<&str> = log.lines().filter(|line| line.starts_with("PUT")).collect();
    let put = |name: &str| format!("PUT /@my-org%2fui.{name} 201");
    assert_eq!(puts, [put("base"), put("theme"), put("button")]);
    assert_eq!(log.matches("tags {\"latest\":\"0.0.1\"} access public").count(), 3);
    let again = publish(&workspace, &registry, &["--json"]).json();
    assert_eq!((names(&again["published"]).len(), names(&again["there"]).len()), (0, 3));
    publish(&workspace, &registry, &[]).success().says("nothing to publish").says("there already");
    // Installed from there, with all that it needs.
    let shop = env.folder("shop");
    shop.write("package.json", "{\"name\": \"shop\", \"version\": \"1.0.0\"}");
    shop.write(".npmrc", format!("@my-org:registry={}\n", registry.url));
    shop.program("npm").args(["install", "--no-audit", "--no-fund", "@my-org/ui.button"]).run().success();
    assert_eq!(shop.node(["-p", "require('@my-org/ui.button')"]).line(), "button in theme of base");
}

/// npm refuses to take `latest` back to an older version, or does so.
#[test]
fn an_older_version_does_not_become_the_latest() {
    needs_installed!(NPM_11);
    let env = TestEnvironment::new();
    NPM_11.give_to(&env);
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = exported(&env);
    workspace.append("base/index.js", "// two\n");
    workspace.bit(["tag", "base", "-m", "two", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    publish(&workspace, &registry, &["base"]).success();
    publish(&workspace, &registry, &["theme", "--include-dependencies"]).success().says("2 versions published to");
    let log = registry.log();
    let tags = |what: &str| log.matches(&format!("tags {{{what}}}")).count();
    assert_eq!((tags("\"latest\":\"0.0.2\""), tags("\"older\":\"0.0.1\""), tags("\"latest\":\"0.0.1\"")), (1, 1, 1));
}

#[test]
fn a_failure_in_the_middle_is_gone_on_from() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    NPM_12.give_to(&env);
    let registry = served!(Registry::start(&env));
    let workspace = exported(&env);
    publish(&workspace, &registry, &[]).fails(1).complains("npm says:").complains("npm login --registry");
    registry.log_in();
    env.folder("registry").write("refuse", "@my-org/ui.theme");
    let run = publish(&workspace, &registry, &[]);
    run.fails(1).complains("my-org.ui/theme@0.0.1 could not be published").complains("this one is not wanted here");
    run.complains("1 version was published before it");
    env.folder("registry").remove("refuse");
    let done = publish(&workspace, &registry, &["--json"]).json();
    assert_eq!(names(&done["there"]), ["@my-org/ui.base"]);
    assert_eq!(names(&done["published"]), ["@my-org/ui.theme", "@my-org/ui.button"]);
    // An answer that was lost is looked for.
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "theme", "-m", "more", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    env.folder("registry").write("silent", "");
    let done = publish(&workspace, &registry, &["theme", "--json"]).json();
    assert_eq!(names(&done["published"]), ["@my-org/ui.theme"]);
    env.folder("registry").remove("silent");
    env.folder("registry").write("down", "");
    publish(&workspace, &registry, &["theme"]).fails(1).complains("could not ask").complains("nothing was published");
    assert_eq!(env.folder("tmp").listing(&[]).iter().filter(|path| path.contains("bit-tmp")).count(), 0);
}

#[test]
fn what_nobody_could_install_is_refused() {
    needs_installed!(NPM_11);
    let env = TestEnvironment::new();
    NPM_11.give_to(&env);
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = exported(&env);
    let run = publish(&workspace, &registry, &["button"]);
    run.fails(1).complains("my-org.ui/button@0.0.1 needs my-org.ui/theme@0.0.1").complains("--include-dependencies");
    publish(&workspace, &registry, &["button", "--include-dependencies"]).success().says("3 versions published");
    publish(&workspace, &registry, &["button"]).success();
    workspace.append("base/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    let run = publish(&workspace, &registry, &["base"]);
    run.fails(1).complains("not exported yet").complains("my-org.ui/base@0.0.2").complains("--staged");
    publish(&workspace, &registry, &["base", "--staged"]).success().says("my-org.ui/base@0.0.2");
    // The same number again, with other content.
    workspace.bit(["reset", "--all"]).success();
    workspace.append("base/index.js", "// another two\n").bit(["tag", "-m", "two"]).success();
    let run = publish(&workspace, &registry, &["base", "button", "--staged", "--include-dependencies"]);
    run.fails(1).complains("has other content under these numbers").complains("my-org.ui/base@0.0.2");
    assert!(!registry.log().contains("ui.button 201\nui.button"), "{}", registry.log());
}

#[test]
fn pre_releases_and_private_packages() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    NPM_12.give_to(&env);
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = exported(&env);
    workspace.append("base/index.js", "// two\n");
    workspace.bit(["tag", "base", "--skip-auto-tag", "--ver", "1.0.0-beta.1"]).success();
    publish(&workspace, &registry, &["base", "--staged"]).success();
    assert!(registry.log().contains("tags {\"beta\":\"1.0.0-beta.1\"}"), "{}", registry.log());
    for tag in ["1.0.0", "v1.2", "^2", "*", "1.x"] {
        let run = publish(&workspace, &registry, &["base@0.0.1", "--tag", tag, "--dry-run"]);
        run.fails(2).complains("can be no dist-tag");
    }
    publish(&workspace, &registry, &["base@0.0.1", "--tag", "old"]).success();
    assert!(registry.log().contains("tags {\"old\":\"0.0.1\"}"), "{}", registry.log());
    let config = json!({"teambit.workspace/workspace": {"defaultScope": "my-org.ui"},
        "teambit.pkg/pkg": {"packageJson": {"private": true}}});
    workspace.write("workspace.jsonc", config.to_string()).bit(["tag", "base", "--skip-auto-tag"]).success();
    publish(&workspace, &registry, &["base", "--staged"]).fails(1).complains("is private");
}

#[test]
fn a_registry_is_named_without_a_secret_and_npm_has_to_be_there() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let run = workspace.bit(["publish", "--registry", "https://ada:s3cret@npm.example.com/"]);
    run.fails(2).complains("npm login").silent_about("s3cret");
    workspace.bit(["publish", "--registry", "npm.example.com"]).fails(2).complains("is no URL of a registry");
    workspace.bit(["publish"]).fails(2).complains("--registry");
    let only_git = env.folder("only-git");
    let git = workspace.program("sh").args(["-c", "command -v git"]).run().line().to_owned();
    std::os::unix::fs::symlink(git, only_git.path().join("git")).unwrap();
    let run = workspace.invocation().args(["publish", "--registry", "http://127.0.0.1:9/"]);
    run.env("PATH", only_git.path()).run().fails(1).complains("npm was not found on the PATH");
}
