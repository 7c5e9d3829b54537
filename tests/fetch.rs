//! `bit fetch`: what scopes have now is known, and nothing in the workspace changes.

use crate::common::TestEnvironment;
use crate::common::servers::Host;
use crate::import::{publish, published, scope, workspace};
use serde_json::json;
use std::fs;

#[test]
fn what_is_new_is_told_and_status_knows_it() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["fetch"]).success().says("nothing to fetch");
    shop.bit(["import", "my-org.ui/*"]).success();
    publish(&author, "theme", "// two\n");
    author.component("icon", &[("index.js", "module.exports = 1;\n")]);
    author.bit(["tag", "-m", "icon"]).success();
    author.bit(["export"]).success();
    let before = (shop.listing(&[".git", "node_modules"]), shop.read(".bitmap"), shop.versions());
    let run = shop.bit(["fetch"]);
    run.success()
        .says("my-org.ui 3 new versions")
        .says("my-org.ui/icon (new)")
        .says("outdated components")
        .says("my-org.ui/theme@0.0.1 there: 0.0.2");
    assert_eq!((shop.listing(&[".git", "node_modules"]), shop.read(".bitmap"), shop.versions()), before);
    shop.bit(["status"]).success().says("pending updates").says("current: 0.0.1 latest: 0.0.2");
    shop.bit(["fetch", "my-org.ui"]).success().says("nothing new");
    let fetched = shop.bit(["fetch", "--json"]).success().json();
    assert_eq!(fetched["failed"], json!([]));
    assert_eq!(fetched["scopes"][0]["newVersions"], 0);
    shop.fsck();
}

#[test]
fn a_scope_that_is_down_holds_up_no_other() {
    let env = TestEnvironment::new();
    let author = published(&env);
    scope(&env, "my-org.base");
    let shop = workspace(&env, "shop", &["my-org.ui", "my-org.base"]);
    shop.bit(["fetch", "my-org.base", "my-org.ui"]).success();
    fs::rename(env.root().join("my-org.base"), env.root().join("gone")).unwrap();
    publish(&author, "theme", "// two\n");
    let run = shop.bit(["fetch"]);
    run.fails(1).says("my-org.ui 2 new versions").complains("my-org.base: ").complains("all else is done");
    let run = shop.bit(["fetch", "--json"]);
    run.fails(1);
    assert_eq!(run.json()["failed"][0]["scope"], "my-org.base");
    shop.bit(["fetch", "their.forms"]).fails(1).complains("nobody has said where the scope their.forms is");
}

#[test]
fn a_scope_made_anew_is_taken_only_if_somebody_says_so() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    fs::remove_dir_all(env.root().join("my-org.ui")).unwrap();
    scope(&env, "my-org.ui");
    let before = shop.refs();
    shop.bit(["fetch"])
        .fails(1)
        .complains("it no longer lists")
        .complains("my-org.ui/theme@0.0.1")
        .complains("--accept-replaced");
    assert_eq!(shop.refs(), before);
    shop.bit(["fetch", "--accept-replaced", "my-org.ui"])
        .success()
        .says("is taken as it is now: 2 versions fewer [ROOT]")
        .says("my-org.ui/theme@0.0.1 (not listed any more)")
        .silent_about("nothing new");
    // Nothing is lost: what the scope has no more is staged again, and can go there.
    shop.bit(["status"]).success().says("my-org.ui/theme. versions: 0.0.1");
    shop.bit(["export"]).success();
    author.bit(["fetch"]).fails(1);
    shop.fsck();
}

#[test]
fn what_a_scope_made_anew_lists_otherwise_is_not_called_gone() {
    let env = TestEnvironment::new();
    let hosted = Host::path(&env).repository("ui");
    let create = || {
        env.folder(".").bit(["scope", "create", &hosted.url, "--name", "my-org.ui"]).success();
    };
    create();
    let author = hosted.workspace(&env, "author");
    author.bit(["export"]).success();
    fs::remove_dir_all(hosted.folder.path()).unwrap();
    create();
    let other = env.git_workspace_at("other", "my-org.ui");
    other.bit(["remote", "add", "my-org.ui", &hosted.url]).success();
    other.component("theme", &[("index.js", "module.exports = 'another';\n")]);
    other.bit(["tag", "-m", "first"]).success();
    other.bit(["export"]).success();
    let [was, is] = [&author, &other].map(|workspace| workspace.commit_of("my-org.ui/theme@0.0.1"));
    author.append("theme/index.js", "// more\n");
    for command in [&["import"], &["fetch"], &["export"]] as [&[&str]; 3] {
        author
            .bit(command)
            .complains("it no longer lists my-org.ui/button@0.0.1;")
            .complains(&format!("my-org.ui/theme@0.0.1 was {was}, is {is}"));
    }
}

#[test]
fn what_a_scope_says_of_components_is_news_too() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/*"]).success();
    for (words, said) in [
        (&["deprecate", "button", "--remote"][..], "my-org.ui/button (deprecated)"),
        (&["delete", "button", "--remote", "--silent"], "my-org.ui/button (removed)"),
        (&["recover", "button", "--remote"], "my-org.ui/button (recovered)"),
        (&["undeprecate", "button", "--remote"], "my-org.ui/button (undeprecated)"),
    ] {
        author.bit(words).success();
        shop.bit(["fetch"]).success().says("no new version, 1 component changed").says(said);
        shop.bit(["fetch"]).success().says("nothing new");
    }
    author.bit(["deprecate", "theme", "--remote"]).success();
    let fetched = shop.bit(["fetch", "--json"]).success().json();
    assert_eq!(fetched["scopes"][0]["changed"], json!([{"id": "my-org.ui/theme", "change": "deprecated"}]));
}
