//! Patterns of scopes' names: one that no name can fit is a slip of the pen, and what was meant by it never happens.

use super::Pattern;
use globset::Glob;

/// Why a pattern can name no scope; a part of a list that can't is enough. What can't be read at all says so elsewhere.
pub fn scope_pattern_fault(text: &str) -> Option<String> {
    let parts = Pattern::parts(text).ok()?;
    let mut globs = parts.iter().flat_map(|part| alternatives(part.text));
    globs.find_map(|glob| fault(&glob).map(|why| format!("\"{}\" names no scope: {why}", glob.escape_debug())))
}

/// So many of `{a,b}{c,d}` are looked at.
const MOST: usize = 500;

/// A glob without braces for each way through them.
fn alternatives(glob: &str) -> Vec<String> {
    let (mut done, mut next) = (Vec::new(), vec![glob.to_owned()]);
    while let Some(glob) = next.pop() {
        match innermost(&glob) {
            Some((from, to)) if done.len() + next.len() < MOST => {
                let choices = glob[from + 1..to].split(',');
                next.extend(choices.map(|choice| format!("{}{choice}{}", &glob[..from], &glob[to + 1..])));
            }
            Some(_) => {}
            None => done.push(glob),
        }
    }
    done
}

/// The first braces that hold no others.
fn innermost(glob: &str) -> Option<(usize, usize)> {
    let to = glob.find('}')?;
    Some((glob[..to].rfind('{')?, to))
}

/// A character of a name, or what stands for some.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Letter(char),
    /// One of several, or any number of any.
    Some,
}

fn fault(glob: &str) -> Option<String> {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
    let tokens = match tokens(glob, &|class| {
        let class = Glob::new(class).ok().map(|glob| glob.compile_matcher());
        class.is_some_and(|class| LETTERS.chars().any(|letter| class.is_match(letter.to_string())))
    }) {
        Ok(tokens) => tokens,
        Err(why) => return Some(why),
    };
    let begins = |token: Option<&Token>| match token {
        Some(Token::Letter(letter)) => letter.is_ascii_alphanumeric(),
        Some(Token::Some) => true,
        None => false,
    };
    for token in &tokens {
        match token {
            Token::Letter('/') => return Some("it is a pattern of components, write that of their scope".to_owned()),
            Token::Letter(letter) if letter.is_uppercase() => return Some("names are in lower case".to_owned()),
            Token::Letter(letter) if !LETTERS.contains(*letter) => {
                return Some(format!("no name holds \"{}\"", letter.escape_debug()));
            }
            _ => {}
        }
    }
    let parts: Vec<&[Token]> = tokens.split(|token| *token == Token::Letter('.')).collect();
    match parts.len() {
        1 | 2 if parts.iter().all(|part| begins(part.first())) => None,
        1 | 2 => Some("every part of a name begins with a letter or a digit".to_owned()),
        _ => Some("a name has two parts at most".to_owned()),
    }
}

/// Whether a class can stand for a letter of a name.
type Fits<'f> = dyn Fn(&str) -> bool + 'f;

fn tokens(glob: &str, fits: &Fits) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = glob;
    while let Some(letter) = rest.chars().next() {
        let mut length = letter.len_utf8();
        tokens.push(match letter {
            '*' | '?' => Token::Some,
            '[' => {
                // A bracket right at the beginning of a class is one of its letters.
                let end = rest.char_indices().skip(1).skip_while(|(_, c)| *c == '!' || *c == '^').skip(1);
                length = end.into_iter().find(|(_, c)| *c == ']').map_or(rest.len(), |(at, _)| at + 1);
                if !fits(&rest[..length]) {
                    return Err(format!("no name holds one of {}", rest[..length].escape_debug()));
                }
                Token::Some
            }
            '\\' => {
                let escaped = rest[1..].chars().next();
                length += escaped.map_or(0, char::len_utf8);
                escaped.map_or(Token::Letter('\\'), Token::Letter)
            }
            letter => Token::Letter(letter),
        });
        rest = &rest[length..];
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ScopeName;
    use proptest::prelude::*;

    #[test]
    fn what_no_name_can_fit_is_told() {
        for (pattern, why) in [
            ("my-org.s/*", "of components"),
            ("MY-ORG.*", "lower case"),
            ("my-org.*, My.*", "lower case"),
            ("*,!my-org.s/x*", "of components"),
            ("{my-org,MY}.*", "\"MY.*\""),
            ("a.b.*", "two parts"),
            (".*", "begins with"),
            ("my-org.", "begins with"),
            ("my org.*", "\" \""),
            ("my-org.[A-Z]*", "one of [A-Z]"),
            ("-*", "begins with"),
        ] {
            let said = scope_pattern_fault(pattern).unwrap_or_default();
            assert!(said.contains(why), "{pattern}: {said}");
        }
    }

    #[test]
    fn what_a_name_can_fit_is_fine() {
        for pattern in [
            "*",
            "**",
            "my-org.*",
            "*.ui",
            "{a,b}.*",
            "{a,b{c,d}}*",
            "m?-org.[a-z]*",
            "[!x]*",
            "*,!my-org.s",
            "?",
            "my_*",
        ] {
            assert_eq!(scope_pattern_fault(pattern), None, "{pattern}");
        }
    }

    proptest! {
        /// Whatever fits some name is let pass.
        #[test]
        fn no_pattern_is_refused_that_fits_a_name(
            name in "[a-c][a-c-]{0,3}([.][a-c]{1,3})?",
            pattern in "([a-c.*?-]|[{]a,b[}]|[\\[]a-c\\]){1,6}",
        ) {
            let name: ScopeName = name.parse().unwrap();
            if let Ok(read) = Pattern::parse(&pattern) {
                prop_assert!(!read.matches_scope(&name) || scope_pattern_fault(&pattern).is_none());
            }
        }
    }
}
