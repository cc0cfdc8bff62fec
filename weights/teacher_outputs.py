"""Writes the table that `dermdistill train --teacher-outputs` reads: what a committee of teachers answers for each training image.

    python3 weights/teacher_outputs.py --images DIR --labels LABELS.csv --split SPLIT.csv --resnet RESNET.safetensors \
        --students ANSWERS.json … --pi STUDENT.json --output OUT.csv

RESNET is a ResNet-50 v2 (pre-activation) for the eight classes at 192 px, trained elsewhere on the same training part with square-root class
weights. ANSWERS.json is what `dermdistill classify --json` printed for the same images, one file a student; where the shell had to call it
several times, the outputs one after the other. STUDENT.json is what `dermdistill inspect --json` printed for one of the students: the class mix
that all answers are brought to.

A member's answer is ln p under that mix; the ResNet's logits z saw about the square root of it (class weights), so its answer is
z + ½ ln π, normalised. The committee's is the mean of its members' ln p, normalised.

Needs torch, numpy, safetensors and pillow; no test runs this.
"""
import argparse
import csv
import json
import pathlib

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

CLASSES = ["AK", "BCC", "BKL", "DF", "MEL", "NV", "SCC", "VASC"]
SIDE, BATCH = 192, 32
MEAN, STD = (torch.tensor(v).view(1, 3, 1, 1) for v in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


class ResNetV2:
    """ResNet-50 v2 in evaluation: BatchNorm and ReLU before each convolution, the stride on the 3 x 3 one."""

    def __init__(self, path):
        self.w = {name: tensor.float() for name, tensor in load_file(path).items()}

    def norm(self, x, name):
        w = self.w
        return F.batch_norm(x, w[f"{name}.running_mean"], w[f"{name}.running_var"], w.get(f"{name}.weight"), w.get(f"{name}.bias"))

    def conv(self, x, name, **how):
        return F.conv2d(x, self.w[f"{name}.weight"], **how)

    def block(self, x, name, stride):
        y = self.norm(x, f"{name}.bn1").relu()
        skip = self.conv(y, f"{name}.downsample", stride=stride) if f"{name}.downsample.weight" in self.w else x
        y = self.norm(self.conv(y, f"{name}.conv1"), f"{name}.bn2").relu()
        y = self.norm(self.conv(y, f"{name}.conv2", stride=stride, padding=1), f"{name}.bn3").relu()
        return self.conv(y, f"{name}.conv3") + skip

    def __call__(self, x):
        x = self.norm(self.conv(self.norm(x, "bn_in"), "conv1", stride=2, padding=3), "bn1").relu()
        x = F.max_pool2d(x, 3, 2, 1)
        for layer, blocks in enumerate([3, 4, 6, 3], 1):
            for block in range(blocks):
                x = self.block(x, f"layer{layer}.{block}", 2 if layer > 1 and block == 0 else 1)
        pooled = self.norm(x, "bn2").relu().mean((2, 3))
        return pooled @ self.w["fc.weight"].T + self.w["fc.bias"]


def square(path):
    picture = Image.open(path).convert("RGB")
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    picture = picture.crop((left, top, left + side, top + side)).resize((SIDE, SIDE), Image.BILINEAR)
    return torch.from_numpy(np.array(picture)).permute(2, 0, 1).float() / 255


def log_normal(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


def answers(path):
    """ln p by image name, from one or more JSON arrays."""
    text, at, rows = pathlib.Path(path).read_text().strip(), 0, {}
    while at < len(text):
        found, at = json.JSONDecoder().raw_decode(text, at)
        rows |= {pathlib.Path(row["image"]).stem: np.log([row["probabilities"][c] + 1e-9 for c in CLASSES]) for row in found}
        at += len(text[at:]) - len(text[at:].lstrip())
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for option in ["--images", "--labels", "--split", "--resnet", "--pi", "--output"]:
        parser.add_argument(option, type=pathlib.Path, required=True)
    parser.add_argument("--students", nargs="*", default=[])
    args = parser.parse_args()
    pi = np.array(json.loads(args.pi.read_text())["card"]["class_mix"])
    part = {row["group_id"]: row["split"] for row in csv.DictReader(args.split.open())}
    names = [row["image"] for row in csv.DictReader(args.labels.open()) if part.get(row["group_id"]) == "train"]
    resnet, logits = ResNetV2(args.resnet), []
    with torch.inference_mode():
        for first in range(0, len(names), BATCH):
            batch = torch.stack([square(args.images / f"{name}.jpg") for name in names[first:first + BATCH]])
            logits.append(resnet((batch - MEAN) / STD).numpy())
    members = [log_normal(np.concatenate(logits) + 0.5 * np.log(pi))]
    for path in args.students:
        rows = answers(path)
        members.append(np.stack([rows[name] for name in names]))
    p = np.exp(log_normal(np.mean(members, axis=0)))
    with args.output.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(["image", *CLASSES])
        table.writerows([name, *(f"{x:.6f}" for x in row)] for name, row in zip(names, p))


if __name__ == "__main__":
    main()
