"""A supply as the terms that the page's script computes with.

What leaves the cells on average is linear in 1/period (edgeopt.energy.flows), so two numbers a part tell it for every
period: the script needs no more than these, and a test holds its results against `battery_life`.
"""

from dataclasses import replace
from math import ceil, floor, log10
from typing import Any

from edgeopt.energy import BatteryLife, DutyCycle, Node, Supply, battery_life
from edgeopt.energy.flows import LOADS, SELF_DISCHARGE, Flows, Load, awake_ms, flows, least_rate_ma, usable_mah
from edgeopt.energy.remarks import LONG_DAYS
from edgeopt.report.html.choices import Choice
from edgeopt.report.html.words import peak_in_short, peak_words

_LONGEST_S = 86_400.0  # of the slider; the number field takes any


def longest_s(least_s: float) -> float:
    return max(_LONGEST_S, least_s * 10)


def least_period(node: Node) -> float:
    """The shortest period, rounded up to two digits."""
    awake_s = awake_ms(node, "high") / 1e3
    unit = 10.0 ** (floor(log10(awake_s)) - 1)
    return float(f"{ceil(awake_s / unit * (1 - 1e-12)) * unit:.2g}")


def terms_of(node: Node, duty: DutyCycle, least_s: float, choice: Choice) -> dict[str, Any]:
    """What the script computes with; of a cell that cannot be taken, why."""
    plain: dict[str, Any] = {"name": choice.name, "title": choice.title, "problem": choice.problem}
    if choice.life is None:
        return plain
    rates = choice.supply.cell.rates
    tone, words = peak_words(choice.life)
    return {
        **plain,
        "kind": choice.life.days.kind,
        "source": choice.life.days.source,
        "mean_v": choice.supply.mean_v(),
        "rates": [[rate.ma, rate.mah / rates[0].mah] for rate in rates],
        "peak": [tone, words, peak_in_short(tone)],
        "assumptions": lasting_words(node, duty, least_s, choice.supply),
        "limits": limits_of(choice.supply),
        "loads": {load: _load_terms(node, duty, choice.supply, load) for load in LOADS},
    }


def lasting_words(node: Node, duty: DutyCycle, least_s: float, supply: Supply) -> tuple[str, ...]:
    """The assumptions and warnings that hold at every period."""
    short, long = (
        battery_life(node, replace(duty, every_s=period), supply) for period in (least_s, longest_s(least_s))
    )
    others = {*long.assumptions, *long.warnings}
    return tuple(line for line in (*short.assumptions, *short.warnings) if line in others)


def limits_of(supply: Supply) -> list[tuple[str, float, str]]:
    """What holds at some periods only: beyond which average current (`ua`) or life (`days`) to say which words."""
    cell = supply.cell
    found = [("days", LONG_DAYS, "Over ten years: cells age on the shelf too, which no figure here covers.")]
    if cell.continuous_ma.value is not None:
        words = f"On average more than {cell.name} gives for long, {cell.continuous_ma.value:g} mA."
        found.append(("ua", cell.continuous_ma.value * 1e3, words))
    if cell.rates:
        most = cell.rates[-1].ma
        found.append(("ua", most * 1e3, f"Beyond {most:g} mA no charge of {cell.name} is known: it is less than here."))
    return found


def is_beyond(what: str, limit: float, life: BatteryLife) -> bool:
    quantity = life.days if what == "days" else life.average_ua
    return quantity.value is not None and quantity.value > limit


def _load_terms(node: Node, duty: DutyCycle, supply: Supply, load: Load) -> dict[str, Any]:
    """Of each part its charge a period and its constant current, from two periods; the charge that the cells hold."""
    short_s = awake_ms(node, "high") / 1e3 * 2
    long_s = short_s * 1e3
    short, long = (flows(node, replace(duty, every_s=period), supply, load) for period in (short_s, long_s))
    terms = [_linear(part, short, long, short_s, long_s) for part in short.parts_ua if part != SELF_DISCHARGE]
    held = usable_mah(supply, load, 0.0)
    return {
        "parts": terms,
        "held_mah": held,
        "least_rate_ma": least_rate_ma(node, supply, load),
        "self_ua_per_mah": short.parts_ua[SELF_DISCHARGE] / short.usable_mah,
    }


def _linear(part: str, short: Flows, long: Flows, short_s: float, long_s: float) -> tuple[str, float, float]:
    """Name, uC a period, uA."""
    one, other = short.parts_ua[part], long.parts_ua[part]
    event_uc = (one - other) / (1 / short_s - 1 / long_s)
    return part, event_uc, one - event_uc / short_s
