use super::*;
use crate::model::ComponentId;

struct Workspace {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

fn workspace() -> Workspace {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("w");
    fs::create_dir_all(root.join("src/c1/lib")).unwrap();
    for file in ["index.ts", "a b.ts", "lib/x.ts"] {
        fs::write(root.join("src/c1").join(file), file).unwrap();
    }
    Workspace { _dir: dir, root }
}

fn target(id: &str, root_dir: &str, entries: &[&str]) -> LinkTarget {
    let package = PackageName::of(&id.parse::<ComponentId>().unwrap());
    LinkTarget {
        package_json: format!("{{\n  \"name\": \"{package}\",\n  \"main\": \"index.ts\"\n}}\n"),
        package,
        root_dir: root_dir.into(),
        entries: entries.iter().map(|&entry| entry.into()).collect(),
    }
}

fn c1() -> LinkTarget {
    target("my-org.ui/c1", "src/c1", &["index.ts", "a b.ts", "lib"])
}

impl Workspace {
    fn ensure(&self, target: &LinkTarget) -> LinkOutcome {
        ensure(&self.root, target).unwrap()
    }

    fn link(&self) -> PathBuf {
        self.root.join("node_modules/@my-org/ui.c1")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[test]
fn a_link_leads_to_the_components_entries() {
    let w = workspace();
    assert_eq!(w.ensure(&c1()), LinkOutcome::Created);
    let stamp_before = stamp(&w.root, &c1().package).unwrap();
    assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged);
    assert_eq!(stamp(&w.root, &c1().package), Some(stamp_before));
    assert_eq!(fs::read_link(w.link().join("a b.ts")).unwrap(), Path::new("../../../src/c1/a b.ts"));
    assert_eq!(fs::read_to_string(w.link().join("lib/x.ts")).unwrap(), "lib/x.ts");
    let package_json = fs::read_to_string(w.link().join("package.json")).unwrap();
    let expected = "{\n  \"name\": \"@my-org/ui.c1\",\n  \"main\": \"index.ts\",\n  \"_bitWorkspaceLink\": {\"rootDir\": \"src/c1\"}\n}\n";
    assert_eq!(package_json, expected);
    assert_eq!(children(&w.link()).unwrap().len(), 4);
    let link = Link { package: "@my-org/ui.c1".into(), root_dir: Some("src/c1".into()) };
    assert_eq!(links(&w.root).unwrap(), [link]);
}

#[test]
fn whatever_is_wrong_with_ours_is_mended() {
    let w = workspace();
    w.ensure(&c1());
    let breakages: [(&str, &dyn Fn()); 5] = [
        ("a link is gone", &|| fs::remove_file(w.link().join("lib")).unwrap()),
        ("a link leads elsewhere", &|| {
            fs::remove_file(w.link().join("lib")).unwrap();
            symlink("../../../src/c2/lib", w.link().join("lib")).unwrap();
        }),
        ("a link too many", &|| symlink("../../../src/c1/old.ts", w.link().join("old.ts")).unwrap()),
        ("killed before package.json", &|| fs::remove_file(w.link().join("package.json")).unwrap()),
        ("another package.json", &|| {
            fs::write(w.link().join("package.json"), with_mark("{}", "old").unwrap()).unwrap()
        }),
    ];
    for (what, break_it) in breakages {
        break_it();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Mended, "{what}");
        assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged, "{what}");
        assert_eq!(children(&w.link()).unwrap().len(), 4, "{what}");
    }
    assert_eq!(w.ensure(&target("my-org.ui/c1", "src/moved", &["index.ts"])), LinkOutcome::Mended);
    assert_eq!(fs::read_link(w.link().join("index.ts")).unwrap(), Path::new("../../../src/moved/index.ts"));
    assert!(fs::symlink_metadata(w.link().join("lib")).is_err());
}

#[test]
fn a_settled_stamp_notices_every_change() {
    let w = workspace();
    w.ensure(&c1());
    let fresh = stamp(&w.root, &c1().package).unwrap();
    assert!(!fresh.is_settled(UNIX_EPOCH + Duration::from_nanos(fresh.ctime_ns as u64)));
    assert!(!LinkStamp { ctime_ns: 5_000_000_000, ..fresh }.is_settled(UNIX_EPOCH + Duration::from_secs(6)));
    let changes: [&dyn Fn(); 3] = [
        &|| fs::remove_file(w.link().join("lib")).unwrap(),
        &|| assert_eq!(w.ensure(&c1()), LinkOutcome::Mended),
        &|| assert!(fs::rename(w.link(), w.root.join("old")).is_ok() && w.ensure(&c1()) == LinkOutcome::Created),
    ];
    for change in changes {
        let settled = loop {
            let (now, found) = (SystemTime::now(), stamp(&w.root, &c1().package).unwrap());
            if found.is_settled(now) {
                break found;
            }
            std::thread::sleep(Duration::from_millis(10));
        };
        change();
        assert_ne!(stamp(&w.root, &c1().package), Some(settled));
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let w = workspace();
    let installed = "{\"name\": \"@my-org/ui.c1\", \"version\": \"1.0.0\"}";
    w.write("node_modules/@my-org/ui.c1/package.json", installed);
    assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign);
    assert!(!remove(&w.root, "@my-org/ui.c1").unwrap());
    assert_eq!(fs::read_to_string(w.link().join("package.json")).unwrap(), installed);
    assert_eq!(children(&w.link()).unwrap().len(), 1);

    fs::remove_file(w.link().join("package.json")).unwrap();
    fs::write(w.link().join("mine.txt"), "").unwrap();
    assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "a folder with somebody's file");
    fs::remove_dir_all(w.link()).unwrap();
    fs::write(w.link(), "").unwrap();
    assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "a file");
    assert_eq!(links(&w.root).unwrap(), []);
}

#[test]
fn a_symbolic_link_is_replaced_only_where_it_leads_nowhere_in_the_workspace() {
    let w = workspace();
    fs::create_dir_all(w.link().parent().unwrap()).unwrap();
    let elsewhere = w.root.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for foreign in ["../../src/c1", elsewhere.to_str().unwrap(), "../.pnpm/gone", "/nowhere/at/all", "../../../gone"] {
        symlink(foreign, w.link()).unwrap();
        assert_eq!(w.ensure(&c1()), LinkOutcome::Foreign, "{foreign}");
        fs::remove_file(w.link()).unwrap();
    }
    symlink("../../src/gone", w.link()).unwrap();
    assert_eq!(w.ensure(&c1()), LinkOutcome::Created);
    assert_eq!(children(&elsewhere).unwrap().len(), 0);
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let w = workspace();
    let elsewhere = w.root.parent().unwrap().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    for place in ["node_modules/@my-org", "node_modules"] {
        let _ = fs::remove_dir_all(w.root.join("node_modules"));
        fs::create_dir_all(w.root.join(place).parent().unwrap()).unwrap();
        symlink(&elsewhere, w.root.join(place)).unwrap();
        let error = ensure(&w.root, &c1()).unwrap_err().to_string();
        assert!(error.contains(&format!("{place} is not a real folder")), "{error}");
        assert!(remove(&w.root, "@my-org/ui.c1").is_err());
        assert_eq!(links(&w.root).unwrap(), []);
        assert_eq!(children(&elsewhere).unwrap().len(), 0);
        fs::remove_file(w.root.join(place)).unwrap();
    }
}

#[test]
fn hostile_targets_are_refused() {
    let w = workspace();
    for root_dir in ["../outside", "/etc", "", ".git/hooks"] {
        assert!(ensure(&w.root, &target("my-org.ui/c1", root_dir, &["x"])).is_err(), "{root_dir}");
    }
    for entry in ["..", "a/b", "", "../x"] {
        assert!(ensure(&w.root, &target("my-org.ui/c1", "src/c1", &[entry])).is_err(), "{entry}");
    }
    for package in ["../x", "@a/..", "@a/b/c", "lodash", "@/x", "@../x", "@a/.git"] {
        assert!(remove(&w.root, package).is_err(), "{package}");
    }
    assert!(!w.root.join("node_modules").exists());
}

#[test]
fn somebodys_files_in_a_link_are_kept() {
    let w = workspace();
    w.ensure(&c1());
    w.write("node_modules/@my-org/ui.c1/notes.md", "mine");
    w.write("node_modules/@my-org/ui.c1/node_modules/x/index.js", "installed");
    assert_eq!(w.ensure(&c1()), LinkOutcome::Unchanged);
    fs::remove_file(w.link().join("index.ts")).unwrap();
    fs::write(w.link().join("index.ts"), "mine").unwrap();
    let error = ensure(&w.root, &c1()).unwrap_err().to_string();
    assert!(error.contains("ui.c1/index.ts is not a link of bit's"), "{error}");
    assert!(remove(&w.root, "@my-org/ui.c1").unwrap());
    let mut left: Vec<_> =
        children(&w.link()).unwrap().iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, ["index.ts", "node_modules", "notes.md"]);
    assert!(w.root.join("src/c1/index.ts").exists());
}

#[test]
fn links_go_with_their_component_and_the_owners_folder_with_the_last() {
    let w = workspace();
    let c2 = target("my-org.ui/c2", "src/c2", &["index.ts"]);
    w.ensure(&c1());
    w.ensure(&c2);
    w.write("node_modules/lodash/package.json", "{}");
    w.write("node_modules/@other/x/package.json", "{}");
    let gone = stale(&w.root, |link| link.package == c2.package.as_str()).unwrap();
    assert_eq!(gone.iter().map(|link| link.package.as_str()).collect::<Vec<_>>(), ["@my-org/ui.c1"]);
    assert!(remove(&w.root, &gone[0].package).unwrap() && !remove(&w.root, &gone[0].package).unwrap());
    assert!(w.root.join("node_modules/@my-org").exists());
    assert!(remove(&w.root, c2.package.as_str()).unwrap());
    assert!(!w.root.join("node_modules/@my-org").exists() && w.root.join("node_modules/lodash").exists());
    assert_eq!(stamp(&w.root, &c2.package), None);
    fs::create_dir_all(w.link()).unwrap();
    let unfinished = Link { package: "@my-org/ui.c1".into(), root_dir: None };
    assert_eq!(stale(&w.root, |_| false).unwrap(), [unfinished]);
}

#[test]
fn what_a_killed_run_leaves_is_mended() {
    let w = workspace();
    for made in 0..=3 {
        fs::create_dir_all(w.link()).unwrap();
        for entry in &c1().entries[..made] {
            symlink(format!("../../../src/c1/{entry}"), w.link().join(entry)).unwrap();
        }
        assert_eq!(links(&w.root).unwrap().len(), 1, "killed after {made} links");
        assert_eq!(w.ensure(&c1()), LinkOutcome::Mended, "killed after {made} links");
        for entry in &c1().entries[..made] {
            fs::remove_file(w.link().join(entry)).unwrap();
        }
        assert_eq!(w.ensure(&c1()), if made == 0 { LinkOutcome::Unchanged } else { LinkOutcome::Mended });
        assert!(remove(&w.root, "@my-org/ui.c1").unwrap());
    }
}

#[test]
fn two_runs_may_make_the_same_links() {
    let w = workspace();
    let targets: Vec<_> = (0..100).map(|at| target(&format!("s.x/c{at}"), "src/c1", &["index.ts", "lib"])).collect();
    std::thread::scope(|scope| {
        let make_all = || targets.iter().filter(|target| w.ensure(target) != LinkOutcome::Foreign).count();
        let runs = [(); 3].map(|()| scope.spawn(make_all));
        runs.into_iter().for_each(|run| assert_eq!(run.join().unwrap(), 100));
    });
    assert!(targets.iter().all(|target| w.ensure(target) == LinkOutcome::Unchanged));
    assert_eq!(children(&w.root.join("node_modules")).unwrap().len(), 1, "nothing but the owner's folder");
}

#[test]
fn a_scope_without_an_owner_has_links_too() {
    let w = workspace();
    assert_eq!(w.ensure(&target("scope/bar/foo", "src/c1", &["index.ts"])), LinkOutcome::Created);
    assert_eq!(fs::read_to_string(w.root.join("node_modules/@scope/bar.foo/index.ts")).unwrap(), "index.ts");
}

#[test]
fn a_new_version_is_written_over_the_old_one() {
    let w = workspace();
    w.ensure(&c1());
    let versions = |version: &str| LinkTarget {
        package_json: format!("{{\n  \"name\": \"x\",\n  \"version\": \"{version}\"\n}}\n"),
        ..c1()
    };
    for version in ["0.0.1", "10.200.3000-beta.1", "0.0.2"] {
        describe_again(&w.root, &versions(version)).unwrap();
        let text = fs::read_to_string(w.link().join("package.json")).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap()["version"], version);
        assert_eq!(w.ensure(&versions(version)), LinkOutcome::Unchanged);
    }
    let elsewhere = w.root.join("mine.json");
    fs::write(&elsewhere, "mine").unwrap();
    fs::remove_file(w.link().join("package.json")).unwrap();
    symlink(&elsewhere, w.link().join("package.json")).unwrap();
    describe_again(&w.root, &versions("0.0.3")).unwrap();
    assert_eq!(fs::read_to_string(&elsewhere).unwrap(), "mine");
}
