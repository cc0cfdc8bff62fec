//! Declining an answer: each reason, their order, exact limits, and NaN.

use dermdistill::ErrorKind;
use dermdistill::photo::Quality;
use dermdistill::trust::{Reason, abstain, threshold_at};
use dermdistill::weights::{Abstain, FamiliarityLimit, QualityLimits};

/// What 16 / (255² · 1/16 · 1/8) is.
const SHARPNESS: f64 = 2048.0 / 65025.0;
const LIMITS: QualityLimits =
    QualityLimits { relative_sharpness: SHARPNESS, brightness: [0.125, 0.875], relative_contrast: 0.5, clipped_dark: 0.5, clipped_bright: 0.25 };
/// Every measure at the limit it must not pass, brightness at its lower one; sharpness a rounding above it.
const EDGE: Quality = Quality { sharpness: 16.000_01, brightness: 0.125, contrast: 0.0625, clipped_dark: 0.5, clipped_bright: 0.25 };
const SURE: [f64; 3] = [0.5, 0.3, 0.2];

fn limits() -> Abstain {
    Abstain { probability: 0.5, energy: Some(2.0), familiarity: None, quality: Some(LIMITS), chosen: String::new() }
}

fn reason(quality: &Quality, probabilities: &[f64], energy: f64) -> Option<Reason> {
    abstain(&limits(), quality, probabilities, energy, None).map(|abstained| abstained.code)
}

#[test]
fn at_every_limit_an_answer_is_given() {
    assert_eq!(reason(&EDGE, &SURE, 2.0), None);
    assert_eq!(reason(&Quality { brightness: 0.875, contrast: 0.4375, sharpness: 800.0, ..EDGE }, &SURE, 2.0), None);
}

#[test]
fn beyond_each_limit_its_reason_is_given() {
    let cases = [
        (Quality { brightness: 0.124, ..EDGE }, Reason::TooDark),
        (Quality { clipped_dark: 0.51, ..EDGE }, Reason::TooDark),
        (Quality { brightness: 0.876, contrast: 0.4, ..EDGE }, Reason::TooBright),
        (Quality { clipped_bright: 0.26, ..EDGE }, Reason::TooBright),
        (Quality { contrast: 0.06, ..EDGE }, Reason::Flat),
        (Quality { sharpness: 15.9, ..EDGE }, Reason::TooBlurred),
    ];
    for (quality, expected) in cases {
        assert_eq!(reason(&quality, &SURE, 2.0), Some(expected), "{quality:?}");
    }
    assert_eq!(reason(&EDGE, &SURE, 1.99), Some(Reason::Unfamiliar));
    assert_eq!(reason(&EDGE, &[0.49, 0.26, 0.25], 2.0), Some(Reason::NotSure));
}

#[test]
fn the_first_reason_wins() {
    let poor = Quality { sharpness: 0.0, brightness: 0.0, contrast: 0.0, clipped_dark: 1.0, clipped_bright: 0.0 };
    assert_eq!(reason(&poor, &[0.1; 10], 0.0), Some(Reason::TooDark));
    assert_eq!(reason(&Quality { brightness: 0.5, clipped_dark: 0.0, ..poor }, &[0.1; 10], 0.0), Some(Reason::Flat));
    assert_eq!(reason(&EDGE, &[0.1; 10], 0.0), Some(Reason::Unfamiliar));
}

#[test]
fn a_measure_that_failed_is_no_ground_to_answer() {
    assert_eq!(reason(&Quality { sharpness: f32::NAN, ..EDGE }, &SURE, 2.0), Some(Reason::TooBlurred));
    assert_eq!(reason(&Quality { clipped_bright: f32::NAN, ..EDGE }, &SURE, 2.0), Some(Reason::TooBright));
    assert_eq!(reason(&EDGE, &SURE, f64::NAN), Some(Reason::Unfamiliar));
    assert_eq!(reason(&EDGE, &[f64::NAN; 3], 2.0), Some(Reason::NotSure));
    assert_eq!(reason(&EDGE, &[], 2.0), Some(Reason::NotSure));
}

/// The limits with one on the distance, at 8.
fn unlike(quality: &Quality, energy: f64, distance: Option<f64>) -> Option<Reason> {
    let familiarity = Some(FamiliarityLimit { block: "features.6".into(), distance: 8.0 });
    abstain(&Abstain { familiarity, ..limits() }, quality, &SURE, energy, distance).map(|abstained| abstained.code)
}

#[test]
fn a_photograph_beyond_the_distance_is_unlike_dermoscopy() {
    assert_eq!(unlike(&EDGE, 2.0, Some(8.0)), None);
    assert_eq!(unlike(&EDGE, 2.0, Some(8.000_001)), Some(Reason::UnlikeDermoscopy));
    assert_eq!(unlike(&EDGE, 0.0, Some(9.0)), Some(Reason::UnlikeDermoscopy), "said before what the energy says");
    assert_eq!(unlike(&Quality { sharpness: 0.0, ..EDGE }, 2.0, Some(9.0)), Some(Reason::TooBlurred), "a better photograph may be like");
    for failed in [None, Some(f64::NAN), Some(f64::INFINITY)] {
        assert_eq!(unlike(&EDGE, 2.0, failed), Some(Reason::UnlikeDermoscopy), "{failed:?}");
    }
}

#[test]
fn less_light_and_darker_skin_change_no_quality_but_the_brightness() {
    let dimmed = |factor: f32| Quality {
        sharpness: 20.0 * factor * factor,
        brightness: 0.5 * factor,
        contrast: 0.25 * factor,
        clipped_dark: 0.0,
        clipped_bright: 0.0,
    };
    for factor in [1.0, 0.5, 0.25] {
        let (bright, dim) = (dimmed(1.0), dimmed(factor));
        assert_eq!((dim.relative_sharpness(), dim.relative_contrast()), (bright.relative_sharpness(), bright.relative_contrast()), "{factor}");
    }
    let black = Quality::default();
    assert_eq!((black.relative_sharpness(), black.relative_contrast()), (0.0, 0.0));
    assert!(Quality { sharpness: f32::NAN, ..EDGE }.relative_sharpness().is_nan());
}

#[test]
fn what_the_card_leaves_out_is_not_looked_at() {
    let only_probability = Abstain { energy: None, quality: None, ..limits() };
    let worst = Quality { sharpness: 0.0, brightness: 0.0, contrast: 0.0, clipped_dark: 1.0, clipped_bright: 1.0 };
    assert_eq!(abstain(&only_probability, &worst, &SURE, f64::NAN, Some(f64::NAN)), None);
}

#[test]
fn json_has_a_code_and_a_sentence() {
    let abstained = abstain(&limits(), &Quality { sharpness: 1.0, ..EDGE }, &SURE, 2.0, None).unwrap();
    let expected = serde_json::json!({"code": "too-blurred", "message": "The photograph is too blurred to judge."});
    assert_eq!(serde_json::to_value(abstained).unwrap(), expected);
    for reason in Reason::ALL {
        assert_eq!(serde_json::to_value(reason).unwrap(), reason.code());
    }
}

#[test]
fn a_limit_declines_at_most_the_share_asked_for() {
    let scores: Vec<f64> = (0..100).map(|i| f64::from(i * 37 % 100)).collect();
    for (share, expected) in [(0.0, 0.0), (0.05, 4.5), (0.29, 28.5), (0.999, 98.5)] {
        let limit = threshold_at(&scores, share).unwrap();
        assert_eq!(limit, expected);
        let declined = scores.iter().filter(|score| **score < limit).count();
        assert!(declined as f64 <= share * 100.0 + 1e-9);
        // Another processor's rounding of the scores changes nothing where the limit lies between two of them.
        for shift in [-1e-6, 1e-6] {
            assert!(share == 0.0 || scores.iter().filter(|score| **score + shift < limit).count() == declined);
        }
    }
    // Equal scores stand or fall together, so fewer than the share may be declined.
    assert_eq!(threshold_at(&[1.0, 1.0, 1.0, 2.0], 0.5).unwrap(), 1.0);
    assert_eq!(threshold_at(&[], 0.1).unwrap_err().kind(), ErrorKind::TableEmpty);
    assert_eq!(threshold_at(&[f64::NAN], 0.1).unwrap_err().kind(), ErrorKind::NotFinite);
    for share in [-0.1, 1.0, f64::NAN] {
        assert_eq!(threshold_at(&[1.0], share).unwrap_err().kind(), ErrorKind::Argument);
    }
}
