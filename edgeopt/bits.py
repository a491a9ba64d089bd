"""Values of one bit in words, as the Larq Compute Engine has them: bit 1 is -1 and bit 0 is +1.

The last axis is packed, 32 channels a word: channel c is bit c % 32 of word c // 32, and the bits behind the last
channel are 0. A tensor of bits is an int32 tensor of such words; how many channels it holds, its operators know.
"""

import numpy as np

from edgeopt.ir import Array

WORD_BITS = 32


def words_of(channels: int) -> int:
    """Words that hold so many channels."""
    return -(-channels // WORD_BITS)


def pack_bits(bits: Array) -> Array:
    """int32 [..., words] of bits [..., channels], anything but 0 being a 1."""
    channels = bits.shape[-1]
    pads = [(0, 0)] * (bits.ndim - 1) + [(0, words_of(channels) * WORD_BITS - channels)]
    packed = np.packbits(np.pad(bits != 0, pads), axis=-1, bitorder="little")
    return np.ascontiguousarray(packed).view("<i4").astype(np.int32)


def unpack_bits(words: Array, channels: int) -> Array:
    """uint8 0 or 1 [..., channels] of int32 [..., words]."""
    flat = np.ascontiguousarray(words.astype("<i4")).view(np.uint8)
    return np.unpackbits(flat, axis=-1, count=channels, bitorder="little")


def tail_mask(channels: int) -> int:
    """The bits of the last word that are channels."""
    return (1 << ((channels - 1) % WORD_BITS + 1)) - 1
