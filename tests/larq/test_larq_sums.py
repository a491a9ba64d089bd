"""Which float tensors share a scale because sums join them."""

import pytest

from edgeopt.ir import Io, Layer, Tensor
from edgeopt.larq.sums import shared_reaches

SHAPE = (1, 4, 4, 8)


def layer(operator: str, inputs: str, output: str, shapes: dict[str, tuple[int, ...]] | None = None) -> Layer:
    """Of tensors that have one letter each."""
    tensors = {name: Tensor(name, (shapes or {}).get(name, SHAPE), "float32") for name in (*inputs, output)}
    return Layer(output, operator, {}, Io(tuple(tensors[name] for name in inputs), (tensors[output],)))


CHAIN = [layer("ADD", "ab", "c"), layer("ADD", "cd", "e")]
RANGES = {"a": (-1.0, 0.5), "b": (0.0, 2.0), "c": (-3.0, 2.0), "d": (-0.5, 0.5), "e": (0.0, 4.0)}


def test_a_chain_of_sums_shares_the_largest() -> None:
    assert shared_reaches(CHAIN, RANGES) == dict.fromkeys("abcde", 4.0)


def test_poolings_hand_a_scale_on() -> None:
    layers = [layer("MAX_POOL_2D", "x", "a"), *CHAIN, layer("RESHAPE", "e", "y"), layer("RELU", "y", "z")]
    ranges = RANGES | {"x": (-9.0, 0.0), "y": (0.0, 4.0), "z": (0.0, 4.0)}
    assert shared_reaches(layers, ranges) == dict.fromkeys("abcdexy", 9.0)


def test_without_a_sum_each_has_its_own() -> None:
    assert shared_reaches([layer("MAX_POOL_2D", "x", "a"), layer("MUL", "ab", "c")], RANGES | {"x": (0.0, 9.0)}) == {}


def test_sums_that_meet_late_are_one() -> None:
    layers = [layer("ADD", "ab", "c"), layer("ADD", "de", "f"), layer("ADD", "cf", "g")]
    ranges = RANGES | {"f": (0.0, 1.0), "g": (-8.0, 1.0)}
    assert shared_reaches(layers, ranges) == dict.fromkeys("abcdefg", 8.0)


@pytest.mark.parametrize("own", [(0.0, 4.0 / 33), (0.0, 0.0)])
def test_a_tensor_far_below_the_others_keeps_its_scale(own: tuple[float, float]) -> None:
    assert shared_reaches(CHAIN, RANGES | {"d": own}) == dict.fromkeys("abce", 4.0)


def test_neither_broadcasts_nor_tensors_without_a_range_take_part() -> None:
    assert shared_reaches([layer("ADD", "ab", "c", {"b": (8,)})], RANGES) == {}
    known = {name: RANGES[name] for name in "abcd"}
    assert shared_reaches(CHAIN, known) == dict.fromkeys("abcd", 3.0)
