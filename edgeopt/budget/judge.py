"""Which limits a result keeps, which it breaks, and by how much."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from edgeopt.budget.file import Budget
from edgeopt.budget.limits import RULE, shown
from edgeopt.energy import UNKNOWN, Quantity, unknown

KEPT = "kept"
UNSURE = "kept, but not over the whole spread"
BROKEN = "broken"
LATER = "judged by `edgeopt deploy`"
ONLY_DATA_TELL = ("accuracy",)  # the limits that stay open until samples have run

Figures = Mapping[str, Quantity]  # by the names of the limits


@dataclass(frozen=True)
class Remedy:
    """What would mend a broken limit, or at least help.

    value:       what the limited figure would then be, of label `kind`; None where that is not known.
    keeps:       whether the limit would then be kept.
    also_breaks: the limits that would be broken by it, though they are kept now.
    note:        what it takes besides, in words, or "".
    """

    name: str  # of edgeopt.budget.remedies
    text: str
    value: float | None
    kind: str
    keeps: bool
    also_breaks: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Breach:
    """A broken limit: `actual` is beyond `limit` by `excess` > 0; both are None where the figure is unknown."""

    name: str
    limit: float
    unit: str
    actual: float | None
    excess: float | None
    kind: str  # of `actual`, a word of edgeopt.energy.Quantity
    source: str
    remedies: tuple[Remedy, ...] = ()

    def __post_init__(self) -> None:
        _check_name(self.name)

    def __str__(self) -> str:
        limit = shown(self.limit, self.unit)
        if self.actual is None or self.excess is None:
            return f"{self.name} is unknown ({self.source}), the limit is {limit}"
        side = "below" if RULE[self.name].at_least else "above"
        excess = f"{100 * self.excess:.4g} points" if self.unit == "" else shown(self.excess, self.unit)
        return f"{self.name} is {shown(self.actual, self.unit)} ({self.kind}), {excess} {side} the limit of {limit}"


@dataclass(frozen=True)
class Judged:
    """A limit, kept or not."""

    name: str
    limit: float
    unit: str
    actual: Quantity
    state: str  # KEPT, UNSURE, BROKEN, LATER

    def __post_init__(self) -> None:
        _check_name(self.name)


def _check_name(name: str) -> None:
    if name not in RULE:
        raise ValueError(f"no limit is called `{name:.60}`")


def judge(budget: Budget, figures: Figures, later: Collection[str] = ()) -> tuple[Judged, ...]:
    """Every limit of the budget, in the order of RULES.

    A figure that is missing or unknown breaks its limit: what is not known is not kept. Only limits that are named in
    `later`, which another verb can judge, stay open.
    """
    found = []
    for name, limit in budget.limits.items():
        actual = figures.get(name, unknown("nothing tells it"))
        state = LATER if name in later and actual.kind == UNKNOWN else state_of(name, limit, actual)
        found.append(Judged(name, limit, RULE[name].unit, actual, state))
    return tuple(found)


def breaches(judged: Collection[Judged]) -> tuple[Breach, ...]:
    """The broken ones, and by how much."""
    return tuple(_breach(one) for one in judged if one.state == BROKEN)


def broken(budget: Budget, figures: Figures, later: Collection[str] = ()) -> tuple[Breach, ...]:
    """The limits that `figures` break."""
    return breaches(judge(budget, figures, later))


def keeps(name: str, limit: float, value: float | None) -> bool:
    """Whether a figure keeps a limit; one that is unknown does not."""
    if value is None:
        return False
    return value >= limit if RULE[name].at_least else value <= limit


def state_of(name: str, limit: float, actual: Quantity) -> str:
    """KEPT, UNSURE or BROKEN."""
    if not keeps(name, limit, actual.value):
        return BROKEN
    ends = (end for end in (actual.low, actual.high) if end is not None)
    return KEPT if all(keeps(name, limit, end) for end in ends) else UNSURE


def _breach(judged: Judged) -> Breach:
    value = judged.actual.value
    excess = None if value is None else abs(value - judged.limit)
    return Breach(judged.name, judged.limit, judged.unit, value, excess, judged.actual.kind, judged.actual.source)
