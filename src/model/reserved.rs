//! File names that have a meaning at the root of a package.

/// They would change what a component's package is. Where a binding.gyp is, package managers run its commands when they
/// install, though no script of package.json says so.
pub const RESERVED: [&str; 6] =
    ["component.json", "package.json", ".gitattributes", ".gitmodules", ".npmrc", "binding.gyp"];

/// Ignore files and lockfiles: an author may have them beside the sources, a package must not.
pub const OVERLOOKED: [&str; 9] = [
    ".gitignore",
    ".npmignore",
    ".bitignore",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "bun.lock",
    "bun.lockb",
];

/// Whether a name at the root of a package is none that anything else may have.
pub fn reserved_at_root(name: &str) -> bool {
    RESERVED.iter().chain(&OVERLOOKED).any(|reserved| name.eq_ignore_ascii_case(reserved))
}
