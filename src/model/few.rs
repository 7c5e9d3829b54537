//! Long lists in words that people read.

use std::fmt::Display;

/// So many of a list, and after them how many more there are.
pub fn few<T: Display>(all: impl IntoIterator<Item = T>, shown: usize) -> Vec<String> {
    let mut all = all.into_iter();
    let mut few: Vec<String> = all.by_ref().take(shown).map(|one| one.to_string()).collect();
    let more = all.count();
    if more > 0 {
        few.push(format!("and {more} more"));
    }
    few
}

#[cfg(test)]
mod tests {
    use super::few;

    #[test]
    fn more_are_counted() {
        assert_eq!(few([1, 2], 2), ["1", "2"]);
        assert_eq!(few([1, 2, 3, 4], 2), ["1", "2", "and 2 more"]);
        assert!(few(Vec::<String>::new(), 2).is_empty());
    }
}
