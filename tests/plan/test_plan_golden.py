"""The plans of small networks, as text; `pytest --accept` rewrites them."""

from collections.abc import Callable

import pytest
from support.networks import NETWORKS

from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import format_plan, plan


@pytest.mark.parametrize("goal", ["latency", "ram"])
@pytest.mark.parametrize("name", NETWORKS)
def test_plan(name: str, goal: str, golden: Callable[[str], None]) -> None:
    graph = optimize(load_bytes(NETWORKS[name](), name))
    golden(format_plan(plan(graph, Target("cortex-m4f", goal))) + "\n")
