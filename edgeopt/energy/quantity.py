"""A figure, the word for how it was obtained, and where it comes from; the three words never mix in one column."""

from dataclasses import dataclass

UNKNOWN = "unknown"  # something that the figure needs is not known; there is no value
ESTIMATED = "estimated"  # from a formula: per-layer cost x board
SIMULATED = "simulated"  # counted on the virtual board or QEMU
MEASURED = "measured"  # on hardware

_BY_STRENGTH = (UNKNOWN, ESTIMATED, SIMULATED, MEASURED)


@dataclass(frozen=True)
class Quantity:
    """`value` in the unit that the key's name ends with, None where `kind` is unknown; `source` in a few words."""

    value: float | None
    kind: str
    source: str

    def __post_init__(self) -> None:
        if self.kind not in _BY_STRENGTH or (self.value is None) != (self.kind == UNKNOWN):
            raise ValueError(f"{self.value} cannot be {self.kind}")


def unknown(why: str) -> Quantity:
    return Quantity(None, UNKNOWN, why)


def weakest(*kinds: str) -> str:
    """The label of a figure made of several."""
    return min(kinds, key=_BY_STRENGTH.index)
