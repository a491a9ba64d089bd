"""What the limits of several operators ask of a tensor; each answers False rather than raising."""

from collections.abc import Callable, Mapping
from typing import Any

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Io, OpType, Tensor, requires
from edgeopt.quantmath import activation_range


def quantized(tensor: Tensor, *dtypes: str) -> bool:
    """Whether the tensor is of one of `dtypes` and has one scale, above zero, and zero point."""
    quant = tensor.quant
    return tensor.dtype in dtypes and quant is not None and not quant.per_channel and quant.scale > 0


def same_quant(a: Tensor, b: Tensor) -> bool:
    return (
        a.quant is not None and b.quant is not None and a.q.scales == b.q.scales and a.q.zero_points == b.q.zero_points
    )


def int8_throughout(op: Any, io: Io) -> bool:
    return all(quantized(tensor, "int8") for tensor in (*io.inputs, *io.outputs) if tensor is not None)


def symmetric_int16(tensor: Tensor) -> bool:
    return quantized(tensor, "int16") and tensor.q.zero_point == 0


def int16_throughout(op: Any, io: Io) -> bool:
    return all(symmetric_int16(tensor) for tensor in (*io.inputs, *io.outputs) if tensor is not None)


def int16_in_and_out(op: Any, io: Io) -> bool:
    return symmetric_int16(io.input(0)) and symmetric_int16(io.output)


def int8_in_and_out(op: Any, io: Io) -> bool:
    return quantized(io.input(0), "int8") and quantized(io.output, "int8")


def requires_int8(cls: OpType) -> OpType:
    """Class decorator: all tensors are int8, one scale and zero point each."""
    return requires("its tensors are int8, quantized per tensor", int8_throughout)(cls)


def requires_int8_data(cls: OpType) -> OpType:
    """Class decorator: the first input and the output are int8, one scale and zero point each."""
    return requires("its input and output are int8, quantized per tensor", int8_in_and_out)(cls)


def requires_int16(cls: OpType) -> OpType:
    """Class decorator: all tensors are int16, one scale each, zero point 0."""
    return requires("its tensors are int16, quantized per tensor with zero point 0", int16_throughout)(cls)


def requires_int16_data(cls: OpType) -> OpType:
    """Class decorator: the first input and the output are int16, one scale each, zero point 0."""
    return requires("its input and output are int16, quantized per tensor with zero point 0", int16_in_and_out)(cls)


def if_int8(holds: Callable[[Any, Io], bool]) -> Callable[[Any, Io], bool]:
    """A rule about scales and zero points, which says nothing where the tensors are not int8: another rule does."""
    return lambda op, io: not int8_in_and_out(op, io) or holds(op, io)


def if_int16(holds: Callable[[Any, Io], bool]) -> Callable[[Any, Io], bool]:
    """A rule about scales, which says nothing where the tensors are not int16: another rule does."""
    return lambda op, io: not int16_in_and_out(op, io) or holds(op, io)


def fused_clamp(options: Mapping[str, Any], io: Io) -> tuple[int, int]:
    """The fused activation in the output's units, inclusive; int8's own range where the output is not so quantized.

    Raises UnsupportedModel for an activation that is no clamp (TANH, SIGN_BIT).
    """
    if not has_known_activation(options):
        raise UnsupportedModel(f"the fused activation {options['fused_activation_function']} is not supported")
    if not quantized(io.output, "int8", "int16"):
        return -128, 127
    return activation_range(options.get("fused_activation_function", "NONE"), io.output.q, io.output.dtype)


def has_known_activation(options: Mapping[str, Any]) -> bool:
    return options.get("fused_activation_function", "NONE") in ("NONE", "RELU", "RELU6", "RELU_N1_TO_1")
