//! A scope as an idea: version commits, the catalog, the local scope.

mod catalog;
mod front_page;
mod journal;
mod local;
mod loss;
mod publish;
mod remotes;
mod rewritten;
mod settled;
mod trust;
mod version;

pub use catalog::{CatalogIndex, TrackedCatalog, info_at, info_of};
pub use journal::{Journal, Plan};
pub use local::{Known, KnownComponent, KnownVersion, LocalScope, WriteLock};
pub use publish::{CatalogDraft, README, front_page_of};
pub use remotes::{GlobalRemotes, Remotes, local_remotes, remove_local_remote, set_local_remote};
pub use rewritten::Rewritten;
pub use trust::check_trust;
pub use version::{Draft, MANIFEST, PACKAGE_JSON, SourceFile, StoredVersion, VersionCommit};
