//! A component version as a package: its package.json, its archive, its way to a registry, and the package
//! managers that install it.

mod command;
mod entry_points;
mod harmless;
pub mod manager;
mod package_json;
mod registry;
mod renaming;
mod tarball;

pub use crate::model::ModuleSystem;
pub use command::{Ended, Program};
pub use entry_points::EntryPoints;
pub use harmless::harmless;
pub use package_json::{PackageJson, chosen_fields};
pub use registry::{Access, Registry, RegistryUrl};
pub use renaming::{NewPackage, rename_packages};
pub use tarball::{PackageFile, file_name, tarball};
