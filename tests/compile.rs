//! `bit compile`: TypeScript components run from node_modules before they are tagged, and after every save.

use std::os::unix::fs::symlink;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use serde_json::json;

use crate::common::managers::{TYPESCRIPT, needs_installed};
use crate::common::{Folder, TestEnvironment};

const BUTTON: &str = "import { theme } from '@my-org/ui.theme';\nimport { shout } from './lib/deep/shout';\nimport data from './data.json';\nimport type { Theme } from '@my-org/ui.theme';\nexport const button = (label: string): string => shout(label) + ' in ' + (theme as Theme).colour + data.end;\n";

/// `button` needs `theme`; both are TypeScript. `plain` is none.
fn typescript(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        (
            "button",
            &[
                ("index.ts", BUTTON),
                (
                    "lib/deep/shout.ts",
                    "import { mark } from '../mark';\nexport const shout = (text: string): string => text + mark;\n",
                ),
                ("lib/mark.ts", "export const mark: string = '!';\n"),
                ("data.json", "{\"end\": \".\"}\n"),
                ("style.css", "a {}\n"),
            ],
        ),
        (
            "theme",
            &[(
                "index.ts",
                "export interface Theme { colour: string }\nexport const theme: Theme = { colour: 'blue' };\n",
            )],
        ),
        ("plain", &[("index.js", "module.exports = 'plain';\n")]),
    ]);
    workspace.clone()
}

const BY_IMPORT: [&str; 3] =
    ["--input-type=module", "-e", "import { button } from '@my-org/ui.button'; console.log(button('Save'))"];
const BY_REQUIRE: [&str; 2] = ["-p", "require('@my-org/ui.button').button('Save')"];

#[track_caller]
fn assert_runs(workspace: &Folder<'_>, expected: &str) {
    for arguments in [&BY_IMPORT[..], &BY_REQUIRE] {
        let ran = workspace.node(["--no-warnings"].iter().chain(arguments));
        assert_eq!(ran.line(), expected, "{arguments:?}");
    }
}

#[test]
fn typescript_components_run_by_import_and_by_require() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    assert_snapshot!(workspace.bit(["compile"]), @r"
      > my-org.ui/button (11 files in dist, 11 changed)
      > my-org.ui/theme (3 files in dist, 3 changed)
    2 components compiled (1 with nothing to compile)
    ");
    assert_runs(&workspace, "Save! in blue.");
    let inside = "import { mark } from '@my-org/ui.button/lib/mark'; import '@my-org/ui.button/lib/deep/shout.ts'; console.log(mark)";
    assert_eq!(workspace.node(["--no-warnings", "--input-type=module", "-e", inside]).line(), "!");
    assert_eq!(workspace.node(BY_PLAIN).line(), "plain");
    let package_json: serde_json::Value =
        serde_json::from_str(&workspace.read("node_modules/@my-org/ui.button/package.json")).unwrap();
    assert_eq!(package_json["main"], "dist/index.js");
    assert_eq!(package_json["types"], "dist/index.d.ts");
    assert_eq!(package_json["type"], "module");
    assert!(
        workspace.read("node_modules/@my-org/ui.button/dist/index.d.ts").contains("button: (label: string) => string")
    );
    assert_eq!(workspace.read("node_modules/@my-org/ui.button/dist/style.css"), "a {}\n");
    assert!(!workspace.exists("node_modules/@my-org/ui.plain/dist"));
    assert!(!workspace.exists("button/dist"));
    workspace.bit(["status"]).success().silent_about("issues").silent_about("not a link");
}

const BY_PLAIN: [&str; 2] = ["-p", "require('@my-org/ui.plain')"];

#[test]
fn only_what_changed_is_compiled_again() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile"]).success();
    assert_snapshot!(workspace.bit(["compile"]), @"0 components compiled (2 unchanged, 1 with nothing to compile)");
    workspace.write(
        "theme/index.ts",
        "export interface Theme { colour: string }\nexport const theme: Theme = { colour: 'green' };\n",
    );
    // Until then what was compiled is what runs, whatever else looks at the workspace.
    workspace.bit(["status"]).success();
    workspace.bit(["link"]).success().says("nothing to do");
    assert_runs(&workspace, "Save! in blue.");
    let run = workspace.bit(["compile", "--json"]);
    assert_eq!(
        run.success().json(),
        json!({
            "compiled": [{"id": "my-org.ui/theme", "files": 3, "changed": 2, "warnings": []}],
            "unchanged": ["my-org.ui/button"], "nothing": ["my-org.ui/plain"], "failed": [],
        })
    );
    assert_runs(&workspace, "Save! in green.");
    // A file of it that is gone or cut off is no reason to believe the record.
    workspace.remove("node_modules/@my-org/ui.theme/dist/index.js");
    workspace.bit(["compile", "theme"]).success().says("1 component compiled");
    assert_runs(&workspace, "Save! in green.");
}

#[test]
fn removed_and_renamed_sources_leave_nothing_behind() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile"]).success();
    workspace.remove("button/lib/mark.ts").remove("button/style.css");
    workspace.write("button/lib/sign.mts", "export const mark: string = '?';\n");
    workspace.write(
        "button/lib/deep/shout.ts",
        "import { mark } from '../sign.mjs';\nexport const shout = (text: string): string => text + mark;\n",
    );
    workspace.bit(["compile"]).success();
    assert_runs(&workspace, "Save? in blue.");
    let dist = workspace.inside("node_modules/@my-org/ui.button/dist");
    for gone in ["lib/mark.js", "lib/mark.js.map", "lib/mark.d.ts", "style.css"] {
        assert!(!dist.exists(gone), "{gone}");
    }
    assert!(dist.exists("lib/sign.d.mts"));
    // Nothing to compile any more: a plain link again.
    workspace.remove("button/lib").remove("button/index.ts").write("button/index.js", "exports.button = () => 'js';\n");
    workspace.bit(["compile", "button"]).success();
    assert!(!workspace.exists("node_modules/@my-org/ui.button/dist"));
    assert_eq!(workspace.node(BY_REQUIRE).line(), "js");
}

#[test]
fn a_folder_dist_of_the_author_takes_the_place() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile"]).success();
    workspace.write("theme/dist/index.js", "exports.theme = { colour: 'mine' };\n");
    // Where bit compiles, that folder is no source.
    workspace.bit(["compile"]).success();
    assert_runs(&workspace, "Save! in blue.");
    // Elsewhere it is, and what was compiled makes room for it.
    workspace.write(
        "workspace.jsonc",
        r#"{"teambit.workspace/workspace": {"defaultScope": "my-org.ui"}, "teambit.workspace/variants": {"theme": {"bit.build/env": "none"}}}"#,
    );
    workspace.remove("theme/index.ts").write("theme/index.js", "module.exports = require('./dist');\n");
    workspace.bit(["link"]).success();
    assert_runs(&workspace, "Save! in mine.");
}

#[test]
fn errors_name_their_place_and_the_others_are_compiled() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.write("button/lib/mark.ts", "export const ok = 1;\nexport const = 2;\n");
    let run = workspace.bit(["compile"]);
    run.fails(1)
        .complains("button/lib/mark.ts:2:14: ")
        .says("1 component compiled")
        .says("not compiled: my-org.ui/button");
    assert!(workspace.exists("node_modules/@my-org/ui.theme/dist/index.js"));
    assert!(!workspace.exists("node_modules/@my-org/ui.button/dist"));
    let failed = workspace.bit(["compile", "--json"]).json()["failed"].clone();
    assert_eq!(failed[0]["id"], "my-org.ui/button");
    assert_eq!(
        (&failed[0]["errors"][0]["file"], &failed[0]["errors"][0]["line"]),
        (&json!("button/lib/mark.ts"), &json!(2))
    );
    // What was compiled before stays, whole.
    workspace.write("button/lib/mark.ts", "export const mark: string = '!';\n");
    workspace.bit(["compile"]).success();
    workspace.write("button/lib/mark.ts", "export const mark: string = '!';\n}\n");
    workspace.bit(["compile"]).fails(1);
    assert_runs(&workspace, "Save! in blue.");
    workspace.write("button/lib/mark.js", "");
    workspace.bit(["compile"]).fails(1).complains("lib/mark.ts").complains("lib/mark.js");
    workspace.bit(["compile", "no-such"]).fails(1);
}

#[test]
fn an_environment_that_compiles_nothing_is_left_alone() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.write(
        "workspace.jsonc",
        r#"{"teambit.workspace/workspace": {"defaultScope": "my-org.ui"}, "teambit.workspace/variants": {"theme": {"bit.build/env": "none"}}}"#,
    );
    let run = workspace.bit(["compile", "--json"]);
    assert_eq!(run.success().json()["nothing"], json!(["my-org.ui/plain", "my-org.ui/theme"]));
    assert!(!workspace.exists("node_modules/@my-org/ui.theme/dist"));
}

#[test]
fn what_declarations_lack_is_a_warning() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.write("theme/index.ts", "export const theme = make();\nfunction make() { return { colour: 'red' } }\nexport type Theme = { colour: string };\n");
    workspace.bit(["compile"]).success().complains("theme/index.ts:1:14: ").complains("write the type down here");
    assert_runs(&workspace, "Save! in red.");
    let run = workspace.bit(["tag", "-m", "one"]);
    run.success().complains("my-org.ui/theme: index.ts:1:14: ").complains("write the type down here");
}

#[test]
fn markup_common_js_and_the_names_of_files() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("view", &[("view.tsx", "import { part } from './part';\nexport const view = (): unknown => <b>{part}</b>;\n"), ("part.jsx", "export const part = <i />;\n")]),
        ("old", &[("index.ts", "import path = require('path');\nimport { c } from './c.cjs';\nimport m = require('./m.mjs');\nconst data = require('./data');\nfunction old(): string { return path.basename(__filename) + c + m.m + data.a }\nexport = old;\n"), ("c.cts", "export const c: string = 'c';\n"), ("m.mts", "export const m: string = 'm';\n"), ("data.json", "{\"a\": 1}")]),
        ("both", &[("index.mts", "import old from '@my-org/ui.old';\nexport const both: string = old();\n")]),
    ]);
    workspace.write(
        "node_modules/react/package.json",
        r#"{"name": "react", "version": "1.0.0", "exports": {"./jsx-runtime": "./jsx.js"}}"#,
    );
    workspace.write(
        "node_modules/react/jsx.js",
        "exports.jsx = (tag, props) => `<${tag}>${props.children ?? ''}</${tag}>`;\n",
    );
    workspace.bit(["compile"]).success();
    let run = |script: &str| workspace.node(["--no-warnings", "--input-type=module", "-e", script]).line().to_owned();
    assert_eq!(run("import { view } from '@my-org/ui.view'; console.log(view())"), "<b><i></i></b>");
    assert_eq!(run("import old from '@my-org/ui.old'; console.log(old())"), "index.jscm1");
    assert_eq!(run("import { both } from '@my-org/ui.both'; console.log(both)"), "index.jscm1");
    let required =
        "console.log(require('@my-org/ui.view').view(), require('@my-org/ui.old')(), require('@my-org/ui.both').both)";
    assert_eq!(workspace.node(["--no-warnings", "-e", required]).line(), "<b><i></i></b> index.jscm1 index.jscm1");
}

#[test]
fn one_file_that_can_only_be_common_js_decides_for_all() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let main = "import path = require('path');\nimport util from './util';\nexport const all: string = util('a') + path.sep;\nexport default all;\n";
    let util = "function util(a: string): string { return a + typeof module }\nexport = util;\n";
    workspace.components(&[
        ("one", &[("index.ts", main), ("util.ts", util)]),
        // By its name or its folder, a file decides for itself alone.
        ("named", &[("index.ts", &main.replace("./util", "./util.cjs")), ("util.cts", util)]),
        (
            "folder",
            &[("index.ts", &main.replace("./util", "./old/util")), ("old/util.ts", util), ("old/package.json", "{}")],
        ),
    ]);
    workspace.bit(["compile"]).success();
    for (name, module) in [("one", None), ("named", Some("module")), ("folder", Some("module"))] {
        let required = format!("require('@my-org/ui.{name}').all");
        assert_eq!(workspace.node(["--no-warnings", "-p", &required]).line(), "aobject/", "{name}");
        let package_json = workspace.read(&format!("node_modules/@my-org/ui.{name}/package.json"));
        let package_json: serde_json::Value = serde_json::from_str(&package_json).unwrap();
        assert_eq!(package_json["type"].as_str(), module, "{name}");
    }
}

#[test]
fn link_makes_again_what_a_package_manager_took_away() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile", "theme"]).success();
    workspace.remove("node_modules");
    let run = workspace.bit(["link"]);
    run.success().says("1 component compiled again");
    assert!(workspace.exists("node_modules/@my-org/ui.theme/dist/index.js"));
    // What nobody compiled stays a plain link.
    assert!(!workspace.exists("node_modules/@my-org/ui.button/dist"));
    workspace.bit(["link"]).success().silent_about("compiled again").says("nothing to do");
    workspace.remove("node_modules").write("theme/index.ts", "export const = 1;\n");
    workspace.bit(["link"]).success().complains("my-org.ui/theme can't be compiled into node_modules");
}

#[test]
fn a_component_that_goes_takes_what_was_compiled_with_it() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile"]).success();
    workspace.bit(["remove", "button", "--silent"]).success();
    workspace.bit(["link"]).success();
    assert!(!workspace.exists("node_modules/@my-org/ui.button"));
    workspace.bit(["move", "theme", "elsewhere"]).success();
    workspace.bit(["compile"]).success();
    let run = workspace.node(["--no-warnings", "-p", "require('@my-org/ui.theme').theme.colour"]);
    assert_eq!(run.line(), "blue");
    workspace.bit(["doctor"]).success();
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    let outside = env.folder("outside");
    outside.write("index.js", "mine\n").write("lib/mark.js", "mine\n");
    workspace.bit(["compile"]).success();
    let link = workspace.path().join("node_modules/@my-org/ui.button");
    // A file, a folder, and the whole.
    std::fs::remove_file(link.join("dist/index.js")).unwrap();
    symlink(outside.path().join("index.js"), link.join("dist/index.js")).unwrap();
    std::fs::remove_dir_all(link.join("dist/lib")).unwrap();
    symlink(outside.path().join("lib"), link.join("dist/lib")).unwrap();
    workspace.bit(["compile"]).success();
    assert_runs(&workspace, "Save! in blue.");
    std::fs::remove_dir_all(link.join("dist")).unwrap();
    symlink(outside.path(), link.join("dist")).unwrap();
    workspace.bit(["compile"]).success();
    assert_runs(&workspace, "Save! in blue.");
    assert_eq!(outside.listing(&[]), ["index.js", "lib/mark.js"]);
    assert_eq!(outside.read("index.js") + &outside.read("lib/mark.js"), "mine\nmine\n");
    // Somebody's own folder, and somebody's own package.
    std::fs::remove_dir_all(link.join("dist")).unwrap();
    workspace.write("node_modules/@my-org/ui.button/dist/own.txt", "mine\n");
    workspace.bit(["compile"]).fails(1).complains("ui.button/dist is not a link of bit's");
    workspace.remove("node_modules/@my-org/ui.button");
    workspace.write("node_modules/@my-org/ui.button/package.json", "{\"name\": \"@my-org/ui.button\"}");
    workspace.bit(["compile"]).fails(1).complains("my-org.ui/button was not compiled");
    assert!(!workspace.exists("node_modules/@my-org/ui.button/dist"));
}

#[test]
fn what_is_compiled_finds_the_versions_of_its_own_folder() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.write("theme/node_modules/inner/package.json", "{\"name\": \"inner\", \"version\": \"1.0.0\"}");
    workspace.write("theme/node_modules/inner/index.js", "module.exports = 'inner';\n");
    workspace.write("theme/index.ts", "import inner from 'inner';\nexport interface Theme { colour: string }\nexport const theme: Theme = { colour: inner };\n");
    workspace.bit(["compile"]).success();
    assert_runs(&workspace, "Save! in inner.");
    workspace.bit(["link"]).success().says("nothing to do");
}

/// Waits until something is as it should be.
#[track_caller]
fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} does not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn watch_compiles_after_every_save_until_ctrl_c() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    let watching = workspace.invocation().args(["compile", "--watch"]).start();
    let dist = |name: &str| workspace.path().join("node_modules/@my-org").join(name);
    let has = |name: &str, text: &str| std::fs::read_to_string(dist(name)).is_ok_and(|found| found.contains(text));
    eventually("the first", || has("ui.button/dist/index.js", "Save") || has("ui.button/dist/index.js", "shout"));
    assert_runs(&workspace, "Save! in blue.");
    // A save, as editors do it: in place, and by a rename.
    workspace.write("button/lib/mark.ts", "export const mark: string = '?';\n");
    eventually("a save", || has("ui.button/dist/lib/mark.js", "?"));
    workspace.write("button/lib/mark.ts~", "export const mark: string = '%';\n");
    std::fs::rename(workspace.path().join("button/lib/mark.ts~"), workspace.path().join("button/lib/mark.ts")).unwrap();
    eventually("a rename over it", || has("ui.button/dist/lib/mark.js", "%"));
    assert_runs(&workspace, "Save% in blue.");
    // An error is said, and the watch goes on.
    workspace.write("theme/index.ts", "export const = 1;\n");
    std::thread::sleep(Duration::from_millis(500));
    assert!(has("ui.theme/dist/index.js", "blue"));
    workspace.write(
        "theme/index.ts",
        "export interface Theme { colour: string }\nexport const theme: Theme = { colour: 'red' };\n",
    );
    eventually("the way out of an error", || has("ui.theme/dist/index.js", "red"));
    // New folders, files that go, folders that move, components that come.
    workspace.write("theme/more/deep/new.ts", "export const one: number = 1;\n");
    eventually("a file in a new folder", || has("ui.theme/dist/more/deep/new.js", "1"));
    workspace.write("theme/more/deep/new.ts", "export const one: number = 22;\n");
    eventually("a save in a new folder", || has("ui.theme/dist/more/deep/new.js", "22"));
    std::fs::rename(workspace.path().join("theme/more"), workspace.path().join("theme/less")).unwrap();
    eventually("a renamed folder", || {
        has("ui.theme/dist/less/deep/new.js", "22") && !dist("ui.theme/dist/more").exists()
    });
    workspace.remove("theme/less");
    eventually("a removed folder", || !dist("ui.theme/dist/less").exists());
    workspace.write("later/index.ts", "export const later: number = 1;\n");
    workspace.bit(["add", "later"]).success();
    eventually("a new component", || has("ui.later/dist/index.js", "later"));
    workspace.write("later/index.ts", "export const later: number = 2;\n");
    eventually("a save of a new component", || has("ui.later/dist/index.js", "2"));
    let run = watching.interrupt_and_finish();
    run.success()
        .says("compiled 2 components (")
        .says("compiled my-org.ui/button, 1 file changed (")
        .complains("theme/index.ts:1:14");
    assert!(!run.stdout.contains("nothing compiled"), "{run}");
    assert_runs(&workspace, "Save% in red.");
}

#[test]
fn watch_compiles_only_what_is_named() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    let watching = workspace.invocation().args(["compile", "theme", "--watch"]).start();
    let dist = workspace.inside("node_modules/@my-org/ui.theme/dist");
    let has = |text: &str| dist.exists("index.js") && dist.read("index.js").contains(text);
    eventually("the first", || has("blue"));
    workspace.write("button/lib/mark.ts", "export const mark: string = '?';\n");
    let red = workspace.read("theme/index.ts").replace("blue", "red");
    workspace.write("theme/index.ts", red);
    eventually("a save", || has("red"));
    let run = watching.interrupt_and_finish();
    run.success().says("compiled my-org.ui/theme, ").silent_about("button");
    assert!(!workspace.exists("node_modules/@my-org/ui.button/dist"));
}

#[test]
fn watch_refuses_what_it_can_not_do_at_all() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile", "--watch", "no-such"]).fails(1);
    // What is wrong from the beginning is said once.
    workspace.write("theme/index.ts", "export const = 1;\n");
    let watching = workspace.invocation().args(["compile", "--watch", "--json"]).start();
    let shout = workspace.path().join("node_modules/@my-org/ui.button/dist/lib/mark.js");
    eventually("the first", || shout.exists());
    std::thread::sleep(Duration::from_millis(700));
    workspace.write("button/lib/mark.ts", "export const mark: string = '?';\n");
    eventually("a save", || std::fs::read_to_string(&shout).is_ok_and(|text| text.contains('?')));
    std::thread::sleep(Duration::from_millis(300));
    let run = watching.interrupt_and_finish();
    assert_eq!(run.success().stderr.matches("theme/index.ts:1:14").count(), 1, "{run}");
    let rounds: Vec<serde_json::Value> = run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rounds.len(), 2, "{run}");
    assert_eq!(rounds[1]["compiled"][0]["id"], "my-org.ui/button");
    workspace.write(".yarnrc.yml", "nodeLinker: pnp\n");
    workspace.bit(["compile", "--watch"]).fails(1).complains("Plug'n'Play");
}

#[test]
fn watch_tells_an_error_once_and_hears_nothing_of_its_own_words() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    // What is said goes to a file of the folder that is watched.
    let line = format!("exec {} compile --watch > said 2>&1", TestEnvironment::binary().display());
    let watching = workspace.program("sh").args(["-c", &line]).start();
    let said = || workspace.read("said");
    let errors = || said().matches("theme/index.ts:1:14").count();
    eventually("the first", || workspace.exists("said") && said().contains("watching"));
    workspace.write("theme/index.ts", "export const = 1;\n");
    eventually("the error", || errors() == 1);
    std::thread::sleep(Duration::from_millis(700));
    // Neither the same file once more nor what is done elsewhere makes it another error.
    workspace.write("theme/index.ts", "export const = 1;\n");
    workspace.write("button/lib/mark.ts", "export const mark: string = '?';\n");
    eventually("another component", || said().contains("compiled my-org.ui/button"));
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(errors(), 1, "{}", said());
    // A save that mends nothing is answered.
    workspace.write("theme/index.ts", "export const = 2;\n");
    eventually("the error of another save", || errors() == 2);
    workspace.write("workspace.jsonc", "{");
    let broken = || said().matches("workspace.jsonc").count();
    eventually("an error of the workspace", || broken() > 0);
    let once = broken();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(broken(), once, "{}", said());
    watching.interrupt_and_finish().success();
}

/// A TypeScript component and the one that it needs, published; and a workspace that knows their scope.
fn published(env: &TestEnvironment) -> Folder<'_> {
    let author = typescript(env);
    env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
    author.bit(["remote", "add", "../my-org.ui"]).success();
    author.bit(["tag", "-m", "first"]).success();
    author.write("button/lib/mark.ts", "export const mark: string = '?';\n");
    author.bit(["tag", "-m", "second"]).success();
    author.bit(["export"]).success();
    let shop = env.git_workspace_at("shop", "my-org.site");
    shop.bit(["remote", "add", "../my-org.ui"]).success();
    shop
}

#[test]
fn what_is_imported_runs_and_what_runs_follows_the_folders() {
    let env = TestEnvironment::new();
    let shop = published(&env);
    shop.bit(["import", "my-org.ui/button"]).success();
    assert_runs(&shop, "Save? in blue.");
    shop.bit(["checkout", "0.0.1", "button"]).success();
    assert_runs(&shop, "Save! in blue.");
    shop.bit(["checkout", "head", "button"]).success();
    assert_runs(&shop, "Save? in blue.");
    // What can't be compiled is told, and is no reason to leave files undone.
    shop.write("ui/button/lib/mark.ts", "export const mark: = '?';\n");
    shop.bit(["import", "my-org.ui/theme"]).success().complains("my-org.ui/button can't be compiled");
    shop.bit(["checkout", "reset", "button"]).success().silent_about("compiled");
    assert_runs(&shop, "Save? in blue.");
}

#[test]
fn a_fresh_clone_is_installed_with_one_command() {
    let env = TestEnvironment::new();
    let shop = published(&env);
    shop.bit(["import", "my-org.ui/button"]).success();
    shop.remove("node_modules").remove(".git/bit");
    shop.bit(["remote", "add", "../my-org.ui"]).success();
    shop.bit(["install"]).success();
    assert_runs(&shop, "Save? in blue.");
}

#[test]
fn declarations_are_those_that_a_tag_would_have() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    // It stands for the real one: there is no network here.
    let tsc = "node -e 'const c = JSON.parse(fs.readFileSync(\"tsconfig.bit.json\")); \
               fs.writeFileSync(c.compilerOptions.outDir + \"/index.d.ts\", \"// by tsc\\n\")'; \
               if grep -q wrong index.ts; then echo 'index.ts(1,1): error TS0'; exit 2; fi";
    workspace.write_program("node_modules/.bin/tsc", tsc);
    workspace.components(&[
        ("theme", &[("index.ts", "export const colours = ['red'].map((name) => name + '!');\n")]),
        ("card", &[("index.ts", "import { colours } from '@my-org/ui.theme';\nexport const card = colours[0];\n")]),
    ]);
    crate::build::configure(&workspace, &json!({"typed": {"declarations": "tsc"}}), &[("*", "typed")]);
    workspace.bit(["compile"]).success().silent_about("index.ts:1");
    for package in ["ui.theme", "ui.card"] {
        assert_eq!(workspace.read(&format!("node_modules/@my-org/{package}/dist/index.d.ts")), "// by tsc\n");
    }
    assert_eq!(workspace.node(["--no-warnings", "-p", "require('@my-org/ui.card').card"]).line(), "red!");
    let again = workspace.bit(["compile", "--json"]).json();
    assert_eq!((again["compiled"].clone(), again["unchanged"].as_array().unwrap().len()), (json!([]), 2));

    workspace.append("theme/index.ts", "// wrong\n");
    let run = workspace.bit(["compile"]);
    run.fails(1)
        .complains("my-org.ui/theme was not compiled")
        .complains("error TS0")
        .complains("it needs my-org.ui/theme");
    workspace.remove("node_modules/.bin/tsc").append("card/index.ts", "// more\n");
    workspace.bit(["compile"]).fails(1).complains("npm install --save-dev typescript");
    assert_eq!(workspace.node(["--no-warnings", "-p", "require('@my-org/ui.card').card"]).line(), "red!");
}

/// A workspace that has the real TypeScript, and where that is.
pub fn workspace_with_typescript(env: &TestEnvironment) -> (Folder<'_>, String) {
    let tsc = TYPESCRIPT.path().display().to_string();
    let workspace = env.git_workspace();
    workspace.write_program("node_modules/.bin/tsc", &format!("exec {tsc} \"$@\""));
    (workspace, tsc)
}

#[test]
fn declarations_of_typescript_are_found_as_node_resolves() {
    needs_installed!(TYPESCRIPT);
    let env = TestEnvironment::new();
    let (workspace, tsc) = workspace_with_typescript(&env);
    workspace.components(&[(
        "theme",
        &[
            ("index.ts", "export { num } from './util'; export const deep = () => import('./folder');\nexport type { Opt } from './types';\n"),
            ("util.ts", "export const num: number = 1;\n"),
            ("folder/index.ts", "export const a = 1;\n"),
            ("types.d.ts", "export * from './more';\n"),
            ("more.d.ts", "export interface Opt { a: number }\n"),
            ("tsconfig.json", r#"{"compilerOptions": {"module": "esnext", "moduleResolution": "bundler", "target": "es2022", "declarationMap": true, "types": []}}"#),
        ],
    )]);
    crate::build::configure(&workspace, &json!({"typed": {"declarations": "tsc"}}), &[("*", "typed")]);
    workspace.bit(["compile"]).success();
    workspace.write(
        "use.mts",
        "import { num, deep, type Opt } from '@my-org/ui.theme';\nconst a: string = num;\nconst b: string = (await deep()).a;\nconst c: Opt = { a: 'x' };\n",
    );
    let options = "--noEmit --target es2022 --module node16".split(' ');
    let run = workspace.program(&tsc).args(options).args(["--skipLibCheck", "use.mts"]).run();
    let found: Vec<&str> = run.stdout.lines().filter(|line| line.contains("error")).collect();
    assert!(found.len() == 3 && found.iter().all(|line| line.contains("TS2322")), "{run}");
    assert!(workspace.exists("node_modules/@my-org/ui.theme/dist/index.d.ts.map"));
}

#[test]
fn typescript_declares_what_is_common_js_too() {
    needs_installed!(TYPESCRIPT);
    let env = TestEnvironment::new();
    let (workspace, tsc) = workspace_with_typescript(&env);
    let index = "import theme = require('@my-org/ui.theme');\nimport { size } from './size';\nconst look = { theme, size };\nexport = look;\n";
    workspace.components(&[
        ("theme", &[("index.ts", "class Theme { colour = 'red'; }\nexport = Theme;\n")]),
        ("look", &[("index.ts", index), ("size.ts", "export const size = Math.max(1, 2);\n")]),
    ]);
    crate::build::configure(&workspace, &json!({"typed": {"declarations": "tsc"}}), &[("*", "typed")]);
    workspace.bit(["compile"]).success();
    let says = "const {theme: Theme, size} = require('@my-org/ui.look'); console.log(new Theme().colour, size)";
    assert_eq!(workspace.node(["-e", says]).success().line(), "red 2");
    workspace
        .write("use.cts", "import look = require('@my-org/ui.look');\nconst a: number = new look.theme().colour;\n");
    let options = "--noEmit --target es2022 --module node16 --skipLibCheck use.cts".split(' ');
    let run = workspace.program(&tsc).args(options).run();
    let found: Vec<&str> = run.stdout.lines().filter(|line| line.contains("error")).collect();
    assert!(found.len() == 1 && found[0].contains("'string' is not assignable to type 'number'"), "{run}");
}

#[test]
fn a_dist_of_the_authors_own_is_told_of() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let files = [("index.ts", "import './dist/main.js';\n"), ("dist/main.js", "")];
    workspace.component("own", &files);
    let run = workspace.bit(["status"]);
    run.says("no file in dist is a source here").says("give the folder another name");
    run.silent_about("move the file into this one");
}

#[test]
fn what_was_compiled_is_there_under_another_name_too() {
    let env = TestEnvironment::new();
    let workspace = typescript(&env);
    workspace.bit(["compile"]).success();
    workspace.bit(["rename", "theme", "look", "--refactor"]).success();
    assert_runs(&workspace, "Save! in blue.");
    assert!(workspace.exists("node_modules/@my-org/ui.look/dist/index.js"));
    assert!(!workspace.exists("node_modules/@my-org/ui.theme"));
    workspace.bit(["scope", "rename", "my-org.ui", "my-org.kit"]).success();
    let says = "require('@my-org/kit.button').button('Save')";
    assert_eq!(workspace.node(["--no-warnings", "-p", says]).line(), "Save! in blue.");
    // A component that nobody compiled stays a plain link.
    assert!(!workspace.exists("node_modules/@my-org/kit.plain/dist"));
}
