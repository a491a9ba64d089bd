"""UF2: an image in blocks of 512 bytes that say themselves where they go, for boot loaders that show a USB drive.

The format: github.com/microsoft/uf2, README.md; families: its utils/uf2families.json, and for RP2350 the same file's
newer version. A boot loader writes each block as it comes and starts the program when it has had all of them.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from edgeopt.errors import UsageError
from edgeopt.firmware.image import ERASED, Chunk, Image

FAMILIES = {
    "esp32c3": 0xD42BA06C,
    "esp32s2": 0xBFDD4EEE,
    "esp32s3": 0xC47E5767,
    "mimxrt10xx": 0x4FB2D5BD,
    "nrf52": 0x1B57745F,
    "nrf52833": 0x621E937A,
    "nrf52840": 0xADA52840,
    "rp2040": 0xE48BFF56,
    "rp2350-arm-s": 0xE48BFF59,
    "rp2350-riscv": 0xE48BFF5A,
    "samd21": 0x68ED2B88,
    "samd51": 0x55114460,
    "stm32f4": 0x57755A57,
    "stm32h7": 0x6DB66082,
}
BLOCK_BYTES = 512
PAYLOAD_BYTES = 256  # the only size that every boot loader takes
# The boot ROMs of RP2040 and RP2350 erase a sector when its first page comes: pages of it that do not come would keep
# what was there, so all of a sector's pages are sent. Others' sectors are multiples of it, or smaller.
_SECTOR_BYTES = 4096
_MAGICS = (0x0A324655, 0x9E5D5157)
_MAGIC_END = 0x0AB16F30
_HAS_FAMILY = 0x2000
_HEADER = struct.Struct("<8I")
_DATA_BYTES = 476


@dataclass(frozen=True)
class Block:
    """One block of a UF2 file."""

    address: int
    data: bytes
    number: int
    count: int
    family: int


def family_id(name: str) -> int:
    """The number of a family; UsageError where there is none of that name."""
    if name not in FAMILIES:
        raise UsageError(f"no UF2 family is called `{name:.40}`", f"there are: {', '.join(FAMILIES)}")
    return FAMILIES[name]


def to_uf2(image: Image, family: str) -> bytes:
    """The image as a UF2 file for a family of `FAMILIES`; what a touched sector has besides it is sent as erased."""
    number = family_id(family)
    pages = list(_pages(image))
    return b"".join(_pack(Block(page.address, page.data, i, len(pages), number)) for i, page in enumerate(pages))


def read_uf2(data: bytes) -> tuple[Block, ...]:
    """The blocks of a UF2 file; UsageError where one is damaged or out of order."""
    if not data or len(data) % BLOCK_BYTES:
        raise UsageError(f"{len(data):,} B are no UF2 file", f"it has blocks of {BLOCK_BYTES} B")
    blocks = []
    for at in range(0, len(data), BLOCK_BYTES):
        raw = data[at : at + BLOCK_BYTES]
        *magics, flags, address, size, number, count, family = _HEADER.unpack_from(raw)
        (end,) = struct.unpack_from("<I", raw, BLOCK_BYTES - 4)
        if (*magics, end) != (*_MAGICS, _MAGIC_END) or not flags & _HAS_FAMILY or size > _DATA_BYTES:
            raise UsageError(f"block {at // BLOCK_BYTES} of the UF2 file is damaged", "make it again")
        blocks.append(Block(address, raw[_HEADER.size : _HEADER.size + size], number, count, family))
    if any((block.number, block.count) != (i, len(blocks)) for i, block in enumerate(blocks)):
        raise UsageError("the blocks of the UF2 file are not complete and in order", "make it again")
    return tuple(blocks)


def _pages(image: Image) -> Iterator[Chunk]:
    """Whole sectors, by pages, wherever the image has a byte."""
    sectors: dict[int, bytearray] = {}
    for chunk in image.chunks:
        at = chunk.address
        while at < chunk.end:
            base = at - at % _SECTOR_BYTES
            count = min(chunk.end, base + _SECTOR_BYTES) - at
            sector = sectors.setdefault(base, bytearray([ERASED]) * _SECTOR_BYTES)
            sector[at - base : at - base + count] = chunk.data[at - chunk.address : at - chunk.address + count]
            at += count
    for base in sorted(sectors):
        for offset in range(0, _SECTOR_BYTES, PAYLOAD_BYTES):
            yield Chunk(base + offset, bytes(sectors[base][offset : offset + PAYLOAD_BYTES]))


def _pack(block: Block) -> bytes:
    header = _HEADER.pack(
        *_MAGICS, _HAS_FAMILY, block.address, len(block.data), block.number, block.count, block.family
    )
    return header + block.data.ljust(_DATA_BYTES, b"\0") + struct.pack("<I", _MAGIC_END)
