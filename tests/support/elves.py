"""ELF files of chosen segments, without a compiler."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

ARM, XTENSA, RISCV = 40, 94, 243  # e_machine
_HEADER, _PROGRAM, _SECTION = 52, 32, 40  # bytes of the ELF's header, of a program's and of a section's


@dataclass(frozen=True)
class Segment:
    """One PT_LOAD segment: where the program sees it, where it is loaded, its bytes; more in memory than in file."""

    address: int
    load_address: int
    data: bytes
    memory_bytes: int = 0


def elf_bytes(segments: Sequence[Segment], entry: int, machine: int = ARM, sections: bool = False) -> bytes:
    """A little-endian executable of 32 bits with these segments; `sections`: each is one of code, `.s0`, `.s1` too."""
    at = _HEADER + _PROGRAM * len(segments)
    programs = content = b""
    places = []
    for segment in segments:
        size = len(segment.data)
        places.append(at + len(content))
        fields = (segment.address, segment.load_address, size, max(size, segment.memory_bytes))
        programs += struct.pack("<8I", 1, places[-1], *fields, 5, 4)
        content += segment.data
    table, count = _sections(segments, places, at + len(content)) if sections else (b"", 0)
    start = at + len(content) if count else 0
    identity = b"\x7fELF\x01\x01\x01" + bytes(9)
    sizes = (_HEADER, _PROGRAM, len(segments), _SECTION, count, max(count - 1, 0))
    header = identity + struct.pack("<HHIIIII6H", 2, machine, 1, entry, _HEADER, start, 0, *sizes)
    return header + programs + content + table


def _sections(segments: Sequence[Segment], places: Sequence[int], start: int) -> tuple[bytes, int]:
    """The section headers at file offset `start`, then the names of the sections; and how many headers there are."""
    names = b"\0" + b"".join(b".s%d\0" % i for i in range(len(segments))) + b".shstrtab\0"
    headers = bytes(_SECTION)
    for i, (segment, place) in enumerate(zip(segments, places, strict=True)):
        name = names.index(b".s%d\0" % i)
        headers += struct.pack("<10I", name, 1, 6, segment.address, place, len(segment.data), 0, 0, 4, 0)
    count = len(segments) + 2
    end = start + count * _SECTION
    headers += struct.pack("<10I", names.index(b".shstrtab"), 3, 0, 0, end, len(names), 0, 0, 1, 0)
    return headers + names, count
