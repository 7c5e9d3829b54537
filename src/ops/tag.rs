//! Tagging: new versions of components, all of them or none, and of their dependents so that every pin stays true.

mod building;
mod choose;
mod joined;
mod maintenance;
mod number;
mod plan;
mod sign;
mod write;

pub use choose::read_versions_file;
pub use sign::Signing;

use super::build::{Built, Failures, KeepCapsules};
use super::state::IssueKind;
use super::{Progress, State, Workspace, links};
use crate::model::{ComponentId, Increment, Version, VersionId};
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// What to tag, and how.
#[derive(Debug, Clone, Default)]
pub struct TagOptions {
    /// Ids and patterns; none: all that is new or modified.
    pub ids: Vec<String>,
    /// The message of every version.
    pub message: Option<String>,
    /// The number of every version that is tagged by its own change, where it is given outright.
    pub version: Option<Version>,
    /// How the number follows from the last one.
    pub increment: Increment,
    /// The word that was given to `--prerelease` itself, where an id may be meant.
    pub prerelease_word: Option<String>,
    /// Numbers for some components.
    pub versions: BTreeMap<String, Version>,
    /// Which of the components named.
    pub which: Which,
    /// What becomes of dependents.
    pub dependents: Dependents,
    /// What to do where the folder is at an older version.
    pub older: Older,
    /// Issues that don't stop it.
    pub ignored: IgnoredIssues,
    /// Whether the versions are signed.
    pub signing: Signing,
    /// What is built.
    pub build: Build,
    /// What a failed build means.
    pub failures: Failures,
    /// What becomes of capsules.
    pub capsules: KeepCapsules,
    /// Only say what would be done.
    pub dry_run: bool,
}

/// What is built before versions are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Build {
    /// All that environments say.
    #[default]
    All,
    /// All but tests.
    WithoutTests,
    /// Nothing.
    Nothing,
}

/// Which of the components named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Which {
    /// Those that are new or modified.
    #[default]
    Changed,
    /// All of them.
    All,
}

/// What becomes of the components that depend on a tagged one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dependents {
    /// They are tagged too, so that they need the new version.
    Tag(Increment),
    /// They keep needing the old one.
    Skip,
}

impl Default for Dependents {
    fn default() -> Self {
        Self::Tag(Increment::default())
    }
}

/// What to do where the folder is at an older version than the newest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Older {
    /// Refuse.
    #[default]
    Refuse,
    /// Make a maintenance version.
    Maintain,
}

/// Issues that don't stop a tag.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IgnoredIssues {
    kinds: Vec<IssueKind>,
}

impl IgnoredIssues {
    /// Reads names, `*` for all that can be ignored.
    pub fn parse(names: &[String]) -> Result<Self> {
        let mut kinds = Vec::new();
        for name in names.iter().flat_map(|list| list.split(',')).map(str::trim).filter(|name| !name.is_empty()) {
            match IssueKind::parse(name) {
                _ if name == "*" => kinds.extend(IssueKind::ALL.iter().filter(|kind| kind.can_be_ignored())),
                Some(kind) if kind.can_be_ignored() => kinds.push(kind),
                Some(kind) => return Err(crate::errors::issue_cannot_be_ignored(kind.name())),
                None => return Err(crate::errors::unknown_issue(name, &ignorable())),
            }
        }
        Ok(Self { kinds })
    }

    fn holds(&self, kind: IssueKind) -> bool {
        self.kinds.contains(&kind)
    }
}

fn ignorable() -> Vec<&'static str> {
    IssueKind::ALL.iter().filter(|kind| kind.can_be_ignored()).map(|kind| kind.name()).collect()
}

/// What a tag did, or would do.
#[derive(Debug, Default)]
pub struct Tagged {
    /// In dependency order.
    pub versions: Vec<TaggedVersion>,
    /// What a person should know.
    pub warnings: Vec<String>,
    /// Components whose version is not known here; they were passed over.
    pub skipped: Vec<ComponentId>,
    /// Staged versions that lose their numbers by the merges which this tag finishes.
    pub nameless: Vec<VersionId>,
    /// How many versions of the workspace's components were staged before, and still are.
    pub staged_before: usize,
    /// Whether the versions are signed.
    pub is_signed: bool,
    /// Whether nothing but this tag may be staged now.
    pub is_all_that_is_staged: bool,
    /// What was built of the versions, in their order.
    pub built: Vec<Built>,
}

/// A version that was tagged.
#[derive(Debug, Clone)]
pub struct TaggedVersion {
    /// Which.
    pub id: VersionId,
    /// Its content; none in a dry run.
    pub commit: Option<crate::model::CommitId>,
    /// The version before it.
    pub previous: Option<Version>,
    /// Why it was tagged.
    pub reason: Reason,
}

/// Why a version was tagged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// It had none.
    New,
    /// It was modified, or asked for by name.
    Changed,
    /// A component that it needs was tagged: the nearest ones.
    Dependent(Vec<ComponentId>),
}

/// Tags.
pub fn tag(cwd: &Path, options: &TagOptions, progress: &dyn Progress) -> Result<(Workspace, Tagged)> {
    let (workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let mut state = State::load(&workspace, progress)?;
    let mut plan = plan::plan(&workspace, &state, options)?;
    // A version that a teammate has not exported yet stops nobody; a clone that has none of them can't tag at all.
    if plan.tags.is_empty() && !plan.skipped.is_empty() && plan.skipped.len() == state.components.len() {
        return Err(crate::errors::nothing_but_import_pending(&plan.skipped));
    }
    let staged_before = state.components.iter().map(|component| component.remote.staged.len()).sum();
    let finishing = joined::finish(&workspace, &state, &plan.tags)?;
    let mut tagged = Tagged {
        versions: Vec::new(),
        warnings: plan.warnings.clone(),
        skipped: plan.skipped.clone(),
        staged_before: staged_before - finishing.nameless.len().min(staged_before),
        nameless: finishing.nameless.clone(),
        is_signed: !plan.tags.is_empty() && options.signing.applies(&workspace),
        is_all_that_is_staged: staged_before == 0
            && state.known.components.keys().all(|id| state.index_of(id).is_some()),
        built: Vec::new(),
    };
    if options.dry_run {
        tagged.versions = plan.tags.iter().map(|tag| tag.outcome(&state, None)).collect();
    } else if !plan.tags.is_empty() {
        plan.built = building::build(&workspace, &state, &plan, options, progress)?;
        tagged.warnings.extend(building::warnings(&state, &plan));
        progress.stage("writing versions", plan.tags.len());
        let commits = write::write(&workspace, &lock, &state, &plan, options, finishing, progress)?;

        tagged.versions =
            plan.tags.iter().zip(&commits).map(|(tag, commit)| tag.outcome(&state, Some(*commit))).collect();
        state.moved_to(plan.tags.iter().map(|tag| tag.at).zip(tagged.versions.iter().map(|v| v.id.version.clone())));
        links::mend(&workspace, &mut state, links::LinkCheck::Quick)?;
        join_packs(&workspace)?;
        tagged.built = plan.built;
    }
    state.remember(&workspace);
    Ok((workspace, tagged))
}

/// Every tag makes a pack; when there are many, git joins them.
fn join_packs(workspace: &Workspace) -> Result<()> {
    const MANY: usize = 50;
    let repo = workspace.scope.repo();
    if repo.pack_count() > MANY { crate::git::maintain(repo.path()) } else { Ok(()) }
}
