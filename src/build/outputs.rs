//! What a command made: the files below its outputs, if they are what a version can hold.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A file that a build made.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Made {
    /// '/'-separated, from the component's root.
    pub path: String,
    /// Whether it is a program.
    pub executable: bool,
    /// What it holds.
    pub content: Vec<u8>,
}

/// The outputs that a command did not make. An empty folder is there: it says that there is nothing.
pub fn missing(capsule: &Path, outputs: &[String]) -> Vec<String> {
    let is_missing = |output: &&String| {
        let found = fs::symlink_metadata(capsule.join(output));
        found.is_err_and(|error| matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory))
    };
    outputs.iter().filter(is_missing).cloned().collect()
}

/// Reads every file of the outputs, sorted by path. The error says what is wrong.
pub fn collect(capsule: &Path, outputs: &[String], largest: u64) -> Result<Vec<Made>, String> {
    let mut reader = Reader { capsule, largest, made: Vec::new() };
    for output in outputs {
        if reader.leads_through_link(output) {
            return Err(format!("{output} lies behind a symbolic link"));
        }
        reader.entry(output).map_err(|error| format!("{output} can't be read: {error}"))??;
    }
    reader.made.sort_by(|a, b| a.path.cmp(&b.path));
    reader.made.dedup_by(|a, b| a.path == b.path);
    Ok(reader.made)
}

struct Reader<'a> {
    capsule: &'a Path,
    largest: u64,
    made: Vec<Made>,
}

impl Reader<'_> {
    /// A link above an output may lead anywhere.
    fn leads_through_link(&self, output: &str) -> bool {
        let above = output.match_indices('/').map(|(slash, _)| &output[..slash]);
        let is_link = |path: &str| fs::symlink_metadata(self.capsule.join(path)).is_ok_and(|found| found.is_symlink());
        above.into_iter().any(is_link)
    }

    fn entry(&mut self, path: &str) -> io::Result<Result<(), String>> {
        let place = self.capsule.join(path);
        let found = match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ok(())),
            found => found?,
        };
        if found.is_dir() {
            return self.folder(path, &place);
        }
        if let Some(why) = self.fault(&found) {
            return Ok(Err(format!("{} {why}", path.escape_debug())));
        }
        let content = fs::read(&place)?;
        self.made.push(Made { path: path.to_owned(), executable: found.mode() & 0o100 != 0, content });
        Ok(Ok(()))
    }

    fn folder(&mut self, path: &str, place: &Path) -> io::Result<Result<(), String>> {
        for entry in fs::read_dir(place)? {
            let name = entry?.file_name();
            let Some(name) = name.to_str() else {
                return Ok(Err(format!(
                    "{path}/{} has a name that is not UTF-8",
                    name.to_string_lossy().escape_debug()
                )));
            };
            if let Err(why) = self.entry(&format!("{path}/{name}"))? {
                return Ok(Err(why));
            }
        }
        Ok(Ok(()))
    }

    fn fault(&self, found: &Metadata) -> Option<&'static str> {
        match () {
            () if found.is_symlink() => Some("is a symbolic link, which no version can hold"),
            () if !found.is_file() => Some("is a pipe, a socket or a device"),
            () if found.len() > self.largest => Some("is larger than 100 MiB, which no git host takes"),
            () => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn outputs(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.into()).collect()
    }

    #[test]
    fn files_below_the_outputs_are_made_and_no_others() {
        let capsule = tempfile::tempdir().unwrap();
        fs::create_dir_all(capsule.path().join("dist/deep")).unwrap();
        for (path, text) in [("dist/b.js", "b"), ("dist/deep/a.js", "a"), ("other.js", "x"), ("types.d.ts", "t")] {
            fs::write(capsule.path().join(path), text).unwrap();
        }
        let made = collect(capsule.path(), &outputs(&["types.d.ts", "dist", "dist/deep", "gone"]), 10).unwrap();
        let paths: Vec<&str> = made.iter().map(|made| made.path.as_str()).collect();
        assert_eq!(paths, ["dist/b.js", "dist/deep/a.js", "types.d.ts"]);
        fs::create_dir(capsule.path().join("empty")).unwrap();
        let all = outputs(&["dist", "gone", "empty", "types.d.ts/deep", "dist/deep/a.js"]);
        assert_eq!(missing(capsule.path(), &all), ["gone", "types.d.ts/deep"]);
    }

    #[test]
    fn what_no_version_holds_is_refused() {
        let capsule = tempfile::tempdir().unwrap();
        let at = |path: &str| capsule.path().join(path);
        fs::create_dir(at("dist")).unwrap();
        fs::write(at("dist/big"), "0123456789").unwrap();
        assert!(collect(capsule.path(), &outputs(&["dist"]), 9).unwrap_err().contains("larger"));
        symlink("/etc", at("dist/link")).unwrap();
        assert!(
            collect(capsule.path(), &outputs(&["dist"]), 100).unwrap_err().contains("dist/link is a symbolic link")
        );
        symlink("/etc", at("lib")).unwrap();
        assert!(collect(capsule.path(), &outputs(&["lib"]), 100).unwrap_err().contains("lib is a symbolic link"));
        assert!(
            collect(capsule.path(), &outputs(&["lib/passwd"]), 100).unwrap_err().contains("behind a symbolic link")
        );
        let _socket = std::os::unix::net::UnixListener::bind(at("pipe")).unwrap();
        assert!(collect(capsule.path(), &outputs(&["pipe"]), 100).unwrap_err().contains("a pipe"));
    }
}
