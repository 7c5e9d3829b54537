//! The packet of a signature of OpenPGP. gpg reads it with much good will too: of what is not signed itself (the unhashed
//! area, how lengths are written) it takes almost anything. So it has to be as gpg writes it for a key of version 4: what
//! is not signed follows from what is.

use super::ed25519;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

/// What is wrong with it, as one on these words.
pub fn packet_fault(bytes: &[u8], words: &[u8]) -> Option<&'static str> {
    look(bytes, words).err()
}

const CUT: &str = "its content is cut off";
/// With the shortest length, in the old format.
const ONE_BYTE_OF_LENGTH: u8 = 0x88;
const TWO_BYTES_OF_LENGTH: u8 = 0x89;
const ISSUER: u8 = 16;
const ISSUER_FINGERPRINT: u8 = 33;

fn look(bytes: &[u8], words: &[u8]) -> Result<(), &'static str> {
    let mut packet = Reader(bytes);
    let length = match packet.number(1)? {
        kind if kind == usize::from(ONE_BYTE_OF_LENGTH) => packet.number(1)?,
        kind if kind == usize::from(TWO_BYTES_OF_LENGTH) => {
            packet.number(2).and_then(|length| if length > 0xff { Ok(length) } else { Err(CUT) })?
        }
        _ => return Err("its content is not one signature as gpg writes it"),
    };
    if length != packet.0.len() {
        return Err("the length of its content is another one");
    }
    let body = packet.0;
    let [4, 0, algorithm, digest] = *packet.take(4)? else {
        return Err("it is not one of OpenPGP's version 4 on bytes");
    };
    let hashed = packet.area()?;
    let signed = &body[..body.len() - packet.0.len()];
    let unhashed = packet.area()?;
    let fingerprint = fingerprint(hashed)?.ok_or("it does not say by which key it is")?;
    if unhashed != [&[9, ISSUER], &fingerprint[12..]].concat() {
        return Err("it says more than is signed");
    }
    if packet.take(2)? != digest_of(digest, words, signed)? {
        return Err("it does not begin as the digest of what is signed");
    }
    numbers(packet, algorithm)
}

/// How the digest of what is signed begins: gpg does not look at that. `signed` is all that is signed of the packet.
fn digest_of(algorithm: u8, words: &[u8], signed: &[u8]) -> Result<[u8; 2], &'static str> {
    let trailer = [&[4, 0xff], &(signed.len() as u32).to_be_bytes()[..]].concat();
    let parts = [words, signed, &trailer];
    match algorithm {
        8 => Ok(start_of::<Sha256>(parts)),
        9 => Ok(start_of::<Sha384>(parts)),
        10 => Ok(start_of::<Sha512>(parts)),
        11 => Ok(start_of::<Sha224>(parts)),
        _ => Err("its digest is of a kind that does not count here"),
    }
}

fn start_of<D: Digest>(parts: [&[u8]; 3]) -> [u8; 2] {
    let digest = parts.into_iter().fold(D::new(), |digest, part| digest.chain_update(part)).finalize();
    [digest[0], digest[1]]
}

/// The fingerprint of the key in the signed area.
fn fingerprint(hashed: &[u8]) -> Result<Option<&[u8]>, &'static str> {
    let mut area = Reader(hashed);
    while !area.0.is_empty() {
        let length = match area.number(1)? {
            short @ ..192 => short,
            255 => area.number(4)?,
            first => ((first - 192) << 8) + area.number(1)? + 192,
        };
        if let [ISSUER_FINGERPRINT, 4, fingerprint @ ..] = area.take(length)?
            && fingerprint.len() == 20
        {
            return Ok(Some(fingerprint));
        }
    }
    Ok(None)
}

/// The signature itself: as many numbers as the algorithm has, each in its shortest form.
fn numbers(mut packet: Reader<'_>, algorithm: u8) -> Result<(), &'static str> {
    const RSA: [u8; 2] = [1, 3];
    const DSA: u8 = 17;
    const ECDSA: u8 = 19;
    const EDDSA: u8 = 22;
    let mut last: &[u8] = &[];
    for _ in 0..if RSA.contains(&algorithm) { 1 } else { 2 } {
        let bits = packet.number(2)?;
        last = packet.take(bits.div_ceil(8))?;
        let first = last.first().ok_or("one of its numbers is empty")?;
        if bits != last.len() * 8 - first.leading_zeros() as usize {
            return Err("one of its numbers is not written as gpg writes it");
        }
    }
    match algorithm {
        _ if !packet.0.is_empty() => Err("something stands behind its numbers"),
        EDDSA if !ed25519::is_lowest(last) => Err("one of its numbers is too high"),
        EDDSA | DSA | ECDSA => Ok(()),
        _ if RSA.contains(&algorithm) => Ok(()),
        _ => Err("it is of an algorithm that is not known here"),
    }
}

/// What is left to read.
struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> Result<&'b [u8], &'static str> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CUT)?;
        self.0 = rest;
        Ok(taken)
    }

    fn number(&mut self, count: usize) -> Result<usize, &'static str> {
        Ok(self.take(count)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// One of subpackets.
    fn area(&mut self) -> Result<&'b [u8], &'static str> {
        let length = self.number(2)?;
        self.take(length)
    }
}
