//! What to do when somebody else comes first: wait and look again, until it is plain that it is no use.

use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{RemoteFailure, lock_files, ref_in_the_way, speaks_of_lock};
use crate::model::{CommitId, ScopeName};
use crate::ops::jittered;
use anyhow::Result;
use std::time::{Duration, Instant};

/// Why a push did not go through, where another attempt may.
#[derive(Debug)]
pub struct Obstacle {
    /// The scope that did not take it.
    pub scope: ScopeName,
    /// Where it is.
    pub url: RemoteUrl,
    /// The first ref that was in the way.
    pub name: String,
    /// What the host said, if anything.
    pub words: String,
}

/// How often and how long an export that is always overtaken tries: both must be used up.
const ATTEMPTS: u32 = 12;
const TIME: Duration = Duration::from_secs(100);
/// A host that breaks off is asked again so many times.
const FAILURES: u32 = 4;
/// Somebody would have got through in this time.
const STANDSTILL: Duration = Duration::from_secs(15);
/// A lock of this age in a folder is nobody's, as far as one can tell.
const LOCK_AGE: Duration = Duration::from_secs(5);
/// What goes on once locks have gone.
const AGAIN: &str = "bit export";

/// The attempts of one export.
pub struct Patience {
    begin: Instant,
    attempts: u32,
    /// How many more failures that may pass by themselves are borne.
    failures: u32,
    /// Since when tags have been in the way that no catalog lists.
    unlisted_since: Option<Instant>,
    /// Since when the catalogs have been what they are.
    still_since: Instant,
    catalogs: Vec<CommitId>,
}

impl Patience {
    /// Before the first attempt.
    pub fn new() -> Self {
        let now = Instant::now();
        Self {
            begin: now,
            attempts: 0,
            failures: FAILURES,
            unlisted_since: None,
            still_since: now,
            catalogs: Vec::new(),
        }
    }

    /// Waits for the next attempt, or says why there should be none. `catalogs` are what the scopes have now.
    pub fn wait(&mut self, catalogs: &[CommitId], obstacle: &Obstacle) -> Result<()> {
        self.attempts += 1;
        if catalogs != self.catalogs {
            (self.catalogs, self.still_since) = (catalogs.to_vec(), Instant::now());
        }
        let stands_still = self.still_since.elapsed() > STANDSTILL;
        refuse_locks(obstacle, stands_still)?;
        if let Some((other, name)) = ref_in_the_way(&obstacle.words) {
            // It does not go by itself.
            let Obstacle { scope, url, .. } = obstacle;
            return Err(errors::ref_beside_another(scope, &url.to_string(), name, other));
        }
        if stands_still && !obstacle.words.is_empty() {
            let Obstacle { scope, url, name, words } = obstacle;
            return Err(errors::push_refused(scope, &url.to_string(), name, words));
        }
        if self.attempts >= ATTEMPTS && self.begin.elapsed() > TIME {
            return Err(errors::export_overtaken(self.attempts));
        }
        std::thread::sleep(pause(self.attempts));
        Ok(())
    }

    /// Waits after a push was broken off, where that may pass by itself; else, and in the end, the error stands. So it is
    /// with tags of somebody who was faster: where tags are pushed first, the catalog that lists them is still to come.
    pub fn forgive(&mut self, error: anyhow::Error) -> Result<()> {
        if self.attempts > 0 && error.is::<errors::MayBeAtWork>() {
            if self.unlisted_since.get_or_insert_with(Instant::now).elapsed() > STANDSTILL {
                return Err(error);
            }
            std::thread::sleep(pause(self.attempts + 3));
            return Ok(());
        }
        self.forgive_if(error, RemoteFailure::is_passing)
    }

    /// The same before anything was pushed: of a host that does not answer at all a person hears at once. One that breaks
    /// off before its first word was disturbed, by another one's push say.
    pub fn forgive_asking(&mut self, error: anyhow::Error) -> Result<()> {
        self.forgive_if(error, |failure| failure == RemoteFailure::BrokeOff)
    }

    fn forgive_if(&mut self, error: anyhow::Error, may_pass: impl Fn(RemoteFailure) -> bool) -> Result<()> {
        if self.failures == 0 || !RemoteFailure::of(&error).is_some_and(may_pass) {
            return Err(error);
        }
        self.failures -= 1;
        std::thread::sleep(pause(2 * (FAILURES - self.failures)));
        Ok(())
    }
}

/// Locks go by themselves, unless the git that held them was killed.
fn refuse_locks(obstacle: &Obstacle, stands_still: bool) -> Result<()> {
    if !speaks_of_lock(&obstacle.words) {
        return Ok(());
    }
    match obstacle.url.local_path() {
        Some(folder) => match lock_files(folder, LOCK_AGE).as_slice() {
            [] => Ok(()),
            locks => Err(errors::scope_locked(&obstacle.scope, folder, locks, AGAIN)),
        },
        None if stands_still => {
            Err(errors::host_locked(&obstacle.scope, &obstacle.url.to_string(), &obstacle.words, AGAIN))
        }
        None => Ok(()),
    }
}

/// Longer each time and different in each process, so that not all come back at once.
fn pause(attempt: u32) -> Duration {
    jittered(Duration::from_millis(20u64 << attempt.min(6)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn obstacle() -> Obstacle {
        let (scope, url) = ("my-org.ui".parse().unwrap(), RemoteUrl::of_folder(Path::new("/srv/ui")));
        Obstacle { scope, url, name: "refs/heads/main".into(), words: String::new() }
    }

    /// One that has tried so often, since so long, and finds that the catalog has moved again.
    fn tries(attempts: u32, since: Duration) -> Result<()> {
        let begin = Instant::now().checked_sub(since).expect("this machine has run for longer");
        let mut patience = Patience { begin, attempts, ..Patience::new() };
        patience.wait(&[CommitId::from_bytes([1; 20])], &obstacle())
    }

    #[test]
    fn whoever_is_always_overtaken_gives_up_after_many_attempts_and_a_long_time() {
        let error = tries(ATTEMPTS - 1, TIME).unwrap_err();
        let errors::Failure { kind, message, hint, exit } = errors::report(&error);
        let words = "somebody else exported first, 12 times in a row; nothing was exported";
        assert_eq!((kind, message.as_str(), hint.as_str()), ("overtaken", words, "run the same command again"));
        assert_eq!(exit, 1);
        // Either alone is no reason.
        tries(0, TIME * 2).unwrap();
        tries(ATTEMPTS - 1, Duration::ZERO).unwrap();
        tries(ATTEMPTS - 2, TIME * 2).unwrap();
    }

    #[test]
    fn a_tag_of_somebody_who_was_faster_is_waited_for() {
        let stray = || {
            let conflict = errors::Conflict::StrayTag {
                id: "my-org.ui/theme@1.0.0".parse().unwrap(),
                commit: CommitId::from_bytes([1; 20]),
                made: None,
                origin: errors::TagOrigin::Export,
            };
            errors::export_conflicts(&[conflict])
        };
        // Nobody was faster: it stands there since some other day.
        assert!(Patience::new().forgive(stray()).is_err());
        let mut patience = Patience { attempts: 1, ..Patience::new() };
        patience.forgive(stray()).unwrap();
        patience.unlisted_since = Instant::now().checked_sub(STANDSTILL * 2);
        assert!(patience.forgive(stray()).is_err(), "nobody takes so long");
    }
}
