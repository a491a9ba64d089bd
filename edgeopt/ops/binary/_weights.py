"""What the limits of operators with weights of one bit ask of their constants."""

import numpy as np

from edgeopt.bits import WORD_BITS, tail_mask
from edgeopt.ir import Tensor
from edgeopt.ops.binary._checks import holds_bits, is_constant

MAX_PRODUCTS = 65_536  # of one sum: eo_bits.h counts in two fields of 16 bits, each of half of them


def are_weights(tensor: Tensor | None, rank: int, channels: int) -> bool:
    """Whether it is constant, with `rank` dimensions, at least one output and words of `channels` bits each."""
    return (
        tensor is not None
        and tensor.is_constant
        and len(tensor.shape) == rank
        and tensor.elements > 0
        and holds_bits(tensor, channels)
    )


def tail_is_zero(words: Tensor, channels: int) -> bool:
    """Whether constant words of `channels` bits have none behind the last channel."""
    last = words.values[..., -1].astype(np.int64) & 0xFFFFFFFF
    return channels % WORD_BITS == 0 or int(last.max()) <= tail_mask(channels)


def thresholds_fit(thresholds: Tensor | None, channels: int, products: int) -> bool:
    """Whether they are constant int32, one a channel, of -1 to 2 `products`."""
    if thresholds is None or not is_constant(thresholds, "int32", (channels,)):
        return False
    return int(thresholds.values.min()) >= -1 and int(thresholds.values.max()) <= 2 * products
