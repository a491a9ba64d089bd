"""A TensorFlow function becomes a .tflite: float, or int8 where it was trained with ranges in it. In the worker."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import Brought, baseline_path
from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.safety.operations import operators_of, refuse_operations

_RANGES = "FakeQuant"  # operators that hold a trained range; quantization-aware training puts them there


def lower(make_converter: Callable[[], Any], graph: Any, names: Iterable[str], output: Path) -> Brought:
    """Write the model of a tf.lite.TFLiteConverter. `graph`: its GraphDef; `names`: of its inputs, by their authors."""
    plain = make_converter().convert()
    if not any(operator.startswith(_RANGES) for operator in operators_of(graph)):
        output.write_bytes(plain)
        return Brought()
    import tensorflow as tf

    converter = make_converter()
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    output.write_bytes(_with_input_names(converter.convert(), tuple(names)))
    baseline_path(output).write_bytes(plain)
    return Brought(baseline=True)


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
        entry.name.decode() if isinstance(entry.name, bytes) else entry.name: entry.tensorIndex
        for signature in model.signatureDefs or []
        for entry in signature.inputs
    }
    for name in names:
        if name in by_name:
            graph.tensors[by_name[name]].name = f"serving_default_{name}:0"
    return flatfile.write(model)
