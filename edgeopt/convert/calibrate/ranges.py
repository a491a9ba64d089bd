"""The range of every tensor by one method, for each type that it may be kept in."""

from __future__ import annotations

from collections.abc import Mapping

from edgeopt.convert.calibrate.activations import Activations
from edgeopt.convert.calibrate.methods import METHODS
from edgeopt.convert.quantizer import Range

Ranges = Mapping[str, Mapping[int, Range]]  # type -> tensor -> range


def ranges_by(method: str, activations: Activations) -> Ranges:
    """int8 by the method; int16, which has 256 times the steps, keeps all that was seen: clipping could only lose."""
    chosen = METHODS.get(method)
    return {
        "int8": {tensor: chosen.range_of(seen) for tensor, seen in activations.seen.items()},
        "int16": {**activations.states, **{t: Range(seen.low, seen.high) for t, seen in activations.seen.items()}},
    }
