"""ELF files of chosen segments, without a compiler."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass

ARM, XTENSA, RISCV = 40, 94, 243  # e_machine
_HEADER, _PROGRAM = 52, 32  # bytes of the ELF header and of a program header


@dataclass(frozen=True)
class Segment:
    """One PT_LOAD segment: where the program sees it, where it is loaded, its bytes; more in memory than in file."""

    address: int
    load_address: int
    data: bytes
    memory_bytes: int = 0


def elf_bytes(segments: Sequence[Segment], entry: int, machine: int = ARM) -> bytes:
    """A little-endian executable of 32 bits with these segments and nothing else."""
    at = _HEADER + _PROGRAM * len(segments)
    programs = content = b""
    for segment in segments:
        size = len(segment.data)
        memory = max(size, segment.memory_bytes)
        programs += struct.pack("<8I", 1, at + len(content), segment.address, segment.load_address, size, memory, 5, 4)
        content += segment.data
    identity = b"\x7fELF\x01\x01\x01" + bytes(9)
    sizes = (_HEADER, _PROGRAM, len(segments), 40, 0, 0)
    header = identity + struct.pack("<HHIIIII6H", 2, machine, 1, entry, _HEADER, 0, 0, *sizes)
    return header + programs + content
