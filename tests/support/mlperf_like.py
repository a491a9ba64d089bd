"""Networks of the MLPerf Tiny architectures with random weights, for tests that must not need the trained ones.

Every layer has the shape, the stride and the activation of the reference model's, and scales with which its outputs use
their range; where most channels of the trained network are constant, most are here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from support.tflite_writer import ModelBuilder

_SCALE = 0.05  # of all activations: the weights' scales make up for it
_SAME = {"padding": "SAME"}


class Net:
    """A chain of layers: `at` is the tensor that comes next, `shape` its shape."""

    def __init__(self, seed: int, shape: tuple[int, ...], zero_point: int, bare: float = 0) -> None:
        """`bare` is the share of layers without a bias."""
        self._bare = bare
        self._rng = np.random.default_rng(seed)
        self.m = ModelBuilder()
        self.shape, self._zero_point = shape, zero_point
        self.input = self.at = self.m.tensor(shape, scale=_SCALE, zero_point=zero_point, name="input")

    def conv(self, channels: int, kernel: tuple[int, int], stride: int = 1, relu: bool = True, dead: float = 0) -> int:
        rows, cols = (-(-size // stride) for size in self.shape[1:3])
        options = _SAME | {"stride_h": stride, "stride_w": stride, "fused_activation_function": _relu(relu)}
        weights = self._weights((channels, *kernel, self.shape[3]), 0, relu, dead)
        return self._layer("CONV_2D", weights, (1, rows, cols, channels), options, relu)

    def depthwise(self, stride: int = 1, dead: float = 0) -> int:
        rows, cols = (-(-size // stride) for size in self.shape[1:3])
        channels = self.shape[3]
        options = _SAME | {"stride_h": stride, "stride_w": stride, "depth_multiplier": 1}
        weights = self._weights((1, 3, 3, channels), 3, True, dead)
        options["fused_activation_function"] = _relu(True)
        return self._layer("DEPTHWISE_CONV_2D", weights, (1, rows, cols, channels), options, True)

    def dense(self, channels: int, relu: bool) -> int:
        options = {"fused_activation_function": _relu(relu)}
        weights = self._weights((channels, self.shape[-1]), 0, relu, 0)
        return self._layer("FULLY_CONNECTED", weights, (1, channels), options, relu)

    def back_to(self, x: int, shape: tuple[int, ...]) -> None:
        """Goes on behind an earlier layer that ends in a ReLU."""
        self.at, self.shape, self._zero_point = x, shape, -128

    def add(self, x: int, z: int) -> int:
        return self._op("ADD", [x, z], self.shape, {"fused_activation_function": "RELU"}, -128)

    def pool(self) -> int:
        """The average of all pixels."""
        options = {"padding": "VALID", "filter_height": self.shape[1], "filter_width": self.shape[2]}
        pooled = self._op("AVERAGE_POOL_2D", [self.at], (1, 1, 1, self.shape[3]), options, self._zero_point)
        flat = self.m.tensor((2,), "int32", data=[1, self.shape[3]])
        return self._op("RESHAPE", [pooled, flat], (1, self.shape[3]), {}, self._zero_point)

    def classes(self, count: int) -> bytes:
        """The end: a classifier over the average of all pixels."""
        self.pool()
        logits = self.dense(count, relu=False)
        self.at = self.m.tensor((1, count), scale=1 / 256, zero_point=-128, name="classes")
        self.m.op("SOFTMAX", [logits], [self.at], {"beta": 1.0})
        return self.file()

    def file(self) -> bytes:
        return self.m.finish([self.input], [self.at])

    def _weights(self, shape: tuple[int, ...], axis: int, relu: bool, dead: float) -> list[int]:
        """Weights and bias; of a share `dead` of the channels both are such that the output is one number."""
        channels = shape[axis]
        data = self._rng.integers(-127, 128, shape)
        lives = self._rng.random(channels) >= dead
        data = data * (lives.reshape([-1 if i == axis else 1 for i in range(len(shape))]))
        rows = np.moveaxis(data, axis, 0).reshape(channels, -1).astype(np.float64)
        spread = np.maximum(74 * np.sqrt((rows**2).sum(axis=1)), 1)
        mean = -(self._zero_point + 0.5) * rows.sum(axis=1)
        scales = (60 / np.where(lives, spread, 1e6) * np.exp(self._rng.uniform(-0.5, 0.5, channels))).tolist()
        bias = np.where(lives, self._rng.normal(0.3, 0.5, channels) * spread - mean, -1000).round().astype(np.int64)
        w = self.m.tensor(shape, scale=scales, axis=axis, data=data)
        if self._bare and self._rng.random() < self._bare:
            return [w]
        return [w, self.m.tensor((channels,), "int32", scale=[_SCALE * scale for scale in scales], data=bias)]

    def _layer(
        self, operator: str, weights: list[int], shape: tuple[int, ...], options: Mapping[str, object], relu: bool
    ) -> int:
        return self._op(operator, [self.at, *weights], shape, options, -128 if relu else 4)

    def _op(
        self, operator: str, inputs: list[int], shape: tuple[int, ...], options: Mapping[str, object], zero_point: int
    ) -> int:
        y = self.m.tensor(shape, scale=_SCALE, zero_point=zero_point)
        self.m.op(operator, inputs, [y], options)
        self.at, self.shape, self._zero_point = y, shape, zero_point
        return y


def _relu(relu: bool) -> str:
    return "RELU" if relu else "NONE"


def kws() -> bytes:
    """Keyword spotting: a depthwise separable network on 49x10 features."""
    n = Net(1, (1, 49, 10, 1), 83)
    n.conv(64, (10, 4), 2)
    for _ in range(4):
        n.depthwise()
        n.conv(64, (1, 1))
    return n.classes(12)


def ic() -> bytes:
    """Image classification: three residual blocks on 32x32 pixels."""
    n = Net(2, (1, 32, 32, 3), -128)
    x = n.conv(16, (3, 3))
    for channels, stride in ((16, 1), (32, 2), (64, 2)):
        shape = n.shape
        n.conv(channels, (3, 3), stride)
        y, of_y = n.conv(channels, (3, 3), relu=False), n.shape
        if stride == 2:
            n.back_to(x, shape)
            x = n.conv(channels, (1, 1), 2, relu=False)
        assert n.shape == of_y
        x = n.add(x, y)
    return n.classes(10)


def vww() -> bytes:
    """Visual wake words: MobileNet of a quarter width, 96x96 pixels; most channels of the last layers are constant."""
    n = Net(3, (1, 96, 96, 3), -128)
    n.conv(8, (3, 3), 2)
    for index, (channels, stride) in enumerate(_VWW):
        n.depthwise(stride, dead=0.6 if index >= 7 else 0)
        n.conv(channels, (1, 1), dead=0.6 if index >= 7 else 0)
    return n.classes(2)


_VWW = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), *5 * ((128, 1),), (256, 2), (256, 1))


def ad() -> bytes:
    """Anomaly detection: an autoencoder of dense layers on 640 features."""
    n = Net(4, (1, 640), 89)
    for channels in (*4 * (128,), 8, *4 * (128,)):
        n.dense(channels, relu=True)
    n.dense(640, relu=False)
    return n.file()


MLPERF_LIKE: Mapping[str, Callable[[], bytes]] = {"kws_like": kws, "ic_like": ic, "vww_like": vww, "ad_like": ad}
