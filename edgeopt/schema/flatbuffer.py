"""Reads a flatbuffer by its schema; every offset is checked before it is followed.

A flatbuffer is a web of offsets: a table begins with the way back to its vtable, the vtable tells where each field
lies, and vectors, strings and other tables lie where a field points. A hostile or damaged file may point anywhere,
count to 2^32, or point at one part a million times. So positions are compared with the file's length, and the number
of tables and of vector bytes that are unpacked is limited; byte vectors (constant data) are views and cost nothing.

Source: the FlatBuffers binary format, flatbuffers.dev/internals; the schema language is a subset of its own.
"""

import re
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from edgeopt.errors import MalformedModel

Record = dict[str, Any]  # a table: field name -> value

AGAIN = "copy the file again, or convert the model again"
MAX_TABLES = 100_000  # of MobileNetV2, 700 are used
_SCALARS = {
    "bool": "<B",
    "byte": "<b",
    "ubyte": "<B",
    "int": "<i",
    "uint": "<I",
    "long": "<q",
    "ulong": "<Q",
    "float": "<f",
}
_VECTORS = {"[ubyte]": "<u1", "[int]": "<i4", "[long]": "<i8", "[float]": "<f4"}


@dataclass(frozen=True)
class Field:
    """One field of a table; its place in the list is its slot in the vtable."""

    name: str
    type: str  # a scalar, an enum, `string`, `[scalar]`, a table, `[table]`; `table` is left as a position; `_` unread
    default: float = 0


@dataclass(frozen=True)
class Schema:
    """Tables and enums by name; `notes` holds what stands in parentheses behind a table's name."""

    tables: Mapping[str, tuple[Field, ...]]
    enums: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, str]

    @staticmethod
    def parse(text: str) -> "Schema":
        """The schema of a text such as `table T (note) { a:int = 1; b:[Other]; }  enum E { X, Y }`."""
        tables, enums, notes = {}, {}, {}
        for kind, name, note, body in re.findall(r"(table|enum) (\w+) *(?:\(([^)]*)\))? *\{([^}]*)\}", text):
            if kind == "enum":
                enums[name] = tuple(body.replace(",", " ").split())
            else:
                matches = re.finditer(r"(\w+):([^\s;]+)(?: = ([^\s;]+))?;", body)
                tables[name] = tuple(Field(m[1], m[2], float(m[3] or 0)) for m in matches)
                notes[name] = note
        return Schema(tables, enums, notes)


class Reader:
    """Unpacks tables of `data`, eagerly, into records. Raises MalformedModel for anything that is not in order."""

    def __init__(self, data: bytes, schema: Schema, max_tables: int = MAX_TABLES) -> None:
        self._data = data
        self._schema = schema
        self._max_tables = self._tables_left = max_tables
        self._vector_bytes_left = 8 * len(data)  # strings and vectors may be shared, but not without end
        self._vtables: dict[int, tuple[int, ...]] = {}

    def root(self, table: str) -> Record:
        """The file's root, a `table`."""
        return self.table(table, self._offset(0, "the root"))

    def table(self, name: str, position: int) -> Record:
        """The `name` table at `position`; fields that the file leaves out have their defaults, or None."""
        self._tables_left -= 1
        if self._tables_left < 0:
            raise _damage(f"it has more than {self._max_tables:,} parts", position)
        slots = self._vtable(name, position)
        return {
            field.name: self._field(field, position + slots[i] if i < len(slots) and slots[i] else None, name)
            for i, field in enumerate(self._schema.tables[name])
            if field.type != "_"
        }

    def defaults(self, name: str) -> Record:
        """The `name` table that a file leaves out."""
        return {field.name: self._field(field, None, name) for field in self._schema.tables[name] if field.type != "_"}

    def bytes_at(self, start: int, size: int, what: str) -> Any:
        """A uint8 view of the file itself, for data that lies outside the flatbuffer."""
        self._check(start, size, what)
        return np.frombuffer(self._data, np.uint8, size, start)

    def _field(self, field: Field, position: int | None, table: str) -> Any:
        kind, what = field.type, f"{table}.{field.name}"
        if kind in _SCALARS or kind in self._schema.enums:
            return self._scalar(field, position, what)
        if position is None:
            return None
        target = self._offset(position, what)
        if kind == "table":
            return target
        if kind == "string":
            return self._vector(target, np.dtype("u1"), what).tobytes().decode("utf-8", "replace")
        if kind in _VECTORS:
            return self._vector(target, np.dtype(_VECTORS[kind]), what)
        if kind.startswith("["):
            return [self.table(kind[1:-1], at) for at in self._elements(target, what)]
        return self.table(kind, target)

    def _scalar(self, field: Field, position: int | None, what: str) -> Any:
        names = self._schema.enums.get(field.type)
        code = _SCALARS["byte" if names else field.type]
        value: Any
        if position is None:
            value = field.default if field.type == "float" else int(field.default)
        else:
            self._check(position, struct.calcsize(code), what)
            (value,) = struct.unpack_from(code, self._data, position)
        if names is None:
            return bool(value) if field.type == "bool" else value
        if not 0 <= value < len(names):
            raise _damage(f"{what} is {value}, and {field.type} goes from 0 to {len(names) - 1}", position or 0)
        return names[value]

    def _vector(self, position: int, dtype: "np.dtype[Any]", what: str) -> Any:
        """The scalars at `position`, a read-only view; only multi-byte ones and strings count as unpacked."""
        count = self._count(position, dtype.itemsize, what)
        if dtype.itemsize > 1:
            self._spend(count * dtype.itemsize, position)
        return np.frombuffer(self._data, dtype, count, position + 4)

    def _elements(self, position: int, what: str) -> Iterator[int]:
        """Positions of the tables that the vector at `position` points at."""
        for index in range(self._count(position, 4, what)):
            yield self._offset(position + 4 + 4 * index, f"{what}[{index}]")

    def _count(self, position: int, item_bytes: int, what: str) -> int:
        self._check(position, 4, what)
        (count,) = struct.unpack_from("<I", self._data, position)
        self._check(position + 4, count * item_bytes, what)
        return int(count)

    def _spend(self, size: int, position: int) -> None:
        self._vector_bytes_left -= size
        if self._vector_bytes_left < 0:
            raise _damage("its parts overlap", position)

    def _vtable(self, name: str, position: int) -> tuple[int, ...]:
        """Offsets of a table's fields from its start, 0 where the file leaves one out; all inside the table."""
        self._check(position, 4, name)
        (back,) = struct.unpack_from("<i", self._data, position)
        start = position - back
        if start not in self._vtables:
            self._check(start, 4, f"the vtable of {name}")
            (size,) = struct.unpack_from("<H", self._data, start)
            self._check(start, size, f"the vtable of {name}")
            if size < 4 or size % 2:
                raise _damage(f"the vtable of {name} has {size} bytes", start)
            self._vtables[start] = struct.unpack_from(f"<{size // 2 - 1}H", self._data, start + 2)
        table_bytes, *slots = self._vtables[start]
        self._check(position, table_bytes, name)
        if slots and max(slots) >= table_bytes:
            raise _damage(f"the vtable of {name} points outside the table", start)
        return tuple(slots)

    def _offset(self, position: int, what: str) -> int:
        """Where the offset at `position` leads; forward only, so that no chain of offsets closes."""
        self._check(position, 4, what)
        (offset,) = struct.unpack_from("<I", self._data, position)
        if offset < 4:
            raise _damage(f"{what} points at itself", position)
        self._check(position + offset, 4, what)
        return int(position + offset)

    def _check(self, position: int, size: int, what: str) -> None:
        if position < 0 or position + size > len(self._data):
            raise _damage(f"{what} lies outside the file, which ends at byte {len(self._data)}", position)


def _damage(what: str, position: int) -> MalformedModel:
    return MalformedModel(f"the file is damaged at byte {position}: {what}", AGAIN)
