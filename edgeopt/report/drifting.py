"""What `edgeopt drift` found: each board's inputs against the calibration set."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from edgeopt.device.drift import LEAST_SAMPLES, Check, Known, drift_of
from edgeopt.device.input_stats import InputStats
from edgeopt.ir import Tensor
from edgeopt.report.measuring import Failure
from edgeopt.report.text import number, percent
from edgeopt.report.view import Shown


@dataclass(frozen=True)
class Spread:
    """Of all values of an input, in the unit of the data: what the network's integers stand for."""

    mean: float
    deviation: float
    least: float
    most: float
    share_at_ends: float  # at the ends of the type


@dataclass(frozen=True)
class InputDrift:
    """One input. `has_drifted` None: nothing can be told, and `why` says so."""

    name: str
    dtype: str
    inferences: int
    samples: int  # of the calibration set
    seen: Spread | None  # None: no inference
    known: Spread
    has_drifted: bool | None
    checks: tuple[Check, ...]
    meaning: tuple[str, ...]  # of what has drifted, in words
    why: str = ""


@dataclass(frozen=True)
class BoardDrift:
    """`error`: the board told nothing."""

    name: str
    target: str
    label: str | None = None  # simulated or measured: where the inferences ran
    inputs: tuple[InputDrift, ...] = ()
    error: Failure | None = None


@dataclass(frozen=True)
class Drift(Shown):
    """`edgeopt drift`. `fleet`: all boards together, where there are several that told."""

    project: str
    model: str
    data: str
    boards: tuple[BoardDrift, ...]
    fleet: tuple[InputDrift, ...] = ()
    cleared: bool = False
    warnings: tuple[str, ...] = ()


def input_drift(tensor: Tensor, stats: InputStats | None, known: Known, inputs: int) -> InputDrift:
    """`inputs`: how many of the network are tested."""
    scale, zero = (1.0, 0) if tensor.quant is None else (tensor.quant.scale, tensor.quant.zero_point)

    def spread(mean: float, deviation: float, least: int, most: int, share: float) -> Spread:
        least_real, most_real = (scale * (end - zero) for end in (least, most))
        return Spread(scale * (mean - zero), scale * deviation, least_real, most_real, share)

    expected = spread(known.mean, known.deviation, known.least, known.most, known.share_at_ends)

    def made(seen: Spread | None, checks: tuple[Check, ...], has_drifted: bool | None, why: str) -> InputDrift:
        count = 0 if stats is None else stats.inferences
        meaning = tuple(_meanings(checks, seen, expected)) if seen is not None else ()
        return InputDrift(
            tensor.name, tensor.dtype, count, known.samples, seen, expected, has_drifted, checks, meaning, why
        )

    if stats is None:
        return made(None, (), None, f"the firmware keeps no statistics of {tensor.dtype}")
    if stats.mean is None or stats.variance is None or stats.share_at_ends is None:
        return made(None, (), None, "no inference since power-up, or since they were forgotten")
    deviation = math.sqrt(max(0.0, stats.variance))
    seen = spread(stats.mean, deviation, stats.least, stats.most, stats.share_at_ends)
    checks = drift_of(stats, known, inputs)
    if known.samples < LEAST_SAMPLES:
        return made(seen, checks, None, f"{known.samples} calibration samples tell no spread: {LEAST_SAMPLES} at least")
    return made(seen, checks, any(check.has_drifted for check in checks), "")


def _meanings(checks: Sequence[Check], seen: Spread, known: Spread) -> Iterator[str]:
    for check in checks:
        if check.name in ("least", "most") and check.has_drifted is None:
            yield f"values beyond the calibration set's {check.name}, as so many inferences may have without a drift"
        if not check.has_drifted:
            continue
        if check.name == "mean":
            way = "higher" if check.effect > 0 else "lower"
            yield f"the values lie {way} by {abs(check.effect):.2g} standard deviations: another offset, light, gain?"
        elif check.name == "spread":
            wide = "wider" if check.effect > 1 else "less wide"
            yield f"they spread {wide}, {check.effect:.2g} times as far: another gain, other noise, a dead sensor?"
        elif check.name == "ends":
            shares = (
                f"{percent(seen.share_at_ends)} of the values, {percent(known.share_at_ends)} of the calibration set"
            )
            yield f"cut off at the ends of the type: {shares}; the network no longer sees how large they are"
        else:
            end = seen.least if check.name == "least" else seen.most
            yield f"the {check.name}, {number(end)}, lies {check.effect:.2g} deviations outside of the calibration set"
