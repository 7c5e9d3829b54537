//! `bit tag`: new versions of components, all of them or none, which plain git can read and judge.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{FOREIGN, Folder, TestEnvironment};

/// `theme` ← `button` ← `card`, and `icon` alone.
fn row_of(workspace: Folder<'_>) -> Folder<'_> {
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
        ("icon", &[("index.js", "module.exports = 'i';\n")]),
    ]);
    workspace
}

fn row(env: &TestEnvironment) -> Folder<'_> {
    row_of(env.workspace())
}

fn tagged_row(env: &TestEnvironment) -> Folder<'_> {
    let workspace = row(env);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace
}

/// Ids that a tag made, in its order.
#[track_caller]
fn tag<const N: usize>(workspace: &Folder<'_>, arguments: [&str; N]) -> Vec<String> {
    let run = workspace.bit(["tag", "-m", "x", "--json"].iter().chain(&arguments));
    let tagged = run.success().json();
    let id = |version: &Value| {
        let (id, number) = (version["id"].as_str().unwrap(), version["version"].as_str().unwrap());
        format!("{}@{number}", id.strip_prefix("my-org.ui/").unwrap_or(id))
    };
    tagged["tagged"].as_array().unwrap().iter().map(id).collect()
}

/// The tag is refused, and nothing of it remains.
#[track_caller]
fn refused<const N: usize>(workspace: &Folder<'_>, arguments: [&str; N], why: &str) {
    let before = (workspace.refs(), workspace.read(".bitmap"));
    let run = workspace.bit(["tag", "-m", "x"].iter().chain(&arguments));
    assert!(matches!(run.code, Some(1 | 2)), "{arguments:?} was not refused\n{run}");
    run.complains(why);
    assert_eq!(run.stdout, "");
    assert_eq!((workspace.refs(), workspace.read(".bitmap")), before, "{arguments:?}");
}

#[track_caller]
fn manifest(workspace: &Folder<'_>, tag: &str) -> Value {
    workspace.scope_git(["show", &format!("my-org.ui/{tag}:component.json")]).success().json()
}

#[track_caller]
fn commit(workspace: &Folder<'_>, tag: &str) -> String {
    workspace.scope_git(["rev-parse", &format!("refs/tags/my-org.ui/{tag}^{{commit}}")]).line().to_owned()
}

/// Every dependency in the newest version of every component names the version that the workspace has, and its commit.
#[track_caller]
fn pins_are_true(workspace: &Folder<'_>) {
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    for (name, entry) in bitmap.as_object().unwrap().iter().filter(|(_, entry)| entry.is_object()) {
        let version = entry["version"].as_str().unwrap();
        if version.is_empty() {
            continue;
        }
        for dependency in manifest(workspace, &format!("{name}@{version}"))["dependencies"].as_array().unwrap() {
            let id = dependency["id"].as_str().unwrap().strip_prefix("my-org.ui/").unwrap();
            let (needed, number) = id.split_once('@').unwrap();
            assert_eq!(number, bitmap[needed]["version"], "{name} needs {needed}");
            assert_eq!(dependency["commit"], commit(workspace, id), "{name} needs {needed}");
        }
    }
}

// What is made.

#[test]
fn the_first_tag_makes_a_version_of_each() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_snapshot!(workspace.bit(["tag", "-m", "first"]), @r#"
    new components
      > my-org.ui/theme@0.0.1
      > my-org.ui/button@0.0.1
      > my-org.ui/card@0.0.1
      > my-org.ui/icon@0.0.1

    4 component(s) tagged
    "bit export" publishes 4 versions, "bit reset --all" takes it back
    "#);
    assert_snapshot!(workspace.scope_git(["tag", "-l"]), @r#"
    my-org.ui/button@0.0.1
    my-org.ui/card@0.0.1
    my-org.ui/icon@0.0.1
    my-org.ui/theme@0.0.1
    "#);
    assert_snapshot!(workspace.scope_git(["cat-file", "-p", "my-org.ui/button@0.0.1"]), @r#"
    tree 7b223e062e4f2046b7f394fc438694cc795d2248
    author Ada Tester <ada@example.com> 981173106 +0000
    committer Ada Tester <ada@example.com> 981173106 +0000

    first

    Bit-Id: my-org.ui/button@0.0.1
    "#);
    assert_snapshot!(workspace.scope_git(["ls-tree", "-r", "my-org.ui/button@0.0.1"]), @r#"
    100644 blob 98d9c2d64b6e640cfcd87602df5ac6a66d5a5e99	component.json
    100644 blob 648c6db16e4ebdcd6566f84d0df39016afbb9833	index.js
    100644 blob 22bd40fd953ded280c9beeaa57d624cc368484fc	package.json
    "#);
    assert_snapshot!(workspace.scope_git(["show", "my-org.ui/button@0.0.1:component.json"]), @r#"
    {
      "format": 1,
      "scope": "my-org.ui",
      "name": "button",
      "version": "0.0.1",
      "main": "index.js",
      "env": "node",
      "artifacts": [],
      "dependencies": [
        {
          "id": "my-org.ui/theme@0.0.1",
          "commit": "08b9aa4515516061804dccc3fa29943e0ef20ed6",
          "kind": "runtime"
        }
      ],
      "scopes": [
        "my-org.ui"
      ],
      "packages": {
        "dependencies": {},
        "devDependencies": {},
        "peerDependencies": {}
      },
      "build": []
    }
    "#);
    assert_snapshot!(workspace.scope_git(["show", "my-org.ui/button@0.0.1:package.json"]), @r#"
    {
      "name": "@my-org/ui.button",
      "version": "0.0.1",
      "main": "index.js",
      "dependencies": {
        "@my-org/ui.theme": "0.0.1"
      }
    }
    "#);
    assert_snapshot!(workspace.read(".bitmap"), @r#"
    {
        "button": {
            "name": "button",
            "scope": "",
            "version": "0.0.1",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "button",
            "commit": "51a88fa0c988e7fdc9e94e7a04920c179c2b699a"
        },
        "card": {
            "name": "card",
            "scope": "",
            "version": "0.0.1",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "card",
            "commit": "81a606636b1f1fca8a02abd9ca6abcbe5979c687"
        },
        "icon": {
            "name": "icon",
            "scope": "",
            "version": "0.0.1",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "icon",
            "commit": "a409d130a894f873314205bbd671e483d0dfbbbc"
        },
        "theme": {
            "name": "theme",
            "scope": "",
            "version": "0.0.1",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "theme",
            "commit": "08b9aa4515516061804dccc3fa29943e0ef20ed6"
        },
        "$schema-version": "17.0.0"
    }
    "#);
    workspace.fsck();
    pins_are_true(&workspace);
}

#[test]
fn scripts_get_what_was_tagged_as_json() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("theme/index.js", "// more\n");
    let tagged = workspace.bit(["tag", "-m", "two", "--json"]).success().json();
    assert_eq!(
        tagged,
        json!({
            "dryRun": false, "signed": false, "skipped": [], "warnings": [], "withoutNumber": [], "builds": [],
            "tagged": [
                {"id": "my-org.ui/theme", "version": "0.0.2", "previous": "0.0.1", "hash": commit(&workspace, "theme@0.0.2"), "reason": "changed", "causes": []},
                {"id": "my-org.ui/button", "version": "0.0.2", "previous": "0.0.1", "hash": commit(&workspace, "button@0.0.2"), "reason": "dependent", "causes": ["my-org.ui/theme"]},
                {"id": "my-org.ui/card", "version": "0.0.2", "previous": "0.0.1", "hash": commit(&workspace, "card@0.0.2"), "reason": "dependent", "causes": ["my-org.ui/button"]},
            ],
        })
    );
}

#[test]
fn each_version_is_made_from_the_one_before() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("icon/index.js", "// more\n");
    env.later(60);
    assert_eq!(tag(&workspace, []), ["icon@0.0.2"]);
    let log = workspace.scope_git(["log", "--format=%s%n%cI", "my-org.ui/icon@0.0.2"]);
    assert_snapshot!(log, @r#"
    x
    2001-02-03T04:06:06Z
    one
    2001-02-03T04:05:06Z
    "#);
    assert_eq!(
        workspace.scope_git(["rev-list", "--max-parents=0", "my-org.ui/icon@0.0.2"]).line(),
        commit(&workspace, "icon@0.0.1")
    );
    workspace.fsck();
}

#[test]
fn two_machines_make_the_same_commits() {
    let (one, other) = (TestEnvironment::new(), TestEnvironment::new());
    let (here, there) =
        (row_of(one.git_workspace_at("here", "my-org.ui")), row_of(other.workspace_at("there", "my-org.ui")));
    for workspace in [&here, &there] {
        workspace.write("theme/bin/run", "#!/bin/sh\n").write("theme/ä ö.txt", "1\r\n2\r\n");
        fs::set_permissions(workspace.path().join("theme/bin/run"), fs::Permissions::from_mode(0o755)).unwrap();
    }
    here.bit(["tag", "-m", "one"]).success();
    // Another order of the steps, another number of threads.
    there.bit(["status"]).success();
    there.invocation().env("RAYON_NUM_THREADS", "1").args(["tag", "-m", "one"]).run().success();
    assert_eq!(here.refs(), there.refs());
    assert_eq!(here.refs().len(), 4);
    for workspace in [&here, &there] {
        workspace.append("theme/index.js", "// more\n");
    }
    one.later(10);
    here.bit(["tag", "-m", "two"]).success();
    there.bit(["tag", "-m", "two"]).success();
    assert_ne!(here.refs(), there.refs(), "the date counts");
}

#[test]
fn the_identity_is_that_of_git() {
    let env = TestEnvironment::of("Grace H.", "grace@example.com");
    let workspace = row_of(env.git_workspace());
    workspace.bit(["tag", "-m", "one"]).success();
    let author = ["log", "-1", "--format=%an <%ae> %cn <%ce>", "my-org.ui/icon@0.0.1"];
    assert_snapshot!(workspace.scope_git(author), @"Grace H. <grace@example.com> Grace H. <grace@example.com>");
    // The settings of the team's own repository count, as they do for its commits.
    workspace.git(["config", "user.name", "Team Member"]).success();
    workspace.git(["config", "user.email", "team@example.com"]).success();
    workspace.append("icon/index.js", "// more\n");
    let nobody = || {
        let run = workspace.invocation();
        let names = ["GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL"];
        names.into_iter().fold(run, |run, name| run.without_env(name))
    };
    nobody().args(["tag", "-m", "two"]).run().success();
    let author = ["log", "-1", "--format=%an <%ae> %cn <%ce>", "my-org.ui/icon@0.0.2"];
    assert_snapshot!(workspace.scope_git(author), @"Team Member <team@example.com> Team Member <team@example.com>");
    // Without any, nothing is invented.
    workspace.git(["config", "--unset", "user.name"]).success();
    workspace.git(["config", "--unset", "user.email"]).success();
    workspace.git(["config", "user.useConfigOnly", "true"]).success();
    workspace.append("icon/index.js", "// and more\n");
    let refs = workspace.refs();
    nobody().args(["tag", "-m", "three"]).run().fails(1).complains("user.email");
    assert_eq!(workspace.refs(), refs);
}

#[test]
fn messages_are_kept_word_for_word_and_cannot_pose_as_trailers() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    let message =
        "fix: \"quotes\", 'more', ünder ☃\r\n\r\nA body.\n\nBit-Id: evil.org/x@9.9.9\nBit-Line: maintenance\n\n";
    workspace.bit(["tag", "icon", "-m", message]).success();
    assert_snapshot!(workspace.scope_git(["log", "-1", "--format=%B", "my-org.ui/icon@0.0.1"]), @r#"
    fix: "quotes", 'more', ünder ☃

    A body.

    Bit-Id: evil.org/x@9.9.9
    Bit-Line: maintenance

    Bit-Id: my-org.ui/icon@0.0.1
    "#);
    let trailers = ["log", "-1", "--format=%(trailers:key=Bit-Id)%(trailers:key=Bit-Line)", "my-org.ui/icon@0.0.1"];
    assert_eq!(workspace.scope_git(trailers).line(), "Bit-Id: my-org.ui/icon@0.0.1");
    workspace.append("icon/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["icon"]), ["icon@0.0.2"], "it is no maintenance version");
    let trailers = ["log", "-1", "--format=%(trailers:key=Bit-Line)", "my-org.ui/icon@0.0.2"];
    assert_eq!(workspace.scope_git(trailers).line(), "");
    // Without a message the id stands for one; with an empty one too.
    workspace.bit(["tag", "theme"]).success();
    workspace.bit(["tag", "button", "-m", "  "]).success();
    for id in ["theme@0.0.1", "button@0.0.1"] {
        let subject = workspace.scope_git(["log", "-1", "--format=%s", &format!("my-org.ui/{id}")]);
        assert_eq!(subject.line(), id);
    }
    workspace.fsck();
}

#[test]
fn the_package_says_what_package_managers_need() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace
        .read("workspace.jsonc")
        .replace("\"dependencies\": {}", "\"dependencies\": {\"lodash\": \"^4.17.21\"}");
    let config = config.replace(
        "\"peerDependencies\": {}",
        "\"peerDependencies\": {\"react\": \">=18\", \"@my-org/ui.theme\": \"*\"}",
    );
    workspace.write(
        "workspace.jsonc",
        config.replace("\"devDependencies\": {}", "\"devDependencies\": {\"vitest\": \"^3.0.0\"}"),
    );
    workspace.components(&[
        ("theme", &[("index.css", "a {}\n")]),
        ("base", &[("index.mts", "export const b = 1;\n")]),
        ("tools", &[("index.js", "")]),
        (
            "button",
            &[
                ("index.ts", "import 'lodash/map.js';\nimport 'react';\nimport '@my-org/ui.theme/index.css';\nexport * from '@my-org/ui.base';\n"),
                ("button.test.ts", "import 'vitest';\nimport '@my-org/ui.tools';\n"),
            ],
        ),
    ]);
    workspace.bit(["tag", "-m", "one", "--ver", "1.2.0", "--skip-build"]).success();
    assert_snapshot!(workspace.scope_git(["show", "my-org.ui/button@1.2.0:package.json"]), @r#"
    {
      "name": "@my-org/ui.button",
      "version": "1.2.0",
      "type": "module",
      "main": "index.ts",
      "types": "index.ts",
      "dependencies": {
        "@my-org/ui.base": "1.2.0",
        "lodash": "^4.17.21"
      },
      "peerDependencies": {
        "@my-org/ui.theme": "1.2.0",
        "react": ">=18"
      }
    }
    "#);
    assert_snapshot!(workspace.scope_git(["show", "my-org.ui/theme@1.2.0:package.json"]), @r#"
    {
      "name": "@my-org/ui.theme",
      "version": "1.2.0",
      "main": "index.css"
    }
    "#);
    let manifest = manifest(&workspace, "button@1.2.0");
    assert_eq!(
        manifest["packages"],
        json!({"dependencies": {"lodash": "^4.17.21"}, "devDependencies": {"vitest": "^3.0.0"}, "peerDependencies": {"react": ">=18"}})
    );
    let kinds: Vec<_> =
        manifest["dependencies"].as_array().unwrap().iter().map(|found| (&found["id"], &found["kind"])).collect();
    assert_eq!(
        serde_json::to_value(kinds).unwrap(),
        json!([
            ["my-org.ui/base@1.2.0", "runtime"],
            ["my-org.ui/theme@1.2.0", "peer"],
            ["my-org.ui/tools@1.2.0", "dev"]
        ])
    );
    // A package manager runs nothing of it.
    assert!(!workspace.scope_git(["show", "my-org.ui/button@1.2.0:package.json"]).stdout.contains("scripts"));
}

#[test]
fn the_manifest_names_every_scope_of_the_closure() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let add = |name: &str, scope: &str, needs: &str| {
        workspace.write(&format!("{name}/index.js"), format!("require('{needs}');\n"));
        workspace.bit(["add", name, "--scope", scope]).success();
    };
    add("a", "org.one", "fs");
    add("b", "org.two", "@org/one.a");
    add("c", "org.three", "@org/two.b");
    add("d", "org.three", "@org/three.c");
    workspace.bit(["tag", "-m", "one"]).success();
    let scopes = |tag: &str| -> Value {
        let shown = workspace.scope_git(["show", &format!("{tag}@0.0.1:component.json")]);
        shown.success().json()["scopes"].clone()
    };
    assert_eq!(scopes("org.one/a"), json!([]));
    assert_eq!(scopes("org.two/b"), json!(["org.one"]));
    assert_eq!(scopes("org.three/c"), json!(["org.one", "org.two"]));
    assert_eq!(scopes("org.three/d"), json!(["org.one", "org.three", "org.two"]), "its own too, where one lives there");
    // The same where what is needed was tagged before.
    workspace.append("d/index.js", "// more\n");
    workspace.bit(["tag", "d", "-m", "two"]).success();
    let shown = workspace.scope_git(["show", "org.three/d@0.0.2:component.json"]);
    assert_eq!(shown.success().json()["scopes"], json!(["org.one", "org.three", "org.two"]));
}

// Numbers.

#[test]
fn the_number_follows_from_the_flags() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    for (flags, expected) in [
        (&[][..], "0.0.2"),
        (&["--patch"], "0.0.3"),
        (&["-p"], "0.0.4"),
        (&["--minor"], "0.1.0"),
        (&["--major"], "1.0.0"),
        (&["--prerelease"], "1.0.1-0"),
        (&["--prerelease"], "1.0.1-1"),
        (&["--prerelease", "beta"], "1.0.1-beta.0"),
        (&["--pre-release", "beta"], "1.0.1-beta.1"),
        (&["--patch"], "1.0.1"),
        (&["--increment", "preminor", "--prerelease-id", "rc"], "1.1.0-rc.0"),
        (&["--increment", "prerelease", "--prerelease-id", "rc"], "1.1.0-rc.1"),
        (&["-l", "minor"], "1.1.0"),
        (&["--increment", "patch", "--increment-by", "3"], "1.1.3"),
        (&["--major", "--increment-by", "2"], "3.0.0"),
        (&["--ver", "4.5.6-x.1"], "4.5.6-x.1"),
        (&["--ver", "5.0.0"], "5.0.0"),
    ] {
        workspace.append("icon/index.js", "// more\n");
        let run = workspace.bit(["tag", "icon", "-m", "x", "--json"].iter().chain(flags));
        assert_eq!(run.success().json()["tagged"][0]["version"], expected, "{flags:?}");
    }
    workspace.fsck();
}

#[test]
fn a_number_may_be_given_to_one_component() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_eq!(tag(&workspace, ["theme@1.2.0", "icon"]), ["theme@1.2.0", "icon@0.0.1"]);
    refused(&workspace, ["button@latest"], "is no version number");
    refused(&workspace, ["button@1.0.0", "my-org.ui/button@2.0.0"], "can't be both 1.0.0 and 2.0.0");
    assert_eq!(tag(&workspace, ["button", "button@1.0.0", "*,!card,!icon,!theme"]), ["button@1.0.0"], "named thrice");
    refused(&workspace, ["button@1.x"], "1.x");
    // A number given outright is consent to tag what did not change.
    assert_eq!(tag(&workspace, ["icon@2.0.0"]), ["icon@2.0.0"]);
}

#[test]
fn a_file_may_give_the_numbers() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.write("numbers.txt", "# for the release\ntheme: 1.0.0\n\nmy-org.ui/button:2.0.0\n");
    assert_eq!(tag(&workspace, ["--versions-file", "numbers.txt"]), ["theme@1.0.0", "button@2.0.0"]);
    workspace.write("numbers.txt", "card 1.0.0\n");
    refused(
        &workspace,
        ["--versions-file", "numbers.txt"],
        "line 1 of the versions file can't be read: \"card 1.0.0\"",
    );
    workspace.write("numbers.txt", "card: one\n");
    refused(&workspace, ["--versions-file", "numbers.txt"], "not a valid semantic version");
    workspace.write("numbers.txt", "cart: 1.0.0\n");
    refused(&workspace, ["--versions-file", "numbers.txt"], "did you mean \"card\"?");
    refused(&workspace, ["--versions-file", "none.txt"], "none.txt");
}

#[test]
fn numbers_that_are_none_are_refused() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("icon/index.js", "// more\n");
    assert_snapshot!(workspace.bit(["tag", "--ver", "1.0"]), @r#"
    --- stderr
    error: version 1.0 is not a valid semantic version. learn more: https://semver.org
    hint: did you mean "1.0.0"?
    --- exit 1
    "#);
    refused(
        &workspace,
        ["--ver", "one"],
        "error: version one is not a valid semantic version. learn more: https://semver.org",
    );
    for bad in ["v1.0.0", "1.0.0+build", "1.0.0-RC", "01.0.0", "latest", "", "1.0.0-.."] {
        refused(&workspace, ["--ver", bad], "");
    }
    refused(&workspace, ["--increment", "nope"], "invalid increment level \"nope\", unable to increment");
    refused(&workspace, ["--auto-tag-increment", "nope"], "invalid auto-tag-increment level \"nope\"");
    refused(
        &workspace,
        ["--auto-tag-increment", "minor", "--skip-auto-tag"],
        "you can use either --auto-tag-increment or --skip-auto-tag, but not both",
    );
    refused(&workspace, ["--minor", "--major"], "--major");
    refused(&workspace, ["--ver", "1.0.0", "--major"], "--major");
    for bad in ["0", "18446744073709551615", "-1"] {
        refused(&workspace, ["--minor", &format!("--increment-by={bad}")], "--increment-by");
    }
    refused(&workspace, ["--ver", "1.0.9007199254740992"], "larger than npm can take");
    assert_eq!(tag(&workspace, ["theme@1.0.9007199254740991", "--skip-auto-tag"]), ["theme@1.0.9007199254740991"]);
    refused(&workspace, ["--unmodified", "theme"], "larger than npm can take");
    refused(&workspace, ["--increment-by", "x"], "--increment-by");
    assert_eq!(tag(&workspace, ["icon"]), ["icon@0.0.2"]);
}

#[test]
fn a_number_that_is_taken_is_refused_for_all() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("icon/index.js", "// more\n").append("card/index.js", "// more\n");
    refused(&workspace, ["--ver", "0.0.1"], "version 0.0.1 already exists for my-org.ui/");
    refused(&workspace, ["icon@0.0.1", "card"], "version 0.0.1 already exists for my-org.ui/icon");
    // Also one that only the scope's catalog knows.
    let listed = workspace.listed("my-org.ui/icon", &["0.0.2", "0.0.1"]);
    workspace.saw_catalog("my-org.ui", &[listed]);
    refused(&workspace, ["icon"], "version 0.0.2 already exists for my-org.ui/icon");
    assert_eq!(tag(&workspace, ["icon", "--minor"]), ["icon@0.1.0"]);
}

#[test]
fn a_number_below_the_last_one_is_warned_about() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_eq!(tag(&workspace, ["icon", "--ver", "2.0.0"]), ["icon@2.0.0"]);
    workspace.append("icon/index.js", "// more\n");
    let run = workspace.bit(["tag", "icon", "-m", "x", "--ver", "1.0.0"]);
    run.success().complains("my-org.ui/icon has the greater version 2.0.0 already").says("my-org.ui/icon@1.0.0");
    // The workspace stays where it is put.
    assert!(workspace.read(".bitmap").contains("\"1.0.0\""));
    assert_eq!(workspace.scope_git(["log", "--format=%h", "my-org.ui/icon@1.0.0"]).success().stdout.lines().count(), 2);
}

// Which components.

#[test]
fn nothing_to_tag_is_no_failure() {
    let env = TestEnvironment::new();
    let empty = env.workspace_at("empty", "my-org.ui");
    assert_snapshot!(empty.bit(["tag", "-m", "x"]), @"nothing to tag");
    let workspace = tagged_row(&env);
    let (refs, bitmap) = (workspace.refs(), workspace.read(".bitmap"));
    for arguments in [&["tag"][..], &["tag", "--all"], &["tag", "-a", "-m", "x"], &["tag", "icon"], &["t", "*"]] {
        workspace.bit(arguments).success().says("nothing to tag");
    }
    assert_eq!(workspace.bit(["tag", "--json"]).success().json()["tagged"], json!([]));
    assert_eq!((workspace.refs(), workspace.read(".bitmap")), (refs, bitmap));
}

#[test]
fn ids_and_patterns_choose() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for (folder, name) in [("a", "ui/a"), ("b", "ui/forms/b"), ("c", "base/c"), ("d", "d"), ("e", "e")] {
        workspace.write(&format!("{folder}/index.js"), "");
        workspace.bit(["add", folder, "--id", name]).success();
    }
    let sorted = |mut ids: Vec<String>| {
        ids.sort();
        ids
    };
    assert_eq!(sorted(tag(&workspace, ["ui/*"])), ["ui/a@0.0.1", "ui/forms/b@0.0.1"], "a star crosses slashes");
    assert_eq!(tag(&workspace, ["my-org.ui/base/*"]), ["base/c@0.0.1"], "scope and name");
    assert_eq!(
        sorted(tag(&workspace, ["--unmodified", "*,!ui/forms/*,!e"])),
        ["base/c@0.0.2", "d@0.0.1", "ui/a@0.0.2"]
    );
    assert_eq!(sorted(tag(&workspace, ["--unmodified", "d,e"])), ["d@0.0.2", "e@0.0.1"]);
    assert_eq!(tag(&workspace, ["--unmodified", "my-org.ui/ui/a"]), ["ui/a@0.0.3"]);
    assert_eq!(tag(&workspace, ["--unmodified", "ui/a", "ui/a", "ui/a"]), ["ui/a@0.0.4"], "each once");
    refused(&workspace, ["none/*"], "unable to find any component matching the \"none/*\" pattern");
    refused(&workspace, ["d", "none/*"], "unable to find any component matching");
    assert_snapshot!(workspace.bit(["tag", "ui/forms/bb"]), @r#"
    --- stderr
    error: unable to find any component matching "ui/forms/bb" in this workspace
    hint: did you mean "ui/forms/b"? "bit list" and "bit status" show what there is
    --- exit 1
    "#);
}

#[test]
fn a_name_that_several_have_needs_its_scope() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("button", &[("index.js", "")]);
    for (folder, id) in [("base", "my-org.base/button"), ("one", "bar/foo"), ("other", "bar.x/foo")] {
        workspace.write(&format!("{folder}/index.js"), "");
        workspace.bit(["add", folder, "--id", id]).success();
    }
    workspace.write("third/index.js", "");
    workspace.bit(["add", "third", "--id", "foo", "--scope", "bar"]).success();
    refused(&workspace, ["button"], "\"button\" may mean my-org.base/button or my-org.ui/button");
    assert_eq!(tag(&workspace, ["my-org.base/button"]), ["my-org.base/button@0.0.1"]);
    assert_eq!(tag(&workspace, ["my-org.ui/button"]), ["button@0.0.1"]);
    // A name of the workspace comes before a scope and a name.
    assert_eq!(tag(&workspace, ["bar/foo"]), ["bar/foo@0.0.1"]);
    assert_eq!(
        workspace.versions().iter().filter(|id| id.ends_with("foo@0.0.1")).collect::<Vec<_>>(),
        ["my-org.ui/bar/foo@0.0.1"]
    );
    assert_eq!(tag(&workspace, ["my-org.ui/bar/foo@2.0.0", "bar.x/foo"]).len(), 2);
}

#[test]
fn unmodified_components_are_tagged_when_asked_for() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    assert_eq!(
        tag(&workspace, ["--unmodified", "--ver", "1.0.0", "*,!icon"]),
        ["theme@1.0.0", "button@1.0.0", "card@1.0.0"]
    );
    assert_eq!(tag(&workspace, ["--unmodified"]).len(), 4);
    pins_are_true(&workspace);
}

#[test]
fn only_what_changed_since_the_export_is_tagged() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.exported("my-org.ui");
    workspace.append("icon/index.js", "// more\n");
    assert_eq!(tag(&workspace, []), ["icon@0.0.2"]);
}

#[test]
fn a_new_dependency_that_is_left_out_is_named() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_snapshot!(workspace.bit(["tag", "card", "-m", "x"]), @r#"
    --- stderr
    error: this dependency was not included in the tag command, and has no version yet:
      my-org.ui/card needs my-org.ui/button
    hint: name it too, or tag all that is new: bit tag
    --- exit 1
    "#);
    refused(&workspace, ["button", "card"], "my-org.ui/button needs my-org.ui/theme");
    assert_eq!(tag(&workspace, ["theme", "button"]), ["theme@0.0.1", "button@0.0.1"]);
    assert_eq!(tag(&workspace, ["card"]), ["card@0.0.1"]);
    pins_are_true(&workspace);
}

#[test]
fn a_dependency_that_is_not_here_is_named() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    let bitmap = workspace.read(".bitmap");
    let entry = bitmap.find("\"theme\": {").unwrap();
    workspace.write(".bitmap", format!("{}{}", &bitmap[..entry], bitmap[entry..].replacen("0.0.1", "0.0.9", 1)));
    workspace.append("button/index.js", "// more\n");
    refused(&workspace, ["button"], "my-org.ui/theme@0.0.9 is not in the local scope");
    refused(&workspace, ["theme"], "theme is not in the local scope");
    workspace.append("icon/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["icon"]), ["icon@0.0.2"]);
}

// Dependents.

#[test]
fn dependents_are_tagged_along_each_once_and_in_order() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    // A diamond: `a` is needed by `b` and `c`, both by `d`, and `d` by `e`; `a` and `e` meet directly too.
    let needs =
        |names: &[&str]| names.iter().map(|name| format!("require('@my-org/ui.{name}');\n")).collect::<String>();
    for (name, needed) in
        [("e", &["d", "a"][..]), ("d", &["b", "c"]), ("c", &["a"]), ("b", &["a"]), ("a", &[]), ("z", &[])]
    {
        workspace.write(&format!("{name}/index.js"), needs(needed));
        workspace.bit(["add", name]).success();
    }
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("a/index.js", "// more\n");
    assert_snapshot!(workspace.bit(["tag", "-m", "two"]), @r#"
    changed components
      > my-org.ui/a@0.0.2 (from 0.0.1)

    auto-tagged dependents
      > my-org.ui/b@0.0.2 (from 0.0.1)
      > my-org.ui/c@0.0.2 (from 0.0.1)
      > my-org.ui/d@0.0.2 (from 0.0.1)
      > my-org.ui/e@0.0.2 (from 0.0.1)

    5 component(s) tagged
    "bit export" publishes 11 versions
    "#);
    pins_are_true(&workspace);
    workspace.bit(["tag"]).success().says("nothing to tag");
    // One that changed itself is tagged by its own right, and takes the number that was asked for.
    workspace.append("a/index.js", "// more\n").append("d/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["--minor"]), ["a@0.1.0", "b@0.0.3", "c@0.0.3", "d@0.1.0", "e@0.0.3"]);
    pins_are_true(&workspace);
    workspace.append("c/index.js", "// more\n");
    assert_eq!(
        tag(&workspace, ["c", "--ver", "3.0.0", "--auto-tag-increment", "major"]),
        ["c@3.0.0", "d@1.0.0", "e@1.0.0"]
    );
    pins_are_true(&workspace);
    workspace.fsck();
}

#[test]
fn a_dependent_that_has_no_version_is_left_alone() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    assert_eq!(tag(&workspace, ["theme"]), ["theme@0.0.1"]);
    workspace.append("theme/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["theme"]), ["theme@0.0.2"]);
    assert_eq!(tag(&workspace, ["button", "card"]), ["button@0.0.1", "card@0.0.1"]);
    // Between two that have versions a new one breaks the chain.
    workspace.component("panel", &[("index.js", "require('@my-org/ui.card');\n")]);
    workspace.append("theme/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["theme"]), ["theme@0.0.3", "button@0.0.2", "card@0.0.2"]);
}

#[test]
fn dependents_can_be_left_alone() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("theme/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["--skip-auto-tag"]), ["theme@0.0.2"]);
    assert_eq!(manifest(&workspace, "button@0.0.1")["dependencies"][0]["id"], "my-org.ui/theme@0.0.1");
    // They are behind now, which is a change that a later tag picks up.
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!(["my-org.ui/button"]));
    assert_eq!(tag(&workspace, []), ["button@0.0.2", "card@0.0.2"]);
    pins_are_true(&workspace);
}

// Issues.

#[test]
fn components_that_need_each_other_carry_no_commit_of_each_other() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[
        ("base", &[("index.js", "")]),
        ("hen", &[("index.js", "require('@my-org/ui.egg');\nrequire('@my-org/ui.base');\n")]),
        ("egg", &[("index.js", "require('@my-org/ui.hen');\n")]),
        ("farm", &[("index.js", "require('@my-org/ui.hen');\n")]),
    ]);
    refused(&workspace, [], "circular dependencies: ");
    assert_snapshot!(workspace.bit(["tag", "-m", "x"]), @r#"
    --- stderr
    error: issues found with 2 component(s), nothing was tagged:
      my-org.ui/egg: egg/index.js:1: circular dependencies: my-org.ui/egg, my-org.ui/hen [CircularDependency]
        → move what they share into a component of its own, or tag with --ignore-issues CircularDependency
      my-org.ui/hen: hen/index.js:1: circular dependencies: my-org.ui/egg, my-org.ui/hen [CircularDependency]
        → move what they share into a component of its own, or tag with --ignore-issues CircularDependency
    hint: mend them, or tag in spite of them: --ignore-issues CircularDependency
    --- exit 1
    "#);
    let tagged = tag(&workspace, ["--ignore-issues", "CircularDependency"]);
    assert_eq!((tagged[0].as_str(), tagged[3].as_str()), ("base@0.0.1", "farm@0.0.1"));
    assert_eq!(
        manifest(&workspace, "hen@0.0.1")["dependencies"],
        json!([
            {"id": "my-org.ui/base@0.0.1", "commit": commit(&workspace, "base@0.0.1"), "kind": "runtime"},
            {"id": "my-org.ui/egg@0.0.1", "kind": "runtime"},
        ])
    );
    assert_eq!(
        manifest(&workspace, "egg@0.0.1")["dependencies"],
        json!([{"id": "my-org.ui/hen@0.0.1", "kind": "runtime"}])
    );
    assert_eq!(manifest(&workspace, "farm@0.0.1")["dependencies"][0]["commit"], commit(&workspace, "hen@0.0.1"));
    workspace.fsck();
    // All of the cycle goes on together, so that none needs what it did not see.
    workspace.append("egg/index.js", "// more\n");
    let mut tagged = tag(&workspace, ["--ignore-issues", "circulardependency"]);
    tagged.sort();
    assert_eq!(tagged, ["egg@0.0.2", "farm@0.0.2", "hen@0.0.2"]);
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn one_component_with_an_issue_and_none_is_tagged() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("theme/index.js", "// more\n").append("card/index.js", "require('./nowhere');\n");
    refused(&workspace, [], "card/index.js:2: ");
    refused(&workspace, ["theme"], "card/index.js:2: ");
    assert_eq!(tag(&workspace, ["theme", "--skip-auto-tag"]), ["theme@0.0.2"], "issues of others are no matter");
    refused(&workspace, ["--ignore-issues", "MissingPackage"], "[MissingFile]");
    refused(&workspace, [], "--ignore-issues MissingFile\n");
    assert_eq!(tag(&workspace, ["--ignore-issues", "MissingPackage, missingfile"]), ["button@0.0.2", "card@0.0.2"]);
    workspace.append("card/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["--ignore-issues", "*"]), ["card@0.0.3"]);
    refused(&workspace, ["--ignore-issues", "MissingFiel"], "did you mean MissingFile?");
}

#[test]
fn a_file_that_is_gone_is_no_obstacle_but_the_main_file_is() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace.write("icon/lib/x.js", "").write("icon/y.js", "");
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.remove("icon/lib");
    assert_eq!(tag(&workspace, []), ["icon@0.0.2"]);
    let names = workspace.scope_git(["ls-tree", "-r", "--name-only", "my-org.ui/icon@0.0.2"]);
    assert_eq!(names.line(), "component.json\nindex.js\npackage.json\ny.js");
    workspace.remove("icon/index.js");
    refused(&workspace, [], "main-file was removed");
    workspace.remove("icon");
    refused(&workspace, [], "component files were deleted");
}

// Older versions.

/// `icon` has 0.0.1 and 0.0.2, and the folder is at 0.0.1 again.
fn at_an_older_version(env: &TestEnvironment) -> Folder<'_> {
    let workspace = tagged_row(env);
    let bitmap = workspace.read(".bitmap");
    workspace.append("icon/index.js", "// two\n");
    assert_eq!(tag(&workspace, []), ["icon@0.0.2"]);
    workspace.write(".bitmap", bitmap).write("icon/index.js", "module.exports = 'fixed';\n");
    workspace
}

#[test]
fn an_older_version_that_was_changed_is_refused() {
    let env = TestEnvironment::new();
    let workspace = at_an_older_version(&env);
    assert_snapshot!(workspace.bit(["tag", "-m", "x"]), @r#"
    --- stderr
    error: a newer version exists: my-org.ui/icon@0.0.1 was changed, but the newest one is 0.0.2
    hint: bring the change to the newest (bit checkout head icon), or make a maintenance version of the old one: bit tag icon --ignore-newest-version
    --- exit 1
    "#);
    refused(&workspace, ["icon"], "a newer version exists");
}

#[test]
fn a_newer_version_in_the_catalog_counts_too() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    let listed = workspace.listed("my-org.ui/icon", &["0.0.1", "0.3.0"]);
    assert_eq!(listed["versions"][1]["commit"], FOREIGN);
    workspace.saw_catalog("my-org.ui", &[listed]);
    workspace.append("icon/index.js", "// more\n");
    refused(&workspace, ["icon"], "the newest one is 0.3.0");
    assert_eq!(tag(&workspace, ["icon", "--ignore-newest-version"]), ["icon@0.0.2"]);
}

#[test]
fn a_maintenance_version_says_that_it_is_one() {
    let env = TestEnvironment::new();
    let workspace = at_an_older_version(&env);
    refused(&workspace, ["--ignore-newest-version"], "version 0.0.2 already exists for my-org.ui/icon");
    refused(&workspace, ["--ignore-newest-version"], "bit tag icon@0.0.2-backport.0 --ignore-newest-version");
    assert_eq!(tag(&workspace, ["--ignore-newest-version", "--ver", "0.0.1-hotfix.1"]), ["icon@0.0.1-hotfix.1"]);
    assert_snapshot!(workspace.scope_git(["log", "-1", "--format=%B", "my-org.ui/icon@0.0.1-hotfix.1"]), @r#"
    x

    Bit-Id: my-org.ui/icon@0.0.1-hotfix.1
    Bit-Line: maintenance
    "#);
    assert_eq!(
        workspace.scope_git(["rev-parse", "my-org.ui/icon@0.0.1-hotfix.1^"]).line(),
        commit(&workspace, "icon@0.0.1"),
        "made from the older one"
    );
    // What follows it is one too, without being asked again.
    workspace.append("icon/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["--ver", "0.0.1-hotfix.2"]), ["icon@0.0.1-hotfix.2"]);
    let body = workspace.scope_git(["log", "-1", "--format=%(trailers:key=Bit-Line)", "my-org.ui/icon@0.0.1-hotfix.2"]);
    assert_eq!(body.line(), "Bit-Line: maintenance");
    // A version of the main line doesn't say so.
    let body = workspace.scope_git(["log", "-1", "--format=%(trailers:key=Bit-Line)", "my-org.ui/icon@0.0.2"]);
    assert_eq!(body.line(), "");
    workspace.fsck();
}

/// Whoever asks for the latest would get it.
#[test]
fn a_maintenance_version_stays_below_the_main_line() {
    let env = TestEnvironment::new();
    let workspace = at_an_older_version(&env);
    assert_snapshot!(workspace.bit(["tag", "--ignore-newest-version", "--minor", "-m", "x"]), @r"
    --- stderr
    error: my-org.ui/icon@0.1.0 would be a maintenance version with a higher number than the newest of the main line, 0.0.2, and so become the latest
    hint: name a number: bit tag icon@0.0.2-backport.0 --ignore-newest-version
    --- exit 1
    ");
    refused(&workspace, ["icon@0.0.3", "--ignore-newest-version"], "would be a maintenance version");
    // As it is written.
    assert_eq!(tag(&workspace, ["icon@0.0.2-backport.0", "--ignore-newest-version"]), ["icon@0.0.2-backport.0"]);
    // And what follows it, which needs no flag.
    workspace.append("icon/index.js", "// more\n");
    refused(&workspace, ["--minor"], "bit tag icon@0.0.2-backport.1");
    assert_eq!(tag(&workspace, ["--prerelease"]), ["icon@0.0.2-backport.1"]);
    assert_eq!(workspace.bit(["cat", "icon@latest"]).json()["version"], "0.0.2");
    // A catalog's newest counts where its version is not here.
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.saw_catalog("my-org.ui", &[workspace.listed("my-org.ui/icon", &["0.0.1", "0.3.0"])]);
    workspace.append("icon/index.js", "// more\n");
    refused(&workspace, ["icon", "--major", "--ignore-newest-version"], "bit tag icon@0.0.2 --ignore-newest-version");
    assert_eq!(tag(&workspace, ["icon", "--minor", "--ignore-newest-version"]), ["icon@0.1.0"]);
}

// All or nothing.

#[test]
fn a_dry_run_writes_nothing() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["status"]).success();
    let (refs, bitmap, files) = (workspace.refs(), workspace.read(".bitmap"), workspace.listing(&[]));
    assert_snapshot!(workspace.bit(["tag", "--dry-run", "--minor"]), @r#"
    changed components
      > my-org.ui/theme@0.1.0 (from 0.0.1)

    auto-tagged dependents
      > my-org.ui/button@0.0.2 (from 0.0.1)
      > my-org.ui/card@0.0.2 (from 0.0.1)

    3 component(s) would be tagged; nothing was written
    "#);
    let told = workspace.bit(["tag", "--dry-run", "--minor", "--json"]).success().json();
    assert_eq!((&told["dryRun"], &told["tagged"][0]["hash"]), (&json!(true), &Value::Null));
    assert_eq!((workspace.refs(), workspace.read(".bitmap"), workspace.listing(&[])), (refs, bitmap, files));
    let would: Vec<_> = told["tagged"].as_array().unwrap().iter().map(|tagged| tagged["version"].clone()).collect();
    let does = workspace.bit(["tag", "--minor", "--json"]).success().json();
    let does: Vec<_> = does["tagged"].as_array().unwrap().iter().map(|tagged| tagged["version"].clone()).collect();
    assert_eq!(would, does);
}

#[test]
fn the_flags_of_existing_scripts_are_taken() {
    let env = TestEnvironment::new();
    let workspace = row(&env);
    workspace
        .bit(["tag", "-a", "-m", "x", "--skip-tests", "--ignore-build-errors"])
        .success()
        .says("4 component(s) tagged");
    workspace.append("icon/index.js", "// more\n");
    workspace.bit(["tag", "--all", "--message", "x"]).success().says("1 component(s) tagged");
    refused(&workspace, ["--no-such-flag"], "--no-such-flag");
    env.folder("outside").bit(["tag"]).fails(1).complains("no workspace here");
}

#[test]
fn a_tag_moves_nothing_that_was_there() {
    let env = TestEnvironment::new();
    let workspace = row_of(env.git_workspace());
    workspace.write(".gitignore", "node_modules\n");
    workspace.git(["add", "."]).success();
    workspace.git(["commit", "--quiet", "-m", "x"]).success();
    workspace.bit(["tag", "-m", "one"]).success();
    // The team's repository sees .bitmap and nothing else: no tags, no branches, no objects.
    assert_eq!(workspace.git(["status", "--porcelain"]).line(), " M .bitmap".trim_end());
    assert_eq!(workspace.git(["tag", "-l"]).line(), "");
    assert_eq!(
        workspace.git(["count-objects", "-v"]).success().stdout.lines().find(|line| line.starts_with("packs")),
        Some("packs: 0")
    );
    let first = workspace.refs();
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "two"]).success();
    let second = workspace.refs();
    assert!(first.iter().all(|(name, commit)| second.get(name) == Some(commit)), "a version never moves");
}

#[test]
fn an_id_named_with_a_number_is_tagged_unchanged_too() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    assert_eq!(tag(&workspace, ["card", "--ver", "9.0.0"]), ["card@9.0.0"]);
    assert_eq!(tag(&workspace, ["c*", "--ver", "10.0.0"]), [""; 0], "a pattern names what changed");
    refused(&workspace, ["theme@7.0.0", "--ver", "8.0.0"], "my-org.ui/theme can't be both 7.0.0 and 8.0.0");
    assert_eq!(workspace.bit(["tag", "theme@7.0.0", "--ver", "8.0.0"]).code, Some(2));
    assert_eq!(tag(&workspace, ["icon@7.0.0", "--ver", "7.0.0"]), ["icon@7.0.0"]);
}

#[test]
fn a_component_is_no_word_of_a_prerelease() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    workspace.append("theme/index.js", "// more\n").append("icon/index.js", "// more\n");
    assert_snapshot!(workspace.bit(["tag", "--prerelease", "icon"]), @r#"
    --- stderr
    error: "icon" is a component: --prerelease would take it for the word in the number, and tag all
    hint: put ids first: bit tag icon --prerelease; if it is the word: --prerelease --prerelease-id icon
    --- exit 2
    "#);
    refused(&workspace, ["card", "--prerelease", "my-org.ui/icon"], "is a component");
    assert_eq!(tag(&workspace, ["icon", "--prerelease"]), ["icon@0.0.2-0"]);
    workspace.append("icon/index.js", "// more\n");
    assert_eq!(tag(&workspace, ["icon", "--prerelease", "--prerelease-id", "icon"]), ["icon@0.0.2-icon.0"]);
}

#[test]
fn a_dependent_whose_next_number_is_taken_has_ways_out() {
    let env = TestEnvironment::new();
    let workspace = tagged_row(&env);
    let bitmap = workspace.read(".bitmap");
    workspace.append("theme/index.js", "// more\n");
    tag(&workspace, []);
    workspace.write(".bitmap", bitmap).append("theme/index.js", "// a fix\n");
    refused(&workspace, ["theme"], "a newer version exists: my-org.ui/theme@0.0.1");
    let run = workspace.bit(["tag", "theme@0.0.2-fix.0", "--ignore-newest-version"]);
    assert_snapshot!(run, @r"
    --- stderr
    error: version 0.0.2 already exists for my-org.ui/button, a dependent that would be tagged along
    version 0.0.2 already exists for my-org.ui/card, a dependent that would be tagged along
    hint: leave dependents alone (--skip-auto-tag), or name them with numbers of their own: button@0.0.2-backport.0 card@0.0.2-backport.0
    --- exit 1
    ");
    let own = ["theme@0.0.2-fix.0", "button@0.0.2-backport.0", "card@0.0.2-backport.0"];
    assert_eq!(tag(&workspace, [own[0], own[1], own[2], "--ignore-newest-version"]), own);
}
