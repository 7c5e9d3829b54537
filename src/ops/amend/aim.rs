//! Which scopes are meant by ids and patterns, and which words are for which of them.

use crate::errors;
use crate::model::{IdQuery, Pattern, ScopeName};
use crate::ops::search::scopes_of;
use crate::ops::visited::with_scope;
use crate::ops::{Place, Whom, Workspace};
use anyhow::Result;
use std::collections::BTreeMap;

/// A scope, and what is meant of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The scope.
    pub place: Place,
    /// Ids and patterns, each by itself.
    pub words: Vec<String>,
    /// Patterns of what is left out.
    pub excluded: Vec<String>,
}

/// Reads the words. Where no scope is named beside them, each of them must say its own.
pub fn aims(whom: &Whom, texts: &[String], workspace: Option<&Workspace>) -> Result<Vec<Aim>> {
    let (mut words, mut excluded) = (Vec::new(), Vec::new());
    for text in texts {
        for part in Pattern::parts(text)? {
            let list = if part.excludes { &mut excluded } else { &mut words };
            list.push((part.text.to_owned(), part.is_glob()));
        }
    }
    let excluded: Vec<String> = excluded.into_iter().map(|(text, _)| text).collect();
    if words.is_empty() {
        return Err(errors::no_match(&texts.join(" ")));
    }
    if let Whom::At(place) = whom {
        let words = words.into_iter().map(|(text, _)| text).collect();
        return Ok(vec![Aim { place: place.clone(), words, excluded }]);
    }
    let mut scopes: BTreeMap<ScopeName, Vec<String>> = BTreeMap::new();
    for (text, is_glob) in words {
        if is_glob {
            for scope in scopes_of(&text)? {
                scopes.entry(scope).or_default().push(text.clone());
            }
        } else {
            let query = IdQuery::parse(&text)?;
            let id = with_scope(&query, workspace)?;
            let version = query.version.map(|_| text.rsplit_once('@').map_or("", |(_, version)| version));
            let version = version.map(|version| format!("@{version}")).unwrap_or_default();
            scopes.entry(id.scope.clone()).or_default().push(format!("{id}{version}"));
        }
    }
    let aim = |(scope, words)| Aim { place: Place::Scope(scope), words, excluded: excluded.clone() };
    Ok(scopes.into_iter().map(aim).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_to_their_scopes() {
        let read = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
            aims(&Whom::Own, &texts, None)
        };
        let found = read(&["a.b/x,c.d/*", "a.b/y", "!*/old"]).unwrap();
        let words: Vec<Vec<String>> = found.iter().map(|aim| aim.words.clone()).collect();
        assert_eq!(words, [vec!["a.b/x", "a.b/y"], vec!["c.d/*"]]);
        assert!(found.iter().all(|aim| aim.excluded == ["*/old"]));
        for bad in [&["button"][..], &["*"], &["!a.b/x"]] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
