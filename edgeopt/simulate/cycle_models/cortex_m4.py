"""Cortex-M4: the timings of its Technical Reference Manual (DDI 0439, section 3.3), zero wait states.

    most instructions                1, multiplications and DSP included
    single load                      2, or 1 directly after another single load or store (they share a pipeline stage)
    single store                     1; with a register offset 2, or 1 directly after a single load or store
    LDM, STM, PUSH, POP, VLDM, VSTM  1 + words;  LDRD, STRD and VLDR, VSTR of a double likewise
    TBB, TBH                         2
    SDIV, UDIV                       6, the middle of 2 to 12: it depends on the operands
    MLA of floats 3, VDIV and VSQRT 14, VMOV of two core registers 2
    taken branch                     2 more, the middle of 1 to 3: it depends on alignment and prediction

Not seen by this model, because it depends on data: unaligned accesses (one cycle more each), bus contention.
"""

from collections.abc import Sequence
from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.thumb import Instruction, Kind

_SINGLE = (Kind.LOAD, Kind.STORE)
_SEVERAL = (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE)


@CYCLE_MODELS.register("cortex-m4f")
class CortexM4:
    """Cycles of a Cortex-M4."""

    unaligned_cycles = 1
    refill_cycles = 2
    kind_cycles: ClassVar[dict[Kind, int]] = {
        Kind.DIVIDE: 6,
        Kind.TABLE_BRANCH: 2,
        Kind.FLOAT_MOVE_PAIR: 2,
        Kind.FLOAT_MULTIPLY_ADD: 3,
        Kind.FLOAT_DIVIDE: 14,
    }

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        cycles = 0
        pipelined = False
        for instruction in instructions:
            cycles += self._cycles(instruction, pipelined)
            pipelined = instruction.kind in _SINGLE
        return cycles

    def _cycles(self, instruction: Instruction, pipelined: bool) -> int:
        kind = instruction.kind
        if kind in _SEVERAL:
            return 1 + instruction.words
        if kind in _SINGLE:
            two = kind is Kind.LOAD or instruction.register_offset
            return 2 if two and not pipelined else 1
        return self.kind_cycles.get(kind, 1)

    def taken_cycles(self, block: Sequence[Instruction], target: int) -> int:
        return self.refill_cycles
