//! What is told of a scope that can't be looked at as a whole.

use super::Look;
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::git::{Oid, RefName, Repo, commit_id};
use crate::model::ScopeName;
use crate::ops::audit::{Finding, examine_objects};
use crate::ops::findings::Severity;
use crate::scope::{TrackedCatalog, info_of};
use std::path::Path;

/// What is damaged is told of the scope, and not of the folder in which a host's is looked at; and what mends a local
/// scope mends no other. What is to be removed by plain git is removed where the scope is.
pub fn mend_hint(finding: &mut Finding, folder: &Path, url: &RemoteUrl) {
    if finding.kind.starts_with("damaged-object") {
        mend(finding, folder, url);
    } else if finding.kind == "blocking-tag" {
        let (url, name) = (url.to_string(), finding.place.clone());
        let remove = format!("git push {} :{}", errors::for_shell(&url), errors::for_shell(&name));
        finding.way_out = format!("ask whose it is, and remove it ({remove})");
    }
}

fn mend(finding: &mut Finding, folder: &Path, url: &RemoteUrl) {
    finding.what = finding.what.replace(&folder.display().to_string(), &url.to_string());
    let repository = match url.local_path() {
        Some(folder) => errors::for_shell(&folder.to_string_lossy()).to_string(),
        None => "<its folder>".to_owned(),
    };
    let whose = if url.local_path().is_some() { "" } else { "ask who runs the host: " };
    finding.way_out = format!(
        "{whose}git --git-dir {repository} fsck --full shows all of it; a backup has what is missing, or a mirror of the scope (git --git-dir {repository} fetch --refetch <mirror> 'refs/tags/*:refs/tags/*')"
    );
}

/// The repository, or what its HEAD names, can't be read.
pub fn headless(folder: &Path, url: &RemoteUrl, error: &anyhow::Error) -> Look {
    let told = std::iter::once(Finding::of_error("no-catalog", "HEAD", error));
    let mut findings: Vec<Finding> = told.chain(examine_objects(folder)).collect();
    findings.iter_mut().for_each(|finding| mend(finding, folder, url));
    Look { findings, ..Look::default() }
}

/// An empty repository, one whose HEAD names nothing, or a part of a mirror: the catalog of one comes last.
pub fn without_catalog<'r>(url: &RemoteUrl, names: impl Iterator<Item = &'r str>) -> Look {
    // Any name will do: the tags of a scope do not bear it.
    let scope = ScopeName::placeholder();
    let (mut versions, mut branch) = (0, None);
    for name in names {
        versions += usize::from(RefName::version_in_scope(name, &scope).is_some());
        branch = branch.or(Some(name).filter(|name| RefName::is_branch(name)));
    }
    if let Some(branch) = branch {
        return Look { versions, ..no_catalog(&errors::head_names_nothing(&url.to_string(), branch)) };
    }
    if versions == 0 {
        return no_catalog(&errors::no_catalog_there(&url.to_string()));
    }
    let what = format!("a part of a mirror: tags of versions ({versions}) are there, and no catalog yet");
    let finding = Finding::new("no-catalog", Severity::Error, "HEAD", what).way_out(
        "\"bit mirror\" from the scope, without --include, --exclude and --since, brings the others and the catalog; until then the tags alone can be installed",
    );
    Look { versions, findings: vec![finding], ..Look::default() }
}

/// There is no catalog, and this is why.
pub fn no_catalog(error: &anyhow::Error) -> Look {
    let place = "HEAD";
    Look { findings: vec![Finding::of_error("no-catalog", place, error)], ..Look::default() }
}

/// The card can't be read, so nothing else can be judged.
pub fn unreadable(url: &RemoteUrl, repo: &Repo, head: Oid) -> Look {
    match info_of(repo, commit_id(head), &url.to_string()) {
        Err(error) => Look { findings: vec![Finding::of(TrackedCatalog::INFO, &error)], ..Look::default() },
        Ok(_) => {
            let what = format!("{url} holds no {}: it is no scope", TrackedCatalog::INFO);
            let finding = Finding::new("no-catalog", Severity::Error, TrackedCatalog::INFO, what);
            let finding = finding.way_out("\"bit scope create --adopt\" makes a scope of a repository");
            Look { findings: vec![finding], ..Look::default() }
        }
    }
}
