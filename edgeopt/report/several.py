"""Several networks in one firmware: what they take together, and what is known of each before anything is built."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.board import Board
from edgeopt.budget import ONLY_DATA_TELL, RULE, Breach, Budget, breaches, judge
from edgeopt.costs import goal_table
from edgeopt.emit import CProject
from edgeopt.energy import ESTIMATED, Quantity, unknown
from edgeopt.errors import UsageError
from edgeopt.plan import Plan, kernels_of, ram_bytes_of
from edgeopt.report.results import Analysis
from edgeopt.report.view import Shown

_TOGETHER = ("flash_bytes", "ram_bytes")


@dataclass(frozen=True)
class GeneratedModels(Shown):
    """A folder with several networks. `project` is None for plain C arrays."""

    folder: Path
    project: CProject | None
    names: tuple[str, ...]  # in C
    board: str
    goal: str
    flash_bytes: Mapping[str, int | None]  # of all: total, weights, kernels (each once); None: known after the build
    ram_bytes: Mapping[str, int | None]  # total, arena (the largest one, which all share), static (what they remember)
    flash_available_bytes: int
    ram_available_bytes: int
    models: tuple[Analysis, ...]  # each alone, in the order of the names
    broken_limits: tuple[Breach, ...] = ()  # of a budget

    def written(self, project: CProject | None) -> GeneratedModels:
        """The same with the project that was written."""
        return replace(self, project=project)


def generated_models(
    folder: Path,
    names: Sequence[str],
    plans: Sequence[Plan],
    analyses: Sequence[Analysis],
    board: Board,
    budget: Budget,
) -> GeneratedModels:
    """What is known of the networks together and apart, with the limits of the budget that they break."""
    weights = sum(analysis.flash_bytes["weights"] or 0 for analysis in analyses)
    known = all(analysis.flash_bytes["kernels"] is not None for analysis in analyses)
    table = goal_table(board.core, analyses[0].goal)
    kernels = table.code_bytes(kernels_of(plans)) if known else None
    ram = ram_bytes_of(plans)
    found = GeneratedModels(
        folder=folder,
        project=None,
        names=tuple(names),
        board=board.name,
        goal=analyses[0].goal,
        flash_bytes={"total": None if kernels is None else weights + kernels, "weights": weights, "kernels": kernels},
        ram_bytes={"total": sum(ram.values()), **ram},
        flash_available_bytes=board.flash.usable_bytes,
        ram_available_bytes=board.ram.usable_bytes,
        models=tuple(analyses),
    )
    return replace(found, broken_limits=_broken(found, budget))


def _broken(found: GeneratedModels, budget: Budget) -> tuple[Breach, ...]:
    """Limits on bytes hold for all together, those on an inference for each; others cannot be told of several."""
    for name in budget.limits:
        if RULE[name].needs:
            raise UsageError(
                f"the budget limits `{name}`: how often each of {len(found.names)} networks runs is not told",
                "take it out of the budget, or look at one network: edgeopt analyze",
            )
    together = Budget({name: limit for name, limit in budget.limits.items() if name in _TOGETHER})
    each = Budget({name: limit for name, limit in budget.limits.items() if name not in _TOGETHER})
    broken = breaches(judge(together, {name: _bytes(getattr(found, name)["total"]) for name in _TOGETHER}))
    for name, analysis in zip(found.names, found.models, strict=True):
        figures = {"latency_ms": analysis.latency_ms, "energy_uj": analysis.energy_uj, "peak_mw": analysis.power_mw}
        for breach in breaches(judge(each, figures, ONLY_DATA_TELL)):
            broken += (replace(breach, source=f"`{name}`: {breach.source}"),)
    return broken


def _bytes(count: int | None) -> Quantity:
    if count is None:
        return unknown("the code of the kernels is known after the build")
    return Quantity(count, ESTIMATED, "of all networks")
