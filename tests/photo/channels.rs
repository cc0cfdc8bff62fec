//! What three channels are: libjpeg's order of evidence, on one file with its markers and names exchanged.

use dermdistill::photo::{Limits, decode};

use crate::files::read;

/// The position of a segment in a JPEG's header.
fn segment(jpeg: &[u8], marker: u8) -> usize {
    jpeg.windows(2).position(|pair| pair == [0xFF, marker]).expect("a file with that segment")
}

/// The file with its three channels called `names`, in the frame and in the scan.
fn renamed(jpeg: &[u8], names: [u8; 3]) -> Vec<u8> {
    let (frame, scan) = (segment(jpeg, 0xC0), segment(jpeg, 0xDA));
    let mut renamed = jpeg.to_vec();
    for (index, name) in names.into_iter().enumerate() {
        renamed[frame + 10 + 3 * index] = name;
        renamed[scan + 5 + 2 * index] = name;
    }
    renamed
}

/// The file with `segments` in place of its JFIF segment.
fn with(jpeg: &[u8], segments: &[&[u8]]) -> Vec<u8> {
    let jfif = segment(jpeg, 0xE0);
    let length = usize::from(u16::from_be_bytes([jpeg[jfif + 2], jpeg[jfif + 3]]));
    [&jpeg[..jfif], &segments.concat(), &jpeg[jfif + 2 + length..]].concat()
}

/// What is in the file: its description, the channels' names, the segments in place of JFIF's; and whether it is converted from YCbCr.
type Case<'a> = (&'a str, [u8; 3], &'a [&'a [u8]], bool);

#[test]
fn markers_come_before_names() {
    let plain = read("golden/photo/jpeg_444.jpg");
    let rgb = |bytes: &[u8]| decode(bytes, &Limits::default()).expect("a good file").rgb;
    let ycc = rgb(&plain);
    let jfif = b"\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0";
    let adobe = |transform: u8| [b"\xFF\xEE\0\x0EAdobe\0\x64\0\0\0\0", &[transform][..]].concat();
    let (adobe_rgb, adobe_ycc) = (adobe(0), adobe(1));
    // Each as Pillow 13.0 with libjpeg-turbo 3.2 opens it.
    let cases: [Case<'_>; 8] = [
        ("JFIF, R, G, B", *b"RGB", &[jfif], true),
        ("R, G, B", *b"RGB", &[], false),
        ("Adobe YCC, R, G, B", *b"RGB", &[&adobe_ycc], true),
        ("Adobe RGB, R, G, B", *b"RGB", &[&adobe_rgb], false),
        ("Adobe RGB", [1, 2, 3], &[&adobe_rgb], false),
        ("JFIF and Adobe RGB", [1, 2, 3], &[jfif, &adobe_rgb], true),
        ("no marker", [1, 2, 3], &[], true),
        ("no marker, unusual names", *b"YCc", &[], true),
    ];
    for (what, names, segments, converted) in cases {
        let found = rgb(&with(&renamed(&plain, names), segments));
        assert_eq!(found == ycc, converted, "{what}");
    }
}
