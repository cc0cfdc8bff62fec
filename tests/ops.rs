//! The chain against finite differences: every kind of stage, both sources of statistics, with and without residual.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/tolerance.rs"]
mod tolerance;

use candle_core::{Device, Tensor, Var};
use dermdistill::kernels::Activation;
use dermdistill::ops::{Chain, ConvKind, Entry, MaxPool, Shortcut, Stage, Statistics, Workspace};

/// Numbers in −1..1 from a fixed linear congruential generator.
fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..len)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u32 << 23) as f32) - 1.0
        })
        .collect()
}

/// Σ output · probe in f64, and its gradients for input and parameters.
fn run(chain: &Chain, x: &[f32], shape: (usize, usize, usize, usize), params: &[f32], statistics: &Statistics) -> (f64, Vec<f32>, Vec<f32>) {
    run_with(chain, x, shape, params, statistics, &numbers(99, 4 * 6 * 1100))
}

/// [`run`] with the first numbers of `probe`.
fn run_with(
    chain: &Chain,
    x: &[f32],
    shape: (usize, usize, usize, usize),
    params: &[f32],
    statistics: &Statistics,
    probe: &[f32],
) -> (f64, Vec<f32>, Vec<f32>) {
    let input = Var::from_slice(x, shape, &Device::Cpu).unwrap();
    let packed = Var::from_slice(params, params.len(), &Device::Cpu).unwrap();
    let workspace = Workspace::default();
    let result = chain.apply(input.as_tensor(), packed.as_tensor(), statistics.clone(), &workspace).unwrap();
    let probe = &probe[..result.output.elem_count()];
    let y: Vec<f32> = result.output.flatten_all().unwrap().to_vec1().unwrap();
    let value = y.iter().zip(probe).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let probe = Tensor::from_slice(probe, result.output.shape(), &Device::Cpu).unwrap();
    let gradients = (result.output * probe).unwrap().sum_all().unwrap().backward().unwrap();
    let dx = gradients.get(&input).map(|g| g.flatten_all().unwrap().to_vec1().unwrap()).unwrap_or_default();
    (value, dx, result.gradient.take().unwrap())
}

fn stage(kind: ConvKind, in_channels: usize, out_channels: usize, activation: Activation) -> Stage {
    Stage { kind, in_channels, out_channels, bias: false, norm: true, activation }
}

/// The stages and the projection.
fn convolutions(chain: &Chain) -> Vec<Stage> {
    let projection = if let Shortcut::Projection(stage) = &chain.shortcut { Some(*stage) } else { None };
    chain.stages.iter().copied().chain(projection).collect()
}

fn params(chain: &Chain) -> Vec<f32> {
    let mut all = Vec::new();
    let gamma = |seed: u64, channels| numbers(seed + 50, channels).into_iter().map(|g| 1.0 + 0.3 * g).collect::<Vec<_>>();
    let beta = |seed: u64, channels| numbers(seed + 70, channels).into_iter().map(|b| 1.0 + 0.5 * b).collect::<Vec<_>>();
    if let Some(Entry { channels, .. }) = chain.entry {
        all.extend([gamma(30, channels), beta(30, channels)].concat());
    }
    for (i, stage) in convolutions(chain).iter().enumerate() {
        let (seed, channels) = (i as u64, stage.out_channels);
        all.extend(numbers(seed + 5, stage.weight_len()).iter().map(|w| w * 0.5));
        if stage.bias {
            all.extend(numbers(seed + 90, channels));
        }
        if stage.norm {
            all.extend([gamma(seed, channels), beta(seed, channels)].concat());
        }
    }
    all
}

/// Running statistics of every BatchNorm of the chain.
fn running(chain: &Chain) -> Statistics {
    let entry = chain.entry.iter().map(|entry| entry.channels);
    let norms = entry.chain(convolutions(chain).into_iter().filter(|stage| stage.norm).map(|stage| stage.out_channels));
    Statistics::Running(norms.map(|n| (numbers(8, n), numbers(9, n).iter().map(|v| 1.5 + v).collect())).collect())
}

/// Central differences along random directions, for the input and for the parameters.
fn check(chain: &Chain, shape: (usize, usize, usize, usize), statistics: &Statistics, smooth: bool) {
    let x = numbers(3, shape.0 * shape.1 * shape.2 * shape.3);
    let p = params(chain);
    let (_, dx, dp) = run(chain, &x, shape, &p, statistics);
    let (step, slack) = if smooth { (1e-2f32, tolerance::DIFFERENCE_SMOOTH) } else { (5e-4, tolerance::DIFFERENCE_KNEES) };
    let shifted = |v: &[f32], d: &[f32], s: f32| v.iter().zip(d).map(|(v, d)| v + s * d).collect::<Vec<_>>();
    for trial in 0..4 {
        let direction = numbers(200 + trial, x.len());
        let length = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
        let direction: Vec<f32> = direction.iter().map(|d| d / length).collect();
        let numeric = (run(chain, &shifted(&x, &direction, step), shape, &p, statistics).0
            - run(chain, &shifted(&x, &direction, -step), shape, &p, statistics).0)
            / f64::from(2.0 * step);
        let exact: f64 = dx.iter().zip(&direction).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        let scale = dx.iter().map(|d| f64::from(*d).powi(2)).sum::<f64>().sqrt() / (x.len() as f64).sqrt();
        println!("input: {numeric:.5} {exact:.5} (typical {scale:.5})");
        assert!((numeric - exact).abs() <= slack * scale.max(exact.abs()) + tolerance::DIFFERENCE_NOISE, "input {numeric} {exact}");

        let direction = numbers(300 + trial, p.len());
        let length = direction.iter().map(|d| d * d).sum::<f32>().sqrt();
        let direction: Vec<f32> = direction.iter().map(|d| d / length).collect();
        let numeric = (run(chain, &x, shape, &shifted(&p, &direction, step), statistics).0
            - run(chain, &x, shape, &shifted(&p, &direction, -step), statistics).0)
            / f64::from(2.0 * step);
        let exact: f64 = dp.iter().zip(&direction).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
        println!("params: {numeric:.5} {exact:.5}");
        assert!((numeric - exact).abs() <= slack * exact.abs() + tolerance::DIFFERENCE_NOISE, "params {numeric} {exact}");
    }
}

#[test]
fn every_kind_of_stage_matches_finite_differences() {
    use ConvKind::{Dense, Depthwise, Pointwise};
    let smooth = Activation { lo: -1e3, hi: 1e3 };
    for activation in [smooth, Activation::RELU6] {
        for (name, stages, residual) in [
            ("pointwise", vec![stage(Pointwise, 5, 7, activation)], false),
            ("depthwise 1", vec![stage(Depthwise { stride: 1 }, 24, 24, activation)], false),
            ("depthwise 2", vec![stage(Depthwise { stride: 2 }, 19, 19, activation)], false),
            ("dense", vec![stage(Dense { kernel: 3, stride: 2, padding: 1 }, 3, 8, activation)], false),
            (
                "inverted residual",
                vec![
                    stage(Pointwise, 8, 24, activation),
                    stage(Depthwise { stride: 1 }, 24, 24, activation),
                    stage(Pointwise, 24, 8, Activation::NONE),
                ],
                true,
            ),
            (
                "stem",
                vec![
                    stage(Dense { kernel: 3, stride: 2, padding: 1 }, 3, 16, activation),
                    stage(Depthwise { stride: 2 }, 16, 16, activation),
                    stage(Dense { kernel: 3, stride: 1, padding: 1 }, 16, 9, activation),
                ],
                false,
            ),
        ] {
            let shortcut = if residual { Shortcut::Input } else { Shortcut::None };
            let chain = Chain { entry: None, stages, shortcut, exit: Activation::NONE };
            println!("{name} {activation:?}");
            both_statistics(&chain, (3, 7, 6, chain.stages[0].in_channels), activation == smooth);
        }
    }
}

fn both_statistics(chain: &Chain, shape: (usize, usize, usize, usize), smooth: bool) {
    check(chain, shape, &Statistics::Batch, smooth);
    check(chain, shape, &running(chain), smooth);
}

/// The three convolutions of a bottleneck, `stride` in the middle one; `last_norm`: whether the last has its BatchNorm behind it.
fn bottleneck(activation: Activation, stride: usize, out_channels: usize, last_norm: bool) -> Vec<Stage> {
    vec![
        stage(ConvKind::Pointwise, 8, 5, activation),
        stage(ConvKind::Dense { kernel: 3, stride, padding: 1 }, 5, 5, activation),
        Stage { norm: last_norm, ..stage(ConvKind::Pointwise, 5, out_channels, Activation::NONE) },
    ]
}

#[test]
fn residual_blocks_of_both_kinds_match_finite_differences() {
    let smooth = Activation { lo: -1e3, hi: 1e3 };
    for activation in [smooth, Activation::RELU] {
        let narrow = |stride| stage(ConvKind::Dense { kernel: 1, stride, padding: 0 }, 8, 12, Activation::NONE);
        let entry = Some(Entry { channels: 8, activation });
        let plain = Stage { norm: false, ..narrow(2) };
        for (name, entry, stages, shortcut, exit) in [
            ("v1", None, bottleneck(activation, 1, 8, true), Shortcut::Input, activation),
            ("v1 projected", None, bottleneck(activation, 2, 12, true), Shortcut::Projection(narrow(2)), activation),
            ("v2", entry, bottleneck(activation, 1, 8, false), Shortcut::Input, Activation::NONE),
            ("v2 projected", entry, bottleneck(activation, 2, 12, false), Shortcut::Projection(plain), Activation::NONE),
            ("norm alone", entry, Vec::new(), Shortcut::None, Activation::NONE),
            ("norm and sum", entry, Vec::new(), Shortcut::Input, activation),
            ("activation alone", None, Vec::new(), Shortcut::None, activation),
            ("projection alone", entry, Vec::new(), Shortcut::Projection(stage(ConvKind::Pointwise, 8, 8, Activation::NONE)), activation),
        ] {
            println!("{name} {activation:?}");
            both_statistics(&Chain { entry, stages, shortcut, exit }, (3, 7, 6, 8), activation == smooth);
        }
    }
}

#[test]
fn biases_match_finite_differences_with_and_without_a_norm() {
    let smooth = Activation { lo: -1e3, hi: 1e3 };
    for norm in [true, false] {
        let biased = |kind, out_channels| Stage { bias: true, norm, ..stage(kind, 8, out_channels, smooth) };
        let stages = vec![biased(ConvKind::Dense { kernel: 3, stride: 1, padding: 1 }, 8), biased(ConvKind::Depthwise { stride: 2 }, 8)];
        let chain = Chain { entry: None, stages, shortcut: Shortcut::None, exit: Activation::NONE };
        both_statistics(&chain, (3, 7, 6, 8), true);
    }
}

#[test]
fn wide_layers_sum_their_weights_by_columns_to_the_same_gradient() {
    // Four images at once are split by columns, one alone by images; with fixed statistics gradients add up.
    let wide = stage(ConvKind::Dense { kernel: 3, stride: 1, padding: 1 }, 260, 520, Activation::RELU);
    let square = stage(ConvKind::Pointwise, 1100, 1100, Activation::RELU);
    for stage in [wide, square] {
        let chain = Chain { entry: None, stages: vec![stage], shortcut: Shortcut::None, exit: Activation::NONE };
        let (p, fixed) = (params(&chain), running(&chain));
        let per_image = 6 * stage.in_channels;
        let x = numbers(3, 4 * per_image);
        let (_, dx, together) = run(&chain, &x, (4, 2, 3, stage.in_channels), &p, &fixed);
        let probe = numbers(99, 4 * 6 * stage.out_channels);
        let mut apart = vec![0.0; p.len()];
        for (image, x) in x.chunks(per_image).enumerate() {
            let probe = &probe[image * 6 * stage.out_channels..][..6 * stage.out_channels];
            let (_, own, gradient) = run_with(&chain, x, (1, 2, 3, stage.in_channels), &p, &fixed, probe);
            apart.iter_mut().zip(gradient).for_each(|(sum, part)| *sum += part);
            assert_eq!(own, dx[image * per_image..][..per_image], "the input's gradient does not depend on the split");
        }
        let largest = apart.iter().fold(0.0, |largest: f32, x| largest.max(x.abs()));
        let worst = together.iter().zip(&apart).fold(0.0, |worst: f32, (a, b)| worst.max((a - b).abs()));
        assert!(f64::from(worst / largest) <= tolerance::KERNEL, "{stage:?}: {worst} of {largest}");
    }
}

#[test]
fn chains_that_do_not_fit_are_refused() {
    let input = Tensor::from_vec(numbers(1, 2 * 4 * 4 * 4), (2, 4, 4, 4), &Device::Cpu).unwrap();
    let point = |from, to| stage(ConvKind::Pointwise, from, to, Activation::NONE);
    let entry = |channels| Some(Entry { channels, activation: Activation::RELU });
    for (entry, stages, shortcut) in [
        (None, vec![point(5, 5)], Shortcut::None),
        (None, vec![point(4, 8), point(4, 8)], Shortcut::None),
        (None, vec![point(4, 8)], Shortcut::Input),
        (None, vec![point(4, 8)], Shortcut::Projection(point(4, 6))),
        (entry(5), vec![point(4, 4)], Shortcut::Input),
    ] {
        let chain = Chain { entry, stages, shortcut, exit: Activation::NONE };
        let params = Tensor::from_vec(params(&chain), chain.param_len(), &Device::Cpu).unwrap();
        assert!(chain.apply(&input, &params, Statistics::Batch, &Workspace::default()).is_err(), "{chain:?}");
    }
}

/// Σ pool(x) · probe, and its gradient.
fn pooled(pool: MaxPool, x: &[f32], shape: (usize, usize, usize, usize)) -> (f64, Vec<f32>) {
    let input = Var::from_slice(x, shape, &Device::Cpu).unwrap();
    let y = pool.apply(&input).unwrap();
    let probe = Tensor::from_vec(numbers(99, y.elem_count()), y.shape(), &Device::Cpu).unwrap();
    let loss = (y * probe).unwrap().sum_all().unwrap();
    let gradient = loss.backward().unwrap().get(&input).unwrap().flatten_all().unwrap().to_vec1().unwrap();
    (f64::from(loss.to_scalar::<f32>().unwrap()), gradient)
}

#[test]
fn max_pool_of_every_window_matches_finite_differences() {
    for (kernel, stride, padding) in [(3, 2, 1), (2, 2, 0), (3, 1, 1), (5, 3, 2), (2, 3, 1)] {
        let (pool, shape) = (MaxPool { kernel, stride, padding }, (2, 7, 9, 19));
        // A permutation: no two values are near each other, so a small step changes no window's largest.
        let count = 2 * 7 * 9 * 19;
        let x: Vec<f32> = (0..count).map(|i| (i * 1009 % count) as f32 / 64.0).collect();
        let (_, exact) = pooled(pool, &x, shape);
        for at in (0..count).step_by(61) {
            let value =
                |step: f32| pooled(pool, &x.iter().enumerate().map(|(i, x)| if i == at { x + step } else { *x }).collect::<Vec<_>>(), shape).0;
            let numeric = (value(1.0 / 256.0) - value(-1.0 / 256.0)) * 128.0;
            assert!((numeric - f64::from(exact[at])).abs() <= tolerance::DIFFERENCE_NOISE, "{pool:?} at {at}: {numeric} {}", exact[at]);
        }
    }
}

#[test]
fn max_pool_gives_ties_to_the_first_keeps_nan_and_refuses_what_does_not_fit() {
    let pool = MaxPool { kernel: 2, stride: 1, padding: 0 };
    let (_, gradient) = pooled(pool, &[5.0, 5.0, 5.0, 5.0], (1, 2, 2, 1));
    assert_eq!(gradient, [numbers(99, 1)[0], 0.0, 0.0, 0.0]);
    let nan = Tensor::from_slice(&[1.0, f32::NAN, 3.0, 2.0], (1, 2, 2, 1), &Device::Cpu).unwrap();
    assert!(pool.apply(&nan).unwrap().flatten_all().unwrap().to_vec1::<f32>().unwrap()[0].is_nan());
    for (kernel, stride, padding) in [(3, 1, 0), (0, 1, 0), (2, 0, 0), (2, 1, 2)] {
        assert!(MaxPool { kernel, stride, padding }.apply(&nan).is_err(), "{kernel} {stride} {padding}");
    }
}
