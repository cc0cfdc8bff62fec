//! The chain against finite differences: every kind of stage, both sources of statistics, with and without residual.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/tolerance.rs"]
mod tolerance;

use candle_core::{Device, Tensor, Var};
use dermdistill::kernels::Activation;
use dermdistill::ops::{Chain, ConvKind, MaxPool, Stage, Statistics, Workspace};

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
    let input = Var::from_slice(x, shape, &Device::Cpu).unwrap();
    let packed = Var::from_slice(params, params.len(), &Device::Cpu).unwrap();
    let workspace = Workspace::default();
    let result = chain.apply(input.as_tensor(), packed.as_tensor(), statistics.clone(), &workspace).unwrap();
    let probe = numbers(99, result.output.elem_count());
    let y: Vec<f32> = result.output.flatten_all().unwrap().to_vec1().unwrap();
    let value = y.iter().zip(&probe).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    let probe = Tensor::from_vec(probe, result.output.shape(), &Device::Cpu).unwrap();
    let gradients = (result.output * probe).unwrap().sum_all().unwrap().backward().unwrap();
    let flat = |var: &Var| gradients.get(var).map(|g| g.flatten_all().unwrap().to_vec1().unwrap()).unwrap_or_default();
    (value, flat(&input), flat(&packed))
}

fn stage(kind: ConvKind, in_channels: usize, out_channels: usize, activation: Activation) -> Stage {
    Stage { kind, in_channels, out_channels, activation }
}

fn params(chain: &Chain) -> Vec<f32> {
    let mut all = Vec::new();
    for (i, stage) in chain.stages.iter().enumerate() {
        all.extend(numbers(i as u64 + 5, stage.weight_len()).iter().map(|w| w * 0.5));
        all.extend(numbers(i as u64 + 50, stage.out_channels).iter().map(|g| 1.0 + 0.3 * g));
        all.extend(numbers(i as u64 + 70, stage.out_channels).iter().map(|b| 1.0 + 0.5 * b));
    }
    all
}

/// Central differences along random directions, for the input and for the parameters.
fn check(chain: &Chain, shape: (usize, usize, usize, usize), statistics: &Statistics, smooth: bool) {
    let x = numbers(3, shape.0 * shape.1 * shape.2 * shape.3);
    let p = params(chain);
    let (_, dx, dp) = run(chain, &x, shape, &p, statistics);
    let (step, slack) = if smooth { (1e-2f32, tolerance::DIFFERENCE_SMOOTH) } else { (1e-3, tolerance::DIFFERENCE_KNEES) };
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
            let chain = Chain { stages, residual, input_gradient: true };
            println!("{name} {activation:?}");
            let shape = (3, 7, 6, chain.stages[0].in_channels);
            check(&chain, shape, &Statistics::Batch, activation == smooth);
            let running =
                chain.stages.iter().map(|s| (numbers(8, s.out_channels), numbers(9, s.out_channels).iter().map(|v| 1.5 + v).collect())).collect();
            check(&chain, shape, &Statistics::Running(running), activation == smooth);
        }
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
