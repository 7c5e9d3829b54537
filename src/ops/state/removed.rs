//! Components that need one that is removed: here, until the next export says so, or in its scope.

use super::cache::Cache;
use super::staged::{Indexes, catalog_view};
use super::{Component, Issue, IssueKind, Need, Needed};
use crate::model::ComponentId;
use crate::ops::{Workspace, removal};
use crate::scope::Known;
use anyhow::Result;
use std::collections::HashMap;

impl Component {
    /// Whether it is removed as a whole: here, until the next export says so, or in its scope.
    pub fn is_removed(&self) -> bool {
        let is_published = self.remote.catalog.as_ref().is_some_and(|view| view.removed);
        removal::is_removed(Some(&self.entry), is_published)
    }

    /// Whether it is, or the version is that the folder was made from.
    pub fn is_going(&self) -> bool {
        self.is_removed() || self.remote.gone.is_some()
    }
}

/// Says it to each of them, with the import.
pub fn add_issues(components: &mut [Component], known: &Known, workspace: &Workspace, cache: &mut Cache) -> Result<()> {
    let removed: Vec<bool> = components.iter().map(Component::is_removed).collect();
    let mut elsewhere = Elsewhere { known, workspace, cache, indexes: HashMap::new(), found: HashMap::new() };
    for at in 0..components.len() {
        // What goes itself need not be mended.
        if removed[at] {
            continue;
        }
        let mut issues = Vec::new();
        for need in &components[at].needs {
            let gone = match &need.target {
                Needed::Here(other) => removed[*other].then(|| components[*other].id.clone()),
                Needed::Known(version, _) => elsewhere.is_removed(&version.id)?.then(|| version.id.clone()),
            };
            issues.extend(gone.map(|id| issue(need, &id)));
        }
        components[at].issues.extend(issues);
    }
    Ok(())
}

fn issue(need: &Need, id: &ComponentId) -> Issue {
    let (file, line) = &need.place;
    let fix = match need.target {
        Needed::Here(_) => format!("use another component, or bring it back: bit recover {}", id.name),
        Needed::Known(..) => format!("use another component, or bring it back: bit recover {id} --remote"),
    };
    Issue::in_file(IssueKind::RemovedDependency, file, Some(*line), format!("{id} is removed"), fix)
}

/// Components that the workspace does not have.
struct Elsewhere<'k, 'c> {
    known: &'k Known,
    workspace: &'k Workspace,
    cache: &'c mut Cache,
    indexes: Indexes<'k>,
    found: HashMap<ComponentId, bool>,
}

impl Elsewhere<'_, '_> {
    fn is_removed(&mut self, id: &ComponentId) -> Result<bool> {
        if let Some(found) = self.found.get(id) {
            return Ok(*found);
        }
        let view = catalog_view(id, self.known, self.workspace, self.cache, &mut self.indexes)?;
        let is_removed = view.is_some_and(|view| view.removed);
        self.found.insert(id.clone(), is_removed);
        Ok(is_removed)
    }
}
