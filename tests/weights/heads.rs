//! Training heads in a weight file: beside the network, alone, and what is refused.

use dermdistill::ErrorKind;
use dermdistill::weights::{Heads, Precision, Tensor, WeightFile};

use super::example::file;

/// A projection and a norm, with the shapes in the card.
fn with_heads(alone: bool) -> WeightFile {
    let mut file = file();
    if alone {
        file.tensors.clear();
    }
    let tensors = [("heads.projection.weight", vec![3, 4]), ("heads.norm.running_var", vec![3]), ("heads.norm.weight", vec![3])];
    for (name, shape) in &tensors {
        let data = (0..shape.iter().product()).map(|i: usize| i as f32 / 8.0).collect();
        file.tensors.insert((*name).into(), Tensor { shape: shape.clone(), data });
    }
    file.card.heads = Some(Heads { alone, shapes: tensors.into_iter().map(|(name, shape)| (name.into(), shape)).collect() });
    file
}

#[test]
fn heads_come_back_beside_the_network_and_alone() {
    for alone in [false, true] {
        for precision in [Precision::F32, Precision::F16] {
            let written = with_heads(alone);
            let read = WeightFile::read(&written.write(precision).unwrap()).unwrap();
            assert_eq!(read.card, written.card);
            assert_eq!(read.tensors["heads.projection.weight"], written.tensors["heads.projection.weight"], "eighths are exact in f16");
            assert_eq!(read.tensors.len(), if alone { 3 } else { file().tensors.len() + 3 });
        }
    }
}

#[test]
fn heads_that_the_card_does_not_state_are_refused() {
    let refused = |change: &dyn Fn(&mut WeightFile)| {
        let mut file = with_heads(false);
        change(&mut file);
        file.write(Precision::F32).unwrap_err().kind()
    };
    let shapes = |file: &mut WeightFile| file.card.heads.as_mut().unwrap().shapes.clone();
    let set = |file: &mut WeightFile, name: &str, shape: &[usize]| {
        let mut all = shapes(file);
        all.insert(name.into(), shape.to_vec());
        file.card.heads.as_mut().unwrap().shapes = all;
    };
    assert_eq!(refused(&|file| file.card.heads = None), ErrorKind::WeightsExtra);
    assert_eq!(refused(&|file| drop(file.tensors.remove("heads.norm.weight"))), ErrorKind::WeightsMissing);
    assert_eq!(refused(&|file| set(file, "heads.norm.weight", &[4])), ErrorKind::WeightsShape);
    assert_eq!(refused(&|file| file.tensors.get_mut("heads.norm.running_var").unwrap().data[1] = -1.0), ErrorKind::WeightsVariance);
    assert_eq!(refused(&|file| file.tensors.get_mut("heads.norm.weight").unwrap().data[1] = f32::NAN), ErrorKind::WeightsNotFinite);
    assert_eq!(refused(&|file| file.card.heads.as_mut().unwrap().shapes.clear()), ErrorKind::WeightsCard);
    for (name, shape) in [
        ("classifier.1.weight", &[8, 1280][..]),
        ("heads.", &[1]),
        ("heads.none", &[]),
        ("heads.empty", &[3, 0]),
        ("heads.deep", &[1, 1, 1, 1, 1]),
        ("heads.large", &[1 << 12, 1 << 13]),
        ("heads.huge", &[usize::MAX, 2]),
    ] {
        assert_eq!(refused(&|file| set(file, name, shape)), ErrorKind::WeightsCard, "{name}");
    }
}
