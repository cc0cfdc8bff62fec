//! GFLOP/s of the kernels at MobileNetV2's shapes, one thread: `cargo bench --bench kernels`. The minimum of many runs counts.

use dermdistill::kernels::{self, ALayout, Activation, BLayout, Depthwise, DepthwiseRow, Epilogue, Gemm, Isa};
use std::time::Instant;

fn best(flops: usize, mut work: impl FnMut()) -> f64 {
    work();
    let started = Instant::now();
    let mut best = f64::INFINITY;
    while started.elapsed().as_millis() < 300 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    flops as f64 / best / 1e9
}

fn main() {
    for isa in Isa::available() {
        for (m, n, k) in [
            (784, 192, 32),
            (196, 384, 64),
            (49, 960, 160),
            (3136, 144, 24),
            (12544, 96, 16),
            (49, 160, 960),
            (196, 64, 384),
            (784, 32, 192),
            (3136, 24, 144),
        ] {
            let (a, b) = (vec![0.5f32; m * k], vec![0.25f32; k * n]);
            let mut packed = vec![0.0; kernels::packed_b_len(isa, k, n)];
            kernels::pack_b(isa, &b, BLayout::RowMajor, k, n, &mut packed);
            let mut c = vec![0.0f32; m * n];
            let mut scratch = vec![0.0; kernels::gemm_scratch_len(k)];
            let rate = best(2 * m * n * k, || {
                kernels::gemm(isa, &Gemm::rows(&a, &packed, (m, n, k)), &mut c, &mut scratch);
            });
            println!("{:>8} gemm {m:>5} × {n:>3} × {k:>3}: {rate:6.1} GFLOP/s", isa.name());
        }
        for (rows, n, k) in [(200, 96, 16), (128, 160, 960), (128, 960, 160), (200, 24, 144)] {
            let (a, b) = (vec![0.5f32; rows * n], vec![0.25f32; rows * k]);
            let mut packed = vec![0.0; kernels::packed_b_len(isa, rows, k)];
            let mut c = vec![0.0f32; n * k];
            let mut scratch = vec![0.0; kernels::gemm_scratch_len(rows)];
            let rate = best(2 * rows * n * k, || {
                kernels::pack_b(isa, &b, BLayout::RowMajor, rows, k, &mut packed);
                let layout = ALayout::ColumnMajor { ld: n };
                let product = Gemm { m: n, n: k, k: rows, a: &a, layout, b: &packed, ldc: k, epilogue: Epilogue::ACCUMULATE };
                kernels::gemm(isa, &product, &mut c, &mut scratch);
            });
            println!("{:>8} weight gradient {rows} rows, {n:>3} × {k:>3}: {rate:6.1} GFLOP/s", isa.name());
        }
        for (width, channels, stride) in [(112, 96, 2), (56, 144, 1), (28, 192, 1), (14, 384, 1), (7, 960, 1)] {
            let shape = Depthwise { width, channels, stride };
            let row = vec![0.5f32; width * channels];
            let weights = vec![0.1f32; 9 * channels];
            let mut dw = vec![0.0f32; 9 * channels];
            let bias = vec![0.0; channels];
            let mut out = vec![0.0f32; shape.out_width() * channels];
            let flops = 18 * shape.out_width() * channels;
            let forward = best(flops, || {
                let row = DepthwiseRow { shape, rows: [&row; 3], weights: &weights, bias: &bias, activation: Activation::RELU6 };
                kernels::depthwise_row(isa, &row, &mut out);
            });
            let gradient = best(flops, || kernels::depthwise_weight_gradient_row(isa, shape, [&row; 3], &out, &mut dw));
            println!("{:>8} depthwise {width} × {channels} / {stride}: forward {forward:6.1}, weights {gradient:6.1} GFLOP/s", isa.name());
        }
    }
}
