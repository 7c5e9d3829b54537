//! Merging `.bitmap` as git asks for it: by component, and of a component by what is recorded of it.
//!
//! Lines are the wrong measure. Two components that come to stand beside one another are a conflict to git, and two
//! versions of one component may be merged to a version with the other's content.

use super::{Bitmap, BitmapEntry};
use crate::model::{CommitId, ComponentId, Version};
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The version of a component, and its content.
pub type Head = (Option<Version>, Option<CommitId>);

/// What became of a merge. Where there are conflicts, the three differ in nothing else: what git's own merge makes of
/// them shows a person the conflicts and no more.
pub struct MergedBitmap {
    /// The merged file, with our side of what is in conflict.
    pub ours: Bitmap,
    /// The same with what both began from.
    pub base: Bitmap,
    /// The same with their side.
    pub theirs: Bitmap,
    /// What a person has to decide, sorted.
    pub conflicts: Vec<BitmapConflict>,
}

/// What a person has to decide.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BitmapConflict {
    /// Of which component.
    pub id: ComponentId,
    /// What it is about.
    pub what: String,
}

/// Merges two files that began from the same one. `newest` says which of two versions was made from the other, if
/// that is known here.
pub fn merge(
    base: &Bitmap,
    ours: &Bitmap,
    theirs: &Bitmap,
    newest: &dyn Fn(&Head, &Head) -> Option<Ordering>,
) -> MergedBitmap {
    let ids: BTreeSet<ComponentId> =
        [base, ours, theirs].iter().flat_map(|side| side.entries()).map(BitmapEntry::id).collect();
    let mut merged: BTreeMap<ComponentId, Merged> = BTreeMap::new();
    for id in ids {
        let sides = Sides { base: base.get(&id), ours: ours.get(&id), theirs: theirs.get(&id) };
        merged.insert(id, sides.merge(newest));
    }
    for id in overlapping(&merged) {
        // Without a common beginning both sides show whole, each with its own component.
        let side = |bitmap: &Bitmap| bitmap.get(&id).cloned();
        let what = "its folder overlaps with that of a component of the other side".to_owned();
        let apart = Merged { base: None, ours: side(ours), theirs: side(theirs), conflict: Some(what) };
        merged.insert(id, apart);
    }
    let keys = |bitmap: &Bitmap| {
        let schema = Value::String(bitmap.schema.clone());
        std::iter::once((super::SCHEMA_KEY.to_owned(), schema)).chain(bitmap.unknown.clone()).collect::<Map<_, _>>()
    };
    let (keys, _) = merge_maps(&keys(base), &keys(ours), &keys(theirs));
    let with = |side: fn(&Merged) -> &Option<BitmapEntry>| {
        let mut bitmap = Bitmap { unknown: keys.clone(), ..Bitmap::default() };
        if let Some(Value::String(schema)) = bitmap.unknown.remove(super::SCHEMA_KEY) {
            bitmap.schema = schema;
        }
        merged.values().filter_map(|merged| side(merged).clone()).for_each(|entry| bitmap.put(entry));
        bitmap
    };
    let conflict =
        |(id, merged): (&ComponentId, &Merged)| Some(BitmapConflict { id: id.clone(), what: merged.conflict.clone()? });
    MergedBitmap {
        ours: with(|merged| &merged.ours),
        base: with(|merged| &merged.base),
        theirs: with(|merged| &merged.theirs),
        conflicts: merged.iter().filter_map(conflict).collect(),
    }
}

/// One component in the merged file; the three are the same where nothing is in conflict.
struct Merged {
    base: Option<BitmapEntry>,
    ours: Option<BitmapEntry>,
    theirs: Option<BitmapEntry>,
    conflict: Option<String>,
}

impl Merged {
    fn to(entry: Option<&BitmapEntry>) -> Self {
        Self { base: entry.cloned(), ours: entry.cloned(), theirs: entry.cloned(), conflict: None }
    }
}

/// One component on the three sides.
struct Sides<'a> {
    base: Option<&'a BitmapEntry>,
    ours: Option<&'a BitmapEntry>,
    theirs: Option<&'a BitmapEntry>,
}

impl Sides<'_> {
    fn merge(&self, newest: &dyn Fn(&Head, &Head) -> Option<Ordering>) -> Merged {
        let Self { base, ours, theirs } = *self;
        if ours == theirs || theirs == base {
            return Merged::to(ours);
        }
        if ours == base {
            return Merged::to(theirs);
        }
        match (ours, theirs) {
            (Some(ours), Some(theirs)) => merge_entries(base, ours, theirs, newest),
            _ => {
                let (removed, changed) = if ours.is_none() { ("here", "there") } else { ("there", "here") };
                let what = format!("it was removed {removed} and changed {changed}");
                Merged { base: base.cloned(), ours: ours.cloned(), theirs: theirs.cloned(), conflict: Some(what) }
            }
        }
    }
}

/// Both sides changed it.
fn merge_entries(
    base: Option<&BitmapEntry>,
    ours: &BitmapEntry,
    theirs: &BitmapEntry,
    newest: &dyn Fn(&Head, &Head) -> Option<Ordering>,
) -> Merged {
    let mut merge = EntryMerge { base, ours: ours.clone(), theirs: theirs.clone(), conflicts: Vec::new() };
    merge.field(
        "its scope",
        |entry| (entry.scope.clone(), entry.default_scope.clone()),
        |entry, (scope, default)| {
            entry.scope = scope;
            entry.default_scope = default;
        },
    );
    merge.version(newest);
    merge.field("its main file", |entry| entry.main_file.clone(), |entry, file| entry.main_file = file);
    merge.field("its folder", |entry| entry.root_dir.clone(), |entry, folder| entry.root_dir = folder);
    merge.field("its unfinished merge", |entry| entry.merging.clone(), |entry, merging| entry.merging = merging);
    merge.map("its settings", |entry| &mut entry.config);
    merge.map("what else is recorded of it", |entry| &mut entry.unknown);
    merge.scopes();
    merge.finish()
}

struct EntryMerge<'a> {
    base: Option<&'a BitmapEntry>,
    ours: BitmapEntry,
    theirs: BitmapEntry,
    conflicts: Vec<String>,
}

impl EntryMerge<'_> {
    /// Gives both sides the same value, if one of them only has changed it.
    fn field<T: PartialEq + Clone>(
        &mut self,
        what: &str,
        get: impl Fn(&BitmapEntry) -> T,
        set: impl Fn(&mut BitmapEntry, T),
    ) {
        let (base, ours, theirs) = (self.base.map(&get), get(&self.ours), get(&self.theirs));
        if ours == theirs {
        } else if base.as_ref() == Some(&theirs) {
            set(&mut self.theirs, ours);
        } else if base.as_ref() == Some(&ours) {
            set(&mut self.ours, theirs);
        } else {
            self.conflicts.push(format!("both sides changed {what}"));
        }
    }

    /// A number, a content and what they were made from belong together. Two new versions need no decision where one was made from the other.
    fn version(&mut self, newest: &dyn Fn(&Head, &Head) -> Option<Ordering>) {
        let get = |entry: &BitmapEntry| -> Head { (entry.version.clone(), entry.commit) };
        let set = |entry: &mut BitmapEntry, (version, commit): Head| {
            entry.version = version;
            entry.commit = commit;
        };
        let (ours, theirs) = (get(&self.ours), get(&self.theirs));
        let base = self.base.map(get);
        let both_changed = ours != theirs && base.as_ref() != Some(&ours) && base.as_ref() != Some(&theirs);
        match both_changed.then(|| newest(&ours, &theirs)).flatten() {
            Some(Ordering::Greater) => set(&mut self.theirs, ours.clone()),
            Some(Ordering::Less) => set(&mut self.ours, theirs.clone()),
            _ if both_changed => {
                let say = |(version, _): &Head| version.as_ref().map_or("no version".to_owned(), Version::to_string);
                self.conflicts.push(format!("it is {} here and {} there", say(&ours), say(&theirs)));
            }
            _ => self.field("its version", get, set),
        }
        match (get(&self.ours), get(&self.theirs)) {
            (merged, also) if merged != also => {}
            // The same version: an export on one side says that it is no longer staged.
            _ if ours == theirs => self.field(
                "what it was made from",
                |entry| entry.base.clone(),
                |entry, made_from| entry.base = made_from,
            ),
            (merged, _) if merged == ours => self.theirs.base.clone_from(&self.ours.base),
            _ => self.ours.base.clone_from(&self.theirs.base),
        }
    }

    fn map(&mut self, what: &str, of: fn(&mut BitmapEntry) -> &mut Map<String, Value>) {
        let base = self.base.map(|base| of(&mut base.clone()).clone()).unwrap_or_default();
        let (mut ours, mut theirs) = (self.ours.clone(), self.theirs.clone());
        let (both, conflicts) = merge_maps(&base, of(&mut ours), of(&mut theirs));
        for key in &conflicts {
            self.conflicts.push(format!("both sides changed {what} (\"{key}\")"));
        }
        let with_own = |own: &Map<String, Value>| {
            let mut all = both.clone();
            for key in &conflicts {
                match own.get(key) {
                    Some(value) => drop(all.insert(key.clone(), value.clone())),
                    None => drop(all.remove(key)),
                }
            }
            all
        };
        *of(&mut self.ours) = with_own(of(&mut ours));
        *of(&mut self.theirs) = with_own(of(&mut theirs));
    }

    /// A set: what either side added is there, what either side took out is not.
    fn scopes(&mut self) {
        let base = self.base.map(|base| base.scopes.clone()).unwrap_or_default();
        let mut merged = self.ours.scopes.clone();
        merged.extend(self.theirs.scopes.iter().filter(|scope| !self.ours.scopes.contains(scope)).cloned());
        let stays = |scope: &_| self.ours.scopes.contains(scope) && self.theirs.scopes.contains(scope);
        merged.retain(|scope| !base.contains(scope) || stays(scope));
        self.ours.scopes.clone_from(&merged);
        self.theirs.scopes = merged;
    }

    fn finish(self) -> Merged {
        let Self { base, ours, theirs, conflicts } = self;
        if conflicts.is_empty() {
            return Merged::to(Some(&ours));
        }
        Merged { base: base.cloned(), ours: Some(ours), theirs: Some(theirs), conflict: Some(conflicts.join("; ")) }
    }
}

/// Key by key. Keys that both sides changed are returned; of them the result has our value.
fn merge_maps(
    base: &Map<String, Value>,
    ours: &Map<String, Value>,
    theirs: &Map<String, Value>,
) -> (Map<String, Value>, BTreeSet<String>) {
    let keys: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
    let (mut merged, mut conflicts) = (Map::new(), BTreeSet::new());
    for key in keys {
        let (base, ours, theirs) = (base.get(key), ours.get(key), theirs.get(key));
        let value = if ours == theirs || theirs == base {
            ours
        } else if ours == base {
            theirs
        } else {
            conflicts.insert(key.clone());
            ours
        };
        merged.extend(value.map(|value| (key.clone(), value.clone())));
    }
    (merged, conflicts)
}

/// Components that came to one folder, or into one another's, on different sides.
fn overlapping(merged: &BTreeMap<ComponentId, Merged>) -> BTreeSet<ComponentId> {
    let mut folders: BTreeMap<&str, &ComponentId> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for (id, one) in merged.iter().filter(|(_, one)| one.conflict.is_none()) {
        let Some(entry) = &one.ours else { continue };
        let around = super::folders_up(&entry.root_dir).find_map(|folder| folders.get(folder));
        let prefix = format!("{}/", entry.root_dir);
        let inside = || folders.range(prefix.as_str()..).next().filter(|(folder, _)| folder.starts_with(&prefix));
        if let Some(other) = around.or_else(|| inside().map(|(_, id)| id)) {
            found.extend([(*other).clone(), id.clone()]);
        }
        folders.insert(&entry.root_dir, id);
    }
    found
}

#[cfg(test)]
mod tests;
