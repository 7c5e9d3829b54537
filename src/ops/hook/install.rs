//! The hook: a short script that hands over to this very program.

use crate::git::{Repo, hooks_folder};
use crate::model::ScopeName;
use crate::scope::info_at;
use crate::{disk, errors};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Which scope to guard.
#[derive(Debug, Clone, Default)]
pub struct InstallOptions {
    /// Its folder; the current one, if not said.
    pub folder: Option<PathBuf>,
    /// What to do with a hook that is there.
    pub theirs: Theirs,
}

/// What to do with a hook that a person wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theirs {
    /// Leave it, and refuse.
    #[default]
    Refuse,
    /// Keep it beside ours, which hands every push over to it.
    HandOver,
}

/// What was set up.
#[derive(Debug)]
pub struct Installed {
    /// The scope that is guarded.
    pub scope: ScopeName,
    /// The hook.
    pub hook: PathBuf,
    /// The program it calls.
    pub bit: PathBuf,
    /// Where a person's hook is now that it hands over to.
    pub theirs: Option<PathBuf>,
    /// Whether that one can be run: git, and ours, pass over one that can't.
    pub theirs_runs: bool,
}

const NAME: &str = "pre-receive";
/// What a person's hook is called afterwards.
const KEPT: &str = "pre-receive.own";
/// How ours is told from a person's.
const MARK: &str = "# Written by \"bit scope hooks install\", which writes it anew.";

/// Sets it up, or once more: for a bit that has moved.
pub fn install(cwd: &Path, options: &InstallOptions) -> Result<Installed> {
    let folder = std::path::absolute(cwd.join(options.folder.as_deref().unwrap_or(Path::new("."))))?;
    let info = if Repo::exists(&folder) { info_at(&folder)? } else { None };
    let scope = info.ok_or_else(|| errors::no_scope_for_hooks(&folder))?.name;
    let hooks = hooks_folder(&folder)?;
    if !hooks.starts_with(&folder) {
        return Err(errors::hooks_elsewhere(&folder, &hooks));
    }
    fs::create_dir_all(&hooks).with_context(|| format!("could not make {}", hooks.display()))?;
    let (hook, kept) = (hooks.join(NAME), hooks.join(KEPT));
    if is_a_persons(&hook)? {
        if options.theirs == Theirs::Refuse {
            return Err(errors::hook_of_a_person(&hook, &folder));
        }
        if fs::symlink_metadata(&kept).is_ok() {
            return Err(errors::hook_kept_already(&hook, &kept));
        }
        // A copy first: there is no moment in which no hook looks at pushes.
        fs::hard_link(&hook, &kept).with_context(|| format!("could not write {}", kept.display()))?;
    }
    let bit = this_program()?;
    let theirs = fs::symlink_metadata(&kept).is_ok().then_some(kept);
    disk::write_program(&hook, script(&bit, theirs.is_some()).as_bytes())?;
    let theirs_runs = theirs.as_deref().is_some_and(is_executable);
    Ok(Installed { scope, hook, bit, theirs, theirs_runs })
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

fn is_a_persons(hook: &Path) -> Result<bool> {
    // A link is a person's whatever it leads to, also to nowhere.
    if fs::symlink_metadata(hook).is_ok_and(|found| !found.is_file()) {
        return Ok(true);
    }
    let content = disk::read_optional(hook)?;
    Ok(content.is_some_and(|content| !String::from_utf8_lossy(&content).contains(MARK)))
}

/// Where this program is. A link on the PATH is better than what it leads to: that one goes with the next version.
fn this_program() -> Result<PathBuf> {
    let own = std::env::current_exe().context("could not find out where bit is")?;
    let real = fs::canonicalize(&own).unwrap_or_else(|_| own.clone());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_own = |place: &PathBuf| place.is_absolute() && fs::canonicalize(place).is_ok_and(|found| found == real);
    let mut places =
        own.file_name().into_iter().flat_map(|name| std::env::split_paths(&path).map(move |at| at.join(name)));
    Ok(places.find(is_own).unwrap_or(own))
}

fn script(bit: &Path, hands_over: bool) -> String {
    let path = bit.to_string_lossy();
    let bit = errors::for_shell(&path);
    let judge = match hands_over {
        false => "exec \"$bit\" hook pre-receive >/dev/null\n".to_owned(),
        true => format!(
            "updates=$(cat)\nprintf '%s\\n' \"$updates\" | \"$bit\" hook pre-receive >/dev/null || exit 1\n\
             # What stood here before looks at the push too.\n\
             own=$(dirname \"$0\")/{KEPT}\n[ ! -x \"$own\" ] || printf '%s\\n' \"$updates\" | \"$own\"\n"
        ),
    };
    format!(
        "#!/bin/sh\n{MARK}\n# It refuses pushes that would break the scope: moved or deleted versions, broken ones, a catalog that does not go forward.\n\
         bit={bit}\n\
         if [ ! -x \"$bit\" ]; then\n  \
         echo \"this scope is guarded by $bit, which is not there any more, and takes no push until it is.\" >&2\n  \
         echo \"Who runs this server: bit scope hooks install '$(pwd)'\" >&2\n  exit 1\nfi\n{judge}"
    )
}
