//! A saved state is taken whole, or refused with nothing changed.

use dermdistill::ErrorKind;
use dermdistill::learner::{Schedule, TrainerConfig, TrainerState};

use crate::{config, small, step, trainer};

fn settings() -> TrainerConfig {
    TrainerConfig { schedule: Schedule::plateau(0.05), average: Some(0.9), ..config() }
}

#[test]
fn a_restored_run_goes_on_to_the_same_bits() {
    let network = small();
    let mut whole = trainer(&network, settings());
    step(&mut whole, 1);
    whole.epoch_ended(0.5);
    let (state, _) = TrainerState::from_bytes(&whole.state().unwrap().to_bytes("").unwrap()).unwrap();
    let mut restored = trainer(&network, settings());
    restored.restore(&state).unwrap();
    for stream in 2..4 {
        step(&mut whole, stream);
        step(&mut restored, stream);
    }
    assert_eq!(restored.state().unwrap(), whole.state().unwrap());
}

#[test]
fn equal_states_are_equal_bytes() {
    let state = trainer(&small(), settings()).state().unwrap();
    let bytes = state.to_bytes("a note").unwrap();
    // A hash's order would differ from map to map.
    assert!((0..32).all(|_| state.to_bytes("a note").unwrap() == bytes));
    assert_eq!(TrainerState::from_bytes(&bytes).unwrap(), (state, "a note".to_owned()));
}

#[test]
fn what_does_not_belong_is_refused_and_changes_nothing() {
    let network = small();
    let mut other = trainer(&network, settings());
    step(&mut other, 1);
    other.epoch_ended(0.5);
    let good = other.state().unwrap();
    let rename = |state: &mut TrainerState, from: &str, to: &str| {
        let tensor = state.tensors.remove(from).unwrap();
        state.tensors.insert(to.to_owned(), tensor);
    };
    type Damage<'a> = (&'a str, &'a dyn Fn(&mut TrainerState));
    let damages: [Damage<'_>; 14] = [
        ("a tensor of the model is missing", &|s| drop(s.tensors.remove("model.conv.weight"))),
        ("a tensor of the model is misnamed", &|s| rename(s, "model.conv.weight", "model.conv.weights")),
        ("a tensor of the model too many", &|s| drop(s.tensors.insert("model.more".into(), s.tensors["model.norm.bias"].clone()))),
        ("a tensor of the average is missing", &|s| drop(s.tensors.remove("average.norm.running_var"))),
        ("a tensor of the average is misnamed", &|s| rename(s, "average.norm.bias", "average.norm.beta")),
        ("a tensor of the average is of another shape", &|s| s.tensors.get_mut("average.norm.bias").unwrap().shape = vec![2, 2]),
        ("no average at all", &|s| s.tensors.retain(|name, _| !name.starts_with("average."))),
        ("a velocity is misnamed", &|s| rename(s, "velocity.conv.weight", "velocity.conv.wait")),
        ("a velocity of a running statistic", &|s| rename(s, "velocity.norm.bias", "velocity.norm.running_mean")),
        ("a velocity is short", &|s| s.tensors.get_mut("velocity.norm.bias").unwrap().data.truncate(3)),
        ("a weight is not a number", &|s| s.tensors.get_mut("model.conv.weight").unwrap().data[3] = f32::NAN),
        ("a tensor is no part of a run", &|s| rename(s, "velocity.norm.bias", "speed.norm.bias")),
        ("another schedule", &|s| s.plateau = None),
        ("a rate that is none", &|s| s.plateau = Some((f64::NAN, 0.5, 0))),
    ];
    let mut target = trainer(&network, settings());
    step(&mut target, 7);
    let before = (target.state().unwrap(), target.config().clone());
    for (what, damage) in damages {
        let mut state = good.clone();
        damage(&mut state);
        assert_eq!(target.restore(&state).unwrap_err().kind(), ErrorKind::Checkpoint, "{what}");
        assert!((target.state().unwrap(), target.config().clone()) == before, "{what}: something changed");
    }
    target.restore(&good).unwrap();
    assert_eq!(target.state().unwrap(), good);
}
