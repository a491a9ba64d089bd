"""What the configuration of a Larq layer says that the Larq Compute Engine cannot keep in bits, and what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.convert.safety.config import LARQ_LAYERS, objects_in

_ALIASES = {  # names in old files, and as strings
    "dorefa_quantizer": "DoReFa",
    "DoReFaQuantizer": "DoReFa",
    "ste_tern": "SteTern",
    "ste_heaviside": "SteHeaviside",
}
_NOT_BINARY = ("DoReFa", "SteTern", "SteHeaviside")
_ONE_BIT = "take a quantizer of -1 and 1, such as ste_sign"
_SUPPORTED = ("QuantConv2D", "QuantDense")
SEPARABLE = ("QuantSeparableConv1D", "QuantSeparableConv2D")  # two operators each
_INSTEAD = {
    "QuantConv1D": "take QuantConv2D with a height of 1",
    "QuantDepthwiseConv2D": "take QuantConv2D with groups of 32 channels or more",
    "QuantSeparableConv1D": "take QuantConv2D with a height of 1",
    "QuantSeparableConv2D": "take QuantConv2D",
}
_PADS = (0.0, 1.0)


@dataclass(frozen=True)
class Remark:
    """What keeps a layer out of the Engine's bits, and what to do about it."""

    what: str
    hint: str


@dataclass(frozen=True)
class QuantLayer:
    """A layer of Larq's as its configuration has it; quantizers by class, "" for none."""

    kind: str
    name: str
    input_quantizer: str = ""
    kernel_quantizers: tuple[str, ...] = ()
    padding: str = "valid"
    pad_value: float = 0.0

    @property
    def remark(self) -> Remark | None:
        """Why the Engine leaves it in float; None where nothing in its configuration says so."""
        if self.kind not in _SUPPORTED:
            instead = _INSTEAD.get(self.kind, "take QuantConv2D or QuantDense")
            return Remark(f"the Larq Compute Engine has no binary {self.kind}", instead)
        odd = next((used for used in (self.input_quantizer, *self.kernel_quantizers) if used in _NOT_BINARY), None)
        if odd is not None:
            return Remark(f"{odd} is not binary", _ONE_BIT)
        if self.padding == "same" and self.pad_value not in _PADS:
            return Remark(f"the Larq Compute Engine cannot pad with {self.pad_value:g}", "take pad_values=1 or 0")
        return None


def quant_layers(config: Any) -> tuple[QuantLayer, ...]:
    """Larq's layers in a model's configuration, as JSON gave it, each name once."""
    found: dict[str, QuantLayer] = {}
    for item in objects_in(config):
        inner = item.get("config")
        if item.get("class_name") in LARQ_LAYERS and isinstance(inner, dict):
            layer = _read(str(item["class_name"]), inner)
            found.setdefault(layer.name, layer)
    return tuple(found.values())


def wrong_layers(layers: Sequence[QuantLayer]) -> tuple[Remark, ...]:
    """What the Engine's converter would translate into another computation. (Measured: 0.16 drops the second sign.)"""
    return tuple(
        Remark(
            f"layer `{layer.name}`: the Larq Compute Engine takes the ternary inputs of SteTern for binary ones and "
            "would compute something else",
            f"{_ONE_BIT}, for its inputs",
        )
        for layer in layers
        if layer.input_quantizer == "SteTern"
    )


def _read(kind: str, config: Mapping[str, Any]) -> QuantLayer:
    kernels = (config.get(f"{part}_quantizer") for part in ("kernel", "depthwise", "pointwise"))
    pad_value = config.get("pad_values")
    return QuantLayer(
        kind,
        str(config.get("name", "?")),
        _quantizer(config.get("input_quantizer")),
        tuple(name for name in map(_quantizer, kernels) if name),
        str(config.get("padding", "valid")).lower(),
        float(pad_value) if isinstance(pad_value, int | float) else 0.0,
    )


def _quantizer(item: Any) -> str:
    """The class of a serialized quantizer."""
    name = item.get("class_name") if isinstance(item, dict) else item
    if name == "function" and isinstance(item, dict):
        name = item.get("config")
    return _ALIASES.get(name, name.split(">")[-1]) if isinstance(name, str) else ""
