//! A version once more, under another id or with other dependencies. Who wrote it, when, with which words and files
//! stays, so the same version rewritten in the same way is the same commit on every machine.

use super::StoredVersion;
use super::version::{MANIFEST, PACKAGE_JSON, TRAILER_ID, TRAILER_ORIGIN};
use crate::git::{FileMode, Kind, Oid, RawObject, Repo, TreeFile, commit_id, edit_tree, oid};
use crate::model::{CommitId, Manifest, Origin, VersionId};
use anyhow::Result;
use std::collections::BTreeMap;

/// What a version is to say instead.
pub struct Rewritten<'a> {
    /// The version as it is.
    pub original: &'a StoredVersion,
    /// Its new manifest.
    pub manifest: &'a Manifest,
    /// Its new package.json; none where it has none.
    pub package_json: Option<String>,
    /// Its other files that are not what they were.
    pub files: &'a [TreeFile],
    /// The versions it was made from, rewritten where they were.
    pub parents: &'a [CommitId],
    /// Where it comes from, if it is a copy.
    pub origin: Option<&'a Origin>,
}

impl Rewritten<'_> {
    /// Makes the objects that are new, except the blobs of changed files, and returns the version as it is then. Every
    /// other file stays byte for byte.
    pub fn write(self, repo: &Repo, out: &mut Vec<RawObject>) -> Result<StoredVersion> {
        let files = self.files.iter().map(|file| (file.path.as_str(), (file.mode, file.blob)));
        let mut changes: BTreeMap<&str, (FileMode, Oid)> = files.collect();
        let texts = [(MANIFEST, Some(self.manifest.to_json())), (PACKAGE_JSON, self.package_json)];
        for (path, text) in texts.into_iter().filter_map(|(path, text)| Some((path, text?))) {
            let blob = RawObject::new(Kind::Blob, text.into_bytes());
            changes.insert(path, (FileMode::Regular, blob.oid));
            out.push(blob);
        }
        let tree = edit_tree(repo, Some(self.original.tree), &changes, out)?;
        let original = repo.commit_bytes(oid(self.original.commit))?;
        let text = commit_bytes(&original, tree, self.parents, &self.manifest.id(), self.origin);
        let commit = RawObject::new(Kind::Commit, text);
        let commit_id = commit_id(commit.oid);
        out.push(commit);
        Ok(StoredVersion {
            commit: commit_id,
            parents: self.parents.to_vec(),
            manifest: Box::new(self.manifest.clone()),
            origin: self.origin.or(self.original.origin.as_ref()).cloned(),
            tree,
            ..self.original.clone()
        })
    }
}

/// What a commit's header says of its content, which is another now; a signature of it holds no longer.
const REPLACED: [&[u8]; 5] = [b"tree", b"parent", b"gpgsig", b"gpgsig-sha256", b"mergetag"];

fn commit_bytes(original: &[u8], tree: Oid, parents: &[CommitId], id: &VersionId, origin: Option<&Origin>) -> Vec<u8> {
    let end = find(original, b"\n\n").map_or(original.len(), |at| at + 1);
    let (header, message) = (&original[..end], original.get(end + 1..).unwrap_or_default());
    let mut text = format!("tree {tree}\n").into_bytes();
    for parent in parents {
        text.extend_from_slice(format!("parent {parent}\n").as_bytes());
    }
    let mut is_kept = true;
    for line in header.split_inclusive(|&byte| byte == b'\n') {
        // A line that begins with a space continues the one before.
        if !line.starts_with(b" ") {
            let key = line.split(|&byte| byte == b' ').next().unwrap_or_default();
            is_kept = !REPLACED.contains(&key);
        }
        if is_kept {
            text.extend_from_slice(line);
        }
    }
    text.push(b'\n');
    text.extend_from_slice(&with_id(message, id, origin));
    text
}

/// The message with another id in its trailer, and of a copy with its origin beside it. Only the last paragraph holds
/// trailers: a person may write such words.
fn with_id(message: &[u8], id: &VersionId, origin: Option<&Origin>) -> Vec<u8> {
    let trimmed = message.trim_ascii_end();
    let last = trimmed.windows(2).rposition(|two| two == b"\n\n").map_or(0, |at| at + 2);
    let (body, trailers) = message.split_at(last);
    let is = |line: &[u8], key: &str| line.starts_with(format!("{key}: ").as_bytes());
    let mut text = body.to_vec();
    for line in trailers.split_inclusive(|&byte| byte == b'\n') {
        if is(line, TRAILER_ID) {
            text.extend_from_slice(format!("{TRAILER_ID}: {id}\n").as_bytes());
            if let Some(Origin { id, commit }) = origin {
                text.extend_from_slice(format!("{TRAILER_ORIGIN}: {id} {commit}\n").as_bytes());
            }
        } else if origin.is_none() || !is(line, TRAILER_ORIGIN) {
            text.extend_from_slice(line);
        }
    }
    text
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|found| found == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_dates_and_words_stay_and_the_signature_goes() {
        let original = b"tree 1111111111111111111111111111111111111111\n\
            parent 2222222222222222222222222222222222222222\n\
            author \xc4da <a@b> 1 +0100\ncommitter Bob <b@b> 2 -0300\ngpgsig -----BEGIN\n \n abc\n -----END\n\
            encoding ISO-8859-1\n\nsch\xf6n\n\nBit-Id: no/trailer@1.0.0\n\nBit-Id: my-scope/c@1.0.0\nBit-Line: maintenance\n";
        let tree = Oid::from_bytes(&[0xaa; 20]).unwrap();
        let parents = [CommitId::from_bytes([0xbb; 20])];
        let text = commit_bytes(original, tree, &parents, &"my-org.ui/c@1.0.0".parse().unwrap(), None);
        let expected: &[u8] = b"tree aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n\
            parent bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n\
            author \xc4da <a@b> 1 +0100\ncommitter Bob <b@b> 2 -0300\n\
            encoding ISO-8859-1\n\nsch\xf6n\n\nBit-Id: no/trailer@1.0.0\n\nBit-Id: my-org.ui/c@1.0.0\nBit-Line: maintenance\n";
        assert_eq!(String::from_utf8_lossy(&text), String::from_utf8_lossy(expected));
        assert_eq!(text, expected);
    }
    #[test]
    fn a_copy_says_where_it_comes_from_and_a_copy_of_a_copy_too() {
        let origin =
            |id: &str, digit: u8| Origin { id: id.parse().unwrap(), commit: CommitId::from_bytes([digit; 20]) };
        let first = with_id(
            b"Bit-Origin: a person's words\n\nBit-Id: s/c@1.0.0\nBit-Line: maintenance\n",
            &"t/c@1.0.0".parse().unwrap(),
            Some(&origin("s/c@1.0.0", 0x11)),
        );
        let expected = format!(
            "Bit-Origin: a person's words\n\nBit-Id: t/c@1.0.0\nBit-Origin: s/c@1.0.0 {}\nBit-Line: maintenance\n",
            "11".repeat(20)
        );
        assert_eq!(String::from_utf8_lossy(&first), expected);
        let second = with_id(&first, &"u/c@2.0.0".parse().unwrap(), Some(&origin("t/c@1.0.0", 0x22)));
        let expected = expected.replace("t/c@1.0.0", "u/c@2.0.0").replace(&"11".repeat(20), &"22".repeat(20));
        assert_eq!(String::from_utf8_lossy(&second), expected.replace("Bit-Origin: s/", "Bit-Origin: t/"));
    }
}
