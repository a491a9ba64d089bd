"""Tensors of a .tflite: names, types, shapes, quantization, constant data; each checked against the others."""

from collections.abc import Sequence
from math import prod

import numpy as np

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Quant, Shape, Tensor
from edgeopt.load.flatbuffer import AGAIN, Reader, Record
from edgeopt.load.names import UniqueNames, printable

MAX_RANK = 8
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
    "UINT64": "uint64",
    "UINT32": "uint32",
    "UINT16": "uint16",
    "UINT8": "uint8",
    "BOOL": "bool",
}
_REFUSED = {"sparsity": "is sparse", "is_variable": "is a variable", "external_buffer": "lies in another file"}
TO_INT8 = "convert the model to full int8: edgeopt convert"
STATIC_SHAPES = "convert the model with fixed shapes, e.g. keras.Input(batch_shape=(1, 32, 32, 3))"


class Tensors:
    """The tensors of a subgraph by index. They are made when asked for, since what nothing reads need not be sound."""

    def __init__(self, reader: Reader, records: Sequence[Record], buffers: Sequence[Record]) -> None:
        self._reader = reader
        self._records = records
        self._buffers = buffers
        self._made: dict[int, Tensor] = {}
        self.names = _unique_names(records)

    def __getitem__(self, index: int) -> Tensor:
        if index not in self._made:
            self._made[index] = self._make(self.name(index), self._records[index])
        return self._made[index]

    def name(self, index: int) -> str:
        """The name of tensor `index`, which must be there."""
        if not 0 <= index < len(self.names):
            raise MalformedModel(f"it uses tensor {index}, and there are {len(self.names)}", AGAIN)
        return self.names[index]

    def _make(self, name: str, record: Record) -> Tensor:
        for field, what in _REFUSED.items():
            if record[field]:
                raise UnsupportedModel(f"tensor `{name}` {what}", "convert the model without that")
        if record["type"] not in _DTYPES:
            raise UnsupportedModel(f"tensor `{name}` has type {record['type']}", TO_INT8)
        dtype = _DTYPES[record["type"]]
        shape = _shape(name, record, dtype)
        data = self._data(name, record, shape, dtype)
        quant = _quant(name, record["quantization"], shape, dtype)
        if quant is not None and data is None and min(quant.scales) == 0:
            raise _contradiction(name, "the scale 0")
        return Tensor(name, shape, dtype, quant, data)

    def _data(self, name: str, record: Record, shape: Shape, dtype: str) -> Array | None:
        """The constant data as a read-only array; None for what is computed."""
        index = record["buffer"]
        if index >= max(len(self._buffers), 1):
            raise MalformedModel(f"tensor `{name}` uses buffer {index}, and there are {len(self._buffers)}", AGAIN)
        raw = self._buffer(self._buffers[index]) if self._buffers else np.zeros(0, np.uint8)
        expected = prod(shape) * np.dtype(dtype).itemsize
        if raw.size == 0 and expected > 0:
            return None
        if raw.size != expected:
            raise MalformedModel(
                f"tensor `{name}` {list(shape)} of {dtype} has {raw.size} bytes of data, not {expected}",
                AGAIN,
            )
        array = (raw != 0) if dtype == "bool" else raw.view(np.dtype(dtype).newbyteorder("<"))
        array = array.reshape(shape)
        array.flags.writeable = False
        return array

    def _buffer(self, record: Record) -> Array:
        data: Array | None = record["data"]
        if data is None and record["offset"] > 1:  # of files over 2 GB, and where the converter was told so
            data = self._reader.bytes_at(record["offset"], record["size"], "a buffer behind the flatbuffer")
        return np.zeros(0, np.uint8) if data is None else data


def _unique_names(records: Sequence[Record]) -> tuple[str, ...]:
    names = UniqueNames()
    return tuple(
        names.take(printable(record["name"] or "") or f"tensor_{index}") for index, record in enumerate(records)
    )


def _shape(name: str, record: Record, dtype: str) -> Shape:
    sizes = record["shape"]
    if sizes is None:
        return ()
    if len(sizes) > MAX_RANK:
        raise UnsupportedModel(f"tensor `{name}` has {len(sizes)} dimensions; {MAX_RANK} are possible", STATIC_SHAPES)
    shape = tuple(int(size) for size in sizes)
    if min(shape, default=0) < 0:
        raise UnsupportedModel(f"tensor `{name}` has the dynamic shape {list(shape)}", STATIC_SHAPES)
    size_bytes = prod(shape) * np.dtype(dtype).itemsize
    if size_bytes > MAX_TENSOR_BYTES:
        raise UnsupportedModel(
            f"tensor `{name}` has the shape {list(shape)}: {size_bytes:,} bytes", "use a smaller model"
        )
    return shape


def check_static(name: str, record: Record) -> None:
    """An input's shape is fixed; a batch left open is taken as 1. What is computed follows from the inputs."""
    shape = [] if record["shape"] is None else record["shape"].tolist()
    signature = shape if record["shape_signature"] is None else record["shape_signature"].tolist()
    open_axes = [axis for axis, size in enumerate(signature) if size < 0]
    if open_axes and (open_axes != [0] or shape[:1] != [1]):
        text = ", ".join("?" if size < 0 else str(size) for size in signature)
        raise UnsupportedModel(f"input `{name}` has the dynamic shape [{text}]", STATIC_SHAPES)


def _quant(name: str, record: Record | None, shape: Shape, dtype: str) -> Quant | None:
    if record is None or record["scale"] is None or not len(record["scale"]) or dtype.startswith("float"):
        return None
    if record["details_type"]:
        raise UnsupportedModel(f"tensor `{name}` is quantized in blocks or in a custom way", TO_INT8)
    scales, axis = record["scale"], record["quantized_dimension"]
    points = [0] if record["zero_point"] is None or not len(record["zero_point"]) else record["zero_point"]
    if len(scales) > 1 and not (0 <= axis < len(shape) and shape[axis] == len(scales)):
        raise _contradiction(name, f"{len(scales)} scales along axis {axis} of the shape {list(shape)}")
    if len(points) not in (1, len(scales)):
        raise _contradiction(name, f"{len(points)} zero points and {len(scales)} scales")
    # A channel of weights that are all zero may have the scale 0
    strange = scales[~((scales == 0) | ((scales >= MIN_SCALE) & (scales <= MAX_SCALE)))]
    if len(strange):
        raise _contradiction(name, f"the scale {strange[0]}")
    low, high = (0, 1) if dtype == "bool" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    zero_points = tuple(int(point) for point in points) * (len(scales) // len(points))
    if min(zero_points) < low or max(zero_points) > high:
        raise _contradiction(name, f"a zero point outside {low}..{high}")
    return Quant(tuple(float(scale) for scale in scales), zero_points, axis if len(scales) > 1 else 0)


def _contradiction(name: str, what: str) -> MalformedModel:
    return MalformedModel(f"tensor `{name}` has {what}", AGAIN)
