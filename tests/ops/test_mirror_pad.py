"""MIRROR_PAD against tflite-micro, and LiteRT's reference for types that it lacks."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import DTYPES, any_quant, ints, random_shape, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel, UnsupportedModel

REFLECT, SYMMETRIC = 0, 1


def _case(rng: np.random.Generator, shape: list[int], pads: list[list[int]], mode: int, dtype: str = "int8") -> Case:
    quant = any_quant(rng, dtype)
    out = Value([extent + sum(pair) for extent, pair in zip(shape, pads, strict=True)], quant, dtype)
    return with_samples(rng, Case("MIRROR_PAD", [Value(shape, quant, dtype), ints(pads)], out, {"mode": mode}))


def _random_case(rng: np.random.Generator, dtype: str) -> Case:
    shape, mode = random_shape(rng), int(rng.integers(2))
    pads, first = [[0, 0] for _ in shape], int(rng.integers(len(shape)))
    for axis in range(first, min(first + 2, len(shape))):
        pads[axis] = rng.integers(0, shape[axis] + mode, 2).tolist()
    return _case(rng, shape, pads, mode, dtype)


def core_cases(rng: np.random.Generator) -> list[Case]:
    pads = [[0, 0], [1, 2], [2, 1], [0, 0]]
    return [_case(rng, [2, 4, 5, 20], pads, SYMMETRIC), _case(rng, [2, 4, 5, 3], pads, REFLECT, "int32")]


@pytest.mark.parametrize("dtype", DTYPES)
def test_equals_the_oracle_for_random_pads(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    prove([_random_case(rng, dtype) for _ in range(15)], tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("pad", "mode"), [(4, SYMMETRIC), (3, REFLECT), (-1, REFLECT)])
def test_refuses_more_than_there_is_to_mirror(pad: int, mode: int) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel, match="no mirror image"):
        Case("MIRROR_PAD", [Value([3], quant), ints([[0, pad]])], Value([3 + pad], quant), {"mode": mode}).graph()


def test_refuses_pads_that_are_apart() -> None:
    quant = (0.1, 0)
    case = Case("MIRROR_PAD", [Value([3, 1, 3], quant), ints([[1, 0], [0, 0], [0, 1]])], Value([4, 1, 4], quant))
    with pytest.raises(UnsupportedModel, match="it pads one dimension, or two that follow each other"):
        case.graph()
