//! Package managers: which one a workspace uses, what it is called with, and where it reads that a package comes from
//! elsewhere than a registry.

pub mod bun_lock;
mod detect;
mod git_policy;
mod monorepo;
pub mod npm_lock;
mod overrides;
pub mod yarn_lock;

pub use detect::{Chosen, choose};
pub use git_policy::GitPolicy;
pub use monorepo::{Monorepo, members, monorepo_around};
pub use overrides::{Needed, OfRegistry, Pinned, Place, kept_out, locked, overrides, place};

use super::Program;
use crate::errors;
use anyhow::Result;
use semver::Version;
use std::fmt;
use std::path::Path;

/// A package manager. Yarn 1 and what came after it share little more than the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// npm.
    Npm,
    /// pnpm.
    Pnpm,
    /// Yarn 1.
    YarnClassic,
    /// Yarn 2 and later.
    YarnBerry,
    /// Bun.
    Bun,
}

impl Kind {
    /// The program's name.
    pub fn program(self) -> &'static str {
        match self {
            Self::Npm => "npm",
            Self::Pnpm => "pnpm",
            Self::YarnClassic | Self::YarnBerry => "yarn",
            Self::Bun => "bun",
        }
    }
}

/// A package manager that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manager {
    /// Which one.
    pub kind: Kind,
    /// Its version.
    pub version: Version,
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.program(), self.version)
    }
}

/// Whether the lockfile may change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lockfile {
    /// It follows package.json.
    #[default]
    Follows,
    /// It is the law: where it does not fit, nothing is installed.
    Frozen,
}

/// Where a new package is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Section {
    /// Among what is needed to run.
    #[default]
    Dependencies,
    /// Among what is needed to develop.
    DevDependencies,
}

impl Section {
    /// Its name in package.json.
    pub fn key(self) -> &'static str {
        match self {
            Self::Dependencies => "dependencies",
            Self::DevDependencies => "devDependencies",
        }
    }
}

impl Manager {
    /// The workspace's package manager. Refuses one that is not installed, or that does not say its version.
    pub fn of(root: &Path, configured: Option<&str>) -> Result<Self> {
        let Chosen { kind, why } = choose(root, configured)?;
        let program = Program::new(kind.program(), ["--version"], root);
        let ended = program.run()?.ok_or_else(|| errors::manager_missing(kind.program(), &why))?;
        // A corepack may say more before it.
        let read = |line: &str| Version::parse(line.trim().trim_start_matches('v')).ok();
        let version = match ended.words.lines().rev().find_map(read) {
            Some(version) if ended.success => version,
            _ => return Err(errors::manager_failed(&program.line(), &ended.words)),
        };
        let kind = match kind {
            Kind::YarnClassic | Kind::YarnBerry if version.major < 2 => Kind::YarnClassic,
            Kind::YarnClassic | Kind::YarnBerry => Kind::YarnBerry,
            other => other,
        };
        Ok(Self { kind, version })
    }

    /// Installs what package.json says. Each manager is told what its defaults would make of a CI job: a lockfile that
    /// may not change, although package.json has.
    pub fn install(&self, root: &Path, lockfile: Lockfile) -> Program {
        let arguments: &[&str] = match (self.kind, lockfile) {
            (Kind::Npm, Lockfile::Follows) => &["install", "--no-audit", "--no-fund"],
            (Kind::Npm, Lockfile::Frozen) => &["ci", "--no-audit", "--no-fund"],
            (Kind::Pnpm, Lockfile::Follows) => &["install", "--no-frozen-lockfile"],
            (Kind::YarnClassic, Lockfile::Follows) => &["install", "--non-interactive"],
            (Kind::YarnClassic, Lockfile::Frozen) => &["install", "--non-interactive", "--frozen-lockfile"],
            (Kind::YarnBerry, Lockfile::Follows) => &["install", "--no-immutable"],
            (Kind::YarnBerry, Lockfile::Frozen) => &["install", "--immutable"],
            (Kind::Bun, Lockfile::Follows) => &["install"],
            (Kind::Pnpm | Kind::Bun, Lockfile::Frozen) => &["install", "--frozen-lockfile"],
        };
        Program::new(self.kind.program(), arguments.iter().copied(), root)
    }

    /// Adds packages to package.json and installs them.
    pub fn add(&self, root: &Path, packages: &[String], section: Section) -> Program {
        let is_monorepo = root.join("pnpm-workspace.yaml").exists() || detect::has_workspaces(root);
        let mut arguments = match self.kind {
            Kind::Npm => vec!["install", "--no-audit", "--no-fund"],
            Kind::YarnClassic => vec!["add", "--non-interactive"],
            Kind::Pnpm | Kind::YarnBerry | Kind::Bun => vec!["add"],
        };
        match self.kind {
            Kind::Pnpm if is_monorepo => arguments.push("--workspace-root"),
            Kind::YarnClassic if is_monorepo => arguments.push("--ignore-workspace-root-check"),
            _ => {}
        }
        match (self.kind, section) {
            (_, Section::Dependencies) => {}
            (Kind::Npm | Kind::Pnpm, Section::DevDependencies) => arguments.push("--save-dev"),
            (_, Section::DevDependencies) => arguments.push("--dev"),
        }
        let arguments = arguments.into_iter().map(str::to_owned).chain(packages.iter().cloned());
        Program::new(self.kind.program(), arguments, root)
    }

    /// The lockfiles and settings that installing may change, beside package.json.
    pub fn files(&self) -> &'static [&'static str] {
        match self.kind {
            Kind::Npm => &["package-lock.json", "npm-shrinkwrap.json"],
            Kind::Pnpm => &["pnpm-lock.yaml", "pnpm-workspace.yaml"],
            Kind::YarnClassic => &["yarn.lock"],
            Kind::YarnBerry => &["yarn.lock", ".yarnrc.yml"],
            Kind::Bun => &["bun.lock", "bun.lockb"],
        }
    }
}

/// Whether one of [`Manager::files`] is written by package managers alone.
pub fn is_lockfile(name: &str) -> bool {
    !matches!(name, "pnpm-workspace.yaml" | ".yarnrc.yml")
}
