"""What was found out while a model was quantized: how the calibration methods compare, which layers integers hurt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class MethodFigure:
    """One calibration method on the set. SNRs are those of the worst output; None: no difference at all."""

    method: str
    bias_correction: float  # share of what rounding moved the means by that biases take back; 0: as trained
    snr_db: float | None
    inner_snr_db: float | None  # of what the softmax or logistic in front of the output reads; as snr_db without one
    top1: float | None  # share of samples that are right, where the set has labels


@dataclass(frozen=True)
class LayerFigure:
    """The network's worst output when this layer alone computes in integers."""

    layer: str
    operator: str
    snr_db: float | None  # None: no difference at all


@dataclass(frozen=True)
class Lifted:
    """A layer that computes in more than the others so that the accuracy holds."""

    layer: str
    operator: str
    type: str  # int16, float32


@dataclass(frozen=True)
class Findings:
    """Figures of one quantization. SNRs are of the outputs against the float model's, over `samples` samples."""

    method: str  # the calibration method that was used
    samples: int
    methods: tuple[MethodFigure, ...]  # all that were tried, best first
    layers: tuple[LayerFigure, ...]  # worst first
    lifted: tuple[Lifted, ...] = ()  # by --mixed auto, in the network's order
    lifted_bytes: int = 0  # by how much that made the file larger

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Findings:
        return cls(
            content["method"],
            content["samples"],
            tuple(MethodFigure(**figure) for figure in content["methods"]),
            tuple(LayerFigure(**figure) for figure in content["layers"]),
            tuple(Lifted(**layer) for layer in content["lifted"]),
            content["lifted_bytes"],
        )
