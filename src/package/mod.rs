//! A component version as a package: its package.json.

mod package_json;

pub use package_json::{ModuleSystem, PackageJson};
