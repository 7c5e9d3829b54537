//! What is wrong, as a person and as a script see it.

use super::count;
use crate::cli::ui::{Ui, bad, dim, good, strong, visible, warm};
use crate::ops::{Action, Diagnosis, Finding, Severity};
use serde_json::{Value, json};

/// Tells what was repaired and what is wrong; `fix` is the command that repairs.
pub fn print<R: Clone>(ui: &Ui, diagnosis: &Diagnosis<R>, action: Action, fix: &str) {
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
    let faults = || diagnosis.findings.iter().filter(|finding| finding.severity != Severity::Notice);
    let (repairable, faults) = (faults().filter(|finding| finding.is_repairable()).count(), faults().count());
    match (diagnosis.is_healthy(), repairable) {
        (true, _) => ui.line(good("nothing is wrong")),
        (false, repairable) if repairable > 0 && action == Action::Tell => {
            ui.line(format!("{}, {repairable} of them \"{fix}\" repairs", count(faults, "fault")));
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

/// For a script.
pub fn to_json<R: Clone>(diagnosis: &Diagnosis<R>) -> Value {
    let finding = |finding: &Finding<R>| {
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
