"""The test file of each operator, and the small cases in it that further proofs use."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import numpy as np
from support.graph_case import GraphCase
from support.proof import Case
from support.sequences import Stream

from edgeopt.ops import OPS

FOLDER = Path(__file__).resolve().parents[1] / "ops"


def core_cases(operator: str, rng: np.random.Generator) -> Sequence[Case | Stream | GraphCase]:
    """What the operator's test file has under this name; nothing where it has not."""
    made = getattr(_module(file_of_tests(operator)), "core_cases", None)
    return () if made is None else list(made(rng))


def file_of_tests(operator: str) -> Path:
    """tests/ops/**/test_<name of the operator's class>.py, which must be there."""
    name = OPS.get(operator).name
    found = list(FOLDER.rglob(f"test_{name}.py"))
    assert found, f"write tests/ops/test_{name}.py for {operator}: docs/adding_an_operator.md"
    return found[0]


def _module(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"cases_of_{path.stem}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
