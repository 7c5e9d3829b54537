//! The files of versions. A file that many versions share is read and written once for each set of names.

use super::{Look, Told, Unparsable};
use crate::errors;
use crate::git::{Kind, Oid, PackWriter, RawObject, Repo};
use crate::scope::{MANIFEST, PACKAGE_JSON, StoredVersion};
use crate::source::imports::with_readers;
use crate::source::rewrite::{NewNames, Renamed};
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// A file: the path says the language.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct File {
    /// Which set of names counts for it.
    pub names: usize,
    /// Its path in a version.
    pub path: String,
    /// Its content.
    pub blob: Oid,
}

/// A version, and the set of names that counts for its files.
pub type Looked<'v> = (&'v StoredVersion, usize);

/// What files become: their new contents.
pub type NewBlobs = HashMap<File, Oid>;

/// The specifiers that change in the files of some versions, the author's files and the built ones.
#[derive(Default)]
pub struct VersionSpecifiers {
    names: Vec<NewNames>,
    changes: HashMap<File, Vec<Renamed>>,
    /// What a person is told: a file that many versions share is told of the first.
    pub told: Told,
}

impl VersionSpecifiers {
    /// Looks at all files. Where one can't be parsed all such are refused, unless they may stay.
    pub fn find(repo: &Repo, versions: &[Looked], names: &[NewNames], unparsable: Unparsable) -> Result<Self> {
        let look = |_: &str, file: &File, bytes: &[u8]| {
            Some(Look::at(&names[file.names], &file.path, bytes)).filter(Look::says_something)
        };
        let mut found = Self { names: names.to_vec(), ..Self::default() };
        for (place, file, look) in each_file(repo, versions, &look)? {
            found.told.note(place, &look);
            match look {
                Look::Changes(changes, _) if !changes.is_empty() => drop(found.changes.insert(file, changes)),
                _ => {}
            }
        }
        match unparsable {
            Unparsable::Refuse if !found.told.left.is_empty() => {
                Err(errors::unparsable_sources(&found.told.unparsed()))
            }
            _ => Ok(found),
        }
    }

    /// What changes in a file.
    pub fn changes_in(&self, file: &File) -> Option<&[Renamed]> {
        self.changes.get(file).map(Vec::as_slice)
    }

    /// A set of names.
    pub fn names(&self, at: usize) -> &NewNames {
        &self.names[at]
    }

    /// Writes the files as they are to be.
    pub fn write(&self, repo: &Repo, pack: &mut PackWriter) -> Result<NewBlobs> {
        /// What waits to be compressed is bounded.
        const AT_ONCE: usize = 1024;
        let mut blobs = NewBlobs::with_capacity(self.changes.len());
        let changes: Vec<(&File, &Vec<Renamed>)> = self.changes.iter().collect();
        let place = repo.path();
        let make = |repo: &mut Result<Repo>, (file, changes): &(&File, &Vec<Renamed>)| {
            let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            Ok(RawObject::new(Kind::Blob, Renamed::apply(&repo.blob(file.blob)?, changes)))
        };
        for some in changes.chunks(AT_ONCE) {
            // A worker opens the repository once, which is dear.
            let share = some.len().div_ceil(rayon::current_num_threads()).max(64);
            let objects: Vec<RawObject> =
                some.par_iter().with_min_len(share).map_init(|| Repo::open(place), make).collect::<Result<_>>()?;
            blobs.extend(some.iter().zip(&objects).map(|((file, _), object)| ((*file).clone(), object.oid)));
            pack.add(objects)?;
        }
        Ok(blobs)
    }
}

/// A look at a file: its place in words, the file, and its bytes.
pub type FileLook<'l, T> = dyn Fn(&str, &File, &[u8]) -> Option<T> + Sync + 'l;

/// Looks at every file of these versions, side by side, in the order of the versions; what is generated is left out.
pub fn each_file<T: Send>(repo: &Repo, versions: &[Looked], look: &FileLook<T>) -> Result<Vec<(String, File, T)>> {
    let place = repo.path();
    let list = |repo: &mut Result<Repo>, (version, _): &Looked| match repo {
        Ok(repo) => version.all_files(repo),
        Err(error) => Err(anyhow!("{error:#}")),
    };
    let share = versions.len().div_ceil(rayon::current_num_threads()).max(64);
    let lists: Vec<_> =
        versions.par_iter().with_min_len(share).map_init(|| Repo::open(place), list).collect::<Result<_>>()?;
    let mut seen: HashSet<File> = HashSet::new();
    let mut files: Vec<(&StoredVersion, File)> = Vec::new();
    for ((version, names), list) in versions.iter().zip(lists) {
        for file in list.into_iter().filter(|file| !is_generated(&file.path)) {
            let file = File { names: *names, path: file.path, blob: file.blob };
            if seen.insert(file.clone()) {
                files.push((version, file));
            }
        }
    }
    drop(seen);
    let read =
        |repo: &mut Result<Repo>, (version, file): (&StoredVersion, File)| -> Result<Option<(String, File, T)>> {
            let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
            let place = format!("{}: {}", version.id(), file.path);
            let found = look(&place, &file, &repo.blob(file.blob)?);
            Ok(found.map(|found| (place, file, found)))
        };
    let share = files.len().div_ceil(4 * rayon::current_num_threads()).max(16);
    let read = files.into_par_iter().with_min_len(share).map_init(|| Repo::open(place), read);
    let found: Vec<Option<(String, File, T)>> = with_readers(|| read.collect::<Result<_>>())?;
    Ok(found.into_iter().flatten().collect())
}

/// Whether a file is bit's own, or a source map: it follows, and quotes what stands in other files.
fn is_generated(path: &str) -> bool {
    matches!(path, MANIFEST | PACKAGE_JSON) || path.ends_with(".map")
}
