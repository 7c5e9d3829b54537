//! A component version as a package: its package.json.

mod harmless;
mod package_json;
mod renaming;

pub use harmless::harmless;
pub use package_json::{ModuleSystem, PackageJson};
pub use renaming::{NewPackage, rename_packages};
