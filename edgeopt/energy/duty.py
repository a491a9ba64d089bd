"""What the node does in a period: wakes, measures, infers, sends, sleeps."""

import re
from dataclasses import dataclass

from edgeopt.errors import UsageError

_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3_600.0, "d": 86_400.0}
_LONGEST_S = 36_525 * 86_400.0
_DURATION = re.compile(r"\s*(?P<number>\d+(?:\.\d*)?|\.\d+)\s*(?P<unit>[a-z]*)\s*", re.IGNORECASE)
_EXAMPLES = "give it as 500ms, 10s, 5min, 1h or 2d"


@dataclass(frozen=True)
class DutyCycle:
    """One inference a period. The keys are those of `[duty_cycle]` in a budget file and of `edgeopt battery`.

    every_s:     the period, from one wake-up to the next.
    wake_ms:     from sleep to the first instruction, at the active current; None: the board's figure.
    sensor_uj:   energy of the sensor a period, at the node's supply.
    radio_uj:    energy of the radio a period, at the node's supply.
    sleep_ua:    current of the whole node asleep; None: the board's figure.
    board_sleep: take the board as it is bought, not the chip alone, where `sleep_ua` is None.
    peak_ma:     the most that anything draws at the node's supply (a radio that sends); None: the active current.
    peak_ms:     how long it draws that; goes with `peak_ma`.
    min_v:       the least supply voltage that the node works at; None: the board's figure.
    """

    every_s: float
    wake_ms: float | None = None
    sensor_uj: float = 0.0
    radio_uj: float = 0.0
    sleep_ua: float | None = None
    board_sleep: bool = False
    peak_ma: float | None = None
    peak_ms: float | None = None
    min_v: float | None = None


def parse_duration(text: str) -> float:
    """Seconds of `10s`, `500ms`, `5min`, `1h`, `2d`; UsageError where it is no such time, or over 100 years."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise UsageError(f"`{text:.40}` is no time", _EXAMPLES)
    if not match["unit"]:
        raise UsageError(f"`{text:.40}` has no unit", f"is it {match['number']}s or {match['number']}min? {_EXAMPLES}")
    if match["unit"].lower() not in _SECONDS:
        raise UsageError(f"`{text:.40}`: no unit of time is called `{match['unit']:.20}`", _EXAMPLES)
    seconds = float(match["number"]) * _SECONDS[match["unit"].lower()]
    if seconds > _LONGEST_S:
        raise UsageError(f"`{text:.40}` is longer than 100 years", _EXAMPLES)
    return seconds
