"""The image of an ELF: the bytes that go into flash, where they are loaded (LMA), as .bin, Intel hex or UF2."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile
from elftools.elf.segments import Segment
from intelhex import IntelHex

from edgeopt.board import Board
from edgeopt.errors import DoesNotFit, UsageError

ERASED = 0xFF  # what flash reads as where nothing was written
_MACHINES = {"EM_ARM": "Arm", "EM_RISCV": "RISC-V", "EM_XTENSA": "Xtensa"}
_LARGEST_BYTES = 64 << 20  # of an image with its gaps; no board's flash is larger
_AGAIN = "build the project again"


@dataclass(frozen=True)
class Chunk:
    """Bytes that lie together, at their load address."""

    address: int
    data: bytes

    @property
    def end(self) -> int:
        """The address behind the last byte."""
        return self.address + len(self.data)


@dataclass(frozen=True)
class Image:
    """What an ELF puts into memory before it runs: chunks in the order of their addresses, none touching another.

    `machine`: Arm, RISC-V or Xtensa. `entry`: the address where the program begins, without Arm's Thumb bit.
    """

    machine: str
    entry: int
    chunks: tuple[Chunk, ...]

    @property
    def begin(self) -> int:
        return self.chunks[0].address

    @property
    def end(self) -> int:
        return self.chunks[-1].end

    @property
    def size_bytes(self) -> int:
        """Bytes from the first to the last, the gaps included."""
        return self.end - self.begin


def read_image(elf: Path) -> Image:
    """The image of an ELF; UsageError where it is not a sound executable of 32 bits."""
    try:
        with elf.open("rb") as file:
            return _image(elf, ELFFile(io.BytesIO(file.read(4 * _LARGEST_BYTES))))
    except OSError as error:
        raise UsageError(f"`{elf}` cannot be read: {error.strerror}", _AGAIN) from None
    # elftools meets damaged files with these besides its own error.
    except (ELFError, KeyError, ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise UsageError(f"`{elf}` is not an ELF file: {str(error)[:80]}", _AGAIN) from None


def _image(path: Path, elf: ELFFile) -> Image:
    if elf.elfclass != 32 or not elf.little_endian or elf["e_type"] != "ET_EXEC":
        raise UsageError(f"`{path}` is not a linked program of 32 bits", "give the firmware's ELF, build/firmware.elf")
    machine = _MACHINES.get(elf["e_machine"])
    if machine is None:
        what = str(elf["e_machine"])[:30]
        raise UsageError(f"`{path}` is for `{what}`, not for a microcontroller that edgeopt knows", _AGAIN)
    pieces = [_chunk(path, segment) for segment in elf.iter_segments() if _is_loaded(segment)]
    if not pieces:
        raise UsageError(f"`{path}` has nothing that is loaded", _AGAIN)
    entry = int(elf["e_entry"])
    return Image(machine, entry & ~1 if machine == "Arm" else entry, _joined(path, pieces))


def _is_loaded(segment: Segment) -> bool:
    return bool(segment["p_type"] == "PT_LOAD" and segment["p_filesz"])


def _chunk(path: Path, segment: Segment) -> Chunk:
    chunk = Chunk(int(segment["p_paddr"]), segment.data())
    if len(chunk.data) != segment["p_filesz"]:
        raise UsageError(f"`{path}` is cut off: {segment['p_filesz'] - len(chunk.data):,} B are missing", _AGAIN)
    if chunk.end > 1 << 32:
        raise UsageError(f"`{path}` has a segment that ends beyond 4 GiB", _AGAIN)
    return chunk


def _joined(path: Path, pieces: Sequence[Chunk]) -> tuple[Chunk, ...]:
    chunks: list[Chunk] = []
    for piece in sorted(pieces, key=lambda chunk: chunk.address):
        if chunks and piece.address < chunks[-1].end:
            raise UsageError(f"`{path}` has two segments at {piece.address:#010x}", _AGAIN)
        if chunks and piece.address == chunks[-1].end:
            chunks[-1] = Chunk(chunks[-1].address, chunks[-1].data + piece.data)
        else:
            chunks.append(piece)
    return tuple(chunks)


def check_image(image: Image, board: Board, what: str, begin: int | None = None) -> None:
    """Whether the board can take the image; UsageError (another board's) or DoesNotFit, which name what is wrong.

    `what`: the program in an error's words. `begin`: the first address that the tool can write, where a boot loader
    lies in front of it; else the first of flash.
    """
    flash = board.flash
    begin = flash.origin if begin is None else begin
    end = flash.origin + flash.size_bytes
    hint = f"is it built for {board.name}? see its file: {board.file or board.name}"
    for chunk in image.chunks:
        if not begin <= chunk.address < end:
            where = f"{chunk.address:#010x}..{chunk.end - 1:#010x}"
            raise UsageError(
                f"{what} puts {len(chunk.data):,} B at {where}, outside of {board.name}'s flash "
                f"({begin:#010x}..{end - 1:#010x})",
                hint,
            )
        if chunk.end > end:
            raise DoesNotFit(
                f"{what} needs {image.size_bytes:,} B of flash, {board.name} has {end - begin:,} B",
                "shrink the network or pick a larger board",
            )
    if not any(chunk.address <= image.entry < chunk.end for chunk in image.chunks):
        raise UsageError(f"{what} begins at {image.entry:#010x}, where it has no code", hint)


def check_machine(image: Image, board: Board, what: str) -> None:
    """UsageError where the image is for another processor than the board's."""
    core = board.core
    wanted = "Xtensa" if core.startswith("xtensa") else "RISC-V" if core.startswith("rv") else "Arm"
    if image.machine != wanted:
        raise UsageError(
            f"{what} is for {image.machine}, {board.name} has {core}", f"build it for {board.name}, or say its board"
        )


def to_bin(image: Image) -> bytes:
    """The bytes from the first to the last address, gaps as erased flash; UsageError where they are absurdly large."""
    if image.size_bytes > _LARGEST_BYTES:
        raise UsageError(
            f"the image spans {image.size_bytes:,} B from {image.begin:#010x} to {image.end:#010x}",
            "one of its segments is loaded elsewhere than in flash: see the linker script",
        )
    data = bytearray([ERASED]) * image.size_bytes
    for chunk in image.chunks:
        data[chunk.address - image.begin : chunk.end - image.begin] = chunk.data
    return bytes(data)


def to_hex(image: Image) -> bytes:
    """Intel hex, with the entry as its start address; gaps are left out."""
    records = IntelHex()
    for chunk in image.chunks:
        records.frombytes(chunk.data, offset=chunk.address)
    records.start_addr = {"EIP": image.entry}
    text = io.StringIO()
    records.write_hex_file(text)
    return text.getvalue().encode("ascii")
