//! Export and import: exact, idempotent, deterministic, and refused where a reader would refuse.

use dermdistill::ErrorKind;
use dermdistill::weights::{Precision, Tensor, WeightFile};
use half::f16;

use crate::example::{file, patch};

fn bits(file: &WeightFile) -> Vec<(&str, &[usize], Vec<u32>)> {
    file.tensors.iter().map(|(name, t)| (name.as_str(), t.shape.as_slice(), t.data.iter().map(|v| v.to_bits()).collect())).collect()
}

#[test]
fn f32_comes_back_bit_for_bit_with_its_card() {
    let mut written = file();
    // Values that a careless path would change: −0, the smallest subnormal, the largest number.
    written.tensors.get_mut("classifier.1.bias").unwrap().data[..3].copy_from_slice(&[-0.0, f32::from_bits(1), f32::MAX]);
    let read = WeightFile::read(&written.write(Precision::F32).unwrap()).unwrap();
    assert_eq!(bits(&read), bits(&written));
    assert_eq!(read.card, written.card);
}

#[test]
fn f16_rounds_kernels_once_and_leaves_vectors_alone() {
    let written = file();
    let bytes = written.write(Precision::F16).unwrap();
    assert!(bytes.len() <= 5_000_000, "{} bytes", bytes.len());
    let read = WeightFile::read(&bytes).unwrap();
    for (name, tensor) in &read.tensors {
        let original = &written.tensors[name];
        let is_vector = original.shape.len() == 1;
        let expected: Vec<f32> = original.data.iter().map(|&v| if is_vector { v } else { f16::from_f32(v).to_f32() }).collect();
        assert_eq!(tensor.data, expected, "{name}");
        assert!(is_vector || tensor.data != original.data, "{name} should have been rounded");
    }
    assert!(read.write(Precision::F16).unwrap() == bytes, "writing what was read must give the same bytes");
}

#[test]
fn the_same_file_gives_the_same_bytes_and_a_string_card() {
    for precision in [Precision::F16, Precision::F32] {
        let bytes = file().write(precision).unwrap();
        assert!(bytes == file().write(precision).unwrap());
        assert!(bytes == WeightFile::read(&bytes).unwrap().write(precision).unwrap());
        let (_, metadata) = safetensors::SafeTensors::read_metadata(&bytes).unwrap();
        let entries = metadata.metadata().clone().unwrap();
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["card"]);
        assert!(entries["card"].starts_with(r#"{"architecture":"mobilenet_v2","classes":["AK","BCC""#), "{}", entries["card"]);
    }
}

#[test]
fn a_value_beyond_f16_is_refused_by_name_and_the_largest_one_kept() {
    let mut file = file();
    let name = "features.18.0.weight";
    file.tensors.get_mut(name).unwrap().data[5] = 65_504.0;
    assert_eq!(WeightFile::read(&file.write(Precision::F16).unwrap()).unwrap().tensors[name].data[5], 65_504.0);
    // 65,519.9 still rounds to 65,504; 65,520 is the first that rounds to infinity.
    file.tensors.get_mut(name).unwrap().data[5] = 65_520.0;
    let error = file.write(Precision::F16).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WeightsNotFinite);
    assert!(error.message().contains(name) && error.message().contains("65504"), "{error}");
    assert!(file.write(Precision::F32).is_ok());
    // A vector stays f32, so its size is no matter.
    file.tensors.get_mut(name).unwrap().data[5] = 0.0;
    file.tensors.get_mut("features.18.1.running_var").unwrap().data[0] = 1e9;
    assert!(file.write(Precision::F16).is_ok());
}

/// What `write` refuses with the change, and its message.
fn refusal(change: impl FnOnce(&mut WeightFile)) -> (ErrorKind, String) {
    let mut file = file();
    change(&mut file);
    let error = file.write(Precision::F32).unwrap_err();
    (error.kind(), error.message().to_owned())
}

#[test]
fn what_a_reader_would_refuse_is_not_written() {
    let bias = |file: &mut WeightFile, value| file.tensors.get_mut("classifier.1.bias").unwrap().data[2] = value;
    assert_eq!(refusal(|f| bias(f, f32::NAN)).0, ErrorKind::WeightsNotFinite);
    assert_eq!(refusal(|f| bias(f, f32::INFINITY)).0, ErrorKind::WeightsNotFinite);
    assert_eq!(refusal(|f| f.tensors.get_mut("features.0.1.running_var").unwrap().data[0] = -1e-9).0, ErrorKind::WeightsVariance);
    let (kind, message) = refusal(|f| drop(f.tensors.remove("features.0.0.weight")));
    assert_eq!(kind, ErrorKind::WeightsMissing);
    assert!(message.starts_with(r#"the tensor "features.0.0.weight" is missing"#), "{message}");
    assert_eq!(refusal(|f| drop(f.tensors.insert("fc.weight".into(), Tensor::default()))).0, ErrorKind::WeightsExtra);
    assert_eq!(refusal(|f| f.tensors.get_mut("classifier.1.weight").unwrap().shape = vec![1280, 8]).0, ErrorKind::WeightsShape);
    assert_eq!(refusal(|f| f.tensors.get_mut("classifier.1.weight").unwrap().data.truncate(7)).0, ErrorKind::WeightsShape);
    assert_eq!(refusal(|f| f.card.temperature = f64::NAN).0, ErrorKind::WeightsCard);
}

#[test]
fn a_fault_inside_a_whole_file_is_found_and_the_file_reads_again_once_mended() {
    let good = file().write(Precision::F32).unwrap();
    let faults: [(&str, f32, ErrorKind); 3] = [
        ("features.9.conv.1.0.weight", f32::NAN, ErrorKind::WeightsNotFinite),
        ("features.9.conv.3.running_mean", f32::NEG_INFINITY, ErrorKind::WeightsNotFinite),
        ("features.9.conv.3.running_var", -1.0, ErrorKind::WeightsVariance),
    ];
    for (name, value, kind) in faults {
        let mut bytes = good.clone();
        patch(&mut bytes, name, &value.to_le_bytes());
        let error = WeightFile::read(&bytes).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(name), "{error}");
        patch(&mut bytes, name, &file().tensors[name].data[0].to_le_bytes());
        assert!(WeightFile::read(&bytes).is_ok());
    }
    for cut in [1, good.len() / 2, good.len() - 9] {
        assert_eq!(WeightFile::read(&good[..good.len() - cut]).unwrap_err().kind(), ErrorKind::WeightsFormat);
    }
}

#[test]
fn a_negative_zero_is_a_variance() {
    let mut file = file();
    file.tensors.get_mut("features.0.1.running_var").unwrap().data[0] = -0.0;
    assert!(WeightFile::read(&file.write(Precision::F32).unwrap()).is_ok());
}
