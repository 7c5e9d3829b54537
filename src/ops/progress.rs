//! How a use case tells a person that it is still at work.

use crate::git::Count;

/// What a use case reports while it runs.
pub trait Progress: Sync {
    /// A stage begins; `total` is how many steps it has, 0 where nobody knows.
    fn stage(&self, what: &str, total: usize);
    /// So many more steps are done.
    fn advance(&self, steps: usize);
    /// The command waits for something.
    fn waiting(&self, what: &str);
    /// git has come so far with one of its own stages.
    fn git(&self, count: Count);
}

/// Reports nothing.
pub struct Quiet;

impl Progress for Quiet {
    fn stage(&self, _what: &str, _total: usize) {}
    fn advance(&self, _steps: usize) {}
    fn waiting(&self, _what: &str) {}
    fn git(&self, _count: Count) {}
}
