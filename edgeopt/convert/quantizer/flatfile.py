"""A .tflite file as the schema's objects, and back to bytes that microcontrollers can read in place."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from edgeopt.ir import Array

_ALIGNMENT_BYTES = 16


def schema() -> Any:
    """The schema's generated classes; LiteRT has them, and is imported in the worker only."""
    from ai_edge_litert import schema_py_generated

    return schema_py_generated


def read(data: bytes) -> Any:
    """The objects of a file that LiteRT's verifier has passed, with data that lies behind the flatbuffer taken in.

    Files of other tools may have it there, and microcontrollers cannot read it.
    """
    model = schema().ModelT.InitFromObj(schema().Model.GetRootAs(data, 0))
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def write(model: Any) -> bytes:
    """The file's bytes; the same objects give the same bytes."""
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    for buffer in model.buffers:
        if buffer.data is not None and len(buffer.data):
            buffer.Pack = functools.partial(_pack_aligned, np.asarray(buffer.data, np.uint8))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def text(name: bytes | str) -> str:
    """A name, which the generated code gives as bytes."""
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name


def renumber(model: Any, replaced: Mapping[int, int]) -> dict[int, int]:
    """Drop the tensors, buffers and operator codes that nothing uses any more; what the file says beside its graph
    (signatures) follows `replaced`, old to new tensors, and the new numbers. Metadata was about another file: it goes.
    Returns the new numbers by the old ones.
    """
    graph = model.subgraphs[0]
    lists = [op.inputs for op in graph.operators] + [op.outputs for op in graph.operators]
    lists += [op.intermediates for op in graph.operators if op.intermediates is not None]
    used = sorted({int(index) for indices in [*lists, graph.inputs, graph.outputs] for index in indices} - {-1})
    number = {-1: -1, **{old: new for new, old in enumerate(used)}}
    graph.tensors = [graph.tensors[old] for old in used]
    for operator in graph.operators:
        operator.inputs = _translated(operator.inputs, number)
        operator.outputs = _translated(operator.outputs, number)
        if operator.intermediates is not None:
            operator.intermediates = _translated(operator.intermediates, number)
    graph.inputs = _translated(graph.inputs, number)
    graph.outputs = _translated(graph.outputs, number)
    model.signatureDefs = [
        signature
        for signature in model.signatureDefs or []
        if all(replaced.get(e.tensorIndex, e.tensorIndex) in number for e in [*signature.inputs, *signature.outputs])
    ]
    for signature in model.signatureDefs:
        for entry in [*signature.inputs, *signature.outputs]:
            entry.tensorIndex = number[replaced.get(entry.tensorIndex, entry.tensorIndex)]
    model.metadata, model.metadataBuffer = None, None
    _drop_unused_buffers(model)
    _drop_unused_codes(model)
    return number


def _translated(indices: Iterable[int], number: Mapping[int, int]) -> list[int]:
    return [number[int(index)] for index in indices]


def _drop_unused_buffers(model: Any) -> None:
    """Buffer 0 is empty by convention; each other one that is kept keeps its order."""
    tensors = model.subgraphs[0].tensors
    used = [0, *sorted({int(tensor.buffer) for tensor in tensors} - {0})]
    number = {old: new for new, old in enumerate(used)}
    model.buffers = [model.buffers[old] for old in used]
    for tensor in tensors:
        tensor.buffer = number[int(tensor.buffer)]


def _drop_unused_codes(model: Any) -> None:
    operators = model.subgraphs[0].operators
    used = sorted({int(operator.opcodeIndex) for operator in operators})
    number = {old: new for new, old in enumerate(used)}
    model.operatorCodes = [model.operatorCodes[old] for old in used]
    for operator in operators:
        operator.opcodeIndex = number[int(operator.opcodeIndex)]


def _pack_aligned(data: Array, builder: Any) -> int:
    """A buffer with its data on 16 bytes, as the schema asks (force_align) and its generated Python code forgets."""
    builder.StartVector(1, len(data), _ALIGNMENT_BYTES)
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data.tobytes()
    vector = builder.EndVector()
    schema().BufferStart(builder)
    schema().BufferAddData(builder, vector)
    return int(schema().BufferEnd(builder))
