//! `convert` and `compare`: a file in another precision, and how far it agrees with what it was.

use crate::example::{Folder, tensors, weights};
use dermdistill::weights::WeightFile;
use serde_json::Value;

#[test]
fn a_file_in_int8_is_smaller_and_nearly_agrees() {
    let folder = Folder::new();
    (0..6).for_each(|seed| drop(folder.picture(&format!("images/i{seed}.png"), seed)));
    folder.text("labels.csv", "image,dx,group_id\ni0,NV,a\ni1,MEL,a\ni2,AK,c\ni3,DF,d\ni4,NV,e\ni5,BCC,f\n");
    let original = weights().to_str().unwrap();
    for (precision, share) in [("f32", 1.0), ("f16", 0.55), ("int8", 0.4)] {
        folder.run(&["convert", original, "--precision", precision, "--output", precision]).succeeded();
        let (before, after) = (std::fs::metadata(original).unwrap().len(), std::fs::metadata(folder.path(precision)).unwrap().len());
        assert!(after as f64 <= before as f64 * share, "{precision}: {after} of {before}");
    }
    assert!(WeightFile::read(&std::fs::read(folder.path("f32")).unwrap()).unwrap().tensors == tensors());
    let compare = |other: &str, more: &[&str]| {
        let first = ["compare", original, other, "--images", "images", "--labels", "labels.csv"];
        folder.run(&[&first, more].concat()).succeeded()
    };
    let itself: Value = compare("f32", &["--json"]).json();
    assert_eq!((itself["n"].as_u64(), itself["top1"].as_f64(), itself["mean_difference"].as_f64()), (Some(6), Some(1.0), Some(0.0)));
    let other: Value = compare("int8", &["--json", "--one-per-group"]).json();
    assert_eq!(other["n"], 5);
    let difference = other["mean_difference"].as_f64().unwrap();
    assert!(0.0 < difference && difference < 0.05, "{difference}");
    let text = compare("int8", &[]).stdout;
    assert!(text.contains("6 photographs") && text.contains("balanced accuracy") && text.contains("5 lesions"), "{text}");
    // A file beside itself is no better than itself, and its own accuracy is what `evaluate` says.
    let judged = folder.run(&["evaluate", "--weights", original, "--images", "images", "--labels", "labels.csv", "--json"]).succeeded().json();
    assert_eq!(
        (&itself["judged"]["accuracy"]["second"], &itself["judged"]["balanced_accuracy"]["first"]),
        (&judged["accuracy"], &judged["balanced_accuracy"])
    );
    assert_eq!(itself["judged"]["balanced_accuracy"]["difference"], serde_json::json!([0.0, 0.0]));
    folder.run(&["inspect", "int8"]).succeeded();
    folder.text("texts.json", r#"{"version": "7.0.0"}"#);
    folder.run(&["convert", "int8", "--precision", "f32", "--output", "named", "--card", "texts.json"]).succeeded();
    assert_eq!(WeightFile::read(&std::fs::read(folder.path("named")).unwrap()).unwrap().card.version, "7.0.0");
    folder.run(&["convert", "labels.csv", "--precision", "int8", "--output", "x"]).failed("weights-format", "labels.csv");
    folder.text("texts.json", &serde_json::json!({ "licence": "x".repeat(40_000) }).to_string());
    folder.run(&["convert", original, "--precision", "f16", "--output", "x", "--card", "texts.json"]).failed("weights-card", "licence");
    assert!(!folder.path("x").exists());
}
