"""Cycle models: how many cycles a stretch of code takes on a core, one file a core, registered by the core's name.

A core without a documented model has none here, and its cycles are unknown: never a guess.
"""

from collections.abc import Sequence
from typing import Protocol

from edgeopt.registry import Registry
from edgeopt.simulate.thumb import Instruction


class CycleModel(Protocol):
    """Timing of one core with memory that answers at once.

    The cycles of a program are the sum over its executed basic blocks of `block_cycles`, and of `taken_cycles` for each
    block that control left otherwise than at its end. The two are asked once a block and once an edge between blocks.

    unaligned_cycles: cycles more of a load that is not aligned to its size; 0 where such an access faults
    mispredicted_cycles: cycles more of a conditional branch that does not go where it mostly goes; 0 without prediction
    """

    unaligned_cycles: int
    mispredicted_cycles: int

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        """Cycles of the instructions at `address`, the last one as if it did not branch."""

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        """Cycles more when the branch that ends `block` goes to `target`, where the instruction `first` is."""


CYCLE_MODELS: Registry[type[CycleModel]] = Registry("cycle model", "edgeopt.simulate.cycle_models")


def cycle_model(core: str) -> CycleModel | None:
    """The cycle model of `core`, or None where no documented timing exists."""
    return CYCLE_MODELS.get(core)() if core in CYCLE_MODELS else None
