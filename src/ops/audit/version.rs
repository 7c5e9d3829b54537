//! One version: what it says of itself, and whether it is what a version is.

use super::package::package_fault;
use super::{ASK, Finding};
use crate::errors;
use crate::git::{FileMode, Oid, Repo, TreeBuilder, TreeFile, hash_blob, oid};
use crate::model::{CommitId, FORMAT, Lineage, Manifest, Origin, ScopeName, VersionId};
use crate::ops::findings::Severity;
use crate::scope::{MANIFEST, PACKAGE_JSON, StoredVersion, VersionCommit};
use crate::source::files::{TreeOddity, check_path, check_tree, escape, survey};
use crate::source::text::normalized;
use crate::workspace::check_relative_path;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::HashSet;

/// What of a version others have to agree with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Which version.
    pub id: VersionId,
    /// Its content.
    pub commit: CommitId,
    /// What it was made from.
    pub parents: Vec<CommitId>,
    /// Whether it continues an older version on purpose.
    pub is_maintenance: bool,
    /// The version that it was copied from.
    pub origin: Option<Origin>,
    /// What it needs, each with the content it was made with.
    pub needs: Vec<(VersionId, Option<CommitId>)>,
    /// The scopes in which something of its closure lives.
    pub scopes: Vec<ScopeName>,
}

impl Facts {
    fn of(stored: &StoredVersion) -> Self {
        let needs = stored.manifest.dependencies.iter().map(|needed| (needed.id.clone(), needed.commit));
        Self {
            id: stored.id(),
            commit: stored.commit,
            parents: stored.parents.clone(),
            is_maintenance: stored.lineage == Lineage::Maintenance,
            origin: stored.origin.clone(),
            needs: needs.collect(),
            scopes: stored.manifest.scopes.clone(),
        }
    }
}

/// A version must say that it is what it is listed as, and hold nothing that a version can't hold.
pub fn admissible(repo: &Repo, id: &VersionId, commit: CommitId) -> Result<()> {
    let (stored, _) = identified(repo, id, commit)?;
    if let Some(why) = bad_main(&stored.manifest.main) {
        return Err(errors::hostile_entry(id, &escape(stored.manifest.main.as_bytes()), &why));
    }
    check_tree(repo, id, repo.commit(oid(stored.commit))?.tree)
}

/// Why a main file can't be one.
fn bad_main(path: &str) -> Option<String> {
    let why = match (check_path(path), check_relative_path(path)) {
        (Err(why), _) => why.to_string(),
        (_, Err(why)) => why.to_owned(),
        _ => return None,
    };
    Some(format!("it is said to be the main file, and {why}"))
}

/// The version at a commit with its manifest's text, if commit and manifest say that it is this one.
fn identified(repo: &Repo, id: &VersionId, commit: CommitId) -> Result<(StoredVersion, Vec<u8>)> {
    let (stored, manifest) = StoredVersion::read_exactly(repo, commit)?;
    let says = VersionCommit::read(repo, commit)?.id;
    match [stored.id(), says].into_iter().find(|says| says != id) {
        Some(other) => Err(errors::version_of_another(id, commit, &other)),
        None => Ok((stored, manifest)),
    }
}

/// Looks at versions of one repository, one after the other.
pub struct Examiner {
    repo: Repo,
    /// Contents that were looked at: versions of a component share most of theirs.
    seen: HashSet<Oid>,
}

impl Examiner {
    /// In this repository.
    pub fn new(repo: Repo) -> Self {
        Self { repo, seen: HashSet::new() }
    }

    /// Looks at a version. What it says, if it is that version at all; what is wrong with it goes to `findings`.
    pub fn examine(&mut self, id: &VersionId, commit: CommitId, findings: &mut Vec<Finding>) -> Option<Facts> {
        match identified(&self.repo, id, commit) {
            Ok((stored, manifest)) => {
                if let Err(error) = self.look_inside(id, (&stored, &manifest), findings) {
                    findings.push(Finding::of(id, &error));
                }
                Some(Facts::of(&stored))
            }
            Err(error) => {
                findings.push(Finding::of(id, &error));
                None
            }
        }
    }

    /// Stops at what keeps from looking further.
    fn look_inside(
        &mut self,
        id: &VersionId,
        (stored, manifest): (&StoredVersion, &[u8]),
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        let warning = |kind, what: String| Finding::new(kind, Severity::Warning, id, what).way_out(ASK);
        let bytes = self.repo.commit_bytes(oid(stored.commit))?;
        findings.extend(commit_fault(&bytes, id).map(|fault| warning("commit-form", fault)));
        if manifest != stored.manifest.to_json().as_bytes() {
            let what =
                format!("its {MANIFEST} is not written as bit writes it: other machines would make another commit");
            findings.push(warning("manifest-form", what));
        }
        findings.extend(manifest_fault(&stored.manifest).map(|fault| warning("manifest-order", fault)));
        let tree = self.repo.commit(oid(stored.commit))?.tree;
        let (files, oddity) = survey(&self.repo, id, tree)?;
        findings.extend(tree_fault(&files, oddity, tree)?.map(|(kind, fault)| {
            let what = format!("{fault}: other machines would make another commit");
            warning(kind, what)
        }));
        if !files.iter().any(|file| file.path == stored.manifest.main) {
            let what =
                format!("its main file {} is not there: nobody can import it", stored.manifest.main.escape_debug());
            findings.push(Finding::new("no-main", Severity::Error, id, what).way_out(ASK));
        }
        let of_bit = |file: &&TreeFile| [MANIFEST, PACKAGE_JSON].contains(&file.path.as_str());
        if let Some(file) = files.iter().filter(of_bit).find(|file| file.mode != FileMode::Regular) {
            findings.push(warning("file-mode", format!("its {} can be run, as no file of bit's", file.path)));
        }
        findings.extend(package_fault(id, &stored.manifest, stored.package_json(&self.repo)?, &files));
        findings.extend(self.texts(&files)?.map(|fault| warning("line-ends", fault)));
        Ok(())
    }

    /// Reads every content, so one that is missing or damaged is found.
    fn texts(&mut self, files: &[TreeFile]) -> Result<Option<String>> {
        let mut fault = None;
        for TreeFile { path, blob, .. } in files {
            // Those two were read already.
            if [MANIFEST, PACKAGE_JSON].contains(&path.as_str()) || !self.seen.insert(*blob) {
                continue;
            }
            let bytes = self.repo.blob(*blob)?;
            if hash_blob(&bytes) != *blob {
                let place = self.repo.path();
                return Err(errors::damaged_object(place, &blob.to_string(), "its content is another one"));
            }
            if matches!(normalized(&bytes), Cow::Owned(_)) {
                self.seen.remove(blob);
                fault.get_or_insert_with(|| {
                    format!("{} has line ends of Windows: text is stored with LF", path.escape_debug())
                });
            }
        }
        Ok(fault)
    }
}

/// What of a tree is not as git writes one of these files.
fn tree_fault(files: &[TreeFile], oddity: Option<TreeOddity>, tree: Oid) -> Result<Option<(&'static str, String)>> {
    Ok(match oddity {
        Some(TreeOddity::EmptyFolder(folder)) => {
            Some(("tree-form", format!("its folder {} is empty", folder.escape_debug())))
        }
        Some(TreeOddity::OldMode(file, mode)) => {
            let file = file.escape_debug();
            Some(("file-mode", format!("its file {file} has the mode {mode:o}, which no git writes any more")))
        }
        None => {
            let mut anew = TreeBuilder::default();
            files.iter().for_each(|file| anew.add(&file.path, file.mode, file.blob));
            let is_same = anew.write(&mut Vec::new())? == tree;
            (!is_same).then(|| ("tree-form", "its tree is not written as git writes it".to_owned()))
        }
    })
}

/// What of a manifest is not as every bit would write it.
fn manifest_fault(manifest: &Manifest) -> Option<String> {
    let is_sorted = manifest.dependencies.is_sorted_by(|a, b| a < b) && manifest.scopes.is_sorted_by(|a, b| a < b);
    let scope = manifest.dependencies.iter().map(|needed| &needed.id.id.scope);
    let unnamed = scope.into_iter().find(|scope| manifest.scopes.binary_search(scope).is_err());
    match unnamed {
        _ if manifest.format != FORMAT => Some(format!("its {MANIFEST} has the format {}", manifest.format)),
        _ if !is_sorted => Some(format!("the lists of its {MANIFEST} are not in order")),
        Some(scope) => Some(format!("its {MANIFEST} needs something of {scope} and does not name that scope")),
        None => None,
    }
}

/// What of a commit is not as every bit would write it: its header, and the trailers at its end.
fn commit_fault(bytes: &[u8], id: &VersionId) -> Option<String> {
    const HEADERS: [&str; 4] = ["tree", "parent", "author", "committer"];
    /// May follow: a rewritten commit keeps what its author had, and a person may sign.
    const MORE: [&str; 3] = ["encoding", "gpgsig", "gpgsig-sha256"];
    let text = String::from_utf8_lossy(bytes);
    let (header, message) = text.split_once("\n\n")?;
    let keys = header.lines().filter(|line| !line.starts_with(' ')).map(|line| line.split(' ').next().unwrap_or(line));
    let place = |key: &str| HEADERS.iter().chain(&MORE).position(|known| *known == key);
    let places: Option<Vec<usize>> = keys.map(place).collect();
    if places.is_none_or(|places| !places.is_sorted()) {
        return Some("its commit has a header that bit does not write".into());
    }
    let mut parents: Vec<&str> = header.lines().filter(|line| line.starts_with("parent ")).collect();
    parents.sort_unstable();
    if parents.windows(2).any(|two| two[0] == two[1]) {
        return Some("its commit names a parent twice".into());
    }
    let Some((body, trailers)) = message.strip_suffix('\n').and_then(|message| message.rsplit_once("\n\n")) else {
        return Some("its commit has no message before the trailers".into());
    };
    let is_first = trailers.lines().next() == Some(&format!("Bit-Id: {id}"));
    let others = || trailers.lines().skip(1);
    let is_ours = others().all(|line| line.starts_with("Bit-") && !line.starts_with("Bit-Id:") && line.contains(": "));
    let is_trimmed = body.trim() == body && !body.is_empty() && !trailers.ends_with('\n');
    match is_first && is_ours && is_trimmed {
        true => None,
        false => Some("its commit's message does not end as bit writes it".into()),
    }
}
