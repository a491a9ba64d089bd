"""Reads the one kind of FlexBuffer that the Larq Compute Engine writes: a map from keys to integers.

A FlexBuffer is read from its end: the root's width in bytes, its type, then the root itself, for a map an offset back
to its values. In front of these stand their count, the width of the keys' offsets and the way to the keys; behind them
a type a value. As everywhere here, a position is compared with the length before it is followed.

Source: the FlexBuffers format, flatbuffers.dev/internals.
"""

from __future__ import annotations

from edgeopt.errors import MalformedModel
from edgeopt.schema.flatbuffer import AGAIN

_INT, _UINT, _MAP, _BOOL = 1, 2, 9, 26
_WIDTHS = (1, 2, 4, 8)
_MAX_ENTRIES = 256


def read_int_map(data: bytes) -> dict[str, int]:
    """The map in the bytes of a custom operator's options; empty for no bytes. MalformedModel for anything else."""
    if not data:
        return {}
    buffer = _Buffer(data)
    root_width, root_type = buffer.uint(len(data) - 1, 1), buffer.uint(len(data) - 2, 1)
    if root_width not in _WIDTHS or root_type >> 2 != _MAP:
        raise _damage("are no map")
    return buffer.map(buffer.behind(len(data) - 2 - root_width, root_width), _WIDTHS[root_type & 3])


class _Buffer:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def map(self, values: int, width: int) -> dict[str, int]:
        """The map whose values begin at `values`, each `width` bytes wide."""
        count = self.uint(values - width, width)
        if count > _MAX_ENTRIES:
            raise _damage(f"have {count} entries")
        keys_width = self.uint(values - 2 * width, width)
        if keys_width not in _WIDTHS:
            raise _damage(f"have offsets of {keys_width} bytes")
        keys = self.behind(values - 3 * width, width)
        if self.uint(keys - keys_width, keys_width) != count:
            raise _damage("have other keys than values")
        found: dict[str, int] = {}
        for index in range(count):
            key = self._text(self.behind(keys + index * keys_width, keys_width))
            if key in found:
                raise _damage(f"have `{key}` twice")
            kind = self.uint(values + count * width + index, 1) >> 2
            if kind not in (_INT, _UINT, _BOOL):
                raise _damage(f"have no integer under `{key}`")
            found[key] = self._integer(values + index * width, width, signed=kind == _INT)
        return found

    def uint(self, position: int, width: int) -> int:
        return self._integer(position, width, signed=False)

    def behind(self, position: int, width: int) -> int:
        """Where the offset at `position` leads, back from there."""
        return position - self.uint(position, width)

    def _integer(self, position: int, width: int, signed: bool) -> int:
        if position < 0 or position + width > len(self._data):
            raise _damage("point outside of themselves")
        return int.from_bytes(self._data[position : position + width], "little", signed=signed)

    def _text(self, position: int) -> str:
        end = self._data.find(b"\0", max(position, 0))
        if position < 0 or end < 0:
            raise _damage("point outside of themselves")
        return self._data[position:end].decode("ascii", "replace")


def _damage(what: str) -> MalformedModel:
    return MalformedModel(f"the options of a custom operator {what}", AGAIN)
