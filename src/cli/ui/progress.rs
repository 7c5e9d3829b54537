//! A bar for what takes long.
//!
//! git and ssh may ask a person something at any time before they report how far they are. So nothing is drawn by the
//! clock: only what is reported is, and not while a git may be asking.

use crate::git::{Count, may_ask};
use crate::ops::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What takes less than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how far a command is, once it has been counting for half a second.
pub struct Bar {
    visible: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// When something was counted first.
    begun: Option<Instant>,
    what: String,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// A bar for a person; `visible` says whether there is one.
    pub fn new(visible: bool) -> Self {
        Self { visible, state: Mutex::default() }
    }

    /// Only counters are behind the lock: they are right even if another thread panicked.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Shows what was reported. What is complete goes: the next to speak may be a git that asks.
    fn show(&mut self) {
        let begun = *self.begun.get_or_insert_with(Instant::now);
        if self.total > 0 && self.done >= self.total {
            self.clear();
        } else if !may_ask() && begun.elapsed() >= PATIENCE {
            self.draw();
        }
    }

    fn draw(&mut self) {
        let is_new = self.bar.is_none();
        let bar = self.bar.get_or_insert_with(ProgressBar::hidden);
        let template = if self.total == 0 { "{spinner} {msg}" } else { "{spinner} {msg} {wide_bar} {pos}/{len}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(self.what.clone());
        bar.set_length(self.total);
        bar.set_position(self.done);
        if is_new {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.tick();
        }
    }

    fn clear(&mut self) {
        let Some(bar) = self.bar.take() else { return };
        // A question may stand where the bar was: then that line is not ours any more.
        if may_ask() {
            bar.set_draw_target(ProgressDrawTarget::hidden());
        }
        bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn stage(&self, what: &str, total: usize) {
        let mut state = self.state();
        state.clear();
        state.what = what.to_owned();
        state.total = total as u64;
        state.done = 0;
    }

    fn advance(&self, steps: usize) {
        if self.visible {
            let mut state = self.state();
            state.done += steps as u64;
            state.show();
        }
    }

    fn git(&self, count: Count) {
        if self.visible {
            let mut state = self.state();
            if state.what != count.stage {
                state.what = count.stage.to_owned();
            }
            state.total = count.total as u64;
            state.done = count.done as u64;
            state.show();
        }
    }

    fn waiting(&self, what: &str) {
        super::say(&format!("waiting for {what} to finish …"));
    }

    fn unanswered(&self, whom: &str) {
        let state = self.state();
        let tell = || super::say(&format!("still waiting for {whom} …"));
        // What is drawn makes room for the line.
        state.bar.as_ref().map_or_else(tell, |bar| bar.suspend(tell));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.state().clear();
    }
}
