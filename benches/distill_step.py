"""The step of distill_step.rs with PyTorch (channels_last), its terms as the reference writes them: Gram matrices of channels by channels.

Run:  python3 benches/distill_step.py THREADS
"""
import pathlib
import resource
import sys
import time

import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "tests" / "golden"))
from losses import terms  # noqa: E402
from mobilenet_v2 import MobileNetV2  # noqa: E402

IMAGES, VIEWS, SIDE, WARM_UP, RUNS = 8, 4, 224, 1, 5


class Bottleneck(nn.Module):
    def __init__(self, inputs, inner, stride):
        super().__init__()
        conv = lambda a, b, k, s=1: nn.Sequential(nn.Conv2d(a, b, k, s, k // 2, bias=False), nn.BatchNorm2d(b))
        self.body = nn.Sequential(conv(inputs, inner, 1), nn.ReLU(True), conv(inner, inner, 3, stride), nn.ReLU(True), conv(inner, 4 * inner, 1))
        self.shortcut = conv(inputs, 4 * inner, 1, stride) if stride > 1 or inputs != 4 * inner else nn.Identity()

    def forward(self, x):
        return torch.relu_(self.body(x) + self.shortcut(x))


def resnet50():
    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(True), nn.MaxPool2d(3, 2, 1)], 64
    for inner, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for index in range(count):
            layers.append(Bottleneck(channels, inner, stride if index == 0 else 1))
            channels = 4 * inner
    return nn.Sequential(*layers)


def projection(width):
    return nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, width))


def main():
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(0)
    student, head = MobileNetV2(), projection(1280)
    regressor = nn.Sequential(nn.Conv2d(1280, 2048, 1), nn.BatchNorm2d(2048), nn.ReLU())
    teacher, classifier, teacher_head = resnet50().eval(), nn.Linear(2048, 8), projection(2048)
    for net in (student, regressor, teacher):
        net.to(memory_format=torch.channels_last)
    trained = [p for net in (student, head, regressor) for p in net.parameters()]
    optimiser = torch.optim.SGD(trained, 1e-3, 0.9, weight_decay=1e-3)
    x = torch.randn(IMAGES * VIEWS, 3, SIDE, SIDE).to(memory_format=torch.channels_last)
    labels, weights, times = torch.arange(IMAGES), torch.ones(8), []
    for _ in range(WARM_UP + RUNS):
        start = time.perf_counter()
        with torch.no_grad():
            map_t = teacher(x)
            pool_t = map_t.mean((2, 3))
            t = {"logits_t": classifier(pool_t), "rep_t": teacher_head(pool_t), "pool_t": pool_t, "map_t": map_t}
        maps = student.features(x)
        pool = maps.mean((2, 3))
        t |= {"logits_s": student.classifier(pool), "rep_s": head(pool), "pool_s": pool, "map_s": regressor(maps)}
        values, _ = terms(t, labels, weights)
        optimiser.zero_grad()
        values["total"].backward()
        optimiser.step()
        times.append((time.perf_counter() - start) * 1e3)
    times = sorted(times[WARM_UP:])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"torch {torch.__version__} threads {sys.argv[1]} channels_last ssd-kd b{IMAGES}x{VIEWS} r{SIDE}: "
          f"step min {times[0]:.0f} med {times[len(times) // 2]:.0f} ms maxrss {memory} MB")


if __name__ == "__main__":
    main()
