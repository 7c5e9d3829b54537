//! What is said between a push and `git receive-pack`: lines with their length in front, and at last a pack.

use crate::git::Oid;
use anyhow::{Context, Result, bail, ensure};
use std::collections::HashMap;
use std::io::Read;

/// What the other side must be able to do, and is asked to.
const ASKED: [&str; 4] = ["report-status", "side-band-64k", "atomic", "ofs-delta"];

/// What the other side has, and can do.
pub struct Advertisement {
    /// Its refs that it shows.
    pub refs: HashMap<String, Oid>,
    can: Vec<String>,
}

impl Advertisement {
    /// Hears it to its end.
    pub fn read(from: &mut impl Read) -> Result<Self> {
        let mut found = Self { refs: HashMap::new(), can: Vec::new() };
        while let Some(line) = read_line(from)? {
            let text = String::from_utf8(line).context("a ref is not UTF-8 text")?;
            let (text, can) = text.split_once('\0').unwrap_or((&text, ""));
            found.can.extend(can.split_whitespace().map(str::to_owned));
            let (oid, name) = text.trim_end_matches('\n').split_once(' ').context("it lists something else")?;
            // Of objects that it has without a ref, and of an empty repository, no ref is named.
            if name != ".have" && name != "capabilities^{}" {
                found.refs.insert(name.to_owned(), Oid::from_str(oid)?);
            }
        }
        Ok(found)
    }

    /// Whether it can take what is asked of it.
    pub fn takes_all_or_nothing(&self) -> bool {
        let other_ids = self.can.iter().any(|can| can.starts_with("object-format=") && can != "object-format=sha1");
        !other_ids && ASKED.iter().all(|asked| self.can.iter().any(|can| can == asked))
    }
}

/// A ref as it is, and as it is to be.
pub struct Wish {
    /// Its name over there.
    pub name: String,
    /// All zero where there is none.
    pub old: Oid,
    /// What it is to name.
    pub new: Oid,
}

/// All wishes, before the pack.
pub fn request(wishes: &[Wish]) -> Vec<u8> {
    let mut request = Vec::with_capacity(wishes.len() * 120);
    for (at, Wish { name, old, new }) in wishes.iter().enumerate() {
        let asked = if at == 0 { format!("\0{}", ASKED.join(" ")) } else { String::new() };
        let line = format!("{old} {new} {name}{asked}");
        request.extend_from_slice(format!("{:04x}{line}", line.len() + 4).as_bytes());
    }
    request.extend_from_slice(b"0000");
    request
}

/// What the other side says at last.
#[derive(Default)]
pub struct Answer {
    /// Whether it has taken the pack.
    pub has_unpacked: bool,
    /// The refs that it speaks of, with the reason where one was refused.
    pub refs: HashMap<String, Option<String>>,
    /// What it and its hooks say beside that.
    pub said: Vec<u8>,
}

impl Answer {
    /// Hears it to its end, which is that of the process.
    pub fn read(from: &mut impl Read) -> Result<Self> {
        let (mut report, mut answer) = (Vec::new(), Self::default());
        while let Some(packet) = read_line(from)? {
            match packet.split_first() {
                Some((1, rest)) => report.extend_from_slice(rest),
                Some((2, rest)) => answer.said.extend_from_slice(rest),
                _ => bail!("it broke off"),
            }
        }
        from.read_to_end(&mut Vec::new()).context("could not read what git says")?;
        let mut lines = report.as_slice();
        while let Some(line) = read_line(&mut lines)? {
            answer.hear(String::from_utf8_lossy(&line).trim_end_matches('\n'));
        }
        Ok(answer)
    }

    fn hear(&mut self, line: &str) {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "unpack" => self.has_unpacked = rest == "ok",
            "ok" => drop(self.refs.insert(rest.to_owned(), None)),
            "ng" => {
                let (name, why) = rest.split_once(' ').unwrap_or((rest, "refused"));
                self.refs.insert(name.to_owned(), Some(why.to_owned()));
            }
            _ => {}
        }
    }
}

/// One line, or packet; `None` where a list ends.
fn read_line(from: &mut impl Read) -> Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    from.read_exact(&mut length).context("it broke off")?;
    let length = std::str::from_utf8(&length).ok().and_then(|hex| usize::from_str_radix(hex, 16).ok());
    match length.context("it says something else")? {
        0 => Ok(None),
        length => {
            ensure!(length >= 4, "it says something else");
            let mut line = vec![0; length - 4];
            from.read_exact(&mut line).context("it broke off")?;
            Ok(Some(line))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Vec<u8> {
        format!("{:04x}{text}", text.len() + 4).into_bytes()
    }

    fn advertisement(can: &str) -> Vec<u8> {
        let id = "1".repeat(40);
        let first = line(&format!("{id} refs/heads/main\0{can}\n"));
        [first, line(&format!("{id} refs/tags/a@1.0.0\n")), line(&format!("{id} .have\n")), b"0000".to_vec()].concat()
    }

    #[test]
    fn what_the_other_side_has_and_can_do_is_heard() {
        let all = "report-status report-status-v2 side-band-64k quiet atomic ofs-delta object-format=sha1 agent=git/2";
        let there = Advertisement::read(&mut advertisement(all).as_slice()).unwrap();
        assert_eq!((there.refs.len(), there.takes_all_or_nothing()), (2, true));
        for less in [all.replace("atomic ", ""), all.replace("=sha1", "=sha256"), String::new()] {
            assert!(!Advertisement::read(&mut advertisement(&less).as_slice()).unwrap().takes_all_or_nothing());
        }
        let empty = [line(&format!("{} capabilities^{{}}\0atomic", "0".repeat(40))), b"0000".to_vec()].concat();
        assert!(Advertisement::read(&mut empty.as_slice()).unwrap().refs.is_empty());
        let cut = &advertisement(all)[..90];
        for other in [cut, b"", b"0003", b"000", b"zzzz", b"0009ERR x", &line("version 1")] {
            assert!(Advertisement::read(&mut &*other).is_err(), "{}", String::from_utf8_lossy(other));
        }
    }

    #[test]
    fn a_request_says_first_what_is_asked_of_the_other_side() {
        let wish = |name: &str| Wish { name: name.into(), old: Oid::ZERO_SHA1, new: Oid::ZERO_SHA1 };
        let zero = "0".repeat(40);
        let asked = "report-status side-band-64k atomic ofs-delta";
        let first = line(&format!("{zero} {zero} refs/tags/a\0{asked}"));
        let expected = [first, line(&format!("{zero} {zero} refs/heads/main")), b"0000".to_vec()].concat();
        assert_eq!(request(&[wish("refs/tags/a"), wish("refs/heads/main")]), expected);
    }

    #[test]
    fn an_answer_comes_in_pieces_and_between_other_words() {
        let report = [line("unpack ok\n"), line("ok refs/tags/a\n"), line("ng refs/tags/b hook declined\n")].concat();
        let report = [&report[..], b"0000"].concat();
        let packet = |band: u8, bytes: &[u8]| [format!("{:04x}", bytes.len() + 5).as_bytes(), &[band], bytes].concat();
        let (begin, end) = report.split_at(20);
        let told = [packet(2, b"no b\n"), packet(1, begin), packet(2, b"bye\n"), packet(1, end), b"0000".to_vec()];
        let answer = Answer::read(&mut told.concat().as_slice()).unwrap();
        assert!(answer.has_unpacked);
        assert_eq!(answer.said, b"no b\nbye\n");
        assert_eq!(answer.refs["refs/tags/a"], None);
        assert_eq!(answer.refs["refs/tags/b"].as_deref(), Some("hook declined"));
        let full = [packet(1, &[line("unpack no room\n"), b"0000".to_vec()].concat()), b"0000".to_vec()].concat();
        assert!(!Answer::read(&mut full.as_slice()).unwrap().has_unpacked);
        for broken in [told[..3].concat(), packet(3, b"fatal"), packet(1, b"0009unpa"), Vec::new()] {
            assert!(Answer::read(&mut broken.as_slice()).is_err());
        }
    }
}
