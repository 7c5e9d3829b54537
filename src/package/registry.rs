//! An npm registry, as the person's own npm reaches it: its configuration, its credentials, its words.

use super::command::Program;
use crate::errors;
use crate::model::{PackageName, Version};
use anyhow::Result;
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a registry is. It holds no secret: those stand in the person's `.npmrc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryUrl(String);

impl RegistryUrl {
    /// Reads what a person typed.
    pub fn parse(text: &str) -> Result<Self> {
        let rest = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default()).unwrap_or_default();
        let is_plain = !text.contains(|c: char| c.is_whitespace() || c.is_control());
        match () {
            () if host.contains('@') => Err(errors::registry_with_credentials()),
            () if host.is_empty() || !is_plain => Err(errors::bad_registry(text)),
            () => Ok(Self(text.trim_end_matches('/').to_owned() + "/")),
        }
    }
}

impl fmt::Display for RegistryUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Who may see a package that is new to a registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Those whom the registry lets.
    Restricted,
}

/// A registry.
pub struct Registry {
    /// Where it is.
    pub url: RegistryUrl,
    /// Where npm runs: from there it looks for an `.npmrc`.
    folder: PathBuf,
}

impl Registry {
    /// The registry at a URL, asked from a folder.
    pub fn new(url: RegistryUrl, folder: &Path) -> Self {
        Self { url, folder: folder.to_owned() }
    }

    /// The SHA-1 of a version's archive there; `None` where it has no such version.
    pub fn shasum(&self, package: &PackageName, version: &Version) -> Result<Option<String>> {
        match self.view(package, &format!("{package}@{version}"), "dist.shasum")? {
            None => Ok(None),
            Some(Value::String(shasum)) => Ok(Some(shasum)),
            // npm 12 makes a list of one, older ones do not.
            Some(Value::Array(one)) if one.len() == 1 && one[0].is_string() => Ok(one[0].as_str().map(str::to_owned)),
            Some(other) => Err(errors::registry_not_read(&self.url.to_string(), &other.to_string())),
        }
    }

    /// The versions of a package that it has.
    pub fn versions(&self, package: &PackageName) -> Result<Vec<Version>> {
        let numbers = match self.view(package, package.as_str(), "versions")? {
            // Before npm 12 there is no list of one.
            Some(Value::String(number)) => vec![number],
            Some(Value::Array(numbers)) => {
                numbers.iter().filter_map(|number| Some(number.as_str()?.to_owned())).collect()
            }
            _ => Vec::new(),
        };
        Ok(numbers.iter().filter_map(|number| Version::new(number).ok()).collect())
    }

    /// What it says of a package or one of its versions; `None` where it has no such thing.
    fn view(&self, package: &PackageName, what: &str, field: &str) -> Result<Option<Value>> {
        // Without a word beside the answer, and never from a cache.
        let arguments = ["view", what, field, "--json", "--loglevel=silent", "--prefer-online"];
        let (success, words) = self.npm(package, &arguments.map(str::to_owned))?;
        let answer: Option<Value> = serde_json::from_str(&words).ok();
        match answer {
            // Old ones say nothing of a version that is not there.
            None if success && words.trim().is_empty() => Ok(None),
            Some(answer) if answer["error"]["code"] == "E404" => Ok(None),
            Some(answer) if answer["error"].is_object() => {
                let say = |key: &str| answer["error"][key].as_str().unwrap_or_default().trim().to_owned();
                let words = [say("code"), say("summary"), say("detail")].join("\n");
                Err(errors::registry_not_read(&self.url.to_string(), words.trim()))
            }
            Some(answer) if success => Ok(Some(answer)),
            _ => Err(errors::registry_not_read(&self.url.to_string(), &words)),
        }
    }

    /// Publishes an archive. What npm says if it does not: that is returned.
    pub fn publish(
        &self,
        package: &PackageName,
        archive: &Path,
        tag: Option<&str>,
        access: Option<Access>,
    ) -> Result<Result<(), String>> {
        let mut arguments = vec!["publish".to_owned(), archive.display().to_string(), "--ignore-scripts".to_owned()];
        arguments.extend(tag.map(|tag| format!("--tag={tag}")));
        arguments.extend(access.map(|access| match access {
            Access::Public => "--access=public".to_owned(),
            Access::Restricted => "--access=restricted".to_owned(),
        }));
        let (success, words) = self.npm(package, &arguments)?;
        Ok(if success { Ok(()) } else { Err(words) })
    }

    /// Runs npm. A registry that `.npmrc` sets for the package's owner would count more than `--registry`.
    fn npm(&self, package: &PackageName, arguments: &[String]) -> Result<(bool, String)> {
        let owner = package.as_str().split('/').next().unwrap_or_default();
        let registries = [format!("--registry={}", self.url), format!("--{owner}:registry={}", self.url)];
        let quiet = "--no-update-notifier".to_owned();
        let arguments = arguments.iter().cloned().chain(registries).chain([quiet]);
        match Program::new("npm", arguments, &self.folder).run()? {
            Some(ended) => Ok((ended.success, ended.words)),
            None => Err(errors::npm_missing()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_registry_is_a_url_without_a_secret() {
        let read = |text: &str| RegistryUrl::parse(text).map(|url| url.to_string()).map_err(|error| error.to_string());
        assert_eq!(read("http://localhost:4873"), Ok("http://localhost:4873/".into()));
        assert_eq!(read("https://npm.example.com/a/b/"), Ok("https://npm.example.com/a/b/".into()));
        assert!(read("https://me:secret@npm.example.com/").is_err_and(|error| !error.contains("secret")));
        for text in ["", "npm.example.com", "file:///x", "https://", "--x", "https://a b/", "ssh://h/x"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
