"""Float .tflite to int8, in the worker: ai-edge-quantizer's static recipe, int8 activations and per-channel weights."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.litert import LiteRt
from edgeopt.errors import MalformedModel
from edgeopt.ir import Array

SIGNATURE = "serving_default"


def quantize(model: Path, calibration: Path, output: Path, name: str) -> list[str]:
    """Write the int8 form of a float .tflite. `calibration`: .npz of `input_<i>`, float32 [samples, *its shape]."""
    from ai_edge_quantizer import quantizer, recipe

    data = _with_signature(_checked(model, name))
    work = quantizer.Quantizer(data, recipe.static_wi8_ai8())
    with np.load(calibration, allow_pickle=False) as arrays:
        columns = {name: arrays[name] for name in arrays.files}
    samples = len(next(iter(columns.values())))
    feed = [{name: column[i] for name, column in columns.items()} for i in range(samples)]
    ranges = work.calibrate({SIGNATURE: feed}, num_threads=1)
    result = work.quantize(ranges).quantized_model
    output.write_bytes(_write(_without_edges(_read(bytes(result)))))
    return []


def strip_edges(model: Path, output: Path, name: str) -> list[str]:
    """Write an int8 model that has float inputs and outputs without the QUANTIZE and DEQUANTIZE at its edges."""
    output.write_bytes(_write(_without_edges(_read(_checked(model, name)))))
    return []


def _checked(model: Path, name: str) -> bytes:
    """The file's bytes, which LiteRT's verifier has passed: reading it into objects follows its offsets blindly."""
    data = model.read_bytes()
    try:
        LiteRt(data, where=name)
    except MalformedModel as error:
        raise MalformedModel(error.message, "export or download the model again") from None
    return data


def _with_signature(data: bytes) -> bytes:
    """The model with one signature: arguments `input_<i>`, results `output_<i>`. Some files have none, some several."""
    model = _read(data)
    graph = model.subgraphs[0]
    for tensor in graph.tensors:
        tensor.shapeSignature = None  # an open batch is a batch of one from here on
    signature = _schema().SignatureDefT()
    signature.signatureKey = SIGNATURE
    signature.subgraphIndex = 0
    signature.inputs = [_entry(f"input_{i}", index) for i, index in enumerate(graph.inputs)]
    signature.outputs = [_entry(f"output_{i}", index) for i, index in enumerate(graph.outputs)]
    model.signatureDefs = [signature]
    return _write(model)


def _entry(name: str, index: int) -> Any:
    entry = _schema().TensorMapT()
    entry.name, entry.tensorIndex = name, int(index)
    return entry


def _without_edges(model: Any) -> Any:
    """The model, edited: the QUANTIZE of each input and the DEQUANTIZE of each output are gone.

    The int8 tensor behind a removed operator becomes the input or output itself, as inference_input_type=int8 makes it.
    """
    operators = _schema().BuiltinOperator
    graph = model.subgraphs[0]
    inputs, outputs = [int(i) for i in graph.inputs], [int(i) for i in graph.outputs]
    replaced: dict[int, int] = {}
    kept = []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        source, target = int(operator.inputs[0]), int(operator.outputs[0])
        if code == operators.QUANTIZE and source in inputs and _is_float(graph.tensors[source]):
            readers = [other for other in graph.operators if source in list(other.inputs)]
            if len(readers) == 1 and source not in outputs:
                replaced[source] = target
                continue
        if code == operators.DEQUANTIZE and target in outputs:
            replaced[target] = source
            continue
        kept.append(operator)
    graph.operators = kept
    graph.inputs = [replaced.get(index, index) for index in inputs]
    graph.outputs = [replaced.get(index, index) for index in outputs]
    _renumber(model, replaced)
    return model


def _renumber(model: Any, replaced: dict[int, int]) -> None:
    """Drop the tensors that no operator uses any more; signatures follow `replaced` and the new numbers."""
    graph = model.subgraphs[0]
    lists = [op.inputs for op in graph.operators] + [op.outputs for op in graph.operators]
    used = sorted({int(index) for indices in [*lists, graph.inputs, graph.outputs] for index in indices} - {-1})
    number = {-1: -1, **{old: new for new, old in enumerate(used)}}
    graph.tensors = [graph.tensors[old] for old in used]
    for operator in graph.operators:
        operator.inputs = [number[int(index)] for index in operator.inputs]
        operator.outputs = [number[int(index)] for index in operator.outputs]
    graph.inputs = [number[index] for index in graph.inputs]
    graph.outputs = [number[index] for index in graph.outputs]
    for signature in model.signatureDefs or []:
        for entry in [*signature.inputs, *signature.outputs]:
            entry.tensorIndex = number[replaced.get(entry.tensorIndex, entry.tensorIndex)]


def _is_float(tensor: Any) -> bool:
    return bool(tensor.type == _schema().TensorType.FLOAT32)


def _schema() -> Any:
    from ai_edge_litert import schema_py_generated

    return schema_py_generated


def _read(data: bytes) -> Any:
    """The file as the schema's objects, with data that lies behind the flatbuffer (as ai-edge-quantizer writes it for
    models of 256 kB and more, and microcontrollers cannot read) taken in."""
    schema = _schema()
    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(data, 0))
    for buffer in model.buffers:
        if buffer.offset > 1:
            buffer.data = np.frombuffer(data, np.uint8, buffer.size, buffer.offset)
            buffer.offset = buffer.size = 0
    return model


def _write(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(1024)
    for buffer in model.buffers:
        if buffer.data is not None and len(buffer.data):
            buffer.Pack = functools.partial(_pack_aligned, np.asarray(buffer.data, np.uint8))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def _pack_aligned(data: Array, builder: Any) -> int:
    """A buffer with its data on 16 bytes, as the schema asks (force_align) and its generated Python code forgets."""
    schema = _schema()
    builder.StartVector(1, len(data), 16)
    builder.head -= len(data)
    builder.Bytes[builder.head : builder.head + len(data)] = data.tobytes()
    vector = builder.EndVector()
    schema.BufferStart(builder)
    schema.BufferAddData(builder, vector)
    return int(schema.BufferEnd(builder))
