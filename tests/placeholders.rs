//! What a message advises can be typed as it stands: a `<…>` is left in it only where the program can't know the value.

use std::fs;
use std::path::Path;

/// Why a placeholder stays, and where: the file, and what stands around it.
const STAY: [(&str, &[(&str, &str)]); 6] = [
    (
        "nobody has said where the scope is",
        &[
            ("cli/commands/import/told.rs", "bit remote add {scope} <url>"),
            ("cli/commands/scope/mod.rs", "bit remote add {} <url>"),
            ("errors/export.rs", "{command} {scope} <url>"),
            ("errors/export.rs", "bit remote add {wanted} <url>"),
            ("errors/import.rs", "bit remote add {scope} <url>"),
            ("errors/import.rs", "bit remote add <scope> <url>"),
            ("errors/packages.rs", "bit remote add {scope} <url>"),
            ("errors/scopes.rs", "bit remote add {scope} <url>"),
            ("ops/doctor/remotes.rs", "bit remote add {} <url>"),
            ("ops/verify/elsewhere.rs", "bit remote add {scope} <url>"),
        ],
    ),
    (
        "nothing is there yet, so there is nothing to name",
        &[
            ("cli/commands/graph.rs", "bit add <folder>"),
            ("cli/commands/remote/check.rs", "bit remote add <url>"),
            ("cli/commands/remote/list.rs", "bit remote add <url>"),
            ("cli/commands/scope/list.rs", "bit remote add <url>, bit scope set <scope>"),
            ("cli/commands/scope/mod.rs", "bit scope set <scope>"),
            ("cli/commands/scope/show.rs", "bit add <folder>"),
            ("cli/commands/status.rs", "bit add <folder>"),
            ("errors/login.rs", "bit login <url>; or say where a scope is: bit remote add <scope> <url>"),
            ("errors/rehome.rs", "bit scope create <folder or URL>; then: bit remote add <url>; bit export <scope>"),
        ],
    ),
    (
        "a new name or place is the person's to think up",
        &[
            ("errors/add.rs", "--id <name>"),
            ("errors/copies.rs", "bit fork {first} <another name>"),
            ("errors/copies.rs", "bit export <another scope> {}"),
            ("errors/export.rs", "<number>"),
            ("errors/import.rs", "--path <folder>"),
            ("errors/mirror.rs", "--scope-list <file>"),
            ("errors/rehome.rs", "bit rename {yours} <another name>"),
            ("errors/successors.rs", "--scope <scope>"),
            ("errors/successors.rs", "--path <folder>"),
            ("ops/state/needs/folder.rs", "bit move {name} <new folder>"),
        ],
    ),
    (
        "which of several is meant is the person's to say",
        &[
            ("cli/commands/export.rs", "bit export <scope>"),
            ("cli/commands/search.rs", "bit import <id>"),
            ("errors/add.rs", "--main <file>"),
            ("errors/choose.rs", "bit add <folder>"),
            ("errors/export.rs", "bit export <scope>"),
            ("errors/login.rs", "credential.helper <helper>"),
            ("errors/login.rs", "--username <name>"),
            ("errors/merge.rs", "bit log <id>"),
            ("errors/merge.rs", "bit merge <version> {}"),
            ("errors/packages.rs", "bit import <component id>"),
            ("errors/packages.rs", "bit install <component id>"),
            ("errors/read.rs", "bit search <words>"),
            ("errors/read.rs", "--remote=<scope or URL>"),
            ("errors/removal.rs", "bit export <ids>"),
            ("errors/removal.rs", "bit checkout <version> {0}"),
            ("errors/signing.rs", "bit scope set <scope> {}"),
            ("errors/successors.rs", "bit fork <scope>/{name}"),
            ("errors/tag.rs", "bit import {}@<version> --track-only"),
            ("errors/tag.rs", "bit import {0}@<version> --track-only"),
            ("errors/tag.rs", "bit reset <id> {version}"),
            ("ops/state/needs.rs", "<range>"),
            ("ops/state/needs.rs", "bit add <folder>"),
            ("ops/state/needs/folder.rs", "--main <file>"),
            ("ops/state/needs/packages.rs", "<range>"),
        ],
    ),
    (
        "how a command or a name is written in general",
        &[
            ("cli/commands/remote/add.rs", "[NAME] <URL>"),
            ("errors/copies.rs", "bit export <scope> [ids] {flag}"),
            ("errors/copies.rs", "bit diff <id>@<version> --origin"),
            ("errors/merge.rs", "bit checkout <version|head|latest|reset> [ids]"),
            ("errors/network.rs", "url.<base>.insteadOf"),
            ("errors/pack.rs", "npm login --registry <url>"),
            ("errors/read.rs", "bit import <id>"),
            ("errors/read.rs", "bit pattern <pattern>"),
            ("errors/scopes.rs", "<component>@<version>"),
            ("errors/signing.rs", "openpgp <fingerprint>"),
            ("errors/signing.rs", "<pattern>, !{scope}"),
        ],
    ),
    (
        "only whoever runs the host, or reached it, knows",
        &[
            ("errors/scopes.rs", "bit remote add <name> {}"),
            ("ops/hook/names.rs", "git push <url> :{other}"),
            ("ops/verify/faults.rs", "<its folder>"),
            ("ops/verify/faults.rs", "--refetch <mirror>"),
            ("ops/verify/surroundings.rs", "--unshallow <url>"),
        ],
    ),
];

/// The string literals of a source, without those of its tests, and without comments.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    let source = lines.collect::<Vec<_>>().join("\n").replace("'\"'", "' '");
    let (mut literals, mut current, mut is_escaped) = (Vec::new(), None::<String>, false);
    for c in source.chars() {
        match (&mut current, c) {
            (Some(text), c) if is_escaped => {
                is_escaped = false;
                text.push(c);
            }
            (Some(_), '\\') => is_escaped = true,
            (Some(text), '"') => {
                literals.push(std::mem::take(text));
                current = None;
            }
            (Some(text), c) => text.push(c),
            (None, '"') => current = Some(String::new()),
            (None, _) => {}
        }
    }
    literals
}

/// A text without its placeholders is the same text.
fn has_placeholder(text: &str) -> bool {
    text.split('<').skip(1).any(|rest| {
        let word = rest.split('>').next().filter(|word| word.len() < rest.len()).unwrap_or_default();
        word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphabetic() || " |-,".contains(c))
    })
}

fn sources(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        match path.is_dir() {
            true => sources(&path, found),
            false => found.push(path),
        }
    }
}

#[test]
fn advice_is_filled_in_wherever_the_value_is_known() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    for folder in ["errors", "ops", "cli"] {
        sources(&root.join(folder), &mut files);
    }
    let mut expected: Vec<(&str, &str)> = STAY.iter().flat_map(|(_, places)| places.iter().copied()).collect();
    let (mut unknown, mut seen) = (Vec::new(), 0);
    for file in files {
        let name = file.strip_prefix(&root).expect("below it").to_str().expect("UTF-8").to_owned();
        for literal in literals(&fs::read_to_string(&file).expect("a source")) {
            let mut rest = literal.clone();
            for (at, piece) in STAY.iter().flat_map(|(_, places)| places.iter()).filter(|(at, _)| *at == name) {
                if rest.contains(piece) {
                    rest = rest.replace(piece, "");
                    expected.retain(|one| *one != (*at, *piece));
                }
            }
            seen += usize::from(rest != literal);
            if has_placeholder(&rest) {
                unknown.push(format!("{name}: {literal}"));
            }
        }
    }
    assert!(unknown.is_empty(), "fill these in, or say why that can't be:\n{}", unknown.join("\n"));
    assert!(expected.is_empty(), "these are no more: {expected:?}");
    assert!(seen > 50, "only {seen} were found");
}
