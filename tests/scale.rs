//! Many components at once: the same promises, in time.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::{Folder, TestEnvironment};

const LENGTH: usize = 300;

/// `c0` ← `c1` ← … ← `c299`, tracked in another order than that.
fn chain(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    for at in 0..LENGTH {
        let needed = at.checked_sub(1).map(|needed| format!("require('@my-org/ui.c{needed}');\n")).unwrap_or_default();
        workspace.write(&format!("src/c{at}/index.js"), needed);
    }
    workspace.bit(["add", "src/*"]).success();
    workspace
}

/// What a tag made, in its order: the number in the component's name, the version and the reason.
fn tagged(workspace: &Folder<'_>) -> Vec<(usize, String, String)> {
    let tagged = workspace.bit(["tag", "-m", "x", "--json"]).success().json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let one = |tag: &Value| {
        let place = text(&tag["id"]).trim_start_matches("my-org.ui/c").parse().unwrap();
        (place, text(&tag["version"]), text(&tag["reason"]))
    };
    tagged["tagged"].as_array().unwrap().iter().map(one).collect()
}

#[test]
fn a_chain_is_tagged_and_auto_tagged_from_its_root_in_order_and_each_once() {
    let env = TestEnvironment::new();
    let workspace = chain(&env);
    let begin = Instant::now();
    let first = tagged(&workspace);
    assert_eq!(first, (0..LENGTH).map(|at| (at, "0.0.1".to_owned(), "new".to_owned())).collect::<Vec<_>>());

    workspace.append("src/c0/index.js", "// more\n");
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["autoTagPendingComponents"].as_array().unwrap().len(), LENGTH - 1);
    let second = tagged(&workspace);
    let reason = |at| if at == 0 { "changed" } else { "dependent" };
    assert_eq!(second, (0..LENGTH).map(|at| (at, "0.0.2".to_owned(), reason(at).to_owned())).collect::<Vec<_>>());

    assert_eq!(workspace.refs().len(), 2 * LENGTH);
    workspace.fsck();
    // From the end, every pin leads to the version before, by number and by content.
    for at in (1..LENGTH).rev() {
        if at % 50 != 49 {
            continue;
        }
        let shown = workspace.scope_git(["show", &format!("my-org.ui/c{at}@0.0.2:component.json")]).success().json();
        let needed = format!("my-org.ui/c{}@0.0.2", at - 1);
        assert_eq!(shown["dependencies"][0]["id"], needed);
        assert_eq!(shown["dependencies"][0]["commit"], workspace.refs()[&format!("refs/tags/{needed}")]);
        assert_eq!(shown["scopes"], serde_json::json!(["my-org.ui"]), "no list of the closure");
    }
    workspace.bit(["tag"]).success().says("nothing to tag");
    workspace.bit(["reset", "--all"]).success().says("300 component(s) reset successfully");
    assert_eq!(workspace.refs().len(), 0);
    // No measurement: only that nothing grows with the square.
    assert!(begin.elapsed() < Duration::from_secs(60), "{:?}", begin.elapsed());
}

#[test]
fn sizes_do_not_grow_with_what_was_tagged_before() {
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.component("box", &[("index.js", "")]);
    for round in 0..60 {
        workspace.write("box/index.js", format!("module.exports = {round};\n"));
        workspace.bit(["tag", "-m", "x"]).success();
    }
    assert_eq!(workspace.versions().len(), 60);
    assert_eq!(workspace.scope_git(["rev-list", "--count", "my-org.ui/box@0.0.60"]).line(), "60");
    // Every tag makes a pack; git joins them before there are too many.
    let packs = workspace.scope_git(["count-objects", "-v"]);
    let packs = packs.success().stdout.lines().find_map(|line| line.strip_prefix("packs: ")?.parse::<usize>().ok());
    assert!(packs.unwrap() < 60, "{packs:?} packs");
    workspace.fsck();
    workspace.bit(["status"]).success().silent_about("modified");
}
