"""Counts what the CPU executes, block by block, by a hook that Unicorn calls at the start of each basic block.

The blocks and the edges between them form a graph that grows as the program runs. An edge holds how often it was
taken and what it costs, so the hook is one look-up and two additions; decoding happens once a block. Whatever Unicorn
makes of a stretch of code (it ends blocks at branches, at page ends and at some system instructions), the sum over
executed blocks of their instructions is the number of executed instructions. An edge that does not lead to where its
block ends is a taken branch.

Blocks are kept once a call path, so that an edge also says which function called which. With a memory timing the hook
also looks whether the block's code is in the cache; what the core waits for is added to the block that waits.
"""

from collections.abc import Callable
from typing import Protocol

from edgeopt.simulate.call_paths import CallPaths, Context
from edgeopt.simulate.code import Block, Code, Edge, ends_in_call, follow_it
from edgeopt.simulate.counts import Profile, Sums, add_sums, make_profile
from edgeopt.simulate.cycle_models import CycleModel
from edgeopt.simulate.memory_timing import MemoryTiming
from edgeopt.simulate.thumb import decode_all


class Watcher(Protocol):
    """Is told when the program arrives at one of `addresses`, which must be starts of basic blocks."""

    addresses: frozenset[int]

    def arrived(self, address: int, sums: Sums) -> int | None:
        """`sums` were counted since the last call. An address returned is where counting into sums begins again."""


class Symbols(Protocol):
    """Functions of the program."""

    def function_at(self, address: int) -> str: ...

    def is_start(self, address: int) -> bool: ...


class Counter:
    """The block hook and what it has counted.

    `ticks` is the simulated time: cycles where the core has a cycle model, else instructions. It counts finished
    blocks, so a timer that is read in the middle of a block shows the time at which the block began, and what it has
    waited for memory. When `ticks` has reached `deadline`, `on_pause` is called instead of counting the block, and must
    stop the CPU. So must `on_endless_loop`, called when a branch goes to itself: nothing in that loop can change
    whether it does.
    """

    def __init__(
        self,
        read_code: Callable[[int, int], bytes],
        symbols: Symbols,
        model: CycleModel | None,
        memory: MemoryTiming | None,
        on_pause: Callable[[], None],
        on_endless_loop: Callable[[], None],
        on_failure: Callable[[BaseException], None],
    ) -> None:
        self.ticks = 0
        self.deadline = 0
        self._read_code = read_code
        self._symbols = symbols
        self._model = model
        self._memory = memory
        self._on_pause = on_pause
        self._on_endless_loop = on_endless_loop
        self._on_failure = on_failure
        self._watcher: Watcher | None = None
        self._watched: frozenset[int] = frozenset()
        self._resume_at: int | None = None  # counting into sums stands still until the program comes here
        self._paths = CallPaths(symbols.is_start)
        self._code: dict[int, Code] = {}
        self._blocks: dict[tuple[Context, Code], Block] = {}
        self._edges: list[Edge] = []
        self._waiting: list[Block] = []  # those that have waited since the last flush
        self._totals: Sums = {}
        self._unseen: Sums = {}  # flushed for a profile, but not yet given to the watcher
        self._nowhere = Block(Code(0, 0, "", (), 0), self._paths.root)
        self._current = self._nowhere.detached()
        self.code = self._current.code  # that runs now, for the memory timing

    def watch(self, watcher: Watcher) -> None:
        """Tell `watcher` of arrivals. To be called before the program runs."""
        self._watcher = watcher
        self._watched = watcher.addresses

    def on_block(self, _engine: object, address: int, size_bytes: int, _user: object) -> None:
        """Unicorn's hook, where memory answers at once. This path decides the speed of the simulator."""
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

    def on_timed_block(self, _engine: object, address: int, size_bytes: int, _user: object) -> None:
        """Unicorn's hook with a memory timing: as `on_block`, and code that may not be in the cache is fetched."""
        ticks = self.ticks
        if ticks >= self.deadline:
            self._on_pause()
            return
        try:
            edge = self._current.edges[size_bytes << 32 | address]
        except KeyError:
            try:
                self._fetch(self._step(address, size_bytes))
            except Exception as error:
                self._on_failure(error)
            return
        edge.count += 1
        self.ticks = ticks = ticks + edge.ticks
        self._current = target = edge.target
        self.code = code = target.code
        if code.hot:
            code.used = ticks
        else:
            self._fetch(edge)

    def wait(self, cycles: int) -> None:
        """The block that runs now waits for memory."""
        self.ticks += cycles
        block = self._current
        if self._resume_at is not None:
            add_sums(self._totals, {block.context: [0, cycles, 0, cycles]})
            return
        if not block.stalls:
            self._waiting.append(block)
        block.stalls += cycles

    @property
    def address(self) -> int:
        """Where the block that runs now, or ran last, starts."""
        return self._current.code.address

    def finish(self) -> None:
        """Count the block that ran last: the program has ended in it."""
        last, self._current = self._current, self._nowhere.detached()
        self._take(self._edge(last, self._current, taken=False))

    def restart(self) -> None:
        """Count the block that ran last; where the program goes on, nothing has called it: the chip was reset."""
        self.finish()
        self._resume_at = None

    def profile(self) -> Profile:
        """All finished blocks so far."""
        add_sums(self._unseen, self._flush())
        return make_profile(self._totals, self._model is not None)

    def _step(self, address: int, size_bytes: int) -> Edge:
        """Go along an edge that the current block does not hold: it is new, or must be looked at each time."""
        source, code = self._current, self._code_at(address, size_bytes)
        context = self._paths.follow(source.context, source.code.is_call, address, code.function)
        target = self._blocks.setdefault((context, code), Block(code, context))
        if target is source and len(source.code.instructions) == 1:
            self._on_endless_loop()
        edge = self._edge(source, target, taken=address != source.code.end)
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
        return edge

    def _fetch(self, edge: Edge) -> None:
        """Wait for the code at the end of `edge`, which was just taken."""
        assert self._memory is not None
        self.code = edge.target.code
        before, code = edge.source.code, edge.target.code
        left = edge.ticks - before.units[-1][1] if before.units else 0
        stalls = self._memory.flash.fetch(code, before, left, self.ticks)
        if stalls:
            self.wait(stalls)

    def _take(self, edge: Edge) -> None:
        edge.count += 1
        self.ticks += edge.ticks
        if self._resume_at is None:
            self._edges.append(edge)
        else:
            edge.add_to(self._totals)

    def _flush(self) -> Sums:
        """What was counted since the last flush; it goes into the totals as well."""
        sums = self._mispredictions()
        for edge in self._edges:
            if edge.count:
                edge.add_to(sums)
        # Those to where the watcher waits are made anew each time.
        self._edges = [edge for edge in self._edges if edge.target.code.address not in self._watched]
        for block in self._waiting:
            add_sums(sums, {block.context: [0, block.stalls, 0, block.stalls]})
            block.stalls = 0
        self._waiting.clear()
        add_sums(self._totals, sums)
        return sums

    def _mispredictions(self) -> Sums:
        """What wrong guesses of the branch prediction cost since the last flush, which is when they count as time.

        Of each branch that went both ways, the rarer one counts as wrong: what a history of the branch would learn.
        """
        cycles = self._model.mispredicted_cycles if self._model is not None else 0
        if not cycles:
            return {}
        ways: dict[tuple[Context, int], list[int]] = {}  # by where the branch is: straight on, taken
        for edge in self._edges:
            if edge.count:
                source = edge.source
                ways.setdefault((source.context, source.code.end), [0, 0])[edge.taken] += edge.count
        sums: Sums = {}
        for (context, _), counts in ways.items():
            if wrong := min(counts):
                add_sums(sums, {context: [0, wrong * cycles, 0, 0]})
                self.ticks += wrong * cycles
        return sums

    def _edge(self, source: Block, target: Block, taken: bool) -> Edge:
        code = source.code
        taken = taken and bool(code.instructions)
        ticks = len(code.instructions)
        if self._model is not None:
            ticks = code.cycles
            if taken:
                first = target.code.instructions[0] if target.code.instructions else None
                ticks += self._model.taken_cycles(code.instructions, target.code.address, first)
        return Edge(source, target, taken, ticks)

    def _code_at(self, address: int, size_bytes: int) -> Code:
        key = size_bytes << 32 | address
        code = self._code.get(key)
        if code is None:
            instructions = tuple(decode_all(self._read_code(address, size_bytes)))
            cycles = self._model.block_cycles(address, instructions) if self._model is not None else 0
            code = Code(address, address + size_bytes, self._symbols.function_at(address), instructions, cycles)
            code.is_call = ends_in_call(instructions)
            before = self._current.code
            left = before.it_left if before.end == address else 0
            code.accesses_in_it_block, code.it_left = follow_it(instructions, left)
            if self._memory is not None:
                self._memory.place(code)
            self._code[key] = code
        return code
