//! Several opinions as one.

use crate::{Error, ErrorKind, Result};

/// What a committee answers: q_c = exp(mean over members of ln p_c), divided by its sum (the logarithmic opinion pool; Genest and Zidek,
/// *Statistical Science* 1 (1986), section 4).
///
/// `members`: one row of probabilities each, of one length, all under the same class mix. One member's own row comes back, normalised. A class
/// to which one member gives 0 gets 0.
///
/// ```
/// let pooled = dermdistill::trust::committee(&[vec![0.5, 0.5], vec![0.9, 0.1]])?;
/// // √(0.5 · 0.9) : √(0.5 · 0.1) = 3 : 1.
/// assert!((pooled[0] - 0.75).abs() < 1e-12);
/// # Ok::<(), dermdistill::Error>(())
/// ```
///
/// # Errors
/// `argument` without members, for rows of different lengths or a number that is no probability; `not-finite` when no class is left.
pub fn committee(members: &[Vec<f64>]) -> Result<Vec<f64>> {
    let classes = members.first().map_or(0, Vec::len);
    let is_row = |row: &Vec<f64>| row.len() == classes && row.iter().all(|p| (0.0..=1.0).contains(p));
    if classes == 0 || !members.iter().all(is_row) {
        return Err(Error::new(ErrorKind::Argument, "a committee needs rows of probabilities of one length", ""));
    }
    let mut logs = vec![0.0; classes];
    for row in members {
        logs.iter_mut().zip(row).for_each(|(log, p)| *log += p.ln() / members.len() as f64);
    }
    let most = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !most.is_finite() {
        return Err(Error::new(ErrorKind::NotFinite, "the members of the committee agree on no class", ""));
    }
    let weights: Vec<f64> = logs.iter().map(|log| (log - most).exp()).collect();
    let sum: f64 = weights.iter().sum();
    Ok(weights.into_iter().map(|weight| weight / sum).collect())
}
