"""Cortex-M33: one instruction a cycle, or two of 16 bits where the second is a branch, IT or NOP.

Arm publishes no instruction timings for this core (its Technical Reference Manual, 100230, has none). What is here was
measured by others on the RP2350 (core r1p0), and agrees where they overlap:
  [J] jnk0le/random on GitHub, pipeline cycle test/doc/cortex_m33.md, commit f061980f
  [S] slothy-optimizer/slothy on GitHub, slothy/targets/arm_v7m/cortex_m33.py, commit 902e68e8: about 110
      micro-benchmarks, seven of eight whole kernels predicted within 5 %

    most instructions           1 cycle; a result is there for the next instruction  [S]
    load                        1; its result 2 cycles later, or 1 later to be stored or to be accumulated on  [J, S]
    product, with sum or not    1; its result 2 later, or 1 later to be stored or accumulated on  [J, S]
    ADD r, r, r, LSR/ASR/ROR    1; its result 2 later, likewise; LSL 1 later  [S]
    constant of shifted bits, SXTAB, PKHBT, SADD16 and their kin    1; its result 2 later  [J, S]
    MULS, flag-setting operation with a constant of shifted bits    2  [J]
    LDRD, STRD, VLDR and VSTR of a double 2; LDM, STM, PUSH, POP as many as registers  [J]
    VLDR 1, its result at once; VFMA, VMLA 1, result 3 later, no other floating-point instruction in the 2 behind  [J]
    branch not taken            1, or 0 as the second of a pair  [J]
    branch taken                2, or 1 as the second of a pair whose first leaves the flags alone  [J]
                                ([S] says 3: the same if that is meant with the SUBS before it, else one more)

Not measured, taken from like cases: SSAT and USAT as SADD16; SXTB, REV, CLZ as ADD; VADD and VMUL 1, result 2 later,
VDIV and VSQRT 14 as on Cortex-M4; SDIV 6, as there; one cycle more where the target of a branch is a 32-bit instruction
at an odd halfword, as there (published CoreMark figures of two chips agree better with it); one more where it is in a
register, two where it is loaded; MRS, MSR, barriers 1; unaligned accesses one more.
Not seen, because it depends on data or on code around the block: instructions that an IT block skips and that then hold
up nothing; latencies across blocks.
What that is worth on two networks (kws, vww): a cycle more a taken branch 1.5 and 5.3 %, SXTB of two stages 0.0 %, what
crosses blocks 0.0 %.
"""

from collections.abc import Sequence
from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.cycle_models._issue import LOADS, PRODUCTS, SEVERAL, IssueModel, Port, Result, Step, loaded
from edgeopt.simulate.operands import FLAGS, Form, Operands
from edgeopt.simulate.thumb import Instruction, Kind

_FLOATS = (Kind.FLOAT, Kind.FLOAT_MOVE_PAIR, Kind.FLOAT_MULTIPLY_ADD, Kind.FLOAT_DIVIDE)
_TWO_STAGE = (Form.ROTATED, Form.EXTEND_ADD, Form.PACK, Form.SATURATE, Form.PARALLEL, Form.DIFFERENCES)
_CYCLES = {
    Kind.DIVIDE: 6,
    Kind.TABLE_BRANCH: 2,
    Kind.FLOAT_MOVE_PAIR: 2,
    Kind.FLOAT_DIVIDE: 14,
}
_FPU = "fpu"

_NEXT = dict.fromkeys(Port, 1)
_TWO_LATER = dict.fromkeys(Port, 2) | {Port.ACCUMULATOR: 1, Port.STORE: 1}


@CYCLE_MODELS.register("cortex-m33f")
class CortexM33(IssueModel):
    """Cycles of a Cortex-M33."""

    unaligned_cycles = 1
    mispredicted_cycles = 0
    refill_cycles = 1  # of a taken branch, on top of its own cycle
    latency: ClassVar[dict[Result, dict[Port, int]]] = {
        Result.ALU: _NEXT,
        Result.EARLY_ALU: _NEXT,
        Result.BASE: _NEXT,
        Result.FROM_FLOAT: _NEXT,
        Result.TO_FLOAT: _NEXT,
        Result.FLOAT_LOAD: _NEXT,
        Result.LOAD: _TWO_LATER,
        Result.SHORT_LOAD: _TWO_LATER,
        Result.TWO_STAGE: _TWO_LATER | {Port.EXTEND_ADD: 1},
        Result.PRODUCT: _TWO_LATER | {Port.EXTEND_ADD: 1},
        Result.FLOAT: dict.fromkeys(Port, 2),
        Result.FLOAT_SUM_OF_PRODUCTS: dict.fromkeys(Port, 3) | {Port.FLOAT_STORE: 4},
    }

    def step(self, instruction: Instruction, operands: Operands) -> Step:
        kind = instruction.kind
        floating = kind in _FLOATS or (operands.results | operands.stored) >> 32 != 0
        cycles, result = _cycles(instruction, operands), _result(kind, operands)
        given = loaded(operands.results, result, 1) if kind in SEVERAL else ((operands.results, result, cycles - 1),)
        return Step(
            instruction,
            operands,
            _needs(instruction, operands),
            (*given, (operands.updated, Result.BASE, 0)),
            cycles,
            waits=(_FPU,) if floating else (),
            holds=((_FPU, 3),) if kind is Kind.FLOAT_MULTIPLY_ADD else (),
        )

    def may_pair(self, older: Step, younger: Step) -> bool:
        if older.instruction.size_bytes != 2 or younger.instruction.size_bytes != 2:
            return False
        if older.instruction.kind is not Kind.BRANCH and younger.instruction.kind is Kind.BRANCH:
            return True
        return younger.operands.form in (Form.IF_THEN, Form.NOTHING)

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        branch = block[-1]
        straddles = first is not None and first.size_bytes == 4 and target & 2 != 0
        refill = self.refill_cycles + straddles
        if branch.kind in (Kind.BRANCH_REGISTER, Kind.TABLE_BRANCH):
            return refill + 1
        if branch.writes_pc:
            return refill + 2
        schedule = self.schedule(block)
        if not schedule.younger[-1]:
            return refill
        # As the second of a pair it took no cycle of its own. Flags set by the first come too late to branch on.
        decides = schedule.steps[-1].operands.plain & FLAGS
        return refill + bool(decides & schedule.steps[-2].operands.results)


def _needs(instruction: Instruction, operands: Operands) -> tuple[tuple[int, Port], ...]:
    kind = instruction.kind
    floating = kind in _FLOATS
    plain = Port.FLOAT if floating else Port.FACTOR if kind in PRODUCTS else Port.ALU
    accumulator = Port.FLOAT_ACCUMULATOR if floating else Port.ACCUMULATOR
    if operands.form is Form.EXTEND_ADD:
        accumulator = Port.EXTEND_ADD
    # A branch that turns out to be taken waits for the flags in `taken_cycles`.
    conditions = 0 if kind is Kind.BRANCH else operands.plain & FLAGS
    return (
        (operands.plain & ~FLAGS, plain),
        (conditions if operands.form is not Form.IF_THEN else 0, Port.CONDITION),
        (operands.shifted, Port.SHIFTER),
        (operands.address, Port.ADDRESS),
        (operands.accumulator, accumulator),
        (operands.stored, Port.FLOAT_STORE if operands.stored >> 32 else Port.STORE),
    )


def _result(kind: Kind, operands: Operands) -> Result:
    if kind in LOADS:
        return Result.FLOAT_LOAD if operands.results >> 32 else Result.LOAD
    if kind is Kind.FLOAT_MULTIPLY_ADD:
        return Result.FLOAT_SUM_OF_PRODUCTS
    if kind in (Kind.FLOAT, Kind.FLOAT_DIVIDE):
        return Result.FLOAT if operands.results >> 32 and operands.plain >> 32 else Result.FROM_FLOAT
    if kind in PRODUCTS:
        return Result.PRODUCT
    shifted = operands.form is Form.SHIFTED and not operands.shift_left
    return Result.TWO_STAGE if shifted or operands.form in _TWO_STAGE else Result.ALU


def _cycles(instruction: Instruction, operands: Operands) -> int:
    kind = instruction.kind
    if kind in SEVERAL:
        return max(1, instruction.words)
    if (kind is Kind.MULTIPLY or operands.form is Form.ROTATED) and operands.results & FLAGS:
        # Comparisons with such a constant have no result that would come late.
        return 2 if operands.results & ~FLAGS else 1
    return _CYCLES.get(kind, 1)
