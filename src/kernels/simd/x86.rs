//! AVX2 with FMA (8 floats, 16 registers) and AVX-512F (16 floats, 32 registers).

use super::Simd;
use std::arch::x86_64::*;

/// 256-bit vectors.
#[derive(Clone, Copy)]
pub(crate) struct Avx2;

/// 512-bit vectors.
#[derive(Clone, Copy)]
pub(crate) struct Avx512;

/// Forwards each operation to its intrinsic.
macro_rules! forward {
    ($v:ty; $($name:ident($($arg:ident),*) = $intrinsic:ident($($order:ident),*);)+) => {
        $(
            #[inline(always)]
            unsafe fn $name($($arg: $v),*) -> $v {
                // SAFETY: reached only through an `Isa` that proves the feature.
                unsafe { $intrinsic($($order),*) }
            }
        )+
    };
}

impl Simd for Avx2 {
    type V = __m256;
    const LANES: usize = 8;

    forward! { __m256;
        add(a, b) = _mm256_add_ps(a, b);
        sub(a, b) = _mm256_sub_ps(a, b);
        mul(a, b) = _mm256_mul_ps(a, b);
        mul_add(a, b, c) = _mm256_fmadd_ps(a, b, c);
        min(a, b) = _mm256_min_ps(a, b);
        max(a, b) = _mm256_max_ps(a, b);
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m256 {
        // SAFETY: the caller promises eight floats here and the feature.
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, v: __m256) {
        // SAFETY: the caller promises room for eight floats here and the feature.
        unsafe { _mm256_storeu_ps(to, v) }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> __m256 {
        // SAFETY: the caller promises the feature.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn keep_inside(v: __m256, x: __m256, lo: __m256, hi: __m256) -> __m256 {
        // SAFETY: the caller promises the feature.
        unsafe {
            let inside = _mm256_and_ps(_mm256_cmp_ps::<_CMP_GT_OQ>(x, lo), _mm256_cmp_ps::<_CMP_LT_OQ>(x, hi));
            _mm256_and_ps(v, inside)
        }
    }
}

impl Simd for Avx512 {
    type V = __m512;
    const LANES: usize = 16;

    forward! { __m512;
        add(a, b) = _mm512_add_ps(a, b);
        sub(a, b) = _mm512_sub_ps(a, b);
        mul(a, b) = _mm512_mul_ps(a, b);
        mul_add(a, b, c) = _mm512_fmadd_ps(a, b, c);
        min(a, b) = _mm512_min_ps(a, b);
        max(a, b) = _mm512_max_ps(a, b);
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> __m512 {
        // SAFETY: the caller promises sixteen floats here and the feature.
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    unsafe fn store(to: *mut f32, v: __m512) {
        // SAFETY: the caller promises room for sixteen floats here and the feature.
        unsafe { _mm512_storeu_ps(to, v) }
    }
    #[inline(always)]
    unsafe fn splat(x: f32) -> __m512 {
        // SAFETY: the caller promises the feature.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    unsafe fn keep_inside(v: __m512, x: __m512, lo: __m512, hi: __m512) -> __m512 {
        // SAFETY: the caller promises the feature.
        unsafe {
            let inside = _mm512_cmp_ps_mask::<_CMP_GT_OQ>(x, lo) & _mm512_cmp_ps_mask::<_CMP_LT_OQ>(x, hi);
            _mm512_maskz_mov_ps(inside, v)
        }
    }
}
