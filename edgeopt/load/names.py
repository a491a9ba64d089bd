"""Names for tensors and layers: unique, on one line, and short where TensorFlow's are long."""

import re

# What TensorFlow's converter puts behind a layer's name
_INSIDE_A_LAYER = re.compile(r"BiasAdd|ReadVariableOp|resource\d*|Identity|batchnorm|FusedBatchNorm.*")
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


def layer_name(tensor: str, operator: str) -> str:
    """A layer's name from its output tensor's: `model/conv2d/Relu;model/conv2d/BiasAdd` -> `conv2d`.

    The converter joins the names of all that it fused by `;`, the producer last. Of its path, the first part is the
    model and the last the TensorFlow operator. Where the tensor's name says nothing, the layer is called after
    `operator`.
    """
    parts = tensor.split(";")[-1].split("/")
    if _SAYS_NOTHING.fullmatch(parts[-1]) and len(parts) == 1:
        return operator.lower()
    inner = [part for part in parts[:-1] if not _INSIDE_A_LAYER.fullmatch(part)]
    return "/".join(inner[1:] or inner or parts)
