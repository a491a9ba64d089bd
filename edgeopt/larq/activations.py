"""Activations as steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import inf

from edgeopt.errors import UnsupportedModel
from edgeopt.ir import Layer
from edgeopt.larq.steps import Clamp, Step

CLAMPS = {"RELU": (0.0, inf), "RELU6": (0.0, 6.0), "RELU_N1_TO_1": (-1.0, 1.0), "RELU_0_TO_1": (0.0, 1.0)}


def activation(layer: Layer) -> tuple[Step, ...]:
    """The fused activation of a layer."""
    fused = layer.options.get("fused_activation_function", "NONE")
    if fused == "NONE":
        return ()
    if fused not in CLAMPS:
        raise UnsupportedModel(f"layer `{layer.name}`: the fused activation {fused} is not supported", "use RELU")
    return (Clamp(*CLAMPS[fused]),)


def named(steps: Sequence[Step], layer: Layer) -> tuple[Step, ...]:
    """The steps of a layer; behind the last is the layer's output."""
    return (*steps[:-1], replace(steps[-1], tensor=layer.io.output.name))
