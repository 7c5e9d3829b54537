//! Which URLs may be dialled, and how one is shown without its secrets.
//!
//! git runs a program of one's choice for some URLs (`ext::…`, `-oProxyCommand=…`), and a remote may come from
//! anywhere: from a colleague's message, or as a hint in a scope. So what is not plainly harmless is refused.

mod parts;

pub(super) use self::parts::is_token;

use self::parts::{Parts, decoded, encoded};
use crate::{disk, errors};
use anyhow::Result;
use std::fmt;
use std::path::{Component, Path, PathBuf};

/// A place where a scope may be: checked, and without a secret in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUrl {
    text: String,
    local: Option<PathBuf>,
}

/// How git gets to a URL, and so what counts there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// A folder of this machine: its rights.
    Folder,
    /// git's own protocol: nothing.
    Git,
    /// http or https: a user name with a password or token.
    Http,
    /// ssh: keys.
    Ssh,
}

/// The transports that git may use for us.
const SCHEMES: [&str; 5] = ["file", "git", "http", "https", "ssh"];

impl RemoteUrl {
    /// Checks what a person typed; a path is taken relative to where they stand.
    pub fn parse(text: &str, cwd: &Path) -> Result<Self> {
        let text = text.trim();
        if let Some(reason) = hostile(text) {
            return Err(errors::bad_url(&display_url(text), reason));
        }
        // git passes over the host of such a URL; this one says nothing.
        let of_this_machine = text.strip_prefix("file://localhost/").map(|path| format!("file:///{path}"));
        let text = of_this_machine.as_deref().unwrap_or(text);
        let parts = Parts::of(text);
        if !parts.secrets().is_empty() {
            return Err(errors::secret_in_url(&display_url(text)));
        }
        let Some(path) = parts.local_path() else { return Ok(Self { text: text.to_owned(), local: None }) };
        let path = match path.is_absolute() && !has_dots(&path) {
            true => path,
            false => disk::resolved(&cwd.join(path))?,
        };
        let text = match parts {
            Parts::Url { .. } if !text.starts_with("file:///") => format!("file://{}", encoded(&path)),
            Parts::Url { .. } => text.to_owned(),
            _ => match path.to_str().ok_or_else(|| errors::bad_url(text, "it is not UTF-8 text"))? {
                // Who reads it again would take the space at its end for none of it.
                path if path.trim() != path => format!("file://{}", encoded(Path::new(path))),
                path => path.to_owned(),
            },
        };
        Ok(Self { text, local: Some(path) })
    }

    /// The URL of a folder, which must be named from the root.
    pub fn of_folder(path: &Path) -> Self {
        Self { text: format!("file://{}", encoded(path)), local: Some(path.to_owned()) }
    }

    /// The text that git gets.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How git gets there.
    pub fn transport(&self) -> Transport {
        match (&self.local, self.text.split_once("://")) {
            (Some(_), _) => Transport::Folder,
            (None, Some(("git", _))) => Transport::Git,
            (None, Some(("http" | "https", _))) => Transport::Http,
            (None, _) => Transport::Ssh,
        }
    }

    /// The user that it names.
    pub fn user(&self) -> Option<String> {
        let (_, authority) = Parts::of(&self.text).authority()?;
        let (user, _) = authority.rsplit_once('@')?;
        let user = decoded(user.split(':').next().unwrap_or_default()).into_os_string().into_string().ok()?;
        (!user.is_empty()).then_some(user)
    }

    /// The text without the user that it names.
    pub fn without_user(&self) -> String {
        match Parts::of(&self.text).authority().and_then(|(start, all)| Some((start, all.rfind('@')? + 1))) {
            Some((start, length)) => [&self.text[..start], &self.text[start + length..]].concat(),
            None => self.text.clone(),
        }
    }

    /// The text as others may use it who have reached a scope at `beside`; `None` where it would lead them nowhere, or to
    /// something else: a folder is one of this machine, and so is a host such as `localhost` or an alias of ssh, unless
    /// they came by it. A user of http is a person, so it is left out.
    pub fn for_others(&self, beside: &Self) -> Option<String> {
        let host = self.host_name()?;
        (is_known_everywhere(host) || beside.host_name() == Some(host)).then(|| match self.transport() {
            Transport::Http => self.without_user(),
            _ => self.text.clone(),
        })
    }

    /// The host, without a port; `None` for a folder.
    fn host_name(&self) -> Option<&str> {
        let host = Parts::of(&self.text).host().filter(|_| self.local.is_none())?;
        let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
        Some(host.rsplit_once(':').filter(|(_, port)| is_port(port)).map_or(host, |(host, _)| host))
    }

    /// The last part of its path, without `.git`.
    pub fn last_part(&self) -> &str {
        let last = self.text.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or_default();
        last.strip_suffix(".git").unwrap_or(last)
    }

    /// The folder on this machine, where it names one.
    pub fn local_path(&self) -> Option<&Path> {
        self.local.as_deref()
    }
}

impl fmt::Display for RemoteUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&display_url(&self.text))
    }
}

/// A URL as it may be shown: with `***` in the place of a password, a token or a query.
pub fn display_url(text: &str) -> String {
    let (mut shown, mut done) = (String::with_capacity(text.len()), 0);
    for secret in Parts::of(text).secrets() {
        // A secret with a question mark in it is followed by one that begins inside it.
        let start = secret.start.max(done);
        shown.extend([&text[done..start], "***"]);
        done = secret.end.max(done);
    }
    shown.push_str(&text[done..]);
    // What moves the cursor is spelled out; all else stays as it is, so that it can be used.
    let controls: Vec<char> = shown.chars().filter(|c| c.is_control()).collect();
    controls.into_iter().fold(shown, |shown, c| shown.replace(c, &c.escape_debug().to_string()))
}

/// The secrets in a URL. What looks like a token and stands in the user's place is one.
pub(super) fn secrets_of(text: &str) -> Vec<String> {
    Parts::of(text).secrets().into_iter().map(|secret| text[secret].to_owned()).collect()
}

/// A URL in the words of somebody else, who may have put a secret anywhere before the host or into the query.
/// Only a user of ssh is shown: that is a name.
pub(super) fn without_userinfo(text: &str) -> String {
    let shown = display_url(text);
    let Some((scheme, rest)) = shown.split_once("://").filter(|(scheme, _)| scheme.starts_with("http")) else {
        return shown;
    };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://***{}", &rest[at..]),
        None => shown,
    }
}

/// Whether a host means the same on every machine, as far as its name tells.
fn is_known_everywhere(host: &str) -> bool {
    let is_loopback = host == "[::1]" || host.starts_with("127.") || host.ends_with(".localhost");
    !is_loopback && host.contains(['.', ':'])
}

fn has_dots(path: &Path) -> bool {
    path.components().any(|part| part == Component::ParentDir)
}

/// Why a text may not be dialled.
fn hostile(text: &str) -> Option<&'static str> {
    let lower = text.to_ascii_lowercase();
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphanumeric())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let host = Parts::of(text).host().unwrap_or_default();
    match () {
        () if text.is_empty() => Some("it is empty"),
        () if text.chars().any(char::is_control) => Some("it holds control characters"),
        () if ["%00", "%0a", "%0d"].iter().any(|code| lower.contains(code)) => Some("it holds control characters"),
        () if text.starts_with('-') => Some("git would take it for an option"),
        () if host.starts_with('-') => Some("ssh would take its host for an option"),
        () if text.split_once("::").is_some_and(|(helper, _)| is_scheme(helper)) => {
            Some("git would run a program of that name")
        }
        () => match text.split_once("://") {
            Some((scheme, _)) if is_scheme(scheme) && !SCHEMES.contains(&scheme) => {
                Some("only file, git, http, https and ssh are used")
            }
            Some((scheme, rest)) if scheme != "file" && (rest.is_empty() || rest.starts_with('/')) => {
                Some("it names no host: two slashes come before that")
            }
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parse(text: &str) -> Result<RemoteUrl> {
        RemoteUrl::parse(text, Path::new("/home/ada/w"))
    }

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn only_what_leads_others_to_the_same_place_is_for_others() {
        let said = |url: &str, beside: &str| parse(url).unwrap().for_others(&parse(beside).unwrap());
        let wide = "https://example.com/ui.git";
        for good in [
            "https://example.com:8443/x",
            "git@example.com:team/x.git",
            "git://10.0.0.1/x",
            "ssh://git@[2001:db8::1]:22/x",
        ] {
            assert_eq!(said(good, wide).as_deref(), Some(good));
        }
        assert_eq!(said("https://ada@example.com/x", wide).as_deref(), Some("https://example.com/x"));
        for near in ["git://localhost/x", "git://127.0.0.1:9418/x", "http://[::1]:8080/x", "ssh://desk/x", "desk:x"] {
            assert_eq!(said(near, wide), None, "{near}");
            assert_eq!(said(near, near).as_deref(), Some(near));
        }
        assert_eq!(said("git://127.0.0.1:1/x", "http://127.0.0.1:2/y").as_deref(), Some("git://127.0.0.1:1/x"));
        for folder in ["/srv/scopes/x", "file:///srv/scopes/x", "../x"] {
            assert_eq!(said(folder, "/srv/scopes/y"), None);
        }
    }

    #[test]
    fn what_git_dials_is_accepted_as_it_is() {
        for good in [
            "https://example.com/scopes/ui.git",
            "https://ada@example.com/x",
            "http://[::1]:8080/x",
            "ssh://git@example.com:22/x",
            "git@example.com:team/ui.git",
            "git://example.com/x",
            "file:///srv/scopes/a%20b",
            "/srv/scopes/ui",
        ] {
            let url = parse(good).unwrap();
            assert_eq!((url.as_str(), url.to_string().as_str()), (good, good));
        }
        assert_eq!(parse("file:///srv/a%20b").unwrap().local_path(), Some(Path::new("/srv/a b")));
        assert_eq!(parse("git@example.com:x").unwrap().local_path(), None);
    }

    #[test]
    fn what_goes_by_ssh_is_known_and_the_last_part_may_be_a_name() {
        for ssh in ["ssh://git@example.com:22/x/my-org.ui.git", "git@example.com:x/my-org.ui", "host:my-org.ui.git/"] {
            let url = parse(ssh).unwrap();
            assert_eq!((url.transport(), url.last_part()), (Transport::Ssh, "my-org.ui"), "{ssh}");
        }
        for other in ["https://example.com/x", "file:///srv/x", "/srv/x", "git://example.com/x", "./a:x"] {
            assert!(parse(other).unwrap().transport() != Transport::Ssh, "{other}");
        }
    }

    #[test]
    fn paths_become_absolute() {
        assert_eq!(parse("../scope").unwrap().local_path(), Some(Path::new("/home/ada/scope")));
        assert_eq!(parse("/srv/x/../../scope").unwrap().as_str(), "/scope");
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        std::os::unix::fs::symlink("a/b", folder.path().join("link")).unwrap();
        let real = std::fs::canonicalize(folder.path()).unwrap();
        let there = RemoteUrl::parse("link/../new/../scope", folder.path()).unwrap();
        assert_eq!(there.local_path(), Some(real.join("a/scope").as_path()));
        assert_eq!(parse("./a:b").unwrap().as_str(), "/home/ada/w/a:b");
        assert_eq!(parse("file://scope").unwrap().as_str(), "file:///home/ada/w/scope");
        assert_eq!(parse("file://localhost/srv/x").unwrap().as_str(), "file:///srv/x");
        let odd = RemoteUrl::parse("file://s%25", Path::new("/a b")).unwrap();
        assert_eq!((odd.as_str(), odd.local_path()), ("file:///a%20b/s%25", Some(Path::new("/a b/s%"))));
    }

    #[test]
    fn the_user_is_told_from_the_rest() {
        for (url, transport, user, rest) in [
            ("https://a%40da@h.com/x@y", Transport::Http, Some("a@da"), "https://h.com/x@y"),
            ("http://h.com/x@y", Transport::Http, None, "http://h.com/x@y"),
            ("ssh://git@h/x", Transport::Ssh, Some("git"), "ssh://h/x"),
            ("git@h:x", Transport::Ssh, None, "git@h:x"),
            ("git://h/x", Transport::Git, None, "git://h/x"),
            ("/srv/x", Transport::Folder, None, "/srv/x"),
        ] {
            let parsed = parse(url).unwrap();
            assert_eq!((parsed.transport(), parsed.user().as_deref()), (transport, user), "{url}");
            assert_eq!(parsed.without_user(), rest);
        }
    }

    #[test]
    fn what_runs_programs_is_refused() {
        for bad in [
            "",
            "-oProxyCommand=x",
            "--upload-pack=x",
            "ext::sh -c x",
            "EXT::sh",
            "Fd::17",
            "my+helper::x",
            "ssh://-oProxyCommand=x/y",
            "ssh://git@-x/y",
            "-x@host:y",
            "git@-host:y",
            "https://a\nb/",
            "https://a%0Ahost=evil/",
            "/srv/\u{1b}[31m",
            "ftp://x/y",
            "gopher://x",
            "ext://x",
            "HTTPS://x/y",
        ] {
            assert!(parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn only_what_moves_the_cursor_is_spelled_out() {
        for url in ["ssh://h/ü'q \"a\"\\.git", "/srv/e\u{301}"] {
            assert_eq!(display_url(url), url);
        }
        assert_eq!(display_url("/a\u{1b}[31m\n\u{7f}'"), "/a\\u{1b}[31m\\n\\u{7f}'");
    }

    #[test]
    fn secrets_are_neither_kept_nor_shown() {
        for (url, shown) in [
            ("https://ada:s3cret@example.com/x", "https://ada:***@example.com/x"),
            ("https://:s3cret@example.com/x", "https://:***@example.com/x"),
            ("https://ada:s3@cret@example.com/x", "https://ada:***@example.com/x"),
            ("ssh://git:s3cret@example.com/x", "ssh://git:***@example.com/x"),
            ("https://ghp_s3cret@example.com/x", "https://***@example.com/x"),
            ("https://s3cret7890123456789012345@example.com", "https://***@example.com"),
            ("https://example.com/x?token=s3cret", "https://example.com/x?***"),
            ("https://ghp_s3cret:x-oauth-basic@example.com/x", "https://***@example.com/x"),
            ("https://ada:s3cret@example.com/x?s3cret", "https://ada:***@example.com/x?***"),
            ("https://ada:p/s3cret@example.com/x", "https://ada:***@example.com/x"),
            ("ada:s3cret@example.com:x", "ada:***@example.com:x"),
            ("https://ada:s3cret@example.com/ü'q", "https://ada:***@example.com/ü'q"),
        ] {
            assert_eq!(display_url(url), shown);
            let refused = refusal(url);
            assert!(refused.contains(shown) && !refused.contains("s3cret"), "{refused}");
        }
        assert!(!refusal("ext::https://ada:s3cret@x").contains("s3cret"));
    }

    #[test]
    fn a_folder_whose_name_ends_with_a_space_is_read_again_as_the_same() {
        let url = parse("x /").unwrap();
        assert!(url.as_str().starts_with("file:///") && url.as_str().ends_with("x%20"), "{url}");
        assert_eq!(RemoteUrl::parse(url.as_str(), Path::new("/elsewhere")).unwrap(), url);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[-a-z:/@?#%.0-9\\PC]{0,24}") {
            let _ = display_url(&text);
            if let Ok(url) = parse(&text) {
                prop_assert!(!url.as_str().starts_with('-') && !url.as_str().contains("\n"));
                prop_assert_eq!(RemoteUrl::parse(url.as_str(), Path::new("/elsewhere")).unwrap(), url);
            }
        }

        #[test]
        fn no_password_is_ever_shown(user in "[a-z]{0,5}", password in "([a-z@]{0,4}|[a-z?#/]{0,4})S3CRET[a-z]{0,4}", scheme in "https?|ssh|git") {
            let url = format!("{scheme}://{user}:{password}@example.com/x");
            prop_assert!(!display_url(&url).contains("S3CRET"), "{}", display_url(&url));
        }
    }
}
