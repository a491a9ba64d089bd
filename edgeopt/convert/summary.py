"""What a .tflite file is, before anything heavy touches it: float, int8, binarized; its inputs, outputs and layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from math import prod

from edgeopt.errors import MalformedModel, ModelError
from edgeopt.ir import Shape, Tensor
from edgeopt.schema import AGAIN, ModelFile, Operator, Record, is_engines, quantization, read_model, shape_and_signature

FLOATS = ("float16", "float32", "float64", "bfloat16")
NARROW = ("int4", "int8", "uint8", "int16", "float16")
INDICES = ("int32", "int64")  # an output of these is what ARG_MAX gives
MAX_ELEMENTS = 2**28  # of a tensor: 1 GiB of float32, for which LiteRT takes memory in this process


class Kind(Enum):
    """What the tensors of a model say about how it computes."""

    INT8 = "full int8"
    INT16 = "full integer with int16 activations"
    MIXED = "integer with layers in float between QUANTIZE and DEQUANTIZE"
    FLOAT_EDGES = "int8 with float inputs or outputs"
    FLOAT = "float"
    HYBRID = "hybrid"
    BINARIZED = "binarized, with operators of the Larq Compute Engine"
    OTHER = "integer, but not int8 or int16 at its inputs and outputs"


READY = (Kind.INT8, Kind.INT16, Kind.MIXED)  # what needs no conversion


@dataclass(frozen=True)
class Layer:
    """One operator of the file; `inputs` and `outputs` are indices of tensors, -1 an input that is left out."""

    operator: str
    name: str
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    """The one subgraph of a .tflite file. Tensors come without their data; `constants` says which have some."""

    tensors: tuple[Tensor, ...]
    constants: frozenset[int]
    layers: tuple[Layer, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def input_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[index] for index in self.inputs)

    @property
    def output_tensors(self) -> tuple[Tensor, ...]:
        return tuple(self.tensors[index] for index in self.outputs)

    @property
    def float_layers(self) -> tuple[Layer, ...]:
        """Layers that read or write a float tensor."""
        return tuple(layer for layer in self.layers if any(self._is_float(i) for i in layer.inputs + layer.outputs))

    @property
    def edge_layers(self) -> tuple[Layer, ...]:
        """QUANTIZE of an input and DEQUANTIZE to an output, which an int8 interface does not need."""
        return tuple(
            layer
            for layer in self.float_layers
            if (layer.operator == "QUANTIZE" and layer.inputs[0] in self.inputs)
            or (layer.operator == "DEQUANTIZE" and layer.outputs[0] in self.outputs)
        )

    @property
    def integer_weights(self) -> tuple[Layer, ...]:
        """Float layers that read a constant of less than 32 bits: the sign of a hybrid model."""
        return tuple(layer for layer in self.float_layers if any(self._is_narrow_constant(i) for i in layer.inputs))

    @property
    def binarized(self) -> bool:
        return any(is_engines(layer.operator) for layer in self.layers)

    @property
    def kind(self) -> Kind:
        if self.binarized:
            return Kind.BINARIZED
        edges, floats = self.edge_layers, self.float_layers
        interface = {self.tensors[index].dtype for index in self.inputs}
        interface |= {self.tensors[index].dtype for index in self.outputs} - set(INDICES)
        if not floats and interface.isdisjoint(FLOATS):
            return {frozenset({"int8"}): Kind.INT8, frozenset({"int16"}): Kind.INT16}.get(
                frozenset(interface), Kind.OTHER
            )
        if interface <= {"int8", "int16"} and not self.integer_weights:
            return Kind.MIXED
        if edges and len(edges) == len(floats):
            return Kind.FLOAT_EDGES
        computed = {self.tensors[index].dtype for layer in self.layers for index in layer.outputs}
        return Kind.HYBRID if self.integer_weights or computed.intersection(NARROW) else Kind.FLOAT

    def _is_float(self, index: int) -> bool:
        return index >= 0 and self.tensors[index].dtype in FLOATS

    def _is_narrow_constant(self, index: int) -> bool:
        return index in self.constants and self.tensors[index].dtype in NARROW


def read_summary(data: bytes, where: str) -> Summary:
    """The summary of a file's bytes; `where` names it in errors. MalformedModel, UnsupportedModel."""
    try:
        return _summary(read_model(data))
    except ModelError as error:
        raise type(error)(f"{where}: {error.message}", error.hint) from error


def has_engine_operators(data: bytes) -> bool:
    """Whether a file needs the Larq Compute Engine to run; no of one that cannot be read, which LiteRT refuses."""
    try:
        return read_model(data).is_binarized
    except ModelError:
        return False


def _summary(file: ModelFile) -> Summary:
    if not file.inputs or not file.outputs or not file.operators:
        raise MalformedModel("the model has no inputs, no outputs or no layers", AGAIN)
    tensors = tuple(_tensor(file, index) for index in range(len(file.tensors)))
    empty = next((tensors[index] for index in (*file.inputs, *file.outputs) if 0 in tensors[index].shape), None)
    if empty is not None:
        raise MalformedModel(f"input or output `{empty.name}` is empty: its shape is {list(empty.shape)}", AGAIN)
    constants = frozenset(index for index in range(len(tensors)) if file.data(index).size)
    layers = tuple(map(_layer, file.layer_names, file.operators))
    _check_order(file, tensors, constants)
    return Summary(tensors, constants, layers, file.inputs, file.outputs)


def _check_order(file: ModelFile, tensors: Sequence[Tensor], constants: frozenset[int]) -> None:
    """MalformedModel unless each tensor is made once, and before it is read: LiteRT would read what nobody wrote."""
    there = {*file.inputs, *constants}
    there.update(index for index, record in enumerate(file.tensors) if record["is_variable"])
    there.update(index for index, tensor in enumerate(tensors) if 0 in tensor.shape)
    made: set[int] = set()
    for name, operator in zip(file.layer_names, file.operators, strict=True):
        missing = next((index for index in operator.inputs if index not in there and index != -1), None)
        if missing is not None:
            raise MalformedModel(f"layer `{name}` reads `{tensors[missing].name}`, which nothing has made", AGAIN)
        twice = next((index for index in operator.outputs if index in made or index in constants), None)
        if twice is not None:
            raise MalformedModel(f"layer `{name}` makes `{tensors[twice].name}` anew", AGAIN)
        made.update(operator.outputs)
        there.update(operator.outputs)
    lacking = next((index for index in file.outputs if index not in there), None)
    if lacking is not None:
        raise MalformedModel(f"nothing makes the output `{tensors[lacking].name}`", AGAIN)


def _layer(name: str, operator: Operator) -> Layer:
    return Layer(operator.name, name, operator.inputs, operator.outputs)


def _tensor(file: ModelFile, index: int) -> Tensor:
    name, record = file.names[index], file.tensors[index]
    return Tensor(name, _shape(name, record), record["type"].lower(), quantization(name, record["quantization"]))


def _shape(name: str, record: Record) -> Shape:
    """The shape; an open batch is run as a batch of one, and with anything else open there is -1 in it."""
    shape, signature = shape_and_signature(name, record)
    if min(shape, default=0) < 0 or prod(shape) > MAX_ELEMENTS:
        raise MalformedModel(f"tensor `{name}` has the shape {list(shape)}", AGAIN)
    return signature if -1 in signature[1:] else shape
