//! Which of the many words that git and hosts say are worth showing.

use crate::git::masking::masked;
use crate::git::porcelain::Count;

/// Said after every failure; they explain none.
const EMPTY_WORDS: [&str; 8] = [
    "unable to read askpass response",
    "could not read from remote repository.",
    "please make sure you have the correct access rights",
    "and the repository exists.",
    "the remote end hung up unexpectedly",
    "failed to push some refs to",
    "to add an exception for this directory, call:",
    "everything up-to-date",
];

/// What git and ssh say beside, of keys that are not there for instance: it ends nothing, and the reason comes after it.
const ASIDES: [&str; 5] = ["warning: ", "hint: ", "no such identity: ", "load key \"", "identity file "];

/// Whether a line warns of something, and tells of no failure.
pub(super) fn is_aside(line: &str) -> bool {
    let line = line.trim_start().to_ascii_lowercase();
    ASIDES.iter().any(|aside| line.starts_with(aside))
}

/// The lines in which git and the host say why, without the polite ones and without secrets.
pub(in crate::git) fn last_words(said: &str) -> String {
    let telling: Vec<&str> = said.lines().map(plain).filter(|line| is_telling(line)).collect();
    let words = match telling[..] {
        [] => said.lines().map(plain).find(|line| !line.is_empty()).unwrap_or("it said nothing").to_owned(),
        // The first ones are the cause, and a host's greeting may be long.
        _ => telling[telling.len().saturating_sub(MOST_LINES)..].join("; "),
    };
    masked(&words).chars().take(MOST_CHARACTERS).collect()
}

/// Whether anybody says why.
pub(super) fn says_why(said: &str) -> bool {
    said.lines().map(plain).any(is_telling)
}

const MOST_LINES: usize = 4;
const MOST_CHARACTERS: usize = 600;

fn plain(line: &str) -> &str {
    let line = line.trim().trim_start_matches("remote:").trim();
    ["fatal: ", "error: ", "ERROR: "].iter().fold(line, |line, prefix| line.strip_prefix(prefix).unwrap_or(line))
}

fn is_telling(line: &str) -> bool {
    let lower = line.to_ascii_lowercase();
    let is_noise = EMPTY_WORDS.iter().any(|noise| lower.starts_with(noise))
        || is_aside(line)
        || lower.starts_with("delta compression using")
        || lower.starts_with("total ");
    !line.is_empty() && !is_noise && Count::parse(line).is_none()
}
