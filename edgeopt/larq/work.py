"""The state of the work on one network: what each tensor of the file has become, who reads it, and on which scale."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from edgeopt.bits import WORD_BITS, words_of
from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Layer, Quant, Shape, Tensor
from edgeopt.larq.builder import Builder
from edgeopt.larq.signs import bits_of
from edgeopt.larq.streams import HIGH, settle
from edgeopt.larq.sums import shared_reaches
from edgeopt.larq.values import Bits, Pending, Signs, Value, pending
from edgeopt.ops.binary.repack import BinaryRepack
from edgeopt.ops.binary.unpack import BinaryUnpack
from edgeopt.ops.reshape import Reshape
from edgeopt.registry import Registry

CALIBRATE = "convert it with data: edgeopt convert MODEL --calibration DATA.npz -o M.tflite"
_ROOM = 1.25  # of a scale above what calibration has seen
_ROOM_OF_SCORES = 2.0  # whose largest tells the class: two that are cut off would be equal
SMALLEST_SCALE = 2.0**-40
_ONE = 16384  # an int16 that is worth 1, exactly
_KEEP_SIGNS = ("MAX_POOL_2D", "RESHAPE")
_SCORES = ("SOFTMAX", "ARG_MAX")


@dataclass(frozen=True, eq=False)
class Network:
    """What the file has."""

    layers: Sequence[Layer]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    ranges: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # of float tensors, by name
    input_quants: Mapping[str, Quant] = field(default_factory=dict)  # of float inputs, by name


class NotCalibrated(UnsupportedModel):
    """The file lacks ranges: no need to look any further."""


class Work:
    def __init__(self, network: Network) -> None:
        writers = {tensor.name: "" for layer in network.layers for tensor in layer.tensors}
        writers |= {tensor.name: "" for tensor in network.inputs}
        writers |= {tensor.name: layer.name for layer in network.layers for tensor in layer.io.outputs}
        self.builder = Builder(writers)
        self._network = network
        self._shared = shared_reaches(network.layers, network.ranges)
        self._outputs = {tensor.name for tensor in network.outputs}
        self._values: dict[str, Value] = {}
        self._unpacked: dict[tuple[str, str], Tensor] = {}
        self._readers: dict[str, list[Layer]] = defaultdict(list)
        for layer in network.layers:
            for tensor in layer.io.inputs:
                if tensor is not None:
                    self._readers[tensor.name].append(layer)

    def has(self, name: str) -> bool:
        return name in self._values

    def put(self, name: str, value: Value) -> None:
        """The value of a tensor. Where several layers read it, it is computed once, and now."""
        shared = name in self._outputs or len(self._readers[name]) > 1
        if isinstance(value, Signs) and shared:
            value = self._bits_of(value.of, name)
        elif isinstance(value, Pending) and shared and not self.only_signs(name):
            value = pending(settle(self.builder, value, self.scale), value.source.layer)
        self._values[name] = value

    def only_signs(self, name: str) -> bool:
        """Whether nobody asks for more than the signs of the tensor `name`."""
        return name not in self._outputs and all(layer.operator == "LceQuantize" for layer in self._readers[name])

    def only_signs_behind(self, name: str) -> bool:
        """The same for the tensor `name` or, where it is pooled or reshaped before, what becomes of it."""
        for _ in self._network.layers:  # a damaged file may go round in circles
            readers = self._readers[name]
            if len(readers) != 1 or readers[0].operator not in _KEEP_SIGNS or name in self._outputs:
                return bool(readers) and self.only_signs(name)
            name = readers[0].io.output.name
        return False

    def value(self, tensor: Tensor) -> Value:
        if tensor.name not in self._values:
            raise UnsupportedModel(f"nothing makes the tensor `{tensor.name}`", "convert the model again")
        return self._values[tensor.name]

    def real(self, tensor: Tensor) -> Pending:
        """The real values of a tensor, bits as int8."""
        value = self.value(tensor)
        return value if isinstance(value, Pending) else pending(self.integers(tensor, "int8"))

    def integers(self, tensor: Tensor, dtype: str = "int16", scale: float | None = None) -> Tensor:
        """The tensor quantized: as `dtype`, or int16 where it is that already; on `scale` where it is on none yet."""
        value = self.value(tensor)
        if not isinstance(value, Pending):
            return self._unpack(self._reader(tensor), self.bits(tensor), dtype)
        found = value.tensor
        if found is None:
            found = settle(self.builder, value, self.scale, scale)
            self._values[tensor.name] = pending(found, value.source.layer)
        return self.builder.wide(found, self._reader(tensor)) if (found.dtype, dtype) == ("int8", "int16") else found

    def bits(self, tensor: Tensor) -> Bits:
        """The signs of a tensor, which must be bits."""
        value = self.value(tensor)
        if isinstance(value, Signs):
            value = self._values[tensor.name] = self._bits_of(value.of, tensor.name)
        if not isinstance(value, Bits):
            raise UnsupportedModel(f"the tensor `{tensor.name}` is not made of bits", "convert the model again")
        return value

    def signs(self, tensor: Tensor) -> Bits:
        """The signs of a tensor of real values."""
        value = self.value(tensor)
        return self._bits_of(value, f"{tensor.name}/signs") if isinstance(value, Pending) else self.bits(tensor)

    def output(self, tensor: Tensor) -> Tensor:
        """An output of the network: words where the file has words, otherwise integers, of bits int8."""
        if tensor.dtype != "int32":
            return self.integers(tensor, "int8")
        bits = self.bits(tensor)
        return self.in_rows(self.builder.writer(tensor.name, tensor.name), bits, bits.shape)

    def in_rows(self, layer: str, bits: Bits, shape: Shape) -> Tensor:
        """The words of bits as values of `shape`, each row of which begins a new word."""
        channels, words, wanted = shape[-1], bits.words, (*shape[:-1], words_of(shape[-1]))
        if channels == bits.channels or not (channels % WORD_BITS or bits.channels % WORD_BITS):
            return self.viewed(layer, words, wanted)
        op, name = BinaryRepack(bits.channels, channels), f"{words.name}/repacked"
        return self.builder.compute(f"{layer}/repack", op, [words], name, "int32", wanted=wanted)

    def viewed(self, layer: str, tensor: Tensor, shape: Shape) -> Tensor:
        """The tensor under another shape, for a layer."""
        if tensor.shape == shape:
            return tensor
        name = f"{tensor.name}/reshaped"
        return self.builder.compute(f"{layer}/reshape", Reshape(shape), [tensor], name, tensor.dtype, tensor.quant)

    def scale(self, name: str, bound: float) -> float:
        """The scale of int16 values of the tensor `name`, which cannot leave +- bound."""
        scores = all(layer.operator in _SCORES for layer in self._readers[name])
        room = _ROOM_OF_SCORES if scores else _ROOM
        known = self._network.ranges.get(name)
        if known is None and not np.isfinite(bound):
            raise NotCalibrated(f"the range of the real-valued tensor `{name}` is not known", CALIBRATE)
        seen = 0.0 if known is None else max(abs(known[0]), abs(known[1]))
        reach = min(bound, room * seen or np.inf)
        if not np.isfinite(reach):  # always 0: as good as any
            reach = 1.0
        if name in self._shared:
            reach = room * self._shared[name]
        return float(np.float32(max(reach / HIGH, SMALLEST_SCALE)))

    def quant(self, tensor: Tensor) -> Quant:
        """The int16 quantization of a float tensor of the file."""
        return Quant((self.scale(tensor.name, np.inf),), (0,))

    def _bits_of(self, value: Pending, name: str) -> Bits:
        return bits_of(self.builder, value, name, self.scale)

    def _unpack(self, layer: str, bits: Bits, dtype: str) -> Tensor:
        key = bits.words.name, dtype
        if key not in self._unpacked:
            one = _ONE if dtype == "int16" else 1
            quant, name = Quant((1 / one,), (0,)), f"{bits.words.name}/{dtype}"
            op = BinaryUnpack(bits.channels, one, -one)
            self._unpacked[key] = self.builder.compute(f"{layer}/unpack", op, [bits.words], name, dtype, quant)
        return self.viewed(layer, self._unpacked[key], bits.shape)

    def _reader(self, tensor: Tensor) -> str:
        """The name of the first layer that reads a tensor; the tensor's where it is an output."""
        readers = self._readers[tensor.name]
        return readers[0].name if readers else tensor.name


Rule = Callable[[Work, Layer], tuple[Value, ...]]  # the values of the layer's outputs
RULES: Registry[Rule] = Registry("rule", "edgeopt.larq.rules")
