//! Every kernel on every instruction set of this machine against plain sums in f64, at sizes inside, at and past each tile's edge.
#![allow(clippy::unwrap_used)] // a helper that fails is a test that fails

#[path = "common/tolerance.rs"]
mod tolerance;

use dermdistill::kernels::{
    self, ALayout, Activation, BLayout, BnGradient, BnInputGradient, ConvShape, Depthwise, DepthwiseRow, Epilogue, Gemm, Isa,
};

fn numbers(seed: u64, len: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 40) as f32 / (1u32 << 23) as f32) - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn assert_close(found: &[f32], expected: &[f64], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1f64, |m, x| m.max(x.abs()));
    for (i, (f, e)) in found.iter().zip(expected).enumerate() {
        assert!((f64::from(*f) - e).abs() <= tolerance::KERNEL * scale, "{what}, number {i}: {f} instead of {e}");
    }
}

#[test]
fn gemm_at_every_edge_of_its_tiles() {
    for isa in Isa::available() {
        for (m, n, k) in
            [(1, 1, 1), (3, 5, 2), (6, 16, 8), (7, 17, 9), (12, 32, 1), (13, 33, 40), (49, 24, 160), (5, 8, 0), (600, 3, 96), (25, 100, 1280)]
        {
            if cfg!(miri) && m * n * k > 10_000 {
                continue; // an interpreter takes minutes for it, and finds nothing that the smaller ones do not have
            }
            let (a, b, bias) = (numbers(1, m * k), numbers(2, k * n), numbers(3, n));
            let residual = numbers(4, m * (n + 2));
            let mut packed = vec![f32::NAN; kernels::packed_b_len(isa, k, n)];
            kernels::pack_b(isa, &b, BLayout::RowMajor, k, n, &mut packed);
            let transposed: Vec<f32> = (0..n * k).map(|i| b[i % k * n + i / k]).collect();
            let mut again = vec![f32::NAN; packed.len()];
            kernels::pack_b(isa, &transposed, BLayout::Transposed, k, n, &mut again);
            assert_eq!(packed, again, "the two layouts of B");
            let columns: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
            let mut scratch = vec![0.0; kernels::gemm_scratch_len(k)];
            for (layout, a) in [(ALayout::RowMajor { ld: k }, &a), (ALayout::ColumnMajor { ld: m }, &columns)] {
                for tail in 0..4 {
                    let epilogue = match tail {
                        0 => Epilogue::STORE,
                        1 => Epilogue::ACCUMULATE,
                        2 => Epilogue { bias: Some(&bias), activation: Activation::RELU6, ..Epilogue::STORE },
                        _ => Epilogue { bias: Some(&bias), residual: Some(&residual), ..Epilogue::STORE },
                    };
                    let start = numbers(5, m * (n + 2));
                    let mut c = start.clone();
                    kernels::gemm(isa, &Gemm { m, n, k, a, layout, b: &packed, ldc: n + 2, epilogue }, &mut c, &mut scratch);
                    for row in 0..m {
                        let expected: Vec<f64> = (0..n)
                            .map(|column| {
                                let at = row * (n + 2) + column;
                                let product: f64 = (0..k)
                                    .map(|p| {
                                        let a = match layout {
                                            ALayout::RowMajor { ld } => a[row * ld + p],
                                            ALayout::ColumnMajor { ld } => a[p * ld + row],
                                        };
                                        f64::from(a) * f64::from(b[p * n + column])
                                    })
                                    .sum();
                                match tail {
                                    0 => product,
                                    1 => product + f64::from(start[at]),
                                    2 => (product + f64::from(bias[column])).clamp(0.0, 6.0),
                                    _ => product + f64::from(bias[column]) + f64::from(residual[at]),
                                }
                            })
                            .collect();
                        let what = format!("{} {m}×{n}×{k} {layout:?} tail {tail} row {row}", isa.name());
                        assert_close(&c[row * (n + 2)..][..n], &expected, &what);
                        assert_eq!(c[row * (n + 2) + n..][..2], start[row * (n + 2) + n..][..2], "{what}: wrote past the row");
                    }
                }
            }
        }
    }
}

#[test]
fn a_nan_stays_visible_through_the_clamp() {
    for isa in Isa::available() {
        let mut packed = vec![0.0; kernels::packed_b_len(isa, 1, 40)];
        kernels::pack_b(isa, &[1.0; 40], BLayout::RowMajor, 1, 40, &mut packed);
        let mut c = vec![0.0; 40];
        let epilogue = Epilogue { activation: Activation::RELU6, ..Epilogue::STORE };
        let mut scratch = vec![0.0; kernels::gemm_scratch_len(1)];
        kernels::gemm(isa, &Gemm { epilogue, ..Gemm::rows(&[f32::NAN], &packed, (1, 40, 1)) }, &mut c, &mut scratch);
        assert!(c.iter().all(|x| x.is_nan()), "{}", isa.name());
        let mut y = vec![0.0; 21];
        kernels::affine_clamp(isa, &[f32::NAN; 21], &[1.0; 21], &[0.0; 21], Activation::RELU6, &mut y);
        assert!(y.iter().all(|x| x.is_nan()), "{}", isa.name());
    }
}

/// Σ over taps of weight · x, row and column outside the image being 0.
fn tap(x: &[f32], row: Option<usize>, column: Option<usize>, size: (usize, usize, usize), c: usize) -> f64 {
    match (row, column) {
        (Some(y), Some(x_at)) if y < size.0 && x_at < size.1 => f64::from(x[(y * size.1 + x_at) * size.2 + c]),
        _ => 0.0,
    }
}

#[test]
fn depthwise_rows_and_their_gradients() {
    for isa in Isa::available() {
        for (height, width, channels, stride) in
            [(3, 1, 5, 1), (3, 1, 16, 2), (2, 0, 16, 1), (4, 2, 8, 2), (5, 7, 19, 1), (5, 7, 24, 2), (6, 6, 33, 2), (3, 14, 16, 1)]
        {
            let shape = Depthwise { width, channels, stride };
            let x = numbers(1, height * width * channels);
            let (weights, bias) = (numbers(2, 9 * channels), numbers(3, channels));
            let mut packed = vec![0.0; 9 * channels];
            kernels::pack_depthwise(&weights, &mut packed);
            let zeros = vec![0.0; width * channels];
            let row_of = |y: Option<usize>| y.filter(|&y| y < height).map_or(&zeros[..], |y| &x[y * width * channels..][..width * channels]);
            let mut dx = vec![0.0f32; x.len()];
            let mut dw = vec![0.0f32; packed.len()];
            let (mut dx_expected, mut dw_expected) = (vec![0.0f64; x.len()], vec![0.0f64; packed.len()]);
            for y in 0..height.div_ceil(stride) {
                let rows = [(y * stride).checked_sub(1), Some(y * stride), Some(y * stride + 1)];
                let slices = rows.map(row_of);
                let mut out = vec![0.0; shape.out_width() * channels];
                let activation = Activation { lo: -0.5, hi: 0.5 };
                kernels::depthwise_row(isa, &DepthwiseRow { shape, rows: slices, weights: &packed, bias: &bias, activation }, &mut out);
                let dz = numbers(40 + y as u64, out.len());
                kernels::depthwise_weight_gradient_row(isa, shape, slices, &dz, &mut dw);
                let mut expected = vec![0.0; out.len()];
                for ox in 0..shape.out_width() {
                    for c in 0..channels {
                        let mut sum = f64::from(bias[c]);
                        for (ky, row) in rows.iter().enumerate() {
                            for kx in 0..3 {
                                let column = (ox * stride + kx).checked_sub(1);
                                let value = tap(&x, *row, column, (height, width, channels), c);
                                let weight = f64::from(weights[c * 9 + ky * 3 + kx]);
                                sum += weight * value;
                                let g = f64::from(dz[ox * channels + c]);
                                dw_expected[(ky * 3 + kx) * channels + c] += g * value;
                                if let (Some(yy), Some(xx)) = (row.filter(|&r| r < height), column.filter(|&x| x < width)) {
                                    dx_expected[(yy * width + xx) * channels + c] += g * weight;
                                }
                            }
                        }
                        expected[ox * channels + c] = sum.clamp(-0.5, 0.5);
                    }
                }
                let what = format!("{} {height}×{width}×{channels}/{stride} row {y}", isa.name());
                assert_close(&out, &expected, &what);
                for (ky, row) in rows.iter().enumerate() {
                    if let Some(row) = row.filter(|&row| row < height) {
                        kernels::depthwise_input_gradient_row(isa, shape, &dz, &packed, ky, &mut dx[row * width * channels..][..width * channels]);
                    }
                }
            }
            assert_close(&dx, &dx_expected, "input gradient");
            assert_close(&dw, &dw_expected, "weight gradient");
        }
    }
}

#[test]
fn batch_norm_in_both_directions() {
    for isa in Isa::available() {
        for (rows, channels) in [(1, 1), (2, 8), (5, 19), (64, 33), (7, 160)] {
            let z: Vec<f32> = numbers(1, rows * channels).iter().map(|x| 3.0 + x).collect();
            let column = |c: usize| z[c..].iter().step_by(channels).map(|&x| f64::from(x));
            let means: Vec<f64> = (0..channels).map(|c| column(c).sum::<f64>() / rows as f64).collect();
            let m2s: Vec<f64> = (0..channels).map(|c| column(c).map(|x| (x - means[c]).powi(2)).sum()).collect();
            let (mut mean, mut m2) = (vec![0.0; channels], vec![0.0; channels]);
            kernels::moments(isa, &z, &mut mean, &mut m2);
            assert_close(&mean, &means, "mean");
            assert_close(&m2, &m2s, "second moment");

            let (scale, shift, inv_std) = (numbers(2, channels), numbers(3, channels), numbers(4, channels));
            let mut y = vec![0.0; z.len()];
            kernels::affine_clamp(isa, &z, &scale, &shift, Activation::RELU6, &mut y);
            let map = |i: usize| f64::from(z[i]) * f64::from(scale[i % channels]) + f64::from(shift[i % channels]);
            assert_close(&y, &(0..z.len()).map(|i| map(i).clamp(0.0, 6.0)).collect::<Vec<_>>(), "affine");

            let g = numbers(5, z.len());
            let mut through = g.clone();
            let (mut sum, mut dot) = (vec![1.0; channels], vec![2.0; channels]);
            let bn = BnGradient { scale: &scale, shift: &shift, mean: &mean, inv_std: &inv_std, activation: Activation { lo: 0.0, hi: 2.0 } };
            kernels::gradient_sums(isa, &mut through, &z, &bn, &mut sum, &mut dot);
            let kept = |i: usize| if map(i) > 0.0 && map(i) < 2.0 { f64::from(g[i]) } else { 0.0 };
            assert_close(&through, &(0..z.len()).map(kept).collect::<Vec<_>>(), "through the activation");
            let total = |f: &dyn Fn(usize) -> f64, c: usize| (c..z.len()).step_by(channels).map(f).sum::<f64>();
            assert_close(&sum, &(0..channels).map(|c| 1.0 + total(&kept, c)).collect::<Vec<_>>(), "sum");
            let weighted = |i: usize| kept(i) * (f64::from(z[i]) - f64::from(mean[i % channels])) * f64::from(inv_std[i % channels]);
            assert_close(&dot, &(0..channels).map(|c| 2.0 + total(&weighted, c)).collect::<Vec<_>>(), "dot");

            let (centre, offset) = (numbers(6, channels), numbers(7, channels));
            let mut dz = vec![0.0; z.len()];
            let map = BnInputGradient { scale: &scale, mean: &mean, centre: &centre, offset: &offset };
            kernels::bn_input_gradient(isa, &g, &z, &map, &mut dz);
            let expected = |i: usize| {
                let c = i % channels;
                f64::from(g[i]) * f64::from(scale[c]) + (f64::from(z[i]) - f64::from(mean[c])) * f64::from(centre[c]) + f64::from(offset[c])
            };
            assert_close(&dz, &(0..z.len()).map(expected).collect::<Vec<_>>(), "input gradient");
        }
    }
}

#[test]
fn windows_go_out_and_come_back() {
    for (kernel, stride, padding) in [(3, 2, 1), (3, 1, 1), (1, 1, 0), (7, 2, 3), (2, 2, 0)] {
        let shape = ConvShape { height: 7, width: 6, channels: 3, kernel, stride, padding };
        let image = numbers(1, 7 * 6 * 3);
        let pixels = shape.out_height() * shape.out_width();
        let mut columns = vec![f32::NAN; pixels * shape.window()];
        // In two parts, so that the first pixel matters.
        let (head, tail) = columns.split_at_mut(2 * shape.window());
        kernels::im2col(shape, &image, 0, head);
        kernels::im2col(shape, &image, 2, tail);
        for (i, &found) in columns.iter().enumerate() {
            let (pixel, at) = (i / shape.window(), i % shape.window());
            let (ky, kx, c) = (at / 3 / kernel, at / 3 % kernel, at % 3);
            let row = (pixel / shape.out_width() * stride + ky).checked_sub(padding);
            let column = (pixel % shape.out_width() * stride + kx).checked_sub(padding);
            assert_eq!(f64::from(found), tap(&image, row, column, (7, 6, 3), c), "kernel {kernel} number {i}");
        }
        // ⟨im2col(x), u⟩ = ⟨x, col2im(u)⟩ for every u: the one is the transpose of the other.
        let probe = numbers(2, columns.len());
        let mut back = vec![0.0; image.len()];
        kernels::col2im_add(shape, &probe, 0, &mut back);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        assert!((dot(&columns, &probe) - dot(&image, &back)).abs() <= tolerance::KERNEL * columns.len() as f64);
    }
}

#[test]
fn pooling_is_the_mean() {
    for isa in Isa::available() {
        let x = numbers(1, 49 * 21);
        let mut out = vec![0.0; 21];
        kernels::global_avg_pool(isa, &x, &mut out);
        let expected: Vec<f64> = (0..21).map(|c| x[c..].iter().step_by(21).map(|&v| f64::from(v)).sum::<f64>() / 49.0).collect();
        assert_close(&out, &expected, isa.name());
        kernels::global_avg_pool(isa, &[], &mut out);
        assert_eq!(out, vec![0.0; 21]);
    }
}
