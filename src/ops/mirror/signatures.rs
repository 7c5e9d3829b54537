//! Which versions of a source are not signed as they have to be.

use super::Removed;
use super::needed::Needs;
use super::source::{Source, Tag, Wanted};
use super::store::Store;
use crate::errors;
use crate::git::{Oid, commit_id, oid};
use crate::model::VersionId;
use crate::ops::Progress;
use crate::ops::trust::{Recollection, TagOf, Trust, Trusted};
use anyhow::Result;
use std::collections::BTreeMap;

impl Source {
    /// The versions that are to be signed.
    fn to_judge(&self, removed: Removed) -> Vec<TagOf> {
        let of = |(id, wanted): (&VersionId, &Wanted)| {
            let goes = removed == Removed::Prune && wanted.is_removed && !self.kept.contains_key(id);
            match wanted.tag {
                Tag::Sound(target) if wanted.is_chosen && !goes && !self.exchanged.contains_key(id) => {
                    Some(TagOf { id: id.clone(), target, commit: commit_id(wanted.commit) })
                }
                _ => None,
            }
        };
        self.wanted.iter().filter_map(of).collect()
    }

    /// Signed tags that nobody has judged yet: they have to be at hand for that, whoever has them already.
    pub(super) fn unjudged(&self, trust: &Trust, removed: Removed) -> Result<BTreeMap<VersionId, Oid>> {
        let Some(signers) = trust.signers_of(&self.info.name)? else { return Ok(BTreeMap::new()) };
        let tags = self.to_judge(removed);
        let known = trust.remembered(&signers, &tags);
        let is_unjudged = |tag: &TagOf| tag.target != oid(tag.commit) && !known.contains(&tag.id);
        Ok(tags.into_iter().filter(is_unjudged).map(|tag| (tag.id, tag.target)).collect())
    }

    /// Finds out which versions must not go anywhere, also of those that some destination has already: it does not
    /// matter who was there first.
    pub fn check_signatures(
        &mut self,
        trust: &Trust,
        store: &Store,
        removed: Removed,
        progress: &dyn Progress,
    ) -> Result<()> {
        let Some(signers) = trust.signers_of(&self.info.name)? else { return Ok(()) };
        let mut tags = self.to_judge(removed);
        let known = trust.remembered(&signers, &tags);
        let is_here = |tag: &TagOf| tag.target == oid(tag.commit) || store.repo().has(tag.target).unwrap_or(false);
        tags.retain(|tag| is_here(tag) && !known.contains(&tag.id));
        let found = trust.examine(store.repo().path(), &signers, &tags, Recollection::Believed, progress)?;
        let needed = Needs::of(self).kept(self);
        for (id, trusted) in found {
            let Some(why) = trusted.refusal() else { continue };
            // A removed one is for nobody: that it goes nowhere holds up nothing.
            let is_for_nobody =
                self.wanted.get(&id).is_some_and(|wanted| wanted.is_removed) && !needed.contains_key(&id);
            let why = match &trusted {
                Trusted::ForWantOfKey(why) => why.clone(),
                _ => errors::mirror_untrusted(&id, why),
            };
            if is_for_nobody { &mut self.broken } else { &mut self.untrusted }.insert(id, why);
        }
        Ok(())
    }
}
