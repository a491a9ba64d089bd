"""One scale for all tensors of a sum: an int16 ADD of such is a saturating sum, which costs a tenth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from edgeopt.ir import Layer

_KEEP_SCALE = ("MAX_POOL_2D", "AVERAGE_POOL_2D", "RESHAPE")
_MOST_APART = 32.0  # of reaches that share a scale: five of an int16's bits


def shared_reaches(layers: Sequence[Layer], ranges: Mapping[str, tuple[float, float]]) -> dict[str, float]:
    """The largest |value| that calibration has seen in any tensor of its sums, by the name of each such tensor.

    Sums that share a tensor are one, and so are those on either side of a pooling. Tensors whose own reach is far below
    that of the others, and tensors without a range, are left out.
    """
    reach = {name: max(abs(low), abs(high)) for name, (low, high) in ranges.items()}
    group: dict[str, set[str]] = {}
    summed = set()
    for layer in layers:
        tensors = [*layer.io.inputs, *layer.io.outputs]
        names = [t.name for t in tensors if t is not None and not t.is_constant and t.dtype == "float32"]
        plain = layer.operator == "ADD" and len({t.shape for t in tensors if t is not None}) == 1
        if plain or (layer.operator in _KEEP_SCALE and len(names) == 2):
            joined = set(names).union(*(group.get(name, set()) for name in names))
            group.update(dict.fromkeys(joined, joined))
            summed |= set(names) if plain else set()
    shared = {}
    for name in reach.keys() & group.keys():
        largest = max((reach[other] for other in group[name] if other in reach), default=0.0)
        if group[name] & summed and reach[name] * _MOST_APART >= largest > 0:
            shared[name] = largest
    return shared
