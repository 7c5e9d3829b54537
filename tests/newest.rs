//! The newest version of a component's main line, by which all others go on: its history says which one that is, in
//! whatever order versions are published and listed.

use crate::common::{Folder, TestEnvironment};
use serde_json::Value;

/// Eve was too late twice: her first version keeps its number, her second one gave it away, her third joins all.
fn too_late_twice(env: &TestEnvironment) -> (Folder<'_>, Folder<'_>, Folder<'_>) {
    let root = env.folder(".");
    root.bit(["scope", "create", "my-org.ui"]).success();
    root.bit(["scope", "hooks", "install", "my-org.ui"]).success();
    let ada = env.git_workspace_at("ada", "my-org.ui");
    ada.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
    ada.component("theme", &[("index.js", "1\n")])
        .component("button", &[("index.js", "require('@my-org/ui.theme');\n")]);
    ada.bit(["tag", "--ver", "1.0.0", "-m", "first"]).success();
    ada.bit(["export"]).success();
    root.program("cp").args(["-a", "ada", "eve"]).run().success();
    let eve = env.folder("eve");
    let tag = |who: &Folder, file: &str, how: &[&str]| {
        who.write(&format!("theme/{file}"), format!("{how:?}\n"));
        env.later(10);
        who.bit(["tag", "-m", "x"].iter().chain(how)).success();
    };
    tag(&ada, "a.js", &["theme", "--minor"]);
    ada.bit(["export"]).success();
    tag(&eve, "e.js", &["theme"]);
    eve.bit(["export"]).fails(1);
    eve.bit(["merge"]).success();
    eve.bit(["tag", "-m", "joined"]).success().says("theme@1.1.1");
    tag(&ada, "a.js", &["theme"]);
    ada.bit(["export"]).success();
    eve.bit(["export"]).fails(1);
    eve.bit(["merge"]).success();
    eve.bit(["tag", "-m", "joined again"]).success().says("theme@1.1.2").says("without a number");
    (env.folder("my-org.ui"), ada, eve)
}

/// What the catalog says of theme: the numbers in their order, the newest and the latest.
fn theme(scope: &Folder) -> (Vec<String>, String, String) {
    let entry = scope.git(["show", "HEAD:catalog/theme.json"]).success().json();
    let word = |value: &Value| value.as_str().unwrap().to_owned();
    let numbers = entry["versions"].as_array().unwrap().iter().map(|one| word(&one["version"])).collect();
    (numbers, word(&entry["head"]), word(&entry["latest"]))
}

/// Writes the catalog's entry as a bit of before did: what is behind a version without a number comes last, as the newest.
fn misplace(env: &TestEnvironment) {
    let root = env.folder(".");
    root.git(["clone", "--quiet", "my-org.ui", "edited"]).success();
    let edited = env.folder("edited");
    let mut entry: Value = serde_json::from_str(&edited.read("catalog/theme.json")).unwrap();
    entry["head"] = "1.0.1".into();
    let versions = entry["versions"].as_array_mut().unwrap();
    let at = versions.iter().position(|one| one["version"] == "1.0.1").unwrap();
    let old = versions.remove(at);
    versions.push(old);
    edited.write("catalog/theme.json", serde_json::to_string_pretty(&entry).unwrap() + "\n");
    edited.git(["commit", "--quiet", "-am", "x"]).success();
    env.folder("my-org.ui").remove("hooks/pre-receive");
    edited.git(["push", "--quiet"]).success();
    root.bit(["scope", "hooks", "install", "my-org.ui"]).success();
}

#[test]
fn who_was_too_late_twice_publishes_the_newest_version_as_such() {
    let env = TestEnvironment::new();
    let (scope, ada, eve) = too_late_twice(&env);
    let exported = eve.bit(["export", "--json"]).success().json();
    let ids: Vec<&str> =
        exported["scopes"][0]["versions"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(ids, ["my-org.ui/theme@1.0.1", "my-org.ui/theme@1.1.2", "my-org.ui/button@1.0.3"]);
    let (numbers, head, latest) = theme(&scope);
    assert_eq!(numbers, ["1.0.0", "1.1.0", "1.1.1", "1.0.1", "1.1.2"]);
    assert_eq!((head.as_str(), latest.as_str()), ("1.1.2", "1.1.2"));
    eve.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    ada.bit(["import"]).success().says("latest 1.1.2");
    ada.bit(["checkout", "head"]).success().says("theme 1.1.1 → 1.1.2");
    scope.git(["fsck", "--full", "--strict"]).success();
}

#[test]
fn a_catalog_that_calls_another_one_the_newest_is_put_right() {
    let env = TestEnvironment::new();
    let (scope, ada, eve) = too_late_twice(&env);
    eve.bit(["export"]).success();
    misplace(&env);
    assert_eq!(theme(&scope).1, "1.0.1");
    let found = eve.bit(["verify", "my-org.ui", "--json"]);
    assert_eq!(found.code, Some(3));
    let finding = &found.json()["findings"][0];
    assert_eq!((&finding["kind"], &finding["fixable"]), (&"wrong-head".into(), &true.into()), "{finding}");
    assert!(finding["message"].as_str().unwrap().contains("1.1.2 was made from that"), "{finding}");
    assert!(finding["repair"].as_str().unwrap().contains("--fix"), "{finding}");

    // Who has no version to publish says which one it is; who has one mends it by the way.
    env.folder(".").program("cp").args(["-a", "my-org.ui", "other.ui"]).run().success();
    eve.bit(["verify", "my-org.ui", "--fix"]).success().says("repaired my-org.ui/theme");
    assert_eq!(theme(&scope).1, "1.1.2");
    eve.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    scope.remove("../my-org.ui");
    env.folder(".").program("mv").args(["other.ui", "my-org.ui"]).run().success();
    ada.bit(["import"]).success();
    ada.bit(["checkout", "head", "button"]).success();
    ada.bit(["checkout", "1.1.2", "theme"]).success();
    ada.write("theme/a.js", "next\n");
    ada.bit(["tag", "-m", "next", "theme"]).success().says("theme@1.1.3");
    ada.bit(["export"]).success();
    assert_eq!(theme(&scope).1, "1.1.3");
    ada.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
}

#[test]
fn a_copy_of_what_is_listed_in_another_order_has_the_same_newest_version() {
    let env = TestEnvironment::new();
    let (_, _, eve) = too_late_twice(&env);
    eve.bit(["export"]).success();
    misplace(&env);
    env.folder(".").bit(["scope", "create", "my-org.kit"]).success();
    eve.bit(["remote", "add", "my-org.kit", "../my-org.kit"]).success();
    eve.bit(["export", "my-org.kit", "theme"]).success();
    assert_eq!(theme(&env.folder("my-org.kit")).1, "1.1.2");
    eve.bit(["verify", "my-org.kit"]).success();
}

#[test]
fn a_lost_scope_gets_its_newest_version_back_as_such() {
    let env = TestEnvironment::new();
    let (scope, _, eve) = too_late_twice(&env);
    eve.bit(["export"]).success();
    env.folder(".").remove("my-org.ui").bit(["scope", "create", "my-org.ui"]).success();
    eve.bit(["export", "--all-versions"]).success();
    let (numbers, head, _) = theme(&scope);
    assert_eq!((numbers.len(), head.as_str()), (5, "1.1.2"));
    eve.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
}
