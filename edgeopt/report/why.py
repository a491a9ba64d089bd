"""Why a layer has the way that it has, and why not a faster one, in a phrase for the report."""

from __future__ import annotations

from edgeopt.costs import CostTable, table_to_choose_by
from edgeopt.plan import Option, Plan, Step

_MANY = 100_000


def why(plan: Plan, step: Step) -> str:
    """The kernels' reasons, the fastest way where it was not taken and what that needs, and what ways there are not."""
    reasons = [call.why for call in step.calls if call.why]
    if step.needless:
        reasons.append("what it would copy lies there from the start")
    table = table_to_choose_by(plan.target.core)
    if step.options:
        reasons += [_unmeasured(option, table) for option in step.options if not option.is_measured]
        reasons += _faster(plan, step, table)
    return "; ".join(dict.fromkeys([*reasons, *_refused(step)]))


def _unmeasured(option: Option, table: CostTable) -> str:
    return f"`{option.way.name}` was not measured on {table.core}"


def _faster(plan: Plan, step: Step, table: CostTable) -> list[str]:
    """What the fastest way would save, and what it would take."""
    taken = next(option for option in step.options if option.way is step.way)
    best = min((option for option in step.options if option.is_measured), key=Option.speed, default=taken)
    if not taken.is_measured or best.cycles >= taken.cycles:
        return []
    flash_bytes = best.constant_bytes - taken.constant_bytes
    flash_bytes += table.code_bytes(plan.kernels | best.kernels) - table.code_bytes(plan.kernels)
    needs = [
        f"{_count(count)} B more {what}"
        for what, count in (("flash", flash_bytes), ("scratch", best.way.scratch_bytes - taken.way.scratch_bytes))
        if count > 0
    ]
    saved = f"`{best.way.name}` takes {_count(taken.cycles - best.cycles)} cycles less"
    return [f"{saved}, but {' and '.join(needs)}" if needs else saved]


def _refused(step: Step) -> list[str]:
    """The reasons that there are no more ways, each once."""
    names: dict[str, list[str]] = {}
    for name, reason in sorted(step.refused.items()):
        names.setdefault(reason, []).append(f"`{name}`")
    return [f"no {', '.join(several)}: {reason}" for reason, several in names.items()]


def _count(value: float) -> str:
    return f"{value / 1000:,.0f} k" if value >= _MANY else f"{value:,.0f}"
