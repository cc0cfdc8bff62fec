"""Three whole SSD-KD steps in PyTorch: a small student with its heads, a small frozen teacher with its own; the same of MobileNetV2 and
ResNet-50; and three of phase 1.

Run:  python3 tests/golden/ssd_kd_steps.py      (needs torch and numpy; a minute)
Writes ssd_kd_steps.json beside itself, in f64; `f32_error` beside each tensor is that of PyTorch's own f32 run (see mobilenet_v2.py).
Tensor i of the student's state is filled from stream i, of the teacher's from stream 200 + i, of ResNet-50's from 600 + i. The four views of
an image are four generated pictures: for what is computed from them it does not matter whether they are turned.
"""
import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

import generator
from losses import cosines, terms
from mobilenet_v2 import CLASSES, MobileNetV2, batch, prints, state, write
from resnet50 import ResNet50
from resnet_blocks import PostActivation

IMAGES, SIDE, STEPS, FIRST, TEACHER = 3, 32, 3, 400, 200
RATE, MOMENTUM, DECAY = 1e-3, 0.9, 1e-3
WEIGHTS = [29.2, 7.62, 9.65, 106.0, 5.6, 1.97, 40.3, 100.0]
# Of the networks as they are: pictures' side and first stream, and the tensors that are kept, one of each kind.
NETWORKS_SIDE, NETWORKS_FIRST, NETWORKS_TEACHER = 64, 500, 600
KEPT = ["features.0.0.weight", "features.1.conv.0.0.weight", "features.7.conv.1.1.weight", "features.7.conv.1.1.running_mean", "features.13.conv.2.weight",
        "features.18.0.weight", "features.18.1.bias", "features.18.1.running_var", "classifier.1.weight", "classifier.1.bias"]


def projection(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))


class Small(nn.Module):
    def __init__(self, widths, activation):
        super().__init__()
        conv = lambda a, b: nn.Conv2d(a, b, 3, 2, 1, bias=False)
        self.stem = nn.Sequential(conv(3, widths[0]), nn.BatchNorm2d(widths[0]), activation())
        self.last = nn.Sequential(conv(*widths), nn.BatchNorm2d(widths[1]), activation())
        self.classifier = nn.Linear(widths[1], CLASSES)
        self.heads = nn.ModuleDict({"projection": projection(widths[1])})

    def forward(self, x):
        maps = self.last(self.stem(x))
        pool = maps.mean((2, 3))
        return {"logits": self.classifier(pool), "rep": self.heads["projection"](pool), "pool": pool, "map": maps}


class Student(MobileNetV2):
    def __init__(self):
        super().__init__()
        self.heads = nn.ModuleDict({"projection": projection(1280)})

    def forward(self, x):
        maps = self.features(x)
        pool = maps.mean((2, 3))
        return {"logits": self.classifier(pool), "rep": self.heads["projection"](pool), "pool": pool, "map": maps}


class Teacher(ResNet50):
    def __init__(self):
        super().__init__(PostActivation)
        self.heads = nn.ModuleDict({"projection": projection(2048)})

    def forward(self, x):
        maps, pool, logits = super().forward(x)
        return {"logits": logits, "rep": self.heads["projection"](pool), "pool": pool, "map": maps}


def filled(net, first, dtype):
    tensors = [(name, tensor) for name, tensor in net.state_dict().items() if "num_batches" not in name]
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(tensors):
            values = generator.parameter(first + seed, name, tuple(tensor.shape))
            # Projections that turn what all views have in common into nothing: rows that sum to 0, small biases around 0. Exact in f32.
            if name == "heads.projection.0.weight":
                values[:, -1] = -values[:, :-1].sum(1)
            if name.startswith("heads.projection") and values.ndim == 1:
                values = (values - np.float32(2.0)) / np.float32(8.0)
            tensor.copy_(torch.from_numpy(values))
    return net.to(dtype)


def teacher(dtype):
    return filled(Small((8, 7), nn.ReLU), TEACHER, dtype).eval()


def images(stream, side, dtype):
    # Of different contrast, so that views differ in more than noise. Exact in f32.
    contrast = 0.25 + 0.5 * (torch.arange(4 * IMAGES, dtype=dtype) % 5)
    return batch(stream, 4 * IMAGES, side, dtype) * contrast[:, None, None, None]


def sgd(parameters):
    return torch.optim.SGD(parameters, RATE, MOMENTUM, weight_decay=DECAY)


def distil(dtype):
    return steps_of(Small((6, 5), nn.ReLU6), teacher(dtype), (5, 7), (FIRST, SIDE), dtype)


def networks(dtype):
    steps, after, change = steps_of(Student(), filled(Teacher(), NETWORKS_TEACHER, dtype).eval(), (1280, 2048), (NETWORKS_FIRST, NETWORKS_SIDE), dtype)
    kept = [name for name in after if name in KEPT or name.startswith("heads.")]
    return steps, {name: after[name] for name in kept}, {name: change[name] for name in kept}


def steps_of(student, mentor, channels, pictures, dtype):
    first, side = pictures
    student.heads["conv_reg"] = nn.Sequential(nn.Conv2d(*channels, 1), nn.BatchNorm2d(channels[1]), nn.ReLU())
    student = filled(student, 0, dtype).train()
    start, optimiser, steps = state(student), sgd(student.parameters()), []
    for step in range(STEPS):
        x, labels = images(first + step, side, dtype), torch.from_numpy(generator.labels(first + step, IMAGES, CLASSES))
        ours = student(x)
        ours["map"] = student.heads["conv_reg"](ours["map"])
        with torch.no_grad():
            theirs = mentor(x)
        both = {f"{k}_s": v for k, v in ours.items()} | {f"{k}_t": v for k, v in theirs.items()}
        values, kept = terms(both, labels, torch.tensor(WEIGHTS, dtype=dtype))
        own = torch.arange(IMAGES).repeat_interleave(3)
        matched = (cosines(ours["rep"]).argmax(1) == own).double().mean().item()
        steps.append({k: v.item() for k, v in values.items() if k not in ("l5", "phase1")} | {"matched": matched})
        optimiser.zero_grad()
        values["total"].backward()
        optimiser.step()
    after = state(student)
    return steps, after, {name: after[name] - start[name] for name in start}


def first_phase(dtype):
    mentor = teacher(dtype)
    head = mentor.heads["projection"]
    start, optimiser, steps = state(mentor), sgd(head.parameters()), []
    for step in range(STEPS):
        with torch.no_grad():
            pool = mentor(images(FIRST + step, SIDE, dtype))["pool"]
        similarity = cosines(head(pool))
        own = torch.arange(IMAGES).repeat_interleave(3)
        loss = F.cross_entropy(similarity, own)
        steps.append({"similarity": loss.item(), "matched": (similarity.argmax(1) == own).double().mean().item()})
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    after = state(mentor)
    return steps, after, {name: after[name] - start[name] for name in start if name.startswith("heads.")}


def run(phase):
    (steps, after, change), (_, after32, change32) = phase(torch.float64), phase(torch.float32)
    return {"steps": steps, "after": prints(after, after32, 8), "change": prints(change, change32, 16)}


if __name__ == "__main__":
    torch.manual_seed(0)
    head = {"images": IMAGES, "side": SIDE, "first": FIRST, "rate": RATE, "momentum": MOMENTUM, "weight_decay": DECAY, "class_weights": WEIGHTS}
    head |= {"networks_side": NETWORKS_SIDE, "networks_first": NETWORKS_FIRST}
    write("ssd_kd_steps.json", head | {"distil": run(distil), "networks": run(networks), "phase1": run(first_phase)})
