"""Names of layers, of tensors that the Engine's converter names after several layers and cuts off at 50 characters.

Its bits are named after the quantizer of the layer that reads them, which belongs to that layer: so it is the name of
what a layer reads that tells the layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from edgeopt.ir import Layer
from edgeopt.schema.names import is_engines, layer_names

_CUT = 50  # characters, from which on the last of several names may lack its end


def named_layers(layers: Sequence[Layer]) -> list[Layer]:
    """The layers, named after those of the Keras model as far as the tensors tell."""
    writers = {tensor.name: layer for layer in layers for tensor in layer.io.outputs}
    names = layer_names((_path(layer, writers), layer.operator) for layer in layers)
    return [replace(layer, name=name) for layer, name in zip(layers, names, strict=True)]


def _path(layer: Layer, writers: dict[str, Layer]) -> str:
    """The name of a tensor that is in the scope of the layer."""
    data = next((tensor for tensor in layer.io.inputs if tensor is not None and not tensor.is_constant), None)
    if data is not None and layer.operator in ("LceBconv2d", "FULLY_CONNECTED"):
        writer = writers.get(data.name)
        if writer is not None and is_engines(writer.operator):
            scope, _, quantizer = _whole(data.name).rpartition("/")[0].rpartition("/")
            if scope and quantizer:
                return f"{scope}/{layer.operator}"
    return _whole(layer.io.outputs[0].name) if layer.io.outputs else ""


def _whole(name: str) -> str:
    """The name without an end that is cut off."""
    parts = name.split(";")
    return ";".join(parts[:-1]) if len(parts) > 1 and len(name) >= _CUT else name
