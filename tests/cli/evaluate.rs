//! `evaluate` gives the metrics of the room `trust` for what the classifier says, whatever the table looks like.

use crate::example::{Folder, Run, answer, weights};
use dermdistill::classes::CLASSES;
use dermdistill::classifier::Request;
use dermdistill::trust::{Label, Prior, Report, evaluate, intervals, selective};
use dermdistill::weights::sha256_hex;
use std::fmt::Write;

/// What the pictures of [`pictures`] are labelled.
const DX: [&str; 12] = ["NV", "NV", "MEL", "MEL", "AK", "SCC", "BCC", "BKL", "DF", "VASC", "NV", "AK"];

/// Twelve pictures `i0.png`, `i1.jpg`, `i2.jpeg`, `i3.png`, … in `images`.
fn pictures(folder: &Folder) -> Vec<String> {
    let names: Vec<String> = (0..DX.len()).map(|n| format!("i{n}.{}", ["png", "jpg", "jpeg"][n % 3])).collect();
    for (seed, name) in names.iter().enumerate() {
        folder.picture(&format!("images/{name}"), seed as u32);
    }
    names
}

fn table(header: &str, row: impl Fn(usize) -> String) -> String {
    (0..DX.len()).fold(header.to_owned() + "\n", |text, n| text + &row(n) + "\n")
}

fn run(folder: &Folder, args: &[&str]) -> Run {
    let first = ["evaluate", "--weights", weights().to_str().unwrap(), "--images", "images", "--labels", "labels.csv"];
    folder.run(&[&first, args].concat())
}

fn report(run: &Run) -> Report {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr))
}

fn probabilities(folder: &Folder, names: &[String], prior: Prior) -> Vec<Vec<f64>> {
    let request = Request { prior, ..Request::default() };
    names.iter().map(|name| answer(&folder.path(&format!("images/{name}")), &request).probabilities).collect()
}

#[test]
fn the_report_is_the_one_of_the_library() {
    let folder = Folder::new();
    let names = pictures(&folder);
    folder.text("labels.csv", &table("image,dx", |n| format!("i{n},{}", DX[n])));
    let labels: Vec<Label> = DX.iter().map(|dx| dx.parse().unwrap()).collect();
    for (word, prior) in [("training", Prior::Training), ("equal", Prior::Equal)] {
        let found = run(&folder, &["--json", "--prior", word]).succeeded();
        let rows = probabilities(&folder, &names, prior);
        let mut expected = evaluate(&rows, &labels, &[false; 12], &CLASSES).unwrap();
        expected.selective = Some(selective(&rows, &labels, &[None; 12], &CLASSES).unwrap());
        expected.weights_sha256 = sha256_hex(&std::fs::read(weights()).unwrap());
        assert_eq!(report(&found), expected);
        let keys: Vec<String> = found.json().as_object().unwrap().keys().cloned().collect();
        let promised = ["abstained", "accuracy", "balanced_accuracy", "confusion", "ece", "n", "per_class", "weights_sha256"];
        assert!(promised.iter().all(|key| keys.iter().any(|found| found == key)), "{keys:?}");
        assert!(!keys.contains(&"intervals".to_owned()), "no group column, no intervals");
    }
    let text = run(&folder, &[]).succeeded().stdout;
    assert!(text.contains("balanced accuracy") && text.contains("12 photographs") && text.contains("VASC"), "{text}");
    assert!(text.contains("unlike-dermoscopy") && text.contains("Of the 12 answered") && text.contains("coverage"), "{text}");
}

#[test]
fn the_table_may_come_from_any_program() {
    let folder = Folder::new();
    let names = pictures(&folder);
    folder.text("labels.csv", &table("image,dx", |n| format!("i{n},{}", DX[n])));
    let expected = run(&folder, &["--json", "--threads", "1"]).succeeded().stdout;
    let odd = [
        table("\u{feff}image,dx", |n| format!("{},{}", names[n], DX[n].to_lowercase())).replace('\n', "\r\n"),
        table("age,dx,site,image", |n| format!("{n},{},\"back, left\",i{n}", DX[n].to_lowercase())),
        table("image_id , dx", |n| format!(" i{n} , {} ", DX[n])),
        table("image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK", |n| {
            let one_hot = ["MEL", "NV", "BCC", "AK", "BKL", "DF", "VASC", "SCC"].map(|code| if code == DX[n] { "1.0" } else { "0.0" });
            format!("i{n},{},0.0", one_hot.join(","))
        }),
        table("image,dx", |n| format!("i{n}.png,{}", DX[n])).trim_end().to_owned(),
    ];
    for text in odd {
        folder.text("labels.csv", &text);
        assert_eq!(run(&folder, &["--json", "--threads", "2"]).succeeded().stdout, expected, "{text}");
    }
}

#[test]
fn akiec_is_ak_and_scc_together() {
    let folder = Folder::new();
    let names = pictures(&folder);
    let merged = |n: usize| if matches!(DX[n], "AK" | "SCC") { "AKIEC" } else { DX[n] };
    let order = ["MEL", "NV", "BCC", "AKIEC", "BKL", "DF", "VASC"];
    let one_hot = |n: usize| order.map(|code| if code == merged(n) { "1.0" } else { "0.0" }).join(",");
    let tables = [
        table("image,dx", |n| format!("i{n},{}", merged(n).to_lowercase())),
        table("image,MEL,NV,BCC,AKIEC,BKL,DF,VASC", |n| format!("i{n},{}", one_hot(n))),
    ];
    // By hand: add the two probabilities, then take the largest of seven.
    let seven = ["AKIEC", "BCC", "BKL", "DF", "MEL", "NV", "VASC"];
    let rows = probabilities(&folder, &names, Prior::Equal);
    let given: Vec<&str> = rows
        .iter()
        .map(|p| {
            let sums = [p[0] + p[6], p[1], p[2], p[3], p[4], p[5], p[7]];
            seven[(0..7).fold(0, |best, class| if sums[class] > sums[best] { class } else { best })]
        })
        .collect();
    let recalls: Vec<f64> = seven
        .iter()
        .map(|code| {
            let of_class: Vec<usize> = (0..DX.len()).filter(|&n| merged(n) == *code).collect();
            of_class.iter().filter(|&&n| given[n] == *code).count() as f64 / of_class.len() as f64
        })
        .collect();
    for text in tables {
        folder.text("labels.csv", &text);
        let found = report(&run(&folder, &["--json", "--prior", "equal"]).succeeded());
        assert_eq!(found.classes, seven);
        assert_eq!(found.per_class["AKIEC"].n, 3);
        for (code, recall) in seven.iter().zip(&recalls) {
            assert_eq!(found.per_class[*code].recall, Some(*recall), "{code}");
        }
        assert!((found.balanced_accuracy - recalls.iter().sum::<f64>() / 7.0).abs() < 1e-12);
    }
}

#[test]
fn splits_filters_and_groups_choose_the_images() {
    let folder = Folder::new();
    let names = pictures(&folder);
    // Lesions of three photographs each: g0 = 0 1 2, g1 = 3 4 5, …; the last two belong to another subset.
    folder.text("labels.csv", &table("image,dx,group_id,subset", |n| format!("i{n},{},g{},{}", DX[n], n / 3, if n < 10 { "HAM" } else { "MSK" })));
    folder.text("split.csv", "group_id,split\ng0,val\ng1,train\ng3,val\n");
    let chosen = |args: &[&str], expected: &[usize]| {
        let found = report(&run(&folder, &[&["--json"], args].concat()).succeeded());
        let names: Vec<String> = expected.iter().map(|&n| names[n].clone()).collect();
        let labels: Vec<Label> = expected.iter().map(|&n| DX[n].parse().unwrap()).collect();
        let groups: Vec<String> = expected.iter().map(|&n| format!("g{}", n / 3)).collect();
        let rows = probabilities(&folder, &names, Prior::Training);
        let mut report = evaluate(&rows, &labels, &vec![false; labels.len()], &CLASSES).unwrap();
        report.selective = Some(selective(&rows, &labels, &vec![None; labels.len()], &CLASSES).unwrap());
        report.weights_sha256.clone_from(&found.weights_sha256);
        report.intervals = Some(intervals(&rows, &labels, &groups, &CLASSES, 7).unwrap());
        assert_eq!(found, report, "{args:?}");
    };
    chosen(&["--split", "split.csv"], &[0, 1, 2, 9, 10, 11]);
    chosen(&["--split", "split.csv", "--part", "train"], &[3, 4, 5]);
    chosen(&["--split", "split.csv", "--where", "subset=HAM"], &[0, 1, 2, 9]);
    // By name i10 comes before i9.
    chosen(&["--one-per-group"], &[0, 3, 6, 10]);
    chosen(&["--where", "subset!=HAM", "--one-per-group"], &[10]);
    folder.text("split.csv", "group_id,split\ng7,val\ng0,train\n");
    run(&folder, &["--split", "split.csv"]).failed("table-empty", "Val part");
    run(&folder, &["--where", "centre=HAM"]).failed("table-column", "centre");
    run(&folder, &["--where", "subset"]).failed("argument", "subset");
    assert_eq!(run(&folder, &["--part", "train"]).code, 2, "a part of nothing");
}

#[test]
fn a_bad_table_is_refused_with_its_code() {
    let folder = Folder::new();
    pictures(&folder);
    let cases = [
        ("image,dx\ni0,NV\ni99,MEL\n", "table-image", "i99 (line 3)"),
        ("image,diagnosis\ni0,NV\n", "table-column", "needed: image,dx"),
        ("image,dx\ni0,NV\ni1,WART\n", "table-label", "WART"),
        ("image,dx\ni0,NV\ni0.png,MEL\n", "table-duplicate", "line 3"),
        ("image,dx\n", "table-empty", "no labelled image"),
        ("", "table-empty", "empty"),
    ];
    for (text, code, words) in cases {
        folder.text("labels.csv", text);
        assert_eq!(run(&folder, &["--json"]).failed(code, words).stdout, "");
    }
    std::fs::remove_file(folder.path("labels.csv")).unwrap();
    run(&folder, &[]).failed("io", "labels.csv");
    folder.text("labels.csv", "image,dx\ni0,NV\n");
    run(&folder, &["--threads", "0"]).failed("argument", "0 threads");
    run(&folder, &["--prior", "uniform"]).failed("argument", "uniform");
}

#[test]
fn an_unreadable_image_among_good_ones_is_named_and_left_out() {
    let folder = Folder::new();
    let names = pictures(&folder);
    let bytes = std::fs::read(folder.path("images/i4.jpg")).unwrap();
    std::fs::write(folder.path("images/i4.jpg"), &bytes[..bytes.len() / 2]).unwrap();
    folder.text("labels.csv", &table("image,dx", |n| format!("i{n},{}", DX[n])));
    let found = run(&folder, &["--json"]).failed("image-truncated", "1 of 12 images could not be judged; the figures are over the other 11");
    assert!(found.stderr.lines().next().unwrap().contains("i4.jpg"), "{}", found.stderr);
    let kept: Vec<usize> = (0..12).filter(|&n| n != 4).collect();
    let labels: Vec<Label> = kept.iter().map(|&n| DX[n].parse().unwrap()).collect();
    let rows = probabilities(&folder, &kept.iter().map(|&n| names[n].clone()).collect::<Vec<_>>(), Prior::Training);
    let mut expected = evaluate(&rows, &labels, &[false; 11], &CLASSES).unwrap();
    expected.selective = Some(selective(&rows, &labels, &[None; 11], &CLASSES).unwrap());
    expected.weights_sha256 = sha256_hex(&std::fs::read(weights()).unwrap());
    assert_eq!(report(&found), expected);
    let mut only = String::from("image,dx\n");
    writeln!(only, "i4,NV").unwrap();
    folder.text("labels.csv", &only);
    assert_eq!(run(&folder, &["--json"]).failed("image-truncated", "there are no figures").stdout, "");
}
