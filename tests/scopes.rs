//! `bit scope` and `bit init --bare`: scopes are made, shown and chosen, and nothing of anybody's is lost.

use insta::assert_snapshot;

use crate::common::faults::{self, Preserved};
use crate::common::{Folder, TestEnvironment, skip};

/// A bare repository with a commit, and what plain git makes of it.
fn used<'e>(env: &'e TestEnvironment, name: &str, files: &[(&str, &str)]) -> Folder<'e> {
    let source = env.git_folder(&format!("{name}-source"));
    for (path, content) in files {
        source.write(path, content);
    }
    source.git(["add", "--all"]).success();
    source.git(["commit", "--quiet", "--allow-empty", "-m", "ours"]).success();
    env.folder(".").git(["clone", "--quiet", "--bare", &format!("{name}-source"), name]).success();
    env.folder(name)
}

fn refs(folder: &Folder) -> String {
    folder.git(["--git-dir=.", "for-each-ref"]).success().stdout.clone()
}

#[test]
fn a_used_repository_is_adopted_only_when_asked_and_its_files_stay() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    let theirs =
        used(&env, "theirs", &[("README.md", "# Ours\n\nOur words.\n"), ("LICENSE", "free\n"), ("a/b", "b\n")]);
    theirs.git(["--git-dir=.", "tag", "v1.0.0"]).success();
    let before = theirs.git(["--git-dir=.", "rev-parse", "HEAD"]).line().to_owned();
    assert_snapshot!(here.bit(["scope", "create", "theirs", "--name", "my-org.ui"]), @r#"
    --- stderr
    error: [ROOT]/theirs is not empty, and is no scope
    hint: name an empty repository; --adopt makes a scope of this one: its files stay, a commit with the catalog comes on top
    --- exit 1
    "#);
    assert_eq!(theirs.git(["--git-dir=.", "rev-parse", "HEAD"]).line(), before);
    here.bit(["scope", "create", "theirs", "--name", "my-org.ui", "--adopt"]).success();
    assert_eq!(theirs.git(["--git-dir=.", "rev-parse", "HEAD^"]).line(), before);
    let show = |path: &str| theirs.git(["--git-dir=.", "show", &format!("HEAD:{path}")]).success().stdout.clone();
    assert!(show("README.md").starts_with("# Ours\n\nOur words.\n\n<!-- bit:"), "{}", show("README.md"));
    assert_eq!((show("LICENSE"), show("a/b")), ("free\n".into(), "b\n".into()));
    assert!(show("scope.json").contains("my-org.ui"));
    theirs.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    // It works as any other.
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../theirs"]).success().says("my-org.ui");
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(show("LICENSE"), "free\n");
}

#[test]
fn what_can_not_be_adopted_is_left_as_it_is() {
    let env = TestEnvironment::new();
    let here = env.folder(".");
    let adopt = |name: &str| here.bit(["scope", "create", name, "--name", "my-org.ui", "--adopt"]);
    let refused = |folder: &Folder, name: &str, why: &str| {
        let before = refs(folder);
        adopt(name).fails(1).complains(why);
        assert_eq!(refs(folder), before);
    };
    let tagged = used(&env, "tagged", &[("a", "a")]);
    tagged.git(["--git-dir=.", "tag", "button@1.0.0"]).success();
    refused(&tagged, "tagged", "would be taken for versions: button@1.0.0");
    let headless = used(&env, "headless", &[("a", "a")]);
    headless.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/other"]).success();
    refused(&headless, "headless", "its default branch (HEAD) has no commit");
    let newer = used(&env, "newer", &[("scope.json", "{\"format\": 2, \"name\": \"x\"}")]);
    refused(&newer, "newer", "scope.json");
    here.bit(["scope", "create", "scope", "--name", "my-org.base"]).success();
    refused(&env.folder("scope"), "scope", "is the scope my-org.base and can't become my-org.ui");
    here.bit(["scope", "create", "scope"]).fails(1).complains("is already the scope my-org.base");
    here.bit(["scope", "create", "my-scope"]).fails(1).complains("no scope can be named my-scope");
    assert!(!here.exists("my-scope"));
    let nobody = here.invocation().without_env("GIT_AUTHOR_NAME").without_env("GIT_AUTHOR_EMAIL");
    let nobody = nobody.without_env("GIT_COMMITTER_NAME").without_env("GIT_COMMITTER_EMAIL");
    nobody.args(["scope", "create", "anonymous"]).run().fails(1).complains("git does not know who you are");
    assert!(!here.exists("anonymous"), "nothing is made before it can be finished");
}

#[test]
fn a_folder_becomes_a_scope() {
    let env = TestEnvironment::new();
    let folder = env.folder("My Org.ui");
    assert_snapshot!(folder.bit(["init", "--bare"]), @r#"
    created the scope my-org.ui [ROOT]/My Org.ui
    in a workspace: bit remote add file://[ROOT]/My%20Org.ui
    "#);
    assert_eq!(folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().json()["name"], "my-org.ui");
    folder.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
    folder.bit(["init", "--bare"]).fails(1).complains("is already the scope my-org.ui");
    let workspace = env.workspace();
    let url = format!("file://{}", folder.path().display().to_string().replace(' ', "%20"));
    workspace.bit(["remote", "add", &url]).success().says("\"my-org.ui\"");

    // An empty bare repository, a folder to be made, one in which this was stopped.
    let empty = env.folder("empty");
    empty.git(["init", "--quiet", "--bare"]).success();
    empty.bit(["init", "--bare", "--name", "my-org.empty", "--json"]).success().json();
    env.folder(".").bit(["init", "--bare", "a:b/my-org.base"]).success().says("my-org.base");
    let stopped = env.folder("stopped");
    stopped.write("objects/info/.keep", "").write("refs/heads/.keep", "").write("config", "").write(".bit-tmp-x", "");
    stopped.bit(["init", "--bare", "--name", "my-org.stopped"]).success();
    assert!(!stopped.exists(".bit-tmp-x"));
    env.folder("full").write("a.txt", "").bit(["init", "--bare"]).fails(1).complains("holds files");
    for flags in [&["--default-scope", "x"][..], &["--standalone"], &["--reset"], &["--force"]] {
        let run = folder.bit([&["init", "--bare"], flags].concat());
        run.fails(2).complains("cannot be used with");
    }
    folder.bit(["init", "--bare", "--name", "No"]).fails(1).complains("did you mean \"no\"?");
}

/// `theme` in my-org.ui, exported; `button` tagged; `fresh` new; a remote for each kind.
fn lived_in(env: &TestEnvironment) -> Folder<'_> {
    env.folder(".").bit(["scope", "create", "ui", "--name", "my-org.ui", "--description", "Buttons."]).success();
    let workspace = env.git_workspace();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    workspace.component("button", &[("index.js", "module.exports = 2;\n")]);
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.component("fresh", &[("index.js", "module.exports = 3;\n")]);
    workspace
}

#[test]
fn a_workspace_tells_which_scopes_it_knows() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    assert_snapshot!(workspace.bit(["scope", "show"]), @r#"
    default scope  my-org.ui
    url            [ROOT]/ui (workspace)
    description    Buttons.

    my-org.ui  3 components
    "#);
    let config = workspace.read("workspace.jsonc");
    let shared = r#""bit.scope/remotes": {"my-org.*": "https://example.com/{name}", "their.forms": "https://example.com/f"}, "$schema""#;
    workspace.write("workspace.jsonc", config.replacen("\"$schema\"", shared, 1));
    workspace.bit(["remote", "add", "my-org.all", "https://example.com/all", "--global"]).success();
    workspace.bit(["scope", "set", "my-org.base", "fresh"]).success();
    assert_snapshot!(workspace.bit(["scope", "list"]), @r#"
    scope                components  from             url
    my-org.all           0           workspace.jsonc  https://example.com/all
    my-org.base          1           workspace.jsonc  https://example.com/base
    my-org.ui (default)  2           workspace        [ROOT]/ui
    their.forms          0           workspace.jsonc  https://example.com/f
    "#);
    let listed = workspace.bit(["scope", "list", "--json"]).success().json();
    assert_eq!(listed[1]["from"], "workspace.jsonc");
    assert_eq!(workspace.bit(["scope", "show", "--json"]).success().json()["description"], "Buttons.");
    let bare = env.workspace_at("bare", "my-scope");
    bare.bit(["scope", "show"]).success().says("bit scope set <scope>").says("no components yet");
    env.folder("outside").bit(["scope", "list"]).fails(1).complains("no workspace here");
}

#[test]
fn the_default_scope_is_for_new_components_only() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    let (bitmap, config) = (workspace.read(".bitmap"), workspace.read("workspace.jsonc"));
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base"]), @r#"
    new components get the scope my-org.base (was my-org.ui)
    1 new component kept the scope my-org.ui:
      > my-org.ui/fresh
    "bit scope set my-org.base <ids>" gives them the new one
    "#);
    assert_eq!(workspace.read(".bitmap"), bitmap);
    let changed = config.replacen("\"defaultScope\": \"my-org.ui\"", "\"defaultScope\": \"my-org.base\"", 1);
    assert_eq!(workspace.read("workspace.jsonc"), changed, "comments and layout stay");
    workspace.component("later", &[("index.js", "module.exports = 4;\n")]);
    workspace.bit(["status"]).success().says("my-org.base/later").says("my-org.ui/fresh");
    workspace.bit(["scope", "set", "my-org.base"]).success().says("already");
    workspace.bit(["scope", "set", "My.Org"]).fails(1).complains("is invalid as a scope name").complains("\"my.org\"?");
    workspace.bit(["scope", "set", "my-scope"]).fails(1).complains("my-scope");
    // A workspace that is a .bitmap alone.
    workspace.remove("workspace.jsonc").bit(["scope", "set", "my-org.base"]).success();
    assert!(workspace.read("workspace.jsonc").contains("\"my-org.base\""));
}

#[test]
fn a_new_component_gets_another_scope_and_one_with_versions_does_not() {
    let env = TestEnvironment::new();
    let workspace = lived_in(&env);
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base", "fresh"]), @r#"
    1 component now has the scope my-org.base
      > my-org.base/fresh (import it as @my-org/base.fresh, no longer as @my-org/ui.fresh)
    "#);
    assert!(workspace.exists("node_modules/@my-org/base.fresh") && !workspace.exists("node_modules/@my-org/ui.fresh"));
    workspace.bit(["status"]).success().says("my-org.base/fresh");
    workspace.bit(["scope", "set", "my-org.base", "fresh"]).success().says("already");
    let bitmap = workspace.read(".bitmap");
    assert_snapshot!(workspace.bit(["scope", "set", "my-org.base", "*"]), @r#"
    --- stderr
    error: the scope can't be changed: my-org.ui/theme lives in its scope already; my-org.ui/button has versions that name its scope
    hint: only new components can be given a scope; bit export my-org.base my-org.ui/theme publishes a copy there
    --- exit 1
    "#);
    workspace.bit(["scope", "set", "my-org.base", "button"]).fails(1).complains("bit reset my-org.ui/button");
    workspace.bit(["scope", "set", "my-org.base", "fresh@1.0.0"]).fails(1).complains("leave the version out");
    workspace.bit(["scope", "set", "my-org.base", "fersh"]).fails(1).complains("did you mean \"fresh\"?");
    assert_eq!(workspace.read(".bitmap"), bitmap);
    workspace.bit(["reset", "button"]).success();
    workspace.bit(["scope", "set", "my-org.base", "button"]).success();
    workspace.bit(["tag", "-m", "three"]).success().says("my-org.base/button@0.0.1");
}

#[test]
fn killed_at_any_moment_a_scope_is_made_by_the_same_command_once_more() {
    if let Err(reason) = faults::can_be_injected() {
        skip!("{reason}");
    }
    let env = TestEnvironment::new();
    let folder = env.folder("my-org.ui");
    let empty = Preserved::new(&folder);
    let mut killed = 0;
    for calls in faults::OF_BIT_ITSELF {
        for number in 1.. {
            empty.restore();
            if !faults::killed_at(&folder, &["init", "--bare"], calls, number) {
                break;
            }
            killed += 1;
            let again = folder.bit(["init", "--bare"]);
            if again.code != Some(0) {
                again.fails(1).complains("is already the scope my-org.ui");
            }
            folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().says("my-org.ui");
            folder.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
        }
    }
    assert!(killed > 10, "only {killed} moments were tried");
}
