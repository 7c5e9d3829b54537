//! `bit merge`: two people's versions are joined, and nothing of either is lost.

use crate::common::faults;
use crate::common::{Folder, TestEnvironment, needs_faults};
use insta::assert_snapshot;
use serde_json::{Value, json};

const TEXT: &str = "one\n\ntwo\n\nthree\n";
const OURS: &str = "one, ours\n\ntwo\n\nthree\n";
const THEIRS: &str = "one\n\ntwo\n\nthree, theirs\n";
const BOTH: &str = "one, ours\n\ntwo\n\nthree, theirs\n";

/// Two people with the same exported versions: theme ← button, both at 0.0.1.
struct Team<'e> {
    scope: Folder<'e>,
    we: Folder<'e>,
    they: Folder<'e>,
}

impl<'e> Team<'e> {
    fn new(env: &'e TestEnvironment) -> Self {
        env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
        let we = env.git_workspace_at("we", "my-org.ui");
        we.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
        we.component("theme", &[("index.js", "module.exports = 1;\n"), ("text.md", TEXT)]);
        we.bit(["tag", "-m", "first"]).success();
        we.bit(["export"]).success();
        Self { scope: env.folder("my-org.ui"), they: copy(env, "we", "they"), we }
    }

    /// They tag and export a change, then we tag ours.
    fn diverge(&self, env: &TestEnvironment, theirs: &[&str], ours: &[&str]) {
        self.they.write("theme/text.md", THEIRS);
        env.later(10);
        self.they.bit(["tag", "-m", "theirs"].iter().chain(theirs)).success();
        self.they.bit(["export"]).success();
        self.we.write("theme/text.md", OURS);
        env.later(10);
        self.we.bit(["tag", "-m", "ours"].iter().chain(ours)).success();
        self.we.bit(["export"]).fails(1).complains("bit merge");
    }

    /// The scope is sound, and its catalog lists these versions of a component, in this order.
    #[track_caller]
    fn lists(&self, name: &str, versions: &[&str]) {
        self.scope.git(["fsck", "--full", "--strict"]).success();
        let entry = self.scope.git(["show", &format!("HEAD:catalog/{name}.json")]).success().json();
        let listed: Vec<&str> =
            entry["versions"].as_array().unwrap().iter().map(|one| one["version"].as_str().unwrap()).collect();
        assert_eq!(listed, versions);
        assert_eq!(entry["head"], *versions.last().unwrap());
        for one in entry["versions"].as_array().unwrap() {
            let tag = format!("refs/tags/{name}@{}^{{commit}}", one["version"].as_str().unwrap());
            assert_eq!(self.scope.git(["rev-parse", &tag]).line(), one["commit"].as_str().unwrap());
        }
    }

    /// Whether a commit is in the history of a version that the scope has.
    fn holds(&self, version: &str, commit: &str) -> bool {
        self.scope.git(["merge-base", "--is-ancestor", commit, &format!("refs/tags/{version}")]).code == Some(0)
    }
}

fn copy<'e>(env: &'e TestEnvironment, from: &str, to: &str) -> Folder<'e> {
    let root = env.folder(".");
    root.program("cp").args(["-a", from, to]).run().success();
    env.folder(to)
}

fn record(workspace: &Folder, name: &str) -> Value {
    serde_json::from_str::<Value>(&workspace.read(".bitmap")).unwrap()[name].clone()
}

fn parents(workspace: &Folder, id: &str) -> Vec<String> {
    let run = workspace.scope_git(["rev-parse", &format!("refs/tags/{id}^@")]);
    run.success().stdout.lines().map(str::to_owned).collect()
}

fn status(workspace: &Folder) -> Value {
    workspace.bit(["status", "--json"]).success().json()
}

#[test]
fn two_lines_with_different_numbers_are_joined_tagged_and_exported() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &["--minor"], &["--patch"]);
    let we = &team.we;
    let theirs = team.they.commit_of("my-org.ui/theme@0.1.0");
    let ours = we.commit_of("my-org.ui/theme@0.0.2");
    assert_eq!(
        status(we)["mergePendingComponents"],
        json!([{"id": "my-org.ui/theme", "current": "0.0.2", "latest": "0.1.0"}])
    );
    assert_snapshot!(we.bit(["merge"]).success(), @r#"
    successfully merged 1 component
      > my-org.ui/theme 0.1.0 into 0.0.2
          merged text.md
    "bit tag" makes a version with both sides, "bit merge --abort" goes back
    "#);
    assert_eq!(we.read("theme/text.md"), BOTH);
    let entry = record(we, "theme");
    assert_eq!(
        (&entry["version"], &entry["merging"]),
        (&json!("0.0.2"), &json!({"version": "0.1.0", "commit": theirs}))
    );
    let now = status(we);
    assert_eq!(now["mergePendingComponents"], json!([]));
    assert_eq!(now["duringMergeComponents"], json!([{"id": "my-org.ui/theme", "current": "0.0.2", "merged": "0.1.0"}]));
    we.bit(["status"]).success().says("components during merge");
    // While it lasts nothing else is done with the component.
    we.bit(["merge", "theme"]).fails(1).complains("in the middle of a merge with 0.1.0");
    we.bit(["checkout", "head"]).fails(1).complains("in the middle of a merge");
    we.bit(["tag"]).success().says("theme@0.1.1 (from 0.0.2)");
    assert_eq!(parents(we, "my-org.ui/theme@0.1.1"), [ours.clone(), theirs.clone()]);
    we.scope_git(["log", "-1", "--format=%s", "my-org.ui/theme@0.1.1"]).success().says("merge my-org.ui/theme@0.1.0");
    assert_eq!(record(we, "theme").get("merging"), None);
    assert!(we.refs().keys().all(|name| !name.starts_with("refs/bit/")));
    we.bit(["export"]).success().says("theme@0.0.2").says("theme@0.1.1");
    team.lists("theme", &["0.0.1", "0.1.0", "0.0.2", "0.1.1"]);
    assert!(team.holds("theme@0.1.1", &ours) && team.holds("theme@0.1.1", &theirs));
    we.bit(["status"]).success().says("the workspace is clean");
    we.fsck();

    // The other one merges nothing: it was all in there.
    team.they.bit(["export"]).success();
    assert_eq!(status(&team.they)["outdatedComponents"][0]["latest"], "0.1.1");
    team.they.bit(["merge", "theme"]).fails(1).complains("bit checkout 0.1.1 theme");
}

#[test]
fn two_versions_of_one_number_are_joined_and_none_is_lost() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &[], &[]);
    let we = &team.we;
    let (theirs, ours) = (team.they.commit_of("my-org.ui/theme@0.0.2"), we.commit_of("my-org.ui/theme@0.0.2"));
    assert_ne!(theirs, ours);
    we.bit(["checkout", "head", "theme"])
        .fails(1)
        .complains("its scope has another 0.0.2 (\"bit merge\" joins the two)");
    we.bit(["merge"]).success().says("their 0.0.2 into your 0.0.2");
    // Ours is still what the number means here, and theirs is kept by a ref until the tag.
    assert_eq!(we.commit_of("my-org.ui/theme@0.0.2"), ours);
    we.scope_git(["gc", "--prune=now", "--quiet"]).success();
    we.bit(["tag", "-m", "both"]).success().says("theme@0.0.3");
    assert_eq!(parents(we, "my-org.ui/theme@0.0.3"), [theirs.clone(), ours.clone()]);
    assert_eq!(we.commit_of("my-org.ui/theme@0.0.2"), theirs);
    assert_eq!(status(we)["stagedComponents"], json!([{"id": "my-org.ui/theme", "versions": ["0.0.3"]}]));
    we.bit(["export"]).success().says("theme@0.0.3");
    team.lists("theme", &["0.0.1", "0.0.2", "0.0.3"]);
    assert!(team.holds("theme@0.0.3", &ours) && team.holds("theme@0.0.3", &theirs));
    assert_eq!(team.scope.git(["show", "theme@0.0.3:text.md"]).success().stdout, BOTH);
    we.bit(["status"]).success().says("the workspace is clean");
    we.fsck();
}

#[test]
fn several_staged_versions_on_both_sides() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &[], &[]);
    team.they.append("theme/text.md", "more of theirs\n");
    env.later(10);
    team.they.bit(["tag", "-m", "theirs again"]).success();
    team.they.bit(["export"]).success();
    let we = &team.we;
    let first = we.commit_of("my-org.ui/theme@0.0.2");
    for _ in 0..2 {
        we.append("theme/index.js", "// ours\n");
        env.later(10);
        we.bit(["tag", "-m", "ours again"]).success();
    }
    let last = we.commit_of("my-org.ui/theme@0.0.4");
    we.bit(["export"]).fails(1);
    we.bit(["merge"]).success();
    we.bit(["tag", "-m", "both"]).success().says("theme@0.0.5");
    assert_eq!(status(we)["stagedComponents"][0]["versions"], json!(["0.0.4", "0.0.5"]));
    we.bit(["export"]).success();
    team.lists("theme", &["0.0.1", "0.0.2", "0.0.3", "0.0.4", "0.0.5"]);
    assert!(team.holds("theme@0.0.5", &first) && team.holds("theme@0.0.5", &last));
    we.fsck();
}

#[test]
fn both_began_the_same_component() {
    let env = TestEnvironment::new();
    env.folder(".").bit(["scope", "create", "my-org.ui"]).success();
    let [we, they] = ["we", "they"].map(|name| {
        let workspace = env.git_workspace_at(name, "my-org.ui");
        workspace.bit(["remote", "add", "my-org.ui", "../my-org.ui"]).success();
        workspace.component("theme", &[("index.js", "1;\n"), ("text.md", &format!("{name}\n")), (name, "own\n")]);
        workspace.bit(["tag", "-m", name]).success();
        workspace
    });
    they.bit(["export"]).success();
    we.bit(["export"]).fails(1);
    we.bit(["merge"]).fails(1).complains("text.md (both sides changed the same lines)").silent_about("index.js");
    we.bit(["merge", "--manual"]).success();
    assert_snapshot!(we.read("theme/text.md"), @"
    <<<<<<< 0.0.1 (yours)
    we
    =======
    they
    >>>>>>> 0.0.1 (theirs)
    ");
    we.write("theme/text.md", "both\n");
    we.bit(["tag", "-m", "both"]).success().says("theme@0.0.2");
    we.bit(["export"]).success();
    let scope = env.folder("my-org.ui");
    let files = scope.git(["ls-tree", "--name-only", "theme@0.0.2"]);
    files.success().says("they").says("we").says("text.md");
    assert_eq!(scope.git(["rev-list", "--max-parents=0", "--count", "theme@0.0.2"]).line(), "2");
}

#[test]
fn a_conflict_is_refused_marked_or_settled() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.they.write("theme/index.js", "module.exports = 'theirs';\n");
    team.they.remove("theme/text.md");
    team.they.bit(["tag", "-m", "theirs", "--minor"]).success();
    team.they.bit(["export"]).success();
    team.we.write("theme/index.js", "module.exports = 'ours';\n").append("theme/text.md", "ours\n");
    team.we.bit(["tag", "-m", "ours"]).success();
    team.we.bit(["export"]).fails(1);
    let (bitmap, refs) = (team.we.read(".bitmap"), team.we.refs());
    let refused = team.we.bit(["merge"]);
    refused.fails(1).complains("automatic merge has failed").complains("index.js").complains("text.md");
    assert_eq!((team.we.read(".bitmap"), team.we.refs()), (bitmap, refs));
    let settled = [
        (
            &["--manual"][..],
            "<<<<<<< 0.0.2\nmodule.exports = 'ours';\n=======\nmodule.exports = 'theirs';\n>>>>>>> 0.1.0\n",
            true,
        ),
        (&["--ours"], "module.exports = 'ours';\n", true),
        (&["--theirs"], "module.exports = 'theirs';\n", false),
        (&["--auto-merge-resolve", "theirs"], "module.exports = 'theirs';\n", false),
    ];
    for (number, (flags, text, has_text)) in settled.into_iter().enumerate() {
        let we = copy(&env, "we", &format!("we{number}"));
        we.bit(["merge", "theme"].iter().chain(flags)).success();
        assert_eq!((we.read("theme/index.js").as_str(), we.exists("theme/text.md")), (text, has_text), "{flags:?}");
        assert_eq!(record(&we, "theme")["version"], "0.0.2");
        if flags == ["--manual"] {
            we.bit(["tag", "-m", "x"]).fails(1).complains("MergeConflictMarkers");
            we.write("theme/index.js", "module.exports = 'both';\n");
        }
        we.bit(["tag", "-m", "x"]).success().says("theme@0.1.1");
        // A version of its own even where our files stayed as they were.
        assert_eq!(parents(&we, "my-org.ui/theme@0.1.1").len(), 2, "{flags:?}");
        we.fsck();
    }
}

#[test]
fn what_is_no_text_is_put_side_by_side() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.they.write("theme/logo.png", b"\x89PNG\0theirs").bit(["tag", "-m", "theirs"]).success();
    team.they.bit(["export"]).success();
    team.we.write("theme/logo.png", b"\x89PNG\0ours").bit(["tag", "-m", "ours"]).success();
    team.we.bit(["fetch"]).success();
    team.we.bit(["merge"]).fails(1).complains("logo.png");
    team.we.bit(["merge", "--manual"]).success().says("logo.png.theirs");
    assert_eq!(team.we.read_bytes("theme/logo.png"), b"\x89PNG\0ours");
    assert_eq!(team.we.read_bytes("theme/logo.png.theirs"), b"\x89PNG\0theirs");
    team.we.bit(["tag", "-m", "x"]).fails(1).complains("MergeConflictMarkers");
    team.we.remove("theme/logo.png.theirs").bit(["tag", "-m", "x"]).success();
    team.we.bit(["export"]).success();
    team.we.fsck();
}

#[test]
fn a_merge_is_taken_back_to_what_was_before() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.they.write("theme/new.js", "theirs;\n").remove("theme/index.js").write("theme/main.js", "2;\n");
    team.they.bit(["add", "theme", "--main", "main.js"]).success();
    team.diverge(&env, &["--minor"], &[]);
    let we = &team.we;
    // Work that is not tagged yet, with line endings of its own.
    we.write("theme/text.md", OURS.replace("two", "two, not tagged").replace('\n', "\r\n"))
        .write("theme/own.js", "1;\n");
    let before = (we.read("theme/text.md"), we.inside("theme").listing(&[]), we.read(".bitmap"), status(we));
    we.bit(["merge", "--abort"]).fails(1).complains("no component is in the middle of a merge");
    we.bit(["merge"]).success();
    assert_eq!(we.read("theme/text.md"), BOTH.replace("two", "two, not tagged").replace('\n', "\r\n"));
    assert_eq!(we.inside("theme").listing(&[]), ["main.js", "new.js", "own.js", "text.md"]);
    assert_eq!(record(we, "theme")["mainFile"], "main.js");
    we.scope_git(["gc", "--prune=now", "--quiet"]).success();

    // What was edited after the merge is not thrown away unasked.
    let merged = we.read("theme/text.md");
    we.append("theme/text.md", "edited since\r\n");
    we.bit(["merge", "--abort"]).fails(1).complains("theme/text.md").complains("--force");
    assert!(we.read("theme/text.md").ends_with("edited since\r\n"));
    we.write("theme/text.md", merged);
    we.bit(["merge", "--abort", "theme"]).success().says("as before the merge");
    assert_eq!((we.read("theme/text.md"), we.inside("theme").listing(&[]), we.read(".bitmap"), status(we)), before);
    assert!(we.refs().keys().all(|name| !name.starts_with("refs/bit/")));

    we.bit(["merge"]).success();
    we.append("theme/text.md", "edited since\r\n").remove("theme/new.js");
    we.bit(["merge", "--abort", "--force"]).success();
    assert_eq!((we.read("theme/text.md"), we.inside("theme").listing(&[]), we.read(".bitmap"), status(we)), before);
    we.bit(["merge"]).success();
    we.bit(["tag", "-m", "x"]).success();
    we.fsck();
}

#[test]
fn a_merge_goes_on_in_another_clone() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &["--minor"], &[]);
    team.we.bit(["merge"]).success();
    // .bitmap and the files travel by the team's git; the local scope is that of somebody who knows both versions.
    let clone = copy(&env, "we", "clone");
    clone.scope_git(["update-ref", "-d", "refs/bit/before-merge/my-org.ui/theme@"]).success();
    clone.bit(["merge", "--abort"]).fails(1).complains("made in another clone");
    clone.bit(["tag", "-m", "x"]).success();
    assert_eq!(parents(&clone, "my-org.ui/theme@0.1.1").len(), 2);
    // Where the other version is not known, nothing is tagged without it.
    let bare = copy(&env, "we", "bare");
    let unknown = bare.read(".bitmap").replace(&team.they.commit_of("my-org.ui/theme@0.1.0"), &"1".repeat(40));
    bare.write(".bitmap", unknown);
    bare.bit(["tag", "-m", "x"]).fails(1).complains("theme@0.1.0").complains("bit import");
    // A record that is not readable is named.
    bare.write(".bitmap", bare.read(".bitmap").replace("\"version\": \"0.1.0\"", "\"version\": \"newest\""));
    bare.bit(["status"]).fails(1).complains("failed parsing the .bitmap file").complains("merging");
}

#[test]
fn a_version_of_ones_own_is_merged_by_its_number() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("theme", &[("index.js", "1;\n"), ("text.md", TEXT)]);
    workspace.bit(["tag", "-m", "first"]).success();
    workspace.write("theme/text.md", THEIRS);
    workspace.bit(["tag", "-m", "main", "--minor"]).success();
    workspace.bit(["checkout", "0.0.1", "theme"]).success();
    workspace.write("theme/text.md", OURS);
    workspace.bit(["tag", "-m", "old", "--ignore-newest-version"]).success().says("theme@0.0.2");
    workspace.bit(["checkout", "0.1.0", "theme"]).success();
    workspace.bit(["merge", "0.0.2"]).fails(2).complains("name them");
    workspace.bit(["merge", "9.9.9", "theme"]).fails(1).complains("doesn't have version 9.9.9");
    workspace.bit(["merge", "0.0.1", "theme"]).fails(1).complains("there is nothing to merge");
    workspace.bit(["merge", "theme"]).fails(1).complains("no version of my-org.ui/theme to merge");
    workspace.bit(["merge", "0.0.2", "theme"]).success();
    assert_eq!(workspace.read("theme/text.md"), BOTH);
    workspace.bit(["tag", "-m", "both"]).success().says("theme@0.1.1");
    // Of the main line, since one of its sides is.
    workspace.scope_git(["log", "-1", "--format=%B", "my-org.ui/theme@0.1.1"]).success().silent_about("Bit-Line");
    workspace.bit(["checkout", "head", "theme"]).success().says("already at version 0.1.1");
    workspace.bit(["merge"]).success().says("nothing to merge");
}

#[test]
fn dependents_that_need_a_version_whose_number_is_lost_are_published_all_the_same() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    let we = &team.we;
    we.component("button", &[("index.js", "require('@my-org/ui.theme');\n")]);
    we.component("form", &[("index.js", "require('@my-org/ui.button');\n")]);
    team.diverge(&env, &[], &[]);
    let (button, form) = (we.commit_of("my-org.ui/button@0.0.1"), we.commit_of("my-org.ui/form@0.0.1"));
    we.bit(["merge"]).success();
    // Alone they would still need what is gone: that is said, with the way out.
    let alone = copy(&env, "we", "alone");
    alone.bit(["tag", "-m", "both", "--skip-auto-tag"]).success();
    alone.bit(["export"]).fails(1).complains("button@0.0.1 needs my-org.ui/theme@0.0.2").complains("bit reset");
    alone.bit(["reset", "button", "form"]).success();
    alone.bit(["tag", "-m", "again"]).success();
    alone.bit(["export", "--dry-run"]).success().says("button@0.0.1");

    let dry = we.bit(["tag", "--dry-run", "--json"]).success().json();
    let without_number = json!(["my-org.ui/theme@0.0.2", "my-org.ui/button@0.0.1", "my-org.ui/form@0.0.1"]);
    assert_eq!(dry["withoutNumber"], without_number);
    let run = we.bit(["tag", "-m", "both"]);
    run.success().says("theme@0.0.3").says("button@0.0.2").says("form@0.0.2");
    // What loses its number is told, and not counted.
    run.says("without a number").says("> my-org.ui/button@0.0.1\n").says("publishes 3 versions");
    we.bit(["export"]).success();
    team.lists("theme", &["0.0.1", "0.0.2", "0.0.3"]);
    team.lists("button", &["0.0.2"]);
    team.lists("form", &["0.0.2"]);
    assert!(team.holds("button@0.0.2", &button) && team.holds("form@0.0.2", &form));
    we.bit(["status"]).success().says("the workspace is clean");
    we.fsck();
}

/// Staged versions, `.bitmap`, a file, and all refs but what is kept of a merge.
fn standing(workspace: &Folder) -> (Value, String, String, Vec<(String, String)>) {
    let refs = workspace.refs().into_iter().filter(|(name, _)| !name.starts_with("refs/bit/")).collect();
    let staged = status(workspace)["stagedComponents"].clone();
    (staged, workspace.read(".bitmap"), workspace.read("theme/text.md"), refs)
}

#[test]
fn a_reset_of_the_tag_that_finished_a_merge_goes_back_to_what_was_before_it() {
    for several in [false, true] {
        let env = TestEnvironment::new();
        let team = Team::new(&env);
        let we = &team.we;
        we.component("button", &[("index.js", "require('@my-org/ui.theme');\n")]);
        team.diverge(&env, &[], &[]);
        let (theme, button) = if several { ("0.0.4", "0.0.3") } else { ("0.0.3", "0.0.2") };
        if several {
            we.append("theme/index.js", "// ours again\n").bit(["tag", "-m", "ours again"]).success();
        }
        we.bit(["merge"]).success();
        let before = standing(we);
        let run = we.bit(["tag", "-m", "joined"]);
        run.success().says(&format!("theme@{theme}")).says(&format!("button@{button}"));
        assert_ne!(standing(we).0, before.0);
        let (theme, button) = (format!("my-org.ui/theme@{theme}"), format!("my-org.ui/button@{button}"));
        if !several {
            // A dependent alone would need a version that has no number; the hint takes both back.
            let alone = copy(&env, "we", "alone");
            alone.bit(["reset", &button]).fails(1).complains(&format!("bit reset {button} {theme}"));
            alone.bit(["reset", &button, &theme]).success();
            assert_eq!(standing(&alone), before);
        }
        we.bit(["reset", "--head"]).success().says("in the middle of the merge with the other side's 0.0.2");
        assert_eq!(standing(we), before);
        we.fsck();
        // The same tag again makes the same, and it can be published.
        we.bit(["tag", "-m", "joined"]).success();
        we.bit(["export"]).success().says(&theme).says(&button);
        we.bit(["status"]).success().says("the workspace is clean");
    }
}

#[test]
fn a_reset_remembers_a_merge_of_two_numbers_and_leaves_what_a_person_took_back() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &["--minor"], &[]);
    let we = &team.we;
    we.bit(["merge"]).success();
    let bitmap = we.read(".bitmap");
    we.bit(["tag", "-m", "both"]).success().says("theme@0.1.1");
    we.bit(["reset", "theme@0.1.1"]).success();
    assert_eq!(we.read(".bitmap"), bitmap);
    we.bit(["tag", "-m", "both"]).success().says("theme@0.1.1");
    assert_eq!(parents(we, "my-org.ui/theme@0.1.1").len(), 2);
    // All of it: the files were made from both sides all the same.
    we.bit(["reset", "--all"]).success();
    let entry = record(we, "theme");
    assert_eq!((&entry["version"], &entry["merging"]["version"]), (&json!("0.0.1"), &json!("0.1.0")));
    we.bit(["tag", "-m", "again"]).success().says("theme@0.1.1");
    we.bit(["export"]).success();
    team.lists("theme", &["0.0.1", "0.1.0", "0.1.1"]);
    assert_eq!(team.scope.git(["show", "theme@0.1.1:text.md"]).success().stdout, BOTH);
    // What was taken back on purpose does not come back.
    we.append("theme/index.js", "// one\n").bit(["tag", "-m", "one"]).success();
    we.append("theme/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    we.bit(["reset", "theme@0.1.2", "--force"]).success();
    we.bit(["reset", "theme"]).success().says("now at 0.1.1");
    assert_eq!(status(we)["stagedComponents"], json!([]));
}

#[test]
fn what_the_scope_sends_is_checked_and_a_scope_that_is_gone_is_told() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &["--minor"], &[]);
    let we = &team.we;
    let (bitmap, refs) = (we.read(".bitmap"), we.refs());
    std::fs::rename(team.scope.path(), env.root().join("gone")).unwrap();
    we.bit(["merge"]).fails(1);
    std::fs::rename(env.root().join("gone"), team.scope.path()).unwrap();
    // A catalog that says of a commit that it is another version.
    let mut entry = team.scope.git(["show", "HEAD:catalog/theme.json"]).success().json();
    entry["versions"][1]["commit"] = entry["versions"][0]["commit"].clone();
    entry["head"] = json!("0.1.0");
    we.saw_catalog("my-org.ui", &[entry]);
    let run = we.bit(["merge", "0.1.0", "theme"]);
    run.fails(1).complains("but it is my-org.ui/theme@0.0.1");
    assert_eq!((we.read(".bitmap"), we.read("theme/text.md")), (bitmap, OURS.into()));
    assert_eq!(we.refs().len(), refs.len());
}

/// What plain git was made to publish as theme@0.0.2.
#[test]
fn a_hostile_tree_is_not_merged() {
    for (mode, name, word) in [("120000", "link", "symbolic link"), ("100644", "aux.js", "device")] {
        let env = TestEnvironment::new();
        let team = Team::new(&env);
        team.diverge(&env, &[], &["--minor"]);
        let (we, scope) = (&team.we, &team.scope);
        let old = scope.git(["ls-tree", "theme@0.0.2"]).success().stdout.clone();
        let blob = old.split_whitespace().nth(2).unwrap().to_owned();
        let lines = format!("{old}{mode} blob {blob}\t{name}\n");
        let tree = scope.program("git").args(["mktree"]).stdin(lines).run().success().line().to_owned();
        let message = "x\n\nBit-Id: my-org.ui/theme@0.0.2\n";
        let commit = scope.git(["commit-tree", &tree, "-p", "theme@0.0.1", "-m", message]).success().line().to_owned();
        scope.git(["tag", "-f", "theme@0.0.2", &commit]).success();
        let mut entry = scope.git(["show", "HEAD:catalog/theme.json"]).success().json();
        entry["versions"][1]["commit"] = json!(commit);
        we.saw_catalog("my-org.ui", &[entry]);
        let before = (we.read(".bitmap"), we.listing(&[".git", "node_modules"]));
        we.bit(["merge", "0.0.2", "theme"]).fails(1).complains(word).complains(&format!("\"{name}\""));
        assert_eq!((we.read(".bitmap"), we.listing(&[".git", "node_modules"])), before);
    }
}

#[test]
fn a_merge_survives_a_kill_at_every_change() {
    needs_faults!();
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &[], &[]);
    // The other side is here already: what is killed is bit, not git.
    let theirs = team.they.commit_of("my-org.ui/theme@0.0.2");
    team.we.scope_git(["fetch", "--quiet", "../my-org.ui", &theirs]).success();
    faults::kill_everywhere(&team.we, &["merge"], |workspace, _| {
        workspace.bit(["status"]).success();
        let is_merged = record(workspace, "theme").get("merging").is_some();
        assert_eq!(workspace.read("theme/text.md"), if is_merged { BOTH } else { OURS });
        if !is_merged {
            workspace.bit(["merge"]).success();
        }
        workspace.bit(["merge", "--abort"]).success();
        assert_eq!(workspace.read("theme/text.md"), OURS);
        workspace.bit(["merge"]).success();
        workspace.bit(["tag", "-m", "both"]).success().says("theme@0.0.3");
        workspace.fsck();
    });
}

/// They have a folder where we have a file, and the other way round.
fn file_and_folder<'e>(env: &'e TestEnvironment) -> Team<'e> {
    let team = Team::new(env);
    team.they.write("theme/doc/in.md", "theirs\n").write("theme/lib", "theirs\n");
    team.we.write("theme/doc", "ours\n").write("theme/lib/in.md", "ours\n").write("theme/lib/more.md", "ours\n");
    team.diverge(env, &["--minor"], &[]);
    team
}

#[test]
fn a_file_here_and_a_folder_there_are_a_conflict_that_can_be_settled() {
    let env = TestEnvironment::new();
    let team = file_and_folder(&env);
    let we = &team.we;
    let before = we.inside("theme").listing(&[]);
    let refused = we.bit(["merge"]);
    refused.fails(1).complains("doc/in.md (a file on one side, a folder on the other)").complains("--manual");
    assert_eq!(we.inside("theme").listing(&[]), before);
    for (how, listing) in [
        ("--ours", &["doc", "index.js", "lib/in.md", "lib/more.md", "text.md"][..]),
        ("--theirs", &["doc/in.md", "index.js", "lib", "text.md"]),
        ("--manual", &["doc", "doc.theirs/in.md", "index.js", "lib/in.md", "lib/more.md", "lib.theirs", "text.md"]),
    ] {
        we.bit(["merge", how]).success();
        let mut found = we.inside("theme").listing(&[]);
        found.sort();
        let mut expected = listing.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected, "{how}");
        assert_eq!(we.read("theme/text.md"), BOTH);
        if how == "--manual" {
            we.bit(["tag"]).fails(1).complains("doc.theirs/in.md").complains("lib.theirs");
        }
        we.bit(["merge", "--abort"]).success();
        assert_eq!(we.inside("theme").listing(&[]), before, "{how}");
        assert_eq!((we.read("theme/doc"), we.read("theme/lib/in.md")), ("ours\n".into(), "ours\n".into()));
    }
    we.bit(["merge", "--theirs"]).success();
    we.bit(["tag"]).success();
    we.bit(["export"]).success();
    we.fsck();
}

#[test]
fn a_merge_that_made_a_folder_of_a_file_is_taken_back() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    let (we, they) = (&team.we, &team.they);
    for side in [we, they] {
        side.write("theme/doc", "base\n").write("theme/lib/in.md", "base\n");
    }
    they.bit(["tag", "-m", "second"]).success();
    they.bit(["export"]).success();
    we.bit(["import", "my-org.ui/theme", "--override"]).success();
    they.remove("theme/doc").write("theme/doc/in.md", "theirs\n");
    they.program("rm").args(["-r", "theme/lib"]).run().success();
    they.write("theme/lib", "theirs\n");
    team.diverge(&env, &["--minor"], &[]);
    let before = we.inside("theme").listing(&[]);
    we.bit(["merge"]).success();
    assert_eq!((we.read("theme/doc/in.md"), we.read("theme/lib")), ("theirs\n".into(), "theirs\n".into()));
    // What the merge did not make is nobody's to remove.
    we.write("theme/doc/own.md", "mine\n");
    we.bit(["merge", "--abort"]).fails(1).complains("theme/doc/own.md is in the way");
    we.bit(["merge", "--abort", "--force"]).fails(1).complains("theme/doc/own.md is in the way");
    assert_eq!(we.read("theme/doc/own.md"), "mine\n");
    we.remove("theme/doc/own.md");
    we.bit(["merge", "--abort"]).success();
    assert_eq!(we.inside("theme").listing(&[]), before);
    assert_eq!((we.read("theme/doc"), we.read("theme/lib/in.md")), ("base\n".into(), "base\n".into()));
}

#[test]
fn a_folder_that_was_put_back_before_the_divergence_has_nothing_to_join() {
    let env = TestEnvironment::new();
    let team = Team::new(&env);
    team.diverge(&env, &[], &[]);
    let we = &team.we;
    we.bit(["checkout", "0.0.1", "theme"]).success();
    let now = status(we);
    assert_eq!(now["mergePendingComponents"], json!([]));
    assert_eq!(now["outdatedComponents"][0]["id"], "my-org.ui/theme");
    // The way that status names leads to the own one of that number, and then both are joined.
    we.bit(["checkout", "0.0.2", "theme"]).success();
    assert_eq!(status(we)["mergePendingComponents"][0]["id"], "my-org.ui/theme");
    we.bit(["merge"]).success();
    we.bit(["tag"]).success();
    we.bit(["export"]).success();
    we.fsck();
}
