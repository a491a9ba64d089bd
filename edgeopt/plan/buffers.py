"""Which tensors share memory, and from which step to which each buffer is alive.

A view is its input's bytes under another shape, so the two are one buffer. An elementwise operator may write over an
input that dies at its node (`Op.in_place`), so the two become one buffer too. A chain uses up its input row by
row while its output fills up (`Way.slides`), so these two may overlap. Scratch is a buffer of one step. State lasts
from one inference to the next, so its buffer is alive in every step and shared with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edgeopt.ir import Graph, Node
from edgeopt.ops.ways import Way

SCRATCH = "scratch:"
ALIGN_BYTES = 4


@dataclass(frozen=True)
class Use:
    """The steps during which memory must be kept: `first` to `last`, both included."""

    first: int
    last: int

    def overlaps(self, other: Use) -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Grows:
    """Memory that fills up while the tensor `into` is used up: it may begin `lead` bytes or more before that."""

    into: str
    lead: int


@dataclass(frozen=True)
class Buffer:
    """Memory for the tensors `names`, which follow one another in it."""

    names: tuple[str, ...]
    size_bytes: int
    use: Use
    grows: Grows | None = None

    def clearance(self, above: Buffer) -> int:
        """How far behind the start of this one the start of `above`, which lives at the same time, must be."""
        if self.grows is not None and self.grows.into in above.names:
            return self.grows.lead
        return aligned(self.size_bytes)


def aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGN_BYTES) * ALIGN_BYTES


def buffers(graph: Graph, ways: Sequence[Way], keep_inputs: bool, in_place: bool) -> tuple[Buffer, ...]:
    """The buffers of a graph. `ways` is how each node is computed; `keep_inputs` lets inputs survive the run."""
    last_step = len(graph.nodes)
    last_use = _last_uses(graph, last_step)
    made: dict[str, Buffer] = {}
    for name in graph.inputs:
        last = last_step if keep_inputs else last_use.get(name, 0)
        made[name] = Buffer((name,), graph.tensors[name].size_bytes, Use(0, last))
    for tensor in graph.state_tensors:
        made[tensor.name] = Buffer((tensor.name,), tensor.size_bytes, Use(0, last_step))
    for step, node in enumerate(graph.nodes):
        heir = _heir(graph, node, step, made, ways[step].in_place if in_place else ())
        for index, name in enumerate(node.outputs):
            size, last = graph.tensors[name].size_bytes, last_use.get(name, step)
            if index == 0 and heir is not None:
                grown = Use(heir.use.first, max(heir.use.last, last))
                shared = replace(heir, names=(*heir.names, name), use=grown, size_bytes=max(heir.size_bytes, size))
                made |= dict.fromkeys(shared.names, shared)
            else:
                grows = _grows(node, step, made, ways[step]) if in_place and index == 0 else None
                made[name] = Buffer((name,), size, Use(step, last), grows)
    scratch = [_scratch(node, step, ways[step].scratch_bytes) for step, node in enumerate(graph.nodes)]
    unique = dict.fromkeys([*made.values(), *(buffer for buffer in scratch if buffer)])
    return tuple(unique)


def scratch_name(node: Node) -> str:
    """The name under which a node's scratch is planned; a tensor cannot have it, its prefix is ours."""
    return SCRATCH + node.name


def _last_uses(graph: Graph, last_step: int) -> dict[str, int]:
    last = {name: step for step, node in enumerate(graph.nodes) for name in node.inputs if name is not None}
    return last | dict.fromkeys(graph.outputs, last_step)


def _heir(graph: Graph, node: Node, step: int, made: Mapping[str, Buffer], in_place: tuple[int, ...]) -> Buffer | None:
    """The buffer that the node's first output takes over, if any; that of one of the inputs `in_place`."""
    if node.op.is_view:
        return made[str(node.inputs[0])]
    io = graph.io(node)
    for index in in_place:
        name = node.inputs[index]
        if _dies(node, name, step, made) and io.output.size_bytes <= made[str(name)].size_bytes:
            return made[str(name)]
    return None


def _grows(node: Node, step: int, made: Mapping[str, Buffer], way: Way) -> Grows | None:
    """The input into which the output grows."""
    if way.slides is None:
        return None
    name, lead = node.inputs[way.slides[0]], way.slides[1]
    return Grows(str(name), lead) if _dies(node, name, step, made) else None


def _dies(node: Node, name: str | None, step: int, made: Mapping[str, Buffer]) -> bool:
    """Whether nothing needs the input `name` but this node, and this node once."""
    used_once = sum(other == name for other in node.inputs) == 1
    return name is not None and name in made and used_once and made[name].use.last == step


def _scratch(node: Node, step: int, size_bytes: int) -> Buffer | None:
    return Buffer((scratch_name(node),), size_bytes, Use(step, step)) if size_bytes else None
