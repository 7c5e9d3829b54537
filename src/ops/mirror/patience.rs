//! Asking a host again that failed or broke off.

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
    pause: Duration,
}

impl Patience {
    /// So many more attempts.
    pub fn new(retries: u32) -> Self {
        Self { left: retries, pause: FIRST }
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
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        std::thread::sleep(jittered(self.pause));
        self.pause = (self.pause * 2).min(LONGEST);
        true
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
        self.persist(|| remote::list(url, from))
    }
}
