//! PyTorch's SGD with momentum and weight decay; buffers are kept by name.

use crate::ops::{map, numbers, numbers_mut};
use crate::{Error, ErrorKind, Result};
use candle_core::{CpuStorage, InplaceOp2, Layout, Var, backprop::GradStore};
use candle_nn::Optimizer;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The optimiser's constants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SgdConfig {
    /// μ, in 0..1.
    pub momentum: f64,
    /// λ, at least 0; it acts on every trained tensor, BatchNorm and biases included, as in the reference.
    pub weight_decay: f64,
    /// Whether the step looks ahead: θ ← θ − lr (g + λ θ + μ v). Needs a momentum above 0, as in PyTorch.
    pub nesterov: bool,
}

impl SgdConfig {
    /// That the constants lie in their ranges.
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] naming the constant that does not.
    pub fn check(&self) -> Result<()> {
        let Self { momentum, weight_decay, nesterov } = *self;
        let wrong = if !(0.0..1.0).contains(&momentum) {
            format!("the momentum is {momentum}; it must be at least 0 and below 1")
        } else if !(weight_decay.is_finite() && weight_decay >= 0.0) {
            format!("the weight decay is {weight_decay}; it must be a number from 0 on")
        } else if nesterov && momentum == 0.0 {
            "Nesterov's look-ahead needs a momentum above 0".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Argument, wrong, ""))
    }
}

/// v ← μ v + (g + λ θ); θ ← θ − lr · v. No dampening; the first step has v = g + λ θ.
#[derive(Debug)]
pub struct Sgd {
    config: SgdConfig,
    rate: f64,
    vars: BTreeMap<String, Var>,
    velocity: BTreeMap<String, Vec<f32>>,
}

impl Sgd {
    /// An optimiser of these variables that has not stepped yet. Its rate is 0 until it is set.
    pub fn named(vars: BTreeMap<String, Var>, config: SgdConfig) -> Self {
        Self { config, rate: 0.0, vars, velocity: BTreeMap::new() }
    }

    /// The velocities by name: empty before the first step.
    pub fn velocity(&self) -> &BTreeMap<String, Vec<f32>> {
        &self.velocity
    }

    /// Continues from saved velocities.
    pub fn set_velocity(&mut self, velocity: BTreeMap<String, Vec<f32>>) {
        self.velocity = velocity;
    }
}

impl Optimizer for Sgd {
    type Config = SgdConfig;

    /// [`Sgd::named`] with the variables' positions as their names.
    fn new(vars: Vec<Var>, config: SgdConfig) -> candle_core::Result<Self> {
        let names = (0..vars.len()).map(|position| format!("{position:06}"));
        Ok(Self::named(names.zip(vars).collect(), config))
    }

    /// One step. A tensor without a gradient stays as it is.
    fn step(&mut self, gradients: &GradStore) -> candle_core::Result<()> {
        for (name, var) in &self.vars {
            if gradients.get(var).is_some() && !self.velocity.contains_key(name) {
                self.velocity.insert(name.clone(), vec![0.0; var.elem_count()]);
            }
        }
        let (config, rate, vars) = (self.config, self.rate, &self.vars);
        let moved = |(name, velocity)| {
            let var: &Var = vars.get(name)?;
            Some((var, gradients.get(var)?.contiguous(), Step { config, rate, velocity: Mutex::new(velocity) }))
        };
        let tasks = self.velocity.iter_mut().filter_map(moved).collect();
        map(tasks, |(var, gradient, step)| var.inplace_op2(&gradient?, &step)).into_iter().collect()
    }

    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn set_learning_rate(&mut self, rate: f64) {
        self.rate = rate;
    }
}

/// One variable's step, where the variable lies.
struct Step<'a> {
    config: SgdConfig,
    rate: f64,
    velocity: Mutex<&'a mut Vec<f32>>,
}

impl InplaceOp2 for Step<'_> {
    fn name(&self) -> &'static str {
        "sgd"
    }

    fn cpu_fwd(&self, theta: &mut CpuStorage, at: &Layout, gradient: &CpuStorage, gradient_at: &Layout) -> candle_core::Result<()> {
        let (momentum, decay, rate) = (self.config.momentum as f32, self.config.weight_decay as f32, self.rate as f32);
        let theta = numbers_mut(theta, at)?;
        let mut velocity = self.velocity.lock().unwrap_or_else(PoisonError::into_inner);
        for ((t, v), g) in theta.iter_mut().zip(velocity.iter_mut()).zip(numbers(gradient, gradient_at)?) {
            let g = g + decay * *t;
            *v = momentum * *v + g;
            *t -= rate * if self.config.nesterov { g + momentum * *v } else { *v };
        }
        Ok(())
    }
}
