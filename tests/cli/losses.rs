//! `losses` prints every term of a file of vectors, and refuses files that are none.

use crate::example::Folder;
use crate::generator;
use crate::tolerance;
use serde_json::{Value, json};

/// The inputs of the first case of `tests/golden/losses.py`.
fn vectors() -> Value {
    let array = |stream: u32, shape: &[usize], (scale, shift): (f64, f64)| {
        let count = shape.iter().product::<usize>() as u32;
        let number = |i| f64::from(generator::mix(i + 1 + 1000 * stream)) / 2f64.powi(31) - 1.0;
        json!({ "shape": shape, "data": (0..count).map(|i| number(i) * scale + shift).collect::<Vec<f64>>() })
    };
    json!({
        "labels": [4, 1, 5], "class_weights": [29.2, 7.62, 9.65, 106.0, 5.6, 1.97, 40.3, 100.0],
        "logits_s": array(1, &[12, 8], (3.0, 0.0)), "logits_t": array(2, &[12, 8], (3.0, 0.0)),
        "rep_s": array(3, &[12, 5], (1.0, 0.0)), "rep_t": array(4, &[12, 6], (1.0, 0.0)),
        "pool_s": array(5, &[12, 5], (1.0, 1.0)), "pool_t": array(6, &[12, 6], (1.0, 1.0)),
        "map_s": array(7, &[12, 6, 2, 2], (1.0, 1.0)), "map_t": array(8, &[12, 6, 2, 2], (1.0, 1.0)),
    })
}

fn run(folder: &Folder, vectors: &Value) -> crate::example::Run {
    folder.text("in.json", &vectors.to_string());
    folder.run(&["losses", "in.json"])
}

#[test]
fn every_term_and_gradient_is_printed() {
    let mut more = vectors();
    more["expected"] = json!({ "l1": 5.47 });
    let out = run(&Folder::new(), &more).succeeded().json();
    let golden: Value = serde_json::from_str(include_str!("../golden/losses.json")).unwrap();
    let golden = &golden["cases"][0];
    let near = |ours: &Value, expected: &Value, allowed: f64| (ours.as_f64().unwrap() - expected.as_f64().unwrap()).abs() <= allowed;
    for (name, expected) in golden["values"].as_object().unwrap() {
        assert!(near(&out[name], expected, tolerance::TERM * expected.as_f64().unwrap()), "{name}: {}", out[name]);
    }
    assert_eq!((&out["kept"], &out["skipped"]), (&golden["kept"], &json!([])));
    for (name, expected) in golden["grad"].as_object().unwrap() {
        let ours = &out["grad"][name];
        assert!(near(&ours["norm"], &expected["norm"], tolerance::TERM_GRADIENT), "{name}");
        for (ours, expected) in ours["first4"].as_array().unwrap().iter().zip(expected["first4"].as_array().unwrap()) {
            assert!(near(ours, expected, tolerance::TERM_GRADIENT), "{name}");
        }
    }
    assert_eq!(out.as_object().unwrap().len(), 13);
}

#[test]
fn a_student_that_is_its_teacher_loses_by_the_labels_alone() {
    let mut same = vectors();
    for name in ["logits", "rep", "pool", "map"] {
        same[format!("{name}_s")] = same[format!("{name}_t")].clone();
    }
    let out = run(&Folder::new(), &same).succeeded().json();
    for name in ["l2", "l3", "l4", "distance", "angle", "gram", "l5"] {
        assert_eq!(out[name], 0.0, "{name}");
    }
    assert!(out["l1"].as_f64().unwrap() > 0.0);
    for name in ["rep_s", "pool_s", "map_s"] {
        assert!(out["grad"][name]["norm"].as_f64().unwrap() <= tolerance::TERM_ZERO, "{name}: {}", out["grad"][name]);
    }
}

#[test]
fn what_has_nothing_to_compare_is_named() {
    let mut one = vectors();
    one["labels"] = json!([4]);
    for name in ["logits", "rep", "pool", "map"].iter().flat_map(|name| [format!("{name}_s"), format!("{name}_t")]) {
        let array = one[&name].as_object_mut().unwrap();
        let width: usize = array["shape"].as_array().unwrap()[1..].iter().map(|axis| axis.as_u64().unwrap() as usize).product();
        array["shape"][0] = json!(4);
        array["data"].as_array_mut().unwrap().truncate(4 * width);
    }
    let flat: Vec<f64> = vec![0.25; 4 * 5];
    one["pool_s"] = json!({ "shape": [4, 5], "data": flat });
    let out = run(&Folder::new(), &one).succeeded().json();
    assert_eq!(out["skipped"], json!(["similarity", "distance"]));
    assert_eq!((&out["l4"], &out["distance"], &out["kept"]), (&json!(0.0), &json!(0.0), &json!([0, 1, 2])));
    assert_eq!(out["grad"]["pool_s"], json!({ "first4": [0.0, 0.0, 0.0, 0.0], "norm": 0.0 }));
}

#[test]
fn a_file_that_does_not_fit_is_refused_with_what_is_wrong() {
    let folder = Folder::new();
    type Change = fn(&mut Value);
    let changes: [(Change, &str, &str); 13] = [
        (|v| v["labels"] = json!([4, 1, 8]), "argument", "below 8"),
        (|v| v["labels"] = json!([4, 1]), "argument", "It needs 2 axes, 8 rows"),
        (|v| v["labels"] = json!([]), "argument", "0 labels"),
        (|v| v["labels"] = json!([4, 1, -1]), "argument", "-1"),
        (|v| v["class_weights"][3] = json!(0.0), "argument", "above 0"),
        (|v| v["class_weights"] = json!([1, 1, 1, 1, 1, 1, 1]), "argument", "7 class weights"),
        (|v| v["rep_s"]["shape"] = json!([12, 6]), "argument", "rep_s has the shape [12, 6] and 60 numbers"),
        (|v| v["map_s"]["shape"] = json!([12, 3, 4, 2]), "argument", "maps"),
        (|v| v["pool_t"]["shape"] = json!([u64::MAX, 2, 2]), "argument", "pool_t"),
        (|v| v["pool_t"]["data"][3] = json!(null), "argument", "null"),
        (|v| _ = v.as_object_mut().unwrap().remove("map_t"), "argument", "map_t"),
        (|v| v["pool_t"]["data"][3] = json!(1e300), "not-finite", "distance"),
        // Softened answers of about 4 · 2e307 a row are finite, and so are the transferred ones; 0.9 and 2.7 times them together are not.
        (|v| (0..96).for_each(|i| v["logits_s"]["data"][i] = json!(if i % 8 == 0 { 2e307 } else { 0.0 })), "not-finite", "the total became inf"),
    ];
    for (change, code, words) in changes {
        let mut wrong = vectors();
        change(&mut wrong);
        run(&folder, &wrong).failed(code, words);
    }
    folder.text("in.json", &vectors().to_string().replacen("0.", "NaN,", 1));
    folder.run(&["losses", "in.json"]).failed("argument", "NaN and infinities are no JSON numbers");
    folder.run(&["losses", "none.json"]).failed("io", "none.json");
}
