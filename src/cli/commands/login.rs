use super::current_folder;
use crate::cli::ui::{Ui, dim, good};
use crate::errors::{self, for_shell};
use crate::git::Secret;
use crate::ops::login::{self, Door, Key, LoggedIn, LoggedOut, LoginOptions};
use anyhow::Result;
use clap::Args;
use serde_json::json;
use std::process::ExitCode;

/// Log in to the host of a scope: git's credential helper remembers the password
///
/// Asks for a password or token, tries it at the host, and only then hands it to git's own credential helper, which
/// every git command uses too. For http and https; ssh has its keys. In CI nobody needs to log in: set BIT_TOKEN and
/// BIT_TOKEN_HOST (and BIT_USERNAME, where the host looks at it).
#[derive(Args)]
pub struct Login {
    /// A scope or its URL; without it the workspace's default scope, or the only remote
    #[arg(value_name = "SCOPE OR URL")]
    place: Option<String>,
    /// The user's name: without it that of the URL, else the one that git knows, else "git"
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the password or token from standard input
    #[arg(long)]
    token_stdin: bool,
}

/// Log out: git's credential helper forgets the password
#[derive(Args)]
pub struct Logout {
    /// A scope or its URL; without it the workspace's default scope, or the only remote
    #[arg(value_name = "SCOPE OR URL")]
    place: Option<String>,
    /// Only this user
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
}

impl Login {
    /// Logs in and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = LoginOptions { place: self.place, username: self.username };
        let login = match login::begin(&current_folder()?, &options, &ui.progress())? {
            Door::Open { url, by } => {
                ui.json(&json!({"url": url.to_string(), "user": null, "stored": false, "helpers": []}))?;
                ui.line(format!("{}: {}", good("nothing to log in to"), what_counts(&url.to_string(), by)));
                return Ok(ExitCode::SUCCESS);
            }
            Door::Password(login) => login,
        };
        let (user, url) = (login.user(), login.url());
        let source = if self.token_stdin { Source::Stdin } else { Source::Person };
        let secret = ask(ui, source, user, &url.to_string())?;
        tell(ui, &login.finish(&secret)?)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Where a token comes from.
enum Source {
    Stdin,
    Person,
}

fn ask(ui: &Ui, source: Source, user: &str, url: &str) -> Result<Secret> {
    let text = match source {
        // At a terminal it is typed, which nobody should see.
        Source::Stdin if !ui.has_person() => Some(ui.secret_from_stdin()?),
        Source::Person if !ui.has_person() => return Err(errors::token_needed(url)),
        _ => ui.ask_secret(&format!("password or token of {user} for {url}: "))?,
    };
    text.as_deref().and_then(Secret::new).ok_or_else(errors::no_token)
}

fn tell(ui: &Ui, LoggedIn { url, user, helpers, hidden_by }: &LoggedIn) -> Result<()> {
    ui.json(&json!({"url": url.to_string(), "user": user, "stored": true, "helpers": helpers}))?;
    let names = helpers.join(", ");
    ui.line(format!("{} to {url} as {user} {}", good("logged in"), dim(format!("(remembered by {names})"))));
    if helpers.iter().any(|helper| helper.split(' ').next() == Some("store")) {
        ui.note("the helper \"store\" keeps passwords in a file, in plain text");
    }
    if let Some(other) = hidden_by {
        ui.warning(format!(
            "git takes the password of {other} for this URL first: \"bit logout --username {} {}\" ends that",
            for_shell(other),
            for_shell(&url.to_string())
        ));
    }
    Ok(())
}

impl Logout {
    /// Logs out and tells.
    pub fn run(self, ui: &Ui) -> Result<ExitCode> {
        let options = LoginOptions { place: self.place, username: self.username };
        let LoggedOut { url, users, instead } = login::logout(&current_folder()?, &options, &ui.progress())?;
        ui.json(&json!({"url": url.to_string(), "users": users}))?;
        ui.line(match (instead, users.as_slice()) {
            (Some(by), _) => format!("nothing to log out of: {}", what_counts(&url.to_string(), by)),
            (None, []) => format!("nobody was logged in to {url}, as far as git's helpers know"),
            (None, users) => format!("{} of {url}: {}", good("logged out"), users.join(", ")),
        });
        Ok(ExitCode::SUCCESS)
    }
}

fn what_counts(url: &str, by: Key) -> String {
    match by {
        Key::FolderRights => format!("{url} is a folder: its permissions say who may read and write it"),
        Key::SshKeys => format!("at {url} your ssh keys count, no password"),
        Key::Nothing => format!("{url} asks nobody who they are"),
        Key::NoPassword => format!("{url} asks for no password"),
    }
}
