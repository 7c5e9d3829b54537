//! `bit link`: node_modules finds every component, and `--rewire` turns relative imports into packages.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use insta::assert_snapshot;

use crate::common::{Folder, TestEnvironment};

/// `card` reaches into `button`, `theme` and `icon` by relative paths, in every way there is.
fn reaching_across(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.components(&[
        ("button", &[("index.js", "module.exports = 'button';\n"), ("lib/x.js", "module.exports = 'x';\n")]),
        ("icon", &[("icon.ts", "export const icon = 'i';\n"), ("svg/index.ts", "export {};\n")]),
        ("theme", &[("theme.scss", "$a: 1;\n"), ("_mixins.scss", "$b: 2;\n"), ("index.js", "")]),
        (
            "card",
            &[
                (
                    "index.js",
                    "// require('../button')\nconst b = require('../button'); const x = require(\"../button/lib/x.js\");\nmodule.exports = [b, x, require('../button/lib/x'), require('./own'), '../button'];\n",
                ),
                ("own.js", "module.exports = 'own';\n"),
                (
                    "ui/view.ts",
                    "import type { icon } from '../../icon/icon';\r\nimport '../../icon/svg';\r\nexport * from '../../button/index.js';\r\nimport raw from '../../theme/theme.scss?raw';\r\n",
                ),
                ("ui/view.scss", "@use '../../theme/theme.scss';\n@use '../../theme/mixins';\n"),
            ],
        ),
    ]);
    workspace.clone()
}

#[test]
fn relative_imports_become_packages_and_nothing_else_changes() {
    let env = TestEnvironment::new();
    let workspace = reaching_across(&env);
    workspace.bit(["status"]).says("RelativeComponent");
    assert_snapshot!(workspace.bit(["link", "--rewire"]), @r#"
    rewired 1 components and total of 3 files
      > my-org.ui/card
        card/index.js
        card/ui/view.scss
        card/ui/view.ts
    4 components linked (nothing to do)
    "#);
    assert_snapshot!(workspace.read("card/index.js"), @r#"
    // require('../button')
    const b = require('@my-org/ui.button'); const x = require("@my-org/ui.button/lib/x.js");
    module.exports = [b, x, require('@my-org/ui.button/lib/x'), require('./own'), '../button'];
    "#);
    assert_snapshot!(format!("{:?}", workspace.read("card/ui/view.ts")), @r#""import type { icon } from '@my-org/ui.icon';\r\nimport '@my-org/ui.icon/svg';\r\nexport * from '@my-org/ui.button';\r\nimport raw from '@my-org/ui.theme/theme.scss?raw';\r\n""#);
    assert_snapshot!(workspace.read("card/ui/view.scss"), @r#"
    @use '~@my-org/ui.theme/theme.scss';
    @use '~@my-org/ui.theme/mixins';
    "#);
    workspace.bit(["status"]).silent_about("RelativeComponent").silent_about("issues");
    workspace.node(["-p", "require('@my-org/ui.card').slice(0, 4).join()"]).says("button,x,x,own");
    workspace.bit(["link", "--rewire"]).success().says("rewired 0 components and total of 0 files");
}

#[test]
fn only_the_components_named_are_rewired() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[
        ("a", &[("index.js", "")]),
        ("b", &[("index.js", "require('../a')\n")]),
        ("c", &[("index.js", "require('../a')\n")]),
    ]);
    let run = workspace.bit(["link", "c", "--rewire", "--json"]);
    assert_eq!(run.success().json()["rewired"], serde_json::json!([{"id": "my-org.ui/c", "files": ["c/index.js"]}]));
    assert_eq!(workspace.read("b/index.js"), "require('../a')\n");
    assert_eq!(workspace.read("c/index.js"), "require('@my-org/ui.a')\n");
    workspace.bit(["link", "nobody", "--rewire"]).fails(1).complains("unable to find any component matching");
}

#[test]
fn a_file_that_cannot_be_parsed_is_named_and_left_alone() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[
        ("a", &[("index.js", "")]),
        ("b", &[("index.js", "require('../a')\n"), ("broken.js", "require('../a'\nlet = ;\n")]),
    ]);
    let run = workspace.bit(["link", "--rewire"]);
    run.fails(1).complains("b/broken.js:").says("rewired 1 components and total of 1 files");
    assert_eq!(workspace.read("b/broken.js"), "require('../a'\nlet = ;\n");
    workspace.bit(["link"]).success();
}

#[test]
fn a_rewired_file_keeps_its_mode_and_no_litter_is_left() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[("a", &[("index.js", "")]), ("b", &[("index.js", "require('../a')\n")])]);
    let script = workspace.path().join("b/index.js");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o750)).unwrap();
    workspace.bit(["link", "--rewire"]).success();
    assert_eq!(fs::metadata(&script).unwrap().permissions().mode() & 0o777, 0o750);
    assert_eq!(workspace.inside("b").listing(&[]), ["index.js"]);
}

#[test]
fn links_are_made_mended_and_removed() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[("a", &[("index.js", "")]), ("b", &[("index.js", "")]), ("c", &[("index.js", "")])]);
    workspace.remove("node_modules/@my-org/ui.a").remove("node_modules/@my-org/ui.b/index.js");
    let stale = workspace.path().join("node_modules/@my-org/ui.old");
    fs::create_dir(&stale).unwrap();
    symlink("../../../a/index.js", stale.join("index.js")).unwrap();
    workspace.remove("node_modules/@my-org/ui.c");
    workspace.write("node_modules/@my-org/ui.c/package.json", "{\"name\": \"@my-org/ui.c\", \"version\": \"9.0.0\"}");
    assert_snapshot!(workspace.bit(["link"]), @r#"
    2 components linked (1 created, 1 mended, 1 removed)
      removed node_modules/@my-org/ui.old
    --- stderr
    warning: node_modules/@my-org/ui.c is not a link of bit's and was left alone: imports find what is there, not the component; remove that folder (and the package from package.json) and run "bit link" again
    "#);
    assert!(!stale.exists());
    assert!(workspace.read("node_modules/@my-org/ui.c/package.json").contains("9.0.0"));
    workspace.bit(["link"]).success().says("2 components linked (nothing to do)");
}

#[test]
fn where_links_are_of_no_use_it_refuses() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.components(&[("a", &[("index.js", "")]), ("b", &[("index.js", "require('../a')\n")])]);
    workspace.bit(["link", "--target", "."]).success();
    workspace.bit(["link", "--target", "elsewhere"]).fails(1).complains("node_modules");
    workspace.write(".pnp.cjs", "");
    workspace.bit(["link", "--rewire"]).fails(1).complains("Plug'n'Play").complains("nodeLinker: node-modules");
    assert_eq!(workspace.read("b/index.js"), "require('../a')\n");
}
