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

pub use repair::Repair;

use super::Progress;
use super::findings::{self, Action, Severity};
use crate::errors;
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

/// Something that is wrong, and what the doctor can do about it.
pub type Finding = super::findings::Finding<Repair>;
/// What was found.
pub type Diagnosis = super::findings::Diagnosis<Repair>;

impl Finding {
    /// The same, and the doctor can do it.
    fn repaired_by(mut self, repair: Repair) -> Self {
        if self.way_out.is_empty() {
            self.way_out = "bit doctor --fix".into();
        }
        self.repair = Some(repair);
        self
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
        // What is typed wrongly is no part of the workspace around it.
        if !folder.is_dir() {
            return Err(errors::no_folder_there(&folder));
        }
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
        findings::sort(&mut findings);
        findings
    }
}

/// Looks, repairs what is to be repaired, and looks again.
pub fn doctor(cwd: &Path, options: &DoctorOptions, progress: &dyn Progress) -> Result<Diagnosis> {
    let patient = Patient::at(cwd, options.place.as_deref())?;
    let mut diagnosis = Diagnosis::of(patient.examine(progress));
    if options.action == Action::Repair {
        let look = || Ok::<_, anyhow::Error>(patient.examine(progress));
        diagnosis.repair(|repairs| repair::carry_out(&patient, repairs, progress), look)?;
    }
    Ok(diagnosis)
}
