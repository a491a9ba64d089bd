"""Real values become bits: what the float steps do to the sign of a sum is a comparison of the sum."""

from __future__ import annotations

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.sources import ALONE, Pooling
from edgeopt.larq.steps import Bend, MaxPool, direction, switch
from edgeopt.larq.streams import Scale, settle
from edgeopt.larq.values import Bits, Pending, pending
from edgeopt.ops._window import Window
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D


def bits_of(builder: Builder, value: Pending, name: str, scale: Scale) -> Bits:
    """The signs of the values as a tensor `name`: 1 where they are below 0, exactly as the float steps have it.

    A max-pool of values is one of their signs: all of a window's are negative if the largest is; where the steps behind
    the pool turn the order round, one negative sign suffices.
    """
    value = _monotone(builder, value, scale)
    source, chain = value.source, value.chain
    at = switch(chain, source.channels, *source.bounds)
    pools = [
        (step.window, direction(chain[index + 1 :], source.channels) < 0)
        for index, step in enumerate(chain)
        if isinstance(step, MaxPool)
    ]
    pooling = ALONE
    if pools and source.can_pool and _is_plain(pools[0][0]):
        (window, any_of), *pools = pools
        pooling = Pooling(window.kernel, any_of)
    words = source.to_bits(builder, f"{name}/unpooled" if pools else name, at, pooling)
    for index, (window, any_of) in enumerate(pools):
        last = index == len(pools) - 1
        words = _pooled(builder, words, window, any_of, source.layer, name if last else f"{name}/unpooled")
    return Bits(words, source.channels, value.shape)


def _monotone(builder: Builder, value: Pending, scale: Scale) -> Pending:
    """The value behind its last step that is not monotone, which int16 lies between."""
    for index in reversed(range(len(value.steps))):
        step = value.steps[index]
        if isinstance(step, Bend) and not step.is_monotone:
            tensor = settle(builder, Pending(value.source, value.steps[: index + 1]), scale)
            return pending(tensor).then(*value.steps[index + 1 :])
    return value


def _is_plain(window: Window) -> bool:
    return window.kernel == window.stride and not window.is_padded and window.dilation == (1, 1)


def _pooled(builder: Builder, words: Tensor, window: Window, any_of: Array, layer: str, name: str) -> Tensor:
    op = BinaryMaxPool2D(window, any_of.size)
    inputs = [words]
    if np.any(any_of):
        inputs.append(builder.constant(f"{layer}/any", pack_bits(any_of), "int32"))
    return builder.compute(f"{layer}/max_pool", op, inputs, name, "int32")
