//! `bit verify`: damage of every kind, planted with plain git, is found and named; healthy scopes are left in peace.

use std::fs;
use std::io::Read;

use flate2::read::ZlibDecoder;
use serde_json::json;

use crate::common::servers::{Host, Hosted, served};
use crate::common::{Folder, Run, TestEnvironment};

const CARD: &str = "catalog/card.json";

/// Two scopes: `my-org.ui` with theme ← button and card, two versions each, and `my-org.base`, which theme needs.
struct World<'e> {
    env: &'e TestEnvironment,
    workspace: Folder<'e>,
}

impl<'e> World<'e> {
    fn new(env: &'e TestEnvironment) -> Self {
        let here = env.folder(".");
        for scope in ["ui", "base"] {
            here.bit(["scope", "create", scope, "--name", &format!("my-org.{scope}")]).success();
            // Every object in a file of its own: one of them can be damaged.
            here.git(["--git-dir", scope, "config", "receive.unpackLimit", "10000"]).success();
            let url = env.root().join(scope).display().to_string();
            here.bit(["remote", "add", "--global", &format!("my-org.{scope}"), &url]).success();
        }
        let workspace = env.git_workspace();
        workspace.write("base/index.js", "module.exports = 'base';\n");
        workspace.bit(["add", "base", "--scope", "my-org.base"]).success();
        workspace.components(&[
            ("theme", &[("index.js", "module.exports = require('@my-org/base.base');\n")]),
            ("button", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
            ("card", &[("index.js", "module.exports = 'a card';\n"), ("lib/card.css", ".card {}\n")]),
        ]);
        for version in ["one", "two"] {
            for name in ["base", "theme", "card"] {
                workspace.append(&format!("{name}/index.js"), &format!("// {version}\n"));
            }
            workspace.bit(["tag", "-m", version]).success();
            workspace.bit(["export"]).success();
        }
        Self { env, workspace }
    }

    /// A copy of a scope, to be damaged.
    fn copy(&self, name: &str) -> Patient<'e> {
        self.env.folder(".").program("cp").args(["-a", "ui", name]).run().success();
        Patient { folder: self.env.folder(name) }
    }
}

/// A scope under the knife: all with plain git.
struct Patient<'e> {
    folder: Folder<'e>,
}

impl Patient<'_> {
    #[track_caller]
    fn git(&self, arguments: &[&str]) -> String {
        self.folder.git([&["--git-dir=."], arguments].concat()).success().stdout.trim_end().to_owned()
    }

    #[track_caller]
    fn blob(&self, text: &str) -> String {
        let git = self.folder.program("git").args(["--git-dir=.", "hash-object", "-w", "--stdin"]);
        git.stdin(text).run().line().to_owned()
    }

    /// A catalog in which a path is of another kind.
    #[track_caller]
    fn plant(&self, path: &str, mode: &str) {
        let object = match mode {
            "160000" => self.commit("main"),
            "120000" => self.blob("card.json"),
            _ => self.git(&["rev-parse", &format!("main:{path}")]),
        };
        let before = self.commit("main");
        let tree = self.tree("main", &[(path, Some((mode, &object)))]);
        self.git(&["update-ref", "refs/heads/main", &self.commit_tree(&tree, &[&before], "planted\n")]);
    }

    /// All of it in one pack, of which one file then suffers.
    #[track_caller]
    fn pack(&self, ending: &str, harm: impl Fn(&std::path::Path)) {
        self.git(&["repack", "-a", "-d", "--quiet"]);
        let files = fs::read_dir(self.folder.path().join("objects/pack")).unwrap().map(|file| file.unwrap().path());
        let file = files.into_iter().find(|file| file.extension().is_some_and(|found| found == ending)).unwrap();
        harm(&file);
    }

    fn commit(&self, name: &str) -> String {
        self.git(&["rev-parse", &format!("{name}^{{commit}}")])
    }

    fn show(&self, what: &str) -> String {
        self.folder.git(["--git-dir=.", "show", what]).success().stdout.clone()
    }

    /// A tree with these changes: mode and object by path, none for a path that goes.
    #[track_caller]
    fn tree(&self, base: &str, changes: &[(&str, Option<(&str, &str)>)]) -> String {
        let index = self.folder.path().join("knife");
        let git = |arguments: &[&str]| {
            let git = self.folder.program("git").arg("--git-dir=.").args(arguments).env("GIT_INDEX_FILE", &index);
            git.run().success().stdout.trim_end().to_owned()
        };
        git(&["read-tree", base]);
        for (path, change) in changes {
            match change {
                Some((mode, object)) => {
                    git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")])
                }
                None => self.drop_from(&index, path),
            };
        }
        let tree = git(&["write-tree"]);
        fs::remove_file(index).unwrap();
        tree
    }

    fn drop_from(&self, index: &std::path::Path, path: &str) -> String {
        let git = self.folder.program("git").args(["--git-dir=.", "update-index", "--index-info"]);
        git.env("GIT_INDEX_FILE", index).stdin(format!("0 {}\t{path}\n", "0".repeat(40))).run().success().stdout.clone()
    }

    #[track_caller]
    fn commit_tree(&self, tree: &str, parents: &[&str], message: &str) -> String {
        let parents = parents.iter().flat_map(|parent| ["-p", parent]);
        let git = self.folder.program("git").args(["--git-dir=.", "commit-tree", tree]).args(parents);
        git.stdin(message).run().line().to_owned()
    }

    /// Another catalog, which goes on from the one that is there.
    #[track_caller]
    fn catalog(&self, changes: &[(&str, Option<String>)]) {
        let before = self.commit("main");
        self.write_catalog(changes, &[&before]);
    }

    /// Another catalog, and none before it.
    #[track_caller]
    fn catalog_anew(&self, changes: &[(&str, Option<String>)]) {
        self.write_catalog(changes, &[]);
    }

    #[track_caller]
    fn write_catalog(&self, changes: &[(&str, Option<String>)], parents: &[&str]) {
        let blobs: Vec<_> =
            changes.iter().map(|(path, text)| (*path, text.as_ref().map(|text| self.blob(text)))).collect();
        let changes: Vec<_> =
            blobs.iter().map(|(path, blob)| (*path, blob.as_ref().map(|blob| ("100644", blob.as_str())))).collect();
        let tree = self.tree("main", &changes);
        let commit = self.commit_tree(&tree, parents, "damage\n");
        self.git(&["update-ref", "refs/heads/main", &commit]);
    }

    /// An entry with other words, and no catalog before it.
    #[track_caller]
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.show(&format!("main:{path}"));
        assert!(text.contains(from), "{path} lacks {from}: {text}");
        self.catalog_anew(&[(path, Some(text.replace(from, to)))]);
    }

    /// Another commit in the place of a version, in tag and catalog.
    #[track_caller]
    fn relist(&self, tag: &str, commit: &str) {
        let (before, name) = (self.commit(tag), tag.split('@').next().unwrap());
        self.git(&["update-ref", &format!("refs/tags/{tag}"), commit]);
        self.edit(&format!("catalog/{name}.json"), &before, commit);
    }

    /// A version whose tree has these changes.
    #[track_caller]
    fn replace(&self, tag: &str, changes: &[(&str, Option<(&str, &str)>)]) {
        let tree = self.tree(tag, changes);
        let message = self.git(&["log", "-1", "--format=%B", tag]) + "\n";
        let parents = self.git(&["log", "-1", "--format=%P", tag]);
        let commit = self.commit_tree(&tree, &parents.split_whitespace().collect::<Vec<_>>(), &message);
        self.relist(tag, &commit);
    }

    /// A version with another text in a file.
    #[track_caller]
    fn rewrite(&self, tag: &str, path: &str, text: &str) {
        let blob = self.blob(text);
        self.replace(tag, &[(path, Some(("100644", &blob)))]);
    }

    /// A version whose file has other words.
    #[track_caller]
    fn reword(&self, tag: &str, path: &str, from: &str, to: &str) {
        let text = self.show(&format!("{tag}:{path}"));
        assert!(text.contains(from), "{path} lacks {from}: {text}");
        self.rewrite(tag, path, &text.replace(from, to));
    }

    /// A version with another message or other parents.
    #[track_caller]
    fn recommit(&self, tag: &str, parents: &[&str], message: &str) {
        let tree = self.git(&["rev-parse", &format!("{tag}^{{tree}}")]);
        self.relist(tag, &self.commit_tree(&tree, parents, message));
    }

    /// A version whose tree has other bytes.
    #[track_caller]
    fn retree(&self, tag: &str, from: &[u8], to: &[u8]) {
        let git = |arguments: &[&str]| self.folder.program("git").arg("--git-dir=.").args(arguments);
        let path = self.loose(&format!("{tag}^{{tree}}"));
        let mut bytes = Vec::new();
        ZlibDecoder::new(fs::File::open(path).unwrap()).read_to_end(&mut bytes).unwrap();
        let bytes = &bytes[bytes.iter().position(|byte| *byte == 0).unwrap() + 1..];
        let at = bytes.windows(from.len()).position(|found| found == from).expect("the bytes");
        let bytes = [&bytes[..at], to, &bytes[at + from.len()..]].concat();
        let tree = git(&["hash-object", "-t", "tree", "-w", "--stdin", "--literally"]).stdin(bytes).run();
        let message = self.git(&["log", "-1", "--format=%B", tag]) + "\n";
        let parent = self.commit(&format!("{tag}~1"));
        self.relist(tag, &self.commit_tree(tree.success().line(), &[&parent], &message));
    }

    fn loose(&self, object: &str) -> std::path::PathBuf {
        let oid = self.git(&["rev-parse", object]);
        let path = self.folder.path().join("objects").join(&oid[..2]).join(&oid[2..]);
        assert!(path.exists(), "{object} is in a pack");
        path
    }

    fn verify(&self) -> Run {
        self.folder.bit(["verify", ".", "--json"])
    }
}

/// `kind place` of all that is wrong; notices only where they are named.
#[track_caller]
fn told(run: &Run, notices: bool) -> Vec<String> {
    let value = run.json();
    let shown = |finding: &serde_json::Value| {
        assert!(!finding["message"].as_str().unwrap().is_empty() && !finding["repair"].as_str().unwrap().is_empty());
        let place = finding["place"].as_str().unwrap().replace("my-org.ui/", "");
        let place = if place.starts_with("[ROOT]") { "repository".into() } else { place };
        (notices || finding["severity"] != "notice").then(|| format!("{} {place}", finding["kind"].as_str().unwrap()))
    };
    value["findings"].as_array().unwrap().iter().filter_map(shown).collect()
}

/// What is told where nothing can be read at all.
const LOST: &[&str] = &["damaged-objects repository", "no-catalog HEAD"];

type Damage = (&'static str, fn(&Patient<'_>), &'static [&'static str]);

/// What is done, and all that is told of it.
const DAMAGES: &[Damage] = &[
    ("moved tag", |it| drop(it.git(&["tag", "-f", "card@0.0.1", "card@0.0.2"])), &["version-moved card@0.0.1"]),
    ("tag gone", |it| drop(it.git(&["tag", "-d", "card@0.0.1"])), &["version-gone card@0.0.1"]),
    (
        "tag below the name of a version's",
        |it| drop(it.git(&["tag", "card@9.0.0/x", "main"])),
        &["blocking-tag refs/tags/card@9.0.0/x"],
    ),
    ("foreign tag", |it| drop(it.git(&["tag", "card@9.0.0", "main"])), &["foreign-tag card@9.0.0"]),
    (
        "tag of another name",
        |it| {
            let commit = it.commit("card@0.0.1");
            let text = format!("object {commit}\ntype commit\ntag button@0.0.1\ntagger a <a@b> 1 +0000\n\nx\n");
            let git = it.folder.program("git").args(["--git-dir=.", "hash-object", "-t", "tag", "-w", "--stdin"]);
            it.git(&["update-ref", "refs/tags/card@0.0.1", git.stdin(text).run().line()]);
        },
        &["tag-form card@0.0.1"],
    ),
    (
        "swapped manifest",
        |it| it.rewrite("card@0.0.2", "component.json", &it.show("button@0.0.2:component.json")),
        &["version-of-another card@0.0.2"],
    ),
    (
        "manifest of another form",
        |it| it.reword("card@0.0.2", "component.json", "  \"format\": 1,\n", "  \"format\":1,\n"),
        &["manifest-form card@0.0.2"],
    ),
    (
        "manifest out of order",
        |it| {
            it.reword(
                "button@0.0.2",
                "component.json",
                "\"my-org.base\",\n    \"my-org.ui\"",
                "\"my-org.ui\",\n    \"my-org.base\"",
            )
        },
        &["manifest-order button@0.0.2"],
    ),
    ("broken manifest", |it| it.rewrite("card@0.0.2", "component.json", "{"), &["not-a-version card@0.0.2"]),
    ("manifest gone", |it| it.replace("card@0.0.2", &[("component.json", None)]), &["not-a-version card@0.0.2"]),
    (
        "commit of another version",
        |it| it.recommit("card@0.0.2", &["card@0.0.1"], "two\n\nBit-Id: my-org.ui/card@0.0.3\n"),
        &["version-of-another card@0.0.2"],
    ),
    ("commit of no version", |it| it.recommit("card@0.0.2", &["card@0.0.1"], "two\n"), &["not-a-version card@0.0.2"]),
    (
        "commit of another form",
        |it| it.recommit("card@0.0.2", &["card@0.0.1"], "Bit-Id: my-org.ui/card@0.0.2\n"),
        &["commit-form card@0.0.2"],
    ),
    (
        "missing blob",
        |it| fs::remove_file(it.loose("card@0.0.2:index.js")).unwrap(),
        &["damaged-object card@0.0.2", "damaged-objects repository"],
    ),
    (
        "swapped blob",
        |it| {
            let (from, to) = (it.loose("card@0.0.1:index.js"), it.loose("card@0.0.2:index.js"));
            fs::remove_file(&to).unwrap();
            fs::copy(from, to).unwrap();
        },
        &["damaged-object card@0.0.2", "damaged-objects repository"],
    ),
    (
        "missing tree",
        |it| fs::remove_file(it.loose("card@0.0.2^{tree}")).unwrap(),
        &["damaged-object card@0.0.2", "damaged-objects repository"],
    ),
    (
        "missing commit",
        |it| fs::remove_file(it.loose("card@0.0.2")).unwrap(),
        &["damaged-object card@0.0.2", "damaged-objects repository"],
    ),
    ("entry gone", |it| it.catalog(&[(CARD, None)]), &["version-lost card@0.0.1", "version-lost card@0.0.2"]),
    (
        "version rewritten after its export",
        |it| {
            let before = it.commit("card@0.0.2");
            let commit = it.commit_tree(
                &it.git(&["rev-parse", "card@0.0.2^{tree}"]),
                &["card@0.0.1"],
                "2\n\nBit-Id: my-org.ui/card@0.0.2\n",
            );
            it.git(&["update-ref", "refs/tags/card@0.0.2", &commit]);
            let text = it.show(&format!("main:{CARD}")).replace(&before, &commit);
            it.catalog(&[(CARD, Some(text))]);
        },
        &["version-changed card@0.0.2"],
    ),
    (
        "entry of a version that nobody has",
        |it| {
            let commit = it.commit("card@0.0.2");
            let text = it.show(&format!("main:{CARD}"));
            let listed = format!("      \"commit\": \"{commit}\",\n      \"dependencies\": []\n    }}");
            let more = format!(
                "{listed},\n    {{\n      \"version\": \"0.0.3\",\n      \"commit\": \"{}\",\n      \"dependencies\": []\n    }}",
                "1".repeat(40)
            );
            assert!(text.contains(&listed), "{text}");
            let text = text.replace(&listed, &more).replace("\"latest\": \"0.0.2\"", "\"latest\": \"0.0.3\"");
            it.catalog(&[(CARD, Some(text))]);
        },
        &["version-gone card@0.0.3"],
    ),
    (
        "wrong parent",
        |it| {
            let message = "two\n\nBit-Id: my-org.ui/card@0.0.2\n";
            it.recommit("card@0.0.2", &["button@0.0.1"], message);
        },
        &["not-in-history card@0.0.1", "wrong-parent card@0.0.2"],
    ),
    (
        "parent that nobody lists",
        |it| {
            let tree = it.git(&["rev-parse", "card@0.0.2^{tree}"]);
            let hidden = it.commit_tree(&tree, &["card@0.0.1"], "x\n\nBit-Id: my-org.ui/card@0.0.7\n");
            it.recommit("card@0.0.2", &[&hidden], "two\n\nBit-Id: my-org.ui/card@0.0.2\n");
        },
        &["unlisted-parent card@0.0.2"],
    ),
    (
        "parent that nobody lists and nobody may have",
        |it| {
            let link = it.folder.program("git").args(["--git-dir=.", "hash-object", "-w", "--stdin"]);
            let link = link.stdin("/etc/passwd").run().success().line().to_owned();
            let files = it.git(&["ls-tree", "card@0.0.1"]);
            let mktree = it.folder.program("git").args(["--git-dir=.", "mktree"]);
            let tree = mktree.stdin(format!("{files}\n120000 blob {link}\tlink\n")).run().success().line().to_owned();
            let hidden = it.commit_tree(&tree, &["card@0.0.1"], "x\n\nBit-Id: my-org.ui/card@0.0.1\n");
            it.recommit("card@0.0.2", &[&hidden], "two\n\nBit-Id: my-org.ui/card@0.0.2\n");
        },
        &["unlisted-parent card@0.0.2"],
    ),
    (
        "merge of what lost its number",
        |it| {
            let tree = it.git(&["rev-parse", "card@0.0.1^{tree}"]);
            let lost = it.commit_tree(&tree, &[], "x\n\nBit-Id: my-org.ui/card@0.0.1\n");
            it.recommit("card@0.0.2", &[&lost, "card@0.0.1"], "two\n\nBit-Id: my-org.ui/card@0.0.2\n");
        },
        &[],
    ),
    (
        "need of what lost its number, which lost its own too",
        |it| {
            let tree = it.git(&["rev-parse", "card@0.0.1^{tree}"]);
            let lost = it.commit_tree(&tree, &["card@0.0.1"], "x\n\nBit-Id: my-org.ui/card@0.0.1\n");
            it.recommit("card@0.0.2", &[&lost], "two\n\nBit-Id: my-org.ui/card@0.0.2\n");
        },
        &[],
    ),
    (
        "empty folder",
        |it| {
            let mktree = |lines: String| {
                it.folder.program("git").args(["--git-dir=.", "mktree"]).stdin(lines).run().success().line().to_owned()
            };
            let files = it.git(&["ls-tree", "card@0.0.2"]);
            let tree = mktree(format!("{files}\n040000 tree {}\tnothing\n", mktree(String::new())));
            let message = "two\n\nBit-Id: my-org.ui/card@0.0.2\n";
            it.relist("card@0.0.2", &it.commit_tree(&tree, &["card@0.0.1"], message));
        },
        &["tree-form card@0.0.2"],
    ),
    (
        "mode of an old git",
        |it| it.retree("card@0.0.2", b"100644 index.js", b"100664 index.js"),
        &["file-mode card@0.0.2"],
    ),
    (
        "mode in other digits",
        |it| it.retree("card@0.0.2", b"100644 index.js", b"0100644 index.js"),
        &["tree-form card@0.0.2"],
    ),
    (
        "origin of another",
        |it| {
            let origin = |digit: &str| format!("my-org.base/x@0.0.1 {}", digit.repeat(40));
            let message = format!("two\n\nBit-Id: my-org.ui/card@0.0.2\nBit-Origin: {}\n", origin("1"));
            it.recommit("card@0.0.2", &["card@0.0.1"], &message);
            let listed = format!("      \"commit\": \"{}\",\n      \"dependencies\": []", it.commit("card@0.0.2"));
            let more = "\"origin\": {\n        \"id\": \"my-org.base/x@0.0.1\"";
            let more = format!("{listed},\n      {more},\n        \"commit\": \"{}\"\n      }}", "2".repeat(40));
            it.edit(CARD, &listed, &more);
        },
        &["origin-differs card@0.0.2"],
    ),
    (
        "origin that only the commit knows",
        |it| {
            let origin = format!("Bit-Origin: my-org.base/x@0.0.1 {}", "1".repeat(40));
            it.recommit("card@0.0.2", &["card@0.0.1"], &format!("two\n\nBit-Id: my-org.ui/card@0.0.2\n{origin}\n"));
        },
        &["origin-differs card@0.0.2"],
    ),
    (
        "origin that only the catalog knows",
        |it| {
            let listed = format!("      \"commit\": \"{}\",\n      \"dependencies\": []", it.commit("card@0.0.2"));
            let more = "\"origin\": {\n        \"id\": \"my-org.base/x@0.0.1\"";
            let more = format!("{listed},\n      {more},\n        \"commit\": \"{}\"\n      }}", "2".repeat(40));
            it.edit(CARD, &listed, &more);
        },
        &["origin-differs card@0.0.2"],
    ),
    (
        "history cut",
        |it| it.recommit("card@0.0.2", &[], "two\n\nBit-Id: my-org.ui/card@0.0.2\n"),
        &["not-in-history card@0.0.1"],
    ),
    (
        "maintenance of nothing",
        |it| {
            it.recommit("card@0.0.2", &[], "two\n\nBit-Id: my-org.ui/card@0.0.2\nBit-Line: maintenance\n");
            it.edit(CARD, "\"head\": \"0.0.2\"", "\"head\": \"0.0.1\"");
        },
        &["not-in-history card@0.0.2"],
    ),
    (
        "pin of other content",
        |it| it.reword("button@0.0.2", "component.json", &it.commit("theme@0.0.2"), &it.commit("theme@0.0.1")),
        &["pin-differs button@0.0.2"],
    ),
    (
        "pin into another scope of other content",
        |it| {
            let pin = it.show("theme@0.0.2:component.json");
            let pin = pin.split("\"commit\": \"").nth(1).unwrap().split('"').next().unwrap();
            it.reword("theme@0.0.2", "component.json", pin, &"2".repeat(40));
            // Who needs it was made with the one before.
            let theme = it.show("button@0.0.2:component.json");
            let theme = theme.split("\"commit\": \"").nth(1).unwrap().split('"').next().unwrap();
            it.reword("button@0.0.2", "component.json", theme, &it.commit("theme@0.0.2"));
        },
        &["pin-differs theme@0.0.2"],
    ),
    (
        "no pin",
        |it| {
            let text = it.show("button@0.0.2:component.json");
            let pin = format!("      \"commit\": \"{}\",\n", it.commit("theme@0.0.2"));
            assert!(text.contains(&pin), "{text}");
            it.rewrite("button@0.0.2", "component.json", &text.replace(&pin, ""));
        },
        &["no-pin button@0.0.2"],
    ),
    (
        "dependency that nobody lists",
        |it| {
            it.reword("button@0.0.2", "component.json", "my-org.ui/theme@0.0.2", "my-org.ui/theme@7.0.0");
            it.reword(
                "button@0.0.2",
                "package.json",
                "\"@my-org/ui.theme\": \"0.0.2\"",
                "\"@my-org/ui.theme\": \"7.0.0\"",
            );
            it.edit("catalog/button.json", "my-org.ui/theme@0.0.2", "my-org.ui/theme@7.0.0");
        },
        &["dependency-not-listed button@0.0.2"],
    ),
    (
        "catalog that speaks of other dependencies",
        |it| it.edit("catalog/button.json", "my-org.ui/theme@0.0.2", "my-org.ui/card@0.0.2"),
        &["dependencies-differ button@0.0.2"],
    ),
    (
        "symbolic link",
        |it| {
            let blob = it.blob("../../etc/passwd");
            it.replace("card@0.0.2", &[("link", Some(("120000", &blob)))]);
        },
        &["hostile-tree card@0.0.2"],
    ),
    (
        "submodule",
        |it| it.replace("card@0.0.2", &[("sub", Some(("160000", &it.commit("main"))))]),
        &["hostile-tree card@0.0.2"],
    ),
    ("names that are one elsewhere", |it| it.rewrite("card@0.0.2", "INDEX.js", "x\n"), &["hostile-tree card@0.0.2"]),
    ("npm's settings", |it| it.rewrite("card@0.0.2", ".npmrc", "x=y\n"), &["hostile-tree card@0.0.2"]),
    ("line ends", |it| it.rewrite("card@0.0.2", "index.js", "a\r\nb\r\n"), &["line-ends card@0.0.2"]),
    ("no main file", |it| it.replace("card@0.0.2", &[("index.js", None)]), &["no-main card@0.0.2"]),
    (
        "package of another name",
        |it| it.reword("card@0.0.2", "package.json", "@my-org/ui.card", "@evil/ui.card"),
        &["package-differs card@0.0.2"],
    ),
    (
        "package with a script",
        |it| it.reword("card@0.0.2", "package.json", "{\n", "{\n  \"scripts\": {\"install\": \"rm -rf ~\"},\n"),
        &["package-differs card@0.0.2"],
    ),
    (
        "package of another form",
        |it| it.reword("card@0.0.2", "package.json", "  \"name\"", "\t\"name\""),
        &["package-form card@0.0.2"],
    ),
    ("no package", |it| it.replace("card@0.0.2", &[("package.json", None)]), &["package-differs card@0.0.2"]),
    ("wrong head", |it| it.edit(CARD, "\"head\": \"0.0.2\"", "\"head\": \"0.0.1\""), &["wrong-head card"]),
    ("head of nowhere", |it| it.edit(CARD, "\"head\": \"0.0.2\"", "\"head\": \"0.0.7\""), &["wrong-head card"]),
    ("wrong latest", |it| it.edit(CARD, "\"latest\": \"0.0.2\"", "\"latest\": \"0.0.1\""), &["wrong-latest card"]),
    ("entry of another form", |it| it.edit(CARD, "  \"format\"", "    \"format\""), &["entry-form card"]),
    (
        "broken entry",
        |it| it.edit(CARD, "{\n  \"format\": 1", "{\n  \"format\": "),
        &["bad-catalog my-org.ui: catalog/card.json"],
    ),
    (
        "entry of a newer format",
        |it| it.edit(CARD, "\"format\": 1", "\"format\": 2"),
        &["bad-catalog my-org.ui: catalog/card.json"],
    ),
    (
        "entry in the place of another",
        |it| it.edit(CARD, "\"name\": \"card\"", "\"name\": \"button\""),
        &["bad-catalog my-org.ui: catalog/card.json"],
    ),
    (
        "version listed twice",
        |it| {
            let text = it.show(&format!("main:{CARD}"));
            let (before, rest) = text.split_once("    {\n      \"version\": \"0.0.2\"").unwrap();
            let (rest, after) = rest.split_once("\n    }").unwrap();
            let block = format!("    {{\n      \"version\": \"0.0.2\"{rest}\n    }}");
            it.catalog_anew(&[(CARD, Some(format!("{before}{block},\n{block}{after}")))]);
        },
        &["listed-twice card"],
    ),
    (
        "entry without versions",
        |it| {
            let text = it.show(&format!("main:{CARD}"));
            let (before, _) = text.split_once("\"versions\": [").unwrap();
            it.catalog_anew(&[(CARD, Some(format!("{before}\"versions\": []\n}}\n")))]);
        },
        &["no-version card"],
    ),
    ("no card of the scope", |it| it.catalog(&[("scope.json", None)]), &["no-catalog scope.json"]),
    ("broken card of the scope", |it| it.catalog(&[("scope.json", Some("[]".into()))]), &["bad-catalog scope.json"]),
    (
        "executable manifest",
        |it| {
            let manifest = it.blob(&it.show("card@0.0.2:component.json"));
            it.replace("card@0.0.2", &[("component.json", Some(("100755", &manifest)))]);
        },
        &["file-mode card@0.0.2"],
    ),
    ("executable entry", |it| it.plant(CARD, "100755"), &["file-mode my-org.ui: catalog/card.json"]),
    ("executable card of the scope", |it| it.plant("scope.json", "100755"), &["file-mode my-org.ui: scope.json"]),
    ("repository in the catalog", |it| it.plant("catalog/sub", "160000"), &["hostile-tree my-org.ui: catalog/sub"]),
    ("link in the catalog", |it| it.plant("catalog/sub.json", "120000"), &["hostile-tree my-org.ui: catalog/sub.json"]),
    (
        "replaced object",
        |it| drop(it.git(&["replace", "-f", &it.commit("card@0.0.2"), &it.commit("card@0.0.1")])),
        &["replaced-objects my-org.ui"],
    ),
    (
        "grafts",
        |it| {
            it.folder.write("info/grafts", it.commit("main"));
        },
        &["grafts my-org.ui"],
    ),
    (
        "objects borrowed from nowhere",
        |it| {
            it.folder.write("objects/info/alternates", "/nowhere/objects\n");
        },
        &["lost-alternates my-org.ui"],
    ),
    (
        "branch that leads nowhere",
        |it| {
            it.folder.write("refs/heads/foo", "1".repeat(40) + "\n");
        },
        &["damaged-objects repository"],
    ),
    (
        "empty tag",
        |it| {
            it.folder.write("refs/tags/card@0.0.9", "");
        },
        &["damaged-objects repository"],
    ),
    (
        "tag on a tag that is not there",
        |it| {
            it.folder.write("refs/tags/card@0.0.9", "ref: refs/tags/none\n");
        },
        &["damaged-objects repository", "symbolic-tag card@0.0.9"],
    ),
    (
        "broken packed-refs",
        |it| {
            it.git(&["pack-refs", "--all"]);
            it.folder.append("packed-refs", "no ref at all\n");
        },
        &["damaged-objects repository"],
    ),
    ("lost pack", |it| it.pack("pack", |pack| fs::remove_file(pack).unwrap()), LOST),
    ("lost index of a pack", |it| it.pack("idx", |index| fs::remove_file(index).unwrap()), LOST),
    (
        "damaged index of a pack",
        |it| {
            it.pack("idx", |index| {
                let mut bytes = fs::read(index).unwrap();
                bytes[..1200].fill(0x55);
                fs::remove_file(index).unwrap();
                fs::write(index, bytes).unwrap();
            });
        },
        LOST,
    ),
    (
        "a repository that git can't open",
        |it| {
            drop(it.git(&["config", "core.repositoryformatversion", "1"]) + &it.git(&["config", "extensions.foo", "1"]))
        },
        LOST,
    ),
    (
        "a tag that only leads to another ref",
        |it| {
            it.git(&["update-ref", "refs/heads/side", "theme@0.0.1"]);
            it.git(&["symbolic-ref", "refs/tags/theme@0.0.1", "refs/heads/side"]);
        },
        &["symbolic-tag theme@0.0.1", "version-gone theme@0.0.1"],
    ),
    ("unborn head", |it| drop(it.git(&["symbolic-ref", "HEAD", "refs/heads/nowhere"])), &["no-catalog HEAD"]),
    (
        "catalog rolled back",
        |it| drop(it.git(&["update-ref", "refs/heads/main", "main^"])),
        // Nobody here has seen it: what is left are versions that are not listed. Tags tell it to a person only.
        &[],
    ),
];

#[test]
fn damage_of_every_kind_is_found_and_named() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let healthy = world.copy("healthy").verify();
    assert_eq!((told(healthy.success(), true), healthy.json()["versions"].clone()), (vec![], json!(6)));
    assert!(DAMAGES.len() >= 40);
    let mut wrong = Vec::new();
    for (number, (name, damage, expected)) in DAMAGES.iter().enumerate() {
        let patient = world.copy(&format!("patient-{number}"));
        damage(&patient);
        let run = patient.verify();
        let found = told(&run, false);
        let code = if expected.is_empty() { 0 } else { 3 };
        if found != *expected || run.code != Some(code) {
            wrong.push(format!("{name}: {:?} {found:?} instead of {expected:?}\n{}", run.code, run.stdout));
        }
        fs::remove_dir_all(patient.folder.path()).unwrap();
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What verify warns of as no git writes it any more is a plain file all the same: import takes it as one.
#[test]
fn a_file_of_an_old_mode_is_imported_as_a_plain_one() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let patient = world.copy("patient");
    patient.retree("card@0.0.2", b"100644 index.js", b"100664 index.js");
    patient.verify().fails_quietly(3).says("its file index.js has the mode 100664, which no git writes any more");
    let guest = env.git_workspace_at("guest", "my-org.site");
    guest.bit(["remote", "add", "my-org.ui", &patient.folder.path().display().to_string()]).success();
    guest.bit(["import", "my-org.ui/card@0.0.2"]).success();
    assert_eq!(guest.bit(["status", "--json"]).success().json()["modifiedComponents"], json!([]));
    guest.bit(["verify"]).fails_quietly(3).says("has the mode 100664");
}

/// Between two looks only refs change, and git does not read all objects again.
#[test]
fn refs_that_lead_nowhere_are_found_by_a_second_look_too() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let patient = world.copy("patient");
    let look = || world.env.folder("ci").bit(["verify", "../patient", "--cache", "seen", "--json"]);
    look().success();
    for (file, text) in [
        ("refs/heads/foo", "1".repeat(40)),
        ("refs/tags/other", "ref: refs/tags/none\n".to_owned()),
        ("refs/tags/card@0.0.9", String::new()),
    ] {
        patient.folder.write(file, text);
        assert_eq!(told(look().fails_quietly(3), true), ["damaged-objects repository"], "{file}");
        patient.folder.remove(file);
        look().success();
    }
    // And what makes git see something else.
    for (file, text, kind) in [
        ("info/grafts", patient.commit("main"), "grafts my-org.ui"),
        ("objects/info/alternates", "/nowhere/objects\n".to_owned(), "lost-alternates my-org.ui"),
    ] {
        patient.folder.write(file, text);
        assert_eq!(told(look().fails_quietly(3), true), [kind]);
        patient.folder.remove(file);
        look().success();
    }
}

/// Written anew, an entry is a plain file again.
#[test]
fn files_of_the_catalog_become_plain_ones() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let patient = world.copy("patient");
    let before = patient.git(&["rev-parse", "main^{tree}"]);
    patient.plant(CARD, "100755");
    patient.plant("scope.json", "100755");
    let verify = |more: &[&str]| env.folder(".").bit([&["verify", "./patient"], more].concat());
    verify(&[]).fails_quietly(3).says("2 faults, 2 of them");
    verify(&["--fix"]).success().says("repaired");
    assert_eq!(patient.git(&["rev-parse", "main^{tree}"]), before);
    patient.git(&["fsck", "--full", "--strict"]);
    // A notice that can be repaired too is no fault, and none of them.
    patient.git(&["tag", "-d", "card@0.0.1"]);
    patient.edit("scope.json", "{\n", "{ \n");
    verify(&[]).fails_quietly(3).says("scope.json is not written as bit").says("1 fault, 1 of them");
}

/// A tag that is there and leads nowhere can't be made anew by a push: --fix says so, and what to do.
#[test]
fn what_stands_in_the_place_of_a_tag_is_named() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    for (number, text) in ["", "ref: refs/tags/none\n", "ref: refs/tags/card@0.0.1\n"].iter().enumerate() {
        let patient = world.copy(&format!("patient-{number}"));
        patient.git(&["pack-refs", "--all"]);
        patient.git(&["tag", "-d", "card@0.0.2"]);
        patient.folder.write("refs/tags/card@0.0.2", text);
        let run = world.env.folder(".").bit(["verify", &format!("./patient-{number}"), "--fix", "--json"]);
        let findings = run.fails_quietly(3).json()["findings"].clone();
        let gone =
            findings.as_array().unwrap().iter().find(|finding| finding["kind"] == "version-gone").unwrap().clone();
        assert_eq!(gone["fixable"], false, "{gone}");
        assert!(gone["repair"].as_str().unwrap().contains("refs/tags/card@0.0.2"), "{gone}");
        patient.folder.remove("refs/tags/card@0.0.2");
        world.env.folder(".").bit(["verify", &format!("./patient-{number}"), "--fix"]).success();
        assert_eq!(patient.commit("card@0.0.2"), world.copy(&format!("whole-{number}")).commit("card@0.0.2"));
    }
    // A name that is a folder by now.
    let patient = world.copy("patient");
    patient.git(&["tag", "-d", "card@0.0.2"]);
    patient.git(&["tag", "card@0.0.2/x", "main"]);
    let run = world.env.folder(".").bit(["verify", "./patient", "--fix"]);
    run.fails_quietly(3).says("refs/tags/card@0.0.2/x is there").silent_about("is it protected");
}

/// The catalog's earlier commits were left behind.
#[test]
fn a_scope_that_is_cut_off_is_no_whole_one() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let here = env.folder(".");
    let source = format!("file://{}", world.copy("whole").folder.path().display());
    here.git(["clone", "--quiet", "--bare", "--depth", "1", "--no-single-branch", &source, "short"]).success();
    for more in [&[][..], &["--cache", "seen"], &["--cache", "seen"]] {
        let run = here.bit([&["verify", "./short", "--json"], more].concat());
        assert_eq!(told(run.fails_quietly(3), false), ["cut-off my-org.ui"], "{more:?}");
    }
    let shown = here.bit(["verify", "./short"]);
    shown.fails_quietly(3).says("its history is cut off").says("--unshallow").says("1 fault");
    // Over a network it can't be seen otherwise than by what does not come.
    let host = served!(Host::ssh(&env));
    let hosted = host.repository("short");
    fs::remove_dir_all(hosted.folder.path()).unwrap();
    here.program("cp").args(["-a", "short"]).arg(hosted.folder.path()).run().success();
    let run = here.bit(["verify", &hosted.url, "--json"]);
    assert_eq!(told(run.fails_quietly(3), false), ["cut-off my-org.ui"]);
    // What a workspace itself left at the host is no fault of the host.
    let whole = host.repository("whole");
    fs::remove_dir_all(whole.folder.path()).unwrap();
    here.program("cp").args(["-a", "whole"]).arg(whole.folder.path()).run().success();
    let guest = env.git_workspace_at("guest", "my-org.site");
    guest.bit(["remote", "add", "my-org.ui", &whole.url]).success();
    guest.bit(["import", "my-org.ui/card"]).success();
    assert!(guest.local_scope().join("shallow").exists());
    guest.bit(["verify", "my-org.ui"]).success().silent_about("cut off");
    guest.bit(["verify"]).success().silent_about("cut off");
}

#[test]
fn what_harms_nobody_is_a_notice() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let it = world.copy("it");
    it.git(&["tag", "v1", "main"]);
    let commit =
        it.commit_tree(&it.tree("card@0.0.2", &[]), &["card@0.0.2"], "three\n\nBit-Id: my-org.ui/card@0.0.3\n");
    it.git(&["tag", "card@0.0.3", &commit]);
    let manifest = it.show("card@0.0.2:component.json").replace("0.0.2", "0.0.3");
    it.git(&["tag", "-d", "card@0.0.3"]);
    let blob = it.blob(&manifest);
    let tree = it.tree("card@0.0.2", &[("component.json", Some(("100644", &blob)))]);
    it.git(&["tag", "card@0.0.3", &it.commit_tree(&tree, &["card@0.0.2"], "three\n\nBit-Id: my-org.ui/card@0.0.3\n")]);
    assert_eq!(told(it.verify().success(), true), ["other-tags my-org.ui", "stray-tag card@0.0.3"]);
    it.folder.bit(["verify"]).success().says("nothing is wrong").says("bit scope sweep [ROOT]/it");
    // A mirror whose catalog waits: no export was stopped there.
    let url = env.root().join("it").display().to_string();
    let run = world.workspace.bit(["verify", &url]);
    run.success().says("bit mirror").silent_about("an export was stopped").silent_about("sweep");
    // What an export writes anew.
    let (page, card) = (it.show("main:README.md"), it.show("main:scope.json"));
    assert!(page.contains("card"), "{page}");
    it.catalog(&[
        ("README.md", Some(page.replace("card", "cards"))),
        ("scope.json", Some(card.replace("{\n", "{ \n"))),
    ]);
    let all = ["card-form my-org.ui", "front-page my-org.ui", "other-tags my-org.ui", "stray-tag card@0.0.3"];
    assert_eq!(told(it.verify().success(), true), all);
}

#[test]
fn a_removed_version_may_have_lost_its_tag() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    world.workspace.bit(["delete", "my-org.ui/card", "--range", "0.0.1", "--remote", "--silent"]).success();
    let it = world.copy("it");
    it.git(&["tag", "-d", "card@0.0.1"]);
    assert_eq!(told(it.verify().success(), true), Vec::<String>::new());
}

#[test]
fn what_this_machine_saw_before_is_compared() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let scope = Patient { folder: env.folder("ui") };
    let look = |arguments: &[&str]| world.workspace.bit([&["verify", "my-org.ui", "--json"], arguments].concat());
    assert_eq!(told(look(&[]).success(), true), Vec::<String>::new());
    // Everything is consistent there, and another version than it was.
    scope.recommit("card@0.0.2", &["card@0.0.1"], "altered\n\nBit-Id: my-org.ui/card@0.0.2\n");
    assert_eq!(told(look(&[]).fails_quietly(3), false), ["scope-replaced my-org.ui", "version-changed card@0.0.2"]);
    let said = world.workspace.bit(["verify", "my-org.ui"]);
    said.says("this workspace knows it as").says(&world.workspace.commit_of("my-org.ui/card@0.0.2")[..9]);
    // Nobody else can know, unless somebody remembers.
    assert_eq!(told(scope.verify().success(), true), Vec::<String>::new());
    let outside = env.folder("outside");
    let remembering = |expected: i32| {
        let run = outside.bit(["verify", "../ui", "--cache", "memory", "--json"]);
        assert_eq!(run.code, Some(expected), "{run}");
        run
    };
    remembering(0);
    assert!(outside.exists("memory"));
    assert_eq!(remembering(0).json()["read"], 0);
    scope.recommit("card@0.0.2", &["card@0.0.1"], "altered again\n\nBit-Id: my-org.ui/card@0.0.2\n");
    assert_eq!(told(&remembering(3), false), ["version-changed card@0.0.2"]);
    outside.bit(["verify", "../ui", "--cache", "memory"]).says("it was verified as");
    outside.bit(["verify", "../ui", "--cache", "memory", "--full"]).says("it was verified as");
    outside.bit(["verify", "../ui", "--cache", "memory", "--accept"]).success();
    remembering(0);
    // Who could remember nothing is told so.
    outside.write("file", "");
    for cache in ["file", "/proc/seen", "file/below"] {
        outside.bit(["verify", "../ui", "--cache", cache]).fails(2).complains("nothing can be remembered in");
    }
}

#[test]
fn a_second_look_reads_what_is_new() {
    let env = TestEnvironment::new();
    env.is_left_damaged("objects of the scope are broken");
    let world = World::new(&env);
    let workspace = &world.workspace;
    let read = |arguments: &[&str]| {
        let value = workspace.bit([&["verify", "--json"], arguments].concat()).success().json();
        (value["versions"].as_u64().unwrap(), value["read"].as_u64().unwrap())
    };
    for (place, all) in [("my-org.ui", 6), ("local", 8)] {
        assert_eq!(read(&[place]), (all, all));
        assert_eq!(read(&[place]), (all, 0));
        assert_eq!(read(&[place, "--full"]), (all, all));
    }
    assert_eq!(read(&[]), (8, 0), "without a word it is the local scope");
    workspace.append("card/index.js", "// three\n");
    workspace.bit(["tag", "-m", "three"]).success();
    workspace.bit(["export"]).success();
    assert_eq!((read(&["my-org.ui"]), read(&[])), ((7, 1), (9, 1)));
    // A memory that is damaged is none.
    let folder = workspace.local_scope().join("bit/verified");
    for file in fs::read_dir(&folder).unwrap() {
        fs::write(file.unwrap().path(), "x").unwrap();
    }
    assert_eq!((read(&["my-org.ui"]), read(&[])), ((7, 7), (9, 9)));
    // Damage behind its back is found although no ref has changed.
    let it = Patient { folder: env.folder("ui") };
    fs::remove_file(it.loose("card@0.0.3:index.js")).unwrap();
    // And whose it is, although it was found right before.
    for more in [&[][..], &["--full"]] {
        let all = told(&workspace.bit([&["verify", "my-org.ui", "--json"], more].concat()), false);
        assert_eq!(all, ["damaged-object card@0.0.3", "damaged-objects repository"], "{more:?}");
    }
}

#[test]
fn what_needs_no_person_is_repaired_and_nothing_is_lost() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let it = Patient { folder: env.folder("ui") };
    let before = it.git(&["for-each-ref", "refs/tags"]);
    // Its commit is still there; the other one only here.
    it.git(&["tag", "-d", "card@0.0.2"]);
    it.git(&["tag", "-d", "theme@0.0.1"]);
    let text = it.show(&format!("main:{CARD}")).replace("\"latest\": \"0.0.2\"", "\"latest\": \"0.0.1\"");
    it.catalog(&[(CARD, Some(text)), ("LICENSE", Some("free\n".into()))]);
    let catalog = it.commit("main");
    let run = world.workspace.bit(["verify", "my-org.ui"]);
    assert_eq!(run.code, Some(3));
    run.says("bit verify my-org.ui --fix");
    let fixed = world.workspace.bit(["verify", "my-org.ui", "--fix", "--json"]);
    let kinds: Vec<_> =
        fixed.success().json()["repaired"].as_array().unwrap().iter().map(|f| f["kind"].clone()).collect();
    assert_eq!(json!(kinds)[0], "version-gone");
    assert_eq!(it.git(&["for-each-ref", "refs/tags"]), before);
    assert_eq!(it.git(&["rev-parse", "main^"]), catalog, "it goes forward");
    assert_eq!((it.show("main:LICENSE"), told(&it.verify(), true)), ("free\n".into(), vec![]));
    // An object that is gone there, and is here.
    it.git(&["tag", "-d", "card@0.0.2"]);
    it.git(&["gc", "--prune=now", "--quiet"]);
    let run = it.folder.bit(["verify", ".", "--fix", "--json"]);
    assert_eq!((run.code, run.json()["findings"][0]["fixable"].clone()), (Some(3), json!(false)), "{run}");
    it.folder.bit(["verify", "."]).says("its commit is not here").silent_about("repairs");
    world.workspace.bit(["verify", "my-org.ui", "--fix"]).success().says("repaired");
    assert_eq!(it.git(&["for-each-ref", "refs/tags"]), before);
    // What is moved is a person's affair.
    it.git(&["tag", "-f", "card@0.0.1", "card@0.0.2"]);
    let refs = it.git(&["for-each-ref"]);
    assert_eq!(world.workspace.bit(["verify", "my-org.ui", "--fix"]).code, Some(3));
    assert_eq!(it.git(&["for-each-ref"]), refs);
}

#[test]
fn what_is_remembered_stays_out_of_the_scope() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let patient = world.copy("sick");
    let here = env.folder(".");
    let before = patient.folder.listing(&[]);
    for cache in ["sick", "./sick/seen", "sick/../sick"] {
        here.bit(["verify", "./sick", "--cache", cache]).fails(2).complains("is none of the scope's");
    }
    assert_eq!(patient.folder.listing(&[]), before);
    // What repairs goes on remembering where it was said to.
    patient.edit(CARD, "\"latest\": \"0.0.2\"", "\"latest\": \"0.0.1\"");
    let run = here.bit(["verify", "./sick", "--cache", "seen by ada"]);
    assert_eq!(run.code, Some(3));
    run.says("bit verify ./sick --fix --cache 'seen by ada'");
}

#[test]
fn the_local_scope_is_looked_at_without_a_word() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let workspace = &world.workspace;
    workspace.bit(["verify"]).success().says("8 versions").says("nothing is wrong");
    let found = || told(&workspace.bit(["verify", "--json"]), false);
    let nowhere = workspace.local_scope().join("refs/heads/foo");
    fs::write(&nowhere, "ref: refs/heads/none\n").unwrap();
    assert_eq!(found(), ["damaged-objects repository"]);
    fs::remove_file(nowhere).unwrap();
    let (one, two) = (workspace.commit_of("my-org.ui/card@0.0.1"), workspace.commit_of("my-org.ui/card@0.0.2"));
    workspace.scope_git(["update-ref", "refs/tags/my-org.ui/card@0.0.2", &one]).success();
    assert_eq!(found(), ["version-moved card@0.0.2"]);
    workspace.scope_git(["update-ref", "refs/tags/my-org.ui/card@0.0.2", &two]).success();
    // Another theme than the one that button was made with, and that .bitmap means.
    fs::remove_dir_all(workspace.local_scope().join("bit/verified")).unwrap();
    let tree = workspace.scope_git(["rev-parse", "my-org.ui/theme@0.0.2^{tree}"]).line().to_owned();
    let parent = workspace.commit_of("my-org.ui/theme@0.0.1");
    let git = workspace.program("git").arg("--git-dir").arg(workspace.local_scope());
    let other = git.args(["commit-tree", &tree, "-p", &parent]).stdin("x\n\nBit-Id: my-org.ui/theme@0.0.2\n").run();
    workspace.scope_git(["update-ref", "refs/tags/my-org.ui/theme@0.0.2", other.line()]).success();
    assert_eq!(found(), ["version-moved theme@0.0.2"]);
}

#[test]
fn over_a_network_the_same_is_found() {
    let env = TestEnvironment::new();
    env.is_left_damaged("objects of the scopes are broken");
    for host in [Ok(Host::daemon(&env)), Host::http(&env)] {
        let host = served!(host);
        host.log_in(host.user(), host.password());
        let scope = host.repository("s");
        over(&env, &host, &scope);
    }
}

#[test]
fn over_ssh_too() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let host = served!(Host::ssh(&env));
    env.folder(".").program("cp").args(["-a", "ui"]).arg(host.folder().path().join("s")).run().success();
    let it = Patient { folder: host.folder().inside("s") };
    it.git(&["tag", "-f", "card@0.0.1", "card@0.0.2"]);
    let run = world.workspace.bit(["verify", &host.url("s"), "--json"]);
    assert_eq!(told(&run, false), ["version-moved card@0.0.1"]);
}

fn over(env: &TestEnvironment, host: &Host<'_>, scope: &Hosted<'_>) {
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = env.git_workspace_at(&format!("ws-{}", host.address().replace(':', "-")), "my-org.ui");
    workspace.bit(["remote", "add", "my-org.ui", &scope.url]).success();
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 1;\n")]),
        ("card", &[("index.js", "module.exports = require('@my-org/ui.theme');\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace.bit(["export"]).success();
    let look = || workspace.bit(["verify", &scope.url, "--json"]);
    let read = |run: &Run| (run.json()["versions"].as_u64(), run.json()["read"].as_u64());
    assert_eq!((told(look().success(), true), read(&look())), (vec![], (Some(2), Some(0))));
    workspace.append("theme/index.js", "// two\n");
    workspace.bit(["tag", "-m", "two"]).success();
    workspace.bit(["export"]).success();
    let again = look();
    assert_eq!((told(again.success(), true), read(&again)), (vec![], (Some(4), Some(2))));
    let it = Patient { folder: scope.folder.clone() };
    it.git(&["tag", "-f", "card@0.0.1", "theme@0.0.1"]);
    it.git(&["tag", "-d", "theme@0.0.2"]);
    assert_eq!(told(&look(), false), ["version-gone theme@0.0.2", "version-moved card@0.0.1"]);
    // One that leads to what it should be can move.
    it.git(&["update-ref", "refs/heads/side", "theme@0.0.1"]);
    let tag = "refs/tags/theme@0.0.1";
    it.git(&["symbolic-ref", tag, "refs/heads/side"]);
    let run = look();
    assert!(told(&run, false).contains(&"symbolic-tag theme@0.0.1".to_owned()), "{run}");
    run.says("which leads to refs/heads/side").says(&format!("git symbolic-ref --delete {tag}"));
    it.git(&["symbolic-ref", "--delete", tag]);
    it.git(&["update-ref", tag, "refs/heads/side"]);
    it.git(&["update-ref", "-d", "refs/heads/side"]);
    // By its name, and put back over the network.
    it.git(&["tag", "-f", "card@0.0.1", &workspace.commit_of("my-org.ui/card@0.0.1")]);
    workspace.bit(["verify", "my-org.ui", "--fix"]).success().says("repaired my-org.ui/theme@0.0.2");
    // A host that can't give a version: the others are looked at all the same.
    let full = || workspace.bit(["verify", &scope.url, "--full", "--json"]);
    fs::remove_file(it.loose("theme@0.0.2:index.js")).unwrap();
    let is_said_once = |place: &str| {
        let run = full();
        assert_eq!(
            (told(&run, false), read(&run)),
            (vec![format!("damaged-object {place}")], (Some(4), Some(4))),
            "{run}"
        );
        run.says(&scope.url).says("a backup has what is missing").silent_about("/visits/").silent_about("bit import");
    };
    is_said_once("theme@0.0.2");
    // Versions that were made from a damaged one are not damaged.
    workspace.scope_git(["--no-pager", "gc", "--quiet"]).success();
    let blob = it.blob("module.exports = 1;\n// two\n");
    assert_eq!(blob, it.git(&["rev-parse", "theme@0.0.2:index.js"]));
    fs::remove_file(it.loose("theme@0.0.1:index.js")).unwrap();
    is_said_once("theme@0.0.1");
}

/// A version that a host can't give: neither what was made from it is at fault, nor what it was made from.
#[test]
fn who_stands_beside_a_damaged_version_is_not_accused() {
    let env = TestEnvironment::new();
    env.is_left_damaged("objects of the scope are broken");
    let host = Host::daemon(&env);
    let scope = host.repository("s").set("receive.unpackLimit", "10000");
    env.folder(".").bit(["scope", "create", &scope.url, "--name", "my-org.ui"]).success();
    let workspace = scope.workspace(&env, "ws");
    workspace.bit(["export"]).success();
    for version in ["two", "three", "four"] {
        workspace.append("theme/index.js", &format!("// {version}\n"));
        workspace.bit(["tag", "-m", version]).success();
        workspace.bit(["export"]).success();
    }
    let it = Patient { folder: scope.folder.clone() };
    let look = |place: &str| env.folder("ci").bit(["verify", place, "--json"]);
    fs::remove_file(it.loose("theme@0.0.3:index.js")).unwrap();
    assert_eq!(told(&look(&scope.url), false), ["damaged-object theme@0.0.3"]);
    fs::remove_file(it.loose("theme@0.0.3")).unwrap();
    for place in [scope.url.clone(), it.folder.path().display().to_string()] {
        let found = told(&look(&place), false);
        assert!(found.contains(&"damaged-object theme@0.0.3".to_owned()), "{place}: {found:?}");
        assert!(!found.iter().any(|told| told.starts_with("not-in-history")), "{place}: {found:?}");
    }
}

/// A mirror may be behind, and is not where the scope is.
#[test]
fn a_mirror_is_not_taken_for_the_scope() {
    let env = TestEnvironment::new();
    let world = World::new(&env);
    let mirror = world.copy("mirror");
    let url = env.root().join("mirror").display().to_string();
    world.workspace.append("card/index.js", "// three\n");
    world.workspace.bit(["tag", "-m", "three"]).success();
    world.workspace.bit(["export"]).success();
    let look = || world.workspace.bit(["verify", &url, "--json"]);
    assert_eq!(told(look().success(), true), Vec::<String>::new());
    // The scope itself, rolled back, is another matter.
    env.folder(".").git(["--git-dir", "ui", "update-ref", "refs/heads/main", "main~1"]).success();
    let found = told(&world.workspace.bit(["verify", "my-org.ui", "--json"]), false);
    assert!(found.contains(&"version-lost card@0.0.3".to_owned()), "{found:?}");
    // So is a mirror that somebody wrote to.
    mirror.recommit("card@0.0.2", &["card@0.0.1"], "altered\n\nBit-Id: my-org.ui/card@0.0.2\n");
    let run = look();
    let found = told(run.fails_quietly(3), false);
    assert!(found.contains(&"version-changed card@0.0.2".to_owned()), "{found:?}");
    assert!(found.contains(&"mirror-differs my-org.ui".to_owned()), "{found:?}");
    run.silent_about("accept-replaced").silent_about("--all-versions");
}

/// What "bit mirror --include" leaves for a while.
#[test]
fn a_part_of_a_mirror_is_called_so() {
    let env = TestEnvironment::new();
    World::new(&env);
    let here = env.folder(".");
    here.bit(["mirror", "./ui", "./part", "--create", "--include", "card"]).success();
    let mut host = Host::daemon(&env);
    let hosted = host.repository("part");
    here.bit(["mirror", "./ui", &hosted.url, "--include", "card"]).success();
    for place in ["./part", &hosted.url] {
        let run = here.bit(["verify", place]);
        run.fails_quietly(3).says("a part of a mirror").says("no catalog yet").says("2 versions, 0 of them read\n");
        run.silent_about("the local scope").silent_about("bit scope create");
    }
    host.stop();
}

/// The hint is followed.
#[test]
fn a_head_that_names_nothing_is_told() {
    let env = TestEnvironment::new();
    World::new(&env);
    let here = env.folder(".");
    let host = Host::daemon(&env);
    let hosted = host.repository("far");
    here.bit(["mirror", "./ui", &hosted.url]).success();
    for (folder, place) in [(env.folder("ui"), "./ui"), (hosted.folder.clone(), hosted.url.as_str())] {
        folder.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/nope"]).success();
        let run = here.bit(["verify", place]);
        run.fails_quietly(3).says("names a branch that is not there; refs/heads/main is").silent_about("mirror");
        run.says("git symbolic-ref HEAD refs/heads/main");
        folder.git(["--git-dir=.", "symbolic-ref", "HEAD", "refs/heads/main"]).success();
        here.bit(["verify", place]).success();
    }
}

#[test]
fn a_scope_that_is_not_reached_ends_with_4() {
    let env = TestEnvironment::new();
    let here = env.folder("here");
    let mut host = Host::daemon(&env);
    let url = host.url("s");
    for place in ["./nothing", url.as_str()] {
        let run = here.bit(["verify", place, "--json"]);
        run.fails(4).complains("error: ").complains("hint: ");
        assert_eq!(run.stdout, "");
    }
    host.stop();
    here.bit(["verify", &url]).fails(4);
    here.bit(["verify"]).fails(4).complains("bit init");
    // What is typed wrongly is a 2, as everywhere.
    here.bit(["verify", "my-org.nowhere"]).fails(2).complains("bit remote add");
    here.bit(["verify", "Not A Scope"]).fails(2);
    here.git(["init", "--quiet", "--bare", "called-so"]).success();
    here.bit(["verify", "called-so"]).fails(2).complains("the folder of that name is ./called-so");
    here.bit(["verify", "https://ada:secret@example.com/s"]).fails(2).silent_about("secret");
    here.bit(["verify", "./nothing", "--signers", "nobody"]).fails(2).complains("nobody can't be read");
}
