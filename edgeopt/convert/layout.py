"""The order of an input's axes where a .tflite has another one than the model that it was made from.

PyTorch and ONNX put the channels first, [N, C, H, W]; TensorFlow Lite's kernels want them last, [N, H, W, C]. Data may
come in either order: an array whose shape fits both is taken to be in the order of the model's own file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from edgeopt.convert.dataset import ANY_INPUT, Dataset
from edgeopt.ir import Array, Shape


@dataclass(frozen=True)
class Layout:
    """One input: `axes[i]` is the axis of the model's file that became axis i of the .tflite, as in numpy.transpose."""

    source: str  # name in the model's file
    name: str  # name in the .tflite, as its author would write it
    shape: Shape  # in the model's file, batch first
    axes: tuple[int, ...]

    @property
    def changed(self) -> bool:
        return self.axes != tuple(range(len(self.axes)))

    def __str__(self) -> str:
        return f"`{self.name}` {list(self.shape)} became {[self.shape[axis] for axis in self.axes]}"


def arrange(data: Dataset, layouts: Sequence[Layout]) -> Dataset:
    """The data with its arrays named, and their axes ordered, as in the .tflite; what fits no layout stays as it is."""
    inputs = dict(data.inputs)
    for layout in layouts:
        keys = (layout.source, layout.name, *((ANY_INPUT,) if len(layouts) == 1 else ()))
        key = next((key for key in keys if key in inputs), None)
        if key is not None:
            array = inputs.pop(key)
            inputs[layout.name] = _ordered(array, layout)
    return replace(data, inputs=inputs)


def _ordered(array: Array, layout: Layout) -> Array:
    if array.shape[1:] != layout.shape[1:] or not layout.changed:
        return array
    return np.ascontiguousarray(array.transpose(layout.axes))
