//! A kill at the N-th call of a name, whichever thread makes it. strace counts every thread by itself, so a call of one
//! that was not the first to make so many can't be told to it: there it only holds the calls up, and the kill is ours.

use std::fs;
use std::path::Path;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use super::{Call, parse};
use crate::common::{Invocation, Run};

/// How long each call is held up; longer where the kill came too late.
pub(super) const PAUSES: [Duration; 3] =
    [Duration::from_millis(60), Duration::from_millis(600), Duration::from_secs(6)];

/// Runs a command under a strace that holds its calls up, and kills it while the N-th is. True: all calls before were
/// made, and this one was not.
pub(super) fn killed_in_turn(strace: Invocation, log: &Path, number: usize) -> (Run, bool) {
    fs::remove_file(log).ok();
    let mut running = strace.start();
    while running.is_running() {
        if let Some(call) = calls(log).into_iter().nth(number - 1) {
            if !call.line.contains(MADE) {
                let thread = i32::try_from(call.thread).ok().and_then(Pid::from_raw);
                kill_process(thread.expect("a thread"), Signal::KILL).ok();
            }
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let run = running.finish();
    let made = fs::read_to_string(log).unwrap_or_default().matches(MADE).count();
    let is_in_time = run.signal.is_some() && made == number - 1;
    (run, is_in_time)
}

/// What strace says of a call that it held up and that was made then.
const MADE: &str = "(DELAYED)";

/// The calls that have begun so far.
fn calls(log: &Path) -> Vec<Call> {
    parse(&fs::read_to_string(log).unwrap_or_default())
}
