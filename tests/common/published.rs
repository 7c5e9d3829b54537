use serde_json::{Value, json};

use super::Folder;

/// What a version has for content that is not here: somebody else exported it.
pub const FOREIGN: &str = "1111111111111111111111111111111111111111";

impl Folder<'_> {
    /// A catalog's entry for a component (`scope/name`) with these versions, the last of them the newest.
    /// A version that the local scope has keeps its content; another one is [`FOREIGN`].
    #[track_caller]
    pub fn listed(&self, id: &str, versions: &[&str]) -> Value {
        let (_, name) = id.split_once('/').expect("scope/name");
        let refs = self.refs();
        let commit = |version: &str| refs.get(&format!("refs/tags/{id}@{version}")).map_or(FOREIGN, String::as_str);
        let versions: Vec<Value> = versions
            .iter()
            .map(|version| json!({"version": version, "commit": commit(version), "dependencies": []}))
            .collect();
        let newest = versions.last().expect("a version")["version"].clone();
        json!({"format": 1, "name": name, "head": newest, "latest": newest, "versions": versions})
    }

    /// The workspace has seen this catalog of a scope: plain git leaves behind what a fetch would.
    #[track_caller]
    pub fn saw_catalog(&self, scope: &str, entries: &[Value]) -> &Self {
        let published = self.machine().git_folder(&format!("published-{scope}"));
        published.write("scope.json", format!("{{\"format\": 1, \"name\": \"{scope}\"}}\n"));
        for entry in entries {
            let name = entry["name"].as_str().expect("a name");
            published.write(&format!("catalog/{name}.json"), format!("{entry:#}\n"));
        }
        published.git(["add", "--all"]).success();
        published.git(["commit", "--quiet", "--allow-empty", "-m", "export"]).success();
        let seen = format!("+refs/heads/main:refs/remotes/{scope}/catalog");
        self.scope_git(["fetch", "--quiet", published.path().to_str().expect("UTF-8"), &seen]).success();
        self
    }

    /// Everything that the local scope has of a scope was exported.
    #[track_caller]
    pub fn exported(&self, scope: &str) -> &Self {
        let mut components = std::collections::BTreeMap::<String, Vec<String>>::new();
        for tag in self.versions() {
            let (id, version) = tag.rsplit_once('@').expect("id@version");
            if id.starts_with(&format!("{scope}/")) {
                components.entry(id.to_owned()).or_default().push(version.to_owned());
            }
        }
        let entries = components.iter().map(|(id, versions)| {
            let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
            self.listed(id, &versions)
        });
        self.saw_catalog(scope, &entries.collect::<Vec<_>>())
    }
}
