"""Whatever the network and whatever the file: remedies are found or there are none, and a wrong file is refused."""

from pathlib import Path

import numpy as np
import pytest
from support import networks
from support.budgets import broken_of, case_of
from support.random_networks import random_network

from edgeopt.budget import RULES, load_budget
from edgeopt.energy.use import parse_use
from edgeopt.errors import UsageError
from edgeopt.ir import Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize

TIGHT = {rule.name: rule.high if rule.at_least else rule.low for rule in RULES}
USE = parse_use({"every_s": 1.0, "cell": "2xAA"})
KNOWN = ("residual", "every_operator", "mixed", "int4", "int16", "moving", "normalizing", "several_inputs_and_outputs")
SOUND = b'flash_bytes = 100_000\npeak_mw = 15.5\nbattery_days = 30\n[duty_cycle]\nevery_s = 10\ncell = "CR2032"\n'


def graph_of(model: bytes) -> Graph:
    return optimize(load_bytes(model, "net"))


def check_remedies(graph: Graph, board: str) -> None:
    """Every limit is broken; what a remedy says of itself must agree with its figure."""
    case = case_of(graph, TIGHT, board, use=USE)
    broken = broken_of(case)
    assert list(broken) == [rule.name for rule in RULES]
    for breach in broken.values():
        for remedy in breach.remedies:
            assert remedy.text and not remedy.also_breaks, "all limits are broken already"
            if remedy.value is not None and breach.actual is not None:
                assert (remedy.value > breach.actual) == (breach.name in ("battery_days", "accuracy"))


@pytest.mark.parametrize("name", KNOWN)
def test_any_network_can_be_searched(name: str) -> None:
    check_remedies(graph_of(getattr(networks, name)()), "nucleo-l4r5zi")


@pytest.mark.parametrize("board", ["nucleo-g071rb", "nucleo-h743zi", "mps3-an547", "esp32-devkit"])
def test_on_any_board(board: str) -> None:
    check_remedies(graph_of(networks.residual()), board)


def test_random_networks_can_be_searched(rng: np.random.Generator) -> None:
    for seed in rng.integers(1 << 30, size=3):
        check_remedies(graph_of(random_network(int(seed))), "nucleo-l4r5zi")


def test_a_damaged_budget_is_read_or_refused(tmp_path: Path, rng: np.random.Generator) -> None:
    file = tmp_path / "budget.toml"
    refused = 0
    for _ in range(400):
        spoilt = bytearray(SOUND)
        for position in rng.integers(0, len(spoilt), int(rng.integers(1, 6))):
            spoilt[position] = int(rng.integers(256)) if rng.random() < 0.3 else rng.choice(list(SOUND))
        file.write_bytes(bytes(spoilt))
        try:
            load_budget(file)
        except UsageError as error:
            refused += 1
            assert str(file) in error.message and error.hint
    assert refused > 100
