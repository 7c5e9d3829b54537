use super::{count, current_folder};
use crate::cli::ui::{Ui, bad, dim, good, strong, visible, warm};
use crate::ops::doctor::{Action, Diagnosis, DoctorOptions, Finding, Severity, doctor};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::ExitCode;

/// Look for all that is wrong with a workspace or a scope, and say the way out
///
/// A scope is looked at by its folder. Needs no network. The exit code is 1 while errors or warnings remain; notices are no faults.
#[derive(Args)]
pub struct Doctor {
    /// A workspace, or the folder of a scope; this workspace without it
    path: Option<PathBuf>,
    /// Repair what needs no person. What is staged stays, and so do your files
    #[arg(long)]
    fix: bool,
}

impl Doctor {
    /// Looks and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let action = if self.fix { Action::Repair } else { Action::Tell };
        let progress = ui.progress();
        let diagnosis = doctor(&current_folder()?, &DoctorOptions { place: self.path, action }, &progress)?;
        drop(progress);
        diagnosis.failed.iter().for_each(|why| ui.warning(format!("a repair did not succeed: {why}")));
        ui.json(&to_json(&diagnosis))?;
        print(ui, &diagnosis, action);
        Ok(if diagnosis.is_healthy() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn print(ui: &Ui, diagnosis: &Diagnosis, action: Action) {
    for Finding { place, what, .. } in &diagnosis.repaired {
        ui.line(format!("{} {}: {}", good("repaired"), strong(visible(place)), visible(what)));
    }
    for finding in &diagnosis.findings {
        let word = word_of(finding.severity);
        let word = match finding.severity {
            Severity::Error => bad(word),
            Severity::Warning => warm(word),
            Severity::Notice => dim(word),
        };
        ui.line(format!("{word} {}: {}", strong(visible(&finding.place)), visible(&finding.what)));
        if !finding.way_out.is_empty() {
            ui.line(format!("  {} {}", dim("→"), visible(&finding.way_out)));
        }
    }
    let repairable = diagnosis.findings.iter().filter(|finding| finding.is_repairable()).count();
    let faults = diagnosis.findings.iter().filter(|finding| finding.severity != Severity::Notice).count();
    match (diagnosis.is_healthy(), repairable) {
        (true, _) => ui.line(good("nothing is wrong")),
        (false, repairable) if repairable > 0 && action == Action::Tell => {
            ui.line(format!("{}, {repairable} of them \"bit doctor --fix\" repairs", count(faults, "fault")));
        }
        _ => ui.line(count(faults, "fault")),
    }
}

fn word_of(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    }
}

fn to_json(diagnosis: &Diagnosis) -> Value {
    let finding = |finding: &Finding| {
        json!({
            "kind": finding.kind,
            "severity": word_of(finding.severity),
            "place": finding.place,
            "message": finding.what,
            "repair": finding.way_out,
            "fixable": finding.is_repairable(),
        })
    };
    json!({
        "healthy": diagnosis.is_healthy(),
        "findings": diagnosis.findings.iter().map(finding).collect::<Vec<_>>(),
        "repaired": diagnosis.repaired.iter().map(finding).collect::<Vec<_>>(),
        "failed": diagnosis.failed,
    })
}
