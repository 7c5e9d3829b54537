//! Asking a host again that failed or broke off.

use super::MirrorOptions;
use crate::git::url::RemoteUrl;
use crate::git::{Advertised, RemoteFailure, Repo, remote};
use crate::ops::jittered;
use anyhow::Result;
use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(30);

/// How much longer a host is borne with.
pub struct Patience {
    left: u32,
    timeout: Duration,
    pause: Duration,
}

impl Patience {
    /// As long as it was asked for.
    pub fn new(options: &MirrorOptions) -> Self {
        Self { left: options.retries, timeout: options.timeout, pause: FIRST }
    }

    /// Waits after what may pass by itself, longer each time. Anything else (who does not know us now will not know
    /// us in a second), and in the end that too, is an error.
    pub fn forgive(&mut self, error: anyhow::Error) -> Result<()> {
        match RemoteFailure::of(&error).is_some_and(RemoteFailure::is_passing) && self.wait() {
            true => Ok(()),
            false => Err(error),
        }
    }

    /// Waits, if there is an attempt left.
    pub fn wait(&mut self) -> bool {
        let pause = self.next_pause();
        if let Some(pause) = pause {
            std::thread::sleep(jittered(pause));
        }
        pause.is_some()
    }

    /// How long to wait before the next attempt, if there is one left: twice as long each time, up to the longest.
    fn next_pause(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        let pause = self.pause;
        self.pause = (pause * 2).min(LONGEST);
        Some(pause)
    }

    /// Does it until it is done.
    pub fn persist<T>(&mut self, mut act: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match act() {
                Ok(done) => return Ok(done),
                Err(error) => self.forgive(error)?,
            }
        }
    }

    /// What a host has. With a repository, what its configuration says of hosts counts too.
    pub fn listed(&mut self, url: &RemoteUrl, from: Option<&Repo>) -> Result<Advertised> {
        let timeout = self.timeout;
        self.persist(|| remote::list_within(timeout, url, from))
    }

    /// The branch that the HEAD of an empty repository names, likewise.
    pub fn unborn_head(&mut self, url: &RemoteUrl) -> Result<Option<String>> {
        self.persist(|| remote::unborn_head(url))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_the_longest_and_end() {
        let mut patience = Patience { left: 20, timeout: Duration::ZERO, pause: FIRST };
        let pauses: Vec<Duration> = std::iter::from_fn(|| patience.next_pause()).collect();
        assert_eq!(pauses.len(), 20);
        assert_eq!(&pauses[..3], [500, 1000, 2000].map(Duration::from_millis));
        assert!(pauses.iter().all(|pause| *pause <= LONGEST) && pauses[19] == LONGEST);
    }
}
