//! Annotated tags as objects, whether a ref names them or not.

use crate::git::{Oid, Repo};
use anyhow::Result;
use git2::ObjectType;

impl Repo {
    /// The annotated tags of a name that stand right on an object. Looks at every object that there is.
    pub fn tags_on(&self, name: &str, target: Oid) -> Result<Vec<Oid>> {
        let odb = self.inner.odb()?;
        let mut all = Vec::new();
        odb.foreach(|oid| {
            all.push(*oid);
            true
        })?;
        let is_tag = |oid: &Oid| odb.read_header(*oid).is_ok_and(|(_, kind)| kind == ObjectType::Tag);
        let is_meant = |oid: &Oid| self.tag(*oid).is_ok_and(|tag| tag.name == name && tag.target == target);
        let mut found: Vec<Oid> = all.into_iter().filter(is_tag).filter(is_meant).collect();
        found.sort();
        found.dedup();
        Ok(found)
    }
}
