//! Who may sign the versions of which scopes, and whether versions are signed by them.

mod memory;
mod signers;
mod ssh_line;

pub use signers::Signers;

use super::{Progress, Workspace, side_by_side};
use crate::errors;
use crate::git::{Kind, Oid, RefName, Repo, SignatureSettings, commit_id};
use crate::model::{CommitId, Fingerprint, ScopeName, VersionId, fingerprint};
use crate::workspace::{Layout, SigningRules, WorkspaceConfig};
use anyhow::Result;
use memory::Memory;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Who may sign.
#[derive(Clone)]
pub struct Trust {
    rules: Rules,
    /// The folder whose git configuration counts.
    folder: PathBuf,
    /// A folder for temporary files, and for what is remembered. None: nothing is.
    state: Option<PathBuf>,
}

#[derive(Clone)]
enum Rules {
    /// Nobody asked for signatures.
    None,
    /// As workspace.jsonc says, scope by scope: files below the root.
    Shared(SigningRules),
    /// The same for every scope, by this file.
    All(PathBuf),
}

/// A version's tag.
#[derive(Debug, Clone)]
pub struct TagOf {
    /// The version.
    pub id: VersionId,
    /// What its ref names.
    pub target: Oid,
    /// Its content.
    pub commit: CommitId,
}

/// What was found out about a version's signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trusted {
    /// One of the signers has signed it.
    By(String),
    /// None of them has; who did, in words.
    No(String),
    /// It is not for want of a key: one is missing here, or has expired. In words, with what to do about it.
    ForWantOfKey(String),
}

impl Trusted {
    /// Why it is not signed as it should be, where it is not.
    pub fn refusal(&self) -> Option<&str> {
        match self {
            Self::By(_) => None,
            Self::No(why) | Self::ForWantOfKey(why) => Some(why),
        }
    }
}

/// Whether what was found out before is believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recollection {
    /// It is.
    Believed,
    /// Every signature is looked at again.
    Doubted,
}

impl Trust {
    /// What a workspace asks for.
    pub fn of(workspace: &Workspace) -> Self {
        Self {
            rules: Rules::Shared(workspace.config.signing.clone()),
            folder: workspace.layout.root.clone(),
            state: Some(workspace.scope.state_folder()),
        }
    }

    /// Nobody asks for signatures.
    pub fn nobody(folder: &Path) -> Self {
        Self { rules: Rules::None, folder: folder.to_owned(), state: None }
    }

    /// What a person asks for by naming a file, else what workspace.jsonc around does. `state` is where to remember.
    pub fn asked(cwd: &Path, file: Option<&Path>, state: Option<PathBuf>) -> Result<Self> {
        let (rules, folder) = match (file, Layout::search(cwd)?) {
            (Some(file), _) => (Rules::All(cwd.join(file)), cwd.to_owned()),
            (None, None) => (Rules::None, cwd.to_owned()),
            (None, Some(layout)) => match WorkspaceConfig::read(&layout.config_file())? {
                Some(config) => (Rules::Shared(config.signing), layout.root),
                None => (Rules::None, layout.root),
            },
        };
        // A cache may be new. That it can't be made is told by whoever needs it.
        state.iter().for_each(|state| drop(std::fs::create_dir_all(state)));
        Ok(Self { rules, folder, state })
    }

    /// The same, and what is found good is remembered in a folder of ours.
    pub fn remembering_in(&self, state: PathBuf) -> Self {
        Self { state: Some(state), ..self.clone() }
    }

    /// Whether any scope is asked for signatures.
    pub fn asks(&self) -> bool {
        match &self.rules {
            Rules::None => false,
            Rules::Shared(rules) => rules.files().next().is_some(),
            Rules::All(_) => true,
        }
    }

    /// What stands for all that is asked for. Every file of signers has to be readable.
    pub fn fingerprint(&self) -> Result<Fingerprint> {
        let of = |key: &str, file: &Path, settings: &SignatureSettings| -> Result<Vec<u8>> {
            Ok([key.as_bytes(), &Signers::read(file, settings.clone())?.fingerprint].concat())
        };
        let bytes = match &self.rules {
            Rules::None => Vec::new(),
            Rules::All(file) => of("", file, &SignatureSettings::of(&self.folder)?)?,
            Rules::Shared(rules) if rules.files().next().is_none() => Vec::new(),
            Rules::Shared(rules) => {
                let settings = SignatureSettings::of(&self.folder)?;
                let all = rules.files().map(|(key, file)| of(key, &inside(&self.folder, file)?, &settings));
                all.collect::<Result<Vec<_>>>()?.concat()
            }
        };
        Ok(fingerprint(&bytes))
    }

    /// Who may sign the versions of a scope; none, where it is not asked for signatures.
    pub fn signers_of(&self, scope: &ScopeName) -> Result<Option<Signers>> {
        let file = match &self.rules {
            Rules::None => return Ok(None),
            Rules::All(file) => file.clone(),
            Rules::Shared(rules) => match rules.file_of(scope) {
                Some(path) => inside(&self.folder, path)?,
                None => return Ok(None),
            },
        };
        let settings = SignatureSettings::of(&self.folder)?;
        Signers::read(&file, settings).map(Some)
    }

    /// Looks at versions in a repository, several at once. What was found good before is not looked at again.
    pub fn examine(
        &self,
        place: &Path,
        signers: &Signers,
        tags: &[TagOf],
        recollection: Recollection,
        progress: &dyn Progress,
    ) -> Result<BTreeMap<VersionId, Trusted>> {
        let mut memory = Memory::open(self.state.as_deref(), signers);
        let repo = Repo::open(place)?;
        let (mut found, mut unseen) = (BTreeMap::new(), Vec::new());
        for tag in tags {
            let known = match recollection {
                Recollection::Believed => memory.signer_of(tag),
                Recollection::Doubted => None,
            };
            match (known, plain_fault(&repo, tag)) {
                (_, Some(fault)) => drop(found.insert(tag.id.clone(), Trusted::No(fault))),
                (Some(name), None) => drop(found.insert(tag.id.clone(), Trusted::By(name))),
                (None, None) => unseen.push(tag),
            }
        }
        if unseen.is_empty() {
            return Ok(found);
        }
        progress.stage("checking signatures", unseen.len());
        let raw = |tag: &&TagOf| repo.raw(tag.target, repo.kind_of(tag.target)?);
        let objects = unseen.iter().map(raw).collect::<Result<Vec<_>>>()?;
        let desk = signers.desk(self.state.as_deref(), objects)?;
        let judged = side_by_side(&unseen, |tag| {
            let signature = desk.judge(tag.target)?;
            progress.advance(1);
            Ok(signature)
        })?;
        for (tag, judged) in unseen.into_iter().zip(judged) {
            if let Trusted::By(name) = &judged {
                memory.note(tag, name);
            }
            found.insert(tag.id.clone(), judged);
        }
        memory.keep();
        Ok(found)
    }

    /// Those of these versions that were found to be signed by one of them.
    pub fn remembered(&self, signers: &Signers, tags: &[TagOf]) -> BTreeSet<VersionId> {
        let memory = Memory::open(self.state.as_deref(), signers);
        tags.iter().filter(|tag| memory.signer_of(tag).is_some()).map(|tag| tag.id.clone()).collect()
    }

    /// Whose signature a tag bears, in words, allowed or not; nobody's, where it has none.
    pub fn describe(&self, repo: &Repo, scope: &ScopeName, target: Oid) -> Result<Option<String>> {
        if repo.kind_of(target)? != Kind::Tag {
            return Ok(None);
        }
        let signers = match self.signers_of(scope)? {
            Some(signers) => signers,
            None => Signers::anybody(SignatureSettings::of(&self.folder)?),
        };
        signers.desk(self.state.as_deref(), vec![repo.raw(target, Kind::Tag)?])?.describe(target)
    }

    /// The same for the newest commit of a catalog. No version depends on it: that nobody can judge it here, a host's own
    /// signature say, is told as a reason.
    pub fn judge_commit(&self, place: &Path, signers: &Signers, commit: Oid) -> Result<Trusted> {
        let commit_object = Repo::open(place)?.raw(commit, Kind::Commit)?;
        let judged = signers.desk(self.state.as_deref(), vec![commit_object])?.judge(commit);
        judged.or_else(|error| match errors::lacks_judge(&error) {
            true => Ok(Trusted::No(errors::in_one_line(&error))),
            false => Err(error),
        })
    }
}

/// What can be said without a look at the signature: there is none, or it is for another version.
fn plain_fault(repo: &Repo, tag: &TagOf) -> Option<String> {
    if commit_id(tag.target) == tag.commit {
        return Some("nobody signed it".to_owned());
    }
    // What was seen before need not be here.
    let said = repo.tag(tag.target).ok()?;
    match () {
        () if commit_id(said.target) != tag.commit => Some("what is signed is another commit".to_owned()),
        () if said.name != RefName::short_in_scope(&tag.id) => {
            Some(format!("what is signed is \"{}\"", said.name.escape_debug()))
        }
        () => None,
    }
}

/// A file of the workspace: no symbolic link leads out of it.
fn inside(root: &Path, path: &str) -> Result<PathBuf> {
    let file = root.join(path);
    let unreadable = |why: &str| errors::signers_unreadable(&file, why);
    let real = file.canonicalize().map_err(|error| unreadable(&error.to_string()))?;
    match real.starts_with(root.canonicalize()?) {
        true => Ok(file),
        false => Err(unreadable("a symbolic link leads out of the workspace")),
    }
}
