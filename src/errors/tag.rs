//! Tagging, and taking versions back.

use super::{failure, usage};
use crate::model::{ComponentId, Version, VersionId, nearest};
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
        "\"bit import\" brings it; if nobody exported it yet, ask who tagged it",
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

/// The number is taken.
pub fn version_exists(id: &ComponentId, version: &Version) -> anyhow::Error {
    failure(
        "version-exists",
        format!("version {version} already exists for {id}"),
        "choose another number with --ver, or raise a higher one: --minor, --major",
    )
}

/// The next numbers of components that are only tagged along are taken.
pub fn dependent_version_exists(taken: &[(VersionId, Version)]) -> anyhow::Error {
    let line = |(id, _): &(VersionId, _)| {
        format!("version {} already exists for {}, a dependent that would be tagged along", id.version, id.id)
    };
    let lines: Vec<String> = taken.iter().map(line).collect();
    let named: Vec<String> = taken.iter().map(|(id, free)| format!("{}@{free}", id.id.name)).collect();
    failure(
        "version-exists",
        lines.join("\n"),
        format!(
            "leave dependents alone (--skip-auto-tag), raise them higher (--auto-tag-increment minor), or name them with numbers of their own: {}",
            named.join(" ")
        ),
    )
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
    let mut shown = dependents.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if dependents.len() > SHOWN {
        shown.push_str(&format!(" and {} more", dependents.len() - SHOWN));
    }
    failure(
        "version-needed",
        format!("unable to reset {id}, the version {number} has the following dependent(s) {shown}"),
        match all {
            true => "those are not staged, and stay; insist with --force",
            false => "take those back too (bit reset --all takes back all that is staged), or insist with --force",
        },
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
