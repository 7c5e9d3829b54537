//! .bitmap does not conflict in git where people worked on different components; where they did not, git says so.

use insta::assert_snapshot;
use serde_json::Value;

use crate::common::{Folder, Run, TestEnvironment};

/// A workspace with three components, committed, with or without git being told how to merge.
fn team<'e>(env: &'e TestEnvironment, init: &[&str]) -> Folder<'e> {
    let workspace = env.git_folder("workspace");
    workspace.write(".gitignore", "node_modules\n");
    workspace.bit(["init", "--default-scope", "my-org.ui"].iter().chain(init)).success();
    workspace.components(&[
        ("base", &[("index.js", "")]),
        ("engine", &[("index.js", "")]),
        ("home", &[("index.js", "")]),
    ]);
    commit(&workspace, "base");
    workspace
}

fn commit(workspace: &Folder<'_>, message: &str) {
    workspace.git(["add", "-A"]).success();
    workspace.git(["commit", "--quiet", "-m", message]).success();
}

/// Two branches that each do something; then the one is merged into the other.
fn merge_of(workspace: &Folder<'_>, theirs: impl Fn(&Folder<'_>), ours: impl Fn(&Folder<'_>)) -> Run {
    workspace.git(["checkout", "--quiet", "-b", "theirs"]).success();
    theirs(workspace);
    commit(workspace, "theirs");
    workspace.git(["checkout", "--quiet", "main"]).success();
    ours(workspace);
    commit(workspace, "ours");
    with_bit(workspace).args(["merge", "--quiet", "--no-edit", "theirs"]).run()
}

/// A git that finds the bit under test on its PATH.
fn with_bit(workspace: &Folder<'_>) -> crate::common::Invocation {
    let folder = TestEnvironment::binary().parent().unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let all = std::iter::once(folder.to_owned()).chain(std::env::split_paths(&path));
    workspace.program("git").env("PATH", std::env::join_paths(all).unwrap())
}

fn add<'a>(name: &'a str) -> impl Fn(&Folder<'_>) + 'a {
    move |workspace| {
        workspace.component(name, &[("index.js", "")]);
    }
}

fn tag<'a>(name: &'a str, message: &'a str) -> impl Fn(&Folder<'_>) + 'a {
    move |workspace| {
        workspace.bit(["tag", name, "-m", message]).success();
    }
}

fn names(workspace: &Folder<'_>) -> Vec<String> {
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    bitmap.as_object().unwrap().keys().filter(|key| !key.starts_with('$')).cloned().collect()
}

#[test]
fn two_branches_that_add_or_tag_different_components_merge() {
    for (theirs, ours, expected) in [
        // Between the same two components, at the end, and at the beginning.
        ("card", "dialog", vec!["base", "card", "dialog", "engine", "home"]),
        ("zebra", "yak", vec!["base", "engine", "home", "yak", "zebra"]),
        ("aaa", "abc", vec!["aaa", "abc", "base", "engine", "home"]),
    ] {
        let env = TestEnvironment::new();
        let workspace = team(&env, &["--merge-driver"]);
        merge_of(&workspace, add(theirs), add(ours)).success();
        assert_eq!(names(&workspace), expected);
        workspace.bit(["status"]).success();
    }
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    merge_of(&workspace, tag("base", "x"), tag("engine", "x")).success();
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    assert_eq!((&bitmap["base"]["version"], &bitmap["engine"]["version"]), (&"0.0.1".into(), &"0.0.1".into()));
    assert_eq!(bitmap["home"]["version"], "");
}

#[test]
fn without_the_driver_git_merges_what_is_not_side_by_side() {
    for (theirs, ours) in [("aaa", "zebra"), ("card", "frame"), ("engine-x", "base-x")] {
        let env = TestEnvironment::new();
        let workspace = team(&env, &[]);
        merge_of(&workspace, add(theirs), add(ours)).success();
        assert_eq!(names(&workspace).len(), 5);
        workspace.bit(["status"]).success();
    }
    let env = TestEnvironment::new();
    let workspace = team(&env, &[]);
    merge_of(&workspace, tag("base", "x"), tag("engine", "x")).success();
    workspace.bit(["status"]).success();
}

#[test]
fn both_sides_of_one_component_are_shown_and_nothing_else() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    let theirs = |workspace: &Folder<'_>| {
        tag("engine", "theirs")(workspace);
        add("card")(workspace);
    };
    let ours = |workspace: &Folder<'_>| {
        // Another machine, which does not know of the other version.
        workspace.scope_git(["tag", "-d", "my-org.ui/engine@0.0.1"]).success();
        workspace.write("engine/index.js", "module.exports = 'ours';\n");
        workspace.bit(["tag", "engine@0.0.2", "-m", "ours"]).success();
        add("dialog")(workspace);
    };
    let run = merge_of(&workspace, theirs, ours);
    run.fails(1).complains("merging .bitmap: my-org.ui/engine: it is 0.0.2 here and 0.0.1 there");
    let text = workspace.read(".bitmap");
    let ours = workspace.commit_of("my-org.ui/engine@0.0.2");
    let theirs = workspace.git(["show", "theirs:.bitmap"]).json()["engine"]["commit"].as_str().unwrap().to_owned();
    let text = text.replace(&ours, "<ours>").replace(&theirs, "<theirs>");
    let place = text.find("    \"dialog\"").unwrap()..text.find("    \"home\"").unwrap();
    assert_snapshot!(&text[place], @r#"
        "dialog": {
            "name": "dialog",
            "scope": "",
            "version": "",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "dialog"
        },
        "engine": {
            "name": "engine",
            "scope": "",
    <<<<<<< ours
            "version": "0.0.2",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "engine",
            "commit": "<ours>"
    =======
            "version": "0.0.1",
            "defaultScope": "my-org.ui",
            "mainFile": "index.js",
            "rootDir": "engine",
            "commit": "<theirs>"
    >>>>>>> theirs
        },
    "#);
    workspace.bit(["status"]).fails(1).complains("conflict markers");
    assert!(
        workspace.git(["status", "--short"]).stdout.contains("AA .bitmap")
            || workspace.git(["status", "--short"]).stdout.contains("UU .bitmap")
    );
}

#[test]
fn a_version_that_was_made_from_the_other_wins() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    tag("engine", "first")(&workspace);
    // Both branches have another version than they began with; the one was made from the other.
    let first = workspace.read(".bitmap");
    workspace.git(["checkout", "--quiet", "."]).success();
    let ours = |workspace: &Folder<'_>| {
        workspace.write(".bitmap", &first);
    };
    let theirs = |workspace: &Folder<'_>| {
        workspace.write(".bitmap", &first).write("engine/index.js", "module.exports = 2;\n");
        tag("engine", "second")(workspace);
    };
    let run = merge_of(&workspace, theirs, ours);
    run.success();
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    assert_eq!(bitmap["engine"]["version"], "0.0.2");
    assert_eq!(bitmap["engine"]["commit"], workspace.commit_of("my-org.ui/engine@0.0.2"));
}

#[test]
fn removed_here_and_changed_there_is_a_conflict() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    let remove = |workspace: &Folder<'_>| {
        workspace.bit(["remove", "engine"]).success();
    };
    let run = merge_of(&workspace, remove, tag("engine", "x"));
    run.fails(1).complains("my-org.ui/engine: it was removed there and changed here");
    assert!(workspace.read(".bitmap").contains("<<<<<<< ours"));
}

#[test]
fn a_side_that_cannot_be_read_is_merged_by_lines() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    let broken = |workspace: &Folder<'_>| {
        let text = workspace.read(".bitmap").replace("\"17.0.0\"", "\"99.0.0\"");
        workspace.write(".bitmap", text);
    };
    merge_of(&workspace, broken, tag("base", "x")).success().complains("merge of lines was made instead");
    let text = workspace.read(".bitmap");
    assert!(text.contains("99.0.0") && text.contains("\"0.0.1\""));
}

/// Nothing in it is replaced by something that can be read.
#[test]
fn a_side_that_is_no_text_is_merged_by_lines() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    let note = b"    \"$note\": \"\xff\",\n";
    let noted = |workspace: &Folder<'_>| {
        let text = workspace.read(".bitmap");
        let (before, schema) = text.split_at(text.find("    \"$schema").unwrap());
        workspace.write(".bitmap", [before.as_bytes(), note, schema.as_bytes()].concat());
    };
    merge_of(&workspace, noted, tag("base", "x")).success().complains("it is not UTF-8 text");
    let merged = workspace.read_bytes(".bitmap");
    assert!(merged.windows(note.len()).any(|bytes| bytes == note));
}

#[test]
fn init_leaves_what_else_git_was_told_as_it_is() {
    let env = TestEnvironment::new();
    let workspace = env.git_folder("workspace");
    workspace.write(".gitattributes", b"caf\xe9.png binary\n");
    workspace.bit(["init", "--merge-driver"]).success();
    assert_eq!(workspace.read_bytes(".gitattributes"), b"caf\xe9.png binary\n.bitmap merge=bit-bitmap\n");
}

#[test]
fn init_tells_git_once_and_says_what_it_could_do() {
    let env = TestEnvironment::new();
    let workspace = env.git_folder("workspace");
    workspace.write(".gitignore", "node_modules\n").write(".gitattributes", "*.png binary");
    workspace.bit(["init"]).success().says("bit init --merge-driver");
    assert_eq!(workspace.read(".gitattributes"), "*.png binary");
    assert_eq!(workspace.bit(["init", "--json"]).success().json()["mergeDriver"], false);
    for _ in 0..2 {
        let run = workspace.bit(["init", "--merge-driver", "--json"]);
        assert_eq!(run.success().json()["mergeDriver"], true);
        assert_eq!(workspace.read(".gitattributes"), "*.png binary\n.bitmap merge=bit-bitmap\n");
    }
    let driver = workspace.git(["config", "--local", "merge.bit-bitmap.driver"]);
    assert_eq!(driver.line(), "bit bitmap merge-driver %O %A %B %P");
    workspace.bit(["init"]).success().silent_about("--merge-driver");
    let outside = env.folder("outside");
    outside.bit(["init", "--merge-driver"]).fails(1).complains("is in no git repository");
    outside.bit(["init"]).success().silent_about("merge-driver");
    assert!(!outside.exists(".gitattributes"));
}

#[test]
fn a_teammate_without_the_setting_still_merges() {
    let env = TestEnvironment::new();
    let workspace = team(&env, &["--merge-driver"]);
    workspace.git(["config", "--local", "--remove-section", "merge.bit-bitmap"]).success();
    merge_of(&workspace, add("aaa"), add("zebra")).success();
    assert_eq!(names(&workspace).len(), 5);
}
