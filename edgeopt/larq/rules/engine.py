"""The operators of the Larq Compute Engine."""

from __future__ import annotations

import numpy as np

from edgeopt.ir import Array, Layer
from edgeopt.larq.engine_int8 import int8_line
from edgeopt.larq.operators import Bconv2d, max_pool_window
from edgeopt.larq.sources import ConvCounts
from edgeopt.larq.steps import Add, Clamp, Line, MaxPool, Multiply, Step
from edgeopt.larq.values import Bits, Pending, Signs, Value, pending
from edgeopt.larq.work import RULES, Work
from edgeopt.ops.binary.max_pool_2d import BinaryMaxPool2D


@RULES.register("LceQuantize")
def quantize(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Bits of real values; of what is made of bits they are those bits."""
    value = work.value(layer.io.input(0))
    return (Signs(value) if isinstance(value, Pending) else value,)


@RULES.register("LceDequantize")
def dequantize(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Bits stay bits, until somebody needs them as numbers."""
    return (work.bits(layer.io.input(0)),)


@RULES.register("LceBMaxPool2d")
def max_pool(work: Work, layer: Layer) -> tuple[Value, ...]:
    window = max_pool_window(layer)
    value = work.value(layer.io.input(0))
    if isinstance(value, Signs):  # then the layer before pools as well
        return (Signs(value.of.then(MaxPool(window))),)
    bits = work.bits(layer.io.input(0))
    words = work.builder.compute(
        layer.name, BinaryMaxPool2D(window, bits.channels), [bits.words], layer.io.output.name, "int32"
    )
    return (Bits(words, bits.channels, (*words.shape[:-1], bits.channels)),)


@RULES.register("LceBconv2d")
def convolution(work: Work, layer: Layer) -> tuple[Value, ...]:
    engine = Bconv2d.of(layer)
    x, y = layer.io.input(0), layer.io.output
    words = work.in_rows(layer.name, work.bits(x), (*x.shape[:-1], engine.channels))
    source = ConvCounts(
        layer.name, (*y.shape[:-1], len(engine.negative)), words, engine.negative, engine.window, engine.groups,
        engine.pad_zero,
    )  # fmt: skip
    if engine.thresholds is not None:
        return (Signs(Pending(source, (_beyond(engine.thresholds, engine.products),))),)
    if y.dtype == "int8":
        return (pending(source.scaled(work.builder, y.name, *int8_line(engine, y))),)
    return (Pending(source, _float_steps(engine, y.name)),)


def _beyond(thresholds: Array, products: int) -> Step:
    """The file's own rule, on doubled counts: bit = d > 2 threshold; a threshold of no count is -1 or all of them."""
    doubled = 2.0 * np.clip(thresholds.astype(np.float64), -1, products)
    return Line(np.full(doubled.size, -1.0), doubled)


def _float_steps(engine: Bconv2d, tensor: str) -> tuple[Step, ...]:
    """As the engine computes: the doubled count clamped, times -multiplier, plus K multiplier + bias rounded once."""
    assert engine.multiplier is not None and engine.bias is not None
    low, high = engine.count_bounds
    clamp = () if engine.activation is None else (Clamp(low, high),)
    term = engine.products * engine.multiplier.astype(np.float64) + engine.bias.astype(np.float64)
    return (*clamp, Multiply(-engine.multiplier), Add(term.astype(np.float32), tensor=tensor))
