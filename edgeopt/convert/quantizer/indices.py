"""Indices of 32 bits: TensorFlow's argmax gives 64, which microcontrollers do without and tflite-micro refuses."""

from __future__ import annotations

from typing import Any

from edgeopt.convert.quantizer import flatfile


def narrow_indices(model: Any) -> None:
    """Change the int64 outputs of ARG_MAX and ARG_MIN in the first graph to int32, where no operator reads them."""
    schema, graph = flatfile.schema(), model.subgraphs[0]
    read = {int(index) for operator in graph.operators for index in operator.inputs}
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        (result,) = [int(index) for index in operator.outputs][:1]
        indices = code in (schema.BuiltinOperator.ARG_MAX, schema.BuiltinOperator.ARG_MIN)
        if indices and graph.tensors[result].type == schema.TensorType.INT64 and result not in read:
            graph.tensors[result].type = operator.builtinOptions.outputType = schema.TensorType.INT32
