"""What the calibration of a binarized network found, kept in the .tflite itself: the metadata `edgeopt.ranges`.

The Larq Compute Engine computes in bits and floats; on a microcontroller what is float becomes integers, whose scales
follow from these ranges. Runtimes pass over metadata that they do not know, so the file stays the Engine's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from edgeopt.errors import MalformedModel
from edgeopt.schema.flatbuffer import AGAIN
from edgeopt.schema.model import ModelFile

METADATA_NAME = "edgeopt.ranges"
_SCHEMA = "edgeopt.ranges/1"
_MAX_BYTES = 1 << 22
LARGEST = 1e30  # real values beyond are none that a network computes with


@dataclass(frozen=True)
class Ranges:
    """By the index of a float32 tensor of the main graph."""

    ranges: Mapping[int, tuple[float, float]]  # lowest and highest real value over the calibration set
    inputs: Mapping[int, tuple[float, int]]  # scale and zero point of each input of the network, as int8


def encode_ranges(found: Ranges) -> bytes:
    """The content of the metadata's buffer; the same ranges give the same bytes."""
    content = {
        "schema": _SCHEMA,
        "ranges": {str(index): list(found.ranges[index]) for index in sorted(found.ranges)},
        "inputs": {str(index): list(found.inputs[index]) for index in sorted(found.inputs)},
    }
    return json.dumps(content, separators=(",", ":")).encode()


def read_ranges(file: ModelFile) -> Ranges | None:
    """The ranges in a file; None where it has none. MalformedModel for what `encode_ranges` does not write."""
    data = file.metadata(METADATA_NAME)
    if data is None:
        return None
    if len(data) > _MAX_BYTES:
        raise _damage(f"has {len(data):,} bytes")
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        raise _damage("is no JSON") from None
    if not isinstance(content, dict) or content.get("schema") != _SCHEMA:
        raise _damage(f"is not of the schema {_SCHEMA}")
    ranges = {index: _range(pair) for index, pair in _pairs(content, "ranges", file)}
    inputs = {index: _scale(pair) for index, pair in _pairs(content, "inputs", file)}
    return Ranges(ranges, inputs)


def _pairs(content: Mapping[str, Any], key: str, file: ModelFile) -> list[tuple[int, list[Any]]]:
    table = content.get(key)
    if not isinstance(table, dict):
        raise _damage(f"has no `{key}`")
    found = []
    for text, pair in table.items():
        index = int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
        if not 0 <= index < len(file.tensors):
            raise _damage(f"speaks of tensor `{text[:20]}`, and there are {len(file.tensors)}")
        numbers = isinstance(pair, list) and len(pair) == 2 and all(type(value) in (int, float) for value in pair)
        if not numbers or not all(abs(value) < LARGEST for value in pair):
            raise _damage(f"has no two numbers for tensor {index}")
        found.append((index, pair))
    return found


def _range(pair: list[Any]) -> tuple[float, float]:
    low, high = float(pair[0]), float(pair[1])
    if low > high:
        raise _damage(f"has the range {low:g} to {high:g}")
    return low, high


def _scale(pair: list[Any]) -> tuple[float, int]:
    scale, zero_point = pair
    if not scale > 1e-30 or type(zero_point) is not int or not -128 <= zero_point <= 127:
        raise _damage(f"has the scale {scale} and the zero point {zero_point} for an input")
    return float(scale), zero_point


def _damage(what: str) -> MalformedModel:
    return MalformedModel(f"the metadata `{METADATA_NAME}` {what}", AGAIN)
