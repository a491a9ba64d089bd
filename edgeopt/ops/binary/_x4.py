"""Weights of one bit for four channels at once, as the kernels eo_*_x4 of cores with Helium read them: eo_bits_x4.h."""

from dataclasses import replace

import numpy as np

from edgeopt.bits import WORD_BITS
from edgeopt.ir import Array, Io, Target, Tensor
from edgeopt.ops.binary._stream import transformed

LANES = 4
CORES = ("cortex-m55",)  # those with Helium
MAX_PRODUCTS = 16_383  # twice as many, and one, are a number of 15 bits
NEVER = 2 * MAX_PRODUCTS + 1
_PIECES = (18, 9)  # words that are counted together, as often as there are so many; 9 once


def suits(products: int, target: Target) -> bool:
    """Whether the kernels are for this core, and hold sums of so many products."""
    return target.core in CORES and products <= MAX_PRODUCTS


def why_not(products: int, target: Target) -> str:
    """Why a core with Helium does not use it for sums of so many products; empty where there is nothing to say."""
    too_many = target.core in CORES and products > MAX_PRODUCTS
    return f"one channel at a time: more than {MAX_PRODUCTS:,} products" if too_many else ""


def as_pixels(io: Io) -> Io:
    """The tensors of a dense layer as those of a convolution of images of one pixel."""

    def widen(tensor: Tensor) -> Tensor:
        shape = (tensor.shape[0], 1, 1, tensor.shape[1])
        return replace(tensor, shape=shape, data=None if tensor.data is None else tensor.data.reshape(shape))

    return Io((widen(io.input(0)), widen(io.input(1)), *io.inputs[2:]), (widen(io.output),))


def scratch_bytes(out_channels: int, patch_bytes: int) -> int:
    """Of the kernels; `patch_bytes` is what the words under a window take elsewhere."""
    return 16 * -(-out_channels // LANES) + LANES * patch_bytes


def fire_stream(rows: Array, thresholds: Array) -> Array:
    """uint32 stream of eo_binary_conv2d_x4: rows [channels, words] int32; a bit is 1 where d > its threshold."""
    lanes = _lanes(rows.shape[0])
    first = np.where(lanes < 0, NEVER, thresholds.astype(np.int64)[lanes] + 1)
    least = ((first << 16) - 1).astype(np.uint32)
    return np.concatenate([least.reshape(-1), _weights(rows, lanes)])


def scale_stream(rows: Array, multiplier: Array, bias: Array) -> Array:
    """uint32 stream of eo_binary_conv2d_x4_s16: rows [channels, words], multiplier and bias [channels] int32."""
    order = np.arange(-(-rows.shape[0] // LANES) * LANES).reshape(-1, LANES)
    lanes = np.where(order < rows.shape[0], order, -1)
    lines = np.stack([np.where(lanes < 0, 0, line[lanes]) for line in (multiplier, bias)], axis=1)  # [vectors, 2, 4]
    return np.concatenate([lines.astype(np.uint32).reshape(-1), _weights(rows, lanes)])


def _lanes(channels: int) -> Array:
    """Channels of the lanes [vectors, 4], -1 for none: the order in which bits go into their words."""
    blocks = []
    for start in range(0, channels, WORD_BITS):
        end = min(start + WORD_BITS, channels)
        vectors = -(-(end - start) // LANES)
        block = start + np.arange(vectors * LANES).reshape(LANES, vectors).T
        blocks.append(np.where(block < end, block, -1))
    return np.concatenate(blocks)


def _weights(rows: Array, lanes: Array) -> Array:
    """The stream of rows [channels, words] as eo_bits_x4.h has it."""
    by_lane = np.where((lanes < 0)[..., None], np.uint32(0), transformed(rows)[lanes])  # [vectors, 4, words]
    pieces, words = [], rows.shape[1]
    start = 0
    while start < words:
        end = start + next((piece for piece in _PIECES if piece <= words - start), words - start)
        pieces.append(by_lane[..., start:end].swapaxes(1, 2).reshape(-1))
        start = end
    stream: Array = np.concatenate(pieces)
    return stream
