//! `inspect` shows a good file and refuses every broken one with its code.

use crate::example::{Folder, Run, program, project, tensors, weights};
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::{Card, WeightFile, sha256_hex};
use safetensors::tensor::{Dtype, TensorView};
use serde_json::json;

#[test]
fn a_weight_file_shows_its_card_its_tensors_and_its_checks() {
    let folder = Folder::new();
    let bytes = std::fs::read(weights()).unwrap();
    let object = folder.run(&["inspect", weights().to_str().unwrap(), "--json"]).succeeded().json();
    assert_eq!(object["kind"], "weights");
    assert_eq!((&object["bytes"], &object["sha256"]), (&json!(bytes.len()), &json!(sha256_hex(&bytes))));
    let card: Card = serde_json::from_value(object["card"].clone()).unwrap();
    assert_eq!(card, WeightFile::read(&bytes).unwrap().card);
    let network = mobilenet_v2(8);
    assert_eq!(object["parameters"]["trained"], json!(network.trained_len()));
    let all: usize = network.parameters().iter().map(|parameter| parameter.shape.iter().product::<usize>()).sum();
    assert_eq!(object["parameters"]["total"], json!(all));
    assert_eq!(object["tensors"].as_array().unwrap().len(), network.parameters().len());
    assert!(object["tensors"].as_array().unwrap().contains(&json!({ "name": "classifier.1.weight", "dtype": "F32", "shape": [8, 1280] })));
    assert_eq!(object["checks"].as_array().unwrap().len(), 6);
    let text = folder.run(&["inspect", weights().to_str().unwrap()]).succeeded().stdout;
    for words in ["64 × 64, centre_square", "melanocytic naevus", "NV 30.00 %", "classifier.1.bias", "Checked"] {
        assert!(text.contains(words), "{words:?} is missing in {text}");
    }
}

#[test]
fn a_card_cannot_control_the_terminal() {
    let folder = Folder::new();
    let mut file = WeightFile::read(&std::fs::read(weights()).unwrap()).unwrap();
    file.card.changelog = "first\n\u{1b}[2Jsecond".to_owned();
    file.card.class_names[4] = "\u{1b}]0;title\u{7}".to_owned();
    std::fs::write(folder.path("odd.safetensors"), file.write(dermdistill::weights::Precision::F16).unwrap()).unwrap();
    folder.picture("a.png", 1);
    for args in [&["inspect", "odd.safetensors"][..], &["classify", "a.png", "--weights", "odd.safetensors"]] {
        assert!(!folder.run(args).succeeded().stdout.contains(['\u{1b}', '\u{7}']));
    }
}

#[test]
fn a_file_without_a_card_is_called_what_it_is() {
    let folder = Folder::new();
    let all = tensors();
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> =
        all.iter().map(|(name, tensor)| (name, &tensor.shape, tensor.data.iter().flat_map(|x| x.to_le_bytes()).collect())).collect();
    let write = |file: &str, keep: &dyn Fn(&str) -> bool| {
        let kept = bytes.iter().filter(|(name, _, _)| keep(name));
        let views = kept.map(|(name, shape, data)| (*name, TensorView::new(Dtype::F32, shape.to_vec(), data).unwrap()));
        std::fs::write(folder.path(file), safetensors::serialize(views, None).unwrap()).unwrap();
    };
    write("whole.safetensors", &|_| true);
    write("stem.safetensors", &|name| !name.starts_with("classifier"));
    write("part.safetensors", &|name| name.starts_with("features.0"));
    for (file, words) in [("whole.safetensors", "with a classifier"), ("stem.safetensors", "without a classifier")] {
        let object = folder.run(&["inspect", file, "--json"]).succeeded().json();
        assert_eq!((&object["kind"], &object["card"]), (&json!("start"), &json!(null)));
        assert!(object["about"].as_str().unwrap().contains(words), "{}", object["about"]);
        folder.picture("a.png", 1);
        folder.run(&["classify", "a.png", "--weights", file]).failed("weights-card", file);
    }
    folder.run(&["inspect", "part.safetensors"]).failed("weights-card", "no card");
    folder.run(&["inspect", "nowhere.safetensors"]).failed("io", "nowhere.safetensors");
}

#[test]
fn every_hostile_file_gives_its_code() {
    let manifest = std::fs::read_to_string(project("tests/hostile/weights/manifest.csv")).unwrap();
    let mut seen = 0;
    for line in manifest.lines().skip(1) {
        let mut cells = line.splitn(3, ',');
        let (file, code, words) = (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
        let path = format!("tests/hostile/weights/{file}");
        for args in [&["inspect", &path][..], &["classify", "nowhere.png", "--weights", &path]] {
            let run: Run = program().args(args).current_dir(project("")).output().unwrap().into();
            let run = run.failed(code, words);
            assert!(run.stdout.is_empty() && run.stderr.contains(file) && !run.stderr.contains('\u{1b}'), "{}", run.stderr);
        }
        seen += 1;
    }
    assert!(seen > 90, "{seen}");
}
