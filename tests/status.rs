//! `bit status`: where the workspace stands, without network; nothing is overlooked and nothing is made up.

use std::fs;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{FOREIGN, Folder, TestEnvironment, needs};

const LISTS: [&str; 17] = [
    "atRemovedVersions",
    "autoTagPendingComponents",
    "componentsWithIssues",
    "duringMergeComponents",
    "heldBack",
    "importPendingComponents",
    "invalidComponents",
    "locallySoftRemoved",
    "mergePendingComponents",
    "missingArchives",
    "modifiedComponents",
    "newComponents",
    "outdatedComponents",
    "remotelySoftRemoved",
    "stagedComponents",
    "stagedNotInWorkspace",
    "waitingToBePublished",
];

#[track_caller]
fn status(workspace: &Folder<'_>) -> Value {
    workspace.bit(["status", "--json"]).success().json()
}

/// `theme` ← `button` ← `card`, tagged and exported.
fn exported(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n"), ("lib/x.js", "module.exports = 1;\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.exported("my-org.ui");
    workspace
}

#[track_caller]
fn is_clean(workspace: &Folder<'_>) {
    let status = status(workspace);
    for list in LISTS {
        assert_eq!(status[list], json!([]), "{list}");
    }
}

#[track_caller]
fn is_modified(workspace: &Folder<'_>, why: &str) {
    let status = status(workspace);
    assert!(status["modifiedComponents"].as_array().unwrap().contains(&json!("my-org.ui/theme")), "{why}");
}

#[test]
fn a_component_goes_from_new_over_staged_to_exported_and_modified() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("button", &[("index.js", "module.exports = 1;\n")]);
    assert_snapshot!(workspace.bit(["status"]), @r#"
    new components (use "bit tag" to make a version of each)
      > my-org.ui/button … ok
    "#);
    workspace.bit(["tag", "-m", "one"]).success();
    assert_snapshot!(workspace.bit(["status"]), @r#"
    staged components (use "bit export" to push these versions to their scopes, "bit reset" to take them back)
      > my-org.ui/button. versions: 0.0.1
    "#);
    workspace.exported("my-org.ui");
    assert_snapshot!(workspace.bit(["status"]), @"nothing to tag or export, the workspace is clean (1 component)");
    workspace.append("button/index.js", "// more\n");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    modified components (use "bit tag" to make new versions, "bit diff" to see the changes)
      > my-org.ui/button … ok
    "#);
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.append("button/index.js", "// and more\n");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    modified components (use "bit tag" to make new versions, "bit diff" to see the changes)
      > my-org.ui/button … ok

    staged components (use "bit export" to push these versions to their scopes, "bit reset" to take them back)
      > my-org.ui/button. versions: 0.0.2
    "#);
    workspace.bit(["tag", "-m", "three"]).success();
    assert_eq!(
        status(&workspace)["stagedComponents"],
        json!([{"id": "my-org.ui/button", "versions": ["0.0.2", "0.0.3"]}])
    );
    workspace.exported("my-org.ui");
    is_clean(&workspace);
}

#[test]
fn every_list_is_there_also_where_it_is_empty() {
    let env = TestEnvironment::new();
    let status = status(&env.workspace());
    assert_eq!(status.as_object().unwrap().keys().collect::<Vec<_>>(), LISTS);
    is_clean(&env.workspace_at("other", "my-org.x"));
}

#[test]
fn all_lists_at_once() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.components(&[("fresh", &[("index.js", "")]), ("broken", &[("index.js", "import './nowhere';\n")])]);
    workspace.append("theme/index.js", "// more\n");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    new components (use "bit tag" to make a version of each)
      > my-org.ui/broken … issues found
      > my-org.ui/fresh … ok

    modified components (use "bit tag" to make new versions, "bit diff" to see the changes)
      > my-org.ui/theme … ok

    components pending auto-tag (tagged along with the components they need)
      > my-org.ui/button (needs my-org.ui/theme)
      > my-org.ui/card (needs my-org.ui/button)

    issues found
      my-org.ui/broken
        MissingFile broken/index.js:1: non-existing dependency files: './nowhere' (broken/nowhere)
          → put the file there, or mend the import
    "#);
    assert_snapshot!(workspace.bit(["status", "--json"]), @r#"
    {
      "atRemovedVersions": [],
      "autoTagPendingComponents": [
        "my-org.ui/button",
        "my-org.ui/card"
      ],
      "componentsWithIssues": [
        {
          "id": "my-org.ui/broken",
          "issues": [
            {
              "file": "broken/index.js",
              "fix": "put the file there, or mend the import",
              "line": 1,
              "message": "non-existing dependency files: './nowhere' (broken/nowhere)",
              "type": "MissingFile"
            }
          ]
        }
      ],
      "duringMergeComponents": [],
      "heldBack": [],
      "importPendingComponents": [],
      "invalidComponents": [],
      "locallySoftRemoved": [],
      "mergePendingComponents": [],
      "missingArchives": [],
      "modifiedComponents": [
        "my-org.ui/theme"
      ],
      "newComponents": [
        "my-org.ui/broken",
        "my-org.ui/fresh"
      ],
      "outdatedComponents": [],
      "remotelySoftRemoved": [],
      "stagedComponents": [],
      "stagedNotInWorkspace": [],
      "waitingToBePublished": []
    }
    "#);
}

#[test]
fn a_clean_workspace_is_one_calm_line() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    assert_snapshot!(workspace.bit(["status"]), @"nothing to tag or export, the workspace is clean (3 components)");
    assert_snapshot!(workspace.bit(["s"]), @"nothing to tag or export, the workspace is clean (3 components)");
    assert_snapshot!(workspace.inside("theme/lib").bit(["status", "--strict"]), @"nothing to tag or export, the workspace is clean (3 components)");
    is_clean(&workspace);
}

#[test]
fn strict_fails_where_there_are_issues_and_only_there() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["status", "--strict"]).success().says("modified components");
    workspace.append("theme/index.js", "require('./nowhere');\n");
    let run = workspace.bit(["status", "--strict"]);
    assert_eq!(run.code, Some(1));
    run.says("issues found").says("MissingFile").says("theme/index.js:3");
    workspace.bit(["status"]).success();
    let run = workspace.bit(["status", "--strict", "--json"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(run.json()["componentsWithIssues"][0]["id"], "my-org.ui/theme");
}

#[test]
fn a_scope_that_has_gone_on_makes_components_outdated() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let theme = workspace.listed("my-org.ui/theme", &["0.0.1", "0.0.2"]);
    let button = workspace.listed("my-org.ui/button", &["0.0.1"]);
    let card = workspace.listed("my-org.ui/card", &["0.0.1"]);
    workspace.saw_catalog("my-org.ui", &[theme, button, card]);
    assert_snapshot!(workspace.bit(["status"]), @r#"
    pending updates (use "bit checkout head" to bring them to the newest version)
      > my-org.ui/theme current: 0.0.1 latest: 0.0.2
    "#);
    assert_eq!(
        status(&workspace)["outdatedComponents"],
        json!([{"id": "my-org.ui/theme", "current": "0.0.1", "latest": "0.0.2"}])
    );
    // A change on top of the old version is still one of an outdated component.
    workspace.append("theme/index.js", "// more\n");
    let status = status(&workspace);
    assert_eq!(status["outdatedComponents"][0]["id"], "my-org.ui/theme");
    assert_eq!(status["modifiedComponents"][0], "my-org.ui/theme");
    assert_eq!(status["mergePendingComponents"], json!([]));
}

#[test]
fn where_both_sides_went_on_components_are_diverged() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// mine\n");
    workspace.bit(["tag", "-m", "mine", "--minor", "--skip-auto-tag"]).success();
    let theirs = workspace.listed("my-org.ui/theme", &["0.0.1", "0.0.2"]);
    let button = workspace.listed("my-org.ui/button", &["0.0.1"]);
    let card = workspace.listed("my-org.ui/card", &["0.0.1"]);
    workspace.saw_catalog("my-org.ui", &[theirs, button, card]);
    workspace.bit(["status"]).success().says("diverged components").says("here: 0.1.0 there: 0.0.2");
    let status = status(&workspace);
    assert_eq!(
        status["mergePendingComponents"],
        json!([{"id": "my-org.ui/theme", "current": "0.1.0", "latest": "0.0.2"}])
    );
    assert_eq!(status["outdatedComponents"], json!([]));
    assert_eq!(status["stagedComponents"], json!([{"id": "my-org.ui/theme", "versions": ["0.1.0"]}]));
}

#[test]
fn a_number_that_the_scope_gave_to_other_content_is_staged_and_diverged() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// mine\n");
    workspace.bit(["tag", "-m", "mine", "--skip-auto-tag"]).success();
    let mut theirs = workspace.listed("my-org.ui/theme", &["0.0.1", "0.0.2"]);
    theirs["versions"][1]["commit"] = FOREIGN.into();
    let others = ["my-org.ui/button", "my-org.ui/card"].map(|id| workspace.listed(id, &["0.0.1"]));
    workspace.saw_catalog("my-org.ui", &[&others[..], &[theirs]].concat());
    let status = status(&workspace);
    assert_eq!(status["stagedComponents"], json!([{"id": "my-org.ui/theme", "versions": ["0.0.2"]}]));
    assert_eq!(status["mergePendingComponents"][0]["id"], "my-org.ui/theme");
}

#[test]
fn a_component_that_its_scope_removed_is_named() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let mut removed = workspace.listed("my-org.ui/card", &["0.0.1"]);
    removed["removed"] = json!({"message": "nobody used it"});
    let others = ["my-org.ui/theme", "my-org.ui/button"].map(|id| workspace.listed(id, &["0.0.1"]));
    workspace.saw_catalog("my-org.ui", &[&others[..], &[removed]].concat());
    workspace.bit(["status"]).success().says("removed in their scope").says("> my-org.ui/card");
    assert_eq!(status(&workspace)["remotelySoftRemoved"], json!(["my-org.ui/card"]));
}

#[test]
fn a_catalog_that_cannot_be_read_is_named() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let theme = workspace.listed("my-org.ui/theme", &["0.0.1"]);
    let with = |key: &str, value: Value| {
        let mut entry = theme.clone();
        entry[key] = value;
        entry
    };
    for (entry, what) in [
        (with("format", json!(2)), "format"),
        (with("head", json!("none")), "not a valid semantic version"),
        (with("versions", json!([{"version": "0.0.1", "commit": "x"}])), "commit"),
    ] {
        workspace.saw_catalog("my-org.ui", &[entry]);
        let run = workspace.bit(["status"]);
        run.fails(1).complains("the catalog of my-org.ui can't be read: catalog/theme.json: ").complains(what);
        assert_eq!(run.stdout, "");
    }
    workspace.saw_catalog("my-org.ui", &[with("from-the-future", json!({"a": 1}))]);
    workspace.bit(["status"]).success().silent_about("> my-org.ui/theme");
}

#[test]
fn a_version_of_somebody_else_is_import_pending() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let bitmap = workspace.read(".bitmap");
    workspace.write(".bitmap", bitmap.replace("0.0.1", "0.0.7"));
    assert_snapshot!(workspace.bit(["status"]), @r#"
    import pending (use "bit import": these versions are not in the local scope)
      > my-org.ui/button@0.0.7
      > my-org.ui/card@0.0.7
      > my-org.ui/theme@0.0.7
    "#);
    assert_eq!(
        status(&workspace)["importPendingComponents"],
        json!(["my-org.ui/button@0.0.7", "my-org.ui/card@0.0.7", "my-org.ui/theme@0.0.7"])
    );
    assert_eq!(status(&workspace)["modifiedComponents"], json!([]));
}

#[test]
fn every_kind_of_change_is_seen_and_undone() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/lib/x.js", "// more\n");
    is_modified(&workspace, "a file was edited");
    workspace.write("theme/lib/x.js", "module.exports = 1;\n");
    is_clean(&workspace);

    workspace.remove("theme/lib/x.js");
    is_modified(&workspace, "a file was removed");
    workspace.write("theme/y.js", "module.exports = 1;\n");
    is_modified(&workspace, "a file was renamed");
    workspace.remove("theme/y.js").write("theme/lib/x.js", "module.exports = 1;\n");
    is_clean(&workspace);

    workspace.write("theme/new.txt", "");
    is_modified(&workspace, "an empty file was added");
    workspace.remove("theme/new.txt");
    is_clean(&workspace);

    let script = workspace.path().join("theme/index.js");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    is_modified(&workspace, "a file was made executable");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o600)).unwrap();
    is_clean(&workspace);

    workspace.bit(["add", "theme", "--main", "lib/x.js"]).success();
    is_modified(&workspace, "another main file");
    workspace.bit(["add", "theme", "--main", "index.js"]).success();
    is_clean(&workspace);

    // Line ends are no change, and neither is a newer date.
    workspace.write("theme/index.js", "module.exports = 'red';\r\n");
    is_clean(&workspace);
    workspace.write("theme/index.js", "module.exports = 'red';\n");
    is_clean(&workspace);
}

#[test]
fn an_edit_in_the_same_tick_of_the_clock_is_seen() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let file = workspace.path().join("theme/index.js");
    for round in 0..10 {
        let (one, other) = (format!("module.exports = 'a{round}';\n"), format!("module.exports = 'b{round}';\n"));
        workspace.write("theme/index.js", &one);
        workspace.bit(["tag", "theme", "-m", "x", "--skip-auto-tag"]).success();
        // As long as before, at once, and the clock turned back.
        let before = fs::metadata(&file).unwrap().modified().unwrap();
        workspace.write("theme/index.js", &other);
        fs::File::options().write(true).open(&file).unwrap().set_modified(before).unwrap();
        is_modified(&workspace, &format!("round {round}"));
    }
}

#[test]
fn an_edit_while_status_looks_is_seen_by_the_next_one() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let file = fs::File::options().write(true).open(workspace.path().join("theme/index.js")).unwrap();
    let (tagged, edited) = (b"module.exports = 'red';\n", b"module.exports = 'RED';\n");
    for round in 0..60 {
        // The file is as it was tagged and is not, by turns, as fast as can be: somewhere between, status reads it.
        // Where the file system's clock ticks slowly, what is written last has the time of what was read.
        // (Linux since 6.13 gives every write that was looked at a time of its own.)
        let begin = Instant::now();
        let looking = workspace.invocation().args(["status"]).start();
        while begin.elapsed() < Duration::from_micros(round * 400) {
            file.write_all_at(tagged, 0).unwrap();
            file.write_all_at(edited, 0).unwrap();
        }
        file.write_all_at(edited, 0).unwrap();
        looking.finish().success();
        is_modified(&workspace, &format!("round {round}"));
        file.write_all_at(tagged, 0).unwrap();
        is_clean(&workspace);
    }
}

#[test]
fn what_is_remembered_is_only_a_help() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// more\n");
    let told = workspace.bit(["status"]).success().stdout.clone();
    workspace.write(".bit/bit/cache", "damaged");
    assert_eq!(workspace.bit(["status"]).success().stdout, told);
    workspace.remove(".bit/bit/cache");
    assert_eq!(workspace.bit(["status"]).success().stdout, told);
    assert_eq!(workspace.bit(["status"]).success().stdout, told);
}

#[test]
fn removed_files_folders_and_main_files_are_told() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.remove("card").remove("theme/index.js");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    modified components (use "bit tag" to make new versions, "bit diff" to see the changes)
      > my-org.ui/card … component files were deleted: card
      > my-org.ui/theme … main-file was removed

    components pending auto-tag (tagged along with the components they need)
      > my-org.ui/button (needs my-org.ui/theme)

    issues found
      my-org.ui/card
        MissingFiles component files were deleted: card
          → put it back; if it was renamed: bit move card <new folder>; to stop tracking it: bit remove card
      my-org.ui/theme
        MissingMain theme/index.js: main-file was removed
          → put it back, or name another one: bit add theme --main <file>
    "#);
    assert_eq!(
        status(&workspace)["invalidComponents"],
        json!([
            {"id": "my-org.ui/card", "error": "component files were deleted: card"},
            {"id": "my-org.ui/theme", "error": "main-file was removed"},
        ])
    );
    assert!(workspace.read(".bitmap").contains("\"card\""), "it is still tracked");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("main-file was removed");
}

#[test]
fn dependents_of_what_changed_are_pending() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// more\n");
    assert_eq!(status(&workspace)["autoTagPendingComponents"], json!(["my-org.ui/button", "my-org.ui/card"]));
    // One that changed itself is no auto-tag; one that was never tagged neither.
    workspace.append("button/index.js", "// more\n");
    workspace.component("fresh", &[("index.js", "require('@my-org/ui.card');\n")]);
    let status = status(&workspace);
    assert_eq!(status["autoTagPendingComponents"], json!(["my-org.ui/card"]));
    assert_eq!(status["newComponents"], json!(["my-org.ui/fresh"]));
}

#[test]
fn a_broken_configuration_is_shown_with_its_place_and_nothing_is_touched() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    for (file, broken, place) in [
        (
            "workspace.jsonc",
            "{\n  \"teambit.workspace/workspace\": {\n    \"name\" \"x\"\n  }\n}\n",
            "workspace.jsonc:3:12",
        ),
        (
            "workspace.jsonc",
            "{\n  \"teambit.workspace/workspace\": {\"defaultScope\": \"No Scope\"}\n}\n",
            "workspace.jsonc:2:",
        ),
        (".bitmap", "{\n  \"a\": {\n", ".bitmap:2:9"),
        (".bitmap", "{\n<<<<<<< ours\n}\n", ".bitmap:2 holds the conflict markers"),
    ] {
        let whole = workspace.read(file);
        workspace.write(file, broken);
        let files = workspace.listing(&["node_modules"]);
        for command in
            [&["status"][..], &["add", "theme"], &["tag"], &["link"], &["list"], &["reset", "--all"], &["init"]]
        {
            let run = workspace.bit(command);
            run.fails(1).complains(place);
            assert_eq!(run.stdout, "", "{command:?}");
        }
        assert_eq!(workspace.read(file), broken);
        assert_eq!(workspace.listing(&["node_modules"]), files);
        workspace.write(file, whole);
    }
    is_clean(&workspace);
    workspace.write("workspace.jsonc", "{\n  oops\n}\n");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    --- stderr
    error: failed parsing the workspace.jsonc file at [ROOT]/workspace/workspace.jsonc:3:1: expected colon
    hint: mend that line; nothing was changed
    --- exit 1
    "#);
}

#[test]
fn a_configuration_of_a_person_is_read_as_it_is() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    let odd =
        "\u{feff}// mine\r\n{\r\n  'unknown.key/x': {deep: [1, 2,],},\r\n  /* and */ \"$schema\": \"x\",\r\n}\r\n";
    workspace.write("workspace.jsonc", odd);
    is_clean(&workspace);
    workspace.bit(["init"]).success();
    assert_eq!(workspace.read("workspace.jsonc"), odd);
    workspace.remove("workspace.jsonc");
    is_clean(&workspace);
}

#[test]
fn colour_is_for_terminals_only() {
    let env = TestEnvironment::new();
    let workspace = exported(&env);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["status"]).success().silent_about("\u{1b}");
    workspace.bit(["tag", "nobody"]).fails(1).silent_about("\u{1b}");
    let on_a_terminal = |settings: &[(&str, &str)]| {
        let command = format!("{} status", TestEnvironment::binary().display());
        let run = workspace.program("script").args(["--quiet", "--return", "--command", &command, "/dev/null"]);
        let run = run.env("TERM", "xterm-256color");
        settings.iter().fold(run, |run, (name, value)| run.env(name, value)).run()
    };
    needs!("script");
    on_a_terminal(&[]).success().says("\u{1b}[");
    on_a_terminal(&[("NO_COLOR", "1")]).success().says("modified components").silent_about("\u{1b}[3");
    on_a_terminal(&[("TERM", "dumb")]).success().says("modified components").silent_about("\u{1b}[3");
}

#[test]
fn outside_of_a_workspace_there_is_no_status() {
    let env = TestEnvironment::new();
    assert_snapshot!(env.folder("outside").bit(["status"]), @r#"
    --- stderr
    error: no workspace here: neither [ROOT]/outside nor a folder above it holds a workspace.jsonc
    hint: run "bit init" in the folder that is to become the workspace
    --- exit 1
    "#);
}

#[test]
fn what_lies_behind_a_symbolic_link_is_no_component() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("src/theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    let outside = env.folder("outside");
    outside.write("theme/index.js", "module.exports = 'a secret';\n");
    for (inside, behind) in [("src/theme", "theme"), ("src", ".")] {
        workspace.remove(inside);
        std::os::unix::fs::symlink(outside.path().join(behind), workspace.path().join(inside)).unwrap();
        workspace.bit(["status"]).success().says("SymbolicLink").says("is a symbolic link");
        workspace.bit(["tag", "-m", "second"]).fails(1).complains("[SymbolicLink]");
    }
    assert_eq!(workspace.versions(), ["my-org.ui/theme@0.0.1"]);
}

#[test]
fn one_link_among_many_folders_is_found() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for number in 0..20 {
        workspace.component(&format!("src/c{number:02}"), &[("index.js", "module.exports = 1;\n")]);
    }
    workspace.bit(["tag", "-m", "first"]).success();
    let outside = env.folder("outside");
    outside.write("index.js", "module.exports = 'a secret';\n");
    workspace.remove("src/c07");
    std::os::unix::fs::symlink(outside.path(), workspace.path().join("src/c07")).unwrap();
    let status = workspace.bit(["status", "--json"]).success().json();
    let with_issues: Vec<&Value> = status["componentsWithIssues"].as_array().unwrap().iter().collect();
    assert_eq!(with_issues.len(), 1, "{status}");
    assert_eq!(
        (&with_issues[0]["id"], &with_issues[0]["issues"][0]["type"]),
        (&"my-org.ui/c07".into(), &"SymbolicLink".into())
    );
}

#[test]
fn two_contents_under_one_number_are_told() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "mine"]).success();
    let mine = workspace.commit_of("my-org.ui/theme@0.0.1");
    let theirs = workspace.read(".bitmap").replace(&mine, &"1".repeat(40));
    workspace.write(".bitmap", theirs);
    workspace.bit(["status"]).success().says("OtherContent").says("bit reset theme@0.0.1");
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("[OtherContent]");
}
