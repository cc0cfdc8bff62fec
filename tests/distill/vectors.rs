//! Every term, its kept rows and the total's gradients against PyTorch (`tests/golden/losses.py`), in f64 and in f32.

use crate::{generator, golden, tolerance};
use candle_core::{DType, Device, Tensor, Var};
use dermdistill::distill::{Answers, Method, Truth, error_levels, kept_rows, own_images, similarities, similarity_cross_entropy, terms};
use dermdistill::learner::{turned, upright, weighted_sum};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    images: usize,
    classes: usize,
    rep: [usize; 2],
    pool: [usize; 2],
    map: [usize; 3],
    first: u32,
    labels: Vec<usize>,
    class_weights: Vec<f64>,
    kept: Vec<usize>,
    values: BTreeMap<String, f64>,
    grad: BTreeMap<String, Gradient>,
}

#[derive(Deserialize)]
struct Gradient {
    first4: Vec<f64>,
    norm: f64,
    /// Its product with stream [`ALONG`].
    along: f64,
}

const ALONG: u32 = 99;

/// `count` numbers in [−1, 1), as the script makes them.
fn stream(seed: u32, count: usize) -> impl Iterator<Item = f64> {
    (0..count as u32).map(move |i| f64::from(generator::mix(i + 1 + 1000 * seed)) / 2f64.powi(31) - 1.0)
}

impl Case {
    /// Tensor `which` of the script's list: logits, rep, pool, map, of the student and the teacher in turn.
    fn tensor(&self, which: usize) -> Tensor {
        let rows = 4 * self.images;
        let odd = which % 2;
        let shape = match which / 2 {
            0 => vec![rows, self.classes],
            1 => vec![rows, self.rep[odd]],
            2 => vec![rows, self.pool[odd]],
            _ => [&[rows][..], &self.map].concat(),
        };
        let (scale, shift) = [(3.0, 0.0), (1.0, 0.0), (1.0, 1.0), (1.0, 1.0)][which / 2];
        let mut data: Vec<f64> = stream(self.first + which as u32, shape.iter().product()).map(|x| x * scale + shift).collect();
        if self.name == "ties and zeros" {
            let width = shape[1];
            match which {
                0 | 1 => data.iter_mut().for_each(|x| *x = x.round_ties_even()),
                2 | 3 => data[5 * width..6 * width].fill(0.0),
                5 => data.copy_within(2 * width..3 * width, 3 * width),
                _ => {}
            }
            if which == 3 {
                data.copy_within(4 * width..5 * width, 8 * width);
            }
        }
        Tensor::from_vec(data, shape, &Device::Cpu).unwrap()
    }
}

/// That `ours` is `expected` within the tolerance for its type.
fn near(ours: f64, expected: f64, dtype: DType, what: &str) {
    let allowed =
        if dtype == DType::F64 { tolerance::TERM * expected.abs() + tolerance::TERM_ZERO } else { tolerance::TERM_F32 * expected.abs().max(1e-3) };
    assert!((ours - expected).abs() <= allowed, "{what} in {dtype:?}: {ours}, expected {expected}");
}

#[test]
fn terms_and_gradients_are_pytorchs() {
    for case in golden::read::<Vectors>("losses.json").cases {
        for dtype in [DType::F64, DType::F32] {
            check(&case, dtype);
        }
    }
}

fn check(case: &Case, dtype: DType) {
    let student = [0, 2, 4, 6].map(|which| Var::from_tensor(&case.tensor(which).to_dtype(dtype).unwrap()).unwrap());
    let teacher = [1, 3, 5, 7].map(|which| case.tensor(which).to_dtype(dtype).unwrap());
    let answers =
        |[logits, rep, pool, map]: [Tensor; 4]| Answers { logits, rep: Some(rep), pool: Some(pool), map: Some(map.permute((0, 2, 3, 1)).unwrap()) };
    let truth = Truth { labels: &case.labels, class_weights: &case.class_weights, views: 4 };
    let taught = answers(teacher);
    let found = terms(&Method::SsdKd.recipe(), truth, &answers(student.each_ref().map(|var| var.as_tensor().clone())), &taught).unwrap();
    assert_eq!(found.kept, case.kept, "{}", case.name);
    let (total, reports) = weighted_sum(&found.terms).unwrap();
    assert_eq!(total.dtype(), dtype);
    let names = ["l1", "l2", "l3", "l4", "distance", "angle", "gram"];
    for (report, name) in reports.iter().zip(names) {
        near(report.value, case.values[name], dtype, &format!("{}: {}", case.name, report.name));
    }
    near(crate::scalar(&total), case.values["total"], dtype, &format!("{}: total", case.name));
    let rep = taught.rep.unwrap();
    let phase1 = similarity_cross_entropy(&similarities(&upright(&rep, 4).unwrap(), &turned(&rep, 4).unwrap()).unwrap()).unwrap();
    near(crate::scalar(&phase1), case.values["phase1"], dtype, &format!("{}: phase 1", case.name));
    let gradients = total.backward().unwrap();
    for (var, name) in student.iter().zip(["logits_s", "rep_s", "pool_s", "map_s"]) {
        let expected = &case.grad[name];
        let all: Vec<f64> = match gradients.get(var) {
            Some(gradient) => gradient.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap(),
            None => vec![0.0; var.elem_count()],
        };
        let close = |ours: f64, expected: f64, what: &str| {
            let allowed = if dtype == DType::F64 { tolerance::TERM_GRADIENT } else { tolerance::TERM_F32 * expected.abs().max(1.0) };
            assert!((ours - expected).abs() <= allowed, "{}: {what} of {name} in {dtype:?}: {ours}, expected {expected}", case.name);
        };
        expected.first4.iter().zip(&all).for_each(|(expected, ours)| close(*ours, *expected, "a number"));
        close(all.iter().map(|x| x * x).sum::<f64>().sqrt(), expected.norm, "the norm");
        close(all.iter().zip(stream(ALONG, all.len())).map(|(x, y)| x * y).sum(), expected.along, "the projection");
    }
}

/// The figures printed in the specification of the method, which other implementations are compared with.
#[test]
fn the_golden_values_are_the_published_ones() {
    let cases = golden::read::<Vectors>("losses.json").cases;
    let case = &cases[0];
    let published = [
        ("l1", 5.477581608406),
        ("l2", 2.721833314298),
        ("l3", 2.426432511435),
        ("l4", 0.136247899035),
        ("distance", 0.044817504916),
        ("angle", 0.059738130962),
        ("gram", 0.108653283208),
        ("l5", 112.760627378831),
        ("total", 123.671882293769),
        ("phase1", 1.007104789491),
    ];
    for (name, value) in published {
        assert!((case.values[name] - value).abs() <= tolerance::TERM * value, "{name}");
    }
    assert_eq!(case.kept, [0, 1, 3, 4, 5, 6, 7, 8]);
    let gradients = [
        ("logits_s", [0.1379835, 0.0882549, 0.0426850, -0.0848599], 0.84038524),
        ("rep_s", [-0.0082872, -0.3402092, 0.3786734, -0.1257395], 1.17320125),
        ("pool_s", [0.3628259, -0.0584270, 0.1641947, 0.0264810], 2.72429965),
        ("map_s", [0.0316444, -0.1217436, -0.4234789, 0.3115025], 15.74826202),
    ];
    for (name, first4, norm) in gradients {
        let found = &case.grad[name];
        let pairs = found.first4.iter().zip(&first4).chain([(&found.norm, &norm)]);
        assert!(found.first4.len() == 4 && pairs.into_iter().all(|(ours, published)| (ours - published).abs() <= tolerance::TERM_GRADIENT), "{name}");
    }
}

/// The error levels that the specification prints, of the teacher's turned logits and of its similarities.
#[test]
fn the_error_levels_are_the_published_ones() {
    let case = &golden::read::<Vectors>("losses.json").cases[0];
    let (logits, rep) = (turned(&case.tensor(1), 4).unwrap(), case.tensor(3));
    let labels: Vec<usize> = case.labels.iter().flat_map(|&label| [label; 3]).collect();
    let levels = error_levels(&logits, &labels).unwrap();
    assert_eq!(levels, [3, 5, 2, 1, 6, 7, 1, 3, 0]);
    assert_eq!(kept_rows(&levels, 1.0), (0..9).collect::<Vec<_>>());
    let scores = similarities(&upright(&rep, 4).unwrap(), &turned(&rep, 4).unwrap()).unwrap();
    let levels = error_levels(&scores, &own_images(&scores).unwrap()).unwrap();
    assert_eq!(levels, [0, 1, 2, 0, 0, 1, 0, 1, 0]);
    assert_eq!(kept_rows(&levels, 0.75), case.kept);
}

#[test]
fn the_order_of_the_images_moves_the_kept_rows_and_nothing_else() {
    let case = &golden::read::<Vectors>("losses.json").cases[0];
    let total = |order: [u32; 3]| {
        let rows = Tensor::from_iter(order.iter().flat_map(|image| 4 * image..4 * image + 4), &Device::Cpu).unwrap();
        let of = |which: usize| case.tensor(which).index_select(&rows, 0).unwrap();
        let answers = |side: usize| Answers {
            logits: of(side),
            rep: Some(of(2 + side)),
            pool: Some(of(4 + side)),
            map: Some(of(6 + side).permute((0, 2, 3, 1)).unwrap()),
        };
        let labels = order.map(|image| case.labels[image as usize]);
        let truth = Truth { labels: &labels, class_weights: &case.class_weights, views: 4 };
        let found = terms(&Method::SsdKd.recipe(), truth, &answers(0), &answers(1)).unwrap();
        (crate::scalar(&weighted_sum(&found.terms).unwrap().0), found.kept)
    };
    let ((plain, kept), (moved, moved_kept)) = (total([0, 1, 2]), total([2, 0, 1]));
    assert!((plain - moved).abs() <= tolerance::TERM * plain);
    let expected: Vec<usize> = (0..9).filter(|row| kept.contains(&((row + 6) % 9))).collect();
    assert_eq!(moved_kept, expected);
}
