"""Finer numbers for a network that lost accuracy: only its data can tell what they bring."""

from collections.abc import Iterator

from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change


@REMEDIES.register("finer numbers")
def finer_numbers(case: Case, breach: Breach) -> Iterator[Change]:
    if breach.name == "accuracy" and breach.actual is not None:
        yield Change("--mixed auto lifts the layers that integers hurt most, --activations int16 all of them", {})
