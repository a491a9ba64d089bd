"""Calibration ranges in a file's metadata: what is written is read, and anything else is refused with its reason."""

import json
from typing import Any

import pytest
from support.lce import with_ranges
from support.tflite_writer import ModelBuilder, schema

from edgeopt.errors import MalformedModel
from edgeopt.schema import METADATA_NAME, Ranges, encode_ranges, read_model, read_ranges

RANGES = Ranges({0: (-1.5, 2.25), 1: (0.0, 0.0)}, {0: (1 / 255, -128)})


def a_model(content: bytes | None = None, buffer: int | None = None) -> bytes:
    """One RELU, with `content` as the metadata, which lies in `buffer` if that is given."""
    m = ModelBuilder()
    x, y = m.tensor([1, 4], "float32"), m.tensor([1, 4], "float32")
    m.op("RELU", [x], [y])

    def edit(model: Any) -> None:
        if content is None:
            return
        stored, entry = schema.BufferT(), schema.MetadataT()
        stored.data = list(content)
        entry.name, entry.buffer = METADATA_NAME, len(model.buffers) if buffer is None else buffer
        model.buffers.append(stored)
        model.metadata = [entry]

    return m.finish([x], [y], edit)


def test_what_is_written_is_read() -> None:
    assert read_ranges(read_model(with_ranges(a_model(), RANGES))) == RANGES
    assert read_ranges(read_model(a_model())) is None
    assert encode_ranges(RANGES) == encode_ranges(Ranges(dict(reversed(RANGES.ranges.items())), RANGES.inputs))


def changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(encode_ranges(RANGES)), **changes}).encode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\x00", "is no JSON"),
        (b"[" * 100_000, "is no JSON"),
        (b"[]", "is not of the schema"),
        (changed(schema="edgeopt.ranges/2"), "is not of the schema edgeopt.ranges/1"),
        (changed(ranges=[]), "has no `ranges`"),
        (changed(inputs=None), "has no `inputs`"),
        (changed(ranges={"2": [0, 1]}), "tensor `2`, and there are 2"),
        (changed(ranges={"-1": [0, 1]}), "tensor `-1`"),
        (changed(ranges={"0": [0]}), "no two numbers for tensor 0"),
        (changed(ranges={"0": [0, True]}), "no two numbers for tensor 0"),
        (changed(ranges={"0": [0, float("nan")]}), "no two numbers for tensor 0"),
        (changed(ranges={"0": [0, float("inf")]}), "no two numbers for tensor 0"),
        (changed(ranges={"0": [2, 1]}), "the range 2 to 1"),
        (changed(inputs={"0": [0, 0]}), "scale 0"),
        (changed(inputs={"0": [0.1, 128]}), "zero point 128"),
        (changed(inputs={"0": [0.1, 0.5]}), "zero point 0.5"),
    ],
)
def test_what_contradicts_itself_is_refused(content: bytes, message: str) -> None:
    with pytest.raises(MalformedModel, match=message):
        read_ranges(read_model(a_model(content)))


def test_a_buffer_that_is_not_there_is_refused() -> None:
    with pytest.raises(MalformedModel, match="uses buffer 9, and there are 2"):
        read_ranges(read_model(a_model(b"{}", buffer=9)))
