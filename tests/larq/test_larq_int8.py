"""LceBconv2d with an int8 output: the Engine's integers for every count, and nearly every half."""

import numpy as np
import pytest
from support.lce import VALID, LceBuilder, run_lce, with_ranges
from support.proof import reference

from edgeopt.bits import pack_bits
from edgeopt.load import load_bytes
from edgeopt.schema import Ranges

INPUTS, CHANNELS, SAMPLES = 96, 512, 24


@pytest.mark.parametrize("activation", range(4))
def test_the_integers_are_those_of_the_engine(activation: int, rng: np.random.Generator) -> None:
    scale, zero_point = np.float32(rng.uniform(0.01, 0.3)), int(rng.integers(-100, 100))
    makes_halves = rng.random(CHANNELS) < 0.5
    halves = rng.integers(-9, 10, CHANNELS) * scale / 2
    multiplier = np.where(makes_halves, halves, rng.normal(0, 0.2, CHANNELS)).astype(np.float32)
    bias = (scale * (rng.integers(-40, 40, CHANNELS) + rng.choice([0.5, 0.1, 0.0], CHANNELS))).astype(np.float32)
    m = LceBuilder()
    x = m.tensor([1, 3, 3, INPUTS], "float32")
    weights = m.weights(rng.integers(0, 2, [CHANNELS, 1, 1, INPUTS]).astype(bool))
    options = {"channels_in": INPUTS, "padding": VALID, "fused_activation_function": activation}
    y = m.bconv(
        m.quantize(x, [1, 3, 3, INPUTS]),
        weights,
        [1, 3, 3, CHANNELS],
        options,
        multiplier=multiplier,
        bias=bias,
        dtype="int8",
        scale=float(scale),
        zero_point=zero_point,
    )
    signs = m.quantize(y, [1, 3, 3, CHANNELS])
    model = with_ranges(m.finish([x], [y, signs]), Ranges({}, {x: (1 / 127, 0)}))
    graph = load_bytes(model, "case")
    samples = rng.integers(-128, 128, [SAMPLES, 3, 3, INPUTS]).astype(np.int8)
    wanted, wanted_signs = run_lce(model, [samples.astype(np.float32) / 127])
    found, found_signs = map(np.stack, zip(*(reference(graph, [sample[None]]) for sample in samples), strict=True))
    assert len(np.unique(wanted)) > 10
    errors = np.abs(found.astype(np.int64) - wanted).max(axis=(0, 1, 2, 3))
    assert not errors[~makes_halves].any()
    # Where float32 rounds some halves of a channel up and others down, no line does the same
    assert errors.max() <= 1
    assert np.count_nonzero(errors) <= 0.05 * CHANNELS
    assert np.array_equal(pack_bits(found < zero_point), found_signs)
    assert np.array_equal(pack_bits(wanted < zero_point), wanted_signs)
