"""Tables of functions that TensorFlow Lite computes in float32 when it loads a model."""

from abc import abstractmethod

import numpy as np

from edgeopt.ir import Array, Io
from edgeopt.ops._lut import Lut

_BEYOND = 2.0**20  # steps: further out, any zero point saturates


class FloatTable(Lut):
    """A function of real numbers, each operation in float32, rounded to nearest with halves away from zero.

    A transcendental function is the float32 nearest to its value, so the table is the same on every machine. The C
    library behind an oracle may be off by the last bit, which shows in the output only at a half step.
    """

    @abstractmethod
    def real(self, x: Array, io: Io) -> Array:
        """The function of the float32 values `x`, float32; infinite where it overflows."""

    def function(self, q: Array, io: Io) -> Array:
        x, y = io.input(0).q, io.output.q
        values = np.float32(x.scale) * (q - x.zero_point).astype(np.float32)
        with np.errstate(over="ignore"):
            steps = self.real(values, io) * (np.float32(1) / np.float32(y.scale))
        bounded = np.clip(steps, -_BEYOND, _BEYOND).astype(np.float64)
        whole = np.sign(bounded) * np.floor(np.abs(bounded) + 0.5)
        quantized: Array = whole.astype(np.int64) + y.zero_point
        return quantized


def nearest_float32(values: Array) -> Array:
    """float64 values as float32; too large ones are infinite."""
    with np.errstate(over="ignore"):
        return values.astype(np.float32)
