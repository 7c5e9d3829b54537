//! Many versions, side by side.

use super::{Examiner, Facts, Finding};
use crate::git::Repo;
use crate::model::{CommitId, VersionId};
use crate::ops::Progress;
use anyhow::Result;
use rayon::prelude::*;
use std::collections::HashMap;

/// The versions that were found right before, by their content.
pub type KnownFacts = HashMap<CommitId, Facts>;

/// What was found out about versions.
#[derive(Debug, Default)]
pub struct Examined {
    /// Of those that could be read.
    pub facts: Vec<Facts>,
    /// Those with which nothing is wrong.
    pub sound: Vec<CommitId>,
    /// What is wrong with the others.
    pub findings: Vec<Finding>,
    /// How many were read.
    pub read: usize,
    /// How many there were.
    pub looked_at: usize,
}

/// Looks at versions; those that were found right before are believed.
pub fn examine_versions(
    open: &(dyn Fn() -> Result<Repo> + Sync),
    versions: Vec<(VersionId, CommitId)>,
    known: &KnownFacts,
    progress: &dyn Progress,
) -> Result<Examined> {
    let mut done = Examined { looked_at: versions.len(), ..Examined::default() };
    let mut unread = Vec::new();
    for (id, commit) in versions {
        match known.get(&commit).filter(|facts| facts.id == id) {
            Some(facts) => {
                done.sound.push(commit);
                done.facts.push(facts.clone());
            }
            None => unread.push((id, commit)),
        }
    }
    progress.stage("looking at versions", unread.len());
    done.read = unread.len();
    // Those of one component share most of what they hold: neighbours go to one worker.
    unread.sort();
    let share = unread.len().div_ceil(4 * rayon::current_num_threads()).max(16);
    let look = |part: &[(VersionId, CommitId)]| {
        let mut examiner = Examiner::new(open()?);
        let mut done = Examined::default();
        for (id, commit) in part {
            let before = done.findings.len();
            done.facts.extend(examiner.examine(id, *commit, &mut done.findings));
            if done.findings.len() == before {
                done.sound.push(*commit);
            }
        }
        progress.advance(part.len());
        Ok(done)
    };
    for part in unread.par_chunks(share).map(look).collect::<Result<Vec<Examined>>>()? {
        done.facts.extend(part.facts);
        done.sound.extend(part.sound);
        done.findings.extend(part.findings);
    }
    Ok(done)
}
