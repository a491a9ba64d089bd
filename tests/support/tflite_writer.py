"""Small .tflite files, made in a test: tensors, operators, bytes.

m = ModelBuilder()
x = m.tensor([1, 8, 8, 3], "int8", scale=0.5, zero_point=-3)
w = m.tensor([4, 3, 3, 3], "int8", scale=[0.1, 0.2, 0.3, 0.4], axis=0, data=weights)
y = m.tensor([1, 8, 8, 4], "int8", scale=0.7)
m.op("CONV_2D", [x, w, -1], [y], {"padding": "SAME", "fused_activation_function": "RELU"})
model = m.finish([x], [y])
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from edgeopt.schema.tflite import OPTIONS_OF

schema = pytest.importorskip(
    "ai_edge_litert.schema_py_generated", reason="pip install ai-edge-litert (extra `quantize`)"
)
flatbuffers = pytest.importorskip("flatbuffers", reason="pip install flatbuffers")

# The operator versions that TensorFlow's converter gives to the int8 forms; 1 where not listed.
VERSIONS = {
    "CONV_2D": 3,
    "DEPTHWISE_CONV_2D": 3,
    "FULLY_CONNECTED": 4,
    "ADD": 2,
    "MUL": 2,
    "SUB": 2,
    "AVERAGE_POOL_2D": 2,
    "MAX_POOL_2D": 2,
    "MEAN": 2,
    "PAD": 2,
    "PADV2": 2,
    "SOFTMAX": 2,
    "LOGISTIC": 2,
    "TANH": 2,
    "RELU": 2,
    "RELU6": 2,
    "LEAKY_RELU": 2,
    "CONCATENATION": 2,
    "QUANTIZE": 2,
    "DEQUANTIZE": 2,
}
OPTIONS = {operator: table for operator, (_, table) in OPTIONS_OF.items()}
# Where the schema's default is no working value
DEFAULTS = {"stride_h": 1, "stride_w": 1, "depth_multiplier": 1, "beta": 1.0}
ENUMS = {
    "padding": schema.Padding,
    "fused_activation_function": schema.ActivationFunctionType,
    "weights_format": schema.FullyConnectedOptionsWeightsFormat,
}


class ModelBuilder:
    """Collects tensors and operators of one subgraph; `finish` writes the file."""

    def __init__(self) -> None:
        self._tensors: list[Any] = []
        self._operators: list[Any] = []
        self._buffers: list[Any] = [schema.BufferT()]  # the first is empty by convention
        self._codes: dict[str, int] = {}

    def tensor(
        self,
        shape: Sequence[int],
        dtype: str = "int8",
        scale: float | Sequence[float] | None = None,
        zero_point: int | Sequence[int] = 0,
        axis: int = 0,
        data: Any = None,
        name: str | None = None,
    ) -> int:
        """Index of a new tensor; `data` makes it constant, several scales make it per channel along `axis`.

        The data of an int4 is given as int8 of -8..7.
        """
        tensor = schema.TensorT()
        tensor.name = f"t{len(self._tensors)}" if name is None else name
        tensor.shape = list(shape)
        tensor.type = getattr(schema.TensorType, dtype.upper())
        tensor.hasRank = True
        if scale is not None:
            tensor.quantization = _quantization(scale, zero_point, axis)
        if data is not None:
            array = np.asarray(data, "int8" if dtype == "int4" else dtype)
            assert array.size == np.prod(shape, dtype=int), f"{array.size} elements for shape {list(shape)}"
            tensor.buffer = len(self._buffers)
            self._buffers.append(_AlignedBuffer(pack_int4(array) if dtype == "int4" else array))
        self._tensors.append(tensor)
        return len(self._tensors) - 1

    def op(
        self, name: str, inputs: Sequence[int], outputs: Sequence[int], options: Mapping[str, Any] | None = None
    ) -> None:
        """Append operator `name`, a BuiltinOperator or a custom code; options as edgeopt names them; -1: no input."""
        operator = schema.OperatorT()
        operator.opcodeIndex = self._codes.setdefault(name, len(self._codes))
        operator.inputs, operator.outputs = list(inputs), list(outputs)
        if name in OPTIONS:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, OPTIONS[name])
            operator.builtinOptions = _options(OPTIONS[name], options or {})
        elif not hasattr(schema.BuiltinOperator, name):
            operator.customOptions = list((options or {}).get("custom_options", b""))
        else:
            assert not options, f"{name} takes no options"
        self._operators.append(operator)

    def finish(
        self,
        inputs: Sequence[int],
        outputs: Sequence[int],
        edit: Callable[[Any], None] | None = None,
    ) -> bytes:
        """The file; `edit` may spoil the schema's object model before it is written."""
        model = schema.ModelT()
        model.version = 3
        model.description = "made by a test"
        model.subgraphs, model.buffers = [self._graph("main", inputs, outputs)], self._buffers
        model.operatorCodes = [_operator_code(name) for name in self._codes]
        if edit is not None:
            edit(model)
        builder = flatbuffers.Builder(1024)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())

    def into_subgraph_of(self, model: Any) -> None:
        """Appends the tensors and operators to another file's object model, as a subgraph without inputs, outputs."""
        for tensor in self._tensors:
            tensor.buffer += len(model.buffers) if tensor.buffer else 0
        for operator in self._operators:
            operator.opcodeIndex += len(model.operatorCodes)
        model.buffers += self._buffers
        model.operatorCodes += [_operator_code(name) for name in self._codes]
        model.subgraphs.append(self._graph("further", [], []))

    def _graph(self, name: str, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
        graph = schema.SubGraphT()
        graph.name = name
        graph.tensors, graph.operators = self._tensors, self._operators
        graph.inputs, graph.outputs = list(inputs), list(outputs)
        return graph


def pack_int4(values: Any) -> Any:
    """int8 values of -8..7 as the schema stores INT4: two a byte, the first in the low half; an odd last one alone."""
    assert values.size == 0 or (values.min() >= -8 and values.max() <= 7), "no int4"
    nibbles = np.pad(values.reshape(-1).view(np.uint8) & 15, (0, values.size % 2))
    return nibbles[::2] | nibbles[1::2] << 4


class _AlignedBuffer(schema.BufferT):  # type: ignore[misc,name-defined]
    """Constant data on 16 bytes, as the schema asks (force_align), which the generated Python code does not do."""

    def __init__(self, array: Any) -> None:
        super().__init__()
        self.data = np.frombuffer(array.tobytes(), np.uint8)

    def Pack(self, builder: Any) -> int:  # noqa: N802
        builder.StartVector(1, len(self.data), 16)
        builder.head = builder.head - len(self.data)
        builder.Bytes[builder.head : builder.head + len(self.data)] = self.data.tobytes()
        data = builder.EndVector()
        schema.BufferStart(builder)
        schema.BufferAddData(builder, data)
        return int(schema.BufferEnd(builder))


def _quantization(scale: float | Sequence[float], zero_point: int | Sequence[int], axis: int) -> Any:
    quantization = schema.QuantizationParametersT()
    quantization.scale = [float(s) for s in np.atleast_1d(np.asarray(scale, np.float32))]
    zero_points = [int(z) for z in np.atleast_1d(np.asarray(zero_point))]
    quantization.zeroPoint = zero_points * len(quantization.scale) if len(zero_points) == 1 else zero_points
    quantization.quantizedDimension = axis
    return quantization


def _options(table: str, options: Mapping[str, Any]) -> Any:
    result = getattr(schema, table + "T")()
    fields = {name.lower(): name for name in vars(result)}
    for name, default in DEFAULTS.items():
        if name.replace("_", "") in fields:
            setattr(result, fields[name.replace("_", "")], default)
    for name, value in options.items():
        field = fields[name.replace("_", "")]
        setattr(result, field, getattr(ENUMS[name], value) if name in ENUMS else value)
    return result


def _operator_code(name: str) -> Any:
    code = schema.OperatorCodeT()
    number = getattr(schema.BuiltinOperator, name, schema.BuiltinOperator.CUSTOM)
    code.builtinCode = number
    code.deprecatedBuiltinCode = min(number, schema.BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES)
    code.customCode = name if number == schema.BuiltinOperator.CUSTOM else None
    code.version = VERSIONS.get(name, 1)
    return code
