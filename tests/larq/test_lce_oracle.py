"""The oracle itself: the Larq Compute Engine computes what the facts of its file format say, on written models."""

import numpy as np
from support.lce import VALID, LceBuilder, run_lce, with_outputs

from edgeopt.bits import pack_bits, unpack_bits


def test_a_written_convolution_is_an_xor_and_a_count(rng: np.random.Generator) -> None:
    negative = rng.integers(0, 2, [40, 3, 3, 64]).astype(bool)
    thresholds = rng.integers(250, 330, 40)
    m = LceBuilder()
    x = m.tensor([1, 5, 5, 64], "float32")
    bits = m.quantize(x, [1, 5, 5, 64])
    options = {"channels_in": 64, "padding": VALID}
    y = m.bconv(bits, m.weights(negative), [1, 3, 3, 40], options, thresholds=thresholds)
    model = m.finish([x], [y])
    samples = rng.normal(size=[3, 5, 5, 64]).astype(np.float32)
    (found,) = run_lce(model, [samples])
    (packed,) = run_lce(with_outputs(model, [bits]), [samples])
    signs = samples < 0
    assert np.array_equal(packed[:, 0], pack_bits(signs))
    patches = np.lib.stride_tricks.sliding_window_view(signs, (3, 3), axis=(1, 2)).transpose(0, 1, 2, 4, 5, 3)
    counts = (patches[:, :, :, None] != negative).sum(axis=(4, 5, 6))
    assert np.array_equal(unpack_bits(found[:, 0], 40), counts > thresholds)
