//! Signing: the git program makes tags and commits and lets ssh-keygen or gpg sign them, as the person has set it up.
//!
//! It does so in a repository that is thrown away and holds no more than what is signed: what fails half-way leaves
//! nothing, and the signed objects are taken along with all else that a command writes.

use super::armour::{armour_fault, with_plain_armour};
use super::command::Git;
use super::identity::Identities;
use super::masking::masked;
use super::object::Kind;
use super::pack::{PackWriter, RawObject};
use super::repo::Repo;
use super::{Oid, refs::RefName};
use crate::disk;
use crate::errors;
use crate::model::VersionId;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What the configuration around a folder says of signatures.
#[derive(Debug, Clone)]
pub struct SignatureSettings {
    folder: PathBuf,
    settings: Vec<(String, String)>,
}

const SETTINGS: &str = "^(gpg\\.|user\\.signingkey$)";

impl SignatureSettings {
    /// Asks git there, so that the team's own repository and conditional includes count.
    pub fn of(folder: &Path) -> Result<Self> {
        let output = Git::new(["config", "--null", "--get-regexp", SETTINGS]).current_dir(folder).output()?;
        // Without a match it fails and says nothing; what else is wrong, the call that signs will say.
        let settings = output.stdout.split('\0').filter_map(|entry| entry.split_once('\n'));
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        Ok(Self { folder: folder.to_owned(), settings })
    }

    /// Whether somebody said with which key to sign.
    pub fn name_a_key(&self) -> bool {
        let names = |key: &str| ["user.signingkey", "gpg.ssh.defaultkeycommand"].contains(&key.to_lowercase().as_str());
        self.settings.iter().any(|(key, value)| names(key) && !value.is_empty())
    }

    /// A file's path among them.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.settings.iter().rev().find(|(found, _)| found.eq_ignore_ascii_case(key)).map(|(_, value)| value.as_str())
    }
}

/// A repository that is thrown away and holds some objects and nothing else: no settings that a stranger made, which git
/// would obey, and no refs by which it would take one object for another.
pub(super) struct Apart {
    folder: TempDir,
    settings: SignatureSettings,
}

impl Apart {
    /// With these objects. The folder is one for temporary files.
    pub fn new(settings: SignatureSettings, objects: Vec<RawObject>, temporary_folder: &Path) -> Result<Self> {
        let cannot = || format!("could not write into {}", temporary_folder.display());
        let folder = disk::temporary_folder(temporary_folder).with_context(cannot)?;
        let repo = Repo::init_bare(folder.path(), folder.path())?;
        let mut pack = PackWriter::new(&repo)?;
        pack.add(objects)?;
        pack.finish()?;
        Ok(Self { folder, settings })
    }

    /// A call of git there, by the person's settings.
    pub fn git(&self, git: Git) -> Git {
        let git = git.in_repository(self.folder.path()).current_dir(&self.settings.folder);
        self.settings.settings.iter().fold(git, |git, (key, value)| git.hidden_config(key, value))
    }

    fn open(&self) -> Result<Repo> {
        Repo::open(self.folder.path())
    }
}

/// Signs objects of one scope.
pub struct Signer {
    apart: Apart,
    /// Name, address, moment.
    committer: [String; 3],
    author: [String; 3],
}

impl Signer {
    /// Of these objects: what is signed, or what that names. The folder is one for temporary files.
    pub fn new(
        settings: SignatureSettings,
        identities: &Identities,
        objects: Vec<RawObject>,
        temporary_folder: &Path,
    ) -> Result<Self> {
        let apart = Apart::new(settings, objects, temporary_folder)?;
        let [committer, author] = [&identities.committer, &identities.author].map(|identity| parts(&identity.line));
        Ok(Self { apart, committer, author })
    }

    /// A signed tag on a version's commit, named as in the version's scope.
    pub fn tag(&self, id: &VersionId, target: Oid, message: &str) -> Result<RawObject> {
        let name = RefName::short_in_scope(id);
        let arguments = ["tag", "--sign", "--cleanup=verbatim", "--file=-", "--", &name, &target.to_string()];
        self.run(Git::new(arguments).stdin(message))?;
        let repo = self.apart.open()?;
        let made = repo.reference(&RefName::in_scope(id))?.context("git made no tag")?;
        let plain = with_plain_armour(&repo.raw(made, Kind::Tag)?.bytes);
        match armour_fault(&plain) {
            None => Ok(RawObject::new(Kind::Tag, plain)),
            // Nobody would take it.
            Some(why) => Err(errors::signature_of_no_use(&why)),
        }
    }

    /// A signed commit.
    pub fn commit(&self, tree: Oid, parent: Option<Oid>, message: &str) -> Result<RawObject> {
        let parents = parent.into_iter().flat_map(|parent| ["-p".to_owned(), parent.to_string()]);
        let git = Git::new(["commit-tree", "--gpg-sign"]).args(parents).args(["-F", "-"]).args([tree.to_string()]);
        let made = self.run(git.config("i18n.commitEncoding", "UTF-8").stdin(message))?;
        let made = Oid::from_str(made.trim()).context("git made no commit")?;
        self.apart.open()?.raw(made, Kind::Commit)
    }

    fn run(&self, git: Git) -> Result<String> {
        let mut git = self.apart.git(git).with_person_if_any();
        for (role, values) in [("COMMITTER", &self.committer), ("AUTHOR", &self.author)] {
            for (what, value) in ["NAME", "EMAIL", "DATE"].iter().zip(values) {
                git = git.env(&format!("GIT_{role}_{what}"), value);
            }
        }
        let output = git.output()?;
        match output.success {
            true => Ok(output.stdout),
            false => Err(errors::signing_failed(&signers_words(&output.stderr))),
        }
    }
}

/// Name, address and moment of `Name <email> seconds offset`.
fn parts(line: &str) -> [String; 3] {
    let (person, moment) = line.rsplit_once("> ").unwrap_or((line, ""));
    let (name, email) = person.split_once(" <").unwrap_or((person, ""));
    [name.to_owned(), email.to_owned(), format!("@{moment}")]
}

/// What the signing program said, without git's words around it.
fn signers_words(stderr: &str) -> String {
    const GITS: [&str; 5] = [
        "error: unable to sign",
        "The tag message has been left",
        "error: gpg failed to sign the data:",
        "fatal: failed to write commit object",
        "[GNUPG:]",
    ];
    let is_theirs = |line: &&str| !line.trim().is_empty() && !GITS.iter().any(|words| line.starts_with(words));
    let lines: Vec<&str> = stderr.lines().filter(is_theirs).map(strip_label).filter(|line| !line.is_empty()).collect();
    masked(&lines.join("; "))
}

fn strip_label(line: &str) -> &str {
    let line = line.trim();
    ["error:", "fatal:"].iter().find_map(|label| line.strip_prefix(label)).unwrap_or(line).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_taken_apart() {
        assert_eq!(parts("Ada L. <ada@x> 981173106 +0000"), ["Ada L.", "ada@x", "@981173106 +0000"]);
    }

    #[test]
    fn of_a_failure_only_the_signers_words_are_told() {
        let gpg = "error: gpg failed to sign the data:\ngpg: skipped \"zzz\": No secret key\n[GNUPG:] INV_SGNR 9 zzz\n\
                   gpg: signing failed: No secret key\n\nerror: unable to sign the tag\nThe tag message has been left in r/TAG_EDITMSG\n";
        assert_eq!(signers_words(gpg), "gpg: skipped \"zzz\": No secret key; gpg: signing failed: No secret key");
        let ssh =
            "error: Couldn't load public key /nope: No such file or directory?\n\nerror: unable to sign the tag\n";
        assert_eq!(signers_words(ssh), "Couldn't load public key /nope: No such file or directory?");
        assert_eq!(signers_words("error: \n\nerror: unable to sign the tag\n"), "", "one that says nothing");
    }
}
