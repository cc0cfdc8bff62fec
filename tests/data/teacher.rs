//! Tables of a teacher's outputs: which row goes to which image, under which mix, and what is refused.

use super::example::Folder;
use dermdistill::ErrorKind;
use dermdistill::data::{Dataset, TeacherOutputs};
use std::path::PathBuf;

const EQUAL: [f64; 8] = [0.125; 8];
const HEADER: &str = "image,AK,BCC,BKL,DF,MEL,NV,SCC,VASC\n";
const GOOD: &str = "i000,0.1,0.1,0.1,0.1,0.2,0.2,0.1,0.1\n";

fn two_parts(folder: &Folder) -> Dataset {
    Dataset::merge(vec![folder.dataset(&["NV", "MEL"]), folder.dataset(&["NV"])])
}

fn read(folder: &Folder, first: &str, second: &str) -> dermdistill::Result<TeacherOutputs> {
    let paths: [PathBuf; 2] = [folder.text("first.csv", first), folder.text("second.csv", second)];
    TeacherOutputs::from_csv(&paths, &two_parts(folder), &EQUAL, &EQUAL)
}

#[test]
fn rows_go_to_the_images_of_their_part() {
    let folder = Folder::new();
    // Columns in another order, another column, an extension, an image that the data set lacks.
    let first = "VASC,NV,age,image,AK,BCC,BKL,DF,MEL,SCC\n1,0,5,i000.png,0,0,0,0,0,0\n0,1,5,stranger,0,0,0,0,0,0\n";
    let outputs = read(&folder, first, &format!("{HEADER}i000,0,0,0,0,0.25,0.75,0,0\n")).unwrap();
    let dataset = two_parts(&folder);
    assert_eq!(outputs.rows(&[2, 0], &dataset).unwrap(), [0., 0., 0., 0., 0.25, 0.75, 0., 0., 0., 0., 0., 0., 0., 0., 0., 1.]);
    let error = outputs.rows(&[0, 1], &dataset).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableImage);
    assert!(error.to_string().contains("i001.png"), "{error}");
}

#[test]
fn rows_are_moved_to_the_mix_the_loss_sees() {
    let folder = Folder::new();
    let dataset = folder.dataset(&["NV"]);
    let table = folder.text("outputs.csv", &format!("{HEADER}i000,0,0,0,0,0.2,0.8,0,0\n"));
    let (pi, mix) = ([0.05, 0.05, 0.05, 0.05, 0.1, 0.6, 0.05, 0.05], [0.125; 8]);
    let moved = TeacherOutputs::from_csv(&[table], &dataset, &pi, &mix).unwrap().rows(&[0], &dataset).unwrap();
    // By hand: 0.2 / 0.1 = 2 against 0.8 / 0.6 = 4/3.
    assert!((moved[4] - 0.6).abs() < 1e-6 && (moved[5] - 0.4).abs() < 1e-6, "{moved:?}");
}

#[test]
fn what_is_refused_names_the_line() {
    let folder = Folder::new();
    let good = format!("{HEADER}{GOOD}");
    let cases = [
        ("image,AK,BCC,BKL,DF,MEL,NV,SCC\n".to_owned(), ErrorKind::TableColumn, "VASC"),
        (format!("{HEADER}i000,0.1,0.1,0.1,0.1,0.2,0.2,0.1,x\n"), ErrorKind::TableLabel, "line 2"),
        (format!("{HEADER}{GOOD}i001,NaN,0.1,0.1,0.1,0.2,0.2,0.1,0.1\n"), ErrorKind::TableLabel, "line 3"),
        (format!("{HEADER}i000,1.5,0,0,0,0,0,0,-0.5\n"), ErrorKind::TableLabel, "'1.5'"),
        (format!("{HEADER}i000,0.5,0,0,0,0,0,0,0.4\n"), ErrorKind::TableLabel, "add up to 0.9"),
        (format!("{HEADER}{GOOD}{GOOD}"), ErrorKind::TableDuplicate, "line 2"),
        (String::new(), ErrorKind::TableEmpty, "second.csv"),
    ];
    for (text, kind, words) in cases {
        let error = read(&folder, &good, &text).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    let one = folder.text("one.csv", &good);
    let error = TeacherOutputs::from_csv(&[one], &two_parts(&folder), &EQUAL, &EQUAL).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "one table for two parts: {error}");
}
