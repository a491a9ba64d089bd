"""How a program starts: from its vector table, or, for one without, as a debugger starts it."""

from collections.abc import Iterable

from edgeopt.board import Board
from edgeopt.errors import UsageError
from edgeopt.simulate.elf import ElfImage
from edgeopt.simulate.memory_map import MemoryBlock


def reset_state(image: ElfImage, board: Board, blocks: Iterable[MemoryBlock]) -> tuple[int, int]:
    """Stack pointer and first instruction; UsageError if `image` has neither a vector table nor an entry."""
    table = vector_table(image, board, blocks)
    sp, pc = (None, None) if table is None else (_word(image, table), _word(image, table + 4))
    if sp is not None and pc is not None:
        return sp, pc & ~1
    lowest = _lowest(image)
    if _word(image, image.entry) is None:
        raise UsageError(
            f"{image.path}: no vector table at {lowest:#010x}, where its code begins, and no entry point in its code",
            f"link it for {board.name}: flash is at {board.code_origin:#010x}, RAM at {board.ram.origin:#010x}",
        )
    return board.ram.origin + board.ram.size_bytes, image.entry


def vector_table(image: ElfImage, board: Board, blocks: Iterable[MemoryBlock]) -> int | None:
    """Where the vector table lies: at the start of the board's code, or of the program; None where there is none."""
    blocks = tuple(blocks)
    for table in (board.code_origin, _lowest(image)):
        sp, pc = _word(image, table), _word(image, table + 4)
        if sp is not None and pc is not None and pc & 1 and _holds(blocks, pc, False) and _holds(blocks, sp - 4, True):
            return table
    return None


def _lowest(image: ElfImage) -> int:
    return min(segment.load_address for segment in image.segments if segment.data)


def _word(image: ElfImage, address: int) -> int | None:
    for segment in image.segments:
        offset = address - segment.load_address
        if 0 <= offset <= len(segment.data) - 4:
            return int.from_bytes(segment.data[offset : offset + 4], "little")
    return None


def _holds(blocks: Iterable[MemoryBlock], address: int, writable: bool) -> bool:
    return any(block.start <= address < block.end and (block.writable or not writable) for block in blocks)
