//! Copies of components in other scopes.

use super::{Failure, because, failure, few_ids, in_one_line, usage};
use crate::model::{ComponentId, ScopeName, Version, VersionId};
use std::collections::BTreeSet;
use std::fmt;

/// What a person has to agree to before components are copied that nobody named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForkConsentNeeded {
    /// The components, which have another scope.
    pub ids: Vec<ComponentId>,
    /// The components that were never exported, and would get that scope.
    pub movers: Vec<ComponentId>,
    /// The scope they would be copied to.
    pub scope: ScopeName,
}

impl fmt::Display for ForkConsentNeeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<String> = self.ids.iter().map(|id| format!("  {id}")).collect();
        write!(
            f,
            "bit is about to fork the following components and export them to {}.\n{}",
            self.scope,
            lines.join("\n")
        )?;
        if !self.movers.is_empty() {
            let lines: Vec<String> =
                self.movers.iter().map(|id| format!("  {id} → {}/{}", self.scope, id.name)).collect();
            write!(f, "\nThese were never exported, and get {} as their scope.\n{}", self.scope, lines.join("\n"))?;
        }
        Ok(())
    }
}

impl std::error::Error for ForkConsentNeeded {}

/// Components of other scopes would be copied, and nobody has said that this is wanted.
pub fn fork_consent_needed(ids: Vec<ComponentId>, movers: Vec<ComponentId>, scope: &ScopeName) -> anyhow::Error {
    let needed = ForkConsentNeeded { ids, movers, scope: scope.clone() };
    let hint = format!(
        "nothing was exported; name the ids to say that copies in {scope} are wanted, or add --force; \"bit export\" without a scope publishes each in its own"
    );
    because(failure("consent-needed", needed.to_string(), hint), needed)
}

/// What only makes sense with a scope to copy to.
pub fn target_scope_expected(flag: &str) -> anyhow::Error {
    usage(
        "scope-expected",
        format!("to use {flag}, please specify a remote scope"),
        format!("bit export <scope> [ids] {flag}"),
    )
}

/// Versions that a copy would have to have.
pub fn copy_incomplete(lines: &[String]) -> anyhow::Error {
    failure(
        "copy-incomplete",
        format!("these versions are not here and could not be had, nothing was exported:\n{}", lines.join("\n")),
        "a copy has every version of its component; --known-only copies those that are known here",
    )
}

/// A scope that did not answer, or is not what it was, where what was last seen of it is enough.
pub fn copied_as_last_seen(scope: &ScopeName, error: &anyhow::Error) -> String {
    let what = match ["scope-replaced", "version-moved"].contains(&super::report(error).kind) {
        true => "is not taken as it is now",
        false => "could not be asked",
    };
    format!("{scope} {what}; its components are copied as they were last seen: {}", in_one_line(error))
}

/// A maintenance version whose number the target has given to something else.
pub fn maintenance_number_taken(id: &VersionId, scope: &ScopeName) -> String {
    format!(
        "{id} was not copied: {scope} has another {} already, and a maintenance version has no next number",
        id.version
    )
}

/// What rewired copies need, and that has no copy.
pub fn left_as_they_are(ids: &[String], scope: &ScopeName, copied: &[String]) -> String {
    format!(
        "copies still need these, which have no copy in {scope} (\"bit export {scope} {} --include-dependencies --rewire\" makes them):\n{}",
        copied.join(" "),
        indented(ids)
    )
}

/// What copies go on needing because they need another version of its copy too.
pub fn needed_beside_their_copies(pairs: &BTreeSet<(VersionId, VersionId)>, scope: &ScopeName) -> Option<String> {
    let lines: Vec<String> = pairs.iter().map(|(id, needed)| format!("{id} needs {needed}")).collect();
    let what = format!(
        "these have copies in {scope}, and stay needed as they are: what needs them needs another version of such a copy too, and a package can have one version of another one"
    );
    (!lines.is_empty()).then(|| format!("{what}:\n{}", indented(&lines)))
}

/// A component, what its copy would be called, and why it can't be.
pub type TakenName = (ComponentId, ComponentId, &'static str);

/// Copies that would get names which are taken: of components that were asked for, or of what goes along with others.
pub fn copy_names_taken(
    taken: &[TakenName],
    asked_for: &[&ComponentId],
    others: &[&ComponentId],
    scope: &ScopeName,
    rewire: &str,
) -> anyhow::Error {
    let lines: Vec<String> = taken.iter().map(|(old, new, by)| format!("  {old} → {new}: {by}")).collect();
    let words = |ids: &[&ComponentId]| ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let along: Vec<&ComponentId> = taken.iter().map(|(old, ..)| old).filter(|old| !asked_for.contains(old)).collect();
    let mut hints = Vec::new();
    if !along.is_empty() && !others.is_empty() {
        hints.push(format!(
            "without it, the copies go on needing {}: bit export {scope} {}{rewire}",
            words(&along),
            words(others)
        ));
    }
    if let [first, ..] = asked_for {
        hints.push(format!(
            "to go on there under another name, without the history: bit fork {first} <another name> --scope {scope}; then bit tag, and bit export"
        ));
    }
    hints.push("or export to a scope that has no such name".to_owned());
    if !along.is_empty() {
        hints.push("to rename it here does not help: its old versions are needed under their name".to_owned());
    }
    failure(
        "name-taken",
        format!("these names are taken, nothing was exported:\n{}", lines.join("\n")),
        hints.join("; "),
    )
}

/// A component that was to go on with a copy, and whose folder is at a version that is not copied.
pub fn folder_not_copied(id: &VersionId, scope: &ScopeName, without_versions: Option<&str>) -> anyhow::Error {
    failure(
        "not-copied",
        format!(
            "the folder of {} is at {}, which this export does not copy to {scope}; so it can't go on there",
            id.id, id.version
        ),
        match without_versions {
            Some(ids) => format!("name no version, then all are copied: bit export {scope} {ids} --set-current-scope"),
            None => format!("bring it to a version that is copied first: bit checkout latest {}", id.id),
        },
    )
}

/// A scope has copies of a component, but none of the version that its folder is at. `went_on`: the version that somebody
/// else put on top of the copies, and the newest copied one.
pub fn copy_lacks_version(
    copy: &ComponentId,
    here: &VersionId,
    went_on: Option<(&Version, &Version)>,
) -> anyhow::Error {
    failure(
        "no-copy",
        format!("{copy} has no copy of {here}, which the folder is at"),
        match went_on {
            Some((head, copied)) => format!(
                "somebody else went on with {copy} ({head} is no copy), so no more copies fit there; to go on with theirs, bring the folder to a version that is copied, bit checkout {copied} {}, and run the same command again",
                here.id
            ),
            None => format!(
                "bit export {} {} --set-current-scope copies it, and goes on with the copy",
                copy.scope, here.id
            ),
        },
    )
}

/// Copies whose numbers are not those of their origins.
pub fn renumbered(pairs: &[(VersionId, VersionId)]) -> Option<String> {
    let lines: Vec<String> = pairs.iter().map(|(from, to)| format!("{from} → {to}")).collect();
    let what = "other content has their numbers there, and a released version never changes; so these got new ones";
    (!lines.is_empty()).then(|| format!("{what}:\n{}", indented(&lines)))
}

/// A copy that somebody else has worked on.
pub fn copy_has_a_life_of_its_own(id: &ComponentId, head: &str) -> anyhow::Error {
    failure(
        "diverged",
        format!("{id} has gone on by itself: its {head} is no copy of anything, so nothing can be put on top of it"),
        copy_left_to_others(id),
    )
}

/// What to do where somebody goes on with a copy.
pub(super) fn copy_left_to_others(id: &ComponentId) -> String {
    format!("leave {id} to those who go on with it; for a copy of your own: bit export <another scope> {}", id.name)
}

/// What to do where a copy was deleted.
pub(super) fn copy_wanted_again(id: &ComponentId) -> String {
    format!("to have the copy there again: bit recover {id} --remote, then the same export")
}

/// Copies that are put on top of versions, or need some, which did not come when they were asked for.
pub fn copies_lack_versions(scope: &ScopeName, ids: &[String]) -> anyhow::Error {
    failure(
        "copy-incomplete",
        format!(
            "copies in {scope} go on from these versions or need them, and they could not be had, nothing was exported:\n{}",
            indented(ids)
        ),
        format!("bit import --objects {} says why", ids.join(" ")),
    )
}

/// The same where it is known why they did not come.
pub fn copy_incomplete_because(error: &anyhow::Error) -> Failure {
    Failure { kind: "copy-incomplete", ..super::report(error) }
}

/// Copies that `.bitmap` speaks of, and a scope does not list. Nobody here has seen them.
pub fn copies_are_gone(scope: &ScopeName, ids: &[String]) -> anyhow::Error {
    let (names, ids) = (ids.join(", "), ids.join(" "));
    failure(
        "copies-gone",
        format!("it lists no copies of {names}, which .bitmap says it has, and how they were made is not known here"),
        format!(
            "whoever has them, or has fetched {scope} since they were made, puts them back: \"bit export --all\" there; where nobody has: \"bit export {scope} {ids}\" makes new ones, with --include-dependencies --rewire if they were made so"
        ),
    )
}

/// The same where a person names the scope, and so wants them to be made.
pub fn copies_made_anew(scope: &ScopeName, ids: &[ComponentId]) -> Option<String> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    (!ids.is_empty()).then(|| {
        format!(
            "by .bitmap {scope} had copies of these, and it listed none; where they were made in another way (--rewire), others have other versions under these numbers:\n{}",
            indented(&ids)
        )
    })
}

/// Whether a refusal is about copies in one scope, and says nothing of others.
pub fn is_of_one_scope(refusal: &anyhow::Error) -> bool {
    const KINDS: [&str; 8] = [
        "name-taken",
        "unknown-origin",
        "old-package-names",
        "diverged",
        "export-conflict",
        "copies-gone",
        "copy-incomplete",
        "version-moved",
    ];
    KINDS.contains(&super::report(refusal).kind)
}

/// Why a scope did not get its copies. Others got theirs, so a refusal does not say that nothing was exported.
pub fn why_held_back(refusal: &anyhow::Error) -> String {
    super::export::but_not_all(in_one_line(refusal))
}

/// A scope that did not get its copies.
pub fn copies_held_back(scope: &ScopeName, why: &str) -> String {
    format!(
        "{scope} did not get its copies: {why}; to leave it out from now on, take {scope} out of \"scopes\" in .bitmap"
    )
}

/// Nothing was to be exported but copies, and no scope took any.
pub fn no_copy_taken() -> anyhow::Error {
    failure(
        "nothing-exported",
        "nothing was exported: no scope took its copies",
        "what is above says why, and the way out",
    )
}

/// Some scopes got everything, others did not get their copies.
pub fn some_copies_held_back() -> anyhow::Error {
    failure(
        "partly-exported",
        "not all was exported: some scopes did not get their copies",
        "what is above says why, and the way out; \"bit export --all\" does the rest",
    )
}

/// Versions that nobody named, and that go along.
pub fn copied_as_well(later: &[String]) -> Option<String> {
    let what = "a copy has every version that its scope lists, so these go along though an older one was named";
    (!later.is_empty()).then(|| format!("{what}:\n{}", indented(later)))
}

/// Components that get another scope, and need what stays in its own.
pub fn movers_need_copies(pairs: &[(String, String)], ids: &[String]) -> anyhow::Error {
    failure(
        "never-exported",
        format!(
            "these were never exported, so they are not copied: they move, and go on needing what has a scope already; --include-dependencies can't make copies for them, nothing was exported:\n{}",
            needs(pairs)
        ),
        format!(
            "export them to their own scopes first, then they can be copied: bit export current {}; then: the same export again; or leave --include-dependencies out",
            ids.join(" ")
        ),
    )
}

/// Components that get another scope, and need what stays in its own.
pub fn movers_need_others(pairs: &[(String, String)]) -> String {
    format!(
        "these were never exported, so they move, and go on needing what has a scope already; --rewire gives new names to what moves with them:\n{}",
        needs(pairs)
    )
}

fn needs(pairs: &[(String, String)]) -> String {
    indented(&pairs.iter().map(|(dependent, needed)| format!("{dependent} needs {needed}")).collect::<Vec<_>>())
}

/// Components whose primary scope was to change, and whose files are not those of their versions.
pub fn modified_files_would_be_rewired(places: &[String]) -> anyhow::Error {
    failure(
        "modified",
        format!("these components have local changes, so nothing was done:\n{}", indented(places)),
        "tag the changes, or take them back (bit checkout reset), and run the same command again",
    )
}

/// A version that is no copy.
pub fn no_origin(id: &VersionId) -> anyhow::Error {
    failure("no-origin", format!("{id} is no copy: it was made in its own scope"), "bit list shows where copies are")
}

/// What a copy comes from is not in the local scope.
pub fn origin_not_here(id: &VersionId) -> anyhow::Error {
    failure("not-here", format!("{id}, which the copy comes from, is not here"), format!("bit import --objects {id}"))
}

/// A scope has nothing that the workspace's component could go on with.
pub fn no_copy_of_a_component(id: &ComponentId) -> anyhow::Error {
    failure(
        "no-copy",
        format!("{id} is no copy of a version that a component of this workspace has"),
        format!("it is a component of its own: bit import {id} brings it; \"bit list\" shows where copies are"),
    )
}

/// A scope has a copy of something that is not known here, under a component's name.
pub fn copy_of_unknown(ids: &BTreeSet<(ComponentId, ComponentId, VersionId)>) -> anyhow::Error {
    let line = |(old, new, end): &(ComponentId, ComponentId, VersionId)| {
        format!("  {old} → {new}: whether the two are the same, {end} would say, which is not here")
    };
    let ends: BTreeSet<String> = ids.iter().map(|(_, _, end)| end.to_string()).collect();
    let ends: Vec<String> = ends.into_iter().collect();
    failure(
        "unknown-origin",
        format!(
            "a scope has components of these names, and nobody here can tell whose copies they are, nothing was exported:\n{}",
            ids.iter().map(line).collect::<Vec<_>>().join("\n")
        ),
        format!("bit import --objects {}, then the same export; or export to another scope", ends.join(" ")),
    )
}

/// A copy to go on with, of something that is not known here.
pub fn switch_to_copy_of_unknown(id: &ComponentId, end: &VersionId) -> anyhow::Error {
    failure(
        "unknown-origin",
        format!("whether {id} is a copy of a component of this workspace, {end} would say, which is not here"),
        format!("bit import --objects {end}, then the same command"),
    )
}

/// Staged versions that are not in the scope that is to be the primary one.
pub fn staged_not_copied(ids: &BTreeSet<VersionId>, scope: &ScopeName) -> anyhow::Error {
    let lines: Vec<String> = ids.iter().map(ToString::to_string).collect();
    failure(
        "staged",
        format!("{scope} does not have these staged versions, so nothing was done:\n{}", indented(&lines)),
        format!(
            "bit export {scope} {} --set-current-scope copies them, and goes on with the copies",
            few_ids(ids.iter().map(|id| &id.id))
        ),
    )
}

/// A copy has one origin.
pub fn origin_of_one_version() -> anyhow::Error {
    usage(
        "bad-flags",
        "--origin compares a copy with what it comes from, and takes no further version",
        "bit diff <id>@<version> --origin",
    )
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
