"""Whether what a device was given is still what its network was calibrated with: its statistics against the samples.

A value counts as drifted where it is off by more than chance gives, and by so much that it matters: with a million
inferences everything is off by more than chance gives, and with three nothing is known.

Chance: the inferences are taken for independent draws from what the calibration samples are drawn from. The elements of
one inference are not independent, so that the unit is the inference: of the S samples' own means (or squares, or shares
at the ends) with the standard deviation s, the mean of N inferences is off by s sqrt(1/N + 1/S), and the quotient
follows Student's t with S - 1 degrees of freedom (the two-sample test with the variance of one sample; Student,
Biometrika 6 (1908) 1). The level 0.001 is shared out among all tests of a device (Bonferroni).

How much matters: a mean off by 0.2 standard deviations of all values (Cohen, Statistical Power Analysis for the
Behavioral Sciences, 1988: the least that he calls an effect); a standard deviation of other size by a quarter; one
value more in a hundred at the ends of the type. The thresholds are conventions.

The extremes of a device cannot prove much: that the largest of N inferences exceeds the largest of S samples has the
probability N / (N + S) if nothing has drifted, whatever the distribution, as each of all N + S is the largest equally
often. They count only where that is under the level, and are else shown.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from edgeopt.device.input_stats import InputStats
from edgeopt.ir import Array

LEVEL = 0.001
LEAST_SAMPLES = 10  # of a calibration set; fewer tell no spread
MEAN_SHIFT = 0.2  # standard deviations
SPREAD = 1.25  # times, or one over it
ENDS_SHARE = 0.01
BEYOND = 1.0  # standard deviations outside of the calibration set's range
_TESTS = 5  # of an input: mean, spread, ends, least, most


@dataclass(frozen=True)
class Known:
    """An input of the calibration set, as the network's integers: of all values, and from sample to sample."""

    samples: int
    values: int
    mean: float
    deviation: float  # of all values
    least: int
    most: int
    share_at_ends: float
    mean_deviation: float  # of the samples' means ...
    square_deviation: float  # ... of their mean squares around `mean` ...
    ends_deviation: float  # ... and of their shares at the ends


@dataclass(frozen=True)
class Check:
    """One figure of the device against the calibration set. `effect` is what `threshold` is for.

    `statistic` and `critical`: of the test, None where there is none. `has_drifted`: None where there is too little to
    tell.
    """

    name: str  # mean | spread | ends | least | most
    effect: float
    threshold: float
    statistic: float | None
    critical: float | None
    has_drifted: bool | None


def known_of(values: Array) -> Known:
    """Of the samples [samples, ...] of one input, integers of the network's type (int8, uint8, int16)."""
    ends = np.iinfo(values.dtype)
    rows = values.reshape(len(values), -1).astype(np.float64)
    mean = float(rows.mean())
    at_ends = (rows == ends.min) | (rows == ends.max)
    return Known(
        samples=len(rows),
        values=rows.size,
        mean=mean,
        deviation=float(rows.std()),
        least=int(values.min()),
        most=int(values.max()),
        share_at_ends=float(at_ends.mean()),
        mean_deviation=_deviation(rows.mean(axis=1)),
        square_deviation=_deviation(((rows - mean) ** 2).mean(axis=1)),
        ends_deviation=_deviation(at_ends.mean(axis=1)),
    )


def drift_of(found: InputStats, known: Known, inputs: int = 1) -> tuple[Check, ...]:
    """The checks of an input that has seen at least one inference; `inputs`: how many are tested of this device.

    ValueError where it has seen none.
    """
    if not found.values or found.mean is None or found.variance is None or found.share_at_ends is None:
        raise ValueError("no inference was seen")
    level = LEVEL / (_TESTS * max(1, inputs))
    step = max(known.deviation, 1.0)  # a constant input: steps of its quantization
    shift = found.mean - known.mean
    spread = max(1.0, math.sqrt(max(0.0, found.variance))) / step
    square = found.variance - known.deviation**2
    ends = found.share_at_ends - known.share_at_ends
    count = found.inferences
    return (
        _tested("mean", shift / step, MEAN_SHIFT, shift, known.mean_deviation, count, known, level),
        _tested("spread", spread, SPREAD, square, known.square_deviation, count, known, level),
        _ends(ends, count, known, level),
        _range("least", (known.least - found.least) / step, count, known, level),
        _range("most", (found.most - known.most) / step, count, known, level),
    )


def pooled(stats: Sequence[InputStats]) -> InputStats:
    """Of several devices as if it were one; ValueError where their types differ."""
    if len({one.dtype for one in stats}) != 1:
        raise ValueError("the types differ")
    seen = [one for one in stats if one.values]
    return InputStats(
        dtype=stats[0].dtype,
        inferences=sum(one.inferences for one in seen),
        values=sum(one.values for one in seen),
        least=min((one.least for one in seen), default=0),
        most=max((one.most for one in seen), default=0),
        sum=sum(one.sum for one in seen),
        squares=sum(one.squares for one in seen),
        at_ends=sum(one.at_ends for one in seen),
    )


def student_quantile(level: float, degrees: int) -> float:
    """What |t| exceeds with the probability `level`.

    Abramowitz and Stegun, Handbook of Mathematical Functions (1964), 26.7.5; to 1 % from 9 degrees of freedom on.
    """
    z = NormalDist().inv_cdf(1 - level / 2)
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / degrees**power for power, term in enumerate(terms, 1))


def _deviation(values: Array) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def _matters(name: str, effect: float, threshold: float) -> bool:
    if name == "spread":
        return not 1 / threshold <= effect <= threshold
    return abs(effect) >= threshold


def _tested(
    name: str,
    effect: float,
    threshold: float,
    difference: float,
    deviation: float,
    inferences: int,
    known: Known,
    level: float,
) -> Check:
    if known.samples < LEAST_SAMPLES:
        return Check(name, effect, threshold, None, None, None)
    error = deviation * math.sqrt(1 / inferences + 1 / known.samples)
    critical = student_quantile(level, known.samples - 1)
    if error <= 1e-12 * max(1.0, abs(known.mean)):  # the samples do not differ in it at all: any other is no chance
        return Check(name, effect, threshold, None, critical, _matters(name, effect, threshold))
    statistic = difference / error
    has_drifted = abs(statistic) > critical and _matters(name, effect, threshold)
    return Check(name, effect, threshold, statistic, critical, has_drifted)


def _ends(excess: float, inferences: int, known: Known, level: float) -> Check:
    """Fewer values at the ends are no harm. With none in S samples, a share up to 1 - level^(1/S) may be chance: it is
    at most the share of inferences that have any, and so many samples would have missed that with the probability
    `level`.
    """
    check = _tested("ends", excess, ENDS_SHARE, excess, known.ends_deviation, inferences, known, level)
    if check.has_drifted is None:
        return check
    chance = 1 - level ** (1 / known.samples) if known.ends_deviation == 0 else 0.0
    return Check(
        "ends", excess, ENDS_SHARE, check.statistic, check.critical, check.has_drifted and excess > max(0.0, chance)
    )


def _range(name: str, beyond: float, inferences: int, known: Known, level: float) -> Check:
    chance = inferences / (inferences + known.samples)
    if beyond < BEYOND:
        return Check(name, beyond, BEYOND, None, None, False)
    return Check(name, beyond, BEYOND, chance, level, True if chance < level else None)
