//! `bit diff`: what changed.

use insta::assert_snapshot;
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use crate::common::{Folder, TestEnvironment};

/// `button` needs `theme`; both tagged.
fn two_tagged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'red';\n"), ("colours.css", ".a {}\n")]),
        ("button", &[("index.js", "const theme = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag"]).success();
    workspace
}

#[test]
fn nothing_is_modified() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    assert_snapshot!(workspace.bit(["diff"]), @"nothing is modified");
    assert_snapshot!(workspace.bit(["diff", "button"]), @"my-org.ui/button (0.0.1 → workspace): no difference");
    assert_eq!(workspace.bit(["diff", "--json"]).json(), json!([]));
}

#[test]
fn files_are_compared_as_git_does() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("theme/index.js", "module.exports = 'blue';\nno newline");
    workspace.write("theme/new file.js", "1\n").remove("theme/colours.css");
    workspace.write("theme/picture.png", b"\x89PNG\0");
    let script = workspace.path().join("button/index.js");
    fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(workspace.bit(["diff"]), @r"
    my-org.ui/button (0.0.1 → workspace)
    diff --git a/index.js b/index.js
    old mode 100644
    new mode 100755

    my-org.ui/theme (0.0.1 → workspace)
    diff --git a/colours.css b/colours.css
    deleted file mode 100644
    --- a/colours.css
    +++ /dev/null
    @@ -1 +0,0 @@
    -.a {}
    diff --git a/index.js b/index.js
    --- a/index.js
    +++ b/index.js
    @@ -1 +1,2 @@
    -module.exports = 'red';
    +module.exports = 'blue';
    +no newline
    \ No newline at end of file
    diff --git a/new file.js b/new file.js
    new file mode 100644
    --- /dev/null
    +++ b/new file.js
    @@ -0,0 +1 @@
    +1
    diff --git a/picture.png b/picture.png
    new file mode 100644
    Binary files /dev/null and b/picture.png differ
    ");
    assert_snapshot!(workspace.bit(["diff", "--stat"]), @r"
    my-org.ui/button (0.0.1 → workspace)
      index.js | mode 100644 → 100755
      1 file changed, 0 insertions(+), 0 deletions(-)
    my-org.ui/theme (0.0.1 → workspace)
      colours.css | 1 -
      index.js    | 3 ++-
      new file.js | 1 +
      picture.png | binary
      4 files changed, 3 insertions(+), 2 deletions(-)
    ");
    assert_snapshot!(workspace.bit(["diff", "theme", "--name-only"]), @r"
    theme/colours.css
    theme/index.js
    theme/new file.js
    theme/picture.png
    ");
    assert_snapshot!(workspace.bit(["diff", "--file", "theme/new file.js", "theme"]), @r"
    my-org.ui/theme (0.0.1 → workspace)
    diff --git a/new file.js b/new file.js
    new file mode 100644
    --- /dev/null
    +++ b/new file.js
    @@ -0,0 +1 @@
    +1
    ");
    assert_snapshot!(workspace.bit(["diff", "--file", "nothing.js"]), @r#"
    --- stderr
    error: no component that is compared has a file "nothing.js"
    hint: name it from the component's folder or from the workspace's
    --- exit 1
    "#);
}

#[test]
fn git_can_apply_what_it_prints() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("theme/index.js", "module.exports = '\x1b[31mred\x1b[0m';\n").write("theme/a'b ö.js", "1");
    workspace.remove("theme/colours.css");
    let patch = workspace.bit(["diff", "theme"]).success().stdout.clone();
    let old = env.folder("old");
    old.write("index.js", "module.exports = 'red';\n").write("colours.css", ".a {}\n");
    old.program("git").args(["apply", "-"]).stdin(patch).run().success();
    assert_eq!(old.listing(&[]), ["a'b ö.js", "index.js"]);
    assert_eq!(old.read("index.js"), workspace.read("theme/index.js"));
}

#[test]
fn line_endings_alone_are_no_difference() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("theme/index.js", "module.exports = 'red';\r\nmodule.exports += 1;\r\n");
    let diff = workspace.bit(["diff", "theme", "--json"]).json();
    assert_eq!(diff[0]["filesDiff"][0]["added"], 1);
    assert_eq!(diff[0]["filesDiff"][0]["removed"], 0);
}

#[test]
fn versions_are_compared_with_each_other_and_with_the_folder() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("theme/index.js", "module.exports = 'blue';\n").bit(["tag"]).success();
    workspace.write("theme/index.js", "module.exports = 'green';\n");
    assert_snapshot!(workspace.bit(["diff", "button", "0.0.1", "0.0.2"]), @r"
    my-org.ui/button (0.0.1 → 0.0.2)
    dependency my-org.ui/theme: 0.0.1 → 0.0.2
    ");
    assert_snapshot!(workspace.bit(["diff", "theme", "0.0.1"]), @r"
    my-org.ui/theme (0.0.1 → workspace)
    diff --git a/index.js b/index.js
    --- a/index.js
    +++ b/index.js
    @@ -1 +1 @@
    -module.exports = 'red';
    +module.exports = 'green';
    ");
    let two = workspace.bit(["diff", "theme", "0.0.1", "latest"]).success().stdout.clone();
    assert_eq!(workspace.bit(["diff", "theme@0.0.1", "0.0.2"]).stdout, two);
    assert!(two.contains("+module.exports = 'blue';"), "{two}");
}

#[test]
fn fields_are_compared_too() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.write("button/main.js", "require('lodash');\n");
    workspace.write("package.json", r#"{"dependencies": {"lodash": "^4.0.0"}}"#).remove("button/index.js");
    workspace.bit(["add", "button", "--main", "main.js"]).success();
    assert_snapshot!(workspace.bit(["diff", "--configs-only"]), @r"
    my-org.ui/button (0.0.1 → workspace)
    main file: index.js → main.js
    dependency my-org.ui/theme: removed 0.0.1
    package lodash: added ^4.0.0
    ");
    workspace.bit(["diff", "--files-only"]).success().silent_about("lodash:");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let env = TestEnvironment::new();
    let workspace = two_tagged(&env);
    workspace.component("icon", &[("index.js", "")]);
    assert_snapshot!(workspace.bit(["diff", "icon"]), @r#"
    --- stderr
    error: my-org.ui/icon is new: it doesn't have any version yet
    hint: "bit show icon" shows it as it is; "bit tag icon" makes its first version
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["diff", "buton"]), @r#"
    --- stderr
    error: unable to find any component matching "buton" in this workspace or its local scope
    hint: did you mean "button"? "bit list" and "bit search" show what there is
    --- exit 1
    "#);
    assert_snapshot!(workspace.bit(["diff", "theme", "0.0.9"]), @r"
    --- stderr
    error: my-org.ui/theme doesn't have version 0.0.9
    hint: known here: 0.0.1
    --- exit 1
    ");
    workspace.bit(["diff", "*"]).success().silent_about("icon");
    workspace.bit(["diff", "none/*"]).fails(1).complains("unable to find any component matching");
    let theme = workspace.commit_of("my-org.ui/theme@0.0.1");
    workspace.scope_git(["update-ref", "refs/tags/other.scope/thing@1.0.0", &theme]).success();
    assert_snapshot!(workspace.bit(["diff", "other.scope/thing", "1.0.0"]), @r"
    --- stderr
    error: other.scope/thing is not in this workspace, so there is no folder to compare with
    hint: name two of its versions: bit diff other.scope/thing 1.0.0 1.0.1
    --- exit 1
    ");
}
