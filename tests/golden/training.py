"""What PyTorch makes of a smoothed loss, of two schedules, of look-ahead momentum and of averaged weights.

Run:  python3 tests/golden/training.py      (needs torch and numpy; a second)
Writes training.json beside itself, in f64.
"""
import json
import math
import pathlib

import torch
from torch import nn

import generator

HERE = pathlib.Path(__file__).parent
CLASSES, ROWS = 8, 5
# The rules by which `tests/training.rs` makes the same numbers.
LOGITS = [((i * 37 % 23) - 11.0) / 5.0 for i in range(ROWS * CLASSES)]
LABELS = [i * 3 % CLASSES for i in range(ROWS)]
WEIGHTS = [(i + 1) / 2 for i in range(CLASSES)]
COSINE = {"peak": 0.05, "floor": 5e-5, "warmup": 7, "steps": 40}
PLATEAU = {"rate": 0.1, "factor": 0.1, "patience": 2, "floor": 1e-4}
LOSSES = [1.0, 0.9, 0.9, 0.95, math.nan, 0.91, 0.8, 0.79999, 0.8, 0.8, 0.8, 0.7, 0.8, math.inf, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.1, 0.2]
NESTEROV = {"momentum": 0.9, "weight_decay": 1e-2, "rate": 0.05, "steps": 6}
AVERAGE = {"keep": 0.3, "steps": 8}


def smoothing(epsilon):
    logits = torch.tensor(LOGITS, dtype=torch.float64).reshape(ROWS, CLASSES).requires_grad_()
    weight = torch.tensor(WEIGHTS, dtype=torch.float64)
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(LABELS), weight, label_smoothing=epsilon)
    loss.backward()
    return {"epsilon": epsilon, "loss": loss.item(), "gradient": logits.grad.flatten().tolist()}


def optimiser(rate, **constants):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], rate, **constants)


def cosine(peak, floor, warmup, steps):
    sgd = optimiser(peak)
    rising = torch.optim.lr_scheduler.LinearLR(sgd, 0.05, 1.0, warmup)
    falling = torch.optim.lr_scheduler.CosineAnnealingLR(sgd, steps - warmup, floor)
    schedule = torch.optim.lr_scheduler.SequentialLR(sgd, [rising, falling], [warmup])
    rates = []
    for _ in range(steps + 1):
        rates.append(sgd.param_groups[0]["lr"])
        sgd.step()
        schedule.step()
    return rates


def plateau(rate, factor, patience, floor):
    sgd = optimiser(rate)
    schedule = torch.optim.lr_scheduler.ReduceLROnPlateau(sgd, "min", factor, patience, 1e-4, min_lr=floor)
    rates = []
    for loss in LOSSES:
        schedule.step(loss)
        rates.append(sgd.param_groups[0]["lr"])
    return rates


def nesterov(momentum, weight_decay, rate, steps):
    """theta_i after each step on sum of (i + 1) / 4 * theta_i^2 - theta_i / 2, from theta_i = 1 - i / 2."""
    theta = torch.nn.Parameter(torch.tensor([1 - i / 2 for i in range(6)], dtype=torch.float64))
    curvature = torch.tensor([(i + 1) / 4 for i in range(6)], dtype=torch.float64)
    sgd = torch.optim.SGD([theta], rate, momentum, weight_decay=weight_decay, nesterov=True)
    out = []
    for _ in range(steps):
        sgd.zero_grad()
        (curvature * theta**2 - theta / 2).sum().backward()
        sgd.step()
        out.append(theta.tolist())
    return out


class Small(nn.Module):
    """The network of `small()` in tests/training.rs, filled from the generator."""

    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 4, 3, 2, 1, bias=False), nn.BatchNorm2d(4)
        self.classifier = nn.Linear(4, CLASSES)
        tensors = [(name, tensor) for name, tensor in self.state_dict().items() if "num_batches" not in name]
        with torch.no_grad():
            for seed, (name, tensor) in enumerate(tensors):
                tensor.copy_(torch.from_numpy(generator.parameter(seed, name, tuple(tensor.shape))))
        self.double()

    def forward(self, x):
        return self.classifier(nn.functional.relu6(self.norm(self.conv(x))).mean((2, 3)))


def average(keep, steps):
    """The averaged tensors after each step: PyTorch's exponential average, whose decay rises as n / (n + 10) to `keep`. The running statistics are
    averaged like the weights (`use_buffers`); the count of batches, a whole number that we do not keep, is copied."""

    def update(averaged, current, n):
        if averaged[0].is_floating_point():
            torch.optim.swa_utils.get_ema_multi_avg_fn(min(keep, n.item() / (n.item() + 10)))(averaged, current, n)
        else:
            torch._foreach_copy_(averaged, current)

    net = Small().train()
    averaged = torch.optim.swa_utils.AveragedModel(net, multi_avg_fn=update, use_buffers=True)
    # The first update copies: the average begins with the weights before the first step.
    averaged.update_parameters(net)
    sgd = torch.optim.SGD(net.parameters(), 0.05, 0.9, weight_decay=1e-3)
    out = []
    for step in range(1, steps + 1):
        images = torch.from_numpy(generator.images(step, 3, 8)).double().permute(0, 3, 1, 2)
        sgd.zero_grad()
        nn.functional.cross_entropy(net(images), torch.from_numpy(generator.labels(step, 3, CLASSES))).backward()
        sgd.step()
        averaged.update_parameters(net)
        tensors = {name: tensor for name, tensor in averaged.module.state_dict().items() if "num_batches" not in name}
        out.append({name: tensor.flatten().tolist() for name, tensor in tensors.items()})
    return out


def main():
    result = {
        "torch": torch.__version__.split("+")[0],
        "smoothing": [smoothing(epsilon) for epsilon in (0.0, 0.05, 0.3)],
        "cosine": COSINE | {"rates": cosine(**COSINE)},
        # JSON has neither NaN nor infinity: as text.
        "plateau": PLATEAU | {"losses": [str(loss) for loss in LOSSES], "rates": plateau(**PLATEAU)},
        "nesterov": NESTEROV | {"theta": nesterov(**NESTEROV)},
        "average": AVERAGE | {"tensors": average(**AVERAGE)},
    }
    (HERE / "training.json").write_text(json.dumps(result, separators=(",", ":")).replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    main()
