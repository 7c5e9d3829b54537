//! Publishing to any git server: what works on a folder works on every host, and what goes wrong is told.

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Run, TestEnvironment, has_program, skip};

/// How a scope's front page says that it is used.
fn how_to(url: &str) -> String {
    format!("```sh\nbit remote add {url}\nbit list my-org.ui\n```\n")
}

/// A scope is made there, versions are published, twice, and nothing is left to do.
fn publishes(env: &TestEnvironment, scope: &Hosted<'_>) {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = scope.workspace(env, "ws");
    workspace.bit(["export"]).success().says("exported components (2)");
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "second"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/button@0.0.2");
    workspace.bit(["export"]).success().says("nothing to export");
    let tags: Vec<String> = scope.refs().into_keys().filter(|name| name.starts_with("refs/tags/")).collect();
    let names = ["button@0.0.1", "button@0.0.2", "theme@0.0.1", "theme@0.0.2"];
    assert_eq!(tags, names.map(|name| format!("refs/tags/{name}")));
    joins(env, &workspace);
    comes_back(env, scope, &workspace);
    scope.fsck();
}

/// Somebody else goes on from there; their version is fetched by its commit, and both are joined.
fn joins(env: &TestEnvironment, workspace: &Folder) {
    env.folder(".").program("cp").args(["-a", "ws", "other"]).run().success();
    let other = env.folder("other");
    for (who, name) in [(&other, "theirs"), (workspace, "ours")] {
        who.write(&format!("theme/{name}.js"), "1;\n").bit(["tag", "-m", name]).success();
    }
    other.bit(["export"]).success();
    workspace.bit(["export"]).fails(1).complains("bit merge");
    workspace.bit(["merge"]).success().says("merged 2 components");
    assert_eq!(workspace.inside("theme").listing(&[]), ["index.js", "ours.js", "theirs.js"]);
    workspace.bit(["tag", "-m", "both"]).success();
    workspace.bit(["export"]).success().says("theme@0.0.4").says("button@0.0.4");
    workspace.fsck();
}

/// Somebody else imports, publishes a version, and the first one gets that.
fn comes_back(env: &TestEnvironment, scope: &Hosted<'_>, author: &Folder<'_>) {
    let other = env.git_workspace_at("importer", "my-org.ui");
    other.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    other.bit(["import", "my-org.ui/button"]).success().says("my-org.ui/button@0.0.4 added");
    other.append("ui/button/index.js", "// three\n");
    other.bit(["tag", "-m", "third"]).success();
    other.bit(["export"]).success();
    other.fsck();
    author.bit(["fetch"]).success().says("1 new version");
    author.bit(["import", "button"]).success().says("my-org.ui/button@0.0.5 updated from 0.0.4");
    author.bit(["import"]).success().says("nothing new");
    author.fsck();
}

/// By its URL from anywhere, and by its name in a workspace.
fn is_read(env: &TestEnvironment, scope: &Hosted<'_>) {
    let (anywhere, workspace) = (env.folder("anywhere"), env.folder("ws"));
    let there = format!("--remote={}", scope.url);
    anywhere.bit(["list", &scope.url]).success().says("found 2 components").says("button");
    anywhere.bit(["show", "theme", &there]).success().says("my-org.ui/theme@0.0.4");
    anywhere.bit(["log", "theme", &there, "--oneline"]).success().says("both").says("first");
    workspace.bit(["list", "my-org.ui"]).success().says("found 2 components");
    workspace.bit(["show", "button", "--remote"]).success().says("my-org.ui/button@0.0.5");
    workspace.bit(["log", "button", "--remote", "--oneline"]).success().says("0.0.5");
    anywhere.bit(["show", "icon", &there]).fails(1).complains("icon").complains("hint");
}

/// Makes its repository anew, of another kind.
fn anew(env: &TestEnvironment, scope: &Hosted<'_>, kind: &str) -> Run {
    let folder = scope.folder.path();
    std::fs::remove_dir_all(folder).expect("its folder");
    let init = env.folder(".").program("git").args(["init", "--quiet", "--bare", "--template=", "-b", "trunk", kind]);
    init.arg(folder).run()
}

/// Only git itself can read it.
#[test]
fn a_folder_whose_refs_are_no_files() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("scope");
    let run = anew(&env, &scope, "--ref-format=reftable");
    if run.stderr.contains("unknown option") {
        skip!("this git keeps refs in files only");
    }
    run.success();
    publishes(&env, &scope);
    let other = env.git_workspace_at("another", "my-org.ui");
    other.bit(["remote", "add", "my-org.uy", &scope.url]).fails(1).complains("is my-org.ui, not my-org.uy");
    other.bit(["remote", "add", &scope.url]).success().says("added remote scope \"my-org.ui\"");
    other.bit(["verify", "my-org.ui"]).success().says("9 versions");
    for words in [&["scope", "hooks", "install", &scope.url][..], &["doctor", &scope.url]] {
        let run = other.bit(words);
        assert_eq!(run.code.map(|code| code != 0), Some(true), "{run}");
        assert!((run.stdout.clone() + &run.stderr).contains("only git can read"), "{run}");
    }
}

/// Nothing is made of it, and nobody takes it for a scope that is not there.
#[test]
fn a_repository_of_other_ids_is_refused_for_that() {
    const WHY: &str = "can be no scope";
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    let daemon = Host::daemon(&env);
    for host in [Host::path(&env), daemon] {
        let scope = host.repository("scope");
        anew(&env, &scope, "--object-format=sha256").success();
        workspace.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).fails(1).complains(WHY);
        let git = |arguments: &[&str]| scope.folder.git(arguments).success().line().to_owned();
        let tree = git(&["hash-object", "-w", "-t", "tree", "/dev/null"]);
        let commit = git(&["commit-tree", &tree, "-m", "first"]);
        git(&["update-ref", "HEAD", &commit]);
        for words in [
            &["scope", "create", &scope.url, "--name", "my-org.ui"][..],
            &["remote", "add", &scope.url],
            &["list", &scope.url],
            &["mirror", &scope.url, "./to", "--create"],
        ] {
            let run = workspace.bit(words);
            assert!(run.code.is_some_and(|code| code != 0), "{run}");
            run.complains(WHY).complains("--object-format=sha1").silent_about("makes a scope");
        }
        assert_eq!(scope.refs().len(), 1);
    }
}

#[test]
fn a_folder() {
    let env = TestEnvironment::new();
    publishes(&env, &Host::path(&env).repository("s"));
}

#[test]
fn a_daemon_and_one_that_is_down() {
    let env = TestEnvironment::new();
    let mut host = Host::daemon(&env);
    let scope = host.repository("s");
    publishes(&env, &scope);
    host.stop();
    let workspace = env.folder("ws");
    workspace.append("theme/index.js", "// three\n");
    workspace.bit(["tag", "-m", "third"]).success();
    let before = workspace.refs();
    workspace.bit(["export"]).fails(1).complains("Connection refused").complains("hint");
    assert_eq!(workspace.refs(), before);
    // It is there again, and takes no pushes: it says only "access denied or repository not exported".
    host.start_daemon_again();
    scope.folder.git(["--git-dir=.", "config", "daemon.receivepack", "false"]).success();
    let run = workspace.bit(["export"]);
    run.fails(1).complains("you have no right to do this").complains("all push there").silent_about("scope create");
    assert_eq!(workspace.refs(), before);
}

#[test]
fn a_daemon_without_atomic_push_and_with_hidden_refs() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    publishes(&env, &host.repository("s").without_atomic().hiding("refs/pull"));
}

#[test]
fn http_with_the_persons_own_credentials() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("s");
    host.log_in(host.user(), "wrong-password");
    let run = env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]);
    run.fails(1).complains("hint").silent_about("wrong-password");
    assert!(scope.refs().is_empty());
    host.log_in(host.user(), host.password());
    publishes(&env, &scope);
    let page = scope.folder.git(["--git-dir=.", "show", "HEAD:README.md"]);
    page.success().says(&how_to(&scope.url)).says("| theme | 0.0.4 | ");
    let everything = format!("{}{}", env.folder("ws").read(".bitmap"), env.folder("ws").read(".git/bit/config"));
    assert!(!everything.contains(host.password()));
}

#[test]
fn ssh_by_an_alias() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    publishes(&env, &host.repository("s"));
}

#[test]
fn over_ssh_a_repository_is_made() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let here = env.folder("here");
    for name in ["new/it's $HOME/ui", "plain.git"] {
        let url = format!("{}:{}", host.alias(), host.folder().path().join(name).display());
        here.bit(["scope", "create", &url, "--name", "my-org.ui"]).success().says("created the scope my-org.ui");
        let made = host.folder().inside(name);
        assert_eq!(made.git(["--git-dir=.", "symbolic-ref", "HEAD"]).line(), "refs/heads/main");
        assert_eq!(made.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().json()["name"], "my-org.ui");
        made.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
        here.bit(["scope", "create", &url]).fails(1).complains("is already the scope my-org.ui");
    }
    // What is there and holds other things is left alone.
    host.folder().write("files/a.txt", "a");
    let run = here.bit(["scope", "create", &host.url("files")]);
    run.fails(1).complains("is not empty").complains("hint").silent_about("git-upload-pack");
    assert_eq!(host.folder().inside("files").listing(&[]), ["a.txt"]);
    here.bit(["scope", "create", &format!("{}:/proc/no", host.alias()), "--name", "x"])
        .fails(1)
        .complains("could not be made");
    let stranger = format!("ssh://{}/srv/x", host.alias_of_a_stranger());
    here.bit(["scope", "create", &stranger]).fails(1).complains("does not know who you are");
}

/// A key that is not there, as in a CI job that lost one: ssh warns of it, and then says why it could not connect.
#[test]
fn a_warning_of_ssh_is_not_taken_for_a_missing_repository() {
    if !has_program("ssh") {
        skip!("no ssh on the path");
    }
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let source = Host::path(&env).repository("source");
    env.folder(".").bit(["scope", "create", &source.url, "--name", "my-org.ui"]).success();
    // Nobody listens there.
    const AWAY: &str = "ssh://git@127.0.0.1:1/x.git";
    let with_key = |key: &str, arguments: &[&str]| {
        let ssh = format!("ssh {key} -F /dev/null -o BatchMode=yes");
        here.invocation().args(arguments).env("GIT_SSH_COMMAND", ssh).run()
    };
    for key in ["-i /nope", "-o IdentityFile=/nope"] {
        let run = with_key(key, &["verify", AWAY]);
        run.fails(4).complains("can't be reached").complains("Connection refused").silent_about("no repository");
        let run = with_key(key, &["mirror", &source.url, AWAY, "--create", "--retries", "1"]);
        run.fails(4).complains("can't be reached").silent_about("web page");
    }
}

/// The person's own way of calling ssh, here one that leads to a machine with a git of 2018.
#[test]
fn over_ssh_an_old_git_makes_a_repository_too() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let git = crate::common::find_program("git").expect("git");
    let refuse =
        "case \"$*\" in *--ref-format*|*--object-format*|*--initial-branch*) echo unknown option >&2; exit 129;; esac";
    here.inside("old").write("x", "").write_program("git", &format!("{refuse}\nexec {} \"$@\"", git.display()));
    let path = format!("{}:/usr/bin:/bin", here.path().join("old").display());
    let call = format!(
        "while [ $# -gt 1 ]; do shift; done\necho \"$1\" >> '{}'\nPATH={path} exec sh -c \"$1\"",
        here.path().join("calls").display()
    );
    here.write_program("ssh-of-mine", &call);
    let place = env.root().join("far/ui.git");
    let run = here.invocation().env("GIT_SSH_COMMAND", here.path().join("ssh-of-mine")).env("GIT_SSH_VARIANT", "ssh");
    let url = format!("ssh://git@far.example.com:2222{}", place.display());
    run.args(["scope", "create", &url, "--name", "my-org.ui"]).run().success();
    assert!(here.read("calls").contains("git-receive-pack"));
    let made = env.folder("far/ui.git");
    assert_eq!(made.git(["--git-dir=.", "symbolic-ref", "HEAD"]).line(), "refs/heads/main");
    made.git(["--git-dir=.", "rev-parse", "--verify", "HEAD"]).success();
}

#[test]
fn where_no_command_is_taken_the_hosts_page_is_named() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let daemon = Host::daemon(&env);
    let named = |run: crate::common::Run| {
        run.fails(1).complains("make an empty repository on the host's web page").silent_about("sh -c");
    };
    // It has none.
    let run = here.bit(["scope", "create", &daemon.url("none")]);
    run.fails(1).complains("make an empty one there (git init --bare)").silent_about("web page");
    let shell = served!(Host::git_shell(&env));
    named(here.bit(["scope", "create", &shell.url("none")]));
    let http = served!(Host::http_logged_in(&env));
    named(here.bit(["scope", "create", &http.url("none")]));
}

#[test]
fn a_scope_anywhere_says_its_own_name() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    let added = |host: &Host, by: &[&str]| {
        let scope = host.repository("s");
        workspace.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
        let run = workspace.bit([&["remote", "add", &scope.url], by].concat());
        run.success().says("added remote scope \"my-org.ui\" at ");
        workspace.bit(["remote", "check"]).success().says("my-org.ui");
    };
    let mut daemon = Host::daemon(&env);
    added(&daemon, &[]);
    added(&served!(Host::ssh(&env)), &["--global"]);
    let http = served!(Host::http_logged_in(&env));
    added(&http, &[]);
    // What is no scope, and a host that is down: with a name nobody is asked.
    let empty = daemon.repository("empty");
    workspace.bit(["remote", "add", &empty.url]).fails(1).complains("is no scope").complains("bit remote add <name>");
    daemon.stop();
    let run = workspace.bit(["remote", "add", &daemon.url("s")]);
    run.fails(1).complains("Connection refused").complains(&format!("bit remote add <name> {}", daemon.url("s")));
    workspace.bit(["remote", "add", "my-org.down", &daemon.url("s")]).success();
}

#[test]
fn a_used_repository_is_adopted_on_every_kind_of_host() {
    let env = TestEnvironment::new();
    let source = env.git_folder("source");
    for (file, words) in [("README.md", "# Ours"), ("LICENSE", "free")] {
        source.write(file, words).git(["add", "."]).success();
        source.git(["commit", "--quiet", "-m", words]).success();
    }
    let adopted = |host: &Host| {
        let scope = host.repository("used");
        source.git(["push", "--quiet", "--", &scope.url, "HEAD:refs/heads/main"]).success();
        let create = ["scope", "create", &scope.url, "--name", "my-org.ui", "--adopt"];
        source.bit(&create[..5]).fails(1).complains("--adopt");
        source.bit(create).success();
        source.bit(create).fails(1).complains("is already the scope my-org.ui");
        let log = scope.fsck().folder.git(["--git-dir=.", "log", "--format=%s", "main"]);
        assert_eq!(log.success().stdout, "a scope begins\nfree\n# Ours\n");
        let page = scope.folder.git(["--git-dir=.", "show", "main:README.md"]);
        let url = scope.url.replace(env.root().to_str().unwrap(), "[ROOT]");
        page.success().says("# Ours\n\n<!-- bit: how to use").says(&how_to(&url));
    };
    adopted(&Host::daemon(&env));
    adopted(&served!(Host::ssh(&env)));
    let http = served!(Host::http_logged_in(&env));
    adopted(&http);
}

/// What `bit remote check` says of one place.
fn checked(folder: &Folder, place: &str) -> serde_json::Value {
    let run = folder.bit(["remote", "check", place, "--json"]);
    run.success().json()[0].clone()
}

#[test]
fn what_a_host_can_do_is_told_and_nothing_changes() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    fn make<'e>(host: &Host<'e>, name: &str) -> Hosted<'e> {
        let scope = host.repository(name);
        scope.folder.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
        scope
    }
    let told = |scope: &Hosted| {
        let before = scope.refs();
        let found = checked(&here, &scope.url);
        assert_eq!((scope.refs(), &found["scope"], &found["refs"]), (before, &"my-org.ui".into(), &1.into()));
        ["protocol", "atomic", "mayPush"].map(|key| found[key].to_string()).join(" ")
    };
    let folder = Host::path(&env);
    assert_eq!(told(&make(&folder, "s")), "2 true true");
    assert_eq!(told(&make(&folder, "plain").without_atomic()), "2 false true");
    let daemon = Host::daemon(&env);
    let scope = make(&daemon, "s");
    assert_eq!(told(&scope), "2 true true");
    assert_eq!(told(&scope.set("daemon.receivepack", "false")), "2 null false");
    let http = served!(Host::http(&env));
    // Without a terminal nobody waits for a password.
    here.bit(["remote", "check", &http.url("s")]).fails(1).complains("does not know who you are");
    http.log_in(http.user(), http.password());
    let scope = make(&http, "s");
    assert_eq!(told(&scope), "2 true true");
    assert_eq!(told(&scope.set("receive.advertiseAtomic", "false")), "2 false true");
    let closed = make(&http, "closed");
    closed.folder.git(["--git-dir=.", "config", "--replace-all", "http.receivepack", "false"]).success();
    assert_eq!(told(&closed), "2 null false");
    // This sshd does not hand on which protocol is wished.
    assert_eq!(told(&make(&served!(Host::ssh(&env)), "s")), "0 true true");
    assert_eq!(told(&make(&served!(Host::git_shell(&env)), "s")), "0 true true");
    assert_eq!(told(&make(&served!(Host::dulwich(&env)), "s")), "0 false true");
    http.log_in(http.user(), "wrong-password");
    let run = here.bit(["remote", "check", &http.url("s")]);
    run.fails(1).complains("does not know who you are").silent_about("wrong-password");
}

#[test]
fn git_shell() {
    let env = TestEnvironment::new();
    let host = served!(Host::git_shell(&env));
    let scope = host.repository("s");
    publishes(&env, &scope);
    is_read(&env, &scope);
}

#[test]
fn a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    let scope = host.repository("s");
    publishes(&env, &scope);
    is_read(&env, &scope);
    // Two that know the same versions: the second is refused, and what it had pushed is gone again.
    let first = env.folder("ws");
    std::process::Command::new("cp").args(["-a", "ws", "two"]).current_dir(env.root()).status().unwrap();
    let second = env.folder("two");
    for (workspace, text) in [(&first, "mine"), (&second, "theirs")] {
        workspace.append("theme/index.js", &format!("// {text}\n"));
        workspace.bit(["tag", "-m", text]).success();
    }
    first.bit(["export"]).success();
    let before = scope.refs();
    second.bit(["export"]).fails(1).complains("my-org.ui/theme@0.0.5").complains("bit reset");
    assert_eq!(scope.refs(), before);
    scope.fsck();
}

#[test]
fn several_scopes_on_a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    let other = Host::path(&env);
    let (base, ui) = (host.repository("base"), other.repository("ui"));
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    for (name, scope) in [("my-org.base", &base), ("my-org.ui", &ui)] {
        env.folder(".").bit(["scope", "create", &scope.url, "--name", name]).success();
        workspace.bit(["remote", "add", name, &scope.url]).success();
    }
    workspace.write("theme/index.js", "module.exports = 1;\n");
    workspace.bit(["add", "theme", "--scope", "my-org.base"]).success();
    workspace.component("button", &[("index.js", "module.exports = require('@my-org/base.theme');\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    let ui = ui.rejecting("refs/tags/");
    let before = base.refs();
    workspace.bit(["export"]).fails(1).complains("refused refs/tags/button@0.0.1");
    assert_eq!(base.refs(), before, "what was pushed to the first scope is taken back");
    ui.folder.remove("hooks/update");
    workspace.bit(["export"]).success().says("my-org.base/theme@0.0.1").says("my-org.ui/button@0.0.1");
    workspace.bit(["status"]).success().says("the workspace is clean");
    base.fsck();
    ui.fsck();
}

#[test]
fn a_hook_that_says_no_is_heard() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let scope = scope.rejecting("refs/tags/theme@0.0.1");
    let workspace = scope.workspace(&env, "ws");
    let before = scope.refs();
    workspace.bit(["export"]).fails(1).complains("refused refs/tags/theme@0.0.1").complains("hint");
    assert_eq!(scope.refs(), before);
    workspace.bit(["status"]).success().says("staged components");
}

/// The host says which branch its HEAD names, or it is found out, or it is said that it can't be.
#[test]
fn a_head_that_is_not_main_is_followed_or_named() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let empty = |host: &Host<'_>, name: &str, branch: &str| {
        let scope = host.repository(name);
        scope.folder.git(["--git-dir=.", "symbolic-ref", "HEAD", &format!("refs/heads/{branch}")]).success();
        (scope.url, scope.folder.path().to_owned())
    };
    let create = |url: &str| here.bit(["scope", "create", url, "--name", "my-org.ui"]);
    let heads = |path: &std::path::Path| {
        let run = here.git(["--git-dir", path.to_str().expect("UTF-8"), "for-each-ref", "--format=%(refname)"]);
        run.success().stdout.clone()
    };
    let daemon = Host::daemon(&env);
    let http = served!(Host::http_logged_in(&env));
    let ssh = served!(Host::ssh(&env));
    for (host, name) in [(&daemon, "daemon"), (&http, "http")] {
        let (url, path) = empty(host, "s", "trunk");
        create(&url).success();
        assert_eq!(heads(&path), "refs/heads/trunk\n");
        let workspace = env.git_workspace_at(name, "my-org.ui");
        workspace.bit(["remote", "add", &url]).success();
        workspace.component("theme", &[("index.js", "1;\n")]).bit(["tag", "-m", "x"]).success();
        workspace.bit(["export"]).success();
        assert_eq!(heads(&path), "refs/heads/trunk\nrefs/tags/theme@0.0.1\n");
    }
    // This sshd does not hand on which protocol is wished, so nobody can say. The first guess is taken back.
    let (url, path) = empty(&ssh, "usual", "master");
    create(&url).success();
    assert_eq!(heads(&path), "refs/heads/master\n");
    let (url, path) = empty(&ssh, "other", "trunk");
    let run = create(&url);
    run.fails(1).complains("names a branch that is neither main nor master").complains("hint: make main its default");
    assert_eq!(heads(&path), "");
    // The way out.
    here.git(["--git-dir", path.to_str().unwrap(), "symbolic-ref", "HEAD", "refs/heads/main"]).success();
    create(&url).success();
    assert_eq!(heads(&path), "refs/heads/main\n");
}

/// One server, two scopes: one needs the other. And what is not there, or may not be written, is told on each.
#[test]
fn two_scopes_on_one_server_and_one_that_is_not_there() {
    let env = TestEnvironment::new();
    let daemon = Host::daemon(&env);
    let ssh = served!(Host::ssh(&env));
    let http = served!(Host::http_logged_in(&env));
    for (host, place) in [(&daemon, "daemon"), (&http, "http"), (&ssh, "ssh")] {
        let (base, ui) = (host.repository("base"), host.repository("ui"));
        let workspace = env.git_workspace_at(place, "my-org.ui");
        for (name, scope) in [("my-org.base", &base), ("my-org.ui", &ui)] {
            workspace.bit(["scope", "create", &scope.url, "--name", name]).success();
            workspace.bit(["remote", "add", &scope.url]).success().says(name);
        }
        workspace.write("theme/index.js", "1;\n").bit(["add", "theme", "--scope", "my-org.base"]).success();
        workspace.component("button", &[("index.js", "module.exports = require('@my-org/base.theme');\n")]);
        workspace.bit(["tag", "-m", "x"]).success();
        workspace.bit(["export"]).success().says("my-org.base/theme@0.0.1").says("my-org.ui/button@0.0.1");
        assert_eq!(
            (base.fsck().listed(), ui.fsck().listed()),
            (vec!["theme@0.0.1".into()], vec!["button@0.0.1".into()])
        );
        workspace.append("button/index.js", "// more\n").bit(["tag", "-m", "y"]).success();
        let gone = host.url("none");
        workspace.bit(["remote", "add", "my-org.ui", &gone]).success();
        let before = (workspace.refs(), workspace.read(".bitmap"));
        for arguments in [&["export"][..], &["import"], &["fetch"], &["list", &gone], &["remote", "check", &gone]] {
            let run = workspace.bit(arguments);
            let shown = gone.replace(env.root().to_str().unwrap(), "[ROOT]");
            run.fails(1)
                .complains(&format!("there is no repository at {shown}, or you may not see it"))
                .complains("hint: ");
            // Who exports knows the name that it is to have.
            let name = if arguments == ["export"] { "--name my-org.ui " } else { "" };
            run.complains("check the URL").complains(&format!("bit scope create {name}{shown}"));
        }
        assert_eq!((workspace.refs(), workspace.read(".bitmap")), before);
        if place == "ssh" {
            workspace.bit(["remote", "add", "my-org.ui", &ui.url]).success();
            may_only_read(host);
            let there = ui.refs();
            let run = workspace.bit(["export"]);
            run.fails(1).complains("you have no right to do this").complains("use the ssh key of somebody who has");
            assert_eq!((workspace.refs(), workspace.read(".bitmap"), ui.refs()), (before.0, before.1, there));
            workspace.bit(["fetch"]).success();
        }
    }
}

/// As hosts do it that know their users by their keys.
fn may_only_read(host: &Host<'_>) {
    let deny = "case $SSH_ORIGINAL_COMMAND in git-receive-pack*) echo 'ERROR: Permission to s denied to ada.' >&2; exit 1;; \
                esac; exec sh -c \\\"$SSH_ORIGINAL_COMMAND\\\"";
    let key = host.folder().read("user_key.pub");
    host.folder().write("authorized_keys", format!("command=\"{deny}\" {key}"));
}
