//! Writing many objects at once, as one pack.
//!
//! Loose objects cost a file, an fsync and a rename each; libgit2's in-memory backend compresses everything again
//! when it is dumped, and holds it all in memory. A pack of whole objects is a simple thing to write.

use super::Oid;
use super::object::Kind;
use super::repo::Repo;
use anyhow::{Context, Result};
use flate2::{Compress, Compression, FlushCompress, Status};
use rayon::prelude::*;
use sha1::{Digest, Sha1};
use std::cell::RefCell;
use std::collections::HashSet;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// An object that is to be written.
pub struct RawObject {
    /// Its id.
    pub oid: Oid,
    /// What it is.
    pub kind: Kind,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl RawObject {
    /// Works out the id.
    pub fn new(kind: Kind, bytes: Vec<u8>) -> Self {
        Self { oid: kind.hash(&bytes), kind, bytes }
    }
}

struct Entry {
    oid: Oid,
    crc: u32,
    offset: u64,
}

/// A pack in the making: a temporary file until [`PackWriter::finish`] puts it in its place.
pub struct PackWriter<'r> {
    repo: &'r Repo,
    folder: PathBuf,
    file: BufWriter<NamedTempFile>,
    offset: u64,
    entries: Vec<Entry>,
    known: HashSet<Oid>,
}

/// What our unfinished packs are called: `git gc` prunes everything that begins with `tmp_`, and we can tell ours.
const TEMPORARY_PACK: &str = "tmp_pack_bit_";

/// How much is compressed before it is appended: bounds the memory that waits.
const BATCH_BYTES: usize = 16 << 20;

impl<'r> PackWriter<'r> {
    /// Begins a pack in the repository's own object folder.
    pub fn new(repo: &'r Repo) -> Result<Self> {
        let folder = repo.path().join("objects/pack");
        let file = tempfile::Builder::new().prefix(TEMPORARY_PACK).tempfile_in(&folder);
        let file = file.with_context(|| format!("could not write into {}", folder.display()))?;
        let mut writer = Self {
            repo,
            folder,
            file: BufWriter::with_capacity(1 << 18, file),
            offset: 0,
            entries: Vec::new(),
            known: HashSet::new(),
        };
        // The number of objects is put in at the end, when it is known.
        writer.file.write_all(&header(0)).context("could not write a pack")?;
        writer.offset = 12;
        Ok(writer)
    }

    /// Adds objects, except those that are in this pack already. One that the repository has elsewhere is written
    /// again, which does no harm but costs room: who may have such objects asks [`Repo::has`] first.
    pub fn add(&mut self, objects: Vec<RawObject>) -> Result<()> {
        let mut batch = Vec::new();
        let mut waiting = 0;
        for object in objects {
            if !self.known.insert(object.oid) {
                continue;
            }
            waiting += object.bytes.len();
            batch.push(object);
            if waiting >= BATCH_BYTES {
                self.append(std::mem::take(&mut batch))?;
                waiting = 0;
            }
        }
        self.append(batch)
    }

    fn append(&mut self, objects: Vec<RawObject>) -> Result<()> {
        let packed: Vec<(Oid, Vec<u8>)> = objects
            .into_par_iter()
            .with_min_len(32)
            .map(|object| {
                let bytes = ZLIB.with_borrow_mut(|zlib| deflate(zlib, &object));
                bytes.map(|bytes| (object.oid, bytes))
            })
            .collect::<Result<_>>()?;
        for (oid, bytes) in packed {
            self.entries.push(Entry { oid, crc: crc32fast::hash(&bytes), offset: self.offset });
            self.file.write_all(&bytes).context("could not write a pack")?;
            self.offset += bytes.len() as u64;
        }
        Ok(())
    }

    /// Makes the pack durable and visible. A pack without objects leaves nothing behind.
    pub fn finish(self) -> Result<()> {
        let repo = self.repo;
        if let Some(sealed) = self.seal()? {
            sealed.finish()?;
            repo.refresh()?;
        }
        Ok(())
    }

    /// Completes the pack, which nobody sees yet; `None` where it has no objects.
    pub fn seal(mut self) -> Result<Option<SealedPack>> {
        if self.entries.is_empty() {
            return Ok(None);
        }
        let count = u32::try_from(self.entries.len()).context("too many objects for one pack")?;
        let checksum = self.close(count).context("could not write a pack")?;
        self.entries.sort_unstable_by_key(|entry| entry.oid);
        let index = index_bytes(&self.entries, &checksum);
        let hex: String = checksum.iter().map(|byte| format!("{byte:02x}")).collect();

        let pack = self.file.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        let mut temporary = tempfile::Builder::new().prefix(TEMPORARY_PACK).tempfile_in(&self.folder)?;
        temporary.write_all(&index).context("could not write a pack's index")?;
        Ok(Some(SealedPack { folder: self.folder, name: format!("pack-{hex}"), pack, index: temporary }))
    }

    /// Puts the count in, and the checksum at the end. It covers the count, so it is worked out only now.
    fn close(&mut self, count: u32) -> std::io::Result<[u8; 20]> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header(count))?;
        self.file.flush()?;
        let mut hasher = Sha1::new();
        let mut written = self.file.get_ref().reopen()?;
        let mut buffer = vec![0; 1 << 18];
        loop {
            match written.read(&mut buffer)? {
                0 => break,
                read => hasher.update(&buffer[..read]),
            }
        }
        let checksum: [u8; 20] = hasher.finalize().into();
        self.file.seek(SeekFrom::End(0))?;
        self.file.write_all(&checksum)?;
        self.file.flush()?;
        Ok(checksum)
    }
}

/// A pack that is complete and has still to wait for the disk before it gets its name.
pub struct SealedPack {
    folder: PathBuf,
    name: String,
    pack: NamedTempFile,
    index: NamedTempFile,
}

impl SealedPack {
    /// Shows it in another repository of the same file system, which is thrown away before anybody misses it there.
    pub(super) fn lend(&self, repository: &Path) -> Result<()> {
        let folder = repository.join("objects/pack");
        for (file, ending) in [(&self.pack, "pack"), (&self.index, "idx")] {
            let path = folder.join(format!("{}.{ending}", self.name));
            // Not every file system has hard links.
            std::fs::hard_link(file.path(), &path)
                .or_else(|_| std::fs::copy(file.path(), &path).map(drop))
                .with_context(|| format!("could not write {}", path.display()))?;
        }
        Ok(())
    }

    /// All of it.
    pub(super) fn read(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.pack.reopen()?.read_to_end(&mut bytes).context("could not read a pack")?;
        Ok(bytes)
    }

    /// Makes it durable and visible. Who has the repository open has to look again.
    pub fn finish(self) -> Result<()> {
        place(self.pack, &self.folder.join(format!("{}.pack", self.name)))?;
        // The index makes the pack visible, so it comes last.
        place(self.index, &self.folder.join(format!("{}.idx", self.name)))?;
        crate::disk::sync_folder(&self.folder)?;
        Ok(())
    }
}

/// Removes what killed commands left of unfinished packs. The caller holds the lock that every writer takes.
pub fn remove_unfinished(repo: &Repo) -> Result<()> {
    let folder = repo.path().join("objects/pack");
    let entries = std::fs::read_dir(&folder).with_context(|| format!("could not read {}", folder.display()))?;
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(TEMPORARY_PACK) {
            std::fs::remove_file(entry.path())
                .with_context(|| format!("could not remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

thread_local! {
    /// Its tables are so large that the system takes them back as soon as they are let go.
    static ZLIB: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(COMPRESSION), true));
}

/// Level 1 is twice as fast as git's default on sources and some 20 % larger; git repacks as it likes.
const COMPRESSION: u32 = 1;

fn header(count: u32) -> [u8; 12] {
    let mut header = *b"PACK\0\0\0\x02\0\0\0\0";
    header[8..].copy_from_slice(&count.to_be_bytes());
    header
}

/// One pack of what several hold, which must not hold the same: entries refer to others by how far these are before
/// them, which stays as it is.
pub(super) struct JoinedPack {
    packs: Vec<Vec<u8>>,
    count: u32,
}

impl JoinedPack {
    /// Of packs that are whole.
    pub fn of(packs: Vec<Vec<u8>>) -> Result<Self> {
        let mut count = 0u32;
        for pack in &packs {
            let (more, _) = parts(pack).context("a pack was cut off")?;
            count = count.checked_add(more).context("too many objects for one pack")?;
        }
        Ok(Self { packs, count })
    }

    /// Hands it to somebody who reads it meanwhile, so its checksum is worked out on the way.
    pub fn write(&self, to: &mut impl Write) -> std::io::Result<()> {
        const AT_ONCE: usize = 1 << 16;
        let mut hasher = Sha1::new();
        let header = header(self.count);
        let entries = self.packs.iter().filter_map(|pack| parts(pack)).flat_map(|(_, entries)| entries.chunks(AT_ONCE));
        for chunk in [header.as_slice()].into_iter().chain(entries) {
            to.write_all(chunk)?;
            hasher.update(chunk);
        }
        to.write_all(&hasher.finalize())
    }
}

/// How many entries a pack has, and these.
fn parts(pack: &[u8]) -> Option<(u32, &[u8])> {
    let (beginning, rest) = pack.split_first_chunk::<12>()?;
    let (entries, _) = rest.split_last_chunk::<20>()?;
    let count = u32::from_be_bytes(*beginning.last_chunk()?);
    (*beginning == header(count)).then_some((count, entries))
}

/// An object as a pack holds it: type and size in seven-bit groups, then the zlib stream.
fn deflate(zlib: &mut Compress, object: &RawObject) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(object.bytes.len() / 2 + 64);
    let mut size = object.bytes.len();
    let mut byte = object.kind.pack_type() << 4 | (size & 0x0f) as u8;
    size >>= 4;
    while size > 0 {
        out.push(byte | 0x80);
        byte = (size & 0x7f) as u8;
        size >>= 7;
    }
    out.push(byte);
    if object.bytes.len() <= STORED {
        store(&object.bytes, &mut out);
        return Ok(out);
    }
    zlib.reset();
    loop {
        // `reserve` keeps going until the stream ends, however badly the content compresses.
        let consumed = zlib.total_in() as usize;
        out.reserve(object.bytes.len() - consumed + 64);
        if zlib.compress_vec(&object.bytes[consumed..], &mut out, FlushCompress::Finish)? == Status::StreamEnd {
            return Ok(out);
        }
    }
}

/// Up to this size compression saves little (trees and commits are mostly ids, and so is much of what a catalog says of
/// a component) and costs more than all else: it has to clear its tables, a thousand times the size of the object.
const STORED: usize = 512;

/// A zlib stream of one stored block.
fn store(bytes: &[u8], out: &mut Vec<u8>) {
    let length = bytes.len() as u16;
    out.extend_from_slice(&[0x78, 0x01, 0x01]);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(bytes);
    let (mut a, mut b) = (1u32, 0u32);
    for &byte in bytes {
        a = (a + u32::from(byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    out.extend_from_slice(&(b << 16 | a).to_be_bytes());
}

/// The index, version 2: a fan-out table, ids, checksums, offsets.
fn index_bytes(sorted: &[Entry], pack_checksum: &[u8; 20]) -> Vec<u8> {
    let mut out = Vec::with_capacity(1100 + sorted.len() * 28);
    out.extend_from_slice(b"\xfftOc\0\0\0\x02");
    let mut counts = [0u32; 256];
    for entry in sorted {
        counts[entry.oid.as_bytes()[0] as usize] += 1;
    }
    let mut total = 0;
    for count in counts {
        total += count;
        out.extend_from_slice(&total.to_be_bytes());
    }
    for entry in sorted {
        out.extend_from_slice(entry.oid.as_bytes());
    }
    for entry in sorted {
        out.extend_from_slice(&entry.crc.to_be_bytes());
    }
    let mut large = Vec::new();
    for entry in sorted {
        match u32::try_from(entry.offset).ok().filter(|offset| offset & LARGE == 0) {
            Some(offset) => out.extend_from_slice(&offset.to_be_bytes()),
            None => {
                out.extend_from_slice(&(LARGE | large.len() as u32).to_be_bytes());
                large.push(entry.offset);
            }
        }
    }
    for offset in large {
        out.extend_from_slice(&offset.to_be_bytes());
    }
    out.extend_from_slice(pack_checksum);
    let checksum: [u8; 20] = Sha1::digest(&out).into();
    out.extend_from_slice(&checksum);
    out
}

/// Marks an offset that stands in the table of 64-bit offsets.
const LARGE: u32 = 1 << 31;

fn place(file: NamedTempFile, path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let put = || -> std::io::Result<()> {
        file.as_file().set_permissions(std::fs::Permissions::from_mode(0o444))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    put().with_context(|| format!("could not write {}", path.display()))
}
