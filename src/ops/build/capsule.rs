//! What stands in a capsule: the component as a version would hold it, and the packages that it finds.

use super::digest::Package;
use super::made::Built;
use super::packages::mode;
use super::pipeline::Pipeline;
use crate::disk;
use crate::scope::PACKAGE_JSON;
use crate::workspace::{Store, StoreFile, StoreMode, Task};
use anyhow::{Context, Result};
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What a capsule holds beside the author's files.
pub struct Contents {
    /// The package.json.
    pub package_json: String,
    /// What was built before.
    pub made: Vec<StoreFile>,
    /// Packages of other components.
    pub packages: Vec<Package>,
    /// Packages from outside, by name.
    pub outside: Vec<String>,
}

/// A folder in which one command runs, and the packages of components that only this one finds.
pub struct Capsule {
    /// Where the command runs.
    pub folder: PathBuf,
    store: Store,
}

impl Capsule {
    /// What a command made besides its outputs goes; many capsules need room. What can't be removed goes with the others.
    pub fn remove(self) {
        let _ = fs::remove_dir_all(&self.folder);
        let _ = fs::remove_dir_all(self.store.path());
    }
}

impl Pipeline<'_> {
    /// What the next capsule of a member holds.
    pub(super) fn contents(&self, member: usize, built: &Built) -> Result<Contents> {
        let group = self.members[member].group;
        let needs = self.component(member).needs.iter();
        let file = |file: &super::made::MadeFile| StoreFile {
            path: file.path.clone(),
            mode: mode(file.executable),
            content: file.content.clone(),
        };
        Ok(Contents {
            package_json: self.package_json(member, &Package::Sources(member)),
            made: built.files.iter().map(file).collect(),
            packages: needs.filter_map(|need| self.needed(need, Some(group))).collect(),
            outside: self.seen_from_capsule(member),
        })
    }

    /// Makes the capsule of a task.
    pub(super) fn make_capsule(&self, member: usize, task: &Task, contents: Contents) -> Result<Capsule> {
        let component = self.component(member);
        let around = self.capsules()?.path();
        let place = format!("{}/{}/{}", component.id.scope, component.id.name.as_str().replace('/', "+"), task.name);
        let capsule = around.join(&place);
        fs::create_dir_all(&capsule).with_context(|| format!("could not make {}", capsule.display()))?;
        for file in self.store_files(member)?.iter().chain(&contents.made) {
            write_new(&capsule, file)?;
        }
        let package_json = contents.package_json.into_bytes();
        let package_json = StoreFile { path: PACKAGE_JSON.into(), mode: StoreMode::Plain, content: package_json };
        write_new(&capsule, &package_json)?;
        let modules = capsule.join("node_modules");
        fs::create_dir_all(&modules).with_context(|| format!("could not make {}", modules.display()))?;
        let store = Store::named(around, &place)?;
        let entries = self.store_all(&contents.packages, &store)?;
        store.settle_component(&place, &entries)?;
        for name in &contents.outside {
            self.link_outside(&modules, &component.entry.root_dir, name)?;
        }
        // npx looks for programs here, and asks a registry for others.
        let capsules = self.capsules()?;
        capsules.link(&self.root.join("node_modules/.bin"), &modules.join(".bin"))?;
        capsules.link(&capsule, &modules.join(component.package.as_str()))?;
        Ok(Capsule { folder: capsule, store })
    }
}

/// Into a folder that this run has made: no link in it leads anywhere. Paths of a component have no `..`.
fn write_new(capsule: &Path, file: &StoreFile) -> Result<()> {
    let path = capsule.join(&file.path);
    let open = || OpenOptions::new().write(true).create_new(true).mode(file.mode as u32).open(&path);
    let write = || disk::in_folder(&path, open)?.write_all(&file.content);
    write().with_context(|| format!("could not write {}", path.display()))
}
