//! node_modules, without changing anything in it.

use super::repair::Repair;
use super::{Finding, Severity};
use crate::model::PackageName;
use crate::ops::links;
use crate::ops::{Absence, MissingDependency, OutsidePackage, State, Workspace};
use crate::workspace::pnp_in_force;

/// Looks at every link, and at what stands there from the local scope.
pub fn examine(workspace: &Workspace, state: &State) -> Vec<Finding> {
    if pnp_in_force(&workspace.layout.root) {
        return Vec::new();
    }
    let report = links::look(workspace, state);
    let mut findings = Vec::new();
    let mut broken = |package: &str, what: &str| {
        let finding = Finding::new("broken-link", Severity::Warning, format!("node_modules/{package}"), what);
        findings.push(finding.way_out("bit link").repaired_by(Repair::MendLinks));
    };
    report.created.iter().for_each(|package| broken(package.as_str(), "the link is missing"));
    report.mended.iter().for_each(|package| broken(package.as_str(), "the link does not lead where it should"));
    report.removed.iter().for_each(|package| broken(package, "nobody needs this link any more"));
    for id in &report.leftovers {
        let what = "an earlier install left it, and nothing needs it: it hides what is needed there";
        broken(PackageName::of(&id.id).as_str(), what);
    }
    for id in &report.materialized {
        broken(&format!(".bit/{id}"), "this version is needed, and does not stand there");
    }
    for package in &report.foreign {
        let what = "it is not a link of bit's: imports find what is there, not the component";
        let finding = Finding::new("foreign-package", Severity::Warning, format!("node_modules/{package}"), what);
        findings.push(finding.way_out("remove that folder (and the package from package.json), then bit link"));
    }
    for (package, why) in &report.failed {
        let what = format!("it can't be linked: {why}");
        findings.push(Finding::new("broken-link", Severity::Error, format!("node_modules/{package}"), what));
    }
    for MissingDependency { id, needed_by, reason } in &report.missing {
        let what = match reason {
            Absence::NotHere => format!("{needed_by} needs it, and it is not in the local scope"),
            Absence::OtherContent { here, pinned } => {
                format!("it is {} here, but {needed_by} was made with {}", here.short(), pinned.short())
            }
        };
        let finding = Finding::new("missing-dependency", Severity::Error, id, what);
        let finding = finding.way_out(format!("bit import --objects {id}"));
        findings.push(match reason {
            Absence::NotHere => finding.repaired_by(Repair::Bring(id.clone())),
            Absence::OtherContent { .. } => finding,
        });
    }
    for OutsidePackage { package, range, needed_by } in &report.not_installed {
        let what = format!("{needed_by} needs it ({range}), and it is not installed");
        let finding = Finding::new("package-not-installed", Severity::Warning, package, what);
        findings.push(finding.way_out("bit install"));
    }
    findings
}
