//! Dependencies are found, not declared; what can't be is an issue with its file, its line and a way out.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Folder, TestEnvironment};

/// What `user` needs, by its manifest: components as `name kind`, and packages.
#[track_caller]
fn needs(workspace: &Folder<'_>) -> (Vec<String>, Value) {
    workspace.bit(["tag", "-m", "x", "--unmodified"]).success();
    let manifest: Value = serde_json::from_str(&workspace.bit(["cat", "user"]).success().stdout).unwrap();
    let need = |found: &Value| {
        let id = found["id"].as_str().unwrap();
        let name = id.split('@').next().unwrap().trim_start_matches("my-org.ui/");
        format!("{name} {}", found["kind"].as_str().unwrap())
    };
    (manifest["dependencies"].as_array().unwrap().iter().map(need).collect(), manifest["packages"].clone())
}

fn issues_of(workspace: &Folder<'_>, id: &str) -> Vec<Value> {
    let status = workspace.bit(["status", "--json"]).success().json();
    let all = status["componentsWithIssues"].as_array().unwrap();
    let found = all.iter().find(|component| component["id"] == format!("my-org.ui/{id}"));
    found.map_or_else(Vec::new, |found| found["issues"].as_array().unwrap().clone())
}

#[test]
fn every_form_of_import_is_found() {
    for (file, form) in [
        ("index.js", "import x from 'PACKAGE';"),
        ("index.js", "import 'PACKAGE';"),
        ("index.js", "import * as x from \"PACKAGE\";"),
        ("index.js", "export { x } from 'PACKAGE';"),
        ("index.js", "export * from 'PACKAGE';"),
        ("index.js", "const x = await import('PACKAGE');"),
        ("index.js", "import(`PACKAGE`);"),
        ("index.cjs", "const { x } = require('PACKAGE');"),
        ("index.cjs", "function later() { if (a) { return require('PACKAGE'); } }"),
        ("index.cjs", "require.resolve('PACKAGE');"),
        ("index.mjs", "import x, { y } from 'PACKAGE/lib/y.js';"),
        ("index.jsx", "import X from 'PACKAGE'; export default () => <X a={1} />;"),
        ("index.ts", "import x = require('PACKAGE');"),
        ("index.ts", "import type { X } from 'PACKAGE';"),
        ("index.ts", "export type { X } from 'PACKAGE';"),
        ("index.ts", "import { type X } from 'PACKAGE';"),
        ("index.ts", "let x: import('PACKAGE').X;"),
        ("index.tsx", "import X from 'PACKAGE'; export default <T,>(a: T) => <X a={a} />;"),
        ("index.mts", "import x from 'PACKAGE';"),
        ("index.cts", "import x = require('PACKAGE');"),
        ("index.d.ts", "export * from 'PACKAGE';"),
        ("index.css", "@import 'PACKAGE/x.css';"),
        ("index.css", "@import url(\"~PACKAGE/x.css\");"),
        ("index.scss", "@use '~PACKAGE/x';"),
        ("index.scss", "@use \"PACKAGE\" as *;"),
        ("index.scss", "@import 'PACKAGE/x', \"PACKAGE/y\";"),
        ("index.less", "@import (reference) '~PACKAGE/x.less';"),
    ] {
        let env = TestEnvironment::new();
        let workspace = env.workspace();
        let text = format!("{}\n", form.replace("PACKAGE", "@my-org/ui.lib"));
        workspace.write("node_modules/react/package.json", r#"{"name": "react", "version": "18.0.0"}"#);
        workspace.components(&[("lib", &[("index.js", ""), ("lib/y.js", "")]), ("user", &[(file, &text)])]);
        workspace.bit(["add", "user", "--main", file]).success();
        assert_eq!(needs(&workspace).0, ["lib runtime"], "{file}: {form}");
    }
}

#[test]
fn what_only_looks_like_an_import_is_none() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[
        ("lib", &[("index.js", "")]),
        (
            "user",
            &[
                ("index.js", "// import '@my-org/ui.lib'\n/* require('@my-org/ui.lib') */\nconst a = \"require('@my-org/ui.lib')\";\nconst name = '@my-org/ui.lib';\nmy.require('@my-org/ui.lib');\nrequire(name);\nimport(name);\n"),
                ("style.scss", "// @use '@my-org/ui.lib';\n/* @import '@my-org/ui.lib'; */\na { content: \"@import '@my-org/ui.lib'\"; }\n"),
                ("README.md", "import '@my-org/ui.lib'\n"),
                ("data.json", "{\"import\": \"@my-org/ui.lib\"}\n"),
            ],
        ),
    ]);
    assert_eq!(needs(&workspace), (vec![], json!({"dependencies": {}, "devDependencies": {}, "peerDependencies": {}})));
}

#[test]
fn what_only_tests_import_is_for_development() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace.read("workspace.jsonc").replace(
        "\"dependencies\": {}",
        "\"dependencies\": {\"vitest\": \"^3.0.0\", \"both\": \"1\", \"chai\": \"2\"}",
    );
    workspace.write("workspace.jsonc", config);
    workspace.components(&[
        ("a", &[("index.js", "")]),
        ("b", &[("index.js", "")]),
        ("c", &[("index.js", "")]),
        ("d", &[("index.js", "")]),
        (
            "user",
            &[
                ("index.js", "import '@my-org/ui.d';\nimport 'both';\n"),
                ("user.spec.js", "import '@my-org/ui.a';\nimport '@my-org/ui.d';\nimport 'both';\nimport 'vitest';\n"),
                ("user.test.tsx", "import '@my-org/ui.b';\n"),
                ("lib/__tests__/deep/x.js", "import '@my-org/ui.c';\nimport 'chai';\n"),
            ],
        ),
    ]);
    let (components, packages) = needs(&workspace);
    assert_eq!(components, ["a dev", "b dev", "c dev", "d runtime"]);
    assert_eq!(
        packages,
        json!({"dependencies": {"both": "1"}, "devDependencies": {"chai": "2", "vitest": "^3.0.0"}, "peerDependencies": {}})
    );
}

#[test]
fn ranges_come_from_the_nearest_place_that_names_one() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace
        .read("workspace.jsonc")
        .replace("\"dependencies\": {}", "\"dependencies\": {\"in-policy\": \"^1.0.0\", \"in-variant\": \"^1.0.0\"}")
        .replace("\"devDependencies\": {}", "\"devDependencies\": {\"dev-policy\": {\"version\": \"~5.0.0\"}}")
        .replace("\"peerDependencies\": {}", "\"peerDependencies\": {\"react\": \">=17\"}")
        .replace(
            "\"teambit.workspace/variants\": {}",
            r#""teambit.workspace/variants": {"user": {"teambit.dependencies/dependency-resolver": {"policy": {
                "dependencies": {"in-variant": "^9.0.0"}, "peerDependencies": {"vue": "3"}}}}}"#,
        );
    workspace.write("workspace.jsonc", config);
    workspace.write(
        "package.json",
        r#"{"dependencies": {"in-policy": "0.0.1", "declared": "^2.0.0", "@scope/declared": "3.x"}, "devDependencies": {"dev-declared": "4"}}"#,
    );
    for (package, version) in [("declared", "2.9.9"), ("installed", "7.1.2"), ("@scope/installed", "1.2.3-rc.1")] {
        workspace.write(&format!("node_modules/{package}/package.json"), format!("{{\"version\": \"{version}\"}}"));
    }
    workspace.component(
        "user",
        &[(
            "index.js",
            "import 'in-policy';\nimport 'in-variant/deep/x.js';\nimport 'dev-policy';\nimport 'react/jsx-runtime';\nimport 'vue';\nimport 'declared';\nimport '@scope/declared/x';\nimport 'dev-declared';\nimport 'installed';\nimport '@scope/installed';\n",
        )],
    );
    assert_eq!(
        needs(&workspace).1,
        json!({
            "dependencies": {
                "@scope/declared": "3.x", "@scope/installed": "^1.2.3-rc.1", "declared": "^2.0.0", "dev-declared": "4",
                "dev-policy": "~5.0.0", "in-policy": "^1.0.0", "in-variant": "^9.0.0", "installed": "^7.1.2",
            },
            "devDependencies": {},
            "peerDependencies": {"react": ">=17", "vue": "3"},
        })
    );
}

#[test]
fn where_a_policy_has_two_ranges_the_one_of_the_kind_counts() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace
        .read("workspace.jsonc")
        .replace("\"dependencies\": {}", r#""dependencies": {"react": "^19.0.0", "x": "^1.0.0", "y": "^3.0.0"}"#)
        .replace("\"devDependencies\": {}", r#""devDependencies": {"x": "^2.0.0", "y": "^4.0.0"}"#)
        .replace("\"peerDependencies\": {}", r#""peerDependencies": {"react": ">=17"}"#);
    workspace.write("workspace.jsonc", config);
    let files = [("a.test.js", "import 'x';\nimport 'y';\n"), ("index.js", "import 'react';\nimport 'y';\n")];
    workspace.component("user", &files);
    let expected = json!({"dependencies": {"y": "^3.0.0"}, "devDependencies": {"x": "^2.0.0"}, "peerDependencies": {"react": ">=17"}});
    assert_eq!(needs(&workspace).1, expected);
}

#[test]
fn what_comes_with_node_or_is_no_package_is_no_dependency() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component(
        "user",
        &[
            ("index.js", "import fs from 'fs';\nimport 'node:test';\nimport 'fs/promises';\nimport 'path/posix';\nimport '#internal';\nimport 'https://example.com/x.js';\nimport 'data:text/javascript,1';\nimport './own.js';\nimport './lib';\nimport '.';\n"),
            ("own.js", "import '@my-org/ui.user/lib/index.js';\n"),
            ("lib/index.js", "import '..';\nimport '../own';\n"),
            ("style.css", "@import 'own.css';\n@import url(https://example.com/x.css);\n"),
            ("own.css", ""),
        ],
    );
    assert_eq!(needs(&workspace), (vec![], json!({"dependencies": {}, "devDependencies": {}, "peerDependencies": {}})));
}

#[test]
fn a_component_that_only_the_local_scope_has_is_a_dependency_too() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[("lib", &[("index.js", "")]), ("user", &[("index.js", "import '@my-org/ui.lib';\n")])]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["remove", "lib", "--force"]).success();
    workspace.append("user/index.js", "// more\n");
    workspace.bit(["tag", "-m", "two"]).success().says("1 component(s) tagged");
    let manifest: Value = serde_json::from_str(&workspace.bit(["cat", "user"]).stdout).unwrap();
    let commit = &workspace.refs()["refs/tags/my-org.ui/lib@0.0.1"];
    assert_eq!(manifest["dependencies"], json!([{"id": "my-org.ui/lib@0.0.1", "commit": commit, "kind": "runtime"}]),);
}

/// A component with every issue that a source can have.
fn with_every_issue(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.write("loose/file.js", "");
    workspace.components(&[
        ("other", &[("index.js", ""), ("lib/x.js", "")]),
        ("hen", &[("index.js", "import '@my-org/ui.egg';\n")]),
        ("egg", &[("index.js", "import '@my-org/ui.hen';\n")]),
        (
            "user",
            &[
                ("index.js", "import './gone';\n\nimport '../other/lib/x.js';\nimport '../loose/file.js';\nimport 'never-heard-of';\n"),
                ("broken.ts", "let a = 1;\nlet = ;\n"),
                ("merge.txt", "one\n<<<<<<< ours\ntwo\n=======\nthree\n>>>>>>> theirs\n"),
                ("style.scss", "a {}\n@use './gone';\n"),
            ],
        ),
    ]);
    workspace
}

#[test]
fn each_issue_says_where_it_is_and_the_way_out() {
    let env = TestEnvironment::new();
    let workspace = with_every_issue(&env);
    let issues = issues_of(&workspace, "user");
    assert_snapshot!(serde_json::to_string_pretty(&issues).unwrap(), @r#"
    [
      {
        "file": "user/broken.ts",
        "fix": "mend it, or list the file in .bitignore if it is no source",
        "line": 2,
        "message": "can't be parsed: Unexpected token (column 7)",
        "type": "ParseError"
      },
      {
        "file": "user/index.js",
        "fix": "put the file there, or mend the import",
        "line": 1,
        "message": "non-existing dependency files: './gone' (user/gone)",
        "type": "MissingFile"
      },
      {
        "file": "user/index.js",
        "fix": "import its package, \"@my-org/ui.other\"; \"bit link --rewire\" does it",
        "line": 3,
        "message": "'../other/lib/x.js' reaches into the component my-org.ui/other",
        "type": "RelativeComponent"
      },
      {
        "file": "user/index.js",
        "fix": "add its folder as a component, or move the file into this one",
        "line": 4,
        "message": "'../loose/file.js' is the file loose/file.js, which is part of no component",
        "type": "UntrackedFile"
      },
      {
        "file": "user/index.js",
        "fix": "install it (bit install never-heard-of), or declare it: \"never-heard-of\": \"<range>\" in the policy of workspace.jsonc",
        "line": 5,
        "message": "the package \"never-heard-of\" is neither in workspace.jsonc nor in package.json nor installed",
        "type": "MissingPackage"
      },
      {
        "file": "user/merge.txt",
        "fix": "decide what stays, and remove the markers",
        "line": 2,
        "message": "git's merge conflict markers are in this file",
        "type": "MergeConflictMarkers"
      },
      {
        "file": "user/style.scss",
        "fix": "put the file there, or mend the import",
        "line": 2,
        "message": "non-existing dependency files: './gone' (user/gone)",
        "type": "MissingFile"
      }
    ]
    "#);
    assert_snapshot!(serde_json::to_string_pretty(&issues_of(&workspace, "egg")).unwrap(), @r#"
    [
      {
        "file": "egg/index.js",
        "fix": "move what they share into a component of its own, or tag with --ignore-issues CircularDependency",
        "line": 1,
        "message": "circular dependencies: my-org.ui/egg, my-org.ui/hen",
        "type": "CircularDependency"
      }
    ]
    "#);
    assert!(issues.iter().all(|issue| !issue["fix"].as_str().unwrap().is_empty()));
}

/// Changes a workspace that has the sound component `user` so that it has one issue.
type Spoil = fn(&Folder<'_>);

const IGNORABLE: [(&str, Spoil); 7] = [
    ("MissingFile", |workspace| {
        workspace.append("user/index.js", "import './gone';\n");
    }),
    ("UntrackedFile", |workspace| {
        workspace.write("loose.js", "").append("user/index.js", "import '../loose.js';\n");
    }),
    ("RelativeComponent", |workspace| {
        workspace.append("user/index.js", "import '../other';\n");
    }),
    ("MissingPackage", |workspace| {
        workspace.append("user/index.js", "import 'never-heard-of';\n");
    }),
    ("CircularDependency", |workspace| {
        workspace.append("user/index.js", "import '@my-org/ui.other';\n");
        workspace.append("other/index.js", "import '@my-org/ui.user';\n");
    }),
    ("ParseError", |workspace| {
        workspace.append("user/index.js", "let = ;\n");
    }),
    ("MergeConflictMarkers", |workspace| {
        workspace.write("user/x.txt", "<<<<<<< ours\n=======\n>>>>>>> theirs\n");
    }),
];

const NEVER: [(&str, Spoil); 9] = [
    ("MissingMain", |workspace| {
        workspace.write("user/x.js", "").remove("user/index.js");
    }),
    ("MissingFiles", |workspace| {
        workspace.remove("user");
    }),
    ("ReservedFile", |workspace| {
        workspace.write("user/package.json", "{}");
    }),
    ("SymbolicLink", |workspace| {
        std::os::unix::fs::symlink("index.js", workspace.path().join("user/link.js")).unwrap();
    }),
    ("NestedRepository", |workspace| {
        workspace.write("user/vendor/.git/HEAD", "").write("user/vendor/x.js", "");
    }),
    ("BadFileName", |workspace| {
        workspace.write("user/a:b.js", "");
    }),
    ("NameCollision", |workspace| {
        workspace.write("user/x.js", "").write("user/X.js", "");
    }),
    ("TooLargeFile", |workspace| {
        let file = std::fs::File::create(workspace.path().join("user/huge.bin")).unwrap();
        file.set_len(100 * 1024 * 1024 + 1).unwrap();
    }),
    ("SpecialFile", |workspace| {
        workspace.program("mkfifo").arg("user/pipe").run().success();
    }),
];

fn sound(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[("other", &[("index.js", "")]), ("user", &[("index.js", "")])]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace
}

#[test]
fn each_issue_blocks_the_tag_and_most_can_be_ignored_by_name() {
    for (kind, spoil) in IGNORABLE {
        let env = TestEnvironment::new();
        let workspace = sound(&env);
        spoil(&workspace);
        let issues = issues_of(&workspace, "user");
        assert_eq!(issues.iter().map(|issue| &issue["type"]).collect::<Vec<_>>(), [kind]);
        let before = workspace.refs();
        workspace.bit(["tag", "-m", "x"]).fails(1).complains(&format!("[{kind}]")).complains("→ ");
        workspace.bit(["tag", "-m", "x", "--ignore-issues", "ReservedFile"]).fails(1).complains("can't be ignored");
        assert_eq!(workspace.refs(), before);
        workspace.bit(["tag", "-m", "x", "--ignore-issues", kind]).success();
        assert_ne!(workspace.refs(), before);
        workspace.fsck();
    }
}

#[test]
fn what_no_version_could_hold_cannot_be_ignored() {
    for (kind, spoil) in NEVER {
        let env = TestEnvironment::new();
        let workspace = sound(&env);
        spoil(&workspace);
        let issues = issues_of(&workspace, "user");
        assert_eq!(issues.iter().map(|issue| &issue["type"]).collect::<Vec<_>>(), [kind]);
        assert!(!issues[0]["fix"].as_str().unwrap().is_empty(), "{kind}");
        let before = workspace.refs();
        for ignored in [&[][..], &["--ignore-issues", "*"]] {
            let run = workspace.bit(["tag", "-m", "x"].iter().chain(ignored));
            run.fails(1).complains(&format!("[{kind}]")).silent_about("--ignore-issues");
        }
        let run = workspace.bit(["tag", "-m", "x", "--ignore-issues", kind]);
        run.fails(1).complains(&format!("{kind} can't be ignored"));
        assert_eq!(workspace.refs(), before, "{kind}");
    }
}

#[test]
fn two_components_that_would_be_one_package_block_each_other() {
    let env = TestEnvironment::new();
    let workspace = sound(&env);
    // A merge of two branches can bring this about: no command lets it in.
    workspace.write("two/index.js", "");
    let bitmap = workspace.read(".bitmap");
    let entry = "\"b/c\": {\"name\": \"b/c\", \"defaultScope\": \"a\", \"mainFile\": \"index.js\", \"rootDir\": \"two\"},\n    \"c\": {\"name\": \"c\", \"defaultScope\": \"a.b\", \"mainFile\": \"index.js\", \"rootDir\": \"three\"},\n    \"other\"";
    workspace.write(".bitmap", bitmap.replacen("\"other\"", entry, 1)).write("three/index.js", "");
    let run = workspace.bit(["tag", "-m", "x", "--ignore-issues", "*"]);
    run.fails(1).complains("[SharedPackageName]").complains("@a/b.c");
}

#[test]
fn an_issue_that_was_mended_is_gone() {
    let env = TestEnvironment::new();
    let workspace = with_every_issue(&env);
    workspace.write("user/index.js", "import '@my-org/ui.other/lib/x.js';\n").write("user/broken.ts", "let a = 1;\n");
    workspace.write("user/merge.txt", "one\n=======\ntwo\n").write("user/style.scss", "a {}\n");
    workspace.write("egg/index.js", "");
    let status = workspace.bit(["status", "--strict", "--json"]).success().json();
    assert_eq!(status["componentsWithIssues"], json!([]));
    workspace.bit(["tag", "-m", "x"]).success().says("4 component(s) tagged");
}

#[test]
fn a_range_that_means_nothing_elsewhere_blocks_a_tag() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("c", &[("index.js", "require('lib');\n")]);
    for range in
        ["workspace:^", "file:../lib", "link:./lib", "catalog:", "", "git+https://me:secret@example.com/lib.git"]
    {
        workspace.write("package.json", format!("{{\"dependencies\": {{\"lib\": \"{range}\"}}}}\n"));
        workspace
            .bit(["tag", "-m", "x"])
            .fails(1)
            .complains("[UnusableRange]")
            .complains("c/index.js:1")
            .silent_about("secret");
    }
    for range in ["^1.0.0", "git+ssh://git@example.com/lib.git#v1", "npm:other@1"] {
        workspace.write("package.json", format!("{{\"dependencies\": {{\"lib\": \"{range}\"}}}}\n"));
        workspace.bit(["tag", "-m", "x", "--dry-run"]).success();
    }
}

#[test]
fn a_package_of_the_own_scope_is_a_component_that_is_not_here() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("theme", &[("index.js", "")]);
    let imports = "import '@my-org/ui.theem';\nimport '@my-org/ui.something';\nimport '@my-org/other.thing';\n";
    workspace.component("user", &[("index.js", imports)]);
    let issues = issues_of(&workspace, "user");
    let fixes: Vec<&str> = issues.iter().map(|issue| issue["fix"].as_str().unwrap()).collect();
    assert_eq!(
        fixes,
        [
            "did you mean \"@my-org/ui.theme\"? a component of my-org.ui is added by its folder: bit add <folder>",
            "a component of my-org.ui is added by its folder: bit add <folder>",
            "install it (bit install @my-org/other.thing), or declare it: \"@my-org/other.thing\": \"<range>\" in the policy of workspace.jsonc",
        ]
    );
}

#[test]
fn a_missing_file_always_has_a_name() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("ui/user", &[("index.js", "import '../../';\n")]);
    let message = &issues_of(&workspace, "user")[0]["message"];
    assert_eq!(message, "non-existing dependency files: '../../' (the workspace's own folder)");
}

#[test]
fn markup_needs_what_it_is_compiled_to() {
    const APP: &str = "export const App = () => <b/>;\n";
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let preact = format!("/** @jsxImportSource preact */\n{APP}");
    let classic = format!("/** @jsxRuntime classic @jsx h */\n{APP}");
    let own = format!("/** @jsxImportSource @my-org/ui.markup */\n{APP}");
    workspace.components(&[
        ("app", &[("index.tsx", APP)]),
        ("other", &[("index.jsx", &preact)]),
        ("classic", &[("index.tsx", &classic)]),
        ("own", &[("index.tsx", &own)]),
        ("markup", &[("index.js", ""), ("jsx-runtime.js", "")]),
        ("plain", &[("index.js", APP)]),
        ("tested", &[("index.js", ""), ("index.test.tsx", APP)]),
        ("bundled", &[("index.tsx", APP)]),
    ]);
    let config = |policy: Value| {
        let config = json!({
            "teambit.workspace/workspace": {"defaultScope": "my-org.ui"},
            "teambit.dependencies/dependency-resolver": {"policy": policy},
            "teambit.workspace/variants": {"bundled": {"bit.build/env": "none"}},
        });
        workspace.write("workspace.jsonc", config.to_string());
    };
    config(json!({"dependencies": {}}));
    let status = workspace.bit(["status", "--json"]).json();
    let missing: Vec<String> = status["componentsWithIssues"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|component| component["issues"].as_array().unwrap())
        .filter_map(|issue| {
            let what = issue["message"].as_str()?.strip_prefix("JSX needs ")?.split(',').next()?;
            Some(format!("{}: {what}", issue["file"].as_str()?))
        })
        .collect();
    let expected = [
        "app/index.tsx: \"react/jsx-runtime\"",
        "other/index.jsx: \"preact/jsx-runtime\"",
        "tested/index.test.tsx: \"react/jsx-runtime\"",
    ];
    assert_eq!(missing, expected, "{status}");
    config(json!({"dependencies": {"preact": "^10.0.0"}, "peerDependencies": {"react": "^18.3.0"}}));
    workspace.bit(["tag", "-m", "x"]).success();
    let package = |name: &str| -> Value {
        let shown = workspace.scope_git(["show", &format!("my-org.ui/{name}@0.0.1:package.json")]);
        serde_json::from_str(&shown.stdout).unwrap()
    };
    assert_eq!(package("app")["peerDependencies"], json!({"react": "^18.3.0"}));
    assert_eq!(package("other")["dependencies"], json!({"preact": "^10.0.0"}));
    assert_eq!(package("own")["dependencies"], json!({"@my-org/ui.markup": "0.0.1"}));
    for none in ["classic", "plain", "bundled"] {
        assert_eq!((&package(none)["dependencies"], &package(none)["peerDependencies"]), (&Value::Null, &Value::Null));
    }
}
