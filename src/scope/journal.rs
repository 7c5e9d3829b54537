//! The journal: what a command is about to change, written down before it changes anything.
//!
//! Only one rename can be atomic, and a tag changes two things, the refs and `.bitmap`. So the plan is written
//! first. Whoever finds a plan compares it with the refs: if they have changed, the command got past its commit
//! point and the rest is done for it; if not, it never happened.

use crate::disk;
use crate::git::{Oid, RefEdit};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What a command is about to change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan<B = serde_json::Value> {
    /// Which command, for messages.
    pub command: String,
    refs: Vec<PlannedRef>,
    /// What changes in `.bitmap`: known to the layer that knows `.bitmap`.
    pub bitmap: B,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct PlannedRef {
    name: String,
    old: Option<String>,
    new: Option<String>,
}

impl<B> Plan<B> {
    /// Writes down these changes.
    pub fn new(command: &str, refs: &[RefEdit], bitmap: B) -> Self {
        let text = |oid: &Option<Oid>| oid.map(|oid| oid.to_string());
        let planned =
            |edit: &RefEdit| PlannedRef { name: edit.name.clone(), old: text(&edit.old), new: text(&edit.new) };
        Self { command: command.into(), refs: refs.iter().map(planned).collect(), bitmap }
    }

    /// The changes of refs.
    pub fn refs(&self) -> Result<Vec<RefEdit>> {
        let oid = |text: &Option<String>| text.as_deref().map(Oid::from_str).transpose();
        let edit = |planned: &PlannedRef| {
            Ok(RefEdit { name: planned.name.clone(), old: oid(&planned.old)?, new: oid(&planned.new)? })
        };
        self.refs.iter().map(edit).collect()
    }
}

/// The file that holds the plan of the command at work.
pub struct Journal {
    path: PathBuf,
}

impl Journal {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Whether a command is at work, or was killed.
    pub fn is_pending(&self) -> bool {
        self.path.exists()
    }

    /// Writes the plan down, durably. From here on a kill is repaired by the next command.
    pub fn begin<B: Serialize>(&self, plan: &Plan<B>) -> Result<()> {
        let text = serde_json::to_vec(plan).context("could not write the journal")?;
        let folder = self.path.parent().unwrap_or(&self.path);
        disk::write_atomically(&self.path, &text, folder)
    }

    /// The plan that a killed command left. It was renamed into its place whole, so an unreadable one is damage.
    pub fn pending(&self) -> Result<Option<Plan>> {
        let Some(bytes) = disk::read_optional(&self.path)? else { return Ok(None) };
        let plan =
            serde_json::from_slice(&bytes).map_err(|error| crate::errors::damaged_journal(&self.path, &error))?;
        Ok(Some(plan))
    }

    /// The plan is carried out, or given up.
    pub fn end(&self) -> Result<()> {
        disk::remove_if_there(&self.path)
    }
}
