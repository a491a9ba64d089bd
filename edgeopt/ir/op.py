"""What an operator answers about itself: Op, the tensors that it is asked about (Io), its kernel calls and limits."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from edgeopt.errors import ModelError
from edgeopt.ir.tensor import Array, Shape, Tensor


@dataclass(frozen=True)
class Io:
    """The tensors of one node, in the operator's order; None is an optional input that is left out.

    A node that does nothing but write state has no outputs.
    """

    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    def input(self, index: int) -> Tensor:
        """Input `index`, which must be there."""
        tensor = self.optional(index)
        if tensor is None:
            made = f"makes `{self.output.name}`" if self.outputs else "has no output"
            raise ModelError(f"input {index} of the node that {made} is missing")
        return tensor

    def optional(self, index: int) -> Tensor | None:
        return self.inputs[index] if index < len(self.inputs) else None

    @property
    def output(self) -> Tensor:
        return self.outputs[0]


@dataclass(frozen=True)
class Target:
    """What a kernel is chosen for."""

    core: str = "cortex-m4f"  # a name of edgeopt.firmware.cores
    goal: str = "balanced"  # latency, flash, ram, balanced
    flash_bytes: int | None = None  # what the board leaves for the network; None: as much as it takes
    ram_bytes: int | None = None
    without: frozenset[str] = frozenset()  # names of edgeopt.ops.ways that are not to be taken
    only: str = ""  # a way to take wherever there is one, and `plain` elsewhere: for tests and ablations; empty: choose


@dataclass(frozen=True)
class Moved:
    """Bytes of a call's input that it copies to its output, in the order in which they lie."""

    in_first: int
    out_first: int
    size_bytes: int


@dataclass(frozen=True)
class CCall:
    """One call of a C kernel, as data: `emit` knows C, an operator does not.

    `kernel` is the function, its file `<kernel>.{h,c}`, and its parameter struct `<kernel>_params`. The C call is
    `kernel(&params, inputs..., outputs..., scratch)`; `scratch` is passed only where `scratch_bytes` is not None.
    """

    kernel: str
    params: Mapping[str, int | float | Array | None]  # int: literal; array: constant data in flash; None: null pointer
    inputs: tuple[int, ...] = (0,)  # indices into the node's inputs
    outputs: tuple[int, ...] = (0,)
    scratch_bytes: int | None = None
    why: str = ""  # why this kernel, or why not a faster one; one phrase for the report
    moves: Moved | None = None  # all that the call does, if it is no more: not needed where the bytes lie there already
    surplus: float = 1.0  # of the node's work, how much the kernel does: tiles stick out of the map


@dataclass(frozen=True)
class Strip:
    """Some rows of an operator's output: the operator that computes just these, and which rows of its inputs it needs.

    Rows are those of data [1, rows, columns, channels]. The weights stay the same arrays, so that they are stored once.
    """

    op: Op
    rows: tuple[tuple[int, int] | None, ...]  # [first, end) of each input; None: all of it

    def io(self, io: Io, count: int) -> Io:
        """The tensors of `op`: those of the whole operator, cut to these rows; `count` rows come out."""
        rows = (*self.rows, *(None,) * (len(io.inputs) - len(self.rows)))
        inputs = (t if t is None or r is None else _cut(t, r[1] - r[0]) for t, r in zip(io.inputs, rows, strict=True))
        return Io(tuple(inputs), tuple(_cut(tensor, count) for tensor in io.outputs))


def _cut(tensor: Tensor, rows: int) -> Tensor:
    return replace(tensor, shape=(tensor.shape[0], rows, *tensor.shape[2:]))


MANY_INPUTS = 2**31


class Op(ABC):
    """What an operator answers about itself. Subclasses are frozen dataclasses whose fields are the attributes."""

    name: ClassVar[str]  # as printed, e.g. conv2d
    limits: ClassVar[tuple[Limit, ...]] = ()
    arity: ClassVar[tuple[int, int]] = (1, 1)  # fewest and most inputs, those that are left out counted
    is_view: ClassVar[bool] = False  # the output is the first input's bytes under another shape

    @classmethod
    @abstractmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Op:
        """The operator from the options of a .tflite operator (schema names in snake case, enums by name)."""

    @abstractmethod
    def infer(self, io: Io) -> tuple[Shape, ...]:
        """The shapes of the outputs that follow from the inputs and attributes; `check_graph` compares."""

    @abstractmethod
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        """The outputs in integer numpy: the definition that the C kernels equal byte for byte.

        Behind the outputs come the new values of the inputs that `states` names.
        """

    @abstractmethod
    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        """The kernel calls that compute this node on `target`; none for a view."""

    def states(self, io: Io) -> tuple[int, ...]:
        """Inputs that this operator writes too: state that lasts from one inference to the next."""
        return ()

    def macs(self, io: Io) -> int:
        """Multiply-accumulates of one inference."""
        return 0

    def binary_macs(self, io: Io) -> int:
        """Multiply-accumulates of one inference between values of one bit, none of which are in `macs`."""
        return 0

    def in_place(self, io: Io) -> tuple[int, ...]:
        """Inputs whose memory the first output may take over: element i is read before element i is written."""
        return ()

    def table(self, io: Io) -> Array | None:
        """The outputs for the inputs -128..127, of an operator that maps each int8 element by itself, else None."""
        return None

    def with_clamp(self, low: int, high: int) -> Op | None:
        """This operator with its int8 output clamped to [low, high] as well, at no cost; None where it cannot."""
        return None

    def with_padding(self, pads: Sequence[tuple[int, int]]) -> Op | None:
        """This operator on an input that is padded with its zero point by `pads` (before, after) an axis, or None."""
        return None

    def strip(self, io: Io, first: int, end: int) -> Strip | None:
        """The rows [first, end) of the output alone; None where that is no operator of its own."""
        return None

    def of_sums(self, io: Io) -> Op | None:
        """The operator that makes the output of the sums of the input's pixels, int32 [1, 1, 1, channels], or None.

        An operator that has one can take the rows of its input one after another.
        """
        return None

    def broken_limits(self, io: Io) -> tuple[str, ...]:
        """The sentences of the limits that this node breaks."""
        return tuple(limit.sentence for limit in self.limits if not limit.holds(self, io))


@dataclass(frozen=True)
class Limit:
    """A thing that an operator needs: one sentence for the error, the report and the documentation."""

    sentence: str
    holds: Callable[[Any, Io], bool] = field(compare=False)


OpType = TypeVar("OpType", bound=type[Op])


def requires(sentence: str, holds: Callable[[Any, Io], bool]) -> Callable[[OpType], OpType]:
    """Class decorator: the operator works only where `holds(op, io)`; limits are listed in the order written."""

    def add(cls: OpType) -> OpType:
        cls.limits = (Limit(sentence, holds), *cls.limits)
        return cls

    return add
