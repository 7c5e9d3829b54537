//! A component version as a package: its package.json, and its archive.

mod harmless;
mod package_json;
mod renaming;
mod tarball;

pub use harmless::harmless;
pub use package_json::{ModuleSystem, PackageJson};
pub use renaming::{NewPackage, rename_packages};
pub use tarball::{PackageFile, file_name, tarball};
