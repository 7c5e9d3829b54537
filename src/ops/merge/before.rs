//! What was before a merge, kept as a commit that a ref of our own names: the files that the merge changed as they
//! were and as they became, and the main file. It makes `bit merge --abort` exact, and it keeps the other side's
//! version alive where no tag names it, with the tags that its numbers have in the scope.

use super::Theirs;
use super::seals::Seals;
use crate::git::{FileMode, Identities, Kind, RawObject, RefEdit, RefTable, Repo, TreeBuilder, oid, refs};
use crate::model::{ComponentId, Version};
use crate::ops::{Component, Workspace};
use crate::workspace::{FileChange, FileState};
use anyhow::Result;
use std::collections::BTreeMap;

const BEFORE: &str = "before/";
const AFTER: &str = "after/";
const MAIN_FILE: &str = "main-file";
const TAGS: &str = "tags/";

/// Makes its objects, and the change of the ref.
pub fn save(
    workspace: &Workspace,
    component: &Component,
    (theirs, seals): (&Theirs, &Seals),
    files: &[FileChange],
    objects: &mut Vec<RawObject>,
) -> Result<RefEdit> {
    let prefix = format!("{}/", component.entry.root_dir);
    let mut named: Vec<(String, FileState)> = Vec::new();
    for change in files {
        let path = change.path.strip_prefix(&prefix).unwrap_or(&change.path);
        named.extend(change.before.map(|state| (format!("{BEFORE}{path}"), state)));
        named.extend(change.after.map(|state| (format!("{AFTER}{path}"), state)));
    }
    let main = RawObject::new(Kind::Blob, component.entry.main_file.clone().into_bytes());
    let mut tree = TreeBuilder::default();
    tree.add(MAIN_FILE, FileMode::Regular, main.oid);
    for (path, state) in &named {
        tree.add(path, state.mode, state.blob);
    }
    objects.push(main);
    let repo = workspace.scope.repo();
    let mut kept = Vec::new();
    for (id, target) in seals.iter().filter(|(id, _)| id.id == component.id) {
        let tag = RawObject::new(Kind::Blob, repo.raw(*target, Kind::Tag)?.bytes);
        kept.push((format!("{TAGS}{}", id.version), tag.oid));
        objects.push(tag);
    }
    for (path, tag) in &kept {
        tree.add(path, FileMode::Regular, *tag);
    }
    let tree = tree.write(objects)?;
    let Identities { author, committer } = Identities::of(&workspace.layout.root)?;
    let text = format!(
        "tree {tree}\nparent {}\nauthor {}\ncommitter {}\n\n{} before {} was merged into it\n",
        theirs.commit, author.line, committer.line, component.id, theirs.id.version
    );
    let commit = RawObject::new(Kind::Commit, text.into_bytes());
    let edit = change_of(repo, &component.id)?;
    let edit = RefEdit { new: Some(commit.oid), ..edit };
    objects.push(commit);
    Ok(edit)
}

/// The change by which what is kept of a component goes; `None` where nothing is.
pub fn saved_ref(repo: &Repo, id: &ComponentId) -> Result<Option<RefEdit>> {
    Ok(Some(change_of(repo, id)?).filter(|edit| edit.old.is_some()))
}

/// The tags of the other side's versions, as objects, which a merge into a component has kept.
pub fn kept_tags(repo: &Repo, id: &ComponentId) -> Result<BTreeMap<Version, RawObject>> {
    let mut kept = BTreeMap::new();
    let Some(saved) = change_of(repo, id)?.old else { return Ok(kept) };
    for file in repo.files(repo.commit(saved)?.tree)? {
        let version = file.path.strip_prefix(TAGS).and_then(|version| Version::new(version).ok());
        if let Some(version) = version {
            kept.insert(version, RawObject::new(Kind::Tag, repo.blob(file.blob)?));
        }
    }
    Ok(kept)
}

fn change_of(repo: &Repo, id: &ComponentId) -> Result<RefEdit> {
    let name = refs::before_merge(id);
    let old = RefTable::read(repo)?.get(&name).map(|value| value.target);
    Ok(RefEdit { name, old, new: None })
}

/// What is kept of a component.
pub struct Saved {
    /// What the merge changed.
    pub files: Vec<FileChange>,
    /// The main file as it was.
    pub main_file: String,
    /// The change by which it goes.
    pub edit: RefEdit,
}

/// Reads it; `None` where the merge was made in another clone.
pub fn read(workspace: &Workspace, component: &Component) -> Result<Option<Saved>> {
    let repo = workspace.scope.repo();
    let Some(edit) = saved_ref(repo, &component.id)? else { return Ok(None) };
    let Some(saved) = edit.old else { return Ok(None) };
    let info = repo.commit(saved)?;
    let merged = component.entry.merging.as_ref().map(|merging| oid(merging.commit));
    // One of an earlier merge, whose record went another way.
    if info.parents.first().copied() != merged {
        return Ok(None);
    }
    let mut files: BTreeMap<String, FileChange> = BTreeMap::new();
    for file in repo.files(info.tree)? {
        let state = Some(FileState { mode: file.mode, blob: file.blob });
        let Some((side, path)) = [BEFORE, AFTER].iter().find_map(|side| Some((*side, file.path.strip_prefix(side)?)))
        else {
            continue;
        };
        let path = format!("{}/{path}", component.entry.root_dir);
        let empty = || FileChange { path: path.clone(), before: None, after: None };
        let change = files.entry(path.clone()).or_insert_with(empty);
        *(if side == BEFORE { &mut change.before } else { &mut change.after }) = state;
    }
    let main = repo.blob_at(info.tree, MAIN_FILE)?.unwrap_or_default();
    let Ok(main_file) = String::from_utf8(main) else { return Ok(None) };
    Ok(Some(Saved { files: files.into_values().collect(), main_file, edit }))
}
