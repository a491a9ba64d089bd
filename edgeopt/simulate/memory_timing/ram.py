"""RAM that does not answer at once: wait states, a data cache before it, accesses that are not aligned."""

from edgeopt.board import Region
from edgeopt.simulate.memory_timing.cache import Cache


class Ram:
    """Times of data accesses to a region.

    Uncached, each access takes the wait states. Through the core's data cache, a line that is not there is read for
    them, the rest of the line coming behind the word that was asked for; writes go through a buffer and wait for
    nothing. `unaligned_cycles` more for a read that is not aligned to its size.
    """

    def __init__(self, region: Region, cache: Cache | None, line_bytes: int, unaligned_cycles: int) -> None:
        self._wait_states = region.wait_states
        self._cache = cache if region.cached else None
        self._line_bytes = line_bytes
        self._unaligned_cycles = unaligned_cycles

    def access(self, address: int, size_bytes: int, writes: bool, now: int) -> int:
        """Cycles that the core waits."""
        stalls = self._unaligned_cycles if address & size_bytes - 1 and not writes else 0
        if not self._wait_states:
            return stalls
        if self._cache is None:
            return stalls + self._wait_states
        number = address // self._line_bytes
        line = self._cache.find(number)
        if line is not None:
            line.used = now
            return stalls
        self._cache.insert(number, now)
        return stalls if writes else stalls + self._wait_states
