"""Where a file goes from float to int8 and back."""

from __future__ import annotations

from edgeopt.ir import Layer
from edgeopt.larq.streams import straight
from edgeopt.larq.values import Pending, Value, pending
from edgeopt.larq.work import RULES, Work
from edgeopt.ops.quantize import Quantize


@RULES.register("DEQUANTIZE")
def dequantize(work: Work, layer: Layer) -> tuple[Value, ...]:
    """The integers stay what they are."""
    return (pending(work.integers(layer.io.input(0), layer.io.input(0).dtype)),)


@RULES.register("QUANTIZE")
def quantize(work: Work, layer: Layer) -> tuple[Value, ...]:
    """To the file's own scale; what is on it already stays what it is."""
    x, y = layer.io.input(0), layer.io.output
    value = work.value(x)
    data = value.tensor if isinstance(value, Pending) else None
    if data is not None and (data.dtype, data.quant) == (y.dtype, y.quant):
        return (value,)
    made = straight(work.builder, value, y) if isinstance(value, Pending) else None
    if made is None:
        made = work.builder.compute(layer.name, Quantize(), [work.integers(x)], y.name, y.dtype, y.q)
    return (pending(made, layer.name),)
