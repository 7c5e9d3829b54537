//! The files of the workspace: they change with refs and .bitmap, in the transaction of whoever asks.

use super::{Told, Unparsable};
use crate::errors;
use crate::git::{Oid, Repo};
use crate::ops::state::WorkFile;
use crate::ops::{Component, Work, Workspace};
use crate::scope::StoredVersion;
use crate::source::rewrite::NewNames;
use crate::workspace::FileChange;
use anyhow::Result;
use std::collections::BTreeMap;
use std::fs;

/// The specifiers that change in the workspace's files.
#[derive(Default)]
pub struct WorkspaceSpecifiers {
    /// The changes, and the objects that keep the files as they are and as they are to be.
    pub work: Work,
    /// What a person is told.
    pub told: Told,
}

impl WorkspaceSpecifiers {
    /// Looks at the files of these components. Nothing is written.
    pub fn find<'c>(
        workspace: &Workspace,
        components: impl IntoIterator<Item = &'c Component>,
        names: &NewNames,
        unparsable: Unparsable,
    ) -> Result<Self> {
        let mut found = Self::default();
        for component in components {
            found.look_at(workspace, component, names)?;
        }
        match unparsable {
            Unparsable::Refuse if !found.told.left.is_empty() => {
                Err(errors::unparsable_sources(&found.told.unparsed()))
            }
            _ => Ok(found),
        }
    }

    fn look_at(&mut self, workspace: &Workspace, component: &Component, names: &NewNames) -> Result<()> {
        for file in &component.files {
            let path = format!("{}/{}", component.entry.root_dir, file.source.path);
            let changes = file.scan.as_ref().is_some_and(|scan| {
                scan.problem.is_some() || scan.specifiers().any(|import| names.specifier(&import.specifier).is_some())
            });
            if !changes {
                // What only is told may have gone meanwhile.
                let bytes = fs::read(workspace.layout.root.join(&path)).unwrap_or_default();
                self.told.look(names, &path, &bytes);
                continue;
            }
            let (before, bytes) = self.work.old_file(workspace, &path, file.source.blob)?;
            if let Some(bytes) = self.told.look(names, &path, &bytes) {
                let after = self.work.new_content(workspace.scope.repo(), before.mode, bytes)?;
                self.work.files.push(FileChange { path, before: Some(before), after: Some(after) });
            }
        }
        Ok(())
    }
}

/// Those of the component's files among these paths that are not as this version has them.
pub fn unlike_its_version(
    repo: &Repo,
    component: &Component,
    version: Option<&StoredVersion>,
    paths: &mut dyn Iterator<Item = &str>,
) -> Result<Vec<String>> {
    let prefix = format!("{}/", component.entry.root_dir);
    let own = paths.filter_map(|path| Some((path, component.file(path.strip_prefix(&prefix)?)?)));
    let own: Vec<(&str, &WorkFile)> = own.collect();
    if own.is_empty() {
        return Ok(Vec::new());
    }
    let stored = version.map(|version| version.source_files(repo)).transpose()?.unwrap_or_default();
    let stored: BTreeMap<&str, Oid> = stored.iter().map(|file| (file.path.as_str(), file.blob)).collect();
    let is_other = |file: &WorkFile| stored.get(file.source.path.as_str()) != Some(&file.source.blob);
    Ok(own.into_iter().filter(|(_, file)| is_other(file)).map(|(path, _)| path.to_owned()).collect())
}
