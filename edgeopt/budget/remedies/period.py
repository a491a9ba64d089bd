"""A longer period: how rarely the network must run."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

from edgeopt.budget.figures import at_work
from edgeopt.budget.judge import Breach, Figures, keeps
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.energy.battery import too_slow, wrong_voltage
from edgeopt.energy.flows import awake_ms
from edgeopt.energy.node import node_of
from edgeopt.energy.rate import highest_rate
from edgeopt.energy.use import Use

_DIGITS = 3  # of a period, which is rounded up
_LONGEST_S = 366 * 86_400.0


@REMEDIES.register("longer period")
def longer_period(case: Case, breach: Breach) -> Iterator[Change]:
    use = case.design.use
    if breach.name not in ("average_mw", "battery_days") or use is None:
        return
    seconds = _for_days(case, use, breach.limit) if breach.name == "battery_days" else _for_mw(case, breach.limit)
    if seconds is None:
        return
    seconds = _rounded_up(seconds)
    if not use.duty.every_s < seconds <= _LONGEST_S:
        return
    figures = every(case, use, seconds)
    if keeps(breach.name, breach.limit, figures[breach.name].value):
        yield Change(f"a period of {seconds:g} s instead of {use.duty.every_s:g} s", figures)


def every(case: Case, use: Use, seconds: float) -> Figures:
    """The figures at another period: only those of the node at work change."""
    other = replace(use, duty=replace(use.duty, every_s=seconds))
    return {**case.figures, **at_work(case.figures["latency_ms"], case.board, other)}


def _for_days(case: Case, use: Use, days: float) -> float | None:
    """The shortest period at which the cells last so long; None where none does."""
    node = node_of(case.board, case.figures["latency_ms"], use.duty)
    if use.supply is None or wrong_voltage(node, use.supply):
        return None
    return highest_rate(node, use.duty, use.supply, days).every_s.value


def _for_mw(case: Case, limit_mw: float) -> float | None:
    """The period at which the average power is the limit; None where sleep alone takes more.

    What a period takes beyond sleeping is spread over the period, so the average is a line in 1 / period, which two
    points tell.
    """
    use = case.design.use
    assert use is not None
    node = node_of(case.board, case.figures["latency_ms"], use.duty)
    shortest = use.duty.every_s
    if too_slow(node, use.duty):
        shortest = awake_ms(node) / 1e3 * (1 + 1e-9)
    one, two = (every(case, use, shortest * times)["average_mw"].value for times in (1, 2))
    if one is None or two is None:
        return None
    if one <= limit_mw:
        return shortest
    beyond_sleep = (one - two) * 2 * shortest  # mW s
    asleep_mw = one - beyond_sleep / shortest
    return beyond_sleep / (limit_mw - asleep_mw) if limit_mw > asleep_mw else None


def _rounded_up(seconds: float) -> float:
    step = 10.0 ** (math.floor(math.log10(seconds)) - _DIGITS + 1)
    return float(f"{math.ceil(seconds / step - 1e-9) * step:.{_DIGITS}g}")
