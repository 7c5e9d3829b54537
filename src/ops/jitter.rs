//! How long to wait, so that not all who wait come back at once.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Between half of a time and one and a half of it, different in each process and at each moment.
pub fn jittered(time: Duration) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().subsec_nanos();
    let hundredths = (now ^ std::process::id().wrapping_mul(0x9e37_79b9)) % 100;
    time / 2 + time * hundredths / 100
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn waits_differ_and_stay_around_what_was_meant() {
        let second = Duration::from_secs(1);
        let waits: BTreeSet<Duration> = (0..1000).map(|_| jittered(second)).collect();
        assert!(waits.len() > 1, "{waits:?}");
        assert!(waits.iter().all(|wait| (second / 2..second * 3 / 2).contains(wait)), "{waits:?}");
    }
}
