"""The settings of an emulated LPM01A, and which of its commands change them. Defaults and limits: help text."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from edgeopt.errors import ProtocolError
from edgeopt.power.lpm01a.forms import parse_number
from edgeopt.power.lpm01a.setup import FASTEST_HZ, RATES_HZ

_CHOICES = {
    "acqmode": ("dyn", "stat"),
    "funcmode": ("optim", "high"),
    "output": ("current", "energy"),
    "format": ("ascii_dec", "bin_hexa"),
    "trigsrc": ("sw", "d7"),
    "pwrend": ("on", "off"),
}


@dataclass(frozen=True)
class Settings:
    volt: float = 3.3
    freq: int = 100
    acqtime: float = 10.0  # seconds; 0 without end
    acqmode: str = "dyn"
    funcmode: str = "optim"
    output: str = "current"
    format: str = "ascii_dec"
    trigsrc: str = "sw"
    trigdelay: float = 0.001
    currthres: float = 0.001
    pwrend: str = "on"
    eventsrc: str = ""  # "fal" or "ris" at D7


class Refused(Exception):
    """Why a command is not done."""


def changed(settings: Settings, word: str, arguments: list[str]) -> Settings | None:
    """The settings after a command that sets one; None where it is no such command. Refused where it cannot be."""
    setters: dict[str, Callable[[Settings, str], Settings]] = {
        "volt": lambda old, text: replace(old, volt=_number(text, 1.8, 3.3)),
        "freq": _freq,
        "acqtime": lambda old, text: replace(old, acqtime=0.0 if text == "inf" else _time(text)),
        "trigdelay": lambda old, text: replace(old, trigdelay=_number(text, 0, 30)),
        "currthres": lambda old, text: replace(old, currthres=_number(text, 0, 0.05)),
        "currthre": lambda old, text: replace(old, currthres=_number(text, 0, 0.05)),
    }
    if word == "eventsrc":
        if len(arguments) != 2 or arguments[0] != "d7" or arguments[1] not in ("fal", "ris"):
            raise Refused("argument value not in list")
        return replace(settings, eventsrc=arguments[1])
    if word not in setters and word not in _CHOICES:
        return None
    if len(arguments) != 1:
        raise Refused("wrong number of arguments")
    if word in setters:
        return setters[word](settings, arguments[0])
    if arguments[0] not in _CHOICES[word]:
        raise Refused("argument value not in list")
    return replace(settings, **{word: arguments[0]})  # type: ignore[arg-type]


def check_start(settings: Settings) -> None:
    """Refused where the table of the help text allows no such acquisition."""
    limits = {"ascii_dec": {10_000: 1.0, 20_000: 0.5}, "bin_hexa": {}}
    if settings.freq <= FASTEST_HZ[settings.format]:
        return
    most_s = limits[settings.format].get(settings.freq)
    if most_s is None or not 0 < settings.acqtime <= most_s:
        raise Refused("acquisition time not possible with this frequency and format")


def _freq(settings: Settings, text: str) -> Settings:
    hz = _number(text, 1, 100_000)
    if hz not in RATES_HZ:
        raise Refused("argument value not in list")
    return replace(settings, freq=int(hz))


def _time(text: str) -> float:
    seconds = _number(text, 0, 100)
    if 0 < seconds < 99.9e-6:
        raise Refused("argument value out of range")
    return seconds


def _number(text: str, least: float, most: float) -> float:
    try:
        value = parse_number(text)
    except ProtocolError:
        raise Refused("argument is not a number") from None
    if not least * (1 - 1e-9) <= value <= most * (1 + 1e-9):
        raise Refused("argument value out of range")
    return value
