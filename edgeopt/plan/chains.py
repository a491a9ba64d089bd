"""Which nodes of a graph become chains, so that its arena fits; of what fits, the fastest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import inf

from edgeopt.ir import Graph, Io, Node, Op, Target, Tensor
from edgeopt.ops.ways import PLAIN, Way
from edgeopt.plan.buffers import ALIGN_BYTES, SCRATCH, aligned, buffers
from edgeopt.plan.draft import Draft
from edgeopt.plan.faster import Faster
from edgeopt.plan.place import live_bytes
from edgeopt.plan.rows_program import Strips
from edgeopt.plan.schedule import schedule
from edgeopt.plan.stages import Stage, stages_of

_MOST_NODES = 64  # of a chain; a hostile file has thousands, and each chain is drafted
_ROWS_A_CALL = (16, 8, 4, 2, 1)  # the fastest that fits is taken


@dataclass(frozen=True)
class _Part:
    """Nodes [first, end) of the graph, one as it is or a chain, and what comes behind them.

    An output that grows into its input begins `lead` bytes before that, and what grows into it begins before it again:
    `below` bytes must be left before the output's start, so that as many and `lead` are left before the input's.
    """

    first: int
    end: int
    chained: bool
    live_bytes: int
    lead: int | None = None  # None: the output lies apart from its input
    below: int = 0
    nodes_in_chains: int = 0
    rest: _Part | None = None
    least_bytes: int = 0  # what a chain takes before it has an output

    @property
    def bytes(self) -> int:
        return self.live_bytes + self.below

    @property
    def parts(self) -> list[_Part]:
        """From this one on to the end of the graph; the last part of all is empty."""
        return [] if self.rest is None else [self, *self.rest.parts]

    def before(self, rest: _Part) -> _Part:
        """This part with `rest` behind it."""
        nodes = rest.nodes_in_chains + (self.end - self.first if self.chained else 0)
        return replace(self, below=_room(rest), nodes_in_chains=nodes, rest=rest)


class ChainSearch:
    """Ways to cut a graph into chains and single nodes; what was found for one limit serves for the next.

    Ways with more than `growth` times the constants of the plain one are not taken for strips.
    """

    def __init__(self, graph: Graph, target: Target, growth: float = inf) -> None:
        self._graph, self._target = graph, target
        self._faster = Faster(target, growth)
        self._plain = Strips(lambda op, io: _plain(op, io, target))
        ways = [_plain(node.op, graph.io(node), target) for node in graph.nodes]
        shared = buffers(graph, ways, keep_inputs=False, in_place=True)
        self._live = [live_bytes(shared, index) for index in range(len(graph.nodes))]
        apart = buffers(graph, ways, keep_inputs=False, in_place=False, joined=False)
        self._buffers = [buffer for buffer in apart if not buffer.names[0].startswith(SCRATCH)]
        self._stages = cache(lambda index: stages_of(graph, graph.nodes[index]))
        self._part = cache(self._find_part)
        self._plain_draft = cache(self._find_plain_draft)

    def graphs(self, limit: int | None) -> list[tuple[float, Graph]]:
        """The graph with chains for nodes, so that about `limit` bytes of arena suffice, or as few as can be (None).

        Several where there are, with their cycles by estimate, the fastest first; none where chains cannot do that, or
        are not needed. They may overwrite the inputs of the graph.
        """
        partitions = [parts for parts in self._partitions(limit) if any(part.chained for part in parts)]
        if limit is None:
            partitions = partitions[-1:]
        found = [self._fill(parts, max(p.bytes for p in parts) if limit is None else limit) for parts in partitions]
        return sorted(found, key=lambda one: one[0])

    def _partitions(self, limit: int | None) -> Iterator[list[_Part]]:
        """Partitions with smaller and smaller peaks, from `limit` on down to the smallest peak that there is."""
        limit = max(self._live, default=0) - ALIGN_BYTES if limit is None else limit
        while (parts := self._within(limit)) is not None:
            yield parts
            limit = max((part.bytes for part in parts), default=0) - ALIGN_BYTES

    def _fill(self, parts: Sequence[_Part], limit: int) -> tuple[float, Graph]:
        """The graph with these chains, each as fast as `limit` bytes allow; and its cycles by estimate."""
        nodes: list[Node] = []
        cycles, room_below = 0.0, limit
        for part in parts:
            made = self._chain(part, limit, room_below) if part.chained else None
            if made is None:
                nodes += self._graph.nodes[part.first : part.end]
                cycles += sum(self._alone(index, limit) for index in range(part.first, part.end))
                room_below = limit - (part.bytes - part.below)
            else:
                nodes.append(made.node(self._graph))
                cycles += self._faster.cycles(made)
                room_below = limit - (self._around_part(part) + made.live_bytes)
        return cycles, self._graph.with_nodes(nodes)

    def _alone(self, index: int, limit: int) -> float:
        """The cycles of a node in no chain."""
        node = self._graph.nodes[index]
        rows = self._faster.options(node.op, self._graph.io(node))
        fits = [row.cycles for row in rows if self._live[index] + row.way.scratch_bytes <= limit]
        return min(fits or [rows[-1].cycles])

    def _within(self, limit: int) -> list[_Part] | None:
        """The graph in parts of at most `limit` bytes with the fewest nodes in chains; None where there are none.

        From the last node on; a chain begins only where what comes behind cannot do without.
        """
        count = len(self._graph.nodes)
        best: list[list[_Part]] = [[] for _ in range(count)] + [[_Part(count, count, False, 0)]]
        for first in reversed(range(count)):
            alone = _Part(first, first + 1, False, self._live[first])
            found = [part for part in map(alone.before, best[first + 1]) if part.bytes <= limit]
            best[first] = _not_worse(found or list(self._chains_from(first, limit, best)))
        return min(best[0], key=lambda part: part.nodes_in_chains).parts if best[0] else None

    def _chain(self, part: _Part, limit: int, room_below: int) -> Draft | None:
        """The chain of a part, the fastest within the limit; None where no chain's rows are aligned."""
        spare = limit - self._around_part(part) - part.below
        found: list[tuple[float, int, Draft]] = []
        for rows_a_call in _ROWS_A_CALL:
            small = self._plain_draft(part.first, part.end, rows_a_call)
            if small is None or small.live_bytes > spare or (small.lead or 0) + part.below > room_below:
                continue
            fast = self._faster.draft(small, spare)
            found.append((self._faster.cycles(fast), -rows_a_call, fast))
        aligned_ = (draft for _, _, draft in sorted(found, key=lambda one: one[:2]) if draft.program is not None)
        return next(aligned_, None)

    def _around_part(self, part: _Part) -> int:
        return self._around(part.first, part.end)

    def _chains_from(self, first: int, limit: int, best: Sequence[Sequence[_Part]]) -> Iterator[_Part]:
        """The chains from node `first` on within the limit, up to where the next node fits by itself."""
        for end in range(first + 1, min(len(self._graph.nodes), first + _MOST_NODES) + 1):
            if self._stages(end - 1) is None:
                return
            part = self._part(first, end) if best[end] and self._ends(first, end) <= limit else None
            if part is None:
                continue
            if part.least_bytes > limit:
                return  # and with more stages it has more windows
            found = [whole for whole in map(part.before, best[end]) if whole.bytes <= limit]
            yield from found
            if found and (end == len(self._graph.nodes) or self._live[end] <= limit):
                return

    def _ends(self, first: int, end: int) -> int:
        """At least so many bytes live in a chain: before the first row, and after the last."""
        around = self._around(first, end)
        inputs = sum(tensor.size_bytes for tensor in self._inputs(first, end))
        return around + max(inputs, self._graph.io(self._graph.nodes[end - 1]).output.size_bytes)

    def _find_part(self, first: int, end: int) -> _Part | None:
        draft, around = self._plain_draft(first, end, 1), self._around(first, end)
        if draft is None:
            return None
        before = around + draft.windows.size_bytes + sum(tensor.size_bytes for tensor in draft.inputs)
        return _Part(first, end, True, draft.live_bytes + around, draft.lead, least_bytes=before)

    def _find_plain_draft(self, first: int, end: int, rows_a_call: int) -> Draft | None:
        nodes = self._graph.nodes[first:end]
        if not self._is_closed(first, end):
            return None
        stages: list[Stage] = []
        for index in range(first, end):
            stages += self._stages(index) or ()
        inputs = self._inputs(first, end)
        lasting = {name for buffer in self._buffers if buffer.use.last >= end for name in buffer.names}
        free = frozenset(tensor.name for tensor in inputs) - lasting
        planned = schedule(stages, rows_a_call)
        return Draft(nodes, tuple(stages), inputs, free, planned, self._plain)

    def _is_closed(self, first: int, end: int) -> bool:
        """Whether nothing but the last node's output leaves the nodes."""
        made = {name for node in self._graph.nodes[first : end - 1] for name in node.outputs}
        read = {name for node in self._graph.nodes[end:] for name in node.inputs}
        inside = {name for node in self._graph.nodes[first:end] for name in node.inputs}
        return made <= inside and not made & (read | set(self._graph.outputs))

    def _inputs(self, first: int, end: int) -> tuple[Tensor, ...]:
        nodes = self._graph.nodes[first:end]
        made = {name for node in nodes for name in node.outputs}
        read = dict.fromkeys(name for node in nodes for name in node.inputs if name is not None and name not in made)
        tensors = (self._graph.tensors[name] for name in read)
        return tuple(tensor for tensor in tensors if not tensor.is_constant)

    def _around(self, first: int, end: int) -> int:
        """Bytes that live while nodes [first, end) run and that they neither read nor make."""
        own = {tensor.name for tensor in self._inputs(first, end)}
        own |= {name for node in self._graph.nodes[first:end] for name in node.outputs}
        return sum(
            aligned(buffer.size_bytes)
            for buffer in self._buffers
            if buffer.use.first < end and buffer.use.last >= first and own.isdisjoint(buffer.names)
        )


def _plain(op: Op, io: Io, target: Target) -> Way:
    return Way(PLAIN, op.c_calls(io, target), op.in_place(io))


def _not_worse(parts: Iterable[_Part]) -> list[_Part]:
    """Those that no other one beats both in nodes in chains and in what must be left before the input."""
    kept: list[_Part] = []
    for part in sorted(parts, key=lambda part: (part.nodes_in_chains, _room(part))):
        if not kept or _room(part) < _room(kept[-1]):
            kept.append(part)
    return kept


def _room(part: _Part) -> int:
    """What must be left before the start of its input."""
    return 0 if part.lead is None else part.lead + part.below
