"""What the Larq Compute Engine left in float without a word: found in the file, with what it costs and what to do.

A layer that was meant to be binary shows in the graph: its weights are of one magnitude a channel, or its input was
made of signs or rounded. The layer's configuration, where there is one, says more exactly what is in the way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from edgeopt.convert.binarized.quantizers import SEPARABLE, QuantLayer, Remark
from edgeopt.convert.binarized.work import (
    CONVOLUTION,
    DEQUANTIZE,
    QUANTIZE,
    WEIGHTED,
    has_binary_weights,
    is_binary_dense,
    maker_of,
    real_macs,
    real_operators,
    shape_of,
    weights_of,
)
from edgeopt.schema import ModelFile, Operator

_SHAPES_ONLY = ("RESHAPE", "PAD", "PADV2", "EXPAND_DIMS", "SQUEEZE", "MAX_POOL_2D", "TRANSPOSE")
_SCALES_ONLY = ("MUL", "ADD", "SUB", "DIV", "CAST")
_QUANTIZERS = (QUANTIZE, DEQUANTIZE, "SIGN", "ROUND", "PADV2", "PAD", "RESHAPE")  # named after the layer they feed
_ROUNDED = ("SIGN", "ROUND", "MUL", "DIV")
_WORD_BITS = 32


@dataclass(frozen=True)
class _Cost:
    macs: int = 0
    weights: int = 0

    def __add__(self, other: _Cost) -> _Cost:
        return _Cost(self.macs + other.macs, self.weights + other.weights)

    def __str__(self) -> str:
        if not self.macs:
            return ""
        macs = f"{self.macs / 1e6:.1f} M" if self.macs >= 1e6 else f"{self.macs:,}"
        return f": {macs} MACs, {self.weights:,} weights of 16 bits instead of 1"


def left_in_float(file: ModelFile, layers: Sequence[QuantLayer]) -> tuple[str, ...]:
    """A line for each layer that was to be binary and is not; `layers` are those of the configuration, if any."""
    known = {layer.name: layer for layer in layers}
    operators = [operator for operator in real_operators(file) if not is_binary_dense(file, operator)]
    names = _names(file, operators, known)
    labels = dict(zip((operator.outputs for operator in file.operators), file.layer_names, strict=True))
    costs: dict[tuple[str, Remark], _Cost] = {}
    for operator, name in zip(operators, names, strict=True):
        remark = (known[name].remark if name is not None else None) or _remark(file, operator)
        if remark is not None:
            key = (name or labels[operator.outputs], remark)
            costs[key] = costs.get(key, _Cost()) + _Cost(real_macs(file, operator), weights_of(file, operator).size)
    return tuple(f"layer `{name}` stays in float: {r.what}{cost}; {r.hint}" for (name, r), cost in costs.items())


def _names(file: ModelFile, operators: Sequence[Operator], known: Mapping[str, QuantLayer]) -> list[str | None]:
    """The known layers that the real-valued operators are of; None for plain layers, and where nothing tells.

    The Engine cuts names off, so what is left over of both is matched by its order, where it is as many.
    """
    names = [_name(file, operator, known) for operator in operators]
    for place, operator in enumerate(operators):
        maker = maker_of(file, operator.inputs[0])
        before = names[operators.index(maker)] if maker in operators else None
        if names[place] is None and before is not None and known[before].kind in SEPARABLE:
            names[place] = before
    binary = {_name(file, operator, known) for operator in file.operators if operator not in operators}
    lost = [place for place, name in enumerate(names) if name is None and _remark(file, operators[place]) is not None]
    left = [name for name in known if name not in binary and name not in names]
    if len(lost) == len(left):
        for place, name in zip(lost, left, strict=True):
            names[place] = name
    return names


def _remark(file: ModelFile, operator: Operator) -> Remark | None:
    """What the graph itself says of a real-valued layer; None for one that was never meant to be binary."""
    source = operator.inputs[_data_input(operator)]
    way = list(_back(file, source, _SHAPES_ONLY))
    signs = bool(way) and way[-1].name == DEQUANTIZE
    binary = has_binary_weights(file, operator)
    if signs and not binary:
        return Remark("its weights are not binary", "give it a kernel_quantizer of -1 and 1, such as ste_sign")
    if signs:
        return _missing_form(file, operator, way)
    if binary and not _reads_input(file, source):
        return Remark("its input is not binary", "give it an input_quantizer of -1 and 1, such as ste_sign")
    rounded = [one.name for one in _back(file, source, (*_SHAPES_ONLY, *_ROUNDED))]
    if "SIGN" in rounded or "ROUND" in rounded:
        return Remark("the quantizer of its input is not binary", "take one of -1 and 1, such as ste_sign")
    return None


def _missing_form(file: ModelFile, operator: Operator, way: Sequence[Operator]) -> Remark:
    """Why a layer of signs by signs is none of the Engine's."""
    padding = next((one for one in way if one.name == "PADV2"), None)
    if padding is not None:
        value = file.data(padding.inputs[2]).view(np.float32) if len(padding.inputs) > 2 else np.zeros(1)
        shown = f"{float(value[0]):g}" if value.size else "a computed value"
        return Remark(f"the Larq Compute Engine cannot pad with {shown}", "take pad_values=1 or 0")
    if operator.name == "CONV_2D":
        channels, own = shape_of(file, operator.inputs[0])[-1], weights_of(file, operator).shape[-1]
        if channels != own and own % _WORD_BITS:
            return Remark(f"its groups have {own} channels", "take groups of 32 channels, or of a multiple")
    return Remark(f"the Larq Compute Engine has no binary {operator.name}", "take QuantConv2D or QuantDense")


def _back(file: ModelFile, tensor: int, through: Sequence[str]) -> Iterator[Operator]:
    """The operators that make a tensor, back to the first that is none of `through`, that one included."""
    maker = maker_of(file, tensor)
    while maker is not None:
        yield maker
        if maker.name not in through:
            return
        maker = maker_of(file, maker.inputs[0])


def _reads_input(file: ModelFile, tensor: int) -> bool:
    """Whether a tensor is the network's input but for its shape and scale: a first layer has real-valued input."""
    way = list(_back(file, tensor, (*_SHAPES_ONLY, *_SCALES_ONLY)))
    return not way or way[-1].name in (*_SHAPES_ONLY, *_SCALES_ONLY)


def _name(file: ModelFile, operator: Operator, known: Mapping[str, QuantLayer]) -> str | None:
    """The layer that an operator with weights is of, by the names of its input's quantizer, its output, its weights."""
    if operator.name not in (*WEIGHTED, CONVOLUTION):
        return None
    way = _back(file, operator.inputs[_data_input(operator)], _QUANTIZERS)
    tensors = [one.outputs[0] for one in way if one.name in _QUANTIZERS]
    tensors += [operator.outputs[0], *(index for index in operator.inputs[1:] if index >= 0)]
    parts = (part for index in tensors for part in re.split("[/;]", file.names[index]))
    return next((part for part in parts if part in known), None)


def _data_input(operator: Operator) -> int:
    return 2 if operator.name == "TRANSPOSE_CONV" else 0
