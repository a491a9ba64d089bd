"""Data against a model's inputs: names, shapes and values, with an error that says which sample is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from edgeopt.convert.dataset import ANY_INPUT, Dataset
from edgeopt.errors import UsageError
from edgeopt.ir import Array, Shape, Tensor


def sample_shape(tensor: Tensor) -> Shape:
    """Shape of one sample of an input: without the leading 1 of the batch."""
    return tensor.shape[1:] if tensor.shape[:1] == (1,) else tensor.shape


def plain_name(name: str) -> str:
    """The name that the author of a model gave: `serving_default_image:0` is `image`."""
    return name.removeprefix("serving_default_").split(":")[0]


def match(data: Dataset, inputs: Sequence[Tensor]) -> Dataset:
    """The data keyed by the inputs' own names, in their order, as arrays that the model can be fed with.

    Float inputs get float32. Quantized inputs get their own integers as they are, or float32 where the data is float:
    real values, to be quantized. UsageError names the array, the sample, what was expected and what to do.
    """
    matched = {tensor.name: _fitting(data, _key(data, inputs, tensor), tensor) for tensor in inputs}
    return replace(data, inputs=matched)


def _key(data: Dataset, inputs: Sequence[Tensor], tensor: Tensor) -> str:
    for key in (tensor.name, plain_name(tensor.name)):
        if key in data.inputs:
            return key
    if len(inputs) == 1 and ANY_INPUT in data.inputs:
        return ANY_INPUT
    wanted = ", ".join(f"`{plain_name(tensor.name)}`" for tensor in inputs)
    found = ", ".join(f"`{key}`" for key in data.inputs)
    hint = f"name the arrays after the model's inputs: {wanted}" + (" (or `x`)" if len(inputs) == 1 else "")
    raise UsageError(
        f"{data.source}: no array is called `{plain_name(tensor.name)}` as the model's input; there is {found}", hint
    )


def _fitting(data: Dataset, key: str, tensor: Tensor) -> Array:
    array, where = data.inputs[key], f"{data.source}: array `{key}`"
    shape = sample_shape(tensor)
    if array.shape[1:] != shape:
        raise UsageError(
            f"{where} has shape {_text(array.shape)}, the model's input needs {_text(('samples', *shape))}",
            _shape_hint(array, key, shape),
        )
    if array.dtype.kind == "f":
        _check_finite(array, where)
        return _as_float32(array, where)
    if tensor.dtype == "float32":
        raise UsageError(
            f"{where} is {array.dtype} ({array.min()} .. {array.max()}), the model's input is float32",
            "scale it as for training and convert it, e.g. (x / 255).astype(numpy.float32)",
        )
    return _as_integers(array, tensor.dtype, where)


def _shape_hint(array: Array, key: str, shape: Shape) -> str:
    found = array.shape[1:]
    if len(shape) > 2 and found == (shape[-1], *shape[:-1]):  # reshaping would mix the channels
        return f"put the channels last: {key}.transpose{(0, *range(2, len(shape) + 1), 1)}"
    if array.size % max(1, int(np.prod(shape))) == 0:
        return f"reshape it: {key}.reshape{('-1', *shape)}".replace("'", "")
    return f"prepare the samples as for training: {_text(shape)} each"


def _check_finite(array: Array, where: str) -> None:
    bad = ~np.isfinite(array.reshape(len(array), -1)).all(axis=1)
    if bad.any():
        raise UsageError(
            f"{where}: sample {int(bad.argmax())} has NaN or infinity ({int(bad.sum())} of {len(array)} samples do)",
            "expected finite numbers; drop or repair these samples",
        )


def _as_float32(array: Array, where: str) -> Array:
    limit = float(np.finfo(np.float32).max)
    outside = (np.abs(array.reshape(len(array), -1)) > limit).any(axis=1)
    if outside.any():
        raise UsageError(
            f"{where}: sample {int(outside.argmax())} has a value beyond float32", "expected the scale of training"
        )
    return array.astype(np.float32)


def _as_integers(array: Array, dtype: str, where: str) -> Array:
    info = np.iinfo(dtype)
    outside = ((array < info.min) | (array > info.max)).reshape(len(array), -1).any(axis=1)
    if outside.any():
        sample = int(outside.argmax())
        raise UsageError(
            f"{where}: sample {sample} has {array[sample].min()} .. {array[sample].max()}, "
            f"the model's input is {dtype} ({info.min} .. {info.max})",
            "give real values as float32, they are quantized by the input's scale",
        )
    return array.astype(dtype)


def _text(shape: Sequence[object]) -> str:
    return f"[{', '.join(map(str, shape))}]"
