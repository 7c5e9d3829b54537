use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::Folder;

/// What a version has for content that is not here: somebody else exported it.
pub const FOREIGN: &str = "1111111111111111111111111111111111111111";

/// What a test says a scope was last seen to list.
pub struct Catalog {
    scope: String,
    entries: Vec<Value>,
    files: BTreeMap<String, String>,
}

impl Catalog {
    pub fn of(scope: &str) -> Self {
        Self { scope: scope.to_owned(), entries: Vec::new(), files: BTreeMap::new() }
    }

    /// A component and its versions, lowest first; each with its commit. The last one is head and latest.
    pub fn component(self, name: &str, versions: &[(&str, &str)]) -> Self {
        self.component_with(name, versions, json!({}))
    }

    /// The same, with more to say: `{"deprecated": {…}}`.
    pub fn component_with(mut self, name: &str, versions: &[(&str, &str)], more: Value) -> Self {
        let latest = versions.last().expect("a version").0;
        let versions: Vec<Value> =
            versions.iter().map(|(version, commit)| json!({"version": version, "commit": commit})).collect();
        let mut entry = json!({"format": 1, "name": name, "head": latest, "latest": latest, "versions": versions});
        let entry_fields = entry.as_object_mut().expect("an object");
        entry_fields.extend(more.as_object().expect("an object").clone());
        self.entries.push(entry);
        self
    }

    /// A component in the words of the file itself.
    pub fn entry(mut self, entry: Value) -> Self {
        self.entries.push(entry);
        self
    }

    /// Any file beside or instead of those that are made of the entries.
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Make it what the workspace saw last, as a fetch does.
    #[track_caller]
    pub fn seen_by(&self, workspace: &Folder<'_>) {
        self.import(workspace, &workspace.local_scope(), &format!("refs/remotes/{}/catalog", self.scope), "");
    }

    /// Make it what a scope has, whatever it had before.
    #[track_caller]
    pub fn replaces(&self, scope: &Folder<'_>) {
        self.import(scope, scope.path(), "refs/heads/main", "");
    }

    /// Make it what a scope has, after what it had before.
    #[track_caller]
    pub fn follows(&self, scope: &Folder<'_>) {
        self.import(scope, scope.path(), "refs/heads/main", "from refs/heads/main^0\n");
    }

    #[track_caller]
    fn import(&self, folder: &Folder<'_>, repository: &Path, name: &str, parent: &str) {
        let card = json!({"format": 1, "name": self.scope}).to_string();
        let mut files = BTreeMap::from([("scope.json".to_owned(), card)]);
        for entry in &self.entries {
            files.insert(format!("catalog/{}.json", entry["name"].as_str().expect("a name")), entry.to_string());
        }
        files.extend(self.files.clone());
        let mut stream = format!(
            "{}commit {name}\ncommitter Host <host@example.com> 981173106 +0000\ndata 0\n{parent}deleteall\n",
            if parent.is_empty() { format!("reset {name}\n") } else { String::new() }
        );
        for (path, text) in files {
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
        }
        let git = folder.program("git").arg("--git-dir").arg(repository);
        git.args(["fast-import", "--quiet", "--force"]).stdin(stream).run().success();
    }
}

impl Folder<'_> {
    /// A catalog's entry for a component (`scope/name`) with these versions, the last of them the newest.
    /// A version that the local scope has keeps its content; another one is [`FOREIGN`].
    #[track_caller]
    pub fn listed(&self, id: &str, versions: &[&str]) -> Value {
        let (scope, name) = id.split_once('/').expect("scope/name");
        let refs = self.refs();
        let commit = |version: &str| refs.get(&format!("refs/tags/{id}@{version}")).map_or(FOREIGN, String::as_str);
        let versions: Vec<_> = versions.iter().map(|version| (*version, commit(version))).collect();
        Catalog::of(scope).component(name, &versions).entries.remove(0)
    }

    /// The workspace has seen this catalog of a scope.
    #[track_caller]
    pub fn saw_catalog(&self, scope: &str, entries: &[Value]) -> &Self {
        entries.iter().cloned().fold(Catalog::of(scope), Catalog::entry).seen_by(self);
        self
    }

    /// Everything that the local scope has of a scope was exported.
    #[track_caller]
    pub fn exported(&self, scope: &str) -> &Self {
        let mut components = BTreeMap::<String, Vec<String>>::new();
        for tag in self.versions() {
            let (id, version) = tag.rsplit_once('@').expect("id@version");
            if id.split('/').next() == Some(scope) {
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
