//! Ejecting, whatever goes wrong: an npm that can be told to fail stands for all package managers.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::faults::{Preserved, killed_at_each, killed_at_some_in_any_thread};
use crate::common::managers::give_fake_npm;
use crate::common::{Folder, TestEnvironment, needs, needs_faults};

/// `card` needs `theme`; both are exported to folders beside the workspace.
fn exported(env: &TestEnvironment) -> Folder<'_> {
    exported_to(env, "../ui")
}

fn exported_to<'e>(env: &'e TestEnvironment, place: &str) -> Folder<'e> {
    give_fake_npm(env, "");
    let workspace = env.git_workspace();
    workspace.bit(["scope", "create", place, "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", place]).success();
    workspace.component("theme", &[("index.js", "exports.colour = 'blue';\n"), ("lib/more.js", "")]);
    workspace.component("card", &[("index.js", "module.exports = require('@my-org/ui.theme').colour;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace
}

fn value(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.read(path)).unwrap()
}

/// Every file of the workspace, but for what belongs to git, and what is only linked. yarn 4 notes what is installed,
/// with the time in it.
pub fn files(workspace: &Folder) -> BTreeMap<String, Vec<u8>> {
    let listing = workspace.listing(&[".git", "node_modules"]);
    listing
        .into_iter()
        .filter(|path| !path.ends_with('/') && path != ".yarn/install-state.gz")
        .map(|path| (path.clone(), workspace.read_bytes(&path)))
        .collect()
}

#[test]
fn a_component_becomes_a_package_and_its_dependents_go_on() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write(".gitignore", "node_modules\n*.log\n").write("theme/debug.log", "mine");
    assert_snapshot!(workspace.bit(["eject", "theme"]), @r#"
    successfully ejected the following components
      > my-org.ui/theme@0.0.1
    installed by npm 11.0.0; commit package.json, vendor/bit and the lockfile
    files that belong to no component stayed
      > theme/debug.log
    "#);
    assert_snapshot!(workspace.read("package.json"), @r#"
    {
      "private": true,
      "dependencies": {
        "@my-org/ui.theme": "file:./vendor/bit/my-org.ui/theme/0.0.1.tgz"
      }
    }
    "#);
    assert_eq!(
        workspace.listing(&[".git", "node_modules", "card", "workspace.jsonc"]),
        [
            ".bitmap",
            ".gitignore",
            "package-lock.json",
            "package.json",
            "theme/debug.log",
            "vendor/bit/my-org.ui/theme/0.0.1.tgz",
        ]
    );
    assert_eq!(value(&workspace, ".bitmap").get("theme"), None);
    workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
    workspace.bit(["status", "--strict"]).success().silent_about("modified").silent_about("issues");
    // Its versions stay, and a dependent's next one is made with the same.
    assert!(workspace.versions().contains(&"my-org.ui/theme@0.0.1".to_owned()));
    workspace.append("card/index.js", "// more\n");
    workspace.bit(["tag", "-m", "more"]).success();
    let manifest: Value = workspace.bit(["cat", "my-org.ui/card@0.0.2"]).stdout.parse().unwrap();
    let commit = workspace.commit_of("my-org.ui/theme@0.0.1");
    assert_eq!(manifest["dependencies"], json!([{"id": "my-org.ui/theme@0.0.1", "commit": commit, "kind": "runtime"}]));
    workspace.fsck();
}

#[test]
fn what_is_kept_stays_and_the_package_is_what_runs() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write(".gitignore", "node_modules\n*.log\n").write("theme/debug.log", "mine");
    let folder = files(&workspace.inside("theme"));
    workspace.bit(["eject", "theme", "--keep-files"]).success();
    assert_eq!(files(&workspace.inside("theme")), folder);
    let bitmap = value(&workspace, ".bitmap");
    assert!(bitmap.get("theme").is_none() && bitmap.get("card").is_some(), "{bitmap}");
    let package = "file:./vendor/bit/my-org.ui/theme/0.0.1.tgz";
    assert_eq!(value(&workspace, "package.json")["dependencies"]["@my-org/ui.theme"], package);
    // It is what was installed, and no link to the folder: what is written there is seen by nobody.
    workspace.write("theme/index.js", "exports.colour = 'mine';\n");
    for command in [&["link"][..], &["status", "--strict"], &["install"]] {
        workspace.bit(command).success().silent_about("modified").silent_about("issues");
        assert!(!workspace.path().join("node_modules/@my-org/ui.theme/index.js").is_symlink());
        workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
    }
    assert_eq!(workspace.bit(["status", "--json"]).json()["newComponents"], json!([]));
    // Where the source would come, something is in the way.
    workspace.bit(["uneject", "theme"]).fails(1).complains("theme");
    assert_eq!(workspace.read("theme/index.js"), "exports.colour = 'mine';\n");
    workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
}

#[test]
fn of_archives_that_git_ignores_the_lines_are_told_that_help() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let archive = "vendor/bit/my-org.ui/theme/0.0.1.tgz";
    let everybodys = env.folder("home").write("everybodys", "").path().join("everybodys");
    env.git_config("core.excludesFile", &everybodys.to_string_lossy());
    let is_ignored = || workspace.git(["check-ignore", "--no-index", archive]).code == Some(0);
    for rule in ["vendor/", "vendor", "*.tgz", "/vendor/bit/", "bit", "my-org.ui/"] {
        for (own, global) in [(rule, ""), ("", rule)] {
            workspace.write(".gitignore", format!("node_modules\n{own}"));
            env.folder("home").write("everybodys", format!("{global}\n"));
            let outcome = workspace.bit(["eject", "theme", "--json"]).success().json();
            let told = &outcome["packages"]["ignored"];
            assert_eq!((is_ignored(), &told["path"]), (true, &json!(archive)), "{rule}");
            let lines: Vec<&str> =
                told["lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
            workspace.append(".gitignore", &format!("\n{}\n", lines.join("\n")));
            assert!(!is_ignored(), "{rule}: {lines:?}");
            workspace.bit(["uneject", "theme"]).success();
            let run = workspace.bit(["eject", "theme"]);
            run.success().silent_about("git ignores");
            // Nothing else of that folder is taken in with it.
            assert!(!rule.starts_with("vendor") || workspace.git(["check-ignore", "vendor/other"]).code == Some(0));
            workspace.bit(["uneject", "theme"]).success();
        }
    }
    workspace.write(".gitignore", "node_modules\nvendor\n");
    let run = workspace.bit(["eject", "theme"]);
    run.success().complains("git ignores vendor/bit/my-org.ui/theme/0.0.1.tgz (.gitignore:2)");
    run.complains("  !/vendor/\n  /vendor/*\n  !/vendor/bit/\n  !/vendor/bit/**");
    // No line in another file helps against a rule further down.
    workspace.write(".gitignore", "node_modules\n").write("vendor/.gitignore", "*\n");
    workspace.bit(["eject", "card"]).success().complains("(vendor/.gitignore:1)").complains("take that rule out");
}

#[test]
fn a_file_where_archives_go_is_named() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("vendor", "mine");
    let before = files(&workspace);
    let run = workspace.bit(["eject", "theme"]);
    run.fails(1).complains("vendor is a file").complains("hint: move it away: mv vendor vendor.old");
    assert_eq!(files(&workspace), before);
    workspace.remove("vendor").bit(["eject", "theme"]).success();
}

#[test]
fn the_same_command_again_is_right_and_sweeps() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let left = "vendor/bit/my-org.ui/theme/9.9.9.tgz";
    workspace.bit(["eject", "card"]).success();
    let after = files(&workspace);
    for command in [&["eject", "card"][..], &["eject", "my-org.ui/card"], &["update"], &["install"]] {
        workspace.write(left, "").write("vendor/bit/mine.tgz", "");
        let run = workspace.bit(command);
        run.success();
        if command[0] == "eject" {
            run.says("my-org.ui/card@0.0.1 is a package already");
        }
        assert!(!workspace.exists(left) && workspace.exists("vendor/bit/mine.tgz"), "{command:?}");
        workspace.remove("vendor/bit/mine.tgz");
        assert_eq!(files(&workspace), after, "{command:?}");
    }
    let outcome = workspace.bit(["eject", "card", "theme", "--json"]).success().json();
    assert_eq!(outcome["alreadyPackages"], json!(["my-org.ui/card@0.0.1"]));
    assert_eq!(outcome["ejectedComponents"], json!(["my-org.ui/theme@0.0.1"]));
    workspace.bit(["uneject", "card"]).success();
    // As a command leaves it that was stopped at its end.
    workspace.write(left, "").remove("node_modules/@my-org/ui.card");
    workspace.bit(["uneject", "card"]).success().says("my-org.ui/card is here already");
    assert!(!workspace.exists(left));
    workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
    workspace.bit(["uneject", "card", "theme"]).success().says("is here already").says("my-org.ui/theme@0.0.1");
    workspace.bit(["uneject", "nothing-like-it"]).fails(1);
    workspace.bit(["eject", "nothing-like-it"]).fails(1);
}

#[test]
fn what_was_installed_comes_back_to_where_it_was() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["move", "card", "parts/the-card"]).success();
    workspace.bit(["eject", "*"]).success();
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["import", "my-org.ui/card"]).success();
    other.append("ui/card/index.js", "// newer\n");
    other.bit(["tag", "-m", "newer"]).success();
    other.bit(["export"]).success();
    // What systems and package managers put there is nobody's work, nor is what git ignores.
    workspace.write(".gitignore", "node_modules\n*.log\n").write("parts/the-card/.DS_Store", "");
    workspace.write("parts/the-card/node_modules/x/index.js", "").write("parts/the-card/debug.log", "");
    let run = workspace.bit(["uneject", "my-org.ui/card"]);
    run.success().says("my-org.ui/card@0.0.1 added (parts/the-card)").says("0.0.2 of my-org.ui/card is newer");
    run.says("bit import my-org.ui/card");
    assert!(!workspace.read("parts/the-card/index.js").contains("newer"));
    assert!(workspace.exists("parts/the-card/debug.log"));
    workspace.bit(["status", "--strict"]).success().silent_about("modified").silent_about("issues");
    workspace.bit(["import", "my-org.ui/card"]).success().says("updated from 0.0.1");
    workspace.bit(["eject", "card"]).success();
    // A version that is named comes as it was named, else the one that is installed: by an import too.
    workspace.bit(["uneject", "card@0.0.1"]).success().says("card@0.0.1 added (parts/the-card)");
    workspace.bit(["eject", "card"]).success();
    let run = workspace.bit(["import", "my-org.ui/card"]);
    run.success().says("card@0.0.1 added (parts/the-card)").says("0.0.2 of my-org.ui/card is newer");
    workspace.bit(["eject", "card"]).success();
    workspace.bit(["import", "my-org.ui/card@latest"]).success().says("card@0.0.2 added (parts/the-card)");
    workspace.bit(["eject", "card"]).success();
    // Work is in the way, and the hint is one that can be followed.
    workspace.write("parts/the-card/mine.js", "");
    workspace.bit(["uneject", "card"]).fails(1).complains("is not empty").complains("\"bit import --override\"");
    workspace.remove("parts/the-card/mine.js").write("theme/index.js.log", "").write("theme/lib/more.js", "");
    workspace.append(".gitignore", "more.js\n");
    workspace.bit(["uneject", "card"]).success();
    workspace.bit(["uneject", "theme"]).fails(1).complains("is not empty");
}

#[test]
fn an_archive_that_is_gone_or_changed_is_told_and_written_again() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["eject", "card"]).success();
    let archives = ["vendor/bit/my-org.ui/card/0.0.1.tgz", "vendor/bit/my-org.ui/theme/0.0.1.tgz"];
    let before = files(&workspace);
    workspace.bit(["status"]).success().silent_about("vendor/bit");
    workspace.bit(["doctor"]).success();
    for archive in archives {
        workspace.remove(archive);
        let run = workspace.bit(["status"]);
        run.success().complains(&format!("{archive} is gone, and package.json needs it: bit install"));
        assert_eq!(workspace.bit(["status", "--json"]).json()["missingArchives"], json!([archive]));
        for content in [None, Some("other")] {
            content.map(|content| workspace.write(archive, content));
            workspace.bit(["doctor"]).fails_quietly(1).says(archive).says("bit install");
            workspace.bit(["install"]).success().says(archive).says("written again");
            assert_eq!(files(&workspace), before);
            workspace.bit(["doctor"]).success();
        }
    }
    workspace.bit(["install"]).success().silent_about("written again");
}

#[test]
fn package_json_keeps_the_order_of_its_packages() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["eject", "*"]).success();
    let before = files(&workspace);
    for component in ["card", "theme"] {
        workspace.bit(["uneject", component]).success();
        workspace.bit(["eject", component]).success();
        assert_eq!(files(&workspace), before, "{component}");
    }
}

#[test]
fn what_is_a_package_already_is_told_by_whatever_word() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let run = workspace.bit(["eject", "card@0.0.1"]);
    run.fails(1).complains("at the version that it is at here").complains("bit update").silent_about("removed");
    workspace.bit(["eject", "@my-org/ui.card"]).success().says("my-org.ui/card@0.0.1");
    for word in ["card", "@my-org/ui.card", "c*", "my-org.ui/card, c*"] {
        let run = workspace.bit(["eject", word, "--json"]).success().json();
        assert_eq!(run["alreadyPackages"], json!(["my-org.ui/card@0.0.1"]), "{word}");
    }
    workspace.bit(["eject", "*"]).success().says("my-org.ui/theme@0.0.1");
    workspace.bit(["eject", "*"]).success();
    workspace.bit(["eject", "@my-org/ui.other"]).fails(1);
}

#[test]
fn a_version_that_nobody_has_is_said_to_stand_in_package_json() {
    needs!("node");
    let env = TestEnvironment::new();
    exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    let told = other.bit(["install", "my-org.ui/card"]).success().stdout.matches("installed by").count();
    assert_eq!(told, 1);
    let text = other.read("package.json").replace("card/0.0.1.tgz", "card/0.0.9.tgz");
    other.write("package.json", &text);
    for command in [&["install"][..], &["update"], &["uneject", "card"], &["uneject", "*"]] {
        other.bit(command).fails(1).complains("0.0.9").complains("package.json depends on it").complains("0.0.1");
    }
    // A person's own word is theirs.
    other.bit(["uneject", "card@0.0.8"]).fails(1).complains("0.0.8").silent_about("depends on it");
    assert_eq!(other.read("package.json"), text);
}

#[test]
fn what_is_excluded_beside_a_package_ejects_nothing_else() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["eject", "card"]).success();
    for words in [["card", "!card"], ["c*", "!card"]] {
        workspace.bit(["eject", words[0], words[1]]).fails(1).complains("unable to find");
    }
    let run = workspace.bit(["eject", "card", "!other*", "--json"]).success().json();
    assert_eq!(run["alreadyPackages"], json!(["my-org.ui/card@0.0.1"]));
    assert_eq!(run["ejectedComponents"], json!([]));
    assert!(workspace.exists("theme/index.js"));
    // And what is here brings no package back.
    workspace.bit(["uneject", "theme", "!other*"]).success().says("theme is here already");
    assert!(!workspace.exists("card"));
}

#[test]
fn what_is_not_published_stays_unless_that_is_insisted_on() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.component("fresh", &[("index.js", "")]);
    workspace.bit(["eject", "nothing-like-it"]).fails(1);
    let run = workspace.bit(["eject", "fresh"]);
    run.fails(1).complains("\"bit tag\" and then \"bit export\" do it").silent_about("--force");
    workspace.append("theme/index.js", "// mine\n").append("card/index.js", "// mine\n");
    workspace.bit(["tag", "card", "-m", "staged", "--skip-auto-tag"]).success();
    let before = files(&workspace);
    let run = workspace.bit(["eject", "theme", "card", "fresh"]);
    run.fails(1).complains("card: has versions that are not exported yet").complains("theme: has changes");
    assert_eq!(files(&workspace), before);
    // By its id or by a pattern.
    let run = workspace.bit(["eject", "{theme,fresh}", "--force", "--json"]);
    let outcome = run.fails(1).complains("failed to eject").json();
    assert_eq!(outcome["ejectedComponents"], json!(["my-org.ui/theme@0.0.1"]));
    assert_eq!(outcome["failedComponents"]["notExportedComponents"], json!(["my-org.ui/fresh"]));
    let outcome = workspace.bit(["eject", "card", "--force", "--keep-files", "--json"]).success().json();
    assert_eq!(outcome["ejectedComponents"], json!(["my-org.ui/card@0.0.1"]));
    assert!(workspace.read("card/index.js").ends_with("// mine\n"));
    // What was staged is in the local scope still.
    assert!(workspace.versions().contains(&"my-org.ui/card@0.0.2".to_owned()));
    workspace
        .bit(["status"])
        .success()
        .says("my-org.ui/card@0.0.2 (ejected: \"bit uneject my-org.ui/card\", then \"bit export\")");
    workspace.remove("card").bit(["uneject", "card"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/card");
}

#[test]
fn another_range_is_told_as_what_it_is() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\"dependencies\": {\"ms\": \"^2.0.0\"}}");
    workspace.component("clock", &[("index.js", "require('ms');\n")]);
    workspace.bit(["tag", "-m", "clock"]).success();
    workspace.bit(["export"]).success();
    workspace.write("package.json", "{\"dependencies\": {\"ms\": \"2.1.3\"}}");
    let run = workspace.bit(["eject", "clock"]);
    run.fails(1).complains("clock: needs packages in other ranges here than its version").silent_about("are lost");
    let outcome = workspace.bit(["eject", "clock", "--json"]).fails(1).json();
    assert_eq!(outcome["failedComponents"]["modifiedComponents"], json!(["my-org.ui/clock"]));
    workspace.append("clock/index.js", "// mine\n");
    workspace.bit(["eject", "clock"]).fails(1).complains("clock: has changes").complains("with --force they are lost");
    workspace.bit(["checkout", "reset", "clock"]).success();
    workspace.bit(["eject", "clock", "--force"]).success();
}

#[test]
fn an_override_of_a_persons_own_is_named_where_the_package_manager_fails() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let overrides =
        json!({"@my-org/ui.theme": "0.0.1", "lodash": "4", "left": {"@my-org/ui.card": "1"}, "@my-org/ui.themes": "1"});
    workspace.write("package.json", json!({"overrides": overrides}).to_string());
    give_fake_npm(&env, "echo 'npm error code E404'; exit 1");
    let run = workspace.bit(["eject", "card"]);
    run.fails(1).complains("npm error code E404").silent_about("lodash").silent_about("ui.themes");
    let theme = "package.json says \"@my-org/ui.theme\": \"0.0.1\"";
    let card = "package.json says \"left\": {\"@my-org/ui.card\":\"1\"}";
    run.complains("it may be an override of yours").complains(theme).complains(card);
    workspace.write("package.json", "{\"overrides\": {\"lodash\": \"4\"}}");
    workspace.bit(["eject", "card"]).fails(1).silent_about("override of yours");
}

#[test]
fn an_export_ejects_what_it_published() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("card/index.js", "// more\n");
    // Also what no scope had before.
    workspace.component("fresh", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "more"]).success();
    let run = workspace.bit(["export", "--eject"]);
    run.success().says("exported components (2)").says("ejected the following").says("my-org.ui/card@0.0.2");
    assert!(!workspace.exists("card") && !workspace.exists("fresh") && workspace.exists("theme/index.js"));
    // What it needs is in the workspace: the archive stands for the version that it was made with.
    assert!(workspace.exists("vendor/bit/my-org.ui/theme/0.0.1.tgz"));
    assert_eq!(
        value(&workspace, "package.json")["overrides"],
        json!({
            "@my-org/ui.theme@0.0.1": "file:./vendor/bit/my-org.ui/theme/0.0.1.tgz",
        })
    );
    workspace.bit(["export", "--eject"]).success().says("nothing to export");
}

#[test]
fn what_was_edited_since_stays_whatever_an_export_is_told() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    for (version, option) in [("0.0.2", None), ("0.0.3", Some("--force"))] {
        workspace.append("card/index.js", "// tagged\n");
        workspace.bit(["tag", "-m", "more"]).success();
        workspace.append("card/index.js", "// mine\n");
        let before = files(&workspace);
        let run = workspace.bit(["export", "--eject"].into_iter().chain(option));
        run.fails(1).says(&format!("my-org.ui/card@{version}")).complains("the export is done; nothing was ejected");
        run.complains("my-org.ui/card: has changes")
            .complains("then \"bit eject my-org.ui/card\"; with --force they are lost");
        let mut after = files(&workspace);
        after.insert(".bitmap".into(), before[".bitmap"].clone());
        assert_eq!(after, before);
        env.folder("ui").git(["rev-parse", "--verify", "--quiet", &format!("card@{version}")]).success();
    }
    // Beside another one, which goes.
    workspace.bit(["tag", "card", "-m", "mine"]).success();
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "theme", "-m", "more", "--skip-auto-tag"]).success();
    workspace.append("card/index.js", "// edited\n");
    let eject = workspace.bit(["export", "--eject", "--force", "--json"]).fails(1).json()["eject"].clone();
    assert_eq!(eject["ejectedComponents"], json!(["my-org.ui/theme@0.0.2"]));
    assert_eq!(eject["failedComponents"]["modifiedComponents"], json!(["my-org.ui/card"]));
    assert!(workspace.read("card/index.js").ends_with("// edited\n") && !workspace.exists("theme"));
    workspace.bit(["status"]).success().says("modified components");
    // It is still to be ejected, until somebody exports without that.
    workspace.bit(["export", "--eject"]).fails(1).says("nothing to export").complains("my-org.ui/card: has changes");
    workspace.bit(["export"]).success();
    workspace.bit(["export", "--eject"]).success().says("nothing to export").silent_about("card");
}

#[test]
fn an_export_to_another_scope_ejects_what_went_on_there() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["scope", "create", "../other", "--name", "my-org.other"]).success();
    workspace.bit(["remote", "add", "../other"]).success();
    // A copy is not what the workspace goes on with.
    let before = files(&workspace);
    let run = workspace.bit(["export", "my-org.other", "card", "--eject"]);
    run.success().complains("my-org.ui/card stays: what was exported is a copy").silent_about("ejected");
    assert!(workspace.exists("card/index.js") && !before.contains_key("package.json"));
    // It is once the scope is the primary one, though nothing is new there.
    let run = workspace.bit(["export", "my-org.other", "card", "--set-current-scope", "--eject", "--json"]);
    let eject = run.success().json()["eject"].clone();
    assert_eq!(eject["ejectedComponents"], json!(["my-org.other/card@0.0.1"]));
    assert_eq!(eject["packages"]["added"][0], "vendor/bit/my-org.other/card/0.0.1.tgz");
    assert_eq!((&eject["alreadyPackages"], &eject["filesLeft"]), (&json!([]), &json!([])));
    assert!(!workspace.exists("card"));
    // One that was never exported gets that scope.
    workspace.component("fresh", &[("index.js", "module.exports = require('@my-org/other.card');\n")]);
    workspace.bit(["tag", "-m", "fresh"]).success();
    let run = workspace.bit(["export", "my-org.other", "fresh", "--force", "--eject"]);
    run.success().says("successfully ejected").says("my-org.other/fresh@0.0.1");
    assert_eq!(workspace.node(["-p", "require('@my-org/other.fresh')"]).line(), "blue");
    workspace.bit(["status", "--strict"]).success().silent_about("modified");
}

#[test]
fn an_export_is_done_also_where_nothing_could_be_ejected() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    for (option, version) in [(None, "0.0.2"), (Some("--json"), "0.0.3")] {
        workspace.append("card/index.js", "// more\n");
        workspace.bit(["tag", "-m", "more"]).success();
        let sources = || workspace.listing(&[".git", "node_modules"]);
        let before = sources();
        give_fake_npm(&env, "echo 'npm error code EWEATHER'; exit 7");
        let run = workspace.bit(["export", "--eject"].into_iter().chain(option));
        run.fails(1).says(&format!("my-org.ui/card@{version}")).complains("npm error code EWEATHER");
        run.complains("the export is done, and nothing was ejected").complains("no source file was touched");
        run.complains("then \"bit eject my-org.ui/card\"");
        assert_eq!(sources(), before);
        let scope = env.folder("ui");
        scope.git(["rev-parse", "--verify", "--quiet", &format!("card@{version}")]).success();
        workspace.bit(["status", "--strict"]).success().silent_about("staged");
        give_fake_npm(&env, "");
    }
    // The same again does what is left of it.
    workspace.bit(["export", "--eject", "theme"]).success().says("nothing to export").silent_about("ejected");
    let run = workspace.bit(["export", "--eject"]);
    run.success().says("nothing to export").says("successfully ejected").says("my-org.ui/card@0.0.3");
    workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
}

#[test]
fn an_install_that_fails_leaves_every_file_as_it_was() {
    needs!("node");
    let odd = ["{\"name\":\"w\"}", "\u{feff}{\r\n\t\"dependencies\": {\r\n\t\t\"x\": \"1\"\r\n\t}\r\n}", "{}\n\n"];
    for (package_json, half) in [None].into_iter().chain(odd.map(Some)).zip([true, false, true, false]) {
        let env = TestEnvironment::new();
        let workspace = exported(&env);
        if let Some(text) = package_json {
            workspace.write("package.json", text).write("package-lock.json", "{\"lockfileVersion\": 3}");
        }
        let before = files(&workspace);
        // Half-way: it has written its lockfile already.
        let half = if half { "echo '{}' > package-lock.json; mkdir -p node_modules/@my-org/ui.theme" } else { "" };
        give_fake_npm(&env, &format!("{half}\necho 'npm error code EWEATHER' >&2; exit 7"));
        let run = workspace.bit(["eject", "theme"]);
        run.fails(1).complains("your package.json (if existed) has been restored").complains("npm error code EWEATHER");
        assert_eq!(files(&workspace), before);
        // One that says yes and does nothing is not believed either.
        give_fake_npm(&env, "exit 0");
        workspace.bit(["eject", "theme"]).fails(1).complains("is not in node_modules");
        assert_eq!(files(&workspace), before);
        // Nor one that is killed.
        give_fake_npm(&env, "echo half > package-lock.json; kill -9 $$");
        workspace.bit(["eject", "theme"]).fails(1).complains("has been restored");
        assert_eq!(files(&workspace), before);
        give_fake_npm(&env, "");
        workspace.bit(["eject", "theme"]).success();
        workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
    }
}

#[test]
fn a_missing_package_manager_is_named_before_anything_changes() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "theme", "-m", "more", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "theme"]).success();
    let package_json = workspace.read("package.json");
    let git = crate::common::find_program("git").unwrap();
    std::os::unix::fs::symlink(git, env.folder("bare").path().join("git")).unwrap();
    let commands: [&[&str]; 4] = [&["eject", "card"], &["install"], &["install", "left"], &["update", "theme@0.0.1"]];
    for program in ["npm", "pnpm", "yarn", "bun"] {
        let says = format!("{{\n  \"packageManager\": \"{program}@1.0.0\",");
        workspace.write("package.json", package_json.replacen('{', &says, 1));
        let before = files(&workspace);
        for command in commands {
            let run = workspace.invocation().env("PATH", env.folder("bare").path()).args(command).run();
            run.fails(1)
                .complains(&format!("{program} is not on the PATH"))
                .complains("packageManager in package.json");
            assert_eq!(files(&workspace), before, "{program}: {command:?}");
        }
    }
}

#[test]
fn packages_that_are_not_in_node_modules_are_refused_before_anything_changes() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\"packageManager\": \"yarn@4.0.0\"}");
    env.program_of_user("yarn", "echo 4.0.0");
    let before = files(&workspace);
    let run = workspace.bit(["eject", "theme"]);
    run.fails(1).complains("Plug'n'Play").complains("nodeLinker: node-modules");
    assert_eq!(files(&workspace), before);
    // With the line that is named it goes on, up to this yarn, which installs nothing.
    workspace.write(".yarnrc.yml", "nodeLinker: node-modules\n");
    workspace.bit(["eject", "theme"]).fails(1).silent_about("Plug'n'Play");
}

#[test]
fn pnpm_without_node_modules_is_refused_before_anything_changes() {
    for (version, file, line) in [
        ("10.34.9", ".npmrc", "node-linker=pnp"),
        ("10.34.9", "pnpm-workspace.yaml", "nodeLinker: pnp"),
        ("12.21.0", "pnpm-workspace.yaml", "nodeLinker: pnp"),
    ] {
        let env = TestEnvironment::new();
        let workspace = exported(&env);
        workspace.write("package.json", format!("{{\"packageManager\": \"pnpm@{version}\"}}"));
        env.program_of_user("pnpm", &format!("[ \"$1\" = --version ] || touch ran; echo {version}"));
        workspace.write(file, format!("{line}\n"));
        let refuses = |commands: &[&[&str]]| {
            let before = files(&workspace);
            for command in commands {
                let run = workspace.bit(*command);
                run.fails(1).complains("pnpm's Plug'n'Play").complains("delete .pnp.cjs").silent_about("yarn");
                assert_eq!(files(&workspace), before, "{command:?}");
            }
        };
        refuses(&[&["eject", "theme"], &["install"], &["install", "left"]]);
        // As pnpm leaves it.
        workspace.write(".pnp.cjs", "").write("pnpm-lock.yaml", "");
        refuses(&[&["link"], &["eject", "theme"], &["install"]]);
        workspace.remove(file).remove(".pnp.cjs").bit(["install"]).success();
        assert!(workspace.exists("ran"));
    }
}

#[test]
fn a_kill_while_the_package_manager_is_at_work_changes_nothing() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\r\n  \"name\": \"w\"\r\n}");
    let before = files(&workspace);
    give_fake_npm(&env, "echo half > package-lock.json; kill -9 $PPID; exit 1");
    assert_eq!(workspace.bit(["eject", "theme"]).signal, Some(9));
    assert_ne!(files(&workspace), before);
    workspace.bit(["link"]).success().complains("a \"bit eject\" had been stopped while packages were being installed");
    assert_eq!(files(&workspace), before);
    give_fake_npm(&env, "");
    workspace.bit(["eject", "theme"]).success();
    workspace.bit(["status", "--strict"]).success();
}

/// As yarn 4 does with any package.json that is not laid out as it would.
const REWRITE: &str =
    "sed 's/  */ /g' package.json > other && mv other package.json && printf '{ }' > package-lock.json";

#[test]
fn what_a_failing_package_manager_wrote_goes_back_too() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\"private\":true,   \"name\":\"x\",\n \"dependencies\":{}}");
    let before = files(&workspace);
    for end in ["exit 9", "echo broken > package.json; exit 9", "kill -9 $$"] {
        give_fake_npm(&env, &format!("{REWRITE}; {end}"));
        workspace.bit(["eject", "theme"]).fails(1).complains("has been restored");
        assert_eq!(files(&workspace), before, "{end}");
    }
}

#[test]
fn what_a_stopped_install_left_goes_back_before_anything_is_read() {
    needs!("node");
    let commands: [&[&str]; 6] =
        [&["eject", "card"], &["link"], &["status"], &["install"], &["import", "my-org.ui/card"], &["doctor", "--fix"]];
    for (nth, command) in commands.into_iter().enumerate() {
        let env = TestEnvironment::new();
        let workspace = exported(&env);
        workspace.write("package.json", "{\"private\":true,   \"name\":\"x\"}");
        let original = workspace.read("package.json");
        let left = if nth % 2 == 0 { "echo broken > package.json" } else { REWRITE };
        give_fake_npm(&env, &format!("{left}; kill -9 $PPID; exit 1"));
        assert_eq!(workspace.bit(["eject", "theme"]).signal, Some(9));
        let half = workspace.read("package.json");
        assert_ne!(half, original);
        // What stands there then might be a person's.
        give_fake_npm(&env, "");
        workspace.bit(["doctor"]).fails_quietly(1).says("a command was stopped while packages were being installed");
        let run = workspace.bit(command);
        run.success();
        if command[0] != "doctor" {
            run.complains("\"bit eject\" had been stopped").complains("that is in package.json.bit-kept now");
        }
        assert_eq!(workspace.read("package.json.bit-kept"), half, "{command:?}");
        let now = workspace.read("package.json");
        match command[0] {
            "eject" => assert!(now.contains("vendor/bit/my-org.ui/card/0.0.1.tgz")),
            _ => assert_eq!((now, workspace.exists("vendor")), (original, false), "{command:?}"),
        }
    }
}

#[test]
fn a_package_manager_that_outlives_bit_is_waited_for() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{ \"private\": true }\n");
    let before = files(&workspace);
    let late = "kill -9 $PPID; sleep 2; echo late > package-lock.json; echo > ended";
    for (command, more) in [(&["eject", "theme"][..], "echo late > package.json"), (&["install"], "")] {
        give_fake_npm(&env, &format!("{late}; {more}\nexit 1"));
        assert_eq!(workspace.bit(command).signal, Some(9));
        give_fake_npm(&env, "");
        // Who only looks does not wait, and changes nothing meanwhile.
        workspace.bit(["list"]).success();
        assert!(!workspace.exists("ended"));
        workspace.bit(["link"]).success();
        assert!(workspace.exists("ended"), "{command:?}");
        workspace.remove("ended");
        if command[0] == "eject" {
            workspace.remove("package.json.bit-kept");
            assert_eq!(files(&workspace), before);
        }
    }
}

#[test]
fn an_uneject_that_is_killed_is_done_by_the_same_command_at_once() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["eject", "*"]).success();
    give_fake_npm(&env, "kill -9 $PPID; sleep 1; echo > ended; exit 1");
    assert_eq!(workspace.bit(["uneject", "card"]).signal, Some(9));
    assert!(!workspace.exists("ended") && !workspace.read("package.json").contains("ui/card"));
    give_fake_npm(&env, "");
    let run = workspace.bit(["uneject", "card"]);
    run.success().complains("had been stopped").complains("waiting for").silent_about("is here already");
    run.says("my-org.ui/card (not in package.json any more)");
    assert!(workspace.exists("ended") && !workspace.read("package.json").contains("ui/card"));
    assert_eq!(workspace.listing(&[".git", "node_modules"]).iter().filter(|path| path.ends_with(".tgz")).count(), 1);
    workspace.bit(["status", "--strict"]).success();
}

#[test]
fn what_an_earlier_install_left_hides_nothing() {
    needs!("node");
    let env = TestEnvironment::new();
    exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["import", "my-org.ui/card", "--path", "card"]).success();
    other.bit(["eject", "card"]).success();
    let (place, kept) = ("node_modules/@my-org/ui.theme", "kept");
    let copy = |from: &str, to: &str| {
        if other.exists(to) {
            other.remove(to);
        }
        other.program("cp").args(["-r", from, to]).run().success();
    };
    copy(place, kept);
    // Like yarn 1, this npm removes nothing.
    other.bit(["uneject", "card"]).success();
    let is_ours = || other.read(&format!("{place}/package.json")).contains("_bitVersion");
    assert!(is_ours());
    // Left by an older bit, or by hands.
    copy(kept, place);
    assert!(!is_ours());
    let says = "an earlier install left it, and nothing needs it";
    other.bit(["doctor"]).fails_quietly(1).says(&format!("{place}: {says}"));
    other.bit(["link"]).success().says(&format!("removed {place} (an earlier install left it)"));
    assert!(is_ours());
    copy(kept, place);
    other.bit(["install"]).success();
    assert!(is_ours());
    other.bit(["doctor"]).success();
    // What a record names, what something needs and what is no version of it stays.
    copy(kept, place);
    other.write("package-lock.json", "{\"node_modules/@my-org/ui.theme\": {}}");
    other.bit(["link"]).success().silent_about("removed");
    other.remove("package-lock.json");
    other.write("node_modules/plain/package.json", "{\"dependencies\": {\"@my-org/ui.theme\": \"*\"}}");
    other.bit(["link"]).success().silent_about("removed");
    other.remove("node_modules/plain").append(&format!("{place}/index.js"), "// patched\n");
    other.bit(["link"]).success().silent_about("removed");
    assert!(!is_ours());
}

/// Whatever a command had done when it was killed: nothing is lost, and the same command again does the rest. What is
/// there afterwards is what an undisturbed one leaves.
fn stopped_anywhere(workspace: &Folder, command: &[&str], components: &[&str]) {
    needs_faults!();
    let preserved = Preserved::new(workspace);
    let told = ["-p", "require('@my-org/ui.card')"];
    let before = files(workspace);
    workspace.bit(command).success();
    let (after, says) = (files(workspace), workspace.node(told).success().line().to_owned());
    assert_ne!(before, after);
    let judge = |workspace: &Folder, moment: &str| {
        workspace.bit(["link"]).success();
        let package_json = workspace.read("package.json");
        let is_one_of = |all: &BTreeMap<String, Vec<u8>>| all["package.json"] == package_json.as_bytes();
        assert!(is_one_of(&before) || is_one_of(&after), "{moment}: {package_json}");
        for component in components {
            let has_source = workspace.exists(&format!("{component}/index.js"));
            assert!(has_source || package_json.contains("vendor/bit"), "{moment}: {component} is nowhere");
            let is_recorded = workspace.read(".bitmap").contains(&format!("\"{component}\""));
            assert!(has_source || !is_recorded, "{moment}: {component} has no files");
        }
        workspace.bit(command).success();
        assert_eq!(files(workspace), after, "{moment}");
        assert_eq!(workspace.node(told).success().line(), says, "{moment}");
        workspace.bit(["status", "--strict"]).success().silent_about("not a link");
        workspace.fsck();
    };
    match command[0] {
        // Each half of it is killed at every moment elsewhere.
        "export" => killed_at_some_in_any_thread(&preserved, command, 20, judge),
        _ => killed_at_each(&preserved, command, 20, judge),
    }
}

#[test]
fn an_eject_that_is_killed_at_any_moment_loses_nothing() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\n  \"name\": \"w\"\n}\n");
    stopped_anywhere(&workspace, &["eject", "theme"], &["theme"]);
}

#[test]
fn an_export_that_is_killed_at_any_moment_ejects_what_it_was_to() {
    needs!("node");
    let env = TestEnvironment::new();
    // What is killed is restored with its scope.
    let workspace = exported_to(&env, ".git/hosted");
    workspace.write("package.json", "{\n  \"name\": \"w\"\n}\n");
    workspace.append("card/index.js", "// more\n");
    workspace.bit(["tag", "-m", "more"]).success();
    stopped_anywhere(&workspace, &["export", "--eject"], &["card"]);
}

#[test]
fn an_uneject_that_is_killed_at_any_moment_loses_nothing() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{ \"name\": \"w\" }");
    workspace.bit(["eject", "*"]).success();
    // As yarn 1 does, this npm leaves what it had installed.
    stopped_anywhere(&workspace, &["uneject", "my-org.ui/card"], &["card"]);
}

#[test]
fn an_update_that_is_killed_at_any_moment_loses_nothing() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/card"]).success();
    workspace.write("theme/index.js", "exports.colour = 'green';\n");
    workspace.bit(["tag", "-m", "green"]).success();
    workspace.bit(["export"]).success();
    stopped_anywhere(&other, &["update"], &[]);
}

#[test]
fn package_json_comes_back_byte_for_byte() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let odd = [
        "{\"name\":\"w\"}",
        "{ \"private\" : true,\n\n   \"dependencies\": { }, \"x\": [1,\n2] }",
        "\u{feff}{\r\n\t\"name\": \"w\" }\r\n\r\n",
        "{\"b\": 1, \"dependencies\": {\"@zz/z\": \"1.0.0\", \"@a/a\": \"^2\"},\n\"overrides\": {}, \"a\": 1}",
    ];
    for text in odd {
        workspace.write("package.json", text);
        workspace.bit(["eject", "theme"]).success();
        let one = workspace.read("package.json");
        workspace.bit(["eject", "card"]).success();
        workspace.bit(["uneject", "card"]).success();
        assert_eq!(workspace.read("package.json"), one);
        workspace.bit(["uneject", "theme"]).success();
        assert_eq!(workspace.read("package.json"), text);
    }
    // What a person made of it since stays.
    workspace.write("package.json", "{\"name\":\"w\"}");
    workspace.bit(["eject", "theme"]).success();
    let theirs = workspace.read("package.json").replace("\"w\"", "\"w\",\n \"private\":  true");
    workspace.write("package.json", &theirs);
    workspace.bit(["uneject", "theme"]).success();
    assert!(workspace.read("package.json").contains("\"w\",\n \"private\":  true"));
}

#[test]
fn an_ejected_component_comes_back_and_what_nobody_needs_goes() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\n    \"name\": \"w\"\n}\n");
    workspace.bit(["eject", "*"]).success();
    let both = workspace.read("package.json");
    workspace.bit(["uneject", "my-org.ui/card", "--path", "card", "-x"]).success().says("run: npm install");
    // The other one is a package of its own still.
    assert!(workspace.exists("vendor/bit/my-org.ui/theme/0.0.1.tgz") && !workspace.exists("vendor/bit/my-org.ui/card"));
    assert_ne!(workspace.read("package.json"), both);
    let outcome = workspace.bit(["import", "my-org.ui/theme", "--path", "theme", "--json"]).success().json();
    assert_eq!(outcome["uneject"]["components"], json!(["my-org.ui/theme"]));
    assert_eq!(value(&workspace, "package.json"), json!({"name": "w"}));
    assert!(!workspace.exists("vendor"));
    workspace.bit(["link"]).success();
    workspace.node(["-p", "require('@my-org/ui.card')"]).success().says("blue");
    workspace.bit(["status", "--strict"]).success().silent_about("modified");
}

#[test]
fn what_comes_back_runs_also_where_it_was_never_compiled() {
    needs!("node");
    let env = TestEnvironment::new();
    let author = exported(&env);
    let index = "import { one } from './one';\nexport const typed: number = one;\n";
    author.component("typed", &[("index.ts", index), ("one.ts", "export const one: number = 1;\n")]);
    author.bit(["tag", "-m", "typed"]).success();
    author.bit(["export"]).success();
    give_fake_npm(&env, "rm -rf node_modules");
    let workspace = env.git_workspace_at("other", "my-org.other");
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["install", "my-org.ui/typed"]).success();
    let told = ["--no-warnings", "-p", "require('@my-org/ui.typed').typed"];
    assert_eq!(workspace.node(told).line(), "1");
    workspace.bit(["uneject", "my-org.ui/typed"]).success();
    assert_eq!(workspace.node(told).line(), "1");
    assert!(workspace.exists("ui/typed/index.ts") && workspace.exists("node_modules/@my-org/ui.typed/dist/one.js"));
    // Where the package is still in the way of the link, that is what is said, and nothing of compiling.
    workspace.bit(["eject", "typed"]).success();
    let run = workspace.bit(["uneject", "my-org.ui/typed", "-x"]);
    run.success().complains("@my-org/ui.typed").silent_about("compile");
    workspace.bit(["install"]).success();
    assert_eq!(workspace.node(told).line(), "1");
}

#[test]
fn packages_move_to_newer_versions() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/theme"]).success().says("my-org.ui/theme@0.0.1");
    assert!(!other.exists("ui") && !other.exists("theme"));
    other.bit(["update"]).success().says("nothing to update");
    workspace.write("theme/index.js", "exports.colour = 'green';\n");
    workspace.bit(["tag", "-m", "green"]).success();
    workspace.bit(["export"]).success();
    other.bit(["update", "@my-org/ui.theme"]).success().says("my-org.ui/theme@0.0.2 (from 0.0.1)");
    other.node(["-p", "require('@my-org/ui.theme').colour"]).success().says("green");
    assert_eq!(
        other.listing(&[".git", "node_modules", ".bitmap", "workspace.jsonc", "package-lock.json"]),
        ["package.json", "vendor/bit/my-org.ui/theme/0.0.2.tgz",]
    );
    other.bit(["update", "theme@0.0.1"]).success().says("my-org.ui/theme@0.0.1 (from 0.0.2)");
    let run = other.bit(["update", "theme@0.0.1"]);
    run.success().says("nothing to update: my-org.ui/theme@0.0.1 already").silent_about("latest");
    other.bit(["update", "lodash"]).fails(1).complains("no component that this workspace has as a package");
    workspace.bit(["install", "my-org.ui/theme"]).fails(1).complains("bit eject my-org.ui/theme");
}

#[test]
fn a_pre_release_stays_where_the_latest_release_is_older() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let release = |prerelease: &str| {
        workspace.append("theme/index.js", "// more\n");
        workspace.bit(["tag", "theme", "--ver", prerelease, "-m", "next"]).success();
        workspace.bit(["export"]).success();
    };
    release("0.1.0-beta.1");
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.bit(["install", "my-org.ui/theme@0.1.0-beta.1"]).success();
    let before = files(&other);
    for words in [&["update"][..], &["update", "theme"]] {
        let run = other.bit(words);
        run.success().says("nothing to update: every package is at its component's latest version, or a newer one");
        assert_eq!(files(&other), before);
    }
    // The source that comes is that of the package.
    for command in [&["import", "my-org.ui/theme"][..], &["import", "my-org.ui/t*"], &["uneject", "theme"]] {
        other.bit(command).success().says("my-org.ui/theme@0.1.0-beta.1 added");
        other.bit(["eject", "theme"]).success();
        assert_eq!(files(&other)["package.json"], before["package.json"]);
    }
    // Back goes who says so, and forward whoever.
    other.bit(["update", "theme@0.0.1"]).success().says("my-org.ui/theme@0.0.1 (from 0.1.0-beta.1)");
    other.bit(["update", "theme@0.1.0-beta.1"]).success();
    other.bit(["update", "theme@latest"]).success().says("my-org.ui/theme@0.0.1 (from 0.1.0-beta.1)");
    other.bit(["update", "theme@0.1.0-beta.1"]).success();
    release("0.1.0");
    other.bit(["update"]).success().says("my-org.ui/theme@0.1.0 (from 0.1.0-beta.1)");
}

#[test]
fn an_archive_that_a_member_names_stays_with_what_it_needs() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.write("package.json", "{\n  \"private\": true,\n  \"workspaces\": [\"packages/*\"]\n}\n");
    other.bit(["install", "my-org.ui/card"]).success();
    let app = "{\"dependencies\": {\"@my-org/ui.card\": \"file:../../vendor/bit/my-org.ui/card/0.0.1.tgz\"}}";
    other.write("packages/app/package.json", app);
    workspace.write("theme/index.js", "exports.colour = 'green';\n");
    workspace.bit(["tag", "-m", "green"]).success();
    workspace.bit(["export"]).success();
    other.bit(["update"]).success().says("my-org.ui/card@0.0.2 (from 0.0.1)").silent_about("nothing needs it");
    let archive = |version: &str| ["card", "theme"].map(|name| format!("vendor/bit/my-org.ui/{name}/{version}.tgz"));
    let all_stand = || archive("0.0.1").iter().chain(&archive("0.0.2")).all(|path| other.exists(path));
    assert!(all_stand());
    assert_eq!(
        value(&other, "package.json")["overrides"],
        json!({
            "@my-org/ui.theme@0.0.1": "file:./vendor/bit/my-org.ui/theme/0.0.1.tgz",
            "@my-org/ui.theme@0.0.2": "file:./vendor/bit/my-org.ui/theme/0.0.2.tgz",
        })
    );
    for command in [&["install"][..], &["update"], &["eject", "card"]] {
        other.bit(command);
        assert!(all_stand(), "{command:?}");
    }
    // One that is gone is told and written again, whoever needs it; also where the versions are not here.
    for gone in archive("0.0.1") {
        other.remove(&gone);
        other.bit(["status"]).success().complains(&gone);
        other.bit(["install"]).success().says(&gone).says("written again");
    }
    other.write(".gitignore", "node_modules\n").git(["add", "--all"]).success();
    other.git(["commit", "--quiet", "-m", "all"]).success();
    other.machine().folder(".").git(["clone", "--quiet", "other", "clone"]).success();
    let clone = other.machine().folder("clone");
    clone.remove("vendor").bit(["remote", "add", "../ui"]).success();
    clone.bit(["install"]).success().says(&archive("0.0.1")[1]);
    // Its source comes, and the member's archive stays.
    other.bit(["uneject", "card"]).success();
    let [card, theme] = archive("0.0.1");
    assert!(other.exists(&card) && other.exists(&theme) && !other.exists(&archive("0.0.2")[0]));
    // What names it no more lets it go.
    other.write("packages/app/package.json", "{}");
    other.bit(["install"]).success();
    assert!(!other.exists("vendor"));
}

#[test]
fn by_a_registry_or_by_git_package_json_says_where_from() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    // No package manager is asked what it can do: it is the texts that count.
    let install = "node -e 'const fs = require(\"fs\");\
        for (const name of [\"theme\", \"card\"]) {\
          const folder = \"node_modules/@my-org/ui.\" + name;\
          fs.mkdirSync(folder, { recursive: true });\
          fs.writeFileSync(folder + \"/a.tar\", require(\"child_process\").execFileSync(\"git\", [\"-C\", \"../ui\", \"archive\", name + \"@0.0.1\"]));\
          require(\"child_process\").execFileSync(\"tar\", [\"xf\", \"a.tar\"], { cwd: folder });\
        }'; exit 0";
    give_fake_npm(&env, install);
    workspace.bit(["eject", "card", "--via", "registry"]).success();
    assert_eq!(value(&workspace, "package.json")["dependencies"], json!({"@my-org/ui.card": "0.0.1"}));
    assert!(!workspace.exists("vendor"));
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    give_fake_npm(&env, install);
    let run = workspace.bit(["eject", "card", "--via", "git", "--yes"]);
    run.success().complains("that folder is on this machine alone");
    let url = format!("git+file://{}/ui", env.root().display());
    let package = value(&workspace, "package.json");
    assert_eq!(package["dependencies"], json!({"@my-org/ui.card": format!("{url}#card@0.0.1")}));
    assert_eq!(package["overrides"], json!({"@my-org/ui.theme@0.0.1": format!("{url}#theme@0.0.1")}));
}

/// An npm that gets versions from the scope, whatever the way to them is.
const FROM_THE_SCOPE: &str = "node -e 'const fs = require(\"fs\"), { execFileSync } = require(\"child_process\");\
    const { dependencies = {}, devDependencies = {} } = JSON.parse(fs.readFileSync(\"package.json\"));\
    for (const [name, spec] of Object.entries({ ...dependencies, ...devDependencies })) {\
      const version = /[0-9]+[.][0-9]+[.][0-9]+/.exec(spec)[0], folder = \"node_modules/\" + name;\
      fs.rmSync(folder, { recursive: true, force: true });\
      fs.mkdirSync(folder, { recursive: true });\
      const tag = name.replace(\"@my-org/ui.\", \"\") + \"@\" + version;\
      fs.writeFileSync(folder + \"/a.tar\", execFileSync(\"git\", [\"-C\", \"../ui\", \"archive\", tag]));\
      execFileSync(\"tar\", [\"xf\", \"a.tar\"], { cwd: folder });\
      fs.rmSync(folder + \"/a.tar\");\
    }\
    fs.writeFileSync(\"package-lock.json\", JSON.stringify({ lockfileVersion: 3, dependencies }));'; exit 0";

#[test]
fn what_came_by_git_and_becomes_an_archive_is_told() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    give_fake_npm(&env, FROM_THE_SCOPE);
    workspace.bit(["eject", "theme", "--via", "git", "--yes"]).success().silent_about("vendor/bit");
    // One version can't come in two ways.
    assert_snapshot!(workspace.bit(["eject", "card"]), @r#"
    successfully ejected the following components
      > my-org.ui/card@0.0.1
    in vendor/bit, and not by git, since other archives need them
      > my-org.ui/theme@0.0.1
    installed by npm 11.0.0; commit package.json, vendor/bit and the lockfile
    "#);
    let places = ["card", "theme"]
        .map(|name| (format!("@my-org/ui.{name}"), json!(format!("file:./vendor/bit/my-org.ui/{name}/0.0.1.tgz"))));
    assert_eq!(value(&workspace, "package.json")["dependencies"], Value::Object(places.into_iter().collect()));
}

#[test]
fn what_comes_by_git_without_a_file_is_no_success() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    // npm packs what comes by git, and leaves out what an ignore file names.
    let npm = FROM_THE_SCOPE.replace("; exit 0", "; rm node_modules/@my-org/ui.theme/lib/more.js; exit 0");
    give_fake_npm(&env, &npm);
    let before = files(&workspace);
    let run = workspace.bit(["eject", "theme", "--via", "git", "--yes"]);
    run.fails(1).complains("@my-org/ui.theme 0.0.1 lacks lib/more.js").complains("leave --via git out");
    assert_eq!(files(&workspace), before);
}

#[test]
fn whatever_the_way_a_failing_install_or_update_changes_no_file() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let versions = [("0.0.2", "green"), ("0.0.3", "red")];
    for (_, colour) in versions {
        workspace.write("theme/index.js", format!("exports.colour = '{colour}';\n"));
        workspace.bit(["tag", "theme", "-m", colour, "--skip-auto-tag"]).success();
    }
    workspace.bit(["export"]).success();
    let place = format!("git+file://{}/ui#theme@", env.root().display());
    let tells = ["-p", "require('@my-org/ui.theme').colour"];
    for (way, spec) in [("vendor", "file:./vendor/bit/my-org.ui/theme/"), ("git", &*place), ("registry", "")] {
        let other = env.git_workspace_at(way, "my-org.other");
        other.bit(["remote", "add", "../ui"]).success();
        other.write("package.json", "{\"private\":true,   \"name\":\"x\"}");
        let said = || {
            let package = value(&other, "package.json");
            package["dependencies"]["@my-org/ui.theme"].as_str().unwrap_or_default().to_owned()
        };
        let end = if way == "vendor" { ".tgz" } else { "" };
        let install = ["install", "my-org.ui/theme@0.0.2", "--via", way, "--yes"];
        let update = ["update", "my-org.ui/theme"];
        for (command, version, colour) in [(&install[..], "0.0.2", "green"), (&update[..], "0.0.3", "red")] {
            let before = files(&other);
            for broken in [REWRITE, "echo broken > package.json; echo half > package-lock.json"] {
                give_fake_npm(&env, &format!("{broken}; echo 'npm error code EWEATHER' >&2; exit 7"));
                let run = other.bit(command);
                run.fails(1).complains("npm error code EWEATHER").complains("has been restored");
                assert_eq!(files(&other), before, "{way}: {command:?}");
            }
            give_fake_npm(&env, if way == "vendor" { "" } else { FROM_THE_SCOPE });
            other.bit(command).success().says(version);
            assert_eq!(said(), format!("{spec}{version}{end}"));
            assert_eq!(other.node(tells).line(), colour);
        }
        assert!(way == "vendor" || !other.exists("vendor"));
    }
}

#[test]
fn a_pattern_installs_the_components_that_it_names() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.write("package.json", "{}\n");
    let before = files(&other);
    give_fake_npm(&env, "touch ran");
    other.bit(["install", "*"]).fails(2).complains("must begin with the name of a scope");
    other.bit(["install", "nope.x/*"]).fails(1).complains("nobody has said where the scope nope.x is");
    other.bit(["install", "my-org.ui/nothing*"]).fails(1).complains("my-org.ui/nothing*");
    // A package manager would look for it at GitHub.
    other.bit(["install", "My-Org.ui/card"]).fails(1).complains("did you mean \"my-org.ui/card\"?");
    assert_eq!(files(&other), before);
    give_fake_npm(&env, "");
    // Where they are to be declared, that holds for them too.
    let outcome = other.bit(["install", "my-org.ui/*", "--dev", "--json"]).success().json();
    assert_eq!(outcome["components"], json!(["my-org.ui/card@0.0.1", "my-org.ui/theme@0.0.1"]));
    let package = value(&other, "package.json");
    let declared =
        |name: &str| (name.to_owned(), json!(format!("file:./vendor/bit/my-org.ui/{}/0.0.1.tgz", &name[11..])));
    let both = ["@my-org/ui.card", "@my-org/ui.theme"].map(declared);
    assert_eq!(package["devDependencies"], Value::Object(both.into_iter().collect()));
    assert_eq!(package["dependencies"], Value::Null);
    // What is here is passed over, unless that is all.
    workspace.bit(["eject", "card"]).success();
    let run = workspace.bit(["install", "my-org.ui/*"]);
    run.success().says("my-org.ui/card@0.0.1 (as a package)");
    assert!(workspace.exists("theme/index.js"));
    workspace.bit(["install", "my-org.ui/t*"]).fails(1).complains("my-org.ui/theme is a component of this workspace");
}

#[test]
fn only_what_was_ejected_comes_back() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.component("page", &[("index.js", "")]);
    workspace.bit(["tag", "-m", "page"]).success();
    workspace.bit(["export"]).success();
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    let theirs = |other: &Folder| -> Vec<String> {
        value(other, ".bitmap").as_object().unwrap().keys().filter(|key| !key.starts_with('$')).cloned().collect()
    };
    for words in [["my-org.ui/*"], ["*"], ["card"], ["@my-org/ui.card"], ["my-org.ui/card@0.0.1"]] {
        other.bit(["install", "my-org.ui/card"]).success();
        other.bit(["uneject", words[0]]).success().says("not in package.json any more");
        assert_eq!(theirs(&other), ["card"], "{words:?}");
        other.bit(["eject", "card"]).success();
        let run = other.bit(["uneject", "my-org.ui/page"]);
        run.fails(1).complains("no component that this workspace has as a package").complains("bit import");
        other.bit(["uneject", "card"]).success();
        other.bit(["remove", "card", "--delete-files"]).success();
    }
}

#[test]
fn a_name_means_the_package_also_where_a_component_here_has_it() {
    needs!("node");
    let env = TestEnvironment::new();
    exported(&env);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../ui"]).success();
    other.component("card", &[("index.js", "module.exports = 'mine';\n")]);
    other.bit(["install", "my-org.ui/card"]).success();
    let run = other.bit(["uneject", "card"]);
    run.success().says("my-org.ui/card (not in package.json any more)").silent_about("is here already");
    assert!(other.exists("ui/card/index.js"));
    // No package has that name any more, and the two components do.
    other.bit(["uneject", "my-org.other/card"]).success().says("my-org.other/card is here already");
}

#[test]
fn an_uneject_whose_package_manager_fails_says_what_is_where() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.write("package.json", "{\"name\":   \"w\"}");
    workspace.bit(["eject", "theme"]).success();
    let before = workspace.read("package.json");
    give_fake_npm(&env, &format!("{REWRITE}; exit 3"));
    let run = workspace.bit(["uneject", "theme"]);
    run.fails(1).complains("your package.json (if existed) has been restored, with lockfile and archives");
    run.complains("The sources are here nevertheless: my-org.ui/theme in .bitmap, and still in package.json too");
    run.complains("bit uneject my-org.ui/theme");
    assert_eq!(workspace.read("package.json"), before);
    assert!(workspace.exists("vendor/bit/my-org.ui/theme/0.0.1.tgz"));
    give_fake_npm(&env, "");
    workspace.bit(["uneject", "my-org.ui/theme"]).success().says("not in package.json any more");
    assert!(!workspace.exists("vendor"));
    workspace.bit(["status", "--strict"]).success();
}

/// yarn 1 leaves what it had installed where no dependency is left.
#[test]
fn what_a_package_manager_leaves_behind_makes_room_for_the_source() {
    needs!("node");
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.bit(["eject", "theme"]).success();
    workspace.write("node_modules/@my-org/other/package.json", "{\"version\": \"1.0.0\"}");
    workspace.bit(["uneject", "theme", "--path", "theme"]).success().silent_about("not a link");
    workspace.write("theme/index.js", "exports.colour = 'new';\n");
    workspace.node(["-p", "require('@my-org/ui.theme').colour"]).success().says("new");
    assert!(workspace.exists("node_modules/@my-org/other/package.json"));
    // Also where something installed wants it in a range.
    workspace.bit(["checkout", "reset", "theme"]).success();
    workspace.bit(["eject", "theme"]).success();
    let needs = "{\"version\": \"1.0.0\", \"dependencies\": {\"@my-org/ui.theme\": \"^0.0.1\"}}";
    workspace.write("node_modules/@my-org/other/package.json", needs);
    workspace.bit(["uneject", "theme", "--path", "theme"]).success().silent_about("not a link");
    // What is no version of it is somebody else's.
    workspace.bit(["eject", "theme"]).success();
    workspace.remove("node_modules/@my-org/ui.theme/component.json");
    workspace.bit(["uneject", "theme", "--path", "theme"]).complains("is not a link to the component");
    assert!(workspace.exists("node_modules/@my-org/ui.theme/package.json"));
}
