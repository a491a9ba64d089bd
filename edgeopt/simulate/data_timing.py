"""The hook of data accesses: what the core waits for flash and RAM while a block runs."""

from edgeopt.simulate.counting import Counter
from edgeopt.simulate.cpu import WRITE, Cpu
from edgeopt.simulate.memory_timing import MemoryTiming


class DataTiming:
    """Adds what `memory` makes the core wait to what `counter` counts.

    The engine does not say when, within a block, an access happens: reads are taken to be spread over it evenly.
    """

    def __init__(self, memory: MemoryTiming, counter: Counter, cpu: Cpu) -> None:
        self._memory = memory
        self._counter = counter
        self._cpu = cpu
        flash, ram = memory.flash_region, memory.ram_region
        self._flash = (flash.origin, flash.origin + flash.size_bytes)
        self._ram = (ram.origin, ram.origin + ram.size_bytes)
        self._seen = 0  # ticks after the last read: if they have changed, another block runs
        self._offset = 0  # of the next read in its block, cycles

    def on_access(self, _engine: object, kind: int, address: int, size_bytes: int, _value: int, _user: object) -> None:
        """Unicorn's hook."""
        try:
            if self._counter.code.accesses_in_it_block:
                self._cpu.leave_it_block()
            start, end = self._flash
            if start <= address < end:
                counter = self._counter
                ticks = counter.ticks
                if ticks != self._seen:
                    self._offset = 0
                stalls = self._memory.read_flash(address, size_bytes, ticks + self._offset)
                self._offset += counter.code.read_gap
                self._seen = ticks + stalls
            else:
                start, end = self._ram
                if not start <= address < end:
                    return
                stalls = self._memory.ram.access(address, size_bytes, kind == WRITE, self._counter.ticks)
            if stalls:
                self._counter.wait(stalls)
        except Exception as error:
            self._cpu.fail(error)
