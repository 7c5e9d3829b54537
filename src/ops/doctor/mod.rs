//! Looking for all that may be wrong with a workspace or a scope's folder, and repairing what can be repaired without
//! a person. Nothing staged is ever dropped, and no file of a person's is touched.

mod links;
mod machine;
mod records;
mod remotes;
mod repair;
mod repository;
mod scope;
mod workspace;

use self::repair::Repair;
use super::Progress;
use crate::git::Repo;
use crate::workspace::Layout;
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Where to look, and what to do.
#[derive(Debug, Clone, Default)]
pub struct DoctorOptions {
    /// A workspace, or the folder of a scope; the workspace around the current folder, if not said.
    pub place: Option<PathBuf>,
    /// What to do about what is found.
    pub action: Action,
}

/// What to do about what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Action {
    /// Tell it.
    #[default]
    Tell,
    /// Repair what needs no person.
    Repair,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something does not work, or will not.
    Error,
    /// Something is not as it should be.
    Warning,
    /// All is well, and could be better.
    Notice,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// A stable word for scripts.
    pub kind: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// A component, a file, a scope.
    pub place: String,
    /// What is wrong.
    pub what: String,
    /// The way out.
    pub way_out: String,
    /// What the doctor can do about it.
    repair: Option<Repair>,
}

impl Finding {
    /// Something that a person has to decide or do.
    fn new(kind: &'static str, severity: Severity, place: impl ToString, what: impl Into<String>) -> Self {
        Self { kind, severity, place: place.to_string(), what: what.into(), way_out: String::new(), repair: None }
    }

    /// The same with the way out.
    fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = way_out.into();
        self
    }

    /// The same, and the doctor can do it.
    fn repaired_by(mut self, repair: Repair) -> Self {
        if self.way_out.is_empty() {
            self.way_out = "bit doctor --fix".into();
        }
        self.repair = Some(repair);
        self
    }

    /// From an error that some other command would stop with.
    fn of_error(kind: &'static str, place: impl ToString, error: &anyhow::Error) -> Self {
        let report = crate::errors::report(error);
        Self::new(kind, Severity::Error, place, report.message).way_out(report.hint)
    }

    /// Whether `bit doctor --fix` repairs it.
    pub fn is_repairable(&self) -> bool {
        self.repair.is_some()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.place == other.place
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Diagnosis {
    /// What is wrong now; the worst first.
    pub findings: Vec<Finding>,
    /// What was wrong before.
    pub repaired: Vec<Finding>,
    /// Repairs that did not succeed.
    pub failed: Vec<String>,
}

impl Diagnosis {
    /// Whether nothing is wrong: notices are no faults.
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity == Severity::Notice)
    }
}

/// What is examined.
enum Patient {
    Workspace(Layout),
    Scope(PathBuf),
}

impl Patient {
    fn at(cwd: &Path, place: Option<&Path>) -> Result<Self> {
        let folder = std::path::absolute(cwd.join(place.unwrap_or(Path::new("."))))?;
        match Repo::exists(&folder) {
            true => Ok(Self::Scope(folder)),
            false => Layout::find(&folder).map(Self::Workspace),
        }
    }

    fn examine(&self, progress: &dyn Progress) -> Vec<Finding> {
        let mut findings = match self {
            Self::Workspace(layout) => workspace::examine(layout, progress),
            Self::Scope(folder) => scope::examine(folder),
        };
        findings.sort_by(|a, b| (a.severity, a.kind, &a.place).cmp(&(b.severity, b.kind, &b.place)));
        findings
    }
}

/// Looks, repairs what is to be repaired, and looks again: repaired is what is not found any more.
pub fn doctor(cwd: &Path, options: &DoctorOptions, progress: &dyn Progress) -> Result<Diagnosis> {
    // One repair may bring to light what another is for.
    const ROUNDS: usize = 4;
    let patient = Patient::at(cwd, options.place.as_deref())?;
    let mut diagnosis = Diagnosis { findings: patient.examine(progress), ..Diagnosis::default() };
    for _ in 0..ROUNDS {
        let repairs: Vec<Repair> = diagnosis.findings.iter().filter_map(|finding| finding.repair.clone()).collect();
        if options.action == Action::Tell || repairs.is_empty() {
            break;
        }
        diagnosis.failed = repair::carry_out(&patient, repairs, progress);
        let before = std::mem::replace(&mut diagnosis.findings, patient.examine(progress));
        let is_gone = |was: &Finding| !diagnosis.findings.iter().any(|finding| finding.is_same(was));
        let gone: Vec<Finding> = before.into_iter().filter(is_gone).collect();
        if gone.is_empty() {
            break;
        }
        diagnosis.repaired.extend(gone);
    }
    Ok(diagnosis)
}
