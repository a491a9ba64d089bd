"""A float .tflite made ready for quantization: verified, of a fixed batch, with what is constant computed once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.litert import LiteRt
from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.quantizer.indices import narrow_indices
from edgeopt.convert.quantizer.network import Network
from edgeopt.convert.quantizer.products import write_as_products
from edgeopt.convert.sequences import WITH_STATE
from edgeopt.errors import MalformedModel
from edgeopt.ir import Array

_FOLDED_TYPES = ("FLOAT32", "INT32", "INT64", "BOOL")
_MOST_FOLDED_ELEMENTS = 2**24
_CHANCE = ("RANDOM_UNIFORM", "RANDOM_STANDARD_NORMAL", "MULTINOMIAL")
_WITH_STATE_OR_CHANCE = (*WITH_STATE, "VAR_HANDLE", *_CHANCE)


def checked_bytes(model: Path, name: str) -> bytes:
    """The file's bytes, which LiteRT's verifier has passed: reading it into objects follows its offsets blindly."""
    data = model.read_bytes()
    try:
        LiteRt(data, "optimized", name)  # which knows more operators than the reference kernels
    except MalformedModel as error:
        raise MalformedModel(error.message, "export or download the model again") from None
    return data


def prepare(data: bytes) -> Network:
    """The network of a verified float model: a batch of one, and no operator whose result never changes.

    SHAPE, STRIDED_SLICE and PACK in front of a RESHAPE are such operators, and DEQUANTIZE of float16 weights.
    """
    network = Network(data)
    for tensor in network.model.subgraphs[0].tensors:
        tensor.shapeSignature = None  # an open batch is a batch of one from here on
    values = _constant_results(network)
    _make_constant(network, values)
    _keep_live_operators(network)
    write_as_products(network.model)
    narrow_indices(network.model)
    flatfile.renumber(network.model, {})
    return Network(flatfile.write(network.model))


def _constant_results(network: Network) -> dict[int, Array]:
    """Values of the tensors that depend on no input, as LiteRT computes them."""
    constant: set[int] = set()
    for index, operator in enumerate(network.operators):
        reads, writes = network.reads(index), network.writes(index)
        known = all(tensor in constant or tensor == -1 or network.is_constant(tensor) for tensor in reads)
        if (known or operator == "SHAPE") and operator not in _WITH_STATE_OR_CHANCE and _are_plain(network, writes):
            constant.update(writes)
    if not constant:
        return {}
    interpreter = every_tensor_interpreter(network.data)
    for detail in interpreter.get_input_details():
        interpreter.set_tensor(detail["index"], np.zeros(detail["shape"], detail["dtype"]))
    interpreter.invoke()
    return {tensor: np.array(interpreter.get_tensor(tensor)) for tensor in sorted(constant)}


def every_tensor_interpreter(data: bytes) -> Any:
    """LiteRT with the values of every tensor kept, one thread, its own kernels: the same values in every run."""
    from ai_edge_litert import interpreter

    resolver = interpreter.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
    made = interpreter.Interpreter(
        model_content=data,
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=resolver,
        num_threads=1,
    )
    made.allocate_tensors()
    return made


def _are_plain(network: Network, tensors: tuple[int, ...]) -> bool:
    types = {str(network.type_of(tensor)) for tensor in tensors}
    sizes = (int(np.prod(network.shape(tensor), dtype=np.int64)) for tensor in tensors)
    return types.issubset(_FOLDED_TYPES) and all(0 <= size <= _MOST_FOLDED_ELEMENTS for size in sizes)


def _make_constant(network: Network, values: dict[int, Array]) -> None:
    model = network.model
    for index, value in values.items():
        buffer = flatfile.schema().BufferT()
        buffer.data = np.frombuffer(value.tobytes(), np.uint8)
        model.subgraphs[0].tensors[index].buffer = len(model.buffers)
        model.subgraphs[0].tensors[index].shape = list(value.shape)
        model.buffers.append(buffer)
    operators = model.subgraphs[0].operators
    model.subgraphs[0].operators = [
        operator for index, operator in enumerate(operators) if not set(network.writes(index)) <= set(values)
    ]


def _keep_live_operators(network: Network) -> None:
    """Drop what no output needs; operators with state write to what no tensor shows, and stay."""
    graph = network.model.subgraphs[0]
    needed = set(network.outputs)
    kept = []
    for operator in reversed(graph.operators):
        name = flatfile.schema().BuiltinOperator
        code = network.model.operatorCodes[operator.opcodeIndex].builtinCode
        if needed.intersection(int(i) for i in operator.outputs) or code == name.ASSIGN_VARIABLE:
            kept.append(operator)
            needed.update(int(i) for i in operator.inputs)
    graph.operators = kept[::-1]
