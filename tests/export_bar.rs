//! How far an export is: shown to a person at a terminal, where it takes longer than half a second, and to nobody else.

use std::time::{Duration, Instant};

use crate::bad_days::staged;
use crate::common::servers::{Host, Hosted};
use crate::common::wire::Trouble;
use crate::common::{Folder, Run, TestEnvironment, needs};

/// What takes longer shows how far it is.
const SHOWN_AFTER: Duration = Duration::from_millis(500);

/// The host's git counts for so long.
fn counting<'e>(scope: Hosted<'e>, pause: &str) -> Hosted<'e> {
    let counts = format!(
        "for at in 1 2 3 4 5 6; do printf 'Resolving deltas: %d%% (%d/7)\\r' $((at * 14)) $at >&2; sleep {pause}; done"
    );
    scope.hook("pre-receive", &counts)
}

fn at_a_terminal(workspace: &Folder<'_>) -> Run {
    let line = format!("{} export", TestEnvironment::binary().display());
    let script = workspace.program("script").args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    script.env("TERM", "xterm").run()
}

fn shows_a_bar(env: &TestEnvironment, host: &Host<'_>) {
    let scope = counting(host.repository("slow"), "0.2");
    let workspace = staged(env, &scope);
    let run = at_a_terminal(&workspace);
    run.success().says("Resolving deltas").says("/7").says("exported components (2)");
    // It goes, and what is said stays.
    let bar = run.stdout.rfind("Resolving deltas").expect("a bar");
    assert!(run.stdout.find("exported components").expect("a word") > bar, "{run}");
    workspace.append("theme/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success().silent_about("Resolving").silent_about("/7");
    let scope = counting(scope, "0");
    let (run, taken) = in_no_time(&workspace);
    run.success().says("exported components (2)");
    assert!(!run.stdout.contains("Resolving"), "it took {taken:?}\n{run}");
    scope.fsck();
}

/// What is done in no time needs no bar. Where others keep the machine busy, one export of several is quick enough.
fn in_no_time(workspace: &Folder<'_>) -> (Run, Duration) {
    let mut quickest: Option<(Run, Duration)> = None;
    for day in 0..20 {
        workspace.append("theme/index.js", &format!("// day {day}\n")).bit(["tag", "-m", "more"]).success();
        let begun = Instant::now();
        let run = at_a_terminal(workspace);
        let taken = begun.elapsed();
        if quickest.as_ref().is_none_or(|(_, least)| taken < *least) {
            quickest = Some((run, taken));
        }
        if taken < SHOWN_AFTER {
            break;
        }
    }
    quickest.expect("twenty exports")
}

#[test]
fn of_a_folder() {
    needs!("script");
    let env = TestEnvironment::new();
    shows_a_bar(&env, &Host::path(&env));
}

#[test]
fn of_a_host_far_away() {
    needs!("script");
    let env = TestEnvironment::new();
    shows_a_bar(&env, &Host::daemon(&env));
}

/// What git counts here, over a slow wire.
#[test]
fn of_what_goes_over_a_slow_wire() {
    needs!("script");
    let env = TestEnvironment::new();
    let host = Host::daemon(&env);
    let scope = host.repository("s");
    let workspace = staged(&env, &scope);
    for file in 0..60u32 {
        let noise = (0..100u32).map(|at| format!("// {:08x}\n", (file * 1000 + at).wrapping_mul(2_654_435_761)));
        workspace.write(&format!("theme/part-{file}.js"), noise.collect::<String>());
    }
    workspace.bit(["tag", "-m", "more"]).success();
    let url = host.url_over(&host.wire(Trouble::IsSlow(Duration::from_millis(20))), "s");
    workspace.bit(["remote", "add", "my-org.ui", &url]).success();
    at_a_terminal(&workspace).success().says("Writing objects").says("exported components (2)");
    scope.fsck();
}
