//! `bit verify` and what versions need from other scopes: whether it has its tag there, on what is listed.

use serde_json::Value;

use crate::common::servers::{Host, Hosted};
use crate::common::{Folder, TestEnvironment};

const BASE: &str = "my-org.base/base@0.0.2";

/// The scopes my-org.ui, with theme, and my-org.base, with base, which theme needs; two versions each.
struct World<'e> {
    workspace: Folder<'e>,
    ui: Hosted<'e>,
    base: Hosted<'e>,
}

impl<'e> World<'e> {
    fn new(env: &'e TestEnvironment, ui: &Host<'e>, base: &Host<'e>, workspace: &str) -> Self {
        let (ui, base) = (ui.repository(&format!("ui-{workspace}")), base.repository(&format!("base-{workspace}")));
        let workspace = env.git_workspace_at(workspace, "my-org.ui");
        for (scope, hosted) in [("my-org.ui", &ui), ("my-org.base", &base)] {
            env.folder(".").bit(["scope", "create", &hosted.url, "--name", scope]).success();
            workspace.bit(["remote", "add", scope, &hosted.url]).success();
        }
        workspace.write("base/index.js", "module.exports = 'base';\n");
        workspace.bit(["add", "base", "--scope", "my-org.base"]).success();
        workspace.component("theme", &[("index.js", "module.exports = require('@my-org/base.base');\n")]);
        for version in ["one", "two"] {
            workspace.append("base/index.js", &format!("// {version}\n"));
            workspace.bit(["tag", "-m", version]).success();
            workspace.bit(["export"]).success();
        }
        Self { workspace, ui, base }
    }

    /// With plain git, where base is.
    fn git(&self, arguments: &[&str]) -> String {
        self.base.folder.git([&["--git-dir=."], arguments].concat()).success().line().to_owned()
    }

    /// `severity kind place` of all that is told of my-org.ui: at once, again, and where nothing is remembered.
    #[track_caller]
    fn is_told(&self, expected: &[&str]) {
        for arguments in [&[] as &[&str], &[], &["--full"], &[]] {
            let run = self.workspace.bit([&["verify", "my-org.ui", "--json"], arguments].concat());
            let word = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
            let told = |finding: &Value| ["severity", "kind", "place"].map(|key| word(finding, key)).join(" ");
            let told: Vec<String> = run.json()["findings"].as_array().unwrap().iter().map(told).collect();
            assert_eq!(told, expected, "{arguments:?}: {run}");
            let is_healthy = expected.iter().all(|told| told.starts_with("notice"));
            assert_eq!(run.code, Some(if is_healthy { 0 } else { 3 }), "{run}");
        }
    }
}

#[test]
fn a_tag_that_another_scope_lost_is_missed() {
    let env = TestEnvironment::new();
    for (name, host) in [("path", Host::path(&env)), ("daemon", Host::daemon(&env))] {
        let world = World::new(&env, &host, &host, name);
        let commit = world.git(&["rev-parse", "base@0.0.2"]);
        world.is_told(&[]);
        world.git(&["tag", "-d", "base@0.0.2"]);
        world.is_told(&[&format!("error dependency-gone {BASE}")]);
        let run = world.workspace.bit(["verify", "my-org.ui"]);
        run.says("its tag is gone there, and my-org.ui/theme@0.0.2 needs it").says("bit verify my-org.base --fix");
        world.workspace.bit(["verify", "my-org.base", "--fix"]).success();
        world.is_told(&[]);
        world.git(&["tag", "-f", "base@0.0.2", "base@0.0.1"]);
        world.is_told(&[&format!("error dependency-moved {BASE}")]);
        // An annotated one on what is listed is as good.
        world.git(&["tag", "-f", "-a", "-m", "base@0.0.2", "base@0.0.2", &commit]);
        world.is_told(&[]);
    }
}

#[test]
fn what_was_removed_elsewhere_may_have_lost_its_tag() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let world = World::new(&env, &host, &host, "ws");
    world.git(&["tag", "-d", "base@0.0.1"]);
    world.is_told(&["error dependency-gone my-org.base/base@0.0.1"]);
    // Nothing that stays needs it any more.
    let delete = |id: &str, version: &str| {
        world.workspace.bit(["delete", id, "--range", version, "--remote", "--silent", "--force"]).success();
    };
    delete("my-org.ui/theme", "0.0.1");
    world.is_told(&[]);
    // Who prunes a mirror of my-org.base knows nothing of my-org.ui.
    delete("my-org.base/base", "0.0.2");
    world.is_told(&[]);
    world.git(&["tag", "-d", "base@0.0.2"]);
    world.is_told(&[&format!("notice dependency-gone {BASE}")]);
}

#[test]
fn tags_that_can_not_be_seen_are_not_called_lost() {
    let env = TestEnvironment::new();
    let (path, mut daemon) = (Host::path(&env), Host::daemon(&env));
    let hide = |world: &World| drop(world.git(&["config", "uploadpack.hideRefs", "refs/tags"]));
    let world = World::new(&env, &path, &daemon, "hidden");
    hide(&world);
    world.is_told(&["notice tags-not-checked my-org.base"]);
    world.workspace.bit(["verify", "my-org.ui"]).success().says("its host shows no tags");
    // A host that does not answer: its catalog is as it was.
    daemon.stop();
    world.is_told(&["notice tags-not-checked my-org.base"]);
    // In a folder of this machine nothing is hidden.
    let world = World::new(&env, &path, &path, "folder");
    hide(&world);
    world.is_told(&[]);
    world.git(&["tag", "-d", "base@0.0.2"]);
    world.is_told(&[&format!("error dependency-gone {BASE}")]);
}

/// Why a scope could not be asked is told as it is now, and not as it was when nothing else was wrong either.
#[test]
fn why_a_scope_can_not_be_asked_is_told_anew() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let world = World::new(&env, &host, &host, "ws");
    let right = world.base.url.clone();
    let empty = env.folder("empty");
    empty.git(["init", "--quiet", "--bare", "."]).success();
    let empty = empty.path().display().to_string();
    let places = [
        ("git://127.0.0.1:1/x", "git://127.0.0.1:1/x can't be reached"),
        ("http://127.0.0.1:2/y", "http://127.0.0.1:2/y can't be reached"),
        (&empty, "[ROOT]/empty"),
    ];
    for (url, told) in places {
        world.workspace.bit(["remote", "add", "my-org.base", url]).success();
        for _ in 0..2 {
            world.workspace.bit(["verify", "my-org.ui"]).success().says(told);
        }
    }
    // Where nothing is remembered beside a workspace.
    let ci = env.folder("ci");
    let run = ci.bit(["verify", &world.ui.url, "--cache", "cache"]);
    run.success().says("2 pins into it were not compared: nobody has said where it is");
    for (url, told) in places {
        ci.bit(["remote", "add", "--global", "my-org.base", url]).success();
        for _ in 0..2 {
            ci.bit(["verify", &world.ui.url, "--cache", "cache"]).success().says(told);
        }
    }
    ci.bit(["remote", "add", "--global", "my-org.base", &right]).success();
    ci.bit(["verify", &world.ui.url, "--cache", "cache"]).success().silent_about("notice");
}

/// The catalog of a needed scope says something else than before, and its tags are where they were: nobody is sent to move
/// them.
#[test]
fn a_changed_catalog_is_not_taken_for_a_moved_tag() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let world = World::new(&env, &host, &host, "ws");
    let [first, second] = ["base@0.0.1", "base@0.0.2"].map(|tag| world.git(&["rev-parse", tag]));
    let hands = env.git_folder("hands");
    hands.git(["pull", "--quiet", &world.base.url, "main"]).success();
    let changed = hands.read("catalog/base.json").replace(&second, &first);
    hands.write("catalog/base.json", changed).git(["commit", "--quiet", "--all", "-m", "by hand"]).success();
    hands.git(["push", "--quiet", &world.base.url, "HEAD:main"]).success();
    let ci = env.folder("ci");
    ci.bit(["remote", "add", "--global", "my-org.base", &world.base.url]).success();
    // By what theme was made with; and by what the workspace, or an earlier commit of the catalog, has.
    let looks = [
        ci.bit(["verify", &world.ui.url]),
        world.workspace.bit(["verify", "my-org.ui"]),
        world.workspace.bit(["verify", "my-org.base"]),
        ci.bit(["verify", &world.base.url]),
    ];
    for run in looks {
        let run = run.fails_quietly(3);
        run.says(&second[..7]).says("the catalog was changed").silent_about("ask who moved the tag");
    }
}
