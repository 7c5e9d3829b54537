//! Whether git may be asking a person something at this moment: what it asks must not be drawn over.

use super::porcelain::Count;
use std::sync::atomic::{AtomicUsize, Ordering};

static ASKING: AtomicUsize = AtomicUsize::new(0);

/// Whether a git that was started for a person at the terminal may stand there and wait for an answer.
pub fn may_ask() -> bool {
    ASKING.load(Ordering::SeqCst) > 0
}

/// A call of git that may ask, from its start until it counts or ends. Hosts talk before they let one in, so words
/// are no sign yet.
pub(super) struct Asking {
    is_over: bool,
}

impl Asking {
    pub(super) fn begin() -> Self {
        ASKING.fetch_add(1, Ordering::SeqCst);
        Self { is_over: false }
    }

    pub(super) fn hear(&mut self, line: &str) {
        if Count::parse(line).is_some() {
            self.end();
        }
    }

    fn end(&mut self) {
        if !std::mem::replace(&mut self.is_over, true) {
            ASKING.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_git_may_ask_until_it_counts() {
        assert!(!may_ask());
        let (mut one, two) = (Asking::begin(), Asking::begin());
        one.hear("Welcome to this host");
        one.hear("Receiving objects:  50% (1/2)");
        one.hear("Receiving objects: 100% (2/2), done.");
        assert!(may_ask());
        drop(two);
        assert!(!may_ask());
        drop(one);
        assert!(!may_ask());
    }
}
