"""SSD-KD's loss terms in PyTorch (f64, autograd), written out plainly: channels by channels, distances by differences, sorts.

Writes losses.json, which tests/distill reads. Inputs are the integer hash of generator.py: value i of stream s is
mix(i + 1 + 1000 s) / 2^31 - 1, exact in f64.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from generator import mix

# name, images, classes, widths of rep (student, teacher), of pool, map (channels, height, width), first stream
CASES = [
    ("three images", 3, 8, (5, 6), (5, 6), (6, 2, 2), 1),
    ("one image", 1, 8, (7, 4), (3, 9), (5, 1, 3), 11),
    ("five images", 5, 3, (4, 4), (9, 2), (3, 4, 2), 21),
    ("one class", 2, 1, (3, 2), (2, 3), (2, 3, 3), 31),
    ("more pixels than channels", 2, 5, (6, 6), (4, 4), (2, 5, 5), 41),
    ("ties and zeros", 4, 6, (5, 3), (6, 6), (4, 2, 3), 51),
]
NAMES = ["logits_s", "logits_t", "rep_s", "rep_t", "pool_s", "pool_t", "map_s", "map_t"]
ALONG = 99  # the stream that a whole gradient is projected on


def stream(seed, shape):
    count = int(np.prod(shape))
    numbers = mix(np.arange(count, dtype=np.uint64) + np.uint64(1 + 1000 * seed)).astype(np.float64)
    return (numbers / 2.0**31 - 1).reshape(shape)


def inputs(name, images, classes, rep, pool, channels, first):
    rows = 4 * images
    shapes = [(rows, classes)] * 2 + [(rows, w) for w in rep + pool] + [(rows, *channels)] * 2
    arrays = {n: stream(first + i, shape) for i, (n, shape) in enumerate(zip(NAMES, shapes))}
    for n in NAMES:
        arrays[n] = arrays[n] * 3 if n.startswith("logits") else arrays[n] + (0 if n.startswith("rep") else 1)
    if name == "ties and zeros":
        for n in ("logits_s", "logits_t"):
            arrays[n] = np.round(arrays[n])
        for n in ("rep_s", "rep_t"):
            arrays[n][5] = 0
        arrays["rep_t"][8] = arrays["rep_t"][4]
        arrays["pool_t"][3] = arrays["pool_t"][2]
    labels = [(3 * i + 4) % classes for i in range(images)]
    if name == "three images":
        labels = [4, 1, 5]
    weights = [29.2, 7.62, 9.65, 106.0, 5.6, 1.97, 40.3, 100.0][:classes]
    return arrays, labels, weights


def kl(student, teacher, temperature):
    q, p = F.log_softmax(student / temperature, 1), F.softmax(teacher / temperature, 1)
    return F.kl_div(q, p, reduction="sum") / len(student) * temperature**2


def kept_rows(scores, truth, share):
    order = torch.argsort(scores, dim=1, descending=True, stable=True)
    level = (order == truth[:, None]).int().argmax(1)
    wrong = int((level > 0).sum())
    return torch.argsort(level, stable=True)[: len(level) - wrong + int(wrong * share)].sort().values


def cosines(rep):
    upright = rep[0::4]
    turned = torch.stack([r for i, r in enumerate(rep) if i % 4])
    return F.cosine_similarity(turned[:, None], upright[None], dim=2, eps=1e-8)


def distances(pool):
    d = torch.cdist(pool, pool, compute_mode="donot_use_mm_for_euclid_dist")
    return d / d[d > 0].mean()


def angles(pool):
    e = F.normalize(pool[None] - pool[:, None], p=2, dim=2)
    return torch.bmm(e, e.transpose(1, 2))


def gram(maps):
    n, c, h, w = maps.shape
    f = maps.reshape(n, c, h * w)
    return torch.bmm(f, f.transpose(1, 2)) / (c * h * w)


def terms(t, labels, weights):
    turned = lambda x: torch.stack([r for i, r in enumerate(x) if i % 4])
    images = len(labels)
    label, own = labels.repeat_interleave(3), torch.arange(images).repeat_interleave(3)
    sim_s, sim_t = cosines(t["rep_s"]), cosines(t["rep_t"])
    third = kept_rows(turned(t["logits_t"]), label, 1.0)
    kept = kept_rows(sim_t, own, 0.75)
    out = {
        "l1": F.cross_entropy(t["logits_s"][0::4], labels, weight=weights),
        "l2": kl(t["logits_s"][0::4], t["logits_t"][0::4], 4.0),
        "l3": kl(turned(t["logits_s"])[third], turned(t["logits_t"])[third], 4.0),
        "l4": kl(sim_s[kept], sim_t[kept], 0.5),
        "distance": F.smooth_l1_loss(distances(t["pool_s"]), distances(t["pool_t"])),
        "angle": F.smooth_l1_loss(angles(t["pool_s"]), angles(t["pool_t"])),
        "gram": F.mse_loss(gram(t["map_s"]), gram(t["map_t"])).sqrt(),
        "phase1": F.cross_entropy(sim_t, own),
    }
    out["l5"] = 25 * out["distance"] + 50 * out["angle"] + 1000 * out["gram"]
    out["total"] = 0.1 * out["l1"] + 0.9 * out["l2"] + 2.7 * out["l3"] + 10 * out["l4"] + out["l5"]
    return out, kept


def case(spec):
    name, images, classes, rep, pool, channels, first = spec
    arrays, labels, weights = inputs(*spec)
    t = {n: torch.tensor(a, requires_grad=n.endswith("_s")) for n, a in arrays.items()}
    out, kept = terms(t, torch.tensor(labels), torch.tensor(weights, dtype=torch.float64))
    out["total"].backward()
    grad = {}
    for n in NAMES[::2]:
        g = t[n].grad.numpy()
        grad[n] = {"first4": g.flatten()[:4].tolist(), "norm": float(np.linalg.norm(g)), "along": float((g * stream(ALONG, g.shape)).sum())}
    return {
        "name": name, "images": images, "classes": classes, "rep": rep, "pool": pool, "map": channels, "first": first,
        "labels": labels, "class_weights": weights, "kept": kept.tolist(), "grad": grad,
        "values": {k: v.item() for k, v in out.items()},
    }


if __name__ == "__main__":
    result = {"torch": torch.__version__, "cases": [case(spec) for spec in CASES]}
    path = Path(__file__).with_name("losses.json")
    path.write_text(json.dumps(result, indent=1) + "\n")
