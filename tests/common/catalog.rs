use serde_json::{Value, json};

use super::Folder;

/// What a test says a scope was last seen to list.
pub struct Catalog {
    scope: String,
    entries: Vec<Value>,
}

impl Catalog {
    pub fn of(scope: &str) -> Self {
        Self { scope: scope.to_owned(), entries: Vec::new() }
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

    /// Make it what the workspace saw last, as a fetch does.
    #[track_caller]
    pub fn seen_by(&self, workspace: &Folder<'_>) {
        let card = json!({"format": 1, "name": self.scope}).to_string();
        let mut files = vec![("scope.json".to_owned(), card)];
        for entry in &self.entries {
            files.push((format!("catalog/{}.json", entry["name"].as_str().expect("a name")), entry.to_string()));
        }
        let mut stream = format!(
            "reset refs/remotes/{0}/catalog\ncommit refs/remotes/{0}/catalog\n\
             committer Host <host@example.com> 981173106 +0000\ndata 0\n",
            self.scope
        );
        for (path, text) in files {
            stream.push_str(&format!("M 100644 inline {path}\ndata {}\n{text}\n", text.len()));
        }
        let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
        git.args(["fast-import", "--quiet", "--force"]).stdin(stream).run().success();
    }
}
