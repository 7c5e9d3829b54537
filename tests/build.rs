//! `bit build` and `bit test`: commands in capsules, in dependency order, and never twice for the same content.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Value, json};

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, YARN_1, YARN_4, outside_package, with_each_manager,
};
use crate::common::{Folder, Run, TestEnvironment};

/// workspace.jsonc with environments, and variants that choose them by folder.
pub fn configure(workspace: &Folder<'_>, environments: &Value, chosen: &[(&str, &str)]) {
    let variants: BTreeMap<&str, Value> =
        chosen.iter().map(|(folder, name)| (*folder, json!({"bit.build/env": name}))).collect();
    let config = json!({
        "teambit.workspace/workspace": {"defaultScope": "my-org.ui"},
        "bit.build/envs": environments,
        "teambit.workspace/variants": variants,
    });
    workspace.write("workspace.jsonc", serde_json::to_string_pretty(&config).unwrap());
}

/// An environment of one task with these keys.
pub fn one_task(task: Value) -> Value {
    json!({"own": {"tasks": [task]}})
}

/// `card` → `button` → `theme`, all built by `own`.
fn row<'e>(env: &'e TestEnvironment, task: Value) -> Folder<'e> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
    ]);
    configure(&workspace, &one_task(task), &[("*", "own")]);
    workspace
}

/// A command line that writes down, outside of every capsule, that it ran.
pub fn noted(workspace: &Folder<'_>, then: &str) -> String {
    format!("basename \"$(dirname \"$PWD\")\" >> {}/ran; {then}", workspace.machine().root().display())
}

/// Who ran since this was asked last, sorted.
pub fn ran(workspace: &Folder<'_>) -> Vec<String> {
    let file = workspace.machine().root().join("ran");
    let text = fs::read_to_string(&file).unwrap_or_default();
    let _ = fs::remove_file(&file);
    let mut names: Vec<String> = text.lines().map(str::to_owned).collect();
    names.sort();
    names
}

/// No capsule is left.
#[track_caller]
pub fn no_capsules(env: &TestEnvironment) {
    assert_eq!(env.folder("tmp").listing(&[]), Vec::<String>::new());
}

fn component<'v>(run: &'v Value, name: &str) -> &'v Value {
    let components = run["components"].as_array().unwrap();
    components.iter().find(|component| component["id"] == format!("my-org.ui/{name}")).unwrap()
}

#[test]
fn a_command_runs_in_a_capsule_with_the_component_and_what_it_needs() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "look", "run": "./look.sh", "outputs": ["out"]}));
    let look = "#!/bin/sh\nmkdir -p out/deep\nnode -p 'require(\"./index.js\") + require(\"@my-org/ui.button\")' > out/deep/said\n\
                node -p 'require(\"@my-org/ui.card/package.json\").name' >> out/deep/said\nls -A >> out/deep/said\n\
                printf '\\377\\r\\n'\ncat\n";
    workspace
        .write("card/crlf.txt", "a\r\nb\r\n")
        .write_program("card/look.sh", look.trim_start_matches("#!/bin/sh\n"));
    configure(
        &workspace,
        &json!({"own": {"tasks": [{"name": "look", "run": "./look.sh && cp crlf.txt out", "outputs": ["out"]}]}}),
        &[("card", "own")],
    );
    let run = workspace.bit(["build", "--keep-capsules", "--json"]);
    let report = run.success().json();
    assert_eq!(report["ok"], true);
    let card = component(&report, "card");
    assert_eq!((&card["env"], &card["artifacts"]), (&json!("own"), &json!(["out"])));
    assert_eq!(card["tasks"], json!([{"task": "look", "ok": true, "cached": false}]));
    let capsule = card["capsules"][0].as_str().unwrap();
    assert!(capsule.contains("/tmp/bit-kept-capsules-") && capsule.ends_with("/my-org.ui/card/look"), "{capsule}");
    let capsule = env.folder(capsule.strip_prefix("[ROOT]/").unwrap());
    assert_eq!(
        capsule.read("out/deep/said"),
        "redred\n@my-org/ui.card\ncrlf.txt\nindex.js\nlook.sh\nnode_modules\nout\npackage.json\n"
    );
    assert_eq!(capsule.read("out/crlf.txt"), "a\nb\n", "as a version would hold it");
    // Nothing of the workspace is changed, and other components have nothing to do.
    assert!(!workspace.exists("card/out"));
    assert_eq!(component(&report, "button")["tasks"], json!([]));
    workspace.bit(["status"]).success();
}

#[test]
fn what_a_component_does_not_need_is_not_found() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace
        .write("node_modules/used/package.json", r#"{"name": "used", "version": "1.2.3"}"#)
        .write("node_modules/used/index.js", "module.exports = require('inner');\n")
        .write("node_modules/inner/package.json", r#"{"name": "inner", "version": "1.0.0"}"#)
        .write("node_modules/inner/index.js", "module.exports = 'inner';\n")
        .write("node_modules/tool/package.json", r#"{"name": "tool", "version": "1.0.0"}"#)
        .write("node_modules/tool/index.js", "module.exports = 'tool';\n")
        .write("package.json", r#"{"devDependencies": {"tool": "^1.0.0"}}"#)
        .write_program("node_modules/.bin/say", "echo said by a program");
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n")]),
        ("button", &[("index.js", "module.exports = require('used');\n")]),
    ]);
    let line = "say && npx --no-install say && node -p 'require(\"./index.js\") + require(\"tool\")'; \
                node -e 'require(\"inner\")' 2>/dev/null || echo no inner; \
                node -e 'require(\"@my-org/ui.theme\")' 2>/dev/null || echo no theme; \
                env; exit 1";
    configure(&workspace, &one_task(json!({"name": "look", "run": line})), &[("button", "own")]);
    let secrets = [
        ("BIT_TOKEN", "secret-1"),
        ("GIT_ASKPASS", "secret-2"),
        ("GIT_CONFIG_VALUE_0", "secret-3"),
        ("NODE_PATH", "/x"),
    ];
    let mut run = workspace.invocation().args(["build"]).env("CI", "yes");
    for (name, value) in secrets {
        run = run.env(name, value);
    }
    let run = run.run();
    run.says("said by a program\n    | said by a program\n    | innertool\n    | no inner\n    | no theme")
        .says("CI=yes");
    run.silent_about("secret-").silent_about("NODE_PATH").silent_about("GIT_");
    assert_eq!(run.code, Some(1));
}

/// Node.js, and whatever of the machine's programs a line names.
#[test]
fn another_program_of_the_machine_is_another_build() {
    let env = TestEnvironment::new();
    env.program_of_user("gen", "echo one");
    let workspace = row(&env, json!({"name": "make", "run": "gen > made.txt", "outputs": ["made.txt"]}));
    workspace.bit(["build"]).success();
    workspace.bit(["build"]).success().says("make (as before)");
    env.program_of_user("gen", "echo the other");
    workspace.bit(["build"]).success().silent_about("as before");
    workspace.bit(["build"]).success().says("make (as before)");
    env.program_of_user("other-than-gen", "exit 1");
    workspace.bit(["build"]).success().says("make (as before)");
    env.program_of_user("node", "exit 1");
    workspace.bit(["build"]).success().silent_about("as before");
}

#[test]
fn nothing_runs_twice_for_the_same_content() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "true"}));
    let task = |extra: &str| {
        let run = noted(&workspace, &format!("mkdir -p dist && echo made{extra} > dist/made.txt"));
        json!({"name": "make", "run": run, "inputs": ["**/*.js"], "outputs": ["dist"]})
    };
    configure(&workspace, &one_task(task("")), &[("*", "own")]);
    workspace.bit(["build", "button"]).success().says("my-org.ui/button make").silent_about("card");
    assert_eq!(ran(&workspace), ["button", "theme"]);
    workspace.bit(["build"]).success().says("3 components built");
    assert_eq!(ran(&workspace), ["card"]);
    workspace.bit(["build"]).success().says("make (as before)");
    assert_eq!(ran(&workspace), [""; 0]);

    // A component and those that need it; a file that is no input changes nothing.
    workspace.append("button/index.js", "// more\n");
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["button", "card"]);
    workspace.write("button/notes.txt", "notes");
    workspace.bit(["build", "button"]).success();
    assert_eq!(ran(&workspace), [""; 0]);
    // Its dependents get the file with the package.
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["card"]);
    // A version changes no content, nor does where it is read from.
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["tag", "-m", "two", "card", "--unmodified"]).success();
    assert_eq!(ran(&workspace), [""; 0]);

    // Another command is another environment.
    configure(&workspace, &one_task(task(" anew")), &[("*", "own")]);
    workspace.bit(["build", "theme"]).success();
    assert_eq!(ran(&workspace), ["theme"]);
    // What is damaged is built again.
    let builds = workspace.local_scope().join("bit/builds");
    for entry in fs::read_dir(&builds).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "results") {
            let mut bytes = fs::read(&path).unwrap();
            let last = bytes.len() - 1;
            bytes.iter_mut().skip(last / 2).for_each(|byte| *byte ^= 1);
            fs::write(&path, bytes).unwrap();
        }
    }
    workspace.bit(["build"]).success();
    assert!(!ran(&workspace).is_empty());
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), [""; 0]);
    no_capsules(&env);
}

#[test]
fn another_installed_package_is_another_dependency() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let install = |version: &str| {
        let package = format!(r#"{{"name": "used", "version": "{version}"}}"#);
        workspace.write("node_modules/used/package.json", package).write("node_modules/used/index.js", "");
    };
    install("1.0.0");
    workspace.components(&[
        ("theme", &[("index.js", "require('used');\n")]),
        ("button", &[("index.js", "require('@my-org/ui.theme');\n")]),
        ("icon", &[("index.js", "")]),
    ]);
    configure(&workspace, &one_task(json!({"name": "x", "run": noted(&workspace, "true")})), &[("*", "own")]);
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["button", "icon", "theme"]);
    install("1.0.1");
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["button", "theme"]);
}

#[test]
fn what_an_installed_package_needs_is_a_dependency_too() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let install = |place: &str, version: &str, needs: &str| {
        let package = format!(r#"{{"version": "{version}", "dependencies": {{{needs}}}}}"#);
        workspace.write(&format!("node_modules/{place}/package.json"), package);
    };
    install("debug", "4.0.0", r#""ms": "2""#);
    install("ms", "2.1.2", "");
    install("tool", "1.0.0", r#""engine": "1""#);
    install("engine", "1.0.0", "");
    install("program", "1.0.0", r#""engine": "2""#);
    install("program/node_modules/engine", "2.0.0", "");
    install("stray", "1.0.0", "");
    workspace.write("node_modules/program/run.js", "");
    workspace.write("node_modules/.bin/.keep", "");
    std::os::unix::fs::symlink("../program/run.js", workspace.path().join("node_modules/.bin/run")).unwrap();
    workspace.components(&[("theme", &[("index.js", "require('debug');\n")]), ("icon", &[("index.js", "")])]);
    configure(&workspace, &one_task(json!({"name": "test", "run": noted(&workspace, "true")})), &[("*", "own")]);
    let tested = || {
        workspace.bit(["test"]).success();
        ran(&workspace)
    };
    tested();
    assert_eq!(tested(), [""; 0]);
    install("ms", "2.1.3", "");
    assert_eq!(tested(), ["theme"], "as by an override");
    install("debug/node_modules/ms", "2.1.3", "");
    assert_eq!(tested(), [""; 0], "another place is no other package");
    install("debug/node_modules/ms", "2.1.2", "");
    assert_eq!(tested(), [""; 0], "as it was at first");
    install("engine", "1.0.1", "");
    install("stray", "1.0.1", "");
    assert_eq!(tested(), [""; 0], "nobody needs them");
    workspace.write("package.json", r#"{"devDependencies": {"tool": "1"}}"#);
    assert_eq!(tested(), ["icon", "theme"]);
    install("engine", "1.0.2", "");
    assert_eq!(tested(), ["icon", "theme"], "what a tool needs");
    install("program/node_modules/engine", "2.0.1", "");
    assert_eq!(tested(), ["icon", "theme"], "what a program needs");
    for place in ["patches/ms+2.1.3.patch", "patches/@scope/ms.patch", ".yarn/patches/ms.patch"] {
        workspace.write(place, "+ more\n");
        assert_eq!(tested(), ["icon", "theme"], "no number says so: {place}");
    }
    workspace.write("patches/README.md", "more");
    assert_eq!(tested(), [""; 0]);
    // Who changes an installed file by hand says so.
    workspace.bit(["init", "--reset"]).success();
    assert_eq!(tested(), ["icon", "theme"]);
}

#[test]
fn a_failure_is_not_remembered_and_what_needs_the_component_waits() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "true"}));
    workspace.component("icon", &[("index.js", "")]);
    let line =
        noted(&workspace, "if [ -e broken ]; then seq 1000; printf '\\033[31mred\\033[0m \\377\\n' >&2; exit 3; fi");
    configure(&workspace, &one_task(json!({"name": "make", "run": line})), &[("*", "own")]);
    workspace.write("button/broken", "x");
    for _ in 0..2 {
        let run = workspace.bit(["build"]);
        assert_eq!(run.code, Some(1), "{run}");
        run.says("my-org.ui/button: the task \"make\" ended with 3")
            .says("    | 1000\n    | red \u{fffd}\n")
            .says("my-org.ui/card was not built: it needs my-org.ui/button")
            .says("  > my-org.ui/icon")
            .silent_about("| 100\n");
        let all_of_it = run.stdout.lines().find_map(|line| line.trim().strip_prefix("all of it: [ROOT]/")).unwrap();
        let log = fs::read(env.root().join(all_of_it)).unwrap();
        assert!(log.starts_with(b"1\n2\n3\n") && log.ends_with(b"\xff\n"));
    }
    assert_eq!(ran(&workspace), ["button", "button", "icon", "theme"]);
    let report = workspace.bit(["build", "card", "--json"]).json();
    assert_eq!(report["ok"], false);
    assert_eq!(component(&report, "card")["waitsFor"], "my-org.ui/button");
    let task = &component(&report, "button")["tasks"][0];
    assert_eq!((&task["ok"], &task["code"]), (&json!(false), &json!(3)));
    no_capsules(&env);
}

#[test]
fn tests_are_run_by_bit_test_and_stop_nobody_else() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "true"}));
    let environments = json!({"own": {"tasks": [
        {"name": "make", "run": "mkdir dist && cp index.js dist", "outputs": ["dist"]},
        {"name": "test", "run": noted(&workspace, "test -e dist/index.js && ! grep -q wrong index.js")},
        {"name": "test:deep", "run": noted(&workspace, "exit 0")},
        {"name": "bundle", "run": "[ \"$(basename \"$(dirname \"$PWD\")\")\" != card ] || exit 9"},
    ]}});
    configure(&workspace, &environments, &[("*", "own")]);
    workspace.bit(["test", "card"]).success().says("> my-org.ui/card make, test, test:deep").says("1 component built");
    assert_eq!(ran(&workspace), ["card", "card"], "what it needs is built, not tested");
    workspace.append("theme/index.js", "// wrong\n").append("button/index.js", "// wrong\n");
    let run = workspace.bit(["test"]);
    assert_eq!(run.code, Some(1));
    run.says("my-org.ui/theme: the task \"test\" ended with 1")
        .says("my-org.ui/button: the task \"test\" ended with 1");
    run.silent_about("was not built").silent_about("capsule: ");
    no_capsules(&env);
    let run = workspace.bit(["test", "theme", "--keep-capsules"]);
    let capsule = run.stdout.lines().find_map(|line| line.trim().strip_prefix("capsule: [ROOT]/"));
    let capsule = env.folder(capsule.unwrap_or_else(|| panic!("no capsule is named: {run}")));
    assert!(capsule.read("index.js").ends_with("// wrong\n") && capsule.exists("dist/index.js"));
    workspace.bit(["build", "card", "--skip-tests"]).says("\"bundle\" ended with 9");

    configure(&workspace, &json!({}), &[]);
    workspace.bit(["test"]).success().says("nothing to test");
    workspace.bit(["build"]).success().says("nothing to build");
}

#[test]
fn components_that_do_not_need_each_other_are_built_at_once() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("left", &[("index.js", "")]),
        ("right", &[("index.js", "")]),
        ("top", &[("index.js", "require('@my-org/ui.left'); require('@my-org/ui.right');\n")]),
    ]);
    // Each of the two waits for the other; `top` finds what both made.
    let root = env.root();
    let line = format!(
        "me=$(basename \"$(dirname \"$PWD\")\"); mkdir dist; echo \"$me\" > dist/name; \
         if [ \"$me\" = top ]; then cat node_modules/@my-org/ui.left/dist/name node_modules/@my-org/ui.right/dist/name > dist/both; exit; fi; \
         touch {root}/$me; n=0; while [ ! -e {root}/left ] || [ ! -e {root}/right ]; do n=$((n+1)); [ $n -gt 200 ] && exit 1; sleep 0.1; done",
        root = root.display()
    );
    configure(&workspace, &one_task(json!({"name": "x", "run": line, "outputs": ["dist"]})), &[("*", "own")]);
    if std::thread::available_parallelism().is_ok_and(|processors| processors.get() < 2) {
        return crate::common::skipped("one processor");
    }
    workspace.bit(["tag", "-m", "x"]).success();
    assert_eq!(workspace.scope_git(["show", "my-org.ui/top@0.0.1:dist/both"]).line(), "left\nright");
}

#[test]
fn a_cycle_is_built_with_its_sources_linked() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.components(&[
        ("a", &[("index.js", "exports.name = 'a'; exports.other = () => require('@my-org/ui.b').name;\n")]),
        ("b", &[("index.js", "exports.name = 'b'; exports.other = () => require('@my-org/ui.a').name;\n")]),
        ("c", &[("index.js", "module.exports = require('@my-org/ui.a');\n")]),
    ]);
    let line = noted(
        &workspace,
        "mkdir dist && node -p 'require(\"./index.js\").other()' > dist/other && ls node_modules/@my-org",
    );
    configure(&workspace, &one_task(json!({"name": "x", "run": line, "outputs": ["dist"]})), &[("*", "own")]);
    workspace.bit(["tag", "-m", "x", "--ignore-issues", "CircularDependency"]).success();
    let said =
        |tag: &str| workspace.scope_git(["show", &format!("my-org.ui/{tag}@0.0.1:dist/other")]).line().to_owned();
    assert_eq!([said("a"), said("b"), said("c")], ["b", "a", "b"]);
    assert_eq!(ran(&workspace), ["a", "b", "c"]);
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), [""; 0]);
    workspace.append("b/index.js", "// more\n");
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["a", "b", "c"]);
}

#[test]
fn a_component_that_is_not_here_is_found_in_the_local_scope() {
    let env = TestEnvironment::new();
    let host = env.folder("host");
    let author = env.git_workspace_at("author", "their.base");
    author.components(&[
        ("colour", &[("index.js", "module.exports = 'green';\n")]),
        ("theme", &[("index.js", "module.exports = require('@their/base.colour');\n")]),
    ]);
    author.bit(["tag", "-m", "x"]).success();
    author.bit(["scope", "create", &format!("{}/base", host.path().display()), "--name", "their.base"]).success();
    author.bit(["remote", "add", &format!("{}/base", host.path().display())]).success();
    author.bit(["export"]).success();

    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", &format!("{}/base", host.path().display())]).success();
    workspace.bit(["import", "--objects", "their.base/theme"]).success();
    workspace.component("button", &[("index.js", "module.exports = require('@their/base.theme');\n")]);
    let line = noted(&workspace, "mkdir dist && node -p 'require(\"./index.js\")' > dist/said");
    configure(&workspace, &one_task(json!({"name": "x", "run": line, "outputs": ["dist"]})), &[("*", "own")]);
    workspace.bit(["tag", "-m", "x"]).success();
    assert_eq!(workspace.scope_git(["show", "my-org.ui/button@0.0.1:dist/said"]).line(), "green");
    workspace.bit(["build"]).success();
    assert_eq!(ran(&workspace), ["button"]);
}

/// The package manager has installed it its own way.
fn an_ejected_component_is_found_in_a_capsule(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = row(&env, json!({"name": "x", "run": "true"}));
    let line = noted(&workspace, "mkdir dist && node -p 'require(\"./index.js\")' > dist/said");
    configure(&workspace, &one_task(json!({"name": "x", "run": line, "outputs": ["dist"]})), &[("*", "own")]);
    outside_package(&workspace, "left");
    workspace.write("package.json", "{\"dependencies\": {\"left\": \"file:./outside/left.tgz\"}}");
    manager.install_here(&workspace);
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export"]).success();
    ran(&workspace);
    workspace.bit(["eject", "button", "theme"]).success();
    workspace.append("card/index.js", "// more\n");
    workspace.bit(["tag", "card", "-m", "more"]).success();
    assert_eq!(ran(&workspace), ["card"]);
    assert_eq!(workspace.scope_git(["show", "my-org.ui/card@0.0.2:dist/said"]).line(), "red");
    let left = env.folder("tmp").listing(&[]);
    assert!(!left.iter().any(|path| path.contains("bit-")), "{left:?}");
}

with_each_manager! {
    an_ejected_component_is_found_in_a_capsule:
    npm_11_serves_capsules: NPM_11,
    npm_12_serves_capsules: NPM_12,
    pnpm_9_serves_capsules: PNPM_9,
    pnpm_10_serves_capsules: PNPM_10,
    pnpm_11_serves_capsules: PNPM_11,
    pnpm_12_serves_capsules: PNPM_12,
    yarn_1_serves_capsules: YARN_1,
    yarn_4_serves_capsules: YARN_4,
    bun_serves_capsules: BUN,
}

#[test]
fn wrong_settings_are_named_by_line() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "true"}));
    let refused = |config: &str, why: &str| {
        workspace.write("workspace.jsonc", config);
        workspace.bit(["build"]).fails(1).complains(why).complains("workspace.jsonc");
    };
    refused("{\n  \"bit.build/env\": \"reakt\",\n  \"bit.build/envs\": {\"react\": {}}\n}", "did you mean \"react\"?");
    refused("{\n  \"bit.build/envs\": {\n    \"own\": {\"tasks\": [{\"name\": \"x\"}]}\n  }\n}", "it needs \"run\"");
    refused("{\"teambit.workspace/variants\": {\n\"card\": {\"bit.build/env\": \"x\"}}}", "no environment \"x\"");
    for output in ["../x", "/etc", ".git", "package.json", "node_modules/x", "a/../../b"] {
        let environments = one_task(json!({"name": "x", "run": "true", "outputs": [output]}));
        refused(&json!({"bit.build/envs": environments}).to_string(), "\"outputs\" can't hold");
    }
    let run: Run = workspace.bit(["status"]);
    run.fails(1).complains("workspace.jsonc:1:");
}

#[test]
fn what_killed_builds_left_is_swept_and_other_folders_stay() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "kill -9 $PPID; sleep 0.2"}));
    let run = workspace.bit(["build"]);
    assert_eq!(run.signal, Some(9), "{run}");
    let left = fs::read_dir(env.root().join("tmp")).unwrap().count();
    assert_eq!(left, 1);
    let tmp = env.folder("tmp");
    tmp.write("bit-capsules-of-somebody/x", "x");
    configure(&workspace, &one_task(json!({"name": "x", "run": "true"})), &[("*", "own")]);
    std::thread::sleep(std::time::Duration::from_millis(400));
    workspace.bit(["build"]).success();
    assert_eq!(tmp.listing(&[]), ["bit-capsules-of-somebody/x"]);
}

#[test]
fn a_command_ends_when_bit_is_ended() {
    use rustix::process::{Pid, Signal, kill_process};
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let env = TestEnvironment::new();
        let pid_file = env.root().join("pid");
        // The second one has a session of its own.
        let line = format!(
            "sleep 300 & echo $! > {}.new; setsid sleep 300 & echo $! >> {0}.new; sleep 0.2; mv {0}.new {0}; wait",
            pid_file.display()
        );
        let workspace = row(&env, json!({"name": "x", "run": line}));
        // Only bit itself is told, as by what cancels a run.
        let mut bit = std::process::Command::new(TestEnvironment::binary())
            .args(["build", "theme"])
            .current_dir(workspace.path())
            .env("HOME", env.home())
            .env("TMPDIR", env.root().join("tmp"))
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let processes = until(|| fs::read_to_string(&pid_file).ok());
        kill_process(Pid::from_child(&bit), signal).unwrap();
        bit.wait().unwrap();
        assert_eq!(processes.lines().count(), 2);
        for process in processes.lines() {
            until(|| {
                let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
                (!stat.contains("(sleep)") || stat.contains(") Z ")).then_some(())
            });
        }
    }
}

/// What is there soon.
#[track_caller]
fn until<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let begun = std::time::Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed().as_secs() < 30, "it did not happen");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn a_component_of_nothing_but_outputs_is_told_so() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "x", "run": "true", "outputs": ["index.js"]}));
    workspace.bit(["status"]).says("all files of theme are \"outputs\" of its environment");
    workspace.write("theme/lib/more.js", "");
    workspace
        .bit(["status"])
        .says("main-file is one of the \"outputs\" of its environment")
        .silent_about("put it back");
    workspace.remove("theme/lib");
}

#[test]
fn what_a_task_promises_it_has_to_make() {
    let env = TestEnvironment::new();
    let workspace = row(&env, json!({"name": "make", "run": "mkdir dist", "outputs": ["dist", "types", "more/x.js"]}));
    let told = "my-org.ui/theme: the task \"make\" passed and did not make \"types\", \"more/x.js\"";
    for _ in 0..2 {
        workspace.bit(["build", "theme"]).fails_quietly(1).says(told);
    }
    workspace.bit(["tag", "-m", "x"]).fails(1).complains(told);
    assert_eq!(workspace.versions(), [""; 0]);
    let error = workspace.bit(["build", "theme", "--json"]).json()["components"][0]["tasks"][0]["error"].clone();
    assert!(error.as_str().unwrap().contains("an empty folder where there is nothing"), "{error}");
    configure(
        &workspace,
        &one_task(json!({"name": "make", "run": "mkdir dist", "outputs": ["dist"]})),
        &[("*", "own")],
    );
    workspace.bit(["tag", "-m", "x"]).success();
}

#[test]
fn what_a_command_does_to_the_packages_of_components_nobody_else_sees() {
    let env = TestEnvironment::new();
    let line = "mkdir out; node -p 'require(\"./index.js\")' > out/before; theme=node_modules/@my-org/ui.theme/index.js; \
                test -e $theme && echo \"exports.colour = 'blue';\" > $theme; \
                node -p 'require(\"./index.js\")' > out/after";
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "exports.colour = 'red';\n")]),
        ("button", &[("index.js", "exports.theme = require('@my-org/ui.theme');\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.button');\n")]),
        // It finds one theme, whoever leads there.
        (
            "page",
            &[("index.js", "const theme = require('@my-org/ui.theme');\nmodule.exports = [theme.colour, require('@my-org/ui.card').theme === theme];\n")],
        ),
        ("last", &[("index.js", "require('@my-org/ui.page');\nmodule.exports = require('@my-org/ui.theme').colour;\n")]),
    ]);
    configure(&workspace, &one_task(json!({"name": "paint", "run": line, "outputs": ["out"]})), &[("*", "own")]);
    workspace.bit(["tag", "-m", "x"]).success();
    let made = |name: &str| {
        let file =
            |file: &str| workspace.scope_git(["show", &format!("my-org.ui/{name}@0.0.1:out/{file}")]).line().to_owned();
        (file("before"), file("after"))
    };
    let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
    assert_eq!(made("button"), pair("{ theme: { colour: 'red' } }", "{ theme: { colour: 'blue' } }"));
    assert_eq!(made("card"), pair("{ theme: { colour: 'red' } }", "{ theme: { colour: 'red' } }"));
    assert_eq!(made("page"), pair("[ 'red', true ]", "[ 'blue', true ]"));
    assert_eq!(made("last"), pair("red", "blue"));
    no_capsules(&env);
}
