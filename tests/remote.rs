//! `bit remote`: where scopes are reached is written down, checked and shown without secrets.

use insta::assert_snapshot;

use crate::common::faults::kill_everywhere;
use crate::common::{Folder, TestEnvironment, needs_faults};

/// A bare scope made by plain git.
fn scope<'e>(env: &'e TestEnvironment, folder: &str, name: &str) -> Folder<'e> {
    let source = env.git_folder(&format!("{folder}-source"));
    source.write("scope.json", format!("{{\"format\": 1, \"name\": \"{name}\"}}\n"));
    source.git(["add", "."]).success();
    source.git(["commit", "--quiet", "-m", "catalog"]).success();
    source.git(["clone", "--quiet", "--bare", ".", &format!("../{folder}")]).success();
    env.folder(folder)
}

#[test]
fn a_scope_on_this_machine_says_its_own_name() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let scope = scope(&env, "my scope.git", "my-org.base");
    let url = format!("file://{}", scope.path().display());
    assert_snapshot!(workspace.bit(["remote", "add", &url]), @r#"added remote scope "my-org.base" at file://[ROOT]/my scope.git"#);
    assert_snapshot!(workspace.bit(["remote"]), @"my-org.base  file://[ROOT]/my scope.git");
    assert_snapshot!(workspace.scope_git(["remote", "get-url", "my-org.base"]), @"file://[ROOT]/my scope.git");
    let listed = workspace.bit(["remote", "list", "--json"]);
    assert_eq!(listed.json()[0]["name"], "my-org.base");
    assert_eq!(listed.json()[0]["global"], false);

    workspace.bit(["remote", "add", "my-org.base", "../my scope.git"]).success().says("(was file://");
    workspace.bit(["remote", "add", "../my scope.git"]).success().silent_about("was");
    workspace
        .bit(["remote", "add", "my-org.other", "../my scope.git"])
        .fails(1)
        .complains("my-org.base, not my-org.other");
}

#[test]
fn what_is_no_scope_is_refused() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    assert_snapshot!(workspace.bit(["remote", "add", "file://non-exist-dir"]), @r#"
    --- stderr
    error: scope not found at [ROOT]/workspace/non-exist-dir: there is no such folder
    hint: check the path; "bit scope create [ROOT]/workspace/non-exist-dir" makes a scope
    --- exit 1
    "#);
    workspace.bit(["remote", "add", "my-org.base", "../nowhere"]).fails(1).complains("scope not found at [ROOT]/");
    let used = workspace.bit(["remote", "add", "."]);
    used.fails(1).complains("no bare git repository").complains("makes a scope of a new folder, or of an empty one");
    env.folder("nothing");
    workspace.bit(["remote", "add", "../nothing"]).fails(1).complains("\"bit scope create [ROOT]/nothing\" makes");
    let empty = env.folder("empty");
    empty.git(["init", "--quiet", "--bare"]).success();
    workspace.bit(["remote", "add", "../empty"]).fails(1).complains("/empty is no scope").complains("bit scope create");
    env.folder("empty").git(["rev-parse", "--git-dir"]).success();
    let used = env.git_folder("used-source");
    used.git(["commit", "--quiet", "--allow-empty", "-m", "ours"]).success();
    used.git(["clone", "--quiet", "--bare", ".", "../used"]).success();
    workspace.bit(["remote", "add", "../used"]).fails(1).complains("/used is no scope: it holds no catalog");
    workspace.bit(["remote", "add", "my-org.base", "../empty"]).success();
    scope(&env, "placeholder", "my-scope");
    workspace.bit(["remote", "add", "../placeholder"]).fails(1).complains("my-scope");
    workspace.bit(["remote", "add", "my-scope", "https://example.com/x"]).fails(1).complains("my-scope");
    workspace.bit(["remote", "add", "My.Org", "https://example.com/x"]).fails(1).complains("did you mean \"my.org\"?");
}

#[test]
fn what_the_team_shares_is_listed_and_removed_by_hand_only() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let config = workspace.read("workspace.jsonc");
    let shared = r#""bit.scope/remotes": {"my-org.*": "ssh://git@example.com/{name}.git", "my-org.ui": "https://example.com/ui"},
  "$schema""#;
    workspace.write("workspace.jsonc", config.replacen("\"$schema\"", shared, 1));
    workspace.bit(["remote", "add", "my-org.ui", "https://example.com/mine"]).success();
    workspace.bit(["remote", "add", "my-org.all", "https://example.com/all", "--global"]).success();
    assert_snapshot!(workspace.bit(["remote"]), @r#"
    my-org.all  https://example.com/all (global)
    my-org.ui   https://example.com/mine
    my-org.ui   https://example.com/ui (workspace.jsonc)
    my-org.*    ssh://git@example.com/{name}.git (workspace.jsonc)
    "#);
    let listed = workspace.bit(["remote", "--json"]).success().json();
    let from: Vec<&str> = listed.as_array().unwrap().iter().map(|remote| remote["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["global", "workspace", "workspace.jsonc", "workspace.jsonc"]);
    workspace.bit(["remote", "del", "my-org.ui"]).success();
    let run = workspace.bit(["remote", "del", "my-org.ui"]);
    run.fails(1).complains("remote \"my-org.ui\" was not found locally").complains("\"bit.scope/remotes\"");
    // A mistake in it is shown with its place; what was added by a command can be removed all the same.
    workspace.write(
        "workspace.jsonc",
        config.replacen("\"$schema\"", r#""bit.scope/remotes": {"My.Org": "/x"}, "$schema""#, 1),
    );
    workspace.bit(["remote"]).fails(1).complains("workspace.jsonc:3:").complains("did you mean \"my.org\"?");
    workspace.bit(["remote", "del", "my-org.all", "--global"]).success();
}

#[test]
fn every_scope_that_is_known_is_checked() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.bit(["remote", "check"]).success().says("no remotes yet");
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["scope", "create", "../base", "--name", "my-org.base"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["remote", "add", "../base", "--global"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    assert_snapshot!(workspace.bit(["remote", "check"]), @r#"
    scope        versions  refs  protocol  atomic push  you may push  url
    my-org.base  0         1     2         yes          yes           [ROOT]/base
    my-org.ui    1         2     2         yes          yes           [ROOT]/ui
    "#);
    // Outside, those of the machine.
    env.folder("outside").bit(["remote", "check"]).success().says("my-org.base").silent_about("my-org.ui");

    let ui = env.folder("ui");
    ui.git(["tag", "stray@1.0.0", "HEAD"]).success();
    ui.git(["update-ref", "-d", "refs/tags/theme@0.0.1"]).success();
    workspace.bit(["remote", "add", "my-org.gone", "/does/not/exist"]).fails(1);
    workspace.scope_git(["config", "remote.my-org.gone.url", "/does/not/exist"]).success();
    workspace.scope_git(["config", "remote.my-org.bad.url", "ext::sh"]).success();
    assert_snapshot!(workspace.bit(["remote", "check"]), @r#"
    scope        versions  refs  protocol  atomic push  you may push  url
    my-org.bad   -         -     -         -            -             ext::sh
    my-org.base  0         1     2         yes          yes           [ROOT]/base
    my-org.gone  -         -     -         -            -             /does/not/exist
    my-org.ui    1         2     2         yes          yes           [ROOT]/ui
    --- stderr
    error: my-org.bad: the URL "ext::sh" can't be used: git would run a program of that name
    hint: name a folder, or a URL such as https://example.com/scope.git or git@example.com:scope.git
    error: my-org.gone: there is no repository at /does/not/exist, or you may not see it: '/does/not/exist' does not appear to be a git repository
    hint: check the URL and whether you have access; "bit scope create /does/not/exist" makes a scope of an empty repository
    warning: my-org.ui: 1 version in the catalog without its tag: the host hides it, or somebody removed it
    warning: my-org.ui: 1 tag that the catalog does not list: an export was stopped, or is at work
    --- exit 1
    "#);
    let found = workspace.bit(["remote", "check", "--json"]).fails(1).json();
    assert_eq!(found.as_array().unwrap().iter().filter(|one| one["ok"] == false).count(), 2);
    workspace.scope_git(["config", "remote.my-org.gone.url", env.folder("ui").path().to_str().unwrap()]).success();
    workspace.bit(["remote", "check", "my-org.gone"]).fails(1).complains("is the scope my-org.ui, not my-org.gone");
    workspace.bit(["remote", "check", "my-org.nobody"]).fails(1).complains("nobody has said where");
    env.folder(".").git(["init", "--quiet", "--bare", "empty"]).success();
    workspace.bit(["remote", "check", "../empty"]).fails(1).complains("is no scope");
}

#[test]
fn hostile_urls_and_secrets_are_refused_and_not_repeated() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    for url in ["ext::sh -c touch% x", "Fd::7", "https://a/\nb", "ssh://-oProxyCommand=x/y", "ftp://x/y"] {
        workspace.bit(["remote", "add", "my-org.base", url]).fails(1).complains("can't be used");
    }
    workspace.bit(["remote", "add", "my-org.base", "--", "-oProxyCommand=x"]).fails(1).complains("can't be used");
    for url in ["https://ada:s3cret@example.com/x", "https://ghp_s3cret@example.com/x"] {
        let run = workspace.bit(["remote", "add", "my-org.base", url]);
        run.fails(1).complains("credential.helper").complains("***@example.com").silent_about("s3cret");
        run.complains("then bit login https://example.com/x\n");
    }
    let turned_round = workspace.bit(["remote", "add", "https://ada:s3cret@example.com/x", "my-org.base"]);
    turned_round.fails(1).complains("name comes first").silent_about("s3cret");
    workspace.bit(["remote"]).success().says("no remotes yet");

    // Somebody wrote one by hand.
    workspace.scope_git(["config", "remote.my-org.base.url", "https://ada:s3cret@example.com/x"]).success();
    workspace.bit(["remote"]).success().says("https://ada:***@example.com/x").silent_about("s3cret");
    workspace.bit(["remote", "--json"]).success().silent_about("s3cret");
    let run = workspace.bit(["remote", "add", "my-org.base", "https://example.com/y"]);
    run.success().says("https://ada:***@example.com/x").silent_about("s3cret");
}

#[test]
fn a_global_remote_is_known_everywhere_and_a_local_one_is_not() {
    let env = TestEnvironment::new();
    let (workspace, other) = (env.workspace(), env.workspace_at("other", "my-org.other"));
    let outside = env.folder("outside");
    workspace.bit(["remote", "add", "my-org.here", "https://example.com/here"]).success();
    outside.bit(["remote", "add", "my-org.all", "https://example.com/all", "--global"]).success();
    assert_snapshot!(workspace.bit(["remote"]), @r#"
    my-org.all   https://example.com/all (global)
    my-org.here  https://example.com/here
    "#);
    assert_snapshot!(other.bit(["remote"]), @"my-org.all  https://example.com/all (global)");
    assert_snapshot!(outside.bit(["remote", "list"]), @"my-org.all  https://example.com/all (global)");
    assert_snapshot!(env.folder("home/config/bit").read("remotes.json"), @r#"
    {
      "remotes": {
        "my-org.all": "https://example.com/all"
      }
    }
    "#);
    let homeless = workspace.invocation().without_env("HOME").without_env("XDG_CONFIG_HOME").args(["remote"]).run();
    homeless.success().says("my-org.here").silent_about("my-org.all");
    outside.bit(["remote", "add", "my-org.x", "https://example.com/x"]).fails(1).complains("no workspace here");
}

#[test]
fn removing_names_the_right_place() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.bit(["remote", "add", "my-org.here", "https://example.com/here"]).success();
    workspace.bit(["remote", "add", "my-org.all", "https://example.com/all", "--global"]).success();
    assert_snapshot!(workspace.bit(["remote", "del", "my-org.heer"]), @r#"
    --- stderr
    error: remote "my-org.heer" was not found
    hint: did you mean "my-org.here"?
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["remote", "del", "non-exist-remote"]), @r#"
    --- stderr
    error: remote "non-exist-remote" was not found
    hint: "bit remote" shows them all
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["remote", "del", "my-org.all"]), @r#"
    --- stderr
    error: remote "my-org.all" was not found locally, to remove a global remote, please use "--global" flag
    hint: bit remote del my-org.all --global
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["remote", "del", "my-org.here", "--global"]), @r#"
    --- stderr
    error: remote "my-org.here" was not found globally, to remove a local remote, please omit the "--global" flag
    hint: bit remote del my-org.here
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["remote", "del", "my-org.here"]), @r#"successfully removed remote "my-org.here""#);
    assert_snapshot!(workspace.bit(["remote", "del", "my-org.all", "--global"]), @r#"successfully removed remote "my-org.all""#);
    workspace.bit(["remote"]).success().says("no remotes yet");
}

#[test]
fn killed_at_any_moment_remotes_are_as_they_were_or_as_they_will_be() {
    needs_faults!();
    let env = TestEnvironment::new();
    // The folder that holds what is changed is the one that is put back before each kill.
    for (folder, reach) in [(env.workspace(), &[][..]), (env.folder("home"), &["--global"])] {
        let add = |name| [&["remote", "add", name, "https://example.com/x"], reach].concat();
        folder.bit(add("my-org.one")).success();
        kill_everywhere(&folder, &add("my-org.two"), |folder, _| {
            folder.bit(["remote"]).success().says("my-org.one");
            folder.bit(add("my-org.two")).success();
            folder.bit(["remote"]).success().says("my-org.one").says("my-org.two");
        });
    }
}

#[test]
fn several_versions_without_a_tag_are_told_of_in_the_plural() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.component("theme", &[("index.js", "module.exports = 1;\n")]);
    workspace.component("other", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    env.folder("ui").git(["tag", "-d", "theme@0.0.1", "other@0.0.1"]).success();
    workspace
        .bit(["remote", "check"])
        .success()
        .complains("2 versions in the catalog without their tags: the host hides them");
}

/// Also where a URL is not what was wanted, and with slashes that curl passes over.
#[test]
fn a_password_in_a_url_is_never_said() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "")]);
    for url in ["https://u:s3cretpw@h/x", "https:///u:s3cretpw@h/x", "ssh://u:s3cretpw@h/x"] {
        let commands: [&[&str]; 22] = [
            &["export", url, "theme"],
            &["export", "--to", url],
            &["scope", "set", url],
            &["scope", "create", "x.git", "--name", url],
            &["scope", "rename", "my-org.ui", url],
            &["scope", "rename-owner", "my-org", url],
            &["scope", "fork", url],
            &["remote", "add", url],
            &["remote", "add", "my-org.q", url],
            &["remote", "del", url],
            &["remote", "check", url],
            &["import", url],
            &["import", "my-org.ui/theme", "-p", url],
            &["fetch", url],
            &["fork", "theme", "--scope", url],
            &["init", "--default-scope", url],
            &["add", url],
            &["list", url],
            &["mirror", url, url],
            &["verify", url],
            &["deprecate", "theme", "--new-id", url],
            &["frobnicate", url],
        ];
        for command in commands {
            let run = workspace.bit(command);
            assert!(!run.to_string().replace(&command.join(" "), "").contains("s3cretpw"), "{run}");
            assert_ne!(run.code, Some(0), "{run}");
        }
    }
    assert!(!workspace.read(".git/bit/config").contains("s3cretpw"));
}
