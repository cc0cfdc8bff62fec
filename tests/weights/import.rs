//! Starts of other programs: both namings, fresh layers, and all or nothing.

use dermdistill::ErrorKind;
use dermdistill::weights::{Abstain, Familiarity, FamiliarityLimit, Precision, Tensor, Tensors, WeightFile, import_start};

use crate::example::{file, foreign, network, tensors};

fn named(tensors: &Tensors, rename: impl Fn(&str) -> String) -> Vec<u8> {
    let renamed: Vec<(String, &Tensor)> = tensors.iter().map(|(name, tensor)| (rename(name), tensor)).collect();
    foreign(renamed.iter().map(|(name, tensor)| (name.as_str(), *tensor)))
}

/// SSD-KD §3.1: `features` nested once more, and a classifier without the Dropout before it.
fn wrapper(name: &str) -> String {
    match name.strip_prefix("classifier.1.") {
        Some(rest) => format!("classifier.{rest}"),
        None => name.replacen("features.", "features.0.", 1),
    }
}

fn without_classifier() -> Tensors {
    tensors().into_iter().filter(|(name, _)| !name.starts_with("classifier")).collect()
}

#[test]
fn torchvision_and_wrapper_names_give_the_same_tensors() {
    assert_eq!(wrapper("features.0.0.weight"), "features.0.0.0.weight");
    assert_eq!(wrapper("features.2.conv.1.0.weight"), "features.0.2.conv.1.0.weight");
    for rename in [str::to_owned as fn(&str) -> String, wrapper] {
        assert!(import_start(&named(&tensors(), rename), &network(), &[]).unwrap() == tensors());
        assert!(import_start(&named(&tensors(), rename), &network(), &["classifier"]).unwrap() == tensors());
    }
}

#[test]
fn a_missing_classifier_is_left_to_the_learner_only_if_it_may_be_fresh() {
    for rename in [str::to_owned as fn(&str) -> String, wrapper] {
        let bytes = named(&without_classifier(), rename);
        assert!(import_start(&bytes, &network(), &["classifier"]).unwrap() == without_classifier());
        assert_eq!(import_start(&bytes, &network(), &[]).unwrap_err().kind(), ErrorKind::WeightsMissing);
    }
}

#[test]
fn a_classifier_of_a_thousand_classes_is_ignored_only_if_it_may_be_fresh() {
    let mut imagenet = tensors();
    imagenet.insert("classifier.1.weight".into(), Tensor { shape: vec![1000, 1280], data: vec![f32::NAN; 1_280_000] });
    imagenet.insert("classifier.1.bias".into(), Tensor { shape: vec![1000], data: vec![0.0; 1000] });
    for rename in [str::to_owned as fn(&str) -> String, wrapper] {
        let bytes = named(&imagenet, rename);
        assert!(import_start(&bytes, &network(), &["classifier"]).unwrap() == without_classifier());
        assert_eq!(import_start(&bytes, &network(), &[]).unwrap_err().kind(), ErrorKind::WeightsShape);
    }
}

#[test]
fn half_a_fresh_layer_is_none() {
    let mut half = tensors();
    half.remove("classifier.1.bias");
    assert!(import_start(&named(&half, str::to_owned), &network(), &["classifier"]).unwrap() == without_classifier());
}

#[test]
fn a_prefix_ends_at_a_dot() {
    // "features.1" frees features.1.conv… but neither features.10 nor features.18.
    let mut start = tensors();
    start.retain(|name, _| !name.starts_with("features.1."));
    let read = import_start(&named(&start, str::to_owned), &network(), &["features.1"]).unwrap();
    assert!(read == start);
    start.retain(|name, _| !name.starts_with("features.18."));
    assert_eq!(import_start(&named(&start, str::to_owned), &network(), &["features.1"]).unwrap_err().kind(), ErrorKind::WeightsMissing);
}

#[test]
fn batch_counters_of_a_state_dict_are_skipped_whatever_their_type() {
    use safetensors::{Dtype, tensor::TensorView};
    let bytes: Vec<(String, Vec<usize>, Vec<u8>)> =
        tensors().into_iter().map(|(name, t)| (name, t.shape, t.data.iter().flat_map(|v| v.to_le_bytes()).collect())).collect();
    let counter = 7i64.to_le_bytes();
    let views = bytes.iter().map(|(name, shape, data)| (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), data).unwrap()));
    let counters = [("features.0.1.num_batches_tracked", TensorView::new(Dtype::I64, vec![], &counter).unwrap())];
    let file = safetensors::serialize(views.chain(counters), None).unwrap();
    assert!(import_start(&file, &network(), &[]).unwrap() == tensors());
}

#[test]
fn our_own_file_is_a_start_too() {
    assert!(import_start(&file().write(Precision::F32).unwrap(), &network(), &["classifier"]).unwrap() == tensors());
}

#[test]
fn what_tells_unlike_photographs_is_left_out_of_a_start() {
    let mut file = file();
    let limit = FamiliarityLimit { block: "features.1".into(), distance: 3.0 };
    file.card.abstain = Some(Abstain { probability: 0.0, energy: None, familiarity: Some(limit), quality: None, chosen: String::new() });
    assert_eq!(file.write(Precision::F32).unwrap_err().kind(), ErrorKind::WeightsMissing);
    Familiarity::store(&mut file.tensors, 32, vec![0.5; 8 * 32], vec![0.25; 32 * 32]);
    let bytes = file.write(Precision::F16).unwrap();
    let read = WeightFile::read(&bytes).unwrap();
    assert_eq!(read.familiarity().unwrap(), file.familiarity().unwrap(), "these stay f32");
    assert!(read.familiarity().unwrap().is_some_and(|familiarity| familiarity.distance(&[0.5; 32]) == 0.0));
    assert_eq!(import_start(&bytes, &network(), &[]).unwrap().len(), tensors().len());
    Familiarity::store(&mut file.tensors, 16, vec![0.5; 8 * 16], vec![0.25; 16 * 16]);
    assert_eq!(file.write(Precision::F32).unwrap_err().kind(), ErrorKind::WeightsShape);
    Familiarity::remove(&mut file.tensors);
    assert!(file.tensors == tensors());
}

#[test]
fn a_distance_that_cannot_be_told_is_not_a_number() {
    let mut tensors = Tensors::new();
    assert_eq!(Familiarity::from_tensors(&tensors).unwrap_err().kind(), ErrorKind::WeightsMissing);
    Familiarity::store(&mut tensors, 2, vec![0.0; 4], vec![1.0, 0.0, 0.0, 1.0]);
    let familiarity = Familiarity::from_tensors(&tensors).unwrap();
    assert_eq!(familiarity.distance(&[3.0, 4.0]), 5.0);
    for statistics in [&[][..], &[1.0], &[1.0; 3], &[f32::NAN, 1.0], &[f32::INFINITY, 1.0]] {
        assert!(familiarity.distance(statistics).is_nan(), "{statistics:?}");
    }
}

#[test]
fn one_bad_tensor_refuses_the_whole_start() {
    let refused = |change: fn(&mut Tensors)| {
        let mut tensors = tensors();
        change(&mut tensors);
        import_start(&named(&tensors, wrapper), &network(), &["classifier"]).unwrap_err().kind()
    };
    assert_eq!(refused(|t| t.get_mut("features.17.conv.2.weight").unwrap().data[0] = f32::NAN), ErrorKind::WeightsNotFinite);
    assert_eq!(refused(|t| t.get_mut("features.17.conv.3.running_var").unwrap().data[0] = -1.0), ErrorKind::WeightsVariance);
    assert_eq!(refused(|t| drop(t.remove("features.17.conv.3.running_var"))), ErrorKind::WeightsMissing);
    assert_eq!(refused(|t| drop(t.insert("features.19.0.weight".into(), Tensor { shape: vec![1], data: vec![0.0] }))), ErrorKind::WeightsExtra);
    let reshape = |t: &mut Tensors| t.get_mut("features.0.0.weight").unwrap().shape = vec![32, 27];
    assert_eq!(refused(reshape), ErrorKind::WeightsShape);
    // A fresh layer that fits is taken, and then judged like any other.
    assert_eq!(refused(|t| t.get_mut("classifier.1.bias").unwrap().data[0] = f32::NAN), ErrorKind::WeightsNotFinite);
}

#[test]
fn two_networks_in_one_file_are_refused() {
    let tensors = tensors();
    let renamed: Vec<String> = tensors.keys().map(|name| wrapper(name)).collect();
    let both = tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).chain(renamed.iter().map(String::as_str).zip(tensors.values()));
    let both: std::collections::BTreeMap<_, _> = both.collect();
    let error = import_start(&foreign(both), &network(), &["classifier"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WeightsExtra);
    assert!(error.message().contains("two networks"), "{error}");
}
