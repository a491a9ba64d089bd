"""Random words of bits."""

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array


def random_bits(rng: np.random.Generator, *shape: int) -> Array:
    """int32 words of bits [..., channels], mostly zeros or mostly ones as often as even."""
    return pack_bits(rng.random(shape) < rng.choice([0.1, 0.5, 0.9]))
