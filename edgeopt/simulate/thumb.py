"""Thumb and Thumb-2 machine code -> Instruction: its length, and what its timing depends on.

Not a disassembler: Instruction says no more than the timing tables of the Technical Reference Manuals distinguish.
Source of the encodings: Armv7-M Architecture Reference Manual (DDI 0403), chapter A5.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum, auto


class Kind(Enum):
    """Rows of the timing tables."""

    ALU = auto()
    MULTIPLY = auto()  # 32-bit product
    MULTIPLY_ADD = auto()  # MLA, MLS
    MULTIPLY_DSP = auto()  # SMLAD, SMMUL, SMULxy and their kin (Armv7E-M)
    MULTIPLY_LONG = auto()  # 64-bit product
    MULTIPLY_LONG_ADD = auto()
    DIVIDE = auto()
    LOAD = auto()  # one register of at most a word
    STORE = auto()
    LOAD_DOUBLE = auto()  # LDRD, VLDR of a double
    STORE_DOUBLE = auto()
    LOAD_MULTIPLE = auto()  # LDM, POP, VLDM
    STORE_MULTIPLE = auto()
    BRANCH = auto()  # B, Bcc, CBZ, CBNZ
    CALL = auto()  # BL
    BRANCH_REGISTER = auto()  # BX, BLX, MOV PC, ADD PC
    TABLE_BRANCH = auto()
    SYSTEM = auto()  # MRS, MSR, CPS
    BARRIER = auto()  # DSB, DMB, ISB, CLREX
    WAIT = auto()  # WFI, WFE
    BREAKPOINT = auto()  # BKPT, SVC, UDF
    FLOAT = auto()
    FLOAT_MOVE_PAIR = auto()
    FLOAT_MULTIPLY_ADD = auto()
    FLOAT_DIVIDE = auto()  # VDIV, VSQRT


@dataclass(frozen=True, slots=True)
class Instruction:
    """`words` moved to or from memory; `register_offset`: address = base + register; `writes_pc` by a load.

    `first` and `second` are its halfwords, from which edgeopt.simulate.operands reads the registers.
    """

    size_bytes: int
    kind: Kind
    words: int = 0
    register_offset: bool = False
    writes_pc: bool = False
    first: int = 0
    second: int = 0


def is_wide(halfword: int) -> bool:
    """Whether an instruction that starts with `halfword` has 32 bits."""
    return halfword >= 0xE800


def decode_all(code: bytes) -> Iterator[Instruction]:
    """The instructions of a stretch of code; a 32-bit one cut off at the end counts as if it were whole."""
    at = 0
    while at + 2 <= len(code):
        first = code[at] | code[at + 1] << 8
        second = code[at + 2] | code[at + 3] << 8 if is_wide(first) and at + 4 <= len(code) else 0
        instruction = decode(first, second)
        yield instruction
        at += instruction.size_bytes


def decode(first: int, second: int = 0) -> Instruction:
    """One instruction by its halfwords; `second` is looked at only if `first` says that there is one."""
    if is_wide(first):
        return replace(_decode32(first, second), first=first, second=second)
    return replace(_decode16(first), first=first)


def _narrow(kind: Kind, words: int = 0, register_offset: bool = False, writes_pc: bool = False) -> Instruction:
    return Instruction(2, kind, words, register_offset, writes_pc)


def _wide(kind: Kind, words: int = 0, register_offset: bool = False, writes_pc: bool = False) -> Instruction:
    return Instruction(4, kind, words, register_offset, writes_pc)


def _decode16(h: int) -> Instruction:
    top = h >> 12
    if top < 4:  # shifts, add, subtract, move, compare
        return _narrow(Kind.ALU)
    if top == 4:
        return _data_processing16(h)
    if top == 5:  # 0..2 are STR, STRH, STRB; 3..7 loads
        return _narrow(Kind.LOAD if (h >> 9) & 7 >= 3 else Kind.STORE, 1, register_offset=True)
    if top <= 9:  # immediate offset, SP relative
        return _narrow(Kind.LOAD if h & 0x0800 else Kind.STORE, 1)
    if top == 0xA:  # address of PC or SP
        return _narrow(Kind.ALU)
    if top == 0xB:
        return _miscellaneous16(h)
    if top == 0xC:
        return _narrow(Kind.LOAD_MULTIPLE if h & 0x0800 else Kind.STORE_MULTIPLE, (h & 0xFF).bit_count())
    if top == 0xD and (h >> 8) & 15 >= 14:  # UDF, SVC
        return _narrow(Kind.BREAKPOINT)
    return _narrow(Kind.BRANCH)


def _data_processing16(h: int) -> Instruction:
    if h & 0x0800:
        return _narrow(Kind.LOAD, 1)  # LDR literal
    if not h & 0x0400:
        return _narrow(Kind.MULTIPLY if (h >> 6) & 15 == 13 else Kind.ALU)
    operation, to_pc = (h >> 8) & 3, (h & 0x87) == 0x87
    if operation == 3 or (to_pc and operation != 1):
        return _narrow(Kind.BRANCH_REGISTER)
    return _narrow(Kind.ALU)


def _miscellaneous16(h: int) -> Instruction:
    operation = (h >> 8) & 15
    if operation in (1, 3, 9, 11):
        return _narrow(Kind.BRANCH)  # CBZ, CBNZ
    if operation in (4, 5):
        return _narrow(Kind.STORE_MULTIPLE, (h & 0x1FF).bit_count())
    if operation in (12, 13):
        return _narrow(Kind.LOAD_MULTIPLE, (h & 0x1FF).bit_count(), writes_pc=bool(h & 0x100))
    if operation == 14:
        return _narrow(Kind.BREAKPOINT)
    if operation == 6 and h & 0xE0 == 0x60:
        return _narrow(Kind.SYSTEM)  # CPS
    if operation == 15 and h & 15 == 0 and (h >> 4) & 15 in (2, 3):
        return _narrow(Kind.WAIT)
    return _narrow(Kind.ALU)


def _decode32(h: int, s: int) -> Instruction:
    if h & 0x0400 and (h >> 11) & 3 != 2:
        return _coprocessor(h, s)
    if (h >> 11) & 3 == 2:
        return _branch_or_control(h, s) if s & 0x8000 else _wide(Kind.ALU)
    if (h >> 11) & 3 == 1:
        if h & 0x0200:
            return _wide(Kind.ALU)  # shifted register
        return _double_or_table(h, s) if h & 0x0040 else _multiple(h, s)
    if not h & 0x0200:
        return _load_store(h, s)
    return _multiply(h, s) if h & 0x0100 else _wide(Kind.ALU)


def _multiple(h: int, s: int) -> Instruction:
    load = bool(h & 0x10)
    return _wide(
        Kind.LOAD_MULTIPLE if load else Kind.STORE_MULTIPLE, s.bit_count(), writes_pc=load and bool(s & 0x8000)
    )


def _double_or_table(h: int, s: int) -> Instruction:
    load = bool(h & 0x10)
    if h & 0x0120:  # P or W: two registers
        if (h, s) == (0xE97F, 0xE97F):
            return _wide(Kind.SYSTEM)  # SG
        return _wide(Kind.LOAD_DOUBLE if load else Kind.STORE_DOUBLE, 2)
    if load and h & 0x0080 and (s >> 4) & 15 < 2:
        return _wide(Kind.TABLE_BRANCH)
    if not load and not h & 0x0080 and s >> 12 == 15:
        return _wide(Kind.SYSTEM)  # TT
    return _wide(Kind.LOAD if load else Kind.STORE, 1)  # exclusive, acquire, release


def _load_store(h: int, s: int) -> Instruction:
    by_register = not h & 0x0080 and s & 0x0FC0 == 0
    if not h & 0x10:
        return _wide(Kind.STORE, 1, register_offset=by_register)
    to_pc = s >> 12 == 15
    if to_pc and h & 0x0040 == 0:
        return _wide(Kind.ALU)  # PLD, PLI: hints
    literal = h & 15 == 15
    return _wide(Kind.LOAD, 1, register_offset=by_register and not literal, writes_pc=to_pc)


def _multiply(h: int, s: int) -> Instruction:
    operation = (h >> 4) & 15
    if operation == 0:
        plain = s >> 12 == 15 and not s & 0x10
        return _wide(Kind.MULTIPLY if plain else Kind.MULTIPLY_ADD)
    if operation < 8:
        return _wide(Kind.MULTIPLY_DSP)
    if operation in (9, 11):
        return _wide(Kind.DIVIDE)
    return _wide(Kind.MULTIPLY_LONG if operation in (8, 10) else Kind.MULTIPLY_LONG_ADD)


def _branch_or_control(h: int, s: int) -> Instruction:
    if s & 0x4000:
        return _wide(Kind.CALL if s & 0x1000 else Kind.BRANCH)  # without bit 12: the loops of Armv8.1-M
    if s & 0x1000 or (h >> 7) & 7 != 7:
        return _wide(Kind.BRANCH)
    operation = (h >> 4) & 0x7F
    if operation in (0x38, 0x39, 0x3E, 0x3F):
        return _wide(Kind.SYSTEM)
    if operation == 0x3B:
        return _wide(Kind.BARRIER)
    if operation == 0x7F:
        return _wide(Kind.BREAKPOINT)
    if operation == 0x3A and s & 0x07FF in (2, 3):
        return _wide(Kind.WAIT)
    return _wide(Kind.ALU)  # NOP, YIELD, SEV


def _coprocessor(h: int, s: int) -> Instruction:
    if (s >> 9) & 7 != 5:  # neither single (10) nor double (11) precision
        return _wide(Kind.SYSTEM)
    double = bool(s & 0x0100)
    if h & 0x0200:
        if s & 0x10:
            return _wide(Kind.FLOAT)  # VMOV with a core register, VMRS, VMSR
        operation = (h >> 4) & 0xB
        if operation == 8 or (operation == 0xB and h & 15 == 1 and s & 0xC0 == 0xC0):
            return _wide(Kind.FLOAT_DIVIDE)
        return _wide(Kind.FLOAT_MULTIPLY_ADD if operation in (0, 1, 9, 10) else Kind.FLOAT)
    if h & 0x01E0 == 0x0040:
        return _wide(Kind.FLOAT_MOVE_PAIR)
    load = bool(h & 0x10)
    if h & 0x0120 != 0x0100:  # VLDM, VSTM; a double counts as two words in the immediate
        return _wide(Kind.LOAD_MULTIPLE if load else Kind.STORE_MULTIPLE, s & (0xFE if double else 0xFF))
    if double:
        return _wide(Kind.LOAD_DOUBLE if load else Kind.STORE_DOUBLE, 2)
    return _wide(Kind.LOAD if load else Kind.STORE, 1)
