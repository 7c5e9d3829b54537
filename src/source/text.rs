//! Text and binaries: which is which, and the one form in which text is stored.

use std::borrow::Cow;

/// Whether git would call these bytes text.
///
/// The same judgement as git's own `convert.c`, so that a file stored here and the same file in the team's
/// repository with `text=auto` come out alike: no NUL, no lone carriage return, and at most one
/// unprintable byte in 128 (a final ^Z, as DOS editors left it, does not count).
pub fn is_text(bytes: &[u8]) -> bool {
    let (mut printable, mut unprintable) = (0usize, 0usize);
    let mut rest = bytes.iter().peekable();
    while let Some(&byte) = rest.next() {
        match byte {
            0 => return false,
            b'\r' => {
                if rest.next_if_eq(&&b'\n').is_none() {
                    return false;
                }
            }
            b'\n' => {}
            b'\x08' | b'\t' | b'\x0c' | b'\x1b' => printable += 1,
            0x7f | 0..0x20 => unprintable += 1,
            _ => printable += 1,
        }
    }
    if bytes.last() == Some(&0x1a) {
        unprintable -= 1;
    }
    printable / 128 >= unprintable
}

/// The bytes as they are stored: text with LF, a binary byte for byte.
pub fn normalize(mut bytes: Vec<u8>) -> Vec<u8> {
    if needs_normalizing(&bytes) {
        // Every CR of a text stands before an LF: that is what made it text.
        bytes.retain(|&byte| byte != b'\r');
    }
    bytes
}

/// [`normalize`] for borrowed bytes; allocates only where something changes.
pub fn normalized(bytes: &[u8]) -> Cow<'_, [u8]> {
    if needs_normalizing(bytes) {
        Cow::Owned(bytes.iter().copied().filter(|&byte| byte != b'\r').collect())
    } else {
        Cow::Borrowed(bytes)
    }
}

fn needs_normalizing(bytes: &[u8]) -> bool {
    bytes.contains(&b'\r') && is_text(bytes)
}

/// The line (from 1) where a merge conflict that nobody resolved begins, if a text holds one.
///
/// All three of git's markers must be there, in order and at the start of their lines: a heading underlined
/// with `=======` alone is no conflict.
pub fn conflict_marker_line(bytes: &[u8]) -> Option<u32> {
    let mut begun = None;
    let mut divided = false;
    for (number, line) in (1..).zip(bytes.split(|&byte| byte == b'\n')) {
        match line.first() {
            Some(b'<') if line.starts_with(b"<<<<<<< ") => (begun, divided) = (Some(number), false),
            Some(b'=') if line.trim_ascii_end() == b"=======" => divided = begun.is_some(),
            Some(b'>') if divided && line.starts_with(b">>>>>>> ") => {
                return begun.filter(|_| is_text(bytes));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_git_calls_text() {
        assert!(is_text(b""));
        assert!(is_text(b"a\r\nb\n"));
        assert!(is_text("größe → 東京\n".as_bytes()));
        assert!(is_text(b"\x1b[1mbold\x1b[0m\t\x08\x0c"));
        assert!(!is_text(b"a\0b"));
        assert!(!is_text(b"a\rb"));
        assert!(!is_text(b"ends in a lone one\r"));
    }

    #[test]
    fn one_unprintable_byte_in_128_is_allowed() {
        let with = |printable: usize| [vec![b'a'; printable], vec![1]].concat();
        assert!(!is_text(&with(127)));
        assert!(is_text(&with(128)));
        assert!(!is_text(&[vec![b'a'; 127], vec![0x7f]].concat()));
    }

    #[test]
    fn a_final_control_z_is_no_reason_to_call_it_binary() {
        assert!(is_text(b"dir\r\n\x1a"));
        assert!(!is_text(b"\x1adir\r\n"));
    }

    #[test]
    fn text_is_stored_with_lf() {
        assert_eq!(normalize(b"a\r\nb\n\r\n".to_vec()), b"a\nb\n\n");
        assert_eq!(*normalized(b"a\r\nb"), *b"a\nb");
    }

    #[test]
    fn a_binary_is_stored_byte_for_byte() {
        for binary in [&b"\0a\r\n"[..], b"a\r\n\r", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(normalize(binary.to_vec()), binary);
            assert!(matches!(normalized(binary), Cow::Borrowed(same) if same == binary));
        }
    }

    #[test]
    fn text_without_a_carriage_return_is_not_copied() {
        assert!(matches!(normalized(b"a\nb\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_conflict_needs_its_three_markers_in_order() {
        let conflict = b"x\r\n<<<<<<< HEAD\r\na\r\n||||||| base\r\n=======\r\nb\r\n>>>>>>> other\r\n";
        assert_eq!(conflict_marker_line(conflict), Some(2));
        assert_eq!(conflict_marker_line(b"Title\n=======\n>>>>>>> quoted\n"), None);
        assert_eq!(conflict_marker_line(b"<<<<<<< HEAD\n>>>>>>> other\n=======\n"), None);
        assert_eq!(conflict_marker_line(b" <<<<<<< HEAD\n=======\n>>>>>>> other\n"), None);
        assert_eq!(conflict_marker_line(b"\0\n<<<<<<< a\n=======\n>>>>>>> b\n"), None);
    }

    #[test]
    fn the_conflict_that_is_complete_is_the_one_named() {
        let text = b"<<<<<<< an example\n<<<<<<< HEAD\n=======\n>>>>>>> other\n";
        assert_eq!(conflict_marker_line(text), Some(2));
        let text = b"=======\n>>>>>>> quoted\n<<<<<<< HEAD\n=======\n>>>>>>> other\n";
        assert_eq!(conflict_marker_line(text), Some(3));
    }
}
