//! `bit mirror`: the same scope on several hosts.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Catalog, Folder, Refs, Run, TestEnvironment, find_program};
use serde_json::{Value, json};

const SCOPE: &str = "my-org.ui";

/// A scope with theme@0.0.1 and button@0.0.1 in it, and the workspace that exported them.
pub fn exported<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>) -> Folder<'e> {
    exported_from(env, scope, "ws")
}

/// The same, in a repository of a host.
fn exported_on<'e>(env: &'e TestEnvironment, host: &Host<'e>) -> (Hosted<'e>, Folder<'e>) {
    let source = host.repository("source");
    let workspace = exported(env, &source);
    (source, workspace)
}

fn exported_from<'e>(env: &'e TestEnvironment, scope: &Hosted<'_>, name: &str) -> Folder<'e> {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", SCOPE]).success();
    let workspace = env.git_workspace_at(name, SCOPE);
    workspace.write(".gitignore", "node_modules\n");
    workspace.bit(["remote", "add", SCOPE, &scope.url]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 1;\n")]),
        ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    workspace
}

/// One more version of theme, and of button with it.
pub fn goes_on(workspace: &Folder<'_>) {
    workspace.machine().later(60);
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "-m", "more"]).success();
    workspace.bit(["export"]).success();
}

/// The version tag becomes an annotated one, as a signed one is.
pub fn annotated(scope: &Hosted<'_>, tag: &str) {
    let arguments = ["--git-dir=.", "tag", "--annotate", "--force", "--message=signed", tag, &format!("{tag}^{{}}")];
    scope.folder.git(arguments).success();
}

pub fn mirror(env: &TestEnvironment, arguments: &[&str]) -> Run {
    env.folder("ci").bit(["mirror"].iter().chain(arguments))
}

/// The version tags and the catalog, whatever its branch is called.
pub fn state(scope: &Hosted<'_>) -> (Refs, String) {
    let tags = scope.refs().into_iter().filter(|(name, _)| name.starts_with("refs/tags/")).collect();
    (tags, scope.folder.git(["--git-dir=.", "rev-parse", "--verify", "HEAD"]).line().to_owned())
}

#[track_caller]
pub fn is_mirror(source: &Hosted<'_>, destination: &Hosted<'_>) {
    assert_eq!(state(source), state(destination), "{}", destination.url);
    destination.fsck();
}

fn statuses(report: &Value) -> Vec<&str> {
    let destinations = report["scopes"][0]["destinations"].as_array().expect("destinations");
    destinations.iter().map(|to| to["status"].as_str().expect("a status")).collect()
}

/// git as it is, except that a script has the first word: it may `exit`.
pub fn with_git_before(env: &TestEnvironment, script: &str) {
    let real = find_program("git").expect("git");
    env.program_of_user("git", &format!("real={}\n{script}\nexec \"$real\" \"$@\"", real.display()));
}

/// Every call of git is written down.
fn with_log_of_git(env: &TestEnvironment) -> impl Fn(&str) -> usize {
    let log = env.root().join("git-calls");
    with_git_before(env, &format!("echo \"$*\" >> '{}'", log.display()));
    move |word: &str| {
        let text = fs::read_to_string(&log).unwrap_or_default();
        text.lines().filter(|line| line.contains(&format!(" {word} "))).count()
    }
}

#[test]
fn four_hosts_of_four_kinds_have_the_same() {
    let env = TestEnvironment::new();
    let (path, daemon) = (Host::path(&env), Host::daemon(&env));
    let (ssh, http) = (served!(Host::ssh(&env)), served!(Host::http_logged_in(&env)));
    let (source, workspace) = exported_on(&env, &path);
    annotated(&source, "theme@0.0.1");
    let to = [path.repository("a"), ssh.repository("b"), http.repository("c"), daemon.repository("d")];
    let places: Vec<&str> = [&source].into_iter().chain(&to).map(|scope| scope.url.as_str()).collect();
    let first = mirror(&env, &places);
    first.success().says("my-org.ui").says("updated: 2 versions copied, the catalog moved");
    to.iter().for_each(|to| is_mirror(&source, to));
    assert_eq!(to[1].folder.git(["--git-dir=.", "cat-file", "-t", "theme@0.0.1"]).line(), "tag");
    let before: Vec<Refs> = to.iter().map(Hosted::refs).collect();
    let again = mirror(&env, &[&places[..], &["--json"]].concat());
    assert_eq!(statuses(&again.success().json()), ["in sync"; 4]);
    assert_eq!(to.iter().map(Hosted::refs).collect::<Vec<_>>(), before);
    goes_on(&workspace);
    // From whichever of them, to all others: here over the network.
    let places = [to[2].url.as_str(), &to[0].url, &to[1].url, &to[3].url];
    mirror(&env, &[&source.url, &to[2].url]).success();
    let third = mirror(&env, &[&places[..], &["--json"]].concat()).success().json();
    assert_eq!(statuses(&third), ["updated"; 3]);
    assert_eq!(
        third["scopes"][0]["destinations"][0]["copied"],
        json!(["my-org.ui/button@0.0.2", "my-org.ui/theme@0.0.2"])
    );
    to.iter().for_each(|to| is_mirror(&source, to));
    // Whoever has the mirror needs nothing else.
    let guest = env.git_workspace_at("guest", "my-org.site");
    guest.bit(["remote", "add", SCOPE, &to[3].url]).success();
    guest.bit(["import", "my-org.ui/theme@0.0.1"]).success();
}

#[test]
fn one_is_down_one_differs_and_one_has_no_atomic_push() {
    let env = TestEnvironment::new();
    let (path, mut daemon) = (Host::path(&env), Host::daemon(&env));
    let (ssh, http) = (served!(Host::ssh(&env)), served!(Host::http_logged_in(&env)));
    let (source, workspace) = exported_on(&env, &path);
    let to = [
        path.repository("differs"),
        ssh.repository("well"),
        http.repository("steps").without_atomic(),
        daemon.repository("down"),
    ];
    let places: Vec<&str> = [&source].into_iter().chain(&to).map(|scope| scope.url.as_str()).collect();
    mirror(&env, &places).success();
    goes_on(&workspace);
    let other = to[0].folder.git(["--git-dir=.", "rev-parse", "HEAD"]).line().to_owned();
    to[0].folder.git(["--git-dir=.", "tag", "theme@0.0.2", &other]).success();
    daemon.stop();
    let run = mirror(&env, &[&places[..], &["--retries", "0", "--json", "--summary-file", "summary.md"]].concat());
    run.fails(4).complains("can't be reached").complains("my-org.ui/theme@0.0.2 differs");
    let report = run.json();
    assert_eq!(statuses(&report), ["diverged", "updated", "updated", "failed"]);
    assert_eq!(report["exitCode"], json!(4));
    let ours = source.refs()["refs/tags/theme@0.0.2"].clone();
    let differs = &report["scopes"][0]["destinations"][0];
    let difference = json!([{"id": "my-org.ui/theme@0.0.2", "source": ours, "destination": other}]);
    assert_eq!(differs["diverged"], difference);
    // The other versions come; the catalog does not say of a version what is not so.
    assert_eq!(differs["copied"], json!(["my-org.ui/button@0.0.2"]));
    assert_eq!(differs["catalog"], json!("waits"));
    assert_eq!(to[0].listed(), ["button@0.0.1", "theme@0.0.1"]);
    let summary = env.folder("ci").read("summary.md");
    for words in ["⚠️ diverged", "❌ failed", "✅ updated", &other, "can't be reached"] {
        assert!(summary.contains(words), "{words}: {summary}");
    }
    is_mirror(&source, &to[1]);
    is_mirror(&source, &to[2]);
    // What differs is in nobody's way, and alone it is a 3.
    let without = mirror(&env, &[places[0], places[1], places[2]]);
    without.fails(3).says("in sync").says("diverged");
    // Repaired, the same command brings all of it into sync.
    daemon.start_daemon_again();
    to[0].folder.git(["--git-dir=.", "tag", "-d", "theme@0.0.2"]).success();
    mirror(&env, &places).success();
    to.iter().for_each(|to| is_mirror(&source, to));
}

/// A catalog that is none of the source's: the versions come all the same, and nothing is forced.
#[test]
fn a_catalog_of_its_own_stays() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    mirror(&env, &[&source.url, &to.url]).success();
    let tree = to.folder.git(["--git-dir=.", "rev-parse", "HEAD^{tree}"]).line().to_owned();
    let own = to.folder.git(["--git-dir=.", "commit-tree", &tree, "-p", "HEAD", "-m", "own"]).line().to_owned();
    to.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", &own]).success();
    goes_on(&workspace);
    let ours = source.refs()["refs/heads/main"].clone();
    let run = mirror(&env, &[&source.url, &to.url, "--json"]);
    run.fails(3).complains(&format!("the catalog differs: {ours} at the source, {own} there"));
    let report = run.json();
    let to_json = &report["scopes"][0]["destinations"][0];
    assert_eq!(to_json["diverged"], json!([{"id": null, "source": ours, "destination": own}]));
    assert_eq!(to_json["copied"].as_array().map(Vec::len), Some(2));
    assert_eq!(to.refs()["refs/heads/main"], own);
    mirror(&env, &[&source.url, &to.url]).fails(3);
    to.fsck();
}

/// Each destination's hook waits until the other one's is at work.
#[test]
fn destinations_are_worked_at_side_by_side() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, _) = exported_on(&env, &host);
    let waits = |own: &str, other: &str| {
        let hook = format!(
            "touch '{0}/{own}'; for _ in $(seq 200); do [ -e '{0}/{other}' ] && exit 0; sleep 0.1; done; exit 1",
            env.root().display()
        );
        host.repository(own).hook("pre-receive", &hook)
    };
    let to = [waits("here", "there"), waits("there", "here")];
    mirror(&env, &[&source.url, &to[0].url, &to[1].url, "--retries", "0"]).success();
    to.iter().for_each(|to| is_mirror(&source, to));
}

#[test]
fn another_scope_or_something_else_gets_nothing() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, other, code) = (host.repository("source"), host.repository("other"), host.repository("code"));
    exported(&env, &source);
    env.folder(".").bit(["scope", "create", &other.url, "--name", "my-org.other"]).success();
    let repository = env.git_folder("repository");
    repository.git(["commit", "--quiet", "--allow-empty", "-m", "first"]).success();
    repository.git(["push", "--quiet", &code.url, "main"]).success();
    let (before, code_before) = (other.refs(), code.refs());
    let run = mirror(&env, &[&source.url, &other.url, &code.url]);
    run.fails(4).complains("is the scope my-org.other, not my-org.ui; nothing was copied there");
    run.complains("holds something that is no scope; nothing was copied there").complains("hint");
    assert_eq!((other.refs(), code.refs()), (before, code_before));
    // And what is no scope can't be mirrored.
    mirror(&env, &[&code.url, &other.url]).fails(4).complains("is no scope: it holds no catalog");
}

#[test]
fn an_empty_repository_is_filled_whatever_its_branch_and_an_absent_one_only_if_wanted() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (daemon, ssh) = (Host::daemon(&env), served!(Host::ssh(&env)));
    let (source, _) = exported_on(&env, &host);
    let to = [host.repository("a"), daemon.repository("b"), ssh.repository("c")];
    for to in &to {
        to.folder.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/trunk"]).success();
        if !to.url.starts_with('/') {
            to.folder.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/master"]).success();
        }
        mirror(&env, &[&source.url, &to.url]).success();
        is_mirror(&source, to);
        assert_eq!(to.refs().keys().filter(|name| name.starts_with("refs/heads/")).count(), 1);
    }
    let absent = host.url("absent");
    mirror(&env, &[&source.url, &absent]).fails(4).complains("--create").complains("git init --bare");
    assert!(!Path::new(&absent).exists());
    mirror(&env, &[&source.url, &absent, "--create", "--dry-run"]).success().says("would be updated");
    let dry = mirror(&env, &[&source.url, &absent, "--create", "--dry-run", "--json", "--summary-file", "dry.md"]);
    assert_eq!(statuses(&dry.success().json()), ["would be updated"]);
    let page = env.folder("ci").read("dry.md");
    assert!(page.contains("A dry run: nothing was changed.") && page.contains("⏳ would be updated"), "{page}");
    assert!(!page.contains('✅'), "{page}");
    assert!(!Path::new(&absent).exists());
    // The new one is as the source is.
    source.folder.git(["--git-dir=.", "branch", "-m", "main", "catalogs"]).success();
    let over_ssh = ssh.url("made");
    mirror(&env, &[&source.url, &absent, &over_ssh, "--create"]).success();
    let made = Hosted { folder: host.folder().inside("absent"), url: absent };
    assert_eq!(made.folder.git(["--git-dir=.", "symbolic-ref", "HEAD"]).line(), "refs/heads/catalogs");
    is_mirror(&source, &made);
    is_mirror(&source, &Hosted { folder: ssh.folder().inside("made"), url: over_ssh });
}

#[test]
fn a_working_tree_that_takes_no_push_is_called_one() {
    let env = TestEnvironment::new();
    let source = Host::path(&env).repository("source");
    exported(&env, &source);
    env.folder("ci").git(["init", "--quiet", "tree"]).success();
    mirror(&env, &[&source.url, "./tree"]).fails(4).complains("it has a working tree of that branch");
}

/// Stopped between the tags and the catalog, over a protocol that does not say what HEAD of an empty repository names.
#[test]
fn half_filled_it_is_finished() {
    let env = TestEnvironment::new();
    let (host, daemon) = (Host::path(&env), Host::daemon(&env));
    let (source, to) = (host.repository("source"), daemon.repository("to"));
    exported(&env, &source);
    to.folder.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/master"]).success();
    source.folder.git(["--git-dir=.", "push", "--quiet", &to.url, "theme@0.0.1"]).success();
    mirror(&env, &[&source.url, &to.url]).success().says("1 version copied");
    is_mirror(&source, &to);
    assert!(!to.refs().contains_key("refs/heads/main"), "a wrong guess is taken back");
}

#[test]
fn removed_versions_stay_and_go_only_where_it_is_said() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    annotated(&source, "button@0.0.1");
    mirror(&env, &[&source.url, &to.url]).success();
    let delete = |range: &str| {
        let range = ["delete", "my-org.ui/button", "--range", range, "--remote", "--silent", "--force"];
        workspace.bit(range).success();
    };
    delete("0.0.1");
    // Somebody's own, and one that only the destination has.
    to.folder.git(["--git-dir=.", "tag", "v1", "main"]).success();
    to.folder.git(["--git-dir=.", "tag", "button@9.0.0", "main"]).success();
    let before = to.refs();
    mirror(&env, &[&source.url, &to.url]).success().says("the catalog moved");
    let kept = to.refs();
    assert_eq!((kept.len(), kept["refs/heads/main"] == before["refs/heads/main"]), (before.len(), false));
    let shown = mirror(&env, &[&source.url, &to.url, "--prune", "--dry-run", "--json"]).success().json();
    assert_eq!(shown["scopes"][0]["destinations"][0]["pruned"], json!(["my-org.ui/button@0.0.1"]));
    assert_eq!(to.refs(), kept);
    mirror(&env, &[&source.url, &to.url, "--prune"]).success().says("1 version pruned");
    let mut expected = kept;
    expected.remove("refs/tags/button@0.0.1");
    assert_eq!(to.refs(), expected);
    mirror(&env, &[&source.url, &to.url, "--prune"]).success().says("in sync");
    // The others are told as before: nobody misses what is removed.
    let log = workspace.bit(["log", "button", &format!("--remote={}", to.url)]);
    log.success().says("0.0.2").silent_about("has no tag");
    // What is something else over there does not go.
    delete("0.0.2");
    to.folder.git(["--git-dir=.", "tag", "--force", "button@0.0.2", "main"]).success();
    mirror(&env, &[&source.url, &to.url, "--prune"]).fails(3).complains("my-org.ui/button@0.0.2 differs");
    assert_eq!(to.refs()["refs/tags/button@0.0.2"], expected["refs/heads/main"]);
    // A source whose removed version has no tag any more is none the worse for it.
    source.folder.git(["--git-dir=.", "tag", "-d", "button@0.0.1"]).success();
    let fresh = host.repository("fresh");
    mirror(&env, &[&source.url, &fresh.url]).success();
    is_mirror(&source, &fresh);
}

/// A mirror of a mirror that was pruned: what was signed and is removed is there no more, and nothing differs.
#[test]
fn a_chain_of_mirrors_is_not_stuck_on_what_was_signed_and_removed() {
    let env = TestEnvironment::new();
    let (path, daemon) = (Host::path(&env), Host::daemon(&env));
    let (source, workspace) = exported_on(&env, &path);
    goes_on(&workspace);
    annotated(&source, "button@0.0.1");
    let between = path.repository("between");
    let last: Vec<(Hosted<'_>, &str)> = [&path, &daemon]
        .into_iter()
        .flat_map(|host| [(host, "pruned"), (host, "kept")])
        .map(|(host, name)| (host.repository(name), name))
        .collect();
    mirror(&env, &[&source.url, &between.url]).success();
    for (to, _) in &last {
        mirror(&env, &[&between.url, &to.url]).success();
    }
    workspace.bit(["delete", "button", "--range", "0.0.1", "--silent", "--force"]).success();
    workspace.bit(["export"]).success();
    mirror(&env, &[&source.url, &between.url, "--prune"]).success().says("1 version pruned");
    for (to, name) in &last {
        let prunes = *name == "pruned";
        let options: &[&str] = if prunes { &["--prune"] } else { &[] };
        let run = || mirror(&env, &[&[between.url.as_str(), &to.url], options].concat());
        run().success().says("the catalog moved").silent_about("differs");
        run().success().says("in sync");
        assert_eq!(to.refs().contains_key("refs/tags/button@0.0.1"), !prunes, "{}", to.url);
        assert_eq!(state(to).1, state(&source).1);
        to.fsck();
    }
    // One that is on something else is still left as it is.
    let (to, _) = &last[1];
    to.folder.git(["--git-dir=.", "tag", "-a", "-m", "x", "--force", "button@0.0.1", "button@0.0.2"]).success();
    mirror(&env, &[&between.url, &to.url, "--prune"]).fails(3).complains("my-org.ui/button@0.0.1 differs");
}

#[test]
fn what_was_not_chosen_is_not_pruned() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    mirror(&env, &[&source.url, &to.url]).success();
    workspace.bit(["delete", "my-org.ui/*", "--range", "0.0.1", "--remote", "--silent", "--force"]).success();
    let pruned = |choice: &[&str]| {
        let all = [&[source.url.as_str(), &to.url, "--prune", "--json"], choice].concat();
        mirror(&env, &all).success().json()["scopes"][0]["destinations"][0]["pruned"].clone()
    };
    assert_eq!(pruned(&["--since", "2099-01-01"]), json!([]));
    assert_eq!(pruned(&["--exclude", "*"]), json!([]));
    assert_eq!(pruned(&["--include", "button"]), json!(["my-org.ui/button@0.0.1"]));
    assert_eq!(pruned(&["--exclude", "theme"]), json!([]));
    assert!(to.refs().contains_key("refs/tags/theme@0.0.1"));
    assert_eq!(pruned(&[]), json!(["my-org.ui/theme@0.0.1"]));
}

/// The tag is another one by the time it is to go.
#[test]
fn what_changes_before_it_is_pruned_stays() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    let delete = ["delete", "my-org.ui/button", "--range", "0.0.1", "--remote", "--silent", "--force"];
    workspace.bit(delete).success();
    mirror(&env, &[&source.url, &to.url]).success();
    let other = to.refs()["refs/tags/theme@0.0.1"].clone();
    let change = format!(
        "case \" $* \" in *' push '*) \"$real\" --git-dir='{}' tag --force button@0.0.1 {other} >&2;; esac",
        to.folder.path().display()
    );
    with_git_before(&env, &change);
    mirror(&env, &[&source.url, &to.url, "--prune", "--retries", "0"])
        .fails(3)
        .complains("my-org.ui/button@0.0.1 differs");
    assert_eq!(to.refs()["refs/tags/button@0.0.1"], other);
}

#[test]
fn a_cache_brings_only_what_is_new_and_is_healed() {
    let env = TestEnvironment::new();
    let (daemon, host) = (Host::daemon(&env), Host::path(&env));
    let (source, workspace) = exported_on(&env, &daemon);
    annotated(&source, "theme@0.0.1");
    let ci = env.folder("ci");
    let cached = |to: &Hosted<'_>| mirror(&env, &[&source.url, &to.url, "--cache", "cache"]);
    let to = host.repository("to");
    cached(&to).success();
    is_mirror(&source, &to);
    let fetches = with_log_of_git(&env);
    let another = host.repository("another");
    cached(&another).success();
    is_mirror(&source, &another);
    assert_eq!(fetches("fetch"), 0, "all of it was here");
    goes_on(&workspace);
    let before = fetches("fetch");
    cached(&to).success();
    is_mirror(&source, &to);
    let cache = ci.inside("cache");
    cache.fsck();
    assert_eq!(fetches("fetch") - before, 1, "the catalog and the versions");
    let objects = |folder: &Folder<'_>| {
        let all = folder.git(["--git-dir=.", "cat-file", "--batch-check", "--batch-all-objects"]);
        all.success().stdout.lines().count()
    };
    assert_eq!(objects(&cache), objects(&source.folder));
    // What a CI's store of caches can do to it.
    let packs = || -> Vec<String> {
        let all = cache.listing(&[]).into_iter();
        all.filter(|file| file.ends_with(".pack")).collect()
    };
    let damages: [(&str, &dyn Fn()); 7] = [
        ("cut off", &|| {
            cache.write("shallow", format!("{}\n", source.refs()["refs/heads/main"]));
        }),
        ("half a pack", &|| halve(&cache, &packs()[0])),
        ("no pack", &|| _ = cache.remove(&packs()[0])),
        ("no index", &|| _ = cache.remove(&packs()[0].replace(".pack", ".idx"))),
        ("rot", &|| rot(&cache, &packs()[0])),
        ("no HEAD", &|| _ = cache.remove("HEAD")),
        ("no objects", &|| _ = cache.remove("objects")),
    ];
    for (at, (damage, act)) in damages.iter().enumerate() {
        act();
        let fresh = host.repository(&format!("fresh-{at}"));
        let run = cached(&fresh);
        assert_eq!(run.code, Some(0), "{damage}\n{run}");
        is_mirror(&source, &fresh);
        cache.fsck();
        assert!(!cache.exists("shallow"));
    }
}

/// A tag that is no version may lead to anything, and as much as there is: then only what the catalog lists comes.
#[test]
fn what_nobody_has_yet_comes_in_one_fetch_and_nothing_that_is_no_version() {
    let env = TestEnvironment::new();
    let (daemon, host) = (Host::daemon(&env), Host::path(&env));
    let (source, workspace) = exported_on(&env, &daemon);
    annotated(&source, "theme@0.0.1");
    let calls = with_log_of_git(&env);
    let (to, foreign) = (host.repository("to"), host.repository("foreign"));
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
    assert_eq!(calls("fetch"), 1);
    mirror(&env, &[&source.url, &host.repository("chosen").url, "--exclude", "theme"]).success();
    assert_eq!(calls("fetch"), 3, "the catalog, and what was chosen");
    let git =
        |arguments: &[&str]| source.folder.git([&["--git-dir=."], arguments].concat()).success().line().to_owned();
    let tree = git(&["rev-parse", "refs/tags/button@0.0.1^{tree}"]);
    let work = git(&["commit-tree", "-m", "not of the scope", &tree]);
    git(&["update-ref", "refs/tags/v1", &work]);
    mirror(&env, &[&source.url, &foreign.url, "--cache", "cache"]).success();
    assert_eq!(calls("fetch"), 4, "the catalog and the versions, by their ids");
    let has = |name: &str| env.folder("ci/cache").git(["--git-dir=.", "cat-file", "-e", name]).code == Some(0);
    assert!(has(&source.refs()["refs/tags/theme@0.0.1"]) && !has(&work));
    // What is new comes in one, too, with a cache and without.
    goes_on(&workspace);
    mirror(&env, &[&source.url, &foreign.url, "--cache", "cache"]).success().says("theme@0.0.2");
    mirror(&env, &[&source.url, &to.url]).success().says("theme@0.0.2");
    assert_eq!(calls("fetch"), 6);
    git(&["update-ref", "-d", "refs/tags/v1"]);
    is_mirror(&source, &to);
    is_mirror(&source, &foreign);
}

fn halve(folder: &Folder<'_>, file: &str) {
    let bytes = folder.read_bytes(file);
    folder.remove(file).write(file, &bytes[..bytes.len() / 2]);
}

/// In the middle a byte is another one.
fn rot(folder: &Folder<'_>, file: &str) {
    let mut bytes = folder.read_bytes(file);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x55;
    folder.remove(file).write(file, &bytes);
}

#[test]
fn what_is_no_cache_is_left_alone() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    exported(&env, &source);
    env.folder("ci/notes").write("mine", "mine");
    let before = source.folder.listing(&[]);
    let another = host.repository("another");
    for folder in ["notes", &another.url] {
        mirror(&env, &[&source.url, &to.url, "--cache", folder]).fails(2).complains("it was left alone");
    }
    // Nor may it be one of the places, or lie in one.
    let (inside, around) = (format!("{}/cache", source.url), env.root().display().to_string());
    let as_url = format!("file://{}", source.folder.path().display());
    for (from, to, folder) in [
        (as_url.as_str(), to.url.as_str(), to.url.as_str()),
        (&as_url, "./new", "./new"),
        (&as_url, &to.url, &inside),
        (&as_url, &to.url, &around),
    ] {
        mirror(&env, &[from, to, "--create", "--cache", folder]).fails(2).complains("one lies in the other");
    }
    assert!(to.refs().is_empty() && !env.folder("ci").exists("new"));
    assert_eq!(source.folder.listing(&[]), before);
    assert_eq!(env.folder("ci/notes").listing(&[]), ["mine"]);
    // Two at once take turns.
    let start = |to: &Hosted<'_>| {
        let arguments = ["mirror", &source.url, &to.url, "--cache", "cache"];
        env.folder("ci").invocation().args(arguments).start()
    };
    let others = [host.repository("b"), host.repository("c")];
    let running: Vec<_> = [&to, &others[0], &others[1]].into_iter().map(start).collect();
    running.into_iter().for_each(|run| drop(run.finish().success().stdout.clone()));
    is_mirror(&source, &to);
}

#[test]
fn two_that_make_one_destination_at_once_both_get_it() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, _) = exported_on(&env, &host);
    for number in 0..8 {
        let to = format!("./new-{number}");
        let start = |_| env.folder("ci").invocation().args(["mirror", &source.url, &to, "--create"]).start();
        let running: Vec<_> = (0..3).map(start).collect();
        running.into_iter().for_each(|run| drop(run.finish().success().stdout.clone()));
        env.folder("ci").bit(["verify", &to]).success().says("nothing is wrong");
    }
}

#[test]
fn a_hostile_source_is_refused_and_strays_are_not_copied() {
    // Once from a folder and once over the network.
    for over_network in [false, true] {
        let env = TestEnvironment::new();
        let host = Host::path(&env);
        let theirs = if over_network { Host::daemon(&env) } else { Host::path(&env) };
        let source = theirs.repository("source");
        let mut name = 0;
        let mut fresh = || {
            name += 1;
            host.repository(&format!("to-{name}"))
        };
        exported(&env, &source);
        let git =
            |arguments: &[&str]| source.folder.git([&["--git-dir=."], arguments].concat()).success().line().to_owned();
        // Names that are no version's, and one that no catalog lists.
        for name in ["v1", "-x@1.0.0", "Theme@0.0.1", "theme@latest", "con/aux@1.0.0", "theme@9.9.9"] {
            git(&["update-ref", &format!("refs/tags/{name}"), "refs/tags/theme@0.0.1"]);
        }
        git(&["update-ref", "refs/pull/1/head", "refs/heads/main"]);
        let to = fresh();
        mirror(&env, &[&source.url, &to.url]).success();
        let names: Vec<String> = to.refs().into_keys().collect();
        assert_eq!(names, ["refs/heads/main", "refs/tags/button@0.0.1", "refs/tags/theme@0.0.1"]);
        mirror(&env, &[&source.url, &to.url]).success().says("in sync");
        // A tag that was moved: those who have it keep it, nobody else gets it.
        let (theme, button) = (git(&["rev-parse", "theme@0.0.1"]), git(&["rev-parse", "button@0.0.1"]));
        git(&["update-ref", "refs/tags/theme@0.0.1", &button]);
        mirror(&env, &[&source.url, &to.url]).fails(3).complains(&button).complains(&theme);
        let next = fresh();
        let run = mirror(&env, &[&source.url, &next.url]);
        run.fails(4).complains("my-org.ui/theme@0.0.1 was not copied").complains(&button).complains(&theme);
        assert_eq!(next.refs().keys().collect::<Vec<_>>(), ["refs/tags/button@0.0.1"]);
        // Annotated, but on something else.
        git(&["tag", "--annotate", "--force", "--message=x", "theme@0.0.1", &button]);
        mirror(&env, &[&source.url, &fresh().url]).fails(4).complains("my-org.ui/theme@0.0.1 was not copied");
        // No tag at all.
        git(&["tag", "-d", "theme@0.0.1"]);
        mirror(&env, &[&source.url, &fresh().url]).fails(4).complains("the source has no tag for it");
        mirror(&env, &[&source.url, &to.url]).success();
        git(&["update-ref", "refs/tags/theme@0.0.1", &theme]);
        mirror(&env, &[&source.url, &next.url]).success();
        // Catalogs that nobody can mean.
        let entry = |name: &str| {
            json!({"format": 1, "name": name, "head": "0.0.1", "latest": "0.0.1",
            "versions": [{"version": "0.0.1", "commit": theme}]})
            .to_string()
        };
        let twice = json!({"format": 1, "name": "theme", "head": "0.0.1", "latest": "0.0.1",
            "versions": [{"version": "0.0.1", "commit": theme}, {"version": "0.0.1", "commit": button}]});
        for (path, text) in [
            ("catalog/theme.json", entry("button")),
            ("catalog/Theme.json", entry("Theme")),
            ("catalog/x.json", entry("../../../x")),
            ("catalog/theme.json", entry("theme").replace("\"0.0.1\"", "\"../x\"")),
            ("catalog/theme.json", entry("theme").replace("\"format\":1", "\"format\":7")),
            ("catalog/theme.json", twice.to_string()),
            ("catalog/theme.json", "{".to_owned()),
            ("scope.json", "[]".to_owned()),
        ] {
            Catalog::of(SCOPE).file(path, &text).replaces(&source.folder);
            let to = fresh();
            mirror(&env, &[&source.url, &to.url]).fails(4).complains("can't be read");
            assert!(to.refs().is_empty(), "{path} {text}");
        }
    }
}

#[test]
fn what_is_chosen_comes_and_the_catalog_waits() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    let tags = |to: &Hosted<'_>| -> Vec<String> { state_tags(to) };
    let chosen = |more: &[&str]| mirror(&env, &[&[source.url.as_str(), &to.url], more].concat());
    let run = chosen(&["--include", "theme"]);
    run.success().says("the catalog waits for 1 version").complains("that was not chosen");
    assert_eq!(tags(&to), ["theme@0.0.1"]);
    assert!(!to.refs().contains_key("refs/heads/main"));
    chosen(&["--include", "*", "--exclude", "but*"]).success().says("in sync");
    // Whatever was chosen: once all is there the catalog moves.
    chosen(&["--include", "button"]).success().says("the catalog moved");
    is_mirror(&source, &to);
    // What was not chosen is not judged: it may be anything over there.
    let differs = host.repository("differs");
    mirror(&env, &[&source.url, &differs.url]).success();
    differs.folder.git(["--git-dir=.", "tag", "-f", "button@0.0.1", "theme@0.0.1"]).success();
    let all = mirror(&env, &[&source.url, &differs.url]);
    all.fails(3).complains("button@0.0.1 differs");
    let others = mirror(&env, &[&source.url, &differs.url, "--exclude", "button"]);
    others.success().says("in sync").silent_about("differs:");
    // By the day of their export: the clock of the test stands in 2001.
    env.later(5 * 86_400);
    goes_on(&workspace);
    let since = host.repository("since");
    let recent = mirror(&env, &[&source.url, &since.url, "--since", "2001-02-06", "--json"]).success().json();
    assert_eq!(recent["scopes"][0]["destinations"][0]["leftOut"], json!(2));
    assert_eq!(tags(&since), ["button@0.0.2", "theme@0.0.2"]);
    // Where nothing is chosen and nothing is there, nothing is in sync.
    let none = host.repository("none");
    for choice in [["--since", "1d"], ["--include", "nobody"]] {
        let run = mirror(&env, &[&[source.url.as_str(), &none.url], &choice[..]].concat());
        run.success().says("empty: the catalog waits for 4 versions").silent_about("in sync");
        let run = mirror(&env, &[&[source.url.as_str(), &none.url, "--json"], &choice[..]].concat());
        assert_eq!(statuses(&run.success().json()), ["empty"]);
    }
    chosen(&["--include", "{"]).fails(2).complains("can't be read");
    chosen(&["--since", "yesterday"]).fails(2).complains("2026-01-31");
}

/// Whatever a machine's clock says, a catalog is no older than the one that it was made from.
#[test]
fn a_clock_that_is_behind_makes_no_version_older() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    mirror(&env, &[&source.url, &to.url]).success();
    env.later(5 * 86_400);
    goes_on(&workspace);
    workspace.append("theme/index.js", "// behind\n");
    for arguments in [&["tag", "-m", "behind"][..], &["export"]] {
        let behind = workspace.invocation().args(arguments).env("GIT_AUTHOR_DATE", "981173106 +0000");
        behind.env("GIT_COMMITTER_DATE", "981173106 +0000").run().success();
    }
    mirror(&env, &[&source.url, &to.url, "--since", "2001-02-06"]).success().says("4 versions copied");
    is_mirror(&source, &to);
}

/// Its catalog is its original's: only what is put back as it was is repaired over there.
#[test]
fn a_repair_makes_no_catalog_of_a_mirrors_own() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    let clone = env.folder(".");
    clone.git(["clone", "--quiet", &source.url, "clone"]).success();
    let clone = env.folder("clone");
    clone.write("catalog/button.json", clone.read("catalog/button.json").replacen(": ", ":  ", 1));
    clone.git(["commit", "--quiet", "--all", "--message", "space"]).success();
    clone.git(["push", "--quiet"]).success();
    mirror(&env, &[&source.url, &to.url]).success();
    to.folder.git(["--git-dir=.", "tag", "--delete", "theme@0.0.1"]).success();
    let catalog = to.refs()["refs/heads/main"].clone();
    let run = workspace.bit(["verify", &to.url, "--fix"]);
    run.fails_quietly(3).says("this is a mirror: \"bit verify my-org.ui --fix\" repairs the scope itself");
    assert_eq!(to.refs()["refs/heads/main"], catalog);
    assert!(to.refs().contains_key("refs/tags/theme@0.0.1"));
    workspace.bit(["verify", "my-org.ui", "--fix"]).success();
    goes_on(&workspace);
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
    workspace.bit(["verify", &to.url]).success();
}

/// A host says something of each of the refs that it refuses.
#[test]
fn of_each_refused_version_its_own_words_are_told() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let source = host.repository("source");
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    // Where it refuses all, it is asked for one after the other.
    let to = host.repository("to").rejecting("refs/tags/theme");
    let run = mirror(&env, &[&source.url, &to.url, "--json"]);
    let refused = &run.fails(4).json()["scopes"][0]["destinations"][0]["refused"];
    let refused = refused.as_array().unwrap_or_else(|| panic!("{run}"));
    assert_eq!(refused.len(), 2, "{run}");
    for one in refused {
        let why = one.to_string();
        assert_eq!(why.matches("is frozen").count(), 1, "{why}");
        let tag = one["id"].as_str().unwrap().trim_start_matches("my-org.ui/");
        assert!(why.contains(&format!("refs/tags/{tag} is frozen")), "{why}");
    }
}

fn state_tags(to: &Hosted<'_>) -> Vec<String> {
    to.refs().keys().filter_map(|name| name.strip_prefix("refs/tags/")).map(str::to_owned).collect()
}

#[test]
fn a_host_that_fails_is_asked_again_and_one_that_says_no_is_not() {
    let env = TestEnvironment::new();
    let (host, daemon) = (Host::path(&env), Host::daemon(&env));
    let (source, to) = (host.repository("source"), daemon.repository("to"));
    exported(&env, &source);
    let fail = |times: usize, words: &str| {
        let count = env.root().join("failures");
        fs::write(&count, "").unwrap();
        let script = format!(
            "case \" $* \" in *' push '*|*' ls-remote '*) echo x >> '{0}'; if [ $(wc -l < '{0}') -le {times} ]; then echo \"{words}\" >&2; exit 128; fi;; esac",
            count.display()
        );
        with_git_before(&env, &script);
    };
    let asked = || fs::read_to_string(env.root().join("failures")).unwrap().lines().count();
    let run = |more: &[&str]| mirror(&env, &[&[source.url.as_str(), &to.url], more].concat());
    for words in ["returned error: 503", "returned error: 429", "fatal: the remote end hung up unexpectedly"] {
        fail(2, &format!("fatal: unable to access: The requested URL {words}"));
        run(&["--retries", "1"]).fails(4).complains("hint");
        assert_eq!(asked(), 2);
    }
    fail(1, "The requested URL returned error: 503");
    run(&["--retries", "1"]).success();
    is_mirror(&source, &to);
    fail(9, "fatal: Authentication failed for 'git://x'");
    let begin = Instant::now();
    run(&["--retries", "9"]).fails(4).complains("does not know who you are");
    assert_eq!(asked(), 1);
    assert!(begin.elapsed() < Duration::from_secs(10));
}

/// Its hook looks at a push as a whole and says no to all of it.
/// It takes connections and never says a word: nobody else waits for it for ever.
#[test]
fn a_host_that_says_nothing_keeps_the_others_waiting_for_a_while() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, there) = (host.repository("source"), host.repository("there"));
    exported(&env, &source);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let [http, daemon] = ["http", "git"].map(|scheme| format!("{scheme}://{address}/ui.git"));
    let begun = Instant::now();
    let run = mirror(&env, &[&source.url, &http, &daemon, &there.url, "--timeout", "1", "--json"]);
    run.fails(4);
    assert_eq!(statuses(&run.json()), ["failed", "failed", "updated"]);
    for place in [&http, &daemon] {
        run.complains(&format!("{place} does not answer: nothing came for 1 seconds"));
    }
    assert!(begun.elapsed() < Duration::from_secs(60), "{run}");
    is_mirror(&source, &there);
    // So it is with a source.
    mirror(&env, &[&http, &there.url, "--timeout", "1"]).fails(4).complains("does not answer");
}

#[test]
fn the_name_of_what_is_in_sync_is_told_where_a_side_is_a_folder() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let (source, _workspace) = exported_on(&env, &host);
    let to = Host::path(&env).repository("to");
    mirror(&env, &[&source.url, &to.url]).success();
    let report = mirror(&env, &[&source.url, &to.url, "--json"]).success().json();
    let one = &report["scopes"][0];
    assert_eq!((statuses(&report), &one["scope"], &one["catalog"]), (vec!["in sync"], &json!(SCOPE), &json!(null)));
}

/// Whoever waits for a silent host and is ended leaves nobody behind that goes on waiting.
#[cfg(target_os = "linux")]
#[test]
fn who_is_ended_leaves_no_git_behind() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let source = host.repository("source");
    exported(&env, &source);
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = format!("http://{}/nobody-left.git", silent.local_addr().unwrap());
    let command = format!("\0{place}\0");
    let waiting = || {
        let processes = fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|one| fs::read(one.path().join("cmdline")).ok());
        lines.filter(|line| line.starts_with(b"git\0") && String::from_utf8_lossy(line).contains(&command)).count()
    };
    let waits = |done: &dyn Fn() -> bool| {
        let begin = Instant::now();
        while !done() && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        done()
    };
    for signal in ["TERM", "KILL"] {
        let timeout = env.folder("ci").program("timeout").args(["--foreground", &format!("--signal={signal}"), "2"]);
        let arguments = ["mirror", &source.url, &place, "--watch", "1", "--timeout", "60"];
        let watch = timeout.arg(TestEnvironment::binary()).args(arguments).start();
        assert!(waits(&|| waiting() > 0), "nobody asked");
        watch.finish();
        assert!(waits(&|| waiting() == 0), "{} still wait after {signal}", waiting());
    }
}

#[test]
fn one_tag_that_a_host_refuses_keeps_none_of_the_others() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, workspace) = exported_on(&env, &host);
    for number in 0..6 {
        workspace.component(&format!("c{number}"), &[("index.js", "module.exports = 1;\n")]);
    }
    workspace.bit(["tag", "-m", "x"]).success();
    workspace.bit(["export"]).success();
    let refuse =
        "while read -r old new name; do case $name in refs/tags/c3@*) echo 'c3 is frozen' >&2; exit 1;; esac; done";
    let to = [host.repository("whole").hook("pre-receive", refuse), host.repository("each").rejecting("refs/tags/c3@")];
    for to in &to {
        let run = mirror(&env, &[&source.url, &to.url, "--json"]);
        run.fails(4).complains("my-org.ui/c3@0.0.1 was not copied").complains("c3");
        let report = run.json();
        let report = &report["scopes"][0]["destinations"][0];
        assert_eq!((report["refused"].as_array().unwrap().len(), &report["catalog"]), (1, &json!("waits")));
        assert_eq!(to.refs().len(), 7, "{:?}", to.refs());
        fs::remove_dir_all(to.folder.path().join("hooks")).unwrap();
        mirror(&env, &[&source.url, &to.url]).success();
        is_mirror(&source, to);
    }
    // A protected catalog is told, and the versions are there.
    let protected = host.repository("protected").rejecting("refs/heads/");
    mirror(&env, &[&source.url, &protected.url]).fails(4).complains("refs/heads/main").complains("frozen");
    assert_eq!(state_tags(&protected).len(), 8);
}

#[test]
fn a_server_that_is_not_git() {
    let env = TestEnvironment::new();
    let (host, dulwich) = (Host::path(&env), served!(Host::dulwich(&env)));
    let (source, to) = (host.repository("source"), dulwich.repository("to"));
    let workspace = exported(&env, &source);
    annotated(&source, "theme@0.0.1");
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
    goes_on(&workspace);
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
    let back = host.repository("back");
    mirror(&env, &[&to.url, &back.url]).success();
    is_mirror(&source, &back);
}

/// What is not whole at the source can't be made whole elsewhere.
#[test]
fn a_cut_off_source_is_refused() {
    let env = TestEnvironment::new();
    let (host, daemon) = (Host::path(&env), Host::daemon(&env));
    let (source, workspace) = exported_on(&env, &host);
    goes_on(&workspace);
    for (host, name) in [(&host, "shallow"), (&daemon, "shallow")] {
        let folder = host.folder();
        folder.git(["clone", "--quiet", "--bare", "--depth=1", &format!("file://{}", source.url), name]).success();
        folder.inside(name).git(["--git-dir=.", "fetch", "--quiet", "--depth=1", "origin", "refs/tags/*:refs/tags/*"]);
        let to = Host::path(&env).repository(if host.folder().path() == daemon.folder().path() { "b" } else { "a" });
        let run = mirror(&env, &[&host.url(name), &to.url, "--retries", "0"]);
        run.fails(4).complains("hint");
        assert!(to.refs().is_empty(), "{run}");
    }
}

#[test]
fn many_scopes_by_a_list_of_names_or_by_a_file() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    for name in ["my-org.ui", "my-org.base", "tools"] {
        env.folder(".").bit(["scope", "create", &host.url(name), "--name", name]).success();
    }
    let ci = env.folder("ci");
    ci.write("scopes.txt", "# all of ours\nmy-org.ui\n\nmy-org.base  # the old ones\ntools\n");
    let (from, to) = (host.url("{scope}"), format!("{}/{{owner}}-{{name}}.git", ci.path().display()));
    let run = mirror(&env, &["--scope-list", "scopes.txt", &from, &to, "--create", "--json"]).success().json();
    let names: Vec<&str> = run["scopes"].as_array().unwrap().iter().map(|one| one["scope"].as_str().unwrap()).collect();
    assert_eq!(names, ["my-org.ui", "my-org.base", "tools"]);
    assert!(ci.exists("my-org-ui.git/HEAD") && ci.exists("-tools.git/HEAD"));
    // A place that is another scope than the list says.
    ci.write("wrong.txt", "my-org.nothing\n");
    let renamed = host.url("my-org.ui") + "/../my-org.ui/{scope}";
    mirror(&env, &["--scope-list", "wrong.txt", &renamed, &to, "--retries", "0"]).fails(4);
    ci.write("other.txt", "their.ui\n");
    let to_theirs = host.url("my-org.{name}");
    mirror(&env, &["--scope-list", "other.txt", &to_theirs, "./{scope}", "--create"])
        .fails(4)
        .complains("is the scope my-org.ui, not their.ui, as the list says")
        .complains("mend the list, or the place of the source")
        .silent_about("bit remote add");
    ci.write(
        "mirror.json",
        json!({"scopes": [
            {"from": host.url("my-org.ui"), "to": ["./one", "./two"]},
            {"from": host.url("gone"), "to": ["./three"]},
            {"from": host.url("tools"), "to": ["./four"], "include": ["x/*"]},
        ]})
        .to_string(),
    );
    let run = mirror(&env, &["--config", "mirror.json", "--create", "--json", "--retries", "0"]);
    let report = run.fails(4).json();
    assert_eq!(statuses(&report), ["updated", "updated"]);
    assert_eq!(report["scopes"][1]["destinations"][0]["status"], json!("failed"));
    assert!(report["scopes"][1]["error"].is_string());
    assert_eq!(report["scopes"][2]["destinations"][0]["status"], json!("updated"));
    // By its name, where a remote is known.
    ci.bit(["remote", "add", "--global", "my-org.ui", &host.url("my-org.ui")]).success();
    mirror(&env, &["my-org.ui", "./one"]).success().says("in sync");
}

#[test]
fn what_is_typed_wrongly_is_a_2() {
    let env = TestEnvironment::new();
    let ci = env.folder("ci");
    env.folder("ci/kd3.git");
    ci.write("bad.json", "{\"scopes\": [{\"from\": \"./a\", \"two\": []}]}").write("list", "My.Scope\n");
    let chosen = json!({"from": "./b", "to": ["./c"], "include": ["y"]});
    ci.write("chosen.json", json!({"scopes": [{"from": "./a", "to": ["./c"]}, chosen]}).to_string());
    ci.write("places.json", json!({"scopes": [{"from": "./a", "to": ["./c/{name}"]}]}).to_string());
    let by_url = format!("file://{}/./a", env.folder("ci/a").path().display().to_string().trim_end_matches("/a"));
    for (arguments, words) in [
        (&[] as &[&str], "it is not said what to mirror"),
        (&["./a"], "it is not said where to"),
        (&["./a", "./dst/{scope}", "--create"], "\"./dst/{scope}\" holds {scope}, and nothing says which scope"),
        (&["./{owner}/x", "./b"], "understood with --scope-list"),
        (&["--config", "places.json"], "\"./c/{name}\" holds {name}"),
        (&["./a", "./a"], "is named twice"),
        (&["./a", "./b", "./b"], "is named twice"),
        (&["./a", &by_url], "is named twice"),
        (&["./b", &by_url, "./a"], "is named twice"),
        (&["./a", "ext::sh"], "can't be used"),
        (&["https://u:secret@h/x", "./b"], "holds a password"),
        (&["my-org.nowhere", "./b"], "my-org.nowhere"),
        (&["./a", "./b", "--config", "bad.json"], "--config says"),
        (&["--config", "bad.json"], "bad.json"),
        (&["--config", "nothing.json"], "nothing.json"),
        (&["--config", "chosen.json", "--include", "x"], "the job from ./b has an \"include\" of its own"),
        (&["./{scope}", "./b", "--scope-list", "list"], "the place of every scope"),
        (&["./{scope}", "./b/{scope}", "--scope-list", "list"], "My.Scope"),
        (&["./a", "./b", "--watch", "0"], "0"),
        (&["./a", "./b", "--include", "theme@0.0.1"], "\"theme@0.0.1\" is no pattern of components"),
        (&["./a", "./b", "--exclude", "ui/*,theme@0.0.1"], "is no pattern of components"),
        (&["./a", "./b", "--include", "!!"], "is no pattern of components"),
        (&["./a", "./b", "--signers", "nobody"], "nobody can't be read"),
        (&["./a", "./b", "--cache", "/proc/cache"], "could not make /proc/cache"),
        (&["./a", "./b", "--summary-file", "/proc/x/summary.md"], "could not write /proc/x/summary.md"),
        (&["kd3.git", "./b"], "the folder of that name is ./kd3.git"),
        (&["./a", "new.git", "--create"], "the folder of that name is ./new.git"),
    ] {
        mirror(&env, arguments).fails(2).complains(words).silent_about("secret");
    }
}

/// What could not be told is no success, and none of the other codes that a script knows.
#[test]
fn a_report_that_can_not_be_written_is_a_4() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    exported(&env, &source);
    mirror(&env, &[&source.url, &to.url, "--summary-file", "/dev/full"])
        .fails(4)
        .complains("could not write /dev/full");
    is_mirror(&source, &to);
    let into_full = |arguments: &[&str]| {
        let shell = env.folder("ci").program("sh").args(["-c", "exec \"$0\" \"$@\" > /dev/full"]);
        shell.arg(TestEnvironment::binary()).args(arguments).run()
    };
    into_full(&["mirror", &source.url, &to.url]).fails(4).complains("could not be written to standard output");
    into_full(&["verify", &to.url, "--json"]).fails(4).complains("could not be written to standard output");
    into_full(&["--version"]).fails(1);
}

#[test]
fn a_list_that_names_nothing_is_no_success() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    env.folder(".").bit(["scope", "create", &host.url("my-org.ui"), "--name", SCOPE]).success();
    let ci = env.folder("ci");
    ci.write("empty", "# nobody\n\n").write("empty.json", "{\"scopes\": []}");
    let from = host.url("{scope}");
    let listed = |list: &str| mirror(&env, &["--scope-list", list, &from, "./{scope}", "--create", "--json"]);
    listed("empty").fails(2).complains("empty names no scope");
    mirror(&env, &["--config", "empty.json"]).fails(2).complains("empty.json names no scope");
    // As editors on Windows write it; and what stands there twice is done once.
    ci.write("list", "\u{feff}my-org.ui\r\n// ours\r\nmy-org.ui // the same\r\n# all\r\n");
    assert_eq!(listed("list").success().json()["scopes"].as_array().unwrap().len(), 1);
    let job = json!({"from": host.url("my-org.ui"), "to": ["./my-org.ui"]});
    ci.write("twice.json", json!({"scopes": [job, job]}).to_string());
    let run = mirror(&env, &["--config", "twice.json", "--json"]);
    assert_eq!(run.success().json()["scopes"].as_array().unwrap().len(), 1);
}

#[test]
fn it_watches_until_it_is_stopped() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    let ci = env.folder("ci");
    let watch = ci.program("timeout").args(["--signal=TERM", "6"]).arg(TestEnvironment::binary());
    let watch =
        watch.args(["mirror", &source.url, &to.url, "--watch", "1", "--json", "--summary-file", "s.md"]).start();
    let waits = |done: &dyn Fn() -> bool| {
        let begin = Instant::now();
        while !done() && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    waits(&|| to.refs().contains_key("refs/heads/main"));
    goes_on(&workspace);
    waits(&|| to.refs() == source.refs());
    let run = watch.finish();
    is_mirror(&source, &to);
    let reports: Vec<Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).expect("a value a line")).collect();
    assert!(reports.len() > 2, "{run}");
    assert_eq!(statuses(&reports[0]), ["updated"]);
    assert_eq!(ci.read("s.md").matches("## Mirrored scopes").count(), 1);
}

/// The hook of a guarded destination takes all that a mirror does, in one push or in several.
#[test]
fn a_guarded_destination_is_no_obstacle() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let source = host.repository("source");
    let to = [host.repository("at-once"), host.repository("in-steps").without_atomic()];
    let workspace = exported(&env, &source);
    annotated(&source, "theme@0.0.1");
    for to in &to {
        mirror(&env, &[&source.url, &to.url]).success();
        to.folder.bit(["scope", "hooks", "install"]).success();
    }
    goes_on(&workspace);
    let places = [source.url.as_str(), &to[0].url, &to[1].url];
    mirror(&env, &places).success();
    to.iter().for_each(|to| is_mirror(&source, to));
    let delete = ["delete", "my-org.ui/button", "--range", "0.0.1", "--remote", "--silent", "--force"];
    workspace.bit(delete).success();
    mirror(&env, &[&places[..], &["--prune"]].concat()).success().says("1 version pruned");
    assert!(to.iter().all(|to| !to.refs().contains_key("refs/tags/button@0.0.1")));
}

/// Removes theme, which button needs.
fn without_theme(workspace: &Folder<'_>) {
    workspace.bit(["delete", "my-org.ui/theme", "--remote", "--silent", "--force"]).success();
}

fn guest<'e>(env: &'e TestEnvironment, name: &str, to: &Hosted<'_>) -> Folder<'e> {
    let guest = env.git_workspace_at(name, "my-org.site");
    guest.bit(["remote", "add", SCOPE, &to.url]).success();
    guest
}

#[test]
fn what_others_need_is_not_pruned() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    without_theme(&workspace);
    let prune = || mirror(&env, &[&source.url, &to.url, "--prune", "--json"]).success().json();
    let told = prune()["scopes"][0]["destinations"][0].clone();
    let kept = json!([{"id": "my-org.ui/theme@0.0.1", "reason": "my-org.ui/button@0.0.1 needs it"}]);
    assert_eq!((&told["kept"], &told["pruned"]), (&kept, &json!([])));
    is_mirror(&source, &to);
    let run = mirror(&env, &[&source.url, &to.url, "--prune"]);
    run.success().says("in sync").complains("theme@0.0.1 is removed, and was not pruned");
    // What was not chosen is not spoken of.
    mirror(&env, &[&source.url, &to.url, "--prune", "--include", "button"]).success().silent_about("theme@0.0.1");
    guest(&env, "guest", &to).bit(["import", "my-org.ui/button"]).success();
    // One that lost it all the same is found, and gets it back.
    to.folder.git(["--git-dir=.", "tag", "-d", "theme@0.0.1"]).success();
    let found = env.folder(".").bit(["verify", &to.url]);
    assert_eq!(found.code, Some(3), "{found}");
    found.says("my-org.ui/theme@0.0.1").says("my-org.ui/button@0.0.1 needs it");
    prune();
    is_mirror(&source, &to);
    env.folder(".").bit(["verify", &to.url]).success();
    // One that is removed too, and stays since it was not chosen, needs it all the same.
    workspace.bit(["delete", "my-org.ui/button", "--remote", "--silent"]).success();
    for more in [["--include", "theme"], ["--exclude", "button"]] {
        let run = mirror(&env, &[&[source.url.as_str(), &to.url, "--prune"], &more[..]].concat());
        run.success().complains("theme@0.0.1 is removed, and was not pruned").complains("button@0.0.1 needs it");
        assert!(to.refs().contains_key("refs/tags/theme@0.0.1"));
    }
    // Nobody needs it any more.
    assert_eq!(prune()["scopes"][0]["destinations"][0]["pruned"].as_array().map(Vec::len), Some(2));
    env.folder(".").bit(["verify", &to.url]).success();
}

/// What was exported to the destination and not yet listed there needs what it needs, and so does a version that is
/// something else there.
#[test]
fn what_only_the_destination_has_keeps_what_it_needs() {
    let env = TestEnvironment::new();
    let (path, daemon) = (Host::path(&env), Host::daemon(&env));
    let source = path.repository("source");
    let to = [path.repository("to"), daemon.repository("to")];
    let workspace = exported(&env, &source);
    let places = [source.url.as_str(), &to[0].url, &to[1].url];
    let prune = |more: &[&str]| {
        let told = mirror(&env, &[&places[..], &["--prune", "--json"], more].concat()).success().json();
        assert_eq!(told["scopes"][0]["destinations"][0]["kept"], told["scopes"][0]["destinations"][1]["kept"]);
        assert_eq!(told["scopes"][0]["destinations"][0]["pruned"], told["scopes"][0]["destinations"][1]["pruned"]);
        let told = &told["scopes"][0]["destinations"][0];
        (told["kept"].clone(), told["pruned"].clone())
    };
    prune(&[]);
    // Somebody exports page there, and is not done yet.
    workspace.component("page", &[("index.js", "require('@my-org/ui.button');\n")]);
    workspace.bit(["tag", "page", "-m", "one"]).success();
    for to in &to {
        let name = "refs/tags/my-org.ui/page@0.0.1:refs/tags/page@0.0.1";
        workspace.scope_git(["push", "--quiet", &to.url, name]).success();
    }
    for name in ["theme", "button"] {
        let delete = ["delete", &format!("my-org.ui/{name}"), "--remote", "--silent", "--force"];
        workspace.bit(delete).success();
    }
    let by = |who: &str| format!("{who} needs it");
    let kept = json!([
        {"id": "my-org.ui/button@0.0.1", "reason": by("my-org.ui/page@0.0.1, as it is there,")},
        {"id": "my-org.ui/theme@0.0.1", "reason": by("my-org.ui/button@0.0.1")},
    ]);
    assert_eq!(prune(&["--dry-run"]), (kept.clone(), json!([])));
    assert_eq!(prune(&[]), (kept, json!([])));
    // What is not chosen is not spoken of, and stays.
    assert_eq!(prune(&["--exclude", "*"]), (json!([]), json!([])));
    // What can't be read may need anything.
    let is_page = |commit: &str| {
        for to in &to {
            let name = format!("{commit}:refs/tags/page@0.0.1");
            workspace.scope_git(["push", "--quiet", "--force", &to.url, &name]).success();
        }
    };
    let given = |arguments: &[&str], text: &str| {
        let git = workspace.program("git").arg("--git-dir=.git/bit").args(arguments).stdin(text.to_owned());
        git.run().success().line().to_owned()
    };
    let newer = given(&["hash-object", "-w", "--stdin"], "{\"format\": 2}");
    let tree = given(&["mktree"], &format!("100644 blob {newer}\tcomponent.json\n"));
    is_page(&given(&["commit-tree", &tree, "-m", "newer"], ""));
    let (kept, pruned) = prune(&[]);
    assert_eq!((kept.as_array().map(Vec::len), pruned), (Some(2), json!([])));
    assert!(kept[0]["reason"].as_str().unwrap().contains("page@0.0.1, as it is there, may need it"), "{kept}");
    // One that needs nothing keeps nothing. An annotated tag is looked behind.
    is_page("refs/tags/my-org.ui/theme@0.0.1");
    to.iter().for_each(|to| annotated(to, "page@0.0.1"));
    assert_eq!(prune(&[]).1, json!(["my-org.ui/button@0.0.1", "my-org.ui/theme@0.0.1"]));
    to.iter().for_each(|to| assert!(to.refs().contains_key("refs/tags/page@0.0.1")));
}

/// What is something else over there keeps what it needs there: which may be more than the source lists.
#[test]
fn what_differs_at_the_destination_keeps_what_it_needs() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    goes_on_with_theme(&workspace);
    let prune = || mirror(&env, &[&source.url, &to.url, "--prune", "--json"]);
    prune().success();
    // theme@0.0.2, of which the catalog says that it needs nothing, is there what needs theme@0.0.1.
    to.folder.git(["--git-dir=.", "tag", "--force", "theme@0.0.2", "button@0.0.1"]).success();
    workspace.bit(["delete", "my-org.ui/button", "--remote", "--silent", "--force"]).success();
    let range = ["delete", "my-org.ui/theme", "--range", "0.0.1", "--remote", "--silent", "--force"];
    workspace.bit(range).success();
    // The catalog has come; nothing is pruned where it can't.
    to.folder.git(["--git-dir=.", "fetch", "--quiet", &source.url, "main:main"]).success();
    let run = prune();
    let told = &run.fails(3).json()["scopes"][0]["destinations"][0];
    assert_eq!(told["pruned"], json!(["my-org.ui/button@0.0.1"]), "{told}");
    assert_eq!(told["kept"][0]["reason"], "my-org.ui/theme@0.0.2, as it is there, needs it", "{told}");
}

/// What the message says to do brings a scope to a host that does not take all of it at once.
#[test]
fn a_scope_comes_in_parts_to_a_host_that_takes_no_more_at_once() {
    let env = TestEnvironment::new();
    // Over TCP the host's words can be lost: it hangs up with bytes unread, and that resets the connection.
    let path = Host::path(&env);
    let (source, to) = (path.repository("source"), path.repository("to"));
    let workspace = exported(&env, &source);
    let noise = |seed: u64| {
        let next = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            Some(format!("// {state:016x}\n"))
        };
        std::iter::repeat(()).scan(seed, |state, ()| next(state)).take(2000).collect::<String>()
    };
    workspace.append("theme/index.js", &noise(1)).append("button/index.js", &noise(2));
    workspace.bit(["tag", "-m", "large"]).success();
    workspace.bit(["export"]).success();
    to.folder.git(["--git-dir=.", "config", "receive.maxInputSize", "30000"]).success();
    let run = mirror(&env, &[&source.url, &to.url]);
    run.fails(4).complains("does not take so much at once").complains("mirror it in parts: --include");
    run.silent_about("export");
    for part in ["theme", "button"] {
        mirror(&env, &[&source.url, &to.url, "--include", part]).success();
    }
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
}

/// What is written to a symbolic ref is written to what it leads to.
#[test]
fn nothing_is_written_through_a_symbolic_ref() {
    let env = TestEnvironment::new();
    let (path, daemon) = (Host::path(&env), Host::daemon(&env));
    let source = path.repository("source");
    let workspace = exported(&env, &source);
    let to = [(true, path.repository("to")), (false, daemon.repository("to"))];
    to.iter().for_each(|(_, to)| drop(mirror(&env, &[&source.url, &to.url])));
    goes_on(&workspace);
    for (is_folder, to) in to {
        let before = to.refs();
        let symbolic = |target: &str| {
            to.folder.git(["--git-dir=.", "symbolic-ref", "refs/tags/theme@0.0.2", target]).success();
        };
        symbolic("refs/heads/nowhere");
        let run = mirror(&env, &[&source.url, &to.url]);
        let says = "refs/tags/theme@0.0.2 is a symbolic ref there, which leads to refs/heads/nowhere";
        run.fails(4).complains("theme@0.0.2 was not copied").complains(says).says("1 version copied");
        // A host says nothing of one that leads nowhere: that it was one is seen afterwards.
        let refs = to.refs();
        assert_eq!(refs.contains_key("refs/heads/nowhere"), !is_folder);
        assert_eq!(refs["refs/heads/main"] == before["refs/heads/main"], is_folder, "the catalog waits");
        mirror(&env, &[&source.url, &to.url]).fails(4).complains(says);
        // One that leads to what it should be can move all the same, and a removal would remove that.
        to.folder.git(["--git-dir=.", "fetch", "--quiet", &source.url, "refs/tags/theme@0.0.2"]).success();
        symbolic("refs/heads/side");
        let theme = state(&source).0["refs/tags/theme@0.0.2"].clone();
        to.folder.git(["--git-dir=.", "update-ref", "refs/heads/side", &theme]).success();
        let before = to.refs();
        mirror(&env, &[&source.url, &to.url]).fails(4).complains("which leads to refs/heads/side");
        if !is_folder {
            workspace.bit(["delete", "my-org.ui/*", "--remote", "--silent", "--force"]).success();
            mirror(&env, &[&source.url, &to.url, "--prune"]).fails(4).complains("which leads to refs/heads/side");
        }
        assert_eq!(to.refs()["refs/heads/side"], before["refs/heads/side"]);
        // The way out.
        to.folder.git(["--git-dir=.", "symbolic-ref", "--delete", "refs/tags/theme@0.0.2"]).success();
        mirror(&env, &[&source.url, &to.url]).success();
        assert_eq!(state(&source), state(&to));
    }
}

#[test]
fn what_another_scope_of_the_run_needs_is_not_pruned() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, site) = (host.repository("source"), host.repository("site"));
    let workspace = exported(&env, &source);
    env.folder(".").bit(["scope", "create", &site.url, "--name", "my-org.site"]).success();
    let page = guest(&env, "page", &source);
    page.bit(["remote", "add", "my-org.site", &site.url]).success();
    page.bit(["import", "my-org.ui/button"]).success();
    page.component("page", &[("index.js", "require('@my-org/ui.button');\n")]);
    page.bit(["tag", "page", "-m", "one"]).success();
    page.bit(["export", "page"]).success();
    workspace.bit(["delete", "my-org.ui/*", "--remote", "--silent", "--force"]).success();
    let ci = env.folder("ci");
    let jobs = |second: &str| {
        let jobs = [(source.url.as_str(), "./ui"), (second, "./site")];
        let jobs: Vec<Value> = jobs.iter().map(|(from, to)| json!({"from": from, "to": [to]})).collect();
        ci.write("jobs.json", json!({ "scopes": jobs }).to_string());
        mirror(&env, &["--config", "jobs.json", "--create", "--prune", "--json", "--retries", "0"])
    };
    let kept = |run: &Run| run.json()["scopes"][0]["destinations"][0]["kept"].clone();
    let run = jobs(&site.url);
    assert_eq!(kept(run.success()).as_array().map(Vec::len), Some(2), "{run}");
    assert_eq!(kept(&run)[0]["reason"], json!("my-org.site/page@0.0.1 needs it"));
    // A scope that can't be read may need anything.
    let run = jobs(&host.url("gone"));
    assert_eq!(kept(run.fails(4)).as_array().map(Vec::len), Some(2), "{run}");
    assert!(kept(&run)[0]["reason"].as_str().unwrap().ends_with("could not be read"), "{run}");
    // By itself it is not known who needs it.
    mirror(&env, &[&source.url, "./ui", "--prune"]).success().says("2 versions pruned");
}

/// A dry run tells what the real one does, also where the catalog can't move.
#[test]
fn a_dry_run_prunes_what_the_real_one_does() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    mirror(&env, &[&source.url, &to.url]).success();
    workspace.bit(["delete", "my-org.ui/button", "--remote", "--silent"]).success();
    goes_on_with_theme(&workspace);
    let both = |more: &[&str]| {
        let run = |more: &[&str]| {
            let all = [&[source.url.as_str(), &to.url, "--prune", "--json"], more].concat();
            let told = mirror(&env, &all).json();
            let told = &told["scopes"][0]["destinations"][0];
            let status = told["status"].as_str().expect("a status").replace("would be updated", "updated");
            json!([status, told["pruned"], told["copied"]])
        };
        let dry = run(&[&["--dry-run"], more].concat());
        assert_eq!(dry, run(more), "{more:?}");
        dry
    };
    assert_eq!(both(&["--exclude", "theme"]), json!(["in sync", [], []]));
    to.folder.git(["--git-dir=.", "tag", "theme@0.0.2", "main"]).success();
    assert_eq!(both(&[]), json!(["diverged", [], []]));
    to.folder.git(["--git-dir=.", "tag", "-d", "theme@0.0.2"]).success();
    let all = json!(["updated", ["my-org.ui/button@0.0.1"], ["my-org.ui/theme@0.0.2"]]);
    assert_eq!(both(&[]), all);
}

fn goes_on_with_theme(workspace: &Folder<'_>) {
    workspace.append("theme/index.js", "// more\n");
    workspace.bit(["tag", "theme", "-m", "more"]).success();
    workspace.bit(["export", "theme"]).success();
}

/// A host that takes the versions and not the catalog.
#[test]
fn what_came_before_a_failure_is_told() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to").rejecting("refs/heads/"));
    exported(&env, &source);
    let run = mirror(&env, &[&source.url, &to.url, "--json", "--summary-file", "summary.md"]);
    let told = run.fails(4).json()["scopes"][0]["destinations"][0].clone();
    assert_eq!(state_tags(&to), ["button@0.0.1", "theme@0.0.1"]);
    assert_eq!(told["copied"], json!(["my-org.ui/button@0.0.1", "my-org.ui/theme@0.0.1"]));
    assert_eq!(told["status"], json!("failed"));
    assert!(env.folder("ci").read("summary.md").contains("2 versions copied"));
}

#[test]
fn a_pattern_that_matches_nothing_is_told() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    exported(&env, &source);
    let run = |more: &[&str]| mirror(&env, &[&[source.url.as_str(), &to.url], more].concat());
    let idle = run(&["--include", "them", "--exclude", "butt", "--json"]);
    idle.success().complains("the pattern \"them\" matches no component of my-org.ui").complains("\"butt\"");
    assert_eq!(idle.json()["scopes"][0]["unmatched"], json!(["them", "butt"]));
    run(&["--exclude", "butt"]).success().complains("\"butt\"");
    // In sync it is told too.
    run(&["--exclude", "butt"]).success().says("in sync").complains("\"butt\"");
    run(&["--exclude", "butt*"]).success().silent_about("matches no component");
}

#[test]
fn a_damaged_source_is_said_to_be_so() {
    let env = TestEnvironment::new();
    env.is_left_damaged("an object of the source is broken");
    let host = Host::path(&env);
    let (source, to) = (host.repository("source").set("receive.unpackLimit", "1000"), host.repository("to"));
    exported(&env, &source);
    let blob = source.folder.git(["--git-dir=.", "rev-parse", "theme@0.0.1:index.js"]).line().to_owned();
    fs::remove_file(source.folder.path().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let run = mirror(&env, &[&source.url, &to.url]);
    let words = format!("theme@0.0.1 was not copied: the source, [ROOT]/hosts/path/source, is damaged: {blob}");
    run.fails(4).complains(&words).complains("fsck --full").says("1 version copied").silent_about("git ls-remote");
    assert_eq!(state_tags(&to), ["button@0.0.1"]);
    let run = mirror(&env, &[&source.url, "./cached", "--create", "--cache", "cache"]);
    run.fails(4).complains(&words).says("1 version copied");
}

/// One version of theme lacks a file at the source, and two were made from it: these three don't come, all others do.
fn goes_without_what_is_damaged(env: &TestEnvironment, source: &Hosted<'_>) {
    let calls = with_log_of_git(env);
    let workspace = exported(env, source);
    (0..3).for_each(|_| goes_on(&workspace));
    let blob = source.folder.git(["--git-dir=.", "rev-parse", "theme@0.0.2:index.js"]).line().to_owned();
    let file = source.folder.path().join("objects").join(&blob[..2]).join(&blob[2..]);
    let kept = fs::read(&file).expect("a loose object");
    for more in [&[][..], &["--cache", "cache"]] {
        fs::remove_file(&file).unwrap();
        let to = env.folder(&format!("ci/to{}", more.len()));
        let run =
            || mirror(env, &[&[&source.url, to.path().to_str().unwrap(), "--create", "--retries=0"], more].concat());
        let before = calls("fetch");
        let first = run();
        first.fails(4).says("5 versions copied, the catalog waits for 3 versions").complains(&blob);
        first.complains("theme@0.0.2 was not copied: the source can't hand it out").silent_about("ls-remote");
        for after in ["theme@0.0.3", "theme@0.0.4"] {
            first.complains(&format!("{after} was not copied: it was made from my-org.ui/theme@0.0.2"));
        }
        assert!(calls("fetch") - before < 12, "{} fetches", calls("fetch") - before);
        let of_theme = |name: &&String| name.starts_with("refs/tags/theme");
        assert_eq!(to.refs().keys().filter(of_theme).collect::<Vec<_>>(), ["refs/tags/theme@0.0.1"]);
        to.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
        fs::write(&file, &kept).unwrap();
        run().success().says("3 versions copied, the catalog moved");
        assert_eq!(to.refs(), source.refs());
    }
}

#[test]
fn what_a_daemon_can_not_send_keeps_nothing_else_back() {
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    goes_without_what_is_damaged(&env, &host.repository("source").set("receive.unpackLimit", "1000"));
}

#[test]
fn what_a_web_host_can_not_send_keeps_nothing_else_back() {
    let env = TestEnvironment::new();
    let host = served!(Host::http_logged_in(&env));
    goes_without_what_is_damaged(&env, &host.repository("source").set("receive.unpackLimit", "1000"));
}

/// What is damaged is no version: a commit that lost its number in a merge, in the history of the one that joins both.
#[test]
fn what_is_damaged_behind_a_version_is_found_too() {
    let env = TestEnvironment::new();
    env.is_left_damaged("objects of the source are broken");
    let host = Host::daemon(&env);
    let source = host.repository("source").set("receive.unpackLimit", "1000");
    let workspace = exported(&env, &source);
    env.folder(".").program("cp").args(["-a", "ws", "other"]).run().success();
    for (who, name) in [(&env.folder("other"), "theirs"), (&workspace, "ours")] {
        env.later(60);
        who.write(&format!("theme/{name}.js"), format!("'only {name}';\n")).bit(["tag", "-m", name]).success();
    }
    let lost = workspace.commit_of("my-org.ui/theme@0.0.2");
    env.folder("other").bit(["export"]).success();
    workspace.bit(["fetch"]).success();
    workspace.bit(["merge"]).success();
    workspace.write("theme/ours.js", "'everybody';\n").bit(["tag", "-m", "both"]).success();
    workspace.bit(["export"]).success();
    let blob = source.folder.git(["--git-dir=.", "rev-parse", &format!("{lost}:ours.js")]).line().to_owned();
    fs::remove_file(source.folder.path().join("objects").join(&blob[..2]).join(&blob[2..])).unwrap();
    let run = mirror(&env, &[&source.url, "./to", "--create"]);
    run.fails(4).says("5 versions copied, the catalog waits for 1 version").complains(&blob);
    run.complains("theme@0.0.3 was not copied: the source can't hand it out");
}

/// A tag that names an object which is not there keeps no other version back, however the source is reached.
#[test]
fn a_tag_on_nothing_is_told() {
    const NOWHERE: &str = "1234567890123456789012345678901234567890";
    let env = TestEnvironment::new();
    env.is_left_damaged("a tag of the source leads to nothing");
    let (host, daemon) = (Host::path(&env), Host::daemon(&env));
    for (at, source) in [host.repository("source"), daemon.repository("source")].into_iter().enumerate() {
        let env = &env;
        let ws = exported_from(env, &source, &format!("ws{at}"));
        goes_on(&ws);
        let git = |arguments: &[&str]| source.folder.git([&["--git-dir=."], arguments].concat());
        let tag = git(&["rev-parse", "theme@0.0.2"]).line().to_owned();
        let whole = state(&source);
        for is_packed in [false, true] {
            source.folder.write("refs/tags/theme@0.0.2", format!("{NOWHERE}\n"));
            if is_packed {
                source.folder.write("refs/tags/theme@0.0.2", format!("{tag}\n"));
                git(&["pack-refs", "--all"]).success();
                let packed = source
                    .folder
                    .read("packed-refs")
                    .replace(&format!("{tag} refs/tags/theme"), &format!("{NOWHERE} refs/tags/theme"));
                source.folder.write("packed-refs", &packed);
            }
            for more in [&[][..], &["--cache"]] {
                let name = format!("./new{at}{is_packed}{}", more.len());
                let cache = format!("{name}-cache");
                let cache: Vec<&str> = more.iter().copied().chain(more.first().map(|_| cache.as_str())).collect();
                let run = |more: &[&str]| {
                    mirror(env, &[&[source.url.as_str(), &name, "--create"], &cache[..], more].concat())
                };
                // What a host only says that it has is found out when it is fetched.
                if at == 0 {
                    let told = run(&["--json", "--dry-run"]).fails(4).json()["scopes"][0]["destinations"][0].clone();
                    assert_eq!(told["copied"].as_array().expect("ids").len(), 3, "{name}");
                }
                let run = run(&[]);
                run.fails(4).says("3 versions copied, the catalog waits for 1 version");
                run.complains("my-org.ui/theme@0.0.2 was not copied: ").silent_about("not our ref").complains(NOWHERE);
                let to = env.folder("ci").inside(&name);
                assert_eq!(to.refs().keys().filter(|name| name.starts_with("refs/tags/")).count(), 3, "{name}");
                to.git(["--git-dir=.", "fsck", "--full", "--strict"]).success();
                source.folder.write("refs/tags/theme@0.0.2", format!("{tag}\n"));
                mirror(env, &[&[source.url.as_str(), &name], &cache[..]].concat()).success();
                assert_eq!(to.git(["--git-dir=.", "rev-parse", "HEAD"]).line(), whole.1);
                source.folder.write("refs/tags/theme@0.0.2", format!("{NOWHERE}\n"));
            }
        }
        // One that the catalog says is removed keeps no catalog waiting, and a stray one nobody.
        source.folder.write("refs/tags/theme@0.0.2", format!("{tag}\n"));
        ws.bit(["delete", "button", "--range", "0.0.2", "--silent"]).success();
        ws.bit(["export"]).success();
        source.folder.write("refs/tags/button@0.0.2", format!("{NOWHERE}\n"));
        source.folder.write("refs/tags/stray@0.0.2", format!("{NOWHERE}\n"));
        let removed = mirror(env, &[&source.url, &format!("./removed{at}"), "--create"]);
        removed.success().says("3 versions copied, the catalog moved");
    }
}

/// Branches and tags of something else, and a HEAD that names none of them: no place for a mirror.
/// A tag that holds nothing keeps no other version back.
#[test]
fn a_broken_tag_of_the_source_is_told() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    let workspace = exported(&env, &source);
    goes_on(&workspace);
    source.folder.git(["--git-dir=.", "pack-refs", "--all"]).success();
    source.folder.write("refs/tags/theme@0.0.2", "");
    let run = mirror(&env, &[&source.url, &to.url]);
    run.fails(4).says("3 versions copied").complains("theme@0.0.2 was not copied: the source has no tag for it");
    run.silent_about("0000000");
    source.folder.remove("refs/tags/theme@0.0.2");
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
}

#[test]
fn what_only_looks_empty_gets_nothing() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, _) = exported_on(&env, &host);
    let repository = env.git_folder("repository");
    repository.git(["commit", "--quiet", "--allow-empty", "-m", "first"]).success();
    for name in ["refs/heads/dev", "refs/tags/v1"] {
        let to = host.repository(&name.replace('/', "-"));
        repository.git(["push", "--quiet", &to.url, &format!("main:{name}")]).success();
        let before = to.refs();
        mirror(&env, &[&source.url, &to.url]).fails(4).complains("holds something that is no scope");
        assert_eq!(to.refs(), before);
    }
}

/// What is in sync is told by looking again, not by what a host said to a push.
#[test]
fn what_a_host_lets_fall_after_it_took_it_is_no_success() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, to) = (host.repository("source"), host.repository("to"));
    exported(&env, &source);
    let to = to.hook("post-receive", "git update-ref -d refs/tags/theme@0.0.1");
    let run = mirror(&env, &[&source.url, &to.url, "--json"]);
    let report = run.fails(4).complains("took what was pushed, and does not have it").json();
    assert_eq!(statuses(&report), ["failed"]);
    assert!(!to.refs().contains_key("refs/tags/theme@0.0.1"));
    fs::remove_file(to.folder.path().join("hooks/post-receive")).expect("the hook goes");
    mirror(&env, &[&source.url, &to.url]).success();
    is_mirror(&source, &to);
}

#[test]
fn what_breaks_off_while_it_is_brought_or_pushed_is_done_again() {
    let env = TestEnvironment::new();
    let (daemon, path) = (Host::daemon(&env), Host::path(&env));
    let (source, workspace) = exported_on(&env, &daemon);
    let to = path.repository("to");
    let mark = env.root().join("broken-off");
    for (call, words) in [
        ("push", "fatal: the remote end hung up unexpectedly"),
        ("fetch", "fatal: the remote end hung up unexpectedly"),
        ("push", "error: RPC failed; HTTP 503 curl 22 The requested URL returned error: 503"),
        ("fetch", "error: RPC failed; HTTP 429 curl 22 The requested URL returned error: 429"),
    ] {
        let once = format!("[ -e '{0}' ] || {{ touch '{0}'; echo '{words}' >&2; exit 128; }}", mark.display());
        with_git_before(&env, &format!("case \" $* \" in *' {call} '*) {once};; esac"));
        mirror(&env, &[&source.url, &to.url, "--retries", "0"]).fails(4);
        fs::remove_file(&mark).expect("the call was made");
        mirror(&env, &[&source.url, &to.url, "--retries", "1"]).success();
        fs::remove_file(&mark).expect("the call was made");
        is_mirror(&source, &to);
        with_git_before(&env, "");
        goes_on(&workspace);
    }
}

/// What goes on from a destination's catalog has its name, and lists what it listed: else nothing changes there.
#[test]
fn a_source_that_is_not_what_it_was_changes_no_destination() {
    let env = TestEnvironment::new();
    let host = Host::path(&env);
    let (source, _) = exported_on(&env, &host);
    let good = source.refs();
    let ci = env.folder("ci");
    ci.program("cp").args(["-a", &source.url, "behind"]).run().success();
    let by_hand = |path: &str, text: Option<&str>| crate::import::edit_catalog(&source.folder, path, text);
    let card = source.folder.git(["--git-dir=.", "show", "HEAD:scope.json"]).success().stdout.clone();
    for (path, text, words) in [
        ("scope.json", Some(card.replace("my-org.ui", "my-org.uj")), "my-org.uj"),
        ("catalog/theme.json", None, "my-org.ui/theme@0.0.1"),
    ] {
        for more in [&[][..], &["--cache", "cache"]] {
            let to = host.repository(&format!("to-{}-{}", path.len(), more.len()));
            let command = [&[source.url.as_str(), &to.url], more].concat();
            mirror(&env, &command).success();
            let before = to.refs();
            by_hand(path, text.as_deref());
            let run = mirror(&env, &command);
            run.fails(4).complains(words).silent_about("the catalog moved");
            assert_eq!(to.refs(), before, "{path} {more:?}");
            if !more.is_empty() {
                // The cache knows it by itself.
                let new = host.repository(&format!("new-{}", path.len()));
                let run = mirror(&env, &[&[source.url.as_str(), &new.url], more].concat());
                if text.is_none() {
                    run.fails(4).complains("it no longer lists my-org.ui/theme@0.0.1").complains("--cache");
                    assert!(new.refs().is_empty());
                }
            }
            source.folder.git(["--git-dir=.", "update-ref", "refs/heads/main", &good["refs/heads/main"]]).success();
        }
    }
    // A mirror that is only behind is none of that.
    mirror(&env, &["./behind", &host.repository("last").url, "--cache", "cache"]).success();
}
