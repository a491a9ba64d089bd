"""Real values become bits: what the float steps do to the sign of a sum is a comparison of the sum."""

from __future__ import annotations

import numpy as np

from edgeopt.bits import pack_bits
from edgeopt.ir import Array, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.sources import ALONE, Pooling
from edgeopt.larq.steps import Bend, MaxPool, View, direction, switch
from edgeopt.larq.streams import Scale, settle
from edgeopt.larq.values import Bits, Pending, pending
from edgeopt.ops._window import Window
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D
from edgeopt.ops.reshape import Reshape


def bits_of(builder: Builder, value: Pending, name: str, scale: Scale) -> Bits:
    """The signs of the values as a tensor `name`: 1 where they are below 0, exactly as the float steps have it.

    A max-pool of values is one of their signs: all of a window's are negative if the largest is; where the steps behind
    the pool turn the order round, one negative sign suffices.
    """
    value = _thresholded(builder, value, scale)
    source, chain = value.source, value.chain
    at = switch(chain, source.channels, *source.bounds)
    last = max((index for index, step in enumerate(chain) if isinstance(step, MaxPool)), default=-1)
    moving = [(step, chain[i + 1 :]) for i, step in enumerate(chain[: last + 1]) if isinstance(step, (MaxPool, View))]
    pooling = ALONE
    first = moving[0][0] if moving else None
    if source.can_pool and isinstance(first, MaxPool) and _is_plain(first.window):
        (_, behind), *moving = moving
        pooling = Pooling(first.window.kernel, direction(behind, source.channels) < 0)
    words = source.to_bits(builder, f"{name}/unpooled" if moving else name, at, pooling)
    for index, (step, behind) in enumerate(moving):
        called = name if index == len(moving) - 1 else f"{name}/unpooled"
        if isinstance(step, MaxPool):
            any_of = direction(behind, source.channels) < 0
            words = _pooled(builder, words, step.window, any_of, source.layer, called)
        else:
            shape = (*step.shape[:-1], words.shape[-1])
            words = builder.compute(f"{source.layer}/reshape", Reshape(shape), [words], called, "int32")
    return Bits(words, source.channels, value.shape)


def _thresholded(builder: Builder, value: Pending, scale: Scale) -> Pending:
    """The value behind its last step that a comparison of whole numbers cannot follow; int16 lies between."""
    channels = value.source.channels
    for index in reversed(range(len(value.steps))):
        step, behind = value.steps[index], value.steps[index + 1 :]
        regroups = isinstance(step, View) and step.shape[-1] != channels and any(isinstance(s, MaxPool) for s in behind)
        if regroups or (isinstance(step, Bend) and not step.is_monotone):
            tensor = settle(builder, Pending(value.source, value.steps[: index + 1]), scale)
            return pending(tensor, value.source.layer).then(*behind)
    return value


def _is_plain(window: Window) -> bool:
    return window.kernel == window.stride and not window.is_padded and window.dilation == (1, 1)


def _pooled(builder: Builder, words: Tensor, window: Window, any_of: Array, layer: str, name: str) -> Tensor:
    op = BinaryMaxPool2D(window, any_of.size)
    inputs = [words]
    if np.any(any_of):
        inputs.append(builder.constant(f"{layer}/any", pack_bits(any_of), "int32"))
    return builder.compute(f"{layer}/max_pool", op, inputs, name, "int32")
