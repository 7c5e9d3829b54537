//! Where nobody can answer nothing asks: a command ends by itself, and says what is missing.

use crate::common::servers::{Host, served};
use crate::common::{Folder, Run, TestEnvironment, needs};

/// Without a terminal, and in a CI job that has one at which nobody sits. What the test's machine says of prompts is
/// taken away.
fn unattended(folder: &Folder<'_>, arguments: &str) -> [(&'static str, Run); 2] {
    let alone = folder.invocation().args(arguments.split(' ')).without_env("GIT_TERMINAL_PROMPT").run();
    let line = format!("{} {arguments}", TestEnvironment::binary().display());
    let job = folder.program("script").args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    let job = job.env("CI", "true").env("TERM", "xterm").without_env("GIT_TERMINAL_PROMPT").run();
    [("without a terminal", alone), ("in a CI job with a terminal", job)]
}

/// The command is refused in these words, and none of them is a question.
#[track_caller]
fn ends(folder: &Folder<'_>, arguments: &str, words: &str) {
    for (place, run) in unattended(folder, arguments) {
        let said = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(1), "{place}\n{run}");
        assert!(said.contains(words) && said.contains("hint"), "{place}\n{run}");
        for question in ["Username", "Password for", "yes/no", "passphrase", "? "] {
            assert!(!said.contains(question), "{place}: {question}\n{run}");
        }
    }
}

#[test]
fn ssh_asks_for_no_unknown_host_and_no_passphrase() {
    needs!("script");
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = scope.workspace(&env, "ws");
    let before = scope.refs();
    let config = env.folder("home/.ssh");
    let known = config.read("config");
    let entry = |words: &str| known.split("Host ").find(|entry| entry.starts_with(words)).expect("it").to_owned();
    let own = entry(&host.alias());
    let key = host.folder().program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "secret", "-f", "locked_key"]);
    key.run().success();
    let locked = host.folder().read("locked_key.pub");
    host.folder().append("authorized_keys", &locked);
    let asks = own.replace("known_hosts", "nobody").replace("StrictHostKeyChecking yes", "StrictHostKeyChecking ask");
    config.append("config", &format!("Host {}", asks.replace(&host.alias(), "unknown")));
    config
        .append("config", &format!("Host {}", own.replace(&host.alias(), "locked").replace("user_key", "locked_key")));
    for (alias, words) in [("unknown", "can't be trusted"), ("locked", "does not know who you are")] {
        workspace.bit(["remote", "add", "my-org.ui", &scope.url.replace(&host.alias(), alias)]).success();
        ends(&workspace, "export", words);
        assert_eq!(scope.refs(), before);
    }
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.bit(["export"]).success();
}

#[test]
fn no_password_is_asked_for() {
    needs!("script");
    let env = TestEnvironment::new();
    let host = served!(Host::http(&env));
    let scope = host.repository("s");
    let folder = env.folder("here");
    ends(&folder, &format!("scope create {} --name my-org.ui", scope.url), "does not know who you are");
    let workspace = scope.workspace(&env, "ws");
    ends(&workspace, "export", "does not know who you are");
    assert!(scope.refs().is_empty());
}

/// bit's own questions.
#[test]
fn bit_asks_for_no_yes() {
    needs!("script");
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace_at("ws", "my-org.forms");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.component("form", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit(["tag", "-m", "first"]).success();
    ends(&workspace, "export my-org.ui", "--force");
    workspace.bit(["export", "my-org.ui", "--force"]).success();
    workspace.append("form/index.js", "// two\n").bit(["tag", "-m", "second"]).success();
    let refs = "refs/tags/my-org.ui/form@0.0.2:refs/tags/form@0.0.2";
    workspace.scope_git(["push", "--quiet", "--", &scope.url, refs]).success();
    ends(&workspace, "scope sweep my-org.ui form@0.0.2", "--yes");
}
