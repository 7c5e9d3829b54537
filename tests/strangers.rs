//! What comes from strangers: whatever is not plainly a component's version is refused before a byte of it is written.

use crate::common::{Folder, TestEnvironment};
use crate::import::{edit_catalog, publish, published, workspace};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::symlink;

/// Plants a version of my-org.ui/evil with plain git: these lines of `git mktree` beside a right component.json.
fn plant(host: &Folder, lines: &[(&str, &str)]) -> String {
    plant_with(host, lines, |manifest| manifest)
}

fn plant_with(host: &Folder, lines: &[(&str, &str)], edit: impl Fn(Value) -> Value) -> String {
    let blob = |text: &str| {
        host.program("git").args(["hash-object", "-w", "--stdin"]).stdin(text.to_owned()).run().line().to_owned()
    };
    let manifest = edit(json!({
        "format": 1, "scope": "my-org.ui", "name": "evil", "version": "1.0.0", "main": "index.js", "env": "node",
        "artifacts": [], "dependencies": [], "scopes": [],
        "packages": {"dependencies": {}, "devDependencies": {}, "peerDependencies": {}}, "build": [],
    }));
    let mut entries = vec![
        format!("100644 blob {}\tcomponent.json", blob(&manifest.to_string())),
        format!("100644 blob {}\tindex.js", blob("module.exports = 1;\n")),
    ];
    for (mode, name) in lines {
        let inner = || {
            let leaf = format!("100644 blob {}\tx.js\0", blob("x"));
            host.program("git").args(["mktree", "-z"]).stdin(leaf).run().line().to_owned()
        };
        entries.push(match *mode {
            "040000" => format!("040000 tree {}\t{name}", inner()),
            "160000" => format!("160000 commit {}\t{name}", "1".repeat(40)),
            mode => format!("{mode} blob {}\t{name}", blob("../../outside")),
        });
    }
    let tree = host.program("git").args(["mktree", "-z", "--missing"]).stdin(entries.join("\0") + "\0").run();
    let message = "evil\n\nBit-Id: my-org.ui/evil@1.0.0\n";
    let commit = host.git(["commit-tree", tree.success().line(), "-m", message]).success().line().to_owned();
    host.git(["update-ref", "refs/tags/evil@1.0.0", &commit]).success();
    list_evil(host, &commit);
    commit
}

fn list_evil(host: &Folder, commit: &str) {
    let entry = json!({"format": 1, "name": "evil", "head": "1.0.0", "latest": "1.0.0", "versions": [
        {"version": "1.0.0", "commit": commit, "dependencies": []}
    ]});
    edit_catalog(host, "catalog/evil.json", Some(&entry.to_string()));
}

#[test]
fn hostile_trees_are_refused_before_a_byte_is_written() {
    let env = TestEnvironment::new();
    env.is_left_damaged("the scope holds trees that no git writes");
    published(&env);
    let host = env.folder("my-org.ui");
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    shop.bit(["import", "my-org.ui/theme"]).success();
    let state = || (shop.listing(&[".git"]), shop.versions(), shop.read(".bitmap"));
    let before = state();
    let cases: &[(&str, &str)] = &[
        ("040000", ".."),
        ("100644", ".git"),
        ("040000", ".GIT"),
        ("100644", "git~1"),
        ("100644", ".g\u{200c}it"),
        ("100644", ".git "),
        ("100644", "a\\b"),
        ("100644", "c:evil"),
        ("100644", "aux.js"),
        ("100644", "dot."),
        ("040000", "node_modules"),
        ("120000", "link"),
        ("160000", "module"),
        ("100644", "INDEX.js"),
        ("100644", ".npmrc"),
        ("100644", ".gitattributes"),
        ("040000", ".git::$INDEX_ALLOCATION"),
        ("040000", "GIT~1"),
        ("040000", ".g\u{200d}\u{200c}IT"),
        ("100644", "CON"),
        ("100644", "lpt1.txt"),
        ("040000", ".bit"),
        ("040000", ".BIT"),
        ("100644", ".bitmap"),
        ("100644", "workspace.jsonc"),
        ("100644", "Workspace.JSONC"),
        ("100644", ".b\u{200c}itmap"),
        ("100644", "WORKSP~1.JSO"),
        ("100644", "a?b"),
        ("100644", "a\nb"),
        ("100644", "a\u{1b}]0;x\u{7}"),
        ("100644", "a\u{202e}b"),
    ];
    for (mode, name) in cases {
        plant(&host, &[(mode, name)]);
        let run = shop.bit(["import", "my-org.ui/evil"]);
        run.fails(1);
        let spelled = |c: char| c.is_control() || ('\u{200c}'..='\u{202e}').contains(&c);
        let spell = |c: char| if spelled(c) { c.escape_default().to_string() } else { c.to_string() };
        let escaped: String = name.chars().map(spell).collect();
        run.complains("my-org.ui/evil@1.0.0 is refused").complains(&format!("\"{escaped}\""));
        assert_eq!(state(), before, "{name}");
    }
    plant(&host, &[("100644", &"x".repeat(300))]);
    shop.bit(["import", "my-org.ui/evil"])
        .fails(1)
        .complains("evil@1.0.0 is refused")
        .complains("longer than 255 bytes");
    for main in ["../../../etc/passwd", "node_modules/x.js", "/etc/passwd"] {
        plant_with(&host, &[], |mut manifest| {
            manifest["main"] = json!(main);
            manifest
        });
        let refused = shop.bit(["import", "my-org.ui/evil"]);
        refused.fails(1).complains("my-org.ui/evil@1.0.0 is refused").complains(main).complains("main file");
    }
    // Among others, the one that is not sound is found.
    plant(&host, &[("040000", "..")]);
    let run = shop.bit(["import", "my-org.ui/button", "my-org.ui/evil", "my-org.ui/theme"]);
    run.fails(1).complains("my-org.ui/evil@1.0.0 is refused").complains("\"..\"");
    assert_eq!(state(), before);
    plant(&host, &[("100644", "\u{e9}.js"), ("100644", "e\u{301}.js")]);
    shop.bit(["import", "my-org.ui/evil"]).fails(1).complains("some file systems can't hold it beside");
    assert_eq!(state(), before);
    assert!(!env.root().join("x.js").exists());
    shop.fsck();
}

#[test]
fn what_is_too_large_is_refused_before_a_byte_is_written() {
    const MIB: usize = 1 << 20;
    let env = TestEnvironment::new();
    published(&env);
    let host = env.folder("my-org.ui");
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    for (bytes, copies, named) in [(100 * MIB + 1, 1, "\"large0\""), (100 * MIB, 21, "\"large9\"")] {
        let blob = host.program("git").args(["hash-object", "-w", "--stdin"]).stdin(vec![b'x'; bytes]).run();
        let blob = blob.success().line().to_owned();
        let commit = plant(&host, &[]);
        let old = host.git(["ls-tree", "-z", &format!("{commit}^{{tree}}")]).success().stdout.clone();
        let lines: String = (0..copies).map(|copy| format!("100644 blob {blob}\tlarge{copy}\0")).collect();
        let tree = host.program("git").args(["mktree", "-z"]).stdin(old + &lines).run().line().to_owned();
        let commit = host.git(["commit-tree", &tree, "-m", "x\n\nBit-Id: my-org.ui/evil@1.0.0"]).line().to_owned();
        host.git(["update-ref", "refs/tags/evil@1.0.0", &commit]).success();
        list_evil(&host, &commit);
        shop.bit(["import", "my-org.ui/evil"]).fails(1).complains(named).complains("it is larger");
        assert!(!shop.exists("ui") && shop.versions().is_empty());
    }
}

#[test]
fn a_tree_that_is_too_deep_or_holds_itself_is_refused() {
    let env = TestEnvironment::new();
    published(&env);
    let host = env.folder("my-org.ui");
    let mktree = |lines: String| host.program("git").args(["mktree", "-z"]).stdin(lines).run().line().to_owned();
    let blob = host.program("git").args(["hash-object", "-w", "--stdin"]).stdin("x".to_owned()).run().line().to_owned();
    for (copies, levels, words) in [(1, 80, "folders deep"), (10, 9, "files and folders")] {
        let commit = plant(&host, &[]);
        let mut tree = mktree(format!("100644 blob {blob}\tx\0"));
        for _ in 0..levels {
            tree = mktree((0..copies).map(|copy| format!("040000 tree {tree}\td{copy}\0")).collect());
        }
        let old = host.git(["ls-tree", "-z", &format!("{commit}^{{tree}}")]).success().stdout.clone();
        let root = mktree(format!("{old}040000 tree {tree}\tdeep\0"));
        let commit = host.git(["commit-tree", &root, "-m", "x\n\nBit-Id: my-org.ui/evil@1.0.0"]).line().to_owned();
        host.git(["update-ref", "refs/tags/evil@1.0.0", &commit]).success();
        list_evil(&host, &commit);
        let shop = workspace(&env, &format!("shop{copies}"), &["my-org.ui"]);
        shop.bit(["import", "my-org.ui/evil"]).fails(1).complains(words);
        assert!(!shop.exists("ui") && shop.versions().is_empty());
    }
}

#[test]
fn a_version_must_be_what_it_is_said_to_be() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let host = env.folder("my-org.ui");
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    // The manifest is another's.
    plant_with(&host, &[], |mut manifest| {
        manifest["name"] = json!("other");
        manifest
    });
    shop.bit(["import", "my-org.ui/evil"]).fails(1).complains("it says that it is my-org.ui/other@1.0.0");
    // The pin is not what the dependency is.
    let wrong = "2".repeat(40);
    plant_with(&host, &[], |mut manifest| {
        manifest["dependencies"] = json!([{"id": "my-org.ui/theme@0.0.1", "commit": wrong, "kind": "runtime"}]);
        manifest
    });
    let theme = author.commit_of("my-org.ui/theme@0.0.1");
    shop.bit(["import", "my-org.ui/evil"]).fails(1).complains(&wrong).complains(&theme).complains("--accept-moved");
    assert!(!shop.exists("ui") && shop.versions().is_empty());
    // What is accepted is one version: not another one, and no word that is none.
    for (accepted, code) in [("my-org.ui/theme@0.0.2", &theme), ("my-org.ui/theme@0.0", &"0.0".to_owned())] {
        shop.bit(["import", "my-org.ui/evil", "--accept-moved", accepted]).fails(1).complains(code);
    }
    shop.bit(["import", "my-org.ui/evil", "--accept-moved", "my-org.ui/theme@0.0.1"]).success();
    // The tag was moved: the catalog rules.
    let listed = author.commit_of("my-org.ui/button@0.0.1");
    host.git(["update-ref", "refs/tags/button@0.0.1", &theme]).success();
    shop.bit(["import", "my-org.ui/button"]).fails(1).complains(&listed).complains(&theme).complains("was moved");
    // It is gone.
    host.git(["update-ref", "-d", "refs/tags/button@0.0.1"]).success();
    let run = shop.bit(["import", "my-org.ui/button"]);
    run.fails(1).complains("has no tag button@0.0.1").complains("\"bit verify my-org.ui --fix\" puts it back");
    assert!(!shop.exists("ui/button"));
    // The way out that is named is one.
    author.bit(["verify", "my-org.ui", "--fix"]).fails_quietly(3).says("repaired my-org.ui/button@0.0.1");
    shop.bit(["import", "my-org.ui/button"]).success();
    shop.fsck();
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let env = TestEnvironment::new();
    let author = published(&env);
    let shop = workspace(&env, "shop", &["my-org.ui"]);
    fs::create_dir_all(env.root().join("outside")).unwrap();
    symlink(env.root().join("outside"), shop.path().join("ui")).unwrap();
    shop.bit(["import", "my-org.ui/button"]).fails(1).complains("symbolic link");
    fs::remove_file(shop.path().join("ui")).unwrap();
    shop.bit(["import", "my-org.ui/button"]).success();
    author.append("button/lib/a.js", "// two\n");
    publish(&author, "button", "// two\n");
    fs::rename(shop.path().join("ui/button/lib"), env.root().join("outside/lib")).unwrap();
    symlink(env.root().join("outside/lib"), shop.path().join("ui/button/lib")).unwrap();
    for more in [&[][..], &["--override"]] {
        shop.bit(["import", "my-org.ui/button"].iter().chain(more)).fails(1);
        assert_eq!(env.folder("outside").read("lib/a.js"), "exports.a = 1;\n");
    }
}
