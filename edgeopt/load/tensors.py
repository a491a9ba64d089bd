"""Tensors of a .tflite: names, types, shapes, quantization, constant data; each checked against the others."""

from math import prod

import numpy as np

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Quant, Shape, Tensor
from edgeopt.quantmath import dtype_range
from edgeopt.schema import AGAIN, ModelFile, Record, quantization, shape_and_signature

MAX_TENSOR_BYTES = 2**31 - 1
MIN_SCALE, MAX_SCALE = 1e-30, 1e30  # what lies between stays finite in float32 through every operator's constants
_DTYPES = {
    "FLOAT64": "float64",
    "FLOAT32": "float32",
    "FLOAT16": "float16",
    "INT64": "int64",
    "INT32": "int32",
    "INT16": "int16",
    "INT8": "int8",
    "INT4": "int4",
    "UINT64": "uint64",
    "UINT32": "uint32",
    "UINT16": "uint16",
    "UINT8": "uint8",
    "BOOL": "bool",
}
_RANGES = {"bool": (0, 1), "int4": (-8, 7)}  # of the types that numpy has no iinfo of
_REFUSED = {"sparsity": "is sparse", "external_buffer": "lies in another file"}
TO_INT8 = "convert the model to full int8: edgeopt convert"
STATIC_SHAPES = "convert the model with fixed shapes, e.g. keras.Input(batch_shape=(1, 32, 32, 3))"


class Tensors:
    """The tensors of a file by index. They are made when asked for, since what nothing reads need not be sound."""

    def __init__(self, file: ModelFile) -> None:
        self._file = file
        self._made: dict[int, Tensor] = {}

    def __getitem__(self, index: int) -> Tensor:
        if index not in self._made:
            self._made[index] = self._make(index)
        return self._made[index]

    def _make(self, index: int) -> Tensor:
        name, record = self._file.names[index], self._file.tensors[index]
        for field, what in _REFUSED.items():
            if record[field]:
                raise UnsupportedModel(f"tensor `{name}` {what}", "convert the model without that")
        if record["type"] not in _DTYPES:
            raise UnsupportedModel(f"tensor `{name}` has type {record['type']}", TO_INT8)
        dtype = _DTYPES[record["type"]]
        shape = _shape(name, record, dtype)
        data = _constant(name, self._file.data(index), shape, dtype)
        if dtype == "int4" and data is None:
            raise UnsupportedModel(f"tensor `{name}` is int4 and not constant", "int4 is for weights: " + TO_INT8)
        if data is not None and data.dtype.kind == "f" and not np.isfinite(data).all():
            raise UnsupportedModel(f"tensor `{name}` has values that are not finite", "train the model without them")
        quant = _quant(name, record["quantization"], shape, dtype)
        if quant is not None and data is None and min(quant.scales) == 0:
            raise _contradiction(name, "the scale 0")
        points = record["quantization"]["zero_point"] if quant is not None else None
        if quant is not None and dtype != "int32" and (points is None or not len(points)):
            # LiteRT would take 0, tflite-micro no quantization at all; biases alone need none
            raise _contradiction(name, "scales but no zero points")
        if not record["is_variable"]:
            return Tensor(name, shape, dtype, quant, data)
        if data is not None:
            raise _contradiction(name, "constant data, and is a variable")
        return Tensor(name, shape, dtype, quant, initial=untouched_state(shape, dtype, quant))


def untouched_state(shape: Shape, dtype: str, quant: Quant | None) -> Array:
    """What TFLM's memory of a variable holds before anything is written: int8 zero points, zeros of other types.

    It takes no memory, whatever the shape.
    """
    start = quant.zero_points[0] if quant is not None and dtype == "int8" else 0
    return np.broadcast_to(np.array(start, dtype), shape)


def _constant(name: str, raw: Array, shape: Shape, dtype: str) -> Array | None:
    """The bytes of constant data as a read-only array; None for what is computed."""
    expected = _size_bytes(shape, dtype)
    if raw.size == 0 and expected > 0:
        return None
    if raw.size != expected:
        kind = f"{list(shape)} of {dtype}"
        raise MalformedModel(f"tensor `{name}` {kind} has {raw.size} bytes of data, not {expected}", AGAIN)
    if dtype == "int4":
        array = _unpacked(raw, prod(shape))
    else:
        array = (raw != 0) if dtype == "bool" else raw.view(np.dtype(dtype).newbyteorder("<"))
    array = array.reshape(shape)
    array.flags.writeable = False
    return array


def _unpacked(raw: Array, count: int) -> Array:
    """int4, two a byte with the first in the low half, as int8."""
    high = raw.view(np.int8)
    values: Array = np.stack([np.left_shift(high, 4), high], axis=1).reshape(-1)[:count] >> 4
    return values


def _size_bytes(shape: Shape, dtype: str) -> int:
    return Tensor("", shape, dtype).size_bytes


def _shape(name: str, record: Record, dtype: str) -> Shape:
    shape, _ = shape_and_signature(name, record)
    if min(shape, default=0) < 0:
        raise UnsupportedModel(f"tensor `{name}` has the dynamic shape {list(shape)}", STATIC_SHAPES)
    # as if an extent of 0 were 1: numpy cannot hold a shape whose other extents overflow
    size_bytes = _size_bytes(tuple(max(1, extent) for extent in shape), dtype)
    if size_bytes > MAX_TENSOR_BYTES:
        raise UnsupportedModel(
            f"tensor `{name}` has the shape {list(shape)}: {size_bytes:,} bytes", "use a smaller model"
        )
    return shape


def check_static(name: str, record: Record) -> None:
    """An input's shape is fixed; a batch left open is taken as 1. What is computed follows from the inputs."""
    shape, signature = shape_and_signature(name, record)
    open_axes = [axis for axis, size in enumerate(signature) if size < 0]
    if open_axes and (open_axes != [0] or shape[:1] != (1,)):
        text = ", ".join("?" if size < 0 else str(size) for size in signature)
        raise UnsupportedModel(f"input `{name}` has the dynamic shape [{text}]", STATIC_SHAPES)


def _quant(name: str, record: Record | None, shape: Shape, dtype: str) -> Quant | None:
    quant = None if dtype.startswith("float") else quantization(name, record)
    if record is None or quant is None:
        return None
    if record["details_type"]:
        raise UnsupportedModel(f"tensor `{name}` is quantized in blocks or in a custom way", TO_INT8)
    count, axis = len(quant.scales), quant.axis
    if count > 1 and not (0 <= axis < len(shape) and shape[axis] == count):
        raise _contradiction(name, f"{count} scales along axis {axis} of the shape {list(shape)}")
    for scale in quant.scales:
        if not (scale == 0 or MIN_SCALE <= scale <= MAX_SCALE):  # 0: a channel of weights that are all zero
            raise _contradiction(name, f"the scale {scale}")
    low, high = _RANGES.get(dtype) or dtype_range(dtype)
    if min(quant.zero_points) < low or max(quant.zero_points) > high:
        raise _contradiction(name, f"a zero point outside {low}..{high}")
    return quant


def _contradiction(name: str, what: str) -> MalformedModel:
    return MalformedModel(f"tensor `{name}` has {what}", AGAIN)
