//! What follows a layer's sums, as a kernel stores them.

/// Clamping to lo … hi, as a kernel does it: min(max(x, lo), hi) with a NaN kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Activation {
    /// Lower bound, −∞ for none.
    pub lo: f32,
    /// Upper bound, ∞ for none.
    pub hi: f32,
}

impl Activation {
    /// No activation.
    pub const NONE: Self = Self { lo: f32::NEG_INFINITY, hi: f32::INFINITY };
    /// max(x, 0). Its slope at 0 is 0, as in PyTorch.
    pub const RELU: Self = Self { lo: 0.0, hi: f32::INFINITY };
    /// min(max(x, 0), 6). Its slope at 0 and at 6 is 0, as in PyTorch.
    pub const RELU6: Self = Self { lo: 0.0, hi: 6.0 };

    /// `x` after it; NaN stays NaN.
    pub fn apply(self, x: f32) -> f32 {
        let x = if self.lo > x { self.lo } else { x };
        if self.hi < x { self.hi } else { x }
    }
}
