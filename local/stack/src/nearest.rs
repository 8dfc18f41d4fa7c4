//! Suggestions for an unknown name.

use strsim::damerau_levenshtein;

/// Returns the known names that are nearest to an unknown one, in the order of `known`: those that
/// contain it as a word, such as `max_length` and `min_length` for `length`, unless another one is
/// at most two letters away; otherwise those with the fewest letters to change. The result is empty
/// only if `known` is.
pub(crate) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let measured: Vec<_> = known
        .map(|known| (damerau_levenshtein(&name.to_lowercase(), known), known))
        .collect();
    let Some(least) = measured.iter().map(|(distance, _)| *distance).min() else {
        return Vec::new();
    };
    let holding: Vec<_> = measured
        .iter()
        .map(|(_, known)| *known)
        .filter(|known| known.split('_').any(|word| word == name))
        .collect();
    if least > 2 && !holding.is_empty() {
        return holding;
    }
    let closest = measured.iter().filter(|(distance, _)| *distance == least);
    closest.map(|(_, known)| *known).collect()
}
