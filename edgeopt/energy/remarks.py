"""The assumptions that stand beside a battery's life, and the warnings, in words."""

from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.flows import Flows
from edgeopt.energy.node import Node
from edgeopt.energy.quantity import Quantity
from edgeopt.energy.results import PeakCheck
from edgeopt.energy.supply import Feed, Supply

LONG_DAYS = 3_650.0  # from there on the figures are not all that counts


def regulator_in_words(feed: Feed) -> str:
    if feed.kind == "none":
        return "none: the node is at the cells' voltage"
    taken = f"takes {feed.quiescent_ua:g} uA"
    if feed.switching:
        return f"{feed.kind} to {feed.out_v:g} V, {100 * feed.efficiency:g} % at every current, {taken}"
    return f"{feed.kind} to {feed.out_v:g} V, drop-out {feed.dropout_v:g} V, {taken}"


def assumptions(node: Node, duty: DutyCycle, supply: Supply) -> tuple[str, ...]:
    """What the life stands on besides the figures that are shown."""
    cell, reserve = supply.cell, supply.reserve
    notes = [
        f"one inference every {duty.every_s:g} s, asleep in between",
        *node.notes,
        f"sensor {duty.sensor_uj:g} uJ and radio {duty.radio_uj:g} uJ a period, at the node's supply",
        f"of {_charge(cell.capacity_mah.value)} rated ({cell.capacity_mah.kind}: {cell.capacity_mah.source}): depth of "
        f"discharge {supply.depth_of_discharge:g}, temperature factor {supply.temperature_factor:g}, reserve "
        f"{_percent(reserve)}",
        f"cells at {supply.mean_v():.3g} V on average ({cell.mean_v.source})",
    ]
    if supply.temperature_factor == 1.0:
        notes.append(f"at about 20 C{_allowed(supply)}; cold takes capacity (--temperature-factor)")
    loss = cell.self_discharge_percent_per_month
    if loss.value is None:
        notes.append(f"self-discharge: unknown, left out ({loss.source})")
    else:
        notes.append(f"self-discharge {loss.value:g} % of the usable charge a month, every month alike ({loss.source})")
    return tuple(notes)


def warnings(
    duty: DutyCycle, supply: Supply, peak: PeakCheck, peak_ma: Quantity, typical: Flows | None
) -> tuple[str, ...]:
    """What may go wrong that the figures alone do not say."""
    return tuple(text for text in (*_of_peak(duty, supply, peak, peak_ma), *_of_life(supply, typical)) if text)


def _of_peak(duty: DutyCycle, supply: Supply, peak: PeakCheck, peak_ma: Quantity) -> list[str]:
    found = []
    worst = peak.states[-1]
    drop = worst.under_load_v.source
    if peak.verdict == "fails" and worst.under_load_v.value is not None and peak.needed_v.value is not None:
        help_uf = peak.capacitor.smallest_uf
        what = f"a capacitor of {help_uf.value:,.0f} uF or more would" if help_uf.value else "nothing beside it would"
        found.append(
            f"spent cells fall to {worst.under_load_v.value:.3g} V ({drop}), {peak.needed_v.value:.3g} V are needed; "
            f"{what} carry the burst"
        )
    elif peak.verdict == "depends":
        found.append(f"whether spent cells give the peak depends on their resistance ({drop})")
    elif peak.verdict == "unknown":
        found.append(f"whether the cells give the peak is not known: {_missing_for_peak(supply, peak)}")
    most, limit = peak_ma.value, supply.cell.continuous_ma.value
    pulse = peak.pulse_ma.value
    if supply.capacitor is None and pulse is not None and most is not None and most > pulse:
        found.append(f"{most:.3g} mA is more than the maker of {supply.cell.name} allows as a pulse ({pulse:g} mA)")
    if supply.cell.pulse_note and most is not None and limit is not None and most > limit:
        found.append(f"not in the days: {supply.cell.pulse_note}")
    if supply.capacitor is not None and peak.capacitor.refills == "fails":
        found.append("the capacitor is not refilled between bursts, or at more than the cells may give for long")
    if duty.radio_uj and duty.peak_ma is None:
        found.append("the radio's peak current is not in the peak check: --peak-ma and --peak-ms add it")
    if duty.peak_ma is not None and not (duty.radio_uj or duty.sensor_uj):
        found.append("the energy of the given peak is not in the days: --radio-uj or --sensor-uj adds it")
    return found


def _missing_for_peak(supply: Supply, peak: PeakCheck) -> str:
    if peak.needed_v.value is not None:
        judged = peak.states[-1].under_load_v if supply.capacitor is None else peak.capacitor.droop_v
        return judged.source
    return f"{peak.needed_v.source} ({'--min-in-v' if supply.feed.switching else '--min-v'} adds it)"


def _of_life(supply: Supply, typical: Flows | None) -> list[str]:
    if typical is None:
        return []
    found, cell, average_ma = [], supply.cell, typical.load_ua / 1e3
    limit = cell.continuous_ma
    if limit.value is not None and average_ma > limit.value:
        found.append(f"{average_ma:.3g} mA on average is more than {cell.name} gives for long ({limit.value:g} mA)")
    if cell.rates and average_ma > cell.rates[-1].ma:
        found.append(f"beyond {cell.rates[-1].ma:g} mA no charge of {cell.name} is known: it is less than is shown")
    if typical.days > LONG_DAYS:
        found.append("over ten years: cells age on the shelf too, which no figure here covers")
    return found


def _charge(mah: float | None) -> str:
    return "an unknown charge" if mah is None else f"{mah:g} mAh"


def _percent(share: Quantity) -> str:
    assert share.value is not None
    if share.low is None or share.high is None:
        return f"{100 * share.value:g} % ({share.source})"
    return f"{100 * share.value:g} %, {100 * share.low:g} to {100 * share.high:g} ({share.source})"


def _allowed(supply: Supply) -> str:
    lowest, highest = supply.cell.lowest_c, supply.cell.highest_c
    if lowest.value is None or highest.value is None:
        return ""
    return f" (allowed: {lowest.value:g} to {highest.value:g} C, {lowest.source})"
