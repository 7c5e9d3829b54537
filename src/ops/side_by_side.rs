//! Waiting for several hosts at once.

use anyhow::Result;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Connections at once: more would look like an attack to some hosts.
const AT_ONCE: usize = 8;

/// Asks for every item, several at once, and returns the answers in the order of the items; the first error of that
/// order, if there is one. Threads of their own: those that compute are not to wait for a network.
pub fn side_by_side<T: Sync, R: Send>(items: &[T], ask: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    if let [only] = items {
        return Ok(vec![ask(only)?]);
    }
    let next = AtomicUsize::new(0);
    let answers: Mutex<Vec<(usize, Result<R>)>> = Mutex::default();
    std::thread::scope(|threads| {
        for _ in 0..items.len().min(AT_ONCE) {
            threads.spawn(|| {
                while let Some((at, item)) = take(items, &next) {
                    let answer = ask(item);
                    answers.lock().unwrap_or_else(PoisonError::into_inner).push((at, answer));
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_else(PoisonError::into_inner);
    answers.sort_by_key(|(at, _)| *at);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

fn take<'t, T>(items: &'t [T], next: &AtomicUsize) -> Option<(usize, &'t T)> {
    let at = next.fetch_add(1, Ordering::Relaxed);
    items.get(at).map(|item| (at, item))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn answers_come_in_the_order_of_the_questions() {
        let items: Vec<u64> = (0..20).collect();
        let slow_first = |item: &u64| {
            std::thread::sleep(Duration::from_millis(20 - item));
            Ok(item * 2)
        };
        assert_eq!(side_by_side(&items, slow_first).unwrap(), items.iter().map(|item| item * 2).collect::<Vec<_>>());
        let error = side_by_side(&items, |item| if *item > 3 { Err(anyhow::anyhow!("{item}")) } else { Ok(()) });
        assert_eq!(error.unwrap_err().to_string(), "4");
        assert!(side_by_side(&[] as &[u8], |_| Ok(())).unwrap().is_empty());
    }
}
