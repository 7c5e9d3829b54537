//! The armour of a signature: the text in which it stands. ssh-keygen and gpg read it with much good will: they pass over
//! what comes after its end, over spaces and line ends. A tag is a different object then, and just as good for them; so it
//! is looked at here first. It has to be as they write it, in which one text stands for one signature.

use std::collections::HashSet;

/// What is wrong with the armour at the end of a tag. `bytes` are the whole tag.
pub fn armour_fault(bytes: &[u8]) -> Option<String> {
    let Ok(text) = std::str::from_utf8(armour_of(bytes)?) else { return Some("it is no text".to_owned()) };
    look(text).err().map(str::to_owned)
}

const BEGIN: &str = "-----BEGIN ";
const SSH: &str = "SSH SIGNATURE";
const OPENPGP: [&str; 2] = ["PGP SIGNATURE", "PGP MESSAGE"];

/// From the last line on that begins a signature, as git takes it.
fn armour_of(bytes: &[u8]) -> Option<&[u8]> {
    let begins: Vec<String> = OPENPGP.iter().chain([&SSH]).map(|kind| format!("{BEGIN}{kind}-----")).collect();
    let mut starts =
        std::iter::once(0).chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1));
    let is_one = |at: &usize| begins.iter().any(|begin| bytes[*at..].starts_with(begin.as_bytes()));
    starts.rfind(is_one).map(|at| &bytes[at..])
}

fn look(text: &str) -> Result<(), &'static str> {
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
        SSH => body(inner, None),
        _ => {
            let blank =
                inner.iter().position(|line| line.is_empty()).ok_or("no empty line stands before its content")?;
            headers(&inner[..blank])?;
            match inner[blank + 1..].split_last() {
                Some((sum, lines)) if sum.starts_with('=') => body(lines, Some(sum)),
                // Newer programs write none.
                _ => body(&inner[blank + 1..], None),
            }
        }
    }
}

/// What some programs say of themselves.
fn headers(lines: &[&str]) -> Result<(), &'static str> {
    const KNOWN: [&str; 5] = ["Version", "Comment", "Hash", "Charset", "MessageID"];
    let is_plain = |line: &str| line.trim_end() == line && !line.contains(char::is_control);
    let is_known = |line: &&str| line.split_once(": ").is_some_and(|(key, _)| KNOWN.contains(&key)) && is_plain(line);
    if lines.iter().all(is_known) { Ok(()) } else { Err("a line of its head is not one that a program writes") }
}

/// How long the lines of programs are: those of gpg and of PEM, of ssh-keygen, of MIME.
const WIDTHS: [usize; 3] = [64, 70, 76];

fn body(lines: &[&str], sum: Option<&str>) -> Result<(), &'static str> {
    let (last, full) = lines.split_last().ok_or("it is empty")?;
    let widths: HashSet<usize> = full.iter().map(|line| line.len()).collect();
    let is_even = match widths.iter().next() {
        None => last.len() <= WIDTHS[2],
        Some(width) => widths.len() == 1 && WIDTHS.contains(width) && last.len() <= *width,
    };
    if !is_even || last.is_empty() {
        return Err("its lines are not broken as a program breaks them");
    }
    let bytes = decoded(&lines.concat())?;
    match sum {
        Some(sum) if decoded(&sum[1..])? != crc24(&bytes).to_be_bytes()[1..] => Err("its checksum is another one"),
        _ => Ok(()),
    }
}

/// Base64 in which one text stands for one content: no space, nothing after the padding, no bit that says nothing.
fn decoded(text: &str) -> Result<Vec<u8>, &'static str> {
    const WRONG: &str = "its content is not written as a program writes it";
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    if !text.len().is_multiple_of(4) || padding > 2 {
        return Err(WRONG);
    }
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len()), 0u32, 0);
    for digit in digits.bytes() {
        bits = bits << 6 | u32::from(value(digit).ok_or(WRONG)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    if bits == 0 { Ok(bytes) } else { Err(WRONG) }
}

fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'A'..=b'Z' => digit - b'A',
        b'a'..=b'z' => digit - b'a' + 26,
        b'0'..=b'9' => digit - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
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
    /// By gpg 2.2.40.
    const BY_GPG: &str = concat!(
        "-----BEGIN PGP SIGNATURE-----\n",
        "\n",
        "iHUEABYIAB0WIQS8Qpzo9hZPzIU62mEhX1fDpapH7gUCawDbbAAKCRAhX1fDpapH\n",
        "7t7PAP9JQekbS84aEu7+TvS53ByOQsXbbR4nxXiMCY7q/cFNIAEAhqiGunbJ07pr\n",
        "diEAQDcJqCKH8KN5kgIqsG2zypCn2QA=\n",
        "=zAYb\n",
        "-----END PGP SIGNATURE-----\n",
    );

    fn is_fine(armour: &str) -> bool {
        armour_fault(format!("object x\n\nwords\n{armour}").as_bytes()).is_none()
    }

    #[test]
    fn what_programs_write_is_taken() {
        assert!(is_fine(BY_SSH) && is_fine(BY_GPG));
        let without_sum: String =
            BY_GPG.lines().filter(|line| !line.starts_with('=')).map(|line| format!("{line}\n")).collect();
        assert!(is_fine(&without_sum), "newer programs write none");
        for head in ["Version: GnuPG v1.4.11 (GNU/Linux)", "Version: GnuPG v2\nComment: GPGTools - http://gpgtools.org"]
        {
            assert!(is_fine(&BY_GPG.replacen("\n\n", &format!("\n{head}\n\n"), 1)), "{head}");
        }
        let kind = BY_GPG.replace("PGP SIGNATURE", "PGP MESSAGE");
        assert!(is_fine(&kind) && armour_fault(b"object x\n\nno signature\n").is_none());
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
