"""ResNet-50 in both layouts in PyTorch, on generated weights: what it gives at its taps in evaluation.

Run:  python3 tests/golden/resnet50.py      (needs torch and numpy; a minute)
Writes resnet50.json beside itself, in f64; `f32_error` beside each tensor is that of PyTorch's own f32 run (see mobilenet_v2.py).

The networks are torchvision's resnet50 (v1.5) and its pre-activation form, made of the blocks of resnet_blocks.py; torchvision is not needed.
"""
import torch
from torch import nn

import generator
from mobilenet_v2 import CLASSES, array, batch, prints, write
from resnet_blocks import PostActivation, PreActivation, conv

CASES = [(2, 96), (1, 224)]  # (images, side)
STREAM = 400
# (inner channels, blocks, stride of the first) of each stage.
STAGES = [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]


class ResNet50(nn.Module):
    def __init__(self, block):
        super().__init__()
        pre, channels = block is PreActivation, 64
        if pre:
            self.bn_in = nn.BatchNorm2d(3)
        self.conv1, self.bn1 = conv(3, channels, 7, 2), nn.BatchNorm2d(channels)
        for stage, (inner, blocks, stride) in enumerate(STAGES, 1):
            layers = []
            for index in range(blocks):
                layers.append(block(channels, inner, 4 * inner, stride if index == 0 else 1))
                channels = 4 * inner
            setattr(self, f"layer{stage}", nn.Sequential(*layers))
        if pre:
            self.bn2 = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, CLASSES)

    def forward(self, x):
        """feats_7x7, avg_pool and logits."""
        x = self.bn_in(x) if hasattr(self, "bn_in") else x
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        x = torch.relu(self.bn2(x)) if hasattr(self, "bn2") else x
        return x, x.mean((2, 3)), self.fc(x.mean((2, 3)))


def network(block, dtype):
    """The network with tensor i of its state filled from stream i."""
    net = ResNet50(block)
    tensors = [(name, tensor) for name, tensor in net.state_dict().items() if "num_batches" not in name]
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(tensors):
            tensor.copy_(torch.from_numpy(generator.parameter(seed, name, tuple(tensor.shape))))
    return net.to(dtype).eval()


def run(block, case, dtype):
    count, side = CASES[case]
    with torch.no_grad():
        taps = network(block, dtype)(batch(STREAM + case, count, side, dtype))
    return dict(zip(("feats_7x7", "avg_pool", "logits"), map(array, taps)))


def main():
    cases = []
    for name, block in (("resnet50", PostActivation), ("resnet50v2", PreActivation)):
        for case, (count, side) in enumerate(CASES):
            exact, rounded = (run(block, case, dtype) for dtype in (torch.float64, torch.float32))
            cases.append({"network": name, "stream": STREAM + case, "count": count, "side": side, "taps": prints(exact, rounded, 64)})
    write("resnet50.json", {"cases": cases})


if __name__ == "__main__":
    main()
