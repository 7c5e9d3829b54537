//! What a catalog says of a component beside its versions: that it is deprecated, that it is removed.

use super::{CatalogEntry, ComponentId, Deprecation, Removal, VersionRange};

/// A change of what a catalog says of a component. No version and no tag comes or goes with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// Advise against it.
    Deprecate(Deprecation),
    /// Take that back.
    Undeprecate,
    /// Remove it: all of it, or the versions in a range.
    Remove(Option<VersionRange>),
    /// Take back every removal.
    Recover,
}

impl Mark {
    /// What a component is then.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Deprecate(_) => "deprecated",
            Self::Undeprecate => "undeprecated",
            Self::Remove(_) => "removed",
            Self::Recover => "recovered",
        }
    }

    /// The command that says it.
    pub fn command(&self) -> &'static str {
        match self {
            Self::Remove(_) => "delete",
            other => other.verb(),
        }
    }

    /// Which versions it is about, where that is not all of them.
    pub fn range(&self) -> Option<&str> {
        match self {
            Self::Deprecate(deprecation) => deprecation.range.as_deref(),
            Self::Remove(range) => range.as_ref().map(VersionRange::as_str),
            Self::Undeprecate | Self::Recover => None,
        }
    }

    /// What a component is then; of a removal, also which versions of it: the component stays.
    pub fn words(&self) -> String {
        match self {
            Self::Remove(Some(range)) => format!("{}: versions {range}", self.word()),
            _ => self.word().to_owned(),
        }
    }

    /// The same, of a successor that has another id.
    pub fn pointing(self, new_id: impl Fn(&ComponentId) -> ComponentId) -> Self {
        match self {
            Self::Deprecate(advice) => {
                Self::Deprecate(Deprecation { new_id: advice.new_id.as_ref().map(new_id), ..advice })
            }
            other => other,
        }
    }

    /// What is done to it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Deprecate(_) => "deprecate",
            Self::Undeprecate => "undeprecate",
            Self::Remove(_) => "remove",
            Self::Recover => "recover",
        }
    }

    /// What a catalog says of a component as a whole, and did not say before.
    pub fn between(before: &CatalogEntry, now: &CatalogEntry) -> Vec<Self> {
        let deprecation = match &now.deprecated {
            now if *now == before.deprecated => None,
            Some(deprecation) => Some(Self::Deprecate(deprecation.clone())),
            None => Some(Self::Undeprecate),
        };
        let removal = match (before.removed.is_some(), now.removed.is_some()) {
            (false, true) => Some(Self::Remove(None)),
            (true, false) => Some(Self::Recover),
            _ => None,
        };
        deprecation.into_iter().chain(removal).collect()
    }

    /// Makes the change; whether it is one.
    pub fn apply(&self, entry: &mut CatalogEntry) -> bool {
        let before = entry.clone();
        match self {
            Self::Deprecate(deprecation) => entry.deprecated = Some(deprecation.clone()),
            Self::Undeprecate => entry.deprecated = None,
            Self::Remove(None) => drop(entry.removed.get_or_insert_default()),
            Self::Remove(Some(range)) => remove_versions(entry, range),
            Self::Recover => {
                entry.removed = None;
                entry.versions.iter_mut().for_each(|listed| listed.removed = None);
            }
        }
        let is_news = *entry != before;
        if is_news {
            entry.choose_latest();
        }
        is_news
    }
}

/// A component without any version left is removed as a whole.
fn remove_versions(entry: &mut CatalogEntry, range: &VersionRange) {
    for listed in entry.versions.iter_mut().filter(|listed| range.holds(&listed.version)) {
        listed.removed.get_or_insert_default();
    }
    if entry.versions.iter().all(|listed| listed.removed.is_some()) {
        entry.removed.get_or_insert_with(Removal::default);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CatalogVersion, CommitId};

    fn entry(versions: &[&str]) -> CatalogEntry {
        let listed =
            |version: &&str| CatalogVersion::new(version.parse().unwrap(), CommitId::from_bytes([0; 20]), vec![]);
        let mut all = versions.iter().map(listed);
        let mut entry = CatalogEntry::new("button".parse().unwrap(), all.next().unwrap());
        entry.extend(all, versions.last().unwrap().parse().unwrap());
        entry
    }

    fn removal(range: &str) -> Mark {
        Mark::Remove(Some(VersionRange::parse(range).unwrap()))
    }

    #[test]
    fn latest_is_the_highest_release_that_is_not_removed() {
        let mut entry = entry(&["1.0.0", "1.1.0", "2.0.0-beta.1", "2.0.0"]);
        let (whole, latest) = (entry.clone(), |entry: &CatalogEntry| entry.latest.to_string());
        assert!(removal("2.0.0").apply(&mut entry));
        assert_eq!(latest(&entry), "1.1.0");
        assert!(removal("1.x").apply(&mut entry));
        assert_eq!((latest(&entry), entry.removed.is_none()), ("2.0.0-beta.1".into(), true));
        assert!(!removal("1.x").apply(&mut entry), "it is so already");
        assert_eq!(entry.head.to_string(), "2.0.0", "the next version continues what was removed");
        assert!(removal("2.0.0-beta.1").apply(&mut entry));
        assert!(entry.removed.is_some(), "no version is left");
        assert!(Mark::Recover.apply(&mut entry));
        assert_eq!(entry, whole);
    }

    #[test]
    fn a_mark_is_news_once() {
        let because =
            |message: &str| Mark::Deprecate(Deprecation { message: message.into(), ..Deprecation::default() });
        let steps = [because("old"), because("older"), Mark::Undeprecate, Mark::Remove(None), Mark::Recover];
        let mut entry = entry(&["1.0.0"]);
        let before = entry.clone();
        for step in &steps {
            assert!(step.apply(&mut entry), "{step:?}");
            assert!(!step.apply(&mut entry), "{step:?}");
        }
        assert_eq!(entry, before);
    }
}
