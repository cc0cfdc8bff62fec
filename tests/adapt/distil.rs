//! Learning from a teacher: what each rung lowers, what it needs, and that a pause changes nothing.

use dermdistill::ErrorKind;
use dermdistill::adapt::{Learner, Plan, Report, Scope, Teacher};
use dermdistill::distill::{Matrix, Method};
use dermdistill::weights::{Heads, Precision, Tensor, WeightFile};

use crate::{clock, file, generator, learner, plan, steps, tolerance};

/// A teacher of the student's kind: other weights, and a projection head as phase 1 would leave one.
fn teacher(with_head: bool) -> Teacher {
    Teacher::new(&teacher_file(with_head), crate::SIDE).unwrap()
}

fn teacher_file(with_head: bool) -> Vec<u8> {
    let mut file = file();
    for (position, (name, tensor)) in file.tensors.iter_mut().enumerate() {
        if name.ends_with(".weight") && tensor.shape.len() > 1 {
            let noise = generator::uniform(70 + position as u32, tensor.data.len());
            tensor.data.iter_mut().zip(noise).for_each(|(x, noise)| *x *= 1.0 + 0.5 * noise);
        }
    }
    for (seed, layer) in [(1, "0"), (2, "2")] {
        for (name, shape) in [("weight", vec![1280, 1280]), ("bias", vec![1280])] {
            let data = generator::uniform(seed, shape.iter().product()).map(|x| x / 36.0).collect();
            file.tensors.insert(format!("heads.projection.{layer}.{name}"), Tensor { shape, data });
        }
    }
    if with_head {
        file.card.heads = Heads::of(&file.tensors, false);
    } else {
        file.tensors.retain(|name, _| !name.starts_with("heads."));
    }
    file.write(Precision::F32).unwrap()
}

/// Heads alone, as a run on the command line leaves them beside its weights: a projection, and a regressor to so many channels.
fn heads_alone(channels: usize) -> Vec<u8> {
    let teacher = WeightFile::read(&teacher_file(true)).unwrap();
    let mut heads = teacher.clone();
    heads.tensors.retain(|name, _| name.starts_with("heads."));
    let mut add = |name: &str, shape: Vec<usize>, data: Vec<f32>| heads.tensors.insert(format!("heads.conv_reg.{name}"), Tensor { shape, data });
    add("0.weight", vec![channels, 1280, 1, 1], generator::uniform(5, channels * 1280).map(|x| x / 36.0).collect());
    for (name, value) in [("0.bias", 0.0), ("1.weight", 1.0), ("1.bias", 0.0), ("1.running_mean", 0.0), ("1.running_var", 1.0)] {
        add(name, vec![channels], vec![value; channels]);
    }
    heads.card.heads = Heads::of(&heads.tensors, true);
    heads.write(Precision::F32).unwrap()
}

/// The teacher's answers to every example of the learner.
fn taught(learner: &mut Learner, mut teacher: Teacher) {
    learner.set_teacher(teacher.taught().unwrap()).unwrap();
    let squares: Vec<_> = learner.examples().iter().map(|(id, example)| (id, example.seen.clone())).collect();
    for (id, square) in squares {
        for view in 0..4 {
            learner.teach(id, view, teacher.answer(&square, view).unwrap()).unwrap();
        }
    }
}

fn rung(method: Method, scope: Scope) -> Plan {
    Plan { method, ..plan(scope) }
}

fn mean(reports: &[Report], term: usize) -> f64 {
    reports.iter().map(|report| report.terms[term].weighted).sum::<f64>() / reports.len() as f64
}

#[test]
fn every_rung_lowers_its_terms() {
    let cases = [
        (Method::Kd, Scope::Head, vec!["cross_entropy", "softened"]),
        (Method::DKd, Scope::LastStage, vec!["cross_entropy", "softened", "distance", "angle", "gram"]),
        (Method::SsdKd, Scope::LastStage, vec!["cross_entropy", "softened", "transferred", "similarity", "distance", "angle", "gram"]),
    ];
    for (method, scope, names) in cases {
        let mut learner = learner(4);
        taught(&mut learner, teacher(true));
        let reports = steps(&mut learner, &rung(method, scope), 12);
        assert_eq!(reports[0].terms.iter().map(|term| term.name).collect::<Vec<_>>(), names);
        assert!(reports[11].loss < reports[0].loss, "{method:?}: {} then {}", reports[0].loss, reports[11].loss);
        let heaviest = (0..names.len()).max_by(|a, b| mean(&reports[..3], *a).total_cmp(&mean(&reports[..3], *b))).unwrap();
        assert!(mean(&reports[9..], heaviest) < mean(&reports[..3], heaviest), "{method:?} {}", names[heaviest]);
        assert_eq!(reports[0].matched.is_some(), method == Method::SsdKd);
    }
}

#[test]
fn a_paused_lesson_goes_on_to_the_same_bits_once_the_teacher_has_answered_again() {
    let plan = rung(Method::SsdKd, Scope::LastStage);
    let mut whole = learner(4);
    taught(&mut whole, teacher(true));
    let last = steps(&mut whole, &plan, 4).pop().unwrap();
    let mut paused = learner(4);
    taught(&mut paused, teacher(true));
    steps(&mut paused, &plan, 3);
    let (state, exported) = (paused.state().unwrap(), paused.export().unwrap());
    let mut fresh = learner(4);
    fresh.restore(&state).unwrap();
    assert!(fresh.export().unwrap() == exported);
    assert_eq!(fresh.state().unwrap().len(), state.len());
    assert_eq!(fresh.begin(plan.clone()).unwrap_err().kind(), ErrorKind::Argument, "no teacher yet");
    taught(&mut fresh, teacher(true));
    let report = steps(&mut fresh, &plan, 1).pop().unwrap();
    assert_eq!((report.step, report.loss), (4, last.loss));
    assert!(fresh.export().unwrap() == whole.export().unwrap());
}

#[test]
fn a_run_goes_on_when_another_example_changes_the_weights_of_the_classes() {
    let plan = plan(Scope::LastStage);
    let mut learner = learner(4);
    steps(&mut learner, &plan, 2);
    learner.insert(7, crate::example(7, 1)).unwrap();
    assert_eq!(steps(&mut learner, &plan, 1)[0].step, 3);
}

#[test]
fn a_terms_weight_may_be_given_and_one_of_another_name_is_refused() {
    let mut learner = learner(4);
    taught(&mut learner, teacher(true));
    let weighed = |pairs: &[(&str, f64)]| Plan {
        weights: pairs.iter().map(|&(term, weight)| (term.to_owned(), weight)).collect(),
        ..rung(Method::SsdKd, Scope::LastStage)
    };
    let told = steps(&mut learner, &weighed(&[("gram", 30_000.0), ("angle", 0.0)]), 1).remove(0);
    let weights: Vec<_> = told.terms.iter().map(|term| (term.name, term.weight)).collect();
    assert!(
        weights.contains(&("gram", 30_000.0)) && weights.contains(&("distance", 25.0)) && weights.iter().all(|(name, _)| *name != "angle"),
        "{weights:?}"
    );
    for wrong in [("grams", 1.0), ("gram", -1.0), ("gram", f64::NAN)] {
        assert_eq!(weighed(&[wrong]).check().unwrap_err().kind(), ErrorKind::Argument);
    }
}

#[test]
fn a_teachers_head_may_be_a_file_of_its_own() {
    let (mut one, mut two) = (teacher(true), Teacher::with_head(&teacher_file(false), crate::SIDE, &heads_alone(1280)).unwrap());
    let square = crate::square(3, 1, crate::SIDE);
    assert_eq!(two.answer(&square, 2).unwrap(), one.answer(&square, 2).unwrap());
    let headless = Teacher::with_head(&teacher_file(false), crate::SIDE, &teacher_file(false)).unwrap_err();
    assert_eq!(headless.kind(), ErrorKind::WeightsMissing);
    assert!(Teacher::with_head(&heads_alone(1280), crate::SIDE, &heads_alone(1280)).is_err(), "heads are no network");
}

#[test]
fn a_teacher_that_was_trained_at_another_side_answers_for_squares_of_its_students() {
    let mut file = WeightFile::read(&teacher_file(true)).unwrap();
    file.card.input_side = 2 * crate::SIDE;
    let mut larger = Teacher::new(&file.write(Precision::F32).unwrap(), crate::SIDE).unwrap();
    let square = crate::square(3, 1, crate::SIDE);
    assert_eq!(larger.answer(&square, 1).unwrap(), teacher(true).answer(&square, 1).unwrap());
    assert_eq!(larger.answer(&crate::square(3, 1, 2 * crate::SIDE), 1).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(Teacher::new(&teacher_file(true), 33).unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn training_heads_of_a_file_are_where_runs_begin_and_a_paused_run_goes_on_with_its_own() {
    let plan = rung(Method::SsdKd, Scope::LastStage);
    let begun = |heads: bool| {
        let mut learner = learner(4);
        taught(&mut learner, teacher(true));
        if heads {
            learner.set_heads(&heads_alone(1280)).unwrap();
        }
        learner
    };
    let (mut drawn, mut given) = (begun(false), begun(true));
    // With the teacher's own head, both sides are projected alike from the first step on.
    let (without, with) = (steps(&mut drawn, &plan, 1).remove(0), steps(&mut given, &plan, 1).remove(0));
    assert_ne!(value(&with, "similarity"), value(&without, "similarity"));
    assert_eq!(value(&with, "cross_entropy"), value(&without, "cross_entropy"));
    let last = steps(&mut given, &plan, 2).pop().unwrap();
    let mut paused = begun(true);
    steps(&mut paused, &plan, 2);
    let mut fresh = begun(false);
    fresh.restore(&paused.state().unwrap()).unwrap();
    assert_eq!(steps(&mut fresh, &plan, 1).pop().unwrap().loss, last.loss);
    // Labels and answers read no head, so a state of theirs holds none.
    let mut answers = begun(true);
    steps(&mut answers, &rung(Method::Kd, Scope::Head), 1);
    assert!(answers.state().unwrap().len() < 100_000);
}

#[test]
fn heads_that_do_not_fit_are_refused_by_name() {
    let mut learner = learner(4);
    taught(&mut learner, teacher(true));
    assert_eq!(learner.set_heads(&crate::shipped()).unwrap_err().kind(), ErrorKind::WeightsCard);
    assert_eq!(learner.set_heads(b"no file").unwrap_err().kind(), ErrorKind::WeightsFormat);
    learner.set_heads(&heads_alone(640)).unwrap();
    assert_eq!(learner.begin(rung(Method::DKd, Scope::LastStage)).unwrap_err().kind(), ErrorKind::WeightsShape);
    assert!(learner.is_shipped());
    steps(&mut learner, &rung(Method::Kd, Scope::LastStage), 1);
}

/// A matrix by its rows.
fn rows(matrix: &Matrix) -> Vec<&[f64]> {
    assert_eq!(matrix.values.len(), matrix.rows * matrix.columns);
    matrix.values.chunks(matrix.columns).collect()
}

fn value(report: &Report, name: &str) -> f64 {
    report.terms.iter().find(|term| term.name == name).unwrap().value
}

#[test]
fn the_matrices_of_a_batch_are_those_that_its_terms_compared() {
    let mut learner = learner(4);
    taught(&mut learner, teacher(true));
    let plan = rung(Method::SsdKd, Scope::LastStage);
    learner.begin(plan).unwrap();
    assert!(learner.matrices().unwrap().is_none(), "no step yet");
    let report = learner.step(clock).unwrap();
    let matrices = learner.matrices().unwrap().unwrap();
    let likeness = matrices.similarities.unwrap();
    for matrix in [&likeness.teacher, &likeness.student] {
        assert_eq!((matrix.rows, matrix.columns), (12, 4));
        rows(matrix).iter().for_each(|row| assert!((row.iter().sum::<f64>() - 1.0).abs() < tolerance::SHARES));
    }
    let first_of_largest = |shares: &[f64]| (0..4).rev().max_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    let own = rows(&likeness.student).iter().enumerate().filter(|(row, shares)| first_of_largest(shares) == Some(row / 3)).count();
    assert_eq!(report.matched, Some(own as f64 / 12.0));
    let distances = matrices.distances.unwrap();
    for matrix in [&distances.teacher, &distances.student] {
        assert_eq!((matrix.rows, matrix.columns), (16, 16));
        let apart: Vec<f64> = matrix.values.iter().copied().filter(|d| *d > 0.0).collect();
        assert!((apart.iter().sum::<f64>() / apart.len() as f64 - 1.0).abs() < tolerance::SHARES);
        assert!((0..16).all(|view| rows(matrix)[view][view] == 0.0));
    }
    let smooth: Vec<f64> = distances.student.values.iter().zip(&distances.teacher.values).map(|(s, t)| (s - t).abs()).collect();
    let distance = smooth.iter().map(|d| if *d < 1.0 { d * d / 2.0 } else { d - 0.5 }).sum::<f64>() / smooth.len() as f64;
    assert!((distance / value(&report, "distance") - 1.0).abs() < tolerance::SHOWN_TERM, "{distance}");
    let channels = matrices.channels.unwrap();
    assert_eq!((channels.rows, channels.columns), (32, 32));
    let gram = (channels.values.iter().map(|x| x.powi(2)).sum::<f64>() / 1024.0).sqrt();
    assert!((gram / value(&report, "gram") - 1.0).abs() < tolerance::SHOWN_TERM, "{gram}");
    learner.undo();
    assert!(learner.matrices().unwrap().is_none(), "the run is gone");
}

#[test]
fn a_rung_shows_the_matrices_of_its_own_terms() {
    let mut learner = learner(4);
    taught(&mut learner, teacher(false));
    for (method, distances) in [(Method::Ce, false), (Method::DKd, true)] {
        steps(&mut learner, &rung(method, Scope::LastStage), 1);
        let matrices = learner.matrices().unwrap().unwrap();
        let sides = matrices.distances.as_ref().map(|pair| (pair.student.rows, pair.student.columns));
        assert_eq!((sides, matrices.channels.is_some()), (distances.then_some((4, 4)), distances));
        assert!(matrices.similarities.is_none(), "one view has nothing to be matched to");
    }
}

#[test]
fn opinions_are_what_the_terms_of_labels_and_softened_answers_read() {
    let mut learner = learner(4);
    assert!(learner.opinions(9).unwrap().is_none());
    assert!(learner.opinions(0).unwrap().unwrap().teacher.is_none(), "there is none");
    taught(&mut learner, teacher(false));
    let plan = Plan { temperature: Some(3.0), ..rung(Method::Kd, Scope::LastStage) };
    learner.begin(plan).unwrap();
    let opinions: Vec<_> = (0..4).map(|id| learner.opinions(id).unwrap().unwrap()).collect();
    let report = learner.step(clock).unwrap();
    let log_softmax = |logits: &[f32], temperature: f64| -> Vec<f64> {
        let scaled: Vec<f64> = logits.iter().map(|z| f64::from(*z) / temperature).collect();
        let total = scaled.iter().map(|z| z.exp()).sum::<f64>().ln();
        scaled.iter().map(|z| z - total).collect()
    };
    let apart = |opinion: &dermdistill::adapt::Opinions| {
        let (taught, own) = (log_softmax(opinion.teacher.as_ref().unwrap(), 3.0), log_softmax(&opinion.now, 3.0));
        9.0 * taught.iter().zip(own).map(|(t, s)| t.exp() * (t - s)).sum::<f64>()
    };
    let softened = opinions.iter().map(apart).sum::<f64>() / 4.0;
    assert!((softened / value(&report, "softened") - 1.0).abs() < tolerance::SHOWN_TERM, "{softened}");
    let labels = opinions.iter().enumerate().map(|(id, opinion)| -log_softmax(&opinion.now, 1.0)[id % 2]).sum::<f64>() / 4.0;
    assert!((labels / value(&report, "cross_entropy") - 1.0).abs() < tolerance::SHOWN_TERM, "{labels}");
    let after = learner.opinions(0).unwrap().unwrap();
    assert_eq!(after.before, opinions[0].before);
    assert_ne!(after.now, opinions[0].now, "a step was taken");
}

#[test]
fn what_a_rung_needs_and_does_not_have_is_said() {
    let refused = |learner: &mut Learner, plan: Plan| learner.begin(plan).unwrap_err();
    let mut learner = learner(4);
    let ssd = rung(Method::SsdKd, Scope::LastStage);
    assert!(refused(&mut learner, ssd.clone()).message().contains("has none"));
    assert!(refused(&mut learner, rung(Method::SsdKd, Scope::Head)).message().contains("last layer"));
    assert_eq!(learner.teach(0, 0, Vec::new()).unwrap_err().kind(), ErrorKind::Argument);
    taught(&mut learner, teacher(false));
    assert!(refused(&mut learner, ssd.clone()).message().contains("projection head"));
    taught(&mut learner, teacher(true));
    assert!(refused(&mut learner, Plan { batch: 1, ..ssd.clone() }).message().contains("compare"));
    learner.insert(9, crate::example(9, 0)).unwrap();
    assert_eq!(refused(&mut learner, ssd.clone()).kind(), ErrorKind::TableImage);
    assert!(learner.remove(9));
    learner.begin(ssd).unwrap();
    learner.step(clock).unwrap();
    let mut wrong = teacher(true).taught().unwrap();
    wrong.class_mix.pop();
    assert_eq!(learner.set_teacher(wrong).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(refused(&mut learner, Plan { temperature: Some(0.0), ..rung(Method::Kd, Scope::Head) }).kind(), ErrorKind::Argument);
}
