//! Export over a network that breaks, and to several scopes of which one goes away: nothing is half visible, what can't
//! be taken back is said, and the next export finishes.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::bad_days::{ONE, TWO, all_refs, finishes, refused, staged, staged_again, three_scopes_on};
use crate::common::TestEnvironment;
use crate::common::servers::{Host, Hosted, served};
use crate::common::wire::Trouble;

#[test]
fn a_connection_that_is_cut_in_a_push_leaves_nothing_half_done() {
    let env = TestEnvironment::new();
    is_cut(&env, &Host::daemon(&env));
}

#[test]
fn a_web_connection_that_is_cut_in_a_push_leaves_nothing_half_done() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    is_cut(&env, &host);
}

fn is_cut(env: &TestEnvironment, host: &Host<'_>) {
    let scope = host.repository("s");
    let workspace = staged_again(env, &scope);
    // How much there is to say.
    env.folder(".").program("cp").args(["-a", "ws", "twin"]).run().success();
    host.folder().program("cp").args(["-a", "s", "t"]).run().success();
    let twin = env.folder("twin");
    let whole = host.wire(Trouble::CutsAfter(0));
    twin.bit(["remote", "add", "my-org.ui", &host.url_over(&whole, "t")]).success();
    let run = twin.bit(["export"]);
    run.success().says("exported components (2)");
    assert!(whole.last_push() > 800, "{}\n{run}", whole.last_push());
    // The two name other URLs, which makes some bytes more or less.
    for bytes in [100, whole.last_push() / 2, whole.last_push() - 64] {
        let url = host.url_over(&host.wire(Trouble::CutsAfter(bytes)), "s");
        workspace.bit(["remote", "add", "my-org.ui", &url]).success();
        let run = refused(&workspace, &scope);
        run.complains("can't be reached or broke off").complains("try the same command again");
        run.silent_about(host.password());
        scope.fsck_objects();
        assert_eq!(scope.listed(), ONE);
    }
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    finishes(&workspace, &scope, &TWO);
}

/// git itself waits for ever then: it neither reads nor writes, and is ended for that.
#[test]
fn an_answer_to_a_push_that_breaks_off_is_not_waited_for() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let mut stood_still = 0;
    for bytes in (200..400).step_by(40) {
        let url = host.url_over(&host.wire(Trouble::BreaksOffTheAnswer(bytes)), "s");
        workspace.bit(["remote", "add", "my-org.ui", &url]).success();
        workspace.append("theme/index.js", &format!("// {bytes}\n"));
        workspace.bit(["tag", "-m", "more", "--skip-auto-tag"]).success();
        let begun = Instant::now();
        // The host has it, and another look finds it.
        workspace.invocation().args(["export"]).env("GIT_HTTP_LOW_SPEED_TIME", "1").run().success();
        let took = begun.elapsed();
        assert!(took < Duration::from_secs(60), "{bytes}: {took:?}");
        stood_still += usize::from(took > Duration::from_secs(2));
    }
    assert!(stood_still > 0, "git waits no longer: nothing was tested");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    scope.fsck();
}

#[test]
fn an_answer_to_a_push_that_never_comes_is_not_waited_for() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = staged(&env, &scope);
    let url = host.url_over(&host.wire(Trouble::SwallowsTheAnswer), "s");
    workspace.bit(["remote", "add", "my-org.ui", &url]).success();
    workspace.invocation().args(["export"]).env("GIT_HTTP_LOW_SPEED_TIME", "1").run().success();
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.bit(["export"]).success().says("nothing to export");
    scope.fsck();
}

/// The host has all of it, and nobody hears so: the same export looks, and finds it there.
#[test]
fn an_answer_that_is_lost_is_no_harm() {
    for atomic in [true, false] {
        let env = TestEnvironment::new();
        let host = Host::daemon(&env);
        let scope = host.repository("s");
        let scope = if atomic { scope } else { scope.without_atomic() };
        let workspace = staged(&env, &scope);
        let url = host.url_over(&host.wire(Trouble::LosesTheAnswer), "s");
        workspace.bit(["remote", "add", "my-org.ui", &url]).success();
        finishes(&workspace, &scope, &ONE);
    }
}

// ---- a web server's processes that are killed ----

/// What a hook does to those that handle its push: first the web server's backend, then the git under it.
const ENDS: &str = "backend=$(sed 's/.*) [A-Z] \\([0-9]*\\) .*/\\1/' /proc/$PPID/stat)\n\
    grep -q git-http-backen /proc/$backend/comm || exit 0\n\
    echo $backend >>killed; kill -9 $backend";

/// The objects are there and no ref has moved.
#[test]
fn a_web_servers_backend_that_is_killed_in_a_push_leaves_nothing_half_done() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let hooks = scope.folder.inside("hooks");
    for hook in ["pre-receive", "update"] {
        scope.folder.write("hooks/x", "");
        hooks.write_program(hook, &format!("{ENDS}; kill -9 $PPID; sleep 1"));
        refused(&workspace, &scope).complains("try the same command again").silent_about(host.password());
        scope.fsck_objects();
        assert_eq!(scope.listed(), ONE);
        assert!(!scope.folder.read("killed").is_empty());
        scope.folder.remove("killed");
        hooks.remove(hook);
    }
    finishes(&workspace, &scope, &TWO);
}

/// The git under it goes on, and nobody hears what comes of it: the same export looks, and finds it there.
#[test]
fn a_web_servers_backend_that_is_killed_alone_is_no_harm() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let scope = scope.hook("pre-receive", &format!("[ -e killed ] || {{ {ENDS}; }}"));
    finishes(&workspace, &scope, &TWO);
    assert_eq!(scope.folder.read("killed").lines().count(), 1);
}

// ---- three scopes, the third on a host of its own ----

/// The tags are everywhere, and before the first catalog moves the third one's host goes.
#[test]
fn a_third_host_that_goes_before_the_catalogs_is_named_and_the_next_export_finishes() {
    let env = TestEnvironment::new();
    let (here, mut far) = (Host::path(&env), Host::daemon(&env));
    let (workspace, scopes) = three_scopes_on(&env, [&here, &here, &far]);
    let (reached, gone) = (env.root().join("reached"), env.root().join("gone"));
    let waits = format!(
        "grep -q ' refs/heads/main$' || exit 0; touch '{}'; for i in $(seq 6000); do [ -e '{}' ] && break; sleep 0.01; done; exit 0",
        reached.display(),
        gone.display()
    );
    scopes[0].folder.write("hooks/x", "").inside("hooks").write_program("pre-receive", &waits);
    let export = workspace.invocation().arg("export").start();
    appears(&reached);
    far.stop();
    env.folder(".").write("gone", "");
    let run = export.finish();
    run.fails(1).complains("my-org.one, my-org.two have everything; my-org.three has not");
    run.complains("run \"bit export\" again");
    assert_eq!((scopes[0].listed(), scopes[1].listed()), (listed("theme"), listed("button")));
    assert_eq!(scopes[2].listed(), [""; 0]);
    far.start_daemon_again();
    workspace.bit(["export"]).success().says("my-org.three/card@0.0.1");
    are_done(&workspace, &scopes);
}

/// Waits until a hook has come so far, for a minute.
#[track_caller]
fn appears(file: &Path) {
    for _ in 0..6000 {
        if file.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("{} does not appear", file.display());
}

/// It goes while it gets its tag: nobody sees anything in the first two, and of the third it is said that nobody knows.
#[test]
fn a_third_host_that_goes_while_it_gets_its_tags_leaves_nothing_in_the_others() {
    let env = TestEnvironment::new();
    let (here, mut far) = (Host::path(&env), Host::daemon(&env));
    let (workspace, scopes) = three_scopes_on(&env, [&here, &here, &far]);
    let before = all_refs(&scopes);
    let reached = env.root().join("reached");
    let waits = format!("touch '{}'; sleep 60", reached.display());
    scopes[2].folder.write("hooks/x", "").inside("hooks").write_program("update", &waits);
    let export = workspace.invocation().arg("export").start();
    appears(&reached);
    far.stop();
    let run = export.finish();
    run.fails(1).complains("Connection refused").complains("these scopes may have tags of this export");
    run.complains("my-org.three: ").complains("bit scope sweep my-org.three").silent_about("my-org.one: ");
    assert_eq!(all_refs(&scopes), before);
    workspace.bit(["status"]).success().says("staged components");
    scopes[2].folder.remove("hooks/update");
    far.start_daemon_again();
    workspace.bit(["export"]).success().says("exported components (3)");
    are_done(&workspace, &scopes);
}

/// A host that lets nobody remove anything keeps the tags: that is said, and the next export goes on from them.
#[test]
fn tags_that_a_host_does_not_give_back_are_named() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (workspace, mut scopes) = three_scopes_on(&env, [&host, &host, &host]);
    let keeps = scopes.remove(0).hook("update", "case $3 in *[!0]*) ;; *) echo nothing goes >&2; exit 1;; esac");
    scopes.insert(0, keeps);
    let before = all_refs(&scopes);
    scopes[2].folder.write("hooks/x", "").inside("hooks").write_program("update", "echo not you >&2; exit 1");
    let run = workspace.bit(["export"]);
    run.fails(1).complains("refused refs/tags/card@0.0.1").complains("not you");
    run.complains("these scopes may have tags of this export").complains("my-org.one: refs/tags/theme@0.0.1: ");
    run.complains("bit scope sweep my-org.one").silent_about("my-org.two: ");
    let after = all_refs(&scopes);
    assert_eq!((&after[1], &after[2]), (&before[1], &before[2]));
    assert!(after[0].contains_key("refs/tags/theme@0.0.1"));
    assert_eq!(scopes[0].listed(), [""; 0]);
    scopes[2].folder.remove("hooks/update");
    workspace.bit(["export"]).success().says("exported components (3)").silent_about("may have tags");
    are_done(&workspace, &scopes);
}

fn listed(component: &str) -> Vec<String> {
    vec![format!("{component}@0.0.1")]
}

fn are_done(workspace: &crate::common::Folder<'_>, scopes: &[Hosted<'_>]) {
    for (scope, component) in scopes.iter().zip(["theme", "button", "card"]) {
        assert_eq!(scope.listed(), listed(component));
        scope.fsck();
    }
    workspace.bit(["status"]).success().says("the workspace is clean");
}

// ---- tags that wait for a catalog ----

/// On a host without atomic push the tags come first. Somebody else's catalog comes between, and what they say is in the
/// way of ours: then ours go again.
#[test]
fn tags_that_waited_for_a_catalog_that_is_refused_go_again() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s").without_atomic();
    let workspace = staged(&env, &scope);
    workspace.bit(["export"]).success();
    workspace.program("cp").args(["-a", ".", "../theirs"]).run().success();
    let theirs = env.folder("theirs");
    for (who, version) in [(&theirs, "1.0.1"), (&workspace, "1.1.0")] {
        who.append("theme/index.js", &format!("// {version}\n"));
        who.bit(["tag", "theme", "--ver", version, "-m", "x", "--skip-auto-tag"]).success();
    }
    let before = scope.refs();
    let between = format!(
        "grep -q ' refs/heads/main$' && mkdir '{}' 2>/dev/null || exit 0\n\
         for name in $(env | sed -n 's/^\\(GIT_[A-Z_]*\\)=.*/\\1/p'); do case $name in *AUTHOR*|*COMMITTER*|*CONFIG_GLOBAL|*NOSYSTEM) ;; *) unset $name;; esac; done\n\
         cd '{}' && '{}' export >&2; exit 0",
        env.root().join("once").display(),
        theirs.path().display(),
        TestEnvironment::binary().display()
    );
    let scope = scope.hook("pre-receive", &between);
    let run = workspace.bit(["export"]);
    run.fails(1).complains("the scope went on to 1.0.1").silent_about("may have tags");
    let mut after = scope.refs();
    assert!(after.remove("refs/tags/theme@1.0.1").is_some() && after.remove("refs/heads/main").is_some());
    assert!(before.iter().filter(|(name, _)| name.starts_with("refs/tags/")).eq(after.iter()), "{after:?}");
    scope.fsck();
    workspace.bit(["status"]).success().says("staged components");
}
