//! Tables of a teacher's outputs: which row goes to which image, and what is refused.

use super::example::Folder;
use dermdistill::ErrorKind;
use dermdistill::data::{Dataset, TeacherOutputs};
use std::path::PathBuf;

const HEADER: &str = "image,AK,BCC,BKL,DF,MEL,NV,SCC,VASC\n";
const GOOD: &str = "i000,0.1,0.1,0.1,0.1,0.2,0.2,0.1,0.1\n";

fn two_parts(folder: &Folder) -> Dataset {
    Dataset::merge(vec![folder.dataset(&["NV", "MEL"]), folder.dataset(&["NV"])])
}

fn read(folder: &Folder, first: &str, second: &str) -> dermdistill::Result<TeacherOutputs> {
    let paths: [PathBuf; 2] = [folder.text("first.csv", first), folder.text("second.csv", second)];
    TeacherOutputs::from_csv(&paths, &two_parts(folder))
}

#[test]
fn rows_go_to_the_images_of_their_part() {
    let folder = Folder::new();
    // Columns in another order, another column, an extension, an image that the data set lacks.
    let first = "VASC,NV,age,image,AK,BCC,BKL,DF,MEL,SCC\n1,0,5,i000.png,0,0,0,0,0,0\n0,1,5,stranger,0,0,0,0,0,0\n";
    let outputs = read(&folder, first, &format!("{HEADER}i000,0,0,0,0,0.25,0.75,0,0\n")).unwrap();
    let dataset = two_parts(&folder);
    let least = f32::MIN_POSITIVE.ln();
    let logits = |p: [f32; 8]| p.map(|p| if p > 0.0 { f64::from(p).ln() as f32 } else { least });
    assert_eq!(outputs.logits(2, &dataset).unwrap(), logits([0., 0., 0., 0., 0.25, 0.75, 0., 0.]));
    assert_eq!(outputs.logits(0, &dataset).unwrap(), logits([0., 0., 0., 0., 0., 0., 0., 1.]));
    let error = outputs.logits(1, &dataset).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableImage);
    assert!(error.to_string().contains("i001.png"), "{error}");
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
    let error = TeacherOutputs::from_csv(&[one], &two_parts(&folder)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Argument, "one table for two parts: {error}");
}
