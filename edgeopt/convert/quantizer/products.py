"""NEG and SQUARE as products: LiteRT's int8 NEG ignores zero points, SQUARE has no int8 form, and MUL is exact.

Keras has a NEG in each LayerNormalization and a SQUARE in each UnitNormalization.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from edgeopt.convert.quantizer import flatfile


def write_as_products(model: Any) -> None:
    """Change the float32 operators NEG and SQUARE of the first graph to MUL: by -1, by itself."""
    codes, graph = flatfile.schema().BuiltinOperator, model.subgraphs[0]
    minus_one: list[int] = []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex].builtinCode
        (first, *_) = [int(index) for index in operator.inputs] or [-1]
        if code not in (codes.NEG, codes.SQUARE) or graph.tensors[first].type != flatfile.schema().TensorType.FLOAT32:
            continue
        if code == codes.NEG and not minus_one:
            minus_one.append(_add_scalar(model, -1.0))
        operator.inputs = [first, minus_one[0] if code == codes.NEG else first]
        operator.opcodeIndex = _code(model, codes.MUL)
        operator.builtinOptionsType = flatfile.schema().BuiltinOptions.MulOptions
        operator.builtinOptions = flatfile.schema().MulOptionsT()


def _add_scalar(model: Any, value: float) -> int:
    """The number of a new constant."""
    buffer, tensor = flatfile.schema().BufferT(), flatfile.schema().TensorT()
    buffer.data = np.frombuffer(np.float32(value).tobytes(), np.uint8)
    tensor.name, tensor.shape, tensor.hasRank = f"constant {value:g}", [], True
    tensor.type, tensor.buffer = flatfile.schema().TensorType.FLOAT32, len(model.buffers)
    model.buffers.append(buffer)
    model.subgraphs[0].tensors.append(tensor)
    return len(model.subgraphs[0].tensors) - 1


def _code(model: Any, number: int) -> int:
    """The index of a builtin operator's code, which is added where it is missing."""
    for index, code in enumerate(model.operatorCodes):
        if code.builtinCode == number:
            return index
    code = flatfile.schema().OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = number
    code.version = 1
    model.operatorCodes.append(code)
    return len(model.operatorCodes) - 1
