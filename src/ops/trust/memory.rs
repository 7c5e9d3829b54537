//! The signatures that were found good, so that a thousand of them are not looked at again at every import. A file that
//! is absent, damaged or of another shape is no memory; it can be deleted at any time.

use super::{Signers, TagOf};
use crate::disk;
use crate::model::{Fingerprint, fingerprint};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Goes up with every change of what is checked or how it is written down.
const SHAPE: u32 = 3;

/// What is remembered.
pub struct Memory {
    file: Option<PathBuf>,
    signers: Fingerprint,
    /// The name of whoever signed, by what stands for a tag and a list of signers.
    good: BTreeMap<Fingerprint, String>,
}

impl Memory {
    /// Reads it, in a folder of ours.
    pub fn open(folder: Option<&Path>, signers: &Signers) -> Self {
        let file = folder.map(|folder| folder.join("signatures"));
        let good = file.as_deref().and_then(read).unwrap_or_default();
        Self { file, signers: signers.fingerprint, good }
    }

    /// Who signed a tag.
    pub fn signer_of(&self, tag: &TagOf) -> Option<String> {
        self.good.get(&self.key(tag)).cloned()
    }

    /// Somebody signed it.
    pub fn note(&mut self, tag: &TagOf, name: &str) {
        self.good.insert(self.key(tag), name.to_owned());
    }

    /// Writes it down. That this fails is no failure: it is found out again.
    pub fn keep(&self) {
        let Some(file) = &self.file else { return };
        if let Ok(mut bytes) = postcard::to_stdvec(&(SHAPE, &self.good)) {
            bytes.extend_from_slice(&crc32fast::hash(&bytes).to_le_bytes());
            let _ = disk::replace_derived(file, &bytes);
        }
    }

    /// A tag is for one version and on one commit, which its id covers; the id of the version is not asked of it again.
    fn key(&self, tag: &TagOf) -> Fingerprint {
        fingerprint(
            &[tag.target.as_bytes(), &self.signers[..], tag.id.to_string().as_bytes(), tag.commit.as_bytes()].concat(),
        )
    }
}

fn read(file: &Path) -> Option<BTreeMap<Fingerprint, String>> {
    let bytes = std::fs::read(file).ok()?;
    let (content, checksum) = bytes.split_last_chunk::<4>()?;
    if crc32fast::hash(content).to_le_bytes() != *checksum {
        return None;
    }
    let (shape, good) = postcard::from_bytes::<(u32, BTreeMap<Fingerprint, String>)>(content).ok()?;
    (shape == SHAPE).then_some(good)
}
