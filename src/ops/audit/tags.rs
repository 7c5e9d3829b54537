//! The tags of a scope, beside what its catalog lists.

use super::{Finding, IsKnown, Remedy, way_out_of_difference};
use crate::git::{Oid, RefName, RefValue, Repo, commit_id};
use crate::model::{CatalogEntry, ComponentId, ScopeName, VersionId};
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// The tags that a scope has.
#[derive(Debug, Default)]
pub struct Tags {
    /// Those that are named as versions.
    pub versions: BTreeMap<VersionId, RefValue>,
    /// Others, beside which a version can't have its tag.
    pub blocking: BTreeMap<String, VersionId>,
    /// How many others there are.
    pub others: usize,
}

impl Tags {
    /// Those among the refs of a scope.
    pub fn of<'r>(scope: &ScopeName, refs: impl Iterator<Item = (&'r str, RefValue)>) -> Self {
        let mut tags = Self::default();
        for (name, value) in refs {
            match RefName::version_in_scope(name, scope) {
                Some(id) => drop(tags.versions.insert(id, value)),
                None => match RefName::version_above(name, scope) {
                    Some(id) => drop(tags.blocking.insert(name.to_owned(), id)),
                    None => tags.others += usize::from(RefName::is_tag(name)),
                },
            }
        }
        tags
    }

    /// Each with what it names and is on.
    pub fn all(&self) -> impl Iterator<Item = TagOf> {
        let of = |(id, value): (&VersionId, &RefValue)| TagOf {
            id: id.clone(),
            target: value.target,
            commit: commit_id(value.commit()),
        };
        self.versions.iter().map(of)
    }

    /// Those that no catalog lists.
    pub fn unlisted<'e>(
        &self,
        scope: &ScopeName,
        entries: impl IntoIterator<Item = &'e CatalogEntry>,
    ) -> Vec<&VersionId> {
        let listed: BTreeSet<VersionId> = entries
            .into_iter()
            .flat_map(|entry| {
                let id = ComponentId::new(scope.clone(), entry.name.clone());
                entry.versions.iter().map(move |listed| id.at(listed.version.clone()))
            })
            .collect();
        self.versions.keys().filter(|id| !listed.contains(id)).collect()
    }
}

/// Every version that is listed has its tag, on the commit that is listed. One that is removed may have lost it. Where the
/// two differ, those who know the version say which is wrong.
pub fn listed_tags<'e>(
    scope: &ScopeName,
    entries: impl IntoIterator<Item = &'e CatalogEntry>,
    tags: &Tags,
    is_known: IsKnown<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in entries {
        let component = ComponentId::new(scope.clone(), entry.name.clone());
        for listed in &entry.versions {
            let id = component.at(listed.version.clone());
            match tags.versions.get(&id).map(|value| commit_id(value.commit())) {
                Some(found) if found != listed.commit => {
                    let what = format!("its tag is on {}, the catalog lists {}", found.short(), listed.commit.short());
                    let way_out = way_out_of_difference(&id, found, is_known);
                    findings.push(Finding::new("version-moved", Severity::Error, &id, what).way_out(way_out));
                }
                None if !entry.is_removed(listed) => {
                    let finding =
                        Finding::new("version-gone", Severity::Error, &id, "the catalog lists it, and its tag is gone");
                    let finding = finding.way_out("ask who has the version to run \"bit verify --fix\" of this scope");
                    findings.push(finding.with(Some(Remedy::Tag { id, commit: listed.commit })));
                }
                _ => {}
            }
        }
    }
    findings
}

/// What is wrong with what the tag of a version names, beside the commit that it leads to: an annotated one names the
/// version, and stands right on that.
pub fn tag_fault(repo: &Repo, id: &VersionId, target: Oid, commit: Oid) -> Result<Option<String>> {
    if target == commit {
        return Ok(None);
    }
    let tag = repo.tag(target)?;
    Ok(match () {
        () if tag.target != commit => Some("its tag is on another tag".to_owned()),
        () if tag.name != RefName::short_in_scope(id) => {
            Some(format!("its tag was made as \"{}\"", tag.name.escape_debug()))
        }
        () => None,
    })
}

/// The tags that no catalog lists, and those that are no versions'. `is_version` says whether a tag is on the version
/// that it is named after, `was_listed` whether a version was listed before: such a one is no stray, it was lost, and that
/// is told elsewhere; `is_known` what a version is known to be.
pub fn examine_tags<'e>(
    scope: &ScopeName,
    entries: impl IntoIterator<Item = &'e CatalogEntry> + Clone,
    tags: &Tags,
    is_version: &mut dyn FnMut(&VersionId, RefValue) -> bool,
    was_listed: &dyn Fn(&VersionId) -> bool,
    is_known: IsKnown<'_>,
) -> Vec<Finding> {
    let mut findings = listed_tags(scope, entries.clone(), tags, is_known);
    for id in tags.unlisted(scope, entries) {
        findings.push(match is_version(id, tags.versions[id]) {
            true if was_listed(id) => continue,
            // What it is there for, whoever looks knows better.
            true => Finding::new("stray-tag", Severity::Notice, id, "it has a tag, and the catalog does not list it"),
            false => Finding::new("foreign-tag", Severity::Warning, id, "a tag of this name is on something else")
                .way_out("the number is taken, so nobody can export it: ask whose tag it is, and give it another name"),
        });
    }
    for (name, id) in &tags.blocking {
        let what = format!("beside it {id} can't have its tag, so nobody can export that version");
        let way_out = "ask whose it is, and remove it with plain git";
        findings.push(Finding::new("blocking-tag", Severity::Warning, name, what).way_out(way_out));
    }
    if tags.others > 0 {
        let what = format!("tags that are no versions: {}", tags.others);
        let way_out = "they are no part of the scope, and do no harm";
        findings.push(Finding::new("other-tags", Severity::Notice, scope, what).way_out(way_out));
    }
    findings
}
