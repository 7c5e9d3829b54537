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

/// Asks whether a hint is to be followed.
pub type FollowHint<'c> = dyn Fn(&Hint) -> Result<bool> + 'c;

impl Incoming<'_> {
    /// Where a scope is. A hint that is followed becomes a remote of the workspace.
    pub(super) fn way_to(&self, scope: &ScopeName) -> Result<RemoteUrl> {
        if let Some(url) = url_of(self.workspace, scope)? {
            return Ok(url);
        }
        let Some((url, hint)) = self.hint(scope)? else {
            return Err(nobody_knows(scope, Some(self.workspace)));
        };
        if !(self.follow)(&hint)? {
            return Err(errors::hint_not_followed(&hint.scope, &hint.url, &hint.says));
        }
        set_local_remote(&self.workspace.scope, scope, url.as_str())?;
        Ok(url)
    }

    fn hint(&self, scope: &ScopeName) -> Result<Option<(RemoteUrl, Hint)>> {
        let asked = self.sources.values().map(|source| Ok(Some(source.info.clone())));
        let repo = self.workspace.scope.repo();
        let seen = self.known.catalogs.values().filter(|catalog| !self.sources.contains_key(&catalog.scope));
        for info in asked.chain(seen.map(|catalog| catalog.info(repo))) {
            let Some(info) = info? else { continue };
            let Some(text) = info.remotes.get(scope) else { continue };
            // What a stranger wrote may be anything; a path of theirs that is not whole leads nowhere here.
            let Ok(url) = RemoteUrl::parse(text, Path::new("/")) else { continue };
            let hint = Hint { scope: scope.clone(), url: url.to_string(), says: info.name };
            return Ok(Some((url, hint)));
        }
        Ok(None)
    }
}
