//! `classify` says what the library says, in the promised shapes.

use crate::example::{Folder, MIX, Run, answer, classifier, program, project, weights};
use dermdistill::classes::CLASSES;
use dermdistill::classifier::Request;
use dermdistill::photo::{Crop, Quality};
use dermdistill::trust::Prior;
use serde_json::Value;
use std::path::Path;

fn classify(folder: &Folder, args: &[&str]) -> Run {
    folder.run(&[&["classify", "--weights", weights().to_str().unwrap()], args].concat())
}

fn probabilities(object: &Value) -> Vec<f64> {
    CLASSES.iter().map(|code| object["probabilities"][code].as_f64().unwrap()).collect()
}

#[test]
fn one_image_is_one_object_with_what_the_classifier_says() {
    let folder = Folder::new();
    let image = folder.picture("a.png", 1);
    for (word, prior) in [("training", Prior::Training), ("equal", Prior::Equal)] {
        let object = classify(&folder, &["a.png", "--json", "--prior", word]).succeeded().json();
        let expected = answer(&image, &Request { prior, ..Request::default() });
        assert_eq!(object["image"], "a.png");
        assert_eq!(probabilities(&object), expected.probabilities);
        assert_eq!(object["ranked"], serde_json::to_value(&expected.ranked).unwrap());
        assert_eq!(serde_json::from_value::<Vec<f32>>(object["logits"].clone()).unwrap(), expected.logits);
        assert_eq!(serde_json::from_value::<Quality>(object["quality"].clone()).unwrap(), expected.quality);
        assert_eq!(object["photograph"], serde_json::json!({ "width": 72, "height": 64 }));
        assert_eq!(object["abstained"], Value::Null);
        assert!(object["timings"]["total_ms"].as_f64().unwrap() > 0.0);
        assert_eq!(object["weights_sha256"], dermdistill::weights::sha256_hex(&std::fs::read(weights()).unwrap()));
    }
}

#[test]
fn every_form_of_prior_says_the_same() {
    let folder = Folder::new();
    folder.picture("a.png", 2);
    let under = |prior: &str| probabilities(&classify(&folder, &["a.png", "--json", "--prior", prior]).succeeded().json());
    let (training, equal) = (under("training"), under("equal"));
    let moved: Vec<f64> = training.iter().zip(MIX).map(|(p, share)| p / share).collect();
    let sum: f64 = moved.iter().sum();
    for (equal, moved) in equal.iter().zip(&moved) {
        assert!((equal - moved / sum).abs() < 1e-12);
    }
    assert_ne!(training, equal);
    folder.text("plain.txt", "\u{feff}1 1 1 1\r\n1 1 1 1\r\n");
    folder.text("codes.json", r#"{"VASC":2,"SCC":2,"NV":2,"MEL":2,"DF":2,"BKL":2,"BCC":2,"AK":2}"#);
    for prior in ["3,3,3,3,3,3,3,3", "plain.txt", "codes.json"] {
        for (found, equal) in under(prior).iter().zip(&equal) {
            assert!((found - equal).abs() < 1e-12, "{prior}");
        }
    }
    folder.text("seven.txt", "1 1 1 1 1 1 1");
    std::fs::write(folder.path("bytes"), [0xff, 0xfe, 0]).unwrap();
    for (prior, words) in
        [("sevenn.txt", "nor a file"), ("1,2,3", "8 are needed"), ("1,1,1,1,1,1,1,-1", "-1"), ("seven.txt", "seven.txt"), ("bytes", "bytes")]
    {
        classify(&folder, &["a.png", "--prior", prior]).failed("argument", words);
    }
}

#[test]
fn a_crop_looks_at_the_box_alone() {
    let folder = Folder::new();
    let image = folder.picture("a.jpg", 3);
    let crop = Some(Crop { x: 8, y: 4, width: 40, height: 30 });
    let object = classify(&folder, &["a.jpg", "--json", "--crop", "8, 4,40,30"]).succeeded().json();
    assert_eq!(probabilities(&object), answer(&image, &Request { crop, ..Request::default() }).probabilities);
    for crop in ["8,4,40", "1,2,3,4,5", "a,b,c,d", "0,0,-1,5", "0,0,1.5,5"] {
        classify(&folder, &["a.jpg", &format!("--crop={crop}")]).failed("argument", "--crop X,Y,W,H");
    }
    classify(&folder, &["a.jpg", "--crop", "50,0,40,40"]).failed("image-crop", "72 × 64");
}

#[test]
fn an_unreadable_image_is_reported_and_the_others_are_classified() {
    let folder = Folder::new();
    folder.picture("a.png", 1);
    folder.picture("b.webp", 2);
    folder.text("text.jpg", "no picture at all");
    let run = classify(&folder, &["a.png", "text.jpg", "nowhere.png", "b.webp", "--json"]).failed("image-format", "2 of 4");
    let array = run.json();
    assert_eq!(array.as_array().unwrap().len(), 4);
    assert_eq!((&array[1]["image"], &array[1]["error"]["code"]), (&"text.jpg".into(), &"image-format".into()));
    assert_eq!(array[2]["error"]["code"], "io");
    assert!(array[1].get("probabilities").is_none() && array[1]["error"]["message"].as_str().unwrap().contains("text.jpg"));
    assert!(probabilities(&array[0]) != probabilities(&array[3]));
    assert!(run.stderr.lines().next().unwrap().contains("text.jpg") && run.stderr.contains("nowhere.png"), "{}", run.stderr);
    let alone = classify(&folder, &["text.jpg", "--json"]).failed("image-format", "text.jpg");
    assert_eq!(alone.json()["error"]["code"], "image-format");
    assert_eq!(classify(&folder, &["text.jpg"]).failed("image-format", "text.jpg").stdout, "");
}

#[test]
fn people_get_names_and_the_notice() {
    let folder = Folder::new();
    folder.picture("a.png", 4);
    let run = classify(&folder, &["a.png", "text.jpg", "a.png"]).failed("io", "1 of 3");
    assert_eq!(run.stdout.matches("squamous cell carcinoma").count(), 2);
    assert_eq!(run.stdout.matches("not a medical device").count(), 1);
    for word in ["diagnos", "detect", "safe"] {
        assert!(!run.stdout.to_lowercase().contains(word));
    }
}

#[test]
fn missing_weights_say_where_weights_are() {
    let folder = Folder::new();
    folder.picture("a.png", 1);
    folder.run(&["classify", "a.png"]).failed("io", "weights/student.safetensors").failed("io", "Name a weight file");
}

#[test]
fn help_has_examples_for_every_command() {
    let folder = Folder::new();
    for command in ["classify", "evaluate", "train", "calibrate", "inspect"] {
        let run = folder.run(&[command, "--help"]).succeeded();
        assert!(run.stdout.contains("Examples:") && run.stdout.contains(&format!("dermdistill {command} ")), "{}", run.stdout);
    }
    assert_eq!(folder.run(&["classify"]).code, 2, "arguments that are none");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_behind_the_output_is_an_error_and_no_panic() {
    let folder = Folder::new();
    folder.picture("a.png", 1);
    let weights = weights().to_str().unwrap();
    for args in [&["classify", "a.png", "--weights", weights][..], &["classify", "a.png", "--json", "--weights", weights], &["inspect", weights]] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = program().args(args).current_dir(folder.path("")).stdout(full).output().unwrap();
        let run = Run::from(output).failed("disk-full", "standard output");
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
    }
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let status = program().args(["inspect", "nowhere"]).current_dir(folder.path("")).stderr(full).status().unwrap();
    assert_eq!(status.code(), Some(1), "nobody to tell is no reason to panic");
}

#[test]
fn every_hostile_image_gives_the_code_of_the_library() {
    let names = |line: &str| line.split(',').next().unwrap().to_owned();
    let manifest = std::fs::read_to_string(project("tests/hostile/image/manifest.csv")).unwrap();
    let files: Vec<String> = manifest.lines().skip(1).map(names).collect();
    let paths: Vec<String> = files.iter().map(|name| format!("tests/hostile/image/{name}")).collect();
    let args = ["classify", "--json", "--weights", weights().to_str().unwrap()].map(str::to_owned);
    let output = program().args(args.iter().chain(&paths)).current_dir(project("")).output().unwrap();
    let answers = Run::from(output).json();
    let mut classifier = classifier();
    let mut refused = 0;
    for (path, object) in paths.iter().zip(answers.as_array().unwrap()) {
        let expected = classifier.classify(&std::fs::read(project(path)).unwrap(), &Request::default(), || 0.0);
        match expected {
            Ok(answer) => assert_eq!(probabilities(object), answer.probabilities, "{path}"),
            Err(error) => {
                assert_eq!(object["error"]["code"], error.kind().code(), "{path}");
                refused += 1;
            }
        }
        assert_eq!(Path::new(object["image"].as_str().unwrap()), Path::new(path));
    }
    assert!(refused > 40, "{refused}");
}
