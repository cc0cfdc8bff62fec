//! A committee's answer is the normalised geometric mean of its members'.

use super::{all_close, tolerance};
use dermdistill::ErrorKind;
use dermdistill::trust::committee;

#[test]
fn a_committee_of_one_says_what_it_says() {
    assert!(all_close(&committee(&[vec![0.2, 0.3, 0.5]]).unwrap(), &[0.2, 0.3, 0.5], tolerance::PROBABILITY));
}

#[test]
fn a_members_certainty_counts_and_its_zero_decides() {
    // ∛(0.8 · 0.1 · 0.1) : ∛(0.2 · 0.9 · 0.9) = 0.2 : 0.545…
    let (a, b) = (0.008f64.cbrt(), 0.162f64.cbrt());
    let pooled = committee(&[vec![0.8, 0.2], vec![0.1, 0.9], vec![0.1, 0.9]]).unwrap();
    assert!(all_close(&pooled, &[a / (a + b), b / (a + b)], tolerance::PROBABILITY));
    assert_eq!(committee(&[vec![0.0, 0.5, 0.5], vec![1.0, 0.0, 0.0]]).unwrap_err().kind(), ErrorKind::NotFinite, "no class is left");
    assert_eq!(committee(&[vec![0.0, 0.4, 0.6], vec![0.5, 0.5, 0.0]]).unwrap(), [0.0, 1.0, 0.0]);
    // Numbers near the smallest of f64 do not become 0 / 0.
    assert!(all_close(&committee(&[vec![1e-300, 3e-300], vec![1e-300, 3e-300]]).unwrap(), &[0.25, 0.75], tolerance::PROBABILITY));
}

#[test]
fn what_is_no_row_is_refused() {
    for members in [vec![], vec![vec![]], vec![vec![0.5, 0.5], vec![1.0]], vec![vec![f64::NAN, 0.5]], vec![vec![1.5, 0.5]], vec![vec![-0.1, 0.5]]] {
        assert_eq!(committee(&members).unwrap_err().kind(), ErrorKind::Argument, "{members:?}");
    }
}
