use super::findings::{print, to_json};
use super::{count, current_folder};
use crate::cli::ui::{Ui, dim};
use crate::errors::{EXIT_FINDINGS, for_shell};
use crate::ops::Action;
use crate::ops::verify::{Recall, Verified, VerifyOptions, verify};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Look whether a scope is whole, and whether nobody moved a version
///
/// Compares catalog, tags, versions, their history, what they need and what this machine saw before. What was found right is
/// remembered beside the local scope, and not read again while nothing changes. The exit code is 0 if nothing is wrong
/// (notices are no faults), 3 with findings, 4 if the scope can't be reached.
#[derive(Args)]
pub struct Verify {
    /// The scope, its URL or its folder; "local", or nothing: the local scope
    #[arg(value_name = "SCOPE OR URL")]
    place: Option<String>,
    /// Repair what can be repaired without a loss: put back tags of versions that are here, write the catalog's files as bit writes them
    #[arg(long)]
    fix: bool,
    /// Read everything again, whatever was found right before
    #[arg(long)]
    full: bool,
    /// Forget what the versions were when this machine verified them before: once you have looked at what changed
    #[arg(long)]
    accept: bool,
    /// Remember in this folder what was found right: for CI, outside of a workspace
    #[arg(long, value_name = "FOLDER")]
    cache: Option<PathBuf>,
    /// Every version has to be signed by somebody whom this file names, as git's gpg.ssh.allowedSignersFile does; without it,
    /// what "bit.trust/signers" in workspace.jsonc says
    #[arg(long, value_name = "FILE")]
    signers: Option<PathBuf>,
}

impl Verify {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let action = if self.fix { Action::Repair } else { Action::Tell };
        let recall = match (self.accept, self.full) {
            (true, _) => Recall::Forgotten,
            (false, true) => Recall::Doubted,
            (false, false) => Recall::Believed,
        };
        let options =
            VerifyOptions { place: self.place.clone(), action, recall, cache: self.cache, signers: self.signers };
        let progress = ui.progress();
        let verified = verify(&current_folder()?, &options, &progress)?;
        drop(progress);
        let Verified { scope, title, place, versions, read, diagnosis } = &verified;
        diagnosis.failed.iter().for_each(|why| ui.warning(format!("a repair did not succeed: {why}")));
        let mut told = to_json(diagnosis);
        told["scope"] = json!(scope);
        told["url"] = json!(place);
        told["versions"] = json!(versions);
        told["read"] = json!(read);
        ui.json(&told)?;
        let name = if title == place { title.clone() } else { format!("{title} ({place})") };
        // Without a catalog nothing says what they should be, and none is read.
        let has_catalog = diagnosis.findings.iter().all(|finding| finding.kind != "no-catalog");
        let known = if versions > read && has_catalog { " (the others were found right before)" } else { "" };
        ui.line(dim(format!("{name}: {}, {read} of them read{known}", count(*versions, "version"))));
        let fix = command_to_fix(self.place.as_deref(), &options);
        print(ui, diagnosis, action, &fix);
        Ok(if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FINDINGS) })
    }
}

/// The same look with `--fix`: who remembers elsewhere does so then too, and nobody else may sign.
fn command_to_fix(place: Option<&str>, options: &VerifyOptions) -> String {
    let folders = [("--cache", &options.cache), ("--signers", &options.signers)];
    let mut words = vec!["bit".to_owned(), "verify".to_owned()];
    words.extend(place.map(|place| for_shell(place).into_owned()));
    words.push("--fix".to_owned());
    for (option, path) in folders {
        if let Some(path) = path {
            words.extend([option.to_owned(), for_shell(&path.to_string_lossy()).into_owned()]);
        }
    }
    words.join(" ")
}
