"""Which memory the virtual board has: the board's own, and what a foreign ELF needs besides."""

from collections.abc import Iterable
from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.errors import UsageError
from edgeopt.simulate.elf import ElfImage, Segment

PAGE_BYTES = 4096

# What Arm's architecture sets aside for devices: on-chip peripherals, the core's own, and the RP2040's fast ones.
PERIPHERAL_AREAS = ((0x4000_0000, 0x2000_0000), (0xD000_0000, 0x1000), (0xE000_0000, 0x10_0000))

# Where a program may lie: code, SRAM and external RAM.
_MEMORY_AREAS = ((0x0000_0000, 0x4000_0000), (0x6000_0000, 0x4000_0000))

# Read-only facts of a chip (serial number, calibration), by how its name begins; they read as erased flash.
_INFORMATION_BLOCKS = {"nRF5": (0x1000_0000, 0x2000), "STM32": (0x1FFF_0000, 0x1_0000)}

_FOREIGN_HEAP_BYTES = 1 << 20
_MAPPED_LIMIT_BYTES = 256 << 20


@dataclass(frozen=True, order=True)
class MemoryBlock:
    """Whole pages from `start` to `end` (exclusive)."""

    start: int
    end: int
    writable: bool
    erased: bool = False

    @property
    def size_bytes(self) -> int:
        return self.end - self.start


def memory_blocks(image: ElfImage, board: Board) -> tuple[MemoryBlock, ...]:
    """What to map, sorted and without overlap; UsageError where `image` needs what no board has."""
    variable = [(segment.run_address, segment.memory_bytes) for segment in image.segments if segment.is_variable]
    variable.append(heap_region(image, board))
    needs = [need for segment in image.segments for need in _needs(segment)]
    for start, size_bytes in (*variable, *needs):
        if not any(low <= start and start + size_bytes <= low + size for low, size in _MEMORY_AREAS):
            raise UsageError(
                f"{image.path}: needs memory at {start:#010x}, where Cortex-M cores have devices",
                f"link it for {board.name}, or name another board",
            )
    flash = (board.flash.origin, board.flash.size_bytes)
    facts = [block for chip, block in _INFORMATION_BLOCKS.items() if board.mcu.startswith(chip)]
    known = [_pages(board.ram.origin, board.ram.size_bytes, writable=True)]
    for ranges, is_flash in ((variable, False), ([flash, *facts], True), (needs, False)):
        for start, size_bytes in ranges:
            known += _without(_pages(start, size_bytes, writable=not is_flash, erased=is_flash), known)
    total_bytes = sum(block.size_bytes for block in known)
    if total_bytes > _MAPPED_LIMIT_BYTES:
        raise UsageError(
            f"{image.path}: needs {total_bytes} bytes of memory on {board.name}, more than the virtual board gives",
            f"link it for at most {_MAPPED_LIMIT_BYTES} bytes",
        )
    return tuple(sorted(known))


def heap_region(image: ElfImage, board: Board) -> tuple[int, int]:
    """Start and size of the RAM behind the program's data; where it has none in the board's RAM, of RAM of its own."""
    ram_end = board.ram.origin + board.ram.size_bytes
    ends = [-(-(segment.run_address + segment.memory_bytes) // 8) * 8 for segment in image.segments]
    in_ram = [end for end in ends if board.ram.origin < end <= ram_end]
    if in_ram:
        return max(in_ram), ram_end - max(in_ram)
    if any(segment.is_variable for segment in image.segments):
        return max(ends), _FOREIGN_HEAP_BYTES
    return board.ram.origin, board.ram.size_bytes


def _needs(segment: Segment) -> Iterable[tuple[int, int]]:
    if segment.data:
        yield segment.load_address, len(segment.data)
    yield segment.run_address, segment.memory_bytes


def _pages(start: int, size_bytes: int, writable: bool, erased: bool = False) -> MemoryBlock:
    end = -(-(start + size_bytes) // PAGE_BYTES) * PAGE_BYTES
    return MemoryBlock(start // PAGE_BYTES * PAGE_BYTES, end, writable, erased)


def _without(block: MemoryBlock, known: Iterable[MemoryBlock]) -> list[MemoryBlock]:
    """The parts of `block` that `known` does not cover."""
    parts = [block]
    for other in known:
        parts = [
            MemoryBlock(start, end, part.writable, part.erased)
            for part in parts
            for start, end in ((part.start, min(part.end, other.start)), (max(part.start, other.end), part.end))
            if start < end
        ]
    return parts
