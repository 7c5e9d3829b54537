//! Reading what `git push --porcelain`, `git ls-remote` and `--progress` say.

use super::Oid;
use std::collections::BTreeMap;

/// What became of one ref of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PushedRef {
    /// The ref's name over there.
    pub name: String,
    /// What became of it.
    pub outcome: RefOutcome,
}

/// What became of a ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RefOutcome {
    /// It is there now, and was not before.
    Created,
    /// It moved forward.
    Moved,
    /// It was there already.
    Same,
    /// It was deleted.
    Deleted,
    /// It was refused, in the words of git or of the host.
    Refused(String),
    /// Nothing is wrong with it, but another ref of the same atomic push was refused.
    HeldBack,
    /// The host broke off before it said.
    Unknown,
}

impl RefOutcome {
    /// Whether the ref is not as it should be, or may not be.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::HeldBack | Self::Unknown)
    }

    /// Why it was refused.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Refused(reason) => Some(reason),
            _ => None,
        }
    }

    /// Whether git itself refused it, before anything was sent.
    pub(super) fn is_refused_here(&self) -> bool {
        let reasons = ["fetch first", "needs force", "non-fast-forward", "already exists", "stale info"];
        self.reason().is_some_and(|reason| reasons.contains(&reason))
    }

    /// Whether it tells of the push as a whole: the host could not take the objects, or broke off.
    pub(super) fn is_of_the_whole_push(&self) -> bool {
        *self == Self::Unknown || self.reason().is_some_and(|reason| reason.starts_with("unpacker error"))
    }

    /// What a reason that git or a host gives comes to.
    pub(super) fn of_failure(reason: String) -> Self {
        match reason.as_str() {
            // Said by git itself, by the host's git, and where the host's transaction as a whole failed.
            "atomic push failed" | "atomic push failure" | "atomic transaction failed" => Self::HeldBack,
            "remote failed to report status" => Self::Unknown,
            _ => Self::Refused(reason),
        }
    }
}

/// Reads the lines of `git push --porcelain`; others are passed over.
pub fn pushed_refs(text: &str) -> Vec<PushedRef> {
    text.lines().filter_map(pushed_ref).collect()
}

fn pushed_ref(line: &str) -> Option<PushedRef> {
    let mut fields = line.split('\t');
    let (flag, refs, summary) = (fields.next()?, fields.next()?, fields.next()?);
    let (_, name) = refs.split_once(':')?;
    let outcome = match flag {
        "*" => RefOutcome::Created,
        " " => RefOutcome::Moved,
        "=" => RefOutcome::Same,
        "-" => RefOutcome::Deleted,
        "!" => RefOutcome::of_failure(reason(summary)),
        _ => return None,
    };
    Some(PushedRef { name: name.to_owned(), outcome })
}

/// `[remote rejected] (hook declined)` → `hook declined`
fn reason(summary: &str) -> String {
    let inner = summary.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inner, _)| inner);
    inner.unwrap_or(summary).to_owned()
}

/// How far git has come, as it says with `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Count<'t> {
    /// What is counted: one of [`STAGES`].
    pub stage: &'t str,
    /// How many are done.
    pub done: usize,
    /// How many there are; 0 where git does not know yet.
    pub total: usize,
}

/// What git counts. Nothing else that a host says is shown as a count.
const STAGES: [&str; 8] = [
    "Enumerating objects",
    "Counting objects",
    "Compressing objects",
    "Writing objects",
    "Receiving objects",
    "Resolving deltas",
    "Unpacking objects",
    "Checking connectivity",
];

impl<'t> Count<'t> {
    /// Reads `remote: Counting objects:  50% (1/2), done.`; `None` if it is something else.
    pub fn parse(line: &'t str) -> Option<Self> {
        let line = line.strip_prefix("remote: ").unwrap_or(line);
        let (stage, rest) = line.split_once(':')?;
        let stage = STAGES.iter().find(|known| **known == stage)?;
        let first = rest.trim_start().split([',', ' ']).next()?;
        let (done, total) = match rest.split_once('(').and_then(|(_, inner)| inner.split_once(')')) {
            Some((inner, _)) => inner.split_once('/')?,
            None => (first, "0"),
        };
        Some(Self { stage, done: done.parse().ok()?, total: total.parse().ok()? })
    }
}

/// Hands on what is a count among the lines that git says.
pub(super) fn counts(hear: &mut dyn FnMut(Count)) -> impl FnMut(&str) {
    move |line| {
        if let Some(count) = Count::parse(line) {
            hear(count);
        }
    }
}

/// The refs of a repository, as it shows them to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advertised {
    /// By name.
    pub refs: BTreeMap<String, Oid>,
    /// The branch that HEAD names, where it says so.
    pub head: Option<String>,
    /// Refs that only lead to others, and where to, where it says so: what is written to one is written there. A host
    /// says nothing of one that leads nowhere, a folder does.
    pub symbolic: BTreeMap<String, String>,
}

impl Advertised {
    /// Reads what `git ls-remote --symref` says; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self::default();
        for line in text.lines() {
            let (value, name) = line.split_once('\t')?;
            match value.strip_prefix("ref: ") {
                Some(branch) if name == "HEAD" => found.head = Some(branch.to_owned()),
                Some(to) => drop(found.symbolic.insert(name.to_owned(), to.to_owned())),
                // So git names one that is broken, as an empty file is.
                None if Oid::from_str(value).ok()?.is_zero() => {}
                None => drop(found.refs.insert(name.to_owned(), Oid::from_str(value).ok()?)),
            }
        }
        Some(found)
    }

    /// The commit of the branch that HEAD names.
    pub fn head_commit(&self) -> Option<Oid> {
        self.refs.get("HEAD").copied()
    }
}

/// Whether a ref was refused since somebody else is at work there, or was first.
pub fn is_somebody_elses(reason: &str) -> bool {
    const SIGNS: [&str; 6] =
        ["fetch first", "non-fast-forward", "already exists", "stale info", "failed to update ref", "cannot lock ref"];
    SIGNS.iter().any(|sign| reason.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_of_a_push_is_told_apart() {
        let text = "To file:///scope\n*\trefs/tags/a@1.0.0:refs/tags/a@1.0.0\t[new tag]\n \trefs/heads/main:refs/heads/main\tabc..def\n=\trefs/tags/b@1.0.0:refs/tags/b@1.0.0\t[up to date]\n!\trefs/tags/c@1.0.0:refs/tags/c@1.0.0\t[rejected] (already exists)\n!\trefs/heads/x:refs/heads/x\t[remote rejected] (pre-receive hook declined)\nDone\n";
        let outcomes: Vec<RefOutcome> = pushed_refs(text).into_iter().map(|pushed| pushed.outcome).collect();
        let refused = |why: &str| RefOutcome::Refused(why.into());
        let expected = [
            RefOutcome::Created,
            RefOutcome::Moved,
            RefOutcome::Same,
            refused("already exists"),
            refused("pre-receive hook declined"),
        ];
        assert_eq!(outcomes, expected);
    }

    #[test]
    fn bystanders_of_an_atomic_push_are_told_from_what_was_refused() {
        let line = |reason: &str| format!("!\trefs/tags/a:refs/tags/a\t[remote rejected] ({reason})\n");
        let outcome = |reason: &str| pushed_refs(&line(reason)).remove(0).outcome;
        assert_eq!(outcome("atomic push failure"), RefOutcome::HeldBack);
        assert_eq!(outcome("remote failed to report status"), RefOutcome::Unknown);
        assert!(outcome("fetch first").is_refused_here() && !outcome("hook declined").is_refused_here());
        assert_eq!(outcome("hook (strict) declined"), RefOutcome::Refused("hook (strict) declined".into()));
    }

    #[test]
    fn counts_are_read_and_other_words_are_not() {
        let count = |stage, done, total| Some(Count { stage, done, total });
        assert_eq!(Count::parse("Writing objects:  33% (1/3), 1.2 MiB | 3 MiB/s"), count("Writing objects", 1, 3));
        assert_eq!(Count::parse("remote: Counting objects: 100% (5/5), done."), count("Counting objects", 5, 5));
        assert_eq!(Count::parse("Enumerating objects: 12, done."), count("Enumerating objects", 12, 0));
        for other in ["remote: secret: 50% (1/2)", "Writing objects: a lot", "Writing objects: (1)", "fatal: x"] {
            assert_eq!(Count::parse(other), None, "{other}");
        }
    }

    #[test]
    fn an_advertisement_names_its_head() {
        let id = "1".repeat(40);
        let text = format!("ref: refs/heads/trunk\tHEAD\n{id}\tHEAD\n{id}\trefs/heads/trunk\n");
        let found = Advertised::parse(&text).unwrap();
        assert_eq!((found.head.as_deref(), found.head_commit()), (Some("refs/heads/trunk"), Oid::from_str(&id).ok()));
        assert!(found.symbolic.is_empty());
        let found =
            Advertised::parse(&format!("ref: refs/heads/x\trefs/tags/a@1.0.0\n{id}\trefs/tags/a@1.0.0\n")).unwrap();
        assert_eq!((found.head, found.symbolic["refs/tags/a@1.0.0"].as_str()), (None, "refs/heads/x"));
        assert_eq!(Advertised::parse("nonsense"), None);
        assert_eq!(Advertised::parse(""), Some(Advertised::default()));
    }
}
