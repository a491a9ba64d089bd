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
from edgeopt.simulate.memory_timing.cache import Cache, Line

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
        if not code.units:
            return 0
        here = before.units[-1][0] if before.units else _NOTHING
        entered = self._entered if before is self._last and not before.hot else now - left
        if self._prefetches and code.units[0][0] not in (here, here + 1):
            self._prefetch_in_vain(here + 1, entered)
        cache, port, line_units = self._code_cache, self._code_port, self._line_units
        stalls = 0
        complete = True  # all units are in the cache when they are needed
        for unit, offset in code.units:
            time = now + offset + stalls
            line = None if cache is None else cache.resident.get(unit // line_units)
            if line is not None:
                line.used = time
                wait = 0 if line.full <= time else self._rest_of(line, unit, time)
                complete = complete and line.full <= time
            elif unit == here:
                complete = False
            else:
                prefetched = self._prefetches and unit == here + 1
                ready = port.start(entered if prefetched else time)
                wait = max(0, ready - time - 1)
                if cache is not None and (wait or not self._prefetches):
                    self._fill(cache, port, unit, ready, time)
                    complete = complete and line_units == 1
                else:
                    complete = False
            if unit != here:  # which is in the buffer
                stalls += wait
                here, entered = unit, time + wait
        self._last, self._entered = code, entered
        code.hot = complete and self._is_cached(code)
        code.used = now
        return stalls

    def _is_cached(self, code: Code) -> bool:
        """Whether no unit of it had to go for another."""
        cache = self._code_cache
        return cache is not None and all(cache.find(unit // self._line_units) is not None for unit, _ in code.units)

    def _prefetch_in_vain(self, unit: int, entered: int) -> None:
        """The core jumps away from where the prefetch reads `unit`, if that is not in the cache."""
        if unit > 0 and (self._code_cache is None or self._code_cache.find(unit // self._line_units) is None):
            self._code_port.start(entered)

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
        cache = self.data_cache
        line = None if cache is None else cache.resident.get(unit // self._line_units)
        if line is not None:
            line.used = now
            return 0 if line.full <= now else self._rest_of(line, unit, now)
        ready = self._data_port.start(now)
        if cache is not None:
            self._fill(cache, self._data_port, unit, ready, now)
        return ready - now - 1

    def _rest_of(self, line: Line, unit: int, now: int) -> int:
        """Cycles until `unit` is there, of a line that is being filled."""
        arrives = line.ready + (unit - line.first) % self._line_units * self._access_cycles
        return max(0, arrives - now - 1)

    def _fill(self, cache: Cache, port: _Port, unit: int, ready: int, now: int) -> None:
        line = cache.insert(unit // self._line_units, now)
        line.first = unit
        line.ready = ready
        line.full = port.free_at = ready + (self._line_units - 1) * self._access_cycles
