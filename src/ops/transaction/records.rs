//! The components' records in .bitmap: what becomes of them, and the file with that in it.

use crate::disk;
use crate::model::ComponentId;
use crate::scope::{LocalScope, WriteLock};
use crate::workspace::{Bitmap, BitmapEntry, Layout};
use anyhow::Result;
use serde::{Deserialize, Serialize};

/// A component's record in .bitmap, before and after.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BitmapChange {
    /// The record as it was; `None` where there was none.
    pub before: Option<BitmapEntry>,
    /// The record as it is to be; `None` where it goes.
    pub after: Option<BitmapEntry>,
}

impl BitmapChange {
    /// Makes the change; or says whose record it would have been. One that is neither as it was nor as it is to be was
    /// changed by a person (another branch was checked out, say) and is left alone.
    fn apply(&self, bitmap: &mut Bitmap) -> Result<Option<ComponentId>> {
        let Self { before, after } = self;
        let old_id = before.as_ref().map(BitmapEntry::id);
        let new_id = after.as_ref().map(BitmapEntry::id);
        let now = old_id.as_ref().or(new_id.as_ref()).and_then(|id| bitmap.get(id));
        if now == before.as_ref() {
            old_id.iter().for_each(|id| drop(bitmap.remove(id)));
            if let Some(after) = after {
                bitmap.insert(after.clone())?;
            }
        } else if new_id.as_ref().and_then(|id| bitmap.get(id)) != after.as_ref() {
            return Ok(old_id.or(new_id));
        }
        Ok(None)
    }
}

/// What a transaction changes in .bitmap.
#[derive(Default)]
pub struct Records {
    /// Each component's record.
    pub changes: Vec<BitmapChange>,
    foreseen: Option<Rewritten>,
}

impl From<Vec<BitmapChange>> for Records {
    fn from(changes: Vec<BitmapChange>) -> Self {
        Self { changes, foreseen: None }
    }
}

impl FromIterator<BitmapChange> for Records {
    fn from_iter<I: IntoIterator<Item = BitmapChange>>(changes: I) -> Self {
        Vec::from_iter(changes).into()
    }
}

impl Records {
    /// Does something, and works out the file with the changes in it meanwhile: that takes longer than writing it. What
    /// can't be worked out is told where it is written.
    pub fn foresee_while<T>(&mut self, layout: &Layout, work: impl FnOnce(&[BitmapChange]) -> T) -> T {
        let changes = &self.changes;
        if changes.is_empty() || self.foreseen.is_some() {
            return work(changes);
        }
        let (done, foreseen) = std::thread::scope(|threads| {
            let foreseen = threads.spawn(|| Rewritten::of(layout, changes).ok());
            (work(changes), foreseen.join().ok().flatten())
        });
        self.foreseen = foreseen;
        done
    }

    /// Puts the changes into .bitmap; returns those that were left alone. What was foreseen counts only while the file is
    /// as it was then.
    pub fn write(&self, layout: &Layout, scope: &LocalScope, _lock: &WriteLock) -> Result<Vec<ComponentId>> {
        let path = layout.bitmap_file();
        let now = disk::read_optional(&path)?;
        let anew;
        let rewritten = match self.foreseen.as_ref().filter(|foreseen| foreseen.before == now) {
            Some(foreseen) => foreseen,
            None => {
                anew = Rewritten::from(layout, &self.changes, now)?;
                &anew
            }
        };
        if rewritten.before.as_deref() != Some(rewritten.after.as_bytes()) {
            disk::write_atomically(&path, rewritten.after.as_bytes(), &scope.state_folder())?;
        }
        Ok(rewritten.kept.clone())
    }
}

/// .bitmap with changes in it, worked out from the file as it was at that moment.
struct Rewritten {
    before: Option<Vec<u8>>,
    after: String,
    kept: Vec<ComponentId>,
}

impl Rewritten {
    fn of(layout: &Layout, changes: &[BitmapChange]) -> Result<Self> {
        Self::from(layout, changes, disk::read_optional(&layout.bitmap_file())?)
    }

    fn from(layout: &Layout, changes: &[BitmapChange], before: Option<Vec<u8>>) -> Result<Self> {
        let read = |bytes: &Vec<u8>| Bitmap::of_bytes(&layout.bitmap_file(), bytes.clone());
        let mut bitmap = before.as_ref().map(read).transpose()?.unwrap_or_default();
        let mut kept = Vec::new();
        for change in changes {
            kept.extend(change.apply(&mut bitmap)?);
        }
        Ok(Self { before, after: bitmap.to_text(), kept })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str) -> BitmapEntry {
        let scope = "my-org.ui".parse().unwrap();
        BitmapEntry::new(name.parse().unwrap(), scope, &format!("components/{name}"), "index.js")
    }

    fn added(name: &str) -> BitmapChange {
        BitmapChange { before: None, after: Some(entry(name)) }
    }

    fn names(layout: &Layout) -> Vec<String> {
        let bitmap = Bitmap::read(&layout.bitmap_file()).unwrap().unwrap();
        bitmap.entries().map(|entry| entry.name.to_string()).collect()
    }

    #[test]
    fn what_a_person_changes_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout { root: folder.path().to_owned(), local_scope: folder.path().join("scope") };
        let scope = LocalScope::init(&layout.local_scope).unwrap();
        let lock = scope.lock(&mut |_| {}).unwrap();
        Records::from(vec![added("button")]).write(&layout, &scope, &lock).unwrap();

        let mut records: Records = [added("card")].into_iter().collect();
        records.foresee_while(&layout, |changes| assert_eq!(changes.len(), 1));
        assert!(records.foreseen.is_some());
        // Another branch is checked out between the two.
        let mut theirs = Bitmap::read(&layout.bitmap_file()).unwrap().unwrap();
        theirs.insert(entry("dialog")).unwrap();
        theirs.save(&layout.bitmap_file(), folder.path()).unwrap();
        records.write(&layout, &scope, &lock).unwrap();
        assert_eq!(names(&layout), ["button", "card", "dialog"]);

        let mut unhindered: Records = [added("edit")].into_iter().collect();
        unhindered.foresee_while(&layout, |_| ());
        unhindered.write(&layout, &scope, &lock).unwrap();
        assert_eq!(names(&layout), ["button", "card", "dialog", "edit"]);
    }
}
