//! Which components an export takes, and to which scopes they go.

use crate::common::{Folder, TestEnvironment};
use crate::export::{is_whole, scope, tags};

/// Scopes r and r2, known as remotes, and components: each with its scope, a word of its own, and what it needs.
fn workspace<'e>(env: &'e TestEnvironment, default: &str, components: &[(&str, &str, &str)]) -> [Folder<'e>; 3] {
    let (r, r2) = (scope(env, "org.r"), scope(env, "org.r2"));
    let workspace = env.git_workspace_at("one", default);
    for name in ["org.r", "org.r2"] {
        workspace.bit(["remote", "add", name, &format!("../{name}")]).success();
    }
    for (name, scope, needs) in components {
        let needs: String = needs.split_whitespace().map(|package| format!("require('{package}');\n")).collect();
        workspace.write(&format!("src/{name}/index.js"), needs + "module.exports = 1;\n");
        let scope = if scope.is_empty() { vec![] } else { vec!["--scope", *scope] };
        workspace.bit([&["add", &format!("src/{name}"), "--id", name], scope.as_slice()].concat()).success();
    }
    workspace.bit(["tag", "-m", "x", "--ignore-issues", "CircularDependency"]).success();
    [workspace, r, r2]
}

#[test]
fn one_that_is_exported_already_is_no_error() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "org.r", &[("bar/foo", "", ""), ("bar/baz", "", "")]);
    workspace.bit(["export", "org.r", "bar/foo"]).success().says("exported components (1)");
    let before = r.refs();
    for words in [&["export", "org.r", "bar/foo"][..], &["export", "bar/foo"], &["export", "org.r/bar/foo"]] {
        workspace.bit(words).success().says("nothing to export");
    }
    assert_eq!(r.refs(), before);
    // Beside one that is not.
    workspace.bit(["export", "org.r", "bar/foo", "bar/baz"]).success().says("exported components (1)");
    for words in [&["export"][..], &["export", "org.r"], &["export", "org.r", "bar/*"], &["export", "none/*"]] {
        workspace.bit(words).success().says("nothing to export");
    }
    for text in ["// two\n", "// three\n"] {
        workspace.append("src/bar/foo/index.js", text);
        workspace.bit(["tag", "-m", text]).success();
        // By its name alone: `bar` is no scope.
        workspace.bit(["export", "bar/foo"]).success().says("exported components (1)");
    }
    assert_eq!(tags(&r), ["bar/baz@0.0.1", "bar/foo@0.0.1", "bar/foo@0.0.2", "bar/foo@0.0.3"]);
    is_whole(&r);
}

#[test]
fn what_is_not_here_whole_is_not_exported() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "org.r", &[("dep", "", ""), ("foo", "", "")]);
    workspace.bit(["remove", "dep", "--keep-files"]).success();
    let words = "unable to export \"org.r/dep\", the component is not fully available. please use \"bit import\" first";
    workspace.bit(["export", "org.r", "dep"]).fails(1).complains(words);
    workspace.bit(["export", "dep"]).fails(1).complains(words);
    // Another clone of the team's repository: its .bitmap names versions that are not in its local scope.
    let clone = env.git_folder("two");
    for file in [".bitmap", "workspace.jsonc", "src/foo/index.js"] {
        clone.write(file, workspace.read(file));
    }
    clone.bit(["remote", "add", "org.r", "../org.r"]).success();
    clone.bit(["export", "foo"]).fails(1).complains("the component is not fully available");
    clone.bit(["export"]).success().says("nothing to export");
    assert!(tags(&r).is_empty());
    workspace.bit(["export", "*"]).success().says("exported components (1)");
    assert_eq!(tags(&r), ["foo@0.0.1"]);
}

#[test]
fn current_is_each_components_own_scope() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "my-scope", &[("foo1", "org.r", ""), ("foo2", "", "")]);
    workspace.bit(["export", "current", "foo1"]).success().says("exported components (1)").silent_about("foo2");
    // A first line of its own would be an error; here nothing else was asked for.
    let run = workspace.bit(["export", "current", "foo2"]);
    run.fails(1).complains("the following component(s) were not exported: my-scope/foo2").complains("defaultScope");
    workspace.append("src/foo1/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    for words in [&["export", "--to", "current", "--dry-run"][..], &["export"]] {
        let run = workspace.bit(words);
        run.success().says("components (1)").complains("were not exported: my-scope/foo2");
    }
    assert_eq!(tags(&r), ["foo1@0.0.1", "foo1@0.0.2"]);
    workspace.bit(["init", "--default-scope", "current"]).fails(1).complains("reserved");
}

#[test]
fn default_scopes_of_the_workspace_and_of_variants_count() {
    let env = TestEnvironment::new();
    let (r, _) = (scope(&env, "org.r"), scope(&env, "org.general"));
    let workspace = env.git_workspace_at("one", "org.general");
    workspace.bit(["remote", "add", "org.r", "../org.r"]).success();
    workspace.bit(["remote", "add", "org.general", "../org.general"]).success();
    let config = workspace.read("workspace.jsonc");
    let (key, variant) = ("\"teambit.workspace/variants\": ", "{\"src/foo2\": {\"defaultScope\": \"org.r\"}}");
    workspace.write("workspace.jsonc", config.replace(&format!("{key}{{}}"), &format!("{key}{variant}")));
    workspace.component("src/foo1", &[("index.js", "1;\n")]);
    workspace.component("src/foo2", &[("index.js", "2;\n")]);
    workspace.bit(["status"]).success();
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["export"]).success().says("exported components (2)").says("org.general/foo1").says("org.r/foo2");
    assert_eq!(tags(&r), ["foo2@0.0.1"]);
    assert_eq!(tags(&env.folder("org.general")), ["foo1@0.0.1"]);
    workspace.bit(["status"]).success().says("the workspace is clean");
    let manifest = r.git(["show", "foo2@0.0.1:component.json"]).success().json();
    assert_eq!((&manifest["scope"], &manifest["name"]), (&"org.r".into(), &"foo2".into()));
    assert_eq!(r.git(["show", "foo2@0.0.1:package.json"]).success().json()["name"], "@org/r.foo2");
}

#[test]
fn a_scope_that_is_named_wins_over_the_chosen_one() {
    for words in [
        &["export", "org.r2", "utils/is-type"][..],
        &["export", "--to", "org.r2", "utils/is-type"],
        &["export", "utils/is-type", "--to", "org.r2"],
        &["export", "org.r2.utils/is-type"],
        &["export", "org.r2", "org.r/utils/is-type"],
    ] {
        let env = TestEnvironment::new();
        let [workspace, r, r2] = workspace(&env, "org.r", &[("utils/is-type", "", ""), ("other", "", "")]);
        workspace.bit(words).success().says("org.r/utils/is-type → org.r2/utils/is-type");
        assert_eq!((tags(&r).len(), tags(&r2)), (0, vec!["utils/is-type@0.0.1".to_owned()]));
        workspace.bit(["export"]).success().says("exported components (1)");
        assert_eq!(tags(&r), ["other@0.0.1"]);
    }
}

#[test]
fn the_scope_is_told_from_ids() {
    let env = TestEnvironment::new();
    scope(&env, "ui");
    let workspace = env.git_workspace_at("one", "my-scope");
    workspace.bit(["remote", "add", "ui", "../ui"]).success();
    workspace.component("ui", &[("index.js", "1;\n")]);
    workspace.component("comp-a", &[("index.js", "2;\n")]);
    workspace.component("comp-b", &[("index.js", "3;\n")]);
    workspace.bit(["tag", "-m", "x"]).success();
    // A component here is meant before a remote of its name.
    workspace.bit(["export", "ui"]).fails(1).complains("were not exported: my-scope/ui");
    // As it is written with one component after the other.
    let run = workspace.bit(["export", "ui.comp-a", "ui.comp-b"]);
    run.success().says("my-scope/comp-a → ui/comp-a").says("my-scope/comp-b → ui/comp-b").silent_about("my-scope/ui ");
    workspace.bit(["export", "--to", "ui", "ui"]).success().says("my-scope/ui → ui/ui");
    workspace.bit(["export", "no.where"]).fails(1).complains("nobody has said where the scope no.where is");
    workspace.bit(["export", "nowhere"]).fails(1).complains("unable to find any component matching \"nowhere\"");
    is_whole(&env.folder("ui"));
}

#[test]
fn each_component_goes_to_its_own_scope_dependencies_first() {
    let components =
        [("foo1", "org.r", "@org/r2.foo2"), ("foo2", "org.r2", "@org/r2.foo3"), ("foo3", "org.r2", "@org/r2.foo2")];
    for words in [&["export", "--json"][..], &["export", "current", "foo1", "foo2", "foo3", "--json"]] {
        let env = TestEnvironment::new();
        let [workspace, r, r2] = workspace(&env, "my-scope", &components);
        let exported = workspace.bit(words).success().json();
        assert_eq!(
            (&exported["scopes"][0]["scope"], &exported["scopes"][1]["scope"]),
            (&"org.r2".into(), &"org.r".into())
        );
        assert_eq!((tags(&r), tags(&r2)), (vec!["foo1@0.0.1".into()], vec!["foo2@0.0.1".into(), "foo3@0.0.1".into()]));
        is_whole(&r);
        is_whole(&r2);
    }
}

#[test]
fn a_cycle_across_scopes_and_one_without_a_scope_are_no_obstacle() {
    let env = TestEnvironment::new();
    let components = [("foo1", "org.r", "@org/r2.foo2"), ("foo2", "org.r2", "@org/r.foo1"), ("foo3", "", "")];
    let [workspace, r, r2] = workspace(&env, "my-scope", &components);
    let run = workspace.bit(["export"]);
    run.success().says("exported components (2)").says("org.r/foo1").says("org.r2/foo2");
    run.complains("the following component(s) were not exported: my-scope/foo3");
    is_whole(&r);
    is_whole(&r2);
    workspace.bit(["export", "org.r"]).success().says("my-scope/foo3 → org.r/foo3");
    workspace.bit(["status"]).success().silent_about("staged components");
    is_whole(&r);
}

#[test]
fn a_version_is_exported_with_what_it_was_made_from_and_nothing_newer() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "org.r", &[("foo", "", ""), ("bar", "", "")]);
    for text in ["// two\n", "// three\n"] {
        workspace.append("src/foo/index.js", text).bit(["tag", "-m", text]).success();
    }
    let before = r.refs();
    workspace.bit(["export", "foo@7.0.0"]).fails(1).complains("7.0.0").complains("known here: 0.0.1, 0.0.2, 0.0.3");
    assert_eq!(r.refs(), before);
    let run = workspace.bit(["export", "foo@0.0.2"]);
    run.success().says("org.r/foo@0.0.1").says("org.r/foo@0.0.2").silent_about("0.0.3").silent_about("bar");
    assert_eq!(tags(&r), ["foo@0.0.1", "foo@0.0.2"]);
    is_whole(&r);
    workspace.bit(["status"]).success().says("org.r/foo. versions: 0.0.3");
    workspace.bit(["export", "org.r/foo@0.0.1"]).success().says("nothing to export");
    workspace.bit(["export", "foo@latest"]).fails(1).complains("is no version number");
    // Named whole as well, it is meant whole.
    workspace.bit(["export", "foo@0.0.1", "*"]).success().says("exported components (2)");
    assert_eq!(tags(&r), ["bar@0.0.1", "foo@0.0.1", "foo@0.0.2", "foo@0.0.3"]);
    workspace.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn a_version_of_a_component_without_a_scope_takes_the_newer_ones_along_here_alone() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "my-scope", &[("foo", "", "")]);
    workspace.append("src/foo/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    workspace.bit(["export", "org.r", "foo@0.0.1"]).success().says("my-scope/foo → org.r/foo");
    assert_eq!(tags(&r), ["foo@0.0.1"]);
    workspace.bit(["status"]).success().says("org.r/foo. versions: 0.0.2").silent_about("my-scope");
    workspace.bit(["export"]).success().says("org.r/foo@0.0.2");
    is_whole(&r);
}

#[test]
fn a_pattern_that_names_nothing_is_told() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "org.r", &[("foo", "", ""), ("bar", "", "")]);
    let told = "the pattern \"zz*\" names no component";
    workspace.bit(["export", "zz*"]).success().says("nothing to export").complains(told);
    workspace.bit(["export", "zz*", "!foo"]).success().says("nothing to export").complains(told);
    workspace.bit(["export", "foo", "zz*"]).success().says("exported components (1)").complains(told);
    workspace.bit(["export", "!foo"]).success().says("org.r/bar").silent_about("names no component");
    assert_eq!(tags(&r), ["bar@0.0.1", "foo@0.0.1"]);
}

#[test]
fn a_scope_in_the_wrong_place_is_told_from_an_id() {
    let env = TestEnvironment::new();
    let [workspace, r, _] = workspace(&env, "my-scope", &[("foo", "", "")]);
    let run = workspace.bit(["export", "foo", "org.r"]);
    run.fails(1).complains("org.r is a scope").complains("(bit export org.r foo)").complains("foo --to org.r)");
    workspace.bit(["export", "foo", "no.where"]).fails(1).complains("(bit export no.where foo)");
    workspace.bit(["export", "org.r2", "foo", "org.r"]).fails(1).complains("bit export org.r2 foo;");
    for words in [&["export", "../s.git"][..], &["export", "org.r", "https://example.com/s"], &["export", "--to", "/s"]]
    {
        let run = workspace.bit(words);
        run.fails(1).complains("bit remote add").complains("needs its name").silent_about("invalid as");
    }
    workspace.bit(["export", "Foo"]).fails(1).complains("did you mean \"foo\"");
    assert!(tags(&r).is_empty());
    workspace.bit(["export", "foo", "--to", "org.r"]).success();
    assert_eq!(tags(&r), ["foo@0.0.1"]);
}

#[test]
fn what_is_needed_too_is_named_by_a_command_that_works() {
    // A scope that was meant for both.
    let env = TestEnvironment::new();
    let [workspace, r, r2] = workspace(&env, "org.r", &[("base", "", ""), ("dep", "", "@org/r.base")]);
    let run = workspace.bit(["export", "dep"]);
    run.fails(1)
        .complains("org.r/dep@0.0.1 needs org.r/base@0.0.1")
        .complains("export them too: bit export base dep\n");
    workspace.append("src/base/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    workspace.bit(["export", "dep@0.0.1"]).fails(1).complains("bit export base@0.0.1 dep@0.0.1\n");
    workspace.bit(["export", "de*"]).fails(1).complains("bit export base 'de*'\n");
    // Without ids, base would be published to a scope that nobody meant.
    workspace.bit(["export", "org.r2", "dep"]).fails(1).complains("bit export org.r2 base dep\n");
    assert!(tags(&r).is_empty() && tags(&r2).is_empty());
    workspace.bit(["export", "base@0.0.1", "dep@0.0.1"]).success();
    assert_eq!(tags(&r), ["base@0.0.1", "dep@0.0.1"]);
    is_whole(&r);
    // One that was exported can't go elsewhere: it goes first, to its own.
    workspace.write("src/new/index.js", "require('@org/r.base');\n").bit(["add", "src/new"]).success();
    workspace.bit(["tag", "new", "-m", "new"]).success();
    let run = workspace.bit(["export", "org.r2", "new"]);
    run.fails(1).complains("export them too: bit export base; then: bit export org.r2 new\n");
    workspace.bit(["export", "base"]).success();
    workspace.bit(["export", "org.r2", "new"]).success();
    is_whole(&r2);
    // Of those without a scope nobody knows where they are to go, but by who needs them.
    workspace.write("src/lost/index.js", "1;\n").bit(["add", "src/lost", "--scope", "my-scope"]).success();
    workspace.write("src/last/index.js", "require('@my-scope/lost');\n").bit(["add", "src/last"]).success();
    workspace.bit(["tag", "-m", "last"]).success();
    workspace.bit(["export"]).fails(1).complains("export them too: bit export org.r lost last\n");
}

#[test]
fn components_of_one_name_in_two_scopes_stand_side_by_side() {
    let env = TestEnvironment::new();
    let (ui, _base) = (scope(&env, "my-org.ui"), scope(&env, "my-org.base"));
    let theirs = env.git_workspace_at("theirs", "my-org.base");
    theirs.bit(["remote", "add", "my-org.base", "../my-org.base"]).success();
    theirs.component("theme", &[("index.js", "module.exports = 'theirs';\n")]);
    theirs.bit(["tag", "-m", "theirs"]).success();
    theirs.bit(["export"]).success();

    let workspace = env.git_workspace_at("mine", "my-org.ui");
    for name in ["my-org.ui", "my-org.base"] {
        workspace.bit(["remote", "add", name, &format!("../{name}")]).success();
    }
    workspace.component("theme", &[("index.js", "module.exports = 'mine';\n")]);
    // Versions of another one that come here change nothing of it.
    workspace.bit(["import", "--objects", "my-org.base/theme"]).success();
    let new = || workspace.bit(["status", "--json"]).success().json()["newComponents"].clone();
    assert_eq!(new(), serde_json::json!(["my-org.ui/theme"]));
    workspace.bit(["import", "my-org.base/theme", "--path", "other"]).success();
    assert_eq!(new(), serde_json::json!(["my-org.ui/theme"]));
    let bitmap: serde_json::Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    assert_eq!(
        (&bitmap["my-org.ui/theme"]["rootDir"], &bitmap["my-org.base/theme"]["rootDir"]),
        (&"theme".into(), &"other".into())
    );
    workspace.bit(["tag", "-m", "mine"]).success();
    workspace.bit(["export"]).success().says("exported components (1)");
    assert_eq!(tags(&ui), ["theme@0.0.1"]);
    workspace.bit(["status"]).success().says("the workspace is clean");
    let both = "require('@my-org/ui.theme') + require('@my-org/base.theme')";
    assert_eq!(workspace.node(["-p", both]).line(), "minetheirs");
}
