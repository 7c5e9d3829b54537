//! A package manager that fails leaves nothing behind: neither in the workspace's files nor in `node_modules`.

use std::collections::BTreeMap;
use std::fs;

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, YARN_1, YARN_4, needs_installed, with_each_manager,
};
use crate::common::{Folder, TestEnvironment};
use crate::eject;

const PAGE: &str = "require('@my-org/ui.page')";

/// Three components of one scope: `page` and `card` need `theme`.
fn exported(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'theme';\n")]);
    for name in ["page", "card"] {
        let source = format!("module.exports = '{name} in ' + require('@my-org/ui.theme');\n");
        workspace.component(name, &[("index.js", &source)]);
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace
}

/// The same, and the text of its package.json.
fn exported_with_package_json(env: &TestEnvironment) -> (Folder<'_>, &'static str) {
    let (workspace, text) = (exported(env), "{\n  \"private\": true\n}\n");
    workspace.write("package.json", text);
    (workspace, text)
}

/// Every file with what it holds; yarn 4 notes what is installed with the time in it.
fn files(workspace: &Folder) -> BTreeMap<String, Vec<u8>> {
    let mut files = eject::files(workspace);
    files.remove(".yarn/install-state.gz");
    files
}

/// What is installed and linked, file by file; what managers note for themselves has the time in it.
fn installed(workspace: &Folder) -> BTreeMap<String, String> {
    let notes = [
        ".package-lock.json",
        ".modules.yaml",
        ".yarn-integrity",
        ".yarn-state.yml",
        ".pnpm/lock.yaml",
        ".pnpm-workspace-state",
        ".cache/",
    ];
    let modules = workspace.inside("node_modules");
    let mut found = BTreeMap::new();
    for path in modules.listing(&[]) {
        if notes.iter().any(|note| path.starts_with(note)) {
            continue;
        }
        let place = modules.path().join(&path);
        let what = match fs::read_link(&place) {
            Ok(target) => format!("→ {}", target.display()),
            Err(_) if place.is_dir() => "an empty folder".to_owned(),
            Err(_) => String::from_utf8_lossy(&fs::read(&place).unwrap()).into_owned(),
        };
        found.insert(path, what);
    }
    found
}

#[track_caller]
fn assert_same(after: &BTreeMap<String, String>, before: &BTreeMap<String, String>) {
    for path in before.keys().chain(after.keys()) {
        assert_eq!(after.get(path), before.get(path), "{path}");
    }
}

/// The manager itself, and afterwards the package is another version than it says.
fn spoil(env: &TestEnvironment, manager: &Manager, package: &str) {
    let spoilt = format!("node_modules/{package}/component.json");
    wrap(env, manager, &format!("[ ! -f {spoilt} ] || sed -i s/0.0.1/0.0.9/ {spoilt}"));
}

/// The manager itself, and something after each installation.
fn wrap(env: &TestEnvironment, manager: &Manager, after: &str) {
    manager.give_to(env);
    let bin = env.folder("home/bin");
    fs::rename(bin.path().join(manager.program), bin.path().join("well")).unwrap();
    let script = format!("\"$HOME/bin/well\" \"$@\" || exit\n[ \"$1\" != install ] || {{ {after}; }}");
    env.program_of_user(manager.program, &script);
}

fn nothing_is_left(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    manager.choose_in(&workspace);
    let files = || (files(&workspace), installed(&workspace));
    let fails = |command: &[&str]| {
        let before = files();
        spoil(&env, manager, "@my-org/ui.page");
        workspace.bit(command).fails(1).complains("is 0.0.9 in node_modules").complains("has been restored");
        let after = files();
        assert_eq!(after.0, before.0);
        assert_same(&after.1, &before.1);
        assert_eq!(workspace.node(["-p", PAGE]).line(), "page in theme");
        workspace.bit(["status", "--strict"]).success();
        manager.give_to(&env);
    };
    // Where nothing was installed yet, and where something is.
    fails(&["eject", "page"]);
    workspace.bit(["eject", "card"]).success();
    fails(&["eject", "page"]);
    workspace.bit(["eject", "page"]).success();
    assert_eq!(workspace.node(["-p", PAGE]).line(), "page in theme");
    // The way back: the sources have come, the packages are what they were.
    let before = installed(&workspace);
    wrap(&env, manager, "[ -f \"$HOME/failed\" ] || { touch \"$HOME/failed\"; echo the disk is tired; exit 1; }");
    workspace.bit(["uneject", "card"]).fails(1).complains("the disk is tired").complains("bit uneject");
    assert_same(&installed(&workspace), &before);
    manager.give_to(&env);
    workspace.bit(["uneject", "card"]).success();
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.card')"]).line(), "card in theme");
}

/// A person goes on working while the package manager runs.
#[test]
fn a_source_that_was_saved_meanwhile_stays_and_nothing_else_does() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    NPM_12.give_to(&env);
    let workspace = exported(&env);
    NPM_12.choose_in(&workspace);
    workspace.bit(["eject", "card"]).success();
    let before = (files(&workspace), installed(&workspace));
    wrap(&env, &NPM_12, "echo '// mine' >> page/index.js");
    workspace
        .bit(["eject", "page", "theme"])
        .fails(1)
        .complains("page/index.js changed while")
        .complains("nothing was");
    assert!(workspace.read("page/index.js").ends_with("// mine\n"));
    NPM_12.give_to(&env);
    workspace.write("page/index.js", workspace.read("page/index.js").replace("// mine\n", ""));
    assert_eq!(files(&workspace), before.0);
    assert_same(&installed(&workspace), &before.1);
    workspace.bit(["status", "--strict"]).success();
    workspace.bit(["eject", "page", "theme"]).success();
    assert_eq!(workspace.node(["-p", PAGE]).line(), "page in theme");
}

/// Sources go only where package.json and the archives are what was installed, whatever the package manager says.
#[test]
fn what_undoes_the_work_of_a_package_manager_is_noticed() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    let (workspace, before) = exported_with_package_json(&env);
    workspace.write("mine.json", "{\"private\": true, \"license\": \"MIT\"}\n");
    for (undoes, words) in [
        ("cp mine.json package.json", "package.json does not name @my-org/ui.page 0.0.1 any more"),
        ("rm package.json", "package.json does not name @my-org/ui.page 0.0.1 any more"),
        ("rm -r vendor", ".tgz is not there any more"),
    ] {
        wrap(&env, &NPM_12, undoes);
        let run = workspace.bit(["eject", "page"]);
        run.fails(1).complains(words).complains("no source file was touched");
        assert_eq!(workspace.read("package.json"), before, "{undoes}");
        assert!(workspace.exists("page/index.js") && workspace.read(".bitmap").contains("\"page\""));
        assert!(!workspace.exists("vendor"), "{undoes}");
    }
    assert!(workspace.read("package.json.bit-kept").contains("MIT"));
    NPM_12.give_to(&env);
    workspace.bit(["eject", "page"]).success();
    assert_eq!(workspace.node(["-p", PAGE]).line(), "page in theme");
}

/// It is beside the file that was put back, as after a kill.
#[test]
fn what_a_person_wrote_into_package_json_meanwhile_is_kept() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    let (workspace, before) = exported_with_package_json(&env);
    wrap(
        &env,
        &NPM_12,
        "sed -i 's/\"private\"/\"license\": \"MIT\", \"private\"/' package.json; echo the disk is tired; exit 1",
    );
    let run = workspace.bit(["eject", "page"]);
    run.fails(1).complains("the disk is tired").complains("package.json was changed meanwhile");
    run.complains("is in package.json.bit-kept");
    assert_eq!(workspace.read("package.json"), before);
    assert!(workspace.read("package.json.bit-kept").contains("\"license\": \"MIT\""));
    assert!(workspace.read("package.json.bit-kept").contains("@my-org/ui.page"));
}

/// What comes by git has the second of its commit, and yarn 1 takes files of one size and one time for the same.
#[test]
fn yarn_1_puts_back_what_came_by_git_in_the_same_second() {
    needs_installed!(YARN_1);
    let env = TestEnvironment::new();
    YARN_1.give_to(&env);
    let author = exported(&env);
    author.write("theme/index.js", "module.exports = 'thema';\n");
    author.bit(["tag", "theme", "-m", "second", "--skip-auto-tag"]).success();
    author.bit(["export"]).success();
    let other = env.git_workspace_at("other", "my-org.other");
    YARN_1.choose_in(&other);
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/theme@0.0.1", "--via", "git", "--yes"]).success();
    let before = (files(&other), installed(&other));
    wrap(&env, &YARN_1, "sed -i s/0.0.2/0.0.9/ node_modules/@my-org/ui.theme/component.json");
    other.bit(["update"]).fails(1).complains("is 0.0.9 in node_modules").complains("has been restored");
    assert_eq!(files(&other), before.0);
    assert_same(&installed(&other), &before.1);
}

/// A package that stands where the link of a source belongs moves into those that need it. One that says it needs it in
/// a range, as after a patch, is passed over, and would find the source from then on.
#[test]
fn what_made_room_for_a_link_is_looked_at_too() {
    needs_installed!(NPM_12);
    let env = TestEnvironment::new();
    NPM_12.give_to(&env);
    let workspace = exported(&env);
    NPM_12.choose_in(&workspace);
    let card = "node_modules/@my-org/ui.card/package.json";
    let loosen = format!("[ ! -f {card} ] || sed -i '/ui.theme/s/0[.]0[.]1/^0.0.1/' {card}");
    let lacks = "@my-org/ui.theme 0.0.1, which @my-org/ui.card@0.0.1 needs, is not in node_modules";
    let before = (files(&workspace), installed(&workspace));
    wrap(&env, &NPM_12, &loosen);
    let run = workspace.bit(["eject", "page", "card"]);
    run.fails(1).complains(lacks).complains("no source file was touched");
    assert_eq!(files(&workspace), before.0);
    assert_same(&installed(&workspace), &before.1);
    NPM_12.give_to(&env);
    workspace.bit(["eject", "page", "card"]).success();
    wrap(&env, &NPM_12, &loosen);
    workspace.bit(["install"]).fails(1).complains(lacks).complains("what it installed is not what it should be");
    NPM_12.give_to(&env);
    workspace.remove("node_modules").bit(["install"]).success();
    assert_eq!(workspace.node(["-p", PAGE]).line(), "page in theme");
}

with_each_manager! {
    nothing_is_left:
    npm_11_leaves_nothing: NPM_11,
    npm_12_leaves_nothing: NPM_12,
    pnpm_9_leaves_nothing: PNPM_9,
    pnpm_10_leaves_nothing: PNPM_10,
    pnpm_11_leaves_nothing: PNPM_11,
    pnpm_12_leaves_nothing: PNPM_12,
    yarn_1_leaves_nothing: YARN_1,
    yarn_4_leaves_nothing: YARN_4,
    bun_leaves_nothing: BUN,
}
