//! Examples: which are held back, what cannot be learned from, and bounds.

use dermdistill::ErrorKind;
use dermdistill::adapt::{Example, Learner, MAX_EXAMPLES, Scope, Use};
use dermdistill::photo::{Seen, turn};
use dermdistill::trust::Prior;

use crate::{clock, example, learner, plan, shipped, steps};

#[test]
fn below_ten_examples_nothing_is_held_back_and_nothing_validated() {
    let mut learner = learner(9);
    let reports = steps(&mut learner, &plan(Scope::Head), 2);
    assert!(reports.iter().all(|report| report.validation.is_none()));
    assert_eq!(learner.examples().to_train().len(), 9);
    assert!(learner.evaluate(&Prior::Training).unwrap().check.is_none());
}

#[test]
fn from_ten_on_a_fifth_is_held_back_for_good_and_never_learned_from() {
    let mut learner = learner(15);
    let plan = plan(Scope::Head);
    let reports = steps(&mut learner, &plan, 20);
    let held = learner.examples().of(Use::Check);
    assert_eq!(held.len(), 3);
    assert!(reports.iter().flat_map(|report| &report.examples).all(|id| !held.contains(id)));
    assert_eq!(reports[0].validation.map(|validation| validation.n), Some(3));
    assert!(reports[1].validation.is_none() && reports[5].validation.is_some());
    assert_eq!(learner.evaluate(&Prior::Training).unwrap().check.unwrap().n, 3);
    // More examples: what was learned from stays so, and what was held back too.
    let trained = learner.examples().to_train();
    for id in 15..25 {
        learner.insert(id, example(id, id as usize % 2)).unwrap();
    }
    steps(&mut learner, &plan, 1);
    let now = learner.examples().of(Use::Check);
    assert_eq!(now.len(), 5);
    assert!(held.iter().all(|id| now.contains(id)) && now.iter().all(|id| !trained.contains(id)));
}

#[test]
fn an_owner_may_decide_what_an_example_is_for() {
    let mut learner = learner(4);
    learner.insert(9, Example { r#use: Use::Retained, ..example(9, 2) }).unwrap();
    learner.insert(10, Example { r#use: Use::Check, ..example(10, 0) }).unwrap();
    let reports = steps(&mut learner, &plan(Scope::Head), 3);
    assert!(reports.iter().all(|report| !report.examples.contains(&9) && !report.examples.contains(&10)));
    // Both are judged in the first step and every fifth after it, each by itself.
    assert_eq!([reports[0].validation, reports[0].retained].map(|judged| judged.map(|judged| judged.n)), [Some(1), Some(1)]);
    assert!(reports[1].retained.is_none());
    let found = learner.evaluate(&Prior::Training).unwrap();
    assert_eq!((found.retained.unwrap().n, found.train.unwrap().n, found.all.n), (1, 4, 6));
}

#[test]
fn too_few_examples_are_told_as_what_they_are() {
    let mut learner = Learner::new(&shipped()).unwrap();
    let refused = |learner: &mut Learner| learner.begin(plan(Scope::Head)).unwrap_err().kind();
    assert_eq!(refused(&mut learner), ErrorKind::Examples);
    assert_eq!(learner.evaluate(&Prior::Training).unwrap_err().kind(), ErrorKind::Examples);
    for id in 0..3 {
        learner.insert(id, example(id, 1)).unwrap();
    }
    assert_eq!(refused(&mut learner), ErrorKind::Examples, "one class");
    assert_eq!(learner.step(clock).unwrap_err().kind(), ErrorKind::Argument);
    learner.insert(3, example(3, 0)).unwrap();
    steps(&mut learner, &plan(Scope::Head), 1);
    // A run whose examples are taken away says so as well.
    assert!(learner.remove(3) && !learner.remove(3));
    assert_eq!(refused(&mut learner), ErrorKind::Examples);
}

#[test]
fn an_example_of_no_class_of_another_size_or_one_too_many_is_refused() {
    let mut learner = Learner::new(&shipped()).unwrap();
    let kind = |learner: &mut Learner, example: Example| learner.insert(0, example).unwrap_err().kind();
    assert_eq!(kind(&mut learner, example(0, 8)), ErrorKind::Argument);
    assert_eq!(kind(&mut learner, Example { seen: Seen { side: 16, rgb: vec![0; 16 * 16 * 3] }, ..example(0, 0) }), ErrorKind::Argument);
    for id in 0..MAX_EXAMPLES as u32 {
        learner.insert(id, example(id, 0)).unwrap();
    }
    assert_eq!(learner.insert(9999, example(0, 0)).unwrap_err().kind(), ErrorKind::Examples);
    learner.insert(5, example(5, 1)).unwrap();
    assert_eq!(learner.examples().get(5).unwrap().label, 1);
}

#[test]
fn a_square_turns_counter_clockwise() {
    // Two pixels by two: a b / c d becomes b d / a c.
    let [a, b, c, d] = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]];
    let seen = |pixels: [[u8; 3]; 4]| Seen { side: 2, rgb: pixels.concat() };
    assert_eq!(turn(&seen([a, b, c, d]), 1), seen([b, d, a, c]));
    assert_eq!(turn(&seen([a, b, c, d]), 2), seen([d, c, b, a]));
    assert_eq!(turn(&seen([a, b, c, d]), 3), seen([c, a, d, b]));
    assert_eq!(turn(&seen([a, b, c, d]), 4), seen([a, b, c, d]));
    assert_eq!(turn(&Seen { side: 0, rgb: Vec::new() }, 1).rgb, Vec::<u8>::new());
}
