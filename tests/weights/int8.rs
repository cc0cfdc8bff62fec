//! Convolutions stored in int8: how far they round, and every way in which such a file can be broken.

use dermdistill::ErrorKind;
use dermdistill::weights::{Precision, WeightFile};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;

use crate::example::file;

type Raw = BTreeMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

const CONV: &str = "features.17.conv.0.0.weight";

/// The tensors of a file as they lie in it, changed, as a file with the same card.
fn changed(change: impl FnOnce(&mut Raw)) -> Vec<u8> {
    let bytes = file().write(Precision::Int8).unwrap();
    let metadata = SafeTensors::read_metadata(&bytes).unwrap().1.metadata().clone();
    let whole = SafeTensors::deserialize(&bytes).unwrap();
    let mut raw: Raw = whole.iter().map(|(name, view)| (name.to_owned(), (view.dtype(), view.shape().to_vec(), view.data().to_vec()))).collect();
    change(&mut raw);
    let views = raw.iter().map(|(name, (dtype, shape, data))| (name, TensorView::new(*dtype, shape.clone(), data).unwrap()));
    safetensors::serialize(views, metadata).unwrap()
}

fn refused(kind: ErrorKind, name: &str, change: impl FnOnce(&mut Raw)) {
    let error = WeightFile::read(&changed(change)).unwrap_err();
    assert!(error.kind() == kind && error.message().contains(name), "{kind:?}: {error}");
}

#[test]
fn a_convolution_is_off_by_half_a_level_at_most_and_the_rest_is_as_in_f16() {
    let (before, bytes) = (file(), file().write(Precision::Int8).unwrap());
    let after = WeightFile::read(&bytes).unwrap();
    let halves = WeightFile::read(&file().write(Precision::F16).unwrap()).unwrap();
    assert!(after.card == before.card && after.tensors.len() == before.tensors.len());
    let mut convolutions = 0;
    for (name, tensor) in &before.tensors {
        let read = &after.tensors[name];
        if tensor.shape.len() != 4 || tensor.data.len() <= 65_536 {
            assert_eq!(read, &halves.tensors[name], "{name}");
            continue;
        }
        convolutions += 1;
        let row = tensor.data.len() / tensor.shape[0];
        for (before, after) in tensor.data.chunks(row).zip(read.data.chunks(row)) {
            let scale = before.iter().fold(0.0f32, |largest, w| largest.max(w.abs())) / 127.0;
            assert!(before.iter().zip(after).all(|(a, b)| (a - b).abs() <= scale * 0.501), "{name}");
        }
    }
    assert_eq!(convolutions, 8, "those of the last blocks");
    assert!(bytes.len() < file().write(Precision::F16).unwrap().len() * 8 / 10);
}

#[test]
fn a_channel_of_zeros_stays_zero() {
    let mut file = file();
    file.tensors.get_mut(CONV).unwrap().data[..160].fill(0.0);
    let read = WeightFile::read(&file.write(Precision::Int8).unwrap()).unwrap();
    assert_eq!(read.tensors[CONV].data[..160], [0.0; 160]);
    assert!(read.tensors[CONV].data[160..].iter().any(|w| *w != 0.0));
}

#[test]
fn every_broken_file_is_refused_by_its_kind() {
    let scale = format!("{CONV}.scale");
    assert!(WeightFile::read(&changed(|_| {})).is_ok());
    refused(ErrorKind::WeightsMissing, &scale, |raw| drop(raw.remove(&scale)));
    refused(ErrorKind::WeightsShape, &scale, |raw| {
        let (_, shape, data) = raw.get_mut(&scale).unwrap();
        shape[0] -= 1;
        data.truncate(4 * shape[0]);
    });
    for value in [f32::NAN, f32::INFINITY] {
        refused(ErrorKind::WeightsNotFinite, &scale, |raw| raw.get_mut(&scale).unwrap().2[..4].copy_from_slice(&value.to_le_bytes()));
    }
    refused(ErrorKind::WeightsType, &scale, |raw| raw.get_mut(&scale).unwrap().0 = Dtype::I32);
    // A product that overflows is no weight.
    refused(ErrorKind::WeightsNotFinite, CONV, |raw| {
        raw.get_mut(&scale).unwrap().2.chunks_mut(4).for_each(|bytes| bytes.copy_from_slice(&f32::MAX.to_le_bytes()));
    });
    refused(ErrorKind::WeightsShape, CONV, |raw| raw.get_mut(CONV).unwrap().1.reverse());
    // Only convolutions are stored so: their first axis is what a scale belongs to.
    refused(ErrorKind::WeightsType, "features.5.conv.1.1.bias", |raw| {
        let (dtype, shape, data) = raw.get_mut("features.5.conv.1.1.bias").unwrap();
        *dtype = Dtype::I8;
        data.truncate(shape[0]);
    });
    // Scales of nothing.
    refused(ErrorKind::WeightsExtra, &scale, |raw| {
        let (dtype, _, data) = raw.get_mut(CONV).unwrap();
        *dtype = Dtype::F16;
        *data = vec![0; data.len() * 2];
    });
    refused(ErrorKind::WeightsExtra, "stranger.scale", |raw| drop(raw.insert("stranger.scale".into(), (Dtype::F32, vec![1], vec![0; 4]))));
}
