"""Counts what the CPU executes, block by block, by a hook that Unicorn calls at the start of each basic block.

The blocks and the edges between them form a graph that grows as the program runs. An edge holds how often it was
taken and what it costs, so the hook is one look-up and two additions; decoding happens once a block. Whatever Unicorn
makes of a stretch of code (it ends blocks at branches, at page ends and at some system instructions), the sum over
executed blocks of their instructions is the number of executed instructions. An edge that does not lead to where its
block ends is a taken branch.
"""

from collections.abc import Callable
from typing import Protocol

from edgeopt.simulate.counts import Profile, Sums, add_sums, make_profile
from edgeopt.simulate.cycle_models import CycleModel
from edgeopt.simulate.thumb import Instruction, decode_all


class Watcher(Protocol):
    """Is told when the program arrives at one of `addresses`, which must be starts of basic blocks."""

    addresses: frozenset[int]

    def arrived(self, address: int, sums: Sums) -> int | None:
        """`sums` were counted since the last call. An address returned is where counting into sums begins again."""


class Block:
    """A stretch of code that Unicorn runs as one, with its outgoing edges by `size << 32 | address` of the target."""

    __slots__ = ("address", "cycles", "edges", "end", "function", "instructions", "last")

    def __init__(self, address: int, end: int, function: str, instructions: int, cycles: int, last: Instruction | None):
        self.address = address
        self.end = end
        self.function = function
        self.instructions = instructions
        self.cycles = cycles
        self.last = last
        self.edges: dict[int, Edge] = {}

    def detached(self) -> "Block":
        """The same code without edges, so that the next step is looked at."""
        return Block(self.address, self.end, self.function, self.instructions, self.cycles, self.last)


class Edge:
    """From the end of `source` to the start of `target`; running `source` and leaving it this way costs `ticks`."""

    __slots__ = ("count", "source", "taken", "target", "ticks")

    def __init__(self, source: Block, target: Block, taken: bool, ticks: int) -> None:
        self.source = source
        self.target = target
        self.taken = taken
        self.ticks = ticks
        self.count = 0

    def add_to(self, sums: Sums) -> None:
        row = sums.setdefault(self.source.function, [0, 0, 0])
        row[0] += self.count * self.source.instructions
        row[1] += self.count * self.ticks
        row[2] += self.count * self.taken
        self.count = 0


class Counter:
    """The block hook and what it has counted.

    `ticks` is the simulated time: cycles where the core has a cycle model, else instructions. It counts finished
    blocks, so a timer that is read in the middle of a block shows the time at which the block began. When `ticks`
    has reached `deadline`, `on_pause` is called instead of counting the block, and must stop the CPU. So must
    `on_endless_loop`, called when a branch goes to itself: nothing in that loop can change whether it does.
    """

    def __init__(
        self,
        read_code: Callable[[int, int], bytes],
        function_at: Callable[[int], str],
        model: CycleModel | None,
        on_pause: Callable[[], None],
        on_endless_loop: Callable[[], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.ticks = 0
        self.deadline = 0
        self._read_code = read_code
        self._function_at = function_at
        self._model = model
        self._on_pause = on_pause
        self._on_endless_loop = on_endless_loop
        self._on_failure = on_failure
        self._watcher: Watcher | None = None
        self._watched: frozenset[int] = frozenset()
        self._resume_at: int | None = None  # counting into sums stands still until the program comes here
        self._blocks: dict[int, Block] = {}
        self._edges: list[Edge] = []
        self._totals: Sums = {}
        self._unseen: Sums = {}  # flushed for a profile, but not yet given to the watcher
        self._current = Block(0, 0, "", 0, 0, None)

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of arrivals. To be called before the program runs."""
        self._watcher = watcher
        self._watched = watcher.addresses

    def on_block(self, _engine: object, address: int, size_bytes: int, _user: object) -> None:
        """Unicorn's hook. This path decides the speed of the simulator."""
        if self.ticks >= self.deadline:
            self._on_pause()
            return
        try:
            edge = self._current.edges[size_bytes << 32 | address]
        except KeyError:
            try:
                self._step(address, size_bytes)
            except Exception as error:
                self._on_failure(error)
            return
        edge.count += 1
        self.ticks += edge.ticks
        self._current = edge.target

    @property
    def address(self) -> int:
        """Where the block that runs now, or ran last, starts."""
        return self._current.address

    def finish(self) -> None:
        """Count the block that ran last: the program has ended in it."""
        last, self._current = self._current, Block(0, 0, "", 0, 0, None)
        self._take(self._edge(last, self._current, taken=False))

    def profile(self) -> Profile:
        """All finished blocks so far."""
        add_sums(self._unseen, self._flush())
        return make_profile(self._totals, self._model is not None)

    def _step(self, address: int, size_bytes: int) -> None:
        """Go along an edge that the current block does not hold: it is new, or must be looked at each time."""
        source, target = self._current, self._block(address, size_bytes)
        if target is source and source.instructions == 1:
            self._on_endless_loop()
        edge = self._edge(source, target, taken=address != source.end)
        self._take(edge)
        if address == self._resume_at:
            self._resume_at = None
        elif self._resume_at is None and address not in self._watched:
            source.edges[size_bytes << 32 | address] = edge
        if address in self._watched and self._watcher is not None:
            sums, self._unseen = self._unseen, {}
            add_sums(sums, self._flush())
            resume_at = self._watcher.arrived(address, sums)
            self._resume_at = resume_at if self._resume_at is None else self._resume_at
        self._current = target if self._resume_at is None else target.detached()

    def _take(self, edge: Edge) -> None:
        edge.count += 1
        self.ticks += edge.ticks
        if self._resume_at is None:
            self._edges.append(edge)
        else:
            edge.add_to(self._totals)

    def _flush(self) -> Sums:
        """What was counted since the last flush; it goes into the totals as well."""
        sums: Sums = {}
        for edge in self._edges:
            if edge.count:
                edge.add_to(sums)
        add_sums(self._totals, sums)
        return sums

    def _edge(self, source: Block, target: Block, taken: bool) -> Edge:
        ticks = source.instructions
        if self._model is not None:
            ticks = source.cycles
            if taken and source.last is not None:
                ticks += self._model.taken_cycles(source.last, target.address)
        return Edge(source, target, taken and source.last is not None, ticks)

    def _block(self, address: int, size_bytes: int) -> Block:
        key = size_bytes << 32 | address
        block = self._blocks.get(key)
        if block is None:
            code = tuple(decode_all(self._read_code(address, size_bytes)))
            cycles = self._model.block_cycles(address, code) if self._model is not None else 0
            function = self._function_at(address)
            block = Block(address, address + size_bytes, function, len(code), cycles, code[-1] if code else None)
            self._blocks[key] = block
        return block
