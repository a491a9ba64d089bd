"""Signs, in what the float network computes, that samples are not prepared as the training samples were.

Only what is sound is said. A scale is doubted where another of the usual ones makes the network right far more often
on the same labelled samples, or where without labels one class gets all samples as they are and many classes share
them under the other scale. A layer that gives nothing but 0 is said to. Other mistakes of scale leave no such trace:
behind a folded batch normalization nothing in the file tells what a network was trained on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from edgeopt.convert.calibrate import Activations
from edgeopt.convert.calibrate.run import outputs_of
from edgeopt.convert.data_checks import FEW_SAMPLES, describe
from edgeopt.convert.quantizer import GRAPH_INPUT, Network
from edgeopt.ir import Array

_SAMPLES = 64
_FAR_MORE = 0.1  # of the samples, and three standard deviations of the difference
_ONE_CLASS, _MANY_CLASSES = 0.95, 0.7  # largest share of one class that is, and is not, suspicious


@dataclass(frozen=True)
class Scale:
    """A usual way to prepare samples, from the one that these seem to have."""

    words: str
    apply: Callable[[Array], Array]


def check_preprocessing(
    network: Network, activations: Activations, columns: Sequence[Array], labels: Array | None, where: str
) -> list[str]:
    """Warnings; the model is quantized as the samples are."""
    return [*_dead_layers(network, activations, where), *_doubts_of_scale(network, activations, columns, labels, where)]


def _dead_layers(network: Network, activations: Activations, where: str) -> Iterator[str]:
    dead = [
        f"`{network.layer_names[network.makers[tensor]]}`"
        for tensor, seen in activations.seen.items()
        if seen.low == seen.high == 0.0 and network.makers[tensor] != GRAPH_INPUT
    ]
    if dead:
        more = f" and {len(dead) - 3} more" if len(dead) > 3 else ""
        yield f"{where}: layers that give nothing but 0, whatever the sample: {', '.join(dead[:3])}{more}"


def _doubts_of_scale(
    network: Network, activations: Activations, columns: Sequence[Array], labels: Array | None, where: str
) -> Iterator[str]:
    samples = min(_SAMPLES, len(columns[0]))
    given = activations.outputs[0][:samples].reshape(samples, -1)
    if len(columns) > 1 or samples < FEW_SAMPLES or given.shape[1] < 2 or given.dtype != np.float32:
        return
    if labels is None and not _is_one_class(given):
        return
    for scale in _other_scales(float(columns[0].min()), float(columns[0].max())):
        (other, *_) = outputs_of(network.data, [scale.apply(columns[0][:samples])], samples)
        doubt = _doubt(given, other.reshape(samples, -1), scale, None if labels is None else labels[:samples])
        if doubt:
            yield f"{where}: {doubt}: was that left out? {describe(columns[0])}"
            return


def _other_scales(low: float, high: float) -> tuple[Scale, ...]:
    if low >= 0 and 2 < high <= 255:
        return Scale("divided by 255", lambda x: x / 255), Scale("as x / 127.5 - 1", lambda x: x / 127.5 - 1)
    if low >= 0 and high <= 1:
        return Scale("multiplied by 255", lambda x: x * 255), Scale("as 2 x - 1", lambda x: 2 * x - 1)
    if -1 <= low < 0 and high <= 1:
        return Scale("as (x + 1) / 2", lambda x: (x + 1) / 2), Scale("as 127.5 (x + 1)", lambda x: (x + 1) * 127.5)
    return ()


def _doubt(given: Array, other: Array, scale: Scale, labels: Array | None) -> str | None:
    before, after = given.argmax(axis=1), other.argmax(axis=1)
    count = len(before)
    if labels is None:
        if _is_one_class(given) and _largest_share(after) <= _MANY_CLASSES:
            share, one, classes = _largest_share(before), np.bincount(before).argmax(), len(np.unique(after))
            return (
                f"the float model puts {100 * share:.0f} % of {count} samples into class {one}; {scale.words}, they "
                f"spread over {classes} classes"
            )
        return None
    gained = int(((after == labels) & (before != labels)).sum())
    lost = int(((after != labels) & (before == labels)).sum())
    if gained - lost > max(_FAR_MORE * count, 3 * sqrt(gained + lost)):
        right, better = float(np.mean(before == labels)), float(np.mean(after == labels))
        return (
            f"the float model is right on {100 * right:.0f} % of {count} samples, and on {100 * better:.0f} % with the "
            f"values {scale.words}"
        )
    return None


def _is_one_class(outputs: Array) -> bool:
    return _largest_share(outputs.argmax(axis=1)) >= _ONE_CLASS


def _largest_share(classes: Array) -> float:
    return float(np.bincount(classes).max() / len(classes))
