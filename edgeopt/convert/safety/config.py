"""What a Keras configuration would run or look up when a model is made from it, found by reading it as plain JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from edgeopt.errors import UnsupportedModel

TFMOT = "tensorflow_model_optimization"
_LARQ = ("larq.layers", "larq.quantizers", "larq.constraints", "larq.activations", "larq.metrics", "larq.optimizers")
LARQ_LAYERS = (
    "QuantConv1D",
    "QuantConv2D",
    "QuantConv2DTranspose",
    "QuantConv3D",
    "QuantConv3DTranspose",
    "QuantDense",
    "QuantDepthwiseConv2D",
    "QuantLocallyConnected1D",
    "QuantLocallyConnected2D",
    "QuantSeparableConv1D",
    "QuantSeparableConv2D",
)
QUANTIZED = ("QuantizeWrapper", "QuantizeWrapperV2", "QuantizeLayer", "QuantizeAnnotate")  # classes of tfmot
_TO_STRIP = {
    "PruneLowMagnitude": "tfmot.sparsity.keras.strip_pruning",
    "ClusterWeights": "tfmot.clustering.keras.strip_clustering",
}
# Layers whose configuration says what Python is to run: bytecode, or a method of whatever comes in
_CODE = ("Lambda", "__lambda__", "ClassMethod", "InstanceMethod", "InstanceProperty")
# Rooms of Keras whose functions a model may name; others have functions that fetch, unpack and write files
_FUNCTIONS = ("activations", "initializers", "losses", "metrics", "ops", "regularizers", "constraints")
# Rooms of TensorFlow that an operator layer (TFOpLambda) may name, and single functions that it may not
_SYMBOLS = ("math", "nn", "linalg", "image", "signal", "bitwise", "quantization", "keras", "__operators__", "random")
_NO_SYMBOLS = ("py_function", "numpy_function", "py_func", "function", "print", "load_op_library", "load_library")
# Classes that Keras has and shows under no name
_UNNAMED = ("Functional", "Policy", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ListWrapper")


@dataclass(frozen=True)
class Reference:
    """A class or function that a configuration names."""

    name: str
    module: str  # "" where an old file names none
    registered: str  # "package>name", or ""

    @property
    def foreign(self) -> bool:
        """Whether making it would import a module that is not Keras's own."""
        kerass = self.module.split(".")[0] in ("keras", "tf_keras", "builtins", TFMOT)
        return bool(self.module) and not kerass and not self.larqs

    @property
    def own(self) -> bool:
        """Whether the file says that it is Keras's own."""
        return self.module.split(".")[0] in ("keras", "tf_keras", TFMOT) or self.name in _UNNAMED or self.larqs

    @property
    def larqs(self) -> bool:
        """Whether the file says that it is Larq's."""
        return self.module in _LARQ

    def among(self, names: Collection[str]) -> bool:
        return not {self.name, self.registered, self.name.split(">")[-1]}.isdisjoint(names)

    def __str__(self) -> str:
        return f"`{self.name}`" + (f" of the module `{self.module}`" if self.foreign else "")


@dataclass(frozen=True)
class Contents:
    """What a configuration names."""

    code: tuple[str, ...]
    references: tuple[Reference, ...]

    @property
    def quantized(self) -> bool:
        """Whether it is a quantization-aware model of tensorflow-model-optimization."""
        return any(reference.name in QUANTIZED for reference in self.references)

    @property
    def binarized(self) -> bool:
        """Whether it is a model of Larq's; files of old versions name no modules."""
        return any(
            reference.larqs or (not reference.module and reference.name in LARQ_LAYERS) for reference in self.references
        )


def read_contents(config: Any) -> Contents:
    """What `config`, as JSON gave it, names, each once and in the order of the file."""
    code: dict[str, None] = {}
    references: dict[Reference, None] = {}
    for item in objects_in(config):
        code.update(dict.fromkeys(_code_of(item)))
        references.update(dict.fromkeys(_references_of(item)))
    named = [entry for entry in code if not entry.startswith("`?`")]  # the others are the bytecode of these
    return Contents(tuple(named or code), tuple(references))


def refuse_code(contents: Contents, where: str) -> None:
    """UnsupportedModel for Lambda layers and their like: they are Python code, which loading would run."""
    if contents.code:
        raise UnsupportedModel(
            f"{where}: has code in it: {', '.join(contents.code)}",
            "replace it by Keras layers, or say that you trust the file: --trust-model",
        )


def missing_objects(references: Sequence[Reference], where: str) -> UnsupportedModel:
    """The error for custom objects that nobody supplied, which names them all."""
    names = dict.fromkeys(map(str, references))
    strip = next((_TO_STRIP[reference.name] for reference in references if reference.name in _TO_STRIP), None)
    hint = (
        f"remove them before saving: {strip}(model)"
        if strip
        else "give the file that has them: --custom-objects FILE.py"
    )
    return UnsupportedModel(f"{where}: needs custom objects that are not in Keras: {', '.join(names)}", hint)


def objects_in(config: Any) -> Iterator[dict[str, Any]]:
    """Every dict in `config`, outer before inner, in the order of the file; not by recursion, it may be deep."""
    pending = [config]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            yield item
            pending += reversed(item.values())
        elif isinstance(item, list):
            pending += reversed(item)


def _code_of(item: dict[str, Any]) -> Iterator[str]:
    kind, inner = item.get("class_name"), item.get("config")
    inner = inner if isinstance(inner, dict) else {}
    if kind in _CODE:
        yield f"`{inner.get('name', '?')}` ({kind})"
    elif kind in ("TFOpLambda", "SlicingOpLambda") and not _is_plain_symbol(inner.get("function")):
        yield f"`{inner.get('name', '?')}` (tf.{inner.get('function')})"
    elif kind == "function" and not _is_model_function(item):
        yield f"`{item.get('module')}.{_function_name(item)}`"
    elif kind == "__typespec__" and str(item.get("module", "tensorflow")).split(".")[0] != "tensorflow":
        yield f"`{item.get('module')}.{item.get('spec_name')}`"


def _is_plain_symbol(symbol: Any) -> bool:
    parts = str(symbol).removeprefix("compat.v1.").split(".")
    return parts[0] in _SYMBOLS if len(parts) > 1 else parts[0] not in _NO_SYMBOLS


def _is_model_function(item: dict[str, Any]) -> bool:
    """Of Keras's own modules, only those whose functions are part of models; others' are custom objects."""
    parts = str(item.get("module") or "builtins").split(".")
    return parts[0] not in ("keras", "tf_keras") or any(part in _FUNCTIONS for part in parts)


def _function_name(item: dict[str, Any]) -> str:
    inner = item.get("config")
    return str(inner.get("name", "?") if isinstance(inner, dict) else inner)


def _references_of(item: dict[str, Any]) -> Iterator[Reference]:
    kind = item.get("class_name")
    if isinstance(kind, str) and not kind.startswith("__"):
        name = _function_name(item) if kind == "function" else kind
        yield Reference(name, str(item.get("module") or ""), str(item.get("registered_name") or ""))
    for key in ("activation", "recurrent_activation"):
        if isinstance(item.get(key), str):
            yield Reference(item[key], "", "")
