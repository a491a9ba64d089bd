"""Which tensors share memory, and from which step to which each buffer is alive.

A view is its input's bytes under another shape, so the two are one buffer. An elementwise operator may write over an
input that dies at its node (`Op.in_place`), so the two become one buffer too. A chain uses up its input row by
row while its output fills up (`Way.slides`), so these two may overlap. What a call would only copy may lie where it is
to be from the start (`CCall.moves`): the inputs of a concatenation in its output, the outputs of a split in its input.
Scratch is a buffer of one step. State lasts from one inference to the next, so its buffer is alive in every step and
shared with nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from edgeopt.ir import CCall, Graph, Node
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
    """Memory for the tensors `names`, which follow one another in it or lie side by side."""

    names: tuple[str, ...]
    size_bytes: int
    use: Use
    grows: Grows | None = None
    starts: tuple[int, ...] = ()  # of the tensors, in bytes; none: all at 0

    def start(self, name: str) -> int:
        return self.starts[self.names.index(name)] if self.starts else 0

    def tensor_starts(self) -> tuple[int, ...]:
        return self.starts or (0,) * len(self.names)

    def clearance(self, above: Buffer) -> int:
        """How far behind the start of this one the start of `above`, which lives at the same time, must be."""
        if self.grows is not None and self.grows.into in above.names:
            return self.grows.lead
        return aligned(self.size_bytes)


def aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGN_BYTES) * ALIGN_BYTES


def buffers(
    graph: Graph, ways: Sequence[Way], keep_inputs: bool, in_place: bool, joined: bool = True
) -> tuple[Buffer, ...]:
    """The buffers of a graph. `ways` is how each node is computed; `keep_inputs` lets inputs survive the run.

    `in_place` lets outputs take over memory of inputs, `joined` lets tensors lie where they would be copied to.
    """
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
                shared = _with(made[heir], name, made[heir].start(heir), last)
                made |= dict.fromkeys(shared.names, shared)
            else:
                grows = _grows(node, step, made, ways[step]) if in_place and index == 0 else None
                made[name] = Buffer((name,), size, Use(step, last), grows)
        if joined:
            for call in _copies(ways[step]):
                made |= _joined(graph, node, step, call, made)
    scratch = [_scratch(node, step, ways[step].scratch_bytes) for step, node in enumerate(graph.nodes)]
    unique = dict.fromkeys([*made.values(), *(buffer for buffer in scratch if buffer)])
    return tuple(unique)


def scratch_name(node: Node) -> str:
    """The name under which a node's scratch is planned; a tensor cannot have it, its prefix is ours."""
    return SCRATCH + node.name


def _last_uses(graph: Graph, last_step: int) -> dict[str, int]:
    last = {name: step for step, node in enumerate(graph.nodes) for name in node.inputs if name is not None}
    return last | dict.fromkeys(graph.outputs, last_step)


def _heir(graph: Graph, node: Node, step: int, made: Mapping[str, Buffer], in_place: tuple[int, ...]) -> str | None:
    """The tensor whose memory the node's first output takes over, if any; one of the inputs `in_place`."""
    if node.op.is_view:
        return str(node.inputs[0])
    for index in in_place:
        name = node.inputs[index]
        fits = graph.io(node).output.size_bytes <= graph.tensors[str(name)].size_bytes
        if fits and _dies(node, name, step, made):
            return str(name)
    return None


def _with(buffer: Buffer, name: str, start: int, last: int) -> Buffer:
    """The buffer with another tensor in it, which is in use until `last`."""
    use = Use(buffer.use.first, max(buffer.use.last, last))
    return replace(buffer, names=(*buffer.names, name), starts=(*buffer.tensor_starts(), start), use=use)


def _copies(way: Way) -> tuple[CCall, ...]:
    """The calls of a way that does nothing but copy, each as the bytes lie."""
    return way.calls if way.program is None and all(call.moves for call in way.calls) else ()


def _joined(graph: Graph, node: Node, step: int, call: CCall, made: Mapping[str, Buffer]) -> dict[str, Buffer]:
    """What changes if source and target of a copy are one: the source all of a part of the target, or the other way."""
    source, target, move = str(node.inputs[call.inputs[0]]), node.outputs[call.outputs[0]], call.moves
    if source not in made or move is None or graph.tensors[source].is_state or made[source] is made[target]:
        return {}
    outer, inner = made[target], made[source]
    start = outer.start(target) + move.out_first - move.in_first
    whole = (move.in_first, move.size_bytes) == (0, graph.tensors[source].size_bytes)
    if whole and inner.size_bytes == move.size_bytes and _dies(node, source, step, made) and not _slides(inner, made):
        use = Use(min(inner.use.first, outer.use.first), outer.use.last)
    elif (move.out_first, move.size_bytes, outer.names) == (0, graph.tensors[target].size_bytes, (target,)):
        outer, inner, start = inner, outer, inner.start(source) + move.in_first
        use = Use(outer.use.first, max(inner.use.last, outer.use.last))
    else:
        return {}
    if start % ALIGN_BYTES:
        return {}
    starts = (*outer.tensor_starts(), *(start + at for at in inner.tensor_starts()))
    both = replace(outer, names=(*outer.names, *inner.names), starts=starts, use=use)
    return dict.fromkeys(both.names, both)


def _slides(buffer: Buffer, made: Mapping[str, Buffer]) -> bool:
    """Whether it grows, or another one into it: those two must begin so far from each other."""
    into = {other.grows.into for other in made.values() if other.grows is not None}
    return buffer.grows is not None or not into.isdisjoint(buffer.names)


def _grows(node: Node, step: int, made: Mapping[str, Buffer], way: Way) -> Grows | None:
    """The input into which the output grows."""
    if way.slides is None:
        return None
    name, lead = node.inputs[way.slides[0]], way.slides[1]
    return Grows(str(name), lead) if _dies(node, name, step, made) and made[str(name)].start(str(name)) == 0 else None


def _dies(node: Node, name: str | None, step: int, made: Mapping[str, Buffer]) -> bool:
    """Whether nothing needs the input `name`, or what lies with it, but this node, and this node once."""
    if name is None or name not in made or made[name].use.last != step:
        return False
    return sum(other is not None and made.get(other) is made[name] for other in node.inputs) == 1


def _scratch(node: Node, step: int, size_bytes: int) -> Buffer | None:
    return Buffer((scratch_name(node),), size_bytes, Use(step, step)) if size_bytes else None
