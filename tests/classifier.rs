//! The classifier against its own parts, on a generated network and a photograph drawn here.
#![allow(clippy::unwrap_used)] // helpers of tests may unwrap like the tests themselves

#[path = "common/generator.rs"]
mod generator;
#[path = "common/tolerance.rs"]
mod tolerance;

use dermdistill::ErrorKind;
use dermdistill::classifier::{Classifier, Explain, Look, Request, Timings};
use dermdistill::nn::{Framing, mobilenet_v2};
use dermdistill::photo::{self, Crop, Limits};
use dermdistill::trust::{self, Prior, Reason};
use dermdistill::weights::{Abstain, Card, Familiarity, FamiliarityLimit, Precision, PredictionSet, Tensor, WeightFile};

const SIDE: usize = 96;
const MIX: [f64; 8] = [0.05, 0.15, 0.1, 0.05, 0.15, 0.4, 0.05, 0.05];

fn weights(change: impl Fn(&mut Card)) -> Vec<u8> {
    let mut card = Card::new("mobilenet_v2", SIDE, Framing::CentreSquare, MIX.to_vec());
    card.temperature = 1.5;
    change(&mut card);
    let parameters = generator::parameters(&mobilenet_v2(8));
    let tensors = parameters.into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect();
    WeightFile { card, tensors }.write(Precision::F32).unwrap()
}

fn classifier() -> Classifier {
    Classifier::new(&weights(|_| {})).unwrap()
}

/// A PNG of 150 × 120: a dark disc on a lighter ground.
fn photograph() -> Vec<u8> {
    let disc = image::RgbImage::from_fn(150, 120, |x, y| {
        let inside = (f64::from(x) - 80.0).hypot(f64::from(y) - 60.0) < 35.0;
        image::Rgb(if inside { [90, 60, 50] } else { [200, 160, 140 + (x % 7) as u8] })
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    disc.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

/// A clock that stands still: tests of times need no time.
fn still() -> f64 {
    0.0
}

/// The first two steps of a classification.
fn look(classifier: &mut Classifier, bytes: &[u8], crop: Option<Crop>) -> Look {
    let mut timings = Timings::default();
    let photo = classifier.decode(bytes, &mut timings, still).unwrap();
    classifier.look(&photo, crop, &mut timings, still).unwrap()
}

#[test]
fn an_answer_is_the_composition_of_the_parts() {
    let mut classifier = classifier();
    let bytes = photograph();
    let crop = Some(Crop { x: 20, y: 10, width: 100, height: 90 });
    let request = Request { crop, explain: Some(Explain::Top), ..Request::default() };
    let answer = classifier.classify(&bytes, &request, still).unwrap();

    let card = classifier.card().clone();
    let seen = photo::network_input(&photo::decode(&bytes, &Limits::default()).unwrap(), crop, card.framing, SIDE).unwrap();
    let logits = classifier.logits(&photo::normalise(&seen, card.mean, card.std)).unwrap().to_vec();
    assert_eq!(answer.logits, logits);
    assert_eq!(answer.probabilities, trust::softmax(&logits, 1.5).unwrap());
    assert_eq!((answer.photograph.width, answer.photograph.height), (150, 120));
    assert_eq!(answer.quality, photo::quality(&seen));
    assert_eq!(answer.seen, seen);
    assert_eq!((answer.abstained, answer.covering), (None, None));

    assert!(answer.ranked.windows(2).all(|pair| pair[0].probability >= pair[1].probability));
    assert_eq!(answer.ranked.len(), 8);
    let top = &answer.ranked[0];
    let index = classifier.class_index(&top.code).unwrap();
    assert_eq!((top.probability, &top.name), (answer.probabilities[index], &card.class_names[index]));
    let map = answer.map.unwrap();
    assert_eq!((map.class.as_str(), map.side, map.values.len()), (top.code.as_str(), SIDE / 32, 9));
    let look = look(&mut classifier, &bytes, crop);
    assert_eq!(classifier.explain(&look, Explain::Top).unwrap(), map);
    assert_eq!(look.embedding, classifier.engine().embedding());
}

/// The same weights, with as much added to every class's bias, and to every class's weight of the first feature.
fn raised(bias: f32, weight: f32) -> Vec<u8> {
    let mut file = WeightFile::read(&weights(|_| {})).unwrap();
    file.tensors.get_mut("classifier.1.bias").unwrap().data.iter_mut().for_each(|b| *b += bias);
    let rows = file.tensors.get_mut("classifier.1.weight").unwrap();
    let width = rows.shape[1];
    rows.data.iter_mut().step_by(width).for_each(|w| *w += weight);
    file.write(Precision::F32).unwrap()
}

#[test]
fn a_map_says_what_speaks_for_a_class_rather_than_for_the_others() {
    let bytes = photograph();
    let map = |weights: &[u8], class| {
        let mut classifier = Classifier::new(weights).unwrap();
        let look = look(&mut classifier, &bytes, None);
        let map = classifier.explain(&look, Explain::Class(class)).unwrap().values;
        let evidence: Vec<f64> = look.logits.iter().zip(MIX).map(|(&logit, share)| f64::from(logit) - 1.5 * share.ln()).collect();
        let expected = evidence[class] - evidence.iter().sum::<f64>() / 8.0;
        let mean = map.iter().map(|&v| f64::from(v)).sum::<f64>() / map.len() as f64;
        assert!((mean - expected).abs() <= tolerance::CAM_MEAN, "class {class}: {mean}, not {expected}");
        (map, expected)
    };
    let plain = weights(|_| {});
    let mut spoken_for = 0;
    for class in 0..8 {
        let (map_of, mean) = map(&plain, class);
        // What is added to every class changes no answer, so it changes no map.
        let (raised, _) = map(&raised(-20.0, -3.0), class);
        for (a, b) in map_of.iter().zip(&raised) {
            assert!(f64::from(a - b).abs() <= tolerance::CAM_MEAN, "class {class}: {a} became {b}");
        }
        // A class above the mean has a place that speaks for it.
        spoken_for += usize::from(mean > 0.0);
        assert!(mean <= 0.0 || map_of.iter().any(|&value| value > 0.0));
    }
    assert!(spoken_for > 0);
    let mut classifier = classifier();
    let look = look(&mut classifier, &bytes, None);
    assert_eq!(classifier.explain(&look, Explain::Class(8)).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn a_card_with_mirror_averages_two_passes_and_is_blind_to_left_and_right() {
    let mut once = classifier();
    let mut twice = Classifier::new(&weights(|card| card.mirror = true)).unwrap();
    // As large as the input, so that nothing is resized; no two columns alike.
    let picture = image::RgbImage::from_fn(SIDE as u32, SIDE as u32, |x, y| image::Rgb([(2 * x) as u8, (x + y) as u8, (255 - x - y / 2) as u8]));
    let png = |picture: &image::RgbImage| {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    };
    let (left, right) = (png(&picture), png(&image::imageops::flip_horizontal(&picture)));
    let request = Request { explain: Some(Explain::Class(3)), ..Request::default() };
    let single = [&left, &right].map(|bytes| once.classify(bytes, &request, still).unwrap());
    assert_ne!(single[0].logits, single[1].logits);
    let mean: Vec<f32> = single[0].logits.iter().zip(&single[1].logits).map(|(a, b)| (a + b) / 2.0).collect();
    let both = [&left, &right].map(|bytes| twice.classify(bytes, &request, still).unwrap());
    for (one, two) in single.iter().zip(&both) {
        assert_eq!(two.logits, mean);
        assert_eq!(two.probabilities, trust::softmax(&mean, 1.5).unwrap());
        // What is shown and measured belongs to the square itself, its map too but for the level, which is the answer's.
        assert_eq!((&two.seen, two.quality), (&one.seen, one.quality));
        let [one, two] = [one, two].map(|answer| answer.map.as_ref().unwrap().values.clone());
        let shifts: Vec<f64> = one.iter().zip(&two).map(|(one, two)| f64::from(two - one)).collect();
        assert!(shifts.iter().all(|shift| (shift - shifts[0]).abs() <= tolerance::CAM_MEAN), "{shifts:?}");
    }
    let (one, two) = (look(&mut once, &left, None), look(&mut twice, &left, None));
    assert_eq!(two.embedding, one.embedding);
    assert_eq!(twice.explain(&two, Explain::Class(3)).unwrap(), both[0].map.clone().unwrap());
}

#[test]
fn the_prior_moves_probabilities_and_the_explained_class_but_no_logits() {
    let mut classifier = classifier();
    let bytes = photograph();
    let training = classifier.classify(&bytes, &Request::default(), still).unwrap();
    let request = Request { prior: Prior::Equal, explain: Some(Explain::Top), ..Request::default() };
    let equal = classifier.classify(&bytes, &request, still).unwrap();
    assert_eq!(training.logits, equal.logits);
    assert_eq!(equal.probabilities, trust::apply_prior(&training.probabilities, &MIX, &Prior::Equal).unwrap());
    assert_ne!(equal.probabilities, training.probabilities);
    assert_eq!(equal.map.unwrap().class, equal.ranked[0].code);
    let impossible = Request { prior: Prior::Mix(vec![0.0; 8]), ..Request::default() };
    assert_eq!(classifier.classify(&bytes, &impossible, still).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn one_look_answers_for_every_prior_and_class_as_a_whole_call_does() {
    let mut classifier = classifier();
    let bytes = photograph();
    let look = look(&mut classifier, &bytes, None);
    // Another photograph in between changes nothing of what was seen.
    classifier.logits(&vec![0.5; SIDE * SIDE * 3]).unwrap();
    for (prior, explain) in [(Prior::Training, None), (Prior::Equal, Some(Explain::Top)), (Prior::Equal, Some(Explain::Class(4)))] {
        let request = Request { crop: None, prior: prior.clone(), explain };
        let whole = classifier.clone().classify(&bytes, &request, still).unwrap();
        assert_eq!(classifier.answer(&look, &prior, explain, Timings::default()).unwrap(), whole);
    }
    assert_eq!(classifier.explain(&look, Explain::Class(8)).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn pixels_are_answered_like_the_file_they_came_from() {
    let mut classifier = classifier();
    let bytes = photograph();
    let photo = photo::decode(&bytes, &Limits::default()).unwrap();
    let rgba = photo.rgb.as_chunks::<3>().0.iter().flat_map(|&[red, green, blue]| [red, green, blue, 255]).collect();
    let pixels = photo::from_rgba(photo.width, photo.height, rgba, &Limits::default()).unwrap();
    let mut timings = Timings::default();
    assert_eq!(classifier.look(&pixels, None, &mut timings, still).unwrap(), look(&mut classifier, &bytes, None));
}

#[test]
fn the_cards_limits_decline_whatever_the_prior() {
    let bytes = weights(|card| {
        card.abstain = Some(Abstain { probability: 1.0, energy: None, familiarity: None, quality: None, chosen: "for a test".into() });
        card.prediction_set = Some(PredictionSet { coverage: 0.9, threshold: 1.0, n: 10 });
    });
    let mut classifier = Classifier::new(&bytes).unwrap();
    for prior in [Prior::Training, Prior::Equal] {
        let answer = classifier.classify(&photograph(), &Request { prior, ..Request::default() }, still).unwrap();
        assert_eq!(answer.abstained.unwrap().code, Reason::NotSure);
        assert_eq!(answer.probabilities.len(), 8);
        // A threshold of 1 covers every class, under the training's mix in any case.
        let covering = answer.covering.unwrap();
        assert_eq!((covering.coverage, covering.codes.len()), (0.9, 8));
    }
}

/// A file whose distance after `features.6` is the largest difference of a channel's mean from 0, and its limit.
fn with_distance(limit: f64, block: &str, change: impl Fn(&mut Card)) -> Vec<u8> {
    let mut file = WeightFile::read(&weights(change)).unwrap();
    let len = 2 * file.card.network().unwrap().block(block).unwrap().1;
    let whitening = (0..len * len).map(|at| if at % (len + 1) == 0 { 1.0 } else { 0.0 }).collect();
    Familiarity::store(&mut file.tensors, len, vec![0.0; 8 * len], whitening);
    let familiarity = Some(FamiliarityLimit { block: block.into(), distance: limit });
    file.card.abstain = Some(Abstain { probability: 0.0, energy: None, familiarity, quality: None, chosen: "for a test".into() });
    file.write(Precision::F16).unwrap()
}

#[test]
fn a_photograph_is_declined_beyond_the_distance_of_its_own_statistics() {
    for mirror in [false, true] {
        let mut generous = Classifier::new(&with_distance(1e6, "features.6", |card| card.mirror = mirror)).unwrap();
        let answer = generous.classify(&photograph(), &Request::default(), still).unwrap();
        let unlikeness = answer.unlikeness.unwrap();
        assert_eq!((answer.abstained, unlikeness.limit), (None, 1e6));
        // Means of zero and no covariance: the distance is the length of the statistics, which are the upright square's.
        let statistics = generous.clone().statistics(&photograph(), "features.6", [1.0; 3]).unwrap();
        let length = statistics.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>().sqrt();
        assert!((unlikeness.distance - length).abs() <= tolerance::STATISTICS * length);
        let darker = generous.clone().statistics(&photograph(), "features.6", [0.5; 3]).unwrap();
        assert_ne!(darker, statistics);

        let limit = unlikeness.distance * 0.999;
        let mut strict = Classifier::new(&with_distance(limit, "features.6", |card| card.mirror = mirror)).unwrap();
        let declined = strict.classify(&photograph(), &Request::default(), still).unwrap();
        assert_eq!(declined.abstained.unwrap().code, Reason::UnlikeDermoscopy);
        assert_eq!((declined.unlikeness.unwrap().distance, declined.logits), (unlikeness.distance, answer.logits));
    }
    let plain = classifier().classify(&photograph(), &Request::default(), still).unwrap();
    assert_eq!((plain.unlikeness, plain.abstained), (None, None), "weights that cannot tell still answer");
}

#[test]
fn a_limit_after_a_block_that_is_fused_away_is_refused() {
    let error = Classifier::new(&with_distance(1.0, "features.6.conv.0.0", |_| {})).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WeightsCard);
    assert!(error.message().contains("features.6.conv.0.0"), "{error}");
}

#[test]
fn bad_requests_are_typed_errors_and_the_next_call_works() {
    let mut classifier = classifier();
    let good = photograph();
    let expected = classifier.classify(&good, &Request::default(), still).unwrap();
    let outside = Crop { x: 100, y: 0, width: 51, height: 10 };
    let cases = [
        (&good[..], Request { crop: Some(outside), ..Request::default() }, ErrorKind::ImageCrop),
        (&good[..], Request { explain: Some(Explain::Class(8)), ..Request::default() }, ErrorKind::Argument),
        (&good[..], Request { prior: Prior::Mix(vec![1.0; 7]), ..Request::default() }, ErrorKind::Argument),
        (&good[..good.len() / 2], Request::default(), ErrorKind::ImageTruncated),
        (b"not a picture", Request::default(), ErrorKind::ImageFormat),
        (b"", Request::default(), ErrorKind::ImageEmpty),
    ];
    for (bytes, request, kind) in cases {
        assert_eq!(classifier.classify(bytes, &request, still).unwrap_err().kind(), kind);
        assert_eq!(classifier.classify(&good, &Request::default(), still).unwrap(), expected);
    }
    assert_eq!(classifier.class_index("mel").unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(Classifier::new(b"no weights").unwrap_err().kind(), ErrorKind::WeightsFormat);
}

#[test]
fn the_clock_is_read_in_order() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static TICKS: AtomicU32 = AtomicU32::new(0);
    let request = Request { explain: Some(Explain::Class(4)), ..Request::default() };
    let clock = || f64::from(TICKS.fetch_add(1, Ordering::Relaxed));
    let timings = classifier().classify(&photograph(), &request, clock).unwrap().timings;
    assert_eq!([timings.decode_ms, timings.resize_ms, timings.network_ms, timings.total_ms], [1.0, 1.0, 1.0, 3.0]);
}

#[test]
fn json_holds_the_answer_without_the_pixels() {
    let request = Request { explain: Some(Explain::Class(4)), ..Request::default() };
    let answer = classifier().classify(&photograph(), &request, still).unwrap();
    let json = serde_json::to_value(&answer).unwrap();
    let fields: Vec<&str> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = ["abstained", "covering", "logits", "map", "photograph", "probabilities", "quality", "ranked", "timings", "unlikeness"];
    assert_eq!(fields, expected);
    assert_eq!(json["map"]["class"], "MEL");
    let sum: f64 = json["ranked"].as_array().unwrap().iter().map(|row| row["probability"].as_f64().unwrap()).sum();
    assert!((sum - 1.0).abs() < tolerance::PROBABILITY);
}
