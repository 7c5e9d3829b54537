//! `bit init`: a workspace is made whole, or what is missing of one; a person's files stay as they are.

use insta::assert_snapshot;

use crate::common::{Folder, TestEnvironment};

/// A component with a version, so that there is something to lose.
fn with_a_version(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.component("button", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace
}

#[test]
fn a_fresh_workspace_is_made_and_told() {
    let env = TestEnvironment::new();
    let folder = env.git_folder("shop");
    assert_snapshot!(folder.bit(["init"]), @r#"
    initialized a bit workspace ([ROOT]/shop)
      > made .git/bit
      > made workspace.jsonc
      > made .bitmap
    let git merge .bitmap by component, so that branches do not conflict in it: bit init --merge-driver
    --- stderr
    warning: git does not ignore node_modules: add the line "node_modules" to .gitignore
    "#);
    assert_snapshot!(folder.read("workspace.jsonc"), @r#"
    // The settings of this workspace. Comments and layout are yours: bit keeps them.
    {
      "$schema": "https://static.bit.dev/teambit/schemas/schema.json",
      "teambit.workspace/workspace": {
        "name": "shop",
        "icon": "https://static.bit.dev/bit-logo.svg",

        // The scope of new components: "owner.name", or one word.
        "defaultScope": "my-scope",

        // Where imported components go. Placeholders: {name}, {scope} (without its owner), {owner}, {scopeId} (both).
        "defaultDirectory": "{scope}/{name}"
      },

      // Settings for some components, by folder ("src/ui"), by pattern ("{src/**, lib/*}") or for all ("*").
      // The most specific one wins: "src/ui": {"defaultScope": "my-org.ui"}
      "teambit.workspace/variants": {},

      // The ranges of packages from outside. What is not listed here is taken from package.json, then from node_modules.
      "teambit.dependencies/dependency-resolver": {
        "policy": {
          "dependencies": {},
          "devDependencies": {},
          "peerDependencies": {}
        }
      }
    }
    "#);
    assert_snapshot!(folder.read(".bitmap"), @r#"
    {
        "$schema-version": "17.0.0"
    }
    "#);
    assert_eq!(folder.scope_git(["rev-parse", "--is-bare-repository"]).line(), "true");
    folder.fsck();
    assert_snapshot!(folder.bit(["status"]), @"nothing to tag or export, the workspace is clean (no components yet: bit add <folder>)");
}

#[test]
fn scripts_get_what_was_made_as_json() {
    let env = TestEnvironment::new();
    let folder = env.folder("shop");
    assert_snapshot!(folder.bit(["init", "--json"]), @r#"
    {
      "created": [
        "[ROOT]/shop/.bit",
        "[ROOT]/shop/workspace.jsonc",
        "[ROOT]/shop/.bitmap"
      ],
      "localScope": "[ROOT]/shop/.bit",
      "mergeDriver": false,
      "putAside": [],
      "root": "[ROOT]/shop"
    }
    "#);
    assert_snapshot!(folder.bit(["init", "--json"]), @r#"
    {
      "created": [],
      "localScope": "[ROOT]/shop/.bit",
      "mergeDriver": false,
      "putAside": [],
      "root": "[ROOT]/shop"
    }
    "#);
}

#[test]
fn the_flags_of_existing_scripts_are_taken() {
    let env = TestEnvironment::new();
    let folder = env.folder("shop");
    let run = folder.bit(["init", "--no-package-json", "--skip-interactive", "--external-package-manager"]);
    run.success().says("initialized a bit workspace").silent_about("re-initialized");
    assert_eq!(folder.listing(&[".bit"]), [".bitmap", "workspace.jsonc"], "and no package.json");
}

#[test]
fn doing_it_again_changes_nothing() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let (config, bitmap, refs) = (workspace.read("workspace.jsonc"), workspace.read(".bitmap"), workspace.refs());
    let files = workspace.listing(&[]);
    assert_snapshot!(workspace.bit(["init"]), @r#"
    successfully re-initialized a bit workspace. ([ROOT]/workspace)
    --- stderr
    warning: git does not ignore node_modules: add the line "node_modules" to .gitignore
    "#);
    // The caches go; then there is nothing left to do.
    workspace.bit(["init", "--reset"]).success().says("your bit workspace has been reset successfully");
    workspace.bit(["init", "--reset"]).success().says("nothing to reset").silent_about("successfully");
    assert_eq!(workspace.read("workspace.jsonc"), config);
    assert_eq!(workspace.read(".bitmap"), bitmap);
    assert_eq!(workspace.refs(), refs);
    let cache = [".git/bit/bit/cache".to_owned()];
    let kept = |files: Vec<String>| files.into_iter().filter(|file| !cache.contains(file)).collect::<Vec<_>>();
    assert_eq!(kept(workspace.listing(&[])), kept(files));
}

#[test]
fn each_thing_that_is_missing_is_made_again_and_the_rest_is_kept() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let (config, bitmap) = (workspace.read("workspace.jsonc"), workspace.read(".bitmap"));

    workspace.remove("workspace.jsonc");
    workspace.bit(["init", "--default-scope", "my-org.ui"]).success().says("made workspace.jsonc");
    assert!(workspace.read("workspace.jsonc").contains("\"my-org.ui\""));
    assert_eq!(workspace.read(".bitmap"), bitmap);

    // A person's own, with a comment.
    let own = config.replacen('{', "{\n  // mine", 1);
    workspace.write("workspace.jsonc", &own);
    workspace.remove(".git/bit");
    workspace.bit(["init"]).success().says("made .git/bit");
    assert_eq!((workspace.read("workspace.jsonc"), workspace.read(".bitmap")), (own, bitmap));
    workspace.bit(["status"]).success().says("import pending");

    // Nothing is known of a .bitmap any more: an empty one loses nothing.
    workspace.remove(".bitmap");
    workspace.bit(["init"]).success().says("made .bitmap");
}

#[test]
fn parts_of_a_local_scope_are_made_again_and_no_version_is_lost() {
    for part in ["HEAD", "config", "refs", "bit", "objects/info"] {
        let env = TestEnvironment::new();
        let workspace = with_a_version(&env);
        let versions = workspace.refs();
        if workspace.exists(&format!(".git/bit/{part}")) {
            workspace.remove(&format!(".git/bit/{part}"));
        }
        workspace.bit(["init"]).success();
        assert_eq!(workspace.refs(), versions, "without {part}");
        workspace.fsck().bit(["status"]).success().says("my-org.ui/button. versions: 0.0.1");
    }
}

#[test]
fn a_missing_file_of_the_local_scope_is_no_lost_scope() {
    for flags in [&["init"][..], &["init", "--standalone"]] {
        let env = TestEnvironment::new();
        let workspace = env.git_folder("workspace");
        workspace.bit(flags).success();
        workspace.component("button", &[("index.js", "")]);
        workspace.bit(["tag", "-m", "first"]).success();
        let place = if flags.len() == 1 { ".git/bit" } else { ".bit" };
        workspace.remove(&format!("{place}/HEAD"));
        let run = workspace.bit(["status"]);
        run.success().says("my-scope/button. versions: 0.0.1").silent_about("was gone");
        run.complains("a missing file of the local scope was made again");
        workspace.bit(["status"]).success().silent_about("warning");
    }
}

#[test]
fn any_command_makes_a_local_scope_that_is_gone() {
    for command in [
        &["status"][..],
        &["list"],
        &["tag"],
        &["link"],
        &["add", "button"],
        &["remote", "add", "my-org.base", "https://example.com/base"],
    ] {
        let env = TestEnvironment::new();
        let workspace = env.workspace();
        workspace.component("button", &[("index.js", "")]);
        workspace.remove(".bit");
        workspace.bit(command).success();
        assert_eq!(workspace.scope_git(["rev-parse", "--is-bare-repository"]).line(), "true", "{command:?}");
        assert!(workspace.exists(".bit/.gitignore"), "{command:?}");
    }
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.remove(".bit");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    nothing to tag or export, the workspace is clean (no components yet: bit add <folder>)
    --- stderr
    warning: there was no local scope here; an empty one was made, and "bit import" brings exported versions
    "#);
    workspace.bit(["status"]).success().silent_about("warning");
}

#[test]
fn a_lost_bitmap_is_no_empty_one() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let versions = workspace.refs();
    workspace.remove(".bitmap");
    assert_snapshot!(workspace.bit(["init"]), @r#"
    --- stderr
    error: [ROOT]/workspace/.bitmap is missing, but the local scope beside it holds components
    hint: restore it (git checkout -- .bitmap); or "bit init --force" starts with an empty one and keeps the versions
    --- exit 1
    "#);
    for command in [&["init", "--reset"][..], &["status"], &["add", "button"], &["tag"]] {
        workspace.bit(command).fails(1).complains("the local scope beside it holds components");
    }
    assert!(!workspace.exists(".bitmap"));
    let config = workspace.read("workspace.jsonc");
    workspace.write("workspace.jsonc", "{").bit(["init", "--reset"]).fails(1).complains("holds components");
    assert_eq!(workspace.read("workspace.jsonc"), "{", "what is refused changes nothing");
    workspace.bit(["init", "--reset", "--force"]).success().says("made .bitmap").complains("workspace.jsonc.broken-1");
    workspace.write("workspace.jsonc", config).remove(".bitmap");
    assert_snapshot!(workspace.bit(["init", "--force"]), @r#"
    successfully re-initialized a bit workspace. ([ROOT]/workspace)
      > made .bitmap
    --- stderr
    warning: git does not ignore node_modules: add the line "node_modules" to .gitignore
    "#);
    assert_eq!(workspace.refs(), versions, "the versions stay");
    workspace.bit(["add", "button"]).success();
    workspace.bit(["status"]).success().silent_about("new components").silent_about("modified");
}

#[test]
fn a_broken_file_is_shown_and_left_alone_until_reset_puts_it_aside() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let (config, bitmap) = (workspace.read("workspace.jsonc"), workspace.read(".bitmap"));
    workspace.write("workspace.jsonc", "{\n  \"a\": 1,\n  oops!\n}\n");
    assert_snapshot!(workspace.bit(["init"]), @r#"
    --- stderr
    error: failed parsing the workspace.jsonc file at [ROOT]/workspace/workspace.jsonc:3:7: expected colon
    hint: mend that line; nothing was changed
    --- exit 1
    "#);
    assert_eq!(workspace.read("workspace.jsonc"), "{\n  \"a\": 1,\n  oops!\n}\n");
    assert_snapshot!(workspace.bit(["init", "--reset"]), @r#"
    your bit workspace has been reset successfully ([ROOT]/workspace)
      > made workspace.jsonc
    --- stderr
    warning: [ROOT]/workspace/workspace.jsonc was broken; it is [ROOT]/workspace/workspace.jsonc.broken-1 now
    warning: git does not ignore node_modules: add the line "node_modules" to .gitignore
    "#);
    assert_eq!(workspace.read("workspace.jsonc.broken-1"), "{\n  \"a\": 1,\n  oops!\n}\n");
    assert_eq!(workspace.read(".bitmap"), bitmap, "what is whole stays");

    workspace.write("workspace.jsonc", &config).write(".bitmap", "no bitmap");
    workspace.write(".bitmap.broken-1", "an older one");
    workspace.bit(["init"]).fails(1).complains(".bitmap:1:");
    workspace.bit(["init", "--force"]).fails(1).complains(".bitmap:1:");
    let run = workspace.bit(["init", "--reset"]);
    run.success().says("your bit workspace has been reset successfully").complains(".bitmap.broken-2");
    assert_eq!(workspace.read(".bitmap.broken-1"), "an older one");
    assert_eq!(workspace.read(".bitmap.broken-2"), "no bitmap");
    assert_eq!(workspace.read("workspace.jsonc"), config);
    workspace.bit(["add", "button"]).success();
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn names_are_checked_before_anything_is_made() {
    let env = TestEnvironment::new();
    let folder = env.folder("shop");
    assert_snapshot!(folder.bit(["init", "--default-scope", "My Org.UI"]), @r#"
    --- stderr
    error: "My Org.UI" is invalid as a scope name: every part begins with a lower-case letter or a digit
    hint: did you mean "my-org.ui"?
    --- exit 1
    "#);
    for bad in ["", "a.b.c", ".ui", "my-org.", "ui.lock", "con", "current", "main", "my-org.ui/button", "-x", "ü"] {
        let flag = format!("--default-scope={bad}");
        folder.bit(["init", &flag]).fails(1).complains("is invalid");
        folder.bit(["init", "inner", &flag]).fails(1);
    }
    assert_eq!(folder.listing(&[]), Vec::<String>::new());
    folder.bit(["init", "--default-scope"]).fails(2);
    folder.bit(["init", "--nmae", "x"]).fails(2).complains("--name");
    assert_eq!(folder.listing(&[]), Vec::<String>::new());
}

#[test]
fn name_and_scope_are_written_down() {
    let env = TestEnvironment::new();
    let folder = env.folder("shop");
    folder.bit(["init", "--name", "the \"shop\"\\", "--default-scope", "my-org.ui"]).success();
    assert!(folder.read("workspace.jsonc").contains(r#""name": "the \"shop\"\\""#));
    folder.write("button/index.js", "");
    folder.bit(["add", "button"]).success().says("my-org.ui/button");
    // Without a scope the placeholder stands in.
    let plain = env.folder("plain");
    plain.bit(["init"]).success();
    plain.write("button/index.js", "");
    plain.bit(["add", "button"]).success().says("my-scope/button");
}

#[test]
fn the_folder_may_be_named() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    here.bit(["init", "new/place"]).success().says("([ROOT]/here/new/place)");
    assert_eq!(here.listing(&["new/place/.bit"]), ["new/place/.bitmap", "new/place/workspace.jsonc"]);
    here.bit(["init", "new/place"]).success().says("successfully re-initialized a bit workspace.");
    here.write("file", "");
    here.bit(["init", "file"]).fails(1).complains("file is a file, not a folder").complains("hint: name the folder");
    assert_eq!(here.read("file"), "");
}

/// What git would add of a folder.
fn seen_by_git(folder: &Folder<'_>) -> Vec<String> {
    let run = folder.git(["status", "--porcelain", "--untracked-files=all", "--", "."]);
    run.success().stdout.lines().map(|line| line[3..].to_owned()).collect()
}

#[test]
fn the_local_scope_is_beside_git_or_stands_alone_and_git_never_sees_it() {
    let env = TestEnvironment::new();
    let ours = [".bitmap", "workspace.jsonc"];

    let root = env.git_folder("root");
    root.bit(["init"]).success();
    assert!(root.exists(".git/bit/HEAD") && !root.exists(".bit"));
    assert_eq!(seen_by_git(&root), ours);

    let alone = env.git_folder("alone");
    alone.bit(["init", "--standalone"]).success();
    assert!(alone.exists(".bit/HEAD") && !alone.exists(".git/bit"));
    assert_eq!(seen_by_git(&alone), ours);
    alone.component("button", &[("index.js", "")]);
    alone.bit(["tag", "-m", "one"]).success();
    assert!(!alone.exists(".git/bit"), "a .bit that is there keeps being used");
    assert!(!seen_by_git(&alone).iter().any(|path| path.contains(".bit/")));

    let below = root.inside("packages");
    root.bit(["init", "packages", "--force"]).success();
    assert!(below.exists(".bit/HEAD"));
    assert_eq!(seen_by_git(&below), ["packages/.bitmap", "packages/workspace.jsonc"]);

    root.git(["commit", "--quiet", "--allow-empty", "-m", "x"]).success();
    root.git(["worktree", "add", "--quiet", "../tree"]).success();
    let tree = env.folder("tree");
    assert!(tree.path().join(".git").is_file());
    tree.bit(["init"]).success();
    assert!(tree.exists(".bit/HEAD"));
    assert_eq!(seen_by_git(&tree), ours);

    // A repository that comes later sees nothing of it either.
    let later = env.workspace();
    later.git(["init", "--quiet"]).success();
    assert_eq!(seen_by_git(&later), ours);
    later.component("button", &[("index.js", "")]);
    assert!(later.exists(".bit/HEAD") && !later.exists(".git/bit"));
}

#[test]
fn a_local_scope_is_what_bit_can_read_whatever_git_prefers() {
    let env = TestEnvironment::new();
    let folder = env.folder("shop");
    let run = folder.invocation().env("GIT_DEFAULT_HASH", "sha256").env("GIT_DEFAULT_REF_FORMAT", "reftable");
    run.env("GIT_DIR", "/nowhere").env("GIT_TEMPLATE_DIR", "/nowhere").args(["init"]).run().success();
    assert_eq!(folder.scope_git(["rev-parse", "--show-object-format"]).line(), "sha1");
    assert_eq!(folder.scope_git(["rev-parse", "--show-ref-format"]).line(), "files");
}

#[test]
fn git_that_would_take_node_modules_is_warned_about() {
    let env = TestEnvironment::new();
    let folder = env.git_folder("shop");
    folder.bit(["init"]).success().complains("git does not ignore node_modules");
    folder.write(".gitignore", "node_modules\n");
    folder.bit(["init"]).success().silent_about("node_modules");
    env.folder("plain").bit(["init"]).success().silent_about("node_modules");
    assert_eq!(folder.read(".gitignore"), "node_modules\n");
}

#[test]
fn a_git_that_is_missing_or_too_old_is_said_before_anything_is_made() {
    let env = TestEnvironment::new();
    let (folder, programs) = (env.folder("shop"), env.folder("programs"));
    let with_programs = || folder.invocation().arg("init").env("PATH", programs.path()).run();
    with_programs().fails(1).complains("the program git was not found").complains("install git 2.41 or newer");
    programs.write_program("git", "echo git version 2.30.2");
    with_programs().fails(1).complains("git 2.30.2 is too old").complains("install git 2.41 or newer");
    assert!(folder.listing(&[]).is_empty());
}

#[test]
fn a_local_scope_with_versions_is_not_left_behind() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let versions = workspace.refs();
    let run = workspace.bit(["init", "--standalone"]);
    run.fails(1).complains("workspace/.git/bit, and it holds versions").complains("to have it in .bit, move it: mv ");
    assert!(!workspace.exists(".bit"));
    workspace.bit(["status"]).success().says("my-org.ui/button. versions: 0.0.1");
    // As the hint says.
    std::fs::rename(workspace.path().join(".git/bit"), workspace.path().join(".bit")).unwrap();
    workspace.bit(["init"]).success();
    workspace.bit(["init", "--standalone"]).success();
    workspace.bit(["status"]).success().says("my-org.ui/button. versions: 0.0.1");
    assert!(!seen_by_git(&workspace).iter().any(|path| path.starts_with(".bit/")));
    std::fs::rename(workspace.path().join(".bit"), workspace.path().join(".git/bit")).unwrap();
    assert_eq!(workspace.refs(), versions);
}

#[test]
fn a_workspace_inside_another_is_made_only_when_forced() {
    let env = TestEnvironment::new();
    let workspace = with_a_version(&env);
    let files = workspace.listing(&[]);
    let run = workspace.inside("button").bit(["init"]);
    run.fails(1).complains("button lies in the workspace [ROOT]/workspace; nothing was made").complains("--force");
    workspace.bit(["init", "new/place"]).fails(1).complains("/workspace; nothing was made");
    workspace.bit(["init", "--reset", "button"]).fails(1);
    assert_eq!(workspace.listing(&[]), files);
    workspace.inside("button").bit(["init", "../../beside"]).success();
    workspace.bit(["init", "packages", "--force"]).success();
    workspace.bit(["init", "packages"]).success().says("re-initialized");
}

#[test]
fn other_settings_than_those_of_the_file_are_refused() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace.read("workspace.jsonc");
    let run = workspace.bit(["init", "--default-scope", "one.two"]);
    run.fails(1).complains("says defaultScope \"my-org.ui\" already").complains("edit its \"defaultScope\"");
    workspace.bit(["init", "--name", "x"]).fails(1).complains("name \"workspace\" already").complains("\"name\"");
    workspace.bit(["init", "--default-scope", "my-org.ui", "--name", "workspace"]).success();
    assert_eq!(workspace.read("workspace.jsonc"), config);
}
