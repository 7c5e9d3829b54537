//! Scope and component names: the grammar of the format, checked once.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Why a text is no name, and how it could be spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameError {
    /// What the text was meant to be: "scope name", "component name", "version", "id".
    pub what: &'static str,
    /// The text itself.
    pub text: String,
    /// The rule it breaks.
    pub reason: String,
    /// The nearest legal spelling, where there is one.
    pub suggestion: Option<String>,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.what {
            // In the words that scripts look for.
            "version" => write!(f, "version {} {}", self.text.escape_debug(), self.reason),
            what => write!(f, "\"{}\" is invalid as a {what}: {}", self.text.escape_debug(), self.reason),
        }
    }
}

impl std::error::Error for NameError {}

/// The longest scope or component name. Both together stay below npm's 214 characters for a package.
const LONGEST: usize = 100;

/// Names that Windows reserves for devices; a checkout there could not hold them.
fn is_device_name(part: &str) -> bool {
    let numbered = |prefix: &str| {
        part.strip_prefix(prefix).is_some_and(|rest| rest.len() == 1 && rest.as_bytes()[0].is_ascii_digit())
    };
    matches!(part, "con" | "prn" | "aux" | "nul") || numbered("com") || numbered("lpt")
}

fn check_part(part: &str) -> Result<(), String> {
    let mut bytes = part.bytes();
    match bytes.next() {
        None => return Err("a part of it is empty".into()),
        Some(b'a'..=b'z' | b'0'..=b'9') => {}
        Some(_) => return Err("every part begins with a lower-case letter or a digit".into()),
    }
    if !bytes.all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-')) {
        return Err("only lower-case letters, digits, \"-\" and \"_\" are allowed".into());
    }
    if is_device_name(part) {
        return Err(format!("\"{part}\" is a device name on Windows"));
    }
    Ok(())
}

/// Turns `compA` into `comp-a`, `My Button` into `my-button`: what the person most likely meant.
fn legal_spelling(text: &str, separator: char) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    let mut previous = separator;
    for c in text.chars() {
        let wants_dash = c.is_ascii_uppercase() && (previous.is_ascii_lowercase() || previous.is_ascii_digit());
        let next = match c {
            'A'..='Z' => c.to_ascii_lowercase(),
            'a'..='z' | '0'..='9' | '_' | '-' => c,
            _ if c == separator => c,
            _ => '-',
        };
        if wants_dash {
            out.push('-');
        }
        let at_start = out.is_empty() || out.ends_with(separator);
        let is_superfluous = (at_start && matches!(next, '-' | '_')) || (next == '-' && out.ends_with('-'));
        if !is_superfluous {
            out.push(next);
        }
        previous = c;
    }
    out.split(separator)
        .map(|part| part.trim_end_matches(['-', '_']))
        .filter(|part| !part.is_empty())
        .map(|part| if is_device_name(part) { format!("{part}-1") } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join(&separator.to_string())
}

/// The name of a scope: one or two parts joined by a dot, `my-org.ui`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ScopeName(String);

impl ScopeName {
    /// The scope of a workspace that has not chosen one yet. No remote may bear this name.
    const PLACEHOLDER: &'static str = "my-scope";

    /// Checks the grammar.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::check(text).map_err(|reason| NameError {
            what: "scope name",
            text: text.into(),
            reason,
            suggestion: Self::made_legal(text).map(|name| name.0),
        })?;
        Ok(Self(text.into()))
    }

    fn check(text: &str) -> Result<(), String> {
        if matches!(text, "current" | "main") {
            return Err("this word is reserved".into());
        }
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        let mut parts = text.split('.');
        for part in parts.by_ref().take(2) {
            check_part(part)?;
        }
        if parts.next().is_some() {
            return Err("at most one dot is allowed, between owner and name".into());
        }
        if text.ends_with(".lock") {
            return Err("git reserves names that end in .lock".into());
        }
        Ok(())
    }

    /// The legal name nearest to any text, for a person to judge.
    fn made_legal(text: &str) -> Option<Self> {
        let spelled = legal_spelling(text, '.');
        let name = match spelled.split_once('.') {
            Some((owner, name)) => format!("{owner}.{}", name.replace('.', "-")),
            None => spelled,
        };
        Self::check(&name).is_ok().then_some(Self(name))
    }

    /// The name that a folder or a URL gives its scope: lower case, with "-" for what no name may hold. `None` where a
    /// letter or a part would be lost, or anything be added.
    pub fn of_place(text: &str) -> Option<Self> {
        let name = Self::made_legal(text)?;
        let letters = |text: &str| text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect::<String>();
        let dots = |text: &str| text.matches('.').count();
        (letters(text) == letters(&name.0) && dots(text) == dots(&name.0)).then_some(name)
    }

    /// The scope that a workspace without a default scope uses.
    pub fn placeholder() -> Self {
        Self(Self::PLACEHOLDER.into())
    }

    /// Whether this is the placeholder rather than a scope somebody chose.
    pub fn is_placeholder(&self) -> bool {
        self.0 == Self::PLACEHOLDER
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the dot.
    pub fn owner(&self) -> Option<&str> {
        self.0.split_once('.').map(|(owner, _)| owner)
    }

    /// The part after the dot, or all of it.
    pub fn base(&self) -> &str {
        self.0.split_once('.').map_or(&self.0, |(_, base)| base)
    }
}

/// The name of a component inside its scope: segments joined by slashes, `ui/button`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ComponentName(String);

impl ComponentName {
    /// Checks the grammar.
    pub fn new(text: &str) -> Result<Self, NameError> {
        Self::check(text).map_err(|reason| NameError {
            what: "component name",
            text: text.into(),
            reason,
            suggestion: Some(legal_spelling(text, '/')).filter(|spelled| Self::check(spelled).is_ok()),
        })?;
        Ok(Self(text.into()))
    }

    fn check(text: &str) -> Result<(), String> {
        if text.len() > LONGEST {
            return Err(format!("it is longer than {LONGEST} characters"));
        }
        text.split('/').try_for_each(check_part)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the last slash.
    pub fn namespace(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(namespace, _)| namespace)
    }
}

macro_rules! text_newtype {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
        impl std::str::FromStr for $name {
            type Err = NameError;
            fn from_str(text: &str) -> Result<Self, NameError> {
                Self::new(text)
            }
        }
        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<Self, NameError> {
                Self::new(&text)
            }
        }
        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    )*};
}
text_newtype!(ScopeName, ComponentName);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn scope_names_have_one_or_two_parts() {
        for good in ["a", "my-org.ui", "0x", "a_b.c-d", "my-scope"] {
            assert_eq!(ScopeName::new(good).unwrap().as_str(), good);
        }
        for bad in [
            "", ".", "a.", ".a", "a.b.c", "A", "a b", "-a", "_a", "a/b", "a.lock", "con", "a.nul", "com1", "current",
            "main", "ä",
        ] {
            assert!(ScopeName::new(bad).is_err(), "{bad}");
        }
        assert!(ScopeName::new("lock").is_ok() && ScopeName::new("com10").is_ok());
    }

    #[test]
    fn component_names_are_segments() {
        for good in ["a", "ui/button", "a/b/c/d", "bar/foo"] {
            assert_eq!(ComponentName::new(good).unwrap().as_str(), good);
        }
        for bad in ["", "/", "a/", "/a", "a//b", "compA", "a.b", "a@b", "a/../b", "ui/aux", "a\n"] {
            assert!(ComponentName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_wrong_name_is_answered_with_the_right_spelling() {
        let suggestion = |text: &str| ComponentName::new(text).unwrap_err().suggestion;
        assert_eq!(suggestion("compA").as_deref(), Some("comp-a"));
        assert_eq!(suggestion("UI/MyButton").as_deref(), Some("ui/my-button"));
        assert_eq!(suggestion("my button!").as_deref(), Some("my-button"));
        assert_eq!(suggestion("ui/con").as_deref(), Some("ui/con-1"));
        assert_eq!(suggestion("@@@"), None);
        assert_eq!(ScopeName::new("My Org.UI").unwrap_err().suggestion.as_deref(), Some("my-org.ui"));
    }

    #[test]
    fn a_place_gives_a_name_only_where_nothing_of_it_is_lost() {
        for (place, name) in [
            ("my-org.ui", Some("my-org.ui")),
            ("My Org.UI", Some("my-org.ui")),
            ("shop+2_x!", Some("shop-2_x")),
            ("acme.ui.v2", None),
            ("a..b", None),
            (".ui", None),
            ("Über", None),
            ("ui٣", None),
            ("con", None),
            ("main", None),
            ("+", None),
        ] {
            assert_eq!(ScopeName::of_place(place).as_ref().map(ScopeName::as_str), name, "{place}");
        }
        assert_eq!(ScopeName::new("a.b.c").unwrap_err().suggestion.as_deref(), Some("a.b-c"));
    }

    proptest! {
        #[test]
        fn any_suggestion_is_legal(text in "\\PC{0,30}") {
            if let Err(error) = ComponentName::new(&text)
                && let Some(suggestion) = error.suggestion
            {
                prop_assert!(ComponentName::new(&suggestion).is_ok());
            }
            for name in [ScopeName::made_legal(&text), ScopeName::of_place(&text)].into_iter().flatten() {
                prop_assert!(ScopeName::new(name.as_str()).is_ok());
            }
        }

        #[test]
        fn names_of_the_grammar_are_accepted(text in "[a-z0-9][a-z0-9_-]{3,9}(/[a-z0-9][a-z0-9_-]{4,9}){0,3}") {
            prop_assert!(ComponentName::new(&text).is_ok());
        }
    }
}
