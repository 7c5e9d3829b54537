use super::import::follow;
use super::{count, current_folder};
use crate::cli::ui::{Ui, dim, good, strong};
use crate::errors;
use crate::model::{CommitId, IdQuery, ScopeName, Version, VersionId};
use crate::ops::fetch::{FetchOptions, Fetched, FetchedScope, fetch};
use crate::ops::{Accepted, Continuity};
use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};
use std::process::ExitCode;

/// Look at what scopes have now; nothing in the workspace changes
///
/// Brings the catalogs of the workspace's scopes, of those that its components need, and of all that were seen before.
/// "bit status" then knows what is outdated or diverged; "bit import" brings the versions.
#[derive(Args)]
pub struct Fetch {
    /// Names of scopes; without any, all that are known here
    #[arg(value_name = "SCOPE")]
    scopes: Vec<String>,
    /// Take a scope as it is now, though it is not what it was: it was made anew, say
    #[arg(long, value_name = "SCOPE")]
    accept_replaced: Vec<String>,
    /// Look at the catalog alone where the tag of this version (scope/name@version) was moved, once you have looked at it
    #[arg(long, value_name = "ID")]
    accept_moved: Vec<String>,
    /// Believe scopes that say where other scopes are, without a question
    #[arg(long, short = 'y')]
    yes: bool,
}

impl Fetch {
    /// Fetches and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let names = |texts: &[String]| texts.iter().map(|text| Ok(ScopeName::new(text)?)).collect::<Result<Vec<_>>>();
        let replaced = names(&self.accept_replaced)?;
        let moved_tags = self.accept_moved.iter().map(|text| IdQuery::parse(text)).collect::<Result<_, _>>()?;
        let accepted = Accepted { replaced: replaced.clone(), moved_tags, ..Accepted::default() };
        let mut scopes = names(&self.scopes)?;
        scopes.extend(replaced);
        let progress = ui.progress();
        let (workspace, fetched) =
            fetch(&current_folder()?, &FetchOptions { scopes, accepted }, &follow(ui, self.yes), &progress)?;
        drop(progress);
        ui.notices(&workspace);
        let failed: Vec<String> = fetched.failed.iter().map(|(scope, why)| format!("  {scope}: {why}")).collect();
        if !failed.is_empty() && fetched.scopes.is_empty() && !ui.is_json() {
            return Err(errors::scopes_not_reached(&failed));
        }
        ui.json(&to_json(&fetched))?;
        print(ui, &fetched);
        if failed.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(errors::scopes_not_reached(&failed)) }
    }
}

fn print(ui: &Ui, fetched: &Fetched) {
    if fetched.scopes.is_empty() && fetched.failed.is_empty() {
        ui.line(good("nothing to fetch: no component was exported, and no scope was seen yet"));
        return;
    }
    for scope in &fetched.scopes {
        ui.line(format!("{} {} {}", strong(&scope.scope), news(scope), dim(&scope.url)));
        replaced(scope).into_iter().for_each(|line| ui.line(format!("  > {line}")));
        scope.new_components.iter().for_each(|id| ui.line(format!("  > {id} {}", dim("(new)"))));
        scope.said.iter().for_each(|(id, mark)| ui.line(format!("  > {id} {}", dim(format!("({})", mark.word())))));
    }
    let section = |title: &str, hint: &str, pairs: &[(VersionId, Version)]| {
        if !pairs.is_empty() {
            ui.line(format!("{} {}", strong(title), dim(hint)));
            let line = |(id, theirs): &(VersionId, Version)| ui.line(format!("  > {id} there: {theirs}"));
            pairs.iter().for_each(line);
        }
    };
    section("outdated components", "(\"bit checkout head\" brings them to the newest version)", &fetched.outdated);
    section("diverged components", "(both sides went on: \"bit import\", then \"bit merge\")", &fetched.diverged);
}

fn news(scope: &FetchedScope) -> String {
    match (&scope.continuity, scope.new_versions.len(), scope.said.len()) {
        (Continuity::Replaced(_) | Continuity::Changed(_), new, _) => {
            let other = match exchanged(scope).count() {
                0 => None,
                1 => Some("1 version has another content".to_owned()),
                several => Some(format!("{several} versions have another content")),
            };
            let differing =
                |number: usize, word: &str| (number > 0).then(|| format!("{} {word}", count(number, "version")));
            let all = [other, differing(lost(scope).count(), "fewer"), differing(new, "more")];
            let all: Vec<String> = all.into_iter().flatten().collect();
            if all.is_empty() {
                "is taken as it is now".to_owned()
            } else {
                format!("is taken as it is now: {}", all.join(", "))
            }
        }
        (_, 0, 0) => "nothing new".to_owned(),
        (_, 0, said) => format!("no new version, {} changed", count(said, "component")),
        (_, versions, _) => count(versions, "new version"),
    }
}

/// In what a scope that is taken as it is now differs from what it was; the components that are new in it stand by
/// themselves.
fn replaced(scope: &FetchedScope) -> Vec<String> {
    if !matches!(scope.continuity, Continuity::Replaced(_) | Continuity::Changed(_)) {
        return Vec::new();
    }
    let other = |(id, was, is): (&VersionId, CommitId, CommitId)| {
        format!("{id} {}", dim(format!("(another content: it was {}, and is {} now)", was.short(), is.short())))
    };
    let more = scope.new_versions.iter().filter(|id| !scope.new_components.contains(&id.id));
    let fewer = lost(scope).map(|id| format!("{id} {}", dim("(not listed any more)")));
    exchanged(scope).map(other).chain(fewer).chain(more.map(|id| format!("{id} {}", dim("(new version)")))).collect()
}

/// The versions that are listed with another content now: what they were, and what they are.
fn exchanged(scope: &FetchedScope) -> impl Iterator<Item = (&VersionId, CommitId, CommitId)> {
    scope.moved.iter().filter_map(|moved| Some((&moved.id, moved.was, moved.is?)))
}

/// The versions that are not listed any more.
fn lost(scope: &FetchedScope) -> impl Iterator<Item = &VersionId> {
    scope.moved.iter().filter(|moved| moved.is.is_none()).map(|moved| &moved.id)
}

fn to_json(fetched: &Fetched) -> Value {
    let pair = |(id, theirs): &(VersionId, Version)| json!({"id": id.id, "current": id.version, "latest": theirs});
    let scope = |scope: &FetchedScope| {
        json!({
            "scope": scope.scope,
            "url": scope.url,
            "newComponents": scope.new_components,
            "newVersions": scope.new_versions.len(),
            "addedVersions": scope.new_versions,
            "lostVersions": lost(scope).collect::<Vec<_>>(),
            "exchangedVersions": exchanged(scope)
                .map(|(id, was, is)| json!({"id": id, "was": was.to_string(), "is": is.to_string()}))
                .collect::<Vec<_>>(),
            "changed": scope.said.iter().map(|(id, mark)| json!({"id": id, "change": mark.word()})).collect::<Vec<_>>(),
        })
    };
    json!({
        "scopes": fetched.scopes.iter().map(scope).collect::<Vec<_>>(),
        "failed": fetched.failed.iter().map(|(scope, why)| json!({"scope": scope, "error": why})).collect::<Vec<_>>(),
        "outdatedComponents": fetched.outdated.iter().map(pair).collect::<Vec<_>>(),
        "mergePendingComponents": fetched.diverged.iter().map(pair).collect::<Vec<_>>(),
    })
}
