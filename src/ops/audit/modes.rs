//! What the entries of a catalog's tree are: plain files in folders, and nothing else.

use super::{ASK, Finding, Remedy};
use crate::git::{EntryKind, FileMode, Oid, Repo, oid};
use crate::model::{ComponentName, ScopeName};
use crate::ops::findings::Severity;
use crate::scope::TrackedCatalog;
use anyhow::Result;

/// What is no plain file or folder there: bit can't read a catalog with a link or a repository in it, and writes no
/// executable file.
pub fn examine_modes(repo: &Repo, catalog: &TrackedCatalog) -> Result<Vec<Finding>> {
    let root = repo.commit(oid(catalog.commit))?.tree;
    let mut walk = Walk { repo, scope: &catalog.scope, findings: Vec::new() };
    for entry in repo.entries(root)? {
        let name = String::from_utf8_lossy(&entry.name).into_owned();
        match (name.as_str(), entry.kind) {
            (TrackedCatalog::FOLDER, EntryKind::Folder) => walk.folder(entry.oid, &name, 0)?,
            (TrackedCatalog::FOLDER | TrackedCatalog::INFO, kind) => walk.judge(&name, kind),
            _ => {}
        }
    }
    Ok(walk.findings)
}

/// No component's name has more parts.
const DEEPEST: usize = 100;

struct Walk<'r> {
    repo: &'r Repo,
    scope: &'r ScopeName,
    findings: Vec<Finding>,
}

impl Walk<'_> {
    fn folder(&mut self, tree: Oid, path: &str, depth: usize) -> Result<()> {
        for entry in self.repo.entries(tree)? {
            let path = format!("{path}/{}", String::from_utf8_lossy(&entry.name));
            match entry.kind {
                EntryKind::Folder if depth < DEEPEST => self.folder(entry.oid, &path, depth + 1)?,
                kind => self.judge(&path, kind),
            }
        }
        Ok(())
    }

    fn judge(&mut self, path: &str, kind: EntryKind) {
        let (kind, severity, what) = match kind {
            EntryKind::Folder | EntryKind::File(FileMode::Regular) => return,
            EntryKind::File(FileMode::Executable) => {
                ("file-mode", Severity::Warning, "it can be run, as no file of bit's")
            }
            EntryKind::SymbolicLink => ("hostile-tree", Severity::Error, "it is a symbolic link, no file"),
            EntryKind::Submodule => ("hostile-tree", Severity::Error, "it is a repository of its own, no file"),
            EntryKind::Unknown => ("hostile-tree", Severity::Error, "it is neither file nor folder"),
        };
        let remedy = remedy(path).filter(|_| severity == Severity::Warning);
        let way_out = match remedy {
            Some(_) => format!(
                "an export that changes it writes it as bit does, and so does \"bit verify {} --fix\"",
                self.scope
            ),
            None => ASK.to_owned(),
        };
        let finding = Finding::new(kind, severity, format!("{}: {path}", self.scope), what);
        self.findings.push(finding.way_out(way_out).with(remedy));
    }
}

/// Writing it anew makes it a plain file.
fn remedy(path: &str) -> Option<Remedy> {
    if path == TrackedCatalog::INFO {
        return Some(Remedy::Card);
    }
    let name = path.strip_prefix(TrackedCatalog::FOLDER)?.strip_prefix('/')?.strip_suffix(".json")?;
    ComponentName::new(name).ok().map(Remedy::Entry)
}
