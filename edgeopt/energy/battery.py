"""Node, duty cycle and supply -> the life of the battery, what eats its charge, and what was assumed."""

from collections.abc import Callable

from edgeopt.energy.convert import draw_mw, energy_uj
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.flows import LOADS, SELF_DISCHARGE, Flows, Load, awake_ms, flows, loads_ua
from edgeopt.energy.node import Node
from edgeopt.energy.peak import check_peak, peak_ma
from edgeopt.energy.quantity import ENDS, ESTIMATED, Quantity, spread, unknown, weakest
from edgeopt.energy.remarks import assumptions, regulator_in_words, warnings
from edgeopt.energy.results import BatteryLife, PeriodLaw, Share
from edgeopt.energy.supply import Feed, Supply, check_feed
from edgeopt.errors import UsageError

_ROUNDING = 1e-9  # a period may be the time awake to the last digit


def battery_life(node: Node, duty: DutyCycle, supply: Supply) -> BatteryLife:
    """The life of `supply` under a node that infers once a period.

    A current or a latency that is unknown makes what needs it unknown, never a guess. UsageError where the period is
    shorter than waking up and inferring, or where cells, regulator and node do not go together.
    """
    check_fits(node, duty, supply)
    active = draw_mw(node.active, *(supply.feed.rail_v(supply.mean_v(end)) for end in ENDS))
    peak = check_peak(node, duty, supply)
    missing, most = missing_figure(node), peak_ma(node, duty, supply)
    found = {} if missing else {load: flows(node, duty, supply, load) for load in LOADS}

    kind, lost = _kind(node), _self_discharge_ua(found) if found else ()

    def total(of: Callable[[Flows], float], source: str) -> Quantity:
        return missing or spread((of(found[load]) for load in LOADS), kind, source)

    return BatteryLife(
        node=node.name,
        supply=supply.name,
        regulator=regulator_in_words(supply.feed),
        every_s=duty.every_s,
        latency_ms=node.latency_ms,
        active_mw=active,
        energy_uj=energy_uj(node.latency_ms, active),
        average_ua=total(lambda f: f.load_ua, f"what the node draws every {duty.every_s:g} s"),
        average_mw=average_mw(node, duty, supply.feed, *(supply.mean_v(end) for end in ENDS)),
        drain_ua=missing or spread(_drain_ua(found, lost), kind, "the node and the self-discharge of the cells"),
        peak_ma=most,
        peak_mw=peak_mw(node, duty, _fullest_v(supply)),
        usable_mah=total(lambda f: f.usable_mah, f"{supply.name}, derated"),
        days=total(lambda f: f.days, f"the usable charge of {supply.name} / what leaves it"),
        breakdown=_shares(found, lost, kind) if found else (),
        peak=peak,
        law=_law(node, duty, supply, found["typical"]) if found else None,
        assumptions=assumptions(node, duty, supply),
        warnings=warnings(duty, supply, peak, most, found.get("typical")),
    )


def check_fits(node: Node, duty: DutyCycle, supply: Supply) -> None:
    """UsageError where the period is too short, or cells, regulator and node do not go together."""
    if slow := too_slow(node, duty):
        raise UsageError(slow, f"make the period {1.01 * awake_ms(node) / 1e3:.3g} s or longer, or the network faster")
    check_feed(supply)
    if mismatch := wrong_voltage(node, supply):
        raise UsageError(mismatch, "put a regulator between, or take other cells")


def too_slow(node: Node, duty: DutyCycle) -> str:
    """Why waking up and inferring do not fit into the period; "" where they do, or the latency is unknown."""
    if node.latency_ms.value is None or awake_ms(node) <= duty.every_s * 1e3 * (1 + _ROUNDING):
        return ""
    wake = f" and {node.wake_ms.value:g} ms to wake up" if node.wake_ms.value else ""
    took = f"the inference of {node.latency_ms.value:.4g} ms{wake}"
    return f"a period of {duty.every_s:g} s is shorter than {took} on {node.name}"


def wrong_voltage(node: Node, supply: Supply) -> str:
    """Why the node cannot be fed so, from full to spent; "" where it can, or a figure is unknown."""
    if supply.feed.kind == "none":
        highest, least = supply.fresh_v(), supply.cutoff_v()
        what, up, down = f"{supply.name} without a regulator", "gives", "falls to"
    else:
        highest = least = supply.feed.out_v
        what, up, down = f"the {supply.feed.kind}", "makes", "makes"
    if highest is not None and node.max_v.value is not None and highest > node.max_v.value:
        return f"{what} {up} {highest:g} V, above the {node.max_v.value:g} V that {node.name} stands"
    if least is not None and node.min_v.value is not None and least < node.min_v.value:
        return f"{what} {down} {least:g} V, below the {node.min_v.value:g} V that {node.name} needs"
    return ""


def average_mw(
    node: Node, duty: DutyCycle, feed: Feed, supply_v: float, low_v: float | None = None, high_v: float | None = None
) -> Quantity:
    """Average power into `feed` at a supply voltage, whose spread is `low_v` to `high_v`; also without a battery."""
    if missing := missing_figure(node):
        return missing
    ends: tuple[tuple[Load, float], ...] = (
        ("typical", supply_v),
        ("light", supply_v if low_v is None else low_v),
        ("heavy", supply_v if high_v is None else high_v),
    )
    # power rises with the voltage whatever the law is: each current is constant or falls no faster than 1/V
    powers = [sum(loads_ua(node, duty, feed, load, volts).values()) * volts / 1e3 for load, volts in ends]
    return spread(powers, _kind(node), f"average current x {supply_v:.3g} V")


def _kind(node: Node) -> str:
    return weakest(ESTIMATED, *(figure.kind for figure in node.needed))


def missing_figure(node: Node) -> Quantity | None:
    """The first of the figures that everything needs and that is unknown, with what to add."""
    for figure, option in zip(node.needed, ("--latency-ms", "--active-ma", "--sleep-ua"), strict=True):
        if figure.value is None:
            return unknown(f"{figure.source}; `edgeopt battery` takes {option}")
    return None


def _fullest_v(supply: Supply) -> float:
    """The node's supply voltage with full cells, where a load of constant current takes the most power."""
    full_v = supply.fresh_v()
    return supply.feed.rail_v(supply.mean_v("high") if full_v is None else full_v)


def peak_mw(node: Node, duty: DutyCycle, rail_v: float) -> Quantity:
    """The most that the node draws at a supply voltage: its active power, or a peak that is given."""
    active = draw_mw(node.active, rail_v)
    if active.value is None or duty.peak_ma is None:
        return active
    source = f"the larger of the active power and the peak that is given, at {rail_v:.3g} V"
    return spread((max(duty.peak_ma * rail_v, active.at(end)) for end in ENDS), ESTIMATED, source)


def _self_discharge_ua(found: dict[Load, Flows]) -> tuple[float, ...]:
    """The value, the least and the most: usable charge x rate, each at its own ends (a full cell also loses most)."""
    rates = {load: flow.parts_ua[SELF_DISCHARGE] / flow.usable_mah for load, flow in found.items()}
    light, heavy = found["light"], found["heavy"]
    value = found["typical"].parts_ua[SELF_DISCHARGE]
    return value, heavy.usable_mah * rates["light"], light.usable_mah * rates["heavy"]


def _drain_ua(found: dict[Load, Flows], lost: tuple[float, ...]) -> list[float]:
    return [found[load].load_ua + loss for load, loss in zip(LOADS, lost, strict=True)]


def _shares(found: dict[Load, Flows], lost: tuple[float, ...], kind: str) -> tuple[Share, ...]:
    typical = found["typical"]
    ends = {part: [found[load].parts_ua[part] for load in LOADS] for part in typical.parts_ua}
    ends[SELF_DISCHARGE] = list(lost)
    return tuple(
        Share(
            part,
            spread(ends[part], kind, "average out of the cells"),
            current / typical.drain_ua if typical.drain_ua else 0.0,
        )
        for part, current in typical.parts_ua.items()
    )


def _law(node: Node, duty: DutyCycle, supply: Supply, typical: Flows) -> PeriodLaw:
    feed, cells_v = supply.feed, supply.mean_v()
    asleep = feed.lossless(node.sleep_ua.at("value"), cells_v) / feed.efficiency
    constant = asleep + feed.quiescent_ua + typical.parts_ua[SELF_DISCHARGE]
    return PeriodLaw(constant, (typical.drain_ua - constant) * duty.every_s, awake_ms(node) / 1e3)
