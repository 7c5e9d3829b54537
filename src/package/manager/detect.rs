//! Which package manager a workspace uses: what package.json says, else its lockfile, else its settings, else npm.

use super::Kind;
use crate::disk;
use crate::errors;
use anyhow::Result;
use serde_json::Value;
use std::path::Path;

/// A package manager, and what named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Which one.
    pub kind: Kind,
    /// What says so, for messages.
    pub why: String,
}

/// What each manager leaves beside package.json.
const LOCKFILES: [(&str, Kind); 6] = [
    ("pnpm-lock.yaml", Kind::Pnpm),
    ("yarn.lock", Kind::YarnClassic),
    ("bun.lock", Kind::Bun),
    ("bun.lockb", Kind::Bun),
    ("package-lock.json", Kind::Npm),
    ("npm-shrinkwrap.json", Kind::Npm),
];

/// Chooses. Which Yarn it is, only Yarn itself can say. Lockfiles of several managers decide nothing.
pub fn choose(root: &Path, configured: Option<&str>) -> Result<Chosen> {
    if let Some(name) = field(root) {
        return named(&name, "packageManager in package.json");
    }
    let found: Vec<(&str, Kind)> = LOCKFILES.into_iter().filter(|(file, _)| root.join(file).exists()).collect();
    let agree = found.windows(2).all(|pair| pair[0].1 == pair[1].1);
    match (found.first(), configured) {
        (Some((file, kind)), _) if agree => Ok(Chosen { kind: *kind, why: (*file).to_owned() }),
        (_, Some(name)) => named(name, "packageManager in workspace.jsonc"),
        (Some(_), None) => Err(errors::several_lockfiles(&found.iter().map(|(file, _)| *file).collect::<Vec<_>>())),
        (None, None) if root.join("pnpm-workspace.yaml").exists() => {
            Ok(Chosen { kind: Kind::Pnpm, why: "pnpm-workspace.yaml".into() })
        }
        (None, None) => Ok(Chosen { kind: Kind::Npm, why: "nothing names another one".into() }),
    }
}

/// `pnpm@10.1.0+sha512…`, or a name that Bit knows, `teambit.dependencies/pnpm`.
fn named(text: &str, whence: &str) -> Result<Chosen> {
    let name = text.rsplit('/').next().unwrap_or(text);
    let name = name.split('@').next().unwrap_or(name).trim();
    let kind = match name {
        "npm" => Kind::Npm,
        "pnpm" => Kind::Pnpm,
        "yarn" => Kind::YarnClassic,
        "bun" => Kind::Bun,
        _ => return Err(errors::unknown_manager(text, whence)),
    };
    Ok(Chosen { kind, why: whence.to_owned() })
}

/// The packageManager of package.json, or what its devEngines say. A package.json that can't be read says nothing
/// here: whoever changes it tells what is wrong with it.
fn field(root: &Path) -> Option<String> {
    let package = package_json(root)?;
    let engine = || package.pointer("/devEngines/packageManager/name");
    package.get("packageManager").or_else(engine)?.as_str().map(str::to_owned)
}

/// Whether package.json is the root of several packages.
pub(super) fn has_workspaces(root: &Path) -> bool {
    package_json(root).is_some_and(|package| package.get("workspaces").is_some())
}

/// Whether package.json has overrides that pnpm reads, beside those that are ours.
pub(super) fn has_overrides(root: &Path, is_ours: &dyn Fn(&str, &str) -> bool) -> bool {
    let package = package_json(root).unwrap_or_default();
    let all = ["/pnpm/overrides", "/resolutions"].into_iter().filter_map(|place| package.pointer(place)?.as_object());
    let is_theirs = |(key, spec): (&String, &Value)| spec.as_str().is_none_or(|spec| !is_ours(key, spec));
    all.flatten().any(is_theirs)
}

pub(super) fn package_json(root: &Path) -> Option<Value> {
    let bytes = disk::read_optional(&root.join("package.json")).ok()??;
    let text = std::str::from_utf8(&bytes).ok()?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(text)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn kind(files: &[(&str, &str)], configured: Option<&str>) -> Result<Kind, String> {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(path, text)| fs::write(folder.path().join(path), text).unwrap());
        choose(folder.path(), configured).map(|chosen| chosen.kind).map_err(|error| error.to_string())
    }

    #[test]
    fn package_json_comes_first_then_the_lockfile_then_the_settings() {
        let package = ("package.json", "\u{feff}{\"packageManager\": \"pnpm@10.34.9+sha512.abc\"}");
        assert_eq!(kind(&[package, ("yarn.lock", "")], Some("npm")), Ok(Kind::Pnpm));
        let engines = ("package.json", r#"{"devEngines": {"packageManager": {"name": "bun"}}}"#);
        assert_eq!(kind(&[engines], None), Ok(Kind::Bun));
        assert_eq!(kind(&[("yarn.lock", "")], Some("npm")), Ok(Kind::YarnClassic));
        assert_eq!(kind(&[("bun.lock", ""), ("bun.lockb", "")], None), Ok(Kind::Bun));
        assert_eq!(kind(&[("package.json", "{")], Some("teambit.dependencies/pnpm")), Ok(Kind::Pnpm));
        assert_eq!(kind(&[("pnpm-workspace.yaml", "")], None), Ok(Kind::Pnpm));
        assert_eq!(kind(&[], None), Ok(Kind::Npm));
    }

    #[test]
    fn what_is_not_clear_is_refused_until_somebody_says_it() {
        let both = [("yarn.lock", ""), ("package-lock.json", "{}")];
        assert!(kind(&both, None).unwrap_err().contains("yarn.lock and package-lock.json"));
        assert_eq!(kind(&both, Some("yarn")), Ok(Kind::YarnClassic));
        assert!(kind(&[("package.json", r#"{"packageManager": "cargo@1"}"#)], None).unwrap_err().contains("cargo@1"));
    }
}
