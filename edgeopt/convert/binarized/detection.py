"""Which SavedModels are Larq's: by the layers that Keras, or edgeopt, noted in the folder, and by their signs."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

from edgeopt.convert.binarized.quantizers import QuantLayer, quant_layers
from edgeopt.convert.safety.config import LARQ_LAYERS
from edgeopt.errors import ToolchainError

_KERAS_FILE = "keras_metadata.pb"  # which tf-keras writes beside the graph
_OWN_FILE = "larq_layers.json"  # and edgeopt, of models in memory
_MARK = b"Quant"  # in the names of all layers of Larq's


def require_larq() -> None:
    """ToolchainError unless the extra is installed: said before TensorFlow is imported, which takes its time."""
    for module in ("larq", "larq_compute_engine"):
        if importlib.util.find_spec(module) is None:
            raise ToolchainError(f"the Python module `{module}` is not installed", "pip install 'edgeopt[larq]'")


def saved_layers(folder: Path) -> tuple[QuantLayer, ...]:
    """Larq's layers, as noted in a SavedModel's folder; none where nothing is noted, or it cannot be read."""
    try:
        if (folder / _OWN_FILE).is_file():
            return quant_layers(json.loads((folder / _OWN_FILE).read_bytes()))
        return quant_layers(_keras_notes(folder / _KERAS_FILE))
    except (ValueError, RecursionError):
        return ()


def note_layers(model: Any, folder: Path) -> None:
    """Writes the configurations of Larq's layers in a Keras model in memory, which its graph does not hold."""
    found = [
        {"class_name": kind, "config": layer.get_config()}
        for layer in getattr(model, "submodules", ())
        for kind in (_kind(layer),)
        if kind is not None
    ]
    if found:
        (folder / _OWN_FILE).write_text(json.dumps(found, default=str))


def has_signs_of_larq(graph: Any) -> bool:
    """Whether a GraphDef has Larq's sign, which is never 0: sign(sign(x) + 0.1)."""
    return any(_has_double_sign(nodes) for nodes in (graph.node, *(one.node_def for one in graph.library.function)))


def _has_double_sign(nodes: Any) -> bool:
    by_name = {node.name: node for node in nodes}

    def read(node: Any) -> Any:
        return by_name.get(node.input[0].split(":")[0]) if node is not None and node.input else None

    outer = [node for node in nodes if node.op == "Sign"]
    sums = [one for one in map(read, outer) if one is not None and one.op in ("AddV2", "Add")]
    return any(inner is not None and inner.op == "Sign" for inner in map(read, sums))


def _keras_notes(file: Path) -> list[Any]:
    """The configurations of all layers in tf-keras's file."""
    content = file.read_bytes() if file.is_file() else b""
    if _MARK not in content:
        return []
    from google.protobuf.message import DecodeError
    from tf_keras.protobuf.saved_metadata_pb2 import SavedMetadata

    notes = SavedMetadata()
    try:
        notes.ParseFromString(content)
    except DecodeError:
        return []
    return [json.loads(node.metadata) for node in notes.nodes if _MARK.decode() in node.metadata]


def _kind(layer: Any) -> str | None:
    """The class of Larq's that a layer is of, or derives from."""
    bases = (base for base in type(layer).__mro__ if base.__module__.split(".")[0] == "larq")
    return next((base.__name__ for base in bases if base.__name__ in LARQ_LAYERS), None)
