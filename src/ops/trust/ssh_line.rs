//! A line of a file of allowed signers, as ssh-keygen reads it. It passes over a line that it can't use, and whoever is
//! meant would be called a stranger: so what it could not use is found here, and said.

use crate::git::base64_decoded;
use std::collections::BTreeSet;

/// Why ssh-keygen could not use a line; `None`, where it can.
pub(super) fn fault(line: &str) -> Option<String> {
    look(line).err()
}

/// Whether a word is the kind of a key of ssh.
pub(super) fn is_kind(word: &str) -> bool {
    ["ssh-", "ecdsa-", "sk-"].iter().any(|kind| word.starts_with(kind))
}

const SPACE: [char; 2] = [' ', '\t'];

fn look(line: &str) -> Result<(), String> {
    let line = line.trim_start_matches(SPACE);
    if line.split(SPACE).next().is_some_and(is_kind) {
        return Err("begins with a key: the name of whoever signs with it comes first".to_owned());
    }
    let (_, rest) = until_space(line)?;
    if is_key(rest) {
        return Ok(());
    }
    let (options, key) = until_space(rest)?;
    let words: Vec<&str> = key.split(SPACE).collect();
    match () {
        () if is_key(key) && !is_kind(options) => look_at_options(options),
        () if (1..words.len()).any(|at| is_key(&words[at..].join(" "))) => {
            Err("has something between its options and its key: a comma joins options, and no space".to_owned())
        }
        () => Err("has no whole key".to_owned()),
    }
}

/// The first word, which may have spaces in quotes, and what follows.
fn until_space(text: &str) -> Result<(&str, &str), String> {
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ if SPACE.contains(&letter) && !is_quoted => {
                return Ok((&text[..at], text[at..].trim_start_matches(SPACE)));
            }
            _ => {}
        }
    }
    if is_quoted { Err("has a quote without an end".to_owned()) } else { Ok((text, "")) }
}

/// Whether this begins with a whole key: its kind, and a text that begins with the same kind.
fn is_key(text: &str) -> bool {
    let mut words = text.split(SPACE).filter(|word| !word.is_empty());
    let (Some(kind), Some(blob)) = (words.next(), words.next()) else { return false };
    let bytes = base64_decoded(blob).unwrap_or_default();
    let says = bytes.get(4..).is_some_and(|bytes| bytes.starts_with(kind.as_bytes()));
    let length = u32::try_from(kind.len()).unwrap_or(0).to_be_bytes();
    is_kind(kind) && says && bytes.starts_with(&length)
}

fn look_at_options(options: &str) -> Result<(), String> {
    let (mut seen, mut after, mut before) = (BTreeSet::new(), None, None);
    for option in split_at_commas(options) {
        let (name, value) = option.split_once('=').map_or((option, None), |(name, value)| (name, Some(value)));
        let (known, shown) = (name.to_ascii_lowercase(), name.escape_debug());
        let is_time = ["valid-after", "valid-before"].contains(&known.as_str());
        match value {
            None if known == "cert-authority" => {}
            Some(value) if known == "namespaces" || is_time => {
                let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
                let inner = inner.ok_or_else(|| format!("has no quotes around the value of its option {shown}"))?;
                if is_time {
                    let found = moment(inner).ok_or_else(|| {
                        format!("has no time in its option {shown}: write YYYYMMDD, or YYYYMMDDHHMM and a Z for UTC")
                    })?;
                    *(if known == "valid-after" { &mut after } else { &mut before }) = Some(found);
                }
            }
            _ => {
                let known = "cert-authority, namespaces=\"…\", valid-after=\"…\" and valid-before=\"…\"";
                return Err(format!("has the option {shown}, and ssh-keygen knows only {known}"));
            }
        }
        if !seen.insert(known) {
            return Err(format!("has its option {shown} twice"));
        }
    }
    match (after, before) {
        (Some(after), Some(before)) if before <= after => {
            Err("counts for no time: it ends before it begins".to_owned())
        }
        _ => Ok(()),
    }
}

/// The options of a list; a comma in quotes joins nothing.
fn split_at_commas(options: &str) -> Vec<&str> {
    let (mut all, mut begin, mut is_quoted) = (Vec::new(), 0, false);
    for (at, letter) in options.char_indices() {
        match letter {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => {
                all.push(&options[begin..at]);
                begin = at + 1;
            }
            _ => {}
        }
    }
    all.push(&options[begin..]);
    all
}

/// `YYYYMMDD[HHMM[SS]][Z]`
fn moment(text: &str) -> Option<String> {
    let digits = text.strip_suffix('Z').or_else(|| text.strip_suffix("UTC")).unwrap_or(text);
    if ![8, 12, 14].contains(&digits.len()) || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole = format!("{digits:0<14}");
    let is_in = |at: usize, least: u32, most: u32| {
        whole[at..at + 2].parse().is_ok_and(|number: u32| (least..=most).contains(&number))
    };
    let is_day = *"1970" <= whole[..4] && is_in(4, 1, 12) && is_in(6, 1, 31);
    (is_day && is_in(8, 0, 23) && is_in(10, 0, 59) && is_in(12, 0, 60)).then_some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIF9C+QT76L56JxE1T2rIPITTIW9s6vX1/V5yOf/nrKs5";

    #[test]
    fn what_ssh_keygen_reads_is_right() {
        for begin in [
            "a@x",
            "  a@x",
            "a@x,b@x",
            "\"a b@x\"",
            "*@x,!eve@x",
            "a@x namespaces=\"git\"",
            "a@x NAMESPACES=\"git,file\"",
            "a@x cert-authority",
            "a@x cert-authority,namespaces=\"a b\",valid-after=\"20200101\"",
            "a@x valid-after=\"202001011200\",valid-before=\"20400101000000Z\"",
            "a@x valid-after=\"20200101Z\"",
        ] {
            assert_eq!(fault(&format!("{begin} {KEY} a comment")), None, "{begin}");
            assert_eq!(fault(&format!("{begin}\t{KEY}")), None, "{begin}");
        }
    }

    #[test]
    fn what_ssh_keygen_would_pass_over_is_named() {
        for (begin, word) in [
            ("a@x valid-aftr=\"20200101\"", "the option valid-aftr"),
            ("a@x namespace=\"git\"", "the option namespace,"),
            ("a@x no-touch-required", "the option no-touch-required"),
            ("a@x, b@x", "the option b@x"),
            ("a@x cert-authority=\"yes\"", "the option cert-authority"),
            ("a@x namespaces", "the option namespaces"),
            ("a@x namespaces=\"git\",", "the option ,"),
            ("a@x namespaces=git", "no quotes"),
            ("a@x valid-after=20200101", "no quotes"),
            ("a@x namespaces=\"git", "quote without an end"),
            ("\"a@x", "quote without an end"),
            ("a@x valid-after=\"2020-01-01\"", "no time in its option valid-after"),
            ("a@x valid-before=\"20201301\"", "no time"),
            ("a@x valid-before=\"2040010100\"", "no time"),
            ("a@x valid-before=\"\"", "no time"),
            ("a@x namespaces=\"git\",namespaces=\"git\"", "option namespaces twice"),
            ("a@x valid-after=\"20200101\" valid-before=\"20400101\"", "between its options and its key"),
            ("a@x valid-after=\"20300101\",valid-before=\"20200101\"", "ends before it begins"),
        ] {
            let said = fault(&format!("{begin} {KEY}")).unwrap_or_else(|| panic!("{begin} is let through"));
            assert!(said.contains(word), "{begin}: {said}");
        }
        let (kind, blob) = KEY.split_once(' ').unwrap();
        for (line, word) in [
            (KEY.to_owned(), "begins with a key"),
            (format!("a@x {blob}"), "no whole key"),
            (format!("a@x {kind} {}", &blob[..blob.len() - 1]), "no whole key"),
            (format!("a@x ssh-ed22519 {blob}"), "no whole key"),
            (format!("a@x ssh-rsa {blob}"), "no whole key"),
            (format!("a@x namespaces=\"git\" ssh-rsa {blob}"), "no whole key"),
            (format!("a@x {kind} AAAA"), "no whole key"),
            ("a@x".to_owned(), "no whole key"),
        ] {
            assert!(fault(&line).is_some_and(|said| said.contains(word)), "{line}: {:?}", fault(&line));
        }
    }
}
