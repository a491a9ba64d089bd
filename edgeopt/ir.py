"""The network as values: Tensor, Quant, Node, Graph, and what an operator answers (Op, CCall)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any, ClassVar, TypeVar

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import ModelError, UnsupportedModel

Array = NDArray[Any]
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Quant:
    """real = scale * (q - zero_point); one pair a tensor, or one a slice along `axis`."""

    scales: tuple[float, ...]  # each exactly a float32
    zero_points: tuple[int, ...]
    axis: int = 0

    @property
    def per_channel(self) -> bool:
        return len(self.scales) > 1

    @property
    def scale(self) -> float:
        """The scale of a per-tensor quantization."""
        (scale,) = self.scales
        return scale

    @property
    def zero_point(self) -> int:
        """The zero point of a per-tensor quantization."""
        (zero_point,) = self.zero_points
        return zero_point


@dataclass(frozen=True)
class Tensor:
    """A value of the graph; `data` is there for constants. `dtype` is numpy's name: int8, int32, float32, bool ..."""

    name: str
    shape: Shape
    dtype: str
    quant: Quant | None = None
    data: Array | None = field(default=None, compare=False, repr=False)

    @property
    def is_constant(self) -> bool:
        return self.data is not None

    @property
    def elements(self) -> int:
        return prod(self.shape)

    @property
    def size_bytes(self) -> int:
        return self.elements * np.dtype(self.dtype).itemsize

    @property
    def q(self) -> Quant:
        """The quantization, of a tensor that must have one."""
        if self.quant is None:
            raise ModelError(
                f"tensor `{self.name}` has no quantization", "convert the model to full int8: edgeopt convert"
            )
        return self.quant

    @property
    def values(self) -> Array:
        """The data, of a tensor that must be constant."""
        if self.data is None:
            raise ModelError(f"tensor `{self.name}` is not constant")
        return self.data


@dataclass(frozen=True)
class Io:
    """The tensors of one node, in the operator's order; None is an optional input that is left out."""

    inputs: tuple[Tensor | None, ...]
    outputs: tuple[Tensor, ...]

    def input(self, index: int) -> Tensor:
        """Input `index`, which must be there."""
        tensor = self.optional(index)
        if tensor is None:
            raise ModelError(f"input {index} of the node that makes `{self.output.name}` is missing")
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


class Op(ABC):
    """What an operator answers about itself. Subclasses are frozen dataclasses whose fields are the attributes."""

    name: ClassVar[str]  # as printed, e.g. conv2d
    limits: ClassVar[tuple[Limit, ...]] = ()
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
        """The outputs in integer numpy: the definition that the C kernels equal byte for byte."""

    @abstractmethod
    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        """The kernel calls that compute this node on `target`; none for a view."""

    def macs(self, io: Io) -> int:
        """Multiply-accumulates of one inference."""
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


@dataclass(frozen=True)
class Node:
    """One operator at work. `name` is the layer's name, unique in the graph; inputs and outputs are tensor names."""

    name: str
    op: Op
    inputs: tuple[str | None, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Graph:
    """A network: tensors by name, nodes in execution order, names of the inputs and outputs."""

    name: str
    tensors: Mapping[str, Tensor]
    nodes: tuple[Node, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]

    def io(self, node: Node) -> Io:
        return Io(
            tuple(None if name is None else self.tensors[name] for name in node.inputs),
            tuple(self.tensors[name] for name in node.outputs),
        )

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[name] for name in self.inputs)

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[name] for name in self.outputs)

    @property
    def macs(self) -> int:
        return sum(node.op.macs(self.io(node)) for node in self.nodes)

    def producer(self, name: str) -> Node | None:
        return next((node for node in self.nodes if name in node.outputs), None)

    def consumers(self, name: str) -> tuple[Node, ...]:
        return tuple(node for node in self.nodes if name in node.inputs)

    def with_nodes(self, nodes: Sequence[Node], tensors: Mapping[str, Tensor] | None = None) -> Graph:
        """This graph with other nodes; tensors that nothing uses any more are dropped."""
        known = self.tensors if tensors is None else tensors
        used = {*self.inputs, *self.outputs}
        for node in nodes:
            used.update(name for name in (*node.inputs, *node.outputs) if name is not None)
        kept = {name: tensor for name, tensor in known.items() if name in used}
        return replace(self, nodes=tuple(nodes), tensors=kept)

    def __str__(self) -> str:
        return format_graph(self)


def format_graph(graph: Graph) -> str:
    """The graph as text, a line a node: `%out int8[1,8] = Conv2D(attributes)(%in, ...)`; tests of passes compare it."""
    lines = [f"graph {graph.name}({', '.join(_typed(tensor) for tensor in graph.input_tensors)})"]
    for node in graph.nodes:
        outputs = ", ".join(_typed(tensor) for tensor in graph.io(node).outputs)
        inputs = ", ".join("none" if name is None else f"%{name}" for name in node.inputs)
        lines.append(f"  {outputs} = {node.op!r}({inputs})")
    return "\n".join([*lines, f"  return {', '.join(f'%{name}' for name in graph.outputs)}"])


def _typed(tensor: Tensor) -> str:
    return f"%{tensor.name} {tensor.dtype}[{','.join(map(str, tensor.shape))}]"


def check_graph(graph: Graph) -> Graph:
    """The graph itself if it is sound: names resolve, order is executable, shapes follow, limits hold.

    Raises UnsupportedModel that names every broken limit, ModelError for a graph that contradicts itself.
    """
    ready = {name for name, tensor in graph.tensors.items() if tensor.is_constant} | set(graph.inputs)
    broken: list[str] = []
    for node in graph.nodes:
        for name in node.inputs:
            if name is not None and name not in ready:
                raise ModelError(f"layer `{node.name}` reads `{name}` before anything writes it")
        for name in node.outputs:
            if name in ready:
                raise ModelError(f"tensor `{name}` is written twice, the second time by layer `{node.name}`")
            ready.add(name)
        limits = node.op.broken_limits(graph.io(node))
        broken += [f"layer `{node.name}`: {node.op.name} needs that {sentence}" for sentence in limits]
        if not limits:
            _check_shapes(graph, node)
    if broken:
        raise UnsupportedModel("; ".join(broken), "see docs/supported_ops.md for what each operator can do")
    for name in graph.outputs:
        if name not in ready:
            raise ModelError(f"nothing writes the output `{name}`")
    return graph


def _check_shapes(graph: Graph, node: Node) -> None:
    io = graph.io(node)
    for tensor, shape in zip(io.outputs, node.op.infer(io), strict=True):
        if tensor.shape != shape:
            raise ModelError(
                f"layer `{node.name}` makes shape {list(shape)}, but `{tensor.name}` says {list(tensor.shape)}"
            )


def evaluate(graph: Graph, inputs: Mapping[str, Array]) -> dict[str, Array]:
    """Every tensor's value for one inference by the operators' references; inputs by tensor name."""
    values: dict[str, Array] = {name: t.data for name, t in graph.tensors.items() if t.data is not None}
    values |= inputs
    for node in graph.nodes:
        results = node.op.reference(graph.io(node), [None if name is None else values[name] for name in node.inputs])
        values |= dict(zip(node.outputs, results, strict=True))
    return values
