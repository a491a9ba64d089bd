"""The rules by which the peers' cycles were counted, as a cycle model of the Cortex-M4 and as a target.

They look at an instruction and the one before it alone, and a taken branch takes two more. What edgeopt reports goes by
the whole of the manual; what stands beside the peers' figures goes by these, so that the two can be compared.
"""

from __future__ import annotations

from collections.abc import Sequence

from edgeopt.board import Board
from edgeopt.device.link import LINKS, Connector, needed_elf, refuse_argument
from edgeopt.device.links.virtual import CountingVirtualLink
from edgeopt.simulate.thumb import Instruction, Kind

TARGET = "published-rules"

_SINGLE = (Kind.LOAD, Kind.STORE)
_SEVERAL = (Kind.LOAD_MULTIPLE, Kind.STORE_MULTIPLE, Kind.LOAD_DOUBLE, Kind.STORE_DOUBLE)
_CYCLES = {
    Kind.DIVIDE: 6,
    Kind.TABLE_BRANCH: 2,
    Kind.FLOAT_MOVE_PAIR: 2,
    Kind.FLOAT_MULTIPLY_ADD: 3,
    Kind.FLOAT_DIVIDE: 14,
}


class PublishedM4:
    """Every load or store is pipelined behind another; a taken branch refills in two cycles; memory answers at once."""

    unaligned_cycles = 0
    mispredicted_cycles = 0

    def block_cycles(self, address: int, instructions: Sequence[Instruction]) -> int:
        cycles = 0
        pipelined = False
        for instruction in instructions:
            cycles += _cycles(instruction, pipelined)
            pipelined = instruction.kind in _SINGLE
        return cycles

    def taken_cycles(self, block: Sequence[Instruction], target: int, first: Instruction | None = None) -> int:
        return 2


def _cycles(instruction: Instruction, pipelined: bool) -> int:
    kind = instruction.kind
    if kind in _SEVERAL:
        return 1 + instruction.words
    if kind in _SINGLE:
        two = kind is Kind.LOAD or instruction.register_offset
        return 2 if two and not pipelined else 1
    return _CYCLES.get(kind, 1)


@LINKS.register(TARGET)
def _link(argument: str, board: Board) -> Connector:
    """The virtual board with ideal memory; of cores other than the M4 with their own cycle model."""
    refuse_argument(TARGET, argument)
    model = PublishedM4() if board.core == "cortex-m4f" else None
    return lambda elf: CountingVirtualLink(needed_elf(TARGET, elf), board, ideal_memory=True, model=model)
