//! How a use case tells a person that it is still at work.

use crate::git::{Count, may_ask};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

/// What a use case reports while it runs.
pub trait Progress: Sync {
    /// A stage begins; `total` is how many steps it has, 0 where nobody knows.
    fn stage(&self, what: &str, total: usize);
    /// So many more steps are done.
    fn advance(&self, steps: usize);
    /// The command waits for something.
    fn waiting(&self, what: &str);
    /// Whoever was asked has not answered for a while.
    fn unanswered(&self, whom: &str);
    /// git has come so far with one of its own stages.
    fn git(&self, count: Count);
}

/// An answer that takes longer than this is waited for aloud.
const PATIENCE: Duration = Duration::from_secs(5);
/// Where git may be asking a person, they may need so long; a line would stand in the middle of their answer.
const PATIENCE_WITH_PEOPLE: Duration = Duration::from_secs(30);

/// Asks somebody far away, and says whom the command waits for where that takes long. How long a connection may take is
/// git's own matter, and that of the person's configuration.
pub fn waiting_for<R>(progress: &dyn Progress, whom: &str, ask: impl FnOnce() -> R) -> R {
    std::thread::scope(|threads| {
        let (asking, answered) = mpsc::channel::<()>();
        threads.spawn(move || {
            let mut takes_long = answered.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout);
            if takes_long && may_ask() {
                takes_long = answered.recv_timeout(PATIENCE_WITH_PEOPLE) == Err(RecvTimeoutError::Timeout);
            }
            if takes_long {
                progress.unanswered(whom);
            }
        });
        let answer = ask();
        drop(asking);
        answer
    })
}

/// Reports nothing.
pub struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _what: &str, _total: usize) {}
    fn advance(&self, _steps: usize) {}
    fn waiting(&self, _what: &str) {}
    fn unanswered(&self, _whom: &str) {}
    fn git(&self, _count: Count) {}
}
