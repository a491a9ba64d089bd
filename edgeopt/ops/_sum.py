"""The rescaling of ADD and SUB: both operands to a common unit with some bits to spare, and the sum to the output."""

from dataclasses import dataclass

from edgeopt.ir import Io
from edgeopt.quantmath import quantize_multiplier


@dataclass(frozen=True)
class SumRescale:
    """(multiplier, shift) of both operands and of the output, as TFLM computes them in float64; no shift is above 0."""

    operands: tuple[tuple[int, int], tuple[int, int]]
    output: tuple[int, int]

    @classmethod
    def of(cls, io: Io, left_shift: int) -> "SumRescale":
        """`left_shift`: of both operands before they are rescaled."""
        scales = io.input(0).q.scale, io.input(1).q.scale
        unit = 2 * max(scales)
        first, second = (quantize_multiplier(scale / unit) for scale in scales)
        return cls((first, second), quantize_multiplier(unit / (2**left_shift * io.output.q.scale)))
