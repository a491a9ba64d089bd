"""How much stack a program can need: the deepest path of calls through the linked ELF, whoever compiled it.

Read from the code itself, so that the compiler's own arithmetic is in it too. A function's frame is all by which it
ever lowers the stack pointer. A call through a pointer may go to each function in a table of pointers that the caller
names, itself or by a variable that points into the table, and to each whose address some code takes to pass it on; the
object files tell an address from a number. A function in a table that no caller names is one whose calls are not
understood: then there is no bound.
"""

import bisect
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection
from elftools.elf.sections import Symbol, SymbolTableSection

from edgeopt.errors import ToolchainError
from edgeopt.firmware.thumb_code import Code, scan

_SHF_ALLOC, _SHF_EXECINSTR = 0x2, 0x4
_ADDRESS_RELOCATIONS = (2, 47)  # R_ARM_ABS32, R_ARM_THM_MOVW_ABS_NC
_POINTER_BYTES = 4
_ENTRY = "Reset_Handler"
_VECTORS = ".vectors"  # the handlers in it are called by nobody; a fault begins a new stack


@dataclass(frozen=True)
class StackBound:
    """The most bytes that the stack can take, and the calls that lead there, outermost first."""

    size_bytes: int
    path: tuple[str, ...]


def stack_bound(elf: Path, objects: Iterable[Path]) -> StackBound | None:
    """The bound from reset on, of an ELF linked from `objects`, all with their symbols.

    None where a frame is not constant, or not every call through a pointer is understood. ToolchainError where a
    function calls itself.
    """
    program = _Program(elf, objects)
    reachable = program.reachable()
    if any(program.code[at].frame_bytes is None for at in reachable) or not program.in_tables <= reachable:
        return None
    return _deepest(program, program.entry, {}, ())


def frames(elf: Path) -> dict[str, int | None]:
    """The frame of each function by name, without what it calls; None where it is not constant."""
    program = _Program(elf, ())
    return {name: program.code[at].frame_bytes for at, name in program.names.items()}


def _deepest(program: "_Program", at: int, known: dict[int, StackBound], above: tuple[int, ...]) -> StackBound:
    if at in above:
        circle = " > ".join(f"`{program.names[i]}`" for i in (*above[above.index(at) :], at))
        raise ToolchainError(f"the firmware is recursive: {circle}", "take the recursion out: it has no stack bound")
    if at not in known:
        below = [_deepest(program, callee, known, (*above, at)) for callee in sorted(program.callees(at))]
        worst = max(below, key=lambda bound: bound.size_bytes, default=StackBound(0, ()))
        frame = program.code[at].frame_bytes or 0
        known[at] = StackBound(frame + worst.size_bytes, (program.names[at], *worst.path))
    return known[at]


class _Program:
    """The functions of an ELF by address (Thumb bit cleared), their code, and who calls whom."""

    def __init__(self, elf: Path, objects: Iterable[Path]) -> None:
        with elf.open("rb") as file:
            image = ELFFile(file)
            sections = [s for s in image.iter_sections() if s["sh_flags"] & _SHF_ALLOC and s["sh_size"]]
            self._blocks = {s["sh_addr"]: s.data() for s in sections if s["sh_type"] != "SHT_NOBITS"}
            ends = {s["sh_addr"] + s["sh_size"] for s in sections}
            symbols = _symbols(image)
        self._starts = sorted(self._blocks)
        self.names = {s["st_value"] & ~1: s.name for s in symbols if s["st_info"]["type"] == "STT_FUNC"}
        self._order: list[int] = sorted(self.names)
        self.code = self._scan(symbols, ends)
        self.entry: int = next(at for at, name in self.names.items() if name == _ENTRY)
        taken = [item for path in objects for item in _addresses_taken(path)]
        self._passed = self._named({function for holder, function in taken if holder is None})
        self._tables = {
            (s["st_value"], s["st_value"] + s["st_size"]): self._named({to for holder, to in taken if holder == s.name})
            for s in symbols
            if s["st_info"]["type"] == "STT_OBJECT"
        }
        # a variable that points into a table at the start: whoever sets it to another table names that table
        self._pointers = {at: self._read(at, _POINTER_BYTES) for at in self._initialized(symbols)}
        self.in_tables = frozenset[int]().union(*self._tables.values())

    def callees(self, at: int) -> Set[int]:
        """The functions that the one at `at` may call or jump to."""
        code = self.code[at]
        outside = {self._function_of(target) for target in code.jumps} - {at}
        # Armv6-M has no far branch: clang calls the middle of its own function instead
        direct = {self._function_of(target) for target in code.calls if target == at or not self._lies_in(target, at)}
        direct |= outside
        if not code.calls_pointers:
            return direct
        addresses = code.addresses | {self._pointers[at] for at in code.addresses if at in self._pointers}
        named = (
            functions
            for (begin, end), functions in self._tables.items()
            if functions and any(begin <= address < end for address in addresses)
        )
        return direct.union(self._passed, *named)

    def reachable(self) -> Set[int]:
        found, waiting = {self.entry}, [self.entry]
        while waiting:
            new = self.callees(waiting.pop()) - found
            found |= new
            waiting += new
        return found

    def _named(self, names: Set[str]) -> frozenset[int]:
        return frozenset(at for at, name in self.names.items() if name in names)

    def _lies_in(self, address: int, function: int) -> bool:
        return self._function_of(address) == function

    def _function_of(self, address: int) -> int:
        return self._order[bisect.bisect_right(self._order, address) - 1]

    def _initialized(self, symbols: Sequence[Symbol]) -> Iterator[int]:
        """The addresses of the objects of a pointer's size that have a value from the start."""
        blocks = [(at, at + len(data)) for at, data in self._blocks.items()]
        for s in symbols:
            is_pointer = s["st_info"]["type"] == "STT_OBJECT" and s["st_size"] == _POINTER_BYTES
            if is_pointer and any(begin <= s["st_value"] < end for begin, end in blocks):
                yield s["st_value"]

    def _read(self, address: int, size_bytes: int) -> int:
        """A little-endian number in flash."""
        start = self._starts[bisect.bisect_right(self._starts, address) - 1]
        return int.from_bytes(self._blocks[start][address - start : address - start + size_bytes], "little")

    def _scan(self, symbols: Sequence[Symbol], section_ends: Set[int]) -> Mapping[int, Code]:
        marks = sorted((s["st_value"], s.name[:2] == "$t") for s in symbols if s.name[:2] in ("$t", "$d"))
        mark_starts = [at for at, _ in marks]

        def is_code(address: int) -> bool:
            index = bisect.bisect_right(mark_starts, address) - 1
            return index >= 0 and marks[index][1]

        # the compiler's arithmetic, written in assembly, has no sizes: it ends where the next begins
        borders = sorted({*self._order, *section_ends})
        sizes = {at: borders[bisect.bisect_right(borders, at)] - at for at in self._order}
        for s in symbols:
            if s["st_info"]["type"] == "STT_FUNC" and s["st_size"]:
                sizes[s["st_value"] & ~1] = s["st_size"]
        return {at: scan(at, size_bytes, self._read, is_code) for at, size_bytes in sizes.items()}


def _symbols(image: ELFFile) -> list[Symbol]:
    tables = (section for section in image.iter_sections() if isinstance(section, SymbolTableSection))
    return [symbol for table in tables for symbol in table.iter_symbols()]


def _addresses_taken(path: Path) -> Iterator[tuple[str | None, str]]:
    """The functions whose address is taken in an object file: (what holds it, None for code; the function's name)."""
    with path.open("rb") as file:
        image = ELFFile(file)
        symbols = _symbols(image)
        for section in image.iter_sections():
            if not isinstance(section, RelocationSection):
                continue
            home = image.get_section(section["sh_info"])
            if not home["sh_flags"] & _SHF_ALLOC or home.name == _VECTORS:
                continue
            in_code = home["sh_flags"] & _SHF_EXECINSTR
            for relocation in section.iter_relocations():
                target = symbols[relocation["r_info_sym"]]
                is_function = target["st_info"]["type"] in ("STT_FUNC", "STT_NOTYPE")  # of another file: no type
                if relocation["r_info_type"] in _ADDRESS_RELOCATIONS and is_function:
                    yield None if in_code else _holder(symbols, section["sh_info"], relocation["r_offset"]), target.name


def _holder(symbols: Sequence[Symbol], section: int, offset: int) -> str:
    """The object that lies at an offset of a section."""
    objects = (s for s in symbols if s["st_shndx"] == section and s["st_info"]["type"] == "STT_OBJECT")
    return str(next(s.name for s in objects if s["st_value"] <= offset < s["st_value"] + s["st_size"]))
