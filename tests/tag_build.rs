//! `bit tag` builds: what commands make is part of the version, and where one fails nothing is stored.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::build::{configure, no_capsules, noted, one_task, ran};
use crate::common::managers::{TYPESCRIPT, needs_installed};
use crate::common::{Folder, TestEnvironment, faults};
use crate::compile::workspace_with_typescript;

/// `button` → `theme`, built by `own`: dist/index.js says what the component needs.
fn pair<'e>(env: &'e TestEnvironment) -> Folder<'e> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    configure(&workspace, &one_task(make(&workspace)), &[("*", "own")]);
    workspace
}

fn make(workspace: &Folder<'_>) -> Value {
    let run = noted(
        workspace,
        "mkdir -p dist && printf 'module.exports = %s;\\r\\n' \"$(node -p 'JSON.stringify(require(\"./index.js\"))')\" > dist/index.js && touch stray.js",
    );
    json!({"name": "make", "run": run, "outputs": ["dist"]})
}

fn tree(workspace: &Folder<'_>, tag: &str) -> Vec<String> {
    let run = workspace.scope_git(["ls-tree", "-r", "--name-only", &format!("my-org.ui/{tag}")]);
    run.success().stdout.lines().map(str::to_owned).collect()
}

fn manifest(workspace: &Folder<'_>, tag: &str) -> Value {
    workspace.scope_git(["show", &format!("my-org.ui/{tag}:component.json")]).success().json()
}

/// Every file of the local scope, with its content, but for what only the next look is spared by.
fn bytes_of(scope: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut waiting = vec![scope.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(scope).unwrap().to_string_lossy().into_owned();
            if path.is_dir() && name != "bit/builds" {
                waiting.push(path);
            } else if path.is_file() && name != "bit/cache" && name != "bit/lock" {
                found.push((name, fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_was_made_is_part_of_the_version_and_not_of_the_folder() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    workspace.bit(["tag", "-m", "one"]).success();
    assert_eq!(tree(&workspace, "button@0.0.1"), ["component.json", "dist/index.js", "index.js", "package.json"]);
    assert_eq!(
        workspace.scope_git(["show", "my-org.ui/button@0.0.1:dist/index.js"]).stdout,
        "module.exports = \"red\";\n"
    );
    let manifest = manifest(&workspace, "button@0.0.1");
    assert_eq!(
        (&manifest["env"], &manifest["artifacts"], &manifest["build"], &manifest["main"]),
        (&json!("own"), &json!(["dist"]), &json!([{"task": "make", "ok": true}]), &json!("index.js"))
    );
    let package = workspace.scope_git(["show", "my-org.ui/button@0.0.1:package.json"]).json();
    assert_eq!(package["main"], "dist/index.js");
    // The folder has no dist, and one that a person's own tool leaves there is no change.
    let clean = |workspace: &Folder<'_>| {
        let status = workspace.bit(["status", "--json"]).success().json();
        assert_eq!(
            (&status["modifiedComponents"], &status["componentsWithIssues"]),
            (&json!([]), &json!([])),
            "{status}"
        );
    };
    clean(&workspace);
    workspace.write("button/dist/index.js", "other").write("button/dist/deep/x.js", "other");
    clean(&workspace);
    workspace.bit(["tag"]).success().says("nothing to tag");
    workspace.bit(["diff"]).success().silent_about("dist");
    workspace.fsck();
    no_capsules(&env);
    assert_eq!(ran(&workspace), ["button", "theme"]);
    // Those that need a changed component are built with it.
    workspace.write("theme/index.js", "module.exports = 'blue';\n");
    workspace.bit(["tag", "-m", "two"]).success().says("my-org.ui/button@0.0.2 (from 0.0.1)");
    assert_eq!(
        workspace.scope_git(["show", "my-org.ui/button@0.0.2:dist/index.js"]).stdout,
        "module.exports = \"blue\";\n"
    );
    // One that is left out is needed as its version has it.
    workspace.write("theme/index.js", "module.exports = 'green';\n").append("button/index.js", "// more\n");
    workspace.bit(["tag", "-m", "three", "button"]).success();
    assert_eq!(
        workspace.scope_git(["show", "my-org.ui/button@0.0.3:dist/index.js"]).stdout,
        "module.exports = \"blue\";\n"
    );
}

#[test]
fn the_same_content_is_the_same_commit_everywhere() {
    let commits = |name: &str| {
        let env = TestEnvironment::new();
        let workspace = pair(&env);
        // Another command with the same result.
        let mut task = make(&workspace);
        task["run"] = json!(format!("true {name}; {}", task["run"].as_str().unwrap()));
        configure(&workspace, &one_task(task), &[("*", "own")]);
        workspace.bit(["tag", "-m", "one"]).success();
        workspace.refs()
    };
    assert_eq!(commits("here"), commits("there"));
}

#[test]
fn where_a_task_fails_nothing_is_stored() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("theme/index.js", "// more\n").append("button/index.js", "// more\n");
    workspace.component("icon", &[("index.js", "")]);
    let environments = json!({"own": {"tasks": [make(&workspace)]}, "bad": {"tasks": [
        {"name": "lint", "run": "echo all is lost >&2; exit 4"},
        {"name": "test", "run": "exit 5"},
    ]}});
    configure(&workspace, &environments, &[("*", "own"), ("button", "bad")]);
    workspace.bit(["status"]).success();
    let before = (bytes_of(&workspace.local_scope()), workspace.read(".bitmap"));
    let run = workspace.bit(["tag", "-m", "two"]);
    run.fails(1)
        .complains("the build of 1 component(s) failed, nothing was tagged")
        .complains("my-org.ui/button: the task \"lint\" ended with 4\n    | all is lost")
        .complains("--skip-tests");
    assert_eq!(run.stdout, "");
    assert!((bytes_of(&workspace.local_scope()), workspace.read(".bitmap")) == before);
    no_capsules(&env);

    let run = workspace.bit(["tag", "-m", "two", "--keep-capsules"]);
    let capsule = run.fails(1).stderr.lines().find_map(|line| line.trim().strip_prefix("capsule: [ROOT]/")).unwrap();
    assert!(env.root().join(capsule).join("index.js").is_file());
    // In spite of it.
    workspace.bit(["tag", "-m", "two", "--skip-tests"]).fails(1).complains("\"lint\" ended with 4");
    workspace.bit(["tag", "-m", "two", "--dry-run"]).success();
    assert_eq!(workspace.read(".bitmap"), before.1);
    let run = workspace.bit(["tag", "-m", "two", "--ignore-build-errors", "--json"]);
    run.complains("all is lost");
    let report = run.success().json();
    assert_eq!(report["builds"].as_array().unwrap().len(), 3);
    let manifest = manifest(&workspace, "button@0.0.2");
    assert_eq!(manifest["build"], json!([{"task": "lint", "ok": false}, {"task": "test", "ok": false}]));
    assert_eq!(manifest["env"], "bad");
    workspace.fsck();
}

#[test]
fn tests_and_builds_can_be_left_out() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    let environments = json!({"own": {"tasks": [make(&workspace), {"name": "test", "run": "exit 1"}]}});
    configure(&workspace, &environments, &[("*", "own")]);
    workspace.bit(["tag", "-m", "one"]).fails(1).complains("the task \"test\"");
    workspace.bit(["tag", "-m", "one", "--skip-tests"]).success();
    assert_eq!(manifest(&workspace, "theme@0.0.1")["build"], json!([{"task": "make", "ok": true}]));
    workspace.append("theme/index.js", "// more\n");
    ran(&workspace);
    workspace.bit(["tag", "-m", "two", "--skip-build"]).success();
    assert_eq!(ran(&workspace), [""; 0]);
    assert_eq!(tree(&workspace, "theme@0.0.2"), ["component.json", "index.js", "package.json"]);
    assert_eq!(manifest(&workspace, "theme@0.0.2")["build"], json!([]));
    workspace.bit(["status", "--json"]).success().says("\"modifiedComponents\": []");
}

#[test]
fn what_no_version_can_hold_fails_the_tag() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    let refused = |run: &str, why: &str| {
        let task = json!({"name": "make", "run": run, "outputs": ["dist"]});
        configure(&workspace, &one_task(task), &[("*", "own")]);
        workspace.bit(["tag", "-m", "x"]).fails(1).complains("made can't be part of a version").complains(why);
        assert_eq!(workspace.versions(), [""; 0]);
    };
    refused("mkdir dist && ln -s /etc/passwd dist/x", "dist/x is a symbolic link");
    refused("ln -s /etc dist", "dist is a symbolic link");
    refused("mkdir -p dist/.git && touch dist/.git/config", "dist/.git/config");
    refused("mkdir dist && touch 'dist/a:b'", "dist/a:b");
    refused("mkdir dist && touch dist/a dist/A", "one name on some machines");
    refused("mkdir dist && mkfifo dist/pipe", "a pipe");
    refused("mkdir dist && printf x > \"$(printf 'dist/\\377')\"", "not UTF-8");
    no_capsules(&env);
}

#[test]
fn an_imported_component_brings_no_commands() {
    let env = TestEnvironment::new();
    let author = pair(&env);
    let host = env.root().join("host/ui").display().to_string();
    author.bit(["tag", "-m", "one"]).success();
    author.bit(["scope", "create", &host, "--name", "my-org.ui"]).success();
    author.bit(["remote", "add", &host]).success();
    author.bit(["export"]).success();
    ran(&author);

    let reader = env.git_workspace_at("reader", "your.app");
    reader.bit(["remote", "add", &host]).success();
    reader.bit(["import", "my-org.ui/button", "my-org.ui/theme"]).success();
    assert!(!reader.exists("ui/button/dist") && reader.exists("ui/button/index.js"));
    let status = reader.bit(["status", "--json"]).success().json();
    assert_eq!((&status["modifiedComponents"], &status["newComponents"]), (&json!([]), &json!([])), "{status}");
    assert_eq!(reader.commit_of("my-org.ui/button@0.0.1"), author.commit_of("my-org.ui/button@0.0.1"));
    reader.append("ui/button/index.js", "// more\n");
    reader.bit(["build"]).success().says("nothing to build");
    // An environment of the same name is another one, until somebody chooses it.
    let other = one_task(json!({"name": "x", "run": noted(&reader, "true")}));
    configure(&reader, &other, &[]);
    let run = reader.bit(["tag", "-m", "two"]);
    run.success();
    run.complains("my-org.ui/button was built by the environment \"own\" so far");
    assert_eq!(ran(&reader), [""; 0]);
    let manifest = manifest(&reader, "button@0.0.2");
    assert_eq!((&manifest["env"], &manifest["artifacts"]), (&json!("node"), &json!([])));
    // Checkout, merge and export go on working with what was built.
    reader.bit(["checkout", "0.0.1", "my-org.ui/button"]).success();
    reader.bit(["checkout", "head", "my-org.ui/button"]).success();
    assert!(!reader.exists("ui/button/dist"));
    reader.bit(["export"]).success();
    author.write("button/README.md", "words\n");
    author.bit(["tag", "-m", "mine"]).success();
    author.bit(["import"]).success();
    author.bit(["merge", "button"]).success();
    author.bit(["tag", "-m", "joined"]).success();
    assert_eq!(
        tree(&author, "button@0.0.3"),
        ["README.md", "component.json", "dist/index.js", "index.js", "package.json"]
    );
    author.bit(["export"]).success();
    author.fsck();
    reader.fsck();
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_state_or_the_new_one() {
    let env = TestEnvironment::new();
    let workspace = pair(&env);
    let task = json!({"name": "make", "run": ": > made.txt", "outputs": ["made.txt"]});
    configure(&workspace, &one_task(task), &[("*", "own")]);
    workspace.bit(["status"]).success();
    let bitmap = workspace.read(".bitmap");
    faults::kill_everywhere(&workspace, &["tag", "-m", "one"], |workspace, _| {
        let tagged = workspace.versions().len();
        assert!(tagged == 0 || tagged == 2, "{tagged}");
        workspace.fsck();
        workspace.bit(["status"]).success();
        assert_eq!(workspace.read(".bitmap") == bitmap, tagged == 0);
        workspace.bit(["tag", "-m", "one"]).success();
        assert_eq!(tree(workspace, "button@0.0.1"), ["component.json", "index.js", "made.txt", "package.json"]);
        // Whoever builds next sweeps up what is left.
        workspace.bit(["build"]).success();
        no_capsules(&env);
    });
}

#[test]
fn what_has_to_be_compiled_is() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.ts", "export const colour: string = 'red';\n"), ("index.css", "a { color: red }\n")]),
        (
            "button",
            &[("index.ts", "import { colour } from '@my-org/ui.theme';\nexport const label: string = colour;\n")],
        ),
        (
            "plain",
            &[("index.js", "module.exports = require('./dist/own.js');\n"), ("dist/own.js", "module.exports = 1;\n")],
        ),
        ("none", &[("index.ts", "export const x: number = 1;\n"), ("dist/own.js", "module.exports = 1;\n")]),
    ]);
    configure(
        &workspace,
        &json!({"tested": {"tasks": [
            {"task": "compile"},
            {"name": "test", "run": "node -e 'import(\"./dist/index.js\").then(m => process.exit(m.label === \"red\" ? 0 : 1))'"},
        ]}}),
        &[("button", "tested"), ("none", "none")],
    );
    workspace.write("theme/dist/left.js", "by another tool");
    let report = workspace.bit(["tag", "-m", "x", "--json"]).success().json();
    assert_eq!(report["builds"].as_array().unwrap().len(), 2, "{report}");
    let theme = tree(&workspace, "theme@0.0.1");
    assert!(theme.contains(&"dist/index.js".to_owned()) && theme.contains(&"dist/index.d.ts".to_owned()), "{theme:?}");
    assert!(theme.contains(&"dist/index.css".to_owned()) && !theme.contains(&"dist/left.js".to_owned()), "{theme:?}");
    let manifest_of = |tag: &str| manifest(&workspace, tag);
    assert_eq!(manifest_of("theme@0.0.1")["build"], json!([{"task": "compile", "ok": true}]));
    let button = manifest_of("button@0.0.1");
    assert_eq!((&button["env"], &button["artifacts"]), (&json!("tested"), &json!(["dist"])));
    assert_eq!(button["build"], json!([{"task": "compile", "ok": true}, {"task": "test", "ok": true}]));
    // Where nothing is compiled, a dist is an author's own.
    for tag in ["plain@0.0.1", "none@0.0.1"] {
        assert!(tree(&workspace, tag).contains(&"dist/own.js".to_owned()));
        let manifest = manifest_of(tag);
        assert_eq!((&manifest["artifacts"], &manifest["build"]), (&json!([]), &json!([])));
    }
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!([]), "{status}");
    workspace.fsck();
    workspace
        .bit(["build"])
        .success()
        .says("my-org.ui/theme compile (as before)")
        .says("compile (as before), test (as before)");

    workspace.append("theme/index.ts", "export const = ;\n");
    let run = workspace.bit(["tag", "-m", "y", "--ignore-issues", "ParseError"]);
    run.fails(1).complains("my-org.ui/theme: index.ts:2:14: ").complains("my-org.ui/button was not built");
    assert_eq!(workspace.versions().len(), 4);
}

#[test]
fn declarations_can_be_those_of_typescript() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    // It stands for the real one: there is no network here.
    let tsc = "node -e 'const c = JSON.parse(fs.readFileSync(\"tsconfig.bit.json\")); \
               fs.writeFileSync(c.compilerOptions.outDir + \"/index.d.ts\", \"// by tsc, strict: \" + c.compilerOptions.strict + \"\\n\")'";
    workspace.write_program("node_modules/.bin/tsc", tsc);
    workspace.components(&[
        ("theme", &[("index.ts", "export const colours = ['red'].map((name) => name + '!');\n")]),
        ("plain", &[("index.js", "")]),
    ]);
    workspace.bit(["build"]).success().complains("index.ts:1");
    configure(&workspace, &json!({"typed": {"declarations": "tsc"}}), &[("*", "typed")]);
    workspace.bit(["tag", "-m", "x"]).success().silent_about("index.ts");
    let shown = |path: &str| workspace.scope_git(["show", &format!("my-org.ui/theme@0.0.1:{path}")]).stdout;
    assert_eq!(shown("dist/index.d.ts"), "// by tsc, strict: true\n");
    assert!(shown("dist/index.js").contains("colours"));
    let ran = json!([{"task": "compile", "ok": true}, {"task": "declarations", "ok": true}]);
    assert_eq!(manifest(&workspace, "theme@0.0.1")["build"], ran);
    assert_eq!(manifest(&workspace, "plain@0.0.1")["build"], json!([]));
    assert!(!tree(&workspace, "theme@0.0.1").contains(&"tsconfig.bit.json".to_owned()));

    // What is on this machine is not the workspace's, and another machine may have another.
    env.program_of_user("tsc", tsc);
    workspace.remove("node_modules/.bin/tsc").append("theme/index.ts", "// more\n");
    let run = workspace.bit(["tag", "-m", "y"]);
    run.fails(1).complains("there is no TypeScript in this workspace").complains("npm install --save-dev typescript");
    let build = workspace.bit(["build", "--json"]);
    assert!(build.stdout.contains("there is no TypeScript in this workspace"), "{build}");
}

#[test]
fn a_version_has_the_declarations_of_typescript_itself() {
    needs_installed!(TYPESCRIPT);
    let env = TestEnvironment::new();
    let (workspace, _) = workspace_with_typescript(&env);
    // Nothing says its type: only who knows all types can write these declarations.
    workspace.components(&[
        ("theme", &[("index.ts", "export const theme = { tones: ['red'].map((name) => ({ name })) };\n")]),
        ("card", &[("index.ts", "import { theme } from '@my-org/ui.theme';\nexport const card = theme.tones[0];\n")]),
    ]);
    configure(&workspace, &json!({"typed": {"declarations": "tsc"}}), &[("*", "typed")]);
    workspace.bit(["tag", "-m", "one"]).success().silent_about("warning");
    let declared =
        |tag: &str| workspace.scope_git(["show", &format!("my-org.ui/{tag}:dist/index.d.ts")]).success().stdout.clone();
    assert_eq!(
        (declared("theme@0.0.1"), declared("card@0.0.1")),
        (
            "export declare const theme: {\n    tones: {\n        name: string;\n    }[];\n};\n".to_owned(),
            "export declare const card: {\n    name: string;\n};\n".to_owned()
        )
    );
    assert_eq!(tree(&workspace, "card@0.0.1"), CARD);
    // What bit compile writes is the same.
    workspace.bit(["compile"]).success();
    assert_eq!(workspace.read("node_modules/@my-org/ui.card/dist/index.d.ts"), declared("card@0.0.1"));
    no_capsules(&env);

    // A type that does not fit is a failed build, also where another component made it so.
    workspace.write("theme/index.ts", "export const theme = { tones: [{ name: 1 }] };\n");
    workspace.append("card/index.ts", "export const text: string = card.name;\n");
    let before = (workspace.refs(), workspace.read(".bitmap"));
    let run = workspace.bit(["tag", "-m", "two"]);
    run.fails(1).complains("nothing was tagged").complains("index.ts(3,14): error TS2322");
    assert_eq!((workspace.refs(), workspace.read(".bitmap")), before);
    // What waits for another one is not told to write down what TypeScript knows.
    workspace.write("theme/index.ts", "export const theme: string = 1;\n");
    let run = workspace.bit(["build"]);
    run.fails_quietly(1).says("my-org.ui/card was not built: it needs my-org.ui/theme").silent_about("type annotation");
    workspace.write("theme/index.ts", "export const theme = { tones: [{ name: 'blue' }] };\n");
    workspace.bit(["tag", "-m", "two"]).success();
    assert!(declared("card@0.0.2").contains("export declare const text: string;"));
    workspace.fsck();
}

/// All files of `card`.
const CARD: [&str; 6] =
    ["component.json", "dist/index.d.ts", "dist/index.js", "dist/index.js.map", "index.ts", "package.json"];
