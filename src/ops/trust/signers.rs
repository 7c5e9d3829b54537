//! A file of allowed signers, and what it makes of a signature.

use super::{Trusted, ssh_line};
use crate::disk;
use crate::errors;
use crate::git::{Lapse, Oid, RawObject, Signature, SignatureJudge, SignatureSettings};
use crate::model::{Fingerprint, fingerprint};
use anyhow::{Context, Result};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Who may sign: keys of ssh as ssh-keygen reads them, and keys of OpenPGP by their fingerprints.
#[derive(Debug, Clone)]
pub struct Signers {
    /// The file.
    pub file: PathBuf,
    /// What stands for all that decides whether a signature is good.
    pub fingerprint: Fingerprint,
    settings: SignatureSettings,
    ssh: String,
    openpgp: Vec<(String, String)>,
}

/// What stands where ssh-keygen expects the kind of a key.
const OPENPGP: &str = "openpgp";

/// Whether something stands between the name and the word for OpenPGP. Behind a key of ssh it is a comment.
fn has_options_for_openpgp(line: &str) -> bool {
    line.split_whitespace().skip(1).take_while(|word| !ssh_line::is_kind(word)).any(|word| word == OPENPGP)
}

impl Signers {
    /// Reads the file.
    pub fn read(file: &Path, settings: SignatureSettings) -> Result<Self> {
        let unreadable = |why: &str| errors::signers_unreadable(file, why);
        let text = std::fs::read_to_string(file).map_err(|error| unreadable(&error.to_string()))?;
        let (mut ssh, mut openpgp) = (String::new(), Vec::new());
        for (at, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (Some(name), Some(OPENPGP)) if !name.starts_with('#') => {
                    let digits = words.collect::<String>().to_ascii_uppercase();
                    if digits.len() < 40 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                        return Err(unreadable(&format!("line {} has no whole fingerprint", at + 1)));
                    }
                    openpgp.push((digits, name.to_owned()));
                }
                (Some(name), Some(_)) if !name.starts_with('#') && has_options_for_openpgp(line) => {
                    return Err(unreadable(&format!(
                        "line {} has options, which do not count for a key of OpenPGP: leave them out",
                        at + 1
                    )));
                }
                // Its messages count lines: that they stay where they are costs nothing.
                (Some(name), _) if !name.starts_with('#') => match ssh_line::fault(line) {
                    Some(fault) => return Err(unreadable(&format!("line {} {fault}", at + 1))),
                    None => ssh.push_str(line),
                },
                _ => {}
            }
            ssh.push('\n');
        }
        let revoked = settings.revocations().and_then(|file| std::fs::read(file).ok()).unwrap_or_default();
        let fingerprint = fingerprint(&[text.as_bytes(), b"\0", &revoked].concat());
        Ok(Self { file: file.to_owned(), fingerprint, settings, ssh, openpgp })
    }

    /// Nobody in particular: those whom the person's own configuration names, if it does.
    pub(super) fn anybody(settings: SignatureSettings) -> Self {
        let (file, ssh, openpgp) = (PathBuf::new(), String::new(), Vec::new());
        Self { file, fingerprint: [0; 20], settings, ssh, openpgp }
    }

    /// Makes ready to judge the signatures of these. The folder is one for temporary files.
    pub(super) fn desk(&self, scratch: Option<&Path>, objects: Vec<RawObject>) -> Result<Desk<'_>> {
        let temporary = std::env::temp_dir();
        let mut list =
            disk::temporary_file(scratch.unwrap_or(&temporary)).context("could not make a temporary file")?;
        list.write_all(self.ssh.as_bytes()).context("could not write a temporary file")?;
        let judge = SignatureJudge::new(self.settings.clone(), objects, scratch.unwrap_or(&temporary))?;
        Ok(Desk { signers: self, judge, list })
    }

    /// Who is named with a key of which only the end is known; nobody has looked whether it is theirs.
    fn named_with(&self, key: &str) -> Option<&str> {
        let key = key.to_ascii_uppercase();
        self.openpgp.iter().find(|(fingerprint, _)| fingerprint.ends_with(&key)).map(|(_, name)| name.as_str())
    }

    fn owner_of(&self, fingerprints: &[String]) -> Option<&str> {
        let is_theirs = |(key, _): &&(String, String)| fingerprints.iter().any(|found| found.eq_ignore_ascii_case(key));
        self.openpgp.iter().find(is_theirs).map(|(_, name)| name.as_str())
    }
}

/// What to do where the keyring lacks a key. Whose it is the file may say.
fn no_key(key: &str, owner: Option<&str>) -> String {
    let whose = owner.map(|owner| format!(", said to be that of {owner},")).unwrap_or_default();
    format!(
        "gpg's keyring does not have the OpenPGP key {key}{whose}: \"gpg --export --armor {key} > key.asc\" is for its owner, \"gpg --import key.asc\" then for here"
    )
}

fn lapsed(fingerprints: &[String], lapse: Lapse) -> String {
    let how = match lapse {
        Lapse::Expired => "has expired",
        Lapse::Revoked => "was revoked",
    };
    format!("the OpenPGP key {} {how}", fingerprints.last().map_or("", String::as_str))
}

/// Where signatures are judged.
pub struct Desk<'s> {
    signers: &'s Signers,
    judge: SignatureJudge,
    /// The list as it was read: the file may be another one by now.
    list: NamedTempFile,
}

impl Desk<'_> {
    /// Whose signature it is, in words.
    pub fn describe(&self, target: Oid) -> Result<Option<String>> {
        let settings = &self.signers.settings;
        // Without any list ssh-keygen would not even name the key.
        let is_own = self.signers.ssh.is_empty() && settings.have_allowed_signers();
        let allowed = if is_own { None } else { Some(self.list.path()) };
        Ok(match self.judge.judge(target, allowed)? {
            Signature::None => None,
            Signature::Named { name, key } => Some(format!("{name} ({key})")),
            Signature::OpenPgp { fingerprints, user } => {
                let name = self.signers.owner_of(&fingerprints).map_or(user, str::to_owned);
                Some(format!("{name} (OpenPGP key {})", fingerprints.last().map_or("", String::as_str)))
            }
            Signature::Lapsed { fingerprints, user, lapse } => {
                let name = self.signers.owner_of(&fingerprints).map_or(user, str::to_owned);
                Some(format!("{name} ({})", lapsed(&fingerprints, lapse)))
            }
            Signature::Unknown { key, .. } => Some(format!("an unknown signer ({key})")),
            Signature::NoKey(key) => Some(format!("an unknown signer ({})", no_key(&key, None))),
            Signature::Bad(why) => Some(format!("nobody: its signature is not good ({why})")),
            Signature::Unjudged(program) => Some(format!("nobody can tell here: {program} can't be run")),
        })
    }

    /// Whether a tag or a commit is signed by one of them.
    pub fn judge(&self, target: Oid) -> Result<Trusted> {
        let signature = self.judge.judge(target, Some(self.list.path()))?;
        let file = self.signers.file.display();
        let stranger = |who: &str, why: Option<String>| {
            let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
            Trusted::No(format!("it is signed by {who}, who is not among the signers in {file}{why}"))
        };
        Ok(match signature {
            Signature::None => Trusted::No("nobody signed it".to_owned()),
            Signature::Named { name, .. } => Trusted::By(name),
            Signature::OpenPgp { fingerprints, user } => match self.signers.owner_of(&fingerprints) {
                Some(name) => Trusted::By(name.to_owned()),
                None => stranger(&format!("{user} ({})", fingerprints.last().map_or("", String::as_str)), None),
            },
            Signature::Lapsed { fingerprints, user, lapse } => {
                let key = lapsed(&fingerprints, lapse);
                match (self.signers.owner_of(&fingerprints), lapse) {
                    (Some(name), Lapse::Expired) => Trusted::ForWantOfKey(format!(
                        "it is signed by {name}, but {key}: {name} may extend it, or sign with another one that you list"
                    )),
                    (Some(name), Lapse::Revoked) => Trusted::No(format!("it is signed by {name}, but {key}")),
                    (None, _) => stranger(&user, Some(key)),
                }
            }
            Signature::Unknown { key, why } => stranger(&format!("the {key}"), why),
            Signature::NoKey(key) => {
                let owner = self.signers.named_with(&key);
                Trusted::ForWantOfKey(format!("nobody can tell who signed it: {}", no_key(&key, owner)))
            }
            Signature::Bad(why) => Trusted::No(format!("its signature is not good: {why}")),
            Signature::Unjudged(program) => return Err(errors::no_judge_of_signatures(&program)),
        })
    }
}
