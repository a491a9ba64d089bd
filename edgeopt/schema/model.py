"""The graph of a .tflite file, float or int8: tensors as the file has them, operators, constant data."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

import numpy as np

from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Quant, Shape
from edgeopt.schema.flatbuffer import AGAIN, Reader, Record
from edgeopt.schema.names import UniqueNames, is_engines, layer_names, printable
from edgeopt.schema.tflite import CUSTOM, OPERATORS, PLACEHOLDER_FOR_GREATER_OP_CODES, SCHEMA

MAX_RANK = 8
UNROLL = (
    "give recurrent layers batch_shape=(1, steps, features) and unroll=True; or that shape alone to a plain LSTM of "
    "tf-keras (tanh, biases, not stateful), which becomes one operator"
)
_NO_BRANCHES = "take what depends on a tensor's value (tf.cond, tf.switch_case) out of the model"
_CONTROL_FLOW = {  # with the way out
    "WHILE": UNROLL,
    "STABLEHLO_WHILE": UNROLL,
    "IF": _NO_BRANCHES,
    "STABLEHLO_CASE": _NO_BRANCHES,
}
_WITHOUT_OUTPUTS = ("ASSIGN_VARIABLE", "CALL_ONCE")
_NO_DATA = np.zeros(0, np.uint8)


@dataclass(frozen=True)
class Operator:
    """One operator; indices of tensors that are there, -1 for an input that is left out."""

    name: str  # of BuiltinOperator, or the custom code
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]  # one or more, but for CALL_ONCE and ASSIGN_VARIABLE
    record: Record = field(repr=False)


@dataclass(frozen=True)
class ModelFile:
    """The graph of a file. `tensors` are the schema's tables `Tensor`; nothing in them is checked yet."""

    reader: Reader
    tensors: Sequence[Record]
    names: tuple[str, ...]  # of the tensors: each once, on one line, never empty
    operators: tuple[Operator, ...]  # in the file's order, which is the order of execution
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    buffers: Sequence[Record] = field(repr=False)
    further: tuple[
        "ModelFile", ...
    ] = ()  # subgraphs behind the first, which CALL_ONCE runs; no more than there are of it
    attached: Sequence[Record] = field(default=(), repr=False)  # the schema's tables `Metadata`

    @property
    def is_binarized(self) -> bool:
        """Whether it needs the Larq Compute Engine to run."""
        return any(is_engines(operator.name) for operator in self.operators)

    @property
    def layer_names(self) -> tuple[str, ...]:
        """A name for each operator."""
        outputs = [operator.outputs[0] if operator.outputs else None for operator in self.operators]
        tensors = ["" if index is None else self.names[index] for index in outputs]
        return layer_names(zip(tensors, (operator.name for operator in self.operators), strict=True))

    def data(self, tensor: int) -> Array:
        """The bytes of a constant, a view of the file; none for a tensor that is computed."""
        index = self.tensors[tensor]["buffer"]
        if index == 0 and not self.buffers:
            return _NO_DATA
        return self._buffer(index, f"tensor `{self.names[tensor]}`")

    def metadata(self, name: str) -> bytes | None:
        """The content of the metadata of that name; None where there is none, the first where there are several."""
        record = next((record for record in self.attached if record["name"] == name), None)
        return None if record is None else self._buffer(record["buffer"], f"metadata `{name}`").tobytes()

    def _buffer(self, index: int, user: str) -> Array:
        if index >= len(self.buffers):
            raise MalformedModel(f"{user} uses buffer {index}, and there are {len(self.buffers)}", AGAIN)
        buffer = self.buffers[index]
        data: Array | None = buffer["data"]
        if data is None and buffer["offset"] > 1:  # of files over 2 GB, and where the converter was told so
            data = self.reader.bytes_at(buffer["offset"], buffer["size"], "a buffer behind the flatbuffer")
        return _NO_DATA if data is None else data


def read_model(data: bytes) -> ModelFile:
    """The graph in the bytes of a .tflite file.

    Raises MalformedModel for what is no such file or a damaged one, UnsupportedModel for several graphs.
    """
    if data[4:8] != b"TFL3":
        raise MalformedModel("this is no .tflite file", "other kinds of models become one with edgeopt convert")
    reader = Reader(data, SCHEMA)
    model = reader.root("Model")
    subgraphs: Sequence[Record] = model["subgraphs"] or []
    if not subgraphs:
        raise MalformedModel("the file has no graph", AGAIN)
    codes = [_operator_name(code) for code in model["operator_codes"] or []]
    buffers = model["buffers"] or []
    main = _graph(reader, subgraphs[0], codes, buffers)
    _check_further(main, len(subgraphs) - 1)
    further = tuple(_graph(reader, subgraph, codes, buffers) for subgraph in subgraphs[1:])
    return replace(main, further=further, attached=model["metadata"] or [])


def shape_and_signature(tensor: str, record: Record) -> tuple[Shape, Shape]:
    """Sizes of the table `Tensor` as they are in the file, and again with -1 where the model's author left one open.

    The shape may have sizes below 0 too. Raises UnsupportedModel above MAX_RANK, MalformedModel where the two differ.
    """
    vectors = [record[key] for key in ("shape", "shape_signature")]
    if any(vector is not None and len(vector) > MAX_RANK for vector in vectors):
        count = max(len(vector) for vector in vectors if vector is not None)
        raise UnsupportedModel(f"tensor `{tensor}` has {count} dimensions; {MAX_RANK} are possible", "reshape it")
    shape, signature = (() if vector is None else tuple(vector.tolist()) for vector in vectors)
    if signature and len(signature) != len(shape):
        what = f"a signature of {len(signature)} dimensions for a shape of {len(shape)}"
        raise MalformedModel(f"tensor `{tensor}` has {what}", AGAIN)
    return shape, signature or shape


def quantization(tensor: str, record: Record | None) -> Quant | None:
    """Scales, and as many zero points, of the table `Quantization`; None where it has no scales.

    Raises MalformedModel where the counts contradict each other or a scale is no number.
    """
    if record is None or record["scale"] is None or not len(record["scale"]):
        return None
    scales, points = record["scale"].tolist(), [] if record["zero_point"] is None else record["zero_point"].tolist()
    points = points or [0]
    if len(points) not in (1, len(scales)):
        raise MalformedModel(f"tensor `{tensor}` has {len(points)} zero points and {len(scales)} scales", AGAIN)
    for scale in scales:
        if not isfinite(scale):
            raise MalformedModel(f"tensor `{tensor}` has the scale {scale}", AGAIN)
    axis = record["quantized_dimension"] if len(scales) > 1 else 0
    return Quant(tuple(scales), tuple(points) * (len(scales) // len(points)), axis)


def _graph(reader: Reader, graph: Record, codes: Sequence[str], buffers: Sequence[Record]) -> ModelFile:
    tensors = graph["tensors"] or []
    return ModelFile(
        reader,
        tensors,
        _unique_names(tensors),
        tuple(_operator(record, i, codes, len(tensors)) for i, record in enumerate(graph["operators"] or [])),
        _indices(graph["inputs"], len(tensors)),
        _indices(graph["outputs"], len(tensors)),
        buffers,
    )


def _check_further(main: ModelFile, count: int) -> None:
    """UnsupportedModel unless the main graph's CALL_ONCE can account for `count` further subgraphs."""
    for name, operator in zip(main.layer_names, main.operators, strict=True):
        if operator.name in _CONTROL_FLOW:
            raise UnsupportedModel(f"layer `{name}` is control flow ({operator.name})", _CONTROL_FLOW[operator.name])
    if count > sum(operator.name == "CALL_ONCE" for operator in main.operators):
        hint = "convert a single signature, without control flow (if, while)"
        raise UnsupportedModel(f"the model has {count + 1} subgraphs; one is possible", hint)


def _unique_names(records: Sequence[Record]) -> tuple[str, ...]:
    names = UniqueNames()
    return tuple(
        names.take(printable(record["name"] or "") or f"tensor_{index}") for index, record in enumerate(records)
    )


def _operator_name(code: Record) -> str:
    """`CONV_2D`; the custom code of a custom operator; `operator 250` of one that is newer than this schema."""
    old = code["deprecated_builtin_code"]  # has 7 bits; above, it is a placeholder
    number = code["builtin_code"] if old == PLACEHOLDER_FOR_GREATER_OP_CODES else max(old, code["builtin_code"])
    if number == CUSTOM:
        return printable(code["custom_code"] or "") or "CUSTOM"
    return OPERATORS[number] if 0 <= number < len(OPERATORS) else f"operator {number}"


def _operator(record: Record, index: int, codes: Sequence[str], tensors: int) -> Operator:
    code = record["opcode_index"]
    if code >= len(codes):
        raise MalformedModel(f"operator {index} has code {code}, and there are {len(codes)}", AGAIN)
    inputs, outputs = _indices(record["inputs"], tensors, optional=True), _indices(record["outputs"], tensors)
    if not outputs and codes[code] not in _WITHOUT_OUTPUTS:
        raise MalformedModel(f"operator {index}, {codes[code]}, has no output", AGAIN)
    return Operator(codes[code], inputs, outputs, record)


def _indices(vector: Any, tensors: int, optional: bool = False) -> tuple[int, ...]:
    """Indices of tensors, each of which is there, or left out with -1 where that is possible."""
    indices: tuple[int, ...] = () if vector is None else tuple(vector.tolist())
    for index in indices:
        if not (-1 if optional else 0) <= index < tensors:
            raise MalformedModel(f"it uses tensor {index}, and there are {tensors}", AGAIN)
    return indices
