//! `--via registry` with real package managers and a registry on this machine.

use serde_json::{Value, json};

use crate::common::managers::{
    BUN, Manager, NPM_11, NPM_12, PNPM_10, PNPM_12, YARN_1, YARN_4, needs_installed, with_each_manager,
};
use crate::common::registry::Registry;
use crate::common::servers::served;
use crate::common::{Folder, TestEnvironment};
use crate::eject::files;
use crate::installed::{assert_each_has_its_own, exported};

const CARD: &str = "require('@my-org/ui.card')";

fn components_come_from_a_registry(manager: &Manager) {
    let env = TestEnvironment::new();
    let registry = served!(Registry::start(&env));
    registry.log_in();
    let workspace = env.git_workspace();
    manager.choose_in(&workspace);
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'theme';\n")]),
        ("card", &[("index.js", "module.exports = 'card in ' + require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    manager.give_to(&env);
    workspace.write("package.json", "{\n  \"private\": true\n}\n");
    match manager.name {
        // By itself it takes no version that is not some days old.
        "yarn-4" => workspace.append(
            ".yarnrc.yml",
            &format!(
                "npmScopes:\n  my-org:\n    npmRegistryServer: \"{}\"\nunsafeHttpWhitelist:\n  - 127.0.0.1\n\
                 npmPreapprovedPackages:\n  - \"@my-org/*\"\n",
                registry.url
            ),
        ),
        _ => workspace.write(".npmrc", format!("@my-org:registry={}\n", registry.url)),
    };
    // Before it is there, nothing is changed.
    let before = files(&workspace);
    let run = workspace.bit(["eject", "card", "--via", "registry"]);
    // In its own words; yarn 1 has no number for it.
    let words = if manager.name == YARN_1.name { "error " } else { "404" };
    run.fails(1).complains("has been restored").complains(words);
    assert_eq!(files(&workspace), before);
    workspace.bit(["publish", "--registry", &registry.url]).success();
    workspace.bit(["eject", "card", "theme", "--via", "registry"]).success();
    let dependencies = || -> Value {
        let package: Value = serde_json::from_str(&workspace.read("package.json")).unwrap();
        package["dependencies"].clone()
    };
    assert_eq!(dependencies(), json!({"@my-org/ui.card": "0.0.1", "@my-org/ui.theme": "0.0.1"}));
    assert!(!workspace.exists("vendor") && !workspace.exists("card"));
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme");
    workspace.remove("node_modules");
    workspace.bit(["install", "--frozen"]).success();
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme");
    // The source of one comes back, and then that of the other.
    workspace.bit(["uneject", "theme"]).success();
    assert_eq!(dependencies(), json!({"@my-org/ui.card": "0.0.1"}));
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme");
    workspace.bit(["uneject", "card"]).success();
    assert_eq!(dependencies(), Value::Null);
    assert_eq!(workspace.node(["-p", CARD]).line(), "card in theme");
    workspace.bit(["status", "--strict"]).success().silent_about("modified");

    // Two versions of one of them.
    workspace.write("theme/index.js", "module.exports = 'new theme';\n");
    workspace.bit(["tag", "theme", "-m", "new", "--skip-auto-tag"]).success();
    let page = "module.exports = require('@my-org/ui.card') + ' beside ' + require('@my-org/ui.theme');\n";
    workspace.component("page", &[("index.js", page)]);
    workspace.bit(["tag", "page", "-m", "first"]).success();
    workspace.append("page/index.js", "// more\n");
    workspace.bit(["tag", "page", "-m", "more"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["publish", "my-org.ui/page@0.0.1", "theme", "--registry", &registry.url]).success();
    workspace.bit(["publish", "page", "--registry", &registry.url]).success();
    let page = || workspace.node(["-p", "require('@my-org/ui.page')"]).line().to_owned();
    let says = "card in theme beside new theme";
    workspace.bit(["eject", "page", "--via", "registry"]).success();
    assert_eq!((dependencies(), page()), (json!({"@my-org/ui.page": "0.0.2"}), says.to_owned()));
    workspace.bit(["update", "page@0.0.1"]).success();
    assert_eq!((dependencies(), page()), (json!({"@my-org/ui.page": "0.0.1"}), says.to_owned()));
    workspace.remove("node_modules");
    workspace.bit(["install", "--frozen"]).success();
    assert_eq!(page(), says);
}

with_each_manager! {
    components_come_from_a_registry:
    npm_12_asks_a_registry: NPM_12,
    pnpm_10_asks_a_registry: PNPM_10,
    pnpm_12_asks_a_registry: PNPM_12,
    yarn_1_asks_a_registry: YARN_1,
    yarn_4_asks_a_registry: YARN_4,
    bun_asks_a_registry: BUN,
}

/// A registry with two versions of `button`, and the `theme` of each; and a workspace that has the newer ones from there.
fn with_a_button_from_a_registry<'e>(env: &'e TestEnvironment, registry: &Registry, manager: &Manager) -> Folder<'e> {
    registry.log_in();
    let origin = exported(env);
    for id in ["theme@0.0.1", "theme@0.0.2", "button@0.0.1", "button@0.0.2"] {
        origin.bit(["publish", &format!("my-org.ui/{id}"), "--registry", &registry.url]).success();
    }
    manager.give_to(env);
    let shop = asks(env.git_workspace_at("shop", "my-org.shop"), registry, manager);
    shop.bit(["install", "my-org.ui/button", "--via", "registry"]).success();
    shop
}

fn asks<'e>(workspace: Folder<'e>, registry: &Registry, manager: &Manager) -> Folder<'e> {
    manager.choose_in(&workspace);
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.write(".npmrc", format!("@my-org:registry={}\n", registry.url));
    workspace
}

#[test]
fn what_a_registry_brought_before_is_looked_at_by_every_install() {
    needs_installed!(NPM_11);
    let env = TestEnvironment::new();
    let registry = served!(Registry::start(&env));
    let shop = with_a_button_from_a_registry(&env, &registry, &NPM_11);
    // A teammate has no version of it in the local scope.
    let teammate = asks(env.git_workspace_at("teammate", "my-org.shop"), &registry, &NPM_11);
    let mut package: Value = serde_json::from_str(&shop.read("package.json")).unwrap();
    let right = package.to_string();
    package["overrides"] = json!({"@my-org/ui.theme": "0.0.1"});
    teammate.write("package.json", &right).bit(["install"]).success();
    for folder in [&shop, &teammate] {
        folder.write("package.json", package.to_string()).remove("node_modules").remove("package-lock.json");
        let run = folder.bit(["install"]);
        run.fails(1).complains("@my-org/ui.theme, which @my-org/ui.button@0.0.2 needs, is 0.0.1 in node_modules");
        run.complains("is to be 0.0.2");
        folder.write("package.json", &right).remove("node_modules").remove("package-lock.json");
        folder.bit(["install"]).success();
        assert_eq!(folder.node(["-p", "require('@my-org/ui.button')"]).line(), "button 2 in theme 2");
        // Of what stands there a person may have another content.
        folder.append("node_modules/@my-org/ui.button/index.js", "// patched\n");
        folder.bit(["install"]).success();
    }
    // So it is where other components come: nothing is changed then.
    package["overrides"] = json!({"@my-org/ui.theme@0.0.2": "0.0.1"});
    shop.write("package.json", package.to_string());
    let before = files(&shop);
    shop.bit(["install", "my-org.ui/page"]).fails(1).complains("is to be 0.0.2").complains("has been restored");
    assert_eq!(files(&shop), before);
}

/// yarn 1 knows no versions in its resolutions, only names.
#[test]
fn yarn_1_leaves_what_a_registry_brought_its_own() {
    needs_installed!(YARN_1);
    let env = TestEnvironment::new();
    let registry = served!(Registry::start(&env));
    let shop = with_a_button_from_a_registry(&env, &registry, &YARN_1);
    shop.bit(["install", "my-org.ui/page"]).success();
    assert_each_has_its_own(&shop, "an archive beside");
    shop.remove("node_modules");
    YARN_1.install_frozen(&shop).success();
    assert_each_has_its_own(&shop, "by yarn alone");
    shop.remove("node_modules").remove("yarn.lock");
    shop.bit(["install"]).success();
    assert_each_has_its_own(&shop, "without a lockfile");
}
