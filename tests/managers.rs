//! Ejecting with real package managers, without a registry: `node` runs what they install, and `tsc` checks its types.

use serde_json::Value;

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_9, PNPM_10, PNPM_11, PNPM_12, TYPESCRIPT, YARN_1, YARN_4, needs_installed,
    with_each_manager,
};
use crate::common::servers::{Host, served};
use crate::common::{Folder, TestEnvironment, needs};
use crate::eject::files;

const APP_PACKAGE: &str = "@my-org/ui.app";
const LOG_THEME: &str = "console.log(require('@my-org/base.theme').theme.colour)";
const LOG_CARD: &str = "console.log(require('@my-org/base.card').used.text)";

/// Every version of it has types of its own.
fn theme(colour: &str) -> String {
    format!(
        "import {{ usual }} from './tones';
import type {{ Tone }} from './tones';
import facts from './facts.json';
export interface Theme {{ colour: '{colour}'; tone: Tone; joint: string }}
export const theme: Theme = {{ colour: '{colour}', tone: usual, joint: facts.joint }};
"
    )
}

const TONES: &str = "export type Tone = 'light' | 'dark';\nexport const usual: Tone = 'light';\n";
const FACTS: &str = "{\"joint\": \" in \"}\n";

fn user_of_theme(name: &str) -> String {
    format!(
        "import {{ theme, type Theme }} from '@my-org/base.theme';
import {{ usual, type Tone }} from '@my-org/base.theme/tones';
export interface Used {{ text: string; theme: Theme; tone: Tone }}
export const used: Used = {{ text: '{name}' + theme.joint + theme.colour, theme, tone: usual }};
export const late = async (): Promise<import('@my-org/base.theme').Theme> => (await import('@my-org/base.theme')).theme;
"
    )
}

const APP: &str = "import { used as input, type Used as Input } from '@my-org/ui.input';
import { used as card, type Used as Card } from '@my-org/base.card';
import { join } from './lib/join';
export interface App { input: Input; card: Card }
export const app: App = { input, card };
export const told: string = join(input.text, card.text);
";
const JOIN: &str = "export const join = (...texts: string[]): string => texts.join();\n";

/// Somebody's own code. Were a type `any`, the error that is expected would be missing.
const CONSUMER: &str = "import { app, told, type App } from '@my-org/ui.app';
import { join } from '@my-org/ui.app/lib/join';
const blue: 'blue' = app.input.theme.colour;
const green: 'green' = app.card.theme.colour;
const tone: 'light' | 'dark' = app.card.tone;
export const words: string = join(told, blue, green, tone);
// @ts-expect-error each has the types of the version that it needs
export const mixed: App['input'] = app.card;
";

/// Where its components live.
const SCOPES: [&str; 2] = ["my-org.base", "my-org.ui"];

/// `app` needs `input` and `card`, and those need different versions of `theme`, of another scope. All are exported.
fn workspace_of<'e>(env: &'e TestEnvironment, manager: &Manager) -> Folder<'e> {
    workspace_with(env, manager, |scope| format!("../{scope}"))
}

/// The same with scopes at other places.
fn workspace_with<'e>(env: &'e TestEnvironment, manager: &Manager, place: impl Fn(&str) -> String) -> Folder<'e> {
    manager.give_to(env);
    let workspace = env.git_workspace();
    manager.choose_in(&workspace);
    // The root of several packages, with line ends of Windows.
    let text = "{\r\n\t\"private\": true,\r\n\t\"workspaces\": [\"packages/*\"]\r\n}";
    workspace
        .write("package.json", text)
        .write("packages/tool/package.json", "{\"name\": \"tool\", \"version\": \"1.0.0\"}");
    if manager.program == "pnpm" {
        workspace.write("pnpm-workspace.yaml", "# ours\npackages:\n  - packages/*\n");
    }
    for scope in SCOPES {
        let place = place(scope);
        workspace.bit(["scope", "create", &place, "--name", scope]).success();
        workspace.bit(["remote", "add", &place]).success();
    }
    workspace
        .write("theme/index.ts", theme("blue"))
        .write("theme/tones.ts", TONES)
        .write("theme/facts.json", FACTS)
        .write("input/index.ts", user_of_theme("input"))
        .write("card/index.ts", user_of_theme("card"))
        .write("app/index.ts", APP)
        .write("app/lib/join.ts", JOIN);
    for (folder, scope) in
        [("theme", "my-org.base"), ("card", "my-org.base"), ("input", "my-org.ui"), ("app", "my-org.ui")]
    {
        workspace.bit(["add", folder, "--scope", scope]).success();
    }
    workspace.bit(["tag", "-m", "first"]).success().silent_about("warning");
    workspace.write("theme/index.ts", theme("green"));
    workspace.bit(["tag", "theme", "-m", "green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "card", "-m", "in green", "--skip-auto-tag"]).success();
    workspace.bit(["tag", "app", "-m", "the new card", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["compile"]).success();
    workspace
}

fn json(folder: &Folder, path: &str) -> Value {
    serde_json::from_str(&folder.read(path)).unwrap()
}

/// Runs a script as somebody's own module, and has it find packages by `require` too.
#[track_caller]
fn run(folder: &Folder, script: &str) -> String {
    let script = format!(
        "import {{ createRequire }} from 'node:module'; const require = createRequire(process.cwd() + '/x'); {script}"
    );
    folder.node(["--no-warnings", "--input-type=module", "-e", &script]).success().line().to_owned()
}

/// The app runs, by import and by require.
#[track_caller]
fn assert_tells(folder: &Folder, app: &str) {
    let script = format!("import {{ told }} from '{app}'; console.log(told === require('{app}').told && told)");
    assert_eq!(run(folder, &script), "input in blue,card in green");
}

/// And who uses it is told its types, in every way of finding packages that needs nothing else to be set. Sources in
/// node_modules are nobody's to check: another's options would find faults in them.
#[track_caller]
fn assert_works(folder: &Folder, app: &str) {
    assert_tells(folder, app);
    let mut projects = Vec::new();
    for (resolution, module) in [("bundler", "esnext"), ("node16", "node16"), ("node10", "commonjs")] {
        let options = format!(
            r#"{{"module": "{module}", "moduleResolution": "{resolution}", "noEmit": true, "listFiles": true, "strict": true, "target": "es2022", "lib": ["es5"]}}"#
        );
        let project = format!("check/{resolution}.json");
        folder.write(&project, format!(r#"{{"compilerOptions": {options}, "files": ["consumer.mts"]}}"#));
        projects.push(project);
    }
    folder.write("check/consumer.mts", CONSUMER.replace(APP_PACKAGE, app));
    // All by one process, which reads what they share once.
    let checked =
        folder.program(&TYPESCRIPT.path().to_string_lossy()).args(["--build", "--force"]).args(projects).run();
    assert_eq!(checked.code, Some(0), "{checked}");
    let is_source = |line: &&str| !line.contains(".d.") && !line.ends_with(".json") && line.contains("node_modules");
    assert_eq!(checked.stdout.lines().find(is_source), None);
    assert_eq!(checked.stdout.matches("/dist/lib/join.d.ts").count(), 3, "{checked}");
    folder.remove("check");
}

/// What a teammate has who clones the repository and has no bit.
fn clone<'e>(workspace: &Folder<'e>, manager: &Manager) -> Folder<'e> {
    let clone = workspace.machine().folder("clone");
    let files = workspace.listing(&[".git", "node_modules", ".bitmap", "workspace.jsonc"]);
    let wanted = ["packages/tool/package.json", "package.json", "pnpm-workspace.yaml", ".yarnrc.yml", manager.lockfile];
    for path in files.iter().filter(|path| wanted.contains(&path.as_str()) || path.starts_with("vendor/")) {
        clone.write(path, workspace.read_bytes(path));
    }
    clone
}

fn eject_and_come_back(manager: &Manager) {
    needs_installed!(TYPESCRIPT);
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, manager);

    // The top one. What it needs are components of the workspace, in other versions than it was made with.
    workspace.bit(["eject", "app"]).success().says("my-org.ui/app@0.0.2").silent_about("warning");
    assert!(!workspace.exists("app"));
    let package = json(&workspace, "package.json");
    assert_eq!(package["dependencies"]["@my-org/ui.app"], "file:./vendor/bit/my-org.ui/app/0.0.2.tgz");
    assert_tells(&workspace, APP_PACKAGE);
    assert_eq!(run(&workspace, LOG_THEME), "green");
    workspace.write("theme/index.ts", theme("red"));
    workspace.bit(["compile"]).success();
    assert_tells(&workspace, APP_PACKAGE);
    assert_eq!(run(&workspace, LOG_THEME), "red");
    workspace.bit(["checkout", "reset", "theme"]).success();
    workspace.bit(["status", "--strict"]).success().silent_about("issues").silent_about("theme ");

    // From the lockfile, as it stands: by bit, and by somebody who has none.
    let lockfile = workspace.read_bytes(manager.lockfile);
    workspace.remove("node_modules");
    workspace.bit(["install", "--frozen"]).success();
    assert_works(&workspace, APP_PACKAGE);
    assert_eq!(workspace.read_bytes(manager.lockfile), lockfile);
    let clone = clone(&workspace, manager);
    manager.install_frozen(&clone).success();
    assert_works(&clone, APP_PACKAGE);

    // All of them.
    workspace.bit(["eject", "*"]).success();
    assert_eq!(json(&workspace, ".bitmap").as_object().unwrap().len(), 1, "{}", workspace.read(".bitmap"));
    assert_tells(&workspace, APP_PACKAGE);
    assert_eq!(run(&workspace, LOG_THEME), "green");
    assert!(workspace.read("package.json").starts_with("{\r\n\t\"private\": true,\r\n\t\"workspaces\": ["));

    // One comes back.
    workspace.bit(["import", "my-org.base/card"]).success().says("not in package.json any more");
    assert_eq!(json(&workspace, "package.json")["dependencies"]["@my-org/base.card"], Value::Null);
    assert_works(&workspace, APP_PACKAGE);
    workspace.write("card/index.ts", user_of_theme("new"));
    workspace.bit(["status"]).success().says("modified components").silent_about("issues");
    workspace.bit(["compile"]).success();
    assert_eq!(run(&workspace, LOG_CARD), "new in green");

    // A newer version of what the top one needs: nothing of the older ones is found any more.
    workspace.bit(["tag", "-m", "new"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["eject", "card"]).success();
    assert_eq!(run(&workspace, LOG_CARD), "new in green");
    assert_tells(&workspace, APP_PACKAGE);
    workspace.fsck();
}

/// Ejects by git, from folders: what the package manager wants to see for that is written once somebody agrees at the
/// terminal.
fn eject_by_git(manager: &Manager, setting: Option<(&str, &str)>) {
    needs!("script");
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, manager);
    match setting {
        Some((file, line)) => asks(&workspace, file, line),
        None => {
            let run = workspace.bit(["eject", "input", "--via", "git"]);
            run.success().complains("/my-org.base: that folder is").complains("/my-org.ui: that folder is");
        }
    }
    is_installed_by_git(&workspace, manager);
    versions_by_git(&workspace, manager);
}

/// Nothing is written before somebody agrees.
fn asks(workspace: &Folder, file: &str, line: &str) {
    let before = files(workspace);
    let eject = "eject input --via git";
    workspace.bit(eject.split(' ')).fails(1).complains(line).complains("--yes");
    assert_eq!(files(workspace), before);
    for no in ["n\n", "\n", "", "later\n"] {
        let run = workspace.at_a_terminal(eject, no);
        assert_eq!(run.code, Some(1), "{run}");
        run.says(line).says("Write that? [y/N]").says("the operation has been canceled");
        assert_eq!(files(workspace), before, "{no:?}");
    }
    workspace.at_a_terminal(eject, "y\n").success().says("successfully ejected");
    assert!(workspace.read(file).contains(line));
}

/// Another version of one component by git; and two at once, or a refusal before anything changes.
fn versions_by_git(workspace: &Folder, manager: &Manager) {
    workspace.bit(["eject", "card", "--via", "git", "--yes"]).success();
    assert_eq!(run(workspace, LOG_CARD), "card in green");
    workspace.bit(["update", "card@0.0.1"]).success().says("my-org.base/card@0.0.1 (from 0.0.2)");
    assert!(workspace.read("package.json").contains("/my-org.base#card@0.0.1\""));
    assert_eq!(run(workspace, LOG_CARD), "card in blue");
    workspace.bit(["uneject", "card"]).success();
    let comes = ["eject", "app", "--via", "git", "--yes"];
    if manager.program == "npm" {
        let before = files(workspace);
        let run = workspace.bit(comes);
        run.fails(1).complains("my-org.base/theme@0.0.1 and my-org.base/theme@0.0.2").complains("leave --via git out");
        assert_eq!(files(workspace), before);
    } else {
        workspace.bit(comes).success();
        assert_tells(workspace, APP_PACKAGE);
        workspace.remove("node_modules").bit(["install", "--frozen"]).success();
        assert_tells(workspace, APP_PACKAGE);
    }
    workspace.bit(["status"]).success().silent_about("issues");
}

/// The same from a server that asks who one is: git's own helper knows it, and nothing else is told.
fn eject_by_http(manager: &Manager, setting: Option<(&str, &str)>) {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let workspace = workspace_with(&env, manager, |scope| host.repository(scope).url);
    let has_no_folder = [YARN_4.name, PNPM_10.name].contains(&manager.name);
    if let Some((file, line)) = setting.filter(|_| has_no_folder) {
        needs!("script");
        let before = workspace.read(file);
        asks(&workspace, file, line);
        workspace.bit(["uneject", "input"]).success();
        workspace.write(file, before);
    }
    workspace.bit(["eject", "input", "--via", "git", "--yes"]).success();
    if let Some((file, line)) = setting {
        assert!(workspace.read(file).contains(line));
    }
    for (path, text) in files(&workspace) {
        assert!(!String::from_utf8_lossy(&text).contains("@127.0.0.1"), "{path} says who reads there");
    }
    is_installed_by_git(&workspace, manager);
    // From a folder the others are asked.
    if has_no_folder {
        versions_by_git(&workspace, manager);
    }
}

/// It runs, from the lockfile too, and its source comes back.
fn is_installed_by_git(workspace: &Folder, manager: &Manager) {
    assert!(workspace.read("package.json").contains("/my-org.ui#input@0.0.1\""));
    let says = "console.log(require('@my-org/ui.input').used.text)";
    assert_eq!(run(workspace, says), "input in blue");
    let lockfile = workspace.read_bytes(manager.lockfile);
    workspace.remove("node_modules").bit(["install", "--frozen"]).success();
    assert_eq!(run(workspace, says), "input in blue");
    assert_eq!(workspace.read_bytes(manager.lockfile), lockfile);
    workspace.bit(["import", "my-org.ui/input"]).success();
    for file in ["package.json", "pnpm-workspace.yaml"].into_iter().filter(|file| workspace.exists(file)) {
        assert!(!workspace.read(file).contains("#theme@"), "{file}: {}", workspace.read(file));
    }
    workspace.bit(["status"]).success().silent_about("issues");
}

/// npm puts a package aside before it removes it, under a name that follows from the place.
const PUT_ASIDE: &str = "const place = require('path').resolve('node_modules/@my-org/base.theme');\
    const hash = require('crypto').createHash('sha1').update(place).digest('base64');\
    const sign = hash.replace(/[^a-zA-Z0-9]+/g, '').slice(0, 8);\
    require('fs').renameSync(place, 'node_modules/@my-org/.base.theme-' + sign)";

fn goes_on_after_a_kill(manager: &Manager) {
    let env = TestEnvironment::new();
    workspace_of(&env, manager);
    let other = env.git_workspace_at("other", "my-org.other");
    other.bit(["remote", "add", "../my-org.base"]).success();
    other.write("package.json", "{ \"private\": true }\n");
    other.bit(["install", "my-org.base/card"]).success();
    let real = manager.path().display().to_string();
    let killed = format!("[ \"$1\" = --version ] && exec '{real}' --version\nnode -e \"{PUT_ASIDE}\"; kill -9 $PPID");
    env.program_of_user(manager.program, &killed);
    assert_eq!(other.bit(["uneject", "card"]).signal, Some(9));
    manager.give_to(&env);
    // The source finds what it needs, where the package stood.
    other.bit(["status"]).success();
    assert!(other.exists("node_modules/@my-org/base.theme/index.ts"));
    other.write("node_modules/@my-org/.mine-abcdefgh/x", "");
    other.bit(["uneject", "card"]).success().says("not in package.json any more");
    assert_eq!(run(&other, LOG_CARD), "card in green");
    let left = other.listing(&[".git", ".bit"]);
    assert!(!left.iter().any(|path| path.contains("/.base.theme-")), "{left:?}");
}

with_each_manager!(goes_on_after_a_kill:
    npm_11_goes_on_after_a_kill: NPM_11,
    npm_12_goes_on_after_a_kill: NPM_12,
);

/// What has to be said before a package manager installs by git.
const OF_NPM: Option<(&str, &str)> = Some((".npmrc", "allow-git=all"));
const OF_PNPM: Option<(&str, &str)> = Some(("pnpm-workspace.yaml", "blockExoticSubdeps: false"));
const OF_YARN: Option<(&str, &str)> = Some((".yarnrc.yml", "approvedGitRepositories:"));

/// By git from a folder and from a server.
macro_rules! by_git {
    ($($test:ident: $manager:ident, $setting:expr, from $($place:ident)+;)*) => {
        $(mod $test {
            use super::*;

            $(#[test]
            fn $place() {
                needs_installed!($manager);
                super::$place(&$manager, $setting);
            })+
        })*
    };
}

by_git! {
    npm_11_installs_by_git: NPM_11, None, from eject_by_git eject_by_http;
    npm_12_installs_by_git_once_that_is_allowed: NPM_12, OF_NPM, from eject_by_git eject_by_http;
    pnpm_9_installs_by_git: PNPM_9, None, from eject_by_http;
    pnpm_10_installs_by_git: PNPM_10, None, from eject_by_http;
    pnpm_11_installs_by_git_once_that_is_allowed: PNPM_11, OF_PNPM, from eject_by_git eject_by_http;
    pnpm_12_installs_by_git_once_that_is_allowed: PNPM_12, OF_PNPM, from eject_by_git eject_by_http;
    yarn_1_installs_by_git: YARN_1, None, from eject_by_git eject_by_http;
    yarn_4_installs_by_git_once_that_is_allowed: YARN_4, OF_YARN, from eject_by_http;
    bun_installs_by_git: BUN, None, from eject_by_git eject_by_http;
}

/// pnpm 10 reads overrides in one place of two: ours go to the one that counts, and put no others out of force.
#[test]
fn pnpm_10_reads_overrides_where_a_person_has_them() {
    needs_installed!(PNPM_10);
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, &PNPM_10);
    let yaml = workspace.read("pnpm-workspace.yaml");
    let (in_json, in_yaml) =
        ("{\"private\":true,\"pnpm\":{\"overrides\":{\"lodash\":\"4\"}}}", "overrides:\n  ms: 2.1.3\n");
    for (package, more) in [(in_json, in_yaml), ("{\"private\":true}", in_yaml), (in_json, "")] {
        workspace.write("package.json", package).write("pnpm-workspace.yaml", format!("{yaml}{more}"));
        workspace.bit(["eject", "input"]).success();
        assert_eq!(workspace.read("package.json").contains("theme@0.0.1"), package == in_json, "{package} {more}");
        assert_eq!(run(&workspace, "console.log(require('@my-org/ui.input').used.text)"), "input in blue");
        workspace.bit(["uneject", "input"]).success();
        assert_eq!(workspace.read("pnpm-workspace.yaml"), format!("{yaml}{more}"));
    }
}

#[test]
fn yarn_4_installs_nothing_by_git_from_a_folder() {
    needs_installed!(YARN_4);
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, &YARN_4);
    let run = workspace.bit(["eject", "input", "--via", "git", "--yes"]);
    run.fails(1).complains("yarn 4.18.1 installs nothing by git from").complains("leave --via git out");
}

/// No bit is needed for a component that needs no other one: from a server, from a folder, and from the lockfile.
fn installs_from_a_scope(manager: &Manager) {
    let env = TestEnvironment::new();
    let host = served!(Host::public_http(&env));
    host.log_in(host.user(), host.password());
    workspace_with(&env, manager, |scope| host.repository(scope).url);
    // Who reads is nobody that the server knows.
    env.folder("home").remove("credentials");
    let npm = env.home().join("bin/npm").to_string_lossy().into_owned();
    let folder = format!("file://{}", host.folder().path().join("my-org.base").display());
    for (name, place) in [("by-http", host.url("my-org.base")), ("by-path", folder)] {
        let plain = env.folder(name);
        let call = |words: &[&str]| plain.program(&npm).args(words).run();
        let spec = format!("git+{place}#theme@0.0.2");
        // npm 12 wants to be told that git is meant.
        let is_asked = manager.name == NPM_12.name;
        let plainly = call(&["install", &spec]);
        assert_eq!(plainly.code == Some(0), !is_asked, "{plainly}");
        if is_asked {
            call(&["install", "--allow-git=all", &spec]).success();
        }
        assert_eq!(run(&plain, LOG_THEME), "green");
        plain.remove("node_modules");
        call(if is_asked { &["ci", "--allow-git=all"] } else { &["ci"] }).success();
        assert_eq!(run(&plain, LOG_THEME), "green");
    }
}

with_each_manager! {
    installs_from_a_scope:
    plain_npm_11_installs_from_a_scope: NPM_11,
    plain_npm_12_installs_from_a_scope: NPM_12,
}

/// A copy of all of it under other names: what was built names them too, and nothing of the old ones is needed.
#[test]
fn a_rewired_copy_is_installed_and_checked_by_itself() {
    needs_installed!(NPM_11, TYPESCRIPT);
    let env = TestEnvironment::new();
    let workspace = workspace_of(&env, &NPM_11);
    workspace.bit(["scope", "create", "../shop", "--name", "our.little-shop"]).success();
    workspace.bit(["remote", "add", "../shop"]).success();
    workspace.bit(["export", "our.little-shop", "my-org.ui/app", "-d", "-r"]).success();
    for scope in ["my-org.base", "my-org.ui"] {
        std::fs::rename(env.root().join(scope), env.root().join(format!("{scope}.away"))).unwrap();
    }
    let shop = env.git_workspace_at("user", "our.site");
    shop.bit(["remote", "add", "../shop"]).success();
    shop.bit(["install", "our.little-shop/app"]).success();
    assert_works(&shop, "@our/little-shop.app");
    let packages = shop.inside("node_modules/@our");
    let built = packages.listing(&[]);
    assert!(built.iter().any(|path| path.ends_with("/dist/index.js.map")), "{built:?}");
    let named = shop.program("grep").args(["-rl", "my-org", "node_modules", "vendor", "package.json"]).run();
    assert_eq!((named.code, &*named.stdout), (Some(1), ""));

    // What was built is what their sources become: scripts, declarations and maps.
    shop.bit(["import", "our.little-shop/*"]).success();
    let scope = env.folder("shop");
    for (name, version) in [("app", "0.0.2"), ("card", "0.0.2"), ("input", "0.0.1"), ("theme", "0.0.2")] {
        let dist = shop.inside(&format!("node_modules/@our/little-shop.{name}/dist"));
        let stored =
            scope.git(["ls-tree", "-r", "--name-only", &format!("{name}@{version}:dist")]).success().stdout.clone();
        assert_eq!(dist.listing(&[".bit-compiled.json"]), stored.lines().collect::<Vec<_>>());
        for path in stored.lines() {
            let stored = scope.git(["show", &format!("{name}@{version}:dist/{path}")]).success().stdout.clone();
            assert_eq!(stored, dist.read(path), "{name}: {path}");
        }
    }
}

with_each_manager! {
    eject_and_come_back:
    npm_11_ejects: NPM_11,
    npm_12_ejects: NPM_12,
    pnpm_9_ejects: PNPM_9,
    pnpm_10_ejects: PNPM_10,
    pnpm_11_ejects: PNPM_11,
    pnpm_12_ejects: PNPM_12,
    yarn_1_ejects: YARN_1,
    yarn_4_ejects: YARN_4,
    bun_ejects: BUN,
}
