//! Publishing versions.

use super::copies::{copy_left_to_others, copy_wanted_again};
use super::verify::GUARD;
use super::{Failure, because, failure, few_ids, for_shell, indented, report};
use crate::model::{CommitId, ComponentId, Increment, Level, Mark, Moment, Moved, ScopeName, Version, VersionId, few};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Something that keeps a version from being published.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conflict {
    /// The scope lists another content under this number.
    SameNumber {
        /// The version that is to be published.
        id: VersionId,
        /// Its content.
        here: CommitId,
        /// The other one.
        there: CommitId,
        /// Where that is listed.
        standing: Standing,
    },
    /// The scope's newest version is not in this one's history.
    Diverged(VersionId, Version, Standing),
    /// The scope has removed the component.
    Removed(VersionId),
    /// Somebody has gone on with a copy.
    CopyDiverged(VersionId, Version),
    /// The scope has removed a copy.
    CopyRemoved(VersionId),
    /// A tag that no catalog lists has this name and another content.
    StrayTag {
        /// The version that is to be published.
        id: VersionId,
        /// What the tag is on.
        commit: CommitId,
        /// By whom (name and address) and when that was made.
        made: Option<(String, String, Moment)>,
        /// Whose tag it is.
        origin: TagOrigin,
    },
}

/// Where that is listed which is in the way of a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// In its scope.
    Listed,
    /// In its scope, which is not the one that it was.
    Anew,
    /// In the last catalog that was seen: the scope has lost it.
    Lost,
}

/// Where a tag comes from that no catalog lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TagOrigin {
    /// From an export that was stopped.
    Export,
    /// From a person: what it is on is not that version.
    Person,
}

impl Conflict {
    /// The version beside which something else was made, by others or in another clone, to be joined with it.
    pub fn own_side(&self) -> Option<&VersionId> {
        match self {
            Self::SameNumber { id, .. } | Self::Diverged(id, ..) => Some(id),
            _ => None,
        }
    }

    fn other_side(&self) -> Option<(&ComponentId, Standing)> {
        match self {
            Self::SameNumber { id, standing, .. } | Self::Diverged(id, _, standing) => Some((&id.id, *standing)),
            _ => None,
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SameNumber { id, here, there, standing } => {
                let (number, here, there) = (&id.version, here.short(), there.short());
                match standing {
                    Standing::Listed | Standing::Anew => write!(f, "{id}: the scope has another {number} already")?,
                    Standing::Lost => write!(f, "{id}: the scope had listed another {number} before it lost that")?,
                }
                write!(f, " ({there}; yours is {here})")
            }
            Self::Diverged(id, head, Standing::Lost) => {
                write!(
                    f,
                    "{id}: the scope had gone on to {head} before it lost that, and this version was not made from it"
                )
            }
            Self::Diverged(id, head, _) | Self::CopyDiverged(id, head) => {
                write!(f, "{id}: the scope went on to {head}, which this version was not made from")
            }
            Self::Removed(id) | Self::CopyRemoved(id) => {
                write!(f, "{id}: all versions of {} were marked as deleted on the remote scope", id.id.name)
            }
            Self::StrayTag { id, commit, made, .. } => {
                write!(f, "{id}: a tag of that name is on the commit {commit}, which no catalog lists")?;
                match made {
                    Some((name, address, moment)) => {
                        write!(f, " (by {} on {})", one_line(&format!("{name} <{address}>")), moment.day())
                    }
                    None => Ok(()),
                }
            }
        }
    }
}

/// Versions that the scopes can't take.
pub fn export_conflicts(conflicts: &[Conflict]) -> anyhow::Error {
    let lines: Vec<String> = conflicts.iter().map(|conflict| format!("  {conflict}")).collect();
    let refusal = failure(
        "export-conflict",
        format!(
            "versions conflict occurred when exporting the component(s), nothing was exported:\n{}",
            lines.join("\n")
        ),
        hint_for(conflicts),
    );
    let may_be_listed_soon = |one: &Conflict| matches!(one, Conflict::StrayTag { origin: TagOrigin::Export, .. });
    match conflicts.iter().all(may_be_listed_soon) {
        true => because(refusal, MayBeAtWork),
        false => refusal,
    }
}

/// The same, where the files of some components are of other versions than those that are refused: what is joined is
/// what is in the files.
pub fn own_versions_first(refusal: anyhow::Error, own: &[VersionId]) -> anyhow::Error {
    let Failure { kind, message, hint, exit } = report(&refusal);
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let hint = format!("bring your own versions into your files first (bit checkout {}); then {hint}", own.join(" "));
    refusal.context(Failure { kind, message, hint, exit })
}

/// Nothing but tags is in the way, and whoever made them may be about to list them.
#[derive(Debug)]
pub struct MayBeAtWork;

impl std::error::Error for MayBeAtWork {}

impl fmt::Display for MayBeAtWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another export may be at work")
    }
}

fn hint_for(conflicts: &[Conflict]) -> String {
    let mut hints: Vec<String> = [Standing::Listed, Standing::Anew, Standing::Lost]
        .into_iter()
        .filter_map(|standing| {
            let others = conflicts.iter().filter_map(Conflict::other_side).filter(|(_, its)| *its == standing);
            let ids: Vec<&ComponentId> = others.map(|(id, _)| id).collect();
            ids.first().map(|first| hint_for_other_side(&first.scope, standing, &few_ids(&ids)))
        })
        .collect();
    hints.extend(conflicts.iter().find_map(|conflict| match conflict {
        Conflict::CopyDiverged(id, _) => Some(copy_left_to_others(&id.id)),
        Conflict::CopyRemoved(id) => Some(copy_wanted_again(&id.id)),
        _ => None,
    }));
    let removed = conflicts.iter().find_map(|conflict| match conflict {
        Conflict::Removed(id) => Some(&id.id.name),
        _ => None,
    });
    if let Some(name) = removed {
        hints.push(format!("to have it there again: bit recover {name}, then bit export"));
    }
    let strays = conflicts.iter().filter_map(|conflict| match conflict {
        Conflict::StrayTag { id, origin, .. } => Some((id, *origin)),
        _ => None,
    });
    if let Some((VersionId { id: component, version }, origin)) = strays.clone().next() {
        let next = version
            .next(&Increment { level: Level::Patch, by: 1, prerelease_id: None })
            .map_or_else(|_| "<number>".to_owned(), |next| next.to_string());
        let another =
            format!("take the next number (bit reset {0} {version}, then bit tag {0} --ver {next})", component.name);
        let is_left = |(id, origin): &(&VersionId, TagOrigin)| {
            id.id.scope == component.scope && matches!(origin, TagOrigin::Export)
        };
        let tags: Vec<String> =
            strays.filter(is_left).map(|(id, _)| format!("{}@{}", id.id.name, id.version)).collect();
        hints.push(match origin {
            TagOrigin::Export => format!(
                "the tag is left from an export that was stopped, or that is at work: {another}, or remove it (bit scope sweep {} {})",
                component.scope,
                tags.join(" ")
            ),
            TagOrigin::Person => format!("the tag is somebody's own: {another}, or ask who made it to remove it"),
        });
    }
    hints.join("; ")
}

/// How a person joins what two sides have made.
fn hint_for_other_side(scope: &ScopeName, standing: Standing, ids: &str) -> String {
    let join = format!(
        "join both sides (bit merge), tag, and export again; or take your version back (bit reset {ids}), and bring theirs into your files (bit import {ids} --merge)"
    );
    let accept = format!("bit fetch --accept-replaced {scope}");
    match standing {
        Standing::Listed => join,
        Standing::Anew => format!("look at the scope, and take it as it is now ({accept}); then {join}"),
        Standing::Lost => format!(
            "what the scope has listed once is settled: whoever has it brings it back first (bit export --all-versions, there); then here {accept}, and {join}"
        ),
    }
}

/// A person's name in a commit may hold anything.
fn one_line(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Where a scope is, in the place of its name.
pub fn place_is_no_scope(place: &str) -> anyhow::Error {
    failure(
        "no-remote",
        format!("\"{}\" says where a scope is, and an export needs its name", place.escape_debug()),
        format!(
            "bit remote add {} asks the scope for its name (\"bit remote list\" shows those that are known); then: bit export, and that name",
            for_shell(&place.escape_debug().to_string())
        ),
    )
}

/// A scope in the place of an id.
pub fn scope_comes_first(scope: &ScopeName, first: Option<&ScopeName>, others: &[&str]) -> anyhow::Error {
    let others = others.join(" ");
    match first {
        None => failure(
            "scope-not-first",
            format!("{scope} is a scope, and no component of this workspace"),
            format!(
                "the scope comes first (bit export {scope} {others}), or after --to (bit export {others} --to {scope})"
            ),
        ),
        Some(first) => failure(
            "scope-not-first",
            format!("{scope} is a scope too, and no component of this workspace"),
            format!(
                "an export goes to one scope: bit export {first} {others}; without one, each component goes to its own"
            ),
        ),
    }
}

/// A scope to look at, and nobody has said where it is.
pub fn unknown_remote(scope: &ScopeName, nearest: Option<&str>, command: &str) -> anyhow::Error {
    let known = nearest.map(|nearest| format!("did you mean \"{nearest}\"? ")).unwrap_or_default();
    failure(
        "no-remote",
        format!("nobody has said where the scope {scope} is"),
        format!(
            "{known}\"{command} {scope} <url>\" says it, \"bit.scope/remotes\" in workspace.jsonc to the whole team"
        ),
    )
}

/// A repository without a catalog.
pub fn no_catalog_there(url: &str) -> anyhow::Error {
    failure(
        "no-scope-there",
        format!("{url} is no scope: it holds no catalog"),
        format!(
            "\"bit scope create {}\" makes one of it if it is empty; what holds other things is better left as it is",
            for_shell(url)
        ),
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
pub fn scope_was_replaced(scope: &ScopeName, lost: &[Moved]) -> anyhow::Error {
    failure(
        "scope-replaced",
        format!("{}; nothing was exported", another_scope(scope, lost)),
        "ask who made it anew; \"bit export --all-versions\" publishes all that is known here again",
    )
}

/// The same as a warning, where nothing was to be exported.
pub fn scope_lost(scope: &ScopeName, lost: &[Moved]) -> String {
    format!("{}; \"bit export --all-versions\" publishes all that is known here again", another_scope(scope, lost))
}

/// In what a scope differs from the one that was known.
pub(super) fn another_scope(scope: &ScopeName, lost: &[Moved]) -> String {
    let gone: Vec<String> = lost.iter().filter(|one| one.is.is_none()).map(|one| one.id.to_string()).collect();
    let exchanged: Vec<String> = lost.iter().filter_map(exchanged).collect();
    let no_longer = |ids: Vec<String>| (!ids.is_empty()).then(|| format!("it no longer lists {}", ids.join(", ")));
    let otherwise = |told: Vec<String>| (!told.is_empty()).then(|| told.join("; "));
    let told: Vec<String> = no_longer(gone).into_iter().chain(otherwise(exchanged)).collect();
    not_the_one_it_was(
        scope,
        match told.is_empty() {
            true => "it lists every version that was known, but with another history".to_owned(),
            false => told.join("; "),
        },
    )
}

fn exchanged(Moved { id, was, is }: &Moved) -> Option<String> {
    is.map(|is| format!("{id} was {was}, is {is}"))
}

/// A scope that does not go on from what it was, and why nobody takes it for that.
pub(super) fn not_the_one_it_was(scope: &ScopeName, why: impl fmt::Display) -> String {
    format!("the scope {scope} is not the one it was: {why}")
}

/// How versions come back that a catalog does not list any more.
pub(super) const BROUGHT_BACK: &str =
    "a catalog only grows: ask who changed it; \"bit export --all-versions\", where the versions are, lists them again";

/// A scope that goes on from the one that was known, and lists what was settled otherwise.
pub fn scope_was_changed_before_export(scope: &ScopeName, moved: &[&Moved]) -> anyhow::Error {
    let accepted = format!("once you have looked at it: bit fetch --accept-replaced {scope}");
    let hint = match moved.iter().all(|moved| moved.is.is_none()) {
        true => format!("{BROUGHT_BACK}; {accepted}"),
        false => format!("a version never changes: ask who runs the scope; {accepted}"),
    };
    failure("version-moved", format!("{}; nothing was exported", changed_scope(scope, moved)), hint)
}

/// A scope that is not what is known of it, whose catalog was to say something else.
pub fn scope_was_changed_before_amending(scope: &ScopeName, moved: &[&Moved]) -> anyhow::Error {
    let told = if moved.is_empty() { another_scope(scope, &[]) } else { changed_scope(scope, moved) };
    failure(
        "version-moved",
        format!("{told}; nothing was changed"),
        format!("ask who runs the scope; once you have looked at it: bit fetch --accept-replaced {scope}"),
    )
}

/// The same as a warning, where nothing was to be exported.
pub fn scope_changed(scope: &ScopeName, moved: &[&Moved]) -> String {
    format!(
        "{}; what was known of it stays. A version never changes: ask who runs the scope; \"bit verify {scope}\" tells more",
        changed_scope(scope, moved)
    )
}

/// In what a scope differs from the one that it goes on from.
pub(super) fn changed_scope(scope: &ScopeName, moved: &[&Moved]) -> String {
    const SHOWN: usize = 10;
    let gone = |Moved { id, was, .. }: &Moved| format!("{id} was {was}, is not listed any more");
    let one = |moved: &Moved| exchanged(moved).unwrap_or_else(|| gone(moved));
    let mut lines: Vec<String> = moved.iter().take(SHOWN).map(|moved| one(moved)).collect();
    if moved.len() > SHOWN {
        lines.push(format!("and {} more", moved.len() - SHOWN));
    }
    format!("the scope {scope} was changed: {}", lines.join("; "))
}

/// A warning: nothing was to be exported, and whether the scope is what it was could not be seen.
pub fn scope_not_asked(scope: &ScopeName, url: &str, error: &anyhow::Error) -> String {
    format!("the scope {scope} at {url} could not be asked whether it is as it was: {}", report(error).message)
}

/// Versions that are needed are neither published nor part of this export.
pub fn dependencies_not_exported(pairs: &[(String, String)], commands: &[String]) -> anyhow::Error {
    let lines: Vec<String> = pairs.iter().map(|(dependent, needed)| format!("  {dependent} needs {needed}")).collect();
    failure(
        "dependencies-not-exported",
        format!(
            "these dependencies are neither exported nor part of this export, nothing was exported:\n{}",
            lines.join("\n")
        ),
        match commands {
            [] => "export them first, from where they were tagged; where the scope has another version of that number, make the dependent anew: bit reset it, then tag".to_owned(),
            commands => format!("export them too: {}", commands.join("; then: ")),
        },
    )
}

/// The host said no.
pub fn push_refused(scope: &ScopeName, url: &str, name: &str, why: &str) -> anyhow::Error {
    failure(
        "push-refused",
        format!("{url} refused {name} for the scope {scope}: {why}"),
        match () {
            () if why.contains(GUARD) => {
                "the guard of the scope says what has to be put right first; then run the same command again"
            }
            () if why.contains("currently checked out") => {
                "it has a working tree of that branch: name a repository without one (git init --bare makes it)"
            }
            // A hook may have any reason.
            () if why.contains("hook declined") => {
                "a hook there refused it, and its words say why, if it has any (a protected branch, a rule of its own): ask who runs the host"
            }
            () => "ask its admin for the right to push tags and the catalog's branch (is it protected?)",
        },
    )
}

/// A host that took the catalog of an atomic push and not its tags, since it hides them: it lists what is not there.
pub fn catalog_without_tags(scope: &ScopeName, refusal: &anyhow::Error) -> anyhow::Error {
    failure(
        "push-refused",
        format!(
            "{}; it took the catalog of {scope} all the same, which lists versions without tags now",
            report(refusal).message
        ),
        "ask its admin to hide no tags (git's transfer.hideRefs, receive.hideRefs); then the same command again pushes them",
    )
}

/// An export that failed, and could not take back everything that it had pushed.
pub fn with_tags_left(left: &BTreeMap<ScopeName, String>, error: anyhow::Error) -> anyhow::Error {
    if left.is_empty() {
        return error;
    }
    let lines: Vec<String> = left.iter().map(|(scope, why)| format!("{scope}: {why}")).collect();
    let Failure { message, hint, kind, exit } = report(&error);
    let sweep: Vec<String> = left.keys().map(|scope| format!("\"bit scope sweep {scope}\"")).collect();
    let message = format!(
        "{message}\nthese scopes may have tags of this export, which could not be taken back and which no catalog lists:\n{}",
        indented(&lines)
    );
    let hint = format!("{hint}; the next \"bit export\" goes on from such tags, or {} removes them", sweep.join(", "));
    Failure { kind, message, hint, exit }.into()
}

/// git can't have the ref beside one that is there: one of the names is a folder of the other.
pub fn ref_beside_another(scope: &ScopeName, url: &str, name: &str, other: &str) -> anyhow::Error {
    failure(
        "ref-in-the-way",
        format!("the scope {scope} at {url} can't have {name} as long as {other} is there"),
        format!(
            "no version has such a tag: ask whose it is, and remove it (git push {} :{}); then run the same command again",
            for_shell(url),
            for_shell(other)
        ),
    )
}

/// Some scopes have everything, others got nothing, since one refused it say.
pub fn some_scopes_done(done: &[ScopeName], others: &[&ScopeName], error: &anyhow::Error) -> anyhow::Error {
    let done: Vec<String> = done.iter().map(ToString::to_string).collect();
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    let have = |names: &[String]| if names.len() == 1 { "has" } else { "have" };
    failure(
        "partly-exported",
        format!(
            "{} {} everything; {} {} not: {}",
            done.join(", "),
            have(&done),
            others.join(", "),
            have(&others),
            but_not_all(report(error).message)
        ),
        "when that is mended, run \"bit export\" again: it finishes what is left",
    )
}

/// One of several scopes does not answer, and all of them wait for it. `free` are the components that need nothing of it.
pub fn scope_keeps_others_waiting(scope: &ScopeName, error: anyhow::Error, free: &[ComponentId]) -> anyhow::Error {
    let Failure { kind, message, hint, exit } = report(&error);
    error.context(Failure {
        kind,
        message: format!("{scope} can't be reached, so nothing was exported to any scope: {message}"),
        hint: match free {
            [] => hint,
            free => format!("{hint}; what needs nothing of it can go without: bit export {}", few_ids(free)),
        },
        exit,
    })
}

/// Everything was published, and what is here could not be told of it.
pub fn published_and_not_written_down<'s>(
    scopes: impl Iterator<Item = &'s ScopeName>,
    error: anyhow::Error,
) -> anyhow::Error {
    let Failure { kind, message, hint, exit } = report(&error);
    let scopes: Vec<String> = scopes.map(ToString::to_string).collect();
    let message =
        format!("everything was published to {}, and could not be written down here: {message}", scopes.join(", "));
    let hint = if hint.is_empty() { hint } else { format!("{hint}; ") };
    error.context(Failure { kind, message, hint: format!("{hint}the next \"bit export\" writes it down"), exit })
}

/// What a refusal says, where others got theirs all the same.
pub(super) fn but_not_all(words: String) -> String {
    [", nothing was exported", "; nothing was exported"].iter().fold(words, |words, nothing| words.replace(nothing, ""))
}

/// Why a version that a scope has lost does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Away {
    /// It is not here.
    NotHere,
    /// The scope lists something else under its number.
    Exchanged {
        /// The version that was listed.
        was: CommitId,
        /// The one that is listed.
        is: CommitId,
    },
    /// Nobody asked for it.
    NotMeant,
}

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHere => write!(f, "the scope has lost it, and it is not here"),
            Self::Exchanged { was, is } => write!(f, "it was {}, and the scope lists {} now", was.short(), is.short()),
            Self::NotMeant => write!(f, "the scope has lost it, and it was not to be exported"),
        }
    }
}

/// What does not come back to scopes that have lost it.
pub fn versions_stay_lost<'l>(lost: impl Iterator<Item = (&'l VersionId, &'l Away)>) -> anyhow::Error {
    const SHOWN: usize = 20;
    let (mut lines, mut scopes) = (Vec::new(), BTreeSet::new());
    for (id, away) in lost {
        lines.push(format!("{id}: {away}"));
        scopes.insert(&id.id.scope);
    }
    let accept: Vec<String> = scopes.iter().map(|scope| format!("--accept-replaced {scope}")).collect();
    failure(
        "versions-stay-lost",
        format!("these versions don't come back by this, all else does:\n{}", indented(&few(lines, SHOWN))),
        format!(
            "whoever has them runs \"bit export --all-versions\" too, and \"bit fetch\" sees them here then; where nobody has them: bit fetch {}",
            accept.join(" ")
        ),
    )
}

/// The same of those that nobody asked for.
pub fn others_stay_lost(scope: &ScopeName, ids: &[&VersionId]) -> String {
    const SHOWN: usize = 5;
    let mut names: Vec<String> = ids.iter().take(SHOWN).map(ToString::to_string).collect();
    if ids.len() > SHOWN {
        names.push(format!("and {} more", ids.len() - SHOWN));
    }
    format!(
        "{scope} has lost more than that: {} (\"bit export --all-versions\" publishes all that is here)",
        names.join(", ")
    )
}

/// What a scope said of a component when it was last seen, and does not say any more, since a backup was put back.
pub fn not_said_again(id: &ComponentId, mark: &Mark) -> String {
    let range = mark.range().map_or_else(String::new, |range| format!(" --range {}", for_shell(range)));
    let command = format!("bit {} {id}{range}", mark.command());
    let why = match mark {
        Mark::Recover => "which of its versions have their tags is not known",
        _ => "somebody may have gone on with it since",
    };
    format!(
        "{id} was {} when the scope was last seen here, and is not now; that was not said again, for {why}: \"{command}\" says it",
        mark.words()
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
        "\"bit export <scope>\" makes a scope theirs (\"bit remote list\" shows those that are known, \"bit scope create\" makes one)",
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
        format!(
            "they were tagged elsewhere (another clone, another worktree): each has its own local scope, and \"bit import\" fills it with what was exported; where a version is lost, \"bit reset {}\" goes back to the one it was made from, and keeps the files",
            few_ids(ids)
        ),
    )
}

/// Versions that their scope had with tag objects, and of which only the commits, or too many tags, are here.
pub fn export_without_tags(lost: &[(VersionId, String)]) -> anyhow::Error {
    let line = |(id, tag): &(VersionId, String)| format!("  {id} ({})", short(tag));
    let lines: Vec<String> = lost.iter().map(line).collect();
    failure(
        "tags-not-here",
        format!(
            "these versions had an annotated or signed tag in their scope, and here only their commits are known; nothing was exported:\n{}",
            lines.join("\n")
        ),
        "whoever has their tags exports them first: \"bit export --all-versions\" there",
    )
}

/// Staged versions whose tags are on something else than when they were verified.
pub fn export_moved(moved: &[(VersionId, CommitId, CommitId)]) -> anyhow::Error {
    let line = |(id, before, now): &(VersionId, CommitId, CommitId)| {
        format!("  {id}: it was verified as {}, its tag is on {} now", before.short(), now.short())
    };
    let lines: Vec<String> = moved.iter().map(line).collect();
    failure(
        "version-changed",
        format!(
            "somebody moved the tags of these versions here, bit did not; nothing was exported:\n{}",
            lines.join("\n")
        ),
        "\"bit verify --fix\" puts them back; once you have looked at it, \"bit verify --accept\" takes them as they are",
    )
}

fn short(id: &str) -> &str {
    id.get(..9).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::because;

    #[test]
    fn what_the_program_needs_to_know_is_not_shown() {
        let error = because(failure("x", "it does not answer", "wait"), fmt::Error);
        let scope: ScopeName = "my-org.ui".parse().unwrap();
        assert!(scope_not_asked(&scope, "/srv/x", &error).ends_with("whether it is as it was: it does not answer"));
        let partly = some_scopes_done(&[], &[&scope], &error);
        assert!(partly.to_string().ends_with("has not: it does not answer"), "{partly}");
    }
}
