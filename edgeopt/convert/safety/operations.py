"""TensorFlow graphs: operators that run Python or reach files, which no model needs on a device."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from edgeopt.errors import UnsupportedModel

# By pattern, for there are several of each: PyFunc, EagerPyFunc; ReadFile, MatchingFiles; TFRecordDatasetV2, ...
_REFUSED = re.compile(
    "PyFunc|File|Reader|Dataset|Iterator|Save|Restore|Checkpoint|Summary|Print|Debug|Dump|RecordInput|ImportEvent|"
    "LoadAndRemap|VocabRemap|RemoteCall|Rpc|Sql"
)
_HINT = "export the model without them, or say that you trust it: --trust-model"


def refuse_operations(operators: Iterable[str], where: str) -> None:
    """UnsupportedModel that names all operators which a model has no need of and an attack has."""
    found = sorted({name for name in operators if _REFUSED.search(name)})
    if found:
        raise UnsupportedModel(f"{where}: its graph runs Python or reaches files: {', '.join(found)}", _HINT)


def operators_of(graph: Any) -> Iterator[str]:
    """The operators of a GraphDef and of all functions in its library."""
    yield from (node.op for node in graph.node)
    for function in graph.library.function:
        yield from (node.op for node in function.node_def)


def run_operators(meta: Any) -> Iterator[str]:
    """The operators of a SavedModel's MetaGraphDef that loading it or calling it can run.

    That is: what its signatures and its initializers need, and every function that its objects have. The functions
    that write and read its checkpoint are in every file and are called by nobody: they are not among these.
    """
    functions = {function.signature.name: function for function in meta.graph_def.library.function}
    nodes = {node.name: node for node in meta.graph_def.node}
    reached = list(_reached_nodes(nodes, _roots(meta)))
    yield from (node.op for node in reached)
    names = [name for node in reached for name in _called(node)] + list(meta.object_graph_def.concrete_functions)
    seen: set[str] = set()
    while names:
        name = names.pop()
        if name in functions and name not in seen:
            seen.add(name)
            for node in functions[name].node_def:
                yield node.op
                names += _called(node)


def _roots(meta: Any) -> Iterator[str]:
    """Names of the nodes that are fetched: outputs of signatures, and what initializes a model of TensorFlow 1."""
    for signature in meta.signature_def.values():
        yield from (_node_name(tensor.name) for tensor in signature.outputs.values())
    for key, collection in meta.collection_def.items():
        if "init_op" in key or "main_op" in key:
            yield from map(_node_name, collection.node_list.value)


def _node_name(name: str) -> str:
    return name.lstrip("^").split(":")[0]


def _reached_nodes(nodes: Mapping[str, Any], roots: Iterable[str]) -> Iterator[Any]:
    pending, seen = list(roots), set()
    while pending:
        name = pending.pop()
        if name in nodes and name not in seen:
            seen.add(name)
            yield nodes[name]
            pending += map(_node_name, nodes[name].input)


def _called(node: Any) -> Iterator[str]:
    """Functions that a node calls; an operator may be a function's own name too."""
    yield node.op
    for value in node.attr.values():
        yield from (function.name for function in (value.func, *value.list.func) if function.name)
