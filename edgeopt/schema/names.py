"""Names for tensors and layers: unique, on one line, and short where TensorFlow's are long."""

import re
from collections.abc import Iterable

# What TensorFlow's converter puts behind a layer's name, and names that it gives where there is none
_INSIDE_A_LAYER = re.compile(r"BiasAdd|ReadVariableOp|resource\d*|Identity")
_NORMALIZATION = re.compile(r"batchnorm|FusedBatchNorm")
_SAYS_NOTHING = re.compile(r"(Stateful)?PartitionedCall.*|Identity.*|serving_default.*|tensor_\d+|")


def printable(name: str) -> str:
    """The name on one line: what a terminal or a C comment could trip over becomes `?`."""
    return "".join(c if c.isprintable() else "?" for c in name)


class UniqueNames:
    """Hands out each name once: `name`, then `name_2`, `name_3` ..."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._next: dict[str, int] = {}

    def take(self, name: str) -> str:
        """`name`, or the first of `name_2`, `name_3` ... that is free."""
        candidate, count = name, self._next.get(name, 2)
        while candidate in self._taken:
            candidate = f"{name}_{count}"
            count += 1
        self._next[name] = count
        self._taken.add(candidate)
        return candidate


def layer_names(layers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Unique names for layers, each given by its output tensor's name and its operator.

    `model/conv2d/Relu;model/conv2d/BiasAdd` is `conv2d`: the scope that all layers share is left out. Where the
    tensor's name says nothing, the layer is called after its operator.
    """
    paths = [(_path(tensor), operator.lower()) for tensor, operator in layers]
    shared = _shared_scope([path for path, _ in paths if path])
    names = UniqueNames()
    return tuple(names.take("/".join(path[shared:]) or operator) for path, operator in paths)


def _path(tensor: str) -> list[str]:
    """The Keras path of the layer that makes a tensor, empty where its name does not tell.

    The converter joins the names of all that it fused by `;`, the producer last but for a normalization folded into
    its bias; the last part of a name is the TensorFlow operator.
    """
    if _SAYS_NOTHING.fullmatch(tensor):
        return []
    fused = tensor.split(";")
    name = next((name for name in reversed(fused) if not _NORMALIZATION.search(name)), fused[-1])
    parts = name.split("/")
    return [part for part in parts[:-1] if not _INSIDE_A_LAYER.fullmatch(part)] or parts


def _shared_scope(paths: list[list[str]]) -> int:
    """How many leading parts all paths have in common, each keeping its last part."""
    shared = 0
    while paths and all(len(path) > shared + 1 and path[shared] == paths[0][shared] for path in paths):
        shared += 1
    return shared


def is_engines(operator: str) -> bool:
    """Whether an operator is a custom one of the Larq Compute Engine: LceQuantize, LceBconv2d and others."""
    return operator.startswith("Lce")
