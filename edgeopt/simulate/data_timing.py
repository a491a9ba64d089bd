"""The hook of data accesses: what the core waits for flash and RAM while a block runs."""

from collections.abc import Callable

from edgeopt.simulate.counting import Counter
from edgeopt.simulate.cpu import WRITE, Cpu
from edgeopt.simulate.memory_timing import MemoryTiming

DataHook = Callable[[object, int, int, int, int, object], None]


def watch_data(memory: MemoryTiming, counter: Counter, cpu: Cpu, has_it_blocks: bool) -> None:
    """Adds what `memory` makes the core of `cpu` wait for data to what `counter` counts."""
    hook = data_hook(memory, counter, cpu)
    if has_it_blocks or memory.watches_ram:
        cpu.hook_data(hook)
    else:
        cpu.hook_reads(hook, memory.flash_region.origin, memory.flash_region.origin + memory.flash_region.size_bytes)


def data_hook(memory: MemoryTiming, counter: Counter, cpu: Cpu) -> DataHook:
    """Unicorn's hook, which adds what `memory` makes the core wait to what `counter` counts.

    The engine does not say when, within a block, an access happens: reads of flash are taken to be spread over it
    evenly. The hook is called for every access of the program, and most of them are to RAM that never waits: what is
    in a closure is found faster than what is in an object.
    """
    flash_start, flash_end = memory.flash_region.origin, memory.flash_region.origin + memory.flash_region.size_bytes
    ram_start, ram_end = memory.ram_region.origin, memory.ram_region.origin + memory.ram_region.size_bytes
    ram_waits = memory.ram_region.wait_states > 0
    seen = 0  # ticks after the last read of flash: if they have changed, another block runs
    offset = 0  # of the next read of flash in its block, cycles

    def on_access(_engine: object, kind: int, address: int, size_bytes: int, _value: int, _user: object) -> None:
        nonlocal seen, offset
        code = counter.code
        stalls = 0
        try:
            if code.accesses_in_it_block:
                cpu.leave_it_block()
            if ram_start <= address < ram_end:
                if not ram_waits and not address & size_bytes - 1:
                    return
                stalls = memory.ram.access(address, size_bytes, kind == WRITE, counter.ticks)
                if counter.ticks == seen:  # the block goes on
                    seen += stalls
            elif flash_start <= address < flash_end:
                ticks = counter.ticks
                offset = 0 if ticks != seen else offset
                stalls = memory.read_flash(address, size_bytes, ticks + offset)
                offset += code.read_gap
                seen = ticks + stalls
            if stalls:
                counter.wait(stalls)
        except Exception as error:
            cpu.fail(error)

    return on_access
