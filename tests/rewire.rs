//! `bit export <scope> --rewire`: where components get another scope, sources follow, in the versions and here.

use crate::common::faults::{self, Preserved};
use crate::common::managers::{TYPESCRIPT, needs_installed};
use crate::common::{Flavour, Folder, Refs, TestEnvironment, needs_faults};
use crate::export::{is_whole, scope, tags};
use serde_json::json;

const CARD: &str = "#!/usr/bin/env node\r
// '@PKGtheme' is a comment\r
import theme, { type T } from \"@PKGtheme\";\r
export * from '@PKGtheme';\r
const words = '@PKGtheme', group = () => import('@PKGtheme-dark');\r
export type Own = import('@PKGtheme').T;\r
export const card = () => <p>{require(`@PKGtheme`)} @PKGtheme</p>;\r
";
const CARD_TEST: &str = "jest.mock('@PKGtheme', () => 1); vi.mock(\"@PKGicon\"); require.resolve('@PKGicon');\n";
const STYLE: &str = "\u{feff}@use '~@PKGtheme';\n.a { b: url(~@PKGicon/x.svg); content: '@PKGicon' }\n";

/// Sources with every package called as in a scope, where they stand as specifiers; other words stay.
fn card(text: &str, prefix: &str) -> String {
    let specifier = |text: &str, name: &str| {
        ["'", "\"", "`", "~"].iter().fold(text.to_owned(), |text, quote| {
            text.replace(&format!("{quote}@PKG{name}"), &format!("{quote}{prefix}{name}"))
        })
    };
    let text = specifier(&specifier(text, "theme"), "icon");
    // What is no specifier, or one of another package.
    let (old, new) = ("@my-scope/", prefix);
    let stays = ["// '§theme'", "const words = '§theme'", "import('§theme-dark')", "content: '§icon'"];
    let text = stays.iter().fold(text, |text, words| text.replace(&words.replace('§', new), &words.replace('§', old)));
    text.replace("@PKG", old)
}

/// `theme`, `icon`, and `card`, which needs both and names them in many ways.
fn workspace_of<'e>(env: &'e TestEnvironment, folder: &str, scope: &str, prefix: &str) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, scope);
    workspace.write(".gitignore", "node_modules\n");
    workspace.write("package.json", r#"{"dependencies": {"@my-scope/theme-dark": "1.0.0", "react": "18"}}"#);
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 'blue';\n")]);
    workspace.component("icon", &[("index.js", "module.exports = 'i';\n"), ("x.svg", "<svg/>\n")]);
    let index = format!("module.exports = require('{prefix}theme') + require(\"{prefix}icon\");\n");
    workspace.component(
        "card",
        &[
            ("index.js", &index),
            ("card.tsx", &card(CARD, prefix)),
            ("card.test.ts", &card(CARD_TEST, prefix)),
            ("card.scss", &card(STYLE, prefix)),
            ("notes.mdx", "import '@my-scope/theme';\n"),
        ],
    );
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

fn version_tags(workspace: &Folder) -> Vec<(String, String)> {
    workspace.refs().into_iter().filter(|(name, _)| name.starts_with("refs/tags/")).collect()
}

/// All that must be as it was where an export was refused.
fn state(workspace: &Folder) -> (Refs, String, Vec<String>) {
    let mut refs = workspace.refs();
    refs.retain(|name, _| !name.ends_with("/catalog"));
    let files = workspace.listing(&[".git", "node_modules"]);
    (
        refs,
        workspace.read(".bitmap"),
        files.iter().map(|file| format!("{file}: {:?}", file_in(workspace, file))).collect(),
    )
}

fn file_in(workspace: &Folder, path: &str) -> Option<Vec<u8>> {
    std::fs::read(workspace.path().join(path)).ok()
}

#[test]
fn sources_follow_in_the_versions_and_here() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = workspace_of(&env, "one", "my-scope", "@my-scope/");
    let made_there = workspace_of(&env, "two", "my-org.ui", "@my-org/ui.");
    workspace
        .bit(["export", "my-org.ui"])
        .fails(1)
        .complains("please use \"--rewire\" flag to fix the import/require statements");
    assert!(tags(&scope).is_empty());

    let before = state(&workspace);
    let plan = workspace.bit(["export", "my-org.ui", "--rewire", "--dry-run"]);
    plan.success().says("my-scope/card → my-org.ui/card");
    plan.says("  > card/card.tsx:3 @my-scope/theme → @my-org/ui.theme")
        .says("  > card/card.scss:2 ~@my-scope/icon/x.svg → ");
    plan.says("my-scope/card@0.0.1: card.test.ts:1 @my-scope/icon")
        .complains("  card/notes.mdx: @my-scope/theme")
        .silent_about("theme-dark");
    let json = workspace.bit(["export", "my-org.ui", "-r", "--dry-run", "--json"]).success().json();
    let first = json!({"file": "card/card.scss", "line": 1, "from": "~@my-scope/theme", "to": "~@my-org/ui.theme"});
    assert_eq!((&json["specifiers"][0], &json["unparsed"]), (&first, &json!([])));
    assert_eq!(state(&workspace), before);

    workspace.bit(["export", "my-org.ui", "--rewire"]).success().says("rewired 33 specifiers in 13 files");
    is_whole(&scope);
    workspace.fsck();
    workspace.bit(["status"]).success().says("the workspace is clean");
    for (file, text) in [("card.tsx", CARD), ("card.test.ts", CARD_TEST), ("card.scss", STYLE)] {
        assert_eq!(workspace.read(&format!("card/{file}")), card(text, "@my-org/ui."), "{file}");
    }
    // Exactly the commits of whoever made them there, with these names in the sources.
    assert_eq!(version_tags(&workspace), version_tags(&made_there));
    assert_eq!(workspace.node(["-p", "require('@my-org/ui.card')"]).line(), "bluei");
    workspace.bit(["export", "my-org.ui", "--rewire"]).success().says("nothing to export");

    // Whoever has nothing but that scope runs it.
    let other = env.git_workspace_at("three", "my-org.site");
    other.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    other.bit(["import", "my-org.ui/card"]).success();
    assert_eq!(other.node(["-p", "require('@my-org/ui.card')"]).line(), "bluei");
    assert!(!other.exists("node_modules/@my-scope"));
    let words = other.program("grep").args(["-rlF", "@my-scope/", "ui"]).run();
    assert_eq!(words.stdout.lines().count(), 3, "comments, strings and the notes only: {}", words.stdout);
}

#[test]
fn a_modified_file_is_named_and_nothing_is_done() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = workspace_of(&env, "one", "my-scope", "@my-scope/");
    workspace.append("card/card.scss", "/* more */\n").append("theme/index.js", "// more\n");
    workspace.component("fresh", &[("index.js", "require('@my-scope/icon');\n")]);
    let (before, there) = (state(&workspace), scope.refs());
    let run = workspace.bit(["export", "my-org.ui", "--rewire"]);
    run.fails(1)
        .complains("in no version yet")
        .complains("card/card.scss")
        .complains("fresh/index.js")
        .complains("bit tag");
    run.silent_about("card/card.tsx").silent_about("theme/index.js");
    assert_eq!((state(&workspace), scope.refs()), (before, there));
    workspace.bit(["checkout", "reset", "card"]).success();
    workspace.bit(["tag", "fresh", "-m", "fresh"]).success();
    // What changes nowhere may be modified: it stays so.
    workspace.bit(["export", "my-org.ui", "--rewire"]).success().says("exported components (4)");
    is_whole(&scope);
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!(["my-org.ui/theme"]));
    assert_eq!(workspace.read("fresh/index.js"), "require('@my-org/ui.icon');\n");
}

#[test]
fn a_file_that_cannot_be_parsed_is_named_and_nothing_is_done() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = workspace_of(&env, "one", "my-scope", "@my-scope/");
    workspace.write("card/broken.js", "require('@my-scope/theme') +;\n").write("icon/odd.ts", "const = 1;\n");
    workspace.bit(["tag", "-m", "two", "--ignore-issues", "*", "--skip-build"]).success();
    let (before, there) = (state(&workspace), scope.refs());
    let run = workspace.bit(["export", "my-org.ui", "--rewire"]);
    run.fails(1)
        .complains("my-scope/card@0.0.2: broken.js:1:29: ")
        .complains("icon@0.0.2: odd.ts")
        .complains("--skip-unparsable");
    run.complains("nothing was changed");
    assert_eq!((state(&workspace), scope.refs()), (before, there));
    workspace.bit(["export", "my-org.ui", "--skip-unparsable"]).fails(2).complains("--rewire");
    let run = workspace.bit(["export", "my-org.ui", "--rewire", "--skip-unparsable"]);
    run.success().complains("broken.js:1:29").complains("it stays as it is; it holds the words @my-scope/theme");
    is_whole(&scope);
    assert_eq!(workspace.read("card/broken.js"), "require('@my-scope/theme') +;\n");
    assert!(workspace.read("card/index.js").contains("require('@my-org/ui.theme')"));
    let status = workspace.bit(["status", "--json"]).json();
    assert_eq!((&status["modifiedComponents"], &status["stagedComponents"]), (&json!([]), &json!([])));
}

#[test]
fn staged_dependents_that_stay_behind_follow_with_their_sources() {
    let env = TestEnvironment::new();
    let (ui, forms) = (scope(&env, "my-org.ui"), scope(&env, "my-org.forms"));
    let workspace = workspace_of(&env, "one", "my-scope", "@my-scope/");
    workspace.bit(["remote", "add", "my-org.forms", "../my-org.forms"]).success();
    workspace.write("form/index.js", "module.exports = 'form ' + require('@my-scope/theme');\n");
    workspace.write("form/own.js", "require('@my-org/forms.form');\n");
    workspace.bit(["add", "form", "--scope", "my-org.forms", "--main", "index.js"]).success();
    workspace.bit(["tag", "form", "-m", "form"]).success();
    workspace.bit(["export", "my-org.ui", "theme", "--rewire"]).success().says("my-org.forms/form@0.0.1");
    assert_eq!(workspace.read("form/index.js"), "module.exports = 'form ' + require('@my-org/ui.theme');\n");
    assert!(workspace.read("card/index.js").contains("require('@my-org/ui.theme') + require(\"@my-scope/icon\")"));
    assert_eq!(
        workspace.node(["-p", "require('@my-org/forms.form') + require('@my-scope/card')"]).line(),
        "form bluebluei"
    );
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!([]));
    workspace.bit(["export", "my-org.forms", "form"]).success();
    workspace.bit(["export", "my-org.ui", "--rewire"]).success().says("exported components (2)");
    is_whole(&ui);
    is_whole(&forms);
    workspace.fsck().bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn every_version_follows_and_files_keep_their_modes() {
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = workspace_of(&env, "one", "my-scope", "@my-scope/");
    workspace.program("chmod").args(["+x", "card/index.js"]).run().success();
    workspace.write("card/lib/deep/part.js", "require('@my-scope/theme');\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export", "my-org.ui", "--rewire"]).success();
    is_whole(&scope);
    for version in ["0.0.1", "0.0.2"] {
        let grep = scope.git([
            "grep",
            "-nE",
            "(require|import)\\(['\"`]@my-scope/(theme|icon)['\"`]",
            &format!("card@{version}"),
        ]);
        assert_eq!((grep.code, &*grep.stdout), (Some(1), ""));
        let package = scope.git(["show", &format!("card@{version}:package.json")]).success().json();
        assert_eq!(package["dependencies"]["@my-org/ui.theme"], json!("0.0.1"));
    }
    assert!(scope.git(["ls-tree", "card@0.0.2", "index.js"]).success().stdout.starts_with("100755"));
    assert_eq!(scope.git(["show", "card@0.0.2:lib/deep/part.js"]).success().stdout, "require('@my-org/ui.theme');\n");
    workspace.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn killed_anywhere_it_is_finished_by_the_same_command() {
    finishes_after_every_kill(Flavour::JavaScript);
}

#[test]
fn killed_anywhere_with_what_is_built_it_is_finished_by_the_same_command() {
    finishes_after_every_kill(Flavour::TypeScript);
}

#[test]
fn what_commands_made_follows() {
    let env = TestEnvironment::new();
    rewires(&env, &card_of(&env, Flavour::Commands), Flavour::Commands);
}

/// `card` needs `theme`, both tagged in a workspace of this scope; what they are of, TypeScript itself finds out.
fn declared_by_typescript<'e>(env: &'e TestEnvironment, folder: &str, scope: &str, prefix: &str) -> Folder<'e> {
    let workspace = env.git_workspace_at(folder, scope);
    let tsc = TYPESCRIPT.path().display().to_string();
    workspace.write_program("node_modules/.bin/tsc", &format!("exec {tsc} \"$@\""));
    let settings = json!({
        "teambit.workspace/workspace": {"defaultScope": scope},
        "bit.build/envs": {"typed": {"declarations": "tsc"}},
        "teambit.workspace/variants": {"card": {"bit.build/env": "typed"}},
    });
    workspace.write("workspace.jsonc", settings.to_string());
    workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    let options = r#"{"compilerOptions": {"module": "esnext", "moduleResolution": "bundler", "target": "es2022", "lib": ["es2022"], "declarationMap": true, "types": []}}"#;
    let theme = "export interface Tone { name: string }\nexport const tones = (): Tone[] => [{ name: 'red' }];\n";
    let card = format!(
        "import {{ tones }} from '{prefix}theme'; export const card = tones()[0], late = () => import('{prefix}theme'), one = 1;\n\
         export {{ type Tone }} from '{prefix}theme'; export const two = 2;\n"
    );
    for (name, index) in [("theme", theme), ("card", &card)] {
        workspace.component(name, &[("index.ts", index), ("tsconfig.json", options)]);
    }
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

#[test]
fn what_typescript_declared_follows_and_its_maps_do() {
    needs_installed!(TYPESCRIPT);
    let env = TestEnvironment::new();
    let scope = scope(&env, "my-org.ui");
    let workspace = declared_by_typescript(&env, "one", "my-scope", "@my-scope/");
    let made_there = declared_by_typescript(&env, "two", "my-org.ui", "@my-org/ui.");
    let built = |name: &str| workspace.scope_git(["show", &format!("{name}:dist/index.d.ts")]).success().stdout.clone();
    assert!(built("my-scope/card@0.0.1").contains("card: import(\"@my-scope/theme\").Tone"));
    workspace.bit(["export", "my-org.ui", "--rewire"]).success();
    is_whole(&scope);
    // Byte for byte what TypeScript says of them there: declarations, and the maps of them, whose columns moved.
    let files = scope.git(["ls-tree", "-r", "--name-only", "card@0.0.1", "dist"]).success().stdout.clone();
    assert_eq!(files, "dist/index.d.ts\ndist/index.d.ts.map\ndist/index.js\ndist/index.js.map\ndist/tsconfig.json\n");
    for path in files.lines() {
        let there = made_there.scope_git(["show", &format!("my-org.ui/card@0.0.1:{path}")]).success().stdout.clone();
        assert_eq!(scope.git(["show", &format!("card@0.0.1:{path}")]).success().stdout, there, "{path}");
    }
    assert_eq!(version_tags(&workspace), version_tags(&made_there));
}

/// `card` needs `theme`, both tagged.
fn card_of(env: &TestEnvironment, flavour: Flavour) -> Folder<'_> {
    let workspace = faults::workspace_with_scope(env);
    flavour.choose_in(&workspace, "my-scope");
    flavour.add_types(&workspace, "theme", None);
    flavour.add_types(&workspace, "card", Some("@my-scope/theme"));
    let index = flavour.says("in ", Some("@my-scope/theme"));
    workspace.component("card", &[(flavour.file(), &index), ("a.js", "import('@my-scope/theme')\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

/// In all that was built the new name stands, and nowhere the old one.
fn rewires(env: &TestEnvironment, workspace: &Folder, flavour: Flavour) {
    workspace.bit(["export", "my-org.ui", "--rewire"]).success();
    let scope = workspace.inside("scope");
    let names = |name: &str, files: &str| scope.git(["grep", "-l", name, "card@0.0.1", "--", files]).code == Some(0);
    assert!(!names("@my-scope/theme", "*"));
    // A map of TypeScript holds places and no text: those are compared below.
    let kinds: &[&str] = match flavour {
        Flavour::JavaScript => &[],
        Flavour::TypeScript | Flavour::Declared => &["js", "d.ts"],
        Flavour::Commands => &["js", "js.map", "d.ts"],
    };
    for kind in kinds {
        assert!(names("@my-org/ui.theme", &format!("dist/*.{kind}")), "{kind}");
    }
    is_whole(&scope);
    flavour.built_all_of(env, &scope);
}

fn finishes_after_every_kill(flavour: Flavour) {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = card_of(&env, flavour);
    let (old, new) = ("@my-scope/theme", "@my-org/ui.theme");
    let export = ["export", "my-org.ui", "--rewire"];
    let preserved = Preserved::new(&workspace);
    faults::killed_at_each(&preserved, &export, 10, |workspace, moment| {
        // The next command, whichever it is, has all files go with the versions, or none.
        let status = workspace.bit(["status", "--json"]).success().json();
        assert_eq!(status["modifiedComponents"], json!([]), "{moment}");
        let now = if workspace.read(".bitmap").contains("my-scope") { old } else { new };
        for file in [&flavour.main("card"), "card/a.js"] {
            assert!(workspace.read(file).contains(now), "{moment}: {file}");
        }
        workspace.fsck().bit(export).success();
        assert!(workspace.read("card/a.js").contains(new), "{moment}");
        is_whole(&workspace.inside("scope"));
        workspace.bit(["status"]).success().says("the workspace is clean");
    });
    rewires(&env, preserved.restore(), flavour);
}
