"""Images of ELFs: load addresses, gaps, limits, and the three file formats read back by others than their writers."""

import io
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from intelhex import IntelHex
from support.elves import ARM, XTENSA, Segment, elf_bytes

from edgeopt.board import load_board
from edgeopt.errors import DoesNotFit, UsageError
from edgeopt.firmware.image import Chunk, Image, check_image, check_machine, read_image, to_bin, to_hex
from edgeopt.firmware.uf2 import FAMILIES, read_uf2, to_uf2

FLASH = 0x0800_0000
SECTOR = 4096


def image_of(tmp_path: Path, segments: Sequence[Segment], entry: int = FLASH | 1, machine: int = ARM) -> Image:
    path = tmp_path / "firmware.elf"
    path.write_bytes(elf_bytes(segments, entry, machine))
    return read_image(path)


def test_segments_lie_at_their_load_addresses(tmp_path: Path) -> None:
    code, data = b"\x01\x02\x03\x04" * 4, b"initial value"
    image = image_of(
        tmp_path,
        # .data runs in RAM and is loaded behind the code, with a gap; .bss takes no place in the file.
        [
            Segment(0x2000_0000, FLASH + 32, data),
            Segment(FLASH, FLASH, code),
            Segment(0x2000_0100, 0x2000_0100, b"", 64),
        ],
    )
    assert image == Image("Arm", FLASH, (Chunk(FLASH, code), Chunk(FLASH + 32, data)))
    assert to_bin(image) == code + b"\xff" * 16 + data


def test_chunks_that_touch_are_one(tmp_path: Path) -> None:
    image = image_of(tmp_path, [Segment(FLASH + 4, FLASH + 4, b"efgh"), Segment(FLASH, FLASH, b"abcd")])
    assert image.chunks == (Chunk(FLASH, b"abcdefgh"),)


def test_hex_is_what_another_reader_reads(tmp_path: Path, rng: np.random.Generator) -> None:
    # Across a 64 KiB border, where Intel hex changes its segment.
    chunks = (Chunk(FLASH + 0xFFF0, rng.bytes(100)), Chunk(FLASH + 0x2_0000, rng.bytes(7)))
    image = Image("Arm", FLASH + 0xFFF0, chunks)
    read = IntelHex(io.StringIO(to_hex(image).decode()))
    assert read.segments() == [(chunk.address, chunk.end) for chunk in chunks]
    for chunk in chunks:
        assert read.tobinstr(start=chunk.address, size=len(chunk.data)) == chunk.data
    assert read.start_addr == {"EIP": FLASH + 0xFFF0}


def test_uf2_blocks(rng: np.random.Generator) -> None:
    chunks = (Chunk(0x1000_0000, rng.bytes(256)), Chunk(0x1000_0100, rng.bytes(5000)), Chunk(0x1000_8010, rng.bytes(3)))
    image = Image("Arm", 0x1000_0100, (Chunk(chunks[0].address, chunks[0].data + chunks[1].data), chunks[2]))
    data = to_uf2(image, "rp2040")
    blocks = read_uf2(data)
    # Two sectors of the first chunk and one of the second, 16 pages each.
    assert len(data) == 512 * len(blocks) == 512 * 48
    assert [block.address for block in blocks] == [
        base + page for base in (0x1000_0000, 0x1000_1000, 0x1000_8000) for page in range(0, SECTOR, 256)
    ]
    assert {(len(block.data), block.count, block.family) for block in blocks} == {(256, 48, 0xE48BFF56)}
    written = {block.address + i: byte for block in blocks for i, byte in enumerate(block.data)}
    assert all(written.pop(chunk.address + i) == byte for chunk in chunks for i, byte in enumerate(chunk.data))
    assert set(written.values()) == {0xFF}
    # The raw fields, without our reader: magics at both ends, the flag of a family, the block's number.
    first = struct.unpack_from("<8I", data)
    assert first == (0x0A324655, 0x9E5D5157, 0x2000, 0x1000_0000, 256, 0, 48, 0xE48BFF56)
    assert all(data[512 * i + 508 : 512 * i + 512] == b"\x30\x6f\xb1\x0a" for i in range(48))
    assert all(data[512 * i + 288 : 512 * i + 508] == bytes(220) for i in range(48))


def test_uf2_of_an_unknown_family() -> None:
    with pytest.raises(UsageError, match="no UF2 family") as error:
        to_uf2(Image("Arm", 0, (Chunk(0, b"x"),)), "rp2041")
    assert all(name in error.value.hint for name in FAMILIES)


@pytest.mark.parametrize("damage", ["short", "magic", "order", "empty"])
def test_a_damaged_uf2_is_seen(damage: str) -> None:
    data = to_uf2(Image("Arm", 0, (Chunk(0, b"x"),)), "nrf52840")
    damaged = {
        "short": data[:-1],
        "magic": b"\0" + data[1:],
        "order": data[512:1024] + data[:512] + data[1024:],
        "empty": b"",
    }[damage]
    with pytest.raises(UsageError):
        read_uf2(damaged)


@pytest.mark.parametrize(
    ("segments", "entry", "error", "words"),
    [
        ([Segment(FLASH, FLASH, bytes(64))], FLASH | 1, None, ""),
        ([Segment(0x1000_0000, 0x1000_0000, bytes(64))], 0x1000_0001, UsageError, "outside of nucleo-f446re's flash"),
        ([Segment(0x2000_0000, 0x2000_0000, bytes(64))], 0x2000_0001, UsageError, "outside of nucleo-f446re's flash"),
        ([Segment(FLASH, FLASH, bytes(524_289))], FLASH | 1, DoesNotFit, "524,289 B of flash"),
        ([Segment(FLASH, FLASH, bytes(524_288))], FLASH | 1, None, ""),
        ([Segment(FLASH, FLASH, bytes(64))], FLASH + 65, UsageError, "where it has no code"),
    ],
)
def test_an_image_is_held_against_the_board(
    segments: list[Segment], entry: int, error: type[Exception] | None, words: str, tmp_path: Path
) -> None:
    image, board = image_of(tmp_path, segments, entry), load_board("nucleo-f446re")
    if error is None:
        check_image(image, board, "`x.elf`")
        return
    with pytest.raises(error, match=words):
        check_image(image, board, "`x.elf`")


def test_what_lies_in_front_of_the_tools_reach() -> None:
    board = load_board("arduino-nano-33-ble-sense")
    with pytest.raises(UsageError, match="outside of arduino"):
        check_image(Image("Arm", 0, (Chunk(0, bytes(8)),)), board, "`x.elf`", board.code_origin)


def test_another_processor(tmp_path: Path) -> None:
    image = image_of(tmp_path, [Segment(FLASH, FLASH, b"code")], FLASH, XTENSA)
    check_machine(image, load_board("esp32-devkit"), "`x.elf`")
    with pytest.raises(UsageError, match=r"for Xtensa, nucleo-f446re has cortex-m4f"):
        check_machine(image, load_board("nucleo-f446re"), "`x.elf`")


@pytest.mark.parametrize("kind", ["empty", "text", "64 bits", "x86", "relocatable", "cut off", "overlapping", "none"])
def test_what_is_no_firmware_is_refused(kind: str, tmp_path: Path) -> None:
    one = [Segment(FLASH, FLASH, b"abcdefgh")]
    sound = elf_bytes(one, FLASH)
    content = {
        "empty": b"",
        "text": b"not an ELF file\n" * 10,
        "64 bits": sound[:4] + b"\x02" + sound[5:],
        "x86": elf_bytes(one, FLASH, 3),
        "relocatable": sound[:16] + b"\x01\x00" + sound[18:],
        "cut off": sound[:-4],
        "overlapping": elf_bytes([*one, Segment(FLASH + 4, FLASH + 4, b"abcd")], FLASH),
        "none": elf_bytes([], FLASH),
    }[kind]
    path = tmp_path / "x.elf"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"x\.elf"):
        read_image(path)


def test_damaged_elves_never_end_in_another_error(tmp_path: Path, rng: np.random.Generator) -> None:
    sound = elf_bytes([Segment(FLASH, FLASH, bytes(range(64))), Segment(0x2000_0000, FLASH + 64, b"data")], FLASH)
    path = tmp_path / "x.elf"
    refused = 0
    for _ in range(500):
        damaged = bytearray(sound)
        for at in rng.integers(0, 52 + 64, 3):
            damaged[at] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            image = read_image(path)
            to_bin(image)
        except UsageError:
            refused += 1
    assert 0 < refused < 500


def test_an_image_with_a_huge_gap_is_not_filled() -> None:
    image = Image("Arm", 0, (Chunk(0, b"a"), Chunk(0x2000_0000, b"b")))
    with pytest.raises(UsageError, match="spans"):
        to_bin(image)
