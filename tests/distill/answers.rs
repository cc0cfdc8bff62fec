//! Terms made of scores: softened and transferred knowledge, ranking, similarities. The delicate points of SSD-KD §10, one test each.

use crate::{scalar, tolerance};
use candle_core::{DType, Device, Tensor, Var};
use dermdistill::ErrorKind;
use dermdistill::distill::{Answers, Method, Recipe, Transfer, Truth, terms, transferred_kd};
use dermdistill::distill::{cross_entropy, error_levels, kept_rows, matched, own_images, similarities, similarity_cross_entropy, softened_kd};

fn matrix<const N: usize>(rows: &[[f64; N]]) -> Tensor {
    Tensor::from_vec(rows.concat(), (rows.len(), N), &Device::Cpu).unwrap()
}

/// The loss of `student`, its gradient's numbers, each row's sum of them.
fn gradient(student: &Tensor, loss: impl Fn(&Tensor) -> Tensor) -> (f64, Vec<f64>) {
    let var = Var::from_tensor(student).unwrap();
    let loss = loss(var.as_tensor());
    let gradients = loss.backward().unwrap();
    let numbers = gradients
        .get(&var)
        .map_or_else(|| vec![0.0; var.elem_count()], |g| g.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap());
    (scalar(&loss), numbers)
}

#[test]
fn a_softened_term_pulls_no_row_up_or_down_as_a_whole() {
    let (student, teacher) = (matrix(&[[0.3, -1.0, 2.0], [1.0, 1.5, -0.5]]), matrix(&[[2.0, 0.1, -0.3], [-1.0, 0.0, 0.7]]));
    let (_, numbers) = gradient(&student, |z| softened_kd(z, &teacher, 4.0).unwrap());
    for row in numbers.chunks(3) {
        assert!(row.iter().sum::<f64>().abs() <= tolerance::TERM_ZERO, "{row:?}");
    }
}

#[test]
fn a_term_of_scores_is_zero_where_the_student_is_the_teacher() {
    let transfer = Transfer { temperature: 4.0, wrong_kept: 0.75 };
    for dtype in [DType::F64, DType::F32] {
        let scores = matrix(&[[2.0, 0.1, -0.3], [-1.0, 0.0, 0.7], [0.4, 0.2, 0.1]]).to_dtype(dtype).unwrap();
        let upright = scores.narrow(0, 0, 1).unwrap();
        let upright = Tensor::cat(&[&upright, &upright.neg().unwrap(), &upright.sqr().unwrap()], 0).unwrap();
        let taught = similarities(&upright, &Tensor::cat(&[&scores; 2], 0).unwrap()).unwrap();
        let terms: [&dyn Fn(&Tensor) -> Tensor; 3] =
            [&|z| softened_kd(z, &scores, 4.0).unwrap(), &|z| transferred_kd(z, &scores, &[0, 2, 1], transfer).unwrap().loss, &|z| {
                transferred_kd(&similarities(&upright, &Tensor::cat(&[z; 2], 0).unwrap()).unwrap(), &taught, &[0, 0, 1, 1, 2, 2], transfer)
                    .unwrap()
                    .loss
            }];
        for (term, name) in terms.iter().zip(["softened", "transferred", "similarity"]) {
            let (loss, numbers) = gradient(&scores, term);
            assert_eq!(loss, 0.0, "{name}");
            assert!(numbers.iter().all(|x| x.abs() <= tolerance::TERM_ZERO), "{name}: {numbers:?}");
        }
    }
}

#[test]
fn a_probability_that_rounds_to_zero_adds_zero() {
    // Point 6 and 14: logits of ± 10⁴; p = (1, 0, 0) exactly, and ln q of the right class is −5000 at T = 4.
    let (student, teacher) = (matrix(&[[-1e4, 1e4, 0.0]]), matrix(&[[1e4, -1e4, -1e4]]));
    for dtype in [DType::F64, DType::F32] {
        let (student, teacher) = (student.to_dtype(dtype).unwrap(), teacher.to_dtype(dtype).unwrap());
        let (loss, numbers) = gradient(&student, |z| softened_kd(z, &teacher, 4.0).unwrap());
        assert!((loss - 16.0 * 5000.0).abs() <= tolerance::TERM_F32 * loss, "{loss}");
        assert_eq!(numbers, [-4.0, 4.0, 0.0]);
    }
    let (loss, numbers) = gradient(&student, |z| cross_entropy(z, &[0], &[1.0; 3], 0.0).unwrap());
    assert_eq!((loss, numbers), (2e4, vec![-1.0, 1.0, 0.0]));
}

#[test]
fn a_level_counts_what_comes_before_the_truth_and_equal_scores_go_by_column() {
    let scores = matrix(&[[0.5, 0.5, 0.5], [0.5, 0.5, 0.5], [0.1, 0.3, 0.2], [-1.0, -2.0, -1.0]]);
    assert_eq!(error_levels(&scores, &[0, 2, 0, 2]).unwrap(), [0, 2, 2, 1]);
    assert_eq!(error_levels(&scores, &[0, 2, 3, 2]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(error_levels(&scores, &[0, 2]).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn a_score_that_is_no_number_is_an_error_and_no_panic() {
    // Point 10.
    for odd in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let scores = matrix(&[[0.1, 0.2], [odd, 0.0]]);
        assert_eq!(error_levels(&scores, &[0, 1]).unwrap_err().kind(), ErrorKind::NotFinite);
        let transfer = Transfer { temperature: 4.0, wrong_kept: 1.0 };
        assert_eq!(transferred_kd(&matrix(&[[0.1, 0.2]; 2]), &scores, &[0, 1], transfer).unwrap_err().kind(), ErrorKind::NotFinite);
        assert_eq!(softened_kd(&matrix(&[[0.1, 0.2]; 2]), &scores, 4.0).unwrap_err().kind(), ErrorKind::NotFinite);
    }
}

#[test]
fn wrong_rows_are_cut_down_to_a_whole_number() {
    // Point 9: ⌊0.75 · wrong⌋ for 0, 1, 2, 3 and 4 wrong rows after a right one.
    let kept = |wrong: usize| kept_rows(&[vec![0], vec![1; wrong]].concat(), 0.75).len() - 1;
    assert_eq!([0, 1, 2, 3, 4].map(kept), [0, 0, 1, 2, 3]);
    assert_eq!(kept_rows(&[2, 1, 0, 3, 1], 0.5), [1, 2, 4]);
    assert_eq!(kept_rows(&[1, 2], 9.0), [0, 1]);
    assert_eq!(kept_rows(&[1, 0], f64::NAN), [1]);
}

#[test]
fn a_term_that_keeps_no_row_is_zero() {
    // Point 8: nothing right, and none of the wrong rows wanted.
    let (student, teacher) = (matrix(&[[0.3, -1.0], [1.0, 1.5]]), matrix(&[[2.0, 0.1], [1.0, 0.0]]));
    let none = transferred_kd(&student, &teacher, &[1, 1], Transfer { temperature: 4.0, wrong_kept: 0.0 }).unwrap();
    assert_eq!((scalar(&none.loss), none.kept), (0.0, vec![]));
    // Of a batch it is the term that is skipped: the teacher ranks the label last in both turned views.
    let answers = |rows: &[[f64; 2]]| Answers { logits: matrix(rows), rep: None, pool: None, map: None };
    let mut recipe = Method::SsdKd.recipe();
    (recipe.weights.similarity, recipe.weights.distance, recipe.weights.angle, recipe.weights.gram) = (0.0, 0.0, 0.0, 0.0);
    recipe.transferred.wrong_kept = 0.0;
    let truth = Truth { labels: &[1], class_weights: &[1.0, 1.0], views: 3 };
    let found = terms(&recipe, truth, &answers(&[[0.3, 1.0], [0.2, 0.1], [1.0, 1.5]]), &answers(&[[0.1, 0.2], [2.0, 0.1], [1.0, 0.0]])).unwrap();
    assert_eq!(
        found.terms.iter().map(|term| (term.name, term.value.is_none())).collect::<Vec<_>>(),
        [("cross_entropy", false), ("softened", false), ("transferred", true)]
    );
}

#[test]
fn one_image_has_nothing_to_be_told_from() {
    // Point 7: one column, so similarity is exactly 0 with a gradient of exactly 0, and is reported as skipped; the class weight cancels.
    let (upright, turned) = (matrix(&[[0.3, -1.0]]), matrix(&[[1.0, 0.2], [0.1, 0.4], [-0.3, 1.0]]));
    let transfer = Transfer { temperature: 0.5, wrong_kept: 0.75 };
    let taught = similarities(&turned.narrow(0, 1, 1).unwrap(), &turned).unwrap();
    let (loss, numbers) = gradient(&turned, |rep| transferred_kd(&similarities(&upright, rep).unwrap(), &taught, &[0; 3], transfer).unwrap().loss);
    assert_eq!((loss, numbers), (0.0, vec![0.0; 6]));
    let rows = Tensor::cat(&[&upright, &turned], 0).unwrap();
    let answers = |logits: &Tensor| Answers { logits: logits.clone(), rep: Some(logits.clone()), pool: None, map: None };
    let mut recipe = Method::SsdKd.recipe();
    (recipe.weights.distance, recipe.weights.angle, recipe.weights.gram) = (0.0, 0.0, 0.0);
    let of = |weight: f64| {
        let truth = Truth { labels: &[1], class_weights: &[1.0, weight], views: 4 };
        terms(&recipe, truth, &answers(&rows), &answers(&rows.neg().unwrap())).unwrap()
    };
    let found = of(1.0);
    assert_eq!(
        found.terms.iter().map(|term| (term.name, term.value.is_none())).collect::<Vec<_>>(),
        [("cross_entropy", false), ("softened", false), ("transferred", false), ("similarity", true)]
    );
    assert_eq!((found.kept, found.matched), (vec![0, 1, 2], Some(1.0)));
    let value = |found: &dermdistill::distill::Terms| scalar(found.terms[0].value.as_ref().unwrap());
    assert_eq!(value(&of(1.0)), value(&of(64.0)));
}

#[test]
fn labels_and_softened_answers_may_be_of_every_view() {
    let (student, teacher) =
        (matrix(&[[0.3, -1.0], [1.0, 0.2], [0.1, 0.4], [-0.3, 1.0]]), matrix(&[[1.0, 0.0], [0.5, 0.2], [0.1, -0.4], [2.0, 1.0]]));
    let answers = |logits: &Tensor| Answers { logits: logits.clone(), rep: None, pool: None, map: None };
    let of = |every_view| {
        let truth = Truth { labels: &[1, 0], class_weights: &[1.0, 3.0], views: 2 };
        let recipe = Recipe { every_view, ..Method::Kd.recipe() };
        let found = terms(&recipe, truth, &answers(&student), &answers(&teacher)).unwrap();
        found.terms.iter().map(|term| scalar(term.value.as_ref().unwrap())).collect::<Vec<_>>()
    };
    let expected = |student: &Tensor, teacher: &Tensor, labels: &[usize]| {
        let loss = cross_entropy(student, labels, &[1.0, 3.0], 0.0).unwrap();
        vec![scalar(&loss), scalar(&softened_kd(student, teacher, 5.0).unwrap())]
    };
    assert_eq!(of(true), expected(&student, &teacher, &[1, 1, 0, 0]));
    let upright = |rows: &Tensor| dermdistill::learner::upright(rows, 2).unwrap();
    assert_eq!(of(false), expected(&upright(&student), &upright(&teacher), &[1, 0]));
}

#[test]
fn a_vector_of_zeros_is_like_nothing_and_has_a_gradient() {
    // Point 13: its norm counts as 1e-8, so cos = 0, and d cos / d x = (other / ‖other‖) / 1e-8.
    let (upright, turned) = (matrix(&[[3.0, 4.0]]), matrix(&[[0.0, 0.0], [3.0, 4.0]]));
    let (cosine, numbers) = gradient(&turned, |rep| similarities(&upright, rep).unwrap().narrow(0, 0, 1).unwrap().sum_all().unwrap());
    assert_eq!((cosine, &numbers[2..]), (0.0, &[0.0, 0.0][..]));
    assert!((numbers[0] - 0.6e8).abs() <= 1e-6 && (numbers[1] - 0.8e8).abs() <= 1e-6, "{numbers:?}");
    let all = similarities(&matrix(&[[0.0, 0.0]]), &turned).unwrap();
    assert_eq!(all.to_vec2::<f64>().unwrap(), [[0.0], [0.0]]);
}

#[test]
fn turned_views_belong_to_the_image_they_were_made_of() {
    let upright = matrix(&[[1.0, 0.0], [0.0, 1.0]]);
    let turned = matrix(&[[1.0, 0.1], [0.0, 1.0], [0.9, 0.0], [0.2, 1.0], [0.1, 2.0], [0.0, 1.0]]);
    let all = similarities(&upright, &turned).unwrap();
    assert_eq!(own_images(&all).unwrap(), [0, 0, 0, 1, 1, 1]);
    assert_eq!(matched(&all).unwrap(), 5.0 / 6.0);
    let rows = all.to_vec2::<f64>().unwrap();
    let expected: f64 = rows.iter().zip([0, 0, 0, 1, 1, 1]).map(|(row, own)| (row[0].exp() + row[1].exp()).ln() - row[own]).sum::<f64>() / 6.0;
    assert!((scalar(&similarity_cross_entropy(&all).unwrap()) - expected).abs() <= tolerance::METRIC);
    for (upright, turned) in [(&upright, &turned.narrow(0, 0, 5).unwrap()), (&matrix(&[[1.0, 0.0, 0.0]]), &turned)] {
        assert_eq!(similarities(upright, turned).unwrap_err().kind(), ErrorKind::Argument);
    }
    assert_eq!(own_images(&turned.t().unwrap()).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn what_does_not_fit_is_refused() {
    let scores = matrix(&[[0.3, -1.0], [1.0, 1.5]]);
    let kinds = [
        softened_kd(&scores, &scores.narrow(1, 0, 1).unwrap(), 4.0).err(),
        softened_kd(&scores.narrow(0, 0, 0).unwrap(), &scores.narrow(0, 0, 0).unwrap(), 4.0).err(),
        softened_kd(&scores, &scores, 0.0).err(),
        softened_kd(&scores, &scores, f64::NAN).err(),
        softened_kd(&scores.flatten_all().unwrap(), &scores, 4.0).err(),
    ];
    for (case, error) in kinds.into_iter().enumerate() {
        assert_eq!(error.map(|error| error.kind()), Some(ErrorKind::Argument), "case {case}");
    }
}
