//! Two classifiers on the same photographs.

use super::{close, tolerance};
use dermdistill::ErrorKind;
use dermdistill::trust::agreement;

#[test]
fn differences_are_counted_by_hand() {
    let first = [vec![0.7, 0.2, 0.1], vec![0.4, 0.5, 0.1]];
    let second = [vec![0.6, 0.3, 0.1], vec![0.5, 0.3, 0.2]];
    let found = agreement(&first, &second).unwrap();
    assert_eq!((found.n, found.top1), (2, 0.5));
    assert!(close(found.mean_difference, (0.1 + 0.1 + 0.1 + 0.2 + 0.1) / 6.0, tolerance::PROBABILITY));
    assert!(close(found.mean_top1_difference, (0.1 + 0.2) / 2.0, tolerance::PROBABILITY));
    assert!(close(found.largest_difference, 0.2, tolerance::PROBABILITY));
    let itself = agreement(&first, &first).unwrap();
    assert_eq!((itself.top1, itself.mean_difference, itself.largest_difference), (1.0, 0.0, 0.0));
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let row = || vec![vec![0.5, 0.5]];
    assert_eq!(agreement(&[], &[]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(agreement(&row(), &[]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(agreement(&row(), &[vec![1.0]]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(agreement(&[vec![]], &[vec![]]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(agreement(&row(), &[vec![f64::NAN, 0.5]]).unwrap_err().kind(), ErrorKind::NotFinite);
}
