//! How large a photograph may be, decided on its header.

use crate::{Error, ErrorKind, Result};

/// Bounds that are compared with the file and its header before anything is decoded. Every bound is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the file. Default 40 MiB.
    ///
    /// A 64-megapixel JPEG has 15–30 MB; the file is in memory twice (as given, and the clean copy), so this costs 80 MiB at most.
    pub max_bytes: usize,
    /// Width × height. Default 64 Mi (67,108,864): the 64-megapixel sensors of telephones and the 61 of cameras pass.
    ///
    /// It bounds memory. Per pixel RGB takes 3 bytes, turning it upright 3 more; a progressive JPEG holds its coefficients beside the picture
    /// (6 + 3; CMYK 8 + 4), a PNG of 16-bit RGBA takes 8. The worst of these, 12 bytes a pixel, is 768 MiB: a fifth of what wasm32 can address.
    /// An ordinary photograph of 12 megapixels needs 36–110 MB.
    pub max_pixels: u64,
    /// The longer side. Default 16,384: what WebP can express; longer pictures are panoramas and scans.
    pub max_side: u32,
    /// The shorter side. Default 16: less cannot show a lesion.
    pub min_side: u32,
    /// The longer side may be this many times the shorter. Default 20: such a strip is no photograph of a lesion, and its square would be a smear.
    pub max_ratio: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_bytes: 40 << 20, max_pixels: 64 << 20, max_side: 16_384, min_side: 16, max_ratio: 20 }
    }
}

impl Limits {
    /// Compares the length of a file.
    ///
    /// # Errors
    /// [`ErrorKind::ImageEmpty`] for 0, [`ErrorKind::ImageTooLarge`] above `max_bytes`.
    pub fn check_bytes(&self, bytes: usize) -> Result<()> {
        if bytes == 0 {
            return Err(Error::new(ErrorKind::ImageEmpty, "the file is empty (0 bytes)", "Choose a JPEG, PNG or WebP photograph."));
        }
        if bytes > self.max_bytes {
            let message = format!("the file has {bytes} bytes; at most {} are read", self.max_bytes);
            return Err(Error::new(ErrorKind::ImageTooLarge, message, "Use a smaller copy of the photograph."));
        }
        Ok(())
    }

    /// Compares the size that a header states.
    ///
    /// # Errors
    /// [`ErrorKind::ImageEmpty`] if a side is 0 or shorter than `min_side`, [`ErrorKind::ImageTooLarge`] if a side, the area or the ratio of
    /// the sides is larger than allowed.
    pub fn check_size(&self, width: u32, height: u32) -> Result<()> {
        let (short, long) = (width.min(height), width.max(height));
        let pixels = u64::from(width).saturating_mul(u64::from(height));
        let found = format!("the picture has {width} × {height} pixels");
        let refuse = |kind, allowed: String, hint: &'static str| Err(Error::new(kind, format!("{found}; {allowed}"), hint));
        if short == 0 {
            return refuse(ErrorKind::ImageEmpty, "both sides must be at least 1".into(), "Choose another photograph.");
        }
        if long > self.max_side {
            return refuse(ErrorKind::ImageTooLarge, format!("a side may have {} at most", self.max_side), "Use a smaller copy of the photograph.");
        }
        if pixels > self.max_pixels {
            return refuse(ErrorKind::ImageTooLarge, format!("at most {} are read", self.max_pixels), "Use a smaller copy of the photograph.");
        }
        if short < self.min_side {
            return refuse(ErrorKind::ImageEmpty, format!("each side must have at least {}", self.min_side), "Choose a larger photograph.");
        }
        if u64::from(long) > u64::from(short).saturating_mul(u64::from(self.max_ratio)) {
            let allowed = format!("one side may be at most {} times the other", self.max_ratio);
            return refuse(ErrorKind::ImageTooLarge, allowed, "Cut out the part that shows the lesion.");
        }
        Ok(())
    }
}
