"""Networks with channels that are constant or unused: by hand, and by chance from layers of all kinds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from support.tflite_writer import ModelBuilder

from edgeopt.ir import Graph
from edgeopt.load import load_bytes

ZERO = -128  # the zero point behind a RELU
STEP = 0.05


class Net:
    """A chain of layers, whose end is `y`. A bias of 100 is one step of the values."""

    def __init__(self, *shape: int, zero_point: int = ZERO) -> None:
        self.m = ModelBuilder()
        self.x = self.value(*shape, zero_point=zero_point)
        self.shape, self.zero_point, self.y = shape, zero_point, self.x

    def value(self, *shape: int, zero_point: int = ZERO) -> int:
        return self.m.tensor(shape, scale=STEP, zero_point=zero_point)

    def op(self, name: str, inputs: Sequence[int], *shape: int, zero_point: int = ZERO, **options: object) -> int:
        self.shape, self.zero_point, self.y = shape, zero_point, self.value(*shape, zero_point=zero_point)
        self.m.op(name, inputs, [self.y], options)
        return self.y

    def conv(
        self,
        weights: object,
        bias: object,
        *shape: int,
        zero_point: int = ZERO,
        name: str = "CONV_2D",
        **options: object,
    ) -> int:
        padding = {} if name == "FULLY_CONNECTED" else {"padding": "VALID"}
        inputs = [self.y, *self.constants(weights, bias)]
        return self.op(name, inputs, *shape, zero_point=zero_point, **padding | options)

    def constants(self, weights: object, bias: object) -> list[int]:
        w, b = np.array(weights, np.int8), np.array(bias, np.int32)
        return [self.m.tensor(w.shape, scale=0.01, data=w), self.m.tensor(b.shape, "int32", scale=STEP / 100, data=b)]

    def bytes(self, *outputs: int) -> bytes:
        return self.m.finish([self.x], outputs or [self.y])

    def graph(self, *outputs: int) -> Graph:
        return load_bytes(self.bytes(*outputs), "net")


class RandomNet(Net):
    """Layers by chance, with many weights of zero and biases that often decide alone."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        super().__init__(1, 4, 4, int(rng.integers(1, 5)), zero_point=int(rng.integers(-128, 128)))
        layers = [self._conv, self._conv, self._depthwise, self._sum, self._concatenation, self._table, self._pool]
        for _ in range(rng.integers(2, 9)):
            layers[rng.integers(len(layers))]()
        self._end()

    def _conv(self) -> None:
        outputs, taps = int(self._rng.integers(1, 7)), int(self._rng.choice([1, 3]))
        options = {"padding": "SAME", "fused_activation_function": str(self._rng.choice(["NONE", "RELU"]))}
        weights = self._sparse(outputs, taps, taps, self.shape[3])
        self.conv(weights, self._bias(outputs), 1, 4, 4, outputs, zero_point=self._any_point(), **options)

    def _depthwise(self) -> None:
        multiplier = int(self._rng.choice([1, 1, 2]))
        outputs = self.shape[3] * multiplier
        options = {"name": "DEPTHWISE_CONV_2D", "padding": "SAME", "depth_multiplier": multiplier}
        weights = self._sparse(1, 3, 3, outputs)
        self.conv(weights, self._bias(outputs), 1, 4, 4, outputs, zero_point=self._any_point(), **options)

    def _sum(self) -> None:
        channels = self.shape[3]
        inputs = [self._branch(channels, self._any_point()), self._branch(channels, self._any_point())]
        name = str(self._rng.choice(["ADD", "SUB", "MUL"]))
        self.op(name, inputs, 1, 4, 4, channels, zero_point=self._any_point())

    def _concatenation(self) -> None:
        inputs = [self.y, self._branch(3, self.zero_point)]
        self.op("CONCATENATION", inputs, 1, 4, 4, self.shape[3] + 3, zero_point=self.zero_point, axis=3)

    def _table(self) -> None:
        self.op("LEAKY_RELU", [self.y], *self.shape, zero_point=self._any_point(), alpha=0.2)

    def _pool(self) -> None:
        name = str(self._rng.choice(["AVERAGE_POOL_2D", "MAX_POOL_2D"]))
        window = {"filter_height": 2, "filter_width": 2, "padding": "SAME"}
        self.op(name, [self.y], *self.shape, zero_point=self.zero_point, **window)

    def _end(self) -> None:
        if self._rng.random() < 0.5:
            axes = self.m.tensor([2], "int32", data=[1, 2])
            self.op("MEAN", [self.y, axes], 1, self.shape[3], zero_point=self._any_point())
        else:
            flat = 16 * self.shape[3]
            self.op(
                "RESHAPE", [self.y, self.m.tensor([2], "int32", data=[1, flat])], 1, flat, zero_point=self.zero_point
            )
        self.conv(self._sparse(3, self.shape[1]), self._bias(3), 1, 3, zero_point=0, name="FULLY_CONNECTED")

    def _branch(self, channels: int, zero_point: int) -> int:
        """A pointwise convolution of `y` beside the chain."""
        constants = self.constants(self._sparse(channels, 1, 1, self.shape[3]), self._bias(channels))
        made = self.value(1, 4, 4, channels, zero_point=zero_point)
        self.m.op("CONV_2D", [self.y, *constants], [made], {"padding": "VALID"})
        return made

    def _sparse(self, *shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        """Weights of which single ones, and all of some channels in and out, are zero."""
        rng = self._rng
        single = rng.integers(-30, 31, shape) * (rng.random(shape) < 0.7)
        rows = rng.random((shape[0], *[1] * (len(shape) - 1))) < 0.8
        return single * rows * (rng.random(shape[-1]) < 0.8)

    def _bias(self, channels: int) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
        return self._rng.integers(-20_000, 20_000, channels) * (self._rng.random(channels) < 0.6)

    def _any_point(self) -> int:
        return int(self._rng.choice([-128, -128, 0, int(self._rng.integers(-128, 128))]))
