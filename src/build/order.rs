//! Doing things in the order in which they need each other, several at once.

use std::sync::{Condvar, Mutex, PoisonError};

struct Waiting {
    /// What may begin.
    ready: Vec<usize>,
    /// Of each thing, how many of those it needs are not done.
    missing: Vec<usize>,
    /// How many are not done.
    left: usize,
}

/// Calls `work` once for each number below the length of `needs`, after it has returned for all that the number needs.
/// No number needs itself, near or far.
pub fn in_order(needs: &[Vec<usize>], workers: usize, work: impl Fn(usize) + Sync) {
    let mut dependents = vec![Vec::new(); needs.len()];
    for (at, needed) in needs.iter().enumerate() {
        needed.iter().for_each(|&needed| dependents[needed].push(at));
    }
    let missing: Vec<usize> = needs.iter().map(Vec::len).collect();
    let ready = (0..needs.len()).rev().filter(|&at| missing[at] == 0).collect();
    let waiting = Mutex::new(Waiting { ready, missing, left: needs.len() });
    let changed = Condvar::new();
    let worker = || {
        // A worker that panicked ends the command; the others only have to get out.
        let mut state = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        while state.left > 0 {
            let Some(at) = state.ready.pop() else {
                state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            drop(state);
            let done = Done { at, waiting: &waiting, changed: &changed, dependents: &dependents };
            work(at);
            drop(done);
            state = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        }
    };
    let workers = workers.min(needs.len());
    if workers < 2 {
        return worker();
    }
    std::thread::scope(|threads| {
        for _ in 0..workers {
            threads.spawn(worker);
        }
    });
}

/// Says that something is done, also where it panicked: nobody waits for ever.
struct Done<'a> {
    at: usize,
    waiting: &'a Mutex<Waiting>,
    changed: &'a Condvar,
    dependents: &'a [Vec<usize>],
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let mut state = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        state.left -= 1;
        for &dependent in &self.dependents[self.at] {
            state.missing[dependent] -= 1;
            if state.missing[dependent] == 0 {
                state.ready.push(dependent);
            }
        }
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    fn order_of(needs: &[Vec<usize>], workers: usize) -> Vec<usize> {
        let order = Mutex::new(Vec::new());
        in_order(needs, workers, |at| order.lock().unwrap().push(at));
        order.into_inner().unwrap()
    }

    #[test]
    fn what_is_needed_comes_first() {
        assert_eq!(order_of(&[vec![1], vec![2], vec![]], 4), [2, 1, 0]);
        assert!(order_of(&[], 4).is_empty());
        let needs: Vec<Vec<usize>> =
            (0..200usize).map(|at| (0..at).filter(|other| at % (other + 2) == 0).collect()).collect();
        let order = order_of(&needs, 8);
        let place = |at: usize| order.iter().position(|&other| other == at).unwrap();
        assert_eq!(order.len(), 200);
        assert!((0..200).all(|at| needs[at].iter().all(|&needed| place(needed) < place(at))));
    }

    #[test]
    fn what_does_not_need_each_other_is_done_at_once() {
        let together = Barrier::new(2);
        // Neither would ever come out if they went one after the other.
        in_order(&[vec![], vec![], vec![0, 1]], 2, |at| {
            if at < 2 {
                together.wait();
            }
        });
    }
}
