//! The engine against PyTorch, against its own scalar code, against small networks written out by hand, and on bad input.
#![allow(clippy::unwrap_used, clippy::panic)] // helpers of tests may unwrap like the tests themselves

#[path = "common/generator.rs"]
mod generator;
#[path = "common/golden.rs"]
mod golden;
#[path = "common/tolerance.rs"]
mod tolerance;

#[path = "engine/graphs.rs"]
mod graphs;

use dermdistill::engine::{Engine, warm_up};
use dermdistill::kernels::Isa;
use dermdistill::nn::{Network, mobilenet_v2};
use dermdistill::weights::{Tensor, Tensors};
use dermdistill::{Error, ErrorKind};

fn tensors(network: &Network) -> Tensors {
    generator::parameters(network).into_iter().map(|(p, data)| (p.name, Tensor { shape: p.shape, data })).collect()
}

fn engine(side: usize, isa: Isa) -> Engine {
    let network = mobilenet_v2(8);
    Engine::with_isa(&network, &tensors(&network), side, isa).unwrap()
}

fn kind<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorKind {
    result.unwrap_err().kind()
}

fn largest(values: &[f32]) -> f64 {
    values.iter().fold(0.0, |largest, &x| f64::max(largest, f64::from(x).abs()))
}

/// The largest difference.
fn distance(ours: &[f32], theirs: &[f32]) -> f64 {
    assert_eq!(ours.len(), theirs.len());
    ours.iter().zip(theirs).fold(0.0, |worst, (a, b)| f64::max(worst, f64::from(a - b).abs()))
}

#[test]
fn every_tap_matches_pytorch_with_every_instruction_set() {
    for case in golden::eval().cases {
        let images = generator::images(case.stream, case.count, case.side);
        let scale = case.logits.iter().fold(1.0, |scale, x| f64::max(scale, x.abs()));
        for isa in Isa::available() {
            let mut engine = engine(case.side, isa);
            let (mut embeddings, mut features) = (Vec::new(), Vec::new());
            for (image, reference) in images.chunks(images.len() / case.count).zip(case.logits.chunks(8)) {
                let logits = engine.forward(image).unwrap();
                let worst = logits.iter().zip(reference).map(|(&a, b)| (f64::from(a) - b).abs()).fold(0.0, f64::max);
                assert!(worst <= tolerance::GOLDEN_LOGITS * scale, "{} at {}: {worst:e}", isa.name(), case.side);
                embeddings.extend_from_slice(engine.embedding());
                features.extend_from_slice(engine.features());
            }
            // PyTorch's last block, after its ReLU6, is the tap feats_7x7.
            for (tap, values) in [("avg_pool", &embeddings), ("features.18", &features)] {
                let error = case.tensors[tap].error(values);
                assert!(error <= tolerance::GOLDEN_LOGITS, "{tap}, {} at {}: {error:e}", isa.name(), case.side);
            }
        }
    }
}

#[test]
fn every_block_matches_pytorch() {
    for case in golden::eval().cases {
        let images = generator::images(case.stream, case.count, case.side);
        let mut engine = engine(case.side, Isa::detect());
        // The last step whose name begins with `features.N.` makes the block's output.
        let mut blocks = vec![Vec::new(); 19];
        for image in images.chunks(images.len() / case.count) {
            let mut seen = vec![Vec::new(); 19];
            let visit = |name: &str, shape: &[usize], values: &[f32]| {
                assert_eq!(shape.iter().product::<usize>(), values.len(), "{name}");
                if let Some(block) = name.strip_prefix("features.").and_then(|rest| rest.split('.').next()) {
                    seen[block.parse::<usize>().unwrap()] = values.to_vec();
                }
            };
            engine.trace(image, visit).unwrap();
            blocks.iter_mut().zip(seen).for_each(|(all, one)| all.extend(one));
        }
        for (index, block) in blocks.iter().enumerate() {
            let error = case.tensors[&format!("features.{index}")].error(block);
            assert!(error <= tolerance::GOLDEN_BLOCK, "features.{index} at {}: {error:e}", case.side);
        }
    }
}

#[test]
fn instruction_sets_agree_at_odd_sizes() {
    for side in [32, 64, 160, 288] {
        let image = generator::images(7, 1, side);
        let reference = engine(side, Isa::SCALAR).forward(&image).unwrap().to_vec();
        for isa in Isa::available() {
            let mut engine = engine(side, isa);
            let error = distance(engine.forward(&image).unwrap(), &reference);
            assert!(error <= tolerance::ISA_LOGITS * largest(&reference).max(1.0), "{} at {side}: {error:e}", isa.name());
            assert_eq!(engine.features().len(), (side / 32) * (side / 32) * 1280);
        }
    }
}

#[test]
fn the_same_input_gives_the_same_bits_whatever_ran_before() {
    let mut engine = engine(96, Isa::detect());
    let images = generator::images(3, 2, 96);
    let (first, second) = images.split_at(images.len() / 2);
    let once = engine.forward(first).unwrap().to_vec();
    let features = engine.features().to_vec();
    engine.forward(second).unwrap();
    warm_up();
    assert_eq!(engine.forward(first).unwrap(), once);
    assert_eq!(engine.features(), features);
    let mut clone = engine.clone();
    assert_eq!(clone.forward(first).unwrap(), once);
}

#[test]
fn class_activation_maps_average_to_the_logits() {
    let network = mobilenet_v2(8);
    let tensors = tensors(&network);
    let mut engine = Engine::new(&network, &tensors, 96).unwrap();
    let logits = engine.forward(&generator::images(5, 1, 96)).unwrap().to_vec();
    for (class, logit) in logits.iter().enumerate() {
        let map = engine.class_activation_map(class).unwrap();
        assert_eq!(map.len(), 9);
        let mean = map.iter().map(|&x| f64::from(x)).sum::<f64>() / 9.0;
        let bias = tensors["classifier.1.bias"].data[class];
        assert!((mean - f64::from(logit - bias)).abs() <= tolerance::CAM_MEAN * f64::from(logit.abs()).max(1.0), "class {class}");
        assert!(largest(&map) > 0.0);
    }
    assert_eq!(kind(engine.class_activation_map(8)), ErrorKind::Argument);
}

#[test]
fn channel_statistics_are_those_of_the_watched_block() {
    let network = mobilenet_v2(8);
    let (image, other) = (generator::images(5, 1, 96), generator::images(6, 1, 96));
    for isa in Isa::available() {
        let mut engine = engine(96, isa);
        assert!(engine.statistics().is_empty());
        for (block, channels) in [("features.0", 32), ("features.1", 16), ("features.6", 32), ("features.17", 320)] {
            engine.watch(&network, block).unwrap();
            assert!(engine.statistics().is_empty(), "what was seen before belongs to another block");
            engine.forward(&image).unwrap();
            let found = engine.statistics().to_vec();
            let mut values = Vec::new();
            let name = |step: &str| step.strip_prefix(block).is_some_and(|rest| rest.starts_with('.'));
            let keep = |step: &str, _: &[usize], numbers: &[f32]| {
                if name(step) {
                    values = numbers.to_vec()
                }
            };
            engine.trace(&image, keep).unwrap();
            assert_eq!(engine.statistics(), found, "{block}");
            let channel = |c: usize| values[c..].iter().step_by(channels).map(|&x| f64::from(x)).collect::<Vec<_>>();
            for c in 0..channels {
                let values = channel(c);
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / values.len() as f64).sqrt();
                let error = f64::max((f64::from(found[c]) - mean).abs(), (f64::from(found[channels + c]) - deviation).abs());
                assert!(error <= tolerance::STATISTICS * largest(&found).max(1.0), "{block} channel {c} with {}: {error:e}", isa.name());
            }
            assert_eq!(found.len(), 2 * channels);
        }
        let first = engine.statistics().to_vec();
        engine.forward(&other).unwrap();
        assert_ne!(engine.statistics(), first);
        assert!(engine.forward(&other[1..]).is_err());
        assert!(engine.statistics().is_empty(), "a failed pass leaves nothing");
    }
    let mut engine = engine(96, Isa::detect());
    for block in ["features.19", "features.6.conv.0.0", "avg_pool", "classifier.1", "classifier", "features.", ""] {
        assert_eq!(kind(engine.watch(&network, block)), ErrorKind::Argument, "{block}");
    }
    engine.forward(&image).unwrap();
    assert!(engine.statistics().is_empty());
}

#[test]
fn bad_input_is_a_typed_error_and_the_next_call_works() {
    let mut engine = engine(64, Isa::detect());
    let good = generator::images(1, 1, 64);
    assert!(engine.features().is_empty() && engine.embedding().is_empty());
    assert_eq!(kind(engine.class_activation_map(0)), ErrorKind::Argument);
    let expected = engine.forward(&good).unwrap().to_vec();
    assert_eq!(engine.embedding().len(), 1280);
    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let mut input = good.clone();
        input[1234] = bad;
        let error = engine.forward(&input).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFinite);
        assert!(error.message().contains("1234"), "{error}");
        assert!(engine.features().is_empty() && engine.embedding().is_empty());
        assert_eq!(kind(engine.class_activation_map(0)), ErrorKind::Argument);
        assert_eq!(engine.forward(&good).unwrap(), expected);
    }
    for length in [0, good.len() - 1, good.len() + 1] {
        assert_eq!(kind(engine.forward(&vec![0.0; length]).map(<[f32]>::len)), ErrorKind::Argument);
    }
    assert_eq!(engine.forward(&good).unwrap(), expected);
}

#[test]
fn sides_outside_the_range_are_refused() {
    let network = mobilenet_v2(8);
    for side in [0, 31, 33, 544, usize::MAX] {
        assert_eq!(kind(Engine::new(&network, &Tensors::new(), side)), ErrorKind::Argument, "{side}");
    }
}

#[test]
fn faulty_tensors_are_refused_by_name() {
    let network = mobilenet_v2(8);
    let good = tensors(&network);
    let refused = |name: &str, change: &dyn Fn(&mut Tensor)| {
        let mut tensors = good.clone();
        change(tensors.get_mut(name).unwrap());
        let error = Engine::new(&network, &tensors, 64).unwrap_err();
        assert!(error.message().contains(name), "{error}");
        error.kind()
    };
    let conv = "features.5.conv.1.0.weight";
    assert_eq!(refused(conv, &|tensor| tensor.shape.reverse()), ErrorKind::WeightsShape);
    assert_eq!(refused(conv, &|tensor| tensor.data.truncate(7)), ErrorKind::WeightsShape);
    assert_eq!(refused(conv, &|tensor| tensor.data[3] = f32::NAN), ErrorKind::WeightsNotFinite);
    assert_eq!(refused("features.5.conv.3.running_var", &|tensor| tensor.data[0] = -0.5), ErrorKind::WeightsVariance);
    let mut tensors = good.clone();
    tensors.remove("classifier.1.bias");
    assert_eq!(kind(Engine::new(&network, &tensors, 64)), ErrorKind::WeightsMissing);
}

#[test]
fn overflowing_weights_are_a_typed_error() {
    let network = mobilenet_v2(8);
    let mut tensors = tensors(&network);
    tensors.get_mut("classifier.1.weight").unwrap().data.fill(f32::MAX);
    let mut engine = Engine::new(&network, &tensors, 64).unwrap();
    assert_eq!(kind(engine.forward(&generator::images(1, 1, 64)).map(<[f32]>::len)), ErrorKind::NotFinite);
}
