"""What a target's outputs were found to be: equal to the oracle's or not, why not, and how accurate."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from edgeopt.report.view import Shown


@dataclass(frozen=True)
class Agreement:
    """A target's first output, as real values, beside another runtime's that computes in float."""

    runtime: str
    samples: int
    same_class: int | None  # samples of which both have the same arg-max; None where an output is one number
    max_abs_diff: float


@dataclass(frozen=True)
class Accuracy:
    """Top-1 accuracy with labels; without, agreement of the arg-max with the float model, or the relative error.

    Fractions. `intervals` are their 95 % ones by the names of these fields; the end of one may be unknown.
    """

    metric: str  # top-1 | agreement | relative error
    samples: int
    float_model: float | None  # None: the float model was not given
    quantized_model: float | None  # by LiteRT
    device: float | None
    c: float | None = None  # the generated C, on this computer
    loss_points: float | None = None  # of the device against the float model; 1 is one per cent
    intervals: Mapping[str, tuple[float, float | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class DifferingLayer:
    """The first layer that computes something else on the target than by its reference, and what it makes wrong.

    `fault` kernel: what the layer read was right, and what it wrote is not. overwritten: while the layer ran, a tensor
    changed that is not its own, and that layer `read_by` reads later (None: nobody but the host). input, state: the
    tensor was wrong before the first layer, and `index` is None.
    """

    sample: int
    fault: str
    index: int | None
    name: str
    op: str
    way: str
    inside: tuple[str, ...]  # the operators of a chain, which run row by row and are told apart by nobody
    inputs_right: bool
    read_by: int | None
    tensor: str
    dtype: str
    shape: tuple[int, ...]
    position: tuple[int, ...]  # of the first element that differs, as `shape` counts
    expected: str  # as a number; a string, as it may be none
    got: str
    differing: int  # elements
    compared: int  # elements; fewer than there are where reading all of them would have taken too long


@dataclass(frozen=True)
class Diagnosis:
    """Why outputs differ, in words; `layer` is None where no layer is at fault, or it is not known which."""

    words: str
    layer: DifferingLayer | None = None


@dataclass(frozen=True)
class Validation(Shown):
    """Outputs of a target against the oracle's, byte for byte."""

    samples: int  # that were compared
    identical: int  # samples whose outputs are all equal
    max_abs_diff: float | None  # None: somewhere one of both is not a number
    first_difference: str | None  # sample, output, element, both values, in words
    oracle: str
    target: str
    agreement: Agreement | None = None  # of a binarized network with the Larq Compute Engine
    diagnosis: Diagnosis | None = None  # of the first difference
    accuracy: Accuracy | None = None  # None: there were neither labels nor a float model, or a deployment has it
    partial: str = ""  # why fewer samples than given were compared; "": all were
    given: int = 0  # samples; 0: written by an older edgeopt
    restarts: int = 0  # of the target, that the session survived
