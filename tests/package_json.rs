//! A version's package.json: where it is entered, and what a person says of the package in workspace.jsonc.

use bit::model::{PackageName, Version};
use bit::package::{EntryPoints, ModuleSystem, PackageJson};
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::managers::{TYPESCRIPT, needs_installed};
use crate::common::{Folder, TestEnvironment};

/// Says something of packages, for all components and for some.
fn say(workspace: &Folder, all: &Value, some: &[(&str, Value)]) {
    let packages = |fields: &Value| json!({"packageJson": fields});
    let variants: serde_json::Map<String, Value> =
        some.iter().map(|(key, fields)| ((*key).to_owned(), json!({"teambit.pkg/pkg": packages(fields)}))).collect();
    let config = json!({
        "teambit.workspace/workspace": {"defaultScope": "my-org.ui"},
        "teambit.pkg/pkg": packages(all),
        "teambit.workspace/variants": variants,
    });
    workspace.write("workspace.jsonc", serde_json::to_string_pretty(&config).unwrap());
}

fn package_json(workspace: &Folder, version: &str) -> Value {
    workspace.scope_git(["show", &format!("my-org.ui/{version}:package.json")]).json()
}

fn pair(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("button", &[("index.js", "module.exports = 1;\n"), ("bin/run.js", "#!/usr/bin/env node\n")]),
        ("theme", &[("index.js", "module.exports = 2;\n")]),
    ]);
    workspace
}

#[test]
fn what_workspace_jsonc_says_stands_after_what_is_worked_out() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    say(
        &workspace,
        &json!({"license": "MIT", "keywords": ["ui"], "author": {"name": "Ada", "email": "ada@example.com"}}),
        &[
            ("*", json!({"sideEffects": false})),
            (
                "button",
                json!({"license": "ISC", "description": "To press.\n\"Twice\".", "bin": {"do-it": "./bin/run.js"}, "keywords": null}),
            ),
        ],
    );
    workspace.bit(["tag", "-m", "one"]).success();
    assert_snapshot!(workspace.scope_git(["show", "my-org.ui/button@0.0.1:package.json"]), @r#"
    {
      "name": "@my-org/ui.button",
      "version": "0.0.1",
      "main": "index.js",
      "author": {
        "email": "ada@example.com",
        "name": "Ada"
      },
      "bin": {
        "do-it": "bin/run.js"
      },
      "description": "To press.\n\"Twice\".",
      "license": "ISC",
      "sideEffects": false
    }
    "#);
    assert_eq!(package_json(&workspace, "theme@0.0.1")["keywords"], json!(["ui"]));
    workspace.fsck();
    assert!(workspace.bit(["status", "--json"]).json()["modifiedComponents"].as_array().unwrap().is_empty());
    workspace.bit(["verify"]).success();
}

#[test]
fn another_word_makes_another_version() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    workspace.bit(["tag", "-m", "one"]).success();
    let modified = || workspace.bit(["status", "--json"]).json()["modifiedComponents"].clone();
    assert_eq!(modified(), json!([]));
    say(&workspace, &json!({}), &[("theme", json!({"license": "MIT"}))]);
    assert_eq!(modified(), json!(["my-org.ui/theme"]));
    workspace.bit(["diff", "theme"]).success().says("license").says("MIT");
    workspace.bit(["tag", "-m", "two"]).success();
    assert_eq!(modified(), json!([]));
    assert_eq!(package_json(&workspace, "theme@0.0.2")["license"], "MIT");
    // Where nothing is said any more, the word of the version stays; null takes it back.
    say(&workspace, &json!({}), &[]);
    assert_eq!(modified(), json!([]));
    workspace.append("theme/index.js", "// three\n").bit(["tag", "-m", "three"]).success();
    assert_eq!(package_json(&workspace, "theme@0.0.3")["license"], "MIT");
    say(&workspace, &json!({"license": null}), &[]);
    assert_eq!(modified(), json!(["my-org.ui/theme"]));
    workspace.bit(["tag", "-m", "four"]).success();
    assert_eq!(package_json(&workspace, "theme@0.0.4").get("license"), None);
}

#[test]
fn what_an_imported_component_says_of_itself_stays() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    say(&workspace, &json!({"license": "MIT", "publishConfig": {"access": "public"}}), &[]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export"]).success();
    let shop = env.git_workspace_at("shop", "my-org.shop");
    shop.bit(["remote", "add", "../ui"]).success();
    shop.bit(["import", "my-org.ui/theme"]).success();
    assert_eq!(shop.bit(["status", "--json"]).json()["modifiedComponents"], json!([]));
    let folder = shop.bit(["show", "theme", "--json"]).json();
    assert!(folder.to_string().contains("theme"), "{folder}");
    shop.append("ui/theme/index.js", "// more\n").bit(["tag", "-m", "two"]).success();
    let said = package_json(&shop, "theme@0.0.2");
    assert_eq!(said["license"], "MIT");
    assert_eq!(said.get("publishConfig"), None, "where it goes is said by who publishes it");
    shop.bit(["export"]).success();
    shop.bit(["verify", "my-org.ui"]).success();
    // A copy in another scope says the same.
    shop.bit(["scope", "create", "../base", "--name", "my-org.base"]).success();
    shop.bit(["remote", "add", "../base"]).success();
    shop.bit(["export", "my-org.base", "my-org.ui/theme", "--rewire"]).success();
    let copy = env.folder("base").git(["show", "theme@0.0.2:package.json"]).json();
    assert_eq!((&copy["name"], &copy["license"]), (&json!("@my-org/base.theme"), &json!("MIT")));
    shop.bit(["verify", "my-org.base"]).success();
}

#[test]
fn what_can_not_be_said_is_named_with_its_line() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    say(&workspace, &json!({}), &[("theme", json!({"scripts": {"postinstall": "rm -rf ~"}}))]);
    assert_snapshot!(workspace.bit(["tag"]), @r#"
    --- stderr
    error: failed parsing the workspace.jsonc file at [ROOT]/workspace/workspace.jsonc:9:11: "scripts" can't be set: nothing of a component runs where it is installed
    hint: mend that line; nothing was changed
    --- exit 1
    "#);
    for (field, value, word) in [
        ("main", json!("x.js"), "bit add --main"),
        ("exports", json!({}), "they follow from the component's files"),
        ("dependencies", json!({}), "dependency-resolver"),
        ("anything", json!(1), "is no field that can be set"),
        ("bin", json!({"x": "../../x"}), "is no file of the component"),
    ] {
        say(&workspace, &json!({field: value}), &[]);
        workspace.bit(["status"]).fails(1).complains("workspace.jsonc:").complains(word);
    }
    say(&workspace, &json!({"bin": "bin/run.js"}), &[]);
    for command in ["build", "tag"] {
        let run = workspace.bit([command]);
        run.fails(1).complains("my-org.ui/theme has no file bin/run.js, which \"bin\" names in workspace.jsonc");
    }
    assert!(workspace.versions().is_empty());
    workspace.write("theme/cli.ts", "#!/usr/bin/env node\nconsole.log('runs' as string);\n");
    say(&workspace, &json!({}), &[("theme", json!({"bin": {"it": "cli.ts"}}))]);
    let run = workspace.bit(["tag"]);
    run.fails(1)
        .complains("my-org.ui/theme: Node can't run cli.ts, which \"bin\" names")
        .complains("write dist/cli.js");
    assert!(workspace.versions().is_empty());
    say(&workspace, &json!({}), &[("theme", json!({"bin": {"it": "dist/cli.js"}}))]);
    // Which the build makes, where there is one.
    let run = workspace.bit(["tag", "--skip-build"]);
    run.fails(1).complains("has no file dist/cli.js").complains("tag without --skip-build");
    workspace.bit(["tag"]).success();
    assert_eq!(package_json(&workspace, "theme@0.0.1")["bin"]["it"], "dist/cli.js");
}

// ---- a component with dist ----

/// A package with dist, as a version has it, in node_modules of a folder.
fn built<'e>(env: &'e TestEnvironment, module: ModuleSystem, files: &[(&str, &str)]) -> Folder<'e> {
    let shop = env.folder("shop");
    let package = "node_modules/@my-org/ui.box";
    for (path, content) in files {
        shop.write(&format!("{package}/{path}"), content);
    }
    let entry = EntryPoints::of_built("index.ts", files.iter().map(|(path, _)| *path));
    let name = PackageName::of(&"my-org.ui/box".parse().unwrap());
    let package_json = PackageJson::of_link(&name, &Version::zero(), &entry, module);
    shop.write(&format!("{package}/package.json"), package_json.to_json());
    shop
}

const PATHS: [&str; 7] = ["", "/sub/path", "/sub/path.ts", "/sub/path.js", "/sub", "/plain", "/plain.js"];

const COMMON_JS: [(&str, &str); 16] = [
    ("index.ts", "export const a: number = 1;"),
    ("sub/path.ts", "export const a: number = 2;"),
    ("sub/index.ts", "export const a: number = 3;"),
    ("plain.js", "exports.a = 4;"),
    ("plain.d.ts", "export const a: number;"),
    ("data.json", "{\"a\": 5}"),
    ("dist/index.js", "exports.a = 1;"),
    ("dist/index.d.ts", "export declare const a: number;"),
    ("dist/sub/path.js", "exports.a = 2;"),
    ("dist/sub/path.d.ts", "export declare const a: number;"),
    ("dist/sub/index.js", "exports.a = 3;"),
    ("dist/sub/index.d.ts", "export declare const a: number;"),
    ("dist/plain.js", "exports.a = 4;"),
    ("dist/plain.d.ts", "export declare const a: number;"),
    ("dist/data.json", "{\"a\": 5}"),
    ("style.css", ".a {}"),
];

fn as_esm() -> Vec<(&'static str, &'static str)> {
    let content = |(path, content): (&'static str, &'static str)| match content {
        "exports.a = 1;" => (path, "export const a = 1;"),
        "exports.a = 2;" => (path, "export const a = 2;"),
        "exports.a = 3;" => (path, "export const a = 3;"),
        "exports.a = 4;" => (path, "export const a = 4;"),
        other => (path, other),
    };
    COMMON_JS.map(content).to_vec()
}

#[test]
fn a_package_with_dist_is_imported_and_required_by_every_path() {
    for (module, files) in [(ModuleSystem::CommonJs, COMMON_JS.to_vec()), (ModuleSystem::Esm, as_esm())] {
        let env = TestEnvironment::new();
        let shop = built(&env, module, &files);
        let specifiers = PATHS.map(|path| format!("'@my-org/ui.box{path}'"));
        let imports: String =
            specifiers.iter().map(|path| format!("console.log((await import({path})).a);\n")).collect();
        shop.write("all.mjs", imports);
        assert_eq!(shop.node(["all.mjs"]).success().stdout, "1\n2\n2\n2\n3\n4\n4\n", "{module:?}");
        let requires: String = specifiers.iter().map(|path| format!("console.log(require({path}).a);\n")).collect();
        shop.write("all.cjs", requires + "console.log(require('@my-org/ui.box/data.json').a, require('@my-org/ui.box/package.json').name, require.resolve('@my-org/ui.box/style.css').slice(-10));");
        let run = shop.node(["--no-warnings", "all.cjs"]);
        assert_eq!(run.success().stdout, "1\n2\n2\n2\n3\n4\n4\n5 @my-org/ui.box /style.css\n", "{module:?}");
    }
}

#[test]
fn typescript_finds_the_types_in_every_way_it_resolves() {
    needs_installed!(TYPESCRIPT);
    let tsc = TYPESCRIPT.path();
    for (module, files, ways) in [
        (
            ModuleSystem::CommonJs,
            COMMON_JS.to_vec(),
            &[("bundler", "esnext"), ("node10", "esnext"), ("node16", "node16")][..],
        ),
        (ModuleSystem::Esm, as_esm(), &[("node16", "node16")]),
    ] {
        let env = TestEnvironment::new();
        let shop = built(&env, module, &files);
        // TypeScript itself refuses to import a .ts by its name where files are written.
        let paths = PATHS.iter().filter(|path| !path.ends_with(".ts")).enumerate();
        let line = |(at, path)| {
            format!("import {{ a as a{at} }} from '@my-org/ui.box{path}';\nexport const n{at}: number = a{at};\n")
        };
        shop.write("all.mts", paths.map(line).collect::<String>());
        // It can fail: a number is no string.
        shop.write("no.mts", "import { a } from '@my-org/ui.box/sub/path';\nexport const n: string = a;\n");
        for (resolution, kind) in ways {
            let options = "--strict --noEmit --lib es2022 --target es2022 --ignoreDeprecations 5.0 --module".split(' ');
            let run = shop.program(tsc.to_str().unwrap()).args(options);
            let run = run.args([kind, "--moduleResolution", resolution, "all.mts", "no.mts"]).run();
            let found: Vec<&str> = run.stdout.lines().filter(|line| line.contains("error")).collect();
            assert!(
                found.len() == 1 && found[0].starts_with("no.mts(2,14): error TS2322"),
                "{module:?} {resolution}: {run}"
            );
        }
    }
}

#[test]
fn declarations_without_a_script_lead_to_what_was_built() {
    needs_installed!(TYPESCRIPT);
    const CLASS: &str = "export declare class K { private p; }";
    let files = [
        ("index.ts", "export type { G } from './types'; export { K } from './k';"),
        ("k.ts", "export class K { private p = 1 }"),
        ("types.d.ts", "import { K } from './k'; export interface G { k: K }"),
        ("sub/index.d.ts", "import { K } from '../k'; export interface G { k: K }"),
        ("dist/index.js", "export { K } from './k.js';"),
        ("dist/index.d.ts", "export type { G } from './types.js'; export { K } from './k.js';"),
        ("dist/k.js", "export class K {}"),
        ("dist/k.d.ts", CLASS),
        ("dist/types.d.ts", "import { K } from './k.js'; export interface G { k: K }"),
        ("dist/sub/index.d.ts", "import { K } from '../k.js'; export interface G { k: K }"),
    ];
    let env = TestEnvironment::new();
    let shop = built(&env, ModuleSystem::Esm, &files);
    for path in ["types", "types.js", "types.d.ts", "sub", "sub/index"] {
        let content = format!(
            "import type {{ G }} from '@my-org/ui.box/{path}';\nimport {{ K }} from '@my-org/ui.box';\nexport const g: G = {{ k: new K() }};\n"
        );
        shop.write(&format!("{}.mts", path.replace('/', "-")), content);
    }
    // It can fail: a number is no class.
    shop.write("no.mts", "import type { G } from '@my-org/ui.box/types';\nexport const g: G = { k: 1 };\n");
    let all = ["types.mts", "types.js.mts", "types.d.ts.mts", "sub.mts", "sub-index.mts", "no.mts"];
    for (resolution, kind) in [("bundler", "esnext"), ("node10", "esnext"), ("node16", "node16")] {
        let run = shop.program(TYPESCRIPT.path().to_str().unwrap());
        let run =
            run.args("--strict --noEmit --lib es2022 --target es2022 --ignoreDeprecations 5.0 --module".split(' '));
        let run = run.args([kind, "--moduleResolution", resolution]).args(all).run();
        let found: Vec<&str> = run.stdout.lines().filter(|line| line.contains("error")).collect();
        assert!(found.len() == 1 && found[0].starts_with("no.mts(2,"), "{resolution}: {run}");
    }
}
