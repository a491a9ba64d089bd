"""What the operators in float32 share: what they ask of tensors, the fused activation, elementwise functions."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, ClassVar, ParamSpec, Self, TypeVar

import numpy as np

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Array, CCall, Io, Op, OpType, Shape, Target, requires

_LARGEST = float(np.finfo(np.float32).max)
_RANGES = {"NONE": (-_LARGEST, _LARGEST), "RELU": (0.0, _LARGEST), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0)}

WHY = "float32: kept out of the integers"  # of every kernel here, for the report
f32 = np.float32
_Arguments = ParamSpec("_Arguments")
_Result = TypeVar("_Result")


def quiet(function: Callable[_Arguments, _Result]) -> Callable[_Arguments, _Result]:
    """Decorator: infinities and not-a-number arise and pass on as in C, without a word."""

    @wraps(function)
    def silenced(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Result:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs)

    return silenced


def _float_data(op: Any, io: Io) -> bool:
    return io.input(0).dtype == "float32" and io.output.dtype == "float32"


def _float_throughout(op: Any, io: Io) -> bool:
    return all(tensor.dtype == "float32" for tensor in (*io.inputs, *io.outputs) if tensor is not None)


def requires_float32_data(cls: OpType) -> OpType:
    """Class decorator: the first input and the output are float32."""
    return requires("its input and output are float32", _float_data)(cls)


def requires_float32(cls: OpType) -> OpType:
    """Class decorator: all tensors are float32."""
    return requires("its tensors are float32", _float_throughout)(cls)


def float_range(options: Mapping[str, Any]) -> tuple[float, float]:
    """(low, high) of the fused activation, inclusive; as TFLM, no activation keeps values finite.

    Raises UnsupportedModel for an activation that is no clamp (TANH, SIGN_BIT).
    """
    activation = str(options.get("fused_activation_function", "NONE"))
    if activation not in _RANGES:
        raise UnsupportedModel(f"the fused activation {activation} is not supported")
    return _RANGES[activation]


def limited(x: Array, bounds: tuple[float, float]) -> Array:
    """eo_limit_f32: not-a-number and -0 stay, which np.clip does not promise."""
    low, high = f32(bounds[0]), f32(bounds[1])
    above = np.where(x < low, low, x)
    return np.where(above > high, high, above)


def sum_in_order(x: Array, axis: int) -> Array:
    """The sum along `axis`, kept as an extent of 1, one element after the other from 0; np.sum takes them in pairs."""
    running = np.add.accumulate(x, axis=axis, dtype=np.float32)
    total: Array = np.take(running, [-1], axis=axis) + f32(0)  # as a sum that begins with 0 is never -0
    return total


@requires_float32
class Elementwise(Op):
    """A function of one float, whatever the shape."""

    kernel: ClassVar[str]

    @classmethod
    def parse(cls, options: Mapping[str, Any], io: Io) -> Self:
        return cls()

    @abstractmethod
    def function(self, x: Array) -> Array:
        """The function in float32 numpy."""

    def infer(self, io: Io) -> tuple[Shape, ...]:
        return (io.input(0).shape,)

    @quiet
    def reference(self, io: Io, values: Sequence[Array | None]) -> tuple[Array, ...]:
        (x,) = values
        assert x is not None
        return (np.asarray(self.function(x), np.float32),)

    def parameters(self) -> dict[str, float]:
        """The kernel's parameters behind `count`."""
        return {}

    def c_calls(self, io: Io, target: Target) -> tuple[CCall, ...]:
        return (CCall(self.kernel, {"count": io.output.elements, **self.parameters()}, why=WHY),)

    def in_place(self, io: Io) -> tuple[int, ...]:
        return (0,)
