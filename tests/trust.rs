//! Trust: probabilities and priors, every metric, intervals, calibration, abstention and prediction sets.
#![allow(clippy::unwrap_used)] // helpers of tests may unwrap like the tests themselves

#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "trust/abstention.rs"]
mod abstention;
#[path = "trust/agreement.rs"]
mod agreement;
#[path = "trust/bootstrap.rs"]
mod bootstrap;
#[path = "trust/committee.rs"]
mod committee;
#[path = "trust/evaluate.rs"]
mod evaluate;
#[cfg(feature = "cli")]
#[path = "trust/gaussians.rs"]
mod gaussians;
#[path = "trust/golden.rs"]
mod golden;
#[path = "trust/limits.rs"]
mod limits;
#[path = "trust/metrics.rs"]
mod metrics;
#[path = "trust/paired.rs"]
mod paired;
#[path = "trust/prediction_set.rs"]
mod prediction_set;
#[path = "trust/prior.rs"]
mod prior;
#[path = "trust/selective.rs"]
mod selective;
#[path = "trust/softmax.rs"]
mod softmax;
#[path = "trust/temperature.rs"]
mod temperature;
#[path = "trust/validation.rs"]
mod validation;

/// Whether two numbers differ by at most `tolerance`; NaN never does.
fn close(a: f64, b: f64, tolerance: f64) -> bool {
    (a - b).abs() <= tolerance
}

/// Whether two rows have one length and differ by at most `tolerance` in each place.
fn all_close(a: &[f64], b: &[f64], tolerance: f64) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| close(*a, *b, tolerance))
}

/// Pseudo-random numbers in 0..1 for synthetic data.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A distribution over `classes` classes.
    fn row(&mut self, classes: usize) -> Vec<f64> {
        let row: Vec<f64> = (0..classes).map(|_| self.next() + 0.01).collect();
        let sum: f64 = row.iter().sum();
        row.into_iter().map(|p| p / sum).collect()
    }
}
