use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, strong};
use crate::errors;
use crate::model::{Increment, Level, Version, VersionId};
use crate::ops::Workspace;
use crate::ops::build::{Failures, KeepCapsules};
use crate::ops::tag::{
    Build, Dependents, IgnoredIssues, Older, Reason, Signing, TagOptions, Tagged, TaggedVersion, Which,
    read_versions_file, tag,
};
use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make new versions of components: all of them, or none
///
/// Without ids, all that is new or modified. Components that depend on a tagged one get a new version too
/// (auto-tag), so that they need the new one. Each version is a commit in the local scope, staged until it is
/// exported.
#[derive(Args)]
pub struct Tag {
    /// Ids and patterns; "id@1.2.0" gives one its number
    #[arg(value_name = "ID OR PATTERN")]
    ids: Vec<String>,
    /// Accepted for scripts: without ids, all that is new or modified is tagged anyway
    #[arg(long, short = 'a')]
    all: bool,
    /// What changed, for "bit log"
    #[arg(long, short = 'm')]
    message: Option<String>,
    /// 1.2.3 → 1.2.4 (the default)
    #[arg(long, short = 'p', group = "level")]
    patch: bool,
    /// 1.2.3 → 1.3.0
    #[arg(long, group = "level")]
    minor: bool,
    /// 1.2.3 → 2.0.0
    #[arg(long, group = "level")]
    major: bool,
    /// 1.2.3 → 1.2.4-0, or with a word 1.2.4-beta.0
    #[arg(long, alias = "pre-release", group = "level", num_args = 0..=1, value_name = "WORD")]
    prerelease: Option<Option<String>>,
    /// Any of the levels by its name: major, minor, patch, premajor, preminor, prepatch, prerelease
    #[arg(long, short = 'l', group = "level", value_name = "LEVEL")]
    increment: Option<String>,
    /// By how much the number goes up
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    increment_by: u64,
    /// The word in a pre-release
    #[arg(long, value_name = "WORD")]
    prerelease_id: Option<String>,
    /// This number, for every component that is not just tagged along; those named by id get it even unchanged
    #[arg(long, alias = "version", value_name = "VERSION", conflicts_with = "level")]
    ver: Option<String>,
    /// A file of lines "component: version"
    #[arg(long, value_name = "FILE")]
    versions_file: Option<PathBuf>,
    /// Tag components that did not change, too; removed ones only by id
    #[arg(long)]
    unmodified: bool,
    /// Leave dependents alone: they keep needing the old versions
    #[arg(long)]
    skip_auto_tag: bool,
    /// The level for dependents that are tagged along
    #[arg(long, value_name = "LEVEL")]
    auto_tag_increment: Option<String>,
    /// Where a newer version exists: make a maintenance version of the older one
    #[arg(long)]
    ignore_newest_version: bool,
    /// Issues that don't stop the tag, by name; "*" for all that can be ignored
    #[arg(long, value_name = "NAMES")]
    ignore_issues: Vec<String>,
    /// Sign the versions, as "git tag --sign" does: by gpg.format and user.signingkey
    #[arg(long, short = 'S')]
    sign: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Build, but leave out the tests
    #[arg(long)]
    skip_tests: bool,
    /// Build nothing: versions hold what is in the folders
    #[arg(long)]
    skip_build: bool,
    /// Tag in spite of builds that fail; the manifests say so
    #[arg(long)]
    ignore_build_errors: bool,
    /// Keep the folders in which commands ran, and say where they are
    #[arg(long)]
    keep_capsules: bool,
}

impl Tag {
    /// Tags and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let dry_run = self.dry_run;
        let options = self.options()?;
        let progress = ui.progress();
        let (workspace, tagged) = tag(&current_folder()?, &options, &progress)?;
        drop(progress);
        ui.notices(&workspace);
        for id in &tagged.skipped {
            ui.warning(format!(
                "{id} was passed over, with whatever was edited in it: its version is not in the local scope (\"bit import\" brings it; if it is lost, \"bit reset {id}\" goes back to the one it was made from, and keeps the files)"
            ));
        }
        tagged.warnings.iter().for_each(|warning| ui.warning(warning));
        if ui.is_json() {
            ui.json(&to_json(&tagged, dry_run))?;
        } else {
            print(ui, &workspace, &tagged, dry_run);
            super::print_capsules(ui, &tagged.built);
        }
        Ok(ExitCode::SUCCESS)
    }

    fn options(self) -> Result<TagOptions> {
        let dependents = match (&self.auto_tag_increment, self.skip_auto_tag) {
            (Some(_), true) => return Err(errors::auto_tag_conflict()),
            (None, true) => Dependents::Skip,
            (Some(level), false) => {
                let level =
                    Level::parse(level).ok_or_else(|| errors::bad_level("auto-tag-increment", level, &Level::NAMES))?;
                Dependents::Tag(Increment { level, by: 1, prerelease_id: self.prerelease_id.clone() })
            }
            (None, false) => Dependents::default(),
        };
        let versions = match &self.versions_file {
            Some(path) => read_versions_file(&text_of(path)?)?,
            None => std::collections::BTreeMap::new(),
        };
        Ok(TagOptions {
            increment: self.increment()?,
            prerelease_word: self.prerelease.clone().flatten(),
            version: self.ver.as_deref().map(Version::new).transpose()?,
            ids: self.ids,
            message: self.message,
            versions,
            which: if self.unmodified { Which::All } else { Which::Changed },
            dependents,
            older: if self.ignore_newest_version { Older::Maintain } else { Older::Refuse },
            ignored: IgnoredIssues::parse(&self.ignore_issues)?,
            signing: if self.sign { Signing::Sign } else { Signing::AsConfigured },
            build: match (self.skip_build, self.skip_tests) {
                (true, _) => Build::Nothing,
                (false, true) => Build::WithoutTests,
                (false, false) => Build::All,
            },
            failures: if self.ignore_build_errors { Failures::Record } else { Failures::Stop },
            capsules: if self.keep_capsules { KeepCapsules::Yes } else { KeepCapsules::No },
            dry_run: self.dry_run,
        })
    }

    fn increment(&self) -> Result<Increment> {
        let level = match &self.increment {
            Some(text) => Level::parse(text).ok_or_else(|| errors::bad_level("increment", text, &Level::NAMES))?,
            None if self.major => Level::Major,
            None if self.minor => Level::Minor,
            None if self.prerelease.is_some() => Level::Prerelease,
            None => Level::Patch,
        };
        let word = self.prerelease.clone().flatten().or_else(|| self.prerelease_id.clone());
        Ok(Increment { level, by: self.increment_by, prerelease_id: word })
    }
}

fn text_of(versions_file: &Path) -> Result<String> {
    match std::fs::read_to_string(versions_file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Err(errors::no_versions_file(versions_file)),
        text => text.with_context(|| format!("could not read {}", versions_file.display())),
    }
}

fn print(ui: &Ui, workspace: &Workspace, tagged: &Tagged, dry_run: bool) {
    if tagged.versions.is_empty() {
        ui.line(good("nothing to tag"));
        return;
    }
    let (dependents, own): (Vec<_>, Vec<_>) =
        tagged.versions.iter().partition(|version| matches!(version.reason, Reason::Dependent(_)));
    let (new, changed): (Vec<_>, Vec<_>) = own.into_iter().partition(|version| version.reason == Reason::New);
    section(ui, "new components", &new);
    section(ui, "changed components", &changed);
    section(ui, "auto-tagged dependents", &dependents);
    if !tagged.nameless.is_empty() {
        ui.line(strong("staged versions that are published without a number: the scope gave it, or that of what they need, to others"));
        tagged.nameless.iter().for_each(|id| ui.line(format!("  > {id}")));
        ui.line("");
    }
    let total = tagged.versions.len();
    if dry_run {
        ui.line(format!("{total} component(s) would be tagged; nothing was written"));
    } else {
        let signed = if tagged.is_signed { " and signed" } else { "" };
        ui.line(good(format!("{total} component(s) tagged{signed}")));
        let publish = format!("\"bit export\" publishes {}", count(tagged.staged_before + total, "version"));
        let take_back = take_back(workspace, tagged).map(|command| format!(", \"{command}\" takes it back"));
        ui.line(dim(format!("{publish}{}", take_back.unwrap_or_default())));
    }
}

/// The command that takes back this tag and nothing else, if a short one does.
fn take_back(workspace: &Workspace, tagged: &Tagged) -> Option<String> {
    const SHORT: usize = 3;
    if tagged.is_all_that_is_staged {
        return Some("bit reset --all".to_owned());
    }
    let short = |id: &VersionId| match workspace.bitmap.named(&id.id.name) {
        [_] => format!("{}@{}", id.id.name, id.version),
        _ => id.to_string(),
    };
    let ids: Vec<String> = tagged.versions.iter().map(|version| short(&version.id)).collect();
    (ids.len() <= SHORT).then(|| format!("bit reset {}", ids.join(" ")))
}

fn section(ui: &Ui, title: &str, versions: &[&TaggedVersion]) {
    if versions.is_empty() {
        return;
    }
    ui.line(strong(title));
    for version in versions {
        let from = version.previous.as_ref().map(|previous| dim(format!(" (from {previous})"))).unwrap_or_default();
        ui.line(format!("  > {}{from}", version.id));
    }
    ui.line("");
}

fn to_json(tagged: &Tagged, dry_run: bool) -> Value {
    let version = |version: &TaggedVersion| {
        let (reason, causes) = match &version.reason {
            Reason::New => ("new", &[][..]),
            Reason::Changed => ("changed", &[][..]),
            Reason::Dependent(causes) => ("dependent", causes.as_slice()),
        };
        json!({"id": version.id.id, "version": version.id.version, "previous": version.previous, "hash": version.commit, "reason": reason, "causes": causes})
    };
    json!({
        "builds": tagged.versions.iter().zip(&tagged.built).filter(|(_, built)| !built.tasks.is_empty()).map(|(version, built)| super::built_json(&version.id.id, built)).collect::<Vec<_>>(),
        "tagged": tagged.versions.iter().map(version).collect::<Vec<_>>(),
        "withoutNumber": tagged.nameless,
        "skipped": tagged.skipped,
        "warnings": tagged.warnings,
        "signed": tagged.is_signed,
        "dryRun": dry_run,
    })
}
