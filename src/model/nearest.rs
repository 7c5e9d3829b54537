//! "Did you mean …?"

/// The candidate nearest to what was typed, if one is near enough to be what was meant.
pub fn nearest<'a>(typed: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let tolerance = (typed.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(typed, candidate), candidate))
        .filter(|(distance, _)| *distance <= tolerance)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_typo_is_answered_a_stranger_is_not() {
        assert_eq!(nearest("ui/buton", ["ui/button", "ui/menu"]), Some("ui/button"));
        assert_eq!(nearest("xyz", ["ui/button", "ui/menu"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
