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
    block that control left otherwise than at its end. The two are asked once a block and once an edge between blocks,
    which is also where a model of flash wait states belongs: both get addresses.
    """

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        """Cycles of the instructions at `address`, the last one as if it did not branch."""

    def taken_cycles(self, branch: Instruction, target: int) -> int:
        """Cycles more when `branch` goes to `target`."""


CYCLE_MODELS: Registry[type[CycleModel]] = Registry("cycle model", "edgeopt.simulate.cycle_models")


def cycle_model(core: str) -> CycleModel | None:
    """The cycle model of `core`, or None where no documented timing exists."""
    return CYCLE_MODELS.get(core)() if core in CYCLE_MODELS else None
