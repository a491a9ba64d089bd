"""How a board is watched for a long time, and what was seen of it: the values of `monitor.py`."""

from array import array
from dataclasses import dataclass, field
from pathlib import Path

from edgeopt.device.identity import Identity


@dataclass(frozen=True)
class Restart:
    """A restart of the board, `at_s` seconds after the beginning; `fault` is what its handler told, "" for none."""

    at_s: float
    cause: str
    fault: str


@dataclass(frozen=True)
class Options:
    """How to watch. `every_s`: an inference so often, None for none; `for_s`: how long, None until an interrupt.

    `watchdog_ms`: the board's watchdog is started with this time-out, so that a board that hangs restarts; None: not.
    `build_id`, `board`: what the board must run and be; `model`: the network that infers. `elf`: tells faults by
    function. `known`: the firmware is edgeopt's and may be spoken to; otherwise the board is only listened to.
    """

    every_s: float | None = None
    for_s: float | None = None
    build_id: str | None = None
    board: str | None = None
    model: int = 0
    elf: Path | None = None
    known: bool = True
    watchdog_ms: int | None = None


@dataclass
class Watched:
    """What was seen so far. Latencies are in ms of the device's counter; `unstable`: outputs unlike the first ones."""

    label: str = ""
    duration_s: float = 0.0
    ended: str = "the time is over"
    lines: int = 0
    identity: Identity | None = None
    last_reset: str = ""
    latencies_ms: "array[float]" = field(default_factory=lambda: array("d"))
    inferences: int = 0
    outputs_crc: int | None = None
    unstable: int = 0
    stack_used_bytes: int = 0
    stack_reserved_bytes: int = 0
    faults: int = 0
    restarts: int = 0
    watchdog_restarts: int = 0
    told_restarts: list[Restart] = field(default_factory=list)
    longest_up_s: float = 0.0
    errors: int = 0
    told_errors: list[str] = field(default_factory=list)
