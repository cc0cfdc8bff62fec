//! Groups: photographs of one lesion, which must not count several times.

use std::collections::HashMap;

/// The position of one item of each group: the one of the lowest rank, of equals the first. Items are (group, rank); positions ascend.
pub(crate) fn one_of_each<'a, R: Ord>(items: impl IntoIterator<Item = (&'a str, R)>) -> Vec<usize> {
    let mut best: HashMap<&str, (R, usize)> = HashMap::new();
    for (position, (group, rank)) in items.into_iter().enumerate() {
        match best.get(group) {
            Some((least, _)) if *least <= rank => {}
            _ => drop(best.insert(group, (rank, position))),
        }
    }
    let mut chosen: Vec<usize> = best.into_values().map(|(_, position)| position).collect();
    chosen.sort_unstable();
    chosen
}
