//! What others say, made fit to be shown: no secrets, nothing that a terminal would obey.
//!
//! git and hosts repeat what they were given: a URL that `url.<base>.insteadOf` put a token into, a header, the answer
//! of a credential helper. Our own URLs hold no secret, but their words are not ours.

use super::url::{is_token, without_userinfo};
use std::sync::LazyLock;

/// Stands for a secret.
const MASK: &str = "***";

/// Words before a secret: `password=…`, `Authorization: …`.
const LABELS: [&str; 6] = ["authorization", "password", "passwd", "secret", "token", "credential"];

/// The text without secrets, on one line for each of its own.
pub fn masked(text: &str) -> String {
    let text = without_known(text, &KNOWN);
    let lines: Vec<String> = text.lines().map(masked_line).collect();
    lines.join("\n")
}

/// Secrets that reach this process by its environment, in every form in which they may be repeated.
static KNOWN: LazyLock<Vec<String>> = LazyLock::new(|| match std::env::var("BIT_TOKEN") {
    Ok(token) if !token.is_empty() => forms(&token),
    _ => Vec::new(),
});

fn forms(secret: &str) -> Vec<String> {
    let escape = |upper: bool, byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    let percent = |upper: bool| secret.bytes().map(|byte| escape(upper, byte)).collect::<String>();
    let mut forms = vec![secret.to_owned(), percent(true), percent(false), secret.escape_debug().to_string()];
    // The longest first: a shorter form may be a part of it.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

fn without_known(text: &str, secrets: &[String]) -> String {
    secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

fn masked_line(line: &str) -> String {
    let mut shown = String::with_capacity(line.len());
    for word in line.split_inclusive([' ', '\t']) {
        let trimmed = word.trim_end();
        if trimmed.ends_with([':', '=']) && is_label(&trimmed[..trimmed.len() - 1]) {
            // All that follows on the line: `Authorization: Basic …`.
            shown.extend([word.trim_end(), " ", MASK]);
            break;
        }
        shown.push_str(&masked_word(word));
    }
    visible(&shown)
}

fn masked_word(word: &str) -> String {
    // A URL is taken up to the next blank: what ends a word elsewhere may stand in a password.
    if let Some(at) = word.find("://") {
        let is_of_scheme = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        let start = word[..at].rfind(|c| !is_of_scheme(c)).map_or(0, |before| before + 1);
        let end = word.trim_end_matches([' ', '\t', '\'', '"', ':', ',', ';', '.', ')', '>']).len().max(start);
        return [&word[..start], &without_userinfo(&word[start..end]), &word[end..]].concat();
    }
    let parts = word.split_inclusive([' ', '\t', '\'', '"', '<', '>', '(', ')', ',', ';']);
    parts.map(masked_part).collect()
}

fn masked_part(part: &str) -> String {
    let label = part.split_once(['=', ':']).filter(|(label, value)| is_label(label) && !value.is_empty());
    let end = part.trim_end_matches([' ', '\t', '\'', '"', '<', '>', '(', ')', ',', ';']).len();
    match label {
        Some((label, _)) => [label, "=", MASK, &part[end.max(label.len() + 1)..]].concat(),
        None if is_token(part) => [MASK, &part[end..]].concat(),
        None => part.to_owned(),
    }
}

fn is_label(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    LABELS.iter().any(|label| word.ends_with(label))
}

/// A host's words may try to move the cursor or to recolour the screen.
fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { c.escape_debug().to_string() } else { c.to_string() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_in_words_of_others_are_masked() {
        for (said, shown) in [
            ("unable to access 'https://ada:pw@h/x/': 403", "unable to access 'https://***@h/x/': 403"),
            ("To https://ghp_abc@h/x?token=1", "To https://***@h/x?***"),
            ("unable to read ssh://git@h:22/x", "unable to read ssh://git@h:22/x"),
            ("ssh://git:pw@h/x", "ssh://git:***@h/x"),
            ("url=https://ada:p,'(w@h/x", "url=https://***@h/x"),
            ("see (https://h/x).", "see (https://h/x)."),
            ("Authorization: Basic YTpi and more", "Authorization: ***"),
            ("http.extraheader=AUTHORIZATION: bearer x", "http.extraheader=AUTHORIZATION: ***"),
            ("password=pw username=ada", "password=*** username=ada"),
            ("remote: your token glpat-abc is old", "remote: your token *** is old"),
            (
                "could not read Password for 'https://h': prompts disabled",
                "could not read Password for 'https://h': prompts disabled",
            ),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone"),
        ] {
            assert_eq!(masked(said), shown);
        }
    }

    #[test]
    fn a_known_secret_is_masked_in_every_form() {
        let forms = forms("p/w \"ö");
        for said in ["p/w \"ö", "p%2Fw%20%22%C3%B6", "p%2fw%20%22%c3%b6", "p/w \\\"ö"] {
            assert_eq!(without_known(&format!("a{said}b"), &forms), "a***b");
        }
    }
}
