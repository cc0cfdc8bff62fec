"""Weights, images and labels from 32-bit integer arithmetic; tests/common/generator.rs makes the same bits in Rust.

Every number is a 20-bit integer times a power of two, plus a small constant: exact in f32, so no rounding can differ
between languages. A released network would be too large to commit; this one is four screens of code.
"""
import numpy as np

MASK = 0xFFFFFFFF
# Seeds: tensor i of the network uses seed i; everything else starts above.
IMAGES = 10_000
LABELS = 20_000
FINGERPRINT = 30_000


def mix(x):
    """A 32-bit integer hash; `x` is a uint64 array of values below 2^32."""
    x = np.asarray(x, dtype=np.uint64) & np.uint64(MASK)
    for _ in range(2):
        x = ((x ^ (x >> np.uint64(16))) * np.uint64(0x45D9F3B)) & np.uint64(MASK)
    return x ^ (x >> np.uint64(16))


def raw(seed, count):
    """`count` 32-bit integers of stream `seed`."""
    start = mix(seed + 1)
    return mix(np.arange(count, dtype=np.uint64) + start)


def uniform(seed, count):
    """`count` numbers in [-1, 1), multiples of 2^-19."""
    return ((raw(seed, count) >> np.uint64(12)).astype(np.float32) - np.float32(2**19)) * np.float32(2.0**-19)


def kaiming(fan_in):
    """The power of two in (1/2, 1] times sqrt(6 / fan_in), the bound of Kaiming's uniform spread, without a square root."""
    exponent = 0
    while 6 << (2 * exponent) < fan_in:
        exponent += 1
    return np.float32(2.0**-exponent)


def parameter(seed, name, shape):
    """One tensor by its name and shape.

    Kept gentle, so that five steps of SGD amplify rounding as little as training can: convolutions four times Kaiming's spread (their
    gradient is the smaller), beta near 2 (few inputs of ReLU6 lie at its kinks, yet both its ends are met), and the last BatchNorm small
    (1280 features of order 1 would make a rate of 0.01 a leap for the classifier). The third BatchNorm of a ResNet-50's blocks is small too,
    or each of its sixteen sums would be three times the one before.
    """
    u = uniform(seed, int(np.prod(shape))).reshape(shape)
    kind = name.rsplit(".", 1)[1]
    if len(shape) == 4:
        return u * (kaiming(int(np.prod(shape[1:]))) * np.float32(4.0))
    if len(shape) == 2:
        return u * kaiming(shape[1])
    if kind == "running_mean":
        return u
    if kind == "running_var":
        return u * np.float32(12.0) + np.float32(20.0)
    scale = np.float32(0.0625 if name.startswith("features.18.1.") else 0.125 if name.startswith("layer") and ".bn3." in name else 1.0)
    if kind == "weight":
        return (u * np.float32(0.5) + np.float32(1.0)) * scale
    return (u * np.float32(0.25) + np.float32(0.0 if is_linear(name) else 2.0)) * scale


def is_linear(name):
    """Biases of layers that no activation follows: projections of the inverted residuals, and the classifier."""
    return name in ("features.1.conv.2.bias", "classifier.1.bias") or name.endswith(".conv.3.bias")


def images(stream, count, side):
    """`count` x `side` x `side` x 3 (NHWC), in [-2, 2): the range of normalised photographs."""
    return (uniform(IMAGES + stream, count * side * side * 3) * np.float32(2.0)).reshape(count, side, side, 3)


def labels(stream, count, classes):
    """`count` class indices."""
    return (raw(LABELS + stream, count) % np.uint64(classes)).astype(np.int64)


def fingerprint(tensor, values):
    """What is kept of a tensor (NHWC where it is an image): its size, mean, L2 norm, largest magnitude, and values at hashed places.

    Value j is the one at position (mix_j * size) >> 32; hashed, because a regular stride would meet the same channels again and again.
    """
    flat = np.asarray(tensor, dtype=np.float64).reshape(-1)
    places = (raw(FINGERPRINT, min(values, flat.size)) * np.uint64(flat.size)) >> np.uint64(32)
    digits = lambda x: float(f"{x:.9g}")
    return {
        "size": int(flat.size),
        "mean": digits(flat.mean()),
        "norm": digits(np.sqrt((flat * flat).sum())),
        "largest": digits(np.abs(flat).max()),
        "values": [digits(x) for x in flat[places.astype(np.int64)]],
    }
