"""PyTorch's MobileNetV2 on generated weights: outputs layer by layer, and five SGD steps.

Run:  python3 tests/golden/mobilenet_v2.py      (needs torch and numpy; two minutes on two cores)
Writes mobilenet_v2_eval.json and mobilenet_v2_train.json beside itself. The numbers are f64; `f32_error` beside each says how far
PyTorch's own f32 run ends from them: the largest difference anywhere in the tensor over its largest magnitude.
"""
import json
import pathlib
import platform

import numpy as np
import torch
from torch import nn

import generator

HERE = pathlib.Path(__file__).parent
CLASSES = 8
FLOOR = 1e-4
EVAL_CASES = [(2, 96), (1, 224)]  # (images, side); the stream of images is the case's position
TRAIN = {"count": 4, "side": 64, "steps": 5, "rate": 0.01, "momentum": 0.9, "weight_decay": 1e-3, "first_stream": 100}
STAGES = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def conv_bn_relu6(inputs, outputs, kernel, stride=1, groups=1):
    conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(outputs), nn.ReLU6())


class InvertedResidual(nn.Module):
    def __init__(self, inputs, outputs, stride, expansion):
        super().__init__()
        hidden = inputs * expansion
        expand = [conv_bn_relu6(inputs, hidden, 1)] if expansion != 1 else []
        depthwise = conv_bn_relu6(hidden, hidden, 3, stride, hidden)
        self.conv = nn.Sequential(*expand, depthwise, nn.Conv2d(hidden, outputs, 1, bias=False), nn.BatchNorm2d(outputs))
        self.residual = stride == 1 and inputs == outputs

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileNetV2(nn.Module):
    """Width 1.0, with torchvision's names; the Dropout at classifier.0 is left out (probability 0)."""

    def __init__(self):
        super().__init__()
        blocks, channels = [conv_bn_relu6(3, 32, 3, 2)], 32
        for expansion, outputs, repeats, stride in STAGES:
            for repeat in range(repeats):
                blocks.append(InvertedResidual(channels, outputs, stride if repeat == 0 else 1, expansion))
                channels = outputs
        self.features = nn.Sequential(*blocks, conv_bn_relu6(channels, 1280, 1))
        self.classifier = nn.Sequential(nn.Identity(), nn.Linear(1280, CLASSES))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def network(dtype):
    """The network with tensor i of its state filled from stream i."""
    net = MobileNetV2()
    tensors = [(name, tensor) for name, tensor in net.state_dict().items() if "num_batches" not in name]
    with torch.no_grad():
        for seed, (name, tensor) in enumerate(tensors):
            tensor.copy_(torch.from_numpy(generator.parameter(seed, name, tuple(tensor.shape))))
    return net.to(dtype)


def batch(stream, count, side, dtype):
    return torch.from_numpy(generator.images(stream, count, side)).permute(0, 3, 1, 2).contiguous().to(dtype)


def array(tensor):
    """As NHWC where it is an image."""
    tensor = tensor.detach()
    return (tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor).double().numpy()


def error(exact, rounded):
    """Tensors smaller than FLOOR count as zero: the gradients of betas whose shift the next BatchNorm takes away again."""
    return float(f"{np.abs(exact - rounded).max() / max(np.abs(exact).max(), FLOOR):.2g}")


def prints(exact, rounded, values):
    """Fingerprints of a dictionary of f64 arrays, each with the error of the f32 run."""
    return {name: generator.fingerprint(x, values) | {"f32_error": error(x, rounded[name])} for name, x in exact.items()}


def evaluate(stream, count, side, dtype):
    net = network(dtype).eval()
    out, x = {}, batch(stream, count, side, dtype)
    with torch.no_grad():
        for index, block in enumerate(net.features):
            x = block(x)
            out[f"features.{index}"] = array(x)
        out["avg_pool"] = array(x.mean((2, 3)))
        out["logits"] = array(net.classifier(x.mean((2, 3))))
    return out


def state(net):
    """Every tensor in PyTorch's own layout (out, in, kernel, kernel)."""
    return {name: t.double().numpy().copy() for name, t in net.state_dict().items() if "num_batches" not in name}


def train(dtype):
    """Losses of the steps, the gradients of the first, every tensor after the last, and how far it went from its start."""
    net = network(dtype).train()
    start = state(net)
    sgd = torch.optim.SGD(net.parameters(), TRAIN["rate"], TRAIN["momentum"], weight_decay=TRAIN["weight_decay"])
    losses, gradients = [], {}
    for step in range(TRAIN["steps"]):
        stream = TRAIN["first_stream"] + step
        truth = torch.from_numpy(generator.labels(stream, TRAIN["count"], CLASSES))
        loss = nn.functional.cross_entropy(net(batch(stream, TRAIN["count"], TRAIN["side"], dtype)), truth)
        sgd.zero_grad()
        loss.backward()
        if step == 0:
            gradients = {name: p.grad.double().numpy().copy() for name, p in net.named_parameters()}
        sgd.step()
        losses.append(loss.item())
    after = state(net)
    return losses, gradients, after, {name: after[name] - start[name] for name in start}


def write(name, value):
    head = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__, "python": platform.python_version()}
    text = json.dumps(head | value, separators=(",", ":"))
    # A line a tensor, so that a change can be read.
    (HERE / name).write_text(text.replace('},"', '},\n"') + "\n")


def main():
    torch.manual_seed(0)
    cases = []
    for stream, (count, side) in enumerate(EVAL_CASES):
        exact, rounded = (evaluate(stream, count, side, dtype) for dtype in (torch.float64, torch.float32))
        cases.append({"stream": stream, "count": count, "side": side, "tensors": prints(exact, rounded, 64)})
        cases[-1]["logits"] = [float(f"{x:.9g}") for x in exact["logits"].reshape(-1)]
    write("mobilenet_v2_eval.json", {"cases": cases})

    exact, rounded = train(torch.float64), train(torch.float32)
    result = TRAIN | {"loss": exact[0], "loss_f32": rounded[0]}
    result["gradients"] = prints(exact[1], rounded[1], 16)
    result["after"] = prints(exact[2], rounded[2], 8)
    result["change"] = prints(exact[3], rounded[3], 16)
    write("mobilenet_v2_train.json", result)


if __name__ == "__main__":
    main()
