"""A number as the page shows it: its digits, its label, its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from edgeopt.energy import ESTIMATED, EXACT, MEASURED, SIMULATED, UNKNOWN, Quantity
from edgeopt.report.text import number, spread_of

WORDS = {
    ESTIMATED: "computed from the costs and currents that are known of a board; no program ran",
    SIMULATED: "counted while the firmware ran on the virtual board or in QEMU",
    MEASURED: "taken on the hardware",
    EXACT: "counted in the files that were written: nothing about it can be otherwise",
    UNKNOWN: "something that the figure needs is not known; the reason stands in its place",
}


@dataclass(frozen=True)
class Figure:
    """`value` in the unit that stands beside it, None where it is unknown."""

    value: float | None
    kind: str
    source: str
    shown: str = ""  # instead of the plain number

    @property
    def words(self) -> str:
        return "unknown" if self.value is None else self.shown or number(self.value)

    @property
    def raw(self) -> str:
        """For programs: all digits."""
        if self.value is None:
            return ""
        return str(int(self.value)) if self.value == int(self.value) else repr(float(self.value))


def figure(quantity: Quantity | None, shown: str = "") -> Figure | None:
    return None if quantity is None else Figure(quantity.value, quantity.kind, quantity.source, shown)


def exact(value: float | None, source: str) -> Figure:
    return Figure(value, EXACT if value is not None else UNKNOWN, source)


def spread_words(quantity: Quantity, unit: str) -> str:
    """The spread of the sources, "" where there is none."""
    ends = spread_of(quantity)
    return f"{ends} {unit}" if ends else ""


@dataclass(frozen=True)
class Column:
    """A column of numbers, all with one label and one source."""

    name: str
    kind: str
    source: str
    cells: Sequence[Figure | None]

    def total(self) -> Figure | None:
        """The sum; None where a layer has no figure of this label."""
        known = [cell.value for cell in self.cells if cell is not None and cell.value is not None]
        whole = len(known) == len(self.cells)
        return Figure(sum(known), self.kind, f"the sum of the layers: {self.source}") if whole else None


Split = Mapping[str, int | None]
