//! What a person means by the words of an export: which of them is the scope, and which are ids.

use crate::errors;
use crate::model::{IdQuery, Pattern, ScopeName};
use crate::ops::Workspace;
use crate::ops::remote::{nobody_knows, url_of};
use anyhow::Result;

/// Where to, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    /// The scope; each component's own where there is none.
    pub scope: Option<ScopeName>,
    /// Ids and patterns; none: all that is staged.
    pub ids: Vec<String>,
}

/// Each component's own scope.
const CURRENT: &str = "current";

impl Aim {
    /// Reads the words, and the scope where it was said by itself.
    pub fn read(workspace: &Workspace, words: &[String], to: Option<&str>) -> Result<Self> {
        let aim = match (to, words.first()) {
            (Some(CURRENT), _) => Self { scope: None, ids: words.to_vec() },
            (Some(to), _) => Self { scope: Some(scope_of(to)?), ids: words.to_vec() },
            (None, Some(first)) if first == CURRENT => Self { scope: None, ids: words[1..].to_vec() },
            (None, Some(first)) => Self::from_words(workspace, first, words)?,
            (None, None) => Self { scope: None, ids: Vec::new() },
        };
        aim.refuse_places_and_scopes(workspace)?;
        match &aim.scope {
            Some(scope) if scope.is_placeholder() => Err(errors::placeholder_is_no_target()),
            Some(scope) if url_of(workspace, scope)?.is_none() => Err(nobody_knows(scope, Some(workspace))),
            _ => Ok(aim),
        }
    }

    /// A scope in the place of an id, or where a scope is in the place of its name.
    fn refuse_places_and_scopes(&self, workspace: &Workspace) -> Result<()> {
        for (at, word) in self.ids.iter().enumerate().filter(|(_, word)| !Pattern::looks_like(word)) {
            if is_place(word) {
                return Err(errors::place_is_no_scope(word));
            }
            let scope = ScopeName::new(word).ok().filter(|_| !is_component(workspace, word));
            let Some(scope) = scope else { continue };
            let is_joined = || Ok::<_, anyhow::Error>(scope_and_component(workspace, word)?.is_some());
            if (scope.owner().is_some() && !is_joined()?) || url_of(workspace, &scope)?.is_some() {
                let others: Vec<&str> = self.ids.iter().map(String::as_str).collect();
                let others = [&others[..at], &others[at + 1..]].concat();
                return Err(errors::scope_comes_first(&scope, self.scope.as_ref(), &others));
            }
        }
        Ok(())
    }

    /// The first word is the scope if it is a known remote or looks like `owner.name`, and is no component here.
    /// `S.c` means the component `c` to the scope `S`, where both are known.
    fn from_words(workspace: &Workspace, first: &str, words: &[String]) -> Result<Self> {
        let named = ScopeName::new(first).ok().filter(|_| !is_component(workspace, first));
        let rest = || words[1..].to_vec();
        if let Some(scope) = &named
            && url_of(workspace, scope)?.is_some()
        {
            return Ok(Self { scope: named, ids: rest() });
        }
        if let Some((scope, _)) = scope_and_component(workspace, first)? {
            return Self::from_joined(workspace, scope, words);
        }
        Ok(match named.filter(|scope| scope.owner().is_some() || scope.is_placeholder()) {
            Some(scope) => Self { scope: Some(scope), ids: rest() },
            None => Self { scope: None, ids: words.to_vec() },
        })
    }

    /// All words name the scope, or none but the first; a word with another scope is left for an id, which it is not.
    fn from_joined(workspace: &Workspace, scope: ScopeName, words: &[String]) -> Result<Self> {
        let mut ids = Vec::with_capacity(words.len());
        for word in words {
            let joined = scope_and_component(workspace, word)?.filter(|(other, _)| *other == scope);
            ids.push(joined.map_or_else(|| word.clone(), |(_, component)| component));
        }
        Ok(Self { scope: Some(scope), ids })
    }
}

/// The scope that `--to` names.
fn scope_of(word: &str) -> Result<ScopeName> {
    match is_place(word) {
        true => Err(errors::place_is_no_scope(word)),
        false => Ok(ScopeName::new(word)?),
    }
}

/// Whether a word says where something is: a URL or a path. Ids have slashes too.
fn is_place(word: &str) -> bool {
    let is_like_one = word.starts_with(['.', '/', '~']) || word.contains([':', '\\']) || word.ends_with(".git");
    is_like_one && IdQuery::parse(word).is_err() && ScopeName::new(word).is_err()
}

/// Whether a word is the id of a component here.
fn is_component(workspace: &Workspace, word: &str) -> bool {
    let name = IdQuery::parse(word).ok().and_then(|query| query.as_name);
    name.is_some_and(|name| !workspace.bitmap.named(&name).is_empty())
}

/// `my-org.ui.button` as the scope `my-org.ui`, if a remote of that name is known, and the component `button`, if there is one.
fn scope_and_component(workspace: &Workspace, word: &str) -> Result<Option<(ScopeName, String)>> {
    for (dot, _) in word.match_indices('.') {
        let (Ok(scope), component) = (ScopeName::new(&word[..dot]), &word[dot + 1..]) else { continue };
        if is_component(workspace, component) && url_of(workspace, &scope)?.is_some() {
            return Ok(Some((scope, component.to_owned())));
        }
    }
    Ok(None)
}
