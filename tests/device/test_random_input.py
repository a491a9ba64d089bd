"""Random inputs from a seed: the device makes the very bytes that the host knows."""

import numpy as np

from edgeopt.device.random_input import RandomSample, input_seed, random_bytes
from edgeopt.ir import Quant, Tensor


def test_xorshift32_by_hand() -> None:
    # 1 -> 1 ^ 1<<13 = 8193; ^ >>17 = 8193; ^ <<5 = 270369
    assert random_bytes(1, 4) == (270369).to_bytes(4, "little")
    assert random_bytes(1, 6)[:4] == random_bytes(1, 4)


def test_seeds_of_inputs_differ_and_are_never_zero() -> None:
    seeds = {input_seed(seed, index) for seed in (0, 1, 0xFFFF_FFFE, 0xFFFF_FFFF) for index in range(3)}
    assert 0 not in seeds
    assert max(seeds) <= 0xFFFF_FFFF
    assert input_seed(5, 0) != input_seed(5, 1)


def test_a_sample_has_one_array_an_input() -> None:
    tensors = [Tensor("a", (1, 3, 5), "int8", Quant((1.0,), (0,))), Tensor("b", (2, 2), "int16")]
    sample = RandomSample(7, tensors)
    assert [(array.shape, array.dtype) for array in sample] == [((1, 3, 5), np.int8), ((2, 2), np.int16)]
    assert len(sample) == 2
    np.testing.assert_array_equal(sample[0], RandomSample(7, tensors)[0])
