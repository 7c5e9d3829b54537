//! Which scopes are mirrored from where to where: as typed, from a list of names, or from a file of jobs.

use super::Job;
use super::choice::{Choice, ChoiceWords};
use crate::errors;
use crate::git::url::RemoteUrl;
use crate::model::ScopeName;
use crate::ops::trust::Trust;
use crate::ops::{Place, Progress, Workspace};
use crate::scope::LocalScope;
use crate::workspace::{Layout, parse_json, text_of, without_bom};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};

/// What is to be mirrored, in a person's words.
#[derive(Debug, Clone, Default)]
pub struct JobsOptions {
    /// The source, and its destinations.
    pub places: Vec<String>,
    /// A file with a scope's name a line: each stands for `{scope}`, `{owner}` and `{name}` in the places.
    pub scope_list: Option<PathBuf>,
    /// A file of jobs.
    pub config: Option<PathBuf>,
    /// Which versions.
    pub choice: ChoiceWords,
    /// A file of those who may sign; none: what workspace.jsonc says.
    pub signers: Option<PathBuf>,
}

/// All that is to be mirrored.
pub struct Jobs {
    /// One a scope.
    pub list: Vec<Job>,
    /// The workspace around: its remotes say where scopes are, and it knows what they were.
    pub workspace: Option<Workspace>,
    /// Who may sign the versions that are mirrored.
    pub trust: Trust,
}

/// The file of jobs.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    scopes: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    from: String,
    to: Vec<String>,
    #[serde(default)]
    include: Vec<String>,
    #[serde(default)]
    exclude: Vec<String>,
}

/// A job in a person's words.
#[derive(PartialEq)]
struct Asked {
    from: String,
    to: Vec<String>,
    words: ChoiceWords,
    /// The scope that the source has to be.
    scope: Option<ScopeName>,
}

/// Works it out. Nothing is dialled yet; whatever is wrong is wrong with the command line.
pub fn jobs(cwd: &Path, options: &JobsOptions, progress: &dyn Progress) -> Result<Jobs> {
    let asked = without_repeats(asked(cwd, options).map_err(errors::as_usage)?);
    if asked.is_empty() {
        // A job that mirrors nothing would look like one that does.
        let file = options.scope_list.as_ref().or(options.config.as_ref());
        return Err(errors::mirror_names_no_scope(file.map_or(Path::new(""), PathBuf::as_path)));
    }
    let names_scope = asked.iter().any(|asked| [&asked.from].into_iter().chain(&asked.to).any(|text| is_name(text)));
    let workspace = if names_scope { Workspace::open_if_any(cwd, progress)? } else { around(cwd) };
    let list = asked.iter().map(|asked| job(asked, cwd, workspace.as_ref())).collect::<Result<_>>();
    let trust = Trust::asked(cwd, options.signers.as_deref(), None).map_err(errors::as_usage)?;
    // With a file that can't be read nobody could be asked for anything.
    trust.fingerprint().map_err(errors::as_usage)?;
    Ok(Jobs { list: list.map_err(errors::as_usage)?, workspace, trust })
}

/// What stands in a file twice is done once.
fn without_repeats(all: Vec<Asked>) -> Vec<Asked> {
    let mut once: Vec<Asked> = Vec::new();
    for asked in all {
        if !once.contains(&asked) {
            once.push(asked);
        }
    }
    once
}

fn is_name(text: &str) -> bool {
    ScopeName::new(text).is_ok()
}

fn asked(cwd: &Path, options: &JobsOptions) -> Result<Vec<Asked>> {
    let words = &options.choice;
    match (&options.scope_list, &options.config, options.places.split_first()) {
        (Some(_), Some(_), _) | (_, Some(_), Some(_)) => Err(errors::mirror_config_says_it_all()),
        (None, Some(config), None) => from_config(&cwd.join(config), words),
        (_, _, None) => Err(errors::mirror_needs_places()),
        (_, _, Some((_, []))) => Err(errors::mirror_needs_destination()),
        (None, None, Some((from, to))) => {
            [from].into_iter().chain(to).try_for_each(|place| refuse_placeholder(place))?;
            Ok(vec![Asked { from: from.clone(), to: to.to_vec(), words: words.clone(), scope: None }])
        }
        (Some(list), None, Some((from, to))) => from_list(&cwd.join(list), from, to, words),
    }
}

fn read(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("could not read {}", path.display()))?;
    text_of(path, bytes)
}

fn from_config(path: &Path, words: &ChoiceWords) -> Result<Vec<Asked>> {
    let config: Config = parse_json(path, &read(path)?)?;
    let asked = |entry: Entry| {
        let joined = |mine: &[String], theirs: Vec<String>| mine.iter().cloned().chain(theirs).collect();
        [&entry.from].into_iter().chain(&entry.to).try_for_each(|place| refuse_placeholder(place))?;
        // Whether both have to match or one of them is for a person to say.
        if !words.include.is_empty() && !entry.include.is_empty() {
            return Err(errors::mirror_config_chooses_itself(&crate::git::url::display_url(&entry.from)));
        }
        let words = ChoiceWords {
            include: joined(&words.include, entry.include),
            exclude: joined(&words.exclude, entry.exclude),
            since: words.since.clone(),
        };
        match entry.to.is_empty() {
            true => Err(errors::mirror_needs_destination()),
            false => Ok(Asked { from: entry.from, to: entry.to, words, scope: None }),
        }
    };
    config.scopes.into_iter().map(asked).collect()
}

/// Without a list of names nothing stands for `{scope}`: a folder of that very name would be made.
fn refuse_placeholder(place: &str) -> Result<()> {
    match ["{scope}", "{owner}", "{name}"].into_iter().find(|word| place.contains(word)) {
        Some(word) => Err(errors::mirror_placeholder_without_list(&crate::git::url::display_url(place), word)),
        None => Ok(()),
    }
}

fn from_list(path: &Path, from: &str, to: &[String], words: &ChoiceWords) -> Result<Vec<Asked>> {
    let holds_name = |text: &&str| ["{scope}", "{name}"].iter().any(|word| text.contains(word));
    for place in [from].into_iter().chain(to.iter().map(String::as_str)) {
        if !holds_name(&place) {
            return Err(errors::mirror_one_place_for_all(&crate::git::url::display_url(place)));
        }
    }
    let text = read(path)?;
    let lines = without_bom(&text).lines().map(without_comment);
    let asked = |line: &str| {
        let scope = ScopeName::new(line)?;
        let place = |text: &str| {
            let owner = scope.owner().unwrap_or_default();
            text.replace("{name}", scope.base()).replace("{owner}", owner).replace("{scope}", scope.as_str())
        };
        let to = to.iter().map(|text| place(text)).collect();
        Ok(Asked { from: place(from), to, words: words.clone(), scope: Some(scope.clone()) })
    };
    lines.filter(|line| !line.is_empty()).map(asked).collect()
}

/// What a line says before a comment, which begins with `#` or, as in a file of jobs, with `//`.
fn without_comment(line: &str) -> &str {
    let line = line.split('#').next().unwrap_or_default();
    let is_apart = |at: &usize| line[..*at].chars().next_back().is_none_or(char::is_whitespace);
    let begin = line.match_indices("//").map(|(at, _)| at).find(is_apart);
    line[..begin.unwrap_or(line.len())].trim()
}

/// Where nobody asks it for a way, one that can't be opened is in nobody's way.
fn around(cwd: &Path) -> Option<Workspace> {
    let layout = Layout::search(cwd).ok().flatten()?;
    LocalScope::exists(&layout.local_scope).then(|| Workspace::look(&layout).ok()).flatten()
}

fn job(asked: &Asked, cwd: &Path, workspace: Option<&Workspace>) -> Result<Job> {
    let named = Place::parse(&asked.from, cwd)?;
    let from = named.url_for(cwd, workspace).map_err(errors::as_usage)?;
    let mut to: Vec<RemoteUrl> = Vec::new();
    for text in &asked.to {
        let url = Place::parse(text, cwd)?.url_for(cwd, workspace).map_err(errors::as_usage)?;
        if [&from].into_iter().chain(&to).any(|other| is_same_place(other, &url)) {
            return Err(errors::mirror_twice_the_same(&url.to_string()));
        }
        to.push(url);
    }
    Ok(Job { place: named, listed: asked.scope.clone(), from, to, choice: Choice::read(&asked.words)? })
}

/// Whether two names are those of one place: of a folder there are many.
fn is_same_place(one: &RemoteUrl, other: &RemoteUrl) -> bool {
    let folder = |url: &RemoteUrl| url.local_path().and_then(|path| fs::canonicalize(path).ok());
    one == other || folder(one).is_some_and(|place| folder(other) == Some(place))
}
