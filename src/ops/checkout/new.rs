//! A checkout of the newest versions, and of what is new in the workspace's scopes.

use super::{CheckedOut, CheckoutOptions, checkout};
use crate::ops::import::{ImportOptions, Imported, Wanted, import};
use crate::ops::{FollowHint, Progress, Workspace};
use anyhow::Result;
use std::path::Path;

/// Asks the scopes, checks out, and imports what the workspace does not have yet. Scopes that do not answer are told.
pub fn checkout_with_new(
    cwd: &Path,
    options: &CheckoutOptions,
    follow: &FollowHint,
    progress: &dyn Progress,
) -> Result<(Workspace, CheckedOut, Imported)> {
    // Else "head" would be the newest version of yesterday, beside components of today.
    import(cwd, &ImportOptions::default(), follow, progress)?;
    let (_, switched) = checkout(cwd, options, progress)?;
    let new = ImportOptions { wanted: Wanted::NewOfScopes, ..ImportOptions::default() };
    let (workspace, imported) = import(cwd, &new, follow, progress)?;
    Ok((workspace, switched, imported))
}
