//! How package.json was laid out before commands of ours changed it: what they take back comes back byte for byte.
//!
//! An edit keeps what it does not touch, but a person's `{"name": "w"}` on one line is no more that once something was
//! added and taken out again. So each text is remembered beside the local scope while nobody else changes the file; a
//! change that leads back to what one of them says leads back to that text.

use crate::disk;
use crate::scope::LocalScope;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// How many steps back it goes.
const STEPS: usize = 32;

/// The texts, the newest last.
pub struct Layouts {
    texts: Vec<String>,
}

fn file(scope: &LocalScope) -> PathBuf {
    scope.state_folder().join("layouts")
}

impl Layouts {
    /// Reads them. Where package.json is not as the last command left it, what was before is past.
    pub fn read(root: &Path, scope: &LocalScope) -> Result<Self> {
        let now = text_of(root);
        let bytes = disk::read_optional(&file(scope))?.unwrap_or_default();
        let texts: Vec<String> = postcard::from_bytes(&bytes).unwrap_or_default();
        let texts = if texts.last() == now.as_ref() { texts } else { now.into_iter().collect() };
        Ok(Self { texts })
    }

    /// The texts, the newest last.
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Remembers how the file is now.
    pub fn remember(mut self, root: &Path, scope: &LocalScope) -> Result<()> {
        let Some(now) = text_of(root) else { return Ok(()) };
        match self.texts.iter().position(|text| *text == now) {
            Some(at) => self.texts.truncate(at + 1),
            None => self.texts.push(now),
        }
        let texts = &self.texts[self.texts.len().saturating_sub(STEPS)..];
        let bytes = postcard::to_allocvec(texts).context("could not write down how package.json is laid out")?;
        disk::write_if_changed(&file(scope), &bytes, &scope.state_folder()).map(drop)
    }
}

fn text_of(root: &Path) -> Option<String> {
    fs::read_to_string(root.join("package.json")).ok()
}
