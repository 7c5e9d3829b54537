//! The catalog: its files, each by itself.

use super::{ASK, Finding, Remedy, examine_modes};
use crate::errors;
use crate::git::{Oid, Repo, oid};
use crate::model::{CatalogEntry, ComponentId, ComponentName, FORMAT, ScopeInfo, ScopeName, VersionId};
use crate::ops::findings::Severity;
use crate::ops::trust::TagOf;
use crate::scope::{TrackedCatalog, front_page_of};
use anyhow::Result;
use rayon::prelude::*;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What a catalog lists.
#[derive(Debug)]
pub struct Listing {
    /// The catalog.
    pub catalog: TrackedCatalog,
    /// Whether its files could be listed at all.
    pub is_readable: bool,
    /// What can be read of it.
    pub entries: BTreeMap<ComponentName, CatalogEntry>,
}

impl Listing {
    /// The scope.
    pub fn scope(&self) -> &ScopeName {
        &self.catalog.scope
    }

    /// Whether it lists the version of a tag, with the content that the tag is on.
    pub fn lists(&self, tag: &TagOf) -> bool {
        let entry = self.entries.get(&tag.id.id.name);
        entry.and_then(|entry| entry.version(&tag.id.version)).is_some_and(|listed| listed.commit == tag.commit)
    }

    /// Whether it says that a version is removed.
    pub fn has_removed(&self, id: &VersionId) -> bool {
        self.entries.get(&id.id.name).is_some_and(|entry| entry.has_removed(&id.version))
    }

    /// A component of the scope.
    pub fn id(&self, name: &ComponentName) -> ComponentId {
        ComponentId::new(self.scope().clone(), name.clone())
    }
}

/// Reads all of a catalog. What is wrong with its files goes to `findings`.
pub fn read_catalog(
    open: &(dyn Fn() -> Result<Repo> + Sync),
    catalog: TrackedCatalog,
    findings: &mut Vec<Finding>,
) -> Result<Listing> {
    let repo = open()?;
    let mut listing = Listing { catalog, is_readable: true, entries: BTreeMap::new() };
    let modes = examine_modes(&repo, &listing.catalog);
    let has_strangers = |finding: &Finding| finding.severity == Severity::Error;
    let is_told = modes.as_ref().is_ok_and(|modes| modes.iter().any(has_strangers));
    findings.extend(modes.unwrap_or_default());
    let index = match listing.catalog.index(&repo) {
        Ok(index) => index,
        Err(error) => {
            // What keeps it from being read was named, one by one.
            findings.extend((!is_told).then(|| Finding::of(listing.scope(), &error)));
            listing.is_readable = false;
            return Ok(listing);
        }
    };
    findings.extend(index.strays().map(|path| stray(&listing, path)));
    let files: Vec<(&str, Oid)> = index.files().collect();
    // A worker opens the repository once, which is dear.
    let share = files.len().div_ceil(rayon::current_num_threads()).max(64);
    let read = |part: &[(&str, Oid)]| {
        let repo = open()?;
        let mut found = Vec::new();
        let entries: Vec<CatalogEntry> = part
            .iter()
            .filter_map(|(path, blob)| read_entry(&repo, &listing.catalog, path, *blob, &mut found))
            .collect();
        Ok((entries, found))
    };
    let parts: Vec<(Vec<CatalogEntry>, Vec<Finding>)> = files.par_chunks(share).map(read).collect::<Result<_>>()?;
    for (entries, found) in parts {
        findings.extend(found);
        listing.entries.extend(entries.into_iter().map(|entry| (entry.name.clone(), entry)));
    }
    findings.extend(card_faults(&repo, &listing));
    findings.extend(front_page_fault(&repo, &listing));
    Ok(listing)
}

fn stray(listing: &Listing, path: &str) -> Finding {
    let what = "its name begins with a dot, as that of no component: it lists nothing, and nobody reads it";
    let finding = Finding::new("stray-file", Severity::Notice, format!("{}: {path}", listing.scope()), what);
    finding.way_out("whoever put it into the catalog's folder can take it away")
}

fn read_entry(
    repo: &Repo,
    catalog: &TrackedCatalog,
    path: &str,
    blob: Oid,
    findings: &mut Vec<Finding>,
) -> Option<CatalogEntry> {
    let read = || {
        let bytes = repo.blob(blob)?;
        Ok::<_, anyhow::Error>((catalog.parse(path, &bytes)?, bytes))
    };
    match read() {
        Ok((entry, bytes)) => {
            findings.extend(entry_faults(&catalog.scope, &entry, &bytes));
            Some(entry)
        }
        Err(error) => {
            findings.push(Finding::of(format!("{}: {path}", catalog.scope), &error));
            None
        }
    }
}

/// What is wrong with an entry by itself.
pub fn entry_faults(scope: &ScopeName, entry: &CatalogEntry, bytes: &[u8]) -> Vec<Finding> {
    let id = ComponentId::new(scope.clone(), entry.name.clone());
    let mut findings = Vec::new();
    let mut error = |kind, what: String, remedy: Option<Remedy>| {
        findings.push(Finding::new(kind, Severity::Error, &id, what).way_out(ASK).with(remedy));
    };
    let mut numbers = BTreeSet::new();
    for listed in entry.versions.iter().filter(|listed| !numbers.insert(&listed.version)) {
        error("listed-twice", format!("the catalog lists {} more than once", listed.version), None);
    }
    if entry.versions.is_empty() {
        error("no-version", "the catalog lists the component, and no version of it".into(), None);
    } else if entry.version(&entry.head).is_none() {
        error("wrong-head", format!("the catalog calls {} its newest, and does not list it", entry.head), None);
    } else if entry.latest != entry.highest() {
        let what = format!("the catalog calls {} the latest, which is {}", entry.latest, entry.highest());
        error("wrong-latest", what, Some(Remedy::Entry(entry.name.clone())));
    }
    if entry.format != FORMAT {
        error("entry-form", format!("the entry has the format {}", entry.format), None);
    }
    let canonical = entry.to_json();
    if canonical.as_bytes() != bytes {
        let remedy = says_the_same(bytes, &canonical).then(|| Remedy::Entry(entry.name.clone()));
        let what = "its entry is not written as bit writes it: exports of the same would make other commits";
        let finding = Finding::new("entry-form", Severity::Warning, &id, what);
        findings.push(finding.way_out("the next export of the component writes it anew").with(remedy));
    }
    findings
}

/// Whether nothing is lost if the one is written instead of the other.
fn says_the_same(bytes: &[u8], canonical: &str) -> bool {
    let read = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    read(bytes).is_some_and(|found| Some(found) == read(canonical.as_bytes()))
}

/// What is wrong with scope.json, which says who the scope is.
fn card_faults(repo: &Repo, listing: &Listing) -> Option<Finding> {
    let read = || -> Result<Option<Finding>> {
        let tree = repo.commit(oid(listing.catalog.commit))?.tree;
        let Some(bytes) = repo.blob_at(tree, TrackedCatalog::INFO)? else { return Ok(None) };
        let info = ScopeInfo::from_json(&bytes)
            .map_err(|error| errors::bad_catalog(listing.scope(), TrackedCatalog::INFO, &error))?;
        let canonical = info.to_json();
        if canonical.as_bytes() == bytes {
            return Ok(None);
        }
        let remedy = says_the_same(&bytes, &canonical).then_some(Remedy::Card);
        let what = "its scope.json is not written as bit writes it";
        let finding = Finding::new("card-form", Severity::Notice, listing.scope(), what);
        Ok(Some(finding.way_out("it is read all the same; an export that changes it writes it anew").with(remedy)))
    };
    read().unwrap_or_else(|error| Some(Finding::of(listing.scope(), &error)))
}

/// Whether the table of the front page is the one that an export would write.
fn front_page_fault(repo: &Repo, listing: &Listing) -> Option<Finding> {
    let is_stale = match front_page_of(repo, &listing.catalog) {
        Ok(Some((old, new))) => old.is_none_or(|old| old != new),
        // What can't be read is told elsewhere.
        _ => false,
    };
    let finding = || {
        let what = "the table in its README.md is not what the catalog lists";
        Finding::new("front-page", Severity::Notice, listing.scope(), what).way_out("the next export writes it anew")
    };
    is_stale.then(|| finding().with(Some(Remedy::FrontPage)))
}
