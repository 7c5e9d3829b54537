use super::*;
use crate::model::fingerprint;

fn key(number: u64) -> Key {
    fingerprint(&number.to_le_bytes())
}

fn secret() -> Option<Secret> {
    Some(Secret::of_test(1))
}

fn remember(folder: &Path, bounds: Bounds, numbers: std::ops::Range<u64>) {
    let results = Results::open_with(folder, secret(), bounds);
    numbers.for_each(|number| results.put(key(number), vec![number as u8; 100]));
    results.save();
}

#[test]
fn what_was_remembered_is_found_again() {
    let folder = tempfile::tempdir().unwrap();
    remember(folder.path(), BOUNDS, 0..3);
    remember(folder.path(), BOUNDS, 3..6);
    let results = Results::open(folder.path(), secret());
    assert!((0..6).all(|number| results.get(&key(number)) == Some(vec![number as u8; 100])));
    assert_eq!(results.get(&key(6)), None);
    assert_eq!(Results::open(&folder.path().join("absent"), secret()).get(&key(0)), None);
}

#[test]
fn what_somebody_else_wrote_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    remember(folder.path(), BOUNDS, 0..3);
    for other in [Some(Secret::of_test(2)), None] {
        let results = Results::open(folder.path(), other);
        assert!((0..3).all(|number| results.get(&key(number)).is_none()));
        results.put(key(9), b"mine".to_vec());
        results.save();
    }
    let mine = Results::open(folder.path(), Some(Secret::of_test(2)));
    assert_eq!(mine.get(&key(9)).as_deref(), Some(&b"mine"[..]));
    assert_eq!(Results::open(folder.path(), secret()).get(&key(9)), None);
}

#[test]
fn what_is_damaged_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    remember(folder.path(), BOUNDS, 0..4);
    let [path] = &files_in(folder.path())[..] else { panic!("one file") };
    let whole = fs::read(path).unwrap();
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        fs::write(path, &damaged).unwrap();
        let results = Results::open(folder.path(), secret());
        let found = (0..4).filter_map(|number| Some((number, results.get(&key(number))?)));
        assert!(found.into_iter().all(|(number, content)| content == [number as u8; 100]), "byte {at}");
    }
    for length in 0..whole.len() {
        fs::write(path, &whole[..length]).unwrap();
        assert_eq!(Results::open(folder.path(), secret()).get(&key(3)), None, "{length} bytes");
    }
    // What can't be read at all, the next one that writes takes away; else what was built again counts.
    fs::write(path, &whole[..30]).unwrap();
    remember(folder.path(), BOUNDS, 4..5);
    let [path] = &files_in(folder.path())[..] else { panic!("one file") };
    let mut damaged = fs::read(path).unwrap();
    *damaged.last_mut().unwrap() ^= 1;
    fs::write(path, damaged).unwrap();
    remember(folder.path(), BOUNDS, 3..5);
    assert!((3..5).all(|number| Results::open(folder.path(), secret()).get(&key(number)).is_some()));
}

#[test]
fn few_files_stay_and_the_newest_results() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { size: 4000, files: 3, ..BOUNDS };
    for number in 0..20 {
        remember(folder.path(), bounds, number..number + 1);
        std::thread::sleep(Duration::from_millis(2));
    }
    let results = Results::open(folder.path(), secret());
    assert!(results.files.len() <= 4 && (0..20).all(|number| results.get(&key(number)).is_some()));
    for number in 20..80 {
        remember(folder.path(), bounds, number..number + 1);
        std::thread::sleep(Duration::from_millis(2));
    }
    let results = Results::open(folder.path(), secret());
    let size: u64 = results.files.iter().map(|stored| stored.size).sum();
    assert!(size <= 4000 && results.get(&key(79)).is_some() && results.get(&key(0)).is_none(), "{size}");
}

#[test]
fn what_nobody_asks_for_goes_and_what_is_asked_for_stays() {
    let folder = tempfile::tempdir().unwrap();
    let bounds = Bounds { age: Duration::from_millis(400), ..BOUNDS };
    remember(folder.path(), bounds, 0..2);
    std::thread::sleep(Duration::from_millis(200));
    let results = Results::open_with(folder.path(), secret(), bounds);
    assert!(results.get(&key(1)).is_some());
    results.save();
    std::thread::sleep(Duration::from_millis(250));
    remember(folder.path(), bounds, 2..3);
    let results = Results::open_with(folder.path(), secret(), bounds);
    assert!(results.get(&key(1)).is_some() && results.get(&key(0)).is_none());
}
