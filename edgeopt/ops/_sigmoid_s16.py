"""Sigmoid and tanh of int16 as TFLM computes them: 256 nodes of the sigmoid, straight lines between them.

Twin of kernels/eo_sigmoid_s16.h. Inputs are brought to 24 nodes a unit first: times 3 / 2^9 of a Q3.12.
"""

from functools import cache

import numpy as np

from edgeopt.ir import Array

_NODES_A_UNIT = 24
Q12_MULTIPLIER = 3  # brings Q3.12 to what `sigmoid` and `tanh` take


@cache
def sigmoid_nodes() -> Array:
    """uint16[256]: sigmoid(i / 24) with 16 fractional bits.

    A chord of a concave function lies below it, by h^2/8 of its second derivative at most. The nodes are lifted by
    half of that, so that the lines are as much above the function as below it.
    """
    x = np.arange(256) / _NODES_A_UNIT
    sigmoid = 1 / (1 + np.exp(-x))
    second_derivative = sigmoid * (1 - sigmoid) * (1 - 2 * sigmoid)
    nodes: Array = np.rint(2.0**16 * (sigmoid - second_derivative / _NODES_A_UNIT**2 / 16)).astype(np.uint16)
    nodes[-1] = 2**16 - 1
    nodes.flags.writeable = False
    return nodes


def sigmoid(x: Array) -> Array:
    """Q15 of sigmoid(x), x int64 with 512 a node."""
    value = np.where(np.abs(x) >> 9 >= 255, 0x7FFF << 10, _between_nodes(np.abs(x), 9))
    half = 1 << 9
    return np.where(x >= 0, value + half, (1 << 25) - value + half - 1) >> 10


def tanh(x: Array) -> Array:
    """Q15 of tanh(x), x int64 with 256 a node: tanh(x) = 2 sigmoid(2x) - 1."""
    value = np.where(np.abs(x) >> 8 >= 255, 0xFFFF << 8, _between_nodes(np.abs(x), 8)) - (1 << 23)
    half = 1 << 7
    return np.where(x >= 0, value + half, half - 1 - value) >> 8


def _between_nodes(x: Array, bits: int) -> Array:
    """The line between the two nodes around x >= 0, with `bits` further fractional bits."""
    nodes = sigmoid_nodes().astype(np.int64)
    index = np.minimum(x >> bits, 254)
    low, high = nodes[index], nodes[index + 1]
    line: Array = (low << bits) + (x & ((1 << bits) - 1)) * (high - low)
    return line
