//! What is said where a copy can't be made or followed: it is true, and what it tells to type works.

use crate::common::{Flavour, Folder, TestEnvironment, compiled_or_not};
use crate::copies::{json_in, know, seed_of, somebody_goes_on_with_the_copy};
use crate::export::{is_whole, scope, tags};
use serde_json::json;

/// What a hint tells to type, between some words and the end of it.
#[track_caller]
fn told(run: &crate::common::Run, before: &str, after: &str) -> Vec<String> {
    let (_, rest) = run.stderr.split_once(before).unwrap_or_else(|| panic!("no “{before}”: {}", run.stderr));
    let words = rest.split(after).next().unwrap().trim();
    words.split_whitespace().map(str::to_owned).collect()
}

/// A workspace whose comp-b is another one than that of user.scope2.
fn name_taken<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let (workspace, _, scope2) = seed_of(env, "one", flavour);
    let theirs = env.git_workspace_at("theirs", "user.scope2");
    know(&theirs, &["user.scope2"]);
    theirs.component("comp-b", &[(flavour.file(), &flavour.says("theirs", None))]);
    theirs.bit(["tag", "-m", "theirs"]).success();
    theirs.bit(["export"]).success();
    (workspace, scope2)
}

fn where_a_dependencys_name_is_taken_the_way_without_it_works(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = name_taken(&env, flavour);
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]);
    run.fails(1).complains("to rename it here does not help").silent_about("bit fork");
    let command = told(&run, "go on needing user.scope1/comp-b: bit ", ";");
    assert_eq!(command.join(" "), "export user.scope2 user.scope1/comp-a --rewire");
    let run = workspace.bit(&command);
    run.success().complains("\"bit export user.scope2 user.scope1/comp-a --include-dependencies --rewire\"");
    let needs = json_in(&scope2, "comp-a@0.0.1:component.json")["dependencies"][0]["id"].clone();
    assert_eq!(needs, "user.scope1/comp-b@0.0.1");
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
}

fn where_a_name_is_taken_a_fork_goes_on_there(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = name_taken(&env, flavour);
    let run = workspace.bit(["export", "user.scope2", "comp-b"]);
    run.fails(1).silent_about("bit rename").silent_about("go on needing");
    let command = told(&run, "without the history: bit ", ";").join(" ").replace("<another name>", "comp-x");
    assert_eq!(command, "fork user.scope1/comp-b comp-x --scope user.scope2");
    workspace.bit(command.split(' ')).success();
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["export"]).success();
    assert_eq!(tags(&scope2), ["comp-b@0.0.1", "comp-x@0.0.1"]);
    flavour.built_all_of(&env, &scope2);
}

fn in_a_fresh_clone_the_versions_come_first(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-b"]).success();
    workspace.git(["add", "--all"]).success();
    workspace.git(["commit", "--quiet", "-m", "all"]).success();
    env.folder(".").git(["clone", "--quiet", "one", "two"]).success();
    let clone = env.folder("two");
    know(&clone, &["user.scope1", "user.scope2"]);
    let run = clone.bit(["import", "user.scope2/comp-b", "--set-current-scope"]);
    run.fails(1).complains("user.scope1/comp-b@0.0.1 is not in the local scope").complains("\"bit import\" brings it");
    clone.bit(["import"]).success();
    clone.bit(["import", "user.scope2/comp-b", "--set-current-scope"]).success();
    clone.bit(["list"]).success().says("user.scope2/comp-b");
    assert_eq!(clone.node(["-p", "require('@user/scope1.comp-a')"]).line(), "a of b");
    flavour.built_all_of(&env, &scope2);
}

fn a_folder_at_a_version_that_was_not_named_is_told(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-b@0.0.1", "-s"]);
    run.fails(1).complains("the folder of user.scope1/comp-b is at 0.0.2").silent_about("bit import");
    let command = told(&run, "then all are copied: bit ", "\n");
    workspace.bit(&command).success().says("user.scope1/comp-b → user.scope2/comp-b");
    flavour.built_all_of(&env, &scope2);
}

fn with_a_copy_that_somebody_goes_on_with_the_folder_can_go_on_too(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, ..) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-b"]).success();
    somebody_goes_on_with_the_copy(&env, flavour);
    workspace.append(&flavour.main("comp-b"), "// ours\n");
    workspace.bit(["tag", "comp-b", "-m", "ours", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    let command = ["import", "user.scope2/comp-b", "--set-current-scope"];
    let run = workspace.bit(command);
    run.fails(1).complains("user.scope2/comp-b has no copy of user.scope1/comp-b@0.0.2");
    let checkout = told(&run, "that is copied, bit ", ",");
    assert_eq!(checkout.join(" "), "checkout 0.0.1 user.scope1/comp-b");
    workspace.bit(&checkout).success();
    workspace.bit(command).success();
    workspace.bit(["import"]).success();
    workspace.bit(["checkout", "latest", "comp-b"]).success();
    assert!(workspace.read(&flavour.main("comp-b")).contains("their own"));
    flavour.built_all_of(&env, &env.folder("user.scope2"));
}

fn a_named_version_takes_only_staged_versions_along_that_it_needs(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    for text in ["// two\n", "// three\n"] {
        workspace.append(&flavour.main("comp-b"), text);
        workspace.bit(["tag", "comp-b", "-m", "more"]).success();
    }
    workspace.bit(["export", "user.scope2", "comp-a@0.0.1", "-d", "-r"]).success();
    assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-b@0.0.1"]);
    workspace.bit(["export", "user.scope2", "comp-a@0.0.2", "-d", "-r"]).success();
    assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-a@0.0.2", "comp-b@0.0.1", "comp-b@0.0.2"]);
    is_whole(&scope2);
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    assert_eq!(tags(&scope2).len(), 6);
    flavour.built_all_of(&env, &scope2);
}

fn copies_that_need_only_copies_stay_so_when_all_are_kept_up_to_date(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    let scope3 = scope(&env, "user.scope3");
    know(&workspace, &["user.scope3"]);
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    // One that goes on needing originals gets nothing that nobody asked for.
    workspace.bit(["export", "user.scope3", "comp-a"]).success();
    workspace.component("comp-e", &[(flavour.file(), &flavour.says("e", None))]);
    workspace.component("comp-d", &[(flavour.file(), &flavour.says("d of ", Some("@user/scope1.comp-e")))]);
    workspace.write(&flavour.main("comp-b"), flavour.says("b of ", Some("@user/scope1.comp-d")));
    workspace.bit(["tag", "-m", "new needs"]).success();
    let run = workspace.bit(["export", "--all"]);
    run.success().says("user.scope1/comp-e@0.0.1 → user.scope2/comp-e@0.0.1").silent_about("still need");
    assert_eq!(tags(&scope3), ["comp-a@0.0.1", "comp-a@0.0.2"]);
    for tag in ["comp-a@0.0.2", "comp-b@0.0.2", "comp-d@0.0.1"] {
        assert_eq!(json_in(&scope2, &format!("{tag}:component.json"))["scopes"], json!(["user.scope2"]), "{tag}");
    }
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    std::fs::rename(env.root().join("user.scope1"), env.root().join("away")).unwrap();
    let fresh = env.git_workspace_at("fresh", "my-org.site");
    know(&fresh, &["user.scope2"]);
    fresh.bit(["import", "user.scope2/comp-a"]).success();
    assert_eq!(fresh.node(["-p", "require('@user/scope2.comp-a')"]).line(), "a of b of d of e");
}

fn where_what_would_go_along_has_a_name_that_is_taken_the_way_out_works(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = name_taken(&env, flavour);
    workspace.component("comp-d", &[(flavour.file(), &flavour.says("d", None))]);
    workspace.bit(["tag", "-m", "d"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["export", "user.scope2", "comp-d", "-d", "-r"]).success();
    workspace.write(&flavour.main("comp-d"), flavour.says("d of ", Some("@user/scope1.comp-b")));
    workspace.bit(["tag", "comp-d", "-m", "needs b"]).success();
    let run = workspace.bit(["export", "--all"]);
    run.fails(1).complains("user.scope2 did not get its copies").complains("another component of this name");
    let command = told(&run, "go on needing user.scope1/comp-b: bit ", ";");
    workspace.bit(&command).success().says("user.scope1/comp-d@0.0.2 → user.scope2/comp-d@0.0.2");
    // From then on it needs an original, and that stays so.
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
}

fn there_and_back_again_what_imports_a_component_is_as_it_was(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, ..) = seed_of(&env, "one", flavour);
    workspace.component("comp-c", &[(flavour.file(), &flavour.says("c of ", Some("@user/scope1.comp-b")))]);
    workspace.bit(["tag", "-m", "c"]).success();
    workspace.bit(["export"]).success();
    let files = |name: &str| workspace.read(&flavour.main(name));
    let before = [files("comp-a"), files("comp-b"), files("comp-c")];
    workspace.bit(["export", "user.scope2", "comp-b", "-d", "-r", "-s"]).success();
    assert!(files("comp-a").contains("require('@user/scope2.comp-b')"));
    // Somebody's own work is no way home.
    workspace.append(&flavour.main("comp-c"), "// mine\n");
    let run = workspace.bit(["export", "user.scope1", "comp-b", "-d", "-r", "-s"]);
    run.success().complains("these still import @user/scope2.comp-b").complains("  user.scope1/comp-c\n");
    assert_eq!(files("comp-a"), before[0]);
    assert_eq!(files("comp-b"), before[1]);
    assert_eq!(files("comp-c"), before[2].replace("scope1", "scope2") + "// mine\n");
    workspace.bit(["status"]).success().says("user.scope1/comp-c").silent_about("user.scope1/comp-a …");
}

#[test]
fn a_fork_of_what_is_not_there_says_so() {
    let env = TestEnvironment::new();
    let (workspace, ..) = seed_of(&env, "one", Flavour::JavaScript);
    let run = workspace.bit(["fork", "comp-b@0.0.9", "z"]);
    run.fails(1).complains("user.scope1/comp-b doesn't have version 0.0.9").silent_about("bit reset");
    let run = workspace.bit(["fork", "nix"]);
    run.fails(1).complains("bit fork <scope>/nix").silent_about("bit import");
    workspace.bit(["fork", "comp-bb", "z"]).fails(1).complains("did you mean \"comp-b\"?");
}

fn a_scope_that_does_not_answer_is_told_of_once(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    std::fs::rename(env.root().join("user.scope1"), env.root().join("away")).unwrap();
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]);
    run.success().complains("user.scope1 could not be asked");
    assert_eq!(run.stderr.matches("user.scope1 could not be asked").count(), 1, "{}", run.stderr);
    assert_eq!(tags(&scope2).len(), 2);
    flavour.built_all_of(&env, &scope2);
}

fn what_a_switch_and_a_scope_that_was_replaced_are_told_as(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-b"]).success();
    env.folder(".").remove("user.scope1");
    scope(&env, "user.scope1");
    // It was asked, and answered.
    let run = workspace.bit(["export", "user.scope2", "comp-b", "--set-current-scope"]);
    run.success().complains("user.scope1 is not taken as it is now").silent_about("could not be asked");
    run.says("the scope has these versions already").silent_about("nothing to export").says("user.scope2/comp-b");
    flavour.built_all_of(&env, &scope2);
}

compiled_or_not! {
    where_a_dependencys_name_is_taken_the_way_without_it_works,
    where_a_name_is_taken_a_fork_goes_on_there,
    with_a_copy_that_somebody_goes_on_with_the_folder_can_go_on_too,
    a_named_version_takes_only_staged_versions_along_that_it_needs,
    where_what_would_go_along_has_a_name_that_is_taken_the_way_out_works,
    copies_that_need_only_copies_stay_so_when_all_are_kept_up_to_date,
    there_and_back_again_what_imports_a_component_is_as_it_was,
    in_a_fresh_clone_the_versions_come_first,
    a_folder_at_a_version_that_was_not_named_is_told,
    a_scope_that_does_not_answer_is_told_of_once,
    what_a_switch_and_a_scope_that_was_replaced_are_told_as,
}
