"""What a user may choose about a conversion: how numbers are kept, how ranges are found, what must hold."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Choices:
    """How a float model is quantized."""

    activations: str = "int8"  # int8, int16
    weights: str = "int8"  # int8, int4
    per_tensor: bool = False  # one scale for all channels of a layer's weights
    float_layers: tuple[str, ...] = ()  # names of layers that stay in float
    mixed: str = "none"  # auto: lift the worst layers to float or int16 until the accuracy limit holds
    method: str = "auto"  # of calibration: a registered name, or auto: the best of all on the set
    max_accuracy_drop: float | None = None  # points (1 = one per cent of the samples) that may be lost; None: any


@dataclass(frozen=True)
class Trust:
    """What of a model file may run: nothing unless the user says so."""

    model: bool = False  # Lambda layers and other code in the file itself
    modules: tuple[Path, ...] = ()  # Python files that define its custom objects


@dataclass(frozen=True)
class Limits:
    """What the process may take in which TensorFlow and the quantizer run."""

    time_s: float = 900.0
    memory_bytes: int = 8_000_000_000


DEFAULT_CHOICES = Choices()
NO_TRUST = Trust()
DEFAULT_LIMITS = Limits()
