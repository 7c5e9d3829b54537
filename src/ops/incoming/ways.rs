//! The way to a scope: by the remotes that are known, else by a hint in a scope that is known already.

use super::Incoming;
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::model::ScopeName;
use crate::ops::remote::{nobody_knows, url_of};
use crate::scope::set_local_remote;
use anyhow::Result;
use std::path::Path;

/// Where a scope says that another one is.
#[derive(Debug, Clone)]
pub struct Hint {
    /// The scope that is wanted.
    pub scope: ScopeName,
    /// Where it is said to be, without secrets.
    pub url: String,
    /// Who says so.
    pub says: ScopeName,
}

/// Where a scope is, and who says so.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) url: RemoteUrl,
    said_by: SaidBy,
}

#[derive(Debug, Clone, Copy)]
enum SaidBy {
    Remote,
    Hint,
}

/// Asks whether a hint is to be followed.
pub type FollowHint<'c> = dyn Fn(&Hint) -> Result<bool> + 'c;

impl Incoming<'_> {
    /// Where a scope is.
    pub(super) fn way_to(&self, scope: &ScopeName) -> Result<Way> {
        if let Some(url) = url_of(self.workspace, scope)? {
            return Ok(Way { url, said_by: SaidBy::Remote });
        }
        let mut unusable = None;
        let Some((url, hint)) = self.hint(scope, &mut unusable)? else {
            let nobody = || nobody_knows(scope, Some(self.workspace));
            return Err(unusable.unwrap_or_else(nobody));
        };
        if !(self.follow)(&hint)? {
            return Err(errors::hint_not_followed(&hint.scope, &hint.url, &hint.says));
        }
        Ok(Way { url, said_by: SaidBy::Hint })
    }

    /// A hint that led to the scope becomes a remote of the workspace. One that led elsewhere does not: it would count
    /// more than the same hint, corrected.
    pub(super) fn keep_hint(&self, scope: &ScopeName, way: &Way) -> Result<()> {
        match way.said_by {
            SaidBy::Remote => Ok(()),
            SaidBy::Hint => set_local_remote(&self.workspace.scope, scope, way.url.as_str()),
        }
    }

    /// The first one that can be used; else, why one can't.
    fn hint(&self, scope: &ScopeName, unusable: &mut Option<anyhow::Error>) -> Result<Option<(RemoteUrl, Hint)>> {
        let asked = self.sources.values().map(|source| Ok(Some(source.info.clone())));
        let repo = self.workspace.scope.repo();
        let seen = self.known.catalogs.values().filter(|catalog| !self.sources.contains_key(&catalog.scope));
        for info in asked.chain(seen.map(|catalog| catalog.info(repo))) {
            let Some(info) = info? else { continue };
            let Some(text) = info.remotes.get(scope) else { continue };
            // What a stranger wrote may be anything; a path of theirs that is not whole leads nowhere here.
            let url = match RemoteUrl::parse(text, Path::new("/")) {
                Ok(url) => url,
                Err(error) => {
                    unusable.get_or_insert_with(|| errors::hint_unusable(scope, &info.name, &error));
                    continue;
                }
            };
            let hint = Hint { scope: scope.clone(), url: url.to_string(), says: info.name };
            return Ok(Some((url, hint)));
        }
        Ok(None)
    }
}
