"""Which power meters are plugged in, as far as the computer's ports tell, and what is missing for the others."""

from dataclasses import dataclass
from importlib import metadata

from edgeopt.device.ports import Comports
from edgeopt.power.meters import ina, lpm01a, ppk2
from edgeopt.power.ports import UsbMeter

BY_USB = {"ppk2": ppk2.USB, "lpm01a": lpm01a.USB, "ina": ina.USB}
_UNSURE = ("lpm01a", "ina")  # whose USB ids other devices have, too
_DRIVER = "pyjoulescope_driver"


@dataclass(frozen=True)
class MeterSeen:
    """A kind of meter. `ports` it is at, or may be at where `sure` is false; `missing`: the package that it needs."""

    kind: str
    title: str
    ports: tuple[str, ...]
    sure: bool = True
    missing: str = ""


def meters_seen(comports: Comports) -> tuple[MeterSeen, ...]:
    """Of every kind that this computer could tell of; nothing is opened."""
    there = [(_usb_id(info.vid, info.pid), str(info.device)) for info in comports()]
    by_usb = (_by_usb(kind, usb, there) for kind, usb in BY_USB.items())
    joulescope = MeterSeen("joulescope", "Joulescope JS110, JS220", (), missing="" if _is_there(_DRIVER) else _DRIVER)
    otii = MeterSeen("otii", "Qoitech Otii, by the Otii server", ())
    return (*by_usb, joulescope, otii)


def _by_usb(kind: str, usb: UsbMeter, there: list[tuple[str, str]]) -> MeterSeen:
    found = tuple(sorted(device for usb_id, device in there if usb_id in usb.ids))
    return MeterSeen(kind, usb.name, found, kind not in _UNSURE)


def _usb_id(vid: int | None, pid: int | None) -> str:
    return "" if vid is None or pid is None else f"{vid:04x}:{pid:04x}"


def _is_there(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
