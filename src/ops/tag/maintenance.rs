//! Versions that continue an older one, beside the main line.

use super::Older;
use crate::errors;
use crate::model::{CommitId, Increment, Level, Lineage, Version};
use crate::ops::removal::is_removed_alone;
use crate::ops::state::Component;
use crate::ops::{State, Workspace, history};
use crate::scope::StoredVersion;
use anyhow::Result;

/// Whether a version made from the current one continues the main line. Refuses where that has gone on without it.
pub fn lineage(
    workspace: &Workspace,
    state: &State,
    component: &Component,
    current: CommitId,
    older: Older,
) -> Result<Lineage> {
    let newer = newer_version(workspace, state, component, current)?;
    let stored = StoredVersion::read(workspace.scope.repo(), current)?;
    match (newer, older) {
        (Some(newer), Older::Refuse) => {
            let is_removed = is_removed_alone(workspace, &state.known, &component.id.at(newer.clone()))?;
            Err(match is_removed {
                true => errors::newer_version_removed(&stored.id(), &newer),
                false if component.is_removed() => errors::newer_version_of_removed(&stored.id(), &newer),
                false => errors::newer_version_exists(&stored.id(), &newer),
            })
        }
        (Some(_), Older::Maintain) => Ok(Lineage::Maintenance),
        // What follows a maintenance version is one too.
        (None, _) => Ok(stored.lineage),
    }
}

/// The highest version of the main line that was made from the current one.
fn newer_version(
    workspace: &Workspace,
    state: &State,
    component: &Component,
    current: CommitId,
) -> Result<Option<Version>> {
    if component.remote.is_outdated || component.remote.is_diverged {
        let catalog = component.remote.catalog.as_ref();
        return Ok(catalog.map(|catalog| catalog.head.clone()).filter(|_| component.remote.is_outdated));
    }
    if state.known.versions(&component.id).count() < 2 {
        return Ok(None);
    }
    let repo = workspace.scope.repo();
    let mine = history::ancestry(repo, [current])?;
    for (version, at) in state.known.versions(&component.id).rev().filter(|(_, at)| !mine.contains(&at.commit)) {
        let stored = StoredVersion::read(repo, at.commit)?;
        if stored.lineage == Lineage::Main && history::holds(repo, at.commit, current)? {
            return Ok(Some(version.clone()));
        }
    }
    Ok(None)
}

/// The main line's highest number, as far as it is known here: who asks for the latest is to get it.
pub fn newest_of_main_line(workspace: &Workspace, state: &State, component: &Component) -> Result<Option<Version>> {
    let catalog = component.remote.catalog.iter();
    let listed = catalog.flat_map(|catalog| [&catalog.head, &catalog.latest]).max().cloned();
    for (version, at) in state.known.versions(&component.id).rev() {
        if StoredVersion::read(workspace.scope.repo(), at.commit)?.lineage == Lineage::Main {
            return Ok(listed.max(Some(version.clone())));
        }
    }
    Ok(listed)
}

/// A free number between a version and the newest of the main line, for one that continues the former.
pub fn free_number(previous: &Version, newest: &Version, is_taken: impl Fn(&Version) -> bool) -> Option<Version> {
    let word = (!previous.is_prerelease()).then(|| "backport".to_owned());
    let by_patches = numbers(previous, Increment::default());
    let by_words = numbers(previous, Increment { level: Level::Prerelease, by: 1, prerelease_id: word });
    let below = |number: &Version| number < newest;
    by_patches.take_while(below).chain(by_words.take_while(below)).find(|number| number > previous && !is_taken(number))
}

fn numbers(previous: &Version, increment: Increment) -> impl Iterator<Item = Version> {
    std::iter::successors(previous.next(&increment).ok(), move |last| last.next(&increment).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_number_lies_between() {
        let free = |previous: &str, newest: &str, taken: &[&str]| {
            let [previous, newest] = [previous, newest].map(|text| Version::new(text).unwrap());
            free_number(&previous, &newest, |number| taken.contains(&number.to_string().as_str()))
                .map(|number| number.to_string())
        };
        assert_eq!(free("1.0.0", "1.1.0", &[]).as_deref(), Some("1.0.1"));
        assert_eq!(free("1.0.0", "1.1.0", &["1.0.1", "1.0.2"]).as_deref(), Some("1.0.3"));
        assert_eq!(free("0.0.1", "0.0.2", &["0.0.2"]).as_deref(), Some("0.0.2-backport.0"));
        assert_eq!(free("0.0.1", "0.0.2", &["0.0.2-backport.0"]).as_deref(), Some("0.0.2-backport.1"));
        assert_eq!(free("0.0.2-backport.0", "0.0.2", &[]).as_deref(), Some("0.0.2-backport.1"));
        assert_eq!(free("0.0.1", "0.0.2-alpha", &[]), None);
        assert_eq!(free("2.0.0", "1.0.0", &[]), None);
    }
}
