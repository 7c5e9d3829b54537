mod told;

use super::current_folder;
use crate::cli::ui::Ui;
use crate::errors;
use crate::model::{ComponentId, IdQuery};
use crate::ops::Hint;
use crate::ops::import::{
    At, Dependents, Deprecated, Files, Further, ImportOptions, Imported, InTheWay, Wanted, import, lines,
};
use crate::ops::merge::OnConflict;
use crate::ops::packages::Install;
use crate::ops::uneject::settle;
use anyhow::Result;
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;
use told::{print, print_newer, print_settled, settled_json, why_lost};

pub(super) use told::{print_component, to_json};

/// Bring components from their scopes into the workspace
///
/// Versions and all that they need come into the local scope, the components' own files into folders. Without ids no
/// file is written: a fresh clone of the team's repository gets the versions that its .bitmap speaks of. Whatever
/// stands in the way of a file is told, and nothing is written then. Stopped half-way, the same command finishes.
#[derive(Args)]
pub struct Import {
    /// Ids (my-org.ui/button, my-org.ui/button@1.0.0) and patterns ('my-org.ui/forms/*')
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// The component's folder; of several components, the one around theirs
    #[arg(long, short = 'p', value_name = "FOLDER")]
    path: Option<PathBuf>,
    /// Only the local scope: write no files
    #[arg(long, short = 'O')]
    objects: bool,
    /// Write over what is in the way: local changes are lost, other files stay
    #[arg(long = "override")]
    over: bool,
    /// Join local changes with the versions that come: manual (marks what both changed), ours or theirs
    #[arg(long, value_name = "HOW", num_args = 0..=1, default_missing_value = "manual")]
    merge: Option<String>,
    /// Where a folder is not empty, take another one: button_1
    #[arg(long)]
    write_to_empty_dir: bool,
    /// The ids' scopes become the primary ones of the workspace's components that they have copies of
    #[arg(long, short = 's', requires = "ids", conflicts_with_all = ["path", "objects", "over", "merge", "write_to_empty_dir", "dependencies"])]
    set_current_scope: bool,
    /// With --set-current-scope: only say what would be done
    #[arg(long, requires = "set_current_scope")]
    dry_run: bool,
    /// Patterns name deprecated components too
    #[arg(long)]
    include_deprecated: bool,
    /// What the components need becomes components of the workspace too
    #[arg(long)]
    dependencies: bool,
    /// The same, so many steps far
    #[arg(long, value_name = "STEPS")]
    dependencies_depth: Option<String>,
    /// With --dependencies: at the newest versions of their main lines
    #[arg(long)]
    dependencies_head: bool,
    /// What stands between the components and those of the workspace that need them comes too
    #[arg(long)]
    dependents: bool,
    /// The same, only what lies on a way through this component
    #[arg(long, value_name = "ID")]
    dependents_via: Vec<String>,
    /// The files are there already: write only .bitmap
    #[arg(long)]
    track_only: bool,
    /// Take a version though its content is not what it was, once you have looked at it
    #[arg(long, value_name = "ID")]
    accept_moved: Vec<String>,
    /// Believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y')]
    yes: bool,
    /// Where a component was a package of the workspace: change package.json, and leave installing to you
    #[arg(long, short = 'x')]
    skip_dependency_installation: bool,
    /// Accepted for scripts
    #[arg(long, hide = true)]
    silent: bool,
}

/// Whether a hint is followed: with --yes, or if the person who is there says so.
pub fn follow(ui: &Ui, yes: bool) -> impl Fn(&Hint) -> Result<bool> {
    move |Hint { scope, url, says }| {
        let question = format!("the scope {says} says that {scope} is at {url}. Remember that, and ask there");
        Ok(yes || ui.confirms(question) == Some(true))
    }
}

impl Import {
    /// Imports and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let yes = self.yes;
        let install = if self.skip_dependency_installation { Install::Leave } else { Install::Run };
        bring(ui, &self.options()?, &Settling { besides: Vec::new(), install, yes })
    }

    fn options(self) -> Result<ImportOptions> {
        self.check_flags()?;
        let dependencies = match &self.dependencies_depth {
            Some(text) => text.parse().ok().filter(|depth| *depth > 0).ok_or_else(|| errors::bad_depth(text))?,
            None if self.dependencies || self.dependencies_head => usize::MAX,
            None => 0,
        };
        let via: Vec<IdQuery> =
            self.dependents_via.iter().map(|text| IdQuery::parse(text)).collect::<Result<_, _>>()?;
        let further = Further {
            dependencies,
            at: if self.dependencies_head { At::Head } else { At::Pinned },
            dependents: match via.is_empty() {
                false => Dependents::Via(via),
                true if self.dependents => Dependents::All,
                true => Dependents::None,
            },
        };
        let joins = self.merge.as_deref().map(how_to_join).transpose()?.map(InTheWay::Join);
        Ok(ImportOptions {
            wanted: match (self.ids.is_empty(), self.set_current_scope) {
                (true, _) => Wanted::Workspace,
                (_, true) => Wanted::PrimaryScope(self.ids),
                _ => Wanted::Named(self.ids),
            },
            path: self.path,
            files: match (self.objects, self.track_only) {
                (true, _) => Files::Leave,
                (_, true) => Files::Track,
                _ => Files::Write,
            },
            in_the_way: match (self.over, self.write_to_empty_dir) {
                (true, _) => InTheWay::Overwrite,
                (_, true) => InTheWay::GoElsewhere,
                _ => joins.unwrap_or_default(),
            },
            deprecated: if self.include_deprecated { Deprecated::Include } else { Deprecated::Skip },
            further,
            dry_run: self.dry_run,
            accepted: self.accept_moved.iter().map(|text| IdQuery::parse(text)).collect::<Result<_, _>>()?,
        })
    }

    fn check_flags(&self) -> Result<()> {
        let merge = self.merge.as_deref().map(how_to_join).transpose()?.is_some();
        let pairs = [
            (self.over, merge, "--override", "--merge"),
            (self.write_to_empty_dir, merge, "--write-to-empty-dir", "--merge"),
            (self.path.is_some(), merge, "--path", "--merge"),
            (self.objects, merge, "--objects", "--merge"),
            (self.objects, self.track_only, "--objects", "--track-only"),
            (self.track_only, merge, "--track-only", "--merge"),
            (self.track_only, self.over, "--track-only", "--override"),
            (self.track_only, self.write_to_empty_dir, "--track-only", "--write-to-empty-dir"),
            (self.over, self.write_to_empty_dir, "--override", "--write-to-empty-dir"),
            (self.path.is_some(), self.write_to_empty_dir, "--path", "--write-to-empty-dir"),
        ];
        if let Some((.., one, other)) = pairs.into_iter().find(|(one, other, ..)| *one && *other) {
            return Err(errors::flags_contradict(one, other));
        }
        let with_ids = [
            (self.over, "--override"),
            (merge, "--merge"),
            (self.path.is_some(), "--path"),
            (self.write_to_empty_dir, "--write-to-empty-dir"),
            (self.dependencies || self.dependencies_head || self.dependencies_depth.is_some(), "--dependencies"),
            (self.dependents || !self.dependents_via.is_empty(), "--dependents"),
            (self.track_only, "--track-only"),
        ];
        match with_ids.into_iter().find(|(given, _)| *given && self.ids.is_empty()) {
            Some((_, flag)) => Err(errors::ids_expected(flag)),
            None => Ok(()),
        }
    }
}

/// How components that were packages of the workspace become none.
pub(super) struct Settling {
    /// Besides those that are imported: their sources are here.
    pub(super) besides: Vec<ComponentId>,
    /// Whether their packages are seen off.
    pub(super) install: Install,
    /// Whether all questions are answered.
    pub(super) yes: bool,
}

/// Takes packages whose sources are here out of package.json, and tells.
pub(super) fn take_out(ui: &Ui, Settling { besides, install, yes }: &Settling) -> Result<ExitCode> {
    let settled = settle(&current_folder()?, besides, *install, &follow(ui, *yes), &ui.progress())?;
    let mut json = to_json(&Imported::default(), &ImportOptions::default());
    if let Some(settled) = &settled {
        json["uneject"] = settled_json(settled);
    }
    ui.json(&json)?;
    settled.iter().for_each(|settled| print_settled(ui, settled));
    let are_linked = settled.is_none_or(|settled| settled.links.failed.is_empty());
    Ok(if are_linked { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Imports and tells. A component that was a package of the workspace is none any more.
pub(super) fn bring(ui: &Ui, options: &ImportOptions, settling: &Settling) -> Result<ExitCode> {
    let (here, follow) = (current_folder()?, follow(ui, settling.yes));
    let progress = ui.progress();
    let (workspace, imported) = import(&here, options, &follow, &progress)?;
    let settled = match options.wanted {
        Wanted::Named(_) if options.files != Files::Leave => {
            let came = imported.components.iter().map(|one| one.id.id.clone());
            let ids: Vec<ComponentId> = came.chain(settling.besides.iter().cloned()).collect();
            settle(&here, &ids, settling.install, &follow, &progress)?
        }
        _ => None,
    };
    drop(progress);
    ui.notices(&workspace);
    imported.warnings.iter().for_each(|warning| ui.warning(warning));
    let mut json = to_json(&imported, options);
    if let Some(settled) = &settled {
        json["uneject"] = settled_json(settled);
    }
    ui.json(&json)?;
    print(ui, &imported, options);
    match &settled {
        Some(settled) => {
            print_newer(ui, &imported);
            print_settled(ui, settled);
        }
        None => super::warn_of_links(ui, &imported.links),
    }
    end(&imported, options)
}

fn how_to_join(text: &str) -> Result<OnConflict> {
    match text {
        "manual" => Ok(OnConflict::Mark),
        "ours" => Ok(OnConflict::Ours),
        "theirs" => Ok(OnConflict::Theirs),
        _ => Err(errors::bad_merge(text)),
    }
}

/// Whether files were to come that a divergence keeps back.
fn writes_files(options: &ImportOptions) -> bool {
    options.wanted != Wanted::Workspace && options.files != Files::Leave
}

/// What was not done is an error, though all else was.
pub(super) fn end(imported: &Imported, options: &ImportOptions) -> Result<ExitCode> {
    if !imported.failed.is_empty() {
        let failed: Vec<String> = imported.failed.iter().map(|(scope, why)| format!("  {scope}: {why}")).collect();
        return Err(errors::scopes_not_reached(&failed));
    }
    if !imported.lost.is_empty() {
        return Err(lost_versions(imported));
    }
    if !imported.lacking.is_empty() {
        return Err(errors::dependencies_unavailable(&lines(&imported.lacking)));
    }
    if writes_files(options) && !imported.diverged.is_empty() {
        return Err(errors::components_diverged(&imported.diverged));
    }
    // As "bit link" ends: whoever imports a component by its package does not find it.
    Ok(if imported.links.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn lost_versions(imported: &Imported) -> anyhow::Error {
    let ids: Vec<String> = imported.lost.iter().map(|lost| lost.id.id.to_string()).collect();
    let told: Vec<String> = imported.lost.iter().map(|lost| format!("  {}: {}", lost.id, why_lost(lost))).collect();
    errors::staged_versions_lost(&told, &ids, &lines(&imported.lacking))
}
