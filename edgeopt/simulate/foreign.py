"""Runs a program that edgeopt did not build, from reset to its end."""

from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Board
from edgeopt.simulate.counts import Profile, SectionRun
from edgeopt.simulate.cycle_models import CycleModel
from edgeopt.simulate.patience import TICKS_PER_TIMEOUT_SECOND
from edgeopt.simulate.virtual_board import VirtualBoard


@dataclass(frozen=True)
class ForeignRun:
    """What a program printed, how it ended ("exited with 0", "waits for input", ...), and what it executed.

    `exit_code` is None unless it exited by semihosting. `sections` are the runs between the two functions asked for, or
    between edgeopt's own marks where the program has them.
    """

    output: bytes
    ending: str
    exit_code: int | None
    profile: Profile
    sections: tuple[SectionRun, ...]
    waits: str  # for memory, in words: "zero wait states", "5 wait states (unverified)"


def run_foreign(
    elf: Path,
    board: Board,
    between: tuple[str, str] | None = None,
    timeout_s: float = 60.0,
    data: bytes = b"",
    ideal_memory: bool = False,
    model: CycleModel | None = None,
) -> ForeignRun:
    """Runs `elf` on the virtual `board` with `data` as its console input, until it ends or waits for more.

    `ideal_memory` and `model` as of VirtualBoard, and errors as of it and its `read`; `timeout_s` is for the whole run.
    """
    virtual = VirtualBoard(elf, board, between, input_ended=True, ideal_memory=ideal_memory, model=model)
    virtual.write(data)
    limit = int(timeout_s * TICKS_PER_TIMEOUT_SECOND)
    output = virtual.read_until(limit)
    while not virtual.has_ended and not virtual.is_waiting:
        output += virtual.read_until(limit)
    ending = virtual.ending or "waits for input"
    return ForeignRun(output, ending, virtual.exit_code, virtual.profile(), virtual.runs, virtual.waits)
