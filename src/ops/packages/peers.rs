//! What packages need and whoever uses them brings: package managers differ in whether they do by themselves, so
//! package.json names it.

use super::closure::Closure;
use super::roots::Root;
use crate::model::VersionId;
use crate::ops::Workspace;
use crate::scope::Known;
use anyhow::Result;

/// The roots with all peers that are to be packages too.
pub struct WithPeers {
    /// All of them.
    pub roots: Vec<Root>,
    /// What they need.
    pub closure: Closure,
    /// The peers that are new among the roots, or newer.
    pub peers: Vec<VersionId>,
}

/// Adds the peers that nobody brings. One that package.json has in an older version than what is new there needs moves
/// along: two of it would be installed otherwise, or nothing at all.
pub fn with_peers(workspace: &Workspace, known: &Known, before: &[Root], mut roots: Vec<Root>) -> Result<WithPeers> {
    let mut peers = Vec::new();
    loop {
        let closure = Closure::of(workspace, known, &roots)?;
        let unmet = closure.unmet_peers(workspace);
        peers.extend(unmet.iter().map(|peer| peer.id.clone()));
        let new: Vec<Root> = roots.iter().filter(|root| !before.contains(root)).cloned().collect();
        let wanted = Closure::of(workspace, known, &new)?;
        let older = roots.iter_mut().filter(|root| before.contains(root));
        let moved: Vec<VersionId> = older.filter_map(|root| move_along(root, &wanted)).collect();
        if unmet.is_empty() && moved.is_empty() {
            return Ok(WithPeers { roots, closure, peers });
        }
        roots.extend(unmet);
        peers.extend(moved);
    }
}

/// Moves a root to the newest version that is wanted of it as a peer; which one, if it was older.
fn move_along(root: &mut Root, wanted: &Closure) -> Option<VersionId> {
    let newest = wanted.peers().filter(|peer| peer.id == root.id.id).max_by_key(|peer| &peer.version)?;
    if newest.version <= root.id.version {
        return None;
    }
    root.id = newest.clone();
    Some(newest.clone())
}
