//! Every hostile table gives the error its manifest names, and a good one still reads afterwards.

use super::example::Folder;
use dermdistill::data::{Dataset, Split};
use std::path::Path;

#[derive(serde::Deserialize)]
struct Case {
    file: String,
    kind: String,
    code: String,
    says: Vec<String>,
}

#[test]
fn every_hostile_table_has_its_error() {
    let folder = Folder::new();
    for (seed, name) in ["a", "b", "c", "d", "e", "f"].iter().enumerate() {
        folder.picture(&format!("{name}.png"), 16, 16, seed as u32);
    }
    let good = folder.text("good.csv", "image,dx\na,NV\nb,MEL\n");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hostile/csv");
    let cases: Vec<Case> = serde_json::from_slice(&std::fs::read(root.join("manifest.json")).unwrap()).unwrap();
    assert!(cases.len() > 40);
    for case in &cases {
        let file = root.join(&case.file);
        let result = match case.kind.as_str() {
            "labels" => Dataset::from_csv(&[folder.path()], &file, &[]).map(|_| ()),
            "split" => Split::from_file(&file, &Dataset::from_csv(&[folder.path()], &good, &[]).unwrap()).map(|_| ()),
            other => panic!("{}: unknown kind {other}", case.file),
        };
        let error = result.expect_err(&case.file);
        assert_eq!(error.kind().code(), case.code, "{}: {error}", case.file);
        assert!(error.message().contains(&case.file), "{}: the file is not named: {error}", case.file);
        for words in &case.says {
            assert!(error.message().contains(words), "{}: '{words}' is missing in: {error}", case.file);
        }
        assert_eq!(Dataset::from_csv(&[folder.path()], &good, &[]).unwrap().samples().len(), 2);
    }
    let files = std::fs::read_dir(&root).unwrap().count();
    assert_eq!(files, cases.len() + 1, "a file is missing in the manifest");
}

#[test]
fn files_that_are_not_there() {
    let folder = Folder::new();
    let labels = folder.text("labels.csv", "image,dx\na,NV\n");
    let no_table = Dataset::from_csv(&[folder.path()], folder.path().join("none.csv"), &[]).unwrap_err();
    assert_eq!(no_table.kind().code(), "io");
    assert!(no_table.message().contains("none.csv"), "{no_table}");
    let no_folder = Dataset::from_csv(&[folder.path().join("nowhere")], labels, &[]).unwrap_err();
    assert_eq!(no_folder.kind().code(), "io");
    assert!(no_folder.message().contains("nowhere"), "{no_folder}");
    assert_eq!(Dataset::from_folders(folder.path().join("nowhere")).unwrap_err().kind().code(), "io");
}
