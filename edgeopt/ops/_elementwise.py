"""Rows of operators whose output elements come from the input elements at the same place."""

from typing import Any

from edgeopt.ir import Io, Strip


def strip_of_elements(op: Any, io: Io, first: int, end: int) -> Strip | None:
    """`Op.strip` of an elementwise operator: the same rows of each input, all of one that repeats itself over them."""
    rank = len(io.output.shape)
    rows: list[tuple[int, int] | None] = []
    for tensor in io.inputs:
        has_rows = tensor is not None and (*(1,) * (rank - len(tensor.shape)), *tensor.shape)[1] > 1
        # rows of a constant would be stored once more for each strip
        if has_rows and tensor is not None and (tensor.is_constant or len(tensor.shape) < rank):
            return None
        rows.append((first, end) if has_rows else None)
    return Strip(op, tuple(rows))
