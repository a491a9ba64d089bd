"""Sizes of a linked ELF by what they are for: the linker script makes one output section a group, no guesses."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from edgeopt.board import Board
from edgeopt.errors import ToolchainError

_SHF_ALLOC = 0x2

# Output section of linker.ld -> group. What is not named here is runtime.
_FLASH_GROUPS = {".weights": "weights", ".kernels": "kernels", ".model": "model"}
_RAM_GROUPS = {".arena": "arena", ".static": "static", ".stack": "stack"}


@dataclass(frozen=True)
class FlashBytes:
    """Bytes of flash. `kernels` has the compiler's arithmetic too; `runtime` is what is there without a model."""

    total: int
    weights: int
    kernels: int
    model: int
    runtime: int


@dataclass(frozen=True)
class RamBytes:
    """Bytes of RAM. `static` is the model's besides its arena; `stack` is what is reserved."""

    total: int
    arena: int
    static: int
    stack: int
    runtime: int


@dataclass(frozen=True)
class Sizes:
    flash_bytes: FlashBytes
    ram_bytes: RamBytes

    def to_dict(self) -> dict[str, dict[str, int]]:
        """The `flash_bytes` and `ram_bytes` of the JSON reports."""
        return asdict(self)


@dataclass(frozen=True)
class ElfSection:
    name: str
    address: int
    size_bytes: int
    in_file: bool


def read_sizes(elf: Path, board: Board) -> Sizes:
    """Sizes of an ELF that this platform's linker script laid out; ToolchainError where it is not an ELF."""
    flash: Counter[str] = Counter()
    ram: Counter[str] = Counter()
    for section in allocated_sections(elf):
        if section.in_file:
            flash[_FLASH_GROUPS.get(section.name, "runtime")] += section.size_bytes
        if board.ram.origin <= section.address < board.ram.origin + board.ram.size_bytes:
            ram[_RAM_GROUPS.get(section.name, "runtime")] += section.size_bytes
    return Sizes(FlashBytes(**_row(flash, _FLASH_GROUPS)), RamBytes(**_row(ram, _RAM_GROUPS)))


def _row(found: Mapping[str, int], groups: Mapping[str, str]) -> dict[str, int]:
    row = {group: found.get(group, 0) for group in (*groups.values(), "runtime")}
    return {"total": sum(row.values()), **row}


def allocated_sections(elf: Path) -> tuple[ElfSection, ...]:
    """The sections that take memory on the device; those `in_file` also take flash."""
    try:
        with elf.open("rb") as file:
            return tuple(
                ElfSection(section.name, section["sh_addr"], section["sh_size"], section["sh_type"] != "SHT_NOBITS")
                for section in ELFFile(file).iter_sections()
                if section["sh_flags"] & _SHF_ALLOC and section["sh_size"]
            )
    except (OSError, ELFError) as error:
        raise ToolchainError(f"{elf}: not an ELF file: {error}", "build the project again") from None
