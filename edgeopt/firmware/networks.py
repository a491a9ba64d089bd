"""What each network of a firmware takes of it; of the linked ELF, only what all of them take together is known."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

_SHF_ALLOC = 0x2
_FUNCTION_SECTION = ".text."


@dataclass(frozen=True)
class NetworkBytes:
    """One of several networks: its constants and its calls in flash, and what it uses of the arena that all share.

    Kernels are not told apart: what several networks call is there once.
    """

    name: str
    weights: int
    model: int
    arena: int


def networks_of(model_folder: Path, objects: Mapping[str, Path], elf: Path) -> tuple[NetworkBytes, ...]:
    """The networks whose C lies in `model_folder`, by name. `objects`: what was linked into `elf`, by source's stem."""
    functions = _names(elf)
    headers = {path.stem for path in model_folder.glob("*.h")}
    names = [name for name in sorted(objects) if f"{name}_weights" in objects and name in headers]
    return tuple(
        NetworkBytes(
            name,
            weights=_flash_bytes(objects[f"{name}_weights"], functions),
            model=_flash_bytes(objects[name], functions),
            arena=_arena_bytes(model_folder / f"{name}.h"),
        )
        for name in names
    )


def _flash_bytes(path: Path, functions: Collection[str]) -> int:
    """Of an object file, without the functions that were not linked: nobody calls them."""
    total = 0
    with path.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            function = section.name.removeprefix(_FUNCTION_SECTION)
            is_unused = function != section.name and function not in functions
            if section["sh_flags"] & _SHF_ALLOC and section["sh_type"] == "SHT_PROGBITS" and not is_unused:
                total += section["sh_size"]
    return total


def _names(elf: Path) -> frozenset[str]:
    with elf.open("rb") as file:
        tables = [part for part in ELFFile(file).iter_sections() if isinstance(part, SymbolTableSection)]
        return frozenset(symbol.name for table in tables for symbol in table.iter_symbols())


def _arena_bytes(header: Path) -> int:
    """What the network's header says; the arena of all is as large as the largest."""
    found = re.search(r"^#define \w+_ARENA_BYTES (\d+)", header.read_text(), re.MULTILINE)
    return int(found[1]) if found is not None else 0
