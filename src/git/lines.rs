//! What a program says on a pipe, line by line as it comes.

use std::io::{ErrorKind, Read};

/// Hands on every line as soon as it is there, and returns those that end as lines do: `\r` ends a count that the
/// next one replaces. ssh ends its lines with both.
pub(super) fn read_lines(mut pipe: impl Read, hear: &mut dyn FnMut(&str)) -> std::io::Result<Vec<u8>> {
    let (mut kept, mut line, mut buffer) = (Vec::new(), Vec::new(), [0; 4096]);
    // What a `\r` has ended: a count, or a line whose `\n` is still to come.
    let mut returned = Vec::new();
    loop {
        let read = match pipe.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            read => read?,
        };
        for &byte in &buffer[..read] {
            line.push(byte);
            match byte {
                b'\n' if line == b"\n" && !returned.is_empty() => {
                    kept.append(&mut returned);
                    kept.append(&mut line);
                }
                b'\n' => {
                    hear(String::from_utf8_lossy(&line).trim_end());
                    kept.append(&mut line);
                    returned.clear();
                }
                b'\r' => {
                    hear(String::from_utf8_lossy(&line).trim_end());
                    line.pop();
                    returned = std::mem::take(&mut line);
                }
                _ => returned.clear(),
            }
        }
        if read == 0 {
            kept.extend_from_slice(&line);
            return Ok(kept);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(bytes: &[u8]) -> (Vec<String>, String) {
        let mut lines = Vec::new();
        let kept = read_lines(bytes, &mut |line| lines.push(line.to_owned())).unwrap();
        (lines, String::from_utf8(kept).unwrap())
    }

    #[test]
    fn counts_are_heard_and_not_kept() {
        let (lines, kept) = heard(b"Writing:  50% (1/2)\rWriting: 100% (2/2)\rWriting: 100% (2/2), done.\nfatal: x");
        assert_eq!(lines, ["Writing:  50% (1/2)", "Writing: 100% (2/2)", "Writing: 100% (2/2), done."]);
        assert_eq!(kept, "Writing: 100% (2/2), done.\nfatal: x");
    }

    #[test]
    fn lines_of_ssh_are_kept() {
        let (lines, kept) = heard(b"50%\rada@h: Permission denied (publickey).\r\n\nfatal: x\n");
        assert_eq!(lines, ["50%", "ada@h: Permission denied (publickey).", "", "fatal: x"]);
        assert_eq!(kept, "ada@h: Permission denied (publickey).\n\nfatal: x\n");
    }
}
