//! `bit add`: a folder becomes a component; all that are named, or none.

use std::os::unix::fs::symlink;

use insta::assert_snapshot;
use serde_json::json;

use crate::common::{Folder, TestEnvironment};

/// What is tracked: ids with their folders and main files.
fn tracked(workspace: &Folder<'_>) -> Vec<String> {
    let bitmap: serde_json::Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    let entries = bitmap.as_object().unwrap().values().filter(|entry| entry.is_object());
    let text = |entry: &serde_json::Value, key: &str| entry[key].as_str().unwrap_or_default().to_owned();
    let mut tracked: Vec<String> = entries
        .map(|entry| {
            let scope = text(entry, "defaultScope") + &text(entry, "scope");
            format!("{scope}/{} {} {}", text(entry, "name"), text(entry, "rootDir"), text(entry, "mainFile"))
        })
        .collect();
    tracked.sort();
    tracked
}

/// The run is refused, and nothing of it remains.
#[track_caller]
fn refused<const N: usize>(workspace: &Folder<'_>, arguments: [&str; N], why: &str) {
    let (bitmap, files) = (workspace.read(".bitmap"), workspace.listing(&[".bit"]));
    let run = workspace.bit(["add"].iter().chain(&arguments));
    assert!(matches!(run.code, Some(1 | 2)), "{arguments:?} was not refused\n{run}");
    run.complains(why);
    assert_eq!(run.stdout, "");
    assert_eq!(workspace.read(".bitmap"), bitmap, "{arguments:?}");
    assert_eq!(workspace.listing(&[".bit"]), files, "{arguments:?}");
}

#[test]
fn a_folder_is_a_component_named_as_the_folder() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("src/button/index.ts", "export {};\n").write("src/button/lib/x.ts", "");
    assert_snapshot!(workspace.bit(["add", "src/button"]), @r#"
    tracking component my-org.ui/button (src/button, main index.ts)
      added src/button/index.ts
      added src/button/lib/x.ts
    1 new component: "bit status" shows them, "bit tag" makes versions
    "#);
    assert_snapshot!(workspace.read(".bitmap"), @r#"
    {
        "button": {
            "name": "button",
            "scope": "",
            "version": "",
            "defaultScope": "my-org.ui",
            "mainFile": "index.ts",
            "rootDir": "src/button"
        },
        "$schema-version": "17.0.0"
    }
    "#);
    assert_snapshot!(workspace.bit(["status"]), @r#"
    new components (use "bit tag" to make a version of each)
      > my-org.ui/button … ok
    "#);
    assert!(workspace.exists("node_modules/@my-org/ui.button/index.ts"), "imports find it at once");
}

#[test]
fn scripts_get_what_was_added_as_json() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("button/index.ts", "").write("card/index.ts", "");
    workspace.bit(["add", "button"]).success();
    assert_snapshot!(workspace.bit(["add", "button", "card", "--json"]), @r#"
    {
      "addedComponents": [
        {
          "adoptedVersion": null,
          "existsInScope": false,
          "files": [
            "index.ts"
          ],
          "id": "my-org.ui/card",
          "mainFile": "index.ts",
          "rootDir": "card"
        }
      ],
      "unchangedComponents": [
        "my-org.ui/button"
      ]
    }
    "#);
}

#[test]
fn folders_are_named_in_any_way_there_is() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for name in ["a", "b", "c", "d", "e"] {
        workspace.write(&format!("src/{name}/index.js"), "");
    }
    workspace.bit(["add", "./src/a/"]).success();
    workspace.bit(["add", workspace.path().join("src/b").to_str().unwrap()]).success();
    workspace.inside("src").bit(["add", "c"]).success();
    workspace.inside("src/d").bit(["add", "."]).success();
    workspace.inside("src/a").bit(["add", "../e"]).success();
    let expected = ["a", "b", "c", "d", "e"].map(|name| format!("my-org.ui/{name} src/{name} index.js"));
    assert_eq!(tracked(&workspace), expected);
}

#[test]
fn globs_name_many_folders() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for folder in ["src/a", "src/b", "src/deep/c", "lib/d", "node_modules/p", ".hidden/x", "[odd]"] {
        workspace.write(&format!("{folder}/index.js"), "");
    }
    workspace.write("src/file.js", "");
    workspace.bit(["add", "src/[ab]"]).success().says("2 new components");
    // "src/deep" holds no file of its own, but a component's folder may hold all its files below.
    workspace.bit(["add", "src/deep/*", "{lib,none}/*"]).success();
    assert_eq!(
        tracked(&workspace),
        [
            "my-org.ui/a src/a index.js",
            "my-org.ui/b src/b index.js",
            "my-org.ui/c src/deep/c index.js",
            "my-org.ui/d lib/d index.js"
        ]
    );
    workspace.bit(["add", "src/[ab]"]).success().says("my-org.ui/a is tracked already");
    refused(&workspace, ["none/*"], "no folder matches \"none/*\"");
    refused(&workspace, ["src/[ab"], "src/[ab");
    refused(&workspace, ["node_modules/*"], "node_modules");
    refused(&workspace, ["../*"], "outside of the workspace");
    // What exists is no glob.
    workspace.bit(["add", "[odd]", "--id", "odd"]).success();
}

#[test]
fn the_id_scope_main_and_namespace_may_be_said() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for folder in ["one", "two", "three", "four", "five"] {
        workspace.write(&format!("{folder}/index.js"), "").write(&format!("{folder}/lib/entry.js"), "");
    }
    workspace.bit(["add", "one", "--id", "forms/input"]).success();
    workspace.bit(["add", "two", "--scope", "my-org.base", "--main", "lib/entry.js"]).success();
    workspace.bit(["add", "three", "-n", "ui/forms", "-m", "./three/lib/entry.js"]).success();
    workspace.bit(["add", "four", "-i", "my-org.other/four/x"]).success();
    workspace.inside("five").bit(["add", ".", "--namespace", "ui/", "-s", "plain", "-m", "lib/entry.js"]).success();
    assert_eq!(
        tracked(&workspace),
        [
            "my-org.base/two two lib/entry.js",
            "my-org.other/four/x four index.js",
            "my-org.ui/forms/input one index.js",
            "my-org.ui/ui/forms/three three lib/entry.js",
            "plain/ui/five five lib/entry.js"
        ]
    );
}

#[test]
fn flags_that_contradict_each_other_are_refused() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("a/index.js", "").write("b/index.js", "");
    refused(
        &workspace,
        ["a", "--id", "x", "--namespace", "y"],
        "please use either [id] or [namespace] to add a particular component",
    );
    refused(&workspace, ["a", "b", "--id", "x"], "--id and --main are for one folder");
    refused(&workspace, ["a", "b", "--main", "index.js"], "--id and --main are for one folder");
    refused(&workspace, ["a", "--main", "none.js"], "the main file \"none.js\" is not among the files of a");
    refused(&workspace, ["a", "--main", "../b/index.js"], "is not among the files of a");
    refused(&workspace, ["a", "--main", "b/index.js"], "is not among the files of a");
    refused(&workspace, ["a", "--scope", "My.Org"], "did you mean \"my.org\"?");
    refused(&workspace, ["a", "--scope", "current"], "is invalid");
    refused(&workspace, ["a", "--id", "UI/Button"], "did you mean \"ui/button\"?");
    refused(&workspace, ["a", "--namespace", "UI"], "did you mean \"ui/a\"?");
    refused(&workspace, [], "FOLDER");
}

#[test]
fn the_scope_is_that_of_the_most_specific_variant() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace.read("workspace.jsonc").replace(
        "\"teambit.workspace/variants\": {}",
        r#""teambit.workspace/variants": {
            "*": {"defaultScope": "my-org.all"},
            "{pages/*}": {"defaultScope": "my-org.pages"},
            "src/base": {"defaultScope": "my-org.base"},
            "src/base/deep": {"defaultScope": "my-org.deep"}
        }"#,
    );
    workspace.write("workspace.jsonc", config);
    for folder in ["src/base/a", "src/base/deep/b", "pages/c", "src/d", "src/base/e"] {
        workspace.write(&format!("{folder}/index.js"), "");
    }
    workspace.bit(["add", "src/base/a", "src/base/deep/b", "pages/c", "src/d"]).success();
    workspace.bit(["add", "src/base/e", "--scope", "my-org.said"]).success();
    assert_eq!(
        tracked(&workspace),
        [
            "my-org.all/d src/d index.js",
            "my-org.base/a src/base/a index.js",
            "my-org.deep/b src/base/deep/b index.js",
            "my-org.pages/c pages/c index.js",
            "my-org.said/e src/base/e index.js"
        ]
    );
    let plain = env.workspace_at("plain", "my-org.ui");
    plain.write("workspace.jsonc", "{\"teambit.workspace/workspace\": {\"defaultScope\": \"my-org.w\"}}");
    plain.component("a", &[("index.js", "")]);
    assert_eq!(tracked(&plain), ["my-org.w/a a index.js"]);
}

#[test]
fn the_main_file_is_found() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for (folder, files, main) in [
        ("a", &["index.js", "index.ts", "a.ts"][..], "index.ts"),
        ("b", &["b.tsx", "other.ts"], "b.tsx"),
        ("c", &["only.py"], "only.py"),
        ("d", &["index.scss", "README.md"], "index.scss"),
        ("e", &["index.mjs", "lib/index.ts"], "index.mjs"),
    ] {
        for file in files {
            workspace.write(&format!("{folder}/{file}"), "");
        }
        workspace.bit(["add", folder]).success().says(&format!("{folder}/{main}"));
        assert!(tracked(&workspace).contains(&format!("my-org.ui/{folder} {folder} {main}")), "{folder}");
    }
    workspace.write("f/x.js", "").write("f/y.js", "");
    refused(&workspace, ["f"], "f does not contain a main file");
    workspace.bit(["add", "f", "-m", "y.js"]).success();
}

#[test]
fn adding_again_is_harmless_and_can_name_another_main_file() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("button", &[("index.js", ""), ("other.js", "")]);
    let bitmap = workspace.read(".bitmap");
    assert_snapshot!(workspace.bit(["add", "button"]), @"my-org.ui/button is tracked already");
    workspace.bit(["add", "button", "--id", "button"]).success();
    workspace.bit(["add", "button", "--scope", "my-org.ui"]).success();
    assert_eq!(workspace.read(".bitmap"), bitmap);
    refused(&workspace, ["button", "--id", "knob"], "the folder button is already the component my-org.ui/button");
    refused(&workspace, ["button", "--scope", "my-org.base"], "already the component my-org.ui/button");
    workspace.bit(["add", "button", "--main", "other.js"]).success();
    assert_eq!(tracked(&workspace), ["my-org.ui/button button other.js"]);

    workspace.bit(["tag", "-m", "one"]).success();
    let bitmap = workspace.read(".bitmap");
    workspace.bit(["add", "button"]).success().says("is tracked already");
    assert_eq!(workspace.read(".bitmap"), bitmap, "the version stays");
}

#[test]
fn components_do_not_lie_inside_each_other() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("bar", &[("bar.js", ""), ("inner/index.js", "")]);
    workspace.write("outer/index.js", "").write("outer/x/y/index.js", "");
    assert_snapshot!(workspace.bit(["add", "bar/inner"]), @r#"
    --- stderr
    error: unable to add bar/inner: files bar/bar.js already used by component: my-org.ui/bar (its folder is bar)
    hint: components can't lie inside each other: choose another folder, or "bit remove" that component first
    --- exit 1
    "#);
    workspace.bit(["add", "outer/x/y"]).success();
    refused(&workspace, ["outer"], "already used by component: my-org.ui/y");
    workspace.write("new/index.js", "").write("new/in/index.js", "").write("new-er/index.js", "");
    refused(&workspace, ["new", "new/in"], "already used by component");
    refused(&workspace, ["new/in", "new"], "already used by component");
    workspace.bit(["add", "new", "new-er"]).success();
}

#[test]
fn a_bad_name_is_answered_with_the_right_spelling() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for (folder, suggestion) in [("compA", "comp-a"), ("My Button", "my-button"), ("x.y", "x-y"), ("Ünder", "")] {
        workspace.write(&format!("{folder}/index.js"), "");
        let hint = if suggestion.is_empty() { String::new() } else { format!("did you mean \"{suggestion}\"?") };
        refused(&workspace, [folder], &hint);
    }
    assert_snapshot!(workspace.bit(["add", "compA"]), @r#"
    --- stderr
    error: "compA" is invalid as a component name: only lower-case letters, digits, "-" and "_" are allowed
    hint: did you mean "comp-a"? The folder may keep its name: add it with --id comp-a
    --- exit 1
    "#);
    workspace.bit(["add", "My Button", "--id", "my-button"]).success();
    workspace.write("Büro/index.js", "");
    refused(&workspace, ["Büro"], "--id b-ro");
    std::fs::create_dir(workspace.path().join("empty")).expect("a folder");
    refused(&workspace, ["empty"], "it is empty");
    workspace.bit(["add", "empty"]).fails(1).silent_about("ignore");
    workspace.write("con/index.js", "");
    refused(&workspace, ["con"], "con");
    workspace.bit(["add", "compA", "--id", "comp-a"]).success();
    workspace.bit(["add", "compA"]).success().says("is tracked already");
}

#[test]
fn what_is_no_folder_of_the_workspace_is_refused() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    env.folder("elsewhere").write("index.js", "");
    workspace.write("file.js", "").write("real/index.js", "").write("empty/.DS_Store", "");
    workspace.write("ignored/index.js", "").write(".gitignore", "ignored\n");
    symlink("real", workspace.path().join("link")).unwrap();
    symlink("../elsewhere", workspace.path().join("out")).unwrap();
    assert_snapshot!(workspace.bit(["add", "file.js"]), @r#"
    --- stderr
    error: "file.js" is a file; a component is a folder
    hint: put the file into a folder of its own and add that
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["add", "."]), @r#"
    --- stderr
    error: the workspace's own folder can't be a component
    hint: put the component's files into a folder below it
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["add", "link"]), @r#"
    --- stderr
    error: "link" is a symbolic link; a component is a real folder
    hint: add the folder that it points to
    --- exit 1
    "#);
    refused(&workspace, ["none"], "no folder matches \"none\"");
    refused(&workspace, ["../elsewhere"], "is outside of the workspace");
    refused(&workspace, ["out"], "symbolic link");
    refused(&workspace, ["empty"], "it holds no file that belongs to a component");
    refused(&workspace, ["ignored"], "the ignore rules leave it out");
    refused(&workspace, [".bit"], ".bit");
    workspace.write("node_modules/p/index.js", "");
    refused(&workspace, ["node_modules/p"], "node_modules");
    let outside = env.folder("elsewhere").bit(["add", "."]);
    outside.fails(1).complains("no workspace here");
}

#[test]
fn what_no_component_can_hold_is_named_file_by_file() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("good/index.js", "");
    workspace
        .write("a/index.js", "")
        .write("a/package.json", "{}")
        .write("a/.npmrc", "")
        .write("a/lib/package.json", "{}");
    workspace.write("b/index.js", "").write("b/component.json", "{}").write("b/nul.js", "");
    symlink("index.js", workspace.path().join("b/alias.js")).unwrap();
    workspace.write("c/index.js", "").write("c/vendor/.git/HEAD", "").write("c/vendor/x.js", "");
    assert_snapshot!(workspace.bit(["add", "good", "a", "b", "c"]), @r#"
    --- stderr
    error: nothing was added, these files can't be part of a component:
      a/.npmrc: this file is generated for every version, or would change what the package is or does [ReservedFile]
        → put such settings into workspace.jsonc (variants), and remove the file
      a/package.json: this file is generated for every version, or would change what the package is or does [ReservedFile]
        → put such settings into workspace.jsonc (variants), and remove the file
      b/alias.js: a component holds files, not symbolic links [SymbolicLink]
        → put the file itself here, or list the link in .bitignore
      b/component.json: this file is generated for every version, or would change what the package is or does [ReservedFile]
        → put such settings into workspace.jsonc (variants), and remove the file
      b/nul.js: a workspace elsewhere could not hold this name: its name is that of a device on Windows [BadFileName]
        → rename the file
      c/vendor: a folder with a .git of its own can't be part of a component [NestedRepository]
        → move it out of the component, or list it in .bitignore
    hint: mend them and add again
    --- exit 1
    "#);
    refused(&workspace, ["good", "a"], "nothing was added");
    assert_eq!(tracked(&workspace), Vec::<String>::new());
}

#[test]
fn ignore_files_and_lockfiles_are_left_out_without_a_word() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for file in
        [".gitignore", ".npmignore", ".bitignore", "package-lock.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock"]
    {
        workspace.write(&format!("a/{file}"), "");
    }
    workspace.write("a/index.js", "").write("a/lib/yarn.lock", "");
    let run = workspace.bit(["add", "a", "--json"]);
    assert_eq!(run.success().json()["addedComponents"][0]["files"], json!(["index.js", "lib/yarn.lock"]));
}

#[test]
fn one_bad_folder_among_many_and_none_is_added() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for folder in ["src/a", "src/b", "src/Bad", "other/a"] {
        workspace.write(&format!("{folder}/index.js"), "");
    }
    refused(&workspace, ["src/*"], "did you mean \"bad\"?");
    refused(&workspace, ["src/a", "src/b", "none"], "no folder matches \"none\"");
    refused(&workspace, ["src/a", "other/a"], "the id my-org.ui/a is already used by the component in src/a");
    workspace.remove("src/Bad").bit(["add", "src/*"]).success();
    refused(&workspace, ["other/a"], "the id my-org.ui/a is already used by the component in src/a");
    workspace.bit(["add", "other/a", "--scope", "my-org.other"]).success();
}

#[test]
fn two_components_are_never_one_package() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("one/index.js", "").write("two/index.js", "");
    workspace.bit(["add", "one", "--id", "b/c", "--scope", "a"]).success();
    refused(&workspace, ["two", "--id", "c", "--scope", "a.b"], "would both be the package @a/b.c");
}

#[test]
fn a_name_that_its_scope_has_already_is_warned_about() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let listed = workspace.listed("my-org.ui/button", &["1.0.0", "1.1.0"]);
    workspace.saw_catalog("my-org.ui", &[listed]);
    workspace.write("button/index.js", "").write("card/index.js", "").write("x/index.js", "");
    assert_snapshot!(workspace.bit(["add", "button"]), @r#"
    tracking component my-org.ui/button (button, main index.js)
      added button/index.js
    1 new component: "bit status" shows them, "bit tag" makes versions
    --- stderr
    warning: components of this name already exist on the remote scope: my-org.ui/button. To work on that one, use "bit import my-org.ui/button"; if this is another, use "bit rename" before it is tagged
    "#);
    assert_eq!(tracked(&workspace), ["my-org.ui/button button index.js"], "a warning is no refusal");
    workspace.bit(["add", "card"]).success().silent_about("already exist");
    workspace.bit(["add", "x", "--id", "button", "--scope", "my-org.base"]).success().silent_about("already exist");
}

#[test]
fn a_component_that_the_local_scope_knows_goes_on_from_its_version() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("button", &[("index.js", "")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["remove", "button"]).success();
    assert_snapshot!(workspace.bit(["add", "button"]), @r#"
    tracking component my-org.ui/button (button, main index.js)
      added button/index.js
    1 new component: "bit status" shows them, "bit tag" makes versions
    --- stderr
    warning: my-org.ui/button is known in the local scope; the folder goes on from 0.0.1
    "#);
    workspace.bit(["tag", "-m", "two"]).success().says("nothing to tag");
    workspace.append("button/index.js", "// more\n");
    workspace.bit(["tag", "-m", "two"]).success().says("my-org.ui/button@0.0.2 (from 0.0.1)");
}
