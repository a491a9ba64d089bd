"""Networks with float work between binary layers, and with numbers that make ties of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from support.lce import LceBuilder

from edgeopt.ir import Array

SIZE, INPUTS, CHANNELS = 4, 32, 96
SHAPE = (1, SIZE, SIZE, CHANNELS)
POOL = {"padding": "VALID", "filter_height": 2, "filter_width": 2, "stride_h": 2, "stride_w": 2}
SIGNS = (1 / 127, 0)  # of an input within -1..1


class FloatWork(LceBuilder):
    """Float operators, and numbers for them; `shape` is that of the value which comes next."""

    shape: Sequence[int]

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__()
        self.rng = rng

    def slopes(self, count: int = CHANNELS) -> Array:
        """Of all signs, some simple, some 0."""
        rng = self.rng
        slopes = rng.normal(size=count) * 10.0 ** rng.uniform(-3, 2, count)
        simple = rng.choice([0.0, 1.0, -1.0, 0.5, -0.25], count)
        return np.where(rng.random(count) < 0.3, simple, slopes).astype(np.float32)

    def terms(self, slopes: Array, spread: float = 6) -> Array:
        """What brings slopes x to 0, or next to it, at a whole number of the usual ones."""
        at = np.rint(self.rng.normal(0, spread, slopes.size)).astype(np.float32) * 2
        exact = -(slopes * at)
        beside = np.nextafter(exact, self.rng.choice(np.array([-np.inf, np.inf], np.float32), slopes.size))
        return np.where(self.rng.random(slopes.size) < 0.5, exact, beside.astype(np.float32)).astype(np.float32)

    def float_op(self, name: str, x: int, constants: Sequence[Array] = (), **options: object) -> int:
        y = self.tensor(self.shape, "float32")
        inputs = [self.tensor(values.shape, "float32", data=values) for values in constants]
        self.op(name, [x, *inputs], [y], options)
        return y

    def norm(self, x: int, count: int = CHANNELS, **options: object) -> int:
        slopes = self.slopes(count)
        y = self.float_op("MUL", x, [slopes])
        return self.float_op("ADD", y, [self.terms(slopes)], **options)

    def pool(self, x: int, **options: object) -> int:
        self.shape = [1, self.shape[1] // 2, self.shape[2] // 2, self.shape[3]]
        return self.float_op("MAX_POOL_2D", x, **(POOL | options))

    def viewed(self, x: int, shape: Sequence[int]) -> int:
        y = self.tensor(shape, "float32")
        self.op("RESHAPE", [x, self.tensor([len(shape)], "int32", data=shape)], [y])
        self.shape = shape
        return y

    def flatten(self, x: int) -> int:
        return self.viewed(x, [1, int(np.prod(self.shape))])


class Chains(FloatWork):
    """A binary convolution, and float work behind it."""

    def __init__(self, rng: np.random.Generator) -> None:
        super().__init__(rng)
        self.shape = SHAPE
        self.x = self.tensor([1, SIZE, SIZE, INPUTS], "float32")
        self.signs = self.quantize(self.x, [1, SIZE, SIZE, INPUTS])

    def sums(self, activation: int = 0, plain: bool = True, **options: int) -> int:
        """A float convolution of 3x3; plain: the dot products as they are."""
        slopes = np.ones(CHANNELS, np.float32) if plain else self.slopes()
        bias = np.zeros(CHANNELS, np.float32) if plain else self.terms(slopes)
        negative = self.rng.integers(0, 2, [CHANNELS, 3, 3, INPUTS]).astype(bool)
        options = {"channels_in": INPUTS, "fused_activation_function": activation, **options}
        return self.bconv(self.signs, self.weights(negative), SHAPE, options, multiplier=slopes, bias=bias)
