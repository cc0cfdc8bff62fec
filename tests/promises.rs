//! A length that does not fit is a panic and never a wild access, also where its arithmetic would wrap. `./build.sh test` runs this in the
//! release profile, which does not check for overflow by itself, and `./build.sh sanitize` under Miri and AddressSanitizer.

use dermdistill::kernels::{self, ALayout, Activation, BLayout, ConvShape, Depthwise, DepthwiseRow, Epilogue, Gemm, Isa, Pooled};
use std::panic::catch_unwind;

/// More than half of what a `usize` counts.
const HUGE: usize = usize::MAX / 2 + 1;

/// The product of an A with a B and a scratch as long as anyone may ask.
fn gemm(isa: Isa, a: &[f32], layout: ALayout, (m, n, k): (usize, usize, usize), c: &mut [f32], ldc: usize) {
    let product = Gemm { m, n, k, a, layout, b: &[0.0; 4096], ldc, epilogue: Epilogue::STORE };
    kernels::gemm(isa, &product, c, &mut [0.0; 4096]);
}

#[test]
fn matrix_product() {
    /// What is wrong, the shape, A's layout, and the lengths of A, of C and between C's rows.
    type Case = (&'static str, (usize, usize, usize), ALayout, [usize; 3]);
    let (rows, columns) = (|ld| ALayout::RowMajor { ld }, |ld| ALayout::ColumnMajor { ld });
    let refused: [Case; 11] = [
        ("A one short", (4, 4, 4), rows(4), [15, 16, 4]),
        ("the columns of A one short", (4, 4, 4), columns(4), [15, 16, 4]),
        ("C one short", (4, 4, 4), rows(4), [16, 15, 4]),
        ("rows of C overlap", (4, 4, 4), rows(4), [16, 16, 3]),
        ("(m - 1) · ldc + n is 0", (2, 1, 0), rows(0), [0, 1, usize::MAX]),
        ("(m - 1) · ldc + n is 1", (3, 1, 0), rows(0), [0, 1, HUGE]),
        ("(m - 1) · ld + k is 1", (3, 1, 1), rows(HUGE), [1, 3, 1]),
        ("(k - 1) · ld + m is 1", (1, 1, 3), columns(HUGE), [1, 1, 1]),
        ("n rounded up is 0", (1, usize::MAX, 0), rows(0), [0, 1, usize::MAX]),
        ("panel width · k is 0", (1, 1, HUGE), columns(0), [1, 1, 1]),
        ("A of 2⁶³ rows without a column", (HUGE, 1, 0), rows(0), [0, 1, 2]),
    ];
    for isa in Isa::available() {
        for (what, shape, layout, [a, c, ldc]) in refused {
            let (a, c) = (vec![0.0; a], vec![0.0; c]);
            assert!(catch_unwind(|| gemm(isa, &a, layout, shape, &mut c.clone(), ldc)).is_err(), "{}: {what}", isa.name());
        }
        for epilogue in [Epilogue { bias: Some(&[0.0]), ..Epilogue::STORE }, Epilogue { residual: Some(&[0.0]), ..Epilogue::STORE }] {
            let product = Gemm { epilogue, ..Gemm::rows(&[0.0; 2], &[0.0; 64], (1, 2, 2)) };
            assert!(catch_unwind(|| kernels::gemm(isa, &product, &mut [0.0; 2], &mut [0.0; 4096])).is_err(), "{}: {epilogue:?}", isa.name());
        }
        // An empty sum reads nothing of A, however A is said to lie.
        for layout in [rows(0), rows(HUGE), columns(HUGE)] {
            let mut c = vec![1.0; 1100];
            gemm(isa, &[], layout, (1100, 1, 0), &mut c, 1);
            assert_eq!(c, vec![0.0; 1100]);
        }
    }
}

#[test]
fn packing() {
    for isa in Isa::available() {
        for layout in [BLayout::RowMajor, BLayout::Transposed] {
            // 2⁶⁴ floats would wrap to none.
            assert!(catch_unwind(|| kernels::pack_b(isa, &[], layout, HUGE, 2, &mut [])).is_err());
            assert!(catch_unwind(|| kernels::pack_b(isa, &[0.0; 5], layout, 2, 3, &mut [0.0; 64])).is_err());
        }
        // A length that overflows is one that no slice has.
        assert_eq!(kernels::packed_b_len(isa, HUGE, 2), usize::MAX);
        assert_eq!(kernels::packed_b_len(isa, 1, usize::MAX), usize::MAX);
    }
    assert_eq!(kernels::gemm_scratch_len(HUGE), usize::MAX);
}

#[test]
fn depthwise() {
    /// A shape, and the lengths of: an input row, an output row, the weights, the bias.
    type Case = (&'static str, Depthwise, [usize; 4]);
    let shape = |width, channels, stride| Depthwise { width, channels, stride };
    // 9 · channels wraps to 8: with no columns, nothing else depends on the channels.
    let wraps_to_8 = (4u128 << 64).div_ceil(9) as usize;
    assert_eq!(wraps_to_8.wrapping_mul(9), 8);
    let refused: [Case; 6] = [
        ("row one short", shape(4, 8, 1), [31, 32, 72, 8]),
        ("output one short", shape(4, 8, 1), [32, 31, 72, 8]),
        ("stride 3", shape(6, 8, 3), [48, 16, 72, 8]),
        ("width · channels is 0", shape(HUGE / 8, 16, 1), [0, 0, 144, 16]),
        ("width · channels is 0, stride 2", shape(HUGE / 8, 16, 2), [0, 0, 144, 16]),
        ("9 · channels is 8", shape(0, wraps_to_8, 1), [0, 0, 8, 8]),
    ];
    for isa in Isa::available() {
        for (what, shape, [input, output, weights, bias]) in refused {
            let (x, w, b, g) = (vec![0.0; input], vec![0.0; weights], vec![0.0; bias], vec![0.0; output]);
            let rows = [&x[..]; 3];
            let row = DepthwiseRow { shape, rows, weights: &w, bias: &b, activation: Activation::RELU6 };
            let forward = catch_unwind(|| kernels::depthwise_row(isa, &row, &mut g.clone()));
            let input_gradient = catch_unwind(|| kernels::depthwise_input_gradient_row(isa, shape, &g, &w, 0, &mut x.clone()));
            let weight_gradient = catch_unwind(|| kernels::depthwise_weight_gradient_row(isa, shape, rows, &g, &mut w.clone()));
            assert!(forward.is_err(), "{}: {what}", isa.name());
            assert!(input_gradient.is_err() && weight_gradient.is_err(), "{}: {what}, backward", isa.name());
        }
    }
}

#[test]
fn convolution_windows() {
    let shape = ConvShape { height: 4, width: 4, channels: 2, kernel: 3, stride: 1, padding: 1 };
    /// A shape, and the lengths of the image and of the windows, and the first pixel.
    type Case = (&'static str, ConvShape, [usize; 3]);
    let refused: [Case; 7] = [
        ("image one short", shape, [31, 18, 0]),
        ("half a window", shape, [32, 27, 0]),
        ("a pixel too many", shape, [32, 36, 15]),
        ("first pixel + 1 is 0", shape, [32, 18, usize::MAX]),
        ("height · width is 0", ConvShape { height: HUGE, width: 2, ..shape }, [0, 18, 0]),
        ("kernel² is 0", ConvShape { kernel: 1 << (usize::BITS / 2), padding: 1 << (usize::BITS / 2 - 1), ..shape }, [32, 18, 0]),
        ("padding beyond isize", ConvShape { padding: HUGE, ..shape }, [32, 18, 0]),
    ];
    for (what, shape, [image, columns, first]) in refused {
        let (image, columns) = (vec![0.0; image], vec![0.0; columns]);
        assert!(catch_unwind(|| kernels::im2col(shape, &image, first, &mut columns.clone())).is_err(), "{what}");
        assert!(catch_unwind(|| kernels::col2im_add(shape, &columns, first, &mut image.clone())).is_err(), "{what}, backward");
    }
}

#[test]
fn max_pool() {
    let shape = ConvShape { height: 4, width: 4, channels: 2, kernel: 3, stride: 1, padding: 1 };
    /// A shape, and the lengths of the image and of the result.
    type Case = (&'static str, ConvShape, [usize; 2]);
    let refused: [Case; 4] = [
        ("image one short", shape, [31, 32]),
        ("result one short", shape, [32, 31]),
        ("height · width is 0", ConvShape { height: HUGE, width: 2, ..shape }, [0, 0]),
        ("padding beyond isize", ConvShape { padding: HUGE, ..shape }, [32, 32]),
    ];
    for isa in Isa::available() {
        for (what, shape, [image, out]) in refused {
            let (image, out) = (vec![0.0; image], vec![0.0; out]);
            assert!(catch_unwind(|| kernels::max_pool(isa, shape, &image, &mut out.clone())).is_err(), "{what}");
            let pooled = Pooled { shape, image: &image, out: &out };
            let gradient = || kernels::max_pool_gradient(isa, &pooled, &out, &mut [0.0; 2], &mut image.clone());
            assert!(catch_unwind(gradient).is_err(), "{what}, backward");
        }
    }
}

#[test]
fn rows_of_channels() {
    for isa in Isa::available() {
        let (x, short, mean) = ([0.0; 16], [0.0; 15], [0.0; 8]);
        let mut out = [0.0; 8];
        assert!(catch_unwind(|| kernels::affine_clamp(isa, &short, &mean, &mean, Activation::RELU6, &mut [0.0; 15])).is_err());
        assert!(catch_unwind(|| kernels::affine_clamp(isa, &x, &mean, &mean[1..], Activation::RELU6, &mut [0.0; 16])).is_err());
        assert!(catch_unwind(|| kernels::global_avg_pool(isa, &short, &mut [0.0; 8])).is_err());
        assert!(catch_unwind(|| kernels::moments(isa, &short, &mut [0.0; 8], &mut [0.0; 8])).is_err());
        assert!(catch_unwind(|| kernels::moments(isa, &[], &mut [0.0; 8], &mut [0.0; 7])).is_err());
        kernels::global_avg_pool(isa, &x, &mut out);
        assert_eq!(out, [0.0; 8]);
    }
}
