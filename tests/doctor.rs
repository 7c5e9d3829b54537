//! `bit doctor`: every finding has its name, its place and its way out; `--fix` repairs what needs no person, and
//! nothing that is staged is lost by it.

use std::cell::Cell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::{Duration, SystemTime};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::faults::kill_everywhere;
use crate::common::{FOREIGN, Folder, TestEnvironment, needs_faults};

/// `card` → `button`, tagged, in a team's repository that merges .bitmap well.
fn healthy(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.write(".gitignore", "node_modules\n");
    workspace.bit(["init", "--merge-driver"]).success();
    workspace.components(&[
        ("button", &[("index.js", "module.exports = 1;\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["remote", "add", "my-org.ui", "https://example.com/ui.git"]).success();
    workspace.clone()
}

/// What is found, as `kind severity place`.
#[track_caller]
fn findings(workspace: &Folder<'_>, arguments: &[&str]) -> Vec<String> {
    let run = workspace.bit(["doctor", "--json"].iter().chain(arguments));
    let found = run.json()["findings"].as_array().unwrap().clone();
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    for finding in &found {
        assert!(!text(finding, "message").is_empty() && !text(finding, "repair").is_empty(), "no way out: {finding}");
    }
    let faults = found.iter().filter(|finding| finding["severity"] != "notice").count();
    assert_eq!(run.code, Some(i32::from(faults > 0)), "{run}");
    let place = |finding: &Value| text(finding, "place").replace(&*workspace.path().to_string_lossy(), ".");
    let line = |finding: &Value| format!("{} {} {}", text(finding, "kind"), text(finding, "severity"), place(finding));
    found.iter().map(|finding| line(finding).replace("[ROOT]/workspace", ".")).collect()
}

/// It is found, `--fix` repairs it, and no version is lost.
#[track_caller]
fn is_repaired(workspace: &Folder<'_>, expected: &[&str]) {
    let versions = workspace.versions();
    assert_eq!(findings(workspace, &[]), expected);
    let before = workspace.versions();
    assert_eq!(before, versions, "looking changes nothing");
    let fixed = workspace.bit(["doctor", "--fix", "--json"]);
    assert_eq!(fixed.success().json()["repaired"].as_array().unwrap().len(), expected.len(), "{fixed}");
    assert_eq!(findings(workspace, &[]), Vec::<String>::new());
    assert_eq!(workspace.versions(), versions);
    workspace.fsck();
}

fn make_old(path: &Path) {
    let old = SystemTime::now() - Duration::from_secs(3600);
    fs::File::options().write(true).open(path).unwrap().set_modified(old).unwrap();
}

#[test]
fn a_healthy_workspace_has_nothing_wrong() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    assert_snapshot!(workspace.bit(["doctor"]), @"nothing is wrong");
    assert_eq!(
        workspace.bit(["doctor", "--json"]).success().json(),
        json!({"healthy": true, "findings": [], "repaired": [], "failed": []})
    );
    env.folder("outside").bit(["doctor"]).fails(1).complains("no workspace here");
    workspace.inside("button").bit(["doctor"]).success();
    env.folder("outside").bit(["doctor", "../workspace"]).success().says("nothing is wrong");
}

/// What is typed wrongly is no reason to look at, or repair, something else.
#[test]
fn a_place_that_is_not_there_is_no_part_of_this_workspace() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    for place in ["../not-there", "..", "../not-there/../workspace", "typo", "button/typo", "workspace.jsonc"] {
        workspace.bit(["doctor", place]).fails(1).silent_about("nothing is wrong");
        workspace.bit(["doctor", place, "--fix"]).fails(1).silent_about("nothing is wrong");
    }
    workspace.bit(["doctor", "typo"]).fails(1).complains("there is no folder").complains("typo");
    workspace.bit(["doctor", "button"]).success();
}

#[test]
fn what_could_be_better_is_no_fault() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "")]);
    assert_snapshot!(workspace.bit(["doctor"]), @r#"
    notice .bitmap: git merges .bitmap by lines, so branches that add neighbouring components conflict
      → bit init --merge-driver
    notice my-org.ui: components belong to it, and nobody has said where it is
      → bit remote add my-org.ui <url>
    nothing is wrong
    "#);
}

#[test]
fn a_version_that_is_not_here_is_to_be_imported() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let bitmap = workspace.read(".bitmap").replace("\"version\": \"0.0.1\"", "\"version\": \"0.0.7\"");
    workspace.write(".bitmap", bitmap).bit(["link"]).success();
    let found = findings(&workspace, &[]);
    assert_eq!(found, ["version-not-here error my-org.ui/button", "version-not-here error my-org.ui/card"]);
    workspace.bit(["doctor", "--fix"]).says("it was tagged elsewhere and not exported");
    assert_eq!(findings(&workspace, &["--fix"]), found, "only a person can");
    let bitmap = workspace.read(".bitmap").replace("\"scope\": \"\"", "\"scope\": \"my-org.ui\"");
    workspace.write(".bitmap", bitmap);
    workspace.bit(["doctor"]).says("→ bit import\n");
}

/// `theme` ← `button` ← `card` in one scope, and a fresh clone of the team's repository with an empty local scope.
fn clone_without_versions(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'dark';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
    workspace.bit(["remote", "add", &env.root().join("my-org.ui").display().to_string()]).success();
    workspace.bit(["export"]).success();
    let clone = env.folder("clone");
    clone.git(["init", "--quiet"]).success();
    for file in ["workspace.jsonc", ".bitmap", "theme/index.js", "button/index.js", "card/index.js"] {
        clone.write(file, workspace.read(file));
    }
    clone.bit(["remote", "add", &env.root().join("my-org.ui").display().to_string()]).success();
    clone
}

#[test]
fn versions_that_a_scope_has_are_brought() {
    let env = TestEnvironment::new();
    let clone = clone_without_versions(&env);
    clone.bit(["doctor"]).says("which is not in the local scope").says("my-org.ui: components were exported to it");
    assert_eq!(clone.versions().len(), 0);
    clone.bit(["doctor", "--fix"]).success().says("repaired my-org.ui/button").says("repaired my-org.ui:");
    assert_eq!(clone.versions().len(), 3);
    assert_eq!(findings(&clone, &[]), ["no-merge-driver notice .bitmap"]);
    clone.bit(["status"]).success().silent_about("import");
    clone.fsck();
}

#[test]
fn a_version_that_something_needs_is_brought() {
    let env = TestEnvironment::new();
    let clone = clone_without_versions(&env);
    clone.bit(["import"]).success();
    clone.bit(["remove", "theme", "button", "--delete-files", "--force"]).success();
    clone.scope_git(["tag", "-d", "my-org.ui/theme@0.0.1"]).success();
    clone.remove("node_modules");
    clone.bit(["doctor"]).says("my-org.ui/button@0.0.1 needs it").says("bit import --objects my-org.ui/theme@0.0.1");
    clone.bit(["doctor", "--fix"]).success().says("repaired my-org.ui/theme@0.0.1");
    assert_eq!(clone.versions().len(), 3);
    clone.node(["-p", "require('@my-org/ui.card')"]).says("dark");
}

#[test]
fn a_scope_that_does_not_answer_is_told() {
    let env = TestEnvironment::new();
    let clone = clone_without_versions(&env);
    fs::rename(env.root().join("my-org.ui"), env.root().join("away")).unwrap();
    let before = clone.read(".bitmap");
    let run = clone.bit(["doctor", "--fix"]);
    run.fails(1).complains("a repair did not succeed: my-org.ui").says("not in the local scope");
    assert_eq!(clone.read(".bitmap"), before);
}

#[test]
fn other_content_under_a_number_is_named_by_both() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let commit = workspace.commit_of("my-org.ui/button@0.0.1");
    workspace.write(".bitmap", workspace.read(".bitmap").replace(&commit, FOREIGN));
    assert_eq!(findings(&workspace, &["--fix"]), ["other-content error my-org.ui/button"]);
    workspace.bit(["doctor"]).says(&commit[..8]).says(&FOREIGN[..8]).says("bit reset my-org.ui/button@0.0.1");
    workspace.write(".bitmap", workspace.read(".bitmap").replace(FOREIGN, &commit));
    workspace.saw_catalog(
        "my-org.ui",
        &[json!({
            "format": 1, "name": "button", "head": "0.0.1", "latest": "0.0.1",
            "versions": [{"version": "0.0.1", "commit": FOREIGN}],
        })],
    );
    // Two people at work, and no fault.
    workspace.bit(["doctor"]).success().says("in its scope").says("bit merge my-org.ui/button").silent_about("reset");
}

#[test]
fn records_that_lack_what_is_known_are_completed() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let whole = workspace.read(".bitmap");
    let commit = workspace.commit_of("my-org.ui/button@0.0.1");
    workspace.write(".bitmap", whole.replace(&format!(",\n        \"commit\": \"{commit}\""), ""));
    is_repaired(&workspace, &["no-content warning my-org.ui/button"]);
    assert_eq!(workspace.read(".bitmap"), whole);
    workspace.exported("my-org.ui");
    is_repaired(
        &workspace,
        &["export-not-recorded warning my-org.ui/button", "export-not-recorded warning my-org.ui/card"],
    );
    assert!(workspace.read(".bitmap").contains("\"scope\": \"my-org.ui\""));
}

#[test]
fn a_bitmap_behind_moves_on_only_where_the_folder_has_the_newer_content() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let first = workspace.read(".bitmap");
    workspace.write("button/index.js", "module.exports = 2;\n");
    workspace.bit(["tag", "-m", "second"]).success();
    let second = workspace.read(".bitmap");
    workspace.write(".bitmap", &first).bit(["link"]).success();
    is_repaired(&workspace, &["bitmap-behind warning my-org.ui/button", "bitmap-behind warning my-org.ui/card"]);
    assert_eq!(workspace.read(".bitmap"), second);
    // Another branch of git: its folder has the older content, and nothing is moved.
    workspace.write(".bitmap", &first).write("button/index.js", "module.exports = 1;\n").bit(["link"]).success();
    let found = ["bitmap-behind notice my-org.ui/button", "bitmap-behind notice my-org.ui/card"];
    assert_eq!(findings(&workspace, &["--fix"]), found);
    assert_eq!(workspace.read(".bitmap"), first);
}

#[test]
fn a_bitmap_behind_what_was_exported_moves_on_too() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
    workspace.bit(["remote", "add", &env.root().join("my-org.ui").display().to_string()]).success();
    workspace.bit(["export"]).success();
    let first = workspace.read(".bitmap");
    workspace.write("button/index.js", "module.exports = 2;\n");
    workspace.bit(["tag", "-m", "second"]).success();
    workspace.bit(["export"]).success();
    let second = workspace.read(".bitmap");
    workspace.write("button/index.js", "module.exports = 3;\n");
    workspace.bit(["tag", "-m", "third"]).success();
    workspace.bit(["export"]).success();
    // Not the newest one, but just the second.
    workspace.write(".bitmap", &first).write("button/index.js", "module.exports = 2;\n").bit(["link"]).success();
    is_repaired(&workspace, &["bitmap-behind warning my-org.ui/button", "bitmap-behind warning my-org.ui/card"]);
    assert_eq!(workspace.read(".bitmap"), second);
    // What is just older, or edited, is no fault.
    for source in ["module.exports = 1;\n", "module.exports = 'mine';\n"] {
        workspace.write(".bitmap", &first).write("button/index.js", source).bit(["link"]).success();
        assert_eq!(findings(&workspace, &[]), Vec::<String>::new());
    }
}

#[test]
fn an_older_version_is_not_behind_because_another_component_is_edited() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.bit(["scope", "create", "../my-org.ui"]).success();
    workspace.bit(["remote", "add", "../my-org.ui"]).success();
    workspace.bit(["export"]).success();
    workspace.write("button/index.js", "module.exports = 2;\n");
    workspace.bit(["tag", "-m", "second"]).success();
    workspace.bit(["export"]).success();
    // Two versions of card have the same files, and each needs a button of its own, which is not in this workspace.
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../my-org.ui"]).success();
    other.bit(["import", "my-org.ui/card@0.0.1"]).success();
    other.bit(["import", "--objects", "my-org.ui/card@0.0.2"]).success();
    other.component("mine", &[("index.js", "module.exports = 1;\n")]);
    other.bit(["tag", "-m", "mine"]).success();
    other.write("mine/index.js", "module.exports = 2;\n");
    let found = findings(&other, &[]);
    assert!(!found.iter().any(|finding| finding.starts_with("bitmap-behind")), "{found:?}");
}

#[test]
fn a_folder_that_is_gone_is_named() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    fs::remove_dir_all(workspace.path().join("card")).unwrap();
    let found = findings(&workspace, &["--fix"]);
    assert!(found.contains(&"missing-files error my-org.ui/card".to_owned()), "{found:?}");
}

#[test]
fn a_scope_that_lost_or_never_showed_its_components_is_named() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let bitmap = workspace.read(".bitmap").replace("\"scope\": \"\"", "\"scope\": \"my-org.ui\"");
    workspace.write(".bitmap", bitmap);
    assert_eq!(findings(&workspace, &[]), ["scope-not-seen warning my-org.ui"]);
    workspace.saw_catalog("my-org.ui", &[]);
    let found = ["not-listed warning my-org.ui/button", "not-listed warning my-org.ui/card"];
    assert_eq!(findings(&workspace, &["--fix"]), found);
}

#[test]
fn a_local_scope_that_is_gone_is_made_again() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let head = workspace.local_scope().join("HEAD");
    fs::remove_file(&head).unwrap();
    assert_eq!(findings(&workspace, &[]), ["no-local-scope error ./.git/bit"]);
    assert!(!head.exists(), "looking makes nothing");
    workspace.bit(["doctor", "--fix"]).success().says("repaired");
    assert_eq!(workspace.versions().len(), 2);
    fs::remove_dir_all(workspace.local_scope()).unwrap();
    let run = workspace.bit(["doctor", "--fix"]);
    run.says("repaired").says("it was tagged elsewhere and not exported");
    assert_eq!(run.code, Some(1));
}

#[test]
fn damaged_objects_are_named_and_nothing_is_thrown_away() {
    let env = TestEnvironment::new();
    env.is_left_damaged("a pack is broken, and doctor mends no objects");
    let workspace = healthy(&env);
    let packs = workspace.local_scope().join("objects/pack");
    let kept = workspace.path().join("kept");
    fs::create_dir(&kept).unwrap();
    // Loose objects, one of them cut off.
    for entry in fs::read_dir(&packs).unwrap().flatten() {
        fs::rename(entry.path(), kept.join(entry.file_name())).unwrap();
    }
    for entry in fs::read_dir(&kept).unwrap().flatten().filter(|entry| entry.path().extension().unwrap() == "pack") {
        let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
        git.args(["unpack-objects", "-q"]).stdin(fs::read(entry.path()).unwrap()).run().success();
    }
    fs::remove_dir_all(&kept).unwrap();
    assert_eq!(findings(&workspace, &[]), Vec::<String>::new());
    let commit = workspace.commit_of("my-org.ui/button@0.0.1");
    let object = workspace.local_scope().join("objects").join(&commit[..2]).join(&commit[2..]);
    let whole = fs::read(&object).unwrap();
    fs::remove_file(&object).unwrap();
    fs::write(&object, &whole[..whole.len() / 2]).unwrap();
    let found = findings(&workspace, &["--fix"]);
    assert!(found.contains(&"damaged-objects error ./.git/bit".to_owned()), "{found:?}");
    assert!(object.exists());
}

#[test]
fn what_killed_gits_left_is_removed_when_it_is_old() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let scope = workspace.local_scope();
    let left = ["packed-refs.lock", "refs/tags/x.lock", "objects/pack/tmp_pack_abc"].map(|file| scope.join(file));
    left.iter().for_each(|file| fs::write(file, "").unwrap());
    assert_eq!(findings(&workspace, &["--fix"]), Vec::<String>::new(), "somebody may be at work");
    assert!(left.iter().all(|file| file.exists()));
    left.iter().for_each(|file| make_old(file));
    is_repaired(&workspace, &["stale-locks error ./.git/bit", "unfinished-packs warning ./.git/bit"]);
    assert!(!left.iter().any(|file| file.exists()));
}

#[test]
fn a_command_that_was_stopped_is_finished() {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.write("button/index.js", "module.exports = 2;\n");
    let journal = workspace.local_scope().join("bit/journal.json");
    let found = Cell::new(0);
    kill_everywhere(&workspace, &["tag", "-m", "second"], |workspace, _| {
        if !journal.exists() {
            return;
        }
        found.set(found.get() + 1);
        let kinds = findings(workspace, &[]);
        assert!(kinds.iter().any(|kind| kind.starts_with("unfinished-command warning")), "{kinds:?}");
        assert!(journal.exists(), "looking finishes nothing");
        workspace.bit(["doctor", "--fix"]).says("repaired");
        assert!(!journal.exists());
        workspace.fsck();
    });
    assert!(found.get() > 0, "no run left a journal");
}

#[test]
fn a_local_scope_that_git_would_take_is_hidden() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("button", &[("index.js", "")]);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["remote", "add", "my-org.ui", "https://example.com/ui.git"]).success();
    workspace.remove(".bit/.gitignore");
    is_repaired(&workspace, &["scope-not-hidden warning ./.bit"]);
    assert_eq!(workspace.read(".bit/.gitignore"), "*\n");
}

#[test]
fn links_are_mended_and_what_is_foreign_is_named() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.remove("node_modules/@my-org/ui.button").remove("node_modules/@my-org/ui.card/index.js");
    symlink("../../../gone/index.js", workspace.path().join("node_modules/@my-org/ui.card/old.js")).unwrap();
    is_repaired(
        &workspace,
        &["broken-link warning node_modules/@my-org/ui.button", "broken-link warning node_modules/@my-org/ui.card"],
    );
    workspace.remove("node_modules/@my-org/ui.button");
    workspace.write("node_modules/@my-org/ui.button/package.json", "{\"version\": \"9.0.0\"}");
    let foreign = ["foreign-package warning node_modules/@my-org/ui.button"];
    assert_eq!(findings(&workspace, &["--fix"]), foreign);
    assert!(workspace.read("node_modules/@my-org/ui.button/package.json").contains("9.0.0"));
}

#[test]
fn what_stands_there_from_the_local_scope_is_looked_at_too() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.bit(["remove", "button", "--delete-files", "--force"]).success();
    assert_eq!(findings(&workspace, &[]), Vec::<String>::new());
    workspace.remove("node_modules/@my-org/ui.button");
    is_repaired(&workspace, &["broken-link warning node_modules/@my-org/ui.button"]);
    workspace.remove("node_modules/.bit");
    is_repaired(&workspace, &["broken-link warning node_modules/.bit/my-org.ui/button@0.0.1"]);
    workspace.node(["-p", "require('@my-org/ui.card')"]).says("1");
}

#[test]
fn a_git_that_is_missing_old_or_nameless_is_told() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let mut nameless = workspace.invocation().args(["doctor", "--json"]);
    for variable in ["AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"] {
        nameless = nameless.without_env(&format!("GIT_{variable}"));
    }
    env.git_config("user.useConfigOnly", "true");
    let run = nameless.env("GIT_CONFIG_GLOBAL", env.home().join("gitconfig")).run();
    assert_eq!(run.json()["findings"][0]["kind"], "no-identity");
    env.program_of_user("git", "echo git version 2.20.1");
    workspace.bit(["doctor"]).says("error git: git 2.20.1 is too old");
}

#[test]
fn remotes_that_cannot_be_dialled_are_named() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.scope_git(["config", "remote.my-org.ui.url", "ext::sh -c evil"]).success();
    assert_eq!(findings(&workspace, &["--fix"]), ["bad-remote error my-org.ui"]);
    workspace.bit(["doctor"]).says("bit remote add my-org.ui <url>");
    workspace.scope_git(["config", "remote.my-org.ui.url", "https://ada:hunter2@example.com/x"]).success();
    workspace.bit(["doctor"]).silent_about("hunter2");
}

#[test]
fn a_workspace_that_cannot_be_read_is_told_with_its_line() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    workspace.append(".bitmap", "}");
    assert_eq!(findings(&workspace, &["--fix"]), ["unreadable-workspace error ."]);
    workspace.bit(["doctor"]).says("failed parsing the .bitmap file");
}

#[test]
fn a_scope_in_a_folder_is_examined_too() {
    let env = TestEnvironment::new();
    let workspace = healthy(&env);
    let scope = env.folder("ui.git");
    workspace.bit(["scope", "create", "../ui.git", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "my-org.ui", "../ui.git"]).success();
    workspace.bit(["export"]).success();
    let look = |arguments: &[&str]| findings(&workspace, &[&["../ui.git"], arguments].concat());
    assert_eq!(look(&[]), Vec::<String>::new());
    let place = |kind: &str| format!("{kind} [ROOT]/ui.git").replace("[ROOT]/workspace", ".");
    let shown = |found: Vec<String>| {
        found.into_iter().map(|line| line.replace("./../ui.git", "[ROOT]/ui.git")).collect::<Vec<_>>()
    };

    let left = ["packed-refs.lock", "refs/tags/button@9.9.9.lock", "HEAD.lock"].map(|file| scope.path().join(file));
    left.iter().for_each(|file| fs::write(file, "").unwrap());
    assert_eq!(look(&["--fix"]), Vec::<String>::new(), "a server may be at work");
    left.iter().for_each(|file| make_old(file));
    assert_eq!(shown(look(&[])), [place("stale-locks error")]);
    workspace.bit(["doctor", "../ui.git"]).says("packed-refs.lock").says("button@9.9.9.lock");
    workspace.bit(["doctor", "../ui.git", "--fix"]).success().says("repaired");
    assert!(!left.iter().any(|file| file.exists()));

    let git = |arguments: &[&str]| scope.git([&["--git-dir=."], arguments].concat()).success().clone();
    let commit = git(&["rev-parse", "card@0.0.1"]).line().to_owned();
    git(&["tag", "button@0.0.9", &commit]);
    assert_eq!(look(&[]), ["stray-tags notice my-org.ui"]);
    git(&["tag", "-d", "button@0.0.9"]);
    git(&["tag", "-f", "button@0.0.1", &commit]);
    assert_eq!(look(&["--fix"]), ["version-moved error my-org.ui/button@0.0.1"]);
    git(&["tag", "-d", "button@0.0.1"]);
    assert_eq!(look(&["--fix"]), ["version-gone error my-org.ui/button@0.0.1"]);
    git(&["symbolic-ref", "HEAD", "refs/heads/nowhere"]);
    assert_eq!(shown(look(&[])), [place("no-catalog error")]);
}
