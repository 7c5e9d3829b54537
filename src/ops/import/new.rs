//! What the workspace's scopes have, and the workspace does not.

use super::{ImportOptions, Imported, Run, choose, unanswered};
use crate::model::ScopeName;
use crate::ops::remote::url_of;
use anyhow::Result;
use std::collections::BTreeSet;

impl Run<'_> {
    /// Brings it. A scope that does not answer is told, and what the others have comes.
    pub(super) fn new_of_scopes(&mut self, options: &ImportOptions, outcome: &mut Imported) -> Result<()> {
        let scopes = self.scopes()?;
        self.incoming.ask(&scopes)?;
        outcome.failed = unanswered(&self.incoming);
        let mut chosen = Vec::new();
        for scope in &scopes {
            let is_new = |id: &_| self.workspace.entry(id).is_none();
            for id in choose::listed(&self.incoming, scope, options.deprecated, is_new)? {
                chosen.push(choose::resolve(&mut self.incoming, &id, None)?);
            }
        }
        self.bring(chosen, options, outcome)
    }

    /// Those of exported components, and the default one where anybody said where it is.
    fn scopes(&self) -> Result<BTreeSet<ScopeName>> {
        let exported = self.workspace.bitmap.entries().filter(|entry| entry.is_exported());
        let mut scopes: BTreeSet<ScopeName> = exported.map(|entry| entry.scope_name()).collect();
        let default = &self.workspace.config.default_scope;
        if url_of(self.workspace, default)?.is_some() {
            scopes.insert(default.clone());
        }
        Ok(scopes)
    }
}
