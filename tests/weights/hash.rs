//! SHA-256, against the examples of FIPS 180-4.

use dermdistill::ErrorKind;
use dermdistill::weights::{check_sha256, sha256_hex};

const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

#[test]
fn known_digests() {
    assert_eq!(sha256_hex(b""), OF_NOTHING);
    assert_eq!(sha256_hex(b"abc"), OF_ABC);
}

#[test]
fn a_pinned_digest_must_match_exactly() {
    assert!(check_sha256(b"abc", OF_ABC).is_ok());
    for pinned in [OF_NOTHING, &OF_ABC.to_uppercase(), ""] {
        let error = check_sha256(b"abc", pinned).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WeightsHash);
        assert!(error.message().contains(OF_ABC) && error.message().contains(pinned), "{error}");
    }
}
