//! Making a repository a scope.

use crate::errors;
use crate::git::remote;
use crate::git::url::RemoteUrl;
use crate::git::{Envelope, Identities, Oid, PackWriter, PushMode, Repo, oid, refs};
use crate::model::{FORMAT, ScopeInfo, ScopeName};
use crate::scope::CatalogDraft;
use anyhow::Result;
use std::collections::BTreeMap;
use std::path::Path;

/// What scope to make, and where.
#[derive(Debug, Clone, Default)]
pub struct CreateOptions {
    /// A folder or a URL.
    pub place: String,
    /// Its name; the place's own without it.
    pub name: Option<ScopeName>,
    /// What it is for.
    pub description: String,
}

/// What was made.
#[derive(Debug)]
pub struct Created {
    /// The scope.
    pub name: ScopeName,
    /// Where it is, without secrets.
    pub url: String,
}

/// Makes an empty repository a scope: its first catalog. A folder that does not exist yet becomes a repository.
pub fn create(cwd: &Path, options: &CreateOptions) -> Result<Created> {
    let url = RemoteUrl::parse(&options.place, cwd)?;
    let name = match &options.name {
        Some(name) => name.clone(),
        None => name_of_place(&url).ok_or_else(|| errors::scope_name_needed(&url.to_string()))?,
    };
    if name.is_placeholder() {
        return Err(errors::placeholder_remote());
    }
    if let Some(folder) = url.local_path()
        && !Repo::exists(folder)
    {
        refuse_full_folder(folder)?;
        Repo::init_bare(folder, folder)?;
    }
    let advertised = remote::list(&url, None)?;
    if !advertised.refs.is_empty() {
        return Err(errors::not_an_empty_repository(&url.to_string()));
    }
    let info =
        ScopeInfo { format: FORMAT, name: name.clone(), description: options.description.clone(), remotes: [].into() };
    push_first_catalog(cwd, &url, &info)?;
    Ok(Created { name, url: url.to_string() })
}

/// The last part of a path or URL, made legal.
fn name_of_place(url: &RemoteUrl) -> Option<ScopeName> {
    let last = url.as_str().trim_end_matches('/').rsplit(['/', ':']).next()?;
    ScopeName::made_legal(last.strip_suffix(".git").unwrap_or(last))
}

fn refuse_full_folder(folder: &Path) -> Result<()> {
    let is_full = std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some());
    if is_full { Err(errors::folder_not_empty(folder)) } else { Ok(()) }
}

/// Pushes the first catalog to the branch that HEAD names there. Not every host tells which that is before the branch
/// exists (over ssh it often can't), so it is looked at afterwards, and a wrong guess is taken back.
fn push_first_catalog(cwd: &Path, url: &RemoteUrl, info: &ScopeInfo) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let repo = Repo::init_bare(folder.path(), folder.path())?;
    let commit = write_first_catalog(cwd, &repo, info)?;
    let mut branches: Vec<String> = remote::unborn_head(url)?.into_iter().collect();
    branches.extend(
        refs::USUAL_HEADS.map(str::to_owned).into_iter().filter(|usual| !branches.contains(usual)).collect::<Vec<_>>(),
    );
    for branch in branches {
        let pushed = [(branch, commit)];
        let report = Envelope::new(&repo, &pushed, folder.path())?.push(url, PushMode::Separate, &mut |_| {})?;
        if let Some((name, why)) = report.refused().first() {
            return Err(errors::push_refused(&info.name, &url.to_string(), name, why));
        }
        if remote::list(url, None)?.head_commit() == Some(commit) {
            return Ok(());
        }
        remote::delete(&repo, url, &pushed)?;
    }
    Err(errors::head_does_not_resolve(&url.to_string()))
}

fn write_first_catalog(cwd: &Path, repo: &Repo, info: &ScopeInfo) -> Result<Oid> {
    let draft = CatalogDraft {
        base: None,
        info: Some(info),
        entries: &BTreeMap::new(),
        message: "a scope begins",
        identities: &Identities::of(cwd)?,
    };
    let mut objects = Vec::new();
    let commit = draft.write(repo, &mut objects)?;
    let mut pack = PackWriter::new(repo)?;
    pack.add(objects)?;
    pack.finish()?;
    Ok(oid(commit))
}
