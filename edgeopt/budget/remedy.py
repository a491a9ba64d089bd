"""The search for what would mend a broken limit: every remedy is tried, and told by what it would bring."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from edgeopt.board import Board
from edgeopt.budget.design import Cost, Design, Plans
from edgeopt.budget.figures import figures_of
from edgeopt.budget.file import Budget
from edgeopt.budget.judge import BROKEN, KEPT, ONLY_DATA_TELL, UNSURE, Breach, Figures, Remedy, judge, keeps, state_of
from edgeopt.budget.limits import RULE, RULES, shown
from edgeopt.energy import ESTIMATED, UNKNOWN, Quantity
from edgeopt.energy.use import Use
from edgeopt.ir import Graph
from edgeopt.registry import Registry

_NOTICEABLE = 0.01  # of the figure; a change of less is no remedy
_DOUBT = {KEPT: "", UNSURE: ", but not over its whole spread"}
_WORTH_A_LIMIT = 0.2  # of the figure; what helps less, and breaks another limit, is none either


@dataclass(frozen=True)
class Change:
    """Something that might be done, and what the figures would then be; `note`: what it takes besides, in words.

    A change without figures is one of which only trying can tell.
    """

    what: str
    figures: Figures
    note: str = ""


RemedyOf = Callable[["Case", Breach], Iterator[Change]]
REMEDIES: Registry[RemedyOf] = Registry("remedy", "edgeopt.budget.remedies")


@dataclass(frozen=True)
class Case:
    """A design that breaks its budget. `figures` are what was found of it, `later` the limits that stay open here.

    What a change would bring is estimated. Where `figures` are those of the built firmware, the estimate is held to
    them: bytes that the estimate leaves out stay, and cycles change by the same factor.
    """

    design: Design
    budget: Budget
    figures: Figures
    later: Collection[str] = ()
    plans: Plans = field(default_factory=Plans)
    _variants: dict[str, Graph | None] = field(default_factory=dict, compare=False, repr=False)

    @property
    def board(self) -> Board:
        return self.design.board

    @cached_property
    def cost(self) -> Cost:
        """Of the design as it is, estimated."""
        return self.plans.cost(self.design.graph, self.board, self.design.goal)

    @cached_property
    def broken(self) -> frozenset[str]:
        """The limits that are broken as it is."""
        return frozenset(self.broken_by(self.figures))

    def broken_by(self, figures: Figures) -> tuple[str, ...]:
        """The limits that other figures break. The accuracy of another network stays open: only its data can tell."""
        later = self.later if "accuracy" in figures else (*self.later, *ONLY_DATA_TELL)
        return tuple(one.name for one in judge(self.budget, figures, later) if one.state == BROKEN)

    def variant(self, name: str, make: Callable[[Graph], Graph | None]) -> Graph | None:
        """The network changed by `make`, once; None where it cannot be changed so. For its costs only."""
        if name not in self._variants:
            self._variants[name] = make(self.design.graph)
        return self._variants[name]

    def tried(self, design: Design) -> Figures | None:
        """The figures of another design; None where its board is too small for it."""
        cost = self.plans.cost(design.graph, design.board, design.goal)
        if cost.lacking:
            return None
        figures = self.figures_of(cost, design.board, design.use)
        if design.graph is self.design.graph and "accuracy" in self.figures:  # it computes the same, to the bit
            return {**figures, "accuracy": self.figures["accuracy"]}
        return figures

    def figures_of(self, cost: Cost, board: Board, use: Use | None) -> Figures:
        """The figures of an estimated cost, held to what was found of the design as it is."""
        cycles = replace_value(cost.cycles, self._factor)
        flash, ram = (
            replace_value(quantity, 1.0, self._surplus(name))
            for name, quantity in (("flash_bytes", cost.flash_bytes), ("ram_bytes", cost.ram_bytes))
        )
        return figures_of(cycles, flash, ram, board, use)

    @cached_property
    def _estimate(self) -> Figures:
        cost = self.cost
        return figures_of(cost.cycles, cost.flash_bytes, cost.ram_bytes, self.board, self.design.use)

    @cached_property
    def _factor(self) -> float:
        found, estimate = (figures["latency_ms"].value for figures in (self.figures, self._estimate))
        return found / estimate if found and estimate else 1.0

    def _surplus(self, name: str) -> float:
        found, estimate = self.figures[name].value, self._estimate[name].value
        return 0.0 if found is None or estimate is None else found - estimate


def replace_value(quantity: Quantity, factor: float, more: float = 0.0) -> Quantity:
    """`factor` times a quantity, and `more`; without its spread."""
    if quantity.value is None or (factor, more) == (1.0, 0.0):
        return quantity
    return Quantity(quantity.value * factor + more, ESTIMATED, quantity.source)


def with_remedies(case: Case, breaches: Collection[Breach]) -> tuple[Breach, ...]:
    """The breaches, each with what would mend it: first what keeps every limit, then by what it would bring."""
    return tuple(replace(breach, remedies=tuple(_found(case, breach))) for breach in breaches)


def _found(case: Case, breach: Breach) -> list[Remedy]:
    remedies = [
        remedy
        for name, changes in REMEDIES
        for change in changes(case, breach)
        if (remedy := _remedy(name, change, case, breach)) is not None
    ]
    return sorted(remedies, key=lambda remedy: _rank(remedy, breach))


def _rank(remedy: Remedy, breach: Breach) -> tuple[bool, int, float]:
    """The least is the best."""
    value = remedy.value
    if value is None:
        return True, len(RULES), 0.0
    return not remedy.keeps, len(remedy.also_breaks), -value if RULE[breach.name].at_least else value


def _remedy(name: str, change: Change, case: Case, breach: Breach) -> Remedy | None:
    """The change as a remedy of the breach; None where it does not help."""
    if not change.figures:
        return Remedy(name, change.what, None, UNKNOWN, False, note=change.note)  # only trying can tell
    then = change.figures.get(breach.name)
    if then is None or then.value is None or not _helps(breach, then.value):
        return None
    state = state_of(breach.name, breach.limit, then)
    kept = state != BROKEN
    also = tuple(other for other in case.broken_by(change.figures) if other not in case.broken)
    outcome = f"keeps the limit{_DOUBT[state]}" if kept else f"still {_beyond(breach, then.value)}"
    price = f", {'but' if state == KEPT else 'and'} breaks {' and '.join(also)}" if also else ""
    if also and not kept and not _helps(breach, then.value, _WORTH_A_LIMIT):
        return None
    text = f"{change.what}: {shown(then.value, breach.unit)}, {outcome}{price} ({then.kind})"
    return Remedy(name, text, then.value, then.kind, kept, also, change.note)


def _helps(breach: Breach, value: float, least: float = _NOTICEABLE) -> bool:
    if breach.actual is None:
        return keeps(breach.name, breach.limit, value)
    better = value - breach.actual if RULE[breach.name].at_least else breach.actual - value
    return better >= least * breach.actual or (better > 0 and keeps(breach.name, breach.limit, value))


def _beyond(breach: Breach, value: float) -> str:
    side = "below" if RULE[breach.name].at_least else "above"
    return f"{shown(abs(value - breach.limit), breach.unit)} {side}"
