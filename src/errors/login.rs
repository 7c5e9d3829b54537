//! Who asks: passwords, tokens, and those who remember them.

use super::{failure, for_shell, usage};

/// Why BIT_TOKEN was not sent to a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenKept {
    /// There is none.
    Unset,
    /// It holds what can't be sent, or BIT_USERNAME does.
    Unusable,
    /// Nothing says which host it is for.
    NoHost,
    /// What should say so is no host.
    BadHost,
    /// It is for this host.
    OtherHost(String),
    /// Others could read it on the way.
    Unencrypted,
}

impl TokenKept {
    /// What to do about it, for a host that wants to know who asks.
    fn hint(&self, url: &str) -> String {
        match self {
            Self::Unset => {
                format!(
                    "log in: bit login {}; without a person, as in CI, set BIT_TOKEN and BIT_TOKEN_HOST",
                    for_shell(url)
                )
            }
            Self::Unusable => "BIT_TOKEN was not sent: it or BIT_USERNAME is not one line of text".into(),
            Self::NoHost => "BIT_TOKEN was not sent: BIT_TOKEN_HOST has to name the host that it is for".into(),
            Self::BadHost => {
                "BIT_TOKEN was not sent: BIT_TOKEN_HOST is not a host; write example.com or example.com:8443".into()
            }
            Self::OtherHost(host) => {
                format!(
                    "BIT_TOKEN was not sent: it is for {host} alone (BIT_TOKEN_HOST); if this host may have it, name it there"
                )
            }
            Self::Unencrypted => "BIT_TOKEN was not sent: http shows it to everybody on the way; use https".into(),
        }
    }
}

/// What to do where a host does not know who asks.
pub(super) fn how_to_log_in(url: &str, kept: Option<&TokenKept>) -> String {
    match kept {
        _ if !is_http(url) => {
            "check that ssh offers a key that the host knows: \"ssh-add -l\" lists them, \"ssh-add\" adds yours".into()
        }
        Some(kept) => kept.hint(url),
        None => "the host does not take BIT_TOKEN: check that it is still valid, and whose it is (BIT_USERNAME); or it sends on to another host, which never gets it".into(),
    }
}

/// Whether passwords count there.
pub(super) fn is_http(url: &str) -> bool {
    url.starts_with("http://") || url.starts_with("https://")
}

/// Whether it is a folder of this machine.
pub(super) fn is_folder(url: &str) -> bool {
    url.starts_with('/') || url.starts_with("file://")
}

/// Nothing says where to log in.
pub fn login_where(known: &[String]) -> anyhow::Error {
    let hint = match known {
        [] => "name a URL: bit login <url>; or say where a scope is: bit remote add <scope> <url>".into(),
        known => format!("name one of {}, or a URL", known.join(", ")),
    };
    failure("login-where", "which scope is meant?", hint)
}

/// Nobody would remember a password.
pub fn no_credential_helper(url: &str) -> anyhow::Error {
    failure(
        "no-credential-helper",
        format!("nothing here would remember a password for {url}: git has no credential helper for it"),
        "choose one, and log in again: git config --global credential.helper <helper>. git comes with cache (in memory, \
         for some time) and store (a file, in plain text); many systems have libsecret, osxkeychain or manager. In CI \
         set BIT_TOKEN and BIT_TOKEN_HOST instead",
    )
}

/// A password would be sent for everybody to read.
pub fn login_unencrypted(url: &str) -> anyhow::Error {
    failure(
        "login-unencrypted",
        format!("{url} can't be logged in to: http shows a password to everybody on the way"),
        "use the host's https or ssh URL",
    )
}

/// There is nobody to ask for a token.
pub fn token_needed(url: &str) -> anyhow::Error {
    failure(
        "token-needed",
        format!("a password or token for {url} is needed, and there is no terminal to ask for it"),
        format!(
            "give it on standard input: bit login {} --token-stdin < file; in CI set BIT_TOKEN and BIT_TOKEN_HOST",
            for_shell(url)
        ),
    )
}

/// What was given is no token.
pub fn no_token() -> anyhow::Error {
    failure("no-token", "no password or token was given: it is one line of text", "log in again; nothing was stored")
}

/// A user's name that git could not send.
pub fn bad_username() -> anyhow::Error {
    usage(
        "bad-username",
        "this can't be a user name: it is empty or more than one line",
        "give it with --username <name>",
    )
}

/// The host does not take the password.
pub fn login_refused(url: &str, user: &str) -> anyhow::Error {
    failure(
        "login-refused",
        format!("{url} does not take this password for the user {user}; nothing was stored"),
        "check both (--username <name>); many hosts want a token in the place of the password",
    )
}

/// A helper did not do what it is for.
pub fn not_remembered(url: &str, helpers: &str, words: &str) -> anyhow::Error {
    let said = if words.is_empty() { String::new() } else { format!(": {words}") };
    failure(
        "not-remembered",
        format!("{url} takes the password, but git's credential helper ({helpers}) did not keep it{said}"),
        "see that the helper works: git config --show-origin --get-all credential.helper",
    )
}

/// A helper knows a password still.
pub fn not_forgotten(url: &str, user: &str) -> anyhow::Error {
    failure(
        "not-forgotten",
        format!("git's credential helper did not forget the password of {user} for {url}"),
        "remove it where the helper keeps it; some can only read",
    )
}
