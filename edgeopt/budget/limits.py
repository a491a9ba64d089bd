"""The limits that a budget may set: names, units, and the ranges outside of which nobody can mean them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """One limit that there may be.

    `at_least`: the figure must not be below the limit; otherwise it must not be above. `whole`: a count of bytes.
    """

    name: str  # the key of the file and of the reports, which ends in the unit where there is one
    unit: str
    low: float
    high: float
    at_least: bool = False
    whole: bool = False
    needs: str = ""  # the key of [duty_cycle] without which there is no such figure


_ADDRESSABLE_BYTES = 1 << 32
_CENTURY_DAYS = 36_525.0

RULES = (
    Rule("flash_bytes", "B", 1, _ADDRESSABLE_BYTES, whole=True),
    Rule("ram_bytes", "B", 1, _ADDRESSABLE_BYTES, whole=True),
    Rule("latency_ms", "ms", 1e-3, 86_400_000.0),
    Rule("energy_uj", "uJ", 1e-3, 1e12),
    Rule("average_mw", "mW", 1e-6, 1e6, needs="every_s"),
    Rule("peak_mw", "mW", 1e-6, 1e6),
    Rule("battery_days", "days", 1e-3, _CENTURY_DAYS, at_least=True, needs="cell"),
    Rule("accuracy", "", 1e-6, 1.0, at_least=True),
)
RULE = {rule.name: rule for rule in RULES}


def shown(value: float, unit: str = "") -> str:
    """A figure with its unit, counts in full; a fraction as per cent."""
    if unit == "":
        return f"{100 * value:.4g} %"
    text = f"{value:,.0f}" if value == int(value) or abs(value) >= 10_000 else f"{value:,.4g}"
    return f"{text} {unit}"
