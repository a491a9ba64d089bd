"""Flash with what stands before it: the buffers of the units read last, a prefetch, caches.

An access reads a unit of `access_bytes` and takes the wait states and one cycle; the pipeline has counted the one. One
access for instructions and one for data can be under way; that the two share the array, where a read of data goes
first, is not modelled. What the manuals say and the model does (STM32G4 RM0440 3.3.4, the interface of the L4 too;
STM32F4 RM0090 3.5):

  instructions  a unit that is in no cache is waited for in full, once the access under way is over; so is the target
                of a jump. With a prefetch the next unit is read meanwhile, so that sequential code waits only for what
                the core did not spend on the unit before. What came in time is not kept in the cache, what was waited
                for is; an interface without a prefetch keeps all.
  data          a unit that is in no cache is waited for in full; the unit read last stays in a buffer of its own.
  lines         of several units are filled from the one that was asked for onwards, and wrap; the core goes on as soon
                as it has that one, and waits for others that are still on their way.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from edgeopt.board import FlashTiming
from edgeopt.simulate.code import Code
from edgeopt.simulate.memory_timing.cache import Cache

_NOTHING = -1  # no unit has this number


@dataclass(slots=True)
class _Port:
    """Accesses of one kind, one after the other; `free_at` is when the last one is over."""

    access_cycles: int
    free_at: int = 0

    def start(self, now: int) -> int:
        """When an access that is asked for at `now` is over."""
        self.free_at = max(now, self.free_at) + self.access_cycles
        return self.free_at


class Flash:
    """Times of instruction fetches and data reads of flash; all times are simulated cycles since reset."""

    def __init__(self, timing: FlashTiming) -> None:
        self.unit_bytes = timing.access_bytes
        self._access_cycles = timing.wait_states + 1
        self._prefetches = timing.prefetch
        self._line_units = max(1, timing.cache_line_bytes // timing.access_bytes)
        line = (timing.cache_line_bytes, timing.ways)
        self._code_cache = Cache(timing.icache_bytes, *line) if timing.icache_bytes else None
        self.data_cache = Cache(timing.dcache_bytes, *line) if timing.dcache_bytes else None
        if timing.unified:
            self.data_cache = self._code_cache
        self._code_port = _Port(self._access_cycles)
        self._data_port = _Port(self._access_cycles)
        self._data_unit = _NOTHING
        self._last: Code | None = None  # that was fetched, and when the core came to its last unit
        self._entered = 0

    def place(self, code: Code, offsets: Sequence[tuple[int, int]]) -> None:
        """Makes `code` known, which lies in units of flash: (number, cycle at which the core needs it), in order."""
        code.units = tuple(offsets)
        code.hot = False
        if self._code_cache is not None:
            for number in dict.fromkeys(unit // self._line_units for unit, _ in offsets):
                self._code_cache.watch(number, code)

    def fetch(self, code: Code, before: Code, left: int, now: int) -> int:
        """Cycles that the core waits for `code`, which it goes to at `now` from `before`.

        `left`: cycles from where the core needed the last unit of `before` until now.
        """
        here = before.units[-1][0] if before.units else _NOTHING
        entered = self._entered if before is self._last and not before.hot else now - left
        stalls = 0
        arrived = True  # all of the lines that the code is in
        for unit, offset in code.units:
            time = now + offset + stalls
            wait = self._waits_for(self._code_cache, unit, time)
            arrived = arrived and (wait == 0 or self._line_units == 1)
            if unit == here:  # it is in the buffer
                continue
            ahead = self._look_ahead(here, entered)
            if wait is None:
                ready = ahead[1] if ahead is not None and ahead[0] == unit else self._code_port.start(time)
                wait = max(0, ready - time - 1)
                if self._code_cache is not None and (wait or not self._prefetches):
                    self._fill(self._code_cache, self._code_port, unit, ready, time)
            stalls += wait
            here, entered = unit, time + wait
        self._last, self._entered = code, entered
        code.hot = arrived and self._is_cached(code)
        code.used = now
        return stalls

    def _is_cached(self, code: Code) -> bool:
        cache = self._code_cache
        return cache is not None and all(cache.find(unit // self._line_units) is not None for unit, _ in code.units)

    def read(self, address: int, size_bytes: int, now: int) -> int:
        """Cycles that the core waits for data of flash, which it asks for at `now`."""
        unit = address // self.unit_bytes
        stalls = 0 if unit == self._data_unit else self._read(unit, now)
        last = (address + size_bytes - 1) // self.unit_bytes
        if last != unit:
            stalls += self._read(last, now + stalls + 1)  # a second access, whose own cycle the core model counts
        self._data_unit = last
        return stalls

    def _read(self, unit: int, now: int) -> int:
        wait = self._waits_for(self.data_cache, unit, now)
        if wait is None:
            ready = self._data_port.start(now)
            wait = ready - now - 1
            if self.data_cache is not None:
                self._fill(self.data_cache, self._data_port, unit, ready, now)
        return wait

    def _look_ahead(self, unit: int, now: int) -> tuple[int, int] | None:
        """What the prefetch reads when the core is at `unit`, and when it has it; None if it reads nothing."""
        following = unit + 1
        if not self._prefetches or unit == _NOTHING:
            return None
        if self._code_cache is not None and self._code_cache.find(following // self._line_units) is not None:
            return None
        return following, self._code_port.start(now)

    def _waits_for(self, cache: Cache | None, unit: int, now: int) -> int | None:
        """Cycles until the cache has the unit; None if it is not there, nor on its way."""
        line = None if cache is None else cache.find(unit // self._line_units)
        if line is None:
            return None
        line.used = now
        if line.full <= now:
            return 0
        arrives = line.ready + (unit - line.first) % self._line_units * self._access_cycles
        return max(0, arrives - now - 1)

    def _fill(self, cache: Cache, port: _Port, unit: int, ready: int, now: int) -> None:
        line = cache.insert(unit // self._line_units, now)
        line.first = unit
        line.ready = ready
        line.full = port.free_at = ready + (self._line_units - 1) * self._access_cycles
