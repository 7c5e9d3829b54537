//! Looking at a scope over the network: `bit list <scope>`, `bit show --remote`, `bit log --remote`,
//! `bit pattern --remote`. Nothing of it stays.

use insta::assert_snapshot;
use serde_json::json;

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Catalog, FOREIGN, Folder, TestEnvironment};

/// `theme` ← `button`, two versions of each, the first one made an hour before the second.
fn publish<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = scope.workspace(env, "author");
    env.later(3600);
    workspace.append("theme/index.js", "// two\n").bit(["tag", "--minor", "-m", "second"]).success();
    workspace.bit(["export"]).success();
    workspace
}

/// Hashes are the same on every machine, but who reads a test has no use for them.
fn without_hashes(scope: &Hosted<'_>, text: &str) -> String {
    let hide = |text: String, (name, commit): (String, String)| {
        let name = name.trim_start_matches("refs/tags/").to_owned();
        text.replace(&commit, &format!("[{name}]")).replace(&commit[..9], "[HASH]")
    };
    scope.refs().into_iter().fold(text.to_owned(), hide)
}

/// By its URL, from a folder that is no workspace.
fn is_read_by_url(env: &TestEnvironment, scope: &Hosted<'_>) {
    let anywhere = env.folder("anywhere");
    let remote = format!("--remote={}", scope.url);
    assert_eq!(anywhere.bit(["list", &scope.url, "--ids"]).success().stdout, "my-org.ui/button\nmy-org.ui/theme\n");
    anywhere.bit(["show", "button", &remote]).success().says("my-org.ui/theme@0.1.0").says("index.js");
    let log = anywhere.bit(["log", "my-org.ui/button", "--json", &remote]).success().json();
    assert_eq!((log[0]["message"].clone(), log[1]["tag"].clone()), (json!("second"), json!("0.0.1")));
    assert_eq!(anywhere.listing(&[]), [""; 0], "nothing was made");
}

#[test]
fn a_scope_in_a_folder_is_read_from_anywhere() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui.git");
    publish(&env, &scope);
    is_read_by_url(&env, &scope);
    let anywhere = env.folder("hosts/path");
    let shown = |arguments: &[&str]| without_hashes(&scope, &anywhere.bit(arguments).to_string());
    assert_snapshot!(shown(&["list", "./ui.git"]), @r"
    found 2 components
    component         current  latest
    my-org.ui/button  0.0.2    0.0.2
    my-org.ui/theme   0.1.0    0.1.0
    ");
    assert_snapshot!(shown(&["show", "button", "--remote=./ui.git"]), @r"
    id            my-org.ui/button@0.0.2
    name          button
    package       @my-org/ui.button
    version       0.0.2 ([HASH], 2001-02-03T05:05:06+00:00)
    main file     index.js
    env           node
    files         index.js
    dependencies  my-org.ui/theme@0.1.0
    scopes        my-org.ui
    versions      0.0.2, 0.0.1
    ");
    assert_snapshot!(shown(&["show", "my-org.ui/button@0.0.1", "--remote=./ui.git"]), @r"
    id            my-org.ui/button@0.0.1
    name          button
    package       @my-org/ui.button
    version       0.0.1 ([HASH], 2001-02-03T04:05:06+00:00)
    main file     index.js
    env           node
    files         index.js
    dependencies  my-org.ui/theme@0.0.1
    scopes        my-org.ui
    versions      0.0.2, 0.0.1
    ");
    assert_snapshot!(shown(&["log", "button", "--remote=./ui.git"]), @r"
    tag 0.0.2
    commit [button@0.0.2]
    author Ada Tester <ada@example.com>
    date   2001-02-03T05:05:06+00:00

        second

    tag 0.0.1
    commit [button@0.0.1]
    author Ada Tester <ada@example.com>
    date   2001-02-03T04:05:06+00:00

        first
    ");
    assert_snapshot!(shown(&["log", "theme@0.0.1", "--remote=./ui.git", "--oneline"]), @"0.0.1 [HASH] 2001-02-03 Ada Tester: first");
}

#[test]
fn a_daemon_that_goes_down_is_no_old_answer() {
    let env = TestEnvironment::new();
    let mut host = Host::daemon(&env);
    let scope = host.repository("ui");
    let workspace = publish(&env, &scope);
    is_read_by_url(&env, &scope);
    host.stop();
    let before = workspace.refs();
    for command in [&["list", "my-org.ui"][..], &["show", "button", "--remote"], &["log", "button", "--remote"]] {
        let run = workspace.bit(command);
        run.fails(1).complains("Connection refused").complains("\"bit list my-org.ui --cached\"");
        assert_eq!(run.stdout, "");
    }
    env.folder("anywhere").bit(["list", &scope.url]).fails(1).complains("Connection refused").silent_about("--cached");
    assert_eq!(workspace.refs(), before);
    workspace.bit(["list", "my-org.ui", "--cached"]).success().says("found 2 components");
    workspace.bit(["show", "button", "--remote", "--cached"]).success().complains("was last seen");
}

/// What git and the host say to each other.
fn conversation(env: &TestEnvironment, arguments: &[&str]) -> String {
    let anywhere = env.folder("listening");
    let trace = anywhere.path().join("trace");
    anywhere.invocation().args(arguments).env("GIT_TRACE_PACKET", &trace).run().success();
    let said = anywhere.read("trace");
    anywhere.remove("trace");
    said
}

#[test]
fn only_what_is_looked_at_comes() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("ui").set("uploadpack.allowFilter", "true");
    let author = publish(&env, &scope);
    is_read_by_url(&env, &scope);
    let remote = format!("--remote={}", scope.url);
    let listed = conversation(&env, &["list", &scope.url]);
    assert!(listed.contains("deepen 1") && !listed.contains("button@"), "{listed}");
    let shown = conversation(&env, &["show", "button@0.0.1", &remote]);
    assert!(shown.contains("deepen 1") && !shown.contains("theme@"), "{shown}");
    assert!(!shown.contains(&author.commit_of("my-org.ui/button@0.0.2")), "{shown}");
    let logged = conversation(&env, &["log", "button", &remote]);
    assert!(logged.contains("filter tree:0") && !logged.contains("theme@"), "{logged}");
}

#[test]
fn http_with_the_persons_own_credentials() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("ui");
    host.log_in(host.user(), host.password());
    publish(&env, &scope);
    is_read_by_url(&env, &scope);
    host.log_in(host.user(), "wrong-password");
    let run = env.folder("anywhere").bit(["list", &scope.url]);
    run.fails(1).complains("does not know who you are").silent_about("wrong-password");
}

#[test]
fn ssh_by_an_alias() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("ui");
    publish(&env, &scope);
    is_read_by_url(&env, &scope);
}

#[test]
fn outside_of_a_workspace_a_global_remote_is_enough() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    publish(&env, &scope);
    let anywhere = env.folder("anywhere");
    anywhere.bit(["list", "my-org.ui"]).fails(1).complains("nobody has said where the scope my-org.ui is");
    anywhere.bit(["remote", "add", "--global", "my-org.ui", &scope.url]).success();
    anywhere.bit(["list", "my-org.ui"]).success().says("found 2 components");
    anywhere.bit(["show", "my-org.ui/button", "--remote"]).success().says("versions      0.0.2, 0.0.1");
    anywhere.bit(["show", "button", "--remote=my-org.ui"]).success().says("my-org.ui/button@0.0.2");
    anywhere.bit(["log", "my-org.ui/button", "--remote", "--oneline"]).success().says("0.0.1");
    anywhere.bit(["pattern", "my-org.ui/b*", "--remote"]).success().says("found 1 component\nmy-org.ui/button");
    anywhere
        .bit(["pattern", "b*", &format!("--remote={}", scope.url)])
        .success()
        .says("found 1 component\nmy-org.ui/button");
    anywhere.bit(["pattern", "my-org.ui/b*", "--remote=my-org.ui"]).success().says("found 1 component\n");
    env.folder("hosts/path").bit(["pattern", "*", "--remote=./ui"]).success().says("found 2 components");
    anywhere.bit(["pattern", "*", "--remote=./ui", "--cached"]).fails(2).complains("found by its name");
    let url = anywhere.bit(["pattern", &format!("{}/**", scope.url), "--remote"]);
    url.fails(2).complains("must include the scope name").complains("--remote=<scope or URL>");
    anywhere.bit(["list", "my-org.iu"]).fails(1).complains("did you mean \"my-org.ui\"?");
    assert_snapshot!(anywhere.bit(["show", "button", "--remote"]), @r#"
    --- stderr
    error: which scope is to be asked about "button" is not known
    hint: write it with its scope, my-org.ui/button; or name one: button --remote=<scope or URL>
    --- exit 1
    "#);
    anywhere.bit(["list"]).fails(1).complains("no workspace here");
    anywhere.bit(["list", "my-org.ui", "--cached"]).fails(1).complains("no workspace here");
    anywhere.bit(["list", "./ui", "--cached"]).fails(2).complains("found by its name");
}

#[test]
fn what_others_exported_since_is_seen_and_nothing_stays() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let author = publish(&env, &scope);
    let reader = env.git_workspace_at("reader", "my-org.app");
    reader.write("workspace.jsonc", format!(r#"{{"bit.scope/remotes": {{"my-org.*": "{}"}}}}"#, scope.url));
    let before = (reader.listing(&[]), reader.refs());
    reader.bit(["list", "my-org.ui"]).success().says("my-org.ui/theme   0.1.0");
    author.append("theme/index.js", "// three\n").bit(["tag", "-m", "third"]).success();
    author.bit(["export"]).success();
    // The author's workspace has the button at its version of before.
    author.bit(["remote", "del", "my-org.ui"]).success();
    author.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    reader.bit(["list", "my-org.ui"]).success().says("my-org.ui/theme   0.1.1");
    reader.bit(["show", "my-org.ui/theme", "--remote"]).success().says("theme@0.1.1");
    reader.bit(["log", "my-org.ui/theme", "--remote", "--oneline"]).success().says("third").silent_about("current");
    author.bit(["log", "theme", "--remote", "--oneline"]).success().says("third (current)");
    let strangers = |path: &String| !path.starts_with(".git/bit/bit/visits/");
    assert_eq!((reader.listing(&[]).into_iter().filter(strangers).collect(), reader.refs()), before);
    assert_eq!(reader.inside(".git/bit/bit/visits").listing(&[]), ["lock"]);
    reader.bit(["list", "my-org.ui", "--cached"]).fails(1).complains("not known here");
}

#[test]
fn a_newer_version_is_outdated_in_the_list_of_its_scope() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let workspace = publish(&env, &scope);
    let old = workspace.read(".bitmap");
    workspace.append("button/index.js", "// three\n").bit(["tag", "-m", "third"]).success();
    workspace.bit(["export"]).success();
    workspace.write(".bitmap", old);
    assert_snapshot!(workspace.bit(["list", "my-org.ui", "--outdated", "--namespace", "b*"]), @r"
    found 1 components
    component         current  latest
    my-org.ui/button  0.0.2    0.0.3   [Outdated]
    ");
    let list = workspace.bit(["list", "my-org.ui", "--json"]).success().json();
    let keys = ["id", "localVersion", "currentVersion", "remoteVersion", "outdated"];
    let expected = [json!("my-org.ui/button"), json!("0.0.3"), json!("0.0.2"), json!("0.0.3"), json!(true)];
    assert_eq!(keys.map(|key| list[0][key].clone()), expected);
}

#[test]
fn what_is_deprecated_or_removed_there_is_shown_as_that() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let author = publish(&env, &scope);
    let listed = |name: &str| author.listed(&format!("my-org.ui/{name}"), &["0.0.1", "0.0.2"])["versions"].clone();
    let entry = |name: &str, more: (&str, serde_json::Value)| {
        let mut entry =
            json!({"format": 1, "name": name, "head": "0.0.2", "latest": "0.0.2", "versions": listed(name)});
        entry[more.0] = more.1;
        entry
    };
    let theme = json!({"format": 1, "name": "theme", "head": "0.1.0", "latest": "0.1.0",
        "removed": {}, "versions": author.listed("my-org.ui/theme", &["0.0.1", "0.1.0"])["versions"]});
    let words = json!({"message": "use \u{1b}[31mfield", "range": "<0.0.2"});
    Catalog::of("my-org.ui").entry(entry("button", ("deprecated", words))).entry(theme).replaces(&scope.folder);
    let anywhere = env.folder("anywhere");
    let remote = format!("--remote={}", scope.url);
    anywhere.bit(["list", &scope.url]).success().says("found 1 components").says("[Deprecated]").silent_about("theme");
    anywhere.bit(["show", "theme", &remote]).success().says("removed    yes");
    anywhere.bit(["show", "button", &remote]).success().silent_about("deprecated");
    let run = anywhere.bit(["show", "button@0.0.1", &remote]);
    run.success().says("deprecated    yes (<0.0.2): use \\u{1b}[31mfield").silent_about("\u{1b}");
    anywhere.bit(["log", "button", "--oneline", &remote]).success().says("first (deprecated)").says("second\n");
    let log = anywhere.bit(["log", "theme", "--json", &remote]).success().json();
    assert_eq!((log[0]["deleted"].clone(), log[1]["deprecated"].clone()), (json!(true), json!(false)));
}

#[test]
fn what_is_no_scope_is_told() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("ui");
    let workspace = publish(&env, &scope);
    let anywhere = env.folder("anywhere");
    anywhere.bit(["list", &host.url("nothing")]).fails(1).complains("there is no repository at").complains("hint");
    anywhere.write("file", "");
    anywhere.bit(["list", "./file"]).fails(1).complains("is not a git repository");
    let empty = host.repository("empty");
    anywhere.bit(["list", &empty.url]).fails(1).complains("is no scope: it holds no catalog");
    let other = host.repository("other");
    let plain = env.git_folder("plain");
    plain.git(["commit", "--quiet", "--allow-empty", "-m", "x"]).success();
    plain.git(["push", "--quiet", &other.url, "main"]).success();
    anywhere.bit(["log", "button", &format!("--remote={}", other.url)]).fails(1).complains("it holds no catalog");
    workspace.bit(["remote", "add", "my-org.forms", "https://127.0.0.1:1/x"]).success();
    workspace.scope_git(["config", "remote.my-org.forms.url", &scope.url]).success();
    assert_snapshot!(workspace.bit(["list", "my-org.forms"]), @r"
    --- stderr
    error: [ROOT]/hosts/path/ui is the scope my-org.ui, not my-org.forms
    hint: mend the remote: bit remote add my-org.forms <url>
    --- exit 1
    ");
    anywhere.bit(["list", "ext::true"]).fails(1).complains("can't be used");
    anywhere.bit(["list", "--", "-uri:x"]).fails(1);
}

#[test]
fn what_the_scope_does_not_have_is_answered_with_the_nearest() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    publish(&env, &scope);
    let anywhere = env.folder("hosts/path");
    assert_snapshot!(anywhere.bit(["show", "my-org.ui/buton", "--remote=./ui"]), @r#"
    --- stderr
    error: the scope my-org.ui ([ROOT]/hosts/path/ui) has no component "buton"
    hint: did you mean "button"? "bit list [ROOT]/hosts/path/ui" shows all it has
    --- exit 1
    "#);
    assert_snapshot!(anywhere.bit(["show", "button@7.0.0", "--remote=./ui"]), @r"
    --- stderr
    error: my-org.ui/button doesn't have version 7.0.0 in its scope
    hint: it has 0.0.2, 0.0.1
    --- exit 1
    ");
    anywhere.bit(["log", "button@7.0.0", "--remote=./ui"]).fails(1).complains("doesn't have version 7.0.0");
    anywhere.bit(["log", "other.scope/x", "--remote=./ui"]).fails(1).complains("has no component \"other.scope/x\"");
    anywhere.bit(["pattern", "my-org.ui/buton", "--remote"]).fails(1).complains("nobody has said where");
}

#[test]
fn a_scope_that_contradicts_itself_is_not_believed() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let author = publish(&env, &scope);
    let anywhere = env.folder("hosts/path");
    let both = |words: &str| {
        for command in ["show", "log"] {
            anywhere.bit([command, "button@0.0.2", "--remote=./ui"]).fails(1).complains(words).complains("hint");
        }
    };
    let catalog = || Catalog::of("my-org.ui").entry(author.listed("my-org.ui/button", &["0.0.1", "0.0.2"]));
    let tag = |name: &str, target: &str| {
        scope.folder.git(["--git-dir=.", "update-ref", &format!("refs/tags/{name}"), target]).success();
    };
    let second = author.commit_of("my-org.ui/button@0.0.2");

    tag("button@0.0.2", &author.commit_of("my-org.ui/button@0.0.1"));
    both("was moved: the catalog lists the commit");
    scope.folder.git(["--git-dir=.", "update-ref", "-d", "refs/tags/button@0.0.2"]).success();
    both("has no tag button@0.0.2");
    tag("button@0.0.2", &second);

    // A version of another component under this name.
    let theme = author.commit_of("my-org.ui/theme@0.1.0");
    tag("button@0.0.3", &theme);
    Catalog::of("my-org.ui").component("button", &[("0.0.2", &second), ("0.0.3", &theme)]).replaces(&scope.folder);
    anywhere.bit(["show", "button", "--remote=./ui"]).fails(1).complains("it says that it is my-org.ui/theme@0.1.0");
    what_is_right_can_be_shown(&anywhere);

    // One whose message says that it is right, and whose manifest does not.
    let tree = format!("{theme}^{{tree}}");
    let forged =
        scope.folder.git(["--git-dir=.", "commit-tree", "-m", "x", "-m", "Bit-Id: my-org.ui/button@0.0.4", &tree]);
    tag("button@0.0.4", forged.line());
    Catalog::of("my-org.ui").component("button", &[("0.0.4", forged.line())]).replaces(&scope.folder);
    anywhere.bit(["show", "button", "--remote=./ui"]).fails(1).complains("it says that it is my-org.ui/theme@0.1.0");

    // A commit that nobody has, a latest that is not listed.
    Catalog::of("my-org.ui").component("ghost", &[("1.0.0", FOREIGN)]).replaces(&scope.folder);
    anywhere.bit(["show", "ghost", "--remote=./ui"]).fails(1).complains("has no tag ghost@1.0.0");
    let mut entry = author.listed("my-org.ui/button", &["0.0.2"]);
    entry["latest"] = json!("9.9.9");
    Catalog::of("my-org.ui").entry(entry).replaces(&scope.folder);
    anywhere.bit(["show", "button", "--remote=./ui"]).fails(1).complains("doesn't have version 9.9.9");

    let entry = |name: &str, format: u32| {
        json!({"format": format, "name": name, "head": "1.0.0", "latest": "1.0.0", "versions": []}).to_string()
    };
    for (path, text, words) in [
        ("catalog/new.json", entry("new", 2), "it has format 2, this bit knows format 1"),
        ("catalog/a.json", entry("b", 1), "it says that it is \"b\""),
        ("catalog/bad.json", entry("Bad \u{1b}[2J", 1), "is invalid as a component"),
        ("catalog/x.json", "no json".to_owned(), "catalog/x.json"),
        ("scope.json", r#"{"format": 7, "name": "my-org.ui"}"#.to_owned(), "it has format 7"),
        ("scope.json", r#"{"format": 1, "name": "../../x"}"#.to_owned(), "is invalid as a scope"),
    ] {
        catalog().file(path, &text).replaces(&scope.folder);
        let run = anywhere.bit(["list", "./ui"]);
        run.fails(1).complains(words).complains("hint").silent_about("\u{1b}");
    }
    catalog().replaces(&scope.folder);
    anywhere.bit(["list", "./ui"]).success().says("found 1 components");
}

/// The contradiction is about another version than the one that is asked for.
fn what_is_right_can_be_shown(anywhere: &Folder<'_>) {
    anywhere.bit(["show", "button@0.0.2", "--remote=./ui"]).success();
    anywhere.bit(["log", "button@0.0.2", "--remote=./ui"]).fails(1).complains("it says that it is");
}

#[test]
fn words_of_a_scope_move_no_cursor() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let author = env.git_workspace_at("author", "my-org.ui");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    author.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    author.component("theme", &[("index.js", "")]);
    author.bit(["tag", "-m", "red \u{1b}[31m\nand \u{7}bell"]).success();
    author.bit(["export"]).success();
    for flag in ["--oneline", "--limit=1"] {
        author.bit(["log", "theme", "--remote", flag]).success().says("red \\u{1b}[31m").silent_about("\u{1b}");
    }
}

#[test]
fn gits_configuration_of_this_place_counts() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let workspace = publish(&env, &scope);
    let folder = scope.folder.path().parent().expect("the host").display().to_string();
    let special = env.home().join("special");
    env.folder("home").git(["config", "--file=special", &format!("url.{folder}/.insteadOf"), "work:"]).success();
    let condition = format!("includeIf.gitdir:{}/.path", workspace.path().display());
    env.git_config(&condition, &special.to_string_lossy());
    workspace.bit(["list", "work:ui"]).success().says("found 2 components");
    env.folder("anywhere").bit(["list", "work:ui"]).fails(1);
    // And what the local scope's own says.
    workspace.scope_git(["config", &format!("url.{folder}/.insteadOf"), "mine:"]).success();
    workspace.bit(["log", "button", "--remote=mine:ui"]).success().says("tag 0.0.1");
}

#[test]
fn what_a_killed_look_left_is_swept_away() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("ui");
    let workspace = publish(&env, &scope);
    workspace.write(".git/bit/bit/visits/.bit-tmp-killed/objects/x", "");
    workspace.bit(["list", "my-org.ui"]).success();
    assert_eq!(workspace.inside(".git/bit/bit/visits").listing(&[]), ["lock"]);
    // Where no visit can be made, it is made elsewhere.
    workspace.remove(".git/bit/bit/visits").write(".git/bit/bit/visits", "a file");
    workspace.bit(["list", "my-org.ui"]).success().says("found 2 components");
}
