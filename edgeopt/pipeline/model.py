"""A full-integer .tflite as the verbs take it: read and parsed once."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from edgeopt.emit import c_name
from edgeopt.ir import Graph
from edgeopt.load import load_bytes, read_file
from edgeopt.optimize import optimize


@dataclass(frozen=True)
class Model:
    """A full-integer .tflite: its bytes, the graph as loaded, and the graph that is generated."""

    data: bytes
    original: Graph
    graph: Graph

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()

    @property
    def name(self) -> str:
        """The name as a C identifier."""
        return c_name(self.graph.name)


def open_model(path: Path, without: Collection[str] = ()) -> Model:
    """The .tflite in `path`, optimized by all passes but those that `without` names; errors as edgeopt.load."""
    data = read_file(path)
    original = load_bytes(data, path.stem)
    return Model(data, original, optimize(original, without))
