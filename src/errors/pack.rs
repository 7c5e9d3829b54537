//! Versions as archives, and their way to a registry.

use super::{Failure, failure, for_shell, reworded, usage};
use crate::model::{ComponentId, VersionId};
use std::path::Path;

/// A program of a package that no file stands for.
pub fn program_missing(id: &ComponentId, file: &str) -> anyhow::Error {
    failure(
        "program-missing",
        format!("{id} has no file {}, which \"bin\" names in workspace.jsonc", file.escape_debug()),
        "name a file of the component, or what the build makes of it (dist/…), under \"teambit.pkg/pkg\"",
    )
}

/// The same, where nothing was built.
pub fn perhaps_not_built(error: anyhow::Error) -> anyhow::Error {
    reworded(error, |known| match known.kind {
        "program-missing" => {
            let hint = "where the build makes it (dist/…), tag without --skip-build; else name a file of the component under \"teambit.pkg/pkg\"";
            Failure { hint: hint.to_owned(), ..known }
        }
        _ => known,
    })
}

/// A program of a package that Node can't run: in node_modules it runs JavaScript only.
pub fn program_not_compiled(id: &ComponentId, file: &str, made: &str) -> anyhow::Error {
    let file = file.escape_debug();
    failure(
        "program-not-compiled",
        format!("{id}: Node can't run {file}, which \"bin\" names in workspace.jsonc"),
        format!("write {} there, which the build makes of it", made.escape_debug()),
    )
}

/// A version that package managers would refuse, or that would run something.
pub fn unfit_package(id: &VersionId, reason: &str) -> anyhow::Error {
    failure(
        "unfit-package",
        format!("{id} is no sound package: {reason}"),
        "it was not written by bit: \"bit verify\" says more; tag a new version of the component",
    )
}

/// An archive of this name is there, with other content.
pub fn other_archive_there(id: &VersionId, path: &Path) -> anyhow::Error {
    failure(
        "other-archive-there",
        format!("{} is there already, and it is not the archive of {id}; it was left as it is", path.display()),
        "move it away, or pack into another folder with --out-dir",
    )
}

/// Two versions whose archives npm would call the same.
pub fn one_archive_for_two(one: &VersionId, other: &VersionId, name: &str) -> anyhow::Error {
    failure(
        "one-archive-for-two",
        format!("the archives of {one} and {other} would both be called {name}"),
        "pack them one after the other, into different folders with --out-dir",
    )
}

/// A text that is no URL of a registry.
pub fn bad_registry(text: &str) -> anyhow::Error {
    usage(
        "bad-registry",
        format!("\"{}\" is no URL of a registry", text.escape_debug()),
        "write it with its scheme: --registry https://registry.npmjs.org",
    )
}

/// A registry's URL with a user or a password in it.
pub fn registry_with_credentials() -> anyhow::Error {
    usage(
        "registry-with-credentials",
        "the URL of the registry holds a user or a password: everybody on this machine could read it",
        "leave that out; \"npm login --registry <url>\" lets npm remember it in your .npmrc",
    )
}

/// npm is not there.
pub fn npm_missing() -> anyhow::Error {
    failure(
        "npm-missing",
        "npm was not found on the PATH, and packages are published by it",
        "install Node.js, which brings npm; or \"bit pack\" the versions and publish the archives elsewhere",
    )
}

/// A registry gave no answer that can be understood.
pub fn registry_not_read(url: &str, words: &str) -> anyhow::Error {
    failure(
        "registry-not-read",
        format!("could not ask {url} what it has; npm says:\n{}", words.trim()),
        format!("npm ping --registry {} tries it alone; nothing was published", for_shell(url)),
    )
}

/// npm did not publish a version.
pub fn publish_failed(id: &VersionId, url: &str, words: &str, before: usize) -> anyhow::Error {
    let done = match before {
        0 => "nothing was published".to_owned(),
        1 => "1 version was published before it".to_owned(),
        number => format!("{number} versions were published before it"),
    };
    let is_about_login = ["ENEEDAUTH", "E401", "E403", "EOTP"].iter().any(|code| words.contains(code));
    let login = match is_about_login {
        true => format!(
            "\"npm login --registry {}\" logs in (a one-time password goes into NPM_CONFIG_OTP); ",
            for_shell(url)
        ),
        false => String::new(),
    };
    failure(
        "publish-failed",
        format!("{id} could not be published to {url}; npm says:\n{}", words.trim()),
        format!("{done}; {login}the same command goes on"),
    )
}

/// A registry has other content under the numbers of versions.
pub fn registry_differs(url: &str, ids: &[String]) -> anyhow::Error {
    failure(
        "registry-differs",
        format!("{url} has other content under these numbers; nothing was published: {}", ids.join(", ")),
        "a published version never changes: leave these out (\"*,!name\"), or tag new versions of them",
    )
}

/// A dist-tag that npm would take for a version.
pub fn tag_is_a_range(tag: &str) -> anyhow::Error {
    usage(
        "dist-tag",
        format!("\"{}\" can be no dist-tag: npm would take it for a version", tag.escape_debug()),
        "choose a word, such as next",
    )
}

/// Versions that are not exported are to be published.
pub fn staged_not_published(ids: &[String]) -> anyhow::Error {
    failure(
        "staged-not-published",
        format!("not exported yet, so that \"bit reset\" could still take them back: {}", ids.join(", ")),
        "\"bit export\" first; or --staged publishes them all the same",
    )
}

/// Versions need others that the registry does not have.
pub fn needs_not_published(url: &str, pairs: &[String]) -> anyhow::Error {
    failure(
        "needs-not-published",
        format!("nobody could install these from {url}, which lacks what they need:\n  {}", pairs.join("\n  ")),
        "publish those too: --include-dependencies",
    )
}

/// A component whose package is private.
pub fn private_package(id: &VersionId) -> anyhow::Error {
    failure(
        "private-package",
        format!("{id} is private: its package.json says so, and npm publishes no such package"),
        "leave it out (\"*,!name\"); or take \"private\" out of workspace.jsonc and tag a new version",
    )
}
