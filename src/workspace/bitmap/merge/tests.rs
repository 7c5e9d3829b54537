use super::*;
use crate::workspace::Base;
use serde_json::json;

fn entry(name: &str) -> BitmapEntry {
    BitmapEntry::new(name.parse().unwrap(), "my-org.ui".parse().unwrap(), name, "index.js")
}

fn tagged(name: &str, version: &str, content: u8) -> BitmapEntry {
    BitmapEntry { version: version.parse().ok(), commit: Some(CommitId::from_bytes([content; 20])), ..entry(name) }
}

fn bitmap(entries: &[BitmapEntry]) -> Bitmap {
    let mut bitmap = Bitmap::default();
    entries.iter().for_each(|entry| bitmap.insert(entry.clone()).unwrap());
    bitmap
}

fn merged(base: &[BitmapEntry], ours: &[BitmapEntry], theirs: &[BitmapEntry]) -> MergedBitmap {
    merge(&bitmap(base), &bitmap(ours), &bitmap(theirs), &|_, _| None)
}

#[track_caller]
fn clean(base: &[BitmapEntry], ours: &[BitmapEntry], theirs: &[BitmapEntry]) -> Vec<BitmapEntry> {
    let merged = merged(base, ours, theirs);
    assert_eq!(merged.conflicts, []);
    assert_eq!(merged.ours.to_text(), merged.theirs.to_text());
    Bitmap::parse(Path::new(".bitmap"), &merged.ours.to_text()).unwrap().entries().cloned().collect()
}

use std::path::Path;

fn one(entry: &BitmapEntry) -> &[BitmapEntry] {
    std::slice::from_ref(entry)
}

#[test]
fn different_components_never_conflict() {
    let (a, b, c) = (entry("a"), entry("b"), entry("c"));
    assert_eq!(clean(&[], one(&a), &[b.clone(), c.clone()]), [a.clone(), b.clone(), c.clone()]);
    let tagged_a = tagged("a", "1.0.0", 1);
    let base = [a.clone(), b.clone()];
    assert_eq!(clean(&base, &[tagged_a.clone(), b.clone()], std::slice::from_ref(&a)), [tagged_a]);
    assert_eq!(clean(&base, &base, &[b.clone(), c.clone()]), [b, c]);
}

#[test]
fn of_one_component_each_field_is_merged() {
    let base = tagged("a", "1.0.0", 1);
    let exported = BitmapEntry { scope: base.default_scope.clone(), default_scope: None, ..base.clone() };
    let mut other = tagged("a", "1.1.0", 2);
    other.main_file = "main.js".into();
    other.config.insert("x".into(), json!(1));
    other.scopes.push("user.fork".parse().unwrap());
    let expected = BitmapEntry { scope: exported.scope.clone(), default_scope: None, ..other.clone() };
    let merge = |ours: &BitmapEntry, theirs: &BitmapEntry| {
        clean(std::slice::from_ref(&base), std::slice::from_ref(ours), std::slice::from_ref(theirs))
    };
    assert_eq!(merge(&exported, &other), one(&expected));
    assert_eq!(merge(&other, &exported), [expected]);
}

#[test]
fn what_a_version_was_made_from_goes_with_it() {
    let base = tagged("a", "1.0.0", 1);
    let made_from = |number: &str, content: u8| {
        Some(Base { version: number.parse().unwrap(), commit: CommitId::from_bytes([content; 20]) })
    };
    let staged = BitmapEntry { base: made_from("1.0.0", 1), ..tagged("a", "1.1.0", 2) };
    let mut moved = base.clone();
    moved.root_dir = "elsewhere".into();
    let expected = BitmapEntry { root_dir: "elsewhere".into(), ..staged.clone() };
    assert_eq!(clean(one(&base), one(&staged), one(&moved)), one(&expected));
    assert_eq!(clean(one(&base), one(&moved), one(&staged)), one(&expected));
    // It was exported on one side.
    let exported = BitmapEntry { base: None, ..staged.clone() };
    let moved = expected.clone();
    let expected = BitmapEntry { base: None, ..expected };
    assert_eq!(clean(one(&staged), one(&exported), one(&moved)), one(&expected));
    assert_eq!(clean(one(&staged), one(&moved), one(&exported)), one(&expected));
}

#[test]
fn two_versions_are_decided_by_history_or_by_a_person() {
    let (base, ours, theirs) = (tagged("a", "1.0.0", 1), tagged("a", "1.0.1", 2), tagged("a", "1.1.0", 3));
    let sides = [[base], [ours.clone()], [theirs.clone()]].map(|side| bitmap(&side));
    let decided = |order: Option<Ordering>| merge(&sides[0], &sides[1], &sides[2], &|_, _| order);
    for (order, entry) in [(Ordering::Greater, ours), (Ordering::Less, theirs)] {
        let merged = decided(Some(order));
        assert_eq!((merged.conflicts.len(), merged.theirs.entries().next()), (0, Some(&entry)));
    }
    let open = decided(None);
    assert_eq!(open.conflicts[0].what, "it is 1.0.1 here and 1.1.0 there");
    assert!(open.ours.to_text().contains("1.0.1") && open.theirs.to_text().contains("1.1.0"));
    let lines = |text: String| text.lines().map(str::to_owned).collect::<Vec<_>>();
    let (ours, theirs) = (lines(open.ours.to_text()), lines(open.theirs.to_text()));
    assert_eq!(ours.iter().zip(&theirs).filter(|(one, other)| one != other).count(), 2, "version and commit, no more");
}

#[test]
fn what_a_person_must_decide_is_named() {
    let (a, changed) = (entry("a"), tagged("a", "1.0.0", 1));
    let conflict = |base: &[BitmapEntry], ours: &[BitmapEntry], theirs: &[BitmapEntry]| {
        merged(base, ours, theirs).conflicts.into_iter().map(|found| found.what).collect::<Vec<_>>().join("|")
    };
    assert_eq!(conflict(one(&a), &[], one(&changed)), "it was removed here and changed there");
    assert_eq!(conflict(one(&a), &[changed], &[]), "it was removed there and changed here");
    let with = |key: &str, value: i32| {
        let mut entry = entry("a");
        entry.config.insert(key.into(), json!(value));
        entry
    };
    assert_eq!(conflict(one(&a), &[with("x", 1)], &[with("x", 2)]), "both sides changed its settings (\"x\")");
    assert_eq!(conflict(one(&a), &[with("x", 1)], &[with("y", 2)]), "");
    let inside = BitmapEntry { root_dir: "b/inner".into(), ..entry("c") };
    let overlap = "its folder overlaps with that of a component of the other side";
    assert_eq!(conflict(&[], &[entry("b")], &[inside]), format!("{overlap}|{overlap}"));
}

#[test]
fn the_order_of_the_sides_does_not_matter() {
    let (a, b) = (tagged("a", "1.0.0", 1), entry("b"));
    let mut more = b.clone();
    more.unknown.insert("later".into(), json!([1]));
    let base = [a.clone(), b.clone()];
    let (one, other) = ([a.clone(), more], [tagged("a", "2.0.0", 2), b]);
    assert_eq!(clean(&base, &one, &other), clean(&base, &other, &one));
}
