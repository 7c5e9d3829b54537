//! Two states of a component's files, joined by what both were made from: the decision for each file.

use super::places;
use crate::git::{FileMode, MergedText, Oid, Repo, TextSide, merge_texts};
use crate::scope::SourceFile;
use crate::source::text;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// What to do where both sides changed the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnConflict {
    /// Refuse: nothing is changed.
    #[default]
    Refuse,
    /// Both stay, with conflict markers between them.
    Mark,
    /// Our file stays.
    Ours,
    /// Their file comes.
    Theirs,
}

/// The files of three states, each sorted by path.
pub struct Sides<'a> {
    /// What both were made from; nothing where they have nothing in common.
    pub base: &'a [SourceFile],
    /// Those of the workspace.
    pub ours: &'a [SourceFile],
    /// Those of the other version.
    pub theirs: &'a [SourceFile],
}

/// What stands beside the conflict markers.
pub struct Labels {
    /// Beside our lines.
    pub ours: String,
    /// Beside theirs.
    pub theirs: String,
    /// Whose lines come first.
    pub first: First,
}

/// Whose lines come first between conflict markers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum First {
    /// Ours.
    Ours,
    /// Theirs.
    Theirs,
}

/// What becomes of a file that is not left as it is, or that both sides changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// From the component's folder.
    pub path: String,
    /// What is to stand there.
    pub result: Content,
    /// Why.
    pub why: Why,
}

/// What is to stand at a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// What stands there.
    Ours,
    /// A content that a version has.
    Stored(FileMode, Oid),
    /// A content that came out of the merge.
    Text(FileMode, Vec<u8>),
    /// Nothing.
    Nothing,
}

/// Why a file gets its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Only the other side changed it.
    Taken,
    /// Both changed it, in different places.
    Joined,
    /// Both changed it, and can't be joined.
    Conflict(Conflict),
    /// The other side of a file that can't be joined, put beside ours.
    Beside,
}

/// How the two sides of a file are in each other's way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Both changed the same lines.
    Lines,
    /// Both changed it, and it is no text.
    Binary,
    /// It was changed here, and removed there.
    RemovedThere,
    /// It was removed here, and changed there.
    RemovedHere,
    /// A file on one side, a folder of that name on the other.
    Places,
}

impl Conflict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Lines => "both sides changed the same lines",
            Self::Binary => "both sides changed it, and it is no text",
            Self::RemovedThere => "changed here, removed there",
            Self::RemovedHere => "removed here, changed there",
            Self::Places => "a file on one side, a folder on the other",
        }
    }
}

/// The name of the other side of a binary file, beside ours.
pub const BESIDE: &str = ".theirs";

/// Reads one of our files as a version would hold it.
pub type ReadOurs<'a> = &'a dyn Fn(&str) -> Result<Vec<u8>>;

/// Decides for every file. With [`OnConflict::Refuse`] conflicts are among the decisions, and leave ours.
pub fn join(
    repo: &Repo,
    sides: &Sides,
    read_ours: ReadOurs,
    labels: &Labels,
    on_conflict: OnConflict,
) -> Result<Vec<Decision>> {
    let joiner = Joiner { repo, read_ours, labels, on_conflict };
    let [base, ours, theirs] = [sides.base, sides.ours, sides.theirs].map(by_path);
    let paths: BTreeSet<&str> = base.keys().chain(ours.keys()).chain(theirs.keys()).copied().collect();
    let mut decisions = Vec::new();
    for path in paths {
        let [base, ours, theirs] = [&base, &ours, &theirs].map(|side| side.get(path).copied());
        decisions.extend(joiner.decide(path, base, ours, theirs)?);
    }
    Ok(places::settle(decisions, sides.ours, on_conflict))
}

/// Every file as the other version has it, whatever stands there.
pub fn replace(ours: &[SourceFile], theirs: &[SourceFile]) -> Vec<Decision> {
    let (ours, theirs) = (by_path(ours), by_path(theirs));
    let paths: BTreeSet<&str> = ours.keys().chain(theirs.keys()).copied().collect();
    let changed = paths.into_iter().filter(|path| ours.get(path) != theirs.get(path));
    changed
        .map(|path| Decision { path: path.to_owned(), result: stored(theirs.get(path).copied()), why: Why::Taken })
        .collect()
}

type File = (FileMode, Oid);

fn by_path(files: &[SourceFile]) -> BTreeMap<&str, File> {
    files.iter().map(|file| (file.path.as_str(), (file.mode, file.blob))).collect()
}

fn stored(file: Option<File>) -> Content {
    file.map_or(Content::Nothing, |(mode, blob)| Content::Stored(mode, blob))
}

struct Joiner<'a> {
    repo: &'a Repo,
    read_ours: ReadOurs<'a>,
    labels: &'a Labels,
    on_conflict: OnConflict,
}

impl Joiner<'_> {
    fn decide(
        &self,
        path: &str,
        base: Option<File>,
        ours: Option<File>,
        theirs: Option<File>,
    ) -> Result<Vec<Decision>> {
        if ours == theirs || theirs == base {
            return Ok(Vec::new());
        }
        let one = |result, why| vec![Decision { path: path.to_owned(), result, why }];
        Ok(match (ours, theirs) {
            _ if ours == base => one(stored(theirs), Why::Taken),
            (Some(ours), Some(theirs)) => self.decide_content(path, base, ours, theirs)?,
            (_, None) => self.in_the_way(path, Conflict::RemovedThere, Content::Ours, theirs),
            (None, Some(_)) => self.in_the_way(path, Conflict::RemovedHere, stored(theirs), theirs),
        })
    }

    /// Both sides have the file, and both changed something of it.
    fn decide_content(&self, path: &str, base: Option<File>, ours: File, theirs: File) -> Result<Vec<Decision>> {
        let mode = joined_mode(base.map(|(mode, _)| mode), ours.0, theirs.0);
        let one = |result, why| Ok(vec![Decision { path: path.to_owned(), result, why }]);
        let base_blob = base.map(|(_, blob)| blob);
        if theirs.1 == ours.1 || Some(theirs.1) == base_blob {
            return if mode == ours.0 { Ok(Vec::new()) } else { one(Content::Stored(mode, ours.1), Why::Joined) };
        }
        if Some(ours.1) == base_blob {
            return one(Content::Stored(mode, theirs.1), Why::Joined);
        }
        let base_bytes = base_blob.map(|blob| self.repo.blob(blob)).transpose()?.unwrap_or_default();
        let (our_bytes, their_bytes) = ((self.read_ours)(path)?, self.repo.blob(theirs.1)?);
        if ![&base_bytes, &our_bytes, &their_bytes].into_iter().all(|bytes| text::is_text(bytes)) {
            return Ok(self.binary(path, (mode, theirs.1)));
        }
        let merged = self.merge(&base_bytes, &our_bytes, &their_bytes)?;
        match merged.is_clean {
            true => one(Content::Text(mode, merged.bytes), Why::Joined),
            false => {
                Ok(self.in_the_way(path, Conflict::Lines, Content::Text(mode, merged.bytes), Some((mode, theirs.1))))
            }
        }
    }

    fn merge(&self, base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<MergedText> {
        let ours = TextSide { label: &self.labels.ours, bytes: ours };
        let theirs = TextSide { label: &self.labels.theirs, bytes: theirs };
        match self.labels.first {
            First::Ours => merge_texts(base, ours, theirs),
            First::Theirs => merge_texts(base, theirs, ours),
        }
    }

    /// What has no lines can have no markers: their file is put beside ours.
    fn binary(&self, path: &str, theirs: File) -> Vec<Decision> {
        let mut decisions = self.in_the_way(path, Conflict::Binary, Content::Ours, Some(theirs));
        if self.on_conflict == OnConflict::Mark {
            decisions.push(Decision {
                path: format!("{path}{BESIDE}"),
                result: Content::Stored(theirs.0, theirs.1),
                why: Why::Beside,
            });
        }
        decisions
    }

    /// A conflict, settled as was asked for. `both` is what stands there where nobody decided.
    fn in_the_way(&self, path: &str, conflict: Conflict, both: Content, theirs: Option<File>) -> Vec<Decision> {
        let result = match self.on_conflict {
            OnConflict::Refuse | OnConflict::Ours => Content::Ours,
            OnConflict::Mark => both,
            OnConflict::Theirs => stored(theirs),
        };
        vec![Decision { path: path.to_owned(), result, why: Why::Conflict(conflict) }]
    }
}

/// The mode that one side changed. Two new files, one of them executable: so is the result.
fn joined_mode(base: Option<FileMode>, ours: FileMode, theirs: FileMode) -> FileMode {
    match base {
        Some(base) if ours == base => theirs,
        Some(_) => ours,
        None if theirs == FileMode::Executable => theirs,
        None => ours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{Kind, PackWriter, RawObject};

    /// `None`: no such file. A text with a NUL is no text; one that begins with `!` is executable.
    type Three = [Option<&'static str>; 3];

    fn decide(three: Three, on_conflict: OnConflict) -> Vec<(String, String, Why)> {
        let folder = tempfile::tempdir().unwrap();
        let repo = Repo::init_bare(&folder.path().join("git"), folder.path()).unwrap();
        let mut pack = PackWriter::new(&repo).unwrap();
        let mut file = |text: Option<&str>| -> Vec<SourceFile> {
            let Some(text) = text else { return Vec::new() };
            let object = RawObject::new(Kind::Blob, text.as_bytes().to_vec());
            let blob = object.oid;
            pack.add(vec![object]).unwrap();
            let mode = if text.starts_with('!') { FileMode::Executable } else { FileMode::Regular };
            vec![SourceFile { path: "f".into(), mode, blob }]
        };
        let [base, ours, theirs] = three.map(&mut file);
        pack.finish().unwrap();
        let read = |_: &str| Ok(three[1].unwrap().as_bytes().to_vec());
        let labels = Labels { ours: "here".into(), theirs: "there".into(), first: First::Ours };
        let sides = Sides { base: &base, ours: &ours, theirs: &theirs };
        let text = |content: Content| match content {
            Content::Ours => "ours".to_owned(),
            Content::Nothing => "nothing".to_owned(),
            Content::Stored(_, blob) => String::from_utf8(repo.blob(blob).unwrap()).unwrap(),
            Content::Text(_, bytes) => String::from_utf8(bytes).unwrap(),
        };
        let decisions = join(&repo, &sides, &read, &labels, on_conflict).unwrap();
        decisions.into_iter().map(|one| (one.path, text(one.result), one.why)).collect()
    }

    fn one(three: Three, on_conflict: OnConflict) -> (String, Why) {
        let mut decisions = decide(three, on_conflict);
        assert_eq!(decisions.len(), 1, "{decisions:?}");
        let (_, text, why) = decisions.remove(0);
        (text, why)
    }

    #[test]
    fn what_only_one_side_changed_is_no_conflict() {
        use OnConflict::Refuse;
        for nothing_to_do in [
            [Some("a"), Some("a"), Some("a")],
            [Some("a"), Some("b"), Some("a")],
            [Some("a"), None, Some("a")],
            [None, Some("a"), None],
            [Some("a"), Some("b"), Some("b")],
            [Some("a"), None, None],
            [None, Some("b"), Some("b")],
        ] {
            assert_eq!(decide(nothing_to_do, Refuse), [], "{nothing_to_do:?}");
        }
        assert_eq!(one([Some("a"), Some("a"), Some("b")], Refuse), ("b".into(), Why::Taken));
        assert_eq!(one([Some("a"), Some("a"), None], Refuse), ("nothing".into(), Why::Taken));
        assert_eq!(one([None, None, Some("b")], Refuse), ("b".into(), Why::Taken));
        assert_eq!(one([Some("a\nb\nc\n"), Some("A\nb\nc\n"), Some("a\nb\nC\n")], Refuse).1, Why::Joined);
    }

    #[test]
    fn a_conflict_is_settled_as_was_asked_for() {
        use OnConflict::{Mark, Ours, Refuse, Theirs};
        let lines: Three = [Some("a\n"), Some("b\n"), Some("c\n")];
        let marked = "<<<<<<< here\nb\n=======\nc\n>>>>>>> there\n";
        for (on_conflict, text) in [(Refuse, "ours"), (Mark, marked), (Ours, "ours"), (Theirs, "c\n")] {
            assert_eq!(one(lines, on_conflict), (text.into(), Why::Conflict(Conflict::Lines)));
            // Both added it.
            assert_eq!(one([None, lines[1], lines[2]], on_conflict), (text.into(), Why::Conflict(Conflict::Lines)));
        }
        for (on_conflict, text) in [(Refuse, "ours"), (Mark, "ours"), (Ours, "ours"), (Theirs, "nothing")] {
            let removed_there = one([Some("a"), Some("b"), None], on_conflict);
            assert_eq!(removed_there, (text.into(), Why::Conflict(Conflict::RemovedThere)));
        }
        for (on_conflict, text) in [(Refuse, "ours"), (Mark, "c"), (Ours, "ours"), (Theirs, "c")] {
            let removed_here = one([Some("a"), None, Some("c")], on_conflict);
            assert_eq!(removed_here, (text.into(), Why::Conflict(Conflict::RemovedHere)));
        }
    }

    #[test]
    fn of_what_is_no_text_both_stay() {
        let binary: Three = [Some("a\0"), Some("b\0"), Some("c\0")];
        let conflict = Why::Conflict(Conflict::Binary);
        let both = decide(binary, OnConflict::Mark);
        assert_eq!(both, [("f".into(), "ours".into(), conflict), ("f.theirs".into(), "c\0".into(), Why::Beside)]);
        assert_eq!(one(binary, OnConflict::Theirs), ("c\0".into(), conflict));
        assert_eq!(one(binary, OnConflict::Ours), ("ours".into(), conflict));
    }

    #[test]
    fn mode_and_content_are_joined_apart() {
        let (regular, executable) = (FileMode::Regular, FileMode::Executable);
        assert_eq!(joined_mode(Some(regular), regular, executable), executable);
        assert_eq!(joined_mode(Some(regular), executable, regular), executable);
        assert_eq!(joined_mode(Some(executable), regular, executable), regular);
        assert_eq!(joined_mode(None, regular, executable), executable);
    }
}
