//! What was found right before, so that it need not be read again. A file that is absent, damaged or of another shape is
//! no memory; it can be deleted at any time.

use super::Recall;
use super::elsewhere::Questions;
use crate::disk;
use crate::git::{Oid, oid};
use crate::model::{CommitId, Fingerprint, ScopeName, VersionId, fingerprint};
use crate::ops::audit::{Facts, Finding, KnownFacts};
use crate::ops::findings::{Severity, is_healthy};
use crate::ops::trust::TagOf;
use anyhow::Result;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// Goes up with every change of what is checked or how it is written down: what an older program found right may be
/// wrong by what this one knows.
const SHAPE: u32 = 10;

/// Where it is remembered; nowhere, where nobody says.
pub struct Memory {
    file: Option<PathBuf>,
}

/// The state in which all was well.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Sound {
    pub(super) shape: u32,
    /// What stands for catalog, tags, objects, and whatever else was compared. None: something was wrong.
    pub key: Option<Fingerprint>,
    /// The scope.
    pub scope: Option<ScopeName>,
    /// The catalog whose history was read.
    pub catalog: Option<CommitId>,
    /// The files of objects that git found right.
    pub objects: Option<Fingerprint>,
    /// What other scopes were asked.
    pub questions: Questions,
    /// How many versions there were.
    pub versions: usize,
    pub(super) notices: Vec<(String, String, String, String)>,
}

/// What the ref of a version named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagSeen {
    target: Fingerprint,
    /// Its content.
    pub commit: CommitId,
}

/// What the refs of versions named when they were seen first.
pub type TagsSeen = BTreeMap<VersionId, TagSeen>;

impl TagSeen {
    /// A ref that names `target`, which is, or is on, a commit.
    pub fn new(target: Oid, commit: CommitId) -> Self {
        let mut bytes = Fingerprint::default();
        bytes.copy_from_slice(target.as_bytes());
        Self { target: bytes, commit }
    }

    /// What it named: the commit, or an annotated tag on it.
    pub fn target(self) -> Oid {
        // The bytes are those of an id.
        Oid::from_bytes(&self.target).unwrap_or_else(|_| oid(self.commit))
    }
}

/// What earlier catalogs list otherwise than later ones, and a person has accepted.
pub type Accepted = BTreeSet<(VersionId, CommitId)>;

/// What is remembered of versions.
#[derive(Default)]
struct First {
    facts: Vec<Facts>,
    tags: TagsSeen,
    accepted: Accepted,
}

/// The kinds of notices that may be remembered.
const NOTICES: [&str; 12] = [
    "stray-tag",
    "other-tags",
    "card-form",
    "front-page",
    "pins-not-checked",
    "tags-not-checked",
    "dependency-gone",
    "scope-not-asked",
    "other-content",
    "no-catalog",
    "unsigned-catalog",
    "was-changed",
];

impl Memory {
    /// Of a place, in this folder.
    pub fn of(folder: Option<&Path>, place: &str) -> Self {
        // A URL may be anything; a file's name may not.
        let name = fingerprint(place.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Self { file: folder.map(|folder| folder.join(name)) }
    }

    /// The state in which all was well. What is remembered of each version is not read for it.
    pub fn sound(&self, recall: Recall) -> Sound {
        let read = || {
            let mut file = BufReader::new(File::open(self.file.as_ref()?).ok()?);
            postcard::from_bytes(&part(&mut file)?).ok()
        };
        let sound: Option<Sound> = if recall == Recall::Believed { read() } else { None };
        sound.filter(|sound| sound.shape == SHAPE).unwrap_or_default()
    }

    fn first(&self) -> First {
        let read = || {
            let bytes = std::fs::read(self.file.as_ref()?).ok()?;
            let mut bytes = bytes.as_slice();
            let sound: Sound = postcard::from_bytes(&part(&mut bytes)?).ok()?;
            let (facts, tags, accepted): (_, Vec<(VersionId, TagSeen)>, _) =
                postcard::from_bytes(&part(&mut bytes)?).ok()?;
            (sound.shape == SHAPE).then(|| First { facts, tags: tags.into_iter().collect(), accepted })
        };
        read().unwrap_or_default()
    }

    /// The versions that were found right, and what their tags were.
    pub fn seen(&self) -> (KnownFacts, TagsSeen) {
        let First { facts, tags, .. } = self.first();
        (facts.into_iter().map(|facts| (facts.commit, facts)).collect(), tags)
    }

    /// What of a catalog's past a person has accepted.
    pub fn accepted(&self) -> Accepted {
        self.first().accepted
    }

    /// A person accepts that a scope lists these otherwise by now.
    pub fn accept(&self, more: Accepted) {
        let mut first = self.first();
        first.accepted.extend(more);
        self.write(&Sound { shape: SHAPE, ..Sound::default() }, first);
    }

    /// Forgets these versions: bit itself takes them back, or gives them another content.
    pub fn forget_versions(&self, ids: &BTreeSet<VersionId>) {
        let First { mut facts, mut tags, accepted } = self.first();
        let before = facts.len() + tags.len();
        facts.retain(|facts| !ids.contains(&facts.id));
        tags.retain(|id, _| !ids.contains(id));
        if facts.len() + tags.len() < before {
            self.write(&Sound { shape: SHAPE, ..Sound::default() }, First { facts, tags, accepted });
        }
    }

    /// Forgets all but what was accepted.
    pub fn forget(&self) -> Result<()> {
        let accepted = self.accepted();
        self.file.as_ref().map_or(Ok(()), |file| disk::remove_if_there(file))?;
        if !accepted.is_empty() {
            self.write(&Sound { shape: SHAPE, ..Sound::default() }, First { accepted, ..First::default() });
        }
        Ok(())
    }

    /// Remembers. What a version was when it was seen first stays, whatever it is now. That this fails is no failure: it
    /// is worked out again.
    pub fn keep(
        &self,
        mut sound: Sound,
        findings: &[Finding],
        facts: impl IntoIterator<Item = Facts>,
        tags: impl IntoIterator<Item = TagOf>,
        accepted: Accepted,
    ) {
        let mut first = self.first();
        first.accepted.extend(accepted);
        let ids: HashSet<VersionId> = first.facts.iter().map(|facts| facts.id.clone()).collect();
        first.facts.extend(facts.into_iter().filter(|facts| !ids.contains(&facts.id)));
        let faulty: HashSet<&str> = findings.iter().map(|finding| finding.place.as_str()).collect();
        for TagOf { id, target, commit } in tags {
            if !faulty.contains(id.to_string().as_str()) {
                first.tags.entry(id).or_insert_with(|| TagSeen::new(target, commit));
            }
        }
        sound.shape = SHAPE;
        sound.notices = notices(findings).unwrap_or_default();
        if notices(findings).is_none() {
            sound.key = None;
        }
        self.write(&sound, first);
    }

    fn write(&self, sound: &Sound, first: First) {
        let Some(file) = &self.file else { return };
        let rest = (first.facts, first.tags.into_iter().collect::<Vec<_>>(), first.accepted);
        let parts = postcard::to_stdvec(sound).and_then(|head| Ok([head, postcard::to_stdvec(&rest)?]));
        if let (Ok(parts), Some(folder)) = (parts, file.parent()) {
            let mut bytes = Vec::new();
            parts.iter().for_each(|part| add_part(&mut bytes, part));
            let _ = std::fs::create_dir_all(folder).and_then(|()| disk::replace_derived(file, &bytes));
        }
    }
}

/// A part of the file: how long it is, its checksum, and what it says.
fn add_part(bytes: &mut Vec<u8>, part: &[u8]) {
    bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&crc32fast::hash(part).to_le_bytes());
    bytes.extend_from_slice(part);
}

/// The next part, if it is whole.
fn part(file: &mut impl Read) -> Option<Vec<u8>> {
    let (mut length, mut checksum, mut part) = ([0; 8], [0; 4], Vec::new());
    file.read_exact(&mut length).ok()?;
    file.read_exact(&mut checksum).ok()?;
    let length = u64::from_le_bytes(length);
    file.take(length).read_to_end(&mut part).ok()?;
    let is_whole = part.len() as u64 == length && crc32fast::hash(&part) == u32::from_le_bytes(checksum);
    is_whole.then_some(part)
}

/// What is to be told again; nothing where something is wrong.
fn notices(findings: &[Finding]) -> Option<Vec<(String, String, String, String)>> {
    let can_be_told = |finding: &Finding| NOTICES.contains(&finding.kind) && !finding.is_repairable();
    let told = |finding: &Finding| {
        let Finding { kind, place, what, way_out, .. } = finding;
        ((*kind).to_owned(), place.clone(), what.clone(), way_out.clone())
    };
    (is_healthy(findings) && findings.iter().all(can_be_told)).then(|| findings.iter().map(told).collect())
}

impl Sound {
    /// What was told then, where nothing changed since.
    pub fn findings(&self) -> Vec<Finding> {
        let again = |(kind, place, what, way_out): &(String, String, String, String)| {
            let kind = NOTICES.iter().find(|known| *known == kind)?;
            Some(Finding::new(kind, Severity::Notice, place, what.clone()).way_out(way_out.clone()))
        };
        self.notices.iter().filter_map(again).collect()
    }
}

/// Versions with their contents, as they were seen.
pub fn contents(facts: &KnownFacts) -> impl Iterator<Item = (VersionId, CommitId)> {
    facts.values().map(|facts| (facts.id.clone(), facts.commit))
}
