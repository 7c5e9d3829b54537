//! What package managers install is checked, whatever they say of it: every version finds those that it was made with.

use serde_json::json;

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, YARN_1, YARN_4, give_fake_npm, give_fake_npm_of,
    needs_installed, with_each_manager,
};
use crate::common::registry::Registry;
use crate::common::servers::served;
use crate::common::{Folder, TestEnvironment, needs};
use crate::eject::files;

const BOTH: &str = "require('@my-org/ui.page') + ', ' + require('@my-org/ui.button')";
const OF_PAGE: &str = "page with button 1 in theme 1";

fn theme(number: u32) -> String {
    format!("module.exports = 'theme {number}';\n")
}

fn button(number: u32) -> String {
    format!("module.exports = 'button {number} in ' + require('@my-org/ui.theme');\n")
}

/// `page` needs the first `button`, and that the first `theme`; both went on, and the new ones belong together.
pub fn exported(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", theme(1).as_str())]);
    workspace.component("button", &[("index.js", button(1).as_str())]);
    workspace.component("page", &[("index.js", "module.exports = 'page with ' + require('@my-org/ui.button');\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/index.js", theme(2)).write("button/index.js", button(2));
    workspace.bit(["tag", "theme", "button", "--skip-auto-tag", "-m", "second"]).success();
    workspace.bit(["export"]).success();
    workspace
}

#[track_caller]
pub fn assert_each_has_its_own(folder: &Folder, when: &str) {
    let told = folder.node(["-p", BOTH]);
    assert_eq!(told.line(), format!("{OF_PAGE}, button 2 in theme 2"), "{when}");
}

fn two_versions_of_both(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = exported(&env);
    manager.choose_in(&workspace);
    workspace.bit(["eject", "page"]).success();
    assert_each_has_its_own(&workspace, "one of them");
    workspace.bit(["install"]).success();
    assert_each_has_its_own(&workspace, "installed once more");
    workspace.bit(["eject", "button"]).success();
    assert_each_has_its_own(&workspace, "two of them");
    workspace.bit(["eject", "theme"]).success();
    assert_each_has_its_own(&workspace, "all of them");
    workspace.remove("node_modules");
    manager.install_frozen(&workspace).success();
    assert_each_has_its_own(&workspace, "by the manager alone, from the lockfile");
    workspace.remove("node_modules").remove(manager.lockfile);
    workspace.bit(["install"]).success();
    assert_each_has_its_own(&workspace, "without a lockfile");
    workspace.bit(["uneject", "button"]).success();
    workspace.bit(["compile"]).success();
    assert_each_has_its_own(&workspace, "the source of one");
}

with_each_manager! {
    two_versions_of_both:
    npm_11_tells_versions_apart: NPM_11,
    npm_12_tells_versions_apart: NPM_12,
    pnpm_9_tells_versions_apart: PNPM_9,
    pnpm_10_tells_versions_apart: PNPM_10,
    pnpm_11_tells_versions_apart: PNPM_11,
    pnpm_12_tells_versions_apart: PNPM_12,
    yarn_1_tells_versions_apart: YARN_1,
    yarn_4_tells_versions_apart: YARN_4,
    bun_tells_versions_apart: BUN,
}

/// `top` needs the second `mid`, and that the second `base`; `side` needs the first `base`.
fn an_older_version_takes_the_place_of_a_newer_one(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = env.git_workspace();
    manager.choose_in(&workspace);
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    let mid = |number: u32| format!("module.exports = 'mid {number} ' + require('@my-org/ui.base');\n");
    workspace.component("base", &[("index.js", "module.exports = 'base 1';\n")]);
    workspace.component("mid", &[("index.js", mid(1).as_str())]);
    workspace.component("side", &[("index.js", "module.exports = 'side ' + require('@my-org/ui.base');\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("base/index.js", "module.exports = 'base 2';\n").write("mid/index.js", mid(2));
    workspace.bit(["tag", "base", "mid", "--skip-auto-tag", "-m", "second"]).success();
    let top = "module.exports = `${require('@my-org/ui.mid')}, ${require('@my-org/ui.side')}`;\n";
    workspace.component("top", &[("index.js", top)]);
    workspace.bit(["tag", "top", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "top", "mid"]).success();
    workspace.bit(["update", "mid@0.0.1"]).success();
    let told = workspace.node(["-p", "`${require('@my-org/ui.top')}; ${require('@my-org/ui.mid')}`"]);
    assert_eq!(told.line(), "mid 2 base 2, side base 1; mid 1 base 1");
}

with_each_manager! {
    an_older_version_takes_the_place_of_a_newer_one:
    npm_12_puts_an_older_one_there: NPM_12,
    yarn_1_puts_an_older_one_there: YARN_1,
    yarn_4_puts_an_older_one_there: YARN_4,
    bun_puts_an_older_one_there: BUN,
}

/// yarn 1 has one cache for all projects of a person, and archives that no lockfile knows go by their paths there.
#[test]
fn yarn_1_installs_nothing_that_another_project_has_under_the_same_names() {
    needs_installed!(YARN_1);
    let env = TestEnvironment::new();
    YARN_1.give_to(&env);
    for words in ["first", "second"] {
        let workspace = env.git_workspace_at(&format!("{words}/shop"), "my-org.ui");
        YARN_1.choose_in(&workspace);
        workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
        workspace.bit(["remote", "add", "../ui"]).success();
        workspace.component("theme", &[("index.js", &format!("module.exports = 'theme of the {words}';\n"))]);
        workspace.component("button", &[("index.js", "module.exports = `button, ${require('@my-org/ui.theme')}`;\n")]);
        workspace.bit(["tag", "-m", "first"]).success();
        workspace.bit(["export"]).success();
        workspace.bit(["eject", "button"]).success();
        let told = format!("button, theme of the {words}");
        assert_eq!(workspace.node(["-p", "require('@my-org/ui.button')"]).success().line(), told);
        workspace.remove("theme");
        workspace.bit(["remove", "theme"]).success();
        workspace.remove("node_modules").remove("yarn.lock");
        workspace.bit(["install"]).success();
        assert_eq!(workspace.node(["-p", "require('@my-org/ui.button')"]).success().line(), told);
    }
}

/// yarn 1 takes files of one size and one time for the same, and by git they have the second of their commit: all
/// versions here are of one second.
#[test]
fn yarn_1_passes_over_nothing_that_comes_by_git() {
    needs_installed!(YARN_1);
    let env = TestEnvironment::new();
    YARN_1.give_to(&env);
    exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    YARN_1.choose_in(&other);
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/button@0.0.1", "--via", "git", "--yes"]).success();
    let tells = |what: &str| assert_eq!(other.node(["-p", "require('@my-org/ui.button')"]).line(), what);
    tells("button 1 in theme 1");
    let teammates = ["package.json", "yarn.lock"].map(|name| (name, other.read(name)));
    other.bit(["update", "my-org.ui/button"]).success();
    tells("button 2 in theme 2");
    // What a teammate has said is pulled.
    for (name, text) in &teammates {
        other.write(name, text);
    }
    other.bit(["install"]).success();
    tells("button 1 in theme 1");
    // A version in the place of another.
    other.bit(["install", "my-org.ui/button", "--via", "git", "--yes"]).success();
    tells("button 2 in theme 2");
}

/// A manager that puts another version where one is needed, and says that all is well.
#[test]
fn a_wrong_version_is_no_success() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = exported(&env);
    workspace.write("package.json", "{ \"private\": true }\n");
    let before = files(&workspace);
    let wrongs = [
        (
            "sed -i s/0.0.1/0.0.2/ node_modules/@my-org/ui.theme/component.json",
            "is 0.0.2 in node_modules, and is to be 0.0.1",
        ),
        (
            "rm -r node_modules/@my-org/ui.theme",
            "@my-org/ui.theme 0.0.1, which @my-org/ui.button@0.0.1 needs, is not in node_modules",
        ),
        ("rm node_modules/@my-org/ui.theme/component.json", "is not in node_modules"),
    ];
    for (wrong, told) in wrongs {
        give_fake_npm_of(&env, "", wrong);
        let run = workspace.bit(["eject", "page"]);
        run.fails(1).complains(told).complains("has been restored");
        assert_eq!(files(&workspace), before, "{wrong}");
        assert_eq!(workspace.read("package.json"), "{ \"private\": true }\n");
        // The links are there again, in the place of what was installed.
        workspace.node(["-p", "require('@my-org/ui.page')"]).success().says("page with button 2 in theme 2");
        workspace.bit(["status", "--strict"]).success();
    }
    give_fake_npm(&env, "");
    workspace.bit(["eject", "page"]).success();
    workspace.node(["-p", "require('@my-org/ui.page')"]).success().says(OF_PAGE);
    // The same is looked at where nothing else is to be done.
    give_fake_npm_of(&env, "", wrongs[1].0);
    workspace.bit(["install"]).fails(1).complains(wrongs[1].1).complains("what it installed is not what it should be");
    give_fake_npm(&env, "");
    workspace.bit(["install"]).success();
}

/// `mid` needs the first `base`, `top` needs `mid` and the second `base`.
fn come_back_with_their_own(manager: &Manager, commands: &[&[&str]]) {
    needs_installed!(manager);
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let origin = env.git_workspace();
    origin.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    origin.bit(["remote", "add", "../ui"]).success();
    origin.component("base", &[("index.js", "module.exports = 1;\n")]);
    origin.component("mid", &[("index.js", "module.exports = 'mid ' + require('@my-org/ui.base');\n")]);
    origin.bit(["tag", "-m", "first"]).success();
    origin.write("base/index.js", "module.exports = 2;\n");
    origin.bit(["tag", "base", "--skip-auto-tag", "-m", "second"]).success();
    let top = "module.exports = `top (${require('@my-org/ui.mid')}) ${require('@my-org/ui.base')}`;\n";
    origin.component("top", &[("index.js", top)]);
    origin.bit(["tag", "top", "-m", "first"]).success();
    origin.bit(["export"]).success();

    let other = env.git_workspace_at("other", "my-org.other");
    manager.choose_in(&other);
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["import", "my-org.ui/mid", "my-org.ui/top"]).success();
    for command in [&[&["eject", "*"][..]], commands].concat() {
        other.bit(command).success();
        let told = other.node(["-p", "require('@my-org/ui.top')"]);
        assert_eq!(told.success().line(), "top (mid 1) 2", "{command:?}");
    }
    other.bit(["status", "--strict"]).success().silent_about("modified");
    other.bit(["doctor"]).success();
}

#[test]
fn sources_come_back_with_their_own_versions_with_yarn_1() {
    come_back_with_their_own(&YARN_1, &[&["uneject", "*"]]);
}

#[test]
fn sources_come_back_one_by_one_with_their_own_versions() {
    come_back_with_their_own(&NPM_12, &[&["uneject", "top"], &["uneject", "mid"]]);
    come_back_with_their_own(&NPM_12, &[&["uneject", "mid"], &["uneject", "top"]]);
}

#[test]
fn a_component_that_is_here_as_a_source_and_as_a_package_has_a_way_out() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = exported(&env);
    workspace.bit(["eject", "page"]).success();
    workspace.component("page", &[("index.js", "module.exports = 'a page of my own';\n")]);
    for words in [&["update"][..], &["update", "page"], &["update", "@my-org/ui.page"]] {
        let told = workspace.bit(words);
        told.fails(1).complains("package.json depends on its package too").complains("out of package.json");
    }
    let package_json = workspace.read("package.json");
    let without: String = package_json.lines().filter(|line| !line.contains("/ui.page\"")).collect();
    assert_ne!(package_json.replace('\n', ""), without);
    workspace.write("package.json", without).remove("node_modules");
    workspace.bit(["install"]).success();
    workspace.node(["-p", "require('@my-org/ui.page')"]).success().says("a page of my own");
    workspace.bit(["update"]).success().says("nothing to update");
}

/// It was added again, or branches were merged: the source may be older or newer than the package, or nobody's yet.
#[test]
fn a_source_that_is_here_too_stays_as_it_is_when_its_package_goes() {
    needs!("node");
    let env = TestEnvironment::new();
    give_fake_npm(&env, "");
    let workspace = exported(&env);
    workspace.bit(["eject", "page"]).success();
    let ejected = workspace.read("package.json");
    workspace.bit(["uneject", "page"]).success();
    workspace.append("page/index.js", "// the second one\n");
    workspace.component("plain", &[("index.js", "module.exports = 'plain';\n")]);
    workspace.bit(["tag", "page", "plain", "-m", "second"]).success();
    workspace.bit(["export"]).success();
    let comes_too = || {
        workspace.write("package.json", &ejected).bit(["install"]).success();
    };
    let goes = |word: &str| {
        comes_too();
        let before = (files(&workspace.inside("page")), workspace.read(".bitmap"));
        let run = workspace.bit(["uneject", word]);
        run.success().says("the source of my-org.ui/page is here and stays as it is (page)");
        run.says("my-org.ui/page (not in package.json any more)").silent_about("imported");
        assert!((files(&workspace.inside("page")), workspace.read(".bitmap")) == before, "{word}");
        assert!(!workspace.exists("vendor") && !workspace.read("package.json").contains("ui.page"), "{word}");
        assert!(workspace.path().join("node_modules/@my-org/ui.page/index.js").is_symlink(), "{word}");
    };
    goes("page");
    workspace.append("page/index.js", "// mine\n");
    ["page", "@my-org/ui.page", "*"].into_iter().for_each(goes);
    // Beside what is a package alone.
    comes_too();
    workspace.bit(["eject", "plain"]).success();
    let outcome = workspace.bit(["uneject", "page", "plain", "--json"]).success().json();
    assert_eq!(outcome["uneject"]["components"], json!(["my-org.ui/page", "my-org.ui/plain"]));
    assert_eq!(outcome["importedComponents"].as_array().unwrap().len(), 1);
    assert!(workspace.read("page/index.js").ends_with("// mine\n"));
    // Where a version is named that one is meant, and where the files are gone there is nothing to stay.
    comes_too();
    workspace.bit(["uneject", "page@0.0.1"]).fails(1).complains("page");
    workspace.remove("page").bit(["uneject", "page"]).success().says("imported");
    assert!(workspace.exists("page/index.js"));
    // Added again, and in no version yet.
    workspace.bit(["eject", "page", "--force"]).success();
    workspace.component("page", &[("index.js", "module.exports = 'a page of my own';\n")]);
    goes("page");
    workspace.node(["-p", "require('@my-org/ui.page')"]).success().says("a page of my own");
}

/// npm takes what comes by git from a scope for every version of it.
#[test]
fn versions_that_npm_would_mix_up_by_git_are_refused_before_anything_changes() {
    needs_installed!(NPM_11);
    let env = TestEnvironment::new();
    NPM_11.give_to(&env);
    let workspace = exported(&env);
    let before = files(&workspace);
    let run = workspace.bit(["eject", "page", "button", "--via", "git"]);
    run.fails(1).complains("npm 11.19.1 does not tell my-org.ui/button@0.0.1 and my-org.ui/button@0.0.2 apart");
    run.complains("nothing was changed").complains("leave --via git out").silent_about("bit install");
    assert_eq!(files(&workspace), before);
    // So does what comes by git already: its archive goes beside another one.
    workspace.bit(["eject", "button", "--via", "git"]).success();
    let before = files(&workspace);
    workspace.bit(["eject", "page", "--via", "git"]).fails(1).complains("(\"bit install my-org.ui/button\" makes that");
    assert_eq!(files(&workspace), before);
    workspace.bit(["install", "my-org.ui/button"]).success();
    workspace.bit(["eject", "page"]).success();
    assert_each_has_its_own(&workspace, "by archives");
}

/// npm takes what stands in node_modules for what it installed; a link of ours is no package.
fn by_a_registry(manager: &Manager) {
    needs_installed!(manager);
    let env = TestEnvironment::new();
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = exported(&env);
    let before = files(&workspace);
    let publish = |id: &str| {
        workspace.bit(["publish", id, "--registry", &registry.url]).success();
    };
    let with = |url: &str| {
        manager.give_to(&env);
        workspace.write(".npmrc", format!("@my-org:registry={url}\n"));
    };
    with("http://127.0.0.1:9/");
    workspace.remove(".npmrc");
    workspace.bit(["eject", "theme", "--via", "registry"]).fails(1).complains("has been restored");
    assert_eq!(files(&workspace), before);
    workspace.node(["-p", BOTH]).success().says("page with button 2 in theme 2, button 2 in theme 2");
    std::fs::remove_file(env.home().join(format!("bin/{}", manager.program))).ok();
    for id in ["my-org.ui/theme@0.0.2", "my-org.ui/button@0.0.2"] {
        publish(id);
    }
    // Somebody else's package under the name and the number of the version that is here.
    let stranger = env.folder("stranger");
    stranger.write("package.json", r#"{"name": "@my-org/ui.page", "version": "0.0.1", "main": "x.js"}"#);
    stranger.write("x.js", "module.exports = 'EVIL';\n");
    stranger.program("npm").args(["publish", "--registry", &registry.url]).run().success();
    with(&registry.url);
    let run = workspace.bit(["eject", "page", "--via", "registry"]);
    run.fails(1).complains("@my-org/ui.page 0.0.1 is not my-org.ui/page@0.0.1: its registry has another");
    run.complains("has been restored");
    workspace.remove(".npmrc");
    assert_eq!(files(&workspace), before);
    workspace.node(["-p", BOTH]).success().says("page with button 2 in theme 2, button 2 in theme 2");
    with(&registry.url);
    workspace.bit(["eject", "button", "--via", "registry"]).success();
    assert!(!workspace.exists("button"));
    assert!(workspace.read(manager.lockfile).contains(&registry.url), "{}", workspace.read(manager.lockfile));
    let told = ["-p", "require('@my-org/ui.button')"];
    assert_eq!(workspace.node(told).line(), "button 2 in theme 2");
    workspace.remove("node_modules");
    manager.install_frozen(&workspace).success();
    assert_eq!(workspace.node(told).line(), "button 2 in theme 2");
}

#[test]
fn npm_11_installs_from_a_registry() {
    by_a_registry(&NPM_11);
}

#[test]
fn npm_12_installs_from_a_registry() {
    by_a_registry(&NPM_12);
}
