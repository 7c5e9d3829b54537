//! Carrying out which components are packages: archives, package.json and overrides, and then the package manager.

use super::archives;
use super::check;
use super::closure::{Brought, Closure};
use super::displaced::make_room_for_sources;
use super::ignored::{Ignored, ignored};
use super::layouts::Layouts;
use super::left_links::clear_left;
use super::lockfiles;
use super::moved::any_moved;
use super::overridden::overridden;
use super::peers::{WithPeers, with_peers};
use super::ready::make_ready;
use super::roots::{Packages, Root, Way, declared_roots, is_ours, packages_of};
use super::standing::Standing;
use super::undo::{After, Between, Undo};
use crate::disk;
use crate::errors;
use crate::model::{ComponentId, PackageName, VersionId};
use crate::ops::links::{self, LinkCheck};
use crate::ops::{Progress, Quiet, State, Workspace};
use crate::package::manager::{self, GitPolicy, Kind, Lockfile, Manager, Monorepo, Section, is_lockfile};
use crate::scope::{Known, WriteLock};
use crate::workspace::{self, DependencyFiles, OverridesPlace};
use anyhow::Result;
use std::fs;
use std::path::Path;

/// A change of which components are packages.
pub struct Change<'a> {
    /// Where.
    pub workspace: &'a Workspace,
    /// Who installs.
    pub manager: &'a Manager,
    /// Whether it does.
    pub install: Install,
    /// Whether settings may be written without which it installs nothing by git.
    pub git: GitConsent,
    /// Which command, for messages.
    pub command: &'static str,
    /// Packages from outside that package.json is to have besides, with their ranges.
    pub besides: Vec<(String, String)>,
    /// What became of sources until then, for messages.
    pub sources: SourcesSoFar,
    /// Where package.json gets what it does not have.
    pub section: Section,
    /// Who hears how far it is.
    pub progress: &'a dyn Progress,
}

/// What became of components' sources when the package manager runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcesSoFar {
    /// There are none to speak of.
    None,
    /// They go afterwards.
    Untouched,
    /// Those of these components came.
    Brought(Vec<ComponentId>),
}

/// Whether the package manager runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Install {
    /// It does.
    #[default]
    Run,
    /// Only the files change; a person installs.
    Leave,
}

/// Whether a person has agreed that package managers install by git.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum GitConsent {
    /// Not yet: [`errors::GitPolicyUnconfirmed`] says what is to be asked.
    #[default]
    Ask,
    /// Yes.
    Given,
}

/// What was changed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changed {
    /// Which package manager, and its version.
    pub manager: String,
    /// Archives that are new, from the workspace's root.
    pub archives: Vec<String>,
    /// An archive that git ignores, so that a clone would lack it.
    pub ignored: Option<Ignored>,
    /// Scopes' folders on this machine, where packages come from by git: nobody else has them.
    pub local: Vec<String>,
    /// Components that were to come by git, and come as archives, since other archives need them.
    pub vendored: Vec<VersionId>,
    /// Archives that nobody needs any more.
    pub removed: Vec<String>,
    /// Peers that became packages of the workspace, since nobody else brings them.
    pub peers: Vec<VersionId>,
}

/// The workspace's package manager; refuses where it puts nothing into node_modules.
pub fn manager_of(workspace: &Workspace) -> Result<Manager> {
    let root = &workspace.layout.root;
    let settings = workspace.config.raw("teambit.dependencies/dependency-resolver");
    let configured = settings.and_then(|settings| settings.get("packageManager")).and_then(|name| name.as_str());
    let manager = Manager::of(root, configured)?;
    let has_linker = || {
        let text = fs::read_to_string(root.join(".yarnrc.yml")).unwrap_or_default();
        text.lines().any(|line| line.starts_with("nodeLinker:")) || std::env::var_os("YARN_NODE_LINKER").is_some()
    };
    links::check_possible(workspace)?;
    match manager.kind {
        Kind::YarnBerry if !has_linker() => Err(errors::plug_n_play()),
        Kind::Pnpm if workspace::pnpm_asks_for_pnp(root, manager.version.major) => Err(errors::plug_n_play_of_pnpm()),
        _ => Ok(manager),
    }
}

impl Change<'_> {
    /// Makes these components packages of the workspace, and no others. Those that are none any more, and `gone`, leave
    /// package.json. Whatever fails, every file is as it was.
    pub fn carry_out(&self, roots: Vec<Root>, gone: &[ComponentId], lock: &WriteLock) -> Result<Changed> {
        self.carry_out_then(roots, gone, lock, || Ok(()))
    }

    /// The same, and once they are installed what is to be done `then`: nothing remains of it either where that fails.
    pub fn carry_out_then(
        &self,
        roots: Vec<Root>,
        gone: &[ComponentId],
        lock: &WriteLock,
        then: impl FnOnce() -> Result<()>,
    ) -> Result<Changed> {
        let root = &self.workspace.layout.root;
        let known = self.workspace.scope.known()?;
        let mut files = DependencyFiles::read(root)?;
        let before = declared_roots(self.workspace, &known, &files)?;
        self.refuse_member(&before, &roots)?;
        let mut outcome = Changed { manager: self.manager.to_string(), ..Changed::default() };
        let WithPeers { roots, mut closure, peers } = with_peers(self.workspace, &known, &before, roots)?;
        self.refuse_mixed(&closure, &before, &roots)?;
        closure.add_of_members(self.workspace, &known)?;
        outcome.peers = peers;
        let left = before.iter().filter(|old| !roots.iter().any(|root| root.id.id == old.id.id));
        let leaving: Vec<PackageName> = left.map(|root| &root.id.id).chain(gone).map(PackageName::of).collect();
        for package in &leaving {
            files.undeclare(package.as_str())?;
        }
        self.add_of_registry(&mut closure, &known, (&before, &roots));
        let components = packages_of(self.workspace, &known);
        self.declare(&mut files, &closure, &roots, &components)?;
        self.besides.iter().try_for_each(|(package, range)| files.declare("dependencies", package, range))?;
        let layouts = Layouts::read(root, &self.workspace.scope)?;
        files.lay_out_as(layouts.texts())?;
        let urls = closure.git_urls(self.workspace, self.manager)?;
        outcome.local = urls.into_iter().filter(|url| url.starts_with("file:")).collect();
        outcome.vendored = closure.vendored(&roots);
        let settings = self.allow_git(&mut files, &closure)?;
        let archives = archives::lacking(self.workspace, &closure, self.progress)?;
        outcome.archives = archives.iter().map(|(path, _)| path.clone()).collect();
        let changes = self.changes(&files, archives, settings)?;
        let links = links_of(root, &closure)?;
        let standing = Standing::of(root)?;
        let undo = Undo::begin(root, &self.workspace.scope, self.command, changes, links)?;
        if self.install == Install::Run
            && let Err(error) = self.run(&closure, (&roots, &leaving), lock)
        {
            let error = errors::perhaps_overridden(error, &overridden(&files, &closure, &components));
            return Err(self.back(error, &undo, &standing, lock));
        }
        undo.end(&self.workspace.scope)?;
        if let Err(error) = then() {
            undo.note(&self.workspace.scope)?;
            return Err(self.back(error, &undo, &standing, lock));
        }
        layouts.remember(root, &self.workspace.scope)?;
        outcome.removed = archives::sweep(self.workspace, &closure)?;
        outcome.ignored = ignored(root, &closure)?;
        Ok(outcome)
    }

    /// What comes from a registry, and what came from there: that is to find its own afterwards too. Of a component whose
    /// source is here nobody needs the package that there was.
    fn add_of_registry(&self, closure: &mut Closure, known: &Known, (before, after): (&[Root], &[Root])) {
        let of_registry = after.iter().filter(|root| root.way == Way::Registry);
        let (standing, new): (Vec<&Root>, Vec<_>) = of_registry.partition(|root| before.contains(root));
        let ids = |roots: Vec<&Root>| roots.into_iter().map(|root| root.id.clone()).collect::<Vec<_>>().into_iter();
        closure.add_of_registry(self.workspace, known, ids(new), Brought::Now);
        let is_needed = |root: &&Root| self.workspace.entry(&root.id.id).is_none();
        let standing = standing.into_iter().filter(is_needed).collect();
        closure.add_of_registry(self.workspace, known, ids(standing), Brought::Before);
    }

    /// In a member of a monorepo overrides are not read, and what the package manager writes lies outside of the
    /// workspace, where nothing could be put back. Packages that are there already may go.
    fn refuse_member(&self, before: &[Root], after: &[Root]) -> Result<()> {
        let is_new = after.iter().any(|root| !before.contains(root));
        let outer = || manager::monorepo_around(&self.workspace.layout.root, self.manager);
        match is_new.then(outer).flatten() {
            Some(Monorepo { root, file }) => Err(errors::member_of_monorepo(&root, file)),
            None => Ok(()),
        }
    }

    /// npm takes what comes by git from a scope for every version of it.
    fn refuse_mixed(&self, closure: &Closure, before: &[Root], after: &[Root]) -> Result<()> {
        let is_new = after.iter().any(|root| !before.contains(root));
        match closure.two_by_git().filter(|_| is_new && self.manager.kind == Kind::Npm) {
            Some((one, other)) => {
                let by_git = before.iter().filter(|root| root.way == Way::Git).map(|root| &root.id.id);
                let by_git: Vec<&ComponentId> = by_git.collect();
                Err(errors::mixed_up_by_git(&self.manager.to_string(), one, other, &by_git))
            }
            None => Ok(()),
        }
    }

    fn declare(
        &self,
        files: &mut DependencyFiles,
        closure: &Closure,
        roots: &[Root],
        components: &Packages,
    ) -> Result<()> {
        let pinned = closure.pinned(self.workspace, self.manager)?;
        let specs = closure.nodes.keys().zip(&pinned).filter(|(id, _)| closure.direct.contains(id));
        for (id, one) in specs {
            files.declare(self.section.key(), PackageName::of(&id.id).as_str(), &one.spec)?;
        }
        for Root { id, .. } in roots.iter().filter(|root| root.way == Way::Registry) {
            files.declare(self.section.key(), PackageName::of(&id.id).as_str(), &id.version.to_string())?;
        }
        let is_ours = |key: &str, spec: &str| is_ours(key, spec, components);
        let place = match manager::place(self.manager, &self.workspace.layout.root, &is_ours) {
            manager::Place::PackageJson(keys) => OverridesPlace::PackageJson(keys),
            manager::Place::PnpmWorkspace => OverridesPlace::PnpmWorkspace,
        };
        let overrides = manager::overrides(self.manager.kind, &pinned, &closure.beside());
        files.put_overrides(place, &is_ours, &overrides)
    }

    /// The setting without which the package manager refuses, if it has one: its file, and what that is to say.
    fn allow_git(&self, files: &mut DependencyFiles, closure: &Closure) -> Result<Option<(String, String)>> {
        let urls = closure.git_urls(self.workspace, self.manager)?;
        let Some(policy) = GitPolicy::of(self.manager, urls.clone()).filter(|_| !urls.is_empty()) else {
            return Ok(None);
        };
        let missing = |text: &str| -> Result<Option<String>> {
            let lines = policy.missing(text).map_err(|says| errors::git_policy_taken(&says))?;
            match lines {
                Some(lines) if self.git == GitConsent::Ask => Err(errors::git_policy_unconfirmed(policy.file, &lines)),
                lines => Ok(lines),
            }
        };
        if policy.file == "pnpm-workspace.yaml" {
            files.add_to_pnpm(missing)?;
            return Ok(None);
        }
        let path = self.workspace.layout.root.join(policy.file);
        let text = disk::read_optional(&path)?.map_or(Ok(String::new()), |bytes| workspace::text_of(&path, bytes))?;
        Ok(missing(&text)?.map(|lines| (policy.file.to_owned(), workspace::with_lines(&text, &lines))))
    }

    /// All files that change, by us or by the package manager.
    fn changes(
        &self,
        files: &DependencyFiles,
        archives: Vec<(String, Vec<u8>)>,
        settings: Option<(String, String)>,
    ) -> Result<Vec<(String, After)>> {
        let text = |text: Option<&str>| After::Written(text.map(|text| text.as_bytes().to_vec()));
        let ours = files.texts();
        let is_set = |name: &str| settings.iter().any(|(file, _)| file == name);
        let mut changes: Vec<(String, After)> =
            archives.into_iter().map(|(path, bytes)| (path, After::Written(Some(bytes)))).collect();
        let managers =
            self.manager.files().iter().filter(|name| !is_set(name) && ours.iter().all(|(ours, _)| ours != *name));
        let whose = |name: &str| if is_lockfile(name) { After::Managers } else { After::Settings };
        changes.extend(managers.map(|name| ((*name).to_owned(), whose(name))));
        changes.extend(ours.map(|(name, content)| (name.to_owned(), text(content))));
        changes.extend(settings.into_iter().map(|(name, content)| (name, text(Some(&content)))));
        Ok(changes)
    }

    /// Everything as it was, after a failure; what is to be said of it.
    fn back(&self, error: anyhow::Error, undo: &Undo, before: &Standing, lock: &WriteLock) -> anyhow::Error {
        let restored = undo.restore(&self.workspace.layout.root, &self.workspace.scope, Between::Managers);
        let mut kept = match restored {
            Ok(kept) => kept,
            Err(cause) => return errors::not_put_back(self.manager.kind.program(), &cause),
        };
        let back = self.bring_back(before, lock, &mut kept);
        link_again(self.workspace);
        let error = errors::kept_beside(error, &kept);
        match back {
            Ok(()) => error,
            Err(cause) => errors::packages_not_back(error, &cause),
        }
    }

    /// Runs the package manager. It takes what stands in node_modules for what it installed: so links of ours that stand
    /// in the place of these packages go before, and are made again afterwards.
    fn run(&self, closure: &Closure, (roots, leaving): (&[Root], &[PackageName]), lock: &WriteLock) -> Result<()> {
        let root = &self.workspace.layout.root;
        clear_links(root, closure)?;
        clear_left(root, self.manager, leaving)?;
        make_ready(self.workspace, self.manager)?;
        self.forget_layout()?;
        lockfiles::prepare(self.workspace, self.manager, closure)?;
        let program = self.manager.install(root, Lockfile::Follows);
        self.progress.stage(&program.line(), 0);
        // Should bit be killed, the package manager goes on: whoever comes next waits until it is done too.
        let lent = lock.lend()?;
        let ended = program.run()?;
        drop(lent);
        let failed = |words: &str| self.failed(&program.line(), words);
        let ended = ended.ok_or_else(|| failed("it is not there any more"))?;
        if !ended.success {
            return Err(failed(&ended.words));
        }
        // What is looked at is what stays: where sources get their place, packages move.
        make_room_for_sources(self.workspace, closure)?;
        let mut faults = check::faults(self.workspace, self.manager, closure);
        faults.extend(self.undone(roots, closure)?);
        match faults.is_empty() {
            true => Ok(()),
            false => Err(failed(&format!("{}\n{}", ended.words.trim_end(), faults.join("\n")))),
        }
    }

    /// What was written before the package manager ran, and is not there any more: it, a script that it ran, or a person
    /// may have been at work in the same files.
    fn undone(&self, roots: &[Root], closure: &Closure) -> Result<Vec<String>> {
        let root = &self.workspace.layout.root;
        let declared = declared_roots(self.workspace, &self.workspace.scope.known()?, &DependencyFiles::read(root)?)?;
        let gone = roots.iter().filter(|root| !declared.iter().any(|one| one.id == root.id));
        let mut undone: Vec<String> = gone.map(|root| errors::not_declared_any_more(&root.id)).collect();
        undone.extend(archives::absent(root, closure).iter().map(|path| errors::archive_gone(path)));
        Ok(undone)
    }

    /// yarn 4 believes that all stands where it put it. Where bit has moved packages, it would leave those that nobody
    /// needs there, and not bring back those that it needs at the top: without its note it lays all of it out anew.
    pub(super) fn forget_layout(&self) -> Result<()> {
        let root = &self.workspace.layout.root;
        match self.manager.kind == Kind::YarnBerry && any_moved(root) {
            true => disk::remove_if_there(&root.join("node_modules/.yarn-state.yml")),
            false => Ok(()),
        }
    }

    fn failed(&self, line: &str, words: &str) -> anyhow::Error {
        match &self.sources {
            SourcesSoFar::None => errors::install_failed(line, words, ""),
            SourcesSoFar::Untouched => errors::install_failed(line, words, "; no source file was touched"),
            SourcesSoFar::Brought(ids) => {
                errors::uneject_failed(line, words, &ids.iter().map(ToString::to_string).collect::<Vec<_>>())
            }
        }
    }
}

/// The packages of which bit's own links stand in the way.
fn links_of(root: &Path, closure: &Closure) -> Result<Vec<String>> {
    let is_ours = |package: String| Ok(workspace::is_ours(root, &package)?.then_some(package));
    closure.packages().into_iter().filter_map(|package| is_ours(package).transpose()).collect()
}

/// Takes bit's own links out of the way.
pub fn clear_links(root: &Path, closure: &Closure) -> Result<()> {
    closure.packages().iter().try_for_each(|package| workspace::remove(root, package).map(drop))
}

/// Makes the links again that made room for nothing. A failure is said by the next command that looks at them.
pub fn link_again(workspace: &Workspace) {
    if let Ok(mut state) = State::load(workspace, &Quiet) {
        let _ = links::mend(workspace, &mut state, LinkCheck::Full);
        state.remember(workspace);
    }
}
