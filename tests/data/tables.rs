//! The forms of label tables, filters, folders, merging.

use super::example::Folder;
use dermdistill::ErrorKind;
use dermdistill::classes::CLASSES;
use dermdistill::data::{Dataset, Filter, Labels};

/// (name, class, group) of every sample.
fn summary(dataset: &Dataset) -> Vec<(&str, &str, &str)> {
    dataset.samples().iter().map(|sample| (sample.name.as_str(), CLASSES[sample.label], sample.group.as_str())).collect()
}

fn three_pictures() -> Folder {
    let folder = Folder::new();
    for (seed, name) in ["a.png", "b.PNG", "c.d.png"].iter().enumerate() {
        folder.picture(name, 16, 16, seed as u32);
    }
    folder
}

#[test]
fn official_isic_2019() {
    let folder = three_pictures();
    let text = "image,MEL,NV,BCC,AK,BKL,DF,VASC,SCC,UNK\na,1.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0\nu,0,0,0,0,0,0,0,0,1\nb,0,0,0,1.0,0,0,0,0,0\nc.d,0,0,0,0,0,0,0,1,0\n";
    let dataset = Dataset::from_csv(&[folder.path()], folder.text("truth.csv", text), &[]).unwrap();
    assert_eq!(summary(&dataset), [("a", "MEL", "a"), ("b", "AK", "b"), ("c.d", "SCC", "c.d")]);
    assert_eq!(dataset.skipped_unknown(), 1, "the UNK row is left out, and its image is not looked for");
}

#[test]
fn isic_2018_serves_for_evaluation_only() {
    let folder = three_pictures();
    let path = folder.text("truth.csv", "image,MEL,NV,BCC,AKIEC,BKL,DF,VASC\na,0,1,0,0,0,0,0\nb,0,0,0,1,0,0,0\n");
    let labels = Labels::from_csv(&path, &[]).unwrap();
    let codes: Vec<_> = labels.rows.iter().map(|row| (row.dx.as_str(), row.class, row.line)).collect();
    assert_eq!(codes, [("NV", Some(5), 2), ("AKIEC", None, 3)]);
    assert_eq!(labels.locate(&[folder.path()]).unwrap(), [folder.path().join("a.png"), folder.path().join("b.PNG")]);
    assert_eq!(Dataset::from_csv(&[folder.path()], &path, &[]).unwrap_err().kind(), ErrorKind::TableLabel);
}

#[test]
fn plain_tables_with_and_without_groups() {
    let folder = three_pictures();
    // Extensions given, left out, and given wrongly; extra columns; a byte order mark, Windows line ends, spaces, an empty group.
    let text = "\u{feff}age,image,group_id,dx\r\n5,a.png,L1, nv\r\n6,b.jpg,L1,MEL \r\n7,c.d,,vasc\r\n";
    let dataset = Dataset::from_csv(&[folder.path()], folder.text("labels.csv", text), &[]).unwrap();
    assert_eq!(summary(&dataset), [("a", "NV", "L1"), ("b", "MEL", "L1"), ("c.d", "VASC", "c.d")]);
    let ham = folder.text("ham.csv", "lesion_id,image_id,dx,dx_type\nHAM_1,a,bkl,histo\n");
    assert_eq!(summary(&Dataset::from_csv(&[folder.path()], ham, &[]).unwrap()), [("a", "BKL", "HAM_1")]);
}

#[test]
fn several_folders_and_folders_in_names() {
    let (first, second) = (three_pictures(), Folder::new());
    second.picture("a.png", 16, 16, 9);
    second.picture("z.webp", 16, 16, 9);
    second.picture("deep/y.png", 16, 16, 9);
    let labels = first.text("labels.csv", "image,dx\na,NV\nz,NV\ndeep/y,NV\n");
    let dataset = Dataset::from_csv(&[first.path(), second.path()], labels, &[]).unwrap();
    let files: Vec<_> = dataset.samples().iter().map(|sample| sample.image.clone()).collect();
    assert_eq!(files, [first.path().join("a.png"), second.path().join("z.webp"), second.path().join("deep/y.png")]);
}

#[test]
fn filters_leave_rows_out_before_they_are_checked() {
    let folder = three_pictures();
    let labels = folder.text("labels.csv", "image,dx,subset\na,NV,HAM\nb,nonsense,MSK\nabsent,NV,MSK\nc.d,MEL,HAM\n");
    let read = |filters: &[&str]| {
        let filters: Vec<_> = filters.iter().map(|text| Filter::parse(text).unwrap()).collect();
        Dataset::from_csv(&[folder.path()], &labels, &filters)
    };
    let ham = read(&["subset=HAM"]).unwrap();
    assert_eq!((ham.samples().len(), ham.filtered()), (2, 2));
    assert_eq!(read(&["subset!=MSK", "dx!=MEL"]).unwrap().samples().len(), 1);
    assert_eq!(read(&["subset=none"]).unwrap_err().kind(), ErrorKind::TableEmpty);
    let no_column = read(&["part=HAM"]).unwrap_err();
    assert_eq!(no_column.kind(), ErrorKind::TableColumn);
    assert!(no_column.message().contains("needed: part"), "{no_column}");
    for bad in ["", "subset", "=HAM", "!=HAM"] {
        assert_eq!(Filter::parse(bad).unwrap_err().kind(), ErrorKind::Argument, "{bad}");
    }
}

#[test]
fn class_folders() {
    let folder = Folder::new();
    folder.picture("MEL/one.png", 16, 16, 1);
    folder.picture("nv/two.jpg", 16, 16, 2);
    folder.picture(".hidden/x.png", 16, 16, 2);
    folder.text("notes.txt", "not an image");
    let dataset = Dataset::from_folders(folder.path()).unwrap();
    assert_eq!(summary(&dataset), [("one", "MEL", "one"), ("two", "NV", "two")]);
    folder.picture("NV/one.png", 16, 16, 3);
    assert_eq!(Dataset::from_folders(folder.path()).unwrap_err().kind(), ErrorKind::TableDuplicate);
    folder.picture("akiec/three.png", 16, 16, 3);
    std::fs::remove_dir_all(folder.path().join("NV")).unwrap();
    let unknown = Dataset::from_folders(folder.path()).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::TableLabel);
    assert!(unknown.message().contains("'akiec'"), "{unknown}");
    assert_eq!(Dataset::from_folders(Folder::new().path()).unwrap_err().kind(), ErrorKind::TableEmpty);
}

#[test]
fn merged_sets_keep_groups_and_count_sources() {
    let (large, small) = (Folder::new(), Folder::new());
    for (seed, name) in ["p.png", "q.png", "r.png"].iter().enumerate() {
        large.picture(name, 24, 18, seed as u32);
    }
    small.picture("q.png", 16, 16, 1);
    let large_labels = large.text("labels.csv", "image,dx,group_id\nr,NV,L1\nq,NV,L1\np,MEL,L2\n");
    let small_labels = small.text("labels.csv", "image,dx,group_id\nq,NV,L1\n");
    let read_large = || Dataset::from_csv(&[large.path()], &large_labels, &[]).unwrap();
    let read_small = || Dataset::from_csv(&[small.path()], &small_labels, &[]).unwrap();
    let merged = Dataset::merge(vec![read_small(), read_large(), Dataset::merge(vec![read_small(), read_small()])]);
    let sources: Vec<_> = merged.samples().iter().map(|sample| sample.source).collect();
    assert_eq!(sources, [0, 1, 1, 1, 2, 3]);
    assert_eq!(merged.class_counts(&[0, 1, 3, 99]), [0, 0, 0, 0, 1, 2, 0, 0]);
    // Of L1 in the large part alone: q comes before r by name. With the copy of source 0, the copy.
    assert_eq!(merged.one_per_group(&[1, 2, 3]), [2, 3]);
    assert_eq!(merged.one_per_group(&[1, 2, 3, 0]), [0, 3]);
    assert_eq!(merged.one_per_group(&[]), [0usize; 0]);
}
