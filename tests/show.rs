//! `bit show`: all about one component.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Catalog, Folder, TestEnvironment};

/// `button` needs `theme` and lodash; its test needs `testing`.
fn three(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.write("package.json", r#"{"dependencies": {"lodash": "^4.0.0"}}"#);
    workspace.components(&[
        ("theme", &[("index.js", "")]),
        ("testing", &[("index.js", "")]),
        (
            "ui/button",
            &[
                ("index.js", "require('@my-org/ui.theme'); require('lodash');\n"),
                ("button.spec.js", "require('@my-org/ui.testing');\n"),
            ],
        ),
    ]);
    workspace
}

/// Commits are the same on every machine, but who reads a test has no use for them.
fn without_hashes(workspace: &Folder<'_>, text: &str) -> String {
    let commits = workspace.versions().into_iter().map(|id| workspace.commit_of(&id)[..9].to_owned());
    commits.fold(text.to_owned(), |text, commit| text.replace(&commit, "[HASH]"))
}

fn titles(shown: &Value) -> Vec<&str> {
    shown.as_array().unwrap().iter().map(|field| field["title"].as_str().unwrap()).collect()
}

fn field<'a>(shown: &'a Value, title: &str) -> &'a Value {
    &shown.as_array().unwrap().iter().find(|field| field["title"] == title).expect("the field")["json"]
}

#[test]
fn a_new_component_is_shown_as_it_is() {
    let env = TestEnvironment::new();
    assert_snapshot!(three(&env).bit(["show", "button"]), @r"
    id            my-org.ui/button
    name          button
    package       @my-org/ui.button
    version       none yet
    folder        ui/button
    main file     index.js
    env           node
    files         button.spec.js
                  index.js
    dependencies  my-org.ui/testing (dev)
                  my-org.ui/theme
    packages      lodash ^4.0.0
    scopes        my-org.ui
    versions      none yet
    ");
}

#[test]
fn a_tagged_one_is_shown_with_its_versions() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    workspace.bit(["tag"]).success();
    workspace.write("ui/button/more.js", "").bit(["tag", "--minor"]).success();
    workspace.write("ui/button/index.js", "require('lodash');\n");
    assert_snapshot!(without_hashes(&workspace, &workspace.bit(["show", "button"]).to_string()), @r"
    id            my-org.ui/button@0.1.0
    name          button
    package       @my-org/ui.button
    version       0.1.0 ([HASH], 2001-02-03T04:05:06+00:00), modified since
    folder        ui/button
    main file     index.js
    env           node
    files         button.spec.js
                  index.js
                  more.js
    dependencies  my-org.ui/testing@0.0.1 (dev)
    packages      lodash ^4.0.0
    scopes        my-org.ui
    versions      0.1.0, 0.0.1
    ");
    assert_snapshot!(without_hashes(&workspace, &workspace.bit(["show", "button@0.0.1"]).to_string()), @r"
    id            my-org.ui/button@0.0.1
    name          button
    package       @my-org/ui.button
    version       0.0.1 ([HASH], 2001-02-03T04:05:06+00:00)
    folder        ui/button
    main file     index.js
    env           node
    files         button.spec.js
                  index.js
    dependencies  my-org.ui/testing@0.0.1 (dev)
                  my-org.ui/theme@0.0.1
    packages      lodash ^4.0.0
    scopes        my-org.ui
    versions      0.1.0, 0.0.1
    ");
    workspace.bit(["show", "button@head"]).success().says("my-org.ui/button@0.1.0");
}

#[test]
fn json_has_the_titles_that_scripts_read() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    workspace.bit(["tag"]).success();
    let shown = workspace.bit(["show", "button", "--json"]).success().json();
    for title in ["id", "name", "files", "dependencies", "configuration", "deprecated", "removed", "env"] {
        assert!(titles(&shown).contains(&title), "{title} is missing");
    }
    assert_eq!(field(&shown, "id"), "my-org.ui/button@0.0.1");
    assert_eq!(field(&shown, "files"), &json!(["button.spec.js", "index.js"]));
    assert_eq!(
        field(&shown, "dependencies"),
        &json!([
            {"id": "my-org.ui/testing", "version": "0.0.1", "kind": "dev"},
            {"id": "my-org.ui/theme", "version": "0.0.1", "kind": "runtime"},
        ])
    );
    assert_eq!(field(&shown, "deprecated")["isDeprecate"], false);

    let legacy = workspace.bit(["show", "button", "--json", "--legacy"]).success().json();
    assert_eq!(legacy["dependencies"], json!([{"id": "my-org.ui/theme@0.0.1", "relativePaths": []}]));
    assert_eq!(legacy["devDependencies"][0]["id"], "my-org.ui/testing@0.0.1");
    assert_eq!(legacy["packageDependencies"], json!({"lodash": "^4.0.0"}));
    assert_eq!(legacy["scopesList"], json!(["my-org.ui"]));
}

#[test]
fn the_local_scope_is_enough() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    workspace.bit(["tag"]).success();
    // A workspace whose local scope has the versions, and that tracks nothing.
    let other = env.git_folder("other");
    other.bit(["init", "--default-scope", "their.scope"]).success();
    other.git(["clone", "--quiet", "--bare", &workspace.local_scope().to_string_lossy(), "copy.git"]).success();
    other.scope_git(["fetch", "--quiet", "copy.git", "refs/tags/*:refs/tags/*"]).success();
    other.bit(["show", "my-org.ui/button"]).success().says("my-org.ui/theme@0.0.1").says("index.js");
    other.bit(["show", "button"]).success().says("my-org.ui/button@0.0.1");
    other.bit(["show", "my-org.ui/buton"]).fails(1).complains("did you mean \"my-org.ui/button\"?");
}

#[test]
fn the_catalog_tells_what_is_not_here() {
    let env = TestEnvironment::new();
    let workspace = three(&env);
    Catalog::of("their.forms")
        .component_with("input", &[("1.0.0", &"1".repeat(40))], json!({"deprecated": {"message": "use field"}}))
        .seen_by(&workspace);
    assert_snapshot!(workspace.bit(["show", "their.forms/input", "--remote", "--cached"]), @r#"
    id          their.forms/input@1.0.0
    name        input
    package     @their/forms.input
    version     1.0.0 (111111111)
    files       not in the local scope: "bit import" brings them
    deprecated  yes: use field
    scopes      their.forms
    versions    1.0.0
    --- stderr
    (as the catalog of their.forms was last seen)
    "#);
    assert_snapshot!(workspace.bit(["show", "their.forms/input"]), @r#"
    --- stderr
    error: their.forms/input is in the catalog of their.forms, but none of its versions is in the local scope
    hint: "bit import their.forms/input" brings it; "bit show their.forms/input --remote" shows it as the scope has it
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["show", "button", "--remote", "--cached"]), @r#"
    --- stderr
    error: the scope "my-org.ui" is not known here: its catalog was never fetched
    hint: known here: their.forms; without --cached the scope is asked, once "bit remote add" has said where it is
    --- exit 1
    "#);
}

#[test]
fn outside_of_a_workspace_there_is_nothing_to_show() {
    let env = TestEnvironment::new();
    let run = env.folder("nowhere").bit(["show", "button"]);
    run.fails(1).complains("error: the current directory is not a workspace nor a scope");
}
