"""The device's outputs against an oracle's, byte for byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import UsageError

Array = NDArray[Any]


@dataclass(frozen=True)
class Difference:
    """Element `index` (flat) of output `output` of sample `sample`."""

    sample: int
    output: int
    index: int
    expected: float
    got: float

    def __str__(self) -> str:
        where = f"sample {self.sample}, output {self.output}, element {self.index}"
        return f"{where}: expected {self.expected:g}, got {self.got:g}"


@dataclass(frozen=True)
class Validation:
    """`identical` of `samples` samples have every output byte right. `oracle` names what was compared against."""

    samples: int
    identical: int
    max_abs_diff: float
    first_difference: Difference | None
    oracle: str


def validate(outputs: Sequence[Sequence[bytes]], expected: Sequence[Sequence[Array]], oracle: str) -> Validation:
    """Compares `outputs[sample][output]` from a device with the oracle's arrays, whose dtype says what the bytes are.

    UsageError where the numbers of samples, outputs or bytes do not match.
    """
    if len(outputs) != len(expected):
        raise UsageError(f"{len(outputs)} samples were run, {len(expected)} are expected", "give as many of both")
    identical = 0
    max_abs_diff = 0.0
    first: Difference | None = None
    for sample, (got_outputs, wanted_outputs) in enumerate(zip(outputs, expected, strict=True)):
        if len(got_outputs) != len(wanted_outputs):
            raise UsageError(f"the device has {len(got_outputs)} outputs, {len(wanted_outputs)} are expected", _HINT)
        same = True
        for index, (data, wanted) in enumerate(zip(got_outputs, wanted_outputs, strict=True)):
            found = _compare(data, np.asarray(wanted), sample, index)
            if found is not None:
                same = False
                first = first or found[0]
                max_abs_diff = max(max_abs_diff, found[1])
        identical += same
    return Validation(len(outputs), identical, max_abs_diff, first, oracle)


def _compare(data: bytes, wanted: Array, sample: int, output: int) -> tuple[Difference, float] | None:
    """First difference and largest absolute one; None where every byte is equal."""
    if len(data) != wanted.nbytes:
        raise UsageError(f"output {output} of the device has {len(data)} bytes, {wanted.nbytes} are expected", _HINT)
    differ = different(data, wanted)
    if not differ.any():
        return None
    got, flat = np.frombuffer(data, wanted.dtype.newbyteorder("<")), wanted.ravel()
    index = int(np.flatnonzero(differ)[0])
    diffs = np.abs(got.astype(np.float64) - flat.astype(np.float64))
    worst = float(np.max(np.where(np.isnan(diffs), np.inf, diffs)))
    return Difference(sample, output, index, float(flat[index]), float(got[index])), worst


def different(data: bytes, wanted: Array) -> NDArray[np.bool_]:
    """For each element of `wanted`, flat, whether a device's bytes, as many, are others."""
    little = wanted.dtype.newbyteorder("<")  # every supported device is little-endian
    got, flat = np.frombuffer(data, little), wanted.ravel().astype(little)
    differ: NDArray[np.bool_] = got.view(_bits(little)) != flat.view(_bits(little))
    if little.kind == "f":
        differ &= ~(np.isnan(got) & np.isnan(flat))  # the bits within not-a-number are the core's own
    return differ


def _bits(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.dtype(f"<u{dtype.itemsize}")


_HINT = "compare with the outputs of the model that the firmware was generated from"
