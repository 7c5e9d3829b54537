//! A repository's configuration, read strictly: for whoever has to know of every setting before git gets to see it.
//!
//! What git and another reader could understand differently (a line that goes on in the next one, a setting on the line
//! of its section) is not understood here at all. Neither bit nor git's own commands write such lines.

use std::path::Path;

/// The names of all settings in a file, such as `core.bare` and `remote.my-org.ui.url`; nothing, where it is not there.
/// The error is the number of a line that is not plain.
pub fn plain_settings(path: &Path) -> anyhow::Result<Result<Vec<String>, usize>> {
    Ok(settings(&crate::disk::read_optional(path)?.unwrap_or_default()))
}

fn settings(bytes: &[u8]) -> Result<Vec<String>, usize> {
    let (mut names, mut section) = (Vec::new(), None);
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        let line = std::str::from_utf8(line).map_err(|_| number)?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.ends_with('\\') || line.chars().any(|character| character.is_control() && character != '\t') {
            return Err(number);
        }
        let line = line.trim_matches([' ', '\t']);
        if line.starts_with('[') {
            section = Some(section_of(line).ok_or(number)?);
        } else if !line.is_empty() && !line.starts_with(['#', ';']) {
            let section = section.as_ref().ok_or(number)?;
            names.push(format!("{section}.{}", name_of(line).ok_or(number)?));
        }
    }
    Ok(names)
}

/// `[core]` is `core`, `[remote "my-org.ui"]` is `remote.my-org.ui`.
fn section_of(line: &str) -> Option<String> {
    let inside = line.strip_prefix('[')?.strip_suffix(']')?;
    let Some((section, quoted)) = inside.split_once(" \"") else { return word(inside) };
    let subsection = quoted.strip_suffix('"').filter(|text| !text.contains(['"', '\\', ']']))?;
    Some(format!("{}.{subsection}", word(section)?))
}

/// The name before the `=`; a name alone is a setting too.
fn name_of(line: &str) -> Option<String> {
    word(line.split_once('=').map_or(line, |(name, _)| name).trim_end_matches([' ', '\t']))
}

fn word(text: &str) -> Option<String> {
    let is_plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_plain.then(|| text.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::settings;

    #[test]
    fn what_bit_and_git_write_is_read() {
        let text = "[core]\n\tbare = true\n\tfileMode=false\r\n# a word\n\n[Remote \"my-org.UI\"]\n\turl = \"/a;b\"\n\tmirror\n";
        assert_eq!(
            settings(text.as_bytes()).unwrap(),
            ["core.bare", "core.filemode", "remote.my-org.UI.url", "remote.my-org.UI.mirror"]
        );
        assert_eq!(settings(b"").unwrap(), [""; 0]);
    }

    #[test]
    fn what_could_hide_a_setting_is_not_read() {
        for (text, line) in [
            ("[core]\n\tbare = true \\\n\tsshCommand = x\n", 2),
            ("[core]\n\tbare = true\\\r\n\tx = y\n", 2),
            ("[core] sshCommand = x\n", 1),
            ("[core \"a\\\"b\"]\n", 1),
            ("[remote \"a]\n", 1),
            ("[core]\n[remote.x]\n", 2),
            ("\u{feff}[core]\n", 1),
            ("bare = true\n", 1),
            ("[core]\n\tbare # = true\n", 2),
            ("[core]\n\tbare = a\u{b}b\n", 2),
        ] {
            assert_eq!(settings(text.as_bytes()), Err(line), "{text:?}");
        }
        assert_eq!(settings(b"[core]\n\tbare = \xff\n"), Err(2));
    }
}
