"""Memory timing: the cycles that a board's memory makes the core wait, on top of those that the pipeline takes.

The figures are the board file's (`FlashTiming`, `Region.wait_states`); the rules are in flash.py, ram.py and cache.py.
Not modelled: contention with DMA, TLBs and write-backs of a data cache, instruction fetches from RAM with wait states.
"""

from collections.abc import Sequence

from edgeopt.board import Board, FlashTiming, Region
from edgeopt.simulate.code import Code
from edgeopt.simulate.cycle_models import CycleModel
from edgeopt.simulate.memory_timing.flash import Flash
from edgeopt.simulate.memory_timing.ram import Ram
from edgeopt.simulate.thumb import Instruction, Kind

IDEAL_MEMORY = "zero wait states"
_READS = (Kind.LOAD, Kind.LOAD_DOUBLE, Kind.LOAD_MULTIPLE)


class MemoryTiming:
    """What a board's memory adds to the pipeline's cycles. Times are simulated cycles since reset."""

    def __init__(self, board: Board, timing: FlashTiming, model: CycleModel) -> None:
        self._model = model
        self.flash_region = board.flash
        self.ram_region = board.ram
        self.unaligned_cycles = model.unaligned_cycles
        self.flash = Flash(timing)
        self.ram = Ram(board.ram, self.flash.data_cache, timing.cache_line_bytes, self.unaligned_cycles)

    @property
    def watches_ram(self) -> bool:
        """Whether accesses to RAM can cost anything."""
        return self.unaligned_cycles > 0 or self.ram_region.wait_states > 0

    def place(self, code: Code) -> None:
        """Makes code known when it runs for the first time."""
        code.read_gap = max(1, code.cycles // max(1, sum(i.words for i in code.instructions if i.kind in _READS)))
        if _holds(self.flash_region, code.address):
            self.flash.place(code, self._offsets(code))

    def _offsets(self, code: Code) -> list[tuple[int, int]]:
        """The units that the code lies in, each with the cycle at which the core needs it."""
        unit_bytes = self.flash.unit_bytes
        found = [(code.address // unit_bytes, 0)]
        end = code.address
        for index, instruction in enumerate(code.instructions):
            end += instruction.size_bytes
            unit = (end - 1) // unit_bytes
            if unit != found[-1][0]:
                before: Sequence[Instruction] = code.instructions[:index]
                found.append((unit, max(found[-1][1], self._model.block_cycles(code.address, before))))
        return found

    def read_flash(self, address: int, size_bytes: int, now: int) -> int:
        """Cycles that the core waits for data of flash."""
        stalls = self.flash.read(address, size_bytes, now)
        return stalls + self.unaligned_cycles if address & size_bytes - 1 else stalls


def memory_timing(board: Board, model: CycleModel | None) -> MemoryTiming | None:
    """The board's memory timing; None where all its memory answers at once, is not known, or the core has no model."""
    timing = board.slow_memory
    return None if model is None or timing is None else MemoryTiming(board, timing, model)


def describe_memory(board: Board) -> str:
    """The memory of simulated cycles in a few words, for the source of a figure."""
    timing = board.slow_memory
    return IDEAL_MEMORY if timing is None else f"{timing.wait_states} wait states ({timing.kind})"


def _holds(region: Region, address: int) -> bool:
    return region.origin <= address < region.origin + region.size_bytes
