//! A scope that was lost and made anew, or put back from a backup: what it had listed is settled, whoever brings it back,
//! and what nobody has brought back is not forgotten.

use crate::common::{Folder, TestEnvironment};
use crate::export::{is_whole, tags};
use crate::import::{publish, published, scope, workspace};

/// The scope of this name is lost; an empty one is in its place.
fn made_anew<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    std::fs::remove_dir_all(env.folder(name).path()).unwrap();
    env.later(60);
    scope(env, name)
}

/// How commit ids are shown.
fn short(workspace: &Folder, id: &str) -> String {
    workspace.commit_of(id)[..9].to_owned()
}

/// A teammate of `author`, at the first versions of both components.
fn teammate<'e>(env: &'e TestEnvironment, name: &str) -> Folder<'e> {
    let mate = workspace(env, name, &["my-org.ui"]);
    mate.bit(["import", "my-org.ui/theme", "my-org.ui/button"]).success();
    mate
}

#[track_caller]
fn is_clean(workspace: &Folder) {
    workspace.bit(["fetch"]).success();
    workspace.bit(["status"]).success().says("the workspace is clean");
    workspace.bit(["verify", "my-org.ui"]).success().says("nothing is wrong");
    workspace.bit(["verify"]).success();
    workspace.fsck();
}

#[test]
fn a_number_that_was_given_before_the_scope_was_lost_is_not_given_again() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let mate = teammate(&env, "mate");
    publish(&author, "button", "// theirs\n");
    mate.append("ui/button/index.js", "// mine\n");
    mate.bit(["tag", "button", "-m", "mine"]).success();
    mate.bit(["fetch"]).success().says("diverged");
    let anew = made_anew(&env, "my-org.ui");
    let before = (anew.refs(), mate.refs());
    for dry_run in [&["--dry-run"][..], &[]] {
        let run = mate.bit(["export", "--all-versions"].iter().chain(dry_run));
        let both = [&author, &mate].map(|workspace| short(workspace, "my-org.ui/button@0.0.2"));
        run.fails(1).complains("my-org.ui/button@0.0.2: the scope had listed another 0.0.2 before it lost that");
        run.complains(&format!("({}; yours is {})", both[0], both[1]))
            .complains("bit fetch --accept-replaced my-org.ui");
        assert_eq!((anew.refs(), mate.refs()), before);
    }
    // What it says does it: the other one comes home, and both are joined.
    author.bit(["export", "--all-versions"]).success().says("my-org.ui/button@0.0.2");
    mate.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    mate.bit(["merge", "--ours"]).success();
    mate.bit(["tag", "-m", "both"]).success();
    mate.bit(["export"]).success().says("my-org.ui/button@0.0.3");
    is_clean(&mate);
    author.bit(["fetch"]).success();
    author.bit(["verify", "my-org.ui"]).success();
    is_whole(&anew);
}

#[test]
fn what_does_not_go_on_from_what_a_lost_scope_had_is_refused() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let mate = teammate(&env, "mate");
    publish(&author, "button", "// theirs\n");
    mate.append("ui/button/index.js", "// mine\n");
    mate.bit(["tag", "button", "--ver", "0.1.0", "-m", "mine"]).success();
    mate.bit(["fetch"]).success();
    let anew = made_anew(&env, "my-org.ui");
    let run = mate.bit(["export", "--all-versions"]);
    run.fails(1).complains("my-org.ui/button@0.1.0: the scope had gone on to 0.0.2 before it lost that");
    assert!(tags(&anew).is_empty());
}

#[test]
fn what_was_made_after_a_backup_and_by_others_instead_is_joined_as_the_refusal_says() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let scope = env.folder("my-org.ui");
    let mate = teammate(&env, "mate");
    let backup = scope.git(["rev-parse", "HEAD"]).line().to_owned();
    publish(&author, "button", "// lost\n");
    scope.git(["update-ref", "HEAD", &backup]).success();
    scope.git(["tag", "-d", "button@0.0.2"]).success();
    mate.append("ui/button/index.js", "// instead\n");
    mate.bit(["tag", "button", "-m", "instead"]).success();
    mate.bit(["export"]).success();
    let before = (scope.refs(), author.refs());
    let run = author.bit(["export", "--all-versions"]);
    run.fails(1).complains("my-org.ui/button@0.0.2: the scope has another 0.0.2 already");
    let both = [&mate, &author].map(|workspace| short(workspace, "my-org.ui/button@0.0.2"));
    run.complains(&format!("({}; yours is {})", both[0], both[1]));
    run.complains("take it as it is now (bit fetch --accept-replaced my-org.ui); then join both sides (bit merge)");
    assert_eq!((scope.refs(), author.refs()), before);
    author.bit(["fetch", "--accept-replaced", "my-org.ui"]).success();
    author.bit(["merge", "--ours"]).success();
    author.bit(["tag", "-m", "both"]).success();
    author.bit(["export"]).success().says("my-org.ui/button@0.0.3");
    is_clean(&author);
    is_whole(&scope);
}
