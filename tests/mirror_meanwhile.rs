//! `bit mirror` of a source that changes while it is mirrored: what comes is what it was at some moment, never a mixture.

use std::collections::BTreeSet;
use std::fs;

use crate::common::faults::with_the_nth_git;
use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Refs, Run, Running, TestEnvironment, find_program};
use crate::mirror::{exported, goes_on, is_mirror, mirror, state, with_git_before};
use serde_json::json;

/// Somebody exports between the look at the source and what follows.
#[test]
fn a_source_that_goes_on_is_mirrored_as_it_was() {
    for (kind, word) in [("path", "push"), ("daemon", "fetch"), ("daemon", "push")] {
        let env = TestEnvironment::new();
        let host = if kind == "path" { Host::path(&env) } else { Host::daemon(&env) };
        let (source, to) = (host.repository("source"), Host::path(&env).repository("to"));
        let workspace = exported(&env, &source);
        mirror(&env, &[&source.url, &to.url]).success();
        goes_on(&workspace);
        let as_it_was = state(&source);
        workspace.append("theme/index.js", "// meanwhile\n");
        workspace.bit(["tag", "-m", "meanwhile"]).success();
        let once = env.root().join("once");
        let export = format!(
            "cd '{}' && PATH=\"${{PATH#*:}}\" '{}' export",
            workspace.path().display(),
            TestEnvironment::binary().display()
        );
        let at_once = format!(
            "case \" $* \" in *' {word} '*) if mkdir '{}' 2>/dev/null; then ({export}) >&2 || exit 9; fi;; esac",
            once.display()
        );
        with_git_before(&env, &at_once);
        let run = mirror(&env, &[&source.url, &to.url, "--json"]);
        run.success().complains("the source has gone on meanwhile");
        assert!(once.exists(), "{kind} {word}");
        assert_eq!(run.json()["scopes"][0]["wentOn"], json!(true));
        assert_eq!(state(&to), as_it_was, "{kind} {word}");
        assert_ne!(state(&source), as_it_was);
        to.listed();
        mirror(&env, &[&source.url, &to.url]).success();
        is_mirror(&source, &to);
    }
}

/// What the source was, from its first versions on, and back to them: exports, a removal, its tag that goes, and a host
/// that puts back an old backup.
fn history(env: &TestEnvironment, source: &Hosted<'_>) -> Vec<Refs> {
    let workspace = exported(env, source);
    let first = source.refs();
    goes_on(&workspace);
    let second = source.refs();
    workspace.bit(["delete", "my-org.ui/button", "--range", "0.0.1", "--remote", "--silent", "--force"]).success();
    let third = source.refs();
    let mut pruned = third.clone();
    pruned.remove("refs/tags/button@0.0.1").expect("a removed version keeps its tag");
    vec![first, second, third, pruned]
}

/// Plain git goes with the source through its history, round and round, and at last to its end.
const ROUND: &str = r#"
to() { "$git" --git-dir=. update-ref --stdin < "$1" || exit 1; sleep 0.03; }
while [ -e "$at/goes" ]; do for one in "$at"/history-*; do to "$one"; done; done
"#;

/// What plain git needs to bring a source to each state of its history.
fn steps<'e>(env: &'e TestEnvironment, history: &[Refs]) -> Folder<'e> {
    let names: BTreeSet<&String> = history.iter().flat_map(Refs::keys).collect();
    let at = env.folder("rounds");
    for (number, refs) in history.iter().enumerate() {
        let line = |name: &&String| match refs.get(*name) {
            Some(object) => format!("update {name} {object}\n"),
            None => format!("delete {name}\n"),
        };
        at.write(&format!("history-{number}"), names.iter().map(line).collect::<String>());
    }
    at
}

/// The source is at one state of its history after the other, until the file `goes` is gone.
fn goes_round(env: &TestEnvironment, source: &Hosted<'_>, history: &[Refs]) -> Running {
    let at = steps(env, history);
    at.write("goes", "");
    let git = find_program("git").expect("git");
    source.folder.program("sh").args(["-c", ROUND]).env("at", at.path()).env("git", git).start()
}

/// Whether a destination is what the source was at some moment: the catalog of that moment, with all that it lists.
#[track_caller]
fn is_some_state(to: &Hosted<'_>, history: &[Refs], run: &Run) {
    const CATALOG: &str = "refs/heads/main";
    let there = to.refs();
    let were = |(name, object): (&String, &String)| history.iter().any(|refs| refs.get(name) == Some(object));
    assert!(there.iter().all(were), "it has what the source never had: {there:?}\n{run}");
    let Some(catalog) = there.get(CATALOG) else { return };
    let mut moments = history.iter().filter(|refs| refs.get(CATALOG) == Some(catalog));
    let is_whole = |refs: &Refs| refs.keys().all(|name| there.contains_key(name));
    assert!(moments.any(is_whole), "it is a mixture: {there:?}\n{run}");
    to.fsck();
}

/// Somebody is at work at the source just when a git of the mirroring begins, whichever it is.
#[test]
fn whenever_the_source_changes_it_is_no_mixture() {
    let env = TestEnvironment::new();
    let (daemon, here) = (Host::daemon(&env), Host::path(&env));
    let source = daemon.repository("source");
    let history = history(&env, &source);
    let at = steps(&env, &history);
    let command = |step: usize| {
        let (folder, file) = (source.folder.path().display(), at.path().join(format!("history-{step}")));
        format!("git --git-dir='{folder}' update-ref --stdin < '{}'", file.display())
    };
    let mut changed = 0;
    for (before, after) in [(0, 1), (1, 3), (2, 0)] {
        for number in 1.. {
            let to = here.repository(&format!("to-{before}-{after}-{number}"));
            // There is more to do where nothing is yet.
            let is_filled = number % 2 == 0;
            if is_filled {
                at.program("sh").args(["-c", &command(0)]).run().success();
                mirror(&env, &[&source.url, &to.url]).success();
            }
            at.program("sh").args(["-c", &command(before)]).run().success();
            let mark = at.path().join("changed");
            let act = format!("PATH=\"${{PATH#*:}}\"; {} && touch '{}'", command(after), mark.display());
            let words = ["mirror", &source.url, &to.url, "--retries", "1"];
            let run = with_the_nth_git(&env.folder("ci"), number, &act, &words);
            is_some_state(&to, &history, run.silent_about("panicked"));
            match fs::remove_file(mark) {
                Ok(()) => changed += 1,
                Err(_) if is_filled => {}
                Err(_) => break,
            }
        }
    }
    assert!(changed > 10, "only {changed} moments were tried");
}

fn is_never_a_mixture(over_http: bool, with_cache: bool) {
    let env = TestEnvironment::new();
    let here = Host::path(&env);
    let host = if over_http { served!(Host::http(&env)) } else { Host::path(&env) };
    if over_http {
        host.log_in(host.user(), host.password());
    }
    let source = host.repository("source");
    let history = history(&env, &source);
    let cache: &[&str] = if with_cache { &["--cache", "cache"] } else { &[] };
    let run = |to: &Hosted<'_>| mirror(&env, &[&[source.url.as_str(), &to.url, "--retries", "1"], cache].concat());
    let to: Vec<Hosted<'_>> = (0..6).map(|number| here.repository(&format!("to-{number}"))).collect();
    // Some have the first versions already.
    for to in to.iter().step_by(2) {
        let refs = history[0].iter().map(|(name, object)| format!("{object}:{name}"));
        source
            .folder
            .git(["--git-dir=.", "push", "--quiet", &to.url].map(str::to_owned).into_iter().chain(refs))
            .success();
    }
    let round = goes_round(&env, &source, &history);
    for to in &to {
        let run = run(to);
        assert!(matches!(run.code, Some(0 | 3 | 4)), "{run}");
        is_some_state(to, &history, run.silent_about("panicked"));
    }
    fs::remove_file(env.root().join("rounds/goes")).expect("it goes round");
    round.finish().success();
    // It stays at the end of its history: they all come there.
    for to in &to {
        let run = run(to);
        is_some_state(to, &history, run.success());
        assert_eq!(state(to).1, state(&source).1);
    }
}

#[test]
fn removals_and_a_rollback_in_a_folder_make_no_mixture() {
    is_never_a_mixture(false, false);
    is_never_a_mixture(false, true);
}

#[test]
fn removals_and_a_rollback_on_a_web_host_make_no_mixture() {
    is_never_a_mixture(true, false);
    is_never_a_mixture(true, true);
}
