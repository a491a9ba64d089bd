"""SHARES: C == numpy, near the real softmax, and never another order than that of the scores."""

from pathlib import Path

import numpy as np
import pytest
from support.graph_case import GraphCase, one_node, prove_graphs, tensor
from support.proof import reference

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, Graph
from edgeopt.ops.binary.softmax import MAX_CLASSES, Shares


def network(op: Shares, *shape: int) -> Graph:
    return one_node(op, [tensor("x", shape, "int16", (1.0, 0))], [tensor("y", shape, "int16", (2.0**-15, 0))])


def case(rng: np.random.Generator, step: float, *shape: int) -> GraphCase:
    near = rng.integers(-2000, 2000, shape).astype(np.int16)
    return GraphCase(network(Shares.of_step(step), *shape), [[near], [extremes(shape)], [np.full(shape, -7, np.int16)]])


def extremes(shape: tuple[int, ...]) -> Array:
    return np.resize(np.array([-32768, 32767, 0, 32766], np.int16), shape)


def core_cases(rng: np.random.Generator) -> list[GraphCase]:
    return [case(rng, 1e-3, 2, 10)]


def test_c_equals_numpy(tmp_path: Path, rng: np.random.Generator) -> None:
    steps = [0.0, 1e-9, *np.exp(rng.uniform(np.log(1e-5), np.log(0.5), 12))]
    shapes = [(1,), (1, 1), (3, 2), (1, 10), (2, 3, 100)]
    prove_graphs([case(rng, float(step), *shapes[int(rng.integers(len(shapes)))]) for step in steps], tmp_path)


def test_near_the_real_softmax(rng: np.random.Generator) -> None:
    for step in np.exp(rng.uniform(np.log(1e-5), np.log(0.1), 60)):
        scores = (rng.normal(0, rng.uniform(0.1, 3), [50, 10]) / step).clip(-32768, 32767).astype(np.int16)
        (found,) = reference(network(Shares.of_step(float(step)), 50, 10), [scores])
        powers = np.exp(scores * step - (scores * step).max(axis=1, keepdims=True))
        assert np.abs(found / 2.0**15 - powers / powers.sum(axis=1, keepdims=True)).max() < 2.0**-13


def test_a_larger_score_never_has_the_smaller_share() -> None:
    """Over every difference of two scores, for steps that cross the octaves at many places."""
    for step in (1e-4, 3.3e-4, 1e-3, 0.0123):
        op, below = Shares.of_step(step), np.arange(65_536)
        pairs = np.stack([np.full(65_536, 32767), 32767 - below], axis=1).astype(np.int16)
        (found,) = reference(network(op, 65_536, 2), [pairs])
        assert (np.diff(found[:, 1].astype(int)) <= 0).all()
        assert (found[:, 0] >= found[:, 1]).all()


@pytest.mark.parametrize(
    ("op", "shape", "sentence"),
    [
        (Shares(1 << 16, 3), (4,), "multiplier has 16 bits"),
        (Shares(-1, 3), (4,), "multiplier has 16 bits"),
        (Shares(1, 32), (4,), "shift is 0 to 31"),
        (Shares(1, 3), (MAX_CLASSES + 1,), "1 to 32,767 classes"),
        (Shares(1, 3), (), "1 to 32,767 classes"),
    ],
)
def test_what_it_cannot_do_is_named(op: Shares, shape: tuple[int, ...], sentence: str) -> None:
    with pytest.raises(UnsupportedModel, match=sentence):
        network(op, *shape)


@pytest.mark.parametrize("step", [-1.0, 0.75, float("inf"), float("nan")])
def test_steps_without_a_softmax_are_refused(step: float) -> None:
    with pytest.raises(UnsupportedModel, match="steps are worth"):
        Shares.of_step(step)
