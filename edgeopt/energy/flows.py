"""Average currents and the life that follows, in plain numbers, at one end of the spreads.

Sum over k of I_k t_k / T (electronicsdesign.au, iotclass.org); life = C_use / (I_cells + I_sd), self-discharge as the
current I_sd = C_use r / 730.5 h (codingace.net, aestechno.com). This takes the same charge every month, as if the cell
stayed full: the rate times what is left would be nearer to nature and gives a longer life, so the choice errs on the
safe side, and the share of self-discharge is a plain current beside the others.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from edgeopt.energy.cell import Cell
from edgeopt.energy.draw import quantity_of
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.node import Node
from edgeopt.energy.quantity import End, Quantity
from edgeopt.energy.supply import Feed, Supply

Load = Literal["light", "typical", "heavy"]  # light: every figure at the end that gives the longest life
LOADS: tuple[Load, Load, Load] = ("typical", "light", "heavy")  # as `spread` takes them
SELF_DISCHARGE = "self-discharge"
HOURS_A_MONTH = 730.5

DRAWN: dict[Load, End] = {"light": "low", "typical": "value", "heavy": "high"}
_HELD: dict[Load, End] = {"light": "high", "typical": "value", "heavy": "low"}


@dataclass(frozen=True)
class Flows:
    """Microamperes out of the cells by part, self-discharge among them; the usable charge, and how long it lasts."""

    parts_ua: dict[str, float]
    usable_mah: float

    @property
    def drain_ua(self) -> float:
        return sum(self.parts_ua.values())

    @property
    def load_ua(self) -> float:
        return sum(current for part, current in self.parts_ua.items() if part != SELF_DISCHARGE)

    @property
    def days(self) -> float:
        return self.usable_mah * 1e3 / self.drain_ua / 24.0 if self.drain_ua > 0 else float("inf")


def awake_ms(node: Node, end: End = "value") -> float:
    """Waking up and inferring; a wake-up time that is unknown is left out."""
    return node.latency_ms.at(end) + _or_zero(node.wake_ms, end)


def flows(node: Node, duty: DutyCycle, supply: Supply, load: Load = "typical") -> Flows:
    """What leaves the cells on average. ValueError where latency, active or sleep current are unknown."""
    cells_v = supply.mean_v(_HELD[load])
    parts = loads_ua(node, duty, supply.feed, load, cells_v)
    average_ma = sum(parts.values()) / 1e3
    usable = usable_mah(supply, load, max(average_ma, least_rate_ma(node, supply, load)))
    percent = _or_zero(_self_discharge(supply.cell), DRAWN[load])
    return Flows({**parts, SELF_DISCHARGE: usable * 1e3 * percent / 100.0 / HOURS_A_MONTH}, usable)


def loads_ua(node: Node, duty: DutyCycle, feed: Feed, load: Load, cells_v: float) -> dict[str, float]:
    """Microamperes into `feed`, at `cells_v`, by part; ValueError where latency, active or sleep current is unknown."""
    end, period_ms = DRAWN[load], duty.every_s * 1e3
    rail_v = feed.rail_v(cells_v)
    active_ua, sleep_ua = node.active.ma(rail_v, end) * 1e3, node.sleep_ua.at(end)
    # A node that sleeps worse than it runs is drained most by the shortest inference.
    time_end = end if active_ua >= sleep_ua else _opposite(end)
    awake = awake_ms(node, time_end)
    scale = min(1.0, period_ms / awake) / period_ms if awake > 0 else 1.0 / period_ms
    rail = {
        "inference": active_ua * node.latency_ms.at(time_end) * scale,
        "wake": active_ua * _or_zero(node.wake_ms, time_end) * scale,
        "sensor": duty.sensor_uj / rail_v / duty.every_s,
        "radio": duty.radio_uj / rail_v / duty.every_s,
        "sleep": sleep_ua * max(0.0, 1.0 - awake / period_ms),
    }
    cells = {part: feed.lossless(current, cells_v) for part, current in rail.items()}
    loss = sum(cells.values()) * (1.0 / feed.efficiency - 1.0)
    return {**cells, "regulator": loss + feed.quiescent_ua}


def least_rate_ma(node: Node, supply: Supply, load: Load) -> float:
    """The current that the usable charge is taken at, where the average is less.

    Between bursts an alkaline cell recovers, but nobody says how far: at worst the burst's current counts.
    """
    if load != "heavy":
        return 0.0
    cells_v = supply.mean_v(_HELD[load])
    return supply.feed.input_ma(node.active.ma(supply.feed.rail_v(cells_v), DRAWN[load]), cells_v)


def usable_mah(supply: Supply, load: Load, current_ma: float) -> float:
    """What is usable at a current: rated x depth of discharge x temperature factor x (1 - reserve) (aestechno.com)."""
    cell = supply.cell
    charge = quantity_of(cell.capacity_mah, f"the capacity of {cell.name}").at(_HELD[load])
    derating = supply.depth_of_discharge * supply.temperature_factor * (1.0 - supply.reserve.at(DRAWN[load]))
    return charge * derating * rate_factor(cell, current_ma)


def rate_factor(cell: Cell, current_ma: float) -> float:
    """What part of its charge the cell gives at a current: its table, linear between the rows, flat beyond them."""
    if not cell.rates:
        return 1.0
    charges = [rate.mah / cell.rates[0].mah for rate in cell.rates]
    return float(np.interp(current_ma, [rate.ma for rate in cell.rates], charges))


def _self_discharge(cell: Cell) -> Quantity:
    return quantity_of(cell.self_discharge_percent_per_month, f"the self-discharge of {cell.name}")


def _or_zero(quantity: Quantity, end: End) -> float:
    return 0.0 if quantity.value is None else quantity.at(end)


def _opposite(end: End) -> End:
    ends: dict[End, End] = {"low": "high", "value": "value", "high": "low"}
    return ends[end]
