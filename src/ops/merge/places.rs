//! A file on one side, and a folder of that name on the other: only one of the two can stand there.

use super::three_way::{BESIDE, Conflict, Content, Decision, OnConflict, Why};
use crate::scope::SourceFile;
use std::collections::{BTreeMap, BTreeSet};

/// A file that would come, and those of ours with which it can't be there.
struct Clash {
    path: String,
    ours: Vec<String>,
}

/// Settles the decisions about files that can't stand beside files of ours, as was asked for.
pub(super) fn settle(decisions: Vec<Decision>, ours: &[SourceFile], on_conflict: OnConflict) -> Vec<Decision> {
    let clashes = clashes(&decisions, ours);
    if clashes.is_empty() {
        return decisions;
    }
    let mut settled: BTreeMap<String, Decision> =
        decisions.into_iter().map(|decision| (decision.path.clone(), decision)).collect();
    let mut decide = |path: &str, result: Content, why: Why| -> Option<Content> {
        let decision = Decision { path: path.to_owned(), result, why };
        settled.insert(path.to_owned(), decision).map(|before| before.result)
    };
    let conflict = Why::Conflict(Conflict::Places);
    for Clash { path, ours } in &clashes {
        if on_conflict == OnConflict::Theirs {
            for ours in ours {
                decide(ours, Content::Nothing, conflict);
            }
            continue;
        }
        let theirs = decide(path, Content::Ours, conflict);
        if let (OnConflict::Mark, Some(theirs)) = (on_conflict, theirs) {
            decide(&beside(path, &ours[0]), theirs, Why::Beside);
        }
    }
    settled.into_values().collect()
}

fn clashes(decisions: &[Decision], ours: &[SourceFile]) -> Vec<Clash> {
    let goes = |path: &str| decisions.iter().any(|one| one.path == path && one.result == Content::Nothing);
    let is_ours = |path: &str| ours.iter().any(|file| file.path == path);
    let comes = |decision: &&Decision| {
        matches!(decision.result, Content::Stored(..) | Content::Text(..)) && !is_ours(&decision.path)
    };
    let all: BTreeSet<&str> = ours.iter().map(|file| file.path.as_str()).collect();
    let mut clashes = Vec::new();
    for Decision { path, .. } in decisions.iter().filter(comes) {
        let inside = format!("{path}/");
        let above = path.match_indices('/').filter_map(|(at, _)| all.get(&path[..at]).copied());
        let below = all.range(inside.as_str()..).copied().take_while(|ours| ours.starts_with(&inside));
        let ours: Vec<String> = above.chain(below).filter(|ours| !goes(ours)).map(str::to_owned).collect();
        if !ours.is_empty() {
            clashes.push(Clash { path: path.clone(), ours });
        }
    }
    clashes
}

/// Where their file is put: beside our file that has the name of one of its folders, or beside our folder.
fn beside(path: &str, ours: &str) -> String {
    match path.strip_prefix(ours) {
        Some(rest) => format!("{ours}{BESIDE}{rest}"),
        None => format!("{path}{BESIDE}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::{FileMode, hash_blob};

    fn ours(paths: &[&str]) -> Vec<SourceFile> {
        let file = |path: &&str| SourceFile { path: (*path).into(), mode: FileMode::Regular, blob: hash_blob(b"ours") };
        paths.iter().map(file).collect()
    }

    fn taken(path: &str, result: Content) -> Decision {
        Decision { path: path.into(), result, why: Why::Taken }
    }

    fn theirs() -> Content {
        Content::Stored(FileMode::Regular, hash_blob(b"theirs"))
    }

    #[test]
    fn where_a_file_goes_another_may_stand() {
        let decisions = vec![taken("x", Content::Nothing), taken("x/y", theirs())];
        assert_eq!(settle(decisions.clone(), &ours(&["x"]), OnConflict::Refuse), decisions);
        let decisions = vec![taken("x", theirs()), taken("x-y", theirs())];
        assert_eq!(settle(decisions.clone(), &ours(&["x", "x-z/a"]), OnConflict::Refuse), decisions);
    }

    #[test]
    fn a_file_and_a_folder_are_settled_as_was_asked_for() {
        let clash = |path: &str, result| Decision { path: path.into(), result, why: Why::Conflict(Conflict::Places) };
        for (theirs_path, our_paths, put) in
            [("x/y/z", &["x"][..], "x.theirs/y/z"), ("x", &["x/a", "x/b"][..], "x.theirs")]
        {
            let settled = |on_conflict| settle(vec![taken(theirs_path, theirs())], &ours(our_paths), on_conflict);
            let kept = clash(theirs_path, Content::Ours);
            assert_eq!(settled(OnConflict::Refuse), std::slice::from_ref(&kept));
            assert_eq!(settled(OnConflict::Ours), std::slice::from_ref(&kept));
            let beside = Decision { path: put.into(), result: theirs(), why: Why::Beside };
            assert!(settled(OnConflict::Mark).contains(&kept) && settled(OnConflict::Mark).contains(&beside));
            let taken_over = settled(OnConflict::Theirs);
            assert!(our_paths.iter().all(|ours| taken_over.contains(&clash(ours, Content::Nothing))));
            assert!(taken_over.contains(&taken(theirs_path, theirs())));
        }
    }
}
