"""What samples show before a network sees them: too few, constant, repeated, clipped, beyond the calibrated range."""

from __future__ import annotations

import numpy as np

from edgeopt.convert.calibration import plain_name
from edgeopt.convert.dataset import Dataset
from edgeopt.errors import UsageError
from edgeopt.ir import Array

FEW_SAMPLES = 32  # fewer rarely reach the range that activations take in use
# Clipping: at least this share of all values is exactly the largest or the smallest ...
_CLIPPED_SHARE = 0.02
# ... and as many times what lies within this part of the range next to it, or is the value next to it
_CLIPPED_TIMES, _NEIGHBOURHOOD = 10, 0.005
# Ends of the usual scales of images, whose background is black or white: clipped only if both ends are, about alike
_BACKGROUNDS, _ALIKE = (-1.0, 0.0, 1.0, 255.0), 4
_LEAST_VALUES = 32  # with fewer different ones, values at the ends are the rule: one-hot, black and white
_OUTSIDE_SHARE = 1e-3  # of test values, which the calibration did not reach
_HALF_STEP = 0.5 / 255  # of the range: what is outside by less is rounded to its end anyway


def check_calibration(data: Dataset) -> tuple[str, ...]:
    """Warnings about matched data that will be used for calibration; UsageError where it can show no range at all."""
    warnings = []
    if data.samples < FEW_SAMPLES:
        warnings.append(f"{data.source}: {data.samples} samples are few for calibration, 100 to 500 are usual")
    for name, array in data.inputs.items():
        where = f"{data.source}: input `{plain_name(name)}`"
        flat = array.reshape(len(array), -1)
        if flat.min() == flat.max():
            raise UsageError(
                f"{where}: every value of every sample is {flat.flat[0]}, which shows no range",
                "expected real samples, as the model will meet them in use",
            )
        clipped = _clipping(flat)
        if clipped:
            warnings.append(f"{where}: {clipped}")
        constant = flat.min(axis=1) == flat.max(axis=1)
        if constant.any() and flat.shape[1] > 1:
            warnings.append(f"{where}: {int(constant.sum())} constant samples, the first is {int(constant.argmax())}")
    repeated = _repeated(data)
    if repeated:
        warnings.append(f"{data.source}: {len(repeated)} samples repeat earlier ones, the first is {repeated[0]}")
    return tuple(warnings)


def _repeated(data: Dataset) -> list[int]:
    seen: set[bytes] = set()
    repeated = []
    for index in range(data.samples):
        sample = b"".join(array[index].tobytes() for array in data.inputs.values())
        if sample in seen:
            repeated.append(index)
        seen.add(sample)
    return repeated


def _clipping(flat: Array) -> str | None:
    """What is clipped of [samples, values], in words; None where nothing is."""
    low, high = float(flat.min()), float(flat.max())
    if len(np.unique(flat[: max(1, 2**16 // flat.shape[1])])) < _LEAST_VALUES:
        return None
    heaped = {end: count for end in (low, high) if (count := _heap(flat, end, _NEIGHBOURHOOD * (high - low)))}
    both = len(heaped) == 2 and max(heaped.values()) <= _ALIKE * min(heaped.values())
    for end, count in heaped.items():
        if both or end not in _BACKGROUNDS:
            samples = int((flat == end).any(axis=1).sum())
            which = "smallest" if end == low else "largest"
            return (
                f"{count:,} of {flat.size:,} values ({100 * count / flat.size:.1f} %) are exactly {end:g}, the "
                f"{which}, in {samples} of {len(flat)} samples, and few are near it: they look clipped. "
                f"{describe(flat)}"
            )
    return None


def _heap(flat: Array, end: float, neighbourhood: float) -> int:
    """How many values are exactly at an end of the range, where they are many and stand out; else 0."""
    distance = np.abs(flat - end)
    others = distance[distance > 0]
    count, near = flat.size - others.size, int((others <= max(neighbourhood, others.min())).sum())
    return count if count >= _CLIPPED_SHARE * flat.size and count > _CLIPPED_TIMES * near else 0


def describe(values: Array) -> str:
    """Figures of a whole set, as a sentence."""
    mean, deviation = float(values.mean(dtype=np.float64)), float(values.std(dtype=np.float64))
    return (
        f"The set goes from {values.min():g} to {values.max():g}, with the mean {mean:.4g} and the standard deviation "
        f"{deviation:.4g}"
    )


def check_reach(tests: Dataset, calibration: Dataset) -> tuple[str, ...]:
    """Warnings about test data, matched as the calibration data is, that goes beyond it: integers will clip it."""
    warnings = []
    for name, known in calibration.inputs.items():
        values = tests.inputs[name]
        low, high = float(known.min()), float(known.max())
        margin = _HALF_STEP * (high - low)
        outside = (values < low - margin) | (values > high + margin)
        share = float(outside.mean())
        if share >= _OUTSIDE_SHARE:
            samples = int(outside.reshape(len(values), -1).any(axis=1).sum())
            warnings.append(
                f"{tests.source}: input `{plain_name(name)}`: {100 * share:.2g} % of the values, in {samples} of "
                f"{len(values)} samples, lie outside of the calibrated range {low:g} to {high:g} and are clipped to "
                f"it; they go from {values.min():g} to {values.max():g}"
            )
    return tuple(warnings)
