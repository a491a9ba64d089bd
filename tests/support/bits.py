"""Random words of bits."""

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array

# around what fills quarters, halves and whole words
CHANNELS = (1, 2, 3, 4, 5, 8, 12, 15, 16, 17, 20, 31, 32, 33, 36, 48, 63, 64, 65, 80, 100)


def random_bits(rng: np.random.Generator, *shape: int) -> Array:
    """int32 words of bits [..., channels], mostly zeros or mostly ones as often as even."""
    return pack_bits(rng.random(shape) < rng.choice([0.1, 0.5, 0.9]))
