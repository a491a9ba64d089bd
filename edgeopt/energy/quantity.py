"""A figure, the word for how it was obtained, and where it comes from; the words never mix in one column."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

UNKNOWN = "unknown"  # something that the figure needs is not known; there is no value
ESTIMATED = "estimated"  # from a formula: per-layer cost x board
SIMULATED = "simulated"  # counted on the virtual board or QEMU
MEASURED = "measured"  # on hardware
EXACT = "exact"  # counted in the files that were written

_BY_STRENGTH = (UNKNOWN, ESTIMATED, SIMULATED, MEASURED, EXACT)

End = Literal["low", "value", "high"]  # of a spread
ENDS: tuple[End, End, End] = ("value", "low", "high")


@dataclass(frozen=True)
class Quantity:
    """`value` in the unit that the key's name ends with, None where `kind` is unknown; `source` in a few words.

    `low` and `high` are the spread of what the sources say, low <= value <= high. None: there is none, or that end of
    it is not known.
    """

    value: float | None
    kind: str
    source: str
    low: float | None = None
    high: float | None = None

    def __post_init__(self) -> None:
        if self.kind not in _BY_STRENGTH or (self.value is None) != (self.kind == UNKNOWN):
            raise ValueError(f"{self.value} cannot be {self.kind}")
        if self.value is None and (self.low is not None or self.high is not None):
            raise ValueError("what is unknown has no spread")
        if self.value is not None and not self.at("low") <= self.value <= self.at("high"):
            raise ValueError(f"{self.value} lies outside its spread {self.low} to {self.high}")

    def at(self, end: End) -> float:
        """That end of the spread; the value where there is none. ValueError where the quantity is unknown."""
        if self.value is None:
            raise ValueError(f"unknown: {self.source}")
        found = {"low": self.low, "value": self.value, "high": self.high}[end]
        return self.value if found is None else found


def unknown(why: str) -> Quantity:
    return Quantity(None, UNKNOWN, why)


def weakest(*kinds: str) -> str:
    """The label of a figure made of several."""
    return min(kinds, key=_BY_STRENGTH.index)


def spread(ends: Iterable[float], kind: str, source: str) -> Quantity:
    """A quantity of three figures: the value, then the ends of its spread in any order, as from a loop over ENDS.

    Ends that equal the value are no spread; one that rounding puts on its wrong side is the value; an infinite is None.
    """
    value, one, other = ends
    low, high = min(one, other, value), max(one, other, value)
    if math.isclose(low, value, rel_tol=1e-12) and math.isclose(high, value, rel_tol=1e-12):
        return Quantity(value, kind, source)
    return Quantity(value, kind, source, low, high if math.isfinite(high) else None)
