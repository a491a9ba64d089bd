"""One pass of the float network over the calibration set: what every tensor holds, and the outputs to compare with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgeopt.convert.calibrate.histogram import Histogram
from edgeopt.convert.calibrate.memory import Memory
from edgeopt.convert.calibrate.run import run
from edgeopt.convert.quantizer import GRAPH_INPUT, Network, Range
from edgeopt.errors import UsageError
from edgeopt.ir import Array

_MEMORY = 0.9  # weight of what was before, of a moving average over samples


@dataclass
class Seen:
    """What one tensor held over all samples."""

    low: float = np.inf
    high: float = -np.inf
    average: Range | None = None  # moving average of each sample's smallest and largest value
    histogram: Histogram = field(default_factory=Histogram)

    def add(self, values: Array) -> None:
        low, high = float(values.min()), float(values.max())
        self.low, self.high = min(self.low, low), max(self.high, high)
        before = self.average or Range(low, high)
        self.average = Range(_MEMORY * before.low + (1 - _MEMORY) * low, _MEMORY * before.high + (1 - _MEMORY) * high)
        self.histogram.add(values)


@dataclass(frozen=True)
class Activations:
    """`seen` by float tensor; `outputs` by position, [samples, *shape], of the float network.

    `states` has, by the tensor that is a layer's state, all that it held, also between the time steps of an inference.
    """

    seen: Mapping[int, Seen]
    outputs: tuple[Array, ...]
    states: Mapping[int, Range]


def collect(network: Network, columns: Sequence[Array], where: str) -> Activations:
    """Runs every sample; `columns` is [samples, *shape] by input. UsageError where a layer gives what is no number."""
    tensors = network.activations
    seen = {tensor: Seen() for tensor in tensors}
    outputs: list[tuple[Array, ...]] = []
    memory = Memory(network)
    for sample, values in enumerate(run(network.data, columns, len(columns[0]), (*tensors, *network.outputs))):
        for tensor, array in zip(tensors, values, strict=False):
            if not np.isfinite(array).all():
                raise _no_number(network, tensor, sample, where)
            if array.size:
                seen[tensor].add(array)
        memory.add(dict(zip(tensors, values, strict=False)))
        outputs.append(values[len(tensors) :])
    return Activations(seen, tuple(np.stack(arrays) for arrays in zip(*outputs, strict=True)), memory.seen)


def _no_number(network: Network, tensor: int, sample: int, where: str) -> UsageError:
    maker = network.makers[tensor]
    layer = "the input" if maker == GRAPH_INPUT else f"layer `{network.layer_names[maker]}`"
    return UsageError(
        f"{where}: with sample {sample}, {layer} of the float model gives infinity or no number",
        "expected the scale of training; if the sample is right, the model itself overflows",
    )
