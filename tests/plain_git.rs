//! The local scope is a git repository: what a person does there with plain git, bit understands.

use serde_json::json;

use crate::common::{Folder, TestEnvironment};

fn tagged_twice(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.component("icon", &[("index.js", "1\n")]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.append("icon/index.js", "2\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace
}

#[track_caller]
fn goes_on(workspace: &Folder<'_>) {
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!([]));
    assert_eq!(status["stagedComponents"], json!([{"id": "my-org.ui/icon", "versions": ["0.0.1", "0.0.2"]}]));
    workspace.append("icon/index.js", "3\n");
    workspace.bit(["tag", "-m", "three"]).success().says("my-org.ui/icon@0.0.3 (from 0.0.2)");
    let ids = ["my-org.ui/icon@0.0.1", "my-org.ui/icon@0.0.2", "my-org.ui/icon@0.0.3"];
    assert_eq!(workspace.versions(), ids);
    assert_eq!(workspace.scope_git(["rev-list", "--count", ids[2]]).line(), "3");
    workspace.fsck();
    workspace.bit(["reset", "icon", "0.0.3"]).success();
    assert_eq!(workspace.versions(), ids[..2]);
}

#[test]
fn housekeeping_changes_nothing() {
    for housekeeping in [
        &["gc", "--quiet", "--prune=now"][..],
        &["pack-refs", "--all", "--prune"],
        &["repack", "-a", "-d", "-f", "--quiet"],
        &["commit-graph", "write", "--reachable"],
        &["multi-pack-index", "write"],
        &["update-server-info"],
    ] {
        let env = TestEnvironment::new();
        let workspace = tagged_twice(&env);
        workspace.scope_git(housekeeping).success();
        goes_on(&workspace);
    }
}

#[test]
fn an_annotated_tag_is_the_version_that_it_names() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    let commit = workspace.scope_git(["rev-parse", "my-org.ui/icon@0.0.2"]).line().to_owned();
    workspace.scope_git(["tag", "--force", "-a", "-m", "signed", "my-org.ui/icon@0.0.2", &commit]).success();
    assert_ne!(workspace.refs()["refs/tags/my-org.ui/icon@0.0.2"], commit, "it is a tag object now");
    goes_on(&workspace);
    workspace.bit(["reset", "icon"]).success();
    assert_eq!(workspace.versions(), Vec::<String>::new());
}

#[test]
fn refs_that_are_not_ours_are_left_alone() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    let commit = workspace.scope_git(["rev-parse", "my-org.ui/icon@0.0.1"]).line().to_owned();
    let foreign =
        ["refs/heads/mine", "refs/tags/v1", "refs/tags/not/a-version", "refs/notes/x", "refs/remotes/origin/main"];
    for name in foreign {
        workspace.scope_git(["update-ref", name, &commit]).success();
    }
    workspace.bit(["status"]).success();
    workspace.append("icon/index.js", "3\n");
    workspace.bit(["tag", "-m", "three"]).success();
    workspace.bit(["reset", "--all"]).success();
    assert_eq!(workspace.refs().into_keys().collect::<Vec<_>>(), {
        let mut foreign = foreign.map(str::to_owned);
        foreign.sort();
        foreign
    });
}

#[test]
fn a_version_whose_tag_a_person_deleted_is_import_pending() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.scope_git(["tag", "--delete", "my-org.ui/icon@0.0.2"]).success();
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["importPendingComponents"], json!(["my-org.ui/icon@0.0.2"]));
    workspace.bit(["tag", "icon", "-m", "x"]).fails(1).complains("icon is not in the local scope");
    // Its content is still there for who knows the commit, which .bitmap does.
    let bitmap: serde_json::Value = serde_json::from_str(&workspace.read(".bitmap")).unwrap();
    let commit = bitmap["icon"]["commit"].as_str().unwrap();
    workspace.scope_git(["tag", "my-org.ui/icon@0.0.2", commit]).success();
    goes_on(&workspace);
}

#[test]
fn a_hooks_environment_leads_nobody_astray() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    let team = env.git_folder("elsewhere");
    let before = (workspace.git(["for-each-ref"]).stdout, team.listing(&[]));
    workspace.append("icon/index.js", "3\n");
    let in_a_hook = |arguments: &[&str]| {
        let git = team.path().join(".git");
        let run = workspace.invocation().env("GIT_DIR", &git).env("GIT_WORK_TREE", team.path());
        let run = run.env("GIT_INDEX_FILE", git.join("index.lock")).env("GIT_COMMON_DIR", &git);
        let run = run.env("GIT_OBJECT_DIRECTORY", git.join("objects")).env("GIT_NAMESPACE", "other");
        run.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", git.join("objects")).args(arguments).run()
    };
    in_a_hook(&["status"]).success().says("modified components");
    in_a_hook(&["tag", "-m", "three"]).success();
    assert_eq!((workspace.git(["for-each-ref"]).stdout, team.listing(&[])), before);
    assert_eq!(workspace.versions().len(), 3);
    workspace.fsck();
}

#[test]
fn a_teammates_clone_knows_what_it_does_not_have() {
    let env = TestEnvironment::new();
    let workspace = tagged_twice(&env);
    workspace.write(".gitignore", "node_modules\n");
    workspace.git(["add", "."]).success();
    workspace.git(["commit", "--quiet", "-m", "x"]).success();
    env.folder(".").git(["clone", "--quiet", "workspace", "clone"]).success();
    let clone = env.folder("clone");
    assert!(!clone.exists(".git/bit"));
    let run = clone.bit(["status"]);
    run.success().says("import pending").says("my-org.ui/icon@0.0.2").complains("there was no local scope here");
    clone.bit(["tag", "-m", "x"]).fails(1).complains("nothing was tagged").complains("each has its own local scope");
    // One that a teammate did not export stops nobody.
    clone.component("mine", &[("index.js", "module.exports = 1;\n")]);
    clone.bit(["tag", "-m", "x"]).success().says("mine@0.0.1").complains("was passed over");
    clone.bit(["tag", "-m", "x"]).success().says("nothing to tag").complains("was passed over");
    clone.git(["checkout", "--quiet", ".bitmap"]).success();
    clone.remove("mine");
    assert_eq!(clone.git(["status", "--porcelain"]).line(), "", "nothing of the team's files changed");
}

#[test]
fn switching_branches_switches_versions_and_nothing_is_advanced() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.write(".gitignore", "node_modules\n");
    workspace.component("icon", &[("index.js", "1\n")]);
    let commit = |message| {
        workspace.git(["add", "."]).success();
        workspace.git(["commit", "--quiet", "-m", message]).success();
    };
    workspace.bit(["tag", "-m", "one"]).success();
    commit("one");
    workspace.git(["checkout", "--quiet", "-b", "feature"]).success();
    workspace.append("icon/index.js", "2\n");
    workspace.bit(["tag", "-m", "two"]).success();
    commit("two");

    workspace.git(["checkout", "--quiet", "main"]).success();
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!([]));
    assert_eq!(status["stagedComponents"][0]["versions"], json!(["0.0.1", "0.0.2"]), "both are known here");
    workspace.bit(["tag"]).success().says("nothing to tag");
    workspace.bit(["link"]).success();
    assert_eq!(workspace.git(["status", "--porcelain"]).line(), "", "no record was advanced");
    workspace.append("icon/index.js", "3\n");
    workspace.bit(["tag", "-m", "x"]).fails(1).complains("a newer version exists").complains("0.0.2");
    workspace.git(["checkout", "--quiet", "."]).success();

    workspace.git(["checkout", "--quiet", "feature"]).success();
    workspace.append("icon/index.js", "3\n");
    workspace.bit(["tag", "-m", "three"]).success().says("my-org.ui/icon@0.0.3 (from 0.0.2)");
}
