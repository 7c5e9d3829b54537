//! What is wrong with something, as a list: each with its place and the way out.

use crate::errors;

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

/// Something that is wrong. `R` is what can be done about it without a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding<R> {
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
    /// What can be done about it without a person.
    pub repair: Option<R>,
}

impl<R> Finding<R> {
    /// Something that a person has to decide or do.
    pub fn new(kind: &'static str, severity: Severity, place: impl ToString, what: impl Into<String>) -> Self {
        Self { kind, severity, place: place.to_string(), what: what.into(), way_out: String::new(), repair: None }
    }

    /// The same with the way out.
    pub fn way_out(mut self, way_out: impl Into<String>) -> Self {
        self.way_out = way_out.into();
        self
    }

    /// From an error that some other command would stop with.
    pub fn of_error(kind: &'static str, place: impl ToString, error: &anyhow::Error) -> Self {
        let report = errors::report(error);
        Self::new(kind, Severity::Error, place, report.message).way_out(report.hint)
    }

    /// The same, of the kind that the error has.
    pub fn of(place: impl ToString, error: &anyhow::Error) -> Self {
        Self::of_error(errors::report(error).kind, place, error)
    }

    /// The same with another remedy, or none.
    pub fn with<S>(self, repair: Option<S>) -> Finding<S> {
        let Self { kind, severity, place, what, way_out, .. } = self;
        Finding { kind, severity, place, what, way_out, repair }
    }

    /// Whether `--fix` repairs it.
    pub fn is_repairable(&self) -> bool {
        self.repair.is_some()
    }

    fn is_same(&self, other: &Self) -> bool {
        self.kind == other.kind && self.place == other.place
    }
}

/// The worst first.
pub fn sort<R>(findings: &mut [Finding<R>]) {
    findings.sort_by(|a, b| (a.severity, a.kind, &a.place).cmp(&(b.severity, b.kind, &b.place)));
}

/// Whether nothing is wrong: notices are no faults.
pub fn is_healthy<R>(findings: &[Finding<R>]) -> bool {
    findings.iter().all(|finding| finding.severity == Severity::Notice)
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

/// What was found.
#[derive(Debug)]
pub struct Diagnosis<R> {
    /// What is wrong now; the worst first.
    pub findings: Vec<Finding<R>>,
    /// What was wrong before.
    pub repaired: Vec<Finding<R>>,
    /// Repairs that did not succeed.
    pub failed: Vec<String>,
}

impl<R: Clone> Diagnosis<R> {
    /// What was found, and nothing is done about it yet.
    pub fn of(findings: Vec<Finding<R>>) -> Self {
        Self { findings, repaired: Vec::new(), failed: Vec::new() }
    }

    /// Whether nothing is wrong: notices are no faults.
    pub fn is_healthy(&self) -> bool {
        is_healthy(&self.findings)
    }

    /// Repairs what can be repaired, and looks again: repaired is what is not found any more, whatever a repair
    /// believed of itself. One repair may bring to light what another is for.
    pub fn repair<E>(
        &mut self,
        mut carry_out: impl FnMut(Vec<R>) -> Vec<String>,
        mut look: impl FnMut() -> Result<Vec<Finding<R>>, E>,
    ) -> Result<(), E> {
        const ROUNDS: usize = 4;
        for _ in 0..ROUNDS {
            let repairs: Vec<R> = self.findings.iter().filter_map(|finding| finding.repair.clone()).collect();
            if repairs.is_empty() {
                break;
            }
            self.failed = carry_out(repairs);
            let before = std::mem::replace(&mut self.findings, look()?);
            let is_gone = |was: &Finding<R>| !self.findings.iter().any(|finding| finding.is_same(was));
            let gone: Vec<Finding<R>> = before.into_iter().filter(is_gone).collect();
            if gone.is_empty() {
                break;
            }
            self.repaired.extend(gone);
        }
        Ok(())
    }
}
