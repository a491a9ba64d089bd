"""Cortex-M4: the timings of its Technical Reference Manual (DDI 0439D, sections 3.3.1, 3.3.2, 7.2.3), zero wait states.

    most instructions                1, multiplications and DSP included
    single load                      2, or 1 directly after another single load (they share a pipeline stage), unless
                                     its address needs what that one loads
    single store                     1; with a register offset 2, or 1 directly after a single load
    ... whose address needs what the data-processing instruction just before it computes: one more
    LDM, STM, PUSH, POP, VLDM, VSTM  1 + words;  LDRD, STRD and VLDR, VSTR of a double likewise
    LDREX, STREX                     as loads
    TBB, TBH                         2
    SDIV, UDIV                       6, the middle of 2 to 12: it depends on the operands
    IT                               0 after a 16-bit instruction, onto which it is folded, else 1
    taken branch                     1 more, the least of the 1 to 3 that depend on alignment and width of the target
                                     and on whether its address is known early: one more for a 32-bit instruction at an
                                     odd halfword, one more for a target that comes from a register or memory
    ISB                              1 and a refill of the pipeline;  DSB, DMB 1, their least
    VMLA, VFMA 3, VDIV and VSQRT 14, VMOV from or to core registers 2, VSTR as a store with a register offset; one more
    where the next instruction needs the result, but not to add a product to it

An instruction that an IT block skips takes 1; it counts here as if it was executed. Not seen by this model: contention
of a literal's load with the fetch, 32-bit loads at an odd halfword that "might not pipeline optimally", words that are
not even halfword-aligned (2 more), integer work while VDIV goes on, what crosses basic blocks.
"""

from collections.abc import Sequence
from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.operands import Form, Operands, operands_of
from edgeopt.simulate.thumb import Instruction, Kind

_SINGLE = (Kind.LOAD, Kind.STORE)
_SEVERAL = (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE)
_DATA_PROCESSING = (
    Kind.ALU,
    Kind.MULTIPLY,
    Kind.MULTIPLY_ADD,
    Kind.MULTIPLY_DSP,
    Kind.MULTIPLY_LONG,
    Kind.MULTIPLY_LONG_ADD,
    Kind.DIVIDE,
)
_INDIRECT = (Kind.BRANCH_REGISTER, Kind.TABLE_BRANCH)
_FLOATS = 0xFFFF_FFFF << 32
_CORE = 0xFFFF
_ISB = 0xF3BF, 0x8F6F
_CYCLES = {
    Kind.DIVIDE: 6,
    Kind.TABLE_BRANCH: 2,
    Kind.FLOAT_MOVE_PAIR: 2,
    Kind.FLOAT_MULTIPLY_ADD: 3,
    Kind.FLOAT_DIVIDE: 14,
}

Decoded = tuple[Instruction, Operands]


@CYCLE_MODELS.register("cortex-m4f")
class CortexM4:
    """Cycles of a Cortex-M4."""

    unaligned_cycles = 1
    mispredicted_cycles = 0
    refill_cycles = 1
    kind_cycles: ClassVar[dict[Kind, int]] = _CYCLES

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        cycles = 0
        before: Decoded | None = None
        for one in zip(instructions, operands_of(instructions), strict=True):
            cycles += self._cycles(one, before)
            before = one
        return cycles

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        branch = block[-1]
        straddles = first is not None and first.size_bytes == 4 and target & 2 != 0
        return self.refill_cycles + straddles + (branch.kind in _INDIRECT or branch.writes_pc)

    def pipelines(self, one: Decoded, before: Decoded | None) -> bool:
        """Whether a load or store shares a stage of the pipeline with the instruction before it."""
        return before is not None and _is_load(before) and not one[1].address & before[1].results

    def _cycles(self, one: Decoded, before: Decoded | None) -> int:
        instruction, operands = one
        kind = instruction.kind
        if kind in _SINGLE or kind in _SEVERAL:
            return self._memory_cycles(one, before) + _waits(operands, before)
        if operands.form is Form.IF_THEN:
            return 0 if before is not None and before[0].size_bytes == 2 else 1
        if (instruction.first, instruction.second) == _ISB:
            return 1 + self.refill_cycles
        if kind is Kind.FLOAT and operands.reads & _CORE | operands.results & _CORE:
            return 2 + _waits(operands, before)
        return self.kind_cycles.get(kind, 1) + _waits(operands, before)

    def _memory_cycles(self, one: Decoded, before: Decoded | None) -> int:
        instruction, operands = one
        if instruction.kind in _SEVERAL:
            return 1 + instruction.words
        two = _is_load(one) or instruction.register_offset or operands.stored & _FLOATS
        return 2 if two and not self.pipelines(one, before) else 1


def _is_load(one: Decoded) -> bool:
    """Whether it is a single load, or STREX, which is treated as one."""
    return one[0].kind is Kind.LOAD or (one[0].kind is Kind.STORE and one[1].results != 0)


def _waits(operands: Operands, before: Decoded | None) -> int:
    """Whether it waits a cycle for what the instruction before it computes."""
    if before is None:
        return 0
    results = before[1].results
    if before[0].kind in _DATA_PROCESSING:  # there is no way round the register bank to an address
        return int(operands.address & results != 0)
    if _is_float_arithmetic(before):
        return int((operands.plain | operands.stored) & results & _FLOATS != 0)
    return 0


def _is_float_arithmetic(one: Decoded) -> bool:
    """Not so VMOV, VABS and VNEG."""
    instruction, operands = one
    if instruction.kind in (Kind.FLOAT_MULTIPLY_ADD, Kind.FLOAT_DIVIDE):
        return True
    moves = not operands.plain & _FLOATS or operands.results & _CORE or instruction.first & 0xFFBE == 0xEEB0
    return instruction.kind is Kind.FLOAT and not moves
