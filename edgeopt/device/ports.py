"""The computer's serial ports, and which of them a board may be behind."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from serial.tools.list_ports_common import ListPortInfo

from edgeopt.board import Board
from edgeopt.errors import PortError, UsageError

Comports = Callable[[], Iterable[ListPortInfo]]  # serial.tools.list_ports.comports, or a test's
_NEAR = 4  # ports that an error lists
_PLUG_IN = "is the board plugged in, by a cable that carries data?"


@dataclass(frozen=True)
class Port:
    """A serial port. What is not known of it is ""."""

    device: str  # as `serial:DEVICE` names it
    usb_id: str  # vendor and product, "0483:374b"; "" where it is not on USB
    serial_number: str
    description: str
    boards: tuple[str, ...]  # that say of themselves that this is their port; several share a debug probe's

    @property
    def told(self) -> str:
        """One line of it, for an error."""
        facts = [self.usb_id, f"serial number {self.serial_number}" if self.serial_number else "", self.description]
        return f"{self.device} ({', '.join(fact for fact in facts if fact)})" if any(facts) else self.device


def system_ports() -> Iterable[ListPortInfo]:
    """What the operating system says."""
    from serial.tools.list_ports import comports

    found: Iterable[ListPortInfo] = comports()
    return found


def ports(boards: Sequence[Board], comports: Comports = system_ports) -> tuple[Port, ...]:
    """All ports, those on USB first, by name; `boards` are those that are looked for."""
    found = [_port(info, boards) for info in sorted(comports())]
    return tuple(sorted(found, key=lambda port: not port.usb_id))


def find_port(board: Board, comports: Comports = system_ports) -> Port:
    """The one port that the board is behind, by the USB ids of its file.

    UsageError where the file has none; PortError where no port has them, or several have, which it lists.
    """
    if board.usb is None:
        raise UsageError(
            f"the file of board `{board.name}` does not say by which USB ids its serial port is found",
            "name the port, as in serial:/dev/ttyACM0 (`edgeopt ports` lists them), or add a [usb] table to the file",
        )
    there = ports([board], comports)
    matching = [port for port in there if port.boards]
    if len(matching) == 1:
        return matching[0]
    if matching:
        raise PortError(
            f"{len(matching)} ports may be `{board.name}`: {_list(matching)}",
            f"name one of them: serial:{matching[0].device}",
        )
    wanted = f"{board.usb.name} ({', '.join(board.usb.ids)})"
    what = f"there is {_list(there)}" if there else "there is no serial port at all"
    raise PortError(
        f"no serial port of `{board.name}` was found: looked for {wanted}; {what}",
        f"{_PLUG_IN} Another port may be named: serial:PORT",
    )


def near_ports(name: str, comports: Comports = system_ports) -> str:
    """What else there is than `name`, as the hint of an error."""
    there = {port.device: port for port in ports((), comports) if port.device != name}
    if not there:
        return f"there is no serial port: {_PLUG_IN}"
    near = difflib.get_close_matches(name, there, n=_NEAR, cutoff=0.0)
    return f"there is {_list([there[device] for device in near])}; `edgeopt ports` lists all"


def _list(found: Sequence[Port]) -> str:
    rest = f", and {len(found) - _NEAR} more" if len(found) > _NEAR else ""
    return "; ".join(port.told for port in found[:_NEAR]) + rest


def _port(info: ListPortInfo, boards: Sequence[Board]) -> Port:
    usb_id = "" if info.vid is None or info.pid is None else f"{info.vid:04x}:{info.pid:04x}"
    named = tuple(board.name for board in boards if board.usb is not None and usb_id and usb_id in board.usb.ids)
    return Port(info.device, usb_id, _text(info.serial_number), _text(info.description), named)


def _text(value: str | None) -> str:
    """pySerial says `n/a` of what it does not know; what a device calls itself may hold anything."""
    return "" if value in (None, "n/a") else "".join(c if c.isprintable() else "?" for c in str(value))[:80]
