"""Cortex-M7: two instructions a cycle in order, by the pairing rules that others measured.

Arm publishes no instruction timings for this core (its Technical Reference Manual, DDI 0489, has none), but wrote
LLVM's scheduling model of it. Sources:
  [J] jnk0le/random on GitHub, pipeline cycle test/doc/cortex_m7.md, commit 0b9c6027, measured on an STM32H743
  [L] llvm/lib/Target/ARM/ARMScheduleM7.td, by Arm
  [M] mastodawn.com/explore/tag/CortexM7, measured

Stages [L]: addresses and the shifter in front (early), then the ALU and loaded words (late), then products. A result is
there for the late ALU one cycle after its own; what is needed early waits one more. So, cycles from issue to issue:

    from              to: late ALU   early (address, shifted operand)   factor   accumulator   stored
    ALU                   1          2                                  1        0             0       [J, L]
    early ALU             0          1                                  0        0             0       [J]
    word loaded           1          2 (also beside a shifted operand)  2        1             0       [J]
    byte, halfword        2          3                                  2        1             0       [J, L]
    product               2          3                                  2        1             0       [J]
    changed base          0          1                                                                 [J, L]
    float sum, product    3 to a sum, product or accumulator, 1 stored; VFMA 5, accumulator 3, 3 stored;
                          VLDR 1, accumulator 3                                                        [J]

The early ALU takes ADD, SUB and MOV that are first of a pair, and plain shifts, if their operands are early enough.

Never paired: LDM, STM, PUSH, POP, LDRD, STRD and doubles (one cycle for two registers), divisions (7 [L]), VMOV of two
registers, table branches, system instructions and barriers (3 [L]).
Not paired with each other: two products; a product and a store; two stores; two floating-point operations; VFMA and a
move, load or store of the FPU; two loads unless known to be of an even and an odd word; two operations with a shifted
register or constant of shifted bits, or one of them with BFI, UBFX, REV, PKHBT or SXTAB. Bit fields, extensions, SIMD,
saturation, REV and CLZ must be first of their pair [J, M].

Branches: a predicted branch is free but for its slot, a mispredicted one costs 8, or 6 where the flags were set three
cycles before; 8 is taken [J]. Predicted is what a history learns, which here is the way that a conditional branch
mostly goes: the counter charges 8 for each time that it does not. A target that comes from a register or memory counts
as found.

Not seen: alignment and width of instructions around a branch, pairs across blocks (a block ends on a whole cycle), a
byte stored every cycle (4 each, as the store buffer merges nothing), doubles (as singles), VADD and VLDR in the three
cycles behind VFMA, VSQRT's two cycles less than VDIV, REV and RBIT in the early ALU, what IT skips, unaligned stores.
Unaligned loads cost 3 more [J].
What is uncertain, on two networks (kws, vww): if all loads from unknown banks paired, -0.2 and -0.3 %; what crosses
blocks -0.1 and -0.5 %; if every target that comes from a register or memory were mispredicted, +2.5 and +9 %. With one
slot only: +10 and +19 %.
"""

from collections.abc import Sequence
from typing import ClassVar

from edgeopt.simulate.cycle_models import CYCLE_MODELS
from edgeopt.simulate.cycle_models._issue import LOADS, PRODUCTS, SEVERAL, IssueModel, Port, Result, Step, loaded
from edgeopt.simulate.operands import FLAGS, PC, Form, Operands
from edgeopt.simulate.thumb import Instruction, Kind

_ALONE = (
    *SEVERAL,
    Kind.DIVIDE,
    Kind.FLOAT_MOVE_PAIR,
    Kind.TABLE_BRANCH,
    Kind.SYSTEM,
    Kind.BARRIER,
    Kind.WAIT,
    Kind.BREAKPOINT,
)
_CYCLES = {
    Kind.DIVIDE: 7,
    Kind.TABLE_BRANCH: 2,
    Kind.SYSTEM: 3,
    Kind.BARRIER: 3,
    Kind.FLOAT_DIVIDE: 16,
}
_ARITHMETIC = (Kind.FLOAT, Kind.FLOAT_MULTIPLY_ADD, Kind.FLOAT_DIVIDE)
_FLOATS = (*_ARITHMETIC, Kind.FLOAT_MOVE_PAIR)

_FIRST_ONLY = (
    Form.INSERT,
    Form.EXTRACT,
    Form.EXTEND,
    Form.EXTEND_ADD,
    Form.PACK,
    Form.REVERSE,
    Form.SATURATE,
    Form.PARALLEL,
    Form.DIFFERENCES,
    Form.COUNT,
)
_WITH_SHIFTER = (Form.SHIFTED, Form.ROTATED)
_NOT_WITH_SHIFTER = (Form.INSERT, Form.EXTRACT, Form.EXTEND_ADD, Form.PACK, Form.REVERSE)
_SHIFTS_EARLY = (*_NOT_WITH_SHIFTER, Form.SHIFTED)
_SLOW = (Form.SATURATE, Form.DIFFERENCES)


def _to(alu: int, early: int, factor: int, accumulator: int, store: int, beside: int | None = None) -> dict[Port, int]:
    return {
        Port.ALU: alu,
        Port.ADDRESS: early,
        Port.SHIFTER: early,
        Port.BESIDE_SHIFTER: alu if beside is None else beside,
        Port.EXTEND_ADD: alu if beside is None else beside,
        Port.FACTOR: factor,
        Port.ACCUMULATOR: accumulator,
        Port.STORE: store,
        Port.CONDITION: max(alu, 1),
        Port.FLOAT: 1,
        Port.FLOAT_FACTOR: 1,
        Port.FLOAT_ACCUMULATOR: 1,
        Port.FLOAT_STORE: store,
    }


def _float(term: int, factor: int, accumulator: int, store: int) -> dict[Port, int]:
    return dict.fromkeys(Port, term) | {
        Port.FLOAT_FACTOR: factor,
        Port.FLOAT_ACCUMULATOR: accumulator,
        Port.FLOAT_STORE: store,
    }


@CYCLE_MODELS.register("cortex-m7f")
class CortexM7(IssueModel):
    """Cycles of a Cortex-M7."""

    unaligned_cycles = 3
    mispredicted_cycles = 8
    latency: ClassVar[dict[Result, dict[Port, int]]] = {
        Result.ALU: _to(1, 2, 1, 0, 0),
        Result.EARLY_ALU: _to(0, 1, 0, 0, 0),
        Result.TWO_STAGE: _to(2, 3, 2, 1, 0),
        Result.PRODUCT: _to(2, 3, 2, 1, 0),
        Result.LOAD: _to(1, 2, 2, 1, 0, beside=2),
        Result.SHORT_LOAD: _to(2, 3, 2, 1, 0),
        Result.BASE: _to(0, 1, 0, 0, 0),
        Result.FLOAT: _float(3, 3, 3, 1),
        Result.FLOAT_SUM_OF_PRODUCTS: _float(5, 5, 3, 3),
        Result.FLOAT_LOAD: _float(1, 1, 3, 0),
        Result.FROM_FLOAT: _to(1, 2, 1, 0, 0),
        Result.TO_FLOAT: _float(3, 3, 3, 3),
    }

    def step(self, instruction: Instruction, operands: Operands) -> Step:
        kind = instruction.kind
        several = kind in SEVERAL
        cycles = max(1, (instruction.words + 1) // 2) if several else _CYCLES.get(kind, 1)
        result = _result(instruction, operands)
        given = loaded(operands.results, result, 2) if several else ((operands.results, result, cycles - 1),)
        return Step(
            instruction,
            operands,
            _needs(instruction, operands),
            (*given, (operands.updated, Result.BASE, 0)),
            cycles,
            alone=kind in _ALONE,
        )

    def may_pair(self, older: Step, younger: Step) -> bool:
        one, other = older.operands.form, younger.operands.form
        if other in _FIRST_ONLY or not _units_free(older, younger):
            return False
        shifted = sum(form in _WITH_SHIFTER for form in (one, other))
        if shifted == 2 or (shifted and (one in _NOT_WITH_SHIFTER or one is Form.SHIFT)):
            return False
        return not (_accesses_memory(older) and _accesses_memory(younger)) or _different_banks(older, younger)

    def early(self, step: Step, is_younger: bool, partner: Step | None) -> bool:
        if step.operands.form is Form.SHIFT:
            return not is_younger or partner is None or partner.operands.form not in _SHIFTS_EARLY
        return step.operands.form is Form.PLAIN and step.instruction.kind is Kind.ALU and not is_younger

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        return 0


def _needs(instruction: Instruction, operands: Operands) -> tuple[tuple[int, Port], ...]:
    kind = instruction.kind
    if kind in (Kind.BRANCH, Kind.BRANCH_REGISTER, Kind.CALL):
        return ()  # predicted
    plain, accumulator = Port.ALU, Port.ACCUMULATOR
    if kind in _FLOATS:
        # VADD differs from VMUL only behind a sum of products, where this takes the longer of the two.
        plain = Port.FLOAT_FACTOR if kind is Kind.FLOAT_MULTIPLY_ADD else Port.FLOAT
        accumulator = Port.FLOAT_ACCUMULATOR
    elif kind in PRODUCTS and operands.form is Form.PLAIN:
        plain = Port.FACTOR
    elif operands.shifted and operands.form is not Form.SHIFT:
        plain = Port.BESIDE_SHIFTER
    if operands.form is Form.EXTEND_ADD:
        accumulator = Port.EXTEND_ADD
    late = operands.form in (Form.SHIFT, Form.EXTEND)  # there is a shifter beside the late ALU too
    condition = 0 if operands.form is Form.IF_THEN else operands.plain & FLAGS
    return (
        (operands.plain & ~FLAGS, plain),
        (condition, Port.CONDITION),
        (operands.shifted, Port.ALU if late else Port.SHIFTER),
        (operands.address, Port.ADDRESS),
        (operands.accumulator, accumulator),
        (operands.stored, Port.FLOAT_STORE if operands.stored >> 32 else Port.STORE),
    )


def _result(instruction: Instruction, operands: Operands) -> Result:
    kind, floating = instruction.kind, operands.results >> 32 != 0
    if kind in LOADS:
        if floating:
            return Result.FLOAT_LOAD
        return Result.SHORT_LOAD if kind is Kind.LOAD and operands.access_bytes < 4 else Result.LOAD
    if kind is Kind.FLOAT_MULTIPLY_ADD:
        return Result.FLOAT_SUM_OF_PRODUCTS
    if kind in _FLOATS:
        from_float = operands.plain >> 32 != 0
        return Result.FROM_FLOAT if not floating else Result.FLOAT if from_float else Result.TO_FLOAT
    if kind in PRODUCTS or operands.form in _SLOW:
        return Result.PRODUCT
    return Result.ALU


def _units_free(older: Step, younger: Step) -> bool:
    """Whether no unit is wanted twice, but for the shifter and the memory."""
    kinds = (older.instruction.kind, younger.instruction.kind)
    products = sum(kind in PRODUCTS for kind in kinds)
    if products == 2 or (products and Kind.STORE in kinds) or kinds == (Kind.STORE, Kind.STORE):
        return False
    if all(kind in _FLOATS for kind in kinds):
        return False
    return not (Kind.FLOAT_MULTIPLY_ADD in kinds and (_moves_floats(older) or _moves_floats(younger)))


def _moves_floats(step: Step) -> bool:
    touched = step.operands.results | step.operands.stored
    return step.instruction.kind in (Kind.LOAD, Kind.STORE) and touched >> 32 != 0


def _accesses_memory(step: Step) -> bool:
    return step.instruction.kind in (Kind.LOAD, Kind.STORE)


def _different_banks(older: Step, younger: Step) -> bool:
    """A load and a store always may; two loads need one even and one odd word, known where they share a base."""
    if older.instruction.kind is not younger.instruction.kind:
        return True
    one, other = older.operands.place, younger.operands.place
    if one is None or other is None or one[0] != other[0] or older.operands.updated:
        return False
    if one[0] == PC:  # which is not the same for both
        return False
    return bool((one[1] // 4 - other[1] // 4) & 1)
