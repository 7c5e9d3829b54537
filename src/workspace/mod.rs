//! What a workspace is on disk: its root, workspace.jsonc, .bitmap, and the links in node_modules.

mod bitmap;
mod built;
mod by_scope;
mod changes;
mod config;
mod dependency_files;
mod environments;
mod folders;
mod installed;
mod json;
mod layout;
mod links;
mod package_json;
mod pnp;
mod pnpm_workspace;
mod remotes;
mod settings;
mod signing;
mod store;
mod variants;

pub use bitmap::{Base, Bitmap, BitmapConflict, BitmapEntry, Head, MergedBitmap, Merging, merge as merge_bitmaps};
pub use built::{DistFile, Written, is_built, is_built_from, remove_built, write_built};
pub use changes::{
    FileChange, FileState, Standing as FileStanding, apply as apply_changes, look as look_at_file, read as read_file,
};
pub use config::{ConfigFile, TemplateOptions, WorkspaceConfig, template};
pub use dependency_files::{DeclaredDependency, DependencyFiles, OverridesPlace, with_lines};
pub use environments::{Declarations, Environment, Environments, Globs, Task, TaskWork, is_test};
pub use folders::{Deleted, delete_files, move_folder, real_folder};
pub use installed::{InstalledPackages, installed_component, installed_manifest, installed_version};
pub use json::{parse as parse_json, text_of, without_bom};
pub use layout::{Layout, ScopePlace, check_relative_path, hide_from_git, local_scope_for};
pub use links::{
    Link, LinkOutcome, LinkStamp, LinkTarget, describe_again, ensure, inspect, is_ours, link_of_component, links,
    remove, stale, stamp,
};
pub use package_json::Declared;
pub use pnp::{pnp_in_force, pnp_is_pnpms, pnpm_asks_for_pnp};
pub use remotes::SharedRemotes;
pub use signing::SigningRules;
pub use store::{Settled, Store, StoreEntry, StoreFile, StoreMode, with_mark_of_version};
pub use variants::{VariantView, Variants};
