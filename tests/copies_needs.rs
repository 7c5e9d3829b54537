//! What copies need, and which versions they are copies of: an original beside its copy, cycles, a component that imports
//! itself, several ways to one copy.

use crate::common::{Flavour, Folder, TestEnvironment, compiled_or_not};
use crate::copies::{commit, json_in, know, runs_alone, seed_of, write_cycle};
use crate::export::{is_whole, scope, tags};
use serde_json::{Value, json};

/// What a version needs: ids and kinds.
fn needs(scope: &Folder, tag: &str) -> Vec<(String, String)> {
    let manifest = json_in(scope, &format!("{tag}:component.json"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dependencies = manifest["dependencies"].as_array().cloned().unwrap_or_default();
    dependencies.iter().map(|one| (text(&one["id"]), text(&one["kind"]))).collect()
}

/// A scope in which nothing is wrong: for git, by its catalog, and for who verifies it.
fn is_sound(env: &TestEnvironment, scope: &Folder, name: &str) {
    is_whole(scope);
    let run = env.folder(".").bit(["verify", &format!("./{name}")]);
    run.success();
    assert!(!run.stderr.contains("warning"), "{run}");
}

/// comp-b is in both scopes; what needs the two is in the workspace's.
fn needs_both<'e>(env: &'e TestEnvironment, versions: usize, flavour: Flavour) -> (Folder<'e>, Folder<'e>, Folder<'e>) {
    let (workspace, scope1, scope2) = seed_of(env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-b"]).success();
    workspace.bit(["import", "--objects", "user.scope2/comp-b"]).success();
    if versions > 1 {
        workspace.write(&flavour.main("comp-b"), flavour.says("b2", None));
        workspace.bit(["tag", "-m", "two"]).success();
        workspace.bit(["export"]).success();
    }
    let names = ["@user/scope1.comp-b", "@user/scope2.comp-b"];
    let [first, second] = names;
    let both = match flavour {
        _ if flavour.is_typed() => format!(
            "import first = require('{first}'); import second = require('{second}');\n\
             const both: string = [first, second].join();\nexport = both;\n"
        ),
        _ => format!("module.exports = [require('{first}'), require('{second}')].join();\n"),
    };
    workspace.component("both", &[(flavour.file(), &both)]);
    for (name, run, test) in [("run-first", first, second), ("run-second", second, first)] {
        let main = flavour.says(name, Some(run));
        workspace.component(name, &[(flavour.file(), &main), ("x.test.js", &format!("require('{test}');\n"))]);
    }
    workspace.bit(["compile"]).success();
    workspace.bit(["tag", "-m", "both"]).success();
    workspace.bit(["export"]).success();
    (workspace, scope1, scope2)
}

fn an_original_and_its_copy_are_one_dependency_where_they_are_one_version(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = needs_both(&env, 1, flavour);
    workspace.bit(["export", "user.scope2", "both", "run-first", "run-second", "-d", "-r"]).success();
    for name in ["both", "run-first", "run-second"] {
        let tag = format!("{name}@0.0.1");
        assert_eq!(needs(&scope2, &tag), [("user.scope2/comp-b@0.0.1".to_owned(), "runtime".to_owned())], "{name}");
        let package = scope2.git(["show", &format!("{tag}:package.json")]).success().stdout.clone();
        assert_eq!(package.matches("comp-b").count(), 1, "{package}");
    }
    is_sound(&env, &scope1, "user.scope1");
    is_sound(&env, &scope2, "user.scope2");
    flavour.built_all_of(&env, &scope2);
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/both", "b,b");
}

fn an_original_and_its_copy_stay_two_where_they_are_two_versions(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = needs_both(&env, 2, flavour);
    let run = workspace.bit(["export", "user.scope2", "both", "-d", "-r"]);
    run.success().complains("user.scope1/both@0.0.1 needs user.scope1/comp-b@0.0.2");
    assert!(!run.stderr.contains("have no copy"), "{run}");
    let ids: Vec<String> = needs(&scope2, "both@0.0.1").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["user.scope1/comp-b@0.0.2", "user.scope2/comp-b@0.0.1"]);
    let package = json_in(&scope2, "both@0.0.1:package.json");
    assert_eq!(package["dependencies"], json!({"@user/scope1.comp-b": "0.0.2", "@user/scope2.comp-b": "0.0.1"}));
    is_sound(&env, &scope2, "user.scope2");
    workspace.bit(["export", "user.scope2", "both", "-d", "-r"]).success().says("nothing to export");
    // Who has the copy gets what the original is.
    let says = workspace.node(["-p", "require('@user/scope1.both')"]).line().to_owned();
    assert_eq!(says, "b2,b");
    let fresh = env.git_workspace_at("fresh", "my-org.site");
    know(&fresh, &["user.scope1", "user.scope2"]);
    fresh.bit(["import", "user.scope2/both"]).success();
    assert_eq!(fresh.node(["-p", "require('@user/scope2.both')"]).line(), says);
    fresh.bit(["status", "--strict"]).success().silent_about("modified");
}

/// A workspace with the cycle of x and y, exported to user.scope1.
fn cycle<'e>(env: &'e TestEnvironment, folder: &str, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let (_, scope2) = (scope(env, "user.scope1"), scope(env, "user.scope2"));
    let workspace = env.git_workspace_at(folder, "user.scope1");
    know(&workspace, &["user.scope1", "user.scope2"]);
    write_cycle(&workspace, flavour, ["x", "y"]);
    workspace.bit(["tag", "-m", "first", "--ignore-issues", "CircularDependency"]).success();
    workspace.bit(["export"]).success();
    (workspace, scope2)
}

/// What a version of user.scope2 needs, with the content where that is said.
fn pins(scope: &Folder, tag: &str) -> Vec<(String, Option<String>)> {
    let manifest = json_in(scope, &format!("{tag}:component.json"));
    let pin = |one: &Value| (one["id"].as_str().unwrap().to_owned(), one["commit"].as_str().map(str::to_owned));
    manifest["dependencies"].as_array().unwrap().iter().map(pin).collect()
}

fn copies_out_of_a_cycle_say_the_content_of_what_they_need(flavour: Flavour) {
    let command = |words: &[&'static str]| [&["export", "user.scope2", "x"][..], words].concat();
    for words in [&[][..], &["-r"], &["-d"]] {
        let env = TestEnvironment::new();
        let (workspace, scope2) = cycle(&env, "one", flavour);
        let original = |name: &str| {
            let id = format!("user.scope1/{name}@0.0.1");
            vec![(id.clone(), Some(workspace.commit_of(&id)))]
        };
        workspace.bit(command(words)).success();
        assert_eq!(pins(&scope2, "x@0.0.1"), original("y"), "{words:?}");
        is_sound(&env, &scope2, "user.scope2");
        // Where copies are there with the needs they would have, none is made anew.
        let there = commit(&scope2, "x@0.0.1");
        if words != ["-r"] {
            workspace.bit(command(&["-d"])).success().silent_about("user.scope2/x@0.0.2");
            assert_eq!(tags(&scope2), ["x@0.0.1", "y@0.0.1"], "{words:?}");
            assert_eq!(pins(&scope2, "y@0.0.1"), original("x"), "{words:?}");
            is_sound(&env, &scope2, "user.scope2");
        }
        workspace.bit(command(&["-d", "-r"])).success().says("user.scope2/x@0.0.2");
        assert_eq!(commit(&scope2, "x@0.0.1"), there);
        let y = tags(&scope2).pop().unwrap();
        assert_eq!(pins(&scope2, "x@0.0.2"), [(format!("user.scope2/{y}"), None)], "{words:?}");
        assert_eq!(pins(&scope2, &y), [("user.scope2/x@0.0.2".to_owned(), None)], "{words:?}");
        is_sound(&env, &scope2, "user.scope2");
        for words in [&[][..], &["-r"], &["-d"], &["-d", "-r"]] {
            workspace.bit(command(words)).success().says("nothing to export");
        }
        flavour.built_all_of(&env, &scope2);
        workspace.fsck();
        workspace.bit(["verify"]).success();
    }
}

fn a_copy_that_needs_copies_of_a_cycle_without_being_in_it_says_their_content(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = cycle(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "x", "-r"]).success();
    // x needs the copy of y then, and that the original of x.
    workspace.bit(["export", "user.scope2", "x", "-d"]).success();
    let copy = commit(&scope2, "y@0.0.1");
    assert_eq!(pins(&scope2, "x@0.0.2"), [("user.scope2/y@0.0.1".to_owned(), Some(copy))]);
    let original = workspace.commit_of("user.scope1/x@0.0.1");
    assert_eq!(pins(&scope2, "y@0.0.1"), [("user.scope1/x@0.0.1".to_owned(), Some(original))]);
    is_sound(&env, &scope2, "user.scope2");
    workspace.bit(["export", "user.scope2", "x", "-d"]).success().says("nothing to export");
}

fn the_copy_of_one_of_a_cycle_is_the_same_on_every_machine(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (one, scope2) = cycle(&env, "one", flavour);
    env.folder("elsewhere").bit(["scope", "create", "user.scope2", "--name", "user.scope2"]).success();
    let two = env.git_workspace_at("elsewhere/two", "my-org.site");
    two.bit(["remote", "add", "user.scope1", "../../user.scope1"]).success();
    two.bit(["remote", "add", "user.scope2", "../user.scope2"]).success();
    two.bit(["import", "user.scope1/x"]).success();
    for workspace in [&one, &two] {
        workspace.bit(["export", "user.scope2", "x"]).success();
    }
    assert_eq!(commit(&scope2, "x@0.0.1"), commit(&env.folder("elsewhere/user.scope2"), "x@0.0.1"));
    let y = one.commit_of("user.scope1/y@0.0.1");
    assert_eq!(pins(&scope2, "x@0.0.1"), [("user.scope1/y@0.0.1".to_owned(), Some(y))]);
}

/// The main file of a component that imports a file of its own by its package in this scope.
fn itself(flavour: Flavour, scope: &str) -> String {
    flavour.says("", Some(&format!("@user/{scope}.self/data")))
}

/// `self` imports a file of its own by its package; exported to user.scope1.
fn imports_itself<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let (_, scope2) = (scope(env, "user.scope1"), scope(env, "user.scope2"));
    let workspace = env.git_workspace_at("one", "user.scope1");
    know(&workspace, &["user.scope1", "user.scope2"]);
    let ending = &flavour.file()["index".len()..];
    let data = flavour.says("42", None);
    workspace.component("self", &[(flavour.file(), &itself(flavour, "scope1")), (&format!("data{ending}"), &data)]);
    workspace.component("user", &[(flavour.file(), &flavour.says("", Some("@user/scope1.self")))]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    (workspace, scope2)
}

fn what_imports_itself_by_its_package_is_copied_with_rewire_only(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = imports_itself(&env, flavour);
    for words in [&["self"][..], &["user", "-d"], &["self", "-s"], &["self", "--dry-run"]] {
        let run = workspace.bit([&["export", "user.scope2"], words].concat());
        run.fails(1).complains("--rewire");
        run.complains(&format!("user.scope1/self@0.0.1: {}:1: @user/scope1.self", flavour.file()));
        assert!(tags(&scope2).is_empty());
    }
    // What needs it can be copied: the original goes on to be called as it was.
    workspace.bit(["export", "user.scope2", "user"]).success();
    workspace.bit(["export", "user.scope2", "self", "-r"]).success();
    is_sound(&env, &scope2, "user.scope2");
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/self", "42");
    // It stays so, without the word.
    workspace.write(&flavour.main("self").replace("index", "data"), flavour.says("43", None));
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["export", "--all"]).success().says("user.scope2/self@0.0.2");
    is_sound(&env, &scope2, "user.scope2");
}

fn a_copy_that_names_itself_wrongly_is_made_anew_with_rewire(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = imports_itself(&env, flavour);
    workspace.bit(["export", "user.scope2", "self", "-r"]).success();
    // As if it had been copied without.
    let checkout = env.git_folder("catalog");
    checkout.git(["fetch", "-q", "../user.scope2", "HEAD"]).success();
    checkout.git(["checkout", "-q", "FETCH_HEAD"]).success();
    let listed = checkout.read("catalog/self.json");
    let without = listed.replace("\"rewired\": true", "\"others\": 1");
    assert_ne!(listed, without);
    checkout.write("catalog/self.json", without);
    checkout.git(["commit", "-qam", "without"]).success();
    let branch = scope2.git(["symbolic-ref", "HEAD"]).line().to_owned();
    checkout.git(["push", "-q", "../user.scope2", &format!("HEAD:{branch}")]).success();
    workspace.bit(["export", "user.scope2", "self"]).success().says("nothing to export");
    workspace.bit(["export", "user.scope2", "self", "-r"]).success().says("user.scope2/self@0.0.2");
    let source = scope2.git(["show", &format!("self@0.0.2:{}", flavour.file())]).success().stdout.clone();
    assert_eq!(source, itself(flavour, "scope2"));
    flavour.built_all_of(&env, &scope2);
    workspace.bit(["export", "user.scope2", "self", "-r"]).success().says("nothing to export");
    is_whole(&scope2);
}

/// comp-b of user.scope1, its copy in user.scope2, and the copy of that in user.scope3, made by somebody else.
fn two_ways<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let (workspace, ..) = seed_of(env, "one", flavour);
    let scope3 = scope(env, "user.scope3");
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    let two = env.git_workspace_at("two", "my-org.site");
    know(&two, &["user.scope2", "user.scope3"]);
    two.bit(["import", "user.scope2/comp-a"]).success();
    two.bit(["export", "user.scope3", "comp-a", "-d", "-r"]).success();
    know(&workspace, &["user.scope3"]);
    (workspace, scope3)
}

fn over_two_ways_it_is_the_same_copy(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope3) = two_ways(&env, flavour);
    let there = scope3.refs();
    workspace.bit(["export", "user.scope3", "comp-a", "-d", "-r"]).success().says("nothing to export");
    workspace.bit(["export", "user.scope3", "comp-b"]).success().says("nothing to export");
    assert_eq!(scope3.refs(), there);
    assert!(workspace.read(".bitmap").contains("\"user.scope3\""));
    // What comes later goes on from there.
    workspace.append(&flavour.main("comp-a"), "// two\n");
    workspace.bit(["tag", "comp-a", "-m", "two"]).success();
    workspace
        .bit(["export", "user.scope3", "comp-a"])
        .success()
        .says("user.scope1/comp-a@0.0.2 → user.scope3/comp-a@0.0.2");
    let ids: Vec<String> = needs(&scope3, "comp-a@0.0.2").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["user.scope3/comp-b@0.0.1"]);
    assert_eq!(scope3.git(["log", "--format=%s", "comp-a@0.0.2"]).line(), "two\nfirst");
    is_sound(&env, &scope3, "user.scope3");
    flavour.built_all_of(&env, &scope3);
    // And the workspace can go on with it.
    workspace.bit(["import", "user.scope3/comp-b", "--set-current-scope"]).success();
    workspace.bit(["list"]).success().says("user.scope3/comp-b");
    workspace.fsck();
}

fn where_nobody_can_tell_whose_copy_it_is_that_is_said(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (_, scope3) = two_ways(&env, flavour);
    let there = scope3.refs();
    let three = env.git_workspace_at("three", "my-org.site");
    know(&three, &["user.scope1", "user.scope3"]);
    three.bit(["import", "user.scope1/comp-b"]).success();
    for words in [&["export", "user.scope3", "comp-b"][..], &["import", "user.scope3/comp-b", "--set-current-scope"]] {
        let run = three.bit(words);
        run.fails(1).complains("user.scope2/comp-b@0.0.1").complains("bit import --objects user.scope2/comp-b@0.0.1");
        assert!(!run.stderr.contains("another component"), "{run}");
    }
    // As it is told.
    know(&three, &["user.scope2"]);
    three.bit(["import", "--objects", "user.scope2/comp-b@0.0.1"]).success();
    three.bit(["export", "user.scope3", "comp-b"]).success().says("nothing to export");
    three.bit(["import", "user.scope3/comp-b", "--set-current-scope"]).success();
    assert_eq!(scope3.refs(), there);
    three.fsck();
}

compiled_or_not! {
    an_original_and_its_copy_are_one_dependency_where_they_are_one_version,
    an_original_and_its_copy_stay_two_where_they_are_two_versions,
    copies_out_of_a_cycle_say_the_content_of_what_they_need,
    a_copy_that_needs_copies_of_a_cycle_without_being_in_it_says_their_content,
    the_copy_of_one_of_a_cycle_is_the_same_on_every_machine,
    what_imports_itself_by_its_package_is_copied_with_rewire_only,
    a_copy_that_names_itself_wrongly_is_made_anew_with_rewire,
    over_two_ways_it_is_the_same_copy,
    where_nobody_can_tell_whose_copy_it_is_that_is_said,
}
