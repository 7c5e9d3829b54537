//! `bit export <scope>` of components that have a scope already: copies of them, which the same command keeps up to date.

use crate::common::faults::Preserved;
use crate::common::{Flavour, Folder, TestEnvironment, compiled_or_not, declared_too, needs_faults, with_each_flavour};
use crate::export::{is_whole, scope, tags};
use serde_json::{Value, json};

/// A workspace of scope1, in which comp-a needs comp-b; both are exported. It knows the empty scope user.scope2.
pub fn seed_of<'e>(env: &'e TestEnvironment, folder: &str, flavour: Flavour) -> (Folder<'e>, Folder<'e>, Folder<'e>) {
    let (scope1, scope2) = (scope(env, "user.scope1"), scope(env, "user.scope2"));
    let workspace = env.git_workspace_at(folder, "user.scope1");
    flavour.choose_in(&workspace, "user.scope1");
    know(&workspace, &["user.scope1", "user.scope2"]);
    write_components(&workspace, flavour);
    workspace.bit(["compile"]).success();
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    (workspace, scope1, scope2)
}

fn write_components(workspace: &Folder, flavour: Flavour) {
    flavour.add_types(workspace, "comp-b", None);
    workspace.component("comp-b", &[(flavour.file(), &flavour.says("b", None))]);
    flavour.add_types(workspace, "comp-a", Some("@user/scope1.comp-b"));
    let words = "module.exports = '@user/scope1.comp-b';\n";
    workspace.component("comp-a", &[(flavour.file(), &comp_a(flavour, "scope1")), ("words.js", words)]);
}

/// The text of comp-a's main file, which needs the comp-b of this scope.
fn comp_a(flavour: Flavour, scope: &str) -> String {
    format!("// '@user/scope1.comp-b'\n{}", flavour.says("a of ", Some(&format!("@user/{scope}.comp-b"))))
}

/// How many specifiers comp-a has that name comp-b, and where: its types name it too.
fn specifiers_of_comp_a(flavour: Flavour) -> &'static str {
    if flavour.is_typed() { "4 specifiers in 2 files" } else { "1 specifier in 1 file" }
}

pub fn know(workspace: &Folder, scopes: &[&str]) {
    for name in scopes {
        workspace.bit(["remote", "add", name, &format!("../{name}")]).success();
    }
}

pub fn json_in(scope: &Folder, place: &str) -> Value {
    scope.git(["show", place]).success().json()
}

fn entry(scope: &Folder, name: &str) -> Value {
    json_in(scope, &format!("HEAD:catalog/{name}.json"))
}

pub fn commit(scope: &Folder, tag: &str) -> String {
    scope.git(["rev-parse", &format!("refs/tags/{tag}^{{commit}}")]).line().to_owned()
}

/// A workspace that knows only this scope, while the other one is not there, runs the component.
pub fn runs_alone(env: &TestEnvironment, scope: &str, absent: &str, id: &str, says: &str) {
    let elsewhere = format!("{absent}-moved-away");
    let rename = |from: &str, to: &str| std::fs::rename(env.root().join(from), env.root().join(to)).unwrap();
    rename(absent, &elsewhere);
    let fresh = env.git_workspace_at(&format!("fresh-{}", id.replace('/', "-")), "my-org.site");
    know(&fresh, &[scope]);
    fresh.bit(["import", id]).success();
    let (scope, name) = id.split('@').next().unwrap().split_once('/').unwrap();
    let package = format!("@{}.{name}", scope.replacen('.', "/", 1));
    assert_eq!(fresh.node(["-p", &format!("require('{package}')")]).line(), says);
    fresh.bit(["status", "--strict"]).success().silent_about("modified");
    fresh.fsck();
    rename(&elsewhere, absent);
}

fn a_copy_in_an_additional_scope_and_the_component_stays_staged(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    let (bitmap, there) = (workspace.read(".bitmap"), scope1.refs());

    // The words of the seed.
    let run = workspace.bit(["export", "user.scope2", "comp-b"]);
    run.success().says("exported components (1)").says("user.scope1/comp-b@0.0.2 → user.scope2/comp-b@0.0.2");
    is_whole(&scope2);
    assert_eq!(tags(&scope2), ["comp-b@0.0.1", "comp-b@0.0.2"]);
    assert_eq!(scope1.refs(), there);
    workspace.bit(["status"]).success().says("user.scope1/comp-b. versions: 0.0.2");
    workspace.bit(["list"]).success().says("user.scope1/comp-b").says("also in user.scope2");
    let shown = workspace.bit(["show", "comp-b", "--legacy", "--json"]).success().json();
    assert_eq!(shown["scopesList"], json!(["user.scope1", "user.scope2"]));
    let after = workspace.read(".bitmap");
    assert!(after.contains("\"scope\": \"user.scope1\"") && after.contains("\"user.scope2\""), "{after}");
    assert_ne!(after, bitmap);

    // With plain git: who it is, where it comes from, the same words and history.
    let manifest = json_in(&scope2, "comp-b@0.0.2:component.json");
    assert_eq!((&manifest["scope"], &manifest["name"]), (&json!("user.scope2"), &json!("comp-b")));
    assert_eq!(json_in(&scope2, "comp-b@0.0.2:package.json")["name"], "@user/scope2.comp-b");
    let origin = workspace.commit_of("user.scope1/comp-b@0.0.2");
    let message = scope2.git(["log", "-1", "--format=%B", "comp-b@0.0.2"]).line().to_owned();
    assert_eq!(
        message,
        format!("two\n\nBit-Id: user.scope2/comp-b@0.0.2\nBit-Origin: user.scope1/comp-b@0.0.2 {origin}")
    );
    let listed = &entry(&scope2, "comp-b")["versions"][1];
    assert_eq!(listed["origin"], json!({"id": "user.scope1/comp-b@0.0.2", "commit": origin}));
    assert_eq!(listed.get("rewired"), None);
    assert_eq!(scope2.git(["log", "--format=%s", "comp-b@0.0.2"]).line(), "two\nfirst");
    workspace.fsck();

    // Again: nothing. Then its own scope: exported.
    let before = (workspace.refs(), scope2.refs());
    workspace.bit(["export", "user.scope2", "comp-b"]).success().says("nothing to export");
    assert_eq!((workspace.refs(), scope2.refs()), before);
    workspace.bit(["export"]).success().says("user.scope1/comp-b@0.0.2").silent_about("user.scope2");
    workspace.bit(["status"]).success().silent_about("staged");

    // What comes later goes on from the copy, and all copies follow.
    workspace.append(&flavour.main("comp-b"), "// three\n");
    workspace.bit(["tag", "comp-b", "-m", "three", "--skip-auto-tag"]).success();
    workspace.bit(["export", "--all"]).success().says("user.scope1/comp-b@0.0.3 → user.scope2/comp-b@0.0.3");
    assert_eq!(scope2.git(["log", "--format=%s", "comp-b@0.0.3"]).line(), "three\ntwo\nfirst");
    is_whole(&scope1);
    is_whole(&scope2);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
}

fn dependencies_go_along_and_then_the_copies_need_the_copies(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    let before = workspace.listing(&[".git"]);
    let plan = workspace.bit(["export", "user.scope2", "comp-a", "--include-dependencies", "--dry-run"]);
    plan.success().says("would export").says("user.scope1/comp-b@0.0.1 → user.scope2/comp-b@0.0.1");
    assert!(tags(&scope2).is_empty());
    workspace.bit(["export", "user.scope2.comp-a", "--include-dependencies"]).success();
    is_whole(&scope2);
    assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-b@0.0.1"]);
    let original = workspace.commit_of("user.scope1/comp-b@0.0.1");
    let needs = |tag: &str| json_in(&scope2, &format!("{tag}:component.json"))["dependencies"].clone();
    let of_origin = json!([{"id": "user.scope1/comp-b@0.0.1", "commit": original, "kind": "runtime"}]);
    assert_eq!(needs("comp-a@0.0.1"), of_origin);
    assert_eq!(json_in(&scope2, "comp-a@0.0.1:component.json")["scopes"], json!(["user.scope1"]));

    // The seed's second step: a released version never changes, so the newest one gets the next number.
    let again = ["export", "user.scope2", "comp-a", "--include-dependencies", "--rewire"];
    let plan = workspace.bit(again.iter().chain(&["--dry-run"])).success().stdout.clone();
    let told = format!("user.scope1/comp-a@0.0.1: {}:2 @user/scope1.comp-b → @user/scope2.comp-b", flavour.file());
    assert!(plan.contains(&told), "{plan}");
    let run = workspace.bit(again);
    run.success().says("user.scope1/comp-a@0.0.1 → user.scope2/comp-a@0.0.2").complains("never changes");
    is_whole(&scope2);
    assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-a@0.0.2", "comp-b@0.0.1"]);
    assert_eq!(needs("comp-a@0.0.1"), of_origin);
    let copy = commit(&scope2, "comp-b@0.0.1");
    assert_eq!(needs("comp-a@0.0.2"), json!([{"id": "user.scope2/comp-b@0.0.1", "commit": copy, "kind": "runtime"}]));
    assert_eq!(json_in(&scope2, "comp-a@0.0.2:component.json")["scopes"], json!(["user.scope2"]));
    let package = json_in(&scope2, "comp-a@0.0.2:package.json");
    assert_eq!(package["dependencies"], json!({"@user/scope2.comp-b": "0.0.1"}));
    assert_eq!(package["version"], "0.0.2");
    let source = scope2.git(["show", &format!("comp-a@0.0.2:{}", flavour.file())]).success().stdout.clone();
    assert_eq!(source, comp_a(flavour, "scope2"));
    flavour.built_all_of(&env, &scope2);
    let words = |tag: &str| scope2.git(["rev-parse", &format!("{tag}:words.js")]).line().to_owned();
    assert_eq!(words("comp-a@0.0.2"), words("comp-a@0.0.1"), "what is no specifier stays byte for byte");
    let listed = entry(&scope2, "comp-a");
    assert_eq!((&listed["latest"], &listed["versions"][1]["rewired"]), (&json!("0.0.2"), &json!(true)));
    assert_eq!(listed["versions"][1]["origin"]["id"], "user.scope1/comp-a@0.0.1");

    // Nothing here is another one, and the same again changes nothing, with or without the words.
    assert_eq!(workspace.listing(&[".git"]), before);
    assert!(workspace.read(&flavour.main("comp-a")).contains("require('@user/scope1.comp-b')"));
    for words in [&again[..], &again[..4], &again[..3], &["export", "--all"][..]] {
        workspace.bit(words).success().says("nothing to export");
    }
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a", "a of b");

    // It stays rewired, and goes on from where it is.
    workspace.append(&flavour.main("comp-a"), "// more\n");
    workspace.write(&flavour.main("comp-b"), flavour.says("new b", None));
    workspace.bit(["tag", "-m", "more"]).success();
    workspace.bit(["export"]).success();
    let run = workspace.bit(["export", "--all"]);
    run.success().says("user.scope1/comp-a@0.0.2 → user.scope2/comp-a@0.0.3").says("user.scope2/comp-b@0.0.2");
    assert_eq!(needs("comp-a@0.0.3")[0]["id"], "user.scope2/comp-b@0.0.2");
    is_whole(&scope2);
    is_whole(&scope1);
    flavour.built_all_of(&env, &scope2);
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a@0.0.3", "a of new b");
}

fn the_target_becomes_the_primary_scope(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    let there = scope1.refs();
    let run = workspace.bit(["export", "user.scope2", "comp-b", "--set-current-scope"]);
    run.success().says("user.scope1/comp-b → user.scope2/comp-b");
    assert_eq!((scope1.refs(), tags(&scope2)), (there, vec!["comp-b@0.0.1".into(), "comp-b@0.0.2".into()]));
    let copy = commit(&scope2, "comp-b@0.0.2");
    let bitmap = workspace.read(".bitmap");
    assert!(bitmap.contains("\"scope\": \"user.scope2\"") && bitmap.contains(&copy), "{bitmap}");
    workspace.bit(["list"]).success().says("user.scope2/comp-b").says("also in user.scope1");
    let status = workspace.bit(["status"]);
    status.success().says("not in the workspace").says("user.scope1/comp-b@0.0.2").silent_about("user.scope2/comp-b");
    assert!(workspace.exists("node_modules/@user/scope2.comp-b"));
    // What was staged goes on under the new id, and stays known as what it was.
    assert_eq!(
        workspace.versions().iter().filter(|id| id.contains("comp-b")).collect::<Vec<_>>(),
        [
            "user.scope1/comp-b@0.0.1",
            "user.scope1/comp-b@0.0.2",
            "user.scope2/comp-b@0.0.1",
            "user.scope2/comp-b@0.0.2"
        ]
    );
    let staged = workspace.commit_of("user.scope1/comp-b@0.0.2");
    workspace.fsck();
    // The next version is made there, and its old scope gets it as a copy.
    workspace.append(&flavour.main("comp-b"), "// three\n");
    workspace.bit(["tag", "comp-b", "-m", "three", "--skip-auto-tag"]).success().says("user.scope2/comp-b@0.0.3");
    workspace.bit(["export"]).success().says("user.scope2/comp-b@0.0.3");
    assert_eq!(scope2.git(["log", "--format=%s", "comp-b@0.0.3"]).line(), "three\ntwo\nfirst");
    workspace.bit(["export", "--all"]).success().says("user.scope2/comp-b@0.0.3 → user.scope1/comp-b@0.0.3");
    assert_eq!(scope1.git(["log", "--format=%s", "comp-b@0.0.3"]).line(), "three\ntwo\nfirst");
    assert_eq!(commit(&scope1, "comp-b@0.0.2"), staged);
    assert_eq!(entry(&scope1, "comp-b")["versions"][1].get("origin"), None);
    is_whole(&scope1);
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope1);
    flavour.built_all_of(&env, &scope2);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
}

/// What is staged of both components; the second one needs the first, which goes on in another scope.
fn staged_and_switched<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>, Folder<'e>, String) {
    let (workspace, scope1, scope2) = seed_of(env, "one", flavour);
    workspace.write(&flavour.main("comp-b"), flavour.says("new b", None));
    workspace.bit(["tag", "-m", "two"]).success();
    let staged = workspace.commit_of("user.scope1/comp-b@0.0.2");
    workspace.bit(["export", "user.scope2", "comp-b", "-s"]).success();
    assert_eq!(workspace.commit_of("user.scope1/comp-b@0.0.2"), staged, "what is staged stays");
    (workspace, scope1, scope2, staged)
}

/// Whoever knows the first scope alone gets what was staged.
fn can_be_imported(env: &TestEnvironment, scope1: &Folder, scope2: &Folder, staged: &str) {
    assert_eq!(commit(scope1, "comp-b@0.0.2"), staged, "it is published as it was");
    is_whole(scope1);
    is_whole(scope2);
    runs_alone(env, "user.scope1", "user.scope2", "user.scope1/comp-a@0.0.2", "a of new b");
}

fn what_was_staged_comes_home_as_it_was_and_its_dependents_stay_valid(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2, staged) = staged_and_switched(&env, flavour);
    let run = workspace.bit(["export", "--all"]);
    run.success().says("user.scope2/comp-b@0.0.2 → user.scope1/comp-b@0.0.2").says("user.scope1/comp-a@0.0.2");
    can_be_imported(&env, &scope1, &scope2, &staged);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    workspace.fsck();
}

fn a_dependent_of_what_was_staged_is_told_how_to_export_it(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2, staged) = staged_and_switched(&env, flavour);
    let run = workspace.bit(["export"]);
    run.fails(1).complains("user.scope1/comp-a@0.0.2 needs user.scope1/comp-b@0.0.2");
    run.complains("bit export user.scope1 comp-b; then: bit export comp-a");
    workspace.bit(["export", "user.scope1", "comp-b"]).success();
    workspace.bit(["export", "comp-a"]).success();
    can_be_imported(&env, &scope1, &scope2, &staged);
    flavour.built_all_of(&env, &scope2);
}

fn over_two_copies_it_is_the_first_one_that_comes_home(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2, staged) = staged_and_switched(&env, flavour);
    let scope3 = scope(&env, "user.scope3");
    know(&workspace, &["user.scope3"]);
    workspace.bit(["export", "user.scope3", "comp-b", "-s"]).success();
    workspace.append(&flavour.main("comp-b"), "// three\n");
    workspace.bit(["tag", "comp-b", "-m", "three", "--skip-auto-tag"]).success();
    workspace.bit(["export", "--all"]).success();
    is_whole(&scope3);
    flavour.built_all_of(&env, &scope3);
    can_be_imported(&env, &scope1, &scope2, &staged);
    for there in [&scope1, &scope2, &scope3] {
        assert_eq!(there.git(["log", "--format=%s", "comp-b@0.0.3"]).line(), "three\ntwo\nfirst");
    }
    workspace.bit(["export", "--all"]).success().says("nothing to export");
}

fn a_scope_that_was_lost_gets_its_copies_as_they_were(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    // The second one is rewired, and has another number than at home.
    workspace.bit(["export", "user.scope2", "comp-a", "-d"]).success();
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    let contents = ["comp-a@0.0.1", "comp-a@0.0.2", "comp-b@0.0.1"];
    let before = contents.map(|tag| commit(&scope2, tag));
    let listed = [entry(&scope2, "comp-a"), entry(&scope2, "comp-b")];
    std::fs::remove_dir_all(env.root().join("user.scope2")).unwrap();
    let scope2 = scope(&env, "user.scope2");
    let run = workspace.bit(["export", "--all"]);
    run.success().says("user.scope1/comp-a@0.0.1 → user.scope2/comp-a@0.0.2");
    assert_eq!(contents.map(|tag| commit(&scope2, tag)), before);
    assert_eq!([entry(&scope2, "comp-a"), entry(&scope2, "comp-b")], listed);
    is_whole(&scope2);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a", "a of b");
    // And the next version goes on from there.
    workspace.append(&flavour.main("comp-a"), "// more\n");
    workspace.bit(["tag", "comp-a", "-m", "more"]).success();
    workspace.bit(["export", "--all"]).success().says("user.scope1/comp-a@0.0.2 → user.scope2/comp-a@0.0.3");
    assert_eq!(json_in(&scope2, "comp-a@0.0.3:component.json")["scopes"], json!(["user.scope2"]));
}

fn a_lost_scope_that_became_the_primary_one_says_again_where_its_copies_come_from(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r", "-s"]).success();
    workspace.bit(["deprecate", "comp-a", "old"]).success();
    workspace.bit(["delete", "comp-b", "--silent", "--force"]).success();
    workspace.bit(["export"]).success();
    let listed = [entry(&scope2, "comp-a"), entry(&scope2, "comp-b")];
    assert_eq!(listed[0]["versions"][0]["rewired"], json!(true));
    std::fs::remove_dir_all(env.root().join("user.scope2")).unwrap();
    env.later(60);
    let scope2 = scope(&env, "user.scope2");
    workspace.bit(["export", "--all"]).success().says("user.scope2/comp-b (removed)");
    assert_eq!([entry(&scope2, "comp-a"), entry(&scope2, "comp-b")], listed);
    is_whole(&scope2);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    flavour.built_all_of(&env, &scope2);
}

fn what_was_rewired_on_its_way_out_is_rewired_on_its_way_home(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r", "-s"]).success();
    workspace.write(&flavour.main("comp-b"), flavour.says("new b", None));
    workspace.bit(["tag", "-m", "new"]).success();
    workspace.bit(["export", "--all"]).success();
    assert_eq!(json_in(&scope1, "comp-a@0.0.2:component.json")["scopes"], json!(["user.scope1"]));
    is_whole(&scope1);
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope1);
    runs_alone(&env, "user.scope1", "user.scope2", "user.scope1/comp-a@0.0.2", "a of new b");
    workspace.bit(["export", "--all"]).success().says("nothing to export");
}

/// Two components of user.scope1: each says the name of the other one.
pub fn write_cycle(workspace: &Folder, flavour: Flavour, [one, two]: [&str; 2]) {
    for (name, other) in [(one, two), (two, one)] {
        let package = format!("@user/scope1.{other}");
        let text = match flavour {
            _ if flavour.is_typed() => format!(
                "import {{ n as theirs }} from '{package}';\nexport const other = (): string => theirs;\n\
                 export interface Own {{ n: string }}\nexport type Other = import('{package}').Own;\n\
                 export const n: string = '{name}';\n"
            ),
            _ => format!("exports.other = () => require('{package}').n;\nexports.n = '{name}';\n"),
        };
        workspace.component(name, &[(flavour.file(), &text)]);
    }
}

fn the_copies_of_a_cycle_have_all_they_need(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (_, scope2) = (scope(&env, "user.scope1"), scope(&env, "user.scope2"));
    let workspace = env.git_workspace_at("one", "user.scope1");
    know(&workspace, &["user.scope1", "user.scope2"]);
    write_cycle(&workspace, flavour, ["x", "y"]);
    workspace.bit(["tag", "-m", "first", "--ignore-issues", "CircularDependency"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["export", "user.scope2", "x", "-d", "-r"]).success().silent_about("have no copy");
    is_whole(&scope2);
    let named = |package: &str, files: &str| {
        ["x@0.0.1", "y@0.0.1"].map(|tag| scope2.git(["grep", "-l", package, tag, "--", files]).code == Some(0))
    };
    assert_eq!(named("@user/scope1", "*"), [false, false]);
    if flavour.is_typed() {
        assert_eq!([named("@user/scope2.", "dist/*.js"), named("@user/scope2.", "dist/*.d.ts")], [[true, true]; 2]);
    }
    flavour.built_all_of(&env, &scope2);
}

fn with_rewire_the_unmodified_working_files_follow_and_a_modified_one_stops_it(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.append("comp-a/words.js", "// mine\n");
    let before = (workspace.refs(), workspace.read(".bitmap"), scope1.refs(), scope2.refs());
    let command = ["export", "user.scope2", "comp-a", "-d", "-r", "-s"];
    workspace.bit(command).fails(1).complains("user.scope1/comp-a (comp-a)").complains("local changes");
    let mut refs = workspace.refs();
    refs.retain(|name, _| !name.ends_with("user.scope2/catalog"));
    assert_eq!((refs, workspace.read(".bitmap"), scope1.refs(), scope2.refs()), before);
    workspace.write("comp-a/words.js", "module.exports = '@user/scope1.comp-b';\n");

    let plan = workspace.bit([&command[..], &["--dry-run"]].concat());
    plan.success().says(&format!("  > {}:2 @user/scope1.comp-b → @user/scope2.comp-b", flavour.main("comp-a")));
    workspace.bit(command).success().says("user.scope1/comp-a → user.scope2/comp-a");
    assert_eq!(workspace.read(&flavour.main("comp-a")), comp_a(flavour, "scope2"));
    assert_eq!(workspace.read("comp-a/words.js"), "module.exports = '@user/scope1.comp-b';\n");
    workspace.bit(["status"]).success().says("the workspace is clean");
    assert_eq!(workspace.node(["-p", "require('@user/scope2.comp-a')"]).line(), "a of b");
    assert!(!workspace.exists("node_modules/@user/scope1.comp-a"));
    workspace.bit(["export"]).success().says("nothing to export");
    workspace.fsck();
    is_whole(&scope2);
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a", "a of b");
}

fn what_imports_a_component_with_another_primary_scope_follows_or_is_named(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    let index = workspace.read(&flavour.main("comp-a"));
    workspace.append("comp-a/words.js", "// mine\n");
    let plan = workspace.bit(["export", "user.scope2", "comp-b", "-s", "-r", "--dry-run"]);
    plan.success().complains("these still import @user/scope1.comp-b").complains("user.scope1/comp-a");
    workspace.bit(["checkout", "reset", "comp-a"]).success();
    workspace.bit(["export", "user.scope2", "comp-b", "-s", "--dry-run"]).success().complains("still import");
    let run = workspace.bit(["export", "user.scope2", "comp-b", "-s", "-r"]);
    run.success().says(&format!("rewired {}", specifiers_of_comp_a(flavour)));
    assert!(!run.stderr.contains("still import"), "{}", run.stderr);
    // A comment and another string stay, and are told.
    assert!(run.stderr.contains(&format!("{}: @user/scope1.comp-b", flavour.main("comp-a"))), "{}", run.stderr);
    assert!(run.stderr.contains("comp-a/words.js: @user/scope1.comp-b"), "{}", run.stderr);
    assert_eq!(
        workspace.read(&flavour.main("comp-a")),
        index.replace("require('@user/scope1", "require('@user/scope2")
    );
    workspace.bit(["tag", "-m", "follow"]).success().says("user.scope1/comp-a@0.0.2");
    assert_eq!(workspace.node(["-p", "require('@user/scope1.comp-a')"]).line(), "a of b");
    workspace.bit(["export"]).success();
    [scope1, scope2].iter().for_each(|scope| flavour.built_all_of(&env, scope));
    workspace.fsck();
}

fn two_people_on_two_machines_make_the_same_commits(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (one, _, scope2) = seed_of(&env, "one", flavour);
    one.append(&flavour.main("comp-a"), "// more\n");
    one.bit(["tag", "-m", "more"]).success();
    one.bit(["export"]).success();
    // Another one, later, who knows nothing but the scope, with the newest versions only.
    let other = env.folder("elsewhere");
    other.bit(["scope", "create", "user.scope2", "--name", "user.scope2"]).success();
    env.later(5_000);
    let two = env.git_workspace_at("elsewhere/two", "my-org.site");
    two.bit(["remote", "add", "user.scope1", "../../user.scope1"]).success();
    two.bit(["remote", "add", "user.scope2", "../user.scope2"]).success();
    two.bit(["import", "user.scope1/comp-a"]).success();
    let command = ["export", "user.scope2", "comp-a", "--include-dependencies", "--rewire"];
    one.bit(command).success();
    two.bit(command).success();
    let versions = |scope: &Folder| {
        let mut refs = scope.refs();
        refs.retain(|name, _| name.starts_with("refs/tags/"));
        refs
    };
    assert_eq!(versions(&scope2), versions(&env.folder("elsewhere/user.scope2")));
    assert_eq!(tags(&scope2).len(), 3);
    is_whole(&env.folder("elsewhere/user.scope2"));
    flavour.built_all_of(&env, &scope2);
    // So who comes second, to the very same scope, has nothing to do; and remembers it.
    std::fs::remove_dir_all(two.local_scope()).unwrap();
    two.bit(["remote", "add", "user.scope1", "../../user.scope1"]).success();
    two.bit(["remote", "add", "user.scope2", "../../user.scope2"]).success();
    two.bit(["import"]).success();
    two.bit(command).success().says("nothing to export");
    assert!(two.read(".bitmap").contains("\"user.scope2\""));
    two.fsck();
}

fn dependencies_that_changed_over_time_and_a_cycle(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    write_cycle(&workspace, flavour, ["comp-c", "comp-d"]);
    if workspace.exists("comp-a/types.ts") {
        workspace.remove("comp-a/types.ts");
    }
    let of_c = flavour.says("a of ", Some("@user/scope1.comp-c"));
    let (other, its_name) = if flavour.is_typed() { ("+ other", "+ other.n") } else { ("comp-c')", "comp-c').n") };
    workspace.write(&flavour.main("comp-a"), of_c.replace(other, its_name));
    workspace.bit(["tag", "-m", "c", "--ignore-issues", "CircularDependency"]).success();
    workspace.write(&flavour.main("comp-a"), flavour.says("a of nothing", None));
    workspace.bit(["tag", "comp-a", "-m", "none"]).success();
    workspace.bit(["export"]).success();
    let command = ["export", "user.scope2", "comp-a", "-d", "-r"];
    workspace.bit(command).success().says("exported components (4)");
    is_whole(&scope2);
    let needs = |tag: &str| {
        let manifest = json_in(&scope2, &format!("{tag}:component.json"));
        let ids = manifest["dependencies"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
        (ids.collect::<Vec<_>>(), manifest["scopes"].clone())
    };
    assert_eq!(needs("comp-a@0.0.1"), (vec!["user.scope2/comp-b@0.0.1".to_owned()], json!(["user.scope2"])));
    assert_eq!(needs("comp-a@0.0.2"), (vec!["user.scope2/comp-c@0.0.1".to_owned()], json!(["user.scope2"])));
    assert_eq!(needs("comp-a@0.0.3"), (vec![], json!([])));
    assert_eq!(needs("comp-c@0.0.1").0, ["user.scope2/comp-d@0.0.1"]);
    assert_eq!(needs("comp-d@0.0.1").0, ["user.scope2/comp-c@0.0.1"]);
    workspace.bit(command).success().says("nothing to export");
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a@0.0.1", "a of b");
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a@0.0.2", "a of comp-c");
    // The cycle was there already: the next one of it goes on.
    workspace.append(&flavour.main("comp-c"), "// two\n");
    workspace.bit(["tag", "-m", "two", "--ignore-issues", "CircularDependency"]).success();
    workspace.bit(command).success().says("user.scope2/comp-c@0.0.2").says("user.scope2/comp-d@0.0.2");
    is_whole(&scope2);
    workspace.bit(command).success().says("nothing to export");
    // Without the other scope nothing of it is left in what would be parsed.
    let names =
        scope2.git(["grep", "-l", "@user/scope1", "comp-a@0.0.2", "comp-c@0.0.2", "comp-d@0.0.2", "--", ":!*words.js"]);
    assert_eq!(names.code, Some(1), "{names}");
    flavour.built_all_of(&env, &scope2);
}

fn a_copy_of_a_copy_and_the_way_home(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    let scope3 = scope(&env, "user.scope3");
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    let two = env.git_workspace_at("two", "my-org.site");
    know(&two, &["user.scope1", "user.scope2", "user.scope3"]);
    two.bit(["import", "user.scope2/comp-a"]).success();
    two.bit(["show", "comp-a"]).success().says("copy of user.scope1/comp-a@0.0.1");
    two.bit(["log", "comp-a"]).success().says("origin user.scope1/comp-a@0.0.1");
    two.bit(["diff", "comp-a", "--origin"]).fails(1).complains("bit import --objects user.scope1/comp-a@0.0.1");
    two.bit(["import", "--objects", "user.scope1/comp-a"]).success();
    let diff = two.bit(["diff", "--origin"]);
    let line = |scope: &str| comp_a(flavour, scope).lines().nth(1).unwrap().to_owned();
    diff.success().says("user.scope1/comp-a@0.0.1 → 0.0.1").says(&format!("\n-{}\n", line("scope1")));
    diff.says(&format!("\n+{}\n", line("scope2"))).silent_about("words.js").silent_about("dist/");
    // From copy to copy: what it needs is a copy already.
    two.bit(["export", "user.scope3", "comp-a", "-d", "-r"]).success();
    is_whole(&scope3);
    let origin = |name: &str| entry(&scope3, name)["versions"][0]["origin"]["id"].clone();
    assert_eq!(
        (origin("comp-a"), origin("comp-b")),
        (json!("user.scope2/comp-a@0.0.1"), json!("user.scope2/comp-b@0.0.1"))
    );
    runs_alone(&env, "user.scope3", "user.scope2", "user.scope3/comp-a", "a of b");
    // The same from the original: it is there already, since both come from the same.
    workspace.bit(["remote", "add", "user.scope3", "../user.scope3"]).success();
    let (there, home) = (tags(&scope3), scope1.refs());
    two.bit(["export", "user.scope1", "comp-a", "-d", "-r"]).success().says("nothing to export");
    assert_eq!((tags(&scope3), scope1.refs()), (there, home));
    // What is new in the copy comes home as the next version there.
    flavour.choose_in(&two, "my-org.site");
    two.append(&flavour.main("scope2/comp-a"), "// from the copy\n");
    two.bit(["tag", "-m", "from the copy"]).success();
    two.bit(["export", "user.scope1", "comp-a", "-r"])
        .success()
        .says("user.scope2/comp-a@0.0.2 → user.scope1/comp-a@0.0.2");
    is_whole(&scope1);
    let source = scope1.git(["show", &format!("comp-a@0.0.2:{}", flavour.file())]).success().stdout.clone();
    assert!(source.contains("require('@user/scope1.comp-b')") && source.contains("from the copy"), "{source}");
    flavour.built_all_of(&env, &scope1);
    flavour.built_all_of(&env, &scope3);
    assert_eq!(json_in(&scope1, "comp-a@0.0.2:component.json")["dependencies"][0]["id"], "user.scope1/comp-b@0.0.1");
    is_whole(&scope2);
}

fn a_name_that_is_somebody_elses_there_is_refused(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    let theirs = env.git_workspace_at("theirs", "user.scope2");
    know(&theirs, &["user.scope2"]);
    theirs.component("comp-b", &[(flavour.file(), &flavour.says("theirs", None))]);
    theirs.bit(["tag", "-m", "theirs"]).success();
    theirs.bit(["export"]).success();
    let (here, there) = (workspace.versions(), scope2.refs());
    for words in [&["export", "user.scope2", "comp-b"][..], &["export", "user.scope2", "comp-a", "-d", "-r"]] {
        let run = workspace.bit(words);
        run.fails(1).complains("user.scope1/comp-b → user.scope2/comp-b").complains("another component of this name");
    }
    // And where the copy would need it, it stays what it is: theirs is another one.
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-r"]);
    run.success().complains("user.scope1/comp-b@0.0.1").complains("--include-dependencies");
    assert_eq!(json_in(&scope2, "comp-a@0.0.1:component.json")["dependencies"][0]["id"], "user.scope1/comp-b@0.0.1");
    assert_eq!(there.len() + 1, scope2.refs().len());
    assert_eq!(here.len() + 1, workspace.versions().len());
    is_whole(&scope2);
    // Both in one workspace: two that would get one id.
    workspace.bit(["import", "user.scope2/comp-b"]).success();
    let _ = scope(&env, "user.scope3");
    workspace.bit(["remote", "add", "user.scope3", "../user.scope3"]).success();
    let both = ["export", "user.scope3", "user.scope1/comp-b", "user.scope2/comp-b"];
    workspace.bit(both).fails(1).complains("another component of this export gets the same id");
    // Work of their own is not buried under a copy.
    let mine = env.git_workspace_at("mine", "my-org.site");
    know(&mine, &["user.scope1", "user.scope2"]);
    mine.bit(["import", "user.scope2/comp-a"]).success();
    mine.append(&flavour.main("scope2/comp-a"), "// their own\n");
    mine.bit(["tag", "-m", "their own"]).success();
    mine.bit(["export"]).success();
    let there = scope2.refs();
    workspace.append(&flavour.main("comp-a"), "// ours\n");
    workspace.bit(["tag", "comp-a", "-m", "ours"]).success();
    workspace.bit(["export", "user.scope2", "comp-a"]).fails(1).complains("which this version was not made from");
    assert_eq!(scope2.refs(), there);
    flavour.built_all_of(&env, &scope2);
}

fn what_nobody_named_is_asked_about(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2"]).success().says("nothing to export");
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    let run = workspace.bit(["export", "user.scope2"]);
    run.fails(1).complains("bit is about to fork the following components and export them to user.scope2.");
    run.complains("user.scope1/comp-b").complains("--force").silent_about("comp-a");
    assert!(tags(&scope2).is_empty());
    // What would move is told with what would be copied.
    workspace.component("comp-n", &[(flavour.file(), &flavour.says("n", None))]);
    workspace.bit(["tag", "comp-n", "-m", "n"]).success();
    workspace.bit(["export", "user.scope2"]).fails(1).complains("user.scope1/comp-n → user.scope2/comp-n");
    workspace.bit(["reset", "comp-n"]).success();
    workspace.bit(["remove", "comp-n"]).success();
    if crate::common::has_program("script") {
        let run = workspace.at_a_terminal("export user.scope2", "n\n");
        assert_eq!(run.code, Some(1), "{run}");
        run.says("about to fork").says("the operation has been canceled");
        // Nobody answers.
        let run = workspace.at_a_terminal("export user.scope2", "");
        assert_eq!(run.code, Some(1), "{run}");
        run.says("about to fork").says("the operation has been canceled");
        assert!(tags(&scope2).is_empty());
    } else {
        crate::common::skipped("there is no script on this machine: nobody is asked");
    }
    workspace.bit(["export", "user.scope2", "--force"]).success().says("exported components (1)");
    assert_eq!(tags(&scope2), ["comp-b@0.0.1", "comp-b@0.0.2"]);
    workspace.bit(["export", "user.scope2", "--all", "--force"]).success().says("user.scope2/comp-a@0.0.1");
    assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-b@0.0.1", "comp-b@0.0.2"]);
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
    // Without a scope there is nothing to copy to.
    for flag in ["--include-dependencies", "--set-current-scope"] {
        workspace.bit(["export", flag]).fails(2).complains("please specify a remote");
    }
    // A dependency that nobody can get is refused, with the command that helps.
    workspace.bit(["tag", "-m", "three", "--unmodified"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-a"]);
    run.fails(1).complains("needs user.scope1/comp-b@0.0.3").complains("bit export comp-b");
}

fn versions_that_are_not_here_come_first_or_the_copy_is_refused(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (one, _, scope2) = seed_of(&env, "one", flavour);
    let two = env.git_workspace_at("two", "my-org.site");
    know(&two, &["user.scope1", "user.scope2"]);
    two.bit(["import", "user.scope1/comp-b"]).success();
    one.append(&flavour.main("comp-b"), "// two\n");
    one.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    one.bit(["export"]).success();
    two.bit(["fetch"]).success();
    let away = env.root().join("away");
    std::fs::rename(env.root().join("user.scope1"), &away).unwrap();
    let run = two.bit(["export", "user.scope2", "comp-b"]);
    run.fails(1).complains("user.scope1/comp-b@0.0.2").complains("--known-only");
    assert!(tags(&scope2).is_empty());
    two.bit(["export", "user.scope2", "comp-b", "--known-only"]).success().complains("could not be asked");
    assert_eq!(tags(&scope2), ["comp-b@0.0.1"]);
    std::fs::rename(&away, env.root().join("user.scope1")).unwrap();
    two.bit(["export", "user.scope2", "comp-b"]).success().says("user.scope2/comp-b@0.0.2");
    assert_eq!(scope2.git(["log", "--format=%s", "comp-b@0.0.2"]).line(), "two\nfirst");
    is_whole(&scope2);
    two.fsck();
    // Staged on both sides: what its own scope could not take is copied nowhere.
    two.bit(["checkout", "head"]).success();
    for (workspace, folder) in [(&one, "comp-b"), (&two, "scope1/comp-b")] {
        workspace.append(&flavour.main(folder), &format!("// {folder}\n"));
    }
    one.bit(["tag", "comp-b", "-m", "one's", "--skip-auto-tag"]).success();
    one.bit(["export"]).success();
    two.bit(["tag", "-m", "two's"]).success();
    two.bit(["export", "user.scope2", "comp-b"]).fails(1).complains("versions conflict").complains("bit merge");
    assert_eq!(tags(&scope2).len(), 2);
    flavour.built_all_of(&env, &scope2);
}

fn a_file_that_can_not_be_parsed_is_named_before_anything_moves(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.write("comp-a/broken.js", "require('@user/scope1.comp-b') +;\n");
    workspace.write("comp-a/harmless.js", "const = nothing;\n");
    workspace.bit(["tag", "comp-a", "-m", "broken", "--ignore-issues", "*"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]);
    run.fails(1).complains("user.scope1/comp-a@0.0.2: broken.js:1").complains("--skip-unparsable");
    run.complains("harmless.js");
    assert!(tags(&scope2).is_empty());
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r", "--skip-unparsable"]);
    run.success().complains("it stays as it is").complains("broken.js");
    let files = |tag: &str| scope2.git(["ls-tree", tag, "broken.js", "harmless.js"]).success().stdout.clone();
    let here = workspace.scope_git(["ls-tree", "user.scope1/comp-a@0.0.2", "broken.js", "harmless.js"]);
    assert_eq!(files("comp-a@0.0.2"), here.success().stdout);
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
}

/// A workspace with both scopes in it, so that all is put back together before each run.
fn whole(env: &TestEnvironment, flavour: Flavour) -> Folder<'_> {
    let workspace = env.git_workspace_at("one", "user.scope1");
    for name in ["user.scope1", "user.scope2"] {
        workspace.bit(["scope", "create", name, "--name", name]).success();
        workspace.bit(["remote", "add", name, name]).success();
    }
    flavour.choose_in(&workspace, "user.scope1");
    write_components(&workspace, flavour);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.bit(["export"]).success();
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace
}

#[test]
fn killed_anywhere_the_same_command_finishes() {
    finishes_after_every_kill(Flavour::JavaScript);
}

#[test]
fn killed_anywhere_with_what_is_built_the_same_command_finishes() {
    finishes_after_every_kill(Flavour::TypeScript);
}

fn finishes_after_every_kill(flavour: Flavour) {
    needs_faults!();
    let env = TestEnvironment::new();
    let workspace = whole(&env, flavour);
    let command = ["export", "user.scope2", "comp-a", "-d", "-r", "-s"];
    let prepared = Preserved::new(&workspace);
    workspace.bit(command).success();
    let of = |folder: &Folder| (folder.versions(), folder.read(".bitmap"), folder.read(&flavour.main("comp-a")));
    let done = of(&workspace);
    let scope = workspace.inside("user.scope2");
    flavour.built_all_of(&env, &scope);
    let published = tags(&scope);
    prepared.restore();
    let before = of(&workspace);
    let mut killed = 0;
    for calls in ["rename,renameat,renameat2", "fsync", "clone,clone3,vfork"] {
        for number in 1.. {
            prepared.restore();
            let (trace, inject) = (format!("trace={calls}"), format!("inject={calls}:signal=KILL:when={number}"));
            let strace = workspace.program("strace").args(["-qq", "-o", "/dev/null", "-e", &trace, "-e", &inject]);
            let run = strace.env("RAYON_NUM_THREADS", "1").arg(TestEnvironment::binary()).args(command).run();
            if run.signal.is_none() && run.code == Some(0) {
                break;
            }
            killed += 1;
            scope.git(["fsck", "--full", "--strict"]).success();
            workspace.bit(["status"]).success().silent_about("OtherContent");
            let now = of(&workspace);
            assert!(now == before || now == done, "{calls} number {number}: {now:?}");
            workspace.bit(command).success();
            assert_eq!(of(&workspace), done, "{calls} number {number}");
            assert_eq!(tags(&scope), published, "{calls} number {number}");
            let old = |name: &str| workspace.exists(&format!("node_modules/@user/scope1.{name}"));
            assert!(!old("comp-a") && !old("comp-b"), "{calls} number {number}: a link of the old scope stays");
            is_whole(&scope);
            workspace.fsck();
        }
    }
    assert!(killed > 15, "only {killed} moments were tried");
}

fn many_people_copy_at_once_and_all_is_there_once(flavour: Flavour) {
    const PEOPLE: usize = 5;
    let env = TestEnvironment::new();
    let (one, _, scope2) = seed_of(&env, "w0", flavour);
    for number in 0..4 {
        one.append(&flavour.main("comp-b"), &format!("// {number}\n"));
        one.bit(["tag", "-m", "more"]).success();
    }
    one.bit(["export"]).success();
    let workspaces: Vec<Folder> = (1..PEOPLE)
        .map(|person| {
            std::process::Command::new("cp")
                .args(["-a", "w0", &format!("w{person}")])
                .current_dir(env.root())
                .status()
                .unwrap();
            env.folder(&format!("w{person}"))
        })
        .collect();
    let export =
        |workspace: &Folder| workspace.invocation().args(["export", "user.scope2", "comp-a", "-d", "-r"]).start();
    let running: Vec<_> = workspaces.iter().map(export).collect();
    for running in running {
        running.finish().success();
    }
    assert_eq!(tags(&scope2).len(), 10);
    is_whole(&scope2);
    one.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success().says("nothing to export");
    flavour.built_all_of(&env, &scope2);
}

fn an_imported_component_goes_on_with_a_copy(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (one, scope1, scope2) = seed_of(&env, "one", flavour);
    let two = env.git_workspace_at("two", "my-org.site");
    know(&two, &["user.scope1", "user.scope2"]);
    two.bit(["import", "user.scope1/comp-a"]).success();
    let command = ["import", "user.scope2/comp-a", "--set-current-scope"];
    two.bit(command).fails(1);
    one.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    // The copy has other specifiers: local changes would be lost.
    two.append("scope1/comp-a/words.js", "// mine\n");
    let before = (two.versions(), two.read(".bitmap"));
    two.bit(command).fails(1).complains("user.scope1/comp-a (scope1/comp-a)").complains("local changes");
    assert_eq!((two.versions(), two.read(".bitmap")), before);
    two.bit(["checkout", "reset", "comp-a"]).success();
    // What is staged would have no home any more.
    two.append("scope1/comp-a/words.js", "// mine\n");
    two.bit(["tag", "-m", "mine"]).success();
    two.bit(command).fails(1).complains("user.scope1/comp-a@0.0.2");
    two.bit(["reset", "--head"]).success();
    two.bit(["checkout", "reset", "comp-a"]).success();

    // Told before, with each specifier.
    let rewired = specifiers_of_comp_a(flavour);
    let before = (two.versions(), two.read(".bitmap"), two.listing(&[".git"]));
    let run = two.bit([&command[..], &["--dry-run"]].concat());
    run.success().says("would import one component").says(&format!("would rewire {rewired}"));
    run.says(&format!("  > {}:2 @user/scope1.comp-b → @user/scope2.comp-b", flavour.main("scope1/comp-a")));
    let run = two.bit([&command[..], &["--dry-run", "--json"]].concat());
    let file = flavour.main("scope1/comp-a");
    let specifier = json!({"file": file, "line": 2, "from": "@user/scope1.comp-b", "to": "@user/scope2.comp-b"});
    assert_eq!(run.success().json()["specifiers"][0], specifier);
    assert_eq!((two.versions(), two.read(".bitmap"), two.listing(&[".git"])), before);
    two.bit(["import", "user.scope2/comp-a", "--dry-run"]).fails(2);

    let run = two.bit(command);
    run.success().says("user.scope2/comp-a@0.0.1 is the primary one now, and was user.scope1/comp-a");
    run.says(&format!("rewired {rewired}"));
    run.says("files here that become those of the copies").says(&format!("  > {}", flavour.main("scope1/comp-a")));
    let bitmap = two.read(".bitmap");
    assert!(bitmap.contains("\"scope\": \"user.scope2\"") && bitmap.contains("\"user.scope1\""), "{bitmap}");
    assert!(two.read(&flavour.main("scope1/comp-a")).contains("require('@user/scope2.comp-b')"));
    assert!(!two.exists("node_modules/@user/scope1.comp-a"));
    assert_eq!(two.node(["-p", "require('@user/scope2.comp-a')"]).line(), "a of b");
    two.bit(["status"]).success().says("the workspace is clean");
    two.fsck();
    let (there, home) = (scope2.refs(), scope1.refs());
    two.bit(command).success();
    two.bit(["import", "user.scope2/comp-a*", "--set-current-scope"]).success().says("nothing to do");
    assert_eq!((scope2.refs(), scope1.refs()), (there, home));
    two.append("scope1/comp-a/words.js", "// mine\n");
    two.bit(["tag", "-m", "mine"]).success().says("user.scope2/comp-a@0.0.2");
    two.bit(["export"]).success().says("user.scope2/comp-a@0.0.2");
    is_whole(&scope2);
}

fn what_is_new_gets_the_scope_and_what_has_one_gets_a_copy_there(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.component("comp-n", &[(flavour.file(), &flavour.says("n", None))]);
    workspace.write(&flavour.main("comp-b"), flavour.says("b of ", Some("@user/scope1.comp-n")));
    workspace.bit(["tag", "-m", "n"]).success();
    let words = ["export", "user.scope2", "comp-n", "comp-b"];
    workspace.bit(words).fails(1).complains("--rewire");
    assert!(tags(&scope2).is_empty());
    let run = workspace.bit(words.iter().chain(&["--rewire"]));
    run.success().says("user.scope1/comp-n → user.scope2/comp-n");
    run.says("user.scope1/comp-b@0.0.2 → user.scope2/comp-b@0.0.2");
    is_whole(&scope2);
    let origin = entry(&scope2, "comp-b")["versions"][1]["origin"].clone();
    let commit = workspace.commit_of("user.scope1/comp-b@0.0.2");
    assert_eq!(origin, json!({"id": "user.scope1/comp-b@0.0.2", "commit": commit}));
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-b", "b of n");
    flavour.built_all_of(&env, &scope2);
    workspace.bit(["export"]).success().says("user.scope1/comp-b@0.0.2");
    workspace.bit(["status"]).success().says("the workspace is clean");
    is_whole(&scope1);
    workspace.bit(["export", "--all"]).success().says("nothing to export");
    workspace.fsck();
}

fn what_a_rewired_copy_needs_follows_though_it_is_in_nobodys_workspace(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (one, _, scope2) = seed_of(&env, "one", flavour);
    one.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    one.write(&flavour.main("comp-b"), flavour.says("new b", None));
    one.bit(["tag", "-m", "new"]).success();
    one.bit(["export"]).success();
    let two = env.git_workspace_at("two", "my-org.site");
    know(&two, &["user.scope1", "user.scope2"]);
    two.bit(["import", "user.scope1/comp-a"]).success();
    let run = two.bit(["export", "user.scope2", "comp-a"]);
    run.success().says("user.scope1/comp-b@0.0.2 → user.scope2/comp-b@0.0.2").says("user.scope2/comp-a@0.0.2");
    run.silent_about("have no copy");
    is_whole(&scope2);
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a", "a of new b");
    flavour.built_all_of(&env, &scope2);
    one.bit(["export", "--all"]).success().says("nothing to export");
}

/// Copies of comp-b in two scopes, and a new version of it that is staged.
fn two_copies<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let (workspace, _, _) = seed_of(env, "one", flavour);
    let scope3 = scope(env, "user.scope3");
    know(&workspace, &["user.scope3"]);
    for target in ["user.scope2", "user.scope3"] {
        workspace.bit(["export", target, "comp-b"]).success();
    }
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    (workspace, scope3)
}

/// All other scopes get what is new, and it is told which one does not.
fn others_get_theirs(workspace: &Folder, scope3: &Folder, why: &str) {
    let plan = workspace.bit(["export", "--all", "--dry-run", "--json"]);
    let json = plan.fails(1).complains("not all was exported").json();
    assert_eq!(json["notCopied"][0]["scope"], "user.scope2");
    assert_eq!(json["copied"], json!([{"from": "user.scope1/comp-b@0.0.2", "id": "user.scope3/comp-b@0.0.2"}]));
    let run = workspace.bit(["export", "--all"]);
    run.fails(1).complains("user.scope2 did not get its copies").complains(why).complains("\"scopes\" in .bitmap");
    run.says("user.scope1/comp-b@0.0.2").says("user.scope1/comp-b@0.0.2 → user.scope3/comp-b@0.0.2");
    assert_eq!(tags(scope3), ["comp-b@0.0.1", "comp-b@0.0.2"]);
    is_whole(scope3);
    workspace.bit(["status"]).success().silent_about("staged");
    let again = workspace.bit(["export", "--all", "--json"]);
    let json = again.fails(1).complains("no scope took its copies").json();
    assert_eq!((&json["copied"], &json["notCopied"][0]["scope"]), (&json!([]), &json!("user.scope2")));
}

/// Somebody else imports the copy of `comp-b` in user.scope2, and publishes a version of their own there.
pub fn somebody_goes_on_with_the_copy(env: &TestEnvironment, flavour: Flavour) {
    let theirs = env.git_workspace_at("theirs", "my-org.site");
    know(&theirs, &["user.scope1", "user.scope2"]);
    theirs.bit(["import", "user.scope2/comp-b"]).success();
    theirs.append(&flavour.main("scope2/comp-b"), "// their own\n");
    theirs.bit(["tag", "-m", "their own"]).success();
    theirs.bit(["export"]).success();
}

fn a_copy_that_somebody_goes_on_with_keeps_nothing_from_the_others(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope3) = two_copies(&env, flavour);
    somebody_goes_on_with_the_copy(&env, flavour);
    others_get_theirs(&workspace, &scope3, "which this version was not made from");
    // The way out that is told.
    workspace.write(".bitmap", workspace.read(".bitmap").replace("\"user.scope2\",", ""));
    workspace.bit(["export", "--all"]).success().says("nothing to export").silent_about("did not get");
    workspace.bit(["list"]).success().says("also in user.scope3").silent_about("user.scope2");
    flavour.built_all_of(&env, &scope3);
}

fn a_copy_that_was_deleted_keeps_nothing_from_the_others(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope3) = two_copies(&env, flavour);
    workspace.bit(["delete", "user.scope2/comp-b", "--remote", "--silent"]).success();
    others_get_theirs(&workspace, &scope3, "bit recover user.scope2/comp-b --remote");
    workspace.bit(["recover", "user.scope2/comp-b", "--remote"]).success();
    workspace.bit(["export", "--all"]).success().says("user.scope2/comp-b@0.0.2").silent_about("did not get");
    flavour.built_all_of(&env, &scope3);
}

fn a_scope_that_does_not_answer_keeps_nothing_from_the_others(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope3) = two_copies(&env, flavour);
    let rename = |from: &str, to: &str| std::fs::rename(env.root().join(from), env.root().join(to)).unwrap();
    rename("user.scope2", "away");
    others_get_theirs(&workspace, &scope3, "user.scope2");
    workspace.bit(["export", "user.scope2", "comp-b"]).fails(1);
    rename("away", "user.scope2");
    workspace.bit(["export", "--all"]).success().says("user.scope2/comp-b@0.0.2").silent_about("did not get");
    flavour.built_all_of(&env, &scope3);
}

fn what_was_never_exported_takes_along_what_was_not_either(flavour: Flavour) {
    for words in [&["comp-a", "-d", "-r"][..], &["comp-b", "comp-a", "--rewire"]] {
        let env = TestEnvironment::new();
        let (workspace, scope2) = never_exported(&env, flavour);
        // Without the dependencies the hint tells the second way.
        let run = workspace.bit(["export", "user.scope2", "comp-a", "-r"]);
        run.fails(1).complains("bit export user.scope2 comp-b comp-a --rewire");
        workspace.bit(["export", "user.scope2"].iter().chain(words)).success();
        assert_eq!(tags(&scope2), ["comp-a@0.0.1", "comp-b@0.0.1"]);
        is_whole(&scope2);
        flavour.built_all_of(&env, &scope2);
        let _ = scope(&env, "user.scope1");
        runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-a", "a of b");
    }
}

fn never_exported<'e>(env: &'e TestEnvironment, flavour: Flavour) -> (Folder<'e>, Folder<'e>) {
    let scope2 = scope(env, "user.scope2");
    let workspace = env.git_workspace_at("one", "user.scope1");
    know(&workspace, &["user.scope2"]);
    write_components(&workspace, flavour);
    workspace.bit(["tag", "-m", "first"]).success();
    (workspace, scope2)
}

fn what_was_never_exported_and_needs_what_was_is_refused_with_what_helps(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope1, scope2) = seed_of(&env, "one", flavour);
    workspace.component("comp-n", &[(flavour.file(), &flavour.says("n of ", Some("@user/scope1.comp-b")))]);
    workspace.write(&flavour.main("comp-b"), flavour.says("new b", None));
    workspace.bit(["tag", "-m", "n"]).success();
    let command = ["export", "user.scope2", "comp-n", "comp-b", "-d", "-r"];
    let run = workspace.bit(command);
    run.fails(1).complains("user.scope1/comp-n needs user.scope1/comp-b");
    run.complains("bit export current comp-b comp-n; then: the same export again");
    assert!(tags(&scope2).is_empty());
    // Only names follow: it is told what stays as it is.
    let run = workspace.bit(["export", "user.scope2", "comp-n", "-r"]);
    run.fails(1).complains("bit export comp-b; then: bit export user.scope2 comp-n --rewire");
    workspace.bit(["export", "comp-b"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-n", "-r", "--dry-run"]);
    run.success().complains("user.scope1/comp-n needs user.scope1/comp-b");
    workspace.bit(["export", "current", "comp-b", "comp-n"]).success();
    workspace.bit(command).success();
    is_whole(&scope1);
    is_whole(&scope2);
    flavour.built_all_of(&env, &scope2);
    runs_alone(&env, "user.scope2", "user.scope1", "user.scope2/comp-n", "n of new b");
}

fn only_what_is_named_gets_another_primary_scope(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.bit(["export", "user.scope2", "comp-a", "-d", "-r"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-a", "-s"]);
    run.success().says("user.scope1/comp-a → user.scope2/comp-a").silent_about("user.scope1/comp-b → ");
    let listed = workspace.bit(["list"]);
    listed.success().says("user.scope2/comp-a").says("user.scope1/comp-b");
    assert_eq!(workspace.node(["-p", "require('@user/scope2.comp-a')"]).line(), "a of b");
    flavour.built_all_of(&env, &scope2);
}

fn a_named_version_takes_the_later_ones_along_and_that_is_told(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, _, scope2) = seed_of(&env, "one", flavour);
    workspace.append(&flavour.main("comp-b"), "// two\n");
    workspace.bit(["tag", "comp-b", "-m", "two", "--skip-auto-tag"]).success();
    workspace.bit(["export"]).success();
    let run = workspace.bit(["export", "user.scope2", "comp-b@0.0.1"]);
    run.success().complains("go along though an older one was named").complains("user.scope1/comp-b@0.0.2");
    flavour.built_all_of(&env, &scope2);
}

fn a_program_without_an_ending_runs_in_the_copy_and_files_that_are_not_read_are_named(flavour: Flavour) {
    let env = TestEnvironment::new();
    let (workspace, scope2) = (seed_of(&env, "one", flavour).0, "user.scope2");
    let config = "{\"extends\": \"@user/scope1.comp-b/base.json\"}\n";
    workspace.component(
        "comp-c",
        &[
            (flavour.file(), &flavour.says("", Some("@user/scope1.comp-b"))),
            ("cli", "#!/usr/bin/env node\nconsole.log('c of ' + require('@user/scope1.comp-b'));\n"),
            ("tsconfig.json", config),
        ],
    );
    workspace.bit(["tag", "-m", "c"]).success();
    workspace.bit(["export"]).success();
    let json = workspace.bit(["export", scope2, "comp-c", "-d", "-r", "--json"]).success().json();
    let files = |key: &str| -> Vec<&str> {
        let places = json[key].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap());
        places.map(|place| place.strip_prefix("user.scope1/comp-c@0.0.1: ").unwrap()).collect()
    };
    let (rewired, still) = if flavour.is_typed() {
        (&["cli", "dist/cli", "dist/index.js", "index.ts"][..], &["dist/tsconfig.json", "tsconfig.json"][..])
    } else {
        (&["cli", "index.js"][..], &["tsconfig.json"][..])
    };
    assert_eq!((&*files("specifiers"), &*files("stillNamed")), (rewired, still));
    assert_eq!(json["stillNamed"][0]["names"], json!(["@user/scope1.comp-b"]));
    flavour.built_all_of(&env, &env.folder(scope2));
    std::fs::rename(env.root().join("user.scope1"), env.root().join("away")).unwrap();
    let fresh = env.git_workspace_at("fresh", "my-org.site");
    know(&fresh, &[scope2]);
    fresh.bit(["import", "user.scope2/comp-c"]).success();
    assert_eq!(fresh.node(["scope2/comp-c/cli"]).line(), "c of b");
    assert_eq!(fresh.read("scope2/comp-c/tsconfig.json"), config);
}

compiled_or_not! {
    what_a_rewired_copy_needs_follows_though_it_is_in_nobodys_workspace,
    what_is_new_gets_the_scope_and_what_has_one_gets_a_copy_there,
    dependencies_that_changed_over_time_and_a_cycle,
    the_copies_of_a_cycle_have_all_they_need,
    a_dependent_of_what_was_staged_is_told_how_to_export_it,
    over_two_copies_it_is_the_first_one_that_comes_home,
    a_lost_scope_that_became_the_primary_one_says_again_where_its_copies_come_from,
    what_imports_a_component_with_another_primary_scope_follows_or_is_named,
    a_name_that_is_somebody_elses_there_is_refused,
    what_nobody_named_is_asked_about,
    versions_that_are_not_here_come_first_or_the_copy_is_refused,
    a_file_that_can_not_be_parsed_is_named_before_anything_moves,
    many_people_copy_at_once_and_all_is_there_once,
    a_copy_that_somebody_goes_on_with_keeps_nothing_from_the_others,
    a_copy_that_was_deleted_keeps_nothing_from_the_others,
    a_scope_that_does_not_answer_keeps_nothing_from_the_others,
    what_was_never_exported_takes_along_what_was_not_either,
    what_was_never_exported_and_needs_what_was_is_refused_with_what_helps,
    only_what_is_named_gets_another_primary_scope,
    a_named_version_takes_the_later_ones_along_and_that_is_told,
    a_program_without_an_ending_runs_in_the_copy_and_files_that_are_not_read_are_named,
}

with_each_flavour! {
    a_copy_in_an_additional_scope_and_the_component_stays_staged,
    dependencies_go_along_and_then_the_copies_need_the_copies,
    the_target_becomes_the_primary_scope,
    what_was_staged_comes_home_as_it_was_and_its_dependents_stay_valid,
    a_scope_that_was_lost_gets_its_copies_as_they_were,
    what_was_rewired_on_its_way_out_is_rewired_on_its_way_home,
    with_rewire_the_unmodified_working_files_follow_and_a_modified_one_stops_it,
    two_people_on_two_machines_make_the_same_commits,
    a_copy_of_a_copy_and_the_way_home,
    an_imported_component_goes_on_with_a_copy,
}

declared_too! {
    dependencies_go_along_and_then_the_copies_need_the_copies,
    a_copy_of_a_copy_and_the_way_home,
}
