//! Mirroring scopes.

use super::export::not_the_one_it_was;
use super::network::TOO_LARGE;
use super::{EXIT_USAGE, Failure, failure, for_shell, report, take_version_out, usage};
use crate::model::{ScopeName, VersionId, few};
use std::path::Path;

/// Some destination is not what the source is, and was left as it is.
pub const EXIT_DIVERGED: u8 = 3;
/// Some destination could not be brought into sync, or what became of it could not be told.
pub const EXIT_NOT_MIRRORED: u8 = 4;

/// What is wrong with what was typed, or with a file that it names.
pub fn as_usage(error: anyhow::Error) -> anyhow::Error {
    Failure { exit: EXIT_USAGE, ..report(&error) }.into()
}

/// A source that does not list any more what was seen in it before, and how a person goes on.
pub fn mirror_source_lost(scope: &ScopeName, lost: &[VersionId], way_out: String) -> anyhow::Error {
    const SHOWN: usize = 10;
    let lost = few(lost, SHOWN).join(", ");
    let why = not_the_one_it_was(scope, format_args!("it no longer lists {lost}"));
    failure("scope-replaced", format!("{why}; nothing was mirrored"), way_out)
}

/// How a person goes on whose workspace has seen more.
pub fn mirror_accept_loss(scope: &ScopeName) -> String {
    format!(
        "ask who made it anew or rolled it back; \"bit export --all-versions\" lists again what is here; once you have looked at it, \"bit fetch --accept-replaced {scope}\" takes it as it is"
    )
}

/// How a person goes on where the destination has more, though the source's catalog goes on from its own.
pub fn mirror_bring_back() -> String {
    "ask who changed it: a catalog only grows; \"bit export --all-versions\", where the versions are, lists them again"
        .to_owned()
}

/// Neither places nor a file of jobs.
pub fn mirror_needs_places() -> anyhow::Error {
    usage(
        "mirror-places",
        "it is not said what to mirror",
        "name the source and the destinations: bit mirror my-org.ui https://example.com/ui.git; or a file: --config mirror.json",
    )
}

/// A source and nothing else.
pub fn mirror_needs_destination() -> anyhow::Error {
    usage(
        "mirror-places",
        "it is not said where to",
        "name at least one destination: bit mirror my-org.ui https://example.com/ui.git",
    )
}

/// A file of jobs beside others.
pub fn mirror_config_says_it_all() -> anyhow::Error {
    usage(
        "mirror-places",
        "--config says which scopes go where: there can be no places and no --scope-list beside it",
        "leave out the one or the other",
    )
}

/// Two choices of components for one job.
pub fn mirror_config_chooses_itself(from: &str) -> anyhow::Error {
    usage(
        "mirror-places",
        format!(
            "--include is for jobs that choose no components, and the job from {from} has an \"include\" of its own"
        ),
        "leave out --include, or the \"include\" of that job; --exclude counts beside both",
    )
}

/// One repository for several scopes.
pub fn mirror_one_place_for_all(place: &str) -> anyhow::Error {
    usage(
        "mirror-places",
        format!("with --scope-list \"{place}\" would be the place of every scope"),
        "say where the scope's name belongs: 'https://example.com/{scope}.git' ({owner} and {name} are its parts)",
    )
}

/// A place that waits for the name of a scope, where no list names any.
pub fn mirror_placeholder_without_list(place: &str, word: &str) -> anyhow::Error {
    usage(
        "mirror-places",
        format!("\"{place}\" holds {word}, and nothing says which scope that is"),
        format!(
            "{word} is understood with --scope-list <file>, which names a scope a line, and not in a --config file: say the place itself, or give the list"
        ),
    )
}

/// A file of scopes in which there is none.
pub fn mirror_names_no_scope(file: &Path) -> anyhow::Error {
    usage(
        "mirror-places",
        format!("{} names no scope: there is nothing to mirror", file.display()),
        "write a scope's name a line into a list, or {\"scopes\": [{\"from\": \"…\", \"to\": [\"…\"]}]} into a file of jobs",
    )
}

/// A place that is named twice.
pub fn mirror_twice_the_same(url: &str) -> anyhow::Error {
    usage("mirror-places", format!("{url} is named twice"), "every place can be the source or one destination")
}

/// What is no moment.
pub fn mirror_bad_since(text: &str) -> anyhow::Error {
    usage(
        "mirror-since",
        format!("\"{}\" is no moment", text.escape_debug()),
        "write a day, 2026-01-31, a moment, 2026-01-31T09:30:00Z, or how long ago: 30d, 12h",
    )
}

/// A destination that does not exist.
pub fn mirror_destination_absent(url: &str) -> anyhow::Error {
    failure(
        "mirror-absent",
        format!("there is no repository at {url}, or you may not see it"),
        format!(
            "--create makes one in a folder or over ssh (git init --bare {} does it by hand); on a host with a web page, make an empty repository there",
            for_shell(url)
        ),
    )
}

/// A destination that holds something and no scope.
pub fn mirror_into_something_else(url: &str) -> anyhow::Error {
    failure(
        "mirror-not-a-scope",
        format!("{url} holds something that is no scope; nothing was copied there"),
        "a mirror begins in an empty repository: name another place",
    )
}

/// A destination that is another scope.
pub fn mirror_into_another_scope(url: &str, found: &ScopeName, wanted: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope-there",
        format!("{url} is the scope {found}, not {wanted}; nothing was copied there"),
        "a repository holds one scope: name another place",
    )
}

/// A place that a list of scopes leads to, where another one is.
pub fn mirror_list_leads_elsewhere(wanted: &ScopeName, url: &str, found: &ScopeName) -> anyhow::Error {
    failure(
        "other-scope-there",
        format!("{url} is the scope {found}, not {wanted}, as the list says"),
        "mend the list, or the place of the source, in which {scope}, {owner} and {name} stand for the name that is listed",
    )
}

/// A source that lacks a part of its history.
pub fn mirror_source_cut_off(url: &str) -> anyhow::Error {
    failure(
        "mirror-cut-off",
        format!(
            "{url} holds histories that are cut off (a clone made with --depth): a mirror of it would not be whole"
        ),
        "bring the rest there (git fetch --unshallow), or mirror from where it came from",
    )
}

/// The folder of a cache holds something else.
pub fn mirror_cache_is_something_else(folder: &Path) -> anyhow::Error {
    usage(
        "mirror-cache",
        format!("{} holds something that is no cache of \"bit mirror\"; it was left alone", folder.display()),
        "name an empty folder, or one that does not exist",
    )
}

/// The folder of a cache is, holds or lies in one of the places.
pub fn mirror_cache_in_a_place(folder: &Path, place: &str) -> anyhow::Error {
    usage(
        "mirror-cache",
        format!(
            "--cache {} and {place} are one folder, or one lies in the other: a cache can be thrown away, a scope can't",
            folder.display()
        ),
        "name a folder for the cache that has nothing to do with the source and the destinations",
    )
}

/// A host that says yes and does nothing.
pub fn mirror_let_fall(url: &str) -> anyhow::Error {
    failure(
        "mirror-let-fall",
        format!("the host of {url} took what was pushed, and does not have it"),
        "run the same command again; if it stays so, ask who runs the host",
    )
}

/// A pattern that no component can match.
pub fn mirror_bad_pattern(pattern: &str) -> anyhow::Error {
    usage(
        "bad-pattern",
        format!("\"{}\" is no pattern of components", pattern.escape_debug()),
        "patterns name whole components, all versions of them: 'ui/*', '!ui/old'; --since chooses versions by their day",
    )
}

/// Objects of the source itself can't be read, whichever destination git speaks of.
pub fn mirror_source_damaged(source: &Path, fault: &str) -> anyhow::Error {
    let folder = source.display();
    failure(
        "mirror-source-damaged",
        format!("the source, {folder}, is damaged: {fault}"),
        format!(
            "see all of it: git --git-dir {} fsck --full; another mirror or a backup has what is missing",
            for_shell(&source.to_string_lossy())
        ),
    )
}

/// Why a version is not copied whose tag at the source names an object that is not there.
pub fn mirror_tag_names_nothing(object: impl std::fmt::Display) -> String {
    format!("its tag at the source names {object}, which is not there; another mirror or a backup may have it")
}

/// Why a version is not copied that a host does not give.
pub fn mirror_version_withheld(error: &anyhow::Error) -> String {
    format!(
        "the source can't hand it out: {}; ask who runs its host (git fsck --full there shows all of it); another mirror or a backup may have it",
        report(error).message
    )
}

/// Why a version is not copied that was made from one which a host does not give.
pub fn mirror_made_from_withheld(cause: &VersionId) -> String {
    format!("it was made from {cause}, which the source can't hand out")
}

/// Why a version is not copied whose tag at the source is on something else than its catalog lists.
pub fn mirror_tag_moved(tag: impl std::fmt::Display, listed: impl std::fmt::Display) -> String {
    format!("its tag is on {tag} at the source, whose catalog lists {listed}: {}", mirror_put_tag_back())
}

/// Why a version is not copied whose tag would be written to something else.
pub fn mirror_tag_leads_on(name: &str, to: &str) -> String {
    format!(
        "{name} is a symbolic ref there, which leads to {to}: what is written to it is written there, and it can change. Ask whose it is, to remove it (git symbolic-ref --delete {name})"
    )
}

/// A version of which a destination has something else than the source lists, or which the source does not list.
pub fn mirror_as_it_is_there(id: &VersionId) -> String {
    format!("{id}, as it is there,")
}

/// Why a removed version stays, where a version that only the destination has can't be read.
pub fn mirror_may_be_needed_there(id: &VersionId, why: &str) -> String {
    format!("{} may need it, and could not be read: {why}", mirror_as_it_is_there(id))
}

/// A host that does not take so much at once: a scope can be mirrored in parts.
pub fn mirror_in_parts(error: anyhow::Error) -> anyhow::Error {
    let known = report(&error);
    if known.kind != TOO_LARGE {
        return error;
    }
    let hint = "mirror it in parts: --include 'ui/*' brings these components, --since 30d what is newer; without them the rest comes then, and the catalog; or ask who runs the host to raise its limit";
    error.context(Failure { hint: hint.to_owned(), ..known })
}

/// Why a version is not copied that nobody signed who may, and how a person goes on.
pub fn mirror_untrusted(id: &VersionId, why: &str) -> String {
    format!(
        "{why}; ask who made it: {} takes it out of the scope, --since passes over what was exported before you signed",
        take_version_out(id)
    )
}

/// What to do about a tag at the source that is on something else than its catalog lists.
pub fn mirror_put_tag_back() -> String {
    "ask who runs the scope to put its tag back; nobody can import it so".to_owned()
}

/// How a person takes a version whose tag is another one on the same content.
pub fn mirror_accept_version(command: &str) -> String {
    format!("ask who runs the scope; once you have looked at it, \"{command}\" takes it as it is")
}

/// How a person takes a scope that lists another content under a number.
pub fn mirror_accept_scope(scope: &ScopeName) -> String {
    format!(
        "ask who runs the scope; once you have looked at it, \"bit fetch --accept-replaced {scope}\" takes the scope as it is"
    )
}

/// How a person goes on whose cache knows another one.
pub fn mirror_forget_cache() -> String {
    "ask who runs the scope; once you have looked at it, another folder for --cache knows nothing of it".to_owned()
}

/// Why a version is not copied that is not whole at the source.
pub fn mirror_version_not_whole(source: &Path, object: impl std::fmt::Display) -> String {
    format!(
        "the source, {}, is damaged: {object}, a part of it or of what it was made from, is missing or can't be read; see all of it: git --git-dir {} fsck --full; another mirror or a backup may have it",
        source.display(),
        for_shell(&source.to_string_lossy())
    )
}

/// The file for the report can't be written.
pub fn mirror_summary_unwritable(file: &Path, error: &std::io::Error) -> anyhow::Error {
    usage(
        "mirror-summary",
        format!("could not write {}: {error}", file.display()),
        "name a file in a folder that exists and that you may write to; nothing was mirrored",
    )
}
