//! Pure ideas: names, versions, ids, manifests, catalog entries, the dependency graph.
//!
//! No I/O, no git, no command line: everything here can be tested with values alone.
//! Text becomes one of these types once, at the edge, and is trusted from there on.

mod catalog;
mod commit;
mod descent;
mod few;
mod fingerprint;
mod forebear;
mod graph;
mod id;
mod manifest;
mod mark;
mod module_system;
mod moment;
mod name;
mod nearest;
mod package;
mod package_fields;
mod pattern;
mod range;
mod reserved;
mod scope_pattern;
mod version;

pub use catalog::{CatalogEntry, CatalogVersion, Deprecation, Moved, Origin, Removal, ScopeInfo};
pub use commit::CommitId;
pub use descent::{Descent, Step};
pub use few::few;
pub use fingerprint::{Fingerprint, fingerprint};
pub use forebear::{Beginning, Forebear};
pub use graph::Graph;
pub use id::{ComponentId, IdQuery, VersionId, VersionSelector};
pub use manifest::{BuildRecord, Dependency, DependencyKind, FORMAT, Manifest, ManifestError, Packages};
pub use mark::Mark;
pub use module_system::ModuleSystem;
pub use moment::Moment;
pub use name::{ComponentName, NameError, ScopeName};
pub use nearest::nearest;
pub use package::PackageName;
pub use package_fields::{FieldFault, PackageFields};
pub use pattern::{Part, Pattern, PatternError};
pub use range::{BadRange, VersionRange};
pub use reserved::{OVERLOOKED, RESERVED, reserved_at_root};
pub use scope_pattern::scope_pattern_fault;
pub use version::{Increment, Level, Lineage, Version};
