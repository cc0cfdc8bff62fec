//! The eight ways in which a square picture can lie.

/// A square has eight poses: pose p of 0–3 is the picture turned counter-clockwise by p quarter turns, pose 4 + p the same of its left–right
/// mirror image.
pub const POSES: usize = 8;
/// The pose of the mirror image that is not turned.
pub(crate) const MIRRORED: usize = 4;

/// Writes pose `pose` of `square` (`side` × `side` × 3) to `out`: pixels change their places, no value changes. Poses repeat from 8 on.
pub(crate) fn pose(square: &[f32], side: usize, pose: usize, out: &mut [f32]) {
    let (pixels, _) = square.as_chunks::<3>();
    let last = side.saturating_sub(1);
    for (row, out) in out.as_chunks_mut::<3>().0.chunks_exact_mut(side.max(1)).enumerate() {
        for (column, out) in out.iter_mut().enumerate() {
            // A quarter turn brings what was at the right to the top.
            let (mut y, mut x) = (row, column);
            for _ in 0..pose % 4 {
                (y, x) = (x, last.saturating_sub(y));
            }
            if pose % POSES >= 4 {
                x = last.saturating_sub(x);
            }
            *out = pixels.get(y.saturating_mul(side).saturating_add(x)).copied().unwrap_or_default();
        }
    }
}
