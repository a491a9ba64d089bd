"""What a PPK2 tells of itself: `KEY: value` lines up to a line `END`. Hostile until checked."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edgeopt.power.ppk2.wire import ADC_SCALE, RANGES, VOLTS_PER_UNIT

LONGEST_BYTES = 8192  # a real reply has about 700
_END = re.compile(rb"^END\s*$", re.MULTILINE)
_LINE = re.compile(r"^\s*([A-Za-z]+[0-4]?)\s*:\s*(\S+)\s*$")
# Constants of the five ranges, and what the official app takes for those that are 0 or missing.
_DEFAULTS: Mapping[str, tuple[float, ...]] = {
    "R": (1031.64, 101.65, 10.15, 0.94, 0.043),
    "GS": (1.0,) * RANGES,
    "GI": (1.0,) * RANGES,
    "O": (0.0,) * RANGES,
    "S": (0.0,) * RANGES,
    "I": (0.0,) * RANGES,
    "UG": (1.0,) * RANGES,
}
_NEVER_ZERO = ("R", "GI", "UG")  # GS0 is 0 in units that are sound
_LARGEST = 1e6  # of a constant; what is larger comes from a damaged reply
_FEWEST_KEYS = 5  # known ones, else it is another device that said END

Five = NDArray[np.float64]


@dataclass(frozen=True)
class Metadata:
    """A PPK2's constants and settings. Arrays have one value for each of the five ranges."""

    shunt_ohm: Five
    gain_square: Five  # GS, of the current's square
    gain: Five  # GI
    offset: Five  # O, in units of the ADC times 4
    offset_a_per_v: Five  # S, times the supply
    offset_a: Five  # I
    user_gain: Five  # UG
    vdd_mv: int | None = None
    mode: int | None = None  # wire.AMPERE or wire.SOURCE
    hardware: str = ""
    calibrated: bool = True  # what it says of itself
    missing: tuple[str, ...] = ()  # constants that were not there or no number: the documented default stands in

    def amps(self, adc: NDArray[np.float64], current_range: int, volts: float) -> NDArray[np.float64]:
        """Currents of ADC values (0 .. 16383) in one range, at a supply of `volts`."""
        r = current_range
        x = (adc * ADC_SCALE - self.offset[r]) * (VOLTS_PER_UNIT / self.shunt_ohm[r])
        told = x * (self.gain_square[r] * x + self.gain[r]) + self.offset_a_per_v[r] * volts + self.offset_a[r]
        amps: NDArray[np.float64] = self.user_gain[r] * told
        return amps


def ends(reply: bytes) -> bool:
    """Whether all of it has come."""
    return _END.search(reply) is not None


def parse_metadata(reply: bytes) -> Metadata | None:
    """The metadata of a reply; None where it is none of a PPK2. Bytes before its first line are passed over."""
    end = _END.search(reply)
    if end is None:
        return None
    told: dict[str, str] = {}
    for line in reply[: end.start()].decode("ascii", errors="replace").splitlines():
        match = _LINE.match(line)
        if match:
            told[match[1].upper()] = match[2]
    known = {f"{family}{r}" for family in _DEFAULTS for r in range(RANGES)}
    if len(known & told.keys()) < _FEWEST_KEYS:
        return None
    missing: list[str] = []
    constants = {
        family: np.array([_constant(told, family, r, missing) for r in range(RANGES)], dtype=np.float64)
        for family in _DEFAULTS
    }
    return Metadata(
        constants["R"],
        constants["GS"],
        constants["GI"],
        constants["O"],
        constants["S"],
        constants["I"],
        constants["UG"],
        vdd_mv=_whole(told.get("VDD")),
        mode=_whole(told.get("MODE")),
        hardware="".join(c for c in told.get("HW", "") if c.isalnum())[:16],
        calibrated=_number(told.get("CALIBRATED")) not in (None, 0.0),
        missing=tuple(missing),
    )


def metadata_text(metadata: Metadata) -> bytes:
    """The reply that says this: what a PPK2 sends."""
    families = {
        "R": metadata.shunt_ohm,
        "GS": metadata.gain_square,
        "GI": metadata.gain,
        "O": metadata.offset,
        "S": metadata.offset_a_per_v,
        "I": metadata.offset_a,
        "UG": metadata.user_gain,
    }
    lines = [f"Calibrated: {int(metadata.calibrated)}"]
    for family in ("R", "GS", "GI", "O"):
        lines += [f"{family}{r}: {value:.4f}" for r, value in enumerate(families[family])]
    lines += [f"VDD: {metadata.vdd_mv}", f"HW: {metadata.hardware}", f"mode: {metadata.mode}"]
    for family in ("S", "I"):
        lines += [f"{family}{r}: {value:.9f}" for r, value in enumerate(families[family])]
    lines += [f"UG{r}: {value:.4f}" for r, value in enumerate(families["UG"])]
    return "\n".join([*lines, "IA: 56", "END", ""]).encode("ascii")


def _constant(told: Mapping[str, str], family: str, r: int, missing: list[str]) -> float:
    default = _DEFAULTS[family][r]
    value = _number(told.get(f"{family}{r}"))
    unusable = value is None or abs(value) > _LARGEST or (value <= 0 and family in _NEVER_ZERO)
    if value is None or unusable:
        missing.append(f"{family}{r}")
        return default
    return value or default  # GS 0: the app takes its default there too


def _number(text: str | None) -> float | None:
    """None for what is missing, `-nan`, infinite, or no number."""
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(text: str | None) -> int | None:
    value = _number(text)
    return int(value) if value is not None and value == int(value) and abs(value) < _LARGEST else None
