//! Programs whose names have no ending: their first line says what runs them.

/// The ending that the file's name would have, if something runs it that reads imports as these languages write them.
pub fn extension(bytes: &[u8]) -> Option<&'static str> {
    let line = bytes.strip_prefix(b"#!")?.split(|&byte| byte == b'\n').next()?;
    let words = std::str::from_utf8(line).ok()?.split_ascii_whitespace();
    words.map(|word| word.rsplit('/').next().unwrap_or(word)).find_map(|program| match program {
        "node" | "nodejs" => Some("js"),
        "bun" | "deno" | "ts-node" | "tsx" => Some("ts"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_names_the_program() {
        for (line, expected) in [
            ("#!/usr/bin/env node", Some("js")),
            ("#! /usr/local/bin/node --no-warnings\r\nrequire('x')", Some("js")),
            ("#!/usr/bin/env -S node --import tsx\n", Some("js")),
            ("#!/usr/bin/env -S deno run --allow-read\n", Some("ts")),
            ("#!/usr/bin/env bun", Some("ts")),
            ("#!/bin/sh\nnode x", None),
            ("#!/usr/bin/env nodemon", None),
            ("// node\n#!/usr/bin/env node", None),
            ("#!", None),
            ("", None),
        ] {
            assert_eq!(extension(line.as_bytes()), expected, "{line}");
        }
        assert_eq!(extension(b"#!/\xff/node"), None);
    }
}
