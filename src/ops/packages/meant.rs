//! Which components that are packages a person means.

use crate::model::{ComponentId, IdQuery, PackageName, Pattern};
use crate::ops::select::{Among, select_among};
use crate::workspace::Bitmap;
use anyhow::{Error, Result};

/// Reads packages, ids, names and patterns as some of these components: ids, with the version where one was typed.
pub fn meant(all: &[ComponentId], words: &[String], unknown: &dyn Fn(&str) -> Error) -> Result<Vec<String>> {
    let words: Vec<String> = words.iter().map(|word| without_package(all, word)).collect();
    for word in &words {
        for part in Pattern::parts(word)?.iter().filter(|part| !part.is_glob()) {
            let query = IdQuery::parse(part.text)?;
            if !all.iter().any(|id| query.names(id)) {
                return Err(unknown(part.text));
            }
        }
    }
    let selected = select_among(Among::with(&Bitmap::default(), all), &words)?;
    let text = |selection: crate::ops::Selection| match selection.version {
        Some(version) => format!("{}@{version}", selection.id),
        None => selection.id.to_string(),
    };
    Ok(selected.into_iter().map(text).collect())
}

/// A word, with the id in the place of a package, `@owner/name` or `@owner/name@1.0.0`.
pub fn without_package(all: &[ComponentId], word: &str) -> String {
    let id_of = |id: &ComponentId| {
        let version = word.strip_prefix(PackageName::of(id).as_str())?;
        (version.is_empty() || version.starts_with('@')).then(|| format!("{id}{version}"))
    };
    all.iter().find_map(id_of).unwrap_or_else(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_ids_names_and_patterns_are_read() {
        let all: Vec<ComponentId> =
            ["o.ui/card", "o.ui/forms/input", "o.base/theme"].map(|id| id.parse().unwrap()).into();
        let read = |words: &[&str]| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            meant(&all, &words, &|word| anyhow::anyhow!("no {word}")).map_err(|error| error.to_string())
        };
        assert_eq!(read(&["@o/ui.card@1.0.0", "theme"]).unwrap(), ["o.ui/card@1.0.0", "o.base/theme"]);
        assert_eq!(read(&["o.ui/*", "!card"]).unwrap(), ["o.ui/forms/input"]);
        assert_eq!(read(&["*"]).unwrap().len(), 3);
        assert_eq!(read(&["button"]).unwrap_err(), "no button");
    }
}
