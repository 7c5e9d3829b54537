//! A scope that was lost with its copies: nobody makes others in their place without having been asked to.

use crate::common::{Flavour, Folder, TestEnvironment, compiled_or_not};
use crate::copies::{commit, know, seed_of};
use crate::export::{is_whole, scope, tags};
use serde_json::{Value, json};
use std::time::{Duration, Instant};

const ALL: [&str; 2] = ["export", "--all"];

/// Ada has copies of comp-a and comp-b in user.scope2, which need each other there; Cy cloned her workspace since.
fn copied(env: &TestEnvironment, flavour: Flavour) -> (Folder<'_>, Folder<'_>) {
    let (ada, ..) = seed_of(env, "ada", flavour);
    ada.bit(["export", "user.scope2", "comp-a", "comp-b", "--rewire"]).success();
    ada.git(["add", "--all"]).success();
    ada.git(["commit", "--quiet", "-m", "x"]).success();
    env.folder(".").git(["clone", "--quiet", "ada", "cy"]).success();
    let cy = env.folder("cy");
    know(&cy, &["user.scope1", "user.scope2"]);
    cy.bit(["import"]).success();
    (ada, cy)
}

/// The scope is made anew, with nothing in it.
fn lose(env: &TestEnvironment) -> Folder<'_> {
    env.folder(".").remove("user.scope2");
    scope(env, "user.scope2")
}

fn version_of(workspace: &Folder, scope: &str) -> String {
    workspace.scope_git(["rev-parse", &format!("refs/remotes/{scope}/catalog")]).line().to_owned()
}

fn who_never_saw_the_copies_makes_no_others(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (ada, cy) = copied(&env, flavour);
    let was = commit(&env.folder("user.scope2"), "comp-a@0.0.1");
    let scope2 = lose(&env);
    let refused = cy.bit(ALL);
    refused.fails(1).complains("user.scope2 did not get its copies").complains("no copies of comp-a, comp-b");
    refused.complains("has fetched user.scope2").complains("bit export user.scope2 comp-a comp-b");
    let said: Value = serde_json::from_str(&cy.bit(["export", "--all", "--json"]).fails(1).stdout).unwrap();
    assert_eq!((&said["scopes"], &said["notCopied"][0]["scope"]), (&json!([]), &"user.scope2".into()), "{said}");
    assert!(tags(&scope2).is_empty());
    // All else is published.
    cy.append(&flavour.main("comp-b"), "// two\n");
    cy.bit(["tag", "-m", "two"]).success();
    cy.bit(ALL).fails(1).says("user.scope1/comp-b@0.0.2").silent_about("nothing was exported");
    assert!(tags(&scope2).is_empty());

    ada.bit(ALL).success();
    assert_eq!(commit(&scope2, "comp-a@0.0.1"), was);
    cy.bit(ALL).success();
    cy.append(&flavour.main("comp-b"), "// three\n");
    cy.bit(["tag", "-m", "three"]).success();
    cy.bit(ALL).success().says("user.scope2/comp-a@0.0.3");
    scope2.git(["show", &format!("comp-a@0.0.3:{}", flavour.file())]).success().says("require('@user/scope2.comp-b')");
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
    cy.bit(["verify", "user.scope2"]).success();
}

fn whoever_names_the_scope_makes_them_anew_and_the_others_are_told(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (ada, cy) = copied(&env, flavour);
    let scope3 = scope(&env, "user.scope3");
    know(&ada, &["user.scope3"]);
    ada.bit(["export", "user.scope3", "comp-b"]).success().silent_about("others have other versions");
    let scope2 = lose(&env);
    cy.bit(["export", "user.scope2", "comp-a", "comp-b"]).success().complains("others have other versions");
    scope2.git(["show", &format!("comp-a@0.0.1:{}", flavour.file())]).success().says("require('@user/scope1.comp-b')");

    // Ada knows another content: she is told, each time, and all else goes on.
    let seen = version_of(&ada, "user.scope2");
    ada.append(&flavour.main("comp-b"), "// two\n");
    ada.bit(["tag", "-m", "two"]).success();
    let begin = Instant::now();
    for dry_run in [&["--dry-run"][..], &[]] {
        let run = ada.bit(ALL.iter().chain(dry_run));
        run.fails(1).says("user.scope3/comp-b@0.0.2").complains("user.scope2/comp-a@0.0.1 was").complains("is ");
        run.complains("bit fetch --accept-replaced user.scope2").silent_about("nothing was exported");
    }
    ada.bit(ALL).fails(1).complains("user.scope2 did not get its copies");
    assert!(begin.elapsed() < Duration::from_secs(60), "an export that can't get on ends");
    assert_eq!(version_of(&ada, "user.scope2"), seen, "she has not looked at it");
    assert!(tags(&scope3).contains(&"comp-b@0.0.2".to_owned()));

    ada.bit(["fetch", "--accept-replaced", "user.scope2"]).success();
    ada.bit(ALL).success().says("user.scope2/comp-a@0.0.2");
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
    ada.bit(["verify", "user.scope2"]).success();
}

fn what_copies_go_on_from_and_nobody_can_have_is_asked_for_once(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (_, cy) = copied(&env, flavour);
    let (scope2, scope3) = (env.folder("user.scope2"), scope(&env, "user.scope3"));
    know(&cy, &["user.scope3"]);
    cy.bit(["export", "user.scope3", "comp-b"]).success();
    cy.bit(["fetch"]).success();
    // The host has lost versions, and lists them still.
    for tag in tags(&scope2) {
        scope2.git(["update-ref", "-d", &format!("refs/tags/{tag}")]).success();
    }
    scope2.git(["reflog", "expire", "--expire=now", "--all"]).success();
    scope2.git(["gc", "--quiet", "--prune=now"]).success();
    cy.append(&flavour.main("comp-b"), "// two\n");
    cy.bit(["tag", "-m", "two"]).success();
    // One that asked again and again would never end.
    let bit = cy.program("timeout").args(["--signal=KILL", "60"]).arg(TestEnvironment::binary());
    let run = bit.args(["export", "--all", "--json"]).run();
    run.fails(1).complains("user.scope2 did not get its copies").complains("user.scope2/comp-");
    let said: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(said["notCopied"][0]["scope"], "user.scope2", "{said}");
    assert!(tags(&scope3).contains(&"comp-b@0.0.2".to_owned()));
    flavour.built_all_of(&env, &scope3);
}

compiled_or_not! {
    who_never_saw_the_copies_makes_no_others,
    whoever_names_the_scope_makes_them_anew_and_the_others_are_told,
    what_copies_go_on_from_and_nobody_can_have_is_asked_for_once,
}
