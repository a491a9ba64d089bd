"""Cases of a budget that a small network breaks, as `edgeopt analyze` would find them."""

from typing import Any

import numpy as np
from support.tflite_writer import ModelBuilder

from edgeopt.board import Board, load_board
from edgeopt.budget import Breach, Budget, Case, Design, Plans, breaches, figures_of, judge, with_remedies
from edgeopt.energy.use import Use, parse_use
from edgeopt.ir import Graph
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize


def image_model(size: int = 24, seed: int = 3) -> bytes:
    """A .tflite for square images: convolutions of stride 1, 2 and 1, a pool over the whole map, a dense layer."""
    rng, m = np.random.default_rng(seed), ModelBuilder()

    def conv(x: int, side: int, inputs: int, outputs: int, stride: int) -> int:
        weights = rng.integers(-127, 128, (outputs, 3, 3, inputs))
        w = m.tensor(weights.shape, scale=[0.004] * outputs, data=weights)
        bias = m.tensor((outputs,), "int32", scale=[0.0002] * outputs, data=rng.integers(-500, 500, outputs))
        y = m.tensor((1, side, side, outputs), scale=0.05, zero_point=-3)
        m.op("CONV_2D", [x, w, bias], [y], {"padding": "SAME", "stride_h": stride, "stride_w": stride})
        return y

    half = -(-size // 2)
    image = m.tensor((1, size, size, 3), scale=0.05, zero_point=-3, name="image")
    features = conv(conv(conv(image, size, 3, 16, 1), half, 16, 64, 2), half, 64, 64, 1)
    pooled = m.tensor((1, 1, 1, 64), scale=0.05, zero_point=-3)
    window = {"filter_height": half, "filter_width": half, "stride_h": half, "stride_w": half, "padding": "VALID"}
    m.op("AVERAGE_POOL_2D", [features], [pooled], window)
    flat = m.tensor((1, 64), scale=0.05, zero_point=-3)
    m.op("RESHAPE", [pooled, m.tensor((2,), "int32", data=[1, 64])], [flat])
    w = m.tensor((10, 64), scale=0.004, data=rng.integers(-127, 128, (10, 64)))
    bias = m.tensor((10,), "int32", scale=0.0002, data=rng.integers(-500, 500, 10))
    logits = m.tensor((1, 10), scale=0.1)
    m.op("FULLY_CONNECTED", [flat, w, bias], [logits])
    return m.finish([image], [logits])


def image_graph(size: int = 24) -> Graph:
    return optimize(load_bytes(image_model(size), "image"))


def case_of(
    graph: Graph,
    limits: dict[str, float],
    board: Board | str = "nucleo-l4r5zi",
    goal: str = "balanced",
    use: Use | None = None,
) -> Case:
    """A network on a board, with its estimated figures."""
    on = load_board(board) if isinstance(board, str) else board
    plans = Plans()
    cost = plans.cost(graph, on, goal)
    figures = figures_of(cost.cycles, cost.flash_bytes, cost.ram_bytes, on, use)
    return Case(Design(graph, on, goal, use), Budget(limits, use), figures, plans=plans)


def use(**values: object) -> Use:
    """A `[duty_cycle]` of one look a second, with 40 uJ for the sensor, unless `values` say otherwise."""
    return parse_use({"every_s": 1.0, "sensor_uj": 40.0} | values)


def broken_of(case: Case) -> dict[str, Breach]:
    """Its broken limits by name, with remedies."""
    return {breach.name: breach for breach in with_remedies(case, breaches(judge(case.budget, case.figures)))}


def value_of(case: Case, name: str) -> float:
    value = case.figures[name].value
    assert value is not None
    return value


def remedies(breach: Breach) -> dict[str, Any]:
    """The first of each name."""
    found: dict[str, Any] = {}
    for remedy in breach.remedies:
        found.setdefault(remedy.name, remedy)
    return found
