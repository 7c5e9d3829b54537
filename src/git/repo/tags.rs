//! Annotated tags as objects, whether a ref names them or not.

use crate::git::{Oid, Repo, TagInfo};
use anyhow::Result;
use git2::ObjectType;
use std::collections::{BTreeSet, HashMap};

impl Repo {
    /// The annotated tags of a name that stand right on an object. Looks at every object that there is.
    pub fn tags_on(&self, name: &str, target: Oid) -> Result<Vec<Oid>> {
        let mut all = self.all_tags()?;
        Ok(all.remove(&(name.to_owned(), target)).unwrap_or_default().into_iter().collect())
    }

    /// All annotated tags, by the name that they say they have, and what they stand right on. Looks at every object.
    pub fn all_tags(&self) -> Result<HashMap<(String, Oid), BTreeSet<Oid>>> {
        let odb = self.inner.odb()?;
        let mut all = Vec::new();
        odb.foreach(|oid| {
            all.push(*oid);
            true
        })?;
        let is_tag = |oid: &Oid| odb.read_header(*oid).is_ok_and(|(_, kind)| kind == ObjectType::Tag);
        let mut found: HashMap<(String, Oid), BTreeSet<Oid>> = HashMap::new();
        for tag in all.into_iter().filter(is_tag) {
            if let Ok(TagInfo { name, target }) = self.tag(tag) {
                found.entry((name, target)).or_default().insert(tag);
            }
        }
        Ok(found)
    }
}
