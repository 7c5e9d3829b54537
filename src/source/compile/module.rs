//! Which module system Node takes a file for.

use super::names::at_run_time;
use super::{AuthorFile, Compiler};
use crate::model::ModuleSystem;
use serde::Deserialize;

impl Compiler<'_> {
    /// How Node will read the `.js` file that is made of this one.
    pub(super) fn module_of(&self, path: &str) -> ModuleSystem {
        let mut above = path.rmatch_indices('/').map(|(at, _)| format!("{}/package.json", &path[..at]));
        let nearest = above.find(|path| self.resolver.has(path));
        let said = nearest.and_then(|path| self.source.files.iter().find(|file| file.path == path));
        said.map_or(self.source.module, module_in)
    }

    /// What a file is to whoever loads it; JSON is what `require` reads. `None` if Node can't load it.
    pub(super) fn module_when_loaded(&self, path: &str) -> Option<ModuleSystem> {
        let output = at_run_time(path);
        match output.rsplit_once('.')?.1 {
            "js" => Some(self.module_of(path)),
            "mjs" => Some(ModuleSystem::Esm),
            "cjs" | "json" => Some(ModuleSystem::CommonJs),
            _ => None,
        }
    }
}

/// What a package.json in a folder says. Node asks the nearest one only.
fn module_in(package_json: &AuthorFile<'_>) -> ModuleSystem {
    #[derive(Deserialize)]
    struct PackageJson {
        #[serde(rename = "type")]
        module: Option<String>,
    }
    match serde_json::from_slice::<PackageJson>(package_json.bytes) {
        Ok(PackageJson { module: Some(module) }) if module == "module" => ModuleSystem::Esm,
        _ => ModuleSystem::CommonJs,
    }
}
