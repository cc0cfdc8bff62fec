//! Losses against their formulas, objectives, and the two kinds of teacher.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "distill/answers.rs"]
mod answers;
#[path = "common/generator.rs"]
mod generator;
#[path = "common/golden.rs"]
mod golden;
#[path = "distill/networks.rs"]
mod networks;
#[path = "distill/relations.rs"]
mod relations;
#[path = "distill/steps.rs"]
mod steps;
#[path = "common/tolerance.rs"]
mod tolerance;
#[path = "distill/vectors.rs"]
mod vectors;

use candle_core::{DType, Device, Tensor};
use dermdistill::ErrorKind;
use dermdistill::distill::{CachedTeacher, LiveCommittee, LiveTeacher, Member, Supervised, Taught, Teacher, cross_entropy, soft_cross_entropy};
use dermdistill::engine::Engine;
use dermdistill::learner::{Batch, Model, Norms, Pass, Schedule, SgdConfig, Trainer, TrainerConfig};
use dermdistill::nn::mobilenet_v2;
use dermdistill::weights::{Tensor as Stored, Tensors};

fn tensors() -> Tensors {
    generator::parameters(&mobilenet_v2(8)).into_iter().map(|(p, data)| (p.name, Stored { shape: p.shape, data })).collect()
}

fn model() -> Model {
    Model::new(&mobilenet_v2(8), &tensors()).unwrap()
}

/// Any logits of student and teacher, and labels, the same on every run.
fn rows(count: usize) -> (Vec<f64>, Vec<f64>, Vec<usize>) {
    let logits = (0..count * 8).map(|i| ((i * 37 % 23) as f64 - 11.0) / 5.0).collect();
    let teacher = (0..count * 8).map(|i| ((i * 29 % 17) as f64 - 8.0) / 3.0).collect();
    (logits, teacher, (0..count).map(|i| i * 3 % 8).collect())
}

fn softmax(row: &[f64]) -> Vec<f64> {
    let sum: f64 = row.iter().map(|z| z.exp()).sum();
    row.iter().map(|z| z.exp() / sum).collect()
}

fn matrix(data: Vec<f64>) -> Tensor {
    Tensor::from_vec(data.clone(), (data.len() / 8, 8), &Device::Cpu).unwrap()
}

fn scalar(tensor: &Tensor) -> f64 {
    tensor.to_dtype(DType::F64).unwrap().to_scalar().unwrap()
}

#[test]
fn both_losses_are_their_formulas_in_f64() {
    let (logits, teacher, labels) = rows(5);
    let weights: Vec<f64> = (1..=8).map(|w| f64::from(w) / 2.0).collect();
    let (mut hard, mut soft, mut total) = (0.0, 0.0, 0.0);
    for ((z, t), &label) in logits.chunks(8).zip(teacher.chunks(8)).zip(&labels) {
        let (p, t) = (softmax(z), softmax(t));
        let spread: f64 = p.iter().zip(&weights).map(|(p, w)| -w * p.ln()).sum::<f64>() * 0.1 / 8.0;
        hard += 0.9 * weights[label] * -p[label].ln() + spread;
        soft += weights[label] * p.iter().zip(&t).map(|(p, t)| -t * p.ln()).sum::<f64>();
        total += weights[label];
    }
    let (z, t) = (matrix(logits), matrix(teacher));
    let ours = scalar(&cross_entropy(&z, &labels, &weights, 0.1).unwrap());
    assert!((ours - hard / total).abs() <= tolerance::METRIC, "{ours} {}", hard / total);
    let ours = scalar(&soft_cross_entropy(&z, &t, &labels, &weights).unwrap());
    assert!((ours - soft / total).abs() <= tolerance::METRIC, "{ours} {}", soft / total);
    // A teacher that is certain of the label says what the label says.
    let certain = labels.iter().flat_map(|&label| (0..8).map(move |class| if class == label { 0.0 } else { -800.0 })).collect();
    let ours = scalar(&soft_cross_entropy(&z, &matrix(certain), &labels, &weights).unwrap());
    assert!((ours - scalar(&cross_entropy(&z, &labels, &weights, 0.0).unwrap())).abs() <= tolerance::METRIC);
}

#[test]
fn what_does_not_fit_is_refused() {
    let (logits, teacher, labels) = rows(5);
    let (z, t, equal) = (matrix(logits), matrix(teacher), [1.0; 8]);
    assert!(cross_entropy(&z, &labels[1..], &equal, 0.0).is_err());
    assert!(cross_entropy(&z, &[9; 5], &equal, 0.0).is_err());
    assert!(cross_entropy(&z, &labels, &equal[1..], 0.0).is_err());
    assert!(soft_cross_entropy(&z, &t.narrow(0, 0, 4).unwrap(), &labels, &equal).is_err());
    let nan = t.affine(f64::NAN, 0.0).unwrap();
    assert_eq!(soft_cross_entropy(&z, &nan, &labels, &equal).unwrap_err().kind(), ErrorKind::NotFinite);
    for (weights, smoothing) in [(vec![], 0.0), (vec![1.0, 0.0], 0.0), (vec![1.0, f64::NAN], 0.0), (vec![1.0; 8], 1.0), (vec![1.0; 8], f64::NAN)] {
        assert_eq!(Supervised::new(weights, smoothing).err().map(|error| error.kind()), Some(ErrorKind::Argument));
    }
    let taught = |share, shift: Vec<f64>| Taught { teacher: Box::new(CachedTeacher::new()), share, shift };
    for taught in [taught(1.5, vec![0.0; 8]), taught(f64::NAN, vec![0.0; 8]), taught(0.5, vec![0.0; 7]), taught(0.5, vec![f64::INFINITY; 8])] {
        assert!(Supervised::new(vec![1.0; 8], 0.0).unwrap().taught(taught).is_err());
    }
}

/// A table with the generated answers for samples 0 and 1.
fn cached() -> CachedTeacher {
    let mut teacher = CachedTeacher::upright();
    let (_, answers, _) = rows(2);
    for (sample, row) in answers.chunks(8).enumerate() {
        teacher.insert((sample, 0), "logits", row.iter().map(|x| *x as f32).collect()).unwrap();
    }
    teacher
}

#[test]
fn a_teacher_of_share_zero_changes_nothing_and_of_share_one_replaces_the_labels() {
    let after = |share: Option<f64>, labels: [usize; 2]| {
        let config = TrainerConfig { schedule: Schedule::Constant { rate: 0.01 }, average: None, norms: Norms::Batch };
        let mut trainer = Trainer::new(model(), SgdConfig { momentum: 0.9, weight_decay: 1e-3, nesterov: false }, config).unwrap();
        let plain = Supervised::new(vec![1.0; 8], 0.0).unwrap();
        let mut objective = match share {
            None => plain,
            Some(share) => plain.taught(Taught { teacher: Box::new(cached()), share, shift: vec![0.0; 8] }).unwrap(),
        };
        let batch = Batch::new(generator::images(3, 2, 32), labels.to_vec(), vec![0, 1], 1, 32).unwrap();
        let report = trainer.step(&batch, &mut objective).unwrap();
        (report.loss, trainer.model().tensors().unwrap())
    };
    let labels = [0, 3];
    let (plain, one) = (after(None, labels), after(Some(1.0), labels));
    assert_eq!(after(Some(0.0), labels).1, plain.1, "share 0");
    assert_ne!(one.1, plain.1);
    assert_eq!(after(Some(1.0), [7, 7]).0, one.0, "with equal weights the labels no longer count");
    let half = after(Some(0.5), labels).0;
    assert!((half - (plain.0 + one.0) / 2.0).abs() <= tolerance::STEP_LOSS, "{half} {} {}", plain.0, one.0);
}

#[test]
fn a_mixed_batch_asks_for_both_labels_and_both_answers_by_their_shares() {
    let weights: Vec<f64> = (1..=8).map(f64::from).collect();
    let batch = || Batch::new(generator::images(3, 2, 32), vec![0, 3], vec![0, 1], 1, 32).unwrap();
    let output = model().forward(batch().input(), Pass::EVAL).unwrap();
    let losses = |batch: &Batch| {
        let taught = Taught { teacher: Box::new(cached()), share: 0.5, shift: vec![0.0; 8] };
        let mut objective = Supervised::new(weights.clone(), 0.1).unwrap().taught(taught).unwrap();
        let terms = dermdistill::learner::Objective::terms(&mut objective, batch, &output).unwrap();
        terms.iter().map(|term| scalar(term.value.as_ref().unwrap())).collect::<Vec<_>>()
    };
    let mixed = losses(&batch().mixed(vec![1, 0], 0.7).unwrap());
    let (own, both) = (losses(&batch()), losses(&batch().mixed(vec![1, 0], 0.0).unwrap()));
    for ((mixed, own), partner) in mixed.iter().zip(&own).zip(&both) {
        assert!((mixed - (0.7 * own + 0.3 * partner)).abs() <= tolerance::STEP_LOSS * own, "{mixed} {own} {partner}");
    }
    // The partners' labels and answers alone: those of the same pictures in the other order.
    let swapped = Batch::new(generator::images(3, 2, 32), vec![3, 0], vec![1, 0], 1, 32).unwrap();
    assert!(losses(&swapped).iter().zip(&both).all(|(a, b)| (a - b).abs() <= tolerance::STEP_LOSS * a));
    for (partners, share) in [(vec![1], 0.5), (vec![1, 2], 0.5), (vec![1, 0], 1.5), (vec![1, 0], f64::NAN)] {
        assert_eq!(batch().mixed(partners, share).unwrap_err().kind(), ErrorKind::Argument);
    }
}

/// The answers of a table, given as if the teacher had looked at each row.
struct Looking(CachedTeacher);

impl Teacher for Looking {
    fn answer(&mut self, batch: &Batch, tap: &str) -> dermdistill::Result<Tensor> {
        self.0.answer(batch, tap)
    }

    fn looks(&self) -> bool {
        true
    }
}

#[test]
fn a_teacher_that_looks_answers_for_the_mixed_picture_itself() {
    let weights: Vec<f64> = (1..=8).map(f64::from).collect();
    let mixed = Batch::new(generator::images(3, 2, 32), vec![0, 3], vec![0, 1], 1, 32).unwrap().mixed(vec![1, 0], 0.7).unwrap();
    let output = model().forward(mixed.input(), Pass::EVAL).unwrap();
    let taught_by = |teacher: Box<dyn Teacher>| {
        let taught = Taught { teacher, share: 1.0, shift: vec![0.0; 8] };
        let mut objective = Supervised::new(weights.clone(), 0.0).unwrap().taught(taught).unwrap();
        let terms = dermdistill::learner::Objective::terms(&mut objective, &mixed, &output).unwrap();
        scalar(terms[1].value.as_ref().unwrap())
    };
    let found = taught_by(Box::new(Looking(cached())));
    // Each row keeps its own answer, and is weighed by either label; one that remembers gives the partner's answer for the partner's share.
    let (logits, answers) = (output.tap("logits").unwrap(), cached().answer(&mixed, "logits").unwrap());
    let of = |labels: [usize; 2]| scalar(&soft_cross_entropy(logits, &answers, &labels, &weights).unwrap());
    let expected = 0.7 * of([0, 3]) + 0.3 * of([3, 0]);
    assert!((found - expected).abs() <= tolerance::STEP_LOSS * expected, "{found} {expected}");
    assert!((taught_by(Box::new(cached())) - found).abs() > 100.0 * tolerance::STEP_LOSS * expected, "the two kinds of teacher are told apart");
    let mut live = LiveTeacher::new(Engine::new(&mobilenet_v2(8), &tensors(), 32).unwrap());
    assert!(live.looks() && live.answer(&mixed, "logits").is_ok() && !cached().looks());
}

#[test]
fn a_live_teacher_looks_at_pictures_of_its_own_side() {
    // Every pixel is unlike its neighbours, so that another filter than the photograph's own would show.
    let pixels: Vec<u8> = (0..64 * 64 * 3).map(|at: usize| (at * 37 % 251 + at / 192 * 11 % 5) as u8).collect();
    let (mean, std) = (dermdistill::weights::IMAGENET_MEAN, dermdistill::weights::IMAGENET_STD);
    let photo = dermdistill::photo::Photo { width: 64, height: 64, rgb: pixels, format: None };
    let input = |side: usize| {
        let seen = dermdistill::photo::network_input(&photo, None, dermdistill::nn::Framing::CentreSquare, side).unwrap();
        dermdistill::photo::normalise(&seen, mean, std)
    };
    let of = |input: Vec<f32>, side| Batch::new(input, vec![0], vec![0], 1, side).unwrap();
    let answer = |batch: &Batch| {
        let mut teacher = LiveTeacher::new(Engine::new(&mobilenet_v2(8), &tensors(), 32).unwrap());
        teacher.answer(batch, "logits").unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let own = answer(&of(input(32), 32));
    let scale = own.iter().fold(0.0f32, |scale, z| scale.max(z.abs()));
    let apart = |other: &[f32]| own.iter().zip(other).fold(0.0f32, |worst, (a, b)| worst.max((a - b).abs())) / scale;
    let resized = answer(&of(input(64), 64));
    assert!(apart(&resized) <= tolerance::RESIZED_LOGITS, "{own:?} {resized:?}");
    // This network hardly tells pictures apart; every second pixel alone is told from their means all the same.
    let every_second: Vec<f32> = input(64).chunks(64 * 3).step_by(2).flat_map(|row| row.chunks(3).step_by(2).flatten().copied()).collect();
    assert!(apart(&answer(&of(every_second, 32))) > 3.0 * tolerance::RESIZED_LOGITS);
}

#[test]
fn a_shift_moves_the_teacher_to_another_class_mix() {
    // 0.2 and 0.8 under the mix 0.1 and 0.6 become 0.6 and 0.4 under equal shares: 2 against 4/3.
    let mut teacher = CachedTeacher::upright();
    let least = f32::MIN_POSITIVE.ln();
    let row = |a: f32, b: f32| vec![a.ln(), b.ln(), least, least, least, least, least, least];
    teacher.insert((0, 0), "logits", row(0.2, 0.8)).unwrap();
    let shift = [0.1f64, 0.6].iter().chain(&[0.05; 6]).map(|pi| (0.125 / pi).ln()).collect();
    let mut objective = Supervised::new(vec![1.0; 8], 0.0).unwrap().taught(Taught { teacher: Box::new(teacher), share: 1.0, shift }).unwrap();
    let batch = Batch::new(generator::images(3, 1, 32), vec![0], vec![0], 1, 32).unwrap();
    let output = model().forward(batch.input(), Pass::EVAL).unwrap();
    let terms = dermdistill::learner::Objective::terms(&mut objective, &batch, &output).unwrap();
    let moved = Tensor::from_vec(row(0.6, 0.4), (1, 8), &Device::Cpu).unwrap();
    let expected = scalar(&soft_cross_entropy(output.tap("logits").unwrap(), &moved, &[0], &[1.0; 8]).unwrap());
    assert!((scalar(terms[1].value.as_ref().unwrap()) - expected).abs() <= tolerance::STEP_LOSS * expected, "{expected}");
}

#[test]
fn a_cached_teacher_answers_by_sample_and_view_and_names_what_it_lacks() {
    let mut teacher = CachedTeacher::new();
    for (sample, view) in [(4, 0), (4, 1), (9, 0)] {
        teacher.insert((sample, view), "avg_pool", vec![sample as f32, view as f32]).unwrap();
    }
    let batch = |samples: Vec<usize>| Batch::new(vec![0.0; samples.len() * 2 * 3], vec![0; samples.len()], samples, 2, 1).unwrap();
    assert_eq!(teacher.answer(&batch(vec![4]), "avg_pool").unwrap().to_vec2::<f32>().unwrap(), [[4.0, 0.0], [4.0, 1.0]]);
    let error = teacher.answer(&batch(vec![4, 9]), "avg_pool").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TableImage);
    assert!(error.message().contains("view 1 of sample 9"), "{error}");
    assert_eq!(teacher.answer(&batch(vec![4]), "logits").unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(teacher.insert((9, 1), "avg_pool", vec![1.0]).unwrap_err().kind(), ErrorKind::Argument);
    assert_eq!(teacher.insert((9, 1), "avg_pool", vec![1.0, f32::NAN]).unwrap_err().kind(), ErrorKind::NotFinite);
    assert_eq!((teacher.len(), teacher.is_empty()), (3, false));
}

#[test]
fn a_live_teacher_gives_what_its_network_gives() {
    let mut teacher = LiveTeacher::new(Engine::new(&mobilenet_v2(8), &tensors(), 32).unwrap());
    let batch = Batch::new(generator::images(3, 4, 32), vec![0, 1], vec![0, 1], 2, 32).unwrap();
    let output = model().forward(batch.input(), Pass::EVAL).unwrap();
    for tap in ["feats_7x7", "avg_pool", "logits"] {
        let (ours, expected) = (teacher.answer(&batch, tap).unwrap(), output.tap(tap).unwrap());
        assert_eq!(ours.dims(), expected.dims(), "{tap}");
        let worst = (ours - expected).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
        assert!(scalar(&worst) <= tolerance::GOLDEN_LOGITS, "{tap}: {worst}");
    }
    assert!(teacher.answer(&batch, "nothing").is_err());
    let features = Batch::from_features(vec![0.0; 1280], ("avg_pool", &[1280]), vec![0], vec![0], 1).unwrap();
    assert_eq!(teacher.answer(&features, "logits").unwrap_err().kind(), ErrorKind::Argument);
}

#[test]
fn a_live_committee_answers_what_its_members_probabilities_make_together() {
    let mut other = tensors();
    other.get_mut("classifier.1.bias").unwrap().data[2] += 1.5;
    let live = |tensors: &Tensors| LiveTeacher::new(Engine::new(&mobilenet_v2(8), tensors, 32).unwrap());
    let mixes = [vec![0.125; 8], vec![0.3, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]];
    let temperatures = [1.0, 1.7];
    let member = |at: usize, tensors: &Tensors| Member { teacher: live(tensors), temperature: temperatures[at], class_mix: mixes[at].clone() };
    let mut committee = LiveCommittee::new(member(0, &tensors()), vec![member(1, &other)]).unwrap();
    let batch = Batch::new(generator::images(3, 4, 32), vec![0, 1], vec![0, 1], 2, 32).unwrap();

    let logits: Vec<Vec<Vec<f64>>> =
        [&tensors(), &other].map(|tensors| live(tensors).answer(&batch, "logits").unwrap().to_dtype(DType::F64).unwrap().to_vec2().unwrap()).into();
    let found: Vec<Vec<f64>> = committee.answer(&batch, "logits").unwrap().to_dtype(DType::F64).unwrap().to_vec2().unwrap();
    for (row, found) in found.iter().enumerate() {
        let opinions = [0, 1].map(|at| {
            let p = dermdistill::trust::softmax(&logits[at][row].iter().map(|&z| z as f32).collect::<Vec<_>>(), temperatures[at]).unwrap();
            dermdistill::trust::apply_prior(&p, &mixes[at], &dermdistill::trust::Prior::Mix(mixes[0].clone())).unwrap()
        });
        let expected = dermdistill::trust::committee(&opinions).unwrap();
        for (ln, p) in found.iter().zip(&expected) {
            assert!((ln.exp() - p).abs() <= tolerance::STEP_LOSS, "{ln} {p}");
        }
    }
    assert!(committee.looks(), "a mixed picture has its members' answers to it");
    // What is no answer is the first one's, and one teacher alone is itself.
    let of_first = |tap: &str| live(&tensors()).answer(&batch, tap).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let of = |committee: &mut LiveCommittee, tap: &str| committee.answer(&batch, tap).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(of(&mut committee, "avg_pool"), of_first("avg_pool"));
    assert_eq!(of(&mut LiveCommittee::new(member(1, &tensors()), Vec::new()).unwrap(), "logits"), of_first("logits"));

    for (temperature, class_mix) in [(0.0, mixes[0].clone()), (f64::NAN, mixes[0].clone()), (1.0, vec![0.5; 2]), (1.0, vec![0.0; 8])] {
        let wrong = Member { teacher: live(&tensors()), temperature, class_mix };
        assert_eq!(LiveCommittee::new(member(0, &tensors()), vec![wrong]).unwrap_err().kind(), ErrorKind::Argument);
    }
}
