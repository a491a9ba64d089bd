"""Sizes of a linked ELF by what they are for: the linker script makes one output section a group, no guesses."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.sections import Section
from elftools.elf.segments import Segment

from edgeopt.board import Board, Region
from edgeopt.errors import ToolchainError

_SHF_ALLOC = 0x2

# Output section of linker.ld -> group. What is not named here is runtime.
_FLASH_GROUPS = {".weights": "weights", ".kernels": "kernels", ".model": "model"}
_RAM_GROUPS = {".arena": "arena", ".static": "static", ".stack": "stack"}


@dataclass(frozen=True)
class FlashBytes:
    """Bytes of flash.

    `runtime` is what is there without a model; `kernels` has the compiler's arithmetic too that the runtime lacks.
    """

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
    """A section that takes memory: where the program sees it, and, if `in_file`, where it is loaded."""

    name: str
    address: int
    load_address: int
    size_bytes: int
    in_file: bool


def read_sizes(elf: Path, board: Board) -> Sizes:
    """Sizes of an ELF that this platform's linker script laid out; ToolchainError where it is not an ELF."""
    sections = allocated_sections(elf)
    flash = [(section.load_address, section) for section in sections if section.in_file]
    ram = [(section.address, section) for section in sections if _is_in(board.ram, section.address)]
    return Sizes(FlashBytes(**_row(flash, _FLASH_GROUPS)), RamBytes(**_row(ram, _RAM_GROUPS)))


def _is_in(region: Region, address: int) -> bool:
    return region.origin <= address < region.origin + region.size_bytes


def _row(placed: list[tuple[int, ElfSection]], groups: Mapping[str, str]) -> dict[str, int]:
    """Bytes a group and their total. Padding between two sections belongs to the group of the first."""
    row = dict.fromkeys((*groups.values(), "runtime"), 0)
    placed = sorted(placed, key=lambda item: item[0])
    ends = [address for address, _ in placed[1:]] + [address + section.size_bytes for address, section in placed[-1:]]
    for (address, section), end in zip(placed, ends, strict=True):
        row[groups.get(section.name, "runtime")] += end - address
    return {"total": sum(row.values()), **row}


def allocated_sections(elf: Path) -> tuple[ElfSection, ...]:
    """The sections that take memory on the device; those `in_file` also take flash."""
    try:
        with elf.open("rb") as file:
            image = ELFFile(file)
            segments = [segment for segment in image.iter_segments() if segment["p_type"] == "PT_LOAD"]
            return tuple(
                ElfSection(
                    section.name,
                    section["sh_addr"],
                    _load_address(section, segments),
                    section["sh_size"],
                    section["sh_type"] != "SHT_NOBITS",
                )
                for section in image.iter_sections()
                if section["sh_flags"] & _SHF_ALLOC and section["sh_size"]
            )
    except (OSError, ELFError) as error:
        raise ToolchainError(f"{elf}: not an ELF file: {error}", "build the project again") from None


def _load_address(section: Section, segments: Sequence[Segment]) -> int:
    address: int = section["sh_addr"]
    for segment in segments:
        if segment["p_filesz"] and 0 <= address - segment["p_vaddr"] < segment["p_filesz"]:
            return address - int(segment["p_vaddr"]) + int(segment["p_paddr"])
    return address
