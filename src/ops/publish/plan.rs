//! What is to be published, in which order, and what the registry has of it.

use super::{Along, PublishOptions, PublishedVersion, Staged};
use crate::errors;
use crate::model::{DependencyKind, Graph, PackageName, Version, VersionId};
use crate::ops::pack::{Chosen, tarball_of};
use crate::ops::{Progress, Workspace, package_fields, side_by_side};
use crate::package::Registry;
use crate::scope::{Known, LocalScope, StoredVersion};
use anyhow::Result;
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

/// A version that may have to go to the registry.
pub struct Candidate {
    pub chosen: Chosen,
    pub version: PublishedVersion,
    /// The SHA-1 of the archive that the registry has under its name and number.
    pub found: Option<String>,
    /// The dist-tag that it gets; npm's own choice, if there is none.
    pub tag: Option<String>,
}

/// Every version that was chosen, and what goes along, what is needed first; each with what the registry has of it.
pub fn candidates(
    workspace: &Workspace,
    chosen: Vec<Chosen>,
    options: &PublishOptions,
    registry: &Registry,
    progress: &dyn Progress,
) -> Result<Vec<Candidate>> {
    let known = workspace.scope.known()?;
    let mut wanted = Wanted { workspace, known: &known, all: BTreeMap::new(), needs: BTreeMap::new() };
    for chosen in chosen {
        wanted.add(chosen, options.along)?;
    }
    wanted.refuse_staged(options.staged)?;
    let ordered = wanted.in_order();
    progress.stage("asking the registry", ordered.len());
    let path = workspace.scope.repo().path();
    let all = side_by_side(&ordered, |chosen: &Chosen| {
        let scope = LocalScope::open_again(path)?;
        let tarball = tarball_of(scope.repo(), chosen.commit)?;
        let found = registry.shasum(&tarball.package, &chosen.id.version)?;
        let tag = match (&options.tag, &found) {
            (None, None) => dist_tag(&chosen.id.version, || registry.versions(&tarball.package))?,
            (named, _) => named.clone(),
        };
        progress.advance(1);
        let (shasum, package) = (tarball.shasum(), tarball.package);
        let version = PublishedVersion { id: chosen.id.clone(), package, shasum };
        Ok(Candidate { chosen: chosen.clone(), version, found, tag })
    })?;
    wanted.refuse_unmet(registry)?;
    Ok(all)
}

/// npm gives no pre-release a dist-tag by itself; `latest` would be wrong. Its own word is what people expect. `latest`
/// does not go back either, to what is older than a version that the registry has.
fn dist_tag(version: &Version, there: impl FnOnce() -> Result<Vec<Version>>) -> Result<Option<String>> {
    if !version.is_prerelease() {
        let is_older = there()?.iter().any(|other| !other.is_prerelease() && other > version);
        return Ok(is_older.then(|| "older".to_owned()));
    }
    let number = version.to_string();
    let word = number.split_once('-').map_or("", |(_, words)| words.split('.').next().unwrap_or_default());
    // What could be read as a range of versions is no dist-tag.
    let is_word = word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
    Ok(Some(if is_word { word.to_owned() } else { "next".to_owned() }))
}

/// What is to be published, and what it needs.
struct Wanted<'w> {
    workspace: &'w Workspace,
    known: &'w Known,
    all: BTreeMap<VersionId, Chosen>,
    needs: BTreeMap<VersionId, Vec<VersionId>>,
}

impl Wanted<'_> {
    fn add(&mut self, chosen: Chosen, along: Along) -> Result<()> {
        let mut waiting = vec![chosen];
        while let Some(chosen) = waiting.pop() {
            if self.all.contains_key(&chosen.id) {
                continue;
            }
            let repo = self.workspace.scope.repo();
            let stored = StoredVersion::read(repo, chosen.commit)?;
            if package_fields::of_version(repo, &stored)?.as_map().get("private") == Some(&Value::Bool(true)) {
                return Err(errors::private_package(&chosen.id));
            }
            let to_run = stored.manifest.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Dev);
            let needs: Vec<VersionId> = to_run.map(|needed| needed.id.clone()).collect();
            if along == Along::Dependencies {
                for id in &needs {
                    waiting.push(self.needed(id)?);
                }
            }
            self.needs.insert(chosen.id.clone(), needs);
            self.all.insert(chosen.id.clone(), chosen);
        }
        Ok(())
    }

    fn needed(&self, id: &VersionId) -> Result<Chosen> {
        let commit = self.known.commit(&id.id, &id.version).ok_or_else(|| errors::version_not_here(id))?;
        let entry = self.known.entry(self.workspace.scope.repo(), &id.id)?;
        let listed = entry.as_ref().and_then(|entry| entry.version(&id.version));
        Ok(Chosen { id: id.clone(), commit, is_staged: listed.is_none_or(|listed| listed.commit != commit) })
    }

    fn refuse_staged(&self, staged: Staged) -> Result<()> {
        let found = self.all.values().filter(|chosen| chosen.is_staged).map(|chosen| chosen.id.to_string());
        let found: Vec<String> = found.collect();
        match staged {
            Staged::Refuse if !found.is_empty() => Err(errors::staged_not_published(&found)),
            _ => Ok(()),
        }
    }

    /// What something needs comes before it; else by id and number, so that the highest one comes last.
    fn in_order(&self) -> Vec<Chosen> {
        let all: Vec<&Chosen> = self.all.values().collect();
        let places: HashMap<&VersionId, usize> = all.iter().enumerate().map(|(at, chosen)| (&chosen.id, at)).collect();
        let mut graph = Graph::new(all.len());
        for (at, chosen) in all.iter().enumerate() {
            let needs = self.needs.get(&chosen.id).into_iter().flatten();
            needs.filter_map(|id| places.get(id)).for_each(|&needed| graph.add(at, needed));
        }
        graph.order().into_iter().flatten().map(|at| all[at].clone()).collect()
    }

    /// Whoever installs a version needs all that it needs, from the same registry.
    fn refuse_unmet(&self, registry: &Registry) -> Result<()> {
        let mut needed: BTreeMap<&VersionId, &VersionId> = BTreeMap::new();
        for (id, needs) in &self.needs {
            for need in needs.iter().filter(|need| !self.all.contains_key(need)) {
                needed.entry(need).or_insert(id);
            }
        }
        let needed: Vec<(&VersionId, &VersionId)> = needed.into_iter().collect();
        let unmet = side_by_side(&needed, |(need, by)| {
            let found = registry.shasum(&PackageName::of(&need.id), &need.version)?;
            Ok(found.is_none().then(|| format!("{by} needs {need}")))
        })?;
        let unmet: Vec<String> = unmet.into_iter().flatten().collect();
        if unmet.is_empty() { Ok(()) } else { Err(errors::needs_not_published(&registry.url.to_string(), &unmet)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(number: &str, there: &[&str]) -> Option<String> {
        let version = |number: &str| Version::new(number).unwrap();
        dist_tag(&version(number), || Ok(there.iter().map(|number| version(number)).collect())).unwrap()
    }

    #[test]
    fn a_pre_release_gets_its_own_word() {
        let some = |word: &str| Some(word.to_owned());
        assert_eq!((tag("1.0.0", &[]), tag("1.0.0-beta.1", &["2.0.0"])), (None, some("beta")));
        assert_eq!(tag("1.0.0-0", &[]), some("next"));
        assert_eq!((tag("1.0.0-x.1", &[]), tag("1.0.0-v2", &[])), (some("next"), some("next")));
    }

    #[test]
    fn the_latest_version_does_not_go_back() {
        assert_eq!(tag("1.0.1", &["1.0.0", "1.1.0-beta.0"]), None);
        assert_eq!(tag("1.0.1", &["1.0.0", "1.1.0"]).as_deref(), Some("older"));
    }
}
