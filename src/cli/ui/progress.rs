//! A bar for what takes long.

use crate::ops::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// What takes less than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how far a command is, once it has taken half a second.
pub struct Bar {
    begin: Instant,
    visible: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    what: String,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// A bar for a person; `visible` says whether there is one.
    pub fn new(visible: bool) -> Self {
        Self { begin: Instant::now(), visible, state: Mutex::default() }
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        if !self.visible {
            return;
        }
        // Only counters are behind the lock: they are right even if another thread panicked.
        let mut state = self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut state);
        if self.begin.elapsed() > PATIENCE {
            state.draw();
        }
    }
}

impl State {
    fn draw(&mut self) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len}") {
                bar.set_style(style);
            }
            bar
        });
        bar.set_message(self.what.clone());
        bar.set_length(self.total);
        bar.set_position(self.done);
    }
}

impl Progress for Bar {
    fn stage(&self, what: &str, total: usize) {
        self.with(|state| {
            state.what = what.to_owned();
            state.total = total as u64;
            state.done = 0;
        });
    }

    fn advance(&self, steps: usize) {
        self.with(|state| state.done += steps as u64);
    }

    fn waiting(&self, what: &str) {
        super::say(&format!("waiting for {what} to finish …"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.with(|state| {
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
        });
    }
}
