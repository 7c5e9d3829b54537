//! `bit pack`: versions as archives that npm takes, the same bytes on every machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::managers::{Manager, NPM_11, NPM_12, with_each_manager};
use crate::common::{Folder, TestEnvironment, has_program, skip};

/// theme ← button, tagged; button has a program, a file in folders with a long path, and bytes that are no text.
fn tagged(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    workspace.write("button/img/logo.bin", [0u8, 159, 146, 150, 13, 10]);
    workspace.write_program("button/run.sh", "echo hi");
    let deep = format!("{}/{}.js", ["a-long-folder-name"; 9].join("/"), "x".repeat(110));
    workspace.components(&[
        ("theme", &[("index.js", "module.exports = 'blue';\n")]),
        ("button", &[("index.js", "module.exports = 'in ' + require('@my-org/ui.theme');\n"), (&deep, "// deep\n")]),
    ]);
    workspace.bit(["tag", "-m", "one"]).success();
    workspace
}

fn archives(folder: &Folder, name: &str) -> Vec<(String, Vec<u8>)> {
    let names = folder.inside(name).listing(&[]);
    names.into_iter().map(|file| (file.clone(), folder.read_bytes(&format!("{name}/{file}")))).collect()
}

#[test]
fn all_of_the_workspace_is_packed_and_plain_tar_reads_it() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    workspace.component("fresh", &[("index.js", "")]);
    assert_snapshot!(workspace.bit(["pack", "--out-dir", "out/of"]), @r#"
    2 versions packed
      > my-org.ui/button@0.0.1 [ROOT]/workspace/out/of/my-org-ui.button-0.0.1.tgz
      > my-org.ui/theme@0.0.1 [ROOT]/workspace/out/of/my-org-ui.theme-0.0.1.tgz
    --- stderr
    (2 versions staged: not in a scope yet, and "bit reset" could still take back what you packed)
    "#);
    assert_eq!(workspace.inside("out/of").listing(&[]), ["my-org-ui.button-0.0.1.tgz", "my-org-ui.theme-0.0.1.tgz"]);
    let unpacked = env.folder("unpacked");
    unpacked.program("tar").args(["xzf", "../workspace/out/of/my-org-ui.button-0.0.1.tgz"]).run().success();
    let stored = workspace.scope_git(["ls-tree", "-r", "--name-only", "my-org.ui/button@0.0.1"]);
    let stored: Vec<&str> = stored.success().stdout.lines().collect();
    assert_eq!(unpacked.inside("package").listing(&[]), stored);
    for path in stored {
        let content = unpacked.read_bytes(&format!("package/{path}"));
        if path != "img/logo.bin" {
            let expected = workspace.scope_git(["show", &format!("my-org.ui/button@0.0.1:{path}")]);
            assert_eq!(String::from_utf8(content).unwrap(), expected.success().stdout, "{path}");
        } else {
            assert_eq!(content, [0, 159, 146, 150, 13, 10]);
        }
    }
    let list = unpacked.program("tar").args(["tvzf", "../workspace/out/of/my-org-ui.button-0.0.1.tgz"]).run();
    let line = |name: &str| list.stdout.lines().find(|line| line.ends_with(name)).unwrap().to_owned();
    assert!(line("run.sh").starts_with("-rwxr-xr-x 0/0 "), "{list}");
    assert!(
        line("index.js").starts_with("-rw-r--r-- 0/0 ") && line("index.js").contains(" 1985-10-26 08:15 "),
        "{list}"
    );
}

/// Paths that ustar has no room for, in bytes or in characters, and some that are odd in another way.
fn odd_paths() -> Vec<String> {
    let deep = ["a-long-folder-name"; 9].join("/");
    let accented = ["é-folder"; 20].join("/");
    let name = |length: usize| format!("{}.js", "y".repeat(length));
    vec![
        format!("{deep}/{}", name(110)),
        format!("{deep}/{}.js", "ä".repeat(100)),
        format!("{accented}/é.js"),
        format!("{}.js", "語".repeat(40)),
        // 99, 100 and 101 bytes with the folder that all stand in.
        name(88),
        name(89),
        name(90),
        "with space/.hidden".to_owned(),
        "Upper/a.txt".to_owned(),
        "Upper.txt".to_owned(),
        "Upper-b.txt".to_owned(),
    ]
}

/// What one machine is to another: where it stands, and how files came there.
struct Machine {
    folder: &'static str,
    time_zone: &'static str,
    locale: &'static str,
    umask: &'static str,
    /// Modes of a file that anybody may run, and of one that nobody may.
    modes: [&'static str; 2],
    files_are_of: &'static str,
    is_reversed: bool,
}

impl Machine {
    fn packs(&self) -> Vec<(String, Vec<u8>)> {
        let env = TestEnvironment::new();
        let workspace = env.git_workspace();
        let mut paths = odd_paths();
        if self.is_reversed {
            paths.reverse();
        }
        for path in &paths {
            workspace.write(&format!("odd/{path}"), path);
        }
        workspace.write("odd/index.js", "module.exports = 1;\n").write("odd/run.sh", "#!/bin/sh\n");
        for (mode, file) in self.modes.iter().zip(["odd/run.sh", "odd/index.js"]) {
            workspace.program("chmod").args([mode, file]).run().success();
        }
        workspace.program("find").args(["odd", "-exec", "touch", "-d", self.files_are_of, "{}", "+"]).run().success();
        for line in ["add odd", "tag -m one", &format!("pack --out-dir {}", self.folder)] {
            let script = format!("umask {}; exec \"$BIT\" {line}", self.umask);
            let run = workspace.program("sh").args(["-c", &script]).env("BIT", TestEnvironment::binary());
            run.env("TZ", self.time_zone).env("LC_ALL", self.locale).env("USER", self.folder).run().success();
        }
        archives(&workspace, self.folder)
    }
}

#[test]
fn two_machines_make_the_same_bytes() {
    let one = Machine {
        folder: "one",
        time_zone: "Pacific/Auckland",
        locale: "C.UTF-8",
        umask: "000",
        modes: ["777", "666"],
        files_are_of: "2001-02-03 04:05:06",
        is_reversed: false,
    };
    let other = Machine {
        folder: "another-folder",
        time_zone: "UTC",
        locale: "C",
        umask: "077",
        modes: ["700", "600"],
        files_are_of: "2025-12-31 23:59:59",
        is_reversed: true,
    };
    let (one, other) = (one.packs(), other.packs());
    assert_eq!(one.len(), 1);
    assert!(one == other, "the archives differ");
}

#[test]
fn the_json_tells_what_registries_ask() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    let packed = workspace.bit(["pack", "theme", "--json"]).json();
    let file = workspace.path().join("my-org-ui.theme-0.0.1.tgz");
    let sha1sum = workspace.program("sha1sum").arg(&file).run();
    let expected = json!([{
        "id": "my-org.ui/theme", "version": "0.0.1", "name": "@my-org/ui.theme",
        "file": "[ROOT]/workspace/my-org-ui.theme-0.0.1.tgz", "size": fs::metadata(&file).unwrap().len(),
        "shasum": sha1sum.success().stdout.split(' ').next().unwrap(), "staged": true, "wasThere": false,
    }]);
    assert_eq!(packed, expected);
    assert_eq!(workspace.bit(["pack", "theme", "--json"]).json()[0]["wasThere"], true);
}

#[test]
fn versions_are_chosen_by_id_by_number_and_by_pattern() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    workspace.append("theme/index.js", "// two\n").bit(["tag", "-m", "two"]).success();
    let ids = |arguments: &[&str]| {
        let packed = workspace.bit([&["pack", "--json", "-d", "out"], arguments].concat()).json();
        let id = |packed: &Value| format!("{}@{}", packed["id"].as_str().unwrap(), packed["version"].as_str().unwrap());
        packed.as_array().unwrap().iter().map(id).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(ids(&[]), "my-org.ui/button@0.0.2 my-org.ui/theme@0.0.2");
    assert_eq!(ids(&["theme@0.0.1", "my-org.ui/theme", "theme"]), "my-org.ui/theme@0.0.1 my-org.ui/theme@0.0.2");
    assert_eq!(ids(&["*,!theme"]), "my-org.ui/button@0.0.2");
    // What changed since is in no version, and what is not in the workspace is packed all the same.
    workspace.append("theme/index.js", "// three\n");
    workspace.bit(["remove", "button"]).success();
    assert_eq!(ids(&["my-org.ui/button", "theme"]), "my-org.ui/button@0.0.2 my-org.ui/theme@0.0.2");
    assert_eq!(ids(&["my-org.ui/*"]), "my-org.ui/button@0.0.2 my-org.ui/theme@0.0.2");
    workspace.bit(["pack", "nothing"]).fails(1).complains("unable to find any component");
    workspace.bit(["pack", "theme@3.0.0"]).fails(1).complains("doesn't have version 3.0.0").complains("0.0.1, 0.0.2");
    workspace.component("fresh", &[("index.js", "")]);
    workspace.bit(["pack", "fresh"]).fails(1).complains("it doesn't have any version yet");
}

#[test]
fn an_exported_version_that_is_not_here_has_a_way_out() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    workspace.bit(["scope", "create", "../ui", "--name", "my-org.ui"]).success();
    workspace.bit(["remote", "add", "../ui"]).success();
    workspace.bit(["export"]).success();
    workspace.bit(["pack", "theme"]).success().silent_about("staged");
    let shop = env.git_workspace_at("shop", "my-org.shop");
    shop.bit(["remote", "add", "../ui"]).success();
    shop.bit(["fetch", "my-org.ui"]).success();
    shop.bit(["pack", "my-org.ui/theme"]).fails(1).complains("bit import --objects my-org.ui/theme@0.0.1");
    shop.bit(["import", "--objects", "my-org.ui/theme"]).success();
    shop.bit(["pack", "my-org.ui/theme"]).success();
    let name = "my-org-ui.theme-0.0.1.tgz";
    assert_eq!(shop.read_bytes(name), workspace.read_bytes(name));
}

#[test]
fn a_file_that_is_there_is_never_overwritten() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    workspace.write("my-org-ui.theme-0.0.1.tgz", "my own");
    assert_snapshot!(workspace.bit(["pack"]), @r"
    --- stderr
    error: [ROOT]/workspace/my-org-ui.theme-0.0.1.tgz is there already, and it is not the archive of my-org.ui/theme@0.0.1; it was left as it is
    hint: move it away, or pack into another folder with --out-dir
    --- exit 1
    ");
    assert_eq!(workspace.read("my-org-ui.theme-0.0.1.tgz"), "my own");
    assert!(!workspace.exists("my-org-ui.button-0.0.1.tgz"), "nothing is written");
    workspace.write("a-file", "").bit(["pack", "-d", "a-file"]).fails(1).complains("a-file");
    assert!(!workspace.listing(&[".git", "node_modules"]).iter().any(|path| path.contains("bit-tmp")));
}

#[test]
fn nothing_to_pack_is_no_fault() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    workspace.component("fresh", &[("index.js", "")]);
    assert_snapshot!(workspace.bit(["pack"]), @"nothing to pack: no component has a version yet");
    assert_eq!(workspace.bit(["pack", "--json"]).json(), json!([]));
}

/// Plants a version of my-org.ui/evil in the local scope, with plain git.
fn plant(workspace: &Folder, package_json: &str) {
    let git = |arguments: &[&str]| {
        workspace.program("git").arg("--git-dir").arg(workspace.local_scope()).args(arguments.iter().copied())
    };
    let blob = |text: &str| git(&["hash-object", "-w", "--stdin"]).stdin(text.to_owned()).run().line().to_owned();
    let manifest = json!({
        "format": 1, "scope": "my-org.ui", "name": "evil", "version": "1.0.0", "main": "index.js", "env": "node",
        "artifacts": [], "dependencies": [], "scopes": [],
        "packages": {"dependencies": {}, "devDependencies": {}, "peerDependencies": {}}, "build": [],
    });
    let files = [("component.json", manifest.to_string()), ("package.json", package_json.to_owned())];
    let lines: String = files.iter().map(|(name, text)| format!("100644 blob {}\t{name}\n", blob(text))).collect();
    let tree = git(&["mktree"]).stdin(lines).run().line().to_owned();
    let commit = git(&["commit-tree", &tree, "-m", "evil\n\nBit-Id: my-org.ui/evil@1.0.0\n"]).run().line().to_owned();
    git(&["update-ref", "refs/tags/my-org.ui/evil@1.0.0", &commit]).run().success();
}

#[test]
fn what_bit_did_not_write_is_not_handed_on() {
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    let sound = json!({"name": "@my-org/ui.evil", "version": "1.0.0", "main": "index.js"});
    let with = |key: &str, value: Value| {
        let mut package = sound.clone();
        package[key] = value;
        package.to_string()
    };
    for (package_json, reason) in [
        ("{".to_owned(), "can't be read as JSON"),
        (with("name", json!("lodash")), "its name is \"@my-org/ui.evil\""),
        (with("version", json!("1.0.1")), "its version is \"1.0.0\""),
        (with("scripts", json!({"postinstall": "touch /tmp/owned"})), "scripts"),
    ] {
        plant(&workspace, &package_json);
        workspace.bit(["pack", "my-org.ui/evil"]).fails(1).complains("is no sound package").complains(reason);
    }
    plant(&workspace, &sound.to_string());
    workspace.bit(["pack", "my-org.ui/evil"]).success();
}

#[test]
fn npm_accepts_and_installs_it() {
    if !has_program("npm") {
        skip!("npm is not on the path");
    }
    let env = TestEnvironment::new();
    let workspace = tagged(&env);
    workspace.bit(["pack", "-d", "out"]).success();
    let npm = |folder: &Folder, arguments: &[&str]| {
        folder
            .program("npm")
            .args(["--offline", "--no-audit", "--no-fund", "--no-update-notifier"])
            .args(arguments)
            .run()
    };
    for name in ["button", "theme"] {
        let file = format!("./out/my-org-ui.{name}-0.0.1.tgz");
        let run = npm(&workspace, &["publish", "--dry-run", &file]);
        run.success().says(&format!("+ @my-org/ui.{name}@0.0.1")).silent_about("corrected");
    }
    let listed = npm(&workspace, &["pack", "--dry-run", "--json", "./out/my-org-ui.theme-0.0.1.tgz"]).json();
    assert_eq!(listed[0]["files"].as_array().unwrap().len(), 3, "{listed}");
    let shop = env.folder("shop");
    shop.write("package.json", "{\"name\": \"shop\", \"version\": \"1.0.0\"}");
    npm(&shop, &["install", "../workspace/out/my-org-ui.theme-0.0.1.tgz"]).success();
    assert_eq!(shop.node(["-p", "require('@my-org/ui.theme')"]).line(), "blue");
}

/// A component of TypeScript with a program.
fn tool(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.git_workspace();
    let settings = json!({
        "teambit.workspace/workspace": {"defaultScope": "my-org.ui"},
        "teambit.pkg/pkg": {"packageJson": {"license": "MIT", "bin": {"greet": "./dist/bin/greet.js"}}},
    });
    workspace.write("workspace.jsonc", settings.to_string());
    let greet = "#!/usr/bin/env node\nimport { greeting } from '../index';\nconsole.log(greeting(process.argv[2]));\n";
    workspace.component(
        "greet",
        &[
            ("index.ts", "export const greeting = (name: string): string => `hello ${name}`;\n"),
            ("bin/greet.ts", greet),
            ("README.md", "# greet\n"),
            ("img/logo.svg", "<svg/>\n"),
            ("img/nothing.txt", ""),
        ],
    );
    for path in odd_paths() {
        workspace.write(&format!("greet/{path}"), &path);
    }
    workspace.write_program("greet/tools/say", "echo hi");
    workspace.bit(["tag", "-m", "one"]).success();
    workspace
}

/// Every file with what it holds, and whether it is a program.
type Unpacked = BTreeMap<String, (Vec<u8>, bool)>;

fn unpacked(folder: &Folder) -> Unpacked {
    let of = |path: &String| {
        let mode = fs::metadata(folder.path().join(path)).unwrap().permissions().mode();
        (folder.read_bytes(path), mode & 0o111 != 0)
    };
    folder.listing(&[]).into_iter().map(|path| (path.clone(), of(&path))).collect()
}

/// The paths that only one of them has, or that are not the same in both.
fn different<'u>(one: &'u Unpacked, other: &'u Unpacked) -> Vec<&'u str> {
    let all: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|path| one.get(*path) != other.get(*path)).map(String::as_str).collect()
}

/// npm has nothing to mend in it, packs the same files itself, and runs the program.
fn is_what_npm_packs(manager: &Manager) {
    let env = TestEnvironment::new();
    manager.give_to(&env);
    let workspace = tool(&env);
    workspace.bit(["pack", "-d", "out"]).success();
    let file = workspace.path().join("out/my-org-ui.greet-0.0.1.tgz").to_string_lossy().into_owned();
    let npm = env.home().join("bin/npm").to_string_lossy().into_owned();
    let call =
        |folder: &Folder, words: &[&str]| folder.program(&npm).args(["--no-audit", "--no-fund"]).args(words).run();
    let unpack = |name: &str, file: &str| {
        let folder = env.folder(name);
        folder.program("tar").args(["xzf", file]).run().success();
        folder.inside("package")
    };
    let ours = unpack("ours", &file);
    call(&ours, &["pack", "--pack-destination", ".."]).success();
    let theirs = unpack("theirs", "../ours/my-org-ui.greet-0.0.1.tgz");
    assert_eq!(ours.listing(&[]), theirs.listing(&[]));
    let (ours_is, theirs_is) = (unpacked(&ours), unpacked(&theirs));
    assert_eq!(different(&ours_is, &theirs_is), [""; 0]);
    assert!(odd_paths().iter().all(|path| ours.exists(path)), "{:?}", ours.listing(&[]));
    assert!(ours.exists("dist/bin/greet.js") && ours.exists("dist/index.d.ts") && ours.exists("dist/index.js.map"));

    let published = call(&workspace, &["publish", "--dry-run", &file]);
    published.success().says("+ @my-org/ui.greet@0.0.1").silent_about("corrected").silent_about("auto-correct");
    let shop = env.folder("shop");
    shop.write("package.json", "{\"name\": \"shop\", \"version\": \"1.0.0\"}");
    call(&shop, &["install", &file]).success().silent_about("warn");
    assert_eq!(shop.program("node_modules/.bin/greet").arg("Ada").run().line(), "hello Ada");
    // What package.json calls a program is made one.
    let installed = unpacked(&shop.inside("node_modules/@my-org/ui.greet"));
    assert_eq!(different(&installed, &ours_is), ["dist/bin/greet.js"]);
    assert!(installed["dist/bin/greet.js"].1 && installed["tools/say"].1);
    call(&shop, &["ls"]).success().says("@my-org/ui.greet@0.0.1");
}

with_each_manager! {
    is_what_npm_packs:
    npm_11_packs_the_same: NPM_11,
    npm_12_packs_the_same: NPM_12,
}
