//! The servers that other tests stand on do what they are there for, by plain git.

use std::io::ErrorKind;
use std::net::TcpStream;

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, TestEnvironment};

/// A repository with a commit and two tags, and what it takes to push them.
fn author(env: &TestEnvironment) -> Folder<'_> {
    let folder = env.git_folder("author");
    folder.git(["commit", "--quiet", "--allow-empty", "-m", "first"]).success();
    folder.git(["tag", "a@1.0.0"]).success();
    folder.git(["tag", "frozen@1.0.0"]).success();
    folder
}

/// Everything that a scope needs of its host.
fn serves(author: &Folder<'_>, scope: &Hosted<'_>) {
    author.git(["ls-remote", "--", &scope.url]).success();
    author.git(["push", "--atomic", "--", &scope.url, "refs/*:refs/*"]).success();
    assert_eq!(scope.refs().len(), 3);
    author.git(["clone", "--quiet", "--bare", "--", &scope.url, "clone"]).success();
    let seen = author.git(["ls-remote", "--", &scope.url]);
    assert_eq!(seen.success().stdout.lines().count(), 4);
    scope.fsck_objects();
}

#[test]
fn a_folder() {
    let env = TestEnvironment::new();
    serves(&author(&env), &Host::path(&env).repository("s"));
}

/// With the host its server goes: nobody listens there any more. (The port is free then; another test's server may have
/// it already, which has other repositories.)
fn stops(host: Host<'_>) {
    let (address, url) = (host.address(), host.url("s"));
    TcpStream::connect(&address).expect("it listens");
    drop(host);
    if let Err(error) = TcpStream::connect(&address) {
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        return;
    }
    let env = TestEnvironment::new();
    let run = env.folder(".").git(["ls-remote", "--", &url]);
    assert!(run.code != Some(0), "it still serves\n{run}");
}

#[test]
fn a_daemon_stops_with_its_host() {
    let env = TestEnvironment::new();
    let mut host = Host::daemon(&env);
    let scope = host.repository("s");
    serves(&author(&env), &scope);
    host.stop();
    env.folder("author").git(["ls-remote", "--", &scope.url]).fails(128).complains("Connection refused");
    host.start_daemon_again();
    stops(host);
}

#[test]
fn http_asks_for_a_password() {
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("s");
    let folder = author(&env);
    folder.git(["ls-remote", "--", &scope.url]).fails(128).complains("terminal prompts disabled");
    host.log_in(host.user(), "wrong");
    folder.git(["push", "--", &scope.url, "main"]).fails(128).complains("Authentication failed");
    assert!(scope.refs().is_empty());
    host.log_in(host.user(), host.password());
    serves(&folder, &scope);
    let run = folder.program("git").args(["ls-remote", "--", &scope.url]).env("GIT_TRACE_PACKET", "1").run();
    run.success().complains("version 2");
    folder.git(["ls-remote", "--", &host.url("nowhere")]).fails(128).complains("not found");
    stops(host);
}

#[test]
fn ssh_is_reached_by_its_alias_and_with_its_key() {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("s");
    serves(&author(&env), &scope);
    let folder = env.folder("author");
    let short = format!("{}:{}", host.alias(), scope.folder.path().display());
    folder.git(["ls-remote", "--", &short]).success();
    let strange = scope.url.replace(&host.alias(), &host.alias_of_a_stranger());
    folder.git(["ls-remote", "--", &strange]).fails(128).complains("Permission denied (publickey)");
    folder.program("ssh").args([&host.alias(), "echo hello"]).run().success().says("hello");
    stops(host);
}

#[test]
fn git_shell_does_nothing_else() {
    let env = TestEnvironment::new();
    let host = served!(Host::git_shell(&env));
    serves(&author(&env), &host.repository("s"));
    let refused = env.folder("author").program("ssh").args([&host.alias(), "git init --bare /tmp/x"]).run();
    refused.fails(128).complains("unrecognized command");
}

#[test]
fn a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::dulwich(&env));
    let (scope, author) = (host.repository("s"), author(&env));
    let push = |mode: &str| author.git(["push", mode, "--", &scope.url, "refs/*:refs/*"]);
    push("--atomic").fails(128).complains("does not support --atomic");
    push("--no-atomic").success();
    assert_eq!(scope.refs().len(), 3);
    let seen = author.program("git").args(["ls-remote", "--", &scope.url]).env("GIT_TRACE_PACKET", "1").run();
    seen.success().silent_about("version 2");
    author.git(["clone", "--quiet", "--bare", "--", &scope.url, "clone"]).success();
    scope.fsck_objects();
    stops(host);
}

#[test]
fn hosts_that_refuse_some_of_it() {
    let env = TestEnvironment::new();
    let (host, author) = (Host::daemon(&env), author(&env));
    let push = |scope: &Hosted<'_>| author.git(["push", "--atomic", "--", &scope.url, "refs/*:refs/*"]);
    let plain = host.repository("plain").without_atomic();
    push(&plain).fails(128).complains("does not support --atomic");
    assert!(plain.refs().is_empty());

    let strict = host.repository("strict").rejecting("refs/tags/frozen");
    push(&strict).fails(1).complains("refs/tags/frozen@1.0.0 is frozen");
    assert!(strict.refs().is_empty());

    let hiding = host.repository("hiding").hiding("refs/tags/frozen@1.0.0");
    push(&hiding).fails(1).complains("deny updating a hidden ref");
    hiding
        .folder
        .git(["--git-dir=.", "fetch", "--quiet", "--", &author.path().to_string_lossy(), "+refs/*:refs/*"])
        .success();
    let seen = author.git(["ls-remote", "--", &hiding.url]);
    seen.success().says("refs/tags/a@1.0.0").silent_about("frozen");
}
