//! Finds the known name that a misspelt one was meant to be.

/// How alike one of a few names must be to be suggested.
pub(super) const ENOUGH: f64 = 0.6;

/// The name most like `given`, if its likeness is at least `least`: 1 means the same, 0 nothing in common.
pub(super) fn closest<'a>(given: &str, names: impl Iterator<Item = &'a str>, least: f64) -> Option<&'a str> {
    // A name twice as long is at most half alike, and the time to compare grows with both lengths.
    let comparable = names.filter(|name| given.len() <= 2 * name.len());
    let scored = comparable.map(|name| (strsim::normalized_damerau_levenshtein(given, name), name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0));
    best.filter(|(likeness, _)| *likeness >= least).map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likest_name_is_meant_if_it_is_like_enough() {
        let among = |given: &str, least| closest(given, ["listen", "limits"].into_iter(), least);
        assert_eq!(among("lisen", 0.7), Some("listen"));
        assert_eq!(among("limit", 0.7), Some("limits"));
        assert_eq!(among("brand", 0.7), None);
        assert_eq!(among(&"listen".repeat(2000), 0.0), None);
    }
}
