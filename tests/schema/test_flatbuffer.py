"""The flatbuffer reader: what it reads, and each way in which a file can lead it astray."""

import struct

import numpy as np
import pytest

from edgeopt.errors import MalformedModel
from edgeopt.schema.flatbuffer import Reader, Schema

SCHEMA = Schema.parse("""
enum Color { RED, GREEN }
table Leaf { value:int = 7; color:Color; }
table Root (a note) { name:string; old:_; sizes:[int]; leaf:Leaf; leaves:[Leaf]; ratio:float = 0.5; big:bool = 1; }
""")


def make(*slots: tuple[int, bytes], tail: bytes = b"", table_bytes: int | None = None) -> bytes:
    """A file whose root has the given fields by slot, inline parts of 4 bytes; `tail` follows the root.

    Layout: root offset (0), vtable of 7 slots (4..22), pad, table (24): way back, fields; then the tail.
    """
    offsets, inline = [0] * 7, b""
    for slot, value in slots:
        offsets[slot] = 4 + len(inline)
        inline += value
    size = 4 + len(inline) if table_bytes is None else table_bytes
    vtable = struct.pack("<9H", 18, size, *offsets)
    return struct.pack("<I", 24) + vtable + b"\0\0" + struct.pack("<i", 20) + inline + tail


def offset(distance: int) -> bytes:
    return struct.pack("<I", distance)


def test_missing_fields_have_their_defaults() -> None:
    root = Reader(make(), SCHEMA).root("Root")
    assert root == {"name": None, "sizes": None, "leaf": None, "leaves": None, "ratio": 0.5, "big": True}
    assert SCHEMA.notes["Root"] == "a note"


def test_scalars_strings_vectors_and_tables() -> None:
    # three offsets at 28, 32, 36; the tail at 40: "ab", [5, -6], a leaf with its vtable
    leaf_vtable = struct.pack("<4H", 8, 12, 4, 8)
    tail = struct.pack("<I4s", 2, b"ab\0\0") + struct.pack("<I2i", 2, 5, -6)
    tail += leaf_vtable + struct.pack("<i", 8) + struct.pack("<ib3x", -9, 1)
    data = make((0, offset(12)), (2, offset(16)), (3, offset(32)), tail=tail)
    root = Reader(data, SCHEMA).root("Root")
    assert root["name"] == "ab"
    assert root["sizes"].tolist() == [5, -6]
    assert not root["sizes"].flags.writeable
    assert root["leaf"] == {"value": -9, "color": "GREEN"}


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "lies outside the file"),
        (struct.pack("<I", 2), "points at itself"),
        (struct.pack("<I", 0xFFFFFFF0), "lies outside the file, which ends at byte 4"),
        (struct.pack("<Ii", 4, 1000), "the vtable of Root lies outside"),
        (struct.pack("<Ii", 4, -1000), "the vtable of Root lies outside"),
        (struct.pack("<IiHH", 4, -4, 3, 4), "the vtable of Root has 3 bytes"),
        (struct.pack("<IiHH", 4, -4, 0, 4), "the vtable of Root has 0 bytes"),
        (struct.pack("<IiHH", 4, -4, 4000, 4), "the vtable of Root lies outside"),
        (make((0, offset(4)), table_bytes=4), "points outside the table"),
        (make((0, offset(4)), table_bytes=4000), "Root lies outside"),
        (make((0, offset(9999))), "Root.name lies outside"),
        (make((0, offset(0))), "Root.name points at itself"),
        (make((0, offset(4)), tail=offset(1)), "Root.name lies outside"),
        (make((2, offset(4)), tail=offset(0x40000001) + bytes(4)), "Root.sizes lies outside"),
        (make((4, offset(4)), tail=offset(0xFFFFFFFF)), "Root.leaves lies outside"),
        (make((4, offset(4)), tail=offset(1) + offset(5)), r"Root.leaves\[0\] lies outside"),
    ],
)
def test_what_leads_outside_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(MalformedModel, match=message):
        Reader(data, SCHEMA).root("Root")


def test_a_value_that_the_enum_does_not_have_is_refused() -> None:
    leaf = struct.pack("<4H", 8, 8, 0, 4) + struct.pack("<ib3x", 8, 2)
    with pytest.raises(MalformedModel, match=r"Leaf\.color is 2, and Color goes from 0 to 1"):
        Reader(make((3, offset(12)), tail=leaf), SCHEMA).root("Root")


def test_pointing_at_one_table_without_end_is_refused() -> None:
    count = 60  # offsets that all lead to one leaf behind them
    leaf = struct.pack("<4H", 8, 4, 0, 0) + struct.pack("<i", 8)
    vector = offset(count) + b"".join(offset(4 * (count - i) + 8) for i in range(count))
    with pytest.raises(MalformedModel, match="more than 50 parts"):
        Reader(make((4, offset(4)), tail=vector + leaf), SCHEMA, max_tables=50).root("Root")


def test_unpacking_one_vector_without_end_is_refused() -> None:
    reader = Reader(make((2, offset(4)), tail=offset(100) + np.zeros(100, "<i4").tobytes()), SCHEMA)
    with pytest.raises(MalformedModel, match="its parts overlap"):
        for _ in range(20):
            reader.root("Root")
