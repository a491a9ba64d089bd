"""Links: byte pipes to a device, all alike to the session. A new kind of link is one file in `links/`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from edgeopt.board import Board
from edgeopt.errors import DeviceError, UsageError
from edgeopt.registry import Registry

SIMULATED = "simulated"
MEASURED = "measured"


@dataclass(frozen=True)
class LinkTraits:
    """What may be said of numbers that came over a link."""

    label: str  # "simulated" or "measured"
    deterministic: bool  # the same inference takes the same cycles every time: one run is enough
    timed: bool  # the device's counter counts CPU cycles; False on QEMU, whose time is not silicon's
    memory: str = ""  # how the memory answers that simulated cycles are counted with
    bulk: str = ""  # target of further samples whose outputs alone matter; any number of such links may be open at once


class Link(Protocol):
    """A byte pipe to one device. Both calls raise DeviceError where the other end is gone."""

    @property
    def traits(self) -> LinkTraits: ...

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has come, after waiting for at least one byte; b"" if none comes within `timeout_s` seconds."""
        ...

    def close(self) -> None: ...


Connector = Callable[[Path | None], Link]  # opens a link with the ELF to run (None: it is there already)

# Checks what follows the colon of a target string, and the board: what cannot work is known before anything is built.
LINKS: Registry[Callable[[str, Board], Connector]] = Registry("link", "edgeopt.device.links")


def connector(target: str, board: Board) -> Connector:
    """What opens the link that `target` names; UsageError where there is no such link, or not for this board."""
    kind, _, argument = target.partition(":")
    return LINKS.get(kind)(argument, board)


def open_link(target: str, board: Board, elf: Path | None = None) -> Link:
    """The link that `target` names: `virtual`, `qemu` or `serial:PORT`; UsageError for any other."""
    return connector(target, board)(elf)


def refuse_argument(kind: str, argument: str) -> None:
    """UsageError where something follows the colon of a link that runs the firmware itself."""
    if argument:
        raise UsageError(f"`{kind}` takes nothing after a colon, not `{argument}`", f"write --on {kind}")


def refuse_rtt(kind: str, board: Board) -> None:
    """UsageError where the firmware talks to a debug probe, which a link that runs it itself is not."""
    if board.console.kind == "rtt":
        raise UsageError(
            f"`{kind}` has no debug probe, to which this firmware talks (RTT)",
            "generate it without `--console rtt`, or run it on the board: --on rtt:auto",
        )


def needed_elf(kind: str, elf: Path | None) -> Path:
    """The ELF of a link that runs the firmware itself."""
    if elf is None:
        raise UsageError(f"`{kind}` needs the firmware's ELF file", "build the project first: edgeopt build DIR")
    return elf


def ended(exit_code: int | None) -> DeviceError:
    """What a session meets if the program ends, which edgeopt's firmware never does by itself."""
    how = "stopped (a fault, or nothing left to do)" if exit_code is None else f"ended with exit code {exit_code}"
    return DeviceError(f"the program {how} in the middle of a session", "is this edgeopt's firmware?")
