//! Ejecting by git from a server that is reached with a key, and by nothing else.

use crate::common::TestEnvironment;
use crate::common::managers::{BUN, Manager, NPM_12, PNPM_12, YARN_1, YARN_4, with_each_manager};
use crate::common::servers::{Host, served};
use crate::eject::files;

const CARD: &str = "require('@my-org/ui.card')";

fn is_ejected_by_ssh(manager: &Manager) {
    let env = TestEnvironment::new();
    let host = served!(Host::ssh(&env));
    let scope = host.repository("my-org.ui");
    manager.give_to(&env);
    let workspace = env.git_workspace();
    manager.choose_in(&workspace);
    workspace.write("package.json", "{ \"private\": true }\n");
    workspace.bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", &scope.url]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'theme';\n")]),
        ("card", &[("index.js", "module.exports = 'card in ' + require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    // Without the key nobody gets in, and then nothing has happened.
    let eject = ["eject", "card", "--via", "git", "--yes"];
    let before = files(&workspace);
    let keys = host.folder().read("authorized_keys");
    host.folder().write("authorized_keys", "");
    workspace.bit(eject).fails(1).complains("has been restored").complains("no source file was touched");
    assert_eq!(files(&workspace), before);
    host.folder().write("authorized_keys", keys);
    let logins = || host.log().matches("Accepted publickey").count();
    let known = logins();
    workspace.bit(eject).success();
    assert!(logins() > known, "it was installed from elsewhere: {}", host.log());
    assert!(!workspace.exists("card") && !workspace.exists("vendor"));
    let package = workspace.read("package.json");
    assert!(package.contains(&format!("git+{}#card@0.0.1\"", scope.url)), "{package}");
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme");
    let lockfile = workspace.read_bytes(manager.lockfile);
    workspace.remove("node_modules").remove("theme");
    manager.install_frozen(&workspace).success();
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme", "by somebody who has no bit and no sources");
    assert_eq!(workspace.read_bytes(manager.lockfile), lockfile);
}

with_each_manager! {
    is_ejected_by_ssh:
    npm_12_installs_by_ssh: NPM_12,
    pnpm_12_installs_by_ssh: PNPM_12,
    yarn_1_installs_by_ssh: YARN_1,
    yarn_4_installs_by_ssh: YARN_4,
    bun_installs_by_ssh: BUN,
}
