"""Which nodes of a graph become chains, so that its arena fits: as few as possible, with as many rows a call as fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from edgeopt.costs import table_to_choose_by
from edgeopt.ir import Graph, Io, Node, Op, Target, Tensor
from edgeopt.ops.ways import PLAIN, Way, offers
from edgeopt.plan.buffers import ALIGN_BYTES, SCRATCH, aligned, buffers
from edgeopt.plan.draft import Draft
from edgeopt.plan.options import Option, options
from edgeopt.plan.place import live_bytes
from edgeopt.plan.rows_program import Strips
from edgeopt.plan.schedule import schedule
from edgeopt.plan.stages import Stage, stages_of

_ROWS_A_CALL = (16, 8, 4, 2, 1)  # tried in this order where memory is left


def with_chains(graph: Graph, target: Target, ram_limit_bytes: int | None) -> Graph:
    """The graph with chains for nodes, so that about `ram_limit_bytes` of arena suffice, or as few as can be (None).

    The graph itself where chains cannot do that, or are not needed. They may overwrite the inputs of the graph.
    """
    search = _Search(graph, target)
    parts = search.smallest() if ram_limit_bytes is None else search.within(ram_limit_bytes)
    if parts is None or not any(part.chained for part in parts):
        return graph
    limit = max(part.bytes for part in parts) if ram_limit_bytes is None else ram_limit_bytes
    nodes: list[Node] = []
    room_below = limit
    for part in parts:
        made = search.chain(part, limit, room_below) if part.chained else None
        nodes += graph.nodes[part.first : part.end] if made is None else (made.node(graph),)
        room_below = limit - (part.bytes - part.below if made is None else search.around(part) + made.live_bytes)
    return graph.with_nodes(nodes)


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


class _Search:
    def __init__(self, graph: Graph, target: Target) -> None:
        self._graph, self._target = graph, target
        self._plain = Strips(lambda op, io: _plain(op, io, target))
        ways = [_plain(node.op, graph.io(node), target) for node in graph.nodes]
        shared = buffers(graph, ways, keep_inputs=False, in_place=True)
        self._live = [live_bytes(shared, index) for index in range(len(graph.nodes))]
        apart = buffers(graph, ways, keep_inputs=False, in_place=False, joined=False)
        self._buffers = [buffer for buffer in apart if not buffer.names[0].startswith(SCRATCH)]
        self._stages = cache(lambda index: stages_of(graph, graph.nodes[index]))
        self._part = cache(self._find_part)

    def smallest(self) -> list[_Part] | None:
        """The parts with the smallest peak."""
        best, limit = None, max(self._live, default=0) - ALIGN_BYTES
        while True:
            parts = self.within(limit)
            if parts is None:
                return best
            best, limit = parts, max(part.bytes for part in parts) - ALIGN_BYTES

    def within(self, limit: int) -> list[_Part] | None:
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

    def chain(self, part: _Part, limit: int, room_below: int) -> Draft | None:
        """The chain of a part, the fastest within the limit; None where no chain's rows are aligned."""
        spare = limit - self.around(part) - part.below
        fallback: Draft | None = None
        for rows_a_call in _ROWS_A_CALL:
            small = self._draft(part.first, part.end, rows_a_call, self._plain)
            fits = small is not None and small.live_bytes <= spare and (small.lead or 0) + part.below <= room_below
            if small is None or not fits or small.program is None:
                continue
            fallback = fallback or small
            scratch_bytes = max(small.strips.scratch_bytes(small.stages, small.planned)) + spare - small.live_bytes
            fast = self._draft(part.first, part.end, rows_a_call, self._fast(scratch_bytes))
            if fast is not None and fast.live_bytes <= spare and fast.program is not None:
                return fast
        return fallback

    def around(self, part: _Part) -> int:
        return self._around(part.first, part.end)

    def _fast(self, scratch_bytes: int) -> Strips:
        def way_of(op: Op, io: Io) -> Way:
            return self._fastest(op, io, scratch_bytes)

        return Strips(way_of)

    def _chains_from(self, first: int, limit: int, best: Sequence[Sequence[_Part]]) -> Iterator[_Part]:
        """The chains from node `first` on within the limit, up to where the next node fits by itself."""
        for end in range(first + 1, len(self._graph.nodes) + 1):
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
        draft, around = self._draft(first, end, 1, self._plain), self._around(first, end)
        if draft is None:
            return None
        before = around + draft.windows.size_bytes + sum(tensor.size_bytes for tensor in draft.inputs)
        return _Part(first, end, True, draft.live_bytes + around, draft.lead, least_bytes=before)

    def _draft(self, first: int, end: int, rows_a_call: int, strips: Strips) -> Draft | None:
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
        return Draft(nodes, tuple(stages), inputs, free, planned, strips)

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

    def _fastest(self, op: Op, io: Io, scratch_bytes: int) -> Way:
        """The fastest way with no more scratch that works where the operator's plain one does."""
        in_place = set(op.in_place(io))
        offered = offers(op, io, self._target)
        rows = [
            option
            for option in options(op, io, offered, table_to_choose_by(self._target.core))
            if option.way.scratch_bytes <= scratch_bytes and in_place <= set(option.way.in_place)
        ]
        only = [option for option in rows if option.way.name == self._target.only]
        return min(only or rows, key=Option.speed).way if rows else offered.ways[0]


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
