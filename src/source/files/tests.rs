use super::{
    names::{check_segment, fold},
    *,
};
use std::{
    collections::HashMap,
    fs,
    os::unix::{ffi::OsStrExt, fs::PermissionsExt},
    path::Path,
};
use tempfile::TempDir;

/// A workspace of these files; a path that ends with a slash is an empty folder.
fn workspace(files: &[(&str, &str)]) -> TempDir {
    let root = tempfile::tempdir().expect("a temporary folder");
    for (path, content) in files {
        put(root.path(), path, content);
    }
    root
}

fn put(root: &Path, path: &str, content: &str) {
    let place = root.join(path);
    let folder = if path.ends_with('/') { Some(place.as_path()) } else { place.parent() };
    fs::create_dir_all(folder.expect("a path inside the root")).expect("a folder");
    if !path.ends_with('/') {
        fs::write(place, content).expect("a file");
    }
}

fn walked(root: &Path, component: &str) -> Walk {
    walk(&IgnoreRules::new(root), component, &["dist".to_owned()]).expect("a folder to walk")
}

fn paths(walk: &Walk) -> Vec<&str> {
    walk.files.iter().map(|file| file.path.as_str()).collect()
}

fn problems(walk: &Walk) -> Vec<(&str, FileProblemKind)> {
    walk.problems.iter().map(|problem| (problem.path.as_str(), problem.kind.clone())).collect()
}

#[track_caller]
fn assert_files(root: &TempDir, component: &str, expected: &[&str]) {
    let walk = walked(root.path(), component);
    assert_eq!((paths(&walk).as_slice(), problems(&walk)), (expected, vec![]));
}

#[test]
fn files_come_sorted_by_the_bytes_of_their_paths() {
    let root = workspace(&[("c/b/x", ""), ("c/b.ts", ""), ("c/a", ""), ("c/b-c", ""), ("c/empty/", ""), ("o", "")]);
    assert_files(&root, "c", &["a", "b-c", "b.ts", "b/x"]);
}

#[test]
fn the_stat_is_that_of_the_file() {
    let root = workspace(&[("c/run", "12345"), ("c/text", "")]);
    let place = root.path().join("c/run");
    fs::set_permissions(&place, fs::Permissions::from_mode(0o755)).expect("a mode");
    let walk = walked(root.path(), "c");
    let expected = FileStat::from(&fs::symlink_metadata(&place).expect("the file"));
    assert_eq!(walk.files[0].stat, expected);
    assert_eq!((expected.size, expected.executable), (5, true));
    assert!(!walk.files[1].stat.executable);
    assert!(expected.mtime_ns > 1_700_000_000 * 1_000_000_000);
}

#[test]
fn what_is_never_part_of_a_component() {
    let root = workspace(&[
        ("c/index.ts", ""),
        ("c/node_modules/x/index.js", ""),
        ("c/sub/node_modules/x.js", ""),
        ("c/.git/HEAD", ""),
        ("c/.DS_Store", ""),
        ("c/sub/Thumbs.db", ""),
        ("c/sub/._x", ""),
        ("c/__MACOSX/x", ""),
        ("c/dist/index.js", ""),
        ("c/sub/dist/kept.js", ""),
        ("c/.gitignore", ""),
        ("c/.npmignore", ""),
        ("c/.bitignore", ""),
        ("c/yarn.lock", ""),
        ("c/package-lock.json", ""),
        ("c/sub/yarn.lock", ""),
        ("c/sub/package.json", ""),
        ("c/.x.swp", ""),
    ]);
    assert_files(&root, "c", &[".x.swp", "index.ts", "sub/dist/kept.js", "sub/package.json", "sub/yarn.lock"]);
}

#[test]
fn the_local_scope_is_no_part_of_a_component_in_the_workspaces_root() {
    let root =
        workspace(&[("a.ts", ""), (".bit/HEAD", ""), (".bitmap", ""), ("workspace.jsonc", ""), ("sub/b.ts", "")]);
    assert_files(&root, "", &["a.ts", "sub/b.ts"]);
    assert_files(&root, "sub", &["b.ts"]);
}

#[test]
fn names_with_spaces_and_quotes_are_files() {
    let names = ["a b", "a'b`c", "[id]", "größe", "$(a)&;{b}!", "فا\u{200c}ت"];
    let files: Vec<String> = names.iter().map(|name| format!("c/{name}")).collect();
    let files: Vec<_> = files.iter().map(|path| (path.as_str(), "")).collect();
    let mut expected = names;
    expected.sort_unstable();
    assert_files(&workspace(&files), "c", &expected);
}

#[test]
fn names_that_some_machine_cannot_hold_are_problems() {
    use FileProblemKind::{BadName as Bad, NotUtf8};
    let root = workspace(&[
        ("c/a\\b", ""),
        ("c/a:b", ""),
        ("c/con.js", ""),
        ("c/aux/one", ""),
        ("c/aux/two", ""),
        ("c/aux/sub/.git", ""),
        ("c/dot.", ""),
        ("c/space /x", ""),
        ("c/.GIT", ""),
        ("c/git~1", ""),
        ("c/nul/", ""),
        ("c/a<b", ""),
        ("c/line\nbreak", ""),
        ("c/sub/.bit/config", ""),
        ("c/sub/.bit/objects/x", ""),
        ("c/Workspace.jsonc", ""),
        ("c/.bitmap", ""),
        ("c/fine", ""),
    ]);
    let raw = std::ffi::OsStr::from_bytes(b"c/bad\xff\n");
    fs::write(root.path().join(raw), "").expect("a file");
    let walk = walked(root.path(), "c");
    assert_eq!(paths(&walk), ["fine"]);
    assert_eq!(
        problems(&walk),
        [
            (".GIT", Bad(BadName::GitFolder)),
            (".bitmap", Bad(BadName::WorkspaceFile)),
            ("Workspace.jsonc", Bad(BadName::WorkspaceFile)),
            ("a:b", Bad(BadName::Colon)),
            ("a<b", Bad(BadName::Forbidden)),
            ("a\\b", Bad(BadName::Backslash)),
            ("aux", Bad(BadName::Device)),
            ("aux/sub", FileProblemKind::Submodule),
            ("bad\\xff\\n", NotUtf8),
            ("con.js", Bad(BadName::Device)),
            ("dot.", Bad(BadName::TrailingDotOrSpace)),
            ("git~1", Bad(BadName::GitFolder)),
            ("line\\nbreak", Bad(BadName::Control)),
            ("space ", Bad(BadName::TrailingDotOrSpace)),
            ("sub/.bit", Bad(BadName::WorkspaceFile)),
        ]
    );
}

#[test]
fn reserved_names_are_problems_at_the_root_only() {
    let root = workspace(&[
        ("c/Package.json", ""),
        ("c/.npmrc", ""),
        ("c/.gitattributes", ""),
        ("c/.gitmodules", ""),
        ("c/component.json/x", ""),
        ("c/sub/component.json", ""),
    ]);
    let walk = walked(root.path(), "c");
    assert_eq!(paths(&walk), ["sub/component.json"]);
    let names: Vec<&str> = walk.problems.iter().map(|problem| problem.path.as_str()).collect();
    assert_eq!(names, [".gitattributes", ".gitmodules", ".npmrc", "Package.json", "component.json"]);
    assert!(walk.problems.iter().all(|problem| problem.kind == FileProblemKind::ReservedFile));
}

#[test]
fn links_repositories_and_special_files_are_problems() {
    let root = workspace(&[("c/sub/.git", "gitdir: x"), ("c/sub/file", ""), ("c/a", "")]);
    let c = root.path().join("c");
    std::os::unix::fs::symlink("a", c.join("link")).expect("a link");
    std::os::unix::fs::symlink("/", c.join("folder-link")).expect("a link");
    let _socket = std::os::unix::net::UnixListener::bind(c.join("socket")).expect("a socket");
    let walk = walked(root.path(), "c");
    assert_eq!(paths(&walk), ["a"]);
    assert_eq!(
        problems(&walk),
        [
            ("folder-link", FileProblemKind::SymbolicLink),
            ("link", FileProblemKind::SymbolicLink),
            ("socket", FileProblemKind::SpecialFile),
            ("sub", FileProblemKind::Submodule),
        ]
    );
}

#[test]
fn what_is_ignored_is_no_problem() {
    let root = workspace(&[
        (".gitignore", "link\nsub/\n*.big\ncon.js\npackage.json\n"),
        ("c/sub/.git", ""),
        ("c/con.js", ""),
        ("c/package.json", ""),
        ("c/a", ""),
    ]);
    std::os::unix::fs::symlink("a", root.path().join("c/link")).expect("a link");
    assert_files(&root, "c", &["a"]);
}

#[test]
fn a_file_too_large_for_any_host_is_a_problem() {
    let root = workspace(&[("c/limit", ""), ("c/over", "")]);
    for (name, size) in [("limit", MAX_FILE_SIZE), ("over", MAX_FILE_SIZE + 1)] {
        let file = fs::File::options().write(true).open(root.path().join("c").join(name));
        file.and_then(|file| file.set_len(size)).expect("a sparse file");
    }
    let walk = walked(root.path(), "c");
    assert_eq!((paths(&walk), problems(&walk)), (vec!["limit"], vec![("over", FileProblemKind::TooLarge)]));
}

#[test]
fn paths_equal_but_for_case_or_form_are_a_problem() {
    let root = workspace(&[
        ("c/Readme", ""),
        ("c/readme", ""),
        ("c/a/x", ""),
        ("c/A/y", ""),
        ("c/\u{e9}", ""),
        ("c/e\u{301}", ""),
    ]);
    let walk = walked(root.path(), "c");
    assert_eq!(walk.files.len(), 6);
    let with = |other: &str| FileProblemKind::CaseCollision { with: other.to_owned() };
    assert_eq!(problems(&walk), [("a", with("A")), ("readme", with("Readme")), ("\u{e9}", with("e\u{301}"))]);
}

#[test]
fn collisions_are_found_however_deep_and_each_but_once() {
    let collisions = |paths: &[&'static str]| case_collisions(paths.iter().copied());
    assert_eq!(collisions(&["a/b/c", "a/b/d", "a/c"]), []);
    assert_eq!(collisions(&["B/x/1", "b/x/1", "b/x/2"]), [("b", "B")]);
    assert_eq!(collisions(&["B/x", "b/x/1", "b/y", "b/z/1"]), [("b", "B")]);
    assert_eq!(collisions(&["a/X", "a/x/1", "b"]), [("a/x", "a/X")]);
    assert_eq!(collisions(&["a/Z/1", "a/q", "a/z"]), [("a/z", "a/Z")]);
    assert_eq!(collisions(&["straße", "STRASSE", "ςa", "Σa", "ſ", "S"]).len(), 3);
}

#[test]
fn a_folder_that_is_not_there_is_an_error_that_names_it() {
    let root = workspace(&[]);
    let error = walk(&IgnoreRules::new(root.path()), "gone", &[]).expect_err("no such folder");
    assert!(error.to_string().contains("gone"), "{error}");
}

#[test]
fn a_file_in_the_place_of_the_folder_is_an_error() {
    let root = workspace(&[("c", "")]);
    assert!(walk(&IgnoreRules::new(root.path()), "c", &[]).is_err());
}

mod ignoring {
    use super::*;

    #[test]
    fn rules_of_every_folder_above_and_below_count() {
        let root = workspace(&[
            (".gitignore", "*.log\n"),
            ("ui/.gitignore", "!keep.log\n/c/root-only\n"),
            ("ui/c/.bitignore", "tmp\n"),
            ("ui/c/keep.log", ""),
            ("ui/c/other.log", ""),
            ("ui/c/root-only", ""),
            ("ui/c/sub/root-only", ""),
            ("ui/c/sub/.gitignore", "!tmp\n*.md\n"),
            ("ui/c/sub/tmp", ""),
            ("ui/c/sub/a.md", ""),
            ("ui/c/tmp", ""),
        ]);
        assert_files(&root, "ui/c", &["keep.log", "sub/.gitignore", "sub/root-only", "sub/tmp"]);
    }

    #[test]
    fn bitignore_has_the_last_word_in_its_folder() {
        let root = workspace(&[("c/.gitignore", "a\n!b\n"), ("c/.bitignore", "!a\nb\n"), ("c/a", ""), ("c/b", "")]);
        assert_files(&root, "c", &["a"]);
    }

    #[test]
    fn what_is_in_an_ignored_folder_cannot_be_taken_back() {
        let root = workspace(&[
            ("c/.gitignore", "build/\n!build/keep\npart/*\n!part/keep\n"),
            ("c/build/keep", ""),
            ("c/part/keep", ""),
            ("c/part/other", ""),
        ]);
        assert_files(&root, "c", &["part/keep"]);
    }

    #[test]
    fn rules_begin_at_the_top_of_the_enclosing_repository_and_not_above() {
        let root = workspace(&[
            (".gitignore", "*\n"),
            ("repo/.git/HEAD", ""),
            ("repo/.gitignore", "*.tmp\n/ws/c/x\n"),
            ("repo/ws/.gitignore", "/c/y\n"),
            ("repo/ws/c/a", ""),
            ("repo/ws/c/x", ""),
            ("repo/ws/c/y", ""),
            ("repo/ws/c/z.tmp", ""),
        ]);
        let walk = walked(&root.path().join("repo/ws"), "c");
        assert_eq!(paths(&walk), ["a"]);
    }

    #[test]
    fn an_ignored_component_has_no_files_and_says_so() {
        let root = workspace(&[(".gitignore", "/out/\n"), ("out/deep/c/a", ""), ("out/b", "")]);
        for component in ["out/deep/c", "out"] {
            let walk = walked(root.path(), component);
            assert!(walk.ignored && walk.files.is_empty(), "{component}");
        }
        let rules = IgnoreRules::new(root.path());
        for (path, is_folder, ignored) in
            [("out", true, true), ("out", false, false), ("out/b", false, true), ("in/b", false, false)]
        {
            assert_eq!(rules.is_ignored(path, is_folder).ok(), Some(ignored), "{path}");
        }
    }

    #[test]
    fn windows_line_ends_a_byte_order_mark_and_broken_patterns() {
        let root = workspace(&[
            ("c/.gitignore", "\u{feff}a\r\nb  \r\n# c\r\n\r\n[z-a]\r\n\\#d\r\n"),
            ("c/a", ""),
            ("c/b", ""),
            ("c/c", ""),
            ("c/#d", ""),
        ]);
        assert_files(&root, "c", &["c"]);
    }

    #[test]
    fn an_ignore_file_that_is_a_link_or_a_folder_has_no_rules() {
        let root = workspace(&[("c/a", ""), ("c/.gitignore/x", ""), ("patterns", "*\n")]);
        std::os::unix::fs::symlink("../patterns", root.path().join("c/.bitignore")).expect("a link");
        assert_files(&root, "c", &["a"]);
    }

    #[test]
    fn a_folder_whose_name_is_not_utf8_is_matched_all_the_same() {
        let root = workspace(&[]);
        let folder = root.path().join(std::ffi::OsStr::from_bytes(b"c/\xff\xfe"));
        fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in [(".gitignore", "x\n"), ("x", ""), ("y", "")] {
            fs::write(folder.join(name), text).expect("a file");
        }
        let walk = walked(root.path(), "c");
        assert_eq!(problems(&walk), [("\\xff\\xfe", FileProblemKind::NotUtf8)]);
    }

    /// The judge of what git ignores is git: the list is what `git ls-files -o --exclude-standard` (2.47) shows of the same files.
    #[test]
    fn git_agrees() {
        let patterns = "*.log\n!keep.log\n/top\nsub/deep\n**/any\nend/**\n!end/back\na/**/z\n[ab].x\n?.y\n\\!bang\nspace\\ \ntrail \nfolder/\n*.d/\nx*y\n";
        let names = [
            "a.log",
            "keep.log",
            "top",
            "sub/top",
            "sub/deep",
            "q/sub/deep",
            "any",
            "q/any/f",
            "end/f",
            "end/back",
            "a/z",
            "a/b/c/z",
            "a.x",
            "c.x",
            "1.y",
            "12.y",
            "!bang",
            "space ",
            "space",
            "trail",
            "folder/f",
            "q/folder",
            "v.d/f",
            "w.d",
            "xy",
            "x/y",
            "xaby",
            "Top",
            "TOP/x",
        ];
        let root = workspace(&[(".gitignore", patterns), ("c/.gitignore", "!any\n*.x\n/top\n")]);
        for name in names {
            put(root.path(), &format!("c/{name}"), "");
        }
        let walk = walked(root.path(), "c");
        let listed = [
            "12.y",
            "TOP/x",
            "Top",
            "a/b/c/z",
            "a/z",
            "any",
            "end/back",
            "end/f",
            "keep.log",
            "q/any/f",
            "q/folder",
            "q/sub/deep",
            "space",
            "sub/deep",
            "sub/top",
            "w.d",
            "x/y",
        ];
        assert_eq!(paths(&walk), listed);
    }
}

mod naming {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn segments() {
        let bad = HashMap::from([
            ("", BadName::Empty),
            (".", BadName::Dots),
            ("..", BadName::Dots),
            ("a/b", BadName::Separator),
            ("a\0", BadName::Separator),
            ("a\\b", BadName::Backslash),
            ("a:b", BadName::Colon),
            ("CON", BadName::Device),
            ("Nul.tar.gz", BadName::Device),
            ("aux .js", BadName::Device),
            ("com1", BadName::Device),
            ("lpt¹.x", BadName::Device),
            ("conin$", BadName::Device),
            ("a ", BadName::TrailingDotOrSpace),
            ("...", BadName::TrailingDotOrSpace),
            (".git", BadName::GitFolder),
            (".Git", BadName::GitFolder),
            (".git. .", BadName::GitFolder),
            ("GIT~1", BadName::GitFolder),
            (".g\u{200c}it", BadName::GitFolder),
            ("\u{feff}.git", BadName::GitFolder),
            (".bit", BadName::WorkspaceFile),
            (".BitMap", BadName::WorkspaceFile),
            ("WORKSPACE.JSONC", BadName::WorkspaceFile),
            ("wor\u{212a}\u{17f}pace.jsonc", BadName::WorkspaceFile),
            (".b\u{200c}it", BadName::WorkspaceFile),
            (".bit. .", BadName::WorkspaceFile),
            ("BIT~1", BadName::WorkspaceFile),
            ("bitmap~12", BadName::WorkspaceFile),
            ("WORKSP~3.JSO", BadName::WorkspaceFile),
            ("a<b", BadName::Forbidden),
            ("\"", BadName::Forbidden),
            ("a\nb", BadName::Control),
            ("a\u{1b}[2Jb", BadName::Control),
            ("a\u{202e}sj.b", BadName::Control),
            ("a\u{85}b", BadName::Control),
        ]);
        for (name, why) in bad {
            assert_eq!(check_segment(name), Err(why), "{name:?}");
        }
        for name in [
            "a b",
            "console.js",
            "com10",
            "com",
            "nuls",
            ".gitx",
            ".gitignore",
            "git",
            "git~2",
            "…",
            "a.b",
            "-",
            "'",
            ".bitignore",
            ".bits",
            "bit",
            "bit~",
            "workspace.js",
            "worksp~1.js",
            "میان\u{200c}فاصله",
        ] {
            assert_eq!(check_segment(name), Ok(()), "{name:?}");
        }
    }

    #[test]
    fn whole_paths() {
        assert_eq!(check_path("a/b/c"), Ok(()));
        for (path, why) in [
            ("a//b", BadName::Empty),
            ("/a", BadName::Empty),
            ("a/", BadName::Empty),
            ("a/../b", BadName::Dots),
            ("a/.git/hooks", BadName::GitFolder),
        ] {
            assert_eq!(check_path(path), Err(why), "{path}");
        }
    }

    #[test]
    fn what_is_shown_cannot_speak_to_the_terminal() {
        assert_eq!(escape(b"a\x1b[2J\xff\n"), "a\\u{1b}[2J\\xff\\n");
        assert_eq!(escape("größe \"\u{202e}".as_bytes()), "größe \"\\u{202e}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn folding_twice_is_folding_once(name in "\\PC{0,12}") {
            prop_assert_eq!(fold(&fold(&name)), fold(&name));
        }

        #[test]
        fn case_and_form_do_not_count(name in "[a-zA-ZäÖéÉßſςσΣçñŻ /.]{0,12}") {
            use unicode_normalization::UnicodeNormalization;
            let folded = fold(&name);
            prop_assert_eq!(fold(&name.nfd().collect::<String>()), folded.clone());
            prop_assert_eq!(fold(&name.to_uppercase()), folded);
        }
    }
}
