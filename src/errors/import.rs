//! Bringing components and catalogs from scopes.

use super::read::within_scope;
use super::{Failure, failure, reworded, usage};
use crate::model::{CommitId, ComponentId, Moved, ScopeName, VersionId};
use std::collections::BTreeMap;

/// What keeps a component's files from being written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// Which component.
    pub id: ComponentId,
    /// What is in the way, and where.
    pub what: String,
    /// Whether `--override` helps.
    pub can_be_overridden: bool,
    /// Whether the workspace does not have the component yet: then there is nothing to join.
    pub is_new: bool,
}

/// Files stand where components are to be written.
pub fn unable_to_import(obstacles: &[Obstacle]) -> anyhow::Error {
    let lines: Vec<String> = obstacles.iter().map(|one| format!("  {}: {}", one.id, one.what)).collect();
    let has = |is_new: bool| obstacles.iter().any(|one| one.can_be_overridden && one.is_new == is_new);
    let join =
        "\"bit import --merge\" joins local changes with the version that comes, \"bit diff\" shows what was changed";
    let elsewhere = "\"--path <folder>\" or \"bit import --write-to-empty-dir\" writes a new component elsewhere";
    let over = "\"bit import --override\" writes over what is there";
    let hint = match (has(false), has(true)) {
        (true, true) => format!("{join}; {elsewhere}; {over}"),
        (true, false) => format!("{join}; {over}"),
        (false, true) => format!("{elsewhere}; {over}"),
        (false, false) => "move it away, or name another folder: --path <folder>".to_owned(),
    };
    failure("unable-to-import", format!("unable to import, nothing was written:\n{}", lines.join("\n")), hint)
}

/// A version, or something that it needs, has another content than was known.
pub fn content_moved(id: &VersionId, who: &str, meant: CommitId, found: CommitId) -> anyhow::Error {
    failure(
        "version-moved",
        format!("{id} is not what it was: {who} the commit {meant}, its scope lists {found}"),
        format!(
            "a version never changes: ask who runs the scope {}; once you have looked at it: bit import --accept-moved {id}",
            id.id.scope
        ),
    )
}

/// Where a version is on this machine that is not in its scope what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whereabouts {
    /// A component of the workspace is at it.
    Workspace,
    /// Only the local scope has it.
    LocalScope,
}

/// The command by which a person takes versions as their scope has them. It finishes the job: where a component is at the
/// version, its folder and .bitmap follow. An import brings one version of a component: the others come next.
pub fn accept_moved(ids: &[&VersionId], whereabouts: Whereabouts) -> String {
    let objects = match whereabouts {
        Whereabouts::Workspace => "",
        Whereabouts::LocalScope => " --objects",
    };
    let one_each: BTreeMap<&ComponentId, &VersionId> = ids.iter().map(|id| (&id.id, *id)).collect();
    let wanted: String = one_each.values().map(|id| format!(" {id}")).collect();
    format!("bit import{objects}{}{wanted}", consent(ids))
}

fn consent(ids: &[&VersionId]) -> String {
    ids.iter().map(|id| format!(" --accept-moved {id}")).collect()
}

/// The tag of a version that is here, and is another one in its scope by now.
pub struct MovedTag<'a> {
    /// Which version.
    pub id: &'a VersionId,
    /// What it was on.
    pub was: String,
    /// What it is on.
    pub is: String,
    /// Whether the version is the same under it: a person may take it. Else the catalog lists what is here, and nothing
    /// can be taken.
    pub is_same_version: bool,
}

/// Tags were moved; what takes them all the same.
pub fn tags_moved(url: &str, moved: &[MovedTag], accepted: &str) -> anyhow::Error {
    let ids: Vec<&VersionId> = moved.iter().map(|tag| tag.id).collect();
    let what = match moved {
        [MovedTag { id, was, is, .. }] => {
            format!("the tag of {id} at {url} was moved: it was on {was}, and is on {is} now")
        }
        _ => {
            let line = |tag: &MovedTag| format!("\n  {}: it was on {}, and is on {} now", tag.id, tag.was, tag.is);
            format!("tags of versions at {url} were moved:{}", moved.iter().map(line).collect::<String>())
        }
    };
    let way_out = match moved.iter().all(|tag| tag.is_same_version) {
        true => {
            format!("ask who runs the scope to put the tag back; once you have looked at it: {accepted}")
        }
        false => format!(
            "the catalog still lists what is here: ask who runs the scope to put the tag back; until then \"bit import{0}\" and \"bit fetch{0}\" go on without it, each time",
            consent(&ids)
        ),
    };
    failure("version-moved", what, format!("a version never changes: {way_out}"))
}

/// A tree that no component may have.
pub fn hostile_entry(id: &VersionId, entry: &str, why: &str) -> anyhow::Error {
    failure(
        "hostile-tree",
        format!("{id} is refused, nothing of it was written: \"{entry}\": {why}"),
        "no bit made this version: ask who did",
    )
}

/// A version that git finds unsound, with what git says.
pub fn unsound_version(id: &VersionId, error: anyhow::Error) -> anyhow::Error {
    reworded(error, |known| Failure {
        message: format!("{id} is refused, nothing of it was written: {}", known.message),
        hint: "no bit made this version, or what it was made from: ask who did".into(),
        ..known
    })
}

/// A catalog that does not continue the one that was known.
pub fn scope_is_another(scope: &ScopeName, lost: &[Moved]) -> anyhow::Error {
    failure(
        "scope-replaced",
        format!("{}; what was known of it stays", super::export::another_scope(scope, lost)),
        format!(
            "ask who made it anew; \"bit export --all-versions\" publishes all that is known here again, \"bit fetch --accept-replaced {scope}\" takes it as it is now"
        ),
    )
}

/// A catalog that goes on from the one that was known, and lists what was settled otherwise.
pub fn scope_was_changed(
    scope: &ScopeName,
    moved: &[&Moved],
    accept: impl FnOnce(&VersionId) -> String,
) -> anyhow::Error {
    let accepted = match moved {
        [Moved { id, is: Some(_), .. }] => accept(id),
        _ => format!("bit fetch --accept-replaced {scope}"),
    };
    failure(
        "version-moved",
        format!("{}; what was known of it stays", super::export::changed_scope(scope, moved)),
        match moved.iter().all(|moved| moved.is.is_none()) {
            true => format!("{}; once you have looked at it: {accepted}", super::export::BROUGHT_BACK),
            false => format!("a version never changes: ask who runs the scope; once you have looked at it: {accepted}"),
        },
    )
}

/// Somebody says where a scope is, and nobody said that this is to be believed.
pub fn hint_not_followed(scope: &ScopeName, url: &str, says: &ScopeName) -> anyhow::Error {
    failure(
        "no-remote",
        format!("nobody has said where the scope {scope} is; the scope {says} says that it is at {url}"),
        format!("if you trust that: bit remote add {scope} {url}; or run the same command with --yes"),
    )
}

/// Somebody says where a scope is, and that is no place to go to.
pub fn hint_unusable(scope: &ScopeName, says: &ScopeName, why: &anyhow::Error) -> anyhow::Error {
    failure(
        "no-remote",
        format!("nobody has said where the scope {scope} is; what the scope {says} says of it is refused: {why}"),
        format!(
            "ask who runs {says} to correct its scope.json, and where {scope} really is: bit remote add {scope} <url>"
        ),
    )
}

/// Something that is needed can't be had. Each line: what, who needs it, why.
pub fn dependencies_unavailable(lines: &[String]) -> anyhow::Error {
    failure(
        "dependencies-unavailable",
        format!("these versions can't be had:\n{}", lines.join("\n")),
        "run the same command again when their scopes can be reached; \"bit remote add <scope> <url>\" says where one is",
    )
}

/// Components at staged versions that are nowhere to be had. Each line: what, and why; then what else can't be had.
pub fn staged_versions_lost(lost: &[String], ids: &[String], further: &[String]) -> anyhow::Error {
    let further = match further {
        [] => String::new(),
        lines => format!("\nand these versions can't be had:\n{}", lines.join("\n")),
    };
    failure(
        "staged-versions-lost",
        format!(
            "these components are at staged versions that are not here; their files are as they were, and all else is done:\n{}{further}",
            lost.join("\n")
        ),
        format!(
            "where somebody has them, \"bit export\" there and \"bit import\" here; where they are lost: bit reset {} goes back to the versions they were made from, and keeps the files",
            ids.join(" ")
        ),
    )
}

/// Scopes that did not answer; all else was done.
pub fn scopes_not_reached(lines: &[String]) -> anyhow::Error {
    failure(
        "scopes-not-reached",
        format!("nothing came from these scopes, all else is done:\n{}", lines.join("\n")),
        "run the same command again once that is mended; \"bit remote\" shows where they are thought to be",
    )
}

/// The other side went on; its versions are here, and the files of ours stay.
pub fn components_diverged(ids: &[ComponentId]) -> anyhow::Error {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    failure(
        "merge-pending",
        format!("both sides went on, so the files were left as they are: {}", ids.join(", ")),
        "the other side's versions are here now: \"bit merge\" joins both",
    )
}

/// Two flags that contradict each other.
pub fn flags_contradict(one: &str, other: &str) -> anyhow::Error {
    usage("bad-flags", format!("{one} and {other} cannot be used together"), "leave one of them out")
}

/// A flag that only makes sense with ids.
pub fn ids_expected(flag: &str) -> anyhow::Error {
    usage(
        "ids-expected",
        format!("{flag} needs ids or patterns: without them \"bit import\" writes no files"),
        "to bring the files of the whole workspace back to their versions: bit checkout reset --all",
    )
}

/// A depth that is no number.
pub fn bad_depth(text: &str) -> anyhow::Error {
    usage(
        "bad-depth",
        format!("the depth of dependencies must be a positive integer, not \"{}\"", text.escape_debug()),
        "1 takes the direct dependencies",
    )
}

/// Nothing that needs what is imported goes through this component.
pub fn not_between(name: &str) -> anyhow::Error {
    let name = name.escape_debug();
    failure(
        "not-between",
        format!("no component of the workspace needs what is imported by way of \"{name}\""),
        "\"bit graph\" shows which components depend on which",
    )
}

/// A way to merge that does not exist.
pub fn bad_merge(text: &str) -> anyhow::Error {
    usage(
        "bad-merge",
        format!("merge must be one of the following: manual, ours, theirs; not \"{}\"", text.escape_debug()),
        "manual marks what both sides changed, ours keeps yours, theirs takes the others; before an id write --merge=manual",
    )
}

/// A name without a scope that no component of the workspace bears.
pub fn scope_missing(name: &str, nearest: Option<&str>) -> anyhow::Error {
    let meant = nearest.map(|nearest| format!("did you mean \"{nearest}\"? ")).unwrap_or_default();
    let name = name.escape_debug();
    failure(
        "unknown-component",
        format!("the workspace has no component \"{name}\", and without its scope nobody knows where to look for it"),
        format!("{meant}write it with its scope: bit import my-org.ui/{name}; all of a scope: bit import '{name}/*'"),
    )
}

/// A scope's name where a component is meant.
pub fn whole_scope_named(scope: &ScopeName) -> anyhow::Error {
    failure(
        "component-expected",
        format!("{scope} is the name of a scope, not of a component"),
        format!("\"bit list {scope}\" shows what it has; all of it: bit import '{scope}/*'"),
    )
}

/// A pattern that leaves the scope open.
pub fn import_scope_expected(pattern: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        format!("the pattern \"{}\" must begin with the name of a scope", pattern.escape_debug()),
        format!("write it before the slash: 'my-org.ui/{}'", within_scope(pattern).escape_debug()),
    )
}
