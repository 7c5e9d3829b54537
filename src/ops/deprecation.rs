//! Deprecation: a word to those who use a component, kept in .bitmap until an export publishes it.

use super::in_range::refuse_outside;
use super::removal::range_of;
use super::{AmendOptions, Amended, Progress, Selection, Whom, Workspace, amend, select};
use crate::errors;
use crate::model::{ComponentId, Deprecation, IdQuery, Mark};
use crate::scope::Known;
use crate::workspace::BitmapEntry;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::Path;

/// Where a component's settings in .bitmap hold it.
const DEPRECATION: &str = "teambit.component/deprecation";

/// What to say of which components.
#[derive(Debug, Clone, Default)]
pub struct DeprecateOptions {
    /// An id or a pattern.
    pub pattern: String,
    /// Why, and what to do.
    pub message: Option<String>,
    /// What to use instead.
    pub new_id: Option<String>,
    /// Which versions, as an npm range.
    pub range: Option<String>,
}

/// What waits in .bitmap to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Pending {
    deprecate: bool,
    #[serde(flatten)]
    details: Deprecation,
}

/// Components, each with what was said of it before: there is one word of a component, and a new one takes its place.
pub type Said = Vec<(ComponentId, Option<Deprecation>)>;

/// Deprecates components. Gives those for which that is news.
pub fn deprecate(cwd: &Path, options: &DeprecateOptions, progress: &dyn Progress) -> Result<(Workspace, Said)> {
    let one_version = |id: &ComponentId, version: &str| errors::range_expected("deprecate", id, version);
    let wanted = |workspace: &Workspace, known: &Known, selections: &[Selection]| {
        wanted(workspace, known, selections, options).map(Some)
    };
    change(cwd, &options.pattern, progress, one_version, wanted)
}

/// Takes deprecations back. Gives the components that were deprecated.
pub fn undeprecate(cwd: &Path, pattern: &str, progress: &dyn Progress) -> Result<(Workspace, Vec<ComponentId>)> {
    let (workspace, changed) =
        change(cwd, pattern, progress, |id, _| errors::all_versions_expected("undeprecate", id), |_, _, _| Ok(None))?;
    Ok((workspace, changed.into_iter().map(|(id, _)| id).collect()))
}

/// Deprecates components in their scopes, without waiting for an export.
pub fn deprecate_there(
    cwd: &Path,
    options: DeprecateOptions,
    whom: Whom,
    progress: &dyn Progress,
) -> Result<(Option<Workspace>, Amended)> {
    let range = range_of(options.range.as_deref())?.map(|range| range.to_string());
    let whole_id = |text: String| IdQuery::parse(&text)?.as_id.ok_or_else(|| errors::whole_id_expected(&text));
    let new_id = options.new_id.map(whole_id).transpose()?;
    let mark = Mark::Deprecate(Deprecation { message: options.message.unwrap_or_default(), range, new_id });
    amend(cwd, &AmendOptions::new(vec![options.pattern], whom, mark), progress)
}

/// Takes deprecations back in their scopes.
pub fn undeprecate_there(
    cwd: &Path,
    pattern: String,
    whom: Whom,
    progress: &dyn Progress,
) -> Result<(Option<Workspace>, Amended)> {
    amend(cwd, &AmendOptions::new(vec![pattern], whom, Mark::Undeprecate), progress)
}

/// What is said of a component: what waits to be published, else what its scope says.
pub fn deprecation_of(entry: &BitmapEntry, published: Option<&Deprecation>) -> Option<Deprecation> {
    match pending(entry) {
        Some(Mark::Deprecate(details)) => Some(details),
        Some(_) => None,
        None => published.cloned(),
    }
}

/// Forgets what waits to be published.
pub(super) fn forget_pending(entry: &mut BitmapEntry) {
    entry.config.remove(DEPRECATION);
}

/// What waits to be published.
pub(super) fn pending(entry: &BitmapEntry) -> Option<Mark> {
    let Pending { deprecate, details } = serde_json::from_value(entry.config.get(DEPRECATION)?.clone()).ok()?;
    Some(if deprecate { Mark::Deprecate(details) } else { Mark::Undeprecate })
}

/// What goes on in the place of one that waits to be deprecated.
pub(super) fn successor(entry: &BitmapEntry) -> Option<ComponentId> {
    match pending(entry)? {
        Mark::Deprecate(details) => details.new_id,
        _ => None,
    }
}

/// Says that another one goes on in its place.
pub(super) fn point_to(entry: &mut BitmapEntry, new_id: &ComponentId) {
    if let Some(Mark::Deprecate(details)) = pending(entry) {
        note(entry, &Deprecation { new_id: Some(new_id.clone()), ..details });
    }
}

/// Notes that a component is deprecated, whatever its scope says of it.
pub(super) fn note(entry: &mut BitmapEntry, advice: &Deprecation) {
    put(entry, None, Some(advice));
}

fn change(
    cwd: &Path,
    pattern: &str,
    progress: &dyn Progress,
    one_version: impl FnOnce(&ComponentId, &str) -> anyhow::Error,
    wanted: impl FnOnce(&Workspace, &Known, &[Selection]) -> Result<Option<Deprecation>>,
) -> Result<(Workspace, Said)> {
    let (mut workspace, lock) = Workspace::open_for_writing(cwd, progress)?;
    let selections = select(&workspace.bitmap, &[pattern.to_owned()]).map_err(errors::or_remote)?;
    if let Some(Selection { id, version: Some(version), .. }) =
        selections.iter().find(|chosen| chosen.version.is_some())
    {
        return Err(one_version(id, &version.to_string()));
    }
    let known = workspace.scope.known()?;
    let wanted = wanted(&workspace, &known, &selections)?;
    let mut changed = Vec::new();
    for Selection { id, .. } in selections {
        let published = known.entry(workspace.scope.repo(), &id)?.and_then(|entry| entry.deprecated);
        let Some(entry) = workspace.bitmap.get(&id) else { continue };
        let before = deprecation_of(entry, published.as_ref());
        if before != wanted {
            workspace.bitmap.update(&id, |entry| put(entry, published.as_ref(), wanted.as_ref()))?;
            changed.push((id, before));
        }
    }
    workspace.save_bitmap(&lock)?;
    Ok((workspace, changed))
}

/// Writes down what differs from what the scope says; nothing where nothing does.
fn put(entry: &mut BitmapEntry, published: Option<&Deprecation>, wanted: Option<&Deprecation>) {
    if wanted == published {
        entry.config.remove(DEPRECATION);
        return;
    }
    let pending = Pending { deprecate: wanted.is_some(), details: wanted.cloned().unwrap_or_default() };
    // Plain strings and a boolean are always JSON.
    let value: Value = serde_json::to_value(pending).expect("plain data is always JSON");
    entry.config.insert(DEPRECATION.to_owned(), value);
}

fn wanted(
    workspace: &Workspace,
    known: &Known,
    selections: &[Selection],
    options: &DeprecateOptions,
) -> Result<Deprecation> {
    let message = options.message.clone().unwrap_or_default();
    if !message.is_empty() && is_component(workspace, &message) {
        return Err(errors::message_is_an_id(&options.pattern, &message));
    }
    if let Some(range) = range_of(options.range.as_deref())? {
        refuse_outside(workspace, known, selections, &range)?;
    }
    let new_id = options.new_id.as_deref().map(|text| named_successor(workspace, selections, text)).transpose()?;
    Ok(Deprecation { message, range: options.range.clone(), new_id })
}

fn is_component(workspace: &Workspace, text: &str) -> bool {
    select(&workspace.bitmap, &[text.to_owned()]).is_ok()
}

/// A component of the workspace, or one of any scope by its whole id.
fn named_successor(workspace: &Workspace, selections: &[Selection], text: &str) -> Result<ComponentId> {
    if selections.len() > 1 {
        return Err(errors::one_successor_for_many(selections.len()));
    }
    let query = IdQuery::parse(text)?;
    let id = match (select(&workspace.bitmap, &[text.to_owned()]), query.as_id) {
        (Ok(found), _) if found.len() == 1 => found[0].id.clone(),
        (_, Some(id)) => id,
        (Err(error), None) => return Err(error),
        (Ok(found), None) => return Err(errors::one_component_expected(found.len())),
    };
    if selections.iter().any(|selection| selection.id == id) {
        return Err(errors::own_successor(&id));
    }
    Ok(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ComponentName, ScopeName};

    fn entry() -> BitmapEntry {
        let (name, scope) = (ComponentName::new("button").unwrap(), ScopeName::new("my-org.ui").unwrap());
        BitmapEntry::new(name, scope, "button", "index.js")
    }

    fn because(message: &str) -> Deprecation {
        Deprecation { message: message.into(), ..Deprecation::default() }
    }

    #[test]
    fn what_is_wanted_is_what_is_then_said() {
        let (old, new) = (because("old"), because("new"));
        let answers = [None, Some(&old), Some(&new)];
        for published in answers {
            for before in answers {
                for wanted in answers {
                    let mut entry = entry();
                    put(&mut entry, published, before);
                    put(&mut entry, published, wanted);
                    assert_eq!(deprecation_of(&entry, published).as_ref(), wanted);
                    assert_eq!(entry.config.is_empty(), wanted == published, "only what is news waits");
                }
            }
        }
    }

    #[test]
    fn it_is_written_as_others_read_it() {
        let mut entry = entry();
        let new_id = Some("my-org.ui/knob".parse().unwrap());
        let full = Deprecation { message: "use knob".into(), range: Some("<2".into()), new_id };
        put(&mut entry, None, Some(&full));
        let expected =
            serde_json::json!({"deprecate": true, "message": "use knob", "range": "<2", "newId": "my-org.ui/knob"});
        assert_eq!(entry.config[DEPRECATION], expected);
        put(&mut entry, Some(&full), None);
        assert_eq!(entry.config[DEPRECATION], serde_json::json!({"deprecate": false}));
    }
}
