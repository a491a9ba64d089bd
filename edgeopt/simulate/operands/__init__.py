"""Which registers instructions read and write, and what for: what issue-width models need beyond the kind."""

from collections.abc import Sequence
from dataclasses import replace

from edgeopt.simulate.operands.narrow import narrow_operands
from edgeopt.simulate.operands.types import FLAGS, PC, Form, Operands, each, names
from edgeopt.simulate.operands.wide import wide_operands
from edgeopt.simulate.thumb import Instruction

__all__ = ["FLAGS", "PC", "Form", "Operands", "each", "names", "operands", "operands_of"]


def operands(instruction: Instruction) -> Operands:
    """Operands of one instruction outside of an IT block."""
    if instruction.size_bytes == 4:
        return wide_operands(instruction.first, instruction.second)
    return narrow_operands(instruction.first)


def operands_of(instructions: Sequence[Instruction]) -> list[Operands]:
    """Operands of a basic block: in an IT block, instructions read the flags, and short ones leave them alone.

    What a skipped instruction leaves undone is not known here: all count as executed. A block that begins within an IT
    block (after a fault, never in compiled code) is taken as unconditional.
    """
    found, left = [], 0
    for instruction in instructions:
        one = operands(instruction)
        if left:
            left -= 1
            one = _conditional(one, instruction)
        elif one.form is Form.IF_THEN:
            left = 4 - _trailing_zeros(instruction.first & 15)
            one = replace(one, plain=FLAGS)
        found.append(one)
    return found


def _conditional(one: Operands, instruction: Instruction) -> Operands:
    only_flags = one.results == FLAGS
    if instruction.size_bytes == 2 and not only_flags:
        one = replace(one, results=one.results & ~FLAGS)
    return replace(one, plain=one.plain | FLAGS, conditional=True)


def _trailing_zeros(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
