"""Cortex-M0+: the timings of its Technical Reference Manual (DDI 0484, table 3-1), zero wait states.

most instructions       1, MULS included (the single-cycle multiplier, which every board here has)
single load and store   2
LDM, STM, PUSH, POP     1 + words;  POP with PC 3 + words
B taken 2, not taken 1; BX, BLX, MOV PC 2; BL 3
MRS, MSR, DSB, DMB, ISB 3; CPS 1; WFI, WFE 2
"""

from collections.abc import Sequence

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.thumb import Instruction, Kind

_MULTIPLE = (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE)
_TAKEN_CYCLES = 1


@CYCLE_MODELS.register("cortex-m0plus")
class CortexM0Plus:
    """Cycles of a Cortex-M0+."""

    unaligned_cycles = 0  # Armv6-M faults
    mispredicted_cycles = 0

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        return sum(map(_cycles, instructions))

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        return _TAKEN_CYCLES


def _cycles(instruction: Instruction) -> int:
    kind = instruction.kind
    if kind in (Kind.LOAD, Kind.STORE, Kind.WAIT):
        return 2
    if kind in _MULTIPLE:
        # Returning by POP costs 2 more, of which one is the taken branch.
        return 1 + instruction.words + (2 - _TAKEN_CYCLES if instruction.writes_pc else 0)
    if kind is Kind.CALL:
        return 3 - _TAKEN_CYCLES
    if kind is Kind.BARRIER or (kind is Kind.SYSTEM and instruction.size_bytes == 4):
        return 3
    return 1
