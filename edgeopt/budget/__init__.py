"""Limits of what a network may cost: which a result breaks, by how much, and what would mend it."""

from edgeopt.budget.design import Cost, Design, Plans, cost_of
from edgeopt.budget.figures import at_work, figures_of, least_energy, warnings_of
from edgeopt.budget.file import Budget, load_budget
from edgeopt.budget.judge import (
    BROKEN,
    KEPT,
    LATER,
    ONLY_DATA_TELL,
    UNSURE,
    Breach,
    Figures,
    Judged,
    Remedy,
    breaches,
    broken,
    judge,
)
from edgeopt.budget.limits import RULE, RULES, Rule, shown
from edgeopt.budget.remedy import REMEDIES, Case, Change, with_remedies
from edgeopt.energy.use import Use

__all__ = [
    "BROKEN",
    "KEPT",
    "LATER",
    "ONLY_DATA_TELL",
    "REMEDIES",
    "RULE",
    "RULES",
    "UNSURE",
    "Breach",
    "Budget",
    "Case",
    "Change",
    "Cost",
    "Design",
    "Figures",
    "Judged",
    "Plans",
    "Remedy",
    "Rule",
    "Use",
    "at_work",
    "breaches",
    "broken",
    "cost_of",
    "figures_of",
    "judge",
    "least_energy",
    "load_budget",
    "shown",
    "warnings_of",
    "with_remedies",
]
