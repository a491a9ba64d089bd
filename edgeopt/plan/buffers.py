"""Which tensors share memory, and from which step to which each buffer is alive.

A view is its input's bytes under another shape, so the two are one buffer. An elementwise operator may write over an
input that dies at its node (`Op.in_place`), so the two become one buffer too. Scratch is a buffer of one step. State
lasts from one inference to the next, so its buffer is alive in every step and shared with nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from edgeopt.ir import CCall, Graph, Node
from edgeopt.ops.ways import Way

SCRATCH = "scratch:"


@dataclass(frozen=True)
class Use:
    """The steps during which memory must be kept: `first` to `last`, both included."""

    first: int
    last: int

    def overlaps(self, other: "Use") -> bool:
        return self.first <= other.last and other.first <= self.last


@dataclass(frozen=True)
class Buffer:
    """Memory for the tensors `names`, which follow one another in it."""

    names: tuple[str, ...]
    size_bytes: int
    use: Use


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
                made[name] = Buffer((name,), size, Use(step, last))
    scratch = [_scratch(node, step, ways[step].calls) for step, node in enumerate(graph.nodes)]
    unique = dict.fromkeys([*made.values(), *(buffer for buffer in scratch if buffer)])
    return tuple(unique)


def scratch_name(node: Node) -> str:
    """The name under which a node's scratch is planned; a tensor cannot have it, its prefix is ours."""
    return SCRATCH + node.name


def _last_uses(graph: Graph, last_step: int) -> dict[str, int]:
    last = {name: step for step, node in enumerate(graph.nodes) for name in node.inputs if name is not None}
    return last | dict.fromkeys(graph.outputs, last_step)


def _heir(graph: Graph, node: Node, step: int, made: dict[str, Buffer], in_place: tuple[int, ...]) -> Buffer | None:
    """The buffer that the node's first output takes over, if any; that of one of the inputs `in_place`."""
    if node.op.is_view:
        return made[str(node.inputs[0])]
    io = graph.io(node)
    for index in in_place:
        name = node.inputs[index]
        used_once = sum(other == name for other in node.inputs) == 1
        if name in made and used_once and made[name].use.last == step and io.output.size_bytes <= made[name].size_bytes:
            return made[name]
    return None


def _scratch(node: Node, step: int, calls: tuple[CCall, ...]) -> Buffer | None:
    size_bytes = max((call.scratch_bytes or 0 for call in calls), default=0)
    return Buffer((scratch_name(node),), size_bytes, Use(step, step)) if size_bytes else None
