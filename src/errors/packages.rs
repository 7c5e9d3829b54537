//! Package managers, and components that became packages.

use super::{Failure, because, failure, few_ids, reworded, usage};
use crate::model::{ComponentId, PackageName, ScopeName, VersionId, VersionSelector};
use std::fmt;
use std::path::Path;

/// The workspace's package manager is not installed.
pub fn manager_missing(program: &str, why: &str) -> anyhow::Error {
    failure(
        "manager-missing",
        format!("{program} is not on the PATH, and this workspace uses it ({why})"),
        format!("install {program}, or name another one: \"packageManager\" in package.json"),
    )
}

/// A package manager said no.
pub fn manager_failed(line: &str, words: &str) -> anyhow::Error {
    failure("manager-failed", format!("\"{line}\" failed. It says:\n{}", indented(words)), "")
}

/// A package manager said no to packages from outside, and what was changed for them is as it was.
pub fn packages_failed(line: &str, words: &str) -> anyhow::Error {
    failure(
        "manager-failed",
        format!("\"{line}\" failed; package.json and the lockfile are as they were. It says:\n{}", said(words)),
        "",
    )
}

/// The same, where package.json has more by now than was written for them.
pub fn packages_stay_declared(line: &str, words: &str) -> anyhow::Error {
    failure(
        "manager-failed",
        format!(
            "\"{line}\" failed, and package.json is not as it was: somebody has written into it. It says:\n{}",
            said(words)
        ),
        "look at package.json (git diff), and mend what it says; then: bit install",
    )
}

/// The same, after components had become packages.
pub fn components_came(error: anyhow::Error, ids: &[VersionId]) -> anyhow::Error {
    if ids.is_empty() {
        return error;
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    reworded(error, |known| {
        let message = format!("{}\nThe components are installed: {}", known.message, ids.join(", "));
        Failure { message, ..known }
    })
}

/// The same, where these words may be packages of components that are in scopes, and in no registry.
pub fn perhaps_components(error: anyhow::Error, ids: &[ComponentId]) -> anyhow::Error {
    if ids.is_empty() {
        return error;
    }
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let hint = format!("as components, from their scopes: bit install {}", ids.join(" "));
    reworded(error, |known| Failure { hint, ..known })
}

/// No scope has a version, and it is package.json that asks for it.
pub fn of_package_json(error: anyhow::Error) -> anyhow::Error {
    reworded(error, |known| match known.kind {
        "unknown-version" => {
            let message = format!("{}, and package.json depends on it", known.message);
            let hint = format!("{}: name one that there is in package.json", known.hint);
            Failure { message, hint, ..known }
        }
        _ => known,
    })
}

/// Components were published, and did not become packages.
pub fn exported_and_not_ejected(error: anyhow::Error, ids: &[String]) -> anyhow::Error {
    let Failure { kind, message, hint, exit } = super::report(&error);
    let ids = ids.join(" ");
    let (message, hint) = match kind {
        "nothing-ejected" => {
            let hint = format!("tag and export the changes, then \"bit eject {ids}\"; with --force they are lost");
            (format!("the export is done; {message}"), hint)
        }
        "install-failed" => (not_ejected_after(&message), format!("mend what it says, then \"bit eject {ids}\"")),
        _ => (not_ejected_after(&message), hint),
    };
    Failure { kind, message, hint, exit }.into()
}

fn not_ejected_after(message: &str) -> String {
    format!("the export is done, and nothing was ejected: {message}")
}

/// A package manager said no, and what was changed for it is as it was.
pub fn install_failed(line: &str, words: &str, sources: &str) -> anyhow::Error {
    failure(
        "install-failed",
        format!(
            "\"{line}\" failed; your package.json (if existed) has been restored, and so has every other file{sources}. It says:\n{}",
            said(words)
        ),
        "mend what it says, then run the same command again",
    )
}

/// The same, where a person overrides packages that were to be installed: that may be why.
pub fn perhaps_overridden(error: anyhow::Error, overrides: &[String]) -> anyhow::Error {
    if overrides.is_empty() {
        return error;
    }
    reworded(error, |known| {
        let hint =
            format!("it may be an override of yours ({}): take it out; else {}", overrides.join(", "), known.hint);
        Failure { hint, ..known }
    })
}

/// What a package manager was to install and did not, in a sentence.
pub fn wrongly_installed(id: &VersionId, needed_by: Option<&VersionId>, there: Option<&str>) -> String {
    let package = PackageName::of(&id.id);
    let whose =
        needed_by.map_or(String::new(), |by| format!(", which {}@{} needs,", PackageName::of(&by.id), by.version));
    match there {
        Some(there) => format!("{package}{whose} is {there} in node_modules, and is to be {}", id.version),
        None => format!("{package} {}{whose} is not in node_modules", id.version),
    }
}

/// What was declared is not, in a sentence.
pub fn not_declared_any_more(id: &VersionId) -> String {
    let package = PackageName::of(&id.id);
    format!("package.json does not name {package} {} any more: a script, or somebody, changed it meanwhile", id.version)
}

/// What was packed is not there, in a sentence.
pub fn archive_gone(path: &str) -> String {
    format!("{path} is not there any more: a script, or somebody, removed it meanwhile")
}

/// What a registry has under a version's number and is not that version, in a sentence.
pub fn otherwise_in_registry(id: &VersionId, path: &str) -> String {
    format!("{} {} is not {id}: its registry has another {path} under that number", PackageName::of(&id.id), id.version)
}

/// A version that came by git without all that is in it, in a sentence.
pub fn otherwise_by_git(id: &VersionId, path: &str) -> String {
    format!(
        "{} {} lacks {path}, or has it otherwise than {id}: package managers leave out by git what an ignore file in the component names (leave --via git out)",
        PackageName::of(&id.id),
        id.version
    )
}

/// A package manager does not tell two versions of a component apart that come by git, as `installed` do already.
pub fn mixed_up_by_git(manager: &str, one: &VersionId, other: &VersionId, installed: &[&ComponentId]) -> anyhow::Error {
    let change = match installed {
        [] => String::new(),
        ids => format!(" (\"bit install {}\" makes that of what comes by git)", few_ids(ids)),
    };
    failure(
        "mixed-up-by-git",
        format!("{manager} does not tell {one} and {other} apart where both come by git; nothing was changed"),
        format!("leave --via git out: then the packages stand in vendor/bit{change}"),
    )
}

/// A package that a package manager believes to have, in a sentence.
pub fn unresolved_in_lockfile(lockfile: &str, package: &str) -> String {
    format!("{package} is in {lockfile} without the place that it comes from: no clone could install it")
}

/// What is installed is not what package.json and the components' versions say, though nothing failed.
pub fn not_as_it_should_be(manager: &str, faults: &[String]) -> anyhow::Error {
    failure(
        "wrongly-installed",
        format!(
            "{manager} says that it succeeded, and what it installed is not what it should be:\n{}",
            indented(&faults.join("\n"))
        ),
        "delete node_modules and the lockfile, then: bit install",
    )
}

/// The same, after sources were brought.
pub fn uneject_failed(line: &str, words: &str, ids: &[String]) -> anyhow::Error {
    let ids = ids.join(", ");
    failure(
        "install-failed",
        format!(
            "\"{line}\" failed; your package.json (if existed) has been restored, with lockfile and archives. \
             The sources are here nevertheless: {ids} in .bitmap, and still in package.json too. It says:\n{}",
            said(words)
        ),
        format!("mend what it says; then the same command finishes it: bit uneject {ids}").replace(", ", " "),
    )
}

fn said(words: &str) -> String {
    if words.trim().is_empty() { "  (nothing)".to_owned() } else { indented(words) }
}

/// Packages are gone as they were to be, and what components need besides is not installed.
pub fn needed_not_installed(line: &str, words: &str, packages: &[String]) -> anyhow::Error {
    failure(
        "install-failed",
        format!(
            "the sources are here, and their packages are gone; \"{line}\" failed to install what they need besides ({}). It says:\n{}",
            packages.join(", "),
            said(words)
        ),
        "mend what it says, then: bit install",
    )
}

/// What is to come back is no package of the workspace.
pub fn not_ejected(word: &str) -> anyhow::Error {
    failure(
        "not-a-package",
        format!("\"{word}\" is no component that this workspace has as a package"),
        "\"bit import <component id>\" brings the sources of any component",
    )
}

/// A package manager said no, and what was changed for it could not be put back.
pub fn not_put_back(program: &str, cause: &anyhow::Error) -> anyhow::Error {
    failure(
        "not-put-back",
        format!("{program} failed, and what was changed for it could not be put back as it was: {cause:#}"),
        "see to that; the next bit command puts the rest back",
    )
}

/// The same of node_modules: the files are as they were, and it is not.
pub fn packages_not_back(error: anyhow::Error, cause: &anyhow::Error) -> anyhow::Error {
    reworded(error, |known| Failure {
        message: format!("{}\nWhat is in node_modules could not be put back: {cause:#}", known.message),
        hint: format!("{}; \"bit install\" puts node_modules right", known.hint),
        ..known
    })
}

/// A file stands where a folder is needed.
pub fn file_in_the_way(file: &str, path: &str) -> anyhow::Error {
    failure(
        "file-in-the-way",
        format!("{file} is a file, so there can be no {path}; nothing was changed"),
        format!("move it away: mv {0} {0}.old", super::for_shell(file)),
    )
}

/// What a person wrote into files that were put back: it is beside them.
pub fn kept_beside(error: anyhow::Error, kept: &[(String, String)]) -> anyhow::Error {
    if kept.is_empty() {
        return error;
    }
    reworded(error, |mut known| {
        for (path, beside) in kept {
            known.message.push_str(&format!("\n{path} was changed meanwhile; what it held then is in {beside}"));
        }
        known
    })
}

fn indented(words: &str) -> String {
    words.trim_end().lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}

/// Lockfiles of several package managers.
pub fn several_lockfiles(files: &[&str]) -> anyhow::Error {
    failure(
        "several-lockfiles",
        format!("there are lockfiles of several package managers: {}", files.join(" and ")),
        "delete what is not used any more, or say which one it is: \"packageManager\" in package.json",
    )
}

/// A package manager that bit does not know.
pub fn unknown_manager(name: &str, whence: &str) -> anyhow::Error {
    failure(
        "unknown-manager",
        format!("the package manager \"{name}\" ({whence}) is not known"),
        "name one of npm, pnpm, yarn and bun, with or without a version: \"pnpm@10.34.9\"",
    )
}

/// The workspace is a member of a monorepo, and package managers look further up.
pub fn member_of_monorepo(outer: &Path, file: &str) -> anyhow::Error {
    let outer = outer.to_string_lossy();
    let own_root = match file {
        "package.json" => "take this folder out of its \"workspaces\"",
        file => &format!("give this folder a {file} of its own"),
    };
    failure(
        "member-of-monorepo",
        format!(
            "this workspace lies in the monorepo of {outer}/{file}: package managers read overrides and keep the \
             lockfile there; nothing was changed"
        ),
        format!("make the workspace there (cd {} && bit init), or {own_root}", super::for_shell(&outer)),
    )
}

/// A person overrides the very package that is to be overridden.
pub fn override_taken(key: &str, theirs: &str, ours: &str) -> anyhow::Error {
    failure(
        "override-taken",
        format!("\"{key}\" is overridden in package.json already, with {theirs}; it would have to be \"{ours}\""),
        "take that override out, or leave the component where it is; nothing was changed",
    )
}

/// A version was named of a component that is to become a package.
pub fn ejected_as_it_is(id: &ComponentId, version: &VersionSelector) -> anyhow::Error {
    failure(
        "whole-component-expected",
        format!("{id} is ejected at the version that it is at here, and at no other"),
        format!("leave the version out; \"bit update {id}@{version}\" moves the package afterwards"),
    )
}

/// None of the components could be ejected.
pub fn nothing_ejected(reasons: &[String], way_out: &str) -> anyhow::Error {
    failure("nothing-ejected", format!("nothing was ejected:\n{}", reasons.join("\n")), way_out)
}

/// What is to be a package is not in the local scope.
pub fn package_version_not_here(id: &VersionId, needed_by: &str) -> anyhow::Error {
    failure(
        "version-not-here",
        format!("{id} is not in the local scope{needed_by}"),
        format!("bring it: bit import --objects {id}"),
    )
}

/// Two components that are packages need different contents of one version.
pub fn pin_broken(id: &VersionId, needed_by: &VersionId) -> anyhow::Error {
    failure(
        "moved-version",
        format!("{id} has other content here than {needed_by} was made with"),
        format!("look who moved it: bit verify, and bit verify {}", id.id.scope),
    )
}

/// Nothing that package.json depends on is called so.
pub fn no_package_of(word: &str) -> anyhow::Error {
    failure(
        "not-a-package",
        format!("\"{word}\" is no component that this workspace has as a package"),
        "\"bit eject\" makes a component of the workspace one, \"bit install <component id>\" one that is elsewhere",
    )
}

/// A component that is to come as a package is in the workspace.
pub fn component_is_here(id: &ComponentId) -> anyhow::Error {
    failure(
        "component-is-here",
        format!("{id} is a component of this workspace"),
        format!("to have its package instead of its sources: bit eject {id}"),
    )
}

/// A component that is to be updated as a package is in the workspace, and is one all the same.
pub fn source_is_here_too(id: &ComponentId) -> anyhow::Error {
    let package = PackageName::of(id);
    failure(
        "component-is-here",
        format!("{id} is a component of this workspace, and package.json depends on its package too"),
        format!(
            "to go on with its source: bit uneject {id} (it stays as it is, and \"{package}\" goes out of package.json)"
        ),
    )
}

/// A word of which nothing is left to install.
pub fn no_word(word: &str) -> anyhow::Error {
    usage(
        "no-package",
        format!("\"{word}\" is no package, and no component's id"),
        "if a script wrote it: a variable of it may be empty",
    )
}

/// Nobody knows where the scope of a package is.
pub fn no_git_url(scope: &ScopeName) -> anyhow::Error {
    failure(
        "no-remote",
        format!("where {scope} is, is not known, so nothing can be installed from there by git"),
        format!("say where it is (bit remote add {scope} <url>), or leave --via git out"),
    )
}

/// A package manager can't install from such a place.
pub fn git_url_unusable(manager: &str, url: &str) -> anyhow::Error {
    failure(
        "git-url-unusable",
        format!("{manager} installs nothing by git from {url}"),
        "leave --via git out: then the packages stand in vendor/bit",
    )
}

/// What a person has to agree to before a package manager may install by git.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitPolicyUnconfirmed {
    /// The file.
    pub file: String,
    /// The lines that it would get.
    pub lines: String,
}

impl fmt::Display for GitPolicyUnconfirmed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the package manager refuses dependencies by git unless {} says:\n{}",
            self.file,
            indented(&self.lines)
        )
    }
}

impl std::error::Error for GitPolicyUnconfirmed {}

/// Nobody has agreed to install by git.
pub fn git_policy_unconfirmed(file: &str, lines: &str) -> anyhow::Error {
    let needed = GitPolicyUnconfirmed { file: file.to_owned(), lines: lines.to_owned() };
    let hint = "with --yes bit writes that; without --via git it is not needed";
    because(failure("not-confirmed", needed.to_string(), hint), needed)
}

/// A person has decided otherwise.
pub fn git_policy_taken(says: &str) -> anyhow::Error {
    failure(
        "git-not-allowed",
        format!("the package manager refuses dependencies by git: {says}"),
        "allow them there, or leave --via git out",
    )
}

/// What a killed command wrote down of how files were can't be read.
pub fn damaged_undo(path: &Path, reason: &str) -> anyhow::Error {
    failure(
        "damaged-undo",
        format!(
            "{} can't be read ({reason}); it says how package.json was before a command that was stopped",
            path.display()
        ),
        "look at package.json and the lockfile (git diff), put them as they should be, and delete that file",
    )
}
