//! Which instruction set a kernel runs with, and the macro that instantiates a kernel for each.

/// An instruction set that this processor has. Values exist only for what was detected, which makes the kernels sound to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Isa(pub(super) Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
    Wasm,
}

impl Isa {
    /// Plain Rust, one number at a time: what the others are compared with.
    pub const SCALAR: Self = Self(Kind::Scalar);

    /// The fastest instruction set here: AVX-512, AVX2 with FMA, wasm simd128 (relaxed where compiled in), else scalar.
    pub fn detect() -> Self {
        Self::available().last().copied().unwrap_or(Self::SCALAR)
    }

    /// Every instruction set that this processor has, slowest first.
    pub fn available() -> Vec<Self> {
        let mut all = vec![Self::SCALAR];
        #[cfg(target_arch = "x86_64")]
        {
            if std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") {
                all.push(Self(Kind::Avx2));
            }
            if std::arch::is_x86_feature_detected!("avx512f") {
                all.push(Self(Kind::Avx512));
            }
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        all.push(Self(Kind::Wasm));
        all
    }

    /// The name people know: `scalar`, `avx2`, `avx512`, `simd128` or `relaxed-simd`.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
            Kind::Wasm => {
                if cfg!(target_feature = "relaxed-simd") {
                    "relaxed-simd"
                } else {
                    "simd128"
                }
            }
        }
    }
}

/// Defines the public function `$name(isa, …)` that runs the generic `$body::<S>(…)` with the instructions of `isa`.
///
/// `$body` is `#[inline(always)]`, so it is compiled inside each `#[target_feature]` function with those features on.
macro_rules! instantiate {
    ($(#[$meta:meta])* pub fn $name:ident = $body:ident($($arg:ident: $ty:ty),* $(,)?)) => {
        $(#[$meta])*
        pub fn $name(isa: $crate::kernels::Isa, $($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx2,fma")]
            fn avx2($($arg: $ty),*) {
                $body::<$crate::kernels::simd::Avx2>($($arg),*)
            }
            #[cfg(target_arch = "x86_64")]
            #[target_feature(enable = "avx512f")]
            fn avx512($($arg: $ty),*) {
                $body::<$crate::kernels::simd::Avx512>($($arg),*)
            }
            match isa.0 {
                $crate::kernels::isa::Kind::Scalar => $body::<$crate::kernels::simd::Scalar>($($arg),*),
                // SAFETY: an `Isa` of this kind is only made after the processor said that it has these features.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::isa::Kind::Avx2 => unsafe { avx2($($arg),*) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                $crate::kernels::isa::Kind::Avx512 => unsafe { avx512($($arg),*) },
                #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
                $crate::kernels::isa::Kind::Wasm => $body::<$crate::kernels::simd::Wasm>($($arg),*),
            }
        }
    };
}
pub(super) use instantiate;
