//! The paths of a tree that a stranger made: refused whole before anything of it is written.

use super::names::{case_collisions, check_path, fold};

/// No component needs more folders inside one another, and no system has to bear them.
const DEEPEST: usize = 64;
/// Paths beyond this can't be made everywhere.
const LONGEST: usize = 1000;

/// Why a tree can't be written: the path, and what is wrong with it. `None` if nothing is.
pub fn fault_of_tree<'p>(paths: &[&'p str]) -> Option<(&'p str, String)> {
    let fault = |path: &&'p str| fault_of_path(path).map(|reason| (*path, reason));
    paths.iter().find_map(fault).or_else(|| {
        let (path, other) = case_collisions(paths.iter().copied()).into_iter().next()?;
        Some((path, format!("some file systems can't hold it beside \"{other}\"")))
    })
}

fn fault_of_path(path: &str) -> Option<String> {
    if path.len() > LONGEST {
        return Some(format!("its path is longer than {LONGEST} bytes"));
    }
    if path.split('/').count() > DEEPEST {
        return Some(format!("it lies in more than {DEEPEST} folders"));
    }
    if let Err(bad) = check_path(path) {
        return Some(bad.to_string());
    }
    // Packages in there would be found, and their scripts run, by a package manager.
    path.split('/').any(|part| fold(part) == "node_modules").then(|| "a version holds no node_modules".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_paths_are_named() {
        for (paths, word) in [
            (vec!["index.js", "../x"], "`.` or `..`"),
            (vec![".git/hooks/pre-commit"], ".git"),
            (vec!["lib/.GiT/config"], ".git"),
            (vec!["git~1/config"], ".git"),
            (vec![".g\u{200c}it/config"], ".git"),
            (vec!["a\\b"], "backslash"),
            (vec!["c:x"], "colon"),
            (vec!["nul.js"], "device"),
            (vec!["node_modules/x/index.js"], "node_modules"),
            (vec!["lib/Node_Modules/x.js"], "node_modules"),
            (vec!["README.md", "readme.md"], "beside \"README.md\""),
            (vec!["\u{e9}.js", "e\u{301}.js"], "beside"),
            (vec!["a//b"], "empty"),
        ] {
            let (_, reason) = fault_of_tree(&paths).unwrap_or_else(|| panic!("{paths:?} is let through"));
            assert!(reason.contains(word), "{paths:?}: {reason}");
        }
        let deep = "a/".repeat(64) + "b";
        let long = "a".repeat(1001);
        assert!(fault_of_tree(&[&deep]).is_some() && fault_of_tree(&[&long]).is_some());
        assert_eq!(
            fault_of_tree(&["a/b.js", "a/c.js", ".gitignore", "dist/index.js", "con/"]).map(|(path, _)| path),
            Some("con/")
        );
        assert_eq!(fault_of_tree(&["a/b.js", "a/c.js", "dist/index.d.ts"]), None);
    }
}
