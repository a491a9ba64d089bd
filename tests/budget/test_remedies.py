"""What would mend a broken limit: that each remedy, done, brings what it says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.budgets import broken_of, case_of, image_graph, remedies, value_of
from support.tflite_writer import ModelBuilder

from edgeopt.board import Board, ClockSetting, Figure, load_board
from edgeopt.budget import REMEDIES, Design, Plans, figures_of, with_remedies
from edgeopt.budget.judge import breaches, judge
from edgeopt.budget.remedies.clock import at_clock
from edgeopt.budget.remedies.int4_weights import with_int4_weights
from edgeopt.budget.remedies.smaller_input import shrunk
from edgeopt.cli import _options
from edgeopt.energy import Quantity
from edgeopt.ir import Graph, check_graph
from edgeopt.load import load_bytes

GRAPH = image_graph()


def found_of(design: Design) -> dict[str, Quantity]:
    cost = Plans().cost(design.graph, design.board, design.goal)
    assert not cost.lacking
    return figures_of(cost.cycles, cost.flash_bytes, cost.ram_bytes, design.board, design.use)


def with_clocks(*settings: tuple[int, float | None]) -> Board:
    """A NUCLEO-L4R5ZI whose slower clocks draw so many mA."""
    board = load_board("nucleo-l4r5zi")
    figures = ((hz, Figure(ma, "unknown" if ma is None else "measured", "a test")) for hz, ma in settings)
    return replace(board, clock_settings=tuple(ClockSetting(hz, 0, figure, "a test") for hz, figure in figures))


def test_every_goal_is_tried() -> None:
    case = case_of(GRAPH, {"flash_bytes": 1})
    changes = REMEDIES.get("goal")(case, broken_of(case)["flash_bytes"])
    assert {change.what for change in changes} == {f"--goal {name}" for name in _options.GOALS} - {"--goal balanced"}


@pytest.mark.parametrize("name", ["flash_bytes", "ram_bytes", "latency_ms"])
def test_another_goal_brings_what_it_says(name: str) -> None:
    goal = {"flash_bytes": "flash", "ram_bytes": "ram", "latency_ms": "latency"}[name]
    start = "ram" if goal != "ram" else "latency"
    now = value_of(case_of(GRAPH, {}, goal=start), name)
    case = case_of(GRAPH, {name: now * 0.999}, goal=start)
    best = next(remedy for remedy in broken_of(case)[name].remedies if remedy.name == "goal")
    option, chosen = best.text.split(":")[0].split()
    assert option == "--goal"
    after = found_of(replace(case.design, goal=chosen))[name].value
    assert best.value == after and after is not None and after < now
    assert best.keeps and best.kind == "estimated"


def test_a_limit_that_no_goal_keeps_is_told_so() -> None:
    breach = broken_of(case_of(GRAPH, {"ram_bytes": 16}))["ram_bytes"]
    found = remedies(breach)["goal"]
    assert not found.keeps
    assert f"still {found.value - 16:,.0f} B above" in found.text


def test_a_remedy_tells_what_else_it_breaks() -> None:
    free = case_of(GRAPH, {})
    limits = {"ram_bytes": value_of(free, "ram_bytes") - 1, "latency_ms": value_of(free, "latency_ms")}
    found = remedies(broken_of(case_of(GRAPH, limits))["ram_bytes"])["goal"]
    assert found.also_breaks == ("latency_ms",)
    assert "but breaks latency_ms" in found.text


def test_what_keeps_every_limit_comes_first() -> None:
    free = case_of(GRAPH, {})
    limits = {name: value_of(free, name) * share for name, share in (("ram_bytes", 0.9), ("latency_ms", 1.0))}
    ranks = [(not one.keeps, len(one.also_breaks)) for one in broken_of(case_of(GRAPH, limits))["ram_bytes"].remedies]
    assert ranks == sorted(ranks) and len(ranks) > 1


def test_another_board_keeps_every_limit_with_the_least_energy() -> None:
    free = case_of(GRAPH, {})
    case = case_of(GRAPH, {"energy_uj": value_of(free, "energy_uj") / 2})
    found = remedies(broken_of(case)["energy_uj"])["board"]
    name = found.text.split(":")[0].split()[1]
    after = found_of(replace(case.design, board=load_board(name)))
    assert found.keeps and found.also_breaks == ()
    assert after["energy_uj"].value == found.value and found.value <= case.budget.limits["energy_uj"]


def test_where_no_board_keeps_every_limit_that_is_told() -> None:
    free = case_of(GRAPH, {}, "nrf52840-dk")
    limits = {"latency_ms": value_of(free, "latency_ms") * 0.9, "flash_bytes": 1}
    found = remedies(broken_of(case_of(GRAPH, limits, "nrf52840-dk"))["latency_ms"])["board"]
    assert found.keeps
    assert found.note == "no board keeps every limit with this network"


def test_weights_of_four_bits_take_half_the_flash() -> None:
    free = case_of(GRAPH, {}, goal="flash")
    case = case_of(GRAPH, {"flash_bytes": value_of(free, "flash_bytes") - 10_000}, goal="flash")
    found = remedies(broken_of(case)["flash_bytes"])["int4 weights"]
    graph = with_int4_weights(GRAPH)
    assert graph is not None and check_graph(graph)
    cost = Plans().cost(graph, case.board, "flash")
    assert found.value == cost.flash_bytes.value
    weights = sum(node_weights(GRAPH))
    assert sum(node_weights(graph)) == weights / 2
    assert case.cost.constant_bytes - cost.constant_bytes == pytest.approx(weights / 2, rel=0.02)
    assert with_int4_weights(graph) is None


def node_weights(graph: Graph) -> list[int]:
    return [graph.io(node).input(1).size_bytes for node in graph.nodes if node.op.name in ("conv2d", "fully_connected")]


def test_a_smaller_input_is_the_same_network_on_fewer_pixels() -> None:
    for eighths in range(2, 8):
        size = 24 * eighths // 8
        small, made = shrunk(GRAPH, eighths), image_graph(size)
        assert small is not None
        assert [node.op for node in small.nodes] == [node.op for node in made.nodes]
        shapes = [[t.shape for t in graph.io(node).outputs] for graph in (small, made) for node in graph.nodes]
        assert shapes[: len(small.nodes)] == shapes[len(small.nodes) :]
        assert small.macs == made.macs


def test_the_largest_input_that_keeps_the_limit_is_found() -> None:
    free = case_of(GRAPH, {})
    limit = value_of(free, "latency_ms") * 0.5
    found = remedies(broken_of(case_of(GRAPH, {"latency_ms": limit}))["latency_ms"])["smaller input"]
    kept = []
    for eighths in range(2, 8):
        graph = shrunk(GRAPH, eighths)
        assert graph is not None
        value = found_of(replace(free.design, graph=graph))["latency_ms"].value
        if value is not None and value <= limit:
            kept.append((eighths, value))
    eighths, value = kept[-1]
    assert found.value == value
    assert f"an input of {24 * eighths // 8} x {24 * eighths // 8} instead of 24 x 24" in found.text


@pytest.fixture
def small_dense() -> Graph:
    """A dense layer behind a flattened image."""
    m = ModelBuilder()
    x = m.tensor((1, 8, 8, 2), scale=0.05)
    flat = m.tensor((1, 128), scale=0.05)
    m.op("RESHAPE", [x, m.tensor((2,), "int32", data=[1, 128])], [flat])
    w = m.tensor((4, 128), scale=0.01, data=np.ones((4, 128), np.int8))
    y = m.tensor((1, 4), scale=0.1)
    m.op("FULLY_CONNECTED", [flat, w], [y])
    return load_bytes(m.finish([x], [y]), "dense")


def test_a_network_whose_weights_depend_on_the_size_has_no_smaller_input(small_dense: Graph) -> None:
    assert shrunk(small_dense, 4) is None


def test_the_layer_that_dominates_is_named_as_a_binarized_one() -> None:
    free = case_of(GRAPH, {}, goal="flash")
    case = case_of(GRAPH, {"flash_bytes": value_of(free, "flash_bytes") * 0.7}, goal="flash")
    found = remedies(broken_of(case)["flash_bytes"])["binarized layer"]
    node = GRAPH.nodes[2]  # 64 x 3 x 3 x 64 weights: neither the first nor the last layer
    assert f"`{node.name}`" in found.text and "Larq" in found.note
    saved = case.figures["flash_bytes"].value - found.value
    weights = GRAPH.io(node).input(1).size_bytes
    # an eighth of the bits stays; a threshold a channel, the parameters and another kernel come, multipliers go
    assert 0.75 * weights < saved < 0.95 * weights


def test_no_layer_is_named_where_none_dominates() -> None:
    case = case_of(GRAPH, {"ram_bytes": 16})
    assert "binarized layer" not in remedies(broken_of(case)["ram_bytes"])  # the arena stays as it is


def test_a_slower_clock_is_tried_with_its_own_current() -> None:
    board = with_clocks((60_000_000, 10.0), (24_000_000, 4.0))
    case = case_of(GRAPH, {"peak_mw": 40.0}, board)
    breach = broken_of(case)["peak_mw"]
    found = [remedy for remedy in breach.remedies if remedy.name == "clock"]
    assert [remedy.text.split(",")[0] for remedy in found] == [
        "the core at 24 MHz instead of 120 MHz: 12 mW",
        "the core at 60 MHz instead of 120 MHz: 30 mW",
    ]
    slow = at_clock(board, board.clock_settings[1])
    after = case_of(GRAPH, {"peak_mw": 40.0}, slow)
    assert not broken_of(after) and value_of(after, "peak_mw") == pytest.approx(12.0)
    assert value_of(after, "latency_ms") > 4 * value_of(case, "latency_ms")


def test_a_clock_whose_current_nobody_knows_is_named_so() -> None:
    breach = broken_of(case_of(GRAPH, {"peak_mw": 40.0}, with_clocks((24_000_000, None))))["peak_mw"]
    found = remedies(breach)["clock"]
    assert found.value is None and not found.keeps and "measure it" in found.note


def test_lost_accuracy_names_finer_numbers() -> None:
    case = case_of(GRAPH, {"accuracy": 0.9})
    case = replace(case, figures={**case.figures, "accuracy": Quantity(0.8, "simulated", "a test")})
    (breach,) = with_remedies(case, breaches(judge(case.budget, case.figures)))
    assert "--mixed auto" in remedies(breach)["finer numbers"].text


def test_an_estimate_is_held_to_what_was_found() -> None:
    """As after a build: the firmware takes 5,000 B more than its estimate, and twice the cycles."""
    free = case_of(GRAPH, {}, goal="latency")
    latency, flash = value_of(free, "latency_ms"), value_of(free, "flash_bytes")
    figures = {
        **free.figures,
        "latency_ms": Quantity(latency * 2, "simulated", "a run"),
        "flash_bytes": Quantity(flash + 5_000, "simulated", "a link"),
    }
    limits = {"flash_bytes": flash + 4_999, "latency_ms": latency}
    case = replace(case_of(GRAPH, limits, goal="latency"), figures=figures)
    found = {breach.name: remedies(breach) for breach in with_remedies(case, breaches(judge(case.budget, figures)))}
    other = found_of(replace(case.design, goal="flash"))
    assert found["flash_bytes"]["goal"].value == pytest.approx(other["flash_bytes"].value + 5_000)
    smaller = found["latency_ms"]["smaller input"]
    alone = remedies(broken_of(case_of(GRAPH, {"latency_ms": latency / 2}, goal="latency"))["latency_ms"])
    assert smaller.value == pytest.approx(2 * alone["smaller input"].value)
    assert smaller.kind == "estimated"


def test_every_remedy_is_looked_at_by_a_test() -> None:
    tests = "".join(file.read_text() for file in Path(__file__).parent.glob("test_remedies*.py"))
    assert [name for name in REMEDIES.names() if f'["{name}"]' not in tests] == []
