//! Where scopes are said to be.

use super::{Finding, Severity};
use crate::git::url::{RemoteUrl, display_url};
use crate::ops::Workspace;
use crate::ops::remote::known_url;
use crate::ops::scope::known_scopes;

/// Looks at the remote of every scope that is known here.
pub fn examine(workspace: &Workspace) -> Vec<Finding> {
    let scopes = match known_scopes(workspace) {
        Ok(scopes) => scopes,
        Err(error) => return vec![Finding::of_error("unreadable-remotes", "remotes", &error)],
    };
    let mut findings = Vec::new();
    for scope in scopes.into_iter().filter(|scope| !scope.name.is_placeholder()) {
        match known_url(workspace, &scope.name) {
            Ok(Some((url, _))) => {
                if let Err(error) = RemoteUrl::parse(&url, &workspace.layout.root) {
                    let report = crate::errors::report(&error);
                    let what = format!("its remote {} can't be used: {}", display_url(&url), report.message);
                    let way_out = format!("bit remote add {} <url>", scope.name);
                    findings.push(Finding::new("bad-remote", Severity::Error, &scope.name, what).way_out(way_out));
                }
            }
            Ok(None) if scope.components > 0 => {
                let what = "components belong to it, and nobody has said where it is";
                let way_out = format!("bit remote add {} <url>", scope.name);
                findings.push(Finding::new("no-remote", Severity::Notice, &scope.name, what).way_out(way_out));
            }
            Ok(None) => {}
            Err(error) => findings.push(Finding::of_error("bad-remote", &scope.name, &error)),
        }
    }
    findings
}
