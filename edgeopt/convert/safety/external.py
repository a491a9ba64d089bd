"""Data that an ONNX file keeps in other files: they lie in its own folder, and hold as much as they are said to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeopt.convert.safety.archives import check_size
from edgeopt.errors import MalformedModel

_AGAIN = "export the model again, and keep its files together in one folder"


def check_external_data(model: Any, folder: Path, where: str) -> None:
    """MalformedModel where a tensor's data would be read from outside `folder`, are not there or take too much."""
    root, total_bytes = folder.resolve(), 0
    for tensor in _tensors(model.graph):
        total_bytes += max(tensor.ByteSize(), _external_bytes(tensor, root, where))
        check_size(total_bytes, where)


def _external_bytes(tensor: Any, root: Path, where: str) -> int:
    entries = {entry.key: entry.value for entry in tensor.external_data}
    if not entries:
        return 0
    name = entries.get("location", "")
    path = root / name
    # resolve() follows links: one that leads out is found out too
    if not name or Path(name).is_absolute() or not path.resolve().is_relative_to(root):
        raise MalformedModel(f"{where}: the data of `{tensor.name}` lie outside its folder: `{name}`", _AGAIN)
    if not path.is_file():
        raise MalformedModel(f"{where}: its file `{name}` is missing", _AGAIN)
    try:
        offset, length = int(entries.get("offset", 0)), int(entries.get("length", path.stat().st_size))
    except ValueError:
        raise MalformedModel(f"{where}: the place of `{tensor.name}` in `{name}` is no number", _AGAIN) from None
    if offset < 0 or length < 0 or offset + length > path.stat().st_size:
        raise MalformedModel(f"{where}: `{name}` is too short for the data of `{tensor.name}`", _AGAIN)
    return length


def _tensors(graph: Any) -> Iterator[Any]:
    """Every tensor with data of a graph and of the graphs inside its nodes."""
    pending = [graph]
    while pending:
        graph = pending.pop()
        yield from graph.initializer
        for sparse in graph.sparse_initializer:
            yield from (sparse.values, sparse.indices)
        for attribute in (attribute for node in graph.node for attribute in node.attribute):
            yield from (attribute.t, *attribute.tensors)
            pending += [inner for inner in (attribute.g, *attribute.graphs) if inner.node or inner.initializer]
