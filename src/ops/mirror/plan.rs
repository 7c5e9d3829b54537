//! What a destination lacks, and what is in the way. Worked out from the refs of both sides; nothing is asked here.

use super::Removed;
use super::report::{Difference, Side, What};
use super::settled::Exchanged;
use super::source::{Source, Tag, Wanted};
use crate::errors;
use crate::git::{Advertised, Oid};
use crate::model::VersionId;
use std::collections::BTreeMap;

/// What is to be done at a destination.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Tags that it lacks.
    pub tags: Vec<TagStep>,
    /// Tags of removed versions that are to go.
    pub prune: Vec<TagStep>,
    /// Versions that are something else over there.
    pub diverged: Vec<Difference>,
    /// Versions that can't come, and why.
    pub refused: Vec<(VersionId, String)>,
    /// Removed versions that do not go, and why not.
    pub kept: Vec<(VersionId, String)>,
    /// How many it lacks that were not chosen.
    pub left_out: usize,
}

/// What keeps versions from a destination, and why.
#[derive(Debug, Clone, Default)]
pub struct KeptBack {
    /// Its host refused them, or they are not signed as they have to be.
    pub refused: BTreeMap<VersionId, String>,
    /// The source can't hand them out: something of them is not there.
    pub broken: BTreeMap<VersionId, String>,
    /// Removed ones, which go nowhere: what only the destination has needs them.
    pub needed: BTreeMap<VersionId, String>,
}

/// A tag to make or to remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagStep {
    /// Its version.
    pub id: VersionId,
    /// Its full name.
    pub name: String,
    /// What it names.
    pub target: Oid,
}

impl Plan {
    /// Compares.
    pub fn of(source: &Source, there: &Advertised, removed: Removed, back: &KeptBack) -> Self {
        let mut plan = Self::default();
        for (id, wanted) in &source.wanted {
            if let Some(Exchanged { was, side, way_out }) = source.exchanged.get(id) {
                let here = wanted.tag.target().unwrap_or(wanted.commit);
                let way_out = way_out.clone();
                plan.diverged.push(Difference { side: *side, way_out, ..difference(id, here, *was) });
                continue;
            }
            if let Some(leads_to) = there.symbolic.get(&wanted.name).filter(|_| wanted.is_chosen) {
                plan.refused.push((id.clone(), errors::mirror_tag_leads_on(&wanted.name, leads_to)));
                continue;
            }
            let found = Found::of(wanted, there);
            let prunes = removed == Removed::Prune && wanted.is_removed;
            match source.kept.get(id).filter(|_| prunes) {
                None if prunes => plan.removed(id, wanted, &found, back.needed.get(id)),
                why => {
                    let is_told = wanted.is_chosen && (found.target.is_some() || wanted.tag != Tag::Absent);
                    plan.kept.extend(why.filter(|_| is_told).map(|why| (id.clone(), why.clone())));
                    plan.wanted(id, wanted, &found, back);
                    plan.untrusted(id, wanted, &found, source.untrusted.get(id));
                }
            }
        }
        plan
    }

    /// What is there already, and would not be allowed to come now.
    fn untrusted(&mut self, id: &VersionId, wanted: &Wanted, found: &Found, why: Option<&String>) {
        if let (Some(why), Tag::Sound(here)) = (why, wanted.tag)
            && found.target == Some(here)
        {
            self.refused.push((id.clone(), format!("it is there already; {why}")));
        }
    }

    /// How many versions that the catalog lists will not be there.
    pub fn lacking(&self) -> usize {
        self.diverged.len() + self.refused.len() + self.left_out
    }

    fn wanted(&mut self, id: &VersionId, wanted: &Wanted, found: &Found, back: &KeptBack) {
        let broken = back.broken.get(id);
        let mut refuse = |why: String| self.refused.push((id.clone(), why));
        match (found.target, wanted.tag) {
            (Some(there), Tag::Sound(here)) if there == here => {}
            // What is not chosen is not judged; the catalog waits for it all the same.
            (Some(_), _) if !wanted.is_chosen => self.left_out += usize::from(!found.is_content),
            (Some(there), Tag::Moved(here)) if there == here => refuse(errors::mirror_tag_moved(here, wanted.commit)),
            (Some(_), tag) if found.is_content && (tag == Tag::Absent || broken.is_some()) => {}
            (Some(there), tag) => self.diverged.push(difference(id, tag.target().unwrap_or(wanted.commit), there)),
            (None, tag) if wanted.is_removed && (tag == Tag::Absent || broken.is_some()) => {}
            (None, _) if !wanted.is_chosen => self.left_out += 1,
            (None, Tag::Absent) => refuse("the source has no tag for it, though its catalog lists it".to_owned()),
            (None, Tag::Moved(here)) => {
                refuse(broken.cloned().unwrap_or_else(|| errors::mirror_tag_moved(here, wanted.commit)));
            }
            (None, Tag::Sound(here)) => match broken.or(back.refused.get(id)).or(found.obstacle.as_ref()) {
                Some(why) => refuse(why.clone()),
                None => self.tags.push(TagStep { id: id.clone(), name: wanted.name.clone(), target: here }),
            },
        }
    }

    /// Only what is that very version goes, and was chosen.
    fn removed(&mut self, id: &VersionId, wanted: &Wanted, found: &Found, needed: Option<&String>) {
        let Some(target) = found.target else { return };
        match found.is_content || wanted.tag == Tag::Sound(target) {
            true if !wanted.is_chosen => {}
            true if let Some(why) = needed => self.kept.push((id.clone(), why.clone())),
            true => self.prune.push(TagStep { id: id.clone(), name: wanted.name.clone(), target }),
            false if !wanted.is_chosen => self.left_out += 1,
            false => self.diverged.push(difference(id, wanted.tag.target().unwrap_or(wanted.commit), target)),
        }
    }
}

/// A version's tag over there.
struct Found {
    target: Option<Oid>,
    /// It is on what the source's catalog lists.
    is_content: bool,
    /// Why it can't be made.
    obstacle: Option<String>,
}

impl Found {
    fn of(wanted: &Wanted, there: &Advertised) -> Self {
        let target = there.refs.get(&wanted.name).copied();
        let is_content = target == Some(wanted.commit)
            || target.is_some() && there.refs.get(&format!("{}^{{}}", wanted.name)) == Some(&wanted.commit);
        let other = if target.is_none() { there.in_the_way_of(&wanted.name) } else { None };
        let obstacle = other.map(|other| {
            format!("git can't have it beside {other}, which is there and no version's: ask whose it is, to remove it")
        });
        Self { target, is_content, obstacle }
    }
}

fn difference(id: &VersionId, source: Oid, destination: Oid) -> Difference {
    let [source, other] = [source, destination].map(|oid| oid.to_string());
    Difference { what: What::Version(id.clone()), source, other, side: Side::Destination, way_out: String::new() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::git::RefName;
    use crate::git::url::RemoteUrl;
    use crate::model::{FORMAT, ScopeInfo};
    use std::path::Path;

    fn oid(digit: u8) -> Oid {
        Oid::from_bytes(&[digit; 20]).unwrap()
    }

    fn wanted(text: &str, tag: Tag) -> (VersionId, Wanted) {
        let id: VersionId = format!("s.t/{text}").parse().unwrap();
        let name = RefName::in_scope(&id);
        (id, Wanted { name, commit: oid(1), tag, is_removed: false, is_chosen: true, needs: Vec::new() })
    }

    fn source(all: Vec<(VersionId, Wanted)>) -> Source {
        let info = ScopeInfo {
            format: FORMAT,
            name: "s.t".parse().unwrap(),
            description: String::new(),
            remotes: [].into(),
            others: [].into(),
        };
        let url = RemoteUrl::parse("/s", Path::new("/")).unwrap();
        Source {
            url,
            branch: "refs/heads/main".into(),
            head: oid(9),
            info,
            wanted: all.into_iter().collect(),
            untrusted: [].into(),
            broken: [].into(),
            exchanged: [].into(),
            kept: [].into(),
        }
    }

    fn there(tags: &[(&str, u8)]) -> Advertised {
        let refs = tags.iter().map(|(name, digit)| (format!("refs/tags/{name}"), oid(*digit)));
        Advertised { refs: refs.collect(), ..Advertised::default() }
    }

    fn planned(all: Vec<(VersionId, Wanted)>, tags: &[(&str, u8)], removed: Removed) -> Plan {
        Plan::of(&source(all), &there(tags), removed, &KeptBack::default())
    }

    fn names(steps: &[TagStep]) -> Vec<String> {
        steps
            .iter()
            .map(|step| format!("{}={}", step.id.id.name, step.target.to_string().chars().last().unwrap()))
            .collect()
    }

    #[test]
    fn what_is_missing_comes_and_what_differs_is_told() {
        let all = vec![
            wanted("same@1.0.0", Tag::Sound(oid(1))),
            wanted("new@1.0.0", Tag::Sound(oid(1))),
            wanted("signed@1.0.0", Tag::Sound(oid(2))),
            wanted("other@1.0.0", Tag::Sound(oid(1))),
            wanted("unsigned-there@1.0.0", Tag::Sound(oid(2))),
            wanted("moved@1.0.0", Tag::Moved(oid(3))),
            wanted("lost@1.0.0", Tag::Absent),
            wanted("lost-here-only@1.0.0", Tag::Absent),
        ];
        let tags = [("same@1.0.0", 1), ("other@1.0.0", 4), ("unsigned-there@1.0.0", 1), ("lost-here-only@1.0.0", 1)];
        let plan = planned(all, &[&tags[..], &[("stray@1.0.0", 5)]].concat(), Removed::Keep);
        assert_eq!(names(&plan.tags), ["new=1", "signed=2"]);
        let what = |difference: &Difference| match &difference.what {
            What::Version(id) => id.id.name.to_string(),
            What::Catalog => unreachable!("a plan is about versions"),
        };
        assert_eq!(plan.diverged.iter().map(what).collect::<Vec<_>>(), ["other", "unsigned-there"]);
        assert_eq!(plan.diverged[0].source, oid(1).to_string());
        assert_eq!(plan.diverged[0].other, oid(4).to_string());
        let refused: Vec<&str> = plan.refused.iter().map(|(id, _)| id.id.name.as_str()).collect();
        assert_eq!((refused, plan.lacking()), (vec!["lost", "moved"], 4));
    }

    #[test]
    fn what_can_not_be_made_is_told() {
        let all = vec![wanted("a@1.0.0", Tag::Sound(oid(1))), wanted("b/c@1.0.0", Tag::Sound(oid(1)))];
        let plan = planned(all, &[("a@1.0.0/x", 1), ("b", 1)], Removed::Keep);
        let told: Vec<&str> = plan.refused.iter().map(|(_, why)| why.split(',').next().unwrap()).collect();
        let expected = ["git can't have it beside refs/tags/a@1.0.0/x", "git can't have it beside refs/tags/b"];
        assert_eq!((told, plan.tags.len()), (expected.to_vec(), 0));
    }

    #[test]
    fn removed_versions_are_kept_or_go_if_they_are_what_they_were() {
        let removed = |text: &str, tag: Tag| {
            let (id, wanted) = wanted(text, tag);
            (id, Wanted { is_removed: true, ..wanted })
        };
        let all = || {
            vec![
                removed("a@1.0.0", Tag::Sound(oid(1))),
                removed("b@1.0.0", Tag::Sound(oid(2))),
                removed("gone-here@1.0.0", Tag::Absent),
                removed("gone-there@1.0.0", Tag::Sound(oid(1))),
                removed("other@1.0.0", Tag::Sound(oid(1))),
            ]
        };
        let tags = [("a@1.0.0", 1), ("b@1.0.0", 2), ("gone-here@1.0.0", 1), ("other@1.0.0", 7)];
        let kept = planned(all(), &tags, Removed::Keep);
        assert_eq!((names(&kept.tags), kept.prune.len()), (vec!["gone-there=1".to_owned()], 0));
        let pruned = planned(all(), &tags, Removed::Prune);
        assert_eq!(names(&pruned.prune), ["a=1", "b=2", "gone-here=1"]);
        assert_eq!((pruned.tags.len(), pruned.diverged.len()), (0, 1));
        let of_others = |(id, wanted): (VersionId, Wanted)| (id, Wanted { is_chosen: false, ..wanted });
        let others = planned(all().into_iter().map(of_others).collect(), &tags, Removed::Prune);
        assert_eq!((others.prune.len(), others.tags.len(), others.lacking()), (0, 0, 1));
    }

    #[test]
    fn what_was_not_chosen_is_left_out_where_it_is_missing() {
        let (id, mut wanted_there) = wanted("there@1.0.0", Tag::Sound(oid(1)));
        wanted_there.is_chosen = false;
        let (missing, mut wanted_missing) = wanted("missing@1.0.0", Tag::Sound(oid(1)));
        wanted_missing.is_chosen = false;
        let plan = planned(vec![(id, wanted_there), (missing, wanted_missing)], &[("there@1.0.0", 1)], Removed::Keep);
        assert_eq!((plan.tags.len(), plan.left_out, plan.lacking()), (0, 1, 1));
    }

    #[test]
    fn what_was_not_chosen_is_not_judged_and_the_catalog_waits_for_it() {
        let not_chosen = |text: &str, tag: Tag| {
            let (id, wanted) = wanted(text, tag);
            (id, Wanted { is_chosen: false, ..wanted })
        };
        let all = vec![
            not_chosen("other@1.0.0", Tag::Sound(oid(1))),
            not_chosen("moved@1.0.0", Tag::Moved(oid(3))),
            not_chosen("same@1.0.0", Tag::Sound(oid(1))),
        ];
        let plan = planned(all, &[("other@1.0.0", 4), ("moved@1.0.0", 3), ("same@1.0.0", 1)], Removed::Keep);
        assert_eq!((plan.diverged.len(), plan.refused.len()), (0, 0));
        assert_eq!((plan.left_out, plan.lacking()), (2, 2));
    }
}
