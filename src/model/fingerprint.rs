//! Telling two contents apart by twenty bytes each.

use sha1::{Digest, Sha1};

/// What stands for some bytes in a comparison with bytes of our own making. (What git names, git hashes.)
pub type Fingerprint = [u8; 20];

/// The fingerprint of some bytes.
pub fn fingerprint(bytes: &[u8]) -> Fingerprint {
    Sha1::digest(bytes).into()
}
