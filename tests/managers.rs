//! Ejecting with real package managers, without a registry: `node` runs what they install.

use serde_json::Value;

use crate::common::managers::{BUN, Manager, NPM_11, NPM_12, PNPM_10, PNPM_12, YARN_1, YARN_4};
use crate::common::{Folder, TestEnvironment, skip};

const TELL: &str = "require('@my-org/ui.app')";
const TOLD: &str = "input in blue,card in green";

// Sources in JavaScript: what TypeScript becomes is another matter (tests of the build). To type-check what was ejected,
// write them as .ts here and run `tsc` of target/managers/typescript in `eject_and_come_back`, beside `node`.

/// `app` needs `input` and `card`, and those need different versions of `theme`, of another scope. All are exported.
fn workspace_of<'e>(env: &'e TestEnvironment, manager: &Manager) -> Folder<'e> {
    manager.give_to(env);
    let workspace = env.git_workspace();
    manager.choose_in(&workspace);
    // The root of several packages, with line ends of Windows.
    let text = "{\r\n\t\"private\": true,\r\n\t\"workspaces\": [\"packages/*\"]\r\n}";
    workspace
        .write("package.json", text)
        .write("packages/tool/package.json", "{\"name\": \"tool\", \"version\": \"1.0.0\"}");
    if manager.program == "pnpm" {
        workspace.write("pnpm-workspace.yaml", "# ours\npackages:\n  - packages/*\n");
    }
    for scope in ["my-org.base", "my-org.ui"] {
        workspace.bit(["scope", "create", &format!("../{scope}"), "--name", scope]).success();
        workspace.bit(["remote", "add", &format!("../{scope}")]).success();
    }
    let theme = |colour: &str| format!("exports.colour = '{colour}';\n");
    let user = |name: &str| format!("module.exports = '{name} in ' + require('@my-org/base.theme').colour;\n");
    workspace
        .write("theme/index.js", theme("blue"))
        .write("input/index.js", user("input"))
        .write("card/index.js", user("card"))
        .write(
            "app/index.js",
            "module.exports = [require('@my-org/ui.input'), require('@my-org/base.card')].join();\n",
        );
    for (folder, scope) in
        [("theme", "my-org.base"), ("card", "my-org.base"), ("input", "my-org.ui"), ("app", "my-org.ui")]
    {
        workspace.bit(["add", folder, "--scope", scope]).success();
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/index.js", theme("green"));
    workspace.bit(["tag", "theme", "-m", "green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "card", "-m", "in green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "app", "-m", "the new card", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    workspace
}

fn json(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.read(path)).unwrap()
}

/// What a teammate has who clones the repository and has no bit.
fn clone<'e>(workspace: &Folder<'e>, manager: &Manager) -> Folder<'e> {
    let clone = workspace.machine().folder("clone");
    let files = workspace.listing(&[".git", "node_modules", ".bitmap", "workspace.jsonc"]);
    let wanted = ["packages/tool/package.json", "package.json", "pnpm-workspace.yaml", ".yarnrc.yml", manager.lockfile];
    for path in files.iter().filter(|path| wanted.contains(&path.as_str()) || path.starts_with("vendor/")) {
        clone.write(path, workspace.read_bytes(path));
    }
    clone
}

fn eject_and_come_back(manager: &Manager) {
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, manager);

    // The top one. What it needs are components of the workspace, in other versions than it was made with.
    workspace.bit(["eject", "app"]).success().says("my-org.ui/app@0.0.2").silent_about("warning");
    assert!(!workspace.exists("app"));
    let package = json(&workspace, "package.json");
    assert_eq!(package["dependencies"]["@my-org/ui.app"], "file:./vendor/bit/my-org.ui/app/0.0.2.tgz");
    workspace.node(["-p", TELL]).success().says(TOLD);
    workspace.node(["-p", "require('@my-org/base.theme').colour"]).says("green");
    workspace.write("theme/index.js", "exports.colour = 'red';\n");
    workspace.node(["-p", TELL]).success().says(TOLD);
    workspace.node(["-p", "require('@my-org/base.theme').colour"]).says("red");
    workspace.bit(["checkout", "reset", "theme"]).success();
    workspace.bit(["status", "--strict"]).success().silent_about("issues").silent_about("theme ");

    // From the lockfile, as it stands: by bit, and by somebody who has none.
    let lockfile = workspace.read_bytes(manager.lockfile);
    workspace.remove("node_modules");
    workspace.bit(["install", "--frozen"]).success();
    workspace.node(["-p", TELL]).success().says(TOLD);
    assert_eq!(workspace.read_bytes(manager.lockfile), lockfile);
    let clone = clone(&workspace, manager);
    manager.install_frozen(&clone).success();
    clone.node(["-p", TELL]).success().says(TOLD);

    // All of them.
    workspace.bit(["eject", "*"]).success();
    assert_eq!(json(&workspace, ".bitmap").as_object().unwrap().len(), 1, "{}", workspace.read(".bitmap"));
    workspace.node(["-p", TELL]).success().says(TOLD);
    workspace.node(["-p", "require('@my-org/base.theme').colour"]).says("green");

    assert!(workspace.read("package.json").starts_with("{\r\n\t\"private\": true,\r\n\t\"workspaces\": ["));

    // One comes back.
    workspace.bit(["import", "my-org.base/card"]).success().says("not in package.json any more");
    assert_eq!(json(&workspace, "package.json")["dependencies"]["@my-org/base.card"], Value::Null);
    workspace.node(["-p", TELL]).success().says(TOLD);
    workspace.write("base/card/index.js", "module.exports = 'new';\n");
    workspace.bit(["status"]).success().says("modified components").silent_about("issues");
    workspace.node(["-p", "require('@my-org/base.card')"]).says("new");

    // A newer version of what the top one needs: nothing of the older ones is found any more.
    workspace.bit(["tag", "-m", "new"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "card"]).success();
    workspace.node(["-p", "require('@my-org/base.card')"]).success().says("new");
    workspace.node(["-p", TELL]).success().says(TOLD);
    workspace.fsck();
}

/// Ejects by git: what the package manager wants to see for that is written once somebody agrees.
fn eject_by_git(manager: &Manager, setting: Option<(&str, &str)>) {
    if !manager.is_there() {
        skip!("there is no {}: scripts/test installs it", manager.name);
    }
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, manager);
    let before = workspace.listing(&[".git", "node_modules"]);
    if let Some((file, line)) = setting {
        workspace.bit(["eject", "input", "--via", "git"]).fails(1).complains(line).complains("--yes");
        assert_eq!(workspace.listing(&[".git", "node_modules"]), before);
        workspace.bit(["eject", "input", "--via", "git", "--yes"]).success();
        assert!(workspace.read(file).contains(line));
    } else {
        workspace.bit(["eject", "input", "--via", "git"]).success();
    }
    assert!(workspace.read("package.json").contains("/my-org.ui#input@0.0.1\""));
    workspace.node(["-p", "require('@my-org/ui.input')"]).success().says("input in blue");
    workspace.bit(["import", "my-org.ui/input"]).success();
    assert!(!workspace.read("package.json").contains("#theme@"), "{}", workspace.read("package.json"));
}

#[test]
fn npm_11_installs_by_git() {
    eject_by_git(&NPM_11, None);
}

#[test]
fn npm_12_installs_by_git_once_that_is_allowed() {
    eject_by_git(&NPM_12, Some((".npmrc", "allow-git=all")));
}

#[test]
fn pnpm_12_installs_by_git_once_that_is_allowed() {
    eject_by_git(&PNPM_12, Some(("pnpm-workspace.yaml", "blockExoticSubdeps: false")));
}

#[test]
fn yarn_4_installs_nothing_by_git_from_a_folder() {
    if !YARN_4.is_there() {
        skip!("there is no {}: scripts/test installs it", YARN_4.name);
    }
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, &YARN_4);
    let run = workspace.bit(["eject", "input", "--via", "git", "--yes"]);
    run.fails(1).complains("yarn 4.18.1 installs nothing by git from").complains("leave --via git out");
}

/// No bit is needed for a component that needs no other one.
#[test]
fn a_scope_is_installed_from_by_plain_npm() {
    if !NPM_11.is_there() {
        skip!("there is no {}: scripts/test installs it", NPM_11.name);
    }
    let env = TestEnvironment::new();
    workspace_of(&env, &NPM_11);
    let plain = env.folder("plain");
    let spec = format!("git+file://{}/my-org.base#theme@0.0.2", env.root().display());
    let npm = env.home().join("bin/npm");
    plain.program(&npm.to_string_lossy()).args(["install", &spec]).run().success();
    plain.node(["-p", "require('@my-org/base.theme').colour"]).success().says("green");
}

macro_rules! with_each_manager {
    ($($test:ident: $manager:ident,)*) => {
        $(#[test]
        fn $test() {
            if !$manager.is_there() {
                skip!("there is no {}: scripts/test installs it", $manager.name);
            }
            eject_and_come_back(&$manager);
        })*
    };
}

with_each_manager! {
    npm_11_ejects: NPM_11,
    npm_12_ejects: NPM_12,
    pnpm_10_ejects: PNPM_10,
    pnpm_12_ejects: PNPM_12,
    yarn_1_ejects: YARN_1,
    yarn_4_ejects: YARN_4,
    bun_ejects: BUN,
}
