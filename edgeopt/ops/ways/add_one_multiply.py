"""ADD with one multiplication an operand: (A a + B b + C) >> 20, proven on all pairs of int8."""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array, CCall, Io, Target
from edgeopt.ops.add import Add
from edgeopt.ops.ways import DSP_CORES, WAYS, Way, WayTo

_SHIFT = 20  # of eo_ssat8_asr20
_MULTIPLIER_SHIFT = 8  # what the kernel divides the products by
# The exact multipliers, or a little more: where many sums are halves, that takes them away from zero, as they must go
_STRETCHES = (1.0, 1 + 2.0**-18)
_ALL = np.arange(-128, 128)


@WAYS.register("add_one_multiply")
class AddOneMultiply(WayTo):
    op = Add

    @classmethod
    def offer(cls, op: Add, io: Io, target: Target) -> Way | str:
        if target.core not in DSP_CORES:
            return "for cores with DSP instructions"
        if not io.input(0).shape == io.input(1).shape == io.output.shape:
            return "operands of one shape only"
        found = exact_sum(op, io)
        if found is None:
            return "its roundings are not those of one sum"
        (first, second), addend = found
        params = {
            "multiplier1": first,
            "multiplier2": second,
            "addend": addend,
            "count": io.output.elements,
            "clamp_low": op.clamp[0],
            "clamp_high": op.clamp[1],
        }
        call = CCall("eo_add_one_multiply_s8", params, inputs=(0, 1), why="one multiplication an operand")
        return Way("add_one_multiply", (call,), op.in_place(io))


def exact_sum(op: Add, io: Io) -> tuple[tuple[int, int], int] | None:
    """Multipliers and addend with which every pair of int8 gives the reference's output, or None."""
    (wanted,) = op.reference(io, (_ALL[:, None], _ALL[None, :]))
    for stretch in _STRETCHES:
        scales = (io.input(index).q.scale * stretch / io.output.q.scale for index in (0, 1))
        first, second = (round(scale * 2 ** (_SHIFT + _MULTIPLIER_SHIFT)) for scale in scales)
        addend = _addend(wanted, op.clamp, first, second) if max(first, second) < 2**31 else None
        if addend is not None:
            return (first, second), addend
    return None


def _addend(wanted: Array, clamp: tuple[int, int], first: int, second: int) -> int | None:
    """In the middle of those that give the wanted outputs, int8 [256, 256], and sums of 32 bits; None: there is none.

    Each pair bounds it: from below where its output must reach a level, from above where it must not reach the next.
    """
    products = (first * _ALL[:, None] >> _MULTIPLIER_SHIFT) + (second * _ALL[None, :] >> _MULTIPLIER_SHIFT)
    bounds = (wanted.astype(np.int64) << _SHIFT) - products
    least, most = -(2**31) - products.min(), 2**31 - 1 - products.max()
    least = bounds.max(where=wanted > clamp[0], initial=least)
    most = (bounds + 2**_SHIFT - 1).min(where=wanted < clamp[1], initial=most)
    return int(least + most) // 2 if least <= most else None
