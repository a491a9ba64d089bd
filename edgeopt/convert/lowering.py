"""A TensorFlow function becomes a .tflite: float, or int8 where it was trained with ranges in it. In the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import Brought, Job, baseline_path
from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.safety.operations import operators_of, refuse_operations
from edgeopt.convert.summary import read_summary
from edgeopt.errors import UnsupportedModel

_BETWEEN = ("QUANTIZE", "DEQUANTIZE")
_RANGES = "FakeQuant"  # operators that hold a trained range; quantization-aware training puts them there


def lower(make_converter: Callable[[], Any], graph: Any, names: Iterable[str], job: Job) -> Brought:
    """Write the model of a tf.lite.TFLiteConverter. `graph`: its GraphDef; `names`: of its inputs, by their authors."""
    plain = make_converter().convert()
    if not any(operator.startswith(_RANGES) for operator in operators_of(graph)):
        job.output.write_bytes(plain)
        return Brought()
    import tensorflow as tf

    converter = make_converter()
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    trained = converter.convert()
    _refuse_partial(trained, job.name)
    job.output.write_bytes(_with_input_names(trained, tuple(names)))
    baseline_path(job.output).write_bytes(plain)
    return Brought(baseline=True)


def _refuse_partial(data: bytes, where: str) -> None:
    """UnsupportedModel where training gave ranges to some layers only: no samples can find the others afterwards."""
    layers = [layer for layer in read_summary(data, where).float_layers if layer.operator not in _BETWEEN]
    if layers:
        listed = ", ".join(f"`{layer.name}` ({layer.operator})" for layer in layers)
        raise UnsupportedModel(
            f"{where}: only a part of it was trained with quantization, these layers have no ranges: {listed}",
            "quantize all of it before training: tfmot.quantization.keras.quantize_model(model)",
        )


def traced(function: Any, trust: Trust, name: str) -> Any:
    """The GraphDef of a concrete function; UnsupportedModel where it runs what it should not."""
    graph = function.graph.as_graph_def()
    if not trust.model:
        refuse_operations(operators_of(graph), name)
    return graph


def with_output_names(data: bytes, names: Sequence[str]) -> bytes:
    """The file with its outputs named by their authors, in order; the converter calls them `Identity`."""
    model = flatfile.read(data)
    graph = model.subgraphs[0]
    for index, name in zip(graph.outputs, names, strict=True):
        graph.tensors[index].name = name
    return flatfile.write(model)


def _with_input_names(data: bytes, names: Sequence[str]) -> bytes:
    """The file with its inputs named as float models' are: the converter calls them after their quantizers."""
    model = flatfile.read(data)
    graph = model.subgraphs[0]
    by_name = {
        flatfile.text(entry.name): entry.tensorIndex
        for signature in model.signatureDefs or []
        for entry in signature.inputs
    }
    for name in names:
        if name in by_name:
            graph.tensors[by_name[name]].name = f"serving_default_{name}:0"
    return flatfile.write(model)
