//! `bit verify` and tags: as objects, as this machine saw them before, and those of the local scope.

use serde_json::{Value, json};

use crate::common::{Folder, Run, TestEnvironment};

/// `kind place` of all that is told.
#[track_caller]
fn told(run: &Run) -> Vec<String> {
    let kind = |finding: &Value| {
        let place = finding["place"].as_str().unwrap().replace("my-org.ui/", "");
        format!("{} {place}", finding["kind"].as_str().unwrap())
    };
    run.json()["findings"].as_array().unwrap().iter().map(kind).collect()
}

/// The user signs with a key of ssh.
fn signs(env: &TestEnvironment) {
    let home = env.folder("home");
    home.program("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", "ada", "-f", "ada"]).run().success();
    let path = env.home().join("ada.pub");
    env.git_config("gpg.format", "ssh").git_config("user.signingkey", path.to_str().expect("UTF-8"));
}

/// The scope my-org.ui in `ui`, and a workspace that exported card to it.
fn exported<'e>(env: &'e TestEnvironment, tag: &[&str]) -> (Folder<'e>, Folder<'e>) {
    let here = env.folder(".");
    here.bit(["scope", "create", "ui", "--name", "my-org.ui"]).success();
    let url = env.root().join("ui").display().to_string();
    here.bit(["remote", "add", "--global", "my-org.ui", &url]).success();
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    workspace.component("card", &[("index.js", "module.exports = 1;\n")]);
    workspace.bit([&["tag", "-m", "one"], tag].concat()).success();
    workspace.bit(["export"]).success();
    (workspace, env.folder("ui"))
}

/// One more version of card.
fn goes_on(workspace: &Folder<'_>, text: &str) {
    workspace.append("card/index.js", &format!("// {text}\n"));
    workspace.bit(["tag", "-m", text]).success();
}

#[track_caller]
fn git(scope: &Folder<'_>, arguments: &[&str]) -> String {
    scope.git([&["--git-dir=."], arguments].concat()).success().stdout.trim().to_owned()
}

fn tags(scope: &Folder<'_>) -> String {
    git(scope, &["for-each-ref", "refs/tags"])
}

/// The same version with another message.
fn altered(workspace: &Folder<'_>, id: &str) -> String {
    let text = workspace.scope_git(["cat-file", "commit", id]).success().stdout.replace("\n\n", "\n\nALTERED ");
    let text = text.replace("ALTERED Bit-Id", "Bit-Id");
    let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
    git.args(["hash-object", "-t", "commit", "-w", "--stdin"]).stdin(text).run().line().to_owned()
}

fn tag_of(id: &str) -> String {
    format!("refs/tags/my-org.ui/{id}")
}

#[test]
fn a_lost_signed_tag_comes_back_signed_or_not_at_all() {
    let env = TestEnvironment::new();
    signs(&env);
    let (workspace, scope) = exported(&env, &["--sign"]);
    let outside = env.folder("outside");
    outside.bit(["verify", "../ui", "--cache", "memory"]).success();
    let before = tags(&scope);
    assert!(before.contains(" tag\t"), "{before}");
    // The tag object is still in the folder of the scope, and nobody else is there.
    git(&scope, &["tag", "-d", "card@0.0.1"]);
    scope.bit(["verify", ".", "--fix"]).success().says("repaired");
    assert_eq!(tags(&scope), before);
    // Only the commit is there; who saw the tag knows that this is not all.
    git(&scope, &["branch", "keep", "card@0.0.1^{commit}"]);
    let lose = || {
        git(&scope, &["tag", "-d", "card@0.0.1"]);
        git(&scope, &["gc", "--prune=now", "--quiet"]);
    };
    lose();
    let run = outside.bit(["verify", "../ui", "--cache", "memory", "--fix", "--json"]);
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-gone card@0.0.1".to_owned()]), "{run}");
    let finding = &run.json()["findings"][0];
    assert_eq!(finding["fixable"], json!(false));
    assert!(finding["repair"].as_str().unwrap().contains("it had the tag object"), "{finding}");
    assert_eq!(tags(&scope), "");
    // The workspace has it.
    workspace.bit(["verify", "my-org.ui", "--fix"]).success().says("repaired");
    assert_eq!(tags(&scope), before);
    // Where signatures are asked for, no bare commit comes back either.
    lose();
    let key = env.folder("home").read("ada.pub");
    outside.write("signers", format!("ada@example.com {key}"));
    let run = outside.bit(["verify", "../ui", "--signers", "signers", "--fix", "--json"]);
    assert_eq!((run.code, run.json()["findings"][0]["fixable"].clone()), (Some(3), json!(false)), "{run}");
    assert_eq!(tags(&scope), "");
}

#[test]
fn a_tag_object_that_was_replaced_is_found() {
    let env = TestEnvironment::new();
    signs(&env);
    let (workspace, scope) = exported(&env, &["--sign"]);
    let outside = env.folder("outside");
    let remembering = || outside.bit(["verify", "../ui", "--cache", "memory", "--json"]);
    let look = |more: &[&str]| workspace.bit([&["verify", "my-org.ui", "--json"], more].concat());
    for run in [remembering(), look(&[])] {
        run.success();
    }
    let (signed, commit) = (git(&scope, &["rev-parse", "card@0.0.1"]), git(&scope, &["rev-parse", "card@0.0.1^{}"]));
    let strip = || git(&scope, &["update-ref", "refs/tags/card@0.0.1", &commit]);
    let replace = || git(&scope, &["tag", "-f", "-a", "card@0.0.1", &commit, "-m", "mallory"]);
    for damage in [&strip as &dyn Fn() -> String, &replace] {
        damage();
        for run in [look(&[]), look(&["--full"]), remembering()] {
            assert_eq!((run.code, told(&run)), (Some(3), vec!["tag-changed card@0.0.1".to_owned()]), "{run}");
        }
    }
    workspace.bit(["verify", "my-org.ui"]).says("this workspace has the tag object").says(&signed[..9]);
    // What this workspace has counts, whether it ever verified or not.
    std::fs::remove_dir_all(workspace.local_scope().join("bit/verified")).unwrap();
    assert_eq!(told(&look(&[])), ["tag-changed card@0.0.1"]);
    git(&scope, &["update-ref", "refs/tags/card@0.0.1", &signed]);
    look(&[]).success();
    assert_eq!(remembering().code, Some(0));
}

#[test]
fn the_hints_lead_out_of_what_a_person_has_looked_at() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env, &[]);
    workspace.bit(["verify", "my-org.ui"]).success();
    let old = git(&scope, &["rev-parse", "card@0.0.1"]);
    let text = git(&scope, &["cat-file", "commit", "card@0.0.1"]).replace("\n\none", "\n\nanother") + "\n";
    let make = scope.program("git").args(["--git-dir=.", "hash-object", "-t", "commit", "-w", "--stdin"]);
    let new = make.stdin(text).run().line().to_owned();
    git(&scope, &["update-ref", "refs/tags/card@0.0.1", &new]);
    let entry = git(&scope, &["show", "main:catalog/card.json"]).replace(&old, &new) + "\n";
    let make = scope.program("git").args(["--git-dir=.", "hash-object", "-w", "--stdin"]);
    let blob = make.stdin(entry).run().line().to_owned();
    let index = scope.path().join("knife");
    let with = |arguments: &[&str]| {
        let git = scope.program("git").arg("--git-dir=.").args(arguments).env("GIT_INDEX_FILE", &index);
        git.run().success().stdout.trim().to_owned()
    };
    with(&["read-tree", "main"]);
    with(&["update-index", "--cacheinfo", &format!("100644,{blob},catalog/card.json")]);
    let tree = with(&["write-tree"]);
    let commit = git(&scope, &["commit-tree", &tree, "-m", "anew"]);
    git(&scope, &["update-ref", "refs/heads/main", &commit]);
    let first = workspace.bit(["verify", "my-org.ui"]);
    first.says("\"bit fetch --accept-replaced my-org.ui\", then the same command with --accept");
    assert_eq!(first.code, Some(3));
    workspace.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    let second = workspace.bit(["verify", "my-org.ui"]);
    assert_eq!(second.code, Some(3));
    second.says("the same command with --accept takes it as it is");
    workspace.bit(["verify", "my-org.ui", "--accept"]).success().says("nothing is wrong");
}

#[test]
fn what_was_listed_before_is_no_stray() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env, &[]);
    goes_on(&workspace, "two");
    workspace.bit(["export"]).success();
    git(&scope, &["update-ref", "refs/heads/main", "main^"]);
    let before = tags(&scope);
    let run = workspace.bit(["verify", "my-org.ui", "--json"]);
    assert_eq!(told(&run), ["scope-replaced my-org.ui", "version-lost card@0.0.2"]);
    workspace.bit(["verify", "my-org.ui"]).silent_about("bit scope sweep");
    let url = env.root().join("ui").display().to_string();
    for place in ["my-org.ui", &url] {
        let swept = workspace.bit(["scope", "sweep", place, "--yes"]);
        swept.success().complains("my-org.ui/card@0.0.2 stays").complains("rolled back or replaced");
        let named = workspace.bit(["scope", "sweep", place, "card@0.0.2", "--yes"]);
        named.fails(1).complains("is no stray tag").complains("bit export --all-versions");
    }
    let shown = workspace.bit(["scope", "sweep", "my-org.ui", "--dry-run", "--json"]).json();
    assert_eq!((shown["stray"].clone(), shown["kept"][0]["id"].clone()), (json!([]), json!("my-org.ui/card@0.0.2")));
    assert_eq!(tags(&scope), before);
    // A verification remembers it too, when the person has accepted what is there.
    git(
        &scope,
        &["update-ref", "refs/heads/main", workspace.scope_git(["rev-parse", "refs/remotes/my-org.ui/catalog"]).line()],
    );
    workspace.bit(["verify", "my-org.ui"]).success();
    git(&scope, &["update-ref", "refs/heads/main", "main^"]);
    workspace.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    workspace.bit(["scope", "sweep", "my-org.ui", "card@0.0.2", "--yes"]).fails(1);
    assert_eq!(tags(&scope), before);
    workspace.bit(["verify", "my-org.ui", "--accept"]).success().says("bit scope sweep my-org.ui");
    workspace.bit(["scope", "sweep", "my-org.ui", "card@0.0.2", "--yes"]).success().says("removed 1 tag");
}

#[test]
fn tags_of_the_local_scope_that_were_moved_or_are_gone_are_found() {
    let env = TestEnvironment::new();
    let (workspace, _scope) = exported(&env, &[]);
    goes_on(&workspace, "two");
    workspace.bit(["export"]).success();
    goes_on(&workspace, "three");
    let look = || workspace.bit(["verify", "--json"]);
    look().success();
    let set = |id: &str, commit: &str| {
        workspace.scope_git(["update-ref", &tag_of(id), commit]).success();
    };
    let lose = |id: &str| {
        workspace.scope_git(["update-ref", "-d", &tag_of(id)]).success();
    };
    let repaired = || {
        workspace.bit(["verify", "--fix"]).success().says("repaired");
    };
    let was = |id: &str| workspace.commit_of(&format!("my-org.ui/{id}"));
    let before = workspace.refs();
    // Exported: the catalog says where it was.
    set("card@0.0.1", &altered(&workspace, "my-org.ui/card@0.0.1"));
    let run = look();
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-moved card@0.0.1".to_owned()]), "{run}");
    repaired();
    lose("card@0.0.1");
    let run = look();
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-gone card@0.0.1".to_owned()]), "{run}");
    repaired();
    // Another version's commit: it is the tag here that lies.
    set("card@0.0.1", &was("card@0.0.2"));
    assert_eq!(told(&look()), ["version-moved card@0.0.1"]);
    let said = workspace.bit(["verify"]);
    said.says("its tag here is on").silent_about("ask who runs the scope").silent_about("two people");
    repaired();
    // Staged: only this machine knows.
    let staged = was("card@0.0.3");
    lose("card@0.0.3");
    let run = look();
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-gone card@0.0.3".to_owned()]), "{run}");
    repaired();
    set("card@0.0.3", &altered(&workspace, "my-org.ui/card@0.0.3"));
    let run = look();
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-changed card@0.0.3".to_owned()]), "{run}");
    repaired();
    assert_eq!(was("card@0.0.3"), staged);
    look().success();
    assert_eq!(workspace.refs(), before);
    // Without a memory .bitmap tells, as long as the commit is here.
    std::fs::remove_dir_all(workspace.local_scope().join("bit/verified")).unwrap();
    lose("card@0.0.3");
    assert_eq!(told(&look()), ["version-gone card@0.0.3"]);
    repaired();
}

#[test]
fn what_bit_itself_takes_back_is_no_alarm() {
    let env = TestEnvironment::new();
    let (workspace, _scope) = exported(&env, &[]);
    let look = || workspace.bit(["verify"]);
    goes_on(&workspace, "two");
    look().success();
    // The number means something else afterwards.
    workspace.bit(["reset", "--all"]).success();
    look().success().says("nothing is wrong");
    goes_on(&workspace, "another two");
    look().success().says("nothing is wrong");
    // Somebody else takes the number, and both are joined.
    let other = env.git_workspace_at("other", "my-org.ui");
    other.bit(["import", "my-org.ui/card", "-p", "card"]).success();
    other.bit(["verify"]).success();
    other.append("card/index.js", "// of another\n");
    other.bit(["tag", "-m", "other"]).success();
    other.bit(["verify"]).success();
    workspace.bit(["export"]).success();
    other.bit(["fetch"]).success();
    other.bit(["verify"]).success().says("two people took the number");
    other.bit(["merge", "--theirs"]);
    other.bit(["verify"]).success();
    other.bit(["tag", "-m", "joined"]);
    other.bit(["verify"]).success();
    other.bit(["remove", "card", "--force"]);
    other.bit(["verify"]).success();
}

/// Both took the numbers of a component and of the one that needs it: each one's was made with that one's.
#[test]
fn what_two_people_staged_together_is_no_alarm() {
    let env = TestEnvironment::new();
    let (workspace, _scope) = exported(&env, &[]);
    workspace.component("list", &[("index.js", "module.exports = require('@my-org/ui.card');\n")]);
    workspace.bit(["tag", "-m", "list"]).success();
    workspace.bit(["export"]).success();
    let other = env.git_workspace_at("other", "my-org.ui");
    other.bit(["import", "my-org.ui/card", "-p", "card"]).success();
    other.bit(["import", "my-org.ui/list", "-p", "list"]).success();
    goes_on(&workspace, "ours");
    workspace.bit(["export"]).success();
    goes_on(&other, "theirs");
    let is_made_with = other.scope_git(["show", "my-org.ui/list@0.0.2"]).success().stdout.clone();
    assert!(!is_made_with.is_empty());
    other.bit(["fetch"]).success();
    let run = other.bit(["verify", "--json"]);
    assert_eq!(
        (run.code, told(&run)),
        (Some(0), vec!["other-content card@0.0.2".into(), "other-content list@0.0.2".into()])
    );
    // What is listed was made with what is listed.
    workspace.bit(["verify"]).success().says("nothing is wrong");
}

/// Whoever moved it did so with plain git; bit itself forgets what it changes.
#[test]
fn a_staged_version_goes_back_to_where_it_was_verified() {
    let env = TestEnvironment::new();
    let (workspace, scope) = exported(&env, &[]);
    goes_on(&workspace, "two");
    workspace.bit(["verify"]).success();
    let (id, was) = ("my-org.ui/card@0.0.2", workspace.commit_of("my-org.ui/card@0.0.2"));
    workspace.scope_git(["update-ref", &tag_of("card@0.0.2"), &altered(&workspace, id)]).success();
    let before = tags(&scope);
    let refused = workspace.bit(["export"]);
    refused.fails(1).complains(&format!("{id}: it was verified as {}", &was[..9])).complains("bit verify --fix");
    assert_eq!(tags(&scope), before);
    let run = workspace.bit(["verify", "--json"]);
    assert_eq!((run.code, told(&run)), (Some(3), vec!["version-changed card@0.0.2".to_owned()]), "{run}");
    workspace.bit(["verify", "--fix"]).success();
    assert_eq!(workspace.commit_of(id), was);
    workspace.bit(["export"]).success();
    assert!(tags(&scope).contains(&was), "{}", tags(&scope));
}
