//! Softmax, energy and the first of the largest.

use dermdistill::ErrorKind;
use dermdistill::trust::{energy, softmax, top};

use crate::tolerance::PROBABILITY;
use crate::{all_close, close};

#[test]
fn thirds_by_hand() {
    let ln2 = 2.0_f32.ln();
    // exp(ln 2) : exp(0) = 2 : 1; at T = ½ the ratio is squared, at T = 2 it is its root.
    let ratio = f64::from(ln2).exp();
    for (temperature, odds) in [(1.0, ratio), (0.5, ratio.powi(2)), (2.0, ratio.sqrt())] {
        let expected = [odds / (odds + 1.0), 1.0 / (odds + 1.0)];
        assert!(all_close(&softmax(&[ln2, 0.0], temperature).unwrap(), &expected, PROBABILITY));
    }
}

#[test]
fn a_shift_changes_nothing_and_nothing_overflows() {
    let p = softmax(&[1.0, 2.0, 3.0], 1.0).unwrap();
    assert_eq!(softmax(&[65_537.0, 65_538.0, 65_539.0], 1.0).unwrap(), p);
    let extreme = softmax(&[f32::MAX, -f32::MAX, 0.0], 0.05).unwrap();
    assert_eq!(extreme, [1.0, 0.0, 0.0]);
    assert_eq!(softmax(&[-7.0], 3.0).unwrap(), [1.0]);
}

#[test]
fn energy_is_the_log_of_the_sum() {
    let expected = (1.0_f64.exp() + 2.0_f64.exp() + 0.5_f64.exp()).ln();
    assert!(close(energy(&[2.0, 4.0, 1.0], 2.0).unwrap(), expected, PROBABILITY));
    assert!(close(energy(&[5000.0, 0.0], 1.0).unwrap(), 5000.0, PROBABILITY));
}

#[test]
fn what_is_not_finite_or_empty_is_refused() {
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = softmax(&[0.0, bad], 1.0).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFinite);
        assert!(error.message().contains("class 1"), "{error}");
        assert_eq!(energy(&[bad], 1.0).unwrap_err().kind(), ErrorKind::NotFinite);
    }
    for temperature in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(softmax(&[0.0], temperature).unwrap_err().kind(), ErrorKind::Argument);
    }
    assert_eq!(softmax(&[], 1.0).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(softmax(&[f32::MAX], f64::MIN_POSITIVE).unwrap_err().kind(), ErrorKind::NotFinite);
}

#[test]
fn the_first_of_equals_is_on_top() {
    assert_eq!(top(&[0.2, 0.4, 0.4]), Some((1, 0.4)));
    assert_eq!(top(&[f64::NAN, 0.1]), Some((1, 0.1)));
    assert_eq!(top(&[]), None);
}
