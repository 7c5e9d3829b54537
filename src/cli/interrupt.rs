//! Ctrl-C as a wish to stop after the work at hand, rather than in the middle of it.

use std::sync::atomic::{AtomicBool, Ordering};

/// SIGINT and SIGTERM: the same numbers on every Unix.
const SIGNALS: [i32; 2] = [2, 15];
/// SIG_DFL: the program ends at once.
const BY_DEFAULT: usize = 0;

static IS_ASKED: AtomicBool = AtomicBool::new(false);

// SAFETY: this is signal(2) of the C library, which every Unix program of Rust is linked with. A handler is a pointer,
// or a small number in its place, and may be set at any time; ours does nothing that a handler must not do.
unsafe extern "C" {
    safe fn signal(number: i32, handler: usize) -> usize;
}

/// Whoever asks twice is in a hurry.
extern "C" fn on_signal(number: i32) {
    IS_ASKED.store(true, Ordering::Relaxed);
    signal(number, BY_DEFAULT);
}

/// From now on a signal to end is a wish that [`is_asked`] tells of.
pub fn ask_first() {
    for number in SIGNALS {
        signal(number, on_signal as *const () as usize);
    }
}

/// Whether somebody wants the program to end.
pub fn is_asked() -> bool {
    IS_ASKED.load(Ordering::Relaxed)
}
