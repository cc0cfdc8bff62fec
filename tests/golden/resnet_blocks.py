"""Small ResNets of both kinds in PyTorch, on generated weights: outputs, and one training pass with every gradient.

Run:  python3 tests/golden/resnet_blocks.py      (needs torch and numpy; seconds)
Writes resnet_blocks.json beside itself, in f64; `f32_error` beside each tensor is that of PyTorch's own f32 run (see mobilenet_v2.py).

v1 is torchvision's bottleneck (He et al., CVPR 2016, with the stride in the 3x3 convolution, "v1.5"); v2 its pre-activation form (He et
al., ECCV 2016), where the projection reads the activated input and the picture itself is normalised first, before zero padding.
"""
import torch
from torch import nn

import generator
from mobilenet_v2 import CLASSES, array, batch, prints, state, write

COUNT, SIDE, STREAM = 4, 48, 300
# (inputs, inner, outputs, stride) of each block.
BLOCKS = [(8, 6, 12, 1), (12, 6, 12, 1), (12, 8, 16, 2), (16, 8, 16, 1)]


def conv(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class PostActivation(nn.Module):
    def __init__(self, inputs, inner, outputs, stride):
        super().__init__()
        self.conv1, self.bn1 = conv(inputs, inner, 1), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = conv(inner, inner, 3, stride), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = conv(inner, outputs, 1), nn.BatchNorm2d(outputs)
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(conv(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


class PreActivation(nn.Module):
    def __init__(self, inputs, inner, outputs, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inputs), conv(inputs, inner, 1)
        self.bn2, self.conv2 = nn.BatchNorm2d(inner), conv(inner, inner, 3, stride)
        self.bn3, self.conv3 = nn.BatchNorm2d(inner), conv(inner, outputs, 1)
        if stride != 1 or inputs != outputs:
            self.downsample = conv(inputs, outputs, 1, stride)

    def forward(self, x):
        a = torch.relu(self.bn1(x))
        y = self.conv1(a)
        y = self.conv2(torch.relu(self.bn2(y)))
        y = self.conv3(torch.relu(self.bn3(y)))
        return y + (self.downsample(a) if hasattr(self, "downsample") else x)


class ResNet(nn.Module):
    def __init__(self, kind):
        super().__init__()
        pre = kind is PreActivation
        if pre:
            self.bn_data = nn.BatchNorm2d(3)
        self.conv1, self.bn1 = conv(3, BLOCKS[0][0], 7, 2), nn.BatchNorm2d(BLOCKS[0][0])
        self.blocks = nn.Sequential(*(kind(*block) for block in BLOCKS))
        if pre:
            self.bn_last = nn.BatchNorm2d(BLOCKS[-1][2])
        self.fc = nn.Linear(BLOCKS[-1][2], CLASSES)

    def forward(self, x):
        """feats_7x7, avg_pool and logits."""
        x = self.bn_data(x) if hasattr(self, "bn_data") else x
        x = nn.functional.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.blocks(x)
        x = torch.relu(self.bn_last(x)) if hasattr(self, "bn_last") else x
        return x, x.mean((2, 3)), self.fc(x.mean((2, 3)))


def network(kind, dtype):
    """The network with tensor i of its state filled from stream i."""
    net = ResNet(kind)
    tensors = [(name, tensor) for name, tensor in net.state_dict().items() if "num_batches" not in name]
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(tensors):
            tensor.copy_(torch.from_numpy(generator.parameter(seed, name, tuple(tensor.shape))))
    return net.to(dtype)


def run(kind, dtype):
    """Outputs in evaluation, and of a training pass the loss, every gradient and the running statistics after it."""
    x = batch(STREAM, COUNT, SIDE, dtype)
    net = network(kind, dtype).eval()
    with torch.no_grad():
        outputs = dict(zip(("feats_7x7", "avg_pool", "logits"), map(array, net(x))))
    net.train()
    loss = nn.functional.cross_entropy(net(x)[2], torch.from_numpy(generator.labels(STREAM, COUNT, CLASSES)))
    loss.backward()
    gradients = {name: p.grad.double().numpy().copy() for name, p in net.named_parameters()}
    running = {name: tensor for name, tensor in state(net).items() if "running" in name}
    return loss.item(), outputs, gradients, running


def main():
    networks = {}
    for name, kind in (("v1", PostActivation), ("v2", PreActivation)):
        exact, rounded = run(kind, torch.float64), run(kind, torch.float32)
        parts = ("outputs", "gradients", "running")
        networks[name] = {"loss": exact[0]} | {part: prints(e, r, 16) for part, e, r in zip(parts, exact[1:], rounded[1:])}
    write("resnet_blocks.json", {"count": COUNT, "side": SIDE, "stream": STREAM, "networks": networks})


if __name__ == "__main__":
    main()
