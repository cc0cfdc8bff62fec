//! Limits fitted on validation photographs: how many each declines, and what always passes.

use dermdistill::ErrorKind;
use dermdistill::photo::Quality;
use dermdistill::trust::{DeclinedShares, Reason, Seen, fit_limits};

use crate::Numbers;

const PHOTOGRAPHS: usize = 200;
const SHARES: DeclinedShares<'_> = DeclinedShares { each: 0.05, distance: Some(("features.7", 0.1)) };

/// Logits, measures, distance.
type Photograph = (Vec<f32>, Quality, f64);

/// Photographs of ordinary brightness, less the first two: a dark one and a bright one.
fn photographs() -> Vec<Photograph> {
    let mut numbers = Numbers(7);
    let mut photograph = |index: usize| {
        let logits = (0..8).map(|_| numbers.next() as f32 * 6.0).collect();
        let brightness = match index {
            0 => 0.05,
            1 => 0.99,
            _ => 0.3 + 0.4 * numbers.next() as f32,
        };
        let quality = Quality {
            sharpness: 10.0 + numbers.next() as f32,
            brightness,
            contrast: 0.05 + 0.05 * numbers.next() as f32,
            clipped_dark: 0.1 * numbers.next() as f32,
            clipped_bright: 0.1 * numbers.next() as f32,
        };
        (logits, quality, 10.0 + numbers.next())
    };
    (0..PHOTOGRAPHS).map(&mut photograph).collect()
}

fn seen(photographs: &[Photograph]) -> Vec<Seen<'_>> {
    photographs.iter().map(|(logits, quality, distance)| Seen { logits, quality: *quality, distance: Some(*distance) }).collect()
}

#[test]
fn each_limit_declines_its_share_and_ordinary_brightness_always_passes() {
    let photographs = photographs();
    let (limits, declined) = fit_limits(&seen(&photographs), 1.5, SHARES).unwrap();
    let quality = limits.quality.unwrap();
    let beyond = |fails: &dyn Fn(&Photograph) -> bool| photographs.iter().filter(|photograph| fails(photograph)).count();
    assert_eq!(beyond(&|(_, q, _)| f64::from(q.relative_sharpness()) < quality.relative_sharpness), 10);
    assert_eq!(beyond(&|(_, q, _)| f64::from(q.relative_contrast()) < quality.relative_contrast), 10);
    let familiarity = limits.familiarity.as_ref().unwrap();
    assert_eq!((familiarity.block.as_str(), beyond(&|(_, _, distance)| *distance > familiarity.distance)), ("features.7", 20));
    assert_eq!(quality.brightness, [0.12, 0.95], "a twentieth at either end would be within them");
    assert_eq!((quality.clipped_dark, quality.clipped_bright), (0.5, 0.5));
    // The two that are neither; of the others each is declined by a limit that it fails.
    assert_eq!(declined.first_chunk(), Some(&[Some(Reason::TooDark), Some(Reason::TooBright)]));
    let count = |reason| declined.iter().filter(|&&declined| declined == Some(reason)).count();
    assert!(Reason::ALL.into_iter().all(|reason| count(reason) <= if reason == Reason::UnlikeDermoscopy { 20 } else { 10 }));
    let all = declined.iter().flatten().count();
    assert!(limits.chosen.contains(&format!("Together they decline {all} ({:.1} %)", all as f64 / 2.0)), "{}", limits.chosen);
}

#[test]
fn without_a_block_no_distance_is_asked_for() {
    let photographs = photographs();
    let mut seen = seen(&photographs);
    seen.iter_mut().for_each(|seen| seen.distance = None);
    let (limits, _) = fit_limits(&seen, 1.0, DeclinedShares { distance: None, ..SHARES }).unwrap();
    assert_eq!(limits.familiarity, None);
    assert_eq!(fit_limits(&seen, 1.0, SHARES).unwrap_err().kind(), ErrorKind::NotFinite, "a distance that is missing");
}

#[test]
fn nothing_to_fit_on_and_shares_out_of_range_are_refused() {
    assert_eq!(fit_limits(&[], 1.0, SHARES).unwrap_err().kind(), ErrorKind::TableEmpty);
    for (each, distance) in [(0.5, 0.1), (-0.1, 0.1), (f64::NAN, 0.1), (0.1, 0.5), (0.1, f64::NAN)] {
        let error = DeclinedShares { each, distance: Some(("features.7", distance)) }.check().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument);
    }
    assert!(DeclinedShares { each: 0.0, distance: None }.check().is_ok());
}
