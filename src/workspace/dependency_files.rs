//! The files in which a workspace declares packages: package.json, and pnpm-workspace.yaml where overrides stand there.
//! They are changed as texts, and only then written.

use super::config::ConfigFile;
use super::json;
use super::pnpm_workspace;
use crate::{disk, errors};
use anyhow::Result;
use serde_json::Value;
use std::path::Path;

/// The sections of package.json in which a workspace declares what it needs itself.
const SECTIONS: [&str; 3] = ["dependencies", "devDependencies", "optionalDependencies"];
/// What a folder gets that had none.
const NEW_PACKAGE_JSON: &str = "{\n  \"private\": true\n}\n";

/// Where overrides stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OverridesPlace {
    /// In package.json, under these keys.
    PackageJson(&'static [&'static str]),
    /// In pnpm-workspace.yaml.
    PnpmWorkspace,
}

/// All places that some package manager reads.
const PLACES: [&[&str]; 3] = [&["overrides"], &["resolutions"], &["pnpm", "overrides"]];

/// The files as texts.
#[derive(Debug, Clone)]
pub struct DependencyFiles {
    package_json: ConfigFile,
    /// pnpm-workspace.yaml.
    pnpm: ConfigFile,
}

/// A dependency as package.json declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredDependency {
    /// The section.
    pub section: String,
    /// The package.
    pub package: String,
    /// Its range, or where it comes from.
    pub spec: String,
}

impl DependencyFiles {
    /// Reads them; a package.json that is absent is a new one.
    pub fn read(root: &Path) -> Result<Self> {
        let read = |name: &str, new: &str| -> Result<ConfigFile> {
            let path = root.join(name);
            let file = ConfigFile::read(&path)?;
            Ok(file.unwrap_or_else(|| ConfigFile { path, text: new.to_owned() }))
        };
        Ok(Self { package_json: read("package.json", NEW_PACKAGE_JSON)?, pnpm: read("pnpm-workspace.yaml", "")? })
    }

    /// The texts by their names; `None` where there is to be no file.
    pub fn texts(&self) -> [(&'static str, Option<&str>); 2] {
        let pnpm = Some(self.pnpm.text.as_str()).filter(|text| !text.is_empty());
        [("package.json", Some(&self.package_json.text)), ("pnpm-workspace.yaml", pnpm)]
    }

    /// Takes the newest of these texts for package.json that says the same as it does now; that a section is there and
    /// empty says nothing.
    pub fn lay_out_as(&mut self, texts: &[String]) -> Result<()> {
        let now = without_empty(self.package_json.value()?);
        let value = |text: &str| json::parse::<Value>(&self.package_json.path, text).ok().map(without_empty);
        let says_the_same = |text: &&String| value(text).as_ref() == Some(&now);
        if let Some(text) = texts.iter().rev().find(says_the_same) {
            self.package_json.text = text.clone();
        }
        Ok(())
    }

    /// Adds lines to the end of pnpm-workspace.yaml.
    pub fn add_to_pnpm(&mut self, add: impl FnOnce(&str) -> Result<Option<String>>) -> Result<()> {
        if let Some(lines) = add(&self.pnpm.text)? {
            self.pnpm.text = with_lines(&self.pnpm.text, &lines);
        }
        Ok(())
    }

    /// Writes package.json.
    pub fn save(&self, temporary_folder: &Path) -> Result<()> {
        self.package_json.save(temporary_folder).map(drop)
    }

    /// What the workspace declares.
    pub fn declared(&self) -> Result<Vec<DeclaredDependency>> {
        let whole = self.package_json.value()?;
        let in_section = |section: &&str| {
            let packages = whole.get(*section).and_then(Value::as_object).cloned().unwrap_or_default();
            let one = |(package, spec): (String, Value)| {
                let spec = spec.as_str()?.to_owned();
                Some(DeclaredDependency { section: (*section).to_owned(), package, spec })
            };
            packages.into_iter().filter_map(one).collect::<Vec<_>>()
        };
        Ok(SECTIONS.iter().flat_map(in_section).collect())
    }

    /// Declares a package, in the section that has it already, else in this one.
    pub fn declare(&mut self, section: &str, package: &str, spec: &str) -> Result<()> {
        let found = self.declared()?.into_iter().find(|one| one.package == package);
        let section = found.map_or_else(|| section.to_owned(), |one| one.section);
        self.package_json.set_in_order(&[&section, package], spec.into())
    }

    /// Takes a package out of every section. Says whether it was in one.
    pub fn undeclare(&mut self, package: &str) -> Result<bool> {
        let mut found = false;
        for section in SECTIONS {
            if self.package_json.remove(&[section, package])? {
                self.drop_if_empty(&[section])?;
                found = true;
            }
        }
        Ok(found)
    }

    /// Puts these overrides in the place of those that are ours, wherever these stand.
    pub fn put_overrides(
        &mut self,
        place: OverridesPlace,
        is_ours: &dyn Fn(&str, &str) -> bool,
        new: &[(String, String)],
    ) -> Result<()> {
        for keys in PLACES {
            self.remove_overrides(keys, is_ours)?;
        }
        let (in_json, in_yaml) = match place {
            OverridesPlace::PackageJson(keys) => (Some(keys), &[][..]),
            OverridesPlace::PnpmWorkspace => (None, new),
        };
        for (key, spec) in new {
            let Some(keys) = in_json else { break };
            let way: Vec<&str> = keys.iter().copied().chain([key.as_str()]).collect();
            if let Some(other) = self.package_json.value()?.pointer(&pointer(&way)) {
                return Err(errors::override_taken(key, &other.to_string(), spec));
            }
            self.package_json.set(&way, spec.as_str().into())?;
        }
        let has_ours = match pnpm_workspace::read(&self.pnpm.text) {
            Ok(all) => all.iter().any(|(key, spec)| is_ours(key, spec)),
            Err(_) => self.pnpm.text.contains("vendor/bit/"),
        };
        if has_ours || !in_yaml.is_empty() {
            let edited = pnpm_workspace::edit(&self.pnpm.text, is_ours, in_yaml);
            self.pnpm.text =
                edited.map_err(|reason| errors::uneditable_config(&self.pnpm.path, "overrides", &reason))?;
        }
        Ok(())
    }

    /// All overrides, wherever they stand: the file, the key and what it says.
    pub fn overrides(&self) -> Result<Vec<(&'static str, String, Value)>> {
        let whole = self.package_json.value()?;
        let in_json = PLACES.iter().filter_map(|keys| whole.pointer(&pointer(keys)).and_then(Value::as_object));
        let mut all: Vec<_> =
            in_json.flatten().map(|(key, value)| ("package.json", key.clone(), value.clone())).collect();
        // What can't be read has no overrides of which anybody could speak.
        let in_yaml = pnpm_workspace::read(&self.pnpm.text).unwrap_or_default();
        all.extend(in_yaml.into_iter().map(|(key, spec)| ("pnpm-workspace.yaml", key, spec.into())));
        Ok(all)
    }

    fn remove_overrides(&mut self, keys: &[&str], is_ours: &dyn Fn(&str, &str) -> bool) -> Result<()> {
        let whole = self.package_json.value()?;
        let Some(found) = whole.pointer(&pointer(keys)).and_then(Value::as_object) else { return Ok(()) };
        let ours = found.iter().filter(|(key, value)| value.as_str().is_some_and(|value| is_ours(key, value)));
        let mut any = false;
        for (key, _) in ours {
            any |= self.package_json.remove(&[keys, &[key.as_str()]].concat())?;
        }
        // A section of ours alone goes with the last of them; an empty one of a person's stays.
        for depth in (1..=keys.len()).rev().filter(|_| any) {
            self.drop_if_empty(&keys[..depth])?;
        }
        Ok(())
    }

    fn drop_if_empty(&mut self, keys: &[&str]) -> Result<()> {
        let whole = self.package_json.value()?;
        let is_empty = whole.pointer(&pointer(keys)).and_then(Value::as_object).is_some_and(|all| all.is_empty());
        if is_empty {
            self.package_json.remove(keys)?;
        }
        Ok(())
    }

    /// Whether package.json is there already.
    pub fn has_package_json(root: &Path) -> Result<bool> {
        Ok(disk::read_optional(&root.join("package.json"))?.is_some())
    }
}

/// A package.json without sections that are empty.
fn without_empty(mut whole: Value) -> Value {
    let sections = SECTIONS.map(|section| [section].to_vec()).into_iter();
    let ways = sections
        .chain(PLACES.map(<[&str]>::to_vec))
        .flat_map(|way| (1..=way.len()).rev().map(move |end| way[..end].to_vec()));
    for way in ways {
        let Some((last, above)) = way.split_last() else { continue };
        let parent = whole.pointer_mut(&pointer(above)).and_then(Value::as_object_mut);
        let Some(parent) = parent else { continue };
        if parent.get(*last).and_then(Value::as_object).is_some_and(|all| all.is_empty()) {
            parent.remove(*last);
        }
    }
    whole
}

/// A text and more lines, in the line ends of the text.
pub fn with_lines(text: &str, lines: &str) -> String {
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { newline };
    format!("{text}{end}{}", lines.replace('\n', newline))
}

/// Keys as a JSON pointer: a slash in a package's name is part of it.
fn pointer(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    const OVERRIDES: OverridesPlace = OverridesPlace::PackageJson(&["overrides"]);

    fn files(text: &str) -> (tempfile::TempDir, DependencyFiles) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("package.json"), text).unwrap();
        let files = DependencyFiles::read(folder.path()).unwrap();
        (folder, files)
    }

    fn ours(_: &str, value: &str) -> bool {
        value.starts_with("file:./vendor/bit/")
    }

    fn there_and_back(text: &str) -> (String, String) {
        let (_folder, mut files) = files(text);
        let new = [("@o/d@1.0.0".to_owned(), "file:./vendor/bit/o/d/1.0.0.tgz".to_owned())];
        files.declare("dependencies", "@o/t", "file:./vendor/bit/o/t/1.0.0.tgz").unwrap();
        files.put_overrides(OVERRIDES, &ours, &new).unwrap();
        let there = files.package_json.text.clone();
        files.undeclare("@o/t").unwrap();
        files.put_overrides(OVERRIDES, &ours, &[]).unwrap();
        (there, files.package_json.text)
    }

    #[test]
    fn odd_files_keep_their_form() {
        let tabs = "{\n\t\"name\": \"w\",\n\t\"dependencies\": {\n\t\t\"a\": \"1\"\n\t}\n}";
        let texts = ["{\"dependencies\":{\"a\":\"1\"}}", "\u{feff}{\n  \"name\": \"w\"\n}\n", tabs, "{}", "{\n}\n"];
        for text in texts.into_iter().map(str::to_owned).chain([tabs.replace('\n', "\r\n")]) {
            let (there, back) = there_and_back(&text);
            assert!(there.contains("@o/d@1.0.0") && there.chars().next() == text.chars().next(), "{there}");
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeeze(&back), squeeze(&text), "{there}");
            assert_eq!(there.ends_with('\n'), text.ends_with('\n'), "{there:?}");
            if text.contains("\r\n") {
                assert_eq!(there.matches('\n').count(), there.matches("\r\n").count(), "{there:?}");
            }
        }
    }

    #[test]
    fn what_a_person_overrides_stays_and_is_never_replaced() {
        let text = r#"{"overrides": {"lodash": "4", "@o/d@1.0.0": "2.0.0"}, "pnpm": {"overrides": {}}}"#;
        let (_folder, mut files) = files(text);
        let new = [("@o/d@1.0.0".to_owned(), "file:./vendor/bit/x.tgz".to_owned())];
        let error = files.put_overrides(OVERRIDES, &ours, &new).unwrap_err().to_string();
        assert!(error.contains("@o/d@1.0.0"), "{error}");
        assert_eq!(files.package_json.text, text);
    }

    #[test]
    fn a_declared_package_stays_in_its_section() {
        let (_folder, mut files) = files(r#"{"devDependencies": {"@o/t": "^1.0.0"}}"#);
        files.declare("dependencies", "@o/t", "file:x").unwrap();
        assert_eq!(files.package_json.text, r#"{"devDependencies": {"@o/t": "file:x"}}"#);
        assert!(files.undeclare("@o/t").unwrap());
        assert_eq!(files.package_json.text.replace(' ', ""), "{}");
    }
}
