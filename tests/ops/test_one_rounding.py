"""Constants that requantize with one rounding: equal to the double rounding for every accumulator of the layer."""

import numpy as np
import pytest

from edgeopt.ir import Array
from edgeopt.ops._lanes import FACTOR, fits_lanes, lane_bias, lane_words
from edgeopt.ops._one_rounding import OneRounding, accumulator_range, one_rounding
from edgeopt.ops._requant import Requant

SEED = 5
CHANNELS = 6


def random_layer(rng: np.random.Generator) -> tuple[Requant, int, tuple[int, int], Array, Array]:
    """Requantization, zero point, clamp and range of accumulators of a layer."""
    shifts = -rng.integers(1, 14, CHANNELS)
    multipliers = rng.integers(2**30, 2**31, CHANNELS)
    zero_point = int(rng.choice([-128, 127, *rng.integers(-128, 128, 2)]))
    clamp = [(-128, 127), (zero_point, 127), (max(zero_point, -3), max(zero_point, 40))][int(rng.integers(3))]
    bound = np.minimum(2**20, 700 << -shifts)
    low, high = -rng.integers(0, bound + 1), rng.integers(0, bound + 1)
    return Requant(tuple(map(int, multipliers)), tuple(map(int, shifts))), zero_point, clamp, low, high


def of_channel(found: OneRounding, c: int) -> OneRounding:
    tie = None if found.tie is None else found.tie[c : c + 1]
    return OneRounding(found.factor, found.shift[c : c + 1], found.multiplier[c : c + 1], found.addend[c : c + 1], tie)


@pytest.mark.parametrize("factor", [64, 256])
@pytest.mark.parametrize("shared_shift", [True, False])
def test_equals_the_double_rounding_for_every_accumulator(factor: int, shared_shift: bool) -> None:
    rng = np.random.default_rng(SEED)
    found_some, with_tie = 0, 0
    for _ in range(60):
        requant, zero_point, clamp, low, high = random_layer(rng)
        found = one_rounding(requant, zero_point, clamp, low, high, factor, shared_shift)
        if found is None:
            continue
        found_some += 1
        with_tie += found.tie is not None
        assert not shared_shift or len(set(found.shift.tolist())) == 1
        for c in range(CHANNELS):
            acc = np.arange(low[c], high[c] + 1)[:, None]
            alone = Requant((requant.multipliers[c],), (requant.shifts[c],))
            wanted = alone.apply(acc, zero_point, clamp)
            assert np.array_equal(of_channel(found, c).apply(acc, clamp), wanted), f"seed {SEED}: {requant} {c}"
    assert found_some >= 15 and 0 < with_tie < found_some, (found_some, with_tie)


def test_one_shift_a_channel_always_serves() -> None:
    rng = np.random.default_rng(SEED)
    for _ in range(40):
        requant, zero_point, _, _, high = random_layer(rng)
        clamp = (zero_point, 127)  # as a ReLU has it: no negative result is told apart
        found = one_rounding(requant, zero_point, clamp, -high, np.minimum(high, 2**22), 256, shared_shift=False)
        assert found is not None and found.tie is None, f"seed {SEED}: {requant} {zero_point}"


def test_a_channel_with_one_output_is_let_off() -> None:
    requant = Requant((2**30, 2**30), (0, -8))  # no shift to the right, and an accumulator far beyond 32 bits
    found = one_rounding(requant, -128, (-128, 127), np.array([2**30, 0]), np.array([2**30, 1000]), 256)
    assert found is not None and found.multiplier[0] == 0
    assert found.apply(np.array([[2**30, 0]]), (-128, 127)).tolist() == [[127, -128]]


def test_refuses_accumulators_beyond_32_bits() -> None:
    requant = Requant((2**30,), (-12,))
    assert one_rounding(requant, 0, (-128, 127), np.array([-(2**23)]), np.array([0]), 256) is None
    assert one_rounding(requant, 0, (-128, 127), np.array([-(2**23) + 1]), np.array([0]), 256) is not None


def test_refuses_what_wraps_when_it_is_shifted_to_the_left() -> None:
    low, high = np.array([-213_925_758]), np.array([-209_133_798])  # a seed of test_every_way.py found it
    assert one_rounding(Requant((1_258_291_200,), (9,)), -7, (-7, 127), low, high, 256) is None


def test_accumulator_range_holds_for_padding_too() -> None:
    low, high = accumulator_range(np.array([[3, -2]]), np.array([10]), 5, 255)  # inputs are never at the zero point
    assert (low.tolist(), high.tolist()) == ([10 - 2 * 255], [10 + 3 * 255])


@pytest.mark.parametrize("inputs", [1, 2, 3, 4, 5, 7, 8, 17])
def test_lanes_give_256_times_the_sum(inputs: int) -> None:
    rng = np.random.default_rng(SEED + inputs)
    rows = rng.integers(-127, 128, (CHANNELS, inputs))
    x, zero_point = rng.integers(-128, 128, inputs), int(rng.integers(-128, 128))
    bias = rng.integers(-2000, 2000, CHANNELS)
    padded = np.pad(x.astype(np.int8), (0, -inputs % 4))
    even = padded.reshape(-1, 4)[:, ::2].astype(np.int64) + 128
    odd = (padded.view("<i4") ^ 0x007F007F).view("<i2").reshape(-1, 2).astype(np.int64)
    words = lane_words(rows)
    wide = np.stack([words & 0xFFFF, words >> 16], axis=-1).astype(np.uint16).astype(np.int16).astype(np.int64)
    narrow = (wide & 0xFF).astype(np.uint8).astype(np.int8).astype(np.int64)
    sums = (wide * even + narrow * odd).sum(axis=(1, 2)) + lane_bias(rows, bias, zero_point)
    assert np.array_equal(sums.astype(np.int32), (FACTOR * (bias + rows @ (x - zero_point))).astype(np.int32))


def test_a_weight_of_minus_128_fits_beside_a_weight_that_is_not_negative() -> None:
    assert fits_lanes(np.array([[-128, 0, 5, -128]], np.int8))
    assert not fits_lanes(np.array([[5, 5, -128, -1]], np.int8))
