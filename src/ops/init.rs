//! Making a workspace, or what is missing of one. A person's file is never overwritten.

use super::merge_driver::{self, Registration};
use crate::disk;
use crate::errors;
use crate::model::ScopeName;
use crate::scope::LocalScope;
use crate::workspace::{
    Bitmap, ConfigFile, Layout, ScopePlace, TemplateOptions, WorkspaceConfig, hide_from_git, local_scope_for, template,
};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// What kind of workspace to make, and where.
#[derive(Debug, Clone, Default)]
pub struct InitOptions {
    /// Its folder.
    pub folder: PathBuf,
    /// Its name; the folder's where nobody gave one.
    pub name: Option<String>,
    /// The scope of its components.
    pub default_scope: Option<ScopeName>,
    /// Where the local scope goes.
    pub place: ScopePlace,
    /// Put broken files aside and begin them anew; throw caches away.
    pub repair: bool,
    /// Go on where a person has to insist: start with an empty .bitmap where it is lost (the local scope keeps its
    /// versions), make a workspace inside another one.
    pub force: bool,
    /// Whether git is told to merge .bitmap by component.
    pub merges: Merges,
}

/// How git is to merge .bitmap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Merges {
    /// As it does now.
    #[default]
    Keep,
    /// By component.
    ByComponent,
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Initialized {
    /// The workspace's folder.
    pub root: PathBuf,
    /// Its local scope.
    pub local_scope: PathBuf,
    /// Files and folders that were made.
    pub created: Vec<PathBuf>,
    /// Broken files, and where they are now.
    pub put_aside: Vec<(PathBuf, PathBuf)>,
    /// Caches were thrown away.
    pub caches_forgotten: bool,
    /// git would take node_modules for the team's own files.
    pub node_modules_not_ignored: bool,
    /// Whether git merges .bitmap by component.
    pub registration: Registration,
}

impl Initialized {
    /// Whether there was no .bitmap before.
    pub fn is_new(&self) -> bool {
        self.created.iter().any(|path| path.ends_with(".bitmap"))
    }
}

/// Makes the workspace.
pub fn init(options: &InitOptions) -> Result<Initialized> {
    // Later commands need this git; better to hear of it before there is a workspace.
    crate::git::check_git_version()?;
    let root = std::path::absolute(&options.folder)?;
    if root.is_file() {
        return Err(errors::file_not_folder(&root));
    }
    if !options.force {
        refuse_nested(&root)?;
    }
    fs::create_dir_all(&root).with_context(|| format!("could not make {}", root.display()))?;
    let local_scope = local_scope_for(&root, options.place);
    let layout = Layout { root: root.clone(), local_scope };
    check_place(&layout)?;
    let mut outcome = Initialized { root, local_scope: layout.local_scope.clone(), ..Initialized::default() };

    let is_new = !LocalScope::exists(&layout.local_scope);
    if is_new && !layout.bitmap_file().exists() && !layout.config_file().exists() {
        check_folder_is_writable(&layout.root)?;
    }
    let scope = LocalScope::init(&layout.local_scope)?;
    hide_from_git(&layout.local_scope)?;
    if is_new {
        outcome.created.push(layout.local_scope.clone());
    }
    let _lock = scope.lock(&mut |_| {})?;
    if !options.force {
        refuse_lost_bitmap(&layout, &scope)?;
    }
    make_config(&layout, &scope, options, &mut outcome)?;
    make_bitmap(&layout, &scope, options, &mut outcome)?;
    if options.repair {
        outcome.caches_forgotten = scope.forget_caches()?;
    }
    outcome.node_modules_not_ignored = node_modules_not_ignored(&layout.root);
    if options.merges == Merges::ByComponent {
        merge_driver::register(&layout, &scope.state_folder())?;
    }
    outcome.registration = merge_driver::registration(&layout)?;
    Ok(outcome)
}

/// Refuses a new workspace inside another one: its files could become part of a component there.
fn refuse_nested(root: &Path) -> Result<()> {
    match Layout::around(root) {
        Some(outer) if !Layout::is_root(root) => Err(errors::inside_workspace(root, &outer)),
        _ => Ok(()),
    }
}

/// Refuses a second local scope beside one that holds versions: they would seem to be lost.
fn check_place(layout: &Layout) -> Result<()> {
    let beside_git = layout.root.join(".git/bit");
    if layout.local_scope == beside_git || LocalScope::exists(&layout.local_scope) {
        return Ok(());
    }
    if LocalScope::holds_versions(&beside_git)? {
        return Err(errors::scope_is_beside_git(&beside_git, &layout.local_scope));
    }
    Ok(())
}

/// A new workspace is made whole or not at all: find out before anything is made.
fn check_folder_is_writable(root: &Path) -> Result<()> {
    tempfile::tempfile_in(root).map(drop).with_context(|| format!("could not write into {}", root.display()))
}

/// A .bitmap that is lost is no empty one. Found out before a broken file is put aside.
fn refuse_lost_bitmap(layout: &Layout, scope: &LocalScope) -> Result<()> {
    let path = layout.bitmap_file();
    if !path.exists() && !scope.known()?.components.is_empty() {
        return Err(errors::lost_bitmap(&path));
    }
    Ok(())
}

fn make_config(layout: &Layout, scope: &LocalScope, options: &InitOptions, outcome: &mut Initialized) -> Result<()> {
    let path = layout.config_file();
    match ConfigFile::read(&path)?.map(|file| file.config()) {
        Some(Ok(config)) => return check_settings(&path, &config, options),
        Some(Err(error)) if !options.repair => return Err(error),
        Some(Err(_)) => put_aside(&path, outcome)?,
        None => {}
    }
    let folder_name = || layout.root.file_name().map(|name| name.to_string_lossy().into_owned());
    let name = options.name.clone().or_else(folder_name).unwrap_or_else(|| "workspace".into());
    let text =
        template(&TemplateOptions { name, default_scope: options.default_scope.clone(), default_directory: None });
    disk::write_atomically(&path, text.as_bytes(), &scope.state_folder())?;
    outcome.created.push(path);
    Ok(())
}

/// Refuses a name or a scope other than what a person's file says.
fn check_settings(path: &Path, config: &WorkspaceConfig, options: &InitOptions) -> Result<()> {
    let differs =
        |asked: &Option<String>, found: Option<&str>| asked.as_deref().is_some_and(|asked| Some(asked) != found);
    if differs(&options.name, config.name.as_deref()) {
        return Err(errors::setting_differs(path, "name", config.name.as_deref().unwrap_or_default()));
    }
    let scope = options.default_scope.as_ref().map(ScopeName::to_string);
    if differs(&scope, Some(config.default_scope.as_str())) {
        return Err(errors::setting_differs(path, "defaultScope", config.default_scope.as_str()));
    }
    Ok(())
}

fn make_bitmap(layout: &Layout, scope: &LocalScope, options: &InitOptions, outcome: &mut Initialized) -> Result<()> {
    let path = layout.bitmap_file();
    match Bitmap::read(&path) {
        Ok(Some(_)) => return Ok(()),
        Err(error) if !options.repair => return Err(error),
        Err(_) => put_aside(&path, outcome)?,
        Ok(None) => {}
    }
    Bitmap::default().save(&path, &scope.state_folder())?;
    outcome.created.push(path);
    Ok(())
}

/// Moves a broken file out of the way, under a name that is free.
fn put_aside(path: &Path, outcome: &mut Initialized) -> Result<()> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let free = (1..).map(|number| path.with_file_name(format!("{name}.broken-{number}"))).find(|path| !path.exists());
    // Numbers do not end.
    let Some(aside) = free else { return Ok(()) };
    fs::rename(path, &aside).with_context(|| format!("could not move {} to {}", path.display(), aside.display()))?;
    outcome.put_aside.push((path.to_owned(), aside));
    Ok(())
}

fn node_modules_not_ignored(root: &Path) -> bool {
    let in_git = root.ancestors().any(|folder| folder.join(".git").exists());
    let rules = crate::source::files::IgnoreRules::new(root);
    in_git && !rules.is_ignored("node_modules", true).unwrap_or(true)
}
