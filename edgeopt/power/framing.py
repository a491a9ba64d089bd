"""The frame of a trace file: its first line, and records with a kind, a size and a checksum."""

import json
import struct
import zlib
from dataclasses import fields
from pathlib import Path
from typing import Any, BinaryIO

from edgeopt.errors import UsageError
from edgeopt.power import chunk as codec
from edgeopt.power.stored import damaged
from edgeopt.power.trace import TraceInfo
from edgeopt.tables import Table

FORMAT, VERSION = "edgeopt trace", 1
NOTE_LIMIT = 10_000  # notes of a trace
CHUNK_LIMIT = 1_000_000  # chunks of a trace: two days at 100 kS/s
HEADER_LIMIT = 64 * 1024
_TEXT_LIMIT = 500
_JSON_LIMIT = 8192
_RECORD = struct.Struct("<4sI")  # kind, size of what follows; then that; then CRC-32 of all of it
_CRC = struct.Struct("<I")
SAMPLES, NOTE, END = b"SMPL", b"NOTE", b"LAST"
_LIMITS = {SAMPLES: codec.SIZE_LIMIT, NOTE: _JSON_LIMIT, END: _JSON_LIMIT}
OVERHEAD = _RECORD.size + _CRC.size  # bytes of a record beside what it holds


def header(info: TraceInfo) -> bytes:
    content: dict[str, Any] = {"format": FORMAT, "version": VERSION}
    for field in fields(info):
        value = getattr(info, field.name)
        if isinstance(value, str):
            value = line(value)
        if isinstance(value, tuple):
            value = [line(one) for one in value]
        if value is not None:
            content[field.name] = value
    return packed(content) + b"\n"


def info_of(path: Path, line: bytes) -> TraceInfo:
    table = Table(path, "", unpacked(str(path), 0, line), UsageError, "give the path of a trace, .eotrace")
    if table.text("format") != FORMAT or table.integer("version", 1, 1 << 31) != VERSION:
        raise UsageError(f"{path}: a trace of another version", "read it with the edgeopt that wrote it")
    info = TraceInfo(
        meter=table.text("meter"),
        title=table.text("title"),
        label=table.choice("label", ("measured", "simulated")),
        rate_hz=table.number("rate_hz", 1e-3, 1e9),
        supply_v=table.number("supply_v", 0, 1e4) if table.has("supply_v") else None,
        supply_source=table.text("supply_source", ".*"),
        gain_error=table.number("gain_error", 0, 1e6),
        offset_error_a=table.number("offset_error_a", 0, 1e6),
        supply_error=table.number("supply_error", 0, 1e6),
        clock_error=table.number("clock_error", 0, 1e6),
        accuracy_source=table.text("accuracy_source", ".*"),
        digital_lines=table.integer("digital_lines", 0, 8),
        digital_edges=table.choice("digital_edges", ("both", "falling")) if table.has("digital_edges") else "both",
        full_scale_a=table.number("full_scale_a", 0, 1e6) if table.has("full_scale_a") else None,
        calibrated=table.boolean("calibrated"),
        remarks=table.texts("remarks"),
    )
    table.done()
    return info


def record(kind: bytes, payload: bytes) -> bytes:
    data = _RECORD.pack(kind, len(payload)) + payload
    return data + _CRC.pack(zlib.crc32(data))


def read_record(name: str, file: BinaryIO, offset: int) -> tuple[bytes, bytes] | None:
    """Kind and content of the record at the file's position; None where the file ends before the record does."""
    head = file.read(_RECORD.size)
    if len(head) < _RECORD.size:
        return None
    kind, size = _RECORD.unpack(head)
    if size > _LIMITS.get(kind, -1):
        if not any(head) and _only_zeros(file):  # what a power cut leaves of a file that had grown
            return None
        raise damaged(name, offset, "no record of a trace")
    body = file.read(size + _CRC.size)
    if len(body) < size + _CRC.size:
        return None
    if zlib.crc32(body[:size], zlib.crc32(head)) != _CRC.unpack(body[size:])[0]:
        raise damaged(name, offset, "the checksum is wrong")
    return kind, body[:size]


def _only_zeros(file: BinaryIO) -> bool:
    while part := file.read(1 << 16):
        if any(part):
            return False
    return True


def unpacked(name: str, offset: int, data: bytes) -> dict[str, Any]:
    def refuse(_: str) -> None:
        raise ValueError("not finite")

    try:
        content = json.loads(data.decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        if offset == 0:
            raise UsageError(f"{name}: not a trace", "give the path of a trace, .eotrace")
        raise damaged(name, offset, "a record that is none")
    return content


def packed(content: dict[str, Any]) -> bytes:
    return json.dumps(content, allow_nan=False).encode()


def line(text: str) -> str:
    """What people and instruments write, as one printable line."""
    return "".join(character if character.isprintable() else " " for character in text)[:_TEXT_LIMIT]
