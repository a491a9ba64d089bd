"""DEPTH_TO_SPACE against tflite-micro, and LiteRT's reference for int32."""

from pathlib import Path

import numpy as np
import pytest
from support.moving import any_quant, run_whichever_has_it, with_samples
from support.proof import Case, Value, prove

from edgeopt.errors import MalformedModel


def _case(rng: np.random.Generator, extents: list[int], block: int, dtype: str = "int8") -> Case:
    batch, height, width, channels = extents
    shape, out = (batch, height, width, channels * block**2), (batch, height * block, width * block, channels)
    quant = any_quant(rng, dtype)
    options = {"block_size": block}
    return with_samples(rng, Case("DEPTH_TO_SPACE", [Value(shape, quant, dtype)], Value(out, quant, dtype), options))


def core_cases(rng: np.random.Generator) -> list[Case]:
    return [_case(rng, [1, 2, 3, 5], 2), _case(rng, [1, 2, 3, 4], 2), _case(rng, [1, 2, 2, 1], 3, "int32")]


@pytest.mark.parametrize("dtype", ["int8", "int32"])
def test_equals_the_oracle_for_random_shapes(dtype: str, tmp_path: Path, rng: np.random.Generator) -> None:
    cases = [_case(rng, rng.integers(1, 5, 4).tolist(), int(rng.integers(1, 4)), dtype) for _ in range(15)]
    prove(cases, tmp_path, run_whichever_has_it)


@pytest.mark.parametrize(("shape", "block"), [([1, 4, 4, 6], 2), ([1, 4, 4, 4], 0), ([1, 4, 4, 4], -1), ([4, 4, 4], 2)])
def test_refuses_blocks_that_do_not_come_out(shape: list[int], block: int) -> None:
    quant = (0.1, 0)
    with pytest.raises(MalformedModel):
        Case("DEPTH_TO_SPACE", [Value(shape, quant)], Value(shape, quant), {"block_size": block}).graph()
