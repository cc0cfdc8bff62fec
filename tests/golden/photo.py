"""Makes the golden files of the photograph's way in: tests/golden/photo/*.

Every picture is synthetic, drawn below; none shows a person. What Pillow makes of each file stands beside it:

  pictures.csv  file, rgb, seen: a file, the upright RGB it must become, and that RGB squashed to 224 x 224
  patterns.csv  width, height, side, framing, seen: a pattern that the test draws by the same integer formula, and its square

Run from the repository's root:  python tests/golden/photo.py      (numpy 2.4.6, Pillow 11.3.0)
It is not part of CI: its outputs are committed. Pillow 13 filters columns before rows where the width grows and the
height shrinks, which moves some of those pixels by 1; all earlier versions, and this project, filter rows first.
"""

import csv
import hashlib
import io
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

OUT = Path(__file__).parent / "photo"
WIDTH, HEIGHT = 132, 99  # no multiple of 8 or 16: blocks at the right and lower edge are cut
SIDE = 224


def lesion(width=WIDTH, height=HEIGHT):
    """A drawn spot on a drawn surface, with two hairs and a bright corner; floats 0-255."""
    y, x = np.mgrid[0:height, 0:width]
    u, v = x / width - 0.46, y / height - 0.55
    angle = np.arctan2(v, u)
    edge = 0.26 + 0.04 * np.sin(3 * angle) + 0.02 * np.sin(7 * angle + 1)
    inside = 1 / (1 + np.exp((np.hypot(u, v) - edge) * 45))
    light = 1 - 0.35 * np.hypot(u + 0.3, v + 0.3)
    skin = np.array([228.0, 180, 158])
    spot = np.array([112.0, 62, 48])
    picture = skin * light[..., None] * (1 - inside[..., None]) + spot * inside[..., None]
    for slope, offset in ((0.7, 12), (-0.35, 76)):
        hair = np.abs(y - slope * x - offset) < 1.2
        picture[hair] = (38, 28, 24)
    picture[:9, -14:] = (255, 255, 250)
    picture[-12:, :9] = (20, 60, 200)
    return np.clip(picture, 0, 255)


def over_white(rgba):
    """Composites over white as Pillow does."""
    white = Image.new("RGB", rgba.size, (255, 255, 255))
    white.paste(rgba, mask=rgba.getchannel("A"))
    return white


def upright_rgb(data):
    """What the room promises, made by Pillow."""
    picture = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    if "A" in picture.getbands() or "transparency" in picture.info:
        return over_white(picture.convert("RGBA"))
    return picture.convert("RGB")


def png_chunk(kind, payload):
    return struct.pack(">I", len(payload)) + kind + payload + struct.pack(">I", zlib.crc32(kind + payload))


def png(width, height, depth, colour, rows, interlace=0, extra=b""):
    """A PNG from filtered rows; Pillow writes neither 16-bit RGB nor Adam7."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = zlib.compress(rows, 9)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def rows_of(pixels):
    """Rows with filter 0; 16-bit numbers big-endian."""
    pixels = pixels.astype(">u2") if pixels.dtype == np.uint16 else pixels
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def adam7(pixels):
    """The seven passes of an interlaced PNG."""
    passes = ((0, 8, 0, 8), (0, 8, 4, 8), (4, 8, 0, 4), (0, 4, 2, 4), (2, 4, 0, 2), (0, 2, 1, 2), (1, 2, 0, 1))
    return b"".join(rows_of(pixels[y::down, x::right]) for y, down, x, right in passes if pixels[y::down, x::right].size)


def exif(orientation, order=">"):
    """A TIFF block with the orientation between two other entries."""
    magic = b"MM\0*" if order == ">" else b"II*\0"
    entries = [(0x0100, 4, 1, WIDTH), (0x0112, 3, 1, orientation), (0x0131, 3, 1, 7)]
    body = struct.pack(order + "H", len(entries))
    for tag, kind, count, value in entries:
        body += struct.pack(order + "HHI", tag, kind, count)
        body += struct.pack(order + "HH", value, 0) if kind == 3 else struct.pack(order + "I", value)
    return magic + struct.pack(order + "I", 8) + body + struct.pack(order + "I", 0)


def with_exif(jpeg, block):
    """Puts an APP1 segment behind the start marker."""
    payload = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(payload) + 2) + payload + jpeg[2:]


def saved(picture, kind, **options):
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def variants():
    """Name -> (bytes, expected RGB or None for Pillow's own)."""
    drawn = lesion()
    rgb8 = np.rint(drawn).astype(np.uint8)
    rgb = Image.fromarray(rgb8)
    grey = rgb.convert("L")
    alpha = np.clip(np.linspace(-60, 330, WIDTH), 0, 255)[None, :].repeat(HEIGHT, 0).astype(np.uint8)
    rgba = Image.fromarray(np.dstack([rgb8, alpha]))
    files = {}
    for name, sampling in (("444", "4:4:4"), ("422", "4:2:2"), ("420", "4:2:0")):
        files[f"jpeg_{name}.jpg"] = saved(rgb, "JPEG", quality=88, subsampling=sampling)
    files["jpeg_progressive.jpg"] = saved(rgb, "JPEG", quality=88, progressive=True)
    files["jpeg_progressive_444.jpg"] = saved(rgb, "JPEG", quality=88, progressive=True, subsampling="4:4:4")
    files["jpeg_restart.jpg"] = saved(rgb, "JPEG", quality=80, restart_marker_blocks=3)
    files["jpeg_grey.jpg"] = saved(grey, "JPEG", quality=88)
    files["jpeg_rgb.jpg"] = saved(rgb, "JPEG", quality=88, keep_rgb=True)
    cmyk = saved(rgb.convert("CMYK"), "JPEG", quality=90)
    files["jpeg_cmyk.jpg"] = cmyk
    # The same bytes declared as YCCK: other colours, but the way Pillow reads them is the reference.
    adobe = cmyk.index(b"Adobe")
    files["jpeg_ycck.jpg"] = cmyk[: adobe + 11] + b"\x02" + cmyk[adobe + 12 :]
    small = saved(Image.fromarray(np.rint(lesion(60, 44)).astype(np.uint8)), "JPEG", quality=85)
    for orientation in range(1, 9):
        files[f"exif_{orientation}.jpg"] = with_exif(small, exif(orientation, "<" if orientation % 2 else ">"))
    files["png_rgb.png"] = saved(rgb, "PNG", optimize=True)
    files["png_grey.png"] = saved(grey, "PNG", optimize=True)
    files["png_1bit.png"] = saved(grey.point(lambda value: 255 * (value > 120)).convert("1"), "PNG")
    palette = rgb.quantize(16, dither=Image.Dither.NONE)
    files["png_palette4.png"] = saved(palette, "PNG", bits=4)
    files["png_palette.png"] = saved(rgb.quantize(200, dither=Image.Dither.NONE), "PNG")
    files["png_palette_trns.png"] = saved(palette, "PNG", transparency=bytes([0, 40, 128, 200, 255]))
    files["png_rgba.png"] = saved(rgba, "PNG", optimize=True)
    files["png_la.png"] = saved(rgba.convert("LA"), "PNG", optimize=True)
    deep = np.clip(np.rint(lesion(64, 48) * 257), 0, 65535).astype(np.uint16)
    files["png_rgb16.png"] = png(64, 48, 16, 2, rows_of(deep))
    grey16 = deep[..., 1]
    files["png_grey16.png"] = (png(64, 48, 16, 0, rows_of(grey16)), Image.fromarray((grey16 >> 8).astype(np.uint8)).convert("RGB"))
    files["png_interlaced.png"] = png(WIDTH, HEIGHT, 8, 2, adam7(rgb8), interlace=1)
    files["png_exif6.png"] = png(WIDTH, HEIGHT, 8, 2, rows_of(rgb8), extra=png_chunk(b"eXIf", exif(6)))
    files["webp_lossy.webp"] = saved(rgb, "WEBP", quality=85, method=6)
    files["webp_lossless.webp"] = saved(rgb, "WEBP", lossless=True, method=6)
    files["webp_alpha.webp"] = saved(rgba, "WEBP", quality=85, method=6)
    files["webp_alpha_lossless.webp"] = saved(rgba, "WEBP", lossless=True, exact=True, method=6)
    files["webp_exif8.webp"] = saved(rgb, "WEBP", quality=85, method=6, exif=exif(8, "<"))
    return {name: value if isinstance(value, tuple) else (value, None) for name, value in files.items()}


def pattern(width, height):
    """Rings that pass from coarse to finer than a pixel: what a resizer without antialiasing gets most wrong."""
    y, x = np.mgrid[0:height, 0:width].astype(np.int64)
    ring = x * x * 5 + y * y * 7 + x * y
    return np.dstack([(ring >> 4) & 255, ((ring >> 5) + x) & 255, (x * 3 + y * 2) & 255]).astype(np.uint8)


PATTERNS = [
    (1022, 767, SIDE, "centre_square"),
    (1022, 767, 64, "squash"),
    (600, 450, 64, "centre_square"),
    (224, 224, 64, "squash"),
    (64, 64, 64, "squash"),
    (65, 63, 64, "squash"),
    (200, 150, SIDE, "squash"),
    (150, 201, 96, "centre_square"),
    (17, 16, 96, "centre_square"),
    (320, 16, 48, "squash"),
    (16, 320, 48, "squash"),
    (129, 1, 33, "squash"),
]


def main():
    OUT.mkdir(exist_ok=True)
    for old in OUT.iterdir():
        old.unlink()
    kept = {}

    def expected(picture, name):
        """Stores a picture once, however many files share it."""
        key = hashlib.sha256(picture.tobytes() + str(picture.size).encode()).hexdigest()
        if key not in kept:
            kept[key] = name
            picture.save(OUT / name, "PNG", optimize=True)
        return kept[key]

    rows = []
    for name, (data, known) in variants().items():
        (OUT / name).write_bytes(data)
        rgb = known or upright_rgb(data)
        seen = rgb.resize((SIDE, SIDE), Image.Resampling.BILINEAR)
        stem = name.replace(".", "_")
        rows.append((name, expected(rgb, f"{stem}.rgb.png"), expected(seen, f"{stem}.seen.png")))
    # The high byte is what Pillow takes of 16-bit RGB; the grey file above is told to do the same.
    high = np.asarray(Image.open(OUT / "png_rgb16.png"))
    assert (high == (np.clip(np.rint(lesion(64, 48) * 257), 0, 65535).astype(np.uint16) >> 8)).all()
    with open(OUT / "pictures.csv", "w", newline="") as table:
        csv.writer(table, lineterminator="\n").writerows([("file", "rgb", "seen"), *rows])

    rows = []
    for width, height, side, framing in PATTERNS:
        picture = Image.fromarray(pattern(width, height))
        if framing == "centre_square":
            least = min(width, height)
            left, top = (width - least) // 2, (height - least) // 2
            picture = picture.crop((left, top, left + least, top + least))
        name = f"pattern_{width}x{height}_{side}_{framing}.png"
        picture.resize((side, side), Image.Resampling.BILINEAR).save(OUT / name, "PNG", optimize=True)
        rows.append((width, height, side, framing, name))
    with open(OUT / "patterns.csv", "w", newline="") as table:
        csv.writer(table, lineterminator="\n").writerows([("width", "height", "side", "framing", "seen"), *rows])
    print(sum(path.stat().st_size for path in OUT.iterdir()), "bytes")


if __name__ == "__main__":
    main()
