//! Export on bad days: hosts that are killed, full, closed or broken, versions that others made first, URLs that mean
//! harm. Each is told with a way out, nothing is half visible, and what was here before is still here.

use std::collections::BTreeMap;
use std::fs;
use std::net::{Shutdown, TcpListener};
use std::time::Duration;

use crate::common::disk::SmallDisk;
use crate::common::faults::{self, Preserved};
use crate::common::servers::{Host, Hosted, served};
use crate::common::wire::Trouble;
use crate::common::{Folder, Run, TestEnvironment, needs_faults, skip};

/// A workspace with button → theme in it, tagged, which knows a scope.
pub fn staged<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    scope.workspace(env, "ws")
}

/// The same, exported, and tagged once more.
pub fn staged_again<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    let workspace = staged(env, scope);
    workspace.bit(["export"]).success();
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "second"]).success();
    workspace
}

/// Every file of a workspace and of its local scope, except objects (some may have come that no ref needs) and caches.
fn everything(workspace: &Folder<'_>) -> BTreeMap<String, Vec<u8>> {
    let files = workspace.listing(&[".git/bit/objects", ".git/bit/bit/cache"]);
    let read = |path: &String| fs::read(workspace.path().join(path)).unwrap_or_default();
    files.into_iter().map(|path| (path.clone(), read(&path))).collect()
}

/// An export is refused, and neither side has changed.
#[track_caller]
pub fn refused(workspace: &Folder<'_>, scope: &Hosted<'_>) -> Run {
    let before = (everything(workspace), scope.refs());
    let run = workspace.bit(["export"]);
    run.fails(1).complains("hint: ").silent_about("panicked");
    let after = (everything(workspace), scope.refs());
    assert_eq!(after.1, before.1, "the scope changed\n{run}");
    let changed = before.0.iter().find(|(path, text)| after.0.get(*path) != Some(*text)).map(|(path, _)| path);
    assert_eq!(changed, None, "the workspace changed\n{run}");
    assert_eq!(after.0.len(), before.0.len(), "{:?}", after.0.keys());
    run
}

#[track_caller]
pub fn finishes(workspace: &Folder<'_>, scope: &Hosted<'_>, versions: &[&str]) -> Run {
    let run = workspace.bit(["export"]);
    run.success();
    assert_eq!(scope.listed(), versions);
    scope.fsck();
    workspace.bit(["status"]).success().says("the workspace is clean");
    assert!(!workspace.read(".bitmap").contains("defaultScope"), "{}", workspace.read(".bitmap"));
    run
}

fn is_sound(scope: &Hosted<'_>) {
    scope.fsck();
}

pub const ONE: [&str; 2] = ["button@0.0.1", "theme@0.0.1"];
pub const TWO: [&str; 4] = ["button@0.0.1", "button@0.0.2", "theme@0.0.1", "theme@0.0.2"];

// Versions.

#[test]
fn a_backport_is_published_beside_the_newest() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = staged(&env, &scope);
    for version in ["1.0.1", "1.1.0"] {
        workspace.append("theme/index.js", &format!("// {version}\n"));
        workspace.bit(["tag", "theme", "--ver", version, "-m", version]).success();
        workspace.bit(["export"]).success();
        if version == "1.0.1" {
            workspace.program("cp").args(["-a", ".", "../old"]).run().success();
        }
    }
    // The other workspace knows the newer version, and its folder has the older one.
    let old = env.folder("old");
    let place = workspace.local_scope().display().to_string();
    old.scope_git(["fetch", "--quiet", "--", &place, "refs/tags/*:refs/tags/*", "refs/remotes/*:refs/remotes/*"])
        .success();
    old.append("theme/index.js", "// a repair\n");
    old.bit(["tag", "theme", "--ver", "1.0.2", "-m", "x"]).fails(1);
    old.bit(["tag", "theme", "--ver", "1.0.2", "-m", "x", "--ignore-newest-version", "--skip-auto-tag"]).success();
    old.bit(["export", "theme"]).success().says("my-org.ui/theme@1.0.2");
    let entry = scope.folder.git(["--git-dir=.", "show", "HEAD:catalog/theme.json"]).success().json();
    assert_eq!((entry["head"].as_str(), entry["latest"].as_str()), (Some("1.1.0"), Some("1.1.0")));
    assert!(scope.listed().contains(&"theme@1.0.2".to_owned()));
    scope.fsck();
    // The main line goes on as if nothing had happened.
    workspace.append("theme/index.js", "// 1.2.0\n");
    workspace.bit(["tag", "theme", "--ver", "1.2.0", "-m", "x"]).success();
    workspace.bit(["export"]).success().says("my-org.ui/theme@1.2.0");
}

/// One tags 1.0.1, the other 1.0.1 or 1.1.0, of the same parent.
#[test]
fn the_second_of_two_people_is_refused() {
    for (number, other) in [("1.0.1", "the scope has another 1.0.1 already"), ("1.1.0", "the scope went on to 1.0.1")] {
        let env = TestEnvironment::new();
        let scope = Host::path(&env).repository("s");
        let first = staged(&env, &scope);
        first.bit(["export"]).success();
        first.program("cp").args(["-a", ".", "../two"]).run().success();
        let second = env.folder("two");
        for (workspace, version) in [(&first, "1.0.1"), (&second, number)] {
            workspace.append("theme/index.js", &format!("// {}\n", workspace.path().display()));
            workspace.bit(["tag", "theme", "--ver", version, "-m", "x", "--skip-auto-tag"]).success();
        }
        first.bit(["export"]).success();
        let before = scope.refs();
        let run = second.bit(["export"]);
        run.fails(1).complains(&format!("my-org.ui/theme@{number}: {other}")).complains("bit reset");
        if number == "1.0.1" {
            let id = |workspace: &Folder| workspace.commit_of("my-org.ui/theme@1.0.1")[..9].to_owned();
            run.complains(&format!("({}; yours is {})", id(&first), id(&second)));
        }
        assert_eq!(scope.refs(), before);
        second.bit(["status"]).success().says("staged components");
        scope.fsck();
    }
}

#[test]
fn a_stray_tag_of_other_content_is_explained() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = staged_again(&env, &scope);
    // Somebody else's export, of which only a tag arrived.
    workspace.program("cp").args(["-a", ".", "../two"]).run().success();
    let other = env.folder("two");
    other.bit(["reset", "--all"]).success();
    other.append("theme/index.js", "// other\n").bit(["tag", "-m", "other"]).success();
    let place = scope.folder.path().display().to_string();
    other.scope_git(["push", "-q", &place, "refs/tags/my-org.ui/theme@0.0.2:refs/tags/theme@0.0.2"]).success();
    let commit = other.commit_of("my-org.ui/theme@0.0.2");
    let run = workspace.bit(["export"]);
    run.fails(1).complains("my-org.ui/theme@0.0.2").complains("which no catalog lists").complains(&commit);
    run.complains("Ada Tester <ada@example.com>").complains("2001-02-03");
    run.complains("bit tag theme --ver 0.0.3").complains("(bit scope sweep my-org.ui theme@0.0.2)");
    run.silent_about("bit merge");
    assert_eq!(scope.listed(), ONE);
    // The way out is one, as it is written.
    workspace.bit(["scope", "sweep", "my-org.ui", "theme@0.0.2", "--yes"]).success().says("removed");
    finishes(&workspace, &scope, &TWO);
}

// Several scopes.

/// theme in one scope, button in the next, card in the third: each needs the one before.
fn three_scopes<'e>(env: &'e TestEnvironment) -> (Folder<'e>, Vec<Hosted<'e>>) {
    let host = Host::path(env);
    three_scopes_on(env, [&host, &host, &host])
}

/// The same, each on its host.
pub fn three_scopes_on<'e>(env: &'e TestEnvironment, hosts: [&Host<'e>; 3]) -> (Folder<'e>, Vec<Hosted<'e>>) {
    let workspace = env.git_workspace_at("ws", "my-org.one");
    let mut needs = "1".to_owned();
    let mut scopes = Vec::new();
    for (host, (scope, component)) in hosts.into_iter().zip([("one", "theme"), ("two", "button"), ("three", "card")]) {
        let hosted = host.repository(scope);
        let name = format!("my-org.{scope}");
        workspace.bit(["scope", "create", &hosted.url, "--name", &name]).success();
        workspace.bit(["remote", "add", &name, &hosted.url]).success();
        workspace.write(&format!("{component}/index.js"), format!("module.exports = {needs};\n"));
        workspace.bit(["add", component, "--scope", &name]).success();
        needs = format!("require('@my-org/{scope}.{component}')");
        scopes.push(hosted);
    }
    workspace.bit(["tag", "-m", "x"]).success();
    (workspace, scopes)
}

pub fn all_refs(scopes: &[Hosted<'_>]) -> Vec<crate::common::Refs> {
    scopes.iter().map(Hosted::refs).collect()
}

#[test]
fn the_third_scope_fails_before_anything_is_seen() {
    let env = TestEnvironment::new();
    let (workspace, scopes) = three_scopes(&env);
    let before = all_refs(&scopes);
    let third = scopes[2].folder.path().to_owned();
    fs::rename(&third, third.with_extension("down")).unwrap();
    workspace.bit(["export"]).fails(1).complains("three").complains("hint");
    fs::rename(third.with_extension("down"), &third).unwrap();
    assert_eq!(all_refs(&scopes), before);
    scopes[2].folder.inside("hooks").write_program("update", "case $1 in refs/tags/*) echo not you >&2; exit 1;; esac");
    workspace.bit(["export"]).fails(1).complains("refused refs/tags/card@0.0.1").complains("not you");
    assert_eq!(all_refs(&scopes), before, "the tags are taken back");
    workspace.bit(["status"]).success().says("staged components");
    scopes[2].folder.remove("hooks/update");
    workspace.bit(["export"]).success().says("exported components (3)");
    scopes.iter().for_each(is_sound);
    workspace.bit(["status"]).success().says("the workspace is clean");
}

#[test]
fn the_third_scope_refuses_only_its_catalog() {
    let env = TestEnvironment::new();
    let (workspace, scopes) = three_scopes(&env);
    scopes[2]
        .folder
        .inside("hooks")
        .write_program("update", "case $1 in refs/heads/*) echo protected >&2; exit 1;; esac");
    let run = workspace.bit(["export"]);
    run.fails(1).complains("my-org.one, my-org.two have everything; my-org.three has not").complains("protected");
    run.complains("run \"bit export\" again");
    assert_eq!(
        (scopes[0].listed(), scopes[1].listed()),
        (vec!["theme@0.0.1".to_owned()], vec!["button@0.0.1".to_owned()])
    );
    assert_eq!(scopes[2].refs().len(), 2, "the tag waits for its catalog");
    // What is published is not staged any more, and nothing takes it away.
    let staged = workspace.bit(["status", "--json"]).success().json()["stagedComponents"].clone();
    assert_eq!(staged.as_array().unwrap().len(), 1, "{staged}");
    workspace.bit(["log", "theme"]).success().silent_about("staged");
    workspace.bit(["log", "card"]).success().says("staged");
    workspace.bit(["reset", "theme"]).fails(1).complains("unable to reset");
    assert_eq!(workspace.read(".bitmap").matches("defaultScope").count(), 1);
    workspace.bit(["reset", "--all"]).success().says("my-org.three/card: 0.0.1").silent_about("theme");
    assert_eq!(workspace.versions(), ["my-org.one/theme@0.0.1", "my-org.two/button@0.0.1"]);
    workspace.bit(["tag", "-m", "x"]).success().says("my-org.three/card@0.0.1");
    scopes[2].folder.remove("hooks/update");
    workspace.bit(["export"]).success().says("my-org.three/card@0.0.1");
    assert_eq!(scopes[2].listed(), ["card@0.0.1"]);
    scopes.iter().for_each(is_sound);
    workspace.bit(["status"]).success().says("the workspace is clean");
    assert!(!workspace.read(".bitmap").contains("defaultScope"));
}

/// git leaves hidden refs out of an atomic push: the catalog would list what is not there.
#[test]
fn a_host_that_hides_tags_from_pushes_gets_no_catalog() {
    for key in ["transfer.hideRefs", "receive.hideRefs"] {
        let env = TestEnvironment::new();
        let folder = Host::path(&env).repository("s");
        let workspace = staged_again(&env, &folder);
        let folder = folder.set(key, "refs/tags");
        refused(&workspace, &folder).complains("deny updating a hidden ref");
        // A host that is new to it.
        let env = TestEnvironment::new();
        let host = Host::daemon(&env);
        let scope = host.repository("t");
        let workspace = staged(&env, &scope);
        let scope = scope.set(key, "refs/tags");
        refused(&workspace, &scope).complains("deny updating a hidden ref");
        drop(scope.set(key, "!refs/tags"));
        workspace.bit(["export"]).success();
    }
}

/// One that has taken versions is believed to take more: then it is said what has become of it.
#[test]
fn a_host_that_begins_to_hide_tags_is_told_of() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let scope = scope.set("receive.hideRefs", "refs/tags");
    let run = workspace.bit(["export"]);
    run.fails(1).complains("deny updating a hidden ref").complains("it took the catalog of my-org.ui all the same");
    run.complains("ask its admin to hide no tags");
    let scope = scope.set("receive.hideRefs", "!refs/tags");
    workspace.bit(["export"]).success();
    scope.fsck();
    workspace.bit(["verify", "my-org.ui"]).success();
}

/// A tag that cannot be seen is not one that is missing.
#[test]
fn a_host_that_shows_no_tags_is_not_taken_for_one_that_lost_them() {
    for atomic in [true, false] {
        let env = TestEnvironment::new();
        let scope = Host::path(&env).repository("s").set("uploadpack.hideRefs", "refs/tags");
        let scope = if atomic { scope } else { scope.without_atomic() };
        let workspace = staged(&env, &scope);
        for number in 1..4 {
            let run = finishes(&workspace, &scope, &scope_with(number));
            run.says("exported components (2)").silent_about("tags were not there");
            workspace.bit(["export"]).success().says("nothing to export").silent_about("tags were not there");
            workspace.append("theme/index.js", "// more\n");
            workspace.bit(["tag", "-m", "more"]).success();
        }
    }
}

/// button and theme, each in so many versions.
fn scope_with(versions: usize) -> Vec<&'static str> {
    let all = ["button@0.0.1", "button@0.0.2", "button@0.0.3", "theme@0.0.1", "theme@0.0.2", "theme@0.0.3"];
    all.chunks(3).flat_map(|of_one| &of_one[..versions]).copied().collect()
}

// Hosts that are killed.

/// Each on a machine of its own, side by side: locks must have an age before they are named.
#[test]
fn a_host_that_is_killed_in_the_middle_of_a_push() {
    needs_faults!();
    // Whether the components are new (then a folder's git is spoken to directly), whether the host is atomic.
    let moments = [
        ("new", true, "refs/heads/main"),
        ("new", true, "refs/tags/button@0.0.1"),
        ("new", true, "refs/tags/theme@0.0.1"),
        ("known", true, "refs/heads/main"),
        ("known", true, "refs/tags/button@0.0.2"),
        ("known", true, "refs/tags/theme@0.0.2"),
        ("known", false, "refs/tags/theme@0.0.2"),
        ("known", false, "refs/heads/main"),
    ];
    std::thread::scope(|threads| {
        for (components, atomic, name) in moments {
            threads.spawn(move || a_host_that_is_killed(components == "new", atomic, name));
        }
    });
}

fn a_host_that_is_killed(is_new: bool, atomic: bool, name: &str) {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let scope = if atomic { scope } else { scope.without_atomic() };
    let workspace = if is_new { staged(&env, &scope) } else { staged_again(&env, &scope) };
    let before = scope.refs();
    let run = faults::with_the_host_killed(&workspace, &scope, name, &["export"]);
    // The next attempt of the same export meets what the killed git left.
    let lock = scope.folder.path().join(format!("{name}.lock"));
    run.fails(1).complains("lock files stand in it").complains(&format!("{name}.lock"));
    run.complains("make sure that no git is at work").complains("run \"bit export\" again");
    assert!(lock.exists());
    // A catalog that has not moved lists nothing that was not there.
    let has_moved = scope.refs()["refs/heads/main"] != before["refs/heads/main"];
    assert_eq!(has_moved, !is_new && atomic && name.starts_with("refs/tags"), "{name}");
    workspace.bit(["export"]).fails(1).complains(&format!("{name}.lock"));
    scope.fsck_objects();
    // The repair, as it is said.
    scope.folder.program("find").args([".", "-name", "*.lock", "-delete"]).run().success();
    let run = finishes(&workspace, &scope, if is_new { &ONE } else { &TWO });
    // git moved the catalog first, which it was told first: it listed versions without tags.
    if has_moved {
        run.complains("whose tags were not there").complains(name.trim_start_matches("refs/tags/"));
    }
}

/// Its git dies with all refs locked, and none of them has moved. Of a host far away nobody sees files.
#[test]
fn a_host_whose_locks_stay_is_named_for_its_admin() {
    let daemon = |env: &TestEnvironment| locks_stay(env, &Host::daemon(env));
    let http = |env: &TestEnvironment| {
        let host = served!(Host::http_logged_in(env));
        locks_stay(env, &host);
    };
    std::thread::scope(|threads| {
        threads.spawn(move || daemon(&TestEnvironment::new()));
        threads.spawn(move || http(&TestEnvironment::new()));
    });
}

fn locks_stay(env: &TestEnvironment, host: &Host<'_>) {
    let scope = host.repository("s");
    let workspace = staged(env, &scope);
    let dies = "[ $1 = prepared ] || exit 0; grep -q ' refs/heads/main$' && kill -9 $PPID; exit 0";
    let scope = scope.hook("reference-transaction", dies);
    let before = scope.refs();
    let run = workspace.bit(["export"]);
    run.fails(1)
        .complains("its refs stay locked")
        .complains(".lock': File exists")
        .complains("ask who runs the host")
        .silent_about(host.password());
    assert_eq!(scope.refs(), before);
    scope.fsck_objects();
    scope.folder.remove("hooks/reference-transaction");
    scope.folder.program("find").args([".", "-name", "*.lock", "-print", "-delete"]).run().success().says("main.lock");
    finishes(&workspace, &scope, &ONE);
}

/// Its receive-pack dies before any ref has moved.
#[test]
fn a_web_server_that_kills_its_git() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let scope = scope.hook("update", "kill -9 $PPID; sleep 1");
    refused(&workspace, &scope).silent_about(host.password());
    // One that dies now and then is no reason to give up.
    scope.folder.inside("hooks").write_program("update", "mkdir died 2>/dev/null && kill -9 $PPID; exit 0");
    finishes(&workspace, &scope, &TWO);
}

// Hosts that are full, closed, broken or another.

/// It takes the connection, and that is all.
#[test]
fn a_web_server_that_says_nothing() {
    let env = TestEnvironment::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/ui.git", silent.local_addr().unwrap());
    let real = crate::common::find_program("git").unwrap();
    let record = format!("env | grep GIT_HTTP_LOW >>\"$HOME/patience\"; exec {} \"$@\"", real.display());
    env.program_of_user("git", &record);
    let home = env.folder("home");
    env.git_config("http.lowSpeedTime", "2").git_config("http.lowSpeedLimit", "1");
    let begun = std::time::Instant::now();
    home.bit(["list", &url]).fails(1).complains("does not answer").complains("http.lowSpeedTime");
    assert!(begun.elapsed() < std::time::Duration::from_secs(60));
    assert_eq!(home.read("patience"), "");
    // Who has said nothing of it does not wait for ever either.
    home.remove("gitconfig");
    drop(silent);
    home.bit(["list", &url]).fails(1);
    assert!(home.read("patience").contains("GIT_HTTP_LOW_SPEED_TIME=300"));
}

/// So it is of the others, which git itself would wait for without an end.
#[test]
fn a_host_that_says_nothing() {
    let env = TestEnvironment::new();
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let home = env.folder("home");
    for scheme in ["git", "ssh"] {
        let url = format!("{scheme}://{address}/ui.git");
        for (command, code) in [("list", 1), ("verify", 4)] {
            let begun = std::time::Instant::now();
            let run = home.invocation().args([command, &url]).env("GIT_HTTP_LOW_SPEED_TIME", "1").run();
            run.fails(code)
                .complains("does not answer: nothing came for 1 seconds")
                .complains("GIT_HTTP_LOW_SPEED_TIME");
            assert!(begun.elapsed() < std::time::Duration::from_secs(30));
        }
    }
}

#[test]
fn a_host_without_room() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = staged_again(&env, &scope);
    let noise: String =
        (0..20_000u32).map(|number| format!("// {:08x}\n", number.wrapping_mul(2_654_435_761))).collect();
    workspace.append("theme/index.js", &noise);
    workspace.bit(["tag", "-m", "third"]).success();
    // What the host's git writes may have so many blocks and not more; the signal is not for it.
    let git = crate::common::find_program("git").unwrap();
    let full = format!("trap '' XFSZ; ulimit -f 8; exec {} receive-pack \"$@\"", git.display());
    env.folder("home").write_program("full-receive-pack", &full);
    let program = env.home().join("full-receive-pack");
    let real = git.display();
    env.program_of_user(
        "git",
        &format!("case \" $* \" in *' push '*) for a; do shift; case $a in --porcelain) set -- \"$@\" \"--receive-pack={}\" \"$a\";; *) set -- \"$@\" \"$a\";; esac; done;; esac\nexec {real} \"$@\"", program.display()),
    );
    refused(&workspace, &scope).complains("no room is left").complains("free some space");
    fs::remove_file(env.home().join("bin/git")).unwrap();
    workspace.bit(["export"]).success();
    scope.fsck();
}

/// A host far away, whose own disk is full.
#[test]
fn a_daemon_without_room() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let place = host.folder().path().strip_prefix(env.root()).expect("a place of the machine").join("full");
    let disk = match SmallDisk::mount(&env, &place.to_string_lossy(), "4m") {
        Ok(disk) => disk,
        Err(reason) => skip!("no small disk can be mounted: {reason}"),
    };
    let scope = host.repository("full/s");
    let workspace = staged_again(&env, &scope);
    for room in [0, 4096, 16384] {
        disk.leave_room(room);
        refused(&workspace, &scope).complains("no room is left").complains("free some space");
        scope.fsck_objects();
    }
    disk.leave_all();
    finishes(&workspace, &scope, &TWO);
}

#[test]
fn a_host_that_does_not_let_one_in() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    host.log_in(host.user(), "wrong-password");
    refused(&workspace, &scope).complains("does not know who you are").silent_about("wrong-password");
    host.log_in(host.user(), host.password());
    let scope = scope.set("http.receivepack", "false");
    refused(&workspace, &scope).complains("no right").silent_about(host.password());
    let scope = scope.set("http.receivepack", "true").rejecting("refs/heads/main");
    refused(&workspace, &scope).complains("refused refs/heads/main").complains("is frozen").complains("protected");
    scope.folder.remove("hooks/update");
    finishes(&workspace, &scope, &TWO);
}

#[test]
fn a_scope_that_is_not_what_it_should_be() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let scope = host.repository("s");
    let workspace = staged_again(&env, &scope);
    let good = scope.refs()["refs/heads/main"].clone();
    scope.folder.git(["clone", "--quiet", ".", "../edit"]).success();
    let edit = env.folder("hosts/path/edit");
    for (file, text, words) in [
        ("catalog/theme.json", "{ broken", "catalog/theme.json"),
        ("catalog/theme.json", "{\"format\": 2, \"name\": \"theme\"}", "newer"),
        (
            "catalog/theme.json",
            "{\"format\": 1, \"name\": \"other\", \"head\": \"1.0.0\", \"latest\": \"1.0.0\", \"versions\": []}",
            "other",
        ),
        ("scope.json", "{ broken", "scope.json"),
        ("scope.json", "{\"format\": 2, \"name\": \"my-org.ui\"}", "newer"),
        ("scope.json", "{\"format\": 1, \"name\": \"their.forms\"}", "is the scope their.forms, not my-org.ui"),
    ] {
        edit.git(["reset", "--quiet", "--hard", &good]).success();
        edit.write(file, text);
        edit.git(["commit", "--quiet", "--all", "-m", "broken"]).success();
        edit.git(["push", "--quiet", "--force", "origin", "HEAD:main"]).success();
        refused(&workspace, &scope).complains(words);
    }
    // No scope at all.
    edit.git(["reset", "--quiet", "--hard", &good]).success();
    edit.git(["rm", "--quiet", "scope.json"]).success();
    edit.git(["commit", "--quiet", "-m", "none"]).success();
    edit.git(["push", "--quiet", "--force", "origin", "HEAD:main"]).success();
    refused(&workspace, &scope).complains("is no scope").complains("bit scope create");
    scope.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", &good]).success();
    finishes(&workspace, &scope, &TWO);
}

#[test]
fn urls_that_mean_harm_or_lead_nowhere() {
    let env = TestEnvironment::new();
    let scope = Host::path(&env).repository("s");
    let workspace = staged_again(&env, &scope);
    let marker = workspace.path().join("taken");
    let command = format!("touch {}", marker.display());
    for url in [
        format!("ext::sh -c {command}"),
        format!("EXT::sh -c {command}"),
        format!("Ext::sh -c {command}"),
        "fd::17".into(),
        "FD::17".into(),
        format!("--upload-pack={command}"),
        format!("-u{command}"),
        format!("ssh://-oProxyCommand={command}/x"),
    ] {
        for line in [
            vec!["remote", "add", "my-org.ui", "--", &url],
            vec!["scope", "create", "--name", "my-org.ui", "--", &url],
            vec!["scope", "sweep", "--", &url],
        ] {
            workspace.bit(line).fails(1).complains("can't be used").complains("hint");
        }
        // Planted, as by somebody else's hand.
        workspace.scope_git(["config", "remote.my-org.ui.url", &url]).success();
        refused(&workspace, &scope).complains("can't be used");
    }
    assert!(!marker.exists());
    for (url, words) in [
        ("http://no-such-host.invalid/s", "was not found"),
        ("http://127.0.0.1:1/s", "can't be reached"),
        ("/no/such/folder", "there is no repository at"),
    ] {
        workspace.scope_git(["config", "remote.my-org.ui.url", url]).success();
        refused(&workspace, &scope).complains(words).complains(url);
    }
    workspace.scope_git(["config", "remote.my-org.ui.url", &scope.url]).success();
    finishes(&workspace, &scope, &TWO);
}

// This machine.

/// A disk that is full from some moment on.
#[test]
fn no_room_here() {
    needs_faults!();
    let env = TestEnvironment::new();
    // The scope lies in the workspace, so that both are put back together.
    let host = Hosted { folder: env.folder("ws/s"), url: env.folder("ws/s").path().display().to_string() };
    let workspace = staged_again(&env, &host);
    faults::full_at_some(&Preserved::new(&workspace), &["export"], 20, |workspace, moment| {
        let listed = host.listed();
        assert!(listed == ONE || listed == TWO, "{moment}: {listed:?}");
        workspace.fsck();
        finishes(workspace, &host, &TWO);
    });
}

// ---- a host that takes the call and says nothing ----

#[test]
fn whoever_waits_says_for_whom() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace_at("ws", "my-org.ui");
    let host = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("git://127.0.0.1:{}/ui", host.local_addr().expect("an address").port());
    workspace.bit(["remote", "add", "my-org.ui", &url]).success();
    workspace.component("theme", &[("index.js", "")]);
    let fetch = workspace.invocation().args(["fetch", "my-org.ui"]).start();
    let (call, _) = host.accept().expect("a call");
    let tag = workspace.invocation().args(["tag", "-m", "x"]).start();
    std::thread::sleep(Duration::from_secs(6));
    drop(host);
    call.shutdown(Shutdown::Both).expect("it is hung up");
    fetch.finish().fails(1).complains(&format!("still waiting for my-org.ui at {url} …"));
    let tag = tag.finish();
    tag.success().complains("waiting for \"bit fetch\" (process ");
    assert_eq!(workspace.read(".git/bit/bit/lock"), "");
}

// ---- a host that hangs up ----

#[test]
fn a_host_that_hangs_up_without_a_word_is_asked_again() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = staged(&env, &scope);
    let through = |first: usize| {
        let url = host.url_over(&host.wire(Trouble::HangsUp(first)), "s");
        workspace.bit(["remote", "add", "my-org.ui", &url]).success();
    };
    through(100);
    workspace
        .bit(["export"])
        .fails(1)
        .complains("can't be reached or broke off")
        .complains("try the same command again");
    through(3);
    workspace.bit(["export"]).success().says("my-org.ui/theme@0.0.1");
}
