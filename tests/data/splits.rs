//! Splits: a group is on one side only; the classes keep their shares.

use super::example::{Folder, table};
use dermdistill::ErrorKind;
use dermdistill::data::{Dataset, Split};
use std::collections::HashSet;

/// Groups of one to three images: 60 of NV, 13 of MEL, 4 of DF, 1 of AK. All rows name the same few files by folder tricks would be
/// duplicates, so every image is its own small file.
fn grouped() -> (Folder, Dataset) {
    let folder = Folder::new();
    let mut rows = Vec::new();
    for (code, groups) in [("NV", 60), ("MEL", 13), ("DF", 4), ("AK", 1)] {
        for group in 0..groups {
            for image in 0..=group % 3 {
                let name = format!("{code}{group}_{image}");
                std::fs::write(folder.path().join(format!("{name}.png")), b"never decoded here").unwrap();
                rows.push((name, code, format!("{code}-{group}")));
            }
        }
    }
    let labels = folder.text("labels.csv", &table(&rows));
    let dataset = Dataset::from_csv(&[folder.path()], labels, &[]).unwrap();
    (folder, dataset)
}

fn groups<'a>(dataset: &'a Dataset, indices: &[usize]) -> HashSet<&'a str> {
    indices.iter().map(|&index| dataset.samples()[index].group.as_str()).collect()
}

#[test]
fn drawn_splits_keep_groups_whole_and_classes_in_proportion() {
    let (_folder, dataset) = grouped();
    for (seed, fraction) in [(1, 0.2), (2, 0.2), (3, 0.5), (4, 0.05)] {
        let split = Split::by_seed(&dataset, seed, fraction).unwrap();
        let (train, val) = (groups(&dataset, &split.train), groups(&dataset, &split.val));
        assert!(train.is_disjoint(&val));
        assert_eq!(split.train.len() + split.val.len(), dataset.samples().len());
        assert_eq!(split.dropped, 0);
        assert!(split.train.is_sorted() && split.val.is_sorted());
        for (code, all) in [("NV", 60.0), ("MEL", 13.0), ("DF", 4.0), ("AK", 1.0)] {
            let held = val.iter().filter(|group| group.starts_with(code)).count() as f64;
            assert!((held - fraction * all).abs() <= 1.0, "{code}: {held} of {all} at {fraction}");
        }
    }
}

#[test]
fn drawn_splits_depend_on_the_seed_and_the_names_only() {
    let (_folder, dataset) = grouped();
    let split = |seed| Split::by_seed(&dataset, seed, 0.2).unwrap();
    assert_eq!(split(1), split(1));
    assert_ne!(split(1), split(2));
    // The same images behind another data set: the same groups are held out.
    let (_other_folder, other) = grouped();
    let merged = Dataset::merge(vec![other, grouped().1]);
    let again = Split::by_seed(&merged, 1, 0.2).unwrap();
    assert_eq!(groups(&merged, &again.val), groups(&dataset, &split(1).val));
    // Pinned: a stated seed must mean the same groups in every version.
    let mut melanomas: Vec<_> = groups(&dataset, &split(1).val).into_iter().filter(|group| group.starts_with("MEL")).collect();
    melanomas.sort_unstable();
    assert_eq!(melanomas, PINNED_MELANOMAS);
}

const PINNED_MELANOMAS: [&str; 3] = ["MEL-11", "MEL-4", "MEL-9"];

#[test]
fn bad_fractions_are_refused() {
    let (_folder, dataset) = grouped();
    for fraction in [-0.1, 1.0, 2.0, f64::NAN, f64::INFINITY] {
        assert_eq!(Split::by_seed(&dataset, 1, fraction).unwrap_err().kind(), ErrorKind::Argument, "{fraction}");
    }
    assert!(Split::by_seed(&dataset, 1, 0.0).unwrap().val.is_empty());
    let folder = Folder::new();
    let single = folder.dataset(&["NV"]);
    assert_eq!(Split::by_seed(&single, 1, 0.9).unwrap_err().kind(), ErrorKind::TableEmpty);
}

#[test]
fn split_files() {
    let (folder, dataset) = grouped();
    let text = "group_id,split\nNV-0,train\nNV-1,val\nNV-2,train\nstranger,val\nMEL-2,val\n";
    let split = Split::from_file(folder.text("split.csv", text), &dataset).unwrap();
    let names = |indices: &[usize]| indices.iter().map(|&index| dataset.samples()[index].name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&split.train), ["NV0_0", "NV2_0", "NV2_1", "NV2_2"]);
    assert_eq!(names(&split.val), ["NV1_0", "NV1_1", "MEL2_0", "MEL2_1", "MEL2_2"]);
    assert_eq!(split.dropped, dataset.samples().len() - 9);
}
