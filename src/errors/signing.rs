//! Signing versions, and refusing those that the right people have not signed.

use super::{failure, few_ids, indented, report};
use crate::model::{ScopeName, VersionId, few};
use std::path::Path;

/// The signing program failed.
pub fn signing_failed(words: &str) -> anyhow::Error {
    let hint = match () {
        () if words.contains("needs to be configured") || words.contains("user.signingkey") => {
            "say which key is yours: git config --global gpg.format ssh, git config --global user.signingkey ~/.ssh/id_ed25519.pub"
        }
        () if words.contains("Inappropriate ioctl") => "let gpg ask for the passphrase: export GPG_TTY=$(tty)",
        () if words.contains("passphrase") || words.contains("agent") => {
            "put the key into an agent first (ssh-add), or run the same command at a terminal"
        }
        () => "see \"git config gpg.format\" and \"git config user.signingkey\": \"git tag -s\" has to work with them",
    };
    let words = if words.is_empty() { "the signing program failed, and does not say why" } else { words };
    failure("signing-failed", format!("nothing was signed, and nothing was changed: {words}"), hint)
}

/// What gets another id is written anew, and its signature does not fit then.
pub fn signed_versions_stay(ids: &[VersionId]) -> anyhow::Error {
    let lines: Vec<String> = ids.iter().map(|id| format!("  {id}")).collect();
    failure(
        "signed-version",
        format!(
            "signed versions would be rewritten, and lose their signatures; nothing was changed:\n{}",
            lines.join("\n")
        ),
        "take them back (bit reset), do this first, and then tag again with --sign",
    )
}

/// A component that is not meant for any scope yet.
pub fn signing_needs_scope(id: &crate::model::ComponentId) -> anyhow::Error {
    failure(
        "signing-needs-scope",
        format!("{id} has no scope yet: its versions are rewritten when it gets one, and no signature outlives that"),
        format!("choose the scope first: bit scope set <scope> {}", id.name),
    )
}

/// Versions that are not signed as workspace.jsonc asks.
pub fn untrusted_versions(refused: &[(VersionId, String)]) -> anyhow::Error {
    const SHOWN: usize = 20;
    let lines = few(refused.iter().map(|(id, why)| format!("{id}: {why}")), SHOWN);
    failure(
        "untrusted-version",
        format!(
            "versions are not signed by those whom \"bit.trust/signers\" allows; nothing was changed:\n{}",
            indented(&lines)
        ),
        format!(
            "ask who made them; a version from before you signed is replaced by a signed one (where it is made: bit tag {} --unmodified --sign, bit export), or take the scope out of \"bit.trust/signers\" in workspace.jsonc until then",
            few_ids(refused.iter().map(|(id, _)| &id.id))
        ),
    )
}

/// A signature that nobody would take.
pub fn signature_of_no_use(why: &str) -> anyhow::Error {
    failure(
        "signing-failed",
        format!("nothing was signed, and nothing was changed: what the signing program wrote would be refused: {why}"),
        "sign by ssh (git config gpg.format ssh), or by gpg from 2.1.16 on with a key of version 4 and a digest of SHA-2",
    )
}

/// The command that takes a version out of its scope, whoever needs it (who asks for signatures can't use that either),
/// and also where the workspace has another one of its number.
pub fn take_version_out(id: &VersionId) -> String {
    format!("\"bit delete {} --range {} --force --remote\"", id.id, id.version)
}

/// An export that everybody's import would refuse.
pub fn export_untrusted(refused: &[(VersionId, String)]) -> anyhow::Error {
    nobody_could_import(
        refused,
        "take them back (bit reset) and tag again with --sign, and so what they need (\"bit tag --unmodified\" takes what has not changed); or let your key be added to the file of signers"
            .to_owned(),
    )
}

/// The same of copies: other commits, which nobody can sign.
pub fn copies_untrusted(scope: &ScopeName, refused: &[(VersionId, String)]) -> anyhow::Error {
    nobody_could_import(
        refused,
        format!(
            "copies are other commits, and are not signed: export them to a scope that is not asked for signatures, or take {scope} out in workspace.jsonc (\"<pattern>, !{scope}\")"
        ),
    )
}

fn nobody_could_import(refused: &[(VersionId, String)], way_out: String) -> anyhow::Error {
    let lines: Vec<String> = refused.iter().map(|(id, why)| format!("  {id}: {why}")).collect();
    failure(
        "untrusted-version",
        format!(
            "nobody could import these versions, by \"bit.trust/signers\" of workspace.jsonc; nothing was published:\n{}",
            lines.join("\n")
        ),
        way_out,
    )
}

/// The file of signers can't be read.
pub fn signers_unreadable(file: &Path, why: &str) -> anyhow::Error {
    failure(
        "signers-unreadable",
        format!("the signers in {} can't be read: {why}", file.display()),
        "a line for each: \"ada@example.com ssh-ed25519 AAAA…\", as for git's gpg.ssh.allowedSignersFile, or \"ada@example.com openpgp <fingerprint>\"",
    )
}

const NO_JUDGE: &str = "no-judge";

/// Whether only the program that judges signatures is missing.
pub fn lacks_judge(error: &anyhow::Error) -> bool {
    report(error).kind == NO_JUDGE
}

/// The program that judges signatures is not on this machine.
pub fn no_judge_of_signatures(program: &str) -> anyhow::Error {
    failure(
        NO_JUDGE,
        format!("{program} can't be run here: nobody can tell who signed"),
        "install it (ssh-keygen comes with OpenSSH, gpg with GnuPG) and have it in PATH, or say where it is: git config --global gpg.ssh.program, or gpg.program",
    )
}
