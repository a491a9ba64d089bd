"""Whether the cells give the peak: V_open - I_peak R_int >= V_min, alone and with a capacitor beside them."""

from edgeopt.board import Figure
from edgeopt.energy.draw import quantity_of
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.flows import awake_ms
from edgeopt.energy.node import Node
from edgeopt.energy.quantity import ENDS, ESTIMATED, End, Quantity, spread, unknown
from edgeopt.energy.results import CapacitorCheck, PeakCheck, PeakState, Verdict
from edgeopt.energy.supply import Supply

_UNKNOWN: Verdict = "unknown"
_TIME_CONSTANTS = 5.0  # after which a capacitor is refilled but for 0.7 %


def needed_v(node: Node, supply: Supply) -> Quantity:
    """The least voltage of the cells at which the node works."""
    feed = supply.feed
    if feed.kind == "none":
        return node.min_v
    if feed.kind in ("ldo", "buck"):
        return Quantity(feed.out_v + feed.dropout_v, ESTIMATED, f"{feed.kind}: output and drop-out voltage")
    if feed.min_in_v is None:
        return unknown(f"the least input of the {feed.kind} is not given")
    return Quantity(feed.min_in_v, ESTIMATED, "given")


def peak_ma(node: Node, duty: DutyCycle, supply: Supply) -> Quantity:
    """The most that the cells must give; a load of constant power draws it at the least voltage that will do."""
    if node.active.milliamps.value is None:
        return node.active.milliamps
    most = "the active current" if duty.peak_ma is None else "the larger of active current and given peak"
    source = f"{most}, at {_lowest_v(node, supply):.3g} V"
    return spread((_from_cells(node, duty, supply, end) for end in ENDS), ESTIMATED, source)


def check_peak(node: Node, duty: DutyCycle, supply: Supply) -> PeakCheck:
    """The cells' voltage under the peak, fresh and spent, and what a capacitor does about it."""
    cell, most, needed = supply.cell, peak_ma(node, duty, supply), needed_v(node, supply)
    states = (
        _state("fresh", supply.fresh_v(), _series_ohm(cell.fresh_ohm, supply, "fresh"), most, needed),
        _state("spent", supply.cutoff_v(), _series_ohm(cell.spent_ohm, supply, "spent"), most, needed),
    )
    capacitor = _capacitor(node, duty, supply, most, needed)
    return PeakCheck(
        needed_v=needed,
        states=states,
        capacitor=capacitor,
        continuous_ma=quantity_of(cell.continuous_ma, f"the continuous current that {cell.name} gives"),
        pulse_ma=quantity_of(cell.pulse_ma, f"the pulse that {cell.name} gives"),
        verdict=states[-1].verdict if supply.capacitor is None else capacitor.verdict,
    )


def _lowest_v(node: Node, supply: Supply) -> float:
    needed = needed_v(node, supply).value
    return needed if needed is not None else supply.cutoff_v() or supply.mean_v()


def _from_cells(node: Node, duty: DutyCycle, supply: Supply, end: End, at_ma: float | None = None) -> float:
    """The cells' current for the node's peak, or for `at_ma` of the node."""
    cells_v, feed = _lowest_v(node, supply), supply.feed
    active = node.active.ma(feed.rail_v(cells_v), end)
    node_ma = max(active, duty.peak_ma or 0.0) if at_ma is None else at_ma
    return feed.input_ma(node_ma, cells_v)


def _series_ohm(figure: Figure, supply: Supply, state: str) -> Quantity:
    one = quantity_of(figure, f"the resistance of a {state} {supply.cell.name}")
    if one.value is None:
        return one
    return spread((one.at(end) * supply.series for end in ENDS), one.kind, one.source)


def _state(name: str, open_v: float | None, ohm: Quantity, most: Quantity, needed: Quantity) -> PeakState:
    if open_v is None or ohm.value is None or most.value is None:
        why = (ohm if ohm.value is None else most).source
        why = f"the voltage of {name} cells is unknown" if open_v is None else why
        return PeakState(name, open_v, ohm, unknown(why), "unknown")
    source = f"{open_v:g} V - {most.value:.3g} mA x {ohm.value:.3g} ohm"
    drops = [ohm.at(end) * most.at(end) / 1e3 for end in ENDS]  # ohm x mA = mV
    under_load = spread((max(0.0, open_v - drop) for drop in drops), ESTIMATED, source)
    return PeakState(name, open_v, ohm, under_load, _verdict(under_load, needed))


def _verdict(voltage: Quantity, needed: Quantity) -> Verdict:
    if voltage.value is None or needed.value is None:
        return "unknown"
    if voltage.at("low") >= needed.value:
        return "holds"
    return "fails" if voltage.at("high") < needed.value else "depends"


def _capacitor(node: Node, duty: DutyCycle, supply: Supply, most: Quantity, needed: Quantity) -> CapacitorCheck:
    open_v = supply.cutoff_v()
    esr = 0.0 if supply.capacitor is None else supply.capacitor.esr_ohm
    given = None if supply.capacitor is None else supply.capacitor.microfarads
    missing = next((q.source for q in (most, node.latency_ms, needed) if q.value is None), None)
    if missing is not None or open_v is None or needed.value is None:
        nothing = unknown(missing or f"the voltage of a spent {supply.name} is unknown")
        return CapacitorCheck(nothing, nothing, given, nothing, "unknown", nothing, "unknown")
    burst = _burst_uc(node, duty, supply)
    smallest = _smallest_uf(burst, most, open_v - needed.value, esr, f"{supply.name} spent rests at {open_v:g} V")
    droop, verdict = unknown("no capacitor is given"), _UNKNOWN
    if given is not None:
        source = f"{given:g} uF: charge / C + peak x {esr:g} ohm"
        droop = spread((burst.at(end) / given + most.at(end) * esr / 1e3 for end in ENDS), ESTIMATED, source)
        under_load = spread((open_v - droop.at(end) for end in ENDS), ESTIMATED, source)
        verdict = _verdict(under_load, needed)
    microfarads = given if given is not None else smallest.value
    recharge, refills = _recharge(node, duty, supply, burst, microfarads)
    return CapacitorCheck(burst, smallest, given, droop, verdict, recharge, refills)


def _burst_uc(node: Node, duty: DutyCycle, supply: Supply) -> Quantity:
    """Microcoulombs (mA x ms) of waking up and inferring, and of the peak that is given behind it."""
    cells_v = _lowest_v(node, supply)

    def charge(end: End) -> float:
        active = node.active.ma(supply.feed.rail_v(cells_v), end)
        run = _from_cells(node, duty, supply, end, active) * awake_ms(node, end)
        peak = _from_cells(node, duty, supply, end, duty.peak_ma) * duty.peak_ms if duty.peak_ma and duty.peak_ms else 0
        return run + peak

    return spread((charge(end) for end in ENDS), ESTIMATED, "current x time of one burst")


def _smallest_uf(burst: Quantity, most: Quantity, room_v: float, esr_ohm: float, rests: str) -> Quantity:
    """C = charge / (V_open - V_min - I ESR)."""
    rooms = {end: room_v - most.at(end) * esr_ohm / 1e3 for end in ENDS}
    if rooms["value"] <= 0:
        return unknown(f"{rests}, which leaves nothing for a droop: no capacitor helps")
    worst = burst.at("high") / rooms["high"] if rooms["high"] > 0 else float("inf")
    ends = (burst.at("value") / rooms["value"], burst.at("low") / rooms["low"], worst)
    return spread(ends, ESTIMATED, f"burst / {rooms['value']:.3g} V of droop")


def _recharge(
    node: Node, duty: DutyCycle, supply: Supply, burst: Quantity, microfarads: float | None
) -> tuple[Quantity, Verdict]:
    """The average current that refills the capacitor between bursts, and whether cells and time allow it."""
    rest_ms = duty.every_s * 1e3 - awake_ms(node, "high") - (duty.peak_ms or 0.0)
    if rest_ms <= 0:
        return unknown("there is no time between the bursts"), "fails"
    source = f"burst / {rest_ms / 1e3:.3g} s between bursts"
    recharge = spread((burst.at(end) / rest_ms for end in ENDS), ESTIMATED, source)
    limit, ohm = supply.cell.continuous_ma.value, supply.cell.spent_ohm.value
    if limit is None or ohm is None or microfarads is None:
        return recharge, "unknown"
    in_time = _TIME_CONSTANTS * ohm * supply.series * microfarads / 1e3 <= rest_ms  # ohm x uF = us
    return recharge, "holds" if in_time and recharge.at("high") <= limit else "fails"
