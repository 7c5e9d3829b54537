//! Writing the versions of a tag: blobs, manifests and commits into one pack, refs in one rename, .bitmap.

use super::joined::Finishing;
use super::plan::{Plan, PlannedTag};
use super::sign::{self, Unsigned};
use super::{Build, TagOptions};
use crate::errors;
use crate::git::{FileMode, Identities, Kind, Oid, PackWriter, RawObject, RefEdit, RefName, oid};
use crate::model::{Beginning, CommitId, Dependency, FORMAT, Manifest, ScopeName, VersionId};
use crate::ops::base::newest_listed;
use crate::ops::beginning;
use crate::ops::build::{Built, MadeFile, has_programs};
use crate::ops::state::{Component, Need, Needed, closure_scopes};
use crate::ops::{BitmapChange, Progress, State, Transaction, Workspace};
use crate::package::{EntryPoints, PackageJson};
use crate::scope::{Draft, SourceFile, StoredVersion, WriteLock};
use crate::source::text;
use anyhow::{Context, Result};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Writes all versions or none; their contents' ids, in the order of the plan.
pub fn write(
    workspace: &Workspace,
    lock: &WriteLock,
    state: &State,
    plan: &Plan,
    options: &TagOptions,
    finishing: Finishing,
    progress: &dyn Progress,
) -> Result<Vec<CommitId>> {
    let signs = options.signing.applies(workspace);
    if signs {
        sign::refuse_homeless(state, plan)?;
    }
    let mut unsigned = Unsigned::default();
    let mut pack = PackWriter::new(workspace.scope.repo())?;
    write_blobs(workspace, state, plan, &mut pack)?;
    let mut writer = Writer::new(workspace, state, plan, options.message.as_deref())?;
    let mut objects = Vec::new();
    let mut commits = Vec::with_capacity(plan.tags.len());
    for place in 0..plan.tags.len() {
        let written = writer.write_one(place, &mut objects);
        commits.push(match options.build {
            Build::Nothing => written.map_err(errors::perhaps_not_built)?,
            Build::All | Build::WithoutTests => written?,
        });
        if signs {
            let tag = &plan.tags[place];
            unsigned.add(state.components[tag.at].id.at(tag.version.clone()), &objects);
        }
        // What waits to be compressed is bounded, however many versions there are.
        if objects.len() > 4096 {
            pack.add(std::mem::take(&mut objects))?;
        }
        progress.advance(1);
    }
    pack.add(objects)?;
    let signed = unsigned.sign(workspace, &writer.identities, progress)?;
    let target = |commit: &CommitId| signed.get(commit).map_or(oid(*commit), |tag| tag.oid);
    let mut refs: Vec<RefEdit> =
        plan.tags.iter().zip(&commits).map(|(tag, commit)| ref_edit(state, tag, target(commit))).collect();
    pack.add(signed.into_values().collect())?;
    pack.add(finishing.objects)?;
    refs.extend(finishing.refs);
    let transaction = Transaction {
        command: "tag",
        objects: Some(pack),
        refs,
        bitmap: plan
            .tags
            .iter()
            .zip(&commits)
            .map(|(tag, commit)| record(workspace, state, tag, *commit))
            .collect::<Result<_>>()?,
    };
    workspace.commit(transaction, lock)?;
    Ok(commits)
}

fn ref_edit(state: &State, tag: &PlannedTag, target: Oid) -> RefEdit {
    let id = state.components[tag.at].id.at(tag.version.clone());
    RefEdit { name: RefName::from(id).to_string(), old: None, new: Some(target) }
}

fn record(workspace: &Workspace, state: &State, tag: &PlannedTag, commit: CommitId) -> Result<BitmapChange> {
    let component = &state.components[tag.at];
    let before = &component.entry;
    let mut after = before.clone();
    after.version = Some(tag.version.clone());
    after.commit = Some(commit);
    after.merging = None;
    after.base = match &component.remote.catalog {
        Some(catalog) => newest_listed(workspace.scope.repo(), catalog, tag.parents.clone())?,
        None => None,
    };
    Ok(BitmapChange { before: Some(before.clone()), after: Some(after) })
}

/// Puts the files that the repository doesn't have yet into the pack, reading them side by side.
fn write_blobs(workspace: &Workspace, state: &State, plan: &Plan, pack: &mut PackWriter) -> Result<()> {
    const AT_ONCE: usize = 512;
    let repo = workspace.scope.repo();
    let mut seen: HashSet<Oid> = HashSet::new();
    let mut missing: Vec<(PathBuf, Oid)> = Vec::new();
    for component in plan.tags.iter().map(|tag| &state.components[tag.at]) {
        let folder = workspace.layout.root.join(&component.entry.root_dir);
        for SourceFile { path, blob, .. } in component.files.iter().map(|file| &file.source) {
            if seen.insert(*blob) && !repo.has(*blob)? {
                missing.push((folder.join(path), *blob));
            }
        }
    }
    for chunk in missing.chunks(AT_ONCE) {
        let blobs: Vec<RawObject> = chunk
            .par_iter()
            .with_min_len(16)
            .map(|(path, expected)| read_blob(path, *expected))
            .collect::<Result<_>>()?;
        pack.add(blobs)?;
    }
    let mut made = Vec::new();
    for file in plan.built.iter().flat_map(|built| &built.files) {
        if seen.insert(file.blob) && !repo.has(file.blob)? {
            made.push(RawObject { oid: file.blob, kind: Kind::Blob, bytes: file.content.clone() });
        }
        if made.len() == AT_ONCE {
            pack.add(std::mem::take(&mut made))?;
        }
    }
    pack.add(made)
}

/// Reads a file again. It must still be what was looked at: its imports and its issues were found in that.
fn read_blob(path: &Path, expected: Oid) -> Result<RawObject> {
    let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    let blob = RawObject::new(Kind::Blob, text::normalize(bytes));
    if blob.oid != expected {
        return Err(errors::file_changed_meanwhile(path));
    }
    Ok(blob)
}

fn as_file(made: &MadeFile) -> SourceFile {
    let mode = if made.executable { FileMode::Executable } else { FileMode::Regular };
    SourceFile { path: made.path.clone(), mode, blob: made.blob }
}

struct Writer<'a> {
    workspace: &'a Workspace,
    state: &'a State,
    plan: &'a Plan,
    identities: Identities,
    message: Option<&'a str>,
    /// Where in the plan a component's tag is.
    place: HashMap<usize, usize>,
    /// What was written, by component.
    commits: HashMap<usize, CommitId>,
    /// Every scope that the closure of a group's components reaches, by group.
    scopes: HashMap<usize, Vec<ScopeName>>,
}

impl<'a> Writer<'a> {
    fn new(workspace: &'a Workspace, state: &'a State, plan: &'a Plan, message: Option<&'a str>) -> Result<Self> {
        Ok(Self {
            workspace,
            state,
            plan,
            identities: Identities::of(&workspace.layout.root)?,
            message,
            place: plan.tags.iter().enumerate().map(|(place, tag)| (tag.at, place)).collect(),
            commits: HashMap::new(),
            scopes: HashMap::new(),
        })
    }

    fn write_one(&mut self, place: usize, out: &mut Vec<RawObject>) -> Result<CommitId> {
        let (tag, group) = (&self.plan.tags[place], self.plan.groups[place]);
        if !self.scopes.contains_key(&group) {
            let scopes = self.scopes_of_group(place)?;
            self.scopes.insert(group, scopes);
        }
        let component = &self.state.components[tag.at];
        let built = &self.plan.built[place];
        let manifest = self.manifest(component, tag, built, group)?;
        let files: Vec<SourceFile> = component.files.iter().map(|file| file.source.clone()).collect();
        let made: Vec<SourceFile> = built.files.iter().map(as_file).collect();
        has_programs(component, built)?;
        let entry = EntryPoints::of(&manifest, files.iter().chain(&made).map(|file| file.path.as_str()));
        let merged = tag.joined.as_ref().map(|joined| joined.message(&component.id));
        let draft = Draft {
            package_json: PackageJson::new(&manifest, component.module, &entry, &component.package_fields).to_json(),
            manifest: &manifest,
            files: &files,
            built: &made,
            parents: &tag.parents,
            message: self.message.or(merged.as_deref()),
            lineage: tag.lineage,
            identities: &self.identities,
        };
        let commit = draft.write(out)?;
        self.commits.insert(tag.at, commit);
        Ok(commit)
    }

    fn manifest(&self, component: &Component, tag: &PlannedTag, built: &Built, group: usize) -> Result<Manifest> {
        let needs = component.needs.iter();
        let mut dependencies = needs.map(|need| self.dependency(need, group)).collect::<Result<Vec<_>>>()?;
        dependencies.sort();
        let Beginning { forked_from, renamed_from } = self.beginning(component, tag)?;
        Ok(Manifest {
            format: FORMAT,
            scope: component.id.scope.clone(),
            name: component.id.name.clone(),
            version: tag.version.clone(),
            forked_from,
            renamed_from,
            main: component.entry.main_file.clone(),
            env: built.env.clone(),
            artifacts: built.artifacts.clone(),
            dependencies,
            scopes: self.scopes.get(&group).cloned().unwrap_or_default(),
            packages: component.packages.clone(),
            build: built.records(),
        })
    }

    /// How the component began: as its record says it, else as the version does from which this one is made.
    fn beginning(&self, component: &Component, tag: &PlannedTag) -> Result<Beginning> {
        let parent = tag.parents.first().map(|parent| StoredVersion::read(self.workspace.scope.repo(), *parent));
        let inherited = parent.transpose()?.map(|parent| parent.manifest.beginning()).unwrap_or_default();
        Ok(beginning::of(&component.entry).or(inherited))
    }

    /// A component's tag in this plan, and its group.
    fn planned(&self, need: &Need) -> Option<(&'a PlannedTag, usize)> {
        let Needed::Here(at) = need.target else { return None };
        let place = *self.place.get(&at)?;
        Some((&self.plan.tags[place], self.plan.groups[place]))
    }

    /// A dependency as the manifest has it.
    fn dependency(&self, need: &Need, group: usize) -> Result<Dependency> {
        if let Some((tag, other_group)) = self.planned(need) {
            let id = self.state.components[tag.at].id.at(tag.version.clone());
            // Inside a cycle no commit can name the other.
            let commit = self.commits.get(&tag.at).copied().filter(|_| other_group != group);
            return Ok(Dependency { id, commit, kind: need.kind });
        }
        let (id, commit) = self.standing(need)?;
        Ok(Dependency { id, commit: Some(commit), kind: need.kind })
    }

    /// A dependency that is not being tagged: the version it has.
    fn standing(&self, need: &Need) -> Result<(VersionId, CommitId)> {
        // The plan refused new components that were left out, and versions that are not here.
        match self.state.resolve(need) {
            Some((id, Some(commit))) => Ok((id, commit)),
            Some((id, None)) => Err(errors::import_pending(&id.to_string())),
            None => Err(errors::import_pending(&format!("{:?}", need.target))),
        }
    }

    /// All scopes that the components of one group reach. Those of a cycle reach the same.
    fn scopes_of_group(&self, place: usize) -> Result<Vec<ScopeName>> {
        let group = self.plan.groups[place];
        let members = (place..self.plan.tags.len()).take_while(|&at| self.plan.groups[at] == group);
        let mut reached: Vec<(ScopeName, Vec<ScopeName>)> = Vec::new();
        for need in members.flat_map(|member| &self.state.components[self.plan.tags[member].at].needs) {
            reached.push(match self.planned(need) {
                Some((tag, other_group)) => {
                    let further = self.scopes.get(&other_group).cloned().unwrap_or_default();
                    (self.state.components[tag.at].id.scope.clone(), further)
                }
                None => {
                    let (id, commit) = self.standing(need)?;
                    let summary = self.state.summary(self.workspace, commit)?;
                    let further = summary.scopes.iter().map(|scope| ScopeName::new(scope)).collect::<Result<_, _>>()?;
                    (id.id.scope, further)
                }
            });
        }
        Ok(closure_scopes(reached.iter().map(|(scope, further)| (scope, further.as_slice()))))
    }
}
