"""Random networks of the layers that have several ways: chains, residuals, branches, dead channels, odd sizes."""

from __future__ import annotations

import numpy as np
from support.mlperf_like import Net


def random_network(seed: int) -> bytes:
    """The .tflite; some 4 to 12 layers, images of 3 to 24 pixels a side, the same for the same seed."""
    rng = np.random.default_rng([seed, 5])
    rows, cols = (int(side) for side in rng.integers(3, 25, 2))
    net = Net(seed, (1, rows, cols, int(rng.choice([1, 3, 3, 4, 8, 12]))), int(rng.choice([-128, -128, 0, 83])), 0.15)
    for _ in range(int(rng.integers(2, 9))):
        _BLOCKS[int(rng.integers(len(_BLOCKS)))](net, rng)
    if rng.random() < 0.3:
        return net.file()
    if rng.random() < 0.7:
        return net.classes(int(rng.integers(2, 12)))
    net.pool()
    net.dense(int(rng.integers(1, 20)), relu=bool(rng.random() < 0.5))
    return net.file()


def _channels(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 2, 3, 4, 5, 7, 8, 8, 12, 16, 16, 17, 24, 32]))


def _dead(rng: np.random.Generator) -> float:
    return float(rng.choice([0, 0, 0, 0.3, 0.7]))


def _pointwise(net: Net, rng: np.random.Generator) -> None:
    net.conv(_channels(rng), (1, 1), int(rng.choice([1, 1, 1, 2])), bool(rng.random() < 0.8), _dead(rng))


def _conv(net: Net, rng: np.random.Generator) -> None:
    net.conv(_channels(rng), (3, 3), int(rng.choice([1, 1, 2])), bool(rng.random() < 0.8), _dead(rng))


def _wide(net: Net, rng: np.random.Generator) -> None:
    kernel = int(rng.integers(1, 6)), int(rng.integers(1, 5))
    net.conv(_channels(rng), kernel, int(rng.integers(1, 4)), dead=_dead(rng))


def _depthwise(net: Net, rng: np.random.Generator) -> None:
    net.depthwise(int(rng.choice([1, 1, 2])), _dead(rng))


def _separable(net: Net, rng: np.random.Generator) -> None:
    _depthwise(net, rng)
    _pointwise(net, rng)


def _residual(net: Net, rng: np.random.Generator) -> None:
    """A shortcut around two layers, with a layer of its own where the shapes differ."""
    x, shape = net.conv(_channels(rng), (3, 3), dead=_dead(rng)), net.shape
    stride, channels = int(rng.choice([1, 1, 2])), _channels(rng) if rng.random() < 0.5 else shape[3]
    net.conv(channels, (3, 3), stride)
    y = net.conv(channels, (3, 3), relu=False, dead=_dead(rng))
    if net.shape != shape:
        net.back_to(x, shape)
        x = net.conv(channels, (1, 1), stride, relu=False)
    net.add(x, y)


_BLOCKS = (_pointwise, _conv, _wide, _depthwise, _separable, _separable, _residual)
