//! Damage to a PNG that its checksums do not tell.

/// Makes the checksums of a PNG's chunks right again, so that damage reaches what lies behind them; whether it is a PNG.
pub fn mend(png: &mut [u8]) -> bool {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1A\n";
    if !png.starts_with(SIGNATURE) {
        return false;
    }
    let mut at = SIGNATURE.len();
    while at + 12 <= png.len() {
        let length = u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes")) as usize;
        let end = at + 8 + length;
        if end + 4 > png.len() {
            break;
        }
        let mut crc = !0u32;
        for &byte in &png[at + 4..end] {
            crc = (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 });
        }
        png[end..end + 4].copy_from_slice(&(!crc).to_be_bytes());
        at = end + 4;
    }
    true
}
