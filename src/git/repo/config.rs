//! A repository's configuration.

use super::Repo;
use anyhow::{Context, Result};
use git2::ErrorCode;
use std::path::Path;

impl Repo {
    /// Whether a setting is made for it, by whomever.
    pub(in crate::git) fn has_setting(&self, key: &str) -> bool {
        self.inner.config().is_ok_and(|config| config.get_entry(key).is_ok())
    }

    /// Whether settings are made for it whose names are as one of these patterns says, by whomever.
    pub(in crate::git) fn has_settings_like(&self, patterns: &[&str]) -> bool {
        let has = |config: &git2::Config, pattern| {
            config.entries(Some(pattern)).is_ok_and(|mut entries| entries.next().is_some())
        };
        self.inner.config().is_ok_and(|config| patterns.iter().any(|pattern| has(&config, pattern)))
    }

    /// Sets a value of the repository's own configuration.
    pub fn config_set(&self, key: &str, value: &str, temporary_folder: &Path) -> Result<()> {
        self.edit_config(temporary_folder, |config| config.set_str(key, value))
    }

    /// Removes a value; says whether it was there.
    pub fn config_remove(&self, key: &str, temporary_folder: &Path) -> Result<bool> {
        self.edit_config(temporary_folder, |config| match config.remove(key) {
            Ok(()) => Ok(true),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
            Err(error) => Err(error),
        })
    }

    /// Changes a copy of the configuration and puts it in place whole: killed while it changes the file itself,
    /// libgit2 would leave a lock on which every later change fails.
    fn edit_config<T>(
        &self,
        temporary_folder: &Path,
        change: impl FnOnce(&mut git2::Config) -> Result<T, git2::Error>,
    ) -> Result<T> {
        let path = self.path.join("config");
        let edit = || -> Result<T> {
            let copy = crate::disk::temporary_file(temporary_folder)?;
            std::fs::write(copy.path(), std::fs::read(&path)?)?;
            let outcome = change(&mut git2::Config::open(copy.path())?)?;
            crate::disk::write_if_changed(&path, &std::fs::read(copy.path())?, temporary_folder)?;
            Ok(outcome)
        };
        edit().with_context(|| format!("could not change {}", path.display()))
    }

    /// All `remote.<name>.url` of the repository's own configuration, sorted by name.
    pub fn config_remotes(&self) -> Result<Vec<(String, String)>> {
        let config = self.inner.config()?.open_level(git2::ConfigLevel::Local)?;
        let mut remotes = Vec::new();
        let entries = config.entries(Some("^remote\\..*\\.url$"))?;
        entries.for_each(|entry| {
            if let (Ok(name), Ok(value)) = (entry.name(), entry.value())
                && let Some(name) = name.strip_prefix("remote.").and_then(|name| name.strip_suffix(".url"))
            {
                remotes.push((name.to_owned(), value.to_owned()));
            }
        })?;
        remotes.sort();
        Ok(remotes)
    }
}
