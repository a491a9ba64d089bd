"""An int8 model with float inputs and outputs loses the QUANTIZE and DEQUANTIZE at its edges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.quantizer.prepare import checked_bytes


def strip_edges(model: Path, output: Path, name: str) -> list[str]:
    """Write the int8 `model` without the conversions at its edges; `name` stands for it in errors."""
    stripped = flatfile.read(checked_bytes(model, name))
    _remove_edges(stripped)
    output.write_bytes(flatfile.write(stripped))
    return []


def _remove_edges(model: Any) -> None:
    """The int8 tensor behind a removed operator becomes the input or output itself, as inference_input_type=int8
    makes it."""
    operators = flatfile.schema().BuiltinOperator
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
    flatfile.renumber(model, replaced)


def _is_float(tensor: Any) -> bool:
    return bool(tensor.type == flatfile.schema().TensorType.FLOAT32)
