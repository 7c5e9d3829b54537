//! The armour of a signature: the text in which it stands. ssh-keygen and gpg read it with much good will: they pass over
//! what comes after its end, over spaces and line ends. A tag is a different object then, and just as good for them; so it
//! is looked at here first. It has to be as they write it, in which one text stands for one signature.

use super::base64::{base64_decoded, base64_encoded};
use super::ed25519;
use super::openpgp::packet_fault;

/// What is wrong with the armour at the end of a tag. `bytes` are the whole tag.
pub fn armour_fault(bytes: &[u8]) -> Option<String> {
    let (words, armour) = bytes.split_at(start_of_armour(bytes)?);
    let Ok(text) = std::str::from_utf8(armour) else { return Some("it is no text".to_owned()) };
    look(text, words).err().map(str::to_owned)
}

const BEGIN: &str = "-----BEGIN ";
const SSH: &str = "SSH SIGNATURE";
const OPENPGP: &str = "PGP SIGNATURE";
/// git takes it for a signature too; no gpg of today writes it.
const MESSAGE: &str = "PGP MESSAGE";

/// From the last line on that begins a signature, as git takes it.
fn start_of_armour(bytes: &[u8]) -> Option<usize> {
    let begins: Vec<String> = [OPENPGP, MESSAGE, SSH].iter().map(|kind| format!("{BEGIN}{kind}-----")).collect();
    let mut starts =
        std::iter::once(0).chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
    let is_one = |at: &usize| begins.iter().any(|begin| bytes[*at..].starts_with(begin.as_bytes()));
    starts.rfind(is_one)
}

/// How long the lines of ssh-keygen are, and those of gpg.
const SSH_WIDTH: usize = 70;
const OPENPGP_WIDTH: usize = 64;

fn look(text: &str, words: &[u8]) -> Result<(), &'static str> {
    let text = text.strip_suffix('\n').ok_or("its last line has no end")?;
    let mut lines = text.split('\n');
    let kind = lines
        .next()
        .and_then(|line| line.strip_prefix(BEGIN)?.strip_suffix("-----"))
        .ok_or("its first line is not whole")?;
    let lines: Vec<&str> = lines.collect();
    let (last, inner) = lines.split_last().ok_or("its end is missing")?;
    if *last != format!("-----END {kind}-----") {
        return Err("something stands after its end");
    }
    match kind {
        SSH => ssh(&body(inner, SSH_WIDTH)?),
        OPENPGP => openpgp(inner, words),
        _ => Err("it is called a message"),
    }
}

/// Nothing else than the number at the end of the most usual kind can be written in two ways: ssh-keygen looks at the rest.
fn ssh(bytes: &[u8]) -> Result<(), &'static str> {
    const ED25519: &[u8] = b"\0\0\0\x0bssh-ed25519\0\0\0\x40";
    let Some((head, number)) = bytes.split_last_chunk::<32>() else { return Err("it is cut off") };
    let is_ed25519 = head.len().checked_sub(32).is_some_and(|end| head[..end].ends_with(ED25519));
    if is_ed25519 && !ed25519::is_lowest(number) { Err("its number is too high") } else { Ok(()) }
}

/// Nothing may stand before the content, and its checksum has to stand behind it.
fn openpgp(inner: &[&str], words: &[u8]) -> Result<(), &'static str> {
    let ["", lines @ .., sum] = inner else { return Err("no empty line stands before its content") };
    let sum = sum.strip_prefix('=').ok_or("it has no checksum")?;
    let bytes = body(lines, OPENPGP_WIDTH)?;
    if decoded(sum)? != crc24(&bytes).to_be_bytes()[1..] {
        return Err("its checksum is another one");
    }
    packet_fault(&bytes, words).map_or(Ok(()), Err)
}

fn body(lines: &[&str], width: usize) -> Result<Vec<u8>, &'static str> {
    let (last, full) = lines.split_last().ok_or("it is empty")?;
    if full.iter().any(|line| line.len() != width) || last.is_empty() || last.len() > width {
        return Err("its lines are not broken as a program breaks them");
    }
    decoded(&lines.concat())
}

fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    base64_decoded(text).ok_or("its content is not written as a program writes it")
}

/// A tag whose signature is written as ssh-keygen and gpg write it: some programs sign for them and break lines elsewhere,
/// and gpg can be told to say more of itself in a head. What is signed is the same.
pub fn with_plain_armour(bytes: &[u8]) -> Vec<u8> {
    plain(bytes).unwrap_or_else(|| bytes.to_vec())
}

fn plain(bytes: &[u8]) -> Option<Vec<u8>> {
    let (words, armour) = bytes.split_at(start_of_armour(bytes)?);
    let mut lines = std::str::from_utf8(armour).ok()?.lines().map(str::trim_end);
    let kind = lines.next()?.strip_prefix(BEGIN)?.strip_suffix("-----")?;
    let end = format!("-----END {kind}-----");
    let inner: Vec<&str> = lines.take_while(|line| *line != end).collect();
    let (width, content) = match kind {
        SSH => (SSH_WIDTH, inner.as_slice()),
        OPENPGP => (OPENPGP_WIDTH, &inner[inner.iter().position(|line| line.is_empty())? + 1..]),
        _ => return None,
    };
    let content: String = content.iter().filter(|line| !line.starts_with('=')).copied().collect();
    let content = base64_decoded(&content)?;
    let mut written = words.to_vec();
    let mut write = |line: &str| written.extend([line.as_bytes(), b"\n"].concat());
    write(&format!("{BEGIN}{kind}-----"));
    if kind == OPENPGP {
        write("");
    }
    let digits = base64_encoded(&content);
    digits.as_bytes().chunks(width).filter_map(|line| std::str::from_utf8(line).ok()).for_each(&mut write);
    if kind == OPENPGP {
        write(&format!("={}", base64_encoded(&crc24(&content).to_be_bytes()[1..])));
    }
    write(&end);
    Some(written)
}

/// The checksum of OpenPGP's armour.
fn crc24(bytes: &[u8]) -> u32 {
    const POLYNOMIAL: u32 = 0x0186_4cfb;
    let mut sum = 0x00b7_04ce;
    for byte in bytes {
        sum ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= POLYNOMIAL;
            }
        }
    }
    sum & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By ssh-keygen 9.2.
    const BY_SSH: &str = concat!(
        "-----BEGIN SSH SIGNATURE-----\n",
        "U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgQq2Us4ywu1zSYHzYSfmFg0CedC\n",
        "8gQjIPOqmB5yKF46MAAAADZ2l0AAAAAAAAAAZzaGE1MTIAAABTAAAAC3NzaC1lZDI1NTE5\n",
        "AAAAQM0cKvJZqIZ+/IQTVQUG+bO/9KPOKH1r4CiQI7ZiKhwI6jGlsHSfWxzhaa2K3vEcJH\n",
        "ZSlSiqrBMsqvJPOgCUqAc=\n",
        "-----END SSH SIGNATURE-----\n",
    );
    /// By gpg 2.2.40, of the words below.
    const BY_GPG: &str = concat!(
        "-----BEGIN PGP SIGNATURE-----\n",
        "\n",
        "iHUEABYIAB0WIQQ/X59JG4MqISq1BQiySiBY6V2+dQUCawKwDwAKCRCySiBY6V2+\n",
        "deTeAQCKJg5JQ/eu1Wrk5+3cR2FeUA6OxKkTZNwNO4t2GmKgUwEAr7sC/1hMSu3j\n",
        "NQcm7YmwKB5PG5m1wcsj6JQJiv1e6QM=\n",
        "=QeAM\n",
        "-----END PGP SIGNATURE-----\n",
    );

    fn is_fine(armour: &str) -> bool {
        armour_fault(format!("object x\n\nwords\n{armour}").as_bytes()).is_none()
    }

    #[test]
    fn what_programs_write_is_taken() {
        assert!(is_fine(BY_SSH) && is_fine(BY_GPG));
        assert!(armour_fault(b"object x\n\nno signature\n").is_none());
    }

    #[test]
    fn what_others_write_becomes_that() {
        let tag = |armour: &str| format!("object x\n\nwords\n{armour}").into_bytes();
        for armour in [BY_SSH, BY_GPG] {
            assert_eq!(with_plain_armour(&tag(armour)), tag(armour));
            assert_eq!(with_plain_armour(&tag(&joined(armour))), tag(armour));
            assert_eq!(with_plain_armour(&tag(&armour.replace('\n', "\r\n"))), tag(armour));
        }
        let talkative = BY_GPG.replacen("\n\n", "\nVersion: GnuPG v2\nComment: x\n\n", 1).replace("=QeAM\n", "");
        assert_eq!(with_plain_armour(&tag(&talkative)), tag(BY_GPG));
        assert_eq!(with_plain_armour(b"object x\n\nwords\n"), b"object x\n\nwords\n");
    }

    #[test]
    fn gpg_writes_no_head_and_a_checksum() {
        let without_sum: String =
            BY_GPG.lines().filter(|line| !line.starts_with('=')).map(|line| format!("{line}\n")).collect();
        assert!(!is_fine(&without_sum));
        for head in ["Version: GnuPG v2", "Comment: x", "Comment: "] {
            assert!(!is_fine(&BY_GPG.replacen("\n\n", &format!("\n{head}\n\n"), 1)), "{head}");
        }
        assert!(!is_fine(&BY_GPG.replace("PGP SIGNATURE", "PGP MESSAGE")));
    }

    /// All of its content in one line.
    fn joined(armour: &str) -> String {
        let is_content = |line: &str| !line.is_empty() && !line.starts_with(['-', '=']);
        let content: String = armour.lines().filter(|line| is_content(line)).collect();
        let first = armour.lines().find(|line| is_content(line)).unwrap();
        let lines = armour.lines().filter(|line| !is_content(line) || *line == first);
        lines.map(|line| if line == first { format!("{content}\n") } else { format!("{line}\n") }).collect()
    }

    #[test]
    fn nothing_else_is() {
        for armour in [BY_SSH, BY_GPG] {
            let first = armour.lines().find(|line| line.len() > 60).unwrap();
            for altered in [
                armour.trim_end().to_owned(),
                format!("{armour}junk\n"),
                format!("{armour}\n"),
                armour.replace('\n', "\r\n"),
                armour.replacen(first, &format!(" {first}"), 1),
                armour.replacen(first, &format!("{first} "), 1),
                armour.replacen(&format!("{first}\n"), first, 1),
                armour.replacen(first, &format!("{}\n{}", &first[..30], &first[30..]), 1),
                armour.replacen("-----\n", "-----\n\n", 1).replacen("\n\n\n", "\n \n", 1),
                armour.replacen("-----\n", "-----\nNote: x\n", 1),
                armour.replacen("-----END", "\n-----END", 1),
                joined(armour),
            ] {
                assert!(!is_fine(&altered), "{altered}");
            }
        }
    }

    #[test]
    fn one_text_stands_for_one_signature() {
        let content = |armour: &str| -> Vec<u8> {
            let lines =
                armour.lines().filter(|line| !line.starts_with('-') && !line.starts_with('=') && !line.is_empty());
            decoded(&lines.collect::<String>()).unwrap_or_default()
        };
        for armour in [BY_SSH, BY_GPG] {
            let whole = content(armour);
            for at in 0..armour.len() {
                for byte in [
                    b'A',
                    b'/',
                    b'=',
                    b' ',
                    b'\n',
                    b'\r',
                    b'-',
                    0,
                    armour.as_bytes()[at] ^ 1,
                    armour.as_bytes()[at] ^ 0x20,
                ] {
                    let mut altered = armour.as_bytes().to_vec();
                    altered[at] = byte;
                    let Ok(altered) = String::from_utf8(altered) else { continue };
                    // Without its first line it is no signature at all.
                    let is_one = altered.starts_with(armour.lines().next().unwrap());
                    assert!(
                        altered == armour || !is_one || !is_fine(&altered) || content(&altered) != whole,
                        "{at}: {altered}"
                    );
                }
            }
        }
    }
}
