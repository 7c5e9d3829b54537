//! What only this user of this machine has: by it results that were written here are told from those that came along.

use crate::disk;
use crate::model::{Fingerprint, fingerprint};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const LENGTH: usize = 32;
/// How many bytes the hash takes at once.
const BLOCK: usize = 64;

/// Seals what is written, so that only who has it can write what is believed.
#[derive(Clone)]
pub struct Secret([u8; LENGTH]);

impl Secret {
    /// That of this user, made where there is none: `$XDG_STATE_HOME/bit/builds.key`, where that is unset or relative
    /// `~/.local/state/bit/builds.key`. None where it can't be kept, or would be part of the workspace: whoever sends
    /// that could send it along.
    pub fn of_user(workspace: &Path) -> Option<Self> {
        let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
        let folder = state.join("bit");
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).ok()?;
        let is_apart = !folder.canonicalize().ok()?.starts_with(workspace.canonicalize().ok()?);
        is_apart.then(|| Self::kept_in(&folder.join("builds.key")).ok())?
    }

    fn kept_in(file: &Path) -> io::Result<Self> {
        match Self::read(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            known => return known,
        }
        let mut bytes = [0; LENGTH];
        File::open("/dev/urandom")?.read_exact(&mut bytes)?;
        let mut temporary = disk::temporary_file(file.parent().unwrap_or(Path::new("/")))?;
        io::Write::write_all(&mut temporary, &bytes)?;
        match temporary.persist_noclobber(file) {
            Ok(_) => Ok(Self(bytes)),
            // Another command was faster.
            Err(_) => Self::read(file),
        }
    }

    /// What others can read or write is no secret.
    fn read(file: &Path) -> io::Result<Self> {
        let no_follow = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();
        let mut opened = OpenOptions::new().read(true).custom_flags(no_follow).open(file)?;
        let found = opened.metadata()?;
        if found.uid() != rustix::process::geteuid().as_raw() || found.mode() & 0o077 != 0 {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let mut bytes = [0; LENGTH];
        opened.read_exact(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The seal of some bytes (HMAC).
    pub fn seal(&self, bytes: &[u8]) -> Fingerprint {
        hmac(&self.0, bytes)
    }
}

fn hmac(key: &[u8], bytes: &[u8]) -> Fingerprint {
    let padded = |with: u8| {
        let mut block = [with; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = fingerprint(&[&padded(0x36)[..], bytes].concat());
    fingerprint(&[&padded(0x5c)[..], &inner].concat())
}

#[cfg(test)]
impl Secret {
    /// One for a test.
    pub fn of_test(byte: u8) -> Self {
        Self([byte; LENGTH])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn seals_are_those_of_the_standard() {
        let shown = |seal: Fingerprint| seal.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        // RFC 2202, the first two cases.
        assert_eq!(shown(hmac(&[0x0b; 20], b"Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
        assert_eq!(shown(hmac(b"Jefe", b"what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
    }

    #[test]
    fn it_is_made_once_and_nobody_else_can_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        let made = Secret::kept_in(&file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        assert_eq!(Secret::kept_in(&file).unwrap().0, made.0);
        assert_ne!(made.0, [0; LENGTH]);
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Secret::kept_in(&file).is_err());
        fs::remove_file(&file).unwrap();
        assert_ne!(Secret::kept_in(&file).unwrap().0, made.0);
    }
}
