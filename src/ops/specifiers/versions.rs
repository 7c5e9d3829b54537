//! The files of versions. A file that many versions share is read and written once.

use super::{Look, Told, Unparsable};
use crate::errors;
use crate::git::{Kind, Oid, PackWriter, RawObject, Repo};
use crate::scope::StoredVersion;
use crate::source::imports::{can_import, with_readers};
use crate::source::rewrite::{NewNames, Renamed};
use anyhow::{Result, anyhow};
use rayon::prelude::*;
use std::collections::{HashMap, HashSet};

/// A file by its path in a version and its content: the path says the language.
type File = (String, Oid);

/// What files become: their new contents by their paths and old ones.
pub type NewBlobs = HashMap<File, Oid>;

/// The specifiers that change in the files of some versions, the author's files and the built ones.
pub struct VersionSpecifiers {
    changes: HashMap<File, Vec<Renamed>>,
    /// What a person is told: a file that many versions share is told of the first.
    pub told: Told,
}

impl VersionSpecifiers {
    /// Looks at all files. Where one can't be parsed all such are refused, unless they may stay.
    pub fn find(repo: &Repo, versions: &[StoredVersion], names: &NewNames, unparsable: Unparsable) -> Result<Self> {
        let look = |_: &str, (path, _): &File, bytes: &[u8]| Look::at(names, path, bytes);
        let (mut changes, mut told) = (HashMap::new(), Told::default());
        for (place, file, look) in each_importing_file(repo, versions, &look)? {
            told.note(place, &look);
            match look {
                Look::Changes(found) if !found.is_empty() => drop(changes.insert(file, found)),
                _ => {}
            }
        }
        match unparsable {
            Unparsable::Refuse if !told.left.is_empty() => Err(errors::unparsable_sources(&told.unparsed())),
            _ => Ok(Self { changes, told }),
        }
    }

    /// Writes the files as they are to be.
    pub fn write(&self, repo: &Repo, pack: &mut PackWriter) -> Result<NewBlobs> {
        /// What waits to be compressed is bounded.
        const AT_ONCE: usize = 4 << 20;
        let (mut blobs, mut objects, mut waiting) = (NewBlobs::with_capacity(self.changes.len()), Vec::new(), 0);
        for (file, changes) in &self.changes {
            let object = RawObject::new(Kind::Blob, Renamed::apply(&repo.blob(file.1)?, changes));
            blobs.insert(file.clone(), object.oid);
            waiting += object.bytes.len();
            objects.push(object);
            if waiting > AT_ONCE {
                pack.add(std::mem::take(&mut objects))?;
                waiting = 0;
            }
        }
        pack.add(objects)?;
        Ok(blobs)
    }
}

/// Looks at every file of these versions that can import, side by side, in the order of the versions. The look gets
/// the file's place, in words, the file and its bytes.
pub fn each_importing_file<T: Send>(
    repo: &Repo,
    versions: &[StoredVersion],
    look: &(dyn Fn(&str, &File, &[u8]) -> T + Sync),
) -> Result<Vec<(String, File, T)>> {
    let mut seen: HashSet<File> = HashSet::new();
    let mut files: Vec<(String, File)> = Vec::new();
    for version in versions {
        for file in version.all_files(repo)?.into_iter().filter(|file| can_import(&file.path)) {
            let place = format!("{}: {}", version.id(), file.path);
            let file = (file.path, file.blob);
            if seen.insert(file.clone()) {
                files.push((place, file));
            }
        }
    }
    let path = repo.path();
    let read = |repo: &mut Result<Repo>, (place, file): (String, File)| -> Result<(String, File, T)> {
        let repo = repo.as_ref().map_err(|error| anyhow!("{error:#}"))?;
        let found = look(&place, &file, &repo.blob(file.1)?);
        Ok((place, file, found))
    };
    with_readers(|| files.into_par_iter().with_min_len(16).map_init(|| Repo::open(path), read).collect())
}
