//! The one place where something that went wrong becomes words: what happened, to what, and what to do next.
//!
//! Everything fallible returns [`anyhow::Result`]; what a person can act on is a [`Failure`] made here.

use crate::model::{ComponentId, ManifestError, NameError, PatternError, ScopeName, Version, VersionId};
use std::fmt;
use std::path::Path;

/// A command refused or failed.
pub const EXIT_FAILED: u8 = 1;
/// The command line itself is wrong.
pub const EXIT_USAGE: u8 = 2;

/// An error that a person can act on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// A stable word for scripts.
    pub kind: &'static str,
    /// What happened, to what.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The exit code of the program.
    pub exit: u8,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

fn failure(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Failure { kind, message: message.into(), hint: hint.into(), exit: EXIT_FAILED }.into()
}

/// What is shown of an error, whatever it is: the message with its causes, and a hint where there is one.
pub fn report(error: &anyhow::Error) -> Failure {
    if let Some(known) = error.downcast_ref::<Failure>() {
        return known.clone();
    }
    let (kind, hint) = match error.downcast_ref::<NameError>() {
        Some(NameError { suggestion: Some(suggestion), .. }) => ("bad-name", format!("did you mean \"{suggestion}\"?")),
        Some(NameError { what: "version", .. }) => {
            ("bad-name", "write three numbers, and a word if need be: 1.0.1, 2.0.0-beta.1".into())
        }
        Some(_) => ("bad-name", String::new()),
        None if error.is::<PatternError>() => {
            ("bad-pattern", "quote patterns, so that the shell leaves them alone: 'ui/*'".into())
        }
        None if error.is::<ManifestError>() => ("bad-manifest", "a newer bit may know this format".into()),
        None => ("failed", hint_for_io(error)),
    };
    Failure { kind, message: format!("{error:#}"), hint, exit: EXIT_FAILED }
}

fn hint_for_io(error: &anyhow::Error) -> String {
    use std::io::ErrorKind;
    let Some(io) = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>()) else {
        return String::new();
    };
    match io.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "free some space and run the same command again; nothing is lost".into()
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "check who owns the file and its folder, and whether they can be read and written; nothing is lost".into()
        }
        ErrorKind::IsADirectory => "a folder stands where a file should be: move it away".into(),
        _ => String::new(),
    }
}

// ---- workspace ----

/// A workspace was asked for where a file stands.
pub fn file_not_folder(path: &Path) -> anyhow::Error {
    failure("not-a-folder", format!("{} is a file, not a folder", path.display()), "name the folder of the workspace")
}

/// A command that needs a workspace was run outside of one.
pub fn no_workspace(folder: &Path) -> anyhow::Error {
    failure(
        "no-workspace",
        format!("no workspace here: neither {} nor a folder above it holds a workspace.jsonc", folder.display()),
        "run \"bit init\" in the folder that is to become the workspace",
    )
}

/// A workspace inside another one was asked for.
pub fn inside_workspace(folder: &Path, outer: &Path) -> anyhow::Error {
    failure(
        "inside-workspace",
        format!("{} lies in the workspace {}; nothing was made", folder.display(), outer.display()),
        "\"bit add <folder>\" makes a component of that workspace; --force makes a workspace inside of it all the same",
    )
}

/// A file of ours can't be read as what it should be.
pub fn broken_file(path: &Path, line: usize, column: usize, what: &str) -> anyhow::Error {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    failure(
        "broken-file",
        format!("failed parsing the {name} file at {}:{line}:{column}: {what}", path.display()),
        match name.as_str() {
            ".bitmap" => {
                "mend that line, or bring it back: git checkout -- .bitmap; \"bit init --reset\" puts it aside and begins an empty one"
            }
            _ => "mend that line; nothing was changed",
        },
    )
}

// ---- git ----

/// The folder that should be a repository is none.
pub fn not_a_repository(path: &Path, reason: &str) -> anyhow::Error {
    failure(
        "not-a-repository",
        format!("{} can't be opened as a git repository: {reason}", path.display()),
        "run \"bit init\" to make what is missing of the local scope",
    )
}

/// git's own configuration can't be read.
pub fn bad_git_config(reason: &str) -> anyhow::Error {
    failure(
        "bad-git-config",
        format!("git's configuration can't be read: {reason}"),
        "mend that file (\"git config --list --show-origin\" stops at the same line); nothing was changed",
    )
}

/// A file of a repository that this user may not read.
pub fn unreadable_objects(path: &Path) -> anyhow::Error {
    failure(
        "unreadable-objects",
        format!("{} can't be read: permission denied", path.display()),
        "check who owns the file and its folder, and whether you may read them; nothing is lost",
    )
}

/// An object is missing or its content is not what its id says.
pub fn damaged_object(repository: &Path, oid: &str, reason: &str) -> anyhow::Error {
    failure(
        "damaged-object",
        format!("the object {oid} in {} is missing or damaged: {reason}", repository.display()),
        format!(
            "see what else is: git --git-dir {} fsck --full; an exported version comes back with \"bit import\"",
            repository.display()
        ),
    )
}

/// A file that holds refs can't be read.
pub fn damaged_refs(path: &Path) -> anyhow::Error {
    failure(
        "damaged-refs",
        format!("{} can't be read: it is not what git writes there", path.display()),
        "restore the file from a backup, or move it away to look at it; nothing was changed",
    )
}

/// A tree that no component may have.
pub fn hostile_tree(oid: &str, reason: &str) -> anyhow::Error {
    failure(
        "hostile-tree",
        format!("the tree {oid} is refused: {reason}"),
        "ask who made this version; it was not made by bit",
    )
}

/// A ref changed between reading it and writing it.
pub fn ref_moved(name: &str, expected: Option<String>, found: Option<String>) -> anyhow::Error {
    let say = |value: Option<String>| value.unwrap_or_else(|| "nothing".into());
    failure(
        "ref-moved",
        format!("{name} should be {} but is {}", say(expected), say(found)),
        "something else changed the local scope; run the same command again",
    )
}

/// Another program holds git's lock on packed-refs.
pub fn refs_locked(path: &Path) -> anyhow::Error {
    failure(
        "refs-locked",
        format!("{} exists: another git is changing the refs, or one was killed", path.display()),
        "if no git is running there, remove that file and run the same command again",
    )
}

/// git doesn't know who is at work.
pub fn no_identity(said: &str) -> anyhow::Error {
    let said = said.lines().find(|line| line.starts_with("fatal:")).unwrap_or(said).trim_start_matches("fatal:").trim();
    failure(
        "no-identity",
        format!("git does not know who you are: {said}"),
        "tell it once: git config --global user.name \"Your Name\" && git config --global user.email you@example.com",
    )
}

/// There is no git program.
pub fn git_missing(oldest: (u32, u32)) -> anyhow::Error {
    failure(
        "no-git",
        "the program git was not found",
        format!("install git {}.{} or newer, and see that it is on the PATH", oldest.0, oldest.1),
    )
}

/// The git program is too old.
pub fn git_too_old(found: &str, oldest: (u32, u32)) -> anyhow::Error {
    failure("old-git", format!("git {found} is too old"), format!("install git {}.{} or newer", oldest.0, oldest.1))
}

// ---- scope ----

/// The journal can't be read.
pub fn damaged_journal(path: &Path, error: &serde_json::Error) -> anyhow::Error {
    failure(
        "damaged-journal",
        format!("the journal {} can't be read: {error}", path.display()),
        "it was written by a command that was stopped; remove the file, then look at \"bit status\": versions that were tagged are kept",
    )
}

/// A commit that should be a version is none.
pub fn not_a_version(commit: &str, reason: &str) -> anyhow::Error {
    failure(
        "not-a-version",
        format!("the commit {commit} is no component version: {reason}"),
        "it was not made by bit; look at it with \"git show\", and remove its tag if it should not be there",
    )
}

/// A catalog holds something that can't be read.
pub fn bad_catalog(scope: &ScopeName, path: &str, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "bad-catalog",
        format!("the catalog of {scope} can't be read: {path}: {reason}"),
        "ask who wrote it, or use a newer bit if it names a newer format",
    )
}

// ---- choosing components ----

/// An id that is no component of the workspace.
pub fn unknown_component(text: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"? \"bit list\" and \"bit status\" show what there is"),
        None => "\"bit status\" shows the components of this workspace; \"bit add <folder>\" makes one".into(),
    };
    failure("unknown-component", format!("unable to find any component matching \"{text}\" in this workspace"), hint)
}

/// A name that several components of the workspace have.
pub fn ambiguous_id(text: &str, ids: &[String]) -> anyhow::Error {
    failure("ambiguous-id", format!("\"{text}\" may mean {}", ids.join(" or ")), "say which, with its scope")
}

/// A pattern that names nothing.
pub fn no_match(pattern: &str) -> anyhow::Error {
    failure(
        "no-match",
        format!("unable to find any component matching the \"{pattern}\" pattern"),
        "patterns are matched against scope/name and name; try it with \"bit pattern\"",
    )
}

/// .bitmap is gone, the versions are not.
pub fn lost_bitmap(path: &Path) -> anyhow::Error {
    failure(
        "lost-bitmap",
        format!("{} is missing, but the local scope beside it holds components", path.display()),
        "restore it (git checkout -- .bitmap); or \"bit init --force\" starts with an empty one and keeps the versions",
    )
}

/// A setting was asked for that workspace.jsonc has, with another value.
pub fn setting_differs(path: &Path, key: &str, found: &str) -> anyhow::Error {
    failure(
        "setting-differs",
        format!("{} says {key} \"{}\" already; it was not changed", path.display(), found.escape_debug()),
        format!("edit its \"{key}\"; \"bit init\" changes no workspace that is there"),
    )
}

/// A second local scope was asked for; the versions would stay behind in the first.
pub fn scope_is_beside_git(found: &Path, asked: &Path) -> anyhow::Error {
    failure(
        "scope-elsewhere",
        format!("the local scope of this workspace is {}, and it holds versions", found.display()),
        format!(
            "leave --standalone out; or, to have it in .bit, move it: mv \"{}\" \"{}\" && bit init",
            found.display(),
            asked.display()
        ),
    )
}

// ---- workspace files ----

/// A file still holds the marks of an unfinished merge.
pub fn conflict_markers(path: &Path, line: usize) -> anyhow::Error {
    failure(
        "conflict-markers",
        format!("{}:{line} holds the conflict markers of an unfinished merge", path.display()),
        "keep the lines that are right, delete the lines of <, = and >, and run the command again; nothing was changed",
    )
}

/// .bitmap was written by a program that knows more than this one.
pub fn newer_bitmap(path: &Path, found: &str, known: &str) -> anyhow::Error {
    failure(
        "newer-bitmap",
        format!("{} has schema {found}, this bit knows schema {known}", path.display()),
        "use the bit that the rest of the team uses; nothing was changed",
    )
}

/// A path leads out of the workspace.
pub fn outside_workspace(path: &Path, root: &Path) -> anyhow::Error {
    failure(
        "outside-workspace",
        format!("{} is outside of the workspace {}", path.display(), root.display()),
        "name a path inside the workspace; a symbolic link does not lead out of it",
    )
}

/// A path can't be used inside a workspace.
pub fn bad_path(path: &str, reason: &str) -> anyhow::Error {
    failure("bad-path", format!("the path \"{}\" can't be used: {reason}", path.escape_debug()), "")
}

/// A component's folder is another component's, or lies inside of it or around it.
pub fn folder_taken(folder: &str, owner_folder: &str, owner: &ComponentId) -> anyhow::Error {
    let message = if folder == owner_folder {
        format!("the folder {folder} is already used by component: {owner}")
    } else {
        format!("the folder {folder} and the folder {owner_folder}, already used by component: {owner}, overlap")
    };
    failure(
        "folder-taken",
        message,
        "a folder belongs to one component: choose another, or remove that component first",
    )
}

/// A component is in .bitmap already.
pub fn already_tracked(id: &ComponentId) -> anyhow::Error {
    failure("already-tracked", format!("the workspace has a component {id} already"), "choose another name or scope")
}

/// A component is not in .bitmap.
pub fn not_tracked(id: &ComponentId) -> anyhow::Error {
    failure("not-tracked", format!("the workspace has no component {id}"), "\"bit list\" shows those it has")
}

/// An edit of a configuration file could not be made without touching more than it should.
pub fn uneditable_config(path: &Path, key: &str, reason: &str) -> anyhow::Error {
    failure(
        "uneditable-config",
        format!("could not change \"{key}\" in {}: {reason}", path.display()),
        "change it by hand; nothing was changed",
    )
}

/// node_modules, or an owner's folder in it, is a symbolic link or a file: links made through it would land elsewhere.
pub fn not_a_real_folder(path: &Path) -> anyhow::Error {
    failure(
        "not-a-folder",
        format!("{} is not a real folder, so nothing is linked into it", path.display()),
        "make it a folder of the workspace (remove the symbolic link and install again)",
    )
}

/// Somebody's own file stands where a link to a component's file has to be.
pub fn link_obstructed(path: &Path) -> anyhow::Error {
    failure(
        "link-obstructed",
        format!("{} is not a link of bit's, but stands where one has to be", path.display()),
        "move it into the component's own folder, or delete it, and run \"bit link\"",
    )
}

// ---- tag and reset ----

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
    let hint = match crate::model::nearest(name, known.iter().copied()) {
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
pub fn dependent_version_exists(taken: &[(crate::model::VersionId, crate::model::Version)]) -> anyhow::Error {
    let line = |(id, _): &(crate::model::VersionId, _)| {
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

// ---- links ----

/// yarn's Plug'n'Play never looks into node_modules.
pub fn plug_n_play() -> anyhow::Error {
    failure(
        "plug-n-play",
        "this workspace uses yarn's Plug'n'Play, which doesn't look into node_modules: links there would do nothing",
        "write \"nodeLinker: node-modules\" into .yarnrc.yml and run \"yarn install\"",
    )
}

// ---- usage that the parser of arguments can't see ----

fn usage(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
    Failure { kind, message: message.into(), hint: hint.into(), exit: EXIT_USAGE }.into()
}

/// Two flags that contradict each other.
pub fn auto_tag_conflict() -> anyhow::Error {
    usage("usage", "you can use either --auto-tag-increment or --skip-auto-tag, but not both", "leave one of them out")
}

/// A version alone, where a component is needed.
pub fn version_of_nothing(version: &crate::model::Version) -> anyhow::Error {
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

// ---- add ----

/// `--id` or `--main` with more than one folder.
pub fn one_folder_expected(found: usize) -> anyhow::Error {
    usage("usage", format!("--id and --main are for one folder, {found} were named"), "add that folder by itself")
}

/// Both `--id` and `--namespace`.
pub fn id_or_namespace() -> anyhow::Error {
    usage(
        "usage",
        "please use either [id] or [namespace] to add a particular component",
        "\"--id ui/button\" says both",
    )
}

/// Folders that hold what no component can.
pub fn folders_refused(lines: &[String]) -> anyhow::Error {
    failure(
        "folders-refused",
        format!("nothing was added, these files can't be part of a component:\n{}", lines.join("\n")),
        "mend them and add again",
    )
}

/// There is no such folder.
pub fn no_such_folder(text: &str) -> anyhow::Error {
    failure(
        "no-such-folder",
        format!("no folder matches \"{}\"", text.escape_debug()),
        "name a folder of the workspace",
    )
}

/// A file where a folder is needed.
pub fn folder_expected(text: &str) -> anyhow::Error {
    failure(
        "folder-expected",
        format!("\"{}\" is a file; a component is a folder", text.escape_debug()),
        "put the file into a folder of its own and add that",
    )
}

/// A symbolic link where a folder is needed.
pub fn folder_is_a_link(text: &str) -> anyhow::Error {
    failure(
        "folder-is-a-link",
        format!("\"{}\" is a symbolic link; a component is a real folder", text.escape_debug()),
        "add the folder that it points to",
    )
}

/// The workspace itself is no component.
pub fn root_is_no_component() -> anyhow::Error {
    failure(
        "root-is-no-component",
        "the workspace's own folder can't be a component",
        "put the component's files into a folder below it",
    )
}

/// A glob that can't be read.
pub fn bad_glob(text: &str, reason: &str) -> anyhow::Error {
    failure("bad-glob", format!("\"{}\" can't be read as a glob: {reason}", text.escape_debug()), "quote it: 'src/*'")
}

/// A folder's name that can't be a component's.
pub fn folder_name_is_no_id(error: &NameError) -> anyhow::Error {
    let hint = match &error.suggestion {
        Some(name) => format!("did you mean \"{name}\"? The folder may keep its name: add it with --id {name}"),
        None => "the folder may keep its name: add it with --id <name>".to_owned(),
    };
    failure("bad-name", error.to_string(), hint)
}

/// A folder with nothing in it.
pub fn empty_folder(folder: &str) -> anyhow::Error {
    failure(
        "no-files",
        format!("the folder {folder} can't be added: it is empty"),
        "put the component's files into it first",
    )
}

/// A folder without files.
pub fn no_files(folder: &str, ignored: bool) -> anyhow::Error {
    let why = if ignored { "the ignore rules leave it out" } else { "it holds no file that belongs to a component" };
    failure("no-files", format!("the folder {folder} can't be added: {why}"), "look at .gitignore and .bitignore")
}

/// A folder inside or around another component's.
pub fn folders_overlap(folder: &str, other: &str, file: &str, owner: &ComponentId) -> anyhow::Error {
    failure(
        "folders-overlap",
        format!("unable to add {folder}: files {file} already used by component: {owner} (its folder is {other})"),
        "components can't lie inside each other: choose another folder, or \"bit remove\" that component first",
    )
}

/// Another folder has this id.
pub fn id_taken(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "id-taken",
        format!("the id {id} is already used by the component in {folder}"),
        "give this one another: --id, --namespace or --scope",
    )
}

/// The folder is another component already.
pub fn folder_has_component(folder: &str, id: &ComponentId) -> anyhow::Error {
    failure(
        "folder-has-component",
        format!("the folder {folder} is already the component {id}"),
        format!("to give it another id, \"bit remove {}\" first and add it again", id.name),
    )
}

/// Two components would be one package.
pub fn package_taken(package: &crate::model::PackageName, id: &ComponentId, other: &ComponentId) -> anyhow::Error {
    failure(
        "package-taken",
        format!("{id} and {other} would both be the package {package}"),
        "give one of them another name",
    )
}

/// No file stands for the component.
pub fn no_main_file(folder: &str) -> anyhow::Error {
    failure(
        "no-main-file",
        format!("{folder} does not contain a main file (index.*, or one named as the folder)"),
        "name it: --main <file>",
    )
}

/// The main file that was named is not there.
pub fn main_not_found(folder: &str, asked: &str) -> anyhow::Error {
    failure(
        "main-not-found",
        format!("the main file \"{}\" is not among the files of {folder}", asked.escape_debug()),
        "name a file of that folder that the ignore rules don't leave out",
    )
}

// ---- changing commands ----

/// A URL that may not be dialled.
pub fn bad_url(shown: &str, reason: &str) -> anyhow::Error {
    failure(
        "bad-url",
        format!("the URL \"{shown}\" can't be used: {reason}"),
        "name a folder, or a URL such as https://example.com/scope.git or git@example.com:scope.git",
    )
}

/// A URL with a password or a token in it.
pub fn secret_in_url(shown: &str) -> anyhow::Error {
    failure(
        "secret-in-url",
        format!("the URL \"{shown}\" holds a password or a token, which is not stored"),
        "leave it out, and let git ask once and remember: git config --global credential.helper cache (or your system's helper)",
    )
}

/// There is no scope at this place.
pub fn scope_not_found(path: &Path, reason: &str) -> anyhow::Error {
    failure(
        "scope-not-found",
        format!("scope not found at {}: {reason}", path.display()),
        "check the path; \"git init --bare <folder>\" makes an empty repository that can become a scope",
    )
}

/// A scope whose name nobody knows yet.
pub fn scope_name_needed(shown: &str) -> anyhow::Error {
    failure(
        "scope-name-needed",
        format!("the name of the scope at {shown} is not known"),
        format!("say it: bit remote add <name> {shown}"),
    )
}

/// The scope at this place has another name.
pub fn other_scope_there(asked: &ScopeName, path: &Path, found: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope",
        format!("the scope at {} is {found}, not {asked}", path.display()),
        format!("add it by its own name: bit remote add {found} {}", path.display()),
    )
}

/// A remote that would bear the name of no scope.
pub fn placeholder_remote() -> anyhow::Error {
    failure(
        "placeholder-scope",
        "no remote can be named my-scope: that is what workspaces without a scope of their own say",
        "give the scope a name of its own, such as my-org.ui",
    )
}

/// No remote of this name.
pub fn remote_not_found(name: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"?"),
        None => "\"bit remote\" shows them all".into(),
    };
    failure("remote-not-found", format!("remote \"{}\" was not found", name.escape_debug()), hint)
}

/// The remote is one of this machine, and a workspace's was asked for.
pub fn remote_is_global(name: &str) -> anyhow::Error {
    let message =
        format!("remote \"{name}\" was not found locally, to remove a global remote, please use \"--global\" flag");
    failure("remote-is-global", message, format!("bit remote del {name} --global"))
}

/// The remote is the workspace's, and one of this machine was asked for.
pub fn remote_is_local(name: &str) -> anyhow::Error {
    let message = format!(
        "remote \"{name}\" was not found globally, to remove a local remote, please omit the \"--global\" flag"
    );
    failure("remote-is-local", message, format!("bit remote del {name}"))
}

/// The file of this machine's remotes can't be read.
pub fn damaged_remotes(path: &Path, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "damaged-remotes",
        format!("the global remotes in {} can't be read: {reason}", path.display()),
        "mend the file or remove it; nothing was changed",
    )
}

/// Nobody knows where this machine's settings are.
pub fn no_home() -> anyhow::Error {
    failure("no-home", "there is no place for global remotes: HOME is not set", "set HOME or XDG_CONFIG_HOME")
}

/// Links were asked for in another folder.
pub fn links_elsewhere(folder: &Path) -> anyhow::Error {
    failure(
        "links-elsewhere",
        format!("links can't be made in {}: they are found in the workspace's own node_modules", folder.display()),
        "leave --target out",
    )
}

/// A symbolic link in the path of a folder whose files would be changed.
pub fn path_is_a_link(path: &Path) -> anyhow::Error {
    failure(
        "path-is-a-link",
        format!("{} is a symbolic link: nothing is changed through it", path.display()),
        "put the real folder in its place",
    )
}

/// A component's new folder holds something.
pub fn target_not_empty(folder: &str) -> anyhow::Error {
    failure(
        "target-not-empty",
        format!("unable to move to \"{}\", this directory is not empty", folder.escape_debug()),
        "name a folder that does not exist yet",
    )
}

/// A version was named where a whole component is meant.
pub fn whole_component_expected(id: &ComponentId) -> anyhow::Error {
    failure(
        "whole-component-expected",
        format!("one version of {id} can't be removed from a workspace"),
        format!("\"bit reset {id}@<version>\" takes back a staged version; leave the version out to remove all of it"),
    )
}

/// Components that hold what no version has.
pub fn modified_components(ids: &[String]) -> anyhow::Error {
    failure(
        "modified-components",
        format!("unable to remove modified components: {}", ids.join(", ")),
        "\"bit tag\" keeps the changes as a version, \"bit diff\" shows them; --force removes the components all the same",
    )
}

/// Components of the workspace that others depend on.
pub fn component_needed(id: &ComponentId, dependents: &[String]) -> anyhow::Error {
    failure(
        "component-needed",
        format!("unable to delete {id}, because the following components depend on it: {}", dependents.join(", ")),
        "remove those too, or insist with --force",
    )
}

/// A folder that is no component's.
pub fn no_components_folder(folder: &str) -> anyhow::Error {
    failure(
        "no-components-folder",
        format!("the folder \"{}\" is not the folder of a component", folder.escape_debug()),
        "name a component's own folder, or its id; \"bit list\" shows them",
    )
}

/// A pattern where one component is needed.
pub fn one_component_expected(found: usize) -> anyhow::Error {
    failure("one-component-expected", format!("one component is expected here, {found} were named"), "name one")
}

/// A component is where it should go.
pub fn already_there(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure("already-there", format!("{id} is in {folder} already"), "name another folder")
}

/// A folder that would go into itself, or into a folder that holds it.
pub fn move_into_itself(from: &str, to: &str) -> anyhow::Error {
    failure(
        "move-into-itself",
        format!("{from} can't be moved to {to}: one of them lies in the other"),
        "move it to a place aside first",
    )
}

/// A component's folder is gone, and is not where it should go either.
pub fn nothing_to_move(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "nothing-to-move",
        format!("component files were deleted: the folder {folder} of {id} is gone"),
        "put it back; or, if it was moved by hand, name the folder where it is now",
    )
}

/// A file has taken the place of a component's folder.
pub fn file_where_folder_was(id: &ComponentId, folder: &str) -> anyhow::Error {
    failure(
        "file-where-folder-was",
        format!("{id} can't be moved: a file stands where the folder was ({folder})"),
        "move that file away and put the folder back; or, if the folder was moved by hand, name where it is now",
    )
}

/// A folder that the ignore rules leave out.
pub fn folder_is_ignored(folder: &str) -> anyhow::Error {
    failure(
        "folder-is-ignored",
        format!("the ignore rules leave out the folder {folder}: a component there would have no files"),
        "choose another, or change .gitignore or .bitignore",
    )
}

/// Several components, and one component to use instead of them.
pub fn one_successor_for_many(found: usize) -> anyhow::Error {
    failure(
        "one-successor-for-many",
        format!("--new-id is for one component, {found} were named: they can't all have become the same one"),
        "deprecate them one by one",
    )
}

/// A component that is to be used instead of itself.
pub fn own_successor(id: &ComponentId) -> anyhow::Error {
    failure(
        "own-successor",
        format!("{id} can't be used instead of itself"),
        "name another component, or leave --new-id out",
    )
}

/// No range of versions.
pub fn bad_range(range: &str, reason: &dyn fmt::Display) -> anyhow::Error {
    failure(
        "bad-range",
        format!("\"{}\" is no range of versions: {reason}", range.escape_debug()),
        "write it as in package.json: \"<2.0.0\", \"^1.2.0\", \"1.x || 2.0.0\"",
    )
}

/// A second id where the message of a deprecation stands.
pub fn message_is_an_id(first: &str, second: &str) -> anyhow::Error {
    usage(
        "usage",
        format!("\"{second}\" stands where the message does, but is a component too"),
        format!("for both components: \"{first},{second}\""),
    )
}

/// One version was named where a component and a range are meant.
pub fn range_expected(id: &ComponentId, version: &str) -> anyhow::Error {
    failure(
        "range-expected",
        format!("the version {version} of {id} can't be named with the id here"),
        format!("bit deprecate {id} --range {version}"),
    )
}

// ---- reading commands ----

/// An id that names nothing, neither in the workspace nor in the local scope or a catalog.
pub fn unknown_anywhere(text: &str, nearest: Option<&str>) -> anyhow::Error {
    let hint = match nearest {
        Some(nearest) => format!("did you mean \"{nearest}\"? \"bit list\" and \"bit search\" show what there is"),
        None => {
            "\"bit search <words>\" looks among all that is known here; \"bit import <id>\" brings what is not".into()
        }
    };
    failure(
        "unknown-component",
        format!("unable to find any component matching \"{text}\" in this workspace or its local scope"),
        hint,
    )
}

/// A scope whose catalog was never fetched.
pub fn unknown_scope(name: &str, nearest: Option<&str>, known: &[&str]) -> anyhow::Error {
    let known = match (nearest, known) {
        (Some(nearest), _) => format!("did you mean \"{nearest}\"? "),
        (None, []) => String::new(),
        (None, known) => format!("known here: {}; ", known.join(", ")),
    };
    failure(
        "unknown-scope",
        format!("the scope \"{name}\" is not known here: its catalog was never fetched"),
        format!("{known}\"bit fetch {name}\" brings a catalog, once \"bit remote add\" has said where the scope is"),
    )
}

/// A component of the workspace that was never tagged.
pub fn no_version_yet(id: &ComponentId) -> anyhow::Error {
    failure(
        "no-version-yet",
        format!("{id} is new: it doesn't have any version yet"),
        format!("\"bit show {0}\" shows it as it is; \"bit tag {0}\" makes its first version", id.name),
    )
}

/// `--remote` with a pattern that leaves the scope open.
pub fn scope_expected(pattern: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        "when using --remote, the pattern must include the scope name",
        format!("write it before the slash: \"my-org.ui/{}\"", pattern.trim_start_matches("*/")),
    )
}

/// A component that a catalog lists, and of which nothing is here.
pub fn only_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "import-pending",
        format!("{id} is in the catalog of {}, but none of its versions is in the local scope", id.scope),
        format!("\"bit import {id}\" brings it; \"bit show {id} --remote\" tells what the catalog says"),
    )
}

/// A component that its scope's catalog doesn't list.
pub fn not_in_catalog(id: &ComponentId) -> anyhow::Error {
    failure(
        "not-in-catalog",
        format!("{id} is not in the catalog of {}, as it was last seen", id.scope),
        "without --remote, what is known here is shown; \"bit fetch\" looks at the catalog again",
    )
}

/// Outside of any workspace, for commands that a scope could answer too.
pub fn or_scope(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(known) if known.kind == "no-workspace" => {
            let message = format!("the current directory is not a workspace nor a scope ({})", known.message);
            Failure { message, ..known }.into()
        }
        Ok(known) => known.into(),
        Err(error) => error,
    }
}

/// Only the workspace's own components have a folder to compare with.
pub fn nothing_to_compare(id: &ComponentId) -> anyhow::Error {
    failure(
        "nothing-to-compare",
        format!("{id} is not in this workspace, so there is no folder to compare with"),
        format!("name two of its versions: bit diff {id} 1.0.0 1.0.1"),
    )
}

/// `--file` names a file that neither side has.
pub fn file_on_neither_side(path: &str) -> anyhow::Error {
    failure(
        "no-such-file",
        format!("no component that is compared has a file \"{}\"", path.escape_debug()),
        "name it from the component's folder or from the workspace's",
    )
}

// ---- export ----

/// Something that keeps a version from being published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// The scope lists another content under this number.
    SameNumber(VersionId),
    /// The scope's newest version is not in this one's history.
    Diverged(VersionId, Version),
    /// A tag that no catalog lists has this name and another content.
    StrayTag(VersionId, String),
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameNumber(id) => write!(f, "{id}: the scope has another {} already", id.version),
            Self::Diverged(id, head) => {
                write!(f, "{id}: the scope went on to {head}, which this version was not made from")
            }
            Self::StrayTag(id, commit) => {
                write!(f, "{id}: a tag of that name is on the commit {commit}, which no catalog lists")
            }
        }
    }
}

/// Versions that the scopes can't take.
pub fn export_conflicts(conflicts: &[Conflict]) -> anyhow::Error {
    let lines: Vec<String> = conflicts.iter().map(|conflict| format!("  {conflict}")).collect();
    failure(
        "export-conflict",
        format!(
            "versions conflict occurred when exporting the component(s), nothing was exported:\n{}",
            lines.join("\n")
        ),
        "bring the other side (bit import), join both (bit merge) and tag again; or take your version back (bit reset)",
    )
}

/// Nobody has said where a scope is.
pub fn no_remote(scope: &ScopeName) -> anyhow::Error {
    failure(
        "no-remote",
        format!("nobody has said where the scope {scope} is"),
        format!("bit remote add {scope} <url>; for the whole team: \"bit.scope/remotes\" in workspace.jsonc"),
    )
}

/// A repository without a catalog.
pub fn no_catalog_there(scope: &ScopeName, url: &str) -> anyhow::Error {
    failure(
        "no-scope-there",
        format!("{url} is no scope: it holds no catalog ({scope} was expected)"),
        "\"bit scope create <url>\" makes an empty repository a scope",
    )
}

/// Another scope than the one that was meant.
pub fn other_scope_at_url(wanted: &ScopeName, url: &str, found: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope-there",
        format!("{url} is the scope {found}, not {wanted}"),
        format!("mend the remote: bit remote add {wanted} <url>"),
    )
}

/// A catalog that does not continue the one that was known.
pub fn scope_was_replaced(scope: &ScopeName, lost: &[String]) -> anyhow::Error {
    let lost = match lost {
        [] => "it lists every version that was known, but with another history".to_owned(),
        lost => format!("it no longer lists {}", lost.join(", ")),
    };
    failure(
        "scope-replaced",
        format!("the scope {scope} is not the one it was: {lost}; nothing was exported"),
        "ask who made it anew; \"bit export --all-versions\" publishes all that is known here again",
    )
}

/// A component of one scope is to go to another.
pub fn other_scope_wanted(id: &ComponentId, scope: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope-wanted",
        format!("{id} belongs to the scope {}, and can't be exported to {scope} yet", id.scope),
        "leave the scope out: each component goes to its own",
    )
}

/// Versions that are needed are neither published nor part of this export.
pub fn dependencies_not_exported(pairs: &[(String, String)]) -> anyhow::Error {
    let lines: Vec<String> = pairs.iter().map(|(dependent, needed)| format!("  {dependent} needs {needed}")).collect();
    failure(
        "dependencies-not-exported",
        format!(
            "these dependencies are neither exported nor part of this export, nothing was exported:\n{}",
            lines.join("\n")
        ),
        "export them too: bit export without ids",
    )
}

/// The host said no.
pub fn push_refused(scope: &ScopeName, url: &str, name: &str, why: &str) -> anyhow::Error {
    failure(
        "push-refused",
        format!("{url} refused {name} for the scope {scope}: {why}"),
        "ask its admin for the right to push tags and the catalog's branch (is it protected?)",
    )
}

/// Some scopes have everything, one refused its catalog.
pub fn some_scopes_done(done: &[ScopeName], failed: &ScopeName, error: &anyhow::Error) -> anyhow::Error {
    let done: Vec<String> = done.iter().map(ToString::to_string).collect();
    failure(
        "partly-exported",
        format!("{} has everything; {failed} has not: {error:#}", done.join(", ")),
        "when that is mended, run \"bit export\" again: it finishes what is left",
    )
}

/// Others were always faster.
pub fn export_overtaken(attempts: u32) -> anyhow::Error {
    failure(
        "overtaken",
        format!("somebody else exported first, {attempts} times in a row; nothing was exported"),
        "run the same command again",
    )
}

/// None of the components has a scope that can be reached.
pub fn nothing_could_be_exported() -> anyhow::Error {
    failure(
        "nothing-exported",
        "nothing was exported: the scope \"my-scope\" is only a placeholder",
        "give the components a scope: \"defaultScope\" in workspace.jsonc, and add them anew",
    )
}

/// A repository that is to become a scope has refs already.
pub fn not_an_empty_repository(url: &str) -> anyhow::Error {
    failure("not-empty", format!("{url} is not empty"), "a new scope needs a repository without branches and tags")
}

/// A folder that is to become a scope holds other things.
pub fn folder_not_empty(folder: &Path) -> anyhow::Error {
    failure(
        "not-empty",
        format!("{} holds files and is no git repository", folder.display()),
        "name an empty folder, or a new one",
    )
}

/// Nothing was tagged, and for some components nobody can say whether there is anything to tag.
pub fn nothing_but_import_pending(ids: &[ComponentId]) -> anyhow::Error {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
    if ids.len() > SHOWN {
        names.push(format!("and {} more", ids.len() - SHOWN));
    }
    failure(
        "import-pending",
        format!("nothing was tagged: the versions of {} are not in the local scope", names.join(", ")),
        "they were tagged elsewhere (another clone, another worktree): each has its own local scope, and \"bit import\" fills it with what was exported",
    )
}

// ---- remotes over the network ----

/// An error that a person can act on, with what caused it for the program to act on.
pub fn because(error: anyhow::Error, cause: impl std::error::Error + Send + Sync + 'static) -> anyhow::Error {
    match error.downcast::<Failure>() {
        Ok(known) => anyhow::Error::new(cause).context(known),
        Err(error) => error,
    }
}

/// Nothing is at the place that a URL names.
pub fn remote_not_there(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-not-found-there",
        format!("there is no repository at {url}, or you may not see it: {words}"),
        "check the URL and whether you have access; \"bit scope create <url>\" makes a scope of an empty repository",
    )
}

/// What is at the place is no repository.
pub fn remote_no_repository(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-no-repository",
        format!("what is at {url} is not a git repository: {words}"),
        "check the URL: it is the one that \"git clone\" takes",
    )
}

/// Who asks is not known to the host.
pub fn remote_authentication(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-authentication",
        format!("{url} does not know who you are: {words}"),
        format!(
            "try \"git ls-remote {url}\": what works there works here. It uses git's credential helpers and your ssh keys"
        ),
    )
}

/// Who asks may not.
pub fn remote_denied(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-denied",
        format!("you have no right to do this at {url}: {words}"),
        "ask who runs the host for the right to read or to push; nothing was changed",
    )
}

/// The name of the host can't be resolved.
pub fn remote_host_unknown(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-host-unknown",
        format!("the host of {url} was not found: {words}"),
        "check the spelling, and whether you are online",
    )
}

/// The host can't prove to be what it says it is.
pub fn remote_not_trusted(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-not-trusted",
        format!("the host of {url} can't be trusted: {words}"),
        "for ssh, connect once by hand and compare the fingerprint; for https, see that its certificate is known (http.sslCAInfo)",
    )
}

/// The host does not answer, or stopped in the middle.
pub fn remote_unreachable(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-unreachable",
        format!("{url} can't be reached or broke off: {words}"),
        "try the same command again later; it goes on where it was",
    )
}

/// The host does not take so much.
pub fn remote_too_large(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-too-large",
        format!("{url} does not take so much at once: {words}"),
        "export fewer components at a time, or ask who runs the host to raise its limit",
    )
}

/// The host failed by itself.
pub fn remote_broken(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-broken",
        format!("the host of {url} failed: {words}"),
        "try the same command again later, or ask who runs the host",
    )
}

/// The repository is a folder of another user.
pub fn remote_owner(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-owner",
        format!("{url} belongs to another user, and git does not trust it: {words}"),
        format!("if you do: git config --global --add safe.directory {url}"),
    )
}

/// There is no room.
pub fn remote_disk_full(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-disk-full",
        format!("no room is left for what goes to or comes from {url}: {words}"),
        "free some space there or here and run the same command again; nothing is lost",
    )
}

/// The host can't push all or nothing.
pub fn remote_not_atomic(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-not-atomic",
        format!("the host of {url} can't change several refs together: {words}"),
        "push in two steps: versions first, then the catalog",
    )
}

/// A ref or a commit is not there any more.
pub fn remote_missing(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-missing",
        format!("{url} does not have what was asked for: {words}"),
        "somebody may have removed it; \"bit fetch\" looks again at what there is",
    )
}

/// A way to connect that is not used.
pub fn remote_transport(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-transport",
        format!("{url} leads to a transport that is not used: {words}"),
        "only file, git, http, https and ssh are; look for url.<base>.insteadOf in your git configuration",
    )
}

/// What came is not sound.
pub fn remote_damaged(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-damaged",
        format!("what {url} sent is damaged or incomplete, and was not taken: {words}"),
        "ask who runs the host to look at it with \"git fsck --full\"; nothing was changed here",
    )
}

/// git failed in a way that is not known.
pub fn remote_failed(url: &str, words: &str) -> anyhow::Error {
    failure(
        "remote-failed",
        format!("git could not work with {url}: {words}"),
        format!("try \"git ls-remote {url}\": it may say more"),
    )
}

/// A repository whose HEAD names a branch that nobody can find out.
pub fn head_does_not_resolve(url: &str) -> anyhow::Error {
    failure(
        "no-head",
        format!("the HEAD of {url} names a branch that is neither main nor master, and the host does not say which"),
        "make main its default branch, and run the same command again",
    )
}
