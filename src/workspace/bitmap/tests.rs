use super::*;
use proptest::prelude::*;
use std::path::Path;

fn id(text: &str) -> ComponentId {
    text.parse().unwrap()
}

fn entry(text: &str, root_dir: &str) -> BitmapEntry {
    let ComponentId { scope, name } = id(text);
    BitmapEntry::new(name, scope, root_dir, "index.ts")
}

fn bitmap(entries: &[(&str, &str)]) -> Bitmap {
    let mut bitmap = Bitmap::default();
    entries.iter().for_each(|(id, dir)| bitmap.insert(entry(id, dir)).unwrap());
    bitmap
}

fn read(text: &str) -> Result<Bitmap> {
    Bitmap::parse(Path::new("/w/.bitmap"), text)
}

fn error(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

/// The file with one entry whose values can be replaced.
fn file_with(from: &str, to: &str) -> String {
    let good = bitmap(&[("my-org.ui/ui/button", "src/ui/button")]).to_text();
    assert!(good.contains(from), "{from}");
    good.replace(from, to)
}

#[test]
fn the_file_has_this_shape() {
    let mut bitmap = bitmap(&[("my-org.ui/ui/button", "src/ui/button"), ("base/theme", "theme")]);
    bitmap
        .update(&id("base/theme"), |entry| {
            entry.scope = entry.default_scope.take();
            entry.version = Some(Version::new("1.2.0").unwrap());
            entry.commit = Some(CommitId::from_bytes([0xab; 20]));
            entry.scopes = vec![ScopeName::new("copy.base").unwrap()];
            entry.config.insert("deprecated".into(), serde_json::json!({"message": "old"}));
            entry.unknown.insert("nextVersion".into(), serde_json::json!([1]));
        })
        .unwrap();
    let text = r#"{
    "theme": {
        "name": "theme",
        "scope": "base",
        "version": "1.2.0",
        "mainFile": "index.ts",
        "rootDir": "theme",
        "config": {
            "deprecated": {
                "message": "old"
            }
        },
        "commit": "abababababababababababababababababababab",
        "scopes": [
            "copy.base"
        ],
        "nextVersion": [
            1
        ]
    },
    "ui/button": {
        "name": "ui/button",
        "scope": "",
        "version": "",
        "defaultScope": "my-org.ui",
        "mainFile": "index.ts",
        "rootDir": "src/ui/button"
    },
    "$schema-version": "17.0.0"
}
"#;
    assert_eq!(bitmap.to_text(), text);
    assert_eq!(read(text).unwrap(), bitmap);
    assert_eq!(Bitmap::default().to_text(), "{\n    \"$schema-version\": \"17.0.0\"\n}\n");
}

#[test]
fn those_that_share_a_name_are_keyed_by_their_ids() {
    let keys = |bitmap: &Bitmap| bitmap.keyed().into_keys().collect::<Vec<_>>();
    let mut both = bitmap(&[("r/bar/foo", "a"), ("r2/bar/foo", "b"), ("r/x", "c")]);
    assert_eq!(keys(&both), ["r/bar/foo", "r2/bar/foo", "x"]);
    assert_eq!(read(&both.to_text()).unwrap(), both);
    assert_eq!(both.named(&ComponentName::new("bar/foo").unwrap()).len(), 2);
    both.remove(&id("r2/bar/foo")).unwrap();
    assert_eq!(keys(&both), ["bar/foo", "x"]);
    // "ui/button" would be the key of two: of ui/button by its name, and of ui's button by its id.
    let tricky = bitmap(&[("a/ui/button", "a"), ("ui/button", "b"), ("b/button", "c")]);
    assert_eq!(keys(&tricky), ["a/ui/button", "b/button", "ui/button"]);
    assert_eq!(read(&tricky.to_text()).unwrap(), tricky);
}

#[test]
fn components_are_found_by_name_id_folder_and_path() {
    let bitmap = bitmap(&[("s/a", "src/a"), ("s/ab", "src/a-b"), ("s/c", "lib/deep/c")]);
    let found = |entry: Option<&BitmapEntry>| entry.map(|entry| entry.name.to_string());
    assert_eq!(found(bitmap.get(&id("s/a"))).as_deref(), Some("a"));
    assert_eq!(found(bitmap.get(&id("other/a"))), None);
    assert_eq!(found(bitmap.at("src/a-b")).as_deref(), Some("ab"));
    assert_eq!(found(bitmap.at("src")), None);
    assert_eq!(found(bitmap.containing("lib/deep/c/x/y.ts")).as_deref(), Some("c"));
    assert_eq!(found(bitmap.containing("src/a")).as_deref(), Some("a"));
    assert_eq!(found(bitmap.containing("src/a-c/x")), None);
    let inside = |folder| bitmap.inside(folder).map(|entry| entry.name.to_string()).collect::<Vec<_>>();
    assert_eq!(inside("src"), ["a", "ab"]);
    assert_eq!((inside("src/a"), inside("").len()), (vec![], 3));
    assert_eq!(bitmap.entries().count(), 3);
}

#[test]
fn folders_may_not_overlap() {
    let mut bitmap = bitmap(&[("s/a", "src/a")]);
    for dir in ["src/a", "src/a/inner", "src"] {
        let error = bitmap.insert(entry("s/b", dir)).unwrap_err().to_string();
        assert!(error.contains("already used by component: s/a"), "{error}");
    }
    assert!(bitmap.insert(entry("s/a", "other")).unwrap_err().to_string().contains("s/a already"));
    assert!(bitmap.insert(entry("s/b", "../b")).is_err());
    bitmap.insert(entry("s/b", "src/ab")).unwrap();
    assert_eq!(bitmap.entries().count(), 2);
}

#[test]
fn a_refused_change_changes_nothing() {
    let mut bitmap = bitmap(&[("s/a", "a"), ("s/b", "b")]);
    let before = bitmap.clone();
    assert!(bitmap.rename(&id("s/a"), &id("s/b")).is_err());
    assert!(bitmap.update(&id("s/a"), |entry| entry.root_dir = "b/c".into()).is_err());
    assert!(bitmap.rename(&id("s/x"), &id("s/y")).is_err());
    assert_eq!(bitmap, before);
    bitmap.rename(&id("s/a"), &id("t/new/a")).unwrap();
    let renamed = bitmap.at("a").unwrap();
    assert_eq!((renamed.id(), renamed.is_exported()), (id("t/new/a"), false));
    assert_eq!(bitmap.remove(&id("s/a")), None);
    assert!(bitmap.remove(&id("t/new/a")).is_some() && bitmap.at("a").is_none() && bitmap.entries().count() == 1);
}

#[test]
fn what_other_programs_write_is_kept() {
    let text = "\u{feff}/* THIS IS A BIT-AUTO-GENERATED FILE. */\r\n{\n 'a': {name: 'a', scope: null, version: '', mainFile: 'i.js', rootDir: 'a', x: 1,},\n\"$later\": {b: [1]},}";
    let bitmap = read(text).unwrap();
    assert_eq!(bitmap.at("a").unwrap().scope_name(), ScopeName::placeholder());
    let written = bitmap.to_text();
    assert!(written.contains("\"x\": 1") && written.contains("\"$later\": {"), "{written}");
    assert!(written.ends_with("    \"$schema-version\": \"17.0.0\"\n}\n"));
    assert_eq!(read(&written).unwrap(), bitmap);
    assert!(read("{\"$schema-version\": \"17.3.0\"}").unwrap().to_text().contains("17.3.0"));
    assert!(read("{\"$schema-version\": \"15.0.0\"}").unwrap().to_text().contains("17.0.0"));
}

#[test]
fn a_newer_schema_is_named_whatever_the_rest_looks_like() {
    let message = "/w/.bitmap has schema 18.0.0, this bit knows schema 17.0.0";
    assert_eq!(error("{\"$schema-version\": \"18.0.0\"}"), message);
    assert_eq!(error("{\"a\": [\"a new shape\"], \"$schema-version\": \"18.0.0\"}"), message);
    assert_eq!(error("{\"a\": {\"name\": \"A B\"}, // comment\n \"$schema-version\": \"18.0.0\"}"), message);
}

#[test]
fn errors_say_where_and_what() {
    let expect = |text: &str, parts: &[&str]| {
        let error = error(text);
        parts.iter().for_each(|part| assert!(error.contains(part), "{part} in {error}"));
    };
    expect("{\"a\": {}}", &[":1:2:", "the entry \"a\": it has no \"name\""]);
    expect("{\n\"a\": []}", &[":2:1:", "the entry \"a\": it is no component"]);
    expect("[]", &[":1:1: expected opening brace"]);
    expect("{\n\"a\": {\n<<<<<<< HEAD\n", &["/w/.bitmap:3 holds the conflict markers"]);
    expect(&file_with("\"ui/button\",", "\"UI/Button\","), &[":3:9:", "\"UI/Button\" is invalid as a component name"]);
    expect(&file_with("\"scope\": \"\"", "\"scope\": \"a.b.c\""), &[":4:9:", "at most one dot"]);
    expect(&file_with("\"version\": \"\"", "\"version\": \"1.0\""), &[":5:9:", "not a valid semantic version"]);
    expect(&file_with("\"name\": \"ui/button\"", "\"name\": \"other\""), &["the key should be \"other\""]);
    expect(&file_with("index.ts", "../../etc/passwd"), &[":7:9:", "mainFile \"../../etc/passwd\" can't be used"]);
}

#[test]
fn hostile_folders_are_refused() {
    for bad in ["..", "../x", "/etc", "a/../..", "", "a\\\\b", "C:/x", ".git/hooks", "node_modules/x", "a//b", "."] {
        let error = error(&file_with("src/ui/button", bad));
        assert!(error.contains(":8:9:") && error.contains("the entry \"ui/button\": rootDir"), "{error}");
    }
}

#[test]
fn duplicates_and_nested_folders_are_refused() {
    let block = |key: &str, scope: &str, dir: &str| {
        let name = key.rsplit('/').next().unwrap();
        format!(
            "\"{key}\": {{\"name\": \"{name}\", \"scope\": \"{scope}\", \"mainFile\": \"i.ts\", \"rootDir\": \"{dir}\"}}"
        )
    };
    let both = |a: String, b: String| error(&format!("{{{a},\n{b}}}"));
    let twice = both(block("a", "s", "x"), block("a", "s", "y"));
    assert!(twice.contains(":2:") && twice.contains("the entry \"a\": the component s/a stands here twice"), "{twice}");
    assert!(both(block("a", "s", "x"), block("s/a", "s", "y")).contains("the component s/a stands here twice"));
    assert!(both(block("a", "s", "x"), block("a", "t", "y")).contains("twice"));
    let shared = both(block("a", "s", "x"), block("b", "s", "x"));
    assert!(shared.contains("the entry \"b\": its rootDir \"x\" is also that of s/a"), "{shared}");
    let nested = both(block("a", "s", "x/y/z"), block("b", "s", "x"));
    assert!(
        nested.contains(":1:")
            && nested.contains("the entry \"a\": its rootDir \"x/y/z\" lies in \"x\", the folder of s/b"),
        "{nested}"
    );
    assert!(read(&format!("{{{},{}}}", block("a", "s", "x/y"), block("b", "s", "x/yz"))).is_ok());
}

#[test]
fn it_is_written_only_when_it_changed() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(".bitmap");
    assert_eq!(Bitmap::read(&path).unwrap(), None);
    let bitmap = bitmap(&[("s/a", "a")]);
    assert!(bitmap.save(&path, dir.path()).unwrap() && !bitmap.save(&path, dir.path()).unwrap());
    assert_eq!(Bitmap::read(&path).unwrap(), Some(bitmap));
}

proptest! {
    #[test]
    fn the_bytes_do_not_depend_on_the_order(names in proptest::collection::btree_set("[a-c]{1,2}/[a-c]{1,2}(/[a-c]{1,2})?", 1..12), turn in 0usize..12) {
        let entries: Vec<_> = names.iter().enumerate().map(|(at, name)| entry(name, &format!("d{at}"))).collect();
        let mut turned = entries.clone();
        turned.rotate_left(turn % entries.len());
        let write = |entries: Vec<BitmapEntry>| {
            let mut bitmap = Bitmap::default();
            entries.into_iter().for_each(|entry| bitmap.insert(entry).unwrap());
            bitmap
        };
        let bitmap = write(entries);
        prop_assert_eq!(write(turned).to_text(), bitmap.to_text());
        prop_assert_eq!(read(&bitmap.to_text()).unwrap(), bitmap);
    }

    #[test]
    fn overlaps_are_found_wherever_they_are(dirs in proptest::collection::btree_set("[a-b](-|/)?[a-b](-|/)?[a-b]", 1..8)) {
        let overlap = dirs.iter().any(|dir| dirs.iter().any(|outer| dir.starts_with(&format!("{outer}/"))));
        let block = |(at, dir)| format!("\"c{at}\": {{\"name\": \"c{at}\", \"mainFile\": \"i\", \"rootDir\": \"{dir}\"}}");
        let text = dirs.iter().enumerate().map(block).collect::<Vec<_>>().join(",");
        prop_assert_eq!(read(&format!("{{{text}}}")).is_err(), overlap);
        let mut bitmap = Bitmap::default();
        let refused = dirs.iter().rev().enumerate().any(|(at, dir)| bitmap.insert(entry(&format!("s/c{at}"), dir)).is_err());
        prop_assert_eq!(refused, overlap);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[{}\\[\\]\",:a/ \\\\'\n]{0,60}") {
        let _ = read(&text);
    }

    #[test]
    fn any_damage_is_read_or_refused(at in 0usize..300, with in "\\PC{0,3}") {
        let mut text = file_with("index.ts", "index.ts");
        let at = at % text.len();
        text.replace_range(at..=at, &with);
        let _ = read(&text);
    }
}
