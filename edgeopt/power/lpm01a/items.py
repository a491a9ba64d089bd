"""What an LPM01A's stream holds, whichever of its two formats it has."""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Samples:
    """Values in amperes, or joules a sample, that follow each other."""

    values: NDArray[np.float64]


@dataclass(frozen=True)
class Damage:
    """Here something came that is nothing the meter sends. `resync`: what came just before may be wrong too."""

    resync: bool = False


@dataclass(frozen=True)
class Stamp:
    """A time stamp, which comes after each 1000 samples that the meter has taken."""

    ms: int | None  # by the meter's clock; None where it says that its count has overflowed
    buffer_percent: int  # how full the meter's own buffer is


@dataclass(frozen=True)
class Event:
    """An edge at the event source, before the sample that follows."""

    number: int


class Kind(Enum):
    """What the meter says of itself in the middle of its samples."""

    ERROR = auto()  # with a text
    INFO = auto()
    OVER_CURRENT = auto()
    END = auto()  # F4: the end, or, as UM2269 also has it, an over-current
    COMPLETED = auto()  # nothing more comes
    POWER_OFF = auto()
    POWER_ON = auto()
    VOLTAGE = auto()  # millivolts as the text
    TEMPERATURE = auto()


@dataclass(frozen=True)
class Told:
    kind: Kind
    text: str = ""


Item = Samples | Damage | Stamp | Event | Told


class Decoder(Protocol):
    """Takes the bytes that follow the answer to `start`, in any pieces, and never raises. Memory: some kilobytes."""

    def feed(self, data: bytes) -> list[Item]: ...


def printable(text: bytes, most: int = 160) -> str:
    """What a meter says, as one line for people."""
    return "".join(c if c.isprintable() else " " for c in text.decode("ascii", "replace")).strip()[:most]
