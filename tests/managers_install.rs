//! Installing with real package managers, and nothing but files: packages from outside, components as packages with their
//! peers, newer versions of them, and all of it in a fresh clone.

use serde_json::{Value, json};

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, YARN_1, YARN_4, outside_package, with_each_manager,
};
use crate::common::{Folder, TestEnvironment};

const PAGE: &str = "const theme = require('@my-org/ui.theme');
exports.context = require('@my-org/ui.widget').context;
exports.told = () => theme + ' in ' + exports.context.colour;
";

/// `page` needs `widget` and `theme`, and whoever uses `widget` brings `context`. All are exported.
fn author_of<'e>(env: &'e TestEnvironment, manager: &Manager) -> Folder<'e> {
    manager.give_to(env);
    let author = env.git_workspace();
    manager.choose_in(&author);
    let config = author.read("workspace.jsonc");
    let peers = "\"peerDependencies\": {\"@my-org/ui.context\": \"*\"}";
    author.write("workspace.jsonc", config.replace("\"peerDependencies\": {}", peers));
    author.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    author.bit(["remote", "add", "../ui"]).success();
    author.components(&[
        ("context", &[("index.js", "exports.colour = 'blue';\n")]),
        ("theme", &[("index.js", "module.exports = 'theme';\n")]),
        ("widget", &[("index.js", "exports.context = require('@my-org/ui.context');\n")]),
        ("page", &[("index.js", PAGE)]),
    ]);
    author.bit(["tag", "-m", "first"]).success();
    author.bit(["export"]).success();
    author
}

/// The page runs, and there is one context only.
#[track_caller]
fn assert_page(folder: &Folder, says: &str) {
    let script =
        "const page = require('@my-org/ui.page'); page.told() + (page.context === require('@my-org/ui.context'))";
    assert_eq!(folder.node(["-p", script]).line(), format!("{says}true"));
}

fn package_json(folder: &Folder) -> Value {
    serde_json::from_str(&folder.read("package.json")).unwrap()
}

/// Everything committed, and what a teammate has who clones it.
fn clone_of<'e>(workspace: &Folder<'e>, name: &str) -> Folder<'e> {
    workspace.write(".gitignore", "node_modules\n.yarn\n");
    workspace.git(["add", "--all"]).success();
    workspace.git(["commit", "--quiet", "-m", "all"]).success();
    let from = workspace.path().file_name().unwrap().to_str().unwrap();
    workspace.machine().folder(".").git(["clone", "--quiet", from, name]).success();
    workspace.machine().folder(name)
}

fn a_peer_that_is_a_component_is_installed(manager: &Manager) {
    let env = TestEnvironment::new();
    let author = author_of(&env, manager);
    // The source of the peer is here, and stays the only one.
    author.bit(["eject", "widget"]).success().silent_about("warning");
    assert!(!author.exists("widget"));
    assert_page(&author, "theme in blue");
    author.write("context/index.js", "exports.colour = 'red';\n");
    assert_page(&author, "theme in red");
    author.bit(["checkout", "reset", "context"]).success();
    author.bit(["status", "--strict"]).success().silent_about("modified").silent_about("issues");
    // Its package then, and those that need it.
    author.bit(["eject", "*"]).success().silent_about("warning");
    assert_page(&author, "theme in blue");
    let lockfile = author.read_bytes(manager.lockfile);
    author.remove("node_modules");
    author.bit(["install", "--frozen"]).success();
    assert_page(&author, "theme in blue");
    let clone = clone_of(&author, "clone");
    manager.install_frozen(&clone).success();
    assert_page(&clone, "theme in blue");
    assert_eq!(clone.read_bytes(manager.lockfile), lockfile);
    // It goes, and comes back, as every other one.
    author.bit(["uneject", "context"]).success();
    author.write("context/index.js", "exports.colour = 'green';\n");
    assert_page(&author, "theme in green");
}

fn packages_and_components_are_installed_and_updated(manager: &Manager) {
    let env = TestEnvironment::new();
    let author = author_of(&env, manager);
    // The root of several packages, and of a workspace.
    let site = env.git_workspace_at("site", "my-org.site");
    manager.choose_in(&site);
    let remotes = "{\n  \"bit.scope/remotes\": {\"my-org.ui\": \"../ui\"},";
    site.write("workspace.jsonc", site.read("workspace.jsonc").replacen('{', remotes, 1));
    site.write("packages/tool/package.json", "{\"name\": \"tool\", \"version\": \"1.0.0\"}");
    site.write(
        "package.json",
        "{\n  \"name\": \"site\",\n  \"private\": true,\n  \"workspaces\": [\n    \"packages/*\"\n  ]\n}\n",
    );
    if manager.program == "pnpm" {
        site.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    }
    site.component("own", &[("index.js", "module.exports = 'own with ' + require('left');\n")]);
    for name in ["left", "right", "third"] {
        outside_package(&site, name);
    }

    // Packages from outside, to run and to develop.
    site.bit(["install", "./outside/left.tgz"]).success().silent_about("neither");
    site.bit(["install", "./outside/right.tgz", "--dev"]).success();
    let is_outside = |section: &str, name: &str| {
        let spec = package_json(&site)[section][name].as_str().unwrap_or_default().to_owned();
        spec.ends_with(&format!("outside/{name}.tgz"))
    };
    assert!(is_outside("dependencies", "left") && is_outside("devDependencies", "right"), "{}", package_json(&site));
    assert_eq!(site.node(["-p", "require('@my-org/site.own') + require('right')"]).line(), "own with leftright");

    // A component, with what it needs and what those need of whoever uses them; and both at once.
    let outcome = site.bit(["install", "my-org.ui/page", "./outside/third.tgz", "--json"]).success().json();
    assert_eq!(outcome["components"], json!(["my-org.ui/page@0.0.1"]));
    assert_eq!(outcome["packages"]["peers"], json!(["my-org.ui/context@0.0.1"]));
    assert!(is_outside("dependencies", "left") && is_outside("dependencies", "third"), "{}", package_json(&site));
    assert_page(&site, "theme in blue");
    assert_eq!(site.node(["-p", "require('@my-org/site.own') + require('third')"]).line(), "own with leftthird");
    site.bit(["status"]).success().silent_about("not a link");

    // A fresh clone runs by one command, which leaves nothing to commit.
    let clone = clone_of(&site, "clone");
    clone.bit(["install"]).success();
    assert_page(&clone, "theme in blue");
    assert_eq!(clone.node(["-p", "require('@my-org/site.own') + require('third')"]).line(), "own with leftthird");
    let changed = clone.git(["diff", "--unified=0"]).success().stdout.clone();
    if manager.name == PNPM_9.name {
        // It notes of a peer where the archive lies on this machine, and nothing else is another one.
        let lines = changed.lines().skip(5);
        assert!(lines.clone().all(|line| line.contains("'@my-org/ui.context': file:[ROOT]/")), "{changed}");
        assert_eq!(lines.count(), 2, "{changed}");
    } else {
        assert_eq!(changed, "");
    }

    // Newer versions: of one, and of what is left.
    author.write("context/index.js", "exports.colour = 'green';\n");
    author.bit(["tag", "-m", "green"]).success();
    author.write("theme/index.js", "module.exports = 'new theme';\n");
    author.bit(["tag", "-m", "new theme"]).success();
    author.bit(["export"]).success();
    site.bit(["update", "page@0.0.2"]).success().says("my-org.ui/page@0.0.2 (from 0.0.1)");
    assert_page(&site, "theme in green");
    site.bit(["update"]).success().says("my-org.ui/page@0.0.3 (from 0.0.2)");
    assert_page(&site, "new theme in green");
    let archives: Vec<String> = site.listing(&[]).into_iter().filter(|path| path.starts_with("vendor/")).collect();
    let expected = [("context", 2), ("page", 3), ("theme", 2), ("widget", 2)];
    let expected = expected.map(|(name, version)| format!("vendor/bit/my-org.ui/{name}/0.0.{version}.tgz"));
    assert_eq!(archives, expected);
    assert!(is_outside("dependencies", "left") && is_outside("devDependencies", "right"), "{}", package_json(&site));
    manager.install_frozen(&clone_of(&site, "another")).success();
    assert_page(&env.folder("another"), "new theme in green");
}

with_each_manager! {
    a_peer_that_is_a_component_is_installed:
    npm_11_installs_a_peer: NPM_11,
    npm_12_installs_a_peer: NPM_12,
    pnpm_9_installs_a_peer: PNPM_9,
    pnpm_10_installs_a_peer: PNPM_10,
    pnpm_11_installs_a_peer: PNPM_11,
    pnpm_12_installs_a_peer: PNPM_12,
    yarn_1_installs_a_peer: YARN_1,
    yarn_4_installs_a_peer: YARN_4,
    bun_installs_a_peer: BUN,
}

with_each_manager! {
    packages_and_components_are_installed_and_updated:
    npm_11_installs_and_updates: NPM_11,
    npm_12_installs_and_updates: NPM_12,
    pnpm_9_installs_and_updates: PNPM_9,
    pnpm_10_installs_and_updates: PNPM_10,
    pnpm_11_installs_and_updates: PNPM_11,
    pnpm_12_installs_and_updates: PNPM_12,
    yarn_1_installs_and_updates: YARN_1,
    yarn_4_installs_and_updates: YARN_4,
    bun_installs_and_updates: BUN,
}
