"""Makes the hostile images: tests/hostile/image/* and its manifest.csv (file, code).

`code` is the error code that opening the file must give, or `ok`. The native tests and the browser tests read the same
table. Everything is made from the golden pictures of tests/golden/photo and from bytes; nothing shows a person.

Run from the repository's root:  python tests/hostile/image.py      (only the standard library)
"""

import csv
import struct
import zlib
from pathlib import Path

ROOT = Path(__file__).parent
OUT = ROOT / "image"
GOLDEN = ROOT.parent / "golden" / "photo"


def golden(name):
    return (GOLDEN / name).read_bytes()


def chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def ihdr(width, height, depth=8, colour=2):
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def png_of(width, height, data, before=b"", colour=2):
    return SIGNATURE + ihdr(width, height, colour=colour) + before + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def small_png(before=b""):
    rows = b"".join(b"\0" + bytes((x * 7 + y * 5) & 255 for x in range(3 * 32)) for y in range(32))
    return png_of(32, 32, zlib.compress(rows, 9), before)


def riff(*chunks):
    body = b"".join(kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1) for kind, data in chunks)
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def vp8x(width, height, flags=0):
    return b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")


def vp8(width, height):
    return b"VP8 ", b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", width, height) + b"\0" * 30


def vp8l(width, height):
    return b"VP8L", b"\x2f" + struct.pack("<I", (width - 1) | (height - 1) << 14) + b"\0" * 30


def segment(marker, payload):
    return bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload


def sof(width, height, components=3, precision=8, marker=0xC0, sampling=0x11):
    listed = b"".join(bytes([index + 1, sampling, 0]) for index in range(components))
    return segment(marker, struct.pack(">BHHB", precision, height, width, components) + listed)


def patched_sof(data, width, height):
    """The same file with another size in its frame header."""
    at = next(at for at in range(len(data)) if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def with_exif(data, block):
    return data[:2] + segment(0xE1, b"Exif\0\0" + block) + data[2:]


def scan_bomb(data, scans):
    """Repeats the last scan of a progressive file: each is a pass over all blocks."""
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * scans + data[-2:]


def files():
    jpeg, progressive = golden("jpeg_444.jpg"), golden("jpeg_progressive.jpg")
    png, lossy, lossless = golden("png_1bit.png"), golden("webp_lossy.webp"), golden("webp_lossless.webp")
    alpha, exif8 = golden("webp_alpha.webp"), golden("webp_exif8.webp")
    soi, eoi = b"\xff\xd8", b"\xff\xd9"
    sos = segment(0xDA, bytes([3, 1, 0, 2, 0, 3, 0, 0, 63, 0]))

    # Not the three formats, named in the message.
    yield "empty.jpg", b"", "image-empty"
    yield "text.jpg", b"This is no photograph.\n", "image-format"
    yield "svg.png", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "image-format"
    yield "html.webp", b"<!DOCTYPE html><html><script>alert(1)</script></html>", "image-format"
    yield "animated.gif", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;", "image-format"
    yield "bitmap.bmp", b"BM" + struct.pack("<IIIIiiHH", 58, 0, 54, 40, 1, 1, 1, 24) + b"\0" * 28, "image-format"
    yield "phone.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 16, "image-format"
    yield "picture.avif", b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf" + b"\0" * 16, "image-format"
    yield "scan.tiff", b"II*\0\x08\0\0\0\0\0\0\0\0\0", "image-format"
    yield "paper.pdf", b"%PDF-1.7\n%%EOF\n", "image-format"
    yield "riff_wave.webp", b"RIFF\x24\0\0\0WAVEfmt " + b"\0" * 28, "image-format"
    yield "zeros.jpg", b"\0" * 512, "image-format"
    yield "newline_first.png", b"\n" + png, "image-format"

    # Opens by content, whatever it is called.
    yield "jpeg_called.png", jpeg, "ok"
    yield "png_called.jpg", png, "ok"
    yield "webp_called.gif", lossy, "ok"

    # Cut short.
    yield "jpeg_3_bytes.jpg", jpeg[:3], "image-truncated"
    yield "jpeg_half.jpg", jpeg[: len(jpeg) // 2], "image-truncated"
    yield "jpeg_no_end.jpg", jpeg[:-2], "image-truncated"
    yield "jpeg_header_only.jpg", jpeg[: jpeg.index(b"\xff\xda")], "image-truncated"
    yield "jpeg_progressive_half.jpg", progressive[: len(progressive) // 2], "image-truncated"
    yield "jpeg_end_forged.jpg", jpeg[: jpeg.index(b"\xff\xda") + 40] + eoi, "image-truncated"
    yield "png_5_bytes.png", png[:5], "image-truncated"
    yield "png_half.png", png[: len(png) // 2], "image-truncated"
    yield "png_no_end.png", png[:-12], "image-truncated"
    yield "webp_9_bytes.webp", lossy[:9], "image-truncated"
    yield "webp_half.webp", lossy[: len(lossy) // 2], "image-truncated"
    yield "webp_lossless_half.webp", lossless[: len(lossless) // 2], "image-truncated"
    yield "webp_exif_cut.webp", exif8[:-3], "image-truncated"

    # Damaged.
    middle = jpeg.index(b"\xff\xda") + 400
    yield "jpeg_foreign_marker.jpg", jpeg[:middle] + b"\xff\xc0" + jpeg[middle + 2 :], "image-corrupt"
    yield "jpeg_no_tables.jpg", soi + sof(32, 32) + sos + b"\x55" * 400 + eoi, "image-corrupt"
    yield "jpeg_no_frame.jpg", soi + sos + b"\0" * 20 + eoi, "image-corrupt"
    yield "jpeg_two_starts.jpg", soi + jpeg, "image-corrupt"
    yield "jpeg_two_frames.jpg", soi + sof(32, 32) + sof(32, 32) + jpeg[2:], "image-corrupt"
    yield "jpeg_scan_bomb.jpg", scan_bomb(progressive, 80), "image-corrupt"
    bad_ids = bytearray(jpeg)
    bad_ids[jpeg.index(b"\xff\xda") + 5] = 77
    yield "jpeg_unknown_channel.jpg", bytes(bad_ids), "image-corrupt"
    idat = png.index(b"IDAT")
    flipped = bytearray(png)
    flipped[idat + 60] ^= 0x10
    yield "png_crc.png", bytes(flipped), "image-corrupt"
    yield "png_no_data.png", SIGNATURE + ihdr(32, 32) + chunk(b"IEND", b""), "image-corrupt"
    yield "png_half_stream.png", png_of(64, 64, zlib.compress(bytes(range(256)) * 48, 9)[:200]), "image-corrupt"
    yield "png_random_stream.png", png_of(32, 32, bytes((i * 73 + 11) & 255 for i in range(300))), "image-corrupt"
    yield "png_no_header.png", SIGNATURE + chunk(b"IDAT", b"") + chunk(b"IEND", b""), "image-corrupt"
    yield "png_no_palette.png", png_of(32, 32, zlib.compress(b"\0" * 33 * 32), colour=3), "image-corrupt"
    yield "png_colour_type_5.png", png_of(32, 32, zlib.compress(b"\0" * 33 * 32), colour=5), "image-corrupt"
    yield "png_unknown_critical.png", small_png(chunk(b"EViL", b"x")), "image-corrupt"
    yield "png_two_headers.png", small_png(ihdr(32, 32)), "image-corrupt"
    body = bytearray(lossy)
    start = lossy.index(b"\x9d\x01\x2a")
    body[start] = 0
    yield "webp_no_key_frame.webp", bytes(body), "image-corrupt"
    yield "webp_no_picture.webp", riff(vp8x(32, 32)), "image-corrupt"
    yield "webp_canvas_lies.webp", riff(vp8x(64, 64), vp8(32, 32)), "image-corrupt"
    yield "webp_chunk_lies.webp", riff((b"ICCP", b"12"))[:-4] + struct.pack("<I", 4_000_000_000), "image-corrupt"
    yield "webp_lossless_noise.webp", riff((b"VP8L", vp8l(32, 32)[1][:5] + b"\xff" * 64)), "image-corrupt"

    # Larger than allowed, said by the header alone.
    yield "jpeg_60000.jpg", patched_sof(jpeg, 60000, 60000), "image-too-large"
    yield "jpeg_60000_cut.jpg", soi + sof(60000, 60000), "image-too-large"
    yield "jpeg_8000_empty.jpg", soi + sof(8000, 8000) + sos + b"\0" * 20 + eoi, "image-truncated"
    yield "png_60000.png", png_of(60000, 60000, zlib.compress(b"\0" * 1000)), "image-too-large"
    yield "png_4e9.png", png_of(4_000_000_000, 4_000_000_000, b""), "image-too-large"
    yield "png_8000_empty.png", png_of(8000, 8000, zlib.compress(b"\0" * 1000)), "image-corrupt"
    yield "webp_60000.webp", riff(vp8x(60000, 60000), vp8(16383, 16383)), "image-too-large"
    yield "webp_16777216.webp", riff(vp8x(1 << 24, 1 << 24)), "image-too-large"
    yield "webp_lossy_16383.webp", riff(vp8(16383, 16383)), "image-too-large"
    yield "webp_lossless_16384.webp", riff(vp8l(16384, 16384)), "image-too-large"
    yield "png_strip.png", png_of(16000, 16, zlib.compress(b"\0" * 48001 * 16, 9)), "image-too-large"

    # Nothing in them.
    yield "jpeg_0.jpg", patched_sof(jpeg, 0, 0), "image-empty"
    yield "jpeg_height_0.jpg", patched_sof(jpeg, 132, 0), "image-empty"
    yield "png_0.png", png_of(0, 32, zlib.compress(b"")), "image-empty"
    yield "webp_0.webp", riff(vp8(0, 0)), "image-empty"
    yield "png_1x1.png", png_of(1, 1, zlib.compress(b"\0\x12\x34\x56")), "image-empty"

    # Variants that are not read.
    yield "jpeg_arithmetic.jpg", soi + sof(32, 32, marker=0xC9) + eoi, "image-format"
    yield "jpeg_lossless.jpg", soi + sof(32, 32, marker=0xC3) + eoi, "image-format"
    yield "jpeg_12_bits.jpg", soi + sof(32, 32, precision=12, marker=0xC1) + eoi, "image-format"
    yield "jpeg_2_channels.jpg", soi + sof(32, 32, components=2) + eoi, "image-format"
    yield "jpeg_sampling_0.jpg", soi + sof(32, 32, sampling=0) + eoi, "image-format"

    # Animations.
    actl = chunk(b"acTL", struct.pack(">II", 2, 0))
    yield "animated.png", small_png(actl + chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 32, 32, 0, 0, 1, 10, 0, 0))), "image-animated"
    yield "one_frame.png", small_png(chunk(b"acTL", struct.pack(">II", 1, 0))), "ok"
    frame = b"\0" * 6 + (31).to_bytes(3, "little") * 2 + b"\0" * 4
    still = riff(vp8l(32, 32))[12:]
    yield "animated.webp", riff(vp8x(32, 32, 2), (b"ANIM", b"\0" * 6), (b"ANMF", frame + still)), "image-animated"
    yield "animated_flag_off.webp", riff(vp8x(32, 32), (b"ANMF", frame + still)), "image-animated"

    # Compressed bombs outside the picture: they are never unpacked.
    bomb = zlib.compress(b"\0" * 8_000_000, 9)
    yield "png_ztxt_bomb.png", small_png(chunk(b"zTXt", b"Comment\0\0" + bomb)), "ok"
    yield "png_itxt_bomb.png", small_png(chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0" + bomb)), "ok"
    yield "png_iccp_bomb.png", small_png(chunk(b"iCCP", b"profile\0\0" + bomb)), "ok"
    yield "png_idat_bomb.png", png_of(32, 32, zlib.compress(b"\0" * 8_000_000, 9)), "ok"

    # EXIF that loops, points outside, or is cut.
    entry = struct.pack(">HHIHH", 0x0100, 3, 1, 1, 0)
    yield "exif_loop.jpg", with_exif(jpeg, b"MM\0*" + struct.pack(">IH", 8, 1) + entry + struct.pack(">I", 8)), "ok"
    yield "exif_far.jpg", with_exif(jpeg, b"MM\0*" + struct.pack(">I", 0xFFFF_FFF0)), "ok"
    yield "exif_inside_itself.jpg", with_exif(jpeg, b"MM\0*" + struct.pack(">I", 0)), "ok"
    yield "exif_65535_entries.jpg", with_exif(jpeg, b"II*\0" + struct.pack("<IH", 8, 65535) + b"\0" * 120), "ok"
    yield "exif_orientation_9.jpg", with_exif(jpeg, b"MM\0*" + struct.pack(">IHHHIHH", 8, 1, 0x0112, 3, 1, 9, 0)), "ok"
    yield "exif_orientation_long.jpg", with_exif(jpeg, b"MM\0*" + struct.pack(">IHHHII", 8, 1, 0x0112, 4, 1, 6)), "ok"
    yield "exif_empty.jpg", with_exif(jpeg, b""), "ok"

    # Two files in one: what stands behind the end is ignored.
    yield "polyglot_zip.jpg", jpeg + b"PK\x05\x06" + b"\0" * 18, "ok"
    yield "polyglot_html.png", png + b"<html><script>alert(1)</script></html>", "ok"
    yield "polyglot_webp.webp", lossy + b"<script>alert(1)</script>", "ok"
    yield "two_pictures.jpg", jpeg + jpeg, "ok"
    yield "comment_holds_html.jpg", jpeg[:2] + segment(0xFE, b"<html><script>alert(1)</script>") + jpeg[2:], "ok"
    yield "fill_bytes.jpg", jpeg[:2] + b"\xff" * 9 + jpeg[2:], "ok"
    yield "preview_inside.jpg", jpeg[:2] + segment(0xE2, b"MPF\0" + jpeg[:200] + eoi) + jpeg[2:], "ok"
    yield "webp_alpha_profile.webp", riff(*split(alpha), (b"ICCP", b"no profile"), (b"XMP ", b"<x:xmpmeta/>")), "ok"


def split(webp):
    """The chunks of a WebP."""
    at, found = 12, []
    while at < len(webp):
        size = struct.unpack("<I", webp[at + 4 : at + 8])[0]
        found.append((webp[at : at + 4], webp[at + 8 : at + 8 + size]))
        at += 8 + size + (size & 1)
    return found


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    rows = []
    for name, data, code in files():
        (OUT / name).write_bytes(data)
        rows.append((name, code))
    with open(OUT / "manifest.csv", "w", newline="") as table:
        csv.writer(table, lineterminator="\n").writerows([("file", "code"), *rows])
    print(len(rows), "files,", sum(path.stat().st_size for path in OUT.iterdir()), "bytes")


if __name__ == "__main__":
    main()
