"""What the verbs return and the report shows: analysis of a plan, and everything that a deployment found out."""

from collections.abc import Mapping
from dataclasses import dataclass

from edgeopt.energy import Quantity


@dataclass(frozen=True)
class LayerRow:
    """One layer. `cycles` is estimated in an analysis, simulated or measured after a run; None where unknown."""

    index: int
    name: str
    op: str
    kernels: tuple[str, ...]
    why: str  # why this kernel, or why not a faster one
    output_shape: tuple[int, ...]
    macs: int
    constant_bytes: int
    live_bytes: int  # of the arena, while the layer runs
    instructions: int | None = None
    cycles: Quantity | None = None


@dataclass(frozen=True)
class Analysis:
    """`edgeopt analyze`: sizes and costs before anything is built. Byte counts with kind *estimated* are formulas."""

    model: str
    model_sha256: str
    board: str
    goal: str
    macs: int
    flash_bytes: Mapping[str, int | None]  # total, weights, kernels, model, runtime; None: not known before the build
    ram_bytes: Mapping[str, int | None]  # total, arena, static, stack, runtime
    flash_available_bytes: int
    ram_available_bytes: int
    arena_bound_bytes: int
    arena_optimal: bool
    peak_layer: str
    cycles: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    layers: tuple[LayerRow, ...]
    broken_limits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Validation:
    """Outputs of a target against the oracle's, byte for byte."""

    samples: int
    identical: int  # samples whose outputs are all equal
    max_abs_diff: int
    first_difference: str | None  # sample, output, element, both values, in words
    oracle: str
    target: str


@dataclass(frozen=True)
class Accuracy:
    """Top-1 accuracy with labels; without, agreement of the arg-max with the float model, or the relative error."""

    metric: str  # top-1 | agreement | relative error
    samples: int
    float_model: float | None  # None: the float model was not given
    int8_model: float | None
    device: float | None


@dataclass(frozen=True)
class Deployment:
    """`edgeopt deploy`: everything about one model on one board."""

    model: str
    model_sha256: str
    board: str
    target: str
    goal: str
    toolchain: str
    optimization: str
    project: str  # folder
    build_id: str
    macs: int
    flash_bytes: Mapping[str, int]
    ram_bytes: Mapping[str, int]
    flash_available_bytes: int
    ram_available_bytes: int
    instructions: Quantity
    cycles: Quantity
    latency_ms: Quantity
    power_mw: Quantity
    energy_uj: Quantity
    layers: tuple[LayerRow, ...]
    validation: Validation
    accuracy: Accuracy | None
    warnings: tuple[str, ...] = ()
