//! The members of a monorepo whose root is the workspace: their package.json may name archives of `vendor/bit` too, and
//! nothing but these files says so.

use super::roots::{Packages, Root, root_of};
use crate::model::VersionId;
use crate::package::manager;
use crate::workspace::DependencyFiles;
use anyhow::Result;
use std::collections::BTreeSet;
use std::path::{Component, Path};

/// The versions whose archives members name by a path.
pub fn named_by_members(root: &Path) -> Result<BTreeSet<VersionId>> {
    let mut named = BTreeSet::new();
    for member in manager::members(root) {
        let declared = DependencyFiles::read(&root.join(&member))?.declared()?;
        let archives = declared.iter().filter_map(|one| {
            let path = from_root(root, &member, one.spec.strip_prefix("file:")?)?;
            root_of(&one.package, &format!("file:{path}"), &Packages::new())
        });
        named.extend(archives.map(|Root { id, .. }| id));
    }
    Ok(named)
}

/// A path that a member writes, as the workspace's root would; `None` where it leads out of the workspace.
fn from_root(root: &Path, member: &Path, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    let whole = member.join(path);
    for part in whole.strip_prefix(root).unwrap_or(&whole).components() {
        match part {
            Component::Normal(name) => parts.push(name.to_str()?),
            Component::ParentDir => drop(parts.pop()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn members_name_archives_by_their_own_paths() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            fs::create_dir_all(folder.path().join(path).parent().unwrap()).unwrap();
            fs::write(folder.path().join(path), text).unwrap();
        };
        put("package.json", "{\"workspaces\": [\"packages/**\"]}");
        let spec = |spec: &str| format!("{{\"devDependencies\": {{\"@o/ui.a\": \"{spec}\"}}}}");
        put("packages/one/package.json", &spec("file:../../vendor/bit/o.ui/a/1.0.0.tgz"));
        put("packages/deep/er/package.json", &spec("file:./../../../vendor/bit/o.ui/a/2.0.0.tgz"));
        let absolute = format!("file:{}/vendor/bit/o.ui/a/3.0.0.tgz", folder.path().display());
        put("packages/absolute/package.json", &spec(&absolute));
        put("packages/out/package.json", &spec("file:../../../vendor/bit/o.ui/a/4.0.0.tgz"));
        put("packages/own/package.json", &spec("file:./vendor/bit/o.ui/a/5.0.0.tgz"));
        put("packages/other/package.json", &spec("file:../../vendor/bit/o.ui/b/6.0.0.tgz"));
        put("packages/range/package.json", &spec("^7.0.0"));
        put("apps/none/package.json", &spec("file:../../vendor/bit/o.ui/a/8.0.0.tgz"));
        let named: Vec<String> = named_by_members(folder.path()).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(named, ["o.ui/a@1.0.0", "o.ui/a@2.0.0", "o.ui/a@3.0.0"]);
    }
}
