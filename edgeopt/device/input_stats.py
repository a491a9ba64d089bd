"""Statistics of what the device's networks were given, which firmware made with `--input-stats` keeps since power-up.

They are kept over sessions. Reading them changes none; forgetting them forgets only what was read.
"""

from dataclasses import dataclass

from edgeopt.device.identity import numbers
from edgeopt.device.protocol import Refused
from edgeopt.device.session import Session
from edgeopt.errors import ProtocolError, UsageError

_TYPES = {1: ("int8", -128, 127), 2: ("uint8", 0, 255), 3: ("int16", -32768, 32767)}  # enum eo_type of eo_model.h
_WORDS = 12


@dataclass(frozen=True)
class InputStats:
    """Of one input: all elements of `inferences` inferences, as the network's own integers. Everything is exact.

    `dtype`: int8, uint8 or int16. `least` and `most` are 0 where there was no inference. `at_ends`: how many values are
    the least or the most that the type can hold, so were probably cut off. Inferences of `loop` and `serve`, whose
    inputs are one and the same, are not among them.
    """

    dtype: str
    inferences: int
    values: int
    least: int
    most: int
    sum: int
    squares: int
    at_ends: int

    @property
    def mean(self) -> float | None:
        """None where nothing was seen."""
        return self.sum / self.values if self.values else None

    @property
    def variance(self) -> float | None:
        """Of all values around their mean; None where nothing was seen."""
        return (self.squares * self.values - self.sum**2) / self.values**2 if self.values else None

    @property
    def share_at_ends(self) -> float | None:
        return self.at_ends / self.values if self.values else None


def read_input_stats(session: Session, clear: bool = False) -> tuple[InputStats | None, ...]:
    """The statistics of each input of the session's network; None of an input that is no int8, uint8 or int16.

    `clear`: the device then begins anew. UsageError where its firmware keeps none; DeviceError as every call.
    """
    try:
        found = tuple(_read(session, index) for index in range(len(session.identity.input_bytes)))
        for index, one in enumerate(found if clear else ()):
            if one is not None and one.inferences:
                _clear(session, index, one.inferences)
    except Refused as error:
        if error.reason != "command":
            raise
        raise UsageError(
            "the firmware on the device keeps no statistics of its inputs",
            "generate the project again with --input-stats, and flash it",
        ) from None
    return found


def _read(session: Session, index: int) -> InputStats | None:
    return session.steadily(lambda: _ask(session, index, 0))


def _clear(session: Session, index: int, inferences: int) -> None:
    left = session.steadily(lambda: _ask(session, index, inferences))
    if left is None or left.inferences:
        raise ProtocolError("the device did not forget its statistics", "is something else using it? try again")


def _ask(session: Session, index: int, seen: int) -> InputStats | None:
    words = numbers(session.wire.ask("stats", f"{index:x}", f"{seen:x}"), _WORDS, "stats")
    if words[0] not in _TYPES:
        return None
    dtype, lowest, highest = _TYPES[words[0]]
    stats = InputStats(
        dtype=dtype,
        inferences=words[1],
        values=_wide(words, 4),
        least=_signed(words[2], 32),
        most=_signed(words[3], 32),
        sum=_signed(_wide(words, 6), 64),
        squares=_wide(words, 8),
        at_ends=_wide(words, 10),
    )
    elements = session.identity.input_bytes[index] // (2 if dtype == "int16" else 1)
    ends = lowest <= stats.least <= stats.most <= highest if stats.values else stats.least == stats.most == 0
    counts = stats.values == stats.inferences * elements and stats.at_ends <= stats.values
    sums = stats.least * stats.values <= stats.sum <= stats.most * stats.values
    if not (ends and counts and sums and stats.sum**2 <= stats.squares * stats.values):
        raise ProtocolError(f"the device's statistics of input {index} contradict themselves", "flash it again")
    return stats


def _wide(words: list[int], at: int) -> int:
    return words[at] << 32 | words[at + 1]


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value
