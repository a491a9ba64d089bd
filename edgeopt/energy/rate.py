"""How often a node may infer so that its battery lasts as long as is wanted."""

import math
from dataclasses import replace

from edgeopt.energy.battery import check_fits, missing_figure
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.flows import DRAWN, LOADS, Load, awake_ms, flows
from edgeopt.energy.node import Node
from edgeopt.energy.quantity import ESTIMATED, spread, unknown
from edgeopt.energy.results import InferenceRate
from edgeopt.energy.supply import Supply

_LONGEST_S = 1e9  # thirty years
_HALVINGS = 200  # of the ratio of two periods: more than a float has digits


def highest_rate(node: Node, duty: DutyCycle, supply: Supply, days: float) -> InferenceRate:
    """The shortest period at which the battery lasts `days`; `duty.every_s` does not matter.

    The life rises with the period, so the period is bisected: the usable charge may depend on the current, and then no
    closed form exists. Unknown where a figure is, or where sleep and self-discharge alone take more.
    """
    if missing := missing_figure(node):
        return InferenceRate(days, missing, missing, "")
    least_s = max(awake_ms(node) / 1e3, 1e-6)
    check_fits(node, replace(duty, every_s=least_s * (1 + 1e-9)), supply)
    typical, light, heavy = (_shortest_s(node, duty, supply, days, load) for load in LOADS)
    if math.isinf(typical):
        most = flows(node, replace(duty, every_s=_LONGEST_S), supply).days
        why = f"{supply.name} lasts {most:,.0f} days even without an inference"
        return InferenceRate(days, unknown(why), unknown(why), why)
    why = "even one inference after the other lasts that long" if typical <= least_s else ""
    if math.isinf(heavy):
        why = why or "at the worst of the figures no period lasts that long"
    source = f"{supply.name} lasts {days:g} days"
    period = spread((typical, light, heavy), ESTIMATED, source)
    slowest = 0.0 if math.isinf(heavy) else 3600.0 / heavy
    return InferenceRate(days, period, spread((3600.0 / typical, slowest, 3600.0 / light), ESTIMATED, source), why)


def _shortest_s(node: Node, duty: DutyCycle, supply: Supply, days: float, load: Load) -> float:
    """Seconds; the least possible period where that lasts, infinity where none does."""

    def lasts(every_s: float) -> bool:
        return flows(node, replace(duty, every_s=every_s), supply, load).days >= days

    low, high = max(awake_ms(node, DRAWN[load]), 1e-3) / 1e3, _LONGEST_S
    if lasts(low):
        return low
    if not lasts(high):
        return math.inf
    for _ in range(_HALVINGS):
        middle = math.sqrt(low * high)
        if not low < middle < high:
            break
        low, high = (low, middle) if lasts(middle) else (middle, high)
    return high
