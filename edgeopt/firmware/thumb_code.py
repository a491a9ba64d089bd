"""What a function of Thumb code says of itself: how far it lowers the stack pointer, where it goes, what it addresses.

Source of the encodings: Armv8-M Architecture Reference Manual (DDI0553), chapter C2; the same in Armv6-M and Armv7-M.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

_SP, _LR = 13, 14


@dataclass(frozen=True)
class Code:
    """`frame_bytes` is the sum of all that lowers the stack pointer, None where that is not in the instructions."""

    frame_bytes: int | None
    calls: frozenset[int]  # addresses that it calls
    jumps: frozenset[int]  # addresses that it branches to
    calls_pointers: bool
    addresses: frozenset[int]  # constants that it loads whole, addresses among them


def scan(address: int, size_bytes: int, read: Callable[[int, int], int], is_code: Callable[[int], bool]) -> Code:
    """The function of `size_bytes` at `address`; `read`: memory by address and size; `is_code`: False for constants."""
    reader = _Reader(read)
    for at, first, second in _instructions(address, address + size_bytes, read, is_code):
        if second is None:
            reader.narrow(at, first)
        else:
            reader.wide(at, first, second)
    frame = None if reader.varies else reader.frame_bytes
    return Code(frame, frozenset(reader.calls), frozenset(reader.jumps), reader.indirect, frozenset(reader.addresses))


def _instructions(
    at: int, end: int, read: Callable[[int, int], int], is_code: Callable[[int], bool]
) -> Iterator[tuple[int, int, int | None]]:
    """(address, first halfword, second halfword or None) of each instruction."""
    while at < end:
        first = read(at, 2)
        is_wide = first >> 11 in (0b11101, 0b11110, 0b11111)
        if is_code(at):
            yield at, first, read(at + 2, 2) if is_wide else None
        at += 4 if is_wide and is_code(at) else 2


class _Reader:
    """Collects what the instructions do, in the order of their addresses."""

    def __init__(self, read: Callable[[int, int], int]) -> None:
        self._read = read
        self._low_halves: dict[int, int] = {}  # by register, of the last MOVW
        self._popped = 0  # registers of the last POP, bit by bit
        self.frame_bytes = 0
        self.varies = False
        self.calls: set[int] = set()
        self.jumps: set[int] = set()
        self.indirect = False
        self.addresses: set[int] = set()

    def narrow(self, at: int, code: int) -> None:
        if code & 0xFE00 == 0xB400:  # PUSH
            self.frame_bytes += 4 * (code & 0x1FF).bit_count()
        elif code & 0xFF80 == 0xB080:  # SUB SP, #
            self.frame_bytes += 4 * (code & 0x7F)
        elif code & 0xFF87 == 0x4485:  # ADD SP, register
            self.varies = True
        elif code & 0xFF87 == 0x4685:  # MOV SP, register: back from a frame pointer, else unknown
            self.varies |= code >> 3 & 15 != 7
        elif code & 0xF800 == 0x4800:  # LDR register, [PC, #]
            self.addresses.add(self._read((at + 4 & ~3) + 4 * (code & 0xFF), 4))
        elif code & 0xFF00 == 0xBC00:  # POP without PC
            self._popped = code & 0xFF
        elif code & 0xFF87 == 0x4780:  # BLX
            self.indirect = True
        elif code & 0xFF87 == 0x4700:  # BX: a return if by LR, or by what was just popped
            register = code >> 3 & 15
            self.indirect |= register != _LR and not self._popped >> register & 1
        elif code & 0xF000 == 0xD000 and code >> 8 & 15 < 14:  # B, conditional
            self.jumps.add(at + 4 + _signed(code << 1, 9))
        elif code & 0xF800 == 0xE000:  # B
            self.jumps.add(at + 4 + _signed(code << 1, 12))

    def wide(self, at: int, first: int, second: int) -> None:
        if first == 0xE92D:  # PUSH.W
            self.frame_bytes += 4 * second.bit_count()
        elif first == 0xF84D and second & 0x0F00 == 0x0D00:  # STR register, [SP, #-]!
            self.frame_bytes += second & 0xFF
        elif first == 0xE96D or first & 0xFFBF == 0xED2D:  # STRD register, register, [SP, #-]!; VPUSH
            self.frame_bytes += 4 * (second & 0xFF)
        elif first & 0xFBEF == 0xF1AD and second >> 8 & 15 == _SP:  # SUB.W SP, SP, #
            self.frame_bytes += _expanded(first, second)
        elif first & 0xFBFF == 0xF2AD and second >> 8 & 15 == _SP:  # SUBW SP, SP, #
            self.frame_bytes += _immediate(first, second)
        elif first & 0xFFEF == 0xEBAD and second >> 8 & 15 == _SP:  # SUB.W SP, SP, register
            self.varies = True
        elif first & 0xFF7F == 0xF85F:  # LDR.W register, [PC, #]
            offset = second & 0xFFF
            self.addresses.add(self._read((at + 4 & ~3) + (offset if first & 0x80 else -offset), 4))
        elif first & 0xFB70 == 0xF240:  # MOVW, MOVT
            self._move(first, second)
        elif first & 0xF800 == 0xF000:
            self._branch(at, first, second)

    def _branch(self, at: int, first: int, second: int) -> None:
        sign, j1, j2 = first >> 10 & 1, second >> 13 & 1, second >> 11 & 1
        low = (second & 0x7FF) << 1
        if second & 0x9000 == 0x9000:  # BL, B.W
            high = sign << 24 | (1 - (j1 ^ sign)) << 23 | (1 - (j2 ^ sign)) << 22 | (first & 0x3FF) << 12
            (self.calls if second & 0x4000 else self.jumps).add(at + 4 + _signed(high | low, 25))
        elif second & 0xD000 == 0x8000 and first >> 6 & 15 < 14:  # B.W, conditional
            self.jumps.add(at + 4 + _signed(sign << 20 | j2 << 19 | j1 << 18 | (first & 0x3F) << 12 | low, 21))

    def _move(self, first: int, second: int) -> None:
        """MOVW or MOVT: half of a constant."""
        register, half = second >> 8 & 15, (first & 15) << 12 | _immediate(first, second)
        if first & 0x80:
            self.addresses.add(half << 16 | self._low_halves.get(register, 0))
        else:
            self._low_halves[register] = half


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


def _immediate(first: int, second: int) -> int:
    """The 12 bits i:imm3:imm8."""
    return (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xFF


def _expanded(first: int, second: int) -> int:
    """ThumbExpandImm: a byte, repeated or rotated."""
    bits = _immediate(first, second)
    byte = bits & 0xFF
    if bits >> 10:
        rotation, byte = bits >> 7, byte | 0x80
        return (byte >> rotation | byte << 32 - rotation) & 0xFFFF_FFFF
    return byte * (0x1, 0x0001_0001, 0x0100_0100, 0x0101_0101)[bits >> 8]
