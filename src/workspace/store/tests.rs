use super::*;

struct Workspace {
    _dir: tempfile::TempDir,
    root: PathBuf,
}

fn workspace() -> Workspace {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().canonicalize().unwrap().join("w");
    fs::create_dir_all(root.join("src/c1")).unwrap();
    Workspace { _dir: dir, root }
}

fn entry(id: &str, content: u8) -> StoreEntry {
    StoreEntry { id: id.parse().unwrap(), commit: CommitId::from_bytes([content; 20]) }
}

fn file(path: &str) -> Result<StoreFile> {
    Ok(StoreFile { path: path.into(), mode: StoreMode::Plain, content: b"{}".to_vec() })
}

impl Workspace {
    fn store(&self) -> Store {
        Store::of(&self.root).unwrap()
    }

    fn put(&self, entry: &StoreEntry, dependencies: &[StoreEntry]) {
        self.store().put(entry, [file("package.json"), file("lib/x.js")], dependencies).unwrap();
    }

    fn real(&self, path: &str) -> Option<PathBuf> {
        let real = self.root.join(path).canonicalize().ok()?;
        Some(real.strip_prefix(&self.root).unwrap().to_owned())
    }
}

const THEME: &str = "node_modules/.bit/my-org.base/ui+theme@1.0.0+0101010101010101/node_modules/@my-org/base.ui.theme";

#[test]
fn versions_stand_beside_what_they_depend_on() {
    let w = workspace();
    let (theme, card) = (entry("my-org.base/ui/theme@1.0.0", 1), entry("my-org.ui/card@2.0.0", 2));
    w.put(&card, std::slice::from_ref(&theme));
    w.put(&theme, &[]);
    assert!(w.store().has(&card) && w.store().has(&theme));
    let beside = format!("node_modules/.bit/{}/node_modules/@my-org/base.ui.theme/lib/x.js", card.folder());
    assert_eq!(w.real(&beside), Some(Path::new(THEME).join("lib/x.js")));
    let settled = w.store().settle_root(std::slice::from_ref(&theme)).unwrap();
    assert_eq!(settled.created, [theme.package()]);
    assert_eq!(w.real("node_modules/@my-org/base.ui.theme"), Some(THEME.into()));
    w.store().settle_component("src/c1", std::slice::from_ref(&theme)).unwrap();
    assert_eq!(w.real("src/c1/node_modules/@my-org/base.ui.theme"), Some(THEME.into()));
    assert_eq!(w.store().settle_root(&[theme]).unwrap(), Settled::default());
}

#[test]
fn links_follow_what_is_wanted_and_nothing_else_is_touched() {
    let w = workspace();
    let (old, new) = (entry("s/a@1.0.0", 1), entry("s/a@2.0.0", 2));
    w.put(&old, &[]);
    w.put(&new, &[]);
    fs::create_dir_all(w.root.join("node_modules/@s/own")).unwrap();
    symlink("../../src/c1", w.root.join("node_modules/@s/linked")).unwrap();
    w.store().settle_root(&[old]).unwrap();
    assert_eq!(w.store().settle_root(std::slice::from_ref(&new)).unwrap().mended, [new.package()]);
    let foreign = w.store().settle_root(&[entry("s/own@1.0.0", 1), entry("s/linked@1.0.0", 1)]).unwrap();
    assert_eq!((foreign.foreign.len(), foreign.removed.as_slice()), (2, ["@s/a".to_owned()].as_slice()));
    assert!(w.root.join("node_modules/@s/own").is_dir() && w.root.join("node_modules/@s/linked").is_symlink());
    assert_eq!(w.store().sweep(&BTreeSet::from([new.folder()])).unwrap(), 1);
    assert!(w.store().has(&new) && children(&w.root.join("node_modules/.bit/s")).unwrap().len() == 1);
    assert_eq!(w.store().sweep(&BTreeSet::new()).unwrap(), 1);
    assert_eq!(children(&w.root.join("node_modules/.bit")).unwrap(), []);
}

#[test]
fn nothing_is_written_through_a_symbolic_link() {
    let w = workspace();
    let elsewhere = w.root.with_file_name("elsewhere");
    fs::create_dir_all(&elsewhere).unwrap();
    fs::create_dir_all(w.root.join("node_modules/.bit")).unwrap();
    let theme = entry("my-org.base/ui/theme@1.0.0", 1);
    symlink(&elsewhere, w.root.join("node_modules/.bit/my-org.base")).unwrap();
    assert!(w.store().put(&theme, [file("package.json")], &[]).is_err());
    symlink(&elsewhere, w.root.join("node_modules/@my-org")).unwrap();
    assert!(w.store().settle_root(std::slice::from_ref(&theme)).is_err());
    symlink(&elsewhere, w.root.join("src/c1/node_modules")).unwrap();
    assert!(w.store().settle_component("src/c1", &[theme]).is_err());
    fs::remove_dir_all(w.root.join("node_modules/.bit")).unwrap();
    symlink(&elsewhere, w.root.join("node_modules/.bit")).unwrap();
    assert!(Store::of(&w.root).is_err());
    assert_eq!(children(&elsewhere).unwrap(), []);
}

#[test]
fn a_path_that_leads_out_is_refused_and_leaves_nothing() {
    let w = workspace();
    let theme = entry("s/a@1.0.0", 1);
    for path in ["../x", "lib/../../x", "/x", "a//b", ""] {
        assert!(w.store().put(&theme, [file("package.json"), file(path)], &[]).is_err(), "{path}");
    }
    assert!(w.store().put(&theme, [file("a"), file("a")], &[]).is_err());
    assert!(!w.store().has(&theme));
    assert_eq!(children(&w.root.join("node_modules/.bit/s")).unwrap(), []);
}

#[test]
fn what_a_killed_run_left_goes_and_what_is_at_work_stays() {
    let w = workspace();
    let store = w.root.join("node_modules/.bit");
    fs::create_dir_all(store.join(".bit-tmp-dead/new/node_modules")).unwrap();
    let alive = Aside::new(&store).unwrap();
    w.store().sweep(&BTreeSet::new()).unwrap();
    assert!(!store.join(".bit-tmp-dead").exists() && alive.path.exists());
}

#[test]
fn an_entry_that_lost_its_package_is_made_again() {
    let w = workspace();
    let theme = entry("my-org.base/ui/theme@1.0.0", 1);
    w.put(&theme, &[]);
    fs::remove_file(w.root.join(THEME).join("package.json")).unwrap();
    assert!(!w.store().has(&theme));
    w.put(&theme, &[]);
    assert!(w.store().has(&theme));
}
