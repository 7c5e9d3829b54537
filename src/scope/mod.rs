//! A scope as an idea: version commits, the catalog, the local scope.

mod catalog;
mod journal;
mod local;
mod version;

pub use catalog::TrackedCatalog;
pub use journal::{Journal, Plan};
pub use local::{Known, KnownComponent, KnownVersion, LocalScope, WriteLock};
pub use version::{Draft, Lineage, MANIFEST, PACKAGE_JSON, SourceFile, StoredVersion};
