"""The limits of a budget as the page shows them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from edgeopt.budget import BROKEN, KEPT, RULE, Judged, Remedy, shown
from edgeopt.report.html.figures import Figure
from edgeopt.report.measuring import MeasuredBoard
from edgeopt.report.results import Analysis, Deployment


@dataclass(frozen=True)
class Row:
    name: str
    limit: str
    figure: Figure
    state: str
    tone: str


@dataclass(frozen=True)
class Mend:
    """A broken limit, and what would mend it, in words."""

    name: str
    remedies: tuple[str, ...]


def context(result: Analysis | Deployment | MeasuredBoard) -> dict[str, Any]:
    return {"limits": [_row(limit) for limit in result.limits], "breaches": list(_mends(result))}


def _row(judged: Judged) -> Row:
    actual = judged.actual
    words = "" if actual.value is None else shown(actual.value, judged.unit)
    side = "at least" if RULE[judged.name].at_least else "at most"
    return Row(
        judged.name,
        f"{side} {shown(judged.limit, judged.unit)}",
        Figure(actual.value, actual.kind, actual.source, words),
        judged.state,
        {BROKEN: "bad", KEPT: "good"}.get(judged.state, ""),
    )


def _mends(result: Analysis | Deployment | MeasuredBoard) -> Iterator[Mend]:
    for breach in result.broken_limits:
        yield Mend(breach.name, tuple(_remedy(remedy) for remedy in breach.remedies))


def _remedy(remedy: Remedy) -> str:
    return f"{remedy.text}: {remedy.note}" if remedy.note else remedy.text
