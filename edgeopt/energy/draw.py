"""How a load draws at another supply voltage than the one at which it was measured."""

from dataclasses import dataclass, replace
from typing import Literal

from edgeopt.board import Figure, Power, Regulator
from edgeopt.energy.quantity import ESTIMATED, End, Quantity, unknown

Law = Literal["current", "power", "either"]
_LAWS: dict[Regulator, Law] = {"ldo": "current", "smps": "power", "unknown": "either"}


@dataclass(frozen=True)
class Draw:
    """A current at the supply voltage `at_v`, and what stays the same at another voltage.

    current: a part with an LDO inside draws the same current (one NUCLEO-L4R5ZI: 26.2 mA at 1.8 V, 26.1 mA at 3.0 V;
             result files of MLPerf Tiny).
    power:   a part with a switching regulator inside draws the same power.
    either:  it is not known which; the spread then covers both.

    `given`: a current or a power as such, to which no supply voltage belongs (`at_v` is then 1).
    """

    law: Law
    milliamps: Quantity
    at_v: float
    given: bool = False

    def ma(self, supply_v: float, end: End = "value") -> float:
        """Milliamperes at `supply_v`; ValueError where the current is unknown."""
        same_current = self.milliamps.at(end)
        same_power = same_current * self.at_v / supply_v
        if self.law == "either" and end != "value":
            return min(same_current, same_power) if end == "low" else max(same_current, same_power)
        return same_power if self.law == "power" else same_current


def constant_power(milliwatts: Quantity) -> Draw:
    """What draws the same power at any supply: a power or an energy that was given or measured as such."""
    return Draw("power", milliwatts, 1.0, given=True)


def constant_current(milliamps: Quantity) -> Draw:
    """What draws the same current at any supply: one that was given as such."""
    return Draw("current", milliamps, 1.0, given=True)


def measured_draw(regulator: Regulator, milliamps: Quantity, at_v: float) -> Draw:
    """A current that was measured at a supply voltage, of a part with such a regulator inside."""
    return Draw(_LAWS[regulator], milliamps, at_v)


def draw_of(power: Power, active_ma: Figure, of: str) -> Draw:
    """The draw of the board called `of` while it runs, by its regulator; the current is unknown where a figure is."""
    law = _LAWS[power.regulator]
    if power.supply_v.value is None:
        return Draw(law, unknown(f"the supply voltage of {of} is unknown"), 1.0)
    current = quantity_of(active_ma, f"the active current of {of}")
    if active_ma.kind not in ("measured", "unknown"):
        # a datasheet's loop draws less than a network: the U575's inferences took 2.3 times its headline's power
        current = replace(current, source=f"{active_ma.source} ({active_ma.kind}, not of an inference)")
    return Draw(law, current, power.supply_v.value)


def quantity_of(figure: Figure, what: str) -> Quantity:
    """A board's or a cell's figure with its spread and its source; `what` names it where it is unknown."""
    if figure.value is None:
        return unknown(f"{what} is unknown")
    return Quantity(figure.value, ESTIMATED, f"{figure.source} ({figure.kind})", figure.low, figure.high)
