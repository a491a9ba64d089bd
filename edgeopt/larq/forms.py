"""Float operators by their integer forms, and which scales their tensors have then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, Layer, Quant, Tensor
from edgeopt.larq.streams import HIGH
from edgeopt.larq.values import Value, pending
from edgeopt.larq.work import SMALLEST_SCALE, Work
from edgeopt.ops import OPS
from edgeopt.ops.quantize import Quantize
from edgeopt.quantmath import dtype_range

Q15 = Quant((2.0**-15,), (0,))


def sum_of_streams(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Operands and output each with a scale of its own."""
    operands = [_operand(work, tensor) for tensor in _there(layer)]
    return apply(work, layer, operands, on_scale(layer, "int16", work.quant(layer.io.output)))


def moved(work: Work, layer: Layer, dtype: str = "int8") -> tuple[Value, ...]:
    """Values that only move: as they are; int8 stays int8."""
    tensors = _there(layer)
    data = next(work.integers(tensor, dtype) for tensor in tensors if not tensor.is_constant)
    inputs = [_on_scale_of(work, tensor, data) if tensor.is_constant else data for tensor in tensors]
    return apply(work, layer, inputs, on_scale(layer, data.dtype, data.q))


def joined(work: Work, layer: Layer) -> tuple[Value, ...]:
    """Several tensors that become one: all on its scale."""
    quant = work.quant(layer.io.output)
    inputs = []
    for tensor in _there(layer):
        x = _operand(work, tensor, quant)
        if x.q != quant:
            name = f"{x.name}/rescaled"
            x = work.builder.compute(f"{layer.name}/rescale", Quantize(), [x], name, "int16", quant)
        inputs.append(x)
    return apply(work, layer, inputs, on_scale(layer, "int16", quant))


def rescaled(work: Work, layer: Layer) -> tuple[Value, ...]:
    """One tensor of real values, and an output with a scale of its own; further inputs say how."""
    x, *others = _there(layer)
    outputs = on_scale(layer, "int16", work.quant(layer.io.output))
    return apply(work, layer, [work.integers(x), *others], outputs)


def of_fixed_scale(quant: Quant) -> Callable[[Work, Layer], tuple[Value, ...]]:
    """One tensor of real values, and an output whose scale the operator prescribes."""

    def rule(work: Work, layer: Layer) -> tuple[Value, ...]:
        return apply(work, layer, [work.integers(layer.io.input(0))], on_scale(layer, "int16", quant))

    return rule


def apply(work: Work, layer: Layer, inputs: Sequence[Tensor | None], outputs: Sequence[Tensor]) -> tuple[Value, ...]:
    """The layer on integers."""
    io = Io(tuple(inputs), tuple(outputs))
    form = OPS.choose(layer.operator, io)
    fewest, most = form.arity
    if not fewest <= len(inputs) <= most:
        raise ValueError(f"{len(inputs)} inputs")
    work.builder.add(layer.name, form.parse(layer.options, io), io.inputs, io.outputs)
    return tuple(pending(tensor, layer.name) for tensor in outputs)


def on_scale(layer: Layer, dtype: str, quant: Quant) -> tuple[Tensor, ...]:
    """The float outputs of a layer as integers."""
    return tuple(replace(tensor, dtype=dtype, quant=quant) for tensor in layer.io.outputs)


def _there(layer: Layer) -> list[Tensor]:
    return [layer.io.input(index) for index in range(len(layer.io.inputs))]


def _operand(work: Work, tensor: Tensor, quant: Quant | None = None) -> Tensor:
    """An operand as int16; a constant on its own scale, or on `quant`."""
    if not tensor.is_constant:
        return work.integers(tensor, scale=None if quant is None else quant.scale)
    if tensor.dtype != "float32":
        raise UnsupportedModel(f"the constant `{tensor.name}` is {tensor.dtype}", "convert the model again")
    if quant is None:
        reach = float(np.abs(tensor.values).max(initial=0.0))
        quant = Quant((float(np.float32(max(reach, SMALLEST_SCALE) / HIGH)),), (0,))
    return _quantized(work, tensor, "int16", quant)


def _on_scale_of(work: Work, tensor: Tensor, data: Tensor) -> Tensor:
    """A further input of an operator that moves values: a constant that says how, or a value to be put in between."""
    if tensor.dtype != "float32":
        return tensor
    return _quantized(work, tensor, data.dtype, data.q)


def _quantized(work: Work, tensor: Tensor, dtype: str, quant: Quant) -> Tensor:
    values = np.rint(tensor.values.astype(np.float64) / quant.scale) + quant.zero_point
    return work.builder.constant(f"{tensor.name}/{dtype}", np.clip(values, *dtype_range(dtype)), dtype, quant)
