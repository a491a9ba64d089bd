"""int8 weights packed without loss in groups of sixteen, each as wide as it needs; read by kernels/eo_packed_s8.h.

A group is unsigned numbers of some bits: the weights and an offset, half of the range, or a quarter or three quarters
where they lie mostly on one side of 0. That goes with little code, and unpacks by words; it takes what an entropy code
would and 10 % more.
"""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array

GROUP = 16
# What the codes 0..15 mean
_WIDTHS = np.array([*range(9), 3, 4, 5, 6, 4, 5, 6])
_OFFSETS = np.array([0, *(2**width // 2 for width in range(1, 9)), 2, 4, 8, 16, 12, 24, 48])
_CODES_TOGETHER = 4  # in a halfword


def pack_groups(rows: Array, bias: Array) -> tuple[Array, int]:
    """int8 rows [channels, inputs], zeros added, and int32 bias [channels] as halfwords; how many halfwords a bias has.

    Of each row the bias and its groups; in front of every fourth group of all, the codes of four.
    """
    groups = np.pad(rows.astype(np.int64), ((0, 0), (0, -rows.shape[1] % GROUP))).reshape(-1, GROUP)
    codes = _codes(groups)
    bias_halfwords = 1 if np.abs(bias).max(initial=0) < 2**15 else 2
    index = np.arange(codes.size)
    starts_row, has_codes = index % (codes.size // rows.shape[0]) == 0, index % _CODES_TOGETHER == 0
    sizes = _WIDTHS[codes] + bias_halfwords * starts_row + has_codes
    ends = np.cumsum(sizes)
    stream = np.zeros(ends[-1], np.int64)
    at = (ends - sizes)[starts_row]
    for half in range(bias_halfwords):
        stream[at + half] = bias >> 16 * half
    at = (ends - _WIDTHS[codes])[has_codes] - 1
    padded = np.pad(codes, (0, -codes.size % _CODES_TOGETHER)).reshape(-1, _CODES_TOGETHER)
    stream[at] = (padded << 4 * np.arange(_CODES_TOGETHER)).sum(axis=1)
    for code in np.unique(codes):
        width = int(_WIDTHS[code])
        at = (ends[codes == code] - width)[:, None] + np.arange(width)
        stream[at] = _planes(groups[codes == code] + _OFFSETS[code], width)
    return stream.astype(np.uint16), bias_halfwords


def _codes(groups: Array) -> Array:
    """The code of the least width that holds each group, int64 [groups]."""
    low, high = groups.min(axis=1)[:, None], groups.max(axis=1)[:, None]
    holds = (low >= -_OFFSETS) & (high < 2**_WIDTHS - _OFFSETS)
    codes: Array = np.where(holds, _WIDTHS, 99).argmin(axis=1)
    return codes


def _planes(numbers: Array, width: int) -> Array:
    """Unsigned numbers [groups, 16] below 2^width as halfwords [groups, width]: see kernels/eo_packed_s8.h."""
    words = numbers.reshape(-1, 4, 4)  # [group, j, l]
    parts = []
    left = width
    for bits in (8, 4, 2, 1):
        if width & bits:
            left -= bits
            plane = words >> left & (2**bits - 1)
            parts.append(_plane(plane, bits))
    return np.concatenate(parts, axis=1) if parts else np.zeros((numbers.shape[0], 0), np.int64)


def _plane(plane: Array, bits: int) -> Array:
    """Halfwords [groups, bits] of a plane [groups, 4, 4]."""
    if bits == 1:
        shifts = np.arange(4)[:, None] + 4 * np.arange(4)
        bits_of_group: Array = (plane << shifts).sum(axis=(1, 2))[:, None]
        return bits_of_group
    together = 8 // bits  # numbers in a byte
    shifts = bits * np.arange(together)[:, None]
    octets = (plane.reshape(-1, 4 // together, together, 4) << shifts).sum(axis=2).reshape(-1, 2 * bits)
    halfwords: Array = octets[:, ::2] | octets[:, 1::2] << 8
    return halfwords
