//! The one store of parameters: what a network and its heads share, in candle-nn's terms.

use crate::nn::{self, Network, Role};
use crate::random::{Purpose, Stream};
use crate::weights::{Heads, Tensor as Stored, Tensors, find_tensor, sha256_hex};
use crate::{Error, ErrorKind, Result};
use candle_core::{DType, Device, Shape, Tensor, Var};
use candle_nn::Init;
use candle_nn::init::NormalOrUniform;
use candle_nn::var_builder::{SimpleBackend, VarBuilder};
use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Variables by name, each trained or not. Clones share the store.
///
/// A network's tensors are put in when its [`Model`](super::Model) is made; heads take theirs through [`Parameters::builder`], which makes
/// what is not there yet. Names are in order wherever they are walked, so that sums over them repeat bit for bit: candle-nn's own `VarMap` has
/// the order of a hash, and its initialisers draw from a generator that cannot be seeded.
#[derive(Clone, Debug)]
pub struct Parameters {
    all: Arc<RwLock<BTreeMap<String, Parameter>>>,
    seed: u64,
}

#[derive(Clone, Debug)]
struct Parameter {
    var: Var,
    /// Whether an optimiser may move it: not so for running statistics.
    trainable: bool,
    /// Whether it does.
    trained: bool,
}

impl Parameters {
    /// An empty store; `seed` is that of the first values of new heads.
    pub fn new(seed: u64) -> Self {
        Self { all: Arc::default(), seed }
    }

    /// Puts in the tensors of `network`.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`] or [`ErrorKind::WeightsShape`] when a tensor is absent or has another shape. Nothing is put in then.
    pub(super) fn insert(&self, network: &Network, tensors: &Tensors) -> Result<()> {
        self.put(network.parameters(), tensors)
    }

    /// Puts in the heads among `tensors` ([`HEADS_PREFIX`](crate::weights::HEADS_PREFIX)), as a weight file holds them; whatever had one of
    /// their names is replaced. A BatchNorm's running statistics are not trained.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsShape`] when a tensor has another number of values than its shape says. Nothing is put in then.
    pub fn insert_heads(&self, tensors: &Tensors) -> Result<()> {
        self.put(Heads::of(tensors, true).iter().flat_map(Heads::parameters), tensors)
    }

    /// Puts in the values that `tensors` has for these parameters; all of them or, on an error, none.
    fn put(&self, parameters: impl IntoIterator<Item = nn::Parameter>, tensors: &Tensors) -> Result<()> {
        let mut new = BTreeMap::new();
        for nn::Parameter { name, shape, role, .. } in parameters {
            let stored = find_tensor(tensors, &name, &shape)?;
            let var = Var::from_slice(&stored.data, shape.as_slice(), &Device::Cpu)?;
            let trainable = role == Role::Trained;
            new.insert(name, Parameter { var, trainable, trained: trainable });
        }
        self.write(|all| all.extend(new));
        Ok(())
    }

    /// The variable of this name.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`].
    pub fn var(&self, name: &str) -> Result<Var> {
        self.read(|all| all.get(name).map(|parameter| parameter.var.clone())).ok_or_else(|| missing(name))
    }

    /// What an optimiser moves, by name.
    pub fn trained(&self) -> BTreeMap<String, Var> {
        self.read(|all| all.iter().filter(|(_, p)| p.trained).map(|(name, p)| (name.clone(), p.var.clone())).collect())
    }

    /// Trains from now on those that may be trained and of whose name `wanted` says so, and nothing else: a head, a last stage, everything.
    pub fn train(&self, wanted: impl Fn(&str) -> bool) {
        self.write(|all| all.iter_mut().for_each(|(name, p)| p.trained = p.trainable && wanted(name)));
    }

    /// What a step may change: what is trained, and every running statistic.
    pub(super) fn changing(&self) -> BTreeMap<String, Var> {
        let changes = |p: &Parameter| p.trained || !p.trainable;
        self.read(|all| all.iter().filter(|(_, p)| changes(p)).map(|(name, p)| (name.clone(), p.var.clone())).collect())
    }

    /// Whether a parameter is trained.
    pub(super) fn trains(&self, name: &str) -> bool {
        self.read(|all| all.get(name).is_some_and(|parameter| parameter.trained))
    }

    /// The value of a parameter for a forward pass: part of the graph where it is trained and `gradients` are wanted.
    pub(super) fn value(&self, name: &str, gradients: bool) -> Result<Tensor> {
        let value = |p: &Parameter| if gradients && p.trained { p.var.as_tensor().clone() } else { p.var.as_detached_tensor() };
        self.read(|all| all.get(name).map(value)).ok_or_else(|| missing(name))
    }

    /// Copies of every tensor, heads included.
    ///
    /// # Errors
    /// None in practice; Candle's own are passed on.
    pub fn tensors(&self) -> Result<Tensors> {
        let copy = |(name, p): (&String, &Parameter)| Ok((name.clone(), stored(&p.var)?));
        self.read(|all| all.iter().map(copy).collect())
    }

    /// Replaces every tensor. On an error nothing has changed. Names that the store does not have are ignored.
    ///
    /// # Errors
    /// [`ErrorKind::WeightsMissing`] or [`ErrorKind::WeightsShape`].
    pub fn set_tensors(&self, tensors: &Tensors) -> Result<()> {
        let new = |(name, p): (&String, &Parameter)| {
            let stored = find_tensor(tensors, name, p.var.dims())?;
            Ok((p.var.clone(), Tensor::from_slice(&stored.data, stored.shape.as_slice(), &Device::Cpu)?))
        };
        let new = self.read(|all| all.iter().map(new).collect::<Result<Vec<_>>>())?;
        new.into_iter().try_for_each(|(var, tensor)| Ok(var.set(&tensor)?))
    }

    /// The store as candle-nn's layers take their tensors: what is there with that name and shape, else a new trained variable. Its first
    /// values depend on the store's seed and its name alone. f32 on the CPU.
    pub fn builder(&self) -> VarBuilder<'static> {
        VarBuilder::from_backend(Box::new(self.clone()), DType::F32, Device::Cpu)
    }

    fn read<T>(&self, work: impl FnOnce(&BTreeMap<String, Parameter>) -> T) -> T {
        work(&self.all.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write<T>(&self, work: impl FnOnce(&mut BTreeMap<String, Parameter>) -> T) -> T {
        work(&mut self.all.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// The first values of a new tensor.
    fn start(&self, shape: &Shape, name: &str, init: Init) -> Vec<f32> {
        // Names have no position: part of their hash stands for one.
        let position = usize::from_str_radix(sha256_hex(name.as_bytes()).get(..8).unwrap_or_default(), 16).unwrap_or(0);
        let mut stream = Stream::new(self.seed, 1, position, 0, Purpose::Start);
        let count = shape.elem_count();
        let mut draw = |centre: f64, spread: f64, normal: bool| -> Vec<f32> {
            let mut next = || centre + spread * if normal { stream.normal() } else { stream.around_zero(1.0) };
            (0..count).map(|_| next() as f32).collect()
        };
        match init {
            Init::Const(value) => vec![value as f32; count],
            Init::Uniform { lo, up } => draw((lo + up) / 2.0, (up - lo) / 2.0, false),
            Init::Randn { mean, stdev } => draw(mean, stdev, true),
            Init::Kaiming { dist, fan, non_linearity } => {
                let deviation = non_linearity.gain() / (fan.for_shape(shape).max(1) as f64).sqrt();
                match dist {
                    NormalOrUniform::Normal => draw(0.0, deviation, true),
                    NormalOrUniform::Uniform => draw(0.0, deviation * 3.0f64.sqrt(), false),
                }
            }
        }
    }
}

impl SimpleBackend for Parameters {
    fn get(&self, shape: Shape, name: &str, init: Init, dtype: DType, device: &Device) -> candle_core::Result<Tensor> {
        if !self.contains_tensor(name) {
            let var = Var::from_vec(self.start(&shape, name, init), shape.clone(), &Device::Cpu)?;
            self.write(|all| all.insert(name.to_owned(), Parameter { var, trainable: true, trained: true }));
        }
        let tensor = self.get_unchecked(name, dtype, device)?;
        if *tensor.shape() != shape {
            candle_core::bail!("the tensor {name} has shape {:?}, {shape:?} is needed", tensor.shape());
        }
        Ok(tensor)
    }

    fn get_unchecked(&self, name: &str, dtype: DType, _: &Device) -> candle_core::Result<Tensor> {
        let Some(parameter) = self.read(|all| all.get(name).cloned()) else { candle_core::bail!("no tensor is called {name}") };
        if dtype != DType::F32 {
            candle_core::bail!("the tensor {name} is f32, not {dtype:?}");
        }
        Ok(if parameter.trained { parameter.var.as_tensor().clone() } else { parameter.var.as_detached_tensor() })
    }

    fn contains_tensor(&self, name: &str) -> bool {
        self.read(|all| all.contains_key(name))
    }
}

/// A variable's shape and numbers.
pub(super) fn stored(var: &Var) -> Result<Stored> {
    Ok(Stored { shape: var.dims().to_vec(), data: var.flatten_all()?.to_vec1()? })
}

fn missing(name: &str) -> Error {
    Error::new(ErrorKind::WeightsMissing, format!("tensor {name} is missing"), "Use a weight file of this network.")
}
