//! A version, what it is a copy of, what that is a copy of, and so on.

use super::{CommitId, ComponentId, Origin};

/// How far the line of copies is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// It was copied from this one.
    CopyOf(Origin),
    /// It was made in its own scope.
    First,
    /// Nobody here can tell.
    Unknown,
}

/// A version with all that it was copied from, over however many copies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Descent {
    /// The version itself, then one copy's origin after the other.
    steps: Vec<Origin>,
    is_whole: bool,
}

impl Descent {
    /// Follows the line of copies; `before` says where a version was copied from.
    pub fn trace<E>(own: Origin, mut before: impl FnMut(&Origin) -> Result<Step, E>) -> Result<Self, E> {
        let mut steps = vec![own];
        loop {
            match before(&steps[steps.len() - 1])? {
                // A catalog may say what it likes: a line that leads back to itself ends.
                Step::CopyOf(origin) if !steps.contains(&origin) => steps.push(origin),
                Step::CopyOf(_) | Step::First => return Ok(Self { steps, is_whole: true }),
                Step::Unknown => return Ok(Self { steps, is_whole: false }),
            }
        }
    }

    /// Whether a version is in the line.
    pub fn holds(&self, commit: CommitId) -> bool {
        self.steps.iter().any(|step| step.commit == commit)
    }

    /// Whether a version of a component is in the line.
    pub fn passes(&self, id: &ComponentId) -> bool {
        self.steps.iter().any(|step| step.id.id == *id)
    }

    /// What it was copied from, the nearest first.
    pub fn origins(&self) -> impl Iterator<Item = &Origin> {
        self.steps.iter().skip(1)
    }

    /// The version of which nobody here can tell where it comes from.
    pub fn unknown_end(&self) -> Option<&Origin> {
        self.steps.last().filter(|_| !self.is_whole)
    }

    /// Whether the two stand for one version: one was copied from the other, or both from the same.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let (own, others) = (&self.steps[0], &other.steps[0]);
        if self.holds(others.commit) || other.holds(own.commit) {
            return true;
        }
        // Two versions of one component may be copies of the same one: then only what was copied from this one counts.
        if self.passes(&others.id.id) || other.passes(&own.id.id) {
            return false;
        }
        let in_both = |step: &Origin| other.steps.iter().find(|theirs| theirs.id.id == step.id.id);
        self.steps.iter().find_map(|step| in_both(step).map(|theirs| theirs.commit == step.commit)) == Some(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::convert::Infallible;

    fn at(id: &str, digit: u8) -> Origin {
        Origin { id: id.parse().unwrap(), commit: CommitId::from_bytes([digit; 20]) }
    }

    /// A line, the copy first; one that ends in "?" goes on, nobody knows how.
    fn line(steps: &[(&str, u8)]) -> Descent {
        let is_known = steps.last().is_some_and(|(id, _)| *id != "?");
        let steps: Vec<Origin> = steps.iter().filter(|(id, _)| *id != "?").map(|(id, digit)| at(id, *digit)).collect();
        let end = if is_known { Step::First } else { Step::Unknown };
        let next: HashMap<CommitId, Origin> = steps.windows(2).map(|two| (two[0].commit, two[1].clone())).collect();
        let before = |step: &Origin| {
            Ok::<_, Infallible>(next.get(&step.commit).cloned().map_or_else(|| end.clone(), Step::CopyOf))
        };
        Descent::trace(steps[0].clone(), before).unwrap()
    }

    #[test]
    fn two_ways_to_one_version_meet() {
        let original = line(&[("my-org.ui/t@0.0.1", 1)]);
        let copy = line(&[("user.other/t@0.0.1", 2), ("my-org.ui/t@0.0.1", 1)]);
        let of_copy = line(&[("third.kit/t@0.0.1", 3), ("user.other/t@0.0.1", 2), ("my-org.ui/t@0.0.1", 1)]);
        let beside = line(&[("fourth.kit/t@0.0.1", 4), ("my-org.ui/t@0.0.1", 1)]);
        let all = [&original, &copy, &of_copy, &beside];
        assert!(all.iter().all(|one| all.iter().all(|other| one.is_same_as(other))));
        let other = line(&[("my-org.ui/t@0.0.2", 5)]);
        assert!(all.iter().all(|one| !one.is_same_as(&other) && !other.is_same_as(one)));
        assert!(of_copy.passes(&"my-org.ui/t".parse().unwrap()) && !copy.passes(&"third.kit/t".parse().unwrap()));
    }

    #[test]
    fn of_two_copies_of_one_version_in_a_scope_only_the_one_it_was_made_from_counts() {
        let plain = line(&[("user.other/t@0.0.1", 2), ("my-org.ui/t@0.0.1", 1)]);
        let rewired = line(&[("user.other/t@0.0.2", 3), ("my-org.ui/t@0.0.1", 1)]);
        let of_plain = line(&[("third.kit/t@0.0.1", 4), ("user.other/t@0.0.1", 2), ("my-org.ui/t@0.0.1", 1)]);
        assert!(of_plain.is_same_as(&plain) && plain.is_same_as(&of_plain));
        assert!(!of_plain.is_same_as(&rewired) && !rewired.is_same_as(&of_plain));
        let of_rewired = line(&[("fourth.kit/t@0.0.1", 5), ("user.other/t@0.0.2", 3), ("my-org.ui/t@0.0.1", 1)]);
        assert!(!of_plain.is_same_as(&of_rewired));
    }

    #[test]
    fn where_nobody_knows_more_the_line_says_so() {
        let known = line(&[("third.kit/t@0.0.1", 3), ("user.other/t@0.0.1", 2)]);
        assert_eq!(known.unknown_end(), None);
        let unknown = line(&[("third.kit/t@0.0.1", 3), ("user.other/t@0.0.1", 2), ("?", 0)]);
        assert_eq!(unknown.unknown_end(), Some(&at("user.other/t@0.0.1", 2)));
        assert!(!unknown.is_same_as(&line(&[("my-org.ui/t@0.0.1", 1)])));
        let (one, two) = (at("a.b/t@0.0.1", 1), at("c.d/t@0.0.1", 2));
        let round = |step: &Origin| {
            Ok::<_, Infallible>(Step::CopyOf(if step.commit == one.commit { two.clone() } else { one.clone() }))
        };
        assert_eq!(Descent::trace(one.clone(), round).unwrap().origins().collect::<Vec<_>>(), [&two]);
    }
}
