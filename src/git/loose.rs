//! A look at loose objects before libgit2 reads them: it never returns from one that was cut off in the middle.

use super::Oid;
use flate2::read::ZlibDecoder;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

/// Which of the 256 folders of loose objects exist. Where there are none, which is usual, nothing is looked at.
#[derive(Default)]
pub struct LooseObjects {
    folders: RefCell<Option<Vec<bool>>>,
}

impl LooseObjects {
    /// Reads a loose object to its end, if there is one of this id; the error says that it can't be.
    pub fn check(&self, repository: &Path, oid: Oid) -> io::Result<()> {
        let first = usize::from(oid.as_bytes()[0]);
        if !self.folders.borrow_mut().get_or_insert_with(|| existing_folders(repository))[first] {
            return Ok(());
        }
        let hex = oid.to_string();
        match File::open(repository.join("objects").join(&hex[..2]).join(&hex[2..])) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
            opened => read_to_the_end(opened?),
        }
    }

    /// Forgets what was seen: others may have written since.
    pub fn forget(&self) {
        self.folders.take();
    }
}

fn existing_folders(repository: &Path) -> Vec<bool> {
    // One look at the folder above: asking for each by name would be 256 calls.
    let mut exist = vec![false; 256];
    for entry in std::fs::read_dir(repository.join("objects")).into_iter().flatten().flatten() {
        let number = entry.file_name().to_str().and_then(|name| u8::from_str_radix(name, 16).ok());
        number.into_iter().for_each(|number| exist[usize::from(number)] = true);
    }
    exist
}

/// zlib's own checksum stands at the end, so a stream that ends well is whole; its header says how long it is.
fn read_to_the_end(file: File) -> io::Result<()> {
    let damaged = |what: &str| io::Error::new(ErrorKind::InvalidData, what.to_owned());
    let mut content = ZlibDecoder::new(io::BufReader::new(file));
    let mut header = Vec::new();
    let mut byte = [0];
    while header.len() < 32 {
        content.read_exact(&mut byte)?;
        if byte[0] == 0 {
            break;
        }
        header.push(byte[0]);
    }
    let header = String::from_utf8_lossy(&header).into_owned();
    let size = header.split_once(' ').and_then(|(_, size)| size.parse::<u64>().ok());
    let size = size.ok_or_else(|| damaged("its header can't be read"))?;
    match io::copy(&mut content, &mut io::sink())? {
        read if read == size => Ok(()),
        _ => Err(damaged("it is not as long as its header says")),
    }
}
