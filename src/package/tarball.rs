//! A version as npm's own archive: the same bytes on every machine, whenever it is made.

use crate::git::FileMode;
use crate::model::{PackageName, Version};
use anyhow::{Context, Result};
use flate2::{Compress, Compression, FlushCompress, Status};
use std::cell::RefCell;
use tar::{Builder, EntryType, Header};

/// Everything in a package's archive stands below this.
const ROOT: &str = "package/";
/// 1985-10-26T08:15:00Z, the time that npm gives all files: before 1980 some programs can't read it.
const MADE: u64 = 499_162_500;
/// What `tar czf` uses, and what npm's own archives are hardly smaller than. Another number would be other bytes.
const LEVEL: u32 = 6;
/// The only method that gzip knows.
const DEFLATE: u8 = 8;
/// What gzip's head says of the system that made it: nothing.
const UNKNOWN_SYSTEM: u8 = 255;

/// A file of a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// '/'-separated, from the package's folder; it leads out of none.
    pub path: String,
    /// Plain or executable.
    pub mode: FileMode,
    /// What it holds.
    pub content: Vec<u8>,
}

/// The archive (`.tgz`) of a package with these files, in whichever order they come.
pub fn tarball(mut files: Vec<PackageFile>) -> Result<Vec<u8>> {
    files.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    let mut archive = Builder::new(Vec::new());
    for file in &files {
        append(&mut archive, file).with_context(|| format!("could not pack {}", file.path))?;
    }
    let archive = archive.into_inner()?;
    gzip(&archive)
}

thread_local! {
    /// To make a compressor's memory ready takes as long as to compress a small package.
    static COMPRESSOR: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
}

/// The bytes as a gzip file that says nothing of when and where it was made. The whole at once: what a compressor makes of
/// it may depend on how it is cut.
fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut file = Vec::with_capacity(bytes.len() / 3 + 64);
    file.extend_from_slice(&[0x1f, 0x8b, DEFLATE, 0, 0, 0, 0, 0, 0, UNKNOWN_SYSTEM]);
    COMPRESSOR.with_borrow_mut(|compressor| -> Result<()> {
        compressor.reset();
        loop {
            let done = usize::try_from(compressor.total_in())?;
            match compressor.compress_vec(&bytes[done..], &mut file, FlushCompress::Finish)? {
                Status::StreamEnd => return Ok(()),
                Status::Ok | Status::BufError => file.reserve(bytes.len() / 8 + 64),
            }
        }
    })?;
    file.extend_from_slice(&crc32fast::hash(bytes).to_le_bytes());
    // gzip keeps no more of the length than these bits.
    file.extend_from_slice(&(bytes.len() as u32).to_le_bytes());
    Ok(file)
}

/// Plain ustar, which everything reads; a path that does not fit there gets the extension that POSIX has for it.
fn append(archive: &mut Builder<Vec<u8>>, file: &PackageFile) -> std::io::Result<()> {
    let path = format!("{ROOT}{}", file.path);
    let mut header = Header::new_ustar();
    if header.set_path(&path).is_err() {
        append_long_path(archive, &path)?;
        header = Header::new_ustar();
        set_name(&mut header, path.as_bytes());
    }
    fill(&mut header, EntryType::Regular, file.mode, file.content.len());
    archive.append(&header, file.content.as_slice())
}

fn append_long_path(archive: &mut Builder<Vec<u8>>, path: &str) -> std::io::Result<()> {
    let record = pax_record("path", path);
    let mut header = Header::new_ustar();
    set_name(&mut header, b"PaxHeader/path");
    fill(&mut header, EntryType::XHeader, FileMode::Regular, record.len());
    archive.append(&header, record.as_bytes())
}

fn fill(header: &mut Header, kind: EntryType, mode: FileMode, size: usize) {
    header.set_entry_type(kind);
    header.set_mode(match mode {
        FileMode::Regular => 0o644,
        FileMode::Executable => 0o755,
    });
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(MADE);
    header.set_size(size as u64);
    header.set_cksum();
}

/// As much of a name as there is room for: for those who do not know the extension.
fn set_name(header: &mut Header, name: &[u8]) {
    if let Some(ustar) = header.as_ustar_mut() {
        let room = ustar.name.len().min(name.len());
        ustar.name[..room].copy_from_slice(&name[..room]);
    }
}

/// `<length> <key>=<value>\n`; the length counts its own digits too.
fn pax_record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

/// What npm calls a package's archive: `my-org-ui.button-1.0.0.tgz`.
pub fn file_name(package: &PackageName, version: &Version) -> String {
    format!("{}-{version}.tgz", package.as_str().trim_start_matches('@').replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha1::{Digest, Sha1};
    use std::io::Read;

    fn file(path: &str, mode: FileMode, content: &str) -> PackageFile {
        PackageFile { path: path.into(), mode, content: content.into() }
    }

    fn sample() -> Vec<PackageFile> {
        vec![
            file("run.sh", FileMode::Executable, "#!/bin/sh\n"),
            file("index.js", FileMode::Regular, "module.exports = 1;\n"),
            file(&format!("{}/{}.js", "deep/".repeat(30).trim_end_matches('/'), "x".repeat(60)), FileMode::Regular, ""),
            file(&format!("{}ü.js", "y".repeat(120)), FileMode::Regular, "long\n"),
        ]
    }

    #[test]
    fn every_file_is_there_and_nothing_of_this_machine() {
        let bytes = tarball(sample()).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let mut found = Vec::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let (path, mode) = (entry.path().unwrap().to_string_lossy().into_owned(), entry.header().mode().unwrap());
            let header = entry.header();
            assert_eq!((header.mtime().unwrap(), header.uid().unwrap(), header.gid().unwrap()), (MADE, 0, 0));
            assert_eq!((header.username(), header.groupname()), (Ok(Some("")), Ok(Some(""))));
            let mut content = String::new();
            entry.read_to_string(&mut content).unwrap();
            found.push((path, mode, content));
        }
        let mut expected: Vec<_> = sample()
            .into_iter()
            .map(|file| {
                let mode = if file.mode == FileMode::Executable { 0o755 } else { 0o644 };
                (format!("package/{}", file.path), mode, String::from_utf8(file.content).unwrap())
            })
            .collect();
        expected.sort();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_bytes_are_these_on_every_machine() {
        let bytes = tarball(sample()).unwrap();
        let mut reversed = sample();
        reversed.reverse();
        assert_eq!(bytes, tarball(reversed).unwrap());
        let shasum: String = Sha1::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        // A compressor that makes other bytes would make every published version look like another one.
        assert_eq!(shasum, "67bbf799372d5fbca574e8ad1943130ba9c681d4");
    }

    #[test]
    fn what_was_packed_before_makes_no_difference() {
        let large: String =
            (0..200_000u32).map(|number| format!("{:x} ", number.wrapping_mul(2_654_435_761))).collect();
        let large = vec![file("large.js", FileMode::Regular, &large)];
        let fresh = |files: &[PackageFile]| {
            let files = files.to_vec();
            std::thread::spawn(|| tarball(files).unwrap()).join().unwrap()
        };
        let (first, second) = (fresh(&sample()), fresh(&large));
        for _ in 0..2 {
            assert!(tarball(large.clone()).unwrap() == second);
            assert!(tarball(sample()).unwrap() == first);
        }
        let mut unpacked = tar::Archive::new(flate2::read::GzDecoder::new(second.as_slice()));
        let mut content = String::new();
        unpacked.entries().unwrap().next().unwrap().unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content.as_bytes(), large[0].content);
    }

    #[test]
    fn a_record_counts_its_own_length() {
        assert_eq!(pax_record("path", "a"), "9 path=a\n");
        for length in 1..1_200 {
            let record = pax_record("path", &"x".repeat(length));
            assert_eq!(record.split(' ').next().unwrap().parse(), Ok(record.len()), "{record}");
        }
    }

    #[test]
    fn files_are_named_as_npm_names_them() {
        let name = |id: &str| file_name(&PackageName::of(&id.parse().unwrap()), &"1.0.0-beta.1".parse().unwrap());
        assert_eq!(name("my-org.ui/forms/button"), "my-org-ui.forms.button-1.0.0-beta.1.tgz");
        assert_eq!(name("scope/button"), "scope-button-1.0.0-beta.1.tgz");
    }
}
