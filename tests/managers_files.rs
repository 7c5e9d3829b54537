//! What a person had before the package manager came: a package.json laid out in their way, a lockfile with packages of
//! their own, a package manager that is killed in the middle, and a monorepo around it.

use std::collections::BTreeMap;

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, YARN_1, YARN_4, needs_installed, outside_package,
    with_each_manager,
};
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
        // yarn 4 lays it out anew by itself, without the mark.
        let stays = if manager.name == YARN_4.name { workspace.read("package.json") } else { text.to_owned() };
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
        assert_eq!(written.starts_with('\u{feff}'), stays.starts_with('\u{feff}'), "{written:?}");
        assert_eq!(
            written.matches('\n').count(),
            written.matches(if text.contains('\r') { "\r\n" } else { "\n" }).count()
        );
        assert!(written.contains("vendor/bit/my-org.ui/card/0.0.1.tgz"));
        assert_eq!(entries(), before);
        workspace.bit(["uneject", "card"]).success();
        assert_eq!(workspace.read("package.json"), stays);
        assert_eq!(entries(), before);
        assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
        workspace.bit(["status", "--strict"]).success().silent_about("modified");
    }
}

with_each_manager! {
    what_a_person_has_stays_as_it_is:
    npm_11_keeps_what_is_there: NPM_11,
    npm_12_keeps_what_is_there: NPM_12,
    pnpm_9_keeps_what_is_there: PNPM_9,
    pnpm_10_keeps_what_is_there: PNPM_10,
    pnpm_11_keeps_what_is_there: PNPM_11,
    pnpm_12_keeps_what_is_there: PNPM_12,
    yarn_1_keeps_what_is_there: YARN_1,
    yarn_4_keeps_what_it_does_not_lay_out_anew: YARN_4,
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
    npm_11_is_killed: NPM_11,
    npm_12_is_killed: NPM_12,
    pnpm_9_is_killed: PNPM_9,
    pnpm_10_is_killed: PNPM_10,
    pnpm_11_is_killed: PNPM_11,
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
    npm_11_serves_a_member: NPM_11,
    npm_12_serves_a_member: NPM_12,
    pnpm_9_serves_a_member: PNPM_9,
    pnpm_10_serves_a_member: PNPM_10,
    pnpm_11_serves_a_member: PNPM_11,
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
    match manager.program {
        // npm passes over the settings of a member.
        "npm" => {
            workspace.write(".npmrc", "workspaces=false\n");
        }
        _ if manager.name == YARN_4.name => {
            outer.write(".yarnrc.yml", "nodeLinker: node-modules\n");
        }
        _ => {}
    }
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
        "pnpm" => workspace.write("pnpm-workspace.yaml", "packages:\n  - .\n"),
        _ if manager.name == YARN_4.name => workspace.write("yarn.lock", ""),
        _ => outer.write("package.json", "{\"private\": true, \"workspaces\": [\"libs/*\"]}\n"),
    };
    workspace.bit(["eject", "card"]).success();
    assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
}

with_each_manager! {
    a_workspace_that_is_a_member_refuses_to_eject:
    npm_12_is_refused_in_a_member: NPM_12,
    pnpm_9_is_refused_in_a_member: PNPM_9,
    pnpm_10_is_refused_in_a_member: PNPM_10,
    pnpm_11_is_refused_in_a_member: PNPM_11,
    pnpm_12_is_refused_in_a_member: PNPM_12,
    yarn_1_is_refused_in_a_member: YARN_1,
    yarn_4_is_refused_in_a_member: YARN_4,
    bun_is_refused_in_a_member: BUN,
}

/// `packageManager` and `devEngines` name it; and a CI job, where lockfiles may not change by themselves, is none of bit's.
fn what_package_json_names_is_called(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    let bin = env.home().join("bin").join(manager.program);
    let version = workspace.program(&bin.to_string_lossy()).args(["--version"]).run().success().line().to_owned();
    if manager.name == YARN_4.name {
        workspace.write(".yarnrc.yml", "nodeLinker: node-modules\n");
    }
    let left = "\"devDependencies\": {\"left\": \"file:./outside/left.tgz\"}";
    let named = format!("\"packageManager\": \"{}@{version}\"", manager.program);
    let engine = format!("{{\"name\": \"{}\", \"version\": \"{version}\"}}", manager.program);
    let engine = format!("\"devEngines\": {{\"packageManager\": {engine}}}");
    let bit = |words: &[&str]| workspace.invocation().env("CI", "true").args(words).run();
    let says = format!("installed by {} {version}", manager.program);
    // pnpm asks the registry for a version that is pinned.
    let is_pnpm = manager.program == "pnpm";
    let engine = if is_pnpm { engine.replace(&format!(", \"version\": \"{version}\""), "") } else { engine };
    for says_so in [named, engine].into_iter().skip(usize::from(is_pnpm)) {
        workspace.write("package.json", format!("{{\n  {says_so},\n  {left}\n}}\n"));
        bit(&["install"]).success().says(&says);
        bit(&["eject", "card"]).success().says(&says);
        assert_eq!(workspace.node(["-p", CARD]).line(), SAYS);
        // yarn 4 lays it out anew.
        let written: String = workspace.read("package.json").split_whitespace().collect();
        assert!(written.contains(&says_so.replace(' ', "")), "{written}");
        bit(&["uneject", "card"]).success();
        workspace.remove(manager.lockfile);
    }
}

with_each_manager! {
    what_package_json_names_is_called:
    npm_12_is_named: NPM_12,
    pnpm_9_is_named: PNPM_9,
    pnpm_11_is_named: PNPM_11,
    pnpm_12_is_named: PNPM_12,
    yarn_1_is_named: YARN_1,
    yarn_4_is_named: YARN_4,
    bun_is_named: BUN,
}

/// Before somebody ejects, npm was told to call it otherwise, or bun to write no text.
fn the_other_lockfile_stays_it(manager: &Manager, other: &str, make: impl Fn(&Folder)) {
    needs_installed!(manager);
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    workspace.write("package.json", ODD[1]);
    make(&workspace);
    for component in ["card", "theme"] {
        let before = workspace.read_bytes(other);
        workspace.bit(["eject", component]).success();
        assert!(workspace.read_bytes(other) != before && !workspace.exists(manager.lockfile));
    }
    let before = workspace.read_bytes(other);
    workspace.remove("node_modules");
    manager.install_frozen(&workspace).success();
    assert_eq!((workspace.node(["-p", CARD]).line(), workspace.read_bytes(other)), (SAYS, before));
}

#[test]
fn a_shrinkwrap_stays_the_lockfile_of_npm() {
    // npm 12 knows it no more.
    the_other_lockfile_stays_it(&NPM_11, "npm-shrinkwrap.json", |workspace| {
        NPM_11.install_here(workspace);
        workspace.write("npm-shrinkwrap.json", workspace.read(NPM_11.lockfile)).remove(NPM_11.lockfile);
    });
}

#[test]
fn a_binary_lockfile_stays_that_of_bun() {
    the_other_lockfile_stays_it(&BUN, "bun.lockb", |workspace| {
        workspace.write("bunfig.toml", "[install]\nsaveTextLockfile = false\n");
        let bun = workspace.machine().home().join("bin/bun");
        workspace.program(&bun.to_string_lossy()).args(["install"]).run().success();
    });
}
