//! What a person had before the package manager came: a package.json laid out in their way, a lockfile with packages of
//! their own, a package manager that is killed in the middle, and a monorepo around it.

use std::collections::BTreeMap;

use crate::common::managers::{BUN, Manager, NPM_12, PNPM_12, YARN_1, YARN_4, outside_package, with_each_manager};
use crate::common::{Folder, TestEnvironment, needs_faults};

const CARD: &str = "require('@my-org/ui.card') + ' beside ' + require('left')";
const SAYS: &str = "card in theme beside left";

/// `card` needs `theme`; both are exported. `left` is a package from outside, a file.
fn exported(env: &TestEnvironment) -> Folder<'_> {
    exported_by(env, env.git_workspace())
}

/// The same, from this workspace.
fn exported_by<'e>(env: &'e TestEnvironment, workspace: Folder<'e>) -> Folder<'e> {
    let scope = env.folder("ui").path().display().to_string();
    workspace.bit(["scope", "create", &scope, "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", &scope]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'theme';\n")]),
        ("card", &[("index.js", "module.exports = 'card in ' + require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    outside_package(&workspace, "left");
    workspace
}

/// With a byte order mark, line ends of Windows, tabs and no dependencies; and all in one line.
const ODD: [&str; 2] = [
    "\u{feff}{\r\n\t\"private\": true,\r\n\t\"devDependencies\": {\r\n\t\t\"left\": \"file:./outside/left.tgz\"\r\n\t}\r\n}\r\n",
    "{\"private\":true,\"devDependencies\":{\"left\":\"file:./outside/left.tgz\"}}",
];

fn what_a_person_has_stays_as_it_is(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    for text in ODD {
        workspace.write("package.json", text);
        manager.install_here(&workspace);
        // yarn 4 lays it out anew by itself.
        workspace.write("package.json", text);
        let entries = || -> Vec<String> {
            let lock = workspace.read(manager.lockfile);
            lock.lines().filter(|line| line.contains("left.tgz")).map(str::to_owned).collect()
        };
        let before = entries();
        assert!(!before.is_empty());
        workspace.bit(["eject", "card"]).success().silent_about("warning");
        assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
        let written = workspace.read("package.json");
        assert_eq!(written.starts_with('\u{feff}'), text.starts_with('\u{feff}'), "{written:?}");
        assert_eq!(
            written.matches('\n').count(),
            written.matches(if text.contains('\r') { "\r\n" } else { "\n" }).count()
        );
        assert!(written.contains("vendor/bit/my-org.ui/card/0.0.1.tgz"));
        assert_eq!(entries(), before);
        workspace.bit(["uneject", "card"]).success();
        assert_eq!(workspace.read("package.json"), text);
        assert_eq!(entries(), before);
        assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
        workspace.bit(["status", "--strict"]).success().silent_about("modified");
    }
}

with_each_manager! {
    what_a_person_has_stays_as_it_is:
    npm_12_keeps_what_is_there: NPM_12,
    pnpm_12_keeps_what_is_there: PNPM_12,
    yarn_1_keeps_what_is_there: YARN_1,
    bun_keeps_what_is_there: BUN,
}

/// The manager itself, killed as it makes a folder; and then something more.
fn kill_in_the_middle(env: &TestEnvironment, manager: &Manager, then: &str) {
    manager.give_to(env);
    let bin = env.folder("home/bin");
    std::fs::rename(bin.path().join(manager.program), bin.path().join("well")).unwrap();
    let folders = "mkdir,mkdirat";
    let strace = format!("strace -f -qq -o /dev/null -e trace={folders} -e inject={folders}:signal=KILL:when=3");
    let script = format!(
        "[ \"$1\" = install ] || exec \"$HOME/bin/well\" \"$@\"\n{strace} \"$HOME/bin/well\" \"$@\"\n{then}\nexit 1"
    );
    env.program_of_user(manager.program, &script);
}

fn a_manager_that_is_killed_leaves_nothing(manager: &Manager) {
    needs_faults!();
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    workspace.write("package.json", ODD[1]);
    manager.install_here(&workspace);
    let files = || -> BTreeMap<String, String> {
        // What lies in yarn 4's own store besides is nobody's loss: each archive is named after its content.
        let listing = workspace.listing(&[".git", "node_modules", ".yarn"]);
        listing.into_iter().map(|path| (path.clone(), workspace.read_bytes(&path).escape_ascii().to_string())).collect()
    };
    let before = files();
    kill_in_the_middle(&env, manager, "touch \"$HOME/killed\"");
    workspace.bit(["eject", "card"]).fails(1).complains("has been restored").complains("no source file was touched");
    assert!(env.home().join("killed").exists());
    assert_eq!(files(), before);
    // And bit with it.
    kill_in_the_middle(&env, manager, "kill -9 $PPID");
    assert_eq!(workspace.bit(["eject", "card"]).signal, Some(9));
    manager.give_to(&env);
    workspace.bit(["link"]).success().complains("had been stopped");
    assert_eq!(files(), before);
    workspace.bit(["eject", "card"]).success();
    assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
    workspace.fsck();
}

with_each_manager! {
    a_manager_that_is_killed_leaves_nothing:
    npm_12_is_killed: NPM_12,
    pnpm_12_is_killed: PNPM_12,
    yarn_1_is_killed: YARN_1,
    yarn_4_is_killed: YARN_4,
    bun_is_killed: BUN,
}

fn a_member_of_a_monorepo_uses_an_ejected_component(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    let root = "{\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"],\n  \"devDependencies\": {\"left\": \"file:./outside/left.tgz\"}\n}\n";
    workspace.write("package.json", root).write("packages/shop/index.js", format!("module.exports = {CARD};\n"));
    workspace.write("packages/shop/package.json", "{\n  \"name\": \"shop\",\n  \"version\": \"1.0.0\"\n}\n");
    if manager.program == "pnpm" {
        workspace.write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    }
    manager.install_here(&workspace);
    workspace.bit(["eject", "card"]).success();
    let tells = |folder: &Folder| assert_eq!(folder.node(["-p", "require('./packages/shop')"]).line(), SAYS);
    tells(&workspace);
    // It may say so itself, by the same archive.
    let says = "\"version\": \"1.0.0\",\n  \"dependencies\": {\n    \"@my-org/ui.card\": \"file:../../vendor/bit/my-org.ui/card/0.0.1.tgz\"\n  }";
    let shop = workspace.read("packages/shop/package.json").replace("\"version\": \"1.0.0\"", says);
    workspace.write("packages/shop/package.json", &shop);
    workspace.bit(["install"]).success();
    tells(&workspace);
    workspace.remove("node_modules");
    manager.install_frozen(&workspace).success();
    tells(&workspace);
    assert_eq!(workspace.read("packages/shop/package.json"), shop);
}

with_each_manager! {
    a_member_of_a_monorepo_uses_an_ejected_component:
    npm_12_serves_a_member: NPM_12,
    pnpm_12_serves_a_member: PNPM_12,
    yarn_1_serves_a_member: YARN_1,
    yarn_4_serves_a_member: YARN_4,
    bun_serves_a_member: BUN,
}

/// In a member overrides are not read: of what `card` needs nobody would say where it is.
fn a_workspace_that_is_a_member_refuses_to_eject(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    env.folder("mono").write("package.json", "{\"private\": true, \"workspaces\": [\"packages/*\"]}\n");
    if manager.program == "pnpm" {
        env.folder("mono").write("pnpm-workspace.yaml", "packages:\n  - packages/*\n");
    }
    let workspace = exported_by(&env, env.git_workspace_at("mono/packages/site", "my-org.ui"));
    workspace.write("package.json", "{\"name\": \"site\", \"dependencies\": {\"left\": \"file:./outside/left.tgz\"}}");
    let outer = env.folder("mono");
    manager.choose_in(&workspace);
    let program = env.home().join("bin").join(manager.program);
    outer.program(&program.to_string_lossy()).args(["install"]).run().success();
    let files = || {
        let listing = workspace.listing(&[".git", "node_modules"]);
        (listing, workspace.read("package.json"), outer.read(manager.lockfile))
    };
    let before = files();
    for component in ["card", "theme"] {
        let refused = workspace.bit(["eject", component]);
        refused
            .fails(1)
            .complains("read overrides and keep the lockfile there")
            .complains("mono")
            .complains("nothing was changed");
        assert_eq!(files(), before);
    }
    // As a root of its own it can.
    match manager.program {
        "pnpm" => workspace.write("pnpm-workspace.yaml", "packages: []\n"),
        _ => outer.write("package.json", "{\"private\": true, \"workspaces\": [\"libs/*\"]}\n"),
    };
    workspace.bit(["eject", "card"]).success();
    assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
}

with_each_manager! {
    a_workspace_that_is_a_member_refuses_to_eject:
    npm_12_is_refused_in_a_member: NPM_12,
    pnpm_12_is_refused_in_a_member: PNPM_12,
}
