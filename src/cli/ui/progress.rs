//! A bar for what takes long.

use crate::git::Count;
use crate::ops::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What takes less than this needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// Shows how far a command is, once it has taken half a second.
pub struct Bar {
    visible: bool,
    state: Arc<Mutex<State>>,
    /// Draws for the first time, should nothing be reported for long.
    watch: OnceLock<JoinHandle<()>>,
}

#[derive(Default)]
struct State {
    what: String,
    total: u64,
    done: u64,
    bar: Option<ProgressBar>,
    is_over: bool,
}

impl Bar {
    /// A bar for a person; `visible` says whether there is one.
    pub fn new(visible: bool) -> Self {
        Self { visible, state: Arc::default(), watch: OnceLock::new() }
    }

    fn with(&self, change: impl FnOnce(&mut State)) {
        if !self.visible {
            return;
        }
        let state = &self.state;
        self.watch.get_or_init(|| {
            let state = Arc::clone(state);
            std::thread::spawn(move || lose_patience(&state))
        });
        let mut state = locked(state);
        change(&mut state);
        if state.bar.is_some() {
            state.draw();
        }
    }
}

/// Only counters are behind the lock: they are right even if another thread panicked.
fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lose_patience(state: &Mutex<State>) {
    std::thread::park_timeout(PATIENCE);
    let mut state = locked(state);
    if !state.is_over {
        state.draw();
    }
}

impl State {
    fn draw(&mut self) {
        let bar = self.bar.get_or_insert_with(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        let template = if self.total == 0 { "{spinner} {msg}" } else { "{spinner} {msg} {wide_bar} {pos}/{len}" };
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
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

    fn git(&self, count: Count) {
        self.with(|state| {
            if state.what != count.stage {
                state.what = count.stage.to_owned();
            }
            state.total = count.total as u64;
            state.done = count.done as u64;
        });
    }

    fn waiting(&self, what: &str) {
        super::say(&format!("waiting for {what} to finish …"));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        let Some(watch) = self.watch.take() else { return };
        {
            let mut state = locked(&self.state);
            state.is_over = true;
            if let Some(bar) = state.bar.take() {
                bar.finish_and_clear();
            }
        }
        watch.thread().unpark();
        // It draws nothing any more; if it panicked, a bar is missing and nothing else.
        let _ = watch.join();
    }
}
