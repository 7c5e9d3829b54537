//! What belongs to a component, byte for byte: odd names, sizes, line ends, modes; and what does not belong to it.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;

use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::common::{Folder, TestEnvironment};

/// A workspace with the component `box`, not tagged yet.
fn with_a_box(env: &TestEnvironment) -> Folder<'_> {
    let workspace = env.workspace();
    workspace.component("box", &[("index.js", "module.exports = 1;\n")]);
    workspace
}

#[track_caller]
fn tag(workspace: &Folder<'_>) {
    workspace.bit(["tag", "box", "-m", "x", "--ver", "1.0.0"]).success();
    workspace.fsck();
}

/// The files of the version, the generated ones left out, with their modes.
#[track_caller]
fn stored(workspace: &Folder<'_>) -> Vec<String> {
    let run = workspace.scope_git(["ls-tree", "-r", "-z", "my-org.ui/box@1.0.0"]);
    let file = |line: &str| line.split_once('\t').map(|(facts, path)| format!("{} {path}", &facts[..6]));
    let files = run.success().stdout.split_terminator('\0').filter_map(file);
    files.filter(|file| !matches!(&file[7..], "component.json" | "package.json")).collect()
}

/// What git gives back of a file, byte for byte.
#[track_caller]
fn content(workspace: &Folder<'_>, path: &str) -> Vec<u8> {
    let target = workspace.path().join("given-back");
    let command = "git --git-dir \"$1\" cat-file blob \"$2\" > \"$3\"";
    let object = format!("my-org.ui/box@1.0.0:{path}");
    let run = workspace.program("sh").args(["-c", command, "sh"]).arg(workspace.local_scope()).arg(object).arg(&target);
    run.run().success();
    fs::read(target).unwrap()
}

fn issues(workspace: &Folder<'_>) -> Vec<(String, String)> {
    let status = workspace.bit(["status", "--json"]).success().json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let issues = status["componentsWithIssues"][0]["issues"].as_array().cloned().unwrap_or_default();
    issues.iter().map(|issue| (text(&issue["type"]), text(&issue["file"]))).collect()
}

#[test]
fn names_with_spaces_and_quotes_are_kept() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    let names = [
        " leading",
        "a b.txt",
        "it's.txt",
        "$(touch x)",
        "-rf",
        "--",
        "#x",
        "~",
        "@scope",
        "ä",
        "日本語.js",
        "😀",
        "%41",
        ".hidden",
        "...a",
        "é/ü/x",
        "[id].tsx",
    ];
    for name in names {
        let text = if name.ends_with('s') || name.ends_with("tsx") { "" } else { name };
        workspace.write(&format!("box/{name}"), text);
    }
    tag(&workspace);
    let mut expected: Vec<String> = names.iter().map(|name| format!("100644 {name}")).collect();
    expected.push("100644 index.js".to_owned());
    expected.sort();
    let mut found = stored(&workspace);
    // What is made of the file that has to be compiled has such names too.
    found.retain(|file| !file.starts_with("100644 dist/"));
    found.sort();
    assert_eq!(found, expected);
    for name in names.iter().filter(|name| !name.ends_with('s') && !name.ends_with("tsx")) {
        assert_eq!(content(&workspace, name), name.as_bytes(), "{name:?}");
    }
    assert!(!workspace.exists("x"), "nothing was run");
    workspace.bit(["status"]).success().silent_about("modified");
    // Names that could move the cursor are spelled out where they are shown.
    let env = TestEnvironment::new();
    let workspace = env.workspace();
    workspace.write("it's/index.js", "").write("it's/\u{1b}[31mred.js", "import './\\x1b[31mgone'\n");
    workspace.bit(["add", "it's", "--id", "its"]).fails(1).complains("it's/\\u{1b}[31mred.js: a workspace elsewhere");
    workspace.remove("it's/\u{1b}[31mred.js").write("it's/red.js", "import './\\x1b[31mgone'\n");
    workspace.bit(["add", "it's", "--id", "its"]).success().says("added it's/index.js").says("added it's/red.js");
    assert_snapshot!(workspace.bit(["status"]), @r#"
    new components (use "bit tag" to make a version of each)
      > my-org.ui/its … issues found

    issues found
      my-org.ui/its
        MissingFile it's/red.js:1: non-existing dependency files: './\u{1b}[31mgone' (it's/\u{1b}[31mgone)
          → put the file there, or mend the import
    "#);
    assert_snapshot!(workspace.bit(["tag", "-m", "x"]), @r#"
    --- stderr
    error: issues found with 1 component(s), nothing was tagged:
      my-org.ui/its: it's/red.js:1: non-existing dependency files: './\u{1b}[31mgone' (it's/\u{1b}[31mgone) [MissingFile]
        → put the file there, or mend the import
    hint: mend them, or tag in spite of them: --ignore-issues MissingFile
    --- exit 1
    "#);
}

#[test]
fn bytes_come_back_as_they_were() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    let every_byte: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\r\n".as_slice(), &[0xff; 40]].concat();
    let late_nul = [vec![b'a'; 20_000], b"\r\n\0\r\n".to_vec()].concat();
    let latin = b"caf\xe9 \xe4\xf6\n".to_vec();
    let bom = "\u{feff}text\n".as_bytes().to_vec();
    for (name, bytes) in [
        ("every.bin", &every_byte),
        ("image.png", &png),
        ("late.dat", &late_nul),
        ("latin.txt", &latin),
        ("bom.txt", &bom),
        ("empty", &Vec::new()),
        ("no-newline.txt", &b"x".to_vec()),
        ("lone-cr.txt", &b"one\rtwo\r".to_vec()),
    ] {
        workspace.write(&format!("box/{name}"), bytes);
    }
    tag(&workspace);
    assert_eq!(content(&workspace, "every.bin"), every_byte);
    assert_eq!(content(&workspace, "image.png"), png);
    assert_eq!(content(&workspace, "latin.txt"), latin);
    assert_eq!(content(&workspace, "bom.txt"), bom);
    assert_eq!(content(&workspace, "empty"), b"");
    assert_eq!(content(&workspace, "no-newline.txt"), b"x");
    assert_eq!(content(&workspace, "lone-cr.txt"), b"one\rtwo\r", "only CRLF is a line end of Windows");
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn text_is_stored_with_lf() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    workspace.write("box/dos.txt", "one\r\ntwo\r\n\r\nlast").write("box/mixed.js", "1;\r\n2;\n3;\r\n");
    workspace.write("box/ünix.css", "a {}\n");
    tag(&workspace);
    assert_eq!(content(&workspace, "dos.txt"), b"one\ntwo\n\nlast");
    assert_eq!(content(&workspace, "mixed.js"), b"1;\n2;\n3;\n");
    assert_eq!(content(&workspace, "ünix.css"), b"a {}\n");
    assert_eq!(workspace.read("box/dos.txt"), "one\r\ntwo\r\n\r\nlast", "the author's file stays as it is");
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn fifty_megabytes_are_no_trouble() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    // Numbers that don't compress to nothing, made without a generator's crate.
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let big: Vec<u8> = (0..50 * 1024 * 1024 / 8).flat_map(|_| next()).collect();
    workspace.write("box/big.bin", &big);
    tag(&workspace);
    assert!(content(&workspace, "big.bin") == big, "50 MB came back otherwise");
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn the_executable_bit_is_kept_and_no_other() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    for (name, mode) in [("run", 0o755), ("own", 0o700), ("plain", 0o644), ("shared", 0o666), ("secret", 0o600)] {
        workspace.write(&format!("box/{name}"), "#!/bin/sh\n");
        fs::set_permissions(workspace.path().join("box").join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    tag(&workspace);
    assert_eq!(
        stored(&workspace),
        ["100644 index.js", "100755 own", "100644 plain", "100755 run", "100644 secret", "100644 shared"]
    );
}

#[test]
fn names_that_a_workspace_elsewhere_could_not_hold_are_refused() {
    for (name, shown) in [
        ("back\\slash.js", "box/back\\slash.js"),
        ("co:lon.js", "box/co:lon.js"),
        ("nul", "box/nul"),
        ("AUX.txt", "box/AUX.txt"),
        ("com1.log", "box/com1.log"),
        ("dot.", "box/dot."),
        ("space ", "box/space "),
        ("folder./x.js", "box/folder."),
        ("lib/con/x.js", "box/lib/con"),
        ("git~1/x", "box/git~1"),
        (".g\u{200d}it/x", "box/.g\\u{200d}it"),
    ] {
        let env = TestEnvironment::new();
        let workspace = with_a_box(&env);
        workspace.write(&format!("box/{name}"), "");
        assert_eq!(issues(&workspace), [("BadFileName".to_owned(), shown.to_owned())], "{name:?}");
        let run = workspace.bit(["tag", "-m", "x", "--ignore-issues", "*"]);
        run.fails(1).complains("[BadFileName]").complains("rename the file");
        assert_eq!(workspace.versions(), Vec::<String>::new());
    }
}

#[test]
fn a_name_that_is_not_utf8_is_refused() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    fs::write(workspace.path().join("box").join(OsStr::from_bytes(b"caf\xe9.js")), "").unwrap();
    assert_eq!(issues(&workspace), [("BadFileName".to_owned(), "box/caf\\xe9.js".to_owned())]);
    assert_snapshot!(workspace.bit(["tag", "-m", "x"]), @r#"
    --- stderr
    error: issues found with 1 component(s), nothing was tagged:
      my-org.ui/box: box/caf\xe9.js: the name is not UTF-8 [BadFileName]
        → rename the file
    hint: mend them: a version could not be written down as they are
    --- exit 1
    "#);
}

#[test]
fn twins_but_for_case_or_unicode_form_are_refused() {
    for (one, other) in [
        ("a.js", "A.js"),
        ("lib/x.js", "LIB/y.js"),
        ("lib/deep/x.js", "lib/Deep"),
        ("caf\u{e9}.js", "cafe\u{301}.js"),
        ("stra\u{df}e", "STRASSE"),
        ("K.txt", "\u{212a}.txt"),
    ] {
        let env = TestEnvironment::new();
        let workspace = with_a_box(&env);
        workspace.write(&format!("box/{one}"), "").write(&format!("box/{other}"), "");
        let found = issues(&workspace);
        assert_eq!(found.len(), 1, "{one} and {other}: {found:?}");
        assert_eq!(found[0].0, "NameCollision");
        workspace.bit(["tag", "-m", "x", "--ignore-issues", "*"]).fails(1).complains("rename one of the two");
        assert_eq!(workspace.versions(), Vec::<String>::new());
    }
}

#[test]
fn reserved_files_are_refused_at_the_root_and_welcome_below() {
    for name in
        ["package.json", "component.json", ".gitattributes", ".gitmodules", ".npmrc", "binding.gyp", "Package.json"]
    {
        let env = TestEnvironment::new();
        let workspace = with_a_box(&env);
        workspace.write(&format!("box/{name}"), "");
        assert_eq!(issues(&workspace), [("ReservedFile".to_owned(), format!("box/{name}"))]);
        workspace.bit(["tag", "-m", "x", "--ignore-issues", "*"]).fails(1).complains("workspace.jsonc (variants)");
    }
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    workspace.write("box/lib/component.json", "{}").write("box/lib/.npmrc", "");
    tag(&workspace);
    assert_eq!(stored(&workspace), ["100644 index.js", "100644 lib/.npmrc", "100644 lib/component.json"]);
    assert_eq!(content(&workspace, "lib/component.json"), b"{}");
}

#[test]
fn what_is_ignored_is_left_out_with_git_and_without() {
    for in_git in [false, true] {
        let env = TestEnvironment::new();
        let workspace = if in_git { env.git_workspace() } else { env.workspace() };
        workspace.write(".gitignore", "*.log\n/dist\nbox/build/\n").write(".bitignore", "*.psd\n!keep.log\n");
        workspace.write("box/.gitignore", "tmp/*\n!tmp/kept.js\n").write("box/lib/.bitignore", "local.*\n");
        for file in [
            "index.js",
            "debug.log",
            "keep.log",
            "art.psd",
            "dist/x.js",
            "build/x.js",
            "tmp/gone.js",
            "tmp/kept.js",
            "lib/local.js",
            "lib/x.js",
            "other/local.js",
        ] {
            workspace.write(&format!("box/{file}"), "");
        }
        workspace.bit(["add", "box"]).success();
        tag(&workspace);
        let kept = ["dist/x.js", "index.js", "keep.log", "lib/.bitignore", "lib/x.js", "other/local.js", "tmp/kept.js"];
        assert_eq!(stored(&workspace), kept.map(|file| format!("100644 {file}")), "in git: {in_git}");
    }
}

#[test]
fn what_is_ignored_is_the_same_on_every_machine() {
    let env = TestEnvironment::new();
    let workspace = env.git_workspace();
    // A person's own excludes are theirs: another member of the team would make another version.
    workspace.write(".git/info/exclude", "*.js\n");
    env.folder("home").write("config/git/ignore", "*.js\n");
    workspace.component("box", &[("index.js", ""), ("x.js", "")]);
    tag(&workspace);
    assert_eq!(stored(&workspace), ["100644 index.js", "100644 x.js"]);
}

#[test]
fn the_rules_of_the_repository_around_the_workspace_count() {
    let env = TestEnvironment::new();
    let repository = env.git_folder("repository");
    repository.write(".gitignore", "*.log\n/packages/box/secret.js\n/box/index.js\n");
    repository.bit(["init", "packages", "--default-scope", "my-org.ui"]).success();
    let workspace = repository.inside("packages");
    workspace.component("box", &[("index.js", ""), ("x.log", ""), ("secret.js", "")]);
    tag(&workspace);
    assert_eq!(stored(&workspace), ["100644 index.js"]);
}

#[test]
fn a_rule_that_comes_later_is_a_change() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    workspace.write("box/notes.md", "");
    tag(&workspace);
    workspace.write(".gitignore", "*.md\n");
    let status = workspace.bit(["status", "--json"]).success().json();
    assert_eq!(status["modifiedComponents"], json!(["my-org.ui/box"]));
    workspace.remove(".gitignore");
    workspace.bit(["status"]).success().silent_about("modified");
}

#[test]
fn litter_and_what_tools_install_are_left_out() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    for file in [
        ".DS_Store",
        "lib/.DS_Store",
        "Thumbs.db",
        "desktop.ini",
        "._index.js",
        "__MACOSX/x",
        "node_modules/p/index.js",
        "lib/node_modules/p/index.js",
        ".gitignore",
        ".bitignore",
        ".npmignore",
        "yarn.lock",
        "pnpm-lock.yaml",
        "package-lock.json",
    ] {
        workspace.write(&format!("box/{file}"), "");
    }
    workspace.write("box/lib/x.js", "");
    tag(&workspace);
    assert_eq!(stored(&workspace), ["100644 index.js", "100644 lib/x.js"]);
    workspace.bit(["status"]).success().silent_about("issues").silent_about("modified");
}

#[test]
fn a_file_in_the_place_of_a_folder_and_back() {
    let env = TestEnvironment::new();
    let workspace = with_a_box(&env);
    workspace.write("box/x/a.js", "").write("box/x.js", "").write("box/x-y", "");
    tag(&workspace);
    workspace.remove("box/x").write("box/x", "now a file\n");
    workspace.bit(["tag", "-m", "two", "--ver", "2.0.0"]).success();
    let names = workspace.scope_git(["ls-tree", "-r", "--name-only", "my-org.ui/box@2.0.0"]);
    assert_eq!(names.line(), "component.json\nindex.js\npackage.json\nx\nx-y\nx.js");
    workspace.fsck();
}
