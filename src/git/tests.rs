//! Plain git is the judge of what we write.

use super::command::Git;
use super::*;
use std::path::Path;

fn git(repo: &Path, arguments: &[&str]) -> String {
    let git_dir = format!("--git-dir={}", repo.display());
    let output = Git::new([git_dir.as_str()].iter().chain(arguments).copied()).output().unwrap();
    assert!(output.success, "git {arguments:?}: {}", output.stderr);
    output.stdout
}

fn sample() -> (tempfile::TempDir, Repo) {
    let folder = tempfile::tempdir().unwrap();
    let repo = Repo::init_bare(folder.path(), folder.path()).unwrap();
    (folder, repo)
}

pub(super) fn write_commit(repo: &Repo, files: &[(&str, FileMode, Vec<u8>)], parent: Option<Oid>) -> Oid {
    let mut objects = Vec::new();
    let mut tree = TreeBuilder::default();
    for (path, mode, content) in files {
        let blob = RawObject::new(Kind::Blob, content.clone());
        tree.add(path, *mode, blob.oid);
        objects.push(blob);
    }
    let tree = tree.write(&mut objects).unwrap();
    let parent = parent.map(|parent| format!("parent {parent}\n")).unwrap_or_default();
    let who = "A <a@b.c> 1700000000 +0100";
    let text = format!("tree {tree}\n{parent}author {who}\ncommitter {who}\n\nx\n");
    let commit = RawObject::new(Kind::Commit, text.into_bytes());
    let oid = commit.oid;
    objects.push(commit);
    let mut pack = PackWriter::new(repo).unwrap();
    pack.add(objects).unwrap();
    pack.finish().unwrap();
    oid
}

#[test]
fn a_pack_is_what_git_expects() {
    let (folder, repo) = sample();
    // Content that compresses badly, well, and not at all; names whose order differs for files and folders.
    let noise: Vec<u8> = (0..200_000u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect();
    let files = [
        ("a.txt", FileMode::Regular, b"a".to_vec()),
        ("a/b", FileMode::Executable, noise),
        ("a/c d\n\"e", FileMode::Regular, Vec::new()),
        ("a-b", FileMode::Regular, vec![b'x'; 3_000_000]),
    ];
    let commit = write_commit(&repo, &files, None);
    RefTable::apply(&repo, &[RefEdit { name: "refs/tags/s/c@1.0.0".into(), old: None, new: Some(commit) }]).unwrap();
    git(folder.path(), &["fsck", "--full", "--strict"]);
    assert_eq!(git(folder.path(), &["show", "s/c@1.0.0:a.txt"]), "a");
    let read = repo.files(repo.commit(commit).unwrap().tree).unwrap();
    assert_eq!(read.len(), 4);
    for file in read {
        let (_, mode, content) = files.iter().find(|(path, ..)| *path == file.path).unwrap();
        assert_eq!((repo.blob(file.blob).unwrap().as_slice(), file.mode), (content.as_slice(), *mode));
    }
}

#[test]
fn an_object_is_in_a_pack_once_and_an_empty_pack_is_not_written() {
    let (folder, repo) = sample();
    let blob = || RawObject::new(Kind::Blob, b"a".to_vec());
    let mut pack = PackWriter::new(&repo).unwrap();
    pack.add(vec![blob(), blob()]).unwrap();
    pack.add(vec![blob()]).unwrap();
    pack.finish().unwrap();
    assert!(git(folder.path(), &["count-objects", "-v"]).contains("in-pack: 1\npacks: 1"));
    PackWriter::new(&repo).unwrap().finish().unwrap();
    assert_eq!((repo.pack_count(), std::fs::read_dir(folder.path().join("objects/pack")).unwrap().count()), (1, 2));
}

#[test]
fn refs_change_together_or_not_at_all() {
    let (folder, repo) = sample();
    let commit = write_commit(&repo, &[("a", FileMode::Regular, b"a".to_vec())], None);
    let edit = |name: &str, old: Option<Oid>, new: Option<Oid>| RefEdit { name: name.into(), old, new };
    // A loose ref and an annotated tag, made by plain git.
    git(folder.path(), &["update-ref", "refs/tags/s/loose@1.0.0", &commit.to_string()]);
    git(
        folder.path(),
        &["-c", "user.name=a", "-c", "user.email=b", "tag", "-a", "-m", "x", "s/signed@1.0.0", &commit.to_string()],
    );

    RefTable::apply(
        &repo,
        &[edit("refs/tags/s/a@1.0.0", None, Some(commit)), edit("refs/tags/s/b@1.0.0", None, Some(commit))],
    )
    .unwrap();
    let shown = git(folder.path(), &["for-each-ref", "--format=%(refname) %(objecttype) %(*objectname)"]);
    let expected = format!(
        "refs/tags/s/a@1.0.0 commit \nrefs/tags/s/b@1.0.0 commit \nrefs/tags/s/loose@1.0.0 commit \nrefs/tags/s/signed@1.0.0 tag {commit}\n"
    );
    assert_eq!(shown, expected);

    let wrong = [edit("refs/tags/s/loose@1.0.0", Some(commit), None), edit("refs/tags/s/a@1.0.0", None, Some(commit))];
    assert!(RefTable::apply(&repo, &wrong).is_err());
    assert_eq!(git(folder.path(), &["for-each-ref", "--format=%(refname) %(objecttype) %(*objectname)"]), expected);

    RefTable::apply(&repo, &[edit("refs/tags/s/loose@1.0.0", Some(commit), None)]).unwrap();
    assert!(!git(folder.path(), &["tag", "-l"]).contains("loose"));
    assert_eq!(RefTable::read(&repo).unwrap().get("refs/tags/s/signed@1.0.0").unwrap().peeled, Some(commit));
    git(folder.path(), &["fsck", "--full", "--strict"]);
}

#[test]
fn a_foreign_lock_is_respected() {
    let (folder, repo) = sample();
    let commit = write_commit(&repo, &[("a", FileMode::Regular, b"a".to_vec())], None);
    std::fs::write(folder.path().join("packed-refs.lock"), "").unwrap();
    let edit = RefEdit { name: "refs/tags/s/a@1.0.0".into(), old: None, new: Some(commit) };
    let error = RefTable::apply(&repo, std::slice::from_ref(&edit)).unwrap_err();
    assert!(error.to_string().contains("packed-refs.lock"), "{error}");
    RefTable::remove_stale_lock(&repo).unwrap();
    RefTable::apply(&repo, &[edit]).unwrap();
}

#[test]
fn editing_a_tree_keeps_what_it_does_not_know() {
    let (folder, repo) = sample();
    let theirs = tempfile::tempdir().unwrap();
    std::fs::create_dir(theirs.path().join("a")).unwrap();
    std::fs::write(theirs.path().join("a/b.json"), "1").unwrap();
    std::fs::write(theirs.path().join("a.b"), "2").unwrap();
    std::os::unix::fs::symlink("elsewhere", theirs.path().join("link")).unwrap();
    let work_tree = format!("--work-tree={}", theirs.path().display());
    git(folder.path(), &[&work_tree, "-c", "core.bare=false", "add", "--all"]);
    let base = Oid::from_str(git(folder.path(), &["write-tree"]).trim()).unwrap();
    repo.refresh().unwrap();

    let blob = RawObject::new(Kind::Blob, b"new".to_vec());
    let changes = [
        ("a/c.json", (FileMode::Regular, blob.oid)),
        ("a-", (FileMode::Regular, blob.oid)),
        ("x/y/z", (FileMode::Regular, blob.oid)),
    ];
    let mut out = vec![blob];
    let edited = edit_tree(&repo, Some(base), &changes.into(), &mut out).unwrap();
    let mut pack = PackWriter::new(&repo).unwrap();
    pack.add(out).unwrap();
    pack.finish().unwrap();
    let shown = git(folder.path(), &["ls-tree", "-r", "--format=%(objectmode) %(path)", &edited.to_string()]);
    assert_eq!(shown, "100644 a-\n100644 a.b\n100644 a/b.json\n100644 a/c.json\n120000 link\n100644 x/y/z\n");
    git(folder.path(), &["fsck", "--full", "--strict"]);
}
