"""The virtual board: the firmware's ELF on a simulated CPU that counts what it executes."""

from collections.abc import Sequence
from pathlib import Path

from edgeopt.board import Board
from edgeopt.device.activity import Activity
from edgeopt.device.link import LINKS, SIMULATED, Connector, LinkTraits, ended, needed_elf, refuse_rtt
from edgeopt.errors import UsageError
from edgeopt.simulate import SectionRun, VirtualBoard
from edgeopt.simulate.cpu import unicorn_model
from edgeopt.simulate.cycle_models import CycleModel

# The simulated program is waiting or it is not: silence is certain at once, and patience only has to end a program that
# hangs. So a short time-out, which on a wire tells silence, is made long.
_LEAST_TIMEOUT_S = 0.5
_UNCOUNTED = "uncounted"
_IDEAL = "ideal"  # memory that answers at once


class VirtualLink:
    """A link that loses nothing, to a board that does not count. Its time-outs are simulated time."""

    traits = LinkTraits(SIMULATED, deterministic=True, timed=False)
    counted = False

    def __init__(self, elf: Path, board: Board, ideal_memory: bool = False, model: CycleModel | None = None) -> None:
        self._board = VirtualBoard(elf, board, counted=self.counted, ideal_memory=ideal_memory, model=model)

    def write(self, data: bytes) -> None:
        self._board.write(data)

    def read(self, timeout_s: float) -> bytes:
        """As `Link.read`; but a program that neither sends nor waits is a LinkTimeout, which says where it is."""
        data = self._board.read(max(timeout_s, _LEAST_TIMEOUT_S))
        if not data and self._board.has_ended:
            raise ended(self._board.exit_code)
        return data

    def close(self) -> None:
        self._board.close()


class CountingVirtualLink(VirtualLink):
    """A link to a board that counts everything."""

    counted = True

    def __init__(self, elf: Path, board: Board, ideal_memory: bool = False, model: CycleModel | None = None) -> None:
        super().__init__(elf, board, ideal_memory, model)
        self._hz = board.clock_hz
        bulk, memory = f"virtual:{_UNCOUNTED}", self._board.waits
        timed = self._board.has_cycle_model  # if not, the device's counter shows instructions
        self.traits = LinkTraits(SIMULATED, deterministic=True, timed=timed, memory=memory, bulk=bulk)

    def sections(self) -> Sequence[SectionRun]:
        """What each inference so far took, in order."""
        return self._board.runs

    def activity(self) -> Activity:
        """As `ActiveLink.activity`."""
        return self._board.activity()

    def pass_time(self, seconds: float) -> None:
        """As `ActiveLink.pass_time`."""
        self._board.pass_time(round(seconds * self._hz))


@LINKS.register("virtual")
def virtual_link(argument: str, board: Board) -> Connector:
    unicorn_model(board.core)
    refuse_rtt("virtual", board)
    if argument == _UNCOUNTED:
        return lambda elf: VirtualLink(needed_elf("virtual", elf), board)
    ideal = argument == _IDEAL
    if argument and not ideal:
        raise UsageError(
            f"`virtual` takes nothing but `{_IDEAL}` after a colon, not `{argument}`",
            f"write --on virtual, or --on virtual:{_IDEAL} for memory that answers at once",
        )
    return lambda elf: CountingVirtualLink(needed_elf("virtual", elf), board, ideal)
