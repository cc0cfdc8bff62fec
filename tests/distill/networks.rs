//! Three whole steps of SSD-KD with MobileNetV2 and ResNet-50 as they are, against PyTorch (`tests/golden/ssd_kd_steps.py`).

use crate::steps::{ended, filled, mentor_of, pictures, projection, read, steps_are_pytorchs, store, trainer};
use dermdistill::distill::{Distillation, Method, StudentHeads};
use dermdistill::learner::Norms;
use dermdistill::nn::{mobilenet_v2, resnet50};

/// Where the script's streams of the teacher's tensors begin.
const TEACHER: u32 = 600;
const POOLED: (usize, usize) = (1280, 2048);

#[test]
fn three_steps_of_the_networks_are_pytorchs() {
    let golden = read();
    let conv_reg = [
        ("conv_reg.0.weight", vec![POOLED.1, POOLED.0, 1, 1]),
        ("conv_reg.0.bias", vec![POOLED.1]),
        ("conv_reg.1.weight", vec![POOLED.1]),
        ("conv_reg.1.bias", vec![POOLED.1]),
        ("conv_reg.1.running_mean", vec![POOLED.1]),
        ("conv_reg.1.running_var", vec![POOLED.1]),
    ];
    let heads: Vec<_> = projection(POOLED.0).into_iter().chain(conv_reg).collect();
    let student = filled(&mobilenet_v2(8), &heads, 0);
    let teacher = filled(&resnet50(8), &projection(POOLED.1), TEACHER);
    let (parameters, model) = store(&mobilenet_v2(8), &student);
    let recipe = Method::SsdKd.recipe();
    let heads = StudentHeads::new(&recipe, &parameters, POOLED, Norms::Batch).unwrap();
    let mentor = mentor_of(&resnet50(8), &teacher, golden.networks_side);
    let mut objective = Distillation::new(recipe, golden.class_weights.clone(), Some(mentor), heads).unwrap();
    let mut trainer = trainer(&golden, model, Norms::Batch);
    let batch = |step: u32| pictures(golden.networks_first + step, golden.images, golden.networks_side);
    steps_are_pytorchs(&golden.networks, &mut trainer, &mut objective, batch);
    ended(&golden.networks, &student, &parameters.tensors().unwrap());
}
