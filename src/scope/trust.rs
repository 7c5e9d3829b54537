//! Whether a local scope is one that only bit and the person have made.
//!
//! One in `.git` is as safe as git's own configuration beside it. One in `.bit` stands among the team's files, so a
//! clone or an archive can bring it along, and git runs programs that a repository's configuration names. So it may say
//! nothing there but what bit says itself, borrow nothing and have no hooks.

use crate::errors;
use crate::git::{is_tracked, plain_settings};
use crate::model::ScopeName;
use anyhow::Result;
use std::fs;
use std::path::Path;

/// Where a local scope is that stands among the team's files.
const AMONG_FILES: &str = ".bit";
/// Settings of `[core]` that name no program and no place.
const HARMLESS: [&str; 8] = [
    "bare",
    "filemode",
    "ignorecase",
    "logallrefupdates",
    "precomposeunicode",
    "repositoryformatversion",
    "sharedrepository",
    "symlinks",
];
/// Files by which a repository leads to others.
const LEADING_ELSEWHERE: [&str; 3] = ["objects/info/alternates", "commondir", "config.worktree"];

/// Refuses a local scope that a stranger may have prepared.
pub fn check_trust(local_scope: &Path) -> Result<()> {
    if !is_among_files(local_scope) || fs::symlink_metadata(local_scope).is_err() {
        return Ok(());
    }
    if let Some(root) = local_scope.parent()
        && is_in_git(root)
        && is_tracked(root, AMONG_FILES)?
    {
        return Err(errors::scope_is_tracked(local_scope));
    }
    check_config(&local_scope.join("config"))?;
    let is_there = |file: &str| fs::symlink_metadata(local_scope.join(file)).is_ok();
    if let Some(file) = LEADING_ELSEWHERE.into_iter().find(|file| is_there(file)) {
        return Err(errors::scope_leads_elsewhere(&local_scope.join(file)));
    }
    check_hooks(&local_scope.join("hooks"))
}

fn is_among_files(local_scope: &Path) -> bool {
    local_scope.file_name().is_some_and(|name| name.eq_ignore_ascii_case(AMONG_FILES))
}

fn is_in_git(root: &Path) -> bool {
    root.ancestors().any(|folder| fs::symlink_metadata(folder.join(".git")).is_ok())
}

fn check_config(file: &Path) -> Result<()> {
    let names = plain_settings(file)?.map_err(|line| errors::scope_config_not_plain(file, line))?;
    match names.iter().find(|name| !is_ours(name)) {
        Some(name) => Err(errors::scope_setting_not_ours(file, name)),
        None => Ok(()),
    }
}

fn is_ours(setting: &str) -> bool {
    let is_remote = |rest: &str| rest.strip_suffix(".url").is_some_and(|name| ScopeName::new(name).is_ok());
    match setting.split_once('.') {
        Some(("core", name)) => HARMLESS.contains(&name),
        Some(("remote", rest)) => is_remote(rest),
        _ => false,
    }
}

/// git's examples are no hooks.
fn check_hooks(folder: &Path) -> Result<()> {
    let names = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    match names.into_iter().find(|path| path.extension().is_none_or(|extension| extension != "sample")) {
        Some(hook) => Err(errors::scope_has_hook(&hook)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scope::LocalScope;

    /// What is said of a local scope with this file added; its configuration is added to.
    fn verdict(name: &str, file: &str, text: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join(name);
        LocalScope::init(&place).unwrap();
        let path = place.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let before = fs::read_to_string(&path).unwrap_or_default();
        fs::write(&path, before + text).unwrap();
        LocalScope::open(&place).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_could_run_a_program_is_named() {
        for (file, text, named) in [
            ("config", "\tsshCommand = touch x\n", "core.sshcommand"),
            ("config", "[include]\n\tpath = HEAD.x\n", "include.path"),
            ("config", "[remote \"my-org.ui\"]\n\tuploadpack = touch x\n", "remote.my-org.ui.uploadpack"),
            ("config", "[remote \"https://h/x\"]\n\turl = /y\n", "remote.https://h/x.url"),
            ("config", "[credential]\n\thelper = x\n", "credential.helper"),
            ("config", "[core] sshCommand = touch x\n", "line 5"),
            ("hooks/post-update", "#!/bin/sh\n", "hooks/post-update"),
            ("objects/info/alternates", "/x\n", "objects/info/alternates"),
            ("commondir", "../x\n", "commondir"),
        ] {
            let said = verdict(".bit", file, text);
            assert!(said.contains(named), "{file} {text}: {said}");
        }
        assert_eq!(verdict("bit", "config", "\tsshCommand = x\n"), "", "in .git it is as safe as git's own");
    }

    #[test]
    fn what_bit_and_git_write_is_fine() {
        for (file, text) in [
            ("config", "\tsymlinks = true\n[remote \"my-org.ui\"]\n\turl = ../ui\n"),
            ("hooks/post-update.sample", "#!/bin/sh\n"),
        ] {
            assert_eq!(verdict(".bit", file, text), "", "{text}");
        }
    }
}
