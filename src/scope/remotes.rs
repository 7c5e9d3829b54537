//! Where scopes are reached: remotes of one workspace, in its local scope's git configuration, and remotes of the
//! whole machine, in a file of ours. What people wrote there by hand is checked when it is dialled, not here.

use super::LocalScope;
use crate::model::ScopeName;
use crate::{disk, errors};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// URLs by scope.
pub type Remotes = BTreeMap<ScopeName, String>;

/// The remotes of a workspace. What git calls a remote there and is no scope's name is passed over.
pub fn local_remotes(scope: &LocalScope) -> Result<Remotes> {
    let remotes = scope.repo().config_remotes()?.into_iter();
    Ok(remotes.filter_map(|(name, url)| Some((ScopeName::new(&name).ok()?, url))).collect())
}

/// Adds or changes a remote of a workspace. The caller holds the writers' lock.
pub fn set_local_remote(scope: &LocalScope, name: &ScopeName, url: &str) -> Result<()> {
    scope.repo().config_set(&url_key(name), url, &scope.state_folder())
}

/// Removes a remote of a workspace; says whether it was there. The caller holds the writers' lock.
pub fn remove_local_remote(scope: &LocalScope, name: &ScopeName) -> Result<bool> {
    scope.repo().config_remove(&url_key(name), &scope.state_folder())
}

fn url_key(name: &ScopeName) -> String {
    format!("remote.{name}.url")
}

/// The remotes of this machine's user.
pub struct GlobalRemotes {
    path: PathBuf,
}

#[derive(Default, Serialize, Deserialize)]
struct Content {
    #[serde(default)]
    remotes: Remotes,
}

impl GlobalRemotes {
    /// `$XDG_CONFIG_HOME/bit/remotes.json`, where that is unset or relative `~/.config/bit/remotes.json`.
    pub fn of_user() -> Result<Self> {
        let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let config = set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
        Ok(Self::in_folder(&config.ok_or_else(errors::no_home)?))
    }

    fn in_folder(config: &Path) -> Self {
        Self { path: config.join("bit/remotes.json") }
    }

    /// All of them.
    pub fn read(&self) -> Result<Remotes> {
        let Some(bytes) = disk::read_optional(&self.path)? else { return Ok(Remotes::new()) };
        let content: Content =
            serde_json::from_slice(&bytes).map_err(|error| errors::damaged_remotes(&self.path, &error))?;
        Ok(content.remotes)
    }

    /// Changes them; another command that does the same waits meanwhile. Gives what the change gives.
    pub fn change<T>(&self, change: impl FnOnce(&mut Remotes) -> T) -> Result<T> {
        let folder = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(folder).with_context(|| format!("could not make {}", folder.display()))?;
        let lock = File::create(folder.join("remotes.lock")).and_then(|file| file.lock().map(|()| file));
        let _lock = lock.with_context(|| format!("could not lock {}", self.path.display()))?;
        disk::remove_temporaries(folder)?;
        let mut remotes = self.read()?;
        let outcome = change(&mut remotes);
        let mut text = serde_json::to_string_pretty(&Content { remotes }).context("could not write the remotes")?;
        text.push('\n');
        disk::write_if_changed(&self.path, text.as_bytes(), folder)?;
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ScopeName {
        ScopeName::new(text).unwrap()
    }

    #[test]
    fn local_remotes_are_what_git_calls_remotes() {
        let folder = tempfile::tempdir().unwrap();
        let scope = LocalScope::init(folder.path()).unwrap();
        set_local_remote(&scope, &name("my-org.ui"), "/a").unwrap();
        set_local_remote(&scope, &name("my-org.ui"), "/b").unwrap();
        scope.repo().config_set("remote.No Scope.url", "/c", folder.path()).unwrap();
        assert_eq!(local_remotes(&scope).unwrap(), Remotes::from([(name("my-org.ui"), "/b".into())]));
        let config = fs::read_to_string(folder.path().join("config")).unwrap();
        assert!(config.contains("[remote \"my-org.ui\"]\n\turl = /b\n"), "{config}");
        assert!(remove_local_remote(&scope, &name("my-org.ui")).unwrap());
        assert!(!remove_local_remote(&scope, &name("my-org.ui")).unwrap());
        assert_eq!(local_remotes(&scope).unwrap(), Remotes::new());
    }

    #[test]
    fn global_remotes_are_kept_in_a_file_and_a_damaged_one_is_left_alone() {
        let config = tempfile::tempdir().unwrap();
        let global = GlobalRemotes::in_folder(config.path());
        assert_eq!(global.read().unwrap(), Remotes::new());
        assert_eq!(global.change(|remotes| remotes.insert(name("b"), "/b".into())).unwrap(), None);
        global.change(|remotes| remotes.insert(name("a.x"), "/a".into())).unwrap();
        assert_eq!(global.read().unwrap(), Remotes::from([(name("a.x"), "/a".into()), (name("b"), "/b".into())]));

        let file = config.path().join("bit/remotes.json");
        fs::write(&file, "{\"remotes\": {\"Bad Name\": 1").unwrap();
        let error = global.change(|remotes| remotes.clear()).unwrap_err().to_string();
        assert!(error.contains("can't be read"), "{error}");
        assert_eq!(fs::read_to_string(&file).unwrap(), "{\"remotes\": {\"Bad Name\": 1");
    }

    #[test]
    fn changes_at_once_are_all_kept() {
        let config = tempfile::tempdir().unwrap();
        std::thread::scope(|threads| {
            for number in 0..8 {
                let global = GlobalRemotes::in_folder(config.path());
                threads.spawn(move || global.change(|all| all.insert(name(&format!("s{number}")), "/x".into())));
            }
        });
        assert_eq!(GlobalRemotes::in_folder(config.path()).read().unwrap().len(), 8);
    }
}
