"""What feeds the node: cells in series, the regulator behind them, a capacitor beside them, and the derating."""

from dataclasses import dataclass
from typing import Literal

from edgeopt.energy.cell import Cell
from edgeopt.energy.draw import quantity_of
from edgeopt.energy.quantity import ESTIMATED, End, Quantity
from edgeopt.errors import UsageError

FeedKind = Literal["none", "ldo", "buck", "boost", "buck-boost"]
FEED_KINDS: tuple[FeedKind, ...] = ("none", "ldo", "buck", "boost", "buck-boost")

# aestechno.com: 80 to 90 % of the rated charge is realistic
RESERVE = Quantity(0.15, ESTIMATED, "80 to 90 % of the rated charge is realistic (aestechno.com)", 0.10, 0.20)


@dataclass(frozen=True)
class Feed:
    """The regulator between cells and node.

    none:             the node is at the cells' voltage.
    ldo:              the cells give the node's current and `quiescent_ua`: I_cell = I_node + I_q.
    buck, boost, ...: I_cell = I_node V_out / (V_cell efficiency) + I_q (codingace.net).

    out_v:        the node's supply voltage; 0 for `none`.
    efficiency:   of a switching regulator, at all currents; its `quiescent_ua` is what it takes besides.
    dropout_v:    what the input must be above the output (ldo, buck).
    min_in_v:     the least input of a boost or buck-boost; None: not known.
    """

    kind: FeedKind = "none"
    out_v: float = 0.0
    efficiency: float = 1.0
    quiescent_ua: float = 0.0
    dropout_v: float = 0.0
    min_in_v: float | None = None

    @property
    def switching(self) -> bool:
        return self.kind in ("buck", "boost", "buck-boost")

    def rail_v(self, cells_v: float) -> float:
        """The node's supply voltage."""
        return cells_v if self.kind == "none" else self.out_v

    def lossless(self, rail: float, cells_v: float) -> float:
        """The cells' current if nothing were lost, in the unit of `rail`, the node's current."""
        return rail * self.out_v / cells_v if self.switching else rail

    def input_ma(self, rail_ma: float, cells_v: float) -> float:
        """The cells' current, with all losses, for `rail_ma` of the node."""
        return self.lossless(rail_ma, cells_v) / self.efficiency + self.quiescent_ua / 1e3


@dataclass(frozen=True)
class Capacitor:
    """Beside the cells; `esr_ohm` is its series resistance."""

    microfarads: float
    esr_ohm: float = 0.0


@dataclass(frozen=True)
class Supply:
    """`series` cells one behind the other with what is derived from their figures.

    The usable charge is rated x depth_of_discharge x temperature_factor x (1 - reserve) (aestechno.com).
    temperature_factor: of the capacity at the coldest place; 1 at 20 C. No curve is known to edgeopt: it is given.
    """

    cell: Cell
    series: int = 1
    feed: Feed = Feed()
    capacitor: Capacitor | None = None
    depth_of_discharge: float = 1.0
    temperature_factor: float = 1.0
    reserve: Quantity = RESERVE

    @property
    def name(self) -> str:
        return self.cell.name if self.series == 1 else f"{self.series}x{self.cell.name}"

    def mean_v(self, end: End = "value") -> float:
        """Of all cells, over a discharge."""
        return self.series * quantity_of(self.cell.mean_v, f"the mean voltage of {self.cell.name}").at(end)

    def fresh_v(self) -> float | None:
        return None if self.cell.fresh_v.value is None else self.series * self.cell.fresh_v.value

    def cutoff_v(self) -> float | None:
        return None if self.cell.cutoff_v.value is None else self.series * self.cell.cutoff_v.value


def check_feed(supply: Supply) -> None:
    """UsageError where the regulator cannot work with these cells from full to spent."""
    feed, name = supply.feed, supply.name
    fresh, spent = supply.fresh_v(), supply.cutoff_v()
    if feed.kind in ("ldo", "buck") and spent is not None and spent < feed.out_v + feed.dropout_v:
        needed = feed.out_v + feed.dropout_v
        raise UsageError(
            f"{name} falls to {spent:g} V, but this {feed.kind} needs {needed:g} V for {feed.out_v:g} V out",
            f"make {spent - feed.dropout_v:.3g} V or less, add a cell in series, or take a buck-boost",
        )
    if feed.kind == "boost" and fresh is not None and fresh > feed.out_v:
        raise UsageError(
            f"{name} gives up to {fresh:g} V, above the {feed.out_v:g} V that a boost makes",
            "take a buck, an ldo or a buck-boost, or make a higher voltage",
        )
    if feed.min_in_v is not None and spent is not None and spent < feed.min_in_v:
        raise UsageError(
            f"{name} falls to {spent:g} V, but this {feed.kind} starts at {feed.min_in_v:g} V",
            "add a cell in series, or take a regulator that starts lower",
        )
