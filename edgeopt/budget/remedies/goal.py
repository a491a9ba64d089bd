"""Another goal: the network planned again to save something else."""

from collections.abc import Iterator
from dataclasses import replace

from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.goals import GOALS


@REMEDIES.register("goal")
def goal(case: Case, breach: Breach) -> Iterator[Change]:
    for other in GOALS:
        if other != case.design.goal:
            figures = case.tried(replace(case.design, goal=other))
            if figures is not None:
                yield Change(f"--goal {other}", figures)
