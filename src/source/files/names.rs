//! File names that every machine can hold.

use std::{collections::HashMap, fmt};
use unicode_normalization::UnicodeNormalization;

/// Why some machine could not hold a file of this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BadName {
    /// A path with an empty segment.
    Empty,
    /// `.` or `..`
    Dots,
    /// A slash or a NUL within one segment.
    Separator,
    /// Windows would read a folder into it.
    Backslash,
    /// Windows would read a drive or a stream into it.
    Colon,
    /// `con`, `nul.js` and the like open a device on Windows.
    Device,
    /// Windows drops it.
    TrailingDotOrSpace,
    /// `.git` in any spelling that some file system takes for it.
    GitFolder,
    /// What makes a folder a workspace, in any such spelling: whoever goes there would work with a stranger's settings.
    WorkspaceFile,
    /// One of `< > " | ? *`
    Forbidden,
    /// A line break, or another character that speaks to the terminal instead of being shown.
    Control,
    /// No file system holds it.
    TooLong,
}

impl fmt::Display for BadName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "a part of its path is empty",
            Self::Dots => "its path has a `.` or `..` in it",
            Self::Separator => "its name has a slash or a NUL in it",
            Self::Backslash => "its name has a backslash in it, which Windows reads as a folder",
            Self::Colon => "its name has a colon in it, which Windows does not allow",
            Self::Device => "its name is that of a device on Windows",
            Self::TrailingDotOrSpace => "its name ends with a dot or a space, which Windows drops",
            Self::GitFolder => "some file system would take its name for `.git`",
            Self::WorkspaceFile => {
                "a folder with `.bit`, `.bitmap` or `workspace.jsonc` in it is a workspace of its own"
            }
            Self::Forbidden => "its name has one of < > \" | ? * in it, which Windows does not allow",
            Self::Control => "its name has a line break, or another character that can't be shown, in it",
            Self::TooLong => "its name is longer than 255 bytes, which no file system holds",
        })
    }
}

impl std::error::Error for BadName {}

/// In bytes: what most file systems hold.
const LONGEST: usize = 255;

/// Checks a whole path, as it may come from a stranger's tree.
pub fn check_path(path: &str) -> Result<(), BadName> {
    path.split('/').try_for_each(check_segment)
}

/// Checks one segment of a path.
///
/// Spaces and single quotes are a nuisance, but every machine keeps them, so they are no fault here.
pub fn check_segment(segment: &str) -> Result<(), BadName> {
    if matches!(segment, "." | "..") {
        return Err(BadName::Dots);
    }
    for byte in segment.bytes() {
        match byte {
            b'/' | 0 => return Err(BadName::Separator),
            b'\\' => return Err(BadName::Backslash),
            b':' => return Err(BadName::Colon),
            b'<' | b'>' | b'"' | b'|' | b'?' | b'*' => return Err(BadName::Forbidden),
            0x01..=0x1f | 0x7f => return Err(BadName::Control),
            _ => {}
        }
    }
    if segment.len() > LONGEST {
        return Err(BadName::TooLong);
    }
    if is_git_folder(segment) {
        return Err(BadName::GitFolder);
    }
    if is_workspace_file(segment) {
        return Err(BadName::WorkspaceFile);
    }
    if !segment.is_ascii() && segment.chars().any(is_unshown) {
        return Err(BadName::Control);
    }
    match segment.as_bytes().last() {
        None => Err(BadName::Empty),
        Some(b'.' | b' ') => Err(BadName::TrailingDotOrSpace),
        Some(_) if is_device(segment) => Err(BadName::Device),
        Some(_) => Ok(()),
    }
}

/// Windows opens the device whatever extension follows its name.
fn is_device(segment: &str) -> bool {
    let stem = segment.split('.').next().unwrap_or(segment).trim_end_matches(' ');
    // The longest is `conout$`; most names are ruled out here.
    if !(3..=7).contains(&stem.len()) {
        return false;
    }
    let stem = stem.to_ascii_lowercase();
    match stem.as_str() {
        "con" | "prn" | "aux" | "nul" | "conin$" | "conout$" => true,
        _ => stem.strip_prefix("com").or(stem.strip_prefix("lpt")).is_some_and(|port| {
            matches!(port, "0" | "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        }),
    }
}

/// NTFS knows `.git` by its short name too, HFS+ overlooks some code points in it; both drop what trails.
fn is_git_folder(segment: &str) -> bool {
    if !segment.starts_with(['.', 'g', 'G']) && segment.is_ascii() {
        return false;
    }
    let plain: String = segment.chars().filter(|&character| !is_overlooked(character)).collect();
    let plain = plain.trim_end_matches(['.', ' ']);
    plain.eq_ignore_ascii_case(".git") || plain.eq_ignore_ascii_case("git~1")
}

/// What makes a folder a workspace, as any file system may spell it. The short names of NTFS end in a number of its
/// choice.
fn is_workspace_file(segment: &str) -> bool {
    const NAMES: [&str; 3] = [".bit", ".bitmap", "workspace.jsonc"];
    const SHORT_NAMES: [(&str, &str); 3] = [("bit~", ""), ("bitmap~", ""), ("worksp~", ".jso")];
    if !segment.starts_with(['.', 'b', 'B', 'w', 'W']) && segment.is_ascii() {
        return false;
    }
    let plain = fold(segment);
    let plain = plain.trim_end_matches(['.', ' ']);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let is_short = |(start, end): &(&str, &str)| {
        plain.strip_prefix(start).and_then(|rest| rest.strip_suffix(end)).is_some_and(is_number)
    };
    NAMES.contains(&plain) || SHORT_NAMES.iter().any(is_short)
}

/// What breaks lines or turns the direction of writing: a name with it is read as another one.
fn is_unshown(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The code points that HFS+ overlooks when it compares names.
fn is_overlooked(character: char) -> bool {
    matches!(character,
        '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}')
}

/// A name as a file system sees it that overlooks case and Unicode form.
pub(super) fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    let plain: String = name.chars().filter(|&character| !is_overlooked(character)).nfd().collect();
    // Down, up and down: some letters (ß, ẞ, ſ, ς) have company in one case only.
    plain.to_lowercase().to_uppercase().to_lowercase().nfc().collect()
}

/// The paths, of files and of the folders above them, that are equal but for case or Unicode form:
/// each with the one that came before it.
pub fn case_collisions<'p>(paths: impl IntoIterator<Item = &'p str>) -> Vec<(&'p str, &'p str)> {
    let mut seen: HashMap<String, &str> = HashMap::new();
    let mut collisions = Vec::new();
    let mut previous_folder = "";
    for path in paths {
        let folder = path.rfind('/').map_or("", |slash| &path[..slash]);
        // Neighbours mostly share their folder, and it was looked at with the first of them.
        let known = if folder == previous_folder { folder.len() } else { 0 };
        previous_folder = folder;
        let ends = path.match_indices('/').map(|(slash, _)| slash).chain([path.len()]);
        for end in ends.filter(|&end| end > known || known == 0) {
            let prefix = &path[..end];
            let first = *seen.entry(fold(prefix)).or_insert(prefix);
            if first != prefix {
                if !collisions.contains(&(prefix, first)) {
                    collisions.push((prefix, first));
                }
                break;
            }
        }
    }
    collisions
}

/// A name as it may be shown in a terminal: control characters and what is not UTF-8 are spelled out.
pub fn escape(name: &[u8]) -> String {
    let mut shown = String::with_capacity(name.len());
    for chunk in name.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_unshown(character) || is_overlooked(character) {
                shown.extend(character.escape_default());
            } else {
                shown.push(character);
            }
        }
        for byte in chunk.invalid() {
            shown.push_str(&format!("\\x{byte:02x}"));
        }
    }
    shown
}
