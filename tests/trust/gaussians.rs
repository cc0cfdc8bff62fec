//! The fit of the distance to the training: by hand in two dimensions, and what it refuses.

use crate::tolerance;
use dermdistill::ErrorKind;
use dermdistill::trust::{Gaussians, fit_gaussians};
use dermdistill::weights::{Familiarity, Tensors};

/// Two classes, each a rectangle about its mean: (0, 0) and (10, 20), half as wide (2) as high (4).
fn rectangles() -> (Vec<Vec<f32>>, Vec<usize>) {
    let corners = [[2.0, 4.0], [2.0, -4.0], [-2.0, 4.0], [-2.0, -4.0]];
    let class = |mean: [f32; 2]| corners.map(|[x, y]| vec![mean[0] + x, mean[1] + y]);
    let rows = [class([0.0, 0.0]), class([10.0, 20.0])].concat();
    (rows, [[0; 4], [1; 4]].concat())
}

fn familiarity(fitted: &Gaussians) -> Familiarity {
    let mut tensors = Tensors::new();
    Familiarity::store(&mut tensors, fitted.len, fitted.means.clone(), fitted.whitening.clone());
    Familiarity::from_tensors(&tensors).unwrap()
}

#[test]
fn means_and_covariance_are_those_of_the_rectangles() {
    let (rows, labels) = rectangles();
    let fitted = fit_gaussians(&rows, &labels, 2).unwrap();
    assert_eq!((fitted.len, fitted.means.as_slice()), (2, &[0.0, 0.0, 10.0, 20.0][..]));
    // Variances 4 and 16, without correlation; one hundredth of their mean is added to both.
    let (x, y) = (4.0 + 0.1f64, 16.0 + 0.1f64);
    let expected = [x.sqrt().recip(), 0.0, 0.0, y.sqrt().recip()];
    for (found, expected) in fitted.whitening.iter().zip(expected) {
        assert!((f64::from(*found) - expected).abs() < tolerance::STATISTICS, "{found} for {expected}");
    }
    let familiarity = familiarity(&fitted);
    assert_eq!(familiarity.distance(&[10.0, 20.0]), 0.0);
    assert!((familiarity.distance(&[1.0, 0.0]) - x.sqrt().recip()).abs() < tolerance::STATISTICS);
    // The nearest class counts: this one is 4 above the second.
    assert!((familiarity.distance(&[10.0, 24.0]) - 4.0 / y.sqrt()).abs() < tolerance::STATISTICS);
}

#[test]
fn a_correlation_makes_the_distance_longer_across_it() {
    let rows: Vec<Vec<f32>> = [-3.0f32, -1.0, 1.0, 3.0].iter().flat_map(|&t| [vec![t, t + 0.1], vec![t, t - 0.1]]).collect();
    let familiarity = familiarity(&fit_gaussians(&rows, &[0; 8], 1).unwrap());
    assert!(familiarity.distance(&[1.0, -1.0]) > 5.0 * familiarity.distance(&[1.0, 1.0]));
}

#[test]
fn fewer_photographs_than_numbers_are_enough() {
    let rows = vec![vec![1.0, 2.0, 3.0, 4.0], vec![2.0, 2.0, 3.0, 4.0]];
    let fitted = fit_gaussians(&rows, &[0, 0], 1).unwrap();
    assert!(fitted.whitening.iter().all(|x| x.is_finite()));
}

#[test]
fn what_cannot_be_fitted_is_refused() {
    let refused = |rows: &[Vec<f32>], labels: &[usize], classes: usize, kind: ErrorKind, words: &str| {
        let error = fit_gaussians(rows, labels, classes).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.message().contains(words), "{words:?} is missing in {error}");
    };
    let (rows, labels) = rectangles();
    refused(&rows, &labels, 3, ErrorKind::TableEmpty, "index 2");
    refused(&rows, &labels, 1, ErrorKind::Argument, "label 1");
    refused(&rows, &labels[1..], 2, ErrorKind::Argument, "7 labels for 8");
    refused(&[vec![1.0], vec![1.0, 2.0]], &[0, 0], 1, ErrorKind::Argument, "2 statistics");
    refused(&[vec![]], &[0], 1, ErrorKind::Argument, "0 statistics");
    refused(&[], &[], 1, ErrorKind::TableEmpty, "index 0");
    refused(&[vec![1.0], vec![f32::NAN]], &[0, 0], 1, ErrorKind::NotFinite, "NaN");
    refused(&[vec![1.0, 2.0], vec![1.0, 2.0]], &[0, 0], 1, ErrorKind::Argument, "alike");
}
