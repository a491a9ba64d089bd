"""Writes the quantized network: integers for every tensor whose layers compute in integers, and the conversions."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.convert.quantizer import flatfile
from edgeopt.convert.quantizer.forms import Form, Forms
from edgeopt.convert.quantizer.grids import Grid, Range
from edgeopt.convert.quantizer.network import Network
from edgeopt.convert.quantizer.numbers import FLOAT, Numbers, check_types, touches_float
from edgeopt.convert.quantizer.remembering import Part, Remembering
from edgeopt.convert.quantizer.rules import RULES, Rule
from edgeopt.convert.quantizer.versions import version_of
from edgeopt.convert.quantizer.weights import best_scales, pack_int4, quantize_bias, quantize_weights, smallest_scales
from edgeopt.ir import Array

_BIAS_TYPES = {"int8": "int32", "int16": "int64"}
# int4 weights with int16 activations: neither tflite-micro nor LiteRT has kernels for that
_INT4_ACTIVATIONS = ("int8",)


@dataclass(frozen=True)
class Written:
    """A quantized .tflite; `tensor_of` has the number of each computed tensor of the float network in it.

    It is the tensor as its layer writes it; `outputs` are those that the network gives out, of one type.
    """

    data: bytes
    tensor_of: Mapping[int, int]
    outputs: tuple[int, ...]


def quantized(
    network: Network,
    numbers: Numbers,
    ranges: Mapping[str, Mapping[int, Range]],
    bias_shifts: Mapping[int, Array] | None = None,
) -> Written:
    """The .tflite of `network` with its layers in the types of `numbers`.

    `ranges` has, by type, a range for every float tensor that is computed or given; `bias_shifts`, by operator, is
    added to the float bias. UnsupportedModel names the layers that have no form in their type.
    """
    check_types(network, numbers)
    return _Builder(network, numbers, ranges, bias_shifts or {}).build()


class _Builder:
    def __init__(
        self,
        network: Network,
        numbers: Numbers,
        ranges: Mapping[str, Mapping[int, Range]],
        bias_shifts: Mapping[int, Array],
    ) -> None:
        self._network, self._numbers, self._bias_shifts = network, numbers, bias_shifts
        self._ranges = ranges
        self._forms = Forms(network, numbers, ranges)
        self._model: Any = copy.copy(network.model)
        self._model.buffers = list(network.model.buffers)
        self._model.operatorCodes = []
        self._graph: Any = copy.copy(network.model.subgraphs[0])
        self._graph.tensors = [copy.copy(tensor) for tensor in self._graph.tensors]
        self._graph.operators = []
        self._model.subgraphs = [self._graph]
        self._model.signatureDefs = copy.deepcopy(network.model.signatureDefs)
        self._placed: dict[Form, int] = {}  # tensors of the new graph
        self._codes: dict[tuple[str, int], int] = {}

    def build(self) -> Written:
        for tensor in self._network.inputs:
            self._place_results([tensor])
        for operator in range(len(self._network.operators)):
            self._add(operator)
            self._place_results(self._network.writes(operator))
        self._graph.inputs = [self._written(tensor) for tensor in self._network.inputs]
        self._graph.outputs = [self._given(tensor) for tensor in self._network.outputs]
        number = flatfile.renumber(self._model, {old: self._given(old) for old in self._network.outputs})
        made = {tensor: number[tensor] for tensor in self._network.activations if tensor in number}
        return Written(flatfile.write(self._model), made, tuple(self._graph.outputs))

    def _written(self, tensor: int) -> int:
        return self._placed[self._forms.native(tensor)] if self._network.is_float(tensor) else tensor

    def _given(self, tensor: int) -> int:
        if not self._network.is_float(tensor):
            return tensor
        return self._placed[self._forms.output(tensor)]

    def _place_results(self, tensors: tuple[int, ...] | list[int]) -> None:
        """Gives tensors that were just made their types, and adds the conversions to the other forms of each."""
        for tensor in tensors:
            if not self._network.is_float(tensor):
                continue
            native = self._forms.native(tensor)
            self._placed[native] = tensor
            self._set_type(self._graph.tensors[tensor], native)
            for form in self._forms.wanted(tensor):
                self._convert(native, form)

    def _set_type(self, tensor: Any, form: Form) -> None:
        if form.dtype != FLOAT:
            grid = self._forms.grids[form]
            tensor.type = getattr(flatfile.schema().TensorType, grid.dtype.upper())
            tensor.quantization = _parameters(np.float32(grid.scale).reshape(1), grid.zero_point)

    def _convert(self, source: Form, target: Form) -> None:
        """Appends the operator that makes one form of a tensor from another."""
        name = "DEQUANTIZE" if target.dtype == FLOAT else "QUANTIZE"
        tensor = copy.copy(self._network.model.subgraphs[0].tensors[source.tensor])
        # the last part of a name is the operator, the rest its layer: `net/dense/MatMul` -> `net/dense/quantize`;
        # what has no scope, as inputs, gets a name that says nothing: other layers keep theirs without the shared scope
        scope, _, rest = self._network.tensor_names[source.tensor].split(";")[-1].rpartition("/")
        tensor.name = f"{scope or f'Identity_{rest}'}/{name.lower()}/{target.dtype}".encode()
        self._set_type(tensor, target)
        self._placed[target] = self._new_tensor(tensor)
        operator = flatfile.schema().OperatorT()
        operator.inputs, operator.outputs = [self._placed[source]], [self._placed[target]]
        operator.opcodeIndex = self._code(name, version_of(name, source.dtype, target.dtype, 1))
        self._graph.operators.append(operator)

    def _new_tensor(self, tensor: Any) -> int:
        self._graph.tensors.append(tensor)
        return len(self._graph.tensors) - 1

    def _code(self, name: str, version: int) -> int:
        """The number of an operator code; each is written once."""
        if (name, version) not in self._codes:
            code = flatfile.schema().OperatorCodeT()
            code.builtinCode = getattr(flatfile.schema().BuiltinOperator, name)
            limit = flatfile.schema().BuiltinOperator.PLACEHOLDER_FOR_GREATER_OP_CODES
            code.deprecatedBuiltinCode = min(code.builtinCode, limit)
            code.version = version
            self._codes[name, version] = len(self._model.operatorCodes)
            self._model.operatorCodes.append(code)
        return self._codes[name, version]

    def _add(self, index: int) -> None:
        """Appends an operator of the float network in its type."""
        operator = copy.copy(self._network.model.subgraphs[0].operators[index])
        old = self._network.model.operatorCodes[operator.opcodeIndex]
        name, dtype = self._network.operators[index], self._numbers.of(index)
        if not touches_float(self._network, index) or dtype == FLOAT:
            operator.opcodeIndex = self._keep_code(old)
            operator.inputs = [self._value(index, tensor) for tensor in self._network.reads(index)]
            self._graph.operators.append(operator)
            return
        rule = RULES[name]
        operator.inputs = [self._value(index, tensor, rule) for tensor in self._network.reads(index)]
        weights = self._weights_type(rule, dtype)
        if rule.weights is not None:
            self._add_weights(index, rule, operator, weights)
        if rule.remembers is not None:
            self._add_parts(index, rule.remembers, operator)
        operator.opcodeIndex = self._code(name, version_of(name, dtype, weights, old.version))
        if dtype == "int16" and name in ("ADD", "SUB"):
            operator.builtinOptions = copy.copy(operator.builtinOptions)
            operator.builtinOptions.potScaleInt16 = False  # or LiteRT takes the scales for powers of two
        self._graph.operators.append(operator)

    def _keep_code(self, old: Any) -> int:
        key = (f"{old.builtinCode} {old.customCode}", int(old.version))
        if key not in self._codes:
            self._codes[key] = len(self._model.operatorCodes)
            self._model.operatorCodes.append(old)
        return self._codes[key]

    def _value(self, operator: int, tensor: int, rule: Rule | None = None) -> int:
        """The new graph's tensor for an input; weights and biases, which come later, keep the old one."""
        if not self._network.is_float(tensor):
            return tensor
        if rule is not None:
            reads = self._network.reads(operator)
            if any(read == tensor and not rule.is_value(position) for position, read in enumerate(reads)):
                return tensor
        elif self._network.is_constant(tensor):
            return tensor
        form = self._forms.read(operator, tensor)
        if self._network.is_constant(tensor) and form not in self._placed:
            self._placed[form] = self._constant(tensor, self._forms.grids[form])
        return self._placed[form]

    def _constant(self, tensor: int, grid: Grid) -> int:
        q = grid.quantize(self._network.floats(tensor))
        return self._add_constant(tensor, q, grid.dtype, np.float32(grid.scale).reshape(1), grid.zero_point)

    def _weights_type(self, rule: Rule, dtype: str) -> str:
        small = rule.int4 and self._numbers.weights == "int4" and dtype in _INT4_ACTIVATIONS
        return "int4" if small else "int8"

    def _add_weights(self, index: int, rule: Rule, operator: Any, dtype: str) -> None:
        reads = self._network.reads(index)
        assert rule.weights is not None and rule.bias is not None
        bias_index = reads[rule.bias] if rule.bias < len(reads) else -1
        bias = None if bias_index == -1 else self._network.floats(bias_index)
        if bias is not None and index in self._bias_shifts:
            bias = bias + self._bias_shifts[index]
        (source,) = self._forms.read_by(index)
        target = self._forms.native(self._network.writes(index)[0])
        input_scale, output_scale = self._forms.grids[source].scale, self._forms.grids[target].scale
        weights = quantize_weights(
            self._network.floats(reads[rule.weights]),
            self._scales(reads[rule.weights], rule.channel_axis, dtype),
            dtype,
            rule.channel_axis,
            smallest_scales(bias, input_scale, output_scale),
        )
        operator.inputs[rule.weights] = self._add_constant(
            reads[rule.weights], weights.integers, dtype, weights.scales, 0, rule.channel_axis
        )
        if bias is not None:
            bias_type = _BIAS_TYPES[source.dtype]
            integers, scales = quantize_bias(bias, input_scale, weights.scales, bias_type)
            operator.inputs[rule.bias] = self._add_constant(bias_index, integers, bias_type, scales, 0)

    def _add_parts(self, index: int, layer: Remembering, operator: Any) -> None:
        """The weights, biases and state of a layer that remembers."""
        reads = self._network.reads(index)
        source, target = (self._forms.grids[f] for f in (self._forms.read(index, reads[0]), self._made_by(index)))
        state = self._ranges["int16"][reads[layer.state]]
        for part in layer.parts(self._network, index, source, target, state):
            scales = np.array([part.scale], np.float32)
            if part.values is None:
                operator.inputs[part.position] = self._add_state(reads[part.position], part)
            else:
                operator.inputs[part.position] = self._add_constant(
                    reads[part.position], part.values, part.dtype, scales, part.zero_point
                )
        operator.intermediates = [
            self._add_intermediate(number, target if number == layer.intermediates - 1 else None)
            for number in range(layer.intermediates)
        ]

    def _made_by(self, operator: int) -> Form:
        return self._forms.native(self._network.writes(operator)[0])

    def _add_state(self, tensor: int, part: Part) -> int:
        state = copy.copy(self._network.model.subgraphs[0].tensors[tensor])
        state.type = getattr(flatfile.schema().TensorType, part.dtype.upper())
        state.quantization = _parameters(np.array([part.scale], np.float32), part.zero_point)
        state.buffer = 0
        return self._new_tensor(state)

    def _add_intermediate(self, number: int, grid: Grid | None) -> int:
        """A tensor of no elements: LiteRT reads its scale alone, and of those without one not even that."""
        types = flatfile.schema().TensorType
        tensor = flatfile.schema().TensorT()
        tensor.name, tensor.shape, tensor.type = f"intermediate_{number}".encode(), [0], types.FLOAT32
        if grid is not None:
            tensor.type = types.INT8
            tensor.quantization = _parameters(np.array([grid.scale], np.float32), grid.zero_point)
        return self._new_tensor(tensor)

    def _scales(self, weights: int, axis: int, dtype: str) -> Array:
        """The best scales of a layer's weights, which depend on nothing else: sought once a network."""
        key = (weights, dtype, self._numbers.per_tensor)
        if key not in self._network.scales:
            values = self._network.floats(weights)
            self._network.scales[key] = best_scales(values, axis, dtype, self._numbers.per_tensor)
        return self._network.scales[key]

    def _add_constant(
        self, tensor: int, values: Array, dtype: str, scales: Array, zero_point: int, axis: int = 0
    ) -> int:
        """A new constant in the place of a float one."""
        buffer = flatfile.schema().BufferT()
        content = pack_int4(values) if dtype == "int4" else values
        buffer.data = np.frombuffer(content.tobytes(), np.uint8)
        constant = copy.copy(self._network.model.subgraphs[0].tensors[tensor]) if tensor >= 0 else _unnamed(values)
        constant.type = getattr(flatfile.schema().TensorType, dtype.upper())
        constant.quantization = _parameters(scales, zero_point, axis)
        constant.buffer = len(self._model.buffers)
        self._model.buffers.append(buffer)
        return self._new_tensor(constant)


def _unnamed(values: Array) -> Any:
    """A tensor that the float network leaves out."""
    tensor = flatfile.schema().TensorT()
    tensor.name, tensor.shape = b"", list(values.shape)
    return tensor


def _parameters(scales: Array, zero_point: int, axis: int = 0) -> Any:
    parameters = flatfile.schema().QuantizationParametersT()
    parameters.scale = [float(scale) for scale in scales]
    parameters.zeroPoint = [zero_point] * len(scales)
    parameters.quantizedDimension = axis if len(scales) > 1 else 0
    return parameters
