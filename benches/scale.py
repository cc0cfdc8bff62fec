"""A training on a generated set of the size of ISIC 2019: 25,331 photographs of 600 to 1,024 px, read from disk, and the memory it takes.

Run:  python3 benches/scale.py FOLDER [COUNT]      (needs numpy and Pillow; 4 GB of disk; some twenty minutes on two cores)

Draws the photographs into FOLDER (those that are there already stay), writes the official one-hot table beside them with ISIC 2019's class
counts, lets `dermdistill train` (built in release mode) go through all of them once at 32 px, and prints its resident memory by the share of
the epoch that has passed. Memory is flat when the last figures are those of the middle: what has been read is kept up to a bound, not for ever.
"""
import csv
import multiprocessing
import pathlib
import subprocess
import sys
import time

import numpy
from PIL import Image

COUNTS = {"MEL": 4522, "NV": 12875, "BCC": 3323, "AK": 867, "BKL": 2624, "DF": 239, "VASC": 253, "SCC": 628}
SECONDS = 2.0


def draw(job):
    """One drawn spot on skin, with noise that compresses about as badly as hair and pores do."""
    path, seed = job
    if path.exists():
        return
    random = numpy.random.default_rng(seed)
    width, height = sorted(random.integers(600, 1025, 2), reverse=True)
    y, x = numpy.ogrid[:height, :width]
    radius = random.uniform(0.15, 0.4) * height
    distance = numpy.hypot((x - width / 2) / random.uniform(0.8, 1.25), y - height / 2)
    inside = 1 / (1 + numpy.exp((distance - radius) / random.uniform(4, 20)))[..., None]
    skin, spot = random.uniform((180, 140, 120), (235, 200, 180)), random.uniform((60, 30, 20), (150, 100, 90))
    coarse = random.normal(0, 12, (height // 8 + 1, width // 8 + 1)).repeat(8, 0).repeat(8, 1)[:height, :width, None]
    pixels = skin * (1 - inside) + spot * inside + coarse + random.normal(0, 5, (height, width, 1))
    partial = path.with_suffix(".part")
    Image.fromarray(pixels.clip(0, 255).astype("uint8")).save(partial, "JPEG", quality=90)
    partial.rename(path)


def prepare(folder, count):
    """The photographs and their table; the names of the files."""
    images = folder / "images"
    images.mkdir(parents=True, exist_ok=True)
    codes = [code for code, number in COUNTS.items() for _ in range(number)]
    order = numpy.random.default_rng(2019).permutation(len(codes))[:count]
    with open(folder / "labels.csv", "w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", *COUNTS, "UNK"])
        table.writerows([f"DRAWN_{i:07}", *(float(code == codes[at]) for code in COUNTS), 0.0] for i, at in enumerate(order))
    with multiprocessing.Pool() as pool:
        for done, _ in enumerate(pool.imap_unordered(draw, [(images / f"DRAWN_{i:07}.jpg", i) for i in range(count)], 64), 1):
            if done % 5000 == 0:
                print(f"{done} photographs", flush=True)
    return sum(path.stat().st_size for path in images.iterdir())


def resident(pid):
    """Resident memory and bytes read from files so far, in MB."""
    process = pathlib.Path("/proc") / str(pid)
    pages = int((process / "statm").read_text().split()[1])
    read = next(line for line in (process / "io").read_text().splitlines() if line.startswith("rchar"))
    return pages * 4096 / 1e6, int(read.split()[1]) / 1e6


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else sum(COUNTS.values())
    size = prepare(folder, count)
    print(f"{count} photographs, {size / 1e6:.0f} MB")
    project = pathlib.Path(__file__).parents[1]
    program, start = project / "target" / "release" / "dermdistill", project / "weights" / "student.safetensors"
    run = [program, "train", "--images", folder / "images", "--labels", folder / "labels.csv", "--start", start, "--output", folder / "run"]
    run += ["--side", "32", "--batch", "64", "--epochs", "1", "--val-share", "0.02", "--augment", "none"]
    begun, seen = time.monotonic(), []
    with subprocess.Popen(run) as process:
        while process.poll() is None:
            try:
                seen.append(resident(process.pid))
            except (OSError, StopIteration):
                break
            time.sleep(SECONDS)
    if process.returncode:
        sys.exit(process.returncode)
    seconds, whole = time.monotonic() - begun, seen[-1][1]
    print(f"one epoch and its validation in {seconds:.0f} s, {count / seconds:.0f} photographs a second, {whole:.0f} MB read")
    for tenth in range(1, 11):
        largest = max((memory for memory, read in seen if (tenth - 1) / 10 <= read / whole <= tenth / 10), default=None)
        if largest is not None:
            print(f"  after {tenth * 10:3} % of the bytes: {largest:.0f} MB resident")


if __name__ == "__main__":
    main()
