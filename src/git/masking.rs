//! What others say, made fit to be shown: no secrets, nothing that a terminal would obey.
//!
//! git and hosts repeat what they were given: a URL that `url.<base>.insteadOf` put a token into, a header, the answer
//! of a credential helper. Our own URLs hold no secret, but their words are not ours.

use super::url::{is_token, secrets_of, without_userinfo};
use std::sync::{LazyLock, PoisonError, RwLock};

/// Stands for a secret.
const MASK: &str = "***";

/// Words before a secret: `password=…`, `Authorization: …`.
const LABELS: [&str; 6] = ["authorization", "password", "passwd", "secret", "token", "credential"];

/// The text without secrets, on one line for each of its own.
pub fn masked(text: &str) -> String {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    let text = without_known(text, &known);
    let lines: Vec<String> = text.lines().map(masked_line).collect();
    lines.join("\n")
}

/// The text without the secrets that this process knows, for our own words: they repeat what a person typed. One that is
/// very short may be a part of any word.
pub fn without_secrets(text: &str) -> String {
    const SHORTEST: usize = 4;
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.iter().filter(|form| form.len() >= SHORTEST).fold(text.to_owned(), |text, form| text.replace(form, MASK))
}

/// From now on the secrets of URLs among the words of a command are masked, also where no URL belongs.
pub fn remember_typed<'w>(words: impl IntoIterator<Item = &'w str>) {
    for word in words.into_iter().filter(|word| word.contains("://")) {
        let url = word.strip_prefix("--").and_then(|flag| flag.split_once('=')).map_or(word, |(_, value)| value);
        secrets_of(url).iter().for_each(|secret| remember(secret));
    }
}

/// Secrets that this process knows, in every form in which they may be repeated; first the one of its environment.
static KNOWN: LazyLock<RwLock<Vec<String>>> = LazyLock::new(|| {
    let token = std::env::var("BIT_TOKEN").unwrap_or_default();
    RwLock::new(forms(token.trim_end_matches(['\n', '\r'])))
});

/// From now on a secret is masked wherever it is said.
pub(super) fn remember(secret: &str) {
    let forms = forms(secret);
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    if !forms.iter().all(|form| known.contains(form)) {
        known.extend(forms);
        longest_first(&mut known);
    }
}

fn forms(secret: &str) -> Vec<String> {
    if secret.is_empty() {
        return Vec::new();
    }
    let escape = |upper: bool, byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ if upper => format!("%{byte:02X}"),
        _ => format!("%{byte:02x}"),
    };
    let percent = |upper: bool| secret.bytes().map(|byte| escape(upper, byte)).collect::<String>();
    let mut forms = vec![secret.to_owned(), percent(true), percent(false), secret.escape_debug().to_string()];
    forms.extend((0..3).filter_map(|before| in_base64(secret, before)));
    longest_first(&mut forms);
    forms
}

/// A shorter form may be a part of a longer one.
fn longest_first(forms: &mut Vec<String>) {
    forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    forms.dedup();
}

/// What stands in base64 for a secret with so many bytes before it, as in `user:secret`, whatever they are and
/// whatever follows. `None` where that is so short that it may be a part of any word.
fn in_base64(secret: &str, before: usize) -> Option<String> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const SHORTEST: usize = 8;
    let bytes = [&[0; 2][..before], secret.as_bytes()].concat();
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    let letter = |at: usize| char::from(LETTERS[(at * 6..at * 6 + 6).fold(0, |value, at| value << 1 | bit(at))]);
    let whole = (before * 8).div_ceil(6)..bytes.len() * 8 / 6;
    (whole.len() >= SHORTEST).then(|| whole.map(letter).collect())
}

fn without_known(text: &str, secrets: &[String]) -> String {
    let text = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, MASK));
    match text.contains('%') {
        true => secrets.iter().fold(text, |text, secret| without_encoded(&text, secret)),
        false => text,
    }
}

/// The text without a secret of which any characters are percent-encoded, in either case.
fn without_encoded(text: &str, secret: &str) -> String {
    let (mut shown, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(first) = rest.chars().next() {
        match encoded_length(rest.as_bytes(), secret.as_bytes()).filter(|length| rest.is_char_boundary(*length)) {
            Some(length) => {
                shown.push_str(MASK);
                rest = &rest[length..];
            }
            None => {
                shown.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    shown
}

/// How many bytes a secret takes at the beginning of a text, if it stands there.
fn encoded_length(text: &[u8], secret: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in secret {
        at += match text.get(at)? {
            found if found == byte => 1,
            b'%' => {
                let digits = std::str::from_utf8(text.get(at + 1..at + 3)?).ok()?;
                (u8::from_str_radix(digits, 16) == Ok(*byte)).then_some(3)?
            }
            _ => return None,
        };
    }
    (!secret.is_empty()).then_some(at)
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
        let mixed = ["p%2fw%20%22%C3%b6", "p/w%20\"ö", "%70%2F%77 %22%c3%B6"];
        for said in ["p/w \"ö", "p%2Fw%20%22%C3%B6", "p%2fw%20%22%c3%b6", "p/w \\\"ö"].into_iter().chain(mixed) {
            assert_eq!(without_known(&format!("a{said}b"), &forms), "a***b");
        }
    }

    #[test]
    fn a_known_secret_is_masked_in_base64() {
        // `ada:open/sesame`, `git:open/sesame!`, `a:open/sesame`, as `Authorization: Basic` has them.
        for (said, shown) in [
            ("YWRhOm9wZW4vc2VzYW1l", "YWRhOm***"),
            ("Z2l0Om9wZW4vc2VzYW1lIQ==", "Z2l0Om***IQ=="),
            ("YTpvcGVuL3Nlc2FtZQ==", "YTp***Q=="),
        ] {
            let masked = without_known(said, &forms("open/sesame"));
            assert!(masked.contains("***") && masked.len() <= shown.len() + 2, "{masked}");
        }
        assert_eq!(in_base64("short", 0), None);
    }

    #[test]
    fn a_secret_that_is_remembered_is_masked() {
        remember("only-for-this-test");
        assert_eq!(masked("so only-for-this-test it is"), "so *** it is");
    }
}
