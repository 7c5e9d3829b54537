use super::{current_folder, scope};
use crate::cli::ui::{Ui, dim, good};
use crate::errors;
use crate::model::ScopeName;
use crate::ops::init::{InitOptions, Initialized, Merges, init};
use crate::ops::merge_driver::Registration;
use crate::ops::scope::{CreateOptions, Used, create};
use crate::workspace::ScopePlace;
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

/// Make a workspace: workspace.jsonc, .bitmap and the local scope
///
/// Running it again makes what is missing and changes nothing else. The local scope is .git/bit where the
/// folder has a .git folder, else .bit. With --bare the folder becomes a scope instead, as by "bit scope create".
#[derive(Args)]
pub struct Init {
    /// The folder; the current one without it
    path: Option<PathBuf>,
    /// The workspace's name, or with --bare the scope's; the folder's without it
    #[arg(long)]
    name: Option<String>,
    /// The scope of new components: "owner.name", or one word
    #[arg(long, value_name = "SCOPE")]
    default_scope: Option<String>,
    /// Keep the local scope in .bit, also in a git repository
    #[arg(long)]
    standalone: bool,
    /// Put broken files aside and begin them anew
    #[arg(long, short = 'r')]
    reset: bool,
    /// Start with an empty .bitmap where it is lost (versions stay); make a workspace inside another one
    #[arg(long, short = 'f')]
    force: bool,
    /// Let git merge .bitmap by component: a line in .gitattributes, and a setting of this clone
    #[arg(long)]
    merge_driver: bool,
    /// Make the folder a scope, not a workspace: a bare git repository that stores versions
    #[arg(long, conflicts_with_all = ["default_scope", "standalone", "reset", "force", "merge_driver"])]
    bare: bool,
    /// With --bare: what the scope is for
    #[arg(long, requires = "bare", default_value = "", hide_default_value = true)]
    description: String,
    /// With --bare: take a repository that holds something, as "bit scope create --adopt" does
    #[arg(long, requires = "bare")]
    adopt: bool,
    /// Accepted for scripts: no package.json is made anyway
    #[arg(long, hide = true)]
    no_package_json: bool,
    /// Accepted for scripts: ask nothing
    #[arg(long, hide = true)]
    skip_interactive: bool,
    /// Accepted for scripts: the package manager is always your own
    #[arg(long, hide = true)]
    external_package_manager: bool,
}

const QUESTION: &str =
    "let git merge .bitmap by component, so that branches that add or tag different ones never conflict";

impl Init {
    /// Makes it and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        if self.bare {
            return self.make_scope(ui);
        }
        let options = InitOptions {
            folder: self.path.unwrap_or_else(|| PathBuf::from(".")),
            name: self.name,
            default_scope: self.default_scope.as_deref().map(ScopeName::new).transpose()?,
            place: if self.standalone { ScopePlace::Standalone } else { ScopePlace::BesideGit },
            repair: self.reset,
            force: self.force,
            merges: if self.merge_driver { Merges::ByComponent } else { Merges::Keep },
        };
        let mut made = init(&options)?;
        let is_open = made.registration == Registration::Missing && made.is_new();
        if is_open && !self.skip_interactive && ui.confirms(QUESTION) == Some(true) {
            made.registration = init(&InitOptions { merges: Merges::ByComponent, ..options })?.registration;
        }
        ui.json(&json!({
            "root": made.root,
            "localScope": made.local_scope,
            "created": made.created,
            "putAside": made.put_aside.iter().map(|(from, to)| json!({"from": from, "to": to})).collect::<Vec<_>>(),
            "mergeDriver": made.registration == Registration::Registered,
        }))?;
        print(ui, &made, self.reset);
        Ok(ExitCode::SUCCESS)
    }

    fn make_scope(self, ui: &Ui) -> Result<ExitCode> {
        let folder = self.path.unwrap_or_else(|| PathBuf::from("."));
        // Always a folder, also where its name would be read as a URL.
        let folder = fs::canonicalize(&folder).or_else(|_| std::path::absolute(&folder))?;
        let options = CreateOptions {
            place: folder
                .to_str()
                .ok_or_else(|| errors::bad_path(&folder.to_string_lossy(), "it is not UTF-8 text"))?
                .into(),
            name: self.name.as_deref().map(ScopeName::new).transpose()?,
            description: self.description,
            used: if self.adopt { Used::Adopt } else { Used::Refuse },
        };
        scope::print_created(ui, &create(&current_folder()?, &options)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

fn print(ui: &Ui, made: &Initialized, reset: bool) {
    for (from, to) in &made.put_aside {
        ui.warning(format!("{} was broken; it is {} now", from.display(), to.display()));
    }
    let whole = made.is_new() && made.created.len() > 1;
    let nothing = made.created.is_empty() && made.put_aside.is_empty() && !made.caches_forgotten;
    let what = match (reset, whole) {
        (true, _) if nothing => "nothing to reset",
        (true, _) => "your bit workspace has been reset successfully",
        (false, true) => "initialized a bit workspace",
        (false, false) => "successfully re-initialized a bit workspace.",
    };
    ui.line(format!("{} {}", good(what), dim(format!("({})", made.root.display()))));
    for path in &made.created {
        ui.line(format!("  > made {}", path.strip_prefix(&made.root).unwrap_or(path).display()));
    }
    if made.node_modules_not_ignored {
        ui.warning("git does not ignore node_modules: add the line \"node_modules\" to .gitignore");
    }
    if whole && made.registration == Registration::Missing {
        ui.line(dim(
            "let git merge .bitmap by component, so that branches do not conflict in it: bit init --merge-driver",
        ));
    }
}
