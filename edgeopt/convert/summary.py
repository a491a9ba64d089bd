"""What a .tflite file is, before anything heavy touches it: float, int8, hybrid; its inputs, outputs and layers.

`edgeopt.load` reads a model in full and checks every offset; this reads the little that conversion has to know, of
float files too. The schema package follows any offset it is told, so counts are bounded by the file's size first, and
whatever it stumbles over is a damaged file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from math import prod
from typing import Any

import numpy as np
import tflite

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Quant, Tensor

FLOATS = ("float16", "float32", "float64", "bfloat16")
_TYPES = {code: name.lower() for name, code in vars(tflite.TensorType).items() if name.isupper()}
_OPERATORS = {code: name for name, code in vars(tflite.BuiltinOperator).items() if name.isupper()}
_READS_PER_BYTE = 16  # how often a file's bytes are read at most; each is needed once
_DAMAGED = "the file is damaged or was cut off: export or download it again"


class Kind(Enum):
    """What the tensors of a model say about how it computes."""

    INT8 = "full int8"
    FLOAT_EDGES = "int8 with float inputs or outputs"
    FLOAT = "float"
    HYBRID = "hybrid"
    OTHER = "integer, but not int8 at its inputs and outputs"


@dataclass(frozen=True)
class Layer:
    """One operator of the file; `inputs` and `outputs` are indices of tensors, -1 an input that is left out."""

    operator: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """The one subgraph of a .tflite file. Tensors come without their data; `constants` says which have some."""

    tensors: tuple[Tensor, ...]
    constants: frozenset[int]
    layers: tuple[Layer, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[index] for index in self.inputs)

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[index] for index in self.outputs)

    @property
    def float_layers(self) -> tuple[Layer, ...]:
        """Layers that read or write a float tensor."""
        return tuple(layer for layer in self.layers if any(self._is_float(i) for i in layer.inputs + layer.outputs))

    @property
    def edge_layers(self) -> tuple[Layer, ...]:
        """QUANTIZE of an input and DEQUANTIZE to an output, which an int8 interface does not need."""
        return tuple(
            layer
            for layer in self.float_layers
            if (layer.operator == "QUANTIZE" and layer.inputs[0] in self.inputs)
            or (layer.operator == "DEQUANTIZE" and layer.outputs[0] in self.outputs)
        )

    @property
    def integer_weights(self) -> tuple[Layer, ...]:
        """Float layers that read a constant of less than 32 bits: the sign of a hybrid model."""
        return tuple(layer for layer in self.float_layers if any(self._is_narrow_constant(i) for i in layer.inputs))

    @property
    def kind(self) -> Kind:
        edges, floats = self.edge_layers, self.float_layers
        interface = {self.tensors[index].dtype for index in self.inputs + self.outputs}
        if not floats and interface.isdisjoint(FLOATS):
            return Kind.INT8 if interface == {"int8"} else Kind.OTHER
        if edges and len(edges) == len(floats):
            return Kind.FLOAT_EDGES
        computed = {self.tensors[index].dtype for layer in self.layers for index in layer.outputs}
        narrow = computed & {"int4", "int8", "uint8", "int16", "float16"}
        return Kind.HYBRID if self.integer_weights or narrow else Kind.FLOAT

    def _is_float(self, index: int) -> bool:
        return index >= 0 and self.tensors[index].dtype in FLOATS

    def _is_narrow_constant(self, index: int) -> bool:
        return index in self.constants and self.tensors[index].dtype in ("int4", "int8", "uint8", "int16", "float16")


def read_summary(data: bytes, where: str) -> Summary:
    """The summary of a file's bytes; `where` names it in errors. MalformedModel, UnsupportedModel."""
    if data[4:8] != b"TFL3":
        raise MalformedModel(f"{where}: is not a TensorFlow Lite file", "give a .tflite, .keras, .h5 or SavedModel")
    with _damage_named(where):
        model = tflite.Model.GetRootAs(data, 0)
        subgraphs = model.SubgraphsLength()
        if subgraphs == 1:
            return _Reader(data, model, where).summary()
    raise UnsupportedModel(
        f"{where}: has {subgraphs} subgraphs, edgeopt takes one",
        "control flow (WHILE, IF) makes more: unroll recurrent layers, or export one signature",
    )


@contextlib.contextmanager
def _damage_named(where: str) -> Iterator[None]:
    try:
        yield
    except (MalformedModel, UnsupportedModel):
        raise
    except Exception:  # struct.error, IndexError, ...: whatever following a wrong offset brings
        raise MalformedModel(f"{where}: cannot be read, its tables point outside the file", _DAMAGED) from None


class _Reader:
    """Reads the first subgraph; raises anything at all where the file lies."""

    def __init__(self, data: bytes, model: Any, where: str) -> None:
        self._data = data
        self._model = model
        self._subgraph = model.Subgraphs(0)
        self._where = where
        self._left_bytes = _READS_PER_BYTE * len(data)

    def summary(self) -> Summary:
        count = self._bounded(self._subgraph.TensorsLength())
        records = [self._subgraph.Tensors(index) for index in range(count)]
        tensors = tuple(self._tensor(record) for record in records)
        constants = frozenset(index for index, record in enumerate(records) if self._has_data(record))
        inputs = self._indices(self._subgraph.InputsAsNumpy(), count)
        outputs = self._indices(self._subgraph.OutputsAsNumpy(), count)
        layers = tuple(self._layer(i, tensors) for i in range(self._bounded(self._subgraph.OperatorsLength())))
        if not inputs or not outputs or not layers:
            raise MalformedModel(f"{self._where}: has no inputs, outputs or layers", _DAMAGED)
        return Summary(tensors, constants, layers, inputs, outputs)

    def _bounded(self, count: int) -> int:
        """A vector's length; each element takes 4 bytes or more of the file."""
        if not 0 <= count <= len(self._data) // 4:
            raise ValueError(count)
        return count

    def _spend(self, values: Any) -> Any:
        """The vector or string itself, or an error where a file makes many tables out of the same bytes."""
        if values is None or isinstance(values, int):  # the field is left out
            return ()
        self._left_bytes -= len(values)
        if self._left_bytes < 0:
            raise ValueError(len(values))
        return values

    def _tensor(self, record: Any) -> Tensor:
        shape = tuple(int(size) for size in self._spend(record.ShapeAsNumpy()))
        if any(size < 0 for size in shape) or prod(shape) > 2**40:
            raise ValueError(shape)
        if record.ShapeSignatureLength():
            signature = tuple(int(size) for size in self._spend(record.ShapeSignatureAsNumpy()))
            if -1 in signature[1:]:  # an open batch is run as a batch of one; anything else has no size
                shape = signature
        name = bytes(self._spend(record.Name())).decode("utf-8", "replace")
        return Tensor(name, shape, _TYPES[record.Type()], self._quant(record.Quantization()))

    def _quant(self, record: Any) -> Quant | None:
        scales = () if record is None else tuple(float(scale) for scale in self._spend(record.ScaleAsNumpy()))
        if not scales:
            return None
        zero_points = tuple(int(zero_point) for zero_point in self._spend(record.ZeroPointAsNumpy()))
        zero_points = zero_points or (0,) * len(scales)
        if len(zero_points) != len(scales) or not np.isfinite(scales).all():
            raise ValueError(scales)
        return Quant(scales, zero_points, record.QuantizedDimension())

    def _has_data(self, record: Any) -> bool:
        index = record.Buffer()
        if index >= self._model.BuffersLength():
            raise IndexError(index)
        buffer = self._model.Buffers(index)
        if buffer.Offset() > 1:  # the data lies behind the flatbuffer
            if buffer.Offset() + buffer.Size() > len(self._data):
                raise IndexError(buffer.Offset())
            return bool(buffer.Size())
        data = buffer.DataAsNumpy()
        return not isinstance(data, int) and len(data) > 0  # 0 where the field is left out

    def _layer(self, index: int, tensors: tuple[Tensor, ...]) -> Layer:
        record = self._subgraph.Operators(index)
        inputs = self._indices(record.InputsAsNumpy(), len(tensors), optional=True)
        outputs = self._indices(record.OutputsAsNumpy(), len(tensors))
        code = self._model.OperatorCodes(record.OpcodeIndex())
        # files of before schema 3a hold the code in 8 bits alone
        builtin = max(code.BuiltinCode(), code.DeprecatedBuiltinCode())
        name = tensors[outputs[0]].name.split(";")[0]
        return Layer(_OPERATORS.get(builtin, f"operator {builtin}"), name, inputs, outputs)

    def _indices(self, values: Any, count: int, optional: bool = False) -> tuple[int, ...]:
        indices = tuple(int(value) for value in self._spend(values))
        if any(not (-1 if optional else 0) <= index < count for index in indices):
            raise IndexError(indices)
        return indices
