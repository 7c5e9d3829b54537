//! `bit deprecate` and `bit undeprecate`: what waits in .bitmap to be published.

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Folder, TestEnvironment};

fn three_components(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.components(&[
        ("bar/one", &[("index.js", "")]),
        ("bar/two", &[("index.js", "")]),
        ("bar/three", &[("index.js", "")]),
    ]);
    workspace.clone()
}

fn pending(workspace: &Folder<'_>, name: &str) -> Value {
    let bitmap: Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    bitmap[name]["config"]["teambit.component/deprecation"].clone()
}

#[test]
fn it_waits_in_the_bitmap_and_can_be_taken_back() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    let untouched = workspace.read(".bitmap");
    assert_snapshot!(workspace.bit(["deprecate", "one", "use two", "--new-id", "two", "--range", "<1.0.0"]), @r#"
    deprecated components: my-org.ui/one
    1 component(s) deprecated (the next "bit export" publishes it)
    "#);
    assert_eq!(
        pending(&workspace, "one"),
        json!({"deprecate": true, "message": "use two", "newId": "my-org.ui/two", "range": "<1.0.0"})
    );
    assert_snapshot!(workspace.bit(["deprecate", "one", "use two", "--new-id", "two", "--range", "<1.0.0"]), @"no changes have been made: deprecated so already");
    assert_snapshot!(workspace.bit(["undeprecate", "one"]), @r#"
      > my-org.ui/one
    1 component(s) undeprecated successfully
    "#);
    assert_snapshot!(workspace.bit(["undeprecate", "one"]), @"no changes have been made: not deprecated");
    assert_eq!(workspace.read(".bitmap"), untouched);
}

#[test]
fn a_pattern_names_many() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    workspace.bit(["deprecate", "*"]).success().says("3 component");
    assert_eq!(pending(&workspace, "three"), json!({"deprecate": true}));
    let run = workspace.bit(["undeprecate", "one,two", "--json"]);
    assert_eq!(run.success().json(), json!({"undeprecated": ["my-org.ui/one", "my-org.ui/two"]}));
    workspace.bit(["undeprecate", "*"]).success().says("1 component(s) undeprecated successfully");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let env = TestEnvironment::new();
    let workspace = three_components(&env);
    let untouched = workspace.read(".bitmap");
    workspace.bit(["deprecate", "*", "--new-id", "one"]).fails(1).complains("--new-id is for one component");
    workspace.bit(["deprecate", "one", "--new-id", "one"]).fails(1).complains("instead of itself");
    workspace.bit(["deprecate", "one", "--new-id", "nobody"]).fails(1).complains("unable to find any component");
    workspace.bit(["deprecate", "one", "--range", "not a range"]).fails(1).complains("no range of versions");
    workspace.bit(["deprecate", "one", "two"]).fails(2).complains("\"one,two\"");
    workspace.bit(["deprecate", "one@1.0.0"]).fails(1).complains("--range 1.0.0");
    workspace.bit(["deprecate", "none/*"]).fails(1).complains("unable to find any component matching");
    workspace.bit(["undeprecate", "onee"]).fails(1).complains("did you mean \"one\"?");
    assert_eq!(workspace.read(".bitmap"), untouched);
    workspace.bit(["deprecate", "one", "--new-id", "other-org.base/knob"]).success();
    assert_eq!(pending(&workspace, "one"), json!({"deprecate": true, "newId": "other-org.base/knob"}));
}
