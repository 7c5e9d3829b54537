//! Reading what `git push --porcelain` and `git ls-remote` say.

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
        "!" => RefOutcome::Refused(reason(summary)),
        _ => return None,
    };
    Some(PushedRef { name: name.to_owned(), outcome })
}

/// `[remote rejected] (hook declined)` → `hook declined`
fn reason(summary: &str) -> String {
    let inner = summary.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).map(|(inner, _)| inner);
    inner.unwrap_or(summary).to_owned()
}

/// The refs of a repository, as it shows them to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advertised {
    /// By name.
    pub refs: BTreeMap<String, Oid>,
    /// The branch that HEAD names, where it says so.
    pub head: Option<String>,
}

impl Advertised {
    /// Reads what `git ls-remote --symref` says; `None` if it is something else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut found = Self::default();
        for line in text.lines() {
            let (value, name) = line.split_once('\t')?;
            match value.strip_prefix("ref: ") {
                Some(branch) if name == "HEAD" => found.head = Some(branch.to_owned()),
                Some(_) => {}
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
    fn an_advertisement_names_its_head() {
        let id = "1".repeat(40);
        let text = format!("ref: refs/heads/trunk\tHEAD\n{id}\tHEAD\n{id}\trefs/heads/trunk\n");
        let found = Advertised::parse(&text).unwrap();
        assert_eq!((found.head.as_deref(), found.head_commit()), (Some("refs/heads/trunk"), Oid::from_str(&id).ok()));
        assert_eq!(Advertised::parse("nonsense"), None);
        assert_eq!(Advertised::parse(""), Some(Advertised::default()));
    }
}
