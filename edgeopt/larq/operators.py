"""The Larq Compute Engine's own operators, as a file has them: options and constants, each checked against the others.

An LceBconv2d multiplies bits. With thresholds its output is bits too; with a multiplier and a bias it is float32 or
int8. Groups have no option of their own: a filter has fewer words than the input's channels need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from edgeopt.bits import WORD_BITS, unpack_bits, words_of
from edgeopt.errors import MalformedModel, UnsupportedModel
from edgeopt.ir import Array, Layer, Tensor
from edgeopt.ops._window import Window
from edgeopt.schema import AGAIN, read_int_map

_PADDINGS = ("SAME", "VALID")
_ACTIVATIONS = {  # by number: the real values that are let through
    0: None,
    1: (0.0, float("inf")),
    2: (-1.0, 1.0),
    3: (0.0, 6.0),
}


@dataclass(frozen=True)
class Bconv2d:
    """A convolution of bits with bits; `negative` [out, height, width, in / groups] is where a weight is -1."""

    window: Window
    channels: int  # of the input, all groups together
    groups: int
    pad_zero: bool  # what lies outside is 0; otherwise it is +1
    activation: tuple[float, float] | None  # clamps the dot product, in front of multiplier and bias
    negative: Array = field(repr=False)  # uint8, 0 or 1
    multiplier: Array | None = field(repr=False)  # float32 [out], with a bias, of an output that is not bits
    bias: Array | None = field(repr=False)
    thresholds: Array | None = field(repr=False)  # int32 [out], of an output of bits

    @property
    def products(self) -> int:
        """Products in one sum, those with padding counted."""
        return prod(self.negative.shape[1:])

    @property
    def count_bounds(self) -> tuple[int, int]:
        """Lowest and highest doubled count that the activation lets through; the dot product is K less it."""
        low, high = 0, 2 * self.products
        if self.activation is None:
            return low, high
        return int(max(low, self.products - self.activation[1])), int(min(high, self.products - self.activation[0]))

    @classmethod
    def of(cls, layer: Layer) -> Bconv2d:
        """Of an LceBconv2d. Raises MalformedModel where its parts contradict each other."""
        options = _Options(layer)
        if len(layer.io.inputs) != 5:
            raise _contradiction(layer, f"{len(layer.io.inputs)} inputs")
        x, filters = _words(layer, layer.io.input(0)), _constant(layer, 1, "int32", 4)
        channels = options.positive("channels_in")
        if x.shape[3] != words_of(channels):
            raise _contradiction(layer, f"{channels} channels in {x.shape[3]} words")
        out, height, width, words = filters.shape
        groups = _groups(layer, channels, words, out)
        window = options.window((x.shape[1], x.shape[2]), (height, width))
        pad_zero = options.one_of("pad_values", (0, 1)) == 0 and window.is_padded
        activation = _ACTIVATIONS[options.one_of("fused_activation_function", tuple(_ACTIVATIONS))]
        packed = layer.io.output.dtype == "int32"
        if pad_zero and (packed or activation is not None):
            what = "padding with zeros and an output of bits" if packed else "padding with zeros and an activation"
            raise UnsupportedModel(f"layer `{layer.name}`: {what}, which the engine does not compute", AGAIN)
        multiplier, bias, thresholds = (
            _vector(layer, index, dtype, out, here)
            for index, dtype, here in ((2, "float32", not packed), (3, "float32", not packed), (4, "int32", packed))
        )
        found = cls(
            window,
            channels,
            groups,
            pad_zero,
            activation,
            unpack_bits(filters, channels // groups),
            multiplier,
            bias,
            thresholds,
        )
        _check_output(layer, window, out)
        return found


def max_pool_window(layer: Layer) -> Window:
    """The window of an LceBMaxPool2d."""
    options = _Options(layer)
    if len(layer.io.inputs) != 1:
        raise _contradiction(layer, f"{len(layer.io.inputs)} inputs")
    x = _words(layer, layer.io.input(0))
    kernel = options.positive("filter_height"), options.positive("filter_width")
    window = options.window((x.shape[1], x.shape[2]), kernel)
    if layer.io.output.shape != (x.shape[0], *window.output_size((x.shape[1], x.shape[2])), x.shape[3]):
        raise _contradiction(layer, f"an output of shape {list(layer.io.output.shape)}")
    return window


class _Options:
    """The flexbuffer of an operator; every key that is asked for must be there."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self._values = read_int_map(layer.options.get("custom_options", b""))

    def one_of(self, key: str, known: tuple[int, ...]) -> int:
        if key not in self._values:
            raise _contradiction(self._layer, f"no option {key}")
        value = self._values[key]
        if value not in known:
            raise _contradiction(self._layer, f"the option {key} = {value}")
        return value

    def positive(self, key: str) -> int:
        return self.one_of(key, (max(1, self._values.get(key, 1)),))

    def window(self, size: tuple[int, int], kernel: tuple[int, int]) -> Window:
        padding = _PADDINGS[self.one_of("padding", (0, 1))]
        stride = self.positive("stride_height"), self.positive("stride_width")
        dilated = any(key.startswith("dilation") for key in self._values)
        dilation = (
            (self.positive("dilation_height_factor"), self.positive("dilation_width_factor")) if dilated else (1, 1)
        )
        window = Window.resolve(padding, size, kernel, stride, dilation)
        if min(window.output_size(size)) < 1:
            raise _contradiction(self._layer, f"a window of {kernel} that does not fit into {size}")
        return window


def _groups(layer: Layer, channels: int, words: int, out: int) -> int:
    if words == words_of(channels):
        return 1
    a_group = WORD_BITS * words
    if not words or channels % a_group or out % (channels // a_group):
        raise _contradiction(layer, f"a filter of {words} words for {channels} channels and {out} outputs")
    return channels // a_group


def _words(layer: Layer, x: Tensor) -> Tensor:
    if x.dtype != "int32" or len(x.shape) != 4:
        raise _contradiction(layer, f"an input of {x.dtype} {list(x.shape)} instead of words of bits")
    return x


def _constant(layer: Layer, index: int, dtype: str, rank: int) -> Array:
    tensor = layer.io.optional(index)
    if tensor is None:
        raise _contradiction(layer, f"no input {index}")
    if tensor.data is None or tensor.dtype != dtype or len(tensor.shape) != rank or not tensor.elements:
        raise _contradiction(layer, f"an input {index} of {tensor.dtype} {list(tensor.shape)}")
    return tensor.data


def _vector(layer: Layer, index: int, dtype: str, size: int, here: bool) -> Array | None:
    if not here:
        if layer.io.optional(index) is not None:
            raise _contradiction(layer, f"an input {index} besides an output of {layer.io.output.dtype}")
        return None
    values = _constant(layer, index, dtype, 1)
    if values.size != size:
        raise _contradiction(layer, f"{values.size} numbers for {size} channels")
    return values


def _check_output(layer: Layer, window: Window, out: int) -> None:
    x, y = layer.io.input(0), layer.io.output
    if y.dtype not in ("int32", "float32", "int8") or (y.dtype == "int8" and y.quant is None):
        raise _contradiction(layer, f"an output of {y.dtype}")
    last = words_of(out) if y.dtype == "int32" else out
    if y.shape != (x.shape[0], *window.output_size((x.shape[1], x.shape[2])), last):
        raise _contradiction(layer, f"an output of shape {list(y.shape)}")


def _contradiction(layer: Layer, what: str) -> MalformedModel:
    return MalformedModel(f"layer `{layer.name}`: {layer.operator} has {what}", AGAIN)
