"""The C of a small network, file by file; `pytest --accept` rewrites it."""

from collections.abc import Callable

import pytest

from edgeopt.emit import Network, model_files
from edgeopt.emit.binding import model_binding
from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, plan


@pytest.fixture
def small_plan(small_model: bytes) -> Plan:
    return plan(optimize(load_bytes(small_model, "small")), Target())


@pytest.mark.parametrize("file", ["small.h", "small.c", "small_weights.h", "small_weights.c"])
def test_file(file: str, small_plan: Plan, golden: Callable[[str], None]) -> None:
    golden(model_files(small_plan, "small")[file])


def test_binding(small_plan: Plan, golden: Callable[[str], None]) -> None:
    golden(model_binding([Network(small_plan, "small")]))
