//! Who signed a tag or a commit, by the word of ssh-keygen or gpg, which git asks.

use super::Oid;
use super::armour::armour_fault;
use super::command::Git;
use super::masking::masked;
use super::object::Kind;
use super::pack::RawObject;
use super::signing::{Apart, SignatureSettings};
use anyhow::Result;
use std::collections::HashMap;
use std::path::Path;

/// Whose signature something bears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signature {
    /// Nobody's.
    None,
    /// That of somebody who is named in the file of allowed signers.
    Named {
        /// As they are named there.
        name: String,
        /// Their key, in words.
        key: String,
    },
    /// A good one by a key of OpenPGP, which the person's keyring has.
    OpenPgp {
        /// The fingerprints of the key that signed and of the one that vouches for it.
        fingerprints: Vec<String>,
        /// Whose it is, as the key says.
        user: String,
    },
    /// One that was good, by a key of OpenPGP that is not good any more.
    Lapsed {
        /// The fingerprints of the key that signed and of the one that vouches for it.
        fingerprints: Vec<String>,
        /// Whose it is, as the key says.
        user: String,
        /// Why.
        lapse: Lapse,
    },
    /// A good one by a key that is not allowed, or of which nothing is known.
    Unknown {
        /// The key, in words.
        key: String,
        /// Why it is not allowed, where the program said more.
        why: Option<String>,
    },
    /// One by a key of OpenPGP that the person's keyring does not have: its id, or its fingerprint.
    NoKey(String),
    /// None that fits what it is on; the program's words.
    Bad(String),
    /// Nobody can tell: this program, which judges it, does not run here.
    Unjudged(String),
}

/// Why a key is not good any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lapse {
    /// Its time is over, or that of the signature.
    Expired,
    /// Its owner took it back.
    Revoked,
}

/// How a signature begins.
#[derive(Clone, PartialEq, Eq)]
enum Form {
    Ssh,
    OpenPgp,
    Other,
    /// No program writes it so.
    Faulty(String),
}

/// Judges the signatures of tags and commits, apart from wherever those are: a stranger's repository might say which
/// program judges.
pub struct SignatureJudge {
    apart: Apart,
    forms: HashMap<Oid, (Kind, Option<Form>)>,
    /// The file of keys that the person does not accept any more.
    revocations: Option<String>,
}

impl SignatureJudge {
    /// Of these objects. The folder is one for temporary files.
    pub fn new(settings: SignatureSettings, objects: Vec<RawObject>, temporary_folder: &Path) -> Result<Self> {
        let forms = objects.iter().map(|object| (object.oid, (object.kind, sound_form(object)))).collect();
        let revocations = settings.revocations().map(str::to_owned);
        Ok(Self { apart: Apart::new(settings, objects, temporary_folder)?, forms, revocations })
    }

    /// Judges that of one of them. `allowed` is a file as ssh-keygen reads it; without one that of the person's
    /// configuration counts.
    pub fn judge(&self, oid: Oid, allowed: Option<&Path>) -> Result<Signature> {
        let (kind, form) = match self.forms.get(&oid) {
            None | Some((_, None)) => return Ok(Signature::None),
            Some((_, Some(Form::Other))) => {
                return Ok(Signature::Bad("it is neither one of ssh nor one of OpenPGP".to_owned()));
            }
            Some((_, Some(Form::Faulty(why)))) => return Ok(Signature::Bad(why.clone())),
            Some((kind, Some(form))) => (*kind, form),
        };
        let command = if kind == Kind::Tag { "verify-tag" } else { "verify-commit" };
        let git = self.apart.git(Git::new([command, "--raw", &oid.to_string()]));
        let git = match allowed.and_then(Path::to_str) {
            Some(allowed) => git.hidden_config("gpg.ssh.allowedSignersFile", allowed),
            None => git,
        };
        let output = git.output()?;
        Ok(match form {
            _ if let Some(program) = missing_judge(&output.stderr) => Signature::Unjudged(program),
            Form::Ssh => self.with_revocations(by_ssh(&output.stderr, output.success)),
            _ => by_gpg(&output.stderr, output.success),
        })
    }

    /// ssh-keygen says no more of a revoked key than of a signature that does not fit.
    fn with_revocations(&self, signature: Signature) -> Signature {
        match (signature, &self.revocations) {
            (Signature::Bad(why), Some(file)) => {
                Signature::Bad(format!("{why} Or its key was revoked (gpg.ssh.revocationFile: {})", masked(file)))
            }
            (signature, _) => signature,
        }
    }
}

impl SignatureSettings {
    /// Whether the person has a file of allowed signers.
    pub fn have_allowed_signers(&self) -> bool {
        self.value("gpg.ssh.allowedSignersFile").is_some_and(|value| !value.is_empty())
    }

    /// The file of keys that the person does not accept any more.
    pub fn revocations(&self) -> Option<&str> {
        self.value("gpg.ssh.revocationFile")
    }
}

/// A version is its tag, of which every byte counts. A catalog's commit may be a host's work, which has its own way.
fn sound_form(object: &RawObject) -> Option<Form> {
    let form = form(object.kind, &object.bytes)?;
    match (object.kind, armour_fault(&object.bytes)) {
        (Kind::Tag, Some(why)) if form != Form::Other => Some(Form::Faulty(why)),
        _ => Some(form),
    }
}

/// What a signed object ends with, or has in its header. git takes the last signature of a tag.
fn form(kind: Kind, bytes: &[u8]) -> Option<Form> {
    let text = String::from_utf8_lossy(bytes);
    let begins = |line: &str| match line {
        "-----BEGIN SSH SIGNATURE-----" => Some(Form::Ssh),
        "-----BEGIN PGP SIGNATURE-----" | "-----BEGIN PGP MESSAGE-----" => Some(Form::OpenPgp),
        "-----BEGIN SIGNED MESSAGE-----" => Some(Form::Other),
        _ => None,
    };
    match kind {
        Kind::Tag => text.lines().rev().find_map(begins),
        _ => text.split("\n\n").next()?.lines().find_map(|line| begins(line.strip_prefix("gpgsig ")?)),
    }
}

fn by_ssh(said: &str, is_good: bool) -> Signature {
    const GOOD: &str = "Good \"git\" signature ";
    let good = said.lines().find_map(|line| line.strip_prefix(GOOD));
    let named = good.and_then(|words| words.strip_prefix("for ")?.rsplit_once(" with "));
    match (named, good.and_then(|words| words.strip_prefix("with "))) {
        (Some((name, key)), _) if is_good => Signature::Named { name: name.to_owned(), key: key.to_owned() },
        (_, Some(key)) => Signature::Unknown { key: key.to_owned(), why: ssh_reason(said) },
        _ => Signature::Bad(ssh_reason(said).unwrap_or_else(|| words_of_judge(said))),
    }
}

/// `<file>:<line>: key has expired: …`
fn ssh_reason(said: &str) -> Option<String> {
    let reason = said.lines().find_map(|line| line.split_once(": key ").map(|(_, rest)| format!("its key {rest}")));
    reason.or_else(|| said.lines().find(|line| line.contains("revoked")).map(masked))
}

fn by_gpg(said: &str, is_good: bool) -> Signature {
    let status = |word: &str| -> Vec<&str> {
        said.lines().filter_map(|line| line.strip_prefix("[GNUPG:] ")?.strip_prefix(word)?.strip_prefix(' ')).collect()
    };
    let user = |line: &str| line.split_once(' ').map_or(line, |(_, user)| user).to_owned();
    let fingerprints = |valid: &str| -> Vec<String> {
        let words: Vec<&str> = valid.split(' ').collect();
        words.first().into_iter().chain(words.last()).map(|word| (*word).to_owned()).collect()
    };
    if let ([good], [valid], true) = (&status("GOODSIG")[..], &status("VALIDSIG")[..], is_good) {
        return Signature::OpenPgp { fingerprints: fingerprints(valid), user: user(good) };
    }
    let lapsed = |words: &[&str], lapse: Lapse| {
        let said: Vec<&str> = words.iter().flat_map(|word| status(word)).collect();
        let ([said], [valid]) = (&said[..], &status("VALIDSIG")[..]) else { return None };
        Some(Signature::Lapsed { fingerprints: fingerprints(valid), user: user(said), lapse })
    };
    let untrusted = || {
        let key = format!("OpenPGP key {}", status("GOODSIG").first()?);
        Some(Signature::Unknown { key, why: Some("gpg does not trust it".to_owned()) })
    };
    let bad = status("BADSIG").first().map(|line| Signature::Bad(format!("{} did not sign this", user(line))));
    bad.or_else(|| status("NO_PUBKEY").first().map(|key| Signature::NoKey((*key).to_owned())))
        .or_else(|| lapsed(&["REVKEYSIG"], Lapse::Revoked))
        .or_else(|| lapsed(&["EXPKEYSIG", "EXPSIG"], Lapse::Expired))
        .or_else(untrusted)
        .unwrap_or_else(|| Signature::Bad(words_of_judge(said)))
}

/// The program that git could not run: `error: cannot run ssh-keygen: No such file or directory`, and by a path
/// `fatal: cannot exec '/usr/bin/ssh-keygen': No such file or directory`.
fn missing_judge(said: &str) -> Option<String> {
    let program = |line: &str| {
        let rest = line.strip_prefix("error: cannot run ").or_else(|| line.strip_prefix("fatal: cannot exec "))?;
        Some(rest.rsplit_once(": ")?.0.trim_matches('\'').to_owned())
    };
    said.lines().find_map(program)
}

fn words_of_judge(said: &str) -> String {
    let line = said.lines().rfind(|line| !line.trim().is_empty() && !line.starts_with("[GNUPG:]"));
    masked(line.unwrap_or("the program that judges signatures says nothing").trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ssh_keygen_says_is_read() {
        let key = "ED25519 key SHA256:abc";
        let good = format!("Good \"git\" signature for ada with x@y with {key}\n");
        let named = Signature::Named { name: "ada with x@y".into(), key: key.into() };
        assert_eq!(by_ssh(&good, true), named);
        // Whatever it says, git has the last word.
        assert_eq!(by_ssh(&good, false), Signature::Bad(good.trim().into()));
        let expired = format!(
            "/f:1: key has expired: verify time 2 > valid-before 1\nGood \"git\" signature with {key}\nNo principal matched.\n"
        );
        let Signature::Unknown { key: found, why } = by_ssh(&expired, false) else { panic!("{expired}") };
        assert_eq!(
            (found.as_str(), why.unwrap().as_str()),
            (key, "its key has expired: verify time 2 > valid-before 1")
        );
        assert!(matches!(by_ssh("Could not verify signature.\n", false), Signature::Bad(_)));
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let missing = "error: cannot run ssh-keygen: No such file or directory\n\n";
        assert_eq!(missing_judge(missing).as_deref(), Some("ssh-keygen"));
        let elsewhere = "fatal: cannot exec '/nowhere/gpg': No such file or directory\n";
        assert_eq!(missing_judge(elsewhere).as_deref(), Some("/nowhere/gpg"));
        assert_eq!(missing_judge("Could not verify signature.\n"), None);
    }

    #[test]
    fn what_gpg_says_is_read() {
        let good = "[GNUPG:] GOODSIG 65A8 Ada <a@x>\n[GNUPG:] VALIDSIG AA11 2026-11-20 1 0 4 0 22 8 00 BB22\n";
        let signed = Signature::OpenPgp { fingerprints: vec!["AA11".into(), "BB22".into()], user: "Ada <a@x>".into() };
        assert_eq!(by_gpg(good, true), signed);
        assert!(matches!(by_gpg(good, false), Signature::Unknown { .. }));
        // One beside it must not count for it.
        assert!(matches!(by_gpg(&good.repeat(2), true), Signature::Unknown { .. }));
        assert_eq!(by_gpg("[GNUPG:] ERRSIG 65\n[GNUPG:] NO_PUBKEY 65\n", false), Signature::NoKey("65".into()));
        assert_eq!(by_gpg("[GNUPG:] BADSIG 65 Ada\n", false), Signature::Bad("Ada did not sign this".into()));
    }

    #[test]
    fn the_last_signature_of_a_tag_counts() {
        let tag = "object x\n\n-----BEGIN SIGNED MESSAGE-----\n-----BEGIN SSH SIGNATURE-----\nabc\n";
        assert!(form(Kind::Tag, tag.as_bytes()) == Some(Form::Ssh));
        assert!(form(Kind::Tag, b"object x\n\nwords\n").is_none());
        assert!(form(Kind::Commit, b"tree x\n\ngpgsig -----BEGIN SSH SIGNATURE-----\n").is_none());
        assert!(form(Kind::Commit, b"tree x\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\nm\n") == Some(Form::OpenPgp));
    }
}
