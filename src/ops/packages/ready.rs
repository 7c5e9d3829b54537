//! node_modules, before a package manager runs: what would keep it from its work is dealt with.

use super::folders::packages_in;
use super::retired::clear_retired;
use crate::ops::Workspace;
use crate::package::manager::{Kind, Manager};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Makes node_modules ready for a run.
pub fn make_ready(workspace: &Workspace, manager: &Manager) -> Result<()> {
    clear_retired(workspace, manager)?;
    match manager.kind {
        Kind::YarnClassic => renew_times(&workspace.layout.root.join("node_modules")),
        _ => Ok(()),
    }
}

/// yarn 1 does not copy a file over one of the same size and time. What comes by git has the time of its commit there, in
/// whole seconds: of two versions made in one second, and in the same number of bytes, one would stay in the place of the
/// other. A file that says it was changed now is copied over, whatever comes. Nothing that was installed is different by
/// it, so there is nothing to put back.
fn renew_times(modules: &Path) -> Result<()> {
    for package in packages_in(modules) {
        renew_times(&package.join("node_modules"))?;
        let is_component = fs::symlink_metadata(package.join("component.json")).is_ok_and(|found| found.is_file());
        let files = if is_component { files_of(&package)? } else { Vec::new() };
        for file in files {
            renew_time(&file).with_context(|| format!("could not set the time of {}", file.display()))?;
        }
    }
    Ok(())
}

fn renew_time(file: &Path) -> std::io::Result<()> {
    match fs::symlink_metadata(file)?.mtime_nsec() {
        0 => fs::File::open(file)?.set_modified(SystemTime::now()),
        _ => Ok(()),
    }
}

/// The regular files of a package, without those of packages in it.
fn files_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let cannot = || format!("could not read {}", folder.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(cannot)? {
        let entry = entry.with_context(cannot)?;
        let kind = entry.file_type().with_context(cannot)?;
        if kind.is_file() {
            files.push(entry.path());
        } else if kind.is_dir() && entry.file_name() != "node_modules" {
            files.extend(files_of(&entry.path())?);
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn only_components_that_came_by_git_get_another_time() {
        let folder = tempfile::tempdir().unwrap();
        let modules = folder.path();
        let of_commit = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let of_archive = of_commit + Duration::from_millis(5);
        let put = |file: &str, time: SystemTime| {
            let place = modules.join(file);
            fs::create_dir_all(place.parent().unwrap()).unwrap();
            fs::write(&place, "{}").unwrap();
            fs::File::open(place).unwrap().set_modified(time).unwrap();
        };
        let by_git = [
            "@o/s.a/component.json",
            "@o/s.a/lib/x.js",
            "plain/node_modules/@o/s.b/component.json",
            "plain/node_modules/@o/s.b/index.js",
        ];
        by_git.iter().for_each(|file| put(file, of_commit));
        let others = [("@o/s.c/component.json", of_archive), ("@o/s.c/x.js", of_archive), ("plain/x.js", of_commit)];
        others.iter().for_each(|(file, time)| put(file, *time));
        let time = |file: &str| fs::metadata(modules.join(file)).unwrap().modified().unwrap();
        renew_times(modules).unwrap();
        let renewed = by_git.map(time);
        assert!(renewed.iter().all(|time| *time > of_archive), "{renewed:?}");
        assert!(others.iter().all(|(file, before)| time(file) == *before));
        renew_times(modules).unwrap();
        assert_eq!(by_git.map(time), renewed);
        renew_times(&modules.join("nothing")).unwrap();
    }
}
