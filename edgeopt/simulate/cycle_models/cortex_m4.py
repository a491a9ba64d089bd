"""Cortex-M4: the timings of its Technical Reference Manual (DDI 0439D, sections 3.3.1 and 3.3.2), zero wait states.

    most instructions                1, multiplications and DSP included
    single load                      2, or 1 directly after another single load or store (they share a pipeline stage),
                                     unless its address needs what that one loads
    single store                     1; with a register offset 2, or 1 directly after a single load or store
    ... whose address needs what the data-processing instruction just before it computes: one more
    LDM, STM, PUSH, POP, VLDM, VSTM  1 + words;  LDRD, STRD and VLDR, VSTR of a double likewise
    LDREX, STREX                     as loads
    TBB, TBH                         2
    SDIV, UDIV                       6, the middle of 2 to 12: it depends on the operands
    IT                               0 after a 16-bit instruction, onto which it is folded, else 1
    MLA of floats 3, VDIV and VSQRT 14, VMOV of two core registers 2
    taken branch                     2 more, the middle of 1 to 3: it depends on alignment and prediction
    ISB                              1 and a refill of the pipeline;  DSB, DMB 1, their least

Kinder than the manual in one point, `behind_stores`: it says that nothing is pipelined behind a store. The figures of
peers that edgeopt's are compared with were counted without that rule, and like must be compared with like. It is worth
0.0 % of an inference of ad, 1.2 % of kws and 1.9 % of vww (goal latency).

An instruction that an IT block skips takes 1; it counts here as if it was executed. Not seen by this model: contention
of a literal's load with the fetch, 32-bit loads at an odd halfword that "might not pipeline optimally", words that are
not even halfword-aligned (2 more), what crosses basic blocks.
"""

from collections.abc import Sequence
from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.operands import Form, Operands, operands_of
from edgeopt.simulate.thumb import Instruction, Kind

_SEVERAL = (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE)
_MEMORY = (*_SEVERAL, Kind.LOAD, Kind.STORE)
_DATA_PROCESSING = (
    Kind.ALU,
    Kind.MULTIPLY,
    Kind.MULTIPLY_ADD,
    Kind.MULTIPLY_DSP,
    Kind.MULTIPLY_LONG,
    Kind.MULTIPLY_LONG_ADD,
    Kind.DIVIDE,
)
_ISB = 0xF3BF, 0x8F6F

_Pair = tuple[Instruction, Operands]


@CYCLE_MODELS.register("cortex-m4f")
class CortexM4:
    """Cycles of a Cortex-M4."""

    unaligned_cycles = 1
    refill_cycles = 2
    behind_stores = True  # whether loads and stores are pipelined behind a store
    kind_cycles: ClassVar[dict[Kind, int]] = {
        Kind.DIVIDE: 6,
        Kind.TABLE_BRANCH: 2,
        Kind.FLOAT_MOVE_PAIR: 2,
        Kind.FLOAT_MULTIPLY_ADD: 3,
        Kind.FLOAT_DIVIDE: 14,
    }

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        cycles = 0
        before: _Pair | None = None
        for pair in zip(instructions, operands_of(instructions), strict=True):
            cycles += self._cycles(pair, before)
            before = pair
        return cycles

    def taken_cycles(self, block: Sequence[Instruction], target: int) -> int:
        return self.refill_cycles

    def pipelines(self, pair: _Pair, before: _Pair | None) -> bool:
        """Whether a load or store shares a stage of the pipeline with the instruction before it."""
        if before is None:
            return False
        if before[0].kind is Kind.STORE and self.behind_stores:
            return True
        return _is_load(before) and not pair[1].address & before[1].results

    def _cycles(self, pair: _Pair, before: _Pair | None) -> int:
        instruction, operands = pair
        kind = instruction.kind
        if kind in _MEMORY:
            return self._memory_cycles(pair, before) + _waits_for_address(operands, before)
        if operands.form is Form.IF_THEN:
            return 0 if before is not None and before[0].size_bytes == 2 else 1
        if (instruction.first, instruction.second) == _ISB:
            return 1 + self.refill_cycles
        return self.kind_cycles.get(kind, 1)

    def _memory_cycles(self, pair: _Pair, before: _Pair | None) -> int:
        instruction = pair[0]
        if instruction.kind in _SEVERAL:
            return 1 + instruction.words
        two = _is_load(pair) or instruction.register_offset
        return 2 if two and not self.pipelines(pair, before) else 1


def _is_load(pair: _Pair) -> bool:
    """Whether it is a single load, or STREX, which is treated as one."""
    return pair[0].kind is Kind.LOAD or (pair[0].kind is Kind.STORE and pair[1].results != 0)


def _waits_for_address(operands: Operands, before: _Pair | None) -> int:
    """There is no way round the register bank from the adder to an address."""
    return int(before is not None and before[0].kind in _DATA_PROCESSING and operands.address & before[1].results != 0)
