//! Tagging, and taking versions back.

use super::{failure, usage};
use crate::model::{ComponentId, Version, VersionId, few, nearest};
use std::path::Path;

/// A kind of issue that nobody can tag in spite of.
pub fn issue_cannot_be_ignored(name: &str) -> anyhow::Error {
    failure(
        "issue-not-ignorable",
        format!("{name} can't be ignored: a version could not be written down with it"),
        "\"bit status\" says where it is and how to mend it",
    )
}

/// A word that names no kind of issue.
pub fn unknown_issue(name: &str, known: &[&str]) -> anyhow::Error {
    let hint = match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean {nearest}?"),
        None => format!("these can be ignored: {}", known.join(", ")),
    };
    failure("unknown-issue", format!("\"{}\" is no kind of issue", name.escape_debug()), hint)
}

/// Components that are to be tagged have issues.
pub fn issues_found(components: usize, lines: &[String], ignorable: &[&str]) -> anyhow::Error {
    let hint = match ignorable {
        [] => "mend them: a version could not be written down as they are".to_owned(),
        kinds => format!("mend them, or tag in spite of them: --ignore-issues {}", kinds.join(",")),
    };
    failure(
        "issues",
        format!("issues found with {components} component(s), nothing was tagged:\n{}", lines.join("\n")),
        hint,
    )
}

/// New components that a tag left out are needed by tagged ones.
pub fn dependency_left_out(pairs: &[(String, String)]) -> anyhow::Error {
    let lines: Vec<String> = pairs.iter().map(|(dependent, needed)| format!("  {dependent} needs {needed}")).collect();
    failure(
        "dependency-left-out",
        format!("this dependency was not included in the tag command, and has no version yet:\n{}", lines.join("\n")),
        "name it too, or tag all that is new: bit tag",
    )
}

/// A version that .bitmap names is not here.
pub fn import_pending(id: &str) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id} is not in the local scope: that version was tagged or exported elsewhere"),
        format!(
            "\"bit import\" brings it; if nobody exported it yet, ask who tagged it; if it is lost, \"bit reset {id}\" goes back to the version it was made from, and keeps the files"
        ),
    )
}

/// The other side of a merge is not here.
pub fn merged_version_not_here(id: &VersionId) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id}, which was merged into the files, is not in the local scope"),
        "\"bit import\" brings it; \"bit merge --abort --force\" forgets the merge, and keeps the files where it was made elsewhere",
    )
}

/// Nobody knows from which version the files of a lost one were made.
pub fn made_from_unknown(id: &VersionId) -> anyhow::Error {
    failure(
        "base-unknown",
        format!("{id} is not here, and .bitmap does not say from which exported version it was made"),
        format!(
            "say it: bit import {}@<version> --track-only; \"bit log {} --remote\" shows the versions",
            id.id, id.id
        ),
    )
}

/// `--track-only` without a version, where the files were made from another one than the newest.
pub fn made_from_another(id: &VersionId, newest: &Version) -> anyhow::Error {
    failure(
        "made-from-another",
        format!(
            "the files of {} were made from {}, which is not here, so they are not those of {newest}",
            id.id, id.version
        ),
        format!(
            "\"bit reset {0}\" goes back to the version it was made from, and keeps the files; or name the version that they are: bit import {0}@<version> --track-only",
            id.id
        ),
    )
}

/// A version that its scope lists is not here.
pub fn version_not_here(id: &VersionId) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id} is not in the local scope; its scope has it"),
        format!(
            "bit import --objects {id} brings it, and writes no files; \"bit import\" the newest of all components"
        ),
    )
}

/// One component, two numbers.
pub fn two_numbers(id: &ComponentId, one: &Version, other: &Version) -> anyhow::Error {
    usage("usage", format!("{id} can't be both {one} and {other}"), "name it with one of them")
}

/// `latest` or `head` where a number is needed.
pub fn version_expected(found: &str) -> anyhow::Error {
    failure("version-expected", format!("\"{found}\" is no version number"), "name one, such as button@1.0.1")
}

/// The number is taken. A maintenance version's must lie below the main line's newest; one that does, if there is any.
pub fn version_exists(id: &ComponentId, version: &Version, below: Option<&Version>) -> anyhow::Error {
    let hint = match below {
        None => "choose another number with --ver, or raise a higher one: --minor, --major".to_owned(),
        Some(free) => with_number(id, free),
    };
    failure("version-exists", format!("version {version} already exists for {id}"), hint)
}

fn with_number(id: &ComponentId, number: &Version) -> String {
    format!("name a number: bit tag {}@{number} --ignore-newest-version", id.name)
}

/// A maintenance version that everybody would get who asks for the latest.
pub fn maintenance_above_main_line(id: &VersionId, newest: &Version, free: Option<&Version>) -> anyhow::Error {
    let hint = match free {
        None => format!(
            "no number is free below {newest}: bring the change to the newest instead (bit checkout head {})",
            id.id.name
        ),
        Some(free) => with_number(&id.id, free),
    };
    failure(
        "maintenance-number",
        format!(
            "{id} would be a maintenance version with a higher number than the newest of the main line, {newest}, and so become the latest"
        ),
        hint,
    )
}

/// A number that a component could have instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreeNumber {
    /// The next one.
    Next(Version),
    /// One for a maintenance version.
    BelowMainLine(Version),
}

/// The next numbers of components that are only tagged along are taken.
pub fn dependent_version_exists(taken: &[(VersionId, Option<FreeNumber>)]) -> anyhow::Error {
    let line = |(id, _): &(VersionId, _)| {
        format!("version {} already exists for {}, a dependent that would be tagged along", id.version, id.id)
    };
    let lines: Vec<String> = taken.iter().map(line).collect();
    let named = taken.iter().filter_map(|(id, free)| match free {
        Some(FreeNumber::Next(free) | FreeNumber::BelowMainLine(free)) => Some(format!("{}@{free}", id.id.name)),
        None => None,
    });
    let mut ways = vec!["leave dependents alone (--skip-auto-tag)".to_owned()];
    if taken.iter().all(|(_, free)| matches!(free, Some(FreeNumber::Next(_)))) {
        ways.push("raise them higher (--auto-tag-increment minor)".to_owned());
    }
    let named: Vec<String> = named.collect();
    if named.len() == taken.len() {
        ways.push(format!("name them with numbers of their own: {}", named.join(" ")));
    }
    let hint = match ways.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{}, or {last}", before.join(", ")),
        _ => ways.concat(),
    };
    failure("version-exists", lines.join("\n"), hint)
}

/// A component's name where the word of a pre-release stands.
pub fn id_as_prerelease_word(word: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"{word}\" is a component: --prerelease would take it for the word in the number, and tag all"),
        format!("put ids first: bit tag {word} --prerelease; if it is the word: --prerelease --prerelease-id {word}"),
    )
}

/// The folder is at an older version than the main line.
pub fn newer_version_exists(id: &VersionId, newer: &Version) -> anyhow::Error {
    failure(
        "newer-version-exists",
        format!("a newer version exists: {id} was changed, but the newest one is {newer}"),
        format!(
            "bring the change to the newest (bit checkout head {0}), or make a maintenance version of the old one: bit tag {0} --ignore-newest-version",
            id.id.name
        ),
    )
}

/// The same, and the main line's newest is removed.
pub fn newer_version_removed(id: &VersionId, newer: &Version) -> anyhow::Error {
    failure(
        "newer-version-exists",
        format!("a newer version exists: {id} was changed, but the newest one is {newer}, which is removed"),
        format!("bit merge {} goes on from it, and takes nothing of it; then tag again", id.id.name),
    )
}

/// The same of a component that is removed as a whole.
pub fn newer_version_of_removed(id: &VersionId, newer: &Version) -> anyhow::Error {
    failure(
        "newer-version-exists",
        format!(
            "a newer version exists: {id} was changed, but the newest one is {newer}, and the component is removed"
        ),
        format!("bit recover {0} brings it back; then bit checkout head {0}, and tag again", id.id.name),
    )
}

/// A file is not what it was when the command began.
pub fn file_changed_meanwhile(path: &Path) -> anyhow::Error {
    failure(
        "file-changed",
        format!("{} changed while the command ran; nothing was tagged", path.display()),
        "run the same command again",
    )
}

/// There is no versions file of this name.
pub fn no_versions_file(path: &Path) -> anyhow::Error {
    failure(
        "no-versions-file",
        format!("there is no versions file {}", path.display()),
        "check its path; it holds one line for each component: \"component: version\"",
    )
}

/// A line of a versions file can't be read.
pub fn bad_versions_file(line: usize, text: &str) -> anyhow::Error {
    failure(
        "bad-versions-file",
        format!("line {line} of the versions file can't be read: \"{}\"", text.escape_debug()),
        "each line is \"component: version\"",
    )
}

/// A component has nothing to take back.
pub fn nothing_staged(id: &ComponentId) -> anyhow::Error {
    failure(
        "nothing-staged",
        format!("unable to reset {id}, it has no staged versions"),
        "\"bit status\" shows what is staged",
    )
}

/// An exported version can't be taken back.
pub fn already_exported(id: &VersionId) -> anyhow::Error {
    failure(
        "already-exported",
        format!("unable to reset {}, the version {} was exported already", id.id, id.version),
        "others may use it: tag a new version, or deprecate this one",
    )
}

/// There is no such version.
pub fn unknown_version(id: &ComponentId, version: &Version, known: &[String]) -> anyhow::Error {
    let hint = match known {
        [] => "it has no version yet".to_owned(),
        known => format!("known here: {}", known.join(", ")),
    };
    failure("unknown-version", format!("{id} doesn't have version {version}"), hint)
}

/// Other versions need the one that should go.
pub fn version_needed(version: &str, dependents: &[String], all: bool) -> anyhow::Error {
    const SHOWN: usize = 10;
    let (id, number) = version.rsplit_once('@').unwrap_or((version, ""));
    let shown = few(dependents, SHOWN).join(", ");
    failure(
        "version-needed",
        format!("unable to reset {id}, the version {number} has the following dependent(s) {shown}"),
        match all {
            true => "those are not staged, and stay; insist with --force",
            false => "take those back too (bit reset --all takes back all that is staged), or insist with --force",
        },
    )
}

/// A dependent that was tagged along with a merge would go alone.
pub fn half_of_a_merge(id: &VersionId, before: &VersionId, merge: &VersionId) -> anyhow::Error {
    failure(
        "half-of-a-merge",
        format!("unable to reset {id}: {before}, from which it goes on, has no number until {merge} goes too"),
        format!("take both back: bit reset {id} {merge}"),
    )
}

/// Two flags that contradict each other.
pub fn auto_tag_conflict() -> anyhow::Error {
    usage("usage", "you can use either --auto-tag-increment or --skip-auto-tag, but not both", "leave one of them out")
}

/// A version alone, where a component is needed.
pub fn version_of_nothing(version: &Version) -> anyhow::Error {
    usage(
        "usage",
        format!("{version} is a version, but of which component?"),
        format!(
            "\"bit reset --all {version}\" takes it back wherever it is staged, \"bit reset <id> {version}\" for one"
        ),
    )
}

/// No level of a version.
pub fn bad_level(flag: &str, found: &str, known: &[&str]) -> anyhow::Error {
    usage(
        "usage",
        format!("invalid {flag} level \"{}\", unable to increment", found.escape_debug()),
        format!("the levels are {}", known.join(", ")),
    )
}
