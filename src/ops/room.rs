//! Room for a component's folder.

use crate::workspace::Bitmap;
use std::fs;
use std::path::Path;

/// A folder that lies in no other component's, nor around one: `ui/foo_1/bar` for `ui/foo/bar` beside `ui/foo`.
pub fn free_of_others(bitmap: &Bitmap, root: &Path, wanted: &str) -> String {
    let mut path = wanted.to_owned();
    loop {
        let taken = match bitmap.containing(&path) {
            Some(other) => other.root_dir.clone(),
            None if bitmap.inside(&path).next().is_some() => path.clone(),
            None => return path,
        };
        let rest = path[taken.len()..].to_owned();
        let numbered = (1..).map(|number| format!("{taken}_{number}"));
        let mut free =
            numbered.filter(|folder| bitmap.at(folder).is_none() && !is_taken(root, &format!("{folder}{rest}")));
        // Some number is free: there are only so many folders.
        path = format!("{}{rest}", free.next().unwrap_or(taken));
    }
}

/// The part of the way to a folder where something stands that is no folder.
pub fn blocked_at<'p>(root: &Path, folder: &'p str) -> Option<&'p str> {
    let above = folder.match_indices('/').map(|(end, _)| &folder[..end]);
    above.into_iter().find(|above| fs::metadata(root.join(above)).is_ok_and(|found| !found.is_dir()))
}

/// Whether a file stands there, or a folder that is not empty.
pub fn is_taken(root: &Path, folder: &str) -> bool {
    let path = root.join(folder);
    path.is_file() || fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_some())
}
