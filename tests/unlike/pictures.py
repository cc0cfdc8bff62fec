"""Makes pictures that show no dermoscopic lesion, and shifted copies of pictures that do: what the distance to the training is measured on.

  python tests/unlike/pictures.py others OUT [--lesions DIR] [--free DIR]   OUT/choose/*, OUT/report/*
  python tests/unlike/pictures.py shifted OUT --images DIR --labels CSV --split CSV [--every N]   OUT/<shift>/*.png, OUT/labels.csv
  python tests/unlike/pictures.py golden      tests/unlike/golden/*: small drawn ones that the tests read

`choose` is for choosing the block and the share, `report` for the figures of the card: no source is in both. The sources are drawings
made below from a seed (synthetic), the sample pictures inside scikit-image, scikit-learn and matplotlib, with --free every PNG and WebP
below a folder (we took Debian's tuxpaint-stamps-default and gnome-backgrounds), and with --lesions the half-way cases made of
dermoscopic photographs: one in a tenth of the frame, in a screenshot, photographed from a screen, under a strong cast.
The shifts of `shifted` stand in SHIFTS: each is a factor for red, green and blue, a contrast about the picture's mean, and a turn of hue.

Not part of CI. numpy 2.3, Pillow 12, scipy 1.16, scikit-image 0.25, scikit-learn 1.7, matplotlib 3.10.
"""

import argparse
import csv
import hashlib
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import gaussian_filter

SIDE = 448

# name: (factors of red, green, blue; contrast; turn of hue in degrees). Skin from light to dark absorbs blue more than green than red.
SHIFTS = {
    "as_it_is": ((1, 1, 1), 1, 0),
    "skin_light": ((1.06, 1.08, 1.1), 1, 0),
    "skin_olive": ((0.88, 0.82, 0.75), 1, 0),
    "skin_brown": ((0.72, 0.62, 0.52), 1, 0),
    "skin_dark": ((0.55, 0.45, 0.37), 1, 0),
    "brighter": ((1.2, 1.2, 1.2), 1, 0),
    "darker": ((0.8, 0.8, 0.8), 1, 0),
    "contrast_low": ((1, 1, 1), 0.75, 0),
    "contrast_high": ((1, 1, 1), 1.25, 0),
    "hue_red": ((1, 1, 1), 1, -10),
    "hue_yellow": ((1, 1, 1), 1, 10),
}


def shift(rgb, factors, contrast, turn):
    """One row of SHIFTS on a picture of 0-255; the turn is about the grey axis and keeps the mean of the channels."""
    x = rgb.astype(np.float64) / 255
    angle = np.deg2rad(turn)
    cos, sin = np.cos(angle), np.sin(angle) / np.sqrt(3)
    rest = (1 - cos) / 3
    matrix = np.array([[cos + rest, rest - sin, rest + sin], [rest + sin, cos + rest, rest - sin], [rest - sin, rest + sin, cos + rest]])
    x = x @ matrix.T * np.array(factors)
    mean = x.mean(axis=(0, 1))
    return np.clip(((x - mean) * contrast + mean) * 255 + 0.5, 0, 255).astype(np.uint8)


def smooth(rng, side, sigma):
    """Noise of mean 0 and spread 1, smoothed."""
    noise = rng.normal(size=(side, side))
    field = gaussian_filter(noise, float(sigma), mode="wrap") if sigma else noise
    return (field - field.mean()) / (field.std() + 1e-9)


def skin(rng, side=SIDE):
    """Bare skin of any tone: a base colour, mottling, fine lines, light from one side."""
    tone = rng.uniform(0.3, 1)
    base = np.array([235, 190, 165]) * np.array([tone ** 0.7, tone ** 0.95, tone ** 1.1])
    texture = 0.02 * smooth(rng, side, 18) + 0.015 * smooth(rng, side, 4) + 0.012 * smooth(rng, side, 1)
    y, x = np.mgrid[0:side, 0:side] / side - 0.5
    light = 1 + rng.uniform(-0.2, 0.2) * x + rng.uniform(-0.2, 0.2) * y
    return np.clip(base * ((1 + texture) * light)[..., None], 0, 255)


def spot(rng, picture, centre, radius):
    """Draws a pigmented spot into a picture."""
    side = picture.shape[0]
    y, x = np.mgrid[0:side, 0:side]
    u, v = x - centre[0], y - centre[1]
    angle = np.arctan2(v, u)
    edge = radius * (1 + 0.12 * np.sin(3 * angle + rng.uniform(0, 6)) + 0.06 * np.sin(7 * angle))
    inside = 1 / (1 + np.exp((np.hypot(u, v) - edge) * 6 / radius)) * (0.8 + 0.1 * smooth(rng, side, 3))
    colour = np.array([110, 65, 50]) * rng.uniform(0.6, 1.2)
    inside = np.clip(inside, 0, 1)[..., None]
    return picture * (1 - inside) + colour * inside


def to_image(array):
    return Image.fromarray(np.clip(array, 0, 255).astype(np.uint8))


def drawn_plain(rng):
    return to_image(np.ones((SIDE, SIDE, 3)) * rng.integers(0, 256, 3))


def drawn_gradient(rng):
    ramp = np.linspace(0, 1, SIDE)[:, None, None]
    return to_image(np.broadcast_to(ramp * rng.integers(0, 256, 3) + (1 - ramp) * rng.integers(0, 256, 3), (SIDE, SIDE, 3)))


def drawn_noise(rng):
    return to_image(128 + rng.uniform(20, 70) * np.stack([smooth(rng, SIDE, rng.choice([0, 1, 3, 8])) for _ in range(3)], -1))


def drawn_text(rng):
    image = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in rng.integers(225, 256, 3)))
    draw = ImageDraw.Draw(image)
    for line in range(14):
        words = " ".join("".join(chr(97 + c) for c in rng.integers(0, 26, rng.integers(2, 9))) for _ in range(9))
        draw.text((20, 14 + 30 * line), words, fill=(20, 20, 30), font_size=18)
    return image


def drawn_board(rng):
    step = int(rng.integers(12, 60))
    y, x = np.mgrid[0:SIDE, 0:SIDE] // step
    return to_image(np.where(((x + y) % 2 == 0)[..., None], rng.integers(0, 256, 3), rng.integers(0, 256, 3)))


def drawn_scene(rng):
    """Coloured shapes, as of a toy or a street."""
    image = Image.new("RGB", (SIDE, SIDE), tuple(int(v) for v in rng.integers(60, 256, 3)))
    draw = ImageDraw.Draw(image)
    for _ in range(25):
        x, y, w, h = (int(v) for v in (*rng.integers(0, SIDE, 2), *rng.integers(10, 180, 2)))
        shape = draw.ellipse if rng.random() < 0.5 else draw.rectangle
        shape((x, y, x + w, y + h), fill=tuple(int(v) for v in rng.integers(0, 256, 3)))
    return image


def drawn_skin(rng):
    return to_image(skin(rng))


def drawn_hair(rng):
    """Hair over skin and no spot."""
    image = to_image(skin(rng))
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(60, 220))):
        x, y, a = rng.uniform(0, SIDE), rng.uniform(0, SIDE), rng.normal(0.8, 0.35)
        points = [(x + 40 * t * np.cos(a + 0.1 * t), y + 40 * t * np.sin(a + 0.1 * t)) for t in range(7)]
        draw.line(points, fill=tuple(int(v) for v in rng.integers(10, 70, 3)), width=int(rng.integers(1, 4)))
    return image


def drawn_ink(rng):
    """A pen's marks on skin."""
    image = to_image(skin(rng))
    draw = ImageDraw.Draw(image)
    ink = [(40, 40, 150), (90, 30, 120), (20, 20, 30), (30, 120, 60)][int(rng.integers(4))]
    for _ in range(int(rng.integers(2, 6))):
        points = np.cumsum(rng.normal(0, 40, (9, 2)), 0) + rng.uniform(80, SIDE - 80, 2)
        draw.line([tuple(p) for p in points], fill=ink, width=int(rng.integers(4, 12)), joint="curve")
    return image


def drawn_histology(rng):
    """A stained section: pink ground with violet nuclei."""
    image = to_image(np.array([232, 170, 200]) * (1 + 0.06 * smooth(rng, SIDE, 6) + 0.04 * smooth(rng, SIDE, 2))[..., None])
    draw = ImageDraw.Draw(image)
    for _ in range(int(rng.integers(150, 500))):
        x, y, r = *rng.uniform(0, SIDE, 2), rng.uniform(3, 8)
        draw.ellipse((x - r, y - r * rng.uniform(0.6, 1), x + r, y + r), fill=(int(rng.integers(70, 120)), 40, int(rng.integers(110, 160))))
    return image.filter(ImageFilter.GaussianBlur(0.8))


def drawn_mouth(rng):
    """Gum and teeth."""
    image = to_image(np.array([190, 90, 95]) * (1 + 0.05 * smooth(rng, SIDE, 8))[..., None])
    draw = ImageDraw.Draw(image)
    width = int(rng.integers(60, 100))
    for x in range(0, SIDE, width):
        draw.rounded_rectangle((x + 3, 120, x + width - 3, 330), radius=25, fill=(int(rng.integers(215, 245)), 228, 205))
    return image.filter(ImageFilter.GaussianBlur(2))


def drawn_eye(rng):
    """White, iris, pupil, lids."""
    image = to_image(skin(rng))
    draw = ImageDraw.Draw(image)
    draw.ellipse((20, 110, SIDE - 20, 340), fill=(238, 232, 228))
    draw.ellipse((140, 130, 310, 320), fill=tuple(int(v) for v in rng.integers(40, 160, 3)))
    draw.ellipse((190, 180, 260, 270), fill=(8, 8, 10))
    draw.ellipse((205, 190, 225, 210), fill=(255, 255, 255))
    return image.filter(ImageFilter.GaussianBlur(1.5))


def small_spot(rng):
    """A drawn spot in a tenth of the frame's width: too far away."""
    return to_image(spot(rng, skin(rng), rng.uniform(120, SIDE - 120, 2), SIDE * 0.05))


DRAWN = [drawn_plain, drawn_gradient, drawn_noise, drawn_text, drawn_board, drawn_scene, drawn_skin, drawn_hair, drawn_ink, drawn_histology,
         drawn_mouth, drawn_eye, small_spot]


def half_tenth(rng, lesion):
    """The photograph shrunk to a tenth of the frame's area, on drawn skin of its edge's colour."""
    edge = np.asarray(lesion)[:4].mean(axis=(0, 1))
    ground = skin(rng)
    ground = np.clip(ground / ground.mean(axis=(0, 1)) * edge, 0, 255)
    part = int(SIDE * 0.316)
    y, x = np.mgrid[0:part, 0:part] / part - 0.5
    fade = np.clip((0.5 - np.hypot(x, y)) * 8, 0, 1)[..., None]
    at = rng.integers(40, SIDE - part - 40, 2)
    box = ground[at[0]:at[0] + part, at[1]:at[1] + part]
    box[:] = box * (1 - fade) + np.asarray(lesion.resize((part, part))) * fade
    return to_image(ground)


def half_screenshot(rng, lesion):
    """A page on a screen with the photograph in it."""
    image = Image.new("RGB", (SIDE, int(SIDE * 1.4)), (250, 250, 252))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIDE, 46), fill=tuple(int(v) for v in rng.integers(30, 200, 3)))
    draw.text((16, 12), "Pictures", fill="white", font_size=20)
    part = int(rng.integers(200, 300))
    image.paste(lesion.resize((part, part)), (int(rng.integers(10, SIDE - part)), 70))
    for line in range(5):
        draw.text((16, 400 + 36 * line), "Lorem ipsum dolor sit amet, consetetur sadipscing", fill=(60, 60, 70), font_size=17)
    return image


def half_screen(rng, lesion):
    """The photograph off a monitor: a raster, a moire pattern, a blue cast, the dark frame."""
    x = np.asarray(lesion.resize((SIDE, SIDE))).astype(np.float64)
    column = np.arange(SIDE)
    raster = 1 + 0.25 * np.sin(2 * np.pi * column / 3.1)[None, :] * np.sin(2 * np.pi * column / 3.3)[:, None]
    moire = 1 + 0.12 * np.sin(2 * np.pi * (column[None, :] * 0.021 + column[:, None] * 0.013))
    x = x * (raster * moire)[..., None] * np.array([0.85, 0.95, 1.15])
    frame = int(rng.integers(20, 50))
    x[:frame], x[:, :frame // 2] = 15, 15
    return to_image(x)


def half_cast(rng, lesion):
    """A strong cast: light of one colour."""
    cast = [(0.4, 0.5, 1.3), (0.4, 1.2, 0.5), (1.3, 0.3, 0.9), (0.3, 1, 1.1)][int(rng.integers(4))]
    return to_image(np.asarray(lesion) * np.array(cast))


HALF = [half_tenth, half_screenshot, half_screen, half_cast]


def side_of(name):
    """choose or report, by the name alone."""
    return "choose" if hashlib.sha256(name.encode()).digest()[0] % 2 else "report"


def save(out, name, image):
    """A picture with its longer side at most 900, on white."""
    if "A" in image.getbands() or "transparency" in image.info:
        rgba = image.convert("RGBA")
        image = Image.new("RGB", rgba.size, (255, 255, 255))
        image.paste(rgba, mask=rgba.getchannel("A"))
    image = image.convert("RGB")
    image.thumbnail((900, 900))
    if min(image.size) < 64:
        return
    folder = out / side_of(name)
    folder.mkdir(parents=True, exist_ok=True)
    image.save(folder / f"{name}.jpg", quality=92, subsampling=0)


def packaged():
    """The sample pictures of the packages: (name, path)."""
    import matplotlib
    import skimage
    import sklearn

    folders = [Path(skimage.__file__).parent / "data", Path(sklearn.__file__).parent / "datasets/images",
               Path(matplotlib.get_data_path()) / "sample_data"]
    for folder in folders:
        for path in sorted(folder.iterdir()):
            # The phantom is an X-ray model, color.png a chart: both are as good as any other.
            if path.suffix in (".png", ".jpg", ".gif"):
                yield f"package_{path.stem}", path


def others(args):
    out = Path(args.out)
    for index, draw in enumerate(DRAWN):
        for seed in range(12):
            save(out, f"{draw.__name__}_{seed}", draw(np.random.default_rng([index, seed])))
    sources = list(packaged())
    if args.free:
        free = sorted(p for p in Path(args.free).rglob("*") if p.suffix in (".png", ".webp") and not p.is_symlink())
        sources += [(f"free_{p.parent.name}_{p.stem}", p) for p in free]
    for name, path in sources:
        try:
            save(out, name, Image.open(path))
        except OSError as error:
            print(f"left out {path}: {error}")
    lesions = sorted(Path(args.lesions).iterdir())[:: max(1, args.every)] if args.lesions else []
    for index, path in enumerate(lesions):
        make = HALF[index % len(HALF)]
        lesion = Image.open(path).convert("RGB")
        lesion = lesion.crop((0, 0, min(lesion.size), min(lesion.size))) if lesion.width < lesion.height else lesion
        save(out, f"{make.__name__}_{path.stem}", make(np.random.default_rng(index), lesion.resize((SIDE, SIDE))))


def shifted(args):
    out = Path(args.out)
    split = {row["group_id"]: row["split"] for row in csv.DictReader(open(args.split))}
    rows, seen = [], set()
    for row in sorted(csv.DictReader(open(args.labels)), key=lambda row: row["image"]):
        if split.get(row["group_id"]) == args.part and row["group_id"] not in seen:
            seen.add(row["group_id"])
            rows.append(row)
    rows = rows[:: args.every]
    for name, how in SHIFTS.items():
        (out / name).mkdir(parents=True, exist_ok=True)
    for row in rows:
        rgb = np.asarray(Image.open(Path(args.images) / f"{row['image']}.jpg").convert("RGB"))
        for name, how in SHIFTS.items():
            Image.fromarray(shift(rgb, *how)).save(out / name / f"{row['image']}.png", compress_level=1)
    with open(out / "labels.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, ["image", "dx", "group_id"], extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)


def golden(_):
    """One of each drawing, at 256 pixels, and drawn spots under a cast and in a screenshot."""
    folder = Path(__file__).parent / "golden"
    folder.mkdir(exist_ok=True)
    for index, draw in enumerate(DRAWN):
        draw(np.random.default_rng([index, 100])).resize((256, 256)).save(folder / f"{draw.__name__}.jpg", quality=80)
    rng = np.random.default_rng(7)
    drawn = to_image(spot(rng, skin(rng), (SIDE / 2, SIDE / 2), SIDE * 0.3))
    half_screenshot(rng, drawn).resize((256, 358)).save(folder / "screenshot.jpg", quality=80)
    half_cast(rng, drawn).resize((256, 256)).save(folder / "cast.jpg", quality=80)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["others", "shifted", "golden"])
    parser.add_argument("out", nargs="?", default=".")
    for name in ("--lesions", "--free", "--images", "--labels", "--split"):
        parser.add_argument(name)
    parser.add_argument("--part", default="val")
    parser.add_argument("--every", type=int, default=1, help="take every N-th photograph")
    args = parser.parse_args()
    {"others": others, "shifted": shifted, "golden": golden}[args.what](args)


if __name__ == "__main__":
    main()
