//! A URL taken apart, and where secrets stand in it.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A URL taken apart as git does it.
pub enum Parts<'t> {
    /// `scheme://[user[:password]@]host/path`
    Url { scheme: &'t str, text: &'t str },
    /// `[user@]host:path`, which git takes to ssh.
    Scp { before_colon: &'t str, text: &'t str },
    /// A folder.
    Path(&'t str),
}

impl<'t> Parts<'t> {
    /// Takes it apart.
    pub fn of(text: &'t str) -> Self {
        if let Some((scheme, _)) = text.split_once("://") {
            return Self::Url { scheme, text };
        }
        match text.split_once(':') {
            Some((before_colon, _)) if !before_colon.contains('/') => Self::Scp { before_colon, text },
            _ => Self::Path(text),
        }
    }

    /// What stands between `://` and the path, and where it begins. curl passes over further slashes.
    pub fn authority(&self) -> Option<(usize, &'t str)> {
        let Self::Url { scheme, text } = self else { return None };
        let rest = &text[scheme.len() + "://".len()..];
        let start = text.len() - if *scheme == "file" { rest } else { rest.trim_start_matches('/') }.len();
        Some((start, text[start..].split(['/', '?', '#']).next().unwrap_or_default()))
    }

    /// The host, without a user.
    pub fn host(&self) -> Option<&'t str> {
        let with_user = match self {
            Self::Url { .. } => self.authority()?.1,
            Self::Scp { before_colon, .. } => before_colon,
            Self::Path(_) => return None,
        };
        Some(with_user.rsplit_once('@').map_or(with_user, |(_, host)| host))
    }

    /// The folder that `file://` or a path names; git decodes `%20` and its like in the first.
    pub fn local_path(&self) -> Option<PathBuf> {
        match self {
            Self::Url { scheme: "file", text } => Some(decoded(&text["file://".len()..])),
            Self::Path(path) => Some(PathBuf::from(path)),
            _ => None,
        }
    }

    /// Where secrets stand in the text, from left to right.
    pub fn secrets(&self) -> Vec<Range<usize>> {
        match self {
            Self::Url { scheme: "file", .. } | Self::Path(_) => Vec::new(),
            Self::Url { scheme, text } => {
                let is_http = scheme.starts_with("http");
                let query = text.find(['?', '#']).filter(|_| is_http).map(|at| at + 1..text.len());
                self.secret_of_user(is_http).into_iter().chain(query).collect()
            }
            // `user:password@host:path`: not what git understands, but what people write.
            Self::Scp { before_colon, text } => {
                let start = before_colon.len() + 1;
                let host = text[start..].split('/').next().unwrap_or_default();
                host.rfind('@').map(|at| start..start + at).into_iter().collect()
            }
        }
    }

    fn secret_of_user(&self, is_http: bool) -> Option<Range<usize>> {
        let Self::Url { text, .. } = self else { return None };
        let (start, authority) = self.authority()?;
        let Some((user, _)) = authority.rsplit_once('@') else {
            // A password with a slash in it ends the host too early: what is left is no port.
            let (host, port) = authority.rsplit_once(':').filter(|(_, port)| !port.ends_with(']'))?;
            let is_port = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
            let end = text.rfind('@').filter(|_| !is_port)?;
            return Some(start + host.len() + 1..end);
        };
        match user.split_once(':') {
            Some((name, _)) if !looks_like_token(name) => Some(start + name.len() + 1..start + user.len()),
            None if !(is_http && looks_like_token(user)) => None,
            _ => Some(start..start + user.len()),
        }
    }
}

/// What hosts hand out in the place of a password is often written in the place of the user.
fn looks_like_token(user: &str) -> bool {
    is_token(user) || user.len() >= 20 && !user.contains(['.', '%'])
}

/// A token by the mark that its host gives it.
pub fn is_token(word: &str) -> bool {
    const PREFIXES: [&str; 8] = ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "ATBB"];
    PREFIXES.iter().any(|prefix| word.starts_with(prefix))
}

/// A path in which `%20` and its like are read.
pub fn decoded(text: &str) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    let bytes = text.as_bytes();
    let (mut result, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                result.push(byte);
                at += 3;
            }
            None => {
                result.push(bytes[at]);
                at += 1;
            }
        }
    }
    std::ffi::OsString::from_vec(result).into()
}

/// A path with `%20` and its like.
pub fn encoded(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt;
    let plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'%';
    let bytes = path.as_os_str().as_bytes().iter();
    bytes.map(|byte| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
