"""Runs a .tflite over samples and gives real values, of its outputs or of any of its tensors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from edgeopt.convert.litert import dequantize_values, quantize_values
from edgeopt.convert.quantizer import every_tensor_interpreter
from edgeopt.convert.sequences import begins_anew
from edgeopt.errors import MalformedModel
from edgeopt.ir import Array, Quant


def run(
    model: bytes, columns: Sequence[Array], samples: int, tensors: Sequence[int] | None = None
) -> Iterator[tuple[Array, ...]]:
    """The values of `tensors`, by default the outputs, for each of the first `samples` samples.

    `columns` is [samples, ...] float32 by input; integer inputs get them quantized, integers of tensors that have a
    scale are given as the real values that they stand for. A network of sequences begins anew with each sample.
    """
    anew = begins_anew(model)
    interpreter = every_tensor_interpreter(model)
    inputs = interpreter.get_input_details()
    details = {detail["index"]: detail for detail in interpreter.get_tensor_details()}
    wanted = [detail["index"] for detail in interpreter.get_output_details()] if tensors is None else tensors
    unnamed = next((index for index in wanted if index not in details), None)
    if unnamed is not None:  # LiteRT leaves it out
        raise MalformedModel(f"the name of tensor {unnamed} is no text", "export or download the model again")
    for sample in range(samples):
        if anew:
            interpreter.reset_all_variables()
        for detail, column in zip(inputs, columns, strict=True):
            values = column[sample].reshape(detail["shape"])
            quant = _quant(detail)
            dtype = np.dtype(detail["dtype"]).name
            interpreter.set_tensor(detail["index"], values if quant is None else quantize_values(values, quant, dtype))
        interpreter.invoke()
        yield tuple(_real(interpreter.get_tensor(index), details[index]) for index in wanted)


def outputs_of(model: bytes, columns: Sequence[Array], samples: int) -> tuple[Array, ...]:
    """By output, [samples, *shape]."""
    return stacked(model, columns, samples)


def stacked(
    model: bytes, columns: Sequence[Array], samples: int, tensors: Sequence[int] | None = None
) -> tuple[Array, ...]:
    """As `run`, by tensor: [samples, *shape]."""
    return tuple(np.stack(values) for values in zip(*run(model, columns, samples, tensors), strict=True))


def _quant(detail: dict[str, Any]) -> Quant | None:
    scale, zero_point = detail["quantization"]
    return Quant((float(scale),), (int(zero_point),)) if scale else None


def _real(values: Array, detail: dict[str, Any]) -> Array:
    quant = _quant(detail)
    return values if quant is None else dequantize_values(values, quant)
