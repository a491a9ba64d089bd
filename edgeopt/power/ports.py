"""A meter's port: bytes over a serial port or any pySerial URL, named by the user or found by its USB ids."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from serial.tools.list_ports_common import ListPortInfo

from edgeopt.device.links.serial import AUTO, SerialLink
from edgeopt.device.ports import Comports, ports, system_ports
from edgeopt.errors import PortError, UsageError
from edgeopt.power.meter import MeterSpec

_UNPLUGGED = "is the meter still plugged in? A hub without a supply of its own may have switched it off"


class MeterPort(Protocol):
    """A byte pipe to a meter. `write` and `read` raise PortError where the other end is gone."""

    def write(self, data: bytes) -> None:
        """Sends all of `data`."""
        ...

    def read(self, timeout_s: float) -> bytes:
        """What has come, after waiting for at least one byte; b"" if none comes within `timeout_s` seconds."""
        ...

    def close(self) -> None: ...


PortOpener = Callable[[], MeterPort]


@dataclass(frozen=True)
class UsbMeter:
    """How `auto` finds a kind of meter: its name for people, and the vendor:product ids (hexadecimal, lower case)."""

    name: str  # "Nordic PPK2"
    ids: tuple[str, ...]  # "1915:c00a"


class SerialPort:
    """A serial port or pySerial URL at `baud` bits a second (without meaning on USB CDC), 8N1."""

    def __init__(self, url: str, baud: int) -> None:
        self._link = SerialLink(url, baud)

    def write(self, data: bytes) -> None:
        try:
            self._link.write(data)
        except PortError as error:
            raise PortError(error.message, _UNPLUGGED) from None

    def read(self, timeout_s: float) -> bytes:
        try:
            return self._link.read(timeout_s)
        except PortError as error:
            raise PortError(error.message, _UNPLUGGED) from None

    def close(self) -> None:
        self._link.close()


def port_opener(spec: MeterSpec, usb: UsbMeter, baud: int, comports: Comports = system_ports) -> PortOpener:
    """What opens the port that `spec` names.

    UsageError where it names none; PortError where it says `auto` and no meter, or more than one, is plugged in.
    """
    if not spec.port:
        raise UsageError(
            f"the meter `{spec.kind}` needs a port",
            f"{spec.kind}:{AUTO}, {spec.kind}:/dev/ttyACM0 or {spec.kind}:socket://farm:4000",
        )
    url = find_meter(spec.kind, usb, comports) if spec.port == AUTO else spec.port
    return lambda: SerialPort(url, baud)


def find_meter(kind: str, usb: UsbMeter, comports: Comports = system_ports) -> str:
    """The port of the one meter with the ids of `usb`: the one of its lowest USB interface where it has several.

    PortError where there is none, or several meters, which it lists.
    """
    meters = _by_meter(info for info in comports() if _usb_id(info) in usb.ids)
    if len(meters) == 1:
        return str(meters[0].device)
    if meters:
        listed = ", ".join(f"{meter.device}{_serial_number(meter)}" for meter in meters[:4])
        raise PortError(
            f"{len(meters)} meters may be the {usb.name}: {listed}", f"name one of them: {kind}:{meters[0].device}"
        )
    there = [port.told for port in ports((), comports)]
    what = f"there is {'; '.join(there[:4])}" if there else "there is no serial port at all"
    raise PortError(
        f"no {usb.name} was found: looked for USB {', '.join(usb.ids)}; {what}",
        f"is it plugged in (the connector for data), and switched on? Another port may be named: {kind}:PORT",
    )


def _by_meter(infos: Iterable[ListPortInfo]) -> Sequence[ListPortInfo]:
    """The port of the lowest interface of each meter, in the order of their names."""
    lowest: dict[str, ListPortInfo] = {}
    for info in sorted(infos, key=_interface_order):
        location = str(info.location or "").partition(":")[0]
        lowest.setdefault(f"{info.serial_number or ''} {location}".strip() or str(info.device), info)
    return list(lowest.values())


def _interface_order(info: ListPortInfo) -> tuple[int, list[tuple[int, str]]]:
    """By the interface's number where the system tells it ("1-1.4:1.2" is 2), then by name: COM9 before COM10."""
    interface = re.search(r":\S*\.(\d+)$", str(info.location or ""))
    parts = re.findall(r"(\d+)|(\D+)", str(info.device))
    return int(interface[1]) if interface else 0, [(int(number or -1), text) for number, text in parts]


def _usb_id(info: ListPortInfo) -> str:
    return "" if info.vid is None or info.pid is None else f"{info.vid:04x}:{info.pid:04x}"


def _serial_number(info: ListPortInfo) -> str:
    number = "".join(c if c.isprintable() else "?" for c in str(info.serial_number or ""))[:80]
    return f" (serial number {number})" if number else ""
