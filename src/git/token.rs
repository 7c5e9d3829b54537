//! A password or token on its way to git: by environment variables and [askpass](super::askpass), never by an
//! argument or a file.

use super::command::Git;
use super::host::{Address, Host};
use super::masking;
use super::url::RemoteUrl;
use crate::errors::TokenKept;
use std::env;
use std::ffi::OsString;

/// The token itself; set by a CI job, or by us for a git that we start.
const TOKEN: &str = "BIT_TOKEN";
/// Whose it is.
const USERNAME: &str = "BIT_USERNAME";
/// The only host that gets it.
const HOST: &str = "BIT_TOKEN_HOST";
/// All of these: what bit itself is trusted with. Programs that strangers wrote do not see them, nor does a git that is
/// not to ask this program for the token: its hooks would.
pub const SECRETS: [&str; 3] = [TOKEN, USERNAME, HOST];
/// Set where git may start this program as its askpass; says what else may answer.
pub(super) const ASKPASS: &str = "BIT_ASKPASS";
/// The askpass that the person had.
pub(super) const FORMER_ASKPASS: &str = "BIT_FORMER_ASKPASS";
/// A value of [`ASKPASS`]: nobody else answers.
pub(super) const ALONE: &str = "alone";
/// A value of [`ASKPASS`]: what is not for us is asked of the askpass that the person had.
const BEFORE_OTHERS: &str = "before others";

/// A password or token. It has no way to be printed, and what others say is masked where it holds it.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Takes it; the line break at its end is none of it. `None`: it is empty, or nothing that git could send.
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_end_matches(['\n', '\r']);
        let is_usable = !text.is_empty() && !text.chars().any(char::is_control);
        is_usable.then(|| {
            masking::remember(text);
            Self(text.to_owned())
        })
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

/// A secret with the host that it is for.
pub(super) struct Token {
    host: Host,
    user: Option<String>,
    secret: Secret,
}

/// What else may answer when git asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Company {
    /// Nothing: it is this token that is tried.
    Alone,
    /// What the person has set up, for other hosts.
    BeforeOthers,
}

impl Token {
    /// A token for the host of an address.
    pub fn new(address: &Address, user: &str, secret: Secret) -> Self {
        Self { host: address.host.clone(), user: Some(user.to_owned()), secret }
    }

    /// The token of a CI job.
    pub fn of_environment() -> Result<Self, TokenKept> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let text = |value: OsString| value.into_string().map_err(|_| TokenKept::Unusable);
        let token = text(set(TOKEN).ok_or(TokenKept::Unset)?)?;
        let secret = Secret::new(&token).ok_or(TokenKept::Unusable)?;
        let host = text(set(HOST).ok_or(TokenKept::NoHost)?)?;
        let host = Host::parse(&host).ok_or(TokenKept::BadHost)?;
        let user = set(USERNAME).map(text).transpose()?;
        match user {
            Some(user) if user.chars().any(char::is_control) => Err(TokenKept::Unusable),
            user => Ok(Self { host, user, secret }),
        }
    }

    /// Whether a place may get it. Where others could read it on the way, none does.
    pub fn goes_to(&self, address: &Address) -> Result<(), TokenKept> {
        match () {
            () if !address.is_at(&self.host) => Err(TokenKept::OtherHost(self.host.to_string())),
            () if !address.is_private() => Err(TokenKept::Unencrypted),
            () => Ok(()),
        }
    }

    /// The user's name, for a URL that names none.
    pub fn user(&self) -> &str {
        self.user.as_deref().unwrap_or(USUAL_USER)
    }

    pub fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// Sends it along with a call of git, which asks this very program for it.
    ///
    /// The person's helpers are asked for everything but that host: they may know another password for it, and
    /// would keep this one.
    pub fn accompany(&self, git: Git, company: Company) -> Git {
        // Without a path to this program nothing is sent, and the host says that it wants to know who asks.
        let Ok(program) = env::current_exe() else { return git };
        let git = git
            .env("GIT_ASKPASS", program)
            // Without it git 2.47 and newer would not even ask us.
            .config("credential.interactive", "true")
            .env(TOKEN, self.secret())
            .env(HOST, self.host.to_string())
            .env(USERNAME, self.user.as_deref().unwrap_or_default());
        let git = match company {
            Company::Alone => git.env(ASKPASS, ALONE),
            // Started by a hook of a git of ours, GIT_ASKPASS is this program already.
            Company::BeforeOthers => match env::var_os("GIT_ASKPASS").filter(|_| env::var_os(ASKPASS).is_none()) {
                Some(former) => git.env(FORMER_ASKPASS, former),
                None => git,
            }
            .env(ASKPASS, BEFORE_OTHERS),
        };
        self.configure(git)
    }

    fn configure(&self, git: Git) -> Git {
        let schemes: &[&str] = if self.host.is_loopback() { &["https", "http"] } else { &["https"] };
        schemes.iter().fold(git, |git, scheme| {
            let key = |name: &str| format!("credential.{scheme}://{}.{name}", self.host);
            // A path in the question could be made to look like another host.
            let git = git.config(&key("helper"), "").config(&key("useHttpPath"), "false");
            match &self.user {
                Some(user) => git.hidden_config(&key("username"), user),
                None => git,
            }
        })
    }
}

/// The user's name where nothing says one: hosts that take tokens seldom look at it.
pub const USUAL_USER: &str = "git";

/// A URL as git is to dial it: without its user, where the token of a CI job comes with a user of its own.
pub(super) fn dialled(url: &RemoteUrl) -> String {
    let address = Address::parse(url.as_str());
    let (Some(address), Ok(token)) = (address, Token::of_environment()) else { return url.as_str().to_owned() };
    match token.user.is_some() && token.goes_to(&address).is_ok() {
        true => url.without_user(),
        false => url.as_str().to_owned(),
    }
}

/// Why a place did not get the token of a CI job; `None`: it got it.
pub(super) fn kept_from(url: &RemoteUrl) -> Option<TokenKept> {
    let address = Address::parse(url.as_str())?;
    Token::of_environment().and_then(|token| token.goes_to(&address)).err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_its_host_and_nowhere_else() {
        let address = |url: &str| Address::parse(url).unwrap();
        let token = Token::new(&address("https://h:8443/x"), "ada", Secret::new("s3cret-of-h").unwrap());
        assert_eq!(token.goes_to(&address("https://h:8443")), Ok(()));
        assert_eq!(token.goes_to(&address("http://h:8443")), Err(TokenKept::Unencrypted));
        for other in ["https://h", "https://h.evil.com:8443", "https://evil.com:8443/h"] {
            assert_eq!(token.goes_to(&address(other)), Err(TokenKept::OtherHost("h:8443".into())));
        }
        let token = Token::new(&address("http://127.0.0.1:80"), "ada", Secret::new("s3cret-of-me").unwrap());
        assert_eq!(token.goes_to(&address("http://127.0.0.1/x")), Ok(()));
    }

    #[test]
    fn a_secret_is_one_line() {
        assert_eq!(Secret::new(" a\r\n").map(|secret| secret.0), Some(" a".into()));
        for bad in ["", "\n", "a\nb", "a\0"] {
            assert!(Secret::new(bad).is_none(), "{bad:?}");
        }
    }
}
