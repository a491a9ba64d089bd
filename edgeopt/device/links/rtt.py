"""SEGGER's RTT through a debug probe (pyOCD): `rtt:auto`, or `rtt:PROBE` with a part of the probe's serial number.

The firmware keeps two rings in RAM; a probe reads and writes them while the core runs. It must be on the board already.
"""

import re
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from edgeopt.board import Board, Region
from edgeopt.device.link import LINKS, MEASURED, Connector, LinkTraits
from edgeopt.errors import DeviceError, ToolchainError, UsageError

Result = TypeVar("Result")

BLOCK_NAME = b"SEGGER RTT"
_PROBE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")
_RINGS_AT, _MOST_RINGS = 16, 16  # offset of both counts in the block; more rings than that are no control block
_RING_BYTES = 24
_SEARCH_BYTES = 4096
_SEARCH_S = 3.0  # a board that starts has its control block long before
_POLL_S = 0.001
_WRITE_S = 10.0  # a program that takes nothing for so long hangs


class Memory(Protocol):
    """A core's memory while it runs: the part of pyOCD's target that RTT needs."""

    def read_memory_block8(self, addr: int, size: int) -> Any: ...

    def read_memory_block32(self, addr: int, size: int) -> Any: ...

    def write_memory_block8(self, addr: int, data: Any) -> None: ...

    def read32(self, addr: int) -> int: ...

    def write32(self, addr: int, value: int) -> None: ...


class Probe(Protocol):
    """A debug probe as pyOCD lists it."""

    @property
    def unique_id(self) -> str: ...


class Clock(Protocol):
    def monotonic(self) -> float: ...

    def sleep(self, seconds: float) -> None: ...


class RttLink:
    """Ring 0 in both directions. `close` ends what opened the memory; `clock` is `time` but in tests.

    `timed`: the chip runs at the clock that its firmware says. DeviceError where RAM holds no control block for a
    while: the program has another console, or does not run.
    """

    def __init__(
        self, memory: Memory, ram: Region, close: Callable[[], None], clock: Clock = time, timed: bool = True
    ) -> None:
        self.traits = LinkTraits(MEASURED, deterministic=False, timed=timed)
        self._clock = clock
        self._close = close
        try:
            self._up, self._down = self._rings(memory, ram)
        except BaseException:
            close()
            raise

    def write(self, data: bytes) -> None:
        deadline = self._clock.monotonic() + _WRITE_S
        while data:
            sent = _told(self._down.write, data)
            data = data[sent:]
            if sent:
                deadline = self._clock.monotonic() + _WRITE_S
            elif self._clock.monotonic() > deadline:
                raise DeviceError("the program takes nothing from its RTT ring", "is it still running? reset the board")
            else:
                self._clock.sleep(_POLL_S)

    def read(self, timeout_s: float) -> bytes:
        deadline = self._clock.monotonic() + timeout_s
        while not (data := _told(self._up.read)) and self._clock.monotonic() < deadline:
            self._clock.sleep(_POLL_S)
        return bytes(data)

    def close(self) -> None:
        self._close()

    def _rings(self, memory: Memory, ram: Region) -> tuple[Any, Any]:
        from pyocd.debug.rtt import RTTControlBlock

        deadline = self._clock.monotonic() + _SEARCH_S
        while (address := _told(find_block, memory, ram)) is None:
            if self._clock.monotonic() > deadline:
                raise DeviceError(
                    "the board's RAM holds no RTT control block",
                    "build with `generate --console rtt` and flash it; a board that is halted must run",
                )
            self._clock.sleep(_POLL_S)
        block = RTTControlBlock.from_target(memory, address=address)
        _told(block.start)
        return block.up_channels[0], block.down_channels[0]


def find_block(memory: Memory, ram: Region) -> int | None:
    """Address of the control block in RAM; None where there is none yet that makes sense, whatever RAM holds."""
    overlap = len(BLOCK_NAME) - 1
    before, end = b"", ram.origin + ram.size_bytes
    for start in range(ram.origin, end, _SEARCH_BYTES):
        data = before + bytes(memory.read_memory_block8(start, min(_SEARCH_BYTES, end - start)))
        at = data.find(BLOCK_NAME)
        while at >= 0:
            address = start - len(before) + at
            if _is_block(memory, address, ram):
                return address
            at = data.find(BLOCK_NAME, at + 1)
        before = data[-overlap:]
    return None


def _is_block(memory: Memory, address: int, ram: Region) -> bool:
    end = ram.origin + ram.size_bytes
    if address % 4 or address + _RINGS_AT + 8 > end:
        return False
    up, down = memory.read_memory_block32(address + _RINGS_AT, 2)
    if not (1 <= up <= _MOST_RINGS and 1 <= down <= _MOST_RINGS):
        return False
    rings = address + _RINGS_AT + 8
    if rings + (up + down) * _RING_BYTES > end:
        return False
    return all(_is_ring(memory, rings + index * _RING_BYTES, ram) for index in (0, up))


def _is_ring(memory: Memory, address: int, ram: Region) -> bool:
    _, start, size_bytes, written, read, _ = memory.read_memory_block32(address, 6)
    end = ram.origin + ram.size_bytes
    fits = ram.origin <= start < end and 1 < size_bytes <= end - start
    return bool(fits and written < size_bytes and read < size_bytes)


def _told(do: Callable[..., Result], *arguments: Any) -> Result:
    """What `do` gives; the probe's errors as DeviceError."""
    from pyocd.core.exceptions import Error

    try:
        return do(*arguments)
    except (Error, OSError) as error:
        raise DeviceError(
            f"the debug probe failed: {_first_line(error)}", "is the board still connected and powered?"
        ) from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__


def _open(probe: str | None, board: Board) -> RttLink:
    """The board at the probe, running; ToolchainError without pyOCD, DeviceError without probe or chip."""
    try:
        from pyocd.core.helpers import ConnectHelper
        from pyocd.core.session import Session
    except ImportError:
        raise ToolchainError("pyOCD is not installed, which reads RTT", "pip install edgeopt[hardware]") from None
    options: dict[str, Any] = {"connect_mode": "attach", "target_override": target_of(board)}
    # pyOCD's own choice of a probe prints to stdout, where a JSON document may be written, and asks on stdin.
    probes = _told(
        lambda: ConnectHelper.get_all_connected_probes(blocking=False, unique_id=probe, print_wait_message=False)
    )
    session = Session(the_probe(probes, probe), auto_open=False, options=options)

    def start() -> None:
        session.open()
        if session.target.is_halted():
            session.target.resume()

    try:
        _told(start)
    except DeviceError:
        session.close()
        raise
    # Where nothing sets the clock up, the core runs at that of its reset, which nobody knows: no times then.
    return RttLink(session.target, board.ram, session.close, timed=board.mcu_setup != "none")


def the_probe(probes: Sequence[Probe], wanted: str | None) -> Probe:
    """The one there is; DeviceError where there is none, or several: another's board may be behind the first."""
    if len(probes) == 1:
        return probes[0]
    of = f" whose serial number has `{wanted}`" if wanted else ""
    if not probes:
        raise DeviceError(
            f"there is no debug probe{of}", "connect the board's debug port by USB; see `python -m pyocd list`"
        )
    raise DeviceError(
        f"there are {len(probes)} debug probes{of}: {', '.join(probe.unique_id for probe in probes)}",
        f"say which: --on rtt:{probes[0].unique_id}",
    )


def target_of(board: Board) -> str | None:
    """pyOCD's name of the chip, from the board's flashers; None: pyOCD asks the probe."""
    for flasher in board.flashers:
        if flasher.tool == "pyocd" and "--target" in flasher.args[:-1]:
            return flasher.args[flasher.args.index("--target") + 1]
    return None


@LINKS.register("rtt")
def rtt_link(argument: str, board: Board) -> Connector:
    if not argument:
        raise UsageError("`rtt` needs a probe", "write rtt:auto, or rtt: with the probe's serial number")
    if argument != "auto" and not _PROBE.fullmatch(argument):
        raise UsageError(f"`{argument[:40]}` is not a probe's serial number", "see them with `python -m pyocd list`")
    return lambda _elf: _open(None if argument == "auto" else argument, board)
