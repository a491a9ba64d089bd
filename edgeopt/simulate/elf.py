"""An ELF file -> ElfImage: what goes where, where it starts, and which function an address belongs to.

The file is hostile until checked: sizes are held against the file before anything is read. Only three tables of the
format are needed (program headers, section headers, symbols), which is less code than guarding a library's reader.
"""

import bisect
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edgeopt.errors import UsageError

UNKNOWN_FUNCTION = "(unknown)"

_HINT = "give the .elf that the linker wrote for a 32-bit little-endian Arm core"
_FILE_LIMIT_BYTES = 256 << 20
_SEGMENTS_LIMIT = 64
_SYMBOLS_LIMIT = 1 << 18
_NAME_LIMIT_BYTES = 1024  # a longer one is cut: names may overlap in the file, and would take more memory than it
_MACHINE_ARM = 40
_TYPE_EXECUTABLE = 2
_SEGMENT_LOAD = 1
_WRITABLE = 2
_SECTION_SYMBOLS = 2
_SECTION_EXECUTABLE = 4
_SYMBOL_NOTYPE, _SYMBOL_FUNCTION = 0, 2


@dataclass(frozen=True)
class Segment:
    """A loadable part: `data` goes to `load_address`; at run time it takes `memory_bytes` from `run_address`.

    `is_variable`: the program writes where `data` was loaded, so that must be RAM.
    """

    load_address: int
    run_address: int
    memory_bytes: int
    data: bytes
    is_variable: bool


@dataclass(frozen=True, order=True)
class Function:
    """Code from `address` (Thumb bit cleared) on; `size_bytes` 0 means up to the next symbol."""

    address: int
    size_bytes: int
    name: str


@dataclass(frozen=True)
class ElfImage:
    """A checked ELF executable. `symbols` are addresses by name (Thumb bit cleared), `functions` sorted by address."""

    path: Path
    entry: int
    segments: tuple[Segment, ...]
    functions: tuple[Function, ...]
    symbols: Mapping[str, int]

    @cached_property
    def _starts(self) -> list[int]:
        return [function.address for function in self.functions]

    @cached_property
    def _start_set(self) -> frozenset[int]:
        return frozenset(self._starts)

    def is_start(self, address: int) -> bool:
        """Whether a function begins at `address`."""
        return address in self._start_set

    def function_at(self, address: int) -> str:
        """Name of the function that holds `address`, or UNKNOWN_FUNCTION."""
        index = bisect.bisect_right(self._starts, address) - 1
        if index < 0:
            return UNKNOWN_FUNCTION
        function = self.functions[index]
        if function.size_bytes and address >= function.address + function.size_bytes:
            return UNKNOWN_FUNCTION
        return function.name

    def place(self, address: int, before: int) -> str:
        """For a message: the function that holds `address`, or, where none does, the one that ran `before`."""
        name, last = self.function_at(address), self.function_at(before)
        if name != UNKNOWN_FUNCTION:
            return name
        return "no function" if last == UNKNOWN_FUNCTION else f"no function, after {last}"


def read_elf(path: Path) -> ElfImage:
    """The executable at `path`; UsageError where it cannot be read, is damaged, or is for another machine."""
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}", _HINT) from None
    if len(data) > _FILE_LIMIT_BYTES:
        raise UsageError(f"{path}: larger than {_FILE_LIMIT_BYTES} bytes", _HINT)
    return _Reader(path, data).image()


class _Reader:
    def __init__(self, path: Path, data: bytes) -> None:
        self._path = path
        self._data = data

    def _error(self, what: str) -> UsageError:
        return UsageError(f"{self._path}: {what}", _HINT)

    def _slice(self, offset: int, size_bytes: int, what: str) -> bytes:
        if offset + size_bytes > len(self._data):
            raise self._error(f"the {what} at {offset:#x} ends beyond the file, which is damaged")
        return self._data[offset : offset + size_bytes]

    def image(self) -> ElfImage:
        header = self._data[:52]
        if len(header) < 52 or header[:4] != b"\x7fELF":
            raise self._error("is not an ELF file")
        kind, machine, _, entry, segments_at, sections_at = struct.unpack_from("<HHIIII", header, 16)
        if header[4] != 1 or header[5] != 1 or machine != _MACHINE_ARM:
            raise self._error("is not for a 32-bit little-endian Arm core")
        if kind != _TYPE_EXECUTABLE:
            raise self._error("is an object file or a shared library, not a linked program")
        segment_bytes, segment_count, section_bytes, section_count = struct.unpack_from("<4H", header, 42)
        segments = self._segments(segments_at, segment_bytes, segment_count)
        functions, symbols = self._symbols(sections_at, section_bytes, section_count)
        return ElfImage(self._path, entry & ~1, segments, functions, symbols)

    def _rows(self, offset: int, row_bytes: int, count: int, least_bytes: int, what: str) -> list[tuple[int, ...]]:
        if count and row_bytes < least_bytes:
            raise self._error(f"the {what} has rows of {row_bytes} bytes, which is damaged")
        table = self._slice(offset, row_bytes * count, what)
        return [struct.unpack_from(f"<{least_bytes // 4}I", table, i * row_bytes) for i in range(count)]

    def _segments(self, offset: int, row_bytes: int, count: int) -> tuple[Segment, ...]:
        if count > _SEGMENTS_LIMIT:
            raise self._error(f"has {count} segments, which is damaged")
        segments = []
        for row in self._rows(offset, row_bytes, count, 32, "program header table"):
            kind, at, run_address, load_address, file_bytes, memory_bytes, flags = row[:7]
            if kind != _SEGMENT_LOAD or not memory_bytes:
                continue
            if file_bytes > memory_bytes or max(run_address, load_address) + memory_bytes > 1 << 32:
                raise self._error(f"the segment for {load_address:#x} has impossible sizes")
            data = self._slice(at, file_bytes, "segment")
            is_variable = bool(flags & _WRITABLE) and run_address == load_address
            segments.append(Segment(load_address, run_address, memory_bytes, data, is_variable))
        if not any(segment.data for segment in segments):
            raise self._error("has nothing to load")
        return tuple(segments)

    def _symbols(self, offset: int, row_bytes: int, count: int) -> tuple[tuple[Function, ...], dict[str, int]]:
        if not offset:
            return (), {}
        sections = self._rows(offset, row_bytes, count, 40, "section header table")
        executable = {i for i, section in enumerate(sections) if section[2] & _SECTION_EXECUTABLE}
        best: dict[int, tuple[tuple[int, ...], Function]] = {}
        symbols: dict[str, int] = {}
        for name, value, size_bytes, info, index in self._named_symbols(sections):
            kind, binding = info & 15, info >> 4
            if not index or kind not in (_SYMBOL_NOTYPE, _SYMBOL_FUNCTION):
                continue
            if not name or name.startswith("$"):  # $t, $d, $a: marks of the Arm ABI
                continue
            is_function = kind == _SYMBOL_FUNCTION
            address = value & ~1 if is_function or index in executable else value
            if binding or name not in symbols:  # a global wins over a file's own symbol of the same name
                symbols[name] = address
            if is_function or index in executable:
                # Of several names for one address: functions first, then globals, then those with a size.
                rank = (is_function, binding == 1, size_bytes != 0)
                known = best.get(address)
                if known is None or (rank, name) > (known[0], known[1].name):
                    best[address] = (rank, Function(address, size_bytes, name))
        return tuple(sorted(function for _, function in best.values())), symbols

    def _named_symbols(self, sections: list[tuple[int, ...]]) -> Iterator[tuple[str, int, int, int, int]]:
        """Name, value, size, info and section of each symbol; the format allows one table of them."""
        tables = [section for section in sections if section[1] == _SECTION_SYMBOLS]
        if len(tables) > 1:
            raise self._error(f"has {len(tables)} symbol tables, which is damaged")
        for section in tables:
            if section[6] >= len(sections):
                raise self._error("the symbol table names a string table that is not there")
            names = self._slice(sections[section[6]][4], sections[section[6]][5], "string table")
            table = self._slice(section[4], section[5] - section[5] % 16, "symbol table")
            if len(table) // 16 > _SYMBOLS_LIMIT:
                raise self._error(f"has {len(table) // 16} symbols, which is damaged")
            for name_at, value, size_bytes, info, _, index in struct.iter_unpack("<IIIBBH", table):
                name, _, _ = names[name_at : name_at + _NAME_LIMIT_BYTES].partition(b"\0")
                yield name.decode("utf-8", "replace"), value, size_bytes, info, index
